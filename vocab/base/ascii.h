/*
 * ascii.h - what an ASCII character is, whatever the locale says; and phrases in any case.
 */
#ifndef TKC_VOCAB_BASE_ASCII_H
#define TKC_VOCAB_BASE_ASCII_H

#include "vocab/base/common.h"

#include <string.h>

static inline bool tkc_is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static inline bool tkc_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}
static inline bool tkc_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}
static inline bool tkc_is_alpha(char c)
{
    return tkc_is_upper(c) || tkc_is_lower(c);
}
static inline bool tkc_is_hex(char c)
{
    return tkc_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
static inline char tkc_ascii_lower(char c)
{
    return tkc_is_upper(c) ? (char)(c + 32) : c;
}
/* White space as JSON has it: no form feed, no U+00A0. */
static inline bool tkc_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
static inline bool tkc_is_all_space(tkc_str s)
{
    size_t i = 0;
    while (i < s.len && tkc_is_space(s.ptr[i])) i++;
    return i == s.len;
}
/* A part of a word or a name; every byte of a character that is not ASCII counts as one. */
static inline bool tkc_is_word(char c)
{
    return tkc_is_alpha(c) || tkc_is_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}
/* One of the characters of set? NUL never is: it is a byte of a text, and strchr() alone would find it
 * at the set's end. */
static inline bool tkc_is_one_of(char c, const char *set)
{
    return c && strchr(set, c) != NULL;
}
/* s, or its first cap - 1 bytes, as a C string. A NUL becomes 0x01: the name would end there, and be
 * another's. */
static inline void tkc_copy_name(char *to, size_t cap, tkc_str s)
{
    const size_t n = s.len < cap ? s.len : cap - 1;
    for (size_t i = 0; i < n; i++) to[i] = s.ptr[i] ? s.ptr[i] : '\x01';
    to[n] = '\0';
}
/* Behind the phrase, which is in lower case, if it stands at byte i of s in any case; else i. */
static inline size_t tkc_behind_phrase(tkc_str s, size_t i, const char *phrase)
{
    size_t at = i;
    for (; *phrase; phrase++, at++)
        if (at >= s.len || tkc_ascii_lower(s.ptr[at]) != *phrase) return i;
    return at;
}

#endif
