/* simd_portable.h - what a kernel is made of, in plain C: eight bytes a word. */
#ifndef TKC_TOKENIZER_KERNELS_SIMD_PORTABLE_H
#define TKC_TOKENIZER_KERNELS_SIMD_PORTABLE_H

/* Whether compares of a whole window are cheap. */
#define SIMD_RANGES 0

#include "tokenizer/kernels/bits.h"
#include "tokenizer/kernels/kernel.h"

#include <string.h>

static ALWAYS_INLINE uint64_t simd_load8(const unsigned char *p)
{
    uint64_t w = 0; /* byte 0 in the low bits on any machine; compilers make it one load */
    for (int i = 0; i < 8; i++) w |= (uint64_t)p[i] << (8 * i);
    return w;
}

/* Bit k of each of 64 bytes, for k = 0 .. 7. */
static ALWAYS_INLINE void simd_bit_planes(const unsigned char *c, uint64_t bit[8])
{
    memset(bit, 0, 8 * sizeof *bit);
    for (unsigned i = 0; i < 64; i += 8) {
        const uint64_t w = simd_load8(c + i);
        if (!w) continue;
        for (unsigned k = 0; k < 8; k++)
            bit[k] |= ((w >> k & UINT64_C(0x0101010101010101)) * UINT64_C(0x0102040810204080) >> 56)
                      << i;
    }
}

static ALWAYS_INLINE planes simd_ascii_planes(const unsigned char *s)
{
    enum { UPPER = 1, LOWER = 2, NUMBER = 4, SPACE = 8, NEWLINE = 16, APOSTROPHE = 32, SLASH = 64, WIDE = 128 };
    planes p = {0};
    unsigned char c[64], d[64];
    uint64_t bit[8];
    for (unsigned i = 0; i < 64; i++) {
        const unsigned b = s[i];
        c[i] = (unsigned char)((b - 'A' < 26) * UPPER | (b - 'a' < 26) * LOWER |
                               (b - '0' < 10) * NUMBER | (b == ' ' || b - 9 < 5) * SPACE |
                               (b == '\n' || b == '\r') * NEWLINE | (b == '\'') * APOSTROPHE |
                               (b == '/') * SLASH | (b >> 7) * WIDE);
        d[i] = (unsigned char)((b == ' ') | (b >> 6 == 2) * 2 |
                               (b < 9 || b - 14 < 18 || b == 127) * 4 | (b >= 0xe0) * 8);
    }
    simd_bit_planes(c, bit);
    p.upper = bit[0];
    p.lower = bit[1];
    p.number = bit[2];
    p.space = bit[3];
    p.newline = bit[4];
    p.apostrophe = bit[5];
    p.slash = bit[6];
    p.wide = bit[7];
    simd_bit_planes(d, bit);
    p.blank = bit[0];
    p.tail = bit[1];
    p.control = bit[2];
    p.long_lead = bit[3];
    return p;
}

/* base + step * the place of each of the lowest n bits. May write up to 64 words, whatever their number. */
static ALWAYS_INLINE void simd_put_bits(uint32_t *out, uint64_t bits, unsigned n, uint32_t base, uint32_t step)
{
    (void)n;
    for (; bits; bits &= bits - 1) *out++ = base + step * (uint32_t)ctz64(bits);
}

typedef struct simd_key {
    uint64_t lo, hi;
} simd_key;

/* The key of p[0 .. len), len <= 15, of which fill is the fill; 16 bytes may be read. */
static ALWAYS_INLINE simd_key simd_key_of(const unsigned char *p, const unsigned char *fill)
{
    simd_key k, f;
    memcpy(&k, p, sizeof k);
    memcpy(&f, fill, sizeof f);
    return (simd_key){k.lo | f.lo, k.hi | f.hi};
}

static ALWAYS_INLINE uint64_t simd_hash(simd_key k)
{
    return tkc_piece_hash(k.lo, k.hi);
}

/* Whether an entry has the 15 bytes of the key. */
static ALWAYS_INLINE bool simd_has(const unsigned char *entry, simd_key k)
{
    simd_key e;
    memcpy(&e, entry, sizeof e);
    ((unsigned char *)&e.hi)[7] = 0xff;
    return e.lo == k.lo && e.hi == k.hi;
}

static ALWAYS_INLINE void simd_copy_row(uint32_t *out, const unsigned char *row)
{
    memcpy(out, row, TKC_PIECE_IDS * sizeof *out);
}

#endif
