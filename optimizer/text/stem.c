/*
 * stem.c - libstemmer behind a dictionary that stems each different word once.
 *
 * One table holds all strings, words as well as stems; stem[] leads from a word to its stem,
 * which is its own. So a text costs a fold, a hash and a look-up a word.
 */
#include "optimizer/text/stem.h"

#include "optimizer/text/bytes8.h"
#include "optimizer/text/sorted.h"
#include "optimizer/text/stem_english.h"
#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <libstemmer.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The longest English word in use has 28 letters; what is longer than 64 bytes is data. */
enum { LONGEST_STEMMED = 64 };

struct tkc_stemmer {
    struct sb_stemmer *sb;
    const tkc_allocator *alloc;
    bool is_english;
    char stem[LONGEST_STEMMED + 1];
};

tkc_status tkc_stemmer_new(tkc_stemmer **out, const char *language, const tkc_allocator *alloc,
                           tkc_error *err)
{
    const tkc_allocator *a = tkc_allocator_or_default(alloc);
    tkc_stemmer *s = tkc_alloc_zero(a, 1, sizeof *s);
    if (!s) return tkc_nomem(err);
    s->alloc = a;
    s->is_english = !language || !strcmp(language, "english");
    s->sb = sb_stemmer_new(language ? language : "english", "UTF_8");
    if (!s->sb) {
        char quoted[TKC_QUOTE_SIZE];
        tkc_free(a, s, 1, sizeof *s);
        return tkc_fail(err, TKC_E_NOTFOUND, 0, "no stemmer for the language \"%s\"",
                        language ? tkc_quote(quoted, language, strlen(language)) : "english");
    }
    *out = s;
    return TKC_OK;
}

void tkc_stemmer_free(tkc_stemmer *s)
{
    if (!s) return;
    sb_stemmer_delete(s->sb);
    tkc_free(s->alloc, s, 1, sizeof *s);
}

tkc_status tkc_stem(tkc_stemmer *s, tkc_str word, tkc_str *out, tkc_error *err)
{
    const sb_symbol *stem;
    size_t n;
    if (!s || word.len == 0 || word.len > LONGEST_STEMMED) {
        *out = word;
        return TKC_OK;
    }
    if (s->is_english && (n = tkc_stem_english(word, s->stem)) != 0) {
        *out = (tkc_str){s->stem, n};
        return TKC_OK;
    }
    stem = sb_stemmer_stem(s->sb, (const sb_symbol *)word.ptr, (int)word.len);
    if (!stem) return tkc_nomem(err);
    *out = (tkc_str){(const char *)stem, (size_t)sb_stemmer_length(s->sb)};
    if (out->len == 0) *out = word;
    return TKC_OK;
}

/* Sorted; a test asks that it is. Articles, pronouns, auxiliaries, prepositions, conjunctions. */
static const char *const stop_word[] = {
    "a", "about", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "being", "but", "by", "can", "could", "did", "do", "does", "doing", "done", "each",
    "for", "from", "had", "has", "have", "having", "he", "her", "here", "hers", "herself", "him",
    "himself", "his", "how", "i", "i'd", "i'll", "i'm", "i've", "if", "in", "into", "is", "it",
    "it's", "its", "itself", "just", "let's", "like", "may", "me", "might", "mine", "my", "myself",
    "of", "off", "on", "onto", "or", "other", "our", "ours", "ourselves", "out", "over", "own",
    "same", "she", "so", "some", "such", "than", "that", "that's", "the", "their", "theirs",
    "them", "themselves", "then", "there", "there's", "these", "they", "they're", "this", "those",
    "through", "to", "too", "up", "upon", "us", "very", "was", "we", "we're", "we've", "were",
    "what", "when", "where", "whether", "which", "while", "who", "whom", "whose", "why", "will",
    "with", "would", "you", "you're", "your", "yours", "yourself", "yourselves"};

static int compare(tkc_str a, const char *b)
{
    size_t i = 0;
    while (i < a.len && b[i] && a.ptr[i] == b[i]) i++; /* they part at once, nearly always */
    return (i < a.len ? (unsigned char)a.ptr[i] : -1) - (b[i] ? (unsigned char)b[i] : -1);
}

bool tkc_is_stop_word(tkc_str folded)
{
    size_t low = 0, high = sizeof stop_word / sizeof *stop_word;
    if (folded.len == 0) return false;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int order = compare(folded, stop_word[mid]);
        if (order == 0) return true;
        if (order < 0) high = mid;
        else low = mid + 1;
    }
    return false;
}

/* --- the dictionary ----------------------------------------------------------------------- */

