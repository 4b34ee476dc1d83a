/* gguf_pairs.c - the container: pairs found, values of the type that is wanted. */
#include "vocab/read/gguf.h"

#include "vocab/base/error.h"

#include <string.h>

enum { GGUF_MAX_DEPTH = 4 /* arrays in arrays */ };

static const unsigned char TYPE_SIZE[N_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

const char *const tkc_gguf_key[N_KEYS] = {
    "general.alignment",
    "tokenizer.ggml.model",
    "tokenizer.ggml.pre",
    "tokenizer.ggml.tokens",
    "tokenizer.ggml.scores",
    "tokenizer.ggml.token_type",
    "tokenizer.ggml.merges",
    "tokenizer.ggml.bos_token_id",
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.unknown_token_id",
    "tokenizer.ggml.seperator_token_id",
    "tokenizer.ggml.cls_token_id",
    "tokenizer.ggml.add_bos_token",
    "tokenizer.ggml.add_eos_token",
    "tokenizer.ggml.add_sep_token",
    "tokenizer.ggml.add_space_prefix",
    "tokenizer.ggml.remove_extra_whitespaces",
    "tokenizer.ggml.precompiled_charsmap",
    "tokenizer.ggml.normalizer.lowercase",
    "tokenizer.ggml.normalizer.strip_accents",
};

static tkc_status cut_off(const tkc_byte_reader *r, const char *what, tkc_error *err)
{
    return tkc_fail(err, TKC_E_FORMAT, r->at, "the file ends inside %s", what);
}

tkc_status tkc_gguf_string(tkc_byte_reader *r, tkc_str *out, tkc_error *err)
{
    size_t at = r->at;
    uint64_t n = tkc_read_u64(r);
    if (r->failed) return cut_off(r, "the length of a string", err);
    if (!tkc_reader_has(r, n))
        return tkc_fail(err, TKC_E_FORMAT, at, "a string claims %llu bytes, but %zu are left",
                        (unsigned long long)n, r->len - r->at);
    out->ptr = (const char *)tkc_read_bytes(r, n);
    out->len = (size_t)n;
    return TKC_OK;
}

static size_t smallest(uint32_t type)
{
    return type == T_STRING ? 8 : type == T_ARRAY ? 12 : TYPE_SIZE[type];
}

/* Element type and count of an array, checked against what is left. */
static tkc_status read_array_head(tkc_byte_reader *r, uint32_t *elem, uint64_t *count,
                                  tkc_error *err)
{
    size_t at = r->at;
    *elem = tkc_read_u32(r);
    *count = tkc_read_u64(r);
    if (r->failed) return cut_off(r, "the head of an array", err);
    if (*elem >= N_TYPES)
        return tkc_fail(err, TKC_E_FORMAT, at, "array element type %lu is not known",
                        (unsigned long)*elem);
    if (*count > (r->len - r->at) / smallest(*elem))
        return tkc_fail(err, TKC_E_FORMAT, at,
                        "an array claims %llu elements, but %zu bytes are left",
                        (unsigned long long)*count, r->len - r->at);
    return TKC_OK;
}

/* Goes behind a value of this type that is no array. */
static tkc_status skip_plain(tkc_byte_reader *r, uint32_t type, uint64_t count, tkc_error *err)
{
    tkc_str s;
    if (type != T_STRING) {
        /* count elements were checked to fit, or it is one */
        tkc_read_bytes(r, count * TYPE_SIZE[type]);
        return r->failed ? cut_off(r, "a value", err) : TKC_OK;
    }
    for (uint64_t i = 0; i < count; i++) {
        tkc_status st = tkc_gguf_string(r, &s, err);
        if (st) return st;
    }
    return TKC_OK;
}

/* Reads a value's place into v and goes behind it. Arrays of arrays are walked with a list
 * of what is left at each depth. */
static tkc_status read_value(tkc_byte_reader *r, tkc_gguf_value *v, tkc_error *err)
{
    uint64_t left[GGUF_MAX_DEPTH];
    unsigned depth = 0;
    size_t at = r->at;
    tkc_status st;
    *v = (tkc_gguf_value){.type = tkc_read_u32(r)};
    if (r->failed) return cut_off(r, "a value's type", err);
    if (v->type >= N_TYPES)
        return tkc_fail(err, TKC_E_FORMAT, at, "value type %lu is not known",
                        (unsigned long)v->type);
    v->at = r->at;
    if (v->type != T_ARRAY) return skip_plain(r, v->type, 1, err);
    if ((st = read_array_head(r, &v->elem, &v->count, err))) return st;
    v->at = r->at;
    if (v->elem != T_ARRAY) return skip_plain(r, v->elem, v->count, err);
    left[depth++] = v->count;
    while (depth > 0) {
        uint32_t elem;
        uint64_t count;
        if (left[depth - 1] == 0) {
            depth--;
            continue;
        }
        left[depth - 1]--;
        if ((st = read_array_head(r, &elem, &count, err))) return st;
        if (elem != T_ARRAY) {
            if ((st = skip_plain(r, elem, count, err))) return st;
            continue;
        }
        if (depth == GGUF_MAX_DEPTH)
            return tkc_fail(err, TKC_E_LIMIT, r->at, "arrays nested deeper than %d",
                            GGUF_MAX_DEPTH);
        left[depth++] = count;
    }
    return TKC_OK;
}

static int key_index(tkc_str k)
{
    for (int i = 0; i < N_KEYS; i++)
        if (strlen(tkc_gguf_key[i]) == k.len && memcmp(tkc_gguf_key[i], k.ptr, k.len) == 0) return i;
    return -1;
}

static tkc_status read_header(tkc_byte_reader *r, uint64_t *n_pairs, tkc_error *err)
{
    const unsigned char *magic = tkc_read_bytes(r, 4);
    uint32_t version;
    if (!magic || memcmp(magic, "GGUF", 4) != 0)
        return tkc_fail(err, TKC_E_FORMAT, 0, "not a GGUF file: expected the bytes GGUF");
    version = tkc_read_u32(r);
    if (r->failed) return cut_off(r, "the version", err);
    if (version == UINT32_C(0x02000000) || version == UINT32_C(0x03000000))
        return tkc_fail(err, TKC_E_UNSUPPORTED, 4,
                        "a big-endian GGUF file, expected little-endian");
    if (version != 2 && version != 3)
        return tkc_fail(err, TKC_E_UNSUPPORTED, 4, "GGUF version %lu, expected 2 or 3",
                        (unsigned long)version);
    tkc_read_u64(r); /* tensors: none of them is looked at */
    *n_pairs = tkc_read_u64(r);
    if (r->failed) return cut_off(r, "the header", err);
    /* The smallest pair is an empty key, a type and one byte. */
    if (*n_pairs > (r->len - r->at) / 13)
        return tkc_fail(err, TKC_E_FORMAT, 16, "%llu key-value pairs do not fit into %zu bytes",
                        (unsigned long long)*n_pairs, r->len - r->at);
    return TKC_OK;
}

tkc_status tkc_gguf_read(tkc_gguf *g)
{
    tkc_byte_reader r = tkc_byte_reader_of(g->file);
    uint64_t n = 0;
    tkc_status st = read_header(&r, &n, g->err);
    for (uint64_t i = 0; !st && i < n; i++) {
        size_t at = r.at;
        tkc_str k;
        tkc_gguf_value v;
        int which;
        if ((st = tkc_gguf_string(&r, &k, g->err))) return st;
        if ((st = read_value(&r, &v, g->err))) return st;
        which = key_index(k);
        if (which < 0) continue;
        if (g->key[which].at)
            return tkc_fail(g->err, TKC_E_FORMAT, at, "key %s is there twice", tkc_gguf_key[which]);
        g->key[which] = v;
    }
    return st;
}

/* --- typed access -------------------------------------------------------------------- */

tkc_byte_reader tkc_gguf_reader_at(const tkc_gguf *g, size_t at)
{
    tkc_byte_reader r = tkc_byte_reader_of(g->file);
    r.at = at;
    return r;
}

static tkc_status wrong_type(const tkc_gguf *g, int k, const char *expected)
{
    return tkc_fail(g->err, TKC_E_FORMAT, g->key[k].at, "%s has type %lu, expected %s", tkc_gguf_key[k],
                    (unsigned long)g->key[k].type, expected);
}

tkc_status tkc_gguf_bool(const tkc_gguf *g, int k, bool *out)
{
    unsigned char c;
    if (!g->key[k].at) return TKC_OK;
    if (g->key[k].type != T_BOOL) return wrong_type(g, k, "bool");
    c = (unsigned char)g->file.ptr[g->key[k].at];
    if (c > 1)
        return tkc_fail(g->err, TKC_E_FORMAT, g->key[k].at, "%s is the byte %u, expected 0 or 1",
                        tkc_gguf_key[k], c);
    *out = c;
    return TKC_OK;
}

tkc_status tkc_gguf_u32(const tkc_gguf *g, int k, uint32_t *out)
{
    tkc_byte_reader r = tkc_gguf_reader_at(g, g->key[k].at);
    if (!g->key[k].at) return TKC_OK;
    if (g->key[k].type != T_U32 && g->key[k].type != T_I32) return wrong_type(g, k, "uint32");
    *out = tkc_read_u32(&r);
    return TKC_OK;
}

tkc_status tkc_gguf_id(const tkc_gguf *g, int k, uint32_t *out)
{
    tkc_status st = tkc_gguf_u32(g, k, out);
    if (!st && g->key[k].at && *out >= g->n_tokens)
        return tkc_fail(g->err, TKC_E_FORMAT, g->key[k].at, "%s is %lu, but there are %lu tokens",
                        tkc_gguf_key[k], (unsigned long)*out, (unsigned long)g->n_tokens);
    return st;
}

tkc_status tkc_gguf_text(const tkc_gguf *g, int k, tkc_str *out)
{
    tkc_byte_reader r = tkc_gguf_reader_at(g, g->key[k].at);
    *out = (tkc_str){NULL, 0};
    if (!g->key[k].at) return TKC_OK;
    if (g->key[k].type != T_STRING) return wrong_type(g, k, "string");
    return tkc_gguf_string(&r, out, g->err);
}

tkc_status tkc_gguf_array(const tkc_gguf *g, int k, uint32_t elem, uint32_t or_elem, uint64_t need)
{
    const tkc_gguf_value *v = &g->key[k];
    if (!v->at) return tkc_fail(g->err, TKC_E_FORMAT, g->file.len, "there is no key %s", tkc_gguf_key[k]);
    if (v->type != T_ARRAY) return wrong_type(g, k, "array");
    if (v->elem != elem && v->elem != or_elem)
        return tkc_fail(g->err, TKC_E_FORMAT, v->at, "%s has elements of type %lu, expected %lu",
                        tkc_gguf_key[k], (unsigned long)v->elem, (unsigned long)elem);
    if (v->count < need)
        return tkc_fail(g->err, TKC_E_FORMAT, v->at, "%s has %llu elements, expected %llu", tkc_gguf_key[k],
                        (unsigned long long)v->count, (unsigned long long)need);
    return TKC_OK;
}
