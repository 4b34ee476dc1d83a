/*
 * undo.h - the way back: the request as it came, from what was made of it, byte for byte.
 *
 * A way back is JSON: the SHA-256 of both texts, and a list of what to copy from the new text
 * ([at, length]) and what to put between (a string; {"base64": ...} where it is not UTF-8). Its
 * length is about that of what was taken out.
 */
#ifndef TKC_OPTIMIZER_FIT_UNDO_H
#define TKC_OPTIMIZER_FIT_UNDO_H

#include "vocab/base/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Appends the object to json. Linear in both texts. It was tried before the function returns. */
TKC_API TKC_MUST_USE tkc_status tkc_undo_make(tkc_str now, tkc_str before, tkc_buf *json,
                                              const tkc_allocator *alloc, tkc_error *err);
/* node of doc is that object. Appends the text as it came. TKC_E_FORMAT: it is no such object;
 * TKC_E_ARG: now is not the text that was made (its SHA-256 is another). */
TKC_API TKC_MUST_USE tkc_status tkc_undo_apply(const tkc_json *doc, uint32_t node, tkc_str now, tkc_buf *out,
                                               tkc_error *err);

#ifdef __cplusplus
}
#endif

#endif
