/*
 * recipes.h - what a published vocabulary has beyond the bytes of its source file.
 *
 * A .tiktoken file holds ranks, a SentencePiece model no BOS rule, a tekken file only some
 * of its names. The row of recipes.c for the encoding adds the split pattern, the added
 * tokens and what goes around a text. A recipe can also derive one vocabulary from another
 * (OLMo 2 is cl100k's ranks with another pattern and names).
 */
#ifndef TKC_VOCAB_RECIPES_H
#define TKC_VOCAB_RECIPES_H

#include "vocab/vocab_builder.h"

typedef struct tkc_recipe_added {
    uint32_t id;
    uint32_t count;      /* 1, or how many ids in a row: content then has one %u */
    const char *content; /* printf format when count > 1 */
    uint32_t first;      /* number for the first %u */
    uint32_t flags;      /* TKC_ADDED_* */
} tkc_recipe_added;

typedef struct tkc_recipe {
    const char *name;             /* encoding */
    const char *pattern;          /* split regex; NULL: as the file says */
    const tkc_recipe_added *added; /* ends with content NULL; NULL: as the file says */
    uint32_t before;              /* BOS id or TKC_NO_ID */
    uint32_t normalizer;          /* tkc_op_kind without arguments, 0: as the file says */
} tkc_recipe;

/* By encoding name; NULL if there is none. */
const tkc_recipe *tkc_recipe_find(const char *name);

/* Puts the recipe over what the reader found. */
TKC_MUST_USE tkc_status tkc_recipe_apply(const tkc_recipe *r, tkc_builder *b, tkc_error *err);

/* A split regex for a rank file, as tiktoken runs it: gaps between matches are dropped. */
TKC_MUST_USE tkc_status tkc_recipe_pattern(tkc_builder *b, const char *pattern, tkc_error *err);

#endif
