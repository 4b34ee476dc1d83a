/*
 * summarise.c - which sentences of a conversation make its summary.
 *
 * Every sentence is a list of items: its different terms and its facts, numbered. An item's weight
 * is the root of how many sentences have it (a term), or fixed (a fact); each time it is taken its
 * weight halves. A sentence's worth is the sum of its items' weights times what its manner and place
 * say, over its tokens. Worth only falls while others are taken, so a ranking by old worths, looked at
 * again when they come to the top, gives the same choice as looking at all of them every time.
 * Weights are square roots and halves: IEEE arithmetic alone, so every machine chooses alike.
 */
#include "optimizer/text/summarise.h"

#include "optimizer/text/guard.h"
#include "optimizer/text/sentences.h"
#include "optimizer/text/summarise_impl.h"
#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Chosen on every other dialogue of a public set and checked on the rest (tests/eval/eval_summarise.py);
 * no figure moves either half by more than 1 point of ROUGE when it is half or twice as much. */
static const double TOKENS_MORE = 6;    /* added to a sentence's tokens: short ones say little       */
static const double QUESTION = 1.25, FIRST_PERSON = 1.25, REQUEST = 1.25, DECISION = 1.5;
static const double OPENING = 2;        /* of the first two turns, where a talk says what it is about */
static const double EARLY = 0.25;       /* more at the beginning, falling to 0 at the end             */
static const double FACT = 0.5;         /* the weight of a new fact; a term of one sentence has 1     */
static const double IN_QUERY = 8;       /* times the weight of a term that the query has              */
static const double LEAST = 0.4;        /* of the first sentence's worth a token, unless fill         */

typedef struct unit {
    uint32_t turn, begin, end; /* of the turn's text, openers and closers off */
    uint32_t first, n;         /* items of the memory */
    uint32_t tokens, n_said;
    size_t said; /* summary_sentence.said */
    float factor;
    bool block; /* code or a row of a table: bytes stay */
} unit;

/* Worths of units, and over each BELOW of them the most, and so on up to one: the best is found, and a worth changed, without
 * a branch that nobody can foretell, of which a heap has one a step. */
enum { BELOW = 8, LEVELS = 12, TAKEN = -1 };
typedef struct ranking {
    double *level[LEVELS]; /* parts of one block; full ones of BELOW, with TAKEN behind the end */
    size_t n_level, n;     /* n: in the block */
    uint32_t *at;          /* by unit: how many were taken when its worth was right */
} ranking;

typedef struct work {
    const tkc_allocator *alloc;
    tkc_encoder *enc;
    const tkc_said *turn;
    size_t n_turn, first_turn;
    const tkc_summarise_options *opt;
    tkc_summary *out;
    tkc_error *err;
    tkc_str person[2]; /* the two who talk; [1].ptr NULL: one, or more than two */
    size_t n_person;   /* 0 to 3 */
    tkc_summary_memory *memory;
    tkc_buf text; /* of one sentence */
    unit *unit;
    size_t n_unit, cap_unit;
    uint32_t *term_count; /* sentences that have the term */
    size_t cap_term;
    bool *kept; /* by fact number: the summary has it; NULL until all turns are read */
    size_t n_kept, n_unpicked; /* bytes of the summary in front that are of no pick */
    double *weight; /* of items, by 2 t and 2 f + 1 */
    size_t n_weight;
    ranking rank;
} work;

void tkc_summary_init(tkc_summary *s, const tkc_allocator *alloc)
{
    *s = (tkc_summary){.alloc = tkc_allocator_or_default(alloc)};
    tkc_buf_init(&s->text, SIZE_MAX / 2, alloc);
}

void tkc_summary_release(tkc_summary *s)
{
    tkc_buf_release(&s->text);
    tkc_free(s->alloc, s->pick, s->cap_pick, sizeof *s->pick);
    tkc_summary_init(s, s->alloc);
}

static void release(work *w)
{
    tkc_buf_release(&w->text);
    tkc_free(w->alloc, w->unit, w->cap_unit, sizeof *w->unit);
    tkc_free(w->alloc, w->term_count, w->cap_term, sizeof *w->term_count);
    tkc_free(w->alloc, w->kept, w->n_kept, sizeof *w->kept);
    tkc_free(w->alloc, w->weight, w->n_weight, sizeof *w->weight);
    tkc_free(w->alloc, w->rank.level[0], w->rank.n, sizeof *w->rank.level[0]);
    tkc_free(w->alloc, w->rank.at, w->n_unit, sizeof *w->rank.at);
}

