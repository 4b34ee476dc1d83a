/* sorted.h - sorted arrays, which is how texts are compared: multisets of numbers, and things by a key of each. */
#ifndef TKC_OPTIMIZER_TEXT_SORTED_H
#define TKC_OPTIMIZER_TEXT_SORTED_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline int tkc_by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* A clause has some ten values: by insertion, as a call of qsort costs more. */
static inline void tkc_sort_values(uint64_t *v, size_t n)
{
    enum { SHORT = 48 };
    if (n > SHORT) {
        qsort(v, n, sizeof *v, tkc_by_value);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        const uint64_t x = v[i];
        size_t k = i;
        for (; k > 0 && v[k - 1] > x; k--) v[k] = v[k - 1];
        v[k] = x;
    }
}

/* Which of several things has a key. */
typedef struct tkc_keyed {
    uint64_t key;
    uint32_t number;
} tkc_keyed;

static inline int tkc_by_key(const void *a, const void *b)
{
    const tkc_keyed *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* By keys, and of equal ones by numbers. */
static inline void tkc_sort_keyed(tkc_keyed *v, size_t n)
{
    if (n) qsort(v, n, sizeof *v, tkc_by_key);
}

/* By insertion what is short, else byte by byte; more has room for n. A text of 60 terms
 * takes a quarter of what qsort does. */
static inline void tkc_sort_ids(uint32_t *v, size_t n, uint32_t *more)
{
    enum { SHORT = 40 };
    uint32_t any = 0;
    if (n <= SHORT) {
        for (size_t i = 1; i < n; i++) {
            const uint32_t x = v[i];
            size_t k = i;
            for (; k > 0 && v[k - 1] > x; k--) v[k] = v[k - 1];
            v[k] = x;
        }
        return;
    }
    for (size_t i = 0; i < n; i++) any |= v[i];
    for (unsigned shift = 0; shift < 32 && any >> shift; shift += 8) {
        size_t place[257] = {0};
        for (size_t i = 0; i < n; i++) place[(v[i] >> shift & 255) + 1]++;
        for (size_t b = 0; b < 256; b++) place[b + 1] += place[b];
        for (size_t i = 0; i < n; i++) more[place[v[i] >> shift & 255]++] = v[i];
        memcpy(v, more, n * sizeof *v);
    }
}

/* How many two sorted multisets have in common. */
static inline size_t tkc_common_values(const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
    size_t i = 0, k = 0, both = 0;
    while (i < n && k < m) {
        const uint64_t x = a[i], y = b[k];
        both += x == y;
        i += x <= y;
        k += y <= x;
    }
    return both;
}

#endif
