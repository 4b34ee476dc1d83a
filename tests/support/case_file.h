/*
 * case_file.h - the .cases files of tests/data: lines of fields with a tab between.
 *
 * Texts and tokens are in hex, ids are decimal with a space between.
 */
#ifndef TKC_TESTS_SUPPORT_CASE_FILE_H
#define TKC_TESTS_SUPPORT_CASE_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vocab/base/common.h"

/* The whole file on the heap with a NUL behind it; NULL, and a word on stderr, if it cannot
 * be read. Tests run from the top folder. */
static inline char *tkt_read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *p = NULL;
    long n = -1;
    *len = 0;
    if (f && fseek(f, 0, SEEK_END) == 0) n = ftell(f);
    if (n >= 0 && fseek(f, 0, SEEK_SET) == 0) p = malloc((size_t)n + 1);
    if (p && fread(p, 1, (size_t)n, f) != (size_t)n) {
        free(p);
        p = NULL;
    }
    if (f) fclose(f);
    if (!p) {
        fprintf(stderr, "cannot read %s (tests run from the top folder)\n", path);
        return NULL;
    }
    p[n] = 0;
    *len = (size_t)n;
    return p;
}

enum { TKT_FIELDS = 6 };

/* Takes the next line off *at and splits it; how many fields, 0 at the end of the file. */
static inline size_t tkt_next_line(tkc_str *at, tkc_str field[TKT_FIELDS])
{
    size_t n = 0, i = 0, from = 0;
    if (at->len == 0) return 0;
    for (;; i++) {
        const bool end = i == at->len || at->ptr[i] == '\n';
        if ((end || at->ptr[i] == '\t') && n < TKT_FIELDS) {
            field[n++] = (tkc_str){at->ptr + from, i - from};
            from = i + 1;
        }
        if (end) break;
    }
    i += i < at->len;
    at->ptr += i;
    at->len -= i;
    return n;
}

static inline bool tkt_is(tkc_str s, const char *word)
{
    return s.len == strlen(word) && memcmp(s.ptr, word, s.len) == 0;
}

/* out has room for half the digits. */
static inline size_t tkt_unhex(tkc_str hex, char *out)
{
    for (size_t i = 0; i + 1 < hex.len; i += 2) {
        const char two[3] = {hex.ptr[i], hex.ptr[i + 1], 0};
        out[i / 2] = (char)strtol(two, NULL, 16);
    }
    return hex.len / 2;
}

static inline size_t tkt_ids(tkc_str s, uint32_t *out)
{
    const char *p = s.ptr, *end = s.ptr + s.len;
    size_t n = 0;
    while (p < end) {
        char *next;
        out[n++] = (uint32_t)strtoul(p, &next, 10);
        p = next;
        while (p < end && *p == ' ') p++;
    }
    return n;
}

#endif
