/* test_dedupe.c - copies by their kind, edits by their level, families, boiler-plate, windows; the
 * answers for pairs; memory that runs out. */
#include "optimizer/text/dedupe.h"
#include "optimizer/text/paraphrase.h"

#include "tests/support/fail_alloc.h"
#include "tests/support/random_text.h"

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

static tkc_match compare(const char *a, const char *b, double threshold)
{
    tkc_match m;
    tkc_error err;
    assert_int_equal(tkc_compare_texts(str(a), str(b), threshold, &m, NULL, &err), TKC_OK);
    return m;
}

static void two_texts(void **state)
{
    tkc_match m;
    (void)state;
    assert_int_equal(compare("The cat, sat!", "the CAT sat", 0).copy, TKC_COPY_EXACT);
    assert_int_equal(compare("\xc3\x89t\xc3\xa9 chaud", "\xc3\xa9t\xc3\xa9 chaud", 0).copy, TKC_COPY_EXACT);
    assert_int_equal(compare("", "", 0).copy, TKC_COPY_EXACT);
    assert_int_equal(compare("the cat sat", "the dog sat", 0).copy, TKC_COPY_NONE);
    m = compare("one two three four five six seven eight nine ten", "one two three four five six seven eight nine eleven", 0);
    assert_int_equal(m.copy, TKC_COPY_NEAR);
    assert_true(fabs(m.similarity - 9.0 / 11) < 1e-9 && fabs(m.containment - 0.9) < 1e-9);
    assert_int_equal(compare("one two three four five six seven eight nine ten", "one two three four five six seven eight nine eleven", 0.9).copy,
                     TKC_COPY_NONE);
    /* the same words in another order are another text */
    assert_int_equal(compare("a b c d e f g h i j k l m n o p", "p f k a o c j e h m b l g n d i", 0).copy, TKC_COPY_NONE);
    /* repeats count */
    m = compare("a a a a b b", "a b", 0);
    assert_true(fabs(m.similarity - 2.0 / 6) < 1e-9 && m.containment == 1);
    /* a later, shorter text inside an earlier one; the other way round both have something to say */
    assert_int_equal(compare("w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 w16 w17 w18 w19 w20 w21 w22 w23 w24 w25 w26 w27 w28 w29 w30",
                             "w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 w16 w17 w18 w19 w20 w21", 0).copy,
                     TKC_COPY_CONTAINED);
    assert_int_equal(compare("w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 w16 w17 w18 w19 w20 w21",
                             "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15 w16 w17 w18 w19 w20 w21 w22 w23 w24 w25 w26 w27 w28 w29 w30", 0).copy,
                     TKC_COPY_NONE);
    assert_int_equal(compare("\xe4\xbb\x8a\xe5\xa4\xa9\xe5\xa4\xa9\xe6\xb0\x94\xe5\xbe\x88\xe5\xa5\xbd", "\xe4\xbb\x8a\xe5\xa4\xa9\xe5\xa4\xa9\xe6\xb0\x94\xe5\xbe\x88\xe5\xa5\xbd\xe3\x80\x82", 0).copy,
                     TKC_COPY_EXACT);
}

/* --- many --------------------------------------------------------------------------------- */

enum { WORDS = 3000 };

static size_t put_words(char *out, const uint32_t *word, size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) len += (size_t)sprintf(out + len, "%sw%u", i ? " " : "", word[i]);
    return len;
}

/* Words as a language has them: some often, most seldom. */
static uint32_t some_word(void)
{
    return tkt_random(3) ? tkt_random(WORDS) : tkt_random(40);
}

