/* guarding.c - see the header. */
#include "optimizer/fit/guarding.h"

#include "optimizer/fit/work.h"
#include "optimizer/passes/summarise_text.h"
#include "optimizer/text/sentences.h"
#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define MAX_TEXT ((size_t)1 << 31)
enum { MAX_LIST = 100 };

/* What a part says, and how many bytes of it say nothing: the line over a summary. */
typedef struct tkc_guarding_old {
    tkc_guard_known known;
    size_t head;
} old_part;

void tkc_guarding_init(tkc_guarding *g, const tkc_allocator *alloc)
{
    memset(g, 0, sizeof *g);
    g->alloc = alloc;
    tkc_losses_init(&g->losses, alloc);
    tkc_buf_init(&g->scratch, MAX_TEXT, alloc);
}

void tkc_guarding_release(tkc_guarding *g)
{
    const tkc_allocator *alloc = g->alloc;
    tkc_guard_free(g->guard);
    tkc_losses_release(&g->losses);
    tkc_buf_release(&g->scratch);
    tkc_free(alloc, g->loss_part, g->cap_loss_part, sizeof *g->loss_part);
    tkc_free(alloc, g->must, g->cap_must, sizeof *g->must);
    tkc_free(alloc, g->must_part, g->cap_must_part, sizeof *g->must_part);
    tkc_free(alloc, g->old, g->cap_old, sizeof *g->old);
    tkc_free(alloc, g->merged, g->cap_merged, sizeof *g->merged);
    tkc_guarding_init(g, alloc);
}

/* --- looking ------------------------------------------------------------------------------ */

static bool says_something(const tkc_part *p)
{
    if (p->flags & TKC_PART_OPAQUE) return false;
    return p->kind < TKC_PART_IMAGE || p->kind > TKC_PART_FILE;
}

static bool is_guarded(const tkc_part *p)
{
    if (p->flags & (TKC_PART_OPAQUE | TKC_PART_NAME)) return false;
    return p->kind == TKC_PART_TEXT || p->kind == TKC_PART_TOOL_RESULT || p->kind == TKC_PART_TOOL_CALL;
}

/* The arguments of a call, a string or an object; its node where it has none. */
static uint32_t arguments_of(const tkc_request *r, uint32_t node)
{
    static const char *const key[] = {"arguments", "input", "args", "parameters"};
    uint32_t f = tkc_json_get(&r->doc, node, "function", NULL);
    if (f == TKC_JSON_NONE) f = tkc_json_get(&r->doc, node, "functionCall", NULL);
    if (f == TKC_JSON_NONE) f = node;
    for (size_t i = 0; i < sizeof key / sizeof *key; i++) {
        uint32_t a = tkc_json_get(&r->doc, f, key[i], NULL);
        if (a != TKC_JSON_NONE) return a;
    }
    return node;
}

tkc_status tkc_guarding_said(tkc_guarding *g, const tkc_request *r, size_t part, tkc_str *out, tkc_error *err)
{
    const tkc_part *p = &r->part[part];
    tkc_buf_clear(&g->scratch);
    if (p->kind == TKC_PART_TOOL_CALL && p->node != TKC_JSON_NONE) {
        const uint32_t a = arguments_of(r, p->node);
        if (tkc_json_kind_of(&r->doc, a) == TKC_JSON_STRING) return tkc_json_string(&r->doc, a, &g->scratch, out, err);
        *out = tkc_json_source(&r->doc, a);
        return TKC_OK;
    }
    return tkc_part_text(r, part, &g->scratch, out, err);
}

tkc_status tkc_guarding_open(tkc_guarding *g, tkc_error *err)
{
    return g->guard ? TKC_OK : tkc_guard_new(&g->guard, NULL, g->alloc, err);
}

void tkc_guarding_begin(tkc_guarding *g)
{
    g->n_must = g->n_old = 0;
}

/* The line over a summary says nothing: losses from `from` on that lie in it are none. */
static void forget_head(tkc_losses *l, size_t from, size_t head)
{
    size_t n = from;
    if (!head) return;
    for (size_t i = from; i < l->n; i++) {
        if (l->loss[i].end > head)
            l->loss[n++] = l->loss[i];
        else
            l->n_refused -= !l->loss[i].waived;
    }
    l->n = n;
}

