/*
 * radix.c - nodes in one list by last use, the parents of a path behind their children, so that the first
 * of the list is always a leaf, and the one to go.
 */
#include "optimizer/audit/radix.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

#define NONE UINT32_MAX

struct tkc_radix_node {
    uint64_t *page;
    uint32_t n, parent, bucket; /* bucket: the next with this place in the table; of free nodes the next free */
    uint32_t older, newer;
};

void tkc_radix_init(tkc_radix *r, size_t size, const tkc_allocator *alloc)
{
    *r = (tkc_radix){.size = size, .free = NONE, .oldest = NONE, .newest = NONE, .alloc = tkc_allocator_or_default(alloc)};
}

void tkc_radix_release(tkc_radix *r)
{
    for (size_t i = 0; i < r->n_node; i++) tkc_free(r->alloc, r->node[i].page, r->node[i].n, sizeof(uint64_t));
    tkc_free(r->alloc, r->node, r->cap_node, sizeof *r->node);
    tkc_free(r->alloc, r->table, r->n_table, sizeof *r->table);
    tkc_radix_init(r, r->size, r->alloc);
}

/* --- the table and the list ------------------------------------------------------------------------ */

static size_t place_of(const tkc_radix *r, uint64_t hash)
{
    hash ^= hash >> 33;
    return (size_t)(hash * 0x9E3779B97F4A7C15u >> 20) & (r->n_table - 1);
}

static bool grow_table(tkc_radix *r)
{
    const size_t n = r->n_table ? r->n_table * 2 : 256;
    uint32_t *table = tkc_alloc(r->alloc, n, sizeof *table);
    if (!table) return false;
    tkc_free(r->alloc, r->table, r->n_table, sizeof *r->table);
    r->table = table;
    r->n_table = n;
    for (size_t i = 0; i < n; i++) table[i] = NONE;
    for (uint32_t i = r->oldest; i != NONE; i = r->node[i].newer) {
        const size_t at = place_of(r, r->node[i].page[0]);
        r->node[i].bucket = table[at];
        table[at] = i;
    }
    return true;
}

static uint32_t find(const tkc_radix *r, uint64_t hash)
{
    uint32_t i = r->n_table ? r->table[place_of(r, hash)] : NONE;
    while (i != NONE && r->node[i].page[0] != hash) i = r->node[i].bucket;
    return i;
}

static void enter(tkc_radix *r, uint32_t i)
{
    const size_t at = place_of(r, r->node[i].page[0]);
    r->node[i].bucket = r->table[at];
    r->table[at] = i;
}

static void leave(tkc_radix *r, uint32_t i)
{
    uint32_t *p = &r->table[place_of(r, r->node[i].page[0])];
    while (*p != i) p = &r->node[*p].bucket;
    *p = r->node[i].bucket;
}

static void cut(tkc_radix *r, uint32_t i)
{
    struct tkc_radix_node *x = &r->node[i];
    *(x->older == NONE ? &r->oldest : &r->node[x->older].newer) = x->newer;
    *(x->newer == NONE ? &r->newest : &r->node[x->newer].older) = x->older;
}

static void append(tkc_radix *r, uint32_t i)
{
    struct tkc_radix_node *x = &r->node[i];
    x->older = r->newest;
    x->newer = NONE;
    *(r->newest == NONE ? &r->oldest : &r->node[r->newest].newer) = i;
    r->newest = i;
}

/* A node and those above it were used: the lowest becomes the oldest of them. */
static void touch(tkc_radix *r, uint32_t i)
{
    for (; i != NONE; i = r->node[i].parent) {
        cut(r, i);
        append(r, i);
    }
}

/* --- nodes --------------------------------------------------------------------------------------------- */

