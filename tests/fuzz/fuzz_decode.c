/*
 * fuzz_decode.c - any ids through the decoder of one of several vocabularies.
 *
 * First byte: vocabulary; second: flags; then ids of three bytes. The needed length must not
 * depend on the room given, and what fits must be the same bytes.
 */
#include "tests/fuzz/fuzz_vocabs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MAX = 512 };
    static uint32_t ids[MAX];
    static char whole[1 << 18], part[64];
    tkc_error err = {.offset = SIZE_MAX};
    const fuzz_vocab *fv;
    size_t n = 0, len = 0, again = 0, bad = MAX;
    unsigned flags;
    tkc_status st;
    if (size < 2) return 0;
    fv = fuzz_vocab_at(data[0]);
    flags = data[1] & TKC_DECODE_SKIP_CONTROL;
    for (size_t i = 2; i + 2 < size && n < MAX; i += 3, n++) {
        ids[n] = data[i] | (uint32_t)data[i + 1] << 8 | (uint32_t)data[i + 2] << 16;
        if (data[1] & 2) ids[n] %= (uint32_t)tkc_vocab_size(fv->v);
        if (bad == MAX && !tkc_vocab_token(fv->v, ids[n]).ptr) bad = n;
    }
    st = tkc_decode(fv->v, ids, n, flags, whole, sizeof whole, &len, &err);
    if (st == TKC_E_ARG) {
        NEED(bad < n && err.offset == bad && err.message[0]);
        return 0;
    }
    NEED(st == TKC_OK || st == TKC_E_SPACE);
    NEED(bad == MAX);
    NEED((st == TKC_E_SPACE) == (len > sizeof whole));
    st = tkc_decode(fv->v, ids, n, flags, part, sizeof part, &again, &err);
    NEED(again == len && (st == TKC_OK) == (len <= sizeof part));
    NEED(memcmp(part, whole, len < sizeof part ? len : sizeof part) == 0);
    return 0;
}
