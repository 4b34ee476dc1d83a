/*
 * cohere.c - Cohere chat, v2 (messages, tools with function) and v1 (message,
 * chat_history, preamble, parameter_definitions). Both take documents, which the model reads
 * in front of the conversation.
 */
#include "optimizer/request/read.h"

/* --- v2 ----------------------------------------------------------------------------------- */

enum { TYPE, TEXT, IMAGE, DOCUMENT, THINKING, N_BLOCK };
static const tkc_name block_name[] = {
    [TYPE] = TKC_NAME("type"),         [TEXT] = TKC_NAME("text"),
    [IMAGE] = TKC_NAME("image_url"),   [DOCUMENT] = TKC_NAME("document"),
    [THINKING] = TKC_NAME("thinking"),
};

static const tkc_name message[] = {TKC_CHAT_NAMES, TKC_NAME("citations")};

/* One document: a string, or {"id", "data": {...} or "..."}; v1: any strings by name. Its data
 * is one text for the model. */
static void document(tkc_rd *rd, tkc_at at, uint32_t d)
{
    enum { ID, DATA, N };
    static const tkc_name name[] = {TKC_NAME("id"), TKC_NAME("data")};
    uint32_t slot[N];
    if (tkc_rd_is_kind(rd, d, TKC_JSON_STRING)) {
        tkc_rd_part(rd, at, TKC_PART_TEXT, d, 0);
        return;
    }
    if (!tkc_rd_is_kind(rd, d, TKC_JSON_OBJECT)) {
        tkc_rd_unknown(rd, at, d);
        return;
    }
    tkc_rd_members(rd, d, name, N, slot);
    if (slot[DATA] == TKC_RD_NONE) {
        tkc_rd_part(rd, at, TKC_PART_TEXT, d, 0);
        return;
    }
    tkc_rd_part(rd, tkc_rd_in(rd, at, slot[DATA]), TKC_PART_TEXT, slot[DATA], 0);
    tkc_rd_rest(rd, at, d, name, N, slot);
}

static void block(tkc_rd *rd, tkc_at at, uint32_t b)
{
    uint32_t slot[N_BLOCK];
    bool text, thinking;
    tkc_rd_members(rd, b, block_name, N_BLOCK, slot);
    if (tkc_rd_is(rd, slot[TYPE], "image_url")) {
        tkc_rd_part(rd, at, TKC_PART_IMAGE, b, 0);
        return;
    }
    text = tkc_rd_is(rd, slot[TYPE], "text");
    thinking = tkc_rd_is(rd, slot[TYPE], "thinking");
    slot[IMAGE] = TKC_RD_NONE;
    if (text || thinking) {
        tkc_rd_text(rd, at, text ? TKC_PART_TEXT : TKC_PART_THINKING,
                    slot[text ? TEXT : THINKING], 0);
        slot[text ? THINKING : TEXT] = slot[DOCUMENT] = TKC_RD_NONE;
    } else if (tkc_rd_is(rd, slot[TYPE], "document") && slot[DOCUMENT] != TKC_RD_NONE) {
        document(rd, tkc_rd_in(rd, at, slot[DOCUMENT]), slot[DOCUMENT]);
        slot[TEXT] = slot[THINKING] = TKC_RD_NONE;
    } else {
        tkc_rd_unknown(rd, at, b);
        return;
    }
    tkc_rd_rest(rd, at, b, block_name, N_BLOCK, slot);
}

static const tkc_rd_chat chat = {message, sizeof message / sizeof *message, block};

static void documents(tkc_rd *rd, tkc_at at, uint32_t list)
{
    uint32_t index = 0;
    if (list == TKC_RD_NONE || tkc_rd_is_kind(rd, list, TKC_JSON_NULL)) return;
    at = tkc_rd_in(rd, at, list);
    at.role = TKC_ROLE_USER;
    if (!tkc_rd_is_kind(rd, list, TKC_JSON_ARRAY)) {
        tkc_rd_unknown(rd, at, list);
        return;
    }
    for (uint32_t d = tkc_json_first(rd->doc, list); !rd->st && d != TKC_JSON_NONE;
         d = tkc_json_next(rd->doc, list, d), index++)
        document(rd, tkc_rd_nth(rd, at, index), d);
}

/* {"type":"json_object","schema":{...}}, or json_schema in its place. */
static void response_format(tkc_rd *rd, tkc_at at, uint32_t format)
{
    if (!tkc_rd_is_kind(rd, format, TKC_JSON_OBJECT)) return;
    if (tkc_rd_get(rd, format, "schema") == TKC_RD_NONE &&
        tkc_rd_get(rd, format, "json_schema") == TKC_RD_NONE)
        return;
    at = tkc_rd_in(rd, at, format);
    tkc_rd_part(rd, at, TKC_PART_TOOL_SCHEMA, format, TKC_PART_OUTPUT);
}

