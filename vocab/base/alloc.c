/* alloc.c - default allocator and overflow-checked sizes. */
#include "vocab/base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void *malloc_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ctx;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return realloc(ptr, new_size);
}

const tkc_allocator tkc_malloc_allocator = {.resize = malloc_resize, .ctx = NULL};

static bool product(size_t count, size_t size, size_t *out)
{
    if (size != 0 && count > (SIZE_MAX / 2) / size) return false;
    *out = count * size;
    return *out != 0;
}

void *tkc_alloc(const tkc_allocator *a, size_t count, size_t size)
{
    size_t bytes;
    if (!product(count, size, &bytes)) return NULL;
    return a->resize(a->ctx, NULL, 0, bytes);
}

void *tkc_alloc_zero(const tkc_allocator *a, size_t count, size_t size)
{
    void *p;
    size_t bytes;
    /* a large one is fresh pages, zero already: half a megabyte of tables that a short text
     * hardly touches would otherwise cost 130 page faults */
    if (a == &tkc_malloc_allocator) return product(count, size, &bytes) ? calloc(1, bytes) : NULL;
    p = tkc_alloc(a, count, size);
    if (p) memset(p, 0, count * size);
    return p;
}

void *tkc_realloc(const tkc_allocator *a, void *ptr, size_t old_count, size_t new_count,
                  size_t size)
{
    size_t bytes;
    if (!product(new_count, size, &bytes)) return NULL;
    return a->resize(a->ctx, ptr, old_count * size, bytes);
}

void tkc_free(const tkc_allocator *a, void *ptr, size_t count, size_t size)
{
    if (ptr) a->resize(a->ctx, ptr, count * size, 0);
}

bool tkc_grow(const tkc_allocator *a, void *ptr_to_ptr, size_t *cap, size_t need, size_t max,
              size_t size)
{
    void *old, *fresh;
    size_t want = *cap < 16 ? 16 : *cap;
    if (need <= *cap) return true;
    if (need > max) return false;
    while (want < need) want = want > max / 2 ? max : want * 2;
    if (want > max) want = max;
    memcpy(&old, ptr_to_ptr, sizeof old);
    fresh = tkc_realloc(a, old, *cap, want, size);
    if (!fresh) return false;
    memcpy(ptr_to_ptr, &fresh, sizeof fresh);
    *cap = want;
    return true;
}
