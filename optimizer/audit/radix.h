/*
 * radix.h - SGLang's prefix cache on traces of block hashes: a radix tree of pages, of which the leaf that
 * was used longest ago goes first, as a whole.
 *
 * A request first looks up its beginning (a node that matches in part is split there, and counts as used),
 * then makes room for the pages it has to compute, then leaves all its whole pages in the tree. The
 * path it reads is held meanwhile. One that has no room when all else is evicted is not served. Compared with
 * SGLang's own code on random streams (tests/differential/sglang_radix.py).
 *
 * A page's hash stands for all pages before it too, so nodes are found by the hash of their first page.
 */
#ifndef TKC_OPTIMIZER_AUDIT_RADIX_H
#define TKC_OPTIMIZER_AUDIT_RADIX_H

#include "vocab/base/common.h"

typedef struct tkc_radix {
    struct tkc_radix_node *node;
    size_t n_node, cap_node, size, used; /* pages; size 0: no limit */
    uint32_t free, oldest, newest;
    uint32_t *table; /* by the hash of the first page */
    size_t n_table, n_live;
    uint64_t n_evicted; /* pages */
    const tkc_allocator *alloc;
} tkc_radix;

void tkc_radix_init(tkc_radix *r, size_t size, const tkc_allocator *alloc);
void tkc_radix_release(tkc_radix *r);
/* A request of n whole pages and `bare` that are not whole; at most `most` of them are looked for. hit: how many
 * were there. TKC_E_NOMEM; r is then good only for release. */
TKC_MUST_USE tkc_status tkc_radix_request(tkc_radix *r, const uint64_t *hash, size_t n, size_t bare, size_t most, size_t *hit,
                                          tkc_error *err);

#endif
