/*
 * json_texts.h - the JSON texts that both oracle programs compare on: the case files of
 * tests/data/json, a few real files, and random ones, whole and damaged.
 *
 * The two oracles export the same names, so they cannot be in one program; this header is what
 * they share.
 */
#ifndef TESTS_DIFFERENTIAL_JSON_TEXTS_H
#define TESTS_DIFFERENTIAL_JSON_TEXTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/case_file.h"
#include "vocab/base/json.h"

enum { ORACLE_DEPTH = 500, MOST_TEXT = 1 << 16 };

/* What the oracle says to one text; d has no nodes when we refused it, err says why. Returns
 * NULL when they agree or a reason why they need not (then *excused is set), else what differs. */
typedef const char *(*oracle_fn)(const tkc_json *d, tkc_str text, const tkc_error *err,
                                 bool *excused);

typedef struct text_run {
    oracle_fn oracle;
    size_t n, n_taken, n_excused, n_different;
} text_run;

static inline void one_text(text_run *r, tkc_str text)
{
    tkc_json d;
    tkc_error err = {0};
    bool excused = false;
    const char *difference;
    char *copy = malloc(text.len + 1); /* json-c wants a NUL behind it */
    if (!copy) exit(2);
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    tkc_json_init(&d, NULL);
    if (tkc_json_parse(&d, (tkc_str){copy, text.len}, NULL, &err)) d.n_node = 0;
    r->n++;
    r->n_taken += d.n_node > 0;
    difference = r->oracle(&d, d.text, &err, &excused);
    if (excused) {
        r->n_excused++;
    } else if (difference && r->n_different++ < 20) {
        printf("%s: ", difference);
        for (size_t i = 0; i < text.len && i < 200; i++)
            printf(copy[i] >= ' ' && copy[i] < 127 ? "%c" : "\\x%02x", (unsigned char)copy[i]);
        printf(" (%s)\n", d.n_node ? "we take it" : err.message);
    }
    tkc_json_release(&d);
    free(copy);
}

static uint64_t text_seed = 1;
static inline uint32_t text_random(uint32_t n)
{
    text_seed = text_seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((text_seed >> 33) % n);
}

static inline void text_put(char *out, size_t *n, const char *s)
{
    size_t k = strlen(s);
    if (*n + k >= MOST_TEXT) return;
    memcpy(out + *n, s, k);
    *n += k;
}

static inline void random_string(char *out, size_t *n)
{
    static const char *const bit[] = {
        "a",      "key", " ",    "\\n", "\\\"", "\\\\", "\\/",  "\\u00e9",      "\\u0001",
        "\xc3\xa9", "0",   "{",    "]",   "\xe4\xbd\xa0", "\\t", "long text without anything",
        "\\ud83d\\ude00", "\xf0\x9f\x98\x80", "\x7f", ":", ","};
    text_put(out, n, "\"");
    for (uint32_t k = text_random(5); k > 0; k--)
        text_put(out, n, bit[text_random(sizeof bit / sizeof *bit)]);
    text_put(out, n, "\"");
}

static inline void random_number(char *out, size_t *n)
{
    char s[64];
    switch (text_random(5)) {
    case 0: snprintf(s, sizeof s, "%d", (int)text_random(2000) - 1000); break;
    case 1: snprintf(s, sizeof s, "%u%09u", text_random(900000000) + 1, text_random(1000000000)); break;
    case 2: snprintf(s, sizeof s, "%d.%u", (int)text_random(200) - 100, text_random(100000)); break;
    case 3: snprintf(s, sizeof s, "%u.%uE%+d", text_random(10), text_random(1000), (int)text_random(600) - 300); break;
    default: snprintf(s, sizeof s, "-%ue-%u", text_random(10), text_random(20));
    }
    text_put(out, n, s);
}

