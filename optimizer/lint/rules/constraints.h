/*
 * constraints.h - what a sentence demands of an answer, for TC402.
 *
 * How many of a thing (with its scope: "each paragraph"), what has to be in or must not be, which words
 * begin or end, which language, format, case, tone. What a manual says of a program demands nothing.
 */
#ifndef TKC_OPTIMIZER_LINT_RULES_CONSTRAINTS_H
#define TKC_OPTIMIZER_LINT_RULES_CONSTRAINTS_H

#include "optimizer/lint/lint_impl.h"

enum { MAX_TOKENS = 96, MAX_CONSTRAINTS = 600, WORD = 24, MAX_OBJECT = 8 };

/* A word or a mark of the sentence read last. */
typedef struct constraint_token {
    uint32_t begin, end; /* of the sentence */
    char w[WORD];        /* lower case; "" when longer; one mark as itself */
    uint32_t term;
    bool is_stop, is_word, in_quote;
} constraint_token;

typedef enum constraint_kind {
    CON_COUNT,
    CON_MUST,
    CON_MUST_NOT,
    CON_BEGIN,
    CON_END,
    CON_LANGUAGE,
    CON_ONLY_LANGUAGE,
    CON_FORMAT,
    CON_STYLE,
    CON_PLACE,
    CON_PART,
    CON_INCLUDE,
    CON_EXCLUDE,
    CON_ORDER
} constraint_kind;

typedef struct constraint {
    uint8_t kind;
    int8_t pole;        /* style, place, part, order: which of two */
    uint16_t what;      /* unit, language, format, axis */
    uint32_t sentence;  /* index */
    uint64_t object;    /* hash of quoted words, of a scope's owner */
    uint32_t scope;     /* 0: the whole; else hash of "each paragraph", "first sentence" */
    uint64_t lo, hi;
    uint32_t q_begin, q_end; /* quoted words, in the sentence */
    uint32_t term[MAX_OBJECT], n_term;
    bool each;
} constraint;

typedef struct constraint_reader {
    tkc_linter *l;
    constraint_token t[MAX_TOKENS];
    size_t n;
    tkc_str text;
    constraint *found; /* MAX_CONSTRAINTS, the caller's */
    size_t n_found;
    uint32_t sentence;
} constraint_reader;

/* Those of the next sentence, the index-th, behind the others. An indented one is a case of what stands above
 * it, so it is no order to all. */
void lint_read_constraints(constraint_reader *r, tkc_str sentence, uint32_t index, bool is_indented);

#endif
