/* test_json.c - the JSON parser: what it takes, what it refuses and at which byte, and what
 * the nodes say about the source. */
#include "vocab/base/json.h"

#include "tests/support/case_file.h"
#include "vocab/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* Parses from a heap copy of exact length, so that a read behind the end is seen. */
static tkc_status parse(tkc_json *d, tkc_str text, const tkc_json_limits *l, tkc_error *err,
                        char **copy)
{
    *copy = malloc(text.len ? text.len : 1);
    assert_non_null(*copy);
    if (text.len) memcpy(*copy, text.ptr, text.len);
    tkc_json_init(d, NULL);
    return tkc_json_parse(d, (tkc_str){*copy, text.len}, l, err);
}

static void accepts(void **state)
{
    static const char *const good[] = {"null",
                                       " true ",
                                       "false\n",
                                       "0",
                                       "-0",
                                       "-1",
                                       "10",
                                       "0.70",
                                       "1E+2",
                                       "1e-2",
                                       "1.5E3",
                                       "123456789012345678901234567890",
                                       "0.1e00005",
                                       "\"\"",
                                       "\"a\"",
                                       "[]",
                                       "{}",
                                       "[ ]",
                                       "{ }",
                                       "[1,2,3]",
                                       "[[],[[]],{}]",
                                       "{\"a\":1}",
                                       "{\"a\":1,\"a\":2}",
                                       "{\"\":{\"\":[]}}",
                                       "\"\\u0000\"",
                                       "\"\\ud83d\\ude00\"",
                                       "\"\\uD83D\\uDE00\"",
                                       "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                                       "\"\x7f\"",
                                       "\"\xc2\x80\"",
                                       "\"\xf4\x8f\xbf\xbf\"",
                                       "\"\xed\x9f\xbf\"",
                                       "\"\xee\x80\x80\"",
                                       "\t\r\n [ \t1 , 2\n]\r",
                                       "[\"12345678\",\"1234567\",\"123456789\"]",
                                       "1e999999999999999999",
                                       "{\"a\" : [ { \"b\" : null } , true ] }"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        tkc_json d;
        tkc_error err;
        char *copy;
        tkc_status st = parse(&d, str(good[i]), NULL, &err, &copy);
        if (st) fail_msg("%s: %s at %zu", good[i], err.message, err.offset);
        assert_true(d.n_node > 0);
        assert_int_equal(d.node[0].next, d.n_node);
        tkc_json_release(&d);
        free(copy);
    }
}

