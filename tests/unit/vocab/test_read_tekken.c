/*
 * test_read_tekken.c - tekken.json: a small file made here, what it becomes, and bad ones.
 *
 * The small file has 4 special places and 260 listed ranks, of which 258 count. The real
 * files are compared with the official library by the golden and differential tests.
 */
#include "vocab/base/base64.h"
#include "vocab/read/readers.h"
#include "tokenizer/tokenizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/source_reader.h"

enum { ROOM = 64 * 1024, N_SPECIAL = 4, N_LISTED = 260, N_USED = 258 };

/* The file, with a version and a special_tokens member of the caller's. */
static size_t make_file(char *out, const char *version, unsigned places, const char *special)
{
    size_t n = (size_t)sprintf(out,
                               "{\"config\":{\"pattern\":\"[a-z]+|[0-9]\",\"num_vocab_tokens\":%d,"
                               "\"default_vocab_size\":%u,"
                               "\"default_num_special_tokens\":%u,\"version\":\"%s\"},\"image\":{"
                               "\"patch\":16},\"vocab\":[",
                               N_LISTED, places + N_USED, places, version);
    tkc_buf b;
    tkc_error err;
    tkc_buf_init(&b, 100, NULL);
    for (int i = 0; i < N_LISTED; i++) {
        char token[4] = {(char)i, 0, 0, 0};
        size_t len = 1;
        if (i >= 256)
            len = (size_t)sprintf(token, "%s", (const char *[]){"ab", "abc", "zz", "zzz"}[i - 256]);
        tkc_buf_clear(&b);
        assert_int_equal(tkc_base64_encode((tkc_str){token, len}, &b, &err), TKC_OK);
        n += (size_t)sprintf(out + n, "%s{\"rank\":%d,\"token_bytes\":\"%.*s\",\"token_str\":null}",
                             i ? "," : "", i, (int)b.len, b.ptr);
    }
    tkc_buf_release(&b);
    n += (size_t)sprintf(out + n, "]%s}", special);
    assert_true(n < ROOM);
    return n;
}

#define FOUR                                                                                       \
    ",\"special_tokens\":[{\"rank\":0,\"token_str\":\"<unk>\",\"is_control\":true},{\"rank\":1,"   \
    "\"token_str\":\"<s>\",\"is_control\":true},{\"rank\":2,\"token_str\":\"[INST]\","             \
    "\"is_control\":true}]"

static void encode_is(tkc_encoder *e, const char *text, unsigned flags, const uint32_t *want,
                      size_t n_want)
{
    uint32_t got[64];
    size_t n = 0;
    tkc_error err;
    assert_int_equal(tkc_encode(e, (tkc_str){text, strlen(text)}, flags, got, 64, &n, &err),
                     TKC_OK);
    assert_int_equal(n, n_want);
    for (size_t i = 0; i < n; i++) assert_int_equal(got[i], want[i]);
}

static void small_file(void **state)
{
    char *text = malloc(ROOM);
    size_t n = make_file(text, "v11", N_SPECIAL, FOUR);
    static const uint32_t merged[] = {4 + 257}, bytes[] = {4 + 256, 4 + '7', 4 + 'z', 4 + 'z'},
                          framed[] = {1, 4 + 256}, trusted[] = {2, 4 + 'q'}, plain[] = {4 + 'q'},
                          filler[] = {3};
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_error err = {0};
    uint32_t id;
    (void)state;
    if (tkc_vocab_open_memory(&v, (tkc_str){text, n}, NULL, &err)) fail_msg("%s", err.message);
    assert_int_equal(tkc_vocab_size(v), N_SPECIAL + N_USED);
    assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
    encode_is(e, "abc", 0, merged, 1);
    encode_is(e, "ab7zz", 0, bytes, 4); /* zz is listed behind those that count */
    encode_is(e, "ab", TKC_ENCODE_FRAME, framed, 2);
    encode_is(e, "[INST]q", TKC_ENCODE_SPECIAL, trusted, 2);
    encode_is(e, "!q ", 0, plain,
              1); /* what the pattern does not match is dropped, as tiktoken does */
    encode_is(e, "<SPECIAL_3>", TKC_ENCODE_SPECIAL, filler, 1);
    assert_true(tkc_vocab_is_control(v, 2));
    assert_false(tkc_vocab_is_control(v, 4 + 256));
    assert_true(tkc_vocab_find(v, (tkc_str){"[INST]", 6}, &id) && id == 2);
    tkc_encoder_free(e);
    tkc_vocab_close(v);
    free(text);
}

