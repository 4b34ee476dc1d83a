/*
 * trim.c - what a prompt says twice or says nothing with, found sentence by sentence.
 *
 * The text is a list of units (sentences.h). A unit's key is the sequence of its stems and the facts
 * that turn a rule around, so duplicates are equal keys: found by sorting. Near ones are compared
 * only with units that share one of their HANDLES stems of lowest hash, at most NEAR_TRIES of them. Every cut is
 * tried on the unit's text and asked of the guard, which holds the units one by one.
 */
#include "optimizer/text/trim.h"

#include "optimizer/text/sentences.h"
#include "optimizer/text/stem.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* SPECIFIC: stems that make a sentence mean the same under any heading. LEAST_STEMS: of a duplicate that
 * is no rule. HANDLES: two sentences that share four stems of five share one of them in 99 cases of 100. NEAR_STEMS: fewer are too few
 * to be "nearly" the same. SEQUENCE: longer sentences are compared by their beginning. */
enum { SPECIFIC = 4, LEAST_STEMS = 3, HANDLES = 3, NEAR_STEMS = 5, NEAR_TRIES = 40, SEQUENCE = 96, MAX_REFERENCES = 64 };

typedef struct unit {
    size_t begin, end;
    tkc_sentence_kind kind;
    uint32_t place; /* equal under the same heading, lead-in ("...:") and outer list item */
    uint32_t first, n; /* its stems, in order */
    size_t cut, n_cut; /* what was taken out of it, in out->cut */
    uint64_t key;
    bool rule;      /* holds a negation, modal, limit or order */
    bool gone;
    bool fixed;     /* protected, or of a kind that is not changed */
    bool stays;     /* the same, or it leads to what follows ("...:") */
    bool bound;     /* means what its place says: an inner list item, or it begins with "this" or "it" */
    bool example;
} unit;

typedef struct work {
    tkc_str text;
    const tkc_trim_options *opt;
    tkc_encoder *enc;
    const tkc_allocator *alloc;
    tkc_trimmed *out;
    tkc_error *err;
    tkc_guard *guard;
    tkc_losses loss;
    tkc_facts facts;
    tkc_terms *terms;
    tkc_term_list list;
    unit *unit;
    size_t n_unit, cap_unit;
    size_t n_reference; /* sentences looked at as dead references */
    uint32_t *stem;
    size_t n_stem, cap_stem;
    tkc_buf now, then; /* a unit's text with the cuts so far, and with one more */
} work;

const char *tkc_trim_why_name(tkc_trim_why why)
{
    static const char *const names[TKC_N_TRIM] = {"duplicate", "near-duplicate", "filler", "politeness", "dead reference", "example", "budget"};
    return (unsigned)why < TKC_N_TRIM ? names[why] : "?";
}

void tkc_trimmed_init(tkc_trimmed *t, const tkc_allocator *alloc)
{
    *t = (tkc_trimmed){.alloc = tkc_allocator_or_default(alloc)};
    tkc_buf_init(&t->text, SIZE_MAX / 2, alloc);
}

void tkc_trimmed_release(tkc_trimmed *t)
{
    tkc_buf_release(&t->text);
    tkc_free(t->alloc, t->cut, t->cap_cut, sizeof *t->cut);
    tkc_free(t->alloc, t->refusal, t->cap_refusal, sizeof *t->refusal);
    tkc_trimmed_init(t, t->alloc);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || (c & 0x80);
}

static bool is_protected(const work *w, size_t begin, size_t end)
{
    size_t lo = 0, hi = w->opt->n_protect;
    while (lo < hi) { /* the first range that ends behind begin */
        size_t mid = lo + (hi - lo) / 2;
        if (w->opt->protect[mid].end <= begin) lo = mid + 1;
        else hi = mid;
    }
    return lo < w->opt->n_protect && w->opt->protect[lo].begin < end;
}

/* --- cuts -------------------------------------------------------------------------------------- */

static int by_begin(const void *a, const void *b)
{
    const tkc_trim_cut *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end > y->end ? -1 : x->end < y->end; /* a whole sentence before a piece of it */
}

static tkc_status add_cut(work *w, tkc_trim_cut c)
{
    tkc_trimmed *o = w->out;
    if (!tkc_grow(o->alloc, &o->cut, &o->cap_cut, o->n_cut + 1, SIZE_MAX / 128, sizeof *o->cut)) return tkc_nomem(w->err);
    o->cut[o->n_cut++] = c;
    return TKC_OK;
}

/* The byte of the text that byte i of the unit's current text came from. */
static size_t source_of(const work *w, const unit *u, size_t i)
{
    size_t at = u->begin;
    for (size_t k = 0; k < u->n_cut; k++) {
        const tkc_trim_cut *c = &w->out->cut[u->cut + k];
        if (i < c->begin - at) break;
        i -= c->begin - at;
        if (i < c->put.len) return c->begin;
        i -= c->put.len;
        at = c->end;
    }
    return at + i;
}

static tkc_status add_refusal(work *w, tkc_trim_cut c, const unit *u, const tkc_loss *l)
{
    tkc_trimmed *o = w->out;
    while (l->waived) l++;
    if (!tkc_grow(o->alloc, &o->refusal, &o->cap_refusal, o->n_refusal + 1, SIZE_MAX / 128, sizeof *o->refusal)) return tkc_nomem(w->err);
    o->refusal[o->n_refusal++] = (tkc_trim_refusal){c.begin, c.end, source_of(w, u, l->begin), source_of(w, u, l->end), l->kind, c.why};
    return TKC_OK;
}

/* The text of [begin, end) with the cuts [first, n_cut) of out, which lie in it and are in order. */
static tkc_status apply(work *w, size_t begin, size_t end, const tkc_trim_cut *cut, size_t n, tkc_buf *out)
{
    size_t at = begin;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < n && !st; i++) {
        st = tkc_buf_append(out, w->text.ptr + at, cut[i].begin - at, w->err);
        if (!st) st = tkc_buf_append(out, cut[i].put.ptr, cut[i].put.len, w->err);
        at = cut[i].end;
    }
    if (st || at == end) return st; /* an empty text may have no address */
    return tkc_buf_append(out, w->text.ptr + at, end - at, w->err);
}

