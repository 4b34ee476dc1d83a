/*
 * tekken.c - Mistral's tekken.json: byte ranks behind a block of special places.
 *
 * The first default_num_special_tokens ids are special, the id of a token is its rank plus
 * their number, and only so many of the listed ranks count that default_vocab_size is
 * filled (130,072 of the 150,000 listed). Files up to v7 do not name their special tokens:
 * those are the 20 of the table below; places without a name are "<SPECIAL_n>".
 * The reference implementation is tiktoken with this pattern: matches only, whole pieces
 * first, and special tokens never matched in a text unless it is trusted.
 */
#include "vocab/read/readers.h"

#include "vocab/base/alloc.h"
#include "vocab/base/base64.h"
#include "vocab/base/error.h"
#include "vocab/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rank order; the names that mistral-common gives where a file has none. */
static const char *const default_special[] = {"<unk>",
                                              "<s>",
                                              "</s>",
                                              "[INST]",
                                              "[/INST]",
                                              "[AVAILABLE_TOOLS]",
                                              "[/AVAILABLE_TOOLS]",
                                              "[TOOL_RESULTS]",
                                              "[/TOOL_RESULTS]",
                                              "[TOOL_CALLS]",
                                              "[IMG]",
                                              "<pad>",
                                              "[IMG_BREAK]",
                                              "[IMG_END]",
                                              "[PREFIX]",
                                              "[MIDDLE]",
                                              "[SUFFIX]",
                                              "[SYSTEM_PROMPT]",
                                              "[/SYSTEM_PROMPT]",
                                              "[TOOL_CONTENT]"};
enum { N_DEFAULT = sizeof default_special / sizeof default_special[0] };

#define MAX_TEXT ((size_t)16 << 20)

typedef struct reader {
    tkc_builder *b;
    tkc_error *err;
    tkc_json doc;
    tkc_buf text, raw;
    uint64_t n_special, n_ranks;
    uint32_t bos; /* TKC_NO_ID: no token is called <s> */
} reader;

static size_t at(const reader *r, uint32_t node)
{
    return r->doc.node[node].begin;
}

/* A member that must be there once. */
static tkc_status need(reader *r, uint32_t object, const char *key, tkc_json_kind kind,
                       uint32_t *out)
{
    size_t n;
    uint32_t v = tkc_json_get(&r->doc, object, key, &n);
    if (v == TKC_JSON_NONE)
        return tkc_fail(r->err, TKC_E_FORMAT, at(r, object), "tekken: expected a field \"%s\"",
                        key);
    if (n > 1)
        return tkc_fail(r->err, TKC_E_FORMAT, at(r, v), "tekken: field \"%s\" stands there twice",
                        key);
    if (tkc_json_kind_of(&r->doc, v) != kind)
        return tkc_fail(r->err, TKC_E_FORMAT, at(r, v), "tekken: expected %s as \"%s\", found %s",
                        tkc_json_kind_name(kind), key,
                        tkc_json_kind_name(tkc_json_kind_of(&r->doc, v)));
    *out = v;
    return TKC_OK;
}

static tkc_status need_u64(reader *r, uint32_t object, const char *key, uint64_t max, uint64_t *out)
{
    uint32_t v;
    tkc_status st = need(r, object, key, TKC_JSON_NUMBER, &v);
    if (st) return st;
    if (!tkc_json_u64(&r->doc, v, out) || *out > max)
        return tkc_fail(r->err, TKC_E_FORMAT, at(r, v),
                        "tekken: expected a whole number from 0 to %llu as \"%s\"",
                        (unsigned long long)max, key);
    return TKC_OK;
}

static tkc_status need_string(reader *r, uint32_t object, const char *key, uint32_t *node,
                              tkc_str *out)
{
    tkc_status st = need(r, object, key, TKC_JSON_STRING, node);
    if (st) return st;
    tkc_buf_clear(&r->text);
    return tkc_json_string(&r->doc, *node, &r->text, out, r->err);
}

/* Versions differ in what they say about images, audio and templates, not in how text
 * becomes tokens; one that is not known may. *named: its files list their special tokens. */
static tkc_status read_version(reader *r, uint32_t config, bool *named)
{
    static const char *const known[] = {"v1", "v2", "v3", "v7", "v11", "v13", "v15"};
    uint32_t v;
    tkc_str s;
    char q[TKC_QUOTE_SIZE];
    tkc_status st = need(r, config, "version", TKC_JSON_STRING, &v);
    if (st) return st;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (tkc_json_is(&r->doc, v, known[i])) {
            *named = i > 3;
            return TKC_OK;
        }
    st = need_string(r, config, "version", &v, &s);
    if (st) return st;
    return tkc_fail(r->err, TKC_E_UNSUPPORTED, at(r, v),
                    "tekken: version \"%s\" is not known, only v1 to v15",
                    tkc_quote(q, s.ptr, s.len));
}

