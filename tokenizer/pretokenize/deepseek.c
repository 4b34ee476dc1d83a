/*
 * deepseek.c - DeepSeek V3, R1, V3.1 and V4: three Splits one after the other.
 *   \p{N}{1,3}
 *   [U+4E00-U+9FA5 U+3040-U+309F U+30A0-U+30FF]+
 *   [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+
 *   | ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
 * The third sees each stretch the first two left as a text of its own, also the CJK runs
 * themselves: U+30FB (the middle dot) is in one, and the third cuts it out again. It matches
 * no control, format or unassigned characters by themselves: those stand in the gaps
 * between its matches, and a gap is a piece.
 */
#include "tokenizer/pretokenize/scan_parts.h"

enum { LM = SCAN_L | SCAN_M, PS = TKC_UC_P | TKC_UC_S };

static inline bool is_ascii_letter(unsigned char c)
{
    return (unsigned)(c | 0x20) - 'a' < 26;
}

static inline bool is_ascii_punct(unsigned char c)
{
    return c > 0x20 && c < 0x7f && !is_ascii_letter(c) && !(c >= '0' && c <= '9');
}

/* The third pattern; stop ends the stretch. */
static inline size_t third(const unsigned char *s, size_t len, unsigned stop)
{
    size_t i;
    unsigned n, n2, cls = scan_at(s, len, 0, stop, &n);

    /* [!-/:-@[-`{-~][A-Za-z]+ */
    if (is_ascii_punct(s[0]) && len > 1 && is_ascii_letter(s[1])) {
        for (i = 2; i < len && is_ascii_letter(s[i]); i++) continue;
        return i;
    }

    /* [^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+ */
    if (cls & LM) return scan_run(s, len, n, stop, LM);
    if (scan_is_prefix(s[0], cls, SCAN_L | PS) && (scan_at(s, len, n, stop, &n2) & LM))
        return scan_run(s, len, n + n2, stop, LM);

    /*  ?[\p{P}\p{S}]+[\r\n]* */
    i = scan_run(s, len, s[0] == ' ', stop, PS);
    if (i > (s[0] == ' ')) return stop == SCAN_STOP_NOT_CJK ? i : scan_newlines(s, len, i);

    if (cls & SCAN_SPACE) return scan_space(s, len, stop, SCAN_SPACE_NEWLINES);

    /* A gap: up to a character that starts a match, or can be the prefix of one. */
    i = n;
    for (;;) {
        cls = scan_at(s, len, i, stop, &n);
        if (cls & (LM | PS | SCAN_SPACE | SCAN_END)) return i;
        if (scan_at(s, len, i + n, stop, &n2) & LM) return i;
        i += n;
    }
}

size_t tkc_scan_deepseek_v3(const unsigned char *s, size_t len)
{
    unsigned n;
    /* \p{N}{1,3}: nothing in the others divides a piece of numbers */
    const size_t i = scan_upto(s, len, 0, 0, SCAN_N, 3);
    if (i) return i;
    if (scan_is_deepseek_cjk(tkc_utf8_get(s, &n))) return third(s, len, SCAN_STOP_NOT_CJK);
    return third(s, len, SCAN_STOP_DEEPSEEK);
}
