/*
 * split_check.h - looks for a text that tkc_split_before() cuts wrongly; shared by the unit
 * test (seconds) and tests/differential/split_diff.c (as long as one likes).
 *
 * A text is split before each of its bytes, and the ids of the two sides (the counts, where there
 * are no ids) must be those of the whole, with control tokens trusted and not. The place is also asked for in a window of the
 * text: it must hold for the whole text too.
 */
#ifndef TKC_TESTS_SUPPORT_SPLIT_CHECK_H
#define TKC_TESTS_SUPPORT_SPLIT_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer/tokenizer.h"
#include "vocab/vocab_tables.h"

enum {
    TKT_SPLIT_LEN = 2600,
    TKT_SPLIT_IDS = TKT_SPLIT_LEN * 3 + 16,
    TKT_SPLIT_SHOWN = 20,
    TKT_SPLIT_SIGNS = 34
};

static uint64_t tkt_split_seed = 1;

static inline size_t tkt_split_below(size_t n)
{
    uint64_t z = tkt_split_seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return n ? (size_t)((z ^ z >> 31) % n) : 0;
}

static const char *const tkt_split_sign[TKT_SPLIT_SIGNS] = {
    "a", "B", "s", "l", "1", " ", "\n", "\r", "\t", "'", "/", "_", ".", "<", "|", "=",
    "\xc3\xa9",         /* e acute */
    "\xc7\x85",         /* a titlecase letter */
    "\xcc\x81",         /* a combining mark */
    "\xca\xb0",         /* a modifier letter */
    "\xc5\xbf",         /* long s */
    "\xc2\xa0",         /* no-break space */
    "\xe3\x80\x80",     /* ideographic space */
    "\xe4\xb8\xad",     /* Han */
    "\xe3\x80\x87",     /* Han that is a number */
    "\xe2\xba\x80",     /* a radical: Han that is a symbol */
    "\xe3\x81\x8b",     /* kana */
    "\xe3\x83\xbb",     /* the middle dot between kana */
    "\xea\xb0\x80",     /* Hangul */
    "\xe3\x80\x82",     /* ideographic full stop */
    "\xef\xbc\x87",     /* fullwidth apostrophe */
    "\xc2\xbd",         /* a number */
    "\x01",             /* a control character */
    "\xe2\x96\x81"};    /* SentencePiece's mark */

static const char *const tkt_split_word[] = {
    "the", "don't", "HTTPServer", "camelCase", "1234567", "\r\n", "\n\n", "  ", "   ", "can'll",
    "!//\n", "://", "{\"a\":1,\"b\":[2,3]}", "});\n", "x=y;", "e\xcc\x81",
    "\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97\xe7\xac\xa6\xe4\xb8\xb2",
    "\xe3\x81\x82\xe3\x82\x8a\xe3\x81\x8c\xe3\x81\xa8\xe3\x81\x86", "\xe3\x81\x8b\xe3\x82\x99",
    "\xe1\x84\x80\xe1\x85\xa1", "\xea\xb0\x80\xe1\x86\xa8", "\xf0\x9f\x98\x80", "\xff", "\xe4\xb8",
    "\xf0\x9f", "\xed\xa0\x80", "xK9fQzv8wLmTRp", "qzjxkvwqpzmxnvb", "antidisestablishmentarianism",
    "\xef\xac\x81", "\xe2\x80\x8b", "____", "\xd0\x9f\xd1\x80\xd0\xb8", "<|im_end|>", "</s>"};

static inline size_t tkt_split_put(char *s, size_t n, const char *p, size_t len)
{
    if (len > TKT_SPLIT_LEN - n) return n;
    memcpy(s + n, p, len);
    return n + len;
}

static inline size_t tkt_split_text(char *s, const tkc_vocab *v)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const size_t style = tkt_split_below(6);
    const size_t want = style == 5 ? 400 + tkt_split_below(TKT_SPLIT_LEN - 500)
                                   : 1 + tkt_split_below(style < 2 ? 12 : 90);
    const size_t n_word = sizeof tkt_split_word / sizeof *tkt_split_word;
    size_t n = 0;
    while (n < want) {
        const size_t dice = tkt_split_below(16);
        if (style == 5) { /* long runs */
            size_t run = tkt_split_below(3) ? 600 + tkt_split_below(900) : 1 + tkt_split_below(40);
            const size_t kind = tkt_split_below(4), few = 1 + tkt_split_below(52);
            while (run-- && n < want) {
                const char han[3] = {(char)0xe4, (char)(0xb8 + tkt_split_below(7)),
                                     (char)(0x80 + tkt_split_below(64))};
                const size_t some = kind == 1 ? 52 : kind == 2 ? 26 : few;
                if (kind == 0) n = tkt_split_put(s, n, han, 3);
                else n = tkt_split_put(s, n, letters + tkt_split_below(some), 1);
            }
        }
        if (v->n_added && dice == 0) {
            const tkc_str c = v->added[tkt_split_below(v->n_added)].content;
            n = tkt_split_put(s, n, c.ptr, c.len);
        } else if (dice < 7 || (style == 0 && dice < 15)) {
            const char *p = tkt_split_sign[tkt_split_below(TKT_SPLIT_SIGNS)];
            n = tkt_split_put(s, n, p, strlen(p));
        } else if (dice == 7) {
            const char c = (char)tkt_split_below(256);
            n = tkt_split_put(s, n, &c, 1);
        } else {
            const char *p = tkt_split_word[tkt_split_below(n_word)];
            n = tkt_split_put(s, n, p, strlen(p));
            if (tkt_split_below(3) == 0) n = tkt_split_put(s, n, " ", 1);
        }
        if (TKT_SPLIT_LEN - n < 200) break;
    }
    return n;
}