static bool same(tkc_str a, tkc_str b)
{
    return a.len == b.len && (a.len == 0 || !memcmp(a.ptr, b.ptr, a.len));
}

static void find_people(work *w)
{
    for (size_t i = 0; i < w->n_turn && w->n_person < 3; i++) {
        tkc_str s = w->turn[i].speaker;
        size_t k = 0;
        if (!s.len) continue;
        while (k < w->n_person && k < 2 && !same(w->person[k], s)) k++;
        if (k < w->n_person && k < 2) continue;
        if (w->n_person < 2) w->person[w->n_person] = s;
        w->n_person++;
    }
    if (w->n_person != 2) w->person[1] = (tkc_str){NULL, 0};
}

/* Whether the talk is in another language than English, by its first words: half of its clauses or more cannot be
 * read. Of an English one hardly any is held for such, of the others most are. */
static tkc_status is_foreign(work *w, bool *out)
{
    tkc_facts *f = &w->memory->facts;
    enum { LEAST_BYTES = 8 }; /* "Hm." is of no language */
    size_t left = 4096, n = 0, foreign = 0;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < w->n_turn && left && !st; i++) {
        const tkc_str t = w->turn[i].text;
        const size_t len = t.len < left ? t.len : left;
        st = tkc_facts_read(f, tkc_str_part(t, 0, len), w->err);
        for (size_t k = 0; k < f->n_clause; k++) n += f->clause[k].end - f->clause[k].begin >= LEAST_BYTES;
        for (size_t k = 0; k < f->n; k++) foreign += f->fact[k].kind == TKC_FACT_FOREIGN;
        left -= len;
    }
    *out = foreign && 2 * foreign >= n;
    return st;
}

/* --- how a sentence reads ----------------------------------------------------------------------- */

static bool ends_sentence(tkc_str s)
{
    char c = s.ptr[s.len - 1];
    return (c & 0x80) || tkc_is_one_of(c, ".!?:;)\"'");
}

/* "Ann thinks", "Ann's dog": it says itself whose words it holds. */
static bool begins_with_name(tkc_str s, tkc_str name)
{
    return s.len >= name.len && !memcmp(s.ptr, name.ptr, name.len) &&
           (s.len == name.len || s.ptr[name.len] == ' ' || s.ptr[name.len] == '\'');
}

/* Who says what turn t says, and to whom. */
static summary_voice voice_of(const work *w, size_t t)
{
    const tkc_str me = w->turn[t].speaker;
    summary_voice v = {me, {NULL, 0}};
    if (w->n_person == 2) v.you = same(me, w->person[0]) ? w->person[1] : w->person[0];
    if (!me.len) v.you = v.me;
    return v;
}

/* What a sentence says in the summary, without who says it. What is other than its own bytes the memory keeps. */
static tkc_status put_said(work *w, tkc_str s, const summary_voice *v, bool as_it_is, summary_sentence *x)
{
    tkc_buf *said = &w->memory->said;
    const size_t at = said->len;
    tkc_status st;
    if (w->opt->verbatim || as_it_is) return TKC_OK;
    st = summary_third_person(s, v, said, w->err);
    if (!st && !ends_sentence(s)) st = tkc_buf_append_byte(said, '.', w->err);
    if (st) return st;
    if (said->len - at > UINT32_MAX) return tkc_fail(w->err, TKC_E_LIMIT, 0, "a sentence that has more than 4 GB with the names put in");
    x->said = at;
    x->n_said = (uint32_t)(said->len - at);
    if (x->n_said != s.len || memcmp(said->ptr + at, s.ptr, s.len) != 0) return TKC_OK;
    x->n_said = 0;
    said->len = at;
    return TKC_OK;
}

/* Appends unit u as it stands in the summary; last: the turn of the sentence before it in the
 * summary, SIZE_MAX where there is none. */
