/* bpe.c - pieces to symbols, symbols through the merger, what is left to ids. */
#include "tokenizer/bpe.h"

#include "tokenizer/merge.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

struct tkc_bpe {
    const tkc_allocator *alloc;
    const tkc_vocab *v;
    tkc_merger merger;
    tkc_matcher frozen; /* SentencePiece: user-defined pieces */
    uint32_t *split; /* has_unused: by id, the (left, right) an unused piece was last proposed as */
    size_t n_split;
    uint32_t *stack; /* has_unused: ids still to be split */
    size_t cap_stack;
    bool has_unused;
};

tkc_status tkc_bpe_new(tkc_bpe **out, const tkc_vocab *v, const tkc_allocator *alloc,
                       tkc_error *err)
{
    tkc_status st = TKC_OK;
    tkc_bpe *b;
    alloc = tkc_allocator_or_default(alloc);
    b = tkc_alloc_zero(alloc, 1, sizeof *b);
    if (!b) return tkc_nomem(err);
    b->alloc = alloc;
    b->v = v;
    tkc_merger_init(&b->merger, alloc);
    tkc_matcher_init(&b->frozen, alloc);
    if (v->model.flags & TKC_MODEL_SPM)
        for (uint32_t id = 0; id < v->model.n_ids && !st; id++) {
            if (v->token_type[id] == TKC_TOKEN_USER_DEFINED && tkc_token_at(v, id).len)
                st = tkc_matcher_add(&b->frozen, tkc_token_at(v, id), id, err);
            b->has_unused |= v->token_type[id] == TKC_TOKEN_UNUSED;
        }
    if (!st && b->has_unused) {
        b->split = tkc_alloc(alloc, (size_t)v->model.n_ids * 2, sizeof *b->split);
        if (b->split) b->n_split = (size_t)v->model.n_ids * 2;
        else st = tkc_nomem(err);
    }
    if (st) tkc_bpe_free(b);
    else *out = b;
    return st;
}

void tkc_bpe_free(tkc_bpe *b)
{
    if (!b) return;
    tkc_merger_release(&b->merger);
    tkc_matcher_release(&b->frozen);
    tkc_free(b->alloc, b->split, b->n_split, sizeof *b->split);
    tkc_free(b->alloc, b->stack, b->cap_stack, sizeof *b->stack);
    tkc_free(b->alloc, b, 1, sizeof *b);
}

void tkc_bpe_set_short(tkc_bpe *b, size_t max_short)
{
    if (max_short < b->merger.max_short) b->merger.max_short = max_short;
}

/* First symbol of a character (or byte), with the model's prefix for all but the first and its suffix
 * for the last; TKC_NO_ID when the vocabulary has none. */
static uint32_t char_symbol(const tkc_vocab *v, const char *p, unsigned n, bool first, bool last)
{
    char s[4 + 32];
    size_t len = 0, k;
    if ((first || !v->model.subword_prefix[0]) && (!last || !v->model.word_suffix[0]))
        return tkc_token_find(v, p, n);
    if (!first) {
        k = strlen(v->model.subword_prefix);
        memcpy(s, v->model.subword_prefix, k);
        len = k;
    }
    memcpy(s + len, p, n);
    len += n;
    if (last) {
        k = strlen(v->model.word_suffix);
        memcpy(s + len, v->model.word_suffix, k);
        len += k;
    }
    return tkc_token_find(v, s, len);
}

/* --- byte-level ---------------------------------------------------------------------- */

static tkc_status encode_bytes(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    const tkc_vocab *v = b->v;
    const uint32_t unk = v->model.unk_id;
    const bool affixes = v->model.subword_prefix[0] || v->model.word_suffix[0];
    tkc_merger *m = &b->merger;
    bool after_unk = false;
    tkc_status st;
    tkc_merger_clear(m);
    st = tkc_merger_reserve(m, piece->len, err);
    if (st) return st;
    for (size_t i = 0; i < piece->len; i++) {
        const uint32_t id = affixes ? char_symbol(v, piece->ptr + i, 1, i == 0, i + 1 == piece->len)
                                    : v->byte_id[(unsigned char)piece->ptr[i]];
        if (id != TKC_NO_ID) {
            tkc_merger_put(m, id, i);
        } else if (unk != TKC_NO_ID && !(after_unk && v->model.flags & TKC_MODEL_FUSE_UNK)) {
            tkc_merger_put(m, unk, i);
        }
        after_unk = id == TKC_NO_ID;
    }
    st = tkc_merger_run(m, v, err);
    if (st) return st;
    for (size_t i = 0; i < m->n; i++)
        tkc_sink_put(sink, m->id[i], sink->begin ? tkc_text_source(piece, m->start[i]) : 0);
    return TKC_OK;
}

/* --- characters, listed merges (HF) -------------------------------------------------- */

