/* volatile_shapes.c - days, times, UUIDs, ids, hashes and numbers, by their bytes alone. */
#include "optimizer/cache/volatile_impl.h"

/* Reading a text from a place on; p never passes end. */
typedef struct cursor {
    const char *p, *end;
} cursor;

static char peek(const cursor *c) { return c->p < c->end ? *c->p : '\0'; }

static bool take(cursor *c, char ch)
{
    if (peek(c) != ch || c->p == c->end) return false;
    c->p++;
    return true;
}

/* lo to hi digits, their value; nothing taken on false. */
static bool number(cursor *c, int lo, int hi, long *v)
{
    const char *p = c->p;
    long n = 0;
    int k = 0;
    while (p < c->end && tkc_is_digit(*p) && k < hi) {
        n = n * 10 + (*p++ - '0');
        k++;
    }
    if (k < lo || (p < c->end && tkc_is_digit(*p))) return false;
    c->p = p;
    *v = n;
    return true;
}

static bool word_ci(cursor *c, const char *w)
{
    if (c->p == c->end || tkc_ascii_lower(*c->p) != w[0]) return false; /* nearly always */
    size_t n = strlen(w);
    if ((size_t)(c->end - c->p) < n) return false;
    for (size_t i = 0; i < n; i++)
        if (tkc_ascii_lower(c->p[i]) != w[i]) return false;
    c->p += n;
    return true;
}

static bool word_end(const cursor *c) { return c->p == c->end || !tkc_is_word(*c->p); }

#define L(letter) (1u << ((letter) - 'a'))
/* Which second letters the names of a list have behind each first one. Nearly no word is one of them, and
 * trying every name at each took half of the time of an audit. */
typedef uint32_t beginnings[26];
static bool may_begin(const cursor *c, const beginnings second)
{
    if (c->end - c->p < 2) return false;
    const unsigned a = (unsigned)(unsigned char)tkc_ascii_lower(c->p[0]) - 'a', b = (unsigned)(unsigned char)tkc_ascii_lower(c->p[1]) - 'a';
    return a < 26 && b < 26 && second[a] >> b & 1;
}

static bool month(cursor *c)
{
    static const beginnings second = {['j' - 'a'] = L('a') | L('u'), ['f' - 'a'] = L('e'), ['m' - 'a'] = L('a'),
                                      ['a' - 'a'] = L('p') | L('u'), ['s' - 'a'] = L('e'), ['o' - 'a'] = L('c'),
                                      ['n' - 'a'] = L('o'), ['d' - 'a'] = L('e')};
    static const char *const m[] = {"january", "february", "march", "april", "may", "june", "july", "august", "september",
                                    "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug",
                                    "sept", "sep", "oct", "nov", "dec"};
    const char *p = c->p;
    if (!may_begin(c, second)) return false;
    for (size_t i = 0; i < sizeof m / sizeof *m; i++) {
        if (word_ci(c, m[i])) {
            (void)take(c, '.');
            if (c->p == c->end || !tkc_is_alpha(*c->p)) return true;
        }
        c->p = p;
    }
    return false;
}

