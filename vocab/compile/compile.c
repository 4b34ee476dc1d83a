/*
 * compile.c - a filled builder becomes the compiled form.
 *
 * First the lookup tables are made on the heap behind a temporary tkc_vocab, so that the
 * same lookups that an encoder uses find the splits of each token; then every token is put
 * through a plain merger to see whether it finds itself; then all is written out.
 */
#include "vocab/compile/compile.h"
#include "vocab/compile/tables.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <math.h>

static void release(tkc_tables *t)
{
    const tkc_allocator *a = t->alloc;
    tkc_free(a, t->offset, t->cap_all + 1, sizeof *t->offset);
    tkc_free(a, t->bytes, t->cap_bytes, 1);
    tkc_free(a, t->type, t->cap_all, 1);
    tkc_free(a, t->in_model, t->cap_all, 1);
    tkc_free(a, t->score, t->cap_all, sizeof *t->score);
    tkc_free(a, t->hash, t->n_hash, sizeof *t->hash);
    tkc_free(a, t->pair, t->n_pair_slots, sizeof *t->pair);
    tkc_free(a, t->partners, t->n_partners, sizeof *t->partners);
    tkc_free(a, t->token_filter, t->n_token_filter, sizeof *t->token_filter);
    tkc_free(a, t->result, t->n_merges, sizeof *t->result);
    tkc_free(a, t->prio, t->n_merges, sizeof *t->prio);
    tkc_free(a, t->join, t->n_join, sizeof *t->join);
    tkc_free(a, t->cuts, t->n_cuts, sizeof *t->cuts);
    tkc_free(a, t->unreachable, t->cap_unreachable, sizeof *t->unreachable);
    tkc_ready_release(&t->ready, a);
}

void tkc_tables_view(tkc_tables *t)
{
    tkc_vocab *v = &t->v;
    v->model.n_all = (uint32_t)t->n_all;
    v->token_offset = t->offset;
    v->token_bytes = t->bytes;
    v->token_type = t->type;
    v->token_hash = t->hash;
    v->token_hash_mask = (uint32_t)(t->n_hash - 1);
    v->pair = t->pair;
    v->n_pair_slots = (uint32_t)t->n_pair_slots;
    v->n_near_slots = (uint32_t)t->n_near_slots;
    v->partners = t->partners;
    v->n_partners = (uint32_t)t->n_partners;
    v->token_filter = (tkc_filter){t->token_filter, (uint32_t)(t->n_token_filter - 1)};
    v->merge_result = t->result;
    v->merge_prio = t->prio;
    v->n_merges = (uint32_t)t->n_merges;
    v->byte_id = t->byte_id;
}

static tkc_status check_model(const tkc_builder *b, tkc_error *err)
{
    const tkc_model *m = &b->model;
    if (m->kind == TKC_MODEL_NONE || m->kind > TKC_MODEL_WORDPIECE)
        return tkc_fail(err, TKC_E_ARG, 0, "no model kind was set");
    if (b->n_token == 0) return tkc_fail(err, TKC_E_FORMAT, 0, "no tokens");
    if (m->unk_id != TKC_NO_ID &&
        (m->unk_id >= b->n_token || b->token[m->unk_id].type == TKC_TOKEN_HOLE))
        return tkc_fail(err, TKC_E_FORMAT, 0, "the unknown token's id %lu has no token",
                        (unsigned long)m->unk_id);
    for (size_t i = 0; i < b->n_before + b->n_after; i++) {
        uint32_t id = i < b->n_before ? b->before[i] : b->after[i - b->n_before];
        if (id >= b->n_token)
            return tkc_fail(err, TKC_E_FORMAT, 0, "frame token %lu does not exist",
                            (unsigned long)id);
    }
    for (size_t i = 0; i < b->n_token; i++)
        if (isnan(b->token[i].score))
            return tkc_fail(err, TKC_E_FORMAT, 0, "score of token %zu is not a number", i);
    return TKC_OK;
}

static tkc_status build_tables(tkc_tables *t, tkc_error *err)
{
    tkc_status st;
    t->v.model = t->b->model;
    t->v.model.n_ids = (uint32_t)t->b->n_token;
    if ((st = tkc_tables_tokens(t, err))) return st;
    if ((st = tkc_tables_pairs(t, err))) return st;
    if ((st = tkc_tables_cuts(t, err))) return st;
    if ((st = tkc_tables_unreachable(t, err))) return st;
    return tkc_ready_make(&t->ready, &t->v, t->alloc, err);
}

tkc_status tkc_builder_compile(const tkc_builder *b, tkc_buf *out, tkc_error *err)
{
    tkc_tables *t;
    tkc_status st = check_model(b, err);
    if (st) return st;
    t = tkc_alloc_zero(b->alloc, 1, sizeof *t);
    if (!t) return tkc_nomem(err);
    t->b = b;
    t->alloc = b->alloc;
    st = build_tables(t, err);
    if (!st) st = tkc_tables_write(t, out, err);
    release(t);
    tkc_free(b->alloc, t, 1, sizeof *t);
    return st;
}
