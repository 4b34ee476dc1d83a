/*
 * test_layout.c - the search against all orders and all places of marks, for every small case; cases
 * worked out by hand; refusals; memory.
 */
#include "optimizer/cache/layout.h"

#include "tests/support/fail_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint32_t seed;

static uint32_t dice(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(seed >> 8) * n >> 24);
}

static tkc_layout_options usual(bool marks)
{
    return (tkc_layout_options){.struct_size = sizeof(tkc_layout_options), .marks = marks, .max_marks = marks ? 4 : 0,
                                .lookback = 20, .n_life = 1, .life = {{900000, marks ? 1250 : 1000}}, .read = 100};
}

/* Whether a mark may stand behind the first k of an order. */
static bool allowed(const tkc_layout_segment *s, const tkc_layout_options *o, const uint8_t *order, size_t k)
{
    uint64_t n = 0;
    for (size_t i = 0; i <= k; i++) n += s[order[i]].tokens;
    return n >= o->min_tokens && !s[order[k]].no_mark;
}

typedef struct brute {
    const tkc_layout_segment *s;
    size_t n;
    const tkc_layout_options *o;
    int64_t best;
    size_t tried;
} brute;

static void all_marks(brute *b, const uint8_t *order)
{
    for (unsigned set = 0; set < 1u << b->n; set++) {
        uint8_t mark[8];
        size_t k = 0;
        bool good = true;
        int64_t cost;
        if (!b->o->marks && set) break;
        for (size_t i = 0; i < b->n; i++)
            if (set >> i & 1) {
                good = good && k < b->o->max_marks && allowed(b->s, b->o, order, i);
                if (good) mark[k++] = (uint8_t)i;
            }
        if (!good) continue;
        /* every choice of lives in which none is longer than the one in front: the first `longer` are the long ones */
        for (size_t longer = 0; longer <= (b->o->n_life > 1 ? k : 0); longer++) {
            uint8_t life[8] = {0};
            for (size_t i = 0; i < longer; i++) life[i] = 1;
            cost = tkc_layout_cost(b->s, b->n, b->o, order, mark, life, k);
            b->tried++;
            if (cost < b->best) b->best = cost;
        }
    }
}

/* Every order that obeys `after`. */
static void all_orders(brute *b, uint8_t *order, size_t k, uint64_t placed)
{
    if (k == b->n) {
        all_marks(b, order);
        return;
    }
    for (size_t i = 0; i < b->n; i++) {
        if ((placed >> i & 1) || (b->s[i].after & ~placed)) continue;
        if (b->o->fixed_order && i != k) continue;
        order[k] = (uint8_t)i;
        all_orders(b, order, k + 1, placed | UINT64_C(1) << i);
    }
}

static void compare(const tkc_layout_segment *s, size_t n, const tkc_layout_options *o)
{
    brute b = {.s = s, .n = n, .o = o, .best = INT64_MAX};
    uint8_t order[8];
    uint64_t placed = 0;
    tkc_layout l;
    tkc_error err = {0};
    if (tkc_layout_best(&l, s, n, o, &err)) fail_msg("%s", err.message);
    for (size_t i = 0; i < n; i++) { /* an order, and one that obeys */
        assert_true(l.order[i] < n && !(placed >> l.order[i] & 1) && !(s[l.order[i]].after & ~placed));
        placed |= UINT64_C(1) << l.order[i];
    }
    assert_true(l.n_mark <= o->max_marks);
    for (size_t i = 0; i < l.n_mark; i++) {
        assert_true(l.mark[i] < n && (i == 0 || l.mark[i] > l.mark[i - 1]));
        assert_true(allowed(s, o, l.order, l.mark[i]));
        assert_true(l.life[i] < o->n_life && (i == 0 || l.life[i] <= l.life[i - 1]));
    }
    all_orders(&b, order, 0, 0);
    assert_true(b.tried > 0);
    if (l.cost != b.best) fail_msg("found %lld, the best of %zu is %lld", (long long)l.cost, b.tried, (long long)b.best);
}

static void random_case(tkc_layout_segment *s, size_t n, tkc_layout_options *o)
{
    static const uint32_t stay[] = {0, 100000, 500000, 900000, 990000, 1000000, 1000000};
    memset(s, 0, n * sizeof *s);
    *o = usual(dice(2));
    o->fixed_order = dice(3) == 0;
    o->max_marks = o->marks ? dice(5) : 0;
    o->min_tokens = dice(2) ? 0 : 1024;
    o->step = dice(2) ? 1 : 128;
    o->life[0].alive = dice(3) ? 1000000 : dice(1000001);
    o->life[0].write = dice(2) ? 1250 : dice(2) ? 2000 : 1000;
    if (o->marks && dice(2)) {
        o->n_life = 2;
        o->life[1].alive = o->life[0].alive + dice(1000001 - o->life[0].alive);
        o->life[1].write = dice(3) ? 2000 : dice(2) ? 1250 : 1500;
        o->life[0].alive = dice(2) ? o->life[0].alive : o->life[0].alive / 3;
    }
    o->lookback = dice(2) ? 20 : 1;
    for (size_t i = 0; i < n; i++) {
        s[i].tokens = dice(2) ? dice(3000) : dice(200);
        s[i].stay = stay[dice(7)];
        for (size_t k = 0; k < i; k++)
            if (dice(4) == 0) s[i].after |= UINT64_C(1) << k;
        s[i].no_mark = dice(6) == 0;
        if (dice(5) == 0) {
            s[i].grown = dice((uint32_t)s[i].tokens + 1);
            s[i].grown_blocks = dice(4);
        }
    }
}

