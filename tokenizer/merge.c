/* merge.c - best pair first, until none is left: by scanning (short) or with a heap (long). */
#include "tokenizer/merge.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

/* Scanning n symbols for each of up to n merges beats the heap's bookkeeping up to here. */
enum { SHORT = 48 };
/* Nodes are 32-bit. */
#define MAX_SYMBOLS ((size_t)UINT32_MAX - 1)

void tkc_merger_init(tkc_merger *m, const tkc_allocator *alloc)
{
    memset(m, 0, sizeof *m);
    m->alloc = tkc_allocator_or_default(alloc);
    m->max_short = SHORT;
}

void tkc_merger_release(tkc_merger *m)
{
    tkc_free(m->alloc, m->id, m->cap * 5, sizeof *m->id);
    tkc_free(m->alloc, m->heap, m->cap_heap, sizeof *m->heap);
    tkc_merger_init(m, m->alloc);
}

tkc_status tkc_merger_reserve(tkc_merger *m, size_t extra, tkc_error *err)
{
    uint32_t *block;
    size_t cap;
    if (extra <= m->cap - m->n) return TKC_OK;
    if (extra > MAX_SYMBOLS - m->n)
        return tkc_fail(err, TKC_E_LIMIT, 0, "a piece of more than 4 GB");
    cap = m->n + extra;
    cap = cap < 256 ? 256 : cap + cap / 2;
    if (cap > MAX_SYMBOLS) cap = MAX_SYMBOLS;
    block = tkc_alloc(m->alloc, cap * 5, sizeof *block);
    if (!block) return tkc_nomem(err);
    if (m->n) {
        memcpy(block, m->id, m->n * sizeof *block);
        memcpy(block + cap, m->start, m->n * sizeof *block);
    }
    tkc_free(m->alloc, m->id, m->cap * 5, sizeof *m->id);
    m->cap = cap;
    m->id = block;
    m->start = block + cap;
    m->merge = block + 2 * cap;
    m->next = block + 3 * cap;
    m->prev = block + 4 * cap;
    return TKC_OK;
}

static uint32_t candidate(const tkc_merger *m, const tkc_vocab *v, uint32_t left, uint32_t right)
{
    uint32_t merge;
    if ((left | right) & TKC_SYMBOL_FROZEN) return TKC_NO_ID;
    merge = tkc_pair_find(v, left, right);
    if (m->proposed && merge != TKC_NO_ID) {
        m->proposed[2 * merge] = left; /* scores: the merge index is the result */
        m->proposed[2 * merge + 1] = right;
    }
    return merge;
}

static void propose(const tkc_merger *m, const tkc_vocab *v, size_t i, uint32_t *prio)
{
    m->merge[i] = candidate(m, v, m->id[i], m->id[i + 1]);
    prio[i] = m->merge[i] == TKC_NO_ID ? TKC_NO_ID : tkc_merge_prio(v, m->merge[i]);
}

static void merge_short(tkc_merger *m, const tkc_vocab *v)
{
    uint32_t *id = m->id, *start = m->start, *merge = m->merge, prio[SHORT];
    size_t n = m->n;
    for (size_t i = 0; i + 1 < n; i++) propose(m, v, i, prio);
    while (n > 1) {
        size_t best = 0;
        for (size_t i = 1; i + 1 < n; i++)
            if (prio[i] < prio[best]) best = i;
        if (prio[best] == TKC_NO_ID) break;
        id[best] = tkc_merge_result(v, merge[best]);
        n--;
        memmove(id + best + 1, id + best + 2, (n - best - 1) * sizeof *id);
        memmove(start + best + 1, start + best + 2, (n - best - 1) * sizeof *start);
        memmove(merge + best, merge + best + 1, (n - best - 1) * sizeof *merge);
        memmove(prio + best, prio + best + 1, (n - best - 1) * sizeof *prio);
        if (best) propose(m, v, best - 1, prio);
        if (best + 1 < n) propose(m, v, best, prio);
    }
    m->n = n;
}

static tkc_status heap_push(tkc_merger *m, const tkc_vocab *v, uint32_t node, tkc_error *err)
{
    const uint32_t merge = m->merge[node];
    uint64_t key;
    size_t i;
    if (merge == TKC_NO_ID) return TKC_OK;
    if (!tkc_grow(m->alloc, &m->heap, &m->cap_heap, m->n_heap + 1, SIZE_MAX / 32, sizeof *m->heap))
        return tkc_nomem(err);
    key = (uint64_t)tkc_merge_prio(v, merge) << 32 | node;
    i = m->n_heap++;
    while (i && m->heap[(i - 1) / 2] > key) {
        m->heap[i] = m->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    m->heap[i] = key;
    return TKC_OK;
}

static uint64_t heap_pop(tkc_merger *m)
{
    const uint64_t top = m->heap[0], last = m->heap[--m->n_heap];
    size_t i = 0;
    for (;;) {
        size_t c = 2 * i + 1;
        if (c >= m->n_heap) break;
        if (c + 1 < m->n_heap && m->heap[c + 1] < m->heap[c]) c++;
        if (last <= m->heap[c]) break;
        m->heap[i] = m->heap[c];
        i = c;
    }
    m->heap[i] = last;
    return top;
}

static tkc_status merge_long(tkc_merger *m, const tkc_vocab *v, tkc_error *err)
{
    uint32_t *id = m->id, *next = m->next, *prev = m->prev;
    const uint32_t n = (uint32_t)m->n, end = n;
    tkc_status st;
    size_t out = 0;
    m->n_heap = 0;
    for (uint32_t i = 0; i < n; i++) {
        next[i] = i + 1;
        prev[i] = i ? i - 1 : end;
        m->merge[i] = i + 1 < n ? candidate(m, v, id[i], id[i + 1]) : TKC_NO_ID;
        st = heap_push(m, v, i, err);
        if (st) return st;
    }
    while (m->n_heap) {
        const uint64_t key = heap_pop(m);
        const uint32_t i = (uint32_t)key;
        uint32_t gone;
        /* one of the two may have been merged away since; what stands there now with the same
         * priority may merge now as well */
        if (m->merge[i] == TKC_NO_ID || tkc_merge_prio(v, m->merge[i]) != key >> 32) continue;
        gone = next[i];
        id[i] = tkc_merge_result(v, m->merge[i]);
        m->merge[gone] = TKC_NO_ID;
        next[i] = next[gone];
        if (next[i] != end) prev[next[i]] = i;
        if (prev[i] != end) {
            m->merge[prev[i]] = candidate(m, v, id[prev[i]], id[i]);
            st = heap_push(m, v, prev[i], err);
            if (st) return st;
        }
        m->merge[i] = next[i] != end ? candidate(m, v, id[i], id[next[i]]) : TKC_NO_ID;
        st = heap_push(m, v, i, err);
        if (st) return st;
    }
    for (uint32_t i = 0; i != end; i = next[i]) {
        id[out] = id[i];
        m->start[out++] = m->start[i];
    }
    m->n = out;
    return TKC_OK;
}

tkc_status tkc_merger_run(tkc_merger *m, const tkc_vocab *v, tkc_error *err)
{
    if (m->n < 2) return TKC_OK;
    if (m->n <= m->max_short) {
        merge_short(m, v);
        return TKC_OK;
    }
    return merge_long(m, v, err);
}
