/* writer.c - see writer.h. */
#include "optimizer/templates/writer.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

/* Of one tool, schema or value as text. */
#define MAX_SCRATCH ((size_t)1 << 34)

/* --- writing ------------------------------------------------------------------------------ */

static bool add_span(tkc_rendered *r, ptrdiff_t origin, bool trusted)
{
    const size_t max = SIZE_MAX / sizeof(tkc_span);
    if (!tkc_grow(r->alloc, &r->span, &r->cap_span, r->n_span + 1, max, sizeof *r->span) ||
        !tkc_grow(r->alloc, &r->origin, &r->cap_origin, r->n_span + 1, max, sizeof *r->origin))
        return false;
    if (r->cut) {
        if (!tkc_grow(r->alloc, &r->segment, &r->cap_segment, r->n_segment + 1, max,
                      sizeof *r->segment))
            return false;
        r->segment[r->n_segment++] = (tkc_segment){r->n_span, r->place, r->cut == TKC_CUT_SOFT};
        r->cut = TKC_CUT_NONE;
        r->place = NULL;
    }
    r->span[r->n_span] = (tkc_span){{NULL, 0}, trusted};
    r->origin[r->n_span++] = origin;
    return true;
}

static void append(tkc_writer *w, tkc_str s, bool trusted)
{
    tkc_rendered *r = w->out;
    tkc_span *last;
    if (w->status || s.len == 0) return;
    last = r->n_span ? &r->span[r->n_span - 1] : NULL;
    if (!last || r->cut || last->trusted != trusted || r->origin[r->n_span - 1] != w->origin) {
        if (!add_span(r, w->origin, trusted)) {
            w->status = tkc_nomem(w->err);
            return;
        }
        last = &r->span[r->n_span - 1];
    }
    w->status = tkc_buf_append(&r->text, s.ptr, s.len, w->err);
    if (!w->status) last->text.len += s.len;
}

static void soft_cut(tkc_writer *w, const char *place)
{
    if (w->out->cut == TKC_CUT_NONE) w->out->cut = TKC_CUT_SOFT;
    w->out->place = place;
}

void tkc_w_write(tkc_writer *w, tkc_str s, bool trusted)
{
    while (trusted && w->markers && s.len) {
        const tkc_marker *hit = NULL;
        size_t at = SIZE_MAX, len;
        for (const tkc_marker *m = w->markers; m->name; m++) {
            const size_t here = tkc_find(s, m->name);
            if (here < at) {
                at = here;
                hit = m;
            }
        }
        if (!hit) break;
        len = strlen(hit->name);
        append(w, (tkc_str){s.ptr, at}, true);
        soft_cut(w, hit->place);
        append(w, (tkc_str){s.ptr + at, len}, true);
        soft_cut(w, NULL);
        s = tkc_from(s, at + len);
    }
    append(w, s, trusted);
}

void tkc_w_segment(tkc_writer *w)
{
    w->out->cut = TKC_CUT_HARD;
    w->out->place = NULL;
}

void tkc_w_refuse(tkc_writer *w, size_t i, const char *what)
{
    if (w->status) return;
    w->status = tkc_fail(w->err, TKC_E_UNSUPPORTED, i, "message %zu: this template refuses it: %s",
                         i, what);
}

void tkc_w_uint(tkc_writer *w, size_t v)
{
    char buf[24];
    tkc_w_write(w, (tkc_str){buf, (size_t)snprintf(buf, sizeof buf, "%zu", v)}, true);
}

void tkc_w_role(tkc_writer *w, tkc_chat_role r)
{
    static const char *const name[] = {"system", "developer", "user", "assistant", "tool"};
    lit(w, name[r]);
}

void tkc_w_date(tkc_writer *w, const char *format)
{
    static const char *const month[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
    const tkc_template_options *o = w->opt;
    if (w->status) return;
    if (o->year < 1 || o->year > 9999 || o->month < 1 || o->month > 12 || o->day < 1 ||
        o->day > 31) {
        w->status = tkc_fail(w->err, TKC_E_ARG, 0,
                             "this template prints today's date; expected year, month and day in "
                             "the options");
        return;
    }
    for (const char *p = format; *p; p++) {
        char buf[16];
        int n = 0;
        if (*p != '%') {
            tkc_w_write(w, (tkc_str){p, 1}, true);
            continue;
        }
        p++;
        if (*p == 'd') n = snprintf(buf, sizeof buf, "%02d", o->day);
        if (*p == 'm') n = snprintf(buf, sizeof buf, "%02d", o->month);
        if (*p == 'Y') n = snprintf(buf, sizeof buf, "%04d", o->year);
        if (*p == 'b') n = snprintf(buf, sizeof buf, "%.3s", month[o->month - 1]);
        if (*p == 'B') n = snprintf(buf, sizeof buf, "%s", month[o->month - 1]);
        tkc_w_write(w, (tkc_str){buf, (size_t)n}, true);
    }
}

/* --- strings ------------------------------------------------------------------------------ */

/* str.isspace() of one character. */
static bool is_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 ||
           c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x205f || c == 0x3000;
}

