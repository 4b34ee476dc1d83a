/*
 * trim_impl.h - the text as a list of units, and what its files ask of one another.
 *
 * trim.c tells the order of the steps. units.c reads; examples.c, references.c, filler.c, duplicates.c
 * and budget.c each decide on one reason to cut; cuts.c asks the guard and keeps the list of cuts.
 */
#ifndef TKC_OPTIMIZER_TEXT_TRIM_TRIM_IMPL_H
#define TKC_OPTIMIZER_TEXT_TRIM_TRIM_IMPL_H

#include "optimizer/text/sentences.h"
#include "optimizer/text/stem.h"
#include "optimizer/text/trim.h"
#include "vocab/base/ascii.h"

/* Of a sentence that may be cut and is no rule; fewer are a part of the layout. */
enum { TRIM_LEAST_STEMS = 3 };

/* A sentence, heading, list item, row or block. */
typedef struct trim_unit {
    size_t begin, end;
    tkc_sentence_kind kind;
    uint32_t place; /* equal under the same heading, lead-in ("...:") and outer list item */
    uint32_t first, n; /* its stems, in order */
    size_t cut, n_cut; /* what was taken out of it, in out->cut */
    uint64_t key;
    bool rule;      /* holds a negation, modal, limit or order */
    bool gone;
    bool fixed;     /* protected, or of a kind that is not changed */
    bool stays;     /* the same, or it leads to what follows ("...:") */
    bool bound;     /* means what its place says: an inner list item, or it begins with "this" or "it" */
    bool example;
} trim_unit;

typedef struct trim_work {
    tkc_str text;
    const tkc_trim_options *opt;
    tkc_encoder *enc;
    const tkc_allocator *alloc;
    tkc_trimmed *out;
    tkc_error *err;
    tkc_guard *guard;
    tkc_losses loss;
    tkc_facts facts;
    tkc_terms *terms;
    tkc_term_list list;
    trim_unit *unit;
    size_t n_unit, cap_unit;
    size_t n_left;      /* units that are not gone: the last one stays, for no provider takes an empty text */
    size_t n_reference; /* sentences looked at as dead references */
    uint32_t *stem;
    size_t n_stem, cap_stem;
    tkc_buf now, then; /* a unit's text with the cuts so far, and with one more */
} trim_work;

static inline bool trim_may_go(const trim_unit *u)
{
    return !u->gone && !u->stays && !u->example;
}

static inline tkc_str trim_span(const trim_work *w, const trim_unit *u)
{
    return (tkc_str){w->text.ptr + u->begin, u->end - u->begin};
}

/* The text up to the end of u: what stands at a byte of u ends with it. */
static inline tkc_str trim_upto(const trim_work *w, const trim_unit *u)
{
    return (tkc_str){w->text.ptr, u->end};
}

static inline bool trim_among(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(word, list[i])) return true;
    return false;
}
#define TRIM_AMONG(word, list) trim_among(word, list, sizeof list / sizeof *list)

/* --- units.c ------------------------------------------------------------------------------------ */

/* Fills w->unit; the guard holds each. */
tkc_status tkc_trim_read_units(trim_work *w);
/* The stems, key and rule of u as it is now. */
tkc_status tkc_trim_describe(trim_work *w, trim_unit *u);
bool tkc_trim_is_protected(const trim_work *w, size_t begin, size_t end);
/* "This method", "It", "They": about what stands in front of it. */
bool tkc_trim_points_back(tkc_str s);
/* Columns in front of byte begin, if there are only blanks before it in its line; else 0. */
size_t tkc_trim_indent(const trim_work *w, size_t begin);
/* Behind the mark of a list item ("- ", "3. "); its beginning without one. */
size_t tkc_trim_item_mark(const trim_work *w, const trim_unit *u);

/* --- cuts.c ------------------------------------------------------------------------------------- */

tkc_status tkc_trim_cut_add(trim_work *w, tkc_trim_cut c);
/* Lists c, which u would have lost l by: the first of its losses that is not waived. */
tkc_status tkc_trim_refuse(trim_work *w, tkc_trim_cut c, const trim_unit *u, const tkc_loss *l);
/* The text of u with what was cut of it. */
tkc_status tkc_trim_now(trim_work *w, const trim_unit *u, tkc_buf *out);
/* Takes the whole unit out if the guard has all it states elsewhere and another one is left. */
tkc_status tkc_trim_drop(trim_work *w, trim_unit *u, tkc_trim_why why, const trim_unit *kept, bool *done);
/* Marks u as taken out. */
void tkc_trim_gone(trim_work *w, trim_unit *u);
/* Takes c out of u, behind what was taken out of it before; with ask only if the guard agrees. */
tkc_status tkc_trim_piece(trim_work *w, trim_unit *u, tkc_trim_cut c, bool ask);
/* Sorts and widens the n cuts, leaves out what lies in others; how many are left. */
size_t tkc_trim_settle(const trim_work *w, tkc_trim_cut *cut, size_t n);
/* The text of [begin, end) with the n cuts, which lie in it and are in order. */
tkc_status tkc_trim_apply(trim_work *w, size_t begin, size_t end, const tkc_trim_cut *cut, size_t n, tkc_buf *out);

/* --- reasons ------------------------------------------------------------------------------------ */

/* Marks what is an example; cuts those beyond the first keep_examples. */
tkc_status tkc_trim_examples(trim_work *w);
/* A sentence that only points to a place which is not there goes; of its facts those that name the
 * place may go with it. */
tkc_status tkc_trim_dead_reference(trim_work *w, trim_unit *u);
/* Behind "(see section 4)" at byte i of u if it leads nowhere; else i. */
size_t tkc_trim_dead_parenthesis(const trim_work *w, const trim_unit *u, size_t i);
/* Openers, long forms and polite ends of u. */
tkc_status tkc_trim_filler(trim_work *w, trim_unit *u);
/* Greetings or thanks, and nothing else. */
bool tkc_trim_is_polite(tkc_str s);
tkc_status tkc_trim_duplicates(trim_work *w);
tkc_status tkc_trim_near_duplicates(trim_work *w);
/* Sentences in the order of how much of them is said only there, until the text fits. */
tkc_status tkc_trim_to_budget(trim_work *w);

#endif
