/*
 * dedupe.c - sketches, an index of those that stay, and exact comparison.
 *
 * A sketch is a bottom-k sample of the shingles, which costs one hash a word, where a MinHash
 * signature costs one a word and permutation. Shingles are four words: with a word in ten
 * changed .66 of them live, so of 16 smallest some 8 agree and fewer than two do once in 3,000.
 * Texts below 48 words have pairs as well, as four words in a row are too many there.
 *
 * Boiler-plate gives many texts the same shingles: a key keeps at most BUCKET texts, and a key
 * that has them is passed over for the next smallest. Only texts that stay are in the index, so
 * a family of a million copies costs what one text does.
 */
#include "optimizer/text/dedupe.h"

#include "optimizer/text/bytes8.h"
#include "optimizer/text/sorted.h"
#include "optimizer/text/words.h"
#include "tokenizer/kernels/bits.h"
#include "tokenizer/normalize/unicode.h"
#include "tokenizer/unicode_class.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/mix.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEYS = 16,         /* that a text is found by */
    BUCKET = 16,       /* texts a key leads to */
    COMPARED = 8,      /* candidates compared exactly, those with most common keys first */
    LONG_TEXT = 24,    /* words from which shingles of four are taken */
    SHORT_TEXT = 48,   /* words below which pairs are */
    FEW_WORDS = 16,    /* one common key will do below; no containment is seen */
    FEW_KEYS = 4,      /* and below that: one word again and again */
    FIRST_SLOTS = 1 << 12,
    OVERLAP_WORDS = 8,
    OVERLAP_TRIES = 64 /* places of a text compared byte for byte: keeps it linear */
};
static const double CONTAINED = 0.95, PAIRS_SHARED = 1.0 / 3;

/* --- words as numbers --------------------------------------------------------------------- */

typedef struct hasher {
    tkc_str text;
    size_t at;
    size_t begin; /* of the last word */
} hasher;

/* ASCII but letters and digits. */
static inline bool parts_words(unsigned char c)
{
    return c < '0' || (c > '9' && c < 0x80 && (unsigned)(c | 0x20) - 'a' >= 26);
}

#define WORD_HASH UINT64_C(0x243f6a8885a308d3)

static inline uint64_t more_of_word(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9fb21c651e98df25);
    return h ^ h >> 32;
}

/* The word at w->at, which need not begin there. */
static NEVER_INLINE bool any_word(hasher *w, uint64_t *hash)
{
    uint64_t h = WORD_HASH;
    bool any = false;
    while (w->at < w->text.len) {
        const unsigned char c = (unsigned char)w->text.ptr[w->at];
        unsigned n = 1, cls;
        uint32_t cp, low[2];
        if (c < 0x80) {
            uint64_t eight;
            n = tkc_alnums8(tkc_bytes8(w->text, w->at), &eight);
            if (!n && any) break;
            if (n) {
                if (!any) w->begin = w->at;
                h = more_of_word(h, eight);
                any = true;
            }
            w->at += n ? n : 1;
            continue;
        }
        cp = tkc_char_at(w->text, w->at, &n);
        cls = tkc_char_class(cp);
        if (!(cls & (TKC_UC_LETTER | TKC_UC_M | TKC_UC_N))) {
            if (any) break;
            w->at += n;
            continue;
        }
        if (tkc_char_is_unspaced(cp)) { /* a word by itself */
            if (any) break;
            w->begin = w->at;
            w->at += n;
            *hash = tkc_mix64(h ^ cp);
            return true;
        }
        if (!any) w->begin = w->at;
        any = true;
        w->at += n;
        low[0] = cp;
        if (tkc_norm_bits(cp) & TKC_NORM_LOWERS) tkc_lower(cp, low);
        h = more_of_word(h, low[0]);
    }
    *hash = tkc_mix64(h);
    return any;
}

