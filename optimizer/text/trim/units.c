/* units.c - the text read into units: what each says, where it stands, whether it may change. */
#include "optimizer/text/trim/trim_impl.h"
#include "optimizer/text/guard_known.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

bool tkc_trim_is_protected(const trim_work *w, size_t begin, size_t end)
{
    size_t lo = 0, hi = w->opt->n_protect;
    while (lo < hi) { /* the first range that ends behind begin */
        size_t mid = lo + (hi - lo) / 2;
        if (w->opt->protect[mid].end <= begin) lo = mid + 1;
        else hi = mid;
    }
    return lo < w->opt->n_protect && w->opt->protect[lo].begin < end;
}

tkc_status tkc_trim_describe(trim_work *w, trim_unit *u)
{
    tkc_str s;
    XXH64_hash_t h = 0;
    tkc_status st = tkc_trim_now(w, u, &w->now);
    w->list.n = 0;
    s = tkc_buf_str(&w->now);
    if (!st) st = tkc_terms_read(w->terms, s, &w->list, w->err);
    if (!st) st = tkc_facts_read(&w->facts, s, w->err);
    if (st) return st;
    if (!tkc_grow(w->alloc, &w->stem, &w->cap_stem, w->n_stem + w->list.n + 1, UINT32_MAX, sizeof *w->stem)) return tkc_nomem(w->err);
    u->first = (uint32_t)w->n_stem;
    for (size_t i = 0, x = 0; i < w->list.n; i++) {
        const tkc_term *t = &w->list.term[i];
        size_t y;
        while (x < w->facts.n && w->facts.fact[x].end <= t->begin) x++;
        for (y = x; y < w->facts.n && w->facts.fact[y].begin <= t->begin; y++)
            if (w->facts.fact[y].end > t->begin && tkc_guard_is_said_by_fact(&w->facts.fact[y])) break;
        if (y < w->facts.n && w->facts.fact[y].begin <= t->begin) continue;
        if (!t->is_stop) w->stem[w->n_stem++] = t->id;
    }
    u->n = (uint32_t)(w->n_stem - u->first);
    for (size_t i = 0; i < w->facts.n; i++) {
        tkc_fact_kind k = (tkc_fact_kind)w->facts.fact[i].kind;
        if (k >= TKC_FACT_NEGATION && k <= TKC_FACT_ORDER) u->rule = true;
        if (k != TKC_FACT_FOREIGN) h = XXH3_64bits_withSeed(&w->facts.fact[i].key, sizeof(uint64_t), h);
    }
    u->key = XXH3_64bits_withSeed(w->stem + u->first, u->n * sizeof *w->stem, h);
    return TKC_OK;
}

bool tkc_trim_points_back(tkc_str s)
{
    static const char *const words[] = {"this", "that", "these", "those", "it", "its", "they", "their", "such", "here", "he", "she", "then", "both", "the former", "the latter", "otherwise"};
    size_t i = 0;
    while (i < s.len && !tkc_is_word(s.ptr[i])) i++;
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        const size_t p = tkc_behind_phrase(s, i, words[k]);
        if (p > i && (p == s.len || !tkc_is_word(s.ptr[p]))) return true;
    }
    return false;
}

size_t tkc_trim_indent(const trim_work *w, size_t begin)
{
    size_t b = begin, n = 0;
    while (b > 0 && (w->text.ptr[b - 1] == ' ' || w->text.ptr[b - 1] == '\t')) {
        b--;
        n += w->text.ptr[b] == '\t' ? 4 : 1;
    }
    return b == 0 || w->text.ptr[b - 1] == '\n' ? n : 0;
}

size_t tkc_trim_item_mark(const trim_work *w, const trim_unit *u)
{
    size_t p = u->begin, q;
    if (u->kind != TKC_SENTENCE_ITEM) return p;
    q = p;
    while (q < u->end && !tkc_is_word(w->text.ptr[q]) && w->text.ptr[q] != ' ') q++;
    if (q == p) {
        while (q < u->end && tkc_is_word(w->text.ptr[q])) q++;
        while (q < u->end && (w->text.ptr[q] == '.' || w->text.ptr[q] == ')')) q++;
    } else if (w->text.ptr[q > u->begin ? q - 1 : q] == '*' && q - p > 1) return p; /* "**Note**": no mark */
    while (q < u->end && w->text.ptr[q] == ' ') q++;
    return q < u->end ? q : p;
}

tkc_status tkc_trim_read_units(trim_work *w)
{
    tkc_sentences walk = tkc_sentences_of(w->text);
    tkc_sentence one;
    uint32_t place = 0;
    bool inner = false;
    tkc_status st = TKC_OK;
    while (!st && tkc_sentence_next(&walk, &one)) {
        tkc_str s = {w->text.ptr + one.begin, one.end - one.begin};
        bool leads = s.ptr[s.len - 1] == ':';
        trim_unit *u;
        if (!tkc_grow(w->alloc, &w->unit, &w->cap_unit, w->n_unit + 1, UINT32_MAX / 2, sizeof *w->unit)) return tkc_nomem(w->err);
        u = &w->unit[w->n_unit++];
        if (one.is_line) inner = tkc_trim_indent(w, one.begin) > 0;
        place += one.kind == TKC_SENTENCE_HEADING || leads || (one.kind == TKC_SENTENCE_ITEM && !inner && w->n_unit > 1 && w->unit[w->n_unit - 2].bound);
        *u = (trim_unit){.begin = one.begin, .end = one.end, .kind = one.kind, .place = place, .bound = inner || tkc_trim_points_back(s)};
        u->fixed = (one.kind != TKC_SENTENCE_PROSE && one.kind != TKC_SENTENCE_ITEM) || tkc_trim_is_protected(w, u->begin, u->end);
        u->stays = leads || u->fixed;
        st = tkc_guard_hold(w->guard, s, w->err);
    }
    return st;
}
