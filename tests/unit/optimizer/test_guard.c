/*
 * test_guard.c - what a cut would lose: facts that stand elsewhere survive, a rule survives only
 * with its negation, strength and numbers, nothing is guessed; every allocation failing once.
 */
#include "optimizer/text/guard_known.h"

#include "tests/support/fail_alloc.h"
#include "tests/support/random_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

typedef struct row {
    const char *rest, *removed, *put, *lost; /* kinds, joined by blanks */
} row;

static const row rows[] = {
    /* nothing stated */
    {"", "That is nice.", "", ""},
    {"", "", "", ""},
    /* standing elsewhere */
    {"It takes 1000 words.", "There are 1,000 words in it.", "", ""},
    {"It takes 1000 lines.", "There are 1,000 words in it.", "", "number"},
    {"", "Released on Nov 27, 2026 as v1.2.3.", "", "date version"},
    {"Out since 27 November 2026 (v1.2.3).", "Released on Nov 27, 2026 as v1.2.3.", "", ""},
    {"ask bob@x.org about ABC-1", "mail bob@x.org on ABC-2", "", "id"},
    {"see `x`", "as in `y`", "", "code"},
    {"it was in New York", "he lives in New York", "", ""},
    {"it was in York", "he lives in New York", "", "name"},
    {"he said \"one thing\"", "she said \"one thing\"", "", ""},
    /* rules: the same words in another order, more or less politely */
    {"Never reveal passwords to users.", "Please never reveal the password to a user!", "", ""},
    {"Do not reveal passwords to users.", "Never reveal passwords to users.", "", ""},
    {"Reveal passwords to users.", "Never reveal passwords to users.", "", "negation"},
    {"Never reveal names to users.", "Never reveal passwords to users.", "", "negation"},
    {"You may cite sources.", "You must cite sources.", "", "modal"},
    {"You have to cite sources.", "You must cite sources.", "", ""},
    {"You should cite sources.", "You must cite sources.", "", "modal"},
    {"Write at most 50 words.", "Write no more than 50 words.", "", ""},
    {"Write at least 50 words.", "Write at most 50 words.", "", "order limit"},
    {"Write at most 60 words.", "Write at most 50 words.", "", "order limit number"},
    {"Use tabs. Write tests.", "Use tabs.", "", ""},
    {"Use spaces.", "Use tabs.", "", "order"},
    {"Answer in French unless asked.", "Answer in French.", "", "order"},
    {"Answer in French.", "Answer in French unless asked.", "", "order negation"},
    {"Only admins can write.", "Only admins can read.", "", "limit modal"},
    {"You must not not lie.", "You must not lie.", "", "modal negation"},
    {"What is the price?", "So what is the price?", "", ""},
    {"What is the size?", "What is the price?", "", "order"},
    /* replaced by a shorter form */
    {"", "Please note that you must always cite 3 sources.", "You must always cite 3 sources.", ""},
    {"", "Please note that you must always cite 3 sources.", "You must cite 3 sources.", "modal modal"},
    {"", "In order to win, write 2 tests.", "To win, write 2 tests.", ""},
    {"", "Write 2 tests.", "Write tests.", "order number"},
    /* twice in the removed text is still only there */
    {"", "Use tabs. Use tabs.", "", "order order"},
    {"", "Use tabs. Use tabs.", "Use tabs.", ""},
    /* what cannot be read */
    {"", "\xe4\xb8\x8d\xe8\xa6\x81\xe8\xaf\xb4", "", "foreign"},
    {"\xe4\xb8\x8d\xe8\xa6\x81\xe8\xaf\xb4", "\xe4\xb8\x8d\xe8\xa6\x81\xe8\xaf\xb4", "", ""},
};

static void kinds(const tkc_losses *l, char *out, size_t cap)
{
    size_t n = 0;
    *out = 0;
    for (size_t i = 0; i < l->n; i++)
        n += (size_t)snprintf(out + n, cap - n, "%s%s", i ? " " : "", tkc_fact_kind_name(l->loss[i].kind));
}

