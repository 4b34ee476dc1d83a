/* piece_loop.c - batches of pieces, what the table does not know, and cuts of wide runs. */
#include "tokenizer/merge/piece_loop.h"
#include "tokenizer/merge/unit_cuts.h"

#include "vocab/base/alloc.h"
#include "vocab/base/buf.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

enum {
    N_WIDTHS = 6, /* pieces of up to 15, 31, ... 511 bytes */
    PAIR_BITS = 18, /* 512 KB: 262,144 pairs of characters; Chinese text has 100,000 */
    /* A run of Han, kana or Hangul longer than this is cut (two characters rarely miss), and one
     * of any characters of three bytes that is too long for a short entry. */
    CUT_CJK = 6,
    ODD_BITS = 15, /* 4 KB */
    MUCH = 1 << 20 /* bytes after which the table of short pieces is as large as it gets */
};

/* 8 MB: 524,288 pieces, of which 30 MB of text have about 110,000; 2 MB; then 128 KB each: of the
 * longer ones there are few, mostly indentation and lines drawn with one character. */
static const unsigned max_bits[N_WIDTHS] = {17, 15, 11, 10, 9, 8};

#define MAX_ROOM ((size_t)UINT32_MAX - TKC_WINDOW)

struct tkc_piece_loop {
    const tkc_allocator *alloc;
    const tkc_vocab *v;
    tkc_bpe *bpe;
    const tkc_kernel *kernel;
    tkc_family family;
    tkc_unit_cuts *units; /* NULL: pieces of the family */
    bool prefix;          /* units: a stretch begins with U+2581 */
    tkc_buf unit;         /* the one being merged, with U+2581 for blanks */
    tkc_piece_table counts[N_WIDTHS], ids[N_WIDTHS];
    uint16_t *pair; /* by hash of two characters: 15 bits of it, and whether a token spans them */
    bool may_cut;
    bool has_odd, has_odd_char; /* of four bytes or more, or of less: tokens no unit may be */
    unsigned char odd[1 << (ODD_BITS - 3)];
    size_t seen[2]; /* bytes counted, and made ids of, up to MUCH */
    tkc_batch batch, cut; /* what bounds() found, and the same with wide runs cut */
};

/* Of 4 bytes or more: its length, its first and its last four. */
static uint32_t odd_bit(const unsigned char *p, size_t len)
{
    uint32_t first = 0, last = 0;
    for (int i = 0; i < 4; i++) {
        first = first << 8 | p[i];
        last = last << 8 | p[len - 4 + (size_t)i];
    }
    return ((first + (uint32_t)len) * 0x9e3779b1u ^ last * 0x85ebca6bu) >> (32 - ODD_BITS);
}

/* A unit of a piece is merged; a piece that is a token is that token. The two agree unless
 * merging does not build the token. Those with characters of three bytes are kept in mind, so
 * that none of them becomes a unit. */
static void keep_odd(tkc_piece_loop *l)
{
    const tkc_vocab *v = l->v;
    if (!(v->model.flags & TKC_MODEL_WHOLE_PIECE)) return;
    for (uint32_t i = 0; i < v->n_unreachable; i++) {
        const tkc_str t = tkc_token_at(v, v->unreachable[i]);
        bool wide = false;
        uint32_t bit;
        for (size_t k = 0; k < t.len; k++) wide |= (unsigned char)t.ptr[k] >= 0xe0;
        if (!wide) continue;
        l->has_odd = true;
        if (t.len < 4) {
            l->has_odd_char = true;
            continue;
        }
        bit = odd_bit((const unsigned char *)t.ptr, t.len);
        l->odd[bit >> 3] |= (unsigned char)(1 << (bit & 7));
    }
}

/* Whether p[0 .. len) may be such a token. */
static bool is_odd(const tkc_piece_loop *l, const unsigned char *p, size_t len)
{
    uint32_t bit;
    if (!l->has_odd) return false;
    if (len < 4) return l->has_odd_char;
    bit = odd_bit(p, len);
    return l->odd[bit >> 3] >> (bit & 7) & 1;
}

static tkc_piece_loop *new_loop(const tkc_vocab *v, tkc_bpe *bpe, const tkc_kernel *kernel,
                                const tkc_allocator *alloc)
{
    tkc_piece_loop *l;
    alloc = tkc_allocator_or_default(alloc);
    l = tkc_alloc(alloc, 1, sizeof *l);
    if (!l) return NULL;
    l->alloc = alloc;
    l->v = v;
    l->bpe = bpe;
    l->kernel = kernel;
    l->units = NULL;
    l->prefix = l->may_cut = l->has_odd = l->has_odd_char = false;
    memset(l->odd, 0, sizeof l->odd);
    l->pair = NULL;
    l->seen[0] = l->seen[1] = 0;
    tkc_buf_init(&l->unit, SIZE_MAX / 4, alloc);
    for (unsigned i = 0; i < N_WIDTHS; i++) {
        tkc_piece_table_init(&l->counts[i], 16u << i, max_bits[i], false, kernel->hash, alloc);
        tkc_piece_table_init(&l->ids[i], 16u << i, max_bits[i], true, kernel->hash, alloc);
    }
    return l;
}

