/* simd_avx2.h - what a kernel is made of, for AVX2: two halves of 32 bytes. */
#ifndef TKC_TOKENIZER_KERNELS_SIMD_AVX2_H
#define TKC_TOKENIZER_KERNELS_SIMD_AVX2_H

/* Whether compares of a whole window are cheap. */
#define SIMD_RANGES 1

#include "tokenizer/kernels/bits.h"
#include "tokenizer/kernels/kernel.h"
#include "tokenizer/kernels/wide_avx2.h"

#include <immintrin.h>

typedef struct simd_block {
    __m256i a, b;
} simd_block;

/* c in all bytes, by one load: compilers would make it anew in every window, by three instructions. */
static ALWAYS_INLINE __m256i simd_all(int c)
{
    return _mm256_set1_epi32((int)tkc_four_bytes[c & 0xff]);
}

static ALWAYS_INLINE uint64_t simd_mask(__m256i a, __m256i b)
{
    return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

/* Bytes in [first, first + count), 0 < count < 256: moved to the lowest of the signed ones. */
static ALWAYS_INLINE uint64_t simd_between(simd_block v, int first, int count)
{
    const __m256i to_low = simd_all(128 - first), end = simd_all(count - 128);
    return simd_mask(_mm256_cmpgt_epi8(end, _mm256_add_epi8(v.a, to_low)),
                     _mm256_cmpgt_epi8(end, _mm256_add_epi8(v.b, to_low)));
}

static ALWAYS_INLINE uint64_t simd_equal(simd_block v, int c)
{
    const __m256i x = simd_all(c);
    return simd_mask(_mm256_cmpeq_epi8(v.a, x), _mm256_cmpeq_epi8(v.b, x));
}

static ALWAYS_INLINE simd_block simd_load(const unsigned char *s)
{
    return (simd_block){_mm256_loadu_si256((const __m256i *)(const void *)s),
                        _mm256_loadu_si256((const __m256i *)(const void *)(s + 32))};
}

/* Bytes that are the one of row that their low half names. */
static ALWAYS_INLINE uint64_t simd_in_row(simd_block v, __m128i row)
{
    const __m256i r = _mm256_broadcastsi128_si256(row);
    return simd_mask(_mm256_cmpeq_epi8(_mm256_shuffle_epi8(r, v.a), v.a),
                     _mm256_cmpeq_epi8(_mm256_shuffle_epi8(r, v.b), v.b));
}

static ALWAYS_INLINE uint64_t simd_spaces(simd_block v)
{
    return simd_in_row(v, _mm_setr_epi8(' ', -1, -1, -1, -1, -1, -1, -1, -1, 9, 10, 11, 12, 13, -1, -1));
}

static ALWAYS_INLINE uint64_t simd_newlines(simd_block v)
{
    return simd_in_row(v, _mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, '\n', -1, -1, '\r', -1, -1));
}

static ALWAYS_INLINE uint64_t simd_wide(simd_block v)
{
    return simd_mask(v.a, v.b);
}

/* The bits of c set in all bytes. */
static ALWAYS_INLINE simd_block simd_with(simd_block v, int c)
{
    const __m256i x = simd_all(c);
    return (simd_block){_mm256_or_si256(v.a, x), _mm256_or_si256(v.b, x)};
}

static ALWAYS_INLINE void simd_bit_planes(const unsigned char *c, uint64_t bit[8])
{
    simd_block v = simd_load(c);
    for (int k = 7; k >= 0; k--) {
        bit[k] = simd_mask(v.a, v.b);
        v.a = _mm256_add_epi8(v.a, v.a);
        v.b = _mm256_add_epi8(v.b, v.b);
    }
}

#define SIMD_THREE 1
/* Of characters of three bytes what their bytes tell, at their first ones: letters are those of U+4E00-U+9F7F and
 * U+AC00-U+D77F, kana those that told_by_bytes() names, other is E2, E3 or EF and no kana. Right up to the last one
 * that the window has whole. */
typedef struct simd_threes {
    uint64_t letters, kana, other;
} simd_threes;

/* The bits that both halves of each byte have. */
static ALWAYS_INLINE __m256i simd_of_halves(__m256i low, __m256i high, __m128i of_low, __m128i of_high)
{
    return _mm256_and_si256(_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(of_low), low),
                            _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(of_high), high));
}

