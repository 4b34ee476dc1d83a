/* blocks.c - slots in a table by hash and in a queue by when they may go. */
#include "optimizer/audit/blocks.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

#define NONE UINT32_MAX

void tkc_blocks_init(tkc_blocks *b, size_t max_slot, const tkc_allocator *alloc)
{
    memset(b, 0, sizeof *b);
    b->alloc = tkc_allocator_or_default(alloc);
    b->max_slot = max_slot;
    b->head = b->tail = NONE;
}

void tkc_blocks_release(tkc_blocks *b)
{
    tkc_free(b->alloc, b->slot, b->cap_slot, sizeof *b->slot);
    tkc_free(b->alloc, b->table, b->n_table, sizeof *b->table);
    tkc_free(b->alloc, b->taken, b->cap_taken, sizeof *b->taken);
    tkc_blocks_init(b, b->max_slot, b->alloc);
}

static size_t place(const tkc_blocks *b, uint64_t hash)
{
    return (size_t)(hash * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (b->n_table - 1);
}

static uint32_t find(const tkc_blocks *b, uint64_t hash)
{
    uint32_t i = b->n_table ? b->table[place(b, hash)] : NONE;
    while (i != NONE && b->slot[i].hash != hash) i = b->slot[i].bucket;
    return i;
}

/* Behind those of the same hash: the first that came is the one found. */
static tkc_status put_hash(tkc_blocks *b, uint32_t i, uint64_t hash, tkc_error *err)
{
    uint32_t *at;
    if (b->n_hash * 2 >= b->n_table) {
        const size_t n = b->n_table ? b->n_table * 2 : 1024;
        uint32_t *table = tkc_alloc(b->alloc, n, sizeof *table), *old = b->table;
        const size_t n_old = b->n_table;
        if (!table) return tkc_nomem(err);
        memset(table, 0xff, n * sizeof *table);
        b->table = table;
        b->n_table = n;
        for (size_t k = 0; k < n_old; k++)
            for (uint32_t s = old[k], next; s != NONE; s = next) {
                next = b->slot[s].bucket;
                b->slot[s].bucket = NONE;
                for (at = &b->table[place(b, b->slot[s].hash)]; *at != NONE;) at = &b->slot[*at].bucket;
                *at = s;
            }
        tkc_free(b->alloc, old, n_old, sizeof *old);
    }
    b->slot[i].hash = hash;
    b->slot[i].has_hash = true;
    b->slot[i].bucket = NONE;
    for (at = &b->table[place(b, hash)]; *at != NONE;) at = &b->slot[*at].bucket;
    *at = i;
    b->n_hash++;
    return TKC_OK;
}

static void drop_hash(tkc_blocks *b, uint32_t i)
{
    uint32_t *at = &b->table[place(b, b->slot[i].hash)];
    while (*at != i) at = &b->slot[*at].bucket;
    *at = b->slot[i].bucket;
    b->slot[i].has_hash = false;
    b->n_hash--;
}

static void take(tkc_blocks *b, uint32_t i)
{
    tkc_block_slot *s = &b->slot[i];
    if (s->prev != NONE)
        b->slot[s->prev].next = s->next;
    else
        b->head = s->next;
    if (s->next != NONE)
        b->slot[s->next].prev = s->prev;
    else
        b->tail = s->prev;
    s->prev = s->next = NONE;
    s->is_free = false;
    b->n_free--;
}

static void give(tkc_blocks *b, uint32_t i, bool front)
{
    tkc_block_slot *s = &b->slot[i];
    s->prev = front ? NONE : b->tail;
    s->next = front ? b->head : NONE;
    if (front) {
        if (b->head != NONE) b->slot[b->head].prev = i;
        b->head = i;
        if (b->tail == NONE) b->tail = i;
    } else {
        if (b->tail != NONE) b->slot[b->tail].next = i;
        b->tail = i;
        if (b->head == NONE) b->head = i;
    }
    s->is_free = true;
    b->n_free++;
}

/* A slot for a new block: one never used, else from the front of the queue. */
static tkc_status new_slot(tkc_blocks *b, uint32_t *out, tkc_error *err)
{
    /* slots never used stand in the queue before all that were, but for those given to the front */
    const bool front_bare = b->head != NONE && !b->slot[b->head].has_hash;
    if (!front_bare && (!b->max_slot || b->n_slot < b->max_slot)) {
        if (!tkc_grow(b->alloc, &b->slot, &b->cap_slot, b->n_slot + 1, NONE - 1, sizeof *b->slot)) return tkc_nomem(err);
        *out = (uint32_t)b->n_slot++;
        b->slot[*out] = (tkc_block_slot){.prev = NONE, .next = NONE, .bucket = NONE};
        return TKC_OK;
    }
    *out = b->head;
    take(b, *out);
    if (b->slot[*out].has_hash) {
        drop_hash(b, *out);
        b->n_evicted++;
    }
    return TKC_OK;
}

tkc_status tkc_blocks_request(tkc_blocks *b, const uint64_t *hash, size_t n, size_t n_bare, size_t most, int64_t now,
                              int64_t ttl, size_t *hit, tkc_error *err)
{
    tkc_status st = TKC_OK;
    size_t have = 0, n_hit = 0;
    *hit = 0;
    if (b->max_slot && n + n_bare > b->max_slot) return TKC_OK;
    if (n + n_bare && !tkc_grow(b->alloc, &b->taken, &b->cap_taken, n + n_bare, NONE - 1, sizeof *b->taken)) return tkc_nomem(err);
    while (n_hit < n && n_hit < most) {
        const uint32_t i = find(b, hash[n_hit]);
        if (i == NONE || !b->slot[i].is_free || (ttl >= 0 && now - b->slot[i].used > ttl)) break;
        b->taken[n_hit++] = i;
    }
    for (; have < n_hit; have++) take(b, b->taken[have]);
    for (; have < n + n_bare && !st; have++) {
        uint32_t i = NONE;
        st = new_slot(b, &i, err);
        if (!st) b->taken[have] = i;
        if (!st && have < n) st = put_hash(b, i, hash[have], err);
        if (st) break;
    }
    for (size_t i = have; i--;) {
        b->slot[b->taken[i]].used = now;
        give(b, b->taken[i], !b->slot[b->taken[i]].has_hash);
    }
    if (!st) *hit = n_hit;
    return st;
}