static void against_all(void **state)
{
    tkc_layout_segment s[6];
    tkc_layout_options o;
    (void)state;
    seed = 1;
    for (int round = 0; round < 4000; round++) {
        size_t n = 1 + dice(round % 10 ? 4 : 6);
        random_case(s, n, &o);
        compare(s, n, &o);
    }
}

/* All combinations of a few values, three segments. */
static void every_small_case(void **state)
{
    static const uint64_t tokens[] = {100, 2000};
    static const uint32_t stay[] = {0, 900000, 1000000};
    (void)state;
    for (int c = 0; c < 6 * 6 * 6 * 8 * 2; c++) {
        tkc_layout_segment s[3] = {{0}};
        tkc_layout_options o = usual(c / 1728 == 0);
        int x = c % 1728;
        for (int i = 0; i < 3; i++, x /= 6) {
            s[i].tokens = tokens[x % 2];
            s[i].stay = stay[x / 2 % 3];
        }
        if (x & 1) s[1].after |= 1;
        if (x & 2) s[2].after |= 1;
        if (x & 4) s[2].after |= 2;
        o.min_tokens = 1024;
        o.max_marks = o.marks ? 2 : 0;
        compare(s, 3, &o);
    }
}

static void by_hand(void **state)
{
    /* A date in front of everything: it goes behind what stays, and the mark between. */
    tkc_layout_segment s[3] = {{.tokens = 20, .stay = 0}, {.tokens = 5000, .stay = 1000000}, {.tokens = 100, .stay = 0}};
    tkc_layout_options o = usual(true);
    tkc_layout l;
    tkc_error err = {0};
    (void)state;
    s[2].after = 3;
    o.life[0].alive = TKC_LAYOUT_SURE;
    assert_int_equal(tkc_layout_best(&l, s, 3, &o, &err), TKC_OK);
    assert_int_equal(l.order[0], 1);
    assert_int_equal(l.order[1], 0);
    assert_int_equal(l.order[2], 2);
    assert_int_equal(l.n_mark, 1);
    assert_int_equal(l.mark[0], 0);
    assert_int_equal(l.cost, (5000 * 100 + 120 * 1000) * INT64_C(1000000)); /* read, the rest in full */
    /* Nobody comes back in time: no mark is worth its premium. */
    o.life[0].alive = 0;
    assert_int_equal(tkc_layout_best(&l, s, 3, &o, &err), TKC_OK);
    assert_int_equal(l.n_mark, 0);
    assert_int_equal(l.cost, 5120 * 1000 * INT64_C(1000000));
    /* Break-even of a write at 1.25 and a read at 0.1 is 25 / 115 of the calls. */
    o.life[0].alive = 217391;
    assert_int_equal(tkc_layout_best(&l, s, 3, &o, &err), TKC_OK);
    assert_int_equal(l.n_mark, 0);
    o.life[0].alive = 217392;
    assert_int_equal(tkc_layout_best(&l, s, 3, &o, &err), TKC_OK);
    assert_int_equal(l.n_mark, 1);
    /* Too short to be cached. */
    o.life[0].alive = TKC_LAYOUT_SURE;
    o.min_tokens = 5001;
    assert_int_equal(tkc_layout_best(&l, s, 3, &o, &err), TKC_OK);
    assert_int_equal(l.n_mark, 0);
}

/* Calls come at 2 and at 20 minutes by turns: what all of them find is worth an hour, what changes with each only
 * five minutes; and the other way round the long life may not stand behind the short one. */
