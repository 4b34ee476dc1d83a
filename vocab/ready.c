/* ready.c - making what ready.h describes; deterministic, so that it can be verified by making it
 * again. */
#include "vocab/ready.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

void tkc_ready_release(tkc_ready *r, const tkc_allocator *alloc)
{
    tkc_free(alloc, r->wide, TKC_WIDE_CHARS, 1);
    tkc_free(alloc, r->wide_pair, r->n_wide_pair, sizeof *r->wide_pair);
    tkc_free(alloc, r->piece, r->n_bucket, TKC_READY_BUCKET);
    tkc_free(alloc, r->piece_id, r->n_bucket * 4, sizeof *r->piece_id);
    memset(r, 0, sizeof *r);
}

/* Whether the model itself finds this token by its bytes. */
static bool is_model_token(const tkc_vocab *v, uint32_t id)
{
    const tkc_str t = tkc_token_at(v, id);
    return t.len && tkc_token_find(v, t.ptr, t.len) == id;
}

/* --- characters of three bytes --------------------------------------------------------- */

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

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
            const bool can_be = (p[q] & 0xf0) == 0xe0 && is_tail(p[q - 1]) &&
                                (left < 2 || is_tail(p[q - 2])) &&
                                (left < 3 || (p[q - 3] & 0xf0) == 0xe0) &&
                                (right < 2 || is_tail(p[q + 1])) && (right < 3 || is_tail(p[q + 2]));
            if (!can_be) continue;
            if (!asked && !is_model_token(v, id)) break;
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

static void count_one(void *ctx, uint64_t hash)
{
    (void)hash;
    ++*(size_t *)ctx;
}

static void put_one(void *ctx, uint64_t hash)
{
    const tkc_ready *r = ctx;
    r->wide_pair[tkc_filter_word(hash, (uint32_t)(r->n_wide_pair - 1))] |= tkc_filter_bits(hash);
}

/* How many tokens three symbols merge to, given the merges of the first two and the last two. */
static unsigned merged_count(const tkc_vocab *v, const uint32_t id[3], uint32_t first, uint32_t last)
{
    uint32_t m;
    if (first == TKC_NO_ID && last == TKC_NO_ID) return 3;
    if (last == TKC_NO_ID || (first != TKC_NO_ID && tkc_merge_prio(v, first) <= tkc_merge_prio(v, last)))
        m = tkc_pair_find(v, tkc_merge_result(v, first), id[2]);
    else
        m = tkc_pair_find(v, id[0], tkc_merge_result(v, last));
    return m == TKC_NO_ID ? 2 : 1;
}

static void count_wide(const tkc_vocab *v, uint8_t *wide)
{
    for (uint32_t high = 0; high < TKC_WIDE_CHARS >> 6; high++) {
        uint32_t id[3] = {v->byte_id[0xe0 | high >> 6], v->byte_id[0x80 | (high & 63)], 0};
        const uint32_t first = tkc_pair_find(v, id[0], id[1]);
        if (high < 0x800 >> 6 || (high >= 0xd800 >> 6 && high < 0xe000 >> 6)) continue;
        for (uint32_t low = 0; low < 64; low++) {
            id[2] = v->byte_id[0x80 | low];
            wide[high << 6 | low] |=
                (uint8_t)merged_count(v, id, first, tkc_pair_find(v, id[1], id[2]));
        }
    }
}

