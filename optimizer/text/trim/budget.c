/* budget.c - statements that go while the text is above its budget, the least telling first. */
#include "optimizer/text/trim/trim_impl.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>

/* Tokens of the text as it would be now. */
static tkc_status count_now(trim_work *w, size_t *tokens)
{
    size_t n = w->out->n_cut;
    tkc_trim_cut *copy = n ? tkc_alloc(w->alloc, n, sizeof *copy) : NULL;
    tkc_status st;
    if (n && !copy) return tkc_nomem(w->err);
    if (n) memcpy(copy, w->out->cut, n * sizeof *copy);
    tkc_buf_clear(&w->out->text);
    st = tkc_trim_apply(w, 0, w->text.len, copy, tkc_trim_settle(w, copy, n), &w->out->text);
    if (!st) st = tkc_count(w->enc, tkc_buf_str(&w->out->text), 0, tokens, w->err);
    tkc_free(w->alloc, copy, n, sizeof *copy);
    return st;
}

/* Does s have one of the words, which are in lower case? */
static bool has_word(tkc_str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < s.len;) {
        size_t b = i;
        while (i < s.len && tkc_is_word(s.ptr[i])) i++;
        for (size_t k = 0; i > b && k < n; k++) {
            size_t m = strlen(words[k]), j = 0;
            if (m != i - b) continue;
            while (j < m && tkc_ascii_lower(s.ptr[b + j]) == words[k][j]) j++;
            if (j == m) return true;
        }
        if (i == b) i++;
    }
    return false;
}

/* It addresses who reads it, speaks of the answer, counts or compares: what it asks for may be said
 * in words that no table has, so it is not cut for a budget. */
static bool may_be_a_rule(tkc_str s)
{
    static const char *const words[] = {
        "you", "your", "yours", "yourself", "response", "responses", "answer", "answers", "reply", "replies", "output", "outputs", "format",
        "style", "tone", "language", "essay", "letter", "paragraph", "word", "words", "one", "once", "first", "second", "third", "fourth", "fifth",
        "couple", "pair", "single", "quadruple", "more", "less", "fewer", "than", "equal", "equally", "same", "rest", "remaining", "total",
        "following", "above", "below", "other", "another", "as", "per", "left", "extra", "additional", "how", "what", "which", "who", "why"};
    return has_word(s, words, sizeof words / sizeof *words);
}

/* Lists what cutting u would lose: what the guard says, else u itself. */
static tkc_status refuse_rule(trim_work *w, const trim_unit *u)
{
    tkc_trim_cut c = {.begin = u->begin, .end = u->end, .why = TKC_TRIM_BUDGET, .put = {"", 0}};
    tkc_loss rule;
    tkc_status st = tkc_trim_now(w, u, &w->now);
    if (!st) st = tkc_guard_check(w->guard, tkc_buf_str(&w->now), c.put, &w->loss, w->err);
    if (st) return st;
    if (w->loss.n_refused) return tkc_trim_refuse(w, c, u, w->loss.loss);
    rule = (tkc_loss){.begin = 0, .end = w->now.len, .kind = TKC_FACT_ORDER};
    return tkc_trim_refuse(w, c, u, &rule);
}

/* The word at i in lower case, at most 15 letters; behind it and the blanks that follow. */
static size_t word_of(tkc_str s, size_t i, char w[16])
{
    size_t n = 0;
    while (i < s.len && (tkc_is_word(s.ptr[i]) || s.ptr[i] == '\'')) {
        if (n < 15) w[n++] = tkc_ascii_lower(s.ptr[i]);
        i++;
    }
    w[n] = 0;
    while (i < s.len && s.ptr[i] == ' ') i++;
    return i;
}

/* Surely no order and no bare heading, whatever its words: a pronoun acts ("She lost it"), a verb of
 * the third person stands in it ("The sky is blue"), or its second word is one and takes an object
 * ("Ann sells the car", but not "Embellish stories", "Include detailed notes"). */
