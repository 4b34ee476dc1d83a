/*
 * test_encoder.c - what tokenizer.h promises, call by call.
 *
 * The ids themselves are checked against the vendors' implementations elsewhere (tests/golden);
 * here it is strict and lossy reading, trust, room, limits, batches, frames and walks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <time.h>

#include <cmocka.h>

#include "tests/support/lossy_utf8.h"
#include "tokenizer/tokenizer.h"
#include "vocab/open.h"

enum { MAX_IDS = 4096 };

static tkc_str lit(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* One of each kind, opened once: byte-level with and without normalizer, SentencePiece, ... */
typedef struct kind {
    const char *name;
    bool reversible;
    tkc_vocab *v;
    tkc_encoder *e;
} kind;

static kind kinds[] = {
    {"o200k_base", true, NULL, NULL},
    {"cl100k_base", true, NULL, NULL},
    {"gemma3", false, NULL, NULL},
    {"mistral_v3", false, NULL, NULL},
    {"tests/data/hf/bl-norm-nfc.json", false, NULL, NULL},
    {"tests/data/hf/bl-split-regex-mergedwithnext.json", true, NULL, NULL},
    {"tests/data/hf/unigram-t5.json", false, NULL, NULL},
    {"tests/data/hf/wordpiece.json", false, NULL, NULL},
    {"tests/data/hf/added-lower-both-strip.json", false, NULL, NULL},
    {"tests/data/spm/unigram_user.model", false, NULL, NULL},
};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

static int open_all(void **state)
{
    const tkc_vocab_options opt = {.struct_size = sizeof opt, .data_dir = "vocab/data"};
    tkc_error err = {0};
    (void)state;
    for (size_t i = 0; i < N_KINDS; i++) {
        const bool file = strchr(kinds[i].name, '/') != NULL;
        tkc_status st = file ? tkc_vocab_open(&kinds[i].v, kinds[i].name, &opt, &err)
                             : tkc_vocab_open_encoding(&kinds[i].v, kinds[i].name, &opt, &err);
        if (!st) st = tkc_encoder_new(&kinds[i].e, kinds[i].v, NULL, &err);
        if (st) {
            fprintf(stderr, "%s: %s\n", kinds[i].name, err.message);
            return -1;
        }
    }
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_KINDS; i++) {
        tkc_encoder_free(kinds[i].e);
        tkc_vocab_close(kinds[i].v);
    }
    tkc_encoder_free(NULL);
    tkc_vocab_close(NULL);
    return 0;
}

static size_t count(tkc_encoder *e, tkc_str text, unsigned flags)
{
    size_t n = SIZE_MAX;
    tkc_error err = {0};
    if (tkc_count(e, text, flags, &n, &err)) fail_msg("count: %s", err.message);
    return n;
}

static size_t encode(tkc_encoder *e, tkc_str text, unsigned flags, uint32_t *ids)
{
    size_t n = SIZE_MAX;
    tkc_error err = {0};
    if (tkc_encode(e, text, flags, ids, MAX_IDS, &n, &err)) fail_msg("encode: %s", err.message);
    return n;
}

static uint64_t rng = 7;

static size_t below(size_t n)
{
    uint64_t z = rng += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((z ^ z >> 31) % n);
}

static size_t random_text(char *s, size_t max)
{
    static const char *const bit[] = {
        "the ", "ing", " of", "\n", "\r\n", "  ", "\t", "'s", "123", "4", "_", "==", "A", "Hello",
        "\xc3\xa9", "e\xcc\x81", "\xe4\xb8\xad\xe6\x96\x87", "\xf0\x9f\x98\x80", "\xe2\x80\x8d",
        "\xc2\xa0", "\x80", "\xe4\xb8", "\xf0\x9f", "\xff", ".", "!?", "\"", "{}();", " a b",
        "\xd0\x9f\xd1\x80", "\xd8\xb3\xd9\x84", "<s>", "aaaaaaaa", "        "};
    size_t n = 0, want = below(max - 16);
    while (n < want) {
        const char *b = bit[below(sizeof bit / sizeof *bit)];
        memcpy(s + n, b, strlen(b));
        n += strlen(b);
    }
    return n;
}

/* --- bytes that are no text -------------------------------------------------------------- */