/* A run of letters and digits; false at the end. Small and capital letters are the same. */
static inline bool next_word(hasher *w, uint64_t *hash)
{
    size_t at = w->at;
    uint64_t eight;
    unsigned n;
    while (at < w->text.len && parts_words((unsigned char)w->text.ptr[at])) at++;
    w->at = at;
    n = tkc_letters8(tkc_bytes8(w->text, at), &eight);
    if (!n || n == 8 || (at + n < w->text.len && !parts_words((unsigned char)w->text.ptr[at + n]))) return any_word(w, hash);
    w->begin = at; /* as most are: letters, fewer than eight, and a blank or a mark */
    w->at = at + n;
    *hash = tkc_mix64(more_of_word(WORD_HASH, eight));
    return true;
}

static hasher hasher_of(tkc_str text)
{
    return (hasher){text, 0, 0};
}

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
    s->two.most = KEYS;
}

static inline void sketch_word(sketching *s, uint64_t h)
{
    s->out->whole = tkc_mix64(s->out->whole ^ h);
    s->n++;
    if (s->n >= 2 && s->n < SHORT_TEXT) gather(&s->two, tkc_mix64(s->c * 3 + h));
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
    if (s->n < SHORT_TEXT) {
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
    hasher w = hasher_of(text);
    begin_sketch(&s, out);
    while (next_word(&w, &h)) sketch_word(&s, h);
    end_sketch(&s, text);
}

/* --- exact comparison --------------------------------------------------------------------- */

/* The words of a text in order, and its neighbouring pairs of them, once asked for. */
typedef struct bag {
    const uint64_t *hash;
    size_t n;
    uint64_t *own, *pair; /* own: the words where nobody had kept them */
    size_t cap_own, cap_pair;
    bool has_pairs;
} bag;

/* kept: its words where they are known; else hash NULL. */
static tkc_status fill(bag *g, tkc_str text, tkc_words_kept kept, size_t n_word, const tkc_allocator *a, tkc_error *err)
{
    hasher w = hasher_of(text);
    uint64_t h;
    g->n = n_word;
    g->has_pairs = false;
    g->hash = kept.hash;
    if (kept.hash) return TKC_OK;
    if (!tkc_grow(a, &g->own, &g->cap_own, n_word + 1, SIZE_MAX / sizeof *g->own, sizeof *g->own)) return tkc_nomem(err);
    for (size_t i = 0; i < n_word && next_word(&w, &h); i++) g->own[i] = h;
    g->hash = g->own;
    return TKC_OK;
}

/* n - 1 of them. */
static tkc_status pairs_of(bag *g, const uint64_t **out, const tkc_allocator *a, tkc_error *err)
{
    if (!tkc_grow(a, &g->pair, &g->cap_pair, g->n + 1, SIZE_MAX / sizeof *g->pair, sizeof *g->pair)) return tkc_nomem(err);
    for (size_t i = 1; i < g->n && !g->has_pairs; i++) g->pair[i - 1] = tkc_mix64(g->hash[i - 1] * 3 + g->hash[i]);
    g->has_pairs = true;
    *out = g->pair;
    return TKC_OK;
}

static void empty_bag(bag *g, const tkc_allocator *a)
{
    tkc_free(a, g->own, g->cap_own, sizeof *g->own);
    tkc_free(a, g->pair, g->cap_pair, sizeof *g->pair);
}

/* How often each of some values occurs. Open addressing by the value, which is a hash; count 0: free. */
typedef struct tally {
    struct tallied {
        uint64_t value;
        uint32_t count, left; /* left: the same, but while others are compared with them */
    } *slot;
    uint32_t *taken; /* slots, while others are compared with them */
    size_t cap_taken;
    size_t n_slot, cap; /* n_slot a power of two, more than n */
    bool is_made;
} tally;

static tkc_status make_tally(tally *t, const uint64_t *v, size_t n, const tkc_allocator *a, tkc_error *err)
{
    size_t n_slot = 16;
    if (t->is_made) return TKC_OK;
    while (n_slot < 2 * n) n_slot *= 2;
    if (!tkc_grow(a, &t->slot, &t->cap, n_slot, UINT32_MAX, sizeof *t->slot) ||
        !tkc_grow(a, &t->taken, &t->cap_taken, n, UINT32_MAX, sizeof *t->taken))
        return tkc_nomem(err);
    memset(t->slot, 0, n_slot * sizeof *t->slot);
    t->n_slot = n_slot;
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)v[i] & (n_slot - 1);
        while (t->slot[k].count && t->slot[k].value != v[i]) k = (k + 1) & (n_slot - 1);
        t->slot[k].value = v[i];
        t->slot[k].left = ++t->slot[k].count;
    }
    t->is_made = true;
    return TKC_OK;
}

