/*
 * fit.c - the plan's passes over one request: run, make the edits, read again, check, go on.
 *
 * The request as it came is kept beside the one that changes, so that going back is taking
 * the other one. A pass that changes nothing costs no reading and no counting.
 */
#include "optimizer/fit/fit.h"

#include "optimizer/fit/guarding.h"
#include "optimizer/fit/work.h"
#include "optimizer/text/summarise_memory.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdio.h>
#include <string.h>

#define MAX_TEXT ((size_t)1 << 30)
enum { KEEP_TURNS = 2, MAX_TRIES = 3 };

void tkc_fitting_init(tkc_fitting *f, const tkc_allocator *alloc)
{
    memset(f, 0, sizeof *f);
    f->alloc = tkc_allocator_or_default(alloc);
    tkc_buf_init(&f->out, MAX_TEXT, f->alloc);
    tkc_buf_init(&f->text, (size_t)4 << 30, f->alloc);
}

void tkc_fitting_release(tkc_fitting *f)
{
    const tkc_allocator *alloc = f->alloc;
    tkc_buf_release(&f->out);
    tkc_buf_release(&f->text);
    tkc_free(alloc, f->hunk, f->cap_hunk, sizeof *f->hunk);
    tkc_free(alloc, f->lost, f->cap_lost, sizeof *f->lost);
    tkc_fitting_init(f, alloc);
}

static void clear(tkc_fitting *f)
{
    tkc_hunk *hunk = f->hunk;
    tkc_lost *lost = f->lost;
    size_t cap = f->cap_hunk, cap_lost = f->cap_lost;
    tkc_buf out = f->out, text = f->text;
    const tkc_allocator *alloc = f->alloc;
    memset(f, 0, sizeof *f);
    f->hunk = hunk;
    f->cap_hunk = cap;
    f->lost = lost;
    f->cap_lost = cap_lost;
    f->out = out;
    f->text = text;
    f->alloc = alloc;
    f->out.len = f->text.len = 0;
}

/* A request, its bytes and its count. */
typedef struct state {
    tkc_buf text;
    tkc_request r;
    tkc_request_count count;
} state;

typedef struct run {
    tkc_fitting *f;
    const tkc_plan *plan;
    tkc_protect *protect;
    tkc_work work;
    tkc_guarding *guarding;
    tkc_summary_memory *memory;
    state s[3];
    size_t first, now, spare; /* which is which */
    tkc_error *err;
} run;

/* --- the plan ----------------------------------------------------------------------------- */

static tkc_status choose_named(tkc_fitting *f, const tkc_plan *p, tkc_error *err)
{
    if (p->n_pass > TKC_FIT_MAX_PASS)
        return tkc_fail(err, TKC_E_LIMIT, 0, "%zu passes, the limit is %d", p->n_pass, TKC_FIT_MAX_PASS);
    for (size_t i = 0; i < p->n_pass; i++) {
        const tkc_pass *pass = tkc_pass_find(p->pass[i]);
        if (!pass) {
            char q[TKC_QUOTE_SIZE];
            return tkc_fail(err, TKC_E_ARG, i, "there is no pass %s", tkc_quote(q, p->pass[i], strlen(p->pass[i])));
        }
        if (p->lossless && pass->lane == TKC_LANE_LOSSY)
            return tkc_fail(err, TKC_E_ARG, i, "%s leaves something out and the plan is lossless", pass->name);
        f->pass[f->n_pass++].pass = pass;
    }
    return TKC_OK;
}

static bool is_asked_for(const tkc_plan *p, const tkc_pass *pass)
{
    if (strcmp(pass->name, "trim") == 0 && p->trim) return true;
    if (strcmp(pass->name, "pack") == 0 && p->pack) return true;
    return strcmp(pass->name, "layout") == 0 && p->sort_tools;
}

