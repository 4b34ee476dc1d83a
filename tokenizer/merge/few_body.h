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

enum { EDGE = 63, PLACES = 64, HALF = TKC_MERGE_ABREAST / 2, NAMED = 1 << 15 };

typedef struct place {
    uint32_t symbol;
    uint32_t result; /* of it and the one before */
    tkc_partners partners; /* of an edge none */
} place;

typedef struct few {
    _Alignas(64) uint32_t key[PLACES]; /* of a symbol and the one before */
    place at[PLACES];
    unsigned char next[PLACES], prev[PLACES];
    size_t n;
    unsigned number; /* of the row, << 6 */
    tkc_short_row *row;
} few;

/* Rows in turn: those of one half while the other waits for what it asked of memory. */
typedef struct half {
    few f[HALF];
    few *live[HALF];
    size_t n_live;
    uint16_t missing[HALF * PLACES]; /* places of pairs that are not known: row << 6 | place, or NAMED */
    uint64_t pair[HALF * PLACES];
    uint32_t slot[HALF * PLACES];
    size_t n_missing;
} half;

#define TIMES_8(x, i) x(i), x(i + 1), x(i + 2), x(i + 3), x(i + 4), x(i + 5), x(i + 6), x(i + 7)
#define ALL_PLACES(x) \
    TIMES_8(x, 0), TIMES_8(x, 8), TIMES_8(x, 16), TIMES_8(x, 24), TIMES_8(x, 32), TIMES_8(x, 40), \
    TIMES_8(x, 48), TIMES_8(x, 56)
#define NEXT_OF(i) ((i) + 1) % PLACES
#define PREV_OF(i) ((i) + EDGE) % PLACES

static const unsigned char next_of[PLACES] = {ALL_PLACES(NEXT_OF)};
static const unsigned char prev_of[PLACES] = {ALL_PLACES(PREV_OF)};

/* If is_missing is 1; 0: not. */
static inline void miss(half *h, const few *r, unsigned right, unsigned named, uint32_t is_missing)
{
    h->missing[h->n_missing] = (uint16_t)(named | r->number | right);
    h->n_missing += is_missing;
}

/* What the memo has for the pair of two places; if that is of another one, the right place is missing. */
static inline void put_pair(half *h, few *r, const place *l, unsigned right, tkc_pair_memo *memo, const tkc_vocab *v)
{
    place *const p = &r->at[right];
    const uint32_t may = tkc_may_merge(l->partners, l->symbol, p->partners, p->symbol);
    const uint64_t pair = tkc_pair_of(l->symbol, p->symbol);
    const tkc_pair_entry *const e = tkc_pair_place_if(memo, pair, may);
    r->key[right] = e->key | right;
    p->result = e->result;
    TKC_PREFETCH(&v->partners[e->result]); /* step() wants them */
    miss(h, r, right, 0, may & (e->pair != pair));
}

/* The same of two symbols that have names. */
static inline void put_named(half *h, few *r, unsigned right, const tkc_named_pair *e, const tkc_vocab *v)
{
    r->key[right] = (e->key & TKC_KEY_NOTHING) | right;
    r->at[right].result = e->result;
    TKC_PREFETCH(&v->partners[e->result]);
    if (!e->key) miss(h, r, right, NAMED, 1);
}

static inline few *row_of(half *h, unsigned missing)
{
    return &h->f[missing / PLACES % HALF];
}

/* Asks memory for what is missing. */
static inline void ask(half *h, const tkc_vocab *v)
{
    for (size_t i = 0; i < h->n_missing; i++) {
        const unsigned right = h->missing[i] % PLACES;
        few *const r = row_of(h, h->missing[i]);
        const uint32_t a = r->at[r->prev[right]].symbol, b = r->at[right].symbol;
        h->pair[i] = tkc_pair_of(a, b);
        h->slot[i] = tkc_pair_slot(v, a, b, tkc_pair_hash(a, b));
        TKC_PREFETCH(&v->pair[h->slot[i]]);
        r->key[right] = UINT32_MAX;
    }
}

