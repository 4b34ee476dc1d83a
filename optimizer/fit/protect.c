/* protect.c - patterns to ranges: every match of every pattern, sorted and joined. */
#include "optimizer/fit/protect.h"

#include "tokenizer/pretokenize/regex.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdlib.h>

enum { MAX_PATTERNS = 1000 };

struct tkc_protect {
    tkc_regex **re;
    size_t n_re;
    tkc_range *range;
    size_t n, cap;
    const tkc_allocator *alloc;
};

tkc_status tkc_protect_new(tkc_protect **out, const tkc_str *pattern, size_t n,
                           const tkc_allocator *alloc, tkc_error *err)
{
    tkc_protect *p;
    *out = NULL;
    if (!n) return TKC_OK;
    if (n > MAX_PATTERNS)
        return tkc_fail(err, TKC_E_LIMIT, 0, "%zu protected patterns, the limit is %d", n, MAX_PATTERNS);
    alloc = tkc_allocator_or_default(alloc);
    p = tkc_alloc_zero(alloc, 1, sizeof *p);
    if (!p) return tkc_nomem(err);
    p->alloc = alloc;
    p->re = tkc_alloc_zero(alloc, n, sizeof *p->re);
    if (!p->re) {
        tkc_protect_free(p);
        return tkc_nomem(err);
    }
    p->n_re = n;
    for (size_t i = 0; i < n; i++) {
        tkc_error why = {0};
        tkc_status st = tkc_regex_new(&p->re[i], pattern[i], alloc, &why);
        if (!st) continue;
        tkc_protect_free(p);
        if (st == TKC_E_NOMEM) return tkc_nomem(err);
        return tkc_fail(err, TKC_E_ARG, 0, "protected pattern %zu, byte %zu: %.180s", i + 1,
                        why.offset, why.message);
    }
    *out = p;
    return TKC_OK;
}

void tkc_protect_free(tkc_protect *p)
{
    if (!p) return;
    for (size_t i = 0; i < p->n_re; i++) tkc_regex_free(p->re[i]);
    tkc_free(p->alloc, p->re, p->n_re, sizeof *p->re);
    tkc_free(p->alloc, p->range, p->cap, sizeof *p->range);
    tkc_free(p->alloc, p, 1, sizeof *p);
}

static int by_begin(const void *a, const void *b)
{
    const tkc_range *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static tkc_status one(tkc_protect *p, tkc_regex *re, tkc_str text, size_t base, tkc_error *err)
{
    tkc_regex_iter it = {0};
    size_t begin, end;
    tkc_status st;
    while (!(st = tkc_regex_iter_next(re, &it, text, &begin, &end, err))) {
        if (begin == end) continue;
        if (!tkc_grow(p->alloc, &p->range, &p->cap, p->n + 1, SIZE_MAX / sizeof *p->range,
                      sizeof *p->range))
            return tkc_nomem(err);
        p->range[p->n++] = (tkc_range){base + begin, base + end};
    }
    return st == TKC_E_NOTFOUND ? TKC_OK : st;
}

tkc_status tkc_protect_find(tkc_protect *p, tkc_str text, const tkc_range **out, size_t *n,
                            tkc_error *err)
{
    size_t kept = 0;
    *out = NULL;
    *n = 0;
    if (!p) return TKC_OK;
    p->n = 0;
    /* A file may hold bytes that are no text: the stretches between them are searched. */
    for (size_t at = 0; at < text.len;) {
        size_t good = tkc_utf8_valid(text.ptr + at, text.len - at);
        for (size_t i = 0; good && i < p->n_re; i++) {
            tkc_status st = one(p, p->re[i], (tkc_str){text.ptr + at, good}, at, err);
            if (st) return st;
        }
        at += good + 1;
    }
    if (!p->n) return TKC_OK;
    qsort(p->range, p->n, sizeof *p->range, by_begin);
    for (size_t i = 1; i < p->n; i++) {
        if (p->range[i].begin <= p->range[kept].end) {
            if (p->range[i].end > p->range[kept].end) p->range[kept].end = p->range[i].end;
        } else {
            p->range[++kept] = p->range[i];
        }
    }
    p->n = kept + 1;
    *out = p->range;
    *n = p->n;
    return TKC_OK;
}
