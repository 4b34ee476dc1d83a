/*
 * trim.c - what a prompt says twice or says nothing with, found sentence by sentence.
 *
 * The text is a list of units (sentences.h). A unit's key is the sequence of its stems and the facts
 * that turn a rule around, so duplicates are equal keys: found by sorting. Near ones are compared
 * only with units that share one of their HANDLES stems of lowest hash, at most NEAR_TRIES of them. Every cut is
 * tried on the unit's text and asked of the guard, which holds the units one by one.
 */
#include "optimizer/text/trim/trim_impl.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

const char *tkc_trim_why_name(tkc_trim_why why)
{
    static const char *const names[TKC_N_TRIM] = {"duplicate", "near-duplicate", "filler", "politeness", "dead reference", "example", "budget"};
    return (unsigned)why < TKC_N_TRIM ? names[why] : "?";
}

void tkc_trimmed_init(tkc_trimmed *t, const tkc_allocator *alloc)
{
    *t = (tkc_trimmed){.alloc = tkc_allocator_or_default(alloc)};
    tkc_buf_init(&t->text, SIZE_MAX / 2, alloc);
}

void tkc_trimmed_release(tkc_trimmed *t)
{
    tkc_buf_release(&t->text);
    tkc_free(t->alloc, t->cut, t->cap_cut, sizeof *t->cut);
    tkc_free(t->alloc, t->refusal, t->cap_refusal, sizeof *t->refusal);
    tkc_trimmed_init(t, t->alloc);
}

/* The text asks to be said again as it is: every byte of it counts. */
static bool is_to_be_repeated(tkc_str s)
{
    static const char *const phrases[] = {"word for word", "repeat the request", "repeat the prompt", "repeat the question", "repeat the sentence",
                                          "repeat this", "repeat the text", "repeat the above", "repeat my", "repeat everything", "repeat the exact"};
    for (size_t i = 0; i < s.len; i++) {
        char c = tkc_ascii_lower(s.ptr[i]);
        if (c != 'w' && c != 'r') continue;
        for (size_t k = 0; k < sizeof phrases / sizeof *phrases; k++)
            if (tkc_behind_phrase(s, i, phrases[k]) > i) return true;
    }
    return false;
}

static tkc_status trim(trim_work *w)
{
    tkc_trimmed *o = w->out;
    bool done;
    tkc_status st = tkc_trim_read_units(w);
    w->n_left = w->n_unit;
    for (size_t i = 0; i < w->opt->n_elsewhere && !st; i++) st = tkc_guard_hold(w->guard, w->opt->elsewhere[i], w->err);
    if (!st && is_to_be_repeated(w->text))
        for (size_t i = 0; i < w->n_unit; i++) w->unit[i].stays = w->unit[i].fixed = true;
    if (!st) st = tkc_trim_examples(w);
    for (size_t i = 0; i < w->n_unit && !st; i++) {
        trim_unit *u = &w->unit[i];
        if (trim_may_go(u)) st = tkc_trim_dead_reference(w, u);
        if (!st && trim_may_go(u) && tkc_trim_is_polite(trim_span(w, u))) st = tkc_trim_drop(w, u, TKC_TRIM_POLITE, NULL, &done);
        if (!st && !u->gone && !u->fixed && !u->example) st = tkc_trim_filler(w, u);
        if (!st && !u->gone) st = tkc_trim_describe(w, u);
    }
    if (!st) st = tkc_trim_duplicates(w);
    if (!st) st = tkc_trim_near_duplicates(w);
    if (!st && w->opt->budget) st = tkc_trim_to_budget(w);
    if (st) return st;
    o->n_cut = tkc_trim_settle(w, o->cut, o->n_cut);
    tkc_buf_clear(&o->text);
    st = tkc_trim_apply(w, 0, w->text.len, o->cut, o->n_cut, &o->text);
    if (!st && w->enc) st = tkc_count(w->enc, w->text, 0, &o->tokens_before, w->err);
    if (!st && w->enc) st = tkc_count(w->enc, tkc_buf_str(&o->text), 0, &o->tokens_after, w->err);
    return st;
}

tkc_status tkc_trim(tkc_str text, const tkc_trim_options *opt, tkc_encoder *enc, tkc_trimmed *out, tkc_error *err)
{
    tkc_trim_options o = {0};
    trim_work w = {.text = text, .opt = &o, .enc = enc, .alloc = out->alloc, .out = out, .err = err};
    tkc_guard_options g = {.struct_size = sizeof g, .bound = TKC_GUARD_BOUND_NUMBERS};
    tkc_status st;
    if (opt) memcpy(&o, opt, opt->struct_size < sizeof o ? opt->struct_size : sizeof o);
    tkc_buf_clear(&out->text);
    out->n_cut = out->n_refusal = out->tokens_before = out->tokens_after = 0;
    if (text.len > (size_t)INT32_MAX) return tkc_fail(err, TKC_E_LIMIT, 0, "text of %zu bytes: at most 2 GB are trimmed", text.len);
    if (o.budget && !enc) return tkc_fail(err, TKC_E_ARG, 0, "a budget of tokens needs an encoder");
    g.waive = o.waive;
    tkc_losses_init(&w.loss, w.alloc);
    tkc_facts_init(&w.facts, w.alloc);
    tkc_term_list_init(&w.list, w.alloc);
    tkc_buf_init(&w.now, SIZE_MAX / 2, w.alloc);
    tkc_buf_init(&w.then, SIZE_MAX / 2, w.alloc);
    st = tkc_guard_new(&w.guard, &g, w.alloc, err);
    if (!st) st = tkc_terms_new(&w.terms, NULL, 0x746b63, w.alloc, err);
    if (!st) st = trim(&w);
    if (st) {
        tkc_buf_clear(&out->text);
        out->n_cut = out->n_refusal = 0;
    }
    tkc_guard_free(w.guard);
    tkc_terms_free(w.terms);
    tkc_losses_release(&w.loss);
    tkc_facts_release(&w.facts);
    tkc_term_list_release(&w.list);
    tkc_buf_release(&w.now);
    tkc_buf_release(&w.then);
    tkc_free(w.alloc, w.unit, w.cap_unit, sizeof *w.unit);
    tkc_free(w.alloc, w.stem, w.cap_stem, sizeof *w.stem);
    return st;
}
