/*
 * volatile.c - shapes of values, and the words that tell a value of now from one of the text.
 *
 * A shape is found by its first byte at the edge of a word. Strong shapes (a time with seconds, a
 * UUID, req_...) count by themselves, weak ones (a day, a number, a name) only behind a word that
 * says "now" or "this request"; both only where nothing in front says "example" or "released".
 */
#include "optimizer/cache/volatile.h"

#include <string.h>

enum { NEAR = 64, LINE = 96 };

const char *tkc_volatile_name(tkc_volatile_kind k)
{
    static const char *const name[TKC_N_VOLATILE] = {"",     "clock",      "date", "uuid", "counter",
                                                     "request_id", "hash", "user_name"};
    return (unsigned)k < TKC_N_VOLATILE ? name[k] : "";
}

/* --- bytes ---------------------------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static char low(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static bool is_alpha(char c) { return low(c) >= 'a' && low(c) <= 'z'; }
static bool is_word(char c) { return is_digit(c) || is_alpha(c) || c == '_' || (unsigned char)c >= 0x80; }
static bool is_hex(char c) { return is_digit(c) || (low(c) >= 'a' && low(c) <= 'f'); }

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
    while (p < c->end && is_digit(*p) && k < hi) {
        n = n * 10 + (*p++ - '0');
        k++;
    }
    if (k < lo || (p < c->end && is_digit(*p))) return false;
    c->p = p;
    *v = n;
    return true;
}

static bool word_ci(cursor *c, const char *w)
{
    if (c->p == c->end || low(*c->p) != w[0]) return false; /* nearly always */
    size_t n = strlen(w);
    if ((size_t)(c->end - c->p) < n) return false;
    for (size_t i = 0; i < n; i++)
        if (low(c->p[i]) != w[i]) return false;
    c->p += n;
    return true;
}

static bool word_end(const cursor *c) { return c->p == c->end || !is_word(*c->p); }

#define L(letter) (1u << ((letter) - 'a'))
/* Which second letters the names of a list have behind each first one. Nearly no word is one of them, and
 * trying every name at each took half of the time of an audit. */
typedef uint32_t beginnings[26];
static bool may_begin(const cursor *c, const beginnings second)
{
    if (c->end - c->p < 2) return false;
    const unsigned a = (unsigned)(unsigned char)low(c->p[0]) - 'a', b = (unsigned)(unsigned char)low(c->p[1]) - 'a';
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
            if (c->p == c->end || !is_alpha(*c->p)) return true;
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

/* --- shapes ----------------------------------------------------------------------------------- */

typedef enum shape {
    SHAPE_NONE = 0,
    SHAPE_DATE,
    SHAPE_TIME,         /* hours and minutes */
    SHAPE_SECONDS,      /* and seconds, without a day */
    SHAPE_DATETIME,
    SHAPE_DATETIME_SECONDS,
    SHAPE_UUID,
    SHAPE_HEX,          /* 32 or more hex digits, letters among them */
    SHAPE_EPOCH,        /* 10 or 13 digits of this age */
    SHAPE_ID,           /* req_8f3k2j... */
    SHAPE_NUMBER
} shape;

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
                if (peek(&u) == '.' && u.p + 1 < u.end && is_digit(u.p[1]))
                    for (u.p++; u.p < u.end && is_digit(*u.p);) u.p++;
                t = u;
            }
        }
    } else {
        cursor u = t;
        (void)take(&u, ' ');
        if (low(peek(&u)) != 'a' && low(peek(&u)) != 'p') return false;
        u.p++;
        (void)take(&u, '.');
        if (low(peek(&u)) != 'm') return false;
        u.p++;
        if (!word_end(&u)) return false;
        *c = u;
        return true;
    }
    {
        cursor u = t;
        (void)take(&u, ' ');
        if ((low(peek(&u)) == 'a' || low(peek(&u)) == 'p') && u.p + 1 < u.end &&
            (low(u.p[1]) == 'm' || u.p[1] == '.')) {
            u.p++;
            (void)take(&u, '.');
            if (low(peek(&u)) == 'm') {
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
    if (t.p < t.end && (is_word(*t.p) || (*t.p == ':' && t.p + 1 < t.end && is_digit(t.p[1])))) return false;
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
static shape date_shape(cursor *c)
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
            if (p >= c->end || !is_hex(*p)) return false;
        if (g < 4 && (p >= c->end || *p++ != '-')) return false;
    }
    if (p < c->end && is_word(*p)) return false;
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
        for (t.p++; t.p < t.end && (is_alpha(*t.p) || is_digit(*t.p) || *t.p == '-' || *t.p == '_'); t.p++, n++)
            digits += is_digit(*t.p);
        while (t.p[-1] == '-' || t.p[-1] == '_') t.p--;
        /* a word of a text has few digits: "session_timeout_2" */
        if (n >= 6 && digits >= 2) {
            c->p = t.p;
            return true;
        }
    }
    return false;
}

