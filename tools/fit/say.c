/* say.c - the report of tokcount fit for people, on standard error. */
#include "tools/fit/fit.h"

#include "optimizer/money/money.h"
#include "tools/cli/output.h"

#include <string.h>

enum { MAX_FACTS = 10 };

/* 21340 as "21,340". */
const char *fit_thousands(char buf[32], uint64_t n)
{
    char *p = buf + 31;
    int digits = 0;
    *p = '\0';
    do {
        if (digits && digits % 3 == 0) *--p = ',';
        *--p = (char)('0' + n % 10);
        digits++;
    } while (n /= 10);
    return p;
}

/* "dedupe -3,112, pack -6,240" */
static void each_pass(const tkc_fitting *f, char *buf, size_t cap)
{
    size_t n = 0;
    buf[0] = '\0';
    for (size_t i = 0; i < f->n_pass && n < cap; i++) {
        const tkc_pass_result *p = &f->pass[i];
        char digits[32];
        if (!p->changed) continue;
        n += (size_t)snprintf(buf + n, cap - n, "%s%s -%s", n ? ", " : "", p->pass->name,
                              fit_thousands(digits, p->tokens_before - p->tokens_after));
    }
    if (!n) snprintf(buf, cap, "nothing to do");
}

static void say_net(const fit_run *u)
{
    const tkc_net *n = &u->net;
    const int64_t lossless = tkc_fit_lane_saving(&u->fit, TKC_LANE_LOSSLESS);
    char now[TKC_SIGNED_SIZE], each[TKC_SIGNED_SIZE], digits[32], when[80], tail[80] = "";
    if (lossless > 0 && tkc_fit_lane_saving(&u->fit, TKC_LANE_LOSSY) > 0)
        snprintf(tail, sizeof tail, "; lossless part alone: -%s tokens at once", fit_thousands(digits, (uint64_t)lossless));
    if (!n->priced) {
        cli_message("fit: net of cache: not priced: %s%s", n->why, tail);
        return;
    }
    if (n->even == 1)
        snprintf(when, sizeof when, "from the first call on");
    else if (n->even)
        snprintf(when, sizeof when, "pays back after %s calls", fit_thousands(digits, n->even));
    else
        snprintf(when, sizeof when, "never pays back");
    if (n->even && lossless > 0 && tail[0])
        snprintf(tail, sizeof tail, "; lossless part alone: -%s tokens at once", fit_thousands(digits, (uint64_t)lossless));
    cli_message("fit: net of cache: %s now, %s a call later, %s%s", tkc_signed_dollars(now, n->now),
                tkc_signed_dollars(each, n->each), when, tail);
    if (n->destroyed)
        cli_message("cache: %s%llu tokens cached before, %llu of them are to be written or read anew",
                    n->assumed ? "up to " : "", (unsigned long long)n->cached, (unsigned long long)n->destroyed);
}

/* Of many hunks that say the same the first few stand one by one; --report=FILE and --json have all. */
enum { SHOWN = 5, ALL_UP_TO = 10, KINDS = 16 };
typedef struct kind {
    tkc_str name; /* the reason; of a note what stands before its first colon */
    bool is_note;
    size_t n, seen;
    uint64_t before, after; /* of those not shown */
} kind;

static kind *kind_of(kind *k, size_t *n, const tkc_fitting *f, const tkc_hunk *h)
{
    const bool note = h->op == TKC_HUNK_NOTE;
    tkc_str name = tkc_fitting_text(f, h->reason);
    const char *colon = note && name.len ? memchr(name.ptr, ':', name.len) : NULL;
    if (colon) name.len = (size_t)(colon - name.ptr);
    for (size_t i = 0; i < *n; i++)
        if (k[i].is_note == note && k[i].name.len == name.len && memcmp(k[i].name.ptr, name.ptr, name.len) == 0) return &k[i];
    if (*n == KINDS) return NULL;
    k[*n] = (kind){.name = name, .is_note = note};
    return &k[(*n)++];
}

