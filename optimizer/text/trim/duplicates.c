/* duplicates.c - a sentence that says what an earlier one said: equal keys, or nearly the same stems. */
#include "optimizer/text/sorted.h"
#include "optimizer/text/trim/trim_impl.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* SPECIFIC: stems that make a sentence mean the same under any heading. HANDLES: two sentences that share
 * four stems of five share one of them in 99 cases of 100. NEAR_STEMS: fewer are too few to be "nearly"
 * the same. SEQUENCE: longer sentences are compared by their beginning. */
enum { SPECIFIC = 4, HANDLES = 3, NEAR_STEMS = 5, NEAR_TRIES = 40, SEQUENCE = 96 };

/* The same place: under the same heading, or so specific that the place does not matter. */
static bool same_place(const trim_unit *a, const trim_unit *b, size_t stems)
{
    return a->place == b->place || (stems >= SPECIFIC && !a->bound && !b->bound);
}

tkc_status tkc_trim_duplicates(trim_work *w)
{
    tkc_keyed *k = w->n_unit ? tkc_alloc(w->alloc, w->n_unit, sizeof *k) : NULL;
    tkc_status st = TKC_OK;
    bool done;
    if (w->n_unit && !k) return tkc_nomem(w->err);
    for (uint32_t i = 0; i < w->n_unit; i++) k[i] = (tkc_keyed){w->unit[i].key, i};
    tkc_sort_keyed(k, w->n_unit);
    for (size_t i = 1, first = 0; i < w->n_unit && !st; i++) {
        const trim_unit *a;
        trim_unit *b = &w->unit[k[i].number];
        if (k[i].key != k[first].key || w->unit[k[first].number].gone || w->unit[k[first].number].example) {
            first = i;
            continue;
        }
        a = &w->unit[k[first].number];
        if (!trim_may_go(b) || tkc_trim_points_back(trim_span(w, b)) || b->n < (b->rule ? 1 : TRIM_LEAST_STEMS) || a->kind == TKC_SENTENCE_HEADING || !same_place(a, b, b->n)) continue;
        st = tkc_trim_drop(w, b, TKC_TRIM_DUPLICATE, a, &done);
    }
    tkc_free(w->alloc, k, w->n_unit, sizeof *k);
    return st;
}

/* The longest common subsequence of the stems of a and b, at most SEQUENCE of each. */
static size_t common(const trim_work *w, const trim_unit *a, const trim_unit *b)
{
    uint16_t row[SEQUENCE + 1] = {0};
    size_t na = a->n < SEQUENCE ? a->n : SEQUENCE, nb = b->n < SEQUENCE ? b->n : SEQUENCE;
    for (size_t i = 0; i < na; i++) {
        uint16_t corner = 0;
        for (size_t j = 0; j < nb; j++) {
            uint16_t up = row[j + 1];
            if (w->stem[a->first + i] == w->stem[b->first + j]) row[j + 1] = (uint16_t)(corner + 1);
            else if (row[j] > up) row[j + 1] = row[j];
            corner = up;
        }
    }
    return row[nb];
}

/* The stems of u with the lowest hashes of their text: the same whatever else the prompt says. */
static size_t handles(const trim_work *w, const trim_unit *u, uint32_t out[HANDLES])
{
    uint64_t low[HANDLES];
    size_t n = 0;
    for (size_t k = 0; k < u->n; k++) {
        uint32_t id = w->stem[u->first + k];
        tkc_str t = tkc_terms_text(w->terms, id);
        uint64_t h = XXH3_64bits(t.ptr, t.len);
        size_t at = n;
        bool known = false;
        for (size_t i = 0; i < n; i++) known = known || out[i] == id;
        if (known || (n == HANDLES && h >= low[n - 1])) continue;
        if (n < HANDLES) n++;
        else at = n - 1;
        for (; at > 0 && low[at - 1] > h; at--) {
            low[at] = low[at - 1];
            out[at] = out[at - 1];
        }
        low[at] = h;
        out[at] = id;
    }
    return n;
}

tkc_status tkc_trim_near_duplicates(trim_work *w)
{
    size_t n = tkc_terms_n(w->terms) + 1, m = HANDLES * w->n_unit + 1;
    /* lists of units by handle, the latest first: head by stem, next by HANDLES * unit + handle; an
     * entry is stored plus 1 */
    uint32_t *head = tkc_alloc_zero(w->alloc, n, sizeof *head), *next = tkc_alloc_zero(w->alloc, m, sizeof *next);
    tkc_status st = head && next ? TKC_OK : tkc_nomem(w->err);
    for (uint32_t i = 0; i < w->n_unit && !st; i++) {
        trim_unit *b = &w->unit[i];
        uint32_t handle[HANDLES];
        size_t n_handle;
        bool done = false, refused = false;
        if (b->gone || b->example || b->rule || tkc_trim_points_back(trim_span(w, b)) || (b->kind != TKC_SENTENCE_PROSE && b->kind != TKC_SENTENCE_ITEM) || b->n < NEAR_STEMS || b->n > SEQUENCE) continue;
        n_handle = handles(w, b, handle);
        for (size_t r = 0; r < n_handle && trim_may_go(b) && !refused && !st; r++) {
            size_t tries = 0;
            for (uint32_t e = head[handle[r]]; e && tries < NEAR_TRIES && !done && !refused && !st; e = next[e - 1], tries++) {
                const trim_unit *a = &w->unit[(e - 1) / HANDLES];
                size_t most = a->n > b->n ? a->n : b->n;
                if (!same_place(a, b, b->n) || 5 * common(w, a, b) < 4 * most) continue;
                st = tkc_trim_drop(w, b, TKC_TRIM_NEAR, a, &done);
                refused = !done; /* what it states stands nowhere else: no other pair will help */
            }
        }
        for (uint32_t r = 0; r < n_handle && !b->gone; r++) {
            next[HANDLES * i + r] = head[handle[r]];
            head[handle[r]] = HANDLES * i + r + 1;
        }
    }
    tkc_free(w->alloc, head, n, sizeof *head);
    tkc_free(w->alloc, next, m, sizeof *next);
    return st;
}
