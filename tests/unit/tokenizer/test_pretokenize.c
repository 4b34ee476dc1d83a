/*
 * test_pretokenize.c - rows, regexes and their refusals.
 *
 * What the vendors' engines answer is compared at large by tools/dev/oracles/diff_scanners.py; the
 * expected pieces here were read off HF tokenizers 0.23.3.
 */
#include "tests/support/fail_alloc.h"
#include "tokenizer/pretokenize/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Pieces as "[text@begin-end]", or "[text]" without offsets. */
typedef struct record {
    char text[2048];
    size_t len;
    bool offsets;
} record;

static tkc_status put(void *ctx, tkc_text piece, tkc_error *err)
{
    record *r = ctx;
    int n;
    (void)err;
    assert_true(piece.len > 0);
    n = snprintf(r->text + r->len, sizeof r->text - r->len, "[%.*s", (int)piece.len, piece.ptr);
    r->len += (size_t)n;
    if (r->offsets) {
        n = snprintf(r->text + r->len, sizeof r->text - r->len, "@%zu-%zu",
                     tkc_text_source(&piece, 0), tkc_text_source(&piece, piece.len));
        r->len += (size_t)n;
    }
    n = snprintf(r->text + r->len, sizeof r->text - r->len, "]");
    r->len += (size_t)n;
    return TKC_OK;
}

static void expect_at(const tkc_op *op, size_t n_op, tkc_text text, bool offsets,
                      const char *want)
{
    record r = {.offsets = offsets};
    tkc_pretok *p;
    tkc_error err = {0};
    if (tkc_pretok_new(&p, op, n_op, NULL, &err)) fail_msg("%s", err.message);
    assert_int_equal(tkc_pretok_run(p, text, put, &r, &err), TKC_OK);
    assert_string_equal(r.text, want);
    tkc_pretok_free(p);
}

static tkc_text text_of(const char *s)
{
    return (tkc_text){s, strlen(s), NULL, 0};
}

static void expect(const tkc_op *op, size_t n_op, const char *text, const char *want)
{
    expect_at(op, n_op, text_of(text), false, want);
}

static tkc_op op_of(tkc_op_kind kind, uint32_t flags, uint32_t arg, const char *a)
{
    return (tkc_op){.kind = kind, .flags = flags, .arg = arg, .a = {a, strlen(a)}};
}

static void behaviors(void **state)
{
    static const char *const want[2][5] = {
        {"[a][-][-][b][-]", "[a][b]", "[a-][-][b-]", "[a][-][-b][-]", "[a][--][b][-]"},
        {"[a][-][-][b][-]", "[-][-][-]", "[a][-][-b][-]", "[a-][-][b-]", "[a][--][b][-]"}};
    (void)state;
    for (uint32_t invert = 0; invert < 2; invert++)
        for (uint32_t b = 0; b < 5; b++) {
            const uint32_t inv = invert ? TKC_OPF_INVERT : 0;
            const tkc_op literal = op_of(TKC_OP_SPLIT, inv, b, "-");
            const tkc_op regex = op_of(TKC_OP_SPLIT, inv | TKC_OPF_REGEX, b, "-");
            const tkc_op punct = op_of(TKC_OP_PUNCTUATION, 0, b, "");
            expect(&literal, 1, "a--b-", want[invert][b]);
            expect(&regex, 1, "a--b-", want[invert][b]);
            if (!invert) expect(&punct, 1, "a--b-", want[0][b]);
        }
}

/* HF keeps what lies between matches, tiktoken drops it; empty matches cut. */
static void gaps_and_empty_matches(void **state)
{
    const tkc_op hf = op_of(TKC_OP_SPLIT, TKC_OPF_REGEX, TKC_BEHAVIOR_ISOLATED, "[a-c]+");
    const tkc_op find = op_of(TKC_OP_SPLIT, TKC_OPF_REGEX | TKC_OPF_FIND, 0, "[a-c]+");
    const tkc_op star = op_of(TKC_OP_SPLIT, TKC_OPF_REGEX, TKC_BEHAVIOR_ISOLATED, "x*");
    const tkc_op nothing = op_of(TKC_OP_SPLIT, TKC_OPF_REGEX, TKC_BEHAVIOR_ISOLATED, "");
    (void)state;
    expect(&hf, 1, "xabxxcx", "[x][ab][xx][c][x]");
    expect(&find, 1, "xabxxcx", "[ab][c]");
    expect(&star, 1, "axxb\xc3\xa9", "[a][xx][b][\xc3\xa9]");
    expect(&nothing, 1, "a\xc3\xa9z", "[a][\xc3\xa9][z]");
    expect(&hf, 1, "", "");
    expect(NULL, 0, "a b", "[a b]");
}

