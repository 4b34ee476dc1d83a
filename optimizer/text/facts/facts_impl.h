/* facts_impl.h - between facts.c (clauses, words, names), marks.c (code, quotations, placeholders), run.c (identifiers, ids,
 * links), number.c (numbers, dates, times, versions), blocks.c (parts by themselves) and table.c (the words). */
#ifndef TKC_OPTIMIZER_TEXT_FACTS_IMPL_H
#define TKC_OPTIMIZER_TEXT_FACTS_IMPL_H

#include "optimizer/text/facts.h"
#include "vocab/base/ascii.h"

typedef enum fact_role {
    ROLE_NEGATION = 0,
    ROLE_MODAL,
    ROLE_LIMIT,
    ROLE_NUMBER,
    ROLE_UNIT,
    ROLE_MONTH,
    ROLE_DAY,
    ROLE_CLOCK,
    ROLE_VERB, /* an order where a sentence begins with it                    */
    ROLE_STOP, /* no name, though a sentence begins with it in capitals       */
    ROLE_LEAD, /* a sentence begins behind it: "please write"                 */
    ROLE_SPLIT, /* a clause begins with it                                     */
    ROLE_OTHER, /* of another language than English, and hardly in its texts    */
    ROLE_SHARED /* of English and of another: tells none from the other         */
} fact_role;

typedef struct fact_row {
    const char *word;
    size_t len;
    fact_role role;
    const char *value;
} fact_row;

/* Longer words are in no table; bytes looked ahead for a closing mark; bytes of a value. */
enum { FACT_WORD_MAX = 24, FACT_AHEAD = 400, FACT_VALUE_MAX = 2000 };

typedef struct tkc_fact_index fact_index;

typedef struct fact_scan {
    const fact_index *index;
    tkc_str t;
    size_t at;
    tkc_facts *f;
    tkc_error *err;
    size_t run_end;  /* the bytes before it were looked at for identifiers  */
    size_t tick_end; /* no closing backtick before it                        */
    bool is_json;    /* the whole text is                                    */
    bool start;      /* the next word begins a sentence                      */
    size_t latin, foreign; /* letters of the clause */
    size_t words, english, other; /* of it; those that the table has, and that are of another language */
} fact_scan;

static inline bool fact_is_alnum(char c)
{
    return tkc_is_alpha(c) || tkc_is_digit(c);
}
/* The byte at i, 0 behind the end. */
static inline char fact_at(const fact_scan *s, size_t i)
{
    return i < s->t.len ? s->t.ptr[i] : 0;
}

/* The rows of a word in lower case; and the value of the one with this role, NULL: none. phrase: those
 * that begin with it. */
typedef struct fact_rows {
    uint16_t first, phrase;
    uint8_t n, n_phrase;
    uint16_t roles; /* bits of fact_role */
} fact_rows;
fact_rows fact_find(const fact_scan *s, const char *word, size_t len);
/* Rows of one word, which stand together, as the tables are sorted. Most words of a text are in no row: the first slot that
 * is looked at should be empty. */
enum { FACT_SLOTS = 4096 };
struct tkc_fact_index {
    uint64_t first[FACT_SLOTS]; /* eight bytes of the word; 0: free */
    fact_rows slot[FACT_SLOTS];
};
extern const fact_rows fact_no_rows;
const fact_rows *fact_find_taken(const fact_scan *s, const char *word, size_t len, uint64_t first, uint32_t hash);
/* The same where its first eight bytes (tkc_bytes8()) are known, and its hash: FACT_HASH, then fact_hash() of each eight. */
static inline const fact_rows *fact_find_hashed(const fact_scan *s, const char *word, size_t len, uint64_t first, uint32_t hash)
{
    const uint64_t in_slot = s->index->first[hash & (FACT_SLOTS - 1)];
    if (!in_slot) return &fact_no_rows;
    if (in_slot == first && len < 8) return &s->index->slot[hash & (FACT_SLOTS - 1)]; /* its bytes say all */
    return fact_find_taken(s, word, len, first, hash);
}
#define FACT_HASH UINT32_C(0x2545f491)
static inline uint32_t fact_hash(uint32_t hash, uint64_t eight)
{
    return (uint32_t)((hash ^ eight) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}
const char *fact_row_value(fact_rows r, fact_role role);
static inline const char *fact_value(fact_rows r, fact_role role)
{
    return r.roles >> role & 1 ? fact_row_value(r, role) : NULL;
}
/* Both at once. */
const char *fact_lookup(const fact_scan *s, const char *word, size_t len, fact_role role);
const fact_row *fact_phrase(size_t i);

/* Whether the full stop at dot belongs to a short form ("Mr.", an initial) and ends no sentence. */
bool fact_is_short_form(tkc_str text, size_t dot);

/* Whether the whole text has the first and last bracket of one object or list of JSON. */
bool fact_may_be_json(tkc_str text);

/* Where a word's rows are; made once for each tkc_facts. NULL: no memory. */
fact_index *fact_index_new(const tkc_allocator *alloc);
void fact_index_free(fact_index *x, const tkc_allocator *alloc);
/* The ASCII letters from i on in lower case, with "'" inside; behind them. len 0: no letter, or more
 * than FACT_WORD_MAX. */
size_t fact_letters(const fact_scan *s, size_t i, char word[FACT_WORD_MAX + 1], size_t *len);

tkc_status fact_add(fact_scan *s, tkc_fact_kind kind, size_t begin, size_t end, const char *value,
                    size_t len, const char *unit, size_t unit_len, bool loose);

/* A number, date, time or version at i (a digit, or what stands in front of one); *end behind it, or
 * i where there is none. */
tkc_status fact_number(fact_scan *s, size_t i, size_t *end);
/* The same for a word that is a number, a month, a day: *found. r: its rows. *end comes as the end of the word. */
tkc_status fact_number_word(fact_scan *s, fact_rows r, size_t i, const char *word, size_t len, size_t *end, bool *found);
/* How many c there are in a row at i. */
static inline size_t fact_run_of(const fact_scan *s, size_t i, char c)
{
    size_t n = 0;
    while (fact_at(s, i + n) == c) n++;
    return n;
}
/* A fenced block at i, where a line begins; *end behind it, or i where there is none. */
tkc_status fact_fence(fact_scan *s, size_t i, size_t *end);
/* At a mark that may begin one, *end behind what was read of it: `code`; a quotation, which is read too, so *end is behind its
 * first mark; [name], <tag>, {field}; "#42", "@name", "--flag". */
tkc_status fact_inline_code(fact_scan *s, size_t i, size_t *end);
tkc_status fact_quotation(fact_scan *s, size_t i, size_t *end);
tkc_status fact_placeholder(fact_scan *s, size_t i, size_t *end);
tkc_status fact_marked(fact_scan *s, size_t i, size_t *end);

/* An identifier, id or link at i, where a run of characters without blanks begins; *end behind it, or
 * i. Sets run_end. */
tkc_status fact_run(fact_scan *s, size_t i, size_t *end);

#endif