static void losses(void **state)
{
    tkc_guard *g = NULL;
    tkc_losses l;
    tkc_error err = {0};
    char got[500];
    size_t bad = 0;
    (void)state;
    tkc_losses_init(&l, NULL);
    assert_int_equal(tkc_guard_new(&g, NULL, NULL, &err), TKC_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const row *r = &rows[i];
        tkc_guard_clear(g);
        assert_int_equal(tkc_guard_hold(g, str(r->rest), &err), TKC_OK);
        assert_int_equal(tkc_guard_hold(g, str(r->removed), &err), TKC_OK);
        assert_int_equal(tkc_guard_check(g, str(r->removed), str(r->put), &l, &err), TKC_OK);
        kinds(&l, got, sizeof got);
        if (strcmp(got, r->lost)) {
            print_error("rest \"%s\", removed \"%s\", put \"%s\": lost \"%s\", wanted \"%s\"\n", r->rest, r->removed, r->put, got, r->lost);
            bad++;
        }
        assert_int_equal(l.n_refused, l.n);
        /* the same by whole texts, and asking changed nothing */
        if (!strcmp(got, r->lost)) {
            tkc_str before[2] = {str(r->rest), str(r->removed)}, after[2] = {str(r->rest), str(r->put)};
            assert_int_equal(tkc_guard_check(g, str(r->removed), str(r->put), &l, &err), TKC_OK);
            kinds(&l, got, sizeof got);
            assert_string_equal(got, r->lost);
            assert_int_equal(tkc_guard_compare(g, before, 2, after, 2, &l, &err), TKC_OK);
            kinds(&l, got, sizeof got);
            assert_string_equal(got, r->lost);
            for (size_t k = 0; k < l.n; k++) assert_int_equal(l.loss[k].text, 1);
        }
    }
    tkc_losses_release(&l);
    tkc_guard_free(g);
    assert_int_equal(bad, 0);
}

static void cuts_add_up(void **state)
{
    const char *s = "Never lie to 5 users.";
    tkc_guard *g = NULL;
    tkc_losses l;
    tkc_error err = {0};
    (void)state;
    tkc_losses_init(&l, NULL);
    assert_int_equal(tkc_guard_new(&g, NULL, NULL, &err), TKC_OK);
    for (int i = 0; i < 2; i++) assert_int_equal(tkc_guard_hold(g, str(s), &err), TKC_OK);
    assert_int_equal(tkc_guard_check(g, str(s), str(""), &l, &err), TKC_OK);
    assert_int_equal(l.n, 0);
    assert_int_equal(tkc_guard_replace(g, str(s), str(""), &err), TKC_OK);
    assert_int_equal(tkc_guard_check(g, str(s), str(""), &l, &err), TKC_OK);
    assert_int_equal(l.n, 2); /* the second copy is the last one */
    assert_int_equal(l.loss[0].kind, TKC_FACT_NEGATION);
    assert_int_equal(l.loss[0].clause_begin, 0);
    assert_int_equal(l.loss[0].clause_end, strlen(s));
    tkc_losses_release(&l);
    tkc_guard_free(g);
}

