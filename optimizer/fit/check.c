/*
 * check.c - what must hold after every pass, looked up in the result itself.
 *
 * The result was read anew, so nothing here trusts the pass or the editor. Parts are walked
 * side by side: those that the pass did not name must be there, in their order, the same
 * bytes. A pass that reorders has them compared as sorted lists; a tool's definition may differ there
 * in its cache mark and in the order of sets (request/tool_text.h).
 */
#include "optimizer/fit/work.h"

#include "optimizer/request/tool_text.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

static bool same_bytes(const tkc_request *a, size_t i, const tkc_request *b, size_t k)
{
    tkc_str x = tkc_part_source(a, i), y = tkc_part_source(b, k);
    return x.len == y.len && (!x.len || memcmp(x.ptr, y.ptr, x.len) == 0);
}

/* A place for a message: "messages[3].content". */
static void place(const tkc_request *r, size_t part, char *buf, size_t cap, const tkc_allocator *alloc)
{
    tkc_buf b;
    tkc_error ignored;
    char quoted[TKC_QUOTE_SIZE];
    const char *s;
    size_t n;
    tkc_buf_init(&b, 4096, alloc);
    s = tkc_part_path(r, part, &b, &ignored) == TKC_OK && b.len ? tkc_quote(quoted, b.ptr, b.len) : "the text";
    n = strlen(s);
    if (n >= cap) n = cap - 1;
    memcpy(buf, s, n);
    buf[n] = '\0';
    tkc_buf_release(&b);
}

static tkc_status bad(const tkc_work *w, const tkc_request *r, size_t part, const char *what,
                      tkc_error *err)
{
    char where[120];
    place(r, part, where, sizeof where, w->alloc);
    return tkc_fail(err, TKC_E_FORMAT, r->part[part].begin, "%s: %s", where, what);
}

/* --- the same parts ----------------------------------------------------------------------- */

static tkc_status in_order(const tkc_work *w, const tkc_request *a, const tkc_request *b, tkc_error *err)
{
    size_t k = 0;
    for (size_t i = 0; i < a->n_part; i++) {
        const tkc_part *p = &a->part[i];
        if (w->state[i] & TKC_WORK_REMOVED) continue;
        if (k >= b->n_part) return bad(w, a, i, "a part was lost", err);
        if (b->part[k].kind != p->kind || b->part[k].role != p->role)
            return bad(w, a, i, "a part became one of another kind or role", err);
        if (!(w->state[i] & TKC_WORK_EDITED) && !same_bytes(a, i, b, k))
            return bad(w, a, i, "bytes changed that the pass did not name", err);
        if ((w->state[i] & TKC_WORK_EDITED) && p->flags & TKC_PART_PINNED)
            return bad(w, a, i, "a pinned part changed", err);
        if ((p->flags ^ b->part[k].flags) & (TKC_PART_CACHE | TKC_PART_CACHE_1H))
            return bad(w, a, i, "a cache mark came or went", err);
        k++;
    }
    return k == b->n_part ? TKC_OK : bad(w, b, k, "a part that the pass did not name", err);
}

static int by_bytes(const void *x, const void *y)
{
    const tkc_str *a = x, *b = y;
    int d = memcmp(a->ptr, b->ptr, a->len < b->len ? a->len : b->len);
    return d ? d : a->len < b->len ? -1 : a->len > b->len;
}

static bool is_tool(const tkc_request *r, size_t part)
{
    return r->part[part].kind == TKC_PART_TOOL_SCHEMA && r->part[part].node != TKC_JSON_NONE;
}

/* Whether the part is a whole object, so that a cache mark in it is one of its bytes: a tool, a call, a result of the
 * provider's own tools, an image, a document. */
static bool holds_mark(const tkc_request *r, size_t part)
{
    const tkc_part *p = &r->part[part];
    if (p->node == TKC_JSON_NONE || tkc_json_kind_of(&r->doc, p->node) != TKC_JSON_OBJECT) return false;
    return is_tool(r, part) || p->kind == TKC_PART_TOOL_CALL || p->kind == TKC_PART_TOOL_RESULT || p->kind == TKC_PART_IMAGE ||
           p->kind == TKC_PART_FILE;
}

