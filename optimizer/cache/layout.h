/*
 * layout.h - in which order a prompt's segments stand and where its cache marks go, so that a
 * call costs the least on average. Exact, in whole numbers.
 *
 * A segment is a stretch that changes or stays as a whole. stay is the chance that its bytes are
 * those of the call before; alive the chance that the next call comes while an entry lives. A
 * prefix is found again with the product of alive and the stay of all in it. Then a call costs,
 * in thousandths of an uncached token,
 *     marks    for each mark, (write - 1000) of its life * what stands between it and the mark before
 *              - (write - read) of its life * what it finds more, + 1000 * all
 *     prefix   write * all - (write - read) * found
 * where found is the mean of the longest prefix that is found: with marks one that ends at a mark,
 * else any that ends behind a segment. Marks may have different lives, the longer ones in front, as
 * providers ask: then a shorter entry never lives on without those in front of it, and what lies between two marks is
 * written at the price of the later one. What a history grows by in each call (grown) is not
 * found behind it; and nothing is where it grows by more blocks than are looked back for.
 *
 * The order obeys `after`. With marks only the sets in front of each mark matter, so the search is
 * over chains of at most max_marks sets that are closed under `after`, 3^n at most; without marks
 * over sets, 2^n * n. With a fixed order both are polynomial. The answer is the best there is
 * (tests compare all orders and all places of small cases); equal costs take the earlier given
 * segments first, so it is always the same.
 *
 * Chances are one way to say what a place is worth. Who has seen the calls (optimizer/audit/potential.h)
 * gives a function instead, and the same search finds what would have been best for them.
 */
#ifndef TKC_OPTIMIZER_CACHE_LAYOUT_H
#define TKC_OPTIMIZER_CACHE_LAYOUT_H

#include "vocab/base/common.h"

enum {
    TKC_LAYOUT_MOST_MARKS = 12,  /* segments, where the order is free and there are marks */
    TKC_LAYOUT_MOST_PREFIX = 18, /* where the order is free and there are none            */
    TKC_LAYOUT_MOST = 63,        /* with a fixed order                                    */
    TKC_LAYOUT_MAX_MARKS = 8,
    TKC_LAYOUT_MAX_LIVES = 2
};
#define TKC_LAYOUT_SURE 1000000 /* a chance of 1 */

typedef struct tkc_layout_segment {
    uint64_t tokens;  /* at most 10^9 */
    uint32_t stay;    /* of TKC_LAYOUT_SURE */
    uint64_t after;   /* bit i: segment i stands in front of it */
    uint64_t grown;   /* of tokens: what came with this call */
    uint32_t grown_blocks;
    bool no_mark;     /* no mark can stand behind it */
} tkc_layout_segment;

/* What is saved by a mark behind the segments of `set` when the one before it stands behind those of
 * `before`, a part of them (0: there is none) - without marks, by what `set` finds beyond `before`, which
 * has one segment less. INT64_MIN: it cannot stand there. */
typedef int64_t (*tkc_layout_gain)(void *ctx, uint64_t before, uint64_t set);

/* How long an entry lives, and what writing it costs. */
typedef struct tkc_layout_life {
    uint32_t alive; /* of TKC_LAYOUT_SURE */
    uint32_t write; /* thousandths of an uncached token: 1250 */
} tkc_layout_life;

typedef struct tkc_layout_options {
    size_t struct_size;
    bool marks;             /* the provider caches behind marks; else any prefix */
    bool fixed_order;       /* the segments stay in the order given */
    uint32_t max_marks;     /* at most TKC_LAYOUT_MAX_MARKS */
    uint64_t min_tokens;    /* a shorter prefix is not cached */
    uint32_t step;          /* prefix: cached lengths are multiples of it; 0, 1: any */
    uint32_t lookback;      /* blocks before a mark an older entry is looked for; UINT32_MAX: all */
    tkc_layout_life life[TKC_LAYOUT_MAX_LIVES]; /* the shortest first; without marks only one */
    uint32_t n_life;
    uint32_t read;          /* thousandths of an uncached token: 100 */
    tkc_layout_gain gain;   /* NULL: by the formulas above. Else of a segment only `after` and no_mark count,
                               and of lives none */
    void *gain_ctx;
    const tkc_allocator *alloc;
} tkc_layout_options;

typedef struct tkc_layout {
    uint8_t order[TKC_LAYOUT_MOST + 1];  /* which segment stands where */
    uint8_t mark[TKC_LAYOUT_MAX_MARKS];  /* a mark behind order[mark[i]]; ascending */
    uint8_t life[TKC_LAYOUT_MAX_MARKS];  /* of that mark; never longer than that of the one in front */
    uint32_t n_mark;
    int64_t cost; /* of a call, in 10^-9 tokens (thousandths times TKC_LAYOUT_SURE); with a gain
                     function, what is gained, below zero */
    int64_t given; /* the same of the order given without marks */
} tkc_layout;

/* TKC_E_LIMIT: more segments than the search is exact for; TKC_E_ARG: `after` has a circle, or the
 * order given contradicts it, a chance above 1, a later life that is shorter. TKC_E_NOMEM. n 0 is fine. */
TKC_MUST_USE tkc_status tkc_layout_best(tkc_layout *out, const tkc_layout_segment *s, size_t n,
                                        const tkc_layout_options *opt, tkc_error *err);
/* The cost of an order with marks of these lives, by the formulas above; for comparing. life NULL: all the first. */
int64_t tkc_layout_cost(const tkc_layout_segment *s, size_t n, const tkc_layout_options *opt, const uint8_t *order,
                        const uint8_t *mark, const uint8_t *life, size_t n_mark);

/* The share of gaps between calls (seconds) that an entry of ttl seconds outlives. */
uint32_t tkc_layout_alive(const double *gap, size_t n, double ttl);

#endif
