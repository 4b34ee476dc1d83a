/*
 * special_tokens.h - finds added tokens before anything else looks at the text.
 *
 * The rules are those of the Hugging Face engine: leftmost-longest over all added tokens of
 * the pass, then per match: a control token counts only where the text is trusted (else its
 * bytes are text, and the search goes on behind them), single_word looks at the neighbours,
 * lstrip and rstrip take the blanks around. Two passes: tokens not marked "normalized" on
 * the raw text, the others on the normalized text.
 */
#ifndef TKC_TOKENIZER_SPECIAL_TOKENS_H
#define TKC_TOKENIZER_SPECIAL_TOKENS_H

#include "tokenizer/matcher.h"
#include "vocab/vocab_tables.h"

/* Where control tokens may be matched: sorted, disjoint source ranges. all overrides. */
typedef struct tkc_trust {
    const size_t *range; /* begin, end, begin, end, ... */
    size_t n;            /* pairs */
    bool all;
} tkc_trust;

/* The next added token at or after from. Returns false when there is none. On true:
 * *added, and [*begin, *end) of text with the stripped blanks in it. floor: where the last
 * match ended; lstrip goes no further back. */
bool tkc_special_next(const tkc_vocab *v, const tkc_matcher *m, const tkc_text *text, size_t from,
                      const tkc_trust *trust, const tkc_added **added, size_t *begin,
                      size_t *end);

#endif
