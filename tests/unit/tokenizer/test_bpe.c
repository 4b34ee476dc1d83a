/*
 * test_bpe.c - merging by scanning, in windows of several widths, in one window with a heap, and
 * by twenty lines from the definition give the same ids; with and without cuts; on random
 * texts, on texts that repeat, and on chains where the end of a text changes its begin.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tokenizer/merge/bpe.h"
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
    "a", "b", "c", "\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x98\x80", "\xc3\xad", "\xe4\xb8\xa9"};
enum { N_LETTERS = 8, MAX_TEXT = 400 };

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

/* A byte of the letters, or one of the n tokens made of them. */
static uint32_t random_part(uint32_t n)
{
    const char *c = letters[rnd(N_LETTERS)];
    return rnd(2) && n > 256 ? 256 + rnd(n - 256) : (unsigned char)c[rnd((uint32_t)strlen(c))];
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
        const bool listed_bytes = kind == TKC_MODEL_BPE_MERGES && flags & TKC_MODEL_BYTE_LEVEL;
        uint32_t l = listed_bytes ? random_part(n) : rnd(n), r = listed_bytes ? random_part(n) : rnd(n);
        uint32_t known = 0;
        tkc_str ls = tkc_builder_token_bytes(&b, l), rs = tkc_builder_token_bytes(&b, r);
        if (flags & TKC_MODEL_BYTE_LEVEL && !listed_bytes && tries % 4) { /* mostly from the letters */
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

/* One merge of the plainest merger there is, from the definition; place goes along, if it is there. */
static bool naive_step(const tkc_vocab *v, uint32_t *sym, size_t *place, size_t n)
{
    size_t best = n;
    uint32_t prio = UINT32_MAX, id = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        uint32_t m;
        if ((sym[i] | sym[i + 1]) & TKC_SYMBOL_FROZEN) continue;
        m = tkc_pair_find(v, sym[i], sym[i + 1]);
        if (m == TKC_NO_ID || tkc_merge_prio(v, m) >= prio) continue;
        prio = tkc_merge_prio(v, m);
        id = tkc_merge_result(v, m);
        best = i;
    }
    if (best == n) return false;
    sym[best] = id;
    memmove(sym + best + 1, sym + best + 2, (n - best - 2) * sizeof *sym);
    if (place) memmove(place + best + 1, place + best + 2, (n - best - 2) * sizeof *place);
    return true;
}

/* A whole text by it. */
static size_t naive(const tkc_vocab *v, const char *p, size_t len, uint32_t *sym)
{
    size_t n = 0;
    for (size_t at = 0; at < len;) {
        unsigned k = v->model.flags & TKC_MODEL_BYTE_LEVEL ? 1 : tkc_utf8_len((unsigned char)p[at]);
        sym[n] = tkc_token_find(v, p + at, k);
        assert_true(sym[n++] != TKC_NO_ID);
        at += k;
    }
    while (naive_step(v, sym, NULL, n)) n--;
    return n;
}

/* The same vocabulary through every way of merging; the last two without cuts. */
enum { PLAIN, HEAP, WINDOW_4, WINDOW_9, WINDOW_100, UNCUT, UNCUT_5, N_WAYS };

typedef struct ways {
    tkc_vocab *v, uncut;
    tkc_bpe *bpe[N_WAYS];
} ways;

static void ways_open(ways *w, tkc_vocab *v)
{
    static const size_t window[N_WAYS] = {
        [HEAP] = SIZE_MAX, [WINDOW_4] = 4, [WINDOW_9] = 9, [WINDOW_100] = 100, [UNCUT_5] = 5};
    w->v = v;
    w->uncut = *v;
    w->uncut.model.flags &= ~(uint32_t)TKC_MODEL_UNIT_CUT;
    w->uncut.cuts = NULL;
    for (int k = 0; k < N_WAYS; k++) {
        assert_int_equal(tkc_bpe_new(&w->bpe[k], k < UNCUT ? v : &w->uncut, NULL, NULL), TKC_OK);
        if (window[k]) tkc_bpe_set_window(w->bpe[k], window[k]);
    }
}

static void ways_close(ways *w)
{
    for (int k = 0; k < N_WAYS; k++) tkc_bpe_free(w->bpe[k]);
    tkc_vocab_close(w->v);
}

enum { MAX_LONG = 4000 };
static uint32_t want[MAX_LONG * 4], got[MAX_LONG * 4];
static size_t at[MAX_LONG * 4];

/* All ways give want[0..n), with the places of the tokens, with and without the piece cache,
 * and stop soundly at a limit. */
static void check_ways(const ways *w, const char *text, size_t len, size_t n)
{
    const tkc_text piece = {text, len, NULL, 0};
    for (int k = 0; k < N_WAYS; k++) {
        const size_t cap = sizeof got / sizeof *got, limit = rnd((uint32_t)n + 3);
        tkc_sink s = {.ids = got, .cap = cap, .limit = SIZE_MAX};
        size_t end = 0;
        assert_int_equal(tkc_bpe_encode(w->bpe[k], &piece, &s, NULL), TKC_OK);
        assert_int_equal(s.n, n);
        assert_memory_equal(got, want, n * sizeof *got);
        memset(got, 0xff, n * sizeof *got);
        s = (tkc_sink){.ids = got, .begin = at, .cap = cap, .limit = SIZE_MAX};
        assert_int_equal(tkc_bpe_encode(w->bpe[k], &piece, &s, NULL), TKC_OK);
        assert_int_equal(s.n, n);
        assert_memory_equal(got, want, n * sizeof *got);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(at[i], end);
            end += tkc_token_at(w->v, want[i]).len;
        }
        assert_int_equal(end, len);
        s = (tkc_sink){.limit = limit};
        assert_int_equal(tkc_bpe_encode(w->bpe[k], &piece, &s, NULL), TKC_OK);
        assert_true(n <= limit ? s.n == n : s.n > limit);
    }
}