static void refuses(void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } bad[] = {{"", 0},
               {" ", 1},
               {"nul", 0},
               {"nullx", 4},
               {"True", 0},
               {"NaN", 0},
               {"Infinity", 0},
               {"-", 1},
               {"+1", 0},
               {"01", 0},
               {"-01", 1},
               {"00", 0},
               {"1.", 2},
               {".5", 0},
               {"1e", 2},
               {"1e+", 3},
               {"1.e1", 2},
               {"0x10", 1},
               {"1 2", 2},
               {"[", 1},
               {"]", 0},
               {"[1", 2},
               {"[1,", 3},
               {"[1,]", 3},
               {"[,1]", 1},
               {"[1 2]", 3},
               {"[1}", 2},
               {"{", 1},
               {"}", 0},
               {"{\"a\"", 4},
               {"{\"a\":", 5},
               {"{\"a\":1", 6},
               {"{\"a\":1,", 7},
               {"{\"a\":1,}", 7},
               {"{\"a\" 1}", 5},
               {"{a:1}", 1},
               {"{1:1}", 1},
               {"{\"a\":1]", 6},
               {"{null:1}", 1},
               {"\"", 1},
               {"\"abc", 4},
               {"\"\n\"", 1},
               {"\"\x1f\"", 1},
               {"\"ab\x01"
                "cdefghijkl\"",
                3},
               {"\"\\", 2},
               {"\"\\\"", 3},
               {"\"\\x\"", 2},
               {"\"\\u12\"", 3},
               {"\"\\u12g4\"", 3},
               {"\"\\ud800\"", 1},
               {"\"\\udc00\"", 1},
               {"\"\\ud800\\ud800\"", 1},
               {"\"\\ud800\\u0041\"", 1},
               {"\"a\\ud83d\"", 2},
               {"\"\x80\"", 1},
               {"\"\xc0\x80\"", 1},
               {"\"\xc1\xbf\"", 1},
               {"\"\xe0\x9f\xbf\"", 1},
               {"\"\xed\xa0\x80\"", 1},
               {"\"\xf0\x8f\xbf\xbf\"", 1},
               {"\"\xf4\x90\x80\x80\"", 1},
               {"\"\xf5\x80\x80\x80\"", 1},
               {"\"\xc3\"", 1},
               {"\"\xe2\x82\"", 1},
               {"\"\xff\"", 1},
               {"\xef\xbb\xbf{}", 0},
               {"[1]x", 3},
               {"\xc3\xa9", 0},
               {"[1,\v2]", 3},
               {"/**/1", 0},
               {"'a'", 0},
               {"[\"a\",\n\"b\"\n\"c\"]", 10},
               {"{\"a\":\x01}", 5}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        tkc_json d;
        tkc_error err = {.offset = 12345};
        char *copy;
        tkc_status st = parse(&d, str(bad[i].text), NULL, &err, &copy);
        if (st != TKC_E_FORMAT || err.offset != bad[i].at)
            fail_msg("case %zu \"%s\": status %d at %zu, expected %zu (%s)", i, bad[i].text, st,
                     err.offset, bad[i].at, err.message);
        assert_true(err.message[0] != '\0');
        assert_int_equal(d.n_node, 0);
        tkc_json_release(&d);
        free(copy);
    }
    { /* NUL bytes, which a C string cannot show */
        tkc_json d;
        tkc_error err;
        char *copy;
        assert_int_equal(parse(&d, (tkc_str){"\"a\0b\"", 5}, NULL, &err, &copy), TKC_E_FORMAT);
        assert_int_equal(err.offset, 2);
        free(copy);
        assert_int_equal(tkc_json_parse(&d, (tkc_str){"1\0", 2}, NULL, &err), TKC_E_FORMAT);
        assert_int_equal(err.offset, 1);
        assert_int_equal(tkc_json_parse(&d, (tkc_str){"\"\\\0\"", 4}, NULL, &err), TKC_E_FORMAT);
        assert_int_equal(tkc_json_parse(&d, (tkc_str){NULL, 0}, NULL, &err), TKC_E_FORMAT);
        tkc_json_release(&d);
    }
}

/* Every prefix of a text that needs its last byte is refused. */
static void truncated(void **state)
{
    static const char text[] =
        "{\"k\\n\": [1.5e3, -0, \"\\ud83d\\ude00 \xf0\x9f\x98\x80\", null, true, {\"a\": false}]}";
    (void)state;
    for (size_t n = 0; n < sizeof text - 1; n++) {
        tkc_json d;
        tkc_error err;
        char *copy;
        assert_int_equal(parse(&d, (tkc_str){text, n}, NULL, &err, &copy), TKC_E_FORMAT);
        assert_true(err.offset <= n);
        tkc_json_release(&d);
        free(copy);
    }
}