static tkc_status make_wide(tkc_ready *r, const tkc_vocab *v, const tkc_allocator *alloc,
                            tkc_error *err)
{
    size_t pairs = 0;
    r->wide = tkc_alloc_zero(alloc, TKC_WIDE_CHARS, 1);
    if (!r->wide) return tkc_nomem(err);
    each_wide_pair(v, r->wide, count_one, &pairs);
    r->n_wide_pair = 16; /* 8 to 16 bits a pair: o200k_base has 11,890, in 16 KB */
    while (r->n_wide_pair < pairs / 8) r->n_wide_pair *= 2;
    r->wide_pair = tkc_alloc_zero(alloc, r->n_wide_pair, sizeof *r->wide_pair);
    if (!r->wide_pair) {
        r->n_wide_pair = 0;
        return tkc_nomem(err);
    }
    each_wide_pair(v, r->wide, put_one, r);
    count_wide(v, r->wide);
    for (uint32_t i = 0; v->model.flags & TKC_MODEL_WHOLE_PIECE && i < v->n_unreachable; i++) {
        const tkc_str t = tkc_token_at(v, v->unreachable[i]);
        const unsigned char *p = (const unsigned char *)t.ptr;
        const bool begins = t.len >= 3 && (p[0] & 0xf0) == 0xe0;
        const uint32_t last = tkc_wide_last(p, t.len);
        if (begins) r->wide[tkc_wide_char(p)] |= TKC_WIDE_ODD;
        if (begins || last) r->wide[last] |= TKC_WIDE_ODD_LAST;
    }
    return TKC_OK;
}

/* --- pieces ---------------------------------------------------------------------------- */

/* Into the first free entry of a bucket; a full one stays as it is. */
static void put_piece(tkc_ready *r, size_t bucket, const unsigned char *key, uint32_t id)
{
    for (size_t i = bucket * 4; i < bucket * 4 + 4; i++) {
        unsigned char *e = r->piece + i * TKC_READY_ENTRY;
        if (e[TKC_READY_ENTRY - 1]) continue;
        memcpy(e, key, TKC_READY_ENTRY - 1);
        e[TKC_READY_ENTRY - 1] = 1;
        r->piece_id[i] = id;
        return;
    }
}

static tkc_status make_pieces(tkc_ready *r, const tkc_vocab *v, const tkc_allocator *alloc,
                              tkc_error *err)
{
    uint32_t odd = 0;
    size_t others = 16;
    while (others < TKC_READY_MAX_BUCKETS && others < v->model.n_ids / 4) others *= 2;
    r->n_bucket = TKC_READY_HOT_BUCKETS + others;
    r->piece = tkc_alloc_zero(alloc, r->n_bucket, TKC_READY_BUCKET);
    r->piece_id = tkc_alloc_zero(alloc, r->n_bucket * 4, sizeof *r->piece_id);
    if (!r->piece || !r->piece_id) return tkc_nomem(err);
    for (uint32_t id = 0; id < v->model.n_ids; id++) {
        const tkc_str t = tkc_token_at(v, id);
        unsigned char key[TKC_READY_ENTRY];
        uint64_t hash;
        while (odd < v->n_unreachable && v->unreachable[odd] < id) odd++;
        /* what merging does not build is found only where whole pieces are looked up */
        if (odd < v->n_unreachable && v->unreachable[odd] == id &&
            !(v->model.flags & TKC_MODEL_WHOLE_PIECE))
            continue;
        /* a 0xff, which no text has, would make two tokens one key */
        if (!t.len || t.len >= TKC_READY_ENTRY || memchr(t.ptr, 0xff, t.len) || !is_model_token(v, id))
            continue;
        memset(key, 0xff, sizeof key);
        memcpy(key, t.ptr, t.len);
        hash = tkc_ready_hash(key);
        put_piece(r, hash & (TKC_READY_HOT_BUCKETS - 1), key, id);
        put_piece(r, TKC_READY_HOT_BUCKETS + (hash & (others - 1)), key, id);
    }
    return TKC_OK;
}

tkc_status tkc_ready_make(tkc_ready *r, const tkc_vocab *v, const tkc_allocator *alloc,
                          tkc_error *err)
{
    const tkc_model *m = &v->model;
    tkc_status st = TKC_OK;
    memset(r, 0, sizeof *r);
    if (!(m->flags & TKC_MODEL_BYTE_LEVEL) || m->subword_prefix[0] || m->word_suffix[0] ||
        (m->kind != TKC_MODEL_BPE_RANKS && m->kind != TKC_MODEL_BPE_MERGES))
        return TKC_OK;
    if (v->cuts) st = make_wide(r, v, alloc, err);
    if (!st) st = make_pieces(r, v, alloc, err);
    if (st) tkc_ready_release(r, alloc);
    return st;
}
