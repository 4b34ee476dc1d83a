/*
 * random_text.h - strings for comparing splitters, and the numbers they are made from.
 *
 * The generator is seeded by hand, so that a failure comes back with its seed.
 */
#ifndef TKC_TESTS_SUPPORT_RANDOM_TEXT_H
#define TKC_TESTS_SUPPORT_RANDOM_TEXT_H

#include <stddef.h>
#include <stdint.h>

void tkt_seed(uint64_t seed);
/* In [0, below). */
uint32_t tkt_random(uint32_t below);

enum { TKT_BIT_MAX = 24 }; /* bytes of the longest bit */
/* Up to max_bits bits of valid UTF-8 that patterns treat differently; returns the bytes written,
 * at most max_bits * TKT_BIT_MAX. */
size_t tkt_random_text(char *out, uint32_t max_bits);

#endif
