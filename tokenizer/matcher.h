/*
 * matcher.h - longest of a set of strings at a place in a text; a trie.
 *
 * For added tokens ("<|im_end|>") and for SentencePiece's user-defined pieces. Immutable
 * after it was built.
 */
#ifndef TKC_TOKENIZER_MATCHER_H
#define TKC_TOKENIZER_MATCHER_H

#include "vocab/base/common.h"

typedef struct tkc_matcher_node {
    uint32_t value; /* caller's number + 1 where a string ends, 0 else */
    uint32_t child; /* first child, 0: none */
    uint32_t next;  /* next sibling, 0: none */
    unsigned char byte;
} tkc_matcher_node;

enum { TKC_MATCHER_FEW = 4 };

typedef struct tkc_matcher {
    const tkc_allocator *alloc;
    tkc_matcher_node *node; /* node[0] is the root's head and unused as a node */
    size_t n_node, cap_node;
    uint32_t first[256];    /* node of each first byte, 0: none */
    size_t n_string;
    unsigned char few[TKC_MATCHER_FEW]; /* the first of the different first bytes */
    unsigned n_first;       /* of those, also where they are more */
} tkc_matcher;

void tkc_matcher_init(tkc_matcher *m, const tkc_allocator *alloc);
void tkc_matcher_release(tkc_matcher *m);
/* s is not empty; of two equal strings the first stays. */
TKC_MUST_USE tkc_status tkc_matcher_add(tkc_matcher *m, tkc_str s, uint32_t value,
                                        tkc_error *err);
/* Strings that begin with c are not found any more. */
void tkc_matcher_forget(tkc_matcher *m, unsigned char c);
/* Longest string that s starts with: true, its value and its length. */
bool tkc_matcher_at(const tkc_matcher *m, const char *s, size_t len, uint32_t *value,
                    size_t *match_len);
/* First place at or after from where a string starts; len if there is none. */
size_t tkc_matcher_find(const tkc_matcher *m, tkc_str s, size_t from, uint32_t *value,
                        size_t *match_len);

#endif
