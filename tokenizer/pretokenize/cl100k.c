/*
 * cl100k.c - cl100k and its descendants: Llama 3, GLM-4, OLMo 2, Qwen 2 and 3, Qwen 3.5.
 *
 * They differ in how many digits make a piece, in whether marks count as letters, and in
 * what the end of the text does to white space. The two cl100k spellings do not split alike
 * ("\n  " at the end is one piece in tiktoken's own), so each has its own scanner although
 * the ids come out the same for the vocabularies known today.
 */
#include "tokenizer/pretokenize/scan_parts.h"

static inline size_t cl100k(const unsigned char *s, size_t len, unsigned max_digits,
                            unsigned letters, scan_space_rule space)
{
    size_t i;
    unsigned n, n2, cls;

    /* (?i:'s|'t|'re|'ve|'m|'ll|'d) */
    if ((i = scan_contraction(s, len, 0, true)) != 0) return i;

    /* [^\r\n\p{L}\p{N}]?\p{L}+ - where marks are letters a mark may also be the prefix, but
     * the run it is part of ends at the same place. */
    cls = scan_at(s, len, 0, 0, &n);
    if (cls & letters) return scan_run(s, len, n, 0, letters);
    if (scan_is_prefix(s[0], cls, SCAN_L | SCAN_N) && (scan_at(s, len, n, 0, &n2) & letters))
        return scan_run(s, len, n + n2, 0, letters);

    /* \p{N}{1,3} or \p{N} */
    if (cls & SCAN_N) return scan_upto(s, len, n, 0, SCAN_N, max_digits - 1);

    /*  ?[^\s\p{L}\p{N}]+[\r\n]* */
    i = s[0] == ' ';
    cls = scan_at(s, len, i, 0, &n);
    if (!(cls & (SCAN_SPACE | letters | SCAN_N | SCAN_END))) {
        i = scan_run_not(s, len, i + n, 0, SCAN_SPACE | letters | SCAN_N);
        return scan_newlines(s, len, i);
    }

    return scan_space(s, len, 0, space);
}

/* '(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+
 * |\s++$|\s*[\r\n]|\s+(?!\S)|\s */
size_t tkc_scan_cl100k(const unsigned char *s, size_t len)
{
    return cl100k(s, len, 3, SCAN_L, SCAN_SPACE_END_NEWLINES);
}

/* (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*
 * |\s*[\r\n]+|\s+(?!\S)|\s+ */
size_t tkc_scan_llama3(const unsigned char *s, size_t len)
{
    return cl100k(s, len, 3, SCAN_L, SCAN_SPACE_NEWLINES);
}

/* Llama 3's with \p{N} */
size_t tkc_scan_qwen2(const unsigned char *s, size_t len)
{
    return cl100k(s, len, 1, SCAN_L, SCAN_SPACE_NEWLINES);
}

/* Qwen 2's with [\p{L}\p{M}]+ for \p{L}+ and [^\s\p{L}\p{M}\p{N}]+ */
size_t tkc_scan_qwen35(const unsigned char *s, size_t len)
{
    return cl100k(s, len, 1, SCAN_L | SCAN_M, SCAN_SPACE_NEWLINES);
}
