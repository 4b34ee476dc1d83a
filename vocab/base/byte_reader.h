/*
 * byte_reader.h - a checked cursor over bytes we did not write.
 *
 * Every read asks first, by subtraction, so that no length in a file can overflow the
 * test. A read past the end returns 0, sets failed and moves nothing: a reader may do a
 * few reads and test failed once. at is the offset for the error message.
 */
#ifndef TKC_VOCAB_BASE_BYTE_READER_H
#define TKC_VOCAB_BASE_BYTE_READER_H

#include "vocab/base/common.h"

#include <string.h>

typedef struct tkc_byte_reader {
    const unsigned char *ptr;
    size_t len, at;
    bool failed;
} tkc_byte_reader;

static inline tkc_byte_reader tkc_byte_reader_of(tkc_str s)
{
    return (tkc_byte_reader){(const unsigned char *)s.ptr, s.len, 0, false};
}

static inline bool tkc_reader_has(const tkc_byte_reader *r, uint64_t n)
{
    return n <= r->len - r->at;
}

static inline const unsigned char *tkc_read_bytes(tkc_byte_reader *r, uint64_t n)
{
    const unsigned char *p;
    if (r->failed || !tkc_reader_has(r, n)) {
        r->failed = true;
        return NULL;
    }
    p = r->ptr + r->at;
    r->at += (size_t)n;
    return p;
}

static inline uint64_t tkc_read_le(tkc_byte_reader *r, unsigned bytes)
{
    const unsigned char *p = tkc_read_bytes(r, bytes);
    uint64_t v = 0;
    if (p)
        for (unsigned i = 0; i < bytes; i++) v |= (uint64_t)p[i] << (8 * i);
    return v;
}

static inline uint8_t tkc_read_u8(tkc_byte_reader *r)
{
    return (uint8_t)tkc_read_le(r, 1);
}

static inline uint32_t tkc_read_u32(tkc_byte_reader *r)
{
    return (uint32_t)tkc_read_le(r, 4);
}

static inline uint64_t tkc_read_u64(tkc_byte_reader *r)
{
    return tkc_read_le(r, 8);
}

/* LEB128, at most 10 bytes; more, or bits beyond 64, is a failure. */
static inline uint64_t tkc_read_varint(tkc_byte_reader *r)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const unsigned char *p = tkc_read_bytes(r, 1);
        if (!p) return 0;
        if (shift == 63 && *p > 1) break;
        v |= (uint64_t)(*p & 0x7f) << shift;
        if (*p < 0x80) return v;
    }
    r->failed = true;
    return 0;
}

#endif
