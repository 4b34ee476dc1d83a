/* test_net.c - money net of the cache, with prices and rules of the test's own, worked out by hand. */
#include "optimizer/fit/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static tkc_prices *prices;
static tkc_cache_rules *rules;

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* A million tokens: 10 dollars, read 1, written 12.50; a token is 10,000,000 picodollars. */
static int open_lists(void **state)
{
    tkc_error err;
    (void)state;
    if (tkc_prices_new(&prices, NULL, &err) || tkc_cache_rules_new(&rules, NULL, &err)) return -1;
    if (tkc_prices_add(prices, str("prices:\n  - {provider: anthropic, model: unit-marks, input: 10, cached: 1, cache_write_5m: 12.5, output: 50}\n"
                                   "  - {provider: openai, model: unit-prefix, input: 10, cached: 1, output: 50}\n"), &err))
        return -1;
    return tkc_cache_rules_add(rules, str("rules:\n"
                                          "  - {provider: anthropic, models: [unit-marks], how: marks, min_tokens: 1000, step: 1, max_breakpoints: 4, "
                                          "lookback: 20, ttl: [300], write: [1.25], read: 0.1}\n"
                                          "  - {provider: openai, models: [unit-prefix], how: prefix, min_tokens: 1024, step: 128, ttl: [300], "
                                          "write: [1], read: 0.1}\n"), &err) ? -1 : 0;
}

static int close_lists(void **state)
{
    (void)state;
    tkc_prices_free(prices);
    tkc_cache_rules_free(rules);
    return 0;
}

static tkc_net net_of(const char *model, uint64_t before, uint64_t after, tkc_prefix p, uint64_t cached)
{
    tkc_net_options o = {.struct_size = sizeof o, .prices = prices, .rules = rules, .model = str(model), .cached = cached,
                         .when = {.day = 20261120, .minute = -1}};
    tkc_net n;
    tkc_error err = {0};
    if (tkc_net_of(&n, before, after, &p, &o, &err)) fail_msg("%s", err.message);
    return n;
}

#define TOKEN INT64_C(10000000)

static void marks(void **state)
{
    /* 10,000 tokens behind a mark and 500 after it; 1,000 of the marked ones go, from byte one. */
    tkc_net n = net_of("unit-marks", 10500, 9500, (tkc_prefix){.kept = 0, .marked = {10000, 9000}, .settled = {10000, 9000}}, UINT64_MAX);
    (void)state;
    assert_true(n.priced && n.assumed);
    assert_int_equal(n.cached, 10000);
    assert_int_equal(n.destroyed, 10000);
    assert_int_equal(n.before, 10000 * TOKEN / 10 + 500 * TOKEN);
    assert_int_equal(n.first, 9000 * TOKEN * 5 / 4 + 500 * TOKEN);
    assert_int_equal(n.later, 9000 * TOKEN / 10 + 500 * TOKEN);
    assert_int_equal(n.each, -1000 * TOKEN / 10);
    /* 10,250 tokens' worth more now, 100 less each call: the 104th has paid it back. */
    assert_int_equal(n.now, 10250 * TOKEN);
    assert_int_equal(n.even, 104);
    /* Behind the mark: at once, and nothing is destroyed. */
    n = net_of("unit-marks", 10500, 10100, (tkc_prefix){.kept = 10000, .marked = {10000, 10000}, .settled = {10000, 10000}}, UINT64_MAX);
    assert_int_equal(n.destroyed, 0);
    assert_int_equal(n.now, -400 * TOKEN);
    assert_int_equal(n.even, 1);
    /* Below the minimum nothing was cached. */
    n = net_of("unit-marks", 900, 800, (tkc_prefix){.marked = {500, 400}, .settled = {800, 700}}, UINT64_MAX);
    assert_int_equal(n.cached, 0);
    assert_int_equal(n.even, 1);
}

static void prefixes(void **state)
{
    /* A cut that leaves less than the minimum: never. */
    tkc_net n = net_of("unit-prefix", 1500, 1000, (tkc_prefix){.kept = 100, .settled = {1400, 900}}, UINT64_MAX);
    (void)state;
    assert_int_equal(n.cached, 1280); /* in steps of 128 */
    assert_int_equal(n.destroyed, 1280);
    assert_int_equal(n.before, 1280 * TOKEN / 10 + 220 * TOKEN);
    assert_int_equal(n.later, 1000 * TOKEN);
    assert_int_equal(n.even, 0);
    /* The caller knows that nothing is cached. */
    n = net_of("unit-prefix", 1500, 1000, (tkc_prefix){.kept = 100, .settled = {1400, 900}}, 0);
    assert_int_equal(n.now, -500 * TOKEN);
    assert_int_equal(n.even, 1);
    assert_false(n.assumed);
}

static void unpriced(void **state)
{
    tkc_net n = net_of("no-such-model-at-all", 100, 50, (tkc_prefix){0}, UINT64_MAX);
    (void)state;
    assert_false(n.priced);
    assert_true(n.why[0]);
    n = net_of("", 100, 50, (tkc_prefix){0}, UINT64_MAX);
    assert_false(n.priced);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(marks), cmocka_unit_test(prefixes), cmocka_unit_test(unpriced)};
    return cmocka_run_group_tests(tests, open_lists, close_lists);
}
