/*
 * test_decode.c - ids back to text: every decoder row against the reference engine
 * (tests/data/hf_models/decode.cases), and the rules of the call itself. SentencePiece's own
 * decoder is replayed in test_read_sentencepiece.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/case_file.h"
#include "tests/support/make_vocab.h"
#include "tokenizer/tokenizer.h"

#define MARK "\xe2\x96\x81"

enum { ROOM = 4096, MAX_ROWS = 4 };

#define TEXT(s) {(s), sizeof(s) - 1}

static const struct way {
    const char *name;
    tkc_op row[MAX_ROWS];
} WAY[] = {
    {"metaspace_always",
     {{.kind = TKC_OP_DEC_METASPACE, .flags = TKC_OPF_LEFT, .a = TEXT(MARK)}}},
    {"metaspace_never", {{.kind = TKC_OP_DEC_METASPACE, .a = TEXT(MARK)}}},
    {"byte_fallback", {{.kind = TKC_OP_DEC_BYTE_FALLBACK}}},
    {"llama",
     {{.kind = TKC_OP_DEC_REPLACE, .a = TEXT(MARK), .b = TEXT(" ")},
      {.kind = TKC_OP_DEC_BYTE_FALLBACK},
      {.kind = TKC_OP_DEC_FUSE},
      {.kind = TKC_OP_DEC_STRIP, .arg = 1, .a = TEXT(" ")}}},
    {"strip", {{.kind = TKC_OP_DEC_STRIP, .arg = 1 | 1 << 16, .a = TEXT("x")}}},
    {"strip_start", {{.kind = TKC_OP_DEC_STRIP, .arg = 2, .a = TEXT(" ")}}},
    {"wordpiece_clean",
     {{.kind = TKC_OP_DEC_WORDPIECE, .flags = TKC_OPF_CLEAN, .a = TEXT("##")}}},
    {"wordpiece", {{.kind = TKC_OP_DEC_WORDPIECE, .a = TEXT("##")}}},
    {"bpe_suffix", {{.kind = TKC_OP_DEC_BPE_SUFFIX, .a = TEXT("</w>")}}},
    {"fuse_replace",
     {{.kind = TKC_OP_DEC_FUSE}, {.kind = TKC_OP_DEC_REPLACE, .a = TEXT("lo"), .b = TEXT("L")}}},
    {"none", {{.kind = 0}}},
};
enum { N_WAYS = sizeof WAY / sizeof *WAY };

static tkc_vocab *vocab_with(const tkc_op *row, size_t n_rows, const char *path)
{
    size_t len;
    char *file = tkt_read_file(path, &len), text[256];
    tkc_str at = {file, len}, field[TKT_FIELDS];
    tkc_builder b;
    tkc_error err;
    assert_non_null(file);
    tkc_builder_init(&b, NULL);
    b.model.kind = TKC_MODEL_WORDPIECE;
    while (tkt_next_line(&at, field)) {
        if (!tkt_is(field[0], "token")) continue;
        text[tkt_unhex(field[1], text)] = 0;
        tkt_token(&b, text, TKC_TOKEN_NORMAL, 0);
    }
    for (size_t i = 0; i < n_rows && row[i].kind; i++)
        tkt_must(tkc_builder_op_add(&b, TKC_STAGE_DECODE, row[i], &err), &err);
    free(file);
    return tkt_vocab(&b);
}

static void test_reference(void **state)
{
    static const char path[] = "tests/data/hf_models/decode.cases";
    size_t len, n_cases = 0;
    char *file = tkt_read_file(path, &len);
    tkc_str at = {file, len}, field[TKT_FIELDS];
    tkc_vocab *v[N_WAYS];
    (void)state;
    assert_non_null(file);
    for (size_t i = 0; i < N_WAYS; i++) v[i] = vocab_with(WAY[i].row, MAX_ROWS, path);
    while (tkt_next_line(&at, field)) {
        uint32_t ids[64];
        char want[ROOM], out[ROOM];
        size_t way = 0, n_ids, n_want, n;
        tkc_error err;
        if (!tkt_is(field[0], "decode")) continue;
        while (way < N_WAYS && !tkt_is(field[1], WAY[way].name)) way++;
        assert_true(way < N_WAYS);
        n_ids = tkt_ids(field[2], ids);
        n_want = tkt_unhex(field[3], want);
        assert_int_equal(tkc_decode(v[way], ids, n_ids, 0, out, ROOM, &n, &err), TKC_OK);
        if (n != n_want || memcmp(out, want, n))
            fail_msg("%s %.*s: \"%.*s\", expected \"%.*s\"", WAY[way].name, (int)field[2].len,
                     field[2].ptr, (int)n, out, (int)n_want, want);
        n_cases++;
    }
    assert_true(n_cases >= 11 * 26);
    for (size_t i = 0; i < N_WAYS; i++) tkc_vocab_close(v[i]);
    free(file);
}

/* A byte token by itself is its byte, where the reference writes U+FFFD. */
static void test_half_a_character(void **state)
{
    static const tkc_op row = {.kind = TKC_OP_DEC_BYTE_FALLBACK};
    tkc_builder b;
    tkc_vocab *v;
    uint32_t ids[] = {0xe2, 0x82, 0xac};
    char out[8];
    size_t n;
    tkc_error err;
    (void)state;
    tkc_builder_init(&b, NULL);
    b.model.kind = TKC_MODEL_BPE_MERGES;
    b.model.flags = TKC_MODEL_BYTE_FALLBACK;
    tkt_byte_tokens(&b);
    tkt_must(tkc_builder_op_add(&b, TKC_STAGE_DECODE, row, &err), &err);
    v = tkt_vocab(&b);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tkc_decode(v, ids + i, 1, 0, out, sizeof out, &n, &err), TKC_OK);
        assert_int_equal(n, 1);
        assert_int_equal((unsigned char)out[0], ids[i]);
    }
    assert_int_equal(tkc_decode(v, ids, 3, 0, out, sizeof out, &n, &err), TKC_OK);
    assert_int_equal(n, 3);
    assert_memory_equal(out, "\xe2\x82\xac", 3);
    tkc_vocab_close(v);
}

