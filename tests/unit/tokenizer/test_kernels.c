/*
 * test_kernels.c - the fast loop against piece by piece: same counts, same ids, whatever the
 * kernel and however full the tables; and the piece table by itself.
 *
 * Boundaries alone are compared at length by tests/differential/kernel_diff.c.
 */
#include "tests/support/fail_alloc.h"
#include "tests/support/random_text.h"
#include "tokenizer/kernels/kernel.h"
#include "tokenizer/merge/luck.h"
#include "tokenizer/merge/pair_classes.h"
#include "tokenizer/merge/unit_cuts.h"
#include "tokenizer/tokenizer.h"
#include "vocab/base/utf8.h"
#include "vocab/ready.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const kernels[] = {"portable", "neon", "avx2", "avx512"};
enum { N_KERNELS = 4 };

static tkc_vocab *open_vocab(const char *name)
{
    tkc_vocab_options o = {.struct_size = sizeof o, .data_dir = "vocab/data"};
    tkc_vocab *v = NULL;
    tkc_error err;
    if (tkc_vocab_open_encoding(&v, name, &o, &err)) fail_msg("%s: %s", name, err.message);
    return v;
}

static tkc_encoder *encoder(const tkc_vocab *v, const char *kernel)
{
    const tkc_encoder_options o = {.struct_size = sizeof o, .kernel = kernel};
    tkc_encoder *e = NULL;
    tkc_error err;
    const tkc_status st = tkc_encoder_new_with(&e, v, &o, NULL, &err);
    if (st == TKC_E_UNSUPPORTED) return NULL; /* not this machine's */
    if (st) fail_msg("%s: %s", kernel, err.message);
    return e;
}

/* Twice, so that the second time all that can be remembered is. */
static void same(tkc_encoder *truth, tkc_encoder *e, tkc_str text)
{
    uint32_t *want = malloc((text.len + 8) * sizeof *want), *got = malloc((text.len + 8) * sizeof *got);
    size_t n, m;
    tkc_error err;
    assert_non_null(want);
    assert_non_null(got);
    assert_int_equal(tkc_encode(truth, text, 0, want, text.len + 8, &n, &err), TKC_OK);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(tkc_count(e, text, 0, &m, &err), TKC_OK);
        assert_int_equal(m, n);
        assert_int_equal(tkc_encode(e, text, 0, got, text.len + 8, &m, &err), TKC_OK);
        assert_int_equal(m, n);
        assert_memory_equal(got, want, n * sizeof *want);
    }
    if (n) { /* just enough room: the last batch is written elsewhere first */
        uint32_t *tight = malloc(n * sizeof *tight);
        assert_non_null(tight);
        assert_int_equal(tkc_encode(e, text, 0, tight, n, &m, &err), TKC_OK);
        assert_int_equal(m, n);
        assert_memory_equal(tight, want, n * sizeof *tight);
        free(tight);
    }
    if (n > 3) { /* room for some: the rest is counted, nothing is written behind */
        got[n / 2] = 0xdeadbeef;
        assert_int_equal(tkc_encode(e, text, 0, got, n / 2, &m, &err), TKC_E_SPACE);
        assert_int_equal(m, n);
        assert_int_equal(got[n / 2], 0xdeadbeef);
        assert_memory_equal(got, want, n / 2 * sizeof *want);
    }
    free(want);
    free(got);
}

/* A vocabulary with its slow encoder and the one of this machine. */
typedef struct twins {
    tkc_vocab *v;
    tkc_encoder *truth, *e;
} twins;

static twins open_twins(const char *name)
{
    tkc_vocab *v = open_vocab(name);
    return (twins){v, encoder(v, "scalar"), encoder(v, NULL)};
}

static void close_twins(twins w)
{
    tkc_encoder_free(w.truth);
    tkc_encoder_free(w.e);
    tkc_vocab_close(w.v);
}

static void against_scalar(const char *name, int n_text)
{
    tkc_vocab *v = open_vocab(name);
    tkc_encoder *truth = encoder(v, "scalar");
    int ran = 0;
    for (int k = 0; k < N_KERNELS; k++) {
        tkc_encoder *e = encoder(v, kernels[k]);
        if (!e) continue;
        ran++;
        tkt_seed(7);
        for (int i = 0; i < n_text; i++) {
            char text[40 * TKT_BIT_MAX];
            same(truth, e, (tkc_str){text, tkt_random_text(text, 40)});
        }
        tkc_encoder_free(e);
    }
    assert_in_range(ran, 1, N_KERNELS);
    tkc_encoder_free(truth);
    tkc_vocab_close(v);
}

static void random_texts(void **state)
{
    (void)state;
    against_scalar("o200k_base", 400);
    against_scalar("cl100k_base", 150); /* every pattern family but those below by way of others */
    against_scalar("r50k_base", 150);
    against_scalar("qwen3_5", 150);
    against_scalar("deepseek_v3", 150);
}

/* Pieces of every length among short ones that are known: what a batch has no room to answer for. */
static void long_pieces(void **state)
{
    static const char *const names[] = {"o200k_base", "r50k_base", "gemma3"};
    enum { LEN = 60000, LONGEST = 9000 };
    char *text = malloc(LEN);
    (void)state;
    assert_non_null(text);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        const twins w = open_twins(names[i]);
        tkt_seed(11 + i);
        for (unsigned most = 5; most <= LONGEST; most *= 3) {
            size_t n = 0;
            while (n < LEN) {
                size_t len = 1 + tkt_random(most);
                const unsigned letters = 2 + tkt_random(24);
                if (len > LEN - n) len = LEN - n;
                for (const size_t end = n + len; n < end; n++) text[n] = (char)('a' + tkt_random(letters));
                for (unsigned words = tkt_random(4); words && n + 4 < LEN; words--, n += 4) memcpy(text + n, " the", 4);
                if (n < LEN) text[n++] = tkt_random(2) ? ' ' : '\n';
            }
            same(w.truth, w.e, (tkc_str){text, LEN});
        }
        close_twins(w);
    }
    free(text);
}