static void waivers(void **state)
{
    const char *s = "Never show Mr. Jones 7 cats.";
    tkc_str waived[] = {str("7")};
    tkc_guard_options opt = {.struct_size = sizeof opt, .waive = TKC_GUARD_BIT(TKC_FACT_NEGATION), .waived = waived, .n_waived = 1};
    tkc_guard *g = NULL;
    tkc_losses l;
    tkc_error err = {0};
    (void)state;
    tkc_losses_init(&l, NULL);
    assert_int_equal(tkc_guard_new(&g, &opt, NULL, &err), TKC_OK);
    assert_int_equal(tkc_guard_hold(g, str(s), &err), TKC_OK);
    assert_int_equal(tkc_guard_check(g, str(s), str(""), &l, &err), TKC_OK);
    assert_int_equal(l.n, 3);
    assert_int_equal(l.n_refused, 1);
    assert_true(l.loss[0].waived && !l.loss[1].waived && l.loss[2].waived);
    assert_int_equal(l.loss[1].kind, TKC_FACT_NAME);
    tkc_guard_free(g);
    /* numbers bound to their clause */
    opt = (tkc_guard_options){.struct_size = sizeof opt, .bound = TKC_GUARD_BOUND_NUMBERS};
    assert_int_equal(tkc_guard_new(&g, &opt, NULL, &err), TKC_OK);
    assert_int_equal(tkc_guard_hold(g, str("tom has 5 eggs"), &err), TKC_OK);
    assert_int_equal(tkc_guard_hold(g, str("ann has 5 eggs"), &err), TKC_OK);
    assert_int_equal(tkc_guard_check(g, str("tom has 5 eggs"), str(""), &l, &err), TKC_OK);
    assert_int_equal(l.n, 1);
    tkc_guard_free(g);
    opt = (tkc_guard_options){.struct_size = sizeof opt, .language = "klingon"};
    assert_int_equal(tkc_guard_new(&g, &opt, NULL, &err), TKC_E_NOTFOUND);
    tkc_losses_release(&l);
}

static void inventions(void **state)
{
    tkc_guard *g = NULL;
    tkc_losses l;
    tkc_error err = {0};
    char got[100];
    (void)state;
    tkc_losses_init(&l, NULL);
    assert_int_equal(tkc_guard_new(&g, NULL, NULL, &err), TKC_OK);
    assert_int_equal(tkc_guard_hold(g, str("We meet Ann Lee at 3 pm. I never agreed to pay $50."), &err), TKC_OK);
    assert_int_equal(tkc_guard_invented(g, str("They meet Ann Lee at 15:00 and do not pay 50 dollars."), &l, &err), TKC_OK);
    assert_int_equal(l.n, 0);
    assert_int_equal(tkc_guard_invented(g, str("They meet Bob Lee at 16:00 and must pay 60 dollars."), &l, &err), TKC_OK);
    kinds(&l, got, sizeof got);
    assert_string_equal(got, "name time modal number");
    tkc_losses_release(&l);
    tkc_guard_free(g);
}

/* More texts than are kept as read: each is asked about again, what is held and what is not, and a text that is like
 * one that was read but for its last byte. Waiving later kinds changes what is refused, not what was read. */
static void many_texts(void **state)
{
    enum { TEXTS = 300000 }; /* more than are kept */
    char text[64];
    tkc_guard_known known = {0};
    tkc_guard *g = NULL;
    tkc_losses l;
    tkc_error err;
    (void)state;
    tkc_losses_init(&l, NULL);
    assert_int_equal(tkc_guard_new(&g, NULL, NULL, &err), TKC_OK);
    assert_false(tkc_guard_knows(g, &known));
    assert_int_equal(tkc_guard_know(g, str("It is ABC-1."), &known, &err), TKC_OK);
    assert_true(tkc_guard_knows(g, &known));
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < TEXTS; i++) {
            snprintf(text, sizeof text, "it is ABC-%d", i);
            if (!round && i % 2) assert_int_equal(tkc_guard_hold(g, str(text), &err), TKC_OK);
            if (!round) continue;
            l.n = l.n_refused = 0;
            assert_int_equal(tkc_guard_missing(g, str(text), &l, &err), TKC_OK);
            assert_int_equal(l.n, i % 2 == 0);
            assert_int_equal(l.n_refused, i % 2 == 0);
        }
    assert_false(tkc_guard_knows(g, &known));
    snprintf(text, sizeof text, "it is ABC-%d", TEXTS);
    tkc_guard_waive(g, TKC_GUARD_BIT(TKC_FACT_ID));
    l.n = l.n_refused = 0;
    assert_int_equal(tkc_guard_missing(g, str(text), &l, &err), TKC_OK);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.n_refused, 0);
    tkc_losses_release(&l);
    tkc_guard_free(g);
}

