/*
 * test_split.c - tkc_split_before(): the ids of the two sides are those of the whole, and
 * there are places where there should be.
 *
 * Every scanner over a vocabulary made to trip it (tokens that merging does not make, added
 * tokens that strip and look around), then a published vocabulary of each kind. The long
 * version over all encodings is tests/differential/split_diff.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/make_vocab.h"
#include "tests/support/split_check.h"
#include "tokenizer/claude/claude.h"
#include "tokenizer/pretokenize/scanners.h"
#include "vocab/base/utf8.h"
#include "vocab/vocab_builder.h"

static void add_rows(tkc_builder *b, const tkc_scanner_row *row)
{
    tkc_error err;
    for (size_t i = 0; i < TKC_SCANNER_MAX_ROWS && row[i].kind; i++) {
        const tkc_op op = {.kind = row[i].kind, .flags = row[i].flags,
                           .a = row[i].pattern ? tkt_str(row[i].pattern) : (tkc_str){NULL, 0}};
        tkt_must(tkc_builder_op_add(b, TKC_STAGE_SPLIT, op, &err), &err);
    }
}

/* Byte-level, whole pieces first. "lsB", "qzq" and "\n a" are tokens that no merge makes. */
static tkc_vocab *hostile_vocab(const tkc_scanner_row *row, bool strips)
{
    static const char *const merged[] = {"as", "ll", "BB", "  ", "\n\n", "\xe4\xb8", "\xb8\xad",
                                         "asl", "lsB", "qzq", "aa", "aaa", "\n a", "11",
                                         "'s", "\xad\x41", "w\xc3", "d\xc3"};
    tkc_builder b;
    tkc_error err;
    tkc_builder_init(&b, NULL);
    b.model.kind = TKC_MODEL_BPE_RANKS;
    b.model.flags = TKC_MODEL_BYTE_LEVEL | TKC_MODEL_WHOLE_PIECE;
    for (int c = 0; c < 256; c++) {
        const char byte = (char)c;
        tkt_must(tkc_builder_token_set(&b, (uint32_t)c, (tkc_str){&byte, 1}, TKC_TOKEN_NORMAL, 0, 0,
                                       &err),
                 &err);
    }
    for (size_t i = 0; i < sizeof merged / sizeof *merged; i++)
        tkt_token(&b, merged[i], TKC_TOKEN_NORMAL, 0);
    if (strips) {
        static const struct {
            const char *text;
            uint32_t flags;
        } added[] = {{"<a", TKC_ADDED_LSTRIP},          {"a>", TKC_ADDED_RSTRIP},
                     {"B_", TKC_ADDED_SINGLE_WORD},     {"=", TKC_ADDED_SPECIAL},
                     {"l.l", 0},                        {"  ", TKC_ADDED_NORMALIZED},
                     {"|\n", TKC_ADDED_SPECIAL | TKC_ADDED_LSTRIP | TKC_ADDED_RSTRIP}};
        for (size_t i = 0; i < sizeof added / sizeof *added; i++)
            tkt_must(tkc_builder_added_add(&b, (uint32_t)(1000 + i), tkt_str(added[i].text),
                                           added[i].flags, 0, &err),
                     &err);
    }
    add_rows(&b, row);
    return tkt_vocab(&b);
}

static void check(const tkc_vocab *v, const char *name, size_t n_text, size_t length,
                  size_t min_places)
{
    static char s[TKT_SPLIT_LEN];
    tkt_split_tally y = {0};
    tkc_encoder *e = NULL;
    tkc_error err;
    assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
    for (size_t i = 0; i < n_text; i++)
        tkt_split_try(e, name, (tkc_str){s, tkt_split_text(s, v)}, &y);
    tkt_split_try_all(e, name, length, &y);
    tkc_encoder_free(e);
    if (y.failed || y.places < min_places)
        fail_msg("%s: %zu failed, %zu places", name, y.failed, y.places);
}

static void every_scanner(void **state)
{
    size_t n;
    const tkc_scanner *s = tkc_scanners(&n);
    (void)state;
    for (size_t i = 0; i < n; i++)
        for (int strips = 0; strips < 2; strips++) {
            tkc_vocab *v = hostile_vocab(s[i].row, strips);
            check(v, s[i].name, 40, 2, 1000);
            tkc_vocab_close(v);
        }
}

