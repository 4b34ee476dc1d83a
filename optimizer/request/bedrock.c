/*
 * bedrock.c - Bedrock Converse: toolConfig, system, messages of blocks, the answer's schema; one shape for
 * the models of every vendor there. The names are those of the service's model in PyPI botocore 1.44.8
 * (bedrock-runtime, Converse).
 *
 * A block is an object with one member, which says what it is. A cache point is a block of its own, and stands
 * behind what it marks: it is no part, and marks the part before it in the same list.
 *
 * Amazon's own models are asked in the same shape through InvokeModel ("schemaVersion").
 * Reasoning is pinned as Anthropic's thinking is: a signature binds it.
 */
#include "optimizer/request/read.h"

enum { TOOL_CONFIG, SYSTEM, MESSAGES, OUTPUT_CONFIG, MODEL, MODEL_ID, N_NAMED };
static const tkc_name root[] = {
    [TOOL_CONFIG] = TKC_NAME("toolConfig"),
    [SYSTEM] = TKC_NAME("system"),
    [MESSAGES] = TKC_NAME("messages"),
    [OUTPUT_CONFIG] = TKC_NAME("outputConfig"),
    [MODEL] = TKC_NAME("model"),
    [MODEL_ID] = TKC_NAME("modelId"),
    /* Settings. */
    TKC_NAME("additionalModelRequestFields"), TKC_NAME("additionalModelResponseFieldPaths"),
    TKC_NAME("guardrailConfig"), TKC_NAME("inferenceConfig"), TKC_NAME("performanceConfig"),
    TKC_NAME("projectIdentifier"), TKC_NAME("requestMetadata"), TKC_NAME("schemaVersion"),
    TKC_NAME("serviceTier"), TKC_NAME("stream"),
};
enum { N_ROOT = sizeof root / sizeof *root };

/* Every element of a list that a member may hold. */
static void each(tkc_rd *rd, tkc_at at, uint32_t list, tkc_rd_content_fn block)
{
    uint32_t index = 0;
    const size_t before = rd->r->n_part;
    if (rd->st || list == TKC_RD_NONE || tkc_rd_is_kind(rd, list, TKC_JSON_NULL)) return;
    at = tkc_rd_in(rd, at, list);
    if (!tkc_rd_is_kind(rd, list, TKC_JSON_ARRAY)) {
        tkc_rd_unknown(rd, at, list);
        return;
    }
    for (uint32_t b = tkc_json_first(rd->doc, list); !rd->st && b != TKC_JSON_NONE;
         b = tkc_json_next(rd->doc, list, b), index++) {
        enum { CACHE_POINT, N };
        static const tkc_name name[] = {TKC_NAME("cachePoint")};
        const tkc_at here = tkc_rd_nth(rd, at, index);
        uint32_t slot[N];
        if (!tkc_rd_is_kind(rd, b, TKC_JSON_OBJECT)) {
            tkc_rd_unknown(rd, here, b);
            continue;
        }
        tkc_rd_members(rd, b, name, N, slot);
        if (tkc_rd_is_kind(rd, slot[CACHE_POINT], TKC_JSON_OBJECT)) {
            tkc_rd_rest(rd, here, b, name, N, slot);
            if (!rd->st && rd->r->n_part > before) tkc_rd_cache_mark(rd, slot[CACHE_POINT]);
        } else {
            block(rd, here, b);
        }
    }
}

/* {"text": T} and nothing else that is known. */
static void text_block(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { TEXT, N };
    static const tkc_name name[] = {TKC_NAME("text")};
    uint32_t slot[N];
    tkc_rd_members(rd, node, name, N, slot);
    tkc_rd_text(rd, at, TKC_PART_TEXT, slot[TEXT], 0);
    tkc_rd_rest(rd, at, node, name, N, slot);
}