/* Texts that end everywhere: what is behind the end is made up in the last window. */
static void every_end(void **state)
{
    static const char *const names[] = {"o200k_base", "cl100k_base", "r50k_base", "qwen3_5", "deepseek_v3", "kimi_k2"};
    static const char *const ends[] = {
        "it's we'l we'll we're 'r I'V 'LL x's's", "a \n \n b\r\n  \t c  \n", "1 12 123 1234 12345.67,8", "(a) ./b//\n/ ...!?\n\n",
        "aBcDEFg HTTPServer ABC Abc aB", "\xc3\xa9t\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87 x \xd7\xa9 1\xd9\xa1", "a\t\tb\v\f  c\xc2\xa0 d ",
        "it'\xc5\xbf x'\xc5\xbf\xc5\xbf a\xcc\x81\xcc\x81 \xcc\x81 \xc3\x89\xc3\xa9\xc3\x89", "\xe3\x80\x80\xe3\x80\x80\xe4\xb8\xad\xe3\x80\x82\xe3\x80\x82\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93\xef\xbc\x94 \xf0\xa0\x80\x80\xe3\x81\x82",
        "\xf0\x9f\x98\x80\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd\xef\xb8\x8f!\xe2\x80\x94\xe2\x80\x94\n\xe2\x80\xa8\xe2\x80\xa9 \xd9\xa1\xd9\xa2\xd9\xa3\xd9\xa4"};
    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        const twins w = open_twins(names[i]);
        tkt_seed(5);
        for (unsigned k = 0; k < 24 + sizeof ends / sizeof *ends; k++) {
            char text[80 + 20 * TKT_BIT_MAX];
            size_t n = 0;
            if (k < sizeof ends / sizeof *ends) { /* in the first window and in the one behind a whole one */
                for (unsigned twice = 0; twice < 3; twice++, n += strlen(ends[k])) memcpy(text + n, ends[k], strlen(ends[k]));
            } else {
                n = tkt_random_text(text, 20);
            }
            for (size_t len = 1; len <= n; len++)
                if (tkc_utf8_boundary((tkc_str){text, n}, len)) same(w.truth, w.e, (tkc_str){text, len});
        }
        close_twins(w);
    }
}

/* Runs of characters of three bytes: pieces that are cut into units, over and past a batch. */
static void wide_runs(void **state)
{
    static const char *const names[] = {"o200k_base", "gemma3", "mistral_v3"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const twins w = open_twins(names[i]);
        for (size_t n = 1; n < 5000; n += 1 + n / 3) {
            char *text = malloc(3 * n);
            size_t len = 0;
            assert_non_null(text);
            tkt_seed(n);
            for (size_t k = 0; k < n; k++) {
                len += tkc_utf8_put(text + len, 0x4e00 + tkt_random(k % 3 ? 40 : 0x5000));
            }
            same(w.truth, w.e, (tkc_str){text, len});
            free(text);
        }
        close_twins(w);
    }
}

/* Runs of Han between letters of either case and marks, at every place of a window and past a batch: where a capital
 * ends a piece that began with a small letter, though nothing since has a case. */
static void runs_between_letters(void **state)
{
    static const char *const names[] = {"o200k_base", "cl100k_base", "r50k_base", "qwen3_5", "deepseek_v3", "kimi_k2", "tekken"};
    static const char *const sides[] = {"q", "Q", "'s", "\xcc\x81", " ", "1", "\xd5\x84", "\xd5\xa3", "\xe3\x80\x82", "\xf0\xa0\x80\x80"};
    enum { SIDES = sizeof sides / sizeof *sides };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        tkc_vocab *v = open_vocab(names[i]);
        tkc_encoder *truth = encoder(v, "scalar");
        for (size_t k = 0; k < N_KERNELS; k++) {
            tkc_encoder *e = encoder(v, kernels[k]);
            tkt_seed(i);
            for (size_t round = 0; e && round < 100; round++) {
                char text[16384];
                size_t len = tkt_random(70), n = round % 50 ? tkt_random(60) : 5000;
                memset(text, 'a', len);
                for (int times = 0; times < 4; times++) {
                    const char *side = sides[tkt_random(SIDES)];
                    for (size_t c = 0; c < n && len < sizeof text - 16; c++)
                        len += tkc_utf8_put(text + len, tkt_random(9) ? 0x4e00 + tkt_random(60) : 0xac00 + tkt_random(11172));
                    memcpy(text + len, side, strlen(side));
                    len += strlen(side);
                    n = tkt_random(30);
                }
                same(truth, e, (tkc_str){text, len});
            }
            tkc_encoder_free(e);
        }
        tkc_encoder_free(truth);
        tkc_vocab_close(v);
    }
}

/* Whether no token spans the place between two characters of three bytes, by the vocabulary's tables. */
static bool is_cut(const tkc_vocab *v, uint32_t before, uint32_t behind)
{
    const bool odd = v->n_unreachable && v->model.flags & TKC_MODEL_WHOLE_PIECE;
    if (v->wide[before] & TKC_WIDE_OPEN_RIGHT || v->wide[behind] & TKC_WIDE_OPEN_LEFT) return false;
    if (odd && (v->wide[before] & TKC_WIDE_ODD_LAST || v->wide[behind] & TKC_WIDE_ODD)) return false;
    return !tkc_filter_has(&v->wide_pair, tkc_wide_hash(before << 16 | behind));
}

/* Letters of a text of Han, kana, Hangul and ASCII: a kernel's units begin where pieces do and at all places of a run
 * that no token spans, but where the scanner had to decide; units of one letter are left out and counted. */