static tkc_status flush_merges(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    tkc_merger *m = &b->merger;
    tkc_status st = tkc_merger_run(m, b->v, err);
    if (st) return st;
    for (size_t i = 0; i < m->n; i++)
        tkc_sink_put(sink, m->id[i], sink->begin ? tkc_text_source(piece, m->start[i]) : 0);
    tkc_merger_clear(m);
    return TKC_OK;
}

/* Whether every byte of a character has its <0xHH>: all of them or none are used. */
static bool has_fallback(const tkc_vocab *v, const char *p, unsigned n)
{
    if (!(v->model.flags & TKC_MODEL_BYTE_FALLBACK)) return false;
    for (unsigned i = 0; i < n; i++)
        if (v->byte_id[(unsigned char)p[i]] == TKC_NO_ID) return false;
    return true;
}

/* An unknown character that leaves no trace. */
static bool drops_unknown(const tkc_vocab *v, const char *p, unsigned n)
{
    return v->model.unk_id == TKC_NO_ID && !has_fallback(v, p, n);
}

static bool put_fallback_bytes(tkc_bpe *b, const char *p, unsigned n, size_t at)
{
    if (!has_fallback(b->v, p, n)) return false;
    for (unsigned i = 0; i < n; i++)
        tkc_merger_put(&b->merger, b->v->byte_id[(unsigned char)p[i]], at + i);
    return true;
}

static tkc_status encode_listed(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    const tkc_vocab *v = b->v;
    const bool cuts = v->model.flags & TKC_MODEL_UNIT_CUT;
    tkc_merger *m = &b->merger;
    uint32_t before = 0;
    bool unk_waits = false; /* an unk is put before the next known character, as HF does */
    size_t unk_at = 0;
    tkc_status st;
    tkc_merger_clear(m);
    for (size_t at = 0; at < piece->len;) {
        const char *p = piece->ptr + at;
        unsigned n;
        const uint32_t cp = tkc_utf8_get((const unsigned char *)p, &n);
        uint32_t id;
        id = char_symbol(v, p, n, at == 0, at + n == piece->len);
        if (id == TKC_NO_ID && drops_unknown(v, p, n)) { /* its neighbours may still merge */
            at += n;
            continue;
        }
        if (cuts && m->n && !tkc_joinable(v, before, cp)) {
            st = flush_merges(b, piece, sink, err);
            if (st) return st;
        }
        st = tkc_merger_reserve(m, 5, err);
        if (st) return st;
        if (id != TKC_NO_ID) {
            if (unk_waits) tkc_merger_put(m, v->model.unk_id, unk_at);
            unk_waits = false;
            tkc_merger_put(m, id, at);
        } else if (!put_fallback_bytes(b, p, n, at)) {
            const bool fuse = v->model.flags & TKC_MODEL_FUSE_UNK;
            if (unk_waits && !fuse) tkc_merger_put(m, v->model.unk_id, unk_at);
            if (!unk_waits || !fuse) unk_at = at;
            unk_waits = true;
        }
        before = cp;
        at += n;
    }
    st = tkc_merger_reserve(m, 1, err);
    if (st) return st;
    if (unk_waits) tkc_merger_put(m, v->model.unk_id, unk_at);
    return flush_merges(b, piece, sink, err);
}

/* --- characters, scores (SentencePiece) ---------------------------------------------- */

/* An unknown stretch of the piece: its bytes, or one unk for a run of unknowns. */
static void put_unknown(const tkc_bpe *b, const tkc_text *piece, size_t from, size_t to,
                        bool *after_unk, tkc_sink *sink)
{
    const tkc_vocab *v = b->v;
    if (v->model.flags & TKC_MODEL_BYTE_FALLBACK) {
        for (size_t i = from; i < to; i++)
            tkc_sink_put(sink, v->byte_id[(unsigned char)piece->ptr[i]],
                         sink->begin ? tkc_text_source(piece, i) : 0);
        *after_unk = false;
        return;
    }
    if (!*after_unk && v->model.unk_id != TKC_NO_ID)
        tkc_sink_put(sink, v->model.unk_id, sink->begin ? tkc_text_source(piece, from) : 0);
    *after_unk = true;
}

static void put_known(const tkc_bpe *b, const tkc_text *piece, uint32_t id, size_t at,
                      bool *after_unk, tkc_sink *sink)
{
    (void)b;
    tkc_sink_put(sink, id, sink->begin ? tkc_text_source(piece, at) : 0);
    *after_unk = false;
}

/* An unused piece is split again into the two that were last proposed for it, and those in
 * turn; more than 100 levels deep it stays as it is, as in SentencePiece. */
