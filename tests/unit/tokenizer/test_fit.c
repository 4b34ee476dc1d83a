/*
 * test_fit.c - tkc_fit against the definition: every prefix counted alone, the longest kept.
 *
 * The texts are long enough that fit counts what lies before a safe place only once, so this
 * is also the test of that shortcut, for each kind of pipeline in vocab/data.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tokenizer/tokenizer.h"

static uint64_t seed = 99;

static uint32_t rnd(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

enum { MAX_TEXT = 1200, MAX_LONG = 16000 };

static size_t random_text(char *out, size_t most)
{
    static const char *const words[] = {"the",
                                        "fit",
                                        "Tokenizer",
                                        "don't",
                                        "\n\n",
                                        "  ",
                                        "   \n",
                                        "1234567",
                                        "caf\xc3\xa9",
                                        "e\xcc\x81",
                                        "x=y;",
                                        "\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97",
                                        "\xf0\x9f\x98\x80",
                                        "...",
                                        "</s>",
                                        "<tool_call>",
                                        "antidisestablishmentarianism",
                                        "A",
                                        "HTTPServer",
                                        "\t",
                                        "_____",
                                        "\xe2\x96\x81",
                                        "\xff"};
    const size_t n_words = sizeof words / sizeof *words, goal = most / 2 - 100 + rnd((uint32_t)most / 2);
    size_t len = 0;
    while (len < goal) {
        const char *w = words[rnd(3) ? rnd(5) : rnd((uint32_t)n_words)];
        memcpy(out + len, w, strlen(w));
        len += strlen(w);
        if (rnd(6)) out[len++] = ' ';
    }
    return len;
}

static bool may_cut(const char *t, size_t i, size_t len, tkc_fit_at at)
{
    const bool blank = i && strchr(" \t\n\r", t[i - 1]);
    if (i == 0 || i == len) return true;
    if (((unsigned char)t[i] & 0xc0) == 0x80) return false;
    if (at == TKC_FIT_WORD) return blank && !strchr(" \t\n\r", t[i]);
    return at == TKC_FIT_CHAR || t[i - 1] == '\n';
}

static void against_the_definition(void **state)
{
    static const char *const names[] = {"o200k_base", "qwen3",       "gemma3",  "mistral_v3",
                                        "phi3",       "deepseek_v3", "kimi_k2", "claude_v5"};
    const tkc_vocab_options opt = {.struct_size = sizeof opt, .data_dir = "vocab/data"};
    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        tkc_vocab *v = NULL;
        tkc_encoder *e = NULL;
        tkc_error err = {0};
        assert_int_equal(tkc_vocab_open_encoding(&v, names[k], &opt, &err), TKC_OK);
        assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
        for (int round = 0; round < 10; round++) {
            static char text[MAX_LONG + 64];
            /* In long ones what is in front is skipped by counting, if there are no flags. */
            const bool is_long = round >= 5;
            const size_t len = random_text(text, is_long ? MAX_LONG : MAX_TEXT);
            const tkc_fit_at at = (tkc_fit_at)(round % 3);
            const unsigned flags = round % 2 ? TKC_ENCODE_FRAME : 0;
            size_t all, limit, bytes = 0, n = 0, want = len, count = 0;
            assert_int_equal(tkc_count(e, (tkc_str){text, len}, flags, &all, &err), TKC_OK);
            limit = 20 + rnd((uint32_t)all - 20);
            assert_int_equal(tkc_fit(e, (tkc_str){text, len}, flags, limit, at, &bytes, &n, &err),
                             TKC_OK);
            if (is_long && bytes + 200 < want) want = bytes + 200; /* else it takes minutes */
            for (;; want--) {
                if (!may_cut(text, want, len, at)) continue;
                assert_int_equal(tkc_count(e, (tkc_str){text, want}, flags, &count, &err), TKC_OK);
                if (count <= limit) break;
            }
            assert_int_equal(bytes, want);
            assert_int_equal(n, count);
        }
        tkc_encoder_free(e);
        tkc_vocab_close(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_the_definition)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
