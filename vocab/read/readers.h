/*
 * readers.h - one row per source format: how to recognise it, who reads it.
 *
 * A reader fills a builder from the bytes of one file. It must accept any bytes: every
 * count and length is checked, errors carry the byte, and what the file asks for that has
 * no row in pipeline.h is TKC_E_UNSUPPORTED by name.
 */
#ifndef TKC_VOCAB_READ_READERS_H
#define TKC_VOCAB_READ_READERS_H

#include "vocab/vocab.h"
#include "vocab/vocab_builder.h"

typedef tkc_status (*tkc_read_fn)(tkc_builder *b, tkc_str bytes, tkc_error *err);

/* Told from the first bytes; TKC_VOCAB_AUTO when nothing fits. */
tkc_vocab_format tkc_format_guess(tkc_str bytes);
/* NULL for TKC_VOCAB_AUTO, _COMPILED and _PACKED. */
tkc_read_fn tkc_format_reader(tkc_vocab_format f);

TKC_MUST_USE tkc_status tkc_read_tiktoken(tkc_builder *b, tkc_str bytes, tkc_error *err);
TKC_MUST_USE tkc_status tkc_read_hf_json(tkc_builder *b, tkc_str bytes, tkc_error *err);
TKC_MUST_USE tkc_status tkc_read_tekken(tkc_builder *b, tkc_str bytes, tkc_error *err);
TKC_MUST_USE tkc_status tkc_read_sentencepiece(tkc_builder *b, tkc_str bytes, tkc_error *err);
TKC_MUST_USE tkc_status tkc_read_gguf(tkc_builder *b, tkc_str bytes, tkc_error *err);

#endif
