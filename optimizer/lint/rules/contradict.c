/*
 * contradict.c - TC402 contradictory-instruction: pairs of instructions that exclude each other.
 *
 * Two constraints (constraints.h) of one kind about one thing from two sentences are compared; nothing is
 * inferred beyond that, but for sums ("three paragraphs of 60 words" against "150 words").
 */
#include "optimizer/lint/rules/constraints.h"

#include "optimizer/text/sentences.h"
#include "vocab/base/error.h"

enum { MAX_SENTENCES = 3000 };

typedef struct where {
    uint32_t seg, begin, end, request;
} where;

/* What is indented belongs to what stands above it: a case, an option of a program. Its opposite may stand under another. */
static bool is_indented(tkc_str t, size_t at)
{
    const size_t line = lint_line_begin(t, at);
    return line < at && (t.ptr[line] == ' ' || t.ptr[line] == '\t');
}

/* Are all words of b in a? b short. */
static bool holds_word(tkc_str a, tkc_str b)
{
    while (b.len && tkc_is_one_of(b.ptr[b.len - 1], ".,!?;: ")) b.len--;
    if (!b.len || b.len >= a.len) return false;
    for (size_t i = 0; i + b.len <= a.len; i++) {
        size_t k = 0;
        if (i && tkc_is_word((unsigned char)a.ptr[i - 1])) continue;
        while (k < b.len && tkc_ascii_lower(a.ptr[i + k]) == tkc_ascii_lower(b.ptr[k])) k++;
        if (k == b.len && (i + k == a.len || !tkc_is_word((unsigned char)a.ptr[i + k]))) return true;
    }
    return false;
}

static const char *compare(const constraint_reader *r, const constraint *a, const constraint *b, const where *w)
{
    const tkc_linter *l = r->l;
    switch (a->kind) {
    case CON_COUNT:
        if (b->kind != CON_COUNT) return NULL;
        if (a->what == b->what && a->object == b->object && a->scope == b->scope && (a->hi < b->lo || b->hi < a->lo)) return "number";
        return NULL;
    case CON_MUST:
    case CON_MUST_NOT: {
        const constraint *must = a->kind == CON_MUST ? a : b, *not = a->kind == CON_MUST ? b : a;
        tkc_str x, y;
        if (a->kind == b->kind || must->kind != CON_MUST || not->kind != CON_MUST_NOT) return NULL;
        if (not->scope && not->scope != must->scope) return NULL;
        x = (tkc_str){l->seg[w[must->sentence].seg].text.ptr + w[must->sentence].begin + must->q_begin, must->q_end - must->q_begin};
        y = (tkc_str){l->seg[w[not->sentence].seg].text.ptr + w[not->sentence].begin + not->q_begin, not->q_end - not->q_begin};
        return must->object == not->object || holds_word(x, y) ? "include and avoid" : NULL;
    }
    case CON_BEGIN:
    case CON_END: return b->kind == a->kind && a->scope == b->scope && a->object != b->object ? "how it begins or ends" : NULL;
    case CON_ONLY_LANGUAGE:
        if (b->kind == CON_ONLY_LANGUAGE || b->kind == CON_LANGUAGE) return a->what != b->what ? "language" : NULL;
        return NULL;
    case CON_LANGUAGE: return b->kind == CON_ONLY_LANGUAGE && a->what != b->what ? "language" : NULL;
    case CON_FORMAT: return b->kind == CON_FORMAT && a->what != b->what ? "format" : NULL;
    case CON_STYLE:
        if (b->kind != CON_STYLE || a->what != b->what || a->pole == b->pole || a->scope != b->scope) return NULL;
        return a->what >= 900 && a->what < 910 ? "format" : "style";
    case CON_PLACE: return b->kind == CON_PLACE && a->what == b->what && a->object == b->object && a->pole != b->pole ? "place of words" : NULL;
    case CON_PART: return b->kind == CON_PART && a->object == b->object && a->pole != b->pole && a->scope == b->scope ? "kind of word" : NULL;
    case CON_INCLUDE:
    case CON_EXCLUDE: {
        const constraint *yes = a->kind == CON_INCLUDE ? a : b, *no = a->kind == CON_INCLUDE ? b : a;
        size_t hit = 0;
        if (yes->kind != CON_INCLUDE || no->kind != CON_EXCLUDE || no->scope) return NULL;
        for (uint32_t i = 0; i < no->n_term; i++)
            for (uint32_t k = 0; k < yes->n_term; k++)
                if (no->term[i] == yes->term[k]) {
                    hit++;
                    break;
                }
        return hit == no->n_term && (no->n_term > 1 || yes->term[0] == no->term[0] || yes->n_term <= 3) ? "include and avoid" : NULL;
    }
    case CON_ORDER: return b->kind == CON_ORDER && a->object == b->object && a->pole != b->pole ? "an order and its opposite" : NULL;
    default: return NULL;
    }
}

