/*
 * passes.h - which passes there are; what one is to who writes it is pass.h.
 */
#ifndef TKC_OPTIMIZER_PASSES_H
#define TKC_OPTIMIZER_PASSES_H

#include "vocab/base/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Lossless: the same said in fewer tokens. Lossy: something is left out. */
typedef enum tkc_lane { TKC_LANE_LOSSLESS = 0, TKC_LANE_LOSSY } tkc_lane;

enum {
    TKC_PASS_STABLE = 1 << 0,   /* prefix-stable, in what a model reads: not in cache marks */
    TKC_PASS_REORDERS = 1 << 1, /* parts may change places */
    TKC_PASS_GROWS = 1 << 2,    /* adds what no model reads (cache marks) */
    TKC_PASS_ON_BUDGET = 1 << 3,/* runs by itself only while the request is above the budget */
    TKC_PASS_NAMED = 1 << 4,    /* runs only if the plan asks for it */
    TKC_PASS_REPEATS = 1 << 5,  /* is run again while the request is above the budget, if that helps */
    TKC_PASS_GUARDED = 1 << 6,  /* asks the guard about each cut itself, so that the frame need not */
    TKC_PASS_SETTLES = 1 << 7,  /* is run again until it finds nothing more */
    TKC_PASS_CHOOSES = 1 << 8   /* leaves out material that was found, not said, and cites it: the guard holds none of it */
};

typedef struct tkc_pass_ctx tkc_pass_ctx;

typedef struct tkc_pass {
    const char *name;
    const char *summary; /* one line, for --help and the manual */
    tkc_lane lane;
    unsigned flags;
    tkc_status (*run)(tkc_pass_ctx *c, tkc_error *err);
} tkc_pass;

/* In the order in which they run; NULL after the last. */
TKC_API const tkc_pass *tkc_pass_at(size_t i);
/* NULL: there is none of this name. */
TKC_API const tkc_pass *tkc_pass_find(const char *name);

#ifdef __cplusplus
}
#endif

#endif
