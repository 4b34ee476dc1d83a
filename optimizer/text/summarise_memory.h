/* summarise_memory.h - what summaries of nearly the same turns have read, kept between them. */
#ifndef TKC_OPTIMIZER_TEXT_SUMMARISE_MEMORY_H
#define TKC_OPTIMIZER_TEXT_SUMMARISE_MEMORY_H

#include "optimizer/text/guard.h"
#include "optimizer/text/summarise.h"

/* What was read of sentences. Calls that are given the same one read no sentence twice, whatever the turns around it, and
 * say the same as without. One encoder and one thread a memory; of 8 MB of sentences it keeps what they say. guard: NULL, or one,
 * of English, that reads the same texts: what either has read of facts and stems the other need not. It must outlive the memory. */
TKC_MUST_USE tkc_status tkc_summary_memory_new(tkc_summary_memory **out, tkc_guard *guard, const tkc_allocator *alloc, tkc_error *err);
void tkc_summary_memory_free(tkc_summary_memory *m); /* NULL is fine */

#endif
