/*
 * unicode.c - normal forms, lower case and grapheme clusters, character by character.
 *
 * Owns the generated tables and every call of utf8proc. The reference engine's forms are those
 * of Unicode 9.0: a character of a later age is kept and cuts the text. So utf8proc (15.0, or
 * whatever is installed) is only shown characters of 9.0, whose decompositions may not change,
 * and any version gives the same bytes.
 *
 * Idea: a quick check walks the text and names the combining sequences that may not be in the
 * form; only those are decomposed, sorted and composed. Sorting is ours: utf8proc exchanges
 * neighbours, and a run of 20,000, 40,000, 80,000 marks in the wrong order takes it 0.8, 3.2,
 * 12.5 s; by counting, 2,000,000 take 30 ms.
 */
#include "tokenizer/normalize/unicode.h"

#include "tokenizer/normalize/quick.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <utf8proc.h>

struct lower_row {
    uint32_t first, last;
    int stride;
    int32_t delta;
};

#include "tokenizer/normalize/tables.inc"

/* A code point has 21 bits; its combining class travels in the 8 bits at the top. */
enum { CLASS_SHIFT = 24 };
#define CP_MASK UINT32_C(0x1fffff)

/* --- forms ------------------------------------------------------------------------------ */

static unsigned combining_class(uint32_t cp)
{
    return (unsigned)utf8proc_get_property((utf8proc_int32_t)cp)->combining_class;
}

/* Where the last character of s[0 .. at) begins, at > 0, or at when 9.0 does not have it: such
 * a character is no part of a sequence. All of it is plain. */
static size_t last_start(const unsigned char *s, size_t at)
{
    size_t start = at - 1;
    unsigned n;
    while ((s[start] & 0xc0) == 0x80) start--;
    return tkc_norm_bits(tkc_utf8_get(s + start, &n)) & TKC_NORM_AGE9 ? start : at;
}

/* Blocks are tried again this much behind a place where they did not help: in a script with
 * marks they never do. */
enum { TRY_AGAIN = 128 };

bool tkc_form_next(tkc_norm_form form, tkc_str s, size_t from, size_t *begin, size_t *end)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    const unsigned quick = TKC_NORM_QUICK_D << form, bound = TKC_NORM_BOUND_D << form;
    const tkc_plain_fn plain =
        form == TKC_NFC && s.len - from >= TRY_AGAIN ? tkc_plain_for(tkc_isa_best()) : NULL;
    size_t at = from, start = from; /* start: the last place a sequence can begin at */
    size_t try_at = plain ? from : s.len;
    uint32_t mark = 0;              /* the character before at, if marks may be out of order */
    unsigned n;
    while (at < s.len) {
        unsigned bits;
        uint32_t cp;
        if (at >= try_at) {
            const size_t skip = plain(p + at, s.len - at);
            if (skip) {
                at += skip;
                start = last_start(p, at);
                mark = 0;
            }
            try_at = at + TRY_AGAIN < s.len ? at + TRY_AGAIN : s.len;
            continue;
        }
        if (p[at] < 0x80) {
            at += tkc_ascii_run(p + at, s.len - at);
            start = at - 1;
            mark = 0;
            continue;
        }
        cp = tkc_utf8_get(p + at, &n);
        bits = tkc_norm_bits(cp);
        if (bits & bound) start = at;
        if (!(bits & quick)) break;
        if (bits & bound) {
            mark = 0;
            if (!(bits & TKC_NORM_AGE9)) start = at + n;
        } else {
            /* A mark that stays a mark: Thai, Hebrew and Arabic vowels in their order. One by
             * itself is in order, so most cost no look at their class. */
            if (mark && combining_class(cp) < combining_class(mark)) break;
            mark = cp;
        }
        at += n;
    }
    if (at >= s.len) return false;
    *begin = start;
    for (at += n; at < s.len; at += n)
        if (tkc_norm_bits(tkc_utf8_get(p + at, &n)) & bound) break;
    *end = at;
    return true;
}

void tkc_norm_scratch_release(tkc_norm_scratch *s)
{
    tkc_free(s->alloc, s->cp, s->cap, sizeof *s->cp);
    tkc_free(s->alloc, s->tmp, s->cap, sizeof *s->tmp);
    tkc_free(s->alloc, s->utf8, s->cap_utf8, 1);
    s->cp = s->tmp = NULL;
    s->utf8 = NULL;
    s->cap = s->cap_utf8 = 0;
}

