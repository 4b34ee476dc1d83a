/* tojson.c - see tojson.h. */
#include "optimizer/templates/tojson.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- numbers ------------------------------------------------------------------------------ */

/* Whether the decimal digits (no point) times 10^exponent read back as v. Written without a
 * point so that no locale's decimal separator matters. */
static bool reads_back(const char *digits, int n, int exponent, double v)
{
    char buf[48];
    snprintf(buf, sizeof buf, "%.*se%d", n, digits, exponent);
    return strtod(buf, NULL) == v;
}

/* digits + 1 in the last place; false when it would need one more digit. */
static bool increment(char *digits, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        if (digits[i] != '9') {
            digits[i]++;
            return true;
        }
        digits[i] = '0';
    }
    return false;
}

/* The shortest digits that read back as v > 0, the nearest of them; returns how many, and the
 * decimal point's place (v = 0.DIGITS * 10^point). The rounded digits of a length may miss v
 * where the gap below it is half the one above (powers of two): then one up is tried. */
static int shortest(double v, char digits[20], int *point)
{
    for (int n = 1; n <= 17; n++) {
        char buf[40], up[20];
        int k = 0, exponent;
        const char *e;
        snprintf(buf, sizeof buf, "%.*e", n - 1, v);
        for (const char *p = buf; *p && *p != 'e'; p++)
            if (*p >= '0' && *p <= '9') digits[k++] = *p;
        e = strchr(buf, 'e');
        exponent = e ? (int)strtol(e + 1, NULL, 10) : 0;
        *point = exponent + 1;
        if (n == 17 || reads_back(digits, k, *point - k, v)) return k;
        memcpy(up, digits, (size_t)k);
        if (increment(up, k) && reads_back(up, k, *point - k, v)) {
            memcpy(digits, up, (size_t)k);
            return k;
        }
    }
    return 0;
}

size_t tkc_pyfloat(double v, char *buf)
{
    char digits[20];
    size_t len = 0;
    int n, point;
    if (isnan(v)) return (size_t)snprintf(buf, 32, "nan");
    if (isinf(v)) return (size_t)snprintf(buf, 32, v < 0 ? "-inf" : "inf");
    if (signbit(v)) {
        buf[len++] = '-';
        v = -v;
    }
    if (v == 0) {
        memcpy(buf + len, "0.0", 3);
        return len + 3;
    }
    n = shortest(v, digits, &point);
    while (n > 1 && digits[n - 1] == '0') n--;
    if (point <= -4 || point > 16) { /* Python: exponent below -4 or at least 16 */
        buf[len++] = digits[0];
        if (n > 1) {
            buf[len++] = '.';
            memcpy(buf + len, digits + 1, (size_t)n - 1);
            len += (size_t)n - 1;
        }
        return len +
               (size_t)snprintf(buf + len, 8, "e%c%02d", point - 1 < 0 ? '-' : '+', abs(point - 1));
    }
    if (point <= 0) {
        buf[len++] = '0';
        buf[len++] = '.';
        for (int i = point; i < 0; i++) buf[len++] = '0';
        memcpy(buf + len, digits, (size_t)n);
        return len + (size_t)n;
    }
    for (int i = 0; i < point; i++) buf[len++] = i < n ? digits[i] : '0';
    buf[len++] = '.';
    if (n <= point) {
        buf[len++] = '0';
        return len;
    }
    memcpy(buf + len, digits + point, (size_t)(n - point));
    return len + (size_t)(n - point);
}

/* A number as Python reads and writes it: an integer stays text ("-0" is 0), the rest are
 * doubles; one too large is infinite. */
