/*
 * worst_case.c - one megabyte and two of what makes tokenizers quadratic, timed.
 *
 *   worst_case [--data DIR] [--user DIR] [--cache DIR] [--only NAME]... [--bytes N]
 *              [--ratio X] [--tries N] [--quick] [--verbose]
 *
 * For every encoding that is here and every kind of text: time of counting 2N bytes over
 * time of N bytes is at most --ratio (2.3), the shortest run of each; up to six rounds of
 * --tries runs while it is over, because noise only ever adds; encode gives as many ids as
 * count says; count_upto and fit agree with count; the memory of the process stays under a
 * bound stated in bytes a byte of text. --quick: 40 kB, ratio 4, six encodings, for "make check".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/support/open_options.h"
#include "tokenizer/tokenizer.h"

/* A piece of n bytes needs its symbols, a heap of pairs and the normalized text; 200 bytes a
 * byte is about twice what was seen, quadratic memory would be 2,000,000. BASE is the
 * compiled vocabularies and the arrays of this program. */
enum { MAX_ONLY = 64, MAX_ROUNDS = 6, PER_BYTE = 200, BASE_MB = 300 };

typedef struct config {
    tkc_vocab_options opt;
    const char *only[MAX_ONLY];
    size_t n_only, bytes;
    double ratio;
    int tries;
    bool verbose;
} config;

static size_t passed, failed;

