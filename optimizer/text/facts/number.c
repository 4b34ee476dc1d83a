/* number.c - numbers with their units, dates, times and versions, in digits and in words. */
#include "optimizer/text/facts/facts_impl.h"

#include <stdio.h>
#include <string.h>

enum { DIGITS_MAX = 48 };

/* Digits with their separators: what they are is known only when all of them are read. */
typedef struct figure {
    char v[DIGITS_MAX + 2]; /* without thousands' commas, trailing zeros of a fraction cut     */
    size_t n;
    size_t end;
    size_t dots; /* "1.2.3" has 2 */
    bool whole;  /* digits only */
} figure;

/* "1,234" and "1 000" of old transcripts ("1, 000, 000"): three digits behind each comma. */
static size_t thousands(const fact_scan *s, size_t i)
{
    size_t p = i + 1;
    if (fact_at(s, i) != ',') return i;
    if (fact_at(s, p) == ' ') p++;
    if (!tkc_is_digit(fact_at(s, p)) || !tkc_is_digit(fact_at(s, p + 1)) || !tkc_is_digit(fact_at(s, p + 2)) ||
        tkc_is_digit(fact_at(s, p + 3)))
        return i;
    /* "10, 200 and 300" is a list: a blank is taken only in front of another "000" */
    if (p > i + 1 && memcmp(s->t.ptr + p, "000", 3)) return i;
    return p;
}

static void read_figure(const fact_scan *s, size_t i, figure *f)
{
    size_t lead = 0;
    bool dot = false;
    *f = (figure){.whole = true};
    while (tkc_is_digit(fact_at(s, i)) || (fact_at(s, i) == '.' && tkc_is_digit(fact_at(s, i + 1)))) {
        char c = s->t.ptr[i];
        size_t p;
        if (c == '.') {
            f->dots++;
            dot = true;
            f->whole = false;
            if (f->n == 0) f->v[f->n++] = '0';
        }
        if (f->n < DIGITS_MAX) f->v[f->n++] = c;
        i++;
        if (!dot && f->n <= 3 + lead && (p = thousands(s, i)) > i) {
            i = p;
            lead = f->n;
        } else if (!dot && lead && f->n == lead + 3 && (p = thousands(s, i)) > i) {
            i = p;
            lead = f->n;
        }
    }
    f->end = i;
    if (f->dots == 1) {
        while (f->n && f->v[f->n - 1] == '0') f->n--;
        if (f->n && f->v[f->n - 1] == '.') f->n--;
    }
    for (lead = 0; lead + 1 < f->n && f->v[lead] == '0' && tkc_is_digit(f->v[lead + 1]) && f->dots < 2; lead++) continue;
    memmove(f->v, f->v + lead, f->n - lead);
    f->n -= lead;
}

static int two(const fact_scan *s, size_t i, size_t *end) /* one or two digits; -1: none, or more */
{
    int v = 0;
    size_t p = i;
    while (tkc_is_digit(fact_at(s, p)) && p - i < 3) v = v * 10 + (s->t.ptr[p++] - '0');
    *end = p;
    return p == i || p - i > 2 ? -1 : v;
}

static int four(const fact_scan *s, size_t i)
{
    int v = 0;
    for (size_t k = 0; k < 4; k++) {
        if (!tkc_is_digit(fact_at(s, i + k))) return -1;
        v = v * 10 + (s->t.ptr[i + k] - '0');
    }
    return tkc_is_digit(fact_at(s, i + 4)) ? -1 : v;
}

static tkc_status add_date(fact_scan *s, size_t i, size_t e, int year, int month, int day)
{
    char v[24];
    int n;
    if (year >= 0 && day > 0) n = snprintf(v, sizeof v, "%04d-%02d-%02d", year, month, day);
    else if (year >= 0) n = snprintf(v, sizeof v, "%04d-%02d", year, month);
    else n = snprintf(v, sizeof v, "--%02d-%02d", month, day);
    return fact_add(s, TKC_FACT_DATE, i, e, v, (size_t)n, NULL, 0, false);
}

