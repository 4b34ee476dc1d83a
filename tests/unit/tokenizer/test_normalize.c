/* test_normalize.c - rows against the engines' answers; copying, offsets, memory, bad tables. */
#include "tokenizer/normalize/normalize.h"

#include "tests/support/case_file.h"
#include "tests/support/fail_alloc.h"
#include "vocab/base/byte_reader.h"
#include "vocab/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#define S(x) ((tkc_str){x, sizeof(x) - 1})
#define SPACE_MARK "\xe2\x96\x81"

static tkc_normalizer *make(const tkc_op *op, size_t n)
{
    tkc_normalizer *out = NULL;
    tkc_error err = {0};
    if (tkc_normalizer_new(&out, op, n, NULL, &err)) fail_msg("%s", err.message);
    return out;
}

/* --- against the engines ------------------------------------------------------------------ */

static tkc_str read_str(tkc_byte_reader *r)
{
    const uint32_t len = tkc_read_u32(r);
    return (tkc_str){(const char *)tkc_read_bytes(r, len), len};
}

static size_t read_rows(tkc_str raw, tkc_op *op, size_t max)
{
    tkc_byte_reader r = tkc_byte_reader_of(raw);
    size_t n = 0;
    for (; r.at < r.len; n++) {
        assert_true(n < max);
        op[n] = (tkc_op){.kind = tkc_read_u32(&r)};
        op[n].flags = tkc_read_u32(&r);
        op[n].arg = tkc_read_u32(&r);
        op[n].a = read_str(&r);
        op[n].b = read_str(&r);
        assert_false(r.failed);
    }
    return n;
}

/* tools/dev/oracles/diff_normalize.py --write-cases. */
static void cases_of_the_engines(void **state)
{
    enum { MAX_ROWS = 8 };
    size_t len, cases = 0, lists = 0, n;
    char *file = tkt_read_file("tests/data/unicode/normalize.cases", &len), *rows = NULL;
    tkc_str at = {file, len}, field[TKT_FIELDS];
    tkc_normalizer *norm = NULL;
    (void)state;
    assert_non_null(file);
    while ((n = tkt_next_line(&at, field))) {
        if (n == 3 && tkt_is(field[0], "rows")) {
            tkc_op op[MAX_ROWS];
            tkc_normalizer_free(norm);
            free(rows);
            rows = malloc(field[2].len / 2 + 1);
            assert_non_null(rows);
            n = tkt_unhex(field[2], rows);
            norm = make(op, read_rows((tkc_str){rows, n}, op, MAX_ROWS));
            lists++;
        } else if (n == 3 && tkt_is(field[0], "case")) {
            char in[1024], want[4096];
            tkc_text out;
            tkc_error err;
            size_t want_len;
            assert_true(field[1].len / 2 <= sizeof in && field[2].len / 2 <= sizeof want);
            n = tkt_unhex(field[1], in);
            want_len = tkt_unhex(field[2], want);
            assert_int_equal(
                tkc_normalizer_run(norm, (tkc_text){in, n, NULL, 0}, true, &out, &err),
                TKC_OK);
            if (out.len != want_len || memcmp(out.ptr, want, want_len))
                fail_msg("case %zu: %.*s", cases, (int)field[1].len, field[1].ptr);
            for (size_t i = 0; i <= out.len; i++) {
                assert_true(tkc_text_source(&out, i) <= n);
                if (i) assert_true(tkc_text_source(&out, i) >= tkc_text_source(&out, i - 1));
            }
            cases++;
        }
    }
    assert_true(cases >= 4900);
    assert_true(lists >= 69);
    tkc_normalizer_free(norm);
    free(rows);
    free(file);
}

/* --- by hand ------------------------------------------------------------------------------ */

