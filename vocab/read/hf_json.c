/*
 * hf_json.c - Hugging Face tokenizer.json: the frame of the file and the added tokens.
 *
 * Truncation and padding are not looked into: they are a limit and a filling for batches,
 * set by whoever calls the model; they say nothing about how many tokens a text has, and a
 * count that stops at 128 would be wrong for every longer text.
 *
 * Ids of added tokens are not taken from the file but given as the reference library gives
 * them: the id of the vocabulary entry of the same text, else the next one behind the
 * number of vocabulary entries (it warns where the file says otherwise, and goes on).
 */
#include "vocab/read/hf.h"
#include "vocab/read/readers.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string.h>

/* Decoded strings of one file. */
#define MAX_TEXT ((size_t)256 << 20)

/* Which word of the list key is, or -1. */
static int word_of(tkc_str key, const char *list)
{
    for (int i = 0; *list; i++) {
        const char *blank = strchr(list, ' ');
        size_t n = blank ? (size_t)(blank - list) : strlen(list);
        if (n == key.len && memcmp(list, key.ptr, n) == 0) return i;
        list += n + (blank != NULL);
    }
    return -1;
}

tkc_status tkc_hf_fields(tkc_hf *h, uint32_t node, const char *what, const char *fields)
{
    const tkc_json *d = &h->doc;
    char q[TKC_QUOTE_SIZE];
    uint32_t seen = 0; /* one bit a field: no list here is longer than 16 words */
    if (tkc_json_kind_of(d, node) != TKC_JSON_OBJECT)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, node),
                        "%s: expected an object, found %s", what,
                        tkc_json_kind_name(tkc_json_kind_of(d, node)));
    for (uint32_t k = tkc_json_first(d, node); k != TKC_JSON_NONE;
         k = tkc_json_next_member(d, node, k)) {
        tkc_str key;
        tkc_status st;
        int bit;
        tkc_buf_clear(&h->text[0]);
        st = tkc_json_string(d, k, &h->text[0], &key, h->err);
        if (st) return st;
        bit = word_of(key, fields);
        if (bit < 0)
            return tkc_fail(h->err, TKC_E_UNSUPPORTED, tkc_hf_at(h, k),
                            "%s: field \"%s\" is not supported", what,
                            tkc_quote(q, key.ptr, key.len));
        if (seen >> bit & 1)
            return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, k),
                            "%s: field \"%s\" stands there twice", what,
                            tkc_quote(q, key.ptr, key.len));
        seen |= 1u << bit;
    }
    return TKC_OK;
}

tkc_status tkc_hf_need(tkc_hf *h, uint32_t node, const char *what, const char *key,
                       tkc_json_kind kind, uint32_t *out)
{
    uint32_t v = tkc_json_get(&h->doc, node, key, NULL);
    if (v == TKC_JSON_NONE)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, node), "%s: expected a field \"%s\"",
                        what, key);
    if (tkc_json_kind_of(&h->doc, v) != kind)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, v),
                        "%s: expected %s as \"%s\", found %s", what, tkc_json_kind_name(kind), key,
                        tkc_json_kind_name(tkc_json_kind_of(&h->doc, v)));
    *out = v;
    return TKC_OK;
}

tkc_status tkc_hf_bool(tkc_hf *h, uint32_t node, const char *what, const char *key, int absent,
                       bool *out)
{
    uint32_t v = tkc_json_get(&h->doc, node, key, NULL);
    tkc_json_kind k;
    if (v == TKC_JSON_NONE && absent < 0)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, node), "%s: expected a field \"%s\"",
                        what, key);
    k = v == TKC_JSON_NONE ? TKC_JSON_NULL : tkc_json_kind_of(&h->doc, v);
    if (k == TKC_JSON_NULL && absent >= 0) {
        *out = absent != 0;
        return TKC_OK;
    }
    if (k != TKC_JSON_TRUE && k != TKC_JSON_FALSE)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, v),
                        "%s: expected true or false as \"%s\", found %s", what, key,
                        tkc_json_kind_name(k));
    *out = k == TKC_JSON_TRUE;
    return TKC_OK;
}

tkc_status tkc_hf_string(tkc_hf *h, uint32_t node, const char *what, const char *key, bool required,
                         tkc_buf *scratch, tkc_str *out)
{
    uint32_t v = tkc_json_get(&h->doc, node, key, NULL);
    tkc_status st;
    if (!required && (v == TKC_JSON_NONE || tkc_json_kind_of(&h->doc, v) == TKC_JSON_NULL)) {
        *out = (tkc_str){NULL, 0};
        return TKC_OK;
    }
    st = tkc_hf_need(h, node, what, key, TKC_JSON_STRING, &v);
    if (st) return st;
    tkc_buf_clear(scratch);
    return tkc_json_string(&h->doc, v, scratch, out, h->err);
}

