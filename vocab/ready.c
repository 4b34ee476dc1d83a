/* ready.c - making what ready.h describes; deterministic, so that it can be verified by making it
 * again. */
#include "vocab/ready.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

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

/* Whether the model itself finds this token by its bytes. */
static bool is_model_token(const tkc_vocab *v, uint32_t id)
{
    const tkc_str t = tkc_token_at(v, id);
    return t.len && tkc_token_find(v, t.ptr, t.len) == id;
}

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* --- forced merges --------------------------------------------------------------------- */

/* Of results that take a part of a character together with a byte beside it, the least priority, as
 * its complement: zeroed memory is "none", and pages of it that stay so are none. */
typedef struct threats {
    tkc_forced *forced;
    uint32_t own[TKC_WIDE_CHARS];  /* by character: the largest priority of its own merges */
    uint32_t lead[64][256];        /* what ends in: byte, first byte of a character */
    uint32_t lead_mid[1024][256];  /* byte, first two of three */
    uint32_t last[64][256];        /* what begins with: last byte of a character, byte */
    uint32_t mid_last[4096][256];  /* last two of three, byte */
} threats;

/* What a merge makes. */
typedef struct result {
    const unsigned char *p;
    size_t n;
    uint32_t prio;
} result;

static uint32_t n_results(const tkc_vocab *v)
{
    return v->merge_result ? v->n_merges : v->model.n_ids;
}

static result result_at(const tkc_vocab *v, uint32_t m)
{
    const tkc_str t = tkc_token_at(v, tkc_merge_result(v, m));
    return (result){(const unsigned char *)t.ptr, t.len, tkc_merge_prio(v, m)};
}

static void put_alone(threats *t, uint32_t c, uint32_t id, uint32_t prio)
{
    t->forced->alone[c] = id;
    t->own[c] = ~prio;
}

static void lower(uint16_t *least, uint32_t prio)
{
    if (prio < *least) *least = (uint16_t)prio;
}

static void higher(uint32_t *most, uint32_t urgency)
{
    if (urgency > *most) *most = urgency;
}

/* What a result says about two ASCII bytes. */
static void note_two(tkc_forced *f, const result *x)
{
    const unsigned char *p = x->p;
    const size_t n = x->n;
    const uint32_t prio = x->prio;
    for (size_t q = 0; q + 1 < n; q++) {
        const bool begins = q == 0, ends = q + 2 == n;
        tkc_forced_two *two;
        if ((p[q] | p[q + 1]) & 0x80) {
            if (begins && p[q] < 0x80) lower(&f->edge[p[q]].begins, prio);
            if (ends && p[q + 1] < 0x80) lower(&f->edge[p[q + 1]].ends, prio);
            continue;
        }
        two = &f->two[p[q] << 7 | p[q + 1]];
        if (begins) lower(&two->begins, prio);
        if (ends) lower(&two->ends, prio);
        if (n > 2 && prio <= two->prio) two->prio = TKC_FORCED_NONE;
    }
}

/* Where results end and begin within a character. */
static void note_parts(threats *t, const result *x)
{
    const unsigned char *p = x->p;
    const size_t n = x->n;
    const uint32_t urgency = ~x->prio;
    if (n > 2 && p[n - 2] >= 0xe0 && p[n - 2] < 0xf0 && is_tail(p[n - 1]))
        higher(&t->lead_mid[(p[n - 2] & 15) << 6 | (p[n - 1] & 63)][p[n - 3]], urgency);
    if (p[n - 1] >= 0xc2 && p[n - 1] < 0xf0) higher(&t->lead[p[n - 1] & 63][p[n - 2]], urgency);
    if (!is_tail(p[0])) return;
    higher(&t->last[p[0] & 63][p[1]], urgency);
    if (n > 2 && is_tail(p[1])) higher(&t->mid_last[(p[0] & 63) << 6 | (p[1] & 63)][p[2]], urgency);
}

typedef struct threat_sink {
    tkc_ready *r;
    size_t n; /* put so far */
    bool put; /* or only counted */
} threat_sink;

