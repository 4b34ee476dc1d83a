/* test_unigram.c - the search against one that keeps every path's score in one long table. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "tests/support/case_file.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/make_vocab.h"
#include "tokenizer/merge/unigram.h"
#include "vocab/base/utf8.h"

enum { ROOM = 1 << 20 };
static uint32_t got[ROOM];
static size_t begin[ROOM];

static uint64_t rng = 88172645463325252u;
static unsigned roll(unsigned n)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (unsigned)(rng >> 33) % n;
}

static size_t run(const tkc_vocab *v, tkc_unigram *u, tkc_str text)
{
    tkc_text piece = {text.ptr, text.len, NULL, 0};
    tkc_sink sink = {got, begin, ROOM, 0, SIZE_MAX};
    tkc_error err = {0};
    if (tkc_unigram_encode(v, u, &piece, &sink, &err)) fail_msg("%s", err.message);
    return sink.n;
}

static tkc_unigram *scratch(const tkc_vocab *v)
{
    tkc_unigram *u = NULL;
    tkc_error err;
    assert_int_equal(tkc_unigram_new(&u, v, NULL, &err), TKC_OK);
    return u;
}

/* --- the slow twin ------------------------------------------------------------------- */

typedef struct step {
    double score;
    size_t from;
    uint32_t id;
    int set;
} step;

/* No cuts, no tree: every token is compared at every character. Returns the ids with
 * unknown runs fused, or spelled in bytes where all of them exist. */
static size_t slow(const tkc_vocab *v, tkc_str text, uint32_t *out)
{
    const int spm = (v->model.flags & TKC_MODEL_SPM) != 0;
    step *t = calloc(text.len + 1, sizeof *t);
    uint32_t *rev = malloc((text.len + 1) * sizeof *rev);
    size_t *at = malloc((text.len + 1) * sizeof *at), n = 0, n_rev = 0, far = 0;
    double low = 1e30, unk;
    assert_true(t && rev && at);
    for (uint32_t i = 0; i < v->model.n_ids; i++)
        if (spm ? v->token_type[i] == TKC_TOKEN_NORMAL : 1)
            if (v->token_score[i] < low) low = v->token_score[i];
    unk = spm ? (double)((float)low - 10.0f) : low - 10.0;
    t[0].set = 1;
    for (size_t i = 0; i < text.len;) {
        size_t k = tkc_utf8_len((unsigned char)text.ptr[i]);
        int whole = 0;
        if (spm && (t[i].score < -100000 || t[i].score > 100000)) {
            float by = (float)t[i].score;
            for (size_t j = i; j <= far; j++)
                if (t[j].set) t[j].score = (float)t[j].score - by;
        }
        for (uint32_t id = 0; id <= v->model.n_ids; id++) {
            int is_unk = id == v->model.n_ids;
            tkc_str s = is_unk ? (tkc_str){text.ptr + i, k} : tkc_token_at(v, id);
            double score = is_unk ? unk : v->token_score[id], sum;
            unsigned type = is_unk ? 0 : v->token_type[id];
            if (is_unk && whole) continue;
            if (spm && (type == TKC_TOKEN_UNUSED || type == TKC_TOKEN_CONTROL ||
                        type == TKC_TOKEN_UNKNOWN || type == TKC_TOKEN_BYTE))
                continue;
            if (s.len == 0 || s.len > text.len - i || memcmp(s.ptr, text.ptr + i, s.len)) continue;
            if (type == TKC_TOKEN_USER_DEFINED && spm) score = (float)(0.1 * ((double)s.len - 1));
            whole |= s.len == k;
            sum = spm ? (double)((float)score + (float)t[i].score) : score + t[i].score;
            if (i + s.len > far) far = i + s.len;
            if (t[i + s.len].set && !(sum > t[i + s.len].score)) continue;
            t[i + s.len] = (step){sum, i, is_unk ? v->model.unk_id : id, 1};
        }
        i += k;
    }
    for (size_t i = text.len; i > 0; i = t[i].from) {
        at[n_rev] = t[i].from;
        rev[n_rev++] = t[i].id;
    }
    while (n_rev > 0) {
        size_t first = at[--n_rev], end;
        if (rev[n_rev] != v->model.unk_id) {
            out[n++] = rev[n_rev];
            continue;
        }
        while (n_rev > 0 && rev[n_rev - 1] == v->model.unk_id) n_rev--;
        end = n_rev > 0 ? at[n_rev - 1] : text.len;
        if (!(v->model.flags & TKC_MODEL_BYTE_FALLBACK)) {
            out[n++] = v->model.unk_id;
            continue;
        }
        for (size_t i = first; i < end; i++) out[n++] = v->byte_id[(unsigned char)text.ptr[i]];
    }
    free(t);
    free(rev);
    free(at);
    return n;
}

