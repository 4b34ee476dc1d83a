/* piece_loop.c - batches of pieces, what the table does not know, and cuts of wide runs. */
#include "tokenizer/merge/piece_loop.h"
#include "tokenizer/merge/luck.h"
#include "tokenizer/merge/unit_cuts.h"
#include "tokenizer/merge/wide_runs.h"

#include "vocab/base/alloc.h"
#include "vocab/base/buf.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

enum {
    N_WIDTHS = 6, /* pieces of up to 15, 31, ... 511 bytes */
    /* bytes after which the table of short pieces is as large as it gets; a window of a long file has more */
    MUCH = 15 << 15
};

/* 8 MB: 524,288 pieces, of which 30 MB of text have about 110,000; 2 MB; then 128 KB each: of the
 * longer ones there are few, mostly indentation and lines drawn with one character. As many with
 * ids are in twice the buckets. */
static const unsigned max_bits[N_WIDTHS] = {17, 14, 9, 8, 7, 6};

_Static_assert((int)TKC_SPANS <= (int)TKC_BATCH, "units are looked up like a batch");

#define MAX_ROOM ((size_t)UINT32_MAX - TKC_WINDOW)

/* The ids of pieces that the table of short ones did not know, in any order; of the k-th they are
 * id[from[k] .. from[k] + n[k]). */
enum { MISSED_IDS = 4096 };
typedef struct missed_ids {
    uint32_t id[MISSED_IDS];
    size_t n_id;
    uint16_t from[TKC_BATCH], n[TKC_BATCH];
} missed_ids;

/* Ids of a batch: those that are known, four a piece at most, and those that are not. */
enum { BATCH_IDS = TKC_BATCH * TKC_PIECE_IDS + MISSED_IDS };

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
    tkc_teller *teller; /* NULL: learns for itself */
    size_t alone;       /* bytes counted since it met the others */
    tkc_luck ready; /* new pieces that are */
    size_t seen[2]; /* bytes counted, and made ids of, up to MUCH */
    tkc_batch batch;
    uint16_t miss[TKC_BATCH + 1];
    tkc_gap gap[TKC_BATCH + 1];
    missed_ids missed;
    uint32_t batch_id[BATCH_IDS]; /* for a sink with less room */
    uint32_t run_start[TKC_BATCH + 1], run_end[TKC_BATCH + 1]; /* wide runs of a batch */
    uint32_t longer_start[TKC_BATCH + 1], longer_end[TKC_BATCH + 1]; /* its longer pieces */
    tkc_spans spans; /* of a batch whose wide runs are cut */
};

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
    l->prefix = false;
    l->teller = NULL;
    l->alone = 0;
    l->ready = tkc_luck_new();
    l->seen[0] = l->seen[1] = 0;
    tkc_buf_init(&l->unit, SIZE_MAX / 4, alloc);
    for (unsigned i = 0; i < N_WIDTHS; i++) {
        tkc_piece_table_init(&l->counts[i], 16u << i, max_bits[i], false, kernel->hash, alloc);
        tkc_piece_table_init(&l->ids[i], 16u << i, max_bits[i] + 1, true, kernel->hash, alloc);
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
    st = tkc_unit_cuts_new(&(*out)->units, v, kernel, alloc, err);
    if (!st) return TKC_OK;
    tkc_piece_loop_free(*out);
    *out = NULL;
    return st;
}

tkc_status tkc_piece_loop_join(tkc_piece_loop *l, tkc_exchange *x, tkc_error *err)
{
    return tkc_teller_new(&l->teller, x, l->v, l->alloc, err);
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
    tkc_teller_free(l->teller);
    tkc_unit_cuts_free(l->units);
    tkc_buf_release(&l->unit);
    tkc_free(l->alloc, l, 1, sizeof *l);
}

/* --- a piece the short table did not know ---------------------------------------------- */

/* Remembers a piece; short ones that are counted are told to others. */
static inline void learn(tkc_piece_loop *l, tkc_piece_table *t, const tkc_piece_key *k, const uint32_t *ids, size_t n)
{
    tkc_piece_keep(t, k, ids, n);
    if (l->teller && t == &l->counts[0]) tkc_tell(l->teller, k->bytes, n);
}

