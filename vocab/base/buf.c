/* buf.c - growing bytes with a limit. */
#include "vocab/base/buf.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

void tkc_buf_init(tkc_buf *b, size_t max, const tkc_allocator *alloc)
{
    b->ptr = NULL;
    b->len = b->cap = 0;
    b->max = max;
    b->alloc = tkc_allocator_or_default(alloc);
}

void tkc_buf_release(tkc_buf *b)
{
    tkc_free(b->alloc, b->ptr, b->cap, 1);
    b->ptr = NULL;
    b->len = b->cap = 0;
}

tkc_status tkc_buf_reserve(tkc_buf *b, size_t extra, tkc_error *err)
{
    if (extra <= b->cap - b->len) return TKC_OK;
    if (extra > b->max - b->len)
        return tkc_fail(err, TKC_E_LIMIT, b->len, "more than %zu bytes, the limit here", b->max);
    if (!tkc_grow(b->alloc, &b->ptr, &b->cap, b->len + extra, b->max, 1)) return tkc_nomem(err);
    return TKC_OK;
}

tkc_status tkc_buf_append(tkc_buf *b, const void *ptr, size_t len, tkc_error *err)
{
    tkc_status st = tkc_buf_reserve(b, len, err);
    if (st) return st;
    if (len) memcpy(b->ptr + b->len, ptr, len);
    b->len += len;
    return TKC_OK;
}

tkc_status tkc_buf_append_byte(tkc_buf *b, unsigned char c, tkc_error *err)
{
    return tkc_buf_append(b, &c, 1, err);
}

tkc_status tkc_buf_append_u32(tkc_buf *b, uint32_t v, tkc_error *err)
{
    unsigned char le[4];
    for (int i = 0; i < 4; i++) le[i] = (unsigned char)(v >> (8 * i));
    return tkc_buf_append(b, le, sizeof le, err);
}

tkc_status tkc_buf_append_u64(tkc_buf *b, uint64_t v, tkc_error *err)
{
    unsigned char le[8];
    for (int i = 0; i < 8; i++) le[i] = (unsigned char)(v >> (8 * i));
    return tkc_buf_append(b, le, sizeof le, err);
}

tkc_status tkc_buf_append_varint(tkc_buf *b, uint64_t v, tkc_error *err)
{
    unsigned char le[10];
    size_t n = 0;
    do {
        le[n++] = (unsigned char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        v >>= 7;
    } while (v);
    return tkc_buf_append(b, le, n, err);
}