static tkc_status current(work *w, const unit *u, tkc_buf *out)
{
    tkc_buf_clear(out);
    return apply(w, u->begin, u->end, u->n_cut ? w->out->cut + u->cut : NULL, u->n_cut, out);
}

/* Takes the whole unit out if the guard has all it states elsewhere. */
static tkc_status drop(work *w, unit *u, tkc_trim_why why, const unit *kept, bool *done)
{
    tkc_trim_cut c = {.begin = u->begin, .end = u->end, .why = why, .put = {"", 0}};
    tkc_str removed;
    tkc_status st;
    *done = false;
    st = current(w, u, &w->now);
    if (st) return st;
    removed = tkc_buf_str(&w->now);
    if (kept) {
        c.kept_begin = kept->begin;
        c.kept_end = kept->end;
    }
    st = tkc_guard_check(w->guard, removed, c.put, &w->loss, w->err);
    if (st) return st;
    if (w->loss.n_refused) return add_refusal(w, c, u, w->loss.loss);
    st = tkc_guard_replace(w->guard, removed, c.put, w->err);
    if (!st) st = add_cut(w, c);
    if (st) return st;
    u->gone = *done = true;
    return TKC_OK;
}

/* --- reading ------------------------------------------------------------------------------------ */

static tkc_status describe(work *w, unit *u)
{
    tkc_str s;
    XXH64_hash_t h = 0;
    tkc_status st = current(w, u, &w->now);
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

static tkc_str span_of(const work *w, const unit *u)
{
    return (tkc_str){w->text.ptr + u->begin, u->end - u->begin};
}

/* "This method", "It", "They": about what stands in front of it. */
static bool points_back(tkc_str s)
{
    static const char *const words[] = {"this", "that", "these", "those", "it", "its", "they", "their", "such", "here", "he", "she", "then", "both", "the former", "the latter", "otherwise"};
    size_t i = 0;
    while (i < s.len && !is_word(s.ptr[i])) i++;
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        size_t n = strlen(words[k]), j = 0;
        while (j < n && i + j < s.len && lower(s.ptr[i + j]) == words[k][j]) j++;
        if (j == n && (i + j == s.len || !is_word(s.ptr[i + j]))) return true;
    }
    return false;
}

static size_t indent_of(const work *w, size_t begin)
{
    size_t b = begin, n = 0;
    while (b > 0 && (w->text.ptr[b - 1] == ' ' || w->text.ptr[b - 1] == '\t')) {
        b--;
        n += w->text.ptr[b] == '\t' ? 4 : 1;
    }
    return b == 0 || w->text.ptr[b - 1] == '\n' ? n : 0;
}

static tkc_status read_units(work *w)
{
    tkc_sentences walk = tkc_sentences_of(w->text);
    tkc_sentence one;
    uint32_t place = 0;
    bool inner = false;
    tkc_status st = TKC_OK;
    while (!st && tkc_sentence_next(&walk, &one)) {
        tkc_str s = {w->text.ptr + one.begin, one.end - one.begin};
        bool leads = s.ptr[s.len - 1] == ':';
        unit *u;
        if (!tkc_grow(w->alloc, &w->unit, &w->cap_unit, w->n_unit + 1, UINT32_MAX / 2, sizeof *w->unit)) return tkc_nomem(w->err);
        u = &w->unit[w->n_unit++];
        if (one.is_line) inner = indent_of(w, one.begin) > 0;
        place += one.kind == TKC_SENTENCE_HEADING || leads || (one.kind == TKC_SENTENCE_ITEM && !inner && w->n_unit > 1 && w->unit[w->n_unit - 2].bound);
        *u = (unit){.begin = one.begin, .end = one.end, .kind = one.kind, .place = place, .bound = inner || points_back(s)};
        u->fixed = (one.kind != TKC_SENTENCE_PROSE && one.kind != TKC_SENTENCE_ITEM) || is_protected(w, u->begin, u->end);
        u->stays = leads || u->fixed;
        st = tkc_guard_hold(w->guard, s, w->err);
    }
    return st;
}

/* --- examples ----------------------------------------------------------------------------------- */

/* "Example 3:", "### Example", "<example>", "**Example:**" at the beginning of a unit. */
static bool begins_example(const work *w, const unit *u)
{
    static const char word[] = "example";
    size_t p = u->begin, k = 0;
    while (p < u->end && strchr("#*_<- ", w->text.ptr[p])) p++;
    while (k < 7 && p + k < u->end && lower(w->text.ptr[p + k]) == word[k]) k++;
    if (k < 7) return false;
    p += k;
    if (p < u->end && w->text.ptr[p] == '>') return true;
    while (p < u->end && (w->text.ptr[p] == ' ' || (w->text.ptr[p] >= '0' && w->text.ptr[p] <= '9'))) p++;
    return p >= u->end || strchr(":.)*-", w->text.ptr[p]) != NULL;
}

static bool ends_examples(const work *w, const unit *u)
{
    static const char tag[] = "</example>";
    return u->end - u->begin >= 10 && !memcmp(w->text.ptr + u->begin, tag, 10);
}

/* An example goes on to the next one, to its closing tag, or to the next heading. Its sentences are
 * samples, not instructions: nothing in it is a duplicate. */