static shape number_shape(cursor *c)
{
    const char *p = c->p;
    size_t n, letters = 0, digits = 0;
    while (p < c->end && is_hex(*p)) {
        if (is_digit(*p)) digits++;
        else letters++;
        p++;
    }
    if (p < c->end && is_word(*p)) p = c->p;
    n = (size_t)(p - c->p);
    if (n >= 32 && letters && digits) {
        c->p = p;
        return SHAPE_HEX;
    }
    for (p = c->p; p < c->end && is_digit(*p);) p++;
    n = (size_t)(p - c->p);
    if (!n || (p < c->end && is_word(*p))) return SHAPE_NONE;
    /* a number of a version, a decimal, an address: not one by itself */
    if (p + 1 < c->end && (*p == '.' || *p == ':') && is_digit(p[1])) {
        if (n == 10 && *p == '.' && c->p[0] == '1' && c->p[1] >= '5') {
            for (p++; p < c->end && is_digit(*p);) p++;
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

/* What begins at c, which is the edge of a word; c goes behind it. */
static shape shape_at(cursor *c)
{
    cursor t = *c;
    bool seconds;
    shape s;
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
    if (is_digit(peek(&t)) && time_of_day(&t, &seconds)) {
        *c = t;
        return seconds ? SHAPE_SECONDS : SHAPE_TIME;
    }
    t = *c;
    if (is_alpha(peek(&t)) && id_shape(&t)) {
        *c = t;
        return SHAPE_ID;
    }
    t = *c;
    s = is_hex(peek(&t)) ? number_shape(&t) : SHAPE_NONE;
    if (s) *c = t;
    return s;
}

/* --- the words in front ------------------------------------------------------------------------ */

/* The line up to a place, in lower case, at most LINE bytes of it. */
typedef struct before {
    char s[LINE + 1];
    size_t n;
} before;

static void line_before(tkc_str text, size_t at, before *b)
{
    size_t from = at > LINE ? at - LINE : 0;
    for (size_t i = at; i > from; i--)
        if (text.ptr[i - 1] == '\n') {
            from = i;
            break;
        }
    b->n = at - from;
    for (size_t i = 0; i < b->n; i++) {
        char c = low(text.ptr[from + i]);
        b->s[i] = c == '\0' ? ' ' : c == '_' ? ' ' : c;
    }
    b->s[b->n] = '\0';
}

/* Does one of the words (at the edge of a word) stand in the last `near` bytes? */
static bool has_word(const before *b, const char *const *w, size_t n_w, size_t near)
{
    const char *from = b->s + (b->n > near ? b->n - near : 0);
    for (size_t i = 0; i < n_w; i++) {
        size_t n = strlen(w[i]);
        for (const char *p = from; (p = strstr(p, w[i])); p++) {
            const bool left = p == b->s || !is_word(p[-1]) || !is_word(w[i][0]);
            const bool right = !is_word(w[i][n - 1]) || !is_word(p[n]);
            if (left && right) return true;
        }
    }
    return false;
}
#define HAS(b, list, near) has_word(b, list, sizeof list / sizeof *list, near)

static const char *const example_words[] = {"example", "examples", "e.g.", "eg.", "for instance", "such as", "sample", "format",
                                            "placeholder", "looks like", "look like", "like this", "dummy", "illustration"};
/* what a text says about a day that stays the same */
static const char *const past_words[] = {
    "updated", "effective", "published", "publish", "release", "released", "releases", "since", "version", "versions",
    "cutoff", "cut-off", "birth", "born", "due", "founded", "created", "revised", "revision", "modified", "expire", "expires",
    "expired", "deadline", "copyright", "until", "before", "after", "between", "launched", "signed", "introduced", "ended", "starts",
    "started", "ends", "opens", "closes", "history", "occurred", "happened", "known", "dated", "incident", "deprecated", "in force",
    "available from", "changelog", "was", "were", "will be", "from"};
static const char *const now_words[] = {"today", "today's", "current date", "current day", "current time", "current local time",
    "current datetime", "current timestamp", "current date and time", "current", "currently", "now", "right now", "date", "time", "timestamp", "datetime",
    "present", "as of now", "as of today", "local time", "system time", "server time", "utc time", "generated", "generated at",
    "generated on", "request time", "requested at", "sent at", "it is", "the time is", "the date is", "clock", "unix time", "epoch", "at"};
static const char *const time_words[] = {"time", "timestamp", "ts", "now", "epoch", "unix", "current", "clock", "datetime", "seconds"};
static const char *const clock_words[] = {"current", "currently", "now", "it is", "the time is", "local time", "system time", "server time",
    "time", "timestamp", "clock", "generated", "today"};
static const char *const hash_words[] = {"commit", "pinned", "checksum", "checksums", "sha256sum", "md5sum", "known"};
static const char *const hours_words[] = {"open", "opens", "hours", "between", "from", "until", "every", "daily", "before", "after", "by",
    "to", "meeting", "starts", "ends", "schedule", "scheduled", "closes", "closed", "bedtime", "timeout", "was", "were"};

/* "label:", "label =", "label is", "label #" directly in front; *rest ends before it. */
static bool label_mark(const before *b, size_t *rest, bool *hard)
{
    size_t n = b->n;
    bool mark = false;
    *hard = false;
    while (n && (b->s[n - 1] == ' ' || b->s[n - 1] == '"' || b->s[n - 1] == '\'' || b->s[n - 1] == '*' || b->s[n - 1] == '(' ||
                 b->s[n - 1] == '<' || b->s[n - 1] == '['))
        n--;
    if (n && (b->s[n - 1] == ':' || b->s[n - 1] == '=' || b->s[n - 1] == '#' || b->s[n - 1] == '>')) {
        mark = *hard = true;
        n--;
        while (n && (b->s[n - 1] == ' ' || b->s[n - 1] == ':' || b->s[n - 1] == '"' || b->s[n - 1] == '*' || b->s[n - 1] == '\'')) n--;
    } else if (n > 3 && memcmp(b->s + n - 3, " is", 3) == 0) {
        mark = true;
        n -= 3;
    } else if (n > 4 && (memcmp(b->s + n - 3, " no", 3) == 0 || memcmp(b->s + n - 4, " no.", 4) == 0)) {
        mark = *hard = true;
        n -= 3;
    } else if (n > 7 && memcmp(b->s + n - 7, " number", 7) == 0) {
        mark = *hard = true;
        n -= 7;
    }
    *rest = n;
    return mark;
}

/* Does b->s[0 .. n) end in the word? */
static bool ends_in(const before *b, size_t n, const char *w)
{
    size_t k = strlen(w);
    return n >= k && memcmp(b->s + n - k, w, k) == 0 && (n == k || !is_word(b->s[n - k - 1]));
}

static bool ends_in_any(const before *b, size_t n, const char *const *w, size_t n_w)
{
    for (size_t i = 0; i < n_w; i++)
        if (ends_in(b, n, w[i])) return true;
    return false;
}
#define ENDS(b, n, list) ends_in_any(b, n, list, sizeof list / sizeof *list)

static const char *const id_labels[] = {"request id", "requestid", "request-id", "session id", "sessionid", "session-id", "trace id", "traceid",
    "trace-id", "correlation id", "correlation-id", "conversation id", "conversation-id", "thread id", "thread-id", "transaction id", "message id", "span id",
    "run id", "job id", "call id", "user id", "userid", "customer id", "tenant id", "account id", "x-request-id", "ticket id", "ticket",
    "order id", "invocation id", "execution id", "task id", "client id", "chat id", "device id", "session", "request", "trace", "run-id", "case id"};
static const char *const hash_labels[] = {"hash", "digest", "etag", "nonce", "fingerprint", "cache key", "build", "build id", "build hash", "token",
    "salt", "seed", "sha", "sha1", "sha256", "md5", "signature", "context hash", "content hash", "cache buster", "cachebuster", "revision", "checksum"};
static const char *const counter_labels[] = {"request", "requests", "turn", "call", "attempt", "iteration", "sequence", "seq", "counter", "count",
    "invocation", "run", "message", "messages", "request count", "turn count", "message count", "conversation turn", "request number", "query", "retry",
    "session count", "visit", "calls", "queries", "current turn", "sequence number", "step count", "index", "request index"};
static const char *const soft_counter[] = {"counter", "sequence number", "request count", "turn count", "message count", "request number",
    "conversation turn", "current turn", "session count"};
static const char *const user_labels[] = {"user name", "username", "user's name", "users name", "customer name", "customer's name", "client name",
    "current user", "logged-in user", "logged in user", "account name", "account holder", "member name", "user full name", "display name",
    "caller name", "patient name", "employee name", "signed-in user", "requester", "requested by", "first name", "full name", "the customer", "user"};
static const char *const user_phrases[] = {"logged in as", "signed in as", "talking to", "speaking with", "speaking to", "chatting with", "talking with",
    "assisting", "helping", "on behalf of", "user named", "customer named", "the user's name is", "conversation with", "my name is", "named", "prepared for", "hello", "welcome back"};

/* --- one text ------------------------------------------------------------------------------------ */

void tkc_volatile_begin(tkc_volatile_scan *s, tkc_str text)
{
    *s = (tkc_volatile_scan){.text = text};
}

/* The end of the code that begins at i: a fence at the start of a line, or `code`; i: none. */
static size_t code_from(tkc_str t, size_t i)
{
    size_t n = 0, k, from;
    char c = t.ptr[i];
    while (i + n < t.len && t.ptr[i + n] == c) n++;
    if (n >= 3) {
        size_t line = i;
        while (line && (t.ptr[line - 1] == ' ' || t.ptr[line - 1] == '\t')) line--;
        if (line == 0 || t.ptr[line - 1] == '\n') {
            for (k = i + n; k < t.len;) { /* a line that begins with as many */
                const char *nl = memchr(t.ptr + k, '\n', t.len - k);
                size_t m = 0;
                if (!nl) return t.len;
                k = (size_t)(nl - t.ptr) + 1;
                while (k < t.len && (t.ptr[k] == ' ' || t.ptr[k] == '\t')) k++;
                while (k + m < t.len && t.ptr[k + m] == c) m++;
                if (m >= n) return k + m;
            }
            return t.len;
        }
    }
    if (c != '`') return i + n;
    from = i + n;
    for (k = from; k < t.len && k - from < 512 && t.ptr[k] != '\n'; k++)
        if (t.ptr[k] == '`') return k + 1;
    return from;
}

static bool contains(const char *s, const char *w)
{
    return strstr(s, w) != NULL;
}

/* "{{ current_time }}", "${uuid}", "{date}", "<today>", "%DATE%": what its name says. */
static tkc_volatile_kind placeholder(tkc_str t, size_t i, size_t *end)
{
    char name[64];
    size_t n = 0, k = i, opened = 0;
    char close = t.ptr[i] == '<' ? '>' : t.ptr[i] == '%' ? '%' : '}';
    if (t.ptr[k] == '$') k++;
    while (k < t.len && opened < 3 && t.ptr[k] == (close == '}' ? '{' : t.ptr[i])) k++, opened++;
    if (!opened || (close != '}' && opened != 1)) return TKC_VOLATILE_NONE;
    while (k < t.len && t.ptr[k] == ' ') k++;
    for (; k < t.len && n < sizeof name - 1 && t.ptr[k] != close; k++) {
        char c = low(t.ptr[k]);
        if (c == '\n' || c == '"' || c == ',' || c == '{' || c == '/' || (close != '}' && c == ' ')) return TKC_VOLATILE_NONE;
        name[n++] = c == '-' || c == ' ' || c == '.' ? '_' : c;
    }
    if (k >= t.len || t.ptr[k] != close || !n) return TKC_VOLATILE_NONE;
    while (k < t.len && t.ptr[k] == close && opened--) k++;
    /* "<date>" in a sentence is one; before a value or a line's end it is a tag */
    if (close == '>' && (k >= t.len || !strchr(" .,;:)", t.ptr[k]))) return TKC_VOLATILE_NONE;
    name[n] = '\0';
    *end = k;
    if (contains(name, "uuid") || contains(name, "guid")) return TKC_VOLATILE_UUID;
    if (contains(name, "timezone") || contains(name, "time_zone") || contains(name, "timeout")) return TKC_VOLATILE_NONE;
    if (contains(name, "timestamp") || contains(name, "current_time") || contains(name, "datetime") || contains(name, "date_time") ||
        strcmp(name, "now") == 0 || strncmp(name, "now_", 4) == 0 || strncmp(name, "now(", 4) == 0 || contains(name, "_now") ||
        strcmp(name, "time") == 0 || contains(name, "clock") || contains(name, "local_time") || contains(name, "utcnow"))
        return TKC_VOLATILE_CLOCK;
    if (contains(name, "today") || strcmp(name, "date") == 0 || contains(name, "current_date") || contains(name, "currentdate") ||
        strncmp(name, "date_", 5) == 0)
        return TKC_VOLATILE_DATE;
    if (contains(name, "request_id") || contains(name, "requestid") || contains(name, "session_id") || contains(name, "sessionid") ||
        contains(name, "trace_id") || contains(name, "correlation_id") || contains(name, "conversation_id") || contains(name, "user_id") ||
        contains(name, "run_id"))
        return TKC_VOLATILE_REQUEST_ID;
    if (contains(name, "username") || contains(name, "user_name") || contains(name, "customer_name") || contains(name, "first_name") ||
        contains(name, "full_name"))
        return TKC_VOLATILE_USER_NAME;
    if (contains(name, "nonce") || contains(name, "_hash") || strcmp(name, "hash") == 0) return TKC_VOLATILE_HASH;
    if (contains(name, "counter") || contains(name, "turn_number") || contains(name, "request_number") || contains(name, "turn_count"))
        return TKC_VOLATILE_COUNTER;
    return TKC_VOLATILE_NONE;
}

/* A name that stands for a user at i, behind what says so. */
static bool user_at(tkc_str t, size_t i, const before *b, size_t *end)
{
    static const char *const no_name[] = {"the", "a", "an", "your", "users", "customers", "string", "str", "text", "required", "optional", "you",
        "and", "or", "is", "in", "people", "them", "this", "that", "our", "their", "null", "none", "true", "false", "not", "be", "to",
        "always", "never", "please", "hello", "hi", "what", "how", "why", "can", "if", "when", "are", "i", "it", "we", "do", "does",
        "name", "must", "should", "will", "may", "my", "customer", "user", "there", "world", "developers", "engineers", "with"};
    size_t rest, k = i;
    bool hard, mark = label_mark(b, &rest, &hard), capital = t.ptr[i] >= 'A' && t.ptr[i] <= 'Z', label, phrase = false;
    char first[24];
    size_t n = 0;
    label = mark && ENDS(b, rest, user_labels);
    /* "User: Hello" is a line of a conversation */
    if (label && ends_in(b, rest, "user") && !ends_in(b, rest, "current user") && hard) label = false;
    if (label && !capital && !hard) label = false;
    if (!label && capital) {
        size_t m = b->n;
        while (m && b->s[m - 1] == ' ') m--;
        phrase = ENDS(b, m, user_phrases) && !ends_in(b, m, "hello");
        if (phrase && ends_in(b, m, "named") && !ends_in(b, m, "user named") && !ends_in(b, m, "customer named")) phrase = false;
    }
    if (!label && !phrase) return false;
    while (k < t.len && (is_word(t.ptr[k]) || t.ptr[k] == '.' || t.ptr[k] == '@' || t.ptr[k] == '-' || t.ptr[k] == '\'')) {
        if (n < sizeof first - 1) first[n++] = low(t.ptr[k]);
        k++;
    }
    while (k > i && (t.ptr[k - 1] == '.' || t.ptr[k - 1] == '-' || t.ptr[k - 1] == '\'')) k--, n = n > k - i ? k - i : n;
    first[n] = '\0';
    for (size_t w = 0; w < sizeof no_name / sizeof *no_name; w++)
        if (strcmp(first, no_name[w]) == 0) return false;
    if (n < 2) return false;
    if (capital) /* "Maria Silva", at most three words */
        for (int words = 1; words < 3 && k + 1 < t.len && t.ptr[k] == ' ' && t.ptr[k + 1] >= 'A' && t.ptr[k + 1] <= 'Z'; words++) {
            size_t w = k + 1;
            while (w < t.len && (is_word(t.ptr[w]) || t.ptr[w] == '-' || t.ptr[w] == '\'')) w++;
            k = w;
        }
    *end = k;
    return true;
}

/* An id behind a label that says it is one: at least 6 characters, a digit among them. */
static bool labelled_token(tkc_str t, size_t i, size_t *end)
{
    size_t k = i, digits = 0;
    while (k < t.len && (is_digit(t.ptr[k]) || is_alpha(t.ptr[k]) || t.ptr[k] == '_' || t.ptr[k] == '-')) digits += is_digit(t.ptr[k++]);
    while (k > i && (t.ptr[k - 1] == '-' || t.ptr[k - 1] == '_')) k--;
    *end = k;
    return k - i >= 6 && digits >= 1;
}

static tkc_volatile_kind kind_of_shape(shape s, const before *b)
{
    size_t rest;
    bool hard, mark = label_mark(b, &rest, &hard);
    const bool example = HAS(b, example_words, NEAR);
    if (example) return TKC_VOLATILE_NONE;
    switch (s) {
    case SHAPE_DATETIME_SECONDS: /* nobody writes seconds into a text by hand, but of the past */
        return HAS(b, now_words, NEAR) || !HAS(b, past_words, NEAR) ? TKC_VOLATILE_CLOCK : TKC_VOLATILE_NONE;
    case SHAPE_DATETIME:
        return HAS(b, now_words, NEAR) && !HAS(b, past_words, 32) ? TKC_VOLATILE_CLOCK : TKC_VOLATILE_NONE;
    case SHAPE_SECONDS: return HAS(b, clock_words, NEAR) && !HAS(b, hours_words, 32) ? TKC_VOLATILE_CLOCK : TKC_VOLATILE_NONE;
    case SHAPE_TIME: return HAS(b, clock_words, 40) && !HAS(b, hours_words, NEAR) ? TKC_VOLATILE_CLOCK : TKC_VOLATILE_NONE;
    case SHAPE_DATE: {
        static const char *const sure[] = {"today", "today's", "current date", "current day", "currently", "current", "now", "right now",
                                           "as of today", "it is", "the date is", "date and time", "todays", "today is", "present date"};
        static const char *const labels[] = {"date", "today", "day", "now", "datetime", "as of"};
        if (HAS(b, past_words, 40)) return TKC_VOLATILE_NONE;
        if (HAS(b, sure, 40)) return TKC_VOLATILE_DATE;
        return mark && ENDS(b, rest, labels) && (rest <= 12 || hard) && !ends_in(b, rest, "end date") &&
                       !ends_in(b, rest, "start date") && !ends_in(b, rest, "order date") && !ends_in(b, rest, "hire date")
                   ? TKC_VOLATILE_DATE
                   : TKC_VOLATILE_NONE;
    }
    case SHAPE_UUID: return TKC_VOLATILE_UUID;
    case SHAPE_HEX:
        if (mark && ENDS(b, rest, id_labels)) return TKC_VOLATILE_REQUEST_ID;
        return (mark && ENDS(b, rest, hash_labels)) || !HAS(b, hash_words, NEAR) ? TKC_VOLATILE_HASH : TKC_VOLATILE_NONE;
    case SHAPE_EPOCH:
        if (mark && ENDS(b, rest, id_labels)) return TKC_VOLATILE_REQUEST_ID;
        return HAS(b, time_words, 40) ? TKC_VOLATILE_CLOCK : TKC_VOLATILE_NONE;
    case SHAPE_ID: return TKC_VOLATILE_REQUEST_ID;
    case SHAPE_NUMBER:
        if (!mark) return TKC_VOLATILE_NONE;
        if (hard ? ENDS(b, rest, counter_labels) : ENDS(b, rest, soft_counter))
            /* "max attempts: 3", "retry count: 5" are settings */
            return HAS(b, ((const char *const[]){"max", "maximum", "limit", "at most", "minimum", "min", "per", "default", "up to"}), 40)
                       ? TKC_VOLATILE_NONE
                       : TKC_VOLATILE_COUNTER;
        return TKC_VOLATILE_NONE;
    case SHAPE_NONE: break;
    }
    return TKC_VOLATILE_NONE;
}

/* Whether what stands in front could say what a word is: a label's mark, or, of a name, anything. Of most words
 * it cannot, and the line in front of them need not be read. */
static bool may_be_told(tkc_str t, size_t i)
{
    if (t.ptr[i] >= 'A' && t.ptr[i] <= 'Z') return true;
    while (i && (t.ptr[i - 1] == '\0' || strchr(" _\"'*(<[", t.ptr[i - 1]))) i--;
    return i && strchr(":=#>", t.ptr[i - 1]) != NULL;
}

bool tkc_volatile_next(tkc_volatile_scan *s, tkc_volatile *out)
{
    const tkc_str t = s->text;
    while (s->at < t.len) {
        const size_t i = s->at;
        const char c = t.ptr[i];
        size_t end;
        if (c == '`' || (c == '~' && i + 2 < t.len && t.ptr[i + 1] == '~' && t.ptr[i + 2] == '~')) {
            s->at = code_from(t, i);
            continue;
        }
        if (c == '{' || c == '$' || c == '<' || c == '%') {
            tkc_volatile_kind k = placeholder(t, i, &end);
            if (k) {
                *out = (tkc_volatile){k, i, end, true};
                s->at = end;
                return true;
            }
        }
        if (is_word(c) && (i == 0 || !is_word(t.ptr[i - 1]))) {
            /* not behind a dot or a dash of something longer: v1.2.3, 555-1234 */
            const char prev = i ? t.ptr[i - 1] : ' ';
            const bool joined = i > 1 && (prev == '.' || prev == '-' || prev == '/' || prev == '+') && is_word(t.ptr[i - 2]);
            cursor cur = {t.ptr + i, t.ptr + t.len};
            shape sh = joined ? SHAPE_NONE : shape_at(&cur);
            before b;
            tkc_volatile_kind k = TKC_VOLATILE_NONE;
            end = (size_t)(cur.p - t.ptr);
            const bool told = sh || (!joined && may_be_told(t, i));
            if (told) line_before(t, i, &b);
            if (sh) k = kind_of_shape(sh, &b);
            if (!k && told && !joined && (!sh || sh == SHAPE_NUMBER) && b.n > 3) {
                size_t rest, to;
                bool hard;
                if (label_mark(&b, &rest, &hard) && hard) {
                    if (ENDS(&b, rest, id_labels) && labelled_token(t, i, &to)) k = TKC_VOLATILE_REQUEST_ID, end = to;
                    else if (ENDS(&b, rest, hash_labels) && labelled_token(t, i, &to) && !HAS(&b, hash_words, 24))
                        k = TKC_VOLATILE_HASH, end = to;
                }
                if (!k && is_alpha(c) && user_at(t, i, &b, &to)) k = TKC_VOLATILE_USER_NAME, end = to;
                if (k && HAS(&b, example_words, NEAR)) k = TKC_VOLATILE_NONE, end = (size_t)(cur.p - t.ptr);
            }
            if (k) {
                *out = (tkc_volatile){k, i, end, false};
                s->at = end;
                return true;
            }
            if (sh) {
                s->at = end > i ? end : i + 1;
                continue;
            }
            while (s->at < t.len && is_word(t.ptr[s->at])) s->at++;
            continue;
        }
        s->at++;
    }
    return false;
}

/* --- two texts ------------------------------------------------------------------------------------ */

/* The value of a shape over byte `at`, tried from each edge of a word at most 48 bytes before. */
static shape shape_over(tkc_str t, size_t at, size_t *begin, size_t *end)
{
    size_t from = at > 48 ? at - 48 : 0;
    for (size_t i = from; i <= at && i < t.len; i++) {
        cursor c = {t.ptr + i, t.ptr + t.len};
        shape s;
        if (!is_word(t.ptr[i]) || (i && is_word(t.ptr[i - 1]))) continue;
        s = shape_at(&c);
        if (s && (size_t)(c.p - t.ptr) > at) {
            *begin = i;
            *end = (size_t)(c.p - t.ptr);
            return s;
        }
        /* the texts may differ where one value ends: "9" and "10" */
        if (s && (size_t)(c.p - t.ptr) == at) {
            *begin = i;
            *end = at;
            return s;
        }
    }
    return SHAPE_NONE;
}

/* The run of word bytes around `at`. */
static void token_over(tkc_str t, size_t at, size_t *begin, size_t *end)
{
    size_t a = at < t.len ? at : t.len, b = a;
    while (a && at - a < 64 && (is_word(t.ptr[a - 1]) || t.ptr[a - 1] == '-')) a--;
    while (b < t.len && b - at < 64 && (is_word(t.ptr[b]) || t.ptr[b] == '-')) b++;
    *begin = a;
    *end = b;
}

static tkc_volatile_kind kind_of_changed(shape s)
{
    switch (s) {
    case SHAPE_DATE: return TKC_VOLATILE_DATE;
    case SHAPE_TIME:
    case SHAPE_SECONDS:
    case SHAPE_DATETIME:
    case SHAPE_DATETIME_SECONDS:
    case SHAPE_EPOCH: return TKC_VOLATILE_CLOCK;
    case SHAPE_UUID: return TKC_VOLATILE_UUID;
    case SHAPE_HEX: return TKC_VOLATILE_HASH;
    case SHAPE_ID: return TKC_VOLATILE_REQUEST_ID;
    case SHAPE_NUMBER: return TKC_VOLATILE_COUNTER;
    case SHAPE_NONE: break;
    }
    return TKC_VOLATILE_NONE;
}

static bool looks_random(tkc_str t, size_t begin, size_t end)
{
    size_t digits = 0, letters = 0;
    for (size_t i = begin; i < end; i++) {
        digits += is_digit(t.ptr[i]);
        letters += is_alpha(t.ptr[i]);
    }
    return end - begin >= 8 && digits >= 2 && letters >= 1;
}

static bool all_hex(tkc_str t, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        if (!is_hex(t.ptr[i])) return false;
    return end - begin >= 8;
}

tkc_volatile_kind tkc_volatile_change(tkc_str a, tkc_str b, size_t at, tkc_volatile *out)
{
    size_t a0 = at, a1 = at, b0 = at, b1 = at, rest, to = at;
    const shape sa = shape_over(a, at, &a0, &a1), sb = shape_over(b, at, &b0, &b1);
    tkc_volatile_kind k = TKC_VOLATILE_NONE;
    before w;
    bool hard, mark;
    /* "9:59" and "10:00" are both times, "1234567890" may be a clock where the other is a
     * counter: both must be of one kind */
    if (sa && sb && kind_of_changed(sa) == kind_of_changed(sb) && a0 == b0) k = kind_of_changed(sb);
    if (!k) {
        size_t x0, x1;
        token_over(a, at, &x0, &x1);
        token_over(b, at, &b0, &b1);
        a0 = x0;
        a1 = x1;
    }
    line_before(b, b0, &w);
    mark = label_mark(&w, &rest, &hard);
    if (k == TKC_VOLATILE_COUNTER || k == TKC_VOLATILE_HASH) { /* an id may be a plain number */
        if (mark && ENDS(&w, rest, id_labels) && !(ENDS(&w, rest, counter_labels))) k = TKC_VOLATILE_REQUEST_ID;
        if (k == TKC_VOLATILE_COUNTER && mark && ENDS(&w, rest, hash_labels)) k = TKC_VOLATILE_HASH;
    }
    if (!k && mark) {
        const bool plain = b1 - b0 >= 4 && a1 - a0 >= 4;
        if (plain && ENDS(&w, rest, id_labels) && (looks_random(b, b0, b1) || looks_random(a, a0, a1) || all_hex(b, b0, b1)))
            k = TKC_VOLATILE_REQUEST_ID;
        else if (plain && ENDS(&w, rest, hash_labels) && (looks_random(b, b0, b1) || looks_random(a, a0, a1) || all_hex(b, b0, b1)))
            k = TKC_VOLATILE_HASH;
    }
    if (!k && all_hex(b, b0, b1) && all_hex(a, a0, a1) && (looks_random(b, b0, b1) || looks_random(a, a0, a1))) k = TKC_VOLATILE_HASH;
    if (!k && looks_random(b, b0, b1) && looks_random(a, a0, a1)) k = TKC_VOLATILE_REQUEST_ID;
    if (!k) { /* a name: the difference may lie in its second word */
        size_t i = b0;
        for (int words = 0; words < 3 && !k && i < b.len; words++) {
            line_before(b, i, &w);
            if (is_alpha(b.ptr[i]) && user_at(b, i, &w, &to) && to >= at) {
                k = TKC_VOLATILE_USER_NAME;
                b0 = i;
                b1 = to;
                break;
            }
            if (i < 2 || b.ptr[i - 1] != ' ') break;
            for (i--; i && is_word(b.ptr[i - 1]);) i--;
        }
    }
    if (out) *out = (tkc_volatile){k, b0, b1, false};
    return k;
}
