/*
 * tables.h - the tables of a vocabulary that is being compiled, and the steps that make them, in
 * their order: each stands on those before. Inside vocab/compile/ only; compile.h is the way in.
 */
#ifndef TKC_VOCAB_COMPILE_TABLES_H
#define TKC_VOCAB_COMPILE_TABLES_H

#include "vocab/compile/ready_make.h"
#include "vocab/vocab_builder.h"

/* The tables under construction. */
typedef struct tkc_tables {
    const tkc_builder *b;
    const tkc_allocator *alloc;
    tkc_vocab v; /* points into the arrays below */

    /* tokens.c */
    size_t n_all, cap_all;
    uint32_t *offset;
    char *bytes;
    size_t n_bytes, cap_bytes;
    uint8_t *type, *in_model; /* in_model: not 0 where the model looks the token up */
    double *score;
    uint32_t *hash;
    size_t n_hash;
    uint64_t *token_filter; /* n_token_filter words */
    size_t n_token_filter;
    uint32_t byte_id[256];

    /* pairs.c */
    uint64_t *pair;
    size_t n_pair_slots, n_near_slots;
    tkc_partners *partners;
    size_t n_partners;
    uint32_t *result, *prio;
    size_t n_merges;

    /* cuts.c */
    uint64_t *join;
    size_t n_join;
    uint64_t *cuts; /* n_cuts words */
    size_t n_cuts;

    /* unreachable.c */
    uint32_t *unreachable;
    size_t n_unreachable, cap_unreachable;

    tkc_ready ready; /* ready_make.h */
} tkc_tables;

/* Points t->v at the arrays as they are now; to be called when one of them has moved or grown. */
void tkc_tables_view(tkc_tables *t);

/* tokens.c: bytes, types and scores by id, the hash with its filter, pseudo tokens, bytes' ids. */
TKC_MUST_USE tkc_status tkc_tables_tokens(tkc_tables *t, tkc_error *err);
/* pairs.c: what merges, to what, and what first. */
TKC_MUST_USE tkc_status tkc_tables_pairs(tkc_tables *t, tkc_error *err);
/* cuts.c: where a text may be cut before it is merged. */
TKC_MUST_USE tkc_status tkc_tables_cuts(tkc_tables *t, tkc_error *err);
/* unreachable.c: which tokens merging does not build. */
TKC_MUST_USE tkc_status tkc_tables_unreachable(tkc_tables *t, tkc_error *err);
/* image.c: all of it, as compiled_format.h has it, into an empty out. */
TKC_MUST_USE tkc_status tkc_tables_write(const tkc_tables *t, tkc_buf *out, tkc_error *err);

#endif
