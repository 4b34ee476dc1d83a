/* test_utf8.c - the validator and the lossy form, against Python's decoder; the validator's
 * twins against the validator. */
#include "vocab/base/utf8.h"

#include "tests/support/case_file.h"
#include "tests/support/random_text.h"
#include "vocab/base/simd/utf8_valid.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Python's answers: tools/dev/oracles/check_utf8.py --write-cases. */
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

/* --- twins --------------------------------------------------------------------------------- */

enum { TWIN_LAG = 64 + 2 };

/* Every twin stops at or before the first wrong byte, and no more than a block and what a
 * character begins before it, or it would be right and do nothing. */
static void compare(const char *s, size_t len)
{
    const size_t want = tkc_utf8_valid_scalar(s, len);
    assert_int_equal(tkc_utf8_valid(s, len), want);
    for (int i = 0; i < TKC_N_ISA; i++) {
        const tkc_utf8_blocks_fn blocks = tkc_utf8_blocks_for((tkc_isa)i);
        size_t at;
        if (!blocks) continue;
        at = blocks((const unsigned char *)s, len);
        if (at > want || want - at > TWIN_LAG || tkc_utf8_valid_scalar(s, at) != at)
            fail_msg("%s stops at %zu of %zu, wrong from %zu on", tkc_isa_name((tkc_isa)i), at,
                     len, want);
        assert_int_equal(at + tkc_utf8_valid_scalar(s + at, len - at), want);
    }
}

/* The best one of this machine is no portable one wherever there is a twin. */
static void twins_are_there(void **state)
{
    (void)state;
    assert_null(tkc_utf8_blocks_for(TKC_ISA_PORTABLE));
    assert_true((tkc_utf8_blocks_for(tkc_isa_best()) != NULL) ==
                (tkc_isa_best() != TKC_ISA_PORTABLE));
    for (int i = 1; i < TKC_N_ISA; i++)
        assert_true((tkc_utf8_blocks_for((tkc_isa)i) != NULL) == tkc_isa_here((tkc_isa)i));
}

/* Every two bytes, and those that can follow a lead with samples behind, across block edges. */
static void twins_every_sequence(void **state)
{
    static const unsigned char third[] = {0x00, 0x7f, 0x80, 0xbf, 0xc2, 0xe1, 0xff};
    static const size_t place[] = {0, 15, 31, 47, 61, 62, 63, 64, 126, 127, 187, 188, 189, 190};
    char text[192];
    (void)state;
    for (unsigned first = 0; first < 256; first++)
        for (unsigned second = 0; second < 256; second++)
            for (size_t k = 0; k < sizeof third * sizeof third; k++) {
                const size_t p = place[(first + second + k) % (sizeof place / sizeof *place)];
                if (first < 0xe0 && k % sizeof third != second % sizeof third) continue;
                memset(text, k & 1 ? 'a' : '~', sizeof text);
                if (k & 2) memcpy(text + 100, "\xe4\xb8\xad", 3); /* not all blocks ASCII */
                text[p] = (char)first;
                text[p + 1] = (char)second;
                if (p + 2 < sizeof text) text[p + 2] = (char)third[k % sizeof third];
                if (p + 3 < sizeof text) text[p + 3] = (char)third[k / sizeof third];
                compare(text, sizeof text);
                compare(text, p + 2 + k % 3 < sizeof text ? p + 2 + k % 3 : sizeof text);
            }
}

/* A scalar value, of each length about as often. */
static uint32_t random_scalar(void)
{
    static const uint32_t first[] = {0, 0x80, 0x800, 0x4e00, 0x10000},
                          count[] = {0x80, 0x780, 0xf800, 0x5200, 0x100000};
    const uint32_t k = tkt_random(5), cp = first[k] + tkt_random(count[k]);
    return cp >= 0xd800 && cp < 0xe000 ? 0xfffd : cp;
}

/* Random texts in buffers of their exact size, at every alignment: whole, with wrong bytes,
 * with bytes lost, cut at any place. */
