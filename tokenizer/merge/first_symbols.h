/*
 * first_symbols.h - the row of symbols that merging a byte-level piece begins with: its bytes, those
 * merged already that nothing can come before (vocab/ready.h: forced merges).
 *
 * Half of all merges are such: of a new word of Latin letters 3 of 7, of Greek, Arabic or Chinese the
 * bytes of four characters in five. In the merger each would be a search among the pairs and two new ones
 * looked up in megabytes, here it is a look into some KB: a tenth of the time of a first pass.
 * tokenizer/README.md has the proof that the tokens are the same.
 */
#ifndef TKC_TOKENIZER_FIRST_SYMBOLS_H
#define TKC_TOKENIZER_FIRST_SYMBOLS_H

#include "vocab/vocab_tables.h"

/* Symbols of p[0 .. len) to id, which has room for len; returns how many. Every byte has its token. */
size_t tkc_first_symbols(const tkc_vocab *v, const unsigned char *p, size_t len, uint32_t *id);

#endif
