/* pairs.c - the table of pairs that merge: of the listed ones, or of every way to cut a token in two. */
#include "vocab/compile/tables.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdlib.h>
#include <string.h>

static void pair_put(tkc_tables *t, uint32_t left, uint32_t right, uint32_t merge)
{
    const uint64_t key = (uint64_t)left << 21 | right;
    size_t i = tkc_pair_slot(&t->v, left, right, tkc_pair_hash(left, right));
    while (t->pair[i] != TKC_PAIR_EMPTY && t->pair[i] >> 22 != key)
        if (++i == t->n_pair_slots) i = 0;
    t->partners[left].right |= (uint32_t)1 << right % 32;
    t->partners[right].left |= (uint32_t)1 << left % 32;
    t->pair[i] =
        key << 22 | merge; /* a later merge of the same pair replaces the earlier, as in HF */
}

/* For n pairs, n_near of them near. */
static tkc_status pair_table_alloc(tkc_tables *t, size_t n, size_t n_near, tkc_error *err)
{
    t->n_pair_slots = n + n / 2 + 16; /* load 2/3: 1.5 probes a hit, and half the size of 1/3 */
    t->n_near_slots = n_near + n_near / 2;
    t->pair = tkc_alloc(t->alloc, t->n_pair_slots, sizeof *t->pair);
    if (!t->pair) {
        t->n_pair_slots = t->n_near_slots = 0;
        return tkc_nomem(err);
    }
    memset(t->pair, 0xff, t->n_pair_slots * sizeof *t->pair);
    if (tkc_kind_merges(t->b->model.kind)) {
        t->partners = tkc_alloc_zero(t->alloc, t->n_all, sizeof *t->partners);
        if (!t->partners) return tkc_nomem(err);
        t->n_partners = t->n_all;
    }
    tkc_tables_view(t);
    return TKC_OK;
}

typedef struct split {
    uint32_t left, right, merge;
} split;

/* Every way to cut a token into two tokens. */
static tkc_status build_pairs_from_tokens(tkc_tables *t, tkc_error *err)
{
    split *s = NULL;
    size_t n = 0, n_near = 0, cap = 0;
    tkc_status st = TKC_OK;
    const size_t max = (size_t)1 << 28; /* all splits of 2^21 tokens of 128 bytes */
    for (uint32_t id = 0; id < t->b->n_token; id++) {
        const char *p = t->bytes + t->offset[id];
        size_t len = t->offset[id + 1] - t->offset[id];
        if (!t->in_model[id]) continue;
        for (size_t k = 1; k < len; k++) {
            uint32_t l, r;
            if (!(t->b->model.flags & TKC_MODEL_BYTE_LEVEL) && tkc_utf8_is_tail((unsigned char)p[k]))
                continue;
            l = tkc_token_find(&t->v, p, k);
            if (l == TKC_NO_ID) continue;
            r = tkc_token_find(&t->v, p + k, len - k);
            if (r == TKC_NO_ID) continue;
            if (!tkc_grow(t->alloc, &s, &cap, n + 1, max, sizeof *s)) {
                st = tkc_nomem(err);
                goto out;
            }
            s[n++] = (split){l, r, id};
            n_near += tkc_pair_is_near(&t->v.model, l, r);
        }
    }
    st = pair_table_alloc(t, n, n_near, err);
    if (st) goto out;
    for (size_t i = 0; i < n; i++) pair_put(t, s[i].left, s[i].right, s[i].merge);
out:
    tkc_free(t->alloc, s, cap, sizeof *s);
    return st;
}

static int by_score(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return x[0] > y[0] ? -1 : x[0] < y[0] ? 1 : 0;
}

/* Highest score first; equal scores are one priority. */
static tkc_status rank_scores(tkc_tables *t, tkc_error *err)
{
    size_t n = t->n_all;
    uint32_t prio = 0;
    double(*s)[2] = tkc_alloc(t->alloc, n, sizeof *s);
    t->n_merges = n;
    t->prio = tkc_alloc(t->alloc, n, sizeof *t->prio);
    if (!s || !t->prio) {
        tkc_free(t->alloc, s, n, sizeof *s);
        if (!t->prio) t->n_merges = 0;
        return tkc_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        s[i][0] = t->score[i];
        s[i][1] = (double)i;
    }
    qsort(s, n, sizeof *s, by_score);
    for (size_t i = 0; i < n; i++) {
        if (i && s[i][0] < s[i - 1][0]) prio++;
        t->prio[(size_t)s[i][1]] = prio;
    }
    tkc_free(t->alloc, s, n, sizeof *s);
    return TKC_OK;
}

static tkc_status build_pairs_from_merges(tkc_tables *t, tkc_error *err)
{
    const tkc_builder *b = t->b;
    size_t n_near = 0;
    tkc_status st;
    t->result = tkc_alloc(t->alloc, b->n_merge ? b->n_merge : 1, sizeof *t->result);
    if (!t->result) return tkc_nomem(err);
    t->n_merges = b->n_merge ? b->n_merge : 1;
    t->result[0] = 0;
    for (size_t i = 0; i < b->n_merge; i++)
        n_near += tkc_pair_is_near(&t->v.model, b->merge[i].left, b->merge[i].right);
    st = pair_table_alloc(t, b->n_merge, n_near, err);
    if (st) return st;
    for (size_t i = 0; i < b->n_merge; i++) {
        const tkc_builder_merge *m = &b->merge[i];
        if (m->left >= t->n_all || m->right >= t->n_all || m->result >= t->n_all ||
            t->type[m->left] == TKC_TOKEN_HOLE || t->type[m->right] == TKC_TOKEN_HOLE ||
            t->type[m->result] == TKC_TOKEN_HOLE)
            return tkc_fail(err, TKC_E_FORMAT, 0, "merge %zu names a token that does not exist", i);
        t->result[i] = m->result;
        pair_put(t, m->left, m->right, (uint32_t)i);
    }
    return TKC_OK;
}

tkc_status tkc_tables_pairs(tkc_tables *t, tkc_error *err)
{
    tkc_status st;
    switch (t->b->model.kind) {
    case TKC_MODEL_BPE_SCORES:
        st = rank_scores(t, err);
        return st ? st : build_pairs_from_tokens(t, err);
    case TKC_MODEL_BPE_RANKS:
        return build_pairs_from_tokens(t, err);
    case TKC_MODEL_BPE_MERGES:
        return build_pairs_from_merges(t, err);
    default:
        return pair_table_alloc(t, 0, 0, err);
    }
}
