/* test_pack.c - the knapsack against all subsets; which chunks are kept, and why others are not; diverse
 * choices against every comparison; the order of what is kept. */
#include "optimizer/text/pack/pack_impl.h"

#include "tests/support/fail_alloc.h"
#include "tests/support/random_text.h"
#include "vocab/base/alloc.h"
#include "vocab/registry.h"
#include "vocab/vocab.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static void knapsack(void **state)
{
    tkc_error err;
    (void)state;
    tkt_seed(5);
    for (int round = 0; round < 3000; round++) {
        size_t weight[12], used = 0;
        double value[12], best = 0, got = 0, bound;
        bool chosen[12], exact;
        const size_t n = tkt_random(13), room = tkt_random(60);
        for (size_t i = 0; i < n; i++) {
            weight[i] = tkt_random(20);
            value[i] = tkt_random(10) ? tkt_random(1000) / 7.0 : 0;
        }
        for (uint32_t set = 0; set < 1u << n; set++) {
            size_t w = 0;
            double v = 0;
            for (size_t i = 0; i < n; i++)
                if (set >> i & 1) {
                    w += weight[i];
                    v += value[i];
                }
            if (w <= room && v > best) best = v;
        }
        assert_int_equal(tkc_knapsack(weight, value, n, room, chosen, &exact, &bound, NULL, &err), TKC_OK);
        for (size_t i = 0; i < n; i++)
            if (chosen[i]) {
                used += weight[i];
                got += value[i];
            }
        assert_true(used <= room);
        assert_true(exact);
        assert_true(fabs(got - best) < 1e-9 && bound >= best - 1e-9);
    }
}

/* What a table of things by room says, for sets too large to try: values near, equal, and in step with the
 * weights, which is where a core grows. */
static void against_a_table(void **state)
{
    enum { N = 150, ROOM = 1500 };
    static double best[ROOM + 1];
    tkc_error err;
    (void)state;
    tkt_seed(9);
    for (int round = 0; round < 200; round++) {
        size_t weight[N], used = 0;
        double value[N], got = 0, bound;
        bool chosen[N], exact;
        const size_t n = 1 + tkt_random(N), room = tkt_random(ROOM + 1);
        const double share = (double)tkt_random(1000) / 999;
        memset(best, 0, sizeof best);
        for (size_t i = 0; i < n; i++) {
            weight[i] = tkt_random(60);
            value[i] = round % 4 == 0   ? (double)weight[i]
                       : round % 4 == 1 ? (double)weight[i] + 5
                       : round % 4 == 2 ? (double)weight[i] * (1 + share * tkt_random(1000) / 1e4)
                                        : (double)tkt_random(1000) / 3;
            for (size_t r = room + 1; r-- > weight[i];)
                if (best[r - weight[i]] + value[i] > best[r]) best[r] = best[r - weight[i]] + value[i];
        }
        assert_int_equal(tkc_knapsack(weight, value, n, room, chosen, &exact, &bound, NULL, &err), TKC_OK);
        for (size_t i = 0; i < n; i++)
            if (chosen[i]) {
                used += weight[i];
                got += value[i];
            }
        assert_true(used <= room && exact);
        assert_true(fabs(got - best[room]) <= 1e-9 * best[room] && bound >= got * (1 - 1e-12));
    }
}

/* Thousands of large things are chosen exactly; even weights worth what they weigh, in an odd room, reach no
 * bound: given up, within the room, and with a bound that holds. */
static void large_knapsack(void **state)
{
    enum { N = 3000 };
    static size_t weight[N];
    static double value[N];
    static bool chosen[N];
    tkc_error err;
    double bound;
    bool exact;
    (void)state;
    tkt_seed(6);
    for (int hard = 0; hard < 2; hard++) {
        const size_t room = hard ? 500000001 : 5000000;
        size_t used = 0;
        double got = 0;
        for (size_t i = 0; i < N; i++) {
            weight[i] = hard ? 2 * (size_t)(1 + tkt_random(1 << 20)) : 1000 + tkt_random(20000);
            value[i] = hard ? (double)weight[i] : (double)weight[i] * tkt_random(1000);
        }
        assert_int_equal(tkc_knapsack(weight, value, N, room, chosen, &exact, &bound, NULL, &err), TKC_OK);
        for (size_t i = 0; i < N; i++)
            if (chosen[i]) {
                used += weight[i];
                got += value[i];
            }
        assert_true(used <= room && got <= bound && got > 0.9999 * bound);
        assert_int_equal(exact, !hard);
    }
    assert_int_equal(tkc_knapsack(weight, value, 0, 5, chosen, &exact, &bound, NULL, &err), TKC_OK);
    assert_true(exact && bound == 0);
}

