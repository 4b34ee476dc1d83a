/* facts.c - the walk through a text: clauses, words, names. */
#include "optimizer/text/bytes8.h"
#include "optimizer/text/facts/facts_impl.h"

#include "tokenizer/unicode_class.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/json.h"
#include "vocab/base/utf8.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static const char *const kind_names[TKC_N_FACT] = {
    "number", "date", "time",  "version",  "name",  "identifier", "id",     "link",
    "code",   "quote", "negation", "modal", "limit", "order",      "foreign"};

const char *tkc_fact_kind_name(tkc_fact_kind kind)
{
    return (unsigned)kind < TKC_N_FACT ? kind_names[kind] : "?";
}

bool tkc_fact_kind_by_name(tkc_str name, tkc_fact_kind *out)
{
    for (int k = 0; k < TKC_N_FACT; k++)
        if (strlen(kind_names[k]) == name.len && !memcmp(kind_names[k], name.ptr, name.len)) {
            *out = (tkc_fact_kind)k;
            return true;
        }
    return false;
}

/* Bytes of an apostrophe at i: ' or U+2019; 0: none. */
static size_t apostrophe(const fact_scan *s, size_t i)
{
    if (fact_at(s, i) == '\'') return 1;
    return i + 3 <= s->t.len && !memcmp(s->t.ptr + i, "\xe2\x80\x99", 3) ? 3 : 0;
}

size_t fact_letters(const fact_scan *s, size_t i, char word[FACT_WORD_MAX + 1], size_t *len)
{
    uint64_t low = 0;
    size_t n = i < s->t.len ? tkc_letters8(tkc_bytes8(s->t, i), &low) : 0;
    for (size_t k = 0; k < n; k++) word[k] = (char)(low >> 8 * k & 0xff);
    i += n;
    for (;;) {
        size_t a;
        if (tkc_is_alpha(fact_at(s, i))) {
            if (n <= FACT_WORD_MAX) word[n < FACT_WORD_MAX ? n : FACT_WORD_MAX] = tkc_ascii_lower(s->t.ptr[i]);
            n++;
            i++;
        } else if (n && (a = apostrophe(s, i)) != 0 && tkc_is_alpha(fact_at(s, i + a))) {
            if (n < FACT_WORD_MAX) word[n] = '\'';
            n++;
            i += a;
        } else break;
    }
    *len = n > FACT_WORD_MAX ? 0 : n;
    word[*len] = 0;
    return i;
}

tkc_status fact_add(fact_scan *s, tkc_fact_kind kind, size_t begin, size_t end, const char *value,
                    size_t len, const char *unit, size_t unit_len, bool loose)
{
    tkc_facts *f = s->f;
    tkc_fact *x;
    XXH64_hash_t h;
    char long_value[20];
    if (len > FACT_VALUE_MAX) { /* compared by hash: a value is no copy of a whole file */
        static const char hex[] = "0123456789abcdef";
        h = XXH3_64bits(value, len);
        for (int i = 0; i < 16; i++) long_value[i] = hex[h >> (60 - 4 * i) & 15];
        value = long_value;
        len = 16;
    }
    if (f->n == f->cap && !tkc_grow(f->alloc, &f->fact, &f->cap, f->n + 1, UINT32_MAX, sizeof *f->fact)) return tkc_nomem(s->err);
    x = &f->fact[f->n];
    *x = (tkc_fact){.begin = begin, .end = end, .kind = (uint8_t)kind, .loose_unit = loose,
                    .clause = (uint32_t)(f->n_clause - 1), .value = (uint32_t)f->text.len,
                    .n_value = (uint32_t)len, .unit = (uint32_t)(f->text.len + len), .n_unit = (uint32_t)unit_len};
    tkc_status st = tkc_buf_append(&f->text, value, len, s->err);
    if (!st && unit_len) st = tkc_buf_append(&f->text, unit, unit_len, s->err);
    if (st) return st;
    x->key = XXH3_64bits_withSeed(len ? value : "", len, (XXH64_hash_t)kind * 31 + 7);
    if (unit_len) x->key = XXH3_64bits_withSeed(unit, unit_len, x->key);
    f->n++;
    return TKC_OK;
}

/* A clause of another language cannot be read: two words of one and less of English, a single one being a name or a
 * borrowed word; or one, and of four words none of English. Of 1,127,915 clauses of English manuals and novels 32 are held
 * for such, some of them French; of 198,072 of meetings, chats and sums 7. */