/* Makes room for what the parts of the old request say, unless there is. */
static tkc_status expect_old(tkc_guarding *g, size_t n_part, tkc_error *err)
{
    if (g->n_old == n_part) return TKC_OK;
    if (!tkc_grow(g->alloc, &g->old, &g->cap_old, n_part, SIZE_MAX / 64, sizeof *g->old)) return tkc_nomem(err);
    memset(g->old, 0, n_part * sizeof *g->old);
    g->n_old = n_part;
    return TKC_OK;
}

/* The losses of a part that the pass changed. It is read once for all tries. */
static tkc_status look_at_old(tkc_guarding *g, const tkc_request *old, size_t part, tkc_error *err)
{
    old_part *x = &g->old[part];
    const size_t from = g->losses.n;
    tkc_status st = TKC_OK;
    if (!tkc_guard_knows(g->guard, &x->known)) {
        tkc_str s;
        st = tkc_guarding_said(g, old, part, &s, err);
        if (!st) st = tkc_guard_know(g->guard, s, &x->known, err);
        if (st) return st;
        x->head = tkc_summary_head(s);
    }
    st = tkc_guard_missing_known(g->guard, &x->known, &g->losses, err);
    forget_head(&g->losses, from, x->head);
    return st;
}

tkc_status tkc_guarding_look(tkc_guarding *g, tkc_work *w, const tkc_request *now, unsigned waive, tkc_error *err)
{
    const tkc_request *old = w->r;
    tkc_status st = tkc_guarding_open(g, err);
    if (!st) st = expect_old(g, old->n_part, err);
    g->losses.n = g->losses.n_refused = 0;
    if (st) return st;
    tkc_guard_waive(g->guard, waive);
    tkc_guard_clear(g->guard);
    const tkc_request *kept = now ? now : old;
    for (size_t i = 0; !st && i < kept->n_part; i++) {
        tkc_str s;
        if (!says_something(&kept->part[i])) continue;
        if (!now && w->state[i] & (TKC_WORK_EDITED | TKC_WORK_REMOVED)) continue;
        st = tkc_guarding_said(g, kept, i, &s, err);
        if (!st) st = tkc_guard_hold(g->guard, s, err);
    }
    for (size_t i = 0; !st && i < old->n_part; i++) {
        const size_t from = g->losses.n;
        if (!(w->state[i] & (TKC_WORK_EDITED | TKC_WORK_REMOVED)) || !is_guarded(&old->part[i])) continue;
        st = look_at_old(g, old, i, err);
        if (!st && g->losses.n > from &&
            !tkc_grow(g->alloc, &g->loss_part, &g->cap_loss_part, g->losses.n, SIZE_MAX / 64, sizeof *g->loss_part))
            st = tkc_nomem(err);
        for (size_t k = from; !st && k < g->losses.n; k++) {
            g->loss_part[k] = (uint32_t)i;
            if (old->part[i].kind != TKC_PART_TOOL_RESULT || g->losses.loss[k].waived) continue;
            g->losses.loss[k].waived = true;
            g->losses.n_refused--;
        }
    }
    return st;
}

/* --- keeping ------------------------------------------------------------------------------ */

static tkc_status add_must(tkc_guarding *g, uint32_t part, size_t begin, size_t end, tkc_error *err)
{
    if (!tkc_grow(g->alloc, &g->must, &g->cap_must, g->n_must + 1, SIZE_MAX / 64, sizeof *g->must) ||
        !tkc_grow(g->alloc, &g->must_part, &g->cap_must_part, g->n_must + 1, SIZE_MAX / 64, sizeof *g->must_part))
        return tkc_nomem(err);
    g->must_part[g->n_must] = part;
    g->must[g->n_must++] = (tkc_range){begin, end};
    return TKC_OK;
}

/* Keeps [begin, end) if something in it is still missing. */
static tkc_status keep_if_needed(tkc_guarding *g, uint32_t part, tkc_str s, size_t begin, size_t end, tkc_error *err)
{
    bool held;
    const tkc_status st = tkc_guard_hold_if_missing(g->guard, tkc_str_part(s, begin, end - begin), &held, err);
    return st || !held ? st : add_must(g, part, begin, end, err);
}

