/*
 * test_potential.c - the best layout of small logs against all orders, all places of marks and all lives,
 * each played by the audit; what counts as sent; memory.
 */
#include "optimizer/audit/potential.h"
#include "tests/support/fail_alloc.h"
#include "vocab/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_CALL = 12, MOST_SLOT = 4, MOST_TALK = 4 };

static uint32_t seed;
static uint32_t dice(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(seed >> 8) * n >> 24);
}

/* A log as its parts: value 0 of a slot is none. */
typedef struct small_log {
    size_t n, n_slot;
    uint8_t zone[MOST_SLOT]; /* of each slot */
    bool system_first;
    struct {
        int64_t at;
        uint32_t value[MOST_SLOT], talk[MOST_TALK], n_talk, setting;
    } call[MOST_CALL];
    const tkc_cache_rule *rule;
    const char *provider, *model;
    uint32_t size; /* tokens of a slot, about */
} small_log;

static uint32_t tokens_of(const small_log *g, uint32_t what, uint32_t value)
{
    return value ? g->size / 2 + (what * 7919u + value * 104729u) % g->size : 0;
}

/* What stands where in a layout: slots, and n_slot for the messages. */
typedef struct layout {
    uint8_t order[MOST_SLOT + 1];
    uint32_t marks; /* bit i: behind order[i] */
    bool lead;      /* and one behind the first message */
    bool is_long;
} layout;

static tkc_prices *prices;
static tkc_cache_rules *rules;

static tkc_encoder *no_encoder(void *ctx, tkc_str provider, tkc_str model, tkc_class *cls, tkc_error *err)
{
    (void)ctx, (void)provider, (void)model, (void)cls, (void)err;
    fail();
    return NULL;
}

static tkc_audit_options audit_options(const tkc_allocator *alloc)
{
    return (tkc_audit_options){.struct_size = sizeof(tkc_audit_options), .prices = prices, .asof = 20261102, .today = 20261102,
                               .encoder = no_encoder, .sums_only = true, .alloc = alloc};
}

static void put(tkc_audit_record *r, uint8_t zone, uint32_t what, uint32_t value, uint32_t tokens, bool setting)
{
    assert_true(tkc_grow(r->alloc, &r->seg, &r->cap_seg, r->n_seg + 1, 1000, sizeof *r->seg));
    r->seg[r->n_seg++] = (tkc_audit_segment){.hash = {what * 1000003u + value + 1, what + 1}, .tokens = tokens, .zone = zone, .is_setting = setting,
                                             .kind = zone == TKC_ZONE_TOOLS && !setting ? TKC_PART_TOOL_SCHEMA : TKC_PART_TEXT, .role = TKC_ROLE_USER};
    if (setting || zone == TKC_ZONE_MESSAGES) return;
    assert_true(tkc_grow(r->alloc, &r->piece, &r->cap_piece, r->n_piece + 1, 1000, sizeof *r->piece));
    r->piece[r->n_piece++] = (tkc_audit_piece){.slot = what + 1, .hash = value, .tokens = tokens, .seg = (uint32_t)r->n_seg - 1};
}

static void name(tkc_audit_record *r, const char *s, size_t *at, size_t *len)
{
    *at = r->bytes.len;
    *len = strlen(s);
    assert_int_equal(tkc_buf_append(&r->bytes, s, *len, NULL), TKC_OK);
}

static void build(const small_log *g, size_t i, const layout *l, tkc_audit_record *r)
{
    r->n_seg = r->n_piece = 0;
    tkc_buf_clear(&r->bytes);
    name(r, g->provider, &r->provider, &r->provider_len);
    name(r, g->model, &r->model, &r->model_len);
    r->rule = g->rule;
    r->cls = TKC_CLASS_EXACT;
    r->at = g->call[i].at;
    r->has_at = true;
    r->is_long = l->is_long;
    put(r, TKC_ZONE_TOOLS, 50, 0, 0, true);
    for (size_t k = 0; k <= g->n_slot; k++) {
        const uint32_t s = l->order[k];
        if (s == g->n_slot) {
            put(r, TKC_ZONE_MESSAGES, 51, g->call[i].setting, 0, true);
            for (uint32_t t = 0; t < g->call[i].n_talk; t++) {
                put(r, TKC_ZONE_MESSAGES, 60, g->call[i].talk[t], tokens_of(g, 9, g->call[i].talk[t]), false);
                if (l->lead && !t) r->seg[r->n_seg - 1].mark = l->is_long ? TKC_MARK_LONG : TKC_MARK_SHORT;
            }
        } else if (g->call[i].value[s]) {
            put(r, g->zone[s], s, g->call[i].value[s], tokens_of(g, s, g->call[i].value[s]), false);
        }
        if (l->marks >> k & 1 && !r->seg[r->n_seg - 1].is_setting) r->seg[r->n_seg - 1].mark = l->is_long ? TKC_MARK_LONG : TKC_MARK_SHORT;
    }
    tkc_audit_number_blocks(r);
}