static bool is_unread(const fact_scan *s)
{
    return s->other > s->english && (s->other > 1 || s->words > 3);
}

static tkc_status open_clause(fact_scan *s, size_t at)
{
    tkc_facts *f = s->f;
    if (!tkc_grow(f->alloc, &f->clause, &f->cap_clause, f->n_clause + 1, UINT32_MAX, sizeof *f->clause))
        return tkc_nomem(s->err);
    f->clause[f->n_clause++] = (tkc_clause){.begin = at, .end = at, .first = (uint32_t)f->n};
    s->latin = s->foreign = s->words = s->english = s->other = 0;
    return TKC_OK;
}

static tkc_status close_clause(fact_scan *s, size_t at)
{
    tkc_clause *c = &s->f->clause[s->f->n_clause - 1];
    tkc_status st = TKC_OK;
    c->end = at;
    if (s->foreign > s->latin || is_unread(s)) {
        size_t b = c->begin, e = at;
        while (b < e && (unsigned char)s->t.ptr[b] <= ' ') b++;
        while (e > b && (unsigned char)s->t.ptr[e - 1] <= ' ') e--;
        st = fact_add(s, TKC_FACT_FOREIGN, b, e, s->t.ptr + b, e - b, NULL, 0, false);
    }
    c = &s->f->clause[s->f->n_clause - 1];
    c->n = (uint32_t)(s->f->n - c->first);
    return st;
}

/* The clause ends before byte at; a new one begins there. A clause without a letter goes on. */
static tkc_status split(fact_scan *s, size_t at, bool start)
{
    tkc_status st;
    s->start = s->start || start;
    if (s->latin + s->foreign == 0 && s->f->n == s->f->clause[s->f->n_clause - 1].first) {
        s->words = 0; /* "__" is one */
        return TKC_OK;
    }
    st = close_clause(s, at);
    return st ? st : open_clause(s, at);
}

/* --- words ------------------------------------------------------------------------------------- */

static bool upper_at(const fact_scan *s, size_t i)
{
    unsigned n;
    if (i >= s->t.len) return false;
    if (!(s->t.ptr[i] & 0x80)) return tkc_is_upper(s->t.ptr[i]);
    if (tkc_utf8_valid(s->t.ptr + i, s->t.len - i < 4 ? s->t.len - i : 4) == 0) return false;
    return tkc_unicode_class(tkc_utf8_get((const unsigned char *)s->t.ptr + i, &n)) & (TKC_UC_LU | TKC_UC_LT);
}

/* Behind the character at i, which is a letter, mark or digit; i where it is none. */
static size_t word_char(const fact_scan *s, size_t i)
{
    unsigned n = 1, left;
    if (i >= s->t.len) return i;
    if (!(s->t.ptr[i] & 0x80)) return fact_is_alnum(s->t.ptr[i]) || s->t.ptr[i] == '_' ? i + 1 : i;
    left = s->t.len - i < 4 ? (unsigned)(s->t.len - i) : 4;
    if (tkc_utf8_len((unsigned char)s->t.ptr[i]) > left ||
        tkc_utf8_valid(s->t.ptr + i, tkc_utf8_len((unsigned char)s->t.ptr[i])) == 0)
        return i;
    return tkc_unicode_class(tkc_utf8_get((const unsigned char *)s->t.ptr + i, &n)) &
                   (TKC_UC_LETTER | TKC_UC_M | TKC_UC_N)
               ? i + n
               : i;
}

/* Behind the word that begins at i: word characters, and apostrophes between them. */
static size_t word_end(const fact_scan *s, size_t i)
{
    for (;;) {
        size_t n = word_char(s, i), a;
        if (n == i && (a = apostrophe(s, i)) != 0 && word_char(s, i + a) > i + a) n = i + a;
        if (n == i) return i;
        i = n;
    }
}

static void count_letters(fact_scan *s, size_t i, size_t end)
{
    while (i < end) {
        unsigned n = 1;
        if (!(s->t.ptr[i] & 0x80)) {
            s->latin += tkc_is_alpha(s->t.ptr[i]);
        } else if (tkc_utf8_valid(s->t.ptr + i, end - i < 4 ? end - i : 4) > 0) {
            uint32_t cp = tkc_utf8_get((const unsigned char *)s->t.ptr + i, &n);
            /* Latin letters end at U+024F; a character without blanks around it counts double, as
             * it says as much as half a word. */
            if (cp < 0x250) s->latin++;
            else if (tkc_unicode_class(cp) & TKC_UC_LETTER) s->foreign += cp >= 0x2e80 ? 2 : 1;
        }
        i += n;
    }
}