/* A document's own text is text; its bytes or address make it a file, whose name and context are read with it. */
static void document(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { NAME, CONTEXT, SOURCE, FORMAT, CITATIONS, N };
    static const tkc_name name[] = {TKC_NAME("name"), TKC_NAME("context"), TKC_NAME("source"), TKC_NAME("format"),
                                    TKC_NAME("citations")};
    enum { S_TEXT, S_CONTENT, S_N };
    static const tkc_name source_name[] = {TKC_NAME("text"), TKC_NAME("content")};
    uint32_t slot[N], source[S_N];
    tkc_at in;
    tkc_rd_members(rd, node, name, N, slot);
    if (!tkc_rd_is_kind(rd, slot[SOURCE], TKC_JSON_OBJECT)) {
        tkc_rd_part(rd, at, TKC_PART_FILE, node, 0);
        return;
    }
    tkc_rd_members(rd, slot[SOURCE], source_name, S_N, source);
    if (source[S_TEXT] == TKC_RD_NONE && source[S_CONTENT] == TKC_RD_NONE) {
        tkc_rd_part(rd, at, TKC_PART_FILE, node, 0);
        return;
    }
    tkc_rd_text(rd, at, TKC_PART_OTHER, slot[NAME], TKC_PART_NAME);
    tkc_rd_text(rd, at, TKC_PART_OTHER, slot[CONTEXT], TKC_PART_NAME);
    in = tkc_rd_in(rd, at, slot[SOURCE]);
    tkc_rd_text(rd, in, TKC_PART_TEXT, source[S_TEXT], 0);
    each(rd, in, source[S_CONTENT], text_block);
    tkc_rd_rest(rd, in, slot[SOURCE], source_name, S_N, source);
    tkc_rd_rest(rd, at, node, name, N, slot);
}

static void search_result(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { SOURCE, TITLE, CONTENT, CITATIONS, N };
    static const tkc_name name[] = {TKC_NAME("source"), TKC_NAME("title"), TKC_NAME("content"), TKC_NAME("citations")};
    uint32_t slot[N];
    tkc_rd_members(rd, node, name, N, slot);
    tkc_rd_text(rd, at, TKC_PART_OTHER, slot[SOURCE], TKC_PART_NAME);
    tkc_rd_text(rd, at, TKC_PART_OTHER, slot[TITLE], TKC_PART_NAME);
    each(rd, at, slot[CONTENT], text_block);
    tkc_rd_rest(rd, at, node, name, N, slot);
}

/* What the model wrote, beside where it has it from. */
static void cited(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { CONTENT, CITATIONS, N };
    static const tkc_name name[] = {TKC_NAME("content"), TKC_NAME("citations")};
    uint32_t slot[N];
    tkc_rd_members(rd, node, name, N, slot);
    each(rd, at, slot[CONTENT], text_block);
    tkc_rd_rest(rd, at, node, name, N, slot);
}

/* Into a member's object; what is none is not known here. */
static bool enter(tkc_rd *rd, tkc_at *at, uint32_t node)
{
    if (!tkc_rd_is_kind(rd, node, TKC_JSON_OBJECT)) {
        tkc_rd_other(rd, *at, node, TKC_PART_UNKNOWN | TKC_PART_PINNED);
        return false;
    }
    *at = tkc_rd_in(rd, *at, node);
    return true;
}

/* {"text": T} within a block, with a signature or with what a guardrail is told of it. */
static void inner_text(tkc_rd *rd, tkc_at at, tkc_part_kind kind, uint32_t node)
{
    enum { TEXT, SIGNATURE, QUALIFIERS, N };
    static const tkc_name name[] = {TKC_NAME("text"), TKC_NAME("signature"), TKC_NAME("qualifiers")};
    uint32_t slot[N];
    if (!enter(rd, &at, node)) return;
    tkc_rd_members(rd, node, name, N, slot);
    tkc_rd_text(rd, at, kind, slot[TEXT], 0);
    tkc_rd_rest(rd, at, node, name, N, slot);
}

static void reasoning(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { TEXT, REDACTED, N };
    static const tkc_name name[] = {TKC_NAME("reasoningText"), TKC_NAME("redactedContent")};
    uint32_t slot[N];
    tkc_rd_members(rd, node, name, N, slot);
    inner_text(rd, at, TKC_PART_THINKING, slot[TEXT]);
    tkc_rd_text(rd, at, TKC_PART_THINKING, slot[REDACTED], TKC_PART_OPAQUE);
    tkc_rd_rest(rd, at, node, name, N, slot);
}

