/* word_hash.h - the words of a text as numbers, one after the other: folded, marks left out. */
#ifndef TKC_OPTIMIZER_TEXT_DEDUPE_WORD_HASH_H
#define TKC_OPTIMIZER_TEXT_DEDUPE_WORD_HASH_H

#include "optimizer/text/bytes8.h"
#include "vocab/base/mix.h"

typedef struct tkc_word_hasher {
    tkc_str text;
    size_t at;
    size_t begin; /* of the last word */
} tkc_word_hasher;

/* ASCII but letters and digits. */
static inline bool tkc_parts_words(unsigned char c)
{
    return c < '0' || (c > '9' && c < 0x80 && (unsigned)(c | 0x20) - 'a' >= 26);
}

#define TKC_WORD_HASH UINT64_C(0x243f6a8885a308d3)

static inline uint64_t tkc_more_of_word(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9fb21c651e98df25);
    return h ^ h >> 32;
}

/* The word at w->at, which need not begin there. */
bool tkc_any_word(tkc_word_hasher *w, uint64_t *hash);

/* A run of letters and digits; false at the end. Small and capital letters are the same. */
static inline bool tkc_next_word(tkc_word_hasher *w, uint64_t *hash)
{
    size_t at = w->at;
    uint64_t eight;
    unsigned n;
    while (at < w->text.len && tkc_parts_words((unsigned char)w->text.ptr[at])) at++;
    w->at = at;
    n = tkc_letters8(tkc_bytes8(w->text, at), &eight);
    if (!n || n == 8 || (at + n < w->text.len && !tkc_parts_words((unsigned char)w->text.ptr[at + n]))) return tkc_any_word(w, hash);
    w->begin = at; /* as most are: letters, fewer than eight, and a blank or a mark */
    w->at = at + n;
    *hash = tkc_mix64(tkc_more_of_word(TKC_WORD_HASH, eight));
    return true;
}

static inline tkc_word_hasher tkc_word_hasher_of(tkc_str text)
{
    return (tkc_word_hasher){text, 0, 0};
}

#endif