/* No name, though written with a capital. */
static bool is_common(fact_rows r)
{
    return r.n && (fact_value(r, ROLE_STOP) || fact_value(r, ROLE_NEGATION) || fact_value(r, ROLE_MODAL) ||
                   fact_value(r, ROLE_LIMIT) || fact_value(r, ROLE_LEAD) || fact_value(r, ROLE_SPLIT) || fact_value(r, ROLE_NUMBER));
}

/* A name from the capitalised word [i, end) on. first: it begins a sentence, so its capital says
 * nothing and it takes a second one. */
static tkc_status name(fact_scan *s, size_t i, size_t *end, bool first)
{
    static const char *const joint[] = {"of", "the", "de", "la", "von", "van", "der", "&"};
    static const char first_of_joint[] = "otdlv&";
    char value[160];
    size_t n = 0, words = 0, last = i, at = i;
    while (words < 8) {
        size_t e = word_end(s, at), p = e;
        for (size_t k = at; k < e && n < sizeof value - 1; k++) value[n++] = tkc_ascii_lower(s->t.ptr[k]);
        last = e;
        words++;
        if (fact_at(s, p) == '.' && e - at <= 3 && e - at >= 1 && fact_at(s, p + 1) == ' ' &&
            (e - at == 1 || (tkc_is_upper(s->t.ptr[at]) && tkc_is_lower(s->t.ptr[e - 1]) && e - at <= 2)))
            p++; /* "J. Smith", "Dr. Who" */
        if (fact_at(s, p) != ' ') break;
        p++;
        for (size_t k = 0; tkc_is_one_of(fact_at(s, p), first_of_joint) && k < sizeof joint / sizeof *joint; k++) {
            size_t m = strlen(joint[k]);
            if (p + m < s->t.len && !memcmp(s->t.ptr + p, joint[k], m) && s->t.ptr[p + m] == ' ' &&
                upper_at(s, p + m + 1)) {
                if (n + m + 1 < sizeof value) {
                    value[n++] = ' ';
                    memcpy(value + n, joint[k], m);
                    n += m;
                }
                p += m + 1;
                break;
            }
        }
        if (!upper_at(s, p)) break;
        {
            size_t stop = word_end(s, p), k = p; /* "Flight TP-951": the id is not of the name */
            while (k < stop && !tkc_is_digit(s->t.ptr[k])) k++;
            if (k < stop || (fact_at(s, stop) == '-' && tkc_is_digit(fact_at(s, stop + 1)))) break;
        }
        {
            char w[FACT_WORD_MAX + 1];
            size_t len;
            fact_rows r;
            fact_letters(s, p, w, &len);
            r = fact_find(s, w, len);
            if (is_common(r) || fact_value(r, ROLE_DAY)) break;
            if (fact_value(r, ROLE_MONTH) && tkc_is_digit(fact_at(s, p + len + 1))) break;
        }
        if (n < sizeof value - 1) value[n++] = ' ';
        at = p;
    }
    *end = last;
    if (n > 2 && value[n - 2] == '\'' && value[n - 1] == 's') n -= 2;
    else if (n > 4 && !memcmp(value + n - 4, "\xe2\x80\x99s", 4)) n -= 4;
    if (first && words == 1) {
        bool caps = last - i > 1;
        for (size_t k = i; k < last; k++) caps = caps && !tkc_is_lower(s->t.ptr[k]) && !(s->t.ptr[k] & 0x80);
        if (!caps) return TKC_OK;
    }
    return n ? fact_add(s, TKC_FACT_NAME, i, last, value, n, NULL, 0, false) : TKC_OK;
}

/* Behind the blanks at i, of which a phrase has one to four; i: none, or more. */
static size_t phrase_gap(const fact_scan *s, size_t i)
{
    size_t at = i;
    while (fact_at(s, at) == ' ' || fact_at(s, at) == '\n') at++;
    return at - i > 4 ? i : at;
}