tkc_status tkc_piece_loop_new(tkc_piece_loop **out, const tkc_vocab *v, tkc_bpe *bpe,
                              const tkc_pretok *pretok, const tkc_kernel *kernel,
                              const tkc_allocator *alloc, tkc_error *err)
{
    tkc_scan_fn scan = pretok ? tkc_pretok_scanner(pretok) : NULL;
    tkc_family family;
    *out = NULL;
    if (!bpe || !scan || !kernel || !tkc_family_of(scan, &family)) return TKC_OK;
    if (!(v->model.flags & TKC_MODEL_BYTE_LEVEL) || v->model.subword_prefix[0] ||
        v->model.word_suffix[0])
        return TKC_OK;
    *out = new_loop(v, bpe, kernel, alloc);
    if (!*out) return tkc_nomem(err);
    (*out)->family = family;
    (*out)->may_cut = v->cuts != NULL;
    keep_odd(*out);
    return TKC_OK;
}

tkc_status tkc_unit_loop_new(tkc_piece_loop **out, const tkc_vocab *v, tkc_bpe *bpe,
                             const tkc_kernel *kernel, const tkc_allocator *alloc, tkc_error *err)
{
    tkc_status st;
    bool prefix;
    *out = NULL;
    if (!bpe || !kernel || !tkc_unit_cuts_fit(v, &prefix)) return TKC_OK;
    *out = new_loop(v, bpe, kernel, alloc);
    if (!*out) return tkc_nomem(err);
    (*out)->prefix = prefix;
    st = tkc_unit_cuts_new(&(*out)->units, v, alloc, err);
    if (!st) return TKC_OK;
    tkc_piece_loop_free(*out);
    *out = NULL;
    return st;
}

bool tkc_piece_loop_finds_runs(const tkc_piece_loop *l, unsigned char c)
{
    return l->units && tkc_unit_is_run(l->units, c);
}

void tkc_piece_loop_free(tkc_piece_loop *l)
{
    if (!l) return;
    for (unsigned i = 0; i < N_WIDTHS; i++) {
        tkc_piece_table_release(&l->counts[i]);
        tkc_piece_table_release(&l->ids[i]);
    }
    tkc_unit_cuts_free(l->units);
    tkc_buf_release(&l->unit);
    tkc_free(l->alloc, l->pair, (size_t)1 << PAIR_BITS, sizeof *l->pair);
    tkc_free(l->alloc, l, 1, sizeof *l);
}

/* --- a piece the short table did not know ---------------------------------------------- */

static tkc_piece_table *table_for(tkc_piece_loop *l, bool ids, size_t len)
{
    for (unsigned i = 0; i < N_WIDTHS; i++)
        if (len < 16u << i) return ids ? &l->ids[i] : &l->counts[i];
    return NULL;
}

/* A unit as its normalizer makes it; *t borrows it from l. */
static tkc_status normal_unit(tkc_piece_loop *l, tkc_text *t, bool prefix, tkc_error *err)
{
    const char *p = t->ptr, *const end = p + t->len;
    tkc_status st = TKC_OK;
    tkc_buf_clear(&l->unit);
    if (prefix) st = tkc_buf_append(&l->unit, TKC_WORD_MARK, 3, err);
    while (p < end && !st) {
        const char *blank = memchr(p, ' ', (size_t)(end - p));
        st = tkc_buf_append(&l->unit, p, (size_t)((blank ? blank : end) - p), err);
        if (!st && blank) st = tkc_buf_append(&l->unit, TKC_WORD_MARK, 3, err);
        p = blank ? blank + 1 : end;
    }
    *t = (tkc_text){l->unit.ptr, l->unit.len, NULL, 0};
    return st;
}

