/* terms.c - what the cache rule and the prices say of one request, both ends of what is unsure. */
#include "optimizer/audit/audit_impl.h"

#include <string.h>

enum { UNSURE_TTL = 300, UNSURE_MIN = 1024, UNSURE_STEP = 128 };

static int64_t seconds(uint32_t v, uint32_t unsure)
{
    return v == TKC_CACHE_NO_END ? INT64_MAX / 4 : v == TKC_CACHE_UNKNOWN ? (unsure ? (int64_t)unsure : INT64_MAX / 4) : (int64_t)v;
}

static void read_rule(const tkc_audit *a, const tkc_cache_rule *u, tkc_audit_terms *t)
{
    t->by_marks = tkc_cache_by_marks(u);
    for (uint32_t life = 0; life < 2; life++) {
        const tkc_cache_ttl *l = &u->ttl[life < u->n_ttl ? life : u->n_ttl - 1];
        t->ttl[SURE][life] = seconds(l->seconds.lo, UNSURE_TTL);
        t->ttl[MAYBE][life] = seconds(l->seconds.hi, 0);
        if (a->opt.ttl) t->ttl[SURE][life] = t->ttl[MAYBE][life] = a->opt.ttl;
    }
    t->min[SURE] = u->min_tokens.hi == TKC_CACHE_UNKNOWN ? UNSURE_MIN : u->min_tokens.hi;
    t->min[MAYBE] = u->min_tokens.lo == TKC_CACHE_UNKNOWN ? 1 : u->min_tokens.lo;
    t->step[SURE] = u->step.hi == TKC_CACHE_UNKNOWN ? UNSURE_STEP : u->step.hi;
    t->step[MAYBE] = u->step.lo == TKC_CACHE_UNKNOWN ? 1 : u->step.lo;
    for (int end = 0; end < 2; end++)
        if (!t->step[end]) t->step[end] = 1;
}

/* tkc_prices_resolve() of the record's names: a log has few, and many requests of each. NULL: no price. */
static const tkc_price_model *price_model(const tkc_audit *a, const tkc_audit_record *r)
{
    struct tkc_audit_inner *x = a->inner;
    const tkc_str provider = tkc_audit_text(r, r->provider, r->provider_len), model = tkc_audit_text(r, r->model, r->model_len);
    if (!model.len || provider.len > sizeof x->priced.provider || model.len > sizeof x->priced.model) return NULL;
    if (provider.len != x->priced.provider_len || model.len != x->priced.model_len ||
        memcmp(x->priced.provider, provider.ptr, provider.len) != 0 || memcmp(x->priced.model, model.ptr, model.len) != 0) {
        memcpy(x->priced.provider, provider.ptr, provider.len);
        memcpy(x->priced.model, model.ptr, model.len);
        x->priced.provider_len = provider.len;
        x->priced.model_len = model.len;
        x->priced.is_found = !tkc_prices_resolve(a->opt.prices, provider, model, &x->priced.price, NULL);
    }
    return x->priced.is_found ? &x->priced.price : NULL;
}

/* Prices of the request's day and tier. A price the list has for reading or writing goes before the rule's
 * multiplier. */
static void read_prices(const tkc_audit *a, const tkc_audit_record *r, uint64_t input, tkc_audit_terms *t)
{
    tkc_moment when = {.day = a->opt.asof ? a->opt.asof : a->opt.today, .minute = -1};
    const tkc_price_model *m = price_model(a, r);
    tkc_price_hit h;
    uint64_t price;
    if (r->has_at && !a->opt.asof) when = tkc_moment_of_unix(r->at);
    t->is_priced = m && !tkc_prices_find(a->opt.prices, m, r->mode, when, input, &h, NULL) &&
                   tkc_price_of(h.row, TKC_UNIT_INPUT) != TKC_NO_PRICE;
    if (!t->is_priced) return;
    t->as_standard = h.no_mode || r->unknown_tier;
    t->price_in = tkc_price_of(h.row, TKC_UNIT_INPUT);
    price = tkc_price_of(h.row, TKC_UNIT_READ);
    t->price_read = price != TKC_NO_PRICE ? price
                    : r->rule->read_permille.hi == TKC_CACHE_UNKNOWN ? t->price_in
                                                                     : t->price_in * r->rule->read_permille.hi / 1000;
    if (t->price_read > t->price_in) t->price_read = t->price_in;
    for (uint32_t life = 0; life < 2; life++) {
        const uint32_t permille = r->rule->ttl[life < r->rule->n_ttl ? life : r->rule->n_ttl - 1].write_permille;
        price = tkc_price_of(h.row, life ? TKC_UNIT_WRITE_1H : TKC_UNIT_WRITE_5M);
        t->price_write[life] = permille == 1000 ? t->price_in : price != TKC_NO_PRICE ? price : t->price_in * permille / 1000;
    }
}

void tkc_audit_terms_of(const tkc_audit *a, const tkc_audit_record *r, uint64_t input, tkc_audit_terms *t)
{
    *t = (tkc_audit_terms){0};
    if (!r->rule) return;
    read_rule(a, r->rule, t);
    read_prices(a, r, input, t);
}

static uint64_t floor_to(uint64_t n, uint64_t unit, uint64_t least)
{
    n -= n % unit;
    return n < least ? 0 : n;
}

uint64_t tkc_audit_readable(const tkc_audit_terms *t, const tkc_cache_rule *rule, uint64_t n, uint64_t total, bool may)
{
    if (rule->how == TKC_CACHE_BLOCKS && n >= total) n = total ? total - 1 : 0;
    return floor_to(n, t->by_marks ? 1 : t->step[may], t->min[may]);
}