tkc_str tkc_py_strip(tkc_str s, unsigned sides)
{
    while ((sides & TKC_STRIP_LEFT) && s.len) {
        unsigned n = tkc_utf8_len((unsigned char)s.ptr[0]);
        if (n > s.len || !is_space(tkc_utf8_get((const unsigned char *)s.ptr, &n))) break;
        s = tkc_from(s, n);
    }
    while ((sides & TKC_STRIP_RIGHT) && s.len) {
        size_t at = s.len - 1;
        unsigned n;
        while (at && ((unsigned char)s.ptr[at] & 0xc0) == 0x80) at--;
        n = tkc_utf8_len((unsigned char)s.ptr[at]);
        if (n != s.len - at || !is_space(tkc_utf8_get((const unsigned char *)s.ptr + at, &n)))
            break;
        s.len = at;
    }
    return s;
}

tkc_str tkc_strip_char(tkc_str s, char c, unsigned sides)
{
    while ((sides & TKC_STRIP_LEFT) && s.len && s.ptr[0] == c) s = tkc_from(s, 1);
    while ((sides & TKC_STRIP_RIGHT) && s.len && s.ptr[s.len - 1] == c) s.len--;
    return s;
}

size_t tkc_find(tkc_str s, const char *needle)
{
    const size_t n = strlen(needle);
    size_t at = 0;
    while (n <= s.len - at) {
        const char *p = memchr(s.ptr + at, needle[0], s.len - at - n + 1);
        if (!p) break;
        if (memcmp(p, needle, n) == 0) return (size_t)(p - s.ptr);
        at = (size_t)(p - s.ptr) + 1;
    }
    return SIZE_MAX;
}

size_t tkc_rfind(tkc_str s, const char *needle)
{
    const size_t n = strlen(needle);
    if (n > s.len) return SIZE_MAX;
    for (size_t at = s.len - n + 1; at-- > 0;)
        if (memcmp(s.ptr + at, needle, n) == 0) return at;
    return SIZE_MAX;
}

bool tkc_starts(tkc_str s, const char *z)
{
    const size_t n = strlen(z);
    return n <= s.len && memcmp(s.ptr, z, n) == 0;
}

bool tkc_ends(tkc_str s, const char *z)
{
    const size_t n = strlen(z);
    return n <= s.len && memcmp(s.ptr + s.len - n, z, n) == 0;
}

tkc_str tkc_before(tkc_str s, const char *mark)
{
    const size_t at = tkc_find(s, mark);
    if (at != SIZE_MAX) s.len = at;
    return s;
}

/* The marks used with this do not overlap themselves, so the last one found from the right is
 * the last one split() finds from the left. */
tkc_str tkc_after_last(tkc_str s, const char *mark)
{
    const size_t at = tkc_rfind(s, mark);
    return at == SIZE_MAX ? s : tkc_from(s, at + strlen(mark));
}

bool tkc_split_thinking(const tkc_chat_message *m, tkc_str *thinking, tkc_str *content)
{
    *thinking = (tkc_str){NULL, 0};
    *content = m->has_content ? m->content : (tkc_str){NULL, 0};
    if (m->has_thinking) {
        *thinking = m->thinking;
        return true;
    }
    if (!tkc_has(*content, "</think>")) return false;
    *thinking = tkc_strip_char(tkc_before(*content, "</think>"), '\n', TKC_STRIP_RIGHT);
    *thinking = tkc_strip_char(tkc_after_last(*thinking, "<think>"), '\n', TKC_STRIP_LEFT);
    *content = tkc_strip_char(tkc_after_last(*content, "</think>"), '\n', TKC_STRIP_LEFT);
    return true;
}

/* --- JSON values -------------------------------------------------------------------------- */

bool tkc_truth(tkc_value v)
{
    double d;
    if (v.i == TKC_JSON_NONE) return false;
    switch (tkc_json_kind_of(v.doc, v.i)) {
    case TKC_JSON_TRUE:
        return true;
    case TKC_JSON_STRING:
        return tkc_json_source(v.doc, v.i).len > 2;
    case TKC_JSON_NUMBER:
        return !tkc_json_double(v.doc, v.i, &d) || d < 0 || d > 0;
    case TKC_JSON_ARRAY:
    case TKC_JSON_OBJECT:
        return tkc_json_count(v.doc, v.i) > 0;
    default:
        return false;
    }
}