static void units_of_runs(void **state)
{
    static const char *const names[] = {"o200k_base", "cl100k_base", "qwen3", "glm4", "deepseek_v3", "kimi_k2"};
    static const tkc_family families[] = {TKC_FAMILY_O200K, TKC_FAMILY_CL100K, TKC_FAMILY_QWEN2,
                                          TKC_FAMILY_LLAMA3, TKC_FAMILY_DEEPSEEK_V3, TKC_FAMILY_KIMI};
    enum { LEN = 6000 };
    static unsigned char text[LEN + 8];
    static bool piece[LEN + 8], unit[LEN + 8], covered[LEN + 8];
    static tkc_batch b;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        tkc_vocab *v = open_vocab(names[i]);
        for (int isa = 0; isa < TKC_N_ISA; isa++) {
            const tkc_kernel *k = tkc_kernel_for((tkc_isa)isa);
            for (size_t round = 0; k && round < 20; round++) {
                size_t len = 0, count = 0, alone = 0, cuts = 0, missing = 0;
                tkt_seed(round);
                while (len < LEN - 8) {
                    const unsigned kind = tkt_random(20);
                    const uint32_t c = kind < 14 ? 0x4e00 + tkt_random(kind < 7 ? 300 : 0x5000) : kind < 16 ? 0x3041 + tkt_random(80)
                                       : kind < 18 ? 0xac00 + tkt_random(11172) : kind < 19 ? ' ' : 0x3001 + tkt_random(2);
                    len += tkc_utf8_put((char *)text + len, c);
                }
                memset(piece, 0, sizeof piece);
                memset(unit, 0, sizeof unit);
                memset(covered, 0, sizeof covered);
                b.before = 0;
                for (size_t at = 0; at < len; at += b.used) {
                    k->bounds[families[i]](NULL, text + at, len - at, &b, NULL);
                    assert_false(b.gaps);
                    for (size_t u = 0; u < b.n; u++) piece[at + b.start[u]] = true;
                }
                for (size_t at = 0; at < len; at += b.used) {
                    tkc_lookup l;
                    k->bounds[families[i]](v, text + at, len - at, &b, &count);
                    l = tkc_batch_lookup(&b);
                    for (size_t u = 0; u < l.n; u++) {
                        assert_true(l.start[u] < l.end[u] && (!u || l.end[u - 1] <= l.start[u]) && l.end[u] <= b.used);
                        unit[at + l.start[u]] = unit[at + l.end[u]] = true;
                        memset(covered + at + l.start[u], 1, l.end[u] - l.start[u]);
                    }
                }
                for (size_t at = 0; at < len; at++)
                    if (!covered[at]) { /* a letter */
                        alone += v->wide[tkc_wide_char(text + at)] & TKC_WIDE_COUNT;
                        unit[at] = unit[at + 3] = true;
                        at += 2;
                    }
                assert_int_equal(alone, count);
                for (size_t at = 3; at < len; at++) {
                    const bool wide = text[at] >= 0xe3 && text[at - 3] >= 0xe3;
                    const uint32_t before = wide ? tkc_wide_char(text + at - 3) : 0, behind = wide ? tkc_wide_char(text + at) : 0;
                    const bool cut = before > 0x3002 && behind > 0x3002 && is_cut(v, before, behind);
                    if (piece[at]) assert_true(unit[at]);
                    if (piece[at] || (text[at] & 0xc0) == 0x80) continue;
                    if (unit[at]) assert_true(cut);
                    else missing += cut;
                    cuts += unit[at];
                }
                assert_true(cuts > 300 && alone > 300);
                assert_in_range(missing, 0, 8); /* the text's last piece, for one, may be the scanner's */
            }
        }
        tkc_vocab_close(v);
    }
}

/* Runs with characters of other lengths in them, as text that was no UTF-8 has: cut there as well,
 * by their bytes, over and past a batch of units. */
static void mixed_runs(void **state)
{
    static const char *const names[] = {"o200k_base", "cl100k_base", "r50k_base", "glm4",
                                        "deepseek_v3", "tekken", "gemma3", "mistral_v3"};
    static const char *const part[] = {
        "\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd", "\xc2\xa9", "\xcc\x81", "\xc2\x85", "\xd8\x8c",
        "\xf0\x9f\x91\xa8", "\xe2\x80\x8d", "\xe2\x80\x94", "\xe4\xb8\xad", "\xe0\xa4\x83", "-",
        "\xd0\xb6", "\xf0\x9f\x8f\xbb", "\xe2\x99\x80\xef\xb8\x8f", "\xc2\xb7"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const twins w = open_twins(names[i]);
        for (size_t n = 4; n < 6000; n += 1 + n / 4) {
            char *text = malloc(7 * n);
            size_t len = 0;
            assert_non_null(text);
            tkt_seed(n);
            for (size_t k = 0; k < n; k++) { /* at first all of them, then those no letter is among */
                const char *s = part[tkt_random(n % 2 ? 16 : 9)];
                memcpy(text + len, s, strlen(s));
                len += strlen(s);
            }
            same(w.truth, w.e, (tkc_str){text, len});
            free(text);
        }
        close_twins(w);
    }
}

/* n bytes of which the first is a lead byte of a character of want bytes, or that go on in one. */
static size_t put_part(char *to, size_t n, size_t want)
{
    static const unsigned char lead[] = {0, 0, 0xc4, 0xe4, 0xf1};
    for (size_t i = 0; i < n; i++) to[i] = (char)(i || !want ? 0x80 + tkt_random(64) : lead[want] + tkt_random(3));
    return n;
}

