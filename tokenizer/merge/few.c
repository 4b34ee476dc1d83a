/* few.c - which twins there are, the portable one, and names. */
#include "tokenizer/merge/few.h"

static inline uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Four chains, because each step waits for its last. */
static inline uint32_t least_of(const uint32_t *key, size_t n)
{
    uint32_t a = key[0], b = key[1], c = key[2], d = key[3];
    for (size_t i = 4; i < n; i += 4) {
        a = least(a, key[i]);
        b = least(b, key[i + 1]);
        c = least(c, key[i + 2]);
        d = least(d, key[i + 3]);
    }
    return least(least(a, b), least(c, d));
}

#define LEAST least_of
#define ABREAST tkc_abreast_portable
#include "tokenizer/merge/few_body.h"

void tkc_pair_memo_name(tkc_pair_memo *m, const tkc_vocab *v)
{
    enum { MARK = sizeof TKC_WORD_MARK - 1, N_ASCII = 128 };
    m->names = TKC_MEMO_NAMES - 1;
    for (int c = 0; c < N_ASCII; c++) {
        const char p = (char)c;
        const bool is_mark = c == ' ' && !(v->model.flags & TKC_MODEL_BYTE_LEVEL);
        const uint32_t id = is_mark ? tkc_token_find(v, TKC_WORD_MARK, MARK) : tkc_token_find(v, &p, 1);
        if (id != TKC_NO_ID) m->not_id[id & m->names] = ~id;
    }
}

tkc_abreast_fn tkc_abreast_for(tkc_isa isa)
{
#if defined(__x86_64__)
    if (isa >= TKC_ISA_AVX2) return tkc_abreast_avx2;
#endif
    (void)isa;
    return tkc_abreast_portable;
}
