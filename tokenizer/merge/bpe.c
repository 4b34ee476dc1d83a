/* bpe.c - pieces to symbols, symbols through the merger, what is left to ids. */
#include "tokenizer/merge/bpe.h"

#include "tokenizer/merge/first_symbols.h"
#include "tokenizer/merge/luck.h"
#include "tokenizer/merge/piece_cache.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"
#include "vocab/ready.h"

#include <string.h>

enum { WIDE_BITS = 10, N_WIDE = 1 << WIDE_BITS }; /* 8 KB: text of many languages has some hundred characters */

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
    bool affixes;     /* words have a prefix or suffix of their own */
    bool plain_bytes; /* byte-level, no affixes, and every byte has its token */
    bool finds_itself; /* every token is what its own bytes merge to */
    tkc_piece_entry *cache; /* NULL: not asked for yet */
    bool no_cache;
    /* Of two ASCII characters, tkc_joinable() one bit each, and of one its symbol: filled when
     * first asked for, since all at once is 0.1 ms of a start. */
    bool join_known[128];
    unsigned char join[128][16];
    uint32_t ascii[128]; /* NOT_ASKED; only where there are no affixes */
    uint32_t unit[128];  /* the same as units have it: of a blank that of TKC_WORD_MARK */
    tkc_luck whole;      /* long units that are tokens */
    /* Characters of several bytes and their symbols, the newer for the older: a run of blanks, which
     * are U+2581 by then, is a search of the token hash once, not for each. */
    struct {
        uint32_t bytes, id; /* bytes 0: none */
    } wide[N_WIDE];
};

#define NOT_ASKED (TKC_NO_ID - 1)

static bool joinable(tkc_bpe *b, uint32_t x, uint32_t y)
{
    if ((x | y) >= 128) return tkc_joinable(b->v, x, y);
    if (!b->join_known[x]) {
        for (uint32_t k = 0; k < 128; k++)
            if (tkc_joinable(b->v, x, k)) b->join[x][k >> 3] |= (unsigned char)(1 << (k & 7));
        b->join_known[x] = true;
    }
    return b->join[x][y >> 3] >> (y & 7) & 1;
}

