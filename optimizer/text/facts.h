/*
 * facts.h - what a text states that must not get lost: numbers, dates, names, code, negations...
 *
 * A fact is a span of the text with a kind and a normalised value, so that two facts can be
 * compared wherever they stand: "1,000 words" and "1000 Words" are the number "1000" with the unit
 * "word", "five" with a unit is 5, "3 pm" is 15:00, "Nov 27, 2026" is 2026-11-27, "don't" and
 * "never" are the negation "not". The guard refuses to lose them, the linter compares them, the
 * summariser counts them.
 *
 * English words are known from fact_words.def, and the commonest negations and modals of a few
 * other languages; numbers, links, code, quotes and identifiers need no language. A clause in
 * another script, or with more words of another language than of English, becomes one fact of the
 * kind FOREIGN besides: what cannot be read must not be dropped as if it said nothing.
 *
 * Facts are in order of their first byte. A quoted string is a fact and what it quotes is looked
 * at too, so facts may lie in each other; nothing is looked for inside code and links. In a text that is
 * one JSON value as a whole its quotation marks and brackets are syntax and no facts; quotations inside its
 * strings (\") are. Any bytes
 * are taken; time and memory are linear in the text (each look-ahead is bounded).
 */
#ifndef TKC_OPTIMIZER_TEXT_FACTS_H
#define TKC_OPTIMIZER_TEXT_FACTS_H

#include "vocab/base/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tkc_fact_kind {
    TKC_FACT_NUMBER = 0, /* "1000"; unit "word", "percent", "usd", ...                              */
    TKC_FACT_DATE,       /* "2026-11-27", "--11-27", "2026-11", "mon", "tomorrow"                   */
    TKC_FACT_TIME,       /* "15:00", "noon"                                                         */
    TKC_FACT_VERSION,    /* "1.2.3", "2.0-beta"                                                     */
    TKC_FACT_NAME,       /* "new york", lower case                                                  */
    TKC_FACT_IDENT,      /* identifiers, paths, file names, flags, [placeholders], case kept         */
    TKC_FACT_ID,         /* UUID, hex, "ABC-123", "#42"; lower case                                 */
    TKC_FACT_LINK,       /* URL or e-mail address                                                   */
    TKC_FACT_CODE,       /* `inline` or fenced, without its fence                                   */
    TKC_FACT_QUOTE,      /* what stands between quotation marks                                     */
    TKC_FACT_NEGATION,   /* "not", "without", "unless"                                              */
    TKC_FACT_MODAL,      /* "must", "should", "may", "always", "important"                          */
    TKC_FACT_LIMIT,      /* "max", "min", "less", "more", "exact", "only", "all", "between", ...    */
    TKC_FACT_ORDER,      /* an imperative ("write") or a question ("?")                             */
    TKC_FACT_FOREIGN,    /* a clause in another script or language                                   */
    TKC_N_FACT
} tkc_fact_kind;

typedef struct tkc_fact {
    size_t begin, end; /* bytes of the text                                     */
    uint64_t key;      /* of kind, value and unit: equal facts have equal keys  */
    uint32_t value, n_value, unit, n_unit; /* slices of tkc_facts.text           */
    uint32_t clause;   /* index into tkc_facts.clause                           */
    uint8_t kind;      /* tkc_fact_kind                                         */
    bool loose_unit;   /* the unit is the word that follows, not a known unit    */
} tkc_fact;

/* A clause ends at a full stop, semicolon, new list item, or before "but" and the like; a negation
 * or modal holds for its clause. */
typedef struct tkc_clause {
    size_t begin, end;
    uint32_t first, n; /* its facts */
} tkc_clause;

typedef struct tkc_facts {
    size_t open; /* the clause that a next line would go on with begins here: the last one, if it has no letter and no fact, else
                    behind the newline, which is behind the text */
    tkc_fact *fact;
    size_t n, cap;
    tkc_clause *clause;
    size_t n_clause, cap_clause;
    tkc_buf text; /* values and units */
    struct tkc_fact_index *index; /* of the words known; made by the first read */
    const tkc_allocator *alloc;
} tkc_facts;

/* alloc NULL: malloc. No allocation yet. */
TKC_API void tkc_facts_init(tkc_facts *f, const tkc_allocator *alloc);
TKC_API void tkc_facts_release(tkc_facts *f);
/* Reads text, forgetting what f held; its memory is used again. TKC_E_LIMIT above 2 GB,
 * TKC_E_NOMEM; f holds no facts then. */
TKC_API TKC_MUST_USE tkc_status tkc_facts_read(tkc_facts *f, tkc_str text, tkc_error *err);

/* A walk over the blocks of a text, in order, that state one by one what the whole does, so that a block which was read before, in
 * whatever text, need not be read again:
 *   tkc_fact_blocks w = tkc_fact_blocks_of(text); while (tkc_fact_block_next(&w, &begin, &end)) ...
 * Between them are blanks, newlines and the marks of list items. The clause that a block behind the first one begins with, begins in the
 * whole text where the block before has tkc_facts.open (0: where that block's own first one does); and one that a block but the last ends with, open being behind it, ends behind
 * the newline. */
typedef struct tkc_fact_blocks {
    tkc_str text;
    size_t at, cut, next; /* cut, next: where the block that begins at `at` may end and the one behind it begins */
    size_t closing, seen; /* the last "'" that may close a quotation; none between it and `seen` does */
    bool brackets;        /* the text begins like JSON */
} tkc_fact_blocks;
TKC_API tkc_fact_blocks tkc_fact_blocks_of(tkc_str text);
TKC_API bool tkc_fact_block_next(tkc_fact_blocks *w, size_t *begin, size_t *end);

static inline tkc_str tkc_fact_value(const tkc_facts *f, size_t i)
{
    return tkc_str_part(tkc_buf_str(&f->text), f->fact[i].value, f->fact[i].n_value);
}

static inline tkc_str tkc_fact_unit(const tkc_facts *f, size_t i)
{
    return tkc_str_part(tkc_buf_str(&f->text), f->fact[i].unit, f->fact[i].n_unit);
}

/* "number", "date", ...; static. */
TKC_API const char *tkc_fact_kind_name(tkc_fact_kind kind);
/* False when there is no such name. */
TKC_API bool tkc_fact_kind_by_name(tkc_str name, tkc_fact_kind *out);

#ifdef __cplusplus
}
#endif

#endif
