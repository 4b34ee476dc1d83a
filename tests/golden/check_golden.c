/*
 * check_golden.c - replays tests/golden: ids of the official implementations, without Python.
 *
 *   check_golden [--data DIR] [--user DIR] [--cache DIR] [--only NAME]... GOLDEN_DIR
 *
 * One check is one text in one mode for one encoding: number and hash of the ids, and the
 * same number from tkc_count(). Further checks: the full ids, tkc_encode_offsets() against
 * tkc_encode(), tkc_count_upto() and tkc_fit() against counts, the batch forms.
 * An encoding whose data may not be redistributed and is not here is named and counted as
 * skipped; one whose data is in the tree must be there. Exit 1 if anything failed or if
 * nothing was checked.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/lossy_utf8.h"
#include "tests/support/open_options.h"
#include "tokenizer/tokenizer.h"

enum { MAX_SHOWN = 5, MAX_ONLY = 64, MAX_FIT_BYTES = 48 };

typedef struct texts {
    char *bytes;    /* all texts, one after the other */
    size_t *offset; /* n + 1 */
    size_t n;
} texts;

typedef struct tally {
    size_t passed, failed, shown;
    const char *name; /* encoding at work */
} tally;

typedef struct bench {
    tkc_encoder *e;
    const texts *t;
    uint32_t *ids, *ids2;
    size_t *begin, cap;
    tally *sum;
} bench;

static void die(const char *what, const char *where)
{
    fprintf(stderr, "check_golden: %s: %s\n", where, what);
    exit(2);
}

static void *need(void *p)
{
    if (!p) die("out of memory", "malloc");
    return p;
}

static char *slurp(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    size_t cap = 1 << 16, n = 0, got;
    char *buf = need(malloc(cap + 1));
    while ((got = fread(buf + n, 1, cap - n, f)) > 0) {
        n += got;
        if (n == cap) buf = need(realloc(buf, (cap *= 2) + 1));
    }
    fclose(f);
    buf[n] = '\0';
    *len = n;
    return buf;
}

static unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9') return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f') return (unsigned)(c - 'a') + 10;
    return 99;
}

/* Undoes the escapes of texts.txt in place: \\ \n \r \t \xHH. */
static size_t unescape(char *s, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '\\') {
            if (++i >= n) die("escape at the end of a line", "texts.txt");
            c = s[i];
            if (c == 'n') {
                c = '\n';
            } else if (c == 'r') {
                c = '\r';
            } else if (c == 't') {
                c = '\t';
            } else if (c == 'x') {
                unsigned hi = i + 2 < n ? hex_digit(s[i + 1]) : 99;
                unsigned lo = i + 2 < n ? hex_digit(s[i + 2]) : 99;
                if (hi > 15 || lo > 15) die("bad \\x escape", "texts.txt");
                c = (char)(hi << 4 | lo);
                i += 2;
            } else if (c != '\\') {
                die("unknown escape", "texts.txt");
            }
        }
        s[out++] = c;
    }
    return out;
}

static texts read_texts(const char *path)
{
    texts t = {0};
    size_t len, cap = 0, out = 0;
    t.bytes = slurp(path, &len);
    if (!t.bytes) die("expected the file of golden texts", path);
    for (size_t at = 0; at < len;) {
        char *nl = memchr(t.bytes + at, '\n', len - at);
        if (!nl) die("last line has no newline", path);
        size_t line = (size_t)(nl - t.bytes) - at;
        if (t.n + 2 > cap) {
            cap = cap ? cap * 2 : 1024;
            t.offset = need(realloc(t.offset, cap * sizeof *t.offset));
        }
        size_t n = unescape(t.bytes + at, line);
        memmove(t.bytes + out, t.bytes + at, n);
        t.offset[t.n++] = out;
        out += n;
        at += line + 1;
    }
    if (t.n == 0) die("no texts", path);
    t.offset[t.n] = out;
    return t;
}

static tkc_str text_at(const texts *t, size_t i)
{
    return (tkc_str){t->bytes + t->offset[i], t->offset[i + 1] - t->offset[i]};
}

static uint64_t fnv1a(const uint32_t *ids, size_t n)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++) {
        for (unsigned shift = 0; shift < 32; shift += 8) {
            h ^= ids[i] >> shift & 0xff;
            h *= UINT64_C(0x100000001b3);
        }
    }
    return h;
}