static tkc_status render(work *w, const unit *u, size_t last, tkc_buf *out)
{
    const tkc_said *t = &w->turn[u->turn];
    const tkc_str s = {t->text.ptr + u->begin, u->end - u->begin};
    const tkc_str said = u->n_said ? (tkc_str){w->memory->said.ptr + u->said, u->n_said} : s;
    const bool third = !w->opt->verbatim && !u->block;
    tkc_status st = TKC_OK;
    if (out->len) st = tkc_buf_append_byte(out, u->block || (out->ptr[out->len - 1] == '`' || out->ptr[out->len - 1] == '|') ? '\n' : ' ', w->err);
    if (t->speaker.len && last != u->turn && !(third && begins_with_name(said, t->speaker))) {
        const tkc_str link = third && s.ptr[s.len - 1] == '?' ? (tkc_str){" asks: ", 7} : (tkc_str){": ", 2};
        if (!st) st = tkc_buf_append(out, t->speaker.ptr, t->speaker.len, w->err);
        if (!st) st = tkc_buf_append(out, link.ptr, link.len, w->err);
    }
    return st ? st : tkc_buf_append(out, said.ptr, said.len, w->err);
}

/* --- reading ------------------------------------------------------------------------------------ */

/* What sentence s says, whose bytes begin at `begin` of the turn. */
static tkc_status read_sentence(work *w, size_t turn, size_t begin, tkc_str s, bool block, summary_sentence *x)
{
    const summary_voice v = voice_of(w, turn);
    const unsigned how = (unsigned)w->opt->verbatim << 1 | block;
    bool known;
    size_t b = 0, e = s.len, tokens;
    tkc_status st = summary_recall(w->memory, s, &v, how, x, &known, w->err);
    if (st || known) return st;
    if (!w->opt->verbatim && !block) summary_trim(s, &b, &e);
    *x = (summary_sentence){.begin = (uint32_t)b, .end = (uint32_t)(b < e ? e : b)};
    if (b < e) {
        x->manner = summary_manner_of((tkc_str){s.ptr + b, e - b});
        st = summary_items(w->memory, s, x, w->err);
        if (x->foreign) { /* its words were looked at as if they were English */
            x->begin = (uint32_t)(b = 0);
            x->end = (uint32_t)(e = s.len);
        }
    }
    if (!st && x->n >= 2) {
        unit u = {.turn = (uint32_t)turn, .begin = (uint32_t)(begin + b), .end = (uint32_t)(begin + e), .block = block};
        st = put_said(w, (tkc_str){s.ptr + b, e - b}, &v, block || x->foreign, x);
        u.said = x->said;
        u.n_said = x->n_said;
        tkc_buf_clear(&w->text);
        if (!st) st = tkc_buf_append_byte(&w->text, ' ', w->err); /* as it stands behind another one */
        if (!st) st = render(w, &u, SIZE_MAX, &w->text);
        if (!st) st = tkc_count(w->enc, (tkc_str){w->text.ptr + 1, w->text.len - 1}, 0, &tokens, w->err);
        if (!st) x->tokens = tokens > UINT32_MAX ? UINT32_MAX : (uint32_t)tokens;
    }
    return st ? st : summary_remember(w->memory, x, w->err);
}

/* What the turns say of each term and fact. */
static tkc_status note_items(work *w, const summary_sentence *x)
{
    tkc_summary_memory *m = w->memory;
    const size_t had = w->cap_term;
    if (!tkc_grow(w->alloc, &w->term_count, &w->cap_term, tkc_terms_n(m->terms), UINT32_MAX / 2, sizeof *w->term_count)) return tkc_nomem(w->err);
    if (w->cap_term > had) memset(w->term_count + had, 0, (w->cap_term - had) * sizeof *w->term_count);
    for (size_t k = 0; k < x->n; k++) {
        const uint32_t item = m->item[x->first + k];
        if (!(item & 1)) {
            w->term_count[item / 2]++;
        } else if (m->told[item / 2].call != m->call) {
            m->told[item / 2].call = m->call;
            w->out->facts_said[m->told[item / 2].kind]++;
        }
    }
    return TKC_OK;
}