static tkc_status examples(work *w)
{
    size_t n = 0, begin = SIZE_MAX, last = 0;
    bool in = false;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i <= w->n_unit && !st; i++) {
        bool opens = i < w->n_unit && begins_example(w, &w->unit[i]);
        bool ends = i == w->n_unit || (in && !opens && w->unit[i].kind == TKC_SENTENCE_HEADING);
        if (in && (opens || ends)) {
            if (begin != SIZE_MAX) st = add_cut(w, (tkc_trim_cut){.begin = begin, .end = last, .why = TKC_TRIM_EXAMPLE, .put = {"", 0}});
            begin = SIZE_MAX;
            in = false;
        }
        if (i == w->n_unit || st) break;
        if (opens) {
            n++;
            in = true;
            if (w->opt->keep_examples && n > w->opt->keep_examples) begin = w->unit[i].begin;
        }
        if (!in) continue;
        w->unit[i].example = true;
        if (begin != SIZE_MAX) {
            if (is_protected(w, w->unit[i].begin, w->unit[i].end)) { /* what came before it goes */
                if (last > begin) st = add_cut(w, (tkc_trim_cut){.begin = begin, .end = last, .why = TKC_TRIM_EXAMPLE, .put = {"", 0}});
                begin = SIZE_MAX;
                continue;
            }
            w->unit[i].gone = true;
            last = w->unit[i].end;
            st = st ? st : tkc_guard_replace(w->guard, (tkc_str){w->text.ptr + w->unit[i].begin, w->unit[i].end - w->unit[i].begin}, (tkc_str){"", 0}, w->err);
        }
        if (ends_examples(w, &w->unit[i])) {
            if (begin != SIZE_MAX && !st) st = add_cut(w, (tkc_trim_cut){.begin = begin, .end = last, .why = TKC_TRIM_EXAMPLE, .put = {"", 0}});
            begin = SIZE_MAX;
            in = false;
        }
    }
    return st;
}

/* --- filler ------------------------------------------------------------------------------------- */

enum { AT_START = 1, ANYWHERE = 2, AT_END = 3 };

static const struct {
    const char *phrase, *put;
    int where;
} fillers[] = {
    {"please be advised that", "", AT_START}, {"please be aware that", "", AT_START}, {"please keep in mind that", "", AT_START},
    {"please bear in mind that", "", AT_START}, {"please note that", "", AT_START}, {"please remember that", "", AT_START},
    {"please", "", AT_START}, {"kindly", "", AT_START}, {"it is important to note that", "", AT_START},
    {"it's important to note that", "", AT_START}, {"it is important to remember that", "", AT_START},
    {"it should be noted that", "", AT_START}, {"it is worth noting that", "", AT_START}, {"it's worth noting that", "", AT_START},
    {"it is worth mentioning that", "", AT_START}, {"it goes without saying that", "", AT_START}, {"needless to say", "", AT_START},
    {"note that", "", AT_START}, {"keep in mind that", "", AT_START}, {"bear in mind that", "", AT_START}, {"be aware that", "", AT_START},
    {"remember that", "", AT_START}, {"as you know", "", AT_START}, {"for your information", "", AT_START},
    {"i would like you to", "", AT_START}, {"i'd like you to", "", AT_START}, {"i want you to", "", AT_START}, {"i need you to", "", AT_START},
    {"in order to", "to", ANYWHERE}, {"due to the fact that", "because", ANYWHERE}, {"at this point in time", "now", ANYWHERE},
    {"as a matter of fact", "", AT_START}, {"please", "", AT_END}, {"thank you", "", AT_END}, {"thanks", "", AT_END},
};

/* Behind the phrase at i, words apart by single blanks; i: it is not there. */
static size_t phrase_at(const work *w, size_t i, size_t end, const char *p)
{
    size_t at = i;
    for (; *p; p++, at++)
        if (at >= end || lower(w->text.ptr[at]) != *p) return i;
    return at < end && is_word(w->text.ptr[at]) ? i : at;
}

static bool may_go(const unit *u)
{
    return !u->gone && !u->stays && !u->example;
}

static size_t item_mark(const work *w, const unit *u)
{
    size_t p = u->begin, q;
    if (u->kind != TKC_SENTENCE_ITEM) return p;
    q = p;
    while (q < u->end && !is_word(w->text.ptr[q]) && w->text.ptr[q] != ' ') q++;
    if (q == p) {
        while (q < u->end && is_word(w->text.ptr[q])) q++;
        while (q < u->end && (w->text.ptr[q] == '.' || w->text.ptr[q] == ')')) q++;
    } else if (w->text.ptr[q > u->begin ? q - 1 : q] == '*' && q - p > 1) return p; /* "**Note**": no mark */
    while (q < u->end && w->text.ptr[q] == ' ') q++;
    return q < u->end ? q : p;
}

/* A letter as a capital; static. */
static tkc_str capital(char c)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return (tkc_str){letters + (c - 'a'), 1};
}

/* "(see section 4)", "(see Formatting)" at i: behind it, and the words that name the place. */
static size_t reference_at(const work *w, size_t i, size_t end, tkc_str *place)
{
    static const char *const heads[] = {"(see the section ", "(see section ", "(see appendix ", "(see chapter ", "(as described in section ", "(refer to section "};
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
        size_t n = strlen(heads[k]), j = 0, p;
        while (j < n && i + j < end && lower(w->text.ptr[i + j]) == heads[k][j]) j++;
        if (j < n) continue;
        for (p = i + n; p < end && p - i < 80 && w->text.ptr[p] != ')' && w->text.ptr[p] != '\n'; p++) continue;
        if (p >= end || w->text.ptr[p] != ')') return i;
        *place = (tkc_str){w->text.ptr + i + n, p - i - n};
        return p + 1;
    }
    return i;
}

static bool has_place(const work *w, tkc_str place)
{
    for (size_t i = 0; i < w->n_unit; i++) {
        const unit *u = &w->unit[i];
        if (u->kind != TKC_SENTENCE_HEADING && !(u->end - u->begin < 100 && (w->text.ptr[u->end - 1] == ':' || w->text.ptr[u->end - 1] == '*'))) continue;
        for (size_t p = u->begin; p + place.len <= u->end; p++) {
            size_t j = 0;
            while (j < place.len && lower(w->text.ptr[p + j]) == lower(place.ptr[j])) j++;
            if (j == place.len) return true;
        }
    }
    return false;
}

static bool is_number(tkc_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
    return s.len > 0 && s.len <= 4;
}