static void dialects(void **state)
{
    const uint32_t rx = TKC_OPF_REGEX, find = TKC_OPF_REGEX | TKC_OPF_FIND;
    tkc_op op = op_of(TKC_OP_SPLIT, rx, 0, "\\p{N}{1,3}+");
    (void)state;
    expect(&op, 1, "12345", "[12345]");
    op.flags = find;
    expect(&op, 1, "12345", "[123][45]");
    op = op_of(TKC_OP_SPLIT, rx, 0, "b$");
    expect(&op, 1, "ab\nb", "[a][b][\n][b]");
    op.flags = find;
    expect(&op, 1, "ab\nb", "[b]");
    expect(&op, 1, "ab\n", ""); /* not before a last newline */
    /* six Latin-1 numbers are \w to HF's engine, but not inside brackets */
    op = op_of(TKC_OP_SPLIT, rx, TKC_BEHAVIOR_REMOVED, "\\w");
    expect(&op, 1, "!\xc2\xbd!", "[!][!]");
    op = op_of(TKC_OP_SPLIT, rx, TKC_BEHAVIOR_REMOVED, "[\\w]");
    expect(&op, 1, "!\xc2\xbd!", "[!\xc2\xbd!]");
}

static void simple_rows(void **state)
{
    tkc_op op = op_of(TKC_OP_DIGITS, 0, 0, "");
    (void)state;
    expect(&op, 1, "a12 \xc2\xbd", "[a][12][ ][\xc2\xbd]");
    op.flags = TKC_OPF_INDIVIDUAL;
    expect(&op, 1, "a12", "[a][1][2]");
    op = op_of(TKC_OP_WHITESPACE, 0, 0, "");
    expect(&op, 1, " Hey, you_2!! \xc2\xbd", "[Hey][,][you_2][!!][\xc2\xbd]");
    op = op_of(TKC_OP_WHITESPACE_SPLIT, 0, 0, "");
    expect(&op, 1, " a,b\xe3\x80\x80 c ", "[a,b][c]");
    op = op_of(TKC_OP_BERT_SPLIT, 0, 0, "");
    expect(&op, 1, "Hi!!\xe3\x80\x82 a$b ", "[Hi][!][!][\xe3\x80\x82][a][$][b]");
    op = op_of(TKC_OP_CHAR_DELIMITER, 0, 0, "\xe3\x80\x82");
    expect(&op, 1, "a\xe3\x80\x82\xe3\x80\x82" "b", "[a][b]");
    op = op_of(TKC_OP_FIXED_LENGTH, 0, 2, "");
    expect(&op, 1, "a\xc3\xa9z", "[a\xc3\xa9][z]");
}

/* What a row behind ByteLevel sees is the byte alphabet: the second byte of U+00F2 is a
 * number there, so Falcon's pieces are parts of characters. */
static void falcon(void **state)
{
    const tkc_op op[] = {
        op_of(TKC_OP_PUNCTUATION, 0, TKC_BEHAVIOR_CONTIGUOUS, ""),
        op_of(TKC_OP_BYTE_LEVEL, TKC_OPF_USE_REGEX, 0, ""),
        op_of(TKC_OP_DIGITS, 0, 0, ""),
        op_of(TKC_OP_SPLIT, TKC_OPF_REGEX, TKC_BEHAVIOR_ISOLATED, "[0-9][0-9][0-9]")};
    (void)state;
    expect(op, 4, "a 12345!?b", "[a][ ][123][45][!?][b]");
    expect_at(op, 4, text_of("x\xc3\xb2y"), true, "[x\xc3@0-2][\xb2@2-3][y@3-4]");
}