static void lives(void **state)
{
    tkc_layout_segment s[2] = {{.tokens = 5000, .stay = 1000000}, {.tokens = 3000, .stay = 1000000, .grown = 1500, .grown_blocks = 2}};
    tkc_layout_options o = usual(true);
    tkc_layout l;
    tkc_error err = {0};
    (void)state;
    s[1].after = 1;
    o.n_life = 2;
    o.life[0] = (tkc_layout_life){500000, 1250};
    o.life[1] = (tkc_layout_life){1000000, 2000};
    assert_int_equal(tkc_layout_best(&l, s, 2, &o, &err), TKC_OK);
    assert_int_equal(l.n_mark, 2);
    assert_true(l.mark[0] == 0 && l.life[0] == 1 && l.mark[1] == 1 && l.life[1] == 0);
    assert_int_equal(l.cost, ((5000 * 100) + (3000 * 1250 - 1500 * 1150 / 2)) * INT64_C(1000000));
    for (uint32_t alive = 0; alive <= 1000000; alive += 50000)
        for (uint32_t longer = alive; longer <= 1000000; longer += 50000) {
            o.life[0].alive = alive;
            o.life[1].alive = longer;
            compare(s, 2, &o);
        }
    o.life[1].alive = o.life[0].alive - 1;
    assert_int_equal(tkc_layout_best(&l, s, 2, &o, &err), TKC_E_ARG);
    o.n_life = 0;
    assert_int_equal(tkc_layout_best(&l, s, 2, &o, &err), TKC_E_ARG);
    o = usual(false);
    o.n_life = 2;
    assert_int_equal(tkc_layout_best(&l, s, 2, &o, &err), TKC_E_ARG);
}

static void refused(void **state)
{
    tkc_layout_segment s[64];
    tkc_layout_options o = usual(true);
    tkc_layout l;
    tkc_error err = {0};
    static const double gap[] = {1, 10, 299, 300, 301, 4000};
    (void)state;
    memset(s, 0, sizeof s);
    assert_int_equal(tkc_layout_best(&l, s, 0, &o, &err), TKC_OK);
    assert_int_equal(tkc_layout_best(&l, s, 13, &o, &err), TKC_E_LIMIT);
    o.fixed_order = true;
    assert_int_equal(tkc_layout_best(&l, s, 63, &o, &err), TKC_OK);
    assert_int_equal(tkc_layout_best(&l, s, 64, &o, &err), TKC_E_LIMIT);
    o.fixed_order = false;
    s[0].after = 2;
    s[1].after = 1;
    assert_int_equal(tkc_layout_best(&l, s, 2, &o, &err), TKC_E_ARG);
    s[1].after = 0;
    assert_int_equal(tkc_layout_best(&l, s, 2, &o, &err), TKC_OK);
    assert_int_equal(l.order[0], 1);
    s[0].tokens = UINT64_MAX;
    assert_int_equal(tkc_layout_best(&l, s, 2, &o, &err), TKC_E_LIMIT);
    s[0].tokens = 5;
    s[0].stay = TKC_LAYOUT_SURE + 1;
    assert_int_equal(tkc_layout_best(&l, s, 2, &o, &err), TKC_E_ARG);
    assert_int_equal(tkc_layout_alive(gap, 6, 300), 666666);
    assert_int_equal(tkc_layout_alive(gap, 0, 300), 0);
}

static void no_memory(void **state)
{
    tkc_layout_segment s[4] = {{.tokens = 9}, {.tokens = 9}, {.tokens = 9}, {.tokens = 9}};
    (void)state;
    for (int marks = 0; marks < 2; marks++)
        for (size_t at = 1;; at++) {
            fail_alloc f = {.fail_at = at};
            tkc_allocator alloc = fail_alloc_of(&f);
            tkc_layout_options o = usual(marks);
            tkc_layout l;
            tkc_error err = {0};
            tkc_status st;
            o.alloc = &alloc;
            st = tkc_layout_best(&l, s, 4, &o, &err);
            assert_int_equal(f.live, 0);
            if (f.calls < at) {
                assert_int_equal(st, TKC_OK);
                break;
            }
            assert_int_equal(st, TKC_E_NOMEM);
        }
}

/* What never changes in front of what always does: as good as any order, which is why the layout pass does
 * that and searches for marks only. (Of two that nearly never change the longer first is better, by under 1%.) */
static void static_first(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        tkc_layout_segment s[6], t[6];
        tkc_layout_options o;
        tkc_layout any, fixed;
        tkc_error err = {0};
        const size_t n = 1 + dice(6);
        size_t k = 0;
        random_case(s, n, &o);
        o.marks = true;
        o.fixed_order = false;
        o.max_marks = dice(5);
        for (size_t i = 0; i < n; i++) {
            s[i].stay = dice(2) ? TKC_LAYOUT_SURE : 0;
            s[i].after = s[i].grown = 0;
            s[i].grown_blocks = 0;
            s[i].no_mark = false;
        }
        for (int changes = 0; changes < 2; changes++)
            for (size_t i = 0; i < n; i++)
                if ((s[i].stay == 0) == (changes == 1)) t[k++] = s[i];
        assert_int_equal(tkc_layout_best(&any, s, n, &o, &err), TKC_OK);
        o.fixed_order = true;
        assert_int_equal(tkc_layout_best(&fixed, t, n, &o, &err), TKC_OK);
        if (fixed.cost > any.cost) fail_msg("%lld, the best order has %lld", (long long)fixed.cost, (long long)any.cost);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(against_all), cmocka_unit_test(every_small_case),
                                       cmocka_unit_test(by_hand), cmocka_unit_test(lives), cmocka_unit_test(static_first), cmocka_unit_test(refused), cmocka_unit_test(no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
