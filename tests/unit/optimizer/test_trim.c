/*
 * test_trim.c - what is cut out of a prompt and what never is; the guard's refusals; that cuts apply
 * to what comes out, that trimming twice changes nothing; every allocation failing once.
 */
#include "optimizer/text/trim.h"

#include "tests/support/fail_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/support/o200k.h"

/* Trims, checks that the cuts give the text and that trimming again changes nothing. */
static void trim(tkc_trimmed *t, tkc_str text, const tkc_trim_options *opt)
{
    tkc_error err = {0};
    tkc_trimmed again;
    size_t at = 0, n = 0;
    if (tkc_trim(text, opt, enc, t, &err)) fail_msg("%s", err.message);
    for (size_t i = 0; i <= t->n_cut; i++) {
        size_t begin = i < t->n_cut ? t->cut[i].begin : text.len;
        assert_true(begin >= at && begin <= text.len);
        assert_true(n + (begin - at) <= t->text.len);
        if (begin > at) assert_memory_equal(t->text.ptr + n, text.ptr + at, begin - at);
        n += begin - at;
        if (i == t->n_cut) break;
        assert_true(t->cut[i].end > begin && t->cut[i].end <= text.len);
        if (t->cut[i].put.len) assert_memory_equal(t->text.ptr + n, t->cut[i].put.ptr, t->cut[i].put.len);
        n += t->cut[i].put.len;
        at = t->cut[i].end;
    }
    assert_int_equal(n, t->text.len);
    for (size_t i = 0; i < t->n_refusal; i++) {
        const tkc_trim_refusal *r = &t->refusal[i];
        if (!(r->begin <= r->fact_begin && r->fact_begin < r->fact_end && r->fact_end <= text.len))
            fail_msg("refusal %zu..%zu of fact %zu..%zu", r->begin, r->end, r->fact_begin, r->fact_end);
    }
    tkc_trimmed_init(&again, NULL);
    if (tkc_trim(tkc_buf_str(&t->text), opt, enc, &again, &err)) fail_msg("%s", err.message);
    if (again.n_cut)
        fail_msg("trimmed again: %s of \"%.*s\" in\n%.*s", tkc_trim_why_name(again.cut[0].why), (int)(again.cut[0].end - again.cut[0].begin),
                 t->text.ptr + again.cut[0].begin, (int)t->text.len, t->text.ptr);
    tkc_trimmed_release(&again);
}

typedef struct row {
    const char *text, *wanted, *why; /* reasons of the cuts, joined by blanks */
} row;

