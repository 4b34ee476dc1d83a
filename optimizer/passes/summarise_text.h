/* summarise_text.h - the turns of a request to text/summarise.h, by the plan. */
#ifndef TKC_OPTIMIZER_PASSES_SUMMARISE_TEXT_H
#define TKC_OPTIMIZER_PASSES_SUMMARISE_TEXT_H

#include "optimizer/fit/plan.h"

typedef struct tkc_sum_turn {
    const char *speaker;
    tkc_str text;
} tkc_sum_turn;

/* The line over a summary; without a number, which would change with every call. */
#define TKC_SUMMARY_HEAD "[Summary of earlier messages]\n"
/* Its bytes at the beginning of a text, 0 where it has none. It is the frame's, nothing that was said. */
size_t tkc_summary_head(tkc_str text);

/* Appends a summary of at most budget tokens to out. memory: text/summarise.h; may be NULL. previous: the first turn is a summary, whose
 * bytes stay in front. facts: "3 of 5 numbers, ..." into the caller's array. */
TKC_MUST_USE tkc_status tkc_summarise_turns(const tkc_plan *plan, tkc_summary_memory *memory, const tkc_sum_turn *turn, size_t n,
                                            size_t budget, tkc_str previous, tkc_buf *out, char *facts, size_t cap, tkc_error *err);

#endif