static tkc_vocab *byte_level(void)
{
    tkc_builder b;
    tkc_error err;
    tkc_builder_init(&b, NULL);
    b.model.kind = TKC_MODEL_BPE_RANKS;
    b.model.flags = TKC_MODEL_BYTE_LEVEL;
    for (int c = 0; c < 256; c++) {
        char one = (char)c;
        tkt_must(tkc_builder_token_set(&b, (uint32_t)c, (tkc_str){&one, 1}, TKC_TOKEN_NORMAL, 0, 0,
                                       &err),
                 &err);
    }
    tkt_must(tkc_builder_added_add(&b, 300, tkt_str("<|end|>"), TKC_ADDED_SPECIAL, 0, &err), &err);
    /* a character of the byte alphabet, which must stay itself */
    tkt_must(tkc_builder_added_add(&b, 301, tkt_str("\xc3\xbc"), 0, 0, &err), &err);
    return tkt_vocab(&b);
}

static void test_the_call(void **state)
{
    tkc_vocab *v = byte_level();
    const uint32_t ids[] = {'a', 0, 0xff, 300, 'b', 301};
    char out[32];
    size_t n = 0;
    tkc_error err = {0};
    (void)state;
    assert_int_equal(tkc_decode(v, ids, 6, 0, out, sizeof out, &n, &err), TKC_OK);
    assert_int_equal(n, 13);
    assert_memory_equal(out, "a\0\xff<|end|>b\xc3\xbc", 13);
    assert_int_equal(tkc_decode(v, ids, 6, TKC_DECODE_SKIP_CONTROL, out, sizeof out, &n, &err),
                     TKC_OK);
    assert_int_equal(n, 6);
    assert_memory_equal(out, "a\0\xff" "b\xc3\xbc", 6);
    /* too small: how much it takes, and as much as fits */
    memset(out, '.', sizeof out);
    assert_int_equal(tkc_decode(v, ids, 6, 0, out, 5, &n, &err), TKC_E_SPACE);
    assert_int_equal(n, 13);
    assert_memory_equal(out, "a\0\xff<|.", 6);
    assert_int_equal(tkc_decode(v, ids, 6, 0, NULL, 0, &n, &err), TKC_E_SPACE);
    assert_int_equal(n, 13);
    assert_int_equal(tkc_decode(v, ids, 0, 0, NULL, 0, &n, &err), TKC_OK);
    assert_int_equal(n, 0);
    for (uint32_t bad = 256; bad < 303; bad += bad == 299 ? 3 : 1) { /* holes, and the end */
        const uint32_t two[] = {'a', bad};
        assert_int_equal(tkc_decode(v, two, 2, 0, out, sizeof out, &n, &err), TKC_E_ARG);
        assert_int_equal(err.offset, 1);
    }
    {
        const uint32_t huge = UINT32_MAX;
        assert_int_equal(tkc_decode(v, &huge, 1, 0, out, sizeof out, &n, &err), TKC_E_ARG);
        assert_int_equal(err.offset, 0);
    }
    tkc_vocab_close(v);
}

static void test_regex_refused(void **state)
{
    static const tkc_op row = {
        .kind = TKC_OP_DEC_REPLACE, .flags = TKC_OPF_REGEX, .a = TEXT("a+"), .b = TEXT("")};
    tkc_vocab *v = vocab_with(&row, 1, "tests/data/hf_models/decode.cases");
    const uint32_t id = 0;
    char out[8];
    size_t n;
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_decode(v, &id, 1, 0, out, sizeof out, &n, &err), TKC_E_UNSUPPORTED);
    tkc_vocab_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_half_a_character),
        cmocka_unit_test(test_the_call),
        cmocka_unit_test(test_regex_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
