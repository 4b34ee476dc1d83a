/*
 * test_stream.c - windows of files and pipes (tools/cli/stream.c): together they are the
 * file, and their counts add up to its count, for windows of any size.
 *
 * The command's own part is compiled in here; it is in no library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "tests/support/split_check.h"
#include "tools/cli/stream.c"
#include "vocab/registry.h"

enum { N_VOCAB = 3, MAX_FILE = 12000 };

static tkc_vocab *vocab[N_VOCAB];
static tkc_encoder *encoder[N_VOCAB];

static int open_all(void **state)
{
    static const char *const names[N_VOCAB] = {"o200k_base", "mistral_v3", "gemma3"};
    const tkc_vocab_options opt = {.struct_size = sizeof opt, .data_dir = "vocab/data"};
    tkc_error err;
    (void)state;
    for (size_t i = 0; i < N_VOCAB; i++)
        if (tkc_vocab_open_encoding(&vocab[i], names[i], &opt, &err) ||
            tkc_encoder_new(&encoder[i], vocab[i], NULL, &err)) {
            fprintf(stderr, "%s: %s\n", names[i], err.message);
            return -1;
        }
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_VOCAB; i++) {
        tkc_encoder_free(encoder[i]);
        tkc_vocab_close(vocab[i]);
    }
    return 0;
}

static size_t count(size_t v, tkc_str t)
{
    size_t n = 0;
    tkc_error err;
    assert_int_equal(tkc_count(encoder[v], t, 0, &n, &err), TKC_OK);
    return n;
}

/* Takes every window, in turns into one of two, and compares; returns their number. */
static size_t check(cli_stream *s, tkc_str file, size_t n_vocab, size_t first)
{
    cli_window w[2];
    size_t sum[N_VOCAB] = {0}, at = 0, n = 0;
    tkc_error err;
    bool got = true;
    for (int i = 0; i < 2; i++)
        assert_int_equal(cli_window_init(&w[i], n_vocab, MAX_FILE, &err), TKC_OK);
    for (;; n++) {
        cli_window *x = &w[n & 1];
        assert_int_equal(cli_stream_take(s, encoder + first, x, &got, &err), TKC_OK);
        if (!got) break;
        assert_int_equal(x->base, at);
        assert_true(x->text.len <= file.len - at);
        assert_memory_equal(x->text.ptr, file.ptr + at, x->text.len);
        at += x->text.len;
        for (size_t v = 0; v < n_vocab; v++)
            sum[v] += count(first + v, (tkc_str){x->text.ptr + x->skip[v],
                                                 x->text.len - x->skip[v]});
    }
    assert_int_equal(at, file.len);
    for (size_t v = 0; v < n_vocab; v++) assert_int_equal(sum[v], count(first + v, file));
    for (int i = 0; i < 2; i++) cli_window_release(&w[i]);
    return n;
}

static size_t make_file(char *p)
{
    const size_t want = tkt_split_below(8) ? 500 + tkt_split_below(3000) : tkt_split_below(20);
    static char s[TKT_SPLIT_LEN];
    size_t n = 0;
    while (n < want) {
        const size_t len = tkt_split_text(s, vocab[0]);
        memcpy(p + n, s, len);
        n += len;
        if (tkt_split_below(3) == 0) p[n++] = ' ';
    }
    return n;
}

static void files_and_pipes(void **state)
{
    static char p[MAX_FILE];
    size_t windows = 0, rounds = 0;
    tkc_error err;
    (void)state;
    for (int round = 0; round < 300; round++) {
        const size_t n = make_file(p), window = 8 + tkt_split_below(round % 2 ? 60 : 1500);
        const size_t first = tkt_split_below(N_VOCAB);
        const size_t n_vocab = 1 + tkt_split_below(N_VOCAB - first);
        cli_stream s;
        FILE *f = tmpfile();
        int end[2];
        assert_non_null(f);
        assert_int_equal(fwrite(p, 1, n, f), n);
        assert_int_equal(fflush(f), 0);
        assert_int_equal(cli_stream_open(&s, fileno(f), n_vocab, window, MAX_FILE, &err), TKC_OK);
        assert_true(s.any_place || !n);
        if (!n) lseek(fileno(f), 0, SEEK_SET);
        windows += check(&s, (tkc_str){p, n}, n_vocab, first);
        cli_stream_close(&s);
        fclose(f);

        assert_int_equal(pipe(end), 0);
        assert_int_equal(write(end[1], p, n), n);
        close(end[1]);
        assert_int_equal(cli_stream_open(&s, end[0], n_vocab, window, MAX_FILE, &err), TKC_OK);
        assert_false(s.any_place);
        windows += check(&s, (tkc_str){p, n}, n_vocab, first);
        cli_stream_close(&s);
        close(end[0]);
        rounds += 2;
    }
    assert_true(windows > 4 * rounds);
}

/* 'a' without end has no place to cut: the window grows, up to the limit. */
static void limit(void **state)
{
    static char p[MAX_FILE];
    cli_stream s;
    cli_window w;
    tkc_error err;
    bool got;
    FILE *f = tmpfile();
    (void)state;
    assert_non_null(f);
    memset(p, 'a', sizeof p);
    assert_int_equal(fwrite(p, 1, sizeof p, f), sizeof p);
    assert_int_equal(fflush(f), 0);
    assert_int_equal(cli_stream_open(&s, fileno(f), 1, 100, MAX_FILE, &err), TKC_OK);
    assert_int_equal(check(&s, (tkc_str){p, sizeof p}, 1, 0), 1);
    cli_stream_close(&s);

    assert_int_equal(cli_stream_open(&s, fileno(f), 1, 100, MAX_FILE - 1, &err), TKC_OK);
    assert_int_equal(cli_window_init(&w, 1, MAX_FILE, &err), TKC_OK);
    assert_int_equal(cli_stream_take(&s, encoder, &w, &got, &err), TKC_E_LIMIT);
    assert_int_equal(cli_stream_take(&s, encoder, &w, &got, &err), TKC_OK);
    assert_false(got); /* a stream that failed is over */
    cli_stream_close(&s);

    assert_int_equal(cli_stream_open(&s, fileno(f), 1, 100, MAX_FILE, &err), TKC_OK);
    assert_int_equal(ftruncate(fileno(f), 500), 0);
    assert_int_equal(cli_stream_take(&s, encoder, &w, &got, &err), TKC_E_IO);
    cli_window_release(&w);
    cli_stream_close(&s);
    fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(files_and_pipes), cmocka_unit_test(limit)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
