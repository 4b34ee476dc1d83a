/* base64.c - strict base64 both ways; the decoding table is 256 bytes, 255 where no digit. */
#include "vocab/base/base64.h"

#include "vocab/base/error.h"

#define NO 255
#define R4(x) x, x, x, x
#define R16(x) R4(x), R4(x), R4(x), R4(x)

/* clang-format off */
static const unsigned char digit[256] = {
    R16(NO), R16(NO),
    NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO,
    NO,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
    NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
    R16(NO), R16(NO), R16(NO), R16(NO), R16(NO), R16(NO), R16(NO), R16(NO),
};
/* clang-format on */

static tkc_status refuse(size_t at, size_t *bad, tkc_error *err)
{
    if (bad) *bad = at;
    return tkc_fail(err, TKC_E_FORMAT, at, "not base64 at this byte");
}

tkc_status tkc_base64_decode(tkc_str text, tkc_buf *out, size_t *bad, tkc_error *err)
{
    const unsigned char *s = (const unsigned char *)text.ptr;
    size_t n_digit = text.len, i = 0;
    unsigned pad = 0;
    unsigned char *d;
    tkc_status st;
    if (text.len % 4) {
        for (; i < text.len && digit[s[i]] != NO; i++) {}
        return refuse(i, bad, err);
    }
    while (pad < 2 && n_digit && s[n_digit - 1] == '=') {
        n_digit--;
        pad++;
    }
    st = tkc_buf_reserve(out, text.len / 4 * 3, err);
    if (st) return st;
    if (!text.len) return TKC_OK;
    d = (unsigned char *)out->ptr + out->len;
    for (; n_digit - i >= 4; i += 4) {
        unsigned a = digit[s[i]], b = digit[s[i + 1]], c = digit[s[i + 2]], e = digit[s[i + 3]];
        /* Digits are below 64: one that is not sets a high bit of the union. */
        if ((a | b | c | e) > 63) break;
        *d++ = (unsigned char)(a << 2 | b >> 4);
        *d++ = (unsigned char)(b << 4 | c >> 2);
        *d++ = (unsigned char)(c << 6 | e);
    }
    for (size_t k = i; k < n_digit; k++)
        if (digit[s[k]] == NO) return refuse(k, bad, err);
    if (n_digit - i >= 4) return refuse(i, bad, err);
    if (pad) {
        unsigned a = digit[s[i]], b = digit[s[i + 1]], c = pad == 1 ? digit[s[i + 2]] : 0;
        if (pad == 1 ? c & 3 : b & 15) return refuse(n_digit - 1, bad, err);
        *d++ = (unsigned char)(a << 2 | b >> 4);
        if (pad == 1) *d++ = (unsigned char)(b << 4 | c >> 2);
    }
    out->len = (size_t)(d - (unsigned char *)out->ptr);
    return TKC_OK;
}

tkc_status tkc_base64_encode(tkc_str bytes, tkc_buf *out, tkc_error *err)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *s = (const unsigned char *)bytes.ptr;
    size_t groups = bytes.len / 3 + (bytes.len % 3 != 0), i = 0;
    tkc_status st = tkc_buf_reserve(out, groups > SIZE_MAX / 4 ? SIZE_MAX : groups * 4, err);
    if (st) return st;
    for (; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t v = (uint32_t)s[i] << 16 | (left > 1 ? (uint32_t)s[i + 1] << 8 : 0) |
                     (left > 2 ? s[i + 2] : 0);
        char *d = out->ptr + out->len;
        d[0] = set[v >> 18];
        d[1] = set[v >> 12 & 63];
        d[2] = left > 1 ? set[v >> 6 & 63] : '=';
        d[3] = left > 2 ? set[v & 63] : '=';
        out->len += 4;
    }
    return TKC_OK;
}
