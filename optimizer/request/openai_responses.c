/*
 * openai_responses.c - OpenAI Responses: instructions, tools, the answer's schema, then
 * the items of "input".
 *
 * Items that only point at what the server has (previous_response_id, conversation, stored
 * prompts, item_reference) are parts that are opaque: what they stand for cannot be counted.
 */
#include "optimizer/request/read.h"

enum { INSTRUCTIONS, INPUT, TOOLS, TEXT, PROMPT, PREVIOUS, CONVERSATION, MODEL, TOOL_CHOICE, N_NAMED };
static const tkc_name root[] = {
    [INSTRUCTIONS] = TKC_NAME("instructions"),
    [INPUT] = TKC_NAME("input"),
    [TOOLS] = TKC_NAME("tools"),
    [TEXT] = TKC_NAME("text"),
    [PROMPT] = TKC_NAME("prompt"),
    [PREVIOUS] = TKC_NAME("previous_response_id"),
    [CONVERSATION] = TKC_NAME("conversation"),
    [MODEL] = TKC_NAME("model"),
    [TOOL_CHOICE] = TKC_NAME("tool_choice"),
    /* Settings. */
    TKC_NAME("background"), TKC_NAME("context_management"), TKC_NAME("include"),
    TKC_NAME("max_output_tokens"), TKC_NAME("max_tool_calls"), TKC_NAME("metadata"),
    TKC_NAME("parallel_tool_calls"), TKC_NAME("prompt_cache_key"),
    TKC_NAME("prompt_cache_options"), TKC_NAME("prompt_cache_retention"),
    TKC_NAME("reasoning"), TKC_NAME("safety_identifier"), TKC_NAME("service_tier"),
    TKC_NAME("store"), TKC_NAME("stream"), TKC_NAME("stream_options"), TKC_NAME("temperature"),
    TKC_NAME("top_logprobs"), TKC_NAME("top_p"), TKC_NAME("truncation"), TKC_NAME("user"),
};
enum { N_ROOT = sizeof root / sizeof *root };

/* --- content ------------------------------------------------------------------------------ */

enum { C_TYPE, C_TEXT, C_REFUSAL, C_ANNOTATIONS, C_LOGPROBS, C_BREAKPOINT, N_CONTENT };
static const tkc_name content_name[] = {
    [C_TYPE] = TKC_NAME("type"),
    [C_TEXT] = TKC_NAME("text"),
    [C_REFUSAL] = TKC_NAME("refusal"),
    [C_ANNOTATIONS] = TKC_NAME("annotations"),
    [C_LOGPROBS] = TKC_NAME("logprobs"),
    [C_BREAKPOINT] = TKC_NAME("prompt_cache_breakpoint"),
};

static void block(tkc_rd *rd, tkc_at at, uint32_t b, tkc_part_kind text_kind)
{
    static const struct {
        const char *type;
        tkc_part_kind kind;
    } medium[] = {{"input_image", TKC_PART_IMAGE},
                  {"computer_screenshot", TKC_PART_IMAGE},
                  {"input_audio", TKC_PART_AUDIO},
                  {"input_file", TKC_PART_FILE},
                  {"input_video", TKC_PART_VIDEO}};
    static const char *const text[] = {"input_text", "output_text", "text", "summary_text",
                                       "reasoning_text"};
    uint32_t slot[N_CONTENT];
    tkc_rd_members(rd, b, content_name, N_CONTENT, slot);
    for (size_t i = 0; i < sizeof medium / sizeof *medium; i++)
        if (tkc_rd_is(rd, slot[C_TYPE], medium[i].type)) {
            tkc_rd_part(rd, at, medium[i].kind, b, 0);
            tkc_rd_cache_mark(rd, slot[C_BREAKPOINT]);
            return;
        }
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        if (tkc_rd_is(rd, slot[C_TYPE], text[i])) {
            tkc_rd_text(rd, at, text_kind, slot[C_TEXT], 0);
            slot[C_REFUSAL] = TKC_RD_NONE;
            goto rest;
        }
    if (!tkc_rd_is(rd, slot[C_TYPE], "refusal")) {
        tkc_rd_unknown(rd, at, b);
        return;
    }
    tkc_rd_text(rd, at, text_kind, slot[C_REFUSAL], 0);
    slot[C_TEXT] = TKC_RD_NONE;
rest:
    tkc_rd_rest(rd, at, b, content_name, N_CONTENT, slot);
    tkc_rd_cache_mark(rd, slot[C_BREAKPOINT]);
}