static tkc_status choose(tkc_fitting *f, const tkc_plan *p, tkc_error *err)
{
    const tkc_pass *pass;
    if (p->pass) return choose_named(f, p, err);
    for (size_t i = 0; (pass = tkc_pass_at(i)) != NULL && f->n_pass < TKC_FIT_MAX_PASS; i++) {
        if (p->lossless && pass->lane == TKC_LANE_LOSSY) continue;
        if (!is_asked_for(p, pass)) {
            if (pass->flags & TKC_PASS_NAMED) continue;
            if (pass->lane == TKC_LANE_LOSSY && !p->budget) continue;
        }
        f->pass[f->n_pass++].pass = pass;
        /* Chunks and old turns shrink by the same share first; what a summary could not free the chunks give. */
        if (strcmp(pass->name, "summarise") == 0 && !p->pack) f->pass[f->n_pass++].pass = tkc_pass_find("pack");
    }
    return TKC_OK;
}

/* --- one request -------------------------------------------------------------------------- */

static tkc_status read(run *u, state *s, tkc_str text, tkc_dialect dialect, tkc_dialect prefer)
{
    tkc_request_options o = {.struct_size = sizeof o, .dialect = dialect, .prefer = prefer, .alloc = u->f->alloc};
    return tkc_request_read(&s->r, text, &o, u->err);
}

/* What the pass left as it was has the tokens that it had. */
static tkc_status count_again(run *u, const state *old, state *next)
{
    const tkc_allocator *alloc = u->f->alloc;
    uint32_t *part = tkc_alloc(alloc, next->r.n_part + 1, sizeof *part);
    tkc_counted c = {.r = &old->r, .count = &old->count, .part = part};
    tkc_status st;
    if (!part) return tkc_nomem(u->err);
    for (size_t i = 0; i < old->r.n_part && c.n < next->r.n_part; i++)
        if (!(u->work.state[i] & TKC_WORK_REMOVED)) part[c.n++] = (uint32_t)i;
    st = tkc_count_request_again(&next->count, &next->r, &u->plan->target, &c, u->err);
    tkc_free(alloc, part, next->r.n_part + 1, sizeof *part);
    return st;
}

/* Parts below this one are in the cache: those up to the last mark, and keep_prefix tokens. */
static size_t first_free(const tkc_plan *plan, const state *s)
{
    size_t n = 0;
    uint64_t tokens = 0;
    if (!plan->allow_prefix_change)
        for (size_t i = s->r.n_part; i-- > 0 && !n;)
            if (s->r.part[i].flags & TKC_PART_CACHE) n = i + 1;
    for (size_t i = 0; i < s->r.n_part && tokens < plan->keep_prefix; i++) {
        tokens += s->count.part[i].tokens;
        if (i + 1 > n) n = i + 1;
    }
    return n;
}

static size_t first_kept(const tkc_plan *plan, const tkc_pass *pass, const tkc_request *r)
{
    size_t keep = plan->keep_turns || plan->keep_none ? plan->keep_turns : KEEP_TURNS;
    if (pass->lane == TKC_LANE_LOSSLESS) return SIZE_MAX;
    return keep < r->n_turn ? r->n_turn - keep : 0;
}

/* Of turns that a summary may be made of after this pass. */
static uint64_t left_for_later(const run *u, const tkc_pass_result *p, const state *s)
{
    uint64_t sum = 0;
    for (const tkc_pass_result *q = p + 1; q < u->f->pass + u->f->n_pass; q++) {
        if (strcmp(q->pass->name, "summarise") != 0) continue;
        const size_t end = first_kept(u->plan, q->pass, &s->r);
        for (size_t i = first_free(u->plan, s); i < s->r.n_part; i++)
            if (s->r.part[i].turn < end && s->r.part[i].role != TKC_ROLE_SYSTEM && s->r.part[i].role != TKC_ROLE_DEVELOPER)
                sum += s->count.part[i].tokens;
        break;
    }
    return sum;
}

static uint64_t above(const tkc_plan *plan, const state *s)
{
    return plan->budget && s->count.sum.tokens > plan->budget ? s->count.sum.tokens - plan->budget : 0;
}

/* --- the cached prefix -------------------------------------------------------------------- */

static void measure(const state *s, uint64_t *marked, uint64_t *settled)
{
    const uint32_t last = s->r.n_turn ? (uint32_t)(s->r.n_turn - 1) : TKC_NO_TURN;
    uint64_t sum = 0;
    bool in_last = false;
    *marked = *settled = 0;
    for (size_t i = 0; i < s->r.n_part; i++) {
        in_last = in_last || (s->r.part[i].turn == last && last != TKC_NO_TURN);
        sum += s->count.part[i].tokens;
        if (s->r.part[i].flags & TKC_PART_CACHE) *marked = sum;
        if (!in_last) *settled = sum;
    }
}