static void add_threat(threat_sink *s, uint32_t c, unsigned behind, unsigned byte)
{
    s->n++;
    if (!s->put) return;
    s->r->forced->alone[c] |= behind ? TKC_ALONE_ASK_BEHIND : TKC_ALONE_ASK_BEFORE;
    tkc_filter_add(s->r->threat, s->r->n_threat, tkc_threat_hash(c, behind, byte));
}

/* Characters that a result holds whole with a byte beside them. */
static void whole_threats(const threats *t, const result *x, threat_sink *s)
{
    const unsigned char *p = x->p;
    const size_t n = x->n;
    for (size_t q = 0; q < n; q++) {
        unsigned k;
        const uint32_t c = p[q] < 0xc2 ? 0 : tkc_char_number(p + q, n - q, &k);
        if (!c || !t->own[c] || ~x->prio < t->own[c]) continue;
        if (q) add_threat(s, c, 0, p[q - 1]);
        if (q + k < n) add_threat(s, c, 1, p[q + k]);
    }
}

static void part_threats(const threats *t, uint32_t c, threat_sink *s)
{
    const bool three = c >= 0x800;
    const uint32_t own = t->own[c], *lead = t->lead[three ? 0x20 | c >> 12 : c >> 6],
                   *lead_mid = three ? t->lead_mid[c >> 6] : lead, *last = t->last[c & 63],
                   *mid_last = three ? t->mid_last[c & 4095] : last;
    for (unsigned byte = 0; byte < 256; byte++) {
        if (lead[byte] >= own || lead_mid[byte] >= own) add_threat(s, c, 0, byte);
        if (last[byte] >= own || mid_last[byte] >= own) add_threat(s, c, 1, byte);
    }
}

static tkc_status make_threats(tkc_ready *r, const tkc_vocab *v, const threats *t,
                               const tkc_allocator *alloc, tkc_error *err)
{
    threat_sink s = {.r = r};
    for (int put = 0; put < 2; put++) {
        s.put = put;
        for (uint32_t m = 0; m < n_results(v); m++) {
            const result x = result_at(v, m);
            whole_threats(t, &x, &s);
        }
        for (uint32_t c = 0x80; c < TKC_WIDE_CHARS; c++)
            if (t->own[c]) part_threats(t, c, &s);
        if (put) break;
        r->n_threat = 16; /* 8 to 16 bits a threat; there are not more than 2^25 different ones */
        while (r->n_threat < s.n / 8 && r->n_threat < (size_t)1 << 22) r->n_threat *= 2;
        r->threat = tkc_alloc_zero(alloc, r->n_threat, sizeof *r->threat);
        if (!r->threat) {
            r->n_threat = 0;
            return tkc_nomem(err);
        }
    }
    return TKC_OK;
}

/* Characters of two bytes; those of three were done when they were counted. */
static void note_narrow(const tkc_vocab *v, threats *t)
{
    for (uint32_t c = 0x80; c < 0x800; c++) {
        const uint32_t m = tkc_pair_find(v, v->byte_id[0xc0 | c >> 6], v->byte_id[0x80 | (c & 63)]);
        if (m != TKC_NO_ID) put_alone(t, c, tkc_merge_result(v, m), tkc_merge_prio(v, m));
    }
}

static void note_ascii(const tkc_vocab *v, tkc_forced *f)
{
    for (uint32_t i = 0; i < 128 * 128; i++) {
        const uint32_t m = tkc_pair_find(v, v->byte_id[i >> 7], v->byte_id[i & 127]);
        tkc_forced_two *two = &f->two[i];
        if (m == TKC_NO_ID || tkc_merge_prio(v, m) >= TKC_FORCED_NONE ||
            tkc_merge_result(v, m) > UINT16_MAX)
            continue;
        two->prio = (uint16_t)tkc_merge_prio(v, m);
        two->id = (uint16_t)tkc_merge_result(v, m);
    }
}

