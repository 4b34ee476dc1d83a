/*
 * kernel_body.h - the loops themselves; included once by each kernel_ISA.c behind its simd_ISA.h.
 */
#include "tokenizer/kernels/bounds.h"
#include "tokenizer/kernels/cjk_cuts.h"
#include "tokenizer/kernels/unit_window.h"
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

/* The last n bytes of a text, in a window that its last character fills: the run that the text ends in goes
 * on, as it well might have, and pieces before it are what they were. The README says why. */
static NEVER_INLINE const unsigned char *tail_window(unsigned char *window, const unsigned char *s, size_t n)
{
    if (s[n - 1] < 0x80) {
        memset(window, s[n - 1], TKC_WINDOW);
    } else {
        unsigned char last[4 + 4] = {0}; /* bytes behind the character are written and overwritten */
        size_t len = 1;
        while ((s[n - len] & 0xc0) == 0x80) len++;
        memcpy(last, s + n - 4, 4);
        for (size_t i = n; i < TKC_WINDOW; i += len) memcpy(window + i, last + 4 - len, 4);
    }
    return memcpy(window, s, n);
}

/* Whether nothing parts the last piece of a text that is left bytes long in such a window: of what the run gains
 * only the letters of a contraction that is not one in the text would make one piece of two. */
static ALWAYS_INLINE bool ends_whole(const planes *p, uint64_t bad, size_t left)
{
    return !(bad << (TKC_WINDOW - left)) & !(p->apostrophe >> (left - 3));
}

/* Stretches of a window that only the scanner can decide: with so many a look at it costs more than
 * the scanner takes for all of it. */
enum { MANY_BAD = 3 };

static ALWAYS_INLINE void bounds(tkc_family family, tkc_scan_fn scan, const tkc_vocab *v, const unsigned char *s,
                                 size_t len, tkc_batch *b, size_t *count)
{
    unsigned char tail[TKC_WINDOW + 4];
    uint32_t *const start = b->start;
    size_t at = 0, n = 0, back = b->before; /* back: bytes of at's piece that are in front of at */
    cjk_row row;
    bool wide = false, open = false; /* open: the last of n has begun before at */
    cjk_begin(&row);
    row.number[7] = 0;
    b->gaps = false;
    while (at < len) {
        size_t scanned = 0; /* up to here pieces are left to the scanner */
        const size_t left = len - at;
        if (left >= TAIL) {
            const unsigned char *const w = left < TKC_WINDOW ? tail_window(tail, s + at, left) : s + at;
            planes p;
            uint64_t bad, starts, trusted, within = 0, cjk = 0;
            unsigned on = 0;
            bool whole = false;
            if (n > TKC_BATCH - TKC_WINDOW) break;
            p = ascii_planes(w, family_is_cased(family));
            if (p.wide) {
                planes q = p;
                byte_planes(w, &q);
                wide_planes(w, &q, family_wide(family));
                p = q;
                wide |= popcount64(p.long_lead & ~p.cjk) > 2;
                if (v) {
                    cjk = p.cjk;
                    within = cjk_within(&p);
                }
            }
            bad = p.bad;
            starts = family_starts(family, w, &p, &bad);
            if (left < TKC_WINDOW) {
                whole = ends_whole(&p, bad, left);
                bad |= ~(uint64_t)0 << left;
            }
            trusted = lowest_bit(bad) - 1; /* without a bad one: all */
            starts &= trusted;
            cjk &= trusted;
            within &= trusted;
            if ((starts | within) > 1 || whole) {
                const unsigned to = whole ? (unsigned)left : 63 - (unsigned)clz64(starts | within);
                if (LIKELY(!(cjk | row.n_window | b->gaps))) { /* it ends where a piece does */
                    starts &= ~((uint64_t)1 << to) & ~(uint64_t)open;
                    simd_put_bits(start + n, starts, TKC_WINDOW, (uint32_t)at, 1);
                    n += (size_t)popcount64(starts);
                    open = false;
                    back = 0;
                } else {
                    cjk_append(&row, w, (window_starts){starts, within, cjk, (uint32_t)at, to, whole});
                    if (cjk_is_full(&row, n)) cjk_put(&row, v, b, &n, &open, count);
                    back = starts > 1 ? to - (63 - (unsigned)clz64(starts)) : back + to;
                }
                at += to;
                continue;
            }
            if (row.n_window) cjk_put(&row, v, b, &n, &open, count);
            if (left >= TKC_WINDOW) on = p.wide ? goes_on(&p, bad) : blanks_go_on(&p, family);
            if (on) {
                if (!open) start[n++] = (uint32_t)at;
                open = true;
                back += on;
                at += on;
                continue;
            }
            if (popcount64(bad & ~(bad << 1)) >= MANY_BAD)
                scanned = at + (left < TKC_WINDOW ? left : TKC_WINDOW);
        } else if (row.n_window) {
            cjk_put(&row, v, b, &n, &open, count);
            continue;
        } else if (n == TKC_BATCH) {
            break;
        }
        if (open) n--;
        else start[n] = (uint32_t)at;
        open = false;
        do {
            at += scan(s + at - back, len - at + back) - back;
            back = 0;
            b->end[n] = start[n + 1] = (uint32_t)at;
            n++;
            wide |= s[at - 1] >= 0x80;
        } while (at < scanned);
    }
    if (row.n_window) cjk_put(&row, v, b, &n, &open, count);
    if (open) n--;
    else start[n] = (uint32_t)at;
    b->used = start[n];
    b->before = at < len ? back - (at - b->used) : 0;
    b->n = n;
    b->wide = wide;
}

