/*
 * common.h - the types every public header uses: slices, status, error, allocator.
 *
 * Rules that hold for the whole library:
 *   - A function that can fail returns tkc_status; results go through pointers and
 *     are written on success only, unless the function says otherwise.
 *   - tkc_error is filled on failure only, and only if the caller passed one.
 *   - Returned pointers and tkc_str are borrowed; what comes through a T **out is
 *     owned by the caller and has a named function that ends it and accepts NULL.
 *   - What is declared without TKC_API is the library's own, and not in libtokcount.so.
 *   - The library never prints, exits, aborts, reads the environment, opens a network
 *     connection or starts a thread.
 */
#ifndef TKC_VOCAB_BASE_COMMON_H
#define TKC_VOCAB_BASE_COMMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TKC_API __attribute__((visibility("default")))
#define TKC_MUST_USE __attribute__((warn_unused_result))
#define TKC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
/* Asks memory for what is soon to be read. A function that does nothing else is TKC_ASKING: gcc takes
 * one that it does not inline at once for a function without effect, and drops the calls. */
#define TKC_PREFETCH(p) __builtin_prefetch(p)
#define TKC_ASKING static inline __attribute__((always_inline)) void
#else
#define TKC_API
#define TKC_MUST_USE
#define TKC_PRINTF(fmt, args)
#define TKC_PREFETCH(p) ((void)(p))
#define TKC_ASKING static inline void
#endif

#define TKC_VERSION "0.1.0"

/* Borrowed bytes; may contain NUL. {NULL, 0} is the empty slice. */
typedef struct tkc_str {
    const char *ptr;
    size_t len;
} tkc_str;

/* Bytes [at, at + len) of s, which must hold them. An empty text may have no address, and an offset to
 * that is undefined in C. */
static inline tkc_str tkc_str_part(tkc_str s, size_t at, size_t len)
{
    tkc_str part;
    part.ptr = s.ptr ? s.ptr + at : s.ptr;
    part.len = len;
    return part;
}

/* Eight bytes, the first of them the lowest, on any machine. */
static inline uint64_t tkc_load8(const unsigned char *p)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t x; /* byte by byte a compiler sees one load only where it has none of the bytes already */
    memcpy(&x, p, sizeof x);
    return x;
#else
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
           (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
#endif
}

/* The ending of a noun behind its number: "1 token", "2 tokens". */
#define TKC_PLURAL(n) ((n) == 1 ? "" : "s")

typedef enum tkc_status {
    TKC_OK = 0,
    TKC_E_ARG,         /* the caller broke the contract of this function   */
    TKC_E_NOMEM,       /* the allocator said no                            */
    TKC_E_IO,          /* open, read, map or write failed                  */
    TKC_E_FORMAT,      /* the bytes are not what they claim to be          */
    TKC_E_VERSION,     /* compiled vocabulary from another format version  */
    TKC_E_UNSUPPORTED, /* valid, but this library does not do it           */
    TKC_E_LIMIT,       /* a stated limit was reached (depth, size, count)  */
    TKC_E_SPACE,       /* the caller's array is too small; *n says needed  */
    TKC_E_NOTFOUND     /* no such name, token or file                      */
} tkc_status;

/* Filled on failure only, and only if the caller passed one. */
typedef struct tkc_error {
    tkc_status code;
    size_t offset;     /* byte in the input where reading stopped; 0 where there is none */
    char message[240]; /* lower case, no full stop, never empty */
} tkc_error;

/* One function does malloc (ptr NULL), realloc and free (new_size 0, returns NULL). */
typedef struct tkc_allocator {
    void *(*resize)(void *ctx, void *ptr, size_t old_size, size_t new_size);
    void *ctx;
} tkc_allocator;

/* "0.1.0"; static. */
TKC_API const char *tkc_version(void);
/* "format", "io", ...; static, never NULL. */
TKC_API const char *tkc_status_name(tkc_status code);

#ifdef __cplusplus
}
#endif
#endif