/* No place inside a token is one to cut at, whatever the characters are that it begins and ends within. */
static void places_inside_tokens(void **state)
{
    static const char *const names[] = {"cl100k_base", "o200k_base", "deepseek_v3"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        tkc_vocab *v = open_vocab(names[i]);
        size_t places = 0;
        tkt_seed(i);
        for (uint32_t id = 0; id < v->model.n_ids; id++) {
            const tkc_str t = tkc_token_at(v, id);
            size_t tails = 0, last = t.len;
            if (t.len < 2 || t.len > 64 || tkc_token_find(v, t.ptr, t.len) != id) continue;
            while (tails < t.len && ((unsigned char)t.ptr[tails] & 0xc0) == 0x80) tails++;
            while (last && ((unsigned char)t.ptr[last - 1] & 0xc0) == 0x80) last--;
            if (tails > 3 || !last) continue;
            last--;
            for (size_t want = tails + 1; want <= 4; want++) { /* bytes of the first character */
                char text[80];
                size_t before = tails ? put_part(text, want - tails, want) : 0, len;
                memcpy(text + before, t.ptr, t.len);
                len = before + t.len;
                if ((unsigned char)t.ptr[last] >= 0xc2) {
                    const size_t all = tkc_utf8_len((unsigned char)t.ptr[last]);
                    if (all > t.len - last) len += put_part(text + len, all - (t.len - last), 0);
                }
                if (tkc_utf8_valid(text, len) != len) continue;
                for (size_t at = before + 1; at < before + t.len; at++) {
                    if (((unsigned char)text[at] & 0xc0) == 0x80) continue;
                    if (tkc_wide_parted(v, (const unsigned char *)text, 0, (uint32_t)at, (uint32_t)len))
                        fail_msg("%s: token %u is cut", names[i], (unsigned)id);
                    places++;
                }
            }
        }
        assert_true(places > 10000);
        assert_int_equal(v->wide[0xfffd] & TKC_WIDE_APART_BEFORE, TKC_WIDE_APART_BEFORE);
        assert_int_equal(v->wide[0xfffd] & TKC_WIDE_APART_BEHIND, TKC_WIDE_APART_BEHIND);
        tkc_vocab_close(v);
    }
}

/* What the vocabulary says a character of three bytes makes is what the scalar way makes of it. */
static void characters_alone(void **state)
{
    static const char *const names[] = {"cl100k_base", "gemma3"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        tkc_vocab *v = open_vocab(names[i]);
        tkc_encoder *truth = encoder(v, "scalar");
        for (uint32_t c = 0; c < TKC_WIDE_CHARS; c++) {
            const char s[3] = {(char)(0xe0 | c >> 12), (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63))};
            size_t n = 0;
            tkc_error err;
            if (tkc_utf8_valid(s, 3) == 3) assert_int_equal(tkc_count(truth, (tkc_str){s, 3}, 0, &n, &err), TKC_OK);
            assert_int_equal(v->wide[c] & TKC_WIDE_COUNT, n);
        }
        tkc_encoder_free(truth);
        tkc_vocab_close(v);
    }
}

/* Models of characters: units looked up before normalizing, U+2581 in front, user-defined pieces
 * (Mistral's [REFERENCE_DOC_0]) and added tokens between them, and unknown characters as bytes. */
static void units(void **state)
{
    static const char *const odd[] = {
        "", " ", "  ", "a", " a", "a ", "\xe2\x96\x81", " \xe2\x96\x81 ", "[REFERENCE_DOC_0]",
        "x[REFERENCE_DOC_11][REFERENCE_DOC_1] y", " [REFERENCE_DOC_3]", "[REFERENCE_DOC_", "\n\n\n a\t\tb",
        "<unused7>\n<mask> <td></td>", "\xf0\x9f\xa6\x93\xf3\xa0\x80\x81", "a\xff" "b\xe2\x96"};
    static const char *const names[] = {"gemma3", "gemma4", "mistral_v1", "mistral_v3", "phi3", "yi"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const twins w = open_twins(names[i]);
        assert_memory_equal(tkc_encoder_backend(w.e), "units/", 6);
        for (size_t k = 0; k < sizeof odd / sizeof *odd; k++)
            same(w.truth, w.e, (tkc_str){odd[k], strlen(odd[k])});
        close_twins(w);
        against_scalar(names[i], 150);
    }
}

/* Long enough for kernels to find the places: they do from 128 KB on. */
static void long_text_of_tokens(const tkc_vocab *v, tkc_encoder *truth)
{
    enum { LEN = 400000 };
    char *text = malloc(LEN);
    size_t len = 0;
    assert_non_null(text);
    while (len < LEN - 1000) {
        const tkc_str t = tkc_token_at(v, tkt_random(v->model.n_ids));
        if (t.len > 500 || (tkt_random(4) && (unsigned char)t.ptr[t.len / 2] > 127)) continue;
        memcpy(text + len, t.ptr, t.len);
        len += t.len;
        for (uint32_t i = tkt_random(8); i < 3; i++) text[len++] = " \n\t."[tkt_random(4)];
    }
    for (int k = 0; k < N_KERNELS; k++) {
        tkc_encoder *e = encoder(v, kernels[k]);
        if (e) same(truth, e, (tkc_str){text, len});
        tkc_encoder_free(e);
    }
    free(text);
}

/* Rectangles of a table against their definition. */
static void pair_classes(void **state)
{
    static unsigned char pair[128 * 128];
    (void)state;
    tkt_seed(3);
    for (int round = 0; round < 60; round++) {
        tkc_pair_classes c;
        unsigned char kind[128];
        size_t found = 0;
        for (int a = 0; a < 128; a++) kind[a] = (unsigned char)tkt_random(5);
        for (int a = 0; a < 128; a++)
            for (int b = 0; b < 128; b++)
                pair[a << 7 | b] = round % 3 == 2 || (kind[a] != kind[b] && tkt_random(100) > 0) ||
                                   (round % 3 && ((a == '\n') != (b == '\n') || (a == '\t') != (b == '\t')));
        tkc_pair_classes_make(&c, pair);
        for (int a = 0; a < 128; a++)
            for (int b = 0; b < 128; b++) {
                if (!((c.of[a] & 15) & c.of[b] >> 4)) continue;
                found++;
                assert_true(pair[a << 7 | b]);
            }
        if (round % 3 == 2) assert_int_equal(found, 96 * 96);
        if (round % 3) assert_true(c.newline && c.tab);
    }
}

