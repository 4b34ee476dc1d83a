/*
 * rank.c - an inverted index and three passes of scores over it.
 *
 * Figures are Cranfield's, nDCG@10 on the odd queries (113; both halves of them move the same
 * way, and the neighbourhood of each constant is flat): BM25 .395 at k1 1.2 and title once, .411
 * at 1.5 and twice, .448 with feedback, .470 with neighbours before and after it.
 */
#include "optimizer/text/rank.h"

#include "optimizer/text/stem.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double K1 = 1.5, B = 0.75;
enum {
    TITLE_WEIGHT = 2,
    FEEDBACK = 5,        /* documents that widen the query; at most one in 20, but one */
    FEEDBACK_TERMS = 60,
    CANDIDATES = 200,    /* whose scores are smoothed */
    NEIGHBOURS = 10,     /* at most one in ten: in a handful, all are neighbours of all */
    SMOOTH_WORK = 8000000 /* terms looked at in a smoothing: 10 ms; fewer candidates above */
};
static const double FEEDBACK_WEIGHT = 0.5, NEIGHBOUR_WEIGHT = 0.4;

typedef struct posting {
    uint32_t id; /* in a document's row the term, in a term's list the document */
    float weight;
} posting;

struct tkc_ranker {
    const tkc_allocator *alloc;
    unsigned flags;
    tkc_terms *terms;
    tkc_term_list list;
    tkc_id_list ids;
    /* rows of documents: entry[row[d] .. row[d + 1]), sorted by term; weight is the count until
     * indexed */
    posting *entry;
    size_t n_entry, cap_entry;
    size_t *row;
    size_t n_doc, cap_row;
    uint32_t *count; /* of entry, since weights take its place there */
    size_t cap_count;
    uint32_t *length;
    size_t cap_length;
    /* the index, made by the first query after an add */
    bool indexed;
    posting *inverse;
    size_t *inverse_row;
    double *norm;
    size_t n_term; /* terms indexed */
    size_t size_inverse, size_term, size_norm;
    /* scratch of a query */
    double *score, *dense;
    tkc_ranked *order;
    size_t size_score, size_dense, size_order;
};

tkc_status tkc_ranker_new(tkc_ranker **out, const tkc_rank_options *opt, const tkc_allocator *alloc,
                          tkc_error *err)
{
    const tkc_allocator *a = tkc_allocator_or_default(alloc);
    tkc_ranker *r;
    tkc_status status;
    if (opt && opt->struct_size != sizeof *opt)
        return tkc_fail(err, TKC_E_ARG, 0, "tkc_rank_options.struct_size is not its size");
    r = tkc_alloc_zero(a, 1, sizeof *r);
    if (!r) return tkc_nomem(err);
    r->alloc = a;
    r->flags = opt ? opt->flags : 0;
    tkc_term_list_init(&r->list, a);
    status = tkc_terms_new(&r->terms, opt ? opt->language : NULL, opt ? opt->seed : 0, a, err);
    if (status) {
        tkc_ranker_free(r);
        return status;
    }
    *out = r;
    return TKC_OK;
}

static void forget_index(tkc_ranker *r)
{
    const tkc_allocator *a = r->alloc;
    tkc_free(a, r->inverse, r->size_inverse, sizeof *r->inverse);
    tkc_free(a, r->inverse_row, r->size_term + 1, sizeof *r->inverse_row);
    tkc_free(a, r->norm, r->size_norm, sizeof *r->norm);
    tkc_free(a, r->score, r->size_score, sizeof *r->score);
    tkc_free(a, r->dense, r->size_dense, sizeof *r->dense);
    tkc_free(a, r->order, r->size_order, sizeof *r->order);
    r->inverse = NULL;
    r->inverse_row = NULL;
    r->norm = r->score = r->dense = NULL;
    r->order = NULL;
    r->size_inverse = r->size_norm = r->size_score = r->size_dense = r->size_order = 0;
    r->indexed = false;
}

void tkc_ranker_free(tkc_ranker *r)
{
    if (!r) return;
    forget_index(r);
    tkc_free(r->alloc, r->entry, r->cap_entry, sizeof *r->entry);
    tkc_free(r->alloc, r->row, r->cap_row, sizeof *r->row);
    tkc_free(r->alloc, r->count, r->cap_count, sizeof *r->count);
    tkc_free(r->alloc, r->length, r->cap_length, sizeof *r->length);
    tkc_id_list_release(&r->ids, r->alloc);
    tkc_term_list_release(&r->list);
    tkc_terms_free(r->terms);
    tkc_free(r->alloc, r, 1, sizeof *r);
}

/* --- documents ---------------------------------------------------------------------------- */

