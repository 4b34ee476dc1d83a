/*
 * quick_body.h - the loop over blocks; included once by each quick_ISA.c,
 * which names the function PLAIN.
 *
 * A box is a product of four sets: high and low half of a lead, high and low half of the
 * second byte. All characters that are not plain lie in a box; what else does is rare enough.
 * Four tables say for a half which boxes of a group have it, and what all four allow is in a
 * box. U+2000, U+2126, U+2329, U+302A, U+3099 and U+FE20 and their like have neighbours in
 * the same row that every CJK text is full of: these boxes are of the lead's low half (only
 * leads of three have two continuations behind them, but for the last two of a character of
 * four) and of the second and third byte. test_normalize.c asks for every scalar value.
 */
#include "tokenizer/normalize/quick.h"
#include "vocab/base/simd/utf8_simd.h"
#include "vocab/base/simd/utf8_valid.h"

#define ALL 0xffff

/* Sets have bit i for the half i: lead high, lead low, second high, second low. */
#define GROUP_A(X, n) \
    X(n, 0, 0x1000, 0x3000, ALL, ALL)       /* U+0300 .. 037F */ \
    X(n, 1, 0x1000, 0x4000, 0x0100, 0x0080) /* 0387 */ \
    X(n, 2, 0x2000, 0x0084, 0x0100, ALL)    /* 0480 .. 048F, 05C0 .. 05CF */ \
    X(n, 3, 0x2000, 0xf040, ALL, ALL)       /* 0580 .. 05BF, 0700 .. 07FF */ \
    X(n, 4, 0x2000, 0x0100, 0x0200, 0x07ff) /* 0610 .. 061A */ \
    X(n, 5, 0x2000, 0x0200, 0x0200, ALL)    /* 0650 .. 065F */ \
    X(n, 6, 0x2000, 0x0200, 0x0100, 0xf800) /* 064B .. 064F */ \
    X(n, 7, 0x2000, 0x0200, 0x0800, 0x0001) /* 0670 */
#define GROUP_B(X, n) \
    X(n, 0, 0x2000, 0x0800, 0x0200, 0xffc0) /* 06D6 .. 06DF */ \
    X(n, 1, 0x2000, 0x0800, 0x0400, ALL)    /* 06E0 .. 06EF */ \
    X(n, 2, 0x4000, 0x0001, ALL, ALL)       /* 0800 .. 0FFF */ \
    X(n, 3, 0x4000, 0x0002, 0x0600, ALL)    /* 1400 .. 1BFF */ \
    X(n, 4, 0x4000, 0x0002, 0x0100, 0x20e5) /* rows of 1000, 1080, 1140 .. 11C0, 1340 */ \
    X(n, 5, 0x4000, 0x0002, 0x0800, 0xe0ff) /* 1C00 .. 1DFF, 1F40 .. 1FFF */ \
    X(n, 6, 0x4000, 0x0004, 0x0d00, 0x08a8) /* rows of 20C0, 2AC0, 2CC0, 2D40, 2DC0 */ \
    X(n, 7, 0x4000, 0x0400, 0x0200, 0x0e00) /* A640 .. A6FF */
#define GROUP_C(X, n) \
    X(n, 0, 0x4000, 0x8400, 0x0400, ALL)    /* A800 .. ABFF, F800 .. FBFF */ \
    X(n, 1, 0x8000, 0x0001, 0x0200, 0x6843) /* 10000, 11000, 16000, 1B000, 1D000, 1E000 */ \
    X(n, 2, 0x8000, 0x0001, 0x0400, 0x8000) /* 2F000 */
/* Lead low, second high, second low, third high, third low. */
#define GROUP_T(X, n) \
    X(n, 0, 0x0004, 0x0100, 0x0001, 0x0100, 0x0003) /* 2000, 2001 */ \
    X(n, 1, 0x0008, 0x0100, 0x0001, 0x0400, 0xfc00) /* 302A .. 302F */ \
    X(n, 2, 0x0008, 0x0100, 0x0004, 0x0200, 0x0600) /* 3099, 309A */ \
    X(n, 3, 0x0004, 0x0100, 0x0010, 0x0400, 0x0c40) /* 2126, 212A, 212B */ \
    X(n, 4, 0x0004, 0x0100, 0x1000, 0x0400, 0x0600) /* 2329, 232A */ \
    X(n, 5, 0x8000, 0x0800, 0x0100, 0x0400, ALL)    /* FE20 .. FE2F */