static tkc_status scratch_reserve(tkc_norm_scratch *s, size_t extra, tkc_error *err)
{
    const size_t max = SIZE_MAX / 64;
    size_t cap = s->cap, cap_tmp = s->cap;
    if (extra <= s->cap - s->n) return TKC_OK;
    if (!tkc_grow(s->alloc, &s->tmp, &cap_tmp, s->n + extra, max, sizeof *s->tmp))
        return tkc_nomem(err);
    if (!tkc_grow(s->alloc, &s->cp, &cap, s->n + extra, max, sizeof *s->cp)) {
        /* tmp is larger than cap says: bring it back so that freeing tells the truth. */
        uint32_t *back = tkc_realloc(s->alloc, s->tmp, cap_tmp, s->cap, sizeof *s->tmp);
        if (!back) tkc_free(s->alloc, s->tmp, cap_tmp, sizeof *s->tmp);
        s->tmp = back;
        if (!back) {
            tkc_free(s->alloc, s->cp, s->cap, sizeof *s->cp);
            s->cp = NULL;
            s->cap = 0;
        }
        return tkc_nomem(err);
    }
    s->cap = cap;
    return TKC_OK;
}

static tkc_status decompose(tkc_norm_form form, tkc_str seq, tkc_norm_scratch *s, tkc_error *err)
{
    enum { LONGEST = 32 }; /* U+FDFA: 18 */
    const unsigned char *p = (const unsigned char *)seq.ptr;
    const unsigned quick = TKC_NORM_QUICK_D << (form & TKC_NFKD);
    const int compat = form & TKC_NFKD ? UTF8PROC_COMPAT : 0;
    const utf8proc_option_t options =
        (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | compat);
    unsigned n;
    s->n = 0;
    for (size_t at = 0; at < seq.len; at += n) {
        utf8proc_int32_t part[LONGEST];
        utf8proc_ssize_t n_part = 1;
        const uint32_t cp = tkc_utf8_get(p + at, &n);
        tkc_status st;
        part[0] = (utf8proc_int32_t)cp;
        if (!(tkc_norm_bits(cp) & quick)) {
            int boundclass = 0;
            n_part = utf8proc_decompose_char(part[0], part, LONGEST, options, &boundclass);
        }
        if (n_part < 0 || n_part > LONGEST)
            return tkc_fail(err, TKC_E_UNSUPPORTED, at, "utf8proc cannot decompose U+%04X",
                            (unsigned)cp);
        st = scratch_reserve(s, (size_t)n_part, err);
        if (st) return st;
        for (utf8proc_ssize_t i = 0; i < n_part; i++) {
            const uint32_t c = (uint32_t)part[i];
            s->cp[s->n++] = c | (c < 0x300 ? 0 : combining_class(c) << CLASS_SHIFT);
        }
    }
    return TKC_OK;
}

/* Stable, by class. */
static void sort_marks(uint32_t *cp, uint32_t *tmp, size_t n)
{
    if (n <= 24) {
        for (size_t i = 1; i < n; i++) {
            const uint32_t x = cp[i];
            size_t k = i;
            while (k > 0 && cp[k - 1] >> CLASS_SHIFT > x >> CLASS_SHIFT) {
                cp[k] = cp[k - 1];
                k--;
            }
            cp[k] = x;
        }
    } else {
        size_t where[257] = {0};
        for (size_t i = 0; i < n; i++) where[(cp[i] >> CLASS_SHIFT) + 1]++;
        for (size_t c = 1; c < 257; c++) where[c] += where[c - 1];
        for (size_t i = 0; i < n; i++) tmp[where[cp[i] >> CLASS_SHIFT]++] = cp[i];
        memcpy(cp, tmp, n * sizeof *cp);
    }
}

/* Composes cp[0 .. n) in place, all of class bits gone; returns how many are left. utf8proc
 * takes U+11A7 for a final consonant of Hangul (it is one before the first) and loses it behind
 * a syllable; here it is a bound and so never stands inside a sequence. */
