/*
 * cjk_cuts.h - Han, kana and Hangul of windows: units between the places that no token spans.
 *
 * A run of such letters is one piece and hardly ever comes again as a whole; its units do (merge/wide_runs.h). A unit
 * stands among the pieces like one. Whether two letters are parted is known late, and no window waits for
 * it: the letters of some windows stand in one row and are looked at together. README.md has more.
 */
#ifndef TKC_TOKENIZER_KERNELS_CJK_CUTS_H
#define TKC_TOKENIZER_KERNELS_CJK_CUTS_H

#include "tokenizer/kernels/bits.h"
#include "tokenizer/kernels/kernel.h"

#include <string.h>

enum { CJK_WINDOWS = 16, CJK_ROW = 256 };

/* What a window knows; nothing behind its byte to. */
typedef struct window_starts {
    uint64_t starts; /* of pieces */
    uint64_t within; /* places between two letters of a run */
    uint64_t cjk;    /* first bytes of letters */
    uint32_t at, to; /* where it is in the text; where the next one is laid in it */
    bool whole;      /* the text ends there */
} window_starts;

/* Windows whose units are not put yet. */
typedef struct cjk_row {
    uint32_t n, n_window;
    size_t most; /* units that they may be */
    uint16_t number[8 + CJK_ROW + 32]; /* of n letters, from number[8] on; 0 in front */
    window_starts window[CJK_WINDOWS];
} cjk_row;

/* A bit a letter of a row, and room to read on. */
enum { CJK_BYTES = CJK_ROW / 8 + 16 };
typedef struct cjk_bits {
    unsigned char cut[CJK_BYTES];              /* no token spans the place in front, and it may be cut */
    unsigned char one[CJK_BYTES], two[CJK_BYTES]; /* bits of how many tokens it makes, if it may stand alone */
} cjk_bits;

#ifdef SIMD_WIDE
static ALWAYS_INLINE void cjk_look(const tkc_vocab *v, const cjk_row *r, cjk_bits *c, bool may_be_odd)
{
    simd_wide_state state = simd_wide_begin(0, 0);
    unsigned last = 0;
    for (unsigned i = 0; i < r->n; i += 8) {
        const simd_wide_bits b = simd_wide_known(v, r->number + 8 + i, &state);
        const unsigned odd = may_be_odd ? b.odd : 0;
        c->cut[i / 8] = (unsigned char)~(b.joined | odd | last);
        c->one[i / 8] = (unsigned char)(b.one & ~odd);
        c->two[i / 8] = (unsigned char)(b.two & ~odd);
        if (may_be_odd) {
            c->cut[i / 8] &= (unsigned char)~(b.odd_last << 1);
            last = b.odd_last >> 7;
        }
    }
}
#else
static ALWAYS_INLINE void cjk_look(const tkc_vocab *v, const cjk_row *r, cjk_bits *c, bool may_be_odd)
{
    unsigned before = 0;
    memset(c, 0, sizeof *c);
    for (unsigned i = 0; i < r->n; i++) {
        const uint32_t pair = (uint32_t)r->number[7 + i] << 16 | r->number[8 + i];
        const unsigned kind = v->wide[r->number[8 + i]];
        const bool odd = may_be_odd && kind & TKC_WIDE_ODD, odd_last = may_be_odd && before & TKC_WIDE_ODD_LAST;
        const bool joined = kind & TKC_WIDE_OPEN_LEFT || before & TKC_WIDE_OPEN_RIGHT || tkc_filter_has(&v->wide_pair, tkc_wide_hash(pair));
        c->cut[i / 8] |= (unsigned char)(!(joined || odd || odd_last) << i % 8);
        c->one[i / 8] |= (unsigned char)((!odd && kind & 1) << i % 8);
        c->two[i / 8] |= (unsigned char)((!odd && kind & 2) << i % 8);
        before = kind;
    }
}

/* The bits of x, the lowest first, at the bits of to. */
static ALWAYS_INLINE uint64_t simd_spread(uint64_t x, uint64_t to)
{
    uint64_t r = 0;
    for (; to; to &= to - 1, x >>= 1) r |= x & 1 ? lowest_bit(to) : 0;
    return r;
}

static ALWAYS_INLINE void simd_cjk_numbers(uint16_t *number, const unsigned char *w, uint64_t lead)
{
    for (; lead; lead &= lead - 1) *number++ = (uint16_t)tkc_wide_char(w + ctz64(lead));
}
#endif

