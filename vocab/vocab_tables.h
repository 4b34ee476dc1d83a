/*
 * vocab_tables.h - the read-only arrays an encoder walks; shared with tokenizer/.
 *
 * A tkc_vocab is a view of one compiled image (compiled_format.h): mapped, embedded in the
 * library or on the heap. Everything below points into it. Nothing changes after open.
 */
#ifndef TKC_VOCAB_VOCAB_TABLES_H
#define TKC_VOCAB_VOCAB_TABLES_H

#include "vocab/base/common.h"
#include "vocab/filter.h"
#include "vocab/pipeline.h"

#define TKC_NO_ID UINT32_MAX
#define TKC_WORD_MARK "\xe2\x96\x81" /* U+2581, which SentencePiece writes for a blank */

enum {
    TKC_MAX_TOKENS = 1 << 21,    /* ids are 21 bits in a pair slot; the largest known is 262,208 */
    TKC_MAX_MERGES = 1 << 22,    /* 22 bits in a pair slot; the largest known list is 514,906    */
    TKC_MAX_TOKEN_LEN = 1 << 16, /* bytes; the longest known token is 512                         */
    TKC_MAX_ADDED = 1 << 17,
    TKC_MAX_FRAME = 8
};

typedef enum tkc_model_kind {
    TKC_MODEL_NONE = 0,
    TKC_MODEL_BPE_RANKS,  /* tiktoken: any adjacent pair whose concatenation is a token may
                             merge, lowest id of the result first, leftmost on ties        */
    TKC_MODEL_BPE_MERGES, /* HF: only listed pairs, by list position, leftmost on ties      */
    TKC_MODEL_BPE_SCORES, /* SentencePiece BPE: any pair whose concatenation is a piece,
                             highest score first, leftmost on ties                         */
    TKC_MODEL_UNIGRAM,    /* best path by score                                             */
    TKC_MODEL_WORDPIECE,  /* longest match first                                            */
    TKC_MODEL_TILES       /* Claude 3 and later: least pieces; counts only, no ids (no compiled
                             form: image is the packed piece list, generation says which)  */
} tkc_model_kind;

static inline bool tkc_kind_merges(uint32_t kind)
{
    return kind >= TKC_MODEL_BPE_RANKS && kind <= TKC_MODEL_BPE_SCORES;
}

enum {
    TKC_MODEL_BYTE_LEVEL = 1 << 0,    /* symbols are bytes, token bytes are raw               */
    TKC_MODEL_WHOLE_PIECE = 1 << 1,   /* a piece that is a token is that token (tiktoken;
                                         HF ignore_merges)                                   */
    TKC_MODEL_BYTE_FALLBACK = 1 << 2, /* unknown character -> <0xHH> tokens                   */
    TKC_MODEL_FUSE_UNK = 1 << 3,      /* a run of unknowns is one unk                         */
    TKC_MODEL_SPM = 1 << 4,           /* read from a SentencePiece .model: its own unknown,
                                         unused-piece and user-defined rules, float scores   */
    TKC_MODEL_UNIT_CUT = 1 << 5       /* set by compile: the join set is there (see bpe.h)    */
};

typedef enum tkc_token_type {
    TKC_TOKEN_HOLE = 0,
    TKC_TOKEN_NORMAL,
    TKC_TOKEN_UNKNOWN,
    TKC_TOKEN_CONTROL,
    TKC_TOKEN_USER_DEFINED,
    TKC_TOKEN_UNUSED,
    TKC_TOKEN_BYTE,  /* <0xHH> */
    TKC_TOKEN_PSEUDO /* made by compile: a character that is part of tokens but not one.
                        Ids from model.n_ids up; never given out                            */
} tkc_token_type;

