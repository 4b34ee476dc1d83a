/* passes.c - the table of passes.def. */
#include "optimizer/passes/pass.h"

#include <string.h>

#define PASS(name, lane, flags, summary) \
    static const tkc_pass pass_##name = {#name, summary, TKC_LANE_##lane, flags, tkc_pass_run_##name};
#include "optimizer/passes/passes.def"
#undef PASS

static const tkc_pass *const table[] = {
#define PASS(name, lane, flags, summary) &pass_##name,
#include "optimizer/passes/passes.def"
#undef PASS
};

const tkc_pass *tkc_pass_at(size_t i)
{
    return i < sizeof table / sizeof *table ? table[i] : NULL;
}

const tkc_pass *tkc_pass_find(const char *name)
{
    const tkc_pass *pass;
    for (size_t i = 0; (pass = tkc_pass_at(i)) != NULL; i++)
        if (strcmp(pass->name, name) == 0) return pass;
    return NULL;
}
