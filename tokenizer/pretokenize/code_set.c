/*
 * code_set.c - sets of code points for the regex translator.
 *
 * A set is written as ranges and nothing else: PCRE2's own \p{..} is of another Unicode, and
 * in a class it also costs the bitmap for ASCII (measured: 15 instead of 900 MB/s on a run
 * of '!'). PCRE2 tries the ranges of a class one after the other in the order written, so
 * long ones of the first plane stand first: CJK before 600 small scripts.
 */
#include "tokenizer/pretokenize/code_set.h"

#include "tokenizer/unicode_class.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tkc_code_set_add_range(tkc_code_set *s, uint32_t first, uint32_t last)
{
    for (uint32_t cp = first; cp <= last; cp++) tkc_code_set_add(s, cp);
}

/* By pages of unicode_class.h: most of the 8,704 share one of few. */
void tkc_code_set_add_class(tkc_code_set *s, unsigned classes)
{
    uint64_t w[2] = {0, 0};
    for (uint32_t page = 0; page < TKC_CODE_POINTS >> 7; page++) {
        const uint32_t index = tkc_unicode_stage1[page];
        if (page == 0 || index != tkc_unicode_stage1[page - 1]) {
            w[0] = w[1] = 0;
            for (uint32_t i = 0; i < 128; i++)
                if (tkc_unicode_stage2[index][i] & classes)
                    w[i >> 6] |= UINT64_C(1) << (i & 63);
        }
        s->w[page * 2] |= w[0];
        s->w[page * 2 + 1] |= w[1];
    }
}

void tkc_code_set_unite(tkc_code_set *s, const tkc_code_set *other)
{
    for (size_t i = 0; i < TKC_CODE_SET_WORDS; i++) s->w[i] |= other->w[i];
}

void tkc_code_set_intersect(tkc_code_set *s, const tkc_code_set *other)
{
    for (size_t i = 0; i < TKC_CODE_SET_WORDS; i++) s->w[i] &= other->w[i];
}

void tkc_code_set_negate(tkc_code_set *s)
{
    for (size_t i = 0; i < TKC_CODE_SET_WORDS; i++) s->w[i] = ~s->w[i];
}

bool tkc_code_set_range(const tkc_code_set *s, uint32_t from, uint32_t *first, uint32_t *last)
{
    uint32_t cp = from;
    while (cp < TKC_CODE_POINTS && !tkc_code_set_has(s, cp))
        cp += !(cp & 63) && !s->w[cp >> 6] ? 64 : 1;
    if (cp >= TKC_CODE_POINTS) return false;
    *first = cp;
    while (cp < TKC_CODE_POINTS && tkc_code_set_has(s, cp))
        cp += !(cp & 63) && s->w[cp >> 6] == UINT64_MAX ? 64 : 1;
    *last = cp - 1;
    return true;
}

typedef struct range {
    uint32_t first, last;
} range;

/* First plane first, then the longer, then the lower. */
static int compare_ranges(const void *pa, const void *pb)
{
    const range *a = pa, *b = pb;
    const bool far_a = a->first >= 0x10000, far_b = b->first >= 0x10000;
    const uint32_t len_a = a->last - a->first, len_b = b->last - b->first;
    if (far_a != far_b) return far_a ? 1 : -1;
    if (len_a != len_b) return len_a < len_b ? 1 : -1;
    return a->first < b->first ? -1 : a->first > b->first;
}

static tkc_status write_ranges(range *r, size_t n, bool negated, tkc_buf *out, tkc_error *err)
{
    tkc_status st = tkc_buf_append(out, negated ? "[^" : "[", negated ? 2 : 1, err);
    qsort(r, n, sizeof *r, compare_ranges);
    for (size_t i = 0; i < n && !st; i++) {
        char text[32];
        int len;
        if (r[i].first == r[i].last)
            len = snprintf(text, sizeof text, "\\x{%x}", (unsigned)r[i].first);
        else
            len = snprintf(text, sizeof text, "\\x{%x}-\\x{%x}", (unsigned)r[i].first,
                           (unsigned)r[i].last);
        st = tkc_buf_append(out, text, (size_t)len, err);
    }
    return st ? st : tkc_buf_append_byte(out, ']', err);
}

static size_t count_ranges(const tkc_code_set *s)
{
    uint32_t first, last;
    size_t n = 0;
    for (uint32_t from = 0; tkc_code_set_range(s, from, &first, &last); from = last + 1) n++;
    return n;
}

/* The surrogates are in no text; without them both of a set and its complement are ranges
 * PCRE2 accepts. */
static void clear_surrogates(tkc_code_set *s)
{
    memset(&s->w[0xd800 >> 6], 0, (0xe000 - 0xd800) / 8);
}

tkc_status tkc_code_set_write(const tkc_code_set *s, const tkc_allocator *alloc, tkc_buf *out,
                              tkc_error *err)
{
    tkc_code_set *both = tkc_alloc(alloc, 2, sizeof *both);
    size_t n_in, n_out, n;
    range *r;
    tkc_status st;
    if (!both) return tkc_nomem(err);
    both[0] = both[1] = *s;
    tkc_code_set_negate(&both[1]);
    clear_surrogates(&both[0]);
    clear_surrogates(&both[1]);
    n_in = count_ranges(&both[0]);
    n_out = count_ranges(&both[1]);
    n = n_in <= n_out ? n_in : n_out;
    if (n == 0) {
        st = n_in ? tkc_buf_append(out, "[\\s\\S]", 6, err)
                  : tkc_buf_append(out, "(?:(?!))", 8, err);
    } else if ((r = tkc_alloc(alloc, n, sizeof *r)) == NULL) {
        st = tkc_nomem(err);
    } else {
        uint32_t from = 0;
        for (size_t i = 0; i < n; i++) {
            (void)tkc_code_set_range(&both[n_in > n_out], from, &r[i].first, &r[i].last);
            from = r[i].last + 1;
        }
        st = write_ranges(r, n, n_in > n_out, out, err);
        tkc_free(alloc, r, n, sizeof *r);
    }
    tkc_free(alloc, both, 2, sizeof *both);
    return st;
}