static const row rows[] = {
    /* nothing to do */
    {"", "", ""},
    {"Use tabs. Write tests.", "Use tabs. Write tests.", ""},
    /* duplicates */
    {"Never reveal passwords. Use tabs. Never reveal passwords.", "Never reveal passwords. Use tabs.", "duplicate"},
    {"- Use tabs for indentation.\n- Write tests.\n- Use tabs for indentation.\n", "- Use tabs for indentation.\n- Write tests.\n", "duplicate"},
    {"- Use tabs for indentation.\n- Please use tabs for the indentation!\n- Be kind.\n", "- Use tabs for indentation.\n- Be kind.\n", "duplicate"},
    {"You must not lie to users.\n\nYou must never lie to users.\n\nBe kind.", "You must not lie to users.\n\nBe kind.", "duplicate"},
    {"# Go\n- Run the tests.\n# Rust\n- Run the tests.\n", "# Go\n- Run the tests.\n# Rust\n- Run the tests.\n", ""},
    {"# A\n- Always answer questions in formal French.\n# B\n- Always answer questions in formal French.\n",
     "# A\n- Always answer questions in formal French.\n# B\n", "duplicate"},
    /* not duplicates: polarity, strength, number, unit, who does what, code */
    {"Always use tabs here. Never use tabs here.", "Always use tabs here. Never use tabs here.", ""},
    {"You must cite sources. You may cite sources.", "You must cite sources. You may cite sources.", ""},
    {"Write at most 50 words. Write at most 60 words.", "Write at most 50 words. Write at most 60 words.", ""},
    {"Write at most 50 words. Write at least 50 words.", "Write at most 50 words. Write at least 50 words.", ""},
    {"Alice pays Bob every week. Bob pays Alice every week.", "Alice pays Bob every week. Bob pays Alice every week.", ""},
    {"Run `make all` before you push. Run `make test` before you push.", "Run `make all` before you push. Run `make test` before you push.", ""},
    {"```\nuse tabs\n```\n```\nuse tabs\n```\n", "```\nuse tabs\n```\n```\nuse tabs\n```\n", ""},
    /* nearly the same statement */
    {"the service stores user data in a large relational database cluster. it is fast. "
     "the service stores user data in a relational database cluster.",
     "the service stores user data in a large relational database cluster. it is fast.", "near-duplicate"},
    {"the service stores user data in 3 large relational databases. it is fast. "
     "the service stores user data in 4 large relational databases.",
     "the service stores user data in 3 large relational databases. it is fast. "
     "the service stores user data in 4 large relational databases.",
     ""},
    /* filler */
    {"Please write a poem.", "Write a poem.", "filler"},
    {"Please note that you must cite 3 sources.", "You must cite 3 sources.", "filler"},
    {"It is important to note that, in order to win, you must never stop.", "To win, you must never stop.", "filler"},
    {"Write tests in order to find bugs, please.", "Write tests to find bugs.", "filler filler"},
    {"Please please kindly answer.", "Answer.", "filler"},
    {"I would like you to write 5 lines.", "Write 5 lines.", "filler"},
    {"1. Please use tabs.\n2. Kindly use hooks.\n", "1. Use tabs.\n2. Use hooks.\n", "filler filler"},
    {"Say \"please\" and mean it.", "Say \"please\" and mean it.", ""},
    {"Due to the fact that it rains, stay.", "Because it rains, stay.", "filler"},
    {"Please", "Please", ""},
    {"Please do the following:\n- Use tabs.\n", "Do the following:\n- Use tabs.\n", "filler"},
    {"# A\n- Client:\n  - Use the full proper setup here.\n- Server:\n  - Use the full proper setup here.\n",
     "# A\n- Client:\n  - Use the full proper setup here.\n- Server:\n  - Use the full proper setup here.\n", ""},
    {"`a` deletes files. This method will throw an error. `b` reads files. This method will throw an error.",
     "`a` deletes files. This method will throw an error. `b` reads files. This method will throw an error.", ""},
    {"First repeat the request word for word. Please write a poem.", "First repeat the request word for word. Please write a poem.", ""},
    /* politeness */
    {"Hello! Use tabs. Thank you so much for your help!", "Use tabs.", "politeness politeness"},
    {"Use tabs.\n\nThanks in advance!\n", "Use tabs.\n", "politeness"},
    {"Thank you! Thank you!", "Thank you!", "politeness"}, /* what is left last stays */
    {"(see section 4)", "(see section 4)", ""},
    {"Thank users who report bugs.", "Thank users who report bugs.", ""},
    {"Say hello to Bob.", "Say hello to Bob.", ""},
    /* references */
    {"Use tabs (see section Formatting) here.", "Use tabs here.", "dead reference"},
    {"# Formatting\nUse tabs (see section Formatting) here.", "# Formatting\nUse tabs (see section Formatting) here.", ""},
    {"# A\nUse tabs.\n# B\nSee section 7 for the list of tools. Be kind.\n", "# A\nUse tabs.\n# B\nBe kind.\n", "dead reference"},
    {"# A\nUse tabs.\n# B\n- Refer to the section \"Pricing\" below.\n- Be kind.\n", "# A\nUse tabs.\n# B\n- Be kind.\n", "dead reference"},
    {"Use tabs.\n\nSee section 7 for the list of tools. Be kind.\n", "Use tabs.\n\nSee section 7 for the list of tools. Be kind.\n", ""},
    {"# Pricing\nSee section Pricing below.", "# Pricing\nSee section Pricing below.", ""},
    {"# A\nUse tabs.\n# B\nSee section 2 for details.", "# A\nUse tabs.\n# B\nSee section 2 for details.", ""},
    {"See section 7 of the contract. Be kind.", "See section 7 of the contract. Be kind.", ""},
    {"See section Pricing and never use tables. Be kind.", "See section Pricing and never use tables. Be kind.", ""},
    {"See section 9 for the 3 limits of Bob. Be kind.", "See section 9 for the 3 limits of Bob. Be kind.", ""},
    /* other scripts are left alone, but for exact copies */
    {"\xe4\xb8\x8d\xe8\xa6\x81\xe8\xaf\xb4\xe8\xb0\x8e\xe3\x80\x82\n\xe8\xaf\xb7\xe5\x9b\x9e\xe7\xad\x94\xe3\x80\x82\n",
     "\xe4\xb8\x8d\xe8\xa6\x81\xe8\xaf\xb4\xe8\xb0\x8e\xe3\x80\x82\n\xe8\xaf\xb7\xe5\x9b\x9e\xe7\xad\x94\xe3\x80\x82\n", ""},
    {"\xff\xfe bytes \x80 here", "\xff\xfe bytes \x80 here", ""},
};

