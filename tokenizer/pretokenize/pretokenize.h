/*
 * pretokenize.h - a text becomes pieces: the rows of TKC_STAGE_SPLIT, carried out.
 *
 * One object per encoder (scratch, PCRE2 match data); one thread. Rows are nested: each row
 * splits the pieces of the row before. Where a row's regex is one of the known texts in
 * scanners.def, a hand-written scanner runs; any other regex is translated and run by
 * PCRE2 (pcre2.c). The known sequences of several rows (DeepSeek, Digits + ByteLevel) may
 * have one scanner for the whole.
 */
#ifndef TKC_TOKENIZER_PRETOKENIZE_PRETOKENIZE_H
#define TKC_TOKENIZER_PRETOKENIZE_PRETOKENIZE_H

#include "vocab/vocab_tables.h"

typedef struct tkc_pretok tkc_pretok;

/* A piece, never empty; begin and end are its bytes in the source. piece.ptr points into
 * the text, or into scratch of p when a row rewrote it (Metaspace, prefix space).
 * Any status but TKC_OK stops the walk and is returned. */
typedef tkc_status (*tkc_pretok_fn)(void *ctx, tkc_text piece, tkc_error *err);

TKC_MUST_USE tkc_status tkc_pretok_new(tkc_pretok **out, const tkc_op *op, size_t n_op,
                                       const tkc_allocator *alloc, tkc_error *err);
void tkc_pretok_free(tkc_pretok *p);

/* Splits one stretch of valid UTF-8 between added tokens. What lies at byte 0 of the source
 * by the text's map or base is the first (Metaspace "first"). */
TKC_MUST_USE tkc_status tkc_pretok_run(tkc_pretok *p, tkc_text text, tkc_pretok_fn fn, void *ctx,
                                       tkc_error *err);

/* A scanner: bytes of the next piece of s[0 .. len), at least 1; s is valid UTF-8 and
 * len > 0. Pieces cover the text, so the caller goes on behind it. Looks only at s[0..len):
 * every known pattern decides from the piece's start onwards. */
typedef size_t (*tkc_scan_fn)(const unsigned char *s, size_t len);

/* The single scanner that does the whole of the rows, or NULL when there is none: then
 * tkc_pretok_run() must be used. */
tkc_scan_fn tkc_pretok_scanner(const tkc_pretok *p);
/* "o200k/scalar", "pcre2", "rows". */
const char *tkc_pretok_name(const tkc_pretok *p);

#endif
