/*
 * request.c - a request's life: read, tell its shape, make its parts, link results to calls,
 * name what was found.
 *
 * Results are linked by sorting the calls by id once, so that a request of a million calls
 * is no slower a part than a small one.
 */
#include "optimizer/request/read.h"

#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

static const struct {
    const char *name, *provider;
    void (*read)(tkc_rd *rd, tkc_at at);
} dialect[TKC_N_DIALECT] = {
    {"auto", "", NULL},
#define DIALECT(id, name, reader, provider, summary) {name, provider, tkc_rd_##reader},
#include "optimizer/request/dialects.def"
#undef DIALECT
};

const char *tkc_dialect_name(tkc_dialect d)
{
    return (unsigned)d < TKC_N_DIALECT ? dialect[d].name : "unknown";
}

const char *tkc_dialect_provider(tkc_dialect d)
{
    return (unsigned)d < TKC_N_DIALECT ? dialect[d].provider : "";
}

tkc_dialect tkc_dialect_find(const char *name)
{
    for (int i = 1; i < TKC_N_DIALECT; i++)
        if (strcmp(dialect[i].name, name) == 0) return (tkc_dialect)i;
    return TKC_DIALECT_AUTO;
}

tkc_dialect tkc_dialect_of_provider(const char *provider)
{
    for (int i = 1; i < TKC_DIALECT_TEXT; i++)
        if (strcmp(dialect[i].provider, provider) == 0) return (tkc_dialect)i;
    return TKC_DIALECT_AUTO;
}

const char *tkc_part_kind_name(tkc_part_kind k)
{
    static const char *const name[TKC_N_PART_KIND] = {"text",  "tool schema", "tool call",
                                                      "tool result", "image", "audio", "video",
                                                      "file",  "thinking",    "other"};
    return (unsigned)k < TKC_N_PART_KIND ? name[k] : "unknown";
}

const char *tkc_role_name(tkc_role role)
{
    static const char *const name[TKC_N_ROLE] = {"", "system", "developer", "user", "assistant",
                                                 "tool"};
    return (unsigned)role < TKC_N_ROLE ? name[role] : "";
}

/* --- life --------------------------------------------------------------------------------- */

void tkc_request_init(tkc_request *r, const tkc_request_options *opt)
{
    const tkc_allocator *alloc = opt && opt->struct_size >= sizeof *opt ? opt->alloc : NULL;
    memset(r, 0, sizeof *r);
    r->alloc = tkc_allocator_or_default(alloc);
    r->model = r->tool_choice = TKC_JSON_NONE;
    tkc_json_init(&r->doc, r->alloc);
    tkc_buf_init(&r->text, (size_t)1 << 30, r->alloc);
}

void tkc_request_release(tkc_request *r)
{
    const tkc_allocator *alloc = r->alloc;
    tkc_json_release(&r->doc);
    tkc_buf_release(&r->text);
    tkc_free(alloc, r->part, r->cap_part, sizeof *r->part);
    tkc_free(alloc, r->turn, r->cap_turn, sizeof *r->turn);
    tkc_free(alloc, r->step, r->cap_step, sizeof *r->step);
    tkc_free(alloc, r->span, r->cap_span, sizeof *r->span);
    tkc_request_init(r, NULL);
    r->alloc = alloc;
}

static void forget(tkc_request *r)
{
    r->n_part = r->n_turn = r->n_step = 0;
    r->model = r->tool_choice = TKC_JSON_NONE;
    r->cache_auto = false;
    r->inner = TKC_DIALECT_AUTO;
}

/* --- links -------------------------------------------------------------------------------- */

typedef struct link_call {
    uint32_t part;
    uint32_t answered; /* of the first call of a name: how many of that name have an answer */
} link_call;

static int compare_ids(const tkc_request *r, uint32_t a, uint32_t b)
{
    return tkc_json_compare(&r->doc, r->part[a].id, r->part[b].id);
}

static bool call_before(const tkc_request *r, const link_call *a, const link_call *b)
{
    int d = compare_ids(r, a->part, b->part);
    return d ? d < 0 : a->part < b->part;
}

static void sift(const tkc_request *r, link_call *x, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        link_call t;
        if (child + 1 < n && call_before(r, &x[child], &x[child + 1])) child++;
        if (!call_before(r, &x[root], &x[child])) return;
        t = x[root];
        x[root] = x[child];
        x[child] = t;
    }
}

static void sort_calls(const tkc_request *r, link_call *x, size_t n)
{
    for (size_t i = n / 2; i-- > 0;) sift(r, x, i, n);
    for (size_t i = n; i-- > 1;) {
        link_call t = x[0];
        x[0] = x[i];
        x[i] = t;
        sift(r, x, 0, i);
    }
}