/* Whether two characters are parted, by definition. */
static bool is_parted(const tkc_vocab *v, const tkc_unit_cuts *u, uint32_t a, uint32_t b)
{
    if ((a < 128 && tkc_unit_is_run(u, (unsigned char)a)) || (b < 128 && tkc_unit_is_run(u, (unsigned char)b))) return a != b;
    return !tkc_joinable(v, a == ' ' ? 0x2581 : a, b == ' ' ? 0x2581 : b);
}

/* Runs of characters of all lengths, some as long as a window, in valid UTF-8. */
static size_t text_of_runs(unsigned char *text, size_t room)
{
    static const uint32_t first[] = {0x20, 'a', '0', 0xe0, 0x430, 0x4e00, 0x3041, 0x2013, 0x1f600, '\n', '\t'};
    static const uint32_t many[] = {95, 26, 10, 64, 64, 300, 80, 16, 30, 1, 1};
    size_t len = 0;
    while (len + 300 < room) {
        const unsigned k = tkt_random(11), n = tkt_random(6) ? 1 + tkt_random(4) : 1 + tkt_random(70);
        for (unsigned i = 0; i < n; i++) len += tkc_utf8_put((char *)text + len, first[k] + tkt_random(many[k]));
    }
    return len;
}

/* Units of s[0 .. len) follow each other, none ends where a token may go on, and beside other characters
 * than ASCII all places are found, but for two of three bytes, of which a filter is asked; counted,
 * those are the same but for those of one character, whose tokens are known. */
static void check_units(const tkc_vocab *v, tkc_unit_cuts *u, const unsigned char *s, size_t len)
{
    static tkc_spans all, some;
    for (size_t at = 0, used; at < len; at += used) {
        const unsigned char *const t = s + at;
        size_t count = 0, sum = 0, k = 0, n = 0, again;
        unsigned bytes;
        uint32_t before = 0;
        used = tkc_unit_bounds(u, t, len - at, len - at, &all, NULL);
        again = tkc_unit_bounds(u, t, len - at, len - at, &some, &count);
        assert_true(used && all.n && all.n <= TKC_SPANS && all.start[0] == 0 && all.end[all.n - 1] == used);
        for (size_t i = 0; i < used; i += bytes) {
            const uint32_t c = tkc_utf8_get(t + i, &bytes);
            const bool ascii = (before | c) < 0x80, wide = before >= 0x800 && before < 0x10000 && c >= 0x800 && c < 0x10000;
            if (i == all.start[n]) {
                if (i) assert_true(all.end[n - 1] == i && is_parted(v, u, before, c));
                n++;
            } else {
                assert_true(ascii || wide || !is_parted(v, u, before, c));
            }
            before = c;
        }
        assert_int_equal(n, all.n);
        for (size_t i = 0; i < all.n && all.start[i] < again; i++) {
            const unsigned char *const p = t + all.start[i];
            if (k < some.n && some.start[k] == all.start[i]) {
                assert_int_equal(some.end[k++], all.end[i]);
            } else {
                assert_true(all.end[i] - all.start[i] == 3 && *p >= 0xe0);
                sum += v->wide[tkc_wide_char(p)] & TKC_WIDE_COUNT;
            }
        }
        if (again <= used) assert_true(k == some.n && sum == count);
    }
}

static void unit_windows(void **state)
{
    enum { LEN = 150000 };
    static const char *const names[] = {"gemma3", "mistral_v3"};
    unsigned char *text = malloc(LEN);
    tkc_error err;
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        tkc_vocab *v = open_vocab(names[i]);
        for (int k = 0; k < N_KERNELS; k++) {
            tkc_isa isa;
            const tkc_kernel *const kernel = tkc_isa_by_name(kernels[k], &isa) ? tkc_kernel_for(isa) : NULL;
            static tkc_spans out;
            tkc_unit_cuts *u;
            size_t len;
            if (!kernel) continue;
            assert_int_equal(tkc_unit_cuts_new(&u, v, kernel, NULL, &err), TKC_OK);
            tkt_seed(5 + i);
            check_units(v, u, text, text_of_runs(text, LEN / 4));
            len = text_of_runs(text, LEN); /* from 128 KB on in windows */
            for (size_t at = 0; at < len;) at += tkc_unit_bounds(u, text + at, len - at, len - at, &out, NULL);
            check_units(v, u, text, len);
            for (int round = 0; round < 40; round++) {
                unsigned char *exact; /* nothing behind it */
                len = text_of_runs(text, 400 + tkt_random(4000));
                exact = malloc(len);
                assert_non_null(exact);
                check_units(v, u, memcpy(exact, text, len), len);
                free(exact);
            }
            tkc_unit_cuts_free(u);
        }
        tkc_vocab_close(v);
    }
    free(text);
}

/* Tokens of the vocabulary in a row, U+2581 as it is or as a blank: most units are then tokens, which
 * are looked up whole before they are merged; and runs of newlines, of which Gemma's added tokens
 * of up to 31 are one, two, three. */
static void units_that_are_tokens(void **state)
{
    static const char *const names[] = {"gemma3", "mistral_v3"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const twins w = open_twins(names[i]);
        tkt_seed(13 + i);
        for (int round = 0; round < 100; round++) {
            char text[16384];
            size_t len = 0, n = 1 + tkt_random(round % 10 ? 8 : 600);
            for (size_t k = 0; k < n && len < sizeof text - 600; k++) {
                const tkc_str t = tkc_token_at(w.v, tkt_random(w.v->model.n_ids));
                const bool blanks = tkt_random(2);
                if (t.len > 500) continue;
                for (size_t at = 0; at < t.len; at++)
                    if (blanks && t.len - at >= 3 && memcmp(t.ptr + at, TKC_WORD_MARK, 3) == 0) {
                        text[len++] = ' ';
                        at += 2;
                    } else {
                        text[len++] = t.ptr[at];
                    }
            }
            same(w.truth, w.e, (tkc_str){text, len});
        }
        long_text_of_tokens(w.v, w.truth);
        for (size_t n = 1; n < 100; n++) {
            char text[110];
            memset(text, '\n', sizeof text);
            text[0] = " a\n"[n % 3];
            text[n + 1] = " <\n."[n % 4];
            same(w.truth, w.e, (tkc_str){text, n + 2});
        }
        close_twins(w);
    }
}

