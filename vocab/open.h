/* open.h - the ways to a tkc_vocab inside the library; vocab.h has the public ones. */
#ifndef TKC_VOCAB_OPEN_H
#define TKC_VOCAB_OPEN_H

#include "vocab/registry.h"
#include "vocab/vocab.h"
#include "vocab/vocab_builder.h"

/* A copy with defaults filled in and unknown newer fields left out. */
tkc_vocab_options tkc_vocab_options_of(const tkc_vocab_options *opt);

/* Source bytes of any format but the compiled one into b, recipe and name applied. */
TKC_MUST_USE tkc_status tkc_builder_read(tkc_builder *b, tkc_str bytes, const tkc_vocab_options *o,
                                         tkc_error *err);
/* Compiles b on the heap. */
TKC_MUST_USE tkc_status tkc_vocab_from_builder(tkc_vocab **out, const tkc_builder *b,
                                               tkc_error *err);
/* An image that outlives the vocabulary and that the library wrote itself. */
TKC_MUST_USE tkc_status tkc_vocab_view(tkc_vocab **out, tkc_str image, const tkc_allocator *alloc,
                                       tkc_error *err);
/* A compiled file; deep: check it whole. */
TKC_MUST_USE tkc_status tkc_vocab_map(tkc_vocab **out, const char *path, bool deep,
                                      const tkc_allocator *alloc, tkc_error *err);
/* The packed piece list of the Claude reconstruction, mapped. name is static. */
TKC_MUST_USE tkc_status tkc_vocab_tiles(tkc_vocab **out, const char *path, const char *name,
                                        unsigned generation, const tkc_allocator *alloc,
                                        tkc_error *err);

#endif
