/*
 * scan_parts.h - what the hand-written scanners are made of.
 *
 * A scanner is a pattern's alternation written out: the arms in the pattern's order, each
 * arm a few runs over the class bits of unicode_class.h. Everything here is inline with
 * constant masks, so that a family's file reads like its pattern and compiles to loops.
 *
 * "stop" is a set of classes that ends the text: families that split at digits before the
 * main pattern (DeepSeek, Digits + ByteLevel) see each stretch between digits as a text of
 * its own, so a digit is to the main pattern what the end is. Asking per character instead
 * of looking for the stretch's end first keeps a scanner linear.
 */
#ifndef TKC_TOKENIZER_PRETOKENIZE_SCAN_PARTS_H
#define TKC_TOKENIZER_PRETOKENIZE_SCAN_PARTS_H

#include "tokenizer/unicode_class.h"
#include "vocab/base/utf8.h"

#include <string.h>

enum {
    SCAN_L = TKC_UC_LETTER,
    SCAN_M = TKC_UC_M,
    SCAN_N = TKC_UC_N,
    SCAN_SPACE = TKC_UC_SPACE,
    SCAN_END = 1 << 30, /* behind the text: in no class, and in no negated one either */
    /* The two halves of o200k's letter arms. */
    SCAN_UPPER = TKC_UC_LU | TKC_UC_LT | TKC_UC_LM | TKC_UC_LO | TKC_UC_M,
    SCAN_LOWER = TKC_UC_LL | TKC_UC_LM | TKC_UC_LO | TKC_UC_M,
    /* stop sets beyond the class bits */
    SCAN_STOP_NUMERIC = 1 << 28, /* tkc_is_numeric() */
    SCAN_STOP_DEEPSEEK = 1 << 29, /* \p{N} and DeepSeek's CJK ranges */
    SCAN_STOP_NOT_CJK = 1 << 27   /* all but those CJK ranges */
};

/* HF's Digits row asks the compiler's own tables, which are newer than its regex engine's:
 * 13 numbers that 16.0 does not have (measured over every scalar). */
static inline bool tkc_is_numeric(uint32_t cp, unsigned cls)
{
    return (cls & SCAN_N) || (cp >= 0x11de0 && cp <= 0x11de9) || (cp >= 0x16ff4 && cp <= 0x16ff6);
}

/* [U+4E00-U+9FA5 U+3040-U+30FF]: DeepSeek's second split. */
static inline bool scan_is_deepseek_cjk(uint32_t cp)
{
    return (cp >= 0x4e00 && cp <= 0x9fa5) || (cp >= 0x3040 && cp <= 0x30ff);
}

/* Classes of an ASCII character: page 0 of the table. */
static inline unsigned scan_ascii(unsigned char c, unsigned stop)
{
    const unsigned cls = tkc_unicode_stage2[0][c];
    if (stop & SCAN_STOP_NOT_CJK) return SCAN_END;
    if ((stop & (SCAN_STOP_NUMERIC | SCAN_STOP_DEEPSEEK)) && (cls & SCAN_N)) return SCAN_END;
    return cls;
}

/* Classes of the character at s[i] and its bytes in *n; SCAN_END and 0 behind the text. */
static inline unsigned scan_at(const unsigned char *s, size_t len, size_t i, unsigned stop,
                               unsigned *n)
{
    uint32_t cp;
    unsigned cls;
    if (i >= len) {
        *n = 0;
        return SCAN_END;
    }
    if (s[i] < 0x80) {
        *n = 1;
        return scan_ascii(s[i], stop);
    }
    cp = tkc_utf8_get(s + i, n);
    cls = tkc_unicode_class(cp);
    if ((stop & SCAN_STOP_NUMERIC) && tkc_is_numeric(cp, cls)) return SCAN_END;
    if ((stop & SCAN_STOP_DEEPSEEK) && ((cls & SCAN_N) || scan_is_deepseek_cjk(cp)))
        return SCAN_END;
    if ((stop & SCAN_STOP_NOT_CJK) && !scan_is_deepseek_cjk(cp)) return SCAN_END;
    return cls;
}

/* From i over as many bytes c as stand there in eights. Runs that are longer than a window are
 * mostly blanks and lines drawn with one character. */
static inline size_t scan_eights(const unsigned char *s, size_t len, size_t i, unsigned char c)
{
    uint64_t w;
    while (len - i >= sizeof w) {
        memcpy(&w, s + i, sizeof w);
        if (w != c * UINT64_C(0x0101010101010101)) break;
        i += sizeof w;
    }
    return i;
}

/* End of the run of characters in any of the classes, from i. */
static inline size_t scan_run(const unsigned char *s, size_t len, size_t i, unsigned stop,
                              unsigned classes)
{
    for (;;) {
        unsigned n;
        while (i < len && s[i] < 0x80) {
            if (!(scan_ascii(s[i], stop) & classes)) return i;
            i++;
        }
        if (!(scan_at(s, len, i, stop, &n) & classes)) return i;
        i += n;
    }
}

