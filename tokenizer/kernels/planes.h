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

#if SIMD_RANGES
/* What ASCII is; characters beyond it have no class yet. Letters are all in p.lower where a family
 * does not care for their case: that is 11 instructions of AVX2 less. */
static ALWAYS_INLINE planes ascii_planes(const unsigned char *s, bool cased)
{
    const simd_block v = simd_load(s);
    planes p = {0};
    if (cased) p.upper = simd_between(v, 'A', 26);
    p.lower = simd_between(cased ? v : simd_with(v, 0x20), 'a', 26);
    p.number = simd_between(v, '0', 10);
    p.blank = simd_equal(v, ' ');
    p.space = simd_spaces(v);
    p.newline = simd_newlines(v);
    p.apostrophe = simd_equal(v, '\'');
    p.slash = simd_equal(v, '/');
    p.wide = simd_wide(v);
    p.control = simd_between(v, 0, 9) | simd_between(v, 14, 18) | simd_equal(v, 127);
    return p;
}

/* Which bytes of characters beyond ASCII are what. */
static ALWAYS_INLINE void byte_planes(const unsigned char *s, planes *p)
{
    const simd_block v = simd_load(s);
    p->tail = simd_between(v, 0x80, 64);
    p->long_lead = simd_between(v, 0xe0, 32);
}
#else
static ALWAYS_INLINE planes ascii_planes(const unsigned char *s, bool cased)
{
    (void)cased;
    return simd_ascii_planes(s);
}

static ALWAYS_INLINE void byte_planes(const unsigned char *s, planes *p)
{
    (void)s;
    (void)p;
}
#endif

/* First bytes of characters of three bytes, with the two behind. */
static ALWAYS_INLINE uint64_t with_two(uint64_t lead)
{
    return lead | lead << 1 | lead << 2;
}

#if SIMD_RANGES
/* Those of two bytes that are not Latin or Cyrillic, with the first bytes lead; letters without
 * case go to *caseless, the others to their masks. Returns the others. */
static ALWAYS_INLINE uint64_t told_of_two(simd_block v, uint64_t lead, planes *p, uint64_t *caseless)
{
    const uint64_t low = simd_between(v, 0x80, 11) >> 1; /* second bytes 80 to 8A */
    const uint64_t arabic = lead & simd_between(v, 0xd7, 5), c2 = lead & simd_equal(v, 0xc2);
    const uint64_t greek = lead & simd_between(v, 0xce, 2);
    uint64_t done = 0;
    if (arabic) {
        const uint64_t d7 = simd_equal(v, 0xd7), d8 = simd_equal(v, 0xd8), d9 = simd_equal(v, 0xd9);
        const uint64_t da = simd_equal(v, 0xda), db = simd_equal(v, 0xdb);
        const uint64_t mark = (simd_equal(v, 0x8c) | simd_equal(v, 0x9b) | simd_equal(v, 0x9f)) >> 1;
        *caseless = arabic & ((d7 & simd_between(v, 0x90, 27) >> 1) | (d8 & simd_between(v, 0xa0, 32) >> 1) |
                              (d9 & (low | simd_between(v, 0xae, 2) >> 1 | simd_between(v, 0xb1, 15) >> 1)) |
                              da | (db & (simd_between(v, 0x80, 20) | simd_equal(v, 0x95)) >> 1));
        done = arabic & d8 & mark;
    }
    if (c2) {
        const uint64_t space = c2 & simd_equal(v, 0xa0) >> 1;
        p->space |= space | space << 1;
        done |= space | (c2 & (simd_between(v, 0xa1, 9) | simd_between(v, 0xab, 2) | simd_between(v, 0xb6, 3) |
                               simd_equal(v, 0xbb)) >> 1);
    }
    if (greek) {
        const uint64_t ce = greek & simd_equal(v, 0xce), cf = greek & ~ce;
        const uint64_t upper = ce & (simd_between(v, 0x91, 17) | simd_between(v, 0xa3, 7)) >> 1;
        const uint64_t lower = (ce & (simd_between(v, 0xac, 4) | simd_between(v, 0xb1, 15)) >> 1) |
                               (cf & simd_between(v, 0x80, 15) >> 1);
        p->upper |= upper | upper << 1;
        p->lower |= lower | lower << 1;
        done |= upper | lower;
    }
    return done;
}