static void say_hunk(const char *pass, const tkc_fitting *f, const tkc_hunk *h)
{
    tkc_str path = tkc_fitting_text(f, h->path), why = tkc_fitting_text(f, h->reason);
    if (h->op == TKC_HUNK_NOTE)
        cli_message("%s: %.*s", pass, (int)(why.len < 500 ? why.len : 500), why.ptr);
    else
        cli_message("%s: %.*s, line %zu: %llu -> %llu tokens (%.*s)", pass, path.len ? (int)(path.len < 200 ? path.len : 200) : 8,
                    path.len ? path.ptr : "the text", h->line, (unsigned long long)h->tokens_before, (unsigned long long)h->tokens_after,
                    (int)(why.len < 200 ? why.len : 200), why.ptr);
}

/* What the pass made of the tokens, and what that is worth. */
static void say_change(const fit_run *u, const tkc_pass_result *p)
{
    char before[32], after[32], words[TKC_NET_SIZE] = "";
    tkc_net net = {0};
    tkc_error ignored;
    if (!p->changed) return;
    if (u->model[0] && !tkc_net_of(&net, p->tokens_before, p->tokens_after, &p->prefix, &u->net_options, &ignored))
        tkc_net_words(words, &net);
    cli_message("%s: %s -> %s tokens%s%s", p->pass->name, fit_thousands(before, p->tokens_before),
                fit_thousands(after, p->tokens_after), words[0] ? "; " : "", words);
}

