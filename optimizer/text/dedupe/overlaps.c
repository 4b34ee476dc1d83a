/* overlaps.c - windows that slide over one text: ends that are another one's beginning. */
#include "optimizer/text/dedupe.h"

#include "optimizer/text/dedupe/word_hash.h"
#include "optimizer/text/sorted.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

enum {
    OVERLAP_WORDS = 8,
    OVERLAP_TRIES = 64 /* places of a text compared byte for byte: keeps it linear */
};

/* Of the last OVERLAP_WORDS words: each by a power of an odd number, so that one goes as the next comes. */
#define STEP UINT64_C(0x9fb21c651e98df25)
#define STEP_2 (STEP * STEP)
#define STEP_4 (STEP_2 * STEP_2)
#define STEP_8 (STEP_4 * STEP_4)
_Static_assert(OVERLAP_WORDS == 8, "the last word goes with the eighth power");

/* The hash of the first OVERLAP_WORDS words; false if there are fewer. *at: where they begin. */
static bool first_window(tkc_str text, uint64_t *hash, size_t *at)
{
    uint64_t h;
    tkc_word_hasher w = tkc_word_hasher_of(text);
    size_t n = 0;
    for (*hash = 0; n < OVERLAP_WORDS && tkc_next_word(&w, &h); n++) {
        if (!n) *at = w.begin;
        *hash = *hash * STEP + h;
    }
    return n == OVERLAP_WORDS;
}

/* The same of a text whose words may be kept; where it begins nobody asks. */
static bool first_words(tkc_str text, tkc_words_kept words, uint64_t *hash)
{
    size_t at;
    if (!words.hash) return first_window(text, hash, &at);
    *hash = 0;
    for (size_t i = 0; i < OVERLAP_WORDS && i < words.n; i++) *hash = *hash * STEP + words.hash[i];
    return words.n >= OVERLAP_WORDS;
}

/* The first of those whose heads are `hash`; n: there is none. */
static size_t find_head(const tkc_keyed *list, size_t n, uint64_t hash)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (list[mid].key < hash) low = mid + 1;
        else high = mid;
    }
    return low < n && list[low].key == hash ? low : n;
}

/* Text i ends with the beginning of those whose heads are like that of `first`: the words begin at from. */
static void try_heads(const tkc_str *text, const tkc_keyed *list, size_t n, size_t first, uint32_t i, size_t from,
                      bool only_earlier, uint32_t *with, size_t *bytes, unsigned *tries)
{
    for (size_t x = first; x < n && list[x].key == list[first].key && *tries < OVERLAP_TRIES; x++) {
        const uint32_t k = list[x].number;
        uint64_t again;
        size_t lead = 0, len;
        if (k == i || (only_earlier && k < i) || !first_window(text[k], &again, &lead)) continue;
        if (lead > from) continue;
        ++*tries;
        len = text[i].len - (from - lead);
        if (len <= bytes[k] || len >= text[k].len) continue;
        if (memcmp(text[i].ptr + (from - lead), text[k].ptr, len) != 0) continue;
        bytes[k] = len;
        with[k] = i;
    }
}

/* Which heads there are, a bit each in a field of 16 bits a head: nearly every window of a text is none. */
typedef struct head_set {
    uint64_t *bit;
    size_t n_bit; /* a power of two */
} head_set;

static size_t bit_of(const head_set *s, uint64_t hash)
{
    return (size_t)(hash * UINT64_C(0x9e3779b97f4a7c15) >> 16) & (s->n_bit - 1);
}

static bool has_head(const head_set *s, uint64_t hash)
{
    const size_t i = bit_of(s, hash);
    return s->bit[i / 64] >> (i % 64) & 1;
}

static tkc_status make_set(head_set *s, const tkc_keyed *list, size_t n, const tkc_allocator *a, tkc_error *err)
{
    for (s->n_bit = 64; s->n_bit < 16 * n;) s->n_bit *= 2;
    s->bit = tkc_alloc_zero(a, s->n_bit / 64, sizeof *s->bit);
    if (!s->bit) return tkc_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const size_t k = bit_of(s, list[i].key);
        s->bit[k / 64] |= UINT64_C(1) << (k % 64);
    }
    return TKC_OK;
}

/* Word k of a text, whose words are kept or else read in order. */
static inline bool word_of(tkc_words_kept words, size_t k, tkc_word_hasher *w, uint64_t *hash)
{
    if (!words.hash) return tkc_next_word(w, hash);
    if (k < words.n) *hash = words.hash[k];
    return k < words.n;
}

/* Every window of text i that is the head of another one is tried. */
static void look_for_heads(const tkc_str *text, tkc_words_kept words, const tkc_keyed *list, size_t n_head, const head_set *set, uint32_t i,
                           bool only_earlier, uint32_t *with, size_t *bytes)
{
    uint64_t last[OVERLAP_WORDS] = {0}, h, window = 0;
    size_t k = 0, n_behind = 0, first;
    unsigned tries = 0;
    tkc_word_hasher w = tkc_word_hasher_of(text[i]), behind = w; /* behind: for where a window begins that is one, as hardly any is */
    while (tries < OVERLAP_TRIES && word_of(words, k, &w, &h)) {
        window = window * STEP + h - last[k % OVERLAP_WORDS] * STEP_8;
        last[k % OVERLAP_WORDS] = h;
        k++;
        if (k <= OVERLAP_WORDS || !has_head(set, window)) continue; /* not at its own beginning: boiler-plate heads are alike there */
        first = find_head(list, n_head, window);
        if (first == n_head) continue;
        for (; n_behind <= k - OVERLAP_WORDS && tkc_next_word(&behind, &h); n_behind++) {}
        try_heads(text, list, n_head, first, i, behind.begin, only_earlier, with, bytes, &tries);
    }
}

tkc_status tkc_overlaps(const tkc_str *text, const tkc_words_kept *words, size_t n, bool only_earlier, uint32_t *with, size_t *bytes,
                        const tkc_allocator *alloc, tkc_error *err)
{
    const tkc_allocator *a = tkc_allocator_or_default(alloc);
    tkc_keyed *list;
    head_set set;
    size_t n_head = 0;
    tkc_status st;
    if (n >= UINT32_MAX) return tkc_fail(err, TKC_E_LIMIT, 0, "too many texts");
    list = tkc_alloc(a, n ? n : 1, sizeof *list);
    if (!list) return tkc_nomem(err);
    for (size_t i = 0; i < n; i++) {
        with[i] = (uint32_t)i;
        bytes[i] = 0;
        list[n_head].number = (uint32_t)i;
        n_head += first_words(text[i], words ? words[i] : (tkc_words_kept){NULL, 0}, &list[n_head].key);
    }
    tkc_sort_keyed(list, n_head);
    st = make_set(&set, list, n_head, a, err);
    for (size_t i = 0; !st && i < n && n_head; i++)
        look_for_heads(text, words ? words[i] : (tkc_words_kept){NULL, 0}, list, n_head, &set, (uint32_t)i, only_earlier, with, bytes);
    if (!st) tkc_free(a, set.bit, set.n_bit / 64, sizeof *set.bit);
    tkc_free(a, list, n ? n : 1, sizeof *list);
    return st;
}
