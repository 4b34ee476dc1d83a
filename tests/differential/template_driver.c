/*
 * template_driver.c - our chat templates behind a pipe, and the check of their goldens.
 *
 *   template_driver TEMPLATE <conversations.jsonl           one line of JSON a conversation:
 *                    {"segments":[text, ...]} or {"refused":status,"message":text}
 *   template_driver --check DIR [--data DIR] [--user DIR] [--cache DIR] [--only NAME]...
 *       every DIR/NAME.txt: hash of the text and, where the vocabulary is here, hash of the
 *       ids of tkc_encode_spans(). A vocabulary whose data must be in the tree and is not is
 *       a failure; one that may not be redistributed is named as skipped. Exit 1: a
 *       difference, or nothing checked.
 *
 * Format of a golden: head lines begin with '#' ("# full N [segment, ...]": the text of
 * conversation N, read by tests/unit/optimizer/test_templates.c), then one line a conversation: 6 hex digits
 * of the text's hash and 6 of the ids' ("-": ids are not compared there), or "refused".
 */
#include <dirent.h>
#include <inttypes.h>

#include "tests/support/chat_lines.h"
#include "tests/support/open_options.h"
#include "vocab/vocab.h"

enum { MAX_ONLY = 64, MAX_SHOWN = 5 };

typedef struct lines {
    char *bytes;
    tkc_str *at;
    size_t n;
} lines;

static lines read_lines(FILE *f)
{
    lines l = {0};
    size_t cap = 1 << 16, n = 0, got, cap_at = 0;
    l.bytes = malloc(cap);
    tkt_need(l.bytes != NULL, "out of memory");
    while ((got = fread(l.bytes + n, 1, cap - n, f)) > 0) {
        n += got;
        if (n < cap) continue;
        l.bytes = realloc(l.bytes, cap *= 2);
        tkt_need(l.bytes != NULL, "out of memory");
    }
    for (size_t at = 0; at < n;) {
        const char *nl = memchr(l.bytes + at, '\n', n - at);
        const size_t len = nl ? (size_t)(nl - l.bytes) - at : n - at;
        if (l.n == cap_at) {
            l.at = realloc(l.at, (cap_at = cap_at ? cap_at * 2 : 256) * sizeof *l.at);
            tkt_need(l.at != NULL, "out of memory");
        }
        l.at[l.n++] = (tkc_str){l.bytes + at, len};
        at += len + 1;
    }
    return l;
}

static void free_lines(lines *l)
{
    free(l->bytes);
    free(l->at);
}

static void print_escaped(tkc_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        const unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 || c == '"' || c == '\\')
            printf("\\u%04x", c);
        else
            putchar(c);
    }
}

static void pool_of(const lines *l, tkc_json *pool)
{
    tkc_error err;
    tkc_json_init(pool, NULL);
    tkt_need(l->n > 0 && tkc_json_parse(pool, l->at[0], NULL, &err) == TKC_OK &&
                 tkc_json_get(pool, 0, "pool", NULL) != TKC_JSON_NONE,
             "the first line is {\"pool\":[...]}");
}

static int serve(const char *name)
{
    const tkc_template *t = tkc_template_find(name);
    tkc_error err;
    tkc_json pool;
    tkt_chat c;
    tkc_rendered *r = NULL;
    lines l;
    if (!t) {
        fprintf(stderr, "template_driver: no template %s\n", name);
        return 2;
    }
    l = read_lines(stdin);
    pool_of(&l, &pool);
    tkt_chat_init(&c);
    tkt_need(tkc_rendered_new(&r, NULL, &err) == TKC_OK, "out of memory");
    for (size_t i = 1; i < l.n; i++) {
        size_t begin, end, n;
        bool goes_on;
        const tkc_span *span;
        tkt_chat_read(&c, l.at[i], &pool);
        tkc_status st = tkc_template_render(t, &c.chat, &c.opt, r, &err);
        if (st) {
            printf("{\"refused\":%d,\"message\":\"", (int)st);
            print_escaped((tkc_str){err.message, strlen(err.message)});
            puts("\"}");
            continue;
        }
        span = tkc_rendered_spans(r, NULL, &n);
        printf("{\"segments\":[");
        for (size_t s = 0; tkc_rendered_segment(r, s, &begin, &end, &goes_on); s++) {
            const tkc_span *last = &span[end - 1];
            const char *from = span[begin].text.ptr;
            if (!goes_on) printf(s ? "\",\"" : "\"");
            print_escaped((tkc_str){from, (size_t)(last->text.ptr + last->text.len - from)});
        }
        puts(n ? "\"]}" : "]}");
    }
    tkc_rendered_free(r);
    tkt_chat_release(&c);
    tkc_json_release(&pool);
    free_lines(&l);
    return 0;
}

/* --- goldens ------------------------------------------------------------------------------ */

typedef struct tally {
    size_t texts, ids, refused, failed, skipped;
} tally;

typedef struct bench {
    const lines *conversations;
    const tkc_json *pool;
    tkc_vocab_options *open;
    tkc_rendered *r;
    uint32_t *ids;
    size_t cap;
} bench;

static void show(const char *name, size_t i, const char *what, tally *sum)
{
    if (sum->failed++ < MAX_SHOWN) printf("  %s: conversation %zu: %s\n", name, i, what);
}

