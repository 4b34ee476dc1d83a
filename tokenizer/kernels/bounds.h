/*
 * bounds.h - from masks to piece starts, one function a family of patterns.
 *
 * Bit 0 is a start: the window begins there. A result has two parts: starts, and bad, the
 * bits from the first of which on starts says nothing. A start depends on bytes before it in
 * the window, and for white space on the one behind the run. Names below: L letters, N
 * numbers, S white space, O the rest. The rules, in the patterns' order of arms:
 *
 *   O   a run of O is one piece with the blank in front of it, if there is one, and with the
 *       newlines behind it ("eaten"; o200k: also slashes among and behind these).
 *   L   a run of L takes the character in front of it, if that is white space but no newline,
 *       or O that is a run by itself without a blank in front (were it longer, the run of O
 *       would have taken it).
 *   S   what is left of a run of S: up to its last newline; then all but its last character,
 *       which belongs to what follows or stands alone.
 */
#ifndef TKC_TOKENIZER_KERNELS_BOUNDS_H
#define TKC_TOKENIZER_KERNELS_BOUNDS_H

#include "tokenizer/kernels/planes.h"

/* The bits of m from each bit of seed upwards as long as m goes on. seed lies in m. */
static ALWAYS_INLINE uint64_t fill_up(uint64_t m, uint64_t seed)
{
    return (m & ~(m + seed)) | seed;
}

/* First byte of the character whose last byte is marked: at most 3 bytes. */
static ALWAYS_INLINE uint64_t first_byte(const planes *p, uint64_t last)
{
    uint64_t two, three;
    if (!(last & p->wide)) return last;
    two = (last & p->tail) >> 1;
    three = (two & p->tail) >> 1;
    return (last & ~p->tail) | (two & ~p->tail) | three;
}

/* All bytes of the characters whose first bytes are marked. */
static ALWAYS_INLINE uint64_t whole_character(const planes *p, uint64_t first)
{
    return fill_up(p->tail | first, first);
}

/* Starts inside the runs of white space s: the last three arms of a pattern. ends_text: bytes
 * before which \s+(?!\S) sees the end of its text, so that nothing is given back. */
static ALWAYS_INLINE uint64_t space_starts(const planes *p, uint64_t s, uint64_t newline,
                                    uint64_t ends_text, uint64_t *bad)
{
    const uint64_t plain = s & ~newline, last = plain & ~(s >> 1) & ~(ends_text >> 1);
    uint64_t after_newline = plain & newline << 1, starts = s & ~(s << 1);
    /* newlines behind blanks behind a newline: these blanks do not start a piece. Markup that was
     * made text has many such runs. */
    for (uint64_t again = (plain + after_newline) & ~plain & newline; again; again &= again - 1)
        after_newline ^= highest_bit(after_newline & (lowest_bit(again) - 1));
    starts |= after_newline | first_byte(p, last & ~((uint64_t)1 << 63));
    /* the run that reaches the end: only its start is known; of no branch, since one window in six of
     * English ends in a blank */
    *bad |= ~(~(uint64_t)0 >> clz64(~(s & s << 1)));
    return starts;
}

/* Groups of three in the runs of ASCII digits; where others are among them, up to these. */
static ALWAYS_INLINE uint64_t threes(const planes *p, uint64_t *bad)
{
    const uint64_t n = p->number, third = n & n << 1 & n << 2;
    uint64_t at = n & ~(n << 1), r = at;
    while ((at = at << 3 & third) != 0) r |= at;
    *bad |= n & p->wide;
    return r;
}

/* Length of [sdmt]|ll|ve|re at s, or 0. */
static ALWAYS_INLINE unsigned contraction(const unsigned char *s, unsigned char fold)
{
    const unsigned a = s[0] | fold, b = s[1] | fold;
    if (a == 's' || a == 'd' || a == 'm' || a == 't') return 1;
    return (a == 'l' && b == 'l') || ((a == 'v' || a == 'r') && b == 'e') ? 2 : 0;
}

/* Contractions that are pieces, at each of the apostrophes at: a letter behind starts a piece.
 * Under (?i) U+017F (0xc5 0xbf) is an s. */