static tkc_status add_unit(work *w, size_t turn, const tkc_sentence *one)
{
    const bool block = one->kind == TKC_SENTENCE_CODE || one->kind == TKC_SENTENCE_ROW;
    summary_sentence x;
    double f = 1;
    tkc_status st = read_sentence(w, turn, one->begin, tkc_str_part(w->turn[turn].text, one->begin, one->end - one->begin), block, &x);
    if (!st) st = note_items(w, &x);
    if (st || x.n < 2) return st; /* "Sam." says nothing: no candidate */
    if (!tkc_grow(w->alloc, &w->unit, &w->cap_unit, w->n_unit + 1, UINT32_MAX / 2, sizeof *w->unit)) return tkc_nomem(w->err);
    if (x.manner.question) f *= QUESTION;
    if (x.manner.first_person) f *= FIRST_PERSON;
    if (x.manner.request) f *= REQUEST;
    if (x.manner.decision) f *= DECISION;
    if (!w->opt->query.len) { /* a query says what matters, else the place does */
        f *= 1 + EARLY * (1 - (double)turn / (double)w->n_turn);
        if (turn < 2) f *= OPENING;
    }
    w->unit[w->n_unit++] = (unit){.turn = (uint32_t)turn, .begin = (uint32_t)one->begin + x.begin, .end = (uint32_t)one->begin + x.end,
                                  .first = x.first, .n = x.n, .tokens = x.tokens, .n_said = x.n_said, .said = x.said,
                                  .factor = (float)f, .block = block};
    return TKC_OK;
}

static tkc_status read_turns(work *w)
{
    tkc_status st = TKC_OK;
    for (size_t i = w->first_turn; i < w->n_turn && !st; i++) {
        tkc_sentences walk = tkc_sentences_of(w->turn[i].text);
        tkc_sentence one;
        if (w->turn[i].text.len > (size_t)INT32_MAX)
            return tkc_fail(w->err, TKC_E_LIMIT, 0, "turn %zu has %zu bytes: at most 2 GB are summarised", i + 1, w->turn[i].text.len);
        while (!st && tkc_sentence_next(&walk, &one)) st = add_unit(w, i, &one);
    }
    return st;
}

static tkc_status weigh(work *w)
{
    size_t n_term = tkc_terms_n(w->memory->terms), n_fact = w->memory->fact.n, n = 2 * (n_term > n_fact ? n_term : n_fact) + 2;
    w->weight = tkc_alloc_zero(w->alloc, n, sizeof *w->weight);
    if (!w->weight) return tkc_nomem(w->err);
    w->n_weight = n;
    for (size_t t = 0; t < n_term && t < w->cap_term; t++) w->weight[2 * t] = sqrt(w->term_count[t]);
    for (size_t f = 0; f < n_fact; f++) w->weight[2 * f + 1] = FACT;
    if (w->opt->query.len) {
        tkc_term_list *list = &w->memory->list;
        tkc_status st;
        list->n = 0;
        st = tkc_terms_read(w->memory->terms, w->opt->query, list, w->err);
        if (st) return st;
        for (size_t i = 0; i < list->n; i++)
            if (!list->term[i].is_stop && list->term[i].id < n_term) w->weight[2 * (size_t)list->term[i].id] *= IN_QUERY;
    }
    return TKC_OK;
}

/* --- choosing ----------------------------------------------------------------------------------- */

static double worth(const work *w, uint32_t i)
{
    const unit *u = &w->unit[i];
    double sum = 0;
    for (size_t k = 0; k < u->n; k++) sum += w->weight[w->memory->item[u->first + k]];
    return sum * (double)u->factor / ((double)u->tokens + TOKENS_MORE);
}

static double most_of(const double v[BELOW])
{
    double a = v[0] > v[1] ? v[0] : v[1], b = v[2] > v[3] ? v[2] : v[3], c = v[4] > v[5] ? v[4] : v[5], d = v[6] > v[7] ? v[6] : v[7];
    _Static_assert(BELOW == 8, "all of them are looked at");
    a = a > b ? a : b;
    c = c > d ? c : d;
    return a > c ? a : c;
}

static void set_worth(ranking *r, size_t i, double worth)
{
    r->level[0][i] = worth;
    for (size_t k = 1; k < r->n_level; k++) {
        i /= BELOW;
        r->level[k][i] = most_of(r->level[k - 1] + BELOW * i);
    }
}

/* Of equal ones the first. */
static uint32_t best(const ranking *r)
{
    const double most = r->level[r->n_level - 1][0];
    size_t i = 0;
    for (size_t k = r->n_level - 1; k-- > 0;) {
        const double *v = r->level[k] + BELOW * i;
        size_t first = 0;
        for (size_t m = BELOW; m-- > 0;) first = v[m] == most ? m : first;
        i = BELOW * i + first;
    }
    return (uint32_t)i;
}