static void check(const tkc_op *op, size_t n_op, tkc_str in, tkc_str want)
{
    tkc_normalizer *n = make(op, n_op);
    tkc_text out;
    tkc_error err;
    const tkc_text t = {in.ptr, in.len, NULL, 0};
    assert_int_equal(tkc_normalizer_run(n, t, false, &out, &err), TKC_OK);
    assert_int_equal(out.len, want.len);
    if (want.len) assert_memory_equal(out.ptr, want.ptr, want.len);
    tkc_normalizer_free(n);
}

static void unicode_nine(void **state)
{
    (void)state;
    /* Dives Akuru signs of 13.0: one character in any newer table, two here. */
    check(&(tkc_op){.kind = TKC_OP_NFC}, 1, S("\xf0\x91\xa4\xb5\xf0\x91\xa4\xb0"),
          S("\xf0\x91\xa4\xb5\xf0\x91\xa4\xb0"));
    /* U+1ABF, class 220, came with 13.0: it keeps its place behind U+0301 and cuts. */
    check(&(tkc_op){.kind = TKC_OP_NFC}, 1, S("e\xcc\x81\xe1\xaa\xbf\xcc\xa3"),
          S("\xc3\xa9\xe1\xaa\xbf\xcc\xa3"));
    /* U+11A7 is no final consonant, whatever utf8proc takes it for. */
    check(&(tkc_op){.kind = TKC_OP_NFC}, 1, S("\xea\xb0\x80\xe1\x86\xa7"),
          S("\xea\xb0\x80\xe1\x86\xa7"));
}

static void sentencepiece_spaces(void **state)
{
    const uint32_t escape = TKC_OPF_ESCAPE | TKC_OPF_DUMMY_PREFIX;
    const tkc_op plain = {.kind = TKC_OP_SPM, .flags = escape};
    const tkc_op remove = {.kind = TKC_OP_SPM, .flags = escape | TKC_OPF_REMOVE_SPACES};
    const tkc_op suffix = {.kind = TKC_OP_SPM,
                           .flags = escape | TKC_OPF_REMOVE_SPACES | TKC_OPF_SUFFIX};
    (void)state;
    check(&plain, 1, S(""), S(""));
    check(&plain, 1, S(" a  b "),
          S(SPACE_MARK SPACE_MARK "a" SPACE_MARK SPACE_MARK "b" SPACE_MARK));
    check(&remove, 1, S("  a  b "), S(SPACE_MARK "a" SPACE_MARK "b"));
    check(&remove, 1, S("   "), S(""));
    check(&remove, 1, S("a" SPACE_MARK), S(SPACE_MARK "a"));
    check(&suffix, 1, S(" a b "), S("a" SPACE_MARK "b" SPACE_MARK));
    check(&suffix, 1, S(SPACE_MARK), S(SPACE_MARK));
}

/* What a text without work to do must not cost. */
static void unchanged_is_not_copied(void **state)
{
    static const char *const text[] = {
        "plain ASCII, of some length, with (punctuation) and 123",
        "d\xc3\xa9j\xc3\xa0 vu", "\xe4\xbd\xa0\xe5\xa5\xbd", "\xed\x95\x9c\xea\xb5\xad",
        "\xe0\xb8\x97\xe0\xb8\xb5\xe0\xb9\x88", "\xd7\xa9\xd6\xb8\xd7\x81",
        "\xf0\x9f\x98\x80\xe2\x80\x8d", "",
        "\xe0\xa4\x95\xe0\xa6\xbe"}; /* U+09BE may compose, but not with this */
    static const tkc_op op[] = {{.kind = TKC_OP_NFC},
                                {.kind = TKC_OP_LOWERCASE},
                                {.kind = TKC_OP_REPLACE, .a = {"\t\t", 2}, .b = {"x", 1}},
                                {.kind = TKC_OP_NMT},
                                {.kind = TKC_OP_STRIP, .flags = TKC_OPF_LEFT | TKC_OPF_RIGHT}};
    (void)state;
    for (size_t k = 0; k < sizeof op / sizeof op[0]; k++) {
        tkc_normalizer *n = make(&op[k], 1);
        for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
            const tkc_text in = {text[i], strlen(text[i]), NULL, 7};
            tkc_text out;
            tkc_error err;
            if (op[k].kind == TKC_OP_LOWERCASE && i == 0) continue;
            if (op[k].kind == TKC_OP_NMT && i == 6) continue; /* the joiner becomes a space */
            assert_int_equal(tkc_normalizer_run(n, in, true, &out, &err), TKC_OK);
            assert_int_equal(out.len, in.len);
            if (in.len) assert_ptr_equal(out.ptr, in.ptr);
            assert_null(out.map);
            assert_int_equal(out.base, 7);
        }
        tkc_normalizer_free(n);
    }
}