static size_t random_short(char *out, size_t kinds)
{
    size_t len = random_text(out, 1 + rnd(30), kinds);
    out[len] = 0;
    while (len > TKC_MERGE_FEW || (len && ((unsigned char)out[len] & 0xc0) == 0x80)) len--;
    return len;
}

/* Several short pieces at once give what each gives alone, more than are merged in turn too. */
static void check_abreast(const ways *w, size_t kinds)
{
    enum { MOST = 2 * TKC_MERGE_ABREAST };
    static char text[MOST][256];
    static uint32_t id[MOST][TKC_MERGE_FEW];
    tkc_short_row row[MOST];
    tkc_str piece[MOST];
    const size_t n = rnd(MOST + 1);
    for (size_t k = 0; k < n; k++) {
        piece[k] = (tkc_str){text[k], random_short(text[k], kinds)};
        row[k] = (tkc_short_row){id[k], NULL, 0};
        assert_true(tkc_bpe_is_short(w->bpe[PLAIN], piece[k].len));
    }
    if (w->v->model.flags & TKC_MODEL_BYTE_LEVEL) tkc_bpe_encode_abreast(w->bpe[PLAIN], piece, n, row);
    else tkc_bpe_units_abreast(w->bpe[PLAIN], piece, n, row);
    for (size_t k = 0; k < n; k++) {
        const tkc_text alone = {text[k], piece[k].len, NULL, 0};
        tkc_sink s = {.ids = got, .cap = sizeof got / sizeof *got, .limit = SIZE_MAX};
        assert_int_equal(tkc_bpe_encode(w->bpe[HEAP], &alone, &s, NULL), TKC_OK);
        assert_int_equal(row[k].n, s.n);
        assert_memory_equal(id[k], got, s.n * sizeof *got);
    }
}

/* Every twin of the loop over rows gives what the definition gives, and where it came from. Some rows
 * hold symbols that merge with nothing. */
static void check_twins(const tkc_vocab *v, tkc_pair_memo *memo)
{
    enum { MOST = 2 * TKC_MERGE_ABREAST };
    static uint32_t from[MOST][TKC_MERGE_FEW], id[MOST][TKC_MERGE_FEW], place[MOST][TKC_MERGE_FEW];
    const size_t n = rnd(MOST + 1);
    size_t len[MOST];
    for (size_t k = 0; k < n; k++) {
        len[k] = 1 + rnd(rnd(4) ? 12 : TKC_MERGE_FEW);
        for (size_t i = 0; i < len[k]; i++) from[k][i] = (unsigned char)letters[rnd(N_LETTERS)][0];
        if (rnd(3) == 0) from[k][rnd((uint32_t)len[k])] |= TKC_SYMBOL_FROZEN;
    }
    for (int isa = 0; isa < TKC_N_ISA; isa++) {
        tkc_short_row row[MOST];
        if (!tkc_isa_here((tkc_isa)isa)) continue;
        for (size_t k = 0; k < n; k++) {
            memcpy(id[k], from[k], sizeof id[k]);
            row[k] = (tkc_short_row){id[k], place[k], len[k]};
        }
        tkc_abreast_for((tkc_isa)isa)(&memo[isa], v, row, n);
        for (size_t k = 0; k < n; k++) {
            size_t left = len[k];
            memcpy(want, from[k], sizeof from[k]);
            for (size_t i = 0; i < left; i++) at[i] = i;
            while (naive_step(v, want, at, left)) left--;
            assert_int_equal(row[k].n, left);
            assert_memory_equal(id[k], want, left * sizeof *want);
            for (size_t i = 0; len[k] > 1 && i < left; i++) assert_int_equal(place[k][i], at[i]);
        }
    }
}