/* Every allocation of the search fails once. */
static void knapsack_without_memory(void **state)
{
    size_t weight[100], failed = 0;
    double value[100], bound;
    bool chosen[100], exact;
    tkc_error err;
    (void)state;
    tkt_seed(8);
    for (size_t i = 0; i < 100; i++) {
        weight[i] = 10 + tkt_random(50);
        value[i] = (double)weight[i] + 3;
    }
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        const tkc_status status = tkc_knapsack(weight, value, 100, 701, chosen, &exact, &bound, &a, &err);
        assert_int_equal(f.live, 0);
        if (!status) break;
        assert_int_equal(status, TKC_E_NOMEM);
        failed++;
    }
    assert_true(failed > 3);
}

static tkc_encoder *encoder(tkc_vocab **out)
{
    tkc_vocab *v = NULL;
    tkc_encoder *e;
    tkc_error err;
    {
        const tkc_vocab_options opt = {.struct_size = sizeof opt, .data_dir = "vocab/data", .cache_dir = getenv("TOKCOUNT_CACHE")};
        assert_int_equal(tkc_vocab_open_encoding(&v, "o200k_base", &opt, &err), TKC_OK);
    }
    assert_int_equal(tkc_encoder_new(&e, v, NULL, &err), TKC_OK);
    *out = v;
    return e;
}

static const char *const passage[] = {
    "The budget for the new office is two million dollars, and it was approved in March by the board.",
    "Penguins live in the south. They eat fish and krill and swim very well under the ice.",
    "The BUDGET for the new office is two million dollars and it was approved in March, by the board!",
    "A recipe for bread needs flour, water, salt and yeast, and some patience while it rises.",
    "Marketing asked for a larger budget. The answer was no. Nobody explained the decision later.",
};
enum { N_PASSAGE = sizeof passage / sizeof *passage };

static void pack(const char *query, size_t budget, tkc_encoder *e, tkc_pack_item *item, tkc_pack_result *r)
{
    const tkc_pack_options opt = {.struct_size = sizeof opt, .encoder = e};
    tkc_pack_chunk chunk[N_PASSAGE];
    tkc_error err;
    size_t sum = 0, kept = 0;
    for (size_t i = 0; i < N_PASSAGE; i++) chunk[i] = (tkc_pack_chunk){{"", 0}, str(passage[i]), 20, false};
    assert_int_equal(tkc_pack(chunk, N_PASSAGE, str(query), budget, &opt, item, r, NULL, &err), TKC_OK);
    for (size_t i = 0; i < N_PASSAGE; i++) {
        sum += item[i].tokens;
        kept += item[i].state <= TKC_PACK_SHORTENED;
        if (item[i].state == TKC_PACK_KEPT) assert_true(item[i].begin == 0 && item[i].end == strlen(passage[i]));
        if (item[i].state > TKC_PACK_SHORTENED) assert_int_equal(item[i].tokens, 0);
    }
    assert_int_equal(sum, r->tokens);
    assert_int_equal(kept, r->n_kept);
    assert_true(sum <= budget);
}