static uint64_t rng(uint64_t *s)
{
    uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void repeat(char *out, size_t n, const char *unit)
{
    size_t len = strlen(unit);
    for (size_t i = 0; i < n; i++) out[i] = unit[i % len];
}

static void pick(char *out, size_t n, const char *set)
{
    uint64_t s = 42;
    size_t len = strlen(set);
    for (size_t i = 0; i < n; i++) out[i] = set[rng(&s) % len];
}

static void fill_letter(char *o, size_t n) { repeat(o, n, "a"); }
static void fill_space(char *o, size_t n) { repeat(o, n, " "); }
static void fill_newline(char *o, size_t n) { repeat(o, n, "\n"); }
static void fill_underscore(char *o, size_t n) { repeat(o, n, "_"); }
static void fill_letters(char *o, size_t n) { pick(o, n, "abcdefghijklmnopqrstuvwxyz"); }
static void fill_base64(char *o, size_t n)
{
    pick(o, n, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
}
static void fill_case(char *o, size_t n) { repeat(o, n, "aB"); }
static void fill_zwj(char *o, size_t n)
{
    repeat(o, n,
           "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7\xe2\x80\x8d");
}
static void fill_marks(char *o, size_t n)
{
    /* one base letter, then marks of two combining classes in the wrong order, for ever */
    repeat(o, n, "\xcc\x81\xcc\xa3\xcc\x88");
    if (n) o[0] = 'e';
    if (n > 1) o[1] = 'e';
}
static void fill_cjk(char *o, size_t n)
{
    uint64_t s = 7;
    size_t i = 0;
    for (; i + 3 <= n; i += 3) {
        unsigned cp = 0x4e00 + (unsigned)(rng(&s) % 3000);
        o[i] = (char)(0xe0 | cp >> 12);
        o[i + 1] = (char)(0x80 | (cp >> 6 & 63));
        o[i + 2] = (char)(0x80 | (cp & 63));
    }
    for (; i < n; i++) o[i] = '.';
}
static void fill_invalid(char *o, size_t n)
{
    uint64_t s = 9;
    for (size_t i = 0; i < n; i++) o[i] = (char)(0x80 | (rng(&s) & 0x7f));
}
static void fill_mixed_blank(char *o, size_t n) { repeat(o, n, " \t \n\r "); }
static void fill_digits(char *o, size_t n) { pick(o, n, "0123456789"); }
static void fill_marker(char *o, size_t n) { repeat(o, n, "<|endoftext"); }

static const struct {
    const char *name;
    void (*fill)(char *out, size_t n);
} kinds[] = {
    {"one letter", fill_letter},      {"spaces", fill_space},
    {"newlines", fill_newline},       {"underscores", fill_underscore},
    {"random letters", fill_letters}, {"base64", fill_base64},
    {"alternating case", fill_case},  {"emoji zwj", fill_zwj},
    {"combining marks", fill_marks},  {"cjk", fill_cjk},
    {"invalid utf-8", fill_invalid},  {"mixed blanks", fill_mixed_blank},
    {"digits", fill_digits},          {"half a marker", fill_marker},
};
enum { N_KIND = sizeof kinds / sizeof *kinds };

/* Processor time: the wall clock also counts what other programs do. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void result(bool ok, const char *enc, const char *kind, const char *what)
{
    if (ok) {
        passed++;
        return;
    }
    failed++;
    printf("  FAIL %s, %s: %s\n", enc, kind, what);
    fflush(stdout);
}

/* Best of tries; SIZE_MAX in *n when counting failed. */
static double time_count(tkc_encoder *e, tkc_str text, int tries, size_t *n)
{
    double best = 1e9;
    for (int i = 0; i < tries; i++) {
        tkc_error err;
        double t = now();
        if (tkc_count(e, text, 0, n, &err) != TKC_OK) {
            printf("  %s\n", err.message);
            *n = SIZE_MAX;
        }
        t = now() - t;
        if (t < best) best = t;
    }
    return best;
}

static void check_agreement(tkc_encoder *e, tkc_str text, size_t count, uint32_t *ids, size_t cap,
                            const char *enc, const char *kind)
{
    tkc_error err;
    size_t n = 0, bytes = 0, n_prefix = 0, limit = count / 3;
    bool ok = tkc_encode(e, text, 0, ids, cap, &n, &err) == TKC_OK;
    result(ok && n == count, enc, kind, "encode gives another number of ids than count");
    ok = tkc_count_upto(e, text, 0, limit, &n, &err) == TKC_OK;
    result(ok && (count <= limit ? n == count : n > limit), enc, kind,
           "count_upto disagrees with count");
    ok = tkc_fit(e, text, 0, limit, TKC_FIT_CHAR, &bytes, &n, &err) == TKC_OK &&
         bytes <= text.len &&
         tkc_count(e, (tkc_str){text.ptr, bytes}, 0, &n_prefix, &err) == TKC_OK;
    result(ok && n == n_prefix && n <= limit, enc, kind, "fit disagrees with count");
}

static void check_kind(const config *c, tkc_encoder *e, const char *enc, size_t k, char *text,
                       uint32_t *ids, size_t cap)
{
    size_t n1 = 0, n2 = 0;
    double ratio = 1e9, t1 = 1e9, t2 = 1e9;
    /* The same bytes twice: the first half of the text of 2N is the text of N. */
    kinds[k].fill(text, c->bytes * 2);
    for (int round = 0; round < MAX_ROUNDS && ratio > c->ratio; round++) {
        double a = time_count(e, (tkc_str){text, c->bytes}, c->tries, &n1);
        double b = time_count(e, (tkc_str){text, c->bytes * 2}, c->tries, &n2);
        if (n1 == SIZE_MAX || n2 == SIZE_MAX) {
            result(false, enc, kinds[k].name, "counting failed");
            return;
        }
        if (a < t1) t1 = a;
        if (b < t2) t2 = b;
        /* Below a tenth of a millisecond the clock and the caches decide, not the algorithm. */
        ratio = t2 < 1e-4 ? 1.0 : t2 / (t1 > 0 ? t1 : 1e-9);
    }
    if (c->verbose)
        printf("  %-14s %-17s %9zu tokens %8.2f MB/s  x%.2f\n", enc, kinds[k].name, n2,
               (double)c->bytes * 2e-6 / (t2 > 0 ? t2 : 1e-9), ratio);
    char what[96];
    snprintf(what, sizeof what, "time(2n)/time(n) is %.2f, %.2f allowed (%.1f ms, %.1f ms)",
             ratio, c->ratio, t1 * 1e3, t2 * 1e3);
    result(ratio <= c->ratio, enc, kinds[k].name, what);
    check_agreement(e, (tkc_str){text, c->bytes}, n1, ids, cap, enc, kinds[k].name);
}

static bool wanted(const config *c, const char *name)
{
    for (size_t i = 0; i < c->n_only; i++)
        if (strcmp(c->only[i], name) == 0) return true;
    return c->n_only == 0;
}

static int usage(const char *word)
{
    fprintf(stderr, "worst_case: unknown option %s\n", word);
    return 2;
}

int main(int argc, char **argv)
{
    static const char *const quick[] = {"o200k_base", "cl100k_base", "deepseek_v3",
                                        "qwen3",      "gemma4",      "mistral_v3"};
    config c = {.opt = {.struct_size = sizeof c.opt}, .bytes = 1000000, .ratio = 2.3, .tries = 3};
    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;
        if (tkt_take_folder(&c.opt, argc, argv, &i)) continue;
        if (strcmp(argv[i], "--verbose") == 0) {
            c.verbose = true;
        } else if (strcmp(argv[i], "--quick") == 0) {
            c.bytes = 40000;
            c.ratio = 4;
            c.tries = 2;
            for (size_t k = 0; k < sizeof quick / sizeof *quick; k++) c.only[c.n_only++] = quick[k];
        } else if (more && strcmp(argv[i], "--only") == 0 && c.n_only < MAX_ONLY) {
            c.only[c.n_only++] = argv[++i];
        } else if (more && strcmp(argv[i], "--bytes") == 0) {
            c.bytes = strtoul(argv[++i], NULL, 10);
        } else if (more && strcmp(argv[i], "--ratio") == 0) {
            c.ratio = strtod(argv[++i], NULL);
        } else if (more && strcmp(argv[i], "--tries") == 0) {
            c.tries = atoi(argv[++i]);
        } else {
            return usage(argv[i]);
        }
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* every encoding takes minutes: show where it is */
    size_t cap = c.bytes * 3 + 16, used = 0, skipped = 0;
    char *text = malloc(c.bytes * 2 + 1);
    uint32_t *ids = malloc(cap * sizeof *ids);
    if (!text || !ids || c.bytes == 0 || c.tries < 1) return usage("--bytes or --tries");
    for (size_t i = 0; tkc_encoding_at(i); i++) {
        const tkc_encoding *row = tkc_encoding_at(i);
        tkc_vocab *v = NULL;
        tkc_encoder *e = NULL;
        tkc_error err;
        if (!wanted(&c, row->name) || row->cls == TKC_CLASS_RECONSTRUCTED) continue;
        tkc_status s = tkc_vocab_open_encoding(&v, row->name, &c.opt, &err);
        if (s == TKC_E_NOTFOUND && !tkt_must_be_there(row->name)) {
            skipped++;
        } else if (s != TKC_OK || tkc_encoder_new(&e, v, NULL, &err) != TKC_OK) {
            result(false, row->name, "open", err.message);
        } else {
            used++;
            for (size_t k = 0; k < N_KIND; k++) check_kind(&c, e, row->name, k, text, ids, cap);
        }
        tkc_encoder_free(e);
        tkc_vocab_close(v);
    }
    struct rusage ru;
    getrusage(RUSAGE_SELF, &ru);
    size_t peak = (size_t)ru.ru_maxrss * 1024,
           bound = (size_t)BASE_MB * 1000000 + c.bytes * 2 * PER_BYTE;
    char what[96];
    snprintf(what, sizeof what, "peak of %zu MB, %zu MB allowed", peak / 1000000, bound / 1000000);
    result(peak <= bound, "all", "memory", what);
    free(text);
    free(ids);
    printf("worst case: %d kinds, %zu encodings, %zu skipped for want of data, 2 x %zu bytes, peak "
           "%zu MB\n",
           (int)N_KIND, used, skipped, c.bytes, peak / 1000000);
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed || !used;
}
