/* bpe.c - pieces to symbols, symbols through the merger, what is left to ids. */
#include "tokenizer/bpe.h"

#include "tokenizer/merge.h"
#include "tokenizer/piece_cache.h"
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
    tkc_piece_entry *cache;
    unsigned char join[128][16]; /* tkc_joinable() of two ASCII characters, one bit each */
};

static void fill_ascii_join(tkc_bpe *b)
{
    for (uint32_t x = 0; x < 128; x++)
        for (uint32_t y = 0; y < 128; y++)
            if (tkc_joinable(b->v, x, y)) b->join[x][y >> 3] |= (unsigned char)(1 << (y & 7));
}

static bool joinable(const tkc_bpe *b, uint32_t x, uint32_t y)
{
    if ((x | y) < 128) return b->join[x][y >> 3] >> (y & 7) & 1;
    return tkc_joinable(b->v, x, y);
}

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
    if (!st) {
        b->cache = tkc_alloc_zero(alloc, TKC_CACHE_ENTRIES, sizeof *b->cache);
        if (!b->cache) st = tkc_nomem(err);
    }
    if (v->model.flags & TKC_MODEL_UNIT_CUT) fill_ascii_join(b);
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
    tkc_free(b->alloc, b->cache, TKC_CACHE_ENTRIES, sizeof *b->cache);
    tkc_free(b->alloc, b->split, b->n_split, sizeof *b->split);
    tkc_free(b->alloc, b->stack, b->cap_stack, sizeof *b->stack);
    tkc_free(b->alloc, b, 1, sizeof *b);
}

void tkc_bpe_set_short(tkc_bpe *b, size_t max_short)
{
    if (max_short < b->merger.max_short) b->merger.max_short = max_short;
}

/* First symbol of a character (or byte), with the model's prefix for all but the first and its
 * suffix for the last; TKC_NO_ID when the vocabulary has none. */
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

/* Shorter pieces are merged faster than they are searched for cuts. */
enum { LONG_PIECE = 64 };

static void put_all(const tkc_merger *m, const tkc_text *piece, tkc_sink *sink)
{
    for (size_t i = 0; i < m->n; i++)
        tkc_sink_put(sink, m->id[i], sink->begin ? tkc_text_source(piece, m->start[i]) : 0);
}

/* The bytes [from, to) of a piece, merged on their own. */
static tkc_status merge_bytes(tkc_bpe *b, const tkc_text *piece, size_t from, size_t to,
                              tkc_error *err)
{
    const tkc_vocab *v = b->v;
    const uint32_t unk = v->model.unk_id;
    const bool affixes = v->model.subword_prefix[0] || v->model.word_suffix[0];
    tkc_merger *m = &b->merger;
    bool after_unk = false;
    tkc_status st;
    tkc_merger_clear(m);
    st = tkc_merger_reserve(m, to - from, err);
    if (st) return st;
    for (size_t i = from; i < to; i++) {
        const uint32_t id = affixes ? char_symbol(v, piece->ptr + i, 1, i == 0, i + 1 == piece->len)
                                    : v->byte_id[(unsigned char)piece->ptr[i]];
        if (id != TKC_NO_ID) {
            tkc_merger_put(m, id, i);
        } else if (unk != TKC_NO_ID && !(after_unk && v->model.flags & TKC_MODEL_FUSE_UNK)) {
            tkc_merger_put(m, unk, i);
        }
        after_unk = id == TKC_NO_ID;
    }
    return tkc_merger_run(m, v, err);
}

/* A long piece is cut wherever no token can span the place, so that its parts stay in the
 * cache: 1 MB of random letters falls into parts of some dozen bytes. */
static tkc_status encode_long(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    const unsigned char *p = (const unsigned char *)piece->ptr;
    size_t from = 0;
    tkc_status st = TKC_OK;
    for (size_t at = 1; at <= piece->len && !st; at++) {
        if (at < piece->len && tkc_spanned(b->v, p + at, at, piece->len - at)) continue;
        st = merge_bytes(b, piece, from, at, err);
        if (!st) put_all(&b->merger, piece, sink);
        if (sink->n > sink->limit) break;
        from = at;
    }
    return st;
}

static tkc_status encode_bytes(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    tkc_status st = merge_bytes(b, piece, 0, piece->len, err);
    if (!st) put_all(&b->merger, piece, sink);
    return st;
}