/* All units of at most budget tokens. */
static tkc_status rank(work *w, size_t budget)
{
    ranking *r = &w->rank;
    size_t size[LEVELS] = {0}, n = w->n_unit;
    do {
        n = (n + BELOW - 1) / BELOW;
        size[r->n_level++] = n * BELOW;
        r->n += n * BELOW;
    } while (n > 1);
    size[r->n_level++] = 1;
    r->n++;
    r->level[0] = tkc_alloc(w->alloc, r->n, sizeof *r->level[0]);
    r->at = tkc_alloc_zero(w->alloc, w->n_unit, sizeof *r->at);
    if (!r->level[0] || !r->at) return tkc_nomem(w->err);
    for (size_t i = 0; i < r->n; i++) r->level[0][i] = TAKEN;
    for (size_t k = 1; k < r->n_level; k++) r->level[k] = r->level[k - 1] + size[k - 1];
    for (size_t i = 0; i < w->n_unit; i++)
        if (w->unit[i].tokens <= budget) r->level[0][i] = worth(w, (uint32_t)i);
    for (size_t k = 1; k < r->n_level; k++)
        for (size_t i = 0; BELOW * i < size[k - 1]; i++) r->level[k][i] = most_of(r->level[k - 1] + BELOW * i);
    return TKC_OK;
}

static tkc_status take(work *w, const unit *u)
{
    tkc_summary *o = w->out;
    if (!tkc_grow(o->alloc, &o->pick, &o->cap_pick, o->n_pick + 1, UINT32_MAX, sizeof *o->pick)) return tkc_nomem(w->err);
    o->pick[o->n_pick++] = (tkc_summary_pick){u->turn, (size_t)(u - w->unit), 0}; /* begin: the unit, until all are chosen */
    for (size_t k = 0; k < u->n; k++) w->weight[w->memory->item[u->first + k]] /= 2;
    return TKC_OK;
}

/* The worth of unit i and of those beside it, which is found while its own is summed up: they come to the top soon, too, but
 * those that were never worth more than `floor`, which one that may be taken is worth now, do not before it is. */
static void look_again(work *w, uint32_t i, uint32_t taken, double floor)
{
    ranking *r = &w->rank;
    const size_t from = i / BELOW * BELOW, end = from + BELOW < w->n_unit ? from + BELOW : w->n_unit;
    for (size_t k = from; k < end; k++) {
        if (r->at[k] == taken || (k != i && r->level[0][k] <= floor)) continue;
        r->level[0][k] = worth(w, (uint32_t)k);
        r->at[k] = taken;
    }
    set_worth(r, i, r->level[0][i]);
}

static tkc_status choose(work *w, size_t budget)
{
    double least = 0, floor = 0;
    uint32_t taken = 0;
    tkc_status st = w->n_unit ? rank(w, budget) : TKC_OK;
    while (w->n_unit && !st) {
        ranking *r = &w->rank;
        const uint32_t i = best(r);
        const unit *u = &w->unit[i];
        const double is = r->level[0][i];
        if (is <= 0) break;
        if (u->tokens > budget) { /* the budget only shrinks */
            set_worth(r, i, TAKEN);
            continue;
        }
        if (r->at[i] != taken) {
            look_again(w, i, taken, floor);
            if (r->level[0][i] > floor) floor = r->level[0][i];
            continue;
        }
        if (is < least) break;
        if (taken == 0 && !w->opt->fill) least = is * LEAST;
        budget -= u->tokens;
        st = take(w, u);
        taken++;
        floor = 0;
        set_worth(r, i, TAKEN);
    }
    return st;
}

static int by_unit(const void *a, const void *b)
{
    size_t x = ((const tkc_summary_pick *)a)->begin, y = ((const tkc_summary_pick *)b)->begin;
    return x < y ? -1 : x > y;
}

/* Writes the chosen behind what out holds, in the order of the talk; tokens of the whole. */
static tkc_status write_picks(work *w, size_t keep)
{
    tkc_summary *o = w->out;
    size_t last = SIZE_MAX;
    tkc_status st = TKC_OK;
    o->text.len = keep;
    for (size_t i = 0; i < o->n_pick && !st; i++) {
        const unit *u = &w->unit[o->pick[i].begin];
        st = render(w, u, last, &o->text);
        last = u->turn;
    }
    return st ? st : tkc_count(w->enc, tkc_buf_str(&o->text), 0, &o->tokens, w->err);
}