#define SETTINGS                                                                              \
    TKC_NAME("citation_options"), TKC_NAME("citation_quality"), TKC_NAME("force_single_step"), \
        TKC_NAME("frequency_penalty"), TKC_NAME("k"), TKC_NAME("logprobs"),                   \
        TKC_NAME("max_input_tokens"), TKC_NAME("max_tokens"), TKC_NAME("p"),                  \
        TKC_NAME("presence_penalty"), TKC_NAME("priority"), TKC_NAME("prompt_truncation"),    \
        TKC_NAME("raw_prompting"), TKC_NAME("safety_mode"), TKC_NAME("search_queries_only"),  \
        TKC_NAME("seed"), TKC_NAME("stop_sequences"), TKC_NAME("stream"),                     \
        TKC_NAME("strict_tools"), TKC_NAME("temperature"), TKC_NAME("thinking"),              \
        TKC_NAME("tool_choice")

void tkc_rd_cohere(tkc_rd *rd, tkc_at at)
{
    enum { MESSAGES, TOOLS, DOCUMENTS, FORMAT, MODEL, N_NAMED };
    static const tkc_name root[] = {
        [MESSAGES] = TKC_NAME("messages"),     [TOOLS] = TKC_NAME("tools"),
        [DOCUMENTS] = TKC_NAME("documents"),   [FORMAT] = TKC_NAME("response_format"),
        [MODEL] = TKC_NAME("model"),           SETTINGS};
    enum { N_ROOT = sizeof root / sizeof *root };
    uint32_t slot[N_ROOT], body = rd->r->body, leading;
    tkc_at here;
    tkc_rd_members(rd, body, root, N_ROOT, slot);
    rd->r->model = slot[MODEL];
    rd->r->tool_choice = tkc_rd_get(rd, body, "tool_choice");
    if (!tkc_rd_need_array(rd, at, slot[MESSAGES], "messages")) return;
    here = tkc_rd_in(rd, at, slot[MESSAGES]);
    leading = tkc_rd_leading(rd, slot[MESSAGES]);
    tkc_rd_messages(rd, &chat, here, slot[MESSAGES], 0, leading);
    tkc_rd_tools(rd, at, slot[TOOLS]);
    documents(rd, at, slot[DOCUMENTS]);
    response_format(rd, at, slot[FORMAT]);
    tkc_rd_messages(rd, &chat, here, slot[MESSAGES], leading, UINT32_MAX);
    tkc_rd_rest(rd, at, body, root, N_ROOT, slot);
}

/* --- v1 ----------------------------------------------------------------------------------- */

/* [{"call": {...}, "outputs": [...]}]: the outputs are what the model reads anew. */
static void results(tkc_rd *rd, tkc_at at, uint32_t list)
{
    enum { CALL, OUTPUTS, N };
    static const tkc_name name[] = {TKC_NAME("call"), TKC_NAME("outputs")};
    uint32_t index = 0;
    if (list == TKC_RD_NONE || tkc_rd_is_kind(rd, list, TKC_JSON_NULL)) return;
    at = tkc_rd_in(rd, at, list);
    at.role = TKC_ROLE_TOOL;
    if (!tkc_rd_is_kind(rd, list, TKC_JSON_ARRAY)) {
        tkc_rd_unknown(rd, at, list);
        return;
    }
    for (uint32_t t = tkc_json_first(rd->doc, list); !rd->st && t != TKC_JSON_NONE;
         t = tkc_json_next(rd->doc, list, t), index++) {
        tkc_at here = tkc_rd_nth(rd, at, index);
        uint32_t slot[N], called;
        tkc_rd before;
        if (!tkc_rd_is_kind(rd, t, TKC_JSON_OBJECT)) {
            tkc_rd_unknown(rd, here, t);
            continue;
        }
        tkc_rd_members(rd, t, name, N, slot);
        called = tkc_rd_get(rd, slot[CALL], "name");
        if (slot[CALL] != TKC_RD_NONE)
            tkc_rd_part(rd, tkc_rd_in(rd, here, slot[CALL]), TKC_PART_OTHER, slot[CALL],
                        TKC_PART_NAME);
        before = tkc_rd_result_begin(rd, called, TKC_PART_BY_NAME);
        if (slot[OUTPUTS] != TKC_RD_NONE)
            tkc_rd_part(rd, tkc_rd_in(rd, here, slot[OUTPUTS]), TKC_PART_TOOL_RESULT,
                        slot[OUTPUTS], 0);
        tkc_rd_result_end(rd, &before);
        tkc_rd_rest(rd, here, t, name, N, slot);
    }
}

