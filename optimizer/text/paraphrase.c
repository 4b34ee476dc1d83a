/*
 * paraphrase.c - a fixed sum of five things two sentences can be asked.
 *
 *   + 5  Dice of their letter pairs          word forms, names spelled in two ways
 *   + 5  Jaccard of their stems              what they speak of
 *   - 1  log(1 + words of content that the richer one has alone)   news: not a ratio, since one
 *        new name makes another story, however long the sentence is
 *   - 3  Dice of pairs of words close to each other   of two with the same words, the one that
 *        keeps the order too is the copy with a changed word; a paraphrase moves them
 *   - .5 log(1 + numbers that only one has)
 *
 * Weights are round, and each is flat around its value: on MSRP's training half any of them
 * doubled or halved costs at most 1.3 points; accuracy 76.3, F1 83.4 in five folds, where the
 * Jaccard of words has 72.5 and 81.1. 2.2 is the middle of the logistic that fits them.
 */
#include "optimizer/text/paraphrase.h"

#include "optimizer/text/sorted.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <math.h>
#include <string.h>

enum {
    NEAR = 4,            /* words apart that make a pair */
    SOFT_MOST = 256,     /* words left over that are compared letter by letter */
    PREFIX_LEAST = 3
};
static const double MIDDLE = 2.2, SOFT_LIKE = 0.6;

typedef struct side {
    tkc_term_list list;
    uint64_t *stem, *content, *near, *number, *letters; /* sorted */
    size_t n_stem, n_content, n_near, n_number, n_letters;
    uint64_t *memory;
    size_t size;
    tkc_buf fold;
} side;

static void release(side *s, const tkc_allocator *a)
{
    tkc_free(a, s->memory, s->size, sizeof *s->memory);
    tkc_buf_release(&s->fold);
    tkc_term_list_release(&s->list);
}

static size_t without_repeats(uint64_t *v, size_t n)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (!i || v[i] != v[i - 1]) v[m++] = v[i];
    return m;
}

static tkc_status read_side(side *s, tkc_terms *terms, tkc_str text, const tkc_allocator *a, tkc_error *err)
{
    tkc_status status = tkc_terms_read(terms, text, &s->list, err);
    const size_t n = s->list.n;
    if (!status) status = tkc_buf_append_byte(&s->fold, ' ', err);
    for (size_t i = 0; i < n && !status; i++) {
        const tkc_term *t = &s->list.term[i];
        status = tkc_word_fold((tkc_str){text.ptr + t->begin, t->end - t->begin}, (tkc_word_kind)t->kind, &s->fold, err);
        if (!status) status = tkc_buf_append_byte(&s->fold, ' ', err);
    }
    if (status) return status;
    s->size = n * (3 + NEAR) + s->fold.len;
    s->memory = tkc_alloc(a, s->size, sizeof *s->memory);
    if (!s->memory) return tkc_nomem(err);
    s->stem = s->memory;
    s->content = s->stem + n;
    s->number = s->content + n;
    s->near = s->number + n;
    s->letters = s->near + NEAR * n;
    for (size_t i = 0; i < n; i++) {
        const tkc_term *t = &s->list.term[i];
        s->stem[s->n_stem++] = t->id;
        if (t->kind == TKC_WORD_NUMBER) s->number[s->n_number++] = t->id;
        if (t->is_stop) continue;
        for (size_t k = 1; k <= NEAR && k <= s->n_content; k++) {
            const uint64_t x = s->content[s->n_content - k], y = t->id;
            s->near[s->n_near++] = x < y ? x << 32 | y : y << 32 | x;
        }
        s->content[s->n_content++] = t->id;
    }
    for (size_t i = 0; i + 1 < s->fold.len; i++)
        s->letters[s->n_letters++] = (uint64_t)(unsigned char)s->fold.ptr[i] << 8 | (unsigned char)s->fold.ptr[i + 1];
    tkc_sort_values(s->stem, s->n_stem);
    tkc_sort_values(s->content, s->n_content);
    tkc_sort_values(s->near, s->n_near);
    tkc_sort_values(s->letters, s->n_letters);
    tkc_sort_values(s->number, s->n_number);
    s->n_number = without_repeats(s->number, s->n_number);
    return TKC_OK;
}

