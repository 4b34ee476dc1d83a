/*
 * guard.h - nothing that a cut takes out of a request may be lost.
 *
 * The guard knows every fact (facts.h) of what a request says and how often it is said. Before a
 * cut it is asked what would be lost: the facts of the removed text that would stand nowhere any
 * more. It fails closed: what it cannot find again is lost, however it was meant.
 *
 * Kinds that stand alone (numbers with their unit, dates, names, ids, links, code, quotes) survive
 * where an equal fact stands. Kinds that are BOUND say nothing without their rule ("never", "must",
 * "at most", an order, a question): they survive only in a clause with the same stems, the same
 * negations, modals and limits and the same numbers, in any order. Words of grammar and the empty
 * phrases of fact_words.def ("please note that") make no difference.
 *
 *   tkc_guard_new(&g, NULL, NULL, &err);
 *   tkc_guard_hold(g, each text of the request, &err);
 *   tkc_guard_check(g, removed, put, &loss, &err);   loss.n == 0: the cut may be made
 *   tkc_guard_replace(g, removed, put, &err);        it was made
 *
 * Ask with the same pieces that were held (whole sentences, list items, messages): a piece cut in
 * the middle of a clause has another clause, and is refused. After a failure of memory a guard can
 * only be cleared or freed, or read with. One thread a guard. Linear in the
 * bytes it is given; memory by the number of different facts. A text that it was given before, for whatever
 * question, is not read again, nor is a block of one (tkc_fact_blocks): of 260,000 of them it keeps what they say.
 */
#ifndef TKC_OPTIMIZER_TEXT_GUARD_H
#define TKC_OPTIMIZER_TEXT_GUARD_H

#include "optimizer/text/facts.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tkc_guard tkc_guard;

#define TKC_GUARD_BIT(kind) (1u << (kind))
/* What is bound by default. */
#define TKC_GUARD_BOUND                                                                            \
    (TKC_GUARD_BIT(TKC_FACT_NEGATION) | TKC_GUARD_BIT(TKC_FACT_MODAL) |                            \
     TKC_GUARD_BIT(TKC_FACT_LIMIT) | TKC_GUARD_BIT(TKC_FACT_ORDER))
/* Numbers too: "Ann has 5 eggs" is not said by "Tom has 5 eggs". For cuts without a duplicate. */
#define TKC_GUARD_BOUND_NUMBERS                                                                    \
    (TKC_GUARD_BOUND | TKC_GUARD_BIT(TKC_FACT_NUMBER) | TKC_GUARD_BIT(TKC_FACT_DATE) |             \
     TKC_GUARD_BIT(TKC_FACT_TIME) | TKC_GUARD_BIT(TKC_FACT_VERSION))

typedef struct tkc_guard_options {
    size_t struct_size;    /* sizeof(tkc_guard_options)                                         */
    unsigned bound;        /* TKC_GUARD_BIT of kinds; 0: TKC_GUARD_BOUND                        */
    unsigned waive;        /* kinds that may be lost                                            */
    const tkc_str *waived; /* values that may be lost ("new york"), as facts.h normalises them; */
    size_t n_waived;       /*   borrowed, must outlive the guard                                */
    const char *language;  /* of the stems; NULL: english                                       */
} tkc_guard_options;

/* A fact that would be lost. Bytes of the removed text. */
typedef struct tkc_loss {
    size_t text;                     /* tkc_guard_compare(): which; else 0                    */
    size_t begin, end;               /* the fact                                              */
    size_t clause_begin, clause_end; /* the clause it stands in                               */
    tkc_fact_kind kind;
    bool waived; /* may be lost: not counted in n_refused */
} tkc_loss;

typedef struct tkc_losses {
    tkc_loss *loss;
    size_t n, cap;
    size_t n_refused; /* 0: the cut may be made */
    const tkc_allocator *alloc;
} tkc_losses;

TKC_API void tkc_losses_init(tkc_losses *l, const tkc_allocator *alloc);
TKC_API void tkc_losses_release(tkc_losses *l);

/* opt may be NULL. TKC_E_NOTFOUND: no such language. */
TKC_API TKC_MUST_USE tkc_status tkc_guard_new(tkc_guard **out, const tkc_guard_options *opt,
                                              const tkc_allocator *alloc, tkc_error *err);
TKC_API void tkc_guard_free(tkc_guard *g); /* NULL is fine */
/* No text is held any more; options, memory and what was read of texts stay. */
TKC_API void tkc_guard_clear(tkc_guard *g);
/* Other kinds may be lost from now on: TKC_GUARD_BIT. */
TKC_API void tkc_guard_waive(tkc_guard *g, unsigned kinds);

/* The text stands in the request. */
TKC_API TKC_MUST_USE tkc_status tkc_guard_hold(tkc_guard *g, tkc_str text, tkc_error *err);
/* What would be lost if removed, which was held, were replaced by put (empty: cut). Forgets what l
 * held. Changes nothing. */
TKC_API TKC_MUST_USE tkc_status tkc_guard_check(tkc_guard *g, tkc_str removed, tkc_str put, tkc_losses *l,
                                                tkc_error *err);
/* It was replaced. */
TKC_API TKC_MUST_USE tkc_status tkc_guard_replace(tkc_guard *g, tkc_str removed, tkc_str put,
                                                  tkc_error *err);

/* Appends to l the facts of text, which is not held, that stand nowhere in what is. */
TKC_API TKC_MUST_USE tkc_status tkc_guard_missing(tkc_guard *g, tkc_str text, tkc_losses *l, tkc_error *err);
/* The facts of text that stand nowhere in what is held: whether a summary or a rewritten text, of
 * whoever made it, says only what was said (hold the source, ask about the summary). A summary has
 * clauses of its own, so bound kinds are compared by value alone here, and orders not at all. */
TKC_API TKC_MUST_USE tkc_status tkc_guard_invented(tkc_guard *g, tkc_str text, tkc_losses *l,
                                                   tkc_error *err);

/* Whole requests: the facts of before[] that stand nowhere in after[]; loss.text is the index into
 * before[]. The last check of a pass, whatever it asked on the way. g holds after[] then. */
TKC_API TKC_MUST_USE tkc_status tkc_guard_compare(tkc_guard *g, const tkc_str *before, size_t n_before,
                                                  const tkc_str *after, size_t n_after, tkc_losses *l,
                                                  tkc_error *err);

#ifdef __cplusplus
}
#endif

#endif