/* Every stride-th place of a text, and nothing else. */
static void check_text(const tkc_vocab *v, const char *name, tkc_str t, size_t stride)
{
    tkt_split_tally y = {0};
    size_t last = 0;
    tkc_encoder *e = NULL;
    tkc_error err;
    assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
    for (size_t at = 1; at < t.len; at += stride)
        last = tkt_split_at(e, name, t, 0, t.len, at, last, &y);
    tkc_encoder_free(e);
    if (y.failed) fail_msg("%s: %.40s...", name, t.ptr);
}

/* What each check in safe_place.c is there for, one text or more; in most of them a wrong cut
 * is possible for some of the scanners only. */
static void traps(void **state)
{
    static const char *const text[] = {
        "x 1a> 1 x",         /* a token takes the blank behind it            */
        "x 1a>\t1 x",
        "x 1\n<a 1",         /* or in front of it                            */
        "x 1 B_1 x",         /* or wants no word around it                   */
        "x 1=B_ 1",
        "x 1l.l1 x",
        "x 1\n  \n1", /* the end of a text changes runs of white space  */
        "x 1 \n\n1",
        "x 1/\n/1",
        "1qzqwwwwwwwwwwwwwww1 ", /* a part that is a token, but not by merging */
        "1wwwwwwwwwwwwwwwqzq1 ",
        "1a\xe4\xb8\xad\xe4\xb8\xad" "Abw1 ", /* small letters in front decide what follows  */
        "1\xe4\xb8\xad" "ABcdw1 ",       /* capitals at the end of a text fall apart    */
        "1!abwcd\xc3\xa9" "fgh1 ",        /* punctuation in front takes ASCII letters     */
        "1'llwbcs'llw1 ",
    };
    static char s[6000];
    size_t n;
    const tkc_scanner *scanner = tkc_scanners(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        tkc_vocab *v = hostile_vocab(scanner[i].row, true);
        for (size_t k = 0; k < sizeof text / sizeof *text; k++) {
            size_t len = tkt_split_put(s, 0, text[k], strlen(text[k]));
            check_text(v, scanner[i].name, (tkc_str){s, len}, 1);
            memset(s + len, 'w', 90); /* so that a run's end is in sight */
            check_text(v, scanner[i].name, (tkc_str){s, len + 90}, 1);
        }
        memset(s, 'w', sizeof s);
        s[100] = '!'; /* 5,800 letters behind it, and one that is not ASCII */
        memcpy(s + sizeof s - 90, "\xc3\xa9", 2);
        check_text(v, scanner[i].name, (tkc_str){s, sizeof s}, 499);
        tkc_vocab_close(v);
    }
}

static const tkc_vocab_options options = {.struct_size = sizeof options,
                                          .data_dir = "vocab/data"};

static tkc_vocab *open_encoding(const char *name)
{
    tkc_vocab *v = NULL;
    tkc_error err = {0};
    if (tkc_vocab_open_encoding(&v, name, &options, &err)) fail_msg("%s: %s", name, err.message);
    return v;
}

static void published(void **state)
{
    static const char *const names[] = {"o200k_base", "qwen3", "deepseek_v4", "kimi_k2", "glm4",
                                        "phi2",       "phi3",  "phi4",        "gemma3",  "yi",
#if TKC_CLAUDE
                                        "claude_v3", "claude_v4_7", "claude_v5",
#endif
                                        "mistral_v3"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        tkc_vocab *v = open_encoding(names[i]);
        check(v, names[i], 40, 2, 100);
        tkc_vocab_close(v);
    }
}

/* Text of one sort repeated to 6,000 bytes has a place within `near` bytes before any. */
static void expect_near(const char *name, const char *unit, size_t near)
{
    static char s[6000];
    const size_t len = strlen(unit);
    size_t n = 0;
    tkc_vocab *v = open_encoding(name);
    tkc_encoder *e = NULL;
    tkc_error err;
    assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
    while (n + len <= sizeof s) {
        memcpy(s + n, unit, len);
        n += len;
    }
    for (size_t at = 1000; at < 5000; at += 173) {
        size_t rest, p = tkc_split_before(e, (tkc_str){s, n}, at, &rest);
        if (!p || p > at || at - p > near)
            fail_msg("%s: %.20s...: place %zu before %zu", name, unit, p, at);
        if (!tkt_split_adds_up(e, (tkc_str){s, n}, p, rest, 0))
            fail_msg("%s: %.20s...: wrong at %zu", name, unit, p);
    }
    tkc_encoder_free(e);
    tkc_vocab_close(v);
}

