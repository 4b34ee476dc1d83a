/*
 * blocks.c - where a text can be cut so that its blocks, read one by one, state what the whole does.
 *
 * A cut is behind a sentence, at a blank line or in front of a list item ("- "). What facts.c knows at such a place is that a
 * sentence begins; what it looks at from there, backwards and ahead, stays in the block:
 *   - no word, number, name or phrase of the table goes on: inside a line there is a full stop with a blank in front of it or a
 *     word in small letters that is no short form ("J. Smith" and "3 p. m." go on); at a blank line a mark, as phrases go on
 *     over it; an item has its own mark;
 *   - the block begins with a word, so it is no JSON, code or placeholder, and its first clause has a letter behind the mark of
 *     an item; the first one may be JSON where the whole is not, if it does not end with the mark of a sentence;
 *   - a quotation or a placeholder is closed within some bytes, or it is none: they are looked for. Code, and quotations in
 *     other marks than " and ', may go on up to the next blank line, and nothing is cut there;
 *   - a text with a fence (``` or ~~~) anywhere is one block, and so is one that may be JSON;
 *   - other alphabets make a fact of the whole clause, mark of the item and all: no cut in front of a block with such a letter.
 */
#include "optimizer/text/facts/facts_impl.h"
#include "vocab/base/ascii.h"

#include <string.h>

enum { PLACEHOLDER = 66 }; /* bytes from the first mark of one to the last, at most */

/* Whether a word begins at i, and no mark of an item ("a)"). */
static bool is_word(tkc_str t, size_t i)
{
    return i + 1 < t.len && tkc_is_alpha(t.ptr[i]) && t.ptr[i + 1] != ')';
}

/* Where the block behind the newline at i begins, if there may be a cut; else 0. open: a quotation may go on to the next blank line. */
static size_t line_behind(const tkc_fact_blocks *w, size_t i, bool open)
{
    const tkc_str t = w->text;
    const unsigned char last = i ? (unsigned char)t.ptr[i - 1] : 0;
    size_t b = i + 1;
    bool blank, item;
    if (!i || (w->brackets && !tkc_is_one_of((char)last, ".!?:;"))) return 0;
    while (b < t.len && t.ptr[b] == '\n') b++;
    blank = b > i + 1;
    item = b + 2 < t.len && t.ptr[b] == '-' && t.ptr[b + 1] == ' ';
    if (blank ? !item && (last <= ' ' || last >= 0x7f || fact_is_alnum((char)last) || last == '\'') : !item || open) return 0;
    b += item ? 2 : 0;
    return is_word(t, b) ? b : 0;
}

/* Where the sentence behind the mark at i begins, in the same line, if none can go on over it; else 0. */
static size_t sentence_behind(tkc_str t, size_t from, size_t i)
{
    size_t b = i + 1;
    if (i == from || b >= t.len || t.ptr[b] != ' ') return 0;
    while (b < t.len && t.ptr[b] == ' ') b++;
    if (!is_word(t, b)) return 0;
    if (t.ptr[i] != '.' || t.ptr[i - 1] == ' ') return b;
    if (i - from < 3 || !tkc_is_lower(t.ptr[i - 1]) || !tkc_is_lower(t.ptr[i - 2]) || !tkc_is_lower(t.ptr[i - 3])) return 0;
    return fact_is_short_form(t, i) ? 0 : b;
}

/* Behind the byte c, if one is among the next `ahead` from i on; else i. */
static size_t behind(tkc_str t, size_t i, char c, size_t ahead)
{
    const size_t left = t.len - i;
    const char *p = memchr(t.ptr + i, c, left < ahead ? left : ahead);
    return p ? (size_t)(p - t.ptr) + 1 : i;
}

/* Behind the first "'" from i on that may close a quotation begun in front of it, or i. Each is looked for once. */
static size_t behind_single(tkc_fact_blocks *w, size_t i)
{
    const tkc_str t = w->text;
    const size_t stop = t.len - i < FACT_AHEAD ? t.len : i + FACT_AHEAD;
    for (size_t p = w->seen > i ? w->seen : i; w->closing < i && p < stop; p++) {
        const char *mark = memchr(t.ptr + p, '\'', stop - p);
        p = w->seen = mark ? (size_t)(mark - t.ptr) : stop;
        if (mark && (unsigned char)mark[-1] > ' ' && !(p + 1 < t.len && fact_is_alnum(mark[1]))) w->closing = p;
    }
    return w->closing < i || memchr(t.ptr + i, '\n', w->closing - i) ? i : w->closing + 1;
}

/* What a byte may be to a cut. HIGH: of a character that is not ASCII. */
enum { NOTHING = 0, NEWLINE, STOP, SINGLE, DOUBLE, BRACKET, ANGLE, BRACE, TICK, HIGH };
#define EIGHT HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH
static const unsigned char meaning[256] = {
    ['\n'] = NEWLINE, ['.'] = STOP, ['!'] = STOP, ['?'] = STOP, ['\''] = SINGLE, ['"'] = DOUBLE, ['['] = BRACKET, ['<'] = ANGLE,
    ['{'] = BRACE, ['`'] = TICK,
    [128] = EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT, EIGHT};
#undef EIGHT

