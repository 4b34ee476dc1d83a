/* json_value.c - asking a parsed JSON text: members, repeated keys, strings, numbers. */
#include "vocab/base/json.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_KEYS ((size_t)1 << (32 - TKC_JSON_COUNT_SHIFT))

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
    const tkc_json_node *n;
    const char *t;
    size_t len, at = 0, want;
    if (i == TKC_JSON_NONE) return false;
    n = &doc->node[i];
    if ((n->info & 7) != TKC_JSON_STRING) return false;
    t = doc->text.ptr + n->begin + 1;
    len = n->end - n->begin - 2;
    if (!(n->info & TKC_JSON_ESCAPED)) {
        if (!len) return *s == '\0';
        if (*t != *s) return false; /* most keys are others from their first byte on */
        return strlen(s) == len && memcmp(t, s, len) == 0;
    }
    want = strlen(s);
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

/* The bytes of a string, one decoded character at a time. */
typedef struct chars {
    const char *s;
    size_t at, len;
    char one[4];
    unsigned k, n; /* one[k .. n) is still to come */
} chars;

static int next_byte(chars *c)
{
    if (c->k == c->n) {
        if (c->at == c->len) return -1;
        c->k = 0;
        c->n = 1;
        if (c->s[c->at] == '\\')
            c->n = tkc_utf8_put(c->one, escape_at(c->s, &c->at));
        else
            c->one[0] = c->s[c->at++];
    }
    return (unsigned char)c->one[c->k++];
}

size_t tkc_json_head(const tkc_json *doc, uint32_t i, char *buf, size_t cap)
{
    const tkc_json_node *n = &doc->node[i];
    chars c = {.s = doc->text.ptr + n->begin + 1, .len = n->end - n->begin - 2};
    size_t len = 0;
    if ((n->info & 7) != TKC_JSON_STRING) return 0;
    if (!(n->info & TKC_JSON_ESCAPED)) {
        if (c.len) memcpy(buf, c.s, c.len < cap ? c.len : cap);
        return c.len;
    }
    for (int b; (b = next_byte(&c)) >= 0; len++)
        if (len < cap) buf[len] = (char)b;
    return len;
}

int tkc_json_compare(const tkc_json *doc, uint32_t a, uint32_t b)
{
    const tkc_json_node *x = &doc->node[a], *y = &doc->node[b];
    chars p = {.s = doc->text.ptr + x->begin + 1, .len = x->end - x->begin - 2};
    chars q = {.s = doc->text.ptr + y->begin + 1, .len = y->end - y->begin - 2};
    if (!((x->info | y->info) & TKC_JSON_ESCAPED)) {
        size_t n = p.len < q.len ? p.len : q.len;
        int d = n ? memcmp(p.s, q.s, n) : 0;
        return d ? d : (p.len > q.len) - (p.len < q.len);
    }
    for (;;) {
        int c = next_byte(&p), d = next_byte(&q);
        if (c != d || c < 0) return c - d;
    }
}

/* By text, equal ones by their place: what is flagged are the later ones. */
static bool key_before(const tkc_json *doc, uint32_t a, uint32_t b)
{
    int d = tkc_json_compare(doc, a, b);
    return d ? d < 0 : a < b;
}

static void sift(const tkc_json *doc, uint32_t *key, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        uint32_t t;
        if (child + 1 < n && key_before(doc, key[child], key[child + 1])) child++;
        if (!key_before(doc, key[root], key[child])) return;
        t = key[root];
        key[root] = key[child];
        key[child] = t;
    }
}

static void heap_sort(const tkc_json *doc, uint32_t *key, size_t n)
{
    for (size_t i = n / 2; i-- > 0;) sift(doc, key, i, n);
    for (size_t i = n; i-- > 1;) {
        uint32_t t = key[0];
        key[0] = key[i];
        key[i] = t;
        sift(doc, key, 0, i);
    }
}

tkc_status tkc_json_flag_repeated(tkc_json *doc, size_t *n, tkc_error *err)
{
    enum { FEW = 12 }; /* pairs of so few keys are compared in place */
    uint32_t *key = NULL;
    size_t cap = 0, found = 0;
    for (uint32_t i = 0; i < doc->n_node; i++) {
        size_t members, k = 0;
        uint32_t few[FEW], *list = few;
        if (tkc_json_kind_of(doc, i) != TKC_JSON_OBJECT || tkc_json_count(doc, i) < 2) continue;
        members = tkc_json_count(doc, i);
        if (members > FEW) {
            if (!tkc_grow(doc->alloc, &key, &cap, members, MOST_KEYS, sizeof *key)) {
                tkc_free(doc->alloc, key, cap, sizeof *key);
                return tkc_nomem(err);
            }
            list = key;
        }
        for (uint32_t m = tkc_json_first(doc, i); m != TKC_JSON_NONE;
             m = tkc_json_next_member(doc, i, m))
            list[k++] = m;
        if (members > FEW) {
            heap_sort(doc, list, k);
            for (size_t a = 1; a < k; a++)
                if (tkc_json_compare(doc, list[a - 1], list[a]) == 0) {
                    doc->node[list[a]].info |= TKC_JSON_REPEATED;
                    found++;
                }
            continue;
        }
        for (size_t a = 1; a < k; a++)
            for (size_t b = 0; b < a; b++) {
                if (tkc_json_compare(doc, list[a], list[b]) != 0) continue;
                doc->node[list[a]].info |= TKC_JSON_REPEATED;
                found++;
                break;
            }
    }
    tkc_free(doc->alloc, key, cap, sizeof *key);
    if (n) *n = found;
    return TKC_OK;
}

uint32_t tkc_json_get(const tkc_json *doc, uint32_t object, const char *key, size_t *n)
{
    uint32_t found = TKC_JSON_NONE;
    const size_t want = strlen(key);
    if (n) *n = 0;
    if (object == TKC_JSON_NONE || tkc_json_kind_of(doc, object) != TKC_JSON_OBJECT) return found;
    for (uint32_t k = tkc_json_first(doc, object); k != TKC_JSON_NONE;
         k = tkc_json_next_member(doc, object, k)) {
        const tkc_json_node *name = &doc->node[k];
        /* most are others by their length, without a call */
        if (!(name->info & TKC_JSON_ESCAPED) && name->end - name->begin - 2 != want) continue;
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