static bool is_statement(tkc_str s)
{
    static const char *const actors[] = {"it", "he", "she", "they", "we", "i", "it's", "he's", "she's", "they're", "we're", "i'm", "i've", "there"};
    static const char *const begins[] = {"the", "a", "an", "his", "her", "their", "our", "my", "some", "many", "people", "most", "both", "several"};
    static const char *const verbs[] = {"is", "was", "are", "were", "has", "had", "went", "goes", "bought", "got", "said", "told", "lives", "looks",
                                        "sells", "buys", "likes", "wants", "works", "owns", "gets", "makes", "takes", "gives", "decides", "decided"};
    static const char *const objects[] = {"a", "an", "the", "his", "her", "their", "its", "some", "many"};
    char w[16], v[16], x[16];
    size_t n;
    bool verb = has_word(s, verbs, sizeof verbs / sizeof *verbs);
    word_of(s, word_of(s, word_of(s, 0, w), v), x);
    if (TRIM_AMONG(w, actors)) return v[0] != 0;
    if (TRIM_AMONG(w, begins)) return verb;
    n = strlen(v);
    if (s.len == 0 || !tkc_is_upper(s.ptr[0])) return false;
    if (TRIM_AMONG(v, verbs)) return true;
    if (n <= 3 || !((v[n - 1] == 's' && v[n - 2] != 's') || (v[n - 1] == 'd' && v[n - 2] == 'e'))) return false;
    return TRIM_AMONG(x, objects);
}

typedef struct choice {
    double worth;
    uint32_t unit;
} choice;

static int by_worth(const void *a, const void *b)
{
    const choice *x = a, *y = b;
    if (x->worth < y->worth || x->worth > y->worth) return x->worth < y->worth ? -1 : 1;
    return x->unit > y->unit ? -1 : x->unit < y->unit; /* of two equal ones the later goes */
}

tkc_status tkc_trim_to_budget(trim_work *w)
{
    size_t tokens = 0;
    size_t n = 0, n_term = tkc_terms_n(w->terms);
    uint32_t *count = tkc_alloc_zero(w->alloc, n_term + 1, sizeof *count);
    choice *c = tkc_alloc(w->alloc, w->n_unit + 1, sizeof *c);
    tkc_status st = count && c ? TKC_OK : tkc_nomem(w->err);
    bool done;
    for (size_t i = 0; i < w->n_stem && !st; i++) count[w->stem[i]]++;
    for (uint32_t i = 0; i < w->n_unit && !st; i++) {
        const trim_unit *u = &w->unit[i];
        double own = 0;
        if (!trim_may_go(u) || u->n < TRIM_LEAST_STEMS) continue; /* fewer: a part of the layout */
        for (size_t k = 0; k < u->n; k++) own += 1.0 / count[w->stem[u->first + k]];
        c[n++] = (choice){own / (u->n + 1), i};
    }
    if (!st) qsort(c, n, sizeof *c, by_worth);
    if (!st) st = count_now(w, &tokens);
    for (size_t i = 0; i < n && !st && tokens > w->opt->budget; i++) {
        trim_unit *u = &w->unit[c[i].unit];
        size_t own = 0;
        if ((may_be_a_rule(trim_span(w, u)) || !is_statement(trim_span(w, u))) && !(w->opt->waive & TKC_GUARD_BIT(TKC_FACT_ORDER))) {
            st = refuse_rule(w, u);
            continue;
        }
        st = tkc_trim_drop(w, u, TKC_TRIM_BUDGET, NULL, &done);
        if (!st && done) st = tkc_count(w->enc, (tkc_str){w->text.ptr + u->begin, u->end - u->begin}, 0, &own, w->err);
        tokens -= own < tokens ? own : tokens;
        if (!st && done && tokens <= w->opt->budget) st = count_now(w, &tokens); /* the parts' sum is only nearly it */
    }
    tkc_free(w->alloc, count, n_term + 1, sizeof *count);
    tkc_free(w->alloc, c, w->n_unit + 1, sizeof *c);
    return st;
}