/* Random, or some random letters over and over with now and then one that is out of step. */
static size_t some_text(char *out, size_t n_letters, size_t kinds)
{
    size_t period, unit, len = 0;
    if (rnd(2)) return random_text(out, n_letters, kinds);
    period = 1 + rnd(9);
    unit = random_text(out, period, kinds);
    for (len = unit; period * (len / unit) < n_letters; len += unit)
        memcpy(out + len, out, unit);
    for (size_t wrong = rnd(3); wrong; wrong--) {
        const size_t i = rnd((uint32_t)len);
        if (!((unsigned char)out[i] & 0x80)) out[i] = (char)('a' + rnd(2));
    }
    return len;
}

static void compare(tkc_model_kind kind, unsigned flags)
{
    enum { ROUNDS = 24, TEXTS = 1100, LONG_TEXTS = 12 };
    static char text[MAX_LONG * 4 + 64];
    for (int round = 0; round < ROUNDS; round++) {
        const size_t kinds = round % 2 ? 2 : N_LETTERS;
        ways w;
        ways_open(&w, random_vocab(kind, flags, flags & TKC_MODEL_BYTE_LEVEL ? 500 : 120));
        for (int i = 0; i < TEXTS; i++) {
            const size_t len = some_text(text, 1 + rnd(i % 50 ? 30 : MAX_TEXT), kinds);
            check_ways(&w, text, len, naive(w.v, text, len, want));
        }
        for (int i = 0; i < TEXTS && tkc_bpe_is_short(w.bpe[PLAIN], TKC_MERGE_FEW); i++)
            check_abreast(&w, kinds);
        if (flags & TKC_MODEL_BYTE_LEVEL) {
            tkc_pair_memo *memo = test_calloc(TKC_N_ISA, sizeof *memo);
            for (int isa = 0; isa < TKC_N_ISA; isa++) {
                tkc_pair_memo_init(&memo[isa]);
                memo[isa].few = 1 + rnd(9); /* until symbols have names */
            }
            for (int i = 0; i < TEXTS; i++) check_twins(w.v, memo);
            assert_true(memo[0].names);
            test_free(memo);
        }
        for (int i = 0; i < LONG_TEXTS; i++) { /* too long for the plainest one */
            const size_t len = some_text(text, 1 + rnd(MAX_LONG - 10), kinds);
            const tkc_text piece = {text, len, NULL, 0};
            tkc_sink s = {.ids = want, .cap = sizeof want / sizeof *want, .limit = SIZE_MAX};
            assert_int_equal(tkc_bpe_encode(w.bpe[HEAP], &piece, &s, NULL), TKC_OK);
            check_ways(&w, text, len, s.n);
        }
        ways_close(&w);
    }
}

/* Bytes 1, 2, 3 and so on, where the later two merge the earlier: the last byte decides how all
 * of the others pair up, so that no two windows agree and all is begun again. */
static void chain(void **state)
{
    enum { FIRST = 1, LAST = 250 };
    tkc_builder b;
    tkc_vocab *v = NULL;
    tkc_error err = {0};
    uint32_t n = 0;
    ways w;
    (void)state;
    tkc_builder_init(&b, NULL);
    b.model.kind = TKC_MODEL_BPE_RANKS;
    b.model.flags = TKC_MODEL_BYTE_LEVEL | TKC_MODEL_WHOLE_PIECE;
    for (int c = 0; c < 256; c++) {
        const char one = (char)c;
        assert_int_equal(tkc_builder_token_set(&b, n++, (tkc_str){&one, 1}, TKC_TOKEN_NORMAL, 0, 0,
                                               &err), TKC_OK);
    }
    for (int c = LAST - 1; c >= FIRST; c--) {
        const char two[2] = {(char)c, (char)(c + 1)};
        assert_int_equal(tkc_builder_token_set(&b, n++, (tkc_str){two, 2}, TKC_TOKEN_NORMAL, 0, 0,
                                               &err), TKC_OK);
    }
    assert_int_equal(tkc_vocab_from_builder(&v, &b, &err), TKC_OK);
    tkc_builder_release(&b);
    ways_open(&w, v);
    for (int times = 1; times < 4; times++)
        for (int last = FIRST; last <= LAST; last++) {
            char text[4 * 256];
            size_t len = 0;
            for (int t = 0; t < times; t++)
                for (int c = FIRST; c <= (t + 1 < times ? LAST : last); c++) text[len++] = (char)c;
            check_ways(&w, text, len, naive(v, text, len, want));
        }
    ways_close(&w);
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
        cmocka_unit_test(chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