/* "am", "p.m.", "o'clock" at i; 0, 'a', 'p', 'o'; *end behind it. */
static char half_day(const fact_scan *s, size_t i, size_t *end)
{
    size_t p = i;
    char c;
    if (fact_at(s, p) == ' ') p++;
    c = tkc_ascii_lower(fact_at(s, p));
    *end = i;
    if (c == 'o' && fact_at(s, p + 1) == '\'' && tkc_ascii_lower(fact_at(s, p + 2)) == 'c') {
        p += 2;
        while (tkc_is_alpha(fact_at(s, p))) p++;
        *end = p;
        return 'o';
    }
    if (c != 'a' && c != 'p') return 0;
    p++;
    if (fact_at(s, p) == '.') p++;
    if (fact_at(s, p) == ' ' && s->t.ptr[p - 1] == '.') p++;
    if (tkc_ascii_lower(fact_at(s, p)) != 'm' || fact_is_alnum(fact_at(s, p + 1))) return 0;
    p++;
    if (fact_at(s, p) == '.' && s->t.ptr[p - 2] == '.') p++;
    *end = p;
    return c;
}

/* "3:30", "15:00:10", "3 pm". */
static tkc_status clock_time(fact_scan *s, size_t i, size_t *end)
{
    char v[16], half;
    size_t p, q;
    int h = two(s, i, &p), m = 0, sec = -1, n;
    *end = i;
    if (h < 0 || h > 24) return TKC_OK;
    if (fact_at(s, p) == ':' && tkc_is_digit(fact_at(s, p + 1)) && tkc_is_digit(fact_at(s, p + 2)) &&
        !tkc_is_digit(fact_at(s, p + 3))) {
        m = two(s, p + 1, &p);
        if (fact_at(s, p) == ':' && tkc_is_digit(fact_at(s, p + 1)) && tkc_is_digit(fact_at(s, p + 2)))
            sec = two(s, p + 1, &p);
        half = half_day(s, p, &q);
    } else {
        half = half_day(s, p, &q);
        if (!half) return TKC_OK;
    }
    if (m > 59 || m < 0 || sec > 59) return TKC_OK;
    if (half) p = q;
    if (half == 'p' && h < 12) h += 12;
    if (half == 'a' && h == 12) h = 0;
    n = sec >= 0 ? snprintf(v, sizeof v, "%02d:%02d:%02d", h, m, sec) : snprintf(v, sizeof v, "%02d:%02d", h, m);
    *end = p;
    return fact_add(s, TKC_FACT_TIME, i, p, v, (size_t)n, NULL, 0, false);
}

/* "2026-11-27", "27.11.2026", "11/27/2026" (kept as written: which is the month, no one says), and
 * "27 November 2026", "27th of Nov". */
