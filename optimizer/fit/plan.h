/*
 * plan.h - what a request may be made smaller by, and what must stay.
 *
 * Two lanes that are never mixed silently. Lossless passes say the same in fewer tokens.
 * Lossy ones leave something out: they run when the plan names them or has a budget that the
 * request is still above, and the report says which they were.
 */
#ifndef TKC_OPTIMIZER_PLAN_H
#define TKC_OPTIMIZER_PLAN_H

#include "optimizer/cache/rules.h"
#include "optimizer/count/count_request.h"
#include "optimizer/text/pack.h"
#include "optimizer/text/summarise.h"

typedef struct tkc_plan {
    size_t struct_size;       /* sizeof(tkc_plan) */
    tkc_count_target target;  /* whose tokens; the encoder is used, so one thread */
    const char *const *pass;  /* names, in order; NULL: by lane, budget and the fields below */
    size_t n_pass;
    uint64_t budget;          /* tokens the whole request may have; 0: none */
    bool lossless;            /* lossless passes only */
    bool trim;                /* run trim, whatever the budget */
    uint64_t pack;            /* run pack: tokens that the retrieved chunks may have; 0: no */
    tkc_pack_options pack_by; /* how; its size and encoder are the frame's. 0: the defaults */
    tkc_str query;            /* for pack and summaries; empty: the last user turn */
    const tkc_str *protect;   /* PCRE2 patterns (^ and $ at lines); what matches stays, byte for byte */
    size_t n_protect;
    size_t keep_turns;        /* the last so many turns stay as they are in lossy passes, except
                                 retrieved chunks and what budget must cut [2] */
    size_t keep_examples;     /* trim: examples that stay; 0: all */
    bool keep_none;           /* keep_turns 0 is meant */
    bool allow_prefix_change; /* what stands before the last cache mark may change */
    size_t keep_prefix;       /* besides that: this many tokens from the beginning stay, as the
                                 provider has them in its cache; 0: none */
    unsigned waive;           /* TKC_GUARD_BIT (text/guard.h) of the kinds of fact that may be lost, which
                                 are listed all the same; ~0u: all. 0: no fact may, but those of chunks
                                 (pack) and examples (keep_examples) that the plan asks to leave out */
    bool list_waived;         /* list them also where all kinds are waived, which costs reading both texts */
    bool no_waiver;           /* a budget that is missed: do not run the plan once more, without the guard, to say
                                 what waiving would give (tkc_fitting.waived_tokens, would) */
    bool no_hunks;            /* nobody reads the changes: a hunk has no path, line, old text and tokens then */
    bool sort_tools;          /* layout: the order of tools and of system blocks is free; runs layout */
    const tkc_cache_rule *rule; /* layout: the provider's; NULL: no marks */
    double call_gap;          /* layout: mean seconds between calls; 0: not known */
    const double *gap;        /* layout: seconds between calls as they were seen, instead of the mean */
    size_t n_gap;
    tkc_summarise_fn summarise; /* summarise: another summariser, guarded; may be NULL */
    void *summarise_ctx;
    const tkc_allocator *alloc; /* NULL: malloc */
} tkc_plan;

#endif
