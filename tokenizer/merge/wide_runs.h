/*
 * wide_runs.h - a piece of many characters of three bytes, cut into units that come again.
 *
 * A run of Chinese, Japanese or Korean letters is one piece and hardly ever comes again as a
 * whole. Between two characters that no token spans (vocab/ready.h) its merges fall apart, so it
 * is looked up in units of a character or two; what a single one makes is in the vocabulary. Kernels cut
 * between such letters where they find pieces (kernels/cjk_cuts.h); here are those of other scripts and mixed runs.
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

#include <string.h>

enum {
    TKC_CUT_WIDE = 15 /* bytes; a piece of such characters that is longer has no short entry and is cut */
};

/* Stretches of a text, and room to write carelessly. */
enum { TKC_SPANS = 512 };
typedef struct tkc_spans {
    uint32_t start[TKC_SPANS + 72], end[TKC_SPANS + 72];
    size_t n;
} tkc_spans;

/* Of n stretches, behind which one more has begun, those from the *ended-th on end where the next one begins. */
static inline void tkc_spans_end(tkc_spans *s, size_t *ended, size_t n)
{
    memcpy(s->end + *ended, s->start + *ended + 1, (n - *ended) * sizeof *s->end);
    s->n = *ended = n;
}

static inline bool tkc_is_wide_run(const unsigned char *p, size_t len)
{
    const unsigned char lead = p[len < 3 ? 0 : len - 3];
    return (len > TKC_CUT_WIDE) & ((lead >= 0xe0) | (p[0] >= 0xe0));
}

/* A piece on its way. */
typedef struct tkc_wide_run {
    uint32_t from, end; /* from: where the next unit begins */
    uint32_t at;        /* where looking goes on */
    uint32_t before;    /* the character in front of at; one of other than three bytes: 0 */
    unsigned kind;      /* its byte of v->wide; of others: */
    bool odd;           /* the unit may begin like an odd token */
    bool ends_odd;      /* the piece may end like one */
} tkc_wide_run;

/* OTHER, a bit: a character of two or four bytes, of which only the bytes are asked; NO_PLACE, all of
 * it: ASCII, or nothing yet. */
enum { TKC_WIDE_OTHER = 1 << 8, TKC_WIDE_NO_PLACE = TKC_WIDE_OPEN_RIGHT };

/* How far cutting is: at a piece, or within it. */
typedef struct tkc_wide_place {
    size_t piece;
    bool within;
    tkc_wide_run run;
} tkc_wide_place;

/* Whether no token spans s[at], a place in a unit that begins at from, of a piece up to end. */
bool tkc_wide_parted(const tkc_vocab *v, const unsigned char *s, uint32_t from, uint32_t at, uint32_t end);
/* Whether merging s[from .. end) may be something else than looking it up. */
bool tkc_wide_is_odd(const tkc_vocab *v, const unsigned char *s, uint32_t from, uint32_t end);

#endif