static void prefix_space(void **state)
{
    tkc_op op[2] = {op_of(TKC_OP_SPLIT, 0, TKC_BEHAVIOR_ISOLATED, "|"),
                    op_of(TKC_OP_BYTE_LEVEL, TKC_OPF_USE_REGEX | TKC_OPF_PREFIX_SPACE, 0, "")};
    (void)state;
    expect_at(op, 2, text_of("ab| c"), true, "[ ab@0-2][ |@2-3][ c@3-5]");
    op[1].flags = 0;
    expect(op, 2, "ab| c", "[ab][|][ c]");
}

static void metaspace(void **state)
{
    tkc_op op[2] = {op_of(TKC_OP_METASPACE, TKC_OPF_SPLIT, TKC_PREPEND_ALWAYS, "\xe2\x96\x81"),
                    {0}};
    (void)state;
    expect_at(op, 1, text_of("a  b"), true,
              "[\xe2\x96\x81" "a@0-1][\xe2\x96\x81@1-2][\xe2\x96\x81" "b@2-4]");
    expect(op, 1, " a", "[\xe2\x96\x81" "a]");
    op[0].arg = TKC_PREPEND_NEVER;
    expect(op, 1, "a b", "[a][\xe2\x96\x81" "b]");
    op[0].flags = 0;
    op[0].arg = TKC_PREPEND_FIRST;
    expect(op, 1, "a b", "[\xe2\x96\x81" "a\xe2\x96\x81" "b]");
    expect_at(op, 1, (tkc_text){"a b", 3, NULL, 1}, false, "[a\xe2\x96\x81" "b]");
    op[1] = op[0];
    op[0] = op_of(TKC_OP_SPLIT, 0, TKC_BEHAVIOR_ISOLATED, "-");
    expect(op, 2, "a-b", "[\xe2\x96\x81" "a][-][b]"); /* "first" is the text's first piece */
}

/* A text that a normalizer changed: offsets go through its map, and rewriting rows keep it. */
static void offsets_through_a_map(void **state)
{
    static const size_t map[] = {10, 10, 14, 15, 17};
    const tkc_text t = {"ab c", 4, map, 0};
    const tkc_op split = op_of(TKC_OP_SPLIT, TKC_OPF_REGEX, 0, "\\s");
    const tkc_op meta = op_of(TKC_OP_METASPACE, TKC_OPF_SPLIT, TKC_PREPEND_ALWAYS, "_");
    const tkc_op gpt2 = op_of(TKC_OP_BYTE_LEVEL, TKC_OPF_USE_REGEX, 0, "");
    (void)state;
    expect_at(&split, 1, t, true, "[ab@10-14][ @14-15][c@15-17]");
    expect_at(&meta, 1, t, true, "[_ab@10-14][_c@14-17]");
    expect_at(&gpt2, 1, t, true, "[ab@10-14][ c@14-17]");
    expect_at(&gpt2, 1, (tkc_text){"ab c", 4, NULL, 100}, true, "[ab@100-102][ c@102-104]");
}

/* --- regexes --------------------------------------------------------------------------- */