static double dice(const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
    return n + m ? 2.0 * (double)tkc_common_values(a, n, b, m) / (double)(n + m) : 0;
}

/* Into out (at most SOFT_MOST): what a has more often than b; *n all of them. */
static void left_over(const side *a, const side *b, uint32_t *out, size_t *n)
{
    size_t i = 0, k = 0;
    *n = 0;
    while (i < a->n_content) {
        while (k < b->n_content && b->content[k] < a->content[i]) k++;
        if (k < b->n_content && b->content[k] == a->content[i]) {
            k++;
        } else {
            if (*n < SOFT_MOST) out[*n] = (uint32_t)a->content[i];
            ++*n;
        }
        i++;
    }
}

static double prefix_like(tkc_str x, tkc_str y)
{
    size_t p = 0;
    while (p < x.len && p < y.len && x.ptr[p] == y.ptr[p]) p++;
    return p >= PREFIX_LEAST ? 2.0 * (double)p / (double)(x.len + y.len) : 0;
}

static bool is_number(tkc_str s)
{
    return s.len && s.ptr[0] >= '0' && s.ptr[0] <= '9';
}

/* Words of content that only one has, of the one with more; forms of one word are no news. */
static size_t news(const tkc_terms *terms, const side *a, const side *b)
{
    uint32_t x[SOFT_MOST], y[SOFT_MOST];
    bool used[SOFT_MOST] = {false};
    size_t n, m, pairs = 0;
    left_over(a, b, x, &n);
    left_over(b, a, y, &m);
    for (size_t i = 0; i < n && i < SOFT_MOST; i++) {
        const tkc_str s = tkc_terms_text(terms, x[i]);
        double best = 0;
        size_t at = 0;
        if (is_number(s)) continue;
        for (size_t k = 0; k < m && k < SOFT_MOST; k++) {
            const tkc_str t = tkc_terms_text(terms, y[k]);
            const double like = used[k] || is_number(t) ? 0 : prefix_like(s, t);
            if (like > best) {
                best = like;
                at = k;
            }
        }
        if (best < SOFT_LIKE) continue;
        used[at] = true;
        pairs++;
    }
    return (n > m ? n : m) - pairs;
}

tkc_status tkc_paraphrase(tkc_terms *terms, tkc_str a, tkc_str b, double *similarity,
                          const tkc_allocator *alloc, tkc_error *err)
{
    const tkc_allocator *al = tkc_allocator_or_default(alloc);
    side x = {0}, y = {0};
    tkc_status status;
    tkc_term_list_init(&x.list, al);
    tkc_term_list_init(&y.list, al);
    tkc_buf_init(&x.fold, SIZE_MAX / 2, al);
    tkc_buf_init(&y.fold, SIZE_MAX / 2, al);
    status = read_side(&x, terms, a, al, err);
    if (!status) status = read_side(&y, terms, b, al, err);
    if (!status) {
        if (x.fold.len == y.fold.len && memcmp(x.fold.ptr, y.fold.ptr, x.fold.len) == 0) {
            *similarity = x.n_stem || (a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0)) ? 1 : 0;
        } else {
            const size_t both = tkc_common_values(x.stem, x.n_stem, y.stem, y.n_stem);
            const size_t either = x.n_stem + y.n_stem - both;
            const size_t same = tkc_common_values(x.number, x.n_number, y.number, y.n_number);
            const size_t numbers = x.n_number + y.n_number - 2 * same;
            /* both ways, since forms are paired greedily */
            const size_t n = news(terms, &x, &y), m = news(terms, &y, &x);
            const double sum = 5 * dice(x.letters, x.n_letters, y.letters, y.n_letters) +
                               5 * (either ? (double)both / (double)either : 0) - log(1 + (double)(n < m ? n : m)) -
                               3 * dice(x.near, x.n_near, y.near, y.n_near) - 0.5 * log(1 + (double)numbers);
            *similarity = 1 / (1 + exp(MIDDLE - sum));
        }
    }
    release(&x, al);
    release(&y, al);
    return status;
}
