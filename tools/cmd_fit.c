/*
 * cmd_fit.c - tokcount fit: a plan from the options, one request, the result and its report.
 *
 * The result is written whole or not at all, and not when it is above the budget. The
 * report's talk is on standard error; --json and --diff put data in the request's place.
 */
#include "optimizer/fit/report.h"
#include "optimizer/fit/undo.h"
#include "optimizer/money/money.h"
#include "optimizer/text/guard.h"
#include "tools/audit/rules.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "tools/cli/request.h"
#include "vocab/base/map_file.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 256, MAX_FACTS = 10, MAX_GAPS = 1000 };

typedef struct run {
    const cli_args *a;
    const char *path;
    tkc_buf text, out;
    cli_targets targets;
    tkc_encoder *encoder;
    char model[MAX_NAME]; /* "" where none is named */
    tkc_plan plan;
    char *names; /* --passes, cut at its commas */
    const char *pass[TKC_FIT_MAX_PASS];
    tkc_str *protect;
    double gap[MAX_GAPS];
    tkc_fitting fit;
    tkc_prices *prices;
    tkc_cache_rules *rules;
    tkc_net_options net_options;
    tkc_net net;
} run;

/* --- before ------------------------------------------------------------------------------- */

/* The model of -m, else the request's own; "" and the default vocabulary where there is none, or
 * one that no vocabulary is known for. */
static bool find_model(run *u)
{
    tkc_request r;
    tkc_request_options o = {.struct_size = sizeof o, .dialect = tkc_request_dialect_of_path(u->path)};
    tkc_buf scratch;
    tkc_str name = {NULL, 0};
    tkc_error err = {0};
    bool ok = true;
    if (u->a->n_pick > 1) {
        cli_message("fit: one -m or -e, please: the request is made smaller for one vocabulary");
        return false;
    }
    if (u->a->n_pick) {
        if (u->a->pick[0].is_model) snprintf(u->model, sizeof u->model, "%s", u->a->pick[0].name);
        return true;
    }
    tkc_request_init(&r, NULL);
    tkc_buf_init(&scratch, 1 << 20, NULL);
    if (tkc_request_read(&r, tkc_buf_str(&u->text), &o, &err) || tkc_request_model(&r, &scratch, &name, &err)) {
        cli_message_at(u->path, &err);
        ok = false;
    } else if (name.len && name.len < sizeof u->model) {
        memcpy(u->model, name.ptr, name.len);
        u->model[name.len] = '\0';
    }
    tkc_buf_release(&scratch);
    tkc_request_release(&r);
    return ok;
}

static bool open_target(run *u)
{
    cli_pick pick = {true, u->model};
    cli_args as_count = {.command = CMD_COUNT, .pick = u->a->pick, .n_pick = u->a->n_pick, .require = u->a->require,
                         .quiet = u->a->quiet};
    tkc_error err = {0};
    if (!u->a->n_pick && u->model[0]) {
        as_count.pick = &pick;
        as_count.n_pick = 1;
    }
    if (!cli_targets_open(&u->targets, &as_count)) {
        if (!u->a->n_pick && u->model[0])
            cli_message("fit: the request's own model has no vocabulary here: give one with -m or -e");
        return false;
    }
    if (tkc_encoder_new(&u->encoder, u->targets.vocab[u->targets.target[0].vocab], NULL, &err)) {
        cli_message("%s", err.message);
        return false;
    }
    u->plan.target = cli_count_target(&u->targets, 0, u->encoder);
    return true;
}

static bool cut_names(run *u)
{
    if (!u->a->passes) return true;
    u->names = strdup(u->a->passes);
    if (!u->names) {
        cli_message("out of memory");
        return false;
    }
    u->plan.pass = u->pass;
    for (char *s = u->names; s;) {
        char *comma = strchr(s, ',');
        if (comma) *comma = '\0';
        if (!*s || u->plan.n_pass == TKC_FIT_MAX_PASS || !tkc_pass_find(s)) {
            cli_message("--passes: there is no pass '%s'; '--passes list' shows them", s);
            return false;
        }
        u->pass[u->plan.n_pass++] = s;
        s = comma ? comma + 1 : NULL;
    }
    return true;
}