static void check_one(bench *b, const tkc_template *t, tkc_encoder *e, tkc_str want, size_t i,
                      tally *sum)
{
    tkt_chat c;
    tkc_error err;
    char hex[24];
    size_t n = 0;
    tkt_chat_init(&c);
    tkt_chat_read(&c, b->conversations->at[i + 1], b->pool);
    tkc_status st = tkc_template_render(t, &c.chat, &c.opt, b->r, &err);
    if (want.len == 7 && memcmp(want.ptr, "refused", 7) == 0) {
        if (st != TKC_E_UNSUPPORTED) show(t->name, i, "expected a refusal", sum);
        sum->refused++;
    } else if (st) {
        show(t->name, i, err.message, sum);
    } else {
        snprintf(hex, sizeof hex, "%06" PRIx32, (uint32_t)(tkt_hash_rendered(b->r) & 0xffffff));
        if (want.len < 7 || memcmp(want.ptr, hex, 6) != 0) show(t->name, i, "text differs", sum);
        sum->texts++;
        if (e && want.ptr[6] != '-') {
            while ((st = tkc_rendered_encode(b->r, e, b->ids, b->cap, &n, &err)) == TKC_E_SPACE) {
                b->cap = n * 2;
                b->ids = realloc(b->ids, b->cap * sizeof *b->ids);
                tkt_need(b->ids != NULL, "out of memory");
            }
            snprintf(hex, sizeof hex, "%06" PRIx32, (uint32_t)(tkt_hash_ids(b->ids, n) & 0xffffff));
            if (st || want.len != 12 || memcmp(want.ptr + 6, hex, 6) != 0)
                show(t->name, i, st ? err.message : "ids differ", sum);
            sum->ids++;
        }
    }
    tkt_chat_release(&c);
}

static void check_file(bench *b, const char *dir, const char *name, tally *sum)
{
    char path[4096];
    const tkc_template *t = tkc_template_find(name);
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_error err;
    tally one = {0};
    snprintf(path, sizeof path, "%s/%s.txt", dir, name);
    FILE *f = fopen(path, "rb");
    tkt_need(f != NULL, path);
    lines l = read_lines(f);
    fclose(f);
    if (!t || strcmp(t->name, name) != 0) {
        show(name, 0, "no such template", &one);
    } else {
        size_t i = 0;
        if (tkc_vocab_open_encoding(&v, t->encoding, b->open, &err) == TKC_OK) {
            if (tkc_encoder_new(&e, v, NULL, &err)) show(name, 0, err.message, &one);
        } else if (tkt_must_be_there(t->encoding)) {
            show(name, 0, err.message, &one);
        } else {
            one.skipped = 1;
        }
        for (size_t k = 0; k < l.n; k++)
            if (l.at[k].len && l.at[k].ptr[0] != '#') check_one(b, t, e, l.at[k], i++, &one);
        if (i + 1 != b->conversations->n) show(name, i, "another number of conversations", &one);
    }
    printf("  %s  %-20s %zu texts, %zu ids, %zu refused by the owner's too%s\n",
           one.failed ? "FAIL" : "ok  ", name, one.texts, one.ids, one.refused,
           one.skipped ? ", vocabulary not here" : "");
    sum->texts += one.texts;
    sum->ids += one.ids;
    sum->refused += one.refused;
    sum->failed += one.failed;
    sum->skipped += one.skipped;
    tkc_encoder_free(e);
    tkc_vocab_close(v);
    free_lines(&l);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int check(const char *dir, tkc_vocab_options *open, char **only, size_t n_only)
{
    char path[4096], *name[256];
    size_t n = 0;
    tkc_error err;
    tkc_json pool;
    tally sum = {0};
    bench b = {.open = open, .pool = &pool};
    snprintf(path, sizeof path, "%s/conversations.jsonl", dir);
    FILE *f = fopen(path, "rb");
    tkt_need(f != NULL, path);
    lines conversations = read_lines(f);
    fclose(f);
    b.conversations = &conversations;
    pool_of(&conversations, &pool);
    tkt_need(tkc_rendered_new(&b.r, NULL, &err) == TKC_OK, "out of memory");
    DIR *d = opendir(dir);
    tkt_need(d != NULL, dir);
    for (const struct dirent *e; (e = readdir(d)) && n < 256;) {
        const size_t len = strlen(e->d_name);
        bool wanted = n_only == 0;
        if (len < 5 || strcmp(e->d_name + len - 4, ".txt") != 0) continue;
        name[n] = calloc(1, len);
        tkt_need(name[n] != NULL, "out of memory");
        memcpy(name[n], e->d_name, len - 4);
        for (size_t k = 0; k < n_only; k++) wanted = wanted || strcmp(only[k], name[n]) == 0;
        if (wanted)
            n++;
        else
            free(name[n]);
    }
    closedir(d);
    qsort(name, n, sizeof *name, by_name);
    for (size_t i = 0; i < n; i++) {
        check_file(&b, dir, name[i], &sum);
        free(name[i]);
    }
    printf("%zu templates: %zu texts and %zu id lists equal the owners', %zu refused by both, %zu "
           "differences, %zu vocabularies not here\n",
           n, sum.texts, sum.ids, sum.refused, sum.failed, sum.skipped);
    tkc_rendered_free(b.r);
    tkc_json_release(&pool);
    free_lines(&conversations);
    free(b.ids);
    return sum.failed || sum.texts == 0;
}

int main(int argc, char **argv)
{
    tkc_vocab_options open = {.struct_size = sizeof open};
    const char *dir = NULL, *name = NULL;
    char *only[MAX_ONLY];
    size_t n_only = 0;
    for (int i = 1; i < argc; i++) {
        if (tkt_take_folder(&open, argc, argv, &i)) continue;
        if (strcmp(argv[i], "--check") == 0 && i + 1 < argc)
            dir = argv[++i];
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc && n_only < MAX_ONLY)
            only[n_only++] = argv[++i];
        else
            name = argv[i];
    }
    if (dir) return check(dir, &open, only, n_only);
    if (name) return serve(name);
    fprintf(stderr, "usage: template_driver TEMPLATE | --check DIR [--only NAME]...\n");
    return 2;
}
