/*
 * wide_runs.h - a piece of many characters of three bytes, cut into units that come again.
 *
 * A run of Chinese, Japanese or Korean letters is one piece and hardly ever comes again as a
 * whole. Between two characters that no token spans (vocab/ready.h) its merges fall apart, so it
 * is looked up in units of a character or two; what a single one makes is in the vocabulary.
 * A character of two or four bytes among them is parted from its neighbours by its bytes, but for
 * ASCII, which is part of the unit that it is in or behind.
 *
 * A unit is merged where a piece may be looked up whole. The two agree but for whole-piece tokens
 * that merging does not build (Llama 3 has 48 with such characters, GLM 433): no cut makes one
 * of them a unit, neither of what is before it nor of all that is behind it in the piece.
 */
#ifndef TKC_TOKENIZER_WIDE_RUNS_H
#define TKC_TOKENIZER_WIDE_RUNS_H

#include "vocab/ready.h"

enum {
    TKC_CUT_CJK = 6,      /* bytes; a piece with Han, kana or Hangul that is longer is cut */
    TKC_CUT_WIDE = 15     /* and one of any such characters that has no short entry */
};

/* Stretches of a text. */
enum { TKC_SPANS = 512 };
typedef struct tkc_spans {
    uint32_t start[TKC_SPANS], end[TKC_SPANS];
    size_t n;
} tkc_spans;

/* A piece on its way, from tkc_wide_begin(). */
typedef struct tkc_wide_run {
    uint32_t from, end; /* from: where the next unit begins */
    uint32_t at;        /* where looking goes on */
    uint32_t before;    /* the characters in front of at, the last in the low half; of other than
                         * three bytes: 0 */
    unsigned kind;      /* its byte of v->wide; what wide_runs.c has for others */
    bool odd;           /* the unit may begin like an odd token */
    bool ends_odd;      /* the piece may end like one */
} tkc_wide_run;

static inline bool tkc_is_wide_run(const unsigned char *p, size_t len)
{
    const unsigned char lead = p[len < 3 ? 0 : len - 3];
    return ((len > TKC_CUT_CJK) & (lead >= 0xe3)) | ((len > TKC_CUT_WIDE) & ((lead >= 0xe0) | (p[0] >= 0xe0)));
}

/* The piece s[from .. end). v->wide is there. */
static inline tkc_wide_run tkc_wide_begin(const tkc_vocab *v, const unsigned char *s, uint32_t from,
                                          uint32_t end)
{
    const unsigned last = v->wide[tkc_wide_last(s + from, end - from)];
    return (tkc_wide_run){.from = from, .end = end, .at = from, .kind = TKC_WIDE_OPEN_RIGHT,
                          .odd = true, .ends_odd = last & TKC_WIDE_ODD_LAST};
}

/* Appends units of the piece to out until it is done (true) or out is full.
 * count: units of one character are not appended; their tokens are added to it. NULL: all are. */
bool tkc_wide_cut(tkc_wide_run *r, const tkc_vocab *v, const unsigned char *s, tkc_spans *out,
                  size_t *count);

#endif