/* r->forced is there, all bits one, and t knows the characters of three bytes. */
static tkc_status make_forced(tkc_ready *r, const tkc_vocab *v, threats *t,
                              const tkc_allocator *alloc, tkc_error *err)
{
    note_narrow(v, t);
    note_ascii(v, r->forced);
    for (uint32_t m = 0; m < n_results(v); m++) {
        const result x = result_at(v, m);
        if (x.n < 2) continue;
        note_two(r->forced, &x);
        note_parts(t, &x);
    }
    return make_threats(r, v, t, alloc, err);
}

/* --- characters of three bytes --------------------------------------------------------- */

/* Calls add for every pair of characters that some token holds; marks those at whose side a token
 * ends within a character. A token's end within one may be any character that begins or ends so:
 * it is marked for all of them, which costs cuts and nothing else. */
static void each_wide_pair(const tkc_vocab *v, uint8_t *wide, void (*add)(void *ctx, uint64_t hash),
                           void *ctx)
{
    for (uint32_t id = 0; id < v->model.n_ids; id++) {
        const tkc_str t = tkc_token_at(v, id);
        const unsigned char *p = (const unsigned char *)t.ptr;
        bool asked = false;
        for (size_t q = 1; q < t.len; q++) {
            const size_t left = q < 3 ? q : 3, right = t.len - q < 3 ? t.len - q : 3;
            const bool can_be = (p[q] & 0xf0) == 0xe0 && is_tail(p[q - 1]) &&
                                (left < 2 || is_tail(p[q - 2])) &&
                                (left < 3 || (p[q - 3] & 0xf0) == 0xe0) &&
                                (right < 2 || is_tail(p[q + 1])) && (right < 3 || is_tail(p[q + 2]));
            if (!can_be) continue;
            if (!asked && !is_model_token(v, id)) break;
            asked = true;
            if (left < 3) {
                const uint32_t n = right == 3 ? 1 : right == 2 ? 64 : 4096;
                uint32_t c = (uint32_t)(p[q] & 15) << 12;
                if (right > 1) c |= (uint32_t)(p[q + 1] & 63) << 6;
                if (right > 2) c |= p[q + 2] & 63;
                for (uint32_t k = 0; k < n; k++) wide[c + k] |= TKC_WIDE_OPEN_LEFT;
            } else if (right < 3) {
                wide[tkc_wide_char(p + q - 3)] |= TKC_WIDE_OPEN_RIGHT;
            } else if (add) {
                add(ctx, tkc_wide_hash(tkc_wide_char(p + q - 3) << 16 | tkc_wide_char(p + q)));
            }
        }
    }
}

/* Characters with this bit that p[0 .. n), n <= 3, is the end of (or, from its begin, the begin), have it no more. */
static void clear_ends(uint8_t *wide, const unsigned char *p, size_t n, uint8_t bit)
{
    const uint32_t c = n == 1 ? p[0] & 63u : n == 2 ? (p[0] & 63u) << 6 | (p[1] & 63u) : tkc_wide_char(p);
    const uint32_t stride = (uint32_t)1 << 6 * n;
    for (uint32_t k = c; k < TKC_WIDE_CHARS; k += stride) wide[k] &= (uint8_t)~bit;
}

static void clear_begins(uint8_t *wide, const unsigned char *p, size_t n, uint8_t bit)
{
    const uint32_t c = (p[0] & 15u) << 12 | (n > 1 ? (p[1] & 63u) << 6 : 0) | (n > 2 ? p[2] & 63u : 0);
    for (uint32_t k = 0; k < (uint32_t)1 << 6 * (3 - n); k++) wide[c + k] &= (uint8_t)~bit;
}

/* Which characters stand beside one of two or four bytes in no token. What a token has only a part of may be any
 * character that ends or begins so. */
