/*
 * test_config.c - .tokcount.yaml: what it may say, each thing it may not, its patterns, and
 * memory that runs out.
 */
#include "tools/project/config.h"

#include "tests/support/fail_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char whole[] =
    "# comment\n"
    "models: [gpt-5, o200k_base]\n"
    "include: ['prompts/', '!prompts/old.md', ./top.md]\n"
    "exclude: '*.bak'\n"
    "budgets:\n"
    "  - files: [prompts/*.md, '#x']\n"
    "    model: gpt-5\n"
    "    max: 2000\n"
    "  - {files: AGENTS.md, total: 5}\n"
    "lint:\n"
    "  select: [TC2, TC301, pretty-json]\n"
    "  extend-select: TC207\n"
    "  ignore: [TC304]\n"
    "  preview: true\n"
    "  rules:\n"
    "    TC308: off\n"
    "    TC104: {severity: error, max-tokens: 4000}\n"
    "  per-file:\n"
    "    - files: examples/\n"
    "      ignore: [ALL]\n"
    "      reason: not sent\n";

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static void everything(void **state)
{
    cli_config c = {.path = NULL};
    tkc_error err = {0};
    (void)state;
    assert_int_equal(cli_config_parse(&c, str(whole), NULL, NULL, &err), TKC_OK);
    assert_int_equal(c.models.n, 2);
    assert_string_equal(c.models.name[1], "o200k_base");
    assert_int_equal(c.n_budget, 2);
    assert_string_equal(c.budget[0].model, "gpt-5");
    assert_int_equal(c.budget[0].max, 2000);
    assert_true(c.budget[0].total == SIZE_MAX && c.budget[1].max == SIZE_MAX);
    assert_int_equal(c.budget[1].total, 5);
    assert_null(c.budget[1].model);
    assert_int_equal(c.budget[0].line, 6);
    assert_true(cli_globs_match(&c.budget[0].files, "#x"));
    assert_true(cli_globs_match(&c.budget[0].files, "prompts/a.md"));
    assert_false(cli_globs_match(&c.budget[0].files, "x/prompts/a.md"));
    assert_int_equal(c.select.n, 3);
    assert_int_equal(c.extend_select.n, 1);
    assert_string_equal(c.ignore.name[0], "TC304");
    assert_true(c.preview);
    assert_int_equal(c.n_level, 2);
    assert_int_equal(c.level[0].severity, CLI_SEVERITY_OFF);
    assert_string_equal(c.level[1].rule, "TC104");
    assert_int_equal(c.level[1].severity, CLI_SEVERITY_ERROR);
    assert_int_equal(c.n_option, 1);
    assert_string_equal(c.option[0].key, "max-tokens");
    assert_string_equal(c.option[0].value, "4000");
    assert_int_equal(c.n_per_file, 1);
    assert_string_equal(c.per_file[0].reason, "not sent");
    assert_true(cli_globs_match(&c.per_file[0].files, "examples/deep/a.md"));
    /* wanted: the nearest answer of "include", and "exclude" before it */
    assert_true(cli_config_wants(&c, "prompts/deep/a.txt"));
    assert_false(cli_config_wants(&c, "prompts/old.md"));
    assert_true(cli_config_wants(&c, "top.md"));
    assert_false(cli_config_wants(&c, "sub/top.md"));
    assert_false(cli_config_wants(&c, "prompts/a.bak"));
    assert_false(cli_config_wants(&c, "AGENTS.md"));
    cli_config_release(&c);
}

static void without_file(void **state)
{
    static const char *const yes[] = {"AGENTS.md", "a/CLAUDE.md", ".github/prompts/x.prompt.md", "a.prompty",
                                      ".cursor/rules/a.mdc", "prompts/a.txt", "x/prompts/y/a.j2", "SKILL.md"};
    static const char *const no[] = {"README.md", "src/a.c", "prompts/a.png", "agents.md", "xprompts/a.md"};
    cli_config c = {.path = NULL};
    (void)state;
    assert_int_equal(cli_config_parse(&c, str(""), NULL, NULL, NULL), TKC_OK);
    assert_true(cli_config_defaults(&c));
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!cli_config_wants(&c, yes[i])) fail_msg("%s is a prompt", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (cli_config_wants(&c, no[i])) fail_msg("%s is no prompt", no[i]);
    cli_config_release(&c);
    assert_int_equal(cli_config_parse(&c, str("---\n# nothing\n"), NULL, NULL, NULL), TKC_OK);
    cli_config_release(&c);
}

