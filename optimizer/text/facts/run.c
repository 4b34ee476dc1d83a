/* run.c - what a run of characters without blanks is: link, identifier, path, id. */
#include "optimizer/text/facts/facts_impl.h"

#include <string.h>

/* A longer run is looked at by its first bytes only. */
enum { RUN_MAX = 2048 };

typedef struct run {
    const char *p;
    size_t n;
    size_t digits, lower, upper, dots, slashes, under, hyphens, other, high;
} run;

/* What a byte is in a run. */
enum { OUTSIDE = 1, DIGIT, LOWER, UPPER, DOT, SLASH, UNDER, HYPHEN, OTHER, HIGH, N_CLASS };

static unsigned class_of(unsigned char c)
{
    if (c >= 'a' && c <= 'z') return LOWER;
    if (c <= ' ') return OUTSIDE;
    if (c >= 0x80) return HIGH;
    if (tkc_is_digit((char)c)) return DIGIT;
    if (tkc_is_upper((char)c)) return UPPER;
    switch (c) {
    case '"': case '`': case '(': case ')': case '<': case '>': case '[': case ']': case '{': case '}': case ',': case ';':
    case '|':
        return OUTSIDE;
    case '.': return DOT;
    case '/': case '\\': return SLASH;
    case '_': return UNDER;
    case '-': return HYPHEN;
    default: return OTHER;
    }
}

static void look(run *r)
{
    size_t n[N_CLASS] = {0};
    for (size_t i = 0; i < r->n; i++) n[class_of((unsigned char)r->p[i])]++;
    r->digits = n[DIGIT];
    r->lower = n[LOWER];
    r->upper = n[UPPER];
    r->dots = n[DOT];
    r->slashes = n[SLASH];
    r->under = n[UNDER];
    r->hyphens = n[HYPHEN];
    r->high = n[HIGH];
    r->other = n[OTHER];
}

static bool is_hex(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!tkc_is_digit(p[i]) && !(tkc_ascii_lower(p[i]) >= 'a' && tkc_ascii_lower(p[i]) <= 'f')) return false;
    return true;
}

static bool is_uuid(const run *r)
{
    return r->n == 36 && r->p[8] == '-' && r->p[13] == '-' && r->p[18] == '-' && r->p[23] == '-' &&
           is_hex(r->p, 8) && is_hex(r->p + 9, 4) && is_hex(r->p + 14, 4) && is_hex(r->p + 19, 4) &&
           is_hex(r->p + 24, 12);
}

static bool has(const run *r, const char *what)
{
    size_t m = strlen(what);
    for (size_t i = 0; i + m <= r->n; i++)
        if (!memcmp(r->p + i, what, m)) return true;
    return false;
}

static bool is_link(const run *r)
{
    const char *at = memchr(r->p, '@', r->n);
    if (has(r, "://") || (r->n > 6 && (!memcmp(r->p, "www.", 4) || !memcmp(r->p, "mailto", 6)))) return true;
    if (!at || at == r->p || !fact_is_alnum(at[-1])) return false;
    for (size_t i = (size_t)(at - r->p) + 1; i + 1 < r->n; i++)
        if (r->p[i] == '.' && fact_is_alnum(r->p[i - 1]) && fact_is_alnum(r->p[i + 1])) return true;
    return false;
}

/* "ABC-123", "GPT-4", "ORD2024", "0x1f", "9fceb02", a UUID. */
static bool is_id(const run *r)
{
    if (is_uuid(r)) return true;
    if (r->n > 2 && r->p[0] == '0' && r->p[1] == 'x' && is_hex(r->p + 2, r->n - 2)) return true;
    if (r->n >= 7 && r->digits && r->lower + r->upper && is_hex(r->p, r->n)) {
        /* "300000" is a number and "feedback" a word: both kinds are needed, and no exponent */
        return !(r->digits == r->n - 1 && tkc_ascii_lower(r->p[r->n - 1]) == 'e');
    }
    return r->digits && r->upper && r->n >= 3 && tkc_is_upper(r->p[0]) && !r->lower && !r->dots && !r->slashes &&
           !r->other && !r->high;
}