tkc_status tkc_hf_names_init(tkc_hf *h, size_t n)
{
    size_t slots = 16;
    while (slots < n + n / 2) slots *= 2;
    h->name = tkc_alloc_zero(h->b->alloc, slots, sizeof *h->name);
    if (!h->name) return tkc_nomem(h->err);
    h->n_name = slots;
    return TKC_OK;
}

static uint64_t head_of(tkc_str text)
{
    uint64_t head = 0;
    memcpy(&head, text.ptr, text.len < sizeof head ? text.len : sizeof head);
    return head;
}

static size_t home_of(const tkc_hf *h, tkc_str text)
{
    return (size_t)XXH3_64bits_withSeed(text.ptr, text.len, h->seed) & (h->n_name - 1);
}

void tkc_hf_name_prefetch(const tkc_hf *h, tkc_str text)
{
    TKC_PREFETCH(&h->name[home_of(h, text)]);
}

/* The slot of a text, or the empty one where it would go. */
static size_t slot_of(const tkc_hf *h, tkc_str text)
{
    const uint64_t head = head_of(text);
    size_t i = home_of(h, text);
    for (; h->name[i].len; i = (i + 1) & (h->n_name - 1)) {
        const tkc_hf_name *n = &h->name[i];
        const char *spelled = (n->pooled ? h->pool.ptr : h->doc.text.ptr) + n->where;
        if (n->len - 1 != text.len || n->head != head) continue;
        if (text.len <= sizeof head || memcmp(spelled, text.ptr, text.len) == 0) break;
    }
    return i;
}

uint32_t tkc_hf_name_find(const tkc_hf *h, tkc_str text)
{
    size_t i;
    if (!h->n_name || text.len > TKC_MAX_TOKEN_LEN) return TKC_NO_ID;
    i = slot_of(h, text);
    return h->name[i].len ? (uint32_t)i : TKC_NO_ID;
}

tkc_status tkc_hf_name_add(tkc_hf *h, uint32_t node, tkc_str text, uint32_t id, uint32_t *slot)
{
    const tkc_json_node *n = &h->doc.node[node];
    tkc_hf_name name = {.where = n->begin + 1, .len = (uint32_t)text.len + 1, .id = id};
    size_t i;
    if (text.len > TKC_MAX_TOKEN_LEN)
        return tkc_fail(h->err, TKC_E_LIMIT, n->begin, "token of %zu bytes, the limit is %d",
                        text.len, TKC_MAX_TOKEN_LEN);
    if (n->info & TKC_JSON_ESCAPED) {
        tkc_status st;
        name.where = (uint32_t)h->pool.len;
        name.pooled = 1;
        st = tkc_buf_append(&h->pool, text.ptr, text.len, h->err);
        if (st) return st;
    }
    name.head = head_of(text);
    i = slot_of(h, text);
    h->name[i] = name;
    if (slot) *slot = (uint32_t)i;
    return TKC_OK;
}

/* One entry of added_tokens; *next_id as the reference library counts it. */
static tkc_status read_added(tkc_hf *h, uint32_t node, uint32_t *next_id)
{
    static const struct {
        const char *key;
        uint32_t flag;
    } flag[] = {{"special", TKC_ADDED_SPECIAL},
                {"single_word", TKC_ADDED_SINGLE_WORD},
                {"lstrip", TKC_ADDED_LSTRIP},
                {"rstrip", TKC_ADDED_RSTRIP},
                {"normalized", TKC_ADDED_NORMALIZED}};
    static const char what[] = "added token";
    tkc_builder *b = h->b;
    size_t at = tkc_hf_at(h, node);
    uint32_t flags = 0, content_node, id_node, known;
    uint64_t id;
    tkc_str content;
    tkc_hf_name *name;
    tkc_status st =
        tkc_hf_fields(h, node, what, "id content single_word lstrip rstrip normalized special");
    if (st) return st;
    st = tkc_hf_need(h, node, what, "id", TKC_JSON_NUMBER, &id_node);
    if (st) return st;
    if (!tkc_json_u64(&h->doc, id_node, &id) || id >= TKC_MAX_TOKENS)
        return tkc_fail(h->err, TKC_E_FORMAT, tkc_hf_at(h, id_node),
                        "added token: expected an id from 0 to %d", TKC_MAX_TOKENS - 1);
    st = tkc_hf_need(h, node, what, "content", TKC_JSON_STRING, &content_node);
    if (st) return st;
    for (size_t i = 0; i < sizeof flag / sizeof flag[0]; i++) {
        bool on;
        st = tkc_hf_bool(h, node, what, flag[i].key, -1, &on);
        if (st) return st;
        if (on) flags |= flag[i].flag;
    }
    st = tkc_hf_string(h, node, what, "content", true, &h->text[0], &content);
    if (st) return st;
    if (content.len == 0) return TKC_OK; /* as the reference library: ignored */
    if (h->byte_norm && flags & TKC_ADDED_NORMALIZED &&
        flags & (TKC_ADDED_SINGLE_WORD | TKC_ADDED_LSTRIP | TKC_ADDED_RSTRIP))
        return tkc_fail(h->err, TKC_E_UNSUPPORTED, at,
                        "added token: single_word, lstrip and rstrip of a normalized token are not "
                        "supported behind a ByteLevel normalizer");
    known = tkc_hf_name_find(h, content);
    if (known == TKC_NO_ID) {
        if (*next_id < b->n_token && b->token[*next_id].type != TKC_TOKEN_HOLE)
            return tkc_fail(h->err, TKC_E_FORMAT, at,
                            "added token would get id %lu, which the vocabulary has given to "
                            "another token: ids must not have gaps",
                            (unsigned long)*next_id);
        st = tkc_hf_name_add(h, content_node, content, (*next_id)++, &known);
        if (st) return st;
    }
    name = &h->name[known];
    if (name->added) {
        /* The later entry counts, but special once is special for ever. */
        tkc_builder_added *a = &b->added[name->added - 1];
        a->flags = flags | (a->flags & TKC_ADDED_SPECIAL);
        return TKC_OK;
    }
    st = tkc_builder_added_add(b, name->id, content, flags, at, h->err);
    if (st) return st;
    name->added = (uint32_t)b->n_added & 0x7fffffff;
    if (flags & TKC_ADDED_SPECIAL)
        b->token[name->id].type = TKC_TOKEN_CONTROL;
    else if (b->token[name->id].type == TKC_TOKEN_UNUSED)
        b->token[name->id].type = TKC_TOKEN_USER_DEFINED;
    return TKC_OK;
}

