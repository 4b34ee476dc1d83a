/*
 * gemini.c - Gemini generateContent (also countTokens and Vertex): systemInstruction,
 * functionDeclarations, contents of parts, the answer's schema. Both spellings of every name,
 * camelCase and snake_case. The SDKs (PyPI google-genai, npm @google/genai) take all but model and contents
 * in one "config", and write what is not set as null.
 *
 * A function's response names its call by id where there is one, else by the function's name:
 * the first call of that name that has no response yet.
 */
#include "optimizer/request/read.h"

enum { SYSTEM, SYSTEM_, TOOLS, CONTENTS, CONFIG, CONFIG_, CACHED, CACHED_, MODEL, TOOL_CONFIG,
       TOOL_CONFIG_, SDK, N_NAMED };
static const tkc_name root[] = {
    [SYSTEM] = TKC_NAME("systemInstruction"),
    [SYSTEM_] = TKC_NAME("system_instruction"),
    [TOOLS] = TKC_NAME("tools"),
    [CONTENTS] = TKC_NAME("contents"),
    [CONFIG] = TKC_NAME("generationConfig"),
    [CONFIG_] = TKC_NAME("generation_config"),
    [CACHED] = TKC_NAME("cachedContent"),
    [CACHED_] = TKC_NAME("cached_content"),
    [MODEL] = TKC_NAME("model"),
    [TOOL_CONFIG] = TKC_NAME("toolConfig"),
    [TOOL_CONFIG_] = TKC_NAME("tool_config"),
    [SDK] = TKC_NAME("config"),
    /* Settings. */
    TKC_NAME("safetySettings"), TKC_NAME("safety_settings"), TKC_NAME("labels"),
    TKC_NAME("modelArmorConfig"), TKC_NAME("serviceTier"), TKC_NAME("store"),
};
enum { N_ROOT = sizeof root / sizeof *root };

static uint32_t either(const uint32_t *slot, int a, int b)
{
    return slot[a] != TKC_RD_NONE ? slot[a] : slot[b];
}

/* --- parts -------------------------------------------------------------------------------- */

enum { P_TEXT, P_THOUGHT, P_SIGNATURE, P_SIGNATURE_, P_INLINE, P_INLINE_, P_FILE, P_FILE_, P_CALL,
       P_CALL_, P_RESPONSE, P_RESPONSE_, P_CODE, P_CODE_, P_RESULT, P_RESULT_, P_META, P_META_,
       P_RESOLUTION, P_RESOLUTION_, N_PART };
static const tkc_name part_name[] = {
    [P_TEXT] = TKC_NAME("text"),
    [P_THOUGHT] = TKC_NAME("thought"),
    [P_SIGNATURE] = TKC_NAME("thoughtSignature"),
    [P_SIGNATURE_] = TKC_NAME("thought_signature"),
    [P_INLINE] = TKC_NAME("inlineData"),
    [P_INLINE_] = TKC_NAME("inline_data"),
    [P_FILE] = TKC_NAME("fileData"),
    [P_FILE_] = TKC_NAME("file_data"),
    [P_CALL] = TKC_NAME("functionCall"),
    [P_CALL_] = TKC_NAME("function_call"),
    [P_RESPONSE] = TKC_NAME("functionResponse"),
    [P_RESPONSE_] = TKC_NAME("function_response"),
    [P_CODE] = TKC_NAME("executableCode"),
    [P_CODE_] = TKC_NAME("executable_code"),
    [P_RESULT] = TKC_NAME("codeExecutionResult"),
    [P_RESULT_] = TKC_NAME("code_execution_result"),
    [P_META] = TKC_NAME("videoMetadata"),
    [P_META_] = TKC_NAME("video_metadata"),
    [P_RESOLUTION] = TKC_NAME("mediaResolution"),
    [P_RESOLUTION_] = TKC_NAME("media_resolution"),
};

tkc_part_kind tkc_gemini_medium(const tkc_json *doc, uint32_t data)
{
    uint32_t mime = tkc_json_get(doc, data, "mimeType", NULL);
    if (mime == TKC_JSON_NONE) mime = tkc_json_get(doc, data, "mime_type", NULL);
    if (tkc_rd_begins(doc, mime, "image/")) return TKC_PART_IMAGE;
    if (tkc_rd_begins(doc, mime, "audio/")) return TKC_PART_AUDIO;
    if (tkc_rd_begins(doc, mime, "video/")) return TKC_PART_VIDEO;
    return TKC_PART_FILE;
}

