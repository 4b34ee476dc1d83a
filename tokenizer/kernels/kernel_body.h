/*
 * kernel_body.h - the loops themselves; included once by each kernel_ISA.c behind its simd_ISA.h.
 */
#include "tokenizer/kernels/bounds.h"
#include "tokenizer/kernels/wide_cut.h"
#include "vocab/base/common.h"

/* The place in a window that is one piece, up to limit, from where a next window may go on: between
 * two caseless letters, or two of p->extra, in a run of which no pattern has to know what was
 * before. 0: there is none. */
static ALWAYS_INLINE unsigned goes_on(const planes *p, uint64_t bad)
{
    const uint64_t trusted = lowest_bit(bad) - 1, first = ~p->tail & trusted & ~(uint64_t)1;
    const uint64_t run = (p->caseless & p->caseless << 1) | (p->extra & p->extra << 1);
    const unsigned at = 63 - (unsigned)clz64(first | 1);
    return run >> at & 1 ? at : 0;
}

/* The same for a window of nothing but ASCII white space, which is one piece to its end: at its last
 * newline, or, if what ends a run of it does not look at newlines or there are none, at its last
 * character but one. */
static ALWAYS_INLINE unsigned blanks_go_on(const planes *p, tkc_family family)
{
    const bool newlines = family != TKC_FAMILY_GPT2 && family != TKC_FAMILY_DIGITS_GPT2;
    if (p->wide | ~p->space) return 0;
    return newlines && p->newline ? 63 - (unsigned)clz64(p->newline) : TKC_WINDOW - 2;
}

/* Fewer bytes than that are quicker scanned than copied. */
enum { TAIL = 12 };

/* The last n bytes of a text, in a window that its last one fills: the run that the text ends in goes
 * on, as it well might have, and pieces before it are what they were. The README says why. */
static NEVER_INLINE const unsigned char *tail_window(unsigned char *window, const unsigned char *s, size_t n)
{
    memset(window, s[n - 1], TKC_WINDOW);
    memcpy(window, s, n);
    return window;
}

/* Stretches of a window that only the scanner can decide: with so many a look at it costs more than
 * the scanner takes for all of it. */
enum { MANY_BAD = 3 };

static ALWAYS_INLINE void bounds(tkc_family family, tkc_scan_fn scan, const unsigned char *s,
                                 size_t len, tkc_batch *b)
{
    unsigned char tail[TKC_WINDOW];
    uint32_t *start = b->start;
    size_t at = 0, piece = 0, n = 0; /* piece: where the one begins that the window is in */
    bool wide = false;
    while (at < len) {
        size_t scanned = 0; /* up to here pieces are left to the scanner */
        const size_t left = len - at;
        if (left >= TKC_WINDOW || (left >= TAIL && s[len - 1] < 0x80)) {
            const unsigned char *const w = left < TKC_WINDOW ? tail_window(tail, s + at, left) : s + at;
            planes p;
            uint64_t bad, starts;
            unsigned on = 0;
            if (n > TKC_BATCH - TKC_WINDOW) break;
            p = simd_ascii_planes(w);
            if (p.wide) {
                planes q = p;
                wide_planes(w, &q, family_wide(family));
                p = q;
                wide |= popcount64(p.long_lead) > 2;
            }
            bad = p.bad;
            starts = family_starts(family, w, &p, &bad);
            if (left < TKC_WINDOW) bad |= ~(uint64_t)0 << left;
            starts &= lowest_bit(bad) - 1; /* without a bad one: all */
            if (starts > 1) {
                const unsigned end = 63 - (unsigned)clz64(starts);
                starts ^= (uint64_t)1 << end;
                simd_put_bits(start + n, starts, TKC_WINDOW, (uint32_t)at, 1);
                start[n] = (uint32_t)piece;
                n += (size_t)popcount64(starts);
                piece = at += end;
                continue;
            }
            if (left >= TKC_WINDOW) on = p.wide ? goes_on(&p, bad) : blanks_go_on(&p, family);
            at += on;
            if (on) continue;
            if (popcount64(bad & ~(bad << 1)) >= MANY_BAD)
                scanned = at + (left < TKC_WINDOW ? left : TKC_WINDOW);
        } else if (n == TKC_BATCH) {
            break;
        }
        do {
            start[n++] = (uint32_t)piece;
            piece += scan(s + piece, len - piece);
            at = piece;
            wide |= s[at - 1] >= 0x80;
        } while (at < scanned);
    }
    start[n] = (uint32_t)piece;
    b->n = n;
    b->wide = wide;
}