static int compare_text(tkc_str x, tkc_str y)
{
    if (x.len != y.len) return x.len < y.len ? -1 : 1;
    return x.len ? memcmp(x.ptr, y.ptr, x.len) : 0;
}

static int by_name(const void *a, const void *b)
{
    return compare_text(*(const tkc_str *)a, *(const tkc_str *)b);
}

void tkc_names_of(tkc_writer *w, tkc_value list, tkc_names *out)
{
    const size_t n = tkc_is(list, TKC_JSON_ARRAY) ? tkc_json_count(list.doc, list.i) : 0;
    *out = (tkc_names){.alloc = w->alloc};
    tkc_buf_init(&out->text, MAX_SCRATCH, w->alloc);
    if (w->status || n == 0) return;
    out->name = tkc_alloc(w->alloc, n, sizeof *out->name);
    if (!out->name) {
        w->status = tkc_nomem(w->err);
        return;
    }
    out->cap = n;
    /* Room for all of them first, so that what is decoded stays where it is. */
    w->status = tkc_buf_reserve(&out->text, tkc_json_source(list.doc, list.i).len, w->err);
    for (uint32_t k = tkc_json_first(list.doc, list.i); !w->status && k != TKC_JSON_NONE;
         k = tkc_json_next(list.doc, list.i, k))
        if (tkc_json_kind_of(list.doc, k) == TKC_JSON_STRING)
            w->status = tkc_json_string(list.doc, k, &out->text, &out->name[out->n++], w->err);
    if (w->status) out->n = 0;
    if (out->n) qsort(out->name, out->n, sizeof *out->name, by_name);
}

bool tkc_names_have(tkc_writer *w, const tkc_names *names, tkc_value string)
{
    const tkc_str s = tkc_text_of(w, string);
    return !w->status && names->n && bsearch(&s, names->name, names->n, sizeof s, by_name) != NULL;
}

void tkc_names_release(tkc_names *names)
{
    if (names->name) tkc_free(names->alloc, names->name, names->cap, sizeof *names->name);
    tkc_buf_release(&names->text);
    *names = (tkc_names){0};
}

bool tkc_same_text(tkc_writer *w, tkc_value a, tkc_value b)
{
    tkc_str x, y;
    if (w->status || !tkc_is(a, TKC_JSON_STRING) || !tkc_is(b, TKC_JSON_STRING)) return false;
    tkc_buf_clear(&w->decoded);
    w->status = tkc_buf_reserve(
        &w->decoded, tkc_json_source(a.doc, a.i).len + tkc_json_source(b.doc, b.i).len, w->err);
    if (!w->status) w->status = tkc_json_string(a.doc, a.i, &w->decoded, &x, w->err);
    if (!w->status) w->status = tkc_json_string(b.doc, b.i, &w->decoded, &y, w->err);
    return !w->status && compare_text(x, y) == 0;
}

tkc_value tkc_tool(const tkc_writer *w, size_t i)
{
    return (tkc_value){w->chat->tool[i].doc, w->chat->tool[i].node};
}

tkc_value tkc_tool_function(const tkc_writer *w, size_t i)
{
    const tkc_value f = tkc_get(tkc_tool(w, i), "function");
    return tkc_defined(f) ? f : tkc_tool(w, i);
}

tkc_str tkc_text_of(tkc_writer *w, tkc_value v)
{
    tkc_str s = {NULL, 0};
    if (w->status || !tkc_is(v, TKC_JSON_STRING)) return s;
    tkc_buf_clear(&w->decoded);
    w->status = tkc_json_string(v.doc, v.i, &w->decoded, &s, w->err);
    return w->status ? (tkc_str){NULL, 0} : s;
}

tkc_value tkc_call_args(tkc_writer *w, const tkc_chat_call *c)
{
    const tkc_value none = {&w->args, TKC_JSON_NONE};
    tkc_error err;
    tkc_status st;
    if (w->status) return none;
    st = tkc_json_parse(&w->args, c->arguments, NULL, &err);
    if (st == TKC_E_NOMEM) w->status = tkc_nomem(w->err);
    if (st || tkc_json_kind_of(&w->args, 0) != TKC_JSON_OBJECT) return none;
    return (tkc_value){&w->args, 0};
}

void tkc_w_json(tkc_writer *w, tkc_value v, const tkc_tojson_style *style)
{
    tkc_buf out;
    if (w->status) return;
    tkc_buf_init(&out, MAX_SCRATCH, w->alloc);
    w->status = tkc_tojson(v.doc, v.i, style, &out, w->err);
    txt(w, tkc_buf_str(&out));
    tkc_buf_release(&out);
}