/* The longest phrase that begins with the word of bytes [i, e), of len letters, whose rows are r; behind it, or i. */
static size_t phrase(const fact_scan *s, fact_rows r, size_t i, size_t e, size_t len, const fact_row **row)
{
    const size_t second = phrase_gap(s, e);
    const char c = tkc_ascii_lower(fact_at(s, second));
    size_t best = i;
    if (e - i != len || second == e) return i; /* with an apostrophe of three bytes, which no phrase has; or a word alone */
    for (size_t k = r.phrase; k < (size_t)r.phrase + r.n_phrase; k++) {
        const fact_row *is = fact_phrase(k);
        const char *p = is->word + len + 1; /* all begin with this word */
        size_t at = second;
        if (*p != c) continue;
        for (; *p; p++) {
            if (*p == ' ') {
                const size_t gap = phrase_gap(s, at);
                if (gap == at) break;
                at = gap;
            } else if (tkc_ascii_lower(fact_at(s, at)) == *p) at++;
            else break;
        }
        if (!*p && at > best && word_char(s, at) == at) {
            best = at;
            *row = is;
        }
    }
    return best;
}

static tkc_status add_row(fact_scan *s, fact_role role, size_t i, size_t e, const char *value)
{
    tkc_fact_kind k = role == ROLE_NEGATION ? TKC_FACT_NEGATION : role == ROLE_MODAL ? TKC_FACT_MODAL : TKC_FACT_LIMIT;
    return fact_add(s, k, i, e, value, strlen(value), NULL, 0, false);
}

/* "n't" at the end of w, or spelled "n ' t" as old transcripts have it. */
static tkc_status contracted(fact_scan *s, size_t i, size_t *end, const char *w, size_t len, bool *found)
{
    size_t base = 0, p = *end, a;
    const char *m;
    if (len > 3 && !memcmp(w + len - 3, "n't", 3)) {
        base = len - 3;
    } else if (len > 2 && w[len - 1] == 'n') {
        if (fact_at(s, p) == ' ') p++;
        if ((a = apostrophe(s, p)) == 0) return TKC_OK;
        p += a;
        if (fact_at(s, p) == ' ') p++;
        if (tkc_ascii_lower(fact_at(s, p)) != 't' || word_char(s, p + 1) != p + 1) return TKC_OK;
        *end = p + 1;
        base = len - 1;
    } else return TKC_OK;
    *found = true;
    m = base == 2 && !memcmp(w, "ca", 2) ? "may" : fact_lookup(s, w, base, ROLE_MODAL);
    if (m) {
        tkc_status st = add_row(s, ROLE_MODAL, i, *end, m);
        if (st) return st;
    }
    return add_row(s, ROLE_NEGATION, i, *end, "not");
}

/* May be part of a word with ASCII letters before it. */
static bool goes_on(char c)
{
    return tkc_is_digit(c) || c == '_' || c == '\'' || (c & 0x80);
}

/* A word of the clause, by the roles of its rows. With a capital within the clause it is of a name ("Las Vegas"). */
static inline void count_language(fact_scan *s, unsigned roles, bool capital)
{
    s->other += roles >> ROLE_OTHER & 1 & !(capital & (s->words > 0));
    s->words++;
    s->english += (roles != 0) & !(roles & (1u << ROLE_OTHER | 1u << ROLE_SHARED));
}

/* Whether a word that is in no table is none of English: "l'accord", or a letter with an accent. With a capital it may be a name. */
static bool is_other(const fact_scan *s, size_t i, size_t e, const char *w, size_t len)
{
    bool accent = false;
    if (len) return len > 3 && tkc_is_one_of(w[0], "ldnj") && w[1] == '\'';
    for (size_t k = i; k < e && !accent; k++) accent = (unsigned char)s->t.ptr[k] >= 0xc3 && (unsigned char)s->t.ptr[k] <= 0xc9; /* U+00C0 to U+024F */
    return accent && !upper_at(s, i);
}

/* The word of bytes [i, e), whose letters were counted: w in lower case, len 0 where there are digits or other letters in it;
 * its rows. */
