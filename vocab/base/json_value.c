/* json_value.c - asking a parsed JSON text: members, strings, numbers. */
#include "vocab/base/json.h"

#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *tkc_json_kind_name(tkc_json_kind k)
{
    static const char *const name[] = {"null",     "false",    "true",     "a number",
                                       "a string", "an array", "an object"};
    return (unsigned)k < sizeof name / sizeof name[0] ? name[k] : "nothing";
}

/* Decodes one escape at s[*i] (the backslash) of a checked string; returns the code point,
 * U+FFFD for a lone surrogate. */
static uint32_t escape_at(const char *s, size_t *i)
{
    uint32_t u = 0, low = 0;
    char c = s[*i + 1];
    *i += 2;
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': break;
    default: return (unsigned char)c;
    }
    for (int half = 0; half < 2; half++) {
        uint32_t v = 0;
        for (int k = 0; k < 4; k++) {
            c = s[(*i)++];
            v = v * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }
        if (half == 0) {
            u = v;
            if (u < 0xd800 || u > 0xdfff) return u;
            if (u > 0xdbff || s[*i] != '\\' || s[*i + 1] != 'u') return 0xfffd;
            *i += 2;
        } else {
            low = v;
        }
    }
    if (low < 0xdc00 || low > 0xdfff) {
        *i -= 6; /* the second escape is a character of its own */
        return 0xfffd;
    }
    return 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
}

bool tkc_json_is(const tkc_json *doc, uint32_t i, const char *s)
{
    const tkc_json_node *n = &doc->node[i];
    const char *t = doc->text.ptr + n->begin + 1;
    size_t len, at = 0, want = strlen(s);
    if ((n->info & 7) != TKC_JSON_STRING) return false;
    len = n->end - n->begin - 2;
    if (!(n->info & TKC_JSON_ESCAPED)) return len == want && memcmp(t, s, len) == 0;
    while (at < len) {
        char one[4];
        unsigned k = 1;
        if (t[at] == '\\')
            k = tkc_utf8_put(one, escape_at(t, &at));
        else
            one[0] = t[at++];
        if (k > want || memcmp(one, s, k) != 0) return false;
        s += k;
        want -= k;
    }
    return want == 0;
}

uint32_t tkc_json_get(const tkc_json *doc, uint32_t object, const char *key, size_t *n)
{
    uint32_t found = TKC_JSON_NONE;
    if (n) *n = 0;
    if (object == TKC_JSON_NONE || tkc_json_kind_of(doc, object) != TKC_JSON_OBJECT) return found;
    for (uint32_t k = tkc_json_first(doc, object); k != TKC_JSON_NONE;
         k = tkc_json_next_member(doc, object, k)) {
        if (!tkc_json_is(doc, k, key)) continue;
        found = tkc_json_value(doc, k);
        if (n) ++*n;
    }
    return found;
}

tkc_status tkc_json_string(const tkc_json *doc, uint32_t i, tkc_buf *scratch, tkc_str *out,
                           tkc_error *err)
{
    const tkc_json_node *n = &doc->node[i];
    const char *s = doc->text.ptr + n->begin + 1;
    size_t len, at = 0, from;
    tkc_status st;
    if ((n->info & 7) != TKC_JSON_STRING)
        return tkc_fail(err, TKC_E_ARG, n->begin, "expected a string, found %s",
                        tkc_json_kind_name((tkc_json_kind)(n->info & 7)));
    len = n->end - n->begin - 2;
    if (!(n->info & TKC_JSON_ESCAPED)) {
        *out = (tkc_str){s, len};
        return TKC_OK;
    }
    /* No escape is shorter than what it stands for. */
    st = tkc_buf_reserve(scratch, len, err);
    if (st) return st;
    from = scratch->len;
    while (at < len) {
        const char *slash = memchr(s + at, '\\', len - at);
        size_t plain = slash ? (size_t)(slash - s) - at : len - at;
        memcpy(scratch->ptr + scratch->len, s + at, plain);
        scratch->len += plain;
        at += plain;
        if (slash) scratch->len += tkc_utf8_put(scratch->ptr + scratch->len, escape_at(s, &at));
    }
    *out = (tkc_str){scratch->ptr + from, scratch->len - from};
    return TKC_OK;
}

