/*
 * count_request.c - the sum: who counts, what each part of common kinds is, the class of it.
 *
 * The provider of the model decides; where it is not known, the request's shape does. What
 * cannot be seen (TKC_PART_OPAQUE, files by address) counts 0 and makes a lower bound.
 */
#include "optimizer/count/count_impl.h"

#include "optimizer/request/tool_text.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

typedef struct own_tool {
    const char *type;
    uint32_t low, tokens, high;
    const char *source, *checked;
} own_tool;

#define OWN_TOOL(type, low, tokens, high, source, checked) {type, low, tokens, high, source, checked},
static const own_tool own_table[] = {
#include "optimizer/count/framing.def"
};

void tkc_request_count_init(tkc_request_count *c, const tkc_allocator *alloc)
{
    memset(c, 0, sizeof *c);
    c->alloc = tkc_allocator_or_default(alloc);
}

void tkc_request_count_release(tkc_request_count *c)
{
    tkc_free(c->alloc, c->part, c->cap_part, sizeof *c->part);
    tkc_request_count_init(c, c->alloc);
}

/* --- helpers ------------------------------------------------------------------------------ */

uint64_t tkc_cr_count(tkc_counting *k, tkc_str text)
{
    size_t n = 0;
    if (k->st || !text.len) return 0;
    k->st = tkc_count(k->t->encoder, text, 0, &n, k->err);
    return n;
}

tkc_str tkc_cr_string(tkc_counting *k, uint32_t node)
{
    tkc_str s = {NULL, 0};
    if (k->st || node == TKC_JSON_NONE || tkc_json_kind_of(k->doc, node) != TKC_JSON_STRING) return s;
    k->st = tkc_json_string(k->doc, node, &k->scratch, &s, k->err);
    return s;
}

uint32_t tkc_cr_get(const tkc_counting *k, uint32_t object, const char *key)
{
    return tkc_json_get(k->doc, object, key, NULL);
}

void tkc_cr_set(tkc_counting *k, size_t part, uint64_t tokens)
{
    k->c->part[part] = (tkc_token_range){
        .tokens = tokens, .low = tokens, .high = tokens, .cls = k->t->cls, .rule = "", .checked = ""};
}

void tkc_cr_range(tkc_counting *k, size_t part, uint64_t low, uint64_t tokens, uint64_t high)
{
    tkc_cr_set(k, part, tokens);
    k->c->part[part].low = low;
    k->c->part[part].high = high;
    k->c->part[part].cls = TKC_CLASS_ESTIMATE;
}

void tkc_cr_frame(tkc_counting *k, int64_t low, int64_t tokens, int64_t high)
{
    k->framing_low += low;
    k->framing += tokens;
    k->framing_high += high;
    if (low != high) tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
}

void tkc_cr_frame_class(tkc_counting *k, tkc_class cls)
{
    if (cls > k->framing_cls) k->framing_cls = cls;
}

void tkc_cr_joint(tkc_counting *k, size_t part)
{
    const tkc_part *p = &k->r->part[part];
    if (p->kind == TKC_PART_TEXT && part && p->turn != TKC_NO_TURN && p[-1].turn == p->turn &&
        p[-1].kind == TKC_PART_TEXT)
        tkc_cr_frame(k, -1, 0, 3);
}

uint32_t tkc_cr_function(const tkc_counting *k, uint32_t node)
{
    uint32_t f = tkc_cr_get(k, node, "function");
    return f != TKC_JSON_NONE && tkc_json_kind_of(k->doc, f) == TKC_JSON_OBJECT ? f : node;
}

/* A part's text decoded; the scratch is cleared for each part. */
static tkc_str part_text(tkc_counting *k, size_t part)
{
    tkc_str s = {NULL, 0};
    tkc_buf_clear(&k->scratch);
    if (!k->st) k->st = tkc_part_text(k->r, part, &k->scratch, &s, k->err);
    return s;
}

