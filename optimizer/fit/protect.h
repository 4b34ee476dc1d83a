/*
 * protect.h - the texts a user wants to stay, by patterns.
 *
 * The patterns are run by the tokenizer's guarded PCRE2 (match, depth and heap limits; a
 * search that does not end is an error, never "no match"). ^ and $ are at lines, . is
 * anything but a newline, (?i) ignores case.
 */
#ifndef TKC_OPTIMIZER_FIT_PROTECT_H
#define TKC_OPTIMIZER_FIT_PROTECT_H

#include "optimizer/passes/pass.h"

typedef struct tkc_protect tkc_protect;

/* TKC_E_ARG with the number of the pattern and what is wrong with it. *out is NULL for n 0. */
TKC_MUST_USE tkc_status tkc_protect_new(tkc_protect **out, const tkc_str *pattern, size_t n,
                                        const tkc_allocator *alloc, tkc_error *err);
void tkc_protect_free(tkc_protect *p); /* NULL is fine */
/* Sorted ranges that do not touch; valid until the next call. Bytes that are not UTF-8 match
 * nothing. TKC_E_LIMIT, TKC_E_NOMEM. p NULL: none. */
TKC_MUST_USE tkc_status tkc_protect_find(tkc_protect *p, tkc_str text, const tkc_range **out,
                                         size_t *n, tkc_error *err);

#endif
