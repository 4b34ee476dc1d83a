/*
 * unigram.h - the best path through the pieces of a Unigram vocabulary.
 *
 * Two references that differ in the last digit: SentencePiece adds scores as 32-bit floats
 * (TKC_MODEL_SPM), the other engine as doubles. Time is text length times longest token;
 * memory is that of the longest stretch no token boundary can cut.
 */
#ifndef TKC_TOKENIZER_UNIGRAM_H
#define TKC_TOKENIZER_UNIGRAM_H

#include "tokenizer/sink.h"
#include "vocab/vocab_tables.h"

typedef struct tkc_unigram tkc_unigram;

/* The prefix tree of v's pieces, 15 bytes a node or so: 230 to 540 ms for 250,000 pieces, so all
 * encoders of a vocabulary share one. Errors: TKC_E_NOMEM, TKC_E_LIMIT (16 million tree nodes). */
typedef struct tkc_unigram_tree tkc_unigram_tree;
TKC_MUST_USE tkc_status tkc_unigram_tree_new(tkc_unigram_tree **out, const tkc_vocab *v,
                                             const tkc_allocator *alloc, tkc_error *err);
void tkc_unigram_tree_free(tkc_unigram_tree *tree); /* NULL is fine */

/* Scratch for one thread over v's tree, which is made where v has none yet (tkc_vocab_share()). v
 * is borrowed and must live longer. alloc NULL: malloc; the tree is v's allocator's. */
TKC_MUST_USE tkc_status tkc_unigram_new(tkc_unigram **out, const tkc_vocab *v,
                                        const tkc_allocator *alloc, tkc_error *err);
void tkc_unigram_free(tkc_unigram *u); /* NULL is fine */

/* Puts the ids of one piece (valid UTF-8). u was made for v. Allocates only when a stretch
 * is longer than any before. Stops early once the sink is past its limit.
 * TKC_E_FORMAT: a character is in no token and the vocabulary has no unknown token. */
TKC_MUST_USE tkc_status tkc_unigram_encode(const tkc_vocab *v, tkc_unigram *u,
                                           const tkc_text *piece, tkc_sink *sink,
                                           tkc_error *err);

#endif