static tkc_status known_word(fact_scan *s, size_t i, size_t e, const char *w, size_t len, fact_rows r, size_t *end)
{
    const unsigned number_roles = 1u << ROLE_NUMBER | 1u << ROLE_MONTH | 1u << ROLE_DAY | 1u << ROLE_CLOCK;
    const fact_row *row = NULL;
    const char *v;
    size_t p;
    bool found = false, start = s->start, lead = fact_value(r, ROLE_LEAD);
    tkc_status st = TKC_OK;
    *end = e;
    if (!lead) s->start = false;
    if (fact_value(r, ROLE_SPLIT) && !start) {
        size_t latin = s->latin;
        st = split(s, i, false);
        s->latin = s->latin ? s->latin : latin;
        s->start = false;
    }
    count_language(s, upper_at(s, i + 1) ? r.roles & ~(1u << ROLE_OTHER) : r.roles, upper_at(s, i)); /* "MIT", "DES" */
    if (!r.n) s->other += is_other(s, i, e, w, len);
    if (r.n_phrase && (p = phrase(s, r, i, e, len, &row)) > i) {
        count_letters(s, e, p);
        *end = p;
        if (row->role == ROLE_STOP) {
            s->start = start;
            return TKC_OK;
        }
        return add_row(s, row->role, i, p, row->value);
    }
    if (!st && start && (v = fact_value(r, ROLE_VERB)) != NULL && fact_at(s, e) != ':')
        st = fact_add(s, TKC_FACT_ORDER, i, e, v, strlen(v), NULL, 0, false);
    if (st || !len) goto names;
    st = contracted(s, i, end, w, len, &found);
    if (st || found) return st;
    if (len == 6 && !memcmp(w, "cannot", 6)) {
        st = add_row(s, ROLE_MODAL, i, e, "may");
        if (st) return st;
    }
    if ((v = fact_value(r, ROLE_NEGATION)) != NULL) return add_row(s, ROLE_NEGATION, i, e, v);
    st = r.roles & number_roles ? fact_number_word(s, r, i, w, len, end, &found) : TKC_OK;
    if (st || found) return st;
    if ((v = fact_value(r, ROLE_MODAL)) != NULL) return add_row(s, ROLE_MODAL, i, e, v);
    if ((v = fact_value(r, ROLE_LIMIT)) != NULL) return add_row(s, ROLE_LIMIT, i, e, v);
names:
    if (st || !upper_at(s, i) || is_common(r)) return st;
    if (len == 1 && fact_at(s, e) != '.') return st; /* "I", "A" */
    if (start && fact_value(r, ROLE_VERB)) return st;
    st = name(s, i, &p, start);
    if (!st && p > e) {
        count_letters(s, e, p);
        *end = p;
    }
    return st;
}

static tkc_status word(fact_scan *s, size_t i, size_t *end)
{
    char w[FACT_WORD_MAX + 1];
    size_t len, e, letters = 0;
    for (len = 0; len < FACT_WORD_MAX; len++) {
        const char c = fact_at(s, i + len);
        if (tkc_is_alpha(c)) letters++;
        else if (c != '\'' || !len || !tkc_is_alpha(fact_at(s, i + len + 1))) break;
        w[len] = tkc_ascii_lower(c);
    }
    w[len] = 0;
    e = i + len;
    if (len && len < FACT_WORD_MAX && !goes_on(fact_at(s, e))) {
        s->latin += letters; /* a plain word, or "we're", as nearly all are */
    } else {
        e = word_end(s, i);
        if (fact_letters(s, i, w, &len) != e) len = 0; /* digits or other letters in it */
        count_letters(s, i, e);
    }
    return known_word(s, i, e, w, len, fact_find(s, w, len), end);
}

/* --- the walk ---------------------------------------------------------------------------------- */

/* Behind the marks a line begins with (blanks, bullets, "1.", "#", ">"), *item: there were some. */
static size_t line_marks(const fact_scan *s, size_t i, bool *item)
{
    *item = false;
    for (;;) {
        size_t p = i, n;
        while (fact_at(s, p) == ' ' || fact_at(s, p) == '\t') p++;
        if (fact_at(s, p) == '>') n = 1;
        else if (fact_at(s, p) == '#') n = fact_run_of(s, p, '#') <= 6 ? fact_run_of(s, p, '#') : 0;
        else if (tkc_is_one_of(fact_at(s, p), "-*+")) n = 1;
        else if (p + 3 <= s->t.len && !memcmp(s->t.ptr + p, "\xe2\x80\xa2", 3)) n = 3;
        else {
            n = 0;
            while (n < 3 && tkc_is_digit(fact_at(s, p + n))) n++;
            if (!n && tkc_is_alpha(fact_at(s, p)) && fact_at(s, p + 1) == ')') n = 1;
            if (!n || (fact_at(s, p + n) != '.' && fact_at(s, p + n) != ')')) return p;
            n++;
        }
        if (n == 0 || (fact_at(s, p + n) != ' ' && fact_at(s, p + n) != '\t')) return p;
        *item = true;
        i = p + n;
    }
}