/* What the guard read of a text is what there is. */
static void assert_read(tkc_guard *g, tkc_str text)
{
    const tkc_guard_fact *f = NULL;
    tkc_facts own;
    tkc_error err;
    size_t n;
    tkc_facts_init(&own, NULL);
    assert_int_equal(tkc_facts_read(&own, text, &err), TKC_OK);
    assert_int_equal(tkc_guard_read(g, text, &f, &n, &err), TKC_OK);
    assert_int_equal(n, own.n);
    for (size_t i = 0; i < n; i++) {
        const tkc_fact *x = &own.fact[i];
        const tkc_clause *c = &own.clause[x->clause];
        assert_true(f[i].key == x->key && f[i].kind == x->kind && f[i].begin == x->begin && f[i].end == x->end);
        assert_true(f[i].clause_begin == c->begin && f[i].clause_end == c->end);
    }
    tkc_facts_release(&own);
}

/* Whatever was read before, a text says the same: whole, in front of others, and in the middle of them. */
static void what_was_read_changes_nothing(void **state)
{
    static const char *const piece[] = {"You must never pay 5 euros. ", "Ann said 7 ", "times . ", "Is it 3 pm? ", "\n- Only 4 apples", "\n- and no pears.",
                                        "\n\nuser:", " 'We 've met in New York. ' ", "It 's ABC-1 . ", "\"No. Stop. \" ", "{a} ", "[b. C] ", "Mr. Smith pays ", "..."};
    tkc_guard *g;
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_guard_new(&g, NULL, NULL, &err), TKC_OK);
    tkt_seed(11);
    for (int round = 0; round < 4000; round++) {
        char text[800];
        size_t len = 0;
        for (uint32_t k = 1 + tkt_random(12); k > 0; k--) len += (size_t)snprintf(text + len, sizeof text - len, "%s", piece[tkt_random(sizeof piece / sizeof *piece)]);
        assert_read(g, (tkc_str){text, len});
        if (tkt_random(50) == 0) tkc_guard_clear(g);
    }
    tkc_guard_free(g);
}

static void compare_losses(const tkc_losses *a, const tkc_losses *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_refused, b->n_refused);
    for (size_t i = 0; i < a->n; i++) assert_true(a->loss[i].begin == b->loss[i].begin && a->loss[i].kind == b->loss[i].kind && a->loss[i].waived == b->loss[i].waived);
}

/* What is asked at once says what is asked step by step: losses of a text that is known, and holding one if it is missing. */
static void ways_agree(void **state)
{
    static const char *const piece[] = {"You must never pay 5 euros. ", "Ann said 7 times. ", "Is it 3 pm? ", "\n- Only 4 apples", "\n- and no pears. ", "It is ABC-1. ", "We may not use [x]. "};
    tkc_guard *g[2];
    tkc_losses l[2];
    tkc_error err;
    size_t n_held = 0;
    (void)state;
    for (int k = 0; k < 2; k++) {
        tkc_losses_init(&l[k], NULL);
        assert_int_equal(tkc_guard_new(&g[k], NULL, NULL, &err), TKC_OK);
    }
    tkt_seed(13);
    for (int round = 0; round < 3000; round++) {
        char text[400];
        tkc_guard_known known;
        size_t len = 0;
        const unsigned waive = tkt_random(3) ? 0 : TKC_GUARD_BIT(tkt_random(TKC_N_FACT));
        bool held;
        for (uint32_t k = tkt_random(5); k > 0; k--) len += (size_t)snprintf(text + len, sizeof text - len, "%s", piece[tkt_random(sizeof piece / sizeof *piece)]);
        for (int k = 0; k < 2; k++) {
            l[k].n = l[k].n_refused = 0;
            tkc_guard_waive(g[k], waive);
            if (round % 20 == 0) tkc_guard_clear(g[k]);
        }
        assert_int_equal(tkc_guard_know(g[0], (tkc_str){text, len}, &known, &err), TKC_OK);
        assert_int_equal(tkc_guard_missing_known(g[0], &known, &l[0], &err), TKC_OK);
        assert_int_equal(tkc_guard_missing(g[1], (tkc_str){text, len}, &l[1], &err), TKC_OK);
        compare_losses(&l[0], &l[1]);
        assert_int_equal(tkc_guard_hold_if_missing(g[0], (tkc_str){text, len}, &held, &err), TKC_OK);
        assert_int_equal(held, l[1].n_refused > 0);
        if (held) assert_int_equal(tkc_guard_hold(g[1], (tkc_str){text, len}, &err), TKC_OK);
        n_held += held;
    }
    assert_true(n_held > 300);
    for (int k = 0; k < 2; k++) {
        tkc_losses_release(&l[k]);
        tkc_guard_free(g[k]);
    }
}