static void offsets(void **state)
{
    const tkc_op op[] = {{.kind = TKC_OP_NFC},
                         {.kind = TKC_OP_STRIP, .flags = TKC_OPF_LEFT | TKC_OPF_RIGHT},
                         {.kind = TKC_OP_PREPEND, .a = {"_", 1}},
                         {.kind = TKC_OP_REPLACE, .a = {" ", 1}, .b = {SPACE_MARK, 3}}};
    static const char text[] = " xe\xcc\x81 y ";
    /* "_x", U+00E9, the mark, "y" */
    static const size_t want[] = {11, 11, 12, 12, 15, 15, 15, 16, 17};
    tkc_normalizer *n = make(op, 4);
    tkc_text out;
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_normalizer_run(n, (tkc_text){text, sizeof text - 1, NULL, 10}, true,
                                        &out, &err),
                     TKC_OK);
    assert_int_equal(out.len, 8);
    assert_memory_equal(out.ptr, "_x\xc3\xa9" SPACE_MARK "y", 8);
    for (size_t i = 0; i <= 8; i++) assert_int_equal(tkc_text_source(&out, i), want[i]);
    tkc_normalizer_free(n);
}

/* The map of the text that comes in is followed. */
static void offsets_of_offsets(void **state)
{
    static const size_t map[] = {100, 110, 120, 130};
    const tkc_op op = {.kind = TKC_OP_REPLACE, .a = {"b", 1}, .b = {"XY", 2}};
    static const size_t want[] = {100, 110, 110, 120, 130};
    tkc_normalizer *n = make(&op, 1);
    tkc_text out;
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_normalizer_run(n, (tkc_text){"abc", 3, map, 0}, true, &out, &err),
                     TKC_OK);
    assert_int_equal(out.len, 4);
    for (size_t i = 0; i <= 4; i++) assert_int_equal(tkc_text_source(&out, i), want[i]);
    tkc_normalizer_free(n);
}

/* --- memory -------------------------------------------------------------------------------- */

static const tkc_op ALL[] = {
    {.kind = TKC_OP_BERT, .flags = TKC_OPF_CLEAN | TKC_OPF_CJK},
    {.kind = TKC_OP_NFKC},
    {.kind = TKC_OP_LOWERCASE},
    {.kind = TKC_OP_REPLACE, .a = {"aa", 2}, .b = {"bbb", 3}},
    {.kind = TKC_OP_REPLACE, .flags = TKC_OPF_REGEX, .a = {" {2,}", 5}, .b = {" ", 1}},
    {.kind = TKC_OP_NFD},
    {.kind = TKC_OP_STRIP_ACCENTS},
    {.kind = TKC_OP_PREPEND, .a = {"> ", 2}},
    {.kind = TKC_OP_SPM,
     .flags = TKC_OPF_ESCAPE | TKC_OPF_DUMMY_PREFIX | TKC_OPF_REMOVE_SPACES | TKC_OPF_SUFFIX,
     .b = {"\x02\0\0\0<a", 6}}};