/* Magnitude of a plain integer; *neg its sign. */
static bool integer(const tkc_json *doc, uint32_t i, bool *neg, uint64_t *out)
{
    tkc_str t = tkc_json_source(doc, i);
    uint64_t v = 0;
    size_t k = 0;
    if (tkc_json_kind_of(doc, i) != TKC_JSON_NUMBER) return false;
    *neg = t.ptr[0] == '-';
    for (k = *neg; k < t.len; k++) {
        unsigned d = (unsigned)(unsigned char)t.ptr[k] - '0';
        if (d > 9 || v > (UINT64_MAX - d) / 10) return false;
        v = v * 10 + d;
    }
    *out = v;
    return true;
}

bool tkc_json_u64(const tkc_json *doc, uint32_t i, uint64_t *out)
{
    bool neg;
    uint64_t v;
    if (!integer(doc, i, &neg, &v) || neg) return false;
    *out = v;
    return true;
}

bool tkc_json_i64(const tkc_json *doc, uint32_t i, int64_t *out)
{
    bool neg;
    uint64_t v;
    if (!integer(doc, i, &neg, &v) || v > (uint64_t)INT64_MAX + neg) return false;
    if (neg)
        *out = v ? -(int64_t)(v - 1) - 1 : 0;
    else
        *out = (int64_t)v;
    return true;
}

/* The digits go to strtod() without a point and with the exponent moved, so that the
 * locale's decimal point cannot matter. No double needs more than 767 digits to be told
 * from its neighbours: beyond that only "there was more" counts, one digit 1. */
bool tkc_json_double(const tkc_json *doc, uint32_t i, double *out)
{
    enum { MOST_DIGITS = 780 };
    char buf[MOST_DIGITS + 32];
    tkc_str t = tkc_json_source(doc, i);
    size_t n = 0, k = 0, n_digits = 0;
    int64_t exponent = 0, given = 0;
    bool point = false, more = false, neg_exp = false;
    double v;
    if (tkc_json_kind_of(doc, i) != TKC_JSON_NUMBER) return false;
    if (t.ptr[0] == '-') {
        buf[n++] = '-';
        k = 1;
    }
    for (; k < t.len && t.ptr[k] != 'e' && t.ptr[k] != 'E'; k++) {
        if (t.ptr[k] == '.') {
            point = true;
            continue;
        }
        if (point) exponent--;
        if (n_digits == 0 && t.ptr[k] == '0') continue;
        if (n_digits < MOST_DIGITS) {
            buf[n++] = t.ptr[k];
            n_digits++;
        } else {
            exponent++;
            more = more || t.ptr[k] != '0';
        }
    }
    if (n_digits == 0) {
        *out = t.ptr[0] == '-' ? -0.0 : 0.0;
        return true;
    }
    if (more) {
        buf[n++] = '1';
        exponent--;
    }
    if (k < t.len) {
        k++;
        if (t.ptr[k] == '+' || t.ptr[k] == '-') neg_exp = t.ptr[k++] == '-';
        for (; k < t.len; k++)
            if (given < 100000000) given = given * 10 + (t.ptr[k] - '0');
    }
    exponent += neg_exp ? -given : given;
    if (exponent > 100000) exponent = 100000;
    if (exponent < -100000000) exponent = -100000000;
    buf[n++] = 'e';
    if (exponent < 0) {
        buf[n++] = '-';
        exponent = -exponent;
    }
    {
        char rev[24];
        size_t r = 0;
        do {
            rev[r++] = (char)('0' + exponent % 10);
            exponent /= 10;
        } while (exponent);
        while (r) buf[n++] = rev[--r];
    }
    buf[n] = '\0';
    v = strtod(buf, NULL);
    if (isinf(v)) return false;
    *out = v;
    return true;
}
