/*
 * openai.c - OpenAI's chat framing: markers a message, and tools as the TypeScript
 * namespace the server renders them to.
 *
 * The rule is the cookbook's and openai-chat-tokens' (as npm gpt-tokenizer 4.0.0 carries it):
 * every API-checked case of that package counts right. What those cases do not cover (schema
 * keywords beyond type, description, enum, properties, required and items; tool_calls; tool
 * messages; Responses items) is an estimate with a range.
 */
#include "optimizer/count/count_impl.h"

#include "vocab/base/error.h"

#include <string.h>

typedef struct frame_row {
    const char *model;
    int message, name, prime, high_base, high_message;
    tkc_class cls;
    const char *source, *checked;
} frame_row;

#define OPENAI(model, message, name, prime, high_base, high_message, cls, source, checked) \
    {model, message, name, prime, high_base, high_message, TKC_CLASS_##cls, source, checked},
static const frame_row frame_table[] = {
#include "optimizer/count/framing.def"
};

static const frame_row *find_frame(const char *model)
{
    const frame_row *best = NULL;
    size_t best_fit = 0;
    for (size_t i = 0; i < sizeof frame_table / sizeof *frame_table; i++) {
        const size_t fit = tkc_model_fits(frame_table[i].model, model);
        if (fit > best_fit) {
            best = &frame_table[i];
            best_fit = fit;
        }
    }
    return best;
}

/* --- tools as TypeScript ------------------------------------------------------------------ */

static void put(tkc_counting *k, const char *s, size_t n)
{
    if (!k->st) k->st = tkc_buf_append(&k->text, s, n, k->err);
}

static void puts_(tkc_counting *k, const char *s)
{
    put(k, s, strlen(s));
}

static void put_node(tkc_counting *k, uint32_t node)
{
    size_t from = k->scratch.len;
    tkc_str s = tkc_cr_string(k, node);
    put(k, s.ptr, s.len);
    k->scratch.len = from;
}

static void spaces(tkc_counting *k, size_t n)
{
    while (n--) put(k, " ", 1);
}

static bool is(const tkc_counting *k, uint32_t node, tkc_json_kind kind)
{
    return node != TKC_JSON_NONE && tkc_json_kind_of(k->doc, node) == kind;
}

static bool required(const tkc_counting *k, uint32_t object, uint32_t key)
{
    uint32_t list = tkc_cr_get(k, object, "required");
    if (!is(k, list, TKC_JSON_ARRAY)) return false;
    for (uint32_t i = tkc_json_first(k->doc, list); i != TKC_JSON_NONE;
         i = tkc_json_next(k->doc, list, i))
        if (is(k, i, TKC_JSON_STRING) && tkc_json_compare(k->doc, i, key) == 0) return true;
    return false;
}

/* Keywords whose rendering is known from the cases. What others hold is counted as it stands: how a
 * server writes anyOf, $defs or a default is not known, but that it does is likely. */
static bool all_known(tkc_counting *k, uint32_t schema)
{
    static const char *const known[] = {"type", "description", "enum", "properties", "required", "items"};
    bool all = true;
    if (!is(k, schema, TKC_JSON_OBJECT)) return false;
    for (uint32_t m = tkc_json_first(k->doc, schema); m != TKC_JSON_NONE;
         m = tkc_json_next_member(k->doc, schema, m)) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            found = found || tkc_json_is(k->doc, m, known[i]);
        if (found) continue;
        all = false;
        /* "additionalProperties": false and the like: for who checks an answer */
        if (tkc_json_is(k->doc, m, "$schema") ||
            (tkc_json_is(k->doc, m, "additionalProperties") && !is(k, tkc_json_value(k->doc, m), TKC_JSON_OBJECT)))
            continue;
        k->unwritten += tkc_cr_count(k, tkc_json_source(k->doc, m)) +
                        tkc_cr_count(k, tkc_json_source(k->doc, tkc_json_value(k->doc, m)));
    }
    return all;
}

