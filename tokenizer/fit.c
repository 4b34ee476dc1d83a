/*
 * fit.c - the longest prefix within a number of tokens.
 *
 * The count of a prefix does not rise steadily with its length: one more character can join
 * the last token with it, or break it up. So a prefix is never judged by where the whole
 * text's tokens end; it is counted on its own. The place to look is known, though: behind
 * the first max_tokens tokens of the whole text. From there the candidates are tried from
 * the longest down to the shortest, WINDOW bytes to each side; a candidate that many bytes
 * beyond would need that many characters joining into the last tokens.
 *
 * Counting each candidate from the start would read a long text a hundred times, so what
 * lies before a safe place (safe_place.h) is counted once.
 */
#include "tokenizer/encoder.h"
#include "tokenizer/safe_place.h"

#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

/* Whether text may be cut at byte i. */
static bool cut_allowed(tkc_str text, size_t i, tkc_fit_at at)
{
    if (i == 0 || i == text.len) return true;
    if (!tkc_utf8_boundary(text, i)) return false;
    switch (at) {
    case TKC_FIT_WORD:
        return tkc_is_space(text.ptr[i - 1]) && !tkc_is_space(text.ptr[i]);
    case TKC_FIT_LINE:
        return text.ptr[i - 1] == '\n';
    default:
        return true;
    }
}

/* The same for an encoder that only counts. What fits up to a safe place is counted once. */
static tkc_status token_end_by_halving(tkc_encoder *e, tkc_str text, unsigned flags,
                                       size_t max_tokens, size_t *end, tkc_error *err)
{
    size_t low = 0, high = text.len; /* low fits, high does not */
    size_t from = 0, left = max_tokens; /* of the text from there on */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        size_t n, rest, p = tkc_split_before(e, text, middle, &rest);
        const size_t stop = p > low ? p : middle; /* a part that ends so has nothing behind it */
        tkc_status st =
            tkc_count_upto(e, (tkc_str){text.ptr + from, stop - from}, flags, left, &n, err);
        if (st) return st;
        if (n > left) {
            high = stop;
            continue;
        }
        low = stop;
        if (stop != p) continue;
        left -= n;
        from = rest;
    }
    *end = low;
    return TKC_OK;
}

/* Bytes of text in front of the last of max_tokens tokens, counted up to a safe place, and the tokens left
 * behind them; 0 where there is no such place or what is in front is too short to be worth it. Counting takes a
 * tenth of the time of encoding. */
static tkc_status skip(tkc_encoder *e, tkc_str text, size_t max_tokens, size_t *from, size_t *left, tkc_error *err)
{
    enum { WORTH = 4096 };
    size_t high = text.len;
    *from = 0;
    *left = max_tokens;
    while (high - *from > WORTH) {
        size_t n, rest, p = tkc_split_before(e, text, *from + (high - *from) / 2, &rest);
        tkc_status st;
        if (p <= *from) break;
        st = tkc_count_upto(e, (tkc_str){text.ptr + *from, p - *from}, 0, *left, &n, err);
        if (st) return st;
        if (n < *left) {
            *from = rest;
            *left -= n;
        } else {
            high = p;
        }
    }
    return TKC_OK;
}

/* Source byte behind the first max_tokens tokens of text: where to look. */
static tkc_status token_end(tkc_encoder *e, tkc_str text, unsigned flags, size_t max_tokens,
                            size_t *end, tkc_error *err)
{
    uint32_t *ids = NULL;
    size_t *begin = NULL;
    size_t n = 0, from = 0, room;
    tkc_status st;
    if (e->claude) return token_end_by_halving(e, text, flags, max_tokens, end, err);
    /* With flags the ends of a text are special, or its errors are. */
    st = flags ? TKC_OK : skip(e, text, max_tokens, &from, &max_tokens, err);
    if (st) return st;
    text = (tkc_str){text.ptr + from, text.len - from};
    room = max_tokens + 1;
    begin = tkc_alloc(e->alloc, room, sizeof *begin);
    ids = tkc_alloc(e->alloc, room, sizeof *ids);
    st = begin && ids ? tkc_encode_limited(e, text, flags, ids, begin, room, &n, err)
                      : tkc_nomem(err);
    *end = from + (n > max_tokens ? begin[max_tokens] : text.len);
    tkc_free(e->alloc, begin, room, sizeof *begin);
    tkc_free(e->alloc, ids, room, sizeof *ids);
    return st;
}

enum { WINDOW = 64 };

tkc_status tkc_fit(tkc_encoder *e, tkc_str text, unsigned flags, size_t max_tokens, tkc_fit_at at,
                   size_t *bytes, size_t *n, tkc_error *err)
{
    unsigned rest_flags = flags;
    size_t count, near = 0, top, from = 0, before = 0, bottom = 0;
    tkc_status st = tkc_count_upto(e, text, flags, max_tokens, &count, err);
    if (st) return st;
    if (count <= max_tokens) {
        *bytes = text.len;
        *n = count;
        return TKC_OK;
    }
    st = token_end(e, text, flags, max_tokens, &near, err);
    if (st) return st;
    top = text.len - near < WINDOW ? text.len : near + WINDOW;
    bottom = tkc_safe_before(e, text, near > 2 * WINDOW ? near - 2 * WINDOW : 0);
    if (bottom) {
        st = tkc_count_upto(e, (tkc_str){text.ptr, bottom}, flags, max_tokens, &before, err);
        if (st) return st;
        from = bottom + (e->safe == TKC_SAFE_BEHIND_BLANK);
        rest_flags &= ~(unsigned)TKC_ENCODE_FRAME;
    }
    for (size_t i = top + 1; i-- > 0;) {
        if (i == from && bottom) { /* nothing fits behind the safe place: from the start again */
            from = before = bottom = 0;
            rest_flags = flags;
        }
        if (!cut_allowed(text, i, at)) continue;
        if (before > max_tokens) continue;
        st = tkc_count_upto(e, (tkc_str){text.ptr + from, i - from}, rest_flags,
                            max_tokens - before, &count, err);
        if (st) return st;
        if (count <= max_tokens - before) {
            *bytes = i;
            *n = before + count;
            return TKC_OK;
        }
    }
    return tkc_fail(err, TKC_E_LIMIT, 0, "even the empty text takes more than %zu tokens",
                    max_tokens);
}
