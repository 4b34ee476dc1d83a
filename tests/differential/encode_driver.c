/*
 * encode_driver.c - our encoder behind a pipe, for the programs that compare it with others.
 *
 *   encode_driver [--data DIR] [--user DIR] [--cache DIR] [--recipe NAME | --pattern REGEX]
 *                 ENCODING_OR_FILE
 *
 * Request:  u32 flags (TKC_ENCODE_*), u32 n, u32 length[n], the bytes of n texts.
 * Response: u32 n_ids[n], then the ids of all texts, u32 each. n_ids is 0xffffffff where
 *           tkc_encode() failed (message on stderr) and 0xfffffffe where tkc_count() gives
 *           another number than it.
 * All numbers little-endian. A request is read whole before its response is written, so a
 * caller that does the same never blocks. End of input ends the program. A name that holds
 * a '/' or a '.' is a file. Exit 3: the data of the encoding is not here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/open_options.h"
#include "tokenizer/tokenizer.h"

enum { MAX_TEXTS = 1 << 22, MAX_BYTES = 1 << 30 };

typedef struct ids_buf {
    uint32_t *at;
    size_t n, cap;
} ids_buf;

static int fail(const char *where, const char *what)
{
    fprintf(stderr, "encode_driver: %s: %s\n", where, what);
    return 2;
}

static bool read_all(void *to, size_t n) { return n == 0 || fread(to, 1, n, stdin) == n; }

/* Ids of one text behind those there are; the number for the response. */
static uint32_t encode_one(tkc_encoder *e, tkc_str text, unsigned flags, ids_buf *b)
{
    tkc_error err;
    size_t n = 0, count = 0;
    tkc_status s;
    while ((s = tkc_encode(e, text, flags, b->at + b->n, b->cap - b->n, &n, &err)) == TKC_E_SPACE) {
        size_t cap = (b->n + n) * 2;
        uint32_t *at = realloc(b->at, cap * sizeof *at);
        if (!at) return UINT32_MAX;
        b->at = at;
        b->cap = cap;
    }
    if (s != TKC_OK) {
        fprintf(stderr, "encode_driver: %s\n", err.message);
        return UINT32_MAX;
    }
    if (tkc_count(e, text, flags, &count, &err) != TKC_OK || count != n) return UINT32_MAX - 1;
    b->n += n;
    return (uint32_t)n;
}

static int serve(tkc_encoder *e)
{
    ids_buf ids = {malloc(4096 * sizeof(uint32_t)), 0, 4096};
    uint32_t head[2], *len = NULL, *n_ids = NULL;
    char *bytes = NULL;
    int code = ids.at ? 0 : fail("ids", "out of memory");
    while (code == 0 && read_all(head, sizeof head)) {
        size_t n = head[1], total = 0, at = 0;
        if (n > MAX_TEXTS) {
            code = fail("request", "too many texts");
            break;
        }
        free(len);
        free(n_ids);
        free(bytes);
        bytes = NULL;
        len = malloc((n + 1) * sizeof *len);
        n_ids = malloc((n + 1) * sizeof *n_ids);
        bool ok = len && n_ids && read_all(len, n * sizeof *len);
        for (size_t i = 0; ok && i < n; i++) total += len[i];
        ok = ok && total <= MAX_BYTES && (bytes = malloc(total + 1)) && read_all(bytes, total);
        if (!ok) {
            code = fail("request", "cut short or too large");
            break;
        }
        ids.n = 0;
        for (size_t i = 0; i < n; i++) {
            n_ids[i] = encode_one(e, (tkc_str){bytes + at, len[i]}, head[0], &ids);
            at += len[i];
        }
        if (fwrite(n_ids, sizeof *n_ids, n, stdout) != n ||
            fwrite(ids.at, sizeof *ids.at, ids.n, stdout) != ids.n || fflush(stdout) != 0)
            code = fail("response", "write failed");
    }
    free(ids.at);
    free(len);
    free(n_ids);
    free(bytes);
    return code;
}

int main(int argc, char **argv)
{
    tkc_vocab_options opt = {.struct_size = sizeof opt};
    const char *name = NULL;
    for (int i = 1; i < argc; i++) {
        if (tkt_take_folder(&opt, argc, argv, &i)) continue;
        if (strcmp(argv[i], "--recipe") == 0 && i + 1 < argc) {
            opt.recipe = argv[++i];
        } else if (strcmp(argv[i], "--pattern") == 0 && i + 1 < argc) {
            opt.pattern = argv[++i];
        } else if (!name && argv[i][0] != '-') {
            name = argv[i];
        } else {
            return fail(argv[i], "unknown option");
        }
    }
    if (!name) return fail("arguments", "expected an encoding or a vocabulary file");
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_error err;
    tkc_status s = strpbrk(name, "/.") ? tkc_vocab_open(&v, name, &opt, &err)
                                       : tkc_vocab_open_encoding(&v, name, &opt, &err);
    if (s != TKC_OK) {
        fail(name, err.message);
        return s == TKC_E_NOTFOUND ? 3 : 2;
    }
    int code = tkc_encoder_new(&e, v, NULL, &err) == TKC_OK ? serve(e) : fail(name, err.message);
    tkc_encoder_free(e);
    tkc_vocab_close(v);
    return code;
}