/* The narrowest table for pieces of that length and so many ids; NULL: there is none. */
static tkc_piece_table *table_for(tkc_piece_loop *l, bool ids, size_t len, size_t n)
{
    for (unsigned i = 0; i < N_WIDTHS; i++) {
        tkc_piece_table *t = ids ? &l->ids[i] : &l->counts[i];
        if (len < t->width && (!ids || n <= tkc_piece_row(t))) return t;
    }
    return NULL;
}

/* The entry of a piece in *t, which has its length, or in a wider one because of its many ids: warm ids
 * of many languages, cl100k_base, are a third faster for not merging these again and again. NULL:
 * there is none, and *k is its key in *t as it was. */
static const unsigned char *find_piece(tkc_piece_loop *l, tkc_piece_table **t, tkc_piece_key *k,
                                       const unsigned char *p, size_t len)
{
    const bool ids = (*t)->with_ids;
    const unsigned char *e = NULL;
    if ((*t)->width > TKC_PIECE_SHORT + 1) e = tkc_piece_find(*t, k);
    else if ((*t)->bucket) e = l->kernel->find(tkc_piece_home(*t, k->hash), k->bytes, ids);
    if (e || !ids) return e;
    for (size_t n = tkc_piece_row(*t); !e && n < len;) {
        tkc_piece_table *wider = table_for(l, true, len, n + 1);
        tkc_piece_key key;
        if (!wider) break;
        if (wider->used) {
            tkc_piece_key_of(wider, &key, p, len);
            e = tkc_piece_find(wider, &key);
            if (e) *t = wider;
        }
        n = tkc_piece_row(wider);
    }
    return e;
}

/* Remembers a piece whose key in its table t is k; n ids may want a wider one. */
static inline void keep_piece(tkc_piece_loop *l, tkc_piece_table *t, const tkc_piece_key *k,
                       const unsigned char *p, size_t len, const uint32_t *ids, size_t n)
{
    tkc_piece_key key;
    if (t->with_ids && n > tkc_piece_row(t)) {
        t = table_for(l, true, len, n);
        if (!t) return;
        tkc_piece_key_of(t, &key, p, len);
        k = &key;
    }
    learn(l, t, k, ids, n);
}

/* A unit as its normalizer makes it; *t borrows it from l. */
static tkc_status normal_unit(tkc_piece_loop *l, tkc_text *t, bool prefix, tkc_error *err)
{
    enum { MARK = sizeof TKC_WORD_MARK - 1 };
    tkc_status st;
    char *to;
    if (t->len > SIZE_MAX / MARK - 1) return tkc_nomem(err);
    tkc_buf_clear(&l->unit);
    st = tkc_buf_reserve(&l->unit, MARK * (t->len + 1), err);
    if (st) return st;
    to = l->unit.ptr;
    if (prefix) to = (char *)memcpy(to, TKC_WORD_MARK, MARK) + MARK;
    for (size_t i = 0; i < t->len; i++) {
        if (t->ptr[i] == ' ') to = (char *)memcpy(to, TKC_WORD_MARK, MARK) + MARK;
        else *to++ = t->ptr[i];
    }
    l->unit.len = (size_t)(to - l->unit.ptr);
    *t = (tkc_text){l->unit.ptr, l->unit.len, NULL, 0};
    return TKC_OK;
}

/* A unit of whatever characters. */
static tkc_status merge_any_unit(tkc_piece_loop *l, tkc_text unit, tkc_sink *sink, tkc_error *err)
{
    tkc_status st = normal_unit(l, &unit, false, err);
    return st ? st : tkc_bpe_encode_new(l->bpe, &unit, sink, err);
}

static tkc_status merge_unit(tkc_piece_loop *l, tkc_text unit, tkc_sink *sink, tkc_error *err)
{
    if (tkc_unit_put_run(l->units, (const unsigned char *)unit.ptr, unit.len, sink) ||
        tkc_bpe_encode_unit(l->bpe, (tkc_str){unit.ptr, unit.len}, sink))
        return TKC_OK;
    return merge_any_unit(l, unit, sink, err);
}

