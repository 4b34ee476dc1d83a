/*
 * read_compiled.c - a compiled image becomes a tkc_vocab: pointers into it, nothing copied
 * but the few rows of added tokens and pipeline steps.
 *
 * The quick checks (header, chunk table, lengths) are what a file from our own cache gets.
 * Any other file is checked whole: an index in a table that points outside would be a read
 * outside, so each is looked at once.
 */
#include "vocab/compile/ready_make.h"
#include "vocab/compiled_format.h"
#include "vocab/ready.h"

#include "vocab/base/alloc.h"
#include "vocab/base/byte_reader.h"
#include "vocab/base/error.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "compiled vocabularies are mapped as they are: a little-endian machine is needed"
#endif

static uint64_t le_get(const char *p, unsigned n)
{
    uint64_t x = 0;
    for (unsigned i = 0; i < n; i++) x |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return x;
}

/* Bytes of a chunk, {NULL, 0} when absent. The table was checked before. */
static tkc_str chunk(tkc_str image, const char *id)
{
    size_t n = (size_t)le_get(image.ptr + 12, 4);
    for (size_t i = 0; i < n; i++) {
        const char *row = image.ptr + TKC_COMPILED_HEADER + i * TKC_COMPILED_CHUNK_ROW;
        if (memcmp(row, id, 4) == 0)
            return (tkc_str){image.ptr + le_get(row + 8, 8), (size_t)le_get(row + 16, 8)};
    }
    return (tkc_str){NULL, 0};
}

static tkc_status check_header(tkc_str image, tkc_error *err)
{
    uint64_t n, version, len;
    XXH64_hash_t h;
    if (image.len < TKC_COMPILED_HEADER + TKC_COMPILED_TRAILER ||
        memcmp(image.ptr, TKC_COMPILED_MAGIC, 8) != 0)
        return tkc_fail(err, TKC_E_FORMAT, 0, "not a compiled vocabulary: expected \"TKVOCAB\"");
    version = le_get(image.ptr + 8, 4);
    if (version != TKC_COMPILED_VERSION)
        return tkc_fail(
            err, TKC_E_VERSION, 8,
            "compiled vocabulary of format %lu, this library reads %d: compile it again",
            (unsigned long)version, TKC_COMPILED_VERSION);
    len = le_get(image.ptr + 16, 8);
    if (len != image.len)
        return tkc_fail(err, TKC_E_FORMAT, 16, "length %llu in the header, but the file has %zu",
                        (unsigned long long)len, image.len);
    n = le_get(image.ptr + 12, 4);
    if (n > TKC_COMPILED_MAX_CHUNKS ||
        n * TKC_COMPILED_CHUNK_ROW > image.len - TKC_COMPILED_HEADER - TKC_COMPILED_TRAILER)
        return tkc_fail(err, TKC_E_FORMAT, 12, "%llu chunks do not fit", (unsigned long long)n);
    h = XXH3_64bits(image.ptr, 56);
    h = XXH3_64bits_withSeed(image.ptr + TKC_COMPILED_HEADER, n * TKC_COMPILED_CHUNK_ROW, h);
    if (h != le_get(image.ptr + 56, 8))
        return tkc_fail(err, TKC_E_FORMAT, 56, "header checksum differs: the file is damaged");
    for (uint64_t i = 0; i < n; i++) {
        const size_t at = TKC_COMPILED_HEADER + (size_t)i * TKC_COMPILED_CHUNK_ROW;
        uint64_t begin = le_get(image.ptr + at + 8, 8), size = le_get(image.ptr + at + 16, 8);
        if (begin % 64 || begin > image.len - TKC_COMPILED_TRAILER ||
            size > image.len - TKC_COMPILED_TRAILER - begin)
            return tkc_fail(err, TKC_E_FORMAT, at, "a chunk lies outside the file");
    }
    return TKC_OK;
}

/* A chunk that must be there with this length. */
static tkc_status need(tkc_str image, const char *id, uint64_t len, const void *out, tkc_error *err)
{
    tkc_str c = chunk(image, id);
    const void *p = c.ptr;
    if (!c.ptr) return tkc_fail(err, TKC_E_FORMAT, 12, "chunk %s is missing", id);
    if (c.len != len)
        return tkc_fail(err, TKC_E_FORMAT, (size_t)(c.ptr - image.ptr),
                        "chunk %s has %zu bytes, expected %llu", id, c.len,
                        (unsigned long long)len);
    memcpy((void *)(uintptr_t)out, &p, sizeof p);
    return TKC_OK;
}

