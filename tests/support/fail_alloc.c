/* fail_alloc.c - each block carries its size in front, to check what is given back. */
#include "tests/support/fail_alloc.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 16 };

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    fail_alloc *f = ctx;
    char *block = ptr ? (char *)ptr - HEAD : NULL;
    size_t held = 0;
    if (block) memcpy(&held, block, sizeof held);
    if (block && held != old_size) f->wrong_size = true;
    if (new_size == 0) {
        f->live -= held;
        free(block);
        return NULL;
    }
    if (++f->calls == f->fail_at) return NULL;
    block = realloc(block, new_size + HEAD);
    if (!block) return NULL;
    memcpy(block, &new_size, sizeof new_size);
    f->live += new_size - held;
    return block + HEAD;
}

tkc_allocator fail_alloc_of(fail_alloc *f)
{
    return (tkc_allocator){.resize = resize, .ctx = f};
}