static tkc_status date(fact_scan *s, size_t i, size_t *end)
{
    size_t p, q;
    int a = four(s, i), b, c;
    const char *month;
    char w[FACT_WORD_MAX + 1];
    size_t len;
    *end = i;
    if (a >= 1000 && (fact_at(s, i + 4) == '-' || fact_at(s, i + 4) == '/')) {
        char sep = s->t.ptr[i + 4];
        b = two(s, i + 5, &p);
        if (b < 1 || b > 12) return TKC_OK;
        if (fact_at(s, p) != sep) {
            if (sep != '-' || p - i != 7 || fact_is_alnum(fact_at(s, p))) return TKC_OK;
            *end = p;
            return add_date(s, i, p, a, b, 0);
        }
        c = two(s, p + 1, &p);
        if (c < 1 || c > 31) return TKC_OK;
        *end = p;
        return add_date(s, i, p, a, b, c);
    }
    a = two(s, i, &p);
    if (a < 0) return TKC_OK;
    if (fact_at(s, p) == '/' || fact_at(s, p) == '.' || fact_at(s, p) == '-') {
        char sep = s->t.ptr[p];
        b = two(s, p + 1, &q);
        if (b >= 0 && fact_at(s, q) == sep && a >= 1 && b >= 1 && a <= 31 && b <= 31) {
            size_t y = q + 1, e;
            c = four(s, y);
            e = y + 4;
            if (c < 0 && sep == '/') {
                c = two(s, y, &e);
                if (e - y != 2) c = -1;
            }
            if (c >= 0) {
                char v[16];
                int n = sep == '.' ? snprintf(v, sizeof v, "%04d-%02d-%02d", c, b, a) : snprintf(v, sizeof v, "%d/%d/%d", a, b, c);
                *end = e;
                return fact_add(s, TKC_FACT_DATE, i, e, v, (size_t)n, NULL, 0, false);
            }
        }
    }
    q = p;
    fact_letters(s, q, w, &len);
    if (len == 2 && strstr("st nd rd th", w)) q += 2;
    if (fact_at(s, q) == '.' && fact_at(s, q + 1) == ' ') q++;
    if (fact_at(s, q) != ' ' && fact_at(s, q) != '-') return TKC_OK;
    q++;
    if (!memcmp(s->t.ptr + q, "of ", q + 3 <= s->t.len ? 3 : 0) && q + 3 <= s->t.len) q += 3;
    if (!tkc_is_upper(fact_at(s, q))) return TKC_OK;
    p = fact_letters(s, q, w, &len);
    month = fact_lookup(s, w, len, ROLE_MONTH);
    if (!month || a < 1 || a > 31) return TKC_OK;
    if (fact_at(s, p) == ',') p++;
    c = fact_at(s, p) == ' ' || fact_at(s, p) == '-' ? four(s, p + 1) : -1;
    if (c >= 1000) p += 5;
    else if (s->t.ptr[p - 1] == ',') p--;
    *end = p;
    return add_date(s, i, p, c >= 1000 ? c : -1, (month[0] - '0') * 10 + month[1] - '0', a);
}

/* "v1.2", "1.2.3-beta.1". */
static tkc_status version(fact_scan *s, size_t i, bool told, size_t *end)
{
    figure f;
    size_t p, b;
    read_figure(s, i, &f);
    *end = i;
    if (f.dots < 2 && !told) return TKC_OK;
    p = f.end;
    if (fact_at(s, p) == '-' || fact_at(s, p) == '+') {
        b = p + 1;
        if (tkc_is_alpha(fact_at(s, b))) {
            while ((fact_is_alnum(fact_at(s, b)) || (fact_at(s, b) == '.' && fact_is_alnum(fact_at(s, b + 1)))) && b - p < 24) b++;
            p = b;
        }
    } else while (tkc_is_lower(fact_at(s, p)) && p - f.end < 6) p++; /* "2.0rc1" */
    while (tkc_is_digit(fact_at(s, p)) && p - f.end < 24) p++;
    if (fact_is_alnum(fact_at(s, p))) return TKC_OK;
    *end = p;
    return fact_add(s, TKC_FACT_VERSION, i, p, s->t.ptr + i, p - i, NULL, 0, false);
}

/* The word before i is "version" or the like, or "v" stands against it. */
static bool version_told(const fact_scan *s, size_t i)
{
    static const char words[][8] = {"version", "ver", "v", "release", "python", "node", "java", "php"};
    size_t e = i, b;
    while (e > 0 && i - e < 2 && (s->t.ptr[e - 1] == ' ' || s->t.ptr[e - 1] == '.')) e--;
    b = e;
    while (b > 0 && e - b < 8 && tkc_is_alpha(s->t.ptr[b - 1])) b--;
    for (size_t k = 0; b < e && k < sizeof words / sizeof *words; k++) {
        size_t j = 0;
        while (j < e - b && tkc_ascii_lower(s->t.ptr[b + j]) == words[k][j]) j++;
        if (j == e - b && j < sizeof *words && !words[k][j]) return true;
    }
    return false;
}