/* Fixed part of a model; stored as it is. */
typedef struct tkc_model {
    uint32_t kind;  /* tkc_model_kind */
    uint32_t flags; /* TKC_MODEL_* */
    uint32_t n_ids; /* largest id + 1, without pseudo tokens; set by compile */
    uint32_t unk_id;
    uint32_t max_word_chars;    /* WordPiece: longer words are unk; 0: no limit */
    uint32_t longest_token;     /* bytes; set by compile */
    uint32_t n_all;             /* with pseudo tokens; set by compile */
    uint32_t first_near;        /* least id of a byte: where near symbols begin; set by compile */
    char subword_prefix[16];    /* continuing_subword_prefix ("##"), NUL-padded */
    char word_suffix[16];       /* end_of_word_suffix ("</w>"), NUL-padded */
} tkc_model;

enum {
    TKC_ADDED_SPECIAL = 1 << 0, /* control token: matched only where the text is trusted */
    TKC_ADDED_SINGLE_WORD = 1 << 1,
    TKC_ADDED_LSTRIP = 1 << 2,
    TKC_ADDED_RSTRIP = 1 << 3,
    TKC_ADDED_NORMALIZED = 1 << 4 /* matched after the normalizer */
};

typedef struct tkc_added {
    uint32_t id, flags;
    tkc_str content;
} tkc_added;

/* Which symbols one merges with: by id % 32 a bit, those that may be at its right, and at its left. Most
 * pairs that are asked for do not merge, and of two in three of these the partners say so: 8 bytes a
 * symbol, which are there again for its next pair, where a filter has another line of the cache for
 * every pair. */
typedef struct tkc_partners {
    uint32_t right, left;
} tkc_partners;

/* One slot of the pair table: left 21, right 21, merge index 22 bits; all ones is empty. */
#define TKC_PAIR_EMPTY UINT64_MAX

/* What a layer above makes of a vocabulary once, for all encoders: the first member of it. */
typedef struct tkc_shared tkc_shared;
struct tkc_shared {
    void (*free)(tkc_shared *self);
};

typedef struct tkc_vocab tkc_vocab;
struct tkc_vocab {
    const tkc_allocator *alloc;
    tkc_model model;
    const char *name; /* "o200k_base", or ""; in the image */

    const uint32_t *token_offset; /* model.n_all + 1 */
    const char *token_bytes;
    const uint8_t *token_type;    /* model.n_all */
    const double *token_score;    /* model.n_all; Unigram only, else NULL */

    const uint32_t *token_hash;   /* id + 1 or 0; token_hash_mask + 1 slots, linear probing.
                                     Only what the model itself looks up: no token that is
                                     merely added, no control, unknown or byte piece of SPM */
    uint32_t token_hash_mask;
    uint64_t hash_seed;           /* from the source's SHA-256: a hostile file cannot aim */

    const uint64_t *pair;         /* n_pair_slots, linear probing; tkc_pair_slot() */
    uint32_t n_pair_slots;
    uint32_t n_near_slots;        /* the first of them: where pairs of two near symbols belong */
    const tkc_partners *partners; /* by symbol */
    uint32_t n_partners;          /* model.n_all; 0 for kinds that do not merge */
    tkc_filter token_filter;      /* by tkc_token_hash() */
    const uint32_t *merge_result; /* by merge index; NULL: the index is the id */
    const uint32_t *merge_prio;   /* by merge index; NULL: the index is the priority */
    uint32_t n_merges;

    const uint32_t *byte_id;      /* 256; TKC_NO_ID where there is none */

    const uint64_t *join;         /* set of (character << 21 | next character) inside tokens;
                                     all ones is empty; join_mask + 1 slots */
    uint32_t join_mask;           /* 0: no set, see TKC_MODEL_UNIT_CUT */

    const uint64_t *cuts;         /* byte-level: Bloom filter of tkc_cut_key()s; NULL: none */
    uint32_t cuts_mask;           /* its bits - 1 */

    const uint8_t *wide;          /* ready.h: characters of three bytes; NULL: no cuts */
    tkc_filter wide_pair;         /* two of them inside a token, by tkc_wide_hash() */
    const struct tkc_forced *forced; /* ready.h; NULL: no cuts */
    tkc_filter threat;            /* by tkc_threat_hash() */
    const unsigned char *ready;   /* ready.h: buckets of pieces that are tokens; NULL: none */
    const uint32_t *ready_id;     /* by entry */
    uint32_t ready_mask;          /* buckets that are not hot - 1 */