/* n bytes down: each byte is the n-th behind it. */
#define SIMD_DOWN(v, behind, n) _mm256_alignr_epi8(_mm256_permute2x128_si256(v, behind, 0x21), v, n)

static ALWAYS_INLINE simd_threes simd_three(simd_block v)
{
    /* second bytes, a bit each: 80-8F, 90-AF, 90-9D, B0-B7, B8-BD, BE-BF, 81-83, and all; of the first byte E. those
     * that make it one of what is looked for */
    enum { S8 = 1, S9A = 2, S9 = 4, SB = 8, SB8 = 16, SBE = 32, KANA = 64, ALL = -128, HAN = S8 | S9A | SB | SB8 };
    const __m128i first = _mm_setr_epi8(0, 0, ALL, KANA | ALL, SB8 | SBE, HAN | SBE, HAN | SBE, HAN | SBE, HAN | SBE, HAN,
                                        SB | SB8 | SBE, HAN | SBE, HAN | SBE, S8 | S9, 0, ALL);
    const __m128i first_high = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0);
    enum { EACH = S8 | S9A | ALL, LOW = EACH | S9 | SB, HIGH = EACH | SB8 };
    const __m128i second = _mm_setr_epi8(LOW, LOW | KANA, LOW | KANA, LOW | KANA, LOW, LOW, LOW, LOW, HIGH | S9, HIGH | S9,
                                         HIGH | S9, HIGH | S9, HIGH | S9, HIGH | S9, EACH | SBE, EACH | SBE);
    const __m128i second_high = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, S8 | KANA | ALL, S9A | S9 | ALL, S9A | ALL,
                                              SB | SB8 | SBE | ALL, 0, 0, 0, 0);
    /* no kana: 81 80, 82 97-9F, 82 A0, 83 BB: a bit each as third bytes, four above as second ones */
    const __m128i not = _mm_setr_epi8(1 | 4, 16, 32 | 64, -128, 0, 0, 0, 2, 2, 2, 2, 2 | 8, 2, 2, 2, 2);
    const __m128i not_high = _mm_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1 | 16 | 32 | 64 | -128, 2, 4, 8, 0, 0, 0, 0);
    const __m256i low = _mm256_set1_epi8(15), zero = _mm256_setzero_si256(), letter = _mm256_set1_epi8(63);
    const __m256i la = _mm256_and_si256(v.a, low), lb = _mm256_and_si256(v.b, low);
    const __m256i ha = _mm256_and_si256(_mm256_srli_epi16(v.a, 4), low), hb = _mm256_and_si256(_mm256_srli_epi16(v.b, 4), low);
    const __m256i sa = simd_of_halves(la, ha, second, second_high), sb = simd_of_halves(lb, hb, second, second_high);
    const __m256i na = simd_of_halves(la, ha, not, not_high), nb = simd_of_halves(lb, hb, not, not_high);
    const __m256i a = _mm256_and_si256(simd_of_halves(la, ha, first, first_high), SIMD_DOWN(sa, sb, 1));
    const __m256i b = _mm256_and_si256(simd_of_halves(lb, hb, first, first_high), SIMD_DOWN(sb, zero, 1));
    const __m256i xa = _mm256_and_si256(_mm256_and_si256(_mm256_srli_epi16(SIMD_DOWN(na, nb, 1), 4), low), SIMD_DOWN(na, nb, 2));
    const __m256i xb = _mm256_and_si256(_mm256_and_si256(_mm256_srli_epi16(SIMD_DOWN(nb, zero, 1), 4), low), SIMD_DOWN(nb, zero, 2));
    simd_threes t;
    t.letters = ~simd_mask(_mm256_cmpeq_epi8(_mm256_and_si256(a, letter), zero), _mm256_cmpeq_epi8(_mm256_and_si256(b, letter), zero));
    t.kana = simd_mask(_mm256_slli_epi16(a, 1), _mm256_slli_epi16(b, 1)) & simd_mask(_mm256_cmpeq_epi8(xa, zero), _mm256_cmpeq_epi8(xb, zero));
    t.other = simd_mask(a, b) & ~t.kana;
    return t;
}