static void note_apart(const tkc_vocab *v, uint8_t *wide)
{
    for (uint32_t c = 0x800; c < TKC_WIDE_CHARS; c++)
        if (c < 0xd800 || c >= 0xe000) wide[c] |= TKC_WIDE_APART_BEFORE | TKC_WIDE_APART_BEHIND;
    for (uint32_t id = 0; id < v->model.n_ids; id++) {
        const tkc_str t = tkc_token_at(v, id);
        const unsigned char *p = (const unsigned char *)t.ptr;
        for (size_t q = 1; q < t.len; q++) {
            const size_t left = q < 3 ? q : 3, right = t.len - q < 3 ? t.len - q : 3;
            const bool three = (left < 2 || is_tail(p[q - 2])) && (left < 3 || (p[q - 3] & 0xf0) == 0xe0);
            if (!is_tail(p[q - 1]) || p[q] < 0xc2) continue;
            if ((p[q] & 0xf0) != 0xe0) {
                if (three) clear_ends(wide, p + q - left, left, TKC_WIDE_APART_BEHIND);
            } else if ((left < 3 || !three) && (right < 2 || is_tail(p[q + 1])) && (right < 3 || is_tail(p[q + 2]))) {
                clear_begins(wide, p + q, right, TKC_WIDE_APART_BEFORE);
            }
        }
    }
}

static void count_one(void *ctx, uint64_t hash)
{
    (void)hash;
    ++*(size_t *)ctx;
}

static void put_one(void *ctx, uint64_t hash)
{
    const tkc_ready *r = ctx;
    tkc_filter_add(r->wide_pair, r->n_wide_pair, hash);
}

/* What a character merges to alone. */
typedef struct alone {
    unsigned n;        /* tokens */
    uint32_t id, prio; /* n = 1: the token, and the largest priority among its merges */
} alone;

/* Of three symbols, given the merges of the first two and the last two. */
static alone merge_three(const tkc_vocab *v, const uint32_t id[3], uint32_t first, uint32_t last)
{
    const uint32_t none = TKC_NO_ID;
    const bool left = first != none &&
                      (last == none || tkc_merge_prio(v, first) <= tkc_merge_prio(v, last));
    const uint32_t one = left ? first : last;
    uint32_t two, prio, other;
    if (one == none) return (alone){.n = 3};
    two = left ? tkc_pair_find(v, tkc_merge_result(v, one), id[2])
               : tkc_pair_find(v, id[0], tkc_merge_result(v, one));
    if (two == none) return (alone){.n = 2};
    prio = tkc_merge_prio(v, one);
    other = tkc_merge_prio(v, two);
    return (alone){1, tkc_merge_result(v, two), prio < other ? other : prio};
}

static void count_wide(const tkc_vocab *v, uint8_t *wide, threats *t)
{
    for (uint32_t high = 0x800 >> 6; high < TKC_WIDE_CHARS >> 6; high++) {
        uint32_t id[3] = {v->byte_id[0xe0 | high >> 6], v->byte_id[0x80 | (high & 63)], 0};
        const uint32_t first = tkc_pair_find(v, id[0], id[1]);
        if (high >= 0xd800 >> 6 && high < 0xe000 >> 6) continue;
        for (uint32_t low = 0; low < 64; low++) {
            const uint32_t c = high << 6 | low;
            alone a;
            id[2] = v->byte_id[0x80 | low];
            a = merge_three(v, id, first, tkc_pair_find(v, id[1], id[2]));
            wide[c] |= (uint8_t)a.n;
            if (a.n == 1) put_alone(t, c, a.id, a.prio);
        }
    }
}

/* Room for so many pairs. */
static tkc_status make_wide_pair(tkc_ready *r, size_t pairs, const tkc_allocator *alloc, tkc_error *err)
{
    size_t n = 16; /* 8 to 16 bits a pair: o200k_base has 11,890, in 16 KB */
    while (n < pairs / 8) n *= 2;
    r->wide_pair = tkc_alloc_zero(alloc, n, sizeof *r->wide_pair);
    if (!r->wide_pair) return tkc_nomem(err);
    r->n_wide_pair = n;
    return TKC_OK;
}