static void say_pass(const fit_run *u, const tkc_pass_result *p)
{
    const tkc_fitting *f = &u->fit;
    kind kinds[KINDS];
    size_t n = 0;
    say_change(u, p);
    if (p->undone) cli_message("%s: undone: %s", p->pass->name, p->why);
    for (size_t i = p->first_hunk; i < p->first_hunk + p->n_hunk; i++) {
        kind *k = kind_of(kinds, &n, f, &f->hunk[i]);
        if (k) k->n++;
    }
    for (size_t i = p->first_hunk; i < p->first_hunk + p->n_hunk; i++) {
        const tkc_hunk *h = &f->hunk[i];
        kind *k = kind_of(kinds, &n, f, h);
        if (!k || k->n <= ALL_UP_TO || k->seen++ < SHOWN) {
            say_hunk(p->pass->name, f, h);
        } else {
            k->before += h->tokens_before;
            k->after += h->tokens_after;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const kind *k = &kinds[i];
        const int len = (int)(k->name.len < 200 ? k->name.len : 200);
        if (k->n <= ALL_UP_TO) continue;
        if (k->is_note)
            cli_message("%s: %.*s: %zu more", p->pass->name, len, k->name.ptr, k->n - SHOWN);
        else
            cli_message("%s: %zu more: %llu -> %llu tokens (%.*s)", p->pass->name, k->n - SHOWN, (unsigned long long)k->before,
                        (unsigned long long)k->after, len, k->name.ptr);
    }
}

static void say_facts(const tkc_fitting *f, tkc_lost_state state, size_t most)
{
    size_t n = 0, all = 0;
    for (size_t i = 0; i < f->n_lost; i++) all += f->lost[i].state == state;
    for (size_t i = 0; i < f->n_lost && n < most; i++) {
        const tkc_lost *x = &f->lost[i];
        tkc_str path = tkc_fitting_text(f, x->path), fact = tkc_fitting_text(f, x->fact), clause = tkc_fitting_text(f, x->clause);
        if (x->state != state) continue;
        while (clause.len && (*clause.ptr == ' ' || *clause.ptr == '\n')) clause = (tkc_str){clause.ptr + 1, clause.len - 1};
        cli_message("  %s: %.*s: %s \"%.*s\" in \"%.*s\"", x->pass->name, path.len ? (int)(path.len < 100 ? path.len : 100) : 8,
                    path.len ? path.ptr : "the text", tkc_fact_kind_name((tkc_fact_kind)x->kind),
                    (int)(fact.len < 60 ? fact.len : 60), fact.ptr, (int)(clause.len < 100 ? clause.len : 100), clause.ptr);
        n++;
    }
    if (all > n) cli_message("  and %zu more; --report=FILE lists them", all - n);
}

/* What the guard kept, and what is gone because it was waived. */
static void say_guard(const fit_run *u)
{
    const tkc_fitting *f = &u->fit;
    uint64_t held[TKC_N_FACT] = {0}, lost[TKC_N_FACT] = {0}, n_held = 0, n_lost = 0;
    char counts[400];
    for (size_t i = 0; i < f->n_pass; i++)
        for (int k = 0; k < TKC_N_FACT; k++) {
            held[k] += f->pass[i].held[k];
            lost[k] += f->pass[i].lost[k];
            n_held += f->pass[i].held[k];
            n_lost += f->pass[i].lost[k];
        }
    if (n_held) cli_message("guard: %s that stand nowhere else were kept", tkc_fact_counts(counts, sizeof counts, held));
    if (u->a->report && !u->a->report_path) say_facts(f, TKC_LOST_HELD, MAX_FACTS);
    if (n_lost) cli_message("guard: %s that stood nowhere else are gone", tkc_fact_counts(counts, sizeof counts, lost));
    if (u->a->report && !u->a->report_path) say_facts(f, TKC_LOST_WAIVED, MAX_FACTS);
}

/* The budget is not met, and which facts would have to go for it. */
void fit_say_over(const fit_run *u)
{
    const tkc_fitting *f = &u->fit;
    char counts[400], kinds[300];
    size_t n = 0;
    cli_message("the budget is %llu tokens; the smallest that these passes can make of it is %llu: nothing was written",
                (unsigned long long)f->budget, (unsigned long long)f->after.tokens);
    if (!f->waived_tokens) return;
    for (int k = 0; k < TKC_N_FACT; k++)
        if (f->would[k] && n < sizeof kinds)
            n += (size_t)snprintf(kinds + n, sizeof kinds - n, "%s%s", n ? "," : "", tkc_fact_kind_name((tkc_fact_kind)k));
    cli_message("that is with every fact kept; --waive %s would make it %llu, and lose %s:", n ? kinds : "all",
                (unsigned long long)f->waived_tokens, tkc_fact_counts(counts, sizeof counts, f->would));
    say_facts(f, TKC_LOST_WOULD, MAX_FACTS);
}

void fit_say(const fit_run *u)
{
    const tkc_fitting *f = &u->fit;
    char before[32], after[32], passes[300];
    if (u->a->quiet) return;
    each_pass(f, passes, sizeof passes);
    cli_message("fit: %s -> %s tokens (%s); %zu protected spans touched", fit_thousands(before, f->before.tokens),
                fit_thousands(after, f->after.tokens), passes, f->n_touched);
    if (f->before.cls != TKC_CLASS_EXACT && (f->before.low != f->before.high || f->after.low != f->after.high))
        cli_message("the counts are %s: %llu to %llu before, %llu to %llu after", tkc_class_name(f->before.cls),
                    (unsigned long long)f->before.low, (unsigned long long)f->before.high,
                    (unsigned long long)f->after.low, (unsigned long long)f->after.high);
    else if (f->before.cls != TKC_CLASS_EXACT)
        cli_message("the counts are %s%s", tkc_class_name(f->before.cls),
                    u->is_guess ? ": no model is named, counted with o200k_base; give -m MODEL" : "");
    if (f->is_changed && u->model[0]) say_net(u);
    for (size_t i = 0; u->a->report && !u->a->report_path && i < f->n_pass; i++) say_pass(u, &f->pass[i]);
    say_guard(u);
}