static tkc_status read_config(reader *r, uint32_t config, bool *named)
{
    uint64_t size = 0;
    uint32_t v;
    tkc_str pattern;
    tkc_status st = read_version(r, config, named);
    if (!st) st = need_u64(r, config, "default_vocab_size", TKC_MAX_TOKENS, &size);
    if (!st) st = need_u64(r, config, "default_num_special_tokens", TKC_MAX_ADDED, &r->n_special);
    if (st) return st;
    if (size < r->n_special + 256)
        return tkc_fail(r->err, TKC_E_FORMAT, at(r, config),
                        "tekken: a vocabulary of %llu has no room for %llu special tokens and the "
                        "256 bytes",
                        (unsigned long long)size, (unsigned long long)r->n_special);
    r->n_ranks = size - r->n_special;
    st = need_string(r, config, "pattern", &v, &pattern);
    if (st) return st;
    if (pattern.len == 0)
        return tkc_fail(r->err, TKC_E_FORMAT, at(r, v), "tekken: the pattern is empty");
    return tkc_builder_op_add(r->b, TKC_STAGE_SPLIT,
                              (tkc_op){.kind = TKC_OP_SPLIT,
                                       .flags = TKC_OPF_REGEX | TKC_OPF_FIND,
                                       .arg = TKC_BEHAVIOR_ISOLATED,
                                       .a = pattern},
                              r->err);
}

/* {"rank": i, "token_bytes": base64, "token_str": ...} at place i. */
static tkc_status read_token(reader *r, uint32_t node, uint64_t i)
{
    uint64_t rank = 0;
    uint32_t v;
    size_t bad = 0;
    tkc_str text, bytes;
    tkc_status st = need_u64(r, node, "rank", UINT32_MAX, &rank);
    if (st) return st;
    if (rank != i)
        return tkc_fail(r->err, TKC_E_FORMAT, at(r, node),
                        "tekken: expected rank %llu at this place, found %llu",
                        (unsigned long long)i, (unsigned long long)rank);
    st = need_string(r, node, "token_bytes", &v, &text);
    if (st) return st;
    tkc_buf_clear(&r->raw);
    st = tkc_base64_decode(text, &r->raw, &bad, r->err);
    if (st == TKC_E_FORMAT)
        return tkc_fail(r->err, st, at(r, v) + 1 + bad, "tekken: token_bytes is not base64");
    if (st) return st;
    bytes = tkc_buf_str(&r->raw);
    if (bytes.len == 0) return tkc_fail(r->err, TKC_E_FORMAT, at(r, v), "tekken: an empty token");
    if (i < 256 && (bytes.len != 1 || (unsigned char)bytes.ptr[0] != i))
        return tkc_fail(r->err, TKC_E_FORMAT, at(r, v),
                        "tekken: rank %llu must be the byte of that number", (unsigned long long)i);
    return tkc_builder_token_set(r->b, (uint32_t)(i + r->n_special), bytes, TKC_TOKEN_NORMAL, 0,
                                 at(r, node), r->err);
}

static tkc_status read_vocab(reader *r, uint32_t vocab)
{
    uint64_t n = 0;
    if (tkc_json_count(&r->doc, vocab) < r->n_ranks)
        return tkc_fail(r->err, TKC_E_FORMAT, at(r, vocab),
                        "tekken: the config promises %llu ranks, the vocabulary lists %lu",
                        (unsigned long long)r->n_ranks,
                        (unsigned long)tkc_json_count(&r->doc, vocab));
    for (uint32_t i = tkc_json_first(&r->doc, vocab); n < r->n_ranks;
         i = tkc_json_next(&r->doc, vocab, i)) {
        tkc_status st = read_token(r, i, n++);
        if (st) return st;
    }
    return TKC_OK;
}

static tkc_status add_special(reader *r, uint64_t id, tkc_str name, size_t where)
{
    char q[TKC_QUOTE_SIZE];
    if (id >= r->n_special)
        return tkc_fail(r->err, TKC_E_FORMAT, where,
                        "tekken: special token \"%s\" has id %llu, there are only %llu places",
                        tkc_quote(q, name.ptr, name.len), (unsigned long long)id,
                        (unsigned long long)r->n_special);
    if (id < r->b->n_token && r->b->token[id].type != TKC_TOKEN_HOLE)
        return tkc_fail(r->err, TKC_E_FORMAT, where, "tekken: special id %llu is taken twice",
                        (unsigned long long)id);
    if (name.len == 3 && memcmp(name.ptr, "<s>", 3) == 0) r->bos = (uint32_t)id;
    return tkc_builder_added_add(r->b, (uint32_t)id, name, TKC_ADDED_SPECIAL, where, r->err);
}

static int by_bytes(const void *a, const void *b)
{
    const tkc_str *x = a, *y = b;
    size_t n = x->len < y->len ? x->len : y->len;
    int c = memcmp(x->ptr, y->ptr, n);
    return c ? c : (x->len > y->len) - (x->len < y->len);
}

