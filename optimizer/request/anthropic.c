/*
 * anthropic.c - Anthropic Messages (and the same shape on Bedrock and Vertex): tools,
 * system, the answer's schema, messages; cache_control anywhere.
 *
 * Thinking blocks are pinned: their signature binds their text. Results of tools that the
 * provider runs itself hold encrypted text; they are opaque.
 */
#include "optimizer/request/read.h"

enum { TOOLS, SYSTEM, MESSAGES, OUTPUT_CONFIG, OUTPUT_FORMAT, MCP, CONTAINER, MODEL, TOOL_CHOICE, CACHE, N_NAMED };
static const tkc_name root[] = {
    [TOOLS] = TKC_NAME("tools"),
    [SYSTEM] = TKC_NAME("system"),
    [MESSAGES] = TKC_NAME("messages"),
    [OUTPUT_CONFIG] = TKC_NAME("output_config"),
    [OUTPUT_FORMAT] = TKC_NAME("output_format"),
    [MCP] = TKC_NAME("mcp_servers"),
    [CONTAINER] = TKC_NAME("container"),
    [MODEL] = TKC_NAME("model"),
    [TOOL_CHOICE] = TKC_NAME("tool_choice"),
    [CACHE] = TKC_NAME("cache_control"),
    /* Settings. */
    TKC_NAME("anthropic_beta"), TKC_NAME("anthropic_version"), TKC_NAME("betas"),
    TKC_NAME("context_management"), TKC_NAME("diagnostics"),
    TKC_NAME("inference_geo"), TKC_NAME("max_tokens"), TKC_NAME("metadata"),
    TKC_NAME("service_tier"), TKC_NAME("speed"), TKC_NAME("stop_sequences"),
    TKC_NAME("stream"), TKC_NAME("temperature"), TKC_NAME("thinking"), TKC_NAME("top_k"),
    TKC_NAME("top_p"),
};
enum { N_ROOT = sizeof root / sizeof *root };

enum { B_TYPE, B_TEXT, B_CACHE, B_THINKING, B_DATA, B_SIGNATURE, B_ID, B_TOOL_USE_ID, B_CONTENT,
       B_IS_ERROR, B_CITATIONS, B_TITLE, B_CONTEXT, B_SOURCE, N_BLOCK };
static const tkc_name block_name[] = {
    [B_TYPE] = TKC_NAME("type"),
    [B_TEXT] = TKC_NAME("text"),
    [B_CACHE] = TKC_NAME("cache_control"),
    [B_THINKING] = TKC_NAME("thinking"),
    [B_DATA] = TKC_NAME("data"),
    [B_SIGNATURE] = TKC_NAME("signature"),
    [B_ID] = TKC_NAME("id"),
    [B_TOOL_USE_ID] = TKC_NAME("tool_use_id"),
    [B_CONTENT] = TKC_NAME("content"),
    [B_IS_ERROR] = TKC_NAME("is_error"),
    [B_CITATIONS] = TKC_NAME("citations"),
    [B_TITLE] = TKC_NAME("title"),
    [B_CONTEXT] = TKC_NAME("context"),
    [B_SOURCE] = TKC_NAME("source"),
};

/* Members that are none of this block's: tkc_rd_rest() then keeps them. */
static void only(uint32_t *slot, unsigned keep)
{
    for (unsigned i = 0; i < N_BLOCK; i++)
        if (!(keep >> i & 1)) slot[i] = TKC_RD_NONE;
}
#define BIT(x) (1u << (x))
enum { ALWAYS = BIT(B_TYPE) | BIT(B_CACHE) };

/* The texts and images that a document or a search result is made of. These hold no blocks, so nothing nests here. */
static void passages(tkc_rd *rd, tkc_at at, uint32_t list)
{
    enum { TYPE, TEXT, MARK, CITATIONS, N };
    static const tkc_name name[] = {TKC_NAME("type"), TKC_NAME("text"), TKC_NAME("cache_control"), TKC_NAME("citations")};
    uint32_t index = 0;
    for (uint32_t c = tkc_json_first(rd->doc, list); !rd->st && c != TKC_JSON_NONE;
         c = tkc_json_next(rd->doc, list, c), index++) {
        uint32_t slot[N];
        tkc_at here = tkc_rd_nth(rd, at, index);
        if (!tkc_rd_is_kind(rd, c, TKC_JSON_OBJECT)) {
            tkc_rd_unknown(rd, here, c);
            continue;
        }
        tkc_rd_members(rd, c, name, N, slot);
        if (tkc_rd_is(rd, slot[TYPE], "image")) {
            tkc_rd_part(rd, here, TKC_PART_IMAGE, c, 0);
        } else {
            tkc_rd_text(rd, here, TKC_PART_TEXT, slot[TEXT], 0);
            tkc_rd_rest(rd, here, c, name, N, slot);
        }
        tkc_rd_cache_mark(rd, slot[MARK]);
    }
}

