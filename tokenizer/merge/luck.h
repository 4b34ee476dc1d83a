/*
 * luck.h - whether asking is still worth it: for what is quick to find if it is there, in memory far away,
 * and can be found out otherwise. Changes speed, never an answer.
 *
 * Of text that is written every second new piece is a token; of random letters one in fifty is, and a
 * look at two lines of the cache that nobody has touched costs as much as a third of merging. Where
 * fewer than one in LUCK are found, only one in TRY is asked for.
 */
#ifndef TKC_TOKENIZER_LUCK_H
#define TKC_TOKENIZER_LUCK_H

#include <stdbool.h>

enum { TKC_LUCK = 12, TKC_LUCK_MOST = 128, TKC_LUCK_TRY = 16 };

typedef struct tkc_luck {
    unsigned left, skipped;
} tkc_luck;

static inline tkc_luck tkc_luck_new(void)
{
    return (tkc_luck){TKC_LUCK_MOST, 0};
}

static inline bool tkc_luck_may_ask(tkc_luck *k)
{
    if (k->left) return true;
    k->skipped = (k->skipped + 1) % TKC_LUCK_TRY;
    return !k->skipped;
}

static inline void tkc_luck_has_asked(tkc_luck *k, bool found)
{
    if (found) k->left = k->left < TKC_LUCK_MOST - TKC_LUCK ? k->left + TKC_LUCK : TKC_LUCK_MOST;
    else if (k->left) k->left--;
}

#endif