static void opaque(tkc_counting *k, size_t part)
{
    tkc_cr_range(k, part, 0, 0, 0);
    k->c->is_lower_bound = true;
}

static void medium(tkc_counting *k, size_t part)
{
    tkc_media m;
    if (k->r->part[part].flags & TKC_PART_OPAQUE) {
        opaque(k, part);
        return;
    }
    tkc_buf_clear(&k->scratch);
    if (k->r->part[part].node == TKC_JSON_NONE) {
        opaque(k, part);
        return;
    }
    k->st = tkc_media_of_part(k->r, part, &k->scratch, &m, k->err);
    if (!k->st) k->c->part[part] = tkc_media_tokens(k->provider, k->model, &m);
}

/* Texts of which nothing else is said than their tokens, with the same bytes as when they were counted. */
static bool was_counted(tkc_counting *k, size_t part)
{
    const tkc_counted *c = k->counted;
    const tkc_part *p = &k->r->part[part], *q;
    tkc_str s, t;
    if (!c || c->count->is_by_template || part >= c->n || c->part[part] >= c->r->n_part) return false;
    q = &c->r->part[c->part[part]];
    if ((p->kind != TKC_PART_TEXT && p->kind != TKC_PART_TOOL_RESULT) || p->flags & TKC_PART_OPAQUE) return false;
    if (p->kind != q->kind || p->flags != q->flags || (p->node == TKC_JSON_NONE) != (q->node == TKC_JSON_NONE)) return false;
    s = tkc_part_source(k->r, part);
    t = tkc_part_source(c->r, c->part[part]);
    if (s.len != t.len || (s.len && memcmp(s.ptr, t.ptr, s.len) != 0)) return false;
    k->c->part[part] = c->count->part[c->part[part]];
    return true;
}

void tkc_cr_plain(tkc_counting *k, size_t part)
{
    const tkc_part *p = &k->r->part[part];
    uint64_t n;
    if (was_counted(k, part)) return;
    switch ((tkc_part_kind)p->kind) {
    case TKC_PART_IMAGE:
    case TKC_PART_AUDIO:
    case TKC_PART_VIDEO:
    case TKC_PART_FILE: medium(k, part); return;
    default: break;
    }
    if (p->flags & TKC_PART_REPEATED) { /* nobody reads it */
        tkc_cr_set(k, part, 0);
        return;
    }
    if (p->flags & TKC_PART_OPAQUE) {
        if (p->kind == TKC_PART_TOOL_RESULT && !(p->flags & TKC_PART_SERVER))
            tkc_cr_set(k, part, 0); /* an empty one */
        else
            opaque(k, part);
        return;
    }
    n = tkc_cr_count(k, part_text(k, part));
    if (p->kind == TKC_PART_OTHER && !(p->flags & TKC_PART_NAME))
        tkc_cr_range(k, part, 0, n, n + 16); /* whether the model reads it nobody here knows */
    else if (p->kind == TKC_PART_THINKING)
        tkc_cr_range(k, part, 0, n, n + 8); /* most providers drop that of earlier turns */
    else if (p->node != TKC_JSON_NONE && tkc_json_kind_of(k->doc, p->node) >= TKC_JSON_ARRAY)
        tkc_cr_range(k, part, n / 2, n, n + n / 2 + 16); /* rendered in a way of its own */
    else
        tkc_cr_set(k, part, n);
}

/* A tool of the provider's own: asked for by a type, defined on its side. */
static const own_tool *find_own(tkc_counting *k, uint32_t node)
{
    static const char *const ours[] = {"function", "custom", "mcp", "json_schema"};
    static const char *const defined[] = {"parameters", "input_schema", "inputSchema", "schema", "description",
                                          "function", "parameter_definitions", "tools"};
    uint32_t type = tkc_cr_get(k, node, "type");
    char name[64];
    size_t n = type == TKC_JSON_NONE ? 0 : tkc_json_head(k->doc, type, name, sizeof name);
    if (!n || tkc_json_kind_of(k->doc, type) != TKC_JSON_STRING) return NULL;
    name[n < sizeof name ? n : sizeof name - 1] = '\0';
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcmp(name, ours[i]) == 0) return NULL;
    for (size_t i = 0; i < sizeof defined / sizeof *defined; i++)
        if (tkc_cr_get(k, node, defined[i]) != TKC_JSON_NONE) return NULL;
    for (size_t i = 0;; i++)
        if (tkc_model_fits(own_table[i].type, name)) return &own_table[i]; /* the last one fits all */
}