/* The call that a result of this id answers: by id the last one in front of it, by name the
 * first one in front of it that has no answer yet (else the last). */
static uint32_t find_call(const tkc_request *r, link_call *x, size_t n, uint32_t result)
{
    size_t lo = 0, hi = n, first;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare_ids(r, x[mid].part, result) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    first = lo;
    if (first == n || x[first].part > result || compare_ids(r, x[first].part, result) != 0)
        return TKC_NO_PART;
    if (r->part[result].flags & TKC_PART_BY_NAME) {
        size_t i = first + x[first].answered;
        if (i < n && x[i].part < result && compare_ids(r, x[i].part, result) == 0) {
            x[first].answered++;
            return x[i].part;
        }
    }
    /* Calls of one id stand in their order. */
    hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int d = compare_ids(r, x[mid].part, result);
        if (d > 0 || (d == 0 && x[mid].part > result))
            hi = mid;
        else
            lo = mid + 1;
    }
    return x[lo - 1].part;
}

static tkc_status link_results(tkc_request *r, tkc_error *err)
{
    link_call *call;
    size_t n = 0, n_result = 0;
    uint32_t last_id = TKC_JSON_NONE, last_call = TKC_NO_PART;
    for (size_t i = 0; i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        if (p->id == TKC_JSON_NONE) continue;
        if (p->kind == TKC_PART_TOOL_CALL)
            n++;
        else
            n_result++;
    }
    if (!n || !n_result) return TKC_OK;
    call = tkc_alloc(r->alloc, n, sizeof *call);
    if (!call) return tkc_nomem(err);
    n = 0;
    for (size_t i = 0; i < r->n_part; i++)
        if (r->part[i].kind == TKC_PART_TOOL_CALL && r->part[i].id != TKC_JSON_NONE)
            call[n++] = (link_call){.part = (uint32_t)i};
    sort_calls(r, call, n);
    for (size_t i = 0; i < r->n_part; i++) {
        tkc_part *p = &r->part[i];
        if (p->id == TKC_JSON_NONE || p->kind == TKC_PART_TOOL_CALL) continue;
        /* Several parts of one result share its id's node. */
        if (p->id != last_id) last_call = find_call(r, call, n, (uint32_t)i);
        last_id = p->id;
        p->call = last_call;
    }
    tkc_free(r->alloc, call, n, sizeof *call);
    return TKC_OK;
}

/* --- reading ------------------------------------------------------------------------------ */

/* What begins with a brace and is broken is refused, and not taken for text; but no JSON, however broken, begins as
 * templates ("{{", "{%", "{#") and marks of a turn ("[INST]") do. */
static bool looks_like_json(tkc_str s)
{
    /* behind a byte order mark it is JSON still, which the reader refuses by name, and no text */
    size_t i = tkc_utf8_mark(s);
    char next;
    while (i < s.len && tkc_is_space(s.ptr[i])) i++;
    next = i + 1 < s.len ? s.ptr[i + 1] : 0;
    if (i < s.len && s.ptr[i] == '{') return !tkc_is_one_of(next, "{%#");
    return i < s.len && s.ptr[i] == '[' && !tkc_is_alpha(next);
}

static bool same_family(tkc_dialect a, tkc_dialect b)
{
    const unsigned chat = 1u << TKC_DIALECT_OPENAI_CHAT | 1u << TKC_DIALECT_MISTRAL |
                          1u << TKC_DIALECT_COHERE;
    return (chat >> a & 1) && (chat >> b & 1);
}

/* The dialect of the request at r->body: what was asked for, if the shape allows it. */
static void choose(tkc_rd *rd)
{
    tkc_request *r = rd->r;
    const tkc_dialect shape = tkc_rd_find_shape(rd, r->body);
    const bool sure = rd->shape.sure;
    size_t at = tkc_rd_byte(rd, r->body);
    if (r->asked == TKC_DIALECT_AUTO) {
        r->dialect = shape;
        if (shape == TKC_DIALECT_OPENAI_CHAT && !sure &&
            (r->prefer == TKC_DIALECT_ANTHROPIC || same_family(r->prefer, shape)))
            r->dialect = r->prefer;
        if (shape == TKC_DIALECT_AUTO)
            rd->st = tkc_fail(rd->err, TKC_E_FORMAT, at,
                              "no request of a known shape: expected messages, input, contents, "
                              "message, or a model with a prompt or texts");
        return;
    }
    r->dialect = r->asked;
    if (shape != r->asked && shape != TKC_DIALECT_AUTO && sure && !same_family(shape, r->asked))
        rd->st = tkc_fail(rd->err, TKC_E_FORMAT, at, "an %s request (%s), not %s as asked for",
                          tkc_dialect_name(shape), rd->shape.why, tkc_dialect_name(r->asked));
    else if (shape == TKC_DIALECT_AUTO && tkc_json_kind_of(&r->doc, r->body) < TKC_JSON_ARRAY)
        rd->st = tkc_fail(rd->err, TKC_E_FORMAT, at, "expected an %s request, found %s",
                          tkc_dialect_name(r->asked),
                          tkc_json_kind_name(tkc_json_kind_of(&r->doc, r->body)));
}

