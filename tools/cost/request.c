/* request.c - what one request costs: its prompt counted, or its tokens as given. */
#include "tools/cost/cost.h"

#include "tools/cli/calibration.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "tools/cli/request.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <string.h>

/* The prompt of a request: how many tokens, and how sure that is. */
typedef struct prompt {
    uint64_t tokens, low, high;
    tkc_class cls;
    bool is_lower_bound; /* part of it cannot be seen in the file */
    bool is_given;       /* by --input: not counted */
} prompt;

/* Counts a request as "count --as request -m MODEL" does. model is NUL-terminated. */
static bool count_request(const cli_args *a, const tkc_request *q, const char *path, const char *model,
                          prompt *out)
{
    cli_pick pick = {true, model};
    const cli_args as_count = {.command = CMD_COUNT, .pick = &pick, .n_pick = 1, .require = -1, .quiet = true};
    cli_targets t = {0};
    tkc_calibrations all;
    tkc_encoder *e = NULL;
    tkc_request_count c;
    tkc_error err = {0};
    bool ok = false;
    tkc_request_count_init(&c, NULL);
    if (!cli_calibrations_open(&all, a)) {
        tkc_calibrations_release(&all);
        return false;
    }
    if (!cli_targets_open(&t, &as_count)) {
        cli_message("cost: the prompt cannot be counted for this model: give its tokens with --input N");
    } else if (tkc_encoder_new(&e, t.vocab[t.target[0].vocab], NULL, &err)) {
        cli_message("%s", err.message);
    } else {
        const tkc_count_target target = cli_count_target(&t, 0, e);
        if (tkc_count_request(&c, q, &target, &err)) {
            cli_message_at(path, &err);
        } else {
            const tkc_calibration *cal = cli_calibration_for(&all, &t.target[0]);
            if (cal) tkc_calibration_apply(cal, q, &c);
            *out = (prompt){c.sum.tokens, c.sum.low, c.sum.high, c.sum.cls, c.is_lower_bound, false};
            ok = true;
        }
    }
    tkc_calibrations_release(&all);
    tkc_request_count_release(&c);
    tkc_encoder_free(e);
    cli_targets_release(&t);
    return ok;
}

/* The prompt tokens of the request in a file (NULL: none), or --input. The file's own model
 * goes to *model unless one was named. False: it was said. */
static bool request_tokens(cost_run *r, const char *path, tkc_str *model, prompt *out)
{
    tkc_request q;
    tkc_error err = {0};
    tkc_str own = {NULL, 0};
    bool ok = false;
    const uint64_t given = r->a->input;
    if (given != UINT64_MAX) *out = (prompt){given, given, given, TKC_CLASS_EXACT, false, true};
    if (!path) return true;
    tkc_request_init(&q, NULL);
    tkc_buf_clear(&r->line);
    tkc_buf_clear(&r->scratch);
    if (cli_path_read(path, &r->line, &err) ||
        tkc_request_read(&q, tkc_buf_str(&r->line), NULL, &err) ||
        tkc_request_model(&q, &r->scratch, &own, &err)) {
        cli_message_at(path, &err);
        cli_say_request(r->a, path, &err);
    } else if (q.n_request > 1) {
        cli_message("%s: %zu requests in one file; 'cost' prices one, 'count --as request' counts them",
                    path, q.n_request);
    } else {
        if (!model->len) *model = own;
        if (!model->len || model->len >= sizeof r->model) {
            cli_message("cost: %s names no model; give -m MODEL", path);
        } else {
            tkc_copy_name(r->model, sizeof r->model, *model); /* the request is released below */
            model->ptr = r->model;
            ok = out->is_given || count_request(r->a, &q, path, r->model, out);
        }
    }
    tkc_request_release(&q);
    return ok;
}

static void put_request(const cost_run *r, const tkc_usage *u, const tkc_cost *c)
{
    char dollars[TKC_MONEY_SIZE], price[CLI_PRICE_SIZE];
    const tkc_money sum = {c->picodollars};
    printf("%-15s %12s %14s %20s\n", "", "TOKENS", "PER MILLION", "DOLLARS");
    for (int i = 0; i < TKC_N_UNIT; i++) {
        const tkc_money part = {c->part[i]};
        uint64_t p = tkc_price_of(c->row, (tkc_unit)i);
        if (!u->n[i] || (i == TKC_UNIT_REQUEST && p == TKC_NO_PRICE)) continue;
        printf("%-15s %12llu %14s %20s\n", tkc_unit_name((tkc_unit)i), (unsigned long long)u->n[i],
               p == TKC_NO_PRICE ? "-" : cli_prices_text(price, (tkc_unit)i, p),
               tkc_money_dollars(dollars, part));
    }
    printf("%-15s %12s %14s %20s\n", "total", "", "", tkc_money_dollars(dollars, sum));
    if (!r->a->quiet && c->why[0])
        cli_message("%s: %s", tkc_cost_class_name(c->cls), c->why);
}

