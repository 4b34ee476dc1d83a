/*
 * ready.h - answers that the fast loop of BPE would otherwise have to find out again in every
 * process: made when a vocabulary is compiled, mapped with it, touched where a text needs it.
 *
 * Characters of three bytes (CJK and most of the rest of the BMP): how many tokens one makes alone,
 * and between which two of them no token reaches, so that a run of them may be cut there. Of
 * SentencePiece's kind of BPE too, where the pairs are those of the join set.
 *
 * Pieces: tokens of up to 15 bytes as an encoder's table of short pieces has them
 * (tokenizer/merge/piece_table.h), of SentencePiece's with a blank for U+2581; in two tables, those with the
 * lowest ids, which merging made first and texts have most, once more by themselves: 32 KB, eight
 * pages together, answer for most pieces of a short text.
 *
 * Odd tokens: where a piece that is a token is that token, one of a new piece's ways is to ask for all of it. Merging
 * builds nearly all of them anyway, so only the few are asked for that it does not: a filter of 1 KB, where that of all
 * tokens and their hash are two lines of megabytes for each new piece.
 *
 * Forced merges: which characters, and which two letters beside which others, are merged to one
 * symbol before anything else can touch them. A row of symbols begins with them merged
 * (tokenizer/merge/first_symbols.h); tokenizer/README.md has the proof.
 */
#ifndef TKC_VOCAB_READY_H
#define TKC_VOCAB_READY_H

#include "vocab/vocab_tables.h"

#include <string.h>

enum {
    TKC_WIDE_CHARS = 1 << 16,
    /* A character's byte: */
    TKC_WIDE_COUNT = 3,        /* its tokens, alone; 0 for surrogates and what has no three bytes */
    TKC_WIDE_OPEN_LEFT = 1 << 2,  /* a token that begins within the character before may reach it */
    TKC_WIDE_OPEN_RIGHT = 1 << 3, /* a token that it is whole in may end within the one behind */
    TKC_WIDE_ODD = 1 << 4,     /* some whole-piece token that merging does not build begins so */
    TKC_WIDE_ODD_LAST = 1 << 5, /* one ends so; of number 0: begins so and ends with no such character */
    /* No token goes from within a character of two or four bytes in front into it; from it into one behind. Where
     * the bit is missing the bytes have to be asked. */
    TKC_WIDE_APART_BEFORE = 1 << 6,
    TKC_WIDE_APART_BEHIND = 1 << 7,

    TKC_FORCED_NONE = 0xffff,  /* tkc_forced_two.prio: these two are never merged before all else */

    TKC_READY_BUCKET = 64,     /* four entries: 15 bytes padded with 0xff, then a 1; or zeros */
    TKC_READY_ENTRY = 16,
    TKC_READY_HOT_BUCKETS = 512,
    /* Of the other table: 2 MB, 131,072 tokens. Twice as many take Llama 3 through text of many languages in 4 %
     * less time and nothing else, and 1 KB of text through 2.6 MB more memory where a new file is in large pages. */
    TKC_READY_MAX_BUCKETS = 1 << 15
};

/* Of two ASCII bytes: the priority of their merge, unless it is too late for 16 bits or a result that
 * holds them and more comes as early, and its symbol; the least priority of a result that ends in
 * the two, and of one that begins with them (0xffff: as late as that, or none). */
typedef struct tkc_forced_two {
    uint16_t prio, id, ends, begins;
} tkc_forced_two;

/* By a character of two or three bytes, which is its number: the symbol that it merges to alone, and
 * whether some byte before or behind it lets another merge come first; or TKC_NO_ID. */
enum { TKC_ALONE_ID = (1 << 21) - 1, TKC_ALONE_ASK_BEFORE = 1 << 21, TKC_ALONE_ASK_BEHIND = 1 << 22 };

typedef struct tkc_forced {
    tkc_forced_two two[128 * 128]; /* first << 7 | second */
    struct {
        uint16_t ends, begins; /* with any byte that is not ASCII before, or behind */
    } edge[128];
    uint32_t alone[TKC_WIDE_CHARS];
} tkc_forced;