static tkc_status maybe(tkc_str image, const char *id, uint64_t len, const void *out,
                        tkc_error *err)
{
    return chunk(image, id).ptr ? need(image, id, len, out, err) : TKC_OK;
}

static bool is_pow2(size_t n)
{
    return n && (n & (n - 1)) == 0;
}

static tkc_status read_model(tkc_vocab *v, tkc_error *err)
{
    tkc_str m = chunk(v->image, "MODL"), name = chunk(v->image, "NAME");
    if (m.len != sizeof v->model + 16)
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk MODL is missing or of another length");
    memcpy(&v->model, m.ptr, sizeof v->model);
    v->hash_seed = le_get(m.ptr + sizeof v->model, 8);
    v->n_merges = (uint32_t)le_get(m.ptr + sizeof v->model + 8, 4);
    v->n_near_slots = (uint32_t)le_get(m.ptr + sizeof v->model + 12, 4);
    if (v->model.kind == TKC_MODEL_NONE || v->model.kind > TKC_MODEL_WORDPIECE ||
        v->model.n_ids > v->model.n_all || v->model.n_ids > TKC_MAX_TOKENS ||
        v->model.n_all > TKC_MAX_TOKENS || v->n_merges > TKC_MAX_MERGES ||
        v->model.longest_token > TKC_MAX_TOKEN_LEN ||
        (v->model.unk_id != TKC_NO_ID && v->model.unk_id >= v->model.n_ids) ||
        v->model.subword_prefix[15] || v->model.word_suffix[15])
        return tkc_fail(err, TKC_E_FORMAT, (size_t)(m.ptr - v->image.ptr),
                        "chunk MODL holds values out of range");
    if (!name.len || name.ptr[name.len - 1] != '\0')
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk NAME is missing or has no end");
    v->name = name.ptr;
    return TKC_OK;
}

static tkc_status read_filter(tkc_str im, const char *id, tkc_filter *f, tkc_error *err)
{
    const tkc_str c = chunk(im, id);
    if (!c.ptr || c.len % 8 || !is_pow2(c.len / 8) || c.len / 8 > (size_t)1 << 26)
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk %s is missing or no power of two", id);
    f->word = (const void *)c.ptr;
    f->mask = (uint32_t)(c.len / 8 - 1);
    return TKC_OK;
}

static tkc_status read_tables(tkc_vocab *v, tkc_error *err)
{
    const tkc_str im = v->image;
    const uint64_t n_all = v->model.n_all;
    tkc_str bytes = chunk(im, "TBYT"), hash = chunk(im, "HASH"), pair = chunk(im, "PAIR"),
            join = chunk(im, "JOIN"), cuts = chunk(im, "CUTS"), unre = chunk(im, "UNRE");
    tkc_status st;
    if (tkc_kind_merges(v->model.kind)) {
        if ((st = need(im, "PART", n_all * sizeof *v->partners, &v->partners, err))) return st;
        v->n_partners = v->model.n_all;
    }
    if ((st = read_filter(im, "TFIL", &v->token_filter, err))) return st;
    if ((st = need(im, "TOFF", (n_all + 1) * 4, &v->token_offset, err))) return st;
    if ((st = need(im, "TTYP", n_all, &v->token_type, err))) return st;
    if ((st = need(im, "BYTE", 1024, &v->byte_id, err))) return st;
    if ((st = maybe(im, "MRES", (uint64_t)v->n_merges * 4, &v->merge_result, err))) return st;
    if ((st = maybe(im, "MPRI", (uint64_t)v->n_merges * 4, &v->merge_prio, err))) return st;
    if ((st = maybe(im, "SCOR", n_all * 8, &v->token_score, err))) return st;
    if (v->model.kind == TKC_MODEL_UNIGRAM && !v->token_score)
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk SCOR is missing");
    if (!is_pow2(hash.len / 4) || hash.len % 4 || hash.len / 4 > (size_t)1 << 26)
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk HASH is no power of two");
    if (pair.len % 8 || !pair.len || pair.len / 8 > (size_t)1 << 28)
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk PAIR has a length out of range");
    if (v->n_near_slots >= pair.len / 8)
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk PAIR has fewer slots than near ones");
    if (join.ptr && (!is_pow2(join.len / 8) || join.len % 8 || join.len / 8 > (size_t)1 << 26))
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk JOIN is no power of two");
    if (cuts.ptr && (!is_pow2(cuts.len / 8) || cuts.len % 8 || cuts.len / 8 > (size_t)1 << 24))
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk CUTS is no power of two");
    if (!bytes.ptr || v->token_offset[n_all] != bytes.len)
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk TBYT is missing or of another length");
    v->token_bytes = bytes.ptr;
    v->token_hash = (const void *)hash.ptr;
    v->token_hash_mask = (uint32_t)(hash.len / 4 - 1);
    v->pair = (const void *)pair.ptr;
    v->n_pair_slots = (uint32_t)(pair.len / 8);
    v->join = (const void *)join.ptr;
    v->join_mask = join.ptr ? (uint32_t)(join.len / 8 - 1) : 0;
    v->cuts = (const void *)cuts.ptr;
    v->cuts_mask = cuts.ptr ? (uint32_t)(cuts.len * 8 - 1) : 0;
    if (!join.ptr) v->model.flags &= ~(uint32_t)TKC_MODEL_UNIT_CUT;
    v->unreachable = (const void *)unre.ptr;
    v->n_unreachable = (uint32_t)(unre.len / 4);
    v->source_sha256 = (const unsigned char *)im.ptr + 24;
    return TKC_OK;
}

