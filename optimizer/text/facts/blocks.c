/*
 * blocks.c - where a text can be cut so that its blocks, read one by one, state what the whole does.
 *
 * A cut is at a blank line or in front of a list item ("- "). What facts.c knows at such a place is that a sentence begins; what
 * it looks at from there, backwards and ahead, stays in the block:
 *   - the line in front ends with a mark, so no word, number or phrase of the table goes on;
 *   - the block begins with a letter, so it is no JSON, code or placeholder;
 *   - a quotation or code may go on up to a blank line, so where there may be one only that is a cut;
 *   - a text with a fence (``` or ~~~) anywhere is one block, and so is one that may be JSON;
 *   - other alphabets make a fact of the whole clause, mark of the item and all: no cut in front of a block with such a letter.
 */
#include "optimizer/text/facts/facts_impl.h"
#include "vocab/base/ascii.h"

#include <string.h>

enum { LEAST = 1024 }; /* bytes: of shorter texts the blocks are not worth looking for */

/* Where the block behind the newline at i begins, if it is one; else 0. quotes: a quotation may go on to the next blank line. */
static size_t begin_behind(tkc_str t, size_t i, bool quotes)
{
    size_t b = i + 1;
    bool blank, item;
    if (i == 0 || !tkc_is_one_of(t.ptr[i - 1], ".!?:;")) return 0;
    while (b < t.len && t.ptr[b] == '\n') b++;
    blank = b > i + 1;
    item = b + 2 < t.len && t.ptr[b] == '-' && t.ptr[b + 1] == ' ';
    if (!blank && (!item || quotes)) return 0;
    b += item ? 2 : 0;
    return b < t.len && tkc_is_alpha(t.ptr[b]) ? b : 0;
}

static bool is_ascii(tkc_str t, size_t i, size_t end)
{
    unsigned char any = 0;
    for (; i < end; i++) any |= (unsigned char)t.ptr[i];
    return any < 0x80;
}

/* From a cut to the next place for one: where that is and goes on; whether all between is ASCII. */
static bool find_cut(tkc_fact_blocks *w, size_t from)
{
    const tkc_str t = w->text;
    bool ascii = true, quotes = false;
    while (from < t.len) {
        const char *nl = memchr(t.ptr + from, '\n', t.len - from);
        w->cut = nl ? (size_t)(nl - t.ptr) : t.len;
        ascii = is_ascii(t, from, w->cut) && ascii;
        quotes = quotes || !ascii || memchr(t.ptr + from, '"', w->cut - from) || memchr(t.ptr + from, '`', w->cut - from);
        if (!nl) break;
        w->next = begin_behind(t, w->cut, quotes);
        if (w->next) return ascii;
        from = w->cut + 1;
        if (from < t.len && t.ptr[from] == '\n') quotes = false;
    }
    w->cut = w->next = t.len;
    return ascii;
}

bool fact_may_be_json(tkc_str t)
{
    size_t b = 0, end = t.len;
    while (b < end && tkc_is_one_of(t.ptr[b], " \t\r\n")) b++;
    while (end > b && tkc_is_one_of(t.ptr[end - 1], " \t\r\n")) end--;
    return end - b >= 2 && ((t.ptr[b] == '{' && t.ptr[end - 1] == '}') || (t.ptr[b] == '[' && t.ptr[end - 1] == ']'));
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
    if (text.len >= LEAST && !fact_may_be_json(text) && !has_three(text, '`') && !has_three(text, '~')) find_cut(&w, 0);
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