/* The unit at p, behind a number: a known one, else the next word in lower case without its
 * plural "s". *end: behind a known unit, else p. */
static void unit_at(const fact_scan *s, size_t p, char unit[FACT_WORD_MAX + 1], size_t *n, bool *loose, size_t *end)
{
    size_t q = p, len;
    const char *v;
    char w[FACT_WORD_MAX + 1];
    fact_rows r;
    *n = 0;
    *loose = false;
    *end = p;
    if (fact_at(s, q) == ' ') q++;
    if (fact_at(s, q) == '%') {
        memcpy(unit, "percent", *n = 7);
        *end = q + 1;
        return;
    }
    if (q + 2 <= s->t.len && !memcmp(s->t.ptr + q, "\xc2\xb0", 2)) {
        memcpy(unit, "degree", *n = 6);
        *end = q + 2;
        return;
    }
    if (q == p && fact_at(s, q) == '-') q++;
    q = fact_letters(s, q, w, &len);
    if (!len || memchr(w, '\'', len)) return;
    r = fact_find(s, w, len);
    v = fact_value(r, ROLE_UNIT);
    if (v && fact_at(s, q) != '_') {
        *n = strlen(v);
        memcpy(unit, v, *n);
        *end = q;
        return;
    }
    if (fact_value(r, ROLE_STOP) || fact_value(r, ROLE_LIMIT) || fact_value(r, ROLE_MODAL) || fact_value(r, ROLE_NUMBER)) return;
    if (len > 3 && w[len - 1] == 's' && w[len - 2] != 's') len--;
    *n = len;
    memcpy(unit, w, len);
    *loose = true;
}

static tkc_status add_number(fact_scan *s, size_t i, size_t p, char *v, size_t n, const char *money, size_t *end)
{
    char unit[FACT_WORD_MAX + 1];
    size_t m, e;
    bool loose, plus = false;
    tkc_status st;
    if (fact_at(s, p) == '+' && !tkc_is_digit(fact_at(s, p + 1))) {
        plus = true;
        p++;
    }
    unit_at(s, p, unit, &m, &loose, &e);
    if (money) {
        m = strlen(money);
        memcpy(unit, money, m);
        loose = false;
        e = p;
    }
    *end = e;
    st = fact_add(s, TKC_FACT_NUMBER, i, e, v, n, unit, m, loose);
    if (!st && plus) st = fact_add(s, TKC_FACT_LIMIT, p - 1, p, "min", 3, NULL, 0, false);
    return st;
}

/* Digits, a blank and a word in small letters, as most numbers stand: "14 days". A date or time goes on with a mark, a capital,
 * "of", "am", "pm" or "o'clock", and a version has a dot if nothing in front tells it. */
static bool is_count(const fact_scan *s, size_t i)
{
    while (tkc_is_digit(fact_at(s, i))) i++;
    return fact_at(s, i) == ' ' && tkc_is_lower(fact_at(s, i + 1)) && !tkc_is_one_of(fact_at(s, i + 1), "aop");
}

