/*
 * cuts.c - where no token spans a place of a text: pairs of characters that some token holds, or, of
 * byte-level models, bytes around a place inside one. tokenizer/README.md has the argument.
 */
#include "vocab/compile/tables.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

static bool join_put(tkc_tables *t, uint64_t key, size_t mask)
{
    size_t i = tkc_join_hash(key) & mask;
    while (t->join[i] != UINT64_MAX) {
        if (t->join[i] == key) return false;
        i = (i + 1) & mask;
    }
    t->join[i] = key;
    return true;
}

enum { STANDS_FOR_OTHER = 2 }; /* beside the 1 in tkc_tables.in_model */

/* A symbol that stands for another text than its own (unk, <0xHH>) would be cut off by its
 * neighbours' characters; SentencePiece's unused pieces are split by what was proposed
 * anywhere in the text. No published vocabulary merges either. */
static bool cuts_are_safe(const tkc_tables *t)
{
    const tkc_builder *b = t->b;
    for (size_t i = 0; i < b->n_token; i++)
        if (b->token[i].type == TKC_TOKEN_UNUSED) return false;
    if (b->model.kind != TKC_MODEL_BPE_MERGES) return true;
    if (b->model.unk_id == TKC_NO_ID) { /* unknown characters may vanish from between others */
        if (!(b->model.flags & TKC_MODEL_BYTE_FALLBACK)) return false;
        for (int c = 0; c < 256; c++)
            if (t->byte_id[c] == TKC_NO_ID) return false;
    }
    if (b->model.unk_id != TKC_NO_ID) t->in_model[b->model.unk_id] |= STANDS_FOR_OTHER;
    for (int c = 0; c < 256 && b->model.flags & TKC_MODEL_BYTE_FALLBACK; c++)
        if (t->byte_id[c] != TKC_NO_ID) t->in_model[t->byte_id[c]] |= STANDS_FOR_OTHER;
    for (size_t i = 0; i < b->n_merge; i++)
        if ((t->in_model[b->merge[i].left] | t->in_model[b->merge[i].right]) & STANDS_FOR_OTHER)
            return false;
    return true;
}

/* Pairs of neighbouring characters inside tokens: where a text has another pair, no token
 * spans it, so no merge crosses it (tokenizer/README.md has the argument). */
static tkc_status build_join_set(tkc_tables *t, tkc_error *err)
{
    const tkc_model *m = &t->b->model;
    size_t n = 0, cap = 1 << 12;
    if (m->flags & TKC_MODEL_BYTE_LEVEL || m->subword_prefix[0] || m->word_suffix[0]) return TKC_OK;
    if (m->kind != TKC_MODEL_BPE_SCORES && m->kind != TKC_MODEL_BPE_MERGES) return TKC_OK;
    if (!cuts_are_safe(t)) return TKC_OK;
    for (;;) { /* again with more room when half full */
        bool full = false;
        t->join = tkc_alloc(t->alloc, cap, sizeof *t->join);
        if (!t->join) return tkc_nomem(err);
        t->n_join = cap;
        memset(t->join, 0xff, cap * sizeof *t->join);
        n = 0;
        for (uint32_t id = 0; id < t->b->n_token && !full; id++) {
            const unsigned char *p = (const unsigned char *)t->bytes + t->offset[id];
            size_t len = t->offset[id + 1] - t->offset[id], at = 0;
            uint32_t before = UINT32_MAX;
            if (!t->in_model[id] || tkc_utf8_valid((const char *)p, len) != len) continue;
            while (at < len) {
                unsigned k;
                uint32_t cp = tkc_utf8_get(p + at, &k);
                if (before != UINT32_MAX) n += join_put(t, (uint64_t)before << 21 | cp, cap - 1);
                before = cp;
                at += k;
                full = n * 2 >= cap;
                if (full) break;
            }
        }
        if (!full) break;
        tkc_free(t->alloc, t->join, t->n_join, sizeof *t->join);
        t->join = NULL;
        t->n_join = 0;
        cap *= 2;
    }
    t->v.model.flags |= TKC_MODEL_UNIT_CUT;
    return TKC_OK;
}

/* Byte-level merging is a matter of the bytes alone when every byte has its token and every
 * merge joins the bytes of its halves. */
static bool merges_concatenate(const tkc_tables *t)
{
    const tkc_builder *b = t->b;
    for (int c = 0; c < 256; c++)
        if (t->byte_id[c] == TKC_NO_ID) return false;
    for (size_t i = 0; i < b->n_merge; i++) {
        const tkc_str l = tkc_builder_token_bytes(b, b->merge[i].left),
                      r = tkc_builder_token_bytes(b, b->merge[i].right),
                      s = tkc_builder_token_bytes(b, b->merge[i].result);
        if (l.len + r.len != s.len || !l.len || !r.len || memcmp(l.ptr, s.ptr, l.len) != 0 ||
            memcmp(r.ptr, s.ptr + l.len, r.len) != 0)
            return false;
    }
    return true;
}

/* Every place inside every token, as the bytes around it: where a text has other bytes, no
 * token spans it (tokenizer/README.md has the argument). A filter, 10 bits a place, because
 * an error to the safe side costs a cut and nothing else. */
static tkc_status build_cut_filter(tkc_tables *t, tkc_error *err)
{
    const tkc_model *m = &t->b->model;
    size_t places = 0, words = 64;
    if (!(m->flags & TKC_MODEL_BYTE_LEVEL) || m->subword_prefix[0] || m->word_suffix[0] ||
        (m->kind != TKC_MODEL_BPE_RANKS && m->kind != TKC_MODEL_BPE_MERGES) ||
        !merges_concatenate(t))
        return TKC_OK;
    for (uint32_t id = 0; id < t->b->n_token; id++)
        if (t->in_model[id]) places += t->offset[id + 1] - t->offset[id] - 1;
    /* about half of the places are different ones */
    while (words * 64 < places * 5 && words < (size_t)1 << 24) words *= 2;
    t->cuts = tkc_alloc_zero(t->alloc, words, sizeof *t->cuts);
    if (!t->cuts) return tkc_nomem(err);
    t->n_cuts = words;
    for (uint32_t id = 0; id < t->b->n_token; id++) {
        const unsigned char *p = (const unsigned char *)t->bytes + t->offset[id];
        const size_t len = t->offset[id + 1] - t->offset[id];
        for (size_t q = 1; t->in_model[id] && q < len; q++) {
            const uint64_t h = tkc_cut_key(p + q, q < 3 ? (unsigned)q : 3,
                                           len - q < 3 ? (unsigned)(len - q) : 3);
            for (unsigned i = 0; i < TKC_CUT_PROBES; i++) {
                const uint32_t bit = tkc_cut_bit(h, i, (uint32_t)(words * 64 - 1));
                t->cuts[bit >> 6] |= UINT64_C(1) << (bit & 63);
            }
        }
    }
    return TKC_OK;
}

tkc_status tkc_tables_cuts(tkc_tables *t, tkc_error *err)
{
    tkc_status st = build_join_set(t, err);
    if (!st) st = build_cut_filter(t, err);
    t->v.join = t->join;
    t->v.join_mask = t->join ? (uint32_t)(t->n_join - 1) : 0;
    t->v.cuts = t->cuts;
    return st;
}