static bool is_path(const run *r)
{
    size_t dot = r->n;
    if (!r->slashes || r->lower + r->upper < 2) return false;
    if (r->p[0] == '/' || r->p[0] == '~' || (r->p[0] == '.' && r->n > 2) || (r->n > 3 && r->p[1] == ':' && r->p[2] == '\\'))
        return true;
    if (r->slashes > 1 && !tkc_is_digit(r->p[0])) return true;
    for (size_t i = 0; i < r->n; i++)
        if (r->p[i] == '.') dot = i;
    return dot + 1 < r->n && r->n - dot <= 6 && memchr(r->p + dot, '/', r->n - dot) == NULL && tkc_is_alpha(r->p[dot + 1]);
}

/* "main.c", "app.config.ts", "numpy.array": words joined by dots, the last one in lower case; not
 * "e.g", not "end.Next", which lacks a blank. */
static bool is_dotted(const run *r)
{
    size_t begin = 0, longest = 0;
    if (!r->dots || r->other || r->slashes || r->high || !(tkc_is_alpha(r->p[0]) || r->p[0] == '.' || r->p[0] == '_') || r->lower + r->upper < 2) return false;
    for (size_t i = 0; i <= r->n; i++) {
        if (i < r->n && r->p[i] != '.') continue;
        if (i == begin && i) return false;
        if (i > begin && tkc_is_upper(r->p[begin]) && begin) return false;
        if (i - begin > longest) longest = i - begin;
        begin = i + 1;
    }
    return longest > 1;
}

static bool is_identifier(const run *r)
{
    if (has(r, "::") || has(r, "->")) return r->lower + r->upper > 1;
    if (r->other || r->high || r->dots || r->slashes || r->hyphens) return false;
    if (r->under) return r->n > 2 && r->lower + r->upper + r->digits > (r->p[0] == '_' ? 2 : 1);
    for (size_t i = 1; i < r->n; i++)
        if (tkc_is_upper(r->p[i]) && tkc_is_lower(r->p[i - 1]) && tkc_is_alpha(r->p[0])) return true;
    return false;
}

/* "v2", "v1.2.3-rc1". */
static bool is_version(const run *r)
{
    if (tkc_ascii_lower(r->p[0]) != 'v' || !tkc_is_digit(r->p[1]) || r->under || r->slashes || r->other || r->high) return false;
    return r->digits + r->dots + 1 == r->n || (r->hyphens == 1 && r->dots);
}

tkc_status fact_run(fact_scan *s, size_t i, size_t *end)
{
    run r = {.p = s->t.ptr + i};
    size_t e = i, small;
    char low[RUN_MAX];
    tkc_fact_kind kind;
    *end = i;
    if (tkc_is_upper(fact_at(s, e))) e++;
    while (e < s->t.len && e - i < RUN_MAX && tkc_is_lower(s->t.ptr[e])) e++;
    small = e;
    while (e < s->t.len && e - i < RUN_MAX && class_of((unsigned char)s->t.ptr[e]) != OUTSIDE) e++;
    s->run_end = e > i ? e : i + 1;
    while (e > i && tkc_is_one_of(s->t.ptr[e - 1], ".:!?'*")) e--;
    if (e <= small && tkc_ascii_lower(s->t.ptr[i]) != 'm') return TKC_OK; /* a plain word, and not "mailto" */
    r.n = e - i;
    if (r.n < 2 || r.p[0] == '\'' || r.p[0] == '*' || r.p[0] == '#' || r.p[0] == '$') return TKC_OK;
    look(&r);
    if (is_version(&r)) {
        *end = e;
        return fact_add(s, TKC_FACT_VERSION, i, e, r.p + 1, r.n - 1, NULL, 0, false);
    }
    if (r.n < 3) return TKC_OK;
    if (is_link(&r)) kind = TKC_FACT_LINK;
    else if (is_id(&r)) kind = TKC_FACT_ID;
    else if (is_path(&r) || is_dotted(&r)) kind = TKC_FACT_IDENT;
    else if (is_identifier(&r)) {
        kind = TKC_FACT_IDENT;
        if (fact_at(s, e) == '(' && fact_at(s, e + 1) == ')') e += 2;
    } else return TKC_OK;
    r.n = e - i;
    *end = e;
    if (s->run_end < e) s->run_end = e;
    if (kind != TKC_FACT_ID) return fact_add(s, kind, i, e, r.p, r.n, NULL, 0, false);
    for (size_t k = 0; k < r.n; k++) low[k] = tkc_ascii_lower(r.p[k]);
    return fact_add(s, kind, i, e, low, r.n, NULL, 0, false);
}