/* Names and JSON: what any rendering must hold, with room. A cache mark is for the
 * provider alone. */
void tkc_cr_guess_call(tkc_counting *k, uint32_t node, tkc_token_range *out)
{
    tkc_str s = tkc_json_source(k->doc, node);
    uint64_t n;
    if (!k->st && tkc_json_get(k->doc, node, "cache_control", NULL) != TKC_JSON_NONE) {
        tkc_buf_clear(&k->scratch);
        k->st = tkc_tool_text(k->doc, node, TKC_TOOL_NO_MARK, &k->scratch, k->err);
        s = tkc_buf_str(&k->scratch);
    }
    n = tkc_cr_count(k, s);
    *out = (tkc_token_range){.tokens = n + 10,
                             .low = n / 2,
                             .high = n + n / 2 + 80,
                             .cls = TKC_CLASS_ESTIMATE,
                             .rule = "",
                             .checked = ""};
}

void tkc_cr_guess_tool(tkc_counting *k, uint32_t node, tkc_token_range *out)
{
    const own_tool *own = find_own(k, node);
    tkc_cr_guess_call(k, node, out);
    if (!own) return;
    out->low = own->low;
    out->tokens = own->low ? own->tokens : out->tokens + own->tokens;
    out->high += own->high;
    out->rule = own->source;
    out->checked = own->checked;
}

void tkc_cr_guess_schema(tkc_counting *k, size_t part)
{
    const tkc_part *p = &k->r->part[part];
    if (p->flags & TKC_PART_OUTPUT)
        tkc_cr_guess_call(k, p->node, &k->c->part[part]);
    else
        tkc_cr_guess_tool(k, p->node, &k->c->part[part]);
}

/* --- all others --------------------------------------------------------------------------- */

void tkc_cr_other(tkc_counting *k)
{
    const tkc_request *r = k->r;
    bool tools = false;
    for (size_t i = 0; !k->st && i < r->n_part; i++) {
        if (r->part[i].kind == TKC_PART_TOOL_SCHEMA) {
            tkc_cr_guess_schema(k, i);
            tools = true;
        } else {
            tkc_cr_plain(k, i);
        }
    }
    if (r->dialect == TKC_DIALECT_TEXT || r->dialect == TKC_DIALECT_MARKDOWN) {
        tkc_cr_frame(k, 0, 4, 16);
    } else {
        int64_t n = (int64_t)r->n_turn;
        tkc_cr_frame(k, n, 4 * n + 3, 12 * n + 40);
        if (tools) tkc_cr_frame(k, 0, 60, 400);
    }
    tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
    k->rule = "no rule for this provider: content and a range";
}

/* Texts without a conversation. OpenAI counts the text alone (its cookbook counts embeddings so); what a server puts in
 * front of a text of another's, or around a suffix, is published by none. */
static void texts_alone(tkc_counting *k)
{
    const tkc_request *r = k->r;
    const uint32_t suffix = tkc_cr_get(k, r->body, "suffix");
    const bool filled = suffix != TKC_JSON_NONE && tkc_json_kind_of(k->doc, suffix) != TKC_JSON_NULL;
    for (size_t i = 0; !k->st && i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        const bool ids = p->kind == TKC_PART_OTHER && !(p->flags & (TKC_PART_UNKNOWN | TKC_PART_REPEATED));
        if (!ids) {
            tkc_cr_plain(k, i);
            continue;
        }
        tkc_cr_set(k, i, tkc_json_count(k->doc, p->node));
        k->c->part[i].cls = TKC_CLASS_EXACT; /* whatever the vocabulary's is */
    }
    if (strcmp(k->provider, "openai") == 0 && !filled) return;
    tkc_cr_frame(k, 0, 0, 8 * (int64_t)r->n_part);
    tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
    k->rule = "no rule for what stands around a text: content and a range";
}