static inline void random_blank(char *out, size_t *n)
{
    static const char *const blank[] = {"", "", "", "", " ", "\n", "\t", "\r\n  "};
    text_put(out, n, blank[text_random(8)]);
}

/* One random value, written without recursion: a stack of what is open. */
static inline size_t random_text(char *out)
{
    char open[ORACLE_DEPTH];
    size_t n = 0, depth = 0;
    bool first = true;
    for (;;) {
        uint32_t what = text_random(8);
        random_blank(out, &n);
        if (depth && (text_random(4) == 0 || n > MOST_TEXT / 2)) {
            text_put(out, &n, open[--depth] == '{' ? "}" : "]");
            first = false;
            if (depth == 0) break;
            continue;
        }
        if (!first) {
            text_put(out, &n, ",");
            random_blank(out, &n);
        }
        if (depth && open[depth - 1] == '{') {
            random_string(out, &n);
            random_blank(out, &n);
            text_put(out, &n, ":");
            random_blank(out, &n);
        }
        first = false;
        if ((what < 3 || depth == 0) && depth < ORACLE_DEPTH - 1) {
            open[depth++] = what % 2 ? '{' : '[';
            text_put(out, &n, what % 2 ? "{" : "[");
            first = true;
        } else if (what < 5) {
            random_string(out, &n);
        } else if (what == 5) {
            static const char *const word[] = {"null", "true", "false"};
            text_put(out, &n, word[text_random(3)]);
        } else {
            random_number(out, &n);
        }
        if (depth == 0) break;
    }
    random_blank(out, &n);
    return n;
}

static inline void damage(char *s, size_t *n)
{
    static const char bytes[] = "{}[]:,\"\\0123456789-+.eEtfnul \n\x01\x7f\xc3\xa9\xed\xa0\xff/";
    size_t at = text_random((uint32_t)*n);
    switch (text_random(4)) {
    case 0: s[at] = bytes[text_random(sizeof bytes - 1)]; break;
    case 1:
        memmove(s + at, s + at + 1, *n - at - 1);
        --*n;
        break;
    case 2:
        memmove(s + at + 1, s + at, *n - at);
        s[at] = bytes[text_random(sizeof bytes - 1)];
        ++*n;
        break;
    default: *n = at + 1;
    }
}

static inline void case_file(text_run *r, const char *path)
{
    size_t len;
    char *file = tkt_read_file(path, &len);
    static char bytes[MOST_TEXT];
    tkc_str rest = {file, len}, field[TKT_FIELDS];
    if (!file) exit(2);
    while (rest.len)
        if (tkt_next_line(&rest, field) >= 2 && field[1].len / 2 < sizeof bytes)
            one_text(r, (tkc_str){bytes, tkt_unhex(field[1], bytes)});
    free(file);
}

/* All of it; the exit status. argv: how many random texts [30,000], files to add. */
static inline int compare_texts(const char *name, oracle_fn oracle, int argc, char **argv)
{
    static char text[MOST_TEXT + 8];
    text_run r = {.oracle = oracle};
    size_t random = argc > 1 ? strtoul(argv[1], NULL, 10) : 30000;
    case_file(&r, "tests/data/json/valid.txt");
    case_file(&r, "tests/data/json/invalid.txt");
    for (int i = 2; i < argc; i++) {
        size_t len;
        char *file = tkt_read_file(argv[i], &len);
        if (!file) return 2;
        one_text(&r, (tkc_str){file, len});
        free(file);
    }
    for (size_t i = 0; i < random; i++) {
        size_t n = random_text(text);
        for (uint32_t k = text_random(3); k > 0 && n > 1; k--) damage(text, &n);
        one_text(&r, (tkc_str){text, n});
    }
    printf("%s: %zu texts, %zu of them JSON, %zu outside its limits, %zu differences\n", name, r.n,
           r.n_taken, r.n_excused, r.n_different);
    return r.n_different > 0 || r.n_taken < r.n / 4;
}

#endif