    const tkc_added *added;       /* heap; contents in the image */
    uint32_t n_added;
    const tkc_op *op[TKC_N_STAGES]; /* heap; strings in the image */
    uint32_t n_op[TKC_N_STAGES];
    uint32_t before[TKC_MAX_FRAME], after[TKC_MAX_FRAME];
    uint32_t n_before, n_after;
    const uint32_t *unreachable;  /* ids, rising */
    uint32_t n_unreachable;
    tkc_filter odd;               /* of those, where whole pieces are looked up, by tkc_token_hash(); no word: none */
    const unsigned char *source_sha256; /* 32 */

    unsigned generation; /* TKC_MODEL_TILES: 3, 47 or 5 */
    _Atomic(tkc_shared *) shared; /* see tkc_vocab_share() */
    tkc_str image;   /* the whole compiled form */
    void *heap;      /* added[] and op[] */
    size_t heap_len;
    int backing;     /* who ends image: see vocab.c */
};

/* Bytes of a token; {NULL, 0} for a hole or an id out of range. */
static inline tkc_str tkc_token_at(const tkc_vocab *v, uint32_t id)
{
    if (id >= v->model.n_all || v->token_type[id] == TKC_TOKEN_HOLE) return (tkc_str){NULL, 0};
    return (tkc_str){v->token_bytes + v->token_offset[id],
                     v->token_offset[id + 1] - v->token_offset[id]};
}

/* What was made of v, or NULL. It does not change and lives as long as v. */
tkc_shared *tkc_vocab_shared(const tkc_vocab *v);
/* Gives v what was made of it, with v's allocator; returns what v has from then on. Where two threads
 * have made it at the same time that is the first one's, and the other is freed. */
tkc_shared *tkc_vocab_share(const tkc_vocab *v, tkc_shared *made);

uint64_t tkc_token_hash(const tkc_vocab *v, const char *ptr, size_t len);
/* Id of the token with exactly these bytes that the model would find, pseudo tokens
 * included; TKC_NO_ID if none. */
uint32_t tkc_token_find(const tkc_vocab *v, const char *ptr, size_t len);
/* The same of those that merging their own bytes does not build, where the model looks for whole pieces. Of other tokens
 * their id or, mostly and much quicker, TKC_NO_ID: merging finds them. */
uint32_t tkc_token_find_odd(const tkc_vocab *v, const char *ptr, size_t len);
/* Whether merging a token's own text gives the token: it is not among the unreachable ones. */
bool tkc_token_merges(const tkc_vocab *v, uint32_t id);