static tkc_status compare_prefix(const state *a, const state *b, const tkc_allocator *alloc, tkc_prefix *p, tkc_error *err)
{
    memset(p, 0, sizeof *p);
    for (size_t i = 0; i < a->r.n_part && i < b->r.n_part; i++) {
        bool same;
        tkc_status st = tkc_same_for_model(&a->r, i, &b->r, i, alloc, &same, err);
        if (st) return st;
        if (!same) break;
        p->kept += a->count.part[i].tokens;
    }
    measure(a, &p->marked[0], &p->settled[0]);
    measure(b, &p->marked[1], &p->settled[1]);
    return TKC_OK;
}

/* --- one pass ----------------------------------------------------------------------------- */

static tkc_status make(run *u)
{
    state *next = &u->s[u->spare];
    tkc_status st;
    tkc_buf_clear(&next->text);
    st = tkc_work_finish(&u->work, u->err);
    return st ? st : tkc_edit_make(&u->work.edit, &next->text, &next->r, u->err);
}

static tkc_status check(run *u)
{
    state *old = &u->s[u->now], *next = &u->s[u->spare];
    tkc_status st = count_again(u, old, next);
    return st ? st : tkc_work_check(&u->work, &old->r, &old->count, &next->r, &next->count, first_free(u->plan, old), u->err);
}

static bool is_change(const tkc_fitting *f, size_t from)
{
    for (size_t i = from; i < f->n_hunk; i++)
        if (f->hunk[i].op != TKC_HUNK_NOTE) return true;
    return false;
}

/* Puts the pass's name in front of a message. */
static void name_pass(const tkc_pass *pass, tkc_error *err)
{
    char rest[sizeof err->message];
    if (!err) return;
    memcpy(rest, err->message, sizeof rest);
    snprintf(err->message, sizeof err->message, "pass %s: %.200s", pass->name, rest);
}

/* What is read of sentences, for all tries of a pass that the guard may hold back. Where nothing is held back the first summary
 * stays, and no sentence is read again. */
static tkc_status open_memory(run *u, const tkc_pass *pass)
{
    tkc_status st;
    if (u->memory || u->plan->waive == ~0u || pass->lane != TKC_LANE_LOSSY || pass->flags & (TKC_PASS_GUARDED | TKC_PASS_CHOOSES)) return TKC_OK;
    st = tkc_guarding_open(u->guarding, u->err);
    if (!st) st = tkc_summary_memory_new(&u->memory, u->guarding->guard, u->f->alloc, u->err);
    u->work.memory = u->memory;
    return st;
}

/* Once: *changed, and then the result stands in the spare state, not yet counted and checked. */
static tkc_status try_pass(run *u, tkc_pass_result *p, bool again, bool *changed)
{
    state *s = &u->s[u->now];
    const size_t mark = first_free(u->plan, s);
    tkc_pass_ctx c = {.r = &s->r,
                      .count = &s->count,
                      .plan = u->plan,
                      .first_free = mark,
                      .first_kept = first_kept(u->plan, p->pass, &s->r),
                      .over = above(u->plan, s),
                      .later = left_for_later(u, p, s),
                      .has_must = again,
                      .work = &u->work};
    tkc_status st;
    u->work.count = &s->count;
    st = tkc_work_begin(&u->work, &s->r, p->pass, mark, u->err);
    *changed = false;
    if (!st) st = open_memory(u, p->pass);
    if (!st) st = p->pass->run(&c, u->err);
    if (st || !is_change(u->f, p->first_hunk)) return st;
    st = make(u);
    *changed = !st;
    return st;
}

static uint64_t sum_of(const uint64_t *count)
{
    uint64_t n = 0;
    for (int k = 0; k < TKC_N_FACT; k++) n += count[k];
    return n;
}

/* The kinds of fact that a lossy pass may lose. */
static unsigned waived_by(const tkc_plan *plan, const tkc_pass *pass)
{
    return pass->flags & TKC_PASS_CHOOSES ? ~0u : plan->waive;
}

