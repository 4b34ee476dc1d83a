/* packed.c - writes and reads the packed form; packed.h has the format. */
#include "vocab/packed.h"

#include "vocab/base/alloc.h"
#include "vocab/base/byte_reader.h"
#include "vocab/base/error.h"
#include "vocab/base/map_file.h"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include <math.h>
#include <string.h>

/* The largest payload known is 6 MB. */
#define MAX_PAYLOAD ((size_t)256 << 20)
enum { ZSTD_LEVEL = 19, SCORES_ZERO = 0, SCORES_WHOLE, SCORES_FLOAT, SCORES_DOUBLE };

/* --- bytes -> id over the tokens of a builder, for the halves of merges ---------------- */

typedef struct index {
    const tkc_builder *b;
    uint32_t *slot; /* id + 1 */
    size_t n;       /* power of two */
} index;

static tkc_status index_build(index *x, const tkc_builder *b, tkc_error *err)
{
    x->b = b;
    x->n = 16;
    while (x->n < b->n_token * 2) x->n *= 2;
    x->slot = tkc_alloc_zero(b->alloc, x->n, sizeof *x->slot);
    if (!x->slot) return tkc_nomem(err);
    for (uint32_t id = 0; id < b->n_token; id++) {
        tkc_str s = tkc_builder_token_bytes(b, id);
        size_t i;
        if (!b->token[id].in_model || !s.len) continue;
        i = (size_t)XXH3_64bits(s.ptr, s.len) & (x->n - 1);
        while (x->slot[i]) i = (i + 1) & (x->n - 1);
        x->slot[i] = id + 1;
    }
    return TKC_OK;
}

static void index_release(index *x)
{
    tkc_free(x->b->alloc, x->slot, x->n, sizeof *x->slot);
}

static uint32_t index_find(const index *x, const char *ptr, size_t len)
{
    size_t i = len ? (size_t)XXH3_64bits(ptr, len) & (x->n - 1) : 0;
    while (len && x->slot[i]) {
        tkc_str s = tkc_builder_token_bytes(x->b, x->slot[i] - 1);
        if (s.len == len && memcmp(s.ptr, ptr, len) == 0) return x->slot[i] - 1;
        i = (i + 1) & (x->n - 1);
    }
    return TKC_NO_ID;
}

static uint64_t zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
}

/* --- writing ------------------------------------------------------------------------- */

typedef struct out {
    tkc_buf *buf;
    tkc_error *err;
    tkc_status st;
} out;

static void w_num(out *o, uint64_t v)
{
    if (!o->st) o->st = tkc_buf_append_varint(o->buf, v, o->err);
}

static void w_raw(out *o, const void *p, size_t n)
{
    if (!o->st) o->st = tkc_buf_append(o->buf, p, n, o->err);
}

static void w_str(out *o, tkc_str s)
{
    w_num(o, s.len);
    w_raw(o, s.ptr, s.len);
}