enum { N_ALL = sizeof ALL / sizeof ALL[0] };
#define ALL_TEXT "\xef\xbc\xa1 \xe4\xb8\xad  aa\t\xc3\x89 <a  \xcc\xa3\xcc\x81\xcc\x95 \xed\x95\x9c"

static void nothing_after_warm_up(void **state)
{
    fail_alloc f = {0};
    const tkc_allocator a = fail_alloc_of(&f);
    tkc_normalizer *n;
    tkc_text out;
    tkc_error err;
    size_t calls;
    (void)state;
    assert_int_equal(tkc_normalizer_new(&n, ALL, N_ALL, &a, &err), TKC_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(tkc_normalizer_run(n, (tkc_text){ALL_TEXT, sizeof ALL_TEXT - 1, NULL, 0},
                                            true, &out, &err),
                         TKC_OK);
    calls = f.calls;
    for (int i = 0; i < 10; i++)
        assert_int_equal(tkc_normalizer_run(n, (tkc_text){ALL_TEXT, sizeof ALL_TEXT - 1, NULL, 0},
                                            i & 1, &out, &err),
                         TKC_OK);
    assert_int_equal(f.calls, calls);
    tkc_normalizer_free(n);
    assert_int_equal(f.live, 0);
    assert_false(f.wrong_size);
}

/* Each request refused in turn: an error (or none, where PCRE2 goes on without its compiler),
 * no leak, and the object still works. */
static void every_request_refused(void **state)
{
    size_t made = 0, refused = 0;
    (void)state;
    for (size_t k = 1;; k++) {
        fail_alloc f = {.fail_at = k};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_normalizer *n = NULL;
        tkc_text out;
        tkc_error err = {0};
        tkc_status st = tkc_normalizer_new(&n, ALL, N_ALL, &a, &err);
        if (!st) {
            const tkc_text in = {ALL_TEXT, sizeof ALL_TEXT - 1, NULL, 0};
            st = tkc_normalizer_run(n, in, true, &out, &err);
            if (st) assert_int_equal(tkc_normalizer_run(n, in, true, &out, &err), TKC_OK);
            made++;
        }
        tkc_normalizer_free(n);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (f.calls < k) break;
        if (!st) continue;
        assert_int_equal(st, TKC_E_NOMEM);
        assert_int_equal(err.code, TKC_E_NOMEM);
        refused++;
    }
    assert_true(made > 5);
    assert_true(refused > 10);
}

static void growth_has_a_limit(void **state)
{
    char *content = malloc(100000), *text = malloc(5000);
    const tkc_op op = {.kind = TKC_OP_REPLACE, .a = {"a", 1}, .b = {content, 100000}};
    tkc_normalizer *n = make(&op, 1);
    tkc_text out;
    tkc_error err = {0};
    (void)state;
    assert_non_null(content);
    assert_non_null(text);
    memset(content, 'b', 100000);
    memset(text, 'a', 5000);
    assert_int_equal(
        tkc_normalizer_run(n, (tkc_text){text, 5000, NULL, 0}, false, &out, &err),
        TKC_E_LIMIT);
    assert_non_null(strstr(err.message, "longer than"));
    assert_int_equal(tkc_normalizer_run(n, (tkc_text){text, 3, NULL, 0}, false, &out, &err),
                     TKC_OK);
    assert_int_equal(out.len, 300000);
    tkc_normalizer_free(n);
    free(content);
    free(text);
}

/* --- worst cases ----------------------------------------------------------------------------- */

static double seconds_for(const tkc_op *op, const char *unit, size_t bytes)
{
    const size_t k = strlen(unit), len = bytes / k * k;
    char *text = malloc(len);
    tkc_normalizer *n = make(op, 1);
    tkc_text out;
    tkc_error err;
    double best = 1e9;
    assert_non_null(text);
    for (size_t i = 0; i < len; i += k) memcpy(text + i, unit, k);
    for (int i = 0; i < 3; i++) {
        const clock_t from = clock();
        double t;
        assert_int_equal(
            tkc_normalizer_run(n, (tkc_text){text, len, NULL, 0}, true, &out, &err), TKC_OK);
        t = (double)(clock() - from) / CLOCKS_PER_SEC;
        if (t < best) best = t;
    }
    tkc_normalizer_free(n);
    free(text);
    return best;
}

static void long_runs_are_linear(void **state)
{
    static const char *const unit[] = {"\xcc\x95\xcc\x81\xcc\xa3", "a", " ", "\xe1\x84\x80",
                                       "\xea\xb0\x80\xe1\x86\xa8", "\xf0\x9f\x91\xa8\xe2\x80\x8d"};
    static const uint32_t kind[] = {TKC_OP_NFC, TKC_OP_NFKD, TKC_OP_SPM, TKC_OP_CHARSMAP};
    (void)state;
    for (size_t k = 0; k < sizeof kind / sizeof kind[0]; k++)
        for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++) {
            /* A table of one unit that no byte leads away from: clusters are still sought. */
            const tkc_op op = {.kind = kind[k],
                               .flags = TKC_OPF_ESCAPE | TKC_OPF_REMOVE_SPACES,
                               .a = kind[k] == TKC_OP_CHARSMAP ? S("\4\0\0\0\0\0\0\0") : S("")};
            const double one = seconds_for(&op, unit[i], 1 << 20);
            const double four = seconds_for(&op, unit[i], 4 << 20);
            /* Quadratic would be 16 times; 5 ms of slack for what the clock cannot see. */
            if (four > 8 * one + 0.005)
                fail_msg("row %u, unit %zu: 1 MB %.4f s, 4 MB %.4f s", kind[k], i, one, four);
            assert_true(four < 2);
        }
}

