/*
 * vocab_compile.c - a filled builder becomes the compiled form.
 *
 * First the lookup tables are made on the heap behind a temporary tkc_vocab, so that the
 * same lookups that an encoder uses find the splits of each token; then every token is put
 * through a plain merger to see whether it finds itself; then all is written out.
 */
#include "vocab/compiled_format.h"
#include "vocab/ready.h"
#include "vocab/vocab_builder.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The tables under construction. */
typedef struct tables {
    const tkc_builder *b;
    const tkc_allocator *alloc;
    tkc_vocab v; /* points into the arrays below */
    size_t n_all, cap_all;
    uint32_t *offset;
    char *bytes;
    size_t n_bytes, cap_bytes;
    uint8_t *type, *in_model;
    double *score;
    uint32_t *hash;
    size_t n_hash;
    uint64_t *pair;
    size_t n_pair_slots, n_near_slots, n_pairs;
    tkc_partners *partners;
    size_t n_partners;
    uint64_t *token_filter; /* n_token_filter words */
    size_t n_token_filter;
    uint32_t *result, *prio;
    size_t n_merges;
    uint32_t byte_id[256];
    uint64_t *join;
    size_t n_join;
    uint64_t *cuts; /* n_cuts words */
    size_t n_cuts;
    uint32_t *unreachable;
    size_t n_unreachable, cap_unreachable;
    tkc_ready ready;
} tables;

static void tables_release(tables *t)
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

static size_t pow2_at_least(size_t n)
{
    size_t p = 16;
    while (p < n) p *= 2;
    return p;
}

/* A piece the SentencePiece model itself never looks up by its text. */
static bool spm_reserved(const tkc_builder *b, uint8_t type)
{
    return b->model.flags & TKC_MODEL_SPM &&
           (type == TKC_TOKEN_CONTROL || type == TKC_TOKEN_UNKNOWN || type == TKC_TOKEN_BYTE);
}

/* Token bytes, types and scores by id; room for `extra` pseudo tokens. */
static tkc_status lay_out_tokens(tables *t, size_t extra, tkc_error *err)
{
    const tkc_builder *b = t->b;
    size_t total = 0, longest = 0;
    for (size_t i = 0; i < b->n_token; i++) total += b->token[i].len;
    if (total + extra * 4 > UINT32_MAX)
        return tkc_fail(err, TKC_E_LIMIT, 0, "tokens take more than 4 GB together");
    t->cap_all = b->n_token + extra;
    t->cap_bytes = total + extra * 4 + 1;
    t->offset = tkc_alloc(t->alloc, t->cap_all + 1, sizeof *t->offset);
    t->bytes = tkc_alloc(t->alloc, t->cap_bytes, 1);
    t->type = tkc_alloc(t->alloc, t->cap_all, 1);
    t->in_model = tkc_alloc(t->alloc, t->cap_all, 1);
    t->score = tkc_alloc(t->alloc, t->cap_all, sizeof *t->score);
    if (!t->offset || !t->bytes || !t->type || !t->in_model || !t->score) return tkc_nomem(err);
    for (size_t i = 0; i < b->n_token; i++) {
        const tkc_builder_token *k = &b->token[i];
        t->offset[i] = (uint32_t)t->n_bytes;
        if (k->len) memcpy(t->bytes + t->n_bytes, b->bytes.ptr + k->offset, k->len);
        t->n_bytes += k->len;
        t->type[i] = k->type;
        t->in_model[i] = k->in_model && k->len > 0 && !spm_reserved(b, k->type);
        t->score[i] = k->score;
        if (t->in_model[i] && k->len > longest) longest = k->len;
    }
    t->n_all = b->n_token;
    t->offset[t->n_all] = (uint32_t)t->n_bytes;
    t->v.model.longest_token = (uint32_t)longest;
    return TKC_OK;
}

static void view(tables *t)
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

/* An empty filter for n members. */
static bool filter_alloc(const tables *t, uint64_t **word, size_t *n_word, size_t n)
{
    *n_word = pow2_at_least(n / 8);
    *word = tkc_alloc_zero(t->alloc, *n_word, sizeof **word);
    if (!*word) *n_word = 0;
    return *word != NULL;
}

