/* plan.c - the plan of tokcount fit, made of the options once and of each request's model. */
#include "tools/fit/fit.h"

#include "optimizer/fit/protect.h"
#include "optimizer/text/guard.h"
#include "tools/audit/rules.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "tools/cli/request.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/near.h"

#include <stdlib.h>
#include <string.h>

/* The request's own model; "" where it names none. */
static tkc_status own_model(fit_run *u, char model[FIT_MAX_NAME], tkc_error *err)
{
    tkc_request r;
    tkc_request_options o = {.struct_size = sizeof o, .dialect = tkc_request_dialect_of_path(cli_called(u->a, u->path))};
    tkc_buf scratch;
    tkc_str name = {NULL, 0};
    tkc_status st;
    tkc_request_init(&r, NULL);
    tkc_buf_init(&scratch, 1 << 20, NULL);
    st = tkc_request_read(&r, tkc_buf_str(&u->text), &o, err);
    if (!st) st = tkc_request_model(&r, &scratch, &name, err);
    u->is_guess = !st && !name.len && r.dialect < TKC_DIALECT_TEXT;
    if (!st && name.len < FIT_MAX_NAME) tkc_copy_name(model, FIT_MAX_NAME, name);
    tkc_buf_release(&scratch);
    tkc_request_release(&r);
    return st;
}

bool fit_open_fixed(fit_shared *s)
{
    if (!s->is_open) s->is_open = cli_targets_open(&s->fixed, &s->as_count);
    return s->is_open;
}

static tkc_status open_target(fit_run *u, const char *model, tkc_error *err)
{
    const bool own = !u->a->n_pick && model[0];
    const cli_targets *t = NULL;
    tkc_status st;
    tkc_encoder_free(u->encoder);
    u->encoder = NULL;
    u->is_open = false;
    snprintf(u->model, sizeof u->model, "%s", model);
    if (own)
        t = cli_models_get(&u->shared->models, (tkc_str){model, strlen(model)});
    else if (fit_open_fixed(u->shared))
        t = &u->shared->fixed;
    if (!t)
        return tkc_fail(err, TKC_E_NOTFOUND, 0, own ? "the request's own model has no vocabulary here: give one with -m or -e"
                                                    : "there is no such vocabulary");
    st = tkc_encoder_new(&u->encoder, t->vocab[t->target[0].vocab], NULL, err);
    if (st) return st;
    u->plan.target = cli_count_target(t, 0, u->encoder);
    u->cls = u->plan.target.cls;
    u->net_options.model = (tkc_str){u->model, strlen(u->model)};
    u->plan.rule = u->net_options.rules ? tkc_net_rule(&u->net_options) : NULL;
    u->is_open = true;
    return TKC_OK;
}

tkc_status fit_target(fit_run *u, tkc_error *err)
{
    char model[FIT_MAX_NAME] = "";
    tkc_status st = TKC_OK;
    if (u->a->n_pick)
        snprintf(model, sizeof model, "%s", u->a->pick[0].is_model ? u->a->pick[0].name : "");
    else
        st = own_model(u, model, err);
    if (!st && !(u->is_open && strcmp(model, u->model) == 0)) st = open_target(u, model, err);
    if (!st) u->plan.target.cls = u->is_guess ? TKC_CLASS_ESTIMATE : u->cls;
    return st;
}

tkc_status fit_one(fit_run *u, tkc_dialect dialect, tkc_error *err)
{
    tkc_status st = fit_target(u, err);
    if (!st) st = tkc_fit_request(&u->fit, tkc_buf_str(&u->text), dialect, &u->plan, err);
    if (!st && u->a->require >= 0 && (int)u->fit.before.cls > u->a->require)
        st = tkc_fail(err, TKC_E_UNSUPPORTED, 0, "the count is %s, --require asks for %s", tkc_class_name(u->fit.before.cls),
                      tkc_class_name((tkc_class)u->a->require));
    return st ? st : tkc_net_of(&u->net, u->fit.before.tokens, u->fit.after.tokens, &u->fit.prefix, &u->net_options, err);
}

