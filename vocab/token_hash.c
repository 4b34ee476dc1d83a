/* token_hash.c - bytes to id. XXH3, seeded per vocabulary, linear probing at load <= 1/2. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "vocab/vocab_tables.h"

#include <string.h>

uint64_t tkc_token_hash(const tkc_vocab *v, const char *ptr, size_t len)
{
    return XXH3_64bits_withSeed(ptr, len, v->hash_seed);
}

/* If it is in that filter. */
static inline uint32_t find(const tkc_vocab *v, const tkc_filter *in, const char *ptr, size_t len)
{
    uint64_t hash;
    uint32_t i;
    if (len == 0 || len > v->model.longest_token) return TKC_NO_ID;
    hash = tkc_token_hash(v, ptr, len);
    if (!tkc_filter_has(in, hash)) return TKC_NO_ID;
    i = (uint32_t)hash & v->token_hash_mask;
    for (;;) {
        uint32_t slot = v->token_hash[i];
        if (slot == 0) return TKC_NO_ID;
        slot--;
        if (v->token_offset[slot + 1] - v->token_offset[slot] == len &&
            memcmp(v->token_bytes + v->token_offset[slot], ptr, len) == 0)
            return slot;
        i = (i + 1) & v->token_hash_mask;
    }
}

uint32_t tkc_token_find(const tkc_vocab *v, const char *ptr, size_t len)
{
    return find(v, &v->token_filter, ptr, len);
}

uint32_t tkc_token_find_odd(const tkc_vocab *v, const char *ptr, size_t len)
{
    return v->odd.word ? find(v, &v->odd, ptr, len) : TKC_NO_ID;
}

bool tkc_token_merges(const tkc_vocab *v, uint32_t id)
{
    uint32_t low = 0, high = v->n_unreachable;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (v->unreachable[middle] == id) return false;
        if (v->unreachable[middle] < id) low = middle + 1;
        else high = middle;
    }
    return true;
}