/* Texts over a few characters of one to four bytes; "q" is in no token. */
static tkc_str random_text(char *buf, size_t max)
{
    static const char *const c[] = {"a", "b", "c", "\xc3\xa9", "\xe2\x96\x81", "\xf0\x9f\x98\x80",
                                    "q"};
    size_t len = 0, n = roll((unsigned)max);
    for (size_t i = 0; i < n; i++) {
        const char *s = c[roll(7)];
        memcpy(buf + len, s, strlen(s));
        len += strlen(s);
    }
    return (tkc_str){buf, len};
}

static bool taken(const tkc_builder *b, tkc_str s)
{
    for (uint32_t id = 0; id < b->n_token; id++) {
        tkc_str t = tkc_builder_token_bytes(b, id);
        if (t.len == s.len && memcmp(t.ptr, s.ptr, s.len) == 0) return true;
    }
    return false;
}

static tkc_vocab *random_vocab(bool spm, bool bytes)
{
    tkc_builder b;
    char text[64];
    tkc_builder_init(&b, NULL);
    b.model.kind = TKC_MODEL_UNIGRAM;
    b.model.flags = (spm ? TKC_MODEL_SPM : 0) |
                    (bytes ? TKC_MODEL_BYTE_FALLBACK : TKC_MODEL_FUSE_UNK);
    tkt_token(&b, "<unk>", TKC_TOKEN_UNKNOWN, 0);
    b.model.unk_id = 0;
    if (bytes) tkt_byte_tokens(&b);
    tkt_token(&b, "a", TKC_TOKEN_NORMAL, -2.5);
    for (unsigned i = 0, n = 5 + roll(40); i < n; i++) {
        tkc_str s = random_text(text, 7);
        tkc_token_type type = TKC_TOKEN_NORMAL;
        if (s.len == 0 || memchr(s.ptr, 'q', s.len) || taken(&b, s)) continue;
        text[s.len] = 0;
        if (spm && roll(9) == 0) type = TKC_TOKEN_USER_DEFINED;
        if (spm && roll(9) == 0) type = TKC_TOKEN_UNUSED;
        /* few different scores make ties; thirds make rounding matter */
        tkt_token(&b, text, type, (float)-(1 + (int)roll(4)) / (roll(2) ? 1.0f : 3.0f));
    }
    return tkt_vocab(&b);
}

static void compare(const tkc_vocab *v, tkc_unigram *u, tkc_str s, int round)
{
    static uint32_t want[ROOM];
    size_t n = run(v, u, s), n_want = slow(v, s, want);
    if (n != n_want || memcmp(got, want, n * sizeof *got))
        fail_msg("vocabulary %d: %zu ids, expected %zu: \"%.*s\"", round, n, n_want,
                 s.len < 200 ? (int)s.len : 200, s.ptr);
    for (size_t i = 0; i < n; i++)
        assert_true(begin[i] < s.len && (i == 0 || begin[i - 1] <= begin[i]));
}

static void test_against_slow(void **state)
{
    static char text[65536];
    (void)state;
    for (int round = 0; round < 600; round++) {
        tkc_vocab *v = random_vocab(round & 1, round & 2);
        tkc_unigram *u = scratch(v);
        for (int k = 0; k < 20; k++)
            compare(v, u, random_text(text, round % 50 == 0 ? 4000 : 60), round);
        tkc_unigram_free(u);
        tkc_vocab_close(v);
    }
}

/* Sums beyond 100,000 are brought back to 0 by the reference, which changes the rounding. */
static void test_long_sums(void **state)
{
    enum { LONG = 80000 };
    static char text[5 * LONG];
    (void)state;
    for (int round = 0; round < 4; round++) {
        tkc_vocab *v = random_vocab(round != 1, round & 2);
        tkc_unigram *u = scratch(v);
        tkc_str s;
        do s = random_text(text, LONG);
        while (s.len < LONG);
        compare(v, u, s, round);
        tkc_unigram_free(u);
        tkc_vocab_close(v);
    }
}

