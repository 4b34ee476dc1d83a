/*
 * quick.h - stretches of a text that are in NFC whatever surrounds them.
 *
 * A character is plain when it is in NFC as it is and nothing before it ever joins or passes
 * it (TKC_NORM_QUICK_C and TKC_NORM_BOUND_C): a text of plain characters is in NFC. The
 * portable one takes each character's bits. The twins look at blocks of 64 bytes and know
 * plain characters by their first two or three bytes, whole rows of 64 where those are rare:
 * they may stop early, and the caller looks at single characters from there.
 */
#ifndef TKC_TOKENIZER_NORMALIZE_QUICK_H
#define TKC_TOKENIZER_NORMALIZE_QUICK_H

#include "vocab/base/cpu.h"

/* n such that s[0 .. n), whole characters, is plain. s is valid UTF-8. */
typedef size_t (*tkc_plain_fn)(const unsigned char *s, size_t len);

size_t tkc_plain_portable(const unsigned char *s, size_t len);
size_t tkc_plain_avx2(const unsigned char *s, size_t len);
size_t tkc_plain_avx512(const unsigned char *s, size_t len);
size_t tkc_plain_neon(const unsigned char *s, size_t len);

/* NULL: the build or the machine has none. */
tkc_plain_fn tkc_plain_for(tkc_isa isa);

#endif
