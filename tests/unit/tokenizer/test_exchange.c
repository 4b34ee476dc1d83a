/*
 * test_exchange.c - what encoders tell each other: heard after a meeting and not before, by all but
 * who told it, as it was told; and that counts of threads that share an exchange are those of one
 * that is alone.
 */
#include "tests/support/fail_alloc.h"
#include "tests/support/o200k.h"
#include "tests/support/random_text.h"
#include "tokenizer/merge/exchange.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static tkc_exchange *exchange_for(size_t most)
{
    tkc_exchange *x = NULL;
    assert_int_equal(tkc_exchange_new(&x, vocab, most, NULL, NULL), TKC_OK);
    return x;
}

static tkc_teller *join(tkc_exchange *x)
{
    tkc_teller *m = NULL;
    assert_int_equal(tkc_teller_new(&m, x, vocab, NULL, NULL), TKC_OK);
    return m;
}

/* The i-th of many pieces, of 7 bytes, padded. */
static void piece(unsigned char out[TKC_PIECE_SHORT], unsigned i)
{
    char text[8];
    memset(out, 0xff, TKC_PIECE_SHORT);
    snprintf(text, sizeof text, "p%06u", i);
    memcpy(out, text, 7);
}

static void tell(tkc_teller *m, unsigned i, size_t n)
{
    unsigned char bytes[TKC_PIECE_SHORT];
    piece(bytes, i);
    tkc_tell(m, bytes, n);
}

/* Tokens of the i-th piece in t; 0: it is not there. */
static unsigned known(tkc_piece_table *t, unsigned i)
{
    unsigned char bytes[TKC_PIECE_SHORT];
    const unsigned char *e;
    tkc_piece_key k;
    piece(bytes, i);
    tkc_piece_key_of(t, &k, bytes, 7);
    e = tkc_piece_find(t, &k);
    return e ? tkc_piece_count(t, e) : 0;
}

enum { THREE = 3 };

static void heard_after_meeting(void **state)
{
    tkc_exchange *x = exchange_for(THREE);
    tkc_teller *m[THREE];
    tkc_piece_table t[THREE];
    (void)state;
    for (int i = 0; i < THREE; i++) {
        m[i] = join(x);
        assert_non_null(m[i]);
        tkc_piece_table_init(&t[i], 16, 12, false, NULL, NULL);
    }
    assert_null(join(x)); /* one too many learns for itself */
    assert_null(join(x));
    tell(m[0], 1, 5);
    tell(m[0], 2, TKC_PIECE_MOST);
    tell(m[0], 3, TKC_PIECE_MOST + 1);
    tkc_meet(m[1], &t[1]);
    assert_int_equal(known(&t[1], 1), 0); /* not published */
    tkc_meet(m[0], &t[0]);
    assert_int_equal(known(&t[0], 1), 0); /* its own table is its own matter */
    tell(m[0], 4, 1);
    for (int i = 1; i < THREE; i++) {
        tkc_meet(m[i], &t[i]);
        assert_int_equal(known(&t[i], 1), 5);
        assert_int_equal(known(&t[i], 2), TKC_PIECE_MOST);
        assert_int_equal(known(&t[i], 3), 0);
        assert_int_equal(known(&t[i], 4), 0);
    }
    tkc_teller_free(m[0]); /* what it published stays */
    tell(m[1], 5, 2);
    tkc_meet(m[1], &t[1]);
    tkc_meet(m[2], &t[2]);
    assert_int_equal(known(&t[2], 5), 2);
    assert_int_equal(t[2].used, 4); /* with the one of no piece: nothing twice */
    for (int i = 0; i < THREE; i++) {
        if (i) tkc_teller_free(m[i]);
        tkc_piece_table_release(&t[i]);
    }
    tkc_exchange_free(x);
}

/* Full logs say no more; what is known already is not told again by hearing it. */
static void full_log(void **state)
{
    tkc_exchange *x = exchange_for(2);
    tkc_teller *a = join(x), *b = join(x);
    tkc_piece_table t;
    size_t there = 0;
    (void)state;
    tkc_piece_table_init(&t, 16, 17, false, NULL, NULL);
    for (unsigned i = 0; i < TKC_TOLD_MOST + 10; i++) tell(a, i, 1 + i % 200);
    tkc_meet(a, &t);
    assert_null(t.bucket);
    tkc_meet(b, &t);
    for (unsigned i = 0; i < TKC_TOLD_MOST; i++) {
        const unsigned n = known(&t, i);
        if (!n) continue; /* replaced */
        there++;
        assert_int_equal(n, 1 + i % 200);
    }
    assert_in_range(there, TKC_TOLD_MOST * 95 / 100, TKC_TOLD_MOST);
    for (unsigned i = TKC_TOLD_MOST; i < TKC_TOLD_MOST + 10; i++) assert_int_equal(known(&t, i), 0);
    tkc_piece_table_release(&t);
    tkc_teller_free(a);
    tkc_teller_free(b);
    tkc_exchange_free(x);
}