/* Puts id into the hash; TKC_E_FORMAT when another token has the same bytes. */
static tkc_status hash_insert(tables *t, uint32_t id, tkc_error *err)
{
    const char *ptr = t->bytes + t->offset[id];
    size_t len = t->offset[id + 1] - t->offset[id];
    uint32_t other = tkc_token_find(&t->v, ptr, len);
    const uint64_t hash = tkc_token_hash(&t->v, ptr, len);
    uint32_t i = (uint32_t)hash & t->v.token_hash_mask;
    if (other != TKC_NO_ID) {
        char q[TKC_QUOTE_SIZE];
        return tkc_fail(err, TKC_E_FORMAT, 0, "tokens %lu and %lu are the same bytes \"%s\"",
                        (unsigned long)other, (unsigned long)id, tkc_quote(q, ptr, len));
    }
    while (t->hash[i]) i = (i + 1) & t->v.token_hash_mask;
    t->hash[i] = id + 1;
    tkc_filter_add(t->token_filter, t->n_token_filter, hash);
    return TKC_OK;
}

static tkc_status build_hash(tables *t, tkc_error *err)
{
    t->n_hash = pow2_at_least(t->cap_all * 2 + 1);
    t->hash = tkc_alloc_zero(t->alloc, t->n_hash, sizeof *t->hash);
    if (!t->hash) {
        t->n_hash = 0;
        return tkc_nomem(err);
    }
    if (!filter_alloc(t, &t->token_filter, &t->n_token_filter, t->cap_all)) return tkc_nomem(err);
    view(t);
    for (uint32_t id = 0; id < t->b->n_token; id++) {
        if (t->in_model[id]) {
            tkc_status st = hash_insert(t, id, err);
            if (st) return st;
        }
    }
    return TKC_OK;
}

/* SentencePiece merges strings, so a character that is no piece of its own may still start
 * or end one: it gets an id behind the real ones. */
static tkc_status add_pseudo_tokens(tables *t, tkc_error *err)
{
    if (t->b->model.kind != TKC_MODEL_BPE_SCORES) return TKC_OK;
    for (uint32_t id = 0; id < t->b->n_token; id++) {
        size_t at = t->offset[id], end = t->offset[id + 1];
        if (!t->in_model[id]) continue;
        while (at < end) {
            unsigned n = tkc_utf8_len((unsigned char)t->bytes[at]);
            if (n > end - at) n = (unsigned)(end - at);
            if (n < end - t->offset[id] && t->n_all < t->cap_all &&
                tkc_token_find(&t->v, t->bytes + at, n) == TKC_NO_ID) {
                tkc_status st;
                memcpy(t->bytes + t->n_bytes, t->bytes + at, n);
                t->n_bytes += n;
                t->type[t->n_all] = TKC_TOKEN_PSEUDO;
                t->in_model[t->n_all] = 1;
                t->score[t->n_all] = 0;
                t->offset[++t->n_all] = (uint32_t)t->n_bytes;
                view(t);
                st = hash_insert(t, (uint32_t)t->n_all - 1, err);
                if (st) return st;
            }
            at += n;
        }
    }
    return TKC_OK;
}

/* Upper bound of pseudo tokens: distinct characters cannot be more than characters. */
static size_t count_pseudo(const tkc_builder *b)
{
    size_t n = 0;
    if (b->model.kind != TKC_MODEL_BPE_SCORES) return 0;
    for (size_t i = 0; i < b->n_token; i++)
        for (size_t k = 0; k < b->token[i].len; k++)
            n += ((unsigned char)b->bytes.ptr[b->token[i].offset + k] & 0xc0) != 0x80;
    return n < 0x110000 ? n : 0x110000;
}

static void pair_put(tables *t, uint32_t left, uint32_t right, uint32_t merge)
{
    const uint64_t key = (uint64_t)left << 21 | right;
    size_t i = tkc_pair_slot(&t->v, left, right, tkc_pair_hash(left, right));
    while (t->pair[i] != TKC_PAIR_EMPTY && t->pair[i] >> 22 != key)
        if (++i == t->n_pair_slots) i = 0;
    t->partners[left].right |= (uint32_t)1 << right % 32;
    t->partners[right].left |= (uint32_t)1 << left % 32;
    t->pair[i] =
        key << 22 | merge; /* a later merge of the same pair replaces the earlier, as in HF */
}

