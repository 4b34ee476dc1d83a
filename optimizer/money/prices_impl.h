/*
 * prices_impl.h - the inside of a tkc_prices, for prices.c (looking up) and prices_file.c
 * (reading a price file).
 */
#ifndef TKC_OPTIMIZER_PRICES_IMPL_H
#define TKC_OPTIMIZER_PRICES_IMPL_H

#include "optimizer/money/prices.h"

typedef struct tkc_price_alias {
    const char *provider, *name, *model; /* name in lower case */
} tkc_price_alias;

/* Strings of price files: blocks that are freed together. */
typedef struct tkc_price_block {
    struct tkc_price_block *next;
    size_t used, size;
} tkc_price_block;

struct tkc_prices {
    const tkc_allocator *alloc;
    /* of price files; rows and aliases sorted by provider and name */
    tkc_price_row *row;
    size_t n_row, cap_row;
    tkc_price_alias *alias;
    size_t n_alias, cap_alias;
    tkc_price_source *source;
    size_t n_source, cap_source;
    tkc_price_block *block;
};

/* Longest name that is looked up; the longest listed one has 90 bytes. */
enum { TKC_PRICE_NAME_MAX = 200 };

/* A copy with NUL, in lower case if asked; NULL without memory. */
const char *tkc_prices_string(tkc_prices *p, const char *s, size_t len, bool lower);
/* Puts rows and aliases in order after some were added. */
void tkc_prices_sort(tkc_prices *p);
int tkc_price_row_order(const void *a, const void *b);
/* The number of the first source of a price file. */
uint16_t tkc_prices_first_source(void);

#endif
