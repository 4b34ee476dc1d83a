/*
 * volatile.c - the values of a text that are others in the next request, and what differs between two.
 *
 * A shape is found by its first byte at the edge of a word. Strong shapes (a time with seconds, a
 * UUID, req_...) count by themselves, weak ones (a day, a number, a name) only behind a word that
 * says "now" or "this request"; both only where nothing in front says "example" or "released".
 */
#include "optimizer/cache/volatile_impl.h"

const char *tkc_volatile_name(tkc_volatile_kind k)
{
    static const char *const name[TKC_N_VOLATILE] = {"",     "clock",      "date", "uuid", "counter",
                                                     "request_id", "hash", "user_name"};
    return (unsigned)k < TKC_N_VOLATILE ? name[k] : "";
}

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
        char c = tkc_ascii_lower(t.ptr[k]);
        if ((unsigned char)c < ' ' || c == '"' || c == ',' || c == '{' || c == '/' || (close != '}' && c == ' ')) return TKC_VOLATILE_NONE;
        name[n++] = c == '-' || c == ' ' || c == '.' ? '_' : c;
    }
    if (k >= t.len || t.ptr[k] != close || !n) return TKC_VOLATILE_NONE;
    while (k < t.len && t.ptr[k] == close && opened--) k++;
    /* "<date>" in a sentence is one; before a value or a line's end it is a tag */
    if (close == '>' && (k >= t.len || !tkc_is_one_of(t.ptr[k], " .,;:)"))) return TKC_VOLATILE_NONE;
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

/* Whether what stands in front could say what a word is: a label's mark, or, of a name, anything. Of most words
 * it cannot, and the line in front of them need not be read. */
static bool may_be_told(tkc_str t, size_t i)
{
    if (tkc_is_upper(t.ptr[i])) return true;
    while (i && tkc_is_one_of(t.ptr[i - 1], " _\"'*(<[")) i--;
    return i && tkc_is_one_of(t.ptr[i - 1], ":=#>");
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
        if (tkc_is_word(c) && (i == 0 || !tkc_is_word(t.ptr[i - 1]))) {
            /* not behind a dot or a dash of something longer: v1.2.3, 555-1234 */
            const char prev = i ? t.ptr[i - 1] : ' ';
            const bool joined = i > 1 && (prev == '.' || prev == '-' || prev == '/' || prev == '+') && tkc_is_word(t.ptr[i - 2]);
            const volatile_shape shape = joined ? SHAPE_NONE : tkc_volatile_shape_at(t, i, &end);
            tkc_volatile_kind k = TKC_VOLATILE_NONE;
            if (shape || (!joined && may_be_told(t, i))) {
                volatile_before b;
                size_t to;
                tkc_volatile_line_before(t, i, &b);
                if (shape) k = tkc_volatile_said_of(shape, &b);
                if (!k && (!shape || shape == SHAPE_NUMBER)) {
                    k = tkc_volatile_said_of_word(t, i, &b, &to);
                    if (k) end = to;
                }
            }
            if (k) {
                *out = (tkc_volatile){k, i, end, false};
                s->at = end;
                return true;
            }
            if (shape) {
                s->at = end > i ? end : i + 1;
                continue;
            }
            while (s->at < t.len && tkc_is_word(t.ptr[s->at])) s->at++;
            continue;
        }
        s->at++;
    }
    return false;
}

/* --- two texts ------------------------------------------------------------------------------------ */

/* The value of a shape over byte `at`, tried from each edge of a word at most 48 bytes before. */
static volatile_shape shape_over(tkc_str t, size_t at, size_t *begin, size_t *end)
{
    size_t from = at > 48 ? at - 48 : 0;
    for (size_t i = from; i <= at && i < t.len; i++) {
        volatile_shape s;
        if (!tkc_is_word(t.ptr[i]) || (i && tkc_is_word(t.ptr[i - 1]))) continue;
        s = tkc_volatile_shape_at(t, i, end);
        if (s && *end >= at) { /* at: the texts may differ where one value ends: "9" and "10" */
            *begin = i;
            return s;
        }
    }
    *end = at;
    return SHAPE_NONE;
}

