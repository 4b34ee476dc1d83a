/*
 * unicode_class.h - general category groups by code point, Unicode 16.0.
 *
 * One generated, committed table (unicode_class.inc; its first line names generator and
 * version), because both reference engines classify every scalar as 16.0 does while
 * PCRE2 10.42 is 14.0 and utf8proc 2.8 is 15.0.
 */
#ifndef TKC_TOKENIZER_UNICODE_CLASS_H
#define TKC_TOKENIZER_UNICODE_CLASS_H

#include <stdint.h>

enum {
    TKC_UC_LU = 1 << 0,
    TKC_UC_LL = 1 << 1,
    TKC_UC_LT = 1 << 2,
    TKC_UC_LM = 1 << 3,
    TKC_UC_LO = 1 << 4,
    TKC_UC_M = 1 << 5,  /* Mn, Mc, Me */
    TKC_UC_N = 1 << 6,  /* Nd, Nl, No */
    TKC_UC_P = 1 << 7,
    TKC_UC_S = 1 << 8,
    TKC_UC_SPACE = 1 << 9, /* White_Space, 25 characters: \s */
    TKC_UC_HAN = 1 << 10,  /* Script=Han */
    TKC_UC_ND = 1 << 11,
    TKC_UC_MN = 1 << 12,
    TKC_UC_WORD = 1 << 13, /* \w: Alphabetic, M, Nd, Pc, Join_Control */
    TKC_UC_LETTER = TKC_UC_LU | TKC_UC_LL | TKC_UC_LT | TKC_UC_LM | TKC_UC_LO
};

extern const uint16_t tkc_unicode_stage1[];   /* by code point >> 7 */
extern const uint16_t tkc_unicode_stage2[][128];

/* cp <= 0x10ffff */
static inline unsigned tkc_unicode_class(uint32_t cp)
{
    return tkc_unicode_stage2[tkc_unicode_stage1[cp >> 7]][cp & 127];
}

#endif
