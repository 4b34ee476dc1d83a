/*
 * ready_make.h - making what ready.h describes, from the other tables of a vocabulary. The same tables
 * give the same bytes, so what a file from outside holds is verified by making it again.
 */
#ifndef TKC_VOCAB_COMPILE_READY_MAKE_H
#define TKC_VOCAB_COMPILE_READY_MAKE_H

#include "vocab/ready.h"

/* What is made; the arrays of tkc_vocab of the same names are views of them. */
typedef struct tkc_ready {
    uint8_t *wide;       /* TKC_WIDE_CHARS; NULL: no cuts */
    uint64_t *wide_pair; /* n_wide_pair words of a filter */
    size_t n_wide_pair;
    tkc_forced *forced;    /* NULL: no cuts */
    uint64_t *threat;      /* n_threat words of a filter, by tkc_threat_hash() */
    size_t n_threat;
    uint64_t *odd;         /* n_odd words of a filter of the unreachable tokens; NULL: none, or whole pieces are not asked for */
    size_t n_odd;
    unsigned char *piece; /* n_bucket buckets, the hot ones first; NULL: none */
    uint32_t *piece_id;  /* by entry */
    size_t n_bucket;
} tkc_ready;

/* From the other tables of v: of byte-level BPE all, of BPE of characters with a join set and bytes to
 * fall back to what is by character of three bytes, and pieces; of all others only odd tokens. */
TKC_MUST_USE tkc_status tkc_ready_make(tkc_ready *r, const tkc_vocab *v,
                                       const tkc_allocator *alloc, tkc_error *err);
void tkc_ready_release(tkc_ready *r, const tkc_allocator *alloc);

#endif