/* What a guardrail is to look at; the model reads it like any other. */
static void guarded(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { TEXT, IMAGE, N };
    static const tkc_name name[] = {TKC_NAME("text"), TKC_NAME("image")};
    uint32_t slot[N];
    tkc_rd_members(rd, node, name, N, slot);
    inner_text(rd, at, TKC_PART_TEXT, slot[TEXT]);
    if (slot[IMAGE] != TKC_RD_NONE) tkc_rd_part(rd, tkc_rd_in(rd, at, slot[IMAGE]), TKC_PART_IMAGE, slot[IMAGE], 0);
    tkc_rd_rest(rd, at, node, name, N, slot);
}

static void tool_use(tkc_rd *rd, tkc_at at, uint32_t node)
{
    const uint32_t id = tkc_rd_get(rd, node, "toolUseId");
    const uint32_t part = tkc_rd_part(rd, at, TKC_PART_TOOL_CALL, node,
                                      tkc_rd_get(rd, node, "type") == TKC_RD_NONE ? 0 : TKC_PART_SERVER);
    if (!rd->st && tkc_rd_is_kind(rd, id, TKC_JSON_STRING)) rd->r->part[part].id = id;
}

static void block(tkc_rd *rd, tkc_at at, uint32_t node);

/* The blocks of a result hold no results: what is one in spite of it is not known here. */
static void tool_result(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { ID, CONTENT, STATUS, TYPE, N };
    static const tkc_name name[] = {TKC_NAME("toolUseId"), TKC_NAME("content"), TKC_NAME("status"), TKC_NAME("type")};
    uint32_t slot[N];
    const size_t n = rd->r->n_part;
    tkc_rd before;
    tkc_rd_members(rd, node, name, N, slot);
    at.role = TKC_ROLE_TOOL;
    before = tkc_rd_result_begin(rd, slot[ID], tkc_rd_is(rd, slot[STATUS], "error") ? TKC_PART_ERROR : 0);
    each(rd, at, slot[CONTENT], block);
    if (!rd->st && rd->r->n_part == n) tkc_rd_part(rd, at, TKC_PART_TOOL_RESULT, node, TKC_PART_OPAQUE);
    else tkc_rd_rest(rd, at, node, name, N, slot);
    tkc_rd_result_end(rd, &before);
}

static void block(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { TEXT, JSON, IMAGE, AUDIO, VIDEO, DOCUMENT, TOOL_USE, TOOL_RESULT, GUARDED, REASONING, CITED, SEARCH_RESULT, N };
    static const tkc_name name[] = {
        [TEXT] = TKC_NAME("text"),
        [JSON] = TKC_NAME("json"),
        [IMAGE] = TKC_NAME("image"),
        [AUDIO] = TKC_NAME("audio"),
        [VIDEO] = TKC_NAME("video"),
        [DOCUMENT] = TKC_NAME("document"),
        [TOOL_USE] = TKC_NAME("toolUse"),
        [TOOL_RESULT] = TKC_NAME("toolResult"),
        [GUARDED] = TKC_NAME("guardContent"),
        [REASONING] = TKC_NAME("reasoningContent"),
        [CITED] = TKC_NAME("citationsContent"),
        [SEARCH_RESULT] = TKC_NAME("searchResult"),
    };
    static const struct {
        tkc_rd_content_fn read;
        tkc_part_kind kind; /* where nothing reads it: it is one part */
    } how[] = {
        [JSON] = {NULL, TKC_PART_TOOL_RESULT}, [IMAGE] = {NULL, TKC_PART_IMAGE}, [AUDIO] = {NULL, TKC_PART_AUDIO},
        [VIDEO] = {NULL, TKC_PART_VIDEO},      [DOCUMENT] = {document, 0},       [TOOL_USE] = {tool_use, 0},
        [TOOL_RESULT] = {tool_result, 0},      [GUARDED] = {guarded, 0},         [REASONING] = {reasoning, 0},
        [CITED] = {cited, 0},                  [SEARCH_RESULT] = {search_result, 0},
    };
    uint32_t slot[N];
    tkc_rd_members(rd, node, name, N, slot);
    tkc_rd_text(rd, at, TKC_PART_TEXT, slot[TEXT], 0);
    for (unsigned i = JSON; i < N; i++) {
        const bool within = rd->is_tool_result, elsewhere = i == JSON ? !within : within && (i == TOOL_USE || i == TOOL_RESULT);
        tkc_at in;
        if (slot[i] == TKC_RD_NONE) continue;
        in = tkc_rd_in(rd, at, slot[i]);
        if (elsewhere) tkc_rd_unknown(rd, in, slot[i]);
        else if (!how[i].read) tkc_rd_part(rd, in, how[i].kind, slot[i], 0);
        else if (tkc_rd_is_kind(rd, slot[i], TKC_JSON_OBJECT)) how[i].read(rd, in, slot[i]);
        else tkc_rd_unknown(rd, in, slot[i]);
    }
    tkc_rd_rest(rd, at, node, name, N, slot);
}

