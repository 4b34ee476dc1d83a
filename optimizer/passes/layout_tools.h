/* layout_tools.h - the tools of a request in their new order, as the layout pass wants them. */
#ifndef TKC_OPTIMIZER_PASSES_LAYOUT_TOOLS_H
#define TKC_OPTIMIZER_PASSES_LAYOUT_TOOLS_H

#include "optimizer/passes/pass.h"

/* The last tool that a cache mark can go behind; SIZE_MAX: there is none. */
size_t tkc_layout_last_tool(const tkc_request *r);
/* Tools sorted by name, and their "required" lists, if the plan allows that and nothing of them is in
 * the cache; without their cache marks if drop is set; mark (JSON; empty: none) goes behind the last. */
TKC_MUST_USE tkc_status tkc_layout_tools(tkc_pass_ctx *c, bool drop, tkc_str mark, tkc_error *err);

#endif