/* Tables that are made from the others; all of a kind or none. */
static tkc_status read_ready(tkc_vocab *v, tkc_error *err)
{
    const tkc_str im = v->image, wide = chunk(im, "WIDE"), forced = chunk(im, "FORC"), piece = chunk(im, "PIEC");
    tkc_status st;
    if (wide.ptr) {
        if ((st = need(im, "WIDE", TKC_WIDE_CHARS, &v->wide, err))) return st;
        if ((st = read_filter(im, "WPAI", &v->wide_pair, err))) return st;
    }
    if (forced.ptr) {
        if ((st = need(im, "FORC", sizeof *v->forced, &v->forced, err))) return st;
        if ((st = read_filter(im, "THRE", &v->threat, err))) return st;
    }
    if (v->n_unreachable && v->model.flags & TKC_MODEL_WHOLE_PIECE) {
        if ((st = read_filter(im, "ODDT", &v->odd, err))) return st;
    }
    if (piece.ptr) {
        const size_t n = piece.len / TKC_READY_BUCKET;
        if (piece.len % TKC_READY_BUCKET || n <= TKC_READY_HOT_BUCKETS ||
            !is_pow2(n - TKC_READY_HOT_BUCKETS) || n > TKC_READY_HOT_BUCKETS + TKC_READY_MAX_BUCKETS)
            return tkc_fail(err, TKC_E_FORMAT, 12, "chunk PIEC has a length out of range");
        if ((st = need(im, "PIID", n * 16, &v->ready_id, err))) return st;
        v->ready = (const void *)piece.ptr;
        v->ready_mask = (uint32_t)(n - TKC_READY_HOT_BUCKETS - 1);
    }
    return TKC_OK;
}

static bool same_filter(const tkc_filter *f, const uint64_t *word, size_t n)
{
    return f->mask == n - 1 && memcmp(f->word, word, n * sizeof *word) == 0;
}

/* Makes them again: what is in a file must be that. */
static tkc_status check_ready(const tkc_vocab *v, tkc_error *err)
{
    const size_t n = v->ready ? (size_t)v->ready_mask + 1 + TKC_READY_HOT_BUCKETS : 0;
    tkc_ready r;
    tkc_status st = tkc_ready_make(&r, v, v->alloc, err);
    if (st) return st;
    if (!v->wide != !r.wide ||
        (r.wide && (memcmp(v->wide, r.wide, TKC_WIDE_CHARS) != 0 ||
                    !same_filter(&v->wide_pair, r.wide_pair, r.n_wide_pair))))
        st = tkc_fail(err, TKC_E_FORMAT, 0, "WIDE and WPAI are not those of the tokens");
    else if (!v->forced != !r.forced ||
             (r.forced && (memcmp(v->forced, r.forced, sizeof *r.forced) != 0 ||
                           !same_filter(&v->threat, r.threat, r.n_threat))))
        st = tkc_fail(err, TKC_E_FORMAT, 0, "FORC and THRE are not those of the tokens");
    else if (r.odd && !same_filter(&v->odd, r.odd, r.n_odd))
        st = tkc_fail(err, TKC_E_FORMAT, 0, "ODDT is not that of the tokens");
    else if (n != r.n_bucket || (n && (memcmp(v->ready, r.piece, n * TKC_READY_BUCKET) != 0 ||
                                       memcmp(v->ready_id, r.piece_id, n * 16) != 0)))
        st = tkc_fail(err, TKC_E_FORMAT, 0, "PIEC and PIID are not those of the tokens");
    tkc_ready_release(&r, v->alloc);
    return st;
}