tkc_status fact_number(fact_scan *s, size_t i, size_t *end)
{
    static const struct {
        const char *sign, *unit;
    } money[] = {{"$", "usd"}, {"\xe2\x82\xac", "eur"}, {"\xc2\xa3", "gbp"}, {"\xc2\xa5", "yen"}};
    const char *unit = NULL;
    char v[DIGITS_MAX * 2 + 8];
    size_t at = i, n = 0, p;
    figure f;
    tkc_status st;
    *end = i;
    /* Most figures have no sign at them or in front. */
    const bool bare = tkc_is_digit(fact_at(s, i)) && (i == 0 || (s->t.ptr[i - 1] != '$' && !(s->t.ptr[i - 1] & 0x80)));
    for (size_t k = 0; !bare && k < 4; k++) {
        size_t m = strlen(money[k].sign);
        if (i + m <= s->t.len && !memcmp(s->t.ptr + i, money[k].sign, m)) {
            unit = money[k].unit;
            at += m;
        } else if (i >= m && tkc_is_digit(fact_at(s, i)) && !memcmp(s->t.ptr + i - m, money[k].sign, m))
            unit = money[k].unit; /* a sign of several bytes was passed over as a mark */
    }
    if (fact_at(s, at) == '-' || fact_at(s, at) == '+') {
        /* a sign, unless it joins: "3-5", "COVID-19" */
        if (s->t.ptr[at] == '-' && (at == 0 || s->t.ptr[at - 1] <= ' ' || tkc_is_one_of(s->t.ptr[at - 1], "(=[:"))) v[n++] = '-';
        at++;
    }
    if (!tkc_is_digit(fact_at(s, at)) && fact_at(s, at) != '.') return TKC_OK;
    if (at == i) {
        const bool told = version_told(s, i), alone = !told && is_count(s, i);
        st = alone ? TKC_OK : date(s, i, end);
        if (!st && !alone && *end == i) st = clock_time(s, i, end);
        if (!st && !alone && *end == i) st = version(s, i, told, end);
        if (st || *end > i) return st;
    }
    read_figure(s, at, &f);
    memcpy(v + n, f.v, f.n);
    n += f.n;
    p = f.end;
    if (f.whole && fact_at(s, p) == '/' && tkc_is_digit(fact_at(s, p + 1))) { /* "1/2" */
        figure d;
        read_figure(s, p + 1, &d);
        if (d.whole && n + d.n + 1 < sizeof v) {
            v[n++] = '/';
            memcpy(v + n, d.v, d.n);
            n += d.n;
            p = d.end;
        }
    } else if (f.dots < 2 && tkc_is_alpha(fact_at(s, p)) && !fact_is_alnum(fact_at(s, p + 1)) && f.n + 12 < sizeof v) {
        /* "10k", "$2M": thousands and millions where the fraction is not longer than they are */
        char c = tkc_ascii_lower(s->t.ptr[p]);
        size_t zeros = c == 'k' ? 3 : (c == 'm' && (unit || s->t.ptr[p] == 'M')) ? 6 : (c == 'b' && unit) ? 9 : 0;
        const char *dot = memchr(v, '.', n);
        size_t frac = dot ? n - (size_t)(dot - v) - 1 : 0;
        if (zeros && frac <= zeros) {
            if (dot) {
                memmove(v + (dot - v), dot + 1, frac);
                n--;
            }
            memset(v + n, '0', zeros - frac);
            n += zeros - frac;
            for (at = v[0] == '-'; at + 1 < n && v[at] == '0';) {
                memmove(v + at, v + at + 1, n - at - 1);
                n--;
            }
            p++;
        }
    } else if (tkc_is_alpha(fact_at(s, p))) {
        char w[FACT_WORD_MAX + 1];
        size_t len, q = fact_letters(s, p, w, &len);
        if (len == 2 && (!strcmp(w, "st") || !strcmp(w, "nd") || !strcmp(w, "rd") || !strcmp(w, "th"))) {
            *end = q;
            return fact_add(s, TKC_FACT_NUMBER, i, q, v, n, "th", 2, false);
        }
    } else if (fact_at(s, p) == ' ') { /* "3 million", "2 dozen" */
        char w[FACT_WORD_MAX + 1];
        size_t len, q = fact_letters(s, p + 1, w, &len);
        const char *m = fact_lookup(s, w, len, ROLE_NUMBER);
        if (m && strlen(m) >= 4 && f.whole && n + strlen(m) < sizeof v) {
            memcpy(v + n, m + 1, strlen(m) - 1);
            n += strlen(m) - 1;
            p = q;
        }
    }
    return add_number(s, i, p, v, n, unit, end);
}

