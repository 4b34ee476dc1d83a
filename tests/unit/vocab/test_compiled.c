/*
 * test_compiled.c - the compiled and the packed form: round trips, and what happens to files
 * that are cut, flipped or lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tokenizer/tokenizer.h"
#include "vocab/base/map_file.h"
#include "vocab/compile/compile.h"
#include "vocab/compiled_format.h"
#include "vocab/open.h"
#include "vocab/packed.h"
#include "vocab/recipes.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static tkc_str lit(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* 256 bytes, "ab", "abc", "bc", "xy" (that no merge builds), a split, a special token. */
static void small(tkc_builder *b, tkc_model_kind kind)
{
    tkc_error err = {0};
    tkc_builder_init(b, NULL);
    b->model.kind = kind;
    b->model.flags = TKC_MODEL_BYTE_LEVEL;
    for (int c = 0; c < 256; c++) {
        const char one = (char)c;
        assert_int_equal(tkc_builder_token_set(b, (uint32_t)c, (tkc_str){&one, 1}, TKC_TOKEN_NORMAL,
                                               0, 0, &err), TKC_OK);
    }
    assert_int_equal(tkc_builder_token_set(b, 256, lit("ab"), TKC_TOKEN_NORMAL, 0, 0, &err),
                     TKC_OK);
    assert_int_equal(tkc_builder_token_set(b, 257, lit("abc"), TKC_TOKEN_NORMAL, 0, 0, &err),
                     TKC_OK);
    assert_int_equal(tkc_builder_token_set(b, 258, lit("bc"), TKC_TOKEN_NORMAL, 0, 0, &err),
                     TKC_OK);
    assert_int_equal(tkc_builder_token_set(b, 260, lit("wxyz"), TKC_TOKEN_NORMAL, 0, 0, &err),
                     TKC_OK);
    assert_int_equal(tkc_builder_added_add(b, 262, lit("<|end|>"), TKC_ADDED_SPECIAL, 0, &err),
                     TKC_OK);
    assert_int_equal(tkc_recipe_pattern(b, "\\p{L}+|[^\\p{L}]+", &err), TKC_OK);
    if (kind == TKC_MODEL_BPE_MERGES) {
        assert_int_equal(tkc_builder_merge_add(b, 'a', 'b', 256, 0, &err), TKC_OK);
        assert_int_equal(tkc_builder_merge_add(b, 'b', 'c', 258, 0, &err), TKC_OK);
        assert_int_equal(tkc_builder_merge_add(b, 256, 'c', 257, 0, &err), TKC_OK);
    }
    memcpy(b->name, "small", 6);
}

static void expect(const tkc_vocab *v, const char *text, unsigned flags, const uint32_t *want,
                   size_t n_want)
{
    tkc_encoder *e = NULL;
    uint32_t ids[32];
    size_t n = 0;
    tkc_error err = {0};
    assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
    assert_int_equal(tkc_encode(e, lit(text), flags, ids, 32, &n, &err), TKC_OK);
    assert_int_equal(n, n_want);
    assert_memory_equal(ids, want, n * sizeof *ids);
    tkc_encoder_free(e);
}

static void compiled_image_says_the_same(void **state)
{
    const uint32_t want[] = {257, ' ', 258}, special[] = {'x', 262};
    tkc_builder b;
    tkc_vocab *v = NULL, *again = NULL;
    tkc_error err = {0};
    size_t n = 0;
    (void)state;
    small(&b, TKC_MODEL_BPE_MERGES);
    assert_int_equal(tkc_vocab_from_builder(&v, &b, &err), TKC_OK);
    expect(v, "abc bc", 0, want, 3);
    expect(v, "x<|end|>", TKC_ENCODE_SPECIAL, special, 2);
    assert_string_equal(tkc_vocab_name(v), "small");
    assert_int_equal(tkc_vocab_size(v), 263);
    assert_null(tkc_vocab_token(v, 259).ptr);
    assert_int_equal(tkc_vocab_token(v, 257).len, 3);
    assert_true(tkc_vocab_is_control(v, 262));
    assert_int_equal(tkc_vocab_unreachable(v, &n)[0], 260);
    assert_int_equal(n, 1);
    assert_int_equal(tkc_token_find_odd(v, "wxyz", 4), TKC_NO_ID); /* merging alone decides */
    assert_int_equal(tkc_vocab_open_memory(&again, v->image, NULL, &err), TKC_OK);
    expect(again, "abc bc", 0, want, 3);
    assert_int_equal(tkc_vocab_verify(again, &err), TKC_OK);
    tkc_vocab_close(again);
    tkc_vocab_close(v);
    tkc_builder_release(&b);
}