static void refusals(void **state)
{
    static const struct {
        const char *text, *says;
    } t[] = {
        {"modles: [gpt-5]", "line 1: unknown key 'modles' in the configuration; keys are models, include"},
        {"\n\nmodels: [gtp-5]", "line 3: unknown model 'gtp-5'; the nearest is"},
        {"models: {a: b}", "line 1: 'models' is a list, not a mapping"},
        {"models: [[a]]", "line 1: an entry of 'models' is a text"},
        {"models: ['']", "line 1: an entry of 'models' is a text"},
        {"include: []", "line 1: 'include' needs a pattern"},
        {"include: ../x", "line 1: '../x' leaves the folder"},
        {"include: a/../../x", "leaves the folder"},
        {"include: '!../x'", "leaves the folder"},
        {"include: ~/x", "'~' is no folder here"},
        {"include: /", "names no file"},
        {"include: \"a\\nb\"", "a pattern is one line: 'a\\x0ab'"},
        {"include: '!'", "an empty pattern"},
        {"include: a\nexclude: b\ninclude: c", "line 3: the key 'include' stands in line 1 already"},
        {"budgets: x", "line 1: 'budgets' is a list, not a text"},
        {"budgets:\n - {files: a}", "line 2: a budget needs 'max' or 'total'"},
        {"budgets:\n - {max: 3}", "line 2: a budget needs 'files'"},
        {"budgets:\n - {files: a, max: -3}", "line 2: '-3' is no whole number"},
        {"budgets:\n - {files: a, max: 99999999999999999999}", "is no whole number"},
        {"budgets:\n - {files: a, max: ''}", "'' is no whole number"},
        {"budgets:\n - {files: a, mx: 3}", "line 2: unknown key 'mx' in a budget; keys are files, model, max, total"},
        {"budgets:\n - {files: a, model: nope-1, max: 3}", "line 2: unknown model 'nope-1'"},
        {"lint: [a]", "line 1: 'lint' is a mapping, not a list"},
        {"lint: {selct: [TC1]}", "unknown key 'selct' in lint"},
        {"lint: {select: [TC1234]}", "unknown rule 'TC1234'"},
        {"lint: {select: [tc 1]}", "unknown rule 'tc 1'"},
        {"lint: {preview: yes}", "'yes' is neither true nor false"},
        {"lint: {rules: {TC3: off}}", "unknown rule 'TC3'; a rule is an id"},
        {"lint: {rules: {TC301: loud}}", "'loud' is no severity"},
        {"lint: {rules: {TC301: [off]}}", "'a rule's options' is a mapping, not a list"},
        {"lint: {rules: {TC301: {severity: {a: b}}}}", "'severity' is a text"},
        {"lint: {rules: {TC301: {max: [1]}}}", "'max' is a text, not a list"},
        {"lint: {per-file: [{ignore: TC301}]}", "an entry needs 'files'"},
        {"lint: {per-file: [{files: a, reason: [b]}]}", "'reason' is a text"},
        {"a: &x 1", "line 1: an anchor"},
        {"a: *x", "line 1: an alias"},
        {"models: !!seq [a]", "line 1: a tag"},
        {"<<: {a: b}", "unknown key '<<'"},
        {"? [a]\n: b", "line 1: a key is a plain text"},
        {"models: [gpt-5]\n---\nmodels: [gpt-5]", "line 3: a second document"},
        {"a: [[[[[[[[[1]]]]]]]]]", "more than 8 levels deep"},
        {"models: [", "line 2: did not find"},
        {"\tmodels: a", "line 1: found character that cannot start any token"},
        {"models: \"a\\0b\"", "a text with a NUL"},
        {"models: \xff", "byte 8: "},
        {"just text", "line 1: 'the configuration' is a mapping, not a text"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        cli_config c = {.path = NULL};
        tkc_error err = {0};
        const tkc_status st = cli_config_parse(&c, str(t[i].text), NULL, NULL, &err);
        if (st == TKC_OK || st != err.code || !strstr(err.message, t[i].says))
            fail_msg("%s\nsays: %s\nnot:  %s", t[i].text, err.message, t[i].says);
        cli_config_release(&c);
    }
}

static const char *no_rule(void *ctx, const char *selector, bool one)
{
    (void)ctx;
    if (one && strcmp(selector, "ALL") == 0) return "one rule was expected";
    return strcmp(selector, "TC999") == 0 ? "the nearest is TC902" : NULL;
}

static const char *no_option(void *ctx, const char *rule, const char *key, const char *value)
{
    (void)ctx;
    (void)rule;
    return strcmp(key, "max") != 0 ? "it has no such option" : strlen(value) > 3 ? "too large" : NULL;
}

static void rules_are_asked(void **state)
{
    static const cli_config_rules rules = {.check = no_rule, .check_option = no_option};
    static const char *const bad[][2] = {
        {"lint: {select: TC999}", "line 1: unknown rule 'TC999'; the nearest is TC902"},
        {"lint:\n rules: {TC999: off}", "line 2: unknown rule 'TC999'"},
        {"lint: {rules: {TC101: {min: 3}}}", "line 1: TC101: it has no such option"},
        {"lint: {rules: {TC101: {max: 3333}}}", "line 1: TC101: too large"},
    };
    cli_config c = {.path = NULL};
    tkc_error err = {0};
    (void)state;
    assert_int_equal(cli_config_parse(&c, str("lint: {ignore: anything, rules: {TC101: {max: 3}}}"), &rules, NULL, &err),
                     TKC_OK);
    cli_config_release(&c);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_true(cli_config_parse(&c, str(bad[i][0]), &rules, NULL, &err) != TKC_OK);
        assert_non_null(strstr(err.message, bad[i][1]));
        cli_config_release(&c);
    }
}