/* At a newline: does the sentence go on in the next line? */
static bool wrapped(const fact_scan *s, size_t newline, size_t next, bool item)
{
    size_t b = newline;
    if (item || next >= s->t.len || s->t.ptr[next] == '\n' || s->t.ptr[next] == '\r') return false;
    while (b > 0 && (s->t.ptr[b - 1] == ' ' || s->t.ptr[b - 1] == '\r')) b--;
    if (b > 0 && tkc_is_one_of(s->t.ptr[b - 1], ".!?:;")) return false;
    return b > 0 && (tkc_is_lower(s->t.ptr[next]) || tkc_is_digit(s->t.ptr[next]) || s->t.ptr[b - 1] == ',');
}

bool fact_is_short_form(tkc_str t, size_t dot)
{
    static const char *const forms[] = {"mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "eg", "ie", "approx", "no", "fig", "inc", "cf"};
    size_t b = dot, n;
    /* as nearly always: more than a letter, and none of them ends with the last one */
    if (dot > 1 && tkc_is_alpha(t.ptr[dot - 2]) && !tkc_is_one_of(tkc_ascii_lower(t.ptr[dot - 1]), "rsftgexoc")) return false;
    while (b > 0 && dot - b < 8 && (tkc_is_alpha(t.ptr[b - 1]) || (t.ptr[b - 1] == '.' && b < dot))) b--;
    n = dot - b;
    if (!n || n > 6) return false; /* none of them is so long */
    if (n == 1 && tkc_is_upper(t.ptr[b]) && t.ptr[b] != 'I') return true; /* an initial */
    for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
        size_t j = 0;
        if (forms[k][0] != tkc_ascii_lower(t.ptr[b])) continue;
        while (j < n && forms[k][j] && tkc_ascii_lower(t.ptr[b + j]) == forms[k][j]) j++;
        if (j < n || forms[k][j]) continue;
        return strcmp(forms[k], "no") || (dot + 2 < t.len && tkc_is_digit(t.ptr[dot + 2]));
    }
    return false;
}

static tkc_status stop_mark(fact_scan *s, size_t i, size_t *end)
{
    char c = s->t.ptr[i];
    size_t p = i + 1;
    tkc_status st = TKC_OK;
    *end = i + 1;
    if (c == '?') st = fact_add(s, TKC_FACT_ORDER, i, i + 1, "?", 1, NULL, 0, false);
    if (st || tkc_is_one_of(fact_at(s, p), ".!?")) return st; /* the last one decides */
    while (tkc_is_one_of(fact_at(s, p), "\"')]*")) p++;
    if (p < s->t.len && (unsigned char)s->t.ptr[p] > ' ' && memcmp(s->t.ptr + p, "\xe2\x80\x9d", p + 3 <= s->t.len ? 3 : 1)) return st;
    if (c == '.' && fact_is_short_form(s->t, i)) return st;
    st = split(s, i + 1, true);
    s->start = true;
    return st;
}

/* Ideographic full stop, full-width "!", "?", ";". */
static bool is_wide_stop(const fact_scan *s, size_t i)
{
    static const char *const stops[] = {"\xe3\x80\x82", "\xef\xbc\x81", "\xef\xbc\x9f", "\xef\xbc\x9b"};
    for (size_t k = 0; k < 4; k++)
        if (i + 3 <= s->t.len && !memcmp(s->t.ptr + i, stops[k], 3)) return true;
    return false;
}

