/* few_avx2.c - short rows for one instruction set (vocab/base/cpu.h). */
#include "tokenizer/merge/few.h"

#if defined(__AVX2__)
#include <immintrin.h>

static inline __m256i eight(const uint32_t *key)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)key);
}

static inline __m256i least_of_16(const uint32_t *key)
{
    return _mm256_min_epu32(eight(key), eight(key + 8));
}

static inline __m256i least_of_32(const uint32_t *key)
{
    return _mm256_min_epu32(least_of_16(key), least_of_16(key + 16));
}

/* All of a half: how many there are is another number for each row, and a loop's end that is
 * guessed wrong takes longer than what it saves. */
static inline uint32_t least_of(const uint32_t *key, size_t n)
{
    __m256i all = least_of_32(key);
    __m128i a;
    if (n > 32) all = _mm256_min_epu32(all, least_of_32(key + 32));
    a = _mm_min_epu32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
    a = _mm_min_epu32(a, _mm_shuffle_epi32(a, _MM_SHUFFLE(1, 0, 3, 2)));
    a = _mm_min_epu32(a, _mm_shuffle_epi32(a, _MM_SHUFFLE(2, 3, 0, 1)));
    return (uint32_t)_mm_cvtsi128_si32(a);
}

#define LEAST least_of
#define ABREAST tkc_abreast_avx2
#include "tokenizer/merge/few_body.h"
#endif