static size_t compose(uint32_t *cp, size_t n)
{
    utf8proc_int32_t *p = (utf8proc_int32_t *)(void *)cp;
    const utf8proc_ssize_t left = utf8proc_normalize_utf32(
        p, (utf8proc_ssize_t)n, (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    return left < 0 ? n : (size_t)left;
}

tkc_status tkc_form_apply(tkc_norm_form form, tkc_str seq, tkc_norm_scratch *s, tkc_str *out,
                          tkc_error *err)
{
    size_t len = 0;
    tkc_status st = decompose(form, seq, s, err);
    if (st) return st;
    for (size_t i = 0; i < s->n;) {
        size_t k = i;
        while (k < s->n && s->cp[k] >> CLASS_SHIFT) k++;
        if (k - i > 1) sort_marks(s->cp + i, s->tmp, k - i);
        i = k + 1;
    }
    for (size_t i = 0; i < s->n; i++) s->cp[i] &= CP_MASK;
    if (form & TKC_NFC) s->n = compose(s->cp, s->n);
    if (!tkc_grow(s->alloc, &s->utf8, &s->cap_utf8, s->n * 4, SIZE_MAX / 8, 1))
        return tkc_nomem(err);
    for (size_t i = 0; i < s->n; i++) len += tkc_utf8_put(s->utf8 + len, s->cp[i]);
    *out = (tkc_str){s->utf8, len};
    return TKC_OK;
}

/* --- lower case ------------------------------------------------------------------------- */

unsigned tkc_lower(uint32_t cp, uint32_t out[2])
{
    size_t low = 0, high = sizeof lower_row / sizeof lower_row[0];
    out[0] = cp;
    if (cp == 0x130) { /* the only one with two: i and a dot above */
        out[0] = 'i';
        out[1] = 0x307;
        return 2;
    }
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const struct lower_row *r = &lower_row[mid];
        if (cp < r->first) {
            high = mid;
        } else if (cp > r->last) {
            low = mid + 1;
        } else {
            if ((cp - r->first) % (uint32_t)r->stride == 0)
                out[0] = (uint32_t)((int32_t)cp + r->delta);
            break;
        }
    }
    return 1;
}

/* --- grapheme clusters ------------------------------------------------------------------ */

enum {
    G_OTHER, G_CR, G_LF, G_CONTROL, G_EXTEND, G_ZWJ, G_REGIONAL, G_PREPEND, G_SPACING, G_L, G_V,
    G_T, G_LV, G_LVT, G_PICTOGRAPHIC = 1 << 4
};
enum { I_CONSONANT = 1, I_LINKER, I_EXTEND, I_SHIFT = 5 };

static unsigned grapheme_value(uint32_t cp)
{
    return grapheme_stage2[grapheme_stage1[cp >> 7]][cp & 127];
}

/* Hangul: GB6, GB7, GB8. */
static bool syllable_goes_on(unsigned a, unsigned b)
{
    if (a == G_L) return b == G_L || b == G_V || b == G_LV || b == G_LVT;
    if (a == G_LV || a == G_V) return b == G_V || b == G_T;
    return (a == G_LVT || a == G_T) && b == G_T;
}

/* The state of the rules that look further back than one character; a cluster never begins
 * inside what they look at. */
typedef struct cluster {
    unsigned break_class;
    bool pictographic; /* GB11: Extended_Pictographic Extend* */
    bool joiner;       /*       ... ZWJ */
    bool consonant;    /* GB9c: consonant, then linkers and extenders */
    bool linker;       /*       ... a linker among them */
    unsigned regional; /* GB12, GB13: regional indicators just before */
} cluster;

static void cluster_add(cluster *c, unsigned v)
{
    const unsigned b = v & 15, indic = v >> I_SHIFT;
    c->joiner = c->pictographic && b == G_ZWJ;
    c->pictographic = v & G_PICTOGRAPHIC || (c->pictographic && b == G_EXTEND);
    if (indic == I_CONSONANT) {
        c->consonant = true;
        c->linker = false;
    } else if (indic == I_LINKER) {
        c->linker = c->consonant;
    } else if (indic != I_EXTEND) {
        c->consonant = c->linker = false;
    }
    c->regional = b == G_REGIONAL ? c->regional + 1 : 0;
    c->break_class = b;
}

static bool cluster_goes_on(const cluster *c, unsigned v)
{
    const unsigned a = c->break_class, b = v & 15;
    if (a == G_CR && b == G_LF) return true;
    if (a == G_CR || a == G_LF || a == G_CONTROL) return false;
    if (b == G_CR || b == G_LF || b == G_CONTROL) return false;
    if (b == G_EXTEND || b == G_ZWJ || b == G_SPACING || a == G_PREPEND) return true;
    if (c->linker && v >> I_SHIFT == I_CONSONANT) return true;
    if (c->joiner && v & G_PICTOGRAPHIC) return true;
    if (b == G_REGIONAL) return c->regional % 2 == 1;
    return syllable_goes_on(a, b);
}

size_t tkc_grapheme_end(tkc_str s, size_t from)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    cluster c = {0};
    unsigned n;
    size_t at = from;
    cluster_add(&c, grapheme_value(tkc_utf8_get(p + at, &n)));
    for (at += n; at < s.len; at += n) {
        const unsigned v = grapheme_value(tkc_utf8_get(p + at, &n));
        if (!cluster_goes_on(&c, v)) break;
        cluster_add(&c, v);
    }
    return at;
}