static void strings(void **state)
{
    static const struct {
        const char *json, *text;
    } row[] = {{"\"\"", ""},
               {"\"plain\"", "plain"},
               {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
               {"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
               {"\"x\\u000ay\"", "x\ny"},
               {"\"\\uFFFF\\uffff\"", "\xef\xbf\xbf\xef\xbf\xbf"}};
    tkc_buf buf;
    (void)state;
    tkc_buf_init(&buf, 1000, NULL);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        tkc_json d;
        tkc_error err;
        tkc_str s;
        char *copy;
        assert_int_equal(parse(&d, str(row[i].json), NULL, &err, &copy), TKC_OK);
        assert_int_equal(tkc_json_string(&d, 0, &buf, &s, &err), TKC_OK);
        assert_int_equal(s.len, strlen(row[i].text));
        assert_memory_equal(s.len ? s.ptr : "", row[i].text, s.len);
        assert_true(tkc_json_is(&d, 0, row[i].text));
        assert_false(tkc_json_is(&d, 0, "something else"));
        assert_false(tkc_json_is(&d, TKC_JSON_NONE, row[i].text)); /* a key that is not there */
        tkc_json_release(&d);
        free(copy);
    }
    tkc_buf_release(&buf);
}

/* What ends a run of plain characters ends it at any byte of a block. */
static void string_blocks(void **state)
{
    char text[80];
    tkc_error err;
    tkc_json doc;
    (void)state;
    tkc_json_init(&doc, NULL);
    for (size_t n = 0; n < 70; n++) {
        memset(text, 'x', sizeof text);
        text[0] = '"';
        text[n + 1] = '"';
        assert_int_equal(tkc_json_parse(&doc, (tkc_str){text, n + 2}, NULL, &err), TKC_OK);
        assert_int_equal(doc.node[0].info, TKC_JSON_STRING);
        assert_int_equal(tkc_json_parse(&doc, (tkc_str){text, n + 1}, NULL, &err), TKC_E_FORMAT);
        assert_int_equal(err.offset, n + 1);
        for (size_t i = 1; i <= n; i++) {
            static const char bad[] = {'\x1f', '\0', '\x80', '\xff'};
            for (size_t k = 0; k < sizeof bad; k++) {
                text[i] = bad[k];
                assert_int_equal(tkc_json_parse(&doc, (tkc_str){text, n + 2}, NULL, &err), TKC_E_FORMAT);
                assert_int_equal(err.offset, i);
            }
            if (i < n) {
                memcpy(text + i, "\\\"", 2);
                assert_int_equal(tkc_json_parse(&doc, (tkc_str){text, n + 2}, NULL, &err), TKC_OK);
                assert_int_equal(doc.node[0].info, TKC_JSON_STRING | TKC_JSON_ESCAPED);
                memcpy(text + i, "\xc3\xa9", 2);
                assert_int_equal(tkc_json_parse(&doc, (tkc_str){text, n + 2}, NULL, &err), TKC_OK);
                text[i + 1] = 'x';
            }
            text[i] = '\x7f';
            assert_int_equal(tkc_json_parse(&doc, (tkc_str){text, n + 2}, NULL, &err), TKC_OK);
            text[i] = 'x';
        }
    }
    tkc_json_release(&doc);
}

static void lone_surrogates(void **state)
{
    static const tkc_json_limits keep = {.lone_surrogates = true};
    static const struct {
        const char *json, *text;
    } row[] = {{"\"\\ud800\"", "\xef\xbf\xbd"},
               {"\"\\udfffx\"", "\xef\xbf\xbdx"},
               {"\"\\ud800\\u0041\"", "\xef\xbf\xbd"
                                      "A"},
               {"\"\\ud800\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
               {"\"\\ud800\\n\"", "\xef\xbf\xbd\n"}};
    tkc_buf buf;
    (void)state;
    tkc_buf_init(&buf, 1000, NULL);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        tkc_json d;
        tkc_error err;
        tkc_str s;
        char *copy;
        assert_int_equal(parse(&d, str(row[i].json), &keep, &err, &copy), TKC_OK);
        assert_true(d.node[0].info & TKC_JSON_LONE);
        tkc_buf_clear(&buf);
        assert_int_equal(tkc_json_string(&d, 0, &buf, &s, &err), TKC_OK);
        assert_int_equal(s.len, strlen(row[i].text));
        assert_memory_equal(s.ptr, row[i].text, s.len);
        tkc_json_release(&d);
        free(copy);
    }
    tkc_buf_release(&buf);
}

static void numbers(void **state)
{
    static const char *const doubles[] = {"0",
                                          "-0",
                                          "0.0",
                                          "0.70",
                                          "1E+2",
                                          "1e-2",
                                          "-3.4634287357330322",
                                          "123456789012345678901234567890",
                                          "0.1",
                                          "2.2250738585072011e-308",
                                          "4.9406564584124654e-324",
                                          "2.4703282292062328e-324",
                                          "1.7976931348623157e308",
                                          "9007199254740993",
                                          "9007199254740992.9999999999999999999",
                                          "0.000000000000000000000000000000000000000001",
                                          "100000000000000000000000e-20",
                                          "1e-400",
                                          "0e999999",
                                          "0.00e-9999999999999999999999",
                                          "-12.5e+1",
                                          "1e-99999999999999999999"};
    static const struct {
        const char *text;
        bool u, i;
    } whole[] = {{"0", true, true},
                 {"18446744073709551615", true, false},
                 {"18446744073709551616", false, false},
                 {"9223372036854775807", true, true},
                 {"-9223372036854775808", false, true},
                 {"-9223372036854775809", false, false},
                 {"1.0", false, false},
                 {"1e2", false, false},
                 {"-1", false, true},
                 {"99999999999999999999999999", false, false},
                 {"null", false, false},
                 {"\"1\"", false, false}};
    char *copy;
    tkc_json d;
    tkc_error err;
    (void)state;
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++) {
        double v, w = strtod(doubles[i], NULL);
        assert_int_equal(parse(&d, str(doubles[i]), NULL, &err, &copy), TKC_OK);
        assert_true(tkc_json_double(&d, 0, &v));
        assert_memory_equal(&v, &w, sizeof v);
        tkc_json_release(&d);
        free(copy);
    }
    for (unsigned i = 0; i < 20000; i++) { /* 17 digits, as vocabularies write scores */
        char text[64];
        double v, w = (double)rand() / ((double)rand() + 1) * (i % 2 ? -1 : 1e-5);
        snprintf(text, sizeof text, i % 3 ? "%.17g" : "%.25e", w);
        w = strtod(text, NULL);
        assert_int_equal(parse(&d, str(text), NULL, &err, &copy), TKC_OK);
        assert_true(tkc_json_double(&d, 0, &v));
        assert_memory_equal(&v, &w, sizeof v);
        tkc_json_release(&d);
        free(copy);
    }
    { /* halfway, and one digit behind 800 others that breaks the tie */
        char text[1200];
        double v;
        int n = snprintf(text, sizeof text, "9007199254740993.");
        memset(text + n, '0', 900);
        text[n + 900] = '\0';
        assert_int_equal(parse(&d, str(text), NULL, &err, &copy), TKC_OK);
        assert_true(tkc_json_double(&d, 0, &v));
        assert_true(v == 9007199254740992.0);
        tkc_json_release(&d);
        free(copy);
        text[n + 899] = '1';
        assert_int_equal(parse(&d, str(text), NULL, &err, &copy), TKC_OK);
        assert_true(tkc_json_double(&d, 0, &v));
        assert_true(v == 9007199254740994.0);
        tkc_json_release(&d);
        free(copy);
    }
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        uint64_t u;
        int64_t s;
        assert_int_equal(parse(&d, str(whole[i].text), NULL, &err, &copy), TKC_OK);
        assert_int_equal(tkc_json_u64(&d, 0, &u), whole[i].u);
        assert_int_equal(tkc_json_i64(&d, 0, &s), whole[i].i);
        if (whole[i].u) assert_true(u == strtoull(whole[i].text, NULL, 10));
        if (whole[i].i) assert_true(s == strtoll(whole[i].text, NULL, 10));
        tkc_json_release(&d);
        free(copy);
    }
    assert_int_equal(parse(&d, str("1e999"), NULL, &err, &copy), TKC_OK);
    {
        double v;
        assert_false(tkc_json_double(&d, 0, &v));
    }
    tkc_json_release(&d);
    free(copy);
}

