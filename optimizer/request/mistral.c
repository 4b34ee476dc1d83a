/*
 * mistral.c - Mistral chat completions: OpenAI's shape with its own content chunks
 * (document_url, reference, thinking, images given as a bare string) and settings.
 */
#include "optimizer/request/read.h"

enum { TYPE, TEXT, IMAGE, DOCUMENT, DOCUMENT_NAME, AUDIO, FILE_ID, THINKING, CLOSED, REFERENCES,
       IMAGE_LIMIT, PAGE_LIMIT, N_BLOCK };
static const tkc_name block_name[] = {
    [TYPE] = TKC_NAME("type"),
    [TEXT] = TKC_NAME("text"),
    [IMAGE] = TKC_NAME("image_url"),
    [DOCUMENT] = TKC_NAME("document_url"),
    [DOCUMENT_NAME] = TKC_NAME("document_name"),
    [AUDIO] = TKC_NAME("input_audio"),
    [FILE_ID] = TKC_NAME("file_id"),
    [THINKING] = TKC_NAME("thinking"),
    [CLOSED] = TKC_NAME("closed"),
    [REFERENCES] = TKC_NAME("reference_ids"),
    [IMAGE_LIMIT] = TKC_NAME("document_image_limit"),
    [PAGE_LIMIT] = TKC_NAME("document_page_limit"),
};

static const tkc_name message[] = {TKC_CHAT_NAMES, TKC_NAME("prefix")};

/* "thinking": a string, or a list of text and reference chunks. */
static void thinking(tkc_rd *rd, tkc_at at, uint32_t value)
{
    enum { T_TYPE, T_TEXT, T_REFERENCES, N };
    static const tkc_name name[] = {TKC_NAME("type"), TKC_NAME("text"), TKC_NAME("reference_ids")};
    uint32_t index = 0;
    if (!tkc_rd_is_kind(rd, value, TKC_JSON_ARRAY)) {
        tkc_rd_text(rd, at, TKC_PART_THINKING, value, 0);
        return;
    }
    at = tkc_rd_in(rd, at, value);
    for (uint32_t c = tkc_json_first(rd->doc, value); !rd->st && c != TKC_JSON_NONE;
         c = tkc_json_next(rd->doc, value, c), index++) {
        tkc_at here = tkc_rd_nth(rd, at, index);
        uint32_t slot[N];
        if (tkc_rd_is_kind(rd, c, TKC_JSON_STRING)) {
            tkc_rd_part(rd, here, TKC_PART_THINKING, c, 0);
            continue;
        }
        if (!tkc_rd_is_kind(rd, c, TKC_JSON_OBJECT)) {
            tkc_rd_unknown(rd, here, c);
            continue;
        }
        tkc_rd_members(rd, c, name, N, slot);
        tkc_rd_text(rd, here, TKC_PART_THINKING, slot[T_TEXT], 0);
        tkc_rd_rest(rd, here, c, name, N, slot);
    }
}

static void block(tkc_rd *rd, tkc_at at, uint32_t b)
{
    static const struct {
        const char *type;
        int member;
        tkc_part_kind kind;
    } medium[] = {{"image_url", IMAGE, TKC_PART_IMAGE},
                  {"document_url", DOCUMENT, TKC_PART_FILE},
                  {"input_audio", AUDIO, TKC_PART_AUDIO},
                  {"file", FILE_ID, TKC_PART_FILE}};
    uint32_t slot[N_BLOCK];
    int own = -1;
    tkc_rd_members(rd, b, block_name, N_BLOCK, slot);
    for (size_t i = 0; i < sizeof medium / sizeof *medium; i++)
        if (tkc_rd_is(rd, slot[TYPE], medium[i].type) && slot[medium[i].member] != TKC_RD_NONE) {
            tkc_rd_part(rd, at, medium[i].kind, b, 0);
            return;
        }
    if (tkc_rd_is(rd, slot[TYPE], "text")) {
        tkc_rd_text(rd, at, TKC_PART_TEXT, slot[TEXT], 0);
        own = TEXT;
    } else if (tkc_rd_is(rd, slot[TYPE], "thinking")) {
        thinking(rd, at, slot[THINKING]);
        own = THINKING;
    } else if (tkc_rd_is(rd, slot[TYPE], "reference")) {
        own = REFERENCES; /* numbers of tool results: no text */
    } else {
        tkc_rd_unknown(rd, at, b);
        return;
    }
    for (int i = TEXT; i < N_BLOCK; i++)
        if (i != own && i != CLOSED) slot[i] = TKC_RD_NONE;
    tkc_rd_rest(rd, at, b, block_name, N_BLOCK, slot);
}

static const tkc_rd_chat chat = {message, sizeof message / sizeof *message, block};

void tkc_rd_mistral(tkc_rd *rd, tkc_at at)
{
    enum { MESSAGES, TOOLS, FORMAT, PREDICTION, MODEL, TOOL_CHOICE, N_NAMED };
    static const tkc_name root[] = {
        [MESSAGES] = TKC_NAME("messages"),
        [TOOLS] = TKC_NAME("tools"),
        [FORMAT] = TKC_NAME("response_format"),
        [PREDICTION] = TKC_NAME("prediction"),
        [MODEL] = TKC_NAME("model"),
        [TOOL_CHOICE] = TKC_NAME("tool_choice"),
        /* Settings. */
        TKC_NAME("agent_id"), TKC_NAME("document_image_limit"),
        TKC_NAME("document_page_limit"), TKC_NAME("frequency_penalty"), TKC_NAME("guardrails"),
        TKC_NAME("max_tokens"), TKC_NAME("metadata"), TKC_NAME("min_tokens"), TKC_NAME("n"),
        TKC_NAME("parallel_tool_calls"), TKC_NAME("presence_penalty"),
        TKC_NAME("prompt_cache_key"), TKC_NAME("prompt_mode"), TKC_NAME("random_seed"),
        TKC_NAME("reasoning_effort"), TKC_NAME("safe_prompt"), TKC_NAME("stop"),
        TKC_NAME("stream"), TKC_NAME("temperature"), TKC_NAME("top_p"),
    };
    enum { N_ROOT = sizeof root / sizeof *root };
    uint32_t slot[N_ROOT], body = rd->r->body, leading;
    tkc_at here;
    tkc_rd_members(rd, body, root, N_ROOT, slot);
    rd->r->model = slot[MODEL];
    rd->r->tool_choice = slot[TOOL_CHOICE];
    if (!tkc_rd_need_array(rd, at, slot[MESSAGES], "messages")) return;
    here = tkc_rd_in(rd, at, slot[MESSAGES]);
    leading = tkc_rd_leading(rd, slot[MESSAGES]);
    tkc_rd_messages(rd, &chat, here, slot[MESSAGES], 0, leading);
    tkc_rd_tools(rd, at, slot[TOOLS]);
    if (tkc_rd_is(rd, tkc_rd_get(rd, slot[FORMAT], "type"), "json_schema")) {
        tkc_at format = tkc_rd_in(rd, at, slot[FORMAT]);
        tkc_rd_part(rd, format, TKC_PART_TOOL_SCHEMA, slot[FORMAT], TKC_PART_OUTPUT);
    }
    tkc_rd_messages(rd, &chat, here, slot[MESSAGES], leading, UINT32_MAX);
    tkc_rd_other(rd, at, slot[PREDICTION], 0);
    tkc_rd_rest(rd, at, body, root, N_ROOT, slot);
}