static tkc_status merge_piece(tkc_piece_loop *l, const unsigned char *p, size_t len,
                              tkc_sink *sink, tkc_error *err)
{
    tkc_text piece = {(const char *)p, len, NULL, 0};
    tkc_piece_table *t = table_for(l, sink->ids != NULL, len, 1);
    const unsigned char *e = NULL;
    const size_t before = sink->n;
    tkc_piece_key key;
    tkc_status st;
    if (t) {
        tkc_piece_key_of(t, &key, p, len);
        e = find_piece(l, &t, &key, p, len);
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
    if (len <= TKC_PIECE_SHORT && !(l->units && tkc_unit_is_run(l->units, *p))) {
        const uint32_t ready = tkc_ready_find(l->v, key.bytes);
        if (ready != TKC_NO_ID) { /* who only counts leaves the ids and their pages alone */
            const uint32_t id = sink->ids ? l->v->ready_id[ready] : TKC_NO_ID;
            tkc_sink_put(sink, id, 0);
            learn(l, t, &key, &id, 1);
            return TKC_OK;
        }
    }
    st = l->units ? merge_unit(l, piece, sink, err) : tkc_bpe_encode_new(l->bpe, &piece, sink, err);
    if (!st && t && sink->n <= sink->limit && (!sink->ids || sink->n <= sink->cap))
        keep_piece(l, t, &key, p, len, sink->ids ? sink->ids + before : NULL, sink->n - before);
    return st;
}

/* --- several of them ------------------------------------------------------------------- */

/* Pieces of which each waits for memory that was asked for while the others were worked on: a text
 * that is new to the encoder waits for little else. English, o200k_base: 84 to 66 ms for 10 MB. */
enum { N_RECENT = 4 * TKC_MERGE_ABREAST, MET_BITS = 2048 };
typedef struct group {
    size_t n;
    size_t most; /* bytes of a piece that goes into one; 0: none does */
    const unsigned char *end; /* of what may be read */
    uint32_t hash[N_RECENT]; /* of its pieces, and of some that went before, by their low bits */
    uint64_t met[MET_BITS / 64]; /* short pieces of this batch, by their hash */
    tkc_str piece[TKC_MERGE_ABREAST];
    tkc_piece_table *table[TKC_MERGE_ABREAST];
    tkc_piece_key key[TKC_MERGE_ABREAST + 1]; /* and that of the next one */
    uint32_t id[TKC_MERGE_ABREAST][TKC_MERGE_FEW];
    tkc_short_row row[TKC_MERGE_ABREAST];
    bool asked[TKC_MERGE_ABREAST]; /* whether it is a token that is ready */
    bool is_new[TKC_MERGE_ABREAST]; /* its table cannot have it */
    missed_ids *missed; /* NULL: only counts are wanted */
    size_t which[TKC_MERGE_ABREAST]; /* the piece is in missed */
} group;

static void group_init(const tkc_piece_loop *l, group *g, missed_ids *missed, const unsigned char *end)
{
    g->n = 0;
    g->most = tkc_bpe_is_short(l->bpe, TKC_MERGE_FEW) ? TKC_MERGE_FEW : 0;
    g->end = end;
    memset(g->hash, 0, sizeof g->hash);
    memset(g->met, 0, sizeof g->met);
    g->missed = missed;
}

/* The next n ids are those of the k-th piece of those that were missed. */
static void take_ids(missed_ids *m, size_t k, size_t n)
{
    m->from[k] = (uint16_t)m->n_id;
    m->n[k] = (uint16_t)n;
    m->n_id += n;
}

/* n ids, or as many tokens, of the k-th piece. */
static size_t answer(missed_ids *m, size_t k, const uint32_t *id, size_t n)
{
    if (!m) return n;
    memcpy(m->id + m->n_id, id, n * sizeof *id);
    take_ids(m, k, n);
    return n;
}

/* A unit of the group that is merged by itself; *sum grows by its tokens. */
static tkc_status run_single(tkc_piece_loop *l, group *g, size_t k, size_t *sum, tkc_error *err)
{
    missed_ids *const m = g->missed;
    tkc_sink to = {.limit = SIZE_MAX};
    tkc_status st;
    if (m) { /* there is room, see ids_of_missed() */
        to.ids = m->id + m->n_id;
        to.cap = MISSED_IDS - m->n_id;
    }
    st = merge_any_unit(l, (tkc_text){g->piece[k].ptr, g->piece[k].len, NULL, 0}, &to, err);
    if (st) return st;
    keep_piece(l, g->table[k], &g->key[k], (const unsigned char *)g->piece[k].ptr, g->piece[k].len, to.ids,
               to.n);
    if (m) take_ids(m, g->which[k], to.n);
    *sum += to.n;
    return TKC_OK;
}

/* Finds or merges the group, which its tables know afterwards. *sum grows by its tokens. */
static tkc_status run_group(tkc_piece_loop *l, group *g, size_t *sum, tkc_error *err)
{
    uint32_t ready[TKC_MERGE_ABREAST];
    tkc_status st = TKC_OK;
    size_t n = 0;
    for (size_t k = 0; k < g->n; k++) {
        ready[k] = TKC_NO_ID;
        if (!g->asked[k]) continue;
        ready[k] = tkc_ready_find(l->v, g->key[k].bytes);
        tkc_luck_has_asked(&l->ready, ready[k] != TKC_NO_ID);
        if (g->missed && ready[k] != TKC_NO_ID) TKC_PREFETCH(&l->v->ready_id[ready[k]]);
    }
    for (size_t k = 0; k < g->n; k++) {
        tkc_piece_table *t = g->table[k];
        const unsigned char *p = (const unsigned char *)g->piece[k].ptr;
        const unsigned char *e = g->is_new[k] ? NULL : find_piece(l, &t, &g->key[k], p, g->piece[k].len);
        if (e) {
            *sum += answer(g->missed, g->which[k], tkc_piece_ids(t, e), tkc_piece_count(t, e));
            continue;
        }
        if (ready[k] != TKC_NO_ID) { /* who only counts leaves the ids and their pages alone */
            const uint32_t *id = g->missed ? &l->v->ready_id[ready[k]] : NULL;
            learn(l, t, &g->key[k], id, 1);
            *sum += answer(g->missed, g->which[k], id, 1);
            continue;
        }
        g->piece[n] = g->piece[k];
        g->table[n] = t;
        g->which[n] = g->which[k];
        if (n != k) memcpy(&g->key[n], &g->key[k], offsetof(tkc_piece_key, bytes) + t->width);
        g->row[n] = (tkc_short_row){g->id[n], NULL, 0};
        n++;
    }
    if (l->units) tkc_bpe_units_abreast(l->bpe, g->piece, n, g->row);
    else tkc_bpe_encode_abreast(l->bpe, g->piece, n, g->row);
    for (size_t k = 0; k < n && !st; k++) {
        if (!g->row[k].n) {
            st = run_single(l, g, k, sum, err);
            continue;
        }
        *sum += answer(g->missed, g->which[k], g->id[k], g->row[k].n);
        keep_piece(l, g->table[k], &g->key[k], (const unsigned char *)g->piece[k].ptr, g->piece[k].len,
                   g->id[k], g->row[k].n);
    }
    g->n = 0;
    return st;
}

/* Whether a piece goes into a group. */
static bool fits_group(const tkc_piece_loop *l, const group *g, const unsigned char *p, size_t len)
{
    return len <= g->most && !(l->units && tkc_unit_is_run(l->units, *p));
}

/* Whether the table of counts cannot have a short piece: the kernel has looked for it when the batch began, and it
 * was not met since. */
static inline bool is_new(group *g, uint64_t hash)
{
    uint64_t *const word = &g->met[hash / 64 % (MET_BITS / 64)], bit = (uint64_t)1 << hash % 64;
    const bool met = *word & bit;
    *word |= bit;
    return !met;
}

/* Such a piece into the group; *sum grows by tokens of those that had to make room. */
static tkc_status add_to_group(tkc_piece_loop *l, group *g, size_t which, const unsigned char *p,
                               size_t len, size_t *sum, tkc_error *err)
{
    tkc_piece_table *const is_short = g->missed ? &l->ids[0] : &l->counts[0];
    tkc_piece_table *const t = len <= TKC_PIECE_SHORT ? is_short : table_for(l, g->missed != NULL, len, 1);
    tkc_piece_key *const key = &g->key[g->n];
    uint32_t *recent;
    tkc_status st = TKC_OK;
    size_t k;
    tkc_piece_key_at(t, key, p, len, (size_t)(g->end - p));
    recent = &g->hash[key->hash % N_RECENT];
    if (g->n == TKC_MERGE_ABREAST || *recent == (uint32_t)key->hash) {
        st = run_group(l, g, sum, err); /* the table knows it then */
        memmove(&g->key[0], key, offsetof(tkc_piece_key, bytes) + t->width);
    }
    k = g->n++;
    *recent = (uint32_t)g->key[k].hash;
    g->piece[k] = (tkc_str){(const char *)p, len};
    g->which[k] = which;
    g->table[k] = t;
    g->is_new[k] = t == &l->counts[0] && is_new(g, g->key[k].hash);
    tkc_piece_ask(g->table[k], &g->key[k]);
    g->asked[k] = len <= TKC_PIECE_SHORT && tkc_luck_may_ask(&l->ready);
    if (g->asked[k]) tkc_ready_ask(l->v, g->key[k].bytes);
    return st;
}

/* --- what is looked up ------------------------------------------------------------------ */

static inline tkc_status count_missed(tkc_piece_loop *l, group *g, const unsigned char *p, size_t len,
                               tkc_sink *sink, tkc_error *err)
{
    return fits_group(l, g, p, len) ? add_to_group(l, g, 0, p, len, &sink->n, err)
                                    : merge_piece(l, p, len, sink, err);
}

/* Counts of pieces or of units but for wide runs, where runs is not NULL, which it gets. Only what the
 * table of short ones does not know is looked at for them: that saves asking each piece, and the order of
 * counts is all one. */
static tkc_status count_all(tkc_piece_loop *l, const unsigned char *s, size_t room, const tkc_lookup *u,
                            size_t *runs, tkc_sink *sink, tkc_error *err)
{
    tkc_lookup rest = {l->longer_start, l->longer_end, 0};
    uint32_t none[2], *const run_start = runs ? l->run_start : none, *const run_end = runs ? l->run_end : none + 1;
    tkc_status st = TKC_OK;
    size_t misses, n_run = 0;
    group g;
    group_init(l, &g, NULL, s + room);
    sink->n += l->kernel->count(&l->counts[0], s, room, u, l->miss, &misses);
    for (size_t k = 0; k < misses && !st; k++) {
        const uint32_t from = u->start[l->miss[k]], end = u->end[l->miss[k]], len = end - from;
        /* which it is cannot be guessed: to both lists, and one of them grows */
        const bool run = runs && tkc_is_wide_run(s + from, len);
        const bool longer = !run & (len > TKC_PIECE_SHORT) & (len < TKC_PIECE_MAX);
        run_start[n_run] = l->longer_start[rest.n] = from;
        run_end[n_run] = l->longer_end[rest.n] = end;
        n_run += run;
        rest.n += longer;
        if (!(run | longer)) st = count_missed(l, &g, s + from, len, sink, err);
    }
    if (runs) *runs = n_run;
    if (!rest.n || st) misses = 0;
    else sink->n += l->kernel->count_longer(&l->counts[1], s, room, &rest, l->miss, &misses);
    for (size_t k = 0; k < misses && !st; k++) {
        const uint32_t from = rest.start[l->miss[k]];
        st = count_missed(l, &g, s + from, rest.end[l->miss[k]] - from, sink, err);
    }
    return st ? st : run_group(l, &g, &sink->n, err);
}

/* Ids of the pieces in the first *n gaps; *n falls to those that there was room for. */
static tkc_status ids_of_missed(tkc_piece_loop *l, const unsigned char *s, size_t room, const tkc_lookup *u, size_t *n,
                                tkc_error *err)
{
    /* a blank of a unit may become the three bytes of U+2581 */
    const size_t most = l->units ? sizeof TKC_WORD_MARK - 1 : 1;
    missed_ids *const m = &l->missed;
    tkc_status st = TKC_OK;
    size_t in_group = 0, tokens = 0; /* ids that it may have; not wanted */
    group g;
    group_init(l, &g, m, s + room);
    m->n_id = 0;
    for (size_t k = 0; k < *n && !st; k++) {
        const uint32_t i = l->gap[k].piece;
        const unsigned char *const p = s + u->start[i];
        const size_t len = u->end[i] - u->start[i], space = MISSED_IDS - m->n_id - in_group;
        if (len > space / most) {
            *n = k;
        } else if (fits_group(l, &g, p, len)) {
            st = add_to_group(l, &g, k, p, len, &tokens, err);
            in_group = most * len + (g.n == 1 ? 0 : in_group);
        } else {
            tkc_sink to = {.ids = m->id + m->n_id, .cap = space, .limit = SIZE_MAX};
            st = merge_piece(l, p, len, &to, err);
            take_ids(m, k, to.n);
        }
    }
    return st ? st : run_group(l, &g, &tokens, err);
}

/* Puts the ids of n gaps between those that are known, from the end. Returns how many there are. */
static size_t fill_gaps(const tkc_piece_loop *l, uint32_t *id, size_t known, size_t n)
{
    const missed_ids *const m = &l->missed;
    const size_t all = known + m->n_id;
    for (size_t k = n, to = all; k-- > 0;) {
        const size_t at = l->gap[k].at, behind = known - at;
        to -= behind;
        memmove(id + to, id + at, behind * sizeof *id);
        to -= m->n[k];
        memcpy(id + to, m->id + m->from[k], m->n[k] * sizeof *id);
        known = at;
    }
    return all;
}

/* Ids of the pieces from *i on, in order; up to one of very many. */
static tkc_status ids_of_some(tkc_piece_loop *l, const unsigned char *s, size_t room, const tkc_lookup *u,
                              size_t *i, tkc_sink *sink, tkc_error *err)
{
    const tkc_lookup rest = {u->start + *i, u->end + *i, u->n - *i};
    const size_t space = sink->n < sink->cap ? sink->cap - sink->n : 0;
    uint32_t *const id = space < BATCH_IDS ? l->batch_id : sink->ids + sink->n;
    size_t misses, n, known = l->kernel->ids(&l->ids[0], s, room, &rest, id, l->gap, &misses);
    tkc_status st;
    n = misses;
    st = ids_of_missed(l, s, room, &rest, &n, err);
    if (st) return st;
    if (n < misses) known = l->gap[n].at;
    known = fill_gaps(l, id, known, n);
    if (id == l->batch_id && space) memcpy(sink->ids + sink->n, id, (known < space ? known : space) * sizeof *id);
    sink->n += known;
    if (n == misses) {
        *i = u->n;
        return TKC_OK;
    }
    *i += l->gap[n].piece;
    if (n) return TKC_OK; /* there may be room for it now */
    st = merge_piece(l, s + u->start[*i], u->end[*i] - u->start[*i], sink, err);
    ++*i;
    return st;
}

static tkc_status ids_of_all(tkc_piece_loop *l, const unsigned char *s, size_t room,
                             const tkc_lookup *u, tkc_sink *sink, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < u->n && !st;) st = ids_of_some(l, s, room, u, &i, sink, err);
    return st;
}