static bool open_lists(run *u)
{
    const cli_args *a = u->a;
    tkc_moment asof = {0};
    if (!cli_prices_asof(a, &asof) || !cli_prices_open(&u->prices, a) || !cli_rules_open(&u->rules, a)) return false;
    u->net_options = (tkc_net_options){.struct_size = sizeof u->net_options,
                                       .prices = u->prices,
                                       .rules = u->rules,
                                       .model = {u->model, strlen(u->model)},
                                       .provider = {a->provider ? a->provider : "", a->provider ? strlen(a->provider) : 0},
                                       .when = asof.day ? asof : cli_prices_now(),
                                       .cached = a->cached};
    return true;
}

/* --waive as bits. */
static bool waived_kinds(const cli_args *a, unsigned *out)
{
    for (const char *s = a->waive; s && *s;) {
        const size_t n = strcspn(s, ",");
        tkc_fact_kind kind;
        if (n == 3 && memcmp(s, "all", 3) == 0) {
            *out = ~0u;
        } else if (tkc_fact_kind_by_name((tkc_str){s, n}, &kind)) {
            *out |= TKC_GUARD_BIT(kind);
        } else {
            cli_message("--waive: there is no kind of fact '%.*s'; give all, or of number, date, time, version, name, "
                        "identifier, id, link, code, quote, negation, modal, limit, order and foreign those that may go",
                        (int)(n < 100 ? n : 100), s);
            return false;
        }
        s += n + (s[n] == ',');
    }
    return true;
}

/* --call-gap: one number is a mean, several are gaps. */
static bool call_gaps(run *u)
{
    for (const char *s = u->a->call_gap; s; s = *s ? s + 1 : NULL) {
        char *end;
        const double d = *s >= '0' && *s <= '9' ? strtod(s, &end) : -1;
        if (d < 0 || d > 1e9 || (*end && *end != ',')) {
            cli_message("--call-gap: '%s': give seconds between calls, such as 40 or 2,2,310", u->a->call_gap);
            return false;
        }
        if (u->plan.n_gap == MAX_GAPS) {
            cli_message("--call-gap: more than %d gaps", (int)MAX_GAPS);
            return false;
        }
        u->gap[u->plan.n_gap++] = d;
        s = end;
    }
    u->plan.gap = u->gap;
    if (u->plan.n_gap == 1) {
        u->plan.call_gap = u->gap[0];
        u->plan.n_gap = 0;
    }
    return true;
}

static bool make_plan(run *u)
{
    const cli_args *a = u->a;
    tkc_plan *p = &u->plan;
    p->struct_size = sizeof *p;
    if (!cut_names(u)) return false;
    if (a->budget == 0) {
        cli_message("--budget: nothing fits into 0 tokens; give at least 1");
        return false;
    }
    if (a->query && !*a->query) {
        cli_message("--query: it is empty; leave it out to ask what the last user turn asks");
        return false;
    }
    p->budget = a->budget == UINT64_MAX ? 0 : a->budget;
    p->lossless = a->lossless;
    p->trim = a->trim;
    p->pack = a->pack == UINT64_MAX ? 0 : a->pack;
    if (a->query) p->query = (tkc_str){a->query, strlen(a->query)};
    p->keep_turns = a->keep_turns == SIZE_MAX ? 0 : a->keep_turns;
    p->keep_none = a->keep_turns == 0;
    p->keep_examples = a->keep_examples;
    p->keep_prefix = (size_t)a->keep_prefix;
    p->allow_prefix_change = a->change_prefix;
    if (!waived_kinds(a, &p->waive)) return false;
    p->list_waived = !a->quiet || a->json || a->report_path;
    p->sort_tools = a->layout;
    if (!call_gaps(u)) return false;
    p->rule = u->net_options.rules ? tkc_net_rule(&u->net_options) : NULL;
    if (a->n_protect) {
        u->protect = calloc(a->n_protect, sizeof *u->protect);
        if (!u->protect) {
            cli_message("out of memory");
            return false;
        }
        for (size_t i = 0; i < a->n_protect; i++) u->protect[i] = (tkc_str){a->protect[i], strlen(a->protect[i])};
        p->protect = u->protect;
        p->n_protect = a->n_protect;
    }
    return true;
}