/* First bytes of characters of three bytes that are letters without case. */
typedef struct letters_of_three {
    uint64_t han, hangul, kana;
} letters_of_three;

/* Characters of three bytes with the first bytes lead: letters to *t. Returns those that are in no mask. */
static ALWAYS_INLINE uint64_t told_of_three(simd_block v, uint64_t lead, wide_rule rule, letters_of_three *t)
{
    uint64_t second, e2, e3, ef, done;
#ifdef SIMD_THREE
    const simd_threes three = simd_three(v);
    const uint64_t other = three.other & lead;
    t->kana = three.kana & lead;
    t->han = three.letters & lead;
    if (rule == WIDE_KIMI || rule == WIDE_DEEPSEEK) { /* who tells them apart */
        t->hangul = t->han & simd_between(v, 0xea, 4);
        t->han ^= t->hangul;
    }
#else
    const uint64_t b80 = simd_equal(v, 0x80) >> 2, lead_e3 = lead & simd_equal(v, 0xe3);
    const uint64_t e4 = simd_equal(v, 0xe4) & simd_between(v, 0xb8, 8) >> 1;
    const uint64_t e9 = simd_equal(v, 0xe9) & simd_between(v, 0x80, 62) >> 1, other = lead;
    t->kana = (lead_e3 & simd_equal(v, 0x81) >> 1 & ~b80) |
              (lead_e3 & simd_equal(v, 0x82) >> 1 & ~(simd_between(v, 0x97, 10) >> 2)) |
              (lead_e3 & simd_equal(v, 0x83) >> 1 & ~(simd_equal(v, 0xbb) >> 2));
    t->han = (e4 | simd_between(v, 0xe5, 4) | e9) & lead;
    t->hangul = simd_between(v, 0xeb, 2) & lead;
#endif
    if (!other) return 0;
    second = simd_equal(v, 0x80) >> 1;
    e2 = other & simd_equal(v, 0xe2);
    e3 = other & simd_equal(v, 0xe3);
    done = (e3 & second & (simd_between(v, 0x81, 4) | simd_between(v, 0x88, 25)) >> 2) |
           (e2 & second & simd_between(v, 0x90, 24) >> 2);
    if (rule != WIDE_DEEPSEEK) done |= e2 & second & simd_between(v, 0x8b, 5) >> 2;
    ef = other & ~(e2 | e3);
    if (ef) {
        ef &= simd_equal(v, 0xef);
        done |= (ef & simd_equal(v, 0xbc) >> 1 & (simd_between(v, 0x81, 15) | simd_between(v, 0x9a, 7)) >> 2) |
                (ef & simd_equal(v, 0xbf) >> 1 & simd_equal(v, 0xbd) >> 2);
    }
    return done;
}
#endif

/*
 * Ranges of characters that are told from their bytes, without the table; what is seldom is
 * left to it. Sets their masks and returns their first bytes.
 *   C2         U+00A0: white space; U+00A1-U+00A9, U+00AB, U+00AC, U+00B6-U+00B8, U+00BB: P or S
 *   C3         U+00C0-U+00FF but U+00D7 and U+00F7: Lu up to U+00DE, then Ll
 *   CE, CF     U+0391-U+03A1, U+03A3-U+03A9 Lu, U+03AC-U+03AF, U+03B1-U+03CE Ll
 *   D0, D1     U+0400-U+042F Lu, U+0430-U+045F Ll
 *   D7         U+05D0-U+05EA, Hebrew: Lo
 *   D8-DB      U+060C, U+061B, U+061F: P; U+0620-U+064A, U+066E, U+066F, U+0671-U+06D3, U+06D5: Lo, Lm
 *   E2 80      U+2010-U+2027: P, in no mask; U+200B-U+200F: Cf, which only DeepSeek tells from P
 *   E3 80      U+3001-U+3004, U+3008-U+3020: P or S, in no mask
 *   E3 81-83   U+3041-U+3096, U+30A1-U+30FA, U+30FC-U+30FF: Lo or Lm, DeepSeek's CJK, not Han
 *   E4 B8-BF, E5-E8, E9 80-BD: U+4E00-U+9F7F: Lo, Han, DeepSeek's CJK
 *   EA-ED      U+B000-U+CFFF, Hangul syllables: Lo; with simd_three() U+AC00-U+D77F
 *   EF BC      U+FF01-U+FF0F, U+FF1A-U+FF20: P or S, in no mask
 *   EF BF BD   U+FFFD, of which text that was no UTF-8 is full: S, in no mask
 */
