/*
 * rank.h - documents in the order in which they answer a query.
 *
 * BM25 over stems, the title counted twice, then two things that use the collection itself and
 * no model: documents much like the best ones gain from them (scores are smoothed over nearest
 * neighbours), and the query is widened by the terms of the best five (Rocchio's pseudo
 * feedback), then all is scored again. Stop words are in neither documents nor queries.
 *
 * A tkc_ranker is for one thread. Ties keep the order in which documents were added, so the
 * answer is the same on every run.
 */
#ifndef TKC_OPTIMIZER_TEXT_RANK_H
#define TKC_OPTIMIZER_TEXT_RANK_H

#include "vocab/base/common.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tkc_ranker tkc_ranker;

enum {
    TKC_RANK_PLAIN = 1 << 0 /* BM25 alone */
};

typedef struct tkc_rank_options {
    size_t struct_size;   /* sizeof(tkc_rank_options) */
    unsigned flags;       /* TKC_RANK_* */
    const char *language; /* of the stemmer; NULL: english; "none" */
    uint64_t seed;        /* of a hash table; changes no answer */
} tkc_rank_options;

typedef struct tkc_ranked {
    uint32_t document; /* from 0, in the order added */
    double score;      /* above 0; comparable within one query only */
} tkc_ranked;

/* opt may be NULL. TKC_E_NOTFOUND: no such language. */
TKC_API TKC_MUST_USE tkc_status tkc_ranker_new(tkc_ranker **out, const tkc_rank_options *opt,
                                               const tkc_allocator *alloc, tkc_error *err);
TKC_API void tkc_ranker_free(tkc_ranker *r); /* NULL is fine */
/* Copies what it needs; title may be empty. On failure r is as it was. TKC_E_LIMIT: above
 * 2^32 - 1 documents. */
TKC_API TKC_MUST_USE tkc_status tkc_ranker_add(tkc_ranker *r, tkc_str title, tkc_str text, tkc_error *err);
/* The best, at most cap, best first; documents that share no term with the query (nor with its
 * feedback) are not there. *n: how many. Documents may be added afterwards; the next query then
 * indexes again. */
TKC_API TKC_MUST_USE tkc_status tkc_ranker_query(tkc_ranker *r, tkc_str query, tkc_ranked *out, size_t cap,
                                                 size_t *n, tkc_error *err);

/* Words that only frame a question ("what did the group discuss", "summarise"): folded. They
 * say what to do with the answer and not where it stands. */
TKC_API bool tkc_is_framing_word(tkc_str folded);

#ifdef __cplusplus
}
#endif

#endif
