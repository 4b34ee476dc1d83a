/* compare.h - two texts compared by all their words, and one with many. */
#ifndef TKC_OPTIMIZER_TEXT_DEDUPE_COMPARE_H
#define TKC_OPTIMIZER_TEXT_DEDUPE_COMPARE_H

#include "optimizer/text/dedupe.h"

enum { TKC_COPY_FEW_WORDS = 16 }; /* below, one common key will do, and no containment is seen */

/* The words of a text in order, and its neighbouring pairs of them, once asked for. */
typedef struct tkc_word_bag {
    const uint64_t *hash;
    size_t n;
    uint64_t *own, *pair; /* own: the words where nobody had kept them */
    size_t cap_own, cap_pair;
    bool has_pairs;
} tkc_word_bag;

/* kept: its words where they are known; else hash NULL. */
TKC_MUST_USE tkc_status tkc_bag_fill(tkc_word_bag *g, tkc_str text, tkc_words_kept kept, size_t n_word,
                                     const tkc_allocator *a, tkc_error *err);
void tkc_bag_release(tkc_word_bag *g, const tkc_allocator *a);

/* How often each of some values occurs. Open addressing by the value, which is a hash; count 0: free. */
typedef struct tkc_tally {
    struct tallied {
        uint64_t value;
        uint32_t count, left; /* left: the same, but while others are compared with them */
    } *slot;
    uint32_t *taken; /* slots, while others are compared with them */
    size_t cap_taken;
    size_t n_slot, cap; /* n_slot a power of two, more than n */
    bool is_made;
} tkc_tally;

/* A text that others are compared with. */
typedef struct tkc_compared {
    tkc_word_bag bag;
    tkc_tally words, pairs;
} tkc_compared;

TKC_MUST_USE tkc_status tkc_compared_begin(tkc_compared *c, tkc_str text, tkc_words_kept kept, size_t n_word,
                                           const tkc_allocator *a, tkc_error *err);
void tkc_compared_release(tkc_compared *c, const tkc_allocator *a);

/* Whether texts of so many words, at most `both` of them in common, can be copies at all. */
bool tkc_may_be_copies(size_t first, size_t later, size_t both, double threshold);
/* b is the later one. */
TKC_MUST_USE tkc_status tkc_compared_judge(tkc_word_bag *a, tkc_compared *b, double threshold, tkc_match *m,
                                           const tkc_allocator *alloc, tkc_error *err);

#endif