static tkc_str text(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static bool token_same(const tkc_builder *b, const tkc_builder *base, uint32_t id)
{
    const tkc_builder_token *x, *y;
    tkc_str s, t;
    if (!base || id >= base->n_token) return false;
    x = &b->token[id];
    y = &base->token[id];
    s = tkc_builder_token_bytes(b, id);
    t = tkc_builder_token_bytes(base, id);
    return x->type == y->type && x->in_model == y->in_model && x->score == y->score &&
           s.len == t.len && (s.len == 0 || memcmp(s.ptr, t.ptr, s.len) == 0);
}

static uint32_t next_changed(const tkc_builder *b, const tkc_builder *base, uint32_t id)
{
    while (id < b->n_token && token_same(b, base, id)) id++;
    return id;
}

static int score_kind(const tkc_builder *b, const tkc_builder *base)
{
    int kind = SCORES_ZERO;
    for (uint32_t id = next_changed(b, base, 0); id < b->n_token;
         id = next_changed(b, base, id + 1)) {
        const double s = b->token[id].score;
        if (s == 0) continue;
        if (s != floor(s) || fabs(s) > 1e15) {
            if (s != (double)(float)s) return SCORES_DOUBLE;
            kind = SCORES_FLOAT;
        } else if (kind == SCORES_ZERO) {
            kind = SCORES_WHOLE;
        }
    }
    return kind;
}

static void write_scores(out *o, const tkc_builder *b, const tkc_builder *base)
{
    const int kind = score_kind(b, base);
    int64_t before = 0;
    w_num(o, (uint64_t)kind);
    for (uint32_t id = next_changed(b, base, 0); kind && id < b->n_token;
         id = next_changed(b, base, id + 1)) {
        const double s = b->token[id].score;
        const float f = (float)s;
        if (kind == SCORES_WHOLE) {
            w_num(o, zigzag((int64_t)s - before));
            before = (int64_t)s;
        } else if (kind == SCORES_FLOAT) {
            w_raw(o, &f, sizeof f);
        } else {
            w_raw(o, &s, sizeof s);
        }
    }
}

static void write_tokens(out *o, const tkc_builder *b, const tkc_builder *base)
{
    uint64_t n = 0;
    uint32_t id, before = 0;
    for (id = next_changed(b, base, 0); id < b->n_token; id = next_changed(b, base, id + 1)) n++;
    w_num(o, b->n_token);
    w_num(o, n);
    for (id = next_changed(b, base, 0); id < b->n_token; id = next_changed(b, base, id + 1)) {
        w_num(o, id - before);
        before = id;
    }
    for (id = next_changed(b, base, 0); id < b->n_token; id = next_changed(b, base, id + 1))
        w_num(o, (uint64_t)b->token[id].type * 2 + b->token[id].in_model);
    for (id = next_changed(b, base, 0); id < b->n_token; id = next_changed(b, base, id + 1))
        w_num(o, b->token[id].len);
    /* a hole may have kept its bytes */
    for (id = next_changed(b, base, 0); id < b->n_token; id = next_changed(b, base, id + 1))
        w_raw(o, tkc_builder_str(b, b->token[id].offset, b->token[id].len).ptr, b->token[id].len);
    write_scores(o, b, base);
}

static tkc_status write_merges(out *o, const tkc_builder *b, const tkc_builder *base)
{
    size_t same = 0;
    int64_t before = 0;
    index x;
    tkc_status st = index_build(&x, b, o->err);
    if (st) return st;
    while (base && same < b->n_merge && same < base->n_merge &&
           memcmp(&b->merge[same], &base->merge[same], sizeof *b->merge) == 0)
        same++;
    w_num(o, b->n_merge);
    w_num(o, same);
    for (size_t i = same; i < b->n_merge; i++) {
        w_num(o, zigzag((int64_t)b->merge[i].result - before));
        before = b->merge[i].result;
    }
    for (size_t i = same; i < b->n_merge && !o->st; i++) {
        const tkc_builder_merge *m = &b->merge[i];
        const tkc_str l = tkc_builder_token_bytes(b, m->left),
                      r = tkc_builder_token_bytes(b, m->right),
                      s = tkc_builder_token_bytes(b, m->result);
        if (l.len + r.len != s.len || index_find(&x, s.ptr, l.len) != m->left ||
            index_find(&x, s.ptr + l.len, r.len) != m->right)
            o->st = tkc_fail(o->err, TKC_E_UNSUPPORTED, 0,
                             "merge %zu is not the two halves of its result: cannot be packed", i);
        w_num(o, l.len);
    }
    index_release(&x);
    return o->st;
}

static void write_rows(out *o, const tkc_builder *b)
{
    w_num(o, b->n_added);
    for (size_t i = 0; i < b->n_added; i++) {
        w_num(o, b->added[i].id);
        w_num(o, b->added[i].flags);
        w_str(o, tkc_builder_str(b, b->added[i].offset, b->added[i].len));
    }
    for (int s = 0; s < TKC_N_STAGES; s++) {
        w_num(o, b->n_op[s]);
        for (size_t i = 0; i < b->n_op[s]; i++) {
            const tkc_builder_op *op = &b->op[s][i];
            w_num(o, op->kind);
            w_num(o, op->flags);
            w_num(o, op->arg);
            w_str(o, tkc_builder_str(b, op->a, op->a_len));
            w_str(o, tkc_builder_str(b, op->b, op->b_len));
        }
    }
    w_num(o, b->n_before);
    for (size_t i = 0; i < b->n_before; i++) w_num(o, b->before[i]);
    w_num(o, b->n_after);
    for (size_t i = 0; i < b->n_after; i++) w_num(o, b->after[i]);
}

static tkc_status compress(const tkc_buf *payload, tkc_buf *dst, tkc_error *err)
{
    const size_t bound = ZSTD_compressBound(payload->len);
    const size_t head = dst->len;
    size_t n;
    XXH64_hash_t h;
    tkc_status st = tkc_buf_reserve(dst, TKC_PACKED_HEADER + bound, err);
    if (st) return st;
    n = ZSTD_compress(dst->ptr + head + TKC_PACKED_HEADER, bound, payload->ptr, payload->len,
                      ZSTD_LEVEL);
    if (ZSTD_isError(n))
        return tkc_fail(err, TKC_E_NOMEM, 0, "zstd: %s", ZSTD_getErrorName(n));
    h = XXH3_64bits(dst->ptr + head + TKC_PACKED_HEADER, n);
    memcpy(dst->ptr + head, TKC_PACKED_MAGIC, 8);
    for (int i = 0; i < 8; i++) {
        dst->ptr[head + 8 + i] = (char)(h >> (8 * i));
        dst->ptr[head + 16 + i] = (char)((uint64_t)payload->len >> (8 * i));
    }
    dst->len = head + TKC_PACKED_HEADER + n;
    return TKC_OK;
}

tkc_status tkc_packed_write(const tkc_builder *b, const tkc_builder *base, const char *base_name,
                            tkc_buf *dst, tkc_error *err)
{
    tkc_buf payload;
    out o = {.buf = &payload, .err = err};
    tkc_status st;
    tkc_buf_init(&payload, MAX_PAYLOAD, b->alloc);
    w_str(&o, text(base_name ? base_name : ""));
    w_str(&o, text(b->name));
    w_raw(&o, b->source_sha256, 32);
    w_num(&o, b->model.kind);
    w_num(&o, b->model.flags);
    w_num(&o, (uint64_t)(uint32_t)(b->model.unk_id + 1));
    w_num(&o, b->model.max_word_chars);
    w_str(&o, text(b->model.subword_prefix));
    w_str(&o, text(b->model.word_suffix));
    write_tokens(&o, b, base);
    st = o.st ? o.st : write_merges(&o, b, base);
    write_rows(&o, b);
    if (!st) st = o.st ? o.st : compress(&payload, dst, err);
    tkc_buf_release(&payload);
    return st;
}

/* --- reading ------------------------------------------------------------------------- */

static tkc_status truncated(const tkc_byte_reader *r, tkc_error *err)
{
    return tkc_fail(err, TKC_E_FORMAT, r->at, "the packed vocabulary ends early or is damaged");
}

static tkc_str r_str(tkc_byte_reader *r)
{
    const uint64_t n = tkc_read_varint(r);
    const unsigned char *p = tkc_read_bytes(r, n);
    return (tkc_str){(const char *)p, p ? (size_t)n : 0};
}

/* A count of things that take at least one byte each. */
static size_t r_count(tkc_byte_reader *r, size_t max)
{
    const uint64_t n = tkc_read_varint(r);
    if (n > max) r->failed = true;
    return r->failed ? 0 : (size_t)n;
}

static void r_fixed(tkc_byte_reader *r, char *dst, size_t room)
{
    tkc_str s = r_str(r);
    if (s.len >= room) r->failed = true;
    else if (s.len) memcpy(dst, s.ptr, s.len);
}

typedef struct columns {
    uint32_t *id, *len;
    uint8_t *type;
    double *score;
    size_t n;
} columns;

static tkc_status read_scores(tkc_byte_reader *r, columns *c, tkc_error *err)
{
    const uint64_t kind = tkc_read_varint(r);
    int64_t before = 0;
    if (kind > SCORES_DOUBLE) r->failed = true;
    for (size_t i = 0; i < c->n && !r->failed; i++) {
        const unsigned char *p;
        float f;
        c->score[i] = 0;
        if (kind == SCORES_WHOLE) {
            before = (int64_t)((uint64_t)before + (uint64_t)unzigzag(tkc_read_varint(r)));
            c->score[i] = (double)before;
        } else if (kind == SCORES_FLOAT) {
            if ((p = tkc_read_bytes(r, 4))) {
                memcpy(&f, p, 4);
                c->score[i] = f;
            }
        } else if (kind == SCORES_DOUBLE) {
            if ((p = tkc_read_bytes(r, 8))) memcpy(&c->score[i], p, 8);
        }
    }
    return r->failed ? truncated(r, err) : TKC_OK;
}

static tkc_status read_token_columns(tkc_builder *b, tkc_byte_reader *r, columns *c,
                                     tkc_error *err)
{
    uint64_t id = 0;
    tkc_byte_reader at;
    tkc_status st;
    for (size_t i = 0; i < c->n; i++) {
        id += tkc_read_varint(r);
        if (id >= TKC_MAX_TOKENS) r->failed = true;
        c->id[i] = (uint32_t)id;
    }
    for (size_t i = 0; i < c->n; i++) c->type[i] = (uint8_t)tkc_read_varint(r);
    for (size_t i = 0; i < c->n; i++) {
        const uint64_t n = tkc_read_varint(r);
        if (n > TKC_MAX_TOKEN_LEN) r->failed = true;
        c->len[i] = (uint32_t)n;
    }
    at = *r; /* the bytes; the scores lie behind them */
    for (size_t i = 0; i < c->n && !r->failed; i++) tkc_read_bytes(r, c->len[i]);
    if (r->failed) return truncated(r, err);
    st = read_scores(r, c, err);
    for (size_t i = 0; i < c->n && !st; i++) {
        const char *p = (const char *)tkc_read_bytes(&at, c->len[i]);
        const uint8_t type = c->type[i] >> 1;
        if (type > TKC_TOKEN_BYTE) return truncated(&at, err);
        if (c->id[i] < b->n_token) b->token[c->id[i]].type = TKC_TOKEN_HOLE; /* the base's */
        if (type == TKC_TOKEN_HOLE) continue;
        st = tkc_builder_token_set(b, c->id[i], (tkc_str){p, c->len[i]}, (tkc_token_type)type,
                                   c->score[i], at.at, err);
        if (!st) b->token[c->id[i]].in_model = c->type[i] & 1;
    }
    return st;
}

static tkc_status read_tokens(tkc_builder *b, tkc_byte_reader *r, tkc_error *err)
{
    const size_t n_token = r_count(r, TKC_MAX_TOKENS), n = r_count(r, r->len - r->at);
    const tkc_allocator *a = b->alloc;
    columns c = {.n = n};
    tkc_status st = TKC_OK;
    if (r->failed) return truncated(r, err);
    c.id = tkc_alloc(a, n + 1, sizeof *c.id);
    c.len = tkc_alloc(a, n + 1, sizeof *c.len);
    c.type = tkc_alloc(a, n + 1, 1);
    c.score = tkc_alloc(a, n + 1, sizeof *c.score);
    if (!c.id || !c.len || !c.type || !c.score) st = tkc_nomem(err);
    if (!st) st = read_token_columns(b, r, &c, err);
    tkc_free(a, c.id, n + 1, sizeof *c.id);
    tkc_free(a, c.len, n + 1, sizeof *c.len);
    tkc_free(a, c.type, n + 1, 1);
    tkc_free(a, c.score, n + 1, sizeof *c.score);
    if (!st && b->n_token < n_token) st = truncated(r, err);
    if (!st) b->n_token = n_token; /* a base may be longer */
    return st;
}

static tkc_status read_merges(tkc_builder *b, tkc_byte_reader *r, tkc_error *err)
{
    const size_t n = r_count(r, TKC_MAX_MERGES), same = r_count(r, b->n_merge);
    tkc_byte_reader result = *r;
    int64_t id = 0;
    index x;
    tkc_status st;
    if (r->failed || same > n || !tkc_reader_has(r, n - same)) return truncated(r, err);
    st = index_build(&x, b, err);
    if (st) return st;
    b->n_merge = same;
    for (size_t i = same; i < n; i++) tkc_read_varint(r);
    for (size_t i = same; i < n && !st; i++) {
        tkc_str s;
        uint64_t cut;
        uint32_t left = TKC_NO_ID, right = TKC_NO_ID;
        id = (int64_t)((uint64_t)id + (uint64_t)unzigzag(tkc_read_varint(&result)));
        cut = tkc_read_varint(r);
        if (r->failed || result.failed || id < 0 || id >= (int64_t)b->n_token) {
            st = truncated(r, err);
            break;
        }
        s = tkc_builder_token_bytes(b, (uint32_t)id);
        if (cut < s.len) {
            left = index_find(&x, s.ptr, (size_t)cut);
            right = index_find(&x, s.ptr + cut, s.len - (size_t)cut);
        }
        if (left == TKC_NO_ID || right == TKC_NO_ID)
            st = truncated(r, err);
        else
            st = tkc_builder_merge_add(b, left, right, (uint32_t)id, r->at, err);
    }
    index_release(&x);
    return st;
}

static tkc_status read_rows(tkc_builder *b, tkc_byte_reader *r, tkc_error *err)
{
    size_t n = r_count(r, TKC_MAX_ADDED);
    tkc_status st = TKC_OK;
    b->n_added = 0;
    for (size_t i = 0; i < n && !st; i++) {
        const uint64_t id = tkc_read_varint(r), flags = tkc_read_varint(r);
        const tkc_str s = r_str(r);
        if (r->failed || id >= TKC_MAX_TOKENS) return truncated(r, err);
        st = tkc_builder_added_add(b, (uint32_t)id, s, (uint32_t)flags, r->at, err);
    }
    for (int s = 0; s < TKC_N_STAGES && !st; s++) {
        tkc_builder_op_clear(b, (tkc_stage)s);
        n = r_count(r, 64);
        for (size_t i = 0; i < n && !st; i++) {
            tkc_op op = {.kind = (uint32_t)tkc_read_varint(r)};
            op.flags = (uint32_t)tkc_read_varint(r);
            op.arg = (uint32_t)tkc_read_varint(r);
            op.a = r_str(r);
            op.b = r_str(r);
            st = r->failed ? truncated(r, err) : tkc_builder_op_add(b, (tkc_stage)s, op, err);
        }
    }
    if (st) return st;
    b->n_before = r_count(r, TKC_MAX_FRAME);
    for (size_t i = 0; i < b->n_before; i++) b->before[i] = (uint32_t)tkc_read_varint(r);
    b->n_after = r_count(r, TKC_MAX_FRAME);
    for (size_t i = 0; i < b->n_after; i++) b->after[i] = (uint32_t)tkc_read_varint(r);
    return r->failed ? truncated(r, err) : TKC_OK;
}

/* A base is not allowed a base of its own base's base: two levels are enough. */
enum { MAX_BASES = 2 };

static tkc_status read_level(tkc_builder *b, tkc_str bytes, const char *data_dir, int level,
                             tkc_error *err);

static tkc_status read_base(tkc_builder *b, tkc_str name, const char *data_dir, int level,
                            tkc_error *err)
{
    char file[64], path[4096];
    tkc_buf bytes;
    tkc_status st;
    if (name.len >= sizeof file || memchr(name.ptr, '/', name.len) || memchr(name.ptr, 0, name.len))
        return tkc_fail(err, TKC_E_FORMAT, TKC_PACKED_HEADER, "the base's name is not a name");
    memcpy(file, name.ptr, name.len);
    file[name.len] = '\0';
    if (level >= MAX_BASES)
        return tkc_fail(err, TKC_E_LIMIT, TKC_PACKED_HEADER, "more than %d bases", MAX_BASES);
    if (!data_dir)
        return tkc_fail(err, TKC_E_NOTFOUND, TKC_PACKED_HEADER,
                        "needs the packed file of %s: name the folder it lies in", file);
    st = tkc_path_join(path, sizeof path, data_dir, file, ".tkp", err);
    if (st) return st;
    tkc_buf_init(&bytes, MAX_PAYLOAD, b->alloc);
    st = tkc_read_file(&bytes, path, err);
    if (!st) st = read_level(b, tkc_buf_str(&bytes), data_dir, level + 1, err);
    tkc_buf_release(&bytes);
    return st;
}

static tkc_status read_payload(tkc_builder *b, tkc_str payload, const char *data_dir, int level,
                               tkc_error *err)
{
    tkc_byte_reader r = tkc_byte_reader_of(payload);
    const tkc_str base = r_str(&r);
    const unsigned char *sha;
    tkc_status st = TKC_OK;
    if (!r.failed && base.len) st = read_base(b, base, data_dir, level, err);
    if (st) return st;
    memset(b->name, 0, sizeof b->name);
    memset(&b->model, 0, sizeof b->model);
    r_fixed(&r, b->name, sizeof b->name);
    sha = tkc_read_bytes(&r, 32);
    if (sha) memcpy(b->source_sha256, sha, 32);
    b->model.kind = (uint32_t)tkc_read_varint(&r);
    b->model.flags = (uint32_t)tkc_read_varint(&r);
    b->model.unk_id = (uint32_t)tkc_read_varint(&r) - 1;
    b->model.max_word_chars = (uint32_t)tkc_read_varint(&r);
    r_fixed(&r, b->model.subword_prefix, sizeof b->model.subword_prefix);
    r_fixed(&r, b->model.word_suffix, sizeof b->model.word_suffix);
    if (r.failed) return truncated(&r, err);
    st = read_tokens(b, &r, err);
    if (!st) st = read_merges(b, &r, err);
    if (!st) st = read_rows(b, &r, err);
    if (!st && r.at != r.len) st = truncated(&r, err);
    return st;
}

static tkc_status read_level(tkc_builder *b, tkc_str bytes, const char *data_dir, int level,
                             tkc_error *err)
{
    tkc_byte_reader r = tkc_byte_reader_of(bytes);
    const unsigned char *magic = tkc_read_bytes(&r, 8);
    const uint64_t sum = tkc_read_u64(&r), size = tkc_read_u64(&r);
    tkc_buf payload;
    tkc_status st;
    size_t n;
    if (r.failed || memcmp(magic, TKC_PACKED_MAGIC, 8) != 0)
        return tkc_fail(err, TKC_E_FORMAT, 0, "not a packed vocabulary: expected \"TKPACK1\"");
    if (XXH3_64bits(bytes.ptr + r.at, bytes.len - r.at) != sum)
        return tkc_fail(err, TKC_E_FORMAT, 8, "checksum differs: the packed file is damaged");
    if (size > MAX_PAYLOAD)
        return tkc_fail(err, TKC_E_LIMIT, 16, "unpacks to more than %zu bytes", MAX_PAYLOAD);
    tkc_buf_init(&payload, MAX_PAYLOAD + 1, b->alloc);
    st = tkc_buf_reserve(&payload, (size_t)size + 1, err);
    if (!st) {
        n = ZSTD_decompress(payload.ptr, (size_t)size, bytes.ptr + r.at, bytes.len - r.at);
        if (ZSTD_isError(n) || n != size)
            st = tkc_fail(err, TKC_E_FORMAT, TKC_PACKED_HEADER, "zstd: %s",
                          ZSTD_isError(n) ? ZSTD_getErrorName(n) : "another length");
    }
    payload.len = (size_t)size;
    if (!st) st = read_payload(b, tkc_buf_str(&payload), data_dir, level, err);
    tkc_buf_release(&payload);
    return st;
}

tkc_status tkc_packed_read(tkc_builder *b, tkc_str bytes, const char *data_dir, tkc_error *err)
{
    return read_level(b, bytes, data_dir, 0, err);
}