static void put_request_json(const tkc_usage *u, const tkc_cost *c, const prompt *n, const tkc_cost range[2])
{
    char text[TKC_MONEY_SIZE], date[CLI_DATE_SIZE];
    const tkc_money sum = {c->picodollars};
    fputs("{\"schema\":\"tokcount/cost/1\",\"model\":", stdout);
    cli_put_json(stdout, u->model);
    cost_put_member("provider", c->model.provider);
    cost_put_member("matched", c->model.model);
    cost_put_member("rule", c->model.model ? tkc_price_rule_name(c->model.rule) : NULL);
    cost_put_member("mode", tkc_mode_name(u->mode));
    cost_put_member("day", cli_prices_date(date, c->when.day));
    fputs(",\"picodollars\":", stdout);
    if (c->priced)
        fputs(tkc_money_digits(text, sum), stdout);
    else
        fputs("null", stdout);
    cost_put_member("dollars", c->priced ? tkc_money_dollars(text, sum) : NULL);
    cost_put_member("class", tkc_cost_class_name(c->cls));
    cost_put_member("why", c->why);
    if (c->priced)
        printf(",\"low\":%llu,\"high\":%llu", (unsigned long long)range[0].picodollars,
               (unsigned long long)range[1].picodollars);
    printf(",\"prompt\":{\"tokens\":%llu,\"low\":%llu,\"high\":%llu,\"class\":\"%s\"}",
           (unsigned long long)n->tokens, (unsigned long long)n->low, (unsigned long long)n->high,
           n->is_given ? "given" : tkc_class_name(n->cls));
    fputs(",\"parts\":[", stdout);
    for (int i = 0, k = 0; i < TKC_N_UNIT && c->priced; i++) {
        if (!u->n[i] || (i == TKC_UNIT_REQUEST && !c->part[i])) continue;
        printf("%s{\"unit\":\"%s\",\"tokens\":%llu,\"picodollars\":%llu}", k++ ? "," : "",
               tkc_unit_name((tkc_unit)i), (unsigned long long)u->n[i], (unsigned long long)c->part[i]);
    }
    fputs("]}\n", stdout);
}

/* The cost with so many prompt tokens; the cached ones are never more than those. */
static bool request_cost(const cost_run *r, tkc_usage *u, uint64_t tokens, tkc_cost *c)
{
    const uint64_t cached = r->a->cached == UINT64_MAX ? 0 : r->a->cached;
    tkc_error err = {0};
    u->n[TKC_UNIT_READ] = cached < tokens ? cached : tokens;
    u->n[TKC_UNIT_INPUT] = tokens - u->n[TKC_UNIT_READ];
    u->n[TKC_UNIT_OUTPUT] = r->a->out == UINT64_MAX ? 0 : r->a->out;
    u->n[TKC_UNIT_REQUEST] = 1;
    u->prompt = tokens;
    if (!tkc_cost_of(r->prices, u, &r->opt, c, &err)) return true;
    cli_message("%s", err.message);
    return false;
}

/* An unsure count makes an unsure cost. */
static void weaken(tkc_cost *c, const prompt *n)
{
    char why[120] = "";
    size_t have = strlen(c->why), len;
    if (n->is_given || !c->priced) return;
    if (n->cls != TKC_CLASS_EXACT) {
        const int k = snprintf(why, sizeof why, "the prompt's tokens are %s", tkc_class_name(n->cls));
        if (n->low != n->high)
            snprintf(why + k, sizeof why - (size_t)k, ": %llu to %llu", (unsigned long long)n->low, (unsigned long long)n->high);
        if (c->cls < TKC_COST_ESTIMATE) c->cls = TKC_COST_ESTIMATE;
    }
    if (n->is_lower_bound) {
        snprintf(why, sizeof why, "part of the prompt cannot be seen in the file");
        c->cls = TKC_COST_LOWER_BOUND;
    }
    len = strlen(why);
    if (len && have + len + 3 <= sizeof c->why) snprintf(c->why + have, sizeof c->why - have, "%s%s", have ? "; " : "", why);
}

int cost_price_request(cost_run *r)
{
    const cli_args *a = r->a;
    tkc_usage u = {.format = TKC_USAGE_OWN, .model = r->opt.model, .provider = r->opt.provider};
    tkc_cost c, range[2];
    prompt n = {0};
    if (a->n_operand > 1) {
        cli_message("cost: --out and --input price one request; leave the other files out");
        return EXIT_ERROR;
    }
    if (!a->n_operand && a->input == UINT64_MAX) {
        cli_message("cost: give the request's file, or the tokens of its prompt with --input N");
        return EXIT_ERROR;
    }
    if (!request_tokens(r, a->n_operand ? a->operand[0] : NULL, &u.model, &n)) return EXIT_ERROR;
    if (!u.model.len) {
        cli_message("cost: which model? Give -m MODEL");
        return EXIT_ERROR;
    }
    if (a->cached != UINT64_MAX && a->cached > n.high) {
        cli_message("cost: --cached %llu is more than the prompt's %llu tokens",
                    (unsigned long long)a->cached, (unsigned long long)n.high);
        return EXIT_ERROR;
    }
    if (a->batch) u.mode = TKC_MODE_BATCH;
    if (!request_cost(r, &u, n.low, &range[0]) || !request_cost(r, &u, n.high, &range[1]) ||
        !request_cost(r, &u, n.tokens, &c))
        return EXIT_ERROR;
    weaken(&c, &n);
    if (a->json)
        put_request_json(&u, &c, &n, range);
    else if (c.priced)
        put_request(r, &u, &c);
    cli_prices_warn_age(a, c.when);
    if (!c.priced) {
        cli_message("unpriced: %s", c.why);
        return EXIT_ERROR;
    }
    if (a->require >= 0 && c.cls != TKC_COST_EXACT) {
        cli_message("--require: the cost is %s", tkc_cost_class_name(c.cls));
        return EXIT_ERROR;
    }
    return EXIT_FINE;
}