static void call_id(tkc_rd *rd, uint32_t part, uint32_t call)
{
    uint32_t id = tkc_rd_get(rd, call, "id"), name = tkc_rd_get(rd, call, "name");
    if (rd->st) return;
    if (tkc_rd_is_kind(rd, id, TKC_JSON_STRING)) {
        rd->r->part[part].id = id;
    } else if (tkc_rd_is_kind(rd, name, TKC_JSON_STRING)) {
        rd->r->part[part].id = name;
        rd->r->part[part].flags |= TKC_PART_BY_NAME;
    }
}

static void part(tkc_rd *rd, tkc_at at, uint32_t node)
{
    uint32_t slot[N_PART], all[N_PART], data, call, response, code;
    tkc_rd_members(rd, node, part_name, N_PART, all);
    for (int i = 0; i < N_PART; i++) slot[i] = tkc_rd_is_kind(rd, all[i], TKC_JSON_NULL) ? TKC_RD_NONE : all[i];
    data = either(slot, P_INLINE, P_INLINE_);
    if (data == TKC_RD_NONE) data = either(slot, P_FILE, P_FILE_);
    call = either(slot, P_CALL, P_CALL_);
    response = either(slot, P_RESPONSE, P_RESPONSE_);
    code = either(slot, P_CODE, P_CODE_);
    if (code == TKC_RD_NONE) code = either(slot, P_RESULT, P_RESULT_);
    tkc_rd_text(rd, at, tkc_rd_true(rd, slot[P_THOUGHT]) ? TKC_PART_THINKING : TKC_PART_TEXT,
                slot[P_TEXT], 0);
    if (data != TKC_RD_NONE) tkc_rd_part(rd, tkc_rd_in(rd, at, data), tkc_gemini_medium(rd->doc, data), data, 0);
    if (call != TKC_RD_NONE)
        call_id(rd, tkc_rd_part(rd, tkc_rd_in(rd, at, call), TKC_PART_TOOL_CALL, call, 0), call);
    if (response != TKC_RD_NONE) {
        tkc_at in = tkc_rd_in(rd, at, response);
        in.role = TKC_ROLE_TOOL;
        call_id(rd, tkc_rd_part(rd, in, TKC_PART_TOOL_RESULT, response, 0), response);
    }
    if (code != TKC_RD_NONE) {
        bool result = either(slot, P_CODE, P_CODE_) == TKC_RD_NONE;
        tkc_rd_part(rd, tkc_rd_in(rd, at, code),
                    result ? TKC_PART_TOOL_RESULT : TKC_PART_TOOL_CALL, code, TKC_PART_SERVER);
        /* Both in one part: the second is kept below, as a field that is not known. */
        if (!result) slot[P_RESULT] = slot[P_RESULT_] = TKC_RD_NONE;
    }
    /* One value of a kind was taken; another spelling beside it stays visible. */
    for (int i = P_INLINE; i < N_PART; i += 2)
        if (slot[i] != TKC_RD_NONE) slot[i + 1] = TKC_RD_NONE;
    if (either(slot, P_INLINE, P_INLINE_) != TKC_RD_NONE) slot[P_FILE] = slot[P_FILE_] = TKC_RD_NONE;
    for (int i = 0; i < N_PART; i++)
        if (tkc_rd_is_kind(rd, all[i], TKC_JSON_NULL)) slot[i] = all[i];
    tkc_rd_rest(rd, at, node, part_name, N_PART, slot);
}