/* 300 KB, 30,000 values, 2,000 keys: refused, quickly. */
static void too_much(void **state)
{
    char *s = malloc(400000);
    size_t n;
    cli_config c = {.path = NULL};
    tkc_error err = {0};
    (void)state;
    assert_non_null(s);
    memset(s, '#', 300000);
    assert_int_equal(cli_config_parse(&c, (tkc_str){s, 300000}, NULL, NULL, &err), TKC_E_LIMIT);
    cli_config_release(&c);
    n = (size_t)sprintf(s, "models: [");
    for (int i = 0; i < 30000; i++) n += (size_t)sprintf(s + n, "a,");
    assert_int_equal(cli_config_parse(&c, (tkc_str){s, n}, NULL, NULL, &err), TKC_E_LIMIT);
    assert_non_null(strstr(err.message, "20,000 values"));
    cli_config_release(&c);
    n = (size_t)sprintf(s, "lint:\n  rules:\n");
    for (int i = 0; i < 2000; i++) n += (size_t)sprintf(s + n, "    a%d: off\n", i);
    assert_int_equal(cli_config_parse(&c, (tkc_str){s, n}, NULL, NULL, &err), TKC_E_LIMIT);
    assert_non_null(strstr(err.message, "1,000 keys"));
    cli_config_release(&c);
    memset(s, '[', 200000);
    assert_int_equal(cli_config_parse(&c, (tkc_str){s, 200000}, NULL, NULL, &err), TKC_E_LIMIT);
    cli_config_release(&c);
    free(s);
}

static void no_memory(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        fail_alloc f = {.fail_at = n};
        const tkc_allocator a = fail_alloc_of(&f);
        cli_config c = {.path = NULL};
        tkc_error err = {0};
        const tkc_status st = cli_config_parse(&c, str(whole), NULL, &a, &err);
        assert_true(st == TKC_OK || (st == TKC_E_NOMEM && err.message[0]));
        cli_config_release(&c);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (st == TKC_OK) break;
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything), cmocka_unit_test(without_file),    cmocka_unit_test(refusals),
        cmocka_unit_test(too_much),   cmocka_unit_test(rules_are_asked), cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
