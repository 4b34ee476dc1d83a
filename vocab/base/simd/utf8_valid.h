/*
 * utf8_valid.h - the twins of the validator: utf8.c has the slow one, which is the truth.
 *
 * A twin checks blocks of 64 bytes and stops where one is wrong or none is left; the slow one
 * goes on from there. So only the slow one ever names a place, and a twin that stops early
 * costs time, not an answer.
 */
#ifndef TKC_VOCAB_BASE_SIMD_UTF8_VALID_H
#define TKC_VOCAB_BASE_SIMD_UTF8_VALID_H

#include "vocab/base/cpu.h"

/* What tkc_utf8_valid() promises, one character at a time. */
size_t tkc_utf8_valid_scalar(const char *ptr, size_t len);

/* n such that s[0 .. n) is well-formed, as far as whole blocks of it go. */
typedef size_t (*tkc_utf8_blocks_fn)(const unsigned char *s, size_t len);

/* NULL: the build or the machine has none. */
tkc_utf8_blocks_fn tkc_utf8_blocks_for(tkc_isa isa);

size_t tkc_utf8_blocks_avx2(const unsigned char *s, size_t len);
size_t tkc_utf8_blocks_avx512(const unsigned char *s, size_t len);
size_t tkc_utf8_blocks_neon(const unsigned char *s, size_t len);

/* Where the character begins that s[0 .. at) cuts off; at when it cuts none. What is before
 * that character is well-formed. */
static inline size_t tkc_utf8_cut(const unsigned char *s, size_t at)
{
    for (size_t back = 1; back <= 3 && back <= at; back++) {
        const unsigned char c = s[at - back];
        if (c < 0x80) break;
        if (c < 0xc0) continue;
        return (c < 0xe0 ? 2u : c < 0xf0 ? 3u : 4u) > back ? at - back : at;
    }
    return at;
}

#endif