/* The units that are collected. */
static tkc_status run_collected(tkc_piece_loop *l, const unsigned char *s, size_t room,
                                tkc_sink *sink, tkc_error *err)
{
    const tkc_lookup u = {l->spans.start, l->spans.end, l->spans.n};
    l->spans.n = 0;
    return sink->ids ? ids_of_all(l, s, room, &u, sink, err) : count_all(l, s, room, &u, NULL, sink, err);
}

/* Units of pieces, looked up; the last ones are collected. */
static tkc_status cut_all(tkc_piece_loop *l, const unsigned char *s, size_t room, const tkc_lookup *u,
                          tkc_sink *sink, tkc_error *err)
{
    tkc_wide_place place = {.piece = 0};
    tkc_status st = TKC_OK;
    while (!st && !l->kernel->cut(&place, l->v, s, room, u, &l->spans, sink->ids ? NULL : &sink->n))
        st = run_collected(l, s, room, sink, err);
    return st ? st : run_collected(l, s, room, sink, err);
}

static tkc_status count_batch(tkc_piece_loop *l, const unsigned char *s, size_t room,
                              tkc_sink *sink, tkc_error *err)
{
    const tkc_lookup all = tkc_batch_lookup(&l->batch);
    size_t runs = 0;
    tkc_status st;
    if (!l->v->wide || !l->batch.wide) return count_all(l, s, room, &all, NULL, sink, err);
    l->spans.n = 0;
    st = count_all(l, s, room, &all, &runs, sink, err);
    return st || !runs ? st : cut_all(l, s, room, &(tkc_lookup){l->run_start, l->run_end, runs}, sink, err);
}

