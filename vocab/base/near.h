/*
 * near.h - the names that a misspelt one may have meant, for messages.
 *
 *   tkc_near near = {.wanted = "cuont"};
 *   for (each name) tkc_near_offer(&near, name);
 *   if (near.n) "did you mean near.name[0]?"
 *
 * Near is what begins with what was written, and what a few slips turn into it: a character more, less or
 * another one, two in each other's place; one slip for every three characters of the longer name. A name
 * that is only the least far is no help.
 */
#ifndef TKC_VOCAB_BASE_NEAR_H
#define TKC_VOCAB_BASE_NEAR_H

#include "vocab/base/common.h"

enum { TKC_NEAR_MAX = 3 };

typedef struct tkc_near {
    const char *wanted;             /* borrowed, as the names are */
    const char *name[TKC_NEAR_MAX]; /* those begun first, then the nearest; of equals the first offered */
    size_t distance[TKC_NEAR_MAX];  /* slips; 0 of a name begun */
    size_t n;
} tkc_near;

/* Keeps name if it is near and among the nearest. Case does not count; of long names the first 63 bytes. */
void tkc_near_offer(tkc_near *near, const char *name);

#endif