/* Up to v7 the names are not in the file. */
static void default_names(void **state)
{
    char *text = malloc(ROOM);
    size_t n = make_file(text, "v3", 22, "");
    tkc_vocab *v = NULL;
    tkc_error err = {0};
    uint32_t id = 0;
    (void)state;
    if (tkc_vocab_open_memory(&v, (tkc_str){text, n}, NULL, &err)) fail_msg("%s", err.message);
    assert_true(tkc_vocab_find(v, (tkc_str){"[TOOL_CONTENT]", 14}, &id) && id == 19);
    assert_true(tkc_vocab_find(v, (tkc_str){"[INST]", 6}, &id) && id == 3);
    assert_true(tkc_vocab_find(v, (tkc_str){"<SPECIAL_21>", 12}, &id) && id == 21);
    tkc_vocab_close(v);
    free(text);
}

static tkc_status try_file(const char *ptr, size_t len, tkc_error *err)
{
    return tkt_read_and_compile(tkc_read_tekken, ptr, len, err);
}

static void bad_values(void **state)
{
    static const struct {
        const char *from, *to;
        tkc_status code;
        const char *word;
    } bad[] = {
        {"{\"config\"", "[{\"config\"", TKC_E_FORMAT, "comma"},
        {"\"config\"", "\"konfig\"", TKC_E_FORMAT, "config"},
        {"\"config\":{", "\"config\":[],\"x\":{", TKC_E_FORMAT, "config"},
        {"\"config\":{", "\"config\":1,\"config\":{", TKC_E_FORMAT, "twice"},
        {"\"vocab\":[", "\"vocab\":{},\"x\":[", TKC_E_FORMAT, "vocab"},
        {"\"vocab\":[", "\"vocab\":[],\"x\":[", TKC_E_FORMAT, "promises"},
        {"\"vocab\":[", "\"vocab\":[7,", TKC_E_FORMAT, "rank"},
        {"\"vocab\":[", "\"vocab\":[{},", TKC_E_FORMAT, "rank"},
        {"\"pattern\":\"[a-z]+|[0-9]\",", "", TKC_E_FORMAT, "pattern"},
        {"\"[a-z]+|[0-9]\"", "\"\"", TKC_E_FORMAT, "pattern"},
        {"\"[a-z]+|[0-9]\"", "null", TKC_E_FORMAT, "pattern"},
        {"\"default_vocab_size\":262", "\"default_vocab_size\":-1", TKC_E_FORMAT, "vocab_size"},
        {"\"default_vocab_size\":262", "\"default_vocab_size\":0", TKC_E_FORMAT, "room"},
        {"\"default_vocab_size\":262", "\"default_vocab_size\":259", TKC_E_FORMAT, "room"},
        {"\"default_vocab_size\":262", "\"default_vocab_size\":265", TKC_E_FORMAT, "promises"},
        {"\"default_vocab_size\":262", "\"default_vocab_size\":2147483648", TKC_E_FORMAT,
         "vocab_size"},
        {"\"default_vocab_size\":262", "\"default_vocab_size\":4294967296", TKC_E_FORMAT,
         "vocab_size"},
        {"\"default_vocab_size\":262", "\"default_vocab_size\":9223372036854775808", TKC_E_FORMAT,
         "vocab_size"},
        {"\"default_vocab_size\":262", "\"default_vocab_size\":262.0", TKC_E_FORMAT, "vocab_size"},
        {"\"default_vocab_size\":262", "\"default_vocab_size\":\"262\"", TKC_E_FORMAT,
         "vocab_size"},
        {"special_tokens\":4", "special_tokens\":-4", TKC_E_FORMAT, "num_special"},
        {"special_tokens\":4", "special_tokens\":2147483648", TKC_E_FORMAT, "num_special"},
        {"special_tokens\":4", "special_tokens\":18446744073709551615", TKC_E_FORMAT,
         "num_special"},
        {"special_tokens\":4", "special_tokens\":99999999999999999999", TKC_E_FORMAT,
         "num_special"},
        {"special_tokens\":4", "special_tokens\":2", TKC_E_FORMAT, "places"},
        {"special_tokens\":4", "special_tokens\":5", TKC_OK, ""},
        {"\"v11\"", "\"v12\"", TKC_E_UNSUPPORTED, "v12"},
        {"\"v11\"", "11", TKC_E_FORMAT, "version"},
        {"\"v11\"", "null", TKC_E_FORMAT, "version"},
        {"{\"rank\":5,", "{\"rank\":6,", TKC_E_FORMAT, "rank"},
        {"{\"rank\":5,", "{\"rank\":-5,", TKC_E_FORMAT, "rank"},
        {"{\"rank\":5,", "{\"rank\":4294967296,", TKC_E_FORMAT, "rank"},
        {"{\"rank\":5,", "{\"rank\":\"5\",", TKC_E_FORMAT, "rank"},
        {"{\"rank\":5,", "{\"rank\":5,\"rank\":5,", TKC_E_FORMAT, "twice"},
        {"{\"rank\":5,", "{", TKC_E_FORMAT, "rank"},
        {"\"BQ==\"", "\"BQ=\"", TKC_E_FORMAT, "base64"},
        {"\"BQ==\"", "\"BR==\"", TKC_E_FORMAT, "base64"},
        {"\"BQ==\"", "\"B!==\"", TKC_E_FORMAT, "base64"},
        {"\"BQ==\"", "\"====\"", TKC_E_FORMAT, "base64"},
        {"\"BQ==\"", "\"\"", TKC_E_FORMAT, "empty"},
        {"\"BQ==\"", "\"Bg==\"", TKC_E_FORMAT, "byte"},
        {"\"BQ==\"", "\"BQUF\"", TKC_E_FORMAT, "byte"},
        {"\"BQ==\"", "5", TKC_E_FORMAT, "token_bytes"},
        {"\"YWI=\"", "\"YQ==\"", TKC_E_FORMAT, "same bytes"},
        {"\"special_tokens\":[", "\"special_tokens\":{},\"x\":[", TKC_E_FORMAT, "special_tokens"},
        {"\"special_tokens\":[", "\"specials\":[", TKC_E_FORMAT, "special_tokens"},
        {"\"special_tokens\":[", "\"special_tokens\":[1,", TKC_E_FORMAT, "rank"},
        {"{\"rank\":2,\"token_str\"", "{\"rank\":4,\"token_str\"", TKC_E_FORMAT, "places"},
        {"{\"rank\":2,\"token_str\"", "{\"rank\":1,\"token_str\"", TKC_E_FORMAT, "twice"},
        {"{\"rank\":2,\"token_str\"", "{\"rank\":4294967296,\"token_str\"", TKC_E_FORMAT, "rank"},
        {"{\"rank\":2,\"token_str\"", "{\"rank\":-2,\"token_str\"", TKC_E_FORMAT, "rank"},
        {"\"[INST]\"", "\"\"", TKC_E_FORMAT, "empty"},
        {"\"[INST]\"", "\"<s>\"", TKC_E_FORMAT, "twice"},
        {"\"[INST]\"", "\"<SPECIAL_3>\"", TKC_E_FORMAT, "twice"},
        {"\"[INST]\"", "17", TKC_E_FORMAT, "token_str"},
        {"\"token_str\":\"[INST]\",", "", TKC_E_FORMAT, "token_str"},
    };
    char *base = malloc(ROOM), *text = malloc(2 * ROOM);
    size_t len = make_file(base, "v11", N_SPECIAL, FOUR);
    tkc_error err;
    (void)state;
    assert_int_equal(try_file(base, len, &err), TKC_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *place = strstr(base, bad[i].from);
        tkc_status st;
        size_t n;
        if (!place) fail_msg("the test's own file has no %s", bad[i].from);
        n = (size_t)sprintf(text, "%.*s%s%s", (int)(place - base), base, bad[i].to,
                            place + strlen(bad[i].from));
        err = (tkc_error){.offset = SIZE_MAX};
        st = try_file(text, n, &err);
        if (st != bad[i].code ||
            (st && (err.code != st || err.offset > n || !strstr(err.message, bad[i].word))))
            fail_msg("case %zu, %s for %s: status %d (want %d) at %zu: %s", i, bad[i].to,
                     bad[i].from, st, bad[i].code, err.offset, err.message);
    }
    print_message("%zu crafted files\n", sizeof bad / sizeof bad[0]);
    for (size_t n = 0; n < len; n += n < 400 || n > len - 400 ? 1 : 97) {
        err = (tkc_error){.offset = SIZE_MAX};
        assert_int_equal(try_file(base, n, &err), TKC_E_FORMAT);
        assert_true(err.offset <= n && err.message[0]);
    }
    free(base);
    free(text);
}