static void members(void **state)
{
    static const char text[] =
        "{\"a\":1,\"b\":{\"a\":9},\"a\":2,\"\\u0061b\":[10,[20,21],30],\"c\":null}";
    static const uint64_t want[] = {10, 30};
    tkc_json d;
    tkc_error err;
    char *copy;
    size_t n;
    uint64_t v;
    uint32_t list, k = 0;
    (void)state;
    assert_int_equal(parse(&d, str(text), NULL, &err, &copy), TKC_OK);
    assert_int_equal(tkc_json_count(&d, 0), 5);
    assert_true(tkc_json_u64(&d, tkc_json_get(&d, 0, "a", &n), &v));
    assert_int_equal(v, 2);
    assert_int_equal(n, 2);
    assert_int_equal(tkc_json_get(&d, 0, "missing", &n), TKC_JSON_NONE);
    assert_int_equal(n, 0);
    list = tkc_json_get(&d, 0, "ab", &n);
    assert_int_equal(n, 1);
    assert_int_equal(tkc_json_count(&d, list), 3);
    for (uint32_t i = tkc_json_first(&d, list); i != TKC_JSON_NONE; i = tkc_json_next(&d, list, i))
        if (tkc_json_u64(&d, i, &v)) assert_int_equal(v, want[k++]);
    assert_int_equal(k, 2);
    assert_int_equal(tkc_json_get(&d, list, "a", NULL), TKC_JSON_NONE);
    n = 0;
    for (uint32_t i = tkc_json_first(&d, 0); i != TKC_JSON_NONE; i = tkc_json_next_member(&d, 0, i))
        n++;
    assert_int_equal(n, 5);
    tkc_json_release(&d);
    free(copy);
}