/* of[x] of 32 bytes x; none for control characters and those beyond ASCII. A row of 16 is shuffled
 * for all, with bytes of other rows made negative, which shuffles to 0. */
static ALWAYS_INLINE __m256i simd_class(const tkc_pair_classes *c, __m256i x)
{
    __m256i sum = _mm256_setzero_si256();
#define ROW(r) \
    do { \
        const __m256i t = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)(c->of + (r)))); \
        const __m256i i = _mm256_adds_epu8(_mm256_xor_si256(x, _mm256_set1_epi8(r)), _mm256_set1_epi8(0x70)); \
        sum = _mm256_or_si256(sum, _mm256_shuffle_epi8(t, i)); \
    } while (0)
    ROW(0x20);
    ROW(0x30);
    ROW(0x40);
    ROW(0x50);
    ROW(0x60);
    ROW(0x70);
#undef ROW
    return sum;
}

#define SIMD_PARTED 1
/* Places of s[0 .. 64) that are parted from the byte before them; *wide: bytes beyond ASCII. */
static ALWAYS_INLINE uint64_t simd_parted(const tkc_pair_classes *c, const unsigned char *s, uint64_t *wide)
{
    const simd_block v = simd_load(s);
    const __m256i zero = _mm256_setzero_si256(), high = _mm256_set1_epi8((char)0xf0);
    const __m256i before = _mm256_set1_epi8((char)c->of[s[-1]]), a = simd_class(c, v.a), b = simd_class(c, v.b);
    /* one byte up: each lane's last byte is the next one's first */
    const __m256i a1 = _mm256_alignr_epi8(a, _mm256_permute2x128_si256(before, a, 0x21), 15);
    const __m256i b1 = _mm256_alignr_epi8(b, _mm256_permute2x128_si256(a, b, 0x21), 15);
    const __m256i both_a = _mm256_and_si256(_mm256_and_si256(_mm256_slli_epi16(a1, 4), high), a);
    const __m256i both_b = _mm256_and_si256(_mm256_and_si256(_mm256_slli_epi16(b1, 4), high), b);
    const uint64_t newline = simd_equal(v, '\n'), tab = simd_equal(v, '\t');
    *wide = simd_mask(v.a, v.b);
    return ~simd_mask(_mm256_cmpeq_epi8(both_a, zero), _mm256_cmpeq_epi8(both_b, zero)) |
           ((newline ^ (newline << 1 | (s[-1] == '\n'))) & c->newline) |
           ((tab ^ (tab << 1 | (s[-1] == '\t'))) & c->tab);
}

/* The places of a byte's bits, a byte each, lowest first: those of its high half behind those of its
 * low half, of which there are none, one, two, ... */
#define PLACES(high) \
    (high), 0x0 | (high) << 8, 0x1 | (high) << 8, 0x100 | (high) << 16, 0x2 | (high) << 8, 0x200 | (high) << 16, \
    0x201 | (high) << 16, 0x20100 | (high) << 24, 0x3 | (high) << 8, 0x300 | (high) << 16, 0x301 | (high) << 16, \
    0x30100 | (high) << 24, 0x302 | (high) << 16, 0x30200 | (high) << 24, 0x30201 | (high) << 24, \
    0x3020100 | (high) << 32
static const uint64_t simd_places[256] = {
    PLACES(UINT64_C(0x0)),     PLACES(UINT64_C(0x4)),      PLACES(UINT64_C(0x5)),     PLACES(UINT64_C(0x504)),
    PLACES(UINT64_C(0x6)),     PLACES(UINT64_C(0x604)),    PLACES(UINT64_C(0x605)),   PLACES(UINT64_C(0x60504)),
    PLACES(UINT64_C(0x7)),     PLACES(UINT64_C(0x704)),    PLACES(UINT64_C(0x705)),   PLACES(UINT64_C(0x70504)),
    PLACES(UINT64_C(0x706)),   PLACES(UINT64_C(0x70604)),  PLACES(UINT64_C(0x70605)), PLACES(UINT64_C(0x7060504))};
#undef PLACES

/* base + step * the place of each of the lowest n bits. May write up to n words, rounded up to
 * eights, whatever their number. step: 1 or 3. */
