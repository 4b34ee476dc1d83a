/*
 * claude.h - token counts of Claude 3 and later, from the public reconstruction.
 *
 * Anthropic publishes no vocabulary after Claude 2. The piece lists and the rules were found
 * by probing the vendor's own counting service (PyPI ctok 1.3.0, MIT); they reproduce every
 * vendor count known to us, but the tokens have no ids and their borders are one choice among
 * equals, so the class is "reconstructed" and encode/decode do not exist.
 *
 * The data is one optional file, vocab/data/claude_v3plus.tkc (tools/dev/pack_claude.py says
 * what is in it). Built with -DTKC_CLAUDE=0 every function is still there and
 * tkc_claude_open() answers TKC_E_UNSUPPORTED.
 *
 * Threads: a tkc_claude does not change after it was opened and may be shared; a scratch is
 * for one thread at a time.
 */
#ifndef TKC_TOKENIZER_CLAUDE_CLAUDE_H
#define TKC_TOKENIZER_CLAUDE_CLAUDE_H

#include "vocab/vocab_tables.h"

#ifndef TKC_CLAUDE
#define TKC_CLAUDE 1
#endif

typedef struct tkc_claude tkc_claude;
typedef struct tkc_claude_scratch tkc_claude_scratch;

enum {
    TKC_CLAUDE_V3 = 3,    /* Claude 3 to Opus and Sonnet 4.6, Haiku 4.5               */
    TKC_CLAUDE_V4_7 = 47, /* Opus 4.7                                                 */
    TKC_CLAUDE_V5 = 5     /* Opus 4.8, Opus 5, Sonnet 5, Fable 5: v4.7's pieces       */
};

/* Builds the lookup for one generation from the bytes of the packed file, which are not
 * needed afterwards. TKC_E_FORMAT and TKC_E_VERSION name the byte; TKC_E_ARG for another
 * generation. The caller owns *out. */
TKC_MUST_USE tkc_status tkc_claude_open(tkc_claude **out, tkc_str packed, unsigned generation,
                                        const tkc_allocator *alloc, tkc_error *err);
void tkc_claude_close(tkc_claude *c); /* NULL is fine */
/* That of a vocabulary of tiles: made once, 8.7 ms, and v's (tkc_vocab_share()). */
TKC_MUST_USE tkc_status tkc_claude_of(const tkc_claude **out, const tkc_vocab *v, tkc_error *err);

/* Tokens around the content of one user message: 7, 11, 6 (measured by the vendor's service).
 * 0 for another number. A request with a system prompt, tools or several turns has more. */
unsigned tkc_claude_frame(unsigned generation);

TKC_MUST_USE tkc_status tkc_claude_scratch_new(tkc_claude_scratch **out,
                                               const tkc_allocator *alloc, tkc_error *err);
void tkc_claude_scratch_free(tkc_claude_scratch *s); /* NULL is fine */

/*
 * Tokens of text as the whole content of one user message, without the frame, so that
 * frame + *n is what the vendor counts for that message. Three things at the edges belong to
 * the content here, although they come from the frame around it:
 *   - v3 and v4.7: the frame ends in a begin-of-word marker. It swallows one leading blank
 *     (" a" counts as "a"), and costs one token of its own before a text that opens with
 *     neither word, punctuation nor blank ("1" is 2, "" is 1). v5: neither.
 *   - newlines at the end join the two that follow in the frame: 1 to 28 of them may be free.
 *   - v5: blanks at the end (space, tab, newline, CR, FF, VT) are free.
 * text is UTF-8; ill-formed bytes must have been replaced, otherwise the number means
 * nothing, but nothing worse happens. Linear in text.len; beyond a fixed size memory is used
 * only when the text is not in NFC or holds characters to be dropped (one copy of it).
 */
TKC_MUST_USE tkc_status tkc_claude_count(const tkc_claude *c, tkc_claude_scratch *s, tkc_str text,
                                         size_t *n, tkc_error *err);
/* The same, but may stop as soon as *n > limit; *n is then some number above limit. */
TKC_MUST_USE tkc_status tkc_claude_count_upto(const tkc_claude *c, tkc_claude_scratch *s,
                                              tkc_str text, size_t limit, size_t *n,
                                              tkc_error *err);

/* For cutting a text at a single blank between two words, where counts add up (README.md). Whether
 * normalising leaves a character alone and joins it to nothing in front of it; and whether it is
 * such a one and a letter, or what stays in a word like one. */
bool tkc_claude_is_stable(const tkc_claude *c, uint32_t cp);
bool tkc_claude_is_letter(const tkc_claude *c, uint32_t cp);

/*
 * The pieces of one cheapest tiling, in order, as many as tkc_claude_count() says (ties are
 * broken as ctok does: the longest last piece). A piece is normalised text in which bytes 01
 * to 04 are the markers; it may be part of a character. fn returning non-zero stops the walk.
 * Unlike counting this needs memory in proportion to the longest word.
 */
typedef int (*tkc_claude_piece_fn)(void *ctx, tkc_str piece);
TKC_MUST_USE tkc_status tkc_claude_pieces(const tkc_claude *c, tkc_claude_scratch *s,
                                          tkc_str text, tkc_claude_piece_fn fn, void *ctx,
                                          tkc_error *err);
enum {
    TKC_CLAUDE_BOW = 1,   /* begin of word */
    TKC_CLAUDE_EOW = 2,   /* end of word   */
    TKC_CLAUDE_SHIFT = 3, /* next letter is a capital */
    TKC_CLAUDE_CAPS = 4   /* the word is in capitals  */
};
/* A piece in ctok's public notation: markers and single bytes as named atoms between U+27E8
 * and U+27E9. Writes at most cap bytes, returns how many it needs (at most 10 a byte). */
size_t tkc_claude_render(tkc_str piece, char *buf, size_t cap);

#endif