/* --- the sum ------------------------------------------------------------------------------ */

static void add_up(tkc_counting *k)
{
    tkc_request_count *c = k->c;
    tkc_token_range s = {.cls = k->framing_cls, .rule = k->rule, .checked = k->checked};
    uint64_t t = 0, low = 0, high = 0;
    for (size_t i = 0; i < c->n_part; i++) {
        t += c->part[i].tokens;
        low += c->part[i].low;
        high += c->part[i].high;
        if (c->part[i].cls > s.cls) s.cls = c->part[i].cls;
    }
    /* Deductions can be larger than what is framed: the sum is never below 0. */
    s.tokens = k->framing < 0 && (uint64_t)-k->framing > t ? 0 : t + (uint64_t)k->framing;
    s.low = k->framing_low < 0 && (uint64_t)-k->framing_low > low ? 0 : low + (uint64_t)k->framing_low;
    s.high = k->framing_high < 0 && (uint64_t)-k->framing_high > high ? 0 : high + (uint64_t)k->framing_high;
    if (c->is_lower_bound) s.cls = TKC_CLASS_ESTIMATE;
    c->sum = s;
    c->framing = (tkc_token_range){.tokens = k->framing > 0 ? (uint64_t)k->framing : 0,
                                   .low = k->framing_low > 0 ? (uint64_t)k->framing_low : 0,
                                   .high = k->framing_high > 0 ? (uint64_t)k->framing_high : 0,
                                   .cls = k->framing_cls,
                                   .rule = k->rule,
                                   .checked = k->checked};
}

static tkc_status begin(tkc_counting *k, const tkc_count_target *t, const tkc_allocator *alloc,
                        tkc_error *err)
{
    memset(k, 0, sizeof *k);
    if (!t || t->struct_size < sizeof *t || !t->encoder || !t->provider || !t->model || !t->encoding)
        return tkc_fail(err, TKC_E_ARG, 0, "tkc_count_target: something is missing");
    k->t = t;
    k->provider = t->provider;
    k->model = tkc_model_bare(t->model);
    k->rule = k->checked = "";
    k->alloc = tkc_allocator_or_default(alloc);
    k->err = err;
    k->framing_cls = t->cls;
    tkc_buf_init(&k->scratch, (size_t)1 << 30, k->alloc);
    tkc_buf_init(&k->text, (size_t)1 << 30, k->alloc);
    return TKC_OK;
}

static void end(tkc_counting *k)
{
    tkc_buf_release(&k->scratch);
    tkc_buf_release(&k->text);
}

tkc_status tkc_count_request(tkc_request_count *c, const tkc_request *r,
                             const tkc_count_target *t, tkc_error *err)
{
    return tkc_count_request_again(c, r, t, NULL, err);
}