static tkc_status make_parts(tkc_request *r, size_t i, tkc_error *err)
{
    tkc_rd rd = {.r = r, .doc = &r->doc, .err = err, .result_id = TKC_JSON_NONE};
    tkc_at at = {.path = TKC_JSON_NONE, .turn = TKC_NO_TURN};
    forget(r);
    r->body = tkc_rd_unwrap(&rd, i, &r->n_request, &at);
    if (!rd.st && r->body == TKC_JSON_NONE)
        rd.st = tkc_fail(err, TKC_E_ARG, 0, "there is no request %zu: this text holds %zu", i,
                         r->n_request);
    if (!rd.st) choose(&rd);
    if (!rd.st) dialect[r->dialect].read(&rd, at);
    if (!rd.st) rd.st = link_results(r, err);
    if (rd.st)
        forget(r);
    else
        r->selected = i;
    return rd.st;
}

/* A new text: what was asked for, and nothing of the last one. */
static tkc_status begin(tkc_request *r, tkc_str text, const tkc_request_options *opt, size_t *max_bytes,
                        tkc_error *err)
{
    static const tkc_request_options none = {.struct_size = sizeof none};
    const tkc_request_options *o = opt ? opt : &none;
    forget(r);
    r->root = 0;
    r->n_request = r->n_span = 0;
    r->doc.n_node = 0;
    r->dialect = TKC_DIALECT_AUTO;
    if (o->struct_size < sizeof *o || (unsigned)o->dialect >= TKC_N_DIALECT ||
        (unsigned)o->prefer >= TKC_N_DIALECT)
        return tkc_fail(err, TKC_E_ARG, 0, "tkc_request_options: struct_size or dialect is wrong");
    *max_bytes = o->max_bytes ? o->max_bytes : (size_t)1 << 30;
    r->max_values = o->max_values ? o->max_values : (size_t)1 << 24;
    r->max_depth = o->max_depth ? o->max_depth : 512;
    r->max_parts = o->max_parts ? o->max_parts : (size_t)1 << 22;
    r->source = text;
    r->asked = o->dialect;
    r->prefer = o->prefer;
    if (tkc_utf16_mark(text)) return tkc_fail(err, TKC_E_FORMAT, 0, "the text is UTF-16; save it as UTF-8");
    if (text.len > *max_bytes)
        return tkc_fail(err, TKC_E_LIMIT, *max_bytes, "a request of %zu bytes, the limit is %zu",
                        text.len, *max_bytes);
    return TKC_OK;
}

tkc_status tkc_request_read(tkc_request *r, tkc_str text, const tkc_request_options *opt,
                            tkc_error *err)
{
    size_t max_bytes;
    tkc_json_limits limits;
    tkc_status st = begin(r, text, opt, &max_bytes, err);
    if (st) return st;
    if (r->asked == TKC_DIALECT_AUTO && !looks_like_json(text)) r->asked = TKC_DIALECT_TEXT;
    if (r->asked >= TKC_DIALECT_TEXT) {
        tkc_rd rd = {.r = r, .doc = &r->doc, .err = err, .result_id = TKC_JSON_NONE};
        tkc_at at = {.path = TKC_JSON_NONE, .turn = TKC_NO_TURN};
        r->dialect = r->asked;
        r->envelope = TKC_ENVELOPE_NONE;
        r->n_request = 1;
        r->selected = 0;
        dialect[r->dialect].read(&rd, at);
        if (!rd.st) rd.st = link_results(r, err);
        if (rd.st) forget(r);
        return rd.st;
    }
    limits = (tkc_json_limits){.max_bytes = max_bytes,
                               .max_nodes = r->max_values,
                               .max_depth = r->max_depth};
    st = tkc_json_parse(&r->doc, text, &limits, err);
    if (!st) st = tkc_json_flag_repeated(&r->doc, &r->n_repeated, err);
    return st ? st : make_parts(r, 0, err);
}

