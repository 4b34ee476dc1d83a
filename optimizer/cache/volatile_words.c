/*
 * volatile_words.c - the words that tell a value of now from one of the text: they stand in its line, in
 * front of it.
 */
#include "optimizer/cache/volatile_impl.h"

enum { NEAR = 64 };

void tkc_volatile_line_before(tkc_str text, size_t at, volatile_before *b)
{
    size_t from = at > VOLATILE_LINE ? at - VOLATILE_LINE : 0;
    for (size_t i = at; i > from; i--)
        if (text.ptr[i - 1] == '\n') {
            from = i;
            break;
        }
    b->n = at - from;
    for (size_t i = 0; i < b->n; i++) {
        char c = tkc_ascii_lower(text.ptr[from + i]);
        b->s[i] = c == '\0' ? '\x01' : c == '_' ? ' ' : c; /* no end of a string: a control character like any other */
    }
    b->s[b->n] = '\0';
}

/* Does one of the words (at the edge of a word) stand in the last `near` bytes? */
static bool has_word(const volatile_before *b, const char *const *w, size_t n_w, size_t near)
{
    const char *from = b->s + (b->n > near ? b->n - near : 0);
    for (size_t i = 0; i < n_w; i++) {
        size_t n = strlen(w[i]);
        for (const char *p = from; (p = strstr(p, w[i])); p++) {
            const bool left = p == b->s || !tkc_is_word(p[-1]) || !tkc_is_word(w[i][0]);
            const bool right = !tkc_is_word(w[i][n - 1]) || !tkc_is_word(p[n]);
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

volatile_label tkc_volatile_label_of(const volatile_before *b)
{
    size_t n = b->n;
    while (n && tkc_is_one_of(b->s[n - 1], " \"'*(<[")) n--;
    if (n && tkc_is_one_of(b->s[n - 1], ":=#>")) {
        n--;
        while (n && tkc_is_one_of(b->s[n - 1], " :\"*'")) n--;
        return (volatile_label){true, true, n};
    }
    if (n > 3 && memcmp(b->s + n - 3, " is", 3) == 0) return (volatile_label){true, false, n - 3};
    if (n > 3 && memcmp(b->s + n - 3, " no", 3) == 0) return (volatile_label){true, true, n - 3};
    if (n > 4 && memcmp(b->s + n - 4, " no.", 4) == 0) return (volatile_label){true, true, n - 4};
    if (n > 7 && memcmp(b->s + n - 7, " number", 7) == 0) return (volatile_label){true, true, n - 7};
    return (volatile_label){false, false, n};
}

/* Does b->s[0 .. n) end in the word? */
static bool ends_in(const volatile_before *b, size_t n, const char *w)
{
    size_t k = strlen(w);
    return n >= k && memcmp(b->s + n - k, w, k) == 0 && (n == k || !tkc_is_word(b->s[n - k - 1]));
}

static bool ends_in_any(const volatile_before *b, size_t n, const char *const *w, size_t n_w)
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

bool tkc_volatile_labels_id(const volatile_before *b, volatile_label l)
{
    return l.is_one && ENDS(b, l.end, id_labels);
}

bool tkc_volatile_labels_hash(const volatile_before *b, volatile_label l)
{
    return l.is_one && ENDS(b, l.end, hash_labels);
}

bool tkc_volatile_labels_counter(const volatile_before *b, volatile_label l)
{
    return l.is_one && ENDS(b, l.end, counter_labels);
}

bool tkc_volatile_user_at(tkc_str t, size_t i, const volatile_before *b, size_t *end)
{
    static const char *const no_name[] = {"the", "a", "an", "your", "users", "customers", "string", "str", "text", "required", "optional", "you",
        "and", "or", "is", "in", "people", "them", "this", "that", "our", "their", "null", "none", "true", "false", "not", "be", "to",
        "always", "never", "please", "hello", "hi", "what", "how", "why", "can", "if", "when", "are", "i", "it", "we", "do", "does",
        "name", "must", "should", "will", "may", "my", "customer", "user", "there", "world", "developers", "engineers", "with"};
    const volatile_label l = tkc_volatile_label_of(b);
    const bool capital = tkc_is_upper(t.ptr[i]);
    bool label = l.is_one && ENDS(b, l.end, user_labels), phrase = false;
    size_t k = i;
    char first[24];
    size_t n = 0;
    /* "User: Hello" is a line of a conversation */
    if (label && ends_in(b, l.end, "user") && !ends_in(b, l.end, "current user") && l.hard) label = false;
    if (label && !capital && !l.hard) label = false;
    if (!label && capital) {
        size_t m = b->n;
        while (m && b->s[m - 1] == ' ') m--;
        phrase = ENDS(b, m, user_phrases) && !ends_in(b, m, "hello");
        if (phrase && ends_in(b, m, "named") && !ends_in(b, m, "user named") && !ends_in(b, m, "customer named")) phrase = false;
    }
    if (!label && !phrase) return false;
    while (k < t.len && (tkc_is_word(t.ptr[k]) || t.ptr[k] == '.' || t.ptr[k] == '@' || t.ptr[k] == '-' || t.ptr[k] == '\'')) {
        if (n < sizeof first - 1) first[n++] = tkc_ascii_lower(t.ptr[k]);
        k++;
    }
    while (k > i && (t.ptr[k - 1] == '.' || t.ptr[k - 1] == '-' || t.ptr[k - 1] == '\'')) k--, n = n > k - i ? k - i : n;
    first[n] = '\0';
    for (size_t w = 0; w < sizeof no_name / sizeof *no_name; w++)
        if (strcmp(first, no_name[w]) == 0) return false;
    if (n < 2) return false;
    if (capital) /* "Maria Silva", at most three words */
        for (int words = 1; words < 3 && k + 1 < t.len && t.ptr[k] == ' ' && tkc_is_upper(t.ptr[k + 1]); words++) {
            size_t w = k + 1;
            while (w < t.len && (tkc_is_word(t.ptr[w]) || t.ptr[w] == '-' || t.ptr[w] == '\'')) w++;
            k = w;
        }
    *end = k;
    return true;
}

/* An id behind a label that says it is one: at least 6 characters, a digit among them. */
static bool labelled_token(tkc_str t, size_t i, size_t *end)
{
    size_t k = i, digits = 0;
    while (k < t.len && (tkc_is_digit(t.ptr[k]) || tkc_is_alpha(t.ptr[k]) || t.ptr[k] == '_' || t.ptr[k] == '-')) digits += tkc_is_digit(t.ptr[k++]);
    while (k > i && (t.ptr[k - 1] == '-' || t.ptr[k - 1] == '_')) k--;
    *end = k;
    return k - i >= 6 && digits >= 1;
}

tkc_volatile_kind tkc_volatile_said_of(volatile_shape s, const volatile_before *b)
{
    const volatile_label l = tkc_volatile_label_of(b);
    if (HAS(b, example_words, NEAR)) return TKC_VOLATILE_NONE;
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
        return l.is_one && ENDS(b, l.end, labels) && (l.end <= 12 || l.hard) && !ends_in(b, l.end, "end date") &&
                       !ends_in(b, l.end, "start date") && !ends_in(b, l.end, "order date") && !ends_in(b, l.end, "hire date")
                   ? TKC_VOLATILE_DATE
                   : TKC_VOLATILE_NONE;
    }
    case SHAPE_UUID: return TKC_VOLATILE_UUID;
    case SHAPE_HEX:
        if (tkc_volatile_labels_id(b, l)) return TKC_VOLATILE_REQUEST_ID;
        return tkc_volatile_labels_hash(b, l) || !HAS(b, hash_words, NEAR) ? TKC_VOLATILE_HASH : TKC_VOLATILE_NONE;
    case SHAPE_EPOCH:
        if (tkc_volatile_labels_id(b, l)) return TKC_VOLATILE_REQUEST_ID;
        return HAS(b, time_words, 40) ? TKC_VOLATILE_CLOCK : TKC_VOLATILE_NONE;
    case SHAPE_ID: return TKC_VOLATILE_REQUEST_ID;
    case SHAPE_NUMBER:
        if (!l.is_one) return TKC_VOLATILE_NONE;
        if (l.hard ? ENDS(b, l.end, counter_labels) : ENDS(b, l.end, soft_counter))
            /* "max attempts: 3", "retry count: 5" are settings */
            return HAS(b, ((const char *const[]){"max", "maximum", "limit", "at most", "minimum", "min", "per", "default", "up to"}), 40)
                       ? TKC_VOLATILE_NONE
                       : TKC_VOLATILE_COUNTER;
        return TKC_VOLATILE_NONE;
    case SHAPE_NONE: break;
    }
    return TKC_VOLATILE_NONE;
}

tkc_volatile_kind tkc_volatile_said_of_word(tkc_str t, size_t i, const volatile_before *b, size_t *end)
{
    const volatile_label l = tkc_volatile_label_of(b);
    tkc_volatile_kind k = TKC_VOLATILE_NONE;
    if (b->n <= 3) return TKC_VOLATILE_NONE;
    if (l.hard && tkc_volatile_labels_id(b, l) && labelled_token(t, i, end)) k = TKC_VOLATILE_REQUEST_ID;
    else if (l.hard && tkc_volatile_labels_hash(b, l) && labelled_token(t, i, end) && !HAS(b, hash_words, 24)) k = TKC_VOLATILE_HASH;
    else if (tkc_is_alpha(t.ptr[i]) && tkc_volatile_user_at(t, i, b, end)) k = TKC_VOLATILE_USER_NAME;
    return k && HAS(b, example_words, NEAR) ? TKC_VOLATILE_NONE : k;
}
