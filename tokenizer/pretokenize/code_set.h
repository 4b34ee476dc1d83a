/*
 * code_set.h - a set of code points as bits, and the way to write it for PCRE2.
 *
 * 139,264 bytes a set: big, but algebra on it cannot be wrong, and a set lives only while a
 * pattern is translated.
 */
#ifndef TKC_TOKENIZER_PRETOKENIZE_CODE_SET_H
#define TKC_TOKENIZER_PRETOKENIZE_CODE_SET_H

#include "vocab/base/buf.h"

enum { TKC_CODE_POINTS = 0x110000, TKC_CODE_SET_WORDS = TKC_CODE_POINTS / 64 };

typedef struct tkc_code_set {
    uint64_t w[TKC_CODE_SET_WORDS];
} tkc_code_set;

static inline void tkc_code_set_add(tkc_code_set *s, uint32_t cp)
{
    s->w[cp >> 6] |= UINT64_C(1) << (cp & 63);
}

static inline bool tkc_code_set_has(const tkc_code_set *s, uint32_t cp)
{
    return s->w[cp >> 6] >> (cp & 63) & 1;
}

void tkc_code_set_add_range(tkc_code_set *s, uint32_t first, uint32_t last);
/* Every code point with any of these TKC_UC_ bits. */
void tkc_code_set_add_class(tkc_code_set *s, unsigned classes);
void tkc_code_set_unite(tkc_code_set *s, const tkc_code_set *other);
void tkc_code_set_intersect(tkc_code_set *s, const tkc_code_set *other);
void tkc_code_set_negate(tkc_code_set *s);
/* First range at or behind from: *first, *last. False when there is none. */
bool tkc_code_set_range(const tkc_code_set *s, uint32_t from, uint32_t *first, uint32_t *last);

/* Appends a PCRE2 class that is exactly this set. */
TKC_MUST_USE tkc_status tkc_code_set_write(const tkc_code_set *s, const tkc_allocator *alloc,
                                           tkc_buf *out, tkc_error *err);

#endif