static bool string_at(tkc_byte_reader *r, tkc_str all, tkc_str *out)
{
    uint32_t at = tkc_read_u32(r), len = tkc_read_u32(r);
    if (r->failed || at > all.len || len > all.len - at) return false;
    *out = len ? (tkc_str){all.ptr + at, len} : (tkc_str){NULL, 0};
    return true;
}

enum { ADDED_ROW = 16, OP_ROW = 28 };

static tkc_status read_rows(tkc_vocab *v, tkc_error *err)
{
    static const char *const ops[TKC_N_STAGES] = {"OPS0", "OPS1", "OPS2"};
    tkc_str strs = chunk(v->image, "STRS"), added = chunk(v->image, "ADDE"),
            fram = chunk(v->image, "FRAM"), row[TKC_N_STAGES];
    tkc_byte_reader r = tkc_byte_reader_of(added);
    size_t n_op = 0, n_added = added.len / ADDED_ROW;
    tkc_added *a;
    tkc_op *o;
    for (int s = 0; s < TKC_N_STAGES; s++) {
        row[s] = chunk(v->image, ops[s]);
        n_op += row[s].len / OP_ROW;
    }
    v->heap_len = n_added * sizeof *a + n_op * sizeof *o;
    v->heap = tkc_alloc(v->alloc, v->heap_len ? v->heap_len : 1, 1);
    if (!v->heap) return tkc_nomem(err);
    if (!v->heap_len) v->heap_len = 1;
    o = v->heap;
    a = (tkc_added *)(void *)(o + n_op);
    v->added = a;
    v->n_added = (uint32_t)n_added;
    for (size_t i = 0; i < n_added; i++) {
        a[i].id = tkc_read_u32(&r);
        a[i].flags = tkc_read_u32(&r);
        if (!string_at(&r, strs, &a[i].content) || a[i].id >= v->model.n_ids || !a[i].content.len)
            return tkc_fail(err, TKC_E_FORMAT, 12, "added token %zu is out of range", i);
    }
    for (int s = 0; s < TKC_N_STAGES; s++) {
        v->op[s] = o;
        v->n_op[s] = (uint32_t)(row[s].len / OP_ROW);
        r = tkc_byte_reader_of(row[s]);
        for (size_t i = 0; i < v->n_op[s]; i++, o++) {
            o->kind = tkc_read_u32(&r);
            o->flags = tkc_read_u32(&r);
            o->arg = tkc_read_u32(&r);
            if (!string_at(&r, strs, &o->a) || !string_at(&r, strs, &o->b))
                return tkc_fail(err, TKC_E_FORMAT, 12, "a row of %s is out of range", ops[s]);
        }
    }
    if (fram.len != 8 + 8 * TKC_MAX_FRAME)
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk FRAM is missing or of another length");
    v->n_before = (uint32_t)le_get(fram.ptr, 4);
    v->n_after = (uint32_t)le_get(fram.ptr + 4, 4);
    if (v->n_before > TKC_MAX_FRAME || v->n_after > TKC_MAX_FRAME)
        return tkc_fail(err, TKC_E_FORMAT, 12, "chunk FRAM is out of range");
    memcpy(v->before, fram.ptr + 8, sizeof v->before);
    memcpy(v->after, fram.ptr + 8 + sizeof v->before, sizeof v->after);
    return TKC_OK;
}

