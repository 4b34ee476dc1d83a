/*
 * safe_place.h - places where a text can be cut so that the counts of the two sides add up.
 *
 * Safe is "letter, blank, letter" in ASCII: every known pattern ends a piece before that blank
 * whatever comes later, no normal form reaches over it, no added token spans it (looked at
 * when the encoder is made), and for SentencePiece models it is taken only where no token
 * spans it (see cuts in README.md). Models that put a blank in front of every text by
 * themselves count what follows without its own blank. Vocabularies for which all this is
 * not known have no safe place. tests/unit/test_fit.c compares with whole counts.
 */
#ifndef TKC_TOKENIZER_SAFE_PLACE_H
#define TKC_TOKENIZER_SAFE_PLACE_H

#include "tokenizer/encoder.h"

/* For e->safe, once everything else of e is there. */
tkc_safe tkc_safe_kind(const tkc_encoder *e);

/* The last safe blank at or before at (looked for in 4 KB); 0 if there is none. */
size_t tkc_safe_before(const tkc_encoder *e, tkc_str text, size_t at);

#endif
