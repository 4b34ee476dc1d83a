/* test_unicode_class.c - every scalar's class, against what the reference engine answered. */
#include "tokenizer/unicode_class.h"

#include "tests/support/case_file.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint64_t hash_cp(uint64_t h, uint32_t cp)
{
    for (int i = 0; i < 4; i++) h = (h ^ (cp >> (8 * i) & 255)) * UINT64_C(0x100000001b3);
    return h;
}

/* tools/dev/oracles/check_unicode.py --write-cases: per class the number and a hash of its members. */
static void cases_of_the_engine(void **state)
{
    size_t len, cases = 0, n;
    char *file = tkt_read_file("tests/data/unicode/classes.cases", &len);
    tkc_str at = {file, len}, field[TKT_FIELDS];
    (void)state;
    assert_non_null(file);
    while ((n = tkt_next_line(&at, field))) {
        uint64_t h = UINT64_C(0xcbf29ce484222325);
        unsigned long mask, count = 0;
        if (n != 4) continue;
        mask = strtoul(field[1].ptr, NULL, 10);
        for (uint32_t cp = 0; cp < 0x110000; cp++) {
            if (!(tkc_unicode_class(cp) & mask)) continue;
            h = hash_cp(h, cp);
            count++;
        }
        assert_int_equal(count, strtoul(field[2].ptr, NULL, 10));
        assert_true(h == strtoull(field[3].ptr, NULL, 16));
        cases++;
    }
    assert_int_equal(cases, 15);
    free(file);
}

static void single_characters(void **state)
{
    (void)state;
    assert_int_equal(tkc_unicode_class('a'), TKC_UC_LL | TKC_UC_WORD);
    assert_int_equal(tkc_unicode_class('7'), TKC_UC_N | TKC_UC_ND | TKC_UC_WORD);
    assert_int_equal(tkc_unicode_class('_'), TKC_UC_P | TKC_UC_WORD);
    assert_int_equal(tkc_unicode_class(' '), TKC_UC_SPACE);
    assert_int_equal(tkc_unicode_class(0x180e), 0); /* no space since 6.3 */
    assert_int_equal(tkc_unicode_class(0x85), TKC_UC_SPACE);
    assert_int_equal(tkc_unicode_class(0x4e2d), TKC_UC_LO | TKC_UC_HAN | TKC_UC_WORD);
    assert_int_equal(tkc_unicode_class(0x3001), TKC_UC_P);               /* script Common */
    assert_int_equal(tkc_unicode_class(0x295), TKC_UC_LL | TKC_UC_WORD); /* Lo in 17.0 */
    assert_int_equal(tkc_unicode_class(0x24b6), TKC_UC_S | TKC_UC_WORD);
    assert_int_equal(tkc_unicode_class(0x301), TKC_UC_M | TKC_UC_MN | TKC_UC_WORD);
    assert_int_equal(tkc_unicode_class(0xd800), 0);
    assert_int_equal(tkc_unicode_class(0x10ffff), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_of_the_engine),
        cmocka_unit_test(single_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