static void refusals(void **state)
{
    static const struct {
        const char *pattern;
        tkc_status hf, tiktoken;
        size_t at;
    } row[] = {
        {"a(?<name>b)", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 1},
        {"a(?i)b", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 1},
        {"(*UCP)a", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 0},
        {"(a)\\1", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 3},
        {"ab\\b", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 2},
        {"\\Ga", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 0},
        {"\\h", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 0},
        {"\\p{Greek}", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 2},
        {"\\pL", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 2},
        {"\\p{^L}", TKC_OK, TKC_E_UNSUPPORTED, 3},
        {"\\xff", TKC_E_UNSUPPORTED, TKC_OK, 0},
        {"[[:alpha:]]", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 1},
        {"[a--b]", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 3},
        {"[\\w-z]", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 3},
        {"[ab&&]", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 5},
        {"(?i:\xc3\xa9)", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 4},
        {"(?i:[^a])", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 4},
        {"(?i:glass)", TKC_E_UNSUPPORTED, TKC_OK, 8},
        {"a**", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 2},
        {"(?:a?)+", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 6},
        {"(?:a|)*", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 6},
        {"a{2}?", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 1},
        {"a{,3}", TKC_E_UNSUPPORTED, TKC_E_FORMAT, 1},
        {"a{x", TKC_OK, TKC_E_FORMAT, 1},
        {"a{2000}", TKC_E_LIMIT, TKC_E_LIMIT, 1},
        {"*a", TKC_E_UNSUPPORTED, TKC_E_UNSUPPORTED, 0},
        {"(a", TKC_E_FORMAT, TKC_E_FORMAT, 2},
        {"a)", TKC_E_FORMAT, TKC_E_FORMAT, 1},
        {"[a", TKC_E_FORMAT, TKC_E_FORMAT, 0},
        {"[b-a]", TKC_E_FORMAT, TKC_E_FORMAT, 1},
        {"a\\", TKC_E_FORMAT, TKC_E_FORMAT, 1},
        {"\\x{d800}", TKC_E_FORMAT, TKC_E_FORMAT, 2},
        {"a{3,2}", TKC_E_FORMAT, TKC_E_FORMAT, 1},
        {"[[[[[a]]]]]", TKC_E_LIMIT, TKC_E_LIMIT, 4},
        {"\xff", TKC_E_FORMAT, TKC_E_FORMAT, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        for (int d = 0; d < 2; d++) {
            const tkc_status want = d ? row[i].tiktoken : row[i].hf;
            const tkc_str pattern = {row[i].pattern, strlen(row[i].pattern)};
            tkc_error err = {0};
            tkc_regex *re = NULL;
            const tkc_status st = tkc_regex_new_dialect(
                &re, pattern, d ? TKC_REGEX_TIKTOKEN : TKC_REGEX_HF, NULL, &err);
            if (st != want)
                fail_msg("%s: %s (%s), expected %s", row[i].pattern, tkc_status_name(st),
                         err.message, tkc_status_name(want));
            if (st && (err.offset != row[i].at || err.code != st || !err.message[0]))
                fail_msg("%s: byte %zu, expected %zu: %s", row[i].pattern, err.offset, row[i].at,
                         err.message);
            tkc_regex_free(re);
        }
}

/* Depth of the pattern is bounded, not recursed into. */
static void deep_pattern(void **state)
{
    enum { DEPTH = 100000 };
    char *p = malloc(DEPTH * 2);
    tkc_regex *re;
    tkc_error err;
    (void)state;
    assert_non_null(p);
    memset(p, '(', DEPTH);
    memset(p + DEPTH, ')', DEPTH);
    assert_int_equal(tkc_regex_new(&re, (tkc_str){p, DEPTH * 2}, NULL, &err), TKC_E_LIMIT);
    memset(p, '[', DEPTH);
    assert_int_equal(tkc_regex_new(&re, (tkc_str){p, DEPTH * 2}, NULL, &err), TKC_E_LIMIT);
    free(p);
}

static tkc_regex *regex_of(const char *pattern)
{
    tkc_regex *re;
    tkc_error err;
    if (tkc_regex_new(&re, (tkc_str){pattern, strlen(pattern)}, NULL, &err))
        fail_msg("%s: %s", pattern, err.message);
    return re;
}

/* The JIT's stack holds some ten thousand rounds of a group; the interpreter goes on from
 * there, and where its heap ends the answer is an error, not a shorter match. */
static void limits(void **state)
{
    enum { LEN = 8 << 20, FITS = 100000 };
    char *text = malloc(LEN);
    tkc_regex *re = regex_of("(?:a|b)+c");
    size_t b, e;
    tkc_error err = {0};
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < LEN; i++) text[i] = i & 1 ? 'b' : 'a';
    text[FITS - 1] = 'c';
    assert_int_equal(tkc_regex_next(re, (tkc_str){text, FITS}, 0, &b, &e, &err), TKC_OK);
    assert_int_equal(b, 0);
    assert_int_equal(e, FITS);
    text[FITS - 1] = 'b';
    text[LEN - 1] = 'c';
    assert_int_equal(tkc_regex_next(re, (tkc_str){text, LEN}, 0, &b, &e, &err), TKC_E_LIMIT);
    assert_true(err.message[0]);
    tkc_regex_free(re);
    free(text);
    re = regex_of("(?:a+)+b");
    assert_int_equal(tkc_regex_next(re, (tkc_str){"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaacb", 42},
                                    0, &b, &e, &err),
                     TKC_E_LIMIT);
    tkc_regex_free(re);
}

static void matches(void **state)
{
    tkc_regex *re = regex_of("\\p{N}+");
    const tkc_str s = {"a12\xc2\xbd" "b3", 7};
    size_t b = 99, e = 99;
    tkc_regex_iter it = {0};
    (void)state;
    assert_int_equal(tkc_regex_next(re, s, 0, &b, &e, NULL), TKC_OK);
    assert_int_equal(b, 1);
    assert_int_equal(e, 5);
    assert_int_equal(tkc_regex_next(re, s, 5, &b, &e, NULL), TKC_OK);
    assert_int_equal(b, 6);
    assert_int_equal(tkc_regex_next(re, s, 7, &b, &e, NULL), TKC_E_NOTFOUND);
    assert_int_equal(tkc_regex_next(re, s, 8, &b, &e, NULL), TKC_E_NOTFOUND);
    assert_int_equal(tkc_regex_next(re, (tkc_str){NULL, 0}, 0, &b, &e, NULL), TKC_E_NOTFOUND);
    tkc_regex_free(re);
    re = regex_of("x*");
    assert_int_equal(tkc_regex_iter_next(re, &it, (tkc_str){"xxa", 3}, &b, &e, NULL), TKC_OK);
    assert_int_equal(e, 2);
    /* not the empty one at 2, behind "xx" */
    assert_int_equal(tkc_regex_iter_next(re, &it, (tkc_str){"xxa", 3}, &b, &e, NULL), TKC_OK);
    assert_int_equal(b, 3);
    assert_int_equal(tkc_regex_iter_next(re, &it, (tkc_str){"xxa", 3}, &b, &e, NULL),
                     TKC_E_NOTFOUND);
    tkc_regex_free(re);
}

/* --- refusals, memory ------------------------------------------------------------------ */

static void bad_rows(void **state)
{
    static tkc_op many[17];
    tkc_op op[2] = {op_of(TKC_OP_BYTE_LEVEL, 0, 0, ""),
                    op_of(TKC_OP_METASPACE, 0, 0, "\xe2\x96\x81")};
    tkc_pretok *p = NULL;
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_pretok_new(&p, op, 2, NULL, &err), TKC_E_UNSUPPORTED);
    op[0] = op_of(TKC_OP_NFC, 0, 0, "");
    assert_int_equal(tkc_pretok_new(&p, op, 1, NULL, &err), TKC_E_UNSUPPORTED);
    op[0] = op_of(TKC_OP_METASPACE, 0, 0, "ab");
    assert_int_equal(tkc_pretok_new(&p, op, 1, NULL, &err), TKC_E_FORMAT);
    op[0] = op_of(TKC_OP_CHAR_DELIMITER, 0, 0, "");
    assert_int_equal(tkc_pretok_new(&p, op, 1, NULL, &err), TKC_E_FORMAT);
    op[0] = op_of(TKC_OP_FIXED_LENGTH, 0, 0, "");
    assert_int_equal(tkc_pretok_new(&p, op, 1, NULL, &err), TKC_E_FORMAT);
    op[0] = op_of(TKC_OP_SPLIT, 0, 5, "a");
    assert_int_equal(tkc_pretok_new(&p, op, 1, NULL, &err), TKC_E_FORMAT);
    op[0] = op_of(TKC_OP_SPLIT, TKC_OPF_REGEX, 0, "(?i)a");
    assert_int_equal(tkc_pretok_new(&p, op, 1, NULL, &err), TKC_E_UNSUPPORTED);
    for (size_t i = 0; i < 17; i++) many[i] = op_of(TKC_OP_DIGITS, 0, 0, "");
    assert_int_equal(tkc_pretok_new(&p, many, 17, NULL, &err), TKC_E_LIMIT);
    assert_int_equal(tkc_pretok_new(&p, many, 16, NULL, &err), TKC_OK);
    tkc_pretok_free(p);
    tkc_pretok_free(NULL);
}