static void choosing(void **state)
{
    tkc_vocab *v;
    tkc_encoder *e = encoder(&v);
    tkc_pack_item item[N_PASSAGE];
    tkc_pack_result r;
    (void)state;
    pack("What was said about the office budget?", 40, NULL, item, &r);
    assert_false(r.is_text);
    assert_true(r.is_exact);
    assert_int_equal(item[0].state, TKC_PACK_KEPT);
    assert_int_equal(item[1].state, TKC_PACK_NO_MATCH);
    assert_int_equal(item[2].state, TKC_PACK_COPY);
    assert_int_equal(item[2].copy_of, 0);
    assert_int_equal(item[4].state, TKC_PACK_KEPT);
    pack("office budget", 0, e, item, &r);
    assert_int_equal(r.n_kept, 0);
    pack("office budget", 19, NULL, item, &r);
    assert_int_equal(r.n_kept, 0);
    assert_int_equal(item[0].state, TKC_PACK_NO_ROOM);
    /* no room for the chunk: the whole sentence with the query's words */
    pack("the later decision", 8, e, item, &r);
    assert_int_equal(r.n_kept, 1);
    assert_int_equal(item[4].state, TKC_PACK_SHORTENED);
    assert_memory_equal(passage[4] + item[4].begin, "Nobody explained the decision later.", 36);
    assert_int_equal(item[4].end - item[4].begin, 36);
    /* nothing to go by: from the beginning, copies left out */
    pack("", 45, e, item, &r);
    assert_int_equal(item[0].state, TKC_PACK_KEPT);
    assert_int_equal(item[1].state, TKC_PACK_KEPT);
    pack("zebra", 45, NULL, item, &r);
    assert_int_equal(r.n_kept, 2);
    /* a query of framing words only is looked for after all */
    pack("explained", 20, NULL, item, &r);
    assert_int_equal(item[4].state, TKC_PACK_KEPT);
    tkc_encoder_free(e);
    tkc_vocab_close(v);
}

/* A long text of two topics: its neighbours are alike, those shuffled are not, and what is
 * said between two matches is kept. */
static void one_text(void **state)
{
    enum { N = 120 };
    static char text[N][128];
    tkc_pack_chunk chunk[N], mixed[N];
    tkc_pack_item item[N];
    tkc_pack_result r;
    tkc_error err;
    (void)state;
    tkt_seed(3);
    for (unsigned i = 0; i < N; i++) {
        const unsigned topic = i / 20;
        snprintf(text[i], sizeof text[i], "topic%u word%u part%u thing%u of topic%u and noise%u%s", topic, topic * 7 + tkt_random(5),
                 topic * 5 + tkt_random(4), topic * 3 + tkt_random(3), topic, tkt_random(1000), i == 48 || i == 52 ? " battery" : "");
        chunk[i] = (tkc_pack_chunk){{"", 0}, str(text[i]), 15, false};
    }
    assert_int_equal(tkc_pack(chunk, N, str("battery"), 150, NULL, item, &r, NULL, &err), TKC_OK);
    assert_true(r.is_text && r.is_exact);
    for (size_t i = 48; i <= 52; i++) assert_int_equal(item[i].state, TKC_PACK_KEPT);
    assert_int_equal(r.n_kept, 10);
    for (size_t i = 0; i < N; i++) mixed[i] = chunk[i * 49 % N];
    assert_int_equal(tkc_pack(mixed, N, str("battery"), 150, NULL, item, &r, NULL, &err), TKC_OK);
    assert_false(r.is_text);
    assert_int_equal(r.n_kept, 2);
}

/* Nearly the same and nothing new is a copy; another number is another chunk; of two copies the one that fits
 * is packed. */
static void near_copies(void **state)
{
    static const char *const text[] = {
        "The depot in Lyon keeps spare valves, filters, pumps and gaskets for every engine of the northern river fleet, and all of them are "
        "checked by the harbour master before the winter storms arrive.",
        "The depot in Lyon keeps spare valves, filters, pumps and gaskets for every engine of the northern river fleet; all of them are "
        "checked by the harbour master before winter storms arrive.",
        "The depot in Lyon keeps 40 spare valves, filters, pumps and gaskets for every engine of the northern river fleet, and all of them "
        "are checked by the harbour master before the winter storms arrive.",
        "Nothing here speaks of that.",
    };
    enum { N = sizeof text / sizeof *text };
    tkc_pack_chunk chunk[N];
    tkc_pack_item item[N];
    tkc_pack_result r;
    tkc_error err;
    (void)state;
    for (size_t i = 0; i < N; i++) chunk[i] = (tkc_pack_chunk){{"", 0}, str(text[i]), 40 - i, false};
    assert_int_equal(tkc_pack(chunk, N, str("valves in Lyon"), 200, NULL, item, &r, NULL, &err), TKC_OK);
    assert_int_equal(item[0].state, TKC_PACK_KEPT);
    assert_int_equal(item[1].state, TKC_PACK_COPY);
    assert_int_equal(item[1].copy_of, 0);
    assert_int_equal(item[2].state, TKC_PACK_KEPT);
    assert_int_equal(item[3].state, TKC_PACK_NO_MATCH);
    chunk[2].text = str(text[3]);
    assert_int_equal(tkc_pack(chunk, N, str("valves in Lyon"), 39, NULL, item, &r, NULL, &err), TKC_OK);
    assert_int_equal(item[1].state, TKC_PACK_KEPT);
    assert_int_equal(item[0].state, TKC_PACK_COPY);
    assert_int_equal(item[0].copy_of, 1);
    /* A copy no smaller than the first, in front of the smaller one that takes its place: it is of that one then. */
    chunk[0].text = chunk[1].text = str(text[0]);
    chunk[2].text = str(text[1]);
    chunk[0].tokens = 40, chunk[1].tokens = 41, chunk[2].tokens = 30;
    assert_int_equal(tkc_pack(chunk, N, str("valves in Lyon"), 39, NULL, item, &r, NULL, &err), TKC_OK);
    assert_int_equal(item[2].state, TKC_PACK_KEPT);
    assert_true(item[0].state == TKC_PACK_COPY && item[0].copy_of == 2);
    assert_true(item[1].state == TKC_PACK_COPY && item[1].copy_of == 2);
    for (size_t at = 1;; at++) { /* every allocation fails once */
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        const tkc_status status = tkc_pack(chunk, N, str("valves in Lyon"), 39, NULL, item, &r, &a, &err);
        assert_int_equal(f.live, 0);
        if (!status) break;
        assert_int_equal(status, TKC_E_NOMEM);
    }
}