tkc_status tkc_ranker_add(tkc_ranker *r, tkc_str title, tkc_str text, tkc_error *err)
{
    const tkc_allocator *a = r->alloc;
    tkc_status status = TKC_OK;
    size_t at = r->n_entry;
    if (r->n_doc >= UINT32_MAX - 1) return tkc_fail(err, TKC_E_LIMIT, 0, "too many documents");
    forget_index(r);
    r->list.n = 0;
    for (int i = 0; i < TITLE_WEIGHT && title.len && !status; i++)
        status = tkc_terms_read(r->terms, title, &r->list, err);
    if (!status) status = tkc_terms_read(r->terms, text, &r->list, err);
    if (!status) status = tkc_terms_ids(&r->list, &r->ids, err);
    if (status) return status;
    if (r->ids.n > UINT32_MAX) return tkc_fail(err, TKC_E_LIMIT, 0, "a document of 2^32 words");
    if (!tkc_grow(a, &r->entry, &r->cap_entry, at + r->ids.n + 1, SIZE_MAX / sizeof *r->entry,
                  sizeof *r->entry) ||
        !tkc_grow(a, &r->count, &r->cap_count, at + r->ids.n + 1, SIZE_MAX / sizeof *r->count,
                  sizeof *r->count) ||
        !tkc_grow(a, &r->row, &r->cap_row, r->n_doc + 2, SIZE_MAX / sizeof *r->row, sizeof *r->row) ||
        !tkc_grow(a, &r->length, &r->cap_length, r->n_doc + 1, SIZE_MAX / sizeof *r->length,
                  sizeof *r->length))
        return tkc_nomem(err);
    for (size_t i = 0; i < r->ids.n; i++) {
        if (i && r->ids.id[i] == r->entry[at - 1].id) {
            r->count[at - 1]++;
        } else {
            r->count[at] = 1;
            r->entry[at++].id = r->ids.id[i];
        }
    }
    r->row[r->n_doc] = r->n_entry;
    r->row[r->n_doc + 1] = at;
    r->length[r->n_doc++] = (uint32_t)r->ids.n;
    r->n_entry = at;
    return TKC_OK;
}

/* --- the index ---------------------------------------------------------------------------- */

static void weigh(tkc_ranker *r)
{
    double average = 0;
    for (size_t d = 0; d < r->n_doc; d++) average += r->length[d];
    average = average > 0 ? average / (double)r->n_doc : 1;
    for (size_t d = 0; d < r->n_doc; d++) {
        const double slack = K1 * (1 - B + B * r->length[d] / average);
        double sum = 0;
        for (size_t i = r->row[d]; i < r->row[d + 1]; i++) {
            const uint32_t t = r->entry[i].id;
            const double df = (double)(r->inverse_row[t + 1] - r->inverse_row[t]);
            const double idf = log(1 + ((double)r->n_doc - df + 0.5) / (df + 0.5));
            const double w = idf * r->count[i] * (K1 + 1) / (r->count[i] + slack);
            r->entry[i].weight = (float)w;
            sum += w * w;
        }
        r->norm[d] = sqrt(sum);
    }
}

static tkc_status make_index(tkc_ranker *r, tkc_error *err)
{
    const tkc_allocator *a = r->alloc;
    const size_t n_doc = r->n_doc ? r->n_doc : 1;
    size_t at = 0;
    if (r->indexed) return TKC_OK;
    r->n_term = tkc_terms_n(r->terms);
    r->size_term = r->n_term;
    r->inverse_row = tkc_alloc_zero(a, r->n_term + 1, sizeof *r->inverse_row);
    if (!r->inverse_row) return tkc_nomem(err);
    r->inverse = tkc_alloc(a, r->size_inverse = r->n_entry + 1, sizeof *r->inverse);
    r->norm = tkc_alloc(a, r->size_norm = n_doc, sizeof *r->norm);
    r->score = tkc_alloc_zero(a, r->size_score = n_doc, sizeof *r->score);
    r->dense = tkc_alloc_zero(a, r->size_dense = r->n_term + 1, sizeof *r->dense);
    r->order = tkc_alloc(a, r->size_order = n_doc, sizeof *r->order);
    if (!r->inverse || !r->norm || !r->score || !r->dense || !r->order) {
        if (!r->inverse) r->size_inverse = 0;
        if (!r->norm) r->size_norm = 0;
        if (!r->score) r->size_score = 0;
        if (!r->dense) r->size_dense = 0;
        if (!r->order) r->size_order = 0;
        forget_index(r);
        return tkc_nomem(err);
    }
    /* counts, then begins; filling moves each begin to the next, so they are shifted by one */
    for (size_t i = 0; i < r->n_entry; i++) r->inverse_row[r->entry[i].id]++;
    for (size_t t = 0; t <= r->n_term; t++) {
        const size_t n = r->inverse_row[t];
        r->inverse_row[t] = at;
        at += n;
    }
    weigh(r);
    for (size_t d = 0; d < r->n_doc; d++)
        for (size_t i = r->row[d]; i < r->row[d + 1]; i++)
            r->inverse[r->inverse_row[r->entry[i].id]++] =
                (posting){(uint32_t)d, r->entry[i].weight};
    memmove(r->inverse_row + 1, r->inverse_row, r->n_term * sizeof *r->inverse_row);
    r->inverse_row[0] = 0;
    r->indexed = true;
    return TKC_OK;
}