/* A number at byte p names a place where it begins a line or follows "section". */
static bool names_place(tkc_str s, size_t p)
{
    static const char *const nouns[] = {"section ", "chapter ", "appendix "};
    size_t b = p;
    for (size_t k = 0; k < sizeof nouns / sizeof *nouns; k++) {
        const size_t n = strlen(nouns[k]);
        size_t j = 0;
        while (p >= n && j < n && lower(s.ptr[p - n + j]) == nouns[k][j]) j++;
        if (j == n) return true;
    }
    while (b > 0 && strchr("# *-", s.ptr[b - 1]) && s.ptr[b - 1]) b--;
    return b == 0 || s.ptr[b - 1] == '\n';
}

/* Whether a text that is not this one may have the place. */
static bool stands_elsewhere(const work *w, tkc_str place)
{
    const bool number = is_number(place);
    for (size_t i = 0; i < w->opt->n_elsewhere; i++) {
        const tkc_str s = w->opt->elsewhere[i];
        for (size_t p = 0; p + place.len <= s.len; p++) {
            size_t j = 0;
            while (j < place.len && lower(s.ptr[p + j]) == lower(place.ptr[j])) j++;
            if (j == place.len && (!number || names_place(s, p))) return true;
        }
    }
    return false;
}

/* "See section 7 for details.": behind the words that name the place; 0: the sentence is more than such a
 * reference, or the place is one of another document. */
static size_t reference_sentence(const work *w, const unit *u, tkc_str *place)
{
    static const char *const heads[] = {"see section ", "see the section ", "refer to section ", "refer to the section ", "see appendix ", "see chapter "};
    static const char *const ends[] = {" for ", " below", " above"};
    const size_t begin = item_mark(w, u);
    if (u->kind != TKC_SENTENCE_PROSE && u->kind != TKC_SENTENCE_ITEM) return 0;
    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
        const size_t n = strlen(heads[k]);
        size_t j = 0, words = 1, p, end = u->end;
        while (j < n && begin + j < u->end && lower(w->text.ptr[begin + j]) == heads[k][j]) j++;
        if (j < n) continue;
        while (end > begin + n && strchr(".! \n", w->text.ptr[end - 1])) end--;
        for (p = begin + n; p < end; p++) {
            const char c = w->text.ptr[p];
            bool over = false;
            for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) over = over || (end - p >= strlen(ends[e]) && !memcmp(w->text.ptr + p, ends[e], strlen(ends[e])));
            if (over) break;
            words += c == ' ';
            if (strchr(",;:()\n", c) || (c == ' ' && end - p > 4 && (!memcmp(w->text.ptr + p, " of ", 4) || !memcmp(w->text.ptr + p, " in ", 4)))) return 0;
        }
        *place = (tkc_str){w->text.ptr + begin + n, p - begin - n};
        while (place->len && strchr("\"'", *place->ptr)) *place = (tkc_str){place->ptr + 1, place->len - 1};
        while (place->len && strchr("\"'", place->ptr[place->len - 1])) place->len--;
        return place->len && words <= 4 ? p : 0;
    }
    return 0;
}

/* Whether the text has sections of its own, so that a place that is none of them is nowhere; a number may be the
 * n-th of them. Without sections it may be one of a document that another turn brings. */
static bool may_be_outside(const work *w, tkc_str place)
{
    size_t n = 0, headings = 0;
    for (size_t i = 0; i < w->n_unit; i++) headings += w->unit[i].kind == TKC_SENTENCE_HEADING;
    if (headings < 2) return true;
    if (!is_number(place)) return false;
    for (size_t i = 0; i < place.len; i++) n = 10 * n + (size_t)(place.ptr[i] - '0');
    return n <= headings;
}

/* A sentence that only points to a place which is not there goes; of its facts those that name the place may go with it. */
static tkc_status dead_reference(work *w, unit *u)
{
    tkc_str place;
    const size_t end = reference_sentence(w, u, &place);
    tkc_status st;
    if (!end || w->n_reference == MAX_REFERENCES) return TKC_OK;
    w->n_reference++; /* each looks through everything */
    if (has_place(w, place) || may_be_outside(w, place) || stands_elsewhere(w, place)) return TKC_OK;
    st = current(w, u, &w->now);
    if (!st) st = tkc_guard_check(w->guard, tkc_buf_str(&w->now), (tkc_str){"", 0}, &w->loss, w->err);
    for (size_t i = 0; !st && i < w->loss.n; i++)
        if (!w->loss.loss[i].waived && w->loss.loss[i].end > end - u->begin) return TKC_OK;
    if (!st) st = tkc_guard_replace(w->guard, tkc_buf_str(&w->now), (tkc_str){"", 0}, w->err);
    if (!st) st = add_cut(w, (tkc_trim_cut){.begin = u->begin, .end = u->end, .why = TKC_TRIM_REFERENCE, .put = {"", 0}});
    u->gone = !st;
    return st;
}

/* Behind a phrase that may open a sentence, and the blanks after it; i: there is none, or nothing
 * comes after it. */
static size_t opener_at(const work *w, const unit *u, size_t i)
{
    size_t best = i;
    for (size_t k = 0; k < sizeof fillers / sizeof *fillers; k++) {
        size_t p;
        if (fillers[k].where != AT_START || lower(w->text.ptr[i]) != *fillers[k].phrase) continue;
        p = phrase_at(w, i, u->end, fillers[k].phrase);
        if (p == i) continue;
        while (p < u->end && strchr(" ,\n", w->text.ptr[p])) p++;
        if (p < u->end && is_word(w->text.ptr[p]) && p > best) best = p;
    }
    return best;
}

static tkc_str capital_form(tkc_str put)
{
    static const tkc_str forms[] = {{"To", 2}, {"Because", 7}, {"Now", 3}};
    for (size_t f = 0; f < 3; f++)
        if (put.len == forms[f].len && lower(forms[f].ptr[0]) == put.ptr[0]) return forms[f];
    return put;
}