/* For n pairs, n_near of them near. */
static tkc_status pair_table_alloc(tables *t, size_t n, size_t n_near, tkc_error *err)
{
    t->n_pair_slots = n + n / 2 + 16; /* load 2/3: 1.5 probes a hit, and half the size of 1/3 */
    t->n_near_slots = n_near + n_near / 2;
    t->pair = tkc_alloc(t->alloc, t->n_pair_slots, sizeof *t->pair);
    if (!t->pair) {
        t->n_pair_slots = t->n_near_slots = 0;
        return tkc_nomem(err);
    }
    memset(t->pair, 0xff, t->n_pair_slots * sizeof *t->pair);
    if (tkc_kind_merges(t->b->model.kind)) {
        t->partners = tkc_alloc_zero(t->alloc, t->n_all, sizeof *t->partners);
        if (!t->partners) return tkc_nomem(err);
        t->n_partners = t->n_all;
    }
    view(t);
    return TKC_OK;
}

typedef struct split {
    uint32_t left, right, merge;
} split;

/* Every way to cut a token into two tokens. */
static tkc_status build_pairs_from_tokens(tables *t, tkc_error *err)
{
    split *s = NULL;
    size_t n = 0, n_near = 0, cap = 0;
    tkc_status st = TKC_OK;
    const size_t max = (size_t)1 << 28; /* all splits of 2^21 tokens of 128 bytes */
    for (uint32_t id = 0; id < t->b->n_token; id++) {
        const char *p = t->bytes + t->offset[id];
        size_t len = t->offset[id + 1] - t->offset[id];
        if (!t->in_model[id]) continue;
        for (size_t k = 1; k < len; k++) {
            uint32_t l, r;
            if (!(t->b->model.flags & TKC_MODEL_BYTE_LEVEL) && ((unsigned char)p[k] & 0xc0) == 0x80)
                continue;
            l = tkc_token_find(&t->v, p, k);
            if (l == TKC_NO_ID) continue;
            r = tkc_token_find(&t->v, p + k, len - k);
            if (r == TKC_NO_ID) continue;
            if (!tkc_grow(t->alloc, &s, &cap, n + 1, max, sizeof *s)) {
                st = tkc_nomem(err);
                goto out;
            }
            s[n++] = (split){l, r, id};
            n_near += tkc_pair_is_near(&t->v.model, l, r);
        }
    }
    st = pair_table_alloc(t, n, n_near, err);
    if (st) goto out;
    for (size_t i = 0; i < n; i++) pair_put(t, s[i].left, s[i].right, s[i].merge);
    t->n_pairs = n;
out:
    tkc_free(t->alloc, s, cap, sizeof *s);
    return st;
}

static int by_score(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return x[0] > y[0] ? -1 : x[0] < y[0] ? 1 : 0;
}

/* Highest score first; equal scores are one priority. */
static tkc_status rank_scores(tables *t, tkc_error *err)
{
    size_t n = t->n_all;
    uint32_t prio = 0;
    double(*s)[2] = tkc_alloc(t->alloc, n, sizeof *s);
    t->n_merges = n;
    t->prio = tkc_alloc(t->alloc, n, sizeof *t->prio);
    if (!s || !t->prio) {
        tkc_free(t->alloc, s, n, sizeof *s);
        if (!t->prio) t->n_merges = 0;
        return tkc_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        s[i][0] = t->score[i];
        s[i][1] = (double)i;
    }
    qsort(s, n, sizeof *s, by_score);
    for (size_t i = 0; i < n; i++) {
        if (i && s[i][0] < s[i - 1][0]) prio++;
        t->prio[(size_t)s[i][1]] = prio;
    }
    tkc_free(t->alloc, s, n, sizeof *s);
    return TKC_OK;
}

static tkc_status build_pairs_from_merges(tables *t, tkc_error *err)
{
    const tkc_builder *b = t->b;
    size_t n_near = 0;
    tkc_status st;
    t->result = tkc_alloc(t->alloc, b->n_merge ? b->n_merge : 1, sizeof *t->result);
    if (!t->result) return tkc_nomem(err);
    t->n_merges = b->n_merge ? b->n_merge : 1;
    t->result[0] = 0;
    for (size_t i = 0; i < b->n_merge; i++)
        n_near += tkc_pair_is_near(&t->v.model, b->merge[i].left, b->merge[i].right);
    st = pair_table_alloc(t, b->n_merge, n_near, err);
    if (st) return st;
    for (size_t i = 0; i < b->n_merge; i++) {
        const tkc_builder_merge *m = &b->merge[i];
        if (m->left >= t->n_all || m->right >= t->n_all || m->result >= t->n_all ||
            t->type[m->left] == TKC_TOKEN_HOLE || t->type[m->right] == TKC_TOKEN_HOLE ||
            t->type[m->result] == TKC_TOKEN_HOLE)
            return tkc_fail(err, TKC_E_FORMAT, 0, "merge %zu names a token that does not exist", i);
        t->result[i] = m->result;
        pair_put(t, m->left, m->right, (uint32_t)i);
    }
    t->n_pairs = b->n_merge;
    return TKC_OK;
}