static void strict_says_the_byte(void **state)
{
    static const struct { const char *text; size_t len, at; } bad[] = {
        {"\x80", 1, 0}, {"ab\xff", 3, 2}, {"ab\xe4\xb8", 4, 2}, {"\xc3\xa9\xed\xa0\x80", 5, 2},
        {"0123456789abcdef0123456789abcdef\xc0\xaf", 34, 32}, {"\xf4\x90\x80\x80", 4, 0},
        {"a\0\xf0\x9f\x98", 5, 2}};
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            const tkc_str t = {bad[i].text, bad[i].len};
            uint32_t ids[64];
            size_t n = 77, at = 0;
            tkc_error err = {0};
            assert_int_equal(tkc_count(kinds[k].e, t, TKC_ENCODE_STRICT, &n, &err), TKC_E_FORMAT);
            assert_int_equal(n, 77); /* results only on success */
            assert_int_equal(err.offset, bad[i].at);
            assert_int_equal(err.code, TKC_E_FORMAT);
            assert_non_null(strstr(err.message, "UTF-8"));
            assert_int_equal(tkc_encode(kinds[k].e, t, TKC_ENCODE_STRICT, ids, 64, &n, NULL),
                             TKC_E_FORMAT);
            assert_int_equal(
                tkc_fit(kinds[k].e, t, TKC_ENCODE_STRICT, 1, TKC_FIT_CHAR, &at, &n, &err),
                TKC_E_FORMAT);
        }
        assert_true(count(kinds[k].e, lit("caf\xc3\xa9 \xf0\x9f\x98\x80"), TKC_ENCODE_STRICT) > 0);
    }
}

static void lossy_is_one_mark_a_maximal_part(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        for (int i = 0; i < 300; i++) {
            char bad[200], good[600];
            static uint32_t a[MAX_IDS], b[MAX_IDS];
            const size_t len = random_text(bad, sizeof bad), n_good = tkt_lossy(bad, len, good);
            const size_t n = encode(kinds[k].e, (tkc_str){bad, len}, 0, a);
            assert_int_equal(encode(kinds[k].e, (tkc_str){good, n_good}, TKC_ENCODE_STRICT, b), n);
            assert_memory_equal(a, b, n * sizeof *a);
        }
    }
}

/* --- trust ---------------------------------------------------------------------------------- */

static void control_tokens_need_trust(void **state)
{
    tkc_encoder *e = kinds[0].e;
    const char *marker = "<|endoftext|>";
    uint32_t ids[64], id = 0;
    size_t n;
    (void)state;
    assert_true(tkc_vocab_find(kinds[0].v, lit(marker), &id));
    assert_int_equal(id, 199999);
    assert_true(tkc_vocab_is_control(kinds[0].v, id));
    assert_int_equal(encode(e, lit(marker), TKC_ENCODE_SPECIAL, ids), 1);
    assert_int_equal(ids[0], id);
    n = encode(e, lit(marker), 0, ids);
    assert_true(n > 1);
    for (size_t i = 0; i < n; i++) assert_false(tkc_vocab_is_control(kinds[0].v, ids[i]));
    /* in the middle of a text, both ways */
    assert_int_equal(encode(e, lit("a<|endoftext|>b"), TKC_ENCODE_SPECIAL, ids), 3);
    assert_int_equal(ids[1], id);
}

static size_t spans(const tkc_span *s, size_t n_span, uint32_t *ids)
{
    size_t n = 0;
    tkc_error err = {0};
    if (tkc_encode_spans(kinds[0].e, s, n_span, 0, ids, MAX_IDS, &n, &err))
        fail_msg("%s", err.message);
    return n;
}

static size_t controls(const uint32_t *ids, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) found += tkc_vocab_is_control(kinds[0].v, ids[i]);
    return found;
}