/* --- what the other engine gives (tools/dev/oracles/make_hf_model_cases.py) --------------------- */

static void replay(const char *path)
{
    static uint32_t want[ROOM];
    static char text[1 << 16];
    size_t len, n_cases = 0;
    char *file = tkt_read_file(path, &len);
    tkc_str at = {file, len}, field[TKT_FIELDS];
    tkc_vocab *v = NULL;
    tkc_unigram *u = NULL;
    tkc_builder b;
    assert_non_null(file);
    tkc_builder_init(&b, NULL);
    b.model.kind = TKC_MODEL_UNIGRAM;
    b.model.flags = TKC_MODEL_FUSE_UNK;
    b.model.unk_id = 0;
    while (tkt_next_line(&at, field)) {
        if (tkt_is(field[0], "setting")) {
            if (tkt_is(field[2], "1")) b.model.flags |= TKC_MODEL_BYTE_FALLBACK;
        } else if (tkt_is(field[0], "token")) {
            text[tkt_unhex(field[1], text)] = 0;
            tkt_token(&b, text, TKC_TOKEN_NORMAL, strtod(field[2].ptr, NULL));
        } else {
            size_t n_text = tkt_unhex(field[1], text), n_want = tkt_ids(field[2], want), n;
            if (!v) {
                v = tkt_vocab(&b);
                u = scratch(v);
            }
            n = run(v, u, (tkc_str){text, n_text});
            if (n != n_want || memcmp(got, want, n * sizeof *got))
                fail_msg("%s: \"%.*s\": %zu ids, expected %zu", path, (int)n_text, text, n, n_want);
            n_cases++;
        }
    }
    assert_true(n_cases > 200);
    tkc_unigram_free(u);
    tkc_vocab_close(v);
    free(file);
}

static void test_other_engine(void **state)
{
    (void)state;
    replay("tests/data/hf_models/unigram_plain.cases");
    replay("tests/data/hf_models/unigram_bytes.cases");
}

/* --- single rules -------------------------------------------------------------------- */

static tkc_vocab *letters(unsigned flags, bool bytes, bool unk)
{
    tkc_builder b;
    tkc_builder_init(&b, NULL);
    b.model.kind = TKC_MODEL_UNIGRAM;
    b.model.flags = flags;
    if (bytes) tkt_byte_tokens(&b);
    if (unk) {
        b.model.unk_id = (uint32_t)b.n_token;
        tkt_token(&b, "<unk>", TKC_TOKEN_UNKNOWN, 0);
    }
    for (char run_of[17] = "a"; strlen(run_of) < 16; strcat(run_of, "a"))
        tkt_token(&b, run_of, TKC_TOKEN_NORMAL, -1.5 - 0.01 * (double)strlen(run_of));
    tkt_token(&b, "b", TKC_TOKEN_NORMAL, -3);
    return tkt_vocab(&b);
}

static void expect(const tkc_vocab *v, tkc_unigram *u, const char *text, size_t n,
                   const char *const *want)
{
    size_t n_got = run(v, u, tkt_str(text));
    if (n_got != n) fail_msg("\"%s\": %zu ids, expected %zu", text, n_got, n);
    for (size_t i = 0; i < n; i++) {
        tkc_str t = tkc_token_at(v, got[i]);
        if (t.len != strlen(want[i]) || memcmp(t.ptr, want[i], t.len))
            fail_msg("\"%s\": token %zu is \"%.*s\", expected \"%s\"", text, i, (int)t.len, t.ptr,
                     want[i]);
    }
}