/* Tokens that are found whole and never by merging, alone, in a row, and among others: as units
 * they would be one token each. */
static void units_that_are_odd(void **state)
{
    const twins w = open_twins("glm4");
    (void)state;
    assert_in_range(w.v->n_unreachable, 100, 10000);
    for (uint32_t i = 0; i < w.v->n_unreachable; i++) {
        const tkc_str t = tkc_token_at(w.v, w.v->unreachable[i]);
        assert_int_equal(tkc_token_find_odd(w.v, t.ptr, t.len), w.v->unreachable[i]);
    }
    tkt_seed(11);
    for (int round = 0; round < 400; round++) {
        char text[16384];
        size_t len = 0, n = 1 + tkt_random(round % 20 ? 12 : 1200);
        for (size_t i = 0; i < n && len < sizeof text - 600; i++) {
            const tkc_str t = tkc_token_at(w.v, w.v->unreachable[tkt_random(w.v->n_unreachable)]);
            const size_t from = t.len && t.ptr[0] == ' ' && tkt_random(4);
            if (tkt_random(3)) {
                memcpy(text + len, t.ptr + from, t.len - from);
                len += t.len - from;
            } else {
                len += tkc_utf8_put(text + len, 0x4e00 + tkt_random(0x5000));
            }
        }
        same(w.truth, w.e, (tkc_str){text, len});
    }
    close_twins(w);
}

/* More distinct pieces than the table has room for: the newer replace the older. */
static void full_table(void **state)
{
    enum { WORDS = 700000, LEN = 8 };
    const twins w = open_twins("o200k_base");
    char *text = malloc(WORDS * LEN);
    (void)state;
    assert_non_null(text);
    for (uint32_t i = 0; i < WORDS; i++) {
        uint32_t x = i * 2654435761u;
        text[i * LEN] = ' ';
        for (int k = 1; k < LEN; k++, x /= 21) text[i * LEN + k] = (char)('a' + x % 21);
    }
    same(w.truth, w.e, (tkc_str){text, WORDS * LEN});
    free(text);
    close_twins(w);
}

static void names(void **state)
{
    tkc_vocab *v = open_vocab("o200k_base");
    tkc_encoder_options o = {.struct_size = sizeof o, .kernel = "sse9"};
    tkc_encoder *e = NULL;
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_encoder_new_with(&e, v, &o, NULL, &err), TKC_E_ARG);
    o = (tkc_encoder_options){.struct_size = 1};
    assert_int_equal(tkc_encoder_new_with(&e, v, &o, NULL, &err), TKC_E_ARG);
    e = encoder(v, "scalar");
    assert_string_equal(tkc_encoder_backend(e), "o200k/scalar");
    tkc_encoder_free(e);
    e = encoder(v, "portable");
    assert_string_equal(tkc_encoder_backend(e), "o200k/portable");
    tkc_encoder_free(e);
    e = encoder(v, NULL);
    assert_string_not_equal(tkc_encoder_backend(e), "o200k/scalar");
    tkc_encoder_free(e);
    tkc_vocab_close(v);
}

/* --- the table ------------------------------------------------------------------------- */

static void keep(tkc_piece_table *t, const char *p, size_t len, size_t n)
{
    uint32_t ids[TKC_PIECE_MAX / 4];
    tkc_piece_key k;
    for (size_t i = 0; i < n && i < TKC_PIECE_MAX / 4; i++) ids[i] = (uint32_t)(len * 1000 + i);
    tkc_piece_key_of(t, &k, (const unsigned char *)p, len);
    tkc_piece_keep(t, &k, ids, n);
}

static const unsigned char *find(tkc_piece_table *t, const char *p, size_t len)
{
    const unsigned char *e;
    tkc_piece_key k;
    tkc_piece_key_of(t, &k, (const unsigned char *)p, len);
    e = tkc_piece_find(t, &k);
    assert_true(!e || e == tkc_piece_home(t, k.hash));
    return e;
}

/* The same by the kernel, whose own table it is: it must find what tkc_piece_find() does, and there. */
static const unsigned char *find_both(const tkc_kernel *kernel, tkc_piece_table *t, const char *p, size_t len)
{
    tkc_piece_key k;
    const unsigned char *e;
    tkc_piece_key_of(t, &k, (const unsigned char *)p, len);
    e = kernel->find(tkc_piece_home(t, k.hash), k.bytes, t->with_ids);
    assert_ptr_equal(e, find(t, p, len));
    return e;
}

/* A key that is made of more than the piece, where that may be read, is the same. */
static void keys_at(void **state)
{
    const unsigned char text[] = "a piece\0and\xff\x80 what is behind it, of which nothing goes into the key";
    (void)state;
    for (unsigned width = 16; width <= 64; width *= 2) {
        tkc_piece_table t;
        tkc_piece_table_init(&t, width, 8, false, NULL, NULL);
        for (size_t len = 1; len < width; len++)
            for (size_t room = len; room < sizeof text; room++) {
                unsigned char *const at = malloc(room); /* a sanitizer sees what is read behind it */
                tkc_piece_key a, b;
                assert_non_null(at);
                memcpy(at, text, room);
                tkc_piece_key_of(&t, &a, text, len);
                tkc_piece_key_at(&t, &b, at, len, room);
                assert_memory_equal(a.bytes, b.bytes, width);
                assert_true(a.hash == b.hash);
                free(at);
            }
        tkc_piece_table_release(&t);
    }
}

