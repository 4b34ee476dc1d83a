/* wide.c - characters of three bytes: their tokens alone, and which two of them a token holds. */
#include "vocab/compile/characters.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

/* Calls add for every pair of characters that some token holds; marks those at whose side a token
 * ends within a character. A token's end within one may be any character that begins or ends so:
 * it is marked for all of them, which costs cuts and nothing else. */
static void each_wide_pair(const tkc_vocab *v, uint8_t *wide, void (*add)(void *ctx, uint64_t hash),
                           void *ctx)
{
    for (uint32_t id = 0; id < v->model.n_ids; id++) {
        const tkc_str t = tkc_token_at(v, id);
        const unsigned char *p = (const unsigned char *)t.ptr;
        bool asked = false;
        for (size_t q = 1; q < t.len; q++) {
            const size_t left = q < 3 ? q : 3, right = t.len - q < 3 ? t.len - q : 3;
            const bool can_be = (p[q] & 0xf0) == 0xe0 && tkc_utf8_is_tail(p[q - 1]) &&
                                (left < 2 || tkc_utf8_is_tail(p[q - 2])) &&
                                (left < 3 || (p[q - 3] & 0xf0) == 0xe0) &&
                                (right < 2 || tkc_utf8_is_tail(p[q + 1])) && (right < 3 || tkc_utf8_is_tail(p[q + 2]));
            if (!can_be) continue;
            if (!asked && !tkc_is_model_token(v, id)) break;
            asked = true;
            if (left < 3) {
                const uint32_t n = right == 3 ? 1 : right == 2 ? 64 : 4096;
                uint32_t c = (uint32_t)(p[q] & 15) << 12;
                if (right > 1) c |= (uint32_t)(p[q + 1] & 63) << 6;
                if (right > 2) c |= p[q + 2] & 63;
                for (uint32_t k = 0; k < n; k++) wide[c + k] |= TKC_WIDE_OPEN_LEFT;
            } else if (right < 3) {
                wide[tkc_wide_char(p + q - 3)] |= TKC_WIDE_OPEN_RIGHT;
            } else if (add) {
                add(ctx, tkc_wide_hash(tkc_wide_char(p + q - 3) << 16 | tkc_wide_char(p + q)));
            }
        }
    }
}

/* Characters with this bit that p[0 .. n), n <= 3, is the end of (or, from its begin, the begin), have it no more. */
static void clear_ends(uint8_t *wide, const unsigned char *p, size_t n, uint8_t bit)
{
    const uint32_t c = n == 1 ? p[0] & 63u : n == 2 ? (p[0] & 63u) << 6 | (p[1] & 63u) : tkc_wide_char(p);
    const uint32_t stride = (uint32_t)1 << 6 * n;
    for (uint32_t k = c; k < TKC_WIDE_CHARS; k += stride) wide[k] &= (uint8_t)~bit;
}

static void clear_begins(uint8_t *wide, const unsigned char *p, size_t n, uint8_t bit)
{
    const uint32_t c = (p[0] & 15u) << 12 | (n > 1 ? (p[1] & 63u) << 6 : 0) | (n > 2 ? p[2] & 63u : 0);
    for (uint32_t k = 0; k < (uint32_t)1 << 6 * (3 - n); k++) wide[c + k] &= (uint8_t)~bit;
}

/* Which characters stand beside one of two or four bytes in no token. What a token has only a part of may be any
 * character that ends or begins so. */
static void note_apart(const tkc_vocab *v, uint8_t *wide)
{
    for (uint32_t c = 0x800; c < TKC_WIDE_CHARS; c++)
        if (c < 0xd800 || c >= 0xe000) wide[c] |= TKC_WIDE_APART_BEFORE | TKC_WIDE_APART_BEHIND;
    for (uint32_t id = 0; id < v->model.n_ids; id++) {
        const tkc_str t = tkc_token_at(v, id);
        const unsigned char *p = (const unsigned char *)t.ptr;
        for (size_t q = 1; q < t.len; q++) {
            const size_t left = q < 3 ? q : 3, right = t.len - q < 3 ? t.len - q : 3;
            const bool three = (left < 2 || tkc_utf8_is_tail(p[q - 2])) && (left < 3 || (p[q - 3] & 0xf0) == 0xe0);
            if (!tkc_utf8_is_tail(p[q - 1]) || p[q] < 0xc2) continue;
            if ((p[q] & 0xf0) != 0xe0) {
                if (three) clear_ends(wide, p + q - left, left, TKC_WIDE_APART_BEHIND);
            } else if ((left < 3 || !three) && (right < 2 || tkc_utf8_is_tail(p[q + 1])) && (right < 3 || tkc_utf8_is_tail(p[q + 2]))) {
                clear_begins(wide, p + q, right, TKC_WIDE_APART_BEFORE);
            }
        }
    }
}

static void count_one(void *ctx, uint64_t hash)
{
    (void)hash;
    ++*(size_t *)ctx;
}

static void put_one(void *ctx, uint64_t hash)
{
    const tkc_ready *r = ctx;
    tkc_filter_add(r->wide_pair, r->n_wide_pair, hash);
}

/* What a character merges to alone. */
typedef struct alone {
    unsigned n;        /* tokens */
    uint32_t id, prio; /* n = 1: the token, and the largest priority among its merges */
} alone;