/* percent of the words replaced, taken out or put in */
static size_t edit(uint32_t *out, const uint32_t *word, size_t n, unsigned percent)
{
    size_t m = 0, edits = (n * percent + 99) / 100;
    bool here[400] = {false};
    for (size_t k = 0; k < edits;) {
        const size_t at = tkt_random((uint32_t)n);
        if (!here[at]) {
            here[at] = true;
            k++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const uint32_t kind = here[i] ? tkt_random(3) : 3;
        if (kind == 0) out[m++] = some_word();
        if (kind == 1) out[m++] = word[i];
        if (kind == 1) out[m++] = some_word();
        if (kind == 3) out[m++] = word[i];
    }
    return m;
}

static void edits(void **state)
{
    static const unsigned percent[] = {1, 2, 5, 10};
    enum { N = 300 };
    static char text[2 * N][4000];
    (void)state;
    tkt_seed(21);
    for (size_t p = 0; p < sizeof percent / sizeof *percent; p++) {
        tkc_deduper *d;
        tkc_error err;
        size_t found = 0, wrong = 0;
        assert_int_equal(tkc_deduper_new(&d, 0, NULL, &err), TKC_OK);
        for (size_t i = 0; i < N; i++) {
            uint32_t word[400], other[800];
            const size_t n = 60 + tkt_random(200);
            for (size_t k = 0; k < n; k++) word[k] = k < n / 3 ? (uint32_t)k : some_word(); /* a third is boiler-plate */
            put_words(text[i], word, n);
            put_words(text[N + i], other, edit(other, word, n, percent[p]));
        }
        for (size_t i = 0; i < 2 * N; i++) {
            tkc_match m;
            assert_int_equal(tkc_deduper_add(d, str(text[i]), NULL, &m, &err), TKC_OK);
            if (i < N) {
                wrong += m.copy != TKC_COPY_NONE;
            } else {
                found += m.copy && m.of == i - N;
                wrong += m.copy && m.of != i - N;
            }
        }
        assert_true(found >= N * 99 / 100);
        assert_int_equal(wrong, 0);
        tkc_deduper_free(d);
    }
}

/* A thousand copies of one text with a word changed each: one stays. */
static void family(void **state)
{
    static char text[1000][1200];
    tkc_deduper *d;
    tkc_error err;
    tkc_match m;
    uint32_t word[100];
    (void)state;
    tkt_seed(8);
    for (size_t k = 0; k < 100; k++) word[k] = some_word();
    assert_int_equal(tkc_deduper_new(&d, 0.9, NULL, &err), TKC_OK);
    for (size_t i = 0; i < 1000; i++) {
        const uint32_t at = tkt_random(100), was = word[at];
        word[at] = i ? WORDS + (uint32_t)i : was;
        put_words(text[i], word, 100);
        word[at] = was;
        assert_int_equal(tkc_deduper_add(d, str(text[i]), NULL, &m, &err), TKC_OK);
        assert_int_equal(m.copy, i ? TKC_COPY_NEAR : TKC_COPY_NONE);
        assert_int_equal(m.of, 0);
        if (i) assert_true(m.similarity > 0.97);
    }
    tkc_deduper_free(d);
}

/* A sketch made elsewhere gives the same answers, and many texts make the tables grow. */
static void sketches(void **state)
{
    enum { N = 6000 };
    static char text[N][160];
    tkc_deduper *d, *e;
    tkc_error err;
    size_t copies = 0;
    (void)state;
    tkt_seed(9);
    assert_int_equal(tkc_deduper_new(&d, 0, NULL, &err), TKC_OK);
    assert_int_equal(tkc_deduper_new(&e, 0, NULL, &err), TKC_OK);
    tkc_deduper_keep_words(d, 12 * N / 2); /* and read the other half again */
    for (size_t i = 0; i < N; i++) {
        uint32_t word[12];
        tkc_sketch s;
        tkc_match m, k;
        for (size_t j = 0; j < 12; j++) word[j] = some_word();
        if (i % 10 == 9) memcpy(text[i], text[i - 5], sizeof text[i]);
        else put_words(text[i], word, 12);
        tkc_sketch_of(str(text[i]), &s);
        assert_int_equal(tkc_deduper_add(d, str(text[i]), NULL, &m, &err), TKC_OK);
        assert_int_equal(tkc_deduper_add(e, str(text[i]), &s, &k, &err), TKC_OK);
        assert_int_equal(m.copy, k.copy);
        assert_int_equal(m.of, k.of);
        assert_true(m.similarity == k.similarity && m.containment == k.containment);
        assert_int_equal(tkc_deduper_words(d, (uint32_t)i).n, i < N / 2 ? 12 : 0);
        assert_null(tkc_deduper_words(e, (uint32_t)i).hash);
        if (i % 10 == 9) assert_true(m.copy == TKC_COPY_EXACT && m.of == i - 5);
        copies += m.copy != TKC_COPY_NONE;
    }
    assert_int_equal(copies, N / 10);
    tkc_deduper_free(d);
    tkc_deduper_free(e);
    tkc_deduper_free(NULL);
}

/* Where words are kept, sets of bits say that texts have too few in common; where they are not, all words are compared. The
 * answers are the same on both sides of the threshold, of short texts and of those with more words than bits. */
static void sets_of_words(void **state)
{
    static const size_t words[] = {3, 15, 16, 30, 60, 300};
    enum { N = 60, EDITS = 8 };
    tkc_error err;
    size_t n_copy = 0, n_none = 0;
    (void)state;
    tkt_seed(33);
    for (size_t l = 0; l < sizeof words / sizeof *words; l++) {
        static char text[N * EDITS][4000];
        tkc_deduper *kept, *read;
        assert_int_equal(tkc_deduper_new(&kept, 0, NULL, &err), TKC_OK);
        assert_int_equal(tkc_deduper_new(&read, 0, NULL, &err), TKC_OK);
        tkc_deduper_keep_words(kept, SIZE_MAX);
        for (size_t i = 0; i < N * EDITS; i++) {
            uint32_t word[400], other[800];
            tkc_match a, b;
            if (i % EDITS == 0)
                for (size_t k = 0; k < words[l]; k++) word[k] = k < words[l] / 3 ? (uint32_t)k : some_word();
            put_words(text[i], other, edit(other, word, words[l], (unsigned)(i % EDITS * 4)));
            assert_int_equal(tkc_deduper_add(kept, str(text[i]), NULL, &a, &err), TKC_OK);
            assert_int_equal(tkc_deduper_add(read, str(text[i]), NULL, &b, &err), TKC_OK);
            assert_int_equal(a.copy, b.copy);
            assert_int_equal(a.of, b.of);
            assert_true(a.similarity == b.similarity && a.containment == b.containment);
            n_copy += a.copy == TKC_COPY_NEAR || a.copy == TKC_COPY_CONTAINED;
            n_none += a.copy == TKC_COPY_NONE;
        }
        tkc_deduper_free(kept);
        tkc_deduper_free(read);
    }
    assert_true(n_copy > 200 && n_none > 200);
}

static void windows(void **state)
{
    static const char *const text[] = {
        "a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 a12. b1 b2 b3 b4 b5 b6 b7 b8 b9",
        "b1 b2 b3 b4 b5 b6 b7 b8 b9 c1 c2 c3 c4 c5 c6 c7 c8 c9 c10",
        "c3 c4 c5 c6 c7 c8 c9 c10 d1 d2 d3 d4 d5 d6 d7",
        "d1 d2 d3 d4 d5 d6 d7 too few words of it are shared",
        "a1 a2 a3 a4 a5 a6 a7 a8 a9 another end that has nothing to do with it",
    };
    enum { N = sizeof text / sizeof *text };
    tkc_str list[N];
    tkc_words_kept words[N];
    uint32_t with[N];
    size_t bytes[N];
    tkc_deduper *d;
    tkc_match m;
    tkc_error err;
    (void)state;
    for (size_t i = 0; i < N; i++) list[i] = str(text[i]);
    assert_int_equal(tkc_deduper_new(&d, 0, NULL, &err), TKC_OK);
    tkc_deduper_keep_words(d, 40); /* of the first three */
    for (size_t i = 0; i < N; i++) assert_int_equal(tkc_deduper_add(d, list[i], NULL, &m, &err), TKC_OK);
    for (size_t i = 0; i < N; i++) words[i] = tkc_deduper_words(d, (uint32_t)i);
    assert_true(words[0].n == 21 && words[1].n == 19 && !words[4].hash);
    for (int kept = 0; kept < 2; kept++) {
        assert_int_equal(tkc_overlaps(list, kept ? words : NULL, N, false, with, bytes, NULL, &err), TKC_OK);
        for (size_t i = 0; i < N; i++) {
            static const uint32_t want[N] = {0, 0, 1, 3, 4};
            static const size_t len[N] = {0, 26, 24, 0, 0};
            assert_int_equal(with[i], want[i]);
            assert_int_equal(bytes[i], len[i]);
        }
    }
    tkc_deduper_free(d);
    assert_int_equal(tkc_overlaps(list, NULL, 0, false, with, bytes, NULL, &err), TKC_OK);
    { /* the later one is not looked at, where only earlier ones are wanted */
        const tkc_str turned[] = {str(text[1]), str(text[0]), str(text[2])};
        assert_int_equal(tkc_overlaps(turned, NULL, 3, true, with, bytes, NULL, &err), TKC_OK);
        assert_true(bytes[0] == 0 && with[0] == 0 && bytes[1] == 0 && bytes[2] == 24 && with[2] == 0);
    }
}

static void hostile(void **state)
{
    enum { SIZE = 300000 };
    char *a = malloc(SIZE), *b = malloc(SIZE);
    tkc_deduper *d;
    tkc_match m;
    tkc_error err;
    uint32_t with[2];
    size_t bytes[2];
    (void)state;
    assert_true(a && b);
    for (size_t i = 0; i < SIZE; i++) {
        a[i] = i % 2 ? ' ' : 'a';
        b[i] = (char)(i * 2654435761u >> 13);
    }
    {
        const tkc_str list[2] = {{a, SIZE}, {a, SIZE - 2}};
        assert_int_equal(tkc_overlaps(list, NULL, 2, false, with, bytes, NULL, &err), TKC_OK);
    }
    assert_int_equal(tkc_deduper_new(&d, 0, NULL, &err), TKC_OK);
    for (int k = 0; k < 3; k++) {
        assert_int_equal(tkc_deduper_add(d, (tkc_str){a, SIZE - 100 * (size_t)k}, NULL, &m, &err), TKC_OK);
        assert_int_equal(m.copy, k ? TKC_COPY_NEAR : TKC_COPY_NONE);
        assert_int_equal(tkc_deduper_add(d, (tkc_str){b, SIZE}, NULL, &m, &err), TKC_OK);
        assert_int_equal(m.copy, k ? TKC_COPY_EXACT : TKC_COPY_NONE);
        assert_int_equal(tkc_deduper_add(d, (tkc_str){"", 0}, NULL, &m, &err), TKC_OK);
        assert_int_equal(m.copy, k ? TKC_COPY_EXACT : TKC_COPY_NONE);
        assert_int_equal(tkc_deduper_add(d, str("!!!"), NULL, &m, &err), TKC_OK);
        assert_int_equal(m.copy, k ? TKC_COPY_EXACT : TKC_COPY_NONE);
    }
    tkc_deduper_free(d);
    assert_int_equal(tkc_deduper_new(&d, 1.5, NULL, &err), TKC_E_ARG);
    assert_int_equal(tkc_deduper_new(&d, -1, NULL, &err), TKC_E_ARG);
    assert_int_equal(tkc_deduper_new(&d, NAN, NULL, &err), TKC_E_ARG);
    free(a);
    free(b);
}

/* --- paraphrases -------------------------------------------------------------------------- */

static double alike(tkc_terms *t, const char *a, const char *b)
{
    double x, y;
    tkc_error err;
    assert_int_equal(tkc_paraphrase(t, str(a), str(b), &x, NULL, &err), TKC_OK);
    assert_int_equal(tkc_paraphrase(t, str(b), str(a), &y, NULL, &err), TKC_OK);
    assert_true(x >= 0 && x <= 1 && x == y);
    return x;
}

static void paraphrases(void **state)
{
    tkc_terms *t;
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_terms_new(&t, NULL, 0, NULL, &err), TKC_OK);
    assert_true(alike(t, "The board approved the budget.", "the board approved the budget") == 1);
    assert_true(alike(t, "", "") == 1 && alike(t, "!", "?") == 0 && alike(t, "", "word") < 0.5);
    assert_true(alike(t, "On Tuesday the board of the company approved the new budget for schools.",
                      "The company's board approved the new schools budget on Tuesday.") > 0.5);
    assert_true(alike(t, "Penguins eat fish in the cold southern sea.", "The parliament voted against new taxes yesterday.") < 0.2);
    /* another number, another name: less than the same with a word moved */
    assert_true(alike(t, "Shares of Acme fell 12 percent to 30 dollars on Monday", "Shares of Acme fell 17 percent to 28 dollars on Monday") <
                alike(t, "Shares of Acme fell 12 percent to 30 dollars on Monday", "On Monday Acme shares fell 12 percent, to 30 dollars"));
    tkc_terms_free(t);
}