static tkc_u128 cost_of(const small_log *g, const layout *l, uint32_t ttl)
{
    tkc_audit_options o = audit_options(NULL);
    tkc_audit a;
    tkc_audit_record r;
    tkc_u128 cost;
    o.ttl = ttl;
    assert_int_equal(tkc_audit_init(&a, &o, NULL), TKC_OK);
    tkc_audit_record_init(&r, NULL);
    for (size_t i = 0; i < g->n; i++) {
        build(g, i, l, &r);
        assert_int_equal(tkc_audit_add(&a, &r, "", i, NULL, NULL), TKC_OK);
    }
    assert_int_equal(a.n_unpriced, 0);
    cost = a.actual.pd;
    tkc_audit_record_release(&r);
    tkc_audit_release(&a);
    return cost;
}

/* Tools stay in front of the messages and on their side of the system texts, which may go behind the messages. */
static bool can_be(const small_log *g, const uint8_t *order)
{
    bool seen_tool = false, seen_text = false, seen_talk = false;
    for (size_t k = 0; k <= g->n_slot; k++) {
        if (order[k] == g->n_slot) {
            seen_talk = true;
        } else if (g->zone[order[k]] == TKC_ZONE_TOOLS) {
            if (seen_talk || (!g->system_first && seen_text)) return false;
            seen_tool = true;
        } else if (!seen_talk) {
            if (g->system_first && seen_tool) return false;
            seen_text = true;
        }
    }
    return true;
}

static void all_marks(const small_log *g, layout *l, uint32_t ttl, bool lead, tkc_u128 *best)
{
    size_t talk = 0;
    while (l->order[talk] != g->n_slot) talk++;
    const bool marks = tkc_cache_by_marks(g->rule);
    for (uint32_t bits = 0; bits < (marks ? (2u << talk) * (1 + lead) : 1); bits++) {
        if (__builtin_popcount(bits) > 4) continue;
        l->lead = bits >> (talk + 1);
        l->marks = bits & ((2u << talk) - 1);
        for (uint32_t life = 0; life < (ttl ? 1 : g->rule->n_ttl); life++) {
            tkc_u128 cost;
            l->is_long = ttl ? g->rule->n_ttl > 1 && ttl >= g->rule->ttl[1].seconds.lo : life == 1;
            cost = cost_of(g, l, ttl);
            if (cost < *best) *best = cost;
        }
    }
}

static void all_orders(const small_log *g, layout *l, size_t k, uint32_t ttl, tkc_u128 *best)
{
    if (k == g->n_slot + 1) {
        if (can_be(g, l->order)) all_marks(g, l, ttl, true, best);
        return;
    }
    for (size_t i = k; i <= g->n_slot; i++) {
        const uint8_t a = l->order[k], b = l->order[i];
        l->order[k] = b;
        l->order[i] = a;
        all_orders(g, l, k + 1, ttl, best);
        l->order[k] = a;
        l->order[i] = b;
    }
}

static layout as_given(const small_log *g)
{
    layout l = {{0}, 0, false, false};
    for (uint8_t i = 0; i <= g->n_slot; i++) l.order[i] = i;
    return l;
}

static tkc_status found_of(const small_log *g, tkc_potential_options how, uint32_t ttl, const tkc_allocator *alloc, tkc_u128 *cost)
{
    const layout l = as_given(g);
    tkc_audit_options o = audit_options(alloc);
    tkc_audit sent, best = {0};
    tkc_audit_record r;
    tkc_potential *p = NULL;
    tkc_status st = tkc_audit_init(&sent, &o, NULL);
    o.ttl = ttl;
    how.struct_size = sizeof how;
    how.audit = &o;
    how.alloc = alloc;
    tkc_audit_record_init(&r, NULL);
    if (!st) st = tkc_potential_new(&p, &how, NULL);
    for (size_t i = 0; i < g->n && !st; i++) {
        tkc_audit_outcome out;
        build(g, i, &l, &r);
        st = tkc_audit_add(&sent, &r, "", i, &out, NULL);
        if (!st) st = tkc_potential_add(p, &r, &out, NULL);
    }
    if (!st) {
        st = tkc_potential_finish(p, &best, NULL);
        *cost = best.actual.pd;
        if (!st) {
            assert_int_equal(best.requests, g->n);
            assert_int_equal(best.input, sent.input);
            assert_true(best.hit <= best.hit_high && best.hit_high <= best.input);
            assert_int_equal(tkc_potential_pooled(p), 0);
            if (how.best) assert_true(best.actual.pd <= sent.actual.pd);
        }
        tkc_audit_release(&best);
    }
    tkc_potential_free(p);
    tkc_audit_record_release(&r);
    tkc_audit_release(&sent);
    return st;
}

