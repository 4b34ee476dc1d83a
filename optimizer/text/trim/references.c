/* references.c - "see section 7": words and sentences that point to a place which is not there. */
#include "optimizer/text/trim/trim_impl.h"

/* Each looks through everything. */
enum { MAX_REFERENCES = 64 };

/* The words of place stand at byte i of s, in any case. */
static bool stands_at(tkc_str s, size_t i, tkc_str place)
{
    if (s.len - i < place.len) return false;
    for (size_t k = 0; k < place.len; k++)
        if (tkc_ascii_lower(s.ptr[i + k]) != tkc_ascii_lower(place.ptr[k])) return false;
    return true;
}

/* A heading or a short lead-in has the place. */
static bool has_place(const trim_work *w, tkc_str place)
{
    for (size_t i = 0; i < w->n_unit; i++) {
        const tkc_str s = trim_span(w, &w->unit[i]);
        if (w->unit[i].kind != TKC_SENTENCE_HEADING && !(s.len < 100 && tkc_is_one_of(s.ptr[s.len - 1], ":*"))) continue;
        for (size_t p = 0; p + place.len <= s.len; p++)
            if (stands_at(s, p, place)) return true;
    }
    return false;
}

size_t tkc_trim_dead_parenthesis(const trim_work *w, const trim_unit *u, size_t i)
{
    static const char *const heads[] = {"(see the section ", "(see section ", "(see appendix ", "(see chapter ", "(as described in section ", "(refer to section "};
    const tkc_str s = trim_upto(w, u);
    if (s.ptr[i] != '(') return i;
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
        const size_t b = tkc_behind_phrase(s, i, heads[k]);
        size_t p = b;
        if (b == i) continue;
        while (p < s.len && p - i < 80 && s.ptr[p] != ')' && s.ptr[p] != '\n') p++;
        if (p == b || p == s.len || s.ptr[p] != ')') return i;
        return has_place(w, (tkc_str){s.ptr + b, p - b}) ? i : p + 1;
    }
    return i;
}

static bool is_number(tkc_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!tkc_is_digit(s.ptr[i])) return false;
    return s.len > 0 && s.len <= 4;
}

/* A number at byte p names a place where it begins a line or follows "section". */
static bool names_place(tkc_str s, size_t p)
{
    static const char *const nouns[] = {"section ", "chapter ", "appendix "};
    size_t b = p;
    for (size_t k = 0; k < sizeof nouns / sizeof *nouns; k++) {
        const size_t n = strlen(nouns[k]);
        if (p >= n && tkc_behind_phrase(s, p - n, nouns[k]) == p) return true;
    }
    while (b > 0 && tkc_is_one_of(s.ptr[b - 1], "# *-")) b--;
    return b == 0 || s.ptr[b - 1] == '\n';
}

/* Whether a text that is not this one may have the place. */
static bool stands_elsewhere(const trim_work *w, tkc_str place)
{
    const bool number = is_number(place);
    for (size_t i = 0; i < w->opt->n_elsewhere; i++) {
        const tkc_str s = w->opt->elsewhere[i];
        for (size_t p = 0; p + place.len <= s.len; p++)
            if (stands_at(s, p, place) && (!number || names_place(s, p))) return true;
    }
    return false;
}

static bool begins(tkc_str s, size_t i, const char *with)
{
    const size_t n = strlen(with);
    return s.len - i >= n && !memcmp(s.ptr + i, with, n);
}

/* "See section 7 for details.": behind the words that name the place; 0: the sentence is more than such a
 * reference, or the place is one of another document. */
static size_t reference_sentence(const trim_work *w, const trim_unit *u, tkc_str *place)
{
    static const char *const heads[] = {"see section ", "see the section ", "refer to section ", "refer to the section ", "see appendix ", "see chapter "};
    const size_t begin = tkc_trim_item_mark(w, u);
    tkc_str s = trim_upto(w, u);
    if (u->kind != TKC_SENTENCE_PROSE && u->kind != TKC_SENTENCE_ITEM) return 0;
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
        const size_t b = tkc_behind_phrase(s, begin, heads[k]);
        size_t words = 1, p;
        if (b == begin) continue;
        while (s.len > b && tkc_is_one_of(s.ptr[s.len - 1], ".! \n")) s.len--;
        for (p = b; p < s.len && !begins(s, p, " for ") && !begins(s, p, " below") && !begins(s, p, " above"); p++) {
            words += s.ptr[p] == ' ';
            if (tkc_is_one_of(s.ptr[p], ",;:()\n") || begins(s, p, " of ") || begins(s, p, " in ")) return 0;
        }
        *place = (tkc_str){s.ptr + b, p - b};
        while (place->len && tkc_is_one_of(*place->ptr, "\"'")) *place = (tkc_str){place->ptr + 1, place->len - 1};
        while (place->len && tkc_is_one_of(place->ptr[place->len - 1], "\"'")) place->len--;
        return place->len && words <= 4 ? p : 0;
    }
    return 0;
}

/* Whether the text has sections of its own, so that a place that is none of them is nowhere; a number may be the
 * n-th of them. Without sections it may be one of a document that another turn brings. */
static bool may_be_outside(const trim_work *w, tkc_str place)
{
    size_t n = 0, headings = 0;
    for (size_t i = 0; i < w->n_unit; i++) headings += w->unit[i].kind == TKC_SENTENCE_HEADING;
    if (headings < 2) return true;
    if (!is_number(place)) return false;
    for (size_t i = 0; i < place.len; i++) n = 10 * n + (size_t)(place.ptr[i] - '0');
    return n <= headings;
}

tkc_status tkc_trim_dead_reference(trim_work *w, trim_unit *u)
{
    tkc_str place;
    const size_t end = reference_sentence(w, u, &place);
    tkc_status st;
    if (!end || w->n_left <= 1 || w->n_reference == MAX_REFERENCES) return TKC_OK;
    w->n_reference++; /* each looks through everything */
    if (has_place(w, place) || may_be_outside(w, place) || stands_elsewhere(w, place)) return TKC_OK;
    st = tkc_trim_now(w, u, &w->now);
    if (!st) st = tkc_guard_check(w->guard, tkc_buf_str(&w->now), (tkc_str){"", 0}, &w->loss, w->err);
    for (size_t i = 0; !st && i < w->loss.n; i++)
        if (!w->loss.loss[i].waived && w->loss.loss[i].end > end - u->begin) return TKC_OK;
    if (!st) st = tkc_guard_replace(w->guard, tkc_buf_str(&w->now), (tkc_str){"", 0}, w->err);
    if (!st) st = tkc_trim_cut_add(w, (tkc_trim_cut){.begin = u->begin, .end = u->end, .why = TKC_TRIM_REFERENCE, .put = {"", 0}});
    if (!st) tkc_trim_gone(w, u);
    return st;
}
