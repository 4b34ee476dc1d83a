/* unreachable.c - every token through a plain merger, to see whether it finds itself. */
#include "vocab/compile/tables.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

enum { NAIVE_MAX = 1024 };

/* The ids of a token's own bytes by the plainest merger: scan all pairs, take the best.
 * Returns how many are left; 0 when a symbol has no id or the token is too long to try. */
static size_t naive_merge(const tkc_tables *t, uint32_t id, uint32_t *sym)
{
    const tkc_model *m = &t->b->model;
    const char *p = t->bytes + t->offset[id];
    size_t len = t->offset[id + 1] - t->offset[id], n = 0;
    for (size_t at = 0; at < len;) {
        unsigned k = m->flags & TKC_MODEL_BYTE_LEVEL ? 1 : tkc_utf8_len((unsigned char)p[at]);
        if (k > len - at || n == NAIVE_MAX) return 0;
        sym[n] = tkc_token_find(&t->v, p + at, k);
        if (sym[n++] == TKC_NO_ID) return 0;
        at += k;
    }
    while (n > 1) {
        uint32_t best = TKC_NO_ID, best_prio = 0;
        size_t where = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            uint32_t k = tkc_pair_find(&t->v, sym[i], sym[i + 1]);
            if (k != TKC_NO_ID && (best == TKC_NO_ID || tkc_merge_prio(&t->v, k) < best_prio)) {
                best = k;
                best_prio = tkc_merge_prio(&t->v, k);
                where = i;
            }
        }
        if (best == TKC_NO_ID) break;
        sym[where] = tkc_merge_result(&t->v, best);
        memmove(sym + where + 1, sym + where + 2, (n - where - 2) * sizeof *sym);
        n--;
    }
    return n;
}

tkc_status tkc_tables_unreachable(tkc_tables *t, tkc_error *err)
{
    const tkc_model *m = &t->b->model;
    uint32_t sym[NAIVE_MAX];
    if (m->kind == TKC_MODEL_UNIGRAM || m->kind == TKC_MODEL_WORDPIECE || m->word_suffix[0] ||
        m->subword_prefix[0])
        return TKC_OK;
    for (uint32_t id = 0; id < t->b->n_token; id++) {
        size_t n;
        if (!t->in_model[id]) continue;
        n = naive_merge(t, id, sym);
        if (n == 1 && sym[0] == id) continue;
        if (!tkc_grow(t->alloc, &t->unreachable, &t->cap_unreachable, t->n_unreachable + 1,
                      TKC_MAX_TOKENS, sizeof *t->unreachable))
            return tkc_nomem(err);
        t->unreachable[t->n_unreachable++] = id;
    }
    t->v.unreachable = t->unreachable;
    t->v.n_unreachable = (uint32_t)t->n_unreachable;
    return TKC_OK;
}
