/* marks.c - what is told by its marks: fences and code, quotations, placeholders, "#42", "@name", "--flag". */
#include "optimizer/text/facts/facts_impl.h"

#include <string.h>

static size_t line_end(const fact_scan *s, size_t i)
{
    const char *p = i < s->t.len ? memchr(s->t.ptr + i, '\n', s->t.len - i) : NULL;
    return p ? (size_t)(p - s->t.ptr) : s->t.len;
}

tkc_status fact_fence(fact_scan *s, size_t i, size_t *end)
{
    const char c = fact_at(s, i);
    size_t n, body, at;
    *end = i;
    if ((c != '`' && c != '~') || (n = fact_run_of(s, i, c)) < 3) return TKC_OK;
    at = body = line_end(s, i + n);
    *end = s->t.len; /* an open fence goes on to the end, as CommonMark has it */
    while (at < s->t.len) {
        size_t line = at + 1, p = line;
        while (fact_at(s, p) == ' ' && p - line < 3) p++;
        if (fact_run_of(s, p, c) >= n) {
            *end = line_end(s, p);
            break;
        }
        at = line_end(s, line);
    }
    if (at > s->t.len) at = s->t.len;
    if (body > at) body = at;
    return fact_add(s, TKC_FACT_CODE, i, *end, s->t.ptr + body, at - body, NULL, 0, false);
}

tkc_status fact_inline_code(fact_scan *s, size_t i, size_t *end)
{
    size_t n = fact_run_of(s, i, '`'), b = i + n, stop = b + FACT_AHEAD;
    *end = b;
    if (stop > s->t.len) stop = s->t.len;
    for (size_t p = b; p < stop; p++) {
        size_t m;
        if (s->t.ptr[p] == '\n' && fact_at(s, p + 1) == '\n') break;
        if (s->t.ptr[p] != '`') continue;
        m = fact_run_of(s, p, '`');
        if (m == n) {
            *end = p + m;
            return fact_add(s, TKC_FACT_CODE, i, *end, s->t.ptr + b, p - b, NULL, 0, false);
        }
        p += m - 1;
    }
    return TKC_OK;
}

/* In a text that is JSON its own quotation marks quote nothing; those inside its strings, behind a backslash, do. */
static tkc_status quote_in_json(fact_scan *s, size_t i, size_t *end)
{
    const size_t b = i + 1, stop = b + FACT_AHEAD > s->t.len ? s->t.len : b + FACT_AHEAD;
    *end = b;
    if (i == 0 || s->t.ptr[i - 1] != '\\' || (unsigned char)fact_at(s, b) <= ' ') return TKC_OK;
    for (size_t p = b; p < stop; p++) {
        if (s->t.ptr[p] != '"') continue;
        if (s->t.ptr[p - 1] != '\\' || p - 1 == b) return TKC_OK; /* the string ends, or nothing is quoted */
        return fact_add(s, TKC_FACT_QUOTE, i, p + 1, s->t.ptr + b, p - 1 - b, NULL, 0, false);
    }
    return TKC_OK;
}

/* The first byte c in [from, stop); stop: there is none. */
static size_t byte_in(const fact_scan *s, size_t from, size_t stop, char c)
{
    const char *p = from < stop ? memchr(s->t.ptr + from, c, stop - from) : NULL;
    return p ? (size_t)(p - s->t.ptr) : stop;
}

/* How far a quotation from b on may go: to the end of its paragraph, in single marks of its line. */
static size_t quoted_end(const fact_scan *s, size_t b, bool single)
{
    const size_t stop = b + FACT_AHEAD > s->t.len ? s->t.len : b + FACT_AHEAD;
    size_t p = byte_in(s, b, stop, '\n');
    while (!single && p < stop && fact_at(s, p + 1) != '\n') p = byte_in(s, p + 1, stop, '\n');
    return p;
}

/* A quotation: the mark at i of n bytes. *end is behind the opening mark, since what is quoted is
 * read too. */