/* Two places with one name: the file means something that we do not know. */
static tkc_status check_names(reader *r, size_t where)
{
    const tkc_builder *b = r->b;
    char q[TKC_QUOTE_SIZE];
    tkc_status st = TKC_OK;
    tkc_str *name;
    if (b->n_added == 0) return TKC_OK;
    name = tkc_alloc(b->alloc, b->n_added, sizeof *name);
    if (!name) return tkc_nomem(r->err);
    for (size_t i = 0; i < b->n_added; i++)
        name[i] = (tkc_str){b->bytes.ptr + b->added[i].offset, b->added[i].len};
    qsort(name, b->n_added, sizeof *name, by_bytes);
    for (size_t i = 1; i < b->n_added && !st; i++)
        if (by_bytes(&name[i - 1], &name[i]) == 0)
            st = tkc_fail(r->err, TKC_E_FORMAT, where,
                          "tekken: special token \"%s\" stands there twice",
                          tkc_quote(q, name[i].ptr, name[i].len));
    tkc_free(b->alloc, name, b->n_added, sizeof *name);
    return st;
}

/* Special tokens first: then every place without one gets its filler name. */
static tkc_status read_special(reader *r, uint32_t list, bool named)
{
    tkc_status st = TKC_OK;
    uint64_t n = 0;
    size_t where = 0;
    if (list == TKC_JSON_NONE || tkc_json_kind_of(&r->doc, list) == TKC_JSON_NULL) {
        if (named)
            return tkc_fail(r->err, TKC_E_FORMAT, 0,
                            "tekken: files after v7 must list their special_tokens");
        if (r->n_special < N_DEFAULT)
            return tkc_fail(r->err, TKC_E_FORMAT, 0,
                            "tekken: %llu special places, the %d known names need more",
                            (unsigned long long)r->n_special, (int)N_DEFAULT);
        for (; n < N_DEFAULT && !st; n++)
            st = add_special(r, n, (tkc_str){default_special[n], strlen(default_special[n])}, 0);
    } else {
        st = need(r, 0, "special_tokens", TKC_JSON_ARRAY, &list);
        if (st) return st;
        where = at(r, list);
        for (uint32_t i = tkc_json_first(&r->doc, list); i != TKC_JSON_NONE && !st;
             i = tkc_json_next(&r->doc, list, i)) {
            uint64_t id = 0;
            uint32_t v;
            tkc_str name;
            st = need_u64(r, i, "rank", UINT32_MAX, &id);
            if (!st) st = need_string(r, i, "token_str", &v, &name);
            if (!st) st = add_special(r, id, name, at(r, i));
        }
    }
    /* The reference fills the places behind as many as were listed, so a list with gaps is
     * an error there too: two tokens would share a place. */
    for (n = 0; n < r->n_special && !st; n++) {
        char filler[40];
        int len;
        if (n < r->b->n_token && r->b->token[n].type != TKC_TOKEN_HOLE) continue;
        len = snprintf(filler, sizeof filler, "<SPECIAL_%llu>", (unsigned long long)n);
        st = add_special(r, n, (tkc_str){filler, (size_t)len}, where);
    }
    return st ? st : check_names(r, where);
}

static tkc_status read_file(reader *r)
{
    tkc_builder *b = r->b;
    uint32_t config, vocab;
    bool named = false;
    tkc_status st = need(r, 0, "config", TKC_JSON_OBJECT, &config);
    if (!st) st = need(r, 0, "vocab", TKC_JSON_ARRAY, &vocab);
    if (!st) st = read_config(r, config, &named);
    if (st) return st;
    b->model.kind = TKC_MODEL_BPE_RANKS;
    b->model.flags = TKC_MODEL_BYTE_LEVEL | TKC_MODEL_WHOLE_PIECE;
    st = read_special(r, tkc_json_get(&r->doc, 0, "special_tokens", NULL), named);
    if (!st) st = read_vocab(r, vocab);
    if (!st)
        st = tkc_builder_op_add(b, TKC_STAGE_DECODE, (tkc_op){.kind = TKC_OP_DEC_BYTE_LEVEL},
                                r->err);
    if (!st && r->bos != TKC_NO_ID) {
        b->before[0] = r->bos;
        b->n_before = 1;
    }
    return st;
}

tkc_status tkc_read_tekken(tkc_builder *b, tkc_str bytes, tkc_error *err)
{
    reader r = {.b = b, .err = err, .bos = TKC_NO_ID};
    tkc_status st;
    tkc_json_init(&r.doc, b->alloc);
    tkc_buf_init(&r.text, MAX_TEXT, b->alloc);
    tkc_buf_init(&r.raw, MAX_TEXT, b->alloc);
    st = tkc_json_parse(&r.doc, bytes, NULL, err);
    if (!st && tkc_json_kind_of(&r.doc, 0) != TKC_JSON_OBJECT)
        st = tkc_fail(err, TKC_E_FORMAT, 0, "tekken: expected an object, found %s",
                      tkc_json_kind_name(tkc_json_kind_of(&r.doc, 0)));
    if (!st) st = read_file(&r);
    tkc_buf_release(&r.raw);
    tkc_buf_release(&r.text);
    tkc_json_release(&r.doc);
    return st;
}
