/* claude_internal.h - what the files of this folder share: the opened vocabulary, the scratch
 * of one thread, and the stage functions normalize -> stream -> tile. */
#ifndef TKC_TOKENIZER_CLAUDE_INTERNAL_H
#define TKC_TOKENIZER_CLAUDE_INTERNAL_H

#include "tokenizer/claude/claude.h"
#include "vocab/base/alloc.h"
#include "vocab/base/buf.h"
#include "vocab/base/error.h"

/* Class of a character in bits 0-2 of its flags; the CK_ flags come with the table. */
typedef enum claude_class {
    CC_WORDY = 0, /* letters and the marks that stay in a word */
    CC_HARD = 1,  /* ideographs, Hangul, emoji, most symbols   */
    CC_DIGIT = 2,
    CC_PUNCT = 3, /* ASCII punctuation and 24 more             */
    CC_SPACE = 4
} claude_class;
enum {
    CK_CLASS = 7,
    CK_STRAY = 1 << 3,    /* a combining mark: opens a run of its own without a base    */
    CK_UPPER = 1 << 4,
    CK_LOWER = 1 << 5,
    CK_BLOCKS = 1 << 6,   /* caseless letter or mark: no caps marker in its word        */
    CK_FOLDS = 1 << 7,    /* has a lower-case form                                      */
    CK_BORDER = 1 << 8,   /* HARD that takes word markers beside a blank                */
    CK_SELECTOR = 1 << 9, /* variation selector: rides what is before it                */
    CK_NUMBER = 1 << 10,  /* digit or number that takes markers beside a blank          */
    CK_ND = 1 << 11,
    CK_NO = 1 << 12,
    CK_MARK_ORDER = 1 << 13, /* combining class is not 0                                */
    CK_NFC_BAD = 1 << 14, /* NFC_Quick_Check is not Yes                                 */
    CK_DROP = 1 << 15,    /* control or private use: not there                          */
    CK_BLANK = 1 << 16,   /* becomes a space                                            */
    CK_QUOTE = 1 << 17,   /* curly quote: ASCII in v3                                   */
    CK_NIKHAHIT = 1 << 18 /* U+0E4D, which joins U+0E32                                 */
};
enum {
    /* Which alternative of the pretokenizer a HARD character belongs to: a run is split where
     * this changes, and each part takes its own markers. */
    CK_HARD_KIND = CK_BORDER | CK_NUMBER,
    /* What the normalizer must look at. */
    CK_NORMALIZE = CK_MARK_ORDER | CK_NFC_BAD | CK_DROP | CK_BLANK | CK_QUOTE | CK_NIKHAHIT
};

/* Double array: the child of cell i under byte b is cell (base >> 1) + b if its check is i.
 * Bit 0 of base: a piece ends here. */
typedef struct claude_cell {
    uint32_t base, check;
} claude_cell;

/* Cheapest tiling of n equal blanks, n <= max * max; above that each further max of them
 * costs one more (see claude_vocab.c). */
typedef struct claude_ladder {
    uint16_t *cost;
    uint32_t n, max;
} claude_ladder;
enum { LADDER_SPACE, LADDER_NEWLINE, LADDER_TAB, N_LADDERS };

struct tkc_claude {
    tkc_shared shared;    /* first: a vocabulary's encoders have one */
    const tkc_allocator *alloc;
    uint64_t identity;    /* of the data and the generation: what a cache is valid for */
    unsigned generation;
    unsigned caps_min;    /* letters from which on a word in capitals is marked; 0: never */
    bool fold_quotes;
    bool frame_bow;       /* the frame ends in a begin-of-word marker */
    bool trim_end;        /* blanks at the end are free */
    bool digit_triples;   /* ASCII digits cost one a triple: closed form */
    unsigned max_piece;   /* bytes, <= 255 */
    claude_cell *cell;    /* n_cell + 256 of them, so that base + byte is always inside */
    size_t n_cell, cap_cell;
    claude_ladder ladder[N_LADDERS];
    uint32_t ascii[128];  /* flags */
    uint8_t kind[65536];  /* index into the flags, by code point */
    uint32_t kind_flags[256];
};

