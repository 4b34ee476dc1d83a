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

/* The next added token at or after *search, which moves behind its bytes. Returns false when
 * there is none. On true: *added, and [*begin, *end) of text with the stripped blanks in it.
 * floor: where the last match ended, its blanks included; lstrip goes no further back. A
 * token inside blanks that rstrip took is still found, so *begin and *end may lie in front of
 * floor: the reference engine emits it and goes on from its end. With lstrip, which moves its
 * begin to floor, it is empty there and falls away, as everything empty does. */
bool tkc_special_next(const tkc_vocab *v, const tkc_matcher *m, const tkc_text *text,
                      size_t *search, size_t floor, const tkc_trust *trust,
                      const tkc_added **added, size_t *begin, size_t *end);

#endif