/* Asks the guard about a change that was made. What it refuses is rolled back; *again: there is more to try. */
static tkc_status ask_guard(run *u, tkc_pass_result *p, int tries, size_t *text, bool *changed, bool *again)
{
    tkc_fitting *f = u->f;
    tkc_guarding *g = u->guarding;
    tkc_status st;
    *again = false;
    if (p->pass->lane != TKC_LANE_LOSSY || (p->pass->flags & TKC_PASS_GUARDED)) return TKC_OK;
    if (waived_by(u->plan, p->pass) == ~0u && !u->plan->list_waived) return TKC_OK;
    st = tkc_guarding_look(g, &u->work, &u->s[u->spare].r, waived_by(u->plan, p->pass), u->err);
    if (st || !g->losses.n_refused)
        return st ? st : tkc_guarding_list(g, &u->work, f, TKC_LOST_WAIVED, p->lost, u->err);
    *changed = false;
    f->n_hunk = p->first_hunk;
    f->text.len = *text;
    if (tries == 0) st = tkc_guarding_list(g, &u->work, f, TKC_LOST_HELD, p->held, u->err);
    *text = f->text.len;
    *again = tries + 1 < MAX_TRIES;
    /* What is kept takes the room of what was chosen, and with that other facts go: at last none counts as said. */
    if (!st && tries + 2 == MAX_TRIES) st = tkc_guarding_look(g, &u->work, NULL, waived_by(u->plan, p->pass), u->err);
    if (!st && *again) st = tkc_guarding_keep(g, &u->work, u->err);
    if (!st && !*again) {
        p->undone = true;
        snprintf(p->why, sizeof p->why, "the guard: %llu facts stand nowhere else and could not be kept",
                 (unsigned long long)sum_of(p->held));
    }
    return st;
}

/* Whether the times before that the pass ran, all in front of p, told a note. */
static bool is_told(const tkc_fitting *f, const tkc_pass_result *p, tkc_str note)
{
    const tkc_pass_result *first = p;
    while (first > f->pass && first[-1].pass == p->pass) first--;
    for (size_t i = first->first_hunk; i < p->first_hunk; i++) {
        const tkc_str s = tkc_fitting_text(f, f->hunk[i].reason);
        if (f->hunk[i].op == TKC_HUNK_NOTE && s.len == note.len && memcmp(s.ptr, note.ptr, s.len) == 0) return true;
    }
    return false;
}

/* A pass that is run again finds again what it left, and need not say so again. */
static void drop_told(tkc_fitting *f, const tkc_pass_result *p)
{
    size_t n = p->first_hunk;
    if (p == f->pass || p[-1].pass != p->pass) return;
    for (size_t i = n; i < f->n_hunk; i++)
        if (f->hunk[i].op != TKC_HUNK_NOTE || !is_told(f, p, tkc_fitting_text(f, f->hunk[i].reason))) f->hunk[n++] = f->hunk[i];
    f->n_hunk = n;
}

static tkc_status run_pass(run *u, tkc_pass_result *p)
{
    tkc_fitting *f = u->f;
    state *s = &u->s[u->now];
    const size_t lost = f->n_lost;
    size_t text = f->text.len;
    bool changed = false, again = false;
    tkc_status st = TKC_OK;
    p->first_hunk = f->n_hunk;
    p->tokens_before = p->tokens_after = s->count.sum.tokens;
    if (p->pass->flags & TKC_PASS_ON_BUDGET && !above(u->plan, s) && !u->plan->pass && !is_asked_for(u->plan, p->pass))
        return TKC_OK;
    p->ran = true;
    tkc_guarding_begin(u->guarding);
    for (int tries = 0; !st && (tries == 0 || again); tries++) {
        st = try_pass(u, p, tries > 0, &changed);
        again = false;
        if (!st && changed) st = ask_guard(u, p, tries, &text, &changed, &again);
        if (!st && changed) st = check(u);
    }
    if (!st && changed) {
        size_t old = u->now;
        u->now = u->spare;
        u->spare = old == u->first ? 3 - u->first - u->now : old;
        p->changed = f->is_changed = true;
        p->tokens_after = u->s[u->now].count.sum.tokens;
        st = compare_prefix(&u->s[old], &u->s[u->now], f->alloc, &p->prefix, u->err);
    }
    drop_told(f, p);
    p->n_hunk = f->n_hunk - p->first_hunk;
    if (st) {
        p->undone = true;
        if (u->err) memcpy(p->why, u->err->message, sizeof p->why);
        name_pass(p->pass, u->err);
        f->n_hunk = p->first_hunk;
        f->text.len = text;
        f->n_lost = lost;
        p->n_hunk = 0;
    }
    tkc_work_end(&u->work);
    /* A prompt file whose layout has no room for the change, an order that has more tokens: said in the report, no error. */
    return st == TKC_E_UNSUPPORTED ? TKC_OK : st;
}