tkc_status tkc_count_request_again(tkc_request_count *c, const tkc_request *r, const tkc_count_target *t,
                                   const tkc_counted *counted, tkc_error *err)
{
    tkc_counting k;
    tkc_status st = begin(&k, t, c->alloc, err);
    c->n_part = 0;
    if (st) return st;
    k.counted = counted;
    c->is_lower_bound = c->is_by_template = false;
    if (!tkc_grow(c->alloc, &c->part, &c->cap_part, r->n_part, r->max_parts + 1, sizeof *c->part) &&
        r->n_part)
        return tkc_nomem(err);
    k.r = r;
    k.doc = &r->doc;
    k.c = c;
    c->n_part = r->n_part;
    for (size_t i = 0; i < c->n_part; i++) tkc_cr_set(&k, i, 0);
    c->is_lower_bound = tkc_cr_server_text(&k);
    if (!*k.provider) k.provider = tkc_dialect_provider(r->dialect);
    if (r->dialect == TKC_DIALECT_TEXTS) {
        texts_alone(&k);
    } else if (tkc_cr_template(&k) || k.st) {
        c->is_by_template = !k.st;
    } else if (strcmp(k.provider, "openai") == 0) {
        tkc_cr_openai(&k);
    } else if (strcmp(k.provider, "anthropic") == 0) {
        tkc_cr_anthropic(&k);
    } else if (strcmp(k.provider, "google") == 0 && strncmp(k.model, "gemma", 5) != 0) {
        tkc_cr_gemini(&k);
    } else {
        tkc_cr_other(&k);
    }
    if (!k.st) add_up(&k);
    end(&k);
    if (k.st) c->n_part = 0;
    return k.st;
}

/* --- one tool ----------------------------------------------------------------------------- */

tkc_status tkc_count_tool(tkc_tool_cost *out, const tkc_json *doc, uint32_t node,
                          const tkc_count_target *t, const tkc_allocator *alloc, tkc_error *err)
{
    static const char *const schema[] = {"parameters", "input_schema", "inputSchema",
                                         "parameter_definitions"};
    tkc_counting k;
    uint32_t f, name, params = TKC_JSON_NONE;
    bool sure = true;
    tkc_status st = begin(&k, t, alloc, err);
    if (st) return st;
    memset(out, 0, sizeof *out);
    k.doc = doc;
    if (node >= doc->n_node || tkc_json_kind_of(doc, node) != TKC_JSON_OBJECT)
        st = tkc_fail(err, TKC_E_FORMAT, node < doc->n_node ? doc->node[node].begin : 0,
                      "a tool definition that is no object");
    f = st ? 0 : tkc_cr_function(&k, node);
    name = st ? TKC_JSON_NONE : tkc_cr_get(&k, f, "name");
    if (!st && name == TKC_JSON_NONE) { /* one of the provider's own has its type for a name: {"type":"web_search"} */
        name = tkc_cr_get(&k, node, "type");
        if (name != TKC_JSON_NONE && (tkc_json_kind_of(doc, name) != TKC_JSON_STRING || tkc_json_is(doc, name, "function")))
            name = TKC_JSON_NONE;
        sure = false;
    }
    if (!st && name == TKC_JSON_NONE)
        st = tkc_fail(err, TKC_E_FORMAT, doc->node[node].begin, "a tool definition without a name");
    if (st) {
        end(&k);
        return st;
    }
    for (size_t i = 0; i < sizeof schema / sizeof *schema && params == TKC_JSON_NONE; i++)
        params = tkc_cr_get(&k, f, schema[i]);
    out->name = tkc_cr_count(&k, tkc_cr_string(&k, name));
    out->description = tkc_cr_count(&k, tkc_cr_string(&k, tkc_cr_get(&k, f, "description")));
    if (!sure) {
        tkc_cr_guess_tool(&k, node, &out->sum);
    } else if (strcmp(k.provider, "openai") == 0) {
        uint64_t n;
        out->sum = tkc_cr_openai_tool(&k, node, &n);
        n = out->sum.tokens;
        out->parameters = n > out->name + out->description ? n - out->name - out->description : 0;
    } else if (strcmp(k.provider, "google") == 0) {
        uint64_t n;
        out->sum = tkc_cr_gemini_tool(&k, f);
        n = out->sum.tokens;
        out->parameters = n > out->name + out->description ? n - out->name - out->description : 0;
    } else {
        tkc_cr_guess_tool(&k, f, &out->sum);
        if (params != TKC_JSON_NONE) out->parameters = tkc_cr_count(&k, tkc_json_source(doc, params));
    }
    end(&k);
    return k.st;
}