/* "twenty-five", "two hundred": the value of number words from i on; *end behind the last. */
static uint64_t spelled(const fact_scan *s, size_t i, const char *word, size_t len, size_t *end)
{
    uint64_t total = 0, part = 0;
    char w[FACT_WORD_MAX + 1];
    size_t p = i + len;
    memcpy(w, word, len + 1);
    for (int k = 0; k < 8; k++) {
        const char *v = fact_lookup(s, w, len, ROLE_NUMBER);
        uint64_t x = 0;
        if (!v || strchr(v, '/')) break;
        for (; *v; v++) x = x * 10 + (uint64_t)(*v - '0');
        if (k && x < 100 && (part % 100 == 0 || (part % 100 >= 20 && part % 10 == 0 && x < 10)) && (part || total)) part += x;
        else if (k && x == 100 && part > 0 && part < 100) part *= 100;
        else if (k && x == 12) part *= 12;
        else if (k && x >= 1000 && part > 0 && part < 1000) {
            total += part * x;
            part = 0;
        } else if (k) break;
        else part = x;
        *end = p;
        if (fact_at(s, p) != ' ' && fact_at(s, p) != '-') break;
        p++;
        if (p + 4 < s->t.len && !memcmp(s->t.ptr + p, "and ", 4) && part >= 100) p += 4;
        p = fact_letters(s, p, w, &len);
        if (!len) break;
    }
    return total + part;
}

tkc_status fact_number_word(fact_scan *s, fact_rows r, size_t i, const char *word, size_t len, size_t *end, bool *found)
{
    const char *v = fact_value(r, ROLE_NUMBER);
    size_t before = *end, p = before, q;
    char text[24];
    bool capital = tkc_is_upper(s->t.ptr[i]);
    *found = false;
    if (v) {
        char unit[FACT_WORD_MAX + 1];
        size_t m;
        bool loose;
        int n;
        *found = strchr(v, '/') != NULL;
        if (*found) return fact_add(s, TKC_FACT_NUMBER, i, p, v, strlen(v), NULL, 0, false);
        uint64_t x = spelled(s, i, word, len, &p);
        unit_at(s, p, unit, &m, &loose, &q);
        if (x == 1 && p == before && (m == 0 || loose)) return TKC_OK; /* "one of them", "this one" */
        *found = true;
        n = snprintf(text, sizeof text, "%llu", (unsigned long long)x);
        return add_number(s, i, p, text, (size_t)n, NULL, end);
    }
    v = fact_value(r, ROLE_MONTH);
    if (v && capital) {
        int month = (v[0] - '0') * 10 + v[1] - '0', day, year;
        if (fact_at(s, p) == '.') p++;
        if (fact_at(s, p) == ' ' && tkc_is_digit(fact_at(s, p + 1))) {
            year = four(s, p + 1);
            *found = true;
            if (year >= 1000) {
                *end = p + 5;
                return add_date(s, i, *end, year, month, 0);
            }
            day = two(s, p + 1, &q);
            if (day >= 1 && day <= 31) {
                char w[FACT_WORD_MAX + 1];
                size_t n, e = fact_letters(s, q, w, &n);
                if (n == 2) q = e;
                p = q;
                if (fact_at(s, p) == ',') p++;
                year = fact_at(s, p) == ' ' ? four(s, p + 1) : -1;
                *end = year >= 1000 ? p + 5 : q;
                return add_date(s, i, *end, year >= 1000 ? year : -1, month, day);
            }
            *found = false;
        }
        /* "May" and "March" begin sentences as verbs; the other months alone are dates */
        *found = len > 4 && strcmp(word, "march");
        if (*found) return fact_add(s, TKC_FACT_DATE, i, before, v, 2, NULL, 0, false);
    }
    v = fact_value(r, ROLE_DAY);
    *found = v != NULL;
    if (v) return fact_add(s, TKC_FACT_DATE, i, before, v, strlen(v), NULL, 0, false);
    v = fact_value(r, ROLE_CLOCK);
    *found = v != NULL;
    if (v) return fact_add(s, TKC_FACT_TIME, i, before, v, strlen(v), NULL, 0, false);
    return TKC_OK;
}
