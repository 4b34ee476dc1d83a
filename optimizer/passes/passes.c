/* passes.c - the table of passes.def. */
#include "optimizer/passes/pass.h"

#include <string.h>

#define PASS(name, lane, flags, summary) \
    static const tkc_pass pass_##name = {#name, summary, TKC_LANE_##lane, flags, tkc_pass_run_##name};
#include "optimizer/passes/passes.def"
#undef PASS

const tkc_pass *const tkc_pass_table[] = {
#define PASS(name, lane, flags, summary) &pass_##name,
#include "optimizer/passes/passes.def"
#undef PASS
};
const size_t tkc_n_pass = sizeof tkc_pass_table / sizeof *tkc_pass_table;

const tkc_pass *tkc_pass_find(const char *name)
{
    for (size_t i = 0; i < tkc_n_pass; i++)
        if (strcmp(tkc_pass_table[i]->name, name) == 0) return tkc_pass_table[i];
    return NULL;
}