static void test_unknown(void **state)
{
    tkc_vocab *v;
    tkc_unigram *u;
    (void)state;
    v = letters(TKC_MODEL_SPM | TKC_MODEL_FUSE_UNK, false, true);
    u = scratch(v);
    expect(v, u, "", 0, NULL);
    expect(v, u, "xyz", 1, (const char *const[]){"<unk>"});
    expect(v, u, "axyb", 3, (const char *const[]){"a", "<unk>", "b"});
    expect(v, u, "x\xc3\xa9" "aay", 3, (const char *const[]){"<unk>", "aa", "<unk>"});
    expect(v, u, "<unk>", 1, (const char *const[]){"<unk>"}); /* five unknown characters */
    tkc_unigram_free(u);
    tkc_vocab_close(v);

    v = letters(TKC_MODEL_SPM | TKC_MODEL_BYTE_FALLBACK, true, false);
    u = scratch(v);
    expect(v, u, "a\xc3\xa9x", 4, (const char *const[]){"a", "<0xC3>", "<0xA9>", "<0x78>"});
    assert_int_equal(begin[1], 1);
    assert_int_equal(begin[2], 2);
    assert_int_equal(begin[3], 3);
    tkc_unigram_free(u);
    tkc_vocab_close(v);

    /* The other engine finds "<unk>" in a text as any token, and joins it with its unknown
     * neighbours. */
    v = letters(TKC_MODEL_BYTE_FALLBACK, true, true);
    u = scratch(v);
    expect(v, u, "a<unk>b", 3, (const char *const[]){"a", "<unk>", "b"});
    expect(v, u, "<unk>x", 6,
           (const char *const[]){"<0x3C>", "<0x75>", "<0x6E>", "<0x6B>", "<0x3E>", "<0x78>"});
    tkc_unigram_free(u);
    tkc_vocab_close(v);
}

static void test_no_unknown_token(void **state)
{
    tkc_vocab *v = letters(TKC_MODEL_FUSE_UNK, false, false);
    tkc_unigram *u = scratch(v);
    tkc_text piece = {"aax", 3, NULL, 100};
    tkc_sink sink = {got, NULL, ROOM, 0, SIZE_MAX};
    tkc_error err = {0};
    (void)state;
    assert_int_equal(tkc_unigram_encode(v, u, &piece, &sink, &err), TKC_E_FORMAT);
    assert_int_equal(err.offset, 102);
    assert_int_equal(run(v, u, tkt_str("aab")), 2); /* and works on */
    tkc_unigram_free(u);
    tkc_vocab_close(v);
}

static void test_offsets_through_a_map(void **state)
{
    static const size_t map[] = {10, 10, 20, 20, 20, 30, 40};
    tkc_vocab *v = letters(TKC_MODEL_SPM | TKC_MODEL_FUSE_UNK, false, true);
    tkc_unigram *u = scratch(v);
    tkc_text piece = {"aabxxb", 6, map, 0};
    tkc_sink sink = {got, begin, ROOM, 0, SIZE_MAX};
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_unigram_encode(v, u, &piece, &sink, &err), TKC_OK);
    assert_int_equal(sink.n, 4); /* aa b xx b */
    assert_int_equal(begin[0], 10);
    assert_int_equal(begin[1], 20);
    assert_int_equal(begin[2], 20);
    assert_int_equal(begin[3], 30);
    tkc_unigram_free(u);
    tkc_vocab_close(v);
}

static void test_stops_early(void **state)
{
    tkc_vocab *v = letters(TKC_MODEL_SPM | TKC_MODEL_FUSE_UNK, false, true);
    tkc_unigram *u = scratch(v);
    static char text[100000];
    tkc_text piece = {text, sizeof text, NULL, 0};
    tkc_sink sink = {NULL, NULL, 0, 0, 10};
    tkc_error err;
    (void)state;
    memset(text, 'b', sizeof text);
    assert_int_equal(tkc_unigram_encode(v, u, &piece, &sink, &err), TKC_OK);
    assert_true(sink.n > 10 && sink.n < 20);
    tkc_unigram_free(u);
    tkc_vocab_close(v);
}

/* --- memory and time ----------------------------------------------------------------- */

static void test_allocates_once(void **state)
{
    fail_alloc count = {0};
    const tkc_allocator a = fail_alloc_of(&count);
    tkc_vocab *v = letters(TKC_MODEL_SPM | TKC_MODEL_FUSE_UNK, false, true);
    tkc_unigram *u;
    tkc_error err;
    static char text[50000];
    size_t before;
    (void)state;
    memset(text, 'a', sizeof text);
    assert_int_equal(tkc_unigram_new(&u, v, &a, &err), TKC_OK);
    run(v, u, (tkc_str){text, sizeof text});
    before = count.calls;
    for (int i = 0; i < 20; i++) run(v, u, (tkc_str){text, sizeof text - (size_t)i});
    assert_int_equal(count.calls, before);
    tkc_unigram_free(u);
    tkc_vocab_close(v);
}