static void tool(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { SPEC, SYSTEM_TOOL, N };
    static const tkc_name name[] = {TKC_NAME("toolSpec"), TKC_NAME("systemTool")};
    uint32_t slot[N];
    tkc_rd_members(rd, node, name, N, slot);
    for (unsigned i = 0; i < N; i++)
        if (slot[i] != TKC_RD_NONE)
            tkc_rd_part(rd, tkc_rd_in(rd, at, slot[i]), TKC_PART_TOOL_SCHEMA, slot[i],
                        i == SYSTEM_TOOL ? TKC_PART_SERVER | TKC_PART_PINNED : 0);
    tkc_rd_rest(rd, at, node, name, N, slot);
}

static void tool_config(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { TOOLS, CHOICE, N };
    static const tkc_name name[] = {TKC_NAME("tools"), TKC_NAME("toolChoice")};
    uint32_t slot[N];
    if (!enter(rd, &at, node)) return;
    tkc_rd_members(rd, node, name, N, slot);
    rd->r->tool_choice = slot[CHOICE];
    each(rd, at, slot[TOOLS], tool);
    tkc_rd_rest(rd, at, node, name, N, slot);
}

static void output_config(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { FORMAT, EFFORT, N };
    static const tkc_name name[] = {TKC_NAME("textFormat"), TKC_NAME("effort")};
    uint32_t slot[N];
    if (!enter(rd, &at, node)) return;
    tkc_rd_members(rd, node, name, N, slot);
    if (slot[FORMAT] != TKC_RD_NONE)
        tkc_rd_part(rd, tkc_rd_in(rd, at, slot[FORMAT]), TKC_PART_TOOL_SCHEMA, slot[FORMAT], TKC_PART_OUTPUT);
    tkc_rd_rest(rd, at, node, name, N, slot);
}

static void message(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { ROLE, CONTENT, N };
    static const tkc_name name[] = {TKC_NAME("role"), TKC_NAME("content")};
    uint32_t slot[N], turn;
    tkc_rd_members(rd, node, name, N, slot);
    turn = tkc_rd_message_turn(rd, &at, node, slot[ROLE]);
    each(rd, at, slot[CONTENT], block);
    tkc_rd_rest(rd, at, node, name, N, slot);
    tkc_rd_turn_end(rd, turn);
}

void tkc_rd_bedrock(tkc_rd *rd, tkc_at at)
{
    uint32_t slot[N_ROOT];
    const uint32_t body = rd->r->body;
    tkc_at here;
    if (tkc_rd_is_kind(rd, body, TKC_JSON_ARRAY)) {
        tkc_rd_each_message(rd, at, body, message);
        return;
    }
    tkc_rd_members(rd, body, root, N_ROOT, slot);
    rd->r->model = slot[slot[MODEL_ID] != TKC_RD_NONE ? MODEL_ID : MODEL];
    if (rd->r->envelope == TKC_ENVELOPE_BEDROCK_COUNT) rd->r->model = tkc_rd_get(rd, rd->r->root, "modelId");
    if (!tkc_rd_need_array(rd, at, slot[MESSAGES], "messages")) return;
    tool_config(rd, at, slot[TOOL_CONFIG]);
    here = at;
    here.role = TKC_ROLE_SYSTEM;
    each(rd, here, slot[SYSTEM], block);
    output_config(rd, at, slot[OUTPUT_CONFIG]);
    tkc_rd_each_message(rd, tkc_rd_in(rd, at, slot[MESSAGES]), slot[MESSAGES], message);
    tkc_rd_rest(rd, at, body, root, N_ROOT, slot);
}
