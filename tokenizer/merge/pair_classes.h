/*
 * pair_classes.h - a table of 128 x 128 pairs of bytes as four rectangles, for kernels.
 *
 * A rectangle is a set of bytes before a place and a set of bytes behind it, all of whose pairs
 * are in the table. A byte's bits say of which rectangles it is on either side; a pair is in one of
 * them when its two bytes have a bit in common. Pairs that fit in none of the four are missing; no
 * pair is there that the table does not have. Newlines and tabs, which most vocabularies part from all
 * else, are apart.
 */
#ifndef TKC_TOKENIZER_PAIR_CLASSES_H
#define TKC_TOKENIZER_PAIR_CLASSES_H

#include "tokenizer/merge/unit_pairs.h"

/* pair[a << 7 | b] is 1 for a pair of the table. */
void tkc_pair_classes_make(tkc_pair_classes *c, const unsigned char *pair);

#endif