static tkc_status check_tables(const tkc_vocab *v, tkc_error *err)
{
    const uint32_t n_all = v->model.n_all;
    size_t empty = 0;
    for (size_t i = 0; i < n_all; i++)
        if (v->token_offset[i] > v->token_offset[i + 1] || v->token_type[i] > TKC_TOKEN_PSEUDO)
            return tkc_fail(err, TKC_E_FORMAT, 0, "token %zu is out of range", i);
    for (size_t i = 0; i <= v->token_hash_mask; i++) {
        if (v->token_hash[i] > n_all)
            return tkc_fail(err, TKC_E_FORMAT, 0, "hash slot %zu is out of range", i);
        empty += v->token_hash[i] == 0;
        if (v->token_hash[i]) {
            const uint32_t id = v->token_hash[i] - 1, at = v->token_offset[id];
            const uint64_t h = tkc_token_hash(v, v->token_bytes + at, v->token_offset[id + 1] - at);
            if (!tkc_filter_has(&v->token_filter, h))
                return tkc_fail(err, TKC_E_FORMAT, 0, "the filter lacks hash slot %zu", i);
        }
    }
    if (!empty) return tkc_fail(err, TKC_E_FORMAT, 0, "the token hash has no empty slot");
    empty = 0;
    for (size_t i = 0; i < v->n_pair_slots; i++) {
        uint64_t p = v->pair[i];
        if (p == TKC_PAIR_EMPTY) {
            empty++;
        } else if (p >> 43 >= n_all || (p >> 22 & 0x1fffff) >= n_all ||
                   (p & 0x3fffff) >= (v->merge_result || v->merge_prio ? v->n_merges : n_all) ||
                   (!v->merge_result && (p & 0x3fffff) >= n_all)) {
            return tkc_fail(err, TKC_E_FORMAT, 0, "pair slot %zu is out of range", i);
        } else if (tkc_pair_find(v, (uint32_t)(p >> 43), p >> 22 & 0x1fffff) == TKC_NO_ID) {
            return tkc_fail(err, TKC_E_FORMAT, 0, "PART lacks pair slot %zu", i);
        }
    }
    if (!empty) return tkc_fail(err, TKC_E_FORMAT, 0, "the pair table has no empty slot");
    for (size_t i = 0; v->merge_result && i < v->n_merges; i++)
        if (v->merge_result[i] >= n_all)
            return tkc_fail(err, TKC_E_FORMAT, 0, "merge %zu is out of range", i);
    for (size_t i = 0; i < 256; i++)
        if (v->byte_id[i] != TKC_NO_ID && v->byte_id[i] >= n_all)
            return tkc_fail(err, TKC_E_FORMAT, 0, "byte token %zu is out of range", i);
    empty = 0;
    for (size_t i = 0; v->join && i <= v->join_mask; i++) empty += v->join[i] == UINT64_MAX;
    if (v->join && !empty) return tkc_fail(err, TKC_E_FORMAT, 0, "the join set has no empty slot");
    for (size_t i = 0; i < v->n_unreachable; i++)
        if (v->unreachable[i] >= n_all)
            return tkc_fail(err, TKC_E_FORMAT, 0, "unreachable row %zu is out of range", i);
    for (uint32_t i = 0; i < v->n_before + v->n_after; i++) {
        uint32_t id = i < v->n_before ? v->before[i] : v->after[i - v->n_before];
        if (id >= v->model.n_ids)
            return tkc_fail(err, TKC_E_FORMAT, 0, "a frame token is out of range");
    }
    return TKC_OK;
}

tkc_status tkc_compiled_verify(const tkc_vocab *v, tkc_error *err)
{
    const size_t body = v->image.len - TKC_COMPILED_TRAILER;
    XXH128_hash_t sum = XXH3_128bits(v->image.ptr, body);
    if (sum.low64 != le_get(v->image.ptr + body, 8) ||
        sum.high64 != le_get(v->image.ptr + body + 8, 8))
        return tkc_fail(err, TKC_E_FORMAT, body, "checksum differs: the file is damaged");
    {
        const tkc_status st = check_tables(v, err);
        return st ? st : check_ready(v, err);
    }
}

tkc_status tkc_compiled_open(tkc_vocab *v, tkc_str image, bool deep, tkc_error *err)
{
    tkc_status st;
    v->image = image;
    if (image.len > TKC_COMPILED_MAX_SIZE)
        return tkc_fail(err, TKC_E_LIMIT, 0, "a compiled vocabulary of more than 2 GB");
    if ((uintptr_t)image.ptr % 8)
        return tkc_fail(err, TKC_E_ARG, 0, "a compiled vocabulary must be aligned to 8 bytes");
    if ((st = check_header(image, err))) return st;
    if ((st = read_model(v, err))) return st;
    if ((st = read_tables(v, err))) return st;
    if ((st = read_ready(v, err))) return st;
    st = read_rows(v, err);
    if (!st && deep) st = tkc_compiled_verify(v, err);
    if (st) tkc_compiled_release(v);
    return st;
}

void tkc_compiled_release(tkc_vocab *v)
{
    tkc_free(v->alloc, v->heap, v->heap_len, 1);
    v->heap = NULL;
    v->heap_len = 0;
}
