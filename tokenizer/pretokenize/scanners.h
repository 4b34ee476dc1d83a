/*
 * scanners.h - from rows to a hand-written scanner, by exact text only.
 */
#ifndef TKC_TOKENIZER_PRETOKENIZE_SCANNERS_H
#define TKC_TOKENIZER_PRETOKENIZE_SCANNERS_H

#include "tokenizer/pretokenize/pretokenize.h"

enum { TKC_SCANNER_MAX_ROWS = 4 };

typedef struct tkc_scanner_row {
    uint32_t kind, flags;
    const char *pattern; /* NUL-terminated; NULL for rows without */
} tkc_scanner_row;

typedef struct tkc_scanner {
    const char *name; /* "o200k/scalar" */
    tkc_scan_fn scan;
    bool tiktoken_only; /* this spelling means this only in tiktoken's engine */
    tkc_scanner_row row[TKC_SCANNER_MAX_ROWS];
} tkc_scanner;

/* Every row of scanners.def, in its order; tests walk it. */
const tkc_scanner *tkc_scanners(size_t *n);

/* The scanner for the whole of the rows, or NULL. */
const tkc_scanner *tkc_scanner_find(const tkc_op *op, size_t n_op);

#endif
