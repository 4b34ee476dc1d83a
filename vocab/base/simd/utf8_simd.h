/*
 * utf8_simd.h - the few vector operations of loops over UTF-8, under one name for AVX2,
 * AVX-512 and NEON.
 *
 * For the NAME_avx2.c, NAME_avx512.c and NAME_neon.c files (cpu.h) that share a body; what
 * the including file is compiled for decides. Such a loop takes blocks of 64 bytes: BLOCK_VECS
 * vectors of VEC bytes. What a byte is often follows from the halves of it and of the one
 * before, which is a look-up of 16 entries each.
 */
#ifndef TKC_VOCAB_BASE_SIMD_UTF8_SIMD_H
#define TKC_VOCAB_BASE_SIMD_UTF8_SIMD_H

#include "vocab/base/common.h"

enum { TKC_BLOCK = 64 };

#if defined(__AVX512BW__)
#include <immintrin.h>
#define VEC 64
typedef __m512i vec;

static inline vec v_load(const unsigned char *s)
{
    return _mm512_loadu_si512(s);
}
static inline vec v_table(const uint8_t t[16])
{
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)t));
}
static inline vec v_set(unsigned c)
{
    return _mm512_set1_epi8((char)c);
}
static inline vec v_or(vec a, vec b)
{
    return _mm512_or_si512(a, b);
}
static inline vec v_and(vec a, vec b)
{
    return _mm512_and_si512(a, b);
}
static inline vec v_xor(vec a, vec b)
{
    return _mm512_xor_si512(a, b);
}
static inline vec v_minus(vec a, vec b)
{
    return _mm512_subs_epu8(a, b);
}
static inline vec v_low(vec a)
{
    return _mm512_and_si512(a, _mm512_set1_epi8(15));
}
static inline vec v_high(vec a)
{
    return v_low(_mm512_srli_epi16(a, 4));
}
static inline vec v_pick(vec table, vec index)
{
    return _mm512_shuffle_epi8(table, index);
}
#define V_BEFORE(in, prev, n) \
    _mm512_alignr_epi8(in, _mm512_alignr_epi32(in, prev, 12), 16 - (n))
static inline bool v_any(vec a)
{
    return _mm512_test_epi8_mask(a, a) != 0;
}
static inline bool v_any_top(vec a)
{
    return _mm512_movepi8_mask(a) != 0;
}

#elif defined(__AVX2__)
#include <immintrin.h>
#define VEC 32
typedef __m256i vec;

static inline vec v_load(const unsigned char *s)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)s);
}
static inline vec v_table(const uint8_t t[16])
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)t));
}
static inline vec v_set(unsigned c)
{
    return _mm256_set1_epi8((char)c);
}
static inline vec v_or(vec a, vec b)
{
    return _mm256_or_si256(a, b);
}
static inline vec v_and(vec a, vec b)
{
    return _mm256_and_si256(a, b);
}
static inline vec v_xor(vec a, vec b)
{
    return _mm256_xor_si256(a, b);
}
static inline vec v_minus(vec a, vec b)
{
    return _mm256_subs_epu8(a, b);
}
static inline vec v_low(vec a)
{
    return _mm256_and_si256(a, _mm256_set1_epi8(15));
}
static inline vec v_high(vec a)
{
    return v_low(_mm256_srli_epi16(a, 4));
}
static inline vec v_pick(vec table, vec index)
{
    return _mm256_shuffle_epi8(table, index);
}
#define V_BEFORE(in, prev, n) \
    _mm256_alignr_epi8(in, _mm256_permute2x128_si256(prev, in, 0x21), 16 - (n))
static inline bool v_any(vec a)
{
    return !_mm256_testz_si256(a, a);
}
static inline bool v_any_top(vec a)
{
    return _mm256_movemask_epi8(a) != 0;
}

#elif defined(__aarch64__)
#include <arm_neon.h>
#define VEC 16
typedef uint8x16_t vec;

static inline vec v_load(const unsigned char *s)
{
    return vld1q_u8(s);
}
static inline vec v_table(const uint8_t t[16])
{
    return vld1q_u8(t);
}
static inline vec v_set(unsigned c)
{
    return vdupq_n_u8((uint8_t)c);
}
static inline vec v_or(vec a, vec b)
{
    return vorrq_u8(a, b);
}
static inline vec v_and(vec a, vec b)
{
    return vandq_u8(a, b);
}
static inline vec v_xor(vec a, vec b)
{
    return veorq_u8(a, b);
}
static inline vec v_minus(vec a, vec b)
{
    return vqsubq_u8(a, b);
}
static inline vec v_low(vec a)
{
    return vandq_u8(a, vdupq_n_u8(15));
}
static inline vec v_high(vec a)
{
    return vshrq_n_u8(a, 4);
}
static inline vec v_pick(vec table, vec index)
{
    return vqtbl1q_u8(table, index);
}
#define V_BEFORE(in, prev, n) vextq_u8(prev, in, 16 - (n))
static inline bool v_any(vec a)
{
    return vmaxvq_u8(a) != 0;
}
static inline bool v_any_top(vec a)
{
    return vmaxvq_u8(a) >= 0x80;
}
#endif

/* --- one block -------------------------------------------------------------------------- */

enum { BLOCK_VECS = TKC_BLOCK / VEC };

/* The block at s in in[]; whether all of it is ASCII. */
static inline bool block_load(const unsigned char *s, vec in[BLOCK_VECS])
{
    vec all;
    in[0] = all = v_load(s);
    for (int k = 1; k < BLOCK_VECS; k++) {
        in[k] = v_load(s + k * VEC);
        all = v_or(all, in[k]);
    }
    return !v_any_top(all);
}

/* From at on: the first place that is not the start of a block of ASCII. */
static inline size_t skip_ascii_blocks(const unsigned char *s, size_t len, size_t at)
{
    vec in[BLOCK_VECS];
    while (len - at >= TKC_BLOCK && block_load(s + at, in)) at += TKC_BLOCK;
    return at;
}

#endif