static void check(tally *s, bool ok, const char *what, size_t text, size_t want, size_t got)
{
    if (ok) {
        s->passed++;
        return;
    }
    s->failed++;
    if (s->shown++ < MAX_SHOWN)
        printf("  FAIL %s text %zu (line %zu of texts.txt): %s: expected %zu, got %zu\n", s->name,
               text, text + 1, what, want, got);
}

/* ids of text i into b->ids, the number returned; a failed call is reported and is SIZE_MAX. */
static size_t encode(bench *b, size_t i, unsigned flags)
{
    tkc_error err;
    size_t n = 0;
    tkc_status s = tkc_encode(b->e, text_at(b->t, i), flags, b->ids, b->cap, &n, &err);
    if (s == TKC_OK) return n;
    b->sum->failed++;
    if (b->sum->shown++ < MAX_SHOWN)
        printf("  FAIL %s text %zu: %s\n", b->sum->name, i, err.message);
    return SIZE_MAX;
}

static void check_text(bench *b, size_t i, unsigned flags, size_t want_n, uint64_t want_hash)
{
    size_t n = encode(b, i, flags), count = 0;
    if (n == SIZE_MAX) return;
    const char *mode = flags & TKC_ENCODE_SPECIAL ? "trusted ids" : "ids";
    bool ok = n == want_n && fnv1a(b->ids, n) == want_hash;
    check(b->sum, ok, mode, i, want_n, n);
    tkc_error err;
    if (tkc_count(b->e, text_at(b->t, i), flags, &count, &err) != TKC_OK) count = SIZE_MAX;
    check(b->sum, count == n, "count", i, n, count);
}

/* Offsets rise, stay inside the text, start at 0, and come with the same ids. */
static void check_offsets(bench *b, size_t i)
{
    tkc_error err;
    tkc_str t = text_at(b->t, i);
    size_t n = encode(b, i, 0), n2 = 0;
    if (n == SIZE_MAX) return;
    if (tkc_encode_offsets(b->e, t, 0, b->ids2, b->begin, b->cap, &n2, &err) != TKC_OK)
        n2 = SIZE_MAX;
    bool ok = n2 == n && (n == 0 || memcmp(b->ids, b->ids2, n * sizeof *b->ids) == 0);
    for (size_t k = 0; ok && k < n; k++)
        ok = b->begin[k] <= t.len && (k == 0 || b->begin[k - 1] <= b->begin[k]);
    check(b->sum, ok, "offsets", i, n, n2);
}

static void check_upto(bench *b, size_t i)
{
    tkc_error err;
    size_t n = encode(b, i, 0);
    if (n == SIZE_MAX) return;
    const size_t limit[] = {0, n / 2, n > 0 ? n - 1 : 0, n, n + 7};
    for (size_t k = 0; k < sizeof limit / sizeof *limit; k++) {
        size_t got = 0;
        if (tkc_count_upto(b->e, text_at(b->t, i), 0, limit[k], &got, &err) != TKC_OK)
            got = SIZE_MAX;
        check(b->sum, n <= limit[k] ? got == n : got > limit[k] && got != SIZE_MAX, "count_upto", i,
              n, got);
    }
}

/* tkc_fit() against every prefix counted on its own; what is one U+FFFD is one character. */
static void check_fit(bench *b, size_t i)
{
    tkc_error err;
    tkc_str t = text_at(b->t, i);
    size_t full = encode(b, i, 0);
    if (full == SIZE_MAX) return;
    const size_t limit[] = {0, 1, full / 2, full > 0 ? full - 1 : 0, full, full + 3};
    for (size_t k = 0; k < sizeof limit / sizeof *limit; k++) {
        size_t best = 0, bytes = 0, n = 0;
        for (size_t at = 0; at <= t.len;) {
            size_t c = 0;
            if (tkc_count(b->e, (tkc_str){t.ptr, at}, 0, &c, &err) != TKC_OK) c = SIZE_MAX;
            if (c <= limit[k]) best = at;
            if (at == t.len) break;
            bool ok;
            at += tkt_utf8_step((const unsigned char *)t.ptr + at, t.len - at, &ok);
        }
        if (tkc_fit(b->e, t, 0, limit[k], TKC_FIT_CHAR, &bytes, &n, &err) != TKC_OK)
            bytes = SIZE_MAX;
        check(b->sum, bytes == best, "fit", i, best, bytes);
    }
}