/* A document's own text, whole or in passages, is text; its bytes, address or id make it a file. Title and context
 * are read with it. */
static void document(tkc_rd *rd, tkc_at at, uint32_t b, uint32_t *slot)
{
    enum { TYPE, MEDIA_TYPE, DATA, CONTENT, N };
    static const tkc_name name[] = {TKC_NAME("type"), TKC_NAME("media_type"), TKC_NAME("data"), TKC_NAME("content")};
    const uint32_t source = slot[B_SOURCE], type = tkc_rd_get(rd, source, "type");
    const bool is_text = tkc_rd_is(rd, type, "text");
    uint32_t s[N];
    tkc_at in;
    if (!is_text && !tkc_rd_is(rd, type, "content")) {
        tkc_rd_part(rd, at, TKC_PART_FILE, b, 0);
        return;
    }
    in = tkc_rd_in(rd, at, source);
    tkc_rd_text(rd, at, TKC_PART_OTHER, slot[B_TITLE], TKC_PART_NAME);
    tkc_rd_text(rd, at, TKC_PART_OTHER, slot[B_CONTEXT], TKC_PART_NAME);
    tkc_rd_members(rd, source, name, N, s);
    if (is_text) {
        tkc_rd_text(rd, in, TKC_PART_TEXT, s[DATA], 0);
        s[CONTENT] = TKC_RD_NONE;
    } else if (tkc_rd_is_kind(rd, s[CONTENT], TKC_JSON_ARRAY)) {
        passages(rd, tkc_rd_in(rd, in, s[CONTENT]), s[CONTENT]);
        s[DATA] = TKC_RD_NONE;
    } else {
        tkc_rd_text(rd, in, TKC_PART_TEXT, s[CONTENT], 0);
        s[DATA] = TKC_RD_NONE;
    }
    tkc_rd_rest(rd, in, source, name, N, s);
    only(slot, ALWAYS | BIT(B_SOURCE) | BIT(B_TITLE) | BIT(B_CONTEXT) | BIT(B_CITATIONS));
    tkc_rd_rest(rd, at, b, block_name, N_BLOCK, slot);
}

static void block(tkc_rd *rd, tkc_at at, uint32_t b);

static void blocks(tkc_rd *rd, tkc_at at, uint32_t value)
{
    uint32_t index = 0;
    if (value == TKC_RD_NONE || tkc_rd_is_kind(rd, value, TKC_JSON_NULL)) return;
    if (!tkc_rd_is_kind(rd, value, TKC_JSON_ARRAY)) {
        tkc_rd_text(rd, at, TKC_PART_TEXT, value, 0);
        return;
    }
    at = tkc_rd_in(rd, at, value);
    for (uint32_t b = tkc_json_first(rd->doc, value); !rd->st && b != TKC_JSON_NONE;
         b = tkc_json_next(rd->doc, value, b), index++) {
        tkc_at here = tkc_rd_nth(rd, at, index);
        if (tkc_rd_is_kind(rd, b, TKC_JSON_OBJECT))
            block(rd, here, b);
        else if (tkc_rd_is_kind(rd, b, TKC_JSON_STRING))
            tkc_rd_part(rd, here, TKC_PART_TEXT, b, 0);
        else
            tkc_rd_unknown(rd, here, b);
    }
}

