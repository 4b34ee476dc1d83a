/*
 * blocks.h - a server's cache of token blocks, as vLLM keeps it.
 *
 * A prompt is a chain of blocks, each known by a hash of itself and all before it. Blocks of
 * requests that ended are free but keep what they hold until they are taken for something else:
 * from the front of a queue to which a request gives its blocks back, the last one first; blocks
 * without a hash (the unfinished one at the end) go to the front. So the least recently used go
 * first, and of one request its end: vLLM 0.33's free_blocks() and get_new_blocks().
 *
 * Requests run one after the other. Without a size nothing is ever evicted.
 */
#ifndef TKC_OPTIMIZER_AUDIT_BLOCKS_H
#define TKC_OPTIMIZER_AUDIT_BLOCKS_H

#include "vocab/base/common.h"

typedef struct tkc_block_slot {
    uint64_t hash;
    int64_t used;
    uint32_t prev, next;   /* in the free queue */
    uint32_t bucket;       /* the next slot of its place in the table */
    bool has_hash, is_free;
} tkc_block_slot;

typedef struct tkc_blocks {
    tkc_block_slot *slot;
    size_t n_slot, cap_slot, max_slot; /* max_slot 0: no limit */
    uint32_t *table;
    size_t n_table, n_hash;
    uint32_t head, tail; /* of the free queue */
    size_t n_free;
    uint32_t *taken;
    size_t cap_taken;
    uint64_t n_evicted;
    const tkc_allocator *alloc;
} tkc_blocks;

void tkc_blocks_init(tkc_blocks *b, size_t max_slot, const tkc_allocator *alloc);
void tkc_blocks_release(tkc_blocks *b);
/* A request of n blocks with these hashes and n_bare more without one. At most `most` of the first
 * blocks are taken from the cache, none that was used before now - ttl (ttl < 0: whatever its
 * age). *hit: how many were. A request that is larger than the cache reads and leaves nothing.
 * TKC_E_NOMEM. */
TKC_MUST_USE tkc_status tkc_blocks_request(tkc_blocks *b, const uint64_t *hash, size_t n, size_t n_bare, size_t most,
                                           int64_t now, int64_t ttl, size_t *hit, tkc_error *err);

#endif
