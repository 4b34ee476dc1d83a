/* quick.c - which twins there are, and the portable one. */
#include "tokenizer/normalize/quick.h"
#include "tokenizer/normalize/unicode.h"

size_t tkc_plain_portable(const unsigned char *s, size_t len)
{
    const unsigned plain = TKC_NORM_QUICK_C | TKC_NORM_BOUND_C;
    size_t at = 0;
    unsigned n;
    while (at < len) {
        if (s[at] < 0x80) {
            at += tkc_ascii_run(s + at, len - at);
            continue;
        }
        if ((tkc_norm_bits(tkc_utf8_get(s + at, &n)) & plain) != plain) break;
        at += n;
    }
    return at;
}

tkc_plain_fn tkc_plain_for(tkc_isa isa)
{
    if (!tkc_isa_here(isa)) return NULL;
    switch (isa) {
    case TKC_ISA_PORTABLE: return tkc_plain_portable;
#if defined(__x86_64__)
    case TKC_ISA_AVX2: return tkc_plain_avx2;
    case TKC_ISA_AVX512: return tkc_plain_avx512;
#endif
#if defined(__aarch64__)
    case TKC_ISA_NEON: return tkc_plain_neon;
#endif
    default: return NULL;
    }
}
