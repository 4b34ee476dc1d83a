/* summarise_impl.h - between summarise.c (which sentences), summarise_voice.c (how they read) and summarise_memory.c
 * (what they say). */
#ifndef TKC_OPTIMIZER_TEXT_SUMMARISE_IMPL_H
#define TKC_OPTIMIZER_TEXT_SUMMARISE_IMPL_H

#include "optimizer/text/guard_known.h"
#include "optimizer/text/summarise_memory.h"

/* Who speaks to whom; you is empty where it is not known. */
typedef struct summary_voice {
    tkc_str me, you;
} summary_voice;

/* What a sentence is, by its first words and its end. */
typedef struct summary_manner {
    bool question, first_person, request, decision;
} summary_manner;

/* Takes off what only holds a talk together ("Well, ", ", you know"): the span that is left, empty
 * where nothing is. Negations stay. */
void summary_trim(tkc_str sentence, size_t *begin, size_t *end);
summary_manner summary_manner_of(tkc_str sentence);
/* Appends the sentence in the third person, its first letter a capital. */
tkc_status summary_third_person(tkc_str sentence, const summary_voice *v, tkc_buf *out, tkc_error *err);

/* What a sentence says, wherever it stands. */
typedef struct summary_sentence {
    uint32_t begin, end; /* of its bytes, openers and closers off; equal: nothing is left */
    uint32_t first, n;   /* items of the memory: term t as 2 t, fact f as 2 f + 1 */
    uint32_t tokens;     /* as it stands in a summary; of one with at least two items, as others are no candidates */
    uint32_t n_said;     /* bytes of memory.said from `said` on, which say it there; 0: its own do */
    size_t said;
    summary_manner manner;
    bool foreign; /* some of it is of another language than English */
} summary_sentence;

/* A sentence that was read before; its key in memory.text. */
typedef struct summary_kept {
    uint64_t hash;
    uint32_t key, n_key;
    summary_sentence sentence;
} summary_kept;

/* Fact keys to numbers: open addressing. */
typedef struct fact_ids {
    uint64_t *key; /* 0: free */
    uint32_t *id;
    size_t n, cap;
} fact_ids;

typedef struct summary_fact {
    uint32_t call; /* the last one in which a turn said it */
    uint8_t kind;
} summary_fact;

struct tkc_summary_memory {
    const tkc_allocator *alloc;
    bool keeps;       /* false: it is of one call, in which hardly a sentence comes twice */
    uint32_t call;    /* which one this is, from 1 */
    tkc_guard *guard; /* whose readings are shared; may be NULL */
    tkc_terms *terms; /* its own, or made by the first call */
    tkc_term_list list;
    tkc_facts facts;
    uint32_t *item;
    size_t n_item, cap_item;
    uint32_t n_read, *read_in; /* sentences whose items were read; by item: the last one of them that has it, from 1 */
    size_t cap_read_in;
    uint8_t *talk; /* by term: whether it is a word of talk */
    size_t cap_talk;
    fact_ids fact;
    summary_fact *told; /* by fact number */
    size_t cap_told;
    summary_kept *kept;
    size_t n_kept, cap_kept;
    uint32_t *slot; /* kept + 1; 0: free */
    size_t n_slot;  /* a power of two, at least twice n_kept */
    tkc_buf text, key;     /* of those kept; of the one asked about */
    tkc_buf said;          /* how they read, of those that read otherwise in a summary */
    uint32_t *asked;       /* its place */
    uint64_t asked_hash;
};

void summary_memory_init(tkc_summary_memory *m, const tkc_allocator *alloc);
void summary_memory_release(tkc_summary_memory *m);
/* Whether the sentence was read before, said by the same to the same; how: a number for what else matters. */
tkc_status summary_recall(tkc_summary_memory *m, tkc_str s, const summary_voice *v, unsigned how, summary_sentence *x, bool *known,
                          tkc_error *err);
/* The one that was asked about last says x. */
tkc_status summary_remember(tkc_summary_memory *m, const summary_sentence *x, tkc_error *err);
/* Adds the items of s: x->first, x->n. */
tkc_status summary_items(tkc_summary_memory *m, tkc_str s, summary_sentence *x, tkc_error *err);
/* Where a key, which is not 0, stands, or would; there is room. */
size_t summary_fact_place(const fact_ids *f, uint64_t key);

#endif