static tkc_status stop_at_two(void *ctx, tkc_text piece, tkc_error *err)
{
    size_t *n = ctx;
    (void)piece;
    (void)err;
    return ++*n == 2 ? TKC_E_ARG : TKC_OK;
}

static tkc_status ignore(void *ctx, tkc_text piece, tkc_error *err)
{
    (void)ctx;
    (void)piece;
    (void)err;
    return TKC_OK;
}

static void walk_stops(void **state)
{
    const tkc_op op[] = {op_of(TKC_OP_DIGITS, TKC_OPF_INDIVIDUAL, 0, ""),
                         op_of(TKC_OP_SPLIT, TKC_OPF_REGEX, 0, "b")};
    tkc_pretok *p;
    size_t n = 0;
    record r = {{0}, 0, false};
    (void)state;
    assert_int_equal(tkc_pretok_new(&p, op, 2, NULL, NULL), TKC_OK);
    assert_int_equal(tkc_pretok_run(p, text_of("1abc2"), stop_at_two, &n, NULL), TKC_E_ARG);
    assert_int_equal(n, 2);
    assert_int_equal(tkc_pretok_run(p, text_of("1abc2"), put, &r, NULL), TKC_OK);
    assert_string_equal(r.text, "[1][a][b][c][2]");
    tkc_pretok_free(p);
}

