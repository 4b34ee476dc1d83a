/*
 * wordpiece.c - greedy longest match; parts behind the first carry a prefix ("##").
 *
 * Whether a word is known shows only at its end, so ids go to the sink at once and are
 * taken back when the word turns out to be unknown. No part can be longer than the longest
 * token, so a word costs its length times that, squared only in the longest token.
 */
#include "tokenizer/merge/wordpiece.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

struct tkc_wordpiece {
    const tkc_allocator *alloc;
    char *part; /* prefix, then the text of the part */
    size_t cap, prefix_len;
};

tkc_status tkc_wordpiece_new(tkc_wordpiece **out, const tkc_vocab *v, const tkc_allocator *alloc,
                             tkc_error *err)
{
    tkc_wordpiece *w;
    alloc = tkc_allocator_or_default(alloc);
    w = tkc_alloc_zero(alloc, 1, sizeof *w);
    if (!w) return tkc_nomem(err);
    w->alloc = alloc;
    while (w->prefix_len < sizeof v->model.subword_prefix &&
           v->model.subword_prefix[w->prefix_len])
        w->prefix_len++;
    w->cap = w->prefix_len + v->model.longest_token + 1;
    w->part = tkc_alloc(alloc, w->cap, 1);
    if (!w->part) {
        w->cap = 0;
        tkc_wordpiece_free(w);
        return tkc_nomem(err);
    }
    memcpy(w->part, v->model.subword_prefix, w->prefix_len);
    *out = w;
    return TKC_OK;
}

void tkc_wordpiece_free(tkc_wordpiece *w)
{
    const tkc_allocator *a;
    if (!w) return;
    a = w->alloc;
    tkc_free(a, w->part, w->cap, 1);
    tkc_free(a, w, 1, sizeof *w);
}

static bool is_boundary(const tkc_text *t, size_t i)
{
    return i >= t->len || ((unsigned char)t->ptr[i] & 0xc0) != 0x80;
}

static bool too_long(const tkc_text *t, size_t max_chars)
{
    size_t chars = 0;
    if (max_chars == 0 || t->len <= max_chars) return false;
    for (size_t i = 0; i < t->len && chars <= max_chars; i++) chars += is_boundary(t, i);
    return chars > max_chars;
}

/* The longest token at byte `at`: its id, and its bytes of text in *len; TKC_NO_ID. */
static uint32_t longest(const tkc_vocab *v, const tkc_wordpiece *w, const tkc_text *t, size_t at,
                        size_t *len)
{
    const size_t prefix = at > 0 ? w->prefix_len : 0;
    size_t n = t->len - at;
    const char *key = t->ptr + at;
    if (v->model.longest_token < prefix) return TKC_NO_ID;
    if (n > v->model.longest_token - prefix) n = v->model.longest_token - prefix;
    if (prefix) {
        memcpy(w->part + prefix, t->ptr + at, n);
        key = w->part;
    }
    for (; n > 0; n--) {
        uint32_t id;
        if (!is_boundary(t, at + n)) continue;
        id = tkc_token_find(v, key, prefix + n);
        if (id == TKC_NO_ID) continue;
        *len = n;
        return id;
    }
    return TKC_NO_ID;
}

tkc_status tkc_wordpiece_encode(const tkc_vocab *v, tkc_wordpiece *w, const tkc_text *piece,
                                tkc_sink *sink, tkc_error *err)
{
    const size_t before = sink->n;
    bool known = !too_long(piece, v->model.max_word_chars);
    size_t at = 0;
    while (known && at < piece->len) {
        size_t len = 0;
        uint32_t id = longest(v, w, piece, at, &len);
        known = id != TKC_NO_ID;
        if (known) tkc_sink_put(sink, id, tkc_text_source(piece, at));
        at += len;
    }
    if (known) return TKC_OK;
    sink->n = before;
    if (v->model.unk_id == TKC_NO_ID)
        return tkc_fail(err, TKC_E_FORMAT, tkc_text_source(piece, 0),
                        "a word is not made of tokens and there is no unknown token");
    tkc_sink_put(sink, v->model.unk_id, tkc_text_source(piece, 0));
    return TKC_OK;
}