/* Ids of a byte-level piece, from the cache where they are there. */
static tkc_status encode_whole(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    const tkc_vocab *v = b->v;
    const bool cached = piece->len <= TKC_CACHE_LEN && !sink->begin;
    tkc_piece_key k = {0, 0};
    tkc_piece_entry *slot = NULL;
    tkc_status st;
    if (cached) {
        k = tkc_piece_key_of(piece->ptr, piece->len);
        slot = tkc_piece_slot(b->cache, k);
        if (tkc_piece_hit(slot, k)) {
            tkc_piece_emit(slot, sink);
            return TKC_OK;
        }
    }
    if (v->model.flags & TKC_MODEL_WHOLE_PIECE) {
        const uint32_t id = tkc_token_find(v, piece->ptr, piece->len);
        if (id < v->model.n_ids) {
            tkc_sink_put(sink, id, sink->begin ? tkc_text_source(piece, 0) : 0);
            if (cached) tkc_piece_keep(slot, k, &id, 1);
            return TKC_OK;
        }
    }
    if (v->cuts && piece->len >= LONG_PIECE) return encode_long(b, piece, sink, err);
    st = encode_bytes(b, piece, sink, err);
    if (!st && cached) tkc_piece_keep(slot, k, b->merger.id, b->merger.n);
    return st;
}

/* --- characters: units --------------------------------------------------------------- */

/* What is carried from unit to unit of one piece. */
typedef struct unit_state {
    bool after_unk; /* scores: the last id was unk, and a run of unknowns is one */
    bool unk_waits; /* listed: an unk is put before the next known character, as HF does */
    size_t unk_at;
    bool clean;     /* this unit is nothing but known pieces: it may be remembered */
} unit_state;

/* End of the unit that starts at from: the first boundary that no token spans, or the first
 * frozen piece. A model without cuts has one unit. */
static size_t unit_end(const tkc_bpe *b, const tkc_text *piece, size_t from)
{
    const unsigned char *p = (const unsigned char *)piece->ptr;
    unsigned n;
    uint32_t before, value;
    size_t at = from, len;
    if (!(b->v->model.flags & TKC_MODEL_UNIT_CUT)) return piece->len;
    before = tkc_utf8_get(p + at, &n);
    for (at += n; at < piece->len; at += n) {
        const uint32_t cp = tkc_utf8_get(p + at, &n);
        if (!joinable(b, before, cp)) break;
        if (b->frozen.first[p[at]] &&
            tkc_matcher_at(&b->frozen, piece->ptr + at, piece->len - at, &value, &len))
            break;
        before = cp;
    }
    return at;
}

/* --- characters, listed merges (HF) -------------------------------------------------- */

/* Whether every byte of a character has its <0xHH>: all of them or none are used. */
static bool has_fallback(const tkc_vocab *v, const char *p, unsigned n)
{
    if (!(v->model.flags & TKC_MODEL_BYTE_FALLBACK)) return false;
    for (unsigned i = 0; i < n; i++)
        if (v->byte_id[(unsigned char)p[i]] == TKC_NO_ID) return false;
    return true;
}

static bool put_fallback_bytes(tkc_bpe *b, const char *p, unsigned n, size_t at)
{
    if (!has_fallback(b->v, p, n)) return false;
    for (unsigned i = 0; i < n; i++)
        tkc_merger_put(&b->merger, b->v->byte_id[(unsigned char)p[i]], at + i);
    return true;
}

/* The unit [from, to) to merged symbols. An unknown character is its bytes, or unk, or - in
 * a model that has neither, and then no cuts - nothing, so that its neighbours may merge. */
