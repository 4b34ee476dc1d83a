/* piece_loop.c - batches of pieces, what the table does not know, and cuts of wide runs. */
#include "tokenizer/merge/piece_loop.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

enum {
    N_WIDTHS = 6, /* pieces of up to 15, 31, ... 511 bytes */
    PAIR_BITS = 17,  /* 256 KB: 131,072 pairs of characters */
    /* A run of Han, kana or Hangul longer than this is cut (two characters rarely miss), and one
     * of any characters of three bytes that is too long for a short entry. */
    CUT_CJK = 6
};

/* 4 MB: 262,144 pieces, of which 30 MB of text have about 110,000; 2 MB; then 128 KB each: of the
 * longer ones there are few, mostly indentation and lines drawn with one character. */
static const unsigned max_bits[N_WIDTHS] = {16, 15, 11, 10, 9, 8};

#define MAX_ROOM ((size_t)UINT32_MAX - TKC_WINDOW)

struct tkc_piece_loop {
    const tkc_allocator *alloc;
    const tkc_vocab *v;
    tkc_bpe *bpe;
    const tkc_kernel *kernel;
    tkc_family family;
    tkc_piece_table counts[N_WIDTHS], ids[N_WIDTHS];
    uint16_t *pair; /* by hash of two characters: 15 bits of it, and whether a token spans them */
    bool may_cut;
    tkc_batch batch, cut; /* what bounds() found, and the same with wide runs cut */
};

/* A unit of a piece is merged; a piece that is a token is that token. The two agree unless
 * merging does not build the token: where one of those may be a unit, nothing is cut. */
static bool units_agree(const tkc_vocab *v)
{
    if (!(v->model.flags & TKC_MODEL_WHOLE_PIECE)) return true;
    for (uint32_t i = 0; i < v->n_unreachable; i++) {
        const tkc_str t = tkc_token_at(v, v->unreachable[i]);
        for (size_t k = 0; k < t.len; k++)
            if ((unsigned char)t.ptr[k] >= 0xe0) return false;
    }
    return true;
}

tkc_status tkc_piece_loop_new(tkc_piece_loop **out, const tkc_vocab *v, tkc_bpe *bpe,
                              const tkc_pretok *pretok, const tkc_kernel *kernel,
                              const tkc_allocator *alloc, tkc_error *err)
{
    tkc_scan_fn scan = pretok ? tkc_pretok_scanner(pretok) : NULL;
    tkc_family family;
    tkc_piece_loop *l;
    *out = NULL;
    if (!bpe || !scan || !kernel || !tkc_family_of(scan, &family)) return TKC_OK;
    if (!(v->model.flags & TKC_MODEL_BYTE_LEVEL) || v->model.subword_prefix[0] ||
        v->model.word_suffix[0])
        return TKC_OK;
    alloc = tkc_allocator_or_default(alloc);
    l = tkc_alloc(alloc, 1, sizeof *l);
    if (!l) return tkc_nomem(err);
    l->alloc = alloc;
    l->v = v;
    l->bpe = bpe;
    l->kernel = kernel;
    l->family = family;
    l->pair = NULL;
    l->may_cut = v->cuts && units_agree(v);
    for (unsigned i = 0; i < N_WIDTHS; i++) {
        tkc_piece_table_init(&l->counts[i], 16u << i, max_bits[i], false, kernel->hash, alloc);
        tkc_piece_table_init(&l->ids[i], 16u << i, max_bits[i], true, kernel->hash, alloc);
    }
    *out = l;
    return TKC_OK;
}

void tkc_piece_loop_free(tkc_piece_loop *l)
{
    if (!l) return;
    for (unsigned i = 0; i < N_WIDTHS; i++) {
        tkc_piece_table_release(&l->counts[i]);
        tkc_piece_table_release(&l->ids[i]);
    }
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

static tkc_status merge_piece(tkc_piece_loop *l, const unsigned char *p, size_t len,
                              tkc_sink *sink, tkc_error *err)
{
    const tkc_text piece = {(const char *)p, len, NULL, 0};
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
    st = tkc_bpe_encode(l->bpe, &piece, sink, err);
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
    if ((*e & 0xfffe) != tag) *e = tag | tkc_spanned(l->v, p, 3, 3);
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
        size_t k = *at ? *at : from;
        uint32_t before = 0;
        if (n == TKC_BATCH) break;
        c->start[n++] = (uint32_t)k;
        *at = 0;
        if (!is_wide_run(s + from, end - from)) continue;
        while (k < end && n < TKC_BATCH) {
            uint32_t cp;
            if (s[k] < 0xe0 || s[k] >= 0xf0) {
                before = 0;
                k += tkc_utf8_len(s[k]);
                continue;
            }
            cp = three_bytes(s + k);
            c->start[n] = (uint32_t)k;
            n += before && !spanned(l, s + k, before, cp);
            before = cp;
            k += 3;
        }
        if (k < end) { /* full: the last unit goes on in the next batch */
            *at = c->start[--n];
            break;
        }
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

tkc_status tkc_piece_loop_run(tkc_piece_loop *l, tkc_str text, tkc_sink *sink, tkc_error *err)
{
    const unsigned char *s = (const unsigned char *)text.ptr;
    size_t len = text.len;
    tkc_batch *b = &l->batch;
    while (len && sink->n <= sink->limit) {
        tkc_status st = TKC_OK;
        /* places in a batch are 32-bit; what lies further away matters to no piece before it */
        l->kernel->bounds[l->family](s, len < MAX_ROOM ? len : MAX_ROOM, b);
        if (b->start[b->n] > MAX_ROOM / 2 && len > MAX_ROOM)
            return tkc_fail(err, TKC_E_LIMIT, (size_t)(s - (const unsigned char *)text.ptr),
                            "a piece of gigabytes");
        if (b->wide && can_cut(l)) {
            for (size_t i = 0, at = 0; i < b->n && !st;) {
                cut_wide(l, s, b, &i, &at);
                st = run_batch(l, s, len, &l->cut, sink, err);
            }
        } else {
            st = run_batch(l, s, len, b, sink, err);
        }
        if (st) return st;
        s += b->start[b->n];
        len -= b->start[b->n];
    }
    return TKC_OK;
}