static void empty_tally(tally *t, const tkc_allocator *a)
{
    tkc_free(a, t->slot, t->cap, sizeof *t->slot);
    tkc_free(a, t->taken, t->cap_taken, sizeof *t->taken);
}

/* How many of n values are among those that were tallied, each as often as it is there. */
static size_t common(tally *t, const uint64_t *v, size_t n)
{
    size_t both = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)v[i] & (t->n_slot - 1);
        while (t->slot[k].count && t->slot[k].value != v[i]) k = (k + 1) & (t->n_slot - 1);
        if (!t->slot[k].left) continue;
        t->slot[k].left--;
        t->taken[both++] = (uint32_t)k;
    }
    for (size_t i = 0; i < both; i++) t->slot[t->taken[i]].left++;
    return both;
}

/* A text that others are compared with. */
typedef struct compared {
    bag bag;
    tally words, pairs;
} compared;

static tkc_status begin_comparing(compared *c, tkc_str text, tkc_words_kept kept, size_t n_word, const tkc_allocator *a, tkc_error *err)
{
    const tkc_status st = fill(&c->bag, text, kept, n_word, a, err);
    c->words.is_made = c->pairs.is_made = false;
    return st ? st : make_tally(&c->words, c->bag.hash, n_word, a, err);
}

static void end_comparing(compared *c, const tkc_allocator *a)
{
    empty_bag(&c->bag, a);
    empty_tally(&c->words, a);
    empty_tally(&c->pairs, a);
}

static bool may_be_contained(size_t first, size_t later)
{
    return later <= first && later >= FEW_WORDS;
}

/* Whether texts of so many words can be copies at all. */
static bool may_be_copies(size_t first, size_t later, double threshold)
{
    const size_t less = first < later ? first : later, more = first < later ? later : first;
    return may_be_contained(first, later) || (more && (double)less / (double)more >= threshold);
}

/* b is the later one. */
static tkc_status judge(bag *a, compared *b, double threshold, tkc_match *m, const tkc_allocator *alloc, tkc_error *err)
{
    const size_t n = b->bag.n, both = common(&b->words, a->hash, a->n), less = a->n < n ? a->n : n;
    const uint64_t *pair_a, *pair_b;
    tkc_status st;
    size_t pairs;
    m->copy = TKC_COPY_NONE;
    m->similarity = a->n + n ? (double)both / (double)(a->n + n - both) : 0;
    m->containment = less ? (double)both / (double)less : 0;
    if (less < 2) return TKC_OK; /* equal ones were found by their hash */
    if (m->similarity < threshold && !(m->containment >= CONTAINED && may_be_contained(a->n, n))) return TKC_OK;
    st = pairs_of(a, &pair_a, alloc, err);
    if (!st) st = pairs_of(&b->bag, &pair_b, alloc, err);
    if (!st) st = make_tally(&b->pairs, pair_b, n - 1, alloc, err);
    if (st) return st;
    pairs = common(&b->pairs, pair_a, a->n - 1);
    if (m->similarity >= threshold && (double)pairs >= PAIRS_SHARED * (double)(less - 1)) m->copy = TKC_COPY_NEAR;
    else if (m->containment >= CONTAINED && may_be_contained(a->n, n) && (double)pairs >= 0.9 * (double)(n - 1))
        m->copy = TKC_COPY_CONTAINED;
    return TKC_OK;
}

