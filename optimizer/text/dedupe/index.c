/*
 * index.c - those texts that stay, found again by their sketches.
 *
 * Boiler-plate gives many texts the same shingles: a key keeps at most BUCKET texts, and a key
 * that has them is passed over for the next smallest. Only texts that stay are in the index, so
 * a family of a million copies costs what one text does.
 */
#include "optimizer/text/dedupe/compare.h"
#include "optimizer/text/dedupe/sketch.h"
#include "optimizer/text/dedupe/word_hash.h"
#include "tokenizer/kernels/bits.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

enum {
    BUCKET = 16,   /* texts a key leads to */
    COMPARED = 8,  /* candidates compared exactly, those with most common keys first */
    FEW_KEYS = 4,  /* one common key will do below, too: one word again and again */
    FIRST_SLOTS = 1 << 12,
    SETS = 4
};

typedef struct slot {
    uint32_t key;
    uint32_t text; /* kept text + 1; 0: free */
} slot;

/* Words of a text in tkc_deduper.word, and a bit for each in sets of 64: of texts that share keys by chance, as most do that share
 * any, these say that there are too few words in common. */
typedef struct stretch {
    size_t first, n;
    uint64_t set[SETS];
} stretch;

typedef struct kept {
    tkc_str text;
    uint64_t whole;
    uint32_t number, n_word;
} kept;

struct tkc_deduper {
    const tkc_allocator *alloc;
    double threshold;
    kept *kept;
    size_t n_kept, cap_kept;
    slot *near;
    size_t n_near, n_near_slot;
    slot *exact; /* key: of whole */
    size_t n_exact_slot;
    tkc_compared mine;
    tkc_word_bag other;
    uint32_t n_text;
    size_t most_word; /* 0: none are kept */
    uint64_t *word;
    size_t n_word, cap_word;
    stretch *words;   /* by text; n 0: not kept */
    size_t cap_words;
};

tkc_status tkc_deduper_new(tkc_deduper **out, double threshold, const tkc_allocator *alloc, tkc_error *err)
{
    const tkc_allocator *a = tkc_allocator_or_default(alloc);
    tkc_deduper *d;
    if (!(threshold >= 0 && threshold <= 1))
        return tkc_fail(err, TKC_E_ARG, 0, "a threshold is above 0 and at most 1");
    d = tkc_alloc_zero(a, 1, sizeof *d);
    if (!d) return tkc_nomem(err);
    d->alloc = a;
    d->threshold = threshold > 0 ? threshold : TKC_DEDUPE_THRESHOLD;
    d->near = tkc_alloc_zero(a, FIRST_SLOTS, sizeof *d->near);
    if (d->near) d->n_near_slot = FIRST_SLOTS;
    d->exact = tkc_alloc_zero(a, FIRST_SLOTS, sizeof *d->exact);
    if (d->exact) d->n_exact_slot = FIRST_SLOTS;
    if (!d->near || !d->exact) {
        tkc_deduper_free(d);
        return tkc_nomem(err);
    }
    *out = d;
    return TKC_OK;
}

void tkc_deduper_free(tkc_deduper *d)
{
    if (!d) return;
    tkc_free(d->alloc, d->kept, d->cap_kept, sizeof *d->kept);
    tkc_free(d->alloc, d->near, d->n_near_slot, sizeof *d->near);
    tkc_free(d->alloc, d->exact, d->n_exact_slot, sizeof *d->exact);
    tkc_compared_release(&d->mine, d->alloc);
    tkc_bag_release(&d->other, d->alloc);
    tkc_free(d->alloc, d->word, d->cap_word, sizeof *d->word);
    tkc_free(d->alloc, d->words, d->cap_words, sizeof *d->words);
    tkc_free(d->alloc, d, 1, sizeof *d);
}

static size_t place(uint32_t key, size_t n_slot)
{
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (n_slot - 1);
}

static void put(slot *table, size_t n_slot, uint32_t key, uint32_t text)
{
    size_t i = place(key, n_slot);
    while (table[i].text) i = (i + 1) & (n_slot - 1);
    table[i] = (slot){key, text};
}

/* Room for more entries at a load of at most one half. */
static tkc_status make_room(tkc_deduper *d, slot **table, size_t *n_slot, size_t used, size_t more, tkc_error *err)
{
    size_t n = *n_slot;
    slot *t;
    while ((used + more) * 2 > n) n *= 2;
    if (n == *n_slot) return TKC_OK;
    t = tkc_alloc_zero(d->alloc, n, sizeof *t);
    if (!t) return tkc_nomem(err);
    for (size_t i = 0; i < *n_slot; i++)
        if ((*table)[i].text) put(t, n, (*table)[i].key, (*table)[i].text);
    tkc_free(d->alloc, *table, *n_slot, sizeof **table);
    *table = t;
    *n_slot = n;
    return TKC_OK;
}

