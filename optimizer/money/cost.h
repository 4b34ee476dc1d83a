/*
 * cost.h - a usage record times a price row: whole picodollars, and how sure they are.
 *
 * A unit without a price of its own is charged as the provider charges it when it lists none:
 * reasoning as output, cached and written tokens as input, an hour's cache write as a
 * five-minute one, audio, images and video as text. Where that is not what a published rule
 * says, the class says so:
 *
 *   exact        the provider's own counts, at listed prices of that model, day and mode
 *   estimate     something was assumed: see why
 *   lower bound  part of the record has no price, or one that is known to be higher
 *   unpriced     nothing can be said: there is no number
 *
 * A sum has the weakest class of its terms. Nothing is rounded. A tier holds for the whole
 * request once its prompt is longer than the tier's start (the rule of every provider listed).
 */
#ifndef TKC_OPTIMIZER_COST_H
#define TKC_OPTIMIZER_COST_H

#include "optimizer/money/usage.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tkc_cost_class {
    TKC_COST_EXACT = 0,
    TKC_COST_ESTIMATE,
    TKC_COST_LOWER_BOUND,
    TKC_COST_UNPRICED
} tkc_cost_class;
TKC_API const char *tkc_cost_class_name(tkc_cost_class c); /* "exact", "lower-bound", ...; static */

typedef struct tkc_cost_options {
    size_t struct_size;
    tkc_moment now;   /* for records without a time; the library reads no clock                 */
    tkc_moment asof;  /* day != 0: prices of this day, whatever the record says; its hour counts */
    tkc_str model, provider; /* for records that name none                                     */
    bool has_mode;    /* price as if served so                                                  */
    tkc_mode mode;
} tkc_cost_options;

typedef struct tkc_cost {
    bool priced;          /* false: picodollars means nothing                                   */
    uint64_t picodollars;
    uint64_t part[TKC_N_UNIT]; /* of it, by unit                                                */
    tkc_cost_class cls;
    char why[240];        /* "" for exact; else reasons, "; " between them                      */
    tkc_price_model model; /* what the name meant; its strings are NULL when unpriced           */
    const tkc_price_row *row; /* the prices used; NULL for a record that is not billed          */
    tkc_moment when;
} tkc_cost;

/* TKC_OK also for a record that is unpriced: cls and why say so. TKC_E_LIMIT: more than 64 bits
 * of picodollars (18 million dollars) for one record; TKC_E_ARG: now is not set. */
TKC_API TKC_MUST_USE tkc_status tkc_cost_of(const tkc_prices *p, const tkc_usage *u,
                                            const tkc_cost_options *opt, tkc_cost *out,
                                            tkc_error *err);

#ifdef __cplusplus
}
#endif
#endif