static void base64(void **state)
{
    static const struct {
        const char *text, *plain;
    } good[] = {{"", ""},
                {"Zg==", "f"},
                {"Zm8=", "fo"},
                {"Zm9v", "foo"},
                {"Zm9vYg==", "foob"},
                {"Zm9vYmE=", "fooba"},
                {"Zm9vYmFy", "foobar"},
                {"+/+/", "\xfb\xff\xbf"}};
    static const struct {
        const char *text;
        size_t bad;
    } bad[] = {{"Z", 1},    {"Zg", 2},        {"Zg=", 2},  {"Zg==Zg==", 2},
               {"=Zg=", 0}, {"Z===", 1},      {"Zh==", 1}, {"Zm9=", 2},
               {"Zm 8", 2}, {"Zm9v\n", 4},    {"-_-_", 0}, {"Zm9vZm9vZm!vZm9v", 10},
               {"====", 0}, {"\xc3\xa9Zm", 0}};
    tkc_buf b;
    tkc_error err;
    (void)state;
    tkc_buf_init(&b, 1000, NULL);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        tkc_buf_clear(&b);
        assert_int_equal(
            tkc_base64_decode((tkc_str){good[i].text, strlen(good[i].text)}, &b, NULL, &err),
            TKC_OK);
        assert_int_equal(b.len, strlen(good[i].plain));
        if (b.len) assert_memory_equal(b.ptr, good[i].plain, b.len);
        tkc_buf_clear(&b);
        assert_int_equal(
            tkc_base64_encode((tkc_str){good[i].plain, strlen(good[i].plain)}, &b, &err), TKC_OK);
        assert_int_equal(b.len, strlen(good[i].text));
        if (b.len) assert_memory_equal(b.ptr, good[i].text, b.len);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t where = SIZE_MAX;
        tkc_buf_clear(&b);
        assert_int_equal(
            tkc_base64_decode((tkc_str){bad[i].text, strlen(bad[i].text)}, &b, &where, &err),
            TKC_E_FORMAT);
        if (where != bad[i].bad)
            fail_msg("%s: stops at %zu, expected %zu", bad[i].text, where, bad[i].bad);
        assert_int_equal(b.len, 0);
    }
    tkc_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(base64), cmocka_unit_test(small_file),
                                       cmocka_unit_test(default_names),
                                       cmocka_unit_test(bad_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
