/*
 * sentences.h - a text cut into sentences and the other units of prose and prompts.
 *
 * Every byte that is not white space is in just one unit, units are in order and begin and end
 * with a character that is no white space. No memory, linear time, any bytes.
 *
 *   PROSE    a sentence. It ends behind . ! ? and their like in other scripts, with the closing
 *            quotes and brackets that follow; not inside numbers, names, addresses, behind
 *            abbreviations, initials and enumerators; at a blank line; and at a newline that an
 *            author meant: not where a line is only wrapped
 *   HEADING  a line of Markdown's "# "
 *   ITEM     the first sentence of a list item, with its mark
 *   CODE     a fenced block from fence to fence (or the end), one unit
 *   ROW      a line that begins with '|', or is one <tag>
 */
#ifndef TKC_OPTIMIZER_TEXT_SENTENCES_H
#define TKC_OPTIMIZER_TEXT_SENTENCES_H

#include "vocab/base/common.h"

typedef enum tkc_sentence_kind {
    TKC_SENTENCE_PROSE = 0,
    TKC_SENTENCE_HEADING,
    TKC_SENTENCE_ITEM,
    TKC_SENTENCE_CODE,
    TKC_SENTENCE_ROW
} tkc_sentence_kind;

typedef struct tkc_sentence {
    size_t begin, end; /* bytes of the text */
    tkc_sentence_kind kind;
    bool is_line;      /* first of its line */
    bool is_paragraph; /* first of the text or behind a blank line */
} tkc_sentence;

/* A walk: tkc_sentences s = tkc_sentences_of(text); while (tkc_sentence_next(&s, &one)) ... */
typedef struct tkc_sentences {
    tkc_str text; /* borrowed */
    size_t at;
    size_t block_end; /* of the lines whose width is known */
    size_t width;     /* characters of the longest of them */
} tkc_sentences;

static inline tkc_sentences tkc_sentences_of(tkc_str text)
{
    return (tkc_sentences){text, 0, 0, 0};
}

/* False at the end. */
bool tkc_sentence_next(tkc_sentences *s, tkc_sentence *out);

#endif
