/* fuzz_claude.c - first byte even: the rest is text, counted and tiled, and both must agree;
 * odd: the rest is a piece list (its checksum and lengths are put right first). Reads the
 * packed list from the top folder once. */
#include "tokenizer/claude/claude.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned generation[3] = {TKC_CLAUDE_V3, TKC_CLAUDE_V4_7, TKC_CLAUDE_V5};

static int add(void *ctx, tkc_str piece)
{
    char text[2600];
    *(size_t *)ctx += 1;
    if (tkc_claude_render(piece, text, sizeof text) > sizeof text) abort();
    return piece.len == 0;
}

static void agree(const tkc_claude *c, tkc_claude_scratch *s, tkc_str text)
{
    size_t n = 0, again = 0, pieces = 0;
    if (tkc_claude_count(c, s, text, &n, NULL) || tkc_claude_count(c, s, text, &again, NULL) ||
        tkc_claude_pieces(c, s, text, add, &pieces, NULL))
        abort();
    if (n != again || n != pieces) abort();
}

static tkc_claude *open_real(unsigned g)
{
    static char bytes[1 << 20];
    tkc_claude *c = NULL;
    FILE *f = fopen("vocab/data/claude_v3plus.tkc", "rb");
    size_t n = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (f) fclose(f);
    if (tkc_claude_open(&c, (tkc_str){bytes, n}, g, NULL, NULL)) abort();
    return c;
}

static void put_le(uint8_t *at, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++) at[i] = (uint8_t)(v >> (8 * i));
}

static void fuzz_list(const uint8_t *data, size_t size, tkc_claude_scratch *s)
{
    uint64_t h = 0xcbf29ce484222325u;
    tkc_claude *c = NULL;
    tkc_error err = {0};
    uint8_t *file = malloc(40 + size);
    tkc_status st;
    if (!file) return;
    /* data: u16 pieces, u16 unpacked bytes, then the zstd frame */
    memcpy(file, "TKCLAUD\n", 8);
    put_le(file + 8, 1, 4);
    put_le(file + 12, (uint64_t)(data[0] | data[1] << 8), 4);
    put_le(file + 16, (uint64_t)(data[2] | data[3] << 8), 8);
    put_le(file + 24, size - 4, 8);
    memcpy(file + 40, data + 4, size - 4);
    for (size_t i = 0; i < 36 + size; i++)
        if (i < 32 || i >= 40) h = (h ^ file[i]) * 0x100000001b3u;
    put_le(file + 32, h, 8);
    st = tkc_claude_open(&c, (tkc_str){(char *)file, 36 + size}, TKC_CLAUDE_V3, NULL, &err);
    if (st && (c || err.code != st || !err.message[0])) abort();
    if (!st) agree(c, s, (tkc_str){(const char *)data, size});
    tkc_claude_close(c);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static tkc_claude *c[3];
    static tkc_claude_scratch *s;
    if (!TKC_CLAUDE) return 0;
    if (!s && tkc_claude_scratch_new(&s, NULL, NULL)) abort();
    if (size == 0) return 0;
    if (data[0] & 1) {
        if (size > 5) fuzz_list(data + 1, size - 1, s);
        return 0;
    }
    for (int g = 0; g < 3; g++) {
        if (!c[g]) c[g] = open_real(generation[g]);
        agree(c[g], s, (tkc_str){(const char *)data + 1, size - 1});
    }
    return 0;
}
