/* test_undo.c - the way back is exact for any two texts; damaged ones are refused; memory. */
#include "optimizer/fit/undo.h"

#include "tests/support/fail_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t there_and_back(tkc_str now, tkc_str before)
{
    tkc_buf json, back;
    tkc_json doc;
    tkc_error err = {0};
    size_t n;
    tkc_buf_init(&json, 1 << 26, NULL);
    tkc_buf_init(&back, 1 << 26, NULL);
    tkc_json_init(&doc, NULL);
    if (tkc_undo_make(now, before, &json, NULL, &err)) fail_msg("%s", err.message);
    assert_int_equal(tkc_json_parse(&doc, tkc_buf_str(&json), NULL, &err), TKC_OK);
    if (tkc_undo_apply(&doc, 0, now, &back, &err)) fail_msg("%s", err.message);
    assert_int_equal(back.len, before.len);
    assert_true(!before.len || memcmp(back.ptr, before.ptr, before.len) == 0);
    n = json.len;
    tkc_buf_release(&json);
    tkc_buf_release(&back);
    tkc_json_release(&doc);
    return n;
}

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static void cases(void **state)
{
    (void)state;
    there_and_back(str(""), str(""));
    there_and_back(str(""), str("all of it"));
    there_and_back(str("all of it"), str(""));
    there_and_back(str("abc"), str("a\xff\xfe c \x01"));
    there_and_back(str("caf\xc3\xa9"), str("caf\xc3\xa8")); /* cut inside a character */
}

static uint32_t next(uint32_t *seed)
{
    return *seed = *seed * 1664525u + 1013904223u;
}

/* Random texts, cut, doubled and moved about: exact, and short where most is shared. */
static void edited(void **state)
{
    uint32_t seed = 7;
    (void)state;
    for (int round = 0; round < 300; round++) {
        static char a[20000], b[60000];
        size_t n = next(&seed) % sizeof a, m = 0, cuts = 1 + next(&seed) % 5;
        for (size_t i = 0; i < n; i++) a[i] = (char)(round % 3 ? 'a' + (next(&seed) >> 24) % 20 : next(&seed) >> 24);
        for (size_t k = 0; k < cuts && n; k++) {
            size_t from = next(&seed) % n, len = next(&seed) % (n - from + 1);
            if (len > sizeof b - m) len = sizeof b - m;
            memcpy(b + m, a + from, len);
            m += len;
            if (m < sizeof b) b[m++] = '#';
        }
        if (there_and_back((tkc_str){a, n}, (tkc_str){b, m}) > 400 + 200 * cuts)
            fail_msg("round %d: %zu bytes made of %zu need a long way back", round, m, n);
        there_and_back((tkc_str){b, m}, (tkc_str){a, n});
    }
}

static void refused(void **state)
{
    static const char *const bad[] = {"{}", "[]", "{\"before\":\"x\",\"after\":\"y\",\"ops\":[]}",
                                      "{\"before\":\"x\",\"after\":\"y\",\"ops\":7}"};
    tkc_buf json, out;
    tkc_json doc;
    tkc_error err = {0};
    (void)state;
    tkc_json_init(&doc, NULL);
    tkc_buf_init(&json, 1 << 20, NULL);
    tkc_buf_init(&out, 1 << 20, NULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(tkc_json_parse(&doc, str(bad[i]), NULL, &err), TKC_OK);
        assert_true(tkc_undo_apply(&doc, 0, str("x"), &out, &err) != TKC_OK);
        assert_true(err.message[0] && out.len == 0);
    }
    /* A copy from behind the end, with the right sums around it. */
    assert_int_equal(tkc_undo_make(str("abcdefgh"), str("abcdefg"), &json, NULL, &err), TKC_OK);
    for (size_t i = 0; i + 3 < json.len; i++)
        if (memcmp(json.ptr + i, "[0,7]", 5) == 0) json.ptr[i + 3] = '9';
    assert_int_equal(tkc_json_parse(&doc, tkc_buf_str(&json), NULL, &err), TKC_OK);
    assert_int_equal(tkc_undo_apply(&doc, 0, str("abcdefgh"), &out, &err), TKC_E_FORMAT);
    assert_int_equal(out.len, 0);
    tkc_json_release(&doc);
    tkc_buf_release(&json);
    tkc_buf_release(&out);
}

static void no_memory(void **state)
{
    static char a[5000], b[5000];
    uint32_t seed = 3;
    (void)state;
    for (size_t i = 0; i < sizeof a; i++) a[i] = b[sizeof b - 1 - i] = (char)(next(&seed) >> 24);
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        tkc_allocator alloc = fail_alloc_of(&f);
        tkc_buf json;
        tkc_error err = {0};
        tkc_status st;
        tkc_buf_init(&json, 1 << 20, &alloc);
        st = tkc_undo_make((tkc_str){a, sizeof a}, (tkc_str){b, sizeof b}, &json, &alloc, &err);
        if (st) assert_int_equal(json.len, 0);
        tkc_buf_release(&json);
        assert_int_equal(f.live, 0);
        if (f.calls < at) {
            assert_int_equal(st, TKC_OK);
            break;
        }
        assert_int_equal(st, TKC_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cases), cmocka_unit_test(edited), cmocka_unit_test(refused),
                                       cmocka_unit_test(no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
