/*
 * pack.h - the chunks that answer a query best within a budget of tokens.
 *
 * Chunks are either neighbours in one text (turns of a meeting, paragraphs of a file) or found
 * separately (retrieved passages); which of the two is told from whether neighbours have more
 * words in common than chunks far apart. In one text what is said near a chunk counts for it,
 * less with each token between. The choice is the best that fits, by the sum of score times
 * tokens: exact but for inputs made to be hard, and then with a bound. Where chunks repeat each other in
 * parts (overlapping windows), `diversity` takes those that add something instead. What room is left goes to
 * whole sentences of the best chunk that did not fit.
 *
 * Copies of a chunk are left out (the first stays; where it found no room a smaller one does), near
 * copies too where they state no fact of their own (guard.h), as are chunks without any word of the query
 * that stand in no text with one. A query without such words anywhere keeps chunks from the
 * beginning. No global state; one thread per encoder.
 */
#ifndef TKC_OPTIMIZER_TEXT_PACK_H
#define TKC_OPTIMIZER_TEXT_PACK_H

#include "tokenizer/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tkc_pack_order {
    TKC_PACK_AUTO = 0, /* told from the texts */
    TKC_PACK_TEXT,     /* neighbours in one text */
    TKC_PACK_SEPARATE
} tkc_pack_order;

/* In which order the chunks kept are to be read. Of one text they keep their own. */
typedef enum tkc_pack_place {
    TKC_PACK_GIVEN = 0,
    TKC_PACK_BEST, /* the best first */
    TKC_PACK_ENDS  /* the best first, the second last, ...: models find least in the middle */
} tkc_pack_place;

typedef struct tkc_pack_options {
    size_t struct_size;   /* sizeof(tkc_pack_options) */
    const char *language; /* of the stemmer; NULL: english; "none" */
    tkc_pack_order order;
    int title_weight;     /* how often a title counts; 0: twice, below 0: not at all; at most 16 */
    double diversity;     /* 0 to 1: how much it counts against a chunk that it is like a chosen one (maximal
                             marginal relevance, chosen greedily); 0: not, and the choice is exact */
    tkc_pack_place place; /* for tkc_pack_arrange(); tkc_pack() itself moves nothing */
    tkc_encoder *encoder; /* to count sentences; NULL: whole chunks only */
    uint64_t seed;        /* of hash tables; changes no answer */
} tkc_pack_options;

typedef struct tkc_pack_chunk {
    tkc_str title, text; /* a title is not part of the tokens */
    size_t tokens;       /* of the text */
    bool whole;          /* kept whole or not at all */
} tkc_pack_chunk;

typedef enum tkc_pack_state {
    TKC_PACK_KEPT = 0,
    TKC_PACK_SHORTENED, /* text[begin .. end) is kept */
    TKC_PACK_NO_ROOM,
    TKC_PACK_NO_MATCH,
    TKC_PACK_COPY       /* of chunk `copy_of`, which is none itself: an earlier one, or a later that has fewer tokens */
} tkc_pack_state;

typedef struct tkc_pack_item {
    tkc_pack_state state;
    size_t tokens;     /* of what is kept; 0 if nothing is */
    size_t begin, end; /* bytes of the text that are kept */
    double score;
    uint32_t copy_of;
} tkc_pack_item;

typedef struct tkc_pack_result {
    size_t tokens, n_kept;
    bool is_text;     /* the chunks were taken as one text */
    bool is_exact;    /* no choice of whole chunks has a higher value */
    double value;     /* of the whole chunks chosen: sum of score times tokens */
    double bound;     /* no choice of whole chunks has more */
} tkc_pack_result;

/* Fills item[0 .. n); never above budget. opt may be NULL. Of a query with more than 256 different terms that any
 * chunk has the rarest 256 count. TKC_E_LIMIT: 2^32 - 1 chunks; TKC_E_ARG: a title
 * weight above 16, a diversity outside 0 to 1. */
TKC_API TKC_MUST_USE tkc_status tkc_pack(const tkc_pack_chunk *chunk, size_t n, tkc_str query, size_t budget,
                                         const tkc_pack_options *opt, tkc_pack_item *item,
                                         tkc_pack_result *result, const tkc_allocator *alloc, tkc_error *err);

/* chunk[0 .. n), indices into item[] in ascending order, become the order in which they are to be read. */
TKC_API TKC_MUST_USE tkc_status tkc_pack_arrange(const tkc_pack_item *item, uint32_t *chunk, size_t n, tkc_pack_place place,
                                                 const tkc_allocator *alloc, tkc_error *err);

/* The knapsack itself: of n things with weight and value (>= 0) the set of most value whose
 * weights are at most room; chosen[0 .. n). *exact: no set has more than 10^-12 of the value
 * above it; else the search was given up (some 0.1 s), and no set has more than *bound. */
TKC_API TKC_MUST_USE tkc_status tkc_knapsack(const size_t *weight, const double *value, size_t n, size_t room,
                                             bool *chosen, bool *exact, double *bound,
                                             const tkc_allocator *alloc, tkc_error *err);

#ifdef __cplusplus
}
#endif

#endif