typedef struct tkt_split_tally {
    size_t asked, places, failed;
} tkt_split_tally;

static inline void tkt_split_show(const char *name, const char *what, tkc_str t, size_t at,
                                  size_t p)
{
    static size_t shown;
    if (shown++ >= TKT_SPLIT_SHOWN) return;
    printf("  FAIL %s: %s, at %zu, place %zu of %zu: \"", name, what, at, p, t.len);
    for (size_t i = p > 60 ? p - 60 : 0; i < t.len && i < p + 60; i++) {
        const unsigned char c = (unsigned char)t.ptr[i];
        if (i == p) printf("[|]");
        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') putchar(c);
        else printf("\\x%02x", c);
    }
    printf("\"\n");
}

/* ids of text, from SIZE_MAX on failure */
static inline size_t tkt_split_ids_of(tkc_encoder *e, tkc_str t, unsigned flags, uint32_t *ids)
{
    size_t n;
    tkc_error err;
    return tkc_encode(e, t, flags, ids, TKT_SPLIT_IDS, &n, &err) ? SIZE_MAX : n;
}

/* For what has no ids. */
static inline bool tkt_split_counts_add_up(tkc_encoder *e, tkc_str t, size_t p, size_t rest)
{
    size_t n, a, b;
    tkc_error err;
    return !tkc_count(e, t, 0, &n, &err) && !tkc_count(e, (tkc_str){t.ptr, p}, 0, &a, &err) &&
           !tkc_count(e, (tkc_str){t.ptr + rest, t.len - rest}, 0, &b, &err) && a + b == n;
}

static inline bool tkt_split_adds_up(tkc_encoder *e, tkc_str t, size_t p, size_t rest,
                                     unsigned flags)
{
    static uint32_t whole[TKT_SPLIT_IDS], part[2 * TKT_SPLIT_IDS];
    if (strcmp(tkc_encoder_backend(e), "claude") == 0) return tkt_split_counts_add_up(e, t, p, rest);
    const size_t n = tkt_split_ids_of(e, t, flags, whole);
    size_t a = tkt_split_ids_of(e, (tkc_str){t.ptr, p}, flags, part), b;
    if (n == SIZE_MAX || a == SIZE_MAX) return false;
    b = tkt_split_ids_of(e, (tkc_str){t.ptr + rest, t.len - rest}, flags, part + a);
    return b != SIZE_MAX && a + b == n && memcmp(whole, part, n * sizeof *whole) == 0;
}

/* Splits t, seen through [from, to), before byte at of t. */
static inline size_t tkt_split_at(tkc_encoder *e, const char *name, tkc_str t, size_t from,
                                  size_t to, size_t at, size_t last, tkt_split_tally *y)
{
    size_t rest, p = tkc_split_before(e, (tkc_str){t.ptr + from, to - from}, at - from, &rest);
    y->asked++;
    if (!p) return last;
    if (p > at - from || p >= to - from || rest < p || rest > p + 1) {
        y->failed++;
        tkt_split_show(name, "a place out of bounds", t, at, p + from);
        return last;
    }
    p += from;
    if (p == last) return last; /* judged already */
    rest += from;
    y->places++;
    for (unsigned flags = 0; flags <= TKC_ENCODE_SPECIAL; flags += TKC_ENCODE_SPECIAL)
        if (!tkt_split_adds_up(e, t, p, rest, flags)) {
            y->failed++;
            tkt_split_show(name, flags ? "special" : from || to < t.len ? "window" : "plain", t,
                           at, p);
        }
    return p;
}

static inline void tkt_split_try(tkc_encoder *e, const char *name, tkc_str t, tkt_split_tally *y)
{
    const size_t stride = t.len > 300 ? 1 + tkt_split_below(60) : 1;
    size_t last = 0, a, b;
    for (size_t at = 1; at < t.len; at += stride)
        last = tkt_split_at(e, name, t, 0, t.len, at, last, y);
    a = tkt_split_below(t.len + 1);
    b = a + tkt_split_below(t.len - a + 1);
    last = 0;
    for (size_t at = a + 1; at < b; at += stride)
        last = tkt_split_at(e, name, t, a, b, at, last, y);
}

/* Every string of n signs, with something in front and behind. */
static inline void tkt_split_try_all(tkc_encoder *e, const char *name, size_t n, tkt_split_tally *y)
{
    static const char *const front[] = {"a b", "1\n", "x'"}, *const behind[] = {"b ", "\n c", "'s"};
    size_t count = 1, last;
    char s[128];
    for (size_t i = 0; i < n; i++) count *= TKT_SPLIT_SIGNS;
    for (size_t k = 0; k < count; k++) {
        const size_t c = tkt_split_below(3);
        size_t len = tkt_split_put(s, 0, front[c], strlen(front[c])), x = k;
        for (size_t i = 0; i < n; i++, x /= TKT_SPLIT_SIGNS) {
            const char *p = tkt_split_sign[x % TKT_SPLIT_SIGNS];
            len = tkt_split_put(s, len, p, strlen(p));
        }
        len = tkt_split_put(s, len, behind[k % 3], strlen(behind[k % 3]));
        last = 0;
        for (size_t at = 1; at < len; at++)
            last = tkt_split_at(e, name, (tkc_str){s, len}, 0, len, at, last, y);
    }
}

#endif
