/* compile.h - a filled builder becomes the compiled form. */
#ifndef TKC_VOCAB_COMPILE_COMPILE_H
#define TKC_VOCAB_COMPILE_COMPILE_H

#include "vocab/base/buf.h"
#include "vocab/vocab_builder.h"

/* Checks everything and appends the compiled form to out (which must be empty):
 * limits, byte tokens present for a byte-level model, merges that build what they say,
 * flags that need each other, every token encoded by the merges to see whether it finds
 * itself (those that do not are the unreachable list). */
TKC_MUST_USE tkc_status tkc_builder_compile(const tkc_builder *b, tkc_buf *out, tkc_error *err);

#endif
