/*
 * sentences.c - units of a text, found left to right.
 *
 * Nothing is learnt from data; each doubt is settled by what stands around the mark: the word
 * before it, how the next word begins. Looking back stops at 24 bytes and looking ahead passes
 * only blanks and the marks themselves, so the walk is linear.
 */
#include "optimizer/text/sentences.h"

#include "optimizer/text/bytes8.h"
#include "optimizer/text/stem.h"
#include "tokenizer/unicode_class.h"
#include "vocab/base/ascii.h"

#include <string.h>

/* BACK: longer than any abbreviation. Prose is wrapped at 40 to 100 columns; a longest line
 * outside that was not wrapped by anyone. */
enum { BACK = 24, NARROWEST = 40, WIDEST = 100 };

typedef enum abbreviation {
    ABBR_NONE = 0,
    ABBR_NEVER,  /* a name or more of the sentence follows, whatever it begins with      */
    ABBR_NUMBER, /* an abbreviation before a number only: "no. 5", "Dec. 3"              */
    ABBR_MAY     /* may end a sentence too: it does before a capital                     */
} abbreviation;

static const struct {
    const char *word;
    abbreviation kind;
} abbreviations[] = {
    {"adm", ABBR_NEVER},   {"al", ABBR_MAY},      {"approx", ABBR_NEVER}, {"apr", ABBR_NUMBER},
    {"art", ABBR_NUMBER},  {"assoc", ABBR_NEVER}, {"aug", ABBR_NUMBER},   {"ave", ABBR_MAY},
    {"bzw", ABBR_NEVER},   {"ca", ABBR_NUMBER},   {"capt", ABBR_NEVER},   {"cf", ABBR_NEVER},
    {"ch", ABBR_NUMBER},   {"chap", ABBR_NUMBER}, {"co", ABBR_MAY},       {"col", ABBR_NEVER},
    {"corp", ABBR_MAY},    {"dec", ABBR_NUMBER},  {"dept", ABBR_NEVER},   {"dr", ABBR_NEVER},
    {"ed", ABBR_NUMBER},   {"eds", ABBR_NUMBER},  {"eq", ABBR_NUMBER},    {"eqs", ABBR_NUMBER},
    {"esp", ABBR_NEVER},   {"est", ABBR_NUMBER},  {"etc", ABBR_MAY},      {"feb", ABBR_NUMBER},
    {"fig", ABBR_NUMBER},  {"figs", ABBR_NUMBER}, {"gen", ABBR_NEVER},    {"gov", ABBR_NEVER},
    {"hon", ABBR_NEVER},   {"inc", ABBR_MAY},     {"incl", ABBR_NEVER},   {"jan", ABBR_NUMBER},
    {"jr", ABBR_MAY},      {"jul", ABBR_NUMBER},  {"jun", ABBR_NUMBER},   {"lt", ABBR_NEVER},
    {"ltd", ABBR_MAY},     {"mar", ABBR_NUMBER},  {"max", ABBR_NUMBER},   {"messrs", ABBR_NEVER},
    {"min", ABBR_NUMBER},  {"misc", ABBR_NEVER},  {"mlle", ABBR_NEVER},   {"mme", ABBR_NEVER},
    {"mr", ABBR_NEVER},
    {"mrs", ABBR_NEVER},   {"ms", ABBR_NEVER},    {"mt", ABBR_NEVER},     {"no", ABBR_NUMBER},
    {"nos", ABBR_NUMBER},  {"nov", ABBR_NUMBER},  {"nr", ABBR_NUMBER},    {"oct", ABBR_NUMBER},
    {"op", ABBR_NUMBER},   {"p", ABBR_NUMBER},    {"par", ABBR_NUMBER},   {"pp", ABBR_NUMBER},
    {"prof", ABBR_NEVER},  {"rep", ABBR_NEVER},   {"rev", ABBR_NEVER},    {"sec", ABBR_NUMBER},
    {"sen", ABBR_NEVER},   {"sep", ABBR_NUMBER},  {"sept", ABBR_NUMBER},  {"sgt", ABBR_NEVER},
    {"sr", ABBR_MAY},      {"sra", ABBR_NEVER},   {"st", ABBR_NEVER},     {"tel", ABBR_NUMBER},
    {"usw", ABBR_MAY},     {"vgl", ABBR_NEVER},   {"vol", ABBR_NUMBER},   {"vols", ABBR_NUMBER},
    {"vs", ABBR_NEVER},
};