static tkc_status quote(fact_scan *s, size_t i, size_t *end)
{
    static const struct {
        const char *open, *close;
    } marks[] = {{"\"", "\""}, {"'", "'"}, {"\xe2\x80\x9c", "\xe2\x80\x9d"}, {"\xe2\x80\x98", "\xe2\x80\x99"},
                 {"\xc2\xab", "\xc2\xbb"}, {"\xe2\x80\x9e", "\xe2\x80\x9c"}, {"\xe3\x80\x8c", "\xe3\x80\x8d"}};
    for (size_t k = 0; k < sizeof marks / sizeof *marks; k++) {
        size_t n = strlen(marks[k].open), m = strlen(marks[k].close), b = i + n, stop;
        bool single = k == 1 || k == 3;
        if (i + n > s->t.len || memcmp(s->t.ptr + i, marks[k].open, n)) continue;
        *end = b;
        if (single && i > 0 && (fact_is_alnum(s->t.ptr[i - 1]) || (s->t.ptr[i - 1] & 0x80))) return TKC_OK;
        if (b >= s->t.len || (unsigned char)s->t.ptr[b] <= ' ') return TKC_OK;
        /* "'Can we?', which is": it ends one. */
        if (single && i > 0 && tkc_is_one_of(s->t.ptr[i - 1], ".,?!") && !fact_is_alnum(s->t.ptr[b])) return TKC_OK;
        stop = quoted_end(s, b, single);
        for (size_t p = b; (p = byte_in(s, p, stop, marks[k].close[0])) + m <= stop; p++) {
            if (memcmp(s->t.ptr + p, marks[k].close, m)) continue;
            if (single && (fact_is_alnum(fact_at(s, p + m)) || (unsigned char)s->t.ptr[p - 1] <= ' ')) continue;
            if (k == 0 && s->t.ptr[p - 1] == '\\') n = p - 1; /* escaped: the backslash is not quoted */
            else n = p;
            if (n <= b) return TKC_OK;
            return fact_add(s, TKC_FACT_QUOTE, i, p + m, s->t.ptr + b, n - b, NULL, 0, false);
        }
        return TKC_OK;
    }
    *end = i + 1;
    return TKC_OK;
}

tkc_status fact_quotation(fact_scan *s, size_t i, size_t *end)
{
    return s->is_json && s->t.ptr[i] == '"' ? quote_in_json(s, i, end) : quote(s, i, end);
}

/* [name], <tag>, {field}, ${VAR}: something another program or the model fills in. */
tkc_status fact_placeholder(fact_scan *s, size_t i, size_t *end)
{
    char open = s->t.ptr[i], close = open == '[' ? ']' : open == '<' ? '>' : '}';
    size_t n = fact_run_of(s, i, open), b = i + n, p;
    *end = i + (n > 2 ? n : 1);
    if (n == 1 && fact_at(s, b) == '"' && (open == '{' || (open == '[' && s->is_json))) return TKC_OK; /* JSON */
    if (n > 2 || (!tkc_is_alpha(fact_at(s, b)) && !tkc_is_one_of(fact_at(s, b), "/_$\"'!"))) return TKC_OK;
    for (p = b; p < s->t.len && p - b < 64; p++) {
        char c = s->t.ptr[p];
        if (c == close) break;
        if (c == '\n' || c == open) return TKC_OK;
    }
    if (fact_at(s, p) != close || fact_run_of(s, p, close) < n) return TKC_OK;
    if (open == '[' && fact_at(s, p + 1) == '(') return TKC_OK; /* a link's text */
    *end = p + n;
    return fact_add(s, TKC_FACT_IDENT, i, *end, s->t.ptr + i, *end - i, NULL, 0, false);
}

/* "#Person1#", "#42", "#ff8800", "@name", "--flag". */
tkc_status fact_marked(fact_scan *s, size_t i, size_t *end)
{
    size_t e = i + 1, digits = 0;
    char c = s->t.ptr[i], v[64];
    *end = i + 1;
    if (c == '-') {
        if (fact_at(s, i + 1) != '-' || !tkc_is_alpha(fact_at(s, i + 2)) || (i && s->t.ptr[i - 1] > ' ')) return TKC_OK;
        e++;
    }
    while (e - i < sizeof v && (fact_is_alnum(fact_at(s, e)) || fact_at(s, e) == '_' || (c == '-' && fact_at(s, e) == '-'))) {
        digits += tkc_is_digit(s->t.ptr[e]);
        e++;
    }
    if (e - i < 2 || e - i >= sizeof v) return TKC_OK;
    if (c == '#' && fact_at(s, e) == '#' && digits < e - i - 1) {
        for (size_t k = i; k <= e; k++) v[k - i] = tkc_ascii_lower(s->t.ptr[k]);
        *end = e + 1;
        s->latin++;
        return fact_add(s, TKC_FACT_NAME, i, e + 1, v, e + 1 - i, NULL, 0, false);
    }
    if (c == '#' && digits == 0) return TKC_OK;
    for (size_t k = i; k < e; k++) v[k - i] = c == '#' ? tkc_ascii_lower(s->t.ptr[k]) : s->t.ptr[k];
    *end = e;
    return fact_add(s, c == '#' ? TKC_FACT_ID : TKC_FACT_IDENT, i, e, v, e - i, NULL, 0, false);
}