/* A short form, or a polite end, at byte i; false: none. */
static bool piece_at(const work *w, const unit *u, size_t start, size_t i, tkc_trim_cut *c)
{
    for (size_t k = 0; k < sizeof fillers / sizeof *fillers; k++) {
        size_t p, b = i;
        if (fillers[k].where == AT_START || lower(w->text.ptr[i]) != *fillers[k].phrase) continue;
        p = phrase_at(w, i, u->end, fillers[k].phrase);
        if (p == i) continue;
        if (fillers[k].where == AT_END) { /* ", please." */
            while (b > start && w->text.ptr[b - 1] == ' ') b--;
            if (b <= start + 1 || w->text.ptr[b - 1] != ',') continue;
            if (p < u->end && !(strchr(".!?", w->text.ptr[p]) && p + 1 == u->end)) continue;
            b--;
        }
        *c = (tkc_trim_cut){.begin = b, .end = p, .why = TKC_TRIM_FILLER, .put = {fillers[k].put, strlen(fillers[k].put)}};
        if (i == start && w->text.ptr[i] >= 'A' && w->text.ptr[i] <= 'Z') c->put = capital_form(c->put);
        return true;
    }
    return false;
}

/* Makes the last n cuts of out those of u if the guard agrees; else takes them back. */
static tkc_status agree(work *w, unit *u, size_t n, bool *done)
{
    tkc_trim_cut c = w->out->cut[w->out->n_cut - 1];
    size_t before = u->n_cut;
    tkc_status st = current(w, u, &w->now);
    tkc_buf_clear(&w->then);
    if (!st) st = apply(w, u->begin, u->end, w->out->cut + u->cut, before + n, &w->then);
    if (!st) st = tkc_guard_check(w->guard, tkc_buf_str(&w->now), tkc_buf_str(&w->then), &w->loss, w->err);
    *done = !st && w->loss.n_refused == 0;
    if (*done) {
        u->n_cut += n;
        return tkc_guard_replace(w->guard, tkc_buf_str(&w->now), tkc_buf_str(&w->then), w->err);
    }
    w->out->n_cut -= n;
    return st ? st : add_refusal(w, c, u, w->loss.loss);
}

static tkc_status filler(work *w, unit *u)
{
    size_t first = item_mark(w, u), start = first, p;
    tkc_trim_cut c, piece;
    tkc_status st = TKC_OK;
    bool done;
    u->cut = w->out->n_cut;
    while ((p = opener_at(w, u, start)) > start) start = p;
    if (start > first) {
        c = (tkc_trim_cut){.begin = first, .end = start, .why = TKC_TRIM_FILLER, .put = {"", 0}};
        if (piece_at(w, u, start, start, &piece) && piece.put.len) { /* "Note that, in order to": both */
            start = c.end = piece.end;
            c.put = w->text.ptr[first] >= 'A' && w->text.ptr[first] <= 'Z' ? capital_form(piece.put) : piece.put;
        } else if (w->text.ptr[first] >= 'A' && w->text.ptr[first] <= 'Z' && w->text.ptr[start] >= 'a' && w->text.ptr[start] <= 'z') {
            c.put = capital(w->text.ptr[start]);
            c.end++;
        }
        st = add_cut(w, c);
        if (!st) st = agree(w, u, 1, &done);
        if (st) return st;
    }
    for (size_t i = start; i < u->end && !st; i++) {
        tkc_str place;
        size_t b = i;
        if (w->text.ptr[i] == '(' && (p = reference_at(w, i, u->end, &place)) > i && place.len && !has_place(w, place)) {
            /* it leads nowhere: what it names is no fact, so the guard is not asked */
            while (b > start && w->text.ptr[b - 1] == ' ') b--;
            st = current(w, u, &w->now);
            if (!st) st = add_cut(w, (tkc_trim_cut){.begin = b, .end = p, .why = TKC_TRIM_REFERENCE, .put = {"", 0}});
            u->n_cut += !st;
            if (!st) st = current(w, u, &w->then);
            if (!st) st = tkc_guard_replace(w->guard, tkc_buf_str(&w->now), tkc_buf_str(&w->then), w->err);
            i = p - 1;
            continue;
        }
        if ((i > u->begin && is_word(w->text.ptr[i - 1])) || !piece_at(w, u, start, i, &c)) continue;
        if (u->n_cut && c.begin < w->out->cut[u->cut + u->n_cut - 1].end) continue;
        st = add_cut(w, c);
        if (!st) st = agree(w, u, 1, &done);
        i = c.end - 1;
    }
    return st;
}

/* --- politeness ---------------------------------------------------------------------------------- */

static bool is_polite(const work *w, const unit *u)
{
    static const char *const words[] = {"thank", "thanks", "you", "your", "for", "help", "in", "advance", "so", "much", "very", "hello", "hi", "hey",
                                        "there", "dear", "good", "luck", "morning", "day", "appreciate", "i", "we", "it", "the", "my", "have", "a", "great",
                                        "nice", "cheers", "best", "regards", "welcome", "sincerely", "kind", "greetings", "assistant", "and", "time", "effort",
                                        "really", "this", "friend", "all", "again", "support"};
    static const char *const marks[] = {"thank", "thanks", "hello", "hi", "hey", "luck", "appreciate", "regards", "cheers", "greetings", "sincerely"};
    size_t n = 0;
    bool marked = false;
    for (size_t i = u->begin; i < u->end;) {
        char v[16];
        size_t m = 0, k;
        if (!is_word(w->text.ptr[i])) {
            if (!strchr(" .,!-\n", w->text.ptr[i])) return false;
            i++;
            continue;
        }
        while (i < u->end && is_word(w->text.ptr[i])) {
            if (m == sizeof v - 1) return false;
            v[m++] = lower(w->text.ptr[i++]);
        }
        v[m] = 0;
        for (k = 0; k < sizeof words / sizeof *words && strcmp(v, words[k]); k++) continue;
        if (k == sizeof words / sizeof *words) {
            for (k = 0; k < sizeof marks / sizeof *marks && strcmp(v, marks[k]); k++) continue;
            if (k == sizeof marks / sizeof *marks) return false;
        }
        for (k = 0; k < sizeof marks / sizeof *marks; k++) marked = marked || !strcmp(v, marks[k]);
        n++;
    }
    return marked && n <= 16;
}

/* --- duplicates ----------------------------------------------------------------------------------- */

typedef struct key_of {
    uint64_t key;
    uint32_t unit;
} key_of;