/* A string, a list of blocks, or a block. */
static void content(tkc_rd *rd, tkc_at at, uint32_t value, tkc_part_kind text_kind)
{
    uint32_t index = 0;
    if (value == TKC_RD_NONE || tkc_rd_is_kind(rd, value, TKC_JSON_NULL)) return;
    if (tkc_rd_is_kind(rd, value, TKC_JSON_OBJECT)) {
        block(rd, tkc_rd_in(rd, at, value), value, text_kind);
        return;
    }
    if (!tkc_rd_is_kind(rd, value, TKC_JSON_ARRAY)) {
        tkc_rd_text(rd, at, text_kind, value, 0);
        return;
    }
    at = tkc_rd_in(rd, at, value);
    for (uint32_t b = tkc_json_first(rd->doc, value); !rd->st && b != TKC_JSON_NONE;
         b = tkc_json_next(rd->doc, value, b), index++) {
        tkc_at here = tkc_rd_nth(rd, at, index);
        if (tkc_rd_is_kind(rd, b, TKC_JSON_OBJECT))
            block(rd, here, b, text_kind);
        else if (tkc_rd_is_kind(rd, b, TKC_JSON_STRING))
            tkc_rd_part(rd, here, text_kind, b, 0);
        else
            tkc_rd_unknown(rd, here, b);
    }
}

/* --- items -------------------------------------------------------------------------------- */

enum { I_TYPE, I_ROLE, I_CONTENT, I_ID, I_STATUS, I_CALL_ID, I_OUTPUT, I_SUMMARY, I_ENCRYPTED, I_PHASE, N_ITEM };
static const tkc_name item_name[] = {
    [I_TYPE] = TKC_NAME("type"),       [I_ROLE] = TKC_NAME("role"),
    [I_CONTENT] = TKC_NAME("content"), [I_ID] = TKC_NAME("id"),
    [I_STATUS] = TKC_NAME("status"),   [I_CALL_ID] = TKC_NAME("call_id"),
    [I_OUTPUT] = TKC_NAME("output"),   [I_SUMMARY] = TKC_NAME("summary"),
    [I_ENCRYPTED] = TKC_NAME("encrypted_content"), [I_PHASE] = TKC_NAME("phase"),
};

static void item(tkc_rd *rd, tkc_at at, uint32_t node)
{
    uint32_t slot[N_ITEM], turn, type, part;
    tkc_rd_members(rd, node, item_name, N_ITEM, slot);
    type = slot[I_TYPE];
    if (type == TKC_RD_NONE || tkc_rd_is(rd, type, "message")) {
        turn = tkc_rd_message_turn(rd, &at, node, slot[I_ROLE]);
        content(rd, at, slot[I_CONTENT], TKC_PART_TEXT);
        slot[I_OUTPUT] = slot[I_SUMMARY] = slot[I_ENCRYPTED] = TKC_RD_NONE;
        tkc_rd_rest(rd, at, node, item_name, N_ITEM, slot);
    } else if (tkc_rd_is(rd, type, "reasoning")) {
        at.role = TKC_ROLE_ASSISTANT;
        at.turn = turn = tkc_rd_turn(rd, at.role, node);
        content(rd, at, slot[I_SUMMARY], TKC_PART_THINKING);
        content(rd, at, slot[I_CONTENT], TKC_PART_THINKING);
        tkc_rd_text(rd, at, TKC_PART_THINKING, slot[I_ENCRYPTED], TKC_PART_OPAQUE);
        slot[I_OUTPUT] = slot[I_CALL_ID] = TKC_RD_NONE;
        tkc_rd_rest(rd, at, node, item_name, N_ITEM, slot);
    } else if (tkc_rd_ends(rd->doc, type, "_call_output") ||
               tkc_rd_ends(rd->doc, type, "_approval_response")) {
        tkc_rd before;
        size_t n = rd->r->n_part;
        at.role = TKC_ROLE_TOOL;
        at.turn = turn = tkc_rd_turn(rd, at.role, node);
        before = tkc_rd_result_begin(rd, slot[I_CALL_ID], 0);
        content(rd, at, slot[I_OUTPUT], TKC_PART_TEXT);
        if (!rd->st && rd->r->n_part == n)
            tkc_rd_part(rd, at, TKC_PART_TOOL_RESULT, node, TKC_PART_OPAQUE);
        tkc_rd_result_end(rd, &before);
        slot[I_CONTENT] = slot[I_SUMMARY] = slot[I_ENCRYPTED] = TKC_RD_NONE;
        if (rd->r->n_part > n && rd->r->part[rd->r->n_part - 1].node != node)
            tkc_rd_rest(rd, at, node, item_name, N_ITEM, slot);
    } else if (tkc_rd_ends(rd->doc, type, "_call")) {
        /* Name and arguments, or what the provider's own tool was asked and gave back. */
        at.role = TKC_ROLE_ASSISTANT;
        at.turn = turn = tkc_rd_turn(rd, at.role, node);
        if (tkc_rd_is(rd, type, "image_generation_call")) { /* what came of it is a picture */
            tkc_rd_part(rd, at, TKC_PART_IMAGE, node,
                        TKC_PART_SERVER | (tkc_rd_is_kind(rd, tkc_rd_get(rd, node, "result"), TKC_JSON_STRING)
                                               ? 0
                                               : TKC_PART_OPAQUE));
            tkc_rd_turn_end(rd, turn);
            return;
        }
        part = tkc_rd_part(rd, at, TKC_PART_TOOL_CALL, node,
                           tkc_rd_is(rd, type, "function_call") ||
                                   tkc_rd_is(rd, type, "custom_tool_call")
                               ? 0
                               : TKC_PART_SERVER);
        if (!rd->st && tkc_rd_is_kind(rd, slot[I_CALL_ID], TKC_JSON_STRING))
            rd->r->part[part].id = slot[I_CALL_ID];
    } else if (tkc_rd_is(rd, type, "mcp_list_tools")) {
        at.role = TKC_ROLE_ASSISTANT;
        at.turn = turn = tkc_rd_turn(rd, at.role, node);
        tkc_rd_part(rd, at, TKC_PART_TOOL_SCHEMA, node, TKC_PART_SERVER | TKC_PART_PINNED);
    } else {
        bool points = tkc_rd_is(rd, type, "item_reference") || tkc_rd_is(rd, type, "compaction");
        at.turn = turn = tkc_rd_turn(rd, TKC_ROLE_NONE, node);
        tkc_rd_part(rd, at, TKC_PART_OTHER, node, points ? TKC_PART_OPAQUE : TKC_PART_UNKNOWN);
    }
    tkc_rd_turn_end(rd, turn);
}

