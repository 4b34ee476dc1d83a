/* sketch.h - a sketch of words that were read already; dedupe.h has what a sketch is. */
#ifndef TKC_OPTIMIZER_TEXT_DEDUPE_SKETCH_H
#define TKC_OPTIMIZER_TEXT_DEDUPE_SKETCH_H

#include "optimizer/text/dedupe.h"

enum {
    TKC_SKETCH_FIND = 16, /* keys that a text is found by */
    TKC_SKETCH_SHORT = 48 /* words below which pairs are keys, too */
};

/* tkc_sketch_of() the text that has these words. */
void tkc_sketch_of_words(tkc_words_kept words, tkc_str text, tkc_sketch *out);

#endif
