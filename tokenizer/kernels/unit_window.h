/*
 * unit_window.h - units of SentencePiece models (merge/unit_cuts.h), a window of 64 bytes at a time, whatever is
 * in it: one mask of the places that are parted, made of four.
 *
 * Two bytes of ASCII are asked about by classes, all at once; two characters of three bytes eight at a time
 * (wide_avx2.h); what stands beside a character of two bytes, and the few other places, by the memory of
 * pairs. A text of many languages goes from one to the other every ten bytes, and where is
 * guessed wrong each time: here only how many there are in a window is.
 */
#ifndef TKC_TOKENIZER_KERNELS_UNIT_WINDOW_H
#define TKC_TOKENIZER_KERNELS_UNIT_WINDOW_H

#include "tokenizer/kernels/bits.h"
#include "tokenizer/merge/unit_pairs.h"
#include "tokenizer/merge/wide_runs.h"
#include "vocab/base/utf8.h"

#if defined(SIMD_PARTED) && defined(SIMD_WIDE)

enum { WINDOW_READ = TKC_WINDOW + 28 }; /* eight characters of three bytes may begin in the last one */

/* Places, each bit that of the first byte of a character: */
typedef struct unit_window {
    uint64_t parted;   /* from what is before it */
    uint64_t wide;     /* of three bytes */
    uint64_t one, two; /* bits of how many tokens it makes alone, of three bytes only */
    unsigned n;        /* bytes; a character that ends behind them is the next one's */
} unit_window;

/* A byte's bits, each three places from the next one. */
#define TWO(x) (x), (x) | 1, (x) | 1 << 3, (x) | 1 << 3 | 1
#define FOUR(x) TWO(x), TWO((x) | 1 << 6), TWO((x) | 1 << 9), TWO((x) | 1 << 6 | 1 << 9)
#define SIX(x) FOUR(x), FOUR((x) | 1 << 12), FOUR((x) | 1 << 15), FOUR((x) | 1 << 12 | 1 << 15)
static const uint32_t window_threes[256] = {SIX(0), SIX(1 << 18), SIX(1 << 21), SIX(1 << 18 | 1 << 21)};
#undef SIX
#undef FOUR
#undef TWO

static ALWAYS_INLINE uint64_t in_threes(uint32_t eight)
{
    return window_threes[eight];
}

/* The characters of three bytes, w->wide; behind another one: both. */
static ALWAYS_INLINE void window_wide(unit_window *w, const tkc_vocab *v, const unsigned char *s, uint64_t both)
{
    uint64_t joined = 0;
    for (uint64_t left = w->wide; left;) {
        const unsigned i = (unsigned)ctz64(left);
        simd_wide_state state = simd_wide_begin(tkc_wide_char(s + (int)i - 3), 0);
        const simd_wide_bits b = simd_wide_eight(v, s + i, &state);
        const unsigned n = (unsigned)ctz64(~(uint64_t)b.is);
        const uint32_t is = (1u << n) - 1;
        joined |= in_threes(b.joined & is) << i;
        w->one |= in_threes(b.one & is) << i;
        w->two |= in_threes(b.two & is) << i;
        left &= above(i + 3 * n);
    }
    w->parted |= both & ~joined;
}

/* The 64 bytes at s; s[-4 .. WINDOW_READ) may be read. */
static ALWAYS_INLINE unit_window window_at(tkc_unit_pairs *p, const tkc_vocab *v, const unsigned char *s)
{
    unit_window w = {.n = TKC_WINDOW};
    uint64_t high;
    w.parted = simd_parted(&p->classes, s, &high);
    if (high | (s[-1] & 0x80)) {
        const simd_block b = simd_load(s);
        const uint64_t within = simd_between(b, 0x80, 0x40), three = simd_between(b, 0xe0, 0x10), four = simd_between(b, 0xf0, 8);
        /* the character in front of the first one has three bytes or four, three */
        const uint64_t long_before = (s[-1] & 0xc0) == 0x80 && (s[-2] & 0xc0) == 0x80, three_before = long_before & (s[-3] >= 0xe0);
        uint64_t ours = ~within, beside, big, both;
        if ((s[TKC_WINDOW] & 0xc0) == 0x80) {
            const uint64_t last = highest_bit(ours);
            w.n = (unsigned)ctz64(last);
            ours &= last - 1;
        }
        beside = (high | high << 1 | s[-1] >> 7) & ours;
        big = three | four | three << 3 | four << 4 | long_before;
        w.wide = three & ours;
        both = w.wide & (three << 3 | three_before);
        w.parted &= ours & ~beside;
        for (uint64_t near = beside & ~big; near; near &= near - 1)
            w.parted |= (uint64_t)tkc_near_parted(p, s + ctz64(near)) << ctz64(near);
        if (big) {
            for (uint64_t far = beside & big & ~both; far; far &= far - 1) {
                const unsigned char *const c = s + ctz64(far);
                unsigned n;
                w.parted |= (uint64_t)tkc_unit_parted(p, tkc_utf8_before(c, &n), tkc_utf8_get(c, &n)) << ctz64(far);
            }
            window_wide(&w, v, s, both);
        }
    }
    return w;
}

static ALWAYS_INLINE size_t unit_windows(tkc_unit_pairs *p, const tkc_vocab *v, const unsigned char *s, size_t *from,
                                         size_t len, size_t room, tkc_spans *out, bool count)
{
    size_t sum = 0, ended = out->n, at = *from;
    while (len - at > TKC_WINDOW && room - at >= WINDOW_READ && out->n <= TKC_SPANS - TKC_WINDOW) {
        const unit_window w = window_at(p, v, s + at);
        const uint32_t open = out->start[out->n];
        uint64_t alone = 0, single = 0;
        if (count && w.parted) {
            alone = w.parted & w.parted >> 3 & w.wide;
            single = at + (size_t)ctz64(w.parted) - open == 3 && (s[open] & 0xf0) == 0xe0;
        }
        if (alone | single) {
            const uint64_t ends = (w.parted & ~(alone << 3)) ^ (lowest_bit(w.parted) & -single);
            tkc_spans_end(out, &ended, out->n);
            sum += (size_t)popcount64(alone & w.one) + 2 * (size_t)popcount64(alone & w.two);
            if (single) sum += v->wide[tkc_wide_char(s + open)] & TKC_WIDE_COUNT;
            simd_put_bits(out->start + out->n + !single, w.parted & ~alone, TKC_WINDOW, (uint32_t)at, 1);
            simd_put_bits(out->end + out->n, ends, TKC_WINDOW, (uint32_t)at, 1);
            out->n += (size_t)popcount64(ends);
            ended = out->n;
        } else {
            simd_put_bits(out->start + out->n + 1, w.parted, TKC_WINDOW, (uint32_t)at, 1);
            out->n += (size_t)popcount64(w.parted);
        }
        at += w.n;
    }
    tkc_spans_end(out, &ended, out->n);
    *from = at;
    return sum;
}

static size_t windows(tkc_unit_pairs *p, const tkc_vocab *v, const unsigned char *s, size_t *at, size_t len, size_t room,
                      tkc_spans *out, bool count)
{
    return count ? unit_windows(p, v, s, at, len, room, out, true) : unit_windows(p, v, s, at, len, room, out, false);
}

#else
#define windows NULL
#endif

#endif
