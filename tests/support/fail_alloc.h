/*
 * fail_alloc.h - an allocator that counts, and that can say no to the n-th request.
 *
 * live is what is still held: a leak is live != 0 after everything was released. A block must
 * be given back with the size it was asked for, which is checked.
 */
#ifndef TESTS_SUPPORT_FAIL_ALLOC_H
#define TESTS_SUPPORT_FAIL_ALLOC_H

#include "vocab/base/common.h"

typedef struct fail_alloc {
    size_t calls;   /* requests for memory so far (frees are not counted)   */
    size_t fail_at; /* the request that fails, from 1; 0: none              */
    size_t live;    /* bytes held                                           */
    bool wrong_size;
} fail_alloc;

/* The allocator over f, which must outlive what it gave. */
tkc_allocator fail_alloc_of(fail_alloc *f);

#endif
