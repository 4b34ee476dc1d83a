/* byte_alphabet.c - the GPT-2 byte alphabet, by arithmetic instead of a table to get wrong. */
#include "vocab/read/byte_alphabet.h"

#include "vocab/base/utf8.h"

/* Bytes without a printable character of their own number: 0x00..0x20, 0x7f..0xa0, 0xad. */
enum {
    N_LOW = 0x21,
    N_MIDDLE = 0x22,
    FIRST_MIDDLE = 0x7f,
    SOFT_HYPHEN = 0xad,
    FIRST_MOVED = 0x100
};

int tkc_byte_alphabet_byte(uint32_t cp)
{
    uint32_t n;
    if (cp < FIRST_MOVED)
        return (cp >= N_LOW && cp < FIRST_MIDDLE) ||
                       (cp >= FIRST_MIDDLE + N_MIDDLE && cp != SOFT_HYPHEN)
                   ? (int)cp
                   : -1;
    n = cp - FIRST_MOVED;
    if (n < N_LOW) return (int)n;
    n -= N_LOW;
    if (n < N_MIDDLE) return (int)n + FIRST_MIDDLE;
    return n == N_MIDDLE ? SOFT_HYPHEN : -1;
}

uint32_t tkc_byte_alphabet_char(unsigned char byte)
{
    if (byte < N_LOW) return FIRST_MOVED + (uint32_t)byte;
    if (byte == SOFT_HYPHEN) return FIRST_MOVED + N_LOW + N_MIDDLE;
    if (byte >= FIRST_MIDDLE && byte < FIRST_MIDDLE + N_MIDDLE)
        return FIRST_MOVED + N_LOW + (uint32_t)(byte - FIRST_MIDDLE);
    return byte;
}

bool tkc_byte_alphabet_decode(tkc_str text, tkc_buf *out, tkc_status *st, tkc_error *err)
{
    size_t n = 0;
    *st = tkc_buf_reserve(out, text.len, err);
    if (*st) return false;
    /* The alphabet ends at U+0143, so only one- and two-byte characters can belong to it. */
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.ptr[i];
        uint32_t cp = c;
        int byte;
        if (c >= 0x80) {
            if (c < 0xc2 || c > 0xc5 || i + 1 == text.len ||
                ((unsigned char)text.ptr[i + 1] & 0xc0) != 0x80)
                return false;
            cp = (uint32_t)(c & 0x1f) << 6 | ((unsigned char)text.ptr[++i] & 0x3f);
        }
        i++;
        byte = tkc_byte_alphabet_byte(cp);
        if (byte < 0) return false;
        out->ptr[out->len + n++] = (char)byte;
    }
    out->len += n;
    return true;
}

tkc_status tkc_byte_alphabet_encode(tkc_str bytes, tkc_buf *out, tkc_error *err)
{
    tkc_status st = tkc_buf_reserve(out, bytes.len > SIZE_MAX / 2 ? SIZE_MAX : bytes.len * 2, err);
    if (st) return st;
    for (size_t i = 0; i < bytes.len; i++)
        out->len +=
            tkc_utf8_put(out->ptr + out->len, tkc_byte_alphabet_char((unsigned char)bytes.ptr[i]));
    return TKC_OK;
}