static ALWAYS_INLINE uint64_t contraction_pieces(const unsigned char *s, uint64_t at, uint64_t letters,
                                          unsigned char fold, uint64_t starts, uint64_t *bad)
{
    for (; at; at &= at - 1) {
        const unsigned i = (unsigned)ctz64(at);
        unsigned n;
        if (i > 60 || s[i + 1] == 0xc5) {
            *bad |= above(i + 1);
            break;
        }
        n = contraction(s + i + 1, fold);
        if (!n) continue;
        starts &= ~((uint64_t)1 << (i + 1));
        starts |= (uint64_t)1 << (i + 1 + n) & letters;
    }
    return starts;
}

/* Contractions that end a piece of letters (o200k): nothing starts inside, a letter behind
 * starts a piece. One piece takes one: in "x's's" the second is a piece of its own. */
static ALWAYS_INLINE uint64_t contraction_tails(const unsigned char *s, uint64_t at, uint64_t letters,
                                         uint64_t starts, uint64_t *bad)
{
    unsigned end = 0;
    for (; at; at &= at - 1) {
        const unsigned i = (unsigned)ctz64(at);
        unsigned n;
        if (i > 60 || s[i + 1] == 0xc5) {
            *bad |= above(i);
            break;
        }
        n = i == end ? 0 : contraction(s + i + 1, 0x20);
        if (!n) continue;
        end = i + 1 + n;
        starts &= ~(above(i) & ~above(end));
        starts |= (uint64_t)1 << end & letters;
    }
    return starts;
}

/* cl100k and its kin; marks: [\p{L}\p{M}] for \p{L}. */
static ALWAYS_INLINE uint64_t starts_cl100k(const unsigned char *s, const planes *p, unsigned max_digits,
                                     bool marks, uint64_t *bad)
{
    const uint64_t l = p->upper | p->lower | p->caseless | (marks ? p->mark : 0);
    const uint64_t o = ~(l | p->number | p->space);
    const uint64_t eaten = fill_up(p->newline, p->newline & o << 1);
    const uint64_t space = p->space & ~eaten;
    const uint64_t o_alone = o & ~(o << 1) & ~(p->blank << 1);
    const uint64_t taken = whole_character(p, o_alone) | (p->space & ~p->newline);
    uint64_t starts = space_starts(p, space, p->newline & ~eaten, 0, bad), apostrophe;
    starts |= o_alone | (l & ~(l << 1) & ~(taken << 1));
    starts |= max_digits == 3 ? threes(p, bad) : p->number & ~p->tail;
    apostrophe = o_alone & p->apostrophe & l >> 1;
    return apostrophe ? contraction_pieces(s, apostrophe, l, 0x20, starts, bad) : starts;
}

/* GPT-2: a blank in front belongs to letters, numbers and the rest alike. digits: HF's Digits
 * row in front, so that every number is a piece and ends the text before it. */
static ALWAYS_INLINE uint64_t starts_gpt2(const unsigned char *s, const planes *p, bool digits,
                                   uint64_t *bad)
{
    const uint64_t l = p->upper | p->lower | p->caseless, n = p->number, not_blank = ~(p->blank << 1);
    const uint64_t o = ~(l | n | p->space);
    const uint64_t o_alone = o & ~(o << 1) & not_blank;
    uint64_t starts = space_starts(p, p->space, 0, digits ? n : 0, bad), apostrophe;
    starts |= o_alone | (l & ~(l << 1) & not_blank);
    starts |= digits ? n & ~p->tail : n & ~(n << 1) & not_blank;
    apostrophe = o_alone & p->apostrophe & l >> 1;
    return apostrophe ? contraction_pieces(s, apostrophe, l, 0, starts, bad) : starts;
}

/* o200k, tekken, Kimi. Inside a run of letters a capital behind a small letter starts a piece.
 * Left to the scanner: a capital behind a caseless letter or mark (the arm may have to give
 * back), and a mark that no letter precedes. */
