/* wide_avx2.h - eight characters of three bytes at once, for kernels of x86. */
#ifndef TKC_TOKENIZER_KERNELS_WIDE_AVX2_H
#define TKC_TOKENIZER_KERNELS_WIDE_AVX2_H

#include "vocab/ready.h"

#include <immintrin.h>

#define SIMD_WIDE 1

/* What stands in front of eight characters: it and its kind, in the first of the lanes. */
typedef struct simd_wide_state {
    __m256i character;
    __m128i kind;
} simd_wide_state;

/* A bit a character, the first one's the lowest: */
typedef struct simd_wide_bits {
    uint32_t is;     /* of three bytes; from the first other on nothing is known */
    uint32_t joined, one, two, odd, odd_last;
} simd_wide_bits;

static ALWAYS_INLINE simd_wide_state simd_wide_begin(uint32_t character, unsigned kind)
{
    return (simd_wide_state){_mm256_castsi128_si256(_mm_cvtsi32_si128((int)character)), _mm_cvtsi32_si128((int)kind & 0xff)};
}

/* Bit `bit` of each of eight bytes. */
static ALWAYS_INLINE uint32_t simd_wide_plane(__m128i x, int bit)
{
    return (uint32_t)_mm_movemask_epi8(_mm_slli_epi16(x, 7 - bit)) & 0xff;
}

/* tkc_filter_has() of four words. Loads one by one: a gather takes several times as long. */
static ALWAYS_INLINE uint32_t simd_wide_filter(const uint64_t *word, const uint32_t *at, __m128i a, __m128i b)
{
    const __m256i w = _mm256_setr_epi64x((long long)word[at[0]], (long long)word[at[1]], (long long)word[at[2]], (long long)word[at[3]]);
    const __m256i both = _mm256_and_si256(_mm256_srlv_epi64(w, _mm256_cvtepu32_epi64(a)), _mm256_srlv_epi64(w, _mm256_cvtepu32_epi64(b)));
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_slli_epi64(both, 63)));
}

/* The numbers of eight characters at p, from which 28 bytes may be read. Returns which have three bytes. */
static ALWAYS_INLINE uint32_t simd_wide_numbers(const unsigned char *p, __m256i *c)
{
    const __m256i to_lanes = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1));
    const __m256i bytes = _mm256_shuffle_epi8(
        _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p)),
                                _mm_loadu_si128((const __m128i *)(const void *)(p + 12)), 1), to_lanes);
    const __m256i lead = _mm256_cmpeq_epi32(_mm256_and_si256(bytes, _mm256_set1_epi32(0xf00000)), _mm256_set1_epi32(0xe00000));
    /* third | second << 6 | first << 12 */
    *c = _mm256_madd_epi16(_mm256_maddubs_epi16(_mm256_and_si256(bytes, _mm256_set1_epi32(0x0f3f3f)), _mm256_set1_epi32(0x014001)),
                           _mm256_set1_epi32(0x10000001));
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(lead));
}

/* What is known of eight characters, of[i] their numbers, and of the pairs that they are the second of.
 * kind: of the one in front, and of the last one from then on. */