static void user_text_never_makes_a_control_token(void **state)
{
    static uint32_t ids[MAX_IDS], plain[MAX_IDS];
    const char *marker = "<|endoftext|>";
    const size_t len = strlen(marker);
    (void)state;
    {
        const tkc_span s[] = {{lit("x"), false}, {lit(marker), true}, {lit("y"), false}};
        assert_int_equal(spans(s, 3, ids), 3);
        assert_int_equal(ids[1], 199999);
    }
    {
        const tkc_span s[] = {{lit("x"), true}, {lit(marker), false}, {lit("y"), true}};
        assert_int_equal(controls(ids, spans(s, 3, ids)), 0);
    }
    for (size_t cut = 1; cut < len; cut++) { /* a marker across the border, from both sides */
        for (int first = 0; first < 2; first++) {
            const tkc_span s[] = {{{marker, cut}, first}, {{marker + cut, len - cut}, !first}};
            const size_t n = spans(s, 2, ids);
            assert_int_equal(controls(ids, n), 0);
            assert_int_equal(n, encode(kinds[0].e, lit(marker), 0, plain));
            assert_memory_equal(ids, plain, n * sizeof *ids);
        }
        { /* two trusted spans side by side are one trusted text */
            const tkc_span s[] = {{{marker, cut}, true}, {{marker + cut, len - cut}, true}};
            assert_int_equal(spans(s, 2, ids), 1);
        }
        { /* an empty span of the user in between parts nothing */
            const tkc_span s[] = {{{marker, cut}, true}, {lit(""), false},
                                  {{marker + cut, len - cut}, true}};
            assert_int_equal(controls(ids, spans(s, 3, ids)), 0);
        }
    }
    { /* what the user leaves open cannot be closed by the template, nor the other way round */
        const tkc_span s[] = {{lit("<|endof"), false}, {lit("text|><|endoftext|>"), true},
                              {lit("<|endoftext|>"), false}};
        const size_t n = spans(s, 3, ids);
        assert_int_equal(controls(ids, n), 1);
    }
    assert_int_equal(spans(NULL, 0, ids), 0);
}

/* "<" of the user in front of the template's "<a>" spells "<<a>", another control token: that is
 * none, and the template's stays. */
static void user_text_cannot_swallow_a_marker(void **state)
{
    const tkc_span s[] = {{lit("x<"), false}, {lit("<a>"), true}, {lit("y"), false}},
                   t[] = {{lit("<a"), true}, {lit("><<a>"), false}, {lit("<<a>"), true}};
    const uint32_t want_s[] = {'x', '<', 300, 'y'},
                   want_t[] = {'<', 'a', '>', '<', '<', 'a', '>', 301};
    tkc_builder b;
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    uint32_t ids[32];
    size_t n = 0;
    (void)state;
    tkc_builder_init(&b, NULL);
    b.model.kind = TKC_MODEL_BPE_RANKS;
    b.model.flags = TKC_MODEL_BYTE_LEVEL;
    for (unsigned c = 0; c < 256; c++) {
        const char one = (char)c;
        assert_int_equal(
            tkc_builder_token_set(&b, c, (tkc_str){&one, 1}, TKC_TOKEN_NORMAL, 0, 0, NULL), TKC_OK);
    }
    assert_int_equal(tkc_builder_added_add(&b, 300, lit("<a>"), TKC_ADDED_SPECIAL, 0, NULL),
                     TKC_OK);
    assert_int_equal(tkc_builder_added_add(&b, 301, lit("<<a>"), TKC_ADDED_SPECIAL, 0, NULL),
                     TKC_OK);
    assert_int_equal(tkc_vocab_from_builder(&v, &b, NULL), TKC_OK);
    tkc_builder_release(&b);
    assert_int_equal(tkc_encoder_new(&e, v, NULL, NULL), TKC_OK);
    assert_int_equal(tkc_encode_spans(e, s, 3, 0, ids, 32, &n, NULL), TKC_OK);
    assert_int_equal(n, 4);
    assert_memory_equal(ids, want_s, sizeof want_s);
    assert_int_equal(tkc_encode_spans(e, t, 3, 0, ids, 32, &n, NULL), TKC_OK);
    assert_int_equal(n, 8);
    assert_memory_equal(ids, want_t, sizeof want_t);
    tkc_encoder_free(e);
    tkc_vocab_close(v);
}