static tkc_status new_node(tkc_radix *r, uint32_t parent, const uint64_t *page, size_t n, uint32_t *out, tkc_error *err)
{
    uint64_t *copy;
    uint32_t i = r->free;
    if (r->n_live >= r->n_table && !grow_table(r)) return tkc_nomem(err);
    if (i == NONE && !tkc_grow(r->alloc, &r->node, &r->cap_node, r->n_node + 1, NONE, sizeof *r->node)) return tkc_nomem(err);
    copy = tkc_alloc(r->alloc, n, sizeof *copy);
    if (!copy) return tkc_nomem(err);
    memcpy(copy, page, n * sizeof *copy);
    if (i == NONE)
        i = (uint32_t)r->n_node++;
    else
        r->free = r->node[i].bucket;
    r->node[i] = (struct tkc_radix_node){.page = copy, .n = (uint32_t)n, .parent = parent};
    r->n_live++;
    *out = i;
    return TKC_OK;
}

/* The first n pages of a node as a node above it, which is *out; it stands for both. */
static tkc_status split(tkc_radix *r, uint32_t i, uint32_t n, uint32_t *out, tkc_error *err)
{
    const uint32_t rest = r->node[i].n - n;
    uint64_t *page = tkc_alloc(r->alloc, rest, sizeof *page);
    tkc_status st;
    if (!page) return tkc_nomem(err);
    st = new_node(r, r->node[i].parent, r->node[i].page, n, out, err);
    if (st) {
        tkc_free(r->alloc, page, rest, sizeof *page);
        return st;
    }
    leave(r, i);
    memcpy(page, r->node[i].page + n, rest * sizeof *page);
    tkc_free(r->alloc, r->node[i].page, r->node[i].n, sizeof *page);
    r->node[i].page = page;
    r->node[i].n = rest;
    r->node[i].parent = *out;
    enter(r, i);
    enter(r, *out);
    append(r, *out);
    return TKC_OK;
}

/* Walks down as far as the pages are there; *last (NONE: none is) ends there, and all of it was used. */
static tkc_status walk(tkc_radix *r, const uint64_t *hash, size_t n, size_t *found, uint32_t *last, tkc_error *err)
{
    *found = 0;
    *last = NONE;
    while (*found < n) {
        const uint32_t i = find(r, hash[*found]);
        uint32_t k = 0;
        tkc_status st;
        if (i == NONE) break;
        while (k < r->node[i].n && *found + k < n && r->node[i].page[k] == hash[*found + k]) k++;
        *found += k;
        if (k == r->node[i].n) {
            *last = i;
            continue;
        }
        cut(r, i); /* the rest of it counts as used too */
        append(r, i);
        st = split(r, i, k, last, err);
        if (st) return st;
        break;
    }
    touch(r, *last);
    return TKC_OK;
}

static void evict(tkc_radix *r)
{
    const uint32_t i = r->oldest;
    cut(r, i);
    leave(r, i);
    r->used -= r->node[i].n;
    r->n_evicted += r->node[i].n;
    tkc_free(r->alloc, r->node[i].page, r->node[i].n, sizeof(uint64_t));
    r->node[i].page = NULL;
    r->node[i].n = 0;
    r->node[i].bucket = r->free;
    r->free = i;
    r->n_live--;
}

tkc_status tkc_radix_request(tkc_radix *r, const uint64_t *hash, size_t n, size_t bare, size_t most, size_t *hit, tkc_error *err)
{
    uint32_t last, leaf;
    size_t there;
    tkc_status st = walk(r, hash, most < n ? most : n, hit, &last, err);
    if (st) return st;
    if (r->size) {
        const size_t need = n + bare - *hit;
        if (need > r->size - *hit) { /* more than all that is not held */
            *hit = 0;
            return TKC_OK;
        }
        while (r->size - r->used < need) evict(r);
    }
    st = walk(r, hash, n, &there, &last, err);
    if (st || there == n) return st;
    st = new_node(r, last, hash + there, n - there, &leaf, err);
    if (st) return st;
    enter(r, leaf);
    append(r, leaf);
    touch(r, last); /* its parents stay behind it in the list */
    r->used += n - there;
    return TKC_OK;
}