static ALWAYS_INLINE simd_wide_bits simd_wide_pairs(const tkc_vocab *v, const uint16_t *of, __m256i pair, __m128i *kind)
{
    const __m256i six = _mm256_set1_epi32(63);
    const uint64_t factor = tkc_wide_hash(1);
    const __m256i low = _mm256_set1_epi64x((long long)(factor & 0xffffffff)), high = _mm256_set1_epi32((int)(factor >> 32));
    /* 32 bits times 64: the low half, and what of the high half is not the high times the pair */
    const __m256i even = _mm256_mul_epu32(pair, low), odd = _mm256_mul_epu32(_mm256_srli_epi64(pair, 32), low);
    const __m256i h0 = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
    const __m256i h1 = _mm256_add_epi32(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa), _mm256_mullo_epi32(pair, high));
    const __m256i at = _mm256_and_si256(h1, _mm256_set1_epi32((int)v->wide_pair.mask));
    const __m256i a = _mm256_and_si256(_mm256_srli_epi32(h0, 12), six), b = _mm256_and_si256(_mm256_srli_epi32(h0, 18), six);
    uint32_t word[8];
    simd_wide_bits m;
    __m128i k, open;
    _Static_assert(TKC_WIDE_OPEN_LEFT == 1 << 2 && TKC_WIDE_OPEN_RIGHT == 1 << 3 && TKC_WIDE_ODD == 1 << 4 &&
                   TKC_WIDE_ODD_LAST == 1 << 5 && TKC_WIDE_COUNT == 3, "bits of a kind");
    _mm256_storeu_si256((__m256i *)(void *)word, at);
#define KIND(i) (char)v->wide[of[i]]
    k = _mm_setr_epi8(KIND(0), KIND(1), KIND(2), KIND(3), KIND(4), KIND(5), KIND(6), KIND(7), 0, 0, 0, 0, 0, 0, 0, 0);
#undef KIND
    open = _mm_or_si128(_mm_slli_epi16(k, 5), _mm_slli_epi16(_mm_or_si128(_mm_slli_si128(k, 1), *kind), 4));
    m.is = 0xff;
    m.joined = ((uint32_t)_mm_movemask_epi8(open) & 0xff) |
               simd_wide_filter(v->wide_pair.word, word, _mm256_castsi256_si128(a), _mm256_castsi256_si128(b)) |
               simd_wide_filter(v->wide_pair.word, word + 4, _mm256_extracti128_si256(a, 1), _mm256_extracti128_si256(b, 1)) << 4;
    m.one = simd_wide_plane(k, 0);
    m.two = simd_wide_plane(k, 1);
    m.odd = simd_wide_plane(k, 4);
    m.odd_last = simd_wide_plane(k, 5);
    *kind = _mm_srli_si128(k, 7);
    return m;
}

/* Eight numbers as 16 bits each. */
static ALWAYS_INLINE void simd_wide_store(uint16_t *to, __m256i c)
{
    _mm_storeu_si128((__m128i *)(void *)to, _mm_packus_epi32(_mm256_castsi256_si128(c), _mm256_extracti128_si256(c, 1)));
}

/* The eight at p, from which 28 bytes may be read. */
static ALWAYS_INLINE simd_wide_bits simd_wide_eight(const tkc_vocab *v, const unsigned char *p, simd_wide_state *state)
{
    __m256i c, c_up;
    const uint32_t is = simd_wide_numbers(p, &c);
    uint16_t of[8];
    simd_wide_bits m;
    simd_wide_store(of, c);
    c_up = _mm256_permutevar8x32_epi32(c, _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6));
    m = simd_wide_pairs(v, of, _mm256_or_si256(c, _mm256_slli_epi32(_mm256_blend_epi32(c_up, state->character, 1), 16)), &state->kind);
    m.is = is;
    state->character = c_up;
    return m;
}

/* The bits of x, the lowest first, at the bits of to. */
static ALWAYS_INLINE uint64_t simd_spread(uint64_t x, uint64_t to)
{
    return _pdep_u64(x, to);
}

/* What is known of number[0 .. 8), before which there is one more; of state only the kind is used. */
static ALWAYS_INLINE simd_wide_bits simd_wide_known(const tkc_vocab *v, const uint16_t *number, simd_wide_state *state)
{
    const __m128i c = _mm_loadu_si128((const __m128i *)(const void *)number);
    const __m128i before = _mm_loadu_si128((const __m128i *)(const void *)(number - 1));
    const __m256i pair = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_unpacklo_epi16(c, before)), _mm_unpackhi_epi16(c, before), 1);
    return simd_wide_pairs(v, number, pair, &state->kind);
}

#endif