static int by_key(const void *a, const void *b)
{
    const key_of *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->unit < y->unit ? -1 : x->unit > y->unit;
}

/* The same place: under the same heading, or so specific that the place does not matter. */
static bool same_place(const unit *a, const unit *b, size_t stems)
{
    return a->place == b->place || (stems >= SPECIFIC && !a->bound && !b->bound);
}

static tkc_status duplicates(work *w)
{
    key_of *k = w->n_unit ? tkc_alloc(w->alloc, w->n_unit, sizeof *k) : NULL;
    tkc_status st = TKC_OK;
    bool done;
    if (w->n_unit && !k) return tkc_nomem(w->err);
    for (uint32_t i = 0; i < w->n_unit; i++) k[i] = (key_of){w->unit[i].key, i};
    if (w->n_unit) qsort(k, w->n_unit, sizeof *k, by_key);
    for (size_t i = 1, first = 0; i < w->n_unit && !st; i++) {
        const unit *a;
        unit *b = &w->unit[k[i].unit];
        if (k[i].key != k[first].key || w->unit[k[first].unit].gone || w->unit[k[first].unit].example) {
            first = i;
            continue;
        }
        a = &w->unit[k[first].unit];
        if (!may_go(b) || points_back(span_of(w, b)) || b->n < (b->rule ? 1 : LEAST_STEMS) || a->kind == TKC_SENTENCE_HEADING || !same_place(a, b, b->n)) continue;
        st = drop(w, b, TKC_TRIM_DUPLICATE, a, &done);
    }
    tkc_free(w->alloc, k, w->n_unit, sizeof *k);
    return st;
}

/* The longest common subsequence of the stems of a and b, at most SEQUENCE of each. */
static size_t common(const work *w, const unit *a, const unit *b)
{
    uint16_t row[SEQUENCE + 1] = {0};
    size_t na = a->n < SEQUENCE ? a->n : SEQUENCE, nb = b->n < SEQUENCE ? b->n : SEQUENCE;
    for (size_t i = 0; i < na; i++) {
        uint16_t corner = 0;
        for (size_t j = 0; j < nb; j++) {
            uint16_t up = row[j + 1];
            if (w->stem[a->first + i] == w->stem[b->first + j]) row[j + 1] = (uint16_t)(corner + 1);
            else if (row[j] > up) row[j + 1] = row[j];
            corner = up;
        }
    }
    return row[nb];
}

/* The stems of u with the lowest hashes of their text: the same whatever else the prompt says. */
static size_t handles(const work *w, const unit *u, uint32_t out[HANDLES])
{
    uint64_t low[HANDLES];
    size_t n = 0;
    for (size_t k = 0; k < u->n; k++) {
        uint32_t id = w->stem[u->first + k];
        tkc_str t = tkc_terms_text(w->terms, id);
        uint64_t h = XXH3_64bits(t.ptr, t.len);
        size_t at = n;
        bool known = false;
        for (size_t i = 0; i < n; i++) known = known || out[i] == id;
        if (known || (n == HANDLES && h >= low[n - 1])) continue;
        if (n < HANDLES) n++;
        else at = n - 1;
        for (; at > 0 && low[at - 1] > h; at--) {
            low[at] = low[at - 1];
            out[at] = out[at - 1];
        }
        low[at] = h;
        out[at] = id;
    }
    return n;
}

static tkc_status near_duplicates(work *w)
{
    size_t n = tkc_terms_n(w->terms) + 1, m = HANDLES * w->n_unit + 1;
    /* lists of units by handle, the latest first: head by stem, next by HANDLES * unit + handle; an
     * entry is stored plus 1 */
    uint32_t *head = tkc_alloc_zero(w->alloc, n, sizeof *head), *next = tkc_alloc_zero(w->alloc, m, sizeof *next);
    tkc_status st = head && next ? TKC_OK : tkc_nomem(w->err);
    for (uint32_t i = 0; i < w->n_unit && !st; i++) {
        unit *b = &w->unit[i];
        uint32_t handle[HANDLES];
        size_t n_handle;
        bool done = false, refused = false;
        if (b->gone || b->example || b->rule || points_back(span_of(w, b)) || (b->kind != TKC_SENTENCE_PROSE && b->kind != TKC_SENTENCE_ITEM) || b->n < NEAR_STEMS || b->n > SEQUENCE) continue;
        n_handle = handles(w, b, handle);
        for (size_t r = 0; r < n_handle && may_go(b) && !refused && !st; r++) {
            size_t tries = 0;
            for (uint32_t e = head[handle[r]]; e && tries < NEAR_TRIES && !done && !refused && !st; e = next[e - 1], tries++) {
                const unit *a = &w->unit[(e - 1) / HANDLES];
                size_t most = a->n > b->n ? a->n : b->n;
                if (!same_place(a, b, b->n) || 5 * common(w, a, b) < 4 * most) continue;
                st = drop(w, b, TKC_TRIM_NEAR, a, &done);
                refused = !done; /* what it states stands nowhere else: no other pair will help */
            }
        }
        for (uint32_t r = 0; r < n_handle && !b->gone; r++) {
            next[HANDLES * i + r] = head[handle[r]];
            head[handle[r]] = HANDLES * i + r + 1;
        }
    }
    tkc_free(w->alloc, head, n, sizeof *head);
    tkc_free(w->alloc, next, m, sizeof *next);
    return st;
}

/* --- the whole ------------------------------------------------------------------------------------ */

/* A cut sentence takes its blanks with it: its lines where it was alone in them, with one of the blank
 * lines around, else those in front of the next sentence. */