static tkc_status find_byte_tokens(tables *t, tkc_error *err)
{
    const tkc_model *m = &t->b->model;
    for (int c = 0; c < 256; c++) {
        char one = (char)c, hex[8];
        if (m->flags & TKC_MODEL_BYTE_LEVEL) {
            t->byte_id[c] = tkc_token_find(&t->v, &one, 1);
            if (t->byte_id[c] == TKC_NO_ID && m->kind == TKC_MODEL_BPE_RANKS)
                return tkc_fail(err, TKC_E_FORMAT, 0,
                                "no token for the single byte 0x%02x: a rank file has all 256", c);
        } else {
            memcpy(hex, "<0x", 3);
            hex[3] = "0123456789ABCDEF"[c >> 4];
            hex[4] = "0123456789ABCDEF"[c & 15];
            hex[5] = '>';
            t->byte_id[c] = tkc_token_find(&t->v, hex, 6);
        }
    }
    if (m->flags & TKC_MODEL_SPM) /* its byte pieces are not in the hash */
        for (uint32_t id = 0; id < t->b->n_token; id++) {
            const char *p = t->bytes + t->offset[id];
            if (t->type[id] != TKC_TOKEN_BYTE) continue;
            if (t->offset[id + 1] - t->offset[id] == 6) {
                char hex[3] = {p[3], p[4], 0}, *end;
                long c = strtol(hex, &end, 16);
                if (memcmp(p, "<0x", 3) == 0 && p[5] == '>' && end == hex + 2 && c >= 0) {
                    t->byte_id[c] = id;
                    continue;
                }
            }
            return tkc_fail(err, TKC_E_FORMAT, 0, "byte piece %lu is not written <0xHH>",
                            (unsigned long)id);
        }
    return TKC_OK;
}

