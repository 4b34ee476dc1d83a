/* net.c - three calls priced with optimizer/money, their cached tokens by optimizer/cache. */
#include "optimizer/fit/net.h"

#include "vocab/base/error.h"

#include <stdio.h>
#include <string.h>

/* How much of a prefix of n tokens an entry can hold. */
static uint64_t holdable(const tkc_cache_rule *rule, uint64_t n)
{
    uint64_t min = 0, step = 1;
    if (!rule) return n;
    /* The smallest minimum and step: the most that can be cached. */
    if (rule->min_tokens.lo < TKC_CACHE_NO_END) min = rule->min_tokens.lo;
    if (rule->step.lo > 1 && rule->step.lo < TKC_CACHE_NO_END) step = rule->step.lo;
    n -= n % step;
    return n < min ? 0 : n;
}

/* The prefix that a call leaves in the cache, of a request's before (0) or after (1). */
static uint64_t left_behind(const tkc_cache_rule *rule, const tkc_prefix *p, int which)
{
    if (!rule) return 0;
    switch (rule->how) {
    case TKC_CACHE_MARKS: /* a mark in the last message found what one in the message before it wrote */
        return holdable(rule, p->marked[which] < p->settled[which] ? p->marked[which] : p->settled[which]);
    case TKC_CACHE_OBJECT: return 0;
    default: return holdable(rule, p->settled[which]);
    }
}

/* A call of n tokens with so many read; those up to `written` that are not read are written. */
static tkc_status price(const tkc_net_options *o, uint64_t n, uint64_t read, uint64_t written, tkc_cost *c,
                        tkc_error *err)
{
    tkc_usage u = {.format = TKC_USAGE_OWN, .model = o->model, .provider = o->provider};
    const tkc_cost_options co = {.struct_size = sizeof co, .now = o->when, .asof = o->when, .model = o->model,
                                 .provider = o->provider};
    if (read > n) read = n;
    if (written > n) written = n;
    u.n[TKC_UNIT_READ] = read;
    u.n[TKC_UNIT_WRITE_5M] = written > read ? written - read : 0;
    u.n[TKC_UNIT_INPUT] = n - read - u.n[TKC_UNIT_WRITE_5M];
    u.n[TKC_UNIT_REQUEST] = 1;
    u.prompt = n;
    return tkc_cost_of(o->prices, &u, &co, c, err);
}

const tkc_cache_rule *tkc_net_rule(const tkc_net_options *opt)
{
    tkc_price_model m;
    char provider[64] = "";
    tkc_error ignored;
    if (!opt->rules || !opt->model.len) return NULL;
    if (!tkc_prices_resolve(opt->prices, opt->provider, opt->model, &m, &ignored))
        snprintf(provider, sizeof provider, "%s", m.provider);
    return tkc_cache_rules_find(opt->rules, provider, opt->model, opt->when.day);
}

tkc_status tkc_net_of(tkc_net *out, uint64_t before, uint64_t after, const tkc_prefix *prefix,
                      const tkc_net_options *opt, tkc_error *err)
{
    const uint64_t tokens[3] = {before, after, after};
    uint64_t read[3], written[3], *sum[3];
    tkc_status st = TKC_OK;
    memset(out, 0, sizeof *out);
    if (opt->struct_size < sizeof *opt) return tkc_fail(err, TKC_E_ARG, 0, "tkc_net_options: struct_size");
    sum[0] = &out->before;
    sum[1] = &out->first;
    sum[2] = &out->later;
    if (!opt->model.len) {
        snprintf(out->why, sizeof out->why, "no model is named");
        return TKC_OK;
    }
    out->rule = tkc_net_rule(opt);
    if (opt->cached == UINT64_MAX) {
        out->cached = left_behind(out->rule, prefix, 0);
        out->assumed = out->cached > 0;
    } else {
        out->cached = opt->cached < before ? opt->cached : before;
    }
    read[0] = out->cached;
    read[1] = holdable(out->rule, prefix->kept < out->cached ? prefix->kept : out->cached);
    read[2] = !out->rule ? read[1] : opt->cached ? left_behind(out->rule, prefix, 1) : 0;
    out->destroyed = out->cached - read[1];
    for (int i = 0; i < 3; i++) {
        written[i] = 0;
        if (!out->rule) continue;
        if (out->rule->how == TKC_CACHE_MARKS) written[i] = prefix->marked[i > 0];
        if (out->rule->how == TKC_CACHE_MARKS_AUTO) written[i] = tokens[i];
    }
    for (int i = 0; i < 3; i++) {
        tkc_cost c;
        st = price(opt, tokens[i], read[i], written[i], &c, err);
        if (st) return st;
        if (!c.priced) {
            snprintf(out->why, sizeof out->why, "%s", c.why);
            return TKC_OK;
        }
        if (c.why[0]) snprintf(out->why, sizeof out->why, "%s", c.why);
        *sum[i] = c.picodollars;
        if (i == 0 && c.row) {
            uint64_t p = tkc_price_of(c.row, TKC_UNIT_INPUT);
            out->per_token = p == TKC_NO_PRICE ? 0 : p;
        }
    }
    out->priced = true;
    out->now = (int64_t)(out->first - out->before);
    out->each = (int64_t)(out->later - out->before);
    if (out->now <= 0)
        out->even = 1;
    else if (out->each < 0) /* first + (n - 1) later <= n before */
        out->even = 1 + ((uint64_t)out->now + (uint64_t)-out->each - 1) / (uint64_t)-out->each;
    return TKC_OK;
}

tkc_status tkc_net_of_hunk(tkc_net *out, const tkc_pass_result *p, const tkc_hunk *h, const tkc_net_options *opt,
                           tkc_error *err)
{
    const int64_t grown = (int64_t)h->tokens_after - (int64_t)h->tokens_before;
    const int64_t after = (int64_t)p->tokens_before + grown;
    tkc_prefix x = {.kept = h->front};
    memset(out, 0, sizeof *out);
    if (h->op == TKC_HUNK_NOTE || h->op == TKC_HUNK_TELL || after < 0) return TKC_OK;
    x.marked[0] = x.marked[1] = p->prefix.marked[0];
    x.settled[0] = x.settled[1] = p->prefix.settled[0];
    /* It stands in front of a mark or the last message: those move. */
    if (h->front < x.marked[0]) x.marked[1] = (int64_t)x.marked[0] + grown > 0 ? (uint64_t)((int64_t)x.marked[0] + grown) : 0;
    if (h->front < x.settled[0]) x.settled[1] = (int64_t)x.settled[0] + grown > 0 ? (uint64_t)((int64_t)x.settled[0] + grown) : 0;
    return tkc_net_of(out, p->tokens_before, (uint64_t)after, &x, opt, err);
}