/* Every allocation refused in turn: an error, and nothing lost. */
static void test_no_memory(void **state)
{
    tkc_vocab *v = letters(TKC_MODEL_SPM | TKC_MODEL_FUSE_UNK, false, true);
    tkc_text piece = {"aaaaaaaa", 8, NULL, 0};
    bool done = false;
    (void)state;
    for (size_t n = 1; !done; n++) {
        fail_alloc count = {.fail_at = n};
        const tkc_allocator a = fail_alloc_of(&count);
        tkc_unigram *u = NULL;
        tkc_sink sink = {got, NULL, ROOM, 0, SIZE_MAX};
        tkc_error err;
        tkc_unigram_tree *tree = NULL;
        tkc_status st = tkc_unigram_tree_new(&tree, v, &a, &err);
        if (!st) st = tkc_unigram_new(&u, v, &a, &err);
        if (!st) st = tkc_unigram_encode(v, u, &piece, &sink, &err);
        assert_true(st == TKC_OK || st == TKC_E_NOMEM);
        done = st == TKC_OK;
        tkc_unigram_free(u);
        tkc_unigram_tree_free(tree);
        assert_int_equal(count.live, 0);
        assert_false(count.wrong_size);
        assert_true(n < 100);
    }
    tkc_vocab_close(v);
}

static void *make_and_run(void *ctx)
{
    const tkc_vocab *v = ctx;
    tkc_text piece = {"aaaaaaaaaa", 10, NULL, 0};
    tkc_sink sink = {.limit = SIZE_MAX};
    tkc_unigram *u = scratch(v);
    tkc_error err;
    size_t n = 0;
    if (!tkc_unigram_encode(v, u, &piece, &sink, &err)) n = sink.n;
    tkc_unigram_free(u);
    return (void *)n;
}

/* Encoders that begin at the same time have one tree, which is the vocabulary's. */
static void test_threads_share_a_tree(void **state)
{
    enum { THREADS = 4 };
    (void)state;
    for (int round = 0; round < 20; round++) {
        tkc_vocab *v = letters(TKC_MODEL_SPM | TKC_MODEL_FUSE_UNK, false, true);
        pthread_t thread[THREADS];
        void *n[THREADS], *alone;
        tkc_shared *tree;
        for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_create(&thread[i], NULL, make_and_run, v), 0);
        for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_join(thread[i], &n[i]), 0);
        tree = tkc_vocab_shared(v);
        assert_non_null(tree);
        alone = make_and_run(v);
        assert_ptr_equal(tkc_vocab_shared(v), tree);
        for (int i = 0; i < THREADS; i++) assert_ptr_equal(n[i], alone);
        assert_non_null(alone);
        tkc_vocab_close(v);
    }
}

static double seconds(const tkc_vocab *v, tkc_unigram *u, tkc_str s)
{
    double best = 1e9;
    for (int i = 0; i < 5; i++) {
        struct timespec a, b;
        double t;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
        run(v, u, s);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
        t = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9;
        if (t < best) best = t;
    }
    return best;
}

static void test_one_letter_is_linear(void **state)
{
    enum { N = 1 << 19 };
    tkc_vocab *v = letters(TKC_MODEL_SPM | TKC_MODEL_FUSE_UNK, false, true);
    tkc_unigram *u = scratch(v);
    char *text = malloc(2 * N);
    double once, twice;
    (void)state;
    assert_non_null(text);
    memset(text, 'a', 2 * N);
    run(v, u, (tkc_str){text, 2 * N}); /* warm up */
    once = seconds(v, u, (tkc_str){text, N});
    twice = seconds(v, u, (tkc_str){text, 2 * N});
    if (twice > 3 * once + 0.01)
        fail_msg("%d letters take %.4f s, twice as many %.4f s", N, once, twice);
    free(text);
    tkc_unigram_free(u);
    tkc_vocab_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_slow),     cmocka_unit_test(test_long_sums),
        cmocka_unit_test(test_other_engine),     cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_no_unknown_token),
        cmocka_unit_test(test_offsets_through_a_map), cmocka_unit_test(test_stops_early),
        cmocka_unit_test(test_allocates_once),   cmocka_unit_test(test_no_memory), cmocka_unit_test(test_threads_share_a_tree),
        cmocka_unit_test(test_one_letter_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
