/* alloc.h - the allocator behind every heap byte of the library, with sizes checked
 * for overflow. A NULL allocator means malloc. */
#ifndef TKC_VOCAB_BASE_ALLOC_H
#define TKC_VOCAB_BASE_ALLOC_H

#include "vocab/base/common.h"

/* malloc, realloc, free; static. */
extern const tkc_allocator tkc_malloc_allocator;

static inline const tkc_allocator *tkc_allocator_or_default(const tkc_allocator *a)
{
    return a ? a : &tkc_malloc_allocator;
}

/* count * size bytes, not zeroed. NULL when the product overflows, is 0, or the
 * allocator refuses. */
void *tkc_alloc(const tkc_allocator *a, size_t count, size_t size);
/* The same, zeroed. */
void *tkc_alloc_zero(const tkc_allocator *a, size_t count, size_t size);
/* Grows or shrinks; on NULL the old block is still there. */
void *tkc_realloc(const tkc_allocator *a, void *ptr, size_t old_count, size_t new_count,
                  size_t size);
/* NULL is fine. count and size as they were at allocation. */
void tkc_free(const tkc_allocator *a, void *ptr, size_t count, size_t size);

/* Room for one more element: doubles *cap (from 16), keeping it <= max elements.
 * Returns false on lack of memory or at max; *ptr is still valid then. */
bool tkc_grow(const tkc_allocator *a, void *ptr_to_ptr, size_t *cap, size_t need, size_t max,
              size_t size);

#endif