static bool weekday(cursor *c)
{
    static const beginnings second = {['m' - 'a'] = L('o'), ['t' - 'a'] = L('u') | L('h'), ['w' - 'a'] = L('e'),
                                      ['f' - 'a'] = L('r'), ['s' - 'a'] = L('a') | L('u')};
    static const char *const d[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
                                    "mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    const char *p = c->p;
    if (!may_begin(c, second)) return false;
    for (size_t i = 0; i < sizeof d / sizeof *d; i++) {
        if (word_ci(c, d[i]) && word_end(c)) return true;
        c->p = p;
    }
    return false;
}

static void blanks(cursor *c)
{
    while (peek(c) == ' ' || peek(c) == ',') c->p++;
}

/* HH:MM[:SS[.fff]] [AM|PM] [zone]; "10 AM". */
static bool time_of_day(cursor *c, bool *seconds)
{
    cursor t = *c;
    long h, m, s;
    *seconds = false;
    if (!number(&t, 1, 2, &h) || h > 24) return false;
    if (take(&t, ':')) {
        if (!number(&t, 2, 2, &m) || m > 59) return false;
        if (peek(&t) == ':') {
            cursor u = t;
            u.p++;
            if (number(&u, 2, 2, &s) && s <= 60) {
                *seconds = true;
                if (peek(&u) == '.' && u.p + 1 < u.end && tkc_is_digit(u.p[1]))
                    for (u.p++; u.p < u.end && tkc_is_digit(*u.p);) u.p++;
                t = u;
            }
        }
    } else {
        cursor u = t;
        (void)take(&u, ' ');
        if (tkc_ascii_lower(peek(&u)) != 'a' && tkc_ascii_lower(peek(&u)) != 'p') return false;
        u.p++;
        (void)take(&u, '.');
        if (tkc_ascii_lower(peek(&u)) != 'm') return false;
        u.p++;
        if (!word_end(&u)) return false;
        *c = u;
        return true;
    }
    {
        cursor u = t;
        (void)take(&u, ' ');
        if ((tkc_ascii_lower(peek(&u)) == 'a' || tkc_ascii_lower(peek(&u)) == 'p') && u.p + 1 < u.end &&
            (tkc_ascii_lower(u.p[1]) == 'm' || u.p[1] == '.')) {
            u.p++;
            (void)take(&u, '.');
            if (tkc_ascii_lower(peek(&u)) == 'm') {
                u.p++;
                if (peek(&u) == '.' && u.p + 1 < u.end && u.p[1] == ' ' && u.p[-2] == '.') u.p++;
                if (word_end(&u)) t = u;
            }
        }
    }
    {
        cursor u = t;
        long z;
        if (take(&u, 'Z') && word_end(&u)) {
            t = u;
        } else {
            u = t;
            (void)take(&u, ' ');
            if (peek(&u) == '+' || peek(&u) == '-') {
                u.p++;
                if (number(&u, 4, 4, &z) || (number(&u, 2, 2, &z) && take(&u, ':') && number(&u, 2, 2, &z)))
                    if (word_end(&u)) t = u;
            } else if ((word_ci(&u, "utc") || word_ci(&u, "gmt") || word_ci(&u, "pst") || word_ci(&u, "est") ||
                        word_ci(&u, "cet") || word_ci(&u, "cest") || word_ci(&u, "edt") || word_ci(&u, "pdt")) &&
                       word_end(&u)) {
                t = u;
            }
        }
    }
    if (t.p < t.end && (tkc_is_word(*t.p) || (*t.p == ':' && t.p + 1 < t.end && tkc_is_digit(t.p[1])))) return false;
    *c = t;
    return true;
}

static bool year(cursor *c, long *y)
{
    return number(c, 4, 4, y) && *y >= 1970 && *y <= 2099;
}

static bool ordinal_day(cursor *c)
{
    long d;
    if (!number(c, 1, 2, &d) || d < 1 || d > 31) return false;
    if (!word_ci(c, "st") && !word_ci(c, "nd") && !word_ci(c, "rd")) (void)word_ci(c, "th");
    return true;
}

static bool day(cursor *c)
{
    cursor t = *c;
    long a, b, y;
    /* 2026-11-26, 2026/11/26 */
    if (year(&t, &y) && (peek(&t) == '-' || peek(&t) == '/' || peek(&t) == '.')) {
        char sep = *t.p++;
        if (number(&t, 2, 2, &a) && a >= 1 && a <= 12 && take(&t, sep) && number(&t, 2, 2, &b) && b >= 1 && b <= 31) {
            *c = t;
            return true;
        }
    }
    t = *c; /* 26.11.2026, 11/26/2026 */
    if (number(&t, 1, 2, &a) && a >= 1 && a <= 31 && (peek(&t) == '/' || peek(&t) == '.' || peek(&t) == '-')) {
        char sep = *t.p++;
        if (number(&t, 1, 2, &b) && b >= 1 && b <= 31 && (a <= 12 || b <= 12) && take(&t, sep) && year(&t, &y)) {
            *c = t;
            return true;
        }
    }
    t = *c; /* 26 November 2026, 26th of November, 2026 */
    if (ordinal_day(&t)) {
        blanks(&t);
        if (word_ci(&t, "of ")) blanks(&t);
        if (peek(&t) == '-') t.p++;
        if (month(&t)) {
            cursor u = t;
            blanks(&u);
            if (peek(&u) == '-') u.p++;
            if (year(&u, &y)) t = u;
            *c = t;
            return true;
        }
    }
    t = *c; /* November 26, 2026 */
    if (month(&t)) {
        blanks(&t);
        if (ordinal_day(&t)) {
            cursor u = t;
            blanks(&u);
            if (year(&u, &y)) t = u;
            if (word_end(&t)) {
                *c = t;
                return true;
            }
        }
    }
    return false;
}

/* A day, with or without its weekday, and the time behind it. */
static volatile_shape date_shape(cursor *c)
{
    cursor t = *c;
    bool seconds, named = weekday(&t);
    if (named) {
        cursor u = t;
        long d, y;
        if (take(&u, '.')) t = u;
        blanks(&t);
        u = t; /* ctime: Thu Nov 26 10:00:00 2026 */
        if (month(&u)) {
            blanks(&u);
            if (number(&u, 1, 2, &d) && d >= 1 && d <= 31) {
                blanks(&u);
                if (time_of_day(&u, &seconds)) {
                    blanks(&u);
                    if (year(&u, &y)) {
                        *c = u;
                        return seconds ? SHAPE_DATETIME_SECONDS : SHAPE_DATETIME;
                    }
                }
            }
        }
        u = t;
        if (word_ci(&u, "the ")) t = u;
    }
    if (!day(&t)) return SHAPE_NONE;
    *c = t;
    if (peek(&t) == 'T' || peek(&t) == '_') {
        t.p++;
    } else {
        blanks(&t);
        if (word_ci(&t, "at ")) blanks(&t);
        (void)take(&t, '-');
        blanks(&t);
    }
    if (time_of_day(&t, &seconds)) {
        *c = t;
        return seconds ? SHAPE_DATETIME_SECONDS : SHAPE_DATETIME;
    }
    return word_end(c) || *c->p == 'T' ? SHAPE_DATE : SHAPE_NONE;
}

static bool uuid(cursor *c)
{
    static const int group[] = {8, 4, 4, 4, 12};
    const char *p = c->p;
    for (int g = 0; g < 5; g++) {
        for (int i = 0; i < group[g]; i++, p++)
            if (p >= c->end || !tkc_is_hex(*p)) return false;
        if (g < 4 && (p >= c->end || *p++ != '-')) return false;
    }
    if (p < c->end && tkc_is_word(*p)) return false;
    c->p = p;
    return true;
}

static bool id_shape(cursor *c)
{
    static const beginnings second = {['r' - 'a'] = L('e') | L('u'), ['s' - 'a'] = L('e') | L('p'), ['t' - 'a'] = L('r') | L('h') | L('x'),
                                      ['m' - 'a'] = L('s'), ['c' - 'a'] = L('h') | L('o') | L('i') | L('u'), ['j' - 'a'] = L('o'),
                                      ['e' - 'a'] = L('v'), ['u' - 'a'] = L('s'), ['a' - 'a'] = L('c'), ['i' - 'a'] = L('n')};
    static const char *const head[] = {"request", "req", "session", "sess", "trace", "span", "msg", "run", "chatcmpl", "conv",
                                       "thread", "txn", "job", "evt", "resp", "cid", "corr", "usr", "user", "cus", "acct", "inv"};
    if (!may_begin(c, second)) return false;
    for (size_t i = 0; i < sizeof head / sizeof *head; i++) {
        cursor t = *c;
        size_t n = 0, digits = 0;
        if (!word_ci(&t, head[i]) || (peek(&t) != '_' && peek(&t) != '-')) continue;
        for (t.p++; t.p < t.end && (tkc_is_alpha(*t.p) || tkc_is_digit(*t.p) || *t.p == '-' || *t.p == '_'); t.p++, n++)
            digits += tkc_is_digit(*t.p);
        while (t.p[-1] == '-' || t.p[-1] == '_') t.p--;
        /* a word of a text has few digits: "session_timeout_2" */
        if (n >= 6 && digits >= 2) {
            c->p = t.p;
            return true;
        }
    }
    return false;
}

static volatile_shape number_shape(cursor *c)
{
    const char *p = c->p;
    size_t n, letters = 0, digits = 0;
    while (p < c->end && tkc_is_hex(*p)) {
        if (tkc_is_digit(*p)) digits++;
        else letters++;
        p++;
    }
    if (p < c->end && tkc_is_word(*p)) p = c->p;
    n = (size_t)(p - c->p);
    if (n >= 32 && letters && digits) {
        c->p = p;
        return SHAPE_HEX;
    }
    for (p = c->p; p < c->end && tkc_is_digit(*p);) p++;
    n = (size_t)(p - c->p);
    if (!n || (p < c->end && tkc_is_word(*p))) return SHAPE_NONE;
    /* a number of a version, a decimal, an address: not one by itself */
    if (p + 1 < c->end && (*p == '.' || *p == ':') && tkc_is_digit(p[1])) {
        if (n == 10 && *p == '.' && c->p[0] == '1' && c->p[1] >= '5') {
            for (p++; p < c->end && tkc_is_digit(*p);) p++;
            c->p = p;
            return SHAPE_EPOCH;
        }
        return SHAPE_NONE;
    }
    if ((n == 10 || n == 13) && c->p[0] == '1' && c->p[1] >= '5') {
        c->p = p;
        return SHAPE_EPOCH;
    }
    c->p = p;
    return SHAPE_NUMBER;
}

/* c goes behind it. */
static volatile_shape shape_at(cursor *c)
{
    cursor t = *c;
    bool seconds;
    volatile_shape s;
    if (uuid(&t)) {
        *c = t;
        return SHAPE_UUID;
    }
    s = date_shape(&t);
    if (s) {
        *c = t;
        return s;
    }
    t = *c;
    if (tkc_is_digit(peek(&t)) && time_of_day(&t, &seconds)) {
        *c = t;
        return seconds ? SHAPE_SECONDS : SHAPE_TIME;
    }
    t = *c;
    if (tkc_is_alpha(peek(&t)) && id_shape(&t)) {
        *c = t;
        return SHAPE_ID;
    }
    t = *c;
    s = tkc_is_hex(peek(&t)) ? number_shape(&t) : SHAPE_NONE;
    if (s) *c = t;
    return s;
}

volatile_shape tkc_volatile_shape_at(tkc_str t, size_t at, size_t *end)
{
    cursor c = {t.ptr + at, t.ptr + t.len};
    const volatile_shape s = shape_at(&c);
    *end = (size_t)(c.p - t.ptr);
    return s;
}
