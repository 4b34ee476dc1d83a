/*
 * test_scanners.c - hand-written scanners on cases whose answer is known by hand, and what
 * the interface promises.
 *
 * tests/differential/scanner_diff.c compares with PCRE2, tools/dev/oracles/diff_scanners.py with the
 * vendors' engines; here are the rules people get wrong, one string each.
 */
#include "tokenizer/pretokenize/scan_parts.h"
#include "tokenizer/pretokenize/scanners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Pieces as "[a][b]". */
static void expect(tkc_scan_fn scan, const char *text, const char *want)
{
    char got[512];
    const size_t len = strlen(text);
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        const size_t k = scan((const unsigned char *)text + i, len - i);
        assert_in_range(k, 1, len - i);
        assert_true(n + k + 3 < sizeof got);
        got[n++] = '[';
        memcpy(got + n, text + i, k);
        n += k;
        got[n++] = ']';
        i += k;
    }
    got[n] = '\0';
    assert_string_equal(got, want);
}

static void gpt2(void **state)
{
    (void)state;
    expect(tkc_scan_gpt2, "Don't DON'T", "[Don]['t][ DON]['][T]");
    expect(tkc_scan_gpt2, "a  b", "[a][ ][ b]");
    expect(tkc_scan_gpt2, "a \n\n b  ", "[a][ \n\n][ b][  ]");
    expect(tkc_scan_gpt2, " 1234.5!?", "[ 1234][.][5][!?]");
    expect(tkc_scan_gpt2, "\xc2\xa0x", "[\xc2\xa0][x]");          /* only U+0020 joins */
    expect(tkc_scan_gpt2, "a\xcc\x81", "[a][\xcc\x81]");          /* a mark is no letter */
    expect(tkc_scan_gpt2, "\xe1\xa0\x8ex", "[\xe1\xa0\x8e][x]");  /* U+180E is no space */
}

static void digits_gpt2(void **state)
{
    (void)state;
    expect(tkc_scan_digits_gpt2, "a 12b", "[a][ ][1][2][b]");
    expect(tkc_scan_digits_gpt2, "  1  ", "[  ][1][  ]"); /* a digit is the end of a text */
    expect(tkc_scan_digits_gpt2, "x\xc2\xbd", "[x][\xc2\xbd]");
    /* U+11DE0: a number to the Digits row, not to \p{N} */
    expect(tkc_scan_digits_gpt2, "!\xf0\x91\xb7\xa0!", "[!][\xf0\x91\xb7\xa0][!]");
}

static void cl100k(void **state)
{
    (void)state;
    expect(tkc_scan_cl100k, "12345678", "[123][456][78]");
    expect(tkc_scan_qwen2, "123", "[1][2][3]");
    expect(tkc_scan_cl100k, "a\n  ", "[a][\n  ]"); /* \s++$ */
    expect(tkc_scan_llama3, "a\n  ", "[a][\n][  ]");
    expect(tkc_scan_llama3, "a\n\n  \nb", "[a][\n\n  \n][b]");
    expect(tkc_scan_llama3, "\tx(y)\r\n\r\n z", "[\tx][(y][)\r\n\r\n][ z]");
    expect(tkc_scan_llama3, "I'LL 'sx '\xc5\xbfx", "[I]['LL][ '][sx][ '][\xc5\xbfx]");
    expect(tkc_scan_llama3, "x'\xc5\xbfx", "[x]['\xc5\xbf][x]"); /* U+017F folds to s */
    expect(tkc_scan_qwen2, "e\xcc\x81", "[e][\xcc\x81]");
    expect(tkc_scan_qwen35, "e\xcc\x81x", "[e\xcc\x81x]");
}

