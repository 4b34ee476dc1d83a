/* stem_english.h - the English stemmer of stem.c for nearly all words. */
#ifndef TKC_OPTIMIZER_TEXT_STEM_ENGLISH_H
#define TKC_OPTIMIZER_TEXT_STEM_ENGLISH_H

#include "vocab/base/common.h"

/* The stem of a word, into room of its length and 1 more; its length. 0: it has bytes other than a to z, or none. */
size_t tkc_stem_english(tkc_str word, char *to);

#endif
