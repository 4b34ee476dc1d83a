/*
 * normalize_driver.c - the normalizer and the class table behind a pipe, for the scripts
 * tools/dev/oracles/diff_normalize.py and check_unicode.py.
 *
 *   normalize_driver classes       writes tkc_unicode_class() of 0 .. 10FFFF, 16 bits each
 *   normalize_driver lossy         per string: u32 valid prefix, u32 length, lossy form
 *   normalize_driver run           reads rows, then strings; answers each string
 *
 * run: u32 number of rows; per row u32 kind, flags, arg, then a and b as strings. A string is a
 * u32 length and its bytes; all numbers little-endian. The answer to a string is u32 status,
 * then the text or the error message as a string. Each string is run with and without the
 * offset map; what the two disagree on, or a map that falls or leaves the text, is status 99.
 */
#include "tokenizer/normalize/normalize.h"
#include "tokenizer/unicode_class.h"
#include "vocab/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BROKEN = 99 };

static bool get_u32(uint32_t *v)
{
    unsigned char b[4];
    if (fread(b, 1, 4, stdin) != 4) return false;
    *v = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    return true;
}

static void put_u32(uint32_t v)
{
    for (int i = 0; i < 4; i++) putchar((int)(v >> (8 * i) & 255));
}

static void die(const char *what)
{
    fprintf(stderr, "normalize_driver: %s\n", what);
    exit(2);
}

/* The caller frees. An exact size, so that a read behind the end is seen by the sanitizer. */
static bool get_string(tkc_str *s)
{
    uint32_t len;
    char *p;
    if (!get_u32(&len)) return false;
    p = malloc(len ? len : 1);
    if (!p) die("out of memory");
    if (len && fread(p, 1, len, stdin) != len) die("input ends inside a string");
    *s = (tkc_str){p, len};
    return true;
}

static void put_string(tkc_str s)
{
    put_u32((uint32_t)s.len);
    if (s.len) fwrite(s.ptr, 1, s.len, stdout);
}

static int classes(void)
{
    for (uint32_t c = 0; c < 0x110000; c++) {
        const unsigned v = tkc_unicode_class(c);
        putchar((int)(v & 255));
        putchar((int)(v >> 8));
    }
    return 0;
}

static int lossy(void)
{
    tkc_buf out, map;
    tkc_str s;
    tkc_error err;
    tkc_buf_init(&out, (size_t)1 << 30, NULL);
    tkc_buf_init(&map, (size_t)1 << 33, NULL);
    while (get_string(&s)) {
        tkc_buf_clear(&out);
        tkc_buf_clear(&map);
        if (tkc_utf8_lossy(s, &out, &map, &err)) die(err.message);
        if (map.len != (out.len + 1) * sizeof(size_t)) die("map of another length");
        put_u32((uint32_t)tkc_utf8_valid(s.ptr, s.len));
        put_string(tkc_buf_str(&out));
        free((void *)(uintptr_t)s.ptr);
    }
    tkc_buf_release(&out);
    tkc_buf_release(&map);
    return 0;
}

static const char *check_map(const tkc_text *t, size_t len, size_t base)
{
    for (size_t i = 0; i <= t->len; i++) {
        const size_t at = tkc_text_source(t, i);
        if (at < base || at > base + len) return "map leaves the text";
        if (i && at < tkc_text_source(t, i - 1)) return "map falls";
    }
    return NULL;
}

static void answer(tkc_normalizer *n, tkc_str s)
{
    const size_t base = 1000;
    const tkc_text in = {s.ptr, s.len, NULL, base};
    tkc_text out;
    tkc_error err;
    const char *wrong = NULL;
    char *first;
    size_t len;
    tkc_status st = tkc_normalizer_run(n, in, false, &out, &err);
    if (st) {
        put_u32(st);
        put_string((tkc_str){err.message, strlen(err.message)});
        return;
    }
    len = out.len;
    first = malloc(len ? len : 1);
    if (!first) die("out of memory");
    memcpy(first, out.ptr, len);
    if (tkc_normalizer_run(n, in, true, &out, &err))
        wrong = "fails with the map only";
    else if (out.len != len || memcmp(out.ptr, first, len))
        wrong = "another text with the map";
    else
        wrong = check_map(&out, s.len, base);
    if (!wrong && tkc_utf8_valid(first, len) != len) wrong = "not UTF-8";
    put_u32(wrong ? BROKEN : TKC_OK);
    put_string(wrong ? (tkc_str){wrong, strlen(wrong)} : (tkc_str){first, len});
    free(first);
}

static int run(void)
{
    uint32_t n_op;
    tkc_op *op;
    tkc_normalizer *n;
    tkc_error err;
    tkc_str s;
    if (!get_u32(&n_op) || n_op > 64) die("no rows");
    op = calloc(n_op + 1, sizeof *op);
    if (!op) die("out of memory");
    for (uint32_t i = 0; i < n_op; i++)
        if (!get_u32(&op[i].kind) || !get_u32(&op[i].flags) || !get_u32(&op[i].arg) ||
            !get_string(&op[i].a) || !get_string(&op[i].b))
            die("input ends inside a row");
    if (tkc_normalizer_new(&n, op, n_op, NULL, &err)) die(err.message);
    while (get_string(&s)) {
        answer(n, s);
        free((void *)(uintptr_t)s.ptr);
    }
    tkc_normalizer_free(n);
    for (uint32_t i = 0; i < n_op; i++) {
        free((void *)(uintptr_t)op[i].a.ptr);
        free((void *)(uintptr_t)op[i].b.ptr);
    }
    free(op);
    return 0;
}

int main(int argc, char **argv)
{
    const char *mode = argc == 2 ? argv[1] : "";
    if (!strcmp(mode, "classes")) return classes();
    if (!strcmp(mode, "lossy")) return lossy();
    if (!strcmp(mode, "run")) return run();
    die("usage: normalize_driver classes|lossy|run");
    return 2;
}
