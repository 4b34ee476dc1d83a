/*
 * utf8.c - the one UTF-8 validator and the lossy form.
 *
 * Owns: table 3-7 of the Unicode standard and the policy for bytes that break it (one
 * U+FFFD for each maximal ill-formed subsequence). Refuses nothing: any bytes have a
 * lossy form. Idea: skip ASCII 16 bytes a step, check other characters one by one with
 * the second byte's range taken from the lead byte; the same step function serves the
 * validator and the lossy form, so that they cannot disagree; bytes that are no text are
 * replaced 64 at once by the same table as bit algebra. Long texts go through a twin of
 * the validator that checks blocks (utf8_valid.h), and only what it leaves comes here.
 */
#include "vocab/base/utf8.h"

#include "vocab/base/error.h"
#include "vocab/base/simd/utf8_valid.h"

#include <string.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Bytes of ASCII at the start of s[0 .. len). */
static size_t ascii_prefix(const unsigned char *s, size_t len)
{
    size_t i = 0;
    while (len - i >= 16) {
        uint64_t a, b;
        memcpy(&a, s + i, 8);
        memcpy(&b, s + i + 8, 8);
        if ((a | b) & HIGH_BITS) break;
        i += 16;
    }
    while (i < len && s[i] < 0x80) i++;
    return i;
}

size_t tkc_utf8_wide_end(const unsigned char *s, size_t i, size_t len)
{
    unsigned n;
    for (;; i += n) {
        /* Runs of three-byte characters (CJK, Indic, most punctuation) without the step. */
        while (len - i >= 3 && s[i] > 0xe0 && s[i] < 0xf0 && s[i] != 0xed &&
               tkc_utf8_is_tail(s[i + 1]) && tkc_utf8_is_tail(s[i + 2]))
            i += 3;
        while (len - i >= 2 && s[i] >= 0xc2 && s[i] < 0xe0 && tkc_utf8_is_tail(s[i + 1])) i += 2;
        if (i == len || s[i] < 0x80 || !tkc_utf8_step(s + i, len - i, &n)) return i;
    }
}

size_t tkc_utf8_valid_scalar(const char *ptr, size_t len)
{
    const unsigned char *s = (const unsigned char *)ptr;
    size_t i = 0;
    while (i < len) {
        i += ascii_prefix(s + i, len - i);
        i = tkc_utf8_wide_end(s, i, len);
        if (i < len && s[i] >= 0x80) break;
    }
    return i;
}

tkc_utf8_blocks_fn tkc_utf8_blocks_for(tkc_isa isa)
{
    if (!tkc_isa_here(isa)) return NULL;
    switch (isa) {
#if defined(__x86_64__)
    case TKC_ISA_AVX2: return tkc_utf8_blocks_avx2;
    case TKC_ISA_AVX512: return tkc_utf8_blocks_avx512;
#endif
#if defined(__aarch64__)
    case TKC_ISA_NEON: return tkc_utf8_blocks_neon;
#endif
    default: return NULL;
    }
}

/* Below this the choice of a twin costs more than it wins. */
enum { WORTH_BLOCKS = 128 };

size_t tkc_utf8_valid(const char *ptr, size_t len)
{
    const tkc_utf8_blocks_fn blocks =
        len < WORTH_BLOCKS ? NULL : tkc_utf8_blocks_for(tkc_isa_best());
    size_t at;
    if (!blocks) return tkc_utf8_valid_scalar(ptr, len);
    at = blocks((const unsigned char *)ptr, len);
    return at + tkc_utf8_valid_scalar(ptr + at, len - at);
}

bool tkc_utf8_boundary(tkc_str text, size_t i)
{
    const unsigned char *s = (const unsigned char *)text.ptr;
    if (i == 0 || i >= text.len || !tkc_utf8_is_tail(s[i])) return true;
    for (size_t back = 1; back <= 3 && back <= i; back++) {
        unsigned n;
        if (tkc_utf8_is_tail(s[i - back])) continue;
        if (s[i - back] < 0x80) return true;
        (void)tkc_utf8_step(s + i - back, text.len - i + back, &n);
        return n <= back;
    }
    return true; /* one of many strays */
}

/* count source offsets: first, first + step, ... */
static tkc_status append_map(tkc_buf *map, size_t first, size_t stride, size_t count,
                             tkc_error *err)
{
    tkc_status st;
    if (count > SIZE_MAX / sizeof first)
        return tkc_fail(err, TKC_E_LIMIT, first, "offset map larger than memory can be");
    st = tkc_buf_reserve(map, count * sizeof first, err);
    if (st) return st;
    for (size_t i = 0; i < count; i++) {
        size_t at = first + i * stride;
        memcpy(map->ptr + map->len, &at, sizeof at);
        map->len += sizeof at;
    }
    return TKC_OK;
}

/* The characters that begin in s[*at .. end), the wrong ones replaced; *at is behind the last. There
 * is room in out, and in map if it is there. True: none was wrong. */
static bool lossy_stretch(tkc_str text, size_t *at, size_t end, tkc_buf *out, tkc_buf *map)
{
    static const char replacement[4] = {'\xef', '\xbf', '\xbd', 0}; /* four, to be copied at once */
    const unsigned char *s = (const unsigned char *)text.ptr;
    bool clean = true;
    for (size_t i = *at; i < end; i = *at) {
        unsigned n = 1;
        const bool good = s[i] < 0x80 || tkc_utf8_step(s + i, text.len - i, &n);
        const size_t len = good ? n : 3;
        const char *const from = good ? text.ptr + i : replacement;
        char *const to = out->ptr + out->len;
        if (text.len - i >= 4) memcpy(to, from, 4); /* there is room for one too many */
        else memcpy(to, from, len);
        out->len += len;
        for (size_t k = 0; map && k < len; k++) {
            const size_t source = good ? i + k : i;
            memcpy(map->ptr + map->len, &source, sizeof source);
            map->len += sizeof source;
        }
        clean &= good;
        *at += n;
    }
    return clean;
}