/* Where the search for a pair of the join set begins, before the mask. */
static inline uint32_t tkc_join_hash(uint64_t key)
{
    return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* Whether some token holds character a followed by character b. */
static inline bool tkc_joinable(const tkc_vocab *v, uint32_t a, uint32_t b)
{
    const uint64_t key = (uint64_t)a << 21 | b;
    uint32_t i = tkc_join_hash(key) & v->join_mask;
    while (v->join[i] != key) {
        if (v->join[i] == UINT64_MAX) return false;
        i = (i + 1) & v->join_mask;
    }
    return true;
}

/* The bytes around a place inside a token: n_left (1 to 3) before p and n_right (1 to 3) from
 * p on, packed with their numbers. */
static inline uint64_t tkc_cut_key(const unsigned char *p, unsigned n_left, unsigned n_right)
{
    uint64_t k = n_left << 2 | n_right;
    for (unsigned i = n_left; i; i--) k = k << 8 | p[-(int)i];
    for (unsigned i = 0; i < n_right; i++) k = k << 8 | p[i];
    return k * UINT64_C(0x9e3779b97f4a7c15);
}

enum { TKC_CUT_PROBES = 4 };

static inline uint32_t tkc_cut_bit(uint64_t hash, unsigned probe, uint32_t mask)
{
    return (uint32_t)((hash >> 32) + probe * ((hash >> 7 & 0xffffff) | 1)) & mask;
}

/* Whether some token may span the place p of a piece with `before` bytes in front of p and
 * `behind` from p on. True in doubt: the filter only ever errs that way. */
static inline bool tkc_spanned(const tkc_vocab *v, const unsigned char *p, size_t before,
                               size_t behind)
{
    for (unsigned l = 1; l <= 3 && l <= before; l++)
        for (unsigned r = 1; r <= 3 && r <= behind; r++) {
            const uint64_t h = tkc_cut_key(p, l, r);
            unsigned i = 0;
            while (i < TKC_CUT_PROBES) {
                const uint32_t bit = tkc_cut_bit(h, i, v->cuts_mask);
                if (!(v->cuts[bit >> 6] >> (bit & 63) & 1)) break;
                i++;
            }
            if (i == TKC_CUT_PROBES) return true;
        }
    return false;
}

static inline uint64_t tkc_pair_hash(uint32_t left, uint32_t right)
{
    return ((uint64_t)left << 21 | right) * UINT64_C(0x9e3779b97f4a7c15);
}

/* Symbols of low ids (tekken's come behind 1,000 control tokens) are bytes and what is merged first: half of all
 * lookups are of two such, and 1 in 25 of all pairs. Apart from the others they stay in the cache, and a process that counts
 * 1 KB touches a few pages of the table, not all of it. */
enum { TKC_NEAR_IDS = 1024 };

static inline bool tkc_pair_is_near(const tkc_model *m, uint32_t left, uint32_t right)
{
    return ((left - m->first_near) | (right - m->first_near)) < TKC_NEAR_IDS;
}

/* Where the search for a pair begins; it may go on from the near slots into the others. No branch:
 * which of the two it is cannot be guessed. */
static inline uint32_t tkc_pair_slot(const tkc_vocab *v, uint32_t left, uint32_t right,
                                     uint64_t hash)
{
    const uint32_t far = (uint32_t)tkc_pair_is_near(&v->model, left, right) - 1; /* all ones, or nothing */
    const uint32_t first = v->n_near_slots & far;
    const uint32_t n = (v->n_near_slots ^ far) + ((v->n_pair_slots + 1) & far); /* the rest, or these */
    return first + (uint32_t)((hash >> 32) * n >> 32);
}

/* Of a symbol; one that is no id has none. */
static inline tkc_partners tkc_partners_of(const tkc_vocab *v, uint32_t symbol)
{
    return symbol < v->n_partners ? v->partners[symbol] : (tkc_partners){0, 0};
}

/* 1 where two symbols, whose partners these are, may merge; 0: they do not. */
static inline uint32_t tkc_may_merge(tkc_partners of_left, uint32_t left, tkc_partners of_right, uint32_t right)
{
    return of_left.right >> right % 32 & of_right.left >> left % 32 & 1;
}

/* Merge index of a pair that may merge, whose search begins at i, or TKC_NO_ID. What is no
 * id of 21 bits is in no pair. */
static inline uint32_t tkc_pair_find_at(const tkc_vocab *v, uint32_t i, uint32_t left, uint32_t right)
{
    const uint64_t key = ((uint64_t)left << 21 | right) + ((uint64_t)(right >> 21) << 42);
    for (;;) {
        uint64_t slot = v->pair[i];
        if (slot >> 22 == key) return (uint32_t)(slot & 0x3fffff);
        if (slot == TKC_PAIR_EMPTY) return TKC_NO_ID;
        if (++i == v->n_pair_slots) i = 0;
    }
}

/* Merge index of a pair, or TKC_NO_ID when left and right do not merge. */
static inline uint32_t tkc_pair_find(const tkc_vocab *v, uint32_t left, uint32_t right)
{
    if (!tkc_may_merge(tkc_partners_of(v, left), left, tkc_partners_of(v, right), right)) return TKC_NO_ID;
    return tkc_pair_find_at(v, tkc_pair_slot(v, left, right, tkc_pair_hash(left, right)), left, right);
}

static inline uint32_t tkc_merge_result(const tkc_vocab *v, uint32_t merge)
{
    return v->merge_result ? v->merge_result[merge] : merge;
}

static inline uint32_t tkc_merge_prio(const tkc_vocab *v, uint32_t merge)
{
    return v->merge_prio ? v->merge_prio[merge] : merge;
}

#endif