/* --- characters --------------------------------------------------------------------------- */

typedef enum mark {
    MARK_NONE = 0,
    MARK_DOT,   /* '.' */
    MARK_DOTS,  /* an ellipsis in one character */
    MARK_CALL,  /* ! ? and their kin: end a sentence wherever a blank follows */
    MARK_WIDE   /* end a sentence whatever follows */
} mark;

static mark mark_of(uint32_t cp)
{
    switch (cp) {
    case '.': return MARK_DOT;
    case 0x2026: return MARK_DOTS;
    case '!': case '?': case 0x203c: case 0x203d: case 0x2047: case 0x2048: case 0x2049:
    case 0x61f: case 0x6d4: case 0x589: case 0x37e: case 0x1362: case 0x1367:
        return MARK_CALL;
    case 0x3002: case 0xff01: case 0xff1f: case 0xff0e: case 0xff61: case 0x964: case 0x965:
    case 0x17d4: case 0x17d5: case 0x104a: case 0x104b:
        return MARK_WIDE;
    default: return MARK_NONE;
    }
}

static bool is_closer(uint32_t cp)
{
    switch (cp) {
    case ')': case ']': case '}': case '"': case '\'': case '*': case '_': case '`':
    case 0xbb: case 0x2019: case 0x201d: case 0x203a: case 0x3009: case 0x300b: case 0x300d:
    case 0x300f: case 0x3011: case 0x3015: case 0xff09: case 0xff3d: case 0xff5d: case 0xff63:
        return true;
    default: return false;
    }
}

static bool is_opener(uint32_t cp)
{
    switch (cp) {
    case '(': case '[': case '{': case '"': case '\'': case '*': case '_': case '`': case '<':
    case 0xa1: case 0xab: case 0xbf: case 0x2018: case 0x201c: case 0x201e: case 0x2039:
        return true;
    default: return false;
    }
}