static tkc_status step(fact_scan *s)
{
    size_t i = s->at, end = i + 1, next;
    char c = s->t.ptr[i];
    tkc_status st = TKC_OK;
    bool item;
    if (c == '\n') {
        next = line_marks(s, i + 1, &item);
        if (!wrapped(s, i, next, item)) {
            st = split(s, i + 1, true);
            s->start = !s->is_json; /* a key is no order */
        }
        s->at = next;
        return st ? st : fact_fence(s, next, &s->at);
    }
    if (i >= s->run_end && (unsigned char)c > ' ') {
        st = fact_run(s, i, &end);
        if (st || end > i) {
            count_letters(s, i, end);
            s->at = end;
            s->start = false;
            return st;
        }
        end = i + 1;
    }
    if (tkc_is_alpha(c)) {
        st = word(s, i, &end);
    } else if ((unsigned char)c >= 0xe3 && is_wide_stop(s, i)) {
        end = i + 3;
        st = split(s, end, true);
    } else if (c == '`') st = fact_inline_code(s, i, &end);
    else if (c == '"' || c == '\'' || (unsigned char)c == 0xe2 || (unsigned char)c == 0xc2 || (unsigned char)c == 0xe3) {
        st = fact_quotation(s, i, &end);
        if (end == i + 1 && (next = word_char(s, i)) > i) st = word(s, i, &end);
    } else if (c == '[' || c == '<' || c == '{') st = fact_placeholder(s, i, &end);
    else if (tkc_is_digit(c) || ((c == '$' || c == '-' || c == '+' || c == '.') && tkc_is_digit(fact_at(s, i + 1)))) {
        st = fact_number(s, i, &end);
        if (end == i) end = i + 1;
        s->start = false;
    } else if (c == '.' || c == '!' || c == '?') st = stop_mark(s, i, &end);
    else if (c == ';') st = split(s, i + 1, false);
    else if (c == ':' && fact_at(s, i + 1) <= ' ') s->start = true;
    else if (c == '#' || c == '@' || c == '-') st = fact_marked(s, i, &end);
    else if (word_char(s, i) > i) st = word(s, i, &end);
    s->at = end > i ? end : i + 1;
    return st;
}

/* What may stand behind a plain word in small letters: a byte that no identifier, link or word goes on with, and
 * the marks that end a sentence where a blank follows. */
enum { NO_END = 0, ENDS, ENDS_BEFORE_BLANK };
static const unsigned char plain_end[256] = {
    ['\t'] = ENDS, ['\n'] = ENDS, ['\r'] = ENDS, [' '] = ENDS, ['"'] = ENDS, ['('] = ENDS, [')'] = ENDS, [','] = ENDS, [';'] = ENDS,
    ['.'] = ENDS_BEFORE_BLANK, [':'] = ENDS_BEFORE_BLANK, ['!'] = ENDS_BEFORE_BLANK, ['?'] = ENDS_BEFORE_BLANK};

/* In front of a word they say nothing: step() would find nothing in them. */
static bool is_passed_over(char c)
{
    return c == ' ' || c == ',' || c == '(' || c == ')';
}

/* Goes on over words in small letters, their first one perhaps a capital, as nearly all are, with what word() and fact_run()
 * would have noted of them, and over what is_passed_over() between them; stops at the first that they have to look at. Most
 * words state nothing, and pass by here in a quarter of the time. */
static tkc_status plain_words(fact_scan *s)
{
    const unsigned quiet = 1u << ROLE_STOP | 1u << ROLE_UNIT | 1u << ROLE_LEAD | 1u << ROLE_OTHER | 1u << ROLE_SHARED;
    const unsigned no_name = 1u << ROLE_STOP | 1u << ROLE_LEAD; /* of those that are quiet */
    const tkc_str t = s->t;
    size_t at = s->at, latin = 0; /* of words that are not yet in s */
    size_t behind = SIZE_MAX;     /* the last word */
    bool start = s->start;
    for (;;) {
        const char *w = t.ptr + at;
        const size_t left = t.len - at;
        char low[FACT_WORD_MAX + 1];
        const fact_row *row;
        uint64_t first, eight;
        unsigned end, n;
        uint32_t hash;
        size_t len;
        bool capital;
        const fact_rows *r;
        tkc_status st;
        if (!left) break;
        if (is_passed_over(*w)) {
            at++;
            continue;
        }
        capital = tkc_is_upper(*w);
        len = n = tkc_small_letters8(tkc_bytes8(t, at) | (capital ? 0x20 : 0), &first);
        hash = fact_hash(FACT_HASH, first);
        while (n == 8 && len < FACT_WORD_MAX) {
            n = tkc_small_letters8(tkc_bytes8(t, at + len), &eight);
            if (n) hash = fact_hash(hash, eight);
            len += n;
        }
        if (!len || len == left || len == FACT_WORD_MAX) break;
        end = plain_end[(unsigned char)w[len]];
        if (end == NO_END || (end == ENDS_BEFORE_BLANK && len + 1 < left && (unsigned char)w[len + 1] > ' ')) break;
        if (w[len - 1] == 'n' && len + 1 < left && (w[len + 1] == '\'' || (unsigned char)w[len + 1] == 0xe2)) break; /* "don 't" */
        if (len > 6 && !memcmp(w, "mailto", 6)) break;
        if (capital) { /* else the word is as it is looked for */
            memcpy(low, w, len);
            low[0] = tkc_ascii_lower(*w);
        }
        r = fact_find_hashed(s, capital ? low : w, len, first, hash);
        at += len;
        latin += len;
        if (!(r->roles & ~(start ? quiet : quiet | 1u << ROLE_VERB)) && !(capital && !(r->roles & no_name)) &&
            !(r->n_phrase && phrase(s, *r, at - len, at, len, &row) > at - len)) {
            if (!(r->roles & 1u << ROLE_LEAD)) start = false;
            count_language(s, r->roles, capital);
            behind = at;
            if (w[len] == ' ') at++;
            continue;
        }
        if (!capital) memcpy(low, w, len);
        low[len] = 0;
        s->latin += latin;
        s->start = start;
        s->at = at;
        if (s->run_end < at) s->run_end = at + (end == ENDS_BEFORE_BLANK);
        st = known_word(s, at - len, at, low, len, *r, &s->at);
        if (st) return st;
        at = s->at;
        latin = 0;
        start = s->start;
    }
    s->latin += latin;
    s->start = start;
    s->at = at;
    if (at == behind && s->run_end < at && plain_end[(unsigned char)t.ptr[at]] == ENDS_BEFORE_BLANK) s->run_end = at + 1;
    return TKC_OK;
}

