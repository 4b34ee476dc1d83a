/* test_tool_text.c - tools without their marks and with sets in order; all other bytes stay. */
#include "optimizer/request/tool_text.h"

#include "tests/support/fail_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void is(const char *json, unsigned flags, const char *want)
{
    tkc_json d;
    tkc_buf b;
    tkc_error err = {0};
    tkc_json_init(&d, NULL);
    tkc_buf_init(&b, 1 << 16, NULL);
    if (tkc_json_parse(&d, (tkc_str){json, strlen(json)}, NULL, &err)) fail_msg("%s: %s", json, err.message);
    assert_int_equal(tkc_tool_text(&d, 0, flags, &b, &err), TKC_OK);
    assert_int_equal(tkc_buf_append_byte(&b, 0, &err), TKC_OK);
    assert_string_equal(b.ptr, want);
    tkc_buf_release(&b);
    tkc_json_release(&d);
}

static void cases(void **state)
{
    const unsigned both = TKC_TOOL_NO_MARK | TKC_TOOL_SORTED;
    (void)state;
    is("{}", both, "{}");
    is("3", both, "3");
    is("{ \"a\" : 1 }", both, "{ \"a\" : 1 }");
    is("{\"cache_control\":{\"type\":\"ephemeral\"}}", both, "{}");
    is("{\"cache_control\":{\"type\":\"ephemeral\"}, \"a\":1}", both, "{\"a\":1}");
    is("{\"a\":1, \"cache_control\":{\"required\":[\"b\",\"a\"]} ,\"b\":2}", both, "{\"a\":1 ,\"b\":2}");
    is("{\"a\":1,\n \"cache_control\":null\n}", both, "{\"a\":1\n}");
    is("{\"cache_control\":1,\"x\":2}", TKC_TOOL_SORTED, "{\"cache_control\":1,\"x\":2}");
    /* Only the definition's own mark. */
    is("{\"a\":{\"cache_control\":1}}", both, "{\"a\":{\"cache_control\":1}}");
    is("{\"required\":[ \"c\" , \"a\",\"b\" ]}", both, "{\"required\":[ \"a\" , \"b\",\"c\" ]}");
    is("{\"required\":[\"c\",\"a\"]}", TKC_TOOL_NO_MARK, "{\"required\":[\"c\",\"a\"]}");
    is("{\"required\":[\"c\",1]}", both, "{\"required\":[\"c\",1]}");
    is("{\"required\":true,\"enum\":[\"c\",\"a\"]}", both, "{\"required\":true,\"enum\":[\"c\",\"a\"]}");
    is("{\"x\":{\"required\":[\"b\",\"a\"]},\"y\":[{\"required\":[\"d\",\"c\"]}]}", both,
       "{\"x\":{\"required\":[\"a\",\"b\"]},\"y\":[{\"required\":[\"c\",\"d\"]}]}");
    /* Data, however deep. */
    is("{\"default\":{\"required\":[\"b\",\"a\"]},\"examples\":[{\"z\":{\"required\":[\"b\",\"a\"]}}]}", both,
       "{\"default\":{\"required\":[\"b\",\"a\"]},\"examples\":[{\"z\":{\"required\":[\"b\",\"a\"]}}]}");
}

static void no_memory(void **state)
{
    static const char json[] = "{\"cache_control\":1,\"required\":[\"b\",\"a\"]}";
    (void)state;
    for (size_t at = 1;; at++) {
        fail_alloc a = {.fail_at = at};
        tkc_allocator alloc = fail_alloc_of(&a);
        tkc_json d;
        tkc_buf b;
        tkc_error err = {0};
        tkc_status st;
        tkc_json_init(&d, &alloc);
        tkc_buf_init(&b, 1 << 16, &alloc);
        st = tkc_json_parse(&d, (tkc_str){json, sizeof json - 1}, NULL, &err);
        if (!st) st = tkc_tool_text(&d, 0, TKC_TOOL_NO_MARK | TKC_TOOL_SORTED, &b, &err);
        if (st) assert_int_equal(st, TKC_E_NOMEM);
        tkc_buf_release(&b);
        tkc_json_release(&d);
        assert_int_equal(a.live, 0);
        assert_false(a.wrong_size);
        if (a.calls < at) {
            assert_int_equal(st, TKC_OK);
            assert_true(at > 4);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cases), cmocka_unit_test(no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