enum { BLOCK = 64 };

/* Bit `bit` of the bytes of a block, the first one's the lowest. */
static inline uint64_t plane(const uint64_t w[BLOCK / 8], unsigned bit)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), gather = UINT64_C(0x0102040810204080);
#define EIGHT(k) ((w[k] >> bit & ones) * gather >> 56 << 8 * (k))
    return EIGHT(0) | EIGHT(1) | EIGHT(2) | EIGHT(3) | EIGHT(4) | EIGHT(5) | EIGHT(6) | EIGHT(7);
#undef EIGHT
}

/* Characters of a block, a bit for each byte: where one begins, and where one that is right begins. For the
 * last three bytes it is not known. What goes on in a character is never what one begins with, so all bytes
 * can be asked at once whether one begins there, and none waits for those in front. */
static void find_characters(const unsigned char s[BLOCK], uint64_t *begins, uint64_t *good)
{
    uint64_t w[BLOCK / 8], b[8], lead, two, three, four, second, third, fourth, goes_on;
    for (unsigned k = 0; k < BLOCK / 8; k++) w[k] = tkc_load8(s + 8 * k);
    for (unsigned k = 0; k < 8; k++) b[k] = plane(w, k);
    goes_on = b[7] & ~b[6];
    lead = b[7] & b[6];
    two = lead & ~b[5] & (b[4] | b[3] | b[2] | b[1]);
    three = lead & b[5] & ~b[4];
    four = lead & b[5] & b[4] & ~b[3] & ~(b[2] & (b[1] | b[0]));
    { /* table 3-7's exceptions, by what the second byte is not */
        const uint64_t from_a0 = b[5] >> 1, from_90 = (b[5] | b[4]) >> 1;
        const uint64_t e0 = ~(b[3] | b[2] | b[1] | b[0]), ed = b[3] & b[2] & ~b[1] & b[0];
        const uint64_t f0 = ~(b[2] | b[1] | b[0]), f4 = b[2];
        second = goes_on >> 1 & (two | (three & ~(e0 & ~from_a0) & ~(ed & from_a0)) |
                                 (four & ~(f0 & ~from_90) & ~(f4 & from_90)));
    }
    third = second & (three | four) & goes_on >> 2;
    fourth = third & four & goes_on >> 3;
    *begins = ~(second << 1 | third << 2 | fourth << 3);
    *good = ~b[7] | (two & second) | (three & third) | fourth;
}

/* lossy_stretch() of all characters that begin in the first 61 of the 64 bytes there are at s[*at]: no branch
 * asks what a byte is, which in what is no text cannot be guessed. A quarter of the time. */
static bool lossy_block(tkc_str text, size_t *at, tkc_buf *out)
{
    static const char replacement[4] = {'\xef', '\xbf', '\xbd', 0};
    const char *const s = text.ptr + *at;
    char *to = out->ptr + out->len;
    uint64_t begins, good, left;
    uint32_t instead;
    unsigned end = 0;
    memcpy(&instead, replacement, 4);
    find_characters((const unsigned char *)s, &begins, &good);
    left = begins & ~(uint64_t)0 >> 3;
    do {
        const unsigned k = (unsigned)__builtin_ctzll(left), n = 1 + (unsigned)__builtin_ctzll(begins >> k >> 1 | 8);
        const uint32_t wrong = (uint32_t)(good >> k & 1) - 1; /* all ones, or nothing */
        uint32_t four;
        memcpy(&four, s + k, 4);
        four ^= (four ^ instead) & wrong;
        memcpy(to, &four, 4);
        to += n ^ ((n ^ 3) & wrong);
        end = k + n;
        left &= left - 1;
    } while (left);
    out->len = (size_t)(to - out->ptr);
    *at += end;
    return !(begins & ~good & ~(uint64_t)0 >> 3);
}

tkc_status tkc_utf8_lossy(tkc_str text, tkc_buf *out, tkc_buf *map, tkc_error *err)
{
    /* of a stretch, whose last block or character may reach over its end */
    enum { MOST = 3 * (WORTH_BLOCKS + BLOCK + 4) }; /* four bytes and more are to spare: see there */
    size_t i = 0;
    tkc_status st = TKC_OK;
    while (i < text.len && !st) {
        /* What is no text is wrong every few bytes: no block of it is worth a look. */
        const size_t end = text.len - i < WORTH_BLOCKS ? text.len : i + WORTH_BLOCKS;
        bool clean = true;
        st = tkc_buf_reserve(out, MOST, err);
        if (!st && map) st = tkc_buf_reserve(map, MOST * sizeof i, err);
        while (!st && !map && i < end && text.len - i >= BLOCK) clean &= lossy_block(text, &i, out);
        if (!st && clean & lossy_stretch(text, &i, end, out, map)) {
            const size_t good = tkc_utf8_valid(text.ptr + i, text.len - i);
            st = tkc_buf_append(out, text.ptr + i, good, err);
            if (!st && map) st = append_map(map, i, 1, good, err);
            i += good;
        }
    }
    if (!st && map) st = append_map(map, i, 0, 1, err);
    return st;
}