/* Opens bytes that are wrong somewhere; a failure must say what and where. */
static bool refused(const char *bytes, size_t len)
{
    tkc_vocab *v = NULL;
    tkc_error err = {0};
    const tkc_status st = tkc_vocab_open_memory(&v, (tkc_str){bytes, len}, NULL, &err);
    if (st == TKC_OK) {
        tkc_vocab_close(v);
        return false;
    }
    assert_int_equal(err.code, st);
    assert_true(err.message[0] != '\0');
    assert_true(err.offset <= len);
    return true;
}

/* Aligned copy of an image, one byte changed at a time, then cut at every length. */
static void damage(tkc_str image)
{
    char *copy = malloc(image.len + 1);
    assert_non_null(copy);
    memcpy(copy, image.ptr, image.len);
    for (size_t i = 0; i < image.len; i += i < 1024 ? 1 : 113) {
        copy[i] = (char)(copy[i] ^ 0x55);
        assert_true(refused(copy, image.len));
        copy[i] = image.ptr[i];
    }
    for (size_t n = 0; n < image.len; n += n < 1024 ? 1 : 307) assert_true(refused(copy, n));
    free(copy);
}

static void damaged_compiled_files_are_refused(void **state)
{
    tkc_builder b;
    tkc_vocab *v = NULL;
    (void)state;
    small(&b, TKC_MODEL_BPE_RANKS);
    assert_int_equal(tkc_vocab_from_builder(&v, &b, NULL), TKC_OK);
    damage(v->image);
    tkc_vocab_close(v);
    tkc_builder_release(&b);
}

/* Where a chunk begins; its length to *len. */
static size_t chunk_of(const char *image, const char *id, uint64_t *len)
{
    uint32_t n;
    uint64_t at;
    memcpy(&n, image + 12, sizeof n);
    for (uint32_t i = 0; i < n; i++) {
        const char *row = image + TKC_COMPILED_HEADER + i * TKC_COMPILED_CHUNK_ROW;
        if (memcmp(row, id, 4) != 0) continue;
        memcpy(&at, row + 8, sizeof at);
        memcpy(len, row + 16, sizeof *len);
        return (size_t)at;
    }
    fail_msg("no chunk %s", id);
    return 0;
}

/* Gives what was changed the checksum that it would have. */
static void sign(char *image, size_t len)
{
    const size_t body = len - TKC_COMPILED_TRAILER;
    const XXH128_hash_t sum = XXH3_128bits(image, body);
    memcpy(image + body, &sum.low64, 8);
    memcpy(image + body + 8, &sum.high64, 8);
}

/* Every pair has its bits, or merging would not look for it. */
static void partners_lack_nothing(void **state)
{
    tkc_builder b;
    tkc_vocab *v = NULL;
    uint64_t n = 0;
    size_t at, seen = 0;
    char *copy;
    (void)state;
    small(&b, TKC_MODEL_BPE_MERGES);
    assert_int_equal(tkc_vocab_from_builder(&v, &b, NULL), TKC_OK);
    at = chunk_of(v->image.ptr, "PART", &n);
    assert_int_equal(n, v->model.n_all * sizeof *v->partners);
    copy = malloc(v->image.len);
    assert_non_null(copy);
    for (uint64_t bit = 0; bit < n * 8; bit++) {
        const unsigned char one = (unsigned char)(1 << bit % 8);
        tkc_vocab *again = NULL;
        tkc_error err = {0};
        memcpy(copy, v->image.ptr, v->image.len);
        if (!(copy[at + bit / 8] & one)) continue;
        copy[at + bit / 8] = (char)(copy[at + bit / 8] & ~one);
        sign(copy, v->image.len);
        assert_int_equal(tkc_vocab_open_memory(&again, (tkc_str){copy, v->image.len}, NULL, &err), TKC_E_FORMAT);
        assert_non_null(strstr(err.message, "PART lacks"));
        seen++;
    }
    assert_true(seen >= 4); /* two pairs */
    free(copy);
    tkc_vocab_close(v);
    tkc_builder_release(&b);
}

/* The fuzz target of compiled images begins with some that are read: of an older form they are refused, and it looks
 * at nothing behind that. tests/fuzz/compiled_seeds.sh makes them again. */
