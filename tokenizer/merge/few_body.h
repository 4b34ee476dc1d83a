/*
 * few_body.h - the loop over rows; included once by each few_ISA.c, which names the function ABREAST
 * and says how LEAST(key, n) finds the smallest of key[0 .. n): behind these all are UINT32_MAX.
 *
 * A pair stands at the place of its right symbol, with the place in the low bits of its key: the
 * smallest key is the best pair and, of equal ones, the leftmost. Places are never moved; next and
 * prev lead over those whose symbol was merged into the one before. Place 63 is both edges, a symbol
 * without partners. What partners say is no branch, since it is as good as random to a predictor.
 */
#include "tokenizer/merge/few.h"

#include <string.h>

enum { EDGE = 63, PLACES = 64 };

typedef struct few {
    _Alignas(64) uint32_t key[PLACES]; /* of a symbol and the one before */
    uint32_t result[PLACES];
    uint32_t symbol[PLACES];
    tkc_partners partners[PLACES]; /* of the symbol; of an edge none */
    unsigned char next[PLACES], prev[PLACES];
    size_t n;
} few;

#define TIMES_8(x, i) x(i), x(i + 1), x(i + 2), x(i + 3), x(i + 4), x(i + 5), x(i + 6), x(i + 7)
#define ALL_PLACES(x) \
    TIMES_8(x, 0), TIMES_8(x, 8), TIMES_8(x, 16), TIMES_8(x, 24), TIMES_8(x, 32), TIMES_8(x, 40), \
    TIMES_8(x, 48), TIMES_8(x, 56)
#define NEXT_OF(i) ((i) + 1) % PLACES
#define PREV_OF(i) ((i) + EDGE) % PLACES

static const unsigned char next_of[PLACES] = {ALL_PLACES(NEXT_OF)};
static const unsigned char prev_of[PLACES] = {ALL_PLACES(PREV_OF)};

/* Places of pairs that the memo did not know: row << 6 | place. */
typedef struct missing {
    uint16_t at[TKC_MERGE_ABREAST * PLACES];
    size_t n;
} missing;

/* What the memo has for the pair of two places; if that is of another one, the right place is missing. */
static inline void put_pair(few *f, size_t row, unsigned left, unsigned right, tkc_pair_memo *memo, const tkc_vocab *v,
                            missing *w)
{
    few *const r = &f[row];
    const uint32_t a = r->symbol[left], b = r->symbol[right], may = tkc_may_merge(r->partners[left], a, r->partners[right], b);
    const uint64_t pair = tkc_pair_of(a, b);
    const tkc_pair_entry *const e = tkc_pair_place_if(memo, pair, may);
    r->key[right] = e->key | right;
    r->result[right] = e->result;
    TKC_PREFETCH(&v->partners[e->result]); /* step() wants them */
    w->at[w->n] = (uint16_t)(row * PLACES | right);
    w->n += may & (e->pair != pair);
}

/* Looks up what is missing: what one step waits for the next ones ask for. */
static void learn(few *f, tkc_pair_memo *memo, const tkc_vocab *v, missing *w)
{
    uint64_t pair[TKC_MERGE_ABREAST * PLACES];
    uint32_t slot[TKC_MERGE_ABREAST * PLACES];
    for (size_t i = 0; i < w->n; i++) {
        few *const r = &f[w->at[i] / PLACES];
        const unsigned place = w->at[i] % PLACES;
        const uint32_t left = r->symbol[r->prev[place]], right = r->symbol[place];
        pair[i] = tkc_pair_of(left, right);
        slot[i] = tkc_pair_slot(v, left, right, tkc_pair_hash(left, right));
        TKC_PREFETCH(&v->pair[slot[i]]);
        *tkc_pair_place(memo, pair[i]) = (tkc_pair_entry){pair[i], TKC_KEY_NOTHING, 0};
        r->key[place] = UINT32_MAX;
    }
    for (size_t i = 0; i < w->n; i++) {
        few *const r = &f[w->at[i] / PLACES];
        const unsigned place = w->at[i] % PLACES;
        const uint32_t merge = tkc_pair_find_at(v, slot[i], (uint32_t)(pair[i] >> 32), (uint32_t)pair[i]);
        tkc_pair_entry *const e = tkc_pair_place(memo, pair[i]);
        if (merge == TKC_NO_ID) continue;
        tkc_pair_set(e, pair[i], v, merge); /* another one of these may have taken its place */
        r->key[place] = e->key | place;
        r->result[place] = e->result;
        TKC_PREFETCH(&v->partners[e->result]);
    }
    tkc_pair_memo_grow(memo, w->n);
    w->n = 0;
}

static inline void begin(few *f, size_t row, const uint32_t *id, size_t n, tkc_pair_memo *memo, const tkc_vocab *v,
                         missing *w)
{
    few *const r = &f[row];
    memset(r->key, 0xff, sizeof r->key);
    memcpy(r->next, next_of, sizeof r->next);
    memcpy(r->prev, prev_of, sizeof r->prev);
    r->n = n;
    r->next[n - 1] = EDGE;
    r->symbol[EDGE] = 0;
    r->partners[EDGE] = (tkc_partners){0, 0};
    for (unsigned i = 0; i < n; i++) {
        r->symbol[i] = id[i];
        r->partners[i] = tkc_partners_of(v, id[i]);
        if (i) put_pair(f, row, i - 1, i, memo, v, w);
    }
}

/* The next merge. False: there is none. */
static inline bool step(few *f, size_t row, tkc_pair_memo *memo, const tkc_vocab *v, missing *w)
{
    few *const r = &f[row];
    const uint32_t best = LEAST(r->key, r->n);
    const unsigned gone = best % PLACES, at = r->prev[gone], next = r->next[gone];
    const uint32_t made = r->result[gone];
    if (best >= TKC_KEY_NOTHING) return false;
    r->symbol[at] = made;
    r->partners[at] = tkc_partners_of(v, made);
    r->key[gone] = UINT32_MAX;
    r->next[at] = (unsigned char)next;
    r->prev[next] = (unsigned char)at;
    put_pair(f, row, r->prev[at], at, memo, v, w);
    put_pair(f, row, at, next, memo, v, w);
    return true;
}

static inline void end(const few *f, tkc_short_row *row)
{
    size_t n = 0;
    for (unsigned i = 0; i != EDGE; i = f->next[i]) {
        if (row->at) row->at[n] = i;
        row->id[n++] = f->symbol[i];
    }
    row->n = n;
}

void ABREAST(tkc_pair_memo *memo, const tkc_vocab *v, tkc_short_row *row, size_t n_rows)
{
    few f[TKC_MERGE_ABREAST];
    unsigned live[TKC_MERGE_ABREAST]; /* of f */
    tkc_short_row *of[TKC_MERGE_ABREAST], *const stop = row + n_rows;
    missing w;
    size_t n = 0;
    w.n = 0;
    for (; n < TKC_MERGE_ABREAST && row < stop; row++) {
        if (row->n < 2) continue;
        begin(f, n, row->id, row->n, memo, v, &w);
        live[n] = (unsigned)n;
        of[n++] = row;
    }
    while (n) {
        learn(f, memo, v, &w);
        for (size_t i = n; i--;) {
            const unsigned k = live[i];
            if (step(f, k, memo, v, &w)) continue;
            end(&f[k], of[k]);
            while (row < stop && row->n < 2) row++;
            if (row == stop) {
                live[i] = live[--n];
                continue;
            }
            begin(f, k, row->id, row->n, memo, v, &w);
            of[k] = row++;
        }
    }
}