static void calls(tkc_rd *rd, tkc_at at, uint32_t list)
{
    uint32_t index = 0;
    if (list == TKC_RD_NONE || tkc_rd_is_kind(rd, list, TKC_JSON_NULL)) return;
    at = tkc_rd_in(rd, at, list);
    if (!tkc_rd_is_kind(rd, list, TKC_JSON_ARRAY)) {
        tkc_rd_unknown(rd, at, list);
        return;
    }
    for (uint32_t c = tkc_json_first(rd->doc, list); !rd->st && c != TKC_JSON_NONE;
         c = tkc_json_next(rd->doc, list, c), index++) {
        uint32_t name = tkc_rd_get(rd, c, "name");
        uint32_t part = tkc_rd_part(rd, tkc_rd_nth(rd, at, index), TKC_PART_TOOL_CALL, c,
                                    TKC_PART_BY_NAME);
        if (!rd->st && tkc_rd_is_kind(rd, name, TKC_JSON_STRING)) rd->r->part[part].id = name;
    }
}

static void turn(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { ROLE, MESSAGE, CALLS, RESULTS, N };
    static const tkc_name name[] = {TKC_NAME("role"), TKC_NAME("message"), TKC_NAME("tool_calls"),
                                    TKC_NAME("tool_results")};
    uint32_t slot[N], t;
    if (!tkc_rd_is_kind(rd, node, TKC_JSON_OBJECT)) {
        tkc_rd_fail(rd, at, node, "an object with role and message");
        return;
    }
    tkc_rd_members(rd, node, name, N, slot);
    t = tkc_rd_message_turn(rd, &at, node, slot[ROLE]);
    tkc_rd_text(rd, at, TKC_PART_TEXT, slot[MESSAGE], 0);
    calls(rd, at, slot[CALLS]);
    results(rd, at, slot[RESULTS]);
    tkc_rd_rest(rd, at, node, name, N, slot);
    tkc_rd_turn_end(rd, t);
}

void tkc_rd_cohere_v1(tkc_rd *rd, tkc_at at)
{
    enum { PREAMBLE, TOOLS, DOCUMENTS, HISTORY, RESULTS, MESSAGE, FORMAT, MODEL, CONVERSATION, CONNECTORS, N_NAMED };
    static const tkc_name root[] = {
        [PREAMBLE] = TKC_NAME("preamble"),     [TOOLS] = TKC_NAME("tools"),
        [DOCUMENTS] = TKC_NAME("documents"),   [HISTORY] = TKC_NAME("chat_history"),
        [RESULTS] = TKC_NAME("tool_results"),  [MESSAGE] = TKC_NAME("message"),
        [FORMAT] = TKC_NAME("response_format"), [MODEL] = TKC_NAME("model"),
        [CONVERSATION] = TKC_NAME("conversation_id"), [CONNECTORS] = TKC_NAME("connectors"), SETTINGS};
    enum { N_ROOT = sizeof root / sizeof *root };
    uint32_t slot[N_ROOT], body = rd->r->body, index = 0;
    tkc_at here;
    tkc_rd_members(rd, body, root, N_ROOT, slot);
    rd->r->model = slot[MODEL];
    if (slot[MESSAGE] == TKC_RD_NONE) {
        tkc_rd_need_array(rd, at, slot[MESSAGE], "message");
        return;
    }
    here = at;
    here.role = TKC_ROLE_SYSTEM;
    tkc_rd_text(rd, here, TKC_PART_TEXT, slot[PREAMBLE], 0);
    tkc_rd_tools(rd, at, slot[TOOLS]);
    documents(rd, at, slot[DOCUMENTS]);
    /* Turns that the server keeps, and what a search will find. */
    tkc_rd_other(rd, at, slot[CONVERSATION], TKC_PART_OPAQUE);
    if (tkc_rd_is_kind(rd, slot[CONNECTORS], TKC_JSON_ARRAY) && tkc_json_count(rd->doc, slot[CONNECTORS]))
        tkc_rd_other(rd, at, slot[CONNECTORS], TKC_PART_OPAQUE | TKC_PART_SERVER);
    response_format(rd, at, slot[FORMAT]);
    if (slot[HISTORY] != TKC_RD_NONE && !tkc_rd_is_kind(rd, slot[HISTORY], TKC_JSON_NULL)) {
        if (!tkc_rd_need_array(rd, at, slot[HISTORY], "chat_history")) return;
        here = tkc_rd_in(rd, at, slot[HISTORY]);
        for (uint32_t m = tkc_json_first(rd->doc, slot[HISTORY]); !rd->st && m != TKC_JSON_NONE;
             m = tkc_json_next(rd->doc, slot[HISTORY], m), index++)
            turn(rd, tkc_rd_nth(rd, here, index), m);
    }
    here = at;
    here.role = TKC_ROLE_USER;
    here.turn = tkc_rd_turn(rd, here.role, slot[MESSAGE]);
    results(rd, here, slot[RESULTS]);
    tkc_rd_text(rd, here, TKC_PART_TEXT, slot[MESSAGE], 0);
    tkc_rd_turn_end(rd, here.turn);
    tkc_rd_rest(rd, at, body, root, N_ROOT, slot);
}
