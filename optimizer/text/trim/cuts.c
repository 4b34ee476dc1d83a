/* cuts.c - what is taken out, each asked of the guard, and the text that is left. */
#include "optimizer/text/trim/trim_impl.h"
#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <stdlib.h>

static int by_begin(const void *a, const void *b)
{
    const tkc_trim_cut *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end > y->end ? -1 : x->end < y->end; /* a whole sentence before a piece of it */
}

tkc_status tkc_trim_cut_add(trim_work *w, tkc_trim_cut c)
{
    tkc_trimmed *o = w->out;
    if (!tkc_grow(o->alloc, &o->cut, &o->cap_cut, o->n_cut + 1, SIZE_MAX / 128, sizeof *o->cut)) return tkc_nomem(w->err);
    o->cut[o->n_cut++] = c;
    return TKC_OK;
}

/* The byte of the text that byte i of the unit's current text came from. */
static size_t source_of(const trim_work *w, const trim_unit *u, size_t i)
{
    size_t at = u->begin;
    for (size_t k = 0; k < u->n_cut; k++) {
        const tkc_trim_cut *c = &w->out->cut[u->cut + k];
        if (i < c->begin - at) break;
        i -= c->begin - at;
        if (i < c->put.len) return c->begin;
        i -= c->put.len;
        at = c->end;
    }
    return at + i;
}

tkc_status tkc_trim_refuse(trim_work *w, tkc_trim_cut c, const trim_unit *u, const tkc_loss *l)
{
    tkc_trimmed *o = w->out;
    while (l->waived) l++;
    if (!tkc_grow(o->alloc, &o->refusal, &o->cap_refusal, o->n_refusal + 1, SIZE_MAX / 128, sizeof *o->refusal)) return tkc_nomem(w->err);
    o->refusal[o->n_refusal++] = (tkc_trim_refusal){c.begin, c.end, source_of(w, u, l->begin), source_of(w, u, l->end), l->kind, c.why};
    return TKC_OK;
}

tkc_status tkc_trim_apply(trim_work *w, size_t begin, size_t end, const tkc_trim_cut *cut, size_t n, tkc_buf *out)
{
    size_t at = begin;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < n && !st; i++) {
        st = tkc_buf_append(out, w->text.ptr + at, cut[i].begin - at, w->err);
        if (!st) st = tkc_buf_append(out, cut[i].put.ptr, cut[i].put.len, w->err);
        at = cut[i].end;
    }
    if (st || at == end) return st; /* an empty text may have no address */
    return tkc_buf_append(out, w->text.ptr + at, end - at, w->err);
}

tkc_status tkc_trim_now(trim_work *w, const trim_unit *u, tkc_buf *out)
{
    tkc_buf_clear(out);
    return tkc_trim_apply(w, u->begin, u->end, u->n_cut ? w->out->cut + u->cut : NULL, u->n_cut, out);
}

tkc_status tkc_trim_drop(trim_work *w, trim_unit *u, tkc_trim_why why, const trim_unit *kept, bool *done)
{
    tkc_trim_cut c = {.begin = u->begin, .end = u->end, .why = why, .put = {"", 0}};
    tkc_str removed;
    tkc_status st;
    *done = false;
    st = tkc_trim_now(w, u, &w->now);
    if (st) return st;
    removed = tkc_buf_str(&w->now);
    if (kept) {
        c.kept_begin = kept->begin;
        c.kept_end = kept->end;
    }
    st = tkc_guard_check(w->guard, removed, c.put, &w->loss, w->err);
    if (st) return st;
    if (w->loss.n_refused) return tkc_trim_refuse(w, c, u, w->loss.loss);
    if (w->n_left <= 1) return TKC_OK;
    st = tkc_guard_replace(w->guard, removed, c.put, w->err);
    if (!st) st = tkc_trim_cut_add(w, c);
    if (st) return st;
    tkc_trim_gone(w, u);
    *done = true;
    return TKC_OK;
}

void tkc_trim_gone(trim_work *w, trim_unit *u)
{
    u->gone = true;
    w->n_left--;
}