static void twins_random(void **state)
{
    (void)state;
    tkt_seed(7);
    for (int round = 0; round < 200000; round++) {
        char text[700];
        const size_t want = tkt_random(600), pad = tkt_random(8);
        const uint32_t ascii = tkt_random(101);
        size_t len = 0, cut;
        char *exact;
        while (len < want)
            len += tkc_utf8_put(text + len, tkt_random(100) < ascii ? 32 + tkt_random(95)
                                                                    : random_scalar());
        if (round & 1 && len)
            for (uint32_t n = tkt_random(3); n--;) text[tkt_random((uint32_t)len)] =
                (char)tkt_random(256);
        if (round & 2 && len > 4) {
            const size_t at = tkt_random((uint32_t)len - 3), lost = 1 + tkt_random(3);
            memmove(text + at, text + at + lost, len - at - lost);
            len -= lost;
        }
        cut = round & 4 ? len - (len ? tkt_random((uint32_t)(len < 5 ? len : 5)) : 0) : len;
        exact = malloc(pad + cut + 1);
        assert_non_null(exact);
        memcpy(exact + pad + 1, text, cut);
        compare(exact + pad + 1, cut);
        free(exact);
    }
}

/* The lossy form looks at the near bytes first: one wrong byte at every place. */
static void lossy_at_every_distance(void **state)
{
    static const char *const unit[] = {"a", "\xd0\xb6", "\xe4\xb8\xad"};
    tkc_buf out;
    tkc_error err;
    (void)state;
    tkc_buf_init(&out, 1 << 12, NULL);
    for (size_t u = 0; u < 3; u++)
        for (size_t bad = 0; bad <= 300; bad++) {
            const size_t width = u + 1, at = bad * width;
            char text[1000];
            for (size_t i = 0; i < 301; i++) memcpy(text + i * width, unit[u], width);
            memmove(text + at + 1, text + at, 301 * width - at);
            text[at] = '\xff';
            tkc_buf_clear(&out);
            assert_int_equal(tkc_utf8_lossy((tkc_str){text, 301 * width + 1}, &out, NULL, &err),
                             TKC_OK);
            assert_int_equal(out.len, 301 * width + 3);
            assert_memory_equal(out.ptr, text, at);
            assert_memory_equal(out.ptr + at, "\xef\xbf\xbd", 3);
            assert_memory_equal(out.ptr + at + 3, text + at + 1, 301 * width - at);
        }
    tkc_buf_release(&out);
}

/* By blocks of 64 bytes the lossy form is what it is character by character, as with offsets. */
static void same_lossy(const char *text, size_t len, tkc_buf out[3])
{
    tkc_error err;
    for (int i = 0; i < 3; i++) tkc_buf_clear(&out[i]);
    assert_int_equal(tkc_utf8_lossy((tkc_str){text, len}, &out[0], NULL, &err), TKC_OK);
    assert_int_equal(tkc_utf8_lossy((tkc_str){text, len}, &out[1], &out[2], &err), TKC_OK);
    assert_int_equal(out[0].len, out[1].len);
    assert_memory_equal(out[0].ptr, out[1].ptr, out[0].len);
}

static void lossy_by_blocks(void **state)
{
    enum { LEN = 140 };
    static const unsigned char other[] = {0x80, 0xbf, 'a', 0xc3, 0xe4, 0xf0};
    tkc_buf out[3];
    (void)state;
    for (int i = 0; i < 3; i++) tkc_buf_init(&out[i], 1 << 20, NULL);
    /* all that two bytes can be, with others behind, at the begin of a block and over its end */
    for (uint32_t two = 0x8000; two < 0x10000; two++) {
        char text[LEN];
        size_t at = two % 4 ? 55 + two % 16 : 1;
        memset(text, two & 4 ? 'a' : 0xff, sizeof text);
        text[0] = '\xff';
        text[at] = (char)(two >> 8);
        text[at + 1] = (char)two;
        for (unsigned k = 2; k < 4; k++) text[at + k] = (char)other[tkt_random(sizeof other)];
        same_lossy(text, sizeof text, out);
    }
    for (int round = 0; round < 3000; round++) { /* nothing but high bytes, or right ones among them */
        char text[700];
        size_t len = 0;
        const size_t want = 100 + tkt_random(500);
        const uint32_t right = tkt_random(101);
        while (len < want) {
            if (tkt_random(100) < right) len += tkc_utf8_put(text + len, random_scalar());
            else text[len++] = (char)(0x80 + tkt_random(128));
        }
        same_lossy(text, len - tkt_random(4), out);
    }
    for (int i = 0; i < 3; i++) tkc_buf_release(&out[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_of_python),   cmocka_unit_test(every_alignment),
        cmocka_unit_test(offsets),           cmocka_unit_test(limit_is_an_error),
        cmocka_unit_test(put_and_get),       cmocka_unit_test(twins_are_there),
        cmocka_unit_test(twins_every_sequence), cmocka_unit_test(twins_random),
        cmocka_unit_test(lossy_at_every_distance), cmocka_unit_test(lossy_by_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
