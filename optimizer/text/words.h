/*
 * words.h - the words of a text, with their bytes.
 *
 * What every pass that reads language builds on: no dictionary, no memory, linear time, any
 * bytes. Letters are those of tokenizer/unicode_class.h (Unicode 16.0).
 *
 *   LETTERS  a run of letters, digits and combining marks with at least one letter in it; one
 *            apostrophe between two letters is inside ("don't", "l'homme")
 *   NUMBER   digits; one '.' between digits is inside ("3.14", "1.2.3"), and a ',' that has just
 *            three digits behind it ("1,234,567")
 *   CHARACTER one character (with its marks) of a script that puts no blanks between words: Han,
 *            Hiragana, Katakana, Bopomofo, Thai, Lao, Khmer, Myanmar
 *   MARK     any other character that is not white space, or one byte that is not UTF-8
 */
#ifndef TKC_OPTIMIZER_TEXT_WORDS_H
#define TKC_OPTIMIZER_TEXT_WORDS_H

#include "vocab/base/buf.h"

typedef enum tkc_word_kind {
    TKC_WORD_LETTERS = 0,
    TKC_WORD_NUMBER,
    TKC_WORD_CHARACTER,
    TKC_WORD_MARK
} tkc_word_kind;

typedef struct tkc_word {
    size_t begin, end; /* bytes of the text */
    tkc_word_kind kind;
} tkc_word;

/* A walk: tkc_words w = tkc_words_of(text); while (tkc_word_next(&w, &word)) ... */
typedef struct tkc_words {
    tkc_str text; /* borrowed */
    size_t at;
} tkc_words;

static inline tkc_words tkc_words_of(tkc_str text)
{
    return (tkc_words){text, 0};
}

/* False at the end. */
bool tkc_word_next(tkc_words *w, tkc_word *out);

/* Appends the word (or any text) as it is compared: lower case, full-width letters and digits as
 * ASCII, final sigma as sigma, curly apostrophe as "'", soft hyphens and the commas of a number
 * left out. TKC_E_LIMIT, TKC_E_NOMEM from out. */
TKC_MUST_USE tkc_status tkc_word_fold(tkc_str word, tkc_word_kind kind, tkc_buf *out, tkc_error *err);

/* The character at byte i < text.len: its code point and bytes; for a byte that begins no
 * well-formed character TKC_CHAR_BAD and 1. */
enum { TKC_CHAR_BAD = 0x110000 };
uint32_t tkc_char_at(tkc_str text, size_t i, unsigned *n);
/* tkc_unicode_class(), and 0 for TKC_CHAR_BAD. */
unsigned tkc_char_class(uint32_t cp);
/* Of a script that puts no blanks between words. */
bool tkc_char_is_unspaced(uint32_t cp);

#endif