tkc_status tkc_trim_piece(trim_work *w, trim_unit *u, tkc_trim_cut c, bool ask)
{
    tkc_status st = tkc_trim_now(w, u, &w->now);
    if (!st) st = tkc_trim_cut_add(w, c);
    if (st) return st;
    tkc_buf_clear(&w->then);
    st = tkc_trim_apply(w, u->begin, u->end, w->out->cut + u->cut, u->n_cut + 1, &w->then);
    if (!st && w->n_left <= 1 && tkc_is_all_space(tkc_buf_str(&w->then))) {
        w->out->n_cut--;
        return TKC_OK;
    }
    if (!st && ask) st = tkc_guard_check(w->guard, tkc_buf_str(&w->now), tkc_buf_str(&w->then), &w->loss, w->err);
    if (!st && ask && w->loss.n_refused) {
        w->out->n_cut--;
        return tkc_trim_refuse(w, c, u, w->loss.loss);
    }
    u->n_cut++;
    return st ? st : tkc_guard_replace(w->guard, tkc_buf_str(&w->now), tkc_buf_str(&w->then), w->err);
}

/* A cut sentence takes its blanks with it: its lines where it was alone in them, with one of the blank
 * lines around, else those in front of the next sentence. */
static void widen(const trim_work *w, tkc_trim_cut *c)
{
    size_t b = c->begin, e = c->end;
    if (c->why == TKC_TRIM_FILLER || (c->why == TKC_TRIM_REFERENCE && tkc_is_one_of(w->text.ptr[b], " ("))) return;
    while (b > 0 && (w->text.ptr[b - 1] == ' ' || w->text.ptr[b - 1] == '\t')) b--;
    while (e < w->text.len && (w->text.ptr[e] == ' ' || w->text.ptr[e] == '\t' || w->text.ptr[e] == '\r')) e++;
    if ((b == 0 || w->text.ptr[b - 1] == '\n') && (e == w->text.len || w->text.ptr[e] == '\n')) {
        bool blank = b < 2 || w->text.ptr[b - 2] == '\n';
        if (e < w->text.len) e++;
        if (blank && e < w->text.len)
            while (e < w->text.len && w->text.ptr[e] == '\n') e++;
        else if (blank && b >= 2) b--; /* the last line: the blank one in front of it */
        c->begin = b;
        c->end = e;
    } else if (e < w->text.len && w->text.ptr[e] != '\n') c->end = e;
    else c->begin = b;
}

/* A list item's first sentence that goes while another of the item stays: that one comes behind the item's mark. */
static bool keep_mark(const trim_work *w, tkc_trim_cut *c)
{
    size_t lo = 0, hi = w->n_unit, next;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (w->unit[mid].begin < c->begin) lo = mid + 1;
        else hi = mid;
    }
    if (lo == w->n_unit || w->unit[lo].begin != c->begin || w->unit[lo].end != c->end || w->unit[lo].kind != TKC_SENTENCE_ITEM) return false;
    for (next = lo + 1; next < w->n_unit; next++) {
        const trim_unit *u = &w->unit[next];
        size_t lines = 0;
        if (u->kind != TKC_SENTENCE_PROSE) return false;
        for (size_t i = w->unit[next - 1].end; i < u->begin; i++) lines += w->text.ptr[i] == '\n';
        if (lines > 1 || (lines && tkc_trim_indent(w, u->begin) <= tkc_trim_indent(w, c->begin))) return false;
        if (!u->gone) break;
    }
    if (next == w->n_unit) return false;
    lo = tkc_trim_item_mark(w, &w->unit[lo]);
    if (lo == c->begin) return false;
    c->begin = lo;
    c->end = w->unit[next].begin;
    return true;
}

size_t tkc_trim_settle(const trim_work *w, tkc_trim_cut *cut, size_t n)
{
    size_t m = 0;
    if (n) qsort(cut, n, sizeof *cut, by_begin);
    for (size_t i = 0; i < n; i++) {
        tkc_trim_cut c = cut[i];
        if (m && c.end <= cut[m - 1].end) continue; /* in a sentence that is gone */
        if (!keep_mark(w, &c)) widen(w, &c);
        if (m && c.begin < cut[m - 1].end) c.begin = cut[m - 1].end;
        if (c.begin < c.end) cut[m++] = c;
    }
    return m;
}
