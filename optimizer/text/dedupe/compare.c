/* compare.c - how many words two texts have in common, and how many pairs of neighbours. */
#include "optimizer/text/dedupe/compare.h"

#include "optimizer/text/dedupe/word_hash.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

static const double CONTAINED = 0.95, PAIRS_SHARED = 1.0 / 3;

tkc_status tkc_bag_fill(tkc_word_bag *g, tkc_str text, tkc_words_kept kept, size_t n_word, const tkc_allocator *a, tkc_error *err)
{
    tkc_word_hasher w = tkc_word_hasher_of(text);
    uint64_t h;
    g->n = n_word;
    g->has_pairs = false;
    g->hash = kept.hash;
    if (kept.hash) return TKC_OK;
    if (!tkc_grow(a, &g->own, &g->cap_own, n_word + 1, SIZE_MAX / sizeof *g->own, sizeof *g->own)) return tkc_nomem(err);
    for (size_t i = 0; i < n_word && tkc_next_word(&w, &h); i++) g->own[i] = h;
    g->hash = g->own;
    return TKC_OK;
}

/* n - 1 of them. */
static tkc_status pairs_of(tkc_word_bag *g, const uint64_t **out, const tkc_allocator *a, tkc_error *err)
{
    if (!tkc_grow(a, &g->pair, &g->cap_pair, g->n + 1, SIZE_MAX / sizeof *g->pair, sizeof *g->pair)) return tkc_nomem(err);
    for (size_t i = 1; i < g->n && !g->has_pairs; i++) g->pair[i - 1] = tkc_mix64(g->hash[i - 1] * 3 + g->hash[i]);
    g->has_pairs = true;
    *out = g->pair;
    return TKC_OK;
}

void tkc_bag_release(tkc_word_bag *g, const tkc_allocator *a)
{
    tkc_free(a, g->own, g->cap_own, sizeof *g->own);
    tkc_free(a, g->pair, g->cap_pair, sizeof *g->pair);
}

static tkc_status make_tally(tkc_tally *t, const uint64_t *v, size_t n, const tkc_allocator *a, tkc_error *err)
{
    size_t n_slot = 16;
    if (t->is_made) return TKC_OK;
    while (n_slot < 2 * n) n_slot *= 2;
    if (!tkc_grow(a, &t->slot, &t->cap, n_slot, UINT32_MAX, sizeof *t->slot) ||
        !tkc_grow(a, &t->taken, &t->cap_taken, n, UINT32_MAX, sizeof *t->taken))
        return tkc_nomem(err);
    memset(t->slot, 0, n_slot * sizeof *t->slot);
    t->n_slot = n_slot;
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)v[i] & (n_slot - 1);
        while (t->slot[k].count && t->slot[k].value != v[i]) k = (k + 1) & (n_slot - 1);
        t->slot[k].value = v[i];
        t->slot[k].left = ++t->slot[k].count;
    }
    t->is_made = true;
    return TKC_OK;
}

static void empty_tally(tkc_tally *t, const tkc_allocator *a)
{
    tkc_free(a, t->slot, t->cap, sizeof *t->slot);
    tkc_free(a, t->taken, t->cap_taken, sizeof *t->taken);
}

/* How many of n values are among those that were tallied, each as often as it is there. */
static size_t common(tkc_tally *t, const uint64_t *v, size_t n)
{
    size_t both = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)v[i] & (t->n_slot - 1);
        while (t->slot[k].count && t->slot[k].value != v[i]) k = (k + 1) & (t->n_slot - 1);
        if (!t->slot[k].left) continue;
        t->slot[k].left--;
        t->taken[both++] = (uint32_t)k;
    }
    for (size_t i = 0; i < both; i++) t->slot[t->taken[i]].left++;
    return both;
}

tkc_status tkc_compared_begin(tkc_compared *c, tkc_str text, tkc_words_kept kept, size_t n_word, const tkc_allocator *a, tkc_error *err)
{
    const tkc_status st = tkc_bag_fill(&c->bag, text, kept, n_word, a, err);
    c->words.is_made = c->pairs.is_made = false;
    return st ? st : make_tally(&c->words, c->bag.hash, n_word, a, err);
}

void tkc_compared_release(tkc_compared *c, const tkc_allocator *a)
{
    tkc_bag_release(&c->bag, a);
    empty_tally(&c->words, a);
    empty_tally(&c->pairs, a);
}

static bool may_be_contained(size_t first, size_t later)
{
    return later <= first && later >= TKC_COPY_FEW_WORDS;
}

bool tkc_may_be_copies(size_t first, size_t later, size_t both, double threshold)
{
    const size_t less = first < later ? first : later, all = first + later - both;
    return (may_be_contained(first, later) && (double)both / (double)less >= CONTAINED) || (all && (double)both / (double)all >= threshold);
}

tkc_status tkc_compared_judge(tkc_word_bag *a, tkc_compared *b, double threshold, tkc_match *m, const tkc_allocator *alloc, tkc_error *err)
{
    const size_t n = b->bag.n, both = common(&b->words, a->hash, a->n), less = a->n < n ? a->n : n;
    const uint64_t *pair_a, *pair_b;
    tkc_status st;
    size_t pairs;
    m->copy = TKC_COPY_NONE;
    m->similarity = a->n + n ? (double)both / (double)(a->n + n - both) : 0;
    m->containment = less ? (double)both / (double)less : 0;
    if (less < 2) return TKC_OK; /* equal ones were found by their hash */
    if (!tkc_may_be_copies(a->n, n, both, threshold)) return TKC_OK;
    st = pairs_of(a, &pair_a, alloc, err);
    if (!st) st = pairs_of(&b->bag, &pair_b, alloc, err);
    if (!st) st = make_tally(&b->pairs, pair_b, n - 1, alloc, err);
    if (st) return st;
    pairs = common(&b->pairs, pair_a, a->n - 1);
    if (m->similarity >= threshold && (double)pairs >= PAIRS_SHARED * (double)(less - 1)) m->copy = TKC_COPY_NEAR;
    else if (m->containment >= CONTAINED && may_be_contained(a->n, n) && (double)pairs >= 0.9 * (double)(n - 1))
        m->copy = TKC_COPY_CONTAINED;
    return TKC_OK;
}

tkc_status tkc_compare_texts(tkc_str a, tkc_str b, double threshold, tkc_match *out,
                             const tkc_allocator *alloc, tkc_error *err)
{
    const tkc_allocator *al = tkc_allocator_or_default(alloc);
    tkc_word_bag x = {0};
    tkc_compared y = {0};
    tkc_sketch s, t;
    tkc_status status;
    tkc_sketch_of(a, &s);
    tkc_sketch_of(b, &t);
    *out = (tkc_match){.of = 0};
    if (s.whole == t.whole && s.n_word == t.n_word) {
        *out = (tkc_match){TKC_COPY_EXACT, 0, 1, 1};
        return TKC_OK;
    }
    status = tkc_bag_fill(&x, a, (tkc_words_kept){NULL, 0}, s.n_word, al, err);
    if (!status) status = tkc_compared_begin(&y, b, (tkc_words_kept){NULL, 0}, t.n_word, al, err);
    if (!status) status = tkc_compared_judge(&x, &y, threshold > 0 ? threshold : TKC_DEDUPE_THRESHOLD, out, al, err);
    tkc_bag_release(&x, al);
    tkc_compared_release(&y, al);
    return status;
}
