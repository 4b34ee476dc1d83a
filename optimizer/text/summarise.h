/*
 * summarise.h - a conversation in fewer tokens, in its own words.
 *
 * Extractive: whole sentences of the turns, in their order, each with who said it, within a budget
 * of exact tokens. A sentence is worth the terms it says that much of the conversation is about,
 * the facts (facts.h) nobody said yet, and more where it opens a topic, asks for or decides
 * something; what is said already counts half each time. Chosen greedily by worth per token, which
 * for such worths is never far from the best choice. No pairwise graph: linear in the text, n log n
 * in the sentences, so a history of 10 million tokens is summarised too.
 *
 * Unless verbatim, or in another language than English, a sentence is put into the third person and loses what only holds a talk
 * together, so that it can stand alone and be shorter: "Well, I think you should quit." of Ann to
 * Bob is "Ann thinks Bob should quit." Only "I", "me", "my" and, where two people talk, "you" and
 * "your" are replaced, and the verb that agrees; every other word is the speaker's. English only:
 * sentences in other languages stay as they are.
 *
 * What a summary leaves out it loses. It says how many facts of each kind it kept, and
 * tkc_guard_compare() says which are gone. The same input gives the same bytes everywhere.
 */
#ifndef TKC_OPTIMIZER_TEXT_SUMMARISE_H
#define TKC_OPTIMIZER_TEXT_SUMMARISE_H

#include "optimizer/text/facts.h"
#include "tokenizer/tokenizer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tkc_said {
    tkc_str speaker; /* "Ann", "user"; empty: nobody is named */
    tkc_str text;
} tkc_said;

/* A summary of the same turns by other means (a model), appended to out. Its text is taken if it
 * holds the budget and states no fact that the turns do not (tkc_guard_invented()), else ours is. A
 * status other than TKC_OK ends tkc_summarise() with it. */
typedef tkc_status (*tkc_summarise_fn)(void *ctx, const tkc_said *turn, size_t n, size_t budget,
                                       tkc_buf *out, tkc_error *err);

typedef struct tkc_summary_memory tkc_summary_memory; /* summarise_memory.h: inside the library */

typedef struct tkc_summarise_options {
    size_t struct_size; /* sizeof(tkc_summarise_options)                                          */
    size_t budget;      /* tokens of the whole summary, by the encoder given                      */
    tkc_str query;      /* what the summary is wanted for; may be empty                           */
    bool verbatim;      /* sentences byte for byte, behind "speaker: "                            */
    bool fill;          /* use the whole budget; else stop where a sentence says less than 2/5 of
                           what the first one did for each token                                  */
    tkc_str previous;   /* a summary of the first n_previous turns, whose bytes stay in front, so
                           that a cached prefix stays whole; sentences of the later turns follow.
                           Where none fits, all is summarised anew in 3/4 of the budget, so that
                           the next calls have room (summary.renewed)                              */
    size_t n_previous;
    tkc_summarise_fn external; /* may be NULL */
    void *external_ctx;
    tkc_summary_memory *memory; /* NULL: of this call alone                                       */
} tkc_summarise_options;

/* A sentence that was taken: its bytes in its turn. */
typedef struct tkc_summary_pick {
    size_t turn, begin, end;
} tkc_summary_pick;

typedef struct tkc_summary {
    tkc_buf text;
    size_t tokens; /* exact */
    tkc_summary_pick *pick;
    size_t n_pick, cap_pick;
    size_t facts_said[TKC_N_FACT], facts_kept[TKC_N_FACT]; /* different ones: of the turns read; of the
                           sentences picked, and of what else the summary holds */
    bool renewed;  /* previous was given and could not stay */
    bool external; /* the text is the external one           */
    bool refused;  /* the external one was refused           */
    const tkc_allocator *alloc;
} tkc_summary;

TKC_API void tkc_summary_init(tkc_summary *s, const tkc_allocator *alloc);
TKC_API void tkc_summary_release(tkc_summary *s);

/* Forgets what out held. A budget too small for any sentence gives the beginning of the best one,
 * a budget of 0 the empty text. TKC_E_LIMIT: a turn above 2 GB, 2^32 - 1 sentences. TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_summarise(tkc_encoder *enc, const tkc_said *turn, size_t n,
                                              const tkc_summarise_options *opt, tkc_summary *out, tkc_error *err);

#ifdef __cplusplus
}
#endif

#endif