static void put_enum(tkc_counting *k, uint32_t list, bool quoted)
{
    bool first = true;
    for (uint32_t v = tkc_json_first(k->doc, list); v != TKC_JSON_NONE;
         v = tkc_json_next(k->doc, list, v)) {
        tkc_str s = tkc_json_source(k->doc, v);
        if (!first) puts_(k, " | ");
        first = false;
        if (quoted || !is(k, v, TKC_JSON_STRING))
            put(k, s.ptr, s.len);
        else
            put_node(k, v);
    }
}

/* An object whose properties are being written. */
typedef struct open_object {
    uint32_t schema, properties, key; /* key: the next one, or TKC_JSON_NONE */
    uint32_t arrays;                  /* "[]" behind the closing brace */
    bool first;
} open_object;

/* The type of a schema; an object is opened instead. Returns whether it was. */
static bool put_type(tkc_counting *k, uint32_t schema, open_object *open, bool *sure)
{
    uint32_t type, arrays = 0, list;
    const char *name = "any";
    if (!all_known(k, schema)) *sure = false;
    type = tkc_cr_get(k, schema, "type");
    while (type != TKC_JSON_NONE && tkc_json_is(k->doc, type, "array") &&
           is(k, tkc_cr_get(k, schema, "items"), TKC_JSON_OBJECT)) {
        schema = tkc_cr_get(k, schema, "items");
        type = tkc_cr_get(k, schema, "type");
        arrays++;
        if (!all_known(k, schema)) *sure = false;
    }
    list = tkc_cr_get(k, schema, "enum");
    if (!is(k, type, TKC_JSON_STRING)) {
        if (list != TKC_JSON_NONE) k->unwritten += tkc_cr_count(k, tkc_json_source(k->doc, list));
        *sure = false;
    } else if (tkc_json_is(k->doc, type, "object")) {
        uint32_t properties = tkc_cr_get(k, schema, "properties");
        puts_(k, "{\n");
        *open = (open_object){.schema = schema, .properties = properties, .arrays = arrays, .first = true};
        open->key = is(k, properties, TKC_JSON_OBJECT) ? tkc_json_first(k->doc, properties) : TKC_JSON_NONE;
        return true;
    } else if (tkc_json_is(k->doc, type, "string")) {
        if (is(k, list, TKC_JSON_ARRAY))
            put_enum(k, list, true);
        name = is(k, list, TKC_JSON_ARRAY) ? "" : "string";
    } else if (tkc_json_is(k->doc, type, "integer") || tkc_json_is(k->doc, type, "number")) {
        if (is(k, list, TKC_JSON_ARRAY))
            put_enum(k, list, false);
        name = is(k, list, TKC_JSON_ARRAY) ? "" : "number";
    } else if (tkc_json_is(k->doc, type, "boolean")) {
        name = "boolean";
    } else if (tkc_json_is(k->doc, type, "null")) {
        name = "null";
    } else if (tkc_json_is(k->doc, type, "array")) {
        name = "any[]";
    } else {
        *sure = false;
    }
    puts_(k, name);
    while (arrays--) puts_(k, "[]");
    return false;
}

/* The properties of an object, those of inner objects two blanks further in. Only the outermost
 * have their descriptions. */
static void put_properties(tkc_counting *k, uint32_t schema, uint32_t properties, bool *sure)
{
    enum { DEEPEST = 256 };
    open_object stack[DEEPEST];
    size_t depth = 1;
    stack[0] = (open_object){.schema = schema, .properties = properties,
                             .key = tkc_json_first(k->doc, properties), .first = true};
    while (depth && !k->st) {
        open_object *o = &stack[depth - 1];
        size_t indent = 2 * (depth - 1);
        uint32_t key = o->key, value, description;
        if (key == TKC_JSON_NONE) { /* close */
            if (--depth == 0) break;
            puts_(k, "\n");
            spaces(k, 2 * (depth - 1));
            puts_(k, "}");
            for (uint32_t a = o->arrays; a--;) puts_(k, "[]");
            puts_(k, ",");
            continue;
        }
        value = tkc_json_value(k->doc, key);
        o->key = tkc_json_next_member(k->doc, o->properties, key);
        if (!o->first) puts_(k, "\n");
        o->first = false;
        description = tkc_cr_get(k, value, "description");
        if (indent < 2 && is(k, description, TKC_JSON_STRING) &&
            tkc_json_source(k->doc, description).len > 2) {
            spaces(k, indent);
            puts_(k, "// ");
            put_node(k, description);
            puts_(k, "\n");
        }
        spaces(k, indent);
        put_node(k, key);
        puts_(k, required(k, o->schema, key) ? ": " : "?: ");
        if (depth == DEEPEST) {
            k->unwritten += tkc_cr_count(k, tkc_json_source(k->doc, value));
            *sure = false;
            puts_(k, "any,");
        } else if (put_type(k, value, &stack[depth], sure)) {
            depth++;
        } else {
            puts_(k, ",");
        }
    }
}

