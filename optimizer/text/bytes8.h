/* bytes8.h - eight bytes of a text at once: the letters and digits that it goes on with. Most words are no longer. */
#ifndef TKC_OPTIMIZER_TEXT_BYTES8_H
#define TKC_OPTIMIZER_TEXT_BYTES8_H

#include "vocab/base/common.h"

#include <stdint.h>
#include <string.h>

#define TKC_EACH_BYTE(x) (UINT64_C(0x0101010101010101) * (x))

/* The first of them in the lowest byte, on any machine; zeros behind the end of the text. i <= text.len. */
static inline uint64_t tkc_bytes8(tkc_str text, size_t i)
{
    const size_t left = text.len - i;
    uint64_t x = 0;
    if (left >= 8) return tkc_load8((const unsigned char *)text.ptr + i);
    if (text.len >= 8) return left ? tkc_load8((const unsigned char *)text.ptr + text.len - 8) >> 8 * (8 - left) : 0;
    for (size_t k = 0; i + k < text.len; k++) x |= (uint64_t)(unsigned char)text.ptr[i + k] << 8 * k; /* of no text there may be no pointer */
    return x;
}

/* The high bit of each byte of x, all below 0x80, that is from..to. */
static inline uint64_t tkc_bytes_between(uint64_t x, unsigned from, unsigned to)
{
    return (x + TKC_EACH_BYTE(0x80 - from)) & ~(x + TKC_EACH_BYTE(0x7f - to)) & TKC_EACH_BYTE(0x80);
}

/* How many bytes in front have their high bit in `yes`; *first: these of x, zeros behind them. */
static inline unsigned tkc_bytes_first(uint64_t x, uint64_t yes, uint64_t *first)
{
    const uint64_t no = ~yes & TKC_EACH_BYTE(0x80);
    const unsigned n = no ? (unsigned)__builtin_ctzll(no) / 8 : 8;
    *first = n < 8 ? x & ((UINT64_C(1) << 8 * n) - 1) : x;
    return n;
}

/* How many ASCII letters eight bytes begin with; *low: these in lower case, zeros behind them. */
static inline unsigned tkc_letters8(uint64_t x, uint64_t *low)
{
    const uint64_t small = x | TKC_EACH_BYTE(0x20);
    return tkc_bytes_first(small, tkc_bytes_between(small & TKC_EACH_BYTE(0x7f), 'a', 'z') & ~x, low);
}

/* The same of letters and digits. */
static inline unsigned tkc_alnums8(uint64_t x, uint64_t *low)
{
    const uint64_t ascii = x & TKC_EACH_BYTE(0x7f), small = x | TKC_EACH_BYTE(0x20);
    const uint64_t yes = tkc_bytes_between(small & TKC_EACH_BYTE(0x7f), 'a', 'z') | tkc_bytes_between(ascii, '0', '9');
    return tkc_bytes_first(small, yes & ~x, low);
}

/* The same of small letters alone. */
static inline unsigned tkc_small_letters8(uint64_t x, uint64_t *first)
{
    return tkc_bytes_first(x, tkc_bytes_between(x & TKC_EACH_BYTE(0x7f), 'a', 'z') & ~x, first);
}

#endif
