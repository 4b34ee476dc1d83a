/*
 * planes.h - a window of 64 bytes as masks, one for each class, bit i for byte i.
 *
 * All bytes of a character have its class. ASCII comes from range compares (simd_*.h); other
 * characters are looked up one by one and written as class bytes, from which the masks are
 * taken in one go. A character that the window cuts off makes the mask unreliable from its
 * lead byte on.
 */
#ifndef TKC_TOKENIZER_KERNELS_PLANES_H
#define TKC_TOKENIZER_KERNELS_PLANES_H

#include "tokenizer/kernels/bits.h"
#include "tokenizer/pretokenize/scan_parts.h"

#include <string.h>

/* Class bytes of characters that are not ASCII. */
enum {
    C_UPPER = 1,
    C_LOWER = 2,
    C_CASELESS = 4,
    C_MARK = 8,
    C_NUMBER = 16,
    C_SPACE = 32,
    C_EXTRA = 64,
    C_ODD = 128 /* the scanner must decide */
};

typedef enum wide_rule { WIDE_PLAIN, WIDE_KIMI, WIDE_DEEPSEEK, WIDE_DIGITS } wide_rule;

static ALWAYS_INLINE unsigned class_byte(uint32_t cp, wide_rule rule)
{
    const unsigned u = tkc_unicode_class(cp);
    unsigned c = (u & TKC_UC_LU) | (u & TKC_UC_LL) | (u >> 2 & 1) | (u >> 1 & C_CASELESS) |
                 (u >> 2 & C_CASELESS) | (u >> 2 & C_MARK) | (u >> 2 & C_NUMBER) |
                 (u >> 4 & C_SPACE);
    if (rule == WIDE_KIMI && u & TKC_UC_HAN) c = u & SCAN_L ? C_EXTRA : C_ODD;
    if (rule == WIDE_DEEPSEEK) {
        if (scan_is_deepseek_cjk(cp)) c = u & (SCAN_L | SCAN_M) ? C_EXTRA : C_EXTRA | C_ODD;
        else if (!c && !(u & (TKC_UC_P | TKC_UC_S))) c = C_ODD;
    }
    if (rule == WIDE_DIGITS && tkc_is_numeric(cp, u)) c = C_NUMBER;
    return c;
}

/* First bytes of characters of three bytes, with the two behind. */
static ALWAYS_INLINE uint64_t with_two(uint64_t lead)
{
    return lead | lead << 1 | lead << 2;
}

/*
 * Ranges of characters that are told from their bytes, without the table; what is seldom is
 * left to it. Sets their masks and returns their first bytes.
 *   C3         U+00C0-U+00FF but U+00D7 and U+00F7: Lu up to U+00DE, then Ll
 *   D0, D1     U+0400-U+042F Lu, U+0430-U+045F Ll
 *   E2 80      U+2010-U+2027: P, in no mask
 *   E3 80      U+3001-U+3004, U+3008-U+3020: P or S, in no mask
 *   E3 81-83   U+3041-U+3096, U+30A1-U+30FA, U+30FC-U+30FF: Lo or Lm, DeepSeek's CJK, not Han
 *   E4 B8-BF, E5-E8, E9 80-BD: U+4E00-U+9F7F: Lo, Han, DeepSeek's CJK
 *   EB, EC     U+B000-U+CFFF, Hangul syllables: Lo
 *   EF BC      U+FF01-U+FF0F, U+FF1A-U+FF20: P or S, in no mask
 */
