/*
 * unicode.h - what the normalizers know about single characters: normal forms of
 * Unicode 9.0, lower case, grapheme cluster breaks of 17.0.
 *
 * The versions are the reference engine's (tokenizers 0.23.3), which has three at once;
 * tools/dev/make_unicode.py says how each was found. utf8proc is used in unicode.c
 * only, and only for characters that 9.0 has.
 */
#ifndef TKC_TOKENIZER_NORMALIZE_UNICODE_H
#define TKC_TOKENIZER_NORMALIZE_UNICODE_H

#include "vocab/base/common.h"
#include "vocab/base/utf8.h"

#include <string.h>

/* Bits by code point; tools/dev/make_unicode.py has the same list. */
enum {
    TKC_NORM_QUICK_D = 1 << 0,   /* in NFD as it is, if marks before it allow it */
    TKC_NORM_QUICK_C = 1 << 1,
    TKC_NORM_QUICK_KD = 1 << 2,
    TKC_NORM_QUICK_KC = 1 << 3,
    TKC_NORM_BOUND_D = 1 << 4,   /* nothing before it ever joins or passes it */
    TKC_NORM_BOUND_C = 1 << 5,
    TKC_NORM_BOUND_KD = 1 << 6,
    TKC_NORM_BOUND_KC = 1 << 7,
    TKC_NORM_AGE9 = 1 << 8,      /* assigned in Unicode 9.0; others are quick and bound */
    TKC_NORM_ACCENT = 1 << 9,    /* StripAccents drops it */
    TKC_NORM_BERT_ACCENT = 1 << 10,
    TKC_NORM_BERT_CONTROL = 1 << 11,
    TKC_NORM_LOWERS = 1 << 12    /* Lowercase changes it */
};

extern const uint16_t tkc_norm_stage1[]; /* by code point >> 7 */
extern const uint16_t tkc_norm_stage2[][128];

/* cp <= 0x10ffff */
static inline unsigned tkc_norm_bits(uint32_t cp)
{
    return tkc_norm_stage2[tkc_norm_stage1[cp >> 7]][cp & 127];
}

/* The order of the bits above. */
typedef enum tkc_norm_form { TKC_NFD, TKC_NFC, TKC_NFKD, TKC_NFKC } tkc_norm_form;

/* Bytes of ASCII at the start of s[0 .. len). */
static inline size_t tkc_ascii_run(const unsigned char *s, size_t len)
{
    size_t i = 0;
    while (len - i >= 8) {
        uint64_t a;
        memcpy(&a, s + i, 8);
        if (a & UINT64_C(0x8080808080808080)) break;
        i += 8;
    }
    while (i < len && s[i] < 0x80) i++;
    return i;
}

/* One combining sequence on its way through a form; grows and is kept. */
typedef struct tkc_norm_scratch {
    const tkc_allocator *alloc;
    uint32_t *cp, *tmp; /* cap entries each */
    size_t cap, n;
    char *utf8;
    size_t cap_utf8;
} tkc_norm_scratch;

void tkc_norm_scratch_release(tkc_norm_scratch *s);

/* The next place at or behind from where s may not be in the form: the combining sequence
 * [*begin, *end). false when there is none. from is 0 or an *end. */
bool tkc_form_next(tkc_norm_form form, tkc_str s, size_t from, size_t *begin, size_t *end);
/* That sequence in the form; *out is in scratch, until the next call. */
TKC_MUST_USE tkc_status tkc_form_apply(tkc_norm_form form, tkc_str seq, tkc_norm_scratch *scratch,
                                       tkc_str *out, tkc_error *err);

/* Lower case of a character with TKC_NORM_LOWERS; U+0130 has two, both are written to out. */
unsigned tkc_lower(uint32_t cp, uint32_t out[2]);

/* Where the extended grapheme cluster that starts at from ends. s is valid UTF-8. */
size_t tkc_grapheme_end(tkc_str s, size_t from);

#endif