static ALWAYS_INLINE uint64_t starts_o200k(const unsigned char *s, const planes *p, unsigned max_digits,
                                    bool tails, bool slashes, uint64_t *bad)
{
    const uint64_t bare = p->upper | p->lower | p->caseless;
    const uint64_t mark = fill_up(p->mark, p->mark & bare << 1);
    const uint64_t l = bare | mark, han = p->extra;
    const uint64_t o = ~(l | han | p->number | p->space);
    const uint64_t eater = slashes ? p->newline | p->slash : p->newline;
    const uint64_t eaten = fill_up(eater, p->newline & o << 1);
    const uint64_t space = p->space & ~eaten, rest = o & ~eaten;
    const uint64_t o_alone = rest & ~(rest << 1) & ~(p->blank << 1);
    const uint64_t taken = whole_character(p, o_alone) | (p->space & ~p->newline);
    uint64_t starts = space_starts(p, space, p->newline & ~eaten, 0, bad), tail;
    *bad |= (p->mark & ~mark) | (p->upper & (p->caseless | mark) << 1);
    starts |= o_alone | (l & ~(l << 1) & ~(taken << 1)) | (p->upper & p->lower << 1);
    starts |= han & ~(han << 1);
    starts |= max_digits == 3 ? threes(p, bad) : p->number & ~p->tail;
    /* what the window cuts off behind an apostrophe may be a letter */
    tail = tails ? p->apostrophe & l << 1 & ((l | p->bad) >> 1 | (uint64_t)1 << 63) : 0;
    return tail ? contraction_tails(s, tail, l, starts, bad) : starts;
}

/* DeepSeek: numbers in threes and CJK runs first, each stretch between a text of its own. A
 * punctuation character takes ASCII letters only, and only ASCII punctuation does. */
static ALWAYS_INLINE uint64_t starts_deepseek(const planes *p, uint64_t *bad)
{
    const uint64_t cjk = p->extra, l = p->upper | p->lower | p->caseless | p->mark;
    const uint64_t o = ~(l | cjk | p->number | p->space);
    const uint64_t eaten = fill_up(p->newline, p->newline & o << 1);
    const uint64_t space = p->space & ~eaten;
    const uint64_t o_alone = o & ~(o << 1) & ~(p->blank << 1);
    const uint64_t by_o = l & ~p->wide & (o_alone & ~p->wide) << 1;
    const uint64_t by_space = (p->space & ~p->newline) << 1;
    uint64_t starts = space_starts(p, space, p->newline & ~eaten, p->number | cjk, bad);
    starts |= o_alone | (l & ~(l << 1) & ~(by_o | by_space));
    starts |= threes(p, bad) | (cjk & ~(cjk << 1));
    *bad |= p->control; /* a gap between matches, or a prefix of letters */
    if (by_o) *bad |= l & p->wide & (l & ~p->wide) << 1;
    return starts;
}

/* One function a family; the constants make each its own code. */
static ALWAYS_INLINE uint64_t family_starts(tkc_family family, const unsigned char *s, const planes *p,
                                     uint64_t *bad)
{
    switch (family) {
    case TKC_FAMILY_GPT2: return starts_gpt2(s, p, false, bad);
    case TKC_FAMILY_DIGITS_GPT2: return starts_gpt2(s, p, true, bad);
    case TKC_FAMILY_CL100K:
    case TKC_FAMILY_LLAMA3: return starts_cl100k(s, p, 3, false, bad);
    case TKC_FAMILY_QWEN2: return starts_cl100k(s, p, 1, false, bad);
    case TKC_FAMILY_QWEN35: return starts_cl100k(s, p, 1, true, bad);
    case TKC_FAMILY_O200K: return starts_o200k(s, p, 3, true, true, bad);
    case TKC_FAMILY_TEKKEN: return starts_o200k(s, p, 1, false, true, bad);
    case TKC_FAMILY_KIMI: return starts_o200k(s, p, 3, true, false, bad);
    case TKC_FAMILY_DEEPSEEK_V3: return starts_deepseek(p, bad);
    default: *bad = ~(uint64_t)0; return 1;
    }
}

/* Whether it asks for p->upper and p->lower apart. */
static ALWAYS_INLINE bool family_is_cased(tkc_family family)
{
    return family == TKC_FAMILY_O200K || family == TKC_FAMILY_TEKKEN || family == TKC_FAMILY_KIMI;
}

static ALWAYS_INLINE wide_rule family_wide(tkc_family family)
{
    return family == TKC_FAMILY_KIMI          ? WIDE_KIMI
           : family == TKC_FAMILY_DEEPSEEK_V3 ? WIDE_DEEPSEEK
           : family == TKC_FAMILY_DIGITS_GPT2 ? WIDE_DIGITS
                                              : WIDE_PLAIN;
}

#endif