/* Texts of those go into text; a tool's without the order of what is a set. */
static tkc_status sorted(const tkc_request *r, const tkc_allocator *alloc, tkc_buf *text, tkc_str **out, tkc_error *err)
{
    tkc_str *s = *out = tkc_alloc(alloc, r->n_part, sizeof *s);
    size_t at = 0;
    tkc_status st = s ? TKC_OK : tkc_nomem(err);
    for (size_t i = 0; !st && i < r->n_part; i++)
        if (holds_mark(r, i)) {
            const size_t from = text->len;
            st = tkc_tool_text(&r->doc, r->part[i].node, TKC_TOOL_NO_MARK | (is_tool(r, i) ? TKC_TOOL_SORTED : 0), text, err);
            s[i].len = text->len - from;
        }
    if (st) return st;
    for (size_t i = 0; i < r->n_part; i++) {
        if (holds_mark(r, i)) {
            s[i].ptr = text->ptr + at;
            at += s[i].len;
        } else {
            s[i] = tkc_part_source(r, i);
        }
    }
    qsort(s, r->n_part, sizeof *s, by_bytes);
    return TKC_OK;
}

tkc_status tkc_same_for_model(const tkc_request *a, size_t i, const tkc_request *b, size_t k, const tkc_allocator *alloc,
                              bool *same, tkc_error *err)
{
    tkc_buf text;
    size_t n;
    tkc_status st;
    *same = same_bytes(a, i, b, k);
    if (*same || !holds_mark(a, i) || !holds_mark(b, k)) return TKC_OK;
    tkc_buf_init(&text, (size_t)1 << 31, alloc);
    st = tkc_tool_text(&a->doc, a->part[i].node, TKC_TOOL_NO_MARK, &text, err);
    n = text.len;
    if (!st) st = tkc_tool_text(&b->doc, b->part[k].node, TKC_TOOL_NO_MARK, &text, err);
    *same = !st && text.len == 2 * n && memcmp(text.ptr, text.ptr + n, n) == 0;
    tkc_buf_release(&text);
    return st;
}

static tkc_status any_order(const tkc_work *w, const tkc_request *a, const tkc_request *b, tkc_error *err)
{
    tkc_str *x = NULL, *y = NULL;
    tkc_buf text[2];
    tkc_status st;
    if (a->n_part != b->n_part)
        return tkc_fail(err, TKC_E_FORMAT, 0, "%zu parts became %zu", a->n_part, b->n_part);
    if (!a->n_part) return TKC_OK;
    tkc_buf_init(&text[0], (size_t)1 << 31, w->alloc);
    tkc_buf_init(&text[1], (size_t)1 << 31, w->alloc);
    st = sorted(a, w->alloc, &text[0], &x, err);
    if (!st) st = sorted(b, w->alloc, &text[1], &y, err);
    for (size_t i = 0; !st && i < a->n_part; i++)
        if (by_bytes(&x[i], &y[i]) != 0)
            st = tkc_fail(err, TKC_E_FORMAT, 0, "a part changed in a pass that may only move parts");
    tkc_free(w->alloc, x, a->n_part, sizeof *x);
    tkc_free(w->alloc, y, b->n_part, sizeof *y);
    tkc_buf_release(&text[0]);
    tkc_buf_release(&text[1]);
    return st;
}

/* --- calls and results -------------------------------------------------------------------- */

/* The next result without call, or call without result, at or behind i. */
static size_t next_alone(const tkc_request *r, const unsigned char *answered, size_t i)
{
    for (; i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        if (p->kind == TKC_PART_TOOL_CALL ? !answered[i]
                                          : p->id != TKC_JSON_NONE && p->call == TKC_NO_PART)
            break;
    }
    return i;
}

static unsigned char *find_answered(const tkc_request *r, const tkc_allocator *alloc)
{
    unsigned char *answered = tkc_alloc_zero(alloc, r->n_part + 1, 1);
    for (size_t i = 0; answered && i < r->n_part; i++)
        if (r->part[i].call != TKC_NO_PART) answered[r->part[i].call] = 1;
    return answered;
}

