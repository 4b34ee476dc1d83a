/*
 * unit_pairs.h - which pairs of characters are parted, that is: no token holds the one behind the other;
 * as kernels ask.
 */
#ifndef TKC_TOKENIZER_UNIT_PAIRS_H
#define TKC_TOKENIZER_UNIT_PAIRS_H

#include "vocab/base/common.h"
#include "vocab/base/utf8.h"

#include <string.h>

/* Two bytes of ASCII are parted where the low half of of[the first] and the high half of of[the
 * second] have a bit in common; and where one of them is a newline (newline is all ones) or a tab
 * and the other is not. Control characters have no bits, nor have bytes beyond ASCII. */
typedef struct tkc_pair_classes {
    unsigned char of[256];
    uint64_t newline, tab;
} tkc_pair_classes;

enum { TKC_PAIR_MEMO_BITS = 15 }; /* 128 KB: Chinese text has some ten thousand pairs, half of them often */

typedef struct tkc_unit_pairs tkc_unit_pairs;
struct tkc_unit_pairs {
    tkc_pair_classes classes;
    /* What is not in the memory. */
    bool (*ask)(const tkc_unit_pairs *p, uint32_t a, uint32_t b);
    uint32_t memo[1 << TKC_PAIR_MEMO_BITS]; /* which pair, 2, and 1 where it is parted; 0: none */
};

/* A pair as 42 bits: two scalars of 21, the first one 0x800 more; below that is room for: the two bytes in front
 * of a place and the two behind it, where a character has one or two, with 0 for what is another one's. */
static inline uint64_t tkc_two_hash(uint64_t pair)
{
    /* an odd factor maps 42 bits onto 42 one to one */
    return pair * (UINT64_C(0x9e3779b97f4a7c15) << 22);
}

/* Not inlined: that would take all registers that a loop has. Puts it into the memory. */
uint32_t tkc_unit_ask(tkc_unit_pairs *p, uint64_t pair);

/* 1 where the pair is parted, or else 0. */
static inline uint32_t tkc_pair_parted(tkc_unit_pairs *p, uint64_t pair)
{
    const uint64_t hash = tkc_two_hash(pair);
    /* the high 15 bits are the place, the entry has the other 27 */
    const uint32_t known = (uint32_t)(hash >> 17) | 2, found = known ^ p->memo[hash >> (64 - TKC_PAIR_MEMO_BITS)];
    return found <= 1 ? found : tkc_unit_ask(p, pair);
}

static inline bool tkc_unit_parted(tkc_unit_pairs *p, uint32_t a, uint32_t b)
{
    return tkc_pair_parted(p, (uint64_t)(a + 0x800) << 21 | b);
}

/* The same of the characters in front of s and at s, of one or two bytes each; s[-2 .. 2) is read. */
static inline uint32_t tkc_near_parted(tkc_unit_pairs *p, const unsigned char *s)
{
    const uint32_t first = (uint32_t)(signed char)s[-1] >> 24, last = (uint32_t)(signed char)s[0] & 0xff000000;
    uint32_t bytes;
    memcpy(&bytes, s - 2, sizeof bytes);
    return tkc_pair_parted(p, bytes & (first | 0xffff00 | last));
}

#endif
