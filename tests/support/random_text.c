/* random_text.c - see random_text.h. */
#include "tests/support/random_text.h"

#include "vocab/base/utf8.h"

#include <string.h>

static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

void tkt_seed(uint64_t seed)
{
    state = UINT64_C(0x9e3779b97f4a7c15) ^ seed * UINT64_C(0xbf58476d1ce4e5b9);
}

uint32_t tkt_random(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 32) * below >> 32);
}

/* Bits of text that patterns treat differently, thickly sown; the rest is any scalar. */
static const char *const bits[] = {
    "a", "b", "s", "t", "A", "B", "Z", "Hello", "iPhone", "HTTP", " the", "don't", "I'LL", "'s",
    "'S", "'t", "'re", "'RE", "'ve", "'Ve", "'m", "'ll", "'lL", "'d", "'D", "'l", "'r", "'x", "'",
    "''", "\xe2\x80\x99s", "'\xc5\xbf", "'\xe2\x84\xaa", "\xc5\xbf", "\xe2\x84\xaa", " ", " ", " ",
    "  ", "   ", "\t", "\n", "\n", "\r", "\r\n", "\n\n", "\v", "\f", "\x1c", "\x1f", "\xc2\x85",
    "\xc2\xa0", "\xe1\x9a\x80", "\xe1\xa0\x8e", "\xe2\x80\x80", "\xe2\x80\x8a", "\xe2\x80\x8b",
    "\xe2\x80\x8d", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
    "\xef\xbb\xbf", "0", "1", "23", "456", "7890", "\xc2\xbd", "\xc2\xb2", "\xd9\xa3",
    "\xe0\xa5\xa7", "\xe2\x85\xa3", "\xe3\x80\x87", "\xe3\x80\xa1", "\xf0\x9d\x9f\x8e",
    "\xf0\x91\xb7\xa0", "!", "?", ".", ",", "/", "//", "-", "_", "(", ")", "\"", "#", "$", "+",
    "<", "=", "^", "`", "|", "~", "@", "\\", "[", "]", "*", "&", "\xe3\x80\x82", "\xe2\x80\xa6",
    "\xe2\x82\xac", "\xcc\x81", "\xcc\x88", "\xe0\xa4\xbe", "\xe2\x83\x9d", "\xef\xb8\x8f",
    "\xc7\x85", "\xc7\x88", "\xca\xb0", "\xcb\x86", "\xc3\xa9", "\xc3\x89", "\xc3\x9f", "\xc4\xb0",
    "\xc4\xb1", "\xd0\x96", "\xd0\xb6", "\xce\xa3", "\xcf\x82", "\xd7\x90", "\xd8\xb9",
    "\xe0\xa4\x95", "\xe1\x83\x90", "\xe1\xb2\x90", "\xe4\xb8\xad", "\xe6\x96\x87", "\xe9\xbe\xa5",
    "\xe9\xbe\xa6", "\xe3\x90\x80", "\xf0\xa0\x80\x80", "\xe2\xba\x80", "\xe3\x80\x85",
    "\xe3\x80\x81", "\xe3\x81\x82", "\xe3\x82\x99", "\xe3\x83\xbc", "\xe3\x82\xa2", "\xe3\x83\xbf",
    "\xe3\x83\xbb", "\xe3\x82\x9b", "\xe3\x82\x98", "\xe3\x82\xa0", "\xef\xbd\xb1", "\xed\x95\x9c",
    "\xea\xb0\x80", "\xe1\x84\x80", "\xf0\x9f\x98\x80",
    "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9", "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa",
    "\xf0\x96\xbf\xb0", "\xf0\x96\xbf\xb2", "\xf0\x96\xbf\xa2", "\xe2\x93\x90", "\xee\x80\x80",
    "\x01", "\x7f", "\xc2\xad", "\xcd\xb8", "\xf3\xa0\x80\x81", "\xef\xbf\xbd", "\xf4\x8f\xbf\xbf"};
enum { N_BITS = sizeof bits / sizeof bits[0] };

/* Eight letters of three bytes, mostly of one script: runs that are longer than a window. */
static size_t wide_letters(char *out)
{
    static const uint32_t first[] = {0x4e00, 0x4e00, 0x3041, 0xac00, 0x0904, 0x10d0};
    static const uint32_t count[] = {0x5000, 0x100, 0x56, 0x2b00, 0x36, 0x2b};
    const uint32_t script = tkt_random(sizeof first / sizeof *first);
    size_t len = 0;
    for (int i = 0; i < TKT_BIT_MAX / 3; i++)
        len += tkc_utf8_put(out + len, first[script] + tkt_random(count[script]));
    return len;
}

size_t tkt_random_text(char *out, uint32_t max_bits)
{
    const bool is_wide = tkt_random(4) == 0;
    /* a few bits per string, so that runs and neighbours repeat */
    const char *few[8];
    const uint32_t n_few = 1 + tkt_random(8), n = 1 + tkt_random(max_bits);
    size_t len = 0;
    for (uint32_t i = 0; i < n_few; i++) few[i] = bits[tkt_random(N_BITS)];
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t how = tkt_random(16);
        char utf8[TKT_BIT_MAX];
        const char *bit = how < 9 ? few[tkt_random(n_few)] : bits[tkt_random(N_BITS)];
        size_t bit_len = strlen(bit);
        if (how == 15) {
            uint32_t cp;
            const uint32_t top = tkt_random(2) ? 0x3000 : tkt_random(2) ? 0x20000 : 0x110000;
            do cp = 1 + tkt_random(top - 1);
            while (cp >= 0xd800 && cp <= 0xdfff);
            bit_len = tkc_utf8_put(utf8, cp);
            bit = utf8;
        }
        if (is_wide && tkt_random(12)) {
            bit_len = wide_letters(utf8);
            bit = utf8;
        }
        memcpy(out + len, bit, bit_len);
        len += bit_len;
    }
    return len;
}