/* Texts that have the key, at most BUCKET of them. */
static size_t look_up(const tkc_deduper *d, uint32_t key, uint32_t *out)
{
    size_t n = 0;
    for (size_t i = place(key, d->n_near_slot); d->near[i].text && n < BUCKET; i = (i + 1) & (d->n_near_slot - 1))
        if (d->near[i].key == key) out[n++] = d->near[i].text - 1;
    return n;
}

typedef struct candidate {
    uint32_t text, votes;
} candidate;

static bool goes_before(candidate a, candidate b)
{
    return a.votes != b.votes ? a.votes > b.votes : a.text < b.text;
}

/* Those of the n numbers that occur most often, at most COMPARED of them; of equal ones the smallest. least: that often
 * at least. Each is counted in a table, which takes a third of what sorting them does. */
static size_t most_frequent(const uint32_t *hit, size_t n, uint32_t least, candidate best[COMPARED])
{
    candidate table[2 * TKC_SKETCH_KEYS * BUCKET];
    size_t n_slot = 16, m = 0;
    while (n_slot < 2 * n) n_slot *= 2;
    memset(table, 0, n_slot * sizeof *table);
    for (size_t i = 0; i < n; i++) {
        size_t k = hit[i] * UINT32_C(0x9e3779b1) >> 8 & (n_slot - 1);
        while (table[k].votes && table[k].text != hit[i]) k = (k + 1) & (n_slot - 1);
        table[k].text = hit[i];
        table[k].votes++;
    }
    for (size_t i = 0; i < n_slot; i++) {
        const candidate x = table[i];
        size_t at = m < COMPARED ? m : COMPARED - 1;
        if (x.votes < least || (m == COMPARED && !goes_before(x, best[COMPARED - 1]))) continue;
        for (; at > 0 && goes_before(x, best[at - 1]); at--) best[at] = best[at - 1];
        best[at] = x;
        m += m < COMPARED;
    }
    return m;
}
_Static_assert((2 * TKC_SKETCH_KEYS * BUCKET & (2 * TKC_SKETCH_KEYS * BUCKET - 1)) == 0, "the table of votes has a power of two of slots");

void tkc_deduper_keep_words(tkc_deduper *d, size_t most)
{
    d->most_word = most;
}

tkc_words_kept tkc_deduper_words(const tkc_deduper *d, uint32_t text)
{
    if (!d->most_word || !d->words[text].n) return (tkc_words_kept){NULL, 0};
    return (tkc_words_kept){d->word + d->words[text].first, d->words[text].n};
}

/* tkc_sketch_of() the next text, whose words are kept. */
static tkc_status read_words(tkc_deduper *d, tkc_str text, tkc_sketch *out, tkc_error *err)
{
    tkc_word_hasher w = tkc_word_hasher_of(text);
    const size_t first = d->n_word;
    stretch *words = &d->words[d->n_text];
    uint64_t h;
    while (tkc_next_word(&w, &h)) {
        if (d->n_word == d->cap_word && !tkc_grow(d->alloc, &d->word, &d->cap_word, d->n_word + 1, SIZE_MAX / sizeof *d->word, sizeof *d->word)) {
            d->n_word = first;
            return tkc_nomem(err);
        }
        d->word[d->n_word++] = h;
        words->set[h >> 62] |= UINT64_C(1) << (h >> 56 & 63);
    }
    words->first = first;
    words->n = d->n_word - first;
    tkc_sketch_of_words(tkc_deduper_words(d, d->n_text), text, out);
    return TKC_OK;
}

/* How many words two texts have in common at most: a bit that only one has stands for one at least that the other has not. */
static size_t common_at_most(const stretch *a, const stretch *b)
{
    size_t x = a->n, y = b->n;
    for (int i = 0; i < SETS; i++) {
        x -= (size_t)popcount64(a->set[i] & ~b->set[i]);
        y -= (size_t)popcount64(b->set[i] & ~a->set[i]);
    }
    return x < y ? x : y;
}

static bool may_be_copies(const tkc_deduper *d, const kept *k, uint32_t n_word)
{
    size_t both = k->n_word < n_word ? k->n_word : n_word;
    if (!tkc_may_be_copies(k->n_word, n_word, both, d->threshold)) return false;
    if (!d->most_word || !d->words[k->number].n || !d->words[d->n_text].n) return true;
    both = common_at_most(&d->words[k->number], &d->words[d->n_text]);
    return tkc_may_be_copies(k->n_word, n_word, both, d->threshold);
}

