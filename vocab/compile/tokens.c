/* tokens.c - tokens by their ids and ids by their bytes. */
#include "vocab/compile/tables.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdlib.h>
#include <string.h>

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
static tkc_status lay_out_tokens(tkc_tables *t, size_t extra, tkc_error *err)
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

/* An empty filter for n members. */
static bool filter_alloc(const tkc_tables *t, uint64_t **word, size_t *n_word, size_t n)
{
    *n_word = pow2_at_least(n / 8);
    *word = tkc_alloc_zero(t->alloc, *n_word, sizeof **word);
    if (!*word) *n_word = 0;
    return *word != NULL;
}

/* Puts id into the hash; TKC_E_FORMAT when another token has the same bytes. */
static tkc_status hash_insert(tkc_tables *t, uint32_t id, tkc_error *err)
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

static tkc_status build_hash(tkc_tables *t, tkc_error *err)
{
    t->n_hash = pow2_at_least(t->cap_all * 2 + 1);
    t->hash = tkc_alloc_zero(t->alloc, t->n_hash, sizeof *t->hash);
    if (!t->hash) {
        t->n_hash = 0;
        return tkc_nomem(err);
    }
    if (!filter_alloc(t, &t->token_filter, &t->n_token_filter, t->cap_all)) return tkc_nomem(err);
    tkc_tables_view(t);
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
static tkc_status add_pseudo_tokens(tkc_tables *t, tkc_error *err)
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
                tkc_tables_view(t);
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
            n += !tkc_utf8_is_tail((unsigned char)b->bytes.ptr[b->token[i].offset + k]);
    return n < 0x110000 ? n : 0x110000;
}

static tkc_status find_byte_tokens(tkc_tables *t, tkc_error *err)
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

/* Of models of bytes: where the least of them is. */
static uint32_t first_near(const tkc_tables *t)
{
    uint32_t least = TKC_NO_ID;
    if (!(t->b->model.flags & TKC_MODEL_BYTE_LEVEL)) return 0;
    for (int c = 0; c < 256; c++)
        if (t->byte_id[c] < least) least = t->byte_id[c];
    return least == TKC_NO_ID ? 0 : least;
}

tkc_status tkc_tables_tokens(tkc_tables *t, tkc_error *err)
{
    tkc_status st;
    memcpy(&t->v.hash_seed, t->b->source_sha256, sizeof t->v.hash_seed);
    if ((st = lay_out_tokens(t, count_pseudo(t->b), err))) return st;
    if ((st = build_hash(t, err))) return st;
    if ((st = add_pseudo_tokens(t, err))) return st;
    if ((st = find_byte_tokens(t, err))) return st;
    t->v.model.first_near = first_near(t);
    return TKC_OK;
}