static void cuts(void **state)
{
    tkc_trimmed t;
    size_t bad = 0;
    (void)state;
    tkc_trimmed_init(&t, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char why[200] = "";
        size_t n = 0;
        trim(&t, str(rows[i].text), NULL);
        for (size_t k = 0; k < t.n_cut; k++)
            n += (size_t)snprintf(why + n, sizeof why - n, "%s%s", k ? " " : "", tkc_trim_why_name(t.cut[k].why));
        if (t.text.len != strlen(rows[i].wanted) || (t.text.len && memcmp(t.text.ptr, rows[i].wanted, t.text.len)) || strcmp(why, rows[i].why)) {
            print_error("\"%s\":\n  got    \"%.*s\" (%s)\n  wanted \"%s\" (%s)\n", rows[i].text, (int)t.text.len, t.text.len ? t.text.ptr : "",
                        why, rows[i].wanted, rows[i].why);
            bad++;
        }
    }
    tkc_trimmed_release(&t);
    assert_int_equal(bad, 0);
}

static const char prompt[] =
    "# Role\nYou are a support agent of Acme.\n\n# Rules\n- Never promise refunds above $50.\n- Answer in at most 3 sentences.\n"
    "- Please answer in at most 3 sentences.\n\nThe weather is nice in the garden. The old garden looks nice outside. The mild weather is nice outside.\n\n"
    "Example 1:\nUser: hi\nAgent: hello there\n\nExample 2:\nUser: refund of $70?\nAgent: no\n\n# End\nThank you!\n";

static void examples_go_when_asked(void **state)
{
    tkc_trim_options opt = {.struct_size = sizeof opt, .keep_examples = 1};
    tkc_trim_range range;
    tkc_trimmed t;
    size_t n = 0;
    (void)state;
    tkc_trimmed_init(&t, NULL);
    trim(&t, str(prompt), NULL);
    for (size_t i = 0; i < t.n_cut; i++) assert_true(t.cut[i].why != TKC_TRIM_EXAMPLE);
    trim(&t, str(prompt), &opt);
    for (size_t i = 0; i < t.n_cut; i++) n += t.cut[i].why == TKC_TRIM_EXAMPLE;
    assert_int_equal(n, 1);
    assert_null(strstr(prompt, "$71"));
    for (size_t i = 0; i + 3 <= t.text.len; i++) assert_true(memcmp(t.text.ptr + i, "$70", 3) != 0);
    assert_true(t.tokens_after < t.tokens_before);
    range.begin = (size_t)(strstr(prompt, "refund of") - prompt);
    range.end = range.begin + 4;
    opt.protect = &range;
    opt.n_protect = 1;
    trim(&t, str(prompt), &opt);
    n = 0;
    for (size_t i = 0; i + 3 <= t.text.len; i++) n += !memcmp(t.text.ptr + i, "$70", 3);
    assert_int_equal(n, 1);
    tkc_trimmed_release(&t);
}

