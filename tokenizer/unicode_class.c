/*
 * unicode_class.c - the generated class table and nothing else.
 *
 * Owns the two stages of tkc_unicode_class(): 8,704 block numbers and the distinct blocks of
 * 128 characters. Made by tools/dev/make_unicode.py, compared with both reference engines on
 * every scalar by tools/dev/oracles/check_unicode.py.
 */
#include "tokenizer/unicode_class.h"

#include "tokenizer/unicode_class.inc"