/* Any text in any spans, all of the user: the ids of the text as one. */
static void untrusted_spans_are_one_text(void **state)
{
    static uint32_t a[MAX_IDS], b[MAX_IDS];
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        for (int i = 0; i < 200; i++) {
            char s[300];
            const size_t len = random_text(s, sizeof s);
            tkc_span span[5];
            size_t at = 0, n = 0;
            tkc_error err = {0};
            for (int j = 0; j < 5; j++) {
                const size_t step = j == 4 ? len - at : below(len - at + 1);
                span[j] = (tkc_span){{s + at, step}, false};
                at += step;
            }
            if (tkc_encode_spans(kinds[k].e, span, 5, 0, a, MAX_IDS, &n, &err))
                fail_msg("%s", err.message);
            assert_int_equal(n, encode(kinds[k].e, (tkc_str){s, len}, 0, b));
            assert_memory_equal(a, b, n * sizeof *a);
        }
    }
}

/* --- room, frame, limits ---------------------------------------------------------------------- */

static void too_little_room_says_how_much(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        static uint32_t all[MAX_IDS], ids[MAX_IDS];
        static size_t begin[MAX_IDS], few[MAX_IDS];
        const tkc_str t = lit("Hello w\xc3\xb6rld, 123 \xe4\xbd\xa0 it's");
        const size_t n = encode(kinds[k].e, t, 0, all);
        size_t need;
        tkc_error err = {0};
        assert_int_equal(tkc_encode_offsets(kinds[k].e, t, 0, all, begin, MAX_IDS, &need, &err),
                         TKC_OK);
        for (size_t cap = 0; cap <= n; cap++) {
            memset(ids, 0xff, sizeof ids);
            memset(few, 0xff, sizeof few);
            need = 0;
            assert_int_equal(tkc_encode_offsets(kinds[k].e, t, 0, ids, few, cap, &need, &err),
                             cap < n ? TKC_E_SPACE : TKC_OK);
            assert_int_equal(need, n);
            assert_memory_equal(ids, all, cap * sizeof *ids);
            assert_memory_equal(few, begin, cap * sizeof *few);
            assert_true(ids[cap] == UINT32_MAX && few[cap] == SIZE_MAX); /* nothing behind cap */
        }
        assert_int_equal(tkc_encode(kinds[k].e, t, 0, NULL, 0, &need, &err), TKC_E_SPACE);
        assert_int_equal(need, n);
        assert_int_equal(tkc_encode(kinds[k].e, t, 0, ids, 1, &need, NULL), TKC_E_SPACE);
        assert_int_equal(tkc_encode(kinds[k].e, lit(""), 0, NULL, 0, &need, &err), TKC_OK);
        assert_int_equal(need, 0);
    }
}

static void the_frame_goes_around(void **state)
{
    static uint32_t bare[MAX_IDS], framed[MAX_IDS];
    static size_t begin[MAX_IDS];
    const tkc_str t = lit("Hello world");
    size_t with_frame = 0;
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        const size_t n = encode(kinds[k].e, t, 0, bare),
                     m = encode(kinds[k].e, t, TKC_ENCODE_FRAME, framed);
        size_t extra = m - n, before = 0, again = 0;
        assert_true(m >= n && m < n + 9);
        assert_int_equal(count(kinds[k].e, t, TKC_ENCODE_FRAME), m);
        assert_int_equal(count(kinds[k].e, lit(""), TKC_ENCODE_FRAME), extra);
        while (before < extra && memcmp(framed + before, bare, n * sizeof *bare) != 0) before++;
        assert_memory_equal(framed + before, bare, n * sizeof *bare);
        assert_int_equal(tkc_encode_offsets(kinds[k].e, t, TKC_ENCODE_FRAME, framed, begin, MAX_IDS,
                                            &again, NULL), TKC_OK);
        for (size_t i = 0; i < before; i++) assert_int_equal(begin[i], 0);
        for (size_t i = before + n; i < m; i++) assert_int_equal(begin[i], t.len);
        with_frame += extra > 0;
    }
    assert_true(with_frame >= 2); /* Gemma and Mistral put a token in front */
}

