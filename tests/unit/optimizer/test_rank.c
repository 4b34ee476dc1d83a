/* test_rank.c - BM25 against a plain twin, feedback and neighbours, ties, memory that runs out. */
#include "optimizer/text/rank.h"
#include "optimizer/text/stem.h"

#include "tests/support/fail_alloc.h"

#include <math.h>
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

static const char *const doc[][2] = {
    {"Cats", "The cat sat on the mat and watched the dogs."},
    {"", "Dogs bark at cats; a dog is a loyal animal."},
    {"Cooking", "Boil the pasta in salted water for nine minutes."},
    {"Pasta sauces", "A sauce of tomatoes and basil goes with pasta."},
    {"", "Completely unrelated words about quantum tunnelling."},
    {"", "Felines purr. Cats purr when they sleep."},
    {"", "Felines sleep all day."},
};
enum { N_DOC = sizeof doc / sizeof *doc };

static tkc_ranker *ranker(unsigned flags, uint64_t seed)
{
    const tkc_rank_options opt = {.struct_size = sizeof opt, .flags = flags, .seed = seed};
    tkc_ranker *r;
    tkc_error err;
    assert_int_equal(tkc_ranker_new(&r, &opt, NULL, &err), TKC_OK);
    for (size_t i = 0; i < N_DOC; i++)
        assert_int_equal(tkc_ranker_add(r, str(doc[i][0]), str(doc[i][1]), &err), TKC_OK);
    return r;
}

static size_t ask(tkc_ranker *r, const char *query, tkc_ranked *out, size_t cap)
{
    tkc_error err;
    size_t n = 99;
    assert_int_equal(tkc_ranker_query(r, str(query), out, cap, &n, &err), TKC_OK);
    for (size_t i = 0; i < n; i++) {
        assert_true(out[i].document < N_DOC && out[i].score > 0);
        if (i) assert_true(out[i - 1].score > out[i].score || (out[i - 1].score == out[i].score && out[i - 1].document < out[i].document));
    }
    return n;
}

/* The textbook's formula, with nothing shared but the words. */
static double plain_score(const char *query, size_t d)
{
    tkc_terms *t;
    tkc_term_list q, l[N_DOC];
    tkc_error err;
    double score = 0, average = 0, len[N_DOC];
    assert_int_equal(tkc_terms_new(&t, NULL, 5, NULL, &err), TKC_OK);
    tkc_term_list_init(&q, NULL);
    assert_int_equal(tkc_terms_read(t, str(query), &q, &err), TKC_OK);
    for (size_t i = 0; i < N_DOC; i++) {
        tkc_term_list_init(&l[i], NULL);
        for (int k = 0; k < 2; k++) assert_int_equal(tkc_terms_read(t, str(doc[i][0]), &l[i], &err), TKC_OK);
        assert_int_equal(tkc_terms_read(t, str(doc[i][1]), &l[i], &err), TKC_OK);
        len[i] = 0;
        for (size_t k = 0; k < l[i].n; k++) len[i] += !l[i].term[k].is_stop;
        average += len[i] / N_DOC;
    }
    for (size_t j = 0; j < q.n; j++) {
        double df = 0, tf = 0;
        if (q.term[j].is_stop) continue;
        for (size_t i = 0; i < N_DOC; i++) {
            double n = 0;
            for (size_t k = 0; k < l[i].n; k++) n += l[i].term[k].id == q.term[j].id;
            df += n > 0;
            if (i == d) tf = n;
        }
        score += log(1 + (N_DOC - df + 0.5) / (df + 0.5)) * tf * 2.5 / (tf + 1.5 * (0.25 + 0.75 * len[d] / average));
    }
    for (size_t i = 0; i < N_DOC; i++) tkc_term_list_release(&l[i]);
    tkc_term_list_release(&q);
    tkc_terms_free(t);
    return score;
}

static void bm25_is_bm25(void **state)
{
    static const char *const query[] = {"cats", "the cats and dogs", "pasta pasta sauce", "purr feline",
                                        "salted quantum cats"};
    tkc_ranker *r = ranker(TKC_RANK_PLAIN, 1);
    (void)state;
    for (size_t i = 0; i < sizeof query / sizeof *query; i++) {
        tkc_ranked hit[N_DOC];
        const size_t n = ask(r, query[i], hit, N_DOC);
        size_t want = 0;
        for (size_t d = 0; d < N_DOC; d++) want += plain_score(query[i], d) > 0;
        assert_int_equal(n, want);
        for (size_t k = 0; k < n; k++)
            assert_true(fabs(hit[k].score - plain_score(query[i], hit[k].document)) < 1e-5);
    }
    tkc_ranker_free(r);
}