/* The sentences of one part that hold losses [from, to), as one where a fact goes on into the next (a quotation of several). A
 * call stays whole. */
static tkc_status keep_in(tkc_guarding *g, const tkc_request *r, uint32_t part, size_t from, size_t to, tkc_error *err)
{
    tkc_sentences walk;
    tkc_sentence x;
    tkc_str s;
    tkc_status st = tkc_guarding_said(g, r, part, &s, err);
    if (st) return st;
    if (r->part[part].kind == TKC_PART_TOOL_CALL) return keep_if_needed(g, part, s, 0, s.len, err);
    walk = tkc_sentences_of(s);
    while (!st && from < to && tkc_sentence_next(&walk, &x)) {
        size_t begin = x.begin, end = x.end;
        bool any = false;
        while (from < to && g->losses.loss[from].begin < end) {
            const tkc_loss *l = &g->losses.loss[from];
            if (l->end > begin && !l->waived) {
                any = true;
                if (l->clause_begin < begin) begin = l->clause_begin;
                if (l->clause_end > end) end = l->clause_end;
                while (l->begin < x.end && l->end > x.end && tkc_sentence_next(&walk, &x)) {}
                if (x.end > end) end = x.end;
            }
            from++;
        }
        while (begin < end && tkc_is_space(s.ptr[begin])) begin++;
        if (any) st = keep_if_needed(g, part, s, begin, end, err);
    }
    return st;
}

typedef struct placed {
    uint32_t part;
    tkc_range range;
} placed;

static int by_place(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    if (x->part != y->part) return x->part < y->part ? -1 : 1;
    if (x->range.begin != y->range.begin) return x->range.begin < y->range.begin ? -1 : 1;
    return x->range.end < y->range.end ? -1 : x->range.end > y->range.end;
}

/* In order, those of one part that touch made one. */
static tkc_status sort_must(tkc_guarding *g, tkc_error *err)
{
    placed *p;
    size_t n = 1;
    while (n < g->n_must && (g->must_part[n - 1] < g->must_part[n] ||
                             (g->must_part[n - 1] == g->must_part[n] && g->must[n - 1].end < g->must[n].begin)))
        n++;
    if (n >= g->n_must) return TKC_OK; /* as they were found, the first time */
    n = 0;
    p = tkc_alloc(g->alloc, g->n_must, sizeof *p);
    if (!p) return tkc_nomem(err);
    for (size_t i = 0; i < g->n_must; i++) p[i] = (placed){g->must_part[i], g->must[i]};
    qsort(p, g->n_must, sizeof *p, by_place);
    for (size_t i = 0; i < g->n_must; i++) {
        if (n && g->must_part[n - 1] == p[i].part && p[i].range.begin <= g->must[n - 1].end) {
            if (p[i].range.end > g->must[n - 1].end) g->must[n - 1].end = p[i].range.end;
            continue;
        }
        g->must_part[n] = p[i].part;
        g->must[n++] = p[i].range;
    }
    tkc_free(g->alloc, p, g->n_must, sizeof *p);
    g->n_must = n;
    return TKC_OK;
}

tkc_status tkc_guarding_keep(tkc_guarding *g, tkc_work *w, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (size_t i = 0, to; !st && i < g->losses.n; i = to) {
        for (to = i; to < g->losses.n && g->loss_part[to] == g->loss_part[i]; to++) {}
        st = keep_in(g, w->r, g->loss_part[i], i, to, err);
    }
    return st ? st : sort_must(g, err);
}

const tkc_range *tkc_guarding_must(const tkc_guarding *g, size_t part, size_t *n)
{
    size_t lo = 0, hi = g->n_must, end;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (g->must_part[mid] < part)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (end = lo; end < g->n_must && g->must_part[end] == part; end++) {}
    *n = end - lo;
    return *n ? g->must + lo : NULL;
}

