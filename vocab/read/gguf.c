/*
 * gguf.c - the tokenizer in the metadata of a GGUF file, versions 2 and 3.
 *
 * Only key-value pairs are read; tensors may follow or not. Layout, all little-endian:
 * "GGUF", u32 version, u64 tensors, u64 pairs; a pair is key, u32 type, value; a string is
 * u64 length and bytes; an array is u32 element type, u64 count, elements.
 *
 * A GGUF file names its pre-tokenizer instead of describing it, and drops what its own
 * engine does not need (which added tokens strip blanks, say). Names whose pipeline was
 * compared with the vendor's tokenizer.json or with published vectors are in gguf_pre.def;
 * all others are TKC_E_UNSUPPORTED by name, among them "default", which no vendor uses.
 *
 * What its token types mean here: control and unknown tokens are added tokens that only
 * trusted text matches; user-defined ones always match; fillers ("[PAD32011]") are no
 * tokens at all, as in the vendors' own files.
 */
#include "vocab/read/readers.h"

#include "vocab/base/alloc.h"
#include "vocab/base/byte_reader.h"
#include "vocab/base/error.h"
#include "vocab/read/byte_alphabet.h"
#include "vocab/read/spm_parts.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <math.h>
#include <string.h>

enum { GGUF_MAX_DEPTH = 4 /* arrays in arrays */ };

enum {
    T_U8, T_I8, T_U16, T_I16, T_U32, T_I32, T_F32, T_BOOL, T_STRING, T_ARRAY, T_U64, T_I64, T_F64,
    N_TYPES
};
static const unsigned char TYPE_SIZE[N_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

/* tokenizer.ggml.token_type */
enum { G_UNDEFINED, G_NORMAL, G_UNKNOWN, G_CONTROL, G_USER, G_UNUSED, G_BYTE };

enum {
    K_ALIGNMENT, K_MODEL, K_PRE, K_TOKENS, K_SCORES, K_TYPES, K_MERGES, K_BOS, K_EOS, K_UNK,
    K_SEP, K_CLS, K_ADD_BOS, K_ADD_EOS, K_ADD_SEP, K_SPACE_PREFIX, K_EXTRA_SPACES, K_CHARSMAP,
    K_LOWERCASE, K_STRIP_ACCENTS, N_KEYS
};
static const char *const KEY[N_KEYS] = {
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

/* A value's place; at 0: the key is not in the file. */
typedef struct value {
    uint32_t type, elem;
    uint64_t count;
    size_t at; /* the payload: elements, or the string's length */
} value;

typedef struct text_at {
    size_t at; /* in the file */
    uint32_t len;
} text_at;

typedef struct gguf {
    tkc_builder *b;
    tkc_str file;
    tkc_error *err;
    value key[N_KEYS];
    text_at *token;
    uint32_t n_tokens;
    uint32_t *slot; /* id + 1 by text */
    size_t n_slots;
    tkc_buf tmp;
} gguf;

/* --- the container ------------------------------------------------------------------- */

static tkc_status cut_off(const tkc_byte_reader *r, const char *what, tkc_error *err)
{
    return tkc_fail(err, TKC_E_FORMAT, r->at, "the file ends inside %s", what);
}

static tkc_status read_string(tkc_byte_reader *r, tkc_str *out, tkc_error *err)
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
        tkc_status st = read_string(r, &s, err);
        if (st) return st;
    }
    return TKC_OK;
}

/* Reads a value's place into v and goes behind it. Arrays of arrays are walked with a list
 * of what is left at each depth. */