static void o200k(void **state)
{
    (void)state;
    expect(tkc_scan_o200k, "can'ts", "[can't][s]");
    expect(tkc_scan_o200k, "HTTPResponse aB", "[HTTPResponse][ a][B]");
    expect(tkc_scan_o200k, "camelCase", "[camel][Case]");
    /* caseless letters are in both halves: the first arm gives back to the last of them */
    expect(tkc_scan_o200k, "\xe4\xb8\xad" "AB", "[\xe4\xb8\xad][AB]");
    expect(tkc_scan_o200k, "AB\xe4\xb8\xad" "a", "[AB\xe4\xb8\xad" "a]");
    expect(tkc_scan_o200k, "\xcc\x81" "AB", "[\xcc\x81][AB]");
    expect(tkc_scan_o200k, "\xcc\x81" "Ab", "[\xcc\x81" "Ab]");
    expect(tkc_scan_o200k, "!//\n/x", "[!//\n/][x]");
    expect(tkc_scan_tekken, "can't 12", "[can]['t][ ][1][2]");
    expect(tkc_scan_kimi, "a\xe4\xb8\xad\xe6\x96\x87" "b's", "[a][\xe4\xb8\xad\xe6\x96\x87][b's]");
    expect(tkc_scan_kimi, "1\xe3\x80\x87", "[1\xe3\x80\x87]"); /* U+3007 is Han and a number */
}

static void deepseek(void **state)
{
    (void)state;
    expect(tkc_scan_deepseek_v3, "#include x_y", "[#include][ x][_y]");
    expect(tkc_scan_deepseek_v3, "  12345 ", "[  ][123][45][ ]");
    expect(tkc_scan_deepseek_v3, "a\xe4\xb8\xad\xe3\x81\x82" "b",
           "[a][\xe4\xb8\xad\xe3\x81\x82][b]");
    /* the middle dot is in the CJK range, and the third split cuts it out again */
    expect(tkc_scan_deepseek_v3, "\xe3\x82\xa2\xe3\x83\xbb\xe3\x82\xa2\n",
           "[\xe3\x82\xa2][\xe3\x83\xbb][\xe3\x82\xa2][\n]");
    expect(tkc_scan_deepseek_v3, "\xe3\x83\xbb\n", "[\xe3\x83\xbb][\n]");
    /* controls match nothing: a gap, whose last may be the prefix of a word */
    expect(tkc_scan_deepseek_v3, "\x01\x01\x01x", "[\x01\x01][\x01x]");
}

static tkc_op split(const char *pattern, uint32_t flags, tkc_behavior behavior)
{
    return (tkc_op){.kind = TKC_OP_SPLIT, .flags = flags, .arg = behavior,
                    .a = {pattern, strlen(pattern)}};
}

