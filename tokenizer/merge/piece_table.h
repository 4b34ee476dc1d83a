/*
 * piece_table.h - short pieces and their counts or ids, remembered. Changes speed, never an
 * answer: an entry holds the whole piece, so a hit is exact, and what is not there is merged.
 *
 * A table has entries of one width: 16 bytes for pieces of up to 15 bytes, 32 for 16 to 31, and so on
 * to 512. An entry is the piece, padded with 0xff, which no UTF-8 has, so that no length is needed
 * and NUL bytes are like any other; its last byte is the number of tokens, 0 in an empty entry and
 * never 0xff.
 *
 * The hash names one entry, where the piece is at home, and who looks finds it there, with one
 * compare of 16 bytes. Four entries are a bucket, of short pieces one line of the cache: a piece that
 * comes takes its home, and who was there becomes a guest in another entry of the bucket, an
 * empty one if there is one. (Without guests a third of the long runs of blanks in a text were merged
 * again whenever they came.) A guest that is asked for changes places with the one at its home: so
 * of two that have one home it is mostly the one that comes more often, and of 1,000 pieces of English 3
 * are guests instead of 10.
 *
 * A table of ids has a row of them behind every piece, as many bytes again: up to a quarter of the
 * width, and two entries are a bucket. What a short piece is and what it becomes are read with one
 * line of the cache; counting has a table of its own and does not drag ids along.
 *
 * The table belongs to one encoder. It starts empty at 16 KB and grows with what it learns up
 * to max_bits; from then on the newer piece replaces one of its bucket: a bound by
 * construction. When memory for growing is refused it stays as it is.
 */
#ifndef TKC_TOKENIZER_PIECE_TABLE_H
#define TKC_TOKENIZER_PIECE_TABLE_H

#include "vocab/base/common.h"

#include <string.h>

enum {
    TKC_PIECE_BUCKET = 64,  /* of a table of short pieces */
    TKC_PIECE_MOST = 0xfe,  /* tokens of a piece */
    TKC_PIECE_WAYS = 4,     /* entries of a bucket; half as many with ids */
    TKC_PIECE_SHORT = 15,   /* bytes of a piece in an entry of 16 */
    TKC_PIECE_IDS = 4,      /* ids in its row */
    TKC_PIECE_MAX = 512     /* the widest entry */
};

/* Hash of a key of 16 bytes, the last of them 0xff. Each kernel has its own. */
typedef uint64_t (*tkc_piece_hash_fn)(const unsigned char *key);

typedef struct tkc_piece_table {
    const tkc_allocator *alloc;
    unsigned char *bucket; /* 64-byte aligned; NULL until the first piece is kept */
    size_t mask;           /* of a hash: how many bytes behind bucket its home is */
    tkc_piece_hash_fn hash;
    void *block;
    size_t block_len;
    unsigned width;        /* of a piece and its count: 16, 32, 64, 128, 256 or 512 */
    unsigned entry;        /* bytes of an entry: the width, or twice that with ids */
    unsigned bits, max_bits; /* of the number of buckets */
    bool with_ids;
    size_t used, full; /* entries; from which number on it grows */
    unsigned turn;
} tkc_piece_table;

/* hash NULL: a plain one. */
void tkc_piece_table_init(tkc_piece_table *t, unsigned width, unsigned max_bits, bool with_ids,
                          tkc_piece_hash_fn hash, const tkc_allocator *alloc);
void tkc_piece_table_release(tkc_piece_table *t);

/* A piece as a table of that width has it. */
typedef struct tkc_piece_key {
    uint64_t hash;
    unsigned char bytes[TKC_PIECE_MAX]; /* of the width */
} tkc_piece_key;
/* 0 < len < width. */
void tkc_piece_key_of(const tkc_piece_table *t, tkc_piece_key *k, const unsigned char *p,
                      size_t len);
/* The same where room >= len bytes may be read. */
void tkc_piece_key_at(const tkc_piece_table *t, tkc_piece_key *k, const unsigned char *p, size_t len,
                      size_t room);
/* The entry, at its home from now on: a guest changes places with the one that was; or NULL. */
const unsigned char *tkc_piece_find(tkc_piece_table *t, const tkc_piece_key *k);
static inline size_t tkc_piece_bucket_len(const tkc_piece_table *t)
{
    return (size_t)TKC_PIECE_WAYS * t->width;
}
/* Where the piece of a hash is at home; t->bucket is there. */
static inline unsigned char *tkc_piece_home(const tkc_piece_table *t, uint64_t hash)
{
    return t->bucket + (size_t)(hash & t->mask);
}
/* Asks memory for what tkc_piece_find() will read first. */
TKC_ASKING tkc_piece_ask(const tkc_piece_table *t, const tkc_piece_key *k)
{
    if (t->bucket) TKC_PREFETCH(tkc_piece_home(t, k->hash));
}
/* Number of tokens of an entry. */
static inline unsigned tkc_piece_count(const tkc_piece_table *t, const unsigned char *entry)
{
    return entry[t->width - 1];
}
static inline unsigned tkc_piece_row(const tkc_piece_table *t)
{
    return t->width / 4;
}
static inline const uint32_t *tkc_piece_ids(const tkc_piece_table *t, const unsigned char *entry)
{
    return (const uint32_t *)(const void *)(entry + t->width);
}
/* Remembers a piece that is not there, of n >= 1 tokens; more than fit are not kept. ids may be
 * NULL without with_ids. */
void tkc_piece_keep(tkc_piece_table *t, const tkc_piece_key *k, const uint32_t *ids, size_t n);

/* Remembers n pieces with their counts, as entries of another table of short pieces have them; those it
 * knows already stay. Not for a table of ids. */
void tkc_piece_learn(tkc_piece_table *t, const unsigned char *entry, size_t n);

/* As large as it may become, before much is learned: growing in steps moves every piece again
 * and again. */
void tkc_piece_table_extend(tkc_piece_table *t);

/* Plain hash of a key of 16 bytes; every byte reaches its low bits, since what multiplying carries up is
 * folded down in between and at the end. */
static inline uint64_t tkc_piece_hash(uint64_t lo, uint64_t hi)
{
    uint64_t h = lo ^ hi * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return h >> 32;
}

#endif
