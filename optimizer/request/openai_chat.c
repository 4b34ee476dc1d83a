/*
 * openai_chat.c - OpenAI Chat Completions and what copies it (vLLM, OpenRouter, xAI,
 * DeepSeek, Groq): leading system and developer messages, tools, the answer's schema, then the
 * other messages, as the server renders them.
 *
 * A bare array of messages is a request too.
 */
#include "optimizer/request/read.h"

enum {
    MESSAGES,
    TOOLS,
    FUNCTIONS,
    RESPONSE_FORMAT,
    PREDICTION,
    MODEL,
    TOOL_CHOICE,
    FUNCTION_CALL,
    CACHE_OPTIONS,
    N_NAMED
};

static const tkc_name root[] = {
    [MESSAGES] = TKC_NAME("messages"),
    [TOOLS] = TKC_NAME("tools"),
    [FUNCTIONS] = TKC_NAME("functions"),
    [RESPONSE_FORMAT] = TKC_NAME("response_format"),
    [PREDICTION] = TKC_NAME("prediction"),
    [MODEL] = TKC_NAME("model"),
    [TOOL_CHOICE] = TKC_NAME("tool_choice"),
    [FUNCTION_CALL] = TKC_NAME("function_call"),
    [CACHE_OPTIONS] = TKC_NAME("prompt_cache_options"),
    /* Settings. */
    TKC_NAME("audio"), TKC_NAME("cache_control"), TKC_NAME("chat_template_kwargs"),
    TKC_NAME("extra_body"), TKC_NAME("frequency_penalty"), TKC_NAME("include_reasoning"),
    TKC_NAME("logit_bias"), TKC_NAME("logprobs"), TKC_NAME("max_completion_tokens"),
    TKC_NAME("max_tokens"), TKC_NAME("metadata"), TKC_NAME("min_p"), TKC_NAME("modalities"),
    TKC_NAME("models"), TKC_NAME("n"), TKC_NAME("parallel_tool_calls"), TKC_NAME("plugins"),
    TKC_NAME("presence_penalty"), TKC_NAME("prompt_cache_key"),
    TKC_NAME("prompt_cache_retention"), TKC_NAME("provider"), TKC_NAME("reasoning"),
    TKC_NAME("reasoning_effort"), TKC_NAME("repetition_penalty"), TKC_NAME("route"),
    TKC_NAME("safety_identifier"), TKC_NAME("seed"), TKC_NAME("service_tier"),
    TKC_NAME("stop"), TKC_NAME("store"), TKC_NAME("stream"), TKC_NAME("stream_options"),
    TKC_NAME("temperature"), TKC_NAME("thinking"), TKC_NAME("top_k"), TKC_NAME("top_logprobs"),
    TKC_NAME("top_p"), TKC_NAME("transforms"), TKC_NAME("usage"), TKC_NAME("user"),
    TKC_NAME("verbosity"), TKC_NAME("web_search_options"),
};
enum { N_ROOT = sizeof root / sizeof *root };

static const tkc_name message[] = {TKC_CHAT_NAMES, TKC_NAME("annotations")};

/* Objects of a content array. The names behind a type are those of its other members that are
 * no text of their own. */
enum { TYPE, TEXT, REFUSAL, CACHE, BREAKPOINT, IMAGE, AUDIO, FILE_, VIDEO, N_BLOCK };
static const tkc_name block_name[] = {
    [TYPE] = TKC_NAME("type"),
    [TEXT] = TKC_NAME("text"),
    [REFUSAL] = TKC_NAME("refusal"),
    [CACHE] = TKC_NAME("cache_control"),
    [BREAKPOINT] = TKC_NAME("prompt_cache_breakpoint"),
    [IMAGE] = TKC_NAME("image_url"),
    [AUDIO] = TKC_NAME("input_audio"),
    [FILE_] = TKC_NAME("file"),
    [VIDEO] = TKC_NAME("video_url"),
};