/* The blocks of a result are of the kinds that hold no results, so this nests twice at most. */
static void tool_result(tkc_rd *rd, tkc_at at, uint32_t b, uint32_t *slot)
{
    tkc_rd before;
    size_t n = rd->r->n_part;
    at.role = TKC_ROLE_TOOL;
    before = tkc_rd_result_begin(rd, slot[B_TOOL_USE_ID],
                                 tkc_rd_true(rd, slot[B_IS_ERROR]) ? TKC_PART_ERROR : 0);
    if (!before.is_tool_result) blocks(rd, at, slot[B_CONTENT]);
    if (!rd->st && rd->r->n_part == n) {
        tkc_rd_part(rd, at, TKC_PART_TOOL_RESULT, b,
                    before.is_tool_result ? TKC_PART_UNKNOWN : TKC_PART_OPAQUE);
        tkc_rd_result_end(rd, &before);
        return;
    }
    tkc_rd_result_end(rd, &before);
    only(slot, ALWAYS | BIT(B_TOOL_USE_ID) | BIT(B_CONTENT) | BIT(B_IS_ERROR));
    tkc_rd_rest(rd, at, b, block_name, N_BLOCK, slot);
}

/* {"type":"search_result","source","title","content":[text...],"citations"} */
static void search_result(tkc_rd *rd, tkc_at at, uint32_t b, uint32_t *slot)
{
    const uint32_t list = slot[B_CONTENT];
    tkc_rd_text(rd, at, TKC_PART_OTHER, slot[B_SOURCE], TKC_PART_NAME);
    tkc_rd_text(rd, at, TKC_PART_OTHER, slot[B_TITLE], TKC_PART_NAME);
    if (tkc_rd_is_kind(rd, list, TKC_JSON_ARRAY))
        passages(rd, tkc_rd_in(rd, at, list), list);
    else
        slot[B_CONTENT] = TKC_RD_NONE;
    only(slot, ALWAYS | BIT(B_SOURCE) | BIT(B_TITLE) | BIT(B_CITATIONS) | BIT(B_CONTENT));
    tkc_rd_rest(rd, at, b, block_name, N_BLOCK, slot);
}

static void block(tkc_rd *rd, tkc_at at, uint32_t b)
{
    uint32_t slot[N_BLOCK], type, cache, part;
    tkc_rd_members(rd, b, block_name, N_BLOCK, slot);
    type = slot[B_TYPE];
    cache = slot[B_CACHE];
    if (tkc_rd_is(rd, type, "text")) {
        tkc_rd_text(rd, at, TKC_PART_TEXT, slot[B_TEXT], 0);
        only(slot, ALWAYS | BIT(B_TEXT) | BIT(B_CITATIONS));
        tkc_rd_rest(rd, at, b, block_name, N_BLOCK, slot);
    } else if (tkc_rd_is(rd, type, "image")) {
        tkc_rd_part(rd, at, TKC_PART_IMAGE, b, 0);
    } else if (tkc_rd_is(rd, type, "document")) {
        document(rd, at, b, slot);
    } else if (tkc_rd_is(rd, type, "thinking")) {
        tkc_rd_text(rd, at, TKC_PART_THINKING, slot[B_THINKING], 0);
        only(slot, ALWAYS | BIT(B_THINKING) | BIT(B_SIGNATURE));
        tkc_rd_rest(rd, at, b, block_name, N_BLOCK, slot);
    } else if (tkc_rd_is(rd, type, "redacted_thinking")) {
        tkc_rd_text(rd, at, TKC_PART_THINKING, slot[B_DATA], TKC_PART_OPAQUE);
        only(slot, ALWAYS | BIT(B_DATA));
        tkc_rd_rest(rd, at, b, block_name, N_BLOCK, slot);
    } else if (tkc_rd_ends(rd->doc, type, "tool_use")) {
        part = tkc_rd_part(rd, at, TKC_PART_TOOL_CALL, b,
                           tkc_rd_is(rd, type, "tool_use") ? 0 : TKC_PART_SERVER);
        if (!rd->st && tkc_rd_is_kind(rd, slot[B_ID], TKC_JSON_STRING))
            rd->r->part[part].id = slot[B_ID];
    } else if (tkc_rd_is(rd, type, "tool_result") || tkc_rd_is(rd, type, "mcp_tool_result")) {
        tool_result(rd, at, b, slot);
    } else if (tkc_rd_ends(rd->doc, type, "tool_result")) {
        tkc_rd before = tkc_rd_result_begin(rd, slot[B_TOOL_USE_ID], 0);
        at.role = TKC_ROLE_TOOL;
        tkc_rd_part(rd, at, TKC_PART_TOOL_RESULT, b, TKC_PART_SERVER | TKC_PART_OPAQUE | TKC_PART_PINNED);
        tkc_rd_result_end(rd, &before);
    } else if (tkc_rd_is(rd, type, "search_result")) {
        search_result(rd, at, b, slot);
    } else if (tkc_rd_is(rd, type, "container_upload")) {
        tkc_rd_part(rd, at, TKC_PART_FILE, b, TKC_PART_OPAQUE);
    } else {
        tkc_rd_unknown(rd, at, b);
    }
    tkc_rd_cache_mark(rd, cache);
}