static void places_in(void **state)
{
    static const char json[] = "{\"id\":17,\"name\":\"x_y\",\"tags\":[\"a\",\"b\"]},";
    static const char code[] = "function(t,e){return t.a=e[0],t.b|=1,this.c&&r(n(31),t)};";
    static const char base64[] = "c29tZSB0ZXh0IHRoYXQgaXMgbG9uZyBlbm91Z2gK";
    static const char chinese[] = "\xe8\xbf\x99\xe6\x98\xaf\xe4\xb8\x80\xe4\xb8\xaa\xe6\xb2\xa1"
                                  "\xe6\x9c\x89\xe7\xa9\xba\xe6\xa0\xbc\xe7\x9a\x84\xe5\x8f\xa5";
    static const char stop[] = "\xe6\xb2\xa1\xe6\x9c\x89\xe7\xa9\xba\xe6\xa0\xbc\xe3\x80\x82";
    static const char *const names[] = {"o200k_base", "cl100k_base", "qwen3", "deepseek_v3",
                                        "kimi_k2", "tekken", "phi4", "gemma3"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        expect_near(names[i], json, 40);
        expect_near(names[i], code, 60);
        expect_near(names[i], base64, 60);
        expect_near(names[i], stop, 40);
    }
    expect_near("gemma3", chinese, 60);
    expect_near("mistral_v3", "a b\n", 4);
#if TKC_CLAUDE
    expect_near("claude_v3", "One two, three 4; five.\n\n", 26);
    expect_near("claude_v5", "One two, three 4; five.\n\n", 26);
#endif
}

/* Runs of letters without any end of a piece: Han with its end in sight, then small letters
 * whose run goes on beyond the window. */
static void places_in_runs(void **state)
{
    static char s[12000];
    tkc_vocab *v = open_encoding("o200k_base");
    tkc_encoder *e = NULL;
    tkc_error err;
    size_t rest, p, n = 0, found = 0;
    (void)state;
    assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
    n = tkt_split_put(s, 0, "x ", 2);
    while (n < 2000) {
        const char han[3] = {(char)0xe4, (char)(0xb8 + tkt_split_below(7)),
                             (char)(0x80 + tkt_split_below(64))};
        n = tkt_split_put(s, n, han, 3);
    }
    n = tkt_split_put(s, n, " y", 2);
    memset(s + n, 'y', 100);
    for (size_t at = 800; at < 1900; at += 50) {
        p = tkc_split_before(e, (tkc_str){s, n + 100}, at, &rest);
        found += p > 2;
        if (p > 2) assert_true(tkt_split_adds_up(e, (tkc_str){s, n + 100}, p, rest, 0));
    }
    assert_true(found > 15);
    for (found = n = 0; n < TKT_SPLIT_LEN; n++) s[n] = (char)('a' + tkt_split_below(26));
    for (size_t at = 800; at < 2000; at += 50) {
        p = tkc_split_before(e, (tkc_str){s, n}, at, &rest);
        found += p > 0;
        if (p) assert_true(tkt_split_adds_up(e, (tkc_str){s, n}, p, rest, 0));
    }
    assert_true(found > 15);
    memset(s, 'a', sizeof s); /* tokens of many a span every place */
    assert_int_equal(tkc_split_before(e, (tkc_str){s, sizeof s}, 9000, &rest), 0);
    tkc_encoder_free(e);
    tkc_vocab_close(v);
}

#if TKC_CLAUDE
/* A long text goes to Claude's counter in parts; the counter itself takes it whole. */
static void parts_for_claude(void **state)
{
    enum { LONG = 3 << 20 };
    static const char *const names[] = {"claude_v3", "claude_v5"};
    char *s = malloc(LONG + 2 * TKT_SPLIT_LEN);
    tkc_error err;
    (void)state;
    assert_non_null(s);
    for (size_t i = 0; i < 2; i++) {
        tkc_vocab *v = open_encoding(names[i]);
        tkc_encoder *e = NULL;
        const tkc_claude *c = NULL;
        tkc_claude_scratch *scratch = NULL;
        size_t len = 0, parts, whole, rest;
        assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
        while (len < LONG) { /* the counter wants nothing but UTF-8 */
            len += tkc_utf8_valid(s + len, tkt_split_text(s + len, v));
            memcpy(s + len, " so it is ", 10);
            len += 10;
        }
        assert_true(tkc_split_before(e, (tkc_str){s, len}, 1 << 20, &rest) > 0);
        assert_int_equal(tkc_count(e, (tkc_str){s, len}, 0, &parts, &err), TKC_OK);
        assert_int_equal(tkc_claude_of(&c, v, &err), TKC_OK);
        assert_int_equal(tkc_claude_scratch_new(&scratch, NULL, &err), TKC_OK);
        assert_int_equal(tkc_claude_count(c, scratch, (tkc_str){s, len}, &whole, &err), TKC_OK);
        assert_int_equal(parts, whole);
        tkc_claude_scratch_free(scratch);
        tkc_encoder_free(e);
        tkc_vocab_close(v);
    }
    free(s);
}
#endif

