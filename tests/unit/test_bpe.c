/*
 * test_bpe.c - the merger by scanning, the one with a heap, and a twenty-line one give the
 * same ids; with and without cuts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tokenizer/bpe.h"
#include "vocab/base/utf8.h"
#include "vocab/open.h"

static uint64_t seed = 7;

static uint32_t rnd(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % n;
}

/* Characters of one to four bytes; few, so that random tokens and texts meet often. */
static const char *const letters[] = {
    "a", "b", "c", "\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x98\x80"};
enum { N_LETTERS = 6, MAX_TEXT = 400 };

static size_t random_text(char *out, size_t n_letters, size_t kinds)
{
    size_t len = 0;
    for (size_t i = 0; i < n_letters; i++) {
        const char *c = letters[rnd((uint32_t)kinds)];
        memcpy(out + len, c, strlen(c));
        len += strlen(c);
    }
    return len;
}

/* A random vocabulary of single characters (or bytes) and concatenations of its tokens. */
static tkc_vocab *random_vocab(tkc_model_kind kind, unsigned flags, size_t n_tokens)
{
    tkc_builder b;
    tkc_vocab *v = NULL;
    tkc_error err = {0};
    uint32_t n = 0;
    tkc_builder_init(&b, NULL);
    b.model.kind = kind;
    b.model.flags = flags;
    if (flags & TKC_MODEL_BYTE_LEVEL) {
        for (int c = 0; c < 256; c++) {
            const char one = (char)c;
            assert_int_equal(tkc_builder_token_set(&b, n++, (tkc_str){&one, 1}, TKC_TOKEN_NORMAL, 0,
                                                   0, &err), TKC_OK);
        }
    } else {
        for (size_t i = 0; i < N_LETTERS; i++)
            assert_int_equal(tkc_builder_token_set(&b, n++,
                                                   (tkc_str){letters[i], strlen(letters[i])},
                                                   TKC_TOKEN_NORMAL, -1000.0 - (double)i, 0, &err),
                             TKC_OK);
    }
    for (size_t tries = 0; n < n_tokens && tries < 20 * n_tokens; tries++) {
        char bytes[128];
        uint32_t l = rnd(n), r = rnd(n), known = 0;
        tkc_str ls = tkc_builder_token_bytes(&b, l), rs = tkc_builder_token_bytes(&b, r);
        if (flags & TKC_MODEL_BYTE_LEVEL && tries % 4) { /* mostly from the letters */
            char two[16];
            size_t k = random_text(two, 2, N_LETTERS);
            ls = (tkc_str){two, k};
            rs = (tkc_str){two, 0};
            memcpy(bytes, two, k);
            if (k < 2) continue;
        }
        if (ls.len + rs.len > 24) continue;
        if (rs.len) {
            memcpy(bytes, ls.ptr, ls.len);
            memcpy(bytes + ls.len, rs.ptr, rs.len);
        }
        for (uint32_t i = 0; i < n; i++) {
            tkc_str s = tkc_builder_token_bytes(&b, i);
            known |= s.len == ls.len + rs.len && memcmp(s.ptr, bytes, s.len) == 0;
        }
        if (known) continue;
        assert_int_equal(tkc_builder_token_set(&b, n, (tkc_str){bytes, ls.len + rs.len},
                                               TKC_TOKEN_NORMAL, -(double)rnd(40), 0, &err),
                         TKC_OK);
        if (kind == TKC_MODEL_BPE_MERGES)
            assert_int_equal(tkc_builder_merge_add(&b, l, r, n, 0, &err), TKC_OK);
        n++;
    }
    assert_int_equal(tkc_vocab_from_builder(&v, &b, &err), TKC_OK);
    tkc_builder_release(&b);
    return v;
}

/* The plainest merger there is, from the definition. */
static size_t naive(const tkc_vocab *v, const char *p, size_t len, uint32_t *sym)
{
    size_t n = 0;
    for (size_t at = 0; at < len;) {
        unsigned k = v->model.flags & TKC_MODEL_BYTE_LEVEL ? 1 : tkc_utf8_len((unsigned char)p[at]);
        sym[n] = tkc_token_find(v, p + at, k);
        assert_true(sym[n++] != TKC_NO_ID);
        at += k;
    }
    for (;;) {
        size_t best = n;
        uint32_t prio = UINT32_MAX, id = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            uint32_t m = tkc_pair_find(v, sym[i], sym[i + 1]);
            if (m == TKC_NO_ID || tkc_merge_prio(v, m) >= prio) continue;
            prio = tkc_merge_prio(v, m);
            id = tkc_merge_result(v, m);
            best = i;
        }
        if (best == n) return n;
        sym[best] = id;
        memmove(sym + best + 1, sym + best + 2, (n - best - 2) * sizeof *sym);
        n--;
    }
}

static void compare(tkc_model_kind kind, unsigned flags)
{
    for (int round = 0; round < 12; round++) {
        tkc_vocab *v = random_vocab(kind, flags, flags & TKC_MODEL_BYTE_LEVEL ? 500 : 120);
        tkc_vocab uncut;
        tkc_bpe *bpe[3];
        const size_t kinds = round % 2 ? 2 : N_LETTERS;
        assert_int_equal(tkc_bpe_new(&bpe[0], v, NULL, NULL), TKC_OK);
        assert_int_equal(tkc_bpe_new(&bpe[1], v, NULL, NULL), TKC_OK);
        tkc_bpe_set_short(bpe[1], 0);
        uncut = *v;
        uncut.model.flags &= ~(uint32_t)TKC_MODEL_UNIT_CUT;
        uncut.cuts = NULL;
        assert_int_equal(tkc_bpe_new(&bpe[2], &uncut, NULL, NULL), TKC_OK);
        for (int i = 0; i < 300; i++) {
            char text[MAX_TEXT * 4];
            static uint32_t want[MAX_TEXT * 4], got[MAX_TEXT * 4];
            const size_t len = random_text(text, 1 + rnd(i % 10 ? 30 : MAX_TEXT), kinds);
            const tkc_text piece = {text, len, NULL, 0};
            const size_t n = naive(v, text, len, want);
            for (int k = 0; k < 3; k++) {
                tkc_sink s = {.ids = got, .cap = sizeof got / sizeof *got, .limit = SIZE_MAX};
                assert_int_equal(tkc_bpe_encode(bpe[k], &piece, &s, NULL), TKC_OK);
                assert_int_equal(s.n, n);
                assert_memory_equal(got, want, n * sizeof *got);
            }
        }
        for (int k = 0; k < 3; k++) tkc_bpe_free(bpe[k]);
        tkc_vocab_close(v);
    }
}

static void ranks(void **state)
{
    (void)state;
    compare(TKC_MODEL_BPE_RANKS, TKC_MODEL_BYTE_LEVEL);
}

static void listed_bytes(void **state)
{
    (void)state;
    compare(TKC_MODEL_BPE_MERGES, TKC_MODEL_BYTE_LEVEL);
}

static void listed_characters(void **state)
{
    (void)state;
    compare(TKC_MODEL_BPE_MERGES, 0);
}

static void scores(void **state)
{
    (void)state;
    compare(TKC_MODEL_BPE_SCORES, TKC_MODEL_SPM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks),
        cmocka_unit_test(listed_bytes),
        cmocka_unit_test(listed_characters),
        cmocka_unit_test(scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
