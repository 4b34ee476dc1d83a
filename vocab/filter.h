/*
 * filter.h - sets that answer "no" for sure and "yes" in doubt: two bits in one word a member.
 *
 * With eight bits of filter a member, 4 % of what is not in the set is taken to be. A token hash
 * has megabytes, and most of what is looked for is not there: asked here first, in a quarter of a
 * megabyte, it does not wait for memory.
 */
#ifndef TKC_VOCAB_FILTER_H
#define TKC_VOCAB_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tkc_filter {
    const uint64_t *word;
    uint32_t mask; /* words - 1, a power of two less one */
} tkc_filter;

static inline uint64_t tkc_filter_bits(uint64_t hash)
{
    return (uint64_t)1 << (hash >> 12 & 63) | (uint64_t)1 << (hash >> 18 & 63);
}

static inline uint32_t tkc_filter_word(uint64_t hash, uint32_t mask)
{
    return (uint32_t)(hash >> 32) & mask;
}

/* Into a filter of n words that is being made. */
static inline void tkc_filter_add(uint64_t *word, size_t n, uint64_t hash)
{
    word[tkc_filter_word(hash, (uint32_t)(n - 1))] |= tkc_filter_bits(hash);
}

/* Whether the member with this well-mixed hash may be in the set. */
static inline bool tkc_filter_has(const tkc_filter *f, uint64_t hash)
{
    const uint64_t bits = tkc_filter_bits(hash);
    return (f->word[tkc_filter_word(hash, f->mask)] & bits) == bits;
}

#endif