static ALWAYS_INLINE uint64_t told_by_bytes(const unsigned char *s, planes *p, wide_rule rule)
{
#if SIMD_RANGES
    const simd_block v = simd_load(s);
    const uint64_t two = ~(uint64_t)0 >> 1, three = ~(uint64_t)0 >> 2; /* inside the window */
    const uint64_t c3 = simd_equal(v, 0xc3) & two, d0 = simd_equal(v, 0xd0) & two;
    const uint64_t d1 = simd_equal(v, 0xd1) & two, e3 = simd_equal(v, 0xe3) & three;
    const uint64_t long_tail = p->long_lead & three;
    uint64_t done = 0, upper = 0, lower = 0, kana = 0, han = 0, hangul = 0;
    if (c3 | d0 | d1) {
        const uint64_t c3_upper = c3 & simd_between(v, 0x80, 31) >> 1;
        const uint64_t c3_letter = c3 & ~((simd_equal(v, 0x97) | simd_equal(v, 0xb7)) >> 1);
        const uint64_t d0_upper = d0 & simd_between(v, 0x80, 48) >> 1;
        upper = (c3_upper & c3_letter) | d0_upper;
        lower = (c3_letter & ~c3_upper) | (d0 & ~d0_upper) | (d1 & simd_between(v, 0x80, 32) >> 1);
        done = upper | lower;
        p->upper |= upper | upper << 1;
        p->lower |= lower | lower << 1;
    }
    if (long_tail & e3) {
        const uint64_t b80 = simd_equal(v, 0x80);
        const uint64_t second = e3 & b80 >> 1, third = simd_between(v, 0x81, 4) | simd_between(v, 0x88, 25);
        done |= second & third >> 2;
        kana = (e3 & simd_equal(v, 0x81) >> 1 & ~(b80 >> 2)) |
               (e3 & simd_equal(v, 0x82) >> 1 & ~(simd_between(v, 0x97, 10) >> 2)) |
               (e3 & simd_equal(v, 0x83) >> 1 & ~(simd_equal(v, 0xbb) >> 2));
    }
    if (long_tail & ~e3) {
        const uint64_t e4 = simd_equal(v, 0xe4) & simd_between(v, 0xb8, 8) >> 1;
        const uint64_t e9 = simd_equal(v, 0xe9) & simd_between(v, 0x80, 62) >> 1;
        const uint64_t e2 = simd_equal(v, 0xe2) & simd_equal(v, 0x80) >> 1;
        const uint64_t ef = simd_equal(v, 0xef) & simd_equal(v, 0xbc) >> 1;
        han = (e4 | simd_between(v, 0xe5, 4) | e9) & three;
        hangul = simd_between(v, 0xeb, 2) & three;
        done |= e2 & simd_between(v, 0x90, 24) >> 2 & three;
        done |= ef & (simd_between(v, 0x81, 15) | simd_between(v, 0x9a, 7)) >> 2 & three;
    }
    if (rule == WIDE_KIMI) {
        p->extra = with_two(han);
        p->caseless = with_two(hangul | kana);
    } else if (rule == WIDE_DEEPSEEK) {
        p->extra = with_two(han | kana);
        p->caseless = with_two(hangul);
    } else {
        p->caseless = with_two(han | hangul | kana);
    }
    return done | han | hangul | kana;
#else
    (void)s;
    (void)p;
    (void)rule;
    return 0;
#endif
}

/* The masks of a window with other characters than ASCII. Out of line, so that those of the
 * common window stay in registers. */
static NEVER_INLINE void wide_planes(const unsigned char *s, planes *p, wide_rule rule)
{
    unsigned char c[TKC_WINDOW + 4] = {0};
    uint64_t bit[8], lead, other = 0;
    *p = simd_ascii_planes(s);
    lead = p->wide & ~p->tail;
    lead &= ~told_by_bytes(s, p, rule);
    if (!lead) return;
    while (lead) {
        const unsigned i = (unsigned)ctz64(lead), n = tkc_utf8_len(s[i]);
        uint32_t cp, bytes;
        lead &= lead - 1;
        if (i + n > TKC_WINDOW) {
            /* it may be white space, which the one in front would have to know */
            p->bad = above(i);
            p->space |= p->bad;
            break;
        }
        if (n == 2) cp = (uint32_t)(s[i] & 31) << 6 | (s[i + 1] & 63);
        else if (n == 3)
            cp = (uint32_t)(s[i] & 15) << 12 | (uint32_t)(s[i + 1] & 63) << 6 | (s[i + 2] & 63);
        else
            cp = (uint32_t)(s[i] & 7) << 18 | (uint32_t)(s[i + 1] & 63) << 12 |
                 (uint32_t)(s[i + 2] & 63) << 6 | (s[i + 3] & 63);
        bytes = class_byte(cp, rule) * 0x01010101u;
        memcpy(c + i, &bytes, 4);
        other |= ~(~(uint64_t)0 << n) << i;
    }
    simd_bit_planes(c, bit);
    p->upper |= bit[0] & other;
    p->lower |= bit[1] & other;
    p->caseless |= bit[2] & other;
    p->mark = bit[3] & other;
    p->number |= bit[4] & other;
    p->space |= bit[5] & other;
    p->extra |= bit[6] & other;
    p->bad |= bit[7] & other;
}

#endif