typedef struct entry {
    uint64_t hash;
    size_t at; /* of its bytes in text */
    uint32_t len;
    uint32_t stem; /* NO_STEM: known as a stem only, not yet as a word */
    bool is_stop;
} entry;

/* A word of at most SHORT_WORD small letters, which are the bytes of packed: nearly all words of a text are such, seen
 * before, and found here eight bytes at a time. */
typedef struct short_word {
    uint64_t packed[2]; /* 0: free */
    uint32_t stem;
    bool is_stop;
} short_word;

struct tkc_terms {
    const tkc_allocator *alloc;
    tkc_stemmer *stemmer;
    uint64_t seed;
    entry *entry;
    size_t n, cap;
    uint32_t *slot; /* entry + 1; 0: free */
    size_t n_slot;  /* a power of two, at least 2 n */
    tkc_buf text, fold;
    short_word *short_word; /* SHORT_WORDS of them; a word has one place, which the last one keeps */
};

enum { FIRST_SLOTS = 1024, SHORT_WORD = 16, SHORT_WORDS = 4096 };
#define NO_STEM UINT32_MAX

void tkc_term_list_init(tkc_term_list *l, const tkc_allocator *alloc)
{
    *l = (tkc_term_list){.alloc = tkc_allocator_or_default(alloc)};
}

void tkc_term_list_release(tkc_term_list *l)
{
    tkc_free(l->alloc, l->term, l->cap, sizeof *l->term);
    l->term = NULL;
    l->n = l->cap = 0;
}

tkc_status tkc_terms_new(tkc_terms **out, const char *language, uint64_t seed,
                         const tkc_allocator *alloc, tkc_error *err)
{
    const tkc_allocator *a = tkc_allocator_or_default(alloc);
    tkc_terms *t = tkc_alloc_zero(a, 1, sizeof *t);
    tkc_status status = TKC_OK;
    if (!t) return tkc_nomem(err);
    t->alloc = a;
    t->seed = seed;
    tkc_buf_init(&t->text, SIZE_MAX / 2, a);
    tkc_buf_init(&t->fold, SIZE_MAX / 2, a);
    t->slot = tkc_alloc_zero(a, FIRST_SLOTS, sizeof *t->slot);
    if (t->slot) t->n_slot = FIRST_SLOTS;
    t->short_word = tkc_alloc_zero(a, SHORT_WORDS, sizeof *t->short_word);
    if (!t->slot || !t->short_word) status = tkc_nomem(err);
    if (!status && !(language && strcmp(language, "none") == 0))
        status = tkc_stemmer_new(&t->stemmer, language, a, err);
    if (status) {
        tkc_terms_free(t);
        return status;
    }
    *out = t;
    return TKC_OK;
}

void tkc_terms_free(tkc_terms *t)
{
    if (!t) return;
    tkc_stemmer_free(t->stemmer);
    tkc_free(t->alloc, t->entry, t->cap, sizeof *t->entry);
    tkc_free(t->alloc, t->slot, t->n_slot, sizeof *t->slot);
    tkc_free(t->alloc, t->short_word, SHORT_WORDS, sizeof *t->short_word);
    tkc_buf_release(&t->text);
    tkc_buf_release(&t->fold);
    tkc_free(t->alloc, t, 1, sizeof *t);
}

static void put_slot(uint32_t *slot, size_t n_slot, uint64_t hash, uint32_t value)
{
    size_t i = (size_t)hash & (n_slot - 1);
    while (slot[i]) i = (i + 1) & (n_slot - 1);
    slot[i] = value;
}

static tkc_status grow_slots(tkc_terms *t, tkc_error *err)
{
    const size_t n_slot = t->n_slot * 2;
    uint32_t *slot = tkc_alloc_zero(t->alloc, n_slot, sizeof *slot);
    if (!slot) return tkc_nomem(err);
    for (size_t i = 0; i < t->n; i++) put_slot(slot, n_slot, t->entry[i].hash, (uint32_t)i + 1);
    tkc_free(t->alloc, t->slot, t->n_slot, sizeof *t->slot);
    t->slot = slot;
    t->n_slot = n_slot;
    return TKC_OK;
}