/* How many bytes mean nothing in front of the first that does. */
static size_t plain(const char *p, const char *end)
{
    const char *const from = p;
    while (end - p >= 4) {
        if (meaning[(unsigned char)p[0]]) return (size_t)(p - from);
        if (meaning[(unsigned char)p[1]]) return (size_t)(p + 1 - from);
        if (meaning[(unsigned char)p[2]]) return (size_t)(p + 2 - from);
        if (meaning[(unsigned char)p[3]]) return (size_t)(p + 3 - from);
        p += 4;
    }
    while (p < end && !meaning[(unsigned char)*p]) p++;
    return (size_t)(p - from);
}

/* A mark at i that opens a quotation (facts.c), or a character that may be a letter of another alphabet than Latin, which ends
 * at U+024F. In general punctuation there is none. */
static void look_at_high(tkc_str t, size_t i, bool *open, bool *latin)
{
    const unsigned char c = (unsigned char)t.ptr[i], d = i + 1 < t.len ? (unsigned char)t.ptr[i + 1] : 0;
    const unsigned char e = i + 2 < t.len ? (unsigned char)t.ptr[i + 2] : 0;
    const bool punctuation = c == 0xe2 && d == 0x80;
    *open = *open || (punctuation && (e == 0x98 || e == 0x9c || e == 0x9e)) || (c == 0xc2 && d == 0xab) || c == 0xe3;
    *latin = *latin && (c < 0xc9 || punctuation);
}

/* From a cut to the next place for one: where that is and goes on; whether there is no letter of another alphabet between. */
static bool find_cut(tkc_fact_blocks *w, size_t from)
{
    const tkc_str t = w->text;
    bool latin = true, open = false;
    size_t hold = from, hold_line = from, end, i = from; /* no cut in a line before hold, and at its end before hold_line */
    for (;; i++) {
        i += plain(t.ptr + i, t.ptr + t.len);
        if (i >= t.len) break;
        end = i;
        switch (meaning[(unsigned char)t.ptr[i]]) {
        case NEWLINE:
            w->cut = i;
            w->next = line_behind(w, i, open || i < hold_line);
            if (w->next) return latin;
            if (i + 1 < t.len && t.ptr[i + 1] == '\n') open = false;
            break;
        case STOP:
            if (open || i < hold) break;
            w->cut = i + 1;
            w->next = sentence_behind(t, from, i);
            if (w->next) return latin;
            break;
        case SINGLE:
            if (i + 1 == t.len || (i > from && fact_is_alnum(t.ptr[i - 1])) || (unsigned char)t.ptr[i + 1] <= ' ') break;
            end = behind_single(w, i + 1);
            break;
        case DOUBLE:
            if (i + 1 < t.len && (unsigned char)t.ptr[i + 1] > ' ') end = hold_line = behind(t, i + 1, '"', FACT_AHEAD);
            break;
        case BRACKET: end = behind(t, i, ']', PLACEHOLDER); break;
        case ANGLE: end = behind(t, i, '>', PLACEHOLDER); break;
        case BRACE: end = behind(t, i, '}', PLACEHOLDER); break;
        case TICK: open = true; break;
        case HIGH: look_at_high(t, i, &open, &latin); break;
        default: break;
        }
        hold = end > hold ? end : hold;
    }
    w->cut = w->next = t.len;
    return latin;
}

bool fact_may_be_json(tkc_str t)
{
    size_t b = 0, end = t.len, next;
    while (b < end && tkc_is_space(t.ptr[b])) b++;
    while (end > b && tkc_is_space(t.ptr[end - 1])) end--;
    if (end - b < 2) return false;
    for (next = b + 1; tkc_is_space(t.ptr[next]); next++) {}
    if (t.ptr[b] == '{') return t.ptr[end - 1] == '}' && tkc_is_one_of(t.ptr[next], "\"}");
    return t.ptr[b] == '[' && t.ptr[end - 1] == ']' && (tkc_is_one_of(t.ptr[next], "\"{[]-tfn") || tkc_is_digit(t.ptr[next]));
}

/* Whether there is a run of three, as fences begin with. */
static bool has_three(tkc_str t, char c)
{
    const char *p = t.ptr, *const end = t.ptr + t.len;
    while (p < end && (p = memchr(p, c, (size_t)(end - p))) != NULL) {
        const char *const from = p;
        while (p < end && *p == c) p++;
        if (p - from >= 3) return true;
    }
    return false;
}

tkc_fact_blocks tkc_fact_blocks_of(tkc_str text)
{
    tkc_fact_blocks w = {.text = text, .cut = text.len, .next = text.len};
    size_t b = 0;
    while (b < text.len && tkc_is_space(text.ptr[b])) b++;
    w.brackets = b < text.len && tkc_is_one_of(text.ptr[b], "{[");
    if (fact_may_be_json(text) || has_three(text, '`') || has_three(text, '~')) return w;
    if (text.len > 2 && text.ptr[0] == '-' && text.ptr[1] == ' ' && is_word(text, 2)) w.at = 2;
    if (!find_cut(&w, w.at)) w.at = 0;
    return w;
}

bool tkc_fact_block_next(tkc_fact_blocks *w, size_t *begin, size_t *end)
{
    if (w->at >= w->text.len) return false;
    *begin = w->at;
    do {
        *end = w->cut;
        w->at = w->next;
    } while (w->at < w->text.len && !find_cut(w, w->at));
    return true;
}