/* --- the whole ---------------------------------------------------------------------------- */

/* What lossy passes left may end in blanks that minify, which came first, would have taken: without this a
 * second run would find them. */
static tkc_status minify_again(run *u)
{
    tkc_fitting *f = u->f;
    bool lossy = false;
    for (size_t i = 0; i < f->n_pass; i++) lossy = lossy || (f->pass[i].changed && f->pass[i].pass->lane == TKC_LANE_LOSSY);
    if (u->plan->pass || !lossy || f->n_pass >= sizeof f->pass / sizeof *f->pass) return TKC_OK;
    f->pass[f->n_pass].pass = tkc_pass_find("minify");
    return run_pass(u, &f->pass[f->n_pass++]);
}

static tkc_status go(run *u, tkc_str text, tkc_dialect dialect)
{
    tkc_fitting *f = u->f;
    tkc_status st = choose(f, u->plan, u->err);
    if (!st) st = tkc_protect_new(&u->protect, u->plan->protect, u->plan->n_protect, f->alloc, u->err);
    if (!st && !u->s[0].r.n_request) {
        st = read(u, &u->s[0], text, dialect, tkc_dialect_of_provider(u->plan->target.provider));
        if (!st) st = tkc_count_request(&u->s[0].count, &u->s[0].r, &u->plan->target, u->err);
    }
    if (!st && u->s[0].r.n_request > 1)
        st = tkc_fail(u->err, TKC_E_ARG, 0, "%zu requests in one text; give each by itself, or one a line (fit --jsonl)", u->s[0].r.n_request);
    if (st) return st;
    u->work.protect = u->protect;
    f->dialect = u->s[0].r.dialect;
    f->budget = u->plan->budget;
    f->cache_auto = u->s[0].r.cache_auto;
    f->before = f->after = u->s[0].count.sum;
    for (size_t i = 0; !st && i < f->n_pass; i++) {
        tkc_pass_result *p = &f->pass[i];
        st = run_pass(u, p);
        if (st || !p->changed || p->tokens_after >= p->tokens_before || f->n_pass >= sizeof f->pass / sizeof *f->pass) continue;
        if (!(p->pass->flags & TKC_PASS_SETTLES) &&
            (!(p->pass->flags & TKC_PASS_REPEATS) || sum_of(p->held) || !above(u->plan, &u->s[u->now])))
            continue;
        memmove(p + 2, p + 1, (f->n_pass - i - 1) * sizeof *p);
        memset(p + 1, 0, sizeof *p);
        p[1].pass = p->pass;
        f->n_pass++;
    }
    if (!st) st = minify_again(u);
    if (st) return st;
    f->after = u->s[u->now].count.sum;
    st = compare_prefix(&u->s[u->first], &u->s[u->now], f->alloc, &f->prefix, u->err);
    if (st) return st;
    f->is_over = above(u->plan, &u->s[u->now]) > 0;
    if (f->is_over || u->now == u->first) return tkc_buf_append(&f->out, text.ptr, text.len, u->err);
    return tkc_buf_append(&f->out, u->s[u->now].text.ptr, u->s[u->now].text.len, u->err);
}

static void open_state(state *s, const tkc_allocator *alloc)
{
    const tkc_request_options o = {.struct_size = sizeof o, .alloc = alloc};
    tkc_request_init(&s->r, &o);
    tkc_request_count_init(&s->count, alloc);
    tkc_buf_init(&s->text, MAX_TEXT, alloc);
}

