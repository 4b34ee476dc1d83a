/*
 * fuzz_tiktoken.c - any bytes as a .tiktoken rank file: read, compiled, opened, used.
 *
 * Such a file is only accepted whole (all 256 bytes have a rank), which random changes rarely
 * keep; so the first byte chooses whether the ranks of the 256 bytes are put in front.
 */
#include "tests/fuzz/fuzz_support.h"

#include "vocab/base/base64.h"

enum { BASE_MAX = 4096 };

static size_t byte_ranks(char *out)
{
    size_t n = 0;
    tkc_buf b;
    tkc_buf_init(&b, 16, NULL);
    for (unsigned i = 0; i < 256; i++) {
        const char c = (char)i;
        tkc_buf_clear(&b);
        NEED(tkc_base64_encode((tkc_str){&c, 1}, &b, NULL) == TKC_OK && b.len == 4);
        n += (size_t)snprintf(out + n, BASE_MAX - n, "%.4s %u\n", b.ptr, i);
    }
    tkc_buf_release(&b);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const pattern[] = {"\\s+|\\S+", NULL};
    static const char *const recipe[] = {NULL, "cl100k_base", "llama3", "o200k_base"};
    static char base[BASE_MAX];
    static size_t n_base;
    static const char text[] = "Hello  w\xc3\xb6rld! <|endoftext|>\n12 \xe4\xbd\xa0\xff";
    const char *how;
    char *file;
    size_t len;
    if (size == 0) return 0;
    if (!n_base) n_base = byte_ranks(base);
    how = recipe[data[0] >> 1 & 3];
    len = size - 1 + (data[0] & 1 ? n_base : 0);
    file = malloc(len ? len : 1);
    NEED(file);
    if (data[0] & 1) memcpy(file, base, n_base);
    memcpy(file + len - (size - 1), data + 1, size - 1);
    (void)fuzz_source(TKC_VOCAB_TIKTOKEN, how, how ? NULL : pattern[data[0] >> 3 & 1], (tkc_str){file, len},
                      (tkc_str){text, sizeof text - 1});
    free(file);
    return 0;
}
