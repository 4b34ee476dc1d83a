/*
 * cost.c - multiplies and adds, with every step checked, and says what was assumed.
 */
#include "optimizer/money/cost.h"

#include "optimizer/money/money.h"
#include "vocab/base/error.h"

#include <stdio.h>
#include <string.h>

const char *tkc_cost_class_name(tkc_cost_class c)
{
    static const char *const name[] = {"exact", "estimate", "lower-bound", "unpriced"};
    return (unsigned)c < sizeof name / sizeof *name ? name[c] : "?";
}

/* The class falls; the reason is added unless it stands there or does not fit. */
static void because(tkc_cost *c, tkc_cost_class cls, const char *why)
{
    size_t have = strlen(c->why), n = strlen(why);
    if (cls > c->cls) c->cls = cls;
    if (strstr(c->why, why) || have + n + 3 > sizeof c->why) return;
    if (have) {
        memcpy(c->why + have, "; ", 2);
        have += 2;
    }
    memcpy(c->why + have, why, n + 1);
}

/* Where a unit without a price of its own is charged; TKC_N_UNIT: nowhere. */
static tkc_unit charged_as(tkc_unit u)
{
    switch (u) {
    case TKC_UNIT_READ:
    case TKC_UNIT_WRITE_5M:
    case TKC_UNIT_AUDIO_IN:
    case TKC_UNIT_IMAGE_IN:
    case TKC_UNIT_VIDEO_IN: return TKC_UNIT_INPUT;
    case TKC_UNIT_WRITE_1H: return TKC_UNIT_WRITE_5M;
    case TKC_UNIT_AUDIO_READ:
    case TKC_UNIT_IMAGE_READ: return TKC_UNIT_READ;
    case TKC_UNIT_REASONING:
    case TKC_UNIT_AUDIO_OUT:
    case TKC_UNIT_IMAGE_OUT:
    case TKC_UNIT_VIDEO_OUT: return TKC_UNIT_OUTPUT;
    default: return TKC_N_UNIT;
    }
}

static void substitution(tkc_cost *c, tkc_unit u)
{
    switch (u) {
    case TKC_UNIT_READ:
    case TKC_UNIT_AUDIO_READ:
    case TKC_UNIT_IMAGE_READ:
        because(c, TKC_COST_ESTIMATE, "no cache-read price: charged as uncached");
        break;
    case TKC_UNIT_WRITE_5M:
        because(c, TKC_COST_ESTIMATE, "no cache-write price: charged as input");
        break;
    case TKC_UNIT_WRITE_1H:
        because(c, TKC_COST_LOWER_BOUND, "no price for an hour's cache write: charged as a short one");
        break;
    case TKC_UNIT_AUDIO_IN:
    case TKC_UNIT_AUDIO_OUT: because(c, TKC_COST_ESTIMATE, "no audio price: charged as text"); break;
    default: break; /* reasoning is output, images and video are input, by the providers' rules */
    }
}

static tkc_status add_unit(tkc_cost *c, const tkc_price_row *row, tkc_unit u, uint64_t n,
                           tkc_error *err)
{
    tkc_unit as = u;
    uint64_t price = tkc_price_of(row, u);
    char why[80];
    if (n == 0) return TKC_OK;
    while (price == TKC_NO_PRICE && as != TKC_N_UNIT) {
        as = charged_as(as);
        if (as != TKC_N_UNIT) price = tkc_price_of(row, as);
    }
    if (price == TKC_NO_PRICE) {
        if (u == TKC_UNIT_REQUEST) return TKC_OK; /* not charged by the request */
        snprintf(why, sizeof why, "no price for %s", tkc_unit_name(u));
        because(c, TKC_COST_LOWER_BOUND, why);
        return TKC_OK;
    }
    if (as != u) substitution(c, u);
    c->part[u] = 0;
    if (!tkc_money_add_product(&c->part[u], n, price) ||
        !tkc_money_add_product(&c->picodollars, n, price))
        return tkc_fail(err, TKC_E_LIMIT, 0, "a cost above 18 million dollars for one record: "
                                             "%llu tokens of %s",
                        (unsigned long long)n, tkc_unit_name(u));
    return TKC_OK;
}