/* The run of word bytes around `at`. */
static void token_over(tkc_str t, size_t at, size_t *begin, size_t *end)
{
    size_t a = at < t.len ? at : t.len, b = a;
    while (a && at - a < 64 && (tkc_is_word(t.ptr[a - 1]) || t.ptr[a - 1] == '-')) a--;
    while (b < t.len && b - at < 64 && (tkc_is_word(t.ptr[b]) || t.ptr[b] == '-')) b++;
    *begin = a;
    *end = b;
}

static tkc_volatile_kind kind_of_changed(volatile_shape s)
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
        digits += tkc_is_digit(t.ptr[i]);
        letters += tkc_is_alpha(t.ptr[i]);
    }
    return end - begin >= 8 && digits >= 2 && letters >= 1;
}

static bool all_hex(tkc_str t, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++)
        if (!tkc_is_hex(t.ptr[i])) return false;
    return end - begin >= 8;
}

tkc_volatile_kind tkc_volatile_change(tkc_str a, tkc_str b, size_t at, tkc_volatile *out)
{
    size_t a0 = at, a1 = at, b0 = at, b1 = at, to = at;
    const volatile_shape sa = shape_over(a, at, &a0, &a1), sb = shape_over(b, at, &b0, &b1);
    tkc_volatile_kind k = TKC_VOLATILE_NONE;
    volatile_before w;
    volatile_label l;
    bool random;
    /* "9:59" and "10:00" are both times, "1234567890" may be a clock where the other is a
     * counter: both must be of one kind */
    if (sa && sb && kind_of_changed(sa) == kind_of_changed(sb) && a0 == b0) k = kind_of_changed(sb);
    if (!k) {
        token_over(a, at, &a0, &a1);
        token_over(b, at, &b0, &b1);
    }
    tkc_volatile_line_before(b, b0, &w);
    l = tkc_volatile_label_of(&w);
    if (k == TKC_VOLATILE_COUNTER || k == TKC_VOLATILE_HASH) { /* an id may be a plain number */
        if (tkc_volatile_labels_id(&w, l) && !tkc_volatile_labels_counter(&w, l)) k = TKC_VOLATILE_REQUEST_ID;
        if (k == TKC_VOLATILE_COUNTER && tkc_volatile_labels_hash(&w, l)) k = TKC_VOLATILE_HASH;
    }
    random = looks_random(b, b0, b1) || looks_random(a, a0, a1);
    if (!k && b1 - b0 >= 4 && a1 - a0 >= 4 && (random || all_hex(b, b0, b1))) {
        if (tkc_volatile_labels_id(&w, l)) k = TKC_VOLATILE_REQUEST_ID;
        else if (tkc_volatile_labels_hash(&w, l)) k = TKC_VOLATILE_HASH;
    }
    if (!k && random && all_hex(b, b0, b1) && all_hex(a, a0, a1)) k = TKC_VOLATILE_HASH;
    if (!k && looks_random(b, b0, b1) && looks_random(a, a0, a1)) k = TKC_VOLATILE_REQUEST_ID;
    if (!k) { /* a name: the difference may lie in its second word */
        size_t i = b0;
        for (int words = 0; words < 3 && !k && i < b.len; words++) {
            tkc_volatile_line_before(b, i, &w);
            if (tkc_is_alpha(b.ptr[i]) && tkc_volatile_user_at(b, i, &w, &to) && to >= at) {
                k = TKC_VOLATILE_USER_NAME;
                b0 = i;
                b1 = to;
                break;
            }
            if (i < 2 || b.ptr[i - 1] != ' ') break;
            for (i--; i && tkc_is_word(b.ptr[i - 1]);) i--;
        }
    }
    if (out) *out = (tkc_volatile){k, b0, b1, false};
    return k;
}