/* The beginning of the best sentence, where none fits. */
static tkc_status first_words(work *w, size_t budget)
{
    uint32_t best = 0;
    size_t bytes;
    tkc_status st;
    if (!w->n_unit || budget == 0) return TKC_OK;
    for (uint32_t i = 1; i < w->n_unit; i++)
        if (worth(w, i) > worth(w, best)) best = i;
    st = render(w, &w->unit[best], SIZE_MAX, &w->out->text);
    if (!st) st = tkc_fit(w->enc, tkc_buf_str(&w->out->text), 0, budget, TKC_FIT_WORD, &bytes, &w->out->tokens, w->err);
    if (!st && bytes == 0) st = tkc_fit(w->enc, tkc_buf_str(&w->out->text), 0, budget, TKC_FIT_CHAR, &bytes, &w->out->tokens, w->err);
    if (st) return st;
    while (bytes > 0 && w->out->text.ptr[bytes - 1] == ' ') bytes--;
    w->out->text.len = bytes;
    return tkc_count(w->enc, tkc_buf_str(&w->out->text), 0, &w->out->tokens, w->err);
}

static void keep_fact(work *w, uint32_t id)
{
    if (w->kept[id]) return;
    w->kept[id] = true;
    w->out->facts_kept[w->memory->told[id].kind]++;
}

static tkc_status make_kept(work *w)
{
    w->kept = tkc_alloc_zero(w->alloc, w->memory->fact.n + 1, sizeof *w->kept);
    if (!w->kept) return tkc_nomem(w->err);
    w->n_kept = w->memory->fact.n + 1;
    return TKC_OK;
}

/* The facts of the units picked; the picks as they are handed out. */
static tkc_status settle_picks(work *w)
{
    const tkc_status st = make_kept(w);
    for (size_t i = 0; !st && i < w->out->n_pick; i++) {
        const unit *u = &w->unit[w->out->pick[i].begin];
        for (size_t k = 0; k < u->n; k++)
            if (w->memory->item[u->first + k] & 1) keep_fact(w, w->memory->item[u->first + k] / 2);
        w->out->pick[i] = (tkc_summary_pick){u->turn, u->begin, u->end};
    }
    return st;
}

/* The summary behind the bytes of out that stay. */
static tkc_status extract(work *w, size_t budget)
{
    size_t keep = w->out->text.len, used = 0;
    tkc_status st = TKC_OK;
    if (keep) st = tkc_count(w->enc, tkc_buf_str(&w->out->text), 0, &used, w->err);
    if (!st) st = read_turns(w);
    if (!st) st = weigh(w);
    if (!st) st = choose(w, budget - (used < budget ? used : budget));
    if (st) return st;
    /* the count of the whole is nearly the sum of the parts; where it is more, the last ones go */
    for (;;) {
        size_t n = w->out->n_pick;
        tkc_summary_pick *order = n ? tkc_alloc(w->alloc, n, sizeof *order) : NULL;
        if (n && !order) return tkc_nomem(w->err);
        if (n) memcpy(order, w->out->pick, n * sizeof *order);
        if (n) qsort(w->out->pick, n, sizeof *order, by_unit);
        st = write_picks(w, keep);
        if (!st && n && w->out->tokens > budget) {
            memcpy(w->out->pick, order, n * sizeof *order); /* as they were chosen */
            tkc_free(w->alloc, order, n, sizeof *order);
            w->out->n_pick--;
            continue;
        }
        tkc_free(w->alloc, order, n, sizeof *order);
        break;
    }
    if (!st && w->out->n_pick == 0 && !keep) st = first_words(w, budget);
    w->n_unpicked = w->out->n_pick ? keep : w->out->text.len;
    return st ? st : settle_picks(w);
}

/* Of what stands in the summary and was not picked: one that was there before, words of ours or of others. */
static tkc_status count_kept(work *w)
{
    tkc_summary_memory *m = w->memory;
    tkc_status st = w->kept ? TKC_OK : make_kept(w);
    if (!st) st = tkc_facts_read(&m->facts, tkc_str_part(tkc_buf_str(&w->out->text), 0, w->n_unpicked), w->err);
    for (size_t i = 0; !st && m->fact.n && i < m->facts.n; i++) {
        const uint64_t key = m->facts.fact[i].key ? m->facts.fact[i].key : 1;
        const size_t k = summary_fact_place(&m->fact, key);
        if (m->fact.key[k] && m->told[m->fact.id[k]].call == m->call) keep_fact(w, m->fact.id[k]);
    }
    return st;
}