/* The entry of a string, made if need be. */
static tkc_status intern(tkc_terms *t, tkc_str s, uint32_t *id, tkc_error *err)
{
    const uint64_t hash = XXH3_64bits_withSeed(s.ptr, s.len, t->seed);
    tkc_status status;
    size_t at;
    for (size_t i = (size_t)hash & (t->n_slot - 1); t->slot[i]; i = (i + 1) & (t->n_slot - 1)) {
        const entry *e = &t->entry[t->slot[i] - 1];
        if (e->hash == hash && e->len == s.len && memcmp(t->text.ptr + e->at, s.ptr, s.len) == 0) {
            *id = t->slot[i] - 1;
            return TKC_OK;
        }
    }
    if (t->n >= UINT32_MAX - 1)
        return tkc_fail(err, TKC_E_LIMIT, 0, "more than 4,294,967,294 different words");
    if ((t->n + 1) * 2 > t->n_slot) {
        status = grow_slots(t, err);
        if (status) return status;
    }
    if (!tkc_grow(t->alloc, &t->entry, &t->cap, t->n + 1, UINT32_MAX, sizeof *t->entry))
        return tkc_nomem(err);
    at = t->text.len;
    status = tkc_buf_append(&t->text, s.ptr, s.len, err);
    if (status) return status;
    t->entry[t->n] = (entry){.hash = hash, .at = at, .len = (uint32_t)s.len, .stem = NO_STEM};
    put_slot(t->slot, t->n_slot, hash, (uint32_t)t->n + 1);
    *id = (uint32_t)t->n++;
    return TKC_OK;
}

/* tkc_word_fold() of a short word of ASCII, into room of its length; 0: it is none. */
static size_t fold_ascii(tkc_str s, tkc_word_kind kind, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        const unsigned char c = (unsigned char)s.ptr[i];
        if (c >= 0x80) return 0;
        out[n] = (char)((unsigned)c - 'A' < 26 ? c | 0x20 : c);
        n += !(c == ',' && kind == TKC_WORD_NUMBER);
    }
    return n;
}

static tkc_status term_of(tkc_terms *t, tkc_str bytes, tkc_word_kind kind, tkc_term *term,
                          tkc_error *err)
{
    char low[LONGEST_STEMMED];
    tkc_str fold = {low, bytes.len <= sizeof low ? fold_ascii(bytes, kind, low) : 0};
    tkc_status status = TKC_OK;
    uint32_t id, root;
    if (!fold.len) {
        tkc_buf_clear(&t->fold);
        status = tkc_word_fold(bytes, kind, &t->fold, err);
        fold = tkc_buf_str(&t->fold);
    }
    if (!status) status = intern(t, fold, &id, err);
    if (status) return status;
    if (t->entry[id].stem == NO_STEM) {
        root = id;
        if (kind == TKC_WORD_LETTERS) {
            tkc_str stem;
            status = tkc_stem(t->stemmer, fold, &stem, err);
            if (!status) status = intern(t, stem, &root, err);
            if (status) return status;
            t->entry[id].is_stop = tkc_is_stop_word(fold);
        }
        t->entry[id].stem = root;
    }
    term->id = t->entry[id].stem;
    term->kind = (uint8_t)kind;
    term->is_stop = t->entry[id].is_stop;
    return TKC_OK;
}

static tkc_status put_term(tkc_terms *t, tkc_str text, size_t begin, size_t end, tkc_word_kind kind,
                           tkc_term_list *l, tkc_error *err)
{
    tkc_status status;
    if (l->n == l->cap && !tkc_grow(l->alloc, &l->term, &l->cap, l->n + 1, SIZE_MAX / sizeof *l->term,
                                    sizeof *l->term))
        return tkc_nomem(err);
    status = term_of(t, (tkc_str){text.ptr + begin, end - begin}, kind, &l->term[l->n], err);
    if (status) return status;
    l->term[l->n].begin = (uint32_t)begin;
    l->term[l->n].end = (uint32_t)end;
    l->n++;
    return TKC_OK;
}

/* What a word of letters may go on with: letters, digits, "'" and what is not ASCII. */
static inline bool may_go_on(unsigned char c)
{
    static const uint64_t yes[4] = {UINT64_C(0x03ff008000000000), UINT64_C(0x07fffffe07fffffe), UINT64_MAX, UINT64_MAX};
    return yes[c / 64] >> (c % 64) & 1;
}

/* Behind the word of at most SHORT_WORD ASCII letters that begins at i, with those in small letters; 0: there is none,
 * or it may go on (words.h). */
static size_t short_word_at(tkc_str text, size_t i, uint64_t packed[2])
{
    size_t n = tkc_letters8(tkc_bytes8(text, i), &packed[0]);
    packed[1] = 0;
    if (n == 8) n += tkc_letters8(tkc_bytes8(text, i + 8), &packed[1]);
    return n && !(i + n < text.len && may_go_on((unsigned char)text.ptr[i + n])) ? i + n : 0;
}