static tkc_status number(const tkc_json *doc, uint32_t i, bool json, tkc_buf *out, tkc_error *err)
{
    tkc_str t = tkc_json_source(doc, i);
    char buf[32];
    double v;
    bool whole = true;
    for (size_t k = 0; k < t.len; k++)
        if (t.ptr[k] == '.' || t.ptr[k] == 'e' || t.ptr[k] == 'E') whole = false;
    if (whole) {
        if (t.len == 2 && t.ptr[0] == '-' && t.ptr[1] == '0')
            return tkc_buf_append(out, "0", 1, err);
        return tkc_buf_append(out, t.ptr, t.len, err);
    }
    if (!tkc_json_double(doc, i, &v)) {
        const bool minus = t.ptr[0] == '-';
        const char *s = json ? (minus ? "-Infinity" : "Infinity") : (minus ? "-inf" : "inf");
        return tkc_buf_append(out, s, strlen(s), err);
    }
    return tkc_buf_append(out, buf, tkc_pyfloat(v, buf), err);
}

/* --- strings ------------------------------------------------------------------------------ */

static tkc_status escape(uint32_t unit, tkc_buf *out, tkc_error *err)
{
    char buf[8];
    return tkc_buf_append(out, buf, (size_t)snprintf(buf, sizeof buf, "\\u%04x", (unsigned)unit),
                          err);
}

tkc_status tkc_tojson_string(tkc_str s, bool ensure_ascii, tkc_buf *out, tkc_error *err)
{
    tkc_status st = tkc_buf_append_byte(out, '"', err);
    size_t from = 0;
    for (size_t i = 0; i < s.len && !st;) {
        const unsigned char c = (unsigned char)s.ptr[i];
        const bool plain =
            c >= 0x20 && c != '"' && c != '\\' && (c < 0x7f || (!ensure_ascii && c >= 0x7f));
        static const char short_form[] = "\bb\ff\nn\rr\tt\"\"\\\\";
        const char *hit = NULL;
        unsigned n = 1;
        uint32_t cp;
        if (plain) {
            i++;
            continue;
        }
        st = tkc_buf_append(out, s.ptr + from, i - from, err);
        for (const char *p = short_form; *p && !hit; p += 2)
            if ((unsigned char)*p == c) hit = p + 1;
        if (st) break;
        if (hit) {
            const char two[2] = {'\\', *hit};
            st = tkc_buf_append(out, two, 2, err);
        } else {
            n = tkc_utf8_len(c);
            cp = n > s.len - i ? 0xfffd : tkc_utf8_get((const unsigned char *)s.ptr + i, &n);
            n = n > s.len - i ? 1 : n;
            if (cp >= 0x10000) {
                st = escape(0xd800 + ((cp - 0x10000) >> 10), out, err);
                if (!st) st = escape(0xdc00 + ((cp - 0x10000) & 0x3ff), out, err);
            } else {
                st = escape(cp, out, err);
            }
        }
        i += n;
        from = i;
    }
    if (!st) st = tkc_buf_append(out, s.ptr + from, s.len - from, err);
    return st ? st : tkc_buf_append_byte(out, '"', err);
}