static tkc_status make_wide(tkc_ready *r, const tkc_vocab *v, threats *own,
                            const tkc_allocator *alloc, tkc_error *err)
{
    size_t pairs = 0;
    tkc_status st;
    r->wide = tkc_alloc_zero(alloc, TKC_WIDE_CHARS, 1);
    if (!r->wide) return tkc_nomem(err);
    each_wide_pair(v, r->wide, count_one, &pairs);
    st = make_wide_pair(r, pairs, alloc, err);
    if (st) return st;
    each_wide_pair(v, r->wide, put_one, r);
    count_wide(v, r->wide, own);
    note_apart(v, r->wide);
    for (uint32_t i = 0; v->model.flags & TKC_MODEL_WHOLE_PIECE && i < v->n_unreachable; i++) {
        const tkc_str t = tkc_token_at(v, v->unreachable[i]);
        const unsigned char *p = (const unsigned char *)t.ptr;
        const bool begins = t.len >= 3 && (p[0] & 0xf0) == 0xe0;
        const uint32_t last = tkc_wide_last(p, t.len);
        if (begins) r->wide[tkc_wide_char(p)] |= TKC_WIDE_ODD;
        if (begins || last) r->wide[last] |= TKC_WIDE_ODD_LAST;
    }
    return TKC_OK;
}

/* All that is by character. */
static tkc_status make_characters(tkc_ready *r, const tkc_vocab *v, const tkc_allocator *alloc,
                                  tkc_error *err)
{
    threats *t = tkc_alloc_zero(alloc, 1, sizeof *t);
    tkc_status st;
    r->forced = tkc_alloc(alloc, 1, sizeof *r->forced);
    if (t && r->forced) {
        memset(r->forced, 0xff, sizeof *r->forced);
        t->forced = r->forced;
        st = make_wide(r, v, t, alloc, err);
        if (!st) st = make_forced(r, v, t, alloc, err);
    } else {
        st = tkc_nomem(err);
    }
    tkc_free(alloc, t, 1, sizeof *t);
    return st;
}

/* Calls add for every pair of characters of three bytes that some token of a model of characters holds. */
static void each_joinable(const tkc_vocab *v, void (*add)(void *ctx, uint64_t hash), void *ctx)
{
    for (size_t i = 0; i <= v->join_mask; i++) {
        const uint64_t before = v->join[i] >> 21, behind = v->join[i] & 0x1fffff;
        if (before < 0x800 || before > 0xffff || behind < 0x800 || behind > 0xffff) continue;
        add(ctx, tkc_wide_hash((uint32_t)(before << 16 | behind)));
    }
}

/* The same for SentencePiece: a character is a token, or its three bytes are. */
static tkc_status make_units(tkc_ready *r, const tkc_vocab *v, const tkc_allocator *alloc, tkc_error *err)
{
    size_t pairs = 0;
    tkc_status st;
    r->wide = tkc_alloc_zero(alloc, TKC_WIDE_CHARS, 1);
    if (!r->wide) return tkc_nomem(err);
    for (uint32_t c = 0x800; c < TKC_WIDE_CHARS; c++)
        if (c < 0xd800 || c >= 0xe000) r->wide[c] = 3;
    for (uint32_t id = 0; id < v->model.n_ids; id++) {
        const tkc_str t = tkc_token_at(v, id);
        if (t.len == 3 && tkc_utf8_valid(t.ptr, 3) == 3 && tkc_wide_last((const unsigned char *)t.ptr, 3) &&
            is_model_token(v, id))
            r->wide[tkc_wide_char((const unsigned char *)t.ptr)] = 1;
    }
    each_joinable(v, count_one, &pairs);
    st = make_wide_pair(r, pairs, alloc, err);
    if (!st) each_joinable(v, put_one, r);
    return st;
}

/* --- pieces ---------------------------------------------------------------------------- */

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
        if (!key_of(v, t, key) || !is_model_token(v, id)) continue;
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
        if (!st) st = make_units(r, v, alloc, err);
        if (!st) st = make_pieces(r, v, alloc, err);
    } else if (m->flags & TKC_MODEL_BYTE_LEVEL && !m->subword_prefix[0] && !m->word_suffix[0] &&
               (m->kind == TKC_MODEL_BPE_RANKS || m->kind == TKC_MODEL_BPE_MERGES)) {
        if (v->cuts && !st) st = make_characters(r, v, alloc, err);
        if (!st) st = make_pieces(r, v, alloc, err);
    }
    if (st) tkc_ready_release(r, alloc);
    return st;
}
