/* pack_impl.h - shared by pack.c and diverse.c. */
#ifndef TKC_OPTIMIZER_TEXT_PACK_PACK_IMPL_H
#define TKC_OPTIMIZER_TEXT_PACK_PACK_IMPL_H

#include "optimizer/text/pack.h"

typedef struct tkc_pack_term {
    uint32_t id, count;
} tkc_pack_term;

/* The terms of each chunk, sorted: those of chunk i are term[row[i] .. row[i + 1]). */
typedef struct tkc_pack_rows {
    const tkc_pack_term *term;
    const size_t *row;
    const double *idf; /* by id */
    size_t n;
} tkc_pack_rows;

/* Maximal marginal relevance: again and again the chunk of the highest
 *     (1 - diversity) * score / highest score - diversity * cosine with the chosen one it is most like
 * that has room, of those of a score above 0 that may[] go in. chosen[0 .. n) is filled. */
TKC_MUST_USE tkc_status tkc_pack_diverse(const tkc_pack_rows *r, const double *score, const size_t *weight,
                                         const bool *may, double diversity, size_t room, bool *chosen,
                                         const tkc_allocator *alloc, tkc_error *err);

#endif