/* Every allocation refused in turn is TKC_E_NOMEM without a leak; a warm object asks for
 * nothing. PCRE2's JIT takes its code pages from the system, not from the allocator. */
static void memory(void **state)
{
    const tkc_op op[] = {
        op_of(TKC_OP_SPLIT, TKC_OPF_REGEX, TKC_BEHAVIOR_ISOLATED, "[\\p{L}&&[^x]]+|(?i:'re)"),
        op_of(TKC_OP_METASPACE, TKC_OPF_SPLIT, TKC_PREPEND_ALWAYS, "_"),
        op_of(TKC_OP_BYTE_LEVEL, TKC_OPF_USE_REGEX | TKC_OPF_PREFIX_SPACE, 0, ""),
        op_of(TKC_OP_DIGITS, 0, 0, "")};
    const tkc_text text = text_of("Hello w\xc3\xb2rld, don't 'RE x 123 ");
    (void)state;
    for (size_t n = 1;; n++) {
        fail_alloc f = {.fail_at = n};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_pretok *p = NULL;
        tkc_error err = {0};
        tkc_status st = tkc_pretok_new(&p, op, 4, &a, &err);
        if (!st) {
            st = tkc_pretok_run(p, text, ignore, NULL, &err);
            if (!st) {
                const size_t before = f.calls;
                assert_int_equal(tkc_pretok_run(p, text, ignore, NULL, &err), TKC_OK);
                assert_int_equal(f.calls, before);
            }
            tkc_pretok_free(p);
        }
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (st == TKC_OK) {
            assert_true(n > 10);
            return;
        }
        assert_int_equal(st, TKC_E_NOMEM);
    }
}

static void names(void **state)
{
    tkc_op op[2] = {op_of(TKC_OP_BYTE_LEVEL, TKC_OPF_USE_REGEX, 0, ""), {0}};
    tkc_pretok *p;
    (void)state;
    assert_int_equal(tkc_pretok_new(&p, op, 1, NULL, NULL), TKC_OK);
    assert_string_equal(tkc_pretok_name(p), "gpt2/scalar");
    assert_non_null(tkc_pretok_scanner(p));
    tkc_pretok_free(p);
    op[0] = op_of(TKC_OP_SPLIT, TKC_OPF_REGEX, 0, "\\d+");
    assert_int_equal(tkc_pretok_new(&p, op, 1, NULL, NULL), TKC_OK);
    assert_string_equal(tkc_pretok_name(p), "pcre2");
    assert_null(tkc_pretok_scanner(p));
    tkc_pretok_free(p);
    op[1] = op_of(TKC_OP_DIGITS, 0, 0, "");
    assert_int_equal(tkc_pretok_new(&p, op, 2, NULL, NULL), TKC_OK);
    assert_string_equal(tkc_pretok_name(p), "rows");
    tkc_pretok_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behaviors),    cmocka_unit_test(gaps_and_empty_matches),
        cmocka_unit_test(dialects),     cmocka_unit_test(simple_rows),
        cmocka_unit_test(falcon),       cmocka_unit_test(prefix_space),
        cmocka_unit_test(metaspace),    cmocka_unit_test(offsets_through_a_map),
        cmocka_unit_test(refusals),     cmocka_unit_test(deep_pattern),
        cmocka_unit_test(limits),       cmocka_unit_test(matches),
        cmocka_unit_test(bad_rows),     cmocka_unit_test(walk_stops),
        cmocka_unit_test(memory),       cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
