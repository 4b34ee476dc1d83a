/*
 * stem.h - words to terms: folded, stemmed, numbered.
 *
 * A tkc_terms is a dictionary that grows: the same word has the same number in every text read
 * through it, so that passes compare numbers and not strings. Each word is folded (words.h) and
 * stemmed once, then found. One thread. Results never depend on the seed of its table.
 *
 * Scripts without blanks between words are read as overlapping pairs of characters, a lone
 * character as itself: what a dictionary would find is in there, at no dictionary's cost.
 */
#ifndef TKC_OPTIMIZER_TEXT_STEM_H
#define TKC_OPTIMIZER_TEXT_STEM_H

#include "optimizer/text/words.h"

typedef struct tkc_stemmer tkc_stemmer;

/* language: a name libstemmer knows ("english" is Porter2, "german", "fr", ...); NULL: english.
 * TKC_E_NOTFOUND. libstemmer has its own memory, from malloc. One thread. */
TKC_MUST_USE tkc_status tkc_stemmer_new(tkc_stemmer **out, const char *language,
                                        const tkc_allocator *alloc, tkc_error *err);
void tkc_stemmer_free(tkc_stemmer *s); /* NULL is fine */
/* The stem of a folded word, borrowed from s (or word itself) until the next call. A NULL s, and
 * a word of more than 64 bytes, gives the word. */
TKC_MUST_USE tkc_status tkc_stem(tkc_stemmer *s, tkc_str word, tkc_str *out, tkc_error *err);

/* English words of grammar ("the", "of", "would"): a short list of our own, for folded words.
 * No negations, modals of duty or numbers in it: those change what a sentence says. */
bool tkc_is_stop_word(tkc_str folded);

typedef struct tkc_term {
    uint32_t id;         /* < tkc_terms_n() */
    uint32_t begin, end; /* bytes of the text */
    uint8_t kind;        /* tkc_word_kind, never TKC_WORD_MARK */
    bool is_stop;
} tkc_term;

/* Grows by tkc_terms_read(); set n to 0 to use it again. */
typedef struct tkc_term_list {
    tkc_term *term;
    size_t n, cap;
    const tkc_allocator *alloc;
} tkc_term_list;

void tkc_term_list_init(tkc_term_list *l, const tkc_allocator *alloc);
void tkc_term_list_release(tkc_term_list *l);

typedef struct tkc_terms tkc_terms;

/* language as above; "none": folded words. seed: of the hash table, any number. */
TKC_MUST_USE tkc_status tkc_terms_new(tkc_terms **out, const char *language, uint64_t seed,
                                      const tkc_allocator *alloc, tkc_error *err);
void tkc_terms_free(tkc_terms *t); /* NULL is fine */
/* Appends the terms of text, in order; marks are left out. On failure l->n is as it was.
 * TKC_E_LIMIT: a text of 4 GB, or 2^32 - 1 different words. */
TKC_MUST_USE tkc_status tkc_terms_read(tkc_terms *t, tkc_str text, tkc_term_list *l, tkc_error *err);
/* Sorted numbers, each as often as it occurs. {0} is none; the memory is used again. */
typedef struct tkc_id_list {
    uint32_t *id;
    size_t n, cap;
} tkc_id_list;
/* The list's terms that are no stop words, into out, which uses the list's allocator. */
TKC_MUST_USE tkc_status tkc_terms_ids(const tkc_term_list *l, tkc_id_list *out, tkc_error *err);
void tkc_id_list_release(tkc_id_list *ids, const tkc_allocator *alloc);
/* All numbers given out are below this; some below it are words whose stem is another. */
size_t tkc_terms_n(const tkc_terms *t);
/* The stem; borrowed until the next read. */
tkc_str tkc_terms_text(const tkc_terms *t, uint32_t id);

#endif
