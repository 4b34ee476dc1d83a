/* Cache rules: the built-in rows make sense, names and days find the right one, files override. */
#include "optimizer/cache/rules.h"
#include "tests/support/fail_alloc.h"

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

static tkc_cache_rules *rules(void)
{
    tkc_cache_rules *r = NULL;
    assert_int_equal(tkc_cache_rules_new(&r, NULL, NULL), TKC_OK);
    return r;
}

static void range_ok(const char *who, tkc_cache_range v)
{
    if (v.lo > v.hi) fail_msg("%s: range %u..%u", who, v.lo, v.hi);
}

static void test_rows(void **state)
{
    (void)state;
    tkc_cache_rules *r = rules();
    const tkc_cache_rule *x, *y;
    size_t n = 0;
    for (; (x = tkc_cache_rules_at(r, n)); n++) {
        char who[128];
        snprintf(who, sizeof who, "%s %.60s", x->provider, x->models);
        range_ok(who, x->min_tokens);
        range_ok(who, x->step);
        range_ok(who, x->lookback);
        range_ok(who, x->read_permille);
        if (!x->source || !x->source[0] || strlen(x->checked) != 10 || !x->note || !x->order || !x->scope || !x->field || !x->usage)
            fail_msg("%s: a field is missing", who);
        assert_true(x->n_ttl >= 1 && x->n_ttl <= TKC_CACHE_MAX_TTL && x->step.lo >= 1);
        assert_int_equal(x->invalidates[TKC_CHANGE_MODEL], TKC_CACHE_ALL);
        for (uint32_t t = 0; t < x->n_ttl; t++) {
            range_ok(who, x->ttl[t].seconds);
            assert_true(x->ttl[t].write_permille >= 1000 && x->ttl[t].name);
        }
        if (x->how == TKC_CACHE_MARKS || x->how == TKC_CACHE_MARKS_AUTO) assert_true(x->max_breakpoints && x->lookback.lo);
        /* no model stands in two rows of a provider on one day */
        for (size_t j = 0; j < n && (y = tkc_cache_rules_at(r, j)); j++) {
            if (strcmp(x->provider, y->provider) != 0 || strcmp(x->models, "*") == 0) continue;
            if (x->valid_from && y->valid_to && x->valid_from >= y->valid_to) continue;
            for (const char *s = x->models; *s;) {
                size_t k = strcspn(s, " ");
                if (tkc_cache_rule_names(y, (tkc_str){s, k})) fail_msg("%.*s stands twice", (int)k, s);
                s += k + (s[k] == ' ');
            }
        }
    }
    assert_true(n > 40);
    tkc_cache_rules_free(r);
}

static uint32_t min_of(const tkc_cache_rules *r, const char *provider, const char *model, uint32_t day)
{
    const tkc_cache_rule *x = tkc_cache_rules_find(r, provider, str(model), day);
    return x ? x->min_tokens.lo : 0;
}

static void test_find(void **state)
{
    (void)state;
    tkc_cache_rules *r = rules();
    assert_int_equal(min_of(r, "anthropic", "claude-opus-5", 20261101), 512);
    assert_int_equal(min_of(r, "anthropic", "claude-opus-4-8", 20261101), 1024);
    assert_int_equal(min_of(r, "anthropic", "claude-opus-4-7", 20261101), 2048);
    assert_int_equal(min_of(r, "anthropic", "claude-haiku-4-5-20251001", 0), 4096);
    assert_int_equal(min_of(r, "", "anthropic/Claude-Opus-5", 0), 512);
    assert_int_equal(min_of(r, "anthropic", "claude-opus-6", 0), 0); /* never by likeness */
    assert_int_equal(min_of(r, "aws", "global.anthropic.claude-opus-4-7-v1:0", 0), 2048);
    assert_int_equal(min_of(r, "openai", "gpt-5.5", 0), 2048);
    assert_int_equal(min_of(r, "openai", "gpt-4o-2024-08-06", 0), 1024);
    assert_int_equal(min_of(r, "minimax", "whatever", 0), 512);
    assert_int_equal(min_of(r, "nobody", "gpt-5", 0), 0);
    assert_int_equal(tkc_cache_rules_find(r, "anthropic", str("claude-opus-5-5"), 20261006)->read_permille.lo, 100);
    assert_int_equal(tkc_cache_rules_find(r, "anthropic", str("claude-opus-5-5"), 20261007)->read_permille.lo, 50);
    assert_int_equal(tkc_cache_rules_find(r, "anthropic", str("claude-opus-5-5"), 0)->read_permille.lo, 50);
    const tkc_cache_rule *n = tkc_cache_rules_find(r, "openai", str("gpt-6.1-sol"), 0);
    assert_int_equal(n->lookback.lo, 50);
    assert_int_equal(n->lookback.hi, 80);
    assert_int_equal(n->confidence, TKC_CACHE_CONFLICT);
    assert_int_equal(n->ttl[0].write_permille, 1250);
    assert_int_equal(tkc_cache_rules_find(r, "vllm", str("any/model"), 0)->step.lo, 16);
    tkc_cache_rules_free(r);
}

