/*
 * scanner_diff.c - hand-written scanners against PCRE2, on random strings.
 *
 *   scanner_diff [-n STRINGS] [-s SEED]   every row of scanners.def: the scanner's pieces
 *                                         must be those of the same rows run by PCRE2, half
 *                                         of the strings read as tiktoken does, half as HF
 *   scanner_diff --serve                  answers tools/dev/oracles/diff_scanners.py on a pipe
 *
 * Exit 1 on a difference; the string is printed with its bytes escaped.
 */
#include "tests/support/random_text.h"
#include "tokenizer/pretokenize/rows.h"
#include "tokenizer/pretokenize/scanners.h"
#include "vocab/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 1 << 12, MAX_PIECES = MAX_TEXT + 1 };

static void die(const char *what, const tkc_error *err)
{
    fprintf(stderr, "scanner_diff: %s%s%s\n", what, err ? ": " : "", err ? err->message : "");
    exit(2);
}

/* --- pieces ---------------------------------------------------------------------------- */

typedef struct pieces {
    size_t end[MAX_PIECES];
    size_t n;
} pieces;

static tkc_status collect(void *ctx, tkc_text piece, tkc_error *err)
{
    pieces *p = ctx;
    (void)err;
    if (p->n < MAX_PIECES) p->end[p->n++] = tkc_text_source(&piece, piece.len);
    return TKC_OK;
}

static void print_text(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c < 0x7f)
            printf("%c", c);
        else
            printf("\\x%02x", c);
    }
}

static void print_pieces(const char *label, const char *text, const pieces *p)
{
    printf("  %-8s", label);
    for (size_t i = 0, from = 0; i < p->n; i++) {
        printf("[");
        print_text(text + from, p->end[i] - from);
        printf("]");
        from = p->end[i];
    }
    printf("\n");
}

static size_t rows_of(const tkc_scanner *s, tkc_op op[TKC_SCANNER_MAX_ROWS])
{
    size_t n = 0;
    for (; n < TKC_SCANNER_MAX_ROWS && s->row[n].kind; n++) {
        op[n] = (tkc_op){.kind = s->row[n].kind, .flags = s->row[n].flags};
        if (s->row[n].pattern)
            op[n].a = (tkc_str){s->row[n].pattern, strlen(s->row[n].pattern)};
    }
    return n;
}

/* Differences of one row of scanners.def. as_hf: the pattern read by HF's rules. */
static size_t diff_row(const tkc_scanner *s, bool as_hf, unsigned long n_texts)
{
    static pieces by_hand, by_pcre2;
    static char text[MAX_TEXT];
    tkc_op op[TKC_SCANNER_MAX_ROWS];
    const size_t n_op = rows_of(s, op);
    size_t bad = 0;
    tkc_pretok *known, *generic;
    tkc_error err;
    if (as_hf)
        for (size_t i = 0; i < n_op; i++) op[i].flags &= ~(unsigned)TKC_OPF_FIND;
    if (tkc_pretok_new(&known, op, n_op, NULL, &err)) die(s->name, &err);
    if (tkc_pretok_scanner(known) != s->scan) die("a row is not found by its own text", NULL);
    if (tkc_pretok_new_engine(&generic, op, n_op, TKC_ENGINE_PCRE2, NULL, &err))
        die(s->name, &err);
    for (unsigned long i = 0; i < n_texts && bad < 3; i++) {
        const tkc_text t = {text, tkt_random_text(text, 24), NULL, 0};
        by_hand.n = by_pcre2.n = 0;
        if (tkc_pretok_run(known, t, collect, &by_hand, &err)) die(s->name, &err);
        if (tkc_pretok_run(generic, t, collect, &by_pcre2, &err)) die(s->name, &err);
        if (by_hand.n == by_pcre2.n &&
            memcmp(by_hand.end, by_pcre2.end, by_hand.n * sizeof by_hand.end[0]) == 0)
            continue;
        bad++;
        printf("%s: ", s->name);
        print_text(text, t.len);
        printf("\n");
        print_pieces("scanner", text, &by_hand);
        print_pieces("pcre2", text, &by_pcre2);
    }
    tkc_pretok_free(known);
    tkc_pretok_free(generic);
    return bad;
}

