/*
 * trim.c - instructions without what they say twice or say nothing with (text/trim.h), over the system
 * and developer messages of a request, or the whole of a prompt file.
 *
 * What survives elsewhere is looked for in the other instructions only, not in the conversation, so
 * that a turn that is appended cannot change what stands in front of it.
 */
#include "optimizer/text/trim.h"

#include "optimizer/passes/pass.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

enum { MAX_NOTES = 20, MAX_QUOTE = 60 };

static bool is_instruction(const tkc_pass_ctx *c, size_t part)
{
    const tkc_part *p = &c->r->part[part];
    if (p->kind != TKC_PART_TEXT) return false;
    return p->role == TKC_ROLE_SYSTEM || p->role == TKC_ROLE_DEVELOPER || c->r->dialect == TKC_DIALECT_TEXT ||
           (c->r->dialect == TKC_DIALECT_MARKDOWN && c->r->n_turn == 1);
}

static tkc_status note_refusals(tkc_pass_ctx *c, tkc_str s, const tkc_trimmed *t, size_t *n_note, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < t->n_refusal && *n_note < MAX_NOTES; i++) {
        const tkc_trim_refusal *x = &t->refusal[i];
        size_t cut = x->end - x->begin, fact = x->fact_end - x->fact_begin;
        st = tkc_pass_note(c, err, "kept \"%.*s\": without it \"%.*s\" would be lost",
                           (int)(cut < MAX_QUOTE ? cut : MAX_QUOTE), s.ptr + x->begin,
                           (int)(fact < MAX_QUOTE ? fact : MAX_QUOTE), s.ptr + x->fact_begin);
        (*n_note)++;
    }
    return st;
}

static tkc_status one(tkc_pass_ctx *c, size_t part, tkc_str *other, size_t n_other, tkc_trimmed *t, uint64_t *over,
                      size_t *n_note, tkc_error *err)
{
    tkc_trim_options o = {.struct_size = sizeof o, .keep_examples = c->plan->keep_examples, .elsewhere = other,
                          .n_elsewhere = n_other, .waive = c->plan->waive};
    const tkc_range *range;
    tkc_trim_range *keep = NULL;
    size_t n;
    tkc_str s;
    tkc_status st = tkc_pass_text(c, part, &s, err);
    if (!st) st = tkc_pass_protected(c, part, s, &range, &n, err);
    if (st) return st;
    if (n) {
        keep = tkc_alloc(tkc_allocator_or_default(c->plan->alloc), n, sizeof *keep);
        if (!keep) return tkc_nomem(err);
        for (size_t i = 0; i < n; i++) keep[i] = (tkc_trim_range){range[i].begin, range[i].end};
        o.protect = keep;
        o.n_protect = n;
    }
    if (*over) {
        uint64_t now = c->count->part[part].tokens;
        o.budget = now > *over ? (size_t)(now - *over) : 1;
    }
    st = tkc_trim(s, &o, c->plan->target.encoder, t, err);
    for (size_t i = 0; !st && i < t->n_cut; i++)
        st = tkc_pass_replace(c, part, t->cut[i].begin, t->cut[i].end, t->cut[i].put, tkc_trim_why_name(t->cut[i].why), err);
    if (!st && t->tokens_before > t->tokens_after) {
        uint64_t saved = t->tokens_before - t->tokens_after;
        *over -= saved < *over ? saved : *over;
    }
    if (!st) st = note_refusals(c, s, t, n_note, err);
    tkc_free(tkc_allocator_or_default(c->plan->alloc), keep, n, sizeof *keep);
    return st;
}

tkc_status tkc_pass_run_trim(tkc_pass_ctx *c, tkc_error *err)
{
    const tkc_allocator *alloc = tkc_allocator_or_default(c->plan->alloc);
    const size_t n_part = c->r->n_part;
    tkc_trimmed t;
    tkc_str *other;
    size_t n = 0, k = 0, n_note = 0;
    uint64_t over = c->over;
    tkc_status st = TKC_OK;
    c->first_kept = SIZE_MAX; /* instructions are not among the turns that stay */
    for (size_t i = 0; i < n_part; i++) n += is_instruction(c, i);
    if (!n) return TKC_OK;
    other = tkc_alloc(alloc, n, sizeof *other);
    if (!other) return tkc_nomem(err);
    for (size_t i = 0; !st && i < n_part; i++)
        if (is_instruction(c, i)) st = tkc_pass_text(c, i, &other[k++], err);
    tkc_trimmed_init(&t, alloc);
    k = 0;
    for (size_t i = 0; !st && i < n_part; i++) {
        tkc_str mine;
        if (!is_instruction(c, i)) continue;
        mine = other[k];
        other[k] = (tkc_str){"", 0};
        if (tkc_pass_may_change(c, i)) st = one(c, i, other, n, &t, &over, &n_note, err);
        /* What is left of it is what the next ones may count on. */
        other[k] = mine;
        if (!st && t.n_cut && tkc_pass_may_change(c, i)) other[k] = (tkc_str){"", 0};
        k++;
    }
    tkc_trimmed_release(&t);
    tkc_free(alloc, other, n, sizeof *other);
    return st;
}