tkc_status tkc_compare_texts(tkc_str a, tkc_str b, double threshold, tkc_match *out,
                             const tkc_allocator *alloc, tkc_error *err)
{
    const tkc_allocator *al = tkc_allocator_or_default(alloc);
    bag x = {0};
    compared y = {0};
    tkc_sketch s, t;
    tkc_status status;
    tkc_sketch_of(a, &s);
    tkc_sketch_of(b, &t);
    *out = (tkc_match){.of = 0};
    if (s.whole == t.whole && s.n_word == t.n_word) {
        *out = (tkc_match){TKC_COPY_EXACT, 0, 1, 1};
        return TKC_OK;
    }
    status = fill(&x, a, (tkc_words_kept){NULL, 0}, s.n_word, al, err);
    if (!status) status = begin_comparing(&y, b, (tkc_words_kept){NULL, 0}, t.n_word, al, err);
    if (!status) status = judge(&x, &y, threshold > 0 ? threshold : TKC_DEDUPE_THRESHOLD, out, al, err);
    empty_bag(&x, al);
    end_comparing(&y, al);
    return status;
}

/* --- the index ---------------------------------------------------------------------------- */

typedef struct slot {
    uint32_t key;
    uint32_t text; /* kept text + 1; 0: free */
} slot;

/* Words of a text in tkc_deduper.word. */
typedef struct stretch {
    size_t first, n;
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
    compared mine;
    bag other;
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
    end_comparing(&d->mine, d->alloc);
    empty_bag(&d->other, d->alloc);
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
    sketching s;
    hasher w = hasher_of(text);
    const size_t first = d->n_word;
    uint64_t h;
    begin_sketch(&s, out);
    while (next_word(&w, &h)) {
        if (d->n_word == d->cap_word && !tkc_grow(d->alloc, &d->word, &d->cap_word, d->n_word + 1, SIZE_MAX / sizeof *d->word, sizeof *d->word)) {
            d->n_word = first;
            return tkc_nomem(err);
        }
        d->word[d->n_word++] = h;
    }
    for (size_t i = first; i < d->n_word; i++) sketch_word(&s, d->word[i]);
    end_sketch(&s, text);
    d->words[d->n_text] = (stretch){first, d->n_word - first};
    return TKC_OK;
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
        if (*n_chosen < KEYS + (s->n_word < SHORT_TEXT ? KEYS : 0)) chosen[(*n_chosen)++] = s->key[i];
        else break;
    }
    n_who = most_frequent(hit, n, s->n_word < FEW_WORDS || s->n_key < FEW_KEYS ? 1 : 2, who);
    for (size_t i = 0; i < n_who; i++) {
        const kept *k = &d->kept[who[i].text];
        tkc_match m;
        tkc_status status = TKC_OK;
        if (!may_be_copies(k->n_word, s->n_word, d->threshold)) continue;
        if (!filled) status = begin_comparing(&d->mine, text, tkc_deduper_words(d, d->n_text), s->n_word, d->alloc, err);
        filled = true;
        if (!status) status = fill(&d->other, k->text, tkc_deduper_words(d, k->number), k->n_word, d->alloc, err);
        if (!status) status = judge(&d->other, &d->mine, d->threshold, &m, d->alloc, err);
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
        d->words[d->n_text] = (stretch){0, 0};
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

/* --- windows ------------------------------------------------------------------------------ */

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
    hasher w = hasher_of(text);
    size_t n = 0;
    for (*hash = 0; n < OVERLAP_WORDS && next_word(&w, &h); n++) {
        if (!n) *at = w.begin;
        *hash = *hash * STEP + h;
    }
    return n == OVERLAP_WORDS;
}

typedef struct head {
    uint64_t hash;
    uint32_t text;
} head;

static int by_head(const void *a, const void *b)
{
    const head *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return (x->text > y->text) - (x->text < y->text);
}

/* The first of those whose heads are `hash`; n: there is none. */
static size_t find_head(const head *list, size_t n, uint64_t hash)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (list[mid].hash < hash) low = mid + 1;
        else high = mid;
    }
    return low < n && list[low].hash == hash ? low : n;
}