/* "text": {"format": {"type":"json_schema",...}, "verbosity": ...} */
static void text_format(tkc_rd *rd, tkc_at at, uint32_t text)
{
    enum { FORMAT, VERBOSITY, N };
    static const tkc_name name[] = {TKC_NAME("format"), TKC_NAME("verbosity")};
    uint32_t slot[N], type;
    if (text == TKC_RD_NONE || tkc_rd_is_kind(rd, text, TKC_JSON_NULL)) return;
    at = tkc_rd_in(rd, at, text);
    at.role = TKC_ROLE_NONE;
    if (!tkc_rd_is_kind(rd, text, TKC_JSON_OBJECT)) {
        tkc_rd_unknown(rd, at, text);
        return;
    }
    tkc_rd_members(rd, text, name, N, slot);
    type = tkc_rd_get(rd, slot[FORMAT], "type");
    if (slot[FORMAT] != TKC_RD_NONE && !tkc_rd_is(rd, type, "text") &&
        !tkc_rd_is(rd, type, "json_object"))
        tkc_rd_part(rd, tkc_rd_in(rd, at, slot[FORMAT]), TKC_PART_TOOL_SCHEMA, slot[FORMAT],
                    TKC_PART_OUTPUT);
    tkc_rd_rest(rd, at, text, name, N, slot);
}

void tkc_rd_openai_responses(tkc_rd *rd, tkc_at at)
{
    uint32_t slot[N_ROOT], body = rd->r->body, index = 0;
    tkc_at here = at;
    tkc_rd_members(rd, body, root, N_ROOT, slot);
    rd->r->model = slot[MODEL];
    rd->r->tool_choice = slot[TOOL_CHOICE];
    rd->r->cache_auto = true;
    here.role = TKC_ROLE_SYSTEM;
    content(rd, here, slot[INSTRUCTIONS], TKC_PART_TEXT);
    tkc_rd_tools(rd, at, slot[TOOLS]);
    text_format(rd, at, slot[TEXT]);
    tkc_rd_other(rd, at, slot[PROMPT], TKC_PART_OPAQUE);
    tkc_rd_other(rd, at, slot[CONVERSATION], TKC_PART_OPAQUE);
    tkc_rd_other(rd, at, slot[PREVIOUS], TKC_PART_OPAQUE);
    if (slot[INPUT] == TKC_RD_NONE && slot[PROMPT] == TKC_RD_NONE) {
        tkc_rd_need_array(rd, at, slot[INPUT], "input");
        return;
    }
    if (tkc_rd_is_kind(rd, slot[INPUT], TKC_JSON_STRING)) {
        at.role = TKC_ROLE_USER;
        at.turn = tkc_rd_turn(rd, at.role, slot[INPUT]);
        tkc_rd_text(rd, at, TKC_PART_TEXT, slot[INPUT], 0);
        tkc_rd_turn_end(rd, at.turn);
        at.role = TKC_ROLE_NONE;
        at.turn = TKC_NO_TURN;
    } else if (slot[INPUT] != TKC_RD_NONE) {
        if (!tkc_rd_need_array(rd, at, slot[INPUT], "input")) return;
        here = tkc_rd_in(rd, at, slot[INPUT]);
        for (uint32_t i = tkc_json_first(rd->doc, slot[INPUT]); !rd->st && i != TKC_JSON_NONE;
             i = tkc_json_next(rd->doc, slot[INPUT], i), index++) {
            tkc_at one = tkc_rd_nth(rd, here, index);
            if (tkc_rd_is_kind(rd, i, TKC_JSON_OBJECT))
                item(rd, one, i);
            else
                tkc_rd_fail(rd, one, i, "an item object");
        }
    }
    tkc_rd_rest(rd, at, body, root, N_ROOT, slot);
}