/* A word, punctuation run or part of a HARD run that was counted before: 32 bytes. */
typedef struct claude_memo {
    uint64_t key[3];
    uint32_t shape; /* bytes, and how it was marked; 0: empty */
    uint32_t count;
} claude_memo;
enum { MEMO_KEY = 24, MEMO_SIZE = 8192 };

/* Stretch being tiled in a count: STRETCH bytes at a time, so a word of a gigabyte needs no
 * more memory than one of 16 kB. */
enum { STRETCH = 16384 };

struct tkc_claude_scratch {
    const tkc_allocator *alloc;
    uint64_t identity;
    tkc_buf norm;        /* normalised text, when it differs */
    uint32_t *cps[2];    /* characters of one NFC segment */
    size_t cap_cps[2];
    uint8_t *text;       /* the open stretch */
    uint32_t *best;      /* cheapest tiling up to here */
    uint8_t *from;       /* length of its last piece; NULL until pieces are asked for */
    size_t len, cap;     /* of the stretch; the arrays hold cap + 1 */
    bool begun;          /* its front is worked off already */
    size_t cap_text, cap_best, cap_from;
    claude_memo *memo;   /* MEMO_SIZE */
};

/* claude_vocab.c */
uint32_t claude_lower(uint32_t cp);          /* cp >= 0x80 with CK_FOLDS */
bool claude_astral_nfc(uint32_t cp);         /* cp > 0xffff: NFC may change it */

static inline uint32_t claude_flags(const tkc_claude *c, uint32_t cp)
{
    if (cp < 0x80) return c->ascii[cp];
    return cp < 0x10000 ? c->kind_flags[c->kind[cp]] : CC_HARD;
}

/* Code point at p, 1 <= *n <= end - p. Safe on any bytes. */
static inline uint32_t claude_get(const uint8_t *p, const uint8_t *end, unsigned *n)
{
    uint32_t a = p[0];
    size_t room = (size_t)(end - p);
    *n = 1;
    if (a < 0x80) return a;
    if (a >= 0xc2 && a < 0xe0 && room >= 2) {
        *n = 2;
        return (a & 0x1f) << 6 | (p[1] & 0x3f);
    }
    if (a >= 0xe0 && a < 0xf0 && room >= 3) {
        a = (a & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
        if (a < 0x800) return 0xfffd; /* or an ASCII character could be longer than a byte */
        *n = 3;
        return a;
    }
    if (a >= 0xf0 && room >= 4) {
        a = (a & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 | (uint32_t)(p[2] & 0x3f) << 6 |
            (p[3] & 0x3f);
        if (a < 0x10000 || a > 0x10ffff) return 0xfffd;
        *n = 4;
        return a;
    }
    return 0xfffd;
}

/* claude_normalize.c: *out is text itself when nothing changes, else in s->norm. */
TKC_MUST_USE tkc_status claude_normalize(const tkc_claude *c, tkc_claude_scratch *s, tkc_str text,
                                         tkc_str *out, tkc_error *err);

/* claude_tile.c */
typedef struct claude_sink {
    size_t total;
    tkc_claude_piece_fn fn; /* NULL: count only */
    void *ctx;
    bool stopped;
    bool drop_last; /* the last piece of the next stretch is the frame's */
} claude_sink;
/* Appends to the open stretch. */
TKC_MUST_USE tkc_status claude_push(const tkc_claude *c, tkc_claude_scratch *s, claude_sink *out,
                                    const void *bytes, size_t len, tkc_error *err);
/* Ends the stretch: its cheapest tiling goes to the sink. Does nothing on an empty one. */
void claude_cut(const tkc_claude *c, tkc_claude_scratch *s, claude_sink *out);
/* Tokens of n equal blanks. */
size_t claude_ladder_cost(const claude_ladder *l, size_t n);

#endif