/* The heap's choice is that of comparing everything with everything each time. */
static void diverse(void **state)
{
    enum { N = 20, TERMS = 12 };
    (void)state;
    tkt_seed(21);
    for (int round = 0; round < 1000; round++) {
        tkc_pack_term term[N * TERMS];
        size_t row[N + 1] = {0}, weight[N], room = tkt_random(120), left = room;
        double idf[TERMS], score[N], highest = 0, norm[N];
        const double diversity = (double)tkt_random(11) / 10;
        bool may[N], chosen[N], expect[N] = {false};
        const size_t n = 1 + tkt_random(N);
        const tkc_pack_rows rows = {term, row, idf, n};
        tkc_error err;
        for (size_t t = 0; t < TERMS; t++) idf[t] = 0.1 + tkt_random(100) / 20.0;
        for (size_t i = 0; i < n; i++) {
            row[i + 1] = row[i];
            norm[i] = 0;
            for (uint32_t t = 0; t < TERMS; t++)
                if (tkt_random(3) == 0) {
                    term[row[i + 1]++] = (tkc_pack_term){t, 1 + tkt_random(3)};
                    norm[i] += idf[t] * idf[t];
                }
            norm[i] = sqrt(norm[i]);
            weight[i] = tkt_random(30);
            score[i] = tkt_random(5) ? (double)tkt_random(50) / 7 : 0;
            may[i] = tkt_random(6) != 0;
            if (may[i] && score[i] > highest) highest = score[i];
        }
        assert_int_equal(tkc_pack_diverse(&rows, score, weight, may, diversity, room, chosen, &tkc_malloc_allocator, &err), TKC_OK);
        for (;;) {
            size_t best = n;
            double most = 0;
            for (size_t i = 0; i < n; i++) {
                double like = 0, worth;
                if (expect[i] || !may[i] || score[i] <= 0 || weight[i] > left) continue;
                for (size_t k = 0; k < n; k++) {
                    double dot = 0;
                    for (size_t a = row[i]; expect[k] && a < row[i + 1]; a++)
                        for (size_t b = row[k]; b < row[k + 1]; b++)
                            if (term[a].id == term[b].id) dot += idf[term[a].id] * idf[term[a].id];
                    if (dot > 0 && dot / (norm[i] * norm[k]) > like) like = dot / (norm[i] * norm[k]);
                }
                worth = (1 - diversity) * score[i] / highest - diversity * like;
                if (best == n || worth > most + 1e-12) best = i, most = worth;
            }
            if (best == n) break;
            expect[best] = true;
            left -= weight[best];
        }
        for (size_t i = 0; i < n; i++) {
            if (chosen[i] == expect[i]) continue;
            /* only what ties by rounding may differ */
            assert_true(diversity == 1);
            break;
        }
    }
}