void tkc_w_json_text(tkc_writer *w, tkc_str s)
{
    tkc_buf out;
    if (w->status) return;
    tkc_buf_init(&out, MAX_SCRATCH, w->alloc);
    w->status = tkc_tojson_string(s, false, &out, w->err);
    txt(w, tkc_buf_str(&out));
    tkc_buf_release(&out);
}

void tkc_w_args(tkc_writer *w, const tkc_chat_call *c, const tkc_tojson_style *style)
{
    const tkc_value v = tkc_call_args(w, c);
    if (tkc_defined(v))
        tkc_w_json(w, v, style);
    else
        txt(w, c->arguments);
}

void tkc_w_args_json(tkc_writer *w, const tkc_chat_call *c, const tkc_tojson_style *style)
{
    const tkc_value v = tkc_call_args(w, c);
    if (tkc_defined(v))
        tkc_w_json(w, v, style);
    else
        tkc_w_json_text(w, c->arguments);
}

void tkc_w_pystr(tkc_writer *w, tkc_value v)
{
    tkc_buf out;
    if (w->status || v.i == TKC_JSON_NONE) return;
    tkc_buf_init(&out, MAX_SCRATCH, w->alloc);
    w->status = tkc_pystr(v.doc, v.i, &out, w->err);
    txt(w, tkc_buf_str(&out));
    tkc_buf_release(&out);
}

void tkc_w_plain_or_json(tkc_writer *w, tkc_value v)
{
    if (tkc_is_container(v))
        tkc_w_json(w, v, NULL);
    else
        tkc_w_pystr(w, v);
}

void tkc_w_tools(tkc_writer *w, const tkc_tojson_style *style)
{
    LIT(w, "[");
    for (size_t i = 0; i < w->chat->n_tool; i++) {
        if (i) lit(w, style && style->compact ? "," : ", ");
        tkc_w_json(w, tkc_tool(w, i), style);
    }
    LIT(w, "]");
}

bool tkc_w_members(tkc_writer *w, tkc_value object, tkc_member_order order, tkc_members *out)
{
    *out = (tkc_members){0};
    if (w->status || !tkc_is(object, TKC_JSON_OBJECT)) return false;
    w->status = tkc_members_of(object.doc, object.i, order, w->alloc, out, w->err);
    return !w->status;
}

/* --- ids ---------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    const tkc_id_entry *x = a, *y = b;
    const int c = compare_text(x->id, y->id);
    return c ? c : x->at < y->at ? -1 : x->at > y->at;
}

void tkc_ids_release(tkc_ids *ids)
{
    if (ids->entry) tkc_free(ids->alloc, ids->entry, ids->cap, sizeof *ids->entry);
    *ids = (tkc_ids){0};
}

bool tkc_ids_of(tkc_writer *w, size_t from, size_t to, bool results, tkc_ids *out)
{
    const tkc_chat_message *m = w->chat->message;
    size_t n = 0;
    *out = (tkc_ids){.alloc = w->alloc};
    for (size_t i = from; i < to; i++) n += results ? m[i].role == TKC_CHAT_TOOL : m[i].n_call;
    if (w->status || n == 0) return !w->status;
    out->entry = tkc_alloc(w->alloc, n, sizeof *out->entry);
    if (!out->entry) {
        w->status = tkc_nomem(w->err);
        return false;
    }
    out->cap = n;
    for (size_t i = from; i < to; i++) {
        for (size_t k = 0; !results && k < m[i].n_call; k++, out->n++)
            out->entry[out->n] = (tkc_id_entry){m[i].call[k].id, out->n};
        if (results && m[i].role == TKC_CHAT_TOOL) {
            out->entry[out->n] = (tkc_id_entry){m[i].call_id, out->n};
            out->n++;
        }
    }
    qsort(out->entry, n, sizeof *out->entry, by_id);
    return true;
}

/* First entry that is not below (after: that is above) id. */
static size_t bound(const tkc_ids *ids, tkc_str id, bool after)
{
    size_t lo = 0, hi = ids->n;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const int c = compare_text(ids->entry[mid].id, id);
        if (c < 0 || (after && c == 0))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

size_t tkc_ids_first(const tkc_ids *ids, tkc_str id)
{
    const size_t at = bound(ids, id, false);
    return at < ids->n && compare_text(ids->entry[at].id, id) == 0 ? at : SIZE_MAX;
}

size_t tkc_ids_last(const tkc_ids *ids, tkc_str id)
{
    const size_t at = bound(ids, id, true);
    return at > 0 && compare_text(ids->entry[at - 1].id, id) == 0 ? at - 1 : SIZE_MAX;
}
