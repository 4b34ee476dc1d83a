/*
 * diverse.c - chunks that do not say the same (Carbonell and Goldstein 1998), and in which order
 * they stand.
 *
 * What a chunk is worth only falls as others are chosen, so a heap of what it was worth when last looked at
 * is enough: the highest is looked at again, and is chosen if it stays there. Of 1,000 overlapping windows a
 * tenth is compared. Comparing all with all stays possible, so it ends after MOST_STEPS terms, and
 * likeness that was not seen by then does not count.
 */
#include "optimizer/text/pack/pack_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <math.h>
#include <stdlib.h>

#define MOST_STEPS ((size_t)1 << 27) /* about 0.3 s */

typedef struct rated {
    double worth;    /* no less than it is */
    double likeness; /* to the chosen ones looked at */
    size_t seen;     /* how many those are */
    uint32_t chunk;
} rated;

typedef struct chooser {
    const tkc_pack_rows *r;
    double *norm; /* of each chunk */
    rated *heap;
    size_t n;
    uint32_t *picked;
    size_t n_picked, steps;
} chooser;

static bool is_before(const rated *a, const rated *b)
{
    return a->worth != b->worth ? a->worth > b->worth : a->chunk < b->chunk;
}

static void sift(chooser *c, size_t i)
{
    for (;;) {
        size_t best = i;
        rated moved;
        for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < c->n; k++)
            if (is_before(&c->heap[k], &c->heap[best])) best = k;
        if (best == i) return;
        moved = c->heap[i];
        c->heap[i] = c->heap[best];
        c->heap[best] = moved;
        i = best;
    }
}

static double cosine(chooser *c, size_t a, size_t b)
{
    const tkc_pack_rows *r = c->r;
    size_t i = r->row[a], k = r->row[b];
    double dot = 0;
    c->steps += r->row[a + 1] - i + r->row[b + 1] - k;
    while (i < r->row[a + 1] && k < r->row[b + 1]) {
        const uint32_t x = r->term[i].id, y = r->term[k].id;
        if (x == y) dot += r->idf[x] * r->idf[x];
        i += x <= y;
        k += y <= x;
    }
    return dot > 0 ? dot / (c->norm[a] * c->norm[b]) : 0;
}

static void weigh_rows(chooser *c)
{
    for (size_t i = 0; i < c->r->n; i++) {
        double sum = 0;
        for (size_t k = c->r->row[i]; k < c->r->row[i + 1]; k++) sum += c->r->idf[c->r->term[k].id] * c->r->idf[c->r->term[k].id];
        c->norm[i] = sqrt(sum);
    }
}

static void pick(chooser *c, double diversity, const size_t *weight, size_t room, bool *chosen)
{
    while (c->n) {
        rated *top = &c->heap[0];
        if (weight[top->chunk] <= room && top->seen < c->n_picked && c->steps < MOST_STEPS) {
            double most = top->likeness;
            for (; top->seen < c->n_picked; top->seen++) {
                const double like = cosine(c, top->chunk, c->picked[top->seen]);
                if (like > most) most = like;
            }
            top->worth -= diversity * (most - top->likeness);
            top->likeness = most;
        } else {
            if (weight[top->chunk] <= room) {
                chosen[top->chunk] = true;
                room -= weight[top->chunk];
                c->picked[c->n_picked++] = top->chunk;
            }
            *top = c->heap[--c->n];
        }
        sift(c, 0);
    }
}

tkc_status tkc_pack_diverse(const tkc_pack_rows *r, const double *score, const size_t *weight, const bool *may,
                            double diversity, size_t room, bool *chosen, const tkc_allocator *alloc, tkc_error *err)
{
    chooser c = {.r = r,
                 .norm = tkc_alloc(alloc, r->n, sizeof *c.norm),
                 .heap = tkc_alloc(alloc, r->n, sizeof *c.heap),
                 .picked = tkc_alloc(alloc, r->n, sizeof *c.picked)};
    const bool fine = c.norm && c.heap && c.picked;
    double highest = 0;
    if (fine) {
        weigh_rows(&c);
        for (size_t i = 0; i < r->n; i++) {
            chosen[i] = false;
            if (may[i] && score[i] > highest) highest = score[i];
        }
        for (size_t i = 0; i < r->n; i++)
            if (may[i] && score[i] > 0) c.heap[c.n++] = (rated){(1 - diversity) * score[i] / highest, 0, 0, (uint32_t)i};
        for (size_t i = c.n / 2; i-- > 0;) sift(&c, i);
        pick(&c, diversity, weight, room, chosen);
    }
    tkc_free(alloc, c.norm, r->n, sizeof *c.norm);
    tkc_free(alloc, c.heap, r->n, sizeof *c.heap);
    tkc_free(alloc, c.picked, r->n, sizeof *c.picked);
    return fine ? TKC_OK : tkc_nomem(err);
}

/* --- where they stand --------------------------------------------------------------------- */

typedef struct scored {
    double score;
    uint32_t chunk;
} scored;

static int by_score(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x->chunk > y->chunk) - (x->chunk < y->chunk);
}

tkc_status tkc_pack_arrange(const tkc_pack_item *item, uint32_t *chunk, size_t n, tkc_pack_place place,
                            const tkc_allocator *alloc, tkc_error *err)
{
    scored *best;
    if (place == TKC_PACK_GIVEN || n < 2) return TKC_OK;
    alloc = tkc_allocator_or_default(alloc);
    best = tkc_alloc(alloc, n, sizeof *best);
    if (!best) return tkc_nomem(err);
    for (size_t i = 0; i < n; i++) best[i] = (scored){item[chunk[i]].score, chunk[i]};
    qsort(best, n, sizeof *best, by_score);
    for (size_t i = 0; i < n; i++) {
        const size_t to = place == TKC_PACK_BEST ? i : i % 2 ? n - 1 - i / 2 : i / 2;
        chunk[to] = best[i].chunk;
    }
    tkc_free(alloc, best, n, sizeof *best);
    return TKC_OK;
}