static tkc_status put_short(tkc_terms *t, tkc_str text, size_t begin, size_t end, const uint64_t packed[2], tkc_term_list *l,
                            tkc_error *err)
{
    const uint64_t hash = (packed[0] ^ packed[1] * UINT64_C(0xd6e8feb86659fd93)) * UINT64_C(0x9e3779b97f4a7c15);
    short_word *w = &t->short_word[hash >> 52];
    _Static_assert(SHORT_WORDS == 1 << (64 - 52), "the shift leaves the bits of a place");
    if (w->packed[0] != packed[0] || w->packed[1] != packed[1] || l->n == l->cap) {
        const tkc_status status = put_term(t, text, begin, end, TKC_WORD_LETTERS, l, err);
        if (status) return status;
        *w = (short_word){{packed[0], packed[1]}, l->term[l->n - 1].id, l->term[l->n - 1].is_stop};
        return TKC_OK;
    }
    l->term[l->n++] = (tkc_term){w->stem, (uint32_t)begin, (uint32_t)end, TKC_WORD_LETTERS, w->is_stop};
    return TKC_OK;
}

/* Whether a mark of ASCII stands at i, and nothing that might belong to it behind it (words.h). */
static bool is_mark_alone(tkc_str text, size_t i)
{
    const char c = i < text.len ? text.ptr[i] : 'a';
    if (c <= ' ' || (unsigned char)c >= 0x7f || tkc_is_digit(c) || tkc_is_alpha(c)) return false;
    return i + 1 == text.len || (unsigned char)text.ptr[i + 1] < 0x80;
}

tkc_status tkc_terms_read(tkc_terms *t, tkc_str text, tkc_term_list *l, tkc_error *err)
{
    tkc_words walk = tkc_words_of(text);
    tkc_word word = {0}, last = {.kind = TKC_WORD_MARK};
    const size_t before = l->n;
    bool lone = false; /* last is a character that stands in no pair yet */
    bool more = true;
    tkc_status status = TKC_OK;
    if (text.len > UINT32_MAX) return tkc_fail(err, TKC_E_LIMIT, 0, "a text of 4 GB or more");
    while (more && !status) {
        bool is_character, pairs;
        uint64_t packed[2];
        size_t end;
        while (walk.at < text.len && text.ptr[walk.at] == ' ') walk.at++;
        if (!lone && walk.at < text.len && (end = short_word_at(text, walk.at, packed)) != 0) {
            status = put_short(t, text, walk.at, end, packed, l, err);
            last.kind = TKC_WORD_LETTERS;
            walk.at = end;
            continue;
        }
        if (!lone && is_mark_alone(text, walk.at)) {
            last.kind = TKC_WORD_MARK;
            walk.at++;
            continue;
        }
        more = tkc_word_next(&walk, &word);
        is_character = more && word.kind == TKC_WORD_CHARACTER;
        pairs = is_character && last.kind == TKC_WORD_CHARACTER && last.end == word.begin;
        if (pairs || lone)
            status = put_term(t, text, last.begin, pairs ? word.end : last.end, TKC_WORD_CHARACTER,
                              l, err);
        if (!status && more && word.kind != TKC_WORD_MARK && !is_character)
            status = put_term(t, text, word.begin, word.end, word.kind, l, err);
        lone = is_character && !pairs;
        last = word;
    }
    if (status) l->n = before;
    return status;
}

tkc_status tkc_terms_ids(const tkc_term_list *l, tkc_id_list *out, tkc_error *err)
{
    out->n = 0;
    if (!tkc_grow(l->alloc, &out->id, &out->cap, 2 * l->n + 1, SIZE_MAX / sizeof *out->id, sizeof *out->id)) return tkc_nomem(err);
    for (size_t i = 0; i < l->n; i++)
        if (!l->term[i].is_stop) out->id[out->n++] = l->term[i].id;
    tkc_sort_ids(out->id, out->n, out->id + out->n);
    return TKC_OK;
}

void tkc_id_list_release(tkc_id_list *ids, const tkc_allocator *alloc)
{
    tkc_free(tkc_allocator_or_default(alloc), ids->id, ids->cap, sizeof *ids->id);
    *ids = (tkc_id_list){0};
}

size_t tkc_terms_n(const tkc_terms *t)
{
    return t->n;
}

tkc_str tkc_terms_text(const tkc_terms *t, uint32_t id)
{
    if (id >= t->n) return (tkc_str){NULL, 0};
    return (tkc_str){t->text.ptr + t->entry[id].at, t->entry[id].len};
}