/* Looks up what is missing. */
static inline void learn(half *h, tkc_pair_memo *memo, const tkc_vocab *v)
{
    for (size_t i = 0; i < h->n_missing; i++) {
        const uint32_t a = (uint32_t)(h->pair[i] >> 32), b = (uint32_t)h->pair[i];
        const uint32_t merge = tkc_pair_find_at(v, h->slot[i], a, b);
        tkc_pair_entry e = {h->pair[i], TKC_KEY_NOTHING, 0};
        if (merge != TKC_NO_ID) {
            const unsigned right = h->missing[i] % PLACES;
            few *const r = row_of(h, h->missing[i]);
            tkc_pair_set(&e, e.pair, v, merge);
            r->key[right] = e.key | right;
            r->at[right].result = e.result;
            TKC_PREFETCH(&v->partners[e.result]);
        }
        if (h->missing[i] & NAMED) *tkc_named_place(memo, tkc_pair_name(memo, a), tkc_pair_name(memo, b)) = tkc_named(&e);
        else *tkc_pair_place(memo, e.pair) = e;
    }
    tkc_pair_memo_grow(memo, v, h->n_missing);
    h->n_missing = 0;
}

static inline void begin(half *h, few *r, tkc_short_row *row, tkc_pair_memo *memo, const tkc_vocab *v)
{
    const uint32_t *const id = row->id;
    uint32_t name = TKC_MEMO_NAMES;
    memset(r->key, 0xff, sizeof r->key);
    memcpy(r->next, next_of, sizeof r->next);
    memcpy(r->prev, prev_of, sizeof r->prev);
    r->n = row->n;
    r->row = row;
    r->next[row->n - 1] = EDGE;
    r->at[EDGE] = (place){0, 0, {0, 0}};
    for (unsigned i = 0; i < r->n; i++) {
        const uint32_t last = name;
        place *const p = &r->at[i];
        name = tkc_pair_name(memo, id[i]);
        p->symbol = id[i];
        p->partners = tkc_partners_of(v, id[i]);
        if ((last | name) < TKC_MEMO_NAMES) put_named(h, r, i, tkc_named_place(memo, last, name), v);
        else if (i) put_pair(h, r, p - 1, i, memo, v);
    }
}

/* The next merge. False: there is none. */
static inline bool step(half *h, few *r, tkc_pair_memo *memo, const tkc_vocab *v)
{
    const uint32_t best = LEAST(r->key, r->n);
    const unsigned gone = best % PLACES, at = r->prev[gone], next = r->next[gone];
    const uint32_t made = r->at[gone].result;
    place *const p = &r->at[at];
    if (best >= TKC_KEY_NOTHING) return false;
    p->symbol = made;
    p->partners = tkc_partners_of(v, made);
    r->key[gone] = UINT32_MAX;
    r->next[at] = (unsigned char)next;
    r->prev[next] = (unsigned char)at;
    put_pair(h, r, &r->at[r->prev[at]], at, memo, v);
    put_pair(h, r, p, next, memo, v);
    return true;
}

static inline void end(const few *r)
{
    tkc_short_row *const row = r->row;
    size_t n = 0;
    for (unsigned i = 0; i != EDGE; i = r->next[i]) {
        if (row->at) row->at[n] = i;
        row->id[n++] = r->at[i].symbol;
    }
    row->n = n;
}

static inline tkc_short_row *next_row(tkc_short_row *row, const tkc_short_row *stop)
{
    while (row < stop && row->n < 2) row++;
    return row;
}

void ABREAST(tkc_pair_memo *memo, const tkc_vocab *v, tkc_short_row *row, size_t n_rows)
{
    const tkc_short_row *const stop = row + n_rows;
    half halves[2], *h = halves;
    for (int i = 0; i < 2; i++, h++) {
        h->n_live = h->n_missing = 0;
        while (h->n_live < HALF && (row = next_row(row, stop)) < stop) {
            few *const r = h->live[h->n_live] = &h->f[h->n_live];
            r->number = (unsigned)h->n_live++ * PLACES;
            begin(h, r, row++, memo, v);
        }
        ask(h, v);
    }
    for (h = halves; halves[0].n_live | halves[1].n_live; h = h == halves ? halves + 1 : halves) {
        learn(h, memo, v);
        for (size_t i = h->n_live; i--;) {
            few *const r = h->live[i];
            if (step(h, r, memo, v)) continue;
            end(r);
            row = next_row(row, stop);
            if (row < stop) begin(h, r, row++, memo, v);
            else h->live[i] = h->live[--h->n_live];
        }
        ask(h, v);
    }
}
