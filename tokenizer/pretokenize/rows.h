/*
 * rows.h - one row of the split stage as an iterator over pieces.
 *
 * A row is begun with a text and asked for its pieces until there are none. pretokenize.c
 * stacks them: the pieces of row i begin row i + 1. A row holds no list, so nothing grows
 * with the number of pieces; rows that rewrite text (prefix space, Metaspace, the byte
 * alphabet) own scratch memory that stays allocated between texts.
 */
#ifndef TKC_TOKENIZER_PRETOKENIZE_ROWS_H
#define TKC_TOKENIZER_PRETOKENIZE_ROWS_H

#include "tokenizer/pretokenize/pretokenize.h"
#include "tokenizer/pretokenize/regex.h"

typedef enum tkc_row_kind {
    TKC_ROW_SCAN,       /* a scanner; covers the text            */
    TKC_ROW_REGEX,      /* the next four give events, see rows.c */
    TKC_ROW_LITERAL,
    TKC_ROW_CHARS,      /* characters a predicate picks          */
    TKC_ROW_METASPACE,
    TKC_ROW_WHITESPACE, /* \w+|[^\w\s]+                          */
    TKC_ROW_BERT,
    TKC_ROW_FIXED,
    TKC_ROW_PREFIX,     /* a space in front                      */
    TKC_ROW_BYTES       /* each byte becomes its character       */
} tkc_row_kind;

/* Who runs the patterns. Both give the same pieces; tests compare them. */
typedef enum tkc_row_engine {
    TKC_ENGINE_SCANNERS, /* known patterns by hand, the rest by PCRE2 */
    TKC_ENGINE_PCRE2     /* everything a regex can say by PCRE2       */
} tkc_row_engine;

/* Match or gap of a pattern. */
typedef struct tkc_row_event {
    size_t begin, end;
    bool match;
} tkc_row_event;

typedef struct tkc_row {
    tkc_row_kind kind;
    tkc_behavior behavior;
    bool invert, split;
    uint32_t arg;      /* Metaspace: tkc_prepend; fixed length */
    tkc_str literal;   /* borrowed; Metaspace: the replacement */
    uint32_t delimiter;
    bool (*pick)(const struct tkc_row *row, uint32_t cp, unsigned cls);
    tkc_scan_fn scan;
    tkc_regex *re;
    const tkc_allocator *alloc;
    /* the text at hand */
    tkc_text text;
    tkc_text raw; /* BYTES: what text spells */
    size_t at;
    bool done, has_next, has_match;
    tkc_row_event next, match;
    tkc_regex_iter iter;
    tkc_buf scratch;
    size_t *map;
    size_t map_cap;
} tkc_row;

/* Fills *row for op, or, for rows without an op (PREFIX, BYTES), for kind alone. */
TKC_MUST_USE tkc_status tkc_row_init(tkc_row *row, const tkc_op *op, tkc_row_engine engine,
                                     const tkc_allocator *alloc, tkc_error *err);
void tkc_row_init_kind(tkc_row *row, tkc_row_kind kind, const tkc_allocator *alloc);
void tkc_row_release(tkc_row *row);

/* text is not empty. */
TKC_MUST_USE tkc_status tkc_row_begin(tkc_row *row, tkc_text text, tkc_error *err);
/* The next piece, never empty; *got false when there are no more. */
TKC_MUST_USE tkc_status tkc_row_next(tkc_row *row, tkc_text *piece, bool *got, tkc_error *err);

/* tkc_pretok_new() is this with TKC_ENGINE_SCANNERS. */
TKC_MUST_USE tkc_status tkc_pretok_new_engine(tkc_pretok **out, const tkc_op *op, size_t n_op,
                                              tkc_row_engine engine,
                                              const tkc_allocator *alloc, tkc_error *err);

static inline tkc_text tkc_text_slice(const tkc_text *t, size_t begin, size_t end)
{
    return (tkc_text){t->ptr + begin, end - begin, t->map ? t->map + begin : NULL,
                      t->map ? 0 : t->base + begin};
}

#endif
