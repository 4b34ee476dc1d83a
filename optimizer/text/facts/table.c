/* table.c - the words and phrases of fact_words.def, and the hash table that finds them. */
#include "optimizer/text/facts/facts_impl.h"

#include "vocab/base/alloc.h"

#include <string.h>

static const fact_row word_table[] = {
#define FACT_WORD(word, role, value) {word, sizeof word - 1, ROLE_##role, value},
#include "optimizer/text/facts/fact_words.def"
#undef FACT_WORD
};
static const fact_row phrase_table[] = {
#define FACT_PHRASE(word, role, value) {word, sizeof word - 1, ROLE_##role, value},
#include "optimizer/text/facts/fact_words.def"
#undef FACT_PHRASE
};
enum { N_WORD = sizeof word_table / sizeof *word_table, N_PHRASE = sizeof phrase_table / sizeof *phrase_table };
_Static_assert((N_WORD + N_PHRASE) * 2 < FACT_SLOTS, "the table of words is half full: double FACT_SLOTS");

/* As tkc_bytes8() has them; words are shorter than the texts it is made for. */
static uint64_t eight_of(const char *word, size_t len, size_t i)
{
    unsigned char eight[8] = {0};
    memcpy(eight, word + i, len - i < 8 ? len - i : 8);
    return tkc_load8(eight);
}

static uint32_t hash_of(const char *word, size_t len, uint64_t first)
{
    uint32_t h = fact_hash(FACT_HASH, first);
    for (size_t i = 8; i < len; i += 8) h = fact_hash(h, eight_of(word, len, i));
    return h;
}

static size_t first_word(const fact_row *phrase)
{
    return strcspn(phrase->word, " ");
}

static bool is_word(const fact_rows *r, const char *word, size_t len)
{
    const fact_row *row = r->n ? &word_table[r->first] : &phrase_table[r->phrase];
    return (r->n ? row->len : first_word(row)) == len && memcmp(row->word, word, len) == 0;
}

/* The word's slot, or the free one it would have. Fewer than eight bytes have a zero behind them, so they say all. */
static size_t find(const fact_index *x, const char *word, size_t len, uint64_t first, uint32_t hash)
{
    size_t i = hash & (FACT_SLOTS - 1);
    while (x->first[i] && !(x->first[i] == first && (len < 8 || is_word(&x->slot[i], word, len)))) i = (i + 1) & (FACT_SLOTS - 1);
    return i;
}

/* The rows of a word that is put into the table. */
static fact_rows *place_of(fact_index *x, const char *word, size_t len)
{
    const uint64_t first = eight_of(word, len, 0);
    const size_t i = find(x, word, len, first, hash_of(word, len, first));
    x->first[i] = first;
    return &x->slot[i];
}

fact_index *fact_index_new(const tkc_allocator *alloc)
{
    fact_index *x = tkc_alloc_zero(alloc, 1, sizeof *x);
    if (!x) return NULL;
    for (size_t i = 0; i < N_WORD; i++) {
        fact_rows *r = place_of(x, word_table[i].word, word_table[i].len);
        if (!r->n) r->first = (uint16_t)i;
        r->n++;
        r->roles |= (uint16_t)(1u << word_table[i].role);
    }
    for (size_t i = 0; i < N_PHRASE; i++) {
        fact_rows *r = place_of(x, phrase_table[i].word, first_word(&phrase_table[i]));
        if (!r->n_phrase) r->phrase = (uint16_t)i;
        r->n_phrase++;
    }
    return x;
}

void fact_index_free(fact_index *x, const tkc_allocator *alloc)
{
    tkc_free(alloc, x, 1, sizeof *x);
}

const fact_rows fact_no_rows = {0};

fact_rows fact_find(const fact_scan *s, const char *word, size_t len)
{
    uint64_t first;
    if (len == 0 || len > FACT_WORD_MAX) return fact_no_rows;
    first = eight_of(word, len, 0);
    return *fact_find_hashed(s, word, len, first, hash_of(word, len, first));
}

const fact_rows *fact_find_taken(const fact_scan *s, const char *word, size_t len, uint64_t first, uint32_t hash)
{
    return &s->index->slot[find(s->index, word, len, first, hash)];
}

const char *fact_row_value(fact_rows r, fact_role role)
{
    for (size_t i = r.first; i < (size_t)r.first + r.n; i++)
        if (word_table[i].role == role) return word_table[i].value;
    return NULL;
}

const char *fact_lookup(const fact_scan *s, const char *word, size_t len, fact_role role)
{
    return fact_value(fact_find(s, word, len), role);
}

const fact_row *fact_phrase(size_t i)
{
    return &phrase_table[i];
}