static void check_batch(bench *b)
{
    tkc_error err;
    const texts *t = b->t;
    size_t *count = need(malloc(t->n * sizeof *count));
    tkc_status s = tkc_count_batch(b->e, t->bytes, t->offset, t->n, 0, count, &err);
    for (size_t i = 0; i < t->n; i++) {
        size_t n = encode(b, i, 0);
        if (n != SIZE_MAX)
            check(b->sum, s == TKC_OK && count[i] == n, "count_batch", i, n, count[i]);
    }
    free(count);
}

/* ids.txt: "text id id id ..." a line. */
static void check_ids(bench *b, const char *path)
{
    size_t len;
    char *s = slurp(path, &len);
    if (!s) die("expected the file of full ids", path);
    for (char *line = s; *line;) {
        char *nl = strchr(line, '\n');
        if (!nl) die("last line has no newline", path);
        *nl = '\0';
        char *p;
        size_t text = strtoul(line, &p, 10), n = 0;
        if (p == line || text >= b->t->n) die("bad text number", path);
        while (*p == ' ' && p[1]) {
            if (n == b->cap) die("line too long", path);
            b->ids2[n++] = (uint32_t)strtoul(p + 1, &p, 10);
        }
        size_t got = encode(b, text, 0);
        if (got != SIZE_MAX) {
            size_t same = 0;
            while (same < n && same < got && b->ids[same] == b->ids2[same]) same++;
            check(b->sum, n == got && same == n, "full ids, first difference at", text, n, same);
        }
        line = nl + 1;
    }
    free(s);
}

typedef struct want {
    size_t n;
    uint64_t hash;
} want;

static want *read_hashes(const char *path, size_t n_text)
{
    size_t len;
    char *s = slurp(path, &len), *p = s;
    if (!s) return NULL;
    want *w = need(malloc(n_text * sizeof *w));
    for (size_t i = 0; i < n_text; i++) {
        char *end;
        w[i].n = strtoul(p, &end, 10);
        if (end == p || *end != ' ') die("expected a count and a hash for every text", path);
        p = end + 1;
        w[i].hash = strtoull(p, &end, 16);
        if (end != p + 16 || *end != '\n') die("expected 16 hex digits", path);
        p = end + 1;
    }
    if (*p) die("more lines than texts", path);
    free(s);
    return w;
}

/* trusted.txt: "text count hash" where control tokens change the ids; all others stay. */
static bool apply_trusted(want *w, const char *path, size_t n_text)
{
    size_t len;
    char *s = slurp(path, &len), *p = s;
    if (!s) return false;
    while (*p) {
        char *end;
        size_t text = strtoul(p, &end, 10);
        if (end == p || text >= n_text) die("bad text number", path);
        w[text].n = strtoul(end + 1, &p, 10);
        w[text].hash = strtoull(p + 1, &end, 16);
        if (*end != '\n') die("expected a text, a count and a hash", path);
        p = end + 1;
    }
    free(s);
    return true;
}