#define FAMILY(id, scan) \
    static void bounds_##id(const tkc_vocab *v, const unsigned char *s, size_t len, tkc_batch *b, size_t *count) \
    { \
        bounds(TKC_FAMILY_##id, scan, v, s, len, b, count); \
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

/* Where the fill of a key of len bytes is. */
static ALWAYS_INLINE const unsigned char *fill_of(size_t len)
{
    return tkc_key_fill + sizeof(simd_key) - len;
}

/* The entry of a piece in the bucket of its home, and from now on at home: it changes places with the
 * one that was. NULL: it is not known. */
static ALWAYS_INLINE const unsigned char *look_around(unsigned char *home, simd_key k, bool ids)
{
    enum { MOST = 2 * sizeof k };
    const size_t entry = ids ? MOST : sizeof k;
    unsigned char *const bucket = home - ((uintptr_t)home & (TKC_PIECE_BUCKET - 1));
    unsigned same = 0;
    for (size_t i = 0; i < TKC_PIECE_BUCKET / entry; i++) same |= (unsigned)simd_has(bucket + i * entry, k) << i;
    for (; same; same &= same - 1) { /* hardly ever one: nothing to guess */
        unsigned char *const e = bucket + (size_t)ctz64(same) * entry;
        unsigned char found[MOST];
        if (!e[TKC_PIECE_SHORT]) continue;
        memcpy(found, e, entry);
        memmove(e, home, entry);
        memcpy(home, found, entry);
        return home;
    }
    return NULL;
}

/* A function each, in which sizes are constants. */
static NEVER_INLINE const unsigned char *count_around(unsigned char *home, simd_key k)
{
    return look_around(home, k, false);
}

static NEVER_INLINE const unsigned char *ids_around(unsigned char *home, simd_key k)
{
    return look_around(home, k, true);
}

/* Bytes from which a key may be read wherever a piece begins that is not readable(): the text's last ones, and
 * as many of nothing. Returns what is at place 0 as if all were there. */
static ALWAYS_INLINE const unsigned char *text_end(unsigned char room_for[2 * sizeof(simd_key)], const unsigned char *s, size_t room)
{
    const size_t n = room < sizeof(simd_key) ? room : sizeof(simd_key);
    memset(room_for, 0, 2 * sizeof(simd_key));
    if (n == sizeof(simd_key)) memcpy(room_for, s + room - sizeof(simd_key), sizeof(simd_key));
    else memcpy(room_for, s, n);
    return (const unsigned char *)((uintptr_t)room_for - (room - n));
}

enum { GROUP = 64 };

/* Whether the table of short pieces may have it. */
static ALWAYS_INLINE bool is_short(const tkc_lookup *l, size_t i)
{
    return l->end[i] - l->start[i] <= TKC_PIECE_SHORT;
}

/* Keys and homes of n pieces; the homes are asked for. A piece that is too long has the key of none. */
static ALWAYS_INLINE void ask_group(const tkc_piece_table *t, const unsigned char *s,
                                    const uint32_t *start, const uint32_t *end, size_t n,
                                    simd_key *key, uint32_t *home)
{
    const unsigned char *const table = t->bucket, *const none = fill_of(0);
    const uint32_t mask = (uint32_t)t->mask;
    for (size_t i = 0; i < n; i++) {
        const int64_t from = start[i], minus = from - (int64_t)end[i];
        const simd_key k = simd_key_of(s + from, none + (minus < -TKC_PIECE_SHORT ? 0 : minus));
        const uint32_t at = (uint32_t)simd_hash(k) & mask;
        key[i] = k;
        home[i] = at;
        simd_prefetch(table + at);
    }
}

/* The same of pieces of which only the first n_read are readable(). */
static ALWAYS_INLINE void ask_near_end(const tkc_piece_table *t, const unsigned char *s, const unsigned char *end_of_s,
                                       size_t n_read, const uint32_t *start, const uint32_t *end, size_t n,
                                       simd_key *key, uint32_t *home)
{
    if (n_read > n) n_read = n;
    ask_group(t, s, start, end, n_read, key, home);
    if (n_read < n) ask_group(t, end_of_s, start + n_read, end + n_read, n - n_read, key + n_read, home + n_read);
}

/* Where a piece of more than 15 bytes is at home in its table. As many bytes may be read as whole keys take. */
static ALWAYS_INLINE const unsigned char *longer_home(const tkc_piece_table *t, const unsigned char *p, size_t len)
{
    enum { STEP = sizeof(simd_key) };
    uint64_t hash = simd_hash(simd_key_of(p, fill_of(STEP - 1)));
    for (size_t i = STEP; i < t->width; i += STEP) {
        const size_t left = i < len ? len - i : 0;
        const simd_key k = simd_key_of(left ? p + i : p, fill_of(left < STEP ? left : STEP - 1));
        hash = tkc_piece_hash(hash, simd_hash(k));
    }
    return tkc_piece_home(t, hash);
}

/* Whether len >= 16 bytes are the same: up to 32 of them are the first and the last 16. */
static ALWAYS_INLINE bool same_bytes(const unsigned char *a, const unsigned char *b, size_t len)
{
    return memcmp(a, b, 16) == 0 && memcmp(a + len - 16, b + len - 16, 16) == 0 && (len <= 32 || memcmp(a, b, len) == 0);
}

/* Such pieces came by a merger's way, some 350 instructions each: of Chinese and Japanese 20 a batch, of Russian
 * and Arabic too. A guest is still left to it. */
static size_t count_longer(const tkc_piece_table *wider, const unsigned char *s, size_t room,
                           const tkc_lookup *l, uint16_t *miss, size_t *n_miss)
{
    const tkc_piece_table *table[GROUP];
    const unsigned char *home[GROUP];
    size_t sum = 0, misses = 0;
    for (size_t from = 0, n; from < l->n; from += n) {
        n = l->n - from < GROUP ? l->n - from : GROUP;
        for (size_t i = 0; i < n; i++) {
            const size_t at = l->start[from + i], len = l->end[from + i] - at;
            const tkc_piece_table *const t = table[i] = wider + (59 - clz64(len));
            home[i] = NULL;
            if (!t->bucket || ((len + 15) & ~(size_t)15) > room - at) continue;
            home[i] = longer_home(t, s + at, len);
            simd_prefetch(home[i]);
        }
        for (size_t i = 0; i < n; i++) {
            const size_t at = l->start[from + i], len = l->end[from + i] - at;
            const unsigned char *const e = home[i];
            if (e && same_bytes(e, s + at, len) && (e[len] == 0xff || len == table[i]->width - 1) && tkc_piece_count(table[i], e))
                sum += tkc_piece_count(table[i], e);
            else
                miss[misses++] = (uint16_t)(from + i);
        }
    }
    *n_miss = misses;
    return sum;
}

/* In groups: first all homes are asked for, then they are looked into. A table that has outgrown the
 * L2 cache answers meanwhile. That a piece is at home is a good guess: 985 of 1,000 pieces of a
 * text that is known are, 960 of one that is new. */
static size_t count_batch(tkc_piece_table *t, const unsigned char *s, size_t room,
                          const tkc_lookup *l, uint16_t *miss, size_t *n_miss)
{
    const size_t n_all = t->bucket ? l->n : 0, n_read = readable(l, room);
    unsigned char *const table = t->bucket;
    unsigned char last[2 * sizeof(simd_key)];
    const unsigned char *const end = text_end(last, s, room);
    uint32_t home[GROUP];
    simd_key key[GROUP];
    size_t sum = 0, misses = 0;
    for (size_t from = 0, n; from < n_all; from += n) {
        n = n_all - from < GROUP ? n_all - from : GROUP;
        ask_near_end(t, s, end, from < n_read ? n_read - from : 0, l->start + from, l->end + from, n, key, home);
        for (size_t i = 0; i < n; i++) {
            const unsigned char *e = table + home[i];
            if (LIKELY(simd_has(e, key[i])) || (is_short(l, from + i) && (e = count_around(table + home[i], key[i])) != NULL))
                sum += e[TKC_PIECE_SHORT];
            else
                miss[misses++] = (uint16_t)(from + i);
        }
    }
    for (size_t i = n_all; i < l->n; i++) miss[misses++] = (uint16_t)i;
    *n_miss = misses;
    return sum;
}

/* Puts the ids of an entry to out, which has room for a row. Returns how many there are. */
static ALWAYS_INLINE size_t put_ids(uint32_t *out, const unsigned char *e)
{
    simd_copy_row(out, e + sizeof(simd_key));
    return e[TKC_PIECE_SHORT];
}

/* The same with ids. */
static size_t ids_batch(tkc_piece_table *t, const unsigned char *s, size_t room,
                        const tkc_lookup *l, uint32_t *out, tkc_gap *miss, size_t *n_miss)
{
    const size_t n_all = t->bucket ? l->n : 0, n_read = readable(l, room);
    unsigned char *const table = t->bucket;
    unsigned char last[2 * sizeof(simd_key)];
    const unsigned char *const end = text_end(last, s, room);
    uint32_t home[GROUP];
    simd_key key[GROUP];
    size_t sum = 0, misses = 0;
    for (size_t from = 0, n; from < n_all; from += n) {
        n = n_all - from < GROUP ? n_all - from : GROUP;
        ask_near_end(t, s, end, from < n_read ? n_read - from : 0, l->start + from, l->end + from, n, key, home);
        for (size_t i = 0; i < n; i++) {
            const unsigned char *e = table + home[i];
            if (LIKELY(simd_has(e, key[i])) || (is_short(l, from + i) && (e = ids_around(table + home[i], key[i])) != NULL))
                sum += put_ids(out + sum, e);
            else
                miss[misses++] = (tkc_gap){(uint16_t)(from + i), (uint16_t)sum};
        }
    }
    for (size_t i = n_all; i < l->n; i++) miss[misses++] = (tkc_gap){(uint16_t)i, 0};
    *n_miss = misses;
    return sum;
}

static uint64_t key_hash(const unsigned char *key)
{
    return simd_hash(simd_key_of(key, fill_of(TKC_PIECE_SHORT)));
}

static const unsigned char *find_around(unsigned char *home, const unsigned char *key, bool ids)
{
    const simd_key k = simd_key_of(key, fill_of(TKC_PIECE_SHORT));
    return ids ? ids_around(home, k) : count_around(home, k);
}

const tkc_kernel KERNEL = {
    {
#define FAMILY(id, scan) bounds_##id,
#include "tokenizer/kernels/families.def"
#undef FAMILY
    },
    count_batch,
    count_longer,
    ids_batch,
    wide_cut,
    wide_units,
    windows,
    key_hash,
    find_around,
};
