/*
 * safe_place.h - places where a text can be cut so that the ids of the two sides, one after
 * the other, are those of the whole.
 *
 * Byte-level vocabularies with a known scanner: the place must be the end of a piece whatever
 * stands around it, which a table of character classes decides, and the piece in front must
 * stay what it is when the text ends there, which the scanner itself is asked. Where a long
 * run of letters has no such place, one that no token can span. SentencePiece models: between
 * two characters that no token holds side by side. Claude 3 and later: at a single blank between
 * two words. README.md and claude/README.md have the arguments,
 * tests/unit/tokenizer/test_split.c and tests/differential/split_diff.c look for a counterexample.
 *
 * Models that put a blank in front of every text by themselves count what follows without its
 * own blank. Vocabularies for which all this is not known have no safe place: other patterns,
 * Unigram, WordPiece.
 */
#ifndef TKC_TOKENIZER_SAFE_PLACE_H
#define TKC_TOKENIZER_SAFE_PLACE_H

#include "tokenizer/encoder.h"

/* For e->safe, once everything else of e is there. */
tkc_safe tkc_safe_kind(const tkc_encoder *e);

/* The last safe place at or before at, looked for in 64 KB; 0 if there is none. With
 * TKC_SAFE_BEHIND_BLANK there is a blank at it. */
size_t tkc_safe_before(const tkc_encoder *e, tkc_str text, size_t at);

#endif