/* A content {role, parts}, a part, or a string (the SDKs take all three). */
static void content(tkc_rd *rd, tkc_at at, uint32_t node)
{
    enum { ROLE, PARTS, N };
    static const tkc_name name[] = {TKC_NAME("role"), TKC_NAME("parts")};
    uint32_t slot[N], index = 0;
    tkc_at in;
    if (tkc_rd_is_kind(rd, node, TKC_JSON_STRING)) {
        tkc_rd_part(rd, at, TKC_PART_TEXT, node, 0);
        return;
    }
    if (!tkc_rd_is_kind(rd, node, TKC_JSON_OBJECT)) {
        tkc_rd_fail(rd, at, node, "an object with role and parts");
        return;
    }
    tkc_rd_members(rd, node, name, N, slot);
    if (slot[PARTS] == TKC_RD_NONE) {
        if (slot[ROLE] == TKC_RD_NONE)
            part(rd, at, node);
        else
            tkc_rd_rest(rd, at, node, name, N, slot);
        return;
    }
    in = tkc_rd_in(rd, at, slot[PARTS]);
    if (tkc_rd_is_kind(rd, slot[PARTS], TKC_JSON_OBJECT)) {
        part(rd, in, slot[PARTS]);
    } else if (!tkc_rd_is_kind(rd, slot[PARTS], TKC_JSON_ARRAY)) {
        tkc_rd_fail(rd, in, slot[PARTS], "an array of parts");
    } else {
        for (uint32_t p = tkc_json_first(rd->doc, slot[PARTS]); !rd->st && p != TKC_JSON_NONE;
             p = tkc_json_next(rd->doc, slot[PARTS], p), index++) {
            tkc_at here = tkc_rd_nth(rd, in, index);
            if (tkc_rd_is_kind(rd, p, TKC_JSON_OBJECT))
                part(rd, here, p);
            else if (tkc_rd_is_kind(rd, p, TKC_JSON_STRING))
                tkc_rd_part(rd, here, TKC_PART_TEXT, p, 0);
            else
                tkc_rd_unknown(rd, here, p);
        }
    }
    tkc_rd_rest(rd, at, node, name, N, slot);
}

static void turn(tkc_rd *rd, tkc_at at, uint32_t node)
{
    uint32_t role = tkc_rd_get(rd, node, "role"), t;
    bool is_unknown;
    at.role = tkc_rd_role(rd, role);
    is_unknown = at.role == TKC_ROLE_NONE && role != TKC_RD_NONE && !tkc_rd_is_kind(rd, role, TKC_JSON_NULL);
    if (at.role == TKC_ROLE_NONE) at.role = TKC_ROLE_USER;
    at.turn = t = tkc_rd_turn(rd, at.role, node);
    if (is_unknown) tkc_rd_unknown(rd, tkc_rd_in(rd, at, role), role); /* of the turn: it goes with it */
    content(rd, at, node);
    tkc_rd_turn_end(rd, t);
}

/* One of them, or a list. */
static void each_content(tkc_rd *rd, tkc_at at, uint32_t node, tkc_rd_content_fn read)
{
    uint32_t index = 0;
    if (!tkc_rd_is_kind(rd, node, TKC_JSON_ARRAY)) {
        read(rd, at, node);
        return;
    }
    for (uint32_t c = tkc_json_first(rd->doc, node); !rd->st && c != TKC_JSON_NONE; c = tkc_json_next(rd->doc, node, c), index++)
        read(rd, tkc_rd_nth(rd, at, index), c);
}

/* --- tools and schemas -------------------------------------------------------------------- */

/* {"functionDeclarations":[...]} holds one tool each; every other member is a tool of the
 * provider's own ("googleSearch":{}). */
static void tools(tkc_rd *rd, tkc_at at, uint32_t list)
{
    enum { DECLARATIONS, DECLARATIONS_, N };
    static const tkc_name name[] = {TKC_NAME("functionDeclarations"),
                                    TKC_NAME("function_declarations")};
    uint32_t index = 0;
    if (list == TKC_RD_NONE || tkc_rd_is_kind(rd, list, TKC_JSON_NULL)) return;
    at = tkc_rd_in(rd, at, list);
    at.role = TKC_ROLE_NONE;
    if (!tkc_rd_is_kind(rd, list, TKC_JSON_ARRAY)) {
        tkc_rd_fail(rd, at, list, "an array of tools");
        return;
    }
    for (uint32_t t = tkc_json_first(rd->doc, list); !rd->st && t != TKC_JSON_NONE;
         t = tkc_json_next(rd->doc, list, t), index++) {
        uint32_t slot[N], declared, k = 0;
        tkc_at here = tkc_rd_nth(rd, at, index), in;
        if (!tkc_rd_is_kind(rd, t, TKC_JSON_OBJECT)) {
            tkc_rd_unknown(rd, here, t);
            continue;
        }
        tkc_rd_members(rd, t, name, N, slot);
        declared = either(slot, DECLARATIONS, DECLARATIONS_);
        if (slot[DECLARATIONS] != TKC_RD_NONE) slot[DECLARATIONS_] = TKC_RD_NONE;
        if (tkc_rd_is_kind(rd, declared, TKC_JSON_ARRAY)) {
            in = tkc_rd_in(rd, here, declared);
            for (uint32_t d = tkc_json_first(rd->doc, declared); !rd->st && d != TKC_JSON_NONE;
                 d = tkc_json_next(rd->doc, declared, d), k++) {
                if (tkc_rd_is_kind(rd, d, TKC_JSON_OBJECT))
                    tkc_rd_part(rd, tkc_rd_nth(rd, in, k), TKC_PART_TOOL_SCHEMA, d, 0);
                else
                    tkc_rd_unknown(rd, tkc_rd_nth(rd, in, k), d);
            }
        } else if (declared != TKC_RD_NONE) {
            slot[DECLARATIONS] = slot[DECLARATIONS_] = TKC_RD_NONE;
        }
        for (uint32_t m = tkc_json_first(rd->doc, t); !rd->st && m != TKC_JSON_NONE;
             m = tkc_json_next_member(rd->doc, t, m)) {
            uint32_t value = tkc_json_value(rd->doc, m);
            if (value == slot[DECLARATIONS] || value == slot[DECLARATIONS_] || tkc_rd_is_kind(rd, value, TKC_JSON_NULL)) continue;
            tkc_rd_part(rd, tkc_rd_in(rd, here, value), TKC_PART_TOOL_SCHEMA, value,
                        TKC_PART_SERVER | TKC_PART_PINNED);
        }
    }
}

