/*
 * paraphrase.h - whether two sentences say the same in other words: a number, without a model.
 *
 * For near copies of any length use dedupe.h; this one is for sentences and short paragraphs.
 */
#ifndef TKC_OPTIMIZER_TEXT_PARAPHRASE_H
#define TKC_OPTIMIZER_TEXT_PARAPHRASE_H

#include "optimizer/text/stem.h"

/* 0 to 1; 1: the same folded words in the same order; at .5 and above two sentences of news more
 * likely than not say the same. Symmetric. terms: a dictionary to use (it grows), one thread. */
TKC_MUST_USE tkc_status tkc_paraphrase(tkc_terms *terms, tkc_str a, tkc_str b, double *similarity,
                                       const tkc_allocator *alloc, tkc_error *err);

#endif
