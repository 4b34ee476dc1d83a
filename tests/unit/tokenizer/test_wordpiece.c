/* test_wordpiece.c - words to ids as the reference gives them, and the edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/case_file.h"
#include "tests/support/make_vocab.h"
#include "tokenizer/merge/wordpiece.h"

enum { ROOM = 4096 };
static uint32_t got[ROOM];
static size_t begin[ROOM];

static size_t run(const tkc_vocab *v, tkc_wordpiece *w, tkc_str text)
{
    tkc_text piece = {text.ptr, text.len, NULL, 0};
    tkc_sink sink = {got, begin, ROOM, 0, SIZE_MAX};
    tkc_error err = {0};
    if (tkc_wordpiece_encode(v, w, &piece, &sink, &err)) fail_msg("%s", err.message);
    return sink.n;
}

static void start(tkc_builder *b)
{
    tkc_builder_init(b, NULL);
    b->model.kind = TKC_MODEL_WORDPIECE;
    b->model.unk_id = 0;
    b->model.max_word_chars = 100;
    memcpy(b->model.subword_prefix, "##", 2);
}

/* tools/dev/oracles/make_hf_model_cases.py */
static void replay(const char *path)
{
    static uint32_t want[ROOM];
    static char text[ROOM];
    size_t len, n_cases = 0;
    char *file = tkt_read_file(path, &len);
    tkc_str at = {file, len}, field[TKT_FIELDS];
    tkc_vocab *v = NULL;
    tkc_wordpiece *w = NULL;
    tkc_error err;
    tkc_builder b;
    assert_non_null(file);
    start(&b);
    while (tkt_next_line(&at, field)) {
        if (tkt_is(field[0], "setting") && tkt_is(field[1], "max_word_chars")) {
            b.model.max_word_chars = (uint32_t)strtoul(field[2].ptr, NULL, 10);
        } else if (tkt_is(field[0], "token")) {
            text[tkt_unhex(field[1], text)] = 0;
            tkt_token(&b, text, TKC_TOKEN_NORMAL, 0);
        } else if (tkt_is(field[0], "encode")) {
            size_t n_text = tkt_unhex(field[1], text), n_want = tkt_ids(field[2], want), n;
            if (!v) {
                v = tkt_vocab(&b);
                assert_int_equal(tkc_wordpiece_new(&w, v, NULL, &err), TKC_OK);
            }
            n = run(v, w, (tkc_str){text, n_text});
            if (n != n_want || memcmp(got, want, n * sizeof *got))
                fail_msg("%s: \"%.*s\": %zu ids, expected %zu", path, (int)n_text, text, n, n_want);
            n_cases++;
        }
    }
    assert_true(n_cases > 140);
    tkc_wordpiece_free(w);
    tkc_vocab_close(v);
    free(file);
}

static void test_reference(void **state)
{
    (void)state;
    replay("tests/data/hf_models/wordpiece_10.cases");
    replay("tests/data/hf_models/wordpiece_100.cases");
}

static void test_edges(void **state)
{
    static char word[200001];
    tkc_builder b;
    tkc_vocab *v;
    tkc_wordpiece *w;
    tkc_error err = {0};
    tkc_text piece = {"ax", 2, NULL, 7};
    tkc_sink sink = {NULL, NULL, 0, 3, SIZE_MAX};
    (void)state;
    start(&b);
    b.model.unk_id = TKC_NO_ID;
    b.model.max_word_chars = 0; /* no limit */
    tkt_token(&b, "a", TKC_TOKEN_NORMAL, 0);
    tkt_token(&b, "##aa", TKC_TOKEN_NORMAL, 0);
    tkt_token(&b, "##a", TKC_TOKEN_NORMAL, 0);
    v = tkt_vocab(&b);
    assert_int_equal(tkc_wordpiece_new(&w, v, NULL, &err), TKC_OK);
    /* unknown without an unknown token: what was counted before stays */
    assert_int_equal(tkc_wordpiece_encode(v, w, &piece, &sink, &err), TKC_E_FORMAT);
    assert_int_equal(err.offset, 7);
    assert_int_equal(sink.n, 3);
    /* a word of 200,000 letters, and where its parts begin */
    memset(word, 'a', sizeof word);
    assert_int_equal(run(v, w, (tkc_str){word, 200000}), 100001);
    assert_int_equal(begin[0], 0);
    assert_int_equal(begin[1], 1);
    assert_int_equal(begin[2], 3);
    tkc_wordpiece_free(w);
    tkc_wordpiece_free(NULL);
    tkc_vocab_close(v);
}

static void test_prefix_alone(void **state)
{
    tkc_builder b;
    tkc_vocab *v;
    tkc_wordpiece *w;
    tkc_error err;
    (void)state;
    start(&b); /* the longest token is shorter than the prefix */
    memcpy(b.model.subword_prefix, "<cont>", 7);
    tkt_token(&b, "?", TKC_TOKEN_UNKNOWN, 0);
    tkt_token(&b, "ab", TKC_TOKEN_NORMAL, 0);
    v = tkt_vocab(&b);
    assert_int_equal(tkc_wordpiece_new(&w, v, NULL, &err), TKC_OK);
    assert_int_equal(run(v, w, tkt_str("ab")), 1);
    assert_int_equal(got[0], 1);
    assert_int_equal(run(v, w, tkt_str("abab")), 1);
    assert_int_equal(got[0], 0);
    tkc_wordpiece_free(w);
    tkc_vocab_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_prefix_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
