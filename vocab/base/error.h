/* error.h - filling a tkc_error, once, where the failure is seen. */
#ifndef TKC_VOCAB_BASE_ERROR_H
#define TKC_VOCAB_BASE_ERROR_H

#include "vocab/base/common.h"

/* Fills *err (may be NULL) and returns code, so that "return tkc_fail(...)" is one line.
 * The message is cut at 239 bytes. Bytes of the input printed by %s must be made
 * printable first: tkc_quote(). */
tkc_status tkc_fail(tkc_error *err, tkc_status code, size_t offset, const char *fmt, ...)
    TKC_PRINTF(4, 5);

/* "out of memory": never allocates. */
tkc_status tkc_nomem(tkc_error *err);

/* Input bytes for a message: at most 40 of them, control and non-ASCII bytes as \xHH,
 * NUL-terminated, in the caller's array. Returns buf. */
enum { TKC_QUOTE_SIZE = 176 };
const char *tkc_quote(char buf[TKC_QUOTE_SIZE], const char *ptr, size_t len);

#endif
