/*
 * claude_pipe.c - the Claude counter behind a pipe, for claude_diff.py.
 *
 * Argument: the packed piece list. Each request on stdin is one byte generation (3, 47, 5),
 * one byte 'c' (count) or 'p' (pieces), u32 length and the text; each answer is a u32 count,
 * for 'p' followed by that many u32 lengths and rendered pieces. A request answers the count
 * twice over with one scratch, so that a wrong memo shows as a difference.
 */
#include "tokenizer/claude/claude.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct pieces {
    char *bytes;
    size_t len, cap;
    uint32_t n;
} pieces;

static void put(pieces *p, const void *bytes, size_t n)
{
    if (n > p->cap - p->len) {
        p->cap = (p->cap + n) * 2;
        p->bytes = realloc(p->bytes, p->cap);
        if (!p->bytes) exit(3);
    }
    memcpy(p->bytes + p->len, bytes, n);
    p->len += n;
}

static int on_piece(void *ctx, tkc_str piece)
{
    pieces *p = ctx;
    char text[2600];
    uint32_t n = (uint32_t)tkc_claude_render(piece, text, sizeof text);
    if (n > sizeof text) exit(3);
    put(p, &n, sizeof n);
    put(p, text, n);
    p->n++;
    return 0;
}

static char *slurp(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *data = malloc(1 << 20);
    if (!f || !data) exit(2);
    *len = fread(data, 1, 1 << 20, f);
    fclose(f);
    return data;
}

int main(int argc, char **argv)
{
    static const unsigned generation[] = {TKC_CLAUDE_V3, TKC_CLAUDE_V4_7, TKC_CLAUDE_V5};
    tkc_claude *c[3];
    tkc_claude_scratch *s[3];
    tkc_error err;
    size_t len;
    char *data, *text = NULL;
    unsigned char head[6];
    pieces out = {0};

    if (argc != 2) return 2;
    data = slurp(argv[1], &len);
    for (int i = 0; i < 3; i++)
        if (tkc_claude_open(&c[i], (tkc_str){data, len}, generation[i], NULL, &err) ||
            tkc_claude_scratch_new(&s[i], NULL, &err)) {
            fprintf(stderr, "%s\n", err.message);
            return 2;
        }
    free(data);
    while (fread(head, 1, 6, stdin) == 6) {
        uint32_t n, answer;
        int g = head[0] == 3 ? 0 : head[0] == 47 ? 1 : 2;
        size_t count, again;
        memcpy(&n, head + 2, 4);
        text = realloc(text, (size_t)n + 1);
        if (!text || fread(text, 1, n, stdin) != n) return 2;
        if (tkc_claude_count(c[g], s[g], (tkc_str){text, n}, &count, &err) ||
            tkc_claude_count(c[g], s[g], (tkc_str){text, n}, &again, &err)) {
            fprintf(stderr, "%s\n", err.message);
            return 2;
        }
        if (again != count) count = UINT32_MAX;
        answer = (uint32_t)count;
        out.len = out.n = 0;
        if (head[1] == 'p') {
            if (tkc_claude_pieces(c[g], s[g], (tkc_str){text, n}, on_piece, &out, &err)) return 2;
            if (out.n != answer) {
                fprintf(stderr, "count %u, pieces %u\n", answer, out.n);
                return 3;
            }
        }
        fwrite(&answer, 4, 1, stdout);
        if (head[1] == 'p') fwrite(out.bytes, 1, out.len, stdout);
        fflush(stdout);
    }
    for (int i = 0; i < 3; i++) {
        tkc_claude_scratch_free(s[i]);
        tkc_claude_close(c[i]);
    }
    free(text);
    free(out.bytes);
    return 0;
}