static void fuzz_seeds_are_of_this_form(void **state)
{
    static const char *const name[] = {"characters", "unigram", "wordpiece"};
    (void)state;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        char path[100];
        tkc_vocab *v = NULL;
        tkc_error err = {0};
        tkc_buf b;
        snprintf(path, sizeof path, "tests/fuzz/corpus/fuzz_compiled/%s", name[i]);
        tkc_buf_init(&b, 1 << 20, NULL);
        assert_int_equal(tkc_read_file(&b, path, &err), TKC_OK);
        assert_true(b.len > 1 && b.ptr[0] == 1);
        memmove(b.ptr, b.ptr + 1, --b.len);
        if (tkc_vocab_open_memory(&v, tkc_buf_str(&b), NULL, &err)) fail_msg("%s: %s; run tests/fuzz/compiled_seeds.sh", path, err.message);
        tkc_vocab_close(v);
        tkc_buf_release(&b);
    }
}

/* With a checksum that is right, what compiling makes of the tokens must still be that. */
static void made_tables_are_made_again(void **state)
{
    static const char *const id[] = {"WIDE", "WPAI", "FORC", "THRE", "ODDT", "PIEC", "PIID"};
    tkc_builder b;
    tkc_vocab *v = NULL;
    char *copy;
    size_t len;
    (void)state;
    small(&b, TKC_MODEL_BPE_MERGES);
    b.model.flags |= TKC_MODEL_WHOLE_PIECE;
    assert_int_equal(tkc_vocab_from_builder(&v, &b, NULL), TKC_OK);
    assert_int_equal(tkc_token_find_odd(v, "wxyz", 4), 260);
    assert_int_equal(tkc_token_find_odd(v, "wxy", 3), TKC_NO_ID);
    len = v->image.len;
    copy = malloc(len);
    assert_non_null(copy);
    for (size_t k = 0; k < sizeof id / sizeof *id; k++)
        for (uint64_t i = 0, n = 1; i < n; i += n / 7 + 1) {
            const size_t at = chunk_of(v->image.ptr, id[k], &n) + (size_t)i;
            tkc_vocab *again = NULL;
            tkc_error err = {0};
            memcpy(copy, v->image.ptr, len);
            copy[at] = (char)(copy[at] ^ 1);
            sign(copy, len);
            assert_int_equal(tkc_vocab_open_memory(&again, (tkc_str){copy, len}, NULL, &err), TKC_E_FORMAT);
            if (!strstr(err.message, id[k])) fail_msg("%s: %s", id[k], err.message);
        }
    free(copy);
    tkc_vocab_close(v);
    tkc_builder_release(&b);
}

static void packed_form_says_the_same(void **state)
{
    const uint32_t want[] = {257, ' ', 258};
    const tkc_model_kind kinds[] = {TKC_MODEL_BPE_RANKS, TKC_MODEL_BPE_MERGES};
    (void)state;
    for (int k = 0; k < 2; k++) {
        tkc_builder b;
        tkc_buf packed, twice;
        tkc_vocab *v = NULL;
        small(&b, kinds[k]);
        b.token[258].score = -1.5;
        tkc_buf_init(&packed, 1 << 20, NULL);
        tkc_buf_init(&twice, 1 << 20, NULL);
        assert_int_equal(tkc_packed_write(&b, NULL, NULL, &packed, NULL), TKC_OK);
        assert_int_equal(tkc_packed_write(&b, NULL, NULL, &twice, NULL), TKC_OK);
        assert_int_equal(packed.len, twice.len);
        assert_memory_equal(packed.ptr, twice.ptr, packed.len);
        assert_int_equal(tkc_vocab_open_memory(&v, tkc_buf_str(&packed), NULL, NULL), TKC_OK);
        expect(v, "abc bc", 0, want, 3);
        tkc_vocab_close(v);
        damage(tkc_buf_str(&packed));
        tkc_buf_release(&packed);
        tkc_buf_release(&twice);
        tkc_builder_release(&b);
    }
}