static void widen(const work *w, tkc_trim_cut *c)
{
    size_t b = c->begin, e = c->end;
    if (c->why == TKC_TRIM_FILLER || (c->why == TKC_TRIM_REFERENCE && strchr(" (", w->text.ptr[b]))) return;
    while (b > 0 && (w->text.ptr[b - 1] == ' ' || w->text.ptr[b - 1] == '\t')) b--;
    while (e < w->text.len && (w->text.ptr[e] == ' ' || w->text.ptr[e] == '\t' || w->text.ptr[e] == '\r')) e++;
    if ((b == 0 || w->text.ptr[b - 1] == '\n') && (e == w->text.len || w->text.ptr[e] == '\n')) {
        bool blank = b < 2 || w->text.ptr[b - 2] == '\n';
        if (e < w->text.len) e++;
        if (blank && e < w->text.len)
            while (e < w->text.len && w->text.ptr[e] == '\n') e++;
        else if (blank && b >= 2) b--; /* the last line: the blank one in front of it */
        c->begin = b;
        c->end = e;
    } else if (e < w->text.len && w->text.ptr[e] != '\n') c->end = e;
    else c->begin = b;
}

/* A list item's first sentence that goes while another of the item stays: that one comes behind the item's mark. */
static bool keep_mark(const work *w, tkc_trim_cut *c)
{
    size_t lo = 0, hi = w->n_unit, next;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (w->unit[mid].begin < c->begin) lo = mid + 1;
        else hi = mid;
    }
    if (lo == w->n_unit || w->unit[lo].begin != c->begin || w->unit[lo].end != c->end || w->unit[lo].kind != TKC_SENTENCE_ITEM) return false;
    for (next = lo + 1; next < w->n_unit; next++) {
        const unit *u = &w->unit[next];
        size_t lines = 0;
        if (u->kind != TKC_SENTENCE_PROSE) return false;
        for (size_t i = w->unit[next - 1].end; i < u->begin; i++) lines += w->text.ptr[i] == '\n';
        if (lines > 1 || (lines && indent_of(w, u->begin) <= indent_of(w, c->begin))) return false;
        if (!u->gone) break;
    }
    if (next == w->n_unit) return false;
    lo = item_mark(w, &w->unit[lo]);
    if (lo == c->begin) return false;
    c->begin = lo;
    c->end = w->unit[next].begin;
    return true;
}

/* Sorts and widens the n cuts, leaves out what lies in others; how many are left. */
static size_t settle(const work *w, tkc_trim_cut *cut, size_t n)
{
    size_t m = 0;
    if (n) qsort(cut, n, sizeof *cut, by_begin);
    for (size_t i = 0; i < n; i++) {
        tkc_trim_cut c = cut[i];
        if (m && c.end <= cut[m - 1].end) continue; /* in a sentence that is gone */
        if (!keep_mark(w, &c)) widen(w, &c);
        if (m && c.begin < cut[m - 1].end) c.begin = cut[m - 1].end;
        if (c.begin < c.end) cut[m++] = c;
    }
    return m;
}

/* Tokens of the text as it would be now. */
static tkc_status count_now(work *w, size_t *tokens)
{
    size_t n = w->out->n_cut;
    tkc_trim_cut *copy = n ? tkc_alloc(w->alloc, n, sizeof *copy) : NULL;
    tkc_status st;
    if (n && !copy) return tkc_nomem(w->err);
    if (n) memcpy(copy, w->out->cut, n * sizeof *copy);
    tkc_buf_clear(&w->out->text);
    st = apply(w, 0, w->text.len, copy, settle(w, copy, n), &w->out->text);
    if (!st) st = tkc_count(w->enc, tkc_buf_str(&w->out->text), 0, tokens, w->err);
    tkc_free(w->alloc, copy, n, sizeof *copy);
    return st;
}

