/*
 * unit_cuts.h - where a text of a model of characters (SentencePiece) may be cut: between two
 * characters that no token holds one behind the other (bpe.h).
 *
 * Works on the text as it came, before its normalizer, where all that this does is to write
 * U+2581 for a blank and to put one in front: then a blank is U+2581 to the cuts, the stretches
 * between two cuts are looked up as they are, and nothing is copied.
 */
#ifndef TKC_TOKENIZER_UNIT_CUTS_H
#define TKC_TOKENIZER_UNIT_CUTS_H

#include "tokenizer/kernels/kernel.h"
#include "tokenizer/sink.h"

typedef struct tkc_unit_cuts tkc_unit_cuts;

/* Whether a vocabulary's texts may be cut before they are normalized, and looked up without what
 * stands around a unit; *prefix: a U+2581 comes in front of each stretch. */
bool tkc_unit_cuts_fit(const tkc_vocab *v, bool *prefix);

/* The kernel finds most of the places, once some text was seen. */
TKC_MUST_USE tkc_status tkc_unit_cuts_new(tkc_unit_cuts **out, const tkc_vocab *v,
                                          const tkc_kernel *kernel, const tkc_allocator *alloc,
                                          tkc_error *err);
void tkc_unit_cuts_free(tkc_unit_cuts *u);

/* Bytes whose runs are added tokens: where each added token that holds a byte is a run of it, of 1, 2,
 * ... bytes, and matches whatever is around, a run in the text is those tokens and nothing else,
 * the longest first (Gemma's newlines). Such a run is a unit, and the text is not parted at it.
 * True if c is such a byte. */
bool tkc_unit_is_run(const tkc_unit_cuts *u, unsigned char c);
/* Puts the tokens of such a run; false: s is another unit. */
bool tkc_unit_put_run(const tkc_unit_cuts *u, const unsigned char *s, size_t len, tkc_sink *sink);

/* Fills out with units of s[0 .. len), of a text s[0 .. room), len > 0: one at least. Returns how much of
 * the text that is. count: characters of three bytes that are units are left out; their tokens are
 * added to it. NULL: all are there, each behind the one before it. */
size_t tkc_unit_bounds(tkc_unit_cuts *u, const unsigned char *s, size_t len, size_t room, tkc_spans *out,
                       size_t *count);

#endif