static bool join_put(tables *t, uint64_t key, size_t mask)
{
    size_t i = (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (t->join[i] != UINT64_MAX) {
        if (t->join[i] == key) return false;
        i = (i + 1) & mask;
    }
    t->join[i] = key;
    return true;
}

enum { STANDS_FOR_OTHER = 2 }; /* beside the 1 in tables.in_model */

/* A symbol that stands for another text than its own (unk, <0xHH>) would be cut off by its
 * neighbours' characters; SentencePiece's unused pieces are split by what was proposed
 * anywhere in the text. No published vocabulary merges either. */
static bool cuts_are_safe(const tables *t)
{
    const tkc_builder *b = t->b;
    for (size_t i = 0; i < b->n_token; i++)
        if (b->token[i].type == TKC_TOKEN_UNUSED) return false;
    if (b->model.kind != TKC_MODEL_BPE_MERGES) return true;
    if (b->model.unk_id == TKC_NO_ID) { /* unknown characters may vanish from between others */
        if (!(b->model.flags & TKC_MODEL_BYTE_FALLBACK)) return false;
        for (int c = 0; c < 256; c++)
            if (t->byte_id[c] == TKC_NO_ID) return false;
    }
    if (b->model.unk_id != TKC_NO_ID) t->in_model[b->model.unk_id] |= STANDS_FOR_OTHER;
    for (int c = 0; c < 256 && b->model.flags & TKC_MODEL_BYTE_FALLBACK; c++)
        if (t->byte_id[c] != TKC_NO_ID) t->in_model[t->byte_id[c]] |= STANDS_FOR_OTHER;
    for (size_t i = 0; i < b->n_merge; i++)
        if ((t->in_model[b->merge[i].left] | t->in_model[b->merge[i].right]) & STANDS_FOR_OTHER)
            return false;
    return true;
}

/* Pairs of neighbouring characters inside tokens: where a text has another pair, no token
 * spans it, so no merge crosses it (tokenizer/README.md has the argument). */
static tkc_status build_join_set(tables *t, tkc_error *err)
{
    const tkc_model *m = &t->b->model;
    size_t n = 0, cap = 1 << 12;
    if (m->flags & TKC_MODEL_BYTE_LEVEL || m->subword_prefix[0] || m->word_suffix[0]) return TKC_OK;
    if (m->kind != TKC_MODEL_BPE_SCORES && m->kind != TKC_MODEL_BPE_MERGES) return TKC_OK;
    if (!cuts_are_safe(t)) return TKC_OK;
    for (;;) { /* again with more room when half full */
        bool full = false;
        t->join = tkc_alloc(t->alloc, cap, sizeof *t->join);
        if (!t->join) return tkc_nomem(err);
        t->n_join = cap;
        memset(t->join, 0xff, cap * sizeof *t->join);
        n = 0;
        for (uint32_t id = 0; id < t->b->n_token && !full; id++) {
            const unsigned char *p = (const unsigned char *)t->bytes + t->offset[id];
            size_t len = t->offset[id + 1] - t->offset[id], at = 0;
            uint32_t before = UINT32_MAX;
            if (!t->in_model[id] || tkc_utf8_valid((const char *)p, len) != len) continue;
            while (at < len) {
                unsigned k;
                uint32_t cp = tkc_utf8_get(p + at, &k);
                if (before != UINT32_MAX) n += join_put(t, (uint64_t)before << 21 | cp, cap - 1);
                before = cp;
                at += k;
                full = n * 2 >= cap;
                if (full) break;
            }
        }
        if (!full) break;
        tkc_free(t->alloc, t->join, t->n_join, sizeof *t->join);
        t->join = NULL;
        t->n_join = 0;
        cap *= 2;
    }
    t->v.model.flags |= TKC_MODEL_UNIT_CUT;
    return TKC_OK;
}

/* Byte-level merging is a matter of the bytes alone when every byte has its token and every
 * merge joins the bytes of its halves. */
static bool merges_concatenate(const tables *t)
{
    const tkc_builder *b = t->b;
    for (int c = 0; c < 256; c++)
        if (t->byte_id[c] == TKC_NO_ID) return false;
    for (size_t i = 0; i < b->n_merge; i++) {
        const tkc_str l = tkc_builder_token_bytes(b, b->merge[i].left),
                      r = tkc_builder_token_bytes(b, b->merge[i].right),
                      s = tkc_builder_token_bytes(b, b->merge[i].result);
        if (l.len + r.len != s.len || !l.len || !r.len || memcmp(l.ptr, s.ptr, l.len) != 0 ||
            memcmp(r.ptr, s.ptr + l.len, r.len) != 0)
            return false;
    }
    return true;
}

/* Every place inside every token, as the bytes around it: where a text has other bytes, no
 * token spans it (tokenizer/README.md has the argument). A filter, 10 bits a place, because
 * an error to the safe side costs a cut and nothing else. */
static tkc_status build_cut_filter(tables *t, tkc_error *err)
{
    const tkc_model *m = &t->b->model;
    size_t places = 0, words = 64;
    if (!(m->flags & TKC_MODEL_BYTE_LEVEL) || m->subword_prefix[0] || m->word_suffix[0] ||
        (m->kind != TKC_MODEL_BPE_RANKS && m->kind != TKC_MODEL_BPE_MERGES) ||
        !merges_concatenate(t))
        return TKC_OK;
    for (uint32_t id = 0; id < t->b->n_token; id++)
        if (t->in_model[id]) places += t->offset[id + 1] - t->offset[id] - 1;
    /* about half of the places are different ones */
    while (words * 64 < places * 5 && words < (size_t)1 << 24) words *= 2;
    t->cuts = tkc_alloc_zero(t->alloc, words, sizeof *t->cuts);
    if (!t->cuts) return tkc_nomem(err);
    t->n_cuts = words;
    for (uint32_t id = 0; id < t->b->n_token; id++) {
        const unsigned char *p = (const unsigned char *)t->bytes + t->offset[id];
        const size_t len = t->offset[id + 1] - t->offset[id];
        for (size_t q = 1; t->in_model[id] && q < len; q++) {
            const uint64_t h = tkc_cut_key(p + q, q < 3 ? (unsigned)q : 3,
                                           len - q < 3 ? (unsigned)(len - q) : 3);
            for (unsigned i = 0; i < TKC_CUT_PROBES; i++) {
                const uint32_t bit = tkc_cut_bit(h, i, (uint32_t)(words * 64 - 1));
                t->cuts[bit >> 6] |= UINT64_C(1) << (bit & 63);
            }
        }
    }
    return TKC_OK;
}

enum { NAIVE_MAX = 1024 };

/* The ids of a token's own bytes by the plainest merger: scan all pairs, take the best.
 * Returns how many are left; 0 when a symbol has no id or the token is too long to try. */
static size_t naive_merge(const tables *t, uint32_t id, uint32_t *sym)
{
    const tkc_model *m = &t->b->model;
    const char *p = t->bytes + t->offset[id];
    size_t len = t->offset[id + 1] - t->offset[id], n = 0;
    for (size_t at = 0; at < len;) {
        unsigned k = m->flags & TKC_MODEL_BYTE_LEVEL ? 1 : tkc_utf8_len((unsigned char)p[at]);
        if (k > len - at || n == NAIVE_MAX) return 0;
        sym[n] = tkc_token_find(&t->v, p + at, k);
        if (sym[n++] == TKC_NO_ID) return 0;
        at += k;
    }
    while (n > 1) {
        uint32_t best = TKC_NO_ID, best_prio = 0;
        size_t where = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            uint32_t k = tkc_pair_find(&t->v, sym[i], sym[i + 1]);
            if (k != TKC_NO_ID && (best == TKC_NO_ID || tkc_merge_prio(&t->v, k) < best_prio)) {
                best = k;
                best_prio = tkc_merge_prio(&t->v, k);
                where = i;
            }
        }
        if (best == TKC_NO_ID) break;
        sym[where] = tkc_merge_result(&t->v, best);
        memmove(sym + where + 1, sym + where + 2, (n - where - 2) * sizeof *sym);
        n--;
    }
    return n;
}