static void budget_stops_at_the_guard(void **state)
{
    tkc_trim_options opt = {.struct_size = sizeof opt, .budget = 1};
    tkc_trimmed t;
    bool money = false, never = false;
    (void)state;
    tkc_trimmed_init(&t, NULL);
    trim(&t, str(prompt), &opt);
    for (size_t i = 0; i + 9 <= t.text.len; i++) {
        money = money || !memcmp(t.text.ptr + i, "above $50", 9);
        never = never || !memcmp(t.text.ptr + i, "Never", 5);
        assert_true(memcmp(t.text.ptr + i, "weather", 7) != 0); /* states nothing: it goes */
    }
    assert_true(money && never && t.n_refusal > 0 && t.tokens_after > 1);
    opt.budget = t.tokens_before - 12;
    trim(&t, str(prompt), &opt);
    assert_true(t.tokens_after <= opt.budget && t.tokens_after + 15 > opt.budget);
    tkc_trimmed_release(&t);
}

/* No fact in them, yet orders: their verbs are in no table. */
static void unknown_orders_stay(void **state)
{
    static const char *const orders[] = {"Brainstorm a name for a company of fare collectors.", "(Round to the nearest integer.)", "Bullet points for every fix.",
                                       "Paint the wide landscape in oil.", "Embellish stories with nice flowers.", "In French with long sentences and jokes.",
                                       "Include detailed notes and dates.", "Translate documents to French.", "A short story about a dog in winter."};
    tkc_trim_options opt = {.struct_size = sizeof opt, .budget = 1};
    tkc_trimmed t;
    (void)state;
    tkc_trimmed_init(&t, NULL);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        trim(&t, str(orders[i]), &opt);
        if (t.n_cut) fail_msg("\"%s\" was cut", orders[i]);
    }
    trim(&t, str("The garden looks nice in winter. Use tabs."), &opt);
    assert_int_equal(t.n_cut, 1);
    trim(&t, str("Johnny picks some apples in winter. Use tabs."), &opt);
    assert_int_equal(t.n_cut, 1);
    tkc_trimmed_release(&t);
}

static void protected_and_elsewhere(void **state)
{
    static const char text[] = "Use tabs here always. Use tabs here always.";
    tkc_trim_range range = {22, 30};
    tkc_str other = str("The cluster has 3 nodes in Oslo.");
    tkc_trim_options opt = {.struct_size = sizeof opt, .protect = &range, .n_protect = 1};
    tkc_trimmed t;
    (void)state;
    tkc_trimmed_init(&t, NULL);
    trim(&t, str(text), &opt);
    assert_int_equal(t.n_cut, 0);
    trim(&t, str(text), NULL);
    assert_int_equal(t.n_cut, 1);
    assert_int_equal(t.cut[0].kept_end, 21);
    opt = (tkc_trim_options){.struct_size = sizeof opt, .budget = 1};
    trim(&t, other, &opt);
    assert_int_equal(t.n_cut, 0);
    assert_int_equal(t.n_refusal, 1);
    opt.elsewhere = &other;
    opt.n_elsewhere = 1;
    trim(&t, other, &opt); /* nothing else would be left */
    assert_int_equal(t.n_cut, 0);
    trim(&t, str("Use tabs. The cluster has 3 nodes in Oslo."), &opt);
    assert_int_equal(t.n_cut, 1);
    opt = (tkc_trim_options){.struct_size = sizeof opt, .budget = 1, .waive = ~0u};
    trim(&t, other, &opt);
    assert_int_equal(t.n_cut, 0);
    trim(&t, str("Use tabs. The cluster has 3 nodes in Oslo."), &opt);
    assert_int_equal(t.n_cut, 1);
    tkc_trimmed_release(&t);
}

