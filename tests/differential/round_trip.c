/*
 * round_trip.c - decode(encode(x)) = x, and counts that agree, on random byte strings.
 *
 *   round_trip [--data DIR] [--user DIR] [--cache DIR] [--strings N] [--seed N]
 *
 * N strings in all, shared out over every encoding that is here and byte-level without a
 * normalizer and without added tokens that eat blanks; for the others decoding cannot give
 * the text back. Invalid UTF-8 is U+FFFD on the way in, so x is compared after the
 * replacement, made by a decoder of its own. Each string is also counted, counted with a
 * limit, fitted, and encoded in two spans that must give what one text gives.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lossy_utf8.h"
#include "tests/support/open_options.h"
#include "tokenizer/tokenizer.h"
#include "vocab/vocab_tables.h"

enum { MAX_LEN = 300, MAX_IDS = MAX_LEN * 3 + 16, MAX_SHOWN = 10, MAX_ENC = 128 };

static uint64_t rng_state;

static uint64_t next_random(void)
{
    uint64_t z = rng_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static size_t below(size_t n) { return n ? (size_t)(next_random() % n) : 0; }

/* Half text-like, half noise: noise alone never merges. */
static size_t make_string(char *s)
{
    static const char *const bit[] = {"the ",
                                      "ing",
                                      " of",
                                      "\n",
                                      "\r\n",
                                      "  ",
                                      "\t",
                                      "'s",
                                      "'LL",
                                      "123",
                                      "4",
                                      "_",
                                      "==",
                                      "://",
                                      "A",
                                      "Hello",
                                      "\xc3\xa9",
                                      "e\xcc\x81",
                                      "\xe4\xb8\xad\xe6\x96\x87",
                                      "\xe3\x81\x82",
                                      "\xed\x95\x9c",
                                      "\xf0\x9f\x98\x80",
                                      "\xe2\x80\x8d",
                                      "\xef\xb8\x8f",
                                      "\xc2\xa0",
                                      "\xe3\x80\x80",
                                      "<|endoftext|>",
                                      "<|im_end|>",
                                      "\x80",
                                      "\xe4\xb8",
                                      "\xf0\x9f",
                                      "\xed\xa0\x80",
                                      "\xff",
                                      ".",
                                      "!?",
                                      "\"",
                                      "{}();",
                                      "\xd0\x9f\xd1\x80\xd0\xb8",
                                      "\xe0\xa4\xa8\xe0\xa4\xae",
                                      "\xd8\xb3\xd9\x84",
                                      "\xc7\x85",
                                      "\xc5\xbf"};
    size_t n = 0, want = below(8) ? below(60) : below(MAX_LEN - 20);
    bool noise = below(4) == 0;
    while (n < want) {
        if (noise || below(12) == 0) {
            s[n++] = (char)below(256);
        } else {
            const char *b = bit[below(sizeof bit / sizeof *bit)];
            memcpy(s + n, b, strlen(b));
            n += strlen(b);
        }
    }
    return n;
}

static bool reversible(const tkc_vocab *v)
{
    if (!(v->model.flags & TKC_MODEL_BYTE_LEVEL) || v->n_op[TKC_STAGE_NORMALIZE] > 0) return false;
    for (uint32_t i = 0; i < v->n_added; i++)
        if (v->added[i].flags & (TKC_ADDED_LSTRIP | TKC_ADDED_RSTRIP)) return false;
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_SPLIT]; i++)
        if (v->op[TKC_STAGE_SPLIT][i].flags & TKC_OPF_PREFIX_SPACE) return false;
    for (unsigned b = 0; b < 256; b++)
        if (v->byte_id[b] == TKC_NO_ID) return false;
    return true;
}

