/* merge.h - a row of symbols, merged to the end; shared by the kinds of BPE. */
#ifndef TKC_TOKENIZER_MERGE_H
#define TKC_TOKENIZER_MERGE_H

#include "vocab/vocab_tables.h"

/* A symbol that takes part in no merge: unknown characters, frozen pieces. The id is
 * symbol & ~TKC_SYMBOL_FROZEN. */
#define TKC_SYMBOL_FROZEN 0x80000000u

typedef struct tkc_merger {
    const tkc_allocator *alloc;
    uint32_t *id;    /* symbols */
    uint32_t *start; /* byte in the piece where each starts */
    uint32_t *merge; /* merge index of (i, next of i), TKC_NO_ID if none */
    uint32_t *next, *prev;
    size_t n, cap;
    uint64_t *heap; /* priority << 32 | node: smallest first, leftmost on ties */
    size_t n_heap, cap_heap;
    size_t max_short;
    uint32_t *proposed; /* may be NULL; else by result id the (left, right) looked at last */
} tkc_merger;

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
/* Merges; afterwards id[0..n) and start[0..n) are the result. */
TKC_MUST_USE tkc_status tkc_merger_run(tkc_merger *m, const tkc_vocab *v, tkc_error *err);

#endif