/* Windows that overlap: the best one, then one that says something else, where the plain choice takes its twin. */
static void windows(void **state)
{
    static const char *const text[] = {
        "the valve of the pump leaks oil onto the deck since the storm",
        "pump leaks oil onto the deck since the storm of last week at sea",
        "a valve was ordered from Lyon together with forty other parts yesterday",
    };
    tkc_pack_options o = {.struct_size = sizeof o, .order = TKC_PACK_SEPARATE};
    tkc_pack_chunk chunk[3];
    tkc_pack_item item[3];
    tkc_pack_result r;
    tkc_error err;
    (void)state;
    for (size_t i = 0; i < 3; i++) chunk[i] = (tkc_pack_chunk){{"", 0}, str(text[i]), 14, false};
    assert_int_equal(tkc_pack(chunk, 3, str("valve pump leaks oil"), 28, &o, item, &r, NULL, &err), TKC_OK);
    assert_true(r.is_exact && item[0].state == TKC_PACK_KEPT && item[1].state == TKC_PACK_KEPT);
    o.diversity = 0.5;
    assert_int_equal(tkc_pack(chunk, 3, str("valve pump leaks oil"), 28, &o, item, &r, NULL, &err), TKC_OK);
    assert_true(item[0].state == TKC_PACK_KEPT && item[2].state == TKC_PACK_KEPT && item[1].state == TKC_PACK_NO_ROOM);
    assert_true(!r.is_exact && r.value < r.bound && r.tokens == 28);
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        const tkc_status status = tkc_pack(chunk, 3, str("valve pump"), 28, &o, item, &r, &a, &err);
        assert_int_equal(f.live, 0);
        if (!status) break;
        assert_int_equal(status, TKC_E_NOMEM);
    }
    o.diversity = 1.5;
    assert_int_equal(tkc_pack(chunk, 3, str("valve"), 28, &o, item, &r, NULL, &err), TKC_E_ARG);
    o.diversity = 0;
    o.title_weight = 17;
    assert_int_equal(tkc_pack(chunk, 3, str("valve"), 28, &o, item, &r, NULL, &err), TKC_E_ARG);
}

/* A title that counts more carries its chunk; one that does not count leaves it. */
static void titles(void **state)
{
    const tkc_pack_chunk chunk[] = {{str("pumps"), str("They are built in Lyon by hand."), 10, false},
                                    {{"", 0}, str("A word on pumps in passing."), 10, false}};
    tkc_pack_options o = {.struct_size = sizeof o, .order = TKC_PACK_SEPARATE};
    tkc_pack_item item[2];
    tkc_pack_result r;
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_pack(chunk, 2, str("pumps"), 10, &o, item, &r, NULL, &err), TKC_OK);
    assert_int_equal(item[0].state, TKC_PACK_KEPT);
    o.title_weight = -1;
    assert_int_equal(tkc_pack(chunk, 2, str("pumps"), 10, &o, item, &r, NULL, &err), TKC_OK);
    assert_true(item[1].state == TKC_PACK_KEPT && item[0].state == TKC_PACK_NO_MATCH);
}

static void arranging(void **state)
{
    static const uint32_t best[] = {7, 2, 4, 0, 5}, ends[] = {7, 4, 5, 0, 2};
    tkc_pack_item item[8] = {{0}};
    tkc_error err;
    (void)state;
    item[7].score = 9, item[2].score = 8, item[4].score = 5, item[0].score = 1, item[5].score = 1;
    for (int how = 0; how < 3; how++) {
        uint32_t chunk[] = {0, 2, 4, 5, 7};
        static const uint32_t given[] = {0, 2, 4, 5, 7};
        fail_alloc f = {.fail_at = 1};
        const tkc_allocator a = fail_alloc_of(&f);
        assert_int_equal(tkc_pack_arrange(item, chunk, 5, (tkc_pack_place)how, &a, &err), how ? TKC_E_NOMEM : TKC_OK);
        assert_int_equal(tkc_pack_arrange(item, chunk, 5, (tkc_pack_place)how, NULL, &err), TKC_OK);
        assert_memory_equal(chunk, how == 0 ? given : how == 1 ? best : ends, sizeof chunk);
    }
}

