/*
 * test_first_symbols.c - merges that are made before merging: what keeps each from being made, by
 * hand; and that ids are the heap's, which begins with bytes, for real vocabularies and pieces of
 * many scripts, whole and cut anywhere. (test_bpe.c does the same with random vocabularies.)
 */
#include "tests/support/make_vocab.h"
#include "tests/support/random_text.h"
#include "tokenizer/merge/bpe.h"
#include "tokenizer/merge/first_symbols.h"
#include "vocab/base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "a|b": a and b are merged; both may be what another merge makes. */
enum { MAX_MERGES = 6 };

static uint32_t token_of(tkc_builder *b, const char *bytes, size_t len)
{
    tkc_error err;
    for (uint32_t id = 0; id < b->n_token; id++) {
        const tkc_str t = tkc_builder_token_bytes(b, id);
        if (t.len == len && memcmp(t.ptr, bytes, len) == 0) return id;
    }
    tkt_must(tkc_builder_token_set(b, (uint32_t)b->n_token, (tkc_str){bytes, len}, TKC_TOKEN_NORMAL, 0,
                                   0, &err), &err);
    return (uint32_t)b->n_token - 1;
}

/* All bytes, and these merges in this order. */
static tkc_vocab *vocab_of(tkc_model_kind kind, const char *const *merge)
{
    tkc_builder b;
    tkc_error err;
    tkc_builder_init(&b, NULL);
    b.model.kind = kind;
    b.model.flags = TKC_MODEL_BYTE_LEVEL;
    for (int c = 0; c < 256; c++) token_of(&b, (const char[]){(char)c}, 1);
    for (size_t i = 0; i < MAX_MERGES && merge[i]; i++) {
        char both[32];
        const size_t left = strcspn(merge[i], "|"), right = strlen(merge[i]) - left - 1;
        uint32_t id;
        memcpy(both, merge[i], left);
        memcpy(both + left, merge[i] + left + 1, right);
        id = token_of(&b, both, left + right);
        if (kind == TKC_MODEL_BPE_MERGES)
            tkt_must(tkc_builder_merge_add(&b, token_of(&b, both, left), token_of(&b, both + left, right),
                                           id, 0, &err), &err);
    }
    return tkt_vocab(&b);
}

/* The piece's ids by the heap and by the short way are the same, whose first symbols are pieces of
 * it; returns how many those are. */
static size_t same_ids(const tkc_vocab *v, tkc_bpe *heap, tkc_bpe *quick, const char *p, size_t len)
{
    const tkc_text piece = {p, len, NULL, 0};
    uint32_t a[TKC_MERGE_FEW], b[TKC_MERGE_FEW];
    size_t from[TKC_MERGE_FEW], n, at = 0;
    tkc_sink want = {.ids = a, .cap = TKC_MERGE_FEW, .limit = SIZE_MAX};
    tkc_sink got = {.ids = b, .begin = from, .cap = TKC_MERGE_FEW, .limit = SIZE_MAX};
    tkc_bpe_set_window(heap, SIZE_MAX);
    assert_int_equal(tkc_bpe_encode(heap, &piece, &want, NULL), TKC_OK);
    assert_int_equal(tkc_bpe_encode_new(quick, &piece, &got, NULL), TKC_OK);
    assert_int_equal(got.n, want.n);
    assert_memory_equal(a, b, got.n * sizeof *a);
    for (size_t i = 0; i < got.n; i++) {
        assert_int_equal(from[i], at);
        at += tkc_token_at(v, b[i]).len;
    }
    assert_int_equal(at, len);
    n = tkc_first_symbols(v, (const unsigned char *)p, len, a);
    at = 0;
    for (size_t i = 0; i < n; i++) {
        const tkc_str t = tkc_token_at(v, a[i]);
        assert_true(t.len && t.len <= len - at);
        assert_memory_equal(t.ptr, p + at, t.len);
        at += t.len;
    }
    assert_int_equal(at, len);
    return n;
}

typedef struct forced_case {
    const char *merge[MAX_MERGES];
    const char *piece;
    size_t n; /* first symbols */
} forced_case;