static void without_memory(void **state)
{
    static const char *const text[] = {"one two three four five six seven eight", "one two three four five six seven nine", "other words"};
    size_t failed = 0;
    (void)state;
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_deduper *d = NULL;
        tkc_terms *t = NULL;
        tkc_match m;
        tkc_error err;
        tkc_str list[3];
        uint32_t with[3];
        size_t bytes[3];
        double x;
        tkc_status status = tkc_deduper_new(&d, 0, &a, &err);
        for (size_t i = 0; i < 3; i++) list[i] = str(text[i]);
        if (!status) tkc_deduper_keep_words(d, 10); /* two of them */
        for (size_t i = 0; i < 3 && !status; i++) status = tkc_deduper_add(d, list[i], NULL, &m, &err);
        if (!status) status = tkc_compare_texts(list[0], list[1], 0, &m, &a, &err);
        if (!status) status = tkc_overlaps(list, NULL, 3, false, with, bytes, &a, &err);
        if (!status) status = tkc_terms_new(&t, NULL, 0, &a, &err);
        if (!status) status = tkc_paraphrase(t, list[0], list[1], &x, &a, &err);
        tkc_deduper_free(d);
        tkc_terms_free(t);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (!status) break;
        assert_int_equal(status, TKC_E_NOMEM);
        failed++;
    }
    assert_true(failed > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_texts), cmocka_unit_test(edits),   cmocka_unit_test(family),      cmocka_unit_test(sketches),
        cmocka_unit_test(sets_of_words), cmocka_unit_test(windows), cmocka_unit_test(hostile), cmocka_unit_test(paraphrases), cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