static void literal_patterns_are_linear(void **state)
{
    enum { LEN = 50000 };
    char *p = malloc(LEN);
    const tkc_op op = {.kind = TKC_OP_REPLACE, .a = {p, LEN}, .b = {"x", 1}};
    (void)state;
    assert_non_null(p);
    memset(p, 'a', LEN);
    p[LEN - 1] = 'b';
    assert_true(seconds_for(&op, "a", 1 << 20) < 1);
    free(p);
}

/* --- bad tables ------------------------------------------------------------------------------ */

static void u32(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++) p[i] = (unsigned char)(v >> (8 * i));
}

/* "a" -> the string at value. Node of 'a' at 1 ^ 'a', its value at that ^ its own offset. */
enum { UNITS = 256, TRIE = UNITS * 4 };
static size_t small_map(unsigned char *p, uint32_t value, const char *text, size_t len)
{
    memset(p, 0, 4 + TRIE);
    u32(p, TRIE);
    for (int i = 0; i < UNITS; i++) u32(p + 4 + 4 * i, UINT32_C(1) << 31 | 0x7fffffff);
    u32(p + 4, UINT32_C(1) << 10);                                       /* children at 1 ^ c   */
    u32(p + 4 + 4 * (1 ^ 'a'), 'a' | 1 << 8 | UINT32_C(2) << 10);        /* a value, at ^ 2     */
    u32(p + 4 + 4 * (1 ^ 'a' ^ 2), UINT32_C(1) << 31 | value);
    memcpy(p + 4 + TRIE, text, len);
    return 4 + TRIE + len;
}

static tkc_status run_map(uint32_t kind, const unsigned char *map, size_t len, const char *text,
                          tkc_text *out, tkc_normalizer **keep)
{
    /* An exact copy, so that a read outside it is seen. */
    unsigned char *copy = malloc(len ? len : 1);
    const tkc_op op = {.kind = kind, .a = {(const char *)copy, len}};
    tkc_normalizer *n = NULL;
    tkc_error err = {0};
    tkc_status st;
    assert_non_null(copy);
    memcpy(copy, map, len);
    st = tkc_normalizer_new(&n, &op, 1, NULL, &err);
    if (!st)
        st = tkc_normalizer_run(n, (tkc_text){text, strlen(text), NULL, 0}, true, out, &err);
    if (st) {
        assert_int_equal(err.code, st);
        assert_true(strlen(err.message) > 0);
    } else {
        assert_int_equal(tkc_utf8_valid(out->ptr, out->len), out->len);
    }
    free(copy);
    if (keep) *keep = n;
    else tkc_normalizer_free(n);
    return st;
}