static ALWAYS_INLINE void simd_put_bits(uint32_t *out, uint64_t bits, unsigned n, uint32_t base, uint32_t step)
{
    /* eight at a time without asking how many: a loop over bits is guessed wrong at its end in
     * most windows, which takes as long as everything else */
    __m256i at = _mm256_set1_epi32((int)base);
    __m256i next = _mm256_set1_epi32((int)(8 * step));
    __asm__("" : "+x"(next)); /* one register instead of eight constants */
#pragma GCC unroll 8
    for (unsigned i = 0; i < n; i += 8) {
        const unsigned byte = bits >> i & 0xff;
        __m256i v = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(simd_places + byte)));
        if (step == 3) v = _mm256_add_epi32(v, _mm256_slli_epi32(v, 1));
        _mm256_storeu_si256((__m256i *)(void *)out, _mm256_add_epi32(v, at));
        at = _mm256_add_epi32(at, next);
        out += popcount64(byte);
    }
}

/* Of each byte of v the number of a character of three bytes that begins there; behind: the bytes behind v. */
static ALWAYS_INLINE void simd_cjk_number(uint16_t *number, __m256i v, __m256i behind)
{
    const __m256i v1 = SIMD_DOWN(v, behind, 1), v2 = SIMD_DOWN(v, behind, 2);
    const __m256i second = _mm256_and_si256(v1, _mm256_set1_epi8(63)), third = _mm256_and_si256(v2, _mm256_set1_epi8(63));
    const __m256i high = _mm256_or_si256(_mm256_and_si256(_mm256_slli_epi16(v, 4), _mm256_set1_epi8((char)0xf0)), _mm256_srli_epi16(_mm256_and_si256(second, _mm256_set1_epi8(60)), 2));
    const __m256i low = _mm256_or_si256(_mm256_slli_epi16(_mm256_and_si256(second, _mm256_set1_epi8(3)), 6), third);
    const __m256i a = _mm256_unpacklo_epi8(low, high), b = _mm256_unpackhi_epi8(low, high);
    _mm256_storeu_si256((__m256i *)(void *)number, _mm256_permute2x128_si256(a, b, 0x20));
    _mm256_storeu_si256((__m256i *)(void *)(number + 16), _mm256_permute2x128_si256(a, b, 0x31));
}

/* The numbers of the characters of three bytes that begin at the bits of lead, up to 21 of them; there is room for 32. */
static ALWAYS_INLINE void simd_cjk_numbers(uint16_t *number, const unsigned char *w, uint64_t lead)
{
    const simd_block v = simd_load(w);
    uint16_t of[TKC_WINDOW];
    simd_cjk_number(of, v.a, v.b);
    simd_cjk_number(of + 32, v.b, _mm256_setzero_si256());
    for (; lead; lead &= lead - 1) *number++ = of[ctz64(lead)];
}

typedef __m128i simd_key;

/* The key of p[0 .. len), len <= 15, of which fill is the fill; 16 bytes may be read. */
static ALWAYS_INLINE simd_key simd_key_of(const unsigned char *p, const unsigned char *fill)
{
    return _mm_or_si128(_mm_loadu_si128((const __m128i *)(const void *)p),
                        _mm_loadu_si128((const __m128i *)(const void *)fill));
}

/* Two AES rounds: every bit of the key reaches every bit of the hash. There and back: of English words
 * three times as many had one home with two rounds forward, whose small factors mix less. */
static ALWAYS_INLINE uint64_t simd_hash(simd_key k)
{
    const __m128i a = _mm_set_epi64x((long long)0x9e3779b97f4a7c15u, (long long)0xd6e8feb86659fd93u);
    return (uint64_t)_mm_cvtsi128_si64(_mm_aesdec_si128(_mm_aesenc_si128(k, a), k));
}

/* Whether an entry has the 15 bytes of the key. */
static ALWAYS_INLINE bool simd_has(const unsigned char *entry, simd_key k)
{
    const __m128i e = _mm_load_si128((const __m128i *)(const void *)entry);
    return _mm_movemask_epi8(_mm_cmpeq_epi8(e, k)) == 0x7fff; /* the last byte is never that of a key */
}

static ALWAYS_INLINE void simd_copy_row(uint32_t *out, const unsigned char *row)
{
    _mm_storeu_si128((__m128i *)(void *)out, _mm_loadu_si128((const __m128i *)(const void *)row));
}

#endif