static tkc_status put_unused(tkc_bpe *b, const tkc_text *piece, uint32_t id, size_t at,
                             bool *after_unk, tkc_sink *sink, tkc_error *err)
{
    const tkc_vocab *v = b->v;
    enum { MAX_DEPTH = 100 };
    size_t n = 0;
    if (!tkc_grow(b->alloc, &b->stack, &b->cap_stack, 2 * (MAX_DEPTH + 2), SIZE_MAX / 8,
                  sizeof *b->stack))
        return tkc_nomem(err);
    b->stack[n++] = id;
    b->stack[n++] = 0;
    while (n) {
        const uint32_t depth = b->stack[--n], top = b->stack[--n];
        const size_t len = v->token_offset[top + 1] - v->token_offset[top];
        if (top >= v->model.n_ids ||
            (v->token_type[top] == TKC_TOKEN_UNUSED && b->split[2 * top] == TKC_NO_ID)) {
            put_unknown(b, piece, at, at + len, after_unk, sink);
        } else if (v->token_type[top] != TKC_TOKEN_UNUSED || depth > MAX_DEPTH) {
            put_known(b, piece, top, at, after_unk, sink);
        } else {
            b->stack[n++] = b->split[2 * top + 1];
            b->stack[n++] = depth + 1;
            b->stack[n++] = b->split[2 * top];
            b->stack[n++] = depth + 1;
            continue;
        }
        at += len;
    }
    return TKC_OK;
}

/* The symbols of one unit, merged, to ids. after_unk is carried from unit to unit, because
 * a run of unknowns is one unk. */
static tkc_status flush_scores(tkc_bpe *b, const tkc_text *piece, size_t end, bool *after_unk,
                               tkc_sink *sink, tkc_error *err)
{
    const tkc_vocab *v = b->v;
    tkc_merger *m = &b->merger;
    tkc_status st = tkc_merger_run(m, v, err);
    for (size_t i = 0; i < m->n && !st; i++) {
        const uint32_t id = m->id[i] & ~TKC_SYMBOL_FROZEN;
        if (id >= v->model.n_ids)
            put_unknown(b, piece, m->start[i], i + 1 < m->n ? m->start[i + 1] : end, after_unk,
                        sink);
        else if (v->token_type[id] == TKC_TOKEN_UNUSED)
            st = put_unused(b, piece, id, m->start[i], after_unk, sink, err);
        else
            put_known(b, piece, id, m->start[i], after_unk, sink);
    }
    tkc_merger_clear(m);
    return st;
}

static tkc_status encode_scores(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    const tkc_vocab *v = b->v;
    const bool cuts = v->model.flags & TKC_MODEL_UNIT_CUT;
    tkc_merger *m = &b->merger;
    uint32_t before = 0;
    bool after_unk = false;
    tkc_status st;
    tkc_merger_clear(m);
    if (b->has_unused) {
        memset(b->split, 0xff, b->n_split * sizeof *b->split);
        m->proposed = b->split;
    }
    for (size_t at = 0; at < piece->len;) {
        const char *p = piece->ptr + at;
        uint32_t id;
        size_t len;
        st = tkc_merger_reserve(m, 1, err);
        if (st) return st;
        if (b->frozen.n_string && tkc_matcher_at(&b->frozen, p, piece->len - at, &id, &len)) {
            if (cuts && m->n) {
                st = flush_scores(b, piece, at, &after_unk, sink, err);
                if (st) return st;
            }
            tkc_merger_put(m, id | TKC_SYMBOL_FROZEN, at);
            before = 0;
        } else {
            unsigned n;
            const uint32_t cp = tkc_utf8_get((const unsigned char *)p, &n);
            if (cuts && m->n && !tkc_joinable(v, before, cp)) {
                st = flush_scores(b, piece, at, &after_unk, sink, err);
                if (st) return st;
            }
            id = tkc_token_find(v, p, n);
            /* an unknown character that starts or ends no piece merges with nothing */
            tkc_merger_put(m, id == TKC_NO_ID ? v->model.n_all | TKC_SYMBOL_FROZEN : id, at);
            before = cp;
            len = n;
        }
        at += len;
    }
    return flush_scores(b, piece, piece->len, &after_unk, sink, err);
}

tkc_status tkc_bpe_encode(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    const tkc_vocab *v = b->v;
    if (v->model.flags & TKC_MODEL_WHOLE_PIECE) {
        const uint32_t id = tkc_token_find(v, piece->ptr, piece->len);
        if (id < v->model.n_ids) {
            tkc_sink_put(sink, id, sink->begin ? tkc_text_source(piece, 0) : 0);
            return TKC_OK;
        }
    }
    if (v->model.flags & TKC_MODEL_BYTE_LEVEL) return encode_bytes(b, piece, sink, err);
    if (v->model.kind == TKC_MODEL_BPE_SCORES) return encode_scores(b, piece, sink, err);
    return encode_listed(b, piece, sink, err);
}
