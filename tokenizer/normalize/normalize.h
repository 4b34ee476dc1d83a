/*
 * normalize.h - the rows of TKC_STAGE_NORMALIZE, carried out.
 *
 * NFC, NFD, NFKC and NFKD are those of Unicode 9.0, as in the reference engine: the text is
 * cut at every character not assigned in 9.0, that character stays as it is, and the
 * stretches between go through utf8proc (measured exact: every scalar in 4 contexts, 4
 * forms). One object per encoder; one thread.
 */
#ifndef TKC_TOKENIZER_NORMALIZE_H
#define TKC_TOKENIZER_NORMALIZE_H

#include "vocab/pipeline.h"

typedef struct tkc_normalizer tkc_normalizer;

/* TKC_E_UNSUPPORTED for a row it cannot do. */
TKC_MUST_USE tkc_status tkc_normalizer_new(tkc_normalizer **out, const tkc_op *op, size_t n_op,
                                           const tkc_allocator *alloc, tkc_error *err);
void tkc_normalizer_free(tkc_normalizer *n);

/* Normalizes one stretch of valid UTF-8. *out is in itself when nothing changes (checked
 * first: ASCII under NFC is most texts), else in scratch of n, valid until the next run.
 * with_map: out->map is filled when the text changed: kept bytes have their own source byte,
 * replaced ones that of what they replace (a normal form: of the combining sequence), and it
 * never falls. TKC_E_LIMIT above 64 times the text and a megabyte, TKC_E_FORMAT for a charsmap
 * that points outside itself. */
TKC_MUST_USE tkc_status tkc_normalizer_run(tkc_normalizer *n, tkc_text in, bool with_map,
                                           tkc_text *out, tkc_error *err);

#endif