/* The best copy among those that share keys; *chosen: the keys this text would be found by. */
static tkc_status find_near(tkc_deduper *d, tkc_str text, const tkc_sketch *s, tkc_match *out,
                            uint32_t *chosen, size_t *n_chosen, tkc_error *err)
{
    uint32_t hit[TKC_SKETCH_KEYS * BUCKET];
    candidate who[COMPARED];
    size_t n = 0, n_who;
    bool filled = false;
    *n_chosen = 0;
    for (uint32_t i = 0; i < s->n_key; i++) {
        const size_t found = look_up(d, s->key[i], hit + n);
        n += found;
        if (found == BUCKET) continue; /* boiler-plate */
        if (*n_chosen < TKC_SKETCH_FIND + (s->n_word < TKC_SKETCH_SHORT ? TKC_SKETCH_FIND : 0)) chosen[(*n_chosen)++] = s->key[i];
        else break;
    }
    n_who = most_frequent(hit, n, s->n_word < TKC_COPY_FEW_WORDS || s->n_key < FEW_KEYS ? 1 : 2, who);
    for (size_t i = 0; i < n_who; i++) {
        const kept *k = &d->kept[who[i].text];
        tkc_match m;
        tkc_status status = TKC_OK;
        if (!may_be_copies(d, k, s->n_word)) continue;
        if (!filled) status = tkc_compared_begin(&d->mine, text, tkc_deduper_words(d, d->n_text), s->n_word, d->alloc, err);
        filled = true;
        if (!status) status = tkc_bag_fill(&d->other, k->text, tkc_deduper_words(d, k->number), k->n_word, d->alloc, err);
        if (!status) status = tkc_compared_judge(&d->other, &d->mine, d->threshold, &m, d->alloc, err);
        if (status) return status;
        m.of = k->number;
        if (m.copy && (!out->copy || m.similarity > out->similarity || (m.similarity == out->similarity && m.of < out->of))) *out = m;
    }
    return TKC_OK;
}

tkc_status tkc_deduper_add(tkc_deduper *d, tkc_str text, const tkc_sketch *sketch, tkc_match *out, tkc_error *err)
{
    uint32_t chosen[TKC_SKETCH_KEYS];
    size_t n_chosen = 0;
    tkc_sketch own;
    tkc_match m = {.of = d->n_text};
    tkc_status status;
    if (d->n_text >= UINT32_MAX - 1) return tkc_fail(err, TKC_E_LIMIT, 0, "too many texts");
    if (d->most_word) {
        if (!tkc_grow(d->alloc, &d->words, &d->cap_words, (size_t)d->n_text + 1, UINT32_MAX, sizeof *d->words)) return tkc_nomem(err);
        d->words[d->n_text] = (stretch){0};
    }
    if (!sketch) {
        sketch = &own;
        status = TKC_OK;
        if (d->n_word < d->most_word) status = read_words(d, text, &own, err);
        else tkc_sketch_of(text, &own);
        if (status) return status;
    }
    for (size_t i = place((uint32_t)sketch->whole, d->n_exact_slot); d->exact[i].text; i = (i + 1) & (d->n_exact_slot - 1)) {
        const kept *k = &d->kept[d->exact[i].text - 1];
        if (k->whole == sketch->whole && k->n_word == sketch->n_word &&
            (sketch->n_word || (k->text.len == text.len && (!text.len || memcmp(k->text.ptr, text.ptr, text.len) == 0)))) {
            m = (tkc_match){TKC_COPY_EXACT, k->number, 1, 1};
            goto done;
        }
    }
    status = find_near(d, text, sketch, &m, chosen, &n_chosen, err);
    if (status) return status;
    if (!m.copy) {
        status = make_room(d, &d->near, &d->n_near_slot, d->n_near, n_chosen, err);
        if (!status) status = make_room(d, &d->exact, &d->n_exact_slot, d->n_kept, 1, err);
        if (status) return status;
        if (!tkc_grow(d->alloc, &d->kept, &d->cap_kept, d->n_kept + 1, UINT32_MAX - 1, sizeof *d->kept))
            return tkc_nomem(err);
        d->kept[d->n_kept++] = (kept){text, sketch->whole, d->n_text, sketch->n_word};
        put(d->exact, d->n_exact_slot, (uint32_t)sketch->whole, (uint32_t)d->n_kept);
        for (size_t i = 0; i < n_chosen; i++) put(d->near, d->n_near_slot, chosen[i], (uint32_t)d->n_kept);
        d->n_near += n_chosen;
    }
done:
    d->n_text++;
    *out = m;
    return TKC_OK;
}