/* Who finds one in ten asks for all; who finds none, for one in TKC_LUCK_TRY until one is there. */
static void luck_asks(void **state)
{
    enum { N = 16000 };
    tkc_luck k = tkc_luck_new();
    size_t asked = 0;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        assert_true(tkc_luck_may_ask(&k));
        tkc_luck_has_asked(&k, i % 10 == 0);
    }
    for (size_t i = 0; i < N; i++) {
        if (!tkc_luck_may_ask(&k)) continue;
        asked++;
        tkc_luck_has_asked(&k, false);
    }
    assert_in_range(asked, N / TKC_LUCK_TRY, N / TKC_LUCK_TRY + TKC_LUCK_MOST);
    while (!tkc_luck_may_ask(&k)) continue;
    tkc_luck_has_asked(&k, true);
    assert_true(tkc_luck_may_ask(&k));
}

static void table_exact(void **state)
{
    static const char nul[TKC_PIECE_MAX] = {0};
    (void)state;
    for (unsigned width = 16; width <= TKC_PIECE_MAX; width *= 2) {
        tkc_piece_table t;
        tkc_piece_table_init(&t, width, 8, true, NULL, NULL);
        assert_null(find(&t, "a", 1));
        /* padding is no NUL byte, nor an empty entry a piece of them */
        for (size_t len = 1; len < width; len++) assert_null(find(&t, nul, len));
        for (size_t len = 1; len < width && len < 20; len++) keep(&t, nul, len, 1 + len % 4);
        for (size_t len = 1; len < width && len < 20; len++) {
            const unsigned char *e = find(&t, nul, len);
            if (!e) continue; /* replaced */
            assert_int_equal(tkc_piece_count(&t, e), 1 + len % 4);
            assert_int_equal(tkc_piece_ids(&t, e)[len % 4], len * 1000 + len % 4);
        }
        keep(&t, "abc", 3, width / 4 + 1); /* more ids than a row has */
        assert_null(find(&t, "abc", 3));
        keep(&t, "abc", 3, width / 4);
        assert_non_null(find(&t, "abc", 3));
        assert_null(find(&t, "ab", 2));
        tkc_piece_table_release(&t);
    }
}

static void table_grows(void **state)
{
    enum { N = 30000 };
    tkc_piece_table t;
    size_t there = 0;
    (void)state;
    tkc_piece_table_init(&t, 16, 16, false, NULL, NULL);
    for (uint32_t i = 0; i < N; i++) keep(&t, (const char *)&i, sizeof i, 1 + i % 200);
    for (uint32_t i = 0; i < N; i++) {
        const unsigned char *e = find(&t, (const char *)&i, sizeof i);
        if (!e) continue;
        there++;
        assert_int_equal(tkc_piece_count(&t, e), 1 + i % 200);
    }
    assert_in_range(there, N * 95 / 100, N);
    assert_in_range(t.bits, 13, 16);
    tkc_piece_table_release(&t);
}

/* What a kernel says of n pieces of len bytes that lie one behind the other: the sum, how many it does
 * not know, and which. The ids must be those that keep() gave. */
typedef struct looked {
    size_t sum, misses;
    uint16_t miss[64];
} looked;
static looked look(const tkc_kernel *kernel, tkc_piece_table *t, const char *p, size_t len, size_t n)
{
    uint32_t start[65], out[64 * TKC_PIECE_IDS];
    tkc_gap gap[65];
    uint16_t miss[65];
    looked l = {0};
    const tkc_lookup all = {start, start + 1, n};
    for (size_t i = 0; i <= n; i++) start[i] = (uint32_t)(i * len);
    if (!t->with_ids) {
        l.sum = kernel->count(t, (const unsigned char *)p, n * len, &all, miss, &l.misses);
        memcpy(l.miss, miss, l.misses * sizeof *miss);
        return l;
    }
    l.sum = kernel->ids(t, (const unsigned char *)p, n * len, &all, out, gap, &l.misses);
    for (size_t i = 0; i < l.misses; i++) l.miss[i] = gap[i].piece;
    for (size_t i = 0; i < l.sum; i++) assert_int_equal(out[i] / 1000, len);
    return l;
}

/* In a table of two buckets every piece has guests for neighbours: kernels find them where the table
 * does, lose none, and have found them at home from then on. */
static void kernel_finds_guests(const tkc_kernel *kernel, bool ids)
{
    enum { N = 40, LEN = 6 };
    char text[N][LEN];
    size_t in_table = 0;
    tkc_piece_table t;
    tkc_piece_table_init(&t, 16, 1, ids, kernel->hash, NULL);
    for (size_t i = 0; i < N; i++) {
        memcpy(text[i], "piece", LEN);
        text[i][LEN - 1] = (char)i;
        keep(&t, text[i], LEN, 1 + i % 4);
    }
    for (int round = 0; round < 3; round++) {
        size_t sum = 0, misses = 0;
        const looked l = look(kernel, &t, text[0], LEN, N);
        for (size_t i = 0; i < N; i++) {
            const unsigned char *e = find_both(kernel, &t, text[i], LEN);
            if (e) sum += tkc_piece_count(&t, e);
            else assert_int_equal(l.miss[misses++], i);
        }
        assert_int_equal(l.sum, sum);
        assert_int_equal(l.misses, misses);
        if (round) assert_int_equal(N - misses, in_table);
        in_table = N - misses;
    }
    assert_in_range(in_table, ids ? 3 : 7, ids ? 4 : 8); /* one entry may be that of no piece */
    for (size_t i = N; i-- > 0;) { /* guests first */
        const unsigned char *e = find_both(kernel, &t, text[i], LEN);
        tkc_piece_key k;
        if (!e) continue;
        tkc_piece_key_of(&t, &k, (const unsigned char *)text[i], LEN);
        assert_int_equal(look(kernel, &t, text[i], LEN, 1).sum, 1 + i % 4);
        assert_memory_equal(tkc_piece_home(&t, k.hash), k.bytes, TKC_PIECE_SHORT);
    }
    tkc_piece_table_release(&t);
}