tkc_status tkc_request_take(tkc_request *r, tkc_json *doc, uint32_t node, const tkc_request_options *opt,
                            tkc_error *err)
{
    const tkc_str value = tkc_json_source(doc, node);
    const uint32_t end = doc->node[node].next;
    const tkc_json given = *doc;
    size_t max_bytes;
    bool is_refused = false;
    tkc_status st = begin(r, value, opt, &max_bytes, err);
    if (st) return st;
    for (uint32_t i = node; i < end; i++) is_refused = is_refused || (doc->node[i].info & TKC_JSON_LONE);
    if (is_refused || end - node > r->max_values) { /* read alone it says why, of its own first byte */
        st = tkc_request_read(r, value, opt, err);
        if (st && err) err->offset += (size_t)(value.ptr - doc->text.ptr);
        return st;
    }
    *doc = r->doc;
    r->doc = given;
    doc->n_node = 0;
    r->source = r->doc.text;
    r->root = node;
    st = tkc_json_flag_repeated(&r->doc, &r->n_repeated, err);
    return st ? st : make_parts(r, 0, err);
}

tkc_status tkc_request_select(tkc_request *r, size_t i, tkc_error *err)
{
    if (r->n_request == 0)
        return tkc_fail(err, TKC_E_ARG, 0, "no request was read");
    if (r->dialect >= TKC_DIALECT_TEXT)
        return i == 0 ? TKC_OK
                      : tkc_fail(err, TKC_E_ARG, 0, "there is no request %zu: this text holds 1", i);
    return make_parts(r, i, err);
}

tkc_status tkc_request_write(const tkc_request *r, tkc_buf *out, tkc_error *err)
{
    return tkc_buf_append(out, r->source.ptr, r->source.len, err);
}

/* --- asking ------------------------------------------------------------------------------- */

static bool is_identifier(tkc_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9') && !(i && c == '-')) return false;
    }
    return s.len > 0;
}

static tkc_status put_step(const tkc_request *r, const tkc_path_step *s, bool first, tkc_buf *out,
                           tkc_error *err)
{
    tkc_status st;
    tkc_str key;
    char name[64];
    size_t len;
    if (s->key == TKC_JSON_NONE) {
        char digits[12];
        size_t n = sizeof digits;
        uint32_t v = s->index;
        digits[--n] = ']';
        do digits[--n] = (char)('0' + v % 10);
        while (v /= 10);
        digits[--n] = '[';
        return tkc_buf_append(out, digits + n, sizeof digits - n, err);
    }
    len = tkc_json_head(&r->doc, s->key, name, sizeof name);
    if (len > sizeof name || !is_identifier((tkc_str){name, len})) {
        key = tkc_json_source(&r->doc, s->key);
        st = tkc_buf_append_byte(out, '[', err);
        if (!st) st = tkc_buf_append(out, key.ptr, key.len, err);
        return st ? st : tkc_buf_append_byte(out, ']', err);
    }
    st = first ? TKC_OK : tkc_buf_append_byte(out, '.', err);
    return st ? st : tkc_buf_append(out, name, len, err);
}

tkc_status tkc_rd_path_text(const tkc_request *r, uint32_t path, tkc_buf *out, tkc_error *err)
{
    enum { MOST = 64 }; /* deeper than any reader goes */
    uint32_t stack[MOST];
    size_t n = 0, from = out->len;
    tkc_status st = TKC_OK;
    for (; path != TKC_JSON_NONE && n < MOST; path = r->step[path].up) stack[n++] = path;
    while (n && !st) {
        n--;
        st = put_step(r, &r->step[stack[n]], out->len == from, out, err);
    }
    if (st) out->len = from;
    return st;
}

tkc_status tkc_part_path(const tkc_request *r, size_t part, tkc_buf *out, tkc_error *err)
{
    return tkc_rd_path_text(r, r->part[part].path, out, err);
}

tkc_status tkc_part_text(const tkc_request *r, size_t part, tkc_buf *scratch, tkc_str *out,
                         tkc_error *err)
{
    const tkc_part *p = &r->part[part];
    if (p->node == TKC_JSON_NONE) {
        *out = tkc_part_source(r, part);
        return TKC_OK;
    }
    if (tkc_json_kind_of(&r->doc, p->node) == TKC_JSON_STRING)
        return tkc_json_string(&r->doc, p->node, scratch, out, err);
    *out = tkc_json_source(&r->doc, p->node);
    return TKC_OK;
}

tkc_status tkc_request_model(const tkc_request *r, tkc_buf *scratch, tkc_str *out, tkc_error *err)
{
    *out = (tkc_str){NULL, 0};
    if (r->model == TKC_JSON_NONE || tkc_json_kind_of(&r->doc, r->model) != TKC_JSON_STRING)
        return TKC_OK;
    return tkc_json_string(&r->doc, r->model, scratch, out, err);
}
