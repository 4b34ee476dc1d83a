/*
 * bpe.h - one piece becomes ids by merging: ranks, listed merges or scores.
 *
 * All three kinds are one pair table (vocab_tables.h): a pair has a merge index, the index
 * a priority and a result. What differs is how a piece becomes its first symbols and what
 * an unknown character becomes; bpe.c has one function for each.
 *
 * Cuts: where no token holds the two neighbouring characters of a boundary (tkc_joinable),
 * no merge can ever cross it, so the stretches on both sides are merged on their own. This
 * keeps a SentencePiece text, which is one single piece, in units of a word.
 *
 * Merging itself is merge.h: in windows, so that a piece of any length takes time in
 * proportion to it. One window with a heap is the slow twin that every other way is compared
 * with (tests/unit/tokenizer/test_bpe.c, which also has a twenty-line merger).
 */
#ifndef TKC_TOKENIZER_BPE_H
#define TKC_TOKENIZER_BPE_H

#include "tokenizer/matcher.h"
#include "tokenizer/merge/merge.h"
#include "tokenizer/sink.h"

typedef struct tkc_bpe tkc_bpe;

TKC_MUST_USE tkc_status tkc_bpe_new(tkc_bpe **out, const tkc_vocab *v, const tkc_allocator *alloc,
                                    tkc_error *err);
void tkc_bpe_free(tkc_bpe *b);

/* Valid UTF-8 for models of characters; any bytes for byte-level ones. */
TKC_MUST_USE tkc_status tkc_bpe_encode(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink,
                                       tkc_error *err);
/* The same for a byte-level piece, or a unit of another (unit_cuts.h), that the caller remembers
 * itself. */
TKC_MUST_USE tkc_status tkc_bpe_encode_new(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink,
                                           tkc_error *err);
/* Whether tkc_bpe_encode_abreast() takes byte-level pieces of this length, tkc_bpe_units_abreast() units. */
bool tkc_bpe_is_short(const tkc_bpe *b, size_t len);
/* tkc_bpe_encode_new() of n such pieces at once: ids and their number to row[i], whose arrays have room
 * for TKC_MERGE_FEW. */
void tkc_bpe_encode_abreast(tkc_bpe *b, const tkc_str *piece, size_t n, tkc_short_row *row);
/* Most units there are, as they came (a blank stands for U+2581), in short: true, and the ids are
 * in sink, which wants no offsets. False, and nothing was put: the unit has a character that is no
 * symbol, or the vocabulary wants more than merging, or there was no memory. */
bool tkc_bpe_encode_unit(tkc_bpe *b, tkc_str unit, tkc_sink *sink);
/* The same for n short ones at once: ids and their number to row[i], whose arrays have room for
 * TKC_MERGE_FEW; 0: false. */
void tkc_bpe_units_abreast(tkc_bpe *b, const tkc_str *unit, size_t n, tkc_short_row *row);
/* The next user-defined piece of a SentencePiece model; false, and the text's end: there is none. */
bool tkc_bpe_next_frozen(const tkc_bpe *b, tkc_str text, size_t from, size_t *begin, size_t *end,
                         uint32_t *id);

/* Merges with the twin for that instruction set, which the machine has; without it with its best. */
void tkc_bpe_set_isa(tkc_bpe *b, tkc_isa isa);
/* Tests only: merge in windows of this many symbols; SIZE_MAX: in one, with a heap. */
void tkc_bpe_set_window(tkc_bpe *b, size_t window);

#endif
