/*
 * base64.h - RFC 4648 section 4, strict: the standard alphabet, padding required, no line
 * breaks, unused bits zero. What a file spells otherwise was damaged or is not base64.
 */
#ifndef TKC_VOCAB_BASE_BASE64_H
#define TKC_VOCAB_BASE_BASE64_H

#include "vocab/base/buf.h"

/* Appends the bytes of text. TKC_E_FORMAT: *bad (may be NULL) is the offset in text where it
 * stops being base64, and out is as it was. */
TKC_MUST_USE tkc_status tkc_base64_decode(tkc_str text, tkc_buf *out, size_t *bad, tkc_error *err);
TKC_MUST_USE tkc_status tkc_base64_encode(tkc_str bytes, tkc_buf *out, tkc_error *err);

#endif
