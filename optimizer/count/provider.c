/*
 * provider.c - Anthropic's and Gemini's framing.
 *
 * Anthropic: the frame of one user message is known for each generation, and the system prompt
 * that tools bring is published. What each further message costs, and how a tool is written,
 * is not: ranges. A request of one user message with one text alone has the vocabulary's class;
 * how several are put together in a message is not published.
 * Gemini: what the vendor's own local counter does - every text encoded by itself and summed,
 * of schemas their formats, descriptions, enums, examples, required and property names, of calls
 * and responses names, keys and strings; no turn markers. What it passes over (anyOf, patterns, JSON
 * schemas) may be read all the same: a range.
 */
#include "optimizer/count/count_impl.h"

#include <string.h>

typedef struct claude_row {
    const char *model;
    int frame, tools_auto, tools_any;
    const char *source, *checked;
} claude_row;

#define ANTHROPIC(model, frame, tools_auto, tools_any, source, checked) \
    {model, frame, tools_auto, tools_any, source, checked},
static const claude_row claude_table[] = {
#include "optimizer/count/framing.def"
};

static const claude_row *find_row(const char *model)
{
    const claude_row *best = NULL;
    size_t best_fit = 0;
    model = tkc_model_bare(model);
    for (size_t i = 0; i < sizeof claude_table / sizeof *claude_table; i++) {
        const size_t fit = tkc_model_fits(claude_table[i].model, model);
        if (fit > best_fit) {
            best = &claude_table[i];
            best_fit = fit;
        }
    }
    return best;
}

tkc_token_range tkc_cr_anthropic_tools(const char *model, bool any)
{
    const claude_row *row = find_row(model);
    uint64_t n = (uint64_t)(any ? row->tools_any : row->tools_auto);
    tkc_token_range r = {.tokens = n, .low = n, .high = n, .cls = TKC_CLASS_RECONSTRUCTED,
                         .rule = row->source, .checked = row->checked};
    if (!n) {
        r.tokens = 350;
        r.low = 250;
        r.high = 850;
        r.cls = TKC_CLASS_ESTIMATE;
    }
    return r;
}

/* {"type":"any"}, {"type":"tool","name":N}; Bedrock has {"any":{}}, {"tool":{"name":N}}. */
static bool must_call(const tkc_counting *k)
{
    const uint32_t choice = k->r->tool_choice;
    const uint32_t type = choice == TKC_JSON_NONE ? choice : tkc_cr_get(k, choice, "type");
    if (choice == TKC_JSON_NONE) return false;
    if (type != TKC_JSON_NONE) return tkc_json_is(k->doc, type, "any") || tkc_json_is(k->doc, type, "tool");
    return tkc_cr_get(k, choice, "any") != TKC_JSON_NONE || tkc_cr_get(k, choice, "tool") != TKC_JSON_NONE;
}

/* By its type, or, with Bedrock, by the one member it has. */
static bool is_block(const tkc_counting *k, uint32_t block, const char *type, const char *member)
{
    const uint32_t t = tkc_cr_get(k, block, "type");
    return t != TKC_JSON_NONE ? tkc_json_is(k->doc, t, type) : tkc_cr_get(k, block, member) != TKC_JSON_NONE;
}

/* What stands around a document, a search result or a tool's is not published. */
static void wrapped(tkc_counting *k)
{
    for (size_t i = 0; i < k->r->n_turn; i++) {
        const uint32_t node = k->r->turn[i].node;
        const uint32_t list = node == TKC_JSON_NONE ? node : tkc_cr_get(k, node, "content");
        if (list == TKC_JSON_NONE || tkc_json_kind_of(k->doc, list) != TKC_JSON_ARRAY) continue;
        for (uint32_t b = tkc_json_first(k->doc, list); b != TKC_JSON_NONE; b = tkc_json_next(k->doc, list, b)) {
            if (is_block(k, b, "tool_result", "toolResult")) /* its texts have a range; a picture alone has none */
                tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
            if (is_block(k, b, "document", "document") || is_block(k, b, "search_result", "searchResult"))
                tkc_cr_frame(k, 0, 12, 60);
        }
    }
}

void tkc_cr_anthropic(tkc_counting *k)
{
    const tkc_request *r = k->r;
    const claude_row *row = find_row(k->model);
    bool has_tools = false;
    int64_t more = (int64_t)r->n_turn - 1;
    k->rule = row->source;
    k->checked = row->checked;
    for (size_t i = 0; !k->st && i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        if (p->kind == TKC_PART_TOOL_SCHEMA) {
            tkc_cr_guess_schema(k, i);
            has_tools = has_tools || !(p->flags & TKC_PART_OUTPUT);
        } else if (p->kind == TKC_PART_TOOL_CALL) {
            tkc_cr_guess_call(k, p->node, &k->c->part[i]);
        } else {
            tkc_cr_plain(k, i);
            /* A system prompt adds its own tokens, as one documented example has it. */
            if (p->role == TKC_ROLE_SYSTEM) tkc_cr_frame(k, 0, 0, 4);
            if (p->kind == TKC_PART_TOOL_RESULT) tkc_cr_frame(k, 4, 16, 40);
            tkc_cr_joint(k, i);
        }
    }
    wrapped(k);
    tkc_cr_frame(k, row->frame, row->frame, row->frame);
    if (more > 0) tkc_cr_frame(k, 2 * more, 4 * more, 8 * more);
    if (has_tools) {
        tkc_token_range t = tkc_cr_anthropic_tools(k->model, must_call(k));
        tkc_cr_frame(k, (int64_t)t.low, (int64_t)t.tokens, (int64_t)t.high);
        tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
    }
    if (r->dialect != TKC_DIALECT_ANTHROPIC && r->dialect < TKC_DIALECT_TEXT)
        tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
}

