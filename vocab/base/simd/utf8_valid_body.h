/*
 * utf8_valid_body.h - the validator's loop over blocks; included once by each utf8_valid_ISA.c,
 * which names the function BLOCKS.
 *
 * The look-up method that Keiser and Lemire published in 2020: each way in which two
 * neighbouring bytes can be wrong has a bit; three tables say for the high half of the first,
 * its low half and the high half of the second which of these they allow, and what all three
 * allow has happened. What is left is that a third and a fourth byte are continuations just
 * where a lead asks for them: PAIR says that two continuations are, the leads that they
 * should be.
 */
#include "vocab/base/simd/utf8_simd.h"
#include "vocab/base/simd/utf8_valid.h"

enum {
    SHORT = 1 << 0,  /* a lead, then no continuation */
    STRAY = 1 << 1,  /* ASCII, then a continuation */
    OVER3 = 1 << 2,  /* e0 80 .. e0 9f */
    ABOVE = 1 << 3,  /* f4 90 and more */
    HALF = 1 << 4,   /* ed a0 and more: surrogates */
    OVER2 = 1 << 5,  /* c0, c1 */
    OVER4 = 1 << 6,  /* f0 80 .. f0 8f; the same bit for f5 80 and more */
    PAIR = 1 << 7,   /* two continuations */
    ANY1 = SHORT | STRAY | PAIR, /* does not depend on the first byte's low half */
    ANY2 = STRAY | OVER2 | PAIR
};

static const uint8_t first_high[16] = {
    STRAY, STRAY, STRAY, STRAY, STRAY, STRAY, STRAY, STRAY,
    PAIR, PAIR, PAIR, PAIR,
    SHORT | OVER2, SHORT, SHORT | OVER3 | HALF, SHORT | ABOVE | OVER4
};
static const uint8_t first_low[16] = {
    ANY1 | OVER2 | OVER3 | OVER4, ANY1 | OVER2, ANY1, ANY1,
    ANY1 | ABOVE, ANY1 | ABOVE | OVER4, ANY1 | ABOVE | OVER4, ANY1 | ABOVE | OVER4,
    ANY1 | ABOVE | OVER4, ANY1 | ABOVE | OVER4, ANY1 | ABOVE | OVER4, ANY1 | ABOVE | OVER4,
    ANY1 | ABOVE | OVER4, ANY1 | ABOVE | OVER4 | HALF, ANY1 | ABOVE | OVER4,
    ANY1 | ABOVE | OVER4
};
static const uint8_t second_high[16] = {
    SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT, SHORT,
    ANY2 | OVER3 | OVER4, ANY2 | OVER3 | ABOVE, ANY2 | HALF | ABOVE, ANY2 | HALF | ABOVE,
    SHORT, SHORT, SHORT, SHORT
};

/* Not zero where a byte of in cannot stand behind those before it. */
static inline vec wrong_bytes(vec in, vec prev)
{
    const vec one = V_BEFORE(in, prev, 1);
    const vec pair = v_and(v_and(v_pick(v_table(first_high), v_high(one)),
                                 v_pick(v_table(first_low), v_low(one))),
                           v_pick(v_table(second_high), v_high(in)));
    /* the top bit stays in leads of three or four, and in leads of four */
    const vec third = v_minus(V_BEFORE(in, prev, 2), v_set(0xe0 - 0x80));
    const vec fourth = v_minus(V_BEFORE(in, prev, 3), v_set(0xf0 - 0x80));
    return v_xor(pair, v_and(v_or(third, fourth), v_set(PAIR)));
}

size_t BLOCKS(const unsigned char *s, size_t len)
{
    vec prev = v_set(0);
    size_t at = 0;
    while (len - at >= TKC_BLOCK) {
        vec in[BLOCK_VECS], wrong;
        if (block_load(s + at, in)) {
            if (at && tkc_utf8_cut(s, at) != at) break;
            at = skip_ascii_blocks(s, len, at + TKC_BLOCK);
            prev = v_set(0);
            continue;
        }
        wrong = wrong_bytes(in[0], prev);
        for (int k = 1; k < BLOCK_VECS; k++) wrong = v_or(wrong, wrong_bytes(in[k], in[k - 1]));
        if (v_any(wrong)) break;
        prev = in[BLOCK_VECS - 1];
        at += TKC_BLOCK;
    }
    return tkc_utf8_cut(s, at);
}
