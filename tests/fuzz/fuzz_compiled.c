/*
 * fuzz_compiled.c - any bytes as a compiled image: refused, or usable without a bad access.
 *
 * Checksums keep random changes out, so the first byte chooses to put right ones in: then
 * every index check has to do its work by itself. What it lets through must encode, decode
 * and verify.
 */
#include "tests/fuzz/fuzz_support.h"

#include "vocab/compiled_format.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

static void put_le(char *p, uint64_t v)
{
    for (int i = 0; i < 8; i++) p[i] = (char)(v >> (8 * i));
}

static uint32_t get_le32(const char *p)
{
    const unsigned char *s = (const unsigned char *)p;
    return s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[2] << 16 | (uint32_t)s[3] << 24;
}

/* Makes the version ours, and the length field and both checksums those of the bytes as they are. */
static void repair(char *p, size_t len)
{
    XXH64_hash_t head;
    XXH128_hash_t whole;
    uint32_t n;
    if (len < TKC_COMPILED_HEADER + TKC_COMPILED_TRAILER) return;
    memcpy(p, TKC_COMPILED_MAGIC, 8);
    p[8] = TKC_COMPILED_VERSION;
    put_le(p + 16, len);
    n = get_le32(p + 12);
    if (n > TKC_COMPILED_MAX_CHUNKS ||
        (size_t)n * TKC_COMPILED_CHUNK_ROW > len - TKC_COMPILED_HEADER - TKC_COMPILED_TRAILER)
        return;
    head = XXH3_64bits(p, 56);
    head = XXH3_64bits_withSeed(p + TKC_COMPILED_HEADER, (size_t)n * TKC_COMPILED_CHUNK_ROW, head);
    put_le(p + 56, head);
    whole = XXH3_128bits(p, len - TKC_COMPILED_TRAILER);
    put_le(p + len - 16, whole.low64);
    put_le(p + len - 8, whole.high64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tkc_vocab_options opt = {.struct_size = sizeof opt, .format = TKC_VOCAB_COMPILED};
    tkc_vocab *v = NULL;
    tkc_error err = {.offset = SIZE_MAX};
    tkc_status st;
    char *image;
    if (size == 0) return 0;
    image = malloc(size); /* aligned, as a mapped file is */
    NEED(image);
    memcpy(image, data + 1, size - 1);
    if (data[0] & 1) repair(image, size - 1);
    st = tkc_vocab_open_memory(&v, (tkc_str){image, size - 1}, &opt, &err);
    if (st) {
        need_refusal(st, &err, size);
    } else {
        static const char text[] = "abc bc <|end|> w\xc3\xb6rld\n12 \xe4\xbd\xa0\xff aab";
        size_t n_unreachable = 0;
        uint32_t id;
        NEED(tkc_vocab_verify(v, &err) == TKC_OK);
        use_tables(v, (tkc_str){text, sizeof text - 1}, true);
        (void)tkc_vocab_unreachable(v, &n_unreachable);
        (void)tkc_vocab_find(v, (tkc_str){"abc", 3}, &id);
        for (uint32_t i = 0; i < tkc_vocab_size(v) && i < 1000; i++) {
            const tkc_str t = tkc_vocab_token(v, i);
            for (size_t k = 0; k < t.len; k++) (void)*(const volatile char *)(t.ptr + k);
            (void)tkc_vocab_is_control(v, i);
        }
    }
    tkc_vocab_close(v);
    free(image);
    return 0;
}