static void render(tkc_counting *k, uint32_t node, bool *sure)
{
    uint32_t f = tkc_cr_function(k, node), params = tkc_cr_get(k, f, "parameters"), properties;
    uint32_t description = tkc_cr_get(k, f, "description");
    if (params == TKC_JSON_NONE) params = tkc_cr_get(k, f, "input_schema");
    if (params == TKC_JSON_NONE) params = tkc_cr_get(k, f, "inputSchema");
    if (tkc_cr_get(k, f, "strict") != TKC_JSON_NONE || !is(k, tkc_cr_get(k, f, "name"), TKC_JSON_STRING))
        *sure = false;
    if (params != TKC_JSON_NONE && !all_known(k, params)) *sure = false;
    properties = tkc_cr_get(k, params, "properties");
    if (is(k, description, TKC_JSON_STRING) && tkc_json_source(k->doc, description).len > 2) {
        puts_(k, "// ");
        put_node(k, description);
        puts_(k, "\n");
    }
    puts_(k, "type ");
    put_node(k, tkc_cr_get(k, f, "name"));
    if (is(k, properties, TKC_JSON_OBJECT) && tkc_json_count(k->doc, properties)) {
        puts_(k, " = (_: {\n");
        put_properties(k, params, properties, sure);
        puts_(k, "\n}) => any;\n\n");
    } else {
        puts_(k, " = () => any;\n\n");
    }
}

/* Others have names too: {"type":"namespace","name","tools"}, {"type":"custom","name","format"}. */
static bool is_function(const tkc_counting *k, uint32_t node)
{
    uint32_t type = tkc_cr_get(k, node, "type");
    if (tkc_cr_get(k, tkc_cr_function(k, node), "name") == TKC_JSON_NONE) return false;
    return type == TKC_JSON_NONE || tkc_json_is(k->doc, type, "function");
}

tkc_token_range tkc_cr_openai_tool(tkc_counting *k, uint32_t node, uint64_t *written)
{
    tkc_token_range r = {.cls = TKC_CLASS_RECONSTRUCTED, .rule = "", .checked = ""};
    bool sure = true;
    tkc_buf_clear(&k->text);
    tkc_buf_clear(&k->scratch);
    *written = 0;
    if (!is_function(k, node)) {
        tkc_cr_guess_tool(k, node, &r);
        return r;
    }
    k->unwritten = 0;
    render(k, node, &sure);
    *written = r.tokens = r.low = r.high = tkc_cr_count(k, tkc_buf_str(&k->text));
    if (!sure) {
        r.tokens += k->unwritten;
        r.low /= 2;
        r.high = r.tokens + r.tokens / 2 + 20;
        r.cls = TKC_CLASS_ESTIMATE;
    }
    return r;
}

/* --- the request -------------------------------------------------------------------------- */