static tkc_status merge_piece(tkc_piece_loop *l, const unsigned char *p, size_t len,
                              tkc_sink *sink, tkc_error *err)
{
    tkc_text piece = {(const char *)p, len, NULL, 0};
    tkc_piece_table *t = table_for(l, sink->ids != NULL, len);
    const unsigned char *e = NULL;
    const size_t before = sink->n;
    tkc_piece_key key;
    tkc_status st;
    if (t) {
        tkc_piece_key_of(t, &key, p, len);
        e = tkc_piece_find(t, &key);
    }
    if (e) {
        const unsigned n = tkc_piece_count(t, e);
        if (sink->ids) {
            const uint32_t *id = tkc_piece_ids(t, e);
            for (unsigned i = 0; i < n; i++) tkc_sink_put(sink, id[i], 0);
        } else {
            sink->n += n;
        }
        return TKC_OK;
    }
    if (l->units && tkc_unit_put_run(l->units, p, len, sink)) st = TKC_OK;
    else if (l->units && tkc_bpe_encode_unit(l->bpe, (tkc_str){piece.ptr, len}, sink)) st = TKC_OK;
    else {
        st = l->units ? normal_unit(l, &piece, false, err) : TKC_OK;
        if (!st) st = tkc_bpe_encode_new(l->bpe, &piece, sink, err);
    }
    if (!st && t && sink->n <= sink->limit && (!sink->ids || sink->n <= sink->cap))
        tkc_piece_keep(t, &key, sink->ids ? sink->ids + before : NULL, sink->n - before);
    return st;
}

static tkc_status run_batch(tkc_piece_loop *l, const unsigned char *s, size_t room, tkc_batch *b,
                            tkc_sink *sink, tkc_error *err)
{
    tkc_status st = TKC_OK;
    size_t misses;
    if (!sink->ids) {
        sink->n += l->kernel->count(&l->counts[0], s, room, b, &misses);
        for (size_t k = 0; k < misses && !st; k++) {
            const size_t i = b->miss[k];
            st = merge_piece(l, s + b->start[i], b->start[i + 1] - b->start[i], sink, err);
        }
        return st;
    }
    for (size_t i = 0; i < b->n && !st; i++) {
        if (sink->n < sink->cap)
            sink->n += l->kernel->ids(&l->ids[0], s, room, b, &i, sink->ids + sink->n,
                                      sink->cap - sink->n);
        if (i < b->n)
            st = merge_piece(l, s + b->start[i], b->start[i + 1] - b->start[i], sink, err);
    }
    return st;
}

/* --- cuts ------------------------------------------------------------------------------ */

static bool is_wide_run(const unsigned char *p, size_t len)
{
    const unsigned char lead = p[len < 3 ? 0 : len - 3];
    return (len > CUT_CJK && lead >= 0xe3) || (len > TKC_PIECE_SHORT && lead >= 0xe0);
}

static uint32_t three_bytes(const unsigned char *p)
{
    return (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63);
}

/* Whether a token may span the place between two characters of three bytes. The first lookup
 * of a pair asks the vocabulary; an entry that was never written says yes, which is no cut. */
static bool spanned(tkc_piece_loop *l, const unsigned char *p, uint32_t before, uint32_t behind)
{
    const uint32_t h = (before << 16 | behind) * 0x9e3779b1u; /* odd: no two pairs are one */
    uint16_t *e = &l->pair[h >> (32 - PAIR_BITS)];
    const uint16_t tag = (uint16_t)(h << 1 & 0xfffe);
    if ((*e & 0xfffe) != tag && before) *e = tag | tkc_spanned(l->v, p, 3, 3);
    return *e & 1;
}

/* Copies pieces of b from *i on to l->cut, wide runs cut; stops when it is full. *at is the
 * place in the piece *i that is reached. */
static void cut_wide(tkc_piece_loop *l, const unsigned char *s, const tkc_batch *b, size_t *i,
                     size_t *at)
{
    tkc_batch *c = &l->cut;
    size_t n = 0;
    for (; *i < b->n; ++*i) {
        const size_t from = b->start[*i], end = b->start[*i + 1];
        const size_t first = n;
        size_t k = *at ? *at : from;
        uint32_t before = 0;
        if (n == TKC_BATCH) break;
        c->start[n++] = (uint32_t)k;
        *at = 0;
        if (!is_wide_run(s + from, end - from) || is_odd(l, s + from, end - from)) continue;
        while (k < end && n < TKC_BATCH) {
            uint32_t cp;
            bool cut;
            if (s[k] < 0xe0 || s[k] >= 0xf0) {
                before = 0;
                k += tkc_utf8_len(s[k]);
                continue;
            }
            cp = three_bytes(s + k);
            c->start[n] = (uint32_t)k;
            /* which is no branch: a coin would guess it as well */
            cut = (before != 0) & !spanned(l, s + k, before, cp);
            if (l->has_odd && cut) cut = !is_odd(l, s + c->start[n - 1], k - c->start[n - 1]);
            n += cut;
            before = cp;
            k += 3;
        }
        if (k < end) { /* full: the last unit goes on in the next batch, and the one before it
                        * may have to be one with the last */
            n -= l->has_odd && n - first > 1 ? 2 : 1;
            *at = c->start[n];
            break;
        }
        /* with the unit before it, it is no token, for none spans the place between them */
        if (n - first > 1 && is_odd(l, s + c->start[n - 1], end - c->start[n - 1])) n--;
    }
    c->start[n] = (uint32_t)(*at ? *at : *i < b->n ? b->start[*i] : b->start[b->n]);
    c->n = n;
}