static tkc_status find_unreachable(tables *t, tkc_error *err)
{
    const tkc_model *m = &t->b->model;
    uint32_t sym[NAIVE_MAX];
    if (m->kind == TKC_MODEL_UNIGRAM || m->kind == TKC_MODEL_WORDPIECE || m->word_suffix[0] ||
        m->subword_prefix[0])
        return TKC_OK;
    for (uint32_t id = 0; id < t->b->n_token; id++) {
        size_t n;
        if (!t->in_model[id]) continue;
        n = naive_merge(t, id, sym);
        if (n == 1 && sym[0] == id) continue;
        if (!tkc_grow(t->alloc, &t->unreachable, &t->cap_unreachable, t->n_unreachable + 1,
                      TKC_MAX_TOKENS, sizeof *t->unreachable))
            return tkc_nomem(err);
        t->unreachable[t->n_unreachable++] = id;
    }
    return TKC_OK;
}

/* Of models of bytes: where the least of them is. */
static uint32_t first_near(const tables *t)
{
    uint32_t least = TKC_NO_ID;
    if (!(t->b->model.flags & TKC_MODEL_BYTE_LEVEL)) return 0;
    for (int c = 0; c < 256; c++)
        if (t->byte_id[c] < least) least = t->byte_id[c];
    return least == TKC_NO_ID ? 0 : least;
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

static tkc_status build_tables(tables *t, tkc_error *err)
{
    const tkc_builder *b = t->b;
    tkc_status st;
    t->v.model = b->model;
    t->v.model.n_ids = (uint32_t)b->n_token;
    memcpy(&t->v.hash_seed, b->source_sha256, sizeof t->v.hash_seed);
    if ((st = lay_out_tokens(t, count_pseudo(b), err))) return st;
    if ((st = build_hash(t, err))) return st;
    if ((st = add_pseudo_tokens(t, err))) return st;
    if ((st = find_byte_tokens(t, err))) return st;
    t->v.model.first_near = first_near(t);
    switch (b->model.kind) {
    case TKC_MODEL_BPE_SCORES:
        if ((st = rank_scores(t, err))) return st;
        if ((st = build_pairs_from_tokens(t, err))) return st;
        break;
    case TKC_MODEL_BPE_RANKS:
        t->n_merges = 0;
        if ((st = build_pairs_from_tokens(t, err))) return st;
        break;
    case TKC_MODEL_BPE_MERGES:
        if ((st = build_pairs_from_merges(t, err))) return st;
        break;
    default:
        if ((st = pair_table_alloc(t, 0, 0, err))) return st;
        break;
    }
    view(t);
    if ((st = build_join_set(t, err))) return st;
    if ((st = build_cut_filter(t, err))) return st;
    if ((st = find_unreachable(t, err))) return st;
    t->v.cuts = t->cuts;
    t->v.join = t->join;
    t->v.join_mask = t->join ? (uint32_t)(t->n_join - 1) : 0;
    t->v.unreachable = t->unreachable;
    t->v.n_unreachable = (uint32_t)t->n_unreachable;
    return tkc_ready_make(&t->ready, &t->v, t->alloc, err);
}

/* --- writing ------------------------------------------------------------------------- */

typedef struct writer {
    tkc_buf *out;
    size_t n_chunk;
    char id[TKC_COMPILED_MAX_CHUNKS][5];
    size_t begin[TKC_COMPILED_MAX_CHUNKS], end[TKC_COMPILED_MAX_CHUNKS];
    tkc_error *err;
    tkc_status st;
} writer;

enum { CHUNKS = 29 }; /* room for the table; unused rows are zero-length "NONE" */

static void put(writer *w, const void *p, size_t n)
{
    if (!w->st) w->st = tkc_buf_append(w->out, p, n, w->err);
}

static void put_str(writer *w, tkc_str s)
{
    put(w, s.ptr, s.len);
}

static void put_u32(writer *w, uint32_t x)
{
    if (!w->st) w->st = tkc_buf_append_u32(w->out, x, w->err);
}

static void align(writer *w, size_t to)
{
    static const char zero[64];
    size_t rest = w->out->len % to;
    if (rest) put(w, zero, to - rest);
}

static void chunk_begin(writer *w, const char *id)
{
    align(w, 64);
    memcpy(w->id[w->n_chunk], id, 5);
    w->begin[w->n_chunk] = w->out->len;
}

static void chunk_end(writer *w)
{
    w->end[w->n_chunk++] = w->out->len;
}

static void chunk(writer *w, const char *id, const void *p, size_t n)
{
    chunk_begin(w, id);
    put(w, p, n);
    chunk_end(w);
}

static void le_put(char *p, uint64_t x, unsigned n)
{
    for (unsigned i = 0; i < n; i++) p[i] = (char)(x >> (8 * i));
}

static void write_strings(writer *w, const tkc_builder *b)
{
    static const char *const ops[TKC_N_STAGES] = {"OPS0", "OPS1", "OPS2"};
    size_t at = 0;
    chunk_begin(w, "ADDE");
    for (size_t i = 0; i < b->n_added; i++) {
        const tkc_builder_added *a = &b->added[i];
        put_u32(w, a->id);
        put_u32(w, a->flags);
        put_u32(w, (uint32_t)at);
        put_u32(w, a->len);
        at += a->len;
    }
    chunk_end(w);
    for (int s = 0; s < TKC_N_STAGES; s++) {
        chunk_begin(w, ops[s]);
        for (size_t i = 0; i < b->n_op[s]; i++) {
            const tkc_builder_op *o = &b->op[s][i];
            put_u32(w, o->kind);
            put_u32(w, o->flags);
            put_u32(w, o->arg);
            put_u32(w, (uint32_t)at);
            put_u32(w, o->a_len);
            put_u32(w, (uint32_t)(at + o->a_len));
            put_u32(w, o->b_len);
            at += (size_t)o->a_len + o->b_len;
        }
        chunk_end(w);
    }
    chunk_begin(w, "STRS");
    for (size_t i = 0; i < b->n_added; i++)
        put_str(w, tkc_builder_str(b, b->added[i].offset, b->added[i].len));
    for (int s = 0; s < TKC_N_STAGES; s++)
        for (size_t i = 0; i < b->n_op[s]; i++) {
            put_str(w, tkc_builder_str(b, b->op[s][i].a, b->op[s][i].a_len));
            put_str(w, tkc_builder_str(b, b->op[s][i].b, b->op[s][i].b_len));
        }
    chunk_end(w);
}

static tkc_status write_image(const tables *t, tkc_buf *out, tkc_error *err)
{
    const tkc_builder *b = t->b;
    const size_t table = CHUNKS * TKC_COMPILED_CHUNK_ROW;
    writer w = {.out = out, .err = err};
    char *head;
    XXH128_hash_t sum;
    uint32_t n_merges = (uint32_t)t->n_merges;

    w.st = tkc_buf_reserve(out, TKC_COMPILED_HEADER + table, err);
    if (w.st) return w.st;
    memset(out->ptr, 0, TKC_COMPILED_HEADER + table);
    out->len = TKC_COMPILED_HEADER + table;

    chunk_begin(&w, "MODL");
    put(&w, &t->v.model, sizeof t->v.model);
    put(&w, &t->v.hash_seed, 8);
    put_u32(&w, n_merges);
    put_u32(&w, (uint32_t)t->n_near_slots);
    chunk_end(&w);
    chunk(&w, "NAME", b->name, strlen(b->name) + 1);
    chunk(&w, "TOFF", t->offset, (t->n_all + 1) * 4);
    chunk(&w, "TBYT", t->bytes, t->n_bytes);
    chunk(&w, "TTYP", t->type, t->n_all);
    if (b->model.kind == TKC_MODEL_UNIGRAM) chunk(&w, "SCOR", t->score, t->n_all * 8);
    chunk(&w, "HASH", t->hash, t->n_hash * 4);
    chunk(&w, "PAIR", t->pair, t->n_pair_slots * 8);
    if (t->partners) chunk(&w, "PART", t->partners, t->n_partners * 8);
    chunk(&w, "TFIL", t->token_filter, t->n_token_filter * 8);
    if (t->result) chunk(&w, "MRES", t->result, t->n_merges * 4);
    if (t->prio) chunk(&w, "MPRI", t->prio, t->n_merges * 4);
    chunk(&w, "BYTE", t->byte_id, sizeof t->byte_id);
    if (t->join) chunk(&w, "JOIN", t->join, t->n_join * 8);
    if (t->cuts) chunk(&w, "CUTS", t->cuts, t->n_cuts * 8);
    if (t->ready.wide) {
        chunk(&w, "WIDE", t->ready.wide, TKC_WIDE_CHARS);
        chunk(&w, "WPAI", t->ready.wide_pair, t->ready.n_wide_pair * 8);
    }
    if (t->ready.forced) {
        chunk(&w, "FORC", t->ready.forced, sizeof *t->ready.forced);
        chunk(&w, "THRE", t->ready.threat, t->ready.n_threat * 8);
    }
    if (t->ready.odd) chunk(&w, "ODDT", t->ready.odd, t->ready.n_odd * 8);
    if (t->ready.piece) {
        chunk(&w, "PIEC", t->ready.piece, t->ready.n_bucket * TKC_READY_BUCKET);
        chunk(&w, "PIID", t->ready.piece_id, t->ready.n_bucket * 16);
    }
    write_strings(&w, b);
    chunk_begin(&w, "FRAM");
    put_u32(&w, (uint32_t)b->n_before);
    put_u32(&w, (uint32_t)b->n_after);
    put(&w, b->before, sizeof b->before);
    put(&w, b->after, sizeof b->after);
    chunk_end(&w);
    chunk(&w, "UNRE", t->unreachable, t->n_unreachable * 4);
    align(&w, 64);
    if (!w.st) w.st = tkc_buf_reserve(out, TKC_COMPILED_TRAILER, err);
    if (w.st) return w.st;

    head = out->ptr;
    memcpy(head, TKC_COMPILED_MAGIC, 8);
    le_put(head + 8, TKC_COMPILED_VERSION, 4);
    le_put(head + 12, w.n_chunk, 4);
    le_put(head + 16, out->len + TKC_COMPILED_TRAILER, 8);
    memcpy(head + 24, b->source_sha256, 32);
    for (size_t i = 0; i < w.n_chunk; i++) {
        char *row = head + TKC_COMPILED_HEADER + i * TKC_COMPILED_CHUNK_ROW;
        memcpy(row, w.id[i], 4);
        le_put(row + 8, w.begin[i], 8);
        le_put(row + 16, w.end[i] - w.begin[i], 8);
    }
    {
        XXH64_hash_t h = XXH3_64bits(head, 56);
        h = XXH3_64bits_withSeed(head + TKC_COMPILED_HEADER, w.n_chunk * TKC_COMPILED_CHUNK_ROW, h);
        le_put(head + 56, h, 8);
    }
    sum = XXH3_128bits(out->ptr, out->len);
    le_put(out->ptr + out->len, sum.low64, 8);
    le_put(out->ptr + out->len + 8, sum.high64, 8);
    out->len += TKC_COMPILED_TRAILER;
    return TKC_OK;
}

tkc_status tkc_builder_compile(const tkc_builder *b, tkc_buf *out, tkc_error *err)
{
    tables *t;
    tkc_status st = check_model(b, err);
    if (st) return st;
    t = tkc_alloc_zero(b->alloc, 1, sizeof *t);
    if (!t) return tkc_nomem(err);
    t->b = b;
    t->alloc = b->alloc;
    st = build_tables(t, err);
    if (!st) st = write_image(t, out, err);
    tables_release(t);
    tkc_free(b->alloc, t, 1, sizeof *t);
    return st;
}