static tkc_status read_added_list(tkc_hf *h, uint32_t list)
{
    uint32_t next_id = (uint32_t)h->n_vocab;
    if (list == TKC_JSON_NONE) return TKC_OK;
    for (uint32_t i = tkc_json_first(&h->doc, list); i != TKC_JSON_NONE;
         i = tkc_json_next(&h->doc, list, i)) {
        tkc_status st = read_added(h, i, &next_id);
        if (st) return st;
    }
    return TKC_OK;
}

static tkc_status read_file(tkc_hf *h)
{
    static const char what[] = "tokenizer.json";
    const tkc_json *d = &h->doc;
    uint32_t model, added;
    tkc_str version;
    char q[TKC_QUOTE_SIZE];
    tkc_status st = tkc_hf_fields(h, 0, what,
                                  "version truncation padding added_tokens normalizer "
                                  "pre_tokenizer post_processor decoder model");
    if (st) return st;
    st = tkc_hf_string(h, 0, what, "version", false, &h->text[0], &version);
    if (st) return st;
    if (version.ptr && !(version.len == 3 && memcmp(version.ptr, "1.0", 3) == 0))
        return tkc_fail(h->err, TKC_E_UNSUPPORTED,
                        tkc_hf_at(h, tkc_json_get(d, 0, "version", NULL)),
                        "tokenizer.json version \"%s\", only 1.0 is known",
                        tkc_quote(q, version.ptr, version.len));
    st = tkc_hf_need(h, 0, what, "model", TKC_JSON_OBJECT, &model);
    if (st) return st;
    added = tkc_json_get(d, 0, "added_tokens", NULL);
    if (added != TKC_JSON_NONE) {
        st = tkc_hf_need(h, 0, what, "added_tokens", TKC_JSON_ARRAY, &added);
        if (st) return st;
    }
    st = tkc_hf_read_pipeline(h, tkc_json_get(d, 0, "normalizer", NULL),
                              tkc_json_get(d, 0, "pre_tokenizer", NULL),
                              tkc_json_get(d, 0, "decoder", NULL));
    if (st) return st;
    st = tkc_hf_read_model(h, model, added == TKC_JSON_NONE ? 0 : tkc_json_count(d, added));
    if (st) return st;
    st = read_added_list(h, added);
    if (st) return st;
    return tkc_hf_read_frame(h, tkc_json_get(d, 0, "post_processor", NULL));
}

tkc_status tkc_read_hf_json(tkc_builder *b, tkc_str bytes, tkc_error *err)
{
    tkc_hf h = {.b = b, .err = err};
    tkc_status st;
    tkc_json_init(&h.doc, b->alloc);
    for (int i = 0; i < 2; i++) tkc_buf_init(&h.text[i], MAX_TEXT, b->alloc);
    tkc_buf_init(&h.raw, MAX_TEXT, b->alloc);
    tkc_buf_init(&h.pool, MAX_TEXT, b->alloc);
    /* The place of the bytes in memory is as good a seed as any: nobody who writes a file
     * knows it, and no result depends on it. */
    h.seed = (uint64_t)(uintptr_t)bytes.ptr * UINT64_C(0x9e3779b97f4a7c15);
    st = tkc_json_parse(&h.doc, bytes, NULL, err);
    if (!st) st = read_file(&h);
    tkc_free(b->alloc, h.name, h.n_name, sizeof *h.name);
    tkc_buf_release(&h.pool);
    tkc_buf_release(&h.raw);
    for (int i = 0; i < 2; i++) tkc_buf_release(&h.text[i]);
    tkc_json_release(&h.doc);
    return st;
}