/* --- after -------------------------------------------------------------------------------- */

static bool price(run *u)
{
    tkc_error err = {0};
    if (!tkc_net_of(&u->net, u->fit.before.tokens, u->fit.after.tokens, &u->fit.prefix, &u->net_options, &err))
        return true;
    cli_message("%s", err.message);
    return false;
}

/* 21340 as "21,340". */
static const char *thousands(char buf[32], uint64_t n)
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
                              thousands(digits, p->tokens_before - p->tokens_after));
    }
    if (!n) snprintf(buf, cap, "nothing to do");
}

static void say_net(const run *u)
{
    const tkc_net *n = &u->net;
    const int64_t lossless = tkc_fit_lane_saving(&u->fit, TKC_LANE_LOSSLESS);
    char now[TKC_SIGNED_SIZE], each[TKC_SIGNED_SIZE], digits[32], when[80], tail[80] = "";
    if (lossless > 0 && tkc_fit_lane_saving(&u->fit, TKC_LANE_LOSSY) > 0)
        snprintf(tail, sizeof tail, "; lossless part alone: -%s tokens", thousands(digits, (uint64_t)lossless));
    if (!n->priced) {
        cli_message("fit: net of cache: not priced: %s%s", n->why, tail);
        return;
    }
    if (n->even == 1)
        snprintf(when, sizeof when, "from the first call on");
    else if (n->even)
        snprintf(when, sizeof when, "pays back after %s calls", thousands(digits, n->even));
    else
        snprintf(when, sizeof when, "never pays back");
    if (n->even && lossless > 0 && tail[0])
        snprintf(tail, sizeof tail, "; lossless part alone: -%s tokens", thousands(digits, (uint64_t)lossless));
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

static void say_pass(const tkc_fitting *f, const tkc_pass_result *p)
{
    kind kinds[KINDS];
    size_t n = 0;
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
static void say_guard(const run *u)
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
static void say_over(const run *u)
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

static void say(const run *u)
{
    const tkc_fitting *f = &u->fit;
    char before[32], after[32], passes[300];
    if (u->a->quiet) return;
    each_pass(f, passes, sizeof passes);
    cli_message("fit: %s -> %s tokens (%s); %zu protected spans touched", thousands(before, f->before.tokens),
                thousands(after, f->after.tokens), passes, f->n_touched);
    if (f->before.cls != TKC_CLASS_EXACT)
        cli_message("the counts are %s: %llu to %llu before, %llu to %llu after", tkc_class_name(f->before.cls),
                    (unsigned long long)f->before.low, (unsigned long long)f->before.high,
                    (unsigned long long)f->after.low, (unsigned long long)f->after.high);
    if (f->is_changed && u->model[0]) say_net(u);
    for (size_t i = 0; u->a->report && !u->a->report_path && i < f->n_pass; i++) say_pass(f, &f->pass[i]);
    say_guard(u);
}

static bool write_to(const char *path, tkc_str s)
{
    tkc_error err = {0};
    if (!path || strcmp(path, "-") == 0) return !s.len || fwrite(s.ptr, 1, s.len, stdout) == s.len;
    if (!tkc_write_file(path, s, &err)) return true;
    cli_message("%s", err.message);
    return false;
}

static int put_results(run *u)
{
    const cli_args *a = u->a;
    tkc_error err = {0};
    tkc_status st = TKC_OK;
    bool ok = true;
    tkc_buf_clear(&u->out);
    if (a->json || a->report_path) {
        st = tkc_fit_report(&u->fit, tkc_buf_str(&u->text), &u->net, &u->net_options, &u->out, &err);
        if (!st && a->json) ok = write_to(NULL, tkc_buf_str(&u->out));
        if (!st && ok && a->report_path) ok = write_to(a->report_path, tkc_buf_str(&u->out));
    }
    if (!st && a->show_diff) {
        tkc_buf_clear(&u->out);
        st = tkc_fit_diff(&u->fit, &u->net, &u->out, &err);
        if (!st) ok = ok && write_to(NULL, tkc_buf_str(&u->out));
    }
    if (st) {
        cli_message("%s", err.message);
        return EXIT_ERROR;
    }
    say(u);
    if (u->fit.is_over) {
        say_over(u);
        return ok ? EXIT_FINDINGS : EXIT_ERROR;
    }
    if (a->output || (!a->json && !a->show_diff)) ok = ok && write_to(a->output, tkc_buf_str(&u->fit.out));
    return ok ? EXIT_FINE : EXIT_ERROR;
}

static int fit(run *u)
{
    tkc_error err = {0};
    if (!find_model(u) || !open_target(u) || !open_lists(u) || !make_plan(u)) return EXIT_ERROR;
    if (tkc_fit_request(&u->fit, tkc_buf_str(&u->text), tkc_request_dialect_of_path(u->path), &u->plan, &err)) {
        cli_message_at(u->path, &err);
        if (strncmp(err.message, "pass ", 5) == 0) cli_message("everything was undone and nothing was written");
        return EXIT_ERROR;
    }
    return price(u) ? put_results(u) : EXIT_ERROR;
}

/* --- back --------------------------------------------------------------------------------- */

static int undo(run *u)
{
    tkc_buf report;
    tkc_json doc;
    tkc_error err = {0};
    int status = EXIT_ERROR;
    tkc_buf_init(&report, cli_input_limit(), NULL);
    tkc_json_init(&doc, NULL);
    if (cli_path_read(u->a->undo, &report, &err) || tkc_json_parse(&doc, tkc_buf_str(&report), NULL, &err)) {
        cli_message_at(u->a->undo, &err);
    } else {
        uint32_t node = tkc_json_get(&doc, 0, "undo", NULL);
        if (!tkc_json_is(&doc, tkc_json_get(&doc, 0, "schema", NULL), "tokcount/fit/1") || node == TKC_JSON_NONE)
            cli_message("%s: no report of tokcount fit; give what --report=FILE wrote", u->a->undo);
        else if (tkc_undo_apply(&doc, node, tkc_buf_str(&u->text), &u->out, &err))
            cli_message_at(u->path, &err);
        else if (write_to(u->a->output, tkc_buf_str(&u->out)))
            status = EXIT_FINE;
    }
    tkc_json_release(&doc);
    tkc_buf_release(&report);
    return status;
}

static int list_passes(void)
{
    for (size_t i = 0; i < tkc_n_pass; i++)
        printf("%-10s %-9s %s\n", tkc_pass_table[i]->name,
               tkc_pass_table[i]->lane == TKC_LANE_LOSSLESS ? "lossless" : "lossy", tkc_pass_table[i]->summary);
    return EXIT_FINE;
}

int cmd_fit(const cli_args *a)
{
    run *u;
    tkc_error err = {0};
    int status = EXIT_ERROR;
    if (a->passes && strcmp(a->passes, "list") == 0) return list_passes();
    u = calloc(1, sizeof *u);
    if (!u) {
        cli_message("out of memory");
        return EXIT_ERROR;
    }
    u->a = a;
    u->path = a->n_operand ? a->operand[0] : "-";
    tkc_buf_init(&u->text, cli_input_limit(), NULL);
    tkc_buf_init(&u->out, cli_input_limit(), NULL);
    tkc_fitting_init(&u->fit, NULL);
    if (a->n_operand > 1)
        cli_message("fit: one request at a time; %zu files were named", a->n_operand);
    else if (!a->n_operand && cli_stdin_is_terminal(a))
        status = EXIT_ERROR;
    else if (cli_path_read(u->path, &u->text, &err))
        cli_message_at(u->path, &err);
    else
        status = a->undo ? undo(u) : fit(u);
    tkc_fitting_release(&u->fit);
    tkc_encoder_free(u->encoder);
    cli_targets_release(&u->targets);
    tkc_cache_rules_free(u->rules);
    tkc_prices_free(u->prices);
    free(u->protect);
    free(u->names);
    tkc_buf_release(&u->text);
    tkc_buf_release(&u->out);
    free(u);
    return status;
}