static tkc_status merge_listed(tkc_bpe *b, const tkc_text *piece, size_t from, size_t to,
                               unit_state *u, tkc_error *err)
{
    const tkc_vocab *v = b->v;
    const bool fuse = v->model.flags & TKC_MODEL_FUSE_UNK;
    tkc_merger *m = &b->merger;
    tkc_status st = tkc_merger_reserve(m, 2 * (to - from) + 1, err);
    if (st) return st;
    for (size_t at = from; at < to;) {
        const char *p = piece->ptr + at;
        const unsigned n = tkc_utf8_len((unsigned char)*p);
        const uint32_t id = char_symbol(v, p, n, at == 0, at + n == piece->len);
        if (id != TKC_NO_ID) {
            if (u->unk_waits) {
                tkc_merger_put(m, v->model.unk_id, u->unk_at);
                u->clean = false;
            }
            u->unk_waits = false;
            tkc_merger_put(m, id, at);
        } else {
            u->clean = false;
            if (!put_fallback_bytes(b, p, n, at) && v->model.unk_id != TKC_NO_ID) {
                if (u->unk_waits && !fuse) tkc_merger_put(m, v->model.unk_id, u->unk_at);
                if (!u->unk_waits || !fuse) u->unk_at = at;
                u->unk_waits = true;
            }
        }
        at += n;
    }
    if (to == piece->len && u->unk_waits) tkc_merger_put(m, v->model.unk_id, u->unk_at);
    return tkc_merger_run(m, v, err);
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

static void put_known(const tkc_text *piece, uint32_t id, size_t at, bool *after_unk,
                      tkc_sink *sink)
{
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
            put_known(piece, top, at, after_unk, sink);
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

/* The unit [from, to) to merged symbols; frozen pieces are in it only where there are no cuts. */
static tkc_status merge_scores(tkc_bpe *b, const tkc_text *piece, size_t from, size_t to,
                               tkc_error *err)
{
    const tkc_vocab *v = b->v;
    tkc_merger *m = &b->merger;
    tkc_status st = tkc_merger_reserve(m, to - from, err);
    if (st) return st;
    for (size_t at = from; at < to;) {
        const char *p = piece->ptr + at;
        uint32_t id;
        size_t len = 0;
        if (b->frozen.n_string && tkc_matcher_at(&b->frozen, p, to - at, &id, &len)) {
            id |= TKC_SYMBOL_FROZEN;
        } else {
            len = tkc_utf8_len((unsigned char)*p);
            id = tkc_token_find(v, p, len);
            /* an unknown character that starts or ends no piece merges with nothing */
            if (id == TKC_NO_ID) id = v->model.n_all | TKC_SYMBOL_FROZEN;
        }
        tkc_merger_put(m, id, at);
        at += len;
    }
    return tkc_merger_run(m, v, err);
}

static tkc_status put_scores(tkc_bpe *b, const tkc_text *piece, size_t to, unit_state *u,
                             tkc_sink *sink, tkc_error *err)
{
    const tkc_vocab *v = b->v;
    const tkc_merger *m = &b->merger;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < m->n && !st; i++) {
        const uint32_t id = m->id[i] & ~TKC_SYMBOL_FROZEN;
        if (id < v->model.n_ids && v->token_type[id] != TKC_TOKEN_UNUSED) {
            put_known(piece, id, m->start[i], &u->after_unk, sink);
            u->clean &= m->id[i] == id;
            continue;
        }
        u->clean = false;
        if (id >= v->model.n_ids)
            put_unknown(b, piece, m->start[i], i + 1 < m->n ? m->start[i + 1] : to, &u->after_unk,
                        sink);
        else
            st = put_unused(b, piece, id, m->start[i], &u->after_unk, sink, err);
    }
    return st;
}

/* --- characters, both ---------------------------------------------------------------- */

/* The unit [from, to) to ids. */
static tkc_status encode_unit(tkc_bpe *b, const tkc_text *piece, size_t from, size_t to,
                              unit_state *u, tkc_sink *sink, tkc_error *err)
{
    const bool cached = to - from <= TKC_CACHE_LEN && !sink->begin && !u->unk_waits &&
                        b->v->model.flags & TKC_MODEL_UNIT_CUT;
    tkc_piece_key k = {0, 0};
    tkc_piece_entry *slot = NULL;
    tkc_status st;
    if (cached) {
        k = tkc_piece_key_of(piece->ptr + from, to - from);
        slot = tkc_piece_slot(b->cache, k);
        if (tkc_piece_hit(slot, k)) {
            tkc_piece_emit(slot, sink);
            u->after_unk = false;
            return TKC_OK;
        }
    }
    tkc_merger_clear(&b->merger);
    u->clean = true;
    if (b->v->model.kind == TKC_MODEL_BPE_SCORES) {
        st = merge_scores(b, piece, from, to, err);
        if (!st) st = put_scores(b, piece, to, u, sink, err);
    } else {
        st = merge_listed(b, piece, from, to, u, err);
        if (!st) put_all(&b->merger, piece, sink);
    }
    if (!st && cached && u->clean) tkc_piece_keep(slot, k, b->merger.id, b->merger.n);
    return st;
}

static tkc_status encode_units(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    const bool cuts = b->v->model.flags & TKC_MODEL_UNIT_CUT;
    unit_state u = {.after_unk = false};
    tkc_status st = TKC_OK;
    if (b->has_unused) {
        memset(b->split, 0xff, b->n_split * sizeof *b->split);
        b->merger.proposed = b->split;
    }
    for (size_t at = 0, end; at < piece->len && !st; at = end) {
        uint32_t id;
        size_t len;
        if (cuts && b->frozen.first[(unsigned char)piece->ptr[at]] &&
            tkc_matcher_at(&b->frozen, piece->ptr + at, piece->len - at, &id, &len)) {
            put_known(piece, id, at, &u.after_unk, sink);
            end = at + len;
            continue;
        }
        end = unit_end(b, piece, at);
        st = encode_unit(b, piece, at, end, &u, sink, err);
        if (sink->n > sink->limit) break;
    }
    return st;
}

tkc_status tkc_bpe_encode(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    if (b->v->model.flags & TKC_MODEL_BYTE_LEVEL) return encode_whole(b, piece, sink, err);
    if (b->v->model.flags & TKC_MODEL_WHOLE_PIECE) {
        const uint32_t id = tkc_token_find(b->v, piece->ptr, piece->len);
        if (id < b->v->model.n_ids) {
            tkc_sink_put(sink, id, sink->begin ? tkc_text_source(piece, 0) : 0);
            return TKC_OK;
        }
    }
    return encode_units(b, piece, sink, err);
}