#define HAS(n, set, box) | ((set) >> (n) & 1) << (box)
#define PART_0(n, box, a, b, c, d) HAS(n, a, box)
#define PART_1(n, box, a, b, c, d) HAS(n, b, box)
#define PART_2(n, box, a, b, c, d) HAS(n, c, box)
#define PART_3(n, box, a, b, c, d) HAS(n, d, box)
#define TRIPLE_0(n, box, a, b, c, d, e) HAS(n, a, box)
#define TRIPLE_1(n, box, a, b, c, d, e) HAS(n, b, box)
#define TRIPLE_2(n, box, a, b, c, d, e) HAS(n, c, box)
#define TRIPLE_3(n, box, a, b, c, d, e) HAS(n, d, box)
#define TRIPLE_4(n, box, a, b, c, d, e) HAS(n, e, box)
#define SIXTEEN(G, X) \
    {0 G(X, 0), 0 G(X, 1), 0 G(X, 2), 0 G(X, 3), 0 G(X, 4), 0 G(X, 5), 0 G(X, 6), 0 G(X, 7), \
     0 G(X, 8), 0 G(X, 9), 0 G(X, 10), 0 G(X, 11), 0 G(X, 12), 0 G(X, 13), 0 G(X, 14), \
     0 G(X, 15)}

static const uint8_t pair_table[3][4][16] = {
    {SIXTEEN(GROUP_A, PART_0), SIXTEEN(GROUP_A, PART_1), SIXTEEN(GROUP_A, PART_2),
     SIXTEEN(GROUP_A, PART_3)},
    {SIXTEEN(GROUP_B, PART_0), SIXTEEN(GROUP_B, PART_1), SIXTEEN(GROUP_B, PART_2),
     SIXTEEN(GROUP_B, PART_3)},
    {SIXTEEN(GROUP_C, PART_0), SIXTEEN(GROUP_C, PART_1), SIXTEEN(GROUP_C, PART_2),
     SIXTEEN(GROUP_C, PART_3)}};
static const uint8_t triple_table[5][16] = {
    SIXTEEN(GROUP_T, TRIPLE_0), SIXTEEN(GROUP_T, TRIPLE_1), SIXTEEN(GROUP_T, TRIPLE_2),
    SIXTEEN(GROUP_T, TRIPLE_3), SIXTEEN(GROUP_T, TRIPLE_4)};

static inline vec pick(const uint8_t table[16], vec index)
{
    return v_pick(v_table(table), index);
}

/* Not zero where a byte of in ends a pair or a triple that lies in a box. */
static inline vec boxed(vec in, vec prev)
{
    const vec one = V_BEFORE(in, prev, 1), two = V_BEFORE(in, prev, 2);
    const vec h = v_high(in), l = v_low(in), h1 = v_high(one), l1 = v_low(one);
    vec all = v_and(v_and(v_and(pick(triple_table[0], v_low(two)), pick(triple_table[1], h1)),
                          v_and(pick(triple_table[2], l1), pick(triple_table[3], h))),
                    pick(triple_table[4], l));
    for (int g = 0; g < 3; g++)
        all = v_or(all, v_and(v_and(pick(pair_table[g][0], h1), pick(pair_table[g][1], l1)),
                              v_and(pick(pair_table[g][2], h), pick(pair_table[g][3], l))));
    return all;
}

size_t PLAIN(const unsigned char *s, size_t len)
{
    vec prev = v_set(0);
    size_t at = 0;
    while (len - at >= TKC_BLOCK) {
        vec in[BLOCK_VECS], found;
        if (block_load(s + at, in)) { /* valid UTF-8: no character is cut off before it */
            at = skip_ascii_blocks(s, len, at + TKC_BLOCK);
            prev = v_set(0);
            continue;
        }
        found = boxed(in[0], prev);
        for (int k = 1; k < BLOCK_VECS; k++) found = v_or(found, boxed(in[k], in[k - 1]));
        if (v_any(found)) break;
        prev = in[BLOCK_VECS - 1];
        at += TKC_BLOCK;
    }
    return tkc_utf8_cut(s, at);
}