static bool can_cut(tkc_piece_loop *l)
{
    if (!l->may_cut || l->pair) return l->may_cut;
    l->pair = tkc_alloc(l->alloc, (size_t)1 << PAIR_BITS, sizeof *l->pair);
    if (l->pair) memset(l->pair, 0xff, sizeof *l->pair << PAIR_BITS);
    else l->may_cut = false; /* without the memory pieces stay whole */
    return l->may_cut;
}

static void has_seen(tkc_piece_loop *l, bool ids, size_t len)
{
    if (l->seen[ids] >= MUCH) return;
    l->seen[ids] += len < MUCH ? len : MUCH;
    if (l->seen[ids] >= MUCH) tkc_piece_table_extend(ids ? &l->ids[0] : &l->counts[0]);
}

/* Pieces or units to the end. */
static tkc_status run_all(tkc_piece_loop *l, const unsigned char *s, size_t len, size_t room,
                          tkc_sink *sink, tkc_error *err)
{
    tkc_batch *b = &l->batch;
    const unsigned char *const text = s;
    while (len && sink->n <= sink->limit) {
        /* places in a batch are 32-bit; what lies further away matters to no piece before it */
        const size_t most = len < MAX_ROOM ? len : MAX_ROOM;
        tkc_status st = TKC_OK;
        if (l->units) tkc_unit_bounds(l->units, s, most, b);
        else l->kernel->bounds[l->family](s, most, b);
        if (b->start[b->n] > MAX_ROOM / 2 && len > MAX_ROOM)
            return tkc_fail(err, TKC_E_LIMIT, (size_t)(s - text), "a piece of gigabytes");
        if (b->wide && can_cut(l)) {
            for (size_t i = 0, at = 0; i < b->n && !st;) {
                cut_wide(l, s, b, &i, &at);
                st = run_batch(l, s, room, &l->cut, sink, err);
            }
        } else {
            st = run_batch(l, s, room, b, sink, err);
        }
        if (st) return st;
        s += b->start[b->n];
        len -= b->start[b->n];
        room -= b->start[b->n];
    }
    return TKC_OK;
}

/* U+2581 and the unit it belongs to; *len is how much of the text that is. */
static tkc_status run_prefix(tkc_piece_loop *l, const unsigned char *s, size_t *len,
                             tkc_sink *sink, tkc_error *err)
{
    tkc_text head = {(const char *)s, 0, NULL, 0};
    tkc_status st;
    if (*len) tkc_unit_bounds(l->units, s, *len < MAX_ROOM ? *len : MAX_ROOM, &l->batch);
    if (*len) head.len = l->batch.start[1];
    *len = head.len;
    st = normal_unit(l, &head, true, err);
    return st ? st : tkc_bpe_encode_new(l->bpe, &head, sink, err);
}

/* User-defined pieces stand for themselves and part what is around them. */
static tkc_status run_units(tkc_piece_loop *l, tkc_str text, size_t room, tkc_sink *sink,
                            tkc_error *err)
{
    const unsigned char *s = (const unsigned char *)text.ptr;
    size_t at = 0, begin, end;
    bool frozen = true;
    while (frozen && sink->n <= sink->limit) {
        uint32_t id = 0;
        tkc_status st = TKC_OK;
        frozen = tkc_bpe_next_frozen(l->bpe, text, at, &begin, &end, &id);
        if (at == 0 && l->prefix) {
            size_t head = begin;
            st = run_prefix(l, s, &head, sink, err);
            at = head;
        }
        if (!st) st = run_all(l, s + at, begin - at, room - at, sink, err);
        if (st) return st;
        if (frozen) tkc_sink_put(sink, id, 0);
        at = end;
    }
    return TKC_OK;
}

tkc_status tkc_piece_loop_run(tkc_piece_loop *l, tkc_str text, size_t room, tkc_sink *sink,
                              tkc_error *err)
{
    if (!text.len) return TKC_OK;
    has_seen(l, sink->ids != NULL, text.len);
    return l->units ? run_units(l, text, room, sink, err)
                    : run_all(l, (const unsigned char *)text.ptr, text.len, room, sink, err);
}