/* Only the exact text, read as the row says, has a scanner. */
static void exact_text_only(void **state)
{
    size_t n;
    const tkc_scanner *s = tkc_scanners(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        tkc_op op[3];
        char text[1024];
        const char *p = s[i].row[0].pattern;
        const uint32_t rx = TKC_OPF_REGEX;
        if (!p || s[i].row[1].kind) continue;
        op[0] = split(p, rx | TKC_OPF_FIND, TKC_BEHAVIOR_ISOLATED);
        assert_ptr_equal(tkc_scanner_find(op, 1), &s[i]);
        op[1] = (tkc_op){.kind = TKC_OP_BYTE_LEVEL};
        assert_ptr_equal(tkc_scanner_find(op, 2), &s[i]);
        op[1].flags = TKC_OPF_PREFIX_SPACE;
        assert_null(tkc_scanner_find(op, 2));
        op[0].flags = rx;
        assert_int_equal(tkc_scanner_find(op, 1) == NULL, s[i].tiktoken_only);
        op[0].arg = TKC_BEHAVIOR_CONTIGUOUS;
        assert_null(tkc_scanner_find(op, 1));
        op[0].arg = TKC_BEHAVIOR_REMOVED;
        assert_null(tkc_scanner_find(op, 1));
        op[0].flags |= TKC_OPF_INVERT;
        assert_int_equal(tkc_scanner_find(op, 1) == NULL, s[i].tiktoken_only);
        op[0].flags = TKC_OPF_FIND;
        assert_null(tkc_scanner_find(op, 1)); /* a literal */
        /* one character more, less or other */
        snprintf(text, sizeof text, "%s ", p);
        op[0] = split(text, rx | TKC_OPF_FIND, TKC_BEHAVIOR_ISOLATED);
        assert_null(tkc_scanner_find(op, 1));
        text[strlen(p) - 1] = '\0';
        op[0].a.len = strlen(p) - 1;
        assert_null(tkc_scanner_find(op, 1));
        memcpy(text, p, strlen(p));
        text[strlen(p) / 2] ^= 1;
        op[0].a.len = strlen(p);
        assert_null(tkc_scanner_find(op, 1));
    }
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* 1 MB of one thing, and of two by turns. A scanner that looks far for each piece would need
 * 10^11 steps here; linear ones need 10 to 30 ms, 2 s leaves room for a slow machine. */
static void linear(void **state)
{
    static const char *const unit[] = {
        "a", "A", "1", " ", "\n", "\r", "\t", "!", "'", "/", "\xcc\x81", "\xe4\xb8\xad",
        "\xca\xb0", "\xc7\x85", "\xe2\x80\x8b", "\xe3\x83\xbb", "\xe3\x80\x80", "\x01", " \n",
        "\n ", "a ", "'s", "A\xcc\x81", "\xcc\x81" "A", "\xe4\xb8\xad" "A", "\x01 ",
        "1\xe4\xb8\xad", "!\n", "  a"};
    static const char *const tail[] = {"", "A", "\n"};
    enum { LEN = 1 << 20, ROOM = LEN + 16 };
    unsigned char *text = malloc(ROOM);
    size_t n;
    const tkc_scanner *s = tkc_scanners(&n);
    (void)state;
    assert_non_null(text);
    for (size_t u = 0; u < sizeof unit / sizeof unit[0]; u++) {
        const size_t unit_len = strlen(unit[u]);
        size_t len = 0;
        while (len + unit_len <= LEN) {
            memcpy(text + len, unit[u], unit_len);
            len += unit_len;
        }
        for (size_t t = 0; t < sizeof tail / sizeof tail[0]; t++) {
            memcpy(text + len, tail[t], strlen(tail[t]));
            for (size_t i = 0; i < n; i++) {
                const size_t all = len + strlen(tail[t]);
                const double start = seconds();
                if (i && s[i].scan == s[i - 1].scan) continue;
                for (size_t at = 0; at < all;) at += s[i].scan(text + at, all - at);
                if (seconds() - start > 2.0)
                    fail_msg("%s: %.1f s for 1 MB of unit %zu, tail %zu", s[i].name,
                             seconds() - start, u, t);
            }
        }
    }
    free(text);
}

/* Nothing is read behind len: every prefix of a text in a block of its own, so that the
 * sanitizer build sees a byte too far. */
static void stays_inside(void **state)
{
    static const char text[] =
        "I'll '\xc5\xbf 12\xc2\xbd \xe4\xb8\xad\xe3\x83\xbb\r\n !/\n \xcc\x81"
        "A\xf0\x9f\x98\x80 's 're '";
    size_t n;
    const tkc_scanner *s = tkc_scanners(&n);
    (void)state;
    for (size_t len = 1; len < sizeof text; len++) {
        unsigned char *copy;
        if (((unsigned char)text[len] & 0xc0) == 0x80) continue;
        copy = malloc(len);
        assert_non_null(copy);
        memcpy(copy, text, len);
        for (size_t i = 0; i < n; i++) {
            size_t at = 0;
            while (at < len) {
                const size_t k = s[i].scan(copy + at, len - at);
                assert_in_range(k, 1, len - at);
                at += k;
            }
        }
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gpt2),            cmocka_unit_test(digits_gpt2),
        cmocka_unit_test(cl100k),          cmocka_unit_test(o200k),
        cmocka_unit_test(deepseek),        cmocka_unit_test(exact_text_only),
        cmocka_unit_test(stays_inside),    cmocka_unit_test(linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
