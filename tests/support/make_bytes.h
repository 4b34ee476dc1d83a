/*
 * make_bytes.h - small binary files made by hand, for the readers' tests.
 *
 * A tkt_bytes is a fixed array. Places of counts and lengths can be marked while writing, so
 * that a test can later put lies there one by one.
 */
#ifndef TKC_TESTS_SUPPORT_MAKE_BYTES_H
#define TKC_TESTS_SUPPORT_MAKE_BYTES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vocab/base/common.h"

enum { TKT_BYTES_MAX = 1 << 20, TKT_MARKS_MAX = 256 };

typedef struct tkt_bytes {
    unsigned char *ptr;
    size_t len;
    size_t mark[TKT_MARKS_MAX]; /* where a number starts */
    unsigned width[TKT_MARKS_MAX];
    size_t n_mark;
} tkt_bytes;

static inline void tkt_put(tkt_bytes *b, const void *p, size_t n)
{
    if (!b->ptr) b->ptr = malloc(TKT_BYTES_MAX);
    if (!b->ptr || n > TKT_BYTES_MAX - b->len) abort();
    if (n) memcpy(b->ptr + b->len, p, n);
    b->len += n;
}

static inline void tkt_put_text(tkt_bytes *b, const char *s)
{
    tkt_put(b, s, strlen(s));
}

static inline void tkt_put_le(tkt_bytes *b, uint64_t v, unsigned width)
{
    unsigned char c[8];
    for (unsigned i = 0; i < width; i++) c[i] = (unsigned char)(v >> (8 * i));
    tkt_put(b, c, width);
}

/* A number that a hostile file may lie about. */
static inline void tkt_put_marked(tkt_bytes *b, uint64_t v, unsigned width)
{
    if (b->n_mark < TKT_MARKS_MAX) {
        b->mark[b->n_mark] = b->len;
        b->width[b->n_mark++] = width;
    }
    tkt_put_le(b, v, width);
}

static inline void tkt_put_varint(tkt_bytes *b, uint64_t v)
{
    unsigned char c;
    for (; v > 0x7f; v >>= 7) {
        c = (unsigned char)(v | 0x80);
        tkt_put(b, &c, 1);
    }
    c = (unsigned char)v;
    tkt_put(b, &c, 1);
}

/* Exactly len bytes on the heap, so that a sanitizer sees one byte too many. */
static inline tkc_str tkt_exact(const unsigned char *p, size_t len)
{
    char *copy = malloc(len ? len : 1);
    if (!copy) abort();
    if (len) memcpy(copy, p, len);
    return (tkc_str){copy, len};
}

static inline void tkt_release(tkt_bytes *b)
{
    free(b->ptr);
    memset(b, 0, sizeof *b);
}

#endif