static void random_log(small_log *g, const char *provider, const char *model, bool absent)
{
    static const int64_t gap[] = {0, 10, 200, 310, 2000, 4000, 90000};
    const uint32_t how = dice(3);
    memset(g, 0, sizeof *g);
    g->provider = provider;
    g->model = model;
    g->rule = tkc_cache_rules_find(rules, provider, (tkc_str){model, strlen(model)}, 20261102);
    assert_non_null(g->rule);
    g->n = 4 + dice(MOST_CALL - 3);
    g->n_slot = 1 + dice(MOST_SLOT);
    g->system_first = dice(2);
    g->size = 100 + dice(2000);
    const size_t first = dice((uint32_t)g->n_slot + 1);
    for (size_t s = 0; s < g->n_slot; s++) g->zone[s] = (s < first) == g->system_first ? TKC_ZONE_SYSTEM : TKC_ZONE_TOOLS;
    if (!first || first == g->n_slot) g->system_first = false;
    int64_t at = 1793620800;
    for (size_t i = 0; i < g->n; i++) {
        at += gap[dice(7)];
        g->call[i].at = at;
        g->call[i].setting = dice(8) == 0;
        for (size_t s = 0; s < g->n_slot; s++) g->call[i].value[s] = s % 3 == how ? 1 : 1 + dice(1 + (uint32_t)s);
        g->call[i].n_talk = 1 + dice(MOST_TALK);
        for (uint32_t t = 0; t < g->call[i].n_talk; t++) g->call[i].talk[t] = 1 + dice(t ? 2 : 3);
    }
    if (g->n_slot > 1 && absent) g->call[1].value[0] = 0; /* one without it */
    if (g->system_first) /* some request has both, so that it is known which stands first */
        for (size_t s = 0; s < g->n_slot; s++) g->call[0].value[s] = 1;
}

static void check(const char *provider, const char *model, int rounds, bool order)
{
    for (int round = 0; round < rounds; round++) {
        const uint32_t ttl = round % 4 == 3 ? 3600 : 0;
        small_log g;
        layout l;
        tkc_u128 found = 0, brute = ~(tkc_u128)0;
        random_log(&g, provider, model, order); /* in a given order a place is a number, not a piece */
        l = as_given(&g);
        if (order)
            all_orders(&g, &l, 0, ttl, &brute);
        else
            all_marks(&g, &l, ttl, false, &brute);
        assert_int_equal(found_of(&g, (tkc_potential_options){.order = order, .marks = true}, ttl, NULL, &found), TKC_OK);
        if (found != brute)
            fail_msg("%s, round %d: %zu requests, %zu pieces, ttl %u: found %llu, all layouts %llu", model, round, g.n, g.n_slot, ttl,
                     (unsigned long long)found, (unsigned long long)brute);
    }
}

static void test_marks(void **state)
{
    (void)state;
    seed = 11;
    check("anthropic", "claude-opus-4-8", 80, true);
    check("anthropic", "claude-haiku-4-5", 20, true);
}

static void test_own_marks(void **state)
{
    (void)state;
    seed = 12;
    check("openai", "gpt-5.6-sol", 50, true);
}

static void test_prefix(void **state)
{
    (void)state;
    seed = 13;
    check("openai", "gpt-5", 150, true);
    check("deepseek", "deepseek-v4-pro", 50, true);
}

/* The order stays, only marks and lives are chosen. */
static void test_given_order(void **state)
{
    (void)state;
    seed = 14;
    check("anthropic", "claude-opus-4-8", 100, false);
}

/* What cannot be kept counts as sent; no layout is worse than as sent. */
static void test_limits(void **state)
{
    (void)state;
    seed = 15;
    for (int round = 0; round < 20; round++) {
        small_log g;
        layout l;
        tkc_u128 found = 0;
        random_log(&g, "anthropic", "claude-opus-4-8", true);
        l = as_given(&g);
        assert_int_equal(found_of(&g, (tkc_potential_options){.order = true, .marks = true, .best = true, .max_bytes = 1}, 0, NULL, &found), TKC_OK);
        assert_true(found == cost_of(&g, &l, 0));
        assert_int_equal(found_of(&g, (tkc_potential_options){.order = true, .marks = true, .best = true}, 0, NULL, &found), TKC_OK);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    small_log g;
    seed = 16;
    random_log(&g, "anthropic", "claude-opus-4-8", true);
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator alloc = fail_alloc_of(&f);
        tkc_u128 cost;
        const tkc_status st = found_of(&g, (tkc_potential_options){.order = true, .marks = true, .best = true}, at % 2 ? 600 : 0, &alloc, &cost);
        if (st) assert_int_equal(st, TKC_E_NOMEM);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (at > f.calls) {
            assert_int_equal(st, TKC_OK);
            break;
        }
    }
}

static int open_data(void **state)
{
    (void)state;
    return tkc_cache_rules_new(&rules, NULL, NULL) || tkc_prices_new(&prices, NULL, NULL);
}

static int close_data(void **state)
{
    (void)state;
    tkc_prices_free(prices);
    tkc_cache_rules_free(rules);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),       cmocka_unit_test(test_own_marks), cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_given_order), cmocka_unit_test(test_limits),    cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