/* "three paragraphs", "each paragraph at least 60 words", "150 words": sums. */
static const char *sums(const constraint_reader *r, size_t n, const constraint *each, const constraint *total, uint32_t *third)
{
    if (each->kind != CON_COUNT || total->kind != CON_COUNT || !each->each || total->scope || each->what != total->what || each->object || total->object) return NULL;
    for (size_t i = 0; i < n; i++) {
        const constraint *many = &r->found[i];
        if (many->kind != CON_COUNT || many->scope || many->term[1] != each->term[0] || many->object) continue;
        if (many->lo && each->lo && total->hi != UINT64_MAX && many->lo * each->lo > total->hi) return *third = many->sentence, "number";
        if (many->hi != UINT64_MAX && each->hi != UINT64_MAX && many->hi * each->hi < total->lo) return *third = many->sentence, "number";
    }
    return NULL;
}

static void report(tkc_linter *l, const where *w, uint32_t a, uint32_t b, const char *what)
{
    const where *first = &w[a < b ? a : b], *second = &w[a < b ? b : a];
    tkc_lint_place p = tkc_lint_place_of(l->src, lint_src(l, &l->seg[first->seg], first->begin));
    char q[TKC_QUOTE_SIZE];
    lint_report_in(l, TKC_TC402, &l->seg[second->seg], second->begin, second->end, "contradicts %u:%u (%s): %s", p.line, p.column, what,
                   tkc_quote(q, l->seg[first->seg].text.ptr + first->begin, first->end - first->begin));
}

void lint_rule_contradictions(tkc_linter *l)
{
    where *w;
    constraint_reader *r;
    uint8_t *told;
    size_t n = 0;
    if (!lint_on(l, TKC_TC402) || !l->terms) return;
    w = lint_mem(l, 11, MAX_SENTENCES, sizeof *w);
    r = w ? lint_mem(l, 12, 1, sizeof *r) : NULL;
    told = r ? lint_mem(l, 14, MAX_SENTENCES, 1) : NULL;
    if (!told) return;
    memset(told, 0, MAX_SENTENCES);
    r->l = l;
    r->n_found = 0;
    r->found = lint_mem(l, 13, MAX_CONSTRAINTS, sizeof *r->found);
    if (!r->found) return;
    for (size_t i = 0; i < l->n_seg && !l->st; i++) {
        const lint_seg *s = &l->seg[i];
        tkc_sentences walk = tkc_sentences_of(s->text);
        tkc_sentence one;
        if (s->flags & (LINT_SEG_DATA | LINT_SEG_SCHEMA | LINT_SEG_META | LINT_SEG_AGAIN) || s->role == TKC_ROLE_ASSISTANT || s->role == TKC_ROLE_TOOL ||
            s->request)
            continue;
        while (!l->st && n < MAX_SENTENCES && tkc_sentence_next(&walk, &one)) {
            if (one.kind != TKC_SENTENCE_PROSE && one.kind != TKC_SENTENCE_ITEM) continue;
            if (one.end - one.begin < 8 || one.end - one.begin > 1000) continue;
            if (s->n_code && lint_code_at(l, s, one.begin) && lint_code_at(l, s, one.begin)->is_fence) continue;
            w[n] = (where){(uint32_t)i, (uint32_t)one.begin, (uint32_t)one.end, s->request};
            lint_read_constraints(r, tkc_str_part(s->text, one.begin, one.end - one.begin), (uint32_t)n, is_indented(s->text, one.begin));
            n++;
        }
    }
    for (size_t i = 0; i < r->n_found && !l->st; i++)
        for (size_t k = 0; k < i; k++) {
            const constraint *a = &r->found[k], *b = &r->found[i];
            const char *what;
            uint32_t x = a->sentence, y = b->sentence, third;
            if (x == y) {
                if (a->kind != CON_COUNT || b->kind != CON_COUNT) continue;
                what = NULL;
            } else {
                what = compare(r, a, b, w);
            }
            if (!what) {
                what = sums(r, r->n_found, a, b, &third);
                if (!what) what = sums(r, r->n_found, b, a, &third);
                if (what && x == y) x = third;
            }
            if (!what || x == y || told[x > y ? x : y]) continue;
            told[x > y ? x : y] = 1;
            report(l, w, x, y, what);
        }
}