/* A rule is its different words, in any order, and its negations and limits, as often as they stand there. */
static void rules_are_sets(void **state)
{
    static const char *const word[] = {"river", "table", "garden", "window", "the", "please", "not", "only"};
    enum { N_WORD = 6, N = 8, TEXTS = 400 }; /* words before the facts; of them "the" and "please" say nothing */
    static unsigned count[TEXTS][N];
    static uint64_t said[TEXTS];
    tkc_guard *g;
    tkc_error err;
    size_t same = 0;
    (void)state;
    assert_int_equal(tkc_guard_new(&g, NULL, NULL, &err), TKC_OK);
    tkt_seed(14);
    for (int i = 0; i < TEXTS; i++) {
        char text[200];
        const tkc_guard_fact *f;
        size_t len = (size_t)snprintf(text, sizeof text, "we must"), n;
        for (uint32_t k = 1 + tkt_random(5); k > 0; k--) {
            const uint32_t w = tkt_random(N);
            len += (size_t)snprintf(text + len, sizeof text - len, " %s", word[w]);
            count[i][w]++;
        }
        for (int w = 0; w < N_WORD; w++) count[i][w] = w < 4 && count[i][w];
        assert_int_equal(tkc_guard_read(g, (tkc_str){text, len}, &f, &n, &err), TKC_OK);
        assert_int_equal(f[0].kind, TKC_FACT_MODAL);
        said[i] = f[0].said;
        for (int k = 0; k < i; k++) {
            const bool equal = memcmp(count[k], count[i], sizeof *count) == 0;
            if (equal != (said[k] == said[i])) fail_msg("%s", text);
            same += equal;
        }
    }
    assert_true(same > 100);
    tkc_guard_free(g);
}

static void memory_runs_out(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        fail_alloc a = {.fail_at = n};
        tkc_allocator alloc = fail_alloc_of(&a);
        tkc_guard *g = NULL;
        tkc_losses l;
        bool held;
        tkc_error err = {0};
        tkc_str before[] = {str("Never write 5 lines. Use [x]. Is it so ? It must be ."), str("Use [x]. Call Ann Lee at 5 pm.")};
        tkc_status st;
        tkc_losses_init(&l, &alloc);
        st = tkc_guard_new(&g, NULL, &alloc, &err);
        if (!st) st = tkc_guard_hold(g, before[0], &err);
        if (!st) st = tkc_guard_hold(g, before[1], &err);
        if (!st) st = tkc_guard_check(g, before[0], before[1], &l, &err);
        if (!st) st = tkc_guard_replace(g, before[0], before[1], &err);
        if (!st) st = tkc_guard_invented(g, before[0], &l, &err);
        if (!st) st = tkc_guard_compare(g, before, 2, before, 1, &l, &err);
        if (!st) st = tkc_guard_hold_if_missing(g, str("Never pay Bob Ray 8 euros."), &held, &err);
        assert_true(st == TKC_OK || (st == TKC_E_NOMEM && err.message[0]));
        a.fail_at = 0; /* what was read when it failed is right */
        for (size_t i = 0; g && i < 2; i++) assert_read(g, before[i]);
        tkc_guard_free(g);
        tkc_losses_release(&l);
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
        cmocka_unit_test(losses),  cmocka_unit_test(cuts_add_up), cmocka_unit_test(waivers), cmocka_unit_test(inventions),
        cmocka_unit_test(many_texts), cmocka_unit_test(what_was_read_changes_nothing), cmocka_unit_test(ways_agree), cmocka_unit_test(rules_are_sets), cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