static void block(tkc_rd *rd, tkc_at at, uint32_t b)
{
    static const struct {
        const char *type;
        int member;
        tkc_part_kind kind;
    } medium[] = {{"image_url", IMAGE, TKC_PART_IMAGE},
                  {"input_audio", AUDIO, TKC_PART_AUDIO},
                  {"file", FILE_, TKC_PART_FILE},
                  {"video_url", VIDEO, TKC_PART_VIDEO}};
    uint32_t slot[N_BLOCK];
    tkc_rd_members(rd, b, block_name, N_BLOCK, slot);
    for (size_t i = 0; i < sizeof medium / sizeof *medium; i++)
        if (tkc_rd_is(rd, slot[TYPE], medium[i].type) && slot[medium[i].member] != TKC_RD_NONE) {
            tkc_rd_part(rd, at, medium[i].kind, b, 0);
            goto mark;
        }
    if (tkc_rd_is(rd, slot[TYPE], "text") || tkc_rd_is(rd, slot[TYPE], "input_text") ||
        (slot[TYPE] == TKC_RD_NONE && slot[TEXT] != TKC_RD_NONE)) {
        tkc_rd_text(rd, at, TKC_PART_TEXT, slot[TEXT], 0);
        slot[IMAGE] = slot[AUDIO] = slot[FILE_] = slot[VIDEO] = slot[REFUSAL] = TKC_RD_NONE;
    } else if (tkc_rd_is(rd, slot[TYPE], "refusal")) {
        tkc_rd_text(rd, at, TKC_PART_TEXT, slot[REFUSAL], 0);
        slot[IMAGE] = slot[AUDIO] = slot[FILE_] = slot[VIDEO] = slot[TEXT] = TKC_RD_NONE;
    } else {
        tkc_rd_unknown(rd, at, b);
        goto mark;
    }
    tkc_rd_rest(rd, at, b, block_name, N_BLOCK, slot);
mark:
    tkc_rd_cache_mark(rd, slot[CACHE]);
    tkc_rd_cache_mark(rd, slot[BREAKPOINT]);
}

static const tkc_rd_chat chat = {message, sizeof message / sizeof *message, block};

void tkc_rd_openai_messages(tkc_rd *rd, tkc_at at, uint32_t messages, uint32_t from, uint32_t to)
{
    tkc_rd_messages(rd, &chat, at, messages, from, to);
}

/* {"type":"json_schema","json_schema":{...}}; "json_object" and "text" add nothing here. */
static void response_format(tkc_rd *rd, tkc_at at, uint32_t format)
{
    uint32_t type = tkc_rd_get(rd, format, "type");
    if (format == TKC_RD_NONE || tkc_rd_is_kind(rd, format, TKC_JSON_NULL)) return;
    if (tkc_rd_is(rd, type, "text") || tkc_rd_is(rd, type, "json_object")) return;
    at = tkc_rd_in(rd, at, format);
    at.role = TKC_ROLE_NONE;
    if (tkc_rd_is(rd, type, "json_schema"))
        tkc_rd_part(rd, at, TKC_PART_TOOL_SCHEMA, format, TKC_PART_OUTPUT);
    else
        tkc_rd_unknown(rd, at, format);
}

void tkc_rd_openai_chat(tkc_rd *rd, tkc_at at)
{
    uint32_t slot[N_ROOT], body = rd->r->body, leading;
    tkc_at here = at;
    if (tkc_rd_is_kind(rd, body, TKC_JSON_ARRAY)) {
        tkc_rd_messages(rd, &chat, at, body, 0, UINT32_MAX);
        return;
    }
    tkc_rd_members(rd, body, root, N_ROOT, slot);
    rd->r->model = slot[MODEL];
    rd->r->tool_choice = slot[TOOL_CHOICE] != TKC_RD_NONE ? slot[TOOL_CHOICE] : slot[FUNCTION_CALL];
    if (!tkc_rd_need_array(rd, at, slot[MESSAGES], "messages")) return;
    rd->r->cache_auto = true;
    if (tkc_rd_is(rd, tkc_rd_get(rd, slot[CACHE_OPTIONS], "mode"), "explicit"))
        rd->r->cache_auto = false;
    here = tkc_rd_in(rd, at, slot[MESSAGES]);
    leading = tkc_rd_leading(rd, slot[MESSAGES]);
    tkc_rd_messages(rd, &chat, here, slot[MESSAGES], 0, leading);
    tkc_rd_tools(rd, at, slot[TOOLS]);
    tkc_rd_tools(rd, at, slot[FUNCTIONS]);
    response_format(rd, at, slot[RESPONSE_FORMAT]);
    tkc_rd_messages(rd, &chat, here, slot[MESSAGES], leading, UINT32_MAX);
    /* Text the answer is expected to repeat: billed as output where it is wrong. */
    tkc_rd_other(rd, at, slot[PREDICTION], 0);
    tkc_rd_rest(rd, at, body, root, N_ROOT, slot);
}