/* All function tools as one text, as it is encoded; a tool's own count is that of its lines. */
static void tools(tkc_counting *k, const frame_row *row, bool has_system)
{
    const tkc_request *r = k->r;
    uint64_t joint, parts = 0;
    size_t n = 0;
    bool sure = true;
    tkc_buf all;
    tkc_buf_init(&all, (size_t)1 << 30, k->alloc);
    if (!k->st) k->st = tkc_buf_append(&all, "namespace functions {\n\n", 23, k->err);
    for (size_t i = 0; !k->st && i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        tkc_token_range *t = &k->c->part[i];
        uint64_t written;
        if (p->kind != TKC_PART_TOOL_SCHEMA) continue;
        if ((p->flags & (TKC_PART_OUTPUT | TKC_PART_SERVER)) || !is_function(k, p->node)) {
            tkc_cr_guess_schema(k, i);
            continue;
        }
        *t = tkc_cr_openai_tool(k, p->node, &written);
        sure = sure && t->cls == TKC_CLASS_RECONSTRUCTED;
        if (row->cls > t->cls) t->cls = row->cls;
        parts += written;
        n++;
        if (!k->st) k->st = tkc_buf_append(&all, k->text.ptr, k->text.len, k->err);
    }
    if (n) {
        int64_t around;
        if (!k->st) k->st = tkc_buf_append(&all, "} // namespace functions", 24, k->err);
        joint = tkc_cr_count(k, tkc_buf_str(&all));
        around = (int64_t)joint - (int64_t)parts + 9 - (has_system ? 4 : 0);
        tkc_cr_frame(k, around, around, around);
        tkc_cr_frame_class(k, sure ? TKC_CLASS_RECONSTRUCTED : TKC_CLASS_ESTIMATE);
    }
    tkc_buf_release(&all);
}

static void choice(tkc_counting *k)
{
    uint32_t c = k->r->tool_choice, name;
    if (c == TKC_JSON_NONE) return;
    if (is(k, c, TKC_JSON_STRING)) {
        if (tkc_json_is(k->doc, c, "none"))
            tkc_cr_frame(k, 1, 1, 1);
        else if (!tkc_json_is(k->doc, c, "auto"))
            tkc_cr_frame(k, 0, 1, 12);
        return;
    }
    name = tkc_cr_get(k, tkc_cr_function(k, c), "name");
    if (is(k, name, TKC_JSON_STRING)) {
        int64_t n;
        tkc_buf_clear(&k->scratch);
        n = (int64_t)tkc_cr_count(k, tkc_cr_string(k, name)) + 4;
        tkc_cr_frame(k, n, n, n);
    } else if (is(k, c, TKC_JSON_OBJECT)) {
        tkc_cr_frame(k, 0, 4, 20);
    }
}

/* A call: name and arguments, 3 around them. Only the one function_call form was checked. */
static void call(tkc_counting *k, size_t i)
{
    uint32_t node = k->r->part[i].node, f = tkc_cr_function(k, node);
    uint32_t arguments = tkc_cr_get(k, f, "arguments");
    uint64_t n;
    tkc_buf_clear(&k->scratch);
    n = tkc_cr_count(k, tkc_cr_string(k, tkc_cr_get(k, f, "name")));
    if (arguments == TKC_JSON_NONE) arguments = tkc_cr_get(k, f, "input");
    if (is(k, arguments, TKC_JSON_STRING))
        n += tkc_cr_count(k, tkc_cr_string(k, arguments));
    else
        n += tkc_cr_count(k, tkc_json_source(k->doc, arguments == TKC_JSON_NONE ? node : arguments));
    if ((k->r->part[i].flags & TKC_PART_BY_NAME) && f == node) { /* function_call */
        tkc_cr_set(k, i, n);
        tkc_cr_frame(k, 3, 3, 3);
    } else {
        tkc_cr_range(k, i, n, n, n);
        tkc_cr_frame(k, 0, 3, 16);
    }
}

/* The first system message gets a newline behind it when there are functions. */
static void first_system(tkc_counting *k, size_t i)
{
    tkc_str s = {NULL, 0};
    tkc_buf_clear(&k->scratch);
    tkc_buf_clear(&k->text);
    if (!k->st) k->st = tkc_part_text(k->r, i, &k->scratch, &s, k->err);
    if (k->st || !s.len || s.ptr[s.len - 1] == '\n') {
        tkc_cr_plain(k, i);
        return;
    }
    k->st = tkc_buf_append(&k->text, s.ptr, s.len, k->err);
    put(k, "\n", 1);
    tkc_cr_set(k, i, tkc_cr_count(k, tkc_buf_str(&k->text)));
}