static const char good[] =
    "rules:\n"
    "  - provider: anthropic\n"
    "    models: [claude-opus-5, claude-opus-9]\n"
    "    min_tokens: [256, 512]\n"
    "    ttl: [300, 3600]\n"
    "    write: [1.25, 2]\n"
    "    read: 0.05\n"
    "    invalidates: {tool_choice: [system, messages], images: nothing}\n"
    "    valid_from: 2026-12-01\n"
    "    source: contract\n"
    "  - provider: ours\n"
    "    like: vllm\n"
    "    step: 32\n";

static void test_file(void **state)
{
    (void)state;
    tkc_cache_rules *r = rules();
    tkc_error err;
    assert_int_equal(tkc_cache_rules_add(r, str(good), &err), TKC_OK);
    assert_int_equal(min_of(r, "anthropic", "claude-opus-5", 20261130), 512);
    const tkc_cache_rule *x = tkc_cache_rules_find(r, "anthropic", str("claude-opus-9"), 20261201);
    assert_int_equal(x->min_tokens.lo, 256);
    assert_int_equal(x->min_tokens.hi, 512);
    assert_int_equal(x->read_permille.lo, 50);
    assert_int_equal(x->invalidates[TKC_CHANGE_TOOL_CHOICE], TKC_CACHE_SYSTEM | TKC_CACHE_MESSAGES);
    assert_int_equal(x->invalidates[TKC_CHANGE_IMAGES], 0);
    assert_int_equal(x->max_breakpoints, 4); /* as the row before */
    assert_true(x->is_user);
    x = tkc_cache_rules_find(r, "ours", str("m"), 0);
    assert_int_equal(x->how, TKC_CACHE_BLOCKS);
    assert_int_equal(x->step.lo, 32);
    /* a later file goes first, in its own order */
    assert_int_equal(tkc_cache_rules_add(r, str("{\"rules\":[{\"provider\":\"ours\",\"step\":64},{\"provider\":\"b\"}]}"), &err), TKC_OK);
    assert_string_equal(tkc_cache_rules_at(r, 0)->provider, "ours");
    assert_string_equal(tkc_cache_rules_at(r, 1)->provider, "b");
    assert_string_equal(tkc_cache_rules_at(r, 2)->provider, "anthropic");
    assert_int_equal(tkc_cache_rules_find(r, "ours", str("m"), 0)->step.lo, 64);
    tkc_cache_rules_free(r);
}

static void test_bad_files(void **state)
{
    (void)state;
    static const struct { const char *text, *says; } bad[] = {
        {"rules: 3", "rules"},
        {"other: []", "rules"},
        {"rules:\n  - models: x\n", "'provider'"},
        {"rules:\n  - provider: a\n    colour: red\n", "no such key: 'colour'"},
        {"rules:\n  - provider: a\n    min_tokens: -1\n", "'min_tokens'"},
        {"rules:\n  - provider: a\n    min_tokens: [5, 2]\n", "'min_tokens'"},
        {"rules:\n  - provider: a\n    step: 0\n", "'step'"},
        {"rules:\n  - provider: a\n    ttl: [1, 2, 3]\n", "'ttl'"},
        {"rules:\n  - provider: a\n    ttl: [300]\n    write: [1, 2]\n", "'write'"},
        {"rules:\n  - provider: a\n    how: magic\n", "'how'"},
        {"rules:\n  - provider: a\n    invalidates: {weather: all}\n", "'invalidates'"},
        {"rules:\n  - provider: a\n    valid_from: 2026-13-01\n", "'valid_from'"},
        {"rules:\n  - provider: a\n  - 7\n", "rule 2"},
        {"{\"rules\":[", ""},
    };
    tkc_cache_rules *r = rules();
    const size_t n = 1000;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tkc_error err = {0};
        if (tkc_cache_rules_add(r, str(bad[i].text), &err) == TKC_OK) fail_msg("taken: %s", bad[i].text);
        if (!strstr(err.message, bad[i].says)) fail_msg("%s: %s", bad[i].text, err.message);
        assert_false(tkc_cache_rules_at(r, 0)->is_user);
    }
    assert_null(tkc_cache_rules_at(r, n));
    tkc_cache_rules_free(r);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_cache_rules *r = NULL;
        tkc_status st = tkc_cache_rules_new(&r, &a, NULL);
        if (!st) st = tkc_cache_rules_add(r, str(good), NULL);
        if (st) assert_int_equal(st, TKC_E_NOMEM);
        tkc_cache_rules_free(r);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (!st) break;
        assert_true(at < 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows), cmocka_unit_test(test_find),      cmocka_unit_test(test_file),
        cmocka_unit_test(test_bad_files), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