static void a_limit_is_exact_below_and_above(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        for (int i = 0; i < 100; i++) {
            char s[200];
            const tkc_str t = {s, random_text(s, sizeof s)};
            const size_t n = count(kinds[k].e, t, 0);
            for (size_t limit = 0; limit <= n + 2; limit++) {
                size_t got = 0;
                assert_int_equal(tkc_count_upto(kinds[k].e, t, 0, limit, &got, NULL), TKC_OK);
                if (n <= limit ? got != n : got <= limit)
                    fail_msg("%s: limit %zu, count %zu, said %zu", kinds[k].name, limit, n, got);
            }
        }
    }
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* 50 MB of words. Looking whether the bytes are UTF-8 touches the whole text, at memory speed;
 * nothing else may: the pieces that are seen are counted by how far n gets. */
static void a_limit_stops_early(void **state)
{
    static const char words[] = "The quick brown fox jumps over the lazy dog, 42 times. ";
    const size_t len = 50 * 1000 * 1000;
    char *text = malloc(len);
    double whole, early;
    size_t n = 0, bytes = 0;
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < len; i++) text[i] = words[i % (sizeof words - 1)];
    whole = seconds();
    assert_true(count(kinds[1].e, (tkc_str){text, len / 10}, 0) > 100000);
    whole = (seconds() - whole) * 10; /* a tenth of the text keeps slow builds short */
    early = seconds();
    assert_int_equal(tkc_count_upto(kinds[1].e, (tkc_str){text, len}, 0, 10, &n, NULL), TKC_OK);
    early = seconds() - early;
    assert_true(n > 10 && n < 10000);
    if (early * 5 > whole) fail_msg("limit 10 takes %.6f s, the text %.6f s", early, whole);
    early = seconds();
    assert_int_equal(
        tkc_fit(kinds[1].e, (tkc_str){text, len}, 0, 10, TKC_FIT_WORD, &bytes, &n, NULL), TKC_OK);
    early = seconds() - early;
    assert_true(bytes > 10 && bytes < 100 && n <= 10);
    if (early * 2 > whole) fail_msg("fit 10 takes %.6f s, the text %.6f s", early, whole);
    free(text);
}

/* --- fit
 * ------------------------------------------------------------------------------------------ */

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Every allowed prefix is counted; SIZE_MAX when none fits. */
static size_t longest_prefix(tkc_encoder *e, tkc_str t, size_t limit, tkc_fit_at at, size_t *n)
{
    size_t best = SIZE_MAX, i = 0;
    for (;;) {
        const bool inner = i > 0 && i < t.len;
        bool ok = true, allowed = true;
        if (inner && at == TKC_FIT_WORD) allowed = blank(t.ptr[i - 1]) && !blank(t.ptr[i]);
        if (inner && at == TKC_FIT_LINE) allowed = t.ptr[i - 1] == '\n';
        if (allowed) {
            const size_t c = count(e, (tkc_str){t.ptr, i}, 0);
            if (c <= limit) {
                best = i;
                *n = c;
            }
        }
        if (i >= t.len) return best;
        i += tkt_utf8_step((const unsigned char *)t.ptr + i, t.len - i, &ok);
    }
}

static void fit_is_the_longest_prefix(void **state)
{
    size_t texts = 0;
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        for (int i = 0; i < 200; i++, texts++) {
            char s[90];
            const tkc_str t = {s, random_text(s, sizeof s)};
            const size_t limit = below(count(kinds[k].e, t, 0) + 2);
            for (int at = TKC_FIT_CHAR; at <= TKC_FIT_LINE; at++) {
                size_t bytes = 0, n = 0, want_n = 0;
                const size_t want = longest_prefix(kinds[k].e, t, limit, (tkc_fit_at)at, &want_n);
                tkc_error err = {0};
                if (tkc_fit(kinds[k].e, t, 0, limit, (tkc_fit_at)at, &bytes, &n, &err))
                    fail_msg("%s: %s", kinds[k].name, err.message);
                if (bytes != want || n != want_n)
                    fail_msg("%s: text %d, limit %zu, at %d: %zu bytes (%zu tokens), longest is "
                             "%zu (%zu)",
                             kinds[k].name, i, limit, at, bytes, n, want, want_n);
            }
        }
    }
    assert_int_equal(texts, 2000);
}

