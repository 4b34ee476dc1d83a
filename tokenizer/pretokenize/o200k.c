/*
 * o200k.c - o200k (GPT-4o and later, gpt-oss, Llama 4, MiniMax, Phi-4-mini), Mistral's
 * tekken, and Kimi K2.
 *
 * The two letter arms are
 *   [^\r\n\p{L}\p{N}]?UPPER*LOWER+(contraction)?|[^\r\n\p{L}\p{N}]?UPPER+LOWER*(contraction)?
 * where caseless letters (Lm, Lo) and marks are in both UPPER and LOWER. The first arm gives
 * back: with no small letter behind the UPPER run, it ends behind the run's last caseless
 * character. A mark may be the optional prefix too, and the engine tries that first.
 */
#include "tokenizer/pretokenize/scan_parts.h"

/* Ends of UPPER*LOWER+ (*first) and of UPPER+ (*second) from i; 0 for no match. Kimi's
 * classes leave out Han characters: not_han. */
static inline void letter_arms(const unsigned char *s, size_t len, size_t i, unsigned not_han,
                               size_t *first, size_t *second)
{
    const size_t start = i;
    size_t caseless = 0;
    unsigned n, cls;
    for (;;) {
        cls = scan_at(s, len, i, 0, &n);
        if (cls & not_han) cls = 0;
        if (!(cls & SCAN_UPPER)) break;
        i += n;
        if (cls & SCAN_LOWER) caseless = i;
    }
    *second = i > start ? i : 0;
    *first = caseless;
    if (!(cls & SCAN_LOWER)) return;
    do {
        i += n;
        cls = scan_at(s, len, i, 0, &n);
        if (cls & not_han) cls = 0;
    } while (cls & SCAN_LOWER);
    *first = i;
}

/* Both arms without the contraction: end of the match, or 0. */
static inline size_t letters(const unsigned char *s, size_t len, unsigned n, unsigned cls,
                             unsigned not_han)
{
    size_t first, second, second_bare;
    if (scan_is_prefix(s[0], cls, SCAN_L | SCAN_N)) {
        letter_arms(s, len, n, not_han, &first, &second);
        if (first) return first;
        if (!(cls & SCAN_M)) return second;
        /* Arm one again, the mark now a letter; it always matches unless it is Han. */
        letter_arms(s, len, 0, not_han, &first, &second_bare);
        return first ? first : second;
    }
    if (!(cls & SCAN_L)) return 0;
    letter_arms(s, len, 0, not_han, &first, &second);
    return first ? first : second;
}

static inline size_t o200k(const unsigned char *s, size_t len, unsigned max_digits,
                           bool contraction, bool slashes, unsigned not_han)
{
    size_t i;
    unsigned n, cls = scan_at(s, len, 0, 0, &n);

    if ((i = letters(s, len, n, cls, not_han)) != 0)
        return contraction && i < len ? scan_contraction(s, len, i, true) : i;

    /* \p{N}{1,3} or \p{N} */
    if (cls & SCAN_N) return scan_upto(s, len, n, 0, SCAN_N, max_digits - 1);

    /*  ?[^\s\p{L}\p{N}]+[\r\n/]* or [\r\n]* */
    i = s[0] == ' ';
    cls = scan_at(s, len, i, 0, &n);
    if (!(cls & (SCAN_SPACE | SCAN_L | SCAN_N | SCAN_END))) {
        i = scan_run_not(s, len, i + n, 0, SCAN_SPACE | SCAN_L | SCAN_N);
        return slashes ? scan_newlines_slashes(s, len, i) : scan_newlines(s, len, i);
    }

    /* \s*[\r\n]+|\s+(?!\S)|\s+ */
    return scan_space(s, len, 0, SCAN_SPACE_NEWLINES);
}

/* the letter arms|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+ */
size_t tkc_scan_o200k(const unsigned char *s, size_t len)
{
    return o200k(s, len, 3, true, true, 0);
}

/* the letter arms without contraction|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|... */
size_t tkc_scan_tekken(const unsigned char *s, size_t len)
{
    return o200k(s, len, 1, false, true, 0);
}

/* [\p{Han}]+|the letter arms, each class with &&[^\p{Han}]|\p{N}{1,3}
 * | ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+ */
size_t tkc_scan_kimi(const unsigned char *s, size_t len)
{
    size_t i = scan_run(s, len, 0, 0, TKC_UC_HAN);
    return i ? i : o200k(s, len, 3, true, false, TKC_UC_HAN);
}
