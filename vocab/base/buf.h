/*
 * buf.h - growing bytes with a limit.
 *
 * Invariant: len <= cap <= max. The bytes are not NUL-terminated. The maximum is given
 * at init because every buffer here is fed by input we did not write. A buffer may be
 * cleared and reused: its memory stays until tkc_buf_release().
 */
#ifndef TKC_VOCAB_BASE_BUF_H
#define TKC_VOCAB_BASE_BUF_H

#include "vocab/base/common.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tkc_buf {
    char *ptr;
    size_t len, cap, max;
    const tkc_allocator *alloc;
} tkc_buf;

/* No allocation. alloc NULL: malloc. */
TKC_API void tkc_buf_init(tkc_buf *b, size_t max, const tkc_allocator *alloc);
/* Frees the memory; the buffer may be used again. */
TKC_API void tkc_buf_release(tkc_buf *b);
static inline void tkc_buf_clear(tkc_buf *b)
{
    b->len = 0;
}

/* Room for extra more bytes. TKC_E_LIMIT above max, TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_buf_reserve(tkc_buf *b, size_t extra, tkc_error *err);
TKC_API TKC_MUST_USE tkc_status tkc_buf_append(tkc_buf *b, const void *ptr, size_t len,
                                               tkc_error *err);
TKC_API TKC_MUST_USE tkc_status tkc_buf_append_byte(tkc_buf *b, unsigned char c, tkc_error *err);
/* Little-endian fixed width. */
TKC_API TKC_MUST_USE tkc_status tkc_buf_append_u32(tkc_buf *b, uint32_t v, tkc_error *err);
TKC_API TKC_MUST_USE tkc_status tkc_buf_append_u64(tkc_buf *b, uint64_t v, tkc_error *err);
/* LEB128: 7 bits a byte, low first. */
TKC_API TKC_MUST_USE tkc_status tkc_buf_append_varint(tkc_buf *b, uint64_t v, tkc_error *err);

static inline tkc_str tkc_buf_str(const tkc_buf *b)
{
    tkc_str s; /* C++ has no compound literals */
    s.ptr = b->ptr;
    s.len = b->len;
    return s;
}

#ifdef __cplusplus
}
#endif
#endif