/* Of three symbols, given the merges of the first two and the last two. */
static alone merge_three(const tkc_vocab *v, const uint32_t id[3], uint32_t first, uint32_t last)
{
    const uint32_t none = TKC_NO_ID;
    const bool left = first != none &&
                      (last == none || tkc_merge_prio(v, first) <= tkc_merge_prio(v, last));
    const uint32_t one = left ? first : last;
    uint32_t two, prio, other;
    if (one == none) return (alone){.n = 3};
    two = left ? tkc_pair_find(v, tkc_merge_result(v, one), id[2])
               : tkc_pair_find(v, id[0], tkc_merge_result(v, one));
    if (two == none) return (alone){.n = 2};
    prio = tkc_merge_prio(v, one);
    other = tkc_merge_prio(v, two);
    return (alone){1, tkc_merge_result(v, two), prio < other ? other : prio};
}

static void count_wide(const tkc_vocab *v, uint8_t *wide, tkc_threats *t)
{
    for (uint32_t high = 0x800 >> 6; high < TKC_WIDE_CHARS >> 6; high++) {
        uint32_t id[3] = {v->byte_id[0xe0 | high >> 6], v->byte_id[0x80 | (high & 63)], 0};
        const uint32_t first = tkc_pair_find(v, id[0], id[1]);
        if (high >= 0xd800 >> 6 && high < 0xe000 >> 6) continue;
        for (uint32_t low = 0; low < 64; low++) {
            const uint32_t c = high << 6 | low;
            alone a;
            id[2] = v->byte_id[0x80 | low];
            a = merge_three(v, id, first, tkc_pair_find(v, id[1], id[2]));
            wide[c] |= (uint8_t)a.n;
            if (a.n == 1) tkc_threats_alone(t, c, a.id, a.prio);
        }
    }
}

/* Room for so many pairs. */
static tkc_status make_wide_pair(tkc_ready *r, size_t pairs, const tkc_allocator *alloc, tkc_error *err)
{
    size_t n = 16; /* 8 to 16 bits a pair: o200k_base has 11,890, in 16 KB */
    while (n < pairs / 8) n *= 2;
    r->wide_pair = tkc_alloc_zero(alloc, n, sizeof *r->wide_pair);
    if (!r->wide_pair) return tkc_nomem(err);
    r->n_wide_pair = n;
    return TKC_OK;
}

tkc_status tkc_make_wide(tkc_ready *r, const tkc_vocab *v, tkc_threats *t,
                         const tkc_allocator *alloc, tkc_error *err)
{
    size_t pairs = 0;
    tkc_status st;
    r->wide = tkc_alloc_zero(alloc, TKC_WIDE_CHARS, 1);
    if (!r->wide) return tkc_nomem(err);
    each_wide_pair(v, r->wide, count_one, &pairs);
    st = make_wide_pair(r, pairs, alloc, err);
    if (st) return st;
    each_wide_pair(v, r->wide, put_one, r);
    count_wide(v, r->wide, t);
    note_apart(v, r->wide);
    for (uint32_t i = 0; v->model.flags & TKC_MODEL_WHOLE_PIECE && i < v->n_unreachable; i++) {
        const tkc_str s = tkc_token_at(v, v->unreachable[i]);
        const unsigned char *p = (const unsigned char *)s.ptr;
        const bool begins = s.len >= 3 && (p[0] & 0xf0) == 0xe0;
        const uint32_t last = tkc_wide_last(p, s.len);
        if (begins) r->wide[tkc_wide_char(p)] |= TKC_WIDE_ODD;
        if (begins || last) r->wide[last] |= TKC_WIDE_ODD_LAST;
    }
    return TKC_OK;
}

/* Calls add for every pair of characters of three bytes that some token of a model of characters holds. */
static void each_joinable(const tkc_vocab *v, void (*add)(void *ctx, uint64_t hash), void *ctx)
{
    for (size_t i = 0; i <= v->join_mask; i++) {
        const uint64_t before = v->join[i] >> 21, behind = v->join[i] & 0x1fffff;
        if (before < 0x800 || before > 0xffff || behind < 0x800 || behind > 0xffff) continue;
        add(ctx, tkc_wide_hash((uint32_t)(before << 16 | behind)));
    }
}

tkc_status tkc_make_units(tkc_ready *r, const tkc_vocab *v, const tkc_allocator *alloc, tkc_error *err)
{
    size_t pairs = 0;
    tkc_status st;
    r->wide = tkc_alloc_zero(alloc, TKC_WIDE_CHARS, 1);
    if (!r->wide) return tkc_nomem(err);
    for (uint32_t c = 0x800; c < TKC_WIDE_CHARS; c++)
        if (c < 0xd800 || c >= 0xe000) r->wide[c] = 3;
    for (uint32_t id = 0; id < v->model.n_ids; id++) {
        const tkc_str t = tkc_token_at(v, id);
        if (t.len == 3 && tkc_utf8_valid(t.ptr, 3) == 3 && tkc_wide_last((const unsigned char *)t.ptr, 3) &&
            tkc_is_model_token(v, id))
            r->wide[tkc_wide_char((const unsigned char *)t.ptr)] = 1;
    }
    each_joinable(v, count_one, &pairs);
    st = make_wide_pair(r, pairs, alloc, err);
    if (!st) each_joinable(v, put_one, r);
    return st;
}