static void without_memory(void **state)
{
    tkc_pack_chunk chunk[N_PASSAGE];
    size_t failed = 0;
    (void)state;
    for (size_t i = 0; i < N_PASSAGE; i++) chunk[i] = (tkc_pack_chunk){str("title"), str(passage[i]), 17 + i, false};
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_pack_item item[N_PASSAGE];
        tkc_pack_result r;
        tkc_error err;
        const tkc_status status = tkc_pack(chunk, N_PASSAGE, str("budget of bread"), 41, NULL, item, &r, &a, &err);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (!status) break;
        assert_int_equal(status, TKC_E_NOMEM);
        failed++;
    }
    assert_true(failed > 15);
}

static void odd_input(void **state)
{
    static const char binary[] = "\0\xff\xfe word \x80";
    const tkc_pack_chunk chunk[] = {{{"", 0}, {"", 0}, 0, false}, {{"", 0}, {binary, sizeof binary - 1}, 5, false}, {{"", 0}, {"word", 4}, SIZE_MAX, false}};
    tkc_pack_item item[3];
    tkc_pack_result r;
    tkc_error err;
    tkc_pack_options bad = {.struct_size = 1};
    (void)state;
    assert_int_equal(tkc_pack(chunk, 3, str("word"), 5, NULL, item, &r, NULL, &err), TKC_OK);
    assert_int_equal(item[1].state, TKC_PACK_KEPT);
    assert_int_equal(item[2].state, TKC_PACK_NO_ROOM);
    assert_int_equal(tkc_pack(chunk, 0, str("word"), 5, NULL, item, &r, NULL, &err), TKC_OK);
    assert_int_equal(r.n_kept, 0);
    assert_int_equal(tkc_pack(chunk, 3, str("word"), 5, &bad, item, &r, NULL, &err), TKC_E_ARG);
    bad = (tkc_pack_options){.struct_size = sizeof bad, .language = "klingon"};
    assert_int_equal(tkc_pack(chunk, 3, str("word"), 5, &bad, item, &r, NULL, &err), TKC_E_NOTFOUND);
}

/* A query of 600 different words that half of the chunks have, a few times each, and of one that only a chunk has: that
 * one is found, whatever the order, and a term that the query repeats counts as often. */
static void long_query(void **state)
{
    enum { N = 200, WORDS = 600 };
    static char word_list[WORDS * 8 + 64], query[2 * (WORDS * 8 + 64) + 16], text[N][128];
    static tkc_pack_item item[N];
    tkc_pack_chunk chunk[N];
    tkc_pack_options opt = {.struct_size = sizeof opt, .order = TKC_PACK_SEPARATE};
    tkc_pack_result result;
    tkc_error err;
    (void)state;
    for (int i = 0; i < WORDS; i++) sprintf(word_list + strlen(word_list), " qx%03dz", i);
    sprintf(query, "%s%s rareword", word_list, word_list);
    for (int i = 0; i < N; i++) {
        sprintf(text[i], "%s chunk number%d", i == 150 ? "rareword" : "plain", i);
        for (int k = 0; k < 12; k++) sprintf(text[i] + strlen(text[i]), " qx%03dz", (i * 12 + k) % WORDS);
        chunk[i] = (tkc_pack_chunk){.text = str(text[i]), .tokens = 40};
    }
    assert_int_equal(tkc_pack(chunk, N, str(query), 40, &opt, item, &result, NULL, &err), TKC_OK);
    assert_int_equal(item[150].state, TKC_PACK_KEPT);
    assert_int_equal(result.n_kept, 1);
    /* twice in the query weighs twice */
    assert_int_equal(tkc_pack(chunk, N, str("qx000z number5"), 40, &opt, item, &result, NULL, &err), TKC_OK);
    const double once = item[0].score;
    assert_int_equal(tkc_pack(chunk, N, str("qx000z number5 qx000z"), 40, &opt, item, &result, NULL, &err), TKC_OK);
    assert_true(once > 0 && fabs(item[0].score - 2 * once) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knapsack), cmocka_unit_test(against_a_table), cmocka_unit_test(large_knapsack),
        cmocka_unit_test(knapsack_without_memory), cmocka_unit_test(choosing),
        cmocka_unit_test(one_text), cmocka_unit_test(near_copies), cmocka_unit_test(diverse), cmocka_unit_test(windows),
        cmocka_unit_test(titles), cmocka_unit_test(arranging), cmocka_unit_test(without_memory), cmocka_unit_test(odd_input), cmocka_unit_test(long_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