#define FAMILY(id, scan) \
    static void bounds_##id(const unsigned char *s, size_t len, tkc_batch *b) \
    { \
        bounds(TKC_FAMILY_##id, scan, s, len, b); \
    }
#include "tokenizer/kernels/families.def"
#undef FAMILY

/* The pieces from which 16 bytes may be read. */
static ALWAYS_INLINE size_t readable(const tkc_lookup *l, size_t room)
{
    size_t n = l->n;
    while (n && l->start[n - 1] + sizeof(simd_key) > room) n--;
    return n;
}

/* A bit at the count byte of each of the bucket's entries that has the key: one or none. ids: of a
 * table with ids, whose entries are every other 16 bytes. */
static ALWAYS_INLINE uint64_t hits(const unsigned char *bucket, simd_key k, bool ids)
{
    const uint64_t piece = ids ? UINT64_C(0x00007fff00007fff) : UINT64_C(0x7fff7fff7fff7fff);
    const uint64_t first = ids ? UINT64_C(0x0000000100000001) : UINT64_C(0x0001000100010001);
    /* 15 equal bytes and one more carry into the sixteenth */
    return ((simd_same(bucket, k) & piece) + first) & ~piece & first << 15;
}

/* That count byte, or, of none, another that is in the bucket. */
static ALWAYS_INLINE const unsigned char *count_byte(const unsigned char *bucket, uint64_t hit, bool ids)
{
    return bucket + ctz64(hit | (uint64_t)1 << (ids ? 47 : 63));
}

/* The count byte of a piece so near the end that 16 bytes may not be read; NULL: it is not known. */
static NEVER_INLINE const unsigned char *look_up_end(const tkc_piece_table *t, const unsigned char *s,
                                                     size_t from, size_t end, bool ids)
{
    const size_t len = end - from;
    unsigned char bytes[32] = {0};
    const unsigned char *bucket, *c;
    uint64_t hit;
    simd_key k;
    if (!t->bucket || len > TKC_PIECE_SHORT) return NULL;
    if (end >= 16) memcpy(bytes, s + end - 16, 16); /* quicker than so many as there are */
    else memcpy(bytes + 16 - end, s, end);
    k = simd_key_of(bytes + 16 - len, len);
    bucket = t->bucket + (simd_hash(k) & (((uint64_t)1 << t->bits) - 1)) * TKC_PIECE_BUCKET;
    hit = hits(bucket, k, ids);
    c = count_byte(bucket, hit, ids);
    return hit && *c ? c : NULL;
}

enum { GROUP = 64 };

/* Stands for the bucket of a piece that is too long for one. */
static const unsigned char nowhere[TKC_PIECE_BUCKET];

/* Keys and buckets of n pieces; the buckets are asked for. */
static ALWAYS_INLINE void ask_group(const tkc_piece_table *t, const unsigned char *s,
                                    const uint32_t *start, const uint32_t *end, size_t n,
                                    simd_key *key, const unsigned char **bucket)
{
    const unsigned char *const table = t->bucket;
    const uint64_t mask = ((uint64_t)1 << t->bits) - 1;
    for (size_t i = 0; i < n; i++) {
        const uint32_t len = end[i] - start[i];
        const simd_key k = simd_key_of(s + start[i], len & 15);
        const unsigned char *b = table + (simd_hash(k) & mask) * TKC_PIECE_BUCKET;
        key[i] = k;
        bucket[i] = len > TKC_PIECE_SHORT ? nowhere : b;
        simd_prefetch(b);
    }
}

/* In groups: first all buckets are asked for, then they are looked into. A table that has
 * outgrown the L2 cache answers meanwhile. Nothing is a branch: whether a piece is known is not
 * to be guessed in a text's first megabytes. */
static size_t count_batch(const tkc_piece_table *t, const unsigned char *s, size_t room,
                          const tkc_lookup *l, uint16_t *miss, size_t *n_miss)
{
    const size_t n_read = t->bucket ? readable(l, room) : 0;
    const unsigned char *bucket[GROUP];
    simd_key key[GROUP];
    size_t sum = 0, misses = 0;
    for (size_t from = 0, n; from < n_read; from += n) {
        n = n_read - from < GROUP ? n_read - from : GROUP;
        ask_group(t, s, l->start + from, l->end + from, n, key, bucket);
        for (size_t i = 0; i < n; i++) {
            const uint64_t hit = hits(bucket[i], key[i], false);
            const size_t count = *count_byte(bucket[i], hit, false) & -(size_t)(hit != 0);
            sum += count;
            miss[misses] = (uint16_t)(from + i);
            misses += count == 0;
        }
    }
    for (size_t i = n_read; i < l->n; i++) {
        const unsigned char *c = look_up_end(t, s, l->start[i], l->end[i], false);
        if (c) sum += *c;
        else miss[misses++] = (uint16_t)i;
    }
    *n_miss = misses;
    return sum;
}

/* The same with ids, which are written whether or not they are those of the piece: what comes next
 * is written over what does not count. */
static size_t ids_batch(const tkc_piece_table *t, const unsigned char *s, size_t room,
                        const tkc_lookup *l, uint32_t *out, tkc_gap *miss, size_t *n_miss)
{
    const size_t n_read = t->bucket ? readable(l, room) : 0;
    const unsigned char *bucket[GROUP];
    simd_key key[GROUP];
    size_t sum = 0, misses = 0;
    for (size_t from = 0, n; from < n_read; from += n) {
        n = n_read - from < GROUP ? n_read - from : GROUP;
        ask_group(t, s, l->start + from, l->end + from, n, key, bucket);
        for (size_t i = 0; i < n; i++) {
            const uint64_t hit = hits(bucket[i], key[i], true);
            const unsigned char *const c = count_byte(bucket[i], hit, true);
            const size_t count = *c & -(size_t)(hit != 0);
            simd_copy_row(out + sum, c + 1);
            sum += count;
            miss[misses] = (tkc_gap){(uint16_t)(from + i), (uint16_t)sum};
            misses += count == 0;
        }
    }
    for (size_t i = n_read; i < l->n; i++) {
        const unsigned char *c = look_up_end(t, s, l->start[i], l->end[i], true);
        if (c) {
            simd_copy_row(out + sum, c + 1);
            sum += *c;
        } else {
            miss[misses++] = (tkc_gap){(uint16_t)i, (uint16_t)sum};
        }
    }
    *n_miss = misses;
    return sum;
}

#ifdef SIMD_PARTED
static size_t parted(const tkc_pair_classes *c, const unsigned char *s, size_t at, size_t len,
                     uint32_t *start, size_t *n)
{
    size_t k = *n;
    while (len - at >= TKC_WINDOW && k <= TKC_BATCH) {
        uint64_t wide, places = simd_parted(c, s + at, &wide);
        places &= lowest_bit(wide) - 1; /* without a wide one: all */
        simd_put_bits(start + k, places, TKC_WINDOW, (uint32_t)at, 1);
        k += (size_t)popcount64(places);
        at += wide ? (size_t)ctz64(wide) : TKC_WINDOW;
        if (wide) break;
    }
    *n = k;
    return at;
}
#else
#define parted NULL
#endif

static uint64_t key_hash(const unsigned char *key)
{
    return simd_hash(simd_key_of(key, TKC_PIECE_SHORT));
}

const tkc_kernel KERNEL = {
    {
#define FAMILY(id, scan) bounds_##id,
#include "tokenizer/kernels/families.def"
#undef FAMILY
    },
    count_batch,
    ids_batch,
    parted,
    wide_cut,
    key_hash,
};
