/*
 * test_lock.c - tokcount.lock.json: the same entries are the same bytes, what a merge leaves
 * behind, and what is refused.
 */
#include "tools/project/lock.h"

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

/* Parses, writes, and compares. */
static void becomes(const char *in, const char *out)
{
    cli_lock l = {NULL, 0, 0};
    tkc_buf b;
    tkc_error err = {0};
    tkc_buf_init(&b, 1 << 20, NULL);
    if (cli_lock_parse(&l, str(in), &err)) fail_msg("%s: %s", in, err.message);
    assert_int_equal(cli_lock_write(&l, &b, &err), TKC_OK);
    assert_int_equal(tkc_buf_append_byte(&b, 0, &err), TKC_OK);
    assert_string_equal(b.ptr, out);
    tkc_buf_release(&b);
    cli_lock_release(&l);
}

#define HEAD "{\"schema\":\"tokcount/lock/1\",\"entries\":[\n"

static void written(void **state)
{
    static const char two[] = HEAD "{\"path\":\"a\",\"tokens\":{\"m\":1,\"n\":2},\"findings\":[\"TC1:a\",\"TC1:a\",\"TC1:b\"]},\n"
                                   "{\"path\":\"b\\\"\\n\",\"tokens\":{},\"reason\":\"why\"},\n"
                                   "null]}\n";
    (void)state;
    becomes(HEAD "null]}", HEAD "null]}\n");
    becomes(two, two);
    /* any order and layout */
    becomes("{\"entries\":[null,{\"tokens\":{},\"path\":\"b\\\"\\n\",\"reason\":\"why\"},{\"path\":\"a\","
            "\"findings\":[\"TC1:b\",\"TC1:a\",\"TC1:a\"],\"tokens\":{\"n\":2,\"m\":1}}],\"schema\":\"tokcount/lock/1\"}",
            two);
}

/* A merge that kept both lines: the lower number and the findings of both hold. */
static void merged(void **state)
{
    (void)state;
    becomes(HEAD "{\"path\":\"a\",\"tokens\":{\"m\":5,\"n\":2},\"findings\":[\"x\",\"x\",\"y\"],\"reason\":\"r\"},"
                 "{\"path\":\"b\",\"tokens\":{\"m\":1}},"
                 "{\"path\":\"a\",\"tokens\":{\"m\":4,\"k\":9},\"findings\":[\"x\",\"z\"]}]}",
            HEAD "{\"path\":\"a\",\"tokens\":{\"k\":9,\"m\":4,\"n\":2},\"findings\":[\"x\"],\"reason\":\"r\"},\n"
                 "{\"path\":\"b\",\"tokens\":{\"m\":1}},\nnull]}\n");
    becomes(HEAD "{\"path\":\"a\",\"tokens\":{\"m\":5,\"m\":3}}]}",
            HEAD "{\"path\":\"a\",\"tokens\":{\"m\":3}},\nnull]}\n");
}

static void found(void **state)
{
    cli_lock l = {NULL, 0, 0};
    const cli_lock_entry *e;
    (void)state;
    assert_null(cli_lock_find(&l, "a"));
    assert_int_equal(cli_lock_parse(&l, str(HEAD "{\"path\":\"b\",\"tokens\":{\"m\":7}},{\"path\":\"a\"}]}"), NULL), TKC_OK);
    e = cli_lock_find(&l, "b");
    assert_non_null(e);
    assert_int_equal(cli_lock_tokens(e, "m"), 7);
    assert_true(cli_lock_tokens(e, "n") == SIZE_MAX);
    assert_null(cli_lock_find(&l, "c"));
    cli_lock_release(&l);
}

static void refusals(void **state)
{
    static const char *const t[][2] = {
        {"", "line 1: "},
        {"[]", "no \"schema\""},
        {"{\"schema\":\"tokcount/lock/2\",\"entries\":[]}", "no \"schema\""},
        {"{\"schema\":\"tokcount/lock/1\"}", "no list \"entries\""},
        {HEAD "3]}", "line 2: an entry is an object"},
        {HEAD "{}]}", "an entry needs a \"path\""},
        {HEAD "{\"path\":\"\"}]}", "an empty path"},
        {HEAD "{\"path\":3}]}", "a string was expected"},
        {HEAD "{\"path\":\"a\",\"tokens\":3}]}", "\"tokens\" is an object"},
        {HEAD "null,\n{\"path\":\"a\",\"tokens\":{\"m\":-1}}]}", "line 3: a number of tokens"},
        {HEAD "{\"path\":\"a\",\"tokens\":{\"m\":1.5}}]}", "a number of tokens"},
        {HEAD "{\"path\":\"a\",\"tokens\":{\"m\":null}}]}", "a number of tokens"},
        {HEAD "{\"path\":\"a\",\"budget\":{}}]}", "nothing else"},
        {HEAD "{\"path\":\"a\",\"findings\":[1]}]}", "a string was expected"},
        {HEAD "{\"path\":\"a\\u0000b\"}]}", "a NUL in a text"},
        {HEAD "<<<<<<< ours\n]}", "line 2: "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        cli_lock l = {NULL, 0, 0};
        tkc_error err = {0};
        const tkc_status st = cli_lock_parse(&l, str(t[i][0]), &err);
        if (!st || !strstr(err.message, t[i][1])) fail_msg("%s\nsays %s\nnot %s", t[i][0], err.message, t[i][1]);
        cli_lock_release(&l);
    }
}

static void bad_name(void **state)
{
    cli_lock l = {NULL, 0, 0};
    tkc_buf b;
    tkc_error err = {0};
    (void)state;
    tkc_buf_init(&b, 1 << 20, NULL);
    assert_non_null(cli_lock_add(&l, "a\xff"));
    assert_int_equal(cli_lock_write(&l, &b, &err), TKC_E_FORMAT);
    assert_non_null(strstr(err.message, "UTF-8"));
    tkc_buf_release(&b);
    cli_lock_release(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written), cmocka_unit_test(merged),   cmocka_unit_test(found),
        cmocka_unit_test(bad_name), cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