/* The reference would cut every text into characters; a count must not come of it. */
static void added_token_of_nothing(void **state)
{
    static const char file[] =
        "{\"added_tokens\":[{\"id\":1,\"content\":\" \",\"single_word\":false,\"lstrip\":false,"
        "\"rstrip\":false,\"normalized\":true,\"special\":false}],"
        "\"normalizer\":{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":false},"
        "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]}}";
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_error err = {0};
    (void)state;
    assert_int_equal(tkc_vocab_open_memory(&v, (tkc_str){file, sizeof file - 1}, NULL, &err), TKC_OK);
    assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "normalized"));
    tkc_vocab_close(v);
}

static void fit_where_nothing_fits(void **state)
{
    size_t bytes = 77, n = 77;
    tkc_error err = {0};
    (void)state;
    assert_int_equal(tkc_fit(kinds[0].e, lit("abc"), 0, 0, TKC_FIT_CHAR, &bytes, &n, &err), TKC_OK);
    assert_true(bytes == 0 && n == 0);
    /* Gemma's frame alone is more than nothing */
    assert_int_equal(
        tkc_fit(kinds[2].e, lit("abc"), TKC_ENCODE_FRAME, 0, TKC_FIT_CHAR, &bytes, &n, &err),
        TKC_E_LIMIT);
    assert_true(err.message[0] != '\0');
    assert_int_equal(
        tkc_fit(kinds[0].e, lit("one two three"), 0, 2, TKC_FIT_LINE, &bytes, &n, &err), TKC_OK);
    assert_true(bytes == 0 && n == 0);
    assert_int_equal(
        tkc_fit(kinds[0].e, lit("one two three"), 0, SIZE_MAX, TKC_FIT_WORD, &bytes, &n, &err),
        TKC_OK);
    assert_true(bytes == 13 && n == 3);
}

/* --- batches, offsets, walks
 * --------------------------------------------------------------------------- */

static void batches_are_single_calls(void **state)
{
    enum { N = 50, ROOM = 200 };
    static char data[N * ROOM];
    static uint32_t all[N * ROOM * 2], one[MAX_IDS];
    size_t offset[N + 1] = {0}, counts[N], end[N], total = 0, small = 0;
    tkc_error err = {0};
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        for (int i = 0; i < N; i++)
            offset[i + 1] = offset[i] + (i % 7 == 3 ? 0 : random_text(data + offset[i], ROOM));
        assert_int_equal(
            tkc_count_batch(kinds[k].e, data, offset, N, TKC_ENCODE_FRAME, counts, &err), TKC_OK);
        assert_int_equal(tkc_encode_batch(kinds[k].e, data, offset, N, TKC_ENCODE_FRAME, all,
                                          sizeof all / sizeof *all, end, &total, &err), TKC_OK);
        assert_int_equal(total, end[N - 1]);
        for (size_t i = 0, at = 0; i < N; at = end[i++]) {
            const size_t n =
                encode(kinds[k].e, (tkc_str){data + offset[i], offset[i + 1] - offset[i]},
                       TKC_ENCODE_FRAME, one);
            assert_int_equal(n, counts[i]);
            assert_int_equal(end[i] - at, n);
            assert_memory_equal(one, all + at, n * sizeof *one);
        }
        assert_int_equal(tkc_encode_batch(kinds[k].e, data, offset, N, TKC_ENCODE_FRAME, one, 5,
                                          end, &small, &err),
                         TKC_E_SPACE);
        assert_int_equal(small, total);
        assert_memory_equal(one, all, 5 * sizeof *one);
        assert_int_equal(tkc_count_batch(kinds[k].e, data, offset, 0, 0, counts, &err), TKC_OK);
        assert_int_equal(
            tkc_encode_batch(kinds[k].e, data, offset, 0, 0, NULL, 0, end, &total, &err), TKC_OK);
        assert_int_equal(total, 0);
    }
    /* one bad text ends a strict batch and says so */
    offset[0] = 0, offset[1] = 1, offset[2] = 2;
    assert_int_equal(
        tkc_count_batch(kinds[0].e, "a\xff", offset, 2, TKC_ENCODE_STRICT, counts, &err),
        TKC_E_FORMAT);
}