/* What is wrong with string s, or NULL. */
static const char *try_string(tkc_encoder *e, const tkc_vocab *v, const char *s, size_t len)
{
    static uint32_t ids[MAX_IDS], ids2[MAX_IDS];
    static char want[MAX_LEN * 3], got[MAX_LEN * 3 + 16];
    tkc_error err;
    const tkc_str text = {s, len};
    size_t n, n2, got_len, want_len = tkt_lossy(s, len, want);
    if (tkc_encode(e, text, 0, ids, MAX_IDS, &n, &err) != TKC_OK) return "encode failed";
    if (tkc_decode(v, ids, n, 0, got, sizeof got, &got_len, &err) != TKC_OK) return "decode failed";
    if (got_len != want_len || memcmp(got, want, want_len) != 0)
        return "decode(encode(x)) is not x";
    if (tkc_count(e, text, 0, &n2, &err) != TKC_OK || n2 != n) return "count is not the length";
    size_t limit = below(n + 3);
    if (tkc_count_upto(e, text, 0, limit, &n2, &err) != TKC_OK) return "count_upto failed";
    if (n <= limit ? n2 != n : n2 <= limit) return "count_upto disagrees";
    size_t bytes;
    if (tkc_fit(e, text, 0, limit, TKC_FIT_CHAR, &bytes, &n2, &err) != TKC_OK) return "fit failed";
    if (bytes > len || n2 > limit) return "fit is over the limit";
    if (n <= limit && bytes != len) return "fit left out what fits";
    size_t n3;
    if (tkc_count(e, (tkc_str){s, bytes}, 0, &n3, &err) != TKC_OK || n3 != n2)
        return "fit's count is not the count of its prefix";
    size_t cut = 0, stop = below(len + 1);
    while (cut < stop) {
        bool ok;
        cut += tkt_utf8_step((const unsigned char *)s + cut, len - cut, &ok);
    }
    const tkc_span span[2] = {{{s, cut}, false}, {{s + cut, len - cut}, false}};
    if (tkc_encode_spans(e, span, 2, 0, ids2, MAX_IDS, &n2, &err) != TKC_OK) return "spans failed";
    if (n2 != n || memcmp(ids, ids2, n * sizeof *ids) != 0) return "two spans are not one text";
    return NULL;
}

static void report(const char *name, const char *what, const char *s, size_t len)
{
    printf("  FAIL %s: %s: ", name, what);
    for (size_t i = 0; i < len && i < 60; i++) printf("%02x", (unsigned char)s[i]);
    printf("\n");
}

int main(int argc, char **argv)
{
    tkc_vocab_options opt = {.struct_size = sizeof opt};
    size_t n_string = 20000, passed = 0, failed = 0, used = 0, left_out = 0, absent = 0;
    uint64_t seed = 1;
    for (int i = 1; i < argc; i++) {
        if (tkt_take_folder(&opt, argc, argv, &i)) continue;
        if (strcmp(argv[i], "--strings") == 0 && i + 1 < argc) {
            n_string = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            seed = strtoull(argv[++i], NULL, 10);
        } else {
            fprintf(stderr, "round_trip: unknown option %s\n", argv[i]);
            return 2;
        }
    }
    rng_state = seed;
    tkc_vocab *vocab[MAX_ENC];
    const char *name[MAX_ENC];
    for (size_t i = 0; tkc_encoding_at(i) && used < MAX_ENC; i++) {
        const tkc_encoding *row = tkc_encoding_at(i);
        tkc_error err;
        tkc_vocab *v = NULL;
        tkc_status s = tkc_vocab_open_encoding(&v, row->name, &opt, &err);
        if (row->cls == TKC_CLASS_RECONSTRUCTED) {
            left_out++; /* counts only: no ids to decode */
        } else if (s == TKC_E_NOTFOUND && !tkt_must_be_there(row->name)) {
            absent++;
        } else if (s != TKC_OK) {
            printf("  FAIL %s: %s\n", row->name, err.message);
            failed++;
        } else if (!reversible(v)) {
            left_out++;
        } else {
            name[used] = row->name;
            vocab[used++] = v;
            v = NULL;
        }
        tkc_vocab_close(v);
    }
    size_t shown = 0, each = used ? n_string / used + 1 : 0;
    for (size_t i = 0; i < used; i++) {
        tkc_encoder *e = NULL;
        tkc_error err;
        if (tkc_encoder_new(&e, vocab[i], NULL, &err) != TKC_OK) {
            printf("  FAIL %s: %s\n", name[i], err.message);
            failed++;
        }
        for (size_t k = 0; e && k < each; k++) {
            char s[MAX_LEN + 32];
            size_t len = make_string(s);
            const char *bad = try_string(e, vocab[i], s, len);
            if (bad) {
                failed++;
                if (shown++ < MAX_SHOWN) report(name[i], bad, s, len);
            } else {
                passed++;
            }
        }
        tkc_encoder_free(e);
        tkc_vocab_close(vocab[i]);
    }
    printf("round trip: %zu encodings, %zu not reversible, %zu skipped for want of data\n", used,
           left_out, absent);
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed || !passed;
}
