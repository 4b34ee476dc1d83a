/* special_tokens.c - added tokens in a text, by the Hugging Face engine's rules. */
#include "tokenizer/special_tokens.h"

#include "tokenizer/unicode_class.h"
#include "vocab/base/utf8.h"

static bool word_at(const char *s, size_t at, size_t len)
{
    unsigned n;
    return at < len &&
           tkc_unicode_class(tkc_utf8_get((const unsigned char *)s + at, &n)) & TKC_UC_WORD;
}

/* The number of trusted ranges that begin at or before at; they are sorted and disjoint. */
static size_t ranges_until(const tkc_trust *t, size_t at)
{
    size_t low = 0, high = t->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (t->range[2 * middle] <= at) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool trusted(const tkc_trust *t, size_t begin, size_t end)
{
    const size_t n = t->all ? 0 : ranges_until(t, begin);
    return t->all || (n && end <= t->range[2 * n - 1]);
}

/* Whether a trusted range has a byte in begin .. end. */
static bool touches(const tkc_trust *t, size_t begin, size_t end)
{
    const size_t n = end ? ranges_until(t, end - 1) : 0;
    return n && t->range[2 * n - 1] > begin;
}

bool tkc_special_next(const tkc_vocab *v, const tkc_matcher *m, const tkc_text *text,
                      size_t *search, size_t floor, const tkc_trust *trust,
                      const tkc_added **added, size_t *begin, size_t *end)
{
    const tkc_str s = {text->ptr, text->len};
    size_t at = *search;
    for (;;) {
        const tkc_added *a;
        uint32_t which = 0;
        size_t len = 0, b, e;
        unsigned n;
        b = tkc_matcher_find(m, s, at, &which, &len);
        if (b == s.len) return false;
        a = &v->added[which];
        e = at = b + len;
        if (a->flags & TKC_ADDED_SPECIAL &&
            !trusted(trust, tkc_text_source(text, b), tkc_text_source(text, e))) {
            /* a user's bytes in front of a template's marker must not swallow it */
            if (touches(trust, tkc_text_source(text, b), tkc_text_source(text, e))) at = b + 1;
            continue;
        }
        if (a->flags & TKC_ADDED_SINGLE_WORD &&
            ((b && tkc_unicode_class(tkc_utf8_before((const unsigned char *)s.ptr + b, &n)) & TKC_UC_WORD) ||
             word_at(s.ptr, e, s.len)))
            continue;
        if (a->flags & TKC_ADDED_LSTRIP) {
            while (b > floor && tkc_unicode_class(tkc_utf8_before((const unsigned char *)s.ptr + b, &n)) & TKC_UC_SPACE)
                b -= n;
            if (b < floor) b = floor;
        }
        if (a->flags & TKC_ADDED_RSTRIP)
            while (e < s.len) {
                if (!(tkc_unicode_class(tkc_utf8_get((const unsigned char *)s.ptr + e, &n)) &
                      TKC_UC_SPACE))
                    break;
                e += n;
            }
        if (b >= e) continue; /* blanks that the last match took whole: nothing is left to be a token */
        *search = at;
        *added = a;
        *begin = b;
        *end = e;
        return true;
    }
}