static void output_schema(tkc_rd *rd, tkc_at at, uint32_t format)
{
    if (!tkc_rd_is_kind(rd, format, TKC_JSON_OBJECT)) return;
    at = tkc_rd_in(rd, at, format);
    at.role = TKC_ROLE_NONE;
    tkc_rd_part(rd, at, TKC_PART_TOOL_SCHEMA, format, TKC_PART_OUTPUT);
}

/* {"effort":..., "format": {"type":"json_schema","schema":{...}}, "task_budget":...} */
static void output_config(tkc_rd *rd, tkc_at at, uint32_t config)
{
    enum { FORMAT, EFFORT, BUDGET, N };
    static const tkc_name name[] = {TKC_NAME("format"), TKC_NAME("effort"), TKC_NAME("task_budget")};
    uint32_t slot[N];
    if (config == TKC_RD_NONE || tkc_rd_is_kind(rd, config, TKC_JSON_NULL)) return;
    at = tkc_rd_in(rd, at, config);
    if (!tkc_rd_is_kind(rd, config, TKC_JSON_OBJECT)) {
        tkc_rd_unknown(rd, at, config);
        return;
    }
    tkc_rd_members(rd, config, name, N, slot);
    output_schema(rd, at, slot[FORMAT]);
    tkc_rd_rest(rd, at, config, name, N, slot);
}

static void message(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { ROLE, CONTENT, ID, N };
    static const tkc_name name[] = {TKC_NAME("role"), TKC_NAME("content"), TKC_NAME("id")};
    uint32_t slot[N], turn;
    tkc_rd_members(rd, node, name, N, slot);
    turn = tkc_rd_message_turn(rd, &at, node, slot[ROLE]);
    blocks(rd, at, slot[CONTENT]);
    tkc_rd_rest(rd, at, node, name, N, slot);
    tkc_rd_turn_end(rd, turn);
}

void tkc_rd_anthropic(tkc_rd *rd, tkc_at at)
{
    uint32_t slot[N_ROOT], body = rd->r->body;
    tkc_at here = at;
    if (tkc_rd_is_kind(rd, body, TKC_JSON_ARRAY)) {
        tkc_rd_each_message(rd, at, body, message);
        return;
    }
    tkc_rd_members(rd, body, root, N_ROOT, slot);
    rd->r->model = slot[MODEL];
    rd->r->tool_choice = slot[TOOL_CHOICE];
    if (!tkc_rd_need_array(rd, at, slot[MESSAGES], "messages")) return;
    rd->r->cache_auto = tkc_rd_is_kind(rd, slot[CACHE], TKC_JSON_OBJECT);
    tkc_rd_tools(rd, at, slot[TOOLS]);
    /* Its tools are known to the server only. */
    tkc_rd_other(rd, at, slot[MCP], TKC_PART_OPAQUE | TKC_PART_SERVER);
    /* So are the words that its skills bring. A container alone is a place to run code. */
    if (tkc_rd_get(rd, slot[CONTAINER], "skills") != TKC_RD_NONE)
        tkc_rd_other(rd, at, slot[CONTAINER], TKC_PART_OPAQUE | TKC_PART_SERVER);
    here = at;
    here.role = TKC_ROLE_SYSTEM;
    blocks(rd, here, slot[SYSTEM]);
    output_config(rd, at, slot[OUTPUT_CONFIG]);
    output_schema(rd, at, slot[OUTPUT_FORMAT]);
    tkc_rd_each_message(rd, tkc_rd_in(rd, at, slot[MESSAGES]), slot[MESSAGES], message);
    tkc_rd_rest(rd, at, body, root, N_ROOT, slot);
}
