/* simd_neon.h - what a kernel is made of, for AArch64: four quarters of 16 bytes. */
#ifndef TKC_TOKENIZER_KERNELS_SIMD_NEON_H
#define TKC_TOKENIZER_KERNELS_SIMD_NEON_H

/* Whether compares of a whole window are cheap. */
#define SIMD_RANGES 1

#include "tokenizer/kernels/bits.h"
#include "tokenizer/kernels/kernel.h"

#include <arm_neon.h>

typedef uint8x16x4_t simd_block;

/* 64 bytes of 0 or 0xff to 64 bits: one bit of each byte, added up pairwise three times. */
static ALWAYS_INLINE uint64_t simd_mask(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t w = vld1q_u8(weights);
    const uint8x16_t ab = vpaddq_u8(vandq_u8(a, w), vandq_u8(b, w));
    const uint8x16_t cd = vpaddq_u8(vandq_u8(c, w), vandq_u8(d, w));
    const uint8x16_t all = vpaddq_u8(ab, cd);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static ALWAYS_INLINE uint64_t simd_between(simd_block v, int first, int count)
{
    const uint8x16_t from = vdupq_n_u8((uint8_t)first), n = vdupq_n_u8((uint8_t)count);
    return simd_mask(vcltq_u8(vsubq_u8(v.val[0], from), n), vcltq_u8(vsubq_u8(v.val[1], from), n),
                     vcltq_u8(vsubq_u8(v.val[2], from), n), vcltq_u8(vsubq_u8(v.val[3], from), n));
}

static ALWAYS_INLINE uint64_t simd_equal(simd_block v, int c)
{
    const uint8x16_t x = vdupq_n_u8((uint8_t)c);
    return simd_mask(vceqq_u8(v.val[0], x), vceqq_u8(v.val[1], x), vceqq_u8(v.val[2], x),
                     vceqq_u8(v.val[3], x));
}

static ALWAYS_INLINE simd_block simd_load(const unsigned char *s)
{
    return (simd_block){{vld1q_u8(s), vld1q_u8(s + 16), vld1q_u8(s + 32), vld1q_u8(s + 48)}};
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
    return simd_between(v, 0x80, 128);
}

/* The bits of c set in all bytes. */
static ALWAYS_INLINE simd_block simd_with(simd_block v, int c)
{
    const uint8x16_t x = vdupq_n_u8((uint8_t)c);
    return (simd_block){{vorrq_u8(v.val[0], x), vorrq_u8(v.val[1], x), vorrq_u8(v.val[2], x), vorrq_u8(v.val[3], x)}};
}

static ALWAYS_INLINE void simd_bit_planes(const unsigned char *c, uint64_t bit[8])
{
    const simd_block v = simd_load(c);
    for (int k = 0; k < 8; k++) {
        const uint8x16_t x = vdupq_n_u8((uint8_t)(1 << k));
        bit[k] = simd_mask(vtstq_u8(v.val[0], x), vtstq_u8(v.val[1], x), vtstq_u8(v.val[2], x),
                           vtstq_u8(v.val[3], x));
    }
}

/* base + step * the place of each of the lowest n bits. May write up to 64 words, whatever their number. */
static ALWAYS_INLINE void simd_put_bits(uint32_t *out, uint64_t bits, unsigned n, uint32_t base, uint32_t step)
{
    (void)n;
    for (; bits; bits &= bits - 1) *out++ = base + step * (uint32_t)ctz64(bits);
}

typedef uint8x16_t simd_key;

static ALWAYS_INLINE uint8x16_t simd_last(void)
{
    return vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(0), vcreate_u64(0xff00000000000000u)));
}

/* The key of p[0 .. len), len <= 15, of which fill is the fill; 16 bytes may be read. */
static ALWAYS_INLINE simd_key simd_key_of(const unsigned char *p, const unsigned char *fill)
{
    return vorrq_u8(vld1q_u8(p), vld1q_u8(fill));
}

static ALWAYS_INLINE uint64_t simd_hash(simd_key k)
{
    const uint64x2_t w = vreinterpretq_u64_u8(k);
    return tkc_piece_hash(vgetq_lane_u64(w, 0), vgetq_lane_u64(w, 1));
}

/* Whether an entry has the 15 bytes of the key. */
static ALWAYS_INLINE bool simd_has(const unsigned char *entry, simd_key k)
{
    return vminvq_u8(vorrq_u8(vceqq_u8(vld1q_u8(entry), k), simd_last())) == 0xff;
}

static ALWAYS_INLINE void simd_copy_row(uint32_t *out, const unsigned char *row)
{
    vst1q_u32(out, vreinterpretq_u32_u8(vld1q_u8(row)));
}

#endif