/* str.isprintable() of a character beyond ASCII, without the unassigned ones. */
static bool printable(uint32_t c)
{
    return !(c <= 0xa0 || c == 0xad || c == 0x61c || c == 0x1680 || c == 0x180e ||
             (c >= 0x600 && c <= 0x605) || (c >= 0x2000 && c <= 0x200f) ||
             (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x3000 ||
             (c >= 0xe000 && c <= 0xf8ff) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
             (c >= 0xe0000 && c <= 0xe0fff) || c >= 0xf0000);
}

/* str.__repr__. */
static tkc_status repr_string(tkc_str s, tkc_buf *out, tkc_error *err)
{
    const bool doubled = s.len && memchr(s.ptr, '\'', s.len) && !memchr(s.ptr, '"', s.len);
    const char quote = doubled ? '"' : '\'';
    tkc_status st = tkc_buf_append_byte(out, (unsigned char)quote, err);
    for (size_t i = 0; i < s.len && !st;) {
        const unsigned char c = (unsigned char)s.ptr[i];
        unsigned n = tkc_utf8_len(c);
        const uint32_t cp =
            n > s.len - i ? 0xfffd : tkc_utf8_get((const unsigned char *)s.ptr + i, &n);
        char buf[16];
        int len = 0;
        if (n > s.len - i) n = 1;
        if (c == (unsigned char)quote || c == '\\')
            len = snprintf(buf, sizeof buf, "\\%c", c);
        else if (c == '\n' || c == '\r' || c == '\t')
            len = snprintf(buf, sizeof buf, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        else if (c < 0x20 || c == 0x7f || (cp < 0x100 && c >= 0x80 && !printable(cp)))
            len = snprintf(buf, sizeof buf, "\\x%02x", (unsigned)cp);
        else if (c >= 0x80 && !printable(cp))
            len = snprintf(buf, sizeof buf, cp < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)cp);
        st = len ? tkc_buf_append(out, buf, (size_t)len, err)
                 : tkc_buf_append(out, s.ptr + i, n, err);
        i += n;
    }
    return st ? st : tkc_buf_append_byte(out, (unsigned char)quote, err);
}

/* --- members ------------------------------------------------------------------------------ */

typedef struct sort_key {
    tkc_str text; /* decoded key */
    tkc_member m;
} sort_key;

static int by_text(const void *a, const void *b)
{
    const sort_key *x = a, *y = b;
    const size_t n = x->text.len < y->text.len ? x->text.len : y->text.len;
    const int c = n ? memcmp(x->text.ptr, y->text.ptr, n) : 0;
    if (c) return c;
    if (x->text.len != y->text.len) return x->text.len < y->text.len ? -1 : 1;
    return x->m.key < y->m.key ? -1 : x->m.key > y->m.key;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static int by_nocase(const void *a, const void *b)
{
    const sort_key *x = a, *y = b;
    const size_t n = x->text.len < y->text.len ? x->text.len : y->text.len;
    for (size_t i = 0; i < n; i++) {
        const int c = (int)lower(x->text.ptr[i]) - (int)lower(y->text.ptr[i]);
        if (c) return c;
    }
    if (x->text.len != y->text.len) return x->text.len < y->text.len ? -1 : 1;
    return x->m.key < y->m.key ? -1 : x->m.key > y->m.key;
}

static int by_place(const void *a, const void *b)
{
    const sort_key *x = a, *y = b;
    return x->m.key < y->m.key ? -1 : x->m.key > y->m.key;
}

void tkc_members_release(tkc_members *m)
{
    if (m->at) tkc_free(m->alloc, m->at, m->cap, sizeof *m->at);
    m->at = NULL;
    m->n = m->cap = 0;
}

/* Sorted by text, equal keys stand together: the first gives the place, the last the value.
 * Sorting (n log n) keeps an object of a million equal keys cheap. */
static tkc_status fill(const tkc_json *doc, uint32_t object, tkc_member_order order, sort_key *key,
                       size_t n, tkc_buf *text, tkc_members *out, tkc_error *err)
{
    size_t i = 0, kept = 0, at = 0;
    for (uint32_t k = tkc_json_first(doc, object); k != TKC_JSON_NONE;
         k = tkc_json_next_member(doc, object, k), i++) {
        const tkc_str src = tkc_json_source(doc, k);
        key[i].m = (tkc_member){k, tkc_json_value(doc, k)};
        key[i].text = (tkc_str){src.ptr + 1, src.len - 2};
        if (doc->node[k].info & TKC_JSON_ESCAPED) {
            tkc_status st = tkc_json_string(doc, k, text, &key[i].text, err);
            if (st) return st;
        }
    }
    /* A growing buffer moves: the decoded keys are found again by walking it in order. */
    for (i = 0; i < n; i++)
        if (doc->node[key[i].m.key].info & TKC_JSON_ESCAPED) {
            key[i].text.ptr = text->ptr + at;
            at += key[i].text.len;
        }
    qsort(key, n, sizeof *key, by_text);
    for (i = 0; i < n; i++) {
        sort_key one = key[i];
        while (i + 1 < n && key[i + 1].text.len == one.text.len &&
               (one.text.len == 0 || memcmp(key[i + 1].text.ptr, one.text.ptr, one.text.len) == 0))
            one.m.value = key[++i].m.value;
        key[kept++] = one;
    }
    if (order == TKC_MEMBERS_AS_IS) qsort(key, kept, sizeof *key, by_place);
    if (order == TKC_MEMBERS_BY_NOCASE) qsort(key, kept, sizeof *key, by_nocase);
    for (i = 0; i < kept; i++) out->at[i] = key[i].m;
    out->n = kept;
    return TKC_OK;
}

tkc_status tkc_members_of(const tkc_json *doc, uint32_t object, tkc_member_order order,
                          const tkc_allocator *alloc, tkc_members *out, tkc_error *err)
{
    const size_t n = tkc_json_count(doc, object);
    tkc_buf text;
    sort_key *key;
    tkc_status st;
    *out = (tkc_members){.alloc = alloc};
    if (n == 0) return TKC_OK;
    out->at = tkc_alloc(alloc, n, sizeof *out->at);
    if (!out->at) return tkc_nomem(err);
    out->cap = n;
    if (n == 1) {
        const uint32_t k = tkc_json_first(doc, object);
        out->at[0] = (tkc_member){k, tkc_json_value(doc, k)};
        out->n = 1;
        return TKC_OK;
    }
    key = tkc_alloc(alloc, n, sizeof *key);
    tkc_buf_init(&text, (size_t)doc->text.len + 1, alloc);
    st = key ? fill(doc, object, order, key, n, &text, out, err) : tkc_nomem(err);
    tkc_free(alloc, key, n, sizeof *key);
    tkc_buf_release(&text);
    if (st) tkc_members_release(out);
    return st;
}

/* --- values ------------------------------------------------------------------------------- */

typedef struct frame {
    tkc_members m;  /* of an object */
    uint32_t node;  /* the container */
    uint32_t child; /* array: next element */
    size_t i;       /* object: next member; array: elements written */
} frame;

typedef struct dump {
    const tkc_json *doc;
    const tkc_tojson_style *style;
    bool python; /* repr() instead of json.dumps() */
    const tkc_allocator *alloc;
    tkc_buf *out, scratch;
    frame *stack;
    size_t depth, cap;
    tkc_error *err;
} dump;

static tkc_status put(dump *d, const char *s)
{
    return tkc_buf_append(d->out, s, strlen(s), d->err);
}

static tkc_status string(dump *d, uint32_t i)
{
    tkc_str s;
    tkc_status st;
    tkc_buf_clear(&d->scratch);
    st = tkc_json_string(d->doc, i, &d->scratch, &s, d->err);
    if (st) return st;
    return d->python ? repr_string(s, d->out, d->err)
                     : tkc_tojson_string(s, d->style->ensure_ascii, d->out, d->err);
}

static tkc_status new_line(dump *d, size_t depth)
{
    tkc_status st = tkc_buf_append_byte(d->out, '\n', d->err);
    for (size_t i = 0; i < depth * d->style->indent && !st; i++)
        st = tkc_buf_append_byte(d->out, ' ', d->err);
    return st;
}

/* Writes a scalar or an empty container whole, or opens a container. */
static tkc_status begin(dump *d, uint32_t i)
{
    const tkc_json_kind kind = tkc_json_kind_of(d->doc, i);
    frame *f;
    tkc_status st;
    switch (kind) {
    case TKC_JSON_NULL:
        return put(d, d->python ? "None" : "null");
    case TKC_JSON_FALSE:
        return put(d, d->python ? "False" : "false");
    case TKC_JSON_TRUE:
        return put(d, d->python ? "True" : "true");
    case TKC_JSON_NUMBER:
        return number(d->doc, i, !d->python, d->out, d->err);
    case TKC_JSON_STRING:
        return string(d, i);
    case TKC_JSON_ARRAY:
    case TKC_JSON_OBJECT:
        break;
    }
    if (tkc_json_count(d->doc, i) == 0) return put(d, kind == TKC_JSON_ARRAY ? "[]" : "{}");
    if (!tkc_grow(d->alloc, &d->stack, &d->cap, d->depth + 1, SIZE_MAX / sizeof *f, sizeof *f))
        return tkc_nomem(d->err);
    f = &d->stack[d->depth];
    *f = (frame){.node = i};
    if (kind == TKC_JSON_OBJECT) {
        st = tkc_members_of(d->doc, i, d->style->sort_keys ? TKC_MEMBERS_BY_KEY : TKC_MEMBERS_AS_IS,
                            d->alloc, &f->m, d->err);
        if (st) return st;
    } else {
        f->child = tkc_json_first(d->doc, i);
    }
    d->depth++;
    return put(d, kind == TKC_JSON_ARRAY ? "[" : "{");
}

/* The next child of the innermost container, or its end. */
static tkc_status step(dump *d)
{
    frame *f = &d->stack[d->depth - 1];
    const bool object = tkc_json_kind_of(d->doc, f->node) == TKC_JSON_OBJECT;
    const bool last = object ? f->i == f->m.n : f->child == TKC_JSON_NONE;
    tkc_status st = TKC_OK;
    uint32_t child;
    if (last) {
        d->depth--;
        tkc_members_release(&f->m);
        if (d->style->indent) st = new_line(d, d->depth);
        return st ? st : put(d, object ? "}" : "]");
    }
    if (f->i) st = put(d, d->style->compact || d->style->indent ? "," : ", ");
    if (!st && d->style->indent) st = new_line(d, d->depth);
    if (st) return st;
    if (object) {
        child = f->m.at[f->i].value;
        st = string(d, f->m.at[f->i].key);
        if (!st) st = put(d, d->style->compact ? ":" : ": ");
        if (st) return st;
    } else {
        child = f->child;
        f->child = tkc_json_next(d->doc, f->node, child);
    }
    f->i++;
    return begin(d, child);
}

static tkc_status run(dump *d, uint32_t node)
{
    tkc_status st;
    d->alloc = tkc_allocator_or_default(d->out->alloc);
    tkc_buf_init(&d->scratch, (size_t)d->doc->text.len + 1, d->alloc);
    st = begin(d, node);
    while (!st && d->depth) st = step(d);
    while (d->depth) tkc_members_release(&d->stack[--d->depth].m);
    tkc_free(d->alloc, d->stack, d->cap, sizeof *d->stack);
    tkc_buf_release(&d->scratch);
    return st;
}

static const tkc_tojson_style plain = {0};

tkc_status tkc_tojson(const tkc_json *doc, uint32_t node, const tkc_tojson_style *style,
                      tkc_buf *out, tkc_error *err)
{
    dump d = {.doc = doc, .style = style ? style : &plain, .out = out, .err = err};
    return run(&d, node);
}

tkc_status tkc_pystr(const tkc_json *doc, uint32_t node, tkc_buf *out, tkc_error *err)
{
    dump d = {.doc = doc, .style = &plain, .python = true, .out = out, .err = err};
    tkc_str s;
    tkc_status st;
    if (tkc_json_kind_of(doc, node) != TKC_JSON_STRING) return run(&d, node);
    tkc_buf_init(&d.scratch, (size_t)doc->text.len + 1, out->alloc);
    st = tkc_json_string(doc, node, &d.scratch, &s, err);
    if (!st) st = tkc_buf_append(out, s.ptr, s.len, err);
    tkc_buf_release(&d.scratch);
    return st;
}
