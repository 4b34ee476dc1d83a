/* bits.h - words of 64 bits, one bit for each byte of a window. */
#ifndef TKC_TOKENIZER_KERNELS_BITS_H
#define TKC_TOKENIZER_KERNELS_BITS_H

#include <stdbool.h>
#include <stdint.h>

/* Every function of a kernel becomes part of its loop, so that masks stay in registers. */
#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NEVER_INLINE __attribute__((noinline))
#define LIKELY(x) __builtin_expect(x, 1)
#define HIDDEN __attribute__((visibility("hidden")))
#else
#define ALWAYS_INLINE inline
#define NEVER_INLINE
#define LIKELY(x) (x)
#define HIDDEN
#endif

/* 0xff in byte i for every i >= len: tkc_key_fill + 16 - len. Not static: a compiler that sees that a row
 * is all ones makes a branch of choosing it. */
extern const unsigned char tkc_key_fill[32] HIDDEN;

/* Each byte four times; not static either, or it is made from an immediate again. */
extern const uint32_t tkc_four_bytes[256] HIDDEN;

/* Index of the lowest bit; x is not 0. */
static ALWAYS_INLINE int ctz64(uint64_t x)
{
    return __builtin_ctzll(x);
}

/* Zeros above the highest bit; 64 for 0. */
static ALWAYS_INLINE int clz64(uint64_t x)
{
    return x ? __builtin_clzll(x) : 64;
}

/* x is not 0. */
static ALWAYS_INLINE uint64_t highest_bit(uint64_t x)
{
    return (uint64_t)1 << (63 - clz64(x));
}

/* Of 0: 0, and less 1 all bits, which are those below it. */
static ALWAYS_INLINE uint64_t lowest_bit(uint64_t x)
{
    return x & -x;
}

static ALWAYS_INLINE int popcount64(uint64_t x)
{
    return __builtin_popcountll(x);
}

static ALWAYS_INLINE void simd_prefetch(const void *p)
{
#if defined(__GNUC__)
    __builtin_prefetch(p);
#else
    (void)p;
#endif
}

/* The bits from bit on; 64: none. */
static ALWAYS_INLINE uint64_t above(unsigned bit)
{
    return bit > 63 ? 0 : ~(uint64_t)0 << bit;
}

/* The classes of a window. */
typedef struct planes {
    uint64_t upper, lower; /* Lu Lt, Ll */
    uint64_t caseless;     /* Lm Lo */
    uint64_t mark;         /* M */
    uint64_t number;       /* N */
    uint64_t space;        /* White_Space */
    uint64_t blank;        /* U+0020 */
    uint64_t newline;      /* \r \n */
    uint64_t apostrophe, slash;
    uint64_t wide;         /* bytes of characters that are not ASCII */
    uint64_t tail;         /* their bytes behind the first */
    uint64_t control;      /* ASCII control characters that are no white space */
    uint64_t extra;        /* Kimi: Han letters; DeepSeek: its CJK ranges */
    uint64_t long_lead;    /* first bytes of characters of three or four */
    uint64_t cjk;          /* first bytes of letters of three bytes from U+3000 on that have no case */
    uint64_t bad;          /* from the first of these on nothing is known */
} planes;

#endif