/* --- a query ------------------------------------------------------------------------------ */

static int by_score(const void *a, const void *b)
{
    const tkc_ranked *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->document > y->document) - (x->document < y->document);
}

static int by_weight(const void *a, const void *b)
{
    const posting *x = a, *y = b;
    if (x->weight != y->weight) return x->weight < y->weight ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

/* All documents with a term of q, best first, in r->order; how many. */
static size_t score_all(tkc_ranker *r, const posting *q, size_t n_q)
{
    size_t n = 0;
    for (size_t d = 0; d < r->n_doc; d++) r->score[d] = 0;
    for (size_t i = 0; i < n_q; i++) {
        const uint32_t t = q[i].id;
        if (t >= r->n_term) continue;
        for (size_t k = r->inverse_row[t]; k < r->inverse_row[t + 1]; k++)
            r->score[r->inverse[k].id] += (double)q[i].weight * (double)r->inverse[k].weight;
    }
    for (size_t d = 0; d < r->n_doc; d++)
        if (r->score[d] > 0) r->order[n++] = (tkc_ranked){(uint32_t)d, r->score[d]};
    qsort(r->order, n, sizeof *r->order, by_score);
    return n;
}

/* The candidates' scores drawn to those of their nearest among them; the rest fall as far, so
 * that they stay below. */
static void smooth(tkc_ranker *r, size_t n)
{
    double near[NEIGHBOURS], value[CANDIDATES];
    size_t who[NEIGHBOURS], m = n < CANDIDATES ? n : CANDIDATES, size = 0;
    const size_t most = m / 10 < NEIGHBOURS ? m / 10 : NEIGHBOURS;
    if (!most) return;
    for (size_t i = 0; i < m; i++) {
        const uint32_t d = r->order[i].document;
        size += r->row[d + 1] - r->row[d];
        if (i >= 2 * NEIGHBOURS && size * (i + 1) > SMOOTH_WORK) {
            m = i;
            break;
        }
    }
    for (size_t i = 0; i < m; i++) {
        const uint32_t d = r->order[i].document;
        double sum = 0, all = 0;
        size_t have = 0;
        for (size_t k = r->row[d]; k < r->row[d + 1]; k++) r->dense[r->entry[k].id] = (double)r->entry[k].weight;
        for (size_t j = 0; j < m; j++) {
            const uint32_t o = r->order[j].document;
            double dot = 0;
            size_t at;
            if (j == i) continue;
            for (size_t k = r->row[o]; k < r->row[o + 1]; k++)
                dot += r->dense[r->entry[k].id] * (double)r->entry[k].weight;
            dot = dot > 0 ? dot / (r->norm[d] * r->norm[o]) : 0;
            if (have == most && dot <= near[have - 1]) continue;
            at = have < most ? have++ : have - 1;
            for (; at > 0 && near[at - 1] < dot; at--) {
                near[at] = near[at - 1];
                who[at] = who[at - 1];
            }
            near[at] = dot;
            who[at] = j;
        }
        for (size_t k = r->row[d]; k < r->row[d + 1]; k++) r->dense[r->entry[k].id] = 0;
        for (size_t k = 0; k < have; k++) {
            sum += near[k] * r->order[who[k]].score;
            all += near[k];
        }
        value[i] = (1 - NEIGHBOUR_WEIGHT) * r->order[i].score + (all > 0 ? NEIGHBOUR_WEIGHT * sum / all : 0);
    }
    for (size_t i = 0; i < n; i++)
        r->order[i].score = i < m ? value[i] : (1 - NEIGHBOUR_WEIGHT) * r->order[i].score;
    qsort(r->order, n, sizeof *r->order, by_score);
}

/* The query widened by the best documents: q (unit length) plus FEEDBACK_WEIGHT times their mean
 * (unit length, its heaviest terms). wide has room for n_q + FEEDBACK_TERMS. */
static tkc_status widen(tkc_ranker *r, const posting *q, size_t n_q, size_t n, posting *wide,
                        size_t *n_wide, tkc_error *err)
{
    const size_t few = r->n_doc / 20 < 1 ? 1 : r->n_doc / 20 < FEEDBACK ? r->n_doc / 20 : FEEDBACK;
    const size_t m = n < few ? n : few;
    size_t most = 0, n_term = 0;
    posting *term;
    double total = 0, length = 0;
    for (size_t i = 0; i < m; i++) {
        const uint32_t d = r->order[i].document;
        most += r->row[d + 1] - r->row[d];
        total += r->order[i].score;
    }
    *n_wide = 0;
    if (!most) return TKC_OK;
    term = tkc_alloc(r->alloc, most, sizeof *term);
    if (!term) return tkc_nomem(err);
    for (size_t i = 0; i < m; i++) {
        const uint32_t d = r->order[i].document;
        for (size_t k = r->row[d]; k < r->row[d + 1]; k++) {
            double *sum = &r->dense[r->entry[k].id];
            if (*sum == 0) term[n_term++].id = r->entry[k].id;
            *sum += (double)r->entry[k].weight * r->order[i].score / total;
        }
    }
    for (size_t i = 0; i < n_term; i++) {
        term[i].weight = (float)r->dense[term[i].id];
        r->dense[term[i].id] = 0;
    }
    qsort(term, n_term, sizeof *term, by_weight);
    if (n_term > FEEDBACK_TERMS) n_term = FEEDBACK_TERMS;
    for (size_t i = 0; i < n_term; i++) length += (double)term[i].weight * (double)term[i].weight;
    length = sqrt(length);
    for (size_t i = 0; i < n_term && length > 0; i++) {
        wide[i] = (posting){term[i].id, (float)(FEEDBACK_WEIGHT * (double)term[i].weight / length)};
        ++*n_wide;
    }
    length = 0;
    for (size_t i = 0; i < n_q; i++) length += (double)q[i].weight * (double)q[i].weight;
    length = sqrt(length);
    for (size_t i = 0; i < n_q; i++) {
        size_t k = 0;
        const float w = (float)((double)q[i].weight / length);
        while (k < n_term && wide[k].id != q[i].id) k++;
        if (k < n_term) wide[k].weight += w;
        else wide[(*n_wide)++] = (posting){q[i].id, w};
    }
    tkc_free(r->alloc, term, most, sizeof *term);
    return TKC_OK;
}

tkc_status tkc_ranker_query(tkc_ranker *r, tkc_str query, tkc_ranked *out, size_t cap, size_t *n,
                            tkc_error *err)
{
    posting *q = NULL;
    size_t n_q = 0, n_hit, n_wide = 0, room;
    tkc_status status;
    *n = 0;
    r->list.n = 0;
    status = tkc_terms_read(r->terms, query, &r->list, err);
    if (!status) status = tkc_terms_ids(&r->list, &r->ids, err);
    if (!status) status = make_index(r, err);
    if (status) return status;
    if (!r->ids.n || !r->n_doc) return TKC_OK;
    room = 2 * r->ids.n + FEEDBACK_TERMS;
    q = tkc_alloc(r->alloc, room, sizeof *q);
    if (!q) return tkc_nomem(err);
    for (size_t i = 0; i < r->ids.n; i++) {
        if (n_q && q[n_q - 1].id == r->ids.id[i]) q[n_q - 1].weight += 1;
        else q[n_q++] = (posting){r->ids.id[i], 1};
    }
    n_hit = score_all(r, q, n_q);
    if (!(r->flags & TKC_RANK_PLAIN) && n_hit > 1) {
        smooth(r, n_hit);
        status = widen(r, q, n_q, n_hit, q + n_q, &n_wide, err);
        if (!status && n_wide) {
            n_hit = score_all(r, q + n_q, n_wide);
            smooth(r, n_hit);
        }
    }
    tkc_free(r->alloc, q, room, sizeof *q);
    if (status) return status;
    if (n_hit > cap) n_hit = cap;
    if (n_hit) memcpy(out, r->order, n_hit * sizeof *out);
    *n = n_hit;
    return TKC_OK;
}

static const char *const framing_word[] = {
    "answer", "answered", "describe", "described", "discuss", "discussed", "discussing",
    "discussion", "discussions", "explain", "explained", "list", "mention", "mentioned",
    "opinion", "opinions", "said", "say", "saying", "summaries", "summarise", "summarised",
    "summarize", "summarized", "summary", "talk", "talked", "talking", "tell", "think",
    "thinking", "thought", "thoughts", "told"};

bool tkc_is_framing_word(tkc_str folded)
{
    for (size_t i = 0; i < sizeof framing_word / sizeof *framing_word; i++)
        if (strlen(framing_word[i]) == folded.len && memcmp(framing_word[i], folded.ptr, folded.len) == 0)
            return true;
    return false;
}