/* Those alone in b must have been alone in a: the same ids, in their order. */
static tkc_status pairs(const tkc_work *w, const tkc_request *a, const tkc_request *b, tkc_error *err)
{
    unsigned char *in_a = find_answered(a, w->alloc), *in_b = find_answered(b, w->alloc);
    tkc_status st = in_a && in_b ? TKC_OK : tkc_nomem(err);
    for (size_t k = st ? b->n_part : next_alone(b, in_b, 0), i = 0; !st && k < b->n_part;
         k = next_alone(b, in_b, k + 1), i++) {
        for (i = next_alone(a, in_a, i); i < a->n_part; i = next_alone(a, in_a, i + 1)) {
            if (a->part[i].kind != b->part[k].kind) continue;
            if ((a->part[i].id == TKC_JSON_NONE) != (b->part[k].id == TKC_JSON_NONE)) continue;
            if (a->part[i].id == TKC_JSON_NONE) break;
            {
                tkc_str x = tkc_json_source(&a->doc, a->part[i].id);
                tkc_str y = tkc_json_source(&b->doc, b->part[k].id);
                if (x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0) break;
            }
        }
        if (i >= a->n_part)
            st = bad(w, b, k, b->part[k].kind == TKC_PART_TOOL_CALL ? "a call lost its result"
                                                                    : "a result lost its call", err);
    }
    tkc_free(w->alloc, in_a, a->n_part + 1, 1);
    tkc_free(w->alloc, in_b, b->n_part + 1, 1);
    return st;
}

/* --- protected texts ---------------------------------------------------------------------- */

/* Each protected text of an edited part must be in the new part, in its order; a removed part
 * may have none. */
static tkc_status protected_stay(const tkc_work *w, const tkc_request *a, const tkc_request *b, tkc_error *err)
{
    tkc_buf x, y;
    tkc_status st = TKC_OK;
    size_t k = 0;
    if (!w->protect || w->uses_edit) return TKC_OK;
    tkc_buf_init(&x, (size_t)1 << 31, w->alloc);
    tkc_buf_init(&y, (size_t)1 << 31, w->alloc);
    for (size_t i = 0; !st && i < a->n_part; i++) {
        const tkc_range *range;
        size_t n, at = 0;
        tkc_str old, now = {"", 0};
        if (w->state[i] & (TKC_WORK_EDITED | TKC_WORK_REMOVED)) {
            tkc_buf_clear(&x);
            tkc_buf_clear(&y);
            st = tkc_part_text(a, i, &x, &old, err);
            if (!st && !(w->state[i] & TKC_WORK_REMOVED)) st = tkc_part_text(b, k, &y, &now, err);
            if (!st) st = tkc_protect_find(w->protect, old, &range, &n, err);
            for (size_t j = 0; !st && j < n; j++) {
                size_t len = range[j].end - range[j].begin;
                w->fit->n_protected++;
                while (at + len <= now.len && memcmp(now.ptr + at, old.ptr + range[j].begin, len) != 0) at++;
                if (at + len > now.len) {
                    w->fit->n_touched++;
                    st = bad(w, a, i, "protected text changed", err);
                }
                at += len;
            }
        }
        if (!(w->state[i] & TKC_WORK_REMOVED)) k++;
    }
    tkc_buf_release(&x);
    tkc_buf_release(&y);
    return st;
}

tkc_status tkc_work_check(const tkc_work *w, const tkc_request *old,
                          const tkc_request_count *old_count, const tkc_request *now,
                          const tkc_request_count *now_count, size_t first_free, tkc_error *err)
{
    tkc_status st;
    if (now->dialect != old->dialect || now->envelope != old->envelope)
        return tkc_fail(err, TKC_E_FORMAT, 0, "the result reads as %s, the request was %s",
                        tkc_dialect_name(now->dialect), tkc_dialect_name(old->dialect));
    if (now_count->sum.tokens > old_count->sum.tokens) /* the same in another order can be more: undone, and no fault */
        return tkc_fail(err, w->pass->flags & TKC_PASS_REORDERS ? TKC_E_UNSUPPORTED : TKC_E_FORMAT, 0, "%llu tokens became %llu",
                        (unsigned long long)old_count->sum.tokens,
                        (unsigned long long)now_count->sum.tokens);
    for (size_t i = 0; i < first_free; i++) {
        bool same = false;
        st = i < now->n_part ? tkc_same_for_model(old, i, now, i, w->alloc, &same, err) : TKC_OK;
        if (st) return st;
        if (!same) return bad(w, old, i, "it is in the cache and changed", err);
    }
    st = w->pass->flags & TKC_PASS_REORDERS ? any_order(w, old, now, err) : in_order(w, old, now, err);
    if (!st) st = pairs(w, old, now, err);
    if (!st) st = protected_stay(w, old, now, err);
    return st;
}