/* Facts come nearly in order (a clause's FOREIGN fact begins before its others): insertion
 * within the clause. */
static void sort_facts(tkc_facts *f)
{
    for (size_t c = 0; c < f->n_clause; c++) {
        size_t b = f->clause[c].first, e = b + f->clause[c].n;
        if (e - b < 2 || f->fact[e - 1].kind != TKC_FACT_FOREIGN) continue;
        tkc_fact last = f->fact[e - 1];
        size_t at = e - 1;
        while (at > b && f->fact[at - 1].begin > last.begin) {
            f->fact[at] = f->fact[at - 1];
            at--;
        }
        f->fact[at] = last;
    }
}

void tkc_facts_init(tkc_facts *f, const tkc_allocator *alloc)
{
    *f = (tkc_facts){.alloc = tkc_allocator_or_default(alloc)};
    tkc_buf_init(&f->text, (size_t)UINT32_MAX, alloc);
}

void tkc_facts_release(tkc_facts *f)
{
    tkc_free(f->alloc, f->fact, f->cap, sizeof *f->fact);
    tkc_free(f->alloc, f->clause, f->cap_clause, sizeof *f->clause);
    tkc_buf_release(&f->text);
    fact_index_free(f->index, f->alloc);
    tkc_facts_init(f, f->alloc);
}

/* Whether the whole text is one object or list of JSON. */
static tkc_status find_json(fact_scan *s)
{
    tkc_json doc;
    tkc_error ignored;
    tkc_status st;
    if (!fact_may_be_json(s->t)) return TKC_OK;
    tkc_json_init(&doc, s->f->alloc);
    st = tkc_json_parse(&doc, s->t, NULL, &ignored);
    s->is_json = !st;
    tkc_json_release(&doc);
    return st == TKC_E_NOMEM ? tkc_nomem(s->err) : TKC_OK;
}

tkc_status tkc_facts_read(tkc_facts *f, tkc_str text, tkc_error *err)
{
    fact_scan s = {.t = text, .f = f, .err = err};
    tkc_status st;
    bool item;
    f->n = f->n_clause = 0;
    f->open = text.len + 1;
    tkc_buf_clear(&f->text);
    if (text.len > (size_t)INT32_MAX) return tkc_fail(err, TKC_E_LIMIT, 0, "text of %zu bytes: facts are read of at most 2 GB", text.len);
    if (!text.len) return TKC_OK;
    if (!f->index) f->index = fact_index_new(f->alloc);
    if (!f->index) return tkc_nomem(err);
    s.index = f->index;
    st = find_json(&s);
    s.start = !s.is_json;
    if (!st) st = open_clause(&s, 0);
    if (!st) {
        st = fact_fence(&s, line_marks(&s, 0, &item), &s.at);
    }
    while (!st && s.at < text.len) {
        st = plain_words(&s);
        if (!st && s.at < text.len) st = step(&s);
    }
    if (!st && !(s.latin + s.foreign) && f->n == f->clause[f->n_clause - 1].first) f->open = f->clause[f->n_clause - 1].begin;
    if (!st) st = close_clause(&s, text.len);
    if (st) {
        f->n = f->n_clause = 0;
        return st;
    }
    sort_facts(f);
    return TKC_OK;
}