void tkc_cr_openai(tkc_counting *k)
{
    const tkc_request *r = k->r;
    const frame_row *row = find_frame(k->model);
    bool has_system = false, has_functions = false, system_done = false;
    int64_t n_message = (int64_t)r->n_turn;
    for (size_t i = 0; i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        has_functions = has_functions || (p->kind == TKC_PART_TOOL_SCHEMA && is_function(k, p->node) &&
                                          !(p->flags & (TKC_PART_OUTPUT | TKC_PART_SERVER)));
        has_system = has_system || p->role == TKC_ROLE_SYSTEM;
    }
    k->rule = row->source;
    k->checked = row->checked;
    tkc_cr_frame_class(k, row->cls);
    for (size_t i = 0; !k->st && i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        switch ((tkc_part_kind)p->kind) {
        case TKC_PART_TOOL_SCHEMA: break;
        case TKC_PART_TOOL_CALL:
            if (p->flags & TKC_PART_SERVER)
                tkc_cr_guess_call(k, p->node, &k->c->part[i]);
            else
                call(k, i);
            break;
        case TKC_PART_TEXT:
            if (p->role == TKC_ROLE_SYSTEM && has_functions && !system_done) {
                first_system(k, i);
                system_done = true;
            } else {
                tkc_cr_plain(k, i);
            }
            tkc_cr_joint(k, i);
            break;
        default:
            tkc_cr_plain(k, i);
            if (p->flags & TKC_PART_NAME) tkc_cr_frame(k, row->name, row->name, row->name);
        }
    }
    for (size_t i = 0; !k->st && i < r->n_turn; i++) {
        static const char *const word[TKC_N_ROLE] = {"user", "system", "developer", "user",
                                                     "assistant", "tool"};
        const tkc_turn *t = &r->turn[i];
        uint32_t role = t->node == TKC_JSON_NONE ? t->node : tkc_cr_get(k, t->node, "role");
        bool function = role != TKC_JSON_NONE && tkc_json_is(k->doc, role, "function");
        const char *name = function ? "function" : word[t->role < TKC_N_ROLE ? t->role : 0];
        int64_t n = row->message + (int64_t)tkc_cr_count(k, (tkc_str){name, strlen(name)});
        if (function) n -= 2;
        if (t->role == TKC_ROLE_TOOL && !function)
            tkc_cr_frame(k, n - 3, n, n + 8);
        else
            tkc_cr_frame(k, n, n, n);
    }
    if (r->n_part && r->part[0].turn == TKC_NO_TURN && r->part[0].role == TKC_ROLE_SYSTEM) {
        tkc_cr_frame(k, row->message, row->message + 1, row->message + 4); /* instructions */
        n_message++;
    }
    tkc_cr_frame(k, row->prime, row->prime, row->prime);
    if (row->high_base || row->high_message) {
        int64_t high = row->high_base - row->prime + n_message * (row->high_message - row->message);
        tkc_cr_frame(k, 0, 0, high > 0 ? high : 0);
    }
    tools(k, row, has_system);
    choice(k);
    if (r->dialect != TKC_DIALECT_OPENAI_CHAT && r->dialect < TKC_DIALECT_TEXT)
        tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
}

tkc_token_range tkc_count_tools_once(const tkc_count_target *t)
{
    tkc_token_range r = {.cls = TKC_CLASS_ESTIMATE, .rule = "", .checked = ""};
    size_t n = 0;
    if (strcmp(t->provider, "openai") == 0) {
        static const char text[] = "namespace functions {\n\n} // namespace functions";
        tkc_error err;
        const frame_row *row = find_frame(tkc_model_bare(t->model));
        if (tkc_count(t->encoder, (tkc_str){text, sizeof text - 1}, 0, &n, &err)) n = 9;
        r.tokens = r.low = r.high = n + 9;
        r.cls = row->cls;
        r.rule = row->source;
        r.checked = row->checked;
    } else if (strcmp(t->provider, "anthropic") == 0) {
        return tkc_cr_anthropic_tools(t->model, false);
    } else if (strcmp(t->provider, "google") == 0) {
        r.cls = t->cls;
    } else {
        r.tokens = 60;
        r.high = 400;
    }
    return r;
}
