/*
 * fuzz_packed.c - any bytes as a packed vocabulary.
 *
 * The first byte chooses: the bytes as they are, or as the payload of a well-formed file, so
 * that the payload's own checks are reached through checksum and compression.
 */
#include "tests/fuzz/fuzz_support.h"

#include "vocab/packed.h"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

static void put_le(char *p, uint64_t v)
{
    for (int i = 0; i < 8; i++) p[i] = (char)(v >> (8 * i));
}

static size_t pack(char **out, const uint8_t *payload, size_t size)
{
    const size_t cap = TKC_PACKED_HEADER + ZSTD_compressBound(size);
    size_t n;
    *out = malloc(cap);
    NEED(*out);
    n = ZSTD_compress(*out + TKC_PACKED_HEADER, cap - TKC_PACKED_HEADER, payload, size, 1);
    NEED(!ZSTD_isError(n));
    memcpy(*out, TKC_PACKED_MAGIC, 8);
    put_le(*out + 16, size);
    put_le(*out + 8, XXH3_64bits(*out + TKC_PACKED_HEADER, n));
    return TKC_PACKED_HEADER + n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tkc_vocab_options opt = {.struct_size = sizeof opt, .format = TKC_VOCAB_PACKED};
    tkc_vocab *v = NULL;
    tkc_error err = {.offset = SIZE_MAX};
    tkc_status st;
    char *file = NULL;
    size_t len;
    if (size == 0) return 0;
    if (data[0] & 1) {
        len = pack(&file, data + 1, size - 1);
    } else {
        len = size - 1;
        file = malloc(size);
        NEED(file);
        memcpy(file, data + 1, len);
    }
    st = tkc_vocab_open_memory(&v, (tkc_str){file, len}, &opt, &err);
    if (st) {
        NEED(err.code == st && err.message[0]);
    } else {
        static const char text[] = "abc bc <|end|> w\xc3\xb6rld\n12 \xe4\xbd\xa0\xff aab";
        use_vocab(v, (tkc_str){text, sizeof text - 1});
    }
    tkc_vocab_close(v);
    free(file);
    return 0;
}