/* \303\251 and the like, not \xc3: a hexadecimal escape would take a letter behind it along. */
static const forced_case cases[] = {
    /* two letters */
    {{"a|b"}, "ab", 1},
    {{"a|b"}, "xaby", 3},
    {{"a|b"}, "abab", 2},
    {{"a|a"}, "aaa", 3}, /* which two of three is for the merger to say */
    {{"x|a", "a|b"}, "xab", 2},
    {{"x|a", "a|b"}, "yab", 2},
    {{"z|x", "zx|a", "a|b"}, "zxab", 3}, /* zxa ends in xa and comes first */
    {{"z|x", "zx|a", "a|b"}, "zxabq", 4},
    {{"z|x", "zx|a", "a|b"}, "xab", 3},
    {{"z|x", "a|b", "zx|a"}, "zxab", 2},
    {{"b|y", "a|b"}, "aby", 2},
    {{"b|y", "a|b"}, "abz", 2},
    {{"y|z", "b|yz", "a|b"}, "abyz", 3}, /* byz begins with by */
    {{"b|z", "a|bz", "a|b"}, "ab", 2}, /* abz holds it and comes first: left to the merger anywhere */
    {{"ab|z", "a|b"}, "ab", 2},
    {{"a|b", "ab|z"}, "abz", 2},
    /* beside a character */
    {{"\303|\251", "\303\251|a", "a|b"}, "\303\251ab", 3},
    {{"\303|\251", "\303\251|a", "a|b"}, "\303\274ab", 4}, /* another, ASCII does not ask which */
    {{"\303|\251", "\303\251|a", "a|b"}, "ab\303\251", 2},
    {{"\303|\251", "b|\303\251", "a|b"}, "ab\303\251", 3},
    {{"\303|\251", "a|b", "b|\303\251"}, "ab\303\251", 2},
    /* characters of two bytes */
    {{"\303|\251"}, "\303\251", 1},
    {{"x|\303", "\303|\251"}, "x\303\251", 3},
    {{"x|\303", "\303|\251"}, "y\303\251", 2},
    {{"\303|\251", "x|\303"}, "x\303\251", 2},
    {{"\251|\303", "\303|\251"}, "\303\251\303\251", 4}, /* one ends where the next begins */
    {{"\303|\251", "\251|\303"}, "\303\251\303\251", 2},
    {{"\251|y", "\303|\251"}, "\303\251y", 3},
    {{"\251|y", "\303|\251"}, "\303\251z", 2},
    {{"x|\303\251", "\303|\251"}, "x\303\251", 3}, /* the whole and a neighbour, before itself */
    {{"x|\303\251", "\303|\251"}, "\303\251x", 2},
    {{"\303\251|x", "\303|\251"}, "\303\251x", 3},
    {{"\302|\251"}, "\340\202\251", 3}, /* too long a form of the same is bytes */
    /* of three */
    {{"\344|\270", "\344\270|\255"}, "\344\270\255", 1},
    {{"\344|\270", "\344\270|\255"}, "\344\270\254", 3},
    {{"\344|\270", "\344\270|\255"}, "\344\270", 2},
    {{"\344|\270"}, "\344\270\255", 3},
    {{"x|\344", "\344|\270", "\344\270|\255"}, "x\344\270\255", 4},
    {{"\344|\270", "x|\344", "\344\270|\255"}, "x\344\270\255", 4}, /* its last merge is what counts */
    {{"\344|\270", "x|\344\270", "\344\270|\255"}, "x\344\270\255", 4},
    {{"\344|\270", "x|\344\270", "\344\270|\255"}, "y\344\270\255", 2},
    {{"\344|\270", "\344\270|\255", "x|\344"}, "x\344\270\255", 2},
    {{"\255|y", "\344|\270", "\344\270|\255"}, "\344\270\255y", 4},
    {{"\255|y", "\344|\270", "\344\270|\255"}, "\344\270\255", 1},
    {{"\270|\255", "\270\255|y", "\344|\270\255"}, "\344\270\255y", 4},
    {{"\270|\255", "\344|\270\255", "\270\255|y"}, "\344\270\255y", 2},
    {{"\344|\270", "x|\344\270\255", "\344\270|\255"}, "x\344\270\255", 4},
    /* of four: bytes */
    {{"\360|\237", "\230|\200", "\360\237|\230\200"}, "\360\237\230\200", 4},
};

static void threats(void **state)
{
    static const tkc_model_kind kind[] = {TKC_MODEL_BPE_RANKS, TKC_MODEL_BPE_MERGES};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int k = 0; k < 2; k++) {
            const forced_case *c = &cases[i];
            tkc_vocab *v = vocab_of(kind[k], c->merge);
            tkc_bpe *heap, *quick;
            size_t n;
            assert_int_equal(tkc_bpe_new(&heap, v, NULL, NULL), TKC_OK);
            assert_int_equal(tkc_bpe_new(&quick, v, NULL, NULL), TKC_OK);
            n = same_ids(v, heap, quick, c->piece, strlen(c->piece));
            if (n != c->n) fail_msg("case %zu, kind %d: %zu first symbols", i, k, n);
            tkc_bpe_free(heap);
            tkc_bpe_free(quick);
            tkc_vocab_close(v);
        }
}

