/*
 * minify.h - the same text in fewer tokens of one vocabulary.
 *
 * Kinds, in the order they are tried; each stays only if the whole text then has fewer tokens:
 *   json        a text that is wholly JSON without the blanks between its tokens, \uXXXX and \/
 *               as the characters they are
 *   ansi        terminal control sequences (ESC [ ...) outside code fences
 *   entities    &amp; &lt; &gt; &quot; &#39; &apos; in a text that was escaped as a whole: no bare
 *               & < or > in it, no backtick, and two entities at least
 *   nfc         canonical composition (Unicode's NFC: the same text by definition)
 *   trailing    blanks at line ends; two that are a hard break in Markdown stay two
 *   separators  a line of 4 or more of one of - = _ * is written with three
 *   lines       three and more line ends are two
 * Lines in code fences, <pre> and <code> keep every byte; so do diffs, and tabs in a text that
 * has columns by tabs. What a protected pattern matches keeps every byte.
 *
 * Rounds go on until no kind helps any more (each has fewer tokens than the one before, so they
 * end), which is why a second call changes nothing.
 */
#ifndef TKC_OPTIMIZER_PASSES_MINIFY_H
#define TKC_OPTIMIZER_PASSES_MINIFY_H

#include "optimizer/passes/pass.h"

/* text is UTF-8; tokens are its own, UINT64_MAX if not known. changed: out holds the shorter text; its tokens by itself are below those of
 * text. */
typedef struct tkc_minified {
    bool changed;
    unsigned kinds; /* bits, in the order above */
    uint64_t tokens_before, tokens_after;
} tkc_minified;
TKC_MUST_USE tkc_status tkc_minify_text(tkc_pass_ctx *c, tkc_str text, uint64_t tokens, tkc_buf *out,
                                        tkc_minified *m, tkc_error *err);
/* "json, trailing" into the caller's array, which is returned. */
const char *tkc_minify_kinds(unsigned kinds, char buf[96]);

#endif
