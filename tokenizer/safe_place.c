/* safe_place.c - where counts add up; safe_place.h has the argument. */
#include "tokenizer/safe_place.h"

#include <string.h>

enum { SEARCH = 4096, WORD_MARK = 0x2581 };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static tkc_safe kind_of_characters(const tkc_vocab *v)
{
    tkc_safe r = TKC_SAFE_AT_BLANK;
    bool marks = false; /* blanks become U+2581, so that joinable() can be asked */
    if (!(v->model.flags & TKC_MODEL_UNIT_CUT)) return TKC_SAFE_NEVER;
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_NORMALIZE]; i++) {
        const tkc_op *o = &v->op[TKC_STAGE_NORMALIZE][i];
        const bool spm = o->kind == TKC_OP_SPM && !o->a.len && o->flags & TKC_OPF_ESCAPE &&
                         !(o->flags & TKC_OPF_SUFFIX);
        const bool prefix = spm ? o->flags & TKC_OPF_DUMMY_PREFIX : o->kind == TKC_OP_PREPEND;
        if (!spm && o->kind != TKC_OP_PREPEND &&
            !(o->kind == TKC_OP_REPLACE && !(o->flags & TKC_OPF_REGEX) && o->a.len == 1 &&
              o->a.ptr[0] == ' '))
            return TKC_SAFE_NEVER;
        if (spm && o->flags & TKC_OPF_REMOVE_SPACES && !prefix) return TKC_SAFE_NEVER;
        marks |= spm || o->kind == TKC_OP_REPLACE;
        if (prefix) r = TKC_SAFE_BEHIND_BLANK;
    }
    /* Gemma's only row splits at blanks, of which none are left by then */
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_SPLIT]; i++) {
        const tkc_op *o = &v->op[TKC_STAGE_SPLIT][i];
        if (o->kind != TKC_OP_SPLIT || o->flags & TKC_OPF_REGEX || o->a.len != 1 ||
            o->a.ptr[0] != ' ')
            return TKC_SAFE_NEVER;
    }
    return marks ? r : TKC_SAFE_NEVER;
}

tkc_safe tkc_safe_kind(const tkc_encoder *e)
{
    const tkc_vocab *v = e->v;
    if (e->claude || e->unigram || e->wordpiece) return TKC_SAFE_NEVER;
    for (uint32_t i = 0; i < v->n_added; i++) /* one that spans or takes the blank */
        if (v->added[i].flags & (TKC_ADDED_LSTRIP | TKC_ADDED_RSTRIP | TKC_ADDED_SINGLE_WORD) ||
            memchr(v->added[i].content.ptr, ' ', v->added[i].content.len))
            return TKC_SAFE_NEVER;
    if (!(v->model.flags & TKC_MODEL_BYTE_LEVEL)) return kind_of_characters(v);
    if (!e->pretok || !tkc_pretok_scanner(e->pretok)) return TKC_SAFE_NEVER;
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_NORMALIZE]; i++)
        if (v->op[TKC_STAGE_NORMALIZE][i].kind > TKC_OP_NFKD) return TKC_SAFE_NEVER;
    return TKC_SAFE_AT_BLANK;
}

size_t tkc_safe_before(const tkc_encoder *e, tkc_str text, size_t at)
{
    size_t i, last;
    if (e->safe == TKC_SAFE_NEVER || text.len < 3) return 0;
    i = at < text.len - 2 ? at : text.len - 2;
    last = i > SEARCH ? i - SEARCH : 0;
    for (; i > last; i--)
        if (text.ptr[i] == ' ' && is_letter(text.ptr[i - 1]) && is_letter(text.ptr[i + 1]) &&
            (e->v->model.flags & TKC_MODEL_BYTE_LEVEL ||
             !tkc_joinable(e->v, (unsigned char)text.ptr[i - 1], WORD_MARK)))
            return i;
    return 0;
}
