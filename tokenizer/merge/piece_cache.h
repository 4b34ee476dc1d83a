/*
 * piece_cache.h - pieces of up to 15 bytes and their ids, remembered. Changes speed, never an
 * answer: an entry holds the whole piece, so a hit is exact.
 *
 * 16,384 entries of 32 bytes, 512 KB, direct-mapped, the newer piece replaces the older: a
 * bound by construction, no wipe, and it fits the L2 cache. An entry is 15 bytes of piece
 * padded with zeros, one byte for its length and its number of ids (so that padding cannot be
 * mistaken for NUL bytes), and room for four ids; longer answers are not kept.
 */
#ifndef TKC_TOKENIZER_PIECE_CACHE_H
#define TKC_TOKENIZER_PIECE_CACHE_H

#include "tokenizer/sink.h"

#include <string.h>

enum { TKC_CACHE_ENTRIES = 1 << 14, TKC_CACHE_LEN = 15, TKC_CACHE_IDS = 4 };

typedef struct tkc_piece_key {
    uint64_t lo, hi; /* the top byte of hi is the length */
} tkc_piece_key;

typedef struct tkc_piece_entry {
    uint64_t lo, hi; /* the top byte of hi: length, number of ids << 4 */
    uint32_t id[TKC_CACHE_IDS];
} tkc_piece_entry;

#define TKC_CACHE_COUNT_SHIFT 60

static inline uint64_t tkc_load_le(const char *p, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, p, n);
    return v;
}

/* 1 <= len <= TKC_CACHE_LEN. Loads overlap instead of looping over bytes, and none goes
 * outside the piece. */
static inline tkc_piece_key tkc_piece_key_of(const char *p, size_t len)
{
    tkc_piece_key k = {0, 0};
    if (len > 8) {
        k.lo = tkc_load_le(p, 8);
        k.hi = tkc_load_le(p + len - 8, 8) >> (8 * (16 - len));
    } else if (len == 8) {
        k.lo = tkc_load_le(p, 8);
    } else if (len >= 4) {
        k.lo = tkc_load_le(p, 4) | tkc_load_le(p + len - 4, 4) << (8 * (len - 4));
    } else {
        k.lo = (unsigned char)p[0];
        if (len > 1) k.lo |= tkc_load_le(p + len - 2, 2) << (8 * (len - 2));
    }
    k.hi |= (uint64_t)len << 56;
    return k;
}

static inline tkc_piece_entry *tkc_piece_slot(tkc_piece_entry *table, tkc_piece_key k)
{
    uint64_t h = (k.lo ^ k.hi * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93);
    return table + (h >> 50);
}

static inline bool tkc_piece_hit(const tkc_piece_entry *e, tkc_piece_key k)
{
    return e->lo == k.lo && ((e->hi ^ k.hi) & ~((uint64_t)15 << TKC_CACHE_COUNT_SHIFT)) == 0;
}

/* The ids of a hit into the sink. */
static inline void tkc_piece_emit(const tkc_piece_entry *e, tkc_sink *s)
{
    const size_t n = (size_t)(e->hi >> TKC_CACHE_COUNT_SHIFT);
    for (size_t i = 0; s->ids && i < n && s->n + i < s->cap; i++) s->ids[s->n + i] = e->id[i];
    s->n += n;
}

static inline void tkc_piece_keep(tkc_piece_entry *e, tkc_piece_key k, const uint32_t *ids,
                                  size_t n)
{
    if (n > TKC_CACHE_IDS) return;
    e->lo = k.lo;
    e->hi = k.hi | (uint64_t)n << TKC_CACHE_COUNT_SHIFT;
    memcpy(e->id, ids, n * sizeof *ids);
}

#endif
