/*
 * gpt2.c - GPT-2, r50k, p50k and everything HF calls ByteLevel with use_regex.
 *
 * Two spellings, one language:
 *   '(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * and the same behind HF's Digits row with individual_digits (StarCoder, Command-R,
 * SmolLM): every number character is a piece, and the stretches between are texts.
 */
#include "tokenizer/pretokenize/scan_parts.h"

static inline size_t gpt2(const unsigned char *s, size_t len, unsigned stop)
{
    size_t i;
    unsigned n, cls;

    /* '(?:[sdmt]|ll|ve|re) */
    if ((i = scan_contraction(s, len, 0, false)) != 0) return i;

    i = s[0] == ' ';
    cls = scan_at(s, len, i, stop, &n);
    /*  ?\p{L}+ */
    if (cls & SCAN_L) return scan_run(s, len, i + n, stop, SCAN_L);
    /*  ?\p{N}+ */
    if (cls & SCAN_N) return scan_run(s, len, i + n, stop, SCAN_N);
    /*  ?[^\s\p{L}\p{N}]+ */
    if (!(cls & (SCAN_SPACE | SCAN_END)))
        return scan_run_not(s, len, i + n, stop, SCAN_SPACE | SCAN_L | SCAN_N);
    /* \s+(?!\S)|\s+ */
    return scan_space(s, len, stop, SCAN_SPACE_PLAIN);
}

size_t tkc_scan_gpt2(const unsigned char *s, size_t len)
{
    return gpt2(s, len, 0);
}

size_t tkc_scan_digits_gpt2(const unsigned char *s, size_t len)
{
    unsigned n;
    uint32_t cp = tkc_utf8_get(s, &n);
    /* Digits(individual_digits) */
    if (tkc_is_numeric(cp, tkc_unicode_class(cp))) return n;
    return gpt2(s, len, SCAN_STOP_NUMERIC);
}