/* Without every byte a token, or with merges that do not join bytes, there are no such tables. */
static void none_without_bytes(void **state)
{
    tkc_builder b;
    tkc_vocab *v;
    tkc_error err;
    (void)state;
    tkc_builder_init(&b, NULL);
    b.model.kind = TKC_MODEL_BPE_MERGES;
    b.model.flags = TKC_MODEL_BYTE_LEVEL;
    for (int c = 0; c < 256; c++) token_of(&b, (const char[]){(char)c}, 1);
    tkt_must(tkc_builder_merge_add(&b, 'a', 'b', token_of(&b, "xy", 2), 0, &err), &err);
    v = tkt_vocab(&b);
    assert_null(v->forced);
    assert_int_equal(tkc_first_symbols(v, (const unsigned char *)"ab", 2, (uint32_t[2]){0}), 2);
    tkc_vocab_close(v);
}

/* Scripts as ranges of characters; the first are what a text has most of. */
static const struct {
    uint32_t first, last;
} script[] = {{'a', 'z'}, {'a', 'z'}, {' ', '~'}, {'A', 'Z'}, {0xe0, 0xff}, {0x100, 0x17f}, {0x3b1, 0x3c9},
              {0x430, 0x44f}, {0x5d0, 0x5ea}, {0x627, 0x64a}, {0x905, 0x94d}, {0xe01, 0xe3a}, {0x3041, 0x30fe},
              {0x4e00, 0x4eff}, {0x4e00, 0x9fff}, {0xac00, 0xd7a3}, {0x80, 0x7ff}, {0x800, 0xd7ff},
              {0xe000, 0xffff}, {0x1f300, 0x1f64f}};
enum { N_SCRIPTS = sizeof script / sizeof *script };

static size_t random_piece(char *out)
{
    const uint32_t one = tkt_random(N_SCRIPTS), other = tkt_random(N_SCRIPTS), n = 1 + tkt_random(16);
    size_t len = 0;
    if (tkt_random(2)) out[len++] = ' ';
    for (uint32_t i = 0; i < n && len + 4 <= TKC_MERGE_FEW; i++) {
        const uint32_t k = tkt_random(5) ? one : other;
        len += tkc_utf8_put(out + len, script[k].first + tkt_random(script[k].last - script[k].first + 1));
    }
    while (len > 1 && !tkt_random(4)) len--; /* a piece of bytes may end anywhere, */
    if (!tkt_random(8)) out[tkt_random((uint32_t)len)] = (char)tkt_random(256); /* and hold any */
    return len;
}

static void real_vocabularies(void **state)
{
    static const char *const name[] = {"o200k_base", "cl100k_base", "r50k_base", "qwen3", "deepseek_v3", "glm4"};
    enum { PIECES = 10000 };
    (void)state;
    tkt_seed(11);
    for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
        const tkc_vocab_options o = {.struct_size = sizeof o, .data_dir = "vocab/data"};
        tkc_vocab *v = NULL;
        tkc_bpe *heap, *quick;
        size_t bytes = 0, symbols = 0;
        tkc_error err;
        if (tkc_vocab_open_encoding(&v, name[k], &o, &err)) fail_msg("%s: %s", name[k], err.message);
        assert_non_null(v->forced);
        assert_int_equal(tkc_bpe_new(&heap, v, NULL, NULL), TKC_OK);
        assert_int_equal(tkc_bpe_new(&quick, v, NULL, NULL), TKC_OK);
        for (int i = 0; i < PIECES; i++) {
            char p[TKC_MERGE_FEW + 4];
            const size_t len = random_piece(p);
            bytes += len;
            symbols += same_ids(v, heap, quick, p, len);
        }
        if (symbols * 100 > bytes * 95) fail_msg("%s: %zu symbols of %zu bytes", name[k], symbols, bytes);
        tkc_bpe_free(heap);
        tkc_bpe_free(quick);
        tkc_vocab_close(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threats), cmocka_unit_test(none_without_bytes),
        cmocka_unit_test(real_vocabularies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