static int diff_all(unsigned long n_texts)
{
    size_t n, bad = 0;
    const tkc_scanner *s = tkc_scanners(&n);
    for (size_t i = 0; i < n; i++) {
        const unsigned long half = s[i].tiktoken_only ? n_texts : n_texts / 2;
        size_t b = diff_row(&s[i], false, half);
        if (!s[i].tiktoken_only) b += diff_row(&s[i], true, n_texts - half);
        printf("%-20s %lu strings%s, %zu differences\n", s[i].name, n_texts,
               s[i].tiktoken_only ? " (tiktoken only)" : "", b);
        bad += b;
    }
    return bad != 0;
}

/* --- the pipe -------------------------------------------------------------------------- */

static bool read_u32(uint32_t *v)
{
    unsigned char b[4];
    if (fread(b, 1, 4, stdin) != 4) return false;
    *v = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    return true;
}

static void write_u32(uint32_t v)
{
    unsigned char b[4] = {(unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16),
                          (unsigned char)(v >> 24)};
    fwrite(b, 1, 4, stdout);
}

static char *read_blob(uint32_t *len)
{
    char *p;
    if (!read_u32(len)) die("short request", NULL);
    p = malloc(*len + 1u);
    if (!p || fread(p, 1, *len, stdin) != *len) die("short request", NULL);
    return p;
}

typedef struct reply {
    uint32_t *v;
    size_t n, cap;
    tkc_buf text;
} reply;

static tkc_status add_piece(void *ctx, tkc_text piece, tkc_error *err)
{
    reply *r = ctx;
    if (r->n + 3 > r->cap) {
        r->cap = r->cap ? r->cap * 2 : 1024;
        r->v = realloc(r->v, r->cap * sizeof *r->v);
        if (!r->v) die("memory", NULL);
    }
    r->v[r->n++] = (uint32_t)tkc_text_source(&piece, 0);
    r->v[r->n++] = (uint32_t)tkc_text_source(&piece, piece.len);
    r->v[r->n++] = (uint32_t)piece.len;
    return tkc_buf_append(&r->text, piece.ptr, piece.len, err);
}

/* "R": rows -> status and name. "T": one text -> its pieces. */
static int serve(void)
{
    tkc_op op[16] = {{0}};
    tkc_pretok *p = NULL;
    reply r = {0};
    int c;
    tkc_buf_init(&r.text, SIZE_MAX / 2, NULL);
    while ((c = getchar()) != EOF) {
        tkc_error err = {0};
        if (c == 'R') {
            uint32_t engine = 0, n = 0, len;
            tkc_status st;
            const char *answer;
            if (!read_u32(&engine) || !read_u32(&n) || n > 16) die("bad rows", NULL);
            for (uint32_t i = 0; i < n; i++) {
                if (!read_u32(&op[i].kind) || !read_u32(&op[i].flags) || !read_u32(&op[i].arg))
                    die("short request", NULL);
                op[i].a.ptr = read_blob(&len); /* lives as long as the program */
                op[i].a.len = len;
            }
            tkc_pretok_free(p);
            p = NULL;
            st = tkc_pretok_new_engine(&p, op, n, (tkc_row_engine)engine, NULL, &err);
            answer = st ? err.message : tkc_pretok_name(p);
            write_u32(st);
            write_u32((uint32_t)strlen(answer));
            fwrite(answer, 1, strlen(answer), stdout);
        } else if (c == 'T' && p) {
            uint32_t len;
            char *text = read_blob(&len);
            const tkc_text t = {text, len, NULL, 0};
            r.n = 0;
            tkc_buf_clear(&r.text);
            if (tkc_pretok_run(p, t, add_piece, &r, &err)) die("run", &err);
            write_u32((uint32_t)(r.n / 3));
            for (size_t i = 0; i < r.n; i++) write_u32(r.v[i]);
            fwrite(r.text.ptr, 1, r.text.len, stdout);
            free(text);
        } else {
            die("bad request", NULL);
        }
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    unsigned long n_texts = 50000;
    tkt_seed(0);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--serve") == 0) return serve();
        if (i + 1 < argc && strcmp(argv[i], "-n") == 0) {
            n_texts = strtoul(argv[++i], NULL, 10);
        } else if (i + 1 < argc && strcmp(argv[i], "-s") == 0) {
            tkt_seed(strtoull(argv[++i], NULL, 10));
        } else {
            die("usage: scanner_diff [-n STRINGS] [-s SEED] | --serve", NULL);
        }
    }
    return diff_all(n_texts);
}
