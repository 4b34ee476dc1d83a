/* sorted.h - multisets of numbers as sorted arrays; shared by dedupe.c and paraphrase.c. */
#ifndef TKC_OPTIMIZER_TEXT_SORTED_H
#define TKC_OPTIMIZER_TEXT_SORTED_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

static inline int tkc_by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static inline void tkc_sort_values(uint64_t *v, size_t n)
{
    if (n > 1) qsort(v, n, sizeof *v, tkc_by_value);
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
