/*
 * pair_memo.h - what the pair table and the arrays behind it said about a pair that may merge by what
 * is known of its two symbols (tkc_may_merge()): one cache line instead of two or three.
 *
 * An entry says what pair it is of and stays right for ever: pairs of symbols never change what they
 * become. So the place of a pair may change while others are still being used.
 *
 * Pairs of two ASCII characters are most of what rows of random letters ask for, and other pairs of such
 * rows, of which there are more than places, drove them out. These characters' symbols have names, the low
 * bits of their ids, and two of them a place of their own.
 */
#ifndef TKC_TOKENIZER_PAIR_MEMO_H
#define TKC_TOKENIZER_PAIR_MEMO_H

#include "vocab/base/map_file.h"
#include "vocab/vocab_tables.h"

#include <stddef.h>

/* A symbol that takes part in no merge: unknown characters, frozen pieces. The id is
 * symbol & ~TKC_SYMBOL_FROZEN. */
#define TKC_SYMBOL_FROZEN 0x80000000u

enum {
    TKC_MEMO_BITS = 14,  /* 16,384 pairs of 16 bytes: random letters have so many in Gemma */
    TKC_MEMO_FIRST_BITS = 8, /* of them in use until TKC_MEMO_FEW were asked for: a page of memory */
    TKC_MEMO_FEW = 1024, /* that is never touched is none; 1 KB of prose asks for 200 */
    TKC_PLACE_BITS = 6,  /* below a priority */
    TKC_MEMO_NAMES = 256 /* what is no name, too */
};

/* Larger than the key of any pair that merges, whatever its place. */
#define TKC_KEY_NOTHING (UINT32_MAX << TKC_PLACE_BITS)

typedef struct tkc_pair_entry {
    uint64_t pair;   /* tkc_pair_of() */
    uint32_t key;    /* priority << TKC_PLACE_BITS; TKC_KEY_NOTHING: they do not merge */
    uint32_t result; /* what they become */
} tkc_pair_entry;

/* Of two symbols with names: the same key, but odd, since 0 is a pair that was not asked about yet. */
typedef struct tkc_named_pair {
    uint32_t key, result;
} tkc_named_pair;

typedef struct tkc_pair_memo {
    unsigned shift; /* of a hash, to its place */
    unsigned few;   /* pairs to come before all of it is used */
    uint32_t names; /* of an id, to its name; 0 as long as there are none */
    uint32_t not_id[TKC_MEMO_NAMES]; /* whose name it is, as the complement, so that zeroed memory is nobody's */
    _Alignas(16) tkc_pair_entry entry[1 + (1 << TKC_MEMO_BITS)]; /* the first: of pairs that do not merge */
    tkc_named_pair named[TKC_MEMO_NAMES * TKC_MEMO_NAMES];
} tkc_pair_memo;

/* *m is zeroed memory, and pages of it that nobody touches stay untouched. */
static inline void tkc_pair_memo_init(tkc_pair_memo *m)
{
    m->entry[0] = (tkc_pair_entry){UINT64_MAX, UINT32_MAX, 0};
    /* Pair (0, 0) is the only one that zeroed memory could be mistaken for, and its place is
     * the first. */
    m->entry[1].pair = UINT64_MAX;
    m->shift = 64 - TKC_MEMO_FIRST_BITS;
    m->few = TKC_MEMO_FEW;
}

static inline uint64_t tkc_pair_of(uint32_t left, uint32_t right)
{
    return (uint64_t)left << 32 | right;
}

/* Where a pair is if it is known. */
static inline tkc_pair_entry *tkc_pair_place(tkc_pair_memo *m, uint64_t pair)
{
    return &m->entry[1 + (pair * UINT64_C(0x9e3779b97f4a7c15) >> m->shift)];
}

/* The same of a pair that may merge (1) or does not (0). No branch: it cannot be guessed. */
static inline const tkc_pair_entry *tkc_pair_place_if(const tkc_pair_memo *m, uint64_t pair, uint32_t may)
{
    return &m->entry[(1 + (pair * UINT64_C(0x9e3779b97f4a7c15) >> m->shift)) & (0 - (uint64_t)may)];
}

/* The name of a symbol, or TKC_MEMO_NAMES. */
static inline uint32_t tkc_pair_name(const tkc_pair_memo *m, uint32_t id)
{
    const uint32_t name = id & m->names;
    return m->not_id[name] == ~id ? name : TKC_MEMO_NAMES;
}

/* Of two names. */
static inline tkc_named_pair *tkc_named_place(tkc_pair_memo *m, uint32_t left, uint32_t right)
{
    return &m->named[left * TKC_MEMO_NAMES + right];
}

static inline tkc_named_pair tkc_named(const tkc_pair_entry *e)
{
    return (tkc_named_pair){e->key | 1, e->result};
}

/* What a pair that merges becomes. */
static inline void tkc_pair_set(tkc_pair_entry *e, uint64_t pair, const tkc_vocab *v, uint32_t merge)
{
    e->pair = pair;
    e->key = tkc_merge_prio(v, merge) % TKC_MAX_MERGES << TKC_PLACE_BITS;
    e->result = tkc_merge_result(v, merge) % TKC_MAX_TOKENS;
}

/* Gives names to the symbols of ASCII characters: few of them have the same. */
void tkc_pair_memo_name(tkc_pair_memo *m, const tkc_vocab *v);

/* n more pairs were learnt. */
static inline void tkc_pair_memo_grow(tkc_pair_memo *m, const tkc_vocab *v, size_t n)
{
    if (m->few > n) m->few -= (unsigned)n;
    else if (m->few) {
        m->few = 0;
        m->shift = 64 - TKC_MEMO_BITS;
        tkc_touch_pages(m, offsetof(tkc_pair_memo, named)); /* of these the pages between are for nobody */
        tkc_pair_memo_name(m, v);
    }
}

static inline const tkc_pair_entry *tkc_pair_look_up(tkc_pair_memo *m, const tkc_vocab *v, uint64_t pair)
{
    tkc_pair_entry *const e = tkc_pair_place(m, pair);
    uint32_t merge;
    if (e->pair == pair) return e;
    merge = tkc_pair_find(v, (uint32_t)(pair >> 32), (uint32_t)pair);
    *e = (tkc_pair_entry){pair, TKC_KEY_NOTHING, 0};
    if (merge != TKC_NO_ID) tkc_pair_set(e, pair, v, merge);
    tkc_pair_memo_grow(m, v, 1);
    return e;
}

#endif
