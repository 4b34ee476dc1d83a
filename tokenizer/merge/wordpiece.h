/* wordpiece.h - longest match first, within one word. */
#ifndef TKC_TOKENIZER_WORDPIECE_H
#define TKC_TOKENIZER_WORDPIECE_H

#include "tokenizer/sink.h"
#include "vocab/vocab_tables.h"

typedef struct tkc_wordpiece tkc_wordpiece;

/* Scratch for one thread: room for the longest token. alloc NULL: malloc. */
TKC_MUST_USE tkc_status tkc_wordpiece_new(tkc_wordpiece **out, const tkc_vocab *v,
                                          const tkc_allocator *alloc, tkc_error *err);
void tkc_wordpiece_free(tkc_wordpiece *w); /* NULL is fine */

/* Puts the ids of one word (valid UTF-8); a word with a part that is no token, or longer
 * than model.max_word_chars, is the unknown token alone. Allocates nothing.
 * TKC_E_FORMAT: such a word and a vocabulary without an unknown token. */
TKC_MUST_USE tkc_status tkc_wordpiece_encode(const tkc_vocab *v, tkc_wordpiece *w,
                                             const tkc_text *piece, tkc_sink *sink,
                                             tkc_error *err);

#endif
