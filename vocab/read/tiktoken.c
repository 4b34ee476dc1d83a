/*
 * tiktoken.c - .tiktoken rank files: lines "base64(token) rank".
 *
 * The file holds ranks only. Its pattern and its special tokens come from a recipe (see
 * recipes.h); without one the vocabulary has no split at all.
 */
#include "vocab/read/readers.h"

#include "vocab/base/base64.h"
#include "vocab/base/error.h"

#include <string.h>

/* A decimal id at s[*at..end); false when there is none or it exceeds 32 bits. */
static bool read_id(const char *s, size_t *at, size_t end, uint32_t *out)
{
    uint64_t v = 0;
    size_t i = *at;
    while (i < end && s[i] >= '0' && s[i] <= '9' && v <= UINT32_MAX)
        v = v * 10 + (uint64_t)(s[i++] - '0');
    if (i == *at || v > UINT32_MAX) return false;
    *at = i;
    *out = (uint32_t)v;
    return true;
}

tkc_status tkc_read_tiktoken(tkc_builder *b, tkc_str bytes, tkc_error *err)
{
    size_t at = 0;
    tkc_buf token;
    tkc_status st = TKC_OK;
    tkc_buf_init(&token, TKC_MAX_TOKEN_LEN + 4, b->alloc);
    b->model.kind = TKC_MODEL_BPE_RANKS;
    b->model.flags = TKC_MODEL_BYTE_LEVEL | TKC_MODEL_WHOLE_PIECE;
    while (at < bytes.len && !st) {
        const char *nl = memchr(bytes.ptr + at, '\n', bytes.len - at);
        size_t end = nl ? (size_t)(nl - bytes.ptr) : bytes.len, next = nl ? end + 1 : end;
        const char *blank;
        size_t id_at, bad;
        uint32_t id;
        if (end > at && bytes.ptr[end - 1] == '\r') end--;
        if (end == at) {
            at = next;
            continue;
        }
        blank = memchr(bytes.ptr + at, ' ', end - at);
        if (!blank) {
            st = tkc_fail(err, TKC_E_FORMAT, at, "expected a line \"base64 rank\"");
            break;
        }
        id_at = (size_t)(blank - bytes.ptr) + 1;
        tkc_buf_clear(&token);
        st = tkc_base64_decode((tkc_str){bytes.ptr + at, id_at - 1 - at}, &token, &bad, err);
        if (st) {
            if (st == TKC_E_FORMAT) st = tkc_fail(err, st, at + bad, "expected base64");
            break;
        }
        if (!read_id(bytes.ptr, &id_at, end, &id) || id_at != end)
            st = tkc_fail(err, TKC_E_FORMAT, id_at, "expected a rank: digits up to the line's end");
        else if (token.len == 0)
            st = tkc_fail(err, TKC_E_FORMAT, at, "expected a token, found an empty one");
        else
            st = tkc_builder_token_set(b, id, tkc_buf_str(&token), TKC_TOKEN_NORMAL, 0, at, err);
        at = next;
    }
    tkc_buf_release(&token);
    if (!st && b->n_token == 0)
        st = tkc_fail(err, TKC_E_FORMAT, 0, "no line \"base64 rank\" in it");
    return st;
}