static void offsets_rise_and_are_exact_in_plain_text(void **state)
{
    static uint32_t ids[MAX_IDS];
    static size_t begin[MAX_IDS];
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        for (int i = 0; i < 200; i++) {
            char bad[200], s[600];
            const size_t len = tkt_lossy(bad, random_text(bad, sizeof bad), s);
            size_t n = 0, at = 0;
            tkc_error err = {0};
            if (tkc_encode_offsets(kinds[k].e, (tkc_str){s, len}, 0, ids, begin, MAX_IDS, &n, &err))
                fail_msg("%s", err.message);
            for (size_t j = 0; j < n; j++) {
                const tkc_str t = tkc_vocab_token(kinds[k].v, ids[j]);
                assert_true(begin[j] <= len && begin[j] >= at);
                if (kinds[k].reversible) { /* the token's own bytes stand there */
                    assert_true(t.len <= len - begin[j]);
                    assert_memory_equal(t.ptr, s + begin[j], t.len);
                    assert_int_equal(begin[j], at);
                    at = begin[j] + t.len;
                } else {
                    at = begin[j];
                }
            }
            if (kinds[k].reversible) assert_int_equal(at, len);
        }
    }
}

typedef struct walk {
    char text[4000];
    size_t len, at, stop_after, n;
    bool gap;
} walk;

static int see(void *ctx, tkc_str piece, size_t begin, size_t end)
{
    walk *w = ctx;
    if (piece.len > sizeof w->text - w->len) return 1;
    memcpy(w->text + w->len, piece.ptr, piece.len);
    w->len += piece.len;
    w->gap |= begin != w->at || end < begin;
    w->at = end;
    return ++w->n == w->stop_after;
}

static void the_walk_shows_every_piece(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        for (int i = 0; i < 200; i++) {
            char bad[200], s[600];
            const size_t len = tkt_lossy(bad, random_text(bad, sizeof bad), s);
            walk w = {.len = 0};
            tkc_error err = {0};
            if (tkc_pretokenize(kinds[k].e, (tkc_str){s, len}, 0, see, &w, &err))
                fail_msg("%s", err.message);
            if (!kinds[k].reversible) continue;
            assert_int_equal(w.len, len);
            assert_memory_equal(w.text, s, len);
            assert_true(!w.gap && w.at == len);
            if (w.n > 2) {
                walk few = {.stop_after = 2};
                assert_int_equal(tkc_pretokenize(kinds[k].e, (tkc_str){s, len}, 0, see, &few, &err),
                                 TKC_OK);
                assert_int_equal(few.n, 2);
            }
        }
    }
    {
        walk w = {.len = 0};
        assert_int_equal(tkc_pretokenize(kinds[0].e, lit("Hello world 123<|endoftext|>!"),
                                         TKC_ENCODE_SPECIAL, see, &w, NULL),
                         TKC_OK);
        assert_int_equal(w.n, 6); /* Hello, world, blank, 123, the marker, ! */
    }
}

/* --- odd texts
 * ------------------------------------------------------------------------------------------ */

static void empty_nul_and_single_bytes(void **state)
{
    static uint32_t ids[MAX_IDS];
    char back[64];
    size_t len = 0;
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        tkc_encoder *e = kinds[k].e;
        assert_int_equal(count(e, lit(""), 0), 0);
        assert_int_equal(count(e, (tkc_str){NULL, 0}, TKC_ENCODE_SPECIAL), 0);
        for (int c = 0; c < 256; c++) {
            const char one = (char)c;
            char want[8];
            const size_t n_want = tkt_lossy(&one, 1, want),
                         n = encode(e, (tkc_str){&one, 1}, 0, ids);
            assert_int_equal(count(e, (tkc_str){&one, 1}, 0), n);
            if (!kinds[k].reversible) continue;
            assert_int_equal(tkc_decode(kinds[k].v, ids, n, 0, back, sizeof back, &len, NULL),
                             TKC_OK);
            assert_int_equal(len, n_want);
            assert_memory_equal(back, want, len);
        }
    }
    /* a NUL is a character like any other, and does not end the text */
    assert_true(count(kinds[0].e, (tkc_str){"a\0b", 3}, 0) == 3);
    assert_true(count(kinds[0].e, (tkc_str){"\0\0\0\0", 4}, 0) > 0);
    assert_int_equal(tkc_decode(kinds[0].v, ids, encode(kinds[0].e, (tkc_str){"a\0b", 3}, 0, ids),
                                0, back, sizeof back, &len, NULL),
                     TKC_OK);
    assert_int_equal(len, 3);
    assert_memory_equal(back, "a\0b", 3);
    /* "Hello world" as the vendor counts it */
    assert_int_equal(encode(kinds[0].e, lit("Hello world"), 0, ids), 2);
    assert_true(ids[0] == 13225 && ids[1] == 2375);
}