static void config(tkc_rd *rd, tkc_at at, uint32_t node)
{
    static const char *const name[] = {"responseSchema", "response_schema", "responseJsonSchema",
                                       "response_json_schema", "_responseJsonSchema"};
    if (!tkc_rd_is_kind(rd, node, TKC_JSON_OBJECT)) {
        tkc_rd_other(rd, at, node, TKC_PART_UNKNOWN);
        return;
    }
    at = tkc_rd_in(rd, at, node);
    at.role = TKC_ROLE_NONE;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        uint32_t schema = tkc_rd_get(rd, node, name[i]);
        if (schema == TKC_RD_NONE || tkc_rd_is_kind(rd, schema, TKC_JSON_NULL)) continue;
        tkc_rd_part(rd, tkc_rd_in(rd, at, schema), TKC_PART_TOOL_SCHEMA, schema, TKC_PART_OUTPUT);
    }
}

/* The members that a request has itself or in the SDKs' config. */
static void given(tkc_rd *rd, tkc_at at, uint32_t object, uint32_t *slot)
{
    uint32_t system, choice;
    tkc_at here;
    tkc_rd_members(rd, object, root, N_ROOT, slot);
    system = either(slot, SYSTEM, SYSTEM_);
    choice = either(slot, TOOL_CONFIG, TOOL_CONFIG_);
    if (choice != TKC_RD_NONE && !tkc_rd_is_kind(rd, choice, TKC_JSON_NULL)) rd->r->tool_choice = choice;
    /* What the cache holds stands before everything and cannot be seen from here. */
    tkc_rd_other(rd, at, either(slot, CACHED, CACHED_), TKC_PART_OPAQUE);
    if (system != TKC_RD_NONE && !tkc_rd_is_kind(rd, system, TKC_JSON_NULL)) {
        here = tkc_rd_in(rd, at, system);
        here.role = TKC_ROLE_SYSTEM;
        each_content(rd, here, system, content);
    }
    tools(rd, at, slot[TOOLS]);
}

void tkc_rd_gemini(tkc_rd *rd, tkc_at at)
{
    static const int pair[] = {SYSTEM, CONFIG, CACHED, TOOL_CONFIG}; /* the other spelling follows */
    uint32_t slot[N_ROOT], sdk[N_ROOT], body = rd->r->body, contents;
    contents = tkc_rd_get(rd, body, "contents");
    if (contents == TKC_RD_NONE) {
        tkc_rd_need_array(rd, at, contents, "contents");
        return;
    }
    rd->r->cache_auto = true;
    given(rd, at, body, slot);
    rd->r->model = slot[MODEL];
    if (tkc_rd_is_kind(rd, slot[SDK], TKC_JSON_OBJECT))
        given(rd, tkc_rd_in(rd, at, slot[SDK]), slot[SDK], sdk);
    each_content(rd, tkc_rd_in(rd, at, contents), contents, turn);
    config(rd, at, either(slot, CONFIG, CONFIG_));
    if (slot[SDK] != TKC_RD_NONE) config(rd, at, slot[SDK]);
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        if (slot[pair[i]] != TKC_RD_NONE) slot[pair[i] + 1] = TKC_RD_NONE;
    tkc_rd_rest(rd, at, body, root, N_ROOT, slot);
}