/* Text i ends with the beginning of those whose heads are like that of `first`: the words begin at from. */
static void try_heads(const tkc_str *text, const head *list, size_t n, size_t first, uint32_t i, size_t from,
                      bool only_earlier, uint32_t *with, size_t *bytes, unsigned *tries)
{
    for (size_t x = first; x < n && list[x].hash == list[first].hash && *tries < OVERLAP_TRIES; x++) {
        const uint32_t k = list[x].text;
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

static tkc_status make_set(head_set *s, const head *list, size_t n, const tkc_allocator *a, tkc_error *err)
{
    for (s->n_bit = 64; s->n_bit < 16 * n;) s->n_bit *= 2;
    s->bit = tkc_alloc_zero(a, s->n_bit / 64, sizeof *s->bit);
    if (!s->bit) return tkc_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const size_t k = bit_of(s, list[i].hash);
        s->bit[k / 64] |= UINT64_C(1) << (k % 64);
    }
    return TKC_OK;
}

/* Word k of a text, whose words are kept or else read in order. */
static inline bool word_of(tkc_words_kept words, size_t k, hasher *w, uint64_t *hash)
{
    if (!words.hash) return next_word(w, hash);
    if (k < words.n) *hash = words.hash[k];
    return k < words.n;
}

/* Every window of text i that is the head of another one is tried. */
static void look_for_heads(const tkc_str *text, tkc_words_kept words, const head *list, size_t n_head, const head_set *set, uint32_t i,
                           bool only_earlier, uint32_t *with, size_t *bytes)
{
    uint64_t last[OVERLAP_WORDS] = {0}, h, window = 0;
    size_t k = 0, n_behind = 0, first;
    unsigned tries = 0;
    hasher w = hasher_of(text[i]), behind = w; /* behind: for where a window begins that is one, as hardly any is */
    while (tries < OVERLAP_TRIES && word_of(words, k, &w, &h)) {
        window = window * STEP + h - last[k % OVERLAP_WORDS] * STEP_8;
        last[k % OVERLAP_WORDS] = h;
        k++;
        if (k <= OVERLAP_WORDS || !has_head(set, window)) continue; /* not at its own beginning: boiler-plate heads are alike there */
        first = find_head(list, n_head, window);
        if (first == n_head) continue;
        for (; n_behind <= k - OVERLAP_WORDS && next_word(&behind, &h); n_behind++) {}
        try_heads(text, list, n_head, first, i, behind.begin, only_earlier, with, bytes, &tries);
    }
}

tkc_status tkc_overlaps(const tkc_str *text, const tkc_words_kept *words, size_t n, bool only_earlier, uint32_t *with, size_t *bytes,
                        const tkc_allocator *alloc, tkc_error *err)
{
    const tkc_allocator *a = tkc_allocator_or_default(alloc);
    head *list;
    head_set set;
    size_t n_head = 0;
    tkc_status st;
    if (n >= UINT32_MAX) return tkc_fail(err, TKC_E_LIMIT, 0, "too many texts");
    list = tkc_alloc(a, n ? n : 1, sizeof *list);
    if (!list) return tkc_nomem(err);
    for (size_t i = 0; i < n; i++) {
        size_t lead;
        with[i] = (uint32_t)i;
        bytes[i] = 0;
        list[n_head].text = (uint32_t)i;
        n_head += first_window(text[i], &list[n_head].hash, &lead);
    }
    qsort(list, n_head, sizeof *list, by_head);
    st = make_set(&set, list, n_head, a, err);
    for (size_t i = 0; !st && i < n && n_head; i++)
        look_for_heads(text, words ? words[i] : (tkc_words_kept){NULL, 0}, list, n_head, &set, (uint32_t)i, only_earlier, with, bytes);
    if (!st) tkc_free(a, set.bit, set.n_bit / 64, sizeof *set.bit);
    tkc_free(a, list, n ? n : 1, sizeof *list);
    return st;
}