/* Places between two letters of a run. */
static ALWAYS_INLINE uint64_t cjk_within(const planes *p)
{
    const uint64_t other = p->cjk & p->extra, same = p->cjk & ~other;
    return (same & same << 3) | (other & other << 3);
}

/* Units, or pieces, that begin or end in a window at at, whose starts these are, up to its byte to, where the next
 * window is laid, or, whole, the text ends. Those of one of the letters single are left out and returned. *open: the
 * last of *n has begun in front of the window; or, after it, of the next one. */
static ALWAYS_INLINE uint64_t put_units(tkc_batch *b, size_t *n, bool *open, uint64_t starts, uint32_t at, uint32_t to,
                                        bool whole, uint64_t single)
{
    const uint64_t last = (uint64_t)1 << to, begins = starts & ~last & ~(uint64_t)*open;
    const uint64_t ends = (starts & ~(uint64_t)1) | (whole ? last : 0);
    const uint64_t alone = begins & ends >> 3 & single;
    if (b->gaps) simd_put_bits(b->end + *n - *open, ends & ~(alone << 3), TKC_WINDOW, at, 1);
    simd_put_bits(b->start + *n, begins ^ alone, TKC_WINDOW, at, 1);
    *n += (size_t)popcount64(begins ^ alone);
    *open = !(ends & last);
    return alone;
}

/* From here on units are left out of the n that have begun, of which the last one is open or ends at at. */
static NEVER_INLINE void begin_gaps(tkc_batch *b, size_t n, uint32_t at)
{
    b->start[n] = at;
    memcpy(b->end, b->start + 1, n * sizeof *b->end);
    b->gaps = true;
}

/* The bits of the letters to, of which the first is the i-th. */
static ALWAYS_INLINE uint64_t cjk_bits_at(const unsigned char *bits, unsigned i, uint64_t to)
{
    uint64_t x;
    memcpy(&x, bits + i / 8, sizeof x);
    return simd_spread(x >> i % 8, to);
}

static ALWAYS_INLINE void cjk_begin(cjk_row *r)
{
    r->n = r->n_window = 0;
    r->most = 0;
}

/* The units of the windows that wait, and tokens of those of one letter to *count; NULL: they are units like others. */
static NEVER_INLINE void cjk_put(cjk_row *r, const tkc_vocab *v, tkc_batch *b, size_t *n, bool *open, size_t *count)
{
    const bool may_be_odd = v->n_unreachable && v->model.flags & TKC_MODEL_WHOLE_PIECE;
    cjk_bits c;
    unsigned i = 0;
    if (may_be_odd) cjk_look(v, r, &c, true);
    else cjk_look(v, r, &c, false);
    if (count && !b->gaps) begin_gaps(b, *n, r->window[0].at);
    for (unsigned k = 0; k < r->n_window; k++) {
        const window_starts *const w = &r->window[k];
        const uint64_t one = cjk_bits_at(c.one, i, w->cjk), two = cjk_bits_at(c.two, i, w->cjk);
        const uint64_t cut = cjk_bits_at(c.cut, i, w->cjk) & w->within;
        const uint64_t alone = put_units(b, n, open, w->starts | cut, w->at, w->to, w->whole, count ? one | two : 0);
        if (count) *count += (size_t)popcount64(alone & one) + 2 * (size_t)popcount64(alone & two);
        i += (unsigned)popcount64(w->cjk);
    }
    cjk_begin(r);
}

/* A window, whose bytes are at s, that waits. */
static ALWAYS_INLINE void cjk_append(cjk_row *r, const unsigned char *s, window_starts w)
{
    r->window[r->n_window++] = w;
    r->most += (size_t)popcount64(w.starts | w.within);
    if (w.cjk) simd_cjk_numbers(r->number + 8 + r->n, s, w.cjk);
    r->n += (uint32_t)popcount64(w.cjk);
}

/* No room for another, behind n units. */
static ALWAYS_INLINE bool cjk_is_full(const cjk_row *r, size_t n)
{
    return r->n_window == CJK_WINDOWS || r->n > CJK_ROW - TKC_WINDOW / 3 || n + r->most > TKC_BATCH - TKC_WINDOW;
}

#endif
