/*
 * fuzz_facts.c - any bytes as a text to read facts of: facts in order, inside the text, each in a
 * clause that holds it; clauses cover the text; a second reading finds the same, and so do its blocks.
 */
#include "tests/fuzz/fuzz_support.h"

#include "tests/support/fact_blocks.h"

static void check_blocks(tkc_str t)
{
    size_t n;
    const char *wrong = tkt_compare_blocks(t, &n);
    if (wrong) fprintf(stderr, "%s\n", wrong);
    NEED(!wrong);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tkc_facts f, g;
    tkc_error err = {0};
    tkc_str t = {(const char *)data, size};
    size_t at = 0;
    tkc_facts_init(&f, NULL);
    tkc_facts_init(&g, NULL);
    NEED(tkc_facts_read(&f, t, &err) == TKC_OK);
    NEED(tkc_facts_read(&g, t, &err) == TKC_OK && f.n == g.n && f.n_clause == g.n_clause);
    for (size_t c = 0; c < f.n_clause; c++) {
        NEED(f.clause[c].begin == at && f.clause[c].end >= at);
        at = f.clause[c].end;
    }
    NEED(at == size);
    at = 0;
    for (size_t i = 0; i < f.n; i++) {
        const tkc_fact *x = &f.fact[i];
        NEED(x->begin >= at && x->begin < x->end && x->end <= size && x->clause < f.n_clause && x->kind < TKC_N_FACT);
        NEED(x->key == g.fact[i].key && x->begin >= f.clause[x->clause].begin);
        NEED((size_t)x->value + x->n_value <= f.text.len && (size_t)x->unit + x->n_unit <= f.text.len);
        at = x->begin;
    }
    check_blocks(t);
    tkc_facts_release(&f);
    tkc_facts_release(&g);
    return 0;
}