static void check_encoding(const char *folder, const texts *t, const tkc_vocab *v, tally *sum)
{
    char path[4096];
    tkc_error err;
    bench b = {.t = t, .sum = sum};
    for (size_t i = 0; i < t->n; i++) {
        size_t worst = text_at(t, i).len * 3 + 16; /* U+FFFD is 3 bytes, a byte 1 token */
        if (worst > b.cap) b.cap = worst;
    }
    b.ids = need(malloc(b.cap * sizeof *b.ids));
    b.ids2 = need(malloc(b.cap * sizeof *b.ids2));
    b.begin = need(malloc(b.cap * sizeof *b.begin));
    if (tkc_encoder_new(&b.e, v, NULL, &err) != TKC_OK) {
        printf("  FAIL %s: %s\n", sum->name, err.message);
        sum->failed++;
        goto done;
    }
    snprintf(path, sizeof path, "%s/%s/hashes.txt", folder, sum->name);
    want *w = read_hashes(path, t->n);
    if (!w) die("expected the file of counts and hashes", path);
    for (size_t i = 0; i < t->n; i++) check_text(&b, i, 0, w[i].n, w[i].hash);
    snprintf(path, sizeof path, "%s/%s/trusted.txt", folder, sum->name);
    if (apply_trusted(w, path, t->n))
        for (size_t i = 0; i < t->n; i++) check_text(&b, i, TKC_ENCODE_SPECIAL, w[i].n, w[i].hash);
    free(w);
    snprintf(path, sizeof path, "%s/%s/ids.txt", folder, sum->name);
    check_ids(&b, path);
    for (size_t i = 0; i < t->n; i++) {
        check_offsets(&b, i);
        if (i % 4 == 0) check_upto(&b, i);
        if (i % 8 == 0 && text_at(t, i).len <= MAX_FIT_BYTES) check_fit(&b, i);
    }
    check_batch(&b);
done:
    tkc_encoder_free(b.e);
    free(b.ids);
    free(b.ids2);
    free(b.begin);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the sub-folders that hold a hashes.txt, sorted. */
static char **list_encodings(const char *folder, size_t *n)
{
    DIR *d = opendir(folder);
    char path[4096], **name = NULL;
    if (!d) die("expected the folder of the golden files", folder);
    *n = 0;
    for (struct dirent *e; (e = readdir(d));) {
        snprintf(path, sizeof path, "%s/%s/hashes.txt", folder, e->d_name);
        FILE *f = fopen(path, "rb");
        if (!f) continue;
        fclose(f);
        name = need(realloc(name, (*n + 1) * sizeof *name));
        name[(*n)++] = strcpy(need(malloc(strlen(e->d_name) + 1)), e->d_name);
    }
    closedir(d);
    if (*n) qsort(name, *n, sizeof *name, by_name);
    return name;
}

int main(int argc, char **argv)
{
    tkc_vocab_options opt = {.struct_size = sizeof opt};
    const char *only[MAX_ONLY], *folder = NULL;
    size_t n_only = 0, n_name, skipped = 0, encodings = 0;
    for (int i = 1; i < argc; i++) {
        if (tkt_take_folder(&opt, argc, argv, &i)) continue;
        if (strcmp(argv[i], "--only") == 0 && i + 1 < argc && n_only < MAX_ONLY) {
            only[n_only++] = argv[++i];
        } else if (!folder && argv[i][0] != '-') {
            folder = argv[i];
        } else {
            die("unknown option", argv[i]);
        }
    }
    if (!folder) die("expected the folder of the golden files", "arguments");
    char path[4096];
    snprintf(path, sizeof path, "%s/texts.txt", folder);
    texts t = read_texts(path);
    char **name = list_encodings(folder, &n_name);
    tally all = {0};
    for (size_t i = 0; i < n_name; i++) {
        bool wanted = n_only == 0;
        for (size_t k = 0; k < n_only; k++) wanted = wanted || strcmp(only[k], name[i]) == 0;
        tally one = {.name = name[i]};
        tkc_vocab *v = NULL;
        tkc_error err;
        tkc_status s = wanted ? tkc_vocab_open_encoding(&v, name[i], &opt, &err) : TKC_OK;
        if (wanted && s == TKC_E_NOTFOUND && !tkt_must_be_there(name[i])) {
            printf("  skipped %-14s %s\n", name[i], err.message);
            skipped++;
        } else if (wanted) {
            encodings++;
            if (s == TKC_OK) {
                check_encoding(folder, &t, v, &one);
            } else {
                printf("  FAIL %s: %s\n", name[i], err.message);
                one.failed++;
            }
            if (one.failed)
                printf("  %-14s %zu of %zu checks failed\n", name[i], one.failed,
                       one.failed + one.passed);
        }
        all.passed += one.passed;
        all.failed += one.failed;
        tkc_vocab_close(v);
        free(name[i]);
        fflush(stdout);
    }
    free(name);
    free(t.bytes);
    free(t.offset);
    printf("golden: %zu texts, %zu encodings checked, %zu skipped\n", t.n, encodings, skipped);
    printf("%zu passed, %zu failed\n", all.passed, all.failed);
    return all.failed || !all.passed;
}