/* Keys that stood before, whatever way they are written; few keys and many take two ways. */
static void repeated(void **state)
{
    static const struct {
        const char *text;
        size_t n;
    } row[] = {{"{}", 0},
               {"[1,1]", 0},
               {"{\"a\":1,\"b\":2}", 0},
               {"{\"a\":1,\"a\":2,\"a\":3}", 2},
               {"{\"a\":{\"a\":1},\"b\":{\"a\":1,\"\\u0061\":2}}", 1},
               {"{\"\\u00e9\":1,\"\xc3\xa9\":2,\"\\ud83d\\ude00\":3,\"\xf0\x9f\x98\x80\":4}", 2},
               {"{\"\":1,\"\":1,\"\\u0000\":2}", 1},
               {"{\"ab\":1,\"a\":2,\"abc\":3}", 0}};
    tkc_json d;
    tkc_error err;
    char *copy, *p, text[20000];
    size_t n;
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        assert_int_equal(parse(&d, str(row[i].text), NULL, &err, &copy), TKC_OK);
        assert_int_equal(tkc_json_flag_repeated(&d, &n, &err), TKC_OK);
        if (n != row[i].n) fail_msg("%s: %zu repeated keys", row[i].text, n);
        tkc_json_release(&d);
        free(copy);
    }
    p = text;
    *p++ = '{';
    for (int i = 0; i < 1000; i++)
        p += sprintf(p, "%s\"%s%d\":0", i ? "," : "", i % 7 == 3 ? "\\u0078" : "x", i * 37 % 600);
    *p++ = '}';
    assert_int_equal(parse(&d, (tkc_str){text, (size_t)(p - text)}, NULL, &err, &copy), TKC_OK);
    assert_int_equal(tkc_json_flag_repeated(&d, &n, &err), TKC_OK);
    assert_int_equal(n, 400); /* the 600 first ones are all different, the others all there */
    for (uint32_t i = tkc_json_first(&d, 0), k = 0; i != TKC_JSON_NONE;
         i = tkc_json_next_member(&d, 0, i), k++)
        assert_int_equal((d.node[i].info & TKC_JSON_REPEATED) != 0, k >= 600);
    tkc_json_release(&d);
    free(copy);
}

/* The files of tests/data/json: name, JSON text in hex, byte; those of invalid.txt must
 * be refused, at the byte behind. */
static void case_files(void **state)
{
    static const char *const name[] = {"tests/data/json/valid.txt", "tests/data/json/invalid.txt"};
    (void)state;
    for (int bad = 0; bad < 2; bad++) {
        size_t len, n = 0;
        char *file = tkt_read_file(name[bad], &len);
        tkc_str rest = {file, len}, field[TKT_FIELDS];
        assert_non_null(file);
        while (rest.len) {
            size_t k = tkt_next_line(&rest, field);
            char bytes[4096], *copy;
            tkc_json d;
            tkc_error err = {0};
            tkc_status st;
            if (k < 2 || field[0].ptr[0] == '#') continue;
            assert_true(field[1].len / 2 < sizeof bytes);
            st = parse(&d, (tkc_str){bytes, tkt_unhex(field[1], bytes)}, NULL, &err, &copy);
            if ((st != TKC_OK) != bad)
                fail_msg("%.*s: %s", (int)field[0].len, field[0].ptr,
                         st ? err.message : "was accepted");
            if (bad && k > 2 && err.offset != strtoul(field[2].ptr, NULL, 10))
                fail_msg("%.*s: refused at byte %zu: %s", (int)field[0].len, field[0].ptr, err.offset,
                         err.message);
            tkc_json_release(&d);
            free(copy);
            n++;
        }
        assert_true(n >= (bad ? 120 : 80));
        free(file);
    }
}