static tkc_moment moment_of(const tkc_usage *u, const tkc_cost_options *opt)
{
    tkc_moment when = u->has_at ? tkc_moment_of_unix(u->at) : opt->now;
    if (!u->has_at || !u->at_hour) when.minute = -1;
    if (opt->asof.day) {
        when.day = opt->asof.day;
        when.weekday = opt->asof.weekday;
        if (opt->asof.minute >= 0) when.minute = opt->asof.minute;
    }
    return when;
}

static void assumptions(tkc_cost *c, const tkc_usage *u, const tkc_price_hit *hit, tkc_mode mode)
{
    char why[80];
    if (u->flags & TKC_USAGE_UNKNOWN_TIER)
        because(c, TKC_COST_ESTIMATE, "service tier not known: standard prices");
    if (hit->no_mode) {
        snprintf(why, sizeof why, "no %s price: charged as standard", tkc_mode_name(mode));
        because(c, TKC_COST_ESTIMATE, why);
    }
    if (hit->hours_open)
        because(c, TKC_COST_LOWER_BOUND, "time of day not known: off-peak price");
    if (hit->row->flags & TKC_PRICE_DISAGREE)
        because(c, TKC_COST_ESTIMATE, "the price sources disagree");
    if (hit->row->flags & TKC_PRICE_PARTIAL)
        because(c, TKC_COST_LOWER_BOUND, "also charged by other units than tokens");
    if (u->flags & TKC_USAGE_REGION)
        because(c, TKC_COST_LOWER_BOUND, "inference in one region costs more");
    if (u->flags & TKC_USAGE_OTHER_MODEL)
        because(c, TKC_COST_LOWER_BOUND, "without the tokens of another model that took part");
    if (u->flags & TKC_USAGE_BY_CALL)
        because(c, TKC_COST_LOWER_BOUND, "without what the provider's own tools cost by the call");
    if (u->flags & TKC_USAGE_SPLIT_GUESS)
        because(c, TKC_COST_ESTIMATE, "the record does not say how its tokens split");
    if (u->flags & TKC_USAGE_NO_TTL && tkc_price_of(hit->row, TKC_UNIT_WRITE_1H) != TKC_NO_PRICE)
        because(c, TKC_COST_LOWER_BOUND, "cache writes without a lifetime: taken as 5 minutes");
}

tkc_status tkc_cost_of(const tkc_prices *p, const tkc_usage *u, const tkc_cost_options *opt,
                       tkc_cost *out, tkc_error *err)
{
    const tkc_str model = u->model.len ? u->model : opt->model;
    const tkc_str provider = u->provider.len || u->model.len ? u->provider : opt->provider;
    const tkc_mode mode = opt->has_mode ? opt->mode : u->mode;
    tkc_cost c = {.model = {NULL, NULL, TKC_PRICE_EXACT}};
    tkc_price_hit hit;
    tkc_error why = {0};
    tkc_status st;
    if (opt->struct_size < sizeof *opt || opt->now.day == 0)
        return tkc_fail(err, TKC_E_ARG, 0, "options without struct_size or today's date");
    c.when = moment_of(u, opt);
    if (u->flags & (TKC_USAGE_FREE | TKC_USAGE_FAILED)) {
        c.priced = true;
        snprintf(c.why, sizeof c.why, "%s",
                 u->flags & TKC_USAGE_FREE ? "answered from the gateway's cache: not billed"
                                           : "the request failed: not billed");
        *out = c;
        return TKC_OK;
    }
    st = tkc_prices_resolve(p, provider.len ? provider : opt->provider, model, &c.model, &why);
    if (!st) st = tkc_prices_find(p, &c.model, mode, c.when, u->prompt, &hit, &why);
    if (st) {
        c.model = (tkc_price_model){NULL, NULL, TKC_PRICE_EXACT};
        because(&c, TKC_COST_UNPRICED, why.message);
        *out = c;
        return TKC_OK;
    }
    c.priced = true;
    c.row = hit.row;
    assumptions(&c, u, &hit, mode);
    for (int i = 0; i < TKC_N_UNIT; i++) {
        st = add_unit(&c, hit.row, (tkc_unit)i, u->n[i], err);
        if (st) return st;
    }
    *out = c;
    return TKC_OK;
}