/* A long text is normalized in parts; where offsets are asked for, whole. */
static void parts_that_are_normalized(void **state)
{
    enum { LONG = 3 << 20, MOST = LONG + 4 * TKT_SPLIT_LEN };
    static const char *const names[] = {"qwen3", "phi3", "gemma3"};
    static const char letters[] = " e\xcc\x81t\xc3\xa9 so ";
    static const unsigned flags[] = {0, TKC_ENCODE_SPECIAL};
    const tkc_encoder_options scalar = {.struct_size = sizeof scalar, .kernel = "scalar"};
    char *s = malloc(MOST);
    uint32_t *whole = malloc(MOST * sizeof *whole), *parts = malloc(MOST * sizeof *parts);
    size_t *begin = malloc(MOST * sizeof *begin);
    tkc_error err;
    (void)state;
    assert_true(s && whole && parts && begin);
    for (size_t i = 0; i < 6; i++) {
        tkc_vocab *v = open_encoding(names[i / 2]);
        tkc_encoder *e = NULL;
        size_t len = 0, n, n_whole, counted, rest;
        assert_int_equal(tkc_encoder_new_with(&e, v, i % 2 ? &scalar : NULL, NULL, &err), TKC_OK);
        while (len < LONG) {
            len += tkc_utf8_valid(s + len, tkt_split_text(s + len, v));
            memcpy(s + len, letters, sizeof letters - 1);
            len += sizeof letters - 1;
        }
        assert_true(tkc_split_before(e, (tkc_str){s, len}, 1 << 20, &rest) > 0);
        for (size_t k = 0; k < 2; k++) {
            assert_int_equal(tkc_encode_offsets(e, (tkc_str){s, len}, flags[k], whole, begin, MOST, &n_whole, &err), TKC_OK);
            assert_int_equal(tkc_encode(e, (tkc_str){s, len}, flags[k], parts, MOST, &n, &err), TKC_OK);
            assert_int_equal(n, n_whole);
            assert_memory_equal(parts, whole, n * sizeof *parts);
            assert_int_equal(tkc_count(e, (tkc_str){s, len}, flags[k], &counted, &err), TKC_OK);
            assert_int_equal(counted, n_whole);
        }
        tkc_encoder_free(e);
        tkc_vocab_close(v);
    }
    free(s);
    free(whole);
    free(parts);
    free(begin);
}

static void no_place(void **state)
{
    static const char *const names[] = {"falcon"};
    size_t rest = 7;
    tkc_error err;
    (void)state;
    for (size_t i = 0; i < 1; i++) {
        tkc_vocab *v = open_encoding(names[i]);
        tkc_encoder *e = NULL;
        assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
        assert_int_equal(tkc_split_before(e, tkt_str("a b c d e f"), 8, &rest), 0);
        tkc_encoder_free(e);
        tkc_vocab_close(v);
    }
    {
        tkc_vocab *v = open_encoding("o200k_base");
        tkc_encoder *e = NULL;
        assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
        assert_int_equal(tkc_split_before(e, (tkc_str){NULL, 0}, 0, &rest), 0);
        assert_int_equal(tkc_split_before(e, tkt_str("a"), SIZE_MAX, &rest), 0);
        assert_int_equal(tkc_split_before(e, tkt_str("one two three"), 0, &rest), 0);
        /* the first place has no end of a piece in front of it that is sure */
        assert_int_equal(tkc_split_before(e, tkt_str("one two three"), SIZE_MAX, &rest), 7);
        assert_int_equal(rest, 7);
        tkc_encoder_free(e);
        tkc_vocab_close(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scanner),  cmocka_unit_test(traps),
        cmocka_unit_test(published),      cmocka_unit_test(places_in),
        cmocka_unit_test(places_in_runs), cmocka_unit_test(no_place),
        cmocka_unit_test(parts_that_are_normalized),
#if TKC_CLAUDE
        cmocka_unit_test(parts_for_claude),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
