/*
 * guard_known.h - what a guard has read of texts, for those who ask about the same ones again.
 *
 * Inside the library: a summary and the frame ask a guard about sentences that it was given before, and spare
 * it the bytes, or themselves the words.
 */
#ifndef TKC_OPTIMIZER_TEXT_GUARD_KNOWN_H
#define TKC_OPTIMIZER_TEXT_GUARD_KNOWN_H

#include "optimizer/text/guard.h"
#include "optimizer/text/stem.h"

/* A fact of a text, as it was read. */
typedef struct tkc_guard_fact {
    uint64_t key;                      /* tkc_fact.key                                              */
    uint64_t said;                     /* what it survives by: the key, of bound kinds with the rule */
    uint32_t begin, end;               /* bytes of the text                                         */
    uint32_t clause_begin, clause_end; /* the clause it stands in                                   */
    uint8_t kind;
    bool is_waived;                    /* its value is                                              */
} tkc_guard_fact;
/* The facts of a text, in order; until the next call. TKC_E_LIMIT above 2 GB, here and wherever a text is read. */
TKC_MUST_USE tkc_status tkc_guard_read(tkc_guard *g, tkc_str text, const tkc_guard_fact **out, size_t *n, tkc_error *err);
/* What was read of a text, so that the text can be asked about again without its bytes; {0}: nothing. */
typedef struct tkc_guard_known {
    uint64_t age; /* of what is known: all is forgotten at a time */
    uint32_t first, n;
} tkc_guard_known;
TKC_MUST_USE tkc_status tkc_guard_know(tkc_guard *g, tkc_str text, tkc_guard_known *out, tkc_error *err);
/* Whether it is not forgotten yet. */
bool tkc_guard_knows(const tkc_guard *g, const tkc_guard_known *x);
/* Its words, for others that read the same texts. */
tkc_terms *tkc_guard_terms(const tkc_guard *g);

/* The same of a text that the guard knows. */
TKC_MUST_USE tkc_status tkc_guard_missing_known(tkc_guard *g, const tkc_guard_known *x, tkc_losses *l, tkc_error *err);
/* Holds text if it says something that may not be lost and stands nowhere in what is held: *held. */
TKC_MUST_USE tkc_status tkc_guard_hold_if_missing(tkc_guard *g, tkc_str text, bool *held, tkc_error *err);

/* The words of this fact are in a rule by its value, not as stems: "don't" and "never" are one. */
bool tkc_guard_is_said_by_fact(const tkc_fact *x);

#endif