/* The same for a negated class: characters in none of the classes. */
static inline size_t scan_run_not(const unsigned char *s, size_t len, size_t i, unsigned stop,
                                  unsigned classes)
{
    for (;;) {
        unsigned n;
        while (i < len && s[i] < 0x80) {
            if (scan_ascii(s[i], stop) & (classes | SCAN_END)) return i;
            i = scan_eights(s, len, i + 1, s[i]);
        }
        if (scan_at(s, len, i, stop, &n) & (classes | SCAN_END)) return i;
        i += n;
    }
}

/* At most max characters of the classes. */
static inline size_t scan_upto(const unsigned char *s, size_t len, size_t i, unsigned stop,
                               unsigned classes, unsigned max)
{
    unsigned n;
    while (max && (scan_at(s, len, i, stop, &n) & classes)) {
        i += n;
        max--;
    }
    return i;
}

static inline bool scan_is_newline(unsigned char c)
{
    return c == '\r' || c == '\n';
}

/* [\r\n]*, from i. */
static inline size_t scan_newlines(const unsigned char *s, size_t len, size_t i)
{
    while (i < len && scan_is_newline(s[i])) i++;
    return i;
}

/* [\r\n/]*, from i. */
static inline size_t scan_newlines_slashes(const unsigned char *s, size_t len, size_t i)
{
    while (i < len && (scan_is_newline(s[i]) || s[i] == '/')) i++;
    return i;
}

/* '(?:[sdmt]|ll|ve|re), or with (?i:...) when any_case: end of the match at i, or i. Under
 * (?i) U+017F is an s in all three engines; no other letter here has a fold outside ASCII. */
static inline size_t scan_contraction(const unsigned char *s, size_t len, size_t i, bool any_case)
{
    const unsigned char fold = any_case ? 0x20 : 0;
    unsigned char a, b;
    if (len - i < 2 || s[i] != '\'') return i;
    a = s[i + 1] | fold;
    if (a == 's' || a == 'd' || a == 'm' || a == 't') return i + 2;
    if (len - i < 3) return i;
    if (any_case && s[i + 1] == 0xc5 && s[i + 2] == 0xbf) return i + 3;
    b = s[i + 2] | fold;
    if ((a == 'l' && b == 'l') || ((a == 'v' || a == 'r') && b == 'e')) return i + 3;
    return i;
}

/* How a family ends a run of white space. */
typedef enum scan_space_rule {
    SCAN_SPACE_PLAIN,       /* \s+(?!\S)|\s+                          */
    SCAN_SPACE_NEWLINES,    /* \s*[\r\n]+|\s+(?!\S)|\s+               */
    SCAN_SPACE_END_NEWLINES /* \s++$|\s*[\r\n]|\s+(?!\S)|\s           */
} scan_space_rule;

/* s[0] is white space: the last three or four arms. \s*[\r\n]+ gives back as far as the last
 * newline of the run; \s+(?!\S) gives back one character unless the text ends there, and
 * when there is only one the last arm takes it. */
static inline size_t scan_space(const unsigned char *s, size_t len, unsigned stop,
                                scan_space_rule rule)
{
    size_t i = 0, last = 0, newline = 0;
    unsigned n, cls;
    while ((cls = scan_at(s, len, i, stop, &n)) & SCAN_SPACE) {
        if (scan_is_newline(s[i])) newline = i + 1;
        if (s[i] == ' ') i = scan_eights(s, len, i + 1, ' ') - 1;
        last = i;
        i += n;
    }
    if (rule == SCAN_SPACE_END_NEWLINES && cls == SCAN_END) return i;
    if (rule != SCAN_SPACE_PLAIN && newline) return newline;
    if (cls == SCAN_END || last == 0) return i;
    return last;
}

/* [^\r\n\p{L}\p{N}] or, with more classes, its kin: may s[0] of class cls stand in front of
 * letters? */
static inline bool scan_is_prefix(unsigned char lead, unsigned cls, unsigned not_classes)
{
    return !scan_is_newline(lead) && !(cls & (not_classes | SCAN_END));
}

/* One scanner per family; the pattern stands in its file. */
#define TKC_SCANNER(fn) size_t fn(const unsigned char *s, size_t len);
TKC_SCANNER(tkc_scan_gpt2)
TKC_SCANNER(tkc_scan_digits_gpt2)
TKC_SCANNER(tkc_scan_cl100k)
TKC_SCANNER(tkc_scan_llama3)
TKC_SCANNER(tkc_scan_qwen2)
TKC_SCANNER(tkc_scan_qwen35)
TKC_SCANNER(tkc_scan_o200k)
TKC_SCANNER(tkc_scan_tekken)
TKC_SCANNER(tkc_scan_kimi)
TKC_SCANNER(tkc_scan_deepseek_v3)
#undef TKC_SCANNER

#endif