tkc_status tkc_guarding_merge(tkc_guarding *g, const tkc_range *must, size_t n_must, const tkc_range **out, size_t *n,
                              tkc_error *err)
{
    const tkc_range *b = *out;
    const size_t n_b = *n;
    size_t i = 0, k = 0, m = 0;
    if (!tkc_grow(g->alloc, &g->merged, &g->cap_merged, n_must + n_b, SIZE_MAX / 64, sizeof *g->merged)) return tkc_nomem(err);
    while (i < n_must || k < n_b) {
        const bool first = k == n_b || (i < n_must && must[i].begin < b[k].begin);
        const tkc_range x = first ? must[i++] : b[k++];
        if (m && x.begin <= g->merged[m - 1].end) {
            if (x.end > g->merged[m - 1].end) g->merged[m - 1].end = x.end;
        } else {
            g->merged[m++] = x;
        }
    }
    *out = g->merged;
    *n = m;
    return TKC_OK;
}

/* --- telling ------------------------------------------------------------------------------ */

/* Facts that were mentioned, by a hash that is never 0: open addressing. */
typedef struct mentions {
    uint64_t *hash;
    size_t n_slot; /* a power of two, at least twice what comes */
} mentions;

static tkc_status expect_mentions(mentions *m, size_t most, const tkc_allocator *alloc, tkc_error *err)
{
    for (m->n_slot = 16; m->n_slot < 2 * most;) m->n_slot *= 2;
    m->hash = tkc_alloc_zero(alloc, m->n_slot, sizeof *m->hash);
    return m->hash ? TKC_OK : tkc_nomem(err);
}

static bool is_first_mention(mentions *m, tkc_str fact, tkc_fact_kind kind)
{
    const uint64_t hash = XXH3_64bits_withSeed(fact.ptr, fact.len, kind) | 1;
    size_t i = (size_t)(hash >> 8) & (m->n_slot - 1);
    while (m->hash[i] && m->hash[i] != hash) i = (i + 1) & (m->n_slot - 1);
    if (m->hash[i]) return false;
    m->hash[i] = hash;
    return true;
}

/* s: what the part says that the loss is of. */
static tkc_status add_lost(tkc_guarding *g, tkc_work *w, tkc_fitting *f, size_t i, tkc_str s, tkc_lost_state state, tkc_error *err)
{
    const tkc_loss *l = &g->losses.loss[i];
    tkc_lost x = {.kind = (uint8_t)l->kind, .state = (uint8_t)state, .pass = w->pass};
    tkc_status st;
    if (!tkc_grow(f->alloc, &f->lost, &f->cap_lost, f->n_lost + 1, SIZE_MAX / 256, sizeof *f->lost)) return tkc_nomem(err);
    x.path.at = f->text.len;
    st = tkc_part_path(w->r, g->loss_part[i], &f->text, err);
    x.path.len = f->text.len - x.path.at;
    if (!st) st = tkc_fitting_keep(f, (tkc_str){s.ptr + l->begin, l->end - l->begin}, &x.fact, err);
    if (!st) st = tkc_fitting_keep(f, (tkc_str){s.ptr + l->clause_begin, l->clause_end - l->clause_begin}, &x.clause, err);
    if (!st) f->lost[f->n_lost++] = x;
    return st;
}

tkc_status tkc_guarding_list(tkc_guarding *g, tkc_work *w, tkc_fitting *f, tkc_lost_state state,
                             uint64_t count[TKC_N_FACT], tkc_error *err)
{
    mentions m;
    size_t listed = 0;
    uint32_t part = TKC_NO_PART;
    tkc_str s = {"", 0};
    tkc_status st;
    if (!g->losses.n) return TKC_OK;
    st = expect_mentions(&m, g->losses.n, g->alloc, err);
    for (size_t i = 0; !st && i < g->losses.n; i++) {
        const tkc_loss *l = &g->losses.loss[i];
        if (l->waived != (state == TKC_LOST_WAIVED)) continue;
        if (g->loss_part[i] != part) st = tkc_guarding_said(g, w->r, part = g->loss_part[i], &s, err);
        if (st || !is_first_mention(&m, tkc_str_part(s, l->begin, l->end - l->begin), l->kind)) continue;
        count[l->kind]++;
        if (listed++ < MAX_LIST) st = add_lost(g, w, f, i, s, state, err);
    }
    tkc_free(g->alloc, m.hash, m.n_slot, sizeof *m.hash);
    return st;
}
