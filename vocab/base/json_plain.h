/*
 * json_plain.h - where the plain run of a JSON string ends: what is ASCII and needs no escape, 16 bytes at a
 * time (8 without SSE2). For those who read strings and those who write them.
 */
#ifndef TKC_VOCAB_BASE_JSON_PLAIN_H
#define TKC_VOCAB_BASE_JSON_PLAIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A byte that ends the plain run of a string: quote, backslash, control, non-ASCII. */
static inline uint64_t tkc_json_stops(uint64_t w)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
    const uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';
    return ((w - ones * 0x20) | (quote - ones) | (slash - ones) | w) & high;
}

/* The first byte from s[i] on that ends the plain run of a string, or len. */
static inline size_t tkc_json_plain_end(const unsigned char *s, size_t i, size_t len)
{
#ifdef __SSE2__
    const __m128i space = _mm_set1_epi8(' '), quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');
    for (; len - i >= 16; i += 16) {
        const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s + i));
        /* As signed numbers bytes that are not ASCII are below a space too. */
        const __m128i stop = _mm_or_si128(_mm_cmplt_epi8(v, space), _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)));
        const unsigned at = (unsigned)_mm_movemask_epi8(stop);
        if (at) return i + (unsigned)__builtin_ctz(at);
    }
#endif
    while (len - i >= 8) {
        uint64_t w, stop;
        memcpy(&w, s + i, 8);
        stop = tkc_json_stops(w);
        if (stop) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            /* The lowest flag is right; a borrow can only make false ones above it. */
            return i + ((size_t)__builtin_ctzll(stop) >> 3);
#else
            break;
#endif
        }
        i += 8;
    }
    while (i < len && s[i] >= ' ' && s[i] != '"' && s[i] != '\\' && s[i] < 0x80) i++;
    return i;
}

#endif
