/*
 * dedupe.h - texts that say again what an earlier one said.
 *
 * Copies are told by their words: folded, marks left out. Candidates come from a sketch (the
 * 16 smallest hashes of a text's word shingles), and every candidate is then compared exactly:
 *
 *   EXACT      the same words in the same order
 *   NEAR       the multisets of words have a Jaccard of at least the threshold, and a third of the
 *              neighbouring pairs is shared too
 *   CONTAINED  the later text is the shorter, and 95 % of its words (at least 16), with their
 *              neighbours, are in the earlier one
 *
 * The earlier text stays, since it may be cached; a text is only ever compared with texts that
 * stay. A changed word in ten leaves a Jaccard of .8, in five .67; unrelated English has .3.
 * A number or a "not" is a word like any other here: a pass that must keep facts asks the guard.
 */
#ifndef TKC_OPTIMIZER_TEXT_DEDUPE_H
#define TKC_OPTIMIZER_TEXT_DEDUPE_H

#include "vocab/base/common.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TKC_DEDUPE_THRESHOLD 0.75

typedef enum tkc_copy {
    TKC_COPY_NONE = 0, /* it stays */
    TKC_COPY_EXACT,
    TKC_COPY_NEAR,
    TKC_COPY_CONTAINED
} tkc_copy;

typedef struct tkc_match {
    tkc_copy copy;
    uint32_t of;        /* the earlier text; its own number where it stays */
    double similarity;  /* Jaccard with that one */
    double containment; /* share of the shorter one's words that the other has */
} tkc_match;

/* What finds candidates; a value, made without memory and by any thread. */
enum { TKC_SKETCH_KEYS = 32 };
typedef struct tkc_sketch {
    uint64_t whole; /* of all words in their order */
    uint32_t n_word;
    uint32_t n_key;
    uint32_t key[TKC_SKETCH_KEYS];
} tkc_sketch;
TKC_API void tkc_sketch_of(tkc_str text, tkc_sketch *out);

typedef struct tkc_deduper tkc_deduper;

/* threshold in (0, 1]; 0: TKC_DEDUPE_THRESHOLD. One thread. */
TKC_API TKC_MUST_USE tkc_status tkc_deduper_new(tkc_deduper **out, double threshold, const tkc_allocator *alloc,
                                                tkc_error *err);
TKC_API void tkc_deduper_free(tkc_deduper *d); /* NULL is fine */
/* The next text, which is borrowed until the deduper ends; sketch NULL: it is made. About 200
 * bytes are kept for a text that stays, less for a copy. TKC_E_LIMIT: 2^32 - 1 texts. */
TKC_API TKC_MUST_USE tkc_status tkc_deduper_add(tkc_deduper *d, tkc_str text, const tkc_sketch *sketch,
                                                tkc_match *out, tkc_error *err);

/* The words of a text, in order, as numbers: equal ones have equal numbers. hash NULL: they are not kept. */
typedef struct tkc_words_kept {
    const uint64_t *hash;
    size_t n;
} tkc_words_kept;

/* The words of texts that come without a sketch are kept, of the first some `most` words (8 bytes each): those texts are read
 * once, however often they are compared. To be said before the first text. */
TKC_API void tkc_deduper_keep_words(tkc_deduper *d, size_t most);
/* Those of the text that came as number `text`, from 0; until the next one comes. */
TKC_API tkc_words_kept tkc_deduper_words(const tkc_deduper *d, uint32_t text);

/* Two texts compared as above, whatever a sketch says; b is the later one. */
TKC_API TKC_MUST_USE tkc_status tkc_compare_texts(tkc_str a, tkc_str b, double threshold, tkc_match *out,
                                                  const tkc_allocator *alloc, tkc_error *err);

/* Windows that slide over one text: with[i] is a text whose end is, byte for byte, the first
 * bytes[i] bytes of text i (at least 8 words); with[i] == i and 0 where there is none. The
 * longest one, of those the first. only_earlier: with[i] <= i, whatever comes behind i. words: of each text, where a deduper
 * keeps them; or NULL. */
TKC_API TKC_MUST_USE tkc_status tkc_overlaps(const tkc_str *text, const tkc_words_kept *words, size_t n, bool only_earlier,
                                             uint32_t *with, size_t *bytes,
                                             const tkc_allocator *alloc, tkc_error *err);

#ifdef __cplusplus
}
#endif

#endif
