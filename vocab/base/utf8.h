/*
 * utf8.h - decode, validate, and the one policy for bad bytes.
 *
 * Well-formed means Unicode's table 3-7: no overlongs, no surrogates, nothing above
 * U+10FFFF. The lossy form puts one U+FFFD for each maximal ill-formed subsequence, as
 * Rust's String::from_utf8_lossy and Python's errors="replace" do.
 */
#ifndef TKC_VOCAB_BASE_UTF8_H
#define TKC_VOCAB_BASE_UTF8_H

#include "vocab/base/buf.h"

#include <string.h>

/* Length of the longest well-formed prefix; == len when all of it is. */
size_t tkc_utf8_valid(const char *ptr, size_t len);

/* Where the run of well-formed characters that are not ASCII ends, which begins at s[i] if there is one:
 * at len, at an ASCII byte, or at one that begins no character. */
size_t tkc_utf8_wide_end(const unsigned char *s, size_t i, size_t len);

/* Appends the lossy form of text to out. map (may be NULL): size_t source byte offsets, one
 * per appended byte plus one behind the last, are appended to it as raw size_t values. */
TKC_MUST_USE tkc_status tkc_utf8_lossy(tkc_str text, tkc_buf *out, tkc_buf *map, tkc_error *err);

/* Whether byte i of any text is between two characters of its lossy form. */
bool tkc_utf8_boundary(tkc_str text, size_t i);

/* Bytes of a byte order mark in front, 3 or 0. */
static inline size_t tkc_utf8_mark(tkc_str s)
{
    return s.len >= 3 && memcmp(s.ptr, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* Of UTF-16's in front? Such a text is none of ours, and to count its bytes helps nobody. */
static inline bool tkc_utf16_mark(tkc_str s)
{
    return s.len >= 2 && (memcmp(s.ptr, "\xff\xfe", 2) == 0 || memcmp(s.ptr, "\xfe\xff", 2) == 0);
}

/* A byte that a character goes on with. */
static inline bool tkc_utf8_is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* One non-ASCII character at s[0 .. len), len > 0. Returns true and its bytes in *n, or
 * false and in *n the bytes of the maximal ill-formed subsequence (1 to 3). */
static inline bool tkc_utf8_step(const unsigned char *s, size_t len, unsigned *n)
{
    unsigned char lead = s[0], low = 0x80, high = 0xbf;
    unsigned want, have = 1;
    *n = 1;
    if (lead < 0xc2 || lead > 0xf4) return false;
    want = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    /* The second byte carries the whole of table 3-7's exceptions. */
    if (lead == 0xe0) low = 0xa0;      /* else overlong      */
    else if (lead == 0xed) high = 0x9f; /* else a surrogate   */
    else if (lead == 0xf0) low = 0x90; /* else overlong      */
    else if (lead == 0xf4) high = 0x8f; /* else above 10FFFF  */
    if (len > 1 && s[1] >= low && s[1] <= high) {
        have = 2;
        while (have < want && have < len && tkc_utf8_is_tail(s[have])) have++;
    }
    *n = have;
    return have == want;
}

/* The rest assumes well-formed text. */

/* Bytes of the character that starts with lead byte c: 1 to 4. */
static inline unsigned tkc_utf8_len(unsigned char c)
{
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Code point at s; *n its bytes. */
static inline uint32_t tkc_utf8_get(const unsigned char *s, unsigned *n)
{
    if (s[0] < 0x80) {
        *n = 1;
        return s[0];
    }
    if (s[0] < 0xe0) {
        *n = 2;
        return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
    }
    if (s[0] < 0xf0) {
        *n = 3;
        return (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
    }
    *n = 4;
    return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 |
           (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
}

/* The code point that ends in front of s, behind the text's beginning; *n its bytes. */
static inline uint32_t tkc_utf8_before(const unsigned char *s, unsigned *n)
{
    do s--;
    while (tkc_utf8_is_tail(*s));
    return tkc_utf8_get(s, n);
}

/* Writes cp (a scalar value) to s; returns 1 to 4. */
static inline unsigned tkc_utf8_put(char *s, uint32_t cp)
{
    if (cp < 0x80) {
        s[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        s[0] = (char)(0xc0 | cp >> 6);
        s[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        s[0] = (char)(0xe0 | cp >> 12);
        s[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        s[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    s[0] = (char)(0xf0 | cp >> 18);
    s[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    s[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    s[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

#endif
