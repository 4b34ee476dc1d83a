/* simd_avx512.h - what a kernel is made of, for F, BW, DQ and VL. */
#ifndef TKC_TOKENIZER_KERNELS_SIMD_AVX512_H
#define TKC_TOKENIZER_KERNELS_SIMD_AVX512_H

/* Whether compares of a whole window are cheap. */
#define SIMD_RANGES 1

#include "tokenizer/kernels/bits.h"
#include "tokenizer/kernels/kernel.h"
#include "tokenizer/kernels/wide_avx2.h"

#include <immintrin.h>

typedef __m512i simd_block;

static ALWAYS_INLINE simd_block simd_load(const unsigned char *s)
{
    return _mm512_loadu_si512(s);
}

static ALWAYS_INLINE uint64_t simd_between(simd_block v, int first, int count)
{
    return _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8((char)first)),
                                  _mm512_set1_epi8((char)count));
}

static ALWAYS_INLINE uint64_t simd_equal(simd_block v, int c)
{
    return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)c));
}

static ALWAYS_INLINE uint64_t simd_spaces(simd_block v)
{
    return simd_equal(v, ' ') | simd_between(v, 9, 5);
}

static ALWAYS_INLINE uint64_t simd_newlines(simd_block v)
{
    return simd_equal(v, '\n') | simd_equal(v, '\r');
}

static ALWAYS_INLINE uint64_t simd_wide(simd_block v)
{
    return _mm512_movepi8_mask(v);
}

/* The bits of c set in all bytes. */
static ALWAYS_INLINE simd_block simd_with(simd_block v, int c)
{
    return _mm512_or_si512(v, _mm512_set1_epi8((char)c));
}

static ALWAYS_INLINE void simd_bit_planes(const unsigned char *c, uint64_t bit[8])
{
    const __m512i v = _mm512_loadu_si512(c);
    for (int k = 0; k < 8; k++) bit[k] = _mm512_test_epi8_mask(v, _mm512_set1_epi8((char)(1 << k)));
}

#define SIMD_PARTED 1
/* Places of s[0 .. 64) that are parted from the byte before them; *wide: bytes beyond ASCII. */
static ALWAYS_INLINE uint64_t simd_parted(const tkc_pair_classes *c, const unsigned char *s, uint64_t *wide)
{
    const simd_block low = simd_load(c->of), high = simd_load(c->of + 64), v = simd_load(s);
    const simd_block a = _mm512_slli_epi16(_mm512_permutex2var_epi8(low, simd_load(s - 1), high), 4);
    const simd_block b = _mm512_permutex2var_epi8(low, v, high);
    const uint64_t newline = simd_equal(v, '\n'), tab = simd_equal(v, '\t');
    *wide = _mm512_movepi8_mask(v);
    return _mm512_test_epi8_mask(_mm512_and_si512(a, _mm512_set1_epi8((char)0xf0)), b) |
           ((newline ^ (newline << 1 | (s[-1] == '\n'))) & c->newline) |
           ((tab ^ (tab << 1 | (s[-1] == '\t'))) & c->tab);
}

static ALWAYS_INLINE __m512i simd_steps(__m128i place, uint32_t step)
{
    const __m512i v = _mm512_cvtepu8_epi32(place);
    return step == 3 ? _mm512_add_epi32(v, _mm512_slli_epi32(v, 1)) : v;
}

/* base + step * the place of each of the lowest n bits. May write up to 64 words, whatever their
 * number. step: 1 or 3. */
static ALWAYS_INLINE void simd_put_bits(uint32_t *out, uint64_t bits, unsigned n, uint32_t base, uint32_t step)
{
    const __m512i place = _mm512_set_epi8(
        63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39,
        38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14,
        13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i v = _mm512_maskz_compress_epi8(bits, place), at = _mm512_set1_epi32((int)base);
    const __m128i a = _mm512_castsi512_si128(v), b = _mm512_extracti32x4_epi32(v, 1);
    (void)n;
    _mm512_storeu_si512(out, _mm512_add_epi32(simd_steps(a, step), at));
    _mm512_storeu_si512(out + 16, _mm512_add_epi32(simd_steps(b, step), at));
    if (popcount64(bits) > 32) {
        const __m128i c = _mm512_extracti32x4_epi32(v, 2), d = _mm512_extracti32x4_epi32(v, 3);
        _mm512_storeu_si512(out + 32, _mm512_add_epi32(simd_steps(c, step), at));
        _mm512_storeu_si512(out + 48, _mm512_add_epi32(simd_steps(d, step), at));
    }
}

/* The numbers of the characters of three bytes that begin at the bits of lead, up to 21 of them; there is room for 32. */
static ALWAYS_INLINE void simd_cjk_numbers(uint16_t *number, const unsigned char *w, uint64_t lead)
{
    const simd_block v = simd_load(w);
    const __m256i a = _mm512_castsi512_si256(_mm512_maskz_compress_epi8(lead, v));
    const __m256i b = _mm512_castsi512_si256(_mm512_maskz_compress_epi8(lead << 1, v));
    const __m256i c = _mm512_castsi512_si256(_mm512_maskz_compress_epi8(lead << 2, v));
    const __m512i six = _mm512_set1_epi16(63);
    const __m512i first = _mm512_slli_epi16(_mm512_cvtepu8_epi16(a), 12);
    const __m512i second = _mm512_slli_epi16(_mm512_and_si512(_mm512_cvtepu8_epi16(b), six), 6);
    const __m512i third = _mm512_and_si512(_mm512_cvtepu8_epi16(c), six);
    _mm512_storeu_si512(number, _mm512_or_si512(_mm512_or_si512(first, second), third));
}

typedef __m128i simd_key;

/* The key of p[0 .. len), len <= 15, of which fill is the fill; 16 bytes may be read. */
static ALWAYS_INLINE simd_key simd_key_of(const unsigned char *p, const unsigned char *fill)
{
    return _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)p),
                        _mm_loadu_si128((const __m128i *)(const void *)fill));
}

/* Two AES rounds: every bit of the key reaches every bit of the hash. There and back: of English words
 * three times as many had one home with two rounds forward, whose small factors mix less. */
static ALWAYS_INLINE uint64_t simd_hash(simd_key k)
{
    const __m128i a = _mm_set_epi64x((long long)0x9e3779b97f4a7c15u, (long long)0xd6e8feb86659fd93u);
    return (uint64_t)_mm_cvtsi128_si64(_mm_aesdec_si128(_mm_aesenc_si128(k, a), k));
}

/* Whether an entry has the 15 bytes of the key. */
static ALWAYS_INLINE bool simd_has(const unsigned char *entry, simd_key k)
{
    const __m128i e = _mm_load_si128((const __m128i *)(const void *)entry);
    return _mm_movemask_epi8(_mm_cmpeq_epi8(e, k)) == 0x7fff; /* the last byte is never that of a key */
}

static ALWAYS_INLINE void simd_copy_row(uint32_t *out, const unsigned char *row)
{
    _mm_storeu_si128((__m128i *)(void *)out, _mm_loadu_si128((const __m128i *)(const void *)row));
}

#endif