static bool is_plain_bytes(const tkc_bpe *b)
{
    if (!(b->v->model.flags & TKC_MODEL_BYTE_LEVEL) || b->affixes) return false;
    for (int c = 0; c < 256; c++)
        if (b->v->byte_id[c] == TKC_NO_ID) return false;
    return true;
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
    b->affixes = v->model.subword_prefix[0] || v->model.word_suffix[0];
    b->plain_bytes = is_plain_bytes(b);
    b->finds_itself = b->plain_bytes && !v->n_unreachable;
    for (int c = 0; c < 128; c++) b->ascii[c] = b->unit[c] = NOT_ASKED;
    b->whole = tkc_luck_new();
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

void tkc_bpe_set_isa(tkc_bpe *b, tkc_isa isa)
{
    tkc_merger_set_isa(&b->merger, isa);
}

void tkc_bpe_set_window(tkc_bpe *b, size_t window)
{
    tkc_merger_set_window(&b->merger, window);
}

/* Symbol of an ASCII character of a model without affixes, as all models of units are. */
static inline uint32_t ascii_symbol(tkc_bpe *b, const char *p)
{
    uint32_t *id = &b->ascii[*p & 0x7f];
    if (*id == NOT_ASKED) *id = tkc_token_find(b->v, p, 1);
    return *id;
}

/* The same of several bytes. */
static inline uint32_t wide_symbol(tkc_bpe *b, const char *p, unsigned n)
{
    const unsigned char *const c = (const unsigned char *)p;
    uint32_t bytes = (uint32_t)c[0] << 8 | c[1], i;
    if (n > 2) bytes = bytes << 8 | c[2];
    if (n > 3) bytes = bytes << 8 | c[3];
    i = bytes * UINT32_C(0x9e3779b1) >> (32 - WIDE_BITS);
    if (b->wide[i].bytes != bytes) {
        b->wide[i].id = tkc_token_find(b->v, p, n);
        b->wide[i].bytes = bytes;
    }
    return b->wide[i].id;
}

/* First symbol of a character (or byte), with the model's prefix for all but the first and its
 * suffix for the last; TKC_NO_ID when the vocabulary has none. */
static uint32_t char_symbol(tkc_bpe *b, const char *p, unsigned n, bool first, bool last)
{
    const tkc_vocab *v = b->v;
    char s[4 + 32];
    size_t len = 0, k;
    if (!b->affixes) return n == 1 ? ascii_symbol(b, p) : wide_symbol(b, p, n);
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

/* --- the cache ----------------------------------------------------------------------- */

/* Where a piece's ids are remembered; slot NULL: this piece is not. */
typedef struct remembered {
    tkc_piece_key key;
    tkc_piece_entry *slot;
} remembered;

/* The cache, made when it is first asked for; without memory nothing is remembered. */
static bool has_cache(tkc_bpe *b)
{
    if (b->cache || b->no_cache) return b->cache != NULL;
    b->cache = tkc_alloc_zero(b->alloc, TKC_CACHE_ENTRIES, sizeof *b->cache);
    b->no_cache = !b->cache;
    return b->cache != NULL;
}

/* Ids of a piece that was seen before; false, and where to keep them, if it was not. */
static bool recall(tkc_bpe *b, const char *p, size_t len, tkc_sink *sink, remembered *r)
{
    r->slot = NULL;
    if (len > TKC_CACHE_LEN || sink->begin || !has_cache(b)) return false;
    r->key = tkc_piece_key_of(p, len);
    r->slot = tkc_piece_slot(b->cache, r->key);
    if (!tkc_piece_hit(r->slot, r->key)) return false;
    tkc_piece_emit(r->slot, sink);
    return true;
}

static void keep(const remembered *r, const uint32_t *id, size_t n)
{
    if (r->slot) tkc_piece_keep(r->slot, r->key, id, n);
}

/* Whether the whole piece is a token; puts it. */
static bool put_whole(const tkc_vocab *v, const tkc_text *piece, tkc_sink *sink, uint32_t *id)
{
    if (!(v->model.flags & TKC_MODEL_WHOLE_PIECE)) return false;
    *id = tkc_token_find(v, piece->ptr, piece->len);
    if (*id >= v->model.n_ids) return false;
    tkc_sink_put(sink, *id, sink->begin ? tkc_text_source(piece, 0) : 0);
    return true;
}

/* --- byte-level ---------------------------------------------------------------------- */

static void put_symbols(const tkc_text *piece, const uint32_t *id, const uint32_t *at, size_t base,
                        size_t n, tkc_sink *sink)
{
    if (!sink->cap) {
        sink->n += n;
        return;
    }
    for (size_t i = 0; i < n; i++)
        tkc_sink_put(sink, id[i], sink->begin ? tkc_text_source(piece, base + at[i]) : 0);
}

/* A vocabulary that lacks bytes or gives words a prefix or suffix: symbols are collected. */
static tkc_status collect_bytes(tkc_bpe *b, const tkc_text *piece, tkc_error *err)
{
    const tkc_vocab *v = b->v;
    const uint32_t unk = v->model.unk_id;
    tkc_merger *m = &b->merger;
    bool after_unk = false;
    tkc_status st;
    tkc_merger_clear(m);
    st = tkc_merger_reserve(m, piece->len, err);
    if (st) return st;
    for (size_t i = 0; i < piece->len; i++) {
        const uint32_t id = b->affixes
                                ? char_symbol(b, piece->ptr + i, 1, i == 0, i + 1 == piece->len)
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

/* Where tokens that follow each other begin. */
static void places_of(const tkc_vocab *v, const uint32_t *id, uint32_t *at, size_t n)
{
    uint32_t end = 0;
    for (size_t i = 0; i < n; i++) {
        at[i] = end;
        end += v->token_offset[id[i] + 1] - v->token_offset[id[i]];
    }
}

/* Merged bytes on their way to the sink. */
typedef struct byte_out {
    tkc_merged merged;
    const tkc_vocab *v;
    const tkc_text *piece;
    tkc_sink *sink;
    size_t n_before; /* of the sink, before this piece */
} byte_out;

/* Over the limit, it ends only where no token can span the place: what follows in a piece may
 * still change what is before. */
static tkc_status put_bytes(tkc_merged *self, const uint32_t *id, const uint32_t *at, size_t base,
                            size_t n, tkc_error *err)
{
    byte_out *o = (byte_out *)self;
    (void)err;
    if (o->sink->n > o->sink->limit && n && o->v->cuts) {
        const size_t from = base + at[0];
        o->merged.stop = from && !tkc_spanned(o->v, (const unsigned char *)o->piece->ptr + from,
                                              from, o->piece->len - from);
        if (o->merged.stop) return TKC_OK;
    }
    put_symbols(o->piece, id, at, base, n, o->sink);
    return TKC_OK;
}

static void put_bytes_again(tkc_merged *self)
{
    byte_out *o = (byte_out *)self;
    o->sink->n = o->n_before;
}

/* Ids of a byte-level piece. Where every token finds itself by merging, looking for the whole
 * piece first is only a saving, and none in short pieces. */
static tkc_status encode_whole(tkc_bpe *b, const tkc_text *piece, bool is_new, tkc_sink *sink,
                               tkc_error *err)
{
    const tkc_vocab *v = b->v;
    remembered r = {.slot = NULL};
    tkc_status st;
    uint32_t id[TKC_MERGE_FEW], at[TKC_MERGE_FEW];
    if (!is_new && recall(b, piece->ptr, piece->len, sink, &r)) return TKC_OK;
    if ((!b->finds_itself || piece->len > TKC_MERGE_FEW) && put_whole(v, piece, sink, id)) {
        keep(&r, id, 1);
        return TKC_OK;
    }
    if (!b->plain_bytes) {
        st = collect_bytes(b, piece, err);
        if (st) return st;
        put_symbols(piece, b->merger.id, b->merger.start, 0, b->merger.n, sink);
        keep(&r, b->merger.id, b->merger.n);
        return TKC_OK;
    }
    if (piece->len <= TKC_MERGE_FEW && tkc_merger_scans(&b->merger)) {
        size_t n = tkc_first_symbols(v, (const unsigned char *)piece->ptr, piece->len, id);
        n = tkc_merge_few(&b->merger, v, id, at, n);
        if (sink->begin) places_of(v, id, at, n);
        put_symbols(piece, id, at, 0, n, sink);
        keep(&r, id, n);
        return TKC_OK;
    }
    {
        const tkc_row row = {.bytes = (const unsigned char *)piece->ptr,
                             .byte_id = v->byte_id,
                             .n = piece->len};
        byte_out o = {.merged = {.put = put_bytes, .rewind = put_bytes_again},
                      .v = v, .piece = piece, .sink = sink, .n_before = sink->n};
        return tkc_merge_row(&b->merger, v, &row, &o.merged, err);
    }
}

bool tkc_bpe_is_short(const tkc_bpe *b, size_t len)
{
    const bool plain = b->plain_bytes || !(b->v->model.flags & TKC_MODEL_BYTE_LEVEL);
    return plain && len <= TKC_MERGE_FEW && tkc_merger_scans(&b->merger);
}

void tkc_bpe_encode_abreast(tkc_bpe *b, const tkc_str *piece, size_t n, tkc_short_row *row)
{
    const tkc_vocab *v = b->v;
    for (size_t k = 0; k < n; k++) {
        const uint32_t whole = tkc_token_find_odd(v, piece[k].ptr, piece[k].len);
        if (whole < v->model.n_ids) {
            row[k].id[0] = whole;
            row[k].n = 1;
        } else {
            row[k].n = tkc_first_symbols(v, (const unsigned char *)piece[k].ptr, piece[k].len,
                                         row[k].id);
        }
    }
    tkc_merge_abreast(&b->merger, v, row, n);
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
static size_t unit_end(tkc_bpe *b, const tkc_text *piece, size_t from)
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
    tkc_status st = tkc_merger_reserve(m, to - from + 1, err);
    if (st) return st;
    for (size_t at = from; at < to;) {
        const char *p = piece->ptr + at;
        const unsigned n = tkc_utf8_len((unsigned char)*p);
        const uint32_t id = char_symbol(b, p, n, at == 0, at + n == piece->len);
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
            id = char_symbol(b, p, (unsigned)len, true, true);
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
                              bool is_new, unit_state *u, tkc_sink *sink, tkc_error *err)
{
    remembered r = {.slot = NULL};
    tkc_status st;
    if (!is_new && !u->unk_waits && b->v->model.flags & TKC_MODEL_UNIT_CUT &&
        recall(b, piece->ptr + from, to - from, sink, &r)) {
        u->after_unk = false;
        return TKC_OK;
    }
    tkc_merger_clear(&b->merger);
    u->clean = true;
    if (b->v->model.kind == TKC_MODEL_BPE_SCORES) {
        st = merge_scores(b, piece, from, to, err);
        if (!st) st = put_scores(b, piece, to, u, sink, err);
    } else {
        st = merge_listed(b, piece, from, to, u, err);
        if (!st) put_symbols(piece, b->merger.id, b->merger.start, 0, b->merger.n, sink);
    }
    if (!st && u->clean) keep(&r, b->merger.id, b->merger.n);
    return st;
}

static tkc_status encode_units(tkc_bpe *b, const tkc_text *piece, bool is_new, tkc_sink *sink,
                               tkc_error *err)
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
        st = encode_unit(b, piece, at, end, is_new, &u, sink, err);
        if (sink->n > sink->limit) break;
    }
    return st;
}

tkc_status tkc_bpe_encode(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    uint32_t id;
    if (b->v->model.flags & TKC_MODEL_BYTE_LEVEL) return encode_whole(b, piece, false, sink, err);
    if (put_whole(b->v, piece, sink, &id)) return TKC_OK;
    return encode_units(b, piece, false, sink, err);
}

tkc_status tkc_bpe_encode_new(tkc_bpe *b, const tkc_text *piece, tkc_sink *sink, tkc_error *err)
{
    return b->v->model.flags & TKC_MODEL_BYTE_LEVEL ? encode_whole(b, piece, true, sink, err)
                                                    : encode_units(b, piece, true, sink, err);
}

/* Of an ASCII character that was not asked for yet, or has none. */
static uint32_t ask_unit_symbol(tkc_bpe *b, const char *p)
{
    uint32_t *const id = &b->unit[*p & 0x7f];
    if (*id == NOT_ASKED) *id = *p == ' ' ? tkc_token_find(b->v, TKC_WORD_MARK, sizeof TKC_WORD_MARK - 1) : ascii_symbol(b, p);
    return *id;
}

/* Symbols of a unit as the normalizer would make it; 0: one is missing. */
static size_t unit_symbols(tkc_bpe *b, tkc_str unit, uint32_t *id)
{
    const char *p = unit.ptr, *const end = p + unit.len;
    size_t n = 0;
    while (p < end) {
        unsigned k;
        for (unsigned char c; p < end && (c = (unsigned char)*p) < 0x80; p++) {
            id[n] = b->unit[c];
            if (id[n] >= NOT_ASKED && (id[n] = ask_unit_symbol(b, p)) == TKC_NO_ID) return 0;
            n++;
        }
        if (p == end) break;
        k = tkc_utf8_len((unsigned char)*p);
        id[n] = wide_symbol(b, p, k);
        if (id[n++] == TKC_NO_ID) return 0;
        p += k;
    }
    return n;
}

/* The token that is the whole unit, or TKC_NO_ID. */
static uint32_t whole_unit(const tkc_vocab *v, tkc_str unit)
{
    enum { MARK = sizeof TKC_WORD_MARK - 1 };
    char text[MARK * TKC_MERGE_FEW];
    size_t len = 0;
    for (size_t at = 0; at < unit.len; at++) {
        if (unit.ptr[at] == ' ') {
            memcpy(text + len, TKC_WORD_MARK, MARK);
            len += MARK;
        } else {
            text[len++] = unit.ptr[at];
        }
    }
    return tkc_token_find(v, text, len);
}

/* Whether one of the symbols is no token. In most vocabularies all are, and none is looked at. */
static inline bool any_other(const tkc_vocab *v, const uint32_t *id, size_t n)
{
    if (v->model.n_all == v->model.n_ids) return false;
    for (size_t i = 0; i < n; i++)
        if (id[i] >= v->model.n_ids) return true;
    return false;
}

/* Merged symbols of a unit on their way to the sink. */
typedef struct unit_out {
    tkc_merged merged;
    const tkc_vocab *v;
    tkc_sink *sink;
    size_t n_before; /* of the sink, before this unit */
    bool other;      /* one is no token */
} unit_out;

static tkc_status put_unit(tkc_merged *self, const uint32_t *id, const uint32_t *at, size_t base,
                           size_t n, tkc_error *err)
{
    unit_out *o = (unit_out *)self;
    (void)at, (void)base, (void)err;
    o->other |= any_other(o->v, id, n);
    self->stop = o->other;
    if (!o->sink->cap) {
        o->sink->n += n;
        return TKC_OK;
    }
    for (size_t i = 0; i < n; i++) tkc_sink_put(o->sink, id[i], 0);
    return TKC_OK;
}

static void put_unit_again(tkc_merged *self)
{
    unit_out *o = (unit_out *)self;
    o->sink->n = o->n_before;
}

static bool encode_long_unit(tkc_bpe *b, tkc_str unit, tkc_sink *sink)
{
    tkc_merger *m = &b->merger;
    unit_out o = {.merged = {.put = put_unit, .rewind = put_unit_again},
                  .v = b->v, .sink = sink, .n_before = sink->n};
    tkc_row row = {.n = 0};
    tkc_merger_clear(m);
    if (tkc_merger_reserve(m, unit.len, NULL)) return false;
    row.id = m->id;
    row.n = unit_symbols(b, unit, m->id);
    if (row.n && !tkc_merge_row(m, b->v, &row, &o.merged, NULL) && !o.other) return true;
    sink->n = o.n_before;
    return false;
}

/* A token that is the whole unit is what merging gives, if it is one that its own text merges to. That is asked
 * first: half of the units that are new are tokens. Short ones were looked for among those that are ready. */
void tkc_bpe_units_abreast(tkc_bpe *b, const tkc_str *unit, size_t n, tkc_short_row *row)
{
    const tkc_vocab *v = b->v;
    for (size_t k = 0; k < n; k++) {
        uint32_t whole;
        row[k].n = unit_symbols(b, unit[k], row[k].id);
        if (row[k].n < 2 || unit[k].len < TKC_READY_ENTRY || !tkc_luck_may_ask(&b->whole)) continue;
        whole = whole_unit(v, unit[k]);
        if (whole < v->model.n_ids && !tkc_token_merges(v, whole)) whole = TKC_NO_ID;
        tkc_luck_has_asked(&b->whole, whole < v->model.n_ids);
        if (whole >= v->model.n_ids) continue;
        row[k].id[0] = whole;
        row[k].n = 1;
    }
    tkc_merge_abreast(&b->merger, v, row, n);
    for (size_t k = 0; k < n; k++)
        if (any_other(v, row[k].id, row[k].n)) row[k].n = 0;
}

bool tkc_bpe_encode_unit(tkc_bpe *b, tkc_str unit, tkc_sink *sink)
{
    uint32_t id[TKC_MERGE_FEW];
    tkc_short_row row = {id, NULL, 0};
    if (!tkc_merger_scans(&b->merger)) return false;
    if (unit.len > TKC_MERGE_FEW) return encode_long_unit(b, unit, sink);
    tkc_bpe_units_abreast(b, &unit, 1, &row);
    for (size_t i = 0; i < row.n; i++) tkc_sink_put(sink, id[i], 0);
    return row.n != 0;
}

bool tkc_bpe_next_frozen(const tkc_bpe *b, tkc_str text, size_t from, size_t *begin, size_t *end,
                         uint32_t *id)
{
    size_t len = 0;
    *begin = *end = text.len;
    if (!b->frozen.n_string) return false;
    *begin = tkc_matcher_find(&b->frozen, text, from, id, &len);
    *end = *begin + len;
    return *begin < text.len;
}