/* Ids of the batch, in order, so wide runs are cut first. */
static tkc_status ids_of_batch(tkc_piece_loop *l, const unsigned char *s, size_t room,
                               tkc_sink *sink, tkc_error *err)
{
    const tkc_lookup all = tkc_batch_lookup(&l->batch);
    if (!l->v->wide || !l->batch.wide) return ids_of_all(l, s, room, &all, sink, err);
    l->spans.n = 0;
    return cut_all(l, s, room, &all, sink, err);
}

static void has_seen(tkc_piece_loop *l, bool ids, size_t len)
{
    if (l->seen[ids] >= MUCH) return;
    l->seen[ids] += len < MUCH ? len : MUCH;
    if (l->seen[ids] >= MUCH) tkc_piece_table_extend(ids ? &l->ids[0] : &l->counts[0]);
}

/* Meets the others once in MEET bytes: what they tell is late by half of that. */
static void may_meet(tkc_piece_loop *l, size_t len)
{
    enum { MEET = 1 << 16 };
    l->alone += len;
    if (l->alone < MEET) return;
    l->alone = 0;
    tkc_meet(l->teller, &l->counts[0]);
}

/* Pieces or units to the end. */
static tkc_status run_all(tkc_piece_loop *l, const unsigned char *s, size_t len, size_t room,
                          tkc_sink *sink, tkc_error *err)
{
    tkc_batch *b = &l->batch;
    const unsigned char *const text = s;
    b->before = 0;
    while (len && sink->n <= sink->limit) {
        /* places in a batch are 32-bit; what lies further away matters to no piece before it */
        const size_t most = len < MAX_ROOM ? len : MAX_ROOM;
        size_t used;
        tkc_status st;
        if (l->units) {
            used = tkc_unit_bounds(l->units, s, most, room, &l->spans, sink->ids ? NULL : &sink->n);
        } else {
            l->kernel->bounds[l->family](l->v->wide ? l->v : NULL, s, most, b, sink->ids ? NULL : &sink->n);
            used = b->used;
        }
        if (used > MAX_ROOM / 2 && len > MAX_ROOM)
            return tkc_fail(err, TKC_E_LIMIT, (size_t)(s - text), "a piece of gigabytes");
        if (l->units) st = run_collected(l, s, room, sink, err);
        else st = sink->ids ? ids_of_batch(l, s, room, sink, err) : count_batch(l, s, room, sink, err);
        if (st) return st;
        if (l->teller && !sink->ids) may_meet(l, used);
        s += used;
        len -= used;
        room -= used;
    }
    return TKC_OK;
}

/* U+2581 and the unit it belongs to; *len is how much of the text that is. */
static tkc_status run_prefix(tkc_piece_loop *l, const unsigned char *s, size_t *len,
                             tkc_sink *sink, tkc_error *err)
{
    tkc_text head = {(const char *)s, 0, NULL, 0};
    tkc_status st;
    if (*len) (void)tkc_unit_bounds(l->units, s, *len < MAX_ROOM ? *len : MAX_ROOM, *len, &l->spans, NULL);
    if (*len) head.len = l->spans.end[0];
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
