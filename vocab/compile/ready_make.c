/* ready_make.c - the order in which the tables of ready.h are made; whole pieces. */
#include "vocab/compile/characters.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

void tkc_ready_release(tkc_ready *r, const tkc_allocator *alloc)
{
    tkc_free(alloc, r->wide, TKC_WIDE_CHARS, 1);
    tkc_free(alloc, r->wide_pair, r->n_wide_pair, sizeof *r->wide_pair);
    tkc_free(alloc, r->forced, 1, sizeof *r->forced);
    tkc_free(alloc, r->threat, r->n_threat, sizeof *r->threat);
    tkc_free(alloc, r->odd, r->n_odd, sizeof *r->odd);
    tkc_free(alloc, r->piece, r->n_bucket, TKC_READY_BUCKET);
    tkc_free(alloc, r->piece_id, r->n_bucket * 4, sizeof *r->piece_id);
    memset(r, 0, sizeof *r);
}

/* All that is by character. */
static tkc_status make_characters(tkc_ready *r, const tkc_vocab *v, const tkc_allocator *alloc,
                                  tkc_error *err)
{
    tkc_threats *t = tkc_alloc_zero(alloc, 1, sizeof *t);
    tkc_status st;
    r->forced = tkc_alloc(alloc, 1, sizeof *r->forced);
    if (t && r->forced) {
        memset(r->forced, 0xff, sizeof *r->forced);
        t->forced = r->forced;
        st = tkc_make_wide(r, v, t, alloc, err);
        if (!st) st = tkc_make_forced(r, v, t, alloc, err);
    } else {
        st = tkc_nomem(err);
    }
    tkc_free(alloc, t, 1, sizeof *t);
    return st;
}

/* Into the first free entry of a bucket; a full one stays as it is. */
static void put_piece(tkc_ready *r, size_t bucket, const unsigned char *key, uint32_t id)
{
    for (size_t i = bucket * 4; i < bucket * 4 + 4; i++) {
        unsigned char *e = r->piece + i * TKC_READY_ENTRY;
        if (e[TKC_READY_ENTRY - 1]) continue;
        memcpy(e, key, TKC_READY_ENTRY - 1);
        e[TKC_READY_ENTRY - 1] = 1;
        r->piece_id[i] = id;
        return;
    }
}

/* A token as an encoder's text has it, padded with 0xff; false: there is no such key. A 0xff, which no text has,
 * would make two tokens one key; and so would a blank, which is U+2581 by the time that units are merged. */
static bool key_of(const tkc_vocab *v, tkc_str t, unsigned char key[TKC_READY_ENTRY])
{
    enum { MARK = sizeof TKC_WORD_MARK - 1 };
    const bool units = !(v->model.flags & TKC_MODEL_BYTE_LEVEL);
    size_t n = 0;
    memset(key, 0xff, TKC_READY_ENTRY);
    for (size_t i = 0; i < t.len; i++) {
        const bool mark = units && t.len - i >= MARK && memcmp(t.ptr + i, TKC_WORD_MARK, MARK) == 0;
        if (n == TKC_READY_ENTRY - 1 || (unsigned char)t.ptr[i] == 0xff || (units && t.ptr[i] == ' ')) return false;
        key[n++] = mark ? ' ' : (unsigned char)t.ptr[i];
        if (mark) i += MARK - 1;
    }
    return n;
}

static tkc_status make_pieces(tkc_ready *r, const tkc_vocab *v, const tkc_allocator *alloc,
                              tkc_error *err)
{
    uint32_t odd = 0;
    size_t others = 16;
    while (others < TKC_READY_MAX_BUCKETS && others < v->model.n_ids / 4) others *= 2;
    r->n_bucket = TKC_READY_HOT_BUCKETS + others;
    r->piece = tkc_alloc_zero(alloc, r->n_bucket, TKC_READY_BUCKET);
    r->piece_id = tkc_alloc_zero(alloc, r->n_bucket * 4, sizeof *r->piece_id);
    if (!r->piece || !r->piece_id) return tkc_nomem(err);
    for (uint32_t id = 0; id < v->model.n_ids; id++) {
        const tkc_str t = tkc_token_at(v, id);
        unsigned char key[TKC_READY_ENTRY];
        uint64_t hash;
        while (odd < v->n_unreachable && v->unreachable[odd] < id) odd++;
        /* what merging does not build is found only where whole pieces are looked up */
        if (odd < v->n_unreachable && v->unreachable[odd] == id &&
            !(v->model.flags & TKC_MODEL_WHOLE_PIECE))
            continue;
        if (!key_of(v, t, key) || !tkc_is_model_token(v, id)) continue;
        hash = tkc_ready_hash(key);
        put_piece(r, hash & (TKC_READY_HOT_BUCKETS - 1), key, id);
        put_piece(r, TKC_READY_HOT_BUCKETS + (hash & (others - 1)), key, id);
    }
    return TKC_OK;
}

/* Whole pieces that merging would not build. */
static tkc_status make_odd(tkc_ready *r, const tkc_vocab *v, const tkc_allocator *alloc, tkc_error *err)
{
    size_t n = 16; /* 8 to 16 bits a token: GLM has 893, in 1 KB */
    if (!v->n_unreachable || !(v->model.flags & TKC_MODEL_WHOLE_PIECE)) return TKC_OK;
    while (n < v->n_unreachable / 8) n *= 2;
    r->odd = tkc_alloc_zero(alloc, n, sizeof *r->odd);
    if (!r->odd) return tkc_nomem(err);
    r->n_odd = n;
    for (uint32_t i = 0; i < v->n_unreachable; i++) {
        const tkc_str t = tkc_token_at(v, v->unreachable[i]);
        tkc_filter_add(r->odd, n, tkc_token_hash(v, t.ptr, t.len));
    }
    return TKC_OK;
}

tkc_status tkc_ready_make(tkc_ready *r, const tkc_vocab *v, const tkc_allocator *alloc,
                          tkc_error *err)
{
    const tkc_model *m = &v->model;
    tkc_status st;
    memset(r, 0, sizeof *r);
    st = make_odd(r, v, alloc, err);
    if (v->join && m->flags & TKC_MODEL_BYTE_FALLBACK) {
        if (!st) st = tkc_make_units(r, v, alloc, err);
        if (!st) st = make_pieces(r, v, alloc, err);
    } else if (m->flags & TKC_MODEL_BYTE_LEVEL && !m->subword_prefix[0] && !m->word_suffix[0] &&
               (m->kind == TKC_MODEL_BPE_RANKS || m->kind == TKC_MODEL_BPE_MERGES)) {
        if (v->cuts && !st) st = make_characters(r, v, alloc, err);
        if (!st) st = make_pieces(r, v, alloc, err);
    }
    if (st) tkc_ready_release(r, alloc);
    return st;
}
