/*
 * undo.c - a delta of copies and insertions, found by a rolling hash over blocks.
 *
 * The new text is cut into blocks of 24 bytes, kept by hash. The old text is searched for them
 * at every byte; a block that is found is made longer in both directions. Whatever is not
 * found is inserted, so the delta is right for any two texts and short for related ones.
 */
#include "optimizer/fit/undo.h"

#include "vocab/base/alloc.h"
#include "vocab/base/base64.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"
#include "vocab/base/sha256.h"
#include "vocab/base/utf8.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 24, PROBES = 8 };
#define PRIME UINT64_C(0x100000001b3)

typedef struct delta {
    tkc_str now, before;
    uint32_t *slot; /* block number + 1 */
    size_t n_slot;
    tkc_buf *out;
    bool first;
    tkc_error *err;
} delta;

static uint64_t hash_of(const char *s)
{
    uint64_t h = 0;
    for (int i = 0; i < BLOCK; i++) h = h * PRIME + (unsigned char)s[i];
    return h;
}

static size_t slot_of(const delta *d, uint64_t h)
{
    return (size_t)((h ^ h >> 29) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (d->n_slot - 1);
}

static tkc_status index_blocks(delta *d, const tkc_allocator *alloc)
{
    size_t n = d->now.len / BLOCK;
    if (!n) return TKC_OK;
    d->n_slot = 64;
    while (d->n_slot < 2 * n) d->n_slot *= 2;
    d->slot = tkc_alloc_zero(alloc, d->n_slot, sizeof *d->slot);
    if (!d->slot) return tkc_nomem(d->err);
    for (size_t i = 0; i < n && i < UINT32_MAX; i++) {
        size_t s = slot_of(d, hash_of(d->now.ptr + i * BLOCK));
        for (int p = 0; p < PROBES; p++, s = (s + 1) & (d->n_slot - 1)) {
            if (!d->slot[s]) d->slot[s] = (uint32_t)(i + 1);
            if (d->slot[s] == i + 1 ||
                memcmp(d->now.ptr + (d->slot[s] - 1) * (size_t)BLOCK, d->now.ptr + i * BLOCK, BLOCK) == 0)
                break;
        }
    }
    return TKC_OK;
}

/* A place of now where before[i ..] is found, or SIZE_MAX. */
static size_t look(const delta *d, uint64_t h, size_t i)
{
    size_t s = slot_of(d, h);
    for (int p = 0; p < PROBES && d->slot[s]; p++, s = (s + 1) & (d->n_slot - 1)) {
        size_t at = (d->slot[s] - 1) * (size_t)BLOCK;
        if (memcmp(d->now.ptr + at, d->before.ptr + i, BLOCK) == 0) return at;
    }
    return SIZE_MAX;
}

static tkc_status put(delta *d, const char *s, size_t n)
{
    return tkc_buf_append(d->out, s, n, d->err);
}

static tkc_status comma(delta *d)
{
    tkc_status st = d->first ? TKC_OK : put(d, ",", 1);
    d->first = false;
    return st;
}

static tkc_status insert(delta *d, size_t from, size_t to)
{
    tkc_str s = {d->before.ptr + from, to - from};
    tkc_status st;
    if (from == to) return TKC_OK;
    st = comma(d);
    if (st) return st;
    if (tkc_utf8_valid(s.ptr, s.len) == s.len) return tkc_json_append_text(d->out, s, d->err);
    st = put(d, "{\"base64\":\"", 11);
    if (!st) st = tkc_base64_encode(s, d->out, d->err);
    return st ? st : put(d, "\"}", 2);
}

static tkc_status copy(delta *d, size_t at, size_t len)
{
    char text[64];
    int n = snprintf(text, sizeof text, "[%zu,%zu]", at, len);
    tkc_status st;
    if (!len) return TKC_OK;
    st = comma(d);
    return st ? st : put(d, text, (size_t)n);
}

/* before[from .. to) in terms of now. */
static tkc_status middle(delta *d, size_t from, size_t to)
{
    uint64_t h = 0, top = 1;
    size_t literal = from, i = from;
    tkc_status st = TKC_OK;
    bool rolling = false;
    for (int k = 1; k < BLOCK; k++) top *= PRIME;
    while (!st && d->slot && to - i >= BLOCK) {
        size_t at, back = 0, len = BLOCK;
        if (!rolling) h = hash_of(d->before.ptr + i);
        rolling = true;
        at = look(d, h, i);
        if (at == SIZE_MAX) {
            if (to - i == BLOCK) break;
            h = (h - top * (unsigned char)d->before.ptr[i]) * PRIME + (unsigned char)d->before.ptr[i + BLOCK];
            i++;
            continue;
        }
        while (back < i - literal && back < at && d->before.ptr[i - back - 1] == d->now.ptr[at - back - 1]) back++;
        while (i + len < to && at + len < d->now.len && d->before.ptr[i + len] == d->now.ptr[at + len]) len++;
        st = insert(d, literal, i - back);
        if (!st) st = copy(d, at - back, len + back);
        i += len;
        literal = i;
        rolling = false;
    }
    return st ? st : insert(d, literal, to);
}

static tkc_status put_delta(delta *d, const tkc_allocator *alloc)
{
    const char *a = d->now.ptr, *b = d->before.ptr;
    size_t most = d->now.len < d->before.len ? d->now.len : d->before.len, head = 0, tail = 0;
    tkc_status st;
    while (head < most && a[head] == b[head]) head++;
    while (tail < most - head && a[d->now.len - tail - 1] == b[d->before.len - tail - 1]) tail++;
    st = copy(d, 0, head);
    if (!st && head + tail < d->before.len) st = index_blocks(d, alloc);
    if (!st) st = middle(d, head, d->before.len - tail);
    if (!st) st = copy(d, d->now.len - tail, tail);
    tkc_free(alloc, d->slot, d->n_slot, sizeof *d->slot);
    return st;
}

static void hex_of(tkc_str s, char hex[65])
{
    unsigned char sum[32];
    tkc_sha256(s, sum);
    tkc_sha256_hex(sum, hex);
}

tkc_status tkc_undo_make(tkc_str now, tkc_str before, tkc_buf *json, const tkc_allocator *alloc,
                         tkc_error *err)
{
    delta d = {.now = now, .before = before, .out = json, .first = true, .err = err};
    const size_t from = json->len;
    char x[65], y[65], head[200];
    int n;
    tkc_status st;
    alloc = tkc_allocator_or_default(alloc);
    hex_of(before, x);
    hex_of(now, y);
    n = snprintf(head, sizeof head, "{\"before\":\"%s\",\"after\":\"%s\",\"ops\":[", x, y);
    st = put(&d, head, (size_t)n);
    if (!st) st = put_delta(&d, alloc);
    if (!st) st = put(&d, "]}", 2);
    if (!st) {
        tkc_json doc;
        tkc_buf back;
        tkc_json_init(&doc, alloc);
        tkc_buf_init(&back, 2 * before.len + 64, alloc); /* base64 is decoded in place */
        st = tkc_json_parse(&doc, (tkc_str){json->ptr + from, json->len - from}, NULL, err);
        if (!st) st = tkc_undo_apply(&doc, 0, now, &back, err);
        tkc_json_release(&doc);
        tkc_buf_release(&back);
    }
    if (st) json->len = from;
    return st;
}

static tkc_status broken(const tkc_json *doc, uint32_t node, const char *what, tkc_error *err)
{
    return tkc_fail(err, TKC_E_FORMAT, node < doc->n_node ? doc->node[node].begin : 0, "undo: %s", what);
}

static tkc_status one_op(const tkc_json *doc, uint32_t op, tkc_str now, tkc_buf *scratch, tkc_buf *out, tkc_error *err)
{
    tkc_str s;
    tkc_status st;
    tkc_buf_clear(scratch);
    if (tkc_json_kind_of(doc, op) == TKC_JSON_ARRAY) {
        uint64_t at, len;
        if (tkc_json_count(doc, op) != 2 || !tkc_json_u64(doc, op + 1, &at) || !tkc_json_u64(doc, op + 2, &len) ||
            at > now.len || len > now.len - at)
            return broken(doc, op, "expected [place, length] inside the new text", err);
        return tkc_buf_append(out, now.ptr + at, (size_t)len, err);
    }
    if (tkc_json_kind_of(doc, op) == TKC_JSON_OBJECT) {
        uint32_t b = tkc_json_get(doc, op, "base64", NULL);
        if (b == TKC_JSON_NONE || tkc_json_kind_of(doc, b) != TKC_JSON_STRING) return broken(doc, op, "expected base64", err);
        st = tkc_json_string(doc, b, scratch, &s, err);
        return st ? st : tkc_base64_decode(s, out, NULL, err);
    }
    if (tkc_json_kind_of(doc, op) != TKC_JSON_STRING) return broken(doc, op, "expected a copy or a text", err);
    st = tkc_json_string(doc, op, scratch, &s, err);
    return st ? st : tkc_buf_append(out, s.ptr, s.len, err);
}

tkc_status tkc_undo_apply(const tkc_json *doc, uint32_t node, tkc_str now, tkc_buf *out, tkc_error *err)
{
    const size_t from = out->len;
    uint32_t before = tkc_json_get(doc, node, "before", NULL), after = tkc_json_get(doc, node, "after", NULL);
    uint32_t ops = tkc_json_get(doc, node, "ops", NULL);
    tkc_buf scratch;
    char hex[65];
    tkc_status st = TKC_OK;
    if (before == TKC_JSON_NONE || after == TKC_JSON_NONE || ops == TKC_JSON_NONE ||
        tkc_json_kind_of(doc, ops) != TKC_JSON_ARRAY)
        return broken(doc, node, "expected an object with before, after and ops", err);
    hex_of(now, hex);
    if (!tkc_json_is(doc, after, hex))
        return tkc_fail(err, TKC_E_ARG, 0, "this is not the text that the report is about, or it was changed since");
    tkc_buf_init(&scratch, doc->text.len + 64, out->alloc);
    for (uint32_t op = tkc_json_first(doc, ops); !st && op != TKC_JSON_NONE; op = tkc_json_next(doc, ops, op))
        st = one_op(doc, op, now, &scratch, out, err);
    tkc_buf_release(&scratch);
    if (!st) {
        hex_of((tkc_str){out->ptr + from, out->len - from}, hex);
        if (!tkc_json_is(doc, before, hex)) st = broken(doc, ops, "the result is not the text as it came", err);
    }
    if (st) out->len = from;
    return st;
}
