/*
 * wide_cut.h - runs of characters of three bytes into units (merge/wide_runs.h), 64 characters at a
 * time: first a mask of what no token spans, then the units between its bits.
 *
 * Whether two characters are parted is a coin that cannot be guessed, and known late: nothing waits
 * for it. What is a branch is asked of the text (how long a run is, what is no character of three
 * bytes), or hardly ever taken (units that look odd, no more room).
 */
#ifndef TKC_TOKENIZER_KERNELS_WIDE_CUT_H
#define TKC_TOKENIZER_KERNELS_WIDE_CUT_H

#include "tokenizer/kernels/bits.h"
#include "tokenizer/merge/wide_runs.h"
#include "vocab/base/utf8.h"

/* Up to 64 characters in a row, a bit each, the first one's the lowest. */
typedef struct wide_row {
    uint64_t cut;           /* no token spans the place in front of it */
    uint64_t one, two;      /* bits of how many tokens it makes alone */
    uint64_t odd, odd_last; /* TKC_WIDE_ODD, TKC_WIDE_ODD_LAST */
    unsigned n;
} wide_row;

#ifdef SIMD_WIDE
/* Bytes behind which there may be none. */
static NEVER_INLINE const unsigned char *wide_end(unsigned char *to, const unsigned char *p, size_t n)
{
    memset(to, 0, 32);
    return memcpy(to, p, n < 32 ? n : 32);
}

/* Those from r->at on, up to most of them. */
static ALWAYS_INLINE wide_row wide_look(const tkc_wide_run *r, const tkc_vocab *v, const unsigned char *s, size_t room,
                                        unsigned most, bool may_be_odd)
{
    simd_wide_state state = simd_wide_begin(r->before, r->kind);
    const unsigned char *p = s + r->at;
    wide_row m = {0};
    uint64_t joined = 0;
    unsigned char end[32];
    unsigned i = 0, n;
    do {
        const size_t left = room - (size_t)(p - s);
        const simd_wide_bits b = simd_wide_eight(v, left < 28 ? wide_end(end, p, left) : p, &state);
        n = (unsigned)ctz64(~(uint64_t)b.is);
        joined |= (uint64_t)b.joined << i;
        m.one |= (uint64_t)b.one << i;
        m.two |= (uint64_t)b.two << i;
        if (may_be_odd) {
            m.odd |= (uint64_t)b.odd << i;
            m.odd_last |= (uint64_t)b.odd_last << i;
        }
        i += n;
        p += 24;
    } while (n == 8 && i < most);
    m.n = i < most ? i : most;
    m.cut = ~joined & (~(uint64_t)0 >> (64 - m.n));
    return m;
}
#else
static ALWAYS_INLINE wide_row wide_look(const tkc_wide_run *r, const tkc_vocab *v, const unsigned char *s, size_t room,
                                        unsigned most, bool may_be_odd)
{
    const unsigned char *p = s + r->at;
    const uint8_t *const wide = v->wide;
    const tkc_filter pairs = v->wide_pair;
    uint32_t pair = r->before;
    unsigned kind = r->kind;
    wide_row m = {0};
    (void)room;
    for (; m.n < most && (*p & 0xf0) == 0xe0; p += 3, m.n++) {
        uint64_t hash, word;
        unsigned k;
        pair = pair << 16 | tkc_wide_char(p);
        k = wide[pair & 0xffff];
        hash = tkc_wide_hash(pair);
        word = pairs.word[tkc_filter_word(hash, pairs.mask)];
        word = word >> (hash >> 12 & 63) & word >> (hash >> 18 & 63); /* tkc_filter_has() */
        m.cut |= (~(word | kind / TKC_WIDE_OPEN_RIGHT | k / TKC_WIDE_OPEN_LEFT) & 1) << m.n;
        m.one |= (uint64_t)(k & 1) << m.n;
        m.two |= (uint64_t)(k >> 1 & 1) << m.n;
        if (may_be_odd) {
            m.odd |= (uint64_t)(k / TKC_WIDE_ODD & 1) << m.n;
            m.odd_last |= (uint64_t)(k / TKC_WIDE_ODD_LAST & 1) << m.n;
        }
        kind = k;
    }
    return m;
}
#endif