static bool is_space(uint32_t cp)
{
    return (tkc_char_class(cp) & TKC_UC_SPACE) != 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static size_t skip_blanks(tkc_str t, size_t at)
{
    while (at < t.len && is_blank(t.ptr[at])) at++;
    return at;
}

static size_t line_end(tkc_str t, size_t at)
{
    const char *stop = at < t.len ? memchr(t.ptr + at, '\n', t.len - at) : NULL;
    return stop ? (size_t)(stop - t.ptr) : t.len;
}

/* Without the white space at its end. */
static size_t trimmed(tkc_str t, size_t begin, size_t end)
{
    while (end > begin) {
        size_t at = end - 1;
        unsigned n;
        while (at > begin && end - at < 4 && ((unsigned char)t.ptr[at] & 0xc0) == 0x80) at--;
        if (!is_space(tkc_char_at(t, at, &n)) || at + n != end) break;
        end = at;
    }
    return end;
}

/* --- lines -------------------------------------------------------------------------------- */

static size_t run_of(tkc_str t, size_t at, char c)
{
    size_t n = 0;
    while (at + n < t.len && t.ptr[at + n] == c) n++;
    return n;
}

static bool is_fence(tkc_str t, size_t at, char *c, size_t *n)
{
    if (at >= t.len || (t.ptr[at] != '`' && t.ptr[at] != '~')) return false;
    *c = t.ptr[at];
    *n = run_of(t, at, *c);
    return *n >= 3;
}

/* The end of the fenced block whose fence is at `at`. */
static size_t fence_end(tkc_str t, size_t at, char c, size_t n)
{
    size_t line = line_end(t, at);
    while (line < t.len) {
        const size_t first = skip_blanks(t, line + 1), run = run_of(t, first, c);
        const size_t end = line_end(t, first + run);
        if (run >= n && skip_blanks(t, first + run) == end) return end;
        line = end;
    }
    return t.len;
}

static bool is_heading(tkc_str t, size_t at)
{
    const size_t n = run_of(t, at, '#');
    return n >= 1 && n <= 6 && at + n < t.len && is_blank(t.ptr[at + n]);
}

/* A table row, a tag alone, or a rule: nothing but - * _ = + : and blanks. */
static bool is_row(tkc_str t, size_t at)
{
    size_t end, i;
    if (t.ptr[at] == '|') return true;
    if (!tkc_is_one_of(t.ptr[at], "<-*_=+:")) return false;
    end = trimmed(t, at, line_end(t, at));
    if (t.ptr[at] == '<')
        return end - at > 2 && t.ptr[end - 1] == '>' &&
               memchr(t.ptr + at, '>', end - at) == t.ptr + end - 1 && !is_blank(t.ptr[at + 1]);
    for (i = at; i < end && (tkc_is_one_of(t.ptr[i], "-*_=+:") || is_blank(t.ptr[i]));) i++;
    return i == end && end - at >= 3;
}

/* The bytes of a list mark with the blanks behind it; 0: none. */
static size_t item_mark(tkc_str t, size_t at)
{
    size_t n = 0, i = at;
    unsigned width;
    const uint32_t cp = tkc_char_at(t, at, &width);
    if (cp == '-' || cp == '*' || cp == '+' || cp == 0x2022 || cp == 0x2023 || cp == 0x25e6 ||
        cp == 0x2013 || cp == 0x25aa || cp == 0x30fb) {
        i += width;
        n = cp == 0x30fb; /* the katakana dot has no blank behind it */
    } else {
        const bool open = cp == '(';
        size_t digits = 0, from = i += open;
        while (i < t.len && i - from < 4 && t.ptr[i] >= '0' && t.ptr[i] <= '9') i++;
        digits = i - from;
        if (!digits && i < t.len && ((t.ptr[i] | 0x20) >= 'a' && (t.ptr[i] | 0x20) <= 'z')) i++;
        if (i == from || i >= t.len || digits > 3) return 0;
        if (t.ptr[i] != ')' && (open || !digits || t.ptr[i] != '.')) return 0;
        i++;
    }
    if (i < t.len && !n && !is_blank(t.ptr[i])) return 0;
    i = skip_blanks(t, i);
    return i < t.len && t.ptr[i] != '\n' ? i - at : 0;
}

/* Begins something of its own, so the line before it is over. */
static bool is_structure(tkc_str t, size_t at)
{
    char c;
    size_t n;
    return is_fence(t, at, &c, &n) || is_heading(t, at) || is_row(t, at) || item_mark(t, at) > 0;
}

static size_t characters(tkc_str t, size_t begin, size_t end)
{
    size_t n = 0;
    for (size_t i = begin; i < end; i++) n += ((unsigned char)t.ptr[i] & 0xc0) != 0x80;
    return n;
}

/* The longest line from `at` (a line's begin) to the next blank one: once for each block. */
static void measure(tkc_sentences *s, size_t at)
{
    s->width = 0;
    while (at < s->text.len) {
        const size_t end = line_end(s->text, at);
        size_t n;
        if (skip_blanks(s->text, at) >= end) break;
        n = characters(s->text, at, trimmed(s->text, at, end));
        if (n > s->width) s->width = n;
        at = end + 1;
    }
    s->block_end = at;
}

/* Whether the newline at `at` is there because the line was full. */
static bool is_wrapped(tkc_sentences *s, size_t at)
{
    const tkc_str t = s->text;
    const size_t next = skip_blanks(t, at + 1);
    size_t begin = at, word = next, last;
    unsigned n;
    uint32_t cp;
    if (next >= t.len || t.ptr[next] == '\n' || is_structure(t, next)) return false;
    cp = tkc_char_at(t, next, &n);
    if (is_opener(cp) && next + n < t.len) cp = tkc_char_at(t, next + n, &n);
    while (begin > 0 && t.ptr[begin - 1] != '\n') begin--;
    last = trimmed(t, begin, at);
    if (last > begin && t.ptr[last - 1] == ':') return false;
    if (tkc_char_class(cp) & TKC_UC_LL) return true;
    if (at >= s->block_end) measure(s, begin);
    if (s->width < NARROWEST || s->width > WIDEST) return false;
    while (word < t.len && word - next <= WIDEST * 4 && t.ptr[word] != '\n' && !is_blank(t.ptr[word])) word++;
    return characters(t, begin, last) + 1 + characters(t, next, word) > s->width;
}

/* --- the end of a sentence ---------------------------------------------------------------- */

/* The bytes before `at`, back to a blank or an opening mark, that may be an abbreviation. */
static tkc_str token_before(tkc_str t, size_t from, size_t at)
{
    size_t begin = at;
    while (begin > from && at - begin < BACK) {
        const char c = t.ptr[begin - 1];
        if (is_blank(c) || c == '\n' || tkc_is_one_of(c, "([{\"'*_`,;:/")) break;
        begin--;
    }
    return (tkc_str){t.ptr + begin, at - begin};
}

static abbreviation abbreviation_of(tkc_str word)
{
    size_t low = 0, high = sizeof abbreviations / sizeof *abbreviations;
    char fold[8];
    if (word.len == 0 || word.len >= sizeof fold) return ABBR_NONE;
    for (size_t i = 0; i < word.len; i++) {
        const char c = word.ptr[i];
        if (c == '\0') return ABBR_NONE; /* the comparison would end at it */
        fold[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    fold[word.len] = '\0';
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const int order = strcmp(fold, abbreviations[mid].word);
        if (order == 0) return abbreviations[mid].kind;
        if (order < 0) high = mid;
        else low = mid + 1;
    }
    return ABBR_NONE;
}

static bool is_ascii_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* The folded word at `at` is one of grammar: no name, so a sentence begins. */
static bool begins_with_stop_word(tkc_str t, size_t at)
{
    char fold[16];
    size_t n = 0;
    while (at + n < t.len && n < sizeof fold && (is_ascii_letter(t.ptr[at + n]) || t.ptr[at + n] == '\'')) {
        fold[n] = (char)(t.ptr[at + n] == '\'' ? '\'' : t.ptr[at + n] | 0x20);
        n++;
    }
    return n < sizeof fold && tkc_is_stop_word((tkc_str){fold, n});
}

static bool all_digits(tkc_str s)
{
    size_t i = 0;
    while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9') i++;
    return s.len && i == s.len;
}

/* One '.' at `at`, and the next word, whose first character is cp, at next. */
static bool dot_ends(tkc_str t, size_t from, size_t at, size_t next, uint32_t cp)
{
    const tkc_str token = token_before(t, from, at);
    const unsigned cls = tkc_char_class(cp);
    const bool low = (cls & TKC_UC_LL) != 0, capital = (cls & (TKC_UC_LU | TKC_UC_LT)) != 0;
    if (token.len == 0) return !low;
    if (all_digits(token) && token.ptr == t.ptr + from && token.len <= 3) return false; /* "1. Do" */
    if (memchr(token.ptr, '.', token.len) && is_ascii_letter(token.ptr[0]) && token.len < 8) {
        /* e.g. i.e. U.S. a.m. Ph.D.: letters with dots between */
        if (low || (token.ptr[0] | 0x20) == 'e' || (token.ptr[0] | 0x20) == 'i') return false;
        return capital && begins_with_stop_word(t, next);
    }
    if (token.len == 1 && is_ascii_letter(token.ptr[0]) && token.ptr[0] < 'a') /* initials */
        return (token.ptr[0] == 'I' && capital) || (capital && begins_with_stop_word(t, next));
    switch (abbreviation_of(token)) {
    case ABBR_NEVER: return false;
    case ABBR_NUMBER: if (cls & TKC_UC_N) return false; break;
    case ABBR_MAY: return capital && (token.len == 3 || begins_with_stop_word(t, next));
    case ABBR_NONE: break;
    }
    if (!low) return true;
    /* a small letter follows: either nobody writes capitals here, or it is an abbreviation we do
     * not know; those are short, and no words of grammar */
    return token.len >= 4 || tkc_is_stop_word(token);
}

/* `at`: a mark. *behind: where to go on. Whether a sentence ends there. */
static bool ends_at(tkc_str t, size_t from, size_t at, size_t *behind)
{
    size_t end = at, close, next;
    unsigned n, n_dot = 0, n_call = 0, newlines = 0;
    bool wide = false;
    uint32_t cp = 0;
    while (end < t.len) {
        const mark m = mark_of(tkc_char_at(t, end, &n));
        if (m == MARK_NONE) break;
        n_dot += m == MARK_DOT ? 1 : m == MARK_DOTS ? 2 : 0;
        n_call += m == MARK_CALL;
        wide = wide || m == MARK_WIDE;
        end += n;
    }
    for (close = end; close < t.len; close += n)
        if (!is_closer(tkc_char_at(t, close, &n))) break;
    *behind = close;
    if (wide || close == t.len) return true;
    cp = tkc_char_at(t, close, &n);
    if (!is_space(cp)) {
        /* ASCII marks are used between characters of scripts without blanks, too */
        *behind = end;
        return close == end && tkc_char_is_unspaced(cp) && at > from &&
               (n_call || (unsigned char)t.ptr[at - 1] >= 0x80);
    }
    for (next = close; next < t.len; next += n) {
        cp = tkc_char_at(t, next, &n);
        if (!is_space(cp)) break;
        newlines += cp == '\n';
    }
    if (next >= t.len || newlines > 1) return true;
    while (next < t.len && is_opener(cp = tkc_char_at(t, next, &n))) next += n;
    if (next >= t.len) return true;
    if (n_call) return close == end || !(tkc_char_class(cp) & TKC_UC_LL);
    if (n_dot > 1) return !(tkc_char_class(cp) & TKC_UC_LL);
    return dot_ends(t, from, at, next, cp) && (close == end || !(tkc_char_class(cp) & TKC_UC_LL));
}

/* --- the walk ----------------------------------------------------------------------------- */

/* Bytes at which a sentence may end: a newline, a mark, the first of a character that may be one. */
#define EIGHT 1, 1, 1, 1, 1, 1, 1, 1
static const unsigned char may_end[256] = {
    ['\n'] = 1, ['!'] = 1, ['.'] = 1, ['?'] = 1,
    [128] = EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT,
    EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT};
#undef EIGHT

/* Whether one of eight bytes may end a sentence. (What is borrowed from a byte above one that does makes no difference.) */
static bool any_may_end(uint64_t x)
{
    const uint64_t ones = TKC_EACH_BYTE(1);
    const uint64_t newline = x ^ ones * '\n', call = x ^ ones * '!', dot = x ^ ones * '.', question = x ^ ones * '?';
    return ((newline - ones) | (call - ones) | (dot - ones) | (question - ones) | x) & TKC_EACH_BYTE(0x80);
}

/* The end of the prose that begins at `from`, not trimmed. */
static size_t prose_end(tkc_sentences *s, size_t from)
{
    const tkc_str t = s->text;
    size_t at = from;
    for (;;) {
        unsigned char c = 0;
        unsigned n = 1;
        while (t.len - at >= 8 && !any_may_end(tkc_load8((const unsigned char *)t.ptr + at))) at += 8;
        while (at < t.len && !may_end[c = (unsigned char)t.ptr[at]]) at++;
        if (at >= t.len) return t.len;
        if (c == '\n') {
            if (!is_wrapped(s, at)) return at;
        } else {
            uint32_t cp = tkc_char_at(t, at, &n);
            size_t behind;
            if (mark_of(cp) != MARK_NONE) {
                if (ends_at(t, from, at, &behind)) return behind;
                at = behind;
                continue;
            }
        }
        at += n;
    }
}

bool tkc_sentence_next(tkc_sentences *s, tkc_sentence *out)
{
    const tkc_str t = s->text;
    size_t at = s->at, end, fence;
    unsigned newlines = at == 0 ? 2 : 0;
    char c;
    while (at < t.len) {
        unsigned n;
        const uint32_t cp = tkc_char_at(t, at, &n);
        if (!is_space(cp)) break;
        newlines += cp == '\n';
        at += n;
    }
    if (at >= t.len) {
        s->at = t.len;
        return false;
    }
    *out = (tkc_sentence){.begin = at, .is_line = newlines > 0, .is_paragraph = newlines > 1};
    if (!out->is_line) {
        end = prose_end(s, at);
    } else if (is_fence(t, at, &c, &fence)) {
        out->kind = TKC_SENTENCE_CODE;
        end = fence_end(t, at, c, fence);
    } else if (is_heading(t, at)) {
        out->kind = TKC_SENTENCE_HEADING;
        end = line_end(t, at);
    } else if (is_row(t, at)) {
        out->kind = TKC_SENTENCE_ROW;
        end = line_end(t, at);
    } else {
        const size_t skip = item_mark(t, at);
        if (skip) out->kind = TKC_SENTENCE_ITEM;
        end = prose_end(s, at + skip);
    }
    s->at = end;
    out->end = trimmed(t, at, end);
    return true;
}
