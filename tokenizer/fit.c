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
 * lies before a safe place is counted once. Safe is "letter, blank, letter" in ASCII: every
 * known pattern ends a piece before that blank whatever comes later, no normal form reaches
 * over it, and for SentencePiece models it is taken only where no token spans it (see cuts
 * in README.md). Vocabularies for which this is not known count from the start.
 */
#include "tokenizer/encoder.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether text may be cut at byte i. */
static bool cut_allowed(tkc_str text, size_t i, tkc_fit_at at)
{
    if (i == 0 || i == text.len) return true;
    if (!tkc_utf8_boundary(text, i)) return false;
    switch (at) {
    case TKC_FIT_WORD:
        return is_blank(text.ptr[i - 1]) && !is_blank(text.ptr[i]);
    case TKC_FIT_LINE:
        return text.ptr[i - 1] == '\n';
    default:
        return true;
    }
}

/* The same for an encoder that only counts. */
static tkc_status token_end_by_halving(tkc_encoder *e, tkc_str text, unsigned flags,
                                       size_t max_tokens, size_t *end, tkc_error *err)
{
    size_t low = 0, high = text.len; /* low fits, high does not */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        size_t n;
        tkc_status st =
            tkc_count_upto(e, (tkc_str){text.ptr, middle}, flags, max_tokens, &n, err);
        if (st) return st;
        if (n <= max_tokens) low = middle;
        else high = middle;
    }
    *end = low;
    return TKC_OK;
}

/* Source byte behind the first max_tokens tokens of text: where to look. */
static tkc_status token_end(tkc_encoder *e, tkc_str text, unsigned flags, size_t max_tokens,
                            size_t *end, tkc_error *err)
{
    uint32_t *ids = NULL;
    size_t *begin = NULL;
    const size_t room = max_tokens + 1;
    size_t n = 0;
    tkc_status st;
    if (e->claude) return token_end_by_halving(e, text, flags, max_tokens, end, err);
    begin = tkc_alloc(e->alloc, room, sizeof *begin);
    ids = tkc_alloc(e->alloc, room, sizeof *ids);
    st = begin && ids ? tkc_encode_limited(e, text, flags, ids, begin, room, &n, err)
                      : tkc_nomem(err);
    *end = n > max_tokens ? begin[max_tokens] : text.len;
    tkc_free(e->alloc, begin, room, sizeof *begin);
    tkc_free(e->alloc, ids, room, sizeof *ids);
    return st;
}

enum { WINDOW = 64, RESTART_SEARCH = 4096, WORD_MARK = 0x2581 };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What the text behind a safe blank is counted with: the blank, or, where the vocabulary puts
 * a blank in front of every text by itself, not. */
typedef enum restart { RESTART_NEVER, RESTART_AT_BLANK, RESTART_BEHIND_BLANK } restart;

static restart restart_of_characters(const tkc_vocab *v)
{
    restart r = RESTART_AT_BLANK;
    bool marks = false; /* blanks become U+2581, so that joinable() can be asked */
    if (!(v->model.flags & TKC_MODEL_UNIT_CUT)) return RESTART_NEVER;
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_NORMALIZE]; i++) {
        const tkc_op *o = &v->op[TKC_STAGE_NORMALIZE][i];
        const bool spm = o->kind == TKC_OP_SPM && !o->a.len && o->flags & TKC_OPF_ESCAPE &&
                         !(o->flags & TKC_OPF_SUFFIX);
        const bool prefix = spm ? o->flags & TKC_OPF_DUMMY_PREFIX : o->kind == TKC_OP_PREPEND;
        if (!spm && o->kind != TKC_OP_PREPEND &&
            !(o->kind == TKC_OP_REPLACE && !(o->flags & TKC_OPF_REGEX) && o->a.len == 1 &&
              o->a.ptr[0] == ' '))
            return RESTART_NEVER;
        if (spm && o->flags & TKC_OPF_REMOVE_SPACES && !prefix) return RESTART_NEVER;
        marks |= spm || o->kind == TKC_OP_REPLACE;
        if (prefix) r = RESTART_BEHIND_BLANK;
    }
    /* Gemma's only row splits at blanks, of which none are left by then */
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_SPLIT]; i++) {
        const tkc_op *o = &v->op[TKC_STAGE_SPLIT][i];
        if (o->kind != TKC_OP_SPLIT || o->flags & TKC_OPF_REGEX || o->a.len != 1 ||
            o->a.ptr[0] != ' ')
            return RESTART_NEVER;
    }
    return marks ? r : RESTART_NEVER;
}

static restart restart_of(const tkc_encoder *e)
{
    const tkc_vocab *v = e->v;
    if (e->claude || e->unigram || e->wordpiece) return RESTART_NEVER;
    for (uint32_t i = 0; i < v->n_added; i++) /* one that spans or takes the blank */
        if (v->added[i].flags & (TKC_ADDED_LSTRIP | TKC_ADDED_RSTRIP | TKC_ADDED_SINGLE_WORD) ||
            memchr(v->added[i].content.ptr, ' ', v->added[i].content.len))
            return RESTART_NEVER;
    if (!(v->model.flags & TKC_MODEL_BYTE_LEVEL)) return restart_of_characters(v);
    if (!e->pretok || !tkc_pretok_scanner(e->pretok)) return RESTART_NEVER;
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_NORMALIZE]; i++)
        if (v->op[TKC_STAGE_NORMALIZE][i].kind > TKC_OP_NFKD) return RESTART_NEVER;
    return RESTART_AT_BLANK;
}

/* A safe blank some way before near; 0 if there is none. */
static size_t safe_blank(const tkc_encoder *e, tkc_str text, size_t near)
{
    size_t i = near > 2 * WINDOW ? near - 2 * WINDOW : 0, last;
    last = i > RESTART_SEARCH ? i - RESTART_SEARCH : 1;
    for (; i > last; i--)
        if (text.ptr[i] == ' ' && is_letter(text.ptr[i - 1]) && is_letter(text.ptr[i + 1]) &&
            (e->v->model.flags & TKC_MODEL_BYTE_LEVEL ||
             !tkc_joinable(e->v, (unsigned char)text.ptr[i - 1], WORD_MARK)))
            return i;
    return 0;
}

tkc_status tkc_fit(tkc_encoder *e, tkc_str text, unsigned flags, size_t max_tokens, tkc_fit_at at,
                   size_t *bytes, size_t *n, tkc_error *err)
{
    const restart r = restart_of(e);
    unsigned rest_flags = flags;
    size_t count, near, top, from = 0, before = 0, bottom = 0;
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
    if (r != RESTART_NEVER) bottom = safe_blank(e, text, near);
    if (bottom) {
        st = tkc_count_upto(e, (tkc_str){text.ptr, bottom}, flags, max_tokens, &before, err);
        if (st) return st;
        from = bottom + (r == RESTART_BEHIND_BLANK);
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
