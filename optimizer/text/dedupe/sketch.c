/*
 * sketch.c - what finds candidates.
 *
 * A sketch is a bottom-k sample of the shingles, which costs one hash a word, where a MinHash
 * signature costs one a word and permutation. Shingles are four words: with a word in ten
 * changed .66 of them live, so of 16 smallest some 8 agree and fewer than two do once in 3,000.
 * Texts below 48 words have pairs as well, as four words in a row are too many there.
 */
#include "optimizer/text/dedupe/sketch.h"

#include "optimizer/text/dedupe/word_hash.h"
#include "tokenizer/kernels/bits.h"

#include <string.h>

enum { LONG_TEXT = 24 }; /* words from which shingles of four are taken */

/* The `most` smallest of the numbers given, each once: gathered, and sorted when there is no room for more. They are
 * hashes and lie evenly, so that 64 buckets leave a place or two to go. */
enum { GATHERED = 192, BUCKETS = 64 };
typedef struct smallest {
    uint64_t value[GATHERED], limit; /* what is not below it is none of them */
    uint32_t n, most;
} smallest;

static void sort_smallest(smallest *s)
{
    const unsigned shift = s->limit < BUCKETS ? 0 : 58 - (unsigned)clz64(s->limit);
    uint64_t in_order[GATHERED];
    uint32_t end[BUCKETS + 1] = {0}, n = 0;
    for (uint32_t i = 0; i < s->n; i++) end[(s->value[i] >> shift) + 1]++;
    for (uint32_t k = 0; k < BUCKETS; k++) end[k + 1] += end[k];
    for (uint32_t i = 0; i < s->n; i++) in_order[end[s->value[i] >> shift]++] = s->value[i];
    for (uint32_t i = 1; i < s->n; i++) {
        const uint64_t x = in_order[i];
        uint32_t k = i;
        for (; k > 0 && in_order[k - 1] > x; k--) in_order[k] = in_order[k - 1];
        in_order[k] = x;
    }
    for (uint32_t i = 0; i < s->n && n < s->most; i++)
        if (!n || in_order[i] != s->value[n - 1]) s->value[n++] = in_order[i];
    s->n = n;
    if (n == s->most) s->limit = s->value[n - 1];
}

static inline void gather(smallest *s, uint64_t h)
{
    if (h >= s->limit) return;
    if (s->n == GATHERED) {
        sort_smallest(s);
        if (h >= s->limit) return;
    }
    s->value[s->n++] = h;
}

/* A sketch under way, word by word. */
typedef struct sketching {
    tkc_sketch *out;
    smallest four, two;
    uint64_t a, b, c; /* the last three words */
    uint32_t n;
} sketching;

static void begin_sketch(sketching *s, tkc_sketch *out)
{
    memset(out, 0, sizeof *out);
    out->whole = UINT64_C(0x13198a2e03707344);
    s->out = out;
    s->a = s->b = s->c = 0;
    s->n = s->four.n = s->two.n = 0;
    s->four.limit = s->two.limit = UINT64_MAX;
    s->four.most = TKC_SKETCH_KEYS;
    s->two.most = TKC_SKETCH_FIND;
}

static inline void sketch_word(sketching *s, uint64_t h)
{
    s->out->whole = tkc_mix64(s->out->whole ^ h);
    s->n++;
    if (s->n >= 2 && s->n < TKC_SKETCH_SHORT) gather(&s->two, tkc_mix64(s->c * 3 + h));
    if (s->n >= 4) gather(&s->four, tkc_mix64(s->a * 7 + s->b * 5 + s->c * 3 + h + 1));
    s->a = s->b;
    s->b = s->c;
    s->c = h;
}

static void end_sketch(sketching *s, tkc_str text)
{
    tkc_sketch *out = s->out;
    if (!s->n) /* nothing but marks: the bytes themselves */
        for (size_t i = 0; i < text.len; i++) out->whole = (out->whole ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001b3);
    out->n_word = s->n;
    if (s->n < TKC_SKETCH_SHORT) {
        sort_smallest(&s->two);
        for (uint32_t i = 0; i < s->two.n; i++) out->key[out->n_key++] = (uint32_t)(s->two.value[i] >> 7);
    }
    if (s->n >= LONG_TEXT) {
        sort_smallest(&s->four);
        for (uint32_t i = 0; i < s->four.n && out->n_key < TKC_SKETCH_KEYS; i++) out->key[out->n_key++] = (uint32_t)(s->four.value[i] >> 7);
    }
}

void tkc_sketch_of(tkc_str text, tkc_sketch *out)
{
    sketching s;
    uint64_t h;
    tkc_word_hasher w = tkc_word_hasher_of(text);
    begin_sketch(&s, out);
    while (tkc_next_word(&w, &h)) sketch_word(&s, h);
    end_sketch(&s, text);
}

void tkc_sketch_of_words(tkc_words_kept words, tkc_str text, tkc_sketch *out)
{
    sketching s;
    begin_sketch(&s, out);
    for (size_t i = 0; i < words.n; i++) sketch_word(&s, words.hash[i]);
    end_sketch(&s, text);
}
