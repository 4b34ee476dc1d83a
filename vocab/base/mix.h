/*
 * mix.h - every bit of a number into every other: the last step of a hash made by hand.
 *
 * One to one: different numbers stay different. No defence against chosen input; tables that foreign
 * bytes fill take a seed.
 */
#ifndef TKC_VOCAB_BASE_MIX_H
#define TKC_VOCAB_BASE_MIX_H

#include <stdint.h>

static inline uint64_t tkc_mix64(uint64_t h)
{
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    h ^= h >> 32;
    h *= UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 32;
}

#endif
