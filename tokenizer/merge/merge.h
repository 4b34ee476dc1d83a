/*
 * merge.h - a row of symbols, merged to the end: smallest priority first, leftmost on ties,
 * until no two neighbours merge. Shared by the kinds of BPE.
 *
 * Up to 62 symbols the best pair is found by scanning. A longer row is merged in windows of
 * 40 that overlap by a few tokens: where two windows agree on one whole token, the tokens of
 * the first up to it and those of the second from it on are what merging both together
 * gives (merge.c has the argument). So any row takes time in proportion to its length and
 * memory in proportion to a window. Eight at a time are merged abreast, ahead of knowing where the
 * tokens of the one before them begin: their overlap is longer. Windows that do not agree start over
 * with longer ones, up to one window with a heap: O(n log n) whatever the vocabulary.
 */
#ifndef TKC_TOKENIZER_MERGE_H
#define TKC_TOKENIZER_MERGE_H

#include "tokenizer/merge/few.h"

enum {
    TKC_MERGE_WINDOW = 40, /* of a longer row: at 62 scanning takes more than overlaps save */
    TKC_MERGE_AHEAD = 8 /* windows */
};

/* A symbol in the heap's merging. */
typedef struct tkc_merge_node {
    uint32_t key, result; /* of it and the next */
    uint32_t next, prev;
} tkc_merge_node;

/* Merged symbols of a stretch of a row. */
typedef struct tkc_merged_run {
    uint32_t *id, *at; /* at: the first symbol of each, from base on */
    size_t n, cap, first; /* those before first are given out */
    size_t base, len;  /* the stretch */
} tkc_merged_run;

typedef struct tkc_merger {
    const tkc_allocator *alloc;
    uint32_t *id;    /* a row being collected: symbols */
    uint32_t *start; /* byte in the piece where each starts */
    size_t n, cap;
    uint32_t *out;   /* its merged symbols, two words each: id, number of the first symbol */
    size_t n_out, cap_out;
    tkc_merged_run run[2];
    tkc_merged_run ahead[TKC_MERGE_AHEAD]; /* windows to come: [next_ahead, n_ahead) */
    size_t next_ahead, n_ahead;
    tkc_merge_node *node;
    size_t cap_node;
    uint64_t *heap;  /* priority << 32 | node */
    size_t n_heap, cap_heap;
    size_t window;
    uint32_t *proposed; /* may be NULL; else by result id the (left, right) looked at last */
    tkc_abreast_fn abreast;
    tkc_pair_memo memo;
} tkc_merger;

/* The symbols to merge: id[i], or where id is NULL byte_id[bytes[i]]. */
typedef struct tkc_row {
    const uint32_t *id, *byte_id;
    const unsigned char *bytes;
    size_t n;
} tkc_row;

/* Where merged symbols go. put gets n of them; the i-th starts at symbol base + at[i] of the
 * row. rewind: what was put is wrong, all comes again from the row's begin. */
typedef struct tkc_merged tkc_merged;
struct tkc_merged {
    tkc_status (*put)(tkc_merged *self, const uint32_t *id, const uint32_t *at, size_t base,
                      size_t n, tkc_error *err);
    void (*rewind)(tkc_merged *self);
    bool stop; /* set by put: nothing more is wanted */
};

/* *m is zeroed memory. */
void tkc_merger_init(tkc_merger *m, const tkc_allocator *alloc);
void tkc_merger_release(tkc_merger *m);
static inline void tkc_merger_clear(tkc_merger *m)
{
    m->n = 0;
}
/* Room for extra more symbols. */
TKC_MUST_USE tkc_status tkc_merger_reserve(tkc_merger *m, size_t extra, tkc_error *err);
static inline void tkc_merger_put(tkc_merger *m, uint32_t id, size_t start)
{
    m->id[m->n] = id;
    m->start[m->n++] = (uint32_t)start;
}
/* Merges what was collected; afterwards id[0..n) and start[0..n) are the result. */
TKC_MUST_USE tkc_status tkc_merger_run(tkc_merger *m, const tkc_vocab *v, tkc_error *err);

/* Merges id[0..n), n <= TKC_MERGE_FEW, in place; at[i] becomes the first symbol of the i-th
 * that is left. Returns how many are left. */
size_t tkc_merge_few(tkc_merger *m, const tkc_vocab *v, uint32_t *id, uint32_t *at, size_t n);
/* The same for any number of rows of their own. With what goes before it in piece_loop.c a fifth of the
 * time of a first pass of English, a tenth of Chinese. */
void tkc_merge_abreast(tkc_merger *m, const tkc_vocab *v, tkc_short_row *row, size_t n_rows);
/* Merges a row of any length into out. */
TKC_MUST_USE tkc_status tkc_merge_row(tkc_merger *m, const tkc_vocab *v, const tkc_row *row,
                                      tkc_merged *out, tkc_error *err);

/* Whether a short row is merged by scanning, in one. */
static inline bool tkc_merger_scans(const tkc_merger *m)
{
    return m->window == TKC_MERGE_WINDOW && !m->proposed;
}

/* Short rows by the twin for that instruction set; without it by the best one that the machine has. */
void tkc_merger_set_isa(tkc_merger *m, tkc_isa isa);
/* Tests only: windows of this many symbols; SIZE_MAX: one window, always with the heap. */
void tkc_merger_set_window(tkc_merger *m, size_t window);

#endif