static void close_run(run *u)
{
    tkc_work_release(&u->work);
    tkc_protect_free(u->protect);
    u->protect = NULL;
    for (size_t i = 0; i < 3; i++) {
        tkc_request_release(&u->s[i].r);
        tkc_request_count_release(&u->s[i].count);
        tkc_buf_release(&u->s[i].text);
    }
}

/* before: an earlier run over the same text, of which the request as it was read and counted is taken over, and the rest
 * closed; or NULL. */
static tkc_status run_plan(run *u, run *before, tkc_str text, tkc_dialect dialect)
{
    tkc_fitting *f = u->f;
    tkc_status st;
    clear(f);
    for (size_t i = 0; i < 3; i++) open_state(&u->s[i], f->alloc);
    if (before) {
        u->s[0] = before->s[0];
        open_state(&before->s[0], f->alloc);
        close_run(before);
    }
    u->spare = 1;
    tkc_work_init(&u->work, f, u->plan, NULL);
    u->work.guarding = u->guarding;
    u->work.memory = u->memory;
    if (before) {
        u->work.blind = before->work.blind;
        u->work.blind_texts = before->work.blind_texts;
    }
    st = go(u, text, dialect);
    if (st) {
        f->out.len = 0;
        f->is_changed = false;
    }
    return st;
}

/* The budget was missed and the guard held facts back: what waiving them would have made of it. */
static tkc_status ask_for_waiver(run *before, tkc_str text, tkc_dialect dialect)
{
    tkc_fitting *f = before->f;
    tkc_plan free_plan = *before->plan;
    tkc_fitting g;
    run u = {.f = &g, .plan = &free_plan, .guarding = before->guarding, .memory = before->memory, .err = before->err};
    tkc_status st;
    free_plan.waive = ~0u;
    free_plan.list_waived = true;
    free_plan.no_hunks = true; /* only its facts are told */
    tkc_fitting_init(&g, f->alloc);
    st = run_plan(&u, before, text, dialect);
    close_run(&u);
    if (!st && g.after.tokens < f->after.tokens) {
        f->waived_tokens = g.after.tokens;
        for (size_t i = 0; i < g.n_pass; i++)
            for (int k = 0; k < TKC_N_FACT; k++) f->would[k] += g.pass[i].lost[k];
    }
    for (size_t i = 0; !st && f->waived_tokens && i < g.n_lost; i++) {
        tkc_lost x = g.lost[i];
        if (!tkc_grow(f->alloc, &f->lost, &f->cap_lost, f->n_lost + 1, SIZE_MAX / 256, sizeof *f->lost)) st = tkc_nomem(before->err);
        if (!st) st = tkc_fitting_keep(f, tkc_fitting_text(&g, x.path), &x.path, before->err);
        if (!st) st = tkc_fitting_keep(f, tkc_fitting_text(&g, x.fact), &x.fact, before->err);
        if (!st) st = tkc_fitting_keep(f, tkc_fitting_text(&g, x.clause), &x.clause, before->err);
        x.state = TKC_LOST_WOULD;
        if (!st) f->lost[f->n_lost++] = x;
    }
    tkc_fitting_release(&g);
    return st;
}

tkc_status tkc_fit_request(tkc_fitting *f, tkc_str text, tkc_dialect dialect, const tkc_plan *plan, tkc_error *err)
{
    tkc_guarding guarding;
    run u = {.f = f, .plan = plan, .guarding = &guarding, .err = err};
    uint64_t held = 0;
    tkc_status st;
    if (!plan || plan->struct_size < sizeof *plan || !plan->target.encoder) {
        clear(f);
        return tkc_fail(err, TKC_E_ARG, 0, "tkc_plan: struct_size or the encoder is missing");
    }
    tkc_guarding_init(&guarding, f->alloc);
    st = run_plan(&u, NULL, text, dialect);
    for (size_t i = 0; i < f->n_pass; i++) held += sum_of(f->pass[i].held);
    if (!st && f->is_over && held && !plan->no_waiver) st = ask_for_waiver(&u, text, dialect);
    close_run(&u);
    tkc_summary_memory_free(u.memory);
    tkc_guarding_release(&guarding);
    if (st) f->out.len = 0;
    return st;
}