static ALWAYS_INLINE uint64_t told_by_bytes(const unsigned char *s, planes *p, wide_rule rule)
{
#if SIMD_RANGES
    const simd_block v = simd_load(s);
    const uint64_t two = ~(uint64_t)0 >> 1, three = ~(uint64_t)0 >> 2; /* inside the window */
    const uint64_t c3 = simd_equal(v, 0xc3) & two, d0 = simd_equal(v, 0xd0) & two;
    const uint64_t d1 = simd_equal(v, 0xd1) & two;
    const uint64_t long_tail = p->long_lead & three;
    const uint64_t other = p->wide & ~p->tail & ~p->long_lead & two & ~(c3 | d0 | d1);
    uint64_t done = 0, upper = 0, lower = 0, caseless = 0;
    letters_of_three t = {0};
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
    if (other) done |= told_of_two(v, other, p, &caseless);
    if (long_tail) done |= told_of_three(v, long_tail, rule, &t);
    p->caseless = caseless | caseless << 1;
    p->cjk = t.han | t.hangul | t.kana;
    if (rule == WIDE_KIMI) {
        p->extra = with_two(t.han);
        p->caseless |= with_two(t.hangul | t.kana);
    } else if (rule == WIDE_DEEPSEEK) {
        p->extra = with_two(t.han | t.kana);
        p->caseless |= with_two(t.hangul);
    } else {
        p->caseless |= with_two(t.han | t.hangul | t.kana);
    }
    return done | caseless | p->cjk;
#else
    (void)s;
    (void)p;
    (void)rule;
    return 0;
#endif
}

/* Adds the characters that are not ASCII to the masks of a window. Out of line, so that those of
 * the common window stay in registers. */
static NEVER_INLINE void wide_planes(const unsigned char *s, planes *p, wide_rule rule)
{
    unsigned char c[TKC_WINDOW + 4];
    uint64_t bit[8], lead, cut, other = 0;
    lead = p->wide & ~p->tail;
    /* the window cuts it in two: it may be white space, which the one in front would have to know */
    cut = lead & ((uint64_t)1 << 63 | (p->long_lead & (uint64_t)1 << 62) |
                  (uint64_t)(s[TKC_WINDOW - 3] >= 0xf0) << 61);
    p->bad = 0 - lowest_bit(cut); /* a coin falls as evenly: no branch */
    p->space |= p->bad;
    lead &= ~(told_by_bytes(s, p, rule) | cut);
    if (!lead) return;
    memset(c, 0, sizeof c);
    while (lead) {
        const unsigned i = (unsigned)ctz64(lead), n = tkc_utf8_len(s[i]);
        uint32_t cp, bytes;
        unsigned class;
        lead &= lead - 1;
        if (n == 2) cp = (uint32_t)(s[i] & 31) << 6 | (s[i + 1] & 63);
        else if (n == 3)
            cp = (uint32_t)(s[i] & 15) << 12 | (uint32_t)(s[i + 1] & 63) << 6 | (s[i + 2] & 63);
        else
            cp = (uint32_t)(s[i] & 7) << 18 | (uint32_t)(s[i + 1] & 63) << 12 |
                 (uint32_t)(s[i + 2] & 63) << 6 | (s[i + 3] & 63);
        class = class_byte(cp, rule);
        p->cjk |= (uint64_t)((s[i] >= 0xe3) & (n == 3) & (class == C_CASELESS || class == C_EXTRA)) << i;
        bytes = class * 0x01010101u;
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