static tkc_status read_value(tkc_byte_reader *r, value *v, tkc_error *err)
{
    uint64_t left[GGUF_MAX_DEPTH];
    unsigned depth = 0;
    size_t at = r->at;
    tkc_status st;
    *v = (value){.type = tkc_read_u32(r)};
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
        if (strlen(KEY[i]) == k.len && memcmp(KEY[i], k.ptr, k.len) == 0) return i;
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

static tkc_status read_pairs(gguf *g)
{
    tkc_byte_reader r = tkc_byte_reader_of(g->file);
    uint64_t n = 0;
    tkc_status st = read_header(&r, &n, g->err);
    for (uint64_t i = 0; !st && i < n; i++) {
        size_t at = r.at;
        tkc_str k;
        value v;
        int which;
        if ((st = read_string(&r, &k, g->err))) return st;
        if ((st = read_value(&r, &v, g->err))) return st;
        which = key_index(k);
        if (which < 0) continue;
        if (g->key[which].at)
            return tkc_fail(g->err, TKC_E_FORMAT, at, "key %s is there twice", KEY[which]);
        g->key[which] = v;
    }
    return st;
}

/* --- typed access -------------------------------------------------------------------- */

static tkc_byte_reader reader_at(const gguf *g, size_t at)
{
    tkc_byte_reader r = tkc_byte_reader_of(g->file);
    r.at = at;
    return r;
}

static tkc_status wrong_type(const gguf *g, int k, const char *expected)
{
    return tkc_fail(g->err, TKC_E_FORMAT, g->key[k].at, "%s has type %lu, expected %s", KEY[k],
                    (unsigned long)g->key[k].type, expected);
}

/* out stays as it is when the key is not there. */
static tkc_status get_bool(const gguf *g, int k, bool *out)
{
    unsigned char c;
    if (!g->key[k].at) return TKC_OK;
    if (g->key[k].type != T_BOOL) return wrong_type(g, k, "bool");
    c = (unsigned char)g->file.ptr[g->key[k].at];
    if (c > 1)
        return tkc_fail(g->err, TKC_E_FORMAT, g->key[k].at, "%s is the byte %u, expected 0 or 1",
                        KEY[k], c);
    *out = c;
    return TKC_OK;
}

static tkc_status get_u32(const gguf *g, int k, uint32_t *out)
{
    tkc_byte_reader r = reader_at(g, g->key[k].at);
    if (!g->key[k].at) return TKC_OK;
    if (g->key[k].type != T_U32 && g->key[k].type != T_I32) return wrong_type(g, k, "uint32");
    *out = tkc_read_u32(&r);
    return TKC_OK;
}

static tkc_status get_id(const gguf *g, int k, uint32_t *out)
{
    tkc_status st = get_u32(g, k, out);
    if (!st && g->key[k].at && *out >= g->n_tokens)
        return tkc_fail(g->err, TKC_E_FORMAT, g->key[k].at, "%s is %lu, but there are %lu tokens",
                        KEY[k], (unsigned long)*out, (unsigned long)g->n_tokens);
    return st;
}

static tkc_status get_string(const gguf *g, int k, tkc_str *out)
{
    tkc_byte_reader r = reader_at(g, g->key[k].at);
    *out = (tkc_str){NULL, 0};
    if (!g->key[k].at) return TKC_OK;
    if (g->key[k].type != T_STRING) return wrong_type(g, k, "string");
    return read_string(&r, out, g->err);
}

/* An array of one of two element types; need: at least so many elements. */
static tkc_status want_array(const gguf *g, int k, uint32_t elem, uint32_t or_elem, uint64_t need)
{
    const value *v = &g->key[k];
    if (!v->at) return tkc_fail(g->err, TKC_E_FORMAT, g->file.len, "there is no key %s", KEY[k]);
    if (v->type != T_ARRAY) return wrong_type(g, k, "array");
    if (v->elem != elem && v->elem != or_elem)
        return tkc_fail(g->err, TKC_E_FORMAT, v->at, "%s has elements of type %lu, expected %lu",
                        KEY[k], (unsigned long)v->elem, (unsigned long)elem);
    if (v->count < need)
        return tkc_fail(g->err, TKC_E_FORMAT, v->at, "%s has %llu elements, expected %llu", KEY[k],
                        (unsigned long long)v->count, (unsigned long long)need);
    return TKC_OK;
}

static bool is_text(tkc_str s, const char *c)
{
    return s.len == strlen(c) && memcmp(s.ptr, c, s.len) == 0;
}

/* --- tokens -------------------------------------------------------------------------- */

static tkc_str token_text(const gguf *g, uint32_t id)
{
    return (tkc_str){g->file.ptr + g->token[id].at, g->token[id].len};
}

static size_t slot_of(const gguf *g, tkc_str text)
{
    size_t i = (size_t)XXH3_64bits_withSeed(text.ptr, text.len, g->file.len) & (g->n_slots - 1);
    for (; g->slot[i]; i = (i + 1) & (g->n_slots - 1)) {
        tkc_str t = token_text(g, g->slot[i] - 1);
        if (t.len == text.len && (t.len == 0 || memcmp(t.ptr, text.ptr, t.len) == 0)) break;
    }
    return i;
}

static uint32_t find_token(const gguf *g, tkc_str text)
{
    size_t i = slot_of(g, text);
    return g->slot[i] ? g->slot[i] - 1 : TKC_NO_ID;
}

static tkc_status read_tokens(gguf *g)
{
    const tkc_allocator *a = g->b->alloc;
    tkc_byte_reader r;
    tkc_status st = want_array(g, K_TOKENS, T_STRING, T_STRING, 1);
    if (st) return st;
    if (g->key[K_TOKENS].count > TKC_MAX_TOKENS)
        return tkc_fail(g->err, TKC_E_LIMIT, g->key[K_TOKENS].at, "%llu tokens, more than %d",
                        (unsigned long long)g->key[K_TOKENS].count, TKC_MAX_TOKENS);
    g->n_tokens = (uint32_t)g->key[K_TOKENS].count;
    g->n_slots = 16;
    while (g->n_slots < (size_t)g->n_tokens * 2) g->n_slots *= 2;
    g->token = tkc_alloc(a, g->n_tokens, sizeof *g->token);
    g->slot = tkc_alloc_zero(a, g->n_slots, sizeof *g->slot);
    if (!g->token || !g->slot) return tkc_nomem(g->err);
    r = reader_at(g, g->key[K_TOKENS].at);
    for (uint32_t id = 0; id < g->n_tokens; id++) {
        size_t i;
        tkc_str s;
        if ((st = read_string(&r, &s, g->err))) return st;
        if (s.len > TKC_MAX_TOKEN_LEN)
            return tkc_fail(g->err, TKC_E_LIMIT, r.at - s.len,
                            "token %lu has %zu bytes, more than %d", (unsigned long)id, s.len,
                            TKC_MAX_TOKEN_LEN);
        g->token[id] = (text_at){(size_t)(s.ptr - g->file.ptr), (uint32_t)s.len};
        if (s.len == 0) continue;
        i = slot_of(g, s);
        if (g->slot[i]) {
            char q[TKC_QUOTE_SIZE];
            return tkc_fail(g->err, TKC_E_FORMAT, g->token[id].at,
                            "token \"%s\" is both %lu and %lu", tkc_quote(q, s.ptr, s.len),
                            (unsigned long)(g->slot[i] - 1), (unsigned long)id);
        }
        g->slot[i] = id + 1;
    }
    if (g->key[K_TYPES].at) st = want_array(g, K_TYPES, T_I32, T_U32, g->n_tokens);
    if (!st && g->key[K_SCORES].at) st = want_array(g, K_SCORES, T_F32, T_I32, g->n_tokens);
    return st;
}

static uint32_t raw_type(const gguf *g, uint32_t id)
{
    tkc_byte_reader r = reader_at(g, g->key[K_TYPES].at + (size_t)id * 4);
    return g->key[K_TYPES].at ? tkc_read_u32(&r) : G_NORMAL;
}

/* "[PAD" digits "]" among tokens no text gives: written to fill the matrix up. */
static bool is_filler(const gguf *g, uint32_t id)
{
    tkc_str s = token_text(g, id);
    uint32_t t = raw_type(g, id);
    if (s.len == 0) return true;
    if (t != G_UNKNOWN && t != G_USER && t != G_UNUSED) return false;
    if (s.len < 6 || memcmp(s.ptr, "[PAD", 4) != 0 || s.ptr[s.len - 1] != ']') return false;
    for (size_t i = 4; i + 1 < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
    return true;
}

static tkc_status score_of(const gguf *g, uint32_t id, double *out)
{
    size_t at = g->key[K_SCORES].at + (size_t)id * 4;
    tkc_byte_reader r = reader_at(g, at);
    uint32_t bits;
    float f;
    *out = 0;
    if (!g->key[K_SCORES].at) return TKC_OK;
    bits = tkc_read_u32(&r);
    memcpy(&f, &bits, sizeof f);
    *out = g->key[K_SCORES].elem == T_I32 ? (double)(int32_t)bits : (double)f;
    if (isnan(*out) || isinf(*out))
        return tkc_fail(g->err, TKC_E_FORMAT, at, "score of token %lu is not a finite number",
                        (unsigned long)id);
    return TKC_OK;
}

/* Tokens that are matched in the text before the model looks: true when id was one. */
static tkc_status add_added(gguf *g, uint32_t id, bool user_is_special, bool *was)
{
    uint32_t t = raw_type(g, id);
    *was = t == G_CONTROL || t == G_UNKNOWN || t == G_USER;
    if (!*was) return TKC_OK;
    return tkc_builder_added_add(g->b, id, token_text(g, id),
                                 t != G_USER || user_is_special ? TKC_ADDED_SPECIAL : 0,
                                 g->token[id].at, g->err);
}

/* --- byte-level BPE ------------------------------------------------------------------ */

#define S(s) {(s), sizeof(s) - 1}
#define SPLIT(pattern) {.kind = TKC_OP_SPLIT, .flags = TKC_OPF_REGEX, .a = S(pattern)}
#define DIGITS {.kind = TKC_OP_DIGITS, .flags = TKC_OPF_INDIVIDUAL}
#define BYTES {.kind = TKC_OP_BYTE_LEVEL}
#define BYTES_SPLIT {.kind = TKC_OP_BYTE_LEVEL, .flags = TKC_OPF_USE_REGEX}

enum { PRE_MAX_ROWS = 8 };

typedef struct pre_row {
    const char *name;
    bool nfc, whole_piece, add_bos;
    tkc_op row[PRE_MAX_ROWS]; /* kind 0 ends the list */
} pre_row;

static const pre_row PRE[] = {
#define PRE_ROW(name_, nfc_, whole_, bos_, ...) \
    {.name = (name_), .nfc = (nfc_), .whole_piece = (whole_), .add_bos = (bos_), \
     .row = {__VA_ARGS__}},
#include "vocab/read/gguf_pre.def"
#undef PRE_ROW
};

static tkc_status find_pre(const gguf *g, const pre_row **out)
{
    tkc_str name;
    char q[TKC_QUOTE_SIZE];
    tkc_status st = get_string(g, K_PRE, &name);
    if (st) return st;
    if (!g->key[K_PRE].at)
        return tkc_fail(g->err, TKC_E_UNSUPPORTED, g->file.len,
                        "the file does not name its pre-tokenizer (%s)", KEY[K_PRE]);
    for (size_t i = 0; i < sizeof PRE / sizeof *PRE; i++)
        if (is_text(name, PRE[i].name)) {
            *out = &PRE[i];
            return TKC_OK;
        }
    return tkc_fail(g->err, TKC_E_UNSUPPORTED, g->key[K_PRE].at,
                    "pre-tokenizer \"%s\" is not done: its splits were not compared with the "
                    "vendor's",
                    tkc_quote(q, name.ptr, name.len));
}

/* A token of the model: bytes spelled in the GPT-2 alphabet. One that is not is kept, but no
 * text can give it. */
static tkc_status add_spelled(gguf *g, uint32_t id)
{
    tkc_str text = token_text(g, id);
    tkc_status st = TKC_OK;
    bool spelled;
    tkc_buf_clear(&g->tmp);
    spelled = tkc_byte_alphabet_decode(text, &g->tmp, &st, g->err);
    if (st) return st;
    st = tkc_builder_token_set(g->b, id, spelled ? tkc_buf_str(&g->tmp) : text, TKC_TOKEN_NORMAL,
                               0, g->token[id].at, g->err);
    if (!st && !spelled) g->b->token[id].in_model = 0;
    return st;
}

static tkc_status not_a_token(const gguf *g, size_t at, tkc_str s)
{
    char q[TKC_QUOTE_SIZE];
    return tkc_fail(g->err, TKC_E_FORMAT, at, "a merge names \"%s\", which is no token",
                    tkc_quote(q, s.ptr, s.len));
}

/* A merge may also build or use a token that is matched as an added one. */
static tkc_status into_model(gguf *g, uint32_t id)
{
    tkc_builder_token *t = id < g->b->n_token ? &g->b->token[id] : NULL;
    if (t && t->in_model) return TKC_OK;
    if (!t || t->type == TKC_TOKEN_HOLE) return not_a_token(g, g->token[id].at, token_text(g, id));
    return tkc_builder_token_set(g->b, id, tkc_builder_token_bytes(g->b, id),
                                 (tkc_token_type)t->type, t->score, g->token[id].at, g->err);
}

/* "left right": the space is the first one behind the first character. */
static tkc_status add_merge(gguf *g, tkc_str s)
{
    const size_t at = (size_t)(s.ptr - g->file.ptr);
    const char *space = s.len > 2 ? memchr(s.ptr + 1, ' ', s.len - 1) : NULL;
    tkc_str left, right;
    uint32_t id[3];
    tkc_status st;
    if (!space || space + 1 == s.ptr + s.len)
        return tkc_fail(g->err, TKC_E_FORMAT, at, "a merge is not two tokens with a space between");
    left = (tkc_str){s.ptr, (size_t)(space - s.ptr)};
    right = (tkc_str){space + 1, s.len - left.len - 1};
    tkc_buf_clear(&g->tmp);
    if ((st = tkc_buf_append(&g->tmp, left.ptr, left.len, g->err))) return st;
    if ((st = tkc_buf_append(&g->tmp, right.ptr, right.len, g->err))) return st;
    id[0] = find_token(g, left);
    id[1] = find_token(g, right);
    id[2] = find_token(g, tkc_buf_str(&g->tmp));
    if (id[0] == TKC_NO_ID) return not_a_token(g, at, left);
    if (id[1] == TKC_NO_ID) return not_a_token(g, at, right);
    if (id[2] == TKC_NO_ID) return not_a_token(g, at, tkc_buf_str(&g->tmp));
    for (int i = 0; i < 3; i++)
        if ((st = into_model(g, id[i]))) return st;
    return tkc_builder_merge_add(g->b, id[0], id[1], id[2], at, g->err);
}

static tkc_status read_merges(gguf *g)
{
    tkc_byte_reader r;
    tkc_status st = want_array(g, K_MERGES, T_STRING, T_STRING, 0);
    if (st) return st;
    if (g->key[K_MERGES].count >= TKC_MAX_MERGES)
        return tkc_fail(g->err, TKC_E_LIMIT, g->key[K_MERGES].at, "%llu merges, more than %d",
                        (unsigned long long)g->key[K_MERGES].count, TKC_MAX_MERGES - 1);
    r = reader_at(g, g->key[K_MERGES].at);
    for (uint64_t i = 0; i < g->key[K_MERGES].count; i++) {
        tkc_str s;
        if ((st = read_string(&r, &s, g->err))) return st;
        if ((st = add_merge(g, s))) return st;
    }
    return TKC_OK;
}

static tkc_status add_op(gguf *g, tkc_stage stage, tkc_op op)
{
    return tkc_builder_op_add(g->b, stage, op, g->err);
}

static tkc_status frame_id(gguf *g, int key, uint32_t absent, bool after)
{
    uint32_t id = absent;
    tkc_status st = get_id(g, key, &id);
    if (st || id == TKC_NO_ID) return st;
    if (id >= g->n_tokens) return TKC_OK;
    if (after)
        g->b->after[g->b->n_after++] = id;
    else
        g->b->before[g->b->n_before++] = id;
    return TKC_OK;
}

/* BOS in front and EOS behind, where the file or its kind says so. */
static tkc_status frame(gguf *g, bool bos, bool eos, uint32_t bos_absent, uint32_t eos_absent)
{
    tkc_status st = get_bool(g, K_ADD_BOS, &bos);
    if (!st) st = get_bool(g, K_ADD_EOS, &eos);
    if (!st && bos) st = frame_id(g, K_BOS, bos_absent, false);
    if (!st && eos) st = frame_id(g, K_EOS, eos_absent, true);
    return st;
}

static tkc_status read_byte_level(gguf *g)
{
    const pre_row *pre = NULL;
    tkc_model *m = &g->b->model;
    bool ranks;
    tkc_status st = find_pre(g, &pre);
    if (st) return st;
    /* Kimi's converter writes no merges: the tokens are in rank order. */
    ranks = !g->key[K_MERGES].at && strcmp(pre->name, "kimi-k2") == 0;
    m->kind = ranks ? TKC_MODEL_BPE_RANKS : TKC_MODEL_BPE_MERGES;
    m->flags = TKC_MODEL_BYTE_LEVEL | (pre->whole_piece ? TKC_MODEL_WHOLE_PIECE : 0);
    for (uint32_t id = 0; id < g->n_tokens; id++) {
        bool was;
        if (is_filler(g, id)) continue;
        if ((st = add_added(g, id, false, &was))) return st;
        if (!was && (st = add_spelled(g, id))) return st;
    }
    if (!ranks && (st = read_merges(g))) return st;
    if (pre->nfc && (st = add_op(g, TKC_STAGE_NORMALIZE, (tkc_op){.kind = TKC_OP_NFC}))) return st;
    for (size_t i = 0; i < PRE_MAX_ROWS && pre->row[i].kind; i++)
        if ((st = add_op(g, TKC_STAGE_SPLIT, pre->row[i]))) return st;
    if ((st = add_op(g, TKC_STAGE_DECODE, (tkc_op){.kind = TKC_OP_DEC_BYTE_LEVEL}))) return st;
    return frame(g, pre->add_bos, false, TKC_NO_ID, TKC_NO_ID);
}

/* --- models whose tokens are text ---------------------------------------------------- */

static const tkc_str SPACE = {" ", 1};
static const tkc_str SPACE_MARK = {"\xe2\x96\x81", 3};

static tkc_status check_byte_piece(const gguf *g, uint32_t id)
{
    tkc_str t = token_text(g, id);
    char q[TKC_QUOTE_SIZE];
    if (tkc_spm_byte(t) >= 0) return TKC_OK;
    return tkc_fail(g->err, TKC_E_FORMAT, g->token[id].at,
                    "byte token \"%s\", expected <0xHH> with upper-case digits",
                    tkc_quote(q, t.ptr, t.len));
}

/* All tokens; user_inside: user-defined ones belong to the model (Unigram), else they are
 * added tokens. */
static tkc_status add_pieces(gguf *g, bool user_inside, bool user_is_special)
{
    static const unsigned char TYPE[] = {
        [G_NORMAL] = TKC_TOKEN_NORMAL,       [G_USER] = TKC_TOKEN_USER_DEFINED,
        [G_UNUSED] = TKC_TOKEN_UNUSED,       [G_BYTE] = TKC_TOKEN_BYTE,
        [G_UNDEFINED] = TKC_TOKEN_NORMAL,    [G_UNKNOWN] = TKC_TOKEN_UNKNOWN,
        [G_CONTROL] = TKC_TOKEN_CONTROL,
    };
    for (uint32_t id = 0; id < g->n_tokens; id++) {
        uint32_t t = raw_type(g, id);
        bool was = false;
        double score;
        tkc_status st;
        if (is_filler(g, id)) continue;
        if (t > G_BYTE)
            return tkc_fail(g->err, TKC_E_FORMAT, g->key[K_TYPES].at + (size_t)id * 4,
                            "token type %lu is not known", (unsigned long)t);
        if (t == G_BYTE && (st = check_byte_piece(g, id))) return st;
        if (t == G_BYTE) g->b->model.flags |= TKC_MODEL_BYTE_FALLBACK;
        if ((st = score_of(g, id, &score))) return st;
        if (id == g->b->model.unk_id) {
            st = tkc_builder_token_set(g->b, id, token_text(g, id), TKC_TOKEN_UNKNOWN, score,
                                       g->token[id].at, g->err);
            if (st) return st;
            continue;
        }
        if (!(user_inside && t == G_USER)) st = add_added(g, id, user_is_special, &was);
        else st = TKC_OK;
        if (!st && !was)
            st = tkc_builder_token_set(g->b, id, token_text(g, id), (tkc_token_type)TYPE[t], score,
                                       g->token[id].at, g->err);
        if (st) return st;
    }
    return TKC_OK;
}

/* SentencePiece's normalizer and decoder, as the converter wrote down their settings. */
static tkc_status add_spm_rows(gguf *g, bool prefix)
{
    tkc_spm_rules rules = {.dummy_prefix = prefix,
                           .escape = true,
                           .unk_surface = S(" \xe2\x81\x87 ")};
    tkc_status st = get_bool(g, K_SPACE_PREFIX, &rules.dummy_prefix);
    if (!st) st = get_bool(g, K_EXTRA_SPACES, &rules.remove_spaces);
    if (!st && g->key[K_CHARSMAP].at) {
        st = want_array(g, K_CHARSMAP, T_U8, T_I8, 0);
        rules.charsmap.ptr = g->file.ptr + g->key[K_CHARSMAP].at;
        rules.charsmap.len = (size_t)g->key[K_CHARSMAP].count;
        rules.charsmap_at = g->key[K_CHARSMAP].at;
    }
    return st ? st : tkc_spm_add_rows(g->b, &rules, g->err);
}

/* "llama": SentencePiece BPE by scores. */
static tkc_status read_spm(gguf *g)
{
    tkc_status st;
    if (!g->key[K_SCORES].at)
        return tkc_fail(g->err, TKC_E_FORMAT, g->file.len, "there is no key %s", KEY[K_SCORES]);
    g->b->model.kind = TKC_MODEL_BPE_SCORES;
    g->b->model.flags = TKC_MODEL_SPM;
    g->b->model.unk_id = g->n_tokens > 0 ? 0 : TKC_NO_ID;
    if ((st = get_id(g, K_UNK, &g->b->model.unk_id))) return st;
    if ((st = add_pieces(g, false, false))) return st;
    if (!(g->b->model.flags & TKC_MODEL_BYTE_FALLBACK)) g->b->model.flags |= TKC_MODEL_FUSE_UNK;
    if ((st = add_spm_rows(g, true))) return st;
    return frame(g, true, false, 1, 2);
}

/* "t5": SentencePiece Unigram. */
static tkc_status read_unigram(gguf *g)
{
    tkc_status st;
    if (!g->key[K_SCORES].at)
        return tkc_fail(g->err, TKC_E_FORMAT, g->file.len, "there is no key %s", KEY[K_SCORES]);
    g->b->model.kind = TKC_MODEL_UNIGRAM;
    g->b->model.flags = TKC_MODEL_SPM;
    g->b->model.unk_id = g->n_tokens > 2 ? 2 : TKC_NO_ID;
    if ((st = get_id(g, K_UNK, &g->b->model.unk_id))) return st;
    if ((st = add_pieces(g, true, false))) return st;
    if (!(g->b->model.flags & TKC_MODEL_BYTE_FALLBACK)) g->b->model.flags |= TKC_MODEL_FUSE_UNK;
    if ((st = add_spm_rows(g, false))) return st;
    return frame(g, false, true, TKC_NO_ID, 1);
}

/* "gemma4": listed merges over text; a space is U+2581, nothing splits the text. Google's
 * own file has every added token as special; the types here make seven of them visible. */
static tkc_status read_gemma4(gguf *g)
{
    tkc_model *m = &g->b->model;
    tkc_status st;
    m->kind = TKC_MODEL_BPE_MERGES;
    m->flags = TKC_MODEL_FUSE_UNK;
    if ((st = get_id(g, K_UNK, &m->unk_id))) return st;
    if ((st = add_pieces(g, false, true))) return st;
    if (m->unk_id != TKC_NO_ID &&
        (st = tkc_builder_added_add(g->b, m->unk_id, token_text(g, m->unk_id), TKC_ADDED_SPECIAL,
                                    g->token[m->unk_id].at, g->err)))
        return st;
    if ((st = read_merges(g))) return st;
    st = add_op(g, TKC_STAGE_NORMALIZE,
                (tkc_op){.kind = TKC_OP_REPLACE, .a = SPACE, .b = SPACE_MARK});
    if (!st)
        st = add_op(g, TKC_STAGE_DECODE,
                    (tkc_op){.kind = TKC_OP_DEC_REPLACE, .a = SPACE_MARK, .b = SPACE});
    if (!st) st = add_op(g, TKC_STAGE_DECODE, (tkc_op){.kind = TKC_OP_DEC_BYTE_FALLBACK});
    if (!st) st = add_op(g, TKC_STAGE_DECODE, (tkc_op){.kind = TKC_OP_DEC_FUSE});
    return st ? st : frame(g, true, false, TKC_NO_ID, TKC_NO_ID);
}

/* --- WordPiece ----------------------------------------------------------------------- */

/* The converter marks the start of a word instead of its continuation: "##ing" became
 * "ing", "the" became U+2581 "the"; control tokens, and in older files everything in
 * brackets, stayed. Back again. */
static tkc_status add_word_part(gguf *g, uint32_t id)
{
    tkc_str t = token_text(g, id);
    bool bare = raw_type(g, id) == G_CONTROL ||
                (t.len > 2 && t.ptr[0] == '[' && t.ptr[t.len - 1] == ']');
    tkc_status st = TKC_OK;
    tkc_buf_clear(&g->tmp);
    if (!bare && t.len >= SPACE_MARK.len && memcmp(t.ptr, SPACE_MARK.ptr, SPACE_MARK.len) == 0) {
        t.ptr += SPACE_MARK.len;
        t.len -= SPACE_MARK.len;
    } else if (!bare) {
        st = tkc_buf_append(&g->tmp, "##", 2, g->err);
    }
    if (!st) st = tkc_buf_append(&g->tmp, t.ptr, t.len, g->err);
    if (st || g->tmp.len == 0) return st;
    st = tkc_builder_token_set(g->b, id, tkc_buf_str(&g->tmp),
                               raw_type(g, id) == G_CONTROL ? TKC_TOKEN_CONTROL : TKC_TOKEN_NORMAL,
                               0, g->token[id].at, g->err);
    if (!st && raw_type(g, id) == G_CONTROL)
        st = tkc_builder_added_add(g->b, id, tkc_buf_str(&g->tmp), TKC_ADDED_SPECIAL,
                                   g->token[id].at, g->err);
    return st;
}

static tkc_status read_wordpiece(gguf *g)
{
    tkc_model *m = &g->b->model;
    tkc_str pre;
    bool lower = true, accents, sep = true, bos = true;
    tkc_op norm = {.kind = TKC_OP_BERT, .flags = TKC_OPF_CLEAN | TKC_OPF_CJK};
    tkc_status st = get_string(g, K_PRE, &pre);
    if (!st) st = get_bool(g, K_LOWERCASE, &lower);
    accents = lower;
    if (!st) st = get_bool(g, K_STRIP_ACCENTS, &accents);
    if (!st) st = get_bool(g, K_ADD_BOS, &bos);
    if (!st) st = get_bool(g, K_ADD_SEP, &sep);
    if (st) return st;
    if (!is_text(pre, "bert-bge") && !g->key[K_LOWERCASE].at) {
        char q[TKC_QUOTE_SIZE];
        return tkc_fail(g->err, TKC_E_UNSUPPORTED, g->key[K_PRE].at,
                        "pre-tokenizer \"%s\" of a WordPiece model is not done: the file does not "
                        "say whether it lowers case",
                        tkc_quote(q, pre.ptr, pre.len));
    }
    m->kind = TKC_MODEL_WORDPIECE;
    m->max_word_chars = 100; /* every published BERT vocabulary has this */
    memcpy(m->subword_prefix, "##", 2);
    m->unk_id = g->n_tokens > 100 ? 100 : TKC_NO_ID;
    if ((st = get_id(g, K_UNK, &m->unk_id))) return st;
    for (uint32_t id = 0; id < g->n_tokens; id++)
        if (!is_filler(g, id) || token_text(g, id).len == 0)
            if ((st = add_word_part(g, id))) return st;
    if (lower) norm.flags |= TKC_OPF_LOWER;
    if (accents) norm.flags |= TKC_OPF_ACCENTS;
    st = add_op(g, TKC_STAGE_NORMALIZE, norm);
    if (!st) st = add_op(g, TKC_STAGE_SPLIT, (tkc_op){.kind = TKC_OP_BERT_SPLIT});
    if (!st)
        st = add_op(g, TKC_STAGE_DECODE,
                    (tkc_op){.kind = TKC_OP_DEC_WORDPIECE, .flags = TKC_OPF_CLEAN, .a = S("##")});
    if (!st && bos) st = frame_id(g, g->key[K_CLS].at ? K_CLS : K_BOS, 101, false);
    if (!st && sep) st = frame_id(g, K_SEP, 102, true);
    return st;
}

/* --- the whole ----------------------------------------------------------------------- */

static tkc_status check_alignment(const gguf *g)
{
    uint32_t a = 32;
    tkc_status st = get_u32(g, K_ALIGNMENT, &a);
    if (!st && (a == 0 || a % 8))
        return tkc_fail(g->err, TKC_E_FORMAT, g->key[K_ALIGNMENT].at,
                        "%s is %lu, expected a multiple of 8", KEY[K_ALIGNMENT], (unsigned long)a);
    return st;
}

static tkc_status read_model(gguf *g)
{
    char q[TKC_QUOTE_SIZE];
    tkc_str model;
    tkc_status st = get_string(g, K_MODEL, &model);
    if (st) return st;
    if (!g->key[K_MODEL].at)
        return tkc_fail(g->err, TKC_E_FORMAT, g->file.len,
                        "the file has no tokenizer: there is no key %s", KEY[K_MODEL]);
    if (is_text(model, "none") || is_text(model, "no_vocab"))
        return tkc_fail(g->err, TKC_E_UNSUPPORTED, g->key[K_MODEL].at,
                        "the file says that it has no tokenizer");
    if ((st = read_tokens(g))) return st;
    if (is_text(model, "gpt2")) return read_byte_level(g);
    if (is_text(model, "llama")) return read_spm(g);
    if (is_text(model, "t5")) return read_unigram(g);
    if (is_text(model, "gemma4")) return read_gemma4(g);
    if (is_text(model, "bert")) return read_wordpiece(g);
    return tkc_fail(g->err, TKC_E_UNSUPPORTED, g->key[K_MODEL].at,
                    "tokenizer model \"%s\" is not done, expected gpt2, llama, t5, gemma4 or bert",
                    tkc_quote(q, model.ptr, model.len));
}

tkc_status tkc_read_gguf(tkc_builder *b, tkc_str bytes, tkc_error *err)
{
    gguf g = {.b = b, .file = bytes, .err = err};
    tkc_status st;
    tkc_buf_init(&g.tmp, (size_t)4 * TKC_MAX_TOKEN_LEN, b->alloc);
    b->model.unk_id = TKC_NO_ID;
    st = read_pairs(&g);
    if (!st) st = check_alignment(&g);
    if (!st) st = read_model(&g);
    tkc_buf_release(&g.tmp);
    tkc_free(b->alloc, g.token, g.n_tokens, sizeof *g.token);
    tkc_free(b->alloc, g.slot, g.n_slots, sizeof *g.slot);
    return st;
}
