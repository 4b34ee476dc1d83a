/*
 * money.h - whole picodollars (1e-12 dollars), never rounded, never saturated.
 *
 * A price list says dollars per million tokens with at most six decimals, so a token costs a
 * whole number of picodollars and every sum is exact. One record's cost fits 64 bits (18.4
 * million dollars); a sum of records has 128. What does not fit is an error, not a maximum.
 */
#ifndef TKC_OPTIMIZER_MONEY_H
#define TKC_OPTIMIZER_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

__extension__ typedef unsigned __int128 tkc_u128;

/* Picodollars, 128 bits; {0} is no money. */
typedef struct tkc_money {
    tkc_u128 pd;
} tkc_money;

/* *sum += count * price; false, and *sum as it was, when 64 bits do not hold it. */
static inline bool tkc_money_add_product(uint64_t *sum, uint64_t count, uint64_t price)
{
    uint64_t product, total;
    if (__builtin_mul_overflow(count, price, &product) ||
        __builtin_add_overflow(*sum, product, &total))
        return false;
    *sum = total;
    return true;
}

/* False, and *m as it was, when 128 bits do not hold it. */
static inline bool tkc_money_add(tkc_money *m, uint64_t picodollars)
{
    tkc_u128 total = m->pd + picodollars;
    if (total < m->pd) return false;
    m->pd = total;
    return true;
}

/* A decimal number of 128 bits and NUL: 39 digits. */
enum { TKC_MONEY_SIZE = 48 };

/* "1234": picodollars as a whole number, into the caller's array, which is returned. */
static inline const char *tkc_money_digits(char buf[TKC_MONEY_SIZE], tkc_money m)
{
    char *p = buf + TKC_MONEY_SIZE - 1;
    tkc_u128 v = m.pd;
    *p = '\0';
    do {
        *--p = (char)('0' + (int)(v % 10));
        v /= 10;
    } while (v);
    return p;
}

/* "0.00125": dollars, exact, with at least two decimals. */
static inline const char *tkc_money_dollars(char buf[TKC_MONEY_SIZE], tkc_money m)
{
    enum { DECIMALS = 12, KEPT = 2 };
    char *p = buf + TKC_MONEY_SIZE - 1;
    tkc_u128 v = m.pd;
    bool skipping = true;
    *p = '\0';
    for (int i = 0; i < DECIMALS; i++, v /= 10) {
        int digit = (int)(v % 10);
        if (skipping && digit == 0 && i < DECIMALS - KEPT) continue;
        skipping = false;
        *--p = (char)('0' + digit);
    }
    *--p = '.';
    do {
        *--p = (char)('0' + (int)(v % 10));
        v /= 10;
    } while (v);
    return p;
}

#ifdef __cplusplus
}
#endif
#endif