static void queries(void **state)
{
    tkc_ranker *r = ranker(0, 1);
    tkc_ranked hit[N_DOC], again[N_DOC];
    size_t n;
    bool found = false;
    (void)state;
    assert_int_equal(ask(r, "", hit, N_DOC), 0);
    assert_int_equal(ask(r, "the of and", hit, N_DOC), 0);
    assert_int_equal(ask(r, "zebra", hit, N_DOC), 0);
    n = ask(r, "pasta", hit, N_DOC);
    assert_true(n >= 2);
    assert_true(hit[0].document == 3 || hit[0].document == 2);
    assert_int_equal(ask(r, "pasta", hit, 1), 1);
    assert_int_equal(ask(r, "pasta", hit, 0), 0);
    /* feedback finds what shares no word with the query */
    n = ask(r, "purr cats", hit, N_DOC);
    assert_int_equal(hit[0].document, 5);
    for (size_t i = 0; i < n; i++) found = found || hit[i].document == 6;
    assert_true(found);
    /* same answer again, with another seed, and after an addition that matters to nobody */
    tkc_ranker_free(r);
    r = ranker(0, 987654321);
    assert_int_equal(ask(r, "purr cats", again, N_DOC), n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(hit[i].document, again[i].document);
        assert_true(hit[i].score == again[i].score);
    }
    tkc_ranker_free(r);
    tkc_ranker_free(NULL);
}

static void adding_later(void **state)
{
    tkc_ranker *r;
    tkc_ranked hit[8];
    tkc_error err;
    size_t n;
    (void)state;
    assert_int_equal(tkc_ranker_new(&r, NULL, NULL, &err), TKC_OK);
    assert_int_equal(tkc_ranker_query(r, str("x"), hit, 8, &n, &err), TKC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(tkc_ranker_add(r, str(""), str(""), &err), TKC_OK);
    assert_int_equal(tkc_ranker_query(r, str("alpha"), hit, 8, &n, &err), TKC_OK);
    assert_int_equal(n, 0);
    for (int i = 0; i < 3; i++) assert_int_equal(tkc_ranker_add(r, str(""), str("alpha beta"), &err), TKC_OK);
    assert_int_equal(tkc_ranker_query(r, str("Alpha"), hit, 8, &n, &err), TKC_OK);
    assert_int_equal(n, 3);
    for (size_t i = 0; i < 3; i++) assert_int_equal(hit[i].document, i + 1); /* a tie keeps the order */
    tkc_ranker_free(r);
}

static void without_memory(void **state)
{
    size_t failed = 0;
    (void)state;
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_ranker *r = NULL;
        tkc_ranked hit[N_DOC];
        tkc_error err;
        size_t n;
        tkc_status status = tkc_ranker_new(&r, NULL, &a, &err);
        for (size_t i = 0; i < N_DOC && !status; i++) status = tkc_ranker_add(r, str(doc[i][0]), str(doc[i][1]), &err);
        if (!status) status = tkc_ranker_query(r, str("cats and pasta"), hit, N_DOC, &n, &err);
        if (status) {
            assert_int_equal(status, TKC_E_NOMEM);
            failed++;
            if (r) assert_int_equal(tkc_ranker_query(r, str("cats and pasta"), hit, N_DOC, &n, &err), TKC_OK);
        }
        tkc_ranker_free(r);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (!status) break;
    }
    assert_true(failed > 15);
}

static void bad_options(void **state)
{
    tkc_rank_options opt = {.struct_size = 3};
    tkc_ranker *r;
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_ranker_new(&r, &opt, NULL, &err), TKC_E_ARG);
    opt = (tkc_rank_options){.struct_size = sizeof opt, .language = "nosuch"};
    assert_int_equal(tkc_ranker_new(&r, &opt, NULL, &err), TKC_E_NOTFOUND);
    assert_true(tkc_is_framing_word(str("summarize")));
    assert_false(tkc_is_framing_word(str("budget")));
    assert_false(tkc_is_framing_word(str("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bm25_is_bm25), cmocka_unit_test(queries),    cmocka_unit_test(adding_later),
        cmocka_unit_test(without_memory), cmocka_unit_test(bad_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
