/* test_utf8.c - the validator and the lossy form, against Python's decoder. */
#include "vocab/base/utf8.h"

#include "tests/support/case_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Python's answers: tools/dev/check_utf8.py --write-cases. */
static void cases_of_python(void **state)
{
    size_t len, cases = 0, n;
    char *file = tkt_read_file("tests/data/unicode/utf8.cases", &len);
    tkc_str at = {file, len}, field[TKT_FIELDS];
    tkc_buf out;
    (void)state;
    assert_non_null(file);
    tkc_buf_init(&out, 1 << 20, NULL);
    while ((n = tkt_next_line(&at, field))) {
        char raw[512], want[1024];
        size_t raw_len, want_len;
        tkc_error err;
        if (field[0].len && field[0].ptr[0] == '#') continue;
        if (n == 1 && field[0].len == 0) continue;
        assert_int_equal(n, 3);
        assert_true(field[0].len / 2 <= sizeof raw && field[2].len / 2 <= sizeof want);
        raw_len = tkt_unhex(field[0], raw);
        want_len = tkt_unhex(field[2], want);
        assert_int_equal(tkc_utf8_valid(raw, raw_len), strtoul(field[1].ptr, NULL, 10));
        tkc_buf_clear(&out);
        assert_int_equal(tkc_utf8_lossy((tkc_str){raw, raw_len}, &out, NULL, &err), TKC_OK);
        assert_int_equal(out.len, want_len);
        if (want_len) assert_memory_equal(out.ptr, want, want_len);
        cases++;
    }
    assert_int_equal(cases, 2000);
    tkc_buf_release(&out);
    free(file);
}

/* A bad byte at each distance from the wide steps' edges. */
static void every_alignment(void **state)
{
    char text[80];
    (void)state;
    for (size_t len = 0; len <= sizeof text; len++) {
        memset(text, 'a', sizeof text);
        assert_int_equal(tkc_utf8_valid(text, len), len);
        for (size_t i = 0; i < len; i++) {
            text[i] = '\x80';
            assert_int_equal(tkc_utf8_valid(text, len), i);
            text[i] = 'a';
        }
    }
}

static void map_of(const char *text, size_t len, const char *want, const size_t *want_map)
{
    tkc_buf out, map;
    tkc_error err;
    size_t at;
    tkc_buf_init(&out, 1 << 10, NULL);
    tkc_buf_init(&map, 1 << 14, NULL);
    assert_int_equal(tkc_utf8_lossy((tkc_str){text, len}, &out, &map, &err), TKC_OK);
    assert_int_equal(out.len, strlen(want));
    if (out.len) assert_memory_equal(out.ptr, want, out.len);
    assert_int_equal(map.len, (out.len + 1) * sizeof at);
    for (size_t i = 0; i <= out.len; i++) {
        memcpy(&at, map.ptr + i * sizeof at, sizeof at);
        assert_int_equal(at, want_map[i]);
    }
    tkc_buf_release(&out);
    tkc_buf_release(&map);
}

static void offsets(void **state)
{
    (void)state;
    map_of("", 0, "", (size_t[]){0});
    map_of("ab", 2, "ab", (size_t[]){0, 1, 2});
    map_of("a\xff", 2, "a\xef\xbf\xbd", (size_t[]){0, 1, 1, 1, 2});
    map_of("\xe2\x82z", 3, "\xef\xbf\xbdz", (size_t[]){0, 0, 0, 2, 3});
    map_of("\xed\xa0\x80", 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
           (size_t[]){0, 0, 0, 1, 1, 1, 2, 2, 2, 3});
}

static void limit_is_an_error(void **state)
{
    tkc_buf out;
    tkc_error err = {0};
    (void)state;
    tkc_buf_init(&out, 4, NULL);
    assert_int_equal(tkc_utf8_lossy((tkc_str){"ab\xff\xff", 4}, &out, NULL, &err), TKC_E_LIMIT);
    assert_true(strlen(err.message) > 0);
    tkc_buf_release(&out);
}

static void put_and_get(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        char s[4];
        unsigned n, m;
        if (cp >= 0xd800 && cp < 0xe000) continue;
        n = tkc_utf8_put(s, cp);
        assert_int_equal(tkc_utf8_valid(s, n), n);
        assert_int_equal(tkc_utf8_len((unsigned char)s[0]), n);
        assert_int_equal(tkc_utf8_get((const unsigned char *)s, &m), cp);
        assert_int_equal(m, n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_of_python),   cmocka_unit_test(every_alignment),
        cmocka_unit_test(offsets),           cmocka_unit_test(limit_is_an_error),
        cmocka_unit_test(put_and_get),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
