/* examples.c - "Example 3: ...": which units are samples, and those beyond the first few cut. */
#include "optimizer/text/trim/trim_impl.h"

/* "Example 3:", "### Example", "<example>", "**Example:**" at the beginning of a unit. */
static bool begins_example(tkc_str s)
{
    size_t b = 0, p;
    while (b < s.len && tkc_is_one_of(s.ptr[b], "#*_<- ")) b++;
    p = tkc_behind_phrase(s, b, "example");
    if (p == b) return false;
    if (p < s.len && s.ptr[p] == '>') return true;
    while (p < s.len && (s.ptr[p] == ' ' || tkc_is_digit(s.ptr[p]))) p++;
    return p == s.len || tkc_is_one_of(s.ptr[p], ":.)*-");
}

static bool ends_examples(tkc_str s)
{
    static const char tag[] = "</example>";
    return s.len >= sizeof tag - 1 && !memcmp(s.ptr, tag, sizeof tag - 1);
}

/* Cuts what of an example was found to go so far, if any was. */
static tkc_status cut_example(trim_work *w, size_t *begin, size_t end)
{
    const tkc_trim_cut c = {.begin = *begin, .end = end, .why = TKC_TRIM_EXAMPLE, .put = {"", 0}};
    *begin = SIZE_MAX;
    return c.begin < c.end ? tkc_trim_cut_add(w, c) : TKC_OK;
}

/* An example goes on to the next one, to its closing tag, or to the next heading. Its sentences are
 * samples, not instructions: nothing in it is a duplicate. */
tkc_status tkc_trim_examples(trim_work *w)
{
    size_t n = 0, begin = SIZE_MAX, last = 0; /* [begin, last) goes */
    bool in = false;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < w->n_unit && !st; i++) {
        trim_unit *u = &w->unit[i];
        const tkc_str s = trim_span(w, u);
        const bool opens = begins_example(s);
        if (in && (opens || u->kind == TKC_SENTENCE_HEADING)) {
            st = cut_example(w, &begin, last);
            in = false;
        }
        if (opens) {
            in = true;
            if (w->opt->keep_examples && ++n > w->opt->keep_examples) begin = u->begin;
        }
        if (!in) continue;
        u->example = true;
        if (begin != SIZE_MAX && tkc_trim_is_protected(w, u->begin, u->end)) {
            if (!st) st = cut_example(w, &begin, last); /* what came before it goes */
            continue;
        }
        if (begin != SIZE_MAX) {
            tkc_trim_gone(w, u);
            last = u->end;
            if (!st) st = tkc_guard_replace(w->guard, s, (tkc_str){"", 0}, w->err);
        }
        if (ends_examples(s)) {
            if (!st) st = cut_example(w, &begin, last);
            in = false;
        }
    }
    return st ? st : cut_example(w, &begin, last);
}