/* The number of a character of three bytes. */
static inline uint32_t tkc_wide_char(const unsigned char *p)
{
    /* 0xe0 << 12, 0x80 << 6 and 0x80, all at once */
    return (((uint32_t)p[0] << 12) + ((uint32_t)p[1] << 6) + p[2] - 0x2080) & 0xffff;
}

/* The number of the last character of p[0 .. len); 0, which is none's, where it has no three bytes. */
static inline uint32_t tkc_wide_last(const unsigned char *p, size_t len)
{
    return len < 3 || (p[len - 3] & 0xf0) != 0xe0 ? 0 : tkc_wide_char(p + len - 3);
}

/* The number of the character of two or three bytes that p[0 .. len) begins with, and its length;
 * 0: it begins with none. */
static inline uint32_t tkc_char_number(const unsigned char *p, size_t len, unsigned *n)
{
    uint32_t c = 0;
    if (len > 1 && (uint32_t)p[0] - 0xc2 < 0xe0 - 0xc2 && (p[1] & 0xc0) == 0x80) {
        *n = 2;
        c = (uint32_t)(p[0] & 31) << 6 | (p[1] & 63);
    } else if (len > 2 && (p[0] & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
        *n = 3;
        c = tkc_wide_char(p);
        if (c < 0x800) c = 0; /* too long a form of another */
    }
    return c;
}

/* A byte before (behind: 0) or behind (1) a character that lets another merge come first. */
static inline uint64_t tkc_threat_hash(uint32_t number, unsigned behind, unsigned byte)
{
    return ((uint64_t)number << 9 | behind << 8 | byte) * UINT64_C(0x9e3779b97f4a7c15);
}

/* pair: before << 16 | behind */
static inline uint64_t tkc_wide_hash(uint32_t pair)
{
    return pair * UINT64_C(0x9e3779b97f4a7c15);
}

static inline uint64_t tkc_ready_hash(const unsigned char key[TKC_READY_ENTRY])
{
    uint64_t w[2];
    memcpy(w, key, sizeof w);
    return (w[0] ^ w[1] * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xd6e8feb86659fd93) >> 32;
}

/* Asks memory for what tkc_ready_find() will read. */
TKC_ASKING tkc_ready_ask(const tkc_vocab *v, const unsigned char key[TKC_READY_ENTRY])
{
    uint64_t hash;
    if (!v->ready) return;
    hash = tkc_ready_hash(key);
    TKC_PREFETCH(v->ready + (hash & (TKC_READY_HOT_BUCKETS - 1)) * TKC_READY_BUCKET);
    TKC_PREFETCH(v->ready + (TKC_READY_HOT_BUCKETS + (hash & v->ready_mask)) * TKC_READY_BUCKET);
}

/* The entry of the token that this piece is; TKC_NO_ID: it is not among those that are ready. key
 * is the piece of up to 15 bytes, padded with 0xff to 16. */
static inline uint32_t tkc_ready_find(const tkc_vocab *v, const unsigned char key[TKC_READY_ENTRY])
{
    /* the last byte of an entry is 1, that of the key 0xff */
    const uint64_t want[2] = {tkc_load8(key), tkc_load8(key + 8) ^ (uint64_t)0xfe << 56};
    uint64_t hash;
    if (!v->ready) return TKC_NO_ID;
    hash = tkc_ready_hash(key);
    for (int hot = 1; hot >= 0; hot--) {
        const size_t b = hot ? hash & (TKC_READY_HOT_BUCKETS - 1)
                             : TKC_READY_HOT_BUCKETS + (hash & v->ready_mask);
        const unsigned char *const e = v->ready + b * TKC_READY_BUCKET;
        /* most pieces that are new begin as none of these does: no branch for each */
        if (!((int)(tkc_load8(e) == want[0]) | (int)(tkc_load8(e + 16) == want[0]) | (int)(tkc_load8(e + 32) == want[0]) |
              (int)(tkc_load8(e + 48) == want[0])))
            continue;
        for (uint32_t i = 0; i < 4; i++)
            if (!((tkc_load8(e + 16 * i) ^ want[0]) | (tkc_load8(e + 16 * i + 8) ^ want[1]))) return (uint32_t)b * 4 + i;
    }
    return TKC_NO_ID;
}

#endif