/* One megabyte that no split takes apart: whatever the answer, it is the same twice and adds up. */
static void one_piece_of_a_megabyte(void **state)
{
    const size_t len = 1 << 20;
    char *s = malloc(len), *back = malloc(len);
    uint32_t *ids = malloc(len * sizeof *ids);
    (void)state;
    assert_true(s && back && ids);
    for (int shape = 0; shape < 3; shape++) {
        for (size_t i = 0; i < len; i++)
            s[i] = shape == 0 ? 'a' : shape == 1 ? ' ' : (char)('a' + below(26));
        for (size_t k = 0; k < 3; k++) {
            size_t n = 0, got = 0;
            tkc_error err = {0};
            if (tkc_encode(kinds[k].e, (tkc_str){s, len}, 0, ids, len, &n, &err))
                fail_msg("%s", err.message);
            assert_int_equal(count(kinds[k].e, (tkc_str){s, len}, 0), n);
            assert_true(n > 1000 && n < len);
            assert_int_equal(tkc_decode(kinds[k].v, ids, n, 0, back, len, &got, &err), TKC_OK);
            assert_int_equal(got, len);
            assert_memory_equal(back, s, len);
        }
    }
    free(s);
    free(back);
    free(ids);
}

#if TKC_CLAUDE
static void the_reconstruction_only_counts(void **state)
{
    const tkc_vocab_options opt = {.struct_size = sizeof opt, .data_dir = "vocab/data"};
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_error err = {0};
    uint32_t ids[8];
    size_t n = 0, bytes = 0;
    walk w = {.len = 0};
    (void)state;
    if (tkc_vocab_open_encoding(&v, "claude_v5", &opt, &err)) fail_msg("%s", err.message);
    assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
    assert_true(count(e, lit("Hello world"), 0) > 0);
    assert_int_equal(tkc_encode(e, lit("Hello world"), 0, ids, 8, &n, &err), TKC_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "counts"));
    assert_int_equal(tkc_pretokenize(e, lit("Hello world"), 0, see, &w, &err), TKC_E_UNSUPPORTED);
    assert_int_equal(tkc_count(e, lit("a\xff"), TKC_ENCODE_STRICT, &n, &err), TKC_E_FORMAT);
    assert_int_equal(
        tkc_fit(e, lit("one two three four five"), 0, 3, TKC_FIT_WORD, &bytes, &n, &err), TKC_OK);
    assert_true(bytes > 0 && bytes < 23 && n <= 3);
    assert_int_equal(count(e, (tkc_str){"one two three four five", bytes}, 0), n);
    tkc_encoder_free(e);
    tkc_vocab_close(v);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_says_the_byte),
        cmocka_unit_test(lossy_is_one_mark_a_maximal_part),
        cmocka_unit_test(control_tokens_need_trust),
        cmocka_unit_test(user_text_never_makes_a_control_token),
        cmocka_unit_test(user_text_cannot_swallow_a_marker),
        cmocka_unit_test(untrusted_spans_are_one_text),
        cmocka_unit_test(too_little_room_says_how_much),
        cmocka_unit_test(the_frame_goes_around),
        cmocka_unit_test(a_limit_is_exact_below_and_above),
        cmocka_unit_test(a_limit_stops_early),
        cmocka_unit_test(fit_is_the_longest_prefix),
        cmocka_unit_test(added_token_of_nothing),
        cmocka_unit_test(fit_where_nothing_fits),
        cmocka_unit_test(batches_are_single_calls),
        cmocka_unit_test(offsets_rise_and_are_exact_in_plain_text),
        cmocka_unit_test(the_walk_shows_every_piece),
        cmocka_unit_test(empty_nul_and_single_bytes),
        cmocka_unit_test(one_piece_of_a_megabyte),
#if TKC_CLAUDE
        cmocka_unit_test(the_reconstruction_only_counts),
#endif
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