static tkc_status new_encoder(tkc_encoder **out, const tkc_vocab *v, tkc_exchange *x, const tkc_allocator *a,
                              tkc_error *err)
{
    const tkc_encoder_options o = {.struct_size = sizeof o, .exchange = x};
    return tkc_encoder_new_with(out, v, &o, a, err);
}

static void wrong_use(void **state)
{
    tkc_exchange *x = NULL;
    tkc_encoder *e = NULL;
    tkc_vocab *other = NULL;
    tkc_error err = {0};
    const tkc_vocab_options o = {.struct_size = sizeof o, .data_dir = "vocab/data"};
    (void)state;
    assert_int_equal(tkc_exchange_new(&x, vocab, 0, NULL, &err), TKC_E_ARG);
    assert_int_equal(tkc_exchange_new(&x, vocab, 4097, NULL, &err), TKC_E_ARG);
    assert_string_equal(err.message, "an exchange is for 1 to 4096 encoders, not 4097");
    assert_int_equal(tkc_vocab_open_encoding(&other, "r50k_base", &o, &err), TKC_OK);
    x = exchange_for(1);
    assert_int_equal(new_encoder(&e, other, x, NULL, &err), TKC_E_ARG);
    assert_string_equal(err.message, "this exchange is for encoders of another vocabulary");
    tkc_exchange_free(x);
    tkc_exchange_free(NULL);
    tkc_vocab_close(other);
}

static void failing_allocator(void **state)
{
    (void)state;
    for (size_t at = 1, done = 0; !done; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_exchange *x = NULL;
        tkc_encoder *e = NULL;
        tkc_error err = {0};
        tkc_status st = tkc_exchange_new(&x, vocab, 2, &a, &err);
        if (!st) st = new_encoder(&e, vocab, x, &a, &err);
        done = f.calls < at;
        assert_int_equal(st, done ? TKC_OK : TKC_E_NOMEM);
        tkc_encoder_free(e);
        tkc_exchange_free(x);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
    }
}

/* --- threads over texts that have much in common -------------------------------------- */

enum { N_TEXT = 24, TEXT = 150000, N_THREAD = 4 };

typedef struct job {
    const tkc_str *text;
    const size_t *want;
    tkc_encoder *e;
    size_t first;
    bool ok;
} job;

static void *worker(void *arg)
{
    job *j = arg;
    j->ok = true;
    for (size_t k = 0; k < N_TEXT; k++) {
        const size_t i = (j->first + k) % N_TEXT;
        size_t n = 0;
        j->ok &= tkc_count(j->e, j->text[i], 0, &n, NULL) == TKC_OK && n == j->want[i];
    }
    return NULL;
}

/* Words of a few letters, of which there are many, each in several texts. */
static char *words(size_t len)
{
    char *const t = malloc(len + TKT_BIT_MAX);
    size_t n = 0;
    assert_non_null(t);
    while (n < len) {
        if (tkt_random(40) == 0) {
            if (n + TKT_BIT_MAX < len) n += tkt_random_text(t + n, 1);
            continue;
        }
        t[n++] = ' ';
        for (uint32_t w = tkt_random(40000); w; w /= 13) t[n++] = (char)('a' + w % 13);
    }
    return t;
}

static void same_counts(void **state)
{
    tkc_exchange *x = exchange_for(N_THREAD - 1); /* and one that learns for itself */
    tkc_str text[N_TEXT];
    size_t want[N_TEXT];
    pthread_t id[N_THREAD];
    job j[N_THREAD];
    (void)state;
    tkt_seed(7);
    for (size_t i = 0; i < N_TEXT; i++) {
        text[i] = (tkc_str){words(TEXT), TEXT};
        assert_int_equal(tkc_count(enc, text[i], 0, &want[i], NULL), TKC_OK);
    }
    for (size_t i = 0; i < N_THREAD; i++) {
        j[i] = (job){.text = text, .want = want, .first = i * N_TEXT / N_THREAD};
        assert_int_equal(new_encoder(&j[i].e, vocab, x, NULL, NULL), TKC_OK);
        assert_int_equal(pthread_create(&id[i], NULL, worker, &j[i]), 0);
    }
    for (size_t i = 0; i < N_THREAD; i++) {
        assert_int_equal(pthread_join(id[i], NULL), 0);
        assert_true(j[i].ok);
        tkc_encoder_free(j[i].e);
    }
    tkc_exchange_free(x);
    for (size_t i = 0; i < N_TEXT; i++) free((char *)(uintptr_t)text[i].ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heard_after_meeting), cmocka_unit_test(full_log),
        cmocka_unit_test(wrong_use),           cmocka_unit_test(failing_allocator),
        cmocka_unit_test(same_counts),
    };
    return cmocka_run_group_tests(tests, tkt_open_o200k, tkt_close_o200k);
}
