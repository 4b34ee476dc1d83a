/*
 * guarding.h - the guard (text/guard.h) over whole passes: what would a pass lose, and what has to
 * stay so that it does not.
 *
 * Looked up in the result itself: the facts of every text that the pass changed or took away must stand
 * in a text of the result. What does not, and is not waived, refuses the pass. It may try once more:
 * the sentences with those facts are then kept for it (tkc_pass_protected(), tkc_pass_must()), each
 * fact once. A pass that still loses one is undone.
 *
 * Tool results are material, like retrieved chunks: what a cut of one loses is listed and refuses nothing.
 * Calls count by their arguments. Thinking, images and files go by rule and count nothing.
 */
#ifndef TKC_OPTIMIZER_FIT_GUARDING_H
#define TKC_OPTIMIZER_FIT_GUARDING_H

#include "optimizer/fit/fit.h"
#include "optimizer/passes/pass.h"
#include "optimizer/text/guard_known.h"

struct tkc_work;

typedef struct tkc_guarding {
    tkc_guard *guard;
    tkc_losses losses;
    uint32_t *loss_part; /* of each loss: the part of the old request */
    size_t cap_loss_part;
    tkc_range *must;     /* by part and byte, not overlapping in a part */
    uint32_t *must_part;
    size_t n_must, cap_must, cap_must_part;
    tkc_range *merged;   /* for tkc_pass_protected() */
    size_t cap_merged;
    struct tkc_guarding_old *old; /* of each part of the old request, once it was looked at */
    size_t n_old, cap_old;
    tkc_buf scratch;
    const tkc_allocator *alloc;
} tkc_guarding;

void tkc_guarding_init(tkc_guarding *g, const tkc_allocator *alloc);
void tkc_guarding_release(tkc_guarding *g);
/* The guard is there; else the first look makes it. */
TKC_MUST_USE tkc_status tkc_guarding_open(tkc_guarding *g, tkc_error *err);

/* A pass begins, with all its tries over one request: nothing must stay for it yet. */
void tkc_guarding_begin(tkc_guarding *g);
/* What the pass under way loses: g->losses, with n_refused of them not waived. now: the request that it made;
 * NULL: as if it had put nothing for what it changed. */
TKC_MUST_USE tkc_status tkc_guarding_look(tkc_guarding *g, struct tkc_work *w, const tkc_request *now,
                                          unsigned waive, tkc_error *err);
/* The sentences of the refused losses go into g->must. */
TKC_MUST_USE tkc_status tkc_guarding_keep(tkc_guarding *g, struct tkc_work *w, tkc_error *err);
/* Different facts of the losses into f's list, and their number by kind into count. */
TKC_MUST_USE tkc_status tkc_guarding_list(tkc_guarding *g, struct tkc_work *w, tkc_fitting *f, tkc_lost_state state,
                                          uint64_t count[TKC_N_FACT], tkc_error *err);
/* The ranges of a part that must stay, */
const tkc_range *tkc_guarding_must(const tkc_guarding *g, size_t part, size_t *n);
/* and those with others, sorted too: *out and *n are replaced, until the next call. */
TKC_MUST_USE tkc_status tkc_guarding_merge(tkc_guarding *g, const tkc_range *must, size_t n_must,
                                           const tkc_range **out, size_t *n, tkc_error *err);
/* What a part says: its text, a call's arguments. Until the next call. */
TKC_MUST_USE tkc_status tkc_guarding_said(tkc_guarding *g, const tkc_request *r, size_t part, tkc_str *out,
                                          tkc_error *err);

#endif
