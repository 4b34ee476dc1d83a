/*
 * few_body.h - the loop over rows; included once by each few_ISA.c, which names the function ABREAST
 * and says how LEAST(key, n) finds the smallest of key[0 .. n): behind these all are UINT32_MAX.
 *
 * A pair stands at the place of its right symbol, with the place in the low bits of its key: the
 * smallest key is the best pair and, of equal ones, the leftmost. Places are never moved; next and
 * prev lead over those whose symbol was merged into the one before. Place 63 is both edges. An edge
 * is no branch, since it is as good as random to a predictor: a pair with it is looked up as pair
 * (0, 0), which the memo knows, and becomes nothing by what is or-ed into its key.
 */
#include "tokenizer/merge/few.h"

#include <string.h>

enum { EDGE = 63, PLACES = 64 };

typedef struct few {
    _Alignas(64) uint32_t key[PLACES]; /* of a symbol and the one before */
    uint32_t result[PLACES];
    uint32_t symbol[PLACES];
    unsigned char next[PLACES], prev[PLACES];
    size_t n;
} few;

#define TIMES_8(x, i) x(i), x(i + 1), x(i + 2), x(i + 3), x(i + 4), x(i + 5), x(i + 6), x(i + 7)
#define ALL_PLACES(x) \
    TIMES_8(x, 0), TIMES_8(x, 8), TIMES_8(x, 16), TIMES_8(x, 24), TIMES_8(x, 32), TIMES_8(x, 40), \
    TIMES_8(x, 48), TIMES_8(x, 56)
#define NEXT_OF(i) ((i) + 1) % PLACES
#define PREV_OF(i) ((i) + EDGE) % PLACES
#define IS_EDGE(i) ((i) == 0 || (i) == EDGE)
#define PLACE_OF(i) IS_EDGE(i) ? UINT32_MAX : i
#define MASK_OF(i) IS_EDGE(i) ? 0 : UINT64_MAX

static const unsigned char next_of[PLACES] = {ALL_PLACES(NEXT_OF)};
static const unsigned char prev_of[PLACES] = {ALL_PLACES(PREV_OF)};
/* By place of a pair: what its key gets, and what is left of it. */
static const uint32_t place_of[PLACES] = {ALL_PLACES(PLACE_OF)};
static const uint64_t mask_of[PLACES] = {ALL_PLACES(MASK_OF)};

/* Places of pairs that the memo did not know: row << 6 | place. */
typedef struct missing {
    uint16_t at[TKC_MERGE_ABREAST * PLACES];
    size_t n;
} missing;

/* What the memo has for a pair; if that is of another one, the place is missing. */
static inline void put_pair(few *f, size_t row, unsigned place, uint64_t pair, tkc_pair_memo *memo,
                            missing *w)
{
    const tkc_pair_entry *e;
    pair &= mask_of[place];
    e = tkc_pair_place(memo, pair);
    f[row].key[place] = e->key | place_of[place];
    f[row].result[place] = e->result;
    w->at[w->n] = (uint16_t)(row * PLACES | place);
    w->n += e->pair != pair;
}

static uint64_t pair_at(const few *f, unsigned place)
{
    return tkc_pair_of(f->symbol[f->prev[place]], f->symbol[place]) & mask_of[place];
}

/* Looks up what is missing, in loops of one kind of step each: whether a pair merges cannot be guessed.
 * Filter and table are asked for at once, though most pairs want the filter alone: waiting for the
 * two one after the other took 5 to 25 % longer. */
static void learn(few *f, tkc_pair_memo *memo, const tkc_vocab *v, missing *w)
{
    uint64_t pair[TKC_MERGE_ABREAST * PLACES], hash[TKC_MERGE_ABREAST * PLACES];
    uint16_t maybe[TKC_MERGE_ABREAST * PLACES];
    uint32_t slot[TKC_MERGE_ABREAST * PLACES];
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        pair[i] = pair_at(&f[w->at[i] / PLACES], w->at[i] % PLACES);
        hash[i] = tkc_pair_hash((uint32_t)(pair[i] >> 32), (uint32_t)pair[i]);
        TKC_PREFETCH(&v->pair_filter.word[tkc_filter_word(hash[i], v->pair_filter.mask)]);
        slot[i] = tkc_pair_slot(v, (uint32_t)(pair[i] >> 32), (uint32_t)pair[i], hash[i]);
        TKC_PREFETCH(&v->pair[slot[i]]);
    }
    for (size_t i = 0; i < w->n; i++) {
        *tkc_pair_place(memo, pair[i]) = (tkc_pair_entry){pair[i], TKC_KEY_NOTHING, 0};
        f[w->at[i] / PLACES].key[w->at[i] % PLACES] = UINT32_MAX;
        maybe[n] = (uint16_t)i;
        n += tkc_filter_has(&v->pair_filter, hash[i]);
    }
    for (size_t k = 0; k < n; k++) {
        const size_t i = maybe[k];
        few *const r = &f[w->at[i] / PLACES];
        const unsigned place = w->at[i] % PLACES;
        const uint32_t merge = tkc_pair_find_at(v, slot[i], (uint32_t)(pair[i] >> 32), (uint32_t)pair[i]);
        tkc_pair_entry *const e = tkc_pair_place(memo, pair[i]);
        if (merge == TKC_NO_ID) continue;
        tkc_pair_set(e, pair[i], v, merge); /* another one of these may have taken its place */
        r->key[place] = e->key | place_of[place];
        r->result[place] = e->result;
    }
    tkc_pair_memo_grow(memo, w->n);
    w->n = 0;
}

static inline void begin(few *f, size_t row, const uint32_t *id, size_t n, tkc_pair_memo *memo, missing *w)
{
    few *const r = &f[row];
    uint64_t pair;
    memset(r->key, 0xff, sizeof r->key);
    memcpy(r->next, next_of, sizeof r->next);
    memcpy(r->prev, prev_of, sizeof r->prev);
    r->n = n;
    r->next[n - 1] = EDGE;
    r->symbol[EDGE] = 0;
    pair = r->symbol[0] = id[0];
    for (unsigned i = 1; i < n; i++) {
        pair = pair << 32 | id[i];
        r->symbol[i] = id[i];
        put_pair(f, row, i, pair, memo, w);
    }
}

/* The next merge. False: there is none. */
static inline bool step(few *f, size_t row, tkc_pair_memo *memo, missing *w)
{
    few *const r = &f[row];
    const uint32_t best = LEAST(r->key, r->n);
    const unsigned gone = best % PLACES, at = r->prev[gone], next = r->next[gone];
    const uint32_t made = r->result[gone];
    if (best >= TKC_KEY_NOTHING) return false;
    r->symbol[at] = made;
    r->key[gone] = UINT32_MAX;
    r->next[at] = (unsigned char)next;
    r->prev[next] = (unsigned char)at;
    put_pair(f, row, at, tkc_pair_of(r->symbol[r->prev[at]], made), memo, w);
    put_pair(f, row, next, tkc_pair_of(made, r->symbol[next]), memo, w);
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
        begin(f, n, row->id, row->n, memo, &w);
        live[n] = (unsigned)n;
        of[n++] = row;
    }
    while (n) {
        learn(f, memo, v, &w);
        for (size_t i = n; i--;) {
            const unsigned k = live[i];
            if (step(f, k, memo, &w)) continue;
            end(&f[k], of[k]);
            while (row < stop && row->n < 2) row++;
            if (row == stop) {
                live[i] = live[--n];
                continue;
            }
            begin(f, k, row->id, row->n, memo, &w);
            of[k] = row++;
        }
    }
}
