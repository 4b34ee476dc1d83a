/*
 * lossy_utf8.h - U+FFFD for what is not UTF-8, one per maximal ill-formed subsequence.
 *
 * Written from the table of well-formed byte sequences, apart from vocab/base/utf8.c, so that
 * the two check each other.
 */
#ifndef TKC_TESTS_SUPPORT_LOSSY_UTF8_H
#define TKC_TESTS_SUPPORT_LOSSY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes of the character or ill-formed run at s[0 .. n), n > 0; *ok says which. */
static inline size_t tkt_utf8_step(const unsigned char *s, size_t n, bool *ok)
{
    unsigned lo = 0x80, hi = 0xbf;
    size_t want;
    *ok = true;
    if (s[0] < 0x80) return 1;
    *ok = false;
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        want = 2;
    } else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        want = 3;
        if (s[0] == 0xe0) lo = 0xa0;
        if (s[0] == 0xed) hi = 0x9f;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        want = 4;
        if (s[0] == 0xf0) lo = 0x90;
        if (s[0] == 0xf4) hi = 0x8f;
    } else {
        return 1;
    }
    for (size_t i = 1; i < want; i++) {
        if (i >= n || s[i] < lo || s[i] > hi) return i;
        lo = 0x80;
        hi = 0xbf;
    }
    *ok = true;
    return want;
}

/* out has room for 3 * n bytes; returns the length. */
static inline size_t tkt_lossy(const char *in, size_t n, char *out)
{
    const unsigned char *s = (const unsigned char *)in;
    size_t at = 0, len = 0;
    while (at < n) {
        bool ok;
        size_t step = tkt_utf8_step(s + at, n - at, &ok);
        memcpy(out + len, ok ? in + at : "\xef\xbf\xbd", ok ? step : 3);
        len += ok ? step : 3;
        at += step;
    }
    return len;
}

#endif