/* --- Gemini ------------------------------------------------------------------------------- */

static uint64_t one(tkc_counting *k, uint32_t node)
{
    size_t from = k->scratch.len;
    uint64_t n = tkc_cr_count(k, tkc_cr_string(k, node));
    k->scratch.len = from;
    return n;
}

/* Keys and strings of a value, each by itself; numbers and the like are not counted. */
static uint64_t values(tkc_counting *k, uint32_t node)
{
    uint64_t n = 0;
    if (node == TKC_JSON_NONE) return 0;
    for (uint32_t i = node; !k->st && i < k->doc->node[node].next; i++)
        if (tkc_json_kind_of(k->doc, i) == TKC_JSON_STRING) n += one(k, i);
    return n;
}

/* A count with what the vendor's counter does not look at beside it: that may be 0. */
typedef struct schema_sum {
    uint64_t known, other;
} schema_sum;

#define IS_ONE_OF(k, key, ...)                                                                     \
    tkc_json_is_one_of((k)->doc, key, (const char *const[]){__VA_ARGS__},                          \
                       sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* Schemas whose members are still to be read: in k->text, for they nest as deep as JSON does. The
 * lowest bit says that the vendor's counter does not come there. */
static void push(tkc_counting *k, uint32_t node, bool other)
{
    const uint32_t v = node << 1 | other;
    if (tkc_json_kind_of(k->doc, node) == TKC_JSON_OBJECT && !k->st)
        k->st = tkc_buf_append(&k->text, &v, sizeof v, k->err);
}

static void push_all(tkc_counting *k, uint32_t list, bool other)
{
    if (tkc_json_kind_of(k->doc, list) != TKC_JSON_ARRAY) return;
    for (uint32_t i = tkc_json_first(k->doc, list); i != TKC_JSON_NONE; i = tkc_json_next(k->doc, list, i))
        push(k, i, other);
}

/* A member of a schema: of the vendor's counter its format, description, enum, required, example, the
 * names of properties and all that in these and in items; not its type, title, default and order. */
static void member(tkc_counting *k, uint32_t key, bool other, schema_sum *s)
{
    const tkc_json *d = k->doc;
    const uint32_t value = tkc_json_value(d, key);
    uint64_t n = 0;
    if (tkc_json_kind_of(d, value) == TKC_JSON_NULL) return; /* as SDKs write what is not set */
    if (IS_ONE_OF(k, key, "format", "description")) {
        n = one(k, value);
    } else if (IS_ONE_OF(k, key, "enum", "required", "example")) {
        n = values(k, value);
    } else if (tkc_json_is(d, key, "properties") && tkc_json_kind_of(d, value) == TKC_JSON_OBJECT) {
        for (uint32_t m = tkc_json_first(d, value); m != TKC_JSON_NONE; m = tkc_json_next_member(d, value, m)) {
            n += one(k, m);
            push(k, tkc_json_value(d, m), other);
        }
    } else if (tkc_json_is(d, key, "items")) {
        push(k, value, other);
    } else if (IS_ONE_OF(k, key, "anyOf", "any_of", "oneOf", "allOf")) {
        push_all(k, value, true);
        s->other++;
    } else if (!IS_ONE_OF(k, key, "type", "title", "default", "propertyOrdering", "property_ordering")) {
        s->other += values(k, value);
    }
    *(other ? &s->other : &s->known) += n;
}

static void schema(tkc_counting *k, uint32_t node, bool other, schema_sum *s)
{
    tkc_buf_clear(&k->text);
    push(k, node, other);
    while (!k->st && k->text.len) {
        uint32_t v;
        k->text.len -= sizeof v;
        memcpy(&v, k->text.ptr + k->text.len, sizeof v);
        for (uint32_t m = tkc_json_first(k->doc, v >> 1); !k->st && m != TKC_JSON_NONE;
             m = tkc_json_next_member(k->doc, v >> 1, m))
            member(k, m, v & 1, s);
    }
}

static tkc_token_range range_of(const tkc_counting *k, const schema_sum *s)
{
    tkc_token_range r = {.tokens = s->known + s->other, .low = s->known, .cls = k->t->cls, .rule = "", .checked = ""};
    r.high = r.tokens + s->other / 2;
    if (s->other) r.cls = TKC_CLASS_ESTIMATE;
    return r;
}

/* Of a declaration its name, description, parameters and response; a schema in JSON's own words
 * (parametersJsonSchema) is passed over by the vendor's counter. */
tkc_token_range tkc_cr_gemini_tool(tkc_counting *k, uint32_t node)
{
    schema_sum s = {0, 0};
    for (uint32_t m = tkc_json_first(k->doc, node); !k->st && m != TKC_JSON_NONE;
         m = tkc_json_next_member(k->doc, node, m)) {
        const uint32_t value = tkc_json_value(k->doc, m);
        if (IS_ONE_OF(k, m, "name", "description"))
            s.known += one(k, value);
        else if (IS_ONE_OF(k, m, "parameters", "response"))
            schema(k, value, false, &s);
        else if (!IS_ONE_OF(k, m, "behavior", "type", "strict"))
            schema(k, value, true, &s);
    }
    return range_of(k, &s);
}

/* Under "responseJsonSchema" or another spelling of it; the key stands in front of the value. */
static bool is_json_schema(const tkc_counting *k, uint32_t value)
{
    return value && IS_ONE_OF(k, value - 1, "responseJsonSchema", "response_json_schema", "_responseJsonSchema");
}

/* A call's or response's name, keys and strings; the media that stand in a response. */
static void call_or_response(tkc_counting *k, size_t i)
{
    const tkc_part *p = &k->r->part[i];
    const tkc_json *d = k->doc;
    tkc_token_range *sum = &k->c->part[i];
    schema_sum s = {0, 0};
    uint32_t list = TKC_JSON_NONE;
    for (uint32_t m = tkc_json_first(d, p->node); !k->st && m != TKC_JSON_NONE;
         m = tkc_json_next_member(d, p->node, m)) {
        const uint32_t value = tkc_json_value(d, m);
        if (tkc_json_is(d, m, "name"))
            s.known += one(k, value);
        else if (tkc_json_is(d, m, p->kind == TKC_PART_TOOL_CALL ? "args" : "response"))
            s.known += values(k, value);
        else if (tkc_json_is(d, m, "parts") && tkc_json_kind_of(d, value) == TKC_JSON_ARRAY)
            list = value;
        else if (!IS_ONE_OF(k, m, "id", "willContinue", "will_continue", "scheduling"))
            s.other += values(k, value);
    }
    *sum = range_of(k, &s);
    if (list == TKC_JSON_NONE) return;
    for (uint32_t e = tkc_json_first(d, list); !k->st && e != TKC_JSON_NONE; e = tkc_json_next(d, list, e)) {
        static const char *const place[] = {"inlineData", "inline_data", "fileData", "file_data"};
        uint32_t data = TKC_JSON_NONE;
        tkc_token_range r;
        tkc_media media;
        for (size_t w = 0; w < 4 && data == TKC_JSON_NONE; w++) data = tkc_cr_get(k, e, place[w]);
        if (data == TKC_JSON_NONE) {
            s = (schema_sum){.other = values(k, e)};
            r = range_of(k, &s);
        } else {
            tkc_buf_clear(&k->scratch);
            k->st = tkc_media_of_node(k->r, data, tkc_gemini_medium(d, data), p->begin, &k->scratch, &media, k->err);
            if (k->st) return;
            r = tkc_media_tokens(k->provider, k->model, &media);
        }
        sum->tokens += r.tokens;
        sum->low += r.low;
        sum->high += r.high;
        if (r.cls > sum->cls) sum->cls = r.cls;
    }
}

void tkc_cr_gemini(tkc_counting *k)
{
    const tkc_request *r = k->r;
    k->rule = "PyPI google-genai@3.4.0 local tokenizer: the sum over every text";
    k->checked = "2026-11-23";
    for (size_t i = 0; !k->st && i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        tkc_buf_clear(&k->scratch);
        switch ((tkc_part_kind)p->kind) {
        case TKC_PART_TOOL_SCHEMA:
            if (p->flags & TKC_PART_SERVER) {
                tkc_cr_range(k, i, 0, 0, 200);
            } else if (p->flags & TKC_PART_OUTPUT) {
                schema_sum s = {0, 0};
                schema(k, p->node, is_json_schema(k, p->node), &s);
                k->c->part[i] = range_of(k, &s);
            } else {
                k->c->part[i] = tkc_cr_gemini_tool(k, tkc_cr_function(k, p->node));
            }
            break;
        case TKC_PART_TOOL_CALL:
        case TKC_PART_TOOL_RESULT:
            if (tkc_cr_get(k, p->node, "name") == TKC_JSON_NONE)
                tkc_cr_plain(k, i);
            else
                call_or_response(k, i);
            break;
        default: tkc_cr_plain(k, i);
        }
    }
    if (r->dialect != TKC_DIALECT_GEMINI && r->dialect < TKC_DIALECT_TEXT)
        tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
}
