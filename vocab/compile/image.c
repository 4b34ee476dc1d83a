/* image.c - writing what was made, as vocab/compiled_format.h has it. */
#include "vocab/compile/tables.h"
#include "vocab/compiled_format.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

typedef struct writer {
    tkc_buf *out;
    size_t n_chunk;
    char id[TKC_COMPILED_MAX_CHUNKS][5];
    size_t begin[TKC_COMPILED_MAX_CHUNKS], end[TKC_COMPILED_MAX_CHUNKS];
    tkc_error *err;
    tkc_status st;
} writer;

enum { CHUNKS = 29 }; /* room for a row of each; those behind the last stay zero */

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

tkc_status tkc_tables_write(const tkc_tables *t, tkc_buf *out, tkc_error *err)
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