static void say_no_pass(const char *name)
{
    tkc_near near = {.wanted = name};
    const tkc_pass *pass;
    for (size_t i = 0; (pass = tkc_pass_at(i)) != NULL; i++) tkc_near_offer(&near, pass->name);
    if (near.n && *name)
        cli_message("--passes: there is no pass '%s'; did you mean '%s'?", name, near.name[0]);
    else
        cli_message("--passes: there is no pass '%s'; '--passes list' shows them", name);
}

static bool cut_names(fit_run *u)
{
    if (!u->a->passes) return true;
    u->shared->names = strdup(u->a->passes);
    if (!u->shared->names) {
        cli_message("out of memory");
        return false;
    }
    u->plan.pass = u->shared->pass;
    for (char *s = u->shared->names; s;) {
        char *comma = strchr(s, ',');
        if (comma) *comma = '\0';
        if (!*s || u->plan.n_pass == TKC_FIT_MAX_PASS || !tkc_pass_find(s)) {
            say_no_pass(s);
            return false;
        }
        u->shared->pass[u->plan.n_pass++] = s;
        s = comma ? comma + 1 : NULL;
    }
    return true;
}

static bool open_lists(fit_run *u)
{
    const cli_args *a = u->a;
    tkc_moment asof = {0};
    if (!cli_prices_asof(a, &asof) || !cli_prices_open(&u->shared->prices, a) || !cli_rules_open(&u->shared->rules, a) ||
        !cli_rules_provider(u->shared->rules, u->shared->prices, a))
        return false;
    u->net_options = (tkc_net_options){.struct_size = sizeof u->net_options,
                                       .prices = u->shared->prices,
                                       .rules = u->shared->rules,
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
static bool call_gaps(fit_run *u)
{
    for (const char *s = u->a->call_gap; s; s = *s ? s + 1 : NULL) {
        char *end;
        const double d = *s >= '0' && *s <= '9' ? strtod(s, &end) : -1;
        if (d < 0 || d > 1e9 || (*end && *end != ',')) {
            cli_message("--call-gap: '%s': give seconds between calls, such as 40 or 2,2,310", u->a->call_gap);
            return false;
        }
        if (u->plan.n_gap == FIT_MAX_GAPS) {
            cli_message("--call-gap: more than %d gaps", (int)FIT_MAX_GAPS);
            return false;
        }
        u->shared->gap[u->plan.n_gap++] = d;
        s = end;
    }
    u->plan.gap = u->shared->gap;
    if (u->plan.n_gap == 1) {
        u->plan.call_gap = u->shared->gap[0];
        u->plan.n_gap = 0;
    }
    return true;
}

tkc_pack_options fit_pack_options(const cli_args *a)
{
    static const struct { const char *name; tkc_pack_order order; } orders[] = {
        {"text", TKC_PACK_TEXT}, {"separate", TKC_PACK_SEPARATE}};
    static const struct { const char *name; tkc_pack_place place; } places[] = {
        {"best", TKC_PACK_BEST}, {"ends", TKC_PACK_ENDS}};
    tkc_pack_options o = {.struct_size = sizeof o, .language = a->language, .diversity = a->diversity};
    for (size_t i = 0; a->order && i < 2; i++)
        if (strcmp(a->order, orders[i].name) == 0) o.order = orders[i].order;
    for (size_t i = 0; a->place && i < 2; i++)
        if (strcmp(a->place, places[i].name) == 0) o.place = places[i].place;
    if (a->title_weight <= 16) o.title_weight = a->title_weight ? (int)a->title_weight : -1;
    return o;
}

/* What a pass that is named would do without a word: nothing, or fail at each request. */
static bool can_run(const fit_run *u)
{
    const cli_args *a = u->a;
    for (size_t i = 0; i < u->plan.n_pass; i++) {
        const tkc_pass *pass = tkc_pass_find(u->plan.pass[i]);
        const bool is_pack = strcmp(pass->name, "pack") == 0, has_room = a->budget != UINT64_MAX || (is_pack && a->pack != UINT64_MAX);
        if (a->lossless && pass->lane == TKC_LANE_LOSSY)
            cli_message("fit: --lossless leaves nothing out, the pass %s does; give one", pass->name);
        else if (!has_room && (is_pack || strcmp(pass->name, "budget") == 0))
            cli_message("fit: the pass %s does nothing without --budget%s; give it", pass->name, is_pack ? " or --pack" : "");
        else
            continue;
        return false;
    }
    return true;
}

/* --protect, tried here: each request has its own. */
static bool protected_texts(fit_run *u)
{
    const cli_args *a = u->a;
    tkc_protect *tried;
    tkc_error err = {0};
    if (!a->n_protect) return true;
    u->shared->protect = calloc(a->n_protect, sizeof *u->shared->protect);
    if (!u->shared->protect) {
        cli_message("out of memory");
        return false;
    }
    for (size_t i = 0; i < a->n_protect; i++) {
        if (!*a->protect[i]) {
            cli_message("--protect: it is empty and would protect nothing; leave it out");
            return false;
        }
        u->shared->protect[i] = (tkc_str){a->protect[i], strlen(a->protect[i])};
    }
    if (tkc_protect_new(&tried, u->shared->protect, a->n_protect, NULL, &err)) {
        cli_message("--protect: %s", err.message);
        return false;
    }
    tkc_protect_free(tried);
    u->plan.protect = u->shared->protect;
    u->plan.n_protect = a->n_protect;
    return true;
}

bool fit_plan(fit_run *u)
{
    const cli_args *a = u->a;
    tkc_plan *p = &u->plan;
    p->struct_size = sizeof *p;
    if (a->n_pick > 1) {
        cli_message("fit: one -m or -e, please: the request is made smaller for one vocabulary");
        return false;
    }
    if (!open_lists(u) || !cut_names(u) || !can_run(u)) return false;
    if (a->budget == 0) {
        cli_message("--budget: nothing fits into 0 tokens; give at least 1");
        return false;
    }
    if (a->query && tkc_is_all_space((tkc_str){a->query, strlen(a->query)})) {
        cli_message("--query: it is empty; leave it out to ask what the last user turn asks");
        return false;
    }
    p->budget = a->budget == UINT64_MAX ? 0 : a->budget;
    p->lossless = a->lossless;
    p->trim = a->trim;
    p->pack = a->pack == UINT64_MAX ? 0 : a->pack;
    p->pack_by = fit_pack_options(a);
    if (a->query) p->query = (tkc_str){a->query, strlen(a->query)};
    p->keep_turns = a->keep_turns == SIZE_MAX ? 0 : a->keep_turns;
    p->keep_none = a->keep_turns == 0;
    p->keep_examples = a->keep_examples;
    p->keep_prefix = (size_t)a->keep_prefix;
    p->allow_prefix_change = a->change_prefix;
    if (!waived_kinds(a, &p->waive)) return false;
    p->list_waived = !a->quiet || a->json || a->report_path;
    p->no_waiver = !p->list_waived; /* a note, like those */
    p->no_hunks = !a->report && !a->report_path && !a->json && !a->show_diff;
    p->sort_tools = a->layout;
    return call_gaps(u) && protected_texts(u);
}

void fit_init(fit_run *u, fit_shared *shared, const cli_args *a)
{
    memset(u, 0, sizeof *u);
    u->a = a;
    u->shared = shared;
    u->path = a->n_operand ? a->operand[0] : "-";
    tkc_buf_init(&u->text, cli_input_limit(), NULL);
    tkc_buf_init(&u->out, cli_input_limit(), NULL);
    tkc_fitting_init(&u->fit, NULL);
}

void fit_fork(fit_run *u, const fit_run *of)
{
    fit_init(u, of->shared, of->a);
    u->plan = of->plan;
    u->net_options = of->net_options;
}

void fit_release(fit_run *u)
{
    tkc_fitting_release(&u->fit);
    tkc_encoder_free(u->encoder);
    tkc_buf_release(&u->text);
    tkc_buf_release(&u->out);
}

void fit_shared_init(fit_shared *s, const cli_args *a)
{
    memset(s, 0, sizeof *s);
    s->as_count = (cli_args){.command = CMD_COUNT, .pick = a->pick, .n_pick = a->n_pick, .require = a->require, .quiet = a->quiet};
    cli_models_init(&s->models, &s->as_count);
}

void fit_shared_release(fit_shared *s)
{
    cli_targets_release(&s->fixed);
    cli_models_release(&s->models);
    tkc_cache_rules_free(s->rules);
    tkc_prices_free(s->prices);
    free(s->protect);
    free(s->names);
}