static const uint32_t BOTH[] = {TKC_OP_CHARSMAP, TKC_OP_SPM};

static void small_map_works(void **state)
{
    unsigned char map[4 + TRIE + 64];
    const size_t len = small_map(map, 2, "x\0yz\0", 5);
    (void)state;
    for (int k = 0; k < 2; k++) {
        tkc_text out;
        tkc_normalizer *n;
        assert_int_equal(run_map(BOTH[k], map, len, "bab", &out, &n), TKC_OK);
        assert_int_equal(out.len, 4);
        assert_memory_equal(out.ptr, "byzb", 4);
        tkc_normalizer_free(n);
    }
}

static void wrong_tables(void **state)
{
    unsigned char map[4 + TRIE + 64];
    tkc_text out;
    (void)state;
    for (int k = 0; k < 2; k++) {
        size_t len = small_map(map, 0, "x\0", 2);
        /* Cut at every byte: the trie is not whole, or the string has no end (which is fine). */
        for (size_t cut = 1; cut < len; cut++) {
            const tkc_status st = run_map(BOTH[k], map, cut, "a", &out, NULL);
            assert_int_equal(st, cut < 4 + TRIE ? TKC_E_FORMAT : TKC_OK);
        }
        u32(map, 0);
        assert_int_equal(run_map(BOTH[k], map, len, "a", &out, NULL), TKC_E_FORMAT);
        u32(map, 6);
        assert_int_equal(run_map(BOTH[k], map, len, "a", &out, NULL), TKC_E_FORMAT);
        u32(map, UINT32_MAX);
        assert_int_equal(run_map(BOTH[k], map, len, "a", &out, NULL), TKC_E_FORMAT);
        /* A value outside the strings, at their very end, and inside a character. */
        len = small_map(map, 4, "x\0\0", 3);
        assert_int_equal(run_map(BOTH[k], map, len, "a", &out, NULL), TKC_E_FORMAT);
        len = small_map(map, 3, "x\0\0", 3);
        assert_int_equal(run_map(BOTH[k], map, len, "a", &out, NULL), TKC_OK);
        len = small_map(map, 1, "\xc3\xa9\0", 3);
        assert_int_equal(run_map(BOTH[k], map, len, "a", &out, NULL), TKC_E_FORMAT);
        /* Strings that are not UTF-8. */
        len = small_map(map, 0, "\xff\0", 2);
        assert_int_equal(run_map(BOTH[k], map, len, "a", &out, NULL), TKC_E_FORMAT);
        /* A value at a unit that is not there. */
        len = small_map(map, 0, "x\0", 2);
        u32(map + 4 + 4 * (1 ^ 'a'), 'a' | 1 << 8 | UINT32_C(0x1fffff) << 10);
        assert_int_equal(run_map(BOTH[k], map, len, "a", &out, NULL), TKC_E_FORMAT);
    }
}

/* 'a' leads back to where it came from: a key without end. */
static void endless_key(void **state)
{
    unsigned char map[4 + TRIE + 8];
    char text[400];
    tkc_text out;
    const size_t len = small_map(map, 0, "x\0", 2);
    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = 0;
    u32(map + 4 + 4 * (1 ^ 'a'), 'a' | (uint32_t)('a') << 10);
    assert_int_equal(run_map(TKC_OP_SPM, map, len, text, &out, NULL), TKC_E_LIMIT);
    text[200] = 0;
    assert_int_equal(run_map(TKC_OP_SPM, map, len, text, &out, NULL), TKC_OK);
}