/* The cuts of m without those that would make a unit of an odd token, or leave one behind: may_be are
 * those to be asked about. */
static NEVER_INLINE uint64_t wide_join_odd(wide_row m, tkc_wide_run r, const tkc_vocab *v, const unsigned char *s,
                                           uint64_t behind, uint64_t before)
{
    const uint64_t first = r.from == r.at; /* a unit begins there without a cut */
    for (uint64_t may_be = m.cut & (behind | before), bit; may_be; may_be ^= bit) {
        uint64_t begin;
        uint32_t at;
        bit = lowest_bit(may_be);
        at = r.at + 3 * (uint32_t)ctz64(bit);
        begin = (m.cut | first) & (bit - 1);
        if (begin) begin = highest_bit(begin);
        if ((bit & behind && (begin ? (begin & m.odd) != 0 : r.odd) &&
             tkc_wide_is_odd(v, s, begin ? r.at + 3 * (uint32_t)ctz64(begin) : r.from, at)) ||
            (bit & before && tkc_wide_is_odd(v, s, at, r.end)))
            m.cut ^= bit;
    }
    return m.cut;
}

/* The characters of three bytes that are next, up to stop. Returns the tokens of those that are counted. */
static ALWAYS_INLINE size_t wide_row_cut(tkc_wide_run *r, const tkc_vocab *v, const unsigned char *s, size_t room,
                                         uint32_t stop, tkc_spans *out, bool count, bool may_be_odd)
{
    const uint32_t base = r->at;
    const unsigned left = (stop - base + 2) / 3;
    wide_row m = wide_look(r, v, s, room, left < 64 ? left : 64, may_be_odd);
    const uint64_t first = r->from == base;
    uint64_t begins, alone = 0, ends;
    size_t sum = 0, n = out->n;
    uint64_t open;
    if (r->kind & TKC_WIDE_OTHER) m.cut = (m.cut & ~(uint64_t)1) | tkc_wide_parted(v, s, r->from, base, r->end);
    if (may_be_odd) {
        const uint64_t behind = m.odd_last << 1 | (r->kind / TKC_WIDE_ODD_LAST & 1), before = r->ends_odd ? m.odd : 0;
        if (m.cut & (behind | before)) m.cut = wide_join_odd(m, *r, v, s, behind, before);
    }
    begins = m.cut | first;
    if (count) {
        alone = begins & m.cut >> 1;
        sum = (size_t)popcount64(alone & m.one) + 2 * (size_t)popcount64(alone & m.two);
    }
    ends = m.cut & ~(alone << 1);
    /* one that began before and ends here */
    open = ~first & (m.cut != 0);
    if (count) {
        const uint64_t single = open & m.cut & (base - r->from == 3) & !(r->kind & TKC_WIDE_OTHER);
        sum += r->kind & TKC_WIDE_COUNT & -single;
        ends ^= single;
        open ^= single;
    }
    out->start[n] = r->from;
    simd_put_bits(out->start + n + open, begins & ~alone, m.n, base, 3);
    simd_put_bits(out->end + n, ends, m.n, base, 3);
    out->n = n + (size_t)popcount64(ends);
    if (begins) {
        const uint64_t begin = highest_bit(begins);
        r->from = base + 3 * (uint32_t)ctz64(begin);
        if (may_be_odd) r->odd = m.odd & begin;
    }
    r->at = base + 3 * m.n;
    r->before = tkc_wide_char(s + r->at - 3);
    r->kind = v->wide[r->before];
    return sum;
}

