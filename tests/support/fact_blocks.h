/* fact_blocks.h - a text read block by block (tkc_fact_blocks) states what it does as a whole. */
#ifndef TKT_FACT_BLOCKS_H
#define TKT_FACT_BLOCKS_H

#include "optimizer/text/facts.h"

/* NULL: it does; else what differs. *n: blocks. */
static inline const char *tkt_compare_blocks(tkc_str text, size_t *n)
{
    tkc_fact_blocks walk = tkc_fact_blocks_of(text);
    tkc_facts whole, block;
    tkc_error err;
    size_t begin, end, before = 0, clause = 0, at = 0;
    const char *wrong = NULL;
    tkc_facts_init(&whole, NULL);
    tkc_facts_init(&block, NULL);
    *n = 0;
    if (tkc_facts_read(&whole, text, &err)) wrong = "the text cannot be read";
    while (!wrong && tkc_fact_block_next(&walk, &begin, &end)) {
        if (begin < before || end <= begin || end > text.len) wrong = "blocks are not in order";
        if (tkc_facts_read(&block, (tkc_str){text.ptr + begin, end - begin}, &err)) wrong = "a block cannot be read";
        for (size_t i = 0; !wrong && i < block.n; i++, at++) {
            const tkc_fact *x = &block.fact[i], *y = &whole.fact[at];
            const tkc_clause *c = &block.clause[x->clause], *d = &whole.clause[y->clause];
            size_t clause_end = c->end + begin;
            if (clause_end == end && begin + block.open > end && end < text.len) clause_end++;
            if (at >= whole.n) wrong = "a block states more";
            else if (x->key != y->key || x->kind != y->kind) wrong = "another fact";
            else if (x->begin + begin != y->begin || x->end + begin != y->end) wrong = "a fact elsewhere";
            else if ((c->begin ? c->begin + begin : clause) != d->begin || clause_end != d->end) wrong = "another clause";
        }
        if (block.open) clause = begin + block.open;
        before = end;
        ++*n;
    }
    if (!wrong && at != whole.n) wrong = "the blocks state less";
    tkc_facts_release(&whole);
    tkc_facts_release(&block);
    return wrong;
}

#endif