/* Empty entries are zeros, and pieces may be; those that are too long are not there. */
static void kernel_knows_nothing_of(const tkc_kernel *kernel, bool ids, char c)
{
    char text[64];
    tkc_piece_table t;
    memset(text, c, sizeof text);
    tkc_piece_table_init(&t, 16, 12, ids, kernel->hash, NULL);
    assert_int_equal(look(kernel, &t, text, 15, 4).misses, 4);
    keep(&t, "abc", 3, 1);
    for (size_t len = 1; len <= 21; len++) assert_int_equal(look(kernel, &t, text, len, 3).misses, 3);
    for (size_t len = 1; len <= 15; len++) keep(&t, text, len, 1 + len % 4);
    for (size_t len = 1; len <= 15; len++) assert_int_equal(look(kernel, &t, text, len, 3).sum, 3 * (1 + len % 4));
    for (uint32_t i = 1; i <= 9000; i++) keep(&t, (const char *)&i, 3, 1);
    for (size_t len = 1; len <= 21; len++) {
        const looked l = look(kernel, &t, text, len, 3);
        assert_int_equal(l.sum, len < 16 && find_both(kernel, &t, text, len) ? 3 * (1 + len % 4) : 0);
    }
    tkc_piece_table_release(&t);
}

/* Longer pieces of one byte, in tables of 40 of them each: what is at home in its table is counted, all else
 * is missed; and what would have to be read from behind the text. */
static void kernel_counts_longer(const tkc_kernel *kernel, char c)
{
    enum { WIDER = 5, FROM = TKC_PIECE_SHORT + 1 };
    char text[3 * TKC_PIECE_MAX];
    size_t home = 0;
    tkc_piece_table wider[WIDER];
    memset(text, c, sizeof text);
    for (unsigned k = 0; k < WIDER; k++) tkc_piece_table_init(&wider[k], 32u << k, 6, false, kernel->hash, NULL);
    for (int full = 0; full < 2; full++) {
        for (unsigned len = FROM; len < TKC_PIECE_MAX; len++) {
            const uint32_t start[] = {0, 3, 0, (uint32_t)sizeof text - len}, end[] = {len, 3 + len, len, sizeof text};
            tkc_piece_table *t = wider;
            const unsigned char *e;
            size_t misses, sum, n = 0;
            tkc_piece_key key;
            uint16_t miss[4];
            while (len >= t->width) t++;
            e = find(t, text, len);
            tkc_piece_key_of(t, &key, (const unsigned char *)text, len);
            if (e && e == tkc_piece_home(t, key.hash)) n = tkc_piece_count(t, e);
            home += n > 0;
            sum = kernel->count_longer(wider, (const unsigned char *)text, sizeof text, &(tkc_lookup){start, end, 4}, miss, &misses);
            assert_int_equal(misses, !n ? 4 : len % 16 ? 1 : 0);
            assert_int_equal(sum, n * (4 - misses));
            for (size_t i = 0; i < misses; i++) assert_int_equal(miss[i], n ? 3 : i);
        }
        for (unsigned len = FROM; len < TKC_PIECE_MAX && !full; len++)
            if (len % 32 > 29 || len % 3 == 0) keep(&wider[len < 32 ? 0 : len < 64 ? 1 : len < 128 ? 2 : len < 256 ? 3 : 4], text, len, 1 + len % 4);
    }
    assert_in_range(home, 100, TKC_PIECE_MAX);
    for (unsigned k = 0; k < WIDER; k++) tkc_piece_table_release(&wider[k]);
}

static void table_and_kernels(void **state)
{
    (void)state;
    for (int isa = 0; isa < TKC_N_ISA; isa++) {
        const tkc_kernel *kernel = tkc_kernel_for((tkc_isa)isa);
        for (int ids = 0; kernel && ids < 2; ids++) {
            kernel_finds_guests(kernel, ids);
            kernel_knows_nothing_of(kernel, ids, 0);
            kernel_knows_nothing_of(kernel, ids, ' ');
        }
        if (kernel) kernel_counts_longer(kernel, 0);
        if (kernel) kernel_counts_longer(kernel, 'x');
    }
}

/* Refused memory costs speed and nothing else. */
static void table_without_memory(void **state)
{
    (void)state;
    for (size_t at = 1; at <= 4; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_piece_table t;
        tkc_piece_table_init(&t, 16, 12, true, NULL, &a);
        for (uint32_t i = 0; i < 9000; i++) {
            const unsigned char *e;
            keep(&t, (const char *)&i, sizeof i, 1 + i % 4);
            e = find(&t, (const char *)&i, sizeof i);
            if (at > 1) assert_non_null(e);
            if (e) assert_int_equal(tkc_piece_count(&t, e), 1 + i % 4);
        }
        tkc_piece_table_release(&t);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts), cmocka_unit_test(long_pieces), cmocka_unit_test(every_end),
        cmocka_unit_test(wide_runs), cmocka_unit_test(mixed_runs),
        cmocka_unit_test(runs_between_letters), cmocka_unit_test(units_of_runs),
        cmocka_unit_test(places_inside_tokens), cmocka_unit_test(characters_alone),
        cmocka_unit_test(units),
        cmocka_unit_test(units_that_are_tokens),
        cmocka_unit_test(pair_classes), cmocka_unit_test(unit_windows),
        cmocka_unit_test(units_that_are_odd),
        cmocka_unit_test(full_table),   cmocka_unit_test(names),
        cmocka_unit_test(keys_at),      cmocka_unit_test(luck_asks),
        cmocka_unit_test(table_exact),  cmocka_unit_test(table_grows),
        cmocka_unit_test(table_and_kernels), cmocka_unit_test(table_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