/* A key that ends inside a character leaves bytes that are not UTF-8; SentencePiece puts one
 * U+FFFD for each of them. */
static void key_inside_a_character(void **state)
{
    unsigned char map[4 + TRIE + 8];
    const size_t len = small_map(map, 0, "x\0", 2);
    tkc_text out;
    tkc_normalizer *n;
    (void)state;
    u32(map + 4 + 4 * (1 ^ 0xe4), 0xe4 | 1 << 8 | UINT32_C(2) << 10);
    u32(map + 4 + 4 * (1 ^ 0xe4 ^ 2), UINT32_C(1) << 31);
    assert_int_equal(run_map(TKC_OP_SPM, map, len, "\xe4\xb8\xad", &out, &n), TKC_OK);
    assert_int_equal(out.len, 7);
    assert_memory_equal(out.ptr, "x\xef\xbf\xbd\xef\xbf\xbd", 7);
    tkc_normalizer_free(n);
}

/* Random damage: any status, no sanitizer report, valid UTF-8 when it says yes. */
static void damaged_tables(void **state)
{
    unsigned char map[4 + TRIE + 64];
    uint64_t seed = 42;
    size_t good = 0, bad = 0;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t len = small_map(map, 2, "x\0yz\0\xc3\xa9\0", 8);
        tkc_text out;
        for (int k = 0; k < 1 + i % 40; k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            map[(seed >> 33) % len] = (unsigned char)(seed >> 20);
        }
        if (i % 3) u32(map, TRIE);
        if (run_map(BOTH[i & 1], map, len, "abc \xe4\xb8\xad" "a\xcc\x81\r\n", &out, NULL)) bad++;
        else good++;
    }
    assert_true(good > 1000);
    assert_true(bad > 1000);
}

static void wrong_rows(void **state)
{
    tkc_normalizer *n = NULL;
    tkc_error err = {0};
    const tkc_op split = {.kind = TKC_OP_SPLIT};
    const tkc_op regex = {.kind = TKC_OP_REPLACE, .flags = TKC_OPF_REGEX, .a = {"(", 1}};
    const tkc_op cut = {.kind = TKC_OP_SPM, .b = {"\x05\0\0\0ab", 6}};
    const tkc_op empty = {.kind = TKC_OP_SPM, .b = {"\0\0\0\0", 4}};
    (void)state;
    assert_int_equal(tkc_normalizer_new(&n, &split, 1, NULL, &err), TKC_E_UNSUPPORTED);
    assert_int_not_equal(tkc_normalizer_new(&n, &regex, 1, NULL, &err), TKC_OK);
    assert_int_equal(tkc_normalizer_new(&n, &cut, 1, NULL, &err), TKC_E_FORMAT);
    assert_int_equal(tkc_normalizer_new(&n, &empty, 1, NULL, &err), TKC_E_FORMAT);
    assert_null(n);
    tkc_normalizer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_of_the_engines),
        cmocka_unit_test(unicode_nine),
        cmocka_unit_test(sentencepiece_spaces),
        cmocka_unit_test(unchanged_is_not_copied),
        cmocka_unit_test(offsets),
        cmocka_unit_test(offsets_of_offsets),
        cmocka_unit_test(nothing_after_warm_up),
        cmocka_unit_test(every_request_refused),
        cmocka_unit_test(growth_has_a_limit),
        cmocka_unit_test(long_runs_are_linear),
        cmocka_unit_test(literal_patterns_are_linear),
        cmocka_unit_test(small_map_works),
        cmocka_unit_test(wrong_tables),
        cmocka_unit_test(endless_key),
        cmocka_unit_test(key_inside_a_character),
        cmocka_unit_test(damaged_tables),
        cmocka_unit_test(wrong_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