/* True in *taken: the external summary is in out. */
static tkc_status ask_outside(work *w, size_t budget, bool *taken)
{
    tkc_guard *g = NULL;
    tkc_losses l;
    size_t tokens;
    tkc_status st = w->opt->external(w->opt->external_ctx, w->turn, w->n_turn, budget, &w->out->text, w->err);
    *taken = false;
    tkc_losses_init(&l, w->alloc);
    if (!st) st = tkc_count(w->enc, tkc_buf_str(&w->out->text), 0, &tokens, w->err);
    if (!st) st = tkc_guard_new(&g, NULL, w->alloc, w->err);
    for (size_t i = 0; i < w->n_turn && !st; i++) {
        st = tkc_guard_hold(g, w->turn[i].text, w->err);
        /* "so Ann" is a name, "Ann" at the head of a line may be none */
        tkc_buf_clear(&w->text);
        if (!st) st = tkc_buf_append(&w->text, "so ", 3, w->err);
        if (!st) st = tkc_buf_append(&w->text, w->turn[i].speaker.ptr, w->turn[i].speaker.len, w->err);
        if (!st) st = tkc_guard_hold(g, tkc_buf_str(&w->text), w->err);
    }
    if (!st) st = tkc_guard_invented(g, tkc_buf_str(&w->out->text), &l, w->err);
    if (!st) {
        *taken = tokens <= budget && l.n_refused == 0 && w->out->text.len > 0;
        if (*taken) w->out->tokens = tokens;
        w->out->external = *taken;
        w->out->refused = !*taken;
    }
    tkc_losses_release(&l);
    tkc_guard_free(g);
    return st;
}

tkc_status tkc_summarise(tkc_encoder *enc, const tkc_said *turn, size_t n, const tkc_summarise_options *opt,
                         tkc_summary *out, tkc_error *err)
{
    tkc_summarise_options o = {0};
    tkc_summary_memory own;
    work w = {.alloc = out->alloc, .enc = enc, .turn = turn, .n_turn = n, .opt = &o, .out = out, .err = err};
    size_t used = 0;
    bool taken = false;
    tkc_status st;
    memcpy(&o, opt, opt->struct_size < sizeof o ? opt->struct_size : sizeof o);
    tkc_buf_clear(&out->text);
    out->tokens = out->n_pick = 0;
    out->renewed = out->external = out->refused = false;
    memset(out->facts_said, 0, sizeof out->facts_said);
    memset(out->facts_kept, 0, sizeof out->facts_kept);
    if (n > UINT32_MAX / 2 || o.n_previous > n) return tkc_fail(err, TKC_E_ARG, 0, "%zu turns, of which %zu were summarised before", n, o.n_previous);
    summary_memory_init(&own, w.alloc);
    w.memory = o.memory ? o.memory : &own;
    w.memory->call++;
    tkc_buf_init(&w.text, SIZE_MAX / 2, w.alloc);
    find_people(&w);
    st = w.memory->terms ? TKC_OK : tkc_terms_new(&w.memory->terms, NULL, 0x746b63, w.memory->alloc, err);
    if (!st && !o.verbatim) st = is_foreign(&w, &o.verbatim); /* the third person is made of English words */
    if (!st && o.previous.len) {
        st = tkc_count(enc, o.previous, 0, &used, err);
        if (!st) out->renewed = used > o.budget;
        if (!st && !out->renewed) {
            w.first_turn = o.n_previous;
            st = tkc_buf_append(&out->text, o.previous.ptr, o.previous.len, err);
            out->tokens = used;
        }
    }
    if (!st && o.external && !out->text.len && !out->renewed) {
        st = ask_outside(&w, o.budget, &taken);
        if (!st && !taken) tkc_buf_clear(&out->text);
    }
    if (!st && !taken && !out->renewed) st = extract(&w, o.budget);
    if (!st && !taken && o.previous.len && !out->renewed && out->n_pick == 0 && w.n_unit) out->renewed = true; /* nothing new fits behind it */
    if (!st && taken) {
        st = read_turns(&w);
        w.n_unpicked = out->text.len;
    }
    if (!st) st = count_kept(&w);
    release(&w);
    summary_memory_release(&own);
    if (!st && out->renewed) {
        o.previous = (tkc_str){NULL, 0};
        o.n_previous = 0;
        o.budget -= o.budget / 4; /* room for the next turns, or every call would begin anew */
        st = tkc_summarise(enc, turn, n, &o, out, err);
        out->renewed = true;
    }
    return st;
}
