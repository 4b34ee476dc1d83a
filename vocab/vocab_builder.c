/* vocab_builder.c - filling a builder. Turning it into tables is compile/. */
#include "vocab/vocab_builder.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

/* All strings of a vocabulary: the largest known has 6 MB. */
#define MAX_BYTES ((size_t)256 << 20)
enum { MAX_OPS = 64 };

void tkc_builder_init(tkc_builder *b, const tkc_allocator *alloc)
{
    memset(b, 0, sizeof *b);
    b->alloc = tkc_allocator_or_default(alloc);
    tkc_buf_init(&b->bytes, MAX_BYTES, b->alloc);
    b->model.unk_id = TKC_NO_ID;
}

void tkc_builder_release(tkc_builder *b)
{
    tkc_free(b->alloc, b->token, b->cap_token, sizeof *b->token);
    tkc_free(b->alloc, b->merge, b->cap_merge, sizeof *b->merge);
    tkc_free(b->alloc, b->added, b->cap_added, sizeof *b->added);
    for (int s = 0; s < TKC_N_STAGES; s++)
        tkc_free(b->alloc, b->op[s], b->cap_op[s], sizeof *b->op[s]);
    tkc_buf_release(&b->bytes);
    tkc_builder_init(b, b->alloc);
}

static tkc_status keep(tkc_builder *b, tkc_str s, uint64_t *offset, tkc_error *err)
{
    *offset = b->bytes.len;
    return tkc_buf_append(&b->bytes, s.ptr, s.len, err);
}

/* Makes b->token[id] exist. */
static tkc_status reach(tkc_builder *b, uint32_t id, size_t at, tkc_error *err)
{
    if (id >= TKC_MAX_TOKENS)
        return tkc_fail(err, TKC_E_LIMIT, at, "token id %lu is above the limit of %d",
                        (unsigned long)id, TKC_MAX_TOKENS - 1);
    if (id >= b->n_token) {
        if (!tkc_grow(b->alloc, &b->token, &b->cap_token, (size_t)id + 1, TKC_MAX_TOKENS,
                      sizeof *b->token))
            return tkc_nomem(err);
        memset(b->token + b->n_token, 0, (id + 1 - b->n_token) * sizeof *b->token);
        b->n_token = (size_t)id + 1;
    }
    return TKC_OK;
}

tkc_str tkc_builder_token_bytes(const tkc_builder *b, uint32_t id)
{
    if (id >= b->n_token || b->token[id].type == TKC_TOKEN_HOLE) return (tkc_str){NULL, 0};
    return tkc_builder_str(b, b->token[id].offset, b->token[id].len);
}

static bool same_bytes(tkc_str a, tkc_str c)
{
    return a.len == c.len && (a.len == 0 || memcmp(a.ptr, c.ptr, a.len) == 0);
}

/* Sets the bytes of an id, or checks that they are the ones it has. */
static tkc_status place(tkc_builder *b, uint32_t id, tkc_str bytes, size_t at, tkc_error *err)
{
    tkc_builder_token *t;
    char q[TKC_QUOTE_SIZE];
    tkc_status st = reach(b, id, at, err);
    if (st) return st;
    t = &b->token[id];
    if (bytes.len > TKC_MAX_TOKEN_LEN)
        return tkc_fail(err, TKC_E_LIMIT, at, "token %lu has %zu bytes, more than the limit of %d",
                        (unsigned long)id, bytes.len, TKC_MAX_TOKEN_LEN);
    if (t->type != TKC_TOKEN_HOLE) {
        if (same_bytes(tkc_builder_token_bytes(b, id), bytes)) return TKC_OK;
        return tkc_fail(err, TKC_E_FORMAT, at, "id %lu is taken twice, the second time by \"%s\"",
                        (unsigned long)id, tkc_quote(q, bytes.ptr, bytes.len));
    }
    st = keep(b, bytes, &t->offset, err);
    if (st) return st;
    t->len = (uint32_t)bytes.len;
    return TKC_OK;
}

tkc_status tkc_builder_token_set(tkc_builder *b, uint32_t id, tkc_str bytes, tkc_token_type type,
                                 double score, size_t at, tkc_error *err)
{
    tkc_status st = place(b, id, bytes, at, err);
    if (st) return st;
    b->token[id].type = (uint8_t)type;
    b->token[id].in_model = 1;
    b->token[id].score = score;
    return TKC_OK;
}

tkc_status tkc_builder_merge_add(tkc_builder *b, uint32_t left, uint32_t right, uint32_t result,
                                 size_t at, tkc_error *err)
{
    if (b->n_merge >= TKC_MAX_MERGES - 1)
        return tkc_fail(err, TKC_E_LIMIT, at, "more than %d merges", TKC_MAX_MERGES - 1);
    if (!tkc_grow(b->alloc, &b->merge, &b->cap_merge, b->n_merge + 1, TKC_MAX_MERGES,
                  sizeof *b->merge))
        return tkc_nomem(err);
    b->merge[b->n_merge++] = (tkc_builder_merge){left, right, result};
    return TKC_OK;
}

tkc_status tkc_builder_added_add(tkc_builder *b, uint32_t id, tkc_str content, uint32_t flags,
                                 size_t at, tkc_error *err)
{
    tkc_builder_added *a;
    tkc_status st = reach(b, id, at, err);
    if (st) return st;
    if (content.len == 0)
        return tkc_fail(err, TKC_E_FORMAT, at, "added token %lu is empty", (unsigned long)id);
    if (b->token[id].type == TKC_TOKEN_HOLE) {
        st = place(b, id, content, at, err);
        if (st) return st;
        b->token[id].type = flags & TKC_ADDED_SPECIAL ? TKC_TOKEN_CONTROL : TKC_TOKEN_USER_DEFINED;
    }
    if (b->n_added >= TKC_MAX_ADDED)
        return tkc_fail(err, TKC_E_LIMIT, at, "more than %d added tokens", TKC_MAX_ADDED);
    if (!tkc_grow(b->alloc, &b->added, &b->cap_added, b->n_added + 1, TKC_MAX_ADDED,
                  sizeof *b->added))
        return tkc_nomem(err);
    a = &b->added[b->n_added];
    *a = (tkc_builder_added){.id = id, .flags = flags, .len = (uint32_t)content.len};
    st = keep(b, content, &a->offset, err);
    if (st == TKC_OK) b->n_added++;
    return st;
}

tkc_status tkc_builder_op_add(tkc_builder *b, tkc_stage stage, tkc_op op, tkc_error *err)
{
    tkc_builder_op *o;
    tkc_status st;
    if (b->n_op[stage] >= MAX_OPS)
        return tkc_fail(err, TKC_E_LIMIT, 0, "more than %d steps in one stage", MAX_OPS);
    if (!tkc_grow(b->alloc, &b->op[stage], &b->cap_op[stage], b->n_op[stage] + 1, MAX_OPS,
                  sizeof *o))
        return tkc_nomem(err);
    o = &b->op[stage][b->n_op[stage]];
    *o = (tkc_builder_op){.kind = op.kind, .flags = op.flags, .arg = op.arg};
    st = keep(b, op.a, &o->a, err);
    if (st) return st;
    o->a_len = (uint32_t)op.a.len;
    st = keep(b, op.b, &o->b, err);
    if (st) return st;
    o->b_len = (uint32_t)op.b.len;
    b->n_op[stage]++;
    return TKC_OK;
}

void tkc_builder_op_clear(tkc_builder *b, tkc_stage stage)
{
    b->n_op[stage] = 0;
}