/* Does s have one of the words, which are in lower case? */
static bool has_word(tkc_str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < s.len;) {
        size_t b = i;
        while (i < s.len && is_word(s.ptr[i])) i++;
        for (size_t k = 0; i > b && k < n; k++) {
            size_t m = strlen(words[k]), j = 0;
            if (m != i - b) continue;
            while (j < m && lower(s.ptr[b + j]) == words[k][j]) j++;
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
static tkc_status refuse_rule(work *w, const unit *u)
{
    tkc_trim_cut c = {.begin = u->begin, .end = u->end, .why = TKC_TRIM_BUDGET, .put = {"", 0}};
    tkc_loss rule;
    tkc_status st = current(w, u, &w->now);
    if (!st) st = tkc_guard_check(w->guard, tkc_buf_str(&w->now), c.put, &w->loss, w->err);
    if (st) return st;
    if (w->loss.n_refused) return add_refusal(w, c, u, w->loss.loss);
    rule = (tkc_loss){.begin = 0, .end = w->now.len, .kind = TKC_FACT_ORDER};
    return add_refusal(w, c, u, &rule);
}

/* The word at i in lower case, at most 15 letters; behind it and the blanks that follow. */
static size_t word_of(tkc_str s, size_t i, char w[16])
{
    size_t n = 0;
    while (i < s.len && (is_word(s.ptr[i]) || s.ptr[i] == '\'')) {
        if (n < 15) w[n++] = lower(s.ptr[i]);
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
    for (size_t i = 0; i < sizeof actors / sizeof *actors; i++)
        if (!strcmp(w, actors[i])) return v[0] != 0;
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (!strcmp(w, begins[i])) return verb;
    n = strlen(v);
    if (s.len == 0 || s.ptr[0] < 'A' || s.ptr[0] > 'Z') return false;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(v, verbs[i])) return true;
    if (n <= 3 || !((v[n - 1] == 's' && v[n - 2] != 's') || (v[n - 1] == 'd' && v[n - 2] == 'e'))) return false;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        if (!strcmp(x, objects[i])) return true;
    return false;
}

/* The text asks to be said again as it is: every byte of it counts. */
static bool is_to_be_repeated(tkc_str s)
{
    static const char *const phrases[] = {"word for word", "repeat the request", "repeat the prompt", "repeat the question", "repeat the sentence",
                                          "repeat this", "repeat the text", "repeat the above", "repeat my", "repeat everything", "repeat the exact"};
    for (size_t i = 0; i < s.len; i++) {
        char c = lower(s.ptr[i]);
        if (c != 'w' && c != 'r') continue;
        for (size_t k = 0; k < sizeof phrases / sizeof *phrases; k++) {
            size_t m = strlen(phrases[k]), j = 0;
            while (j < m && i + j < s.len && lower(s.ptr[i + j]) == phrases[k][j]) j++;
            if (j == m) return true;
        }
    }
    return false;
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

/* Sentences in the order of how much of them is said only there, until the text fits. */
static tkc_status to_budget(work *w)
{
    size_t tokens = 0;
    size_t n = 0, n_term = tkc_terms_n(w->terms);
    uint32_t *count = tkc_alloc_zero(w->alloc, n_term + 1, sizeof *count);
    choice *c = tkc_alloc(w->alloc, w->n_unit + 1, sizeof *c);
    tkc_status st = count && c ? TKC_OK : tkc_nomem(w->err);
    bool done;
    for (size_t i = 0; i < w->n_stem && !st; i++) count[w->stem[i]]++;
    for (uint32_t i = 0; i < w->n_unit && !st; i++) {
        const unit *u = &w->unit[i];
        double own = 0;
        if (!may_go(u) || u->n < LEAST_STEMS) continue; /* fewer: a part of the layout */
        for (size_t k = 0; k < u->n; k++) own += 1.0 / count[w->stem[u->first + k]];
        c[n++] = (choice){own / (u->n + 1), i};
    }
    if (!st) qsort(c, n, sizeof *c, by_worth);
    if (!st) st = count_now(w, &tokens);
    for (size_t i = 0; i < n && !st && tokens > w->opt->budget; i++) {
        unit *u = &w->unit[c[i].unit];
        size_t own = 0;
        if ((may_be_a_rule(span_of(w, u)) || !is_statement(span_of(w, u))) && !(w->opt->waive & TKC_GUARD_BIT(TKC_FACT_ORDER))) {
            st = refuse_rule(w, u);
            continue;
        }
        st = drop(w, u, TKC_TRIM_BUDGET, NULL, &done);
        if (!st && done) st = tkc_count(w->enc, (tkc_str){w->text.ptr + u->begin, u->end - u->begin}, 0, &own, w->err);
        tokens -= own < tokens ? own : tokens;
        if (!st && done && tokens <= w->opt->budget) st = count_now(w, &tokens); /* the parts' sum is only nearly it */
    }
    tkc_free(w->alloc, count, n_term + 1, sizeof *count);
    tkc_free(w->alloc, c, w->n_unit + 1, sizeof *c);
    return st;
}

static tkc_status trim(work *w)
{
    tkc_trimmed *o = w->out;
    bool done;
    tkc_status st = read_units(w);
    for (size_t i = 0; i < w->opt->n_elsewhere && !st; i++) st = tkc_guard_hold(w->guard, w->opt->elsewhere[i], w->err);
    if (!st && is_to_be_repeated(w->text))
        for (size_t i = 0; i < w->n_unit; i++) w->unit[i].stays = w->unit[i].fixed = true;
    if (!st) st = examples(w);
    for (size_t i = 0; i < w->n_unit && !st; i++) {
        unit *u = &w->unit[i];
        if (may_go(u)) st = dead_reference(w, u);
        if (!st && may_go(u) && is_polite(w, u)) st = drop(w, u, TKC_TRIM_POLITE, NULL, &done);
        if (!st && !u->gone && !u->fixed && !u->example) st = filler(w, u);
        if (!st && !u->gone) st = describe(w, u);
    }
    if (!st) st = duplicates(w);
    if (!st) st = near_duplicates(w);
    if (!st && w->opt->budget) st = to_budget(w);
    if (st) return st;
    o->n_cut = settle(w, o->cut, o->n_cut);
    tkc_buf_clear(&o->text);
    st = apply(w, 0, w->text.len, o->cut, o->n_cut, &o->text);
    if (!st && w->enc) st = tkc_count(w->enc, w->text, 0, &o->tokens_before, w->err);
    if (!st && w->enc) st = tkc_count(w->enc, tkc_buf_str(&o->text), 0, &o->tokens_after, w->err);
    return st;
}

tkc_status tkc_trim(tkc_str text, const tkc_trim_options *opt, tkc_encoder *enc, tkc_trimmed *out, tkc_error *err)
{
    tkc_trim_options o = {0};
    work w = {.text = text, .opt = &o, .enc = enc, .alloc = out->alloc, .out = out, .err = err};
    tkc_guard_options g = {.struct_size = sizeof g, .bound = TKC_GUARD_BOUND_NUMBERS};
    tkc_status st;
    if (opt) memcpy(&o, opt, opt->struct_size < sizeof o ? opt->struct_size : sizeof o);
    tkc_buf_clear(&out->text);
    out->n_cut = out->n_refusal = out->tokens_before = out->tokens_after = 0;
    if (text.len > (size_t)INT32_MAX) return tkc_fail(err, TKC_E_LIMIT, 0, "text of %zu bytes: at most 2 GB are trimmed", text.len);
    if (o.budget && !enc) return tkc_fail(err, TKC_E_ARG, 0, "a budget of tokens needs an encoder");
    g.waive = o.waive;
    tkc_losses_init(&w.loss, w.alloc);
    tkc_facts_init(&w.facts, w.alloc);
    tkc_term_list_init(&w.list, w.alloc);
    tkc_buf_init(&w.now, SIZE_MAX / 2, w.alloc);
    tkc_buf_init(&w.then, SIZE_MAX / 2, w.alloc);
    st = tkc_guard_new(&w.guard, &g, w.alloc, err);
    if (!st) st = tkc_terms_new(&w.terms, NULL, 0x746b63, w.alloc, err);
    if (!st) st = trim(&w);
    if (st) {
        tkc_buf_clear(&out->text);
        out->n_cut = out->n_refusal = 0;
    }
    tkc_guard_free(w.guard);
    tkc_terms_free(w.terms);
    tkc_losses_release(&w.loss);
    tkc_facts_release(&w.facts);
    tkc_term_list_release(&w.list);
    tkc_buf_release(&w.now);
    tkc_buf_release(&w.then);
    tkc_free(w.alloc, w.unit, w.cap_unit, sizeof *w.unit);
    tkc_free(w.alloc, w.stem, w.cap_stem, sizeof *w.stem);
    return st;
}
