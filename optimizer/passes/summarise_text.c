/* summarise_text.c - see the header. */
#include "optimizer/passes/summarise_text.h"

#include "optimizer/text/summarise.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdio.h>
#include <string.h>

size_t tkc_summary_head(tkc_str text)
{
    const size_t n = sizeof TKC_SUMMARY_HEAD - 1;
    return text.len >= n && memcmp(text.ptr, TKC_SUMMARY_HEAD, n) == 0 ? n : 0;
}

/* What the summary kept of what was said, the kinds that occurred. */
static void list_facts(const tkc_summary *s, char *facts, size_t cap)
{
    size_t n = 0;
    facts[0] = '\0';
    for (int k = 0; k < TKC_N_FACT && n + 1 < cap; k++)
        if (s->facts_said[k]) {
            int more = snprintf(facts + n, cap - n, "%s%zu of %zu %s", n ? ", " : "", s->facts_kept[k], s->facts_said[k],
                                tkc_fact_kind_name((tkc_fact_kind)k));
            if (more < 0 || (size_t)more >= cap - n) break;
            n += (size_t)more;
        }
    if (!n) snprintf(facts, cap, "there were none");
}

tkc_status tkc_summarise_turns(const tkc_plan *plan, tkc_summary_memory *memory, const tkc_sum_turn *turn, size_t n,
                               size_t budget, tkc_str previous, tkc_buf *out, char *facts, size_t cap, tkc_error *err)
{
    const tkc_allocator *alloc = tkc_allocator_or_default(plan->alloc);
    tkc_summarise_options o = {.struct_size = sizeof o, .budget = budget, .query = plan->query, .fill = true,
                               .previous = previous, .n_previous = previous.len ? 1 : 0,
                               .external = plan->summarise, .external_ctx = plan->summarise_ctx, .memory = memory};
    tkc_said *said = tkc_alloc(alloc, n, sizeof *said);
    tkc_summary s;
    tkc_status st;
    if (!said) return tkc_nomem(err);
    for (size_t i = 0; i < n; i++) said[i] = (tkc_said){{turn[i].speaker, strlen(turn[i].speaker)}, turn[i].text};
    if (previous.len) said[0].speaker = (tkc_str){"", 0};
    tkc_summary_init(&s, alloc);
    st = tkc_summarise(plan->target.encoder, said, n, &o, &s, err);
    if (!st) {
        list_facts(&s, facts, cap);
        st = tkc_buf_append(out, s.text.ptr, s.text.len, err);
    }
    tkc_summary_release(&s);
    tkc_free(alloc, said, n, sizeof *said);
    return st;
}