/* Each node's bytes: parsed alone they give the same kind, and lie inside the parent's. */
static void spans(void **state)
{
    static const char text[] =
        " {\"x\" : [ 1.50, \"a\\u0020b\", {} , [ ] ,{\"k\":-0e1}],\n\"y\":\"\xc3\xa9\"} ";
    tkc_json d;
    tkc_error err;
    char *copy;
    (void)state;
    assert_int_equal(parse(&d, str(text), NULL, &err, &copy), TKC_OK);
    for (uint32_t i = 0; i < d.n_node; i++) {
        tkc_json one;
        tkc_str s = tkc_json_source(&d, i);
        char *part;
        assert_int_equal(parse(&one, s, NULL, &err, &part), TKC_OK);
        assert_int_equal(tkc_json_kind_of(&one, 0), tkc_json_kind_of(&d, i));
        assert_int_equal(one.n_node, d.node[i].next - i);
        for (uint32_t k = i + 1; k < d.node[i].next; k++) {
            assert_true(d.node[k].begin > d.node[i].begin && d.node[k].end < d.node[i].end);
            assert_true(d.node[k].begin >= d.node[k - 1].begin);
        }
        tkc_json_release(&one);
        free(part);
    }
    tkc_json_release(&d);
    free(copy);
}

static void limits(void **state)
{
    enum { DEEP = 200000 };
    tkc_json_limits l = {0};
    tkc_json d;
    tkc_error err;
    char *text = malloc(2 * DEEP + 1);
    (void)state;
    assert_non_null(text);
    memset(text, '[', DEEP);
    memset(text + DEEP, ']', DEEP);
    tkc_json_init(&d, NULL);
    assert_int_equal(tkc_json_parse(&d, (tkc_str){text, 2 * DEEP}, NULL, &err), TKC_E_LIMIT);
    assert_int_equal(err.offset, 512);
    l.max_depth = DEEP;
    assert_int_equal(tkc_json_parse(&d, (tkc_str){text, 2 * DEEP}, &l, &err), TKC_OK);
    assert_int_equal(d.n_node, DEEP);
    l.max_depth = DEEP - 1;
    assert_int_equal(tkc_json_parse(&d, (tkc_str){text, 2 * DEEP}, &l, &err), TKC_E_LIMIT);
    assert_int_equal(err.offset, DEEP - 1);
    l = (tkc_json_limits){.max_nodes = 4};
    assert_int_equal(tkc_json_parse(&d, str("[1,2,3]"), &l, &err), TKC_OK);
    assert_int_equal(tkc_json_parse(&d, str("[1,2,3,4]"), &l, &err), TKC_E_LIMIT);
    assert_int_equal(err.offset, 7);
    l = (tkc_json_limits){.max_bytes = 7};
    assert_int_equal(tkc_json_parse(&d, str("[1,2,3]"), &l, &err), TKC_OK);
    assert_int_equal(tkc_json_parse(&d, str("[1,2,3] "), &l, &err), TKC_E_LIMIT);
    tkc_json_release(&d);
    free(text);
}

/* An allocator that refuses after a number of calls. */
static void *stingy(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    int *left = ctx;
    (void)old_size;
    if (new_size == 0) {
        free(ptr);
        return NULL;
    }
    return (*left)-- > 0 ? realloc(ptr, new_size) : NULL;
}

static void out_of_memory(void **state)
{
    char text[4001];
    bool ok = false;
    (void)state;
    for (size_t i = 0; i < 2000; i++) memcpy(text + 2 * i, i ? ",1" : "[1", 2);
    text[4000] = ']';
    for (int n = 0; !ok; n++) {
        int left = n;
        tkc_allocator a = {stingy, &left};
        tkc_json d;
        tkc_error err;
        tkc_status st;
        tkc_json_init(&d, &a);
        st = tkc_json_parse(&d, (tkc_str){text, sizeof text}, NULL, &err);
        ok = st == TKC_OK;
        if (!ok) assert_int_equal(st, TKC_E_NOMEM);
        if (ok) assert_true(n > 3);
        tkc_json_release(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts),         cmocka_unit_test(refuses),
        cmocka_unit_test(truncated),       cmocka_unit_test(strings),
        cmocka_unit_test(string_blocks), cmocka_unit_test(lone_surrogates), cmocka_unit_test(numbers),
        cmocka_unit_test(members),         cmocka_unit_test(spans),
        cmocka_unit_test(repeated),        cmocka_unit_test(case_files),
        cmocka_unit_test(limits),          cmocka_unit_test(out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
