/*
 * regex.h - any regex a tokenizer may bring, run by PCRE2, exact or refused.
 *
 * The two engines the vendors use read the same text a little differently, and PCRE2 reads
 * it differently again (older Unicode, no "&&", another \s). So a pattern is parsed here and
 * written anew for PCRE2: every class becomes explicit code point ranges of Unicode 16.0,
 * everything whose meaning is not known to be the same in both is TKC_E_UNSUPPORTED with the
 * byte. PCRE2 itself is behind pcre2.c only.
 *
 * One object per encoder (it holds match memory); one thread.
 */
#ifndef TKC_TOKENIZER_PRETOKENIZE_REGEX_H
#define TKC_TOKENIZER_PRETOKENIZE_REGEX_H

#include "vocab/base/buf.h"

typedef struct tkc_regex tkc_regex;

typedef enum tkc_regex_dialect {
    TKC_REGEX_HF,      /* Oniguruma, Ruby syntax: $ is before every newline too, {n,m}+ is
                          two loops */
    TKC_REGEX_TIKTOKEN /* fancy-regex: $ is the end of the text, {n,m}+ is possessive */
} tkc_regex_dialect;

/* HF's dialect. TKC_E_UNSUPPORTED names what it cannot do and the byte; TKC_E_FORMAT: not a
 * regex. */
TKC_MUST_USE tkc_status tkc_regex_new(tkc_regex **out, tkc_str pattern,
                                      const tkc_allocator *alloc, tkc_error *err);
TKC_MUST_USE tkc_status tkc_regex_new_dialect(tkc_regex **out, tkc_str pattern,
                                              tkc_regex_dialect dialect,
                                              const tkc_allocator *alloc, tkc_error *err);
void tkc_regex_free(tkc_regex *re); /* NULL is fine */

/* Leftmost match that starts at from or later; subject is valid UTF-8, from at a character.
 * TKC_E_NOTFOUND (no message) when there is none; TKC_E_LIMIT when PCRE2's own limits end
 * the search: never taken for the end of the text. */
TKC_MUST_USE tkc_status tkc_regex_next(tkc_regex *re, tkc_str subject, size_t from,
                                       size_t *begin, size_t *end, tkc_error *err);

/* All matches in turn, as both engines' find_iter: an empty match directly behind the match
 * before it does not count, and the search goes on one character later. Zero-initialise. */
typedef struct tkc_regex_iter {
    size_t from, last_end;
    bool matched;
} tkc_regex_iter;
TKC_MUST_USE tkc_status tkc_regex_iter_next(tkc_regex *re, tkc_regex_iter *it, tkc_str subject,
                                            size_t *begin, size_t *end, tkc_error *err);

/* The pattern as PCRE2 gets it, appended to out. */
TKC_MUST_USE tkc_status tkc_regex_translate(tkc_str pattern, tkc_regex_dialect dialect,
                                            const tkc_allocator *alloc, tkc_buf *out,
                                            tkc_error *err);

#endif