/* Another character. ASCII has no cut before or behind it. */
static ALWAYS_INLINE size_t wide_other(tkc_wide_run *r, const tkc_vocab *v, const unsigned char *s, tkc_spans *out,
                                       bool count, bool may_be_odd)
{
    const uint32_t from = r->from, at = r->at;
    const bool ascii = s[at] < 0x80;
    size_t sum = 0;
    bool part = !ascii && r->kind != TKC_WIDE_NO_PLACE && tkc_wide_parted(v, s, from, at, r->end);
    if (may_be_odd && part) part = !tkc_wide_is_odd(v, s, from, at) && !tkc_wide_is_odd(v, s, at, r->end);
    if (part) {
        if (count && at - from == 3 && !(r->kind & TKC_WIDE_OTHER)) {
            sum = r->kind & TKC_WIDE_COUNT;
        } else {
            out->start[out->n] = from;
            out->end[out->n++] = at;
        }
        r->from = at;
        r->odd = true;
    }
    r->before = 0;
    r->kind = ascii ? TKC_WIDE_NO_PLACE : TKC_WIDE_OTHER | TKC_WIDE_ODD_LAST; /* for all it knows */
    r->at += tkc_utf8_len(s[at]);
    return sum;
}

/* What is left of a piece is a unit too. */
static ALWAYS_INLINE size_t wide_put_last(const tkc_wide_run *r, tkc_spans *out, bool count)
{
    const unsigned single = count & (r->end - r->from == 3) & (r->before != 0);
    out->start[out->n] = r->from;
    out->end[out->n] = r->end;
    out->n += !single;
    return r->kind & TKC_WIDE_COUNT & -single;
}

static ALWAYS_INLINE size_t wide_cut_all(tkc_wide_place *place, const tkc_vocab *v, const unsigned char *s, size_t room,
                                         const tkc_lookup *l, tkc_spans *out, bool count, bool may_be_odd)
{
    size_t sum = 0;
    while (place->piece < l->n) {
        const uint32_t start = l->start[place->piece], end = l->end[place->piece];
        /* a piece has a blank in front, or has not, as a coin falls */
        tkc_wide_run r = {.from = start, .end = end, .at = start + (s[start] < 0x80), .kind = TKC_WIDE_NO_PLACE, .odd = true};
        uint32_t stop;
        if (!count && !tkc_is_wide_run(s + start, end - start)) {
            if (out->n == TKC_SPANS) break;
            out->start[out->n] = start;
            out->end[out->n++] = end;
            place->piece++;
            continue;
        }
        if (place->within) r = place->run;
        if (may_be_odd) r.ends_odd = v->wide[tkc_wide_last(s + start, end - start)] & TKC_WIDE_ODD_LAST;
        /* a unit has two bytes or more. Asked, not computed: what comes does not wait for the count */
        stop = end;
        if ((end - r.at) / 2 >= TKC_SPANS - out->n) {
            if (out->n) break;
            if ((end - r.at) / 2 >= TKC_SPANS) stop = r.at + 2 * TKC_SPANS - 8;
        }
        while (r.at < stop)
            sum += (s[r.at] & 0xf0) == 0xe0 ? wide_row_cut(&r, v, s, room, stop, out, count, may_be_odd)
                                            : wide_other(&r, v, s, out, count, may_be_odd);
        if (r.at < end) {
            place->within = true;
            place->run = r;
            break;
        }
        sum += wide_put_last(&r, out, count);
        place->piece++;
        place->within = false;
    }
    return sum;
}

/* The same of characters that units of SentencePiece hold. */
static size_t wide_units(tkc_wide_run *r, const tkc_vocab *v, const unsigned char *s, size_t room, uint32_t stop,
                         tkc_spans *out, bool count)
{
    return count ? wide_row_cut(r, v, s, room, stop, out, true, false) : wide_row_cut(r, v, s, room, stop, out, false, false);
}

static bool wide_cut(tkc_wide_place *place, const tkc_vocab *v, const unsigned char *s, size_t room, const tkc_lookup *l,
                     tkc_spans *out, size_t *count)
{
    const bool may_be_odd = v->n_unreachable && v->model.flags & TKC_MODEL_WHOLE_PIECE;
    if (count)
        *count += may_be_odd ? wide_cut_all(place, v, s, room, l, out, true, true)
                             : wide_cut_all(place, v, s, room, l, out, true, false);
    else if (may_be_odd) (void)wide_cut_all(place, v, s, room, l, out, false, true);
    else (void)wide_cut_all(place, v, s, room, l, out, false, false);
    return place->piece == l->n;
}

#endif