/* NUL is a byte as another: no blank, no full stop, not the end of a set. */
static void nul_stays(void **state)
{
    static const char text[] = "Answer in French.\nThank you!\0\nUse tabs, please\0";
    tkc_trimmed t;
    (void)state;
    tkc_trimmed_init(&t, NULL);
    trim(&t, (tkc_str){text, sizeof text - 1}, NULL);
    assert_int_equal(t.n_cut, 0);
    tkc_trimmed_release(&t);
}

static void contract(void **state)
{
    tkc_trim_options opt = {.struct_size = sizeof opt, .budget = 1};
    tkc_trimmed t;
    tkc_error err = {0};
    (void)state;
    tkc_trimmed_init(&t, NULL);
    assert_int_equal(tkc_trim(str("x"), &opt, NULL, &t, &err), TKC_E_ARG);
    assert_int_equal(tkc_trim(str("Please go on."), NULL, NULL, &t, &err), TKC_OK);
    assert_int_equal(t.tokens_before, 0);
    for (int i = 0; i < TKC_N_TRIM; i++) assert_true(tkc_trim_why_name((tkc_trim_why)i)[0] != '?');
    assert_string_equal(tkc_trim_why_name(TKC_N_TRIM), "?");
    tkc_trimmed_release(&t);
}

/* 20,000 sentences, each twice: sorting finds them; 1,000 that share their handles. */
static void long_prompts(void **state)
{
    size_t cap = 4 << 20, n = 0, half;
    char *text = malloc(cap);
    clock_t begin = clock();
    tkc_trimmed t;
    tkc_error err;
    (void)state;
    for (int twice = 0; twice < 2; twice++)
        for (int i = 0; i < 5000; i++)
            n += (size_t)snprintf(text + n, cap - n, "- Check item%d of group%d against list%d before release.\n", i, i / 3, i / 7);
    half = n / 2;
    tkc_trimmed_init(&t, NULL);
    assert_int_equal(tkc_trim((tkc_str){text, n}, NULL, enc, &t, &err), TKC_OK);
    assert_int_equal(t.text.len, half);
    n = 0;
    for (int i = 0; i < 1000; i++) n += (size_t)snprintf(text + n, cap - n, "the same words stand here again and again w%d x%d y%d.\n", i, i * 7, i * 3);
    assert_int_equal(tkc_trim((tkc_str){text, n}, NULL, enc, &t, &err), TKC_OK);
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 10); /* 0.2 s */
    tkc_trimmed_release(&t);
    free(text);
}

static void memory_runs_out(void **state)
{
    tkc_trim_options opt = {.struct_size = sizeof opt, .budget = 40, .keep_examples = 1};
    (void)state;
    for (size_t n = 1;; n++) {
        fail_alloc a = {.fail_at = n};
        tkc_allocator alloc = fail_alloc_of(&a);
        tkc_trimmed t;
        tkc_error err = {0};
        tkc_status st;
        tkc_trimmed_init(&t, &alloc);
        st = tkc_trim(str(prompt), &opt, enc, &t, &err);
        assert_true(st == TKC_OK || (st == TKC_E_NOMEM && err.message[0] && t.text.len == 0 && t.n_cut == 0));
        tkc_trimmed_release(&t);
        assert_int_equal(a.live, 0);
        assert_false(a.wrong_size);
        if (a.calls < n) {
            assert_int_equal(st, TKC_OK);
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts),     cmocka_unit_test(examples_go_when_asked), cmocka_unit_test(budget_stops_at_the_guard),
        cmocka_unit_test(unknown_orders_stay), cmocka_unit_test(protected_and_elsewhere), cmocka_unit_test(contract), cmocka_unit_test(nul_stays), cmocka_unit_test(long_prompts),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, tkt_open_o200k, tkt_close_o200k);
}