static void builder_refuses_contradictions(void **state)
{
    tkc_builder b;
    tkc_buf out;
    tkc_error err = {0};
    (void)state;
    tkc_buf_init(&out, 1 << 24, NULL);
    small(&b, TKC_MODEL_BPE_RANKS);
    assert_int_equal(tkc_builder_token_set(&b, 256, lit("zz"), TKC_TOKEN_NORMAL, 0, 9, &err),
                     TKC_E_FORMAT);
    assert_int_equal(err.offset, 9);
    assert_int_equal(
        tkc_builder_token_set(&b, TKC_MAX_TOKENS, lit("zz"), TKC_TOKEN_NORMAL, 0, 0, &err),
        TKC_E_LIMIT);
    assert_int_equal(tkc_builder_token_set(&b, UINT32_MAX, lit("zz"), TKC_TOKEN_NORMAL, 0, 0, &err),
                     TKC_E_LIMIT);
    assert_int_equal(tkc_builder_added_add(&b, 1, lit(""), 0, 0, &err), TKC_E_FORMAT);
    assert_int_equal(tkc_builder_token_set(&b, 300, lit("ab"), TKC_TOKEN_NORMAL, 0, 0, &err),
                     TKC_OK);
    assert_int_equal(tkc_builder_compile(&b, &out, &err), TKC_E_FORMAT); /* "ab" twice */
    tkc_builder_release(&b);
    small(&b, TKC_MODEL_BPE_MERGES);
    assert_int_equal(tkc_builder_merge_add(&b, 'a', 'b', 9999, 0, &err), TKC_OK);
    tkc_buf_clear(&out);
    assert_int_equal(tkc_builder_compile(&b, &out, &err), TKC_E_FORMAT);
    tkc_builder_release(&b);
    small(&b, TKC_MODEL_BPE_RANKS);
    b.token['q'].type = TKC_TOKEN_HOLE;
    b.token['q'].in_model = 0;
    tkc_buf_clear(&out);
    assert_int_equal(tkc_builder_compile(&b, &out, &err), TKC_E_FORMAT); /* a byte is missing */
    assert_non_null(strstr(err.message, "0x71"));
    b.token['q'].type = TKC_TOKEN_NORMAL;
    b.token['q'].in_model = 1;
    b.token['q'].score = 0.0 / 0.0;
    assert_int_equal(tkc_builder_compile(&b, &out, &err), TKC_E_FORMAT);
    tkc_builder_release(&b);
    tkc_buf_release(&out);
}

static void tiktoken_files(void **state)
{
    static const struct { const char *text; size_t offset; } bad[] = {
        {"YQ==", 0}, {"YQ== ", 5}, {"YQ== x", 5}, {"YQ== 1x", 6}, {"YQ== -1", 5}, {"Y 1", 1},
        {"YQ=! 1", 0}, {" 1", 0}, {"YQ== 4294967296", 5}, {"YQ== 99999999999999999999999", 5},
        {"YQ== 2147483648", 0}, {"YQ== 1\nYg== 1", 7}, {"\n\n", 0},
    };
    tkc_vocab_options o = {
        .struct_size = sizeof o, .format = TKC_VOCAB_TIKTOKEN, .pattern = "\\S+|\\s+"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tkc_vocab *v = NULL;
        tkc_error err = {0};
        assert_true(tkc_vocab_open_memory(&v, lit(bad[i].text), &o, &err) != TKC_OK);
        assert_true(err.message[0] != '\0');
        if (strcmp(bad[i].text, "YQ=! 1")) assert_int_equal(err.offset, bad[i].offset);
    }
}

static void unknown_names_and_files(void **state)
{
    tkc_vocab *v = NULL;
    tkc_error err = {0};
    tkc_vocab_options o = {.struct_size = sizeof o, .data_dir = "/nonexistent"};
    (void)state;
    assert_int_equal(tkc_vocab_open(&v, "/nonexistent/file", NULL, &err), TKC_E_NOTFOUND);
    assert_non_null(strstr(err.message, "/nonexistent/file"));
    assert_int_equal(tkc_vocab_open(&v, "/", NULL, &err), TKC_E_IO);
    assert_int_equal(tkc_vocab_open_encoding(&v, "no_such", &o, &err), TKC_E_NOTFOUND);
    assert_int_equal(tkc_vocab_open_encoding(&v, "llama4", &o, &err), TKC_E_NOTFOUND);
    assert_non_null(strstr(err.message, "vocab add"));
    assert_int_equal(tkc_vocab_open_encoding(&v, "cl100k_base", &o, &err), TKC_E_NOTFOUND);
    assert_int_equal(tkc_vocab_open_memory(&v, lit("hello"), NULL, &err), TKC_E_FORMAT);
    assert_int_equal(tkc_vocab_open_memory(&v, lit(""), NULL, &err), TKC_E_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compiled_image_says_the_same),
        cmocka_unit_test(damaged_compiled_files_are_refused),
        cmocka_unit_test(partners_lack_nothing),
        cmocka_unit_test(fuzz_seeds_are_of_this_form),
        cmocka_unit_test(made_tables_are_made_again),
        cmocka_unit_test(packed_form_says_the_same),
        cmocka_unit_test(builder_refuses_contradictions),
        cmocka_unit_test(tiktoken_files),
        cmocka_unit_test(unknown_names_and_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
