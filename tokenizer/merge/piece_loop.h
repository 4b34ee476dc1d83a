/*
 * piece_loop.h - a text through boundaries, piece table and merger: the fast way of what
 * pretokenize.h and bpe.h do piece by piece, for byte-level BPE whose pattern has a kernel, and
 * of what normalize.h and bpe.h do unit by unit, for SentencePiece's kind of BPE.
 *
 * Cuts: inside a piece, a place between two characters that no token spans parts its merges
 * (bpe.h), so a long run of Chinese, Japanese or Korean letters is looked up in units of a
 * character or two instead of as a whole that never comes again.
 */
#ifndef TKC_TOKENIZER_PIECE_LOOP_H
#define TKC_TOKENIZER_PIECE_LOOP_H

#include "tokenizer/merge/bpe.h"
#include "tokenizer/merge/exchange.h"
#include "tokenizer/kernels/kernel.h"

typedef struct tkc_piece_loop tkc_piece_loop;

/* *out is NULL where a vocabulary is not one of units (unit_cuts.h). Such a loop takes text as it
 * was before its normalizer. */
TKC_MUST_USE tkc_status tkc_unit_loop_new(tkc_piece_loop **out, const tkc_vocab *v, tkc_bpe *bpe,
                                          const tkc_kernel *kernel, const tkc_allocator *alloc,
                                          tkc_error *err);

/* *out is NULL where the vocabulary's pattern has no kernel, or its model is not one of bytes. */
TKC_MUST_USE tkc_status tkc_piece_loop_new(tkc_piece_loop **out, const tkc_vocab *v, tkc_bpe *bpe,
                                           const tkc_pretok *pretok, const tkc_kernel *kernel,
                                           const tkc_allocator *alloc, tkc_error *err);
/* What it learns of counts, others of that vocabulary learn too; x may be NULL. Once, before it runs. */
TKC_MUST_USE tkc_status tkc_piece_loop_join(tkc_piece_loop *l, tkc_exchange *x, tkc_error *err);
/* Whether added tokens that are runs of c need not be looked for: the loop knows them (unit_cuts.h). */
bool tkc_piece_loop_finds_runs(const tkc_piece_loop *l, unsigned char c);
void tkc_piece_loop_free(tkc_piece_loop *l);

/* Ids or counts of a stretch of valid UTF-8 between added tokens into sink, which wants no
 * offsets. text.ptr[0 .. room) may be read, room >= text.len: what is behind the stretch changes
 * nothing, but its last pieces then are like any other. Stops soon after sink->limit. */
TKC_MUST_USE tkc_status tkc_piece_loop_run(tkc_piece_loop *l, tkc_str text, size_t room,
                                           tkc_sink *sink, tkc_error *err);

#endif
