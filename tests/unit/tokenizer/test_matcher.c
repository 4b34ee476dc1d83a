/* test_matcher.c - the first match in a text is what asking at each place finds. */
#include "tokenizer/matcher.h"

#include "tests/support/random_text.h"
#include "vocab/base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static size_t place_by_place(const tkc_matcher *m, tkc_str s, size_t from, uint32_t *value, size_t *len)
{
    while (from < s.len && !tkc_matcher_at(m, s.ptr + from, s.len - from, value, len)) from++;
    return from;
}

/* Sets that begin with one to six different bytes: memchr() finds a few, a table many. Gaps are
 * shorter and longer than a window, texts end inside of strings. */
static void first_match(void **state)
{
    (void)state;
    tkt_seed(5);
    for (unsigned round = 0; round < 600; round++) {
        const unsigned n_first = 1 + round % 6, gap = round % 5 ? 3 : 700;
        char text[4000];
        tkc_matcher m;
        tkc_error err;
        tkc_matcher_init(&m, NULL);
        for (uint32_t i = 0; i < 12; i++) {
            char s[4];
            const size_t len = 1 + tkt_random(4);
            s[0] = "<[\n\xe2/@"[i < n_first ? i : tkt_random(n_first)];
            for (size_t k = 1; k < len; k++) s[k] = "ab<["[tkt_random(4)];
            assert_int_equal(tkc_matcher_add(&m, (tkc_str){s, len}, i, &err), TKC_OK);
        }
        if (round % 3 == 0) tkc_matcher_forget(&m, '\n');
        for (size_t i = 0; i < sizeof text; i++)
            text[i] = tkt_random(gap) ? "abc \x81"[tkt_random(5)] : "<[\n\xe2/@"[tkt_random(6)];
        for (size_t from = 0, len = tkt_random(sizeof text + 1); from <= len;) {
            const tkc_str s = {text, len};
            uint32_t value = 0, want = 0;
            size_t n = 0, want_n = 0;
            const size_t at = tkc_matcher_find(&m, s, from, &value, &n);
            assert_int_equal(at, place_by_place(&m, s, from, &want, &want_n));
            assert_int_equal(value, want);
            assert_int_equal(n, want_n);
            from = at + 1;
        }
        tkc_matcher_release(&m);
    }
}

static void none(void **state)
{
    tkc_matcher m;
    uint32_t value;
    size_t n;
    (void)state;
    tkc_matcher_init(&m, NULL);
    assert_int_equal(tkc_matcher_find(&m, (tkc_str){"<a>", 3}, 0, &value, &n), 3);
    tkc_matcher_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(first_match), cmocka_unit_test(none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
