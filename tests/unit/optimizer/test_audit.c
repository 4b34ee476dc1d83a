/* The audit's parts against slow twins: the tree's nearest text, the block cache, causes; memory limits. */
#include "optimizer/audit/potential.h"
#include "optimizer/audit/blocks.h"
#include "optimizer/audit/radix.h"
#include "tests/support/fail_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t seed = 1;
static uint32_t next(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* --- the tree -------------------------------------------------------------------------------- */

static void test_nearest(void **state)
{
    (void)state;
    for (int round = 0; round < 30; round++) {
        static char text[400][12];
        tkc_tree t;
        uint32_t root, node;
        const uint64_t key[2] = {1, 2};
        tkc_audit_segment s = {.kind = TKC_PART_TEXT};
        tkc_tree_init(&t, 0, 0, NULL);
        assert_int_equal(tkc_tree_add(&t, TKC_TREE_NONE, key, &s, (tkc_str){NULL, 0}, &root, NULL), TKC_OK);
        for (size_t i = 0; i < 400; i++) {
            size_t common, most = 0;
            const size_t n = next(11);
            for (size_t k = 0; k < n; k++) text[i][k] = (char)('a' + next(2 + (uint32_t)round / 10));
            text[i][n] = '\0';
            for (size_t k = 0; k < i; k++) {
                size_t c = 0;
                while (text[k][c] && text[k][c] == text[i][c]) c++;
                if (c > most) most = c;
            }
            node = tkc_tree_nearest(&t, root, &s, str(text[i]), &common);
            assert_int_equal(node == TKC_TREE_NONE, i == 0);
            assert_int_equal(common, most);
            const uint64_t chain[2] = {i + 10, i};
            assert_int_equal(tkc_tree_find(&t, chain), TKC_TREE_NONE);
            assert_int_equal(tkc_tree_add(&t, root, chain, &s, str(text[i]), &node, NULL), TKC_OK);
            assert_int_equal(tkc_tree_find(&t, chain), node);
            tkc_tree_touch(&t, node, (int64_t)i);
        }
        tkc_tree_release(&t);
    }
}

/* Forgetting keeps the newest, whole paths, and never more than the limit. */
static void test_trim(void **state)
{
    (void)state;
    tkc_tree t;
    uint32_t root, node;
    const uint64_t key[2] = {1, 2};
    tkc_audit_segment s = {.kind = TKC_PART_TEXT, .tokens = 1};
    tkc_tree_init(&t, 100, 2000, NULL);
    assert_int_equal(tkc_tree_add(&t, TKC_TREE_NONE, key, &s, (tkc_str){NULL, 0}, &root, NULL), TKC_OK);
    for (uint64_t i = 0; i < 5000; i++) {
        char text[40];
        uint32_t parent = root;
        uint64_t chain[2] = {0, 0};
        const uint64_t who = next(60);
        for (uint64_t d = 0; d < 5; d++) {
            snprintf(text, sizeof text, "%llu text of depth %llu", (unsigned long long)(d < 3 ? who : i), (unsigned long long)d);
            tkc_audit_hash(chain, chain, text, strlen(text));
            node = tkc_tree_find(&t, chain);
            if (node == TKC_TREE_NONE) assert_int_equal(tkc_tree_add(&t, parent, chain, &s, str(text), &node, NULL), TKC_OK);
            assert_int_equal(t.node[node].parent, parent);
            assert_int_equal(t.node[node].tokens, d + 2);
            parent = node;
        }
        tkc_tree_touch(&t, parent, (int64_t)i);
        tkc_tree_trim(&t);
        assert_true(t.n_live <= 100 && t.text_bytes <= 2000);
        assert_int_equal(tkc_tree_find(&t, chain), parent); /* the newest stays */
    }
    assert_true(t.n_forgotten > 1000);
    tkc_tree_release(&t);
}

/* --- blocks, against lists ------------------------------------------------------------------------ */

typedef struct naive {
    struct { uint64_t hash, stamp; bool has; } slot[64]; /* of several with one hash the first is found */
    uint64_t stamps;
    int queue[64], n;
    size_t size;
} naive;

static size_t naive_request(naive *v, const uint64_t *hash, size_t n, size_t bare, size_t most)
{
    int taken[64];
    size_t hit = 0, have;
    if (n + bare > v->size) return 0;
    while (hit < n && hit < most) {
        int found = -1;
        for (int q = 0; q < v->n; q++)
            if (v->slot[v->queue[q]].has && v->slot[v->queue[q]].hash == hash[hit] &&
                (found < 0 || v->slot[v->queue[q]].stamp < v->slot[v->queue[found]].stamp))
                found = q;
        if (found < 0) break;
        taken[hit++] = v->queue[found];
        memmove(v->queue + found, v->queue + found + 1, (size_t)(v->n-- - found - 1) * sizeof(int));
    }
    for (have = hit; have < n + bare; have++) {
        taken[have] = v->queue[0];
        memmove(v->queue, v->queue + 1, (size_t)--v->n * sizeof(int));
        v->slot[taken[have]].has = have < n;
        v->slot[taken[have]].stamp = v->stamps++;
        if (have < n) v->slot[taken[have]].hash = hash[have];
    }
    for (size_t i = have; i--;) {
        if (v->slot[taken[i]].has) {
            v->queue[v->n++] = taken[i];
        } else {
            memmove(v->queue + 1, v->queue, (size_t)v->n++ * sizeof(int));
            v->queue[0] = taken[i];
        }
    }
    return hit;
}

static void test_blocks(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        naive v = {.size = 4 + next(40)};
        tkc_blocks b;
        uint64_t chain[6][12];
        tkc_blocks_init(&b, v.size, NULL);
        for (v.n = 0; v.n < (int)v.size; v.n++) v.queue[v.n] = v.n;
        for (size_t c = 0; c < 6; c++)
            for (size_t k = 0; k < 12; k++) chain[c][k] = k < c ? 100 + k : 1000 * (c + 1) + k; /* beginnings alike */
        for (int i = 0; i < 60; i++) {
            const size_t n = next(12), bare = next(2), most = n ? n - next(2) : 0;
            const uint64_t *h = chain[next(6)];
            size_t hit;
            assert_int_equal(tkc_blocks_request(&b, h, n, bare, most, i, -1, &hit, NULL), TKC_OK);
            assert_int_equal(hit, naive_request(&v, h, n, bare, most));
        }
        tkc_blocks_release(&b);
    }
}

static void test_blocks_memory(void **state)
{
    (void)state;
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        uint64_t h[600];
        size_t hit;
        tkc_blocks b;
        tkc_status st;
        for (size_t i = 0; i < 600; i++) h[i] = i;
        tkc_blocks_init(&b, 0, &a);
        st = tkc_blocks_request(&b, h, 600, 1, 600, 0, -1, &hit, NULL);
        if (st) assert_int_equal(st, TKC_E_NOMEM);
        tkc_blocks_release(&b);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (!st) break;
    }
}

/* --- the radix tree, against one that looks at every node ------------------------------------------- */

typedef struct naive_radix {
    struct { uint64_t page[16]; size_t n; int parent, time; bool lives; } node[400];
    int n, now;
    size_t size, used, evicted;
} naive_radix;

static size_t naive_walk(naive_radix *v, const uint64_t *hash, size_t n, int *last)
{
    size_t found = 0;
    *last = -1;
    v->now++;
    while (found < n) {
        int i = 0;
        size_t k = 0;
        while (i < v->n && !(v->node[i].lives && v->node[i].parent == *last && v->node[i].page[0] == hash[found])) i++;
        if (i == v->n) break;
        while (k < v->node[i].n && found + k < n && v->node[i].page[k] == hash[found + k]) k++;
        found += k;
        v->node[i].time = v->now;
        if (k < v->node[i].n) { /* the upper half is new */
            const int up = v->n++;
            v->node[up] = v->node[i];
            v->node[up].n = k;
            memmove(v->node[i].page, v->node[i].page + k, (v->node[i].n - k) * sizeof(uint64_t));
            v->node[i].n -= k;
            v->node[i].parent = up;
            *last = up;
            break;
        }
        *last = i;
    }
    return found;
}

static size_t naive_radix_request(naive_radix *v, const uint64_t *hash, size_t n, size_t bare, size_t most)
{
    int last, hold;
    const size_t hit = naive_walk(v, hash, most, &hold), need = n + bare - hit;
    size_t there;
    if (need > v->size - hit) return 0;
    while (v->size - v->used < need) {
        int oldest = -1;
        for (int i = 0; i < v->n; i++) {
            bool leaf = v->node[i].lives;
            for (int j = 0; j < v->n; j++) leaf = leaf && !(v->node[j].lives && v->node[j].parent == i);
            for (int j = hold; j >= 0; j = v->node[j].parent) leaf = leaf && j != i;
            if (leaf && (oldest < 0 || v->node[i].time < v->node[oldest].time)) oldest = i;
        }
        assert_true(oldest >= 0);
        v->node[oldest].lives = false;
        v->used -= v->node[oldest].n;
        v->evicted += v->node[oldest].n;
    }
    there = naive_walk(v, hash, n, &last);
    if (there < n) {
        const int i = v->n++;
        v->now++;
        v->node[i].n = n - there;
        memcpy(v->node[i].page, hash + there, (n - there) * sizeof(uint64_t));
        v->node[i].parent = last;
        v->node[i].time = v->now;
        v->node[i].lives = true;
        v->used += n - there;
    }
    return hit;
}

static void test_radix(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        static naive_radix v;
        tkc_radix r;
        memset(&v, 0, sizeof v);
        v.size = 6 + next(40);
        tkc_radix_init(&r, v.size, NULL);
        for (int i = 0; i < 80; i++) {
            uint64_t h[12], chain = 1;
            const size_t n = next(13), most = n ? n - next(2) : 0, bare = next(2);
            size_t hit;
            for (size_t k = 0; k < n; k++) h[k] = chain = chain * 31 + 1 + next(k < 3 ? 2 : 3) * 1000003;
            assert_int_equal(tkc_radix_request(&r, h, n, bare, most, &hit, NULL), TKC_OK);
            assert_int_equal(hit, naive_radix_request(&v, h, n, bare, most));
            assert_int_equal(r.used, v.used);
            assert_int_equal(r.n_evicted, v.evicted);
        }
        tkc_radix_release(&r);
    }
}

static void test_radix_memory(void **state)
{
    (void)state;
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_radix r;
        tkc_status st = TKC_OK;
        tkc_radix_init(&r, 300, &a);
        for (uint64_t i = 0; i < 40 && !st; i++) {
            uint64_t h[20];
            size_t hit;
            for (uint64_t k = 0; k < 20; k++) h[k] = k < i % 7 ? k + 1 : i * 100 + k;
            st = tkc_radix_request(&r, h, 20, 1, 20, &hit, NULL);
        }
        if (st) assert_int_equal(st, TKC_E_NOMEM);
        tkc_radix_release(&r);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (!st) break;
    }
}

/* --- causes ------------------------------------------------------------------------------------------ */

static void test_difference(void **state)
{
    (void)state;
    static const struct { uint8_t kind, zone; bool setting; const char *a, *b, *cause; } c[] = {
        {TKC_PART_TEXT, TKC_ZONE_SYSTEM, false, "It is 10:01:02.", "It is 10:01:03.", "clock"},
        {TKC_PART_TEXT, TKC_ZONE_SYSTEM, false, "Be kind.", "Be  kind. ", "whitespace"},
        {TKC_PART_TEXT, TKC_ZONE_SYSTEM, false, "Be kind.", "Bekind.", "other_text"},
        {TKC_PART_TOOL_SCHEMA, TKC_ZONE_TOOLS, false, "{\"a\":1,\"b\":[1,2]}", "{\"b\":[1,2],\"a\":1}", "key_order"},
        {TKC_PART_TOOL_SCHEMA, TKC_ZONE_TOOLS, false, "{\"a\":1,\"b\":[1,2]}", "{\"a\": 1, \"b\": [1, 2]}", "whitespace"},
        {TKC_PART_TOOL_SCHEMA, TKC_ZONE_TOOLS, false, "{\"a\":1,\"b\":[1,2]}", "{\"b\":[2,1],\"a\":1}", "tool_change"},
        {TKC_PART_TEXT, TKC_ZONE_SYSTEM, false, "State: {\"x\":1,\"y\":2} ok", "State: {\"y\":2,\"x\":1} ok", "key_order"},
        {TKC_PART_TEXT, TKC_ZONE_MESSAGES, false, "What is it?", "How is it?", "history_edited"},
        {TKC_PART_IMAGE, TKC_ZONE_MESSAGES, false, "aaaa", "aaab", "image"},
        {0, 0, true, "model=gpt-5\n", "model=gpt-5-mini\n", "model_change"},
        {0, 2, true, "tool_choice=\"auto\"\nthinking=\n", "tool_choice=\"none\"\nthinking=\n", "tool_choice_change"},
        {0, 2, true, "tool_choice=\nthinking=\n", "tool_choice=\nthinking={}\n", "thinking_change"},
        {0, 2, true, "images=0\n", "images=1\n", "image"},
    };
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        size_t n = 0;
        while (c[i].a[n] && c[i].a[n] == c[i].b[n]) n++;
        const tkc_audit_cause got = tkc_audit_difference(c[i].kind, c[i].zone, c[i].setting, str(c[i].a), str(c[i].b), n, NULL);
        if (strcmp(tkc_audit_cause_name(got), c[i].cause) != 0) fail_msg("%s | %s: %s", c[i].a, c[i].b, tkc_audit_cause_name(got));
    }
    for (int i = 1; i < TKC_N_CAUSE; i++)
        assert_int_equal(tkc_audit_cause_find(tkc_audit_cause_name((tkc_audit_cause)i)), i);
}

/* Behind a value that changes, the others that do; one that stays, or words, end nothing or all. */
static void test_values_behind(void **state)
{
    (void)state;
    static const char a[] = "It is 9:05:02. Request id: req_8f2c1d77e0aa41. Logged in: 2026-11-02. Session 123e4567-e89b-12d3-a456-426614174000. Be kind.";
    static const char b[] = "It is 10:05:02. Request id: req_0a9b3c55d2ff16. Logged in: 2026-11-02. Session 9b2d4567-e89b-12d3-a456-426614174999. Be good.";
    tkc_audit_also also[TKC_AUDIT_MOST_ALSO];
    size_t common = 0;
    while (a[common] == b[common]) common++;
    assert_int_equal(tkc_audit_values_behind(str(a), str(b), common, also, TKC_AUDIT_MOST_ALSO), 2);
    assert_string_equal(tkc_audit_cause_name(also[0].cause), "request_id");
    assert_int_equal(also[0].byte, strstr(b, "0a9b") - b);
    assert_string_equal(tkc_audit_cause_name(also[1].cause), "uuid");
    assert_int_equal(also[1].byte, strstr(b, "9b2d") - b);
    assert_int_equal(tkc_audit_values_behind(str(a), str(b), common, also, 1), 1);
    assert_int_equal(tkc_audit_values_behind(str("Be kind. It is 10:00:01."), str("Be good. It is 10:00:02."), 3, also, TKC_AUDIT_MOST_ALSO), 0);
    assert_int_equal(tkc_audit_values_behind(str("It is 10:00:01."), str("It is 10:00:02."), 13, also, TKC_AUDIT_MOST_ALSO), 0);
}

/* --- the whole, with every allocation failing once -------------------------------------------------- */

static tkc_encoder *one_encoder(void *ctx, tkc_str provider, tkc_str model, tkc_class *cls, tkc_error *err)
{
    (void)provider;
    (void)model;
    (void)err;
    *cls = TKC_CLASS_EXACT;
    return ctx;
}

static void test_no_memory(void **state)
{
    (void)state;
    static const char *const line[] = {
        "{\"at\":\"2026-11-02T09:00:00Z\",\"provider\":\"openai\",\"id\":\"a\",\"request\":{\"model\":\"gpt-5\",\"messages\":[{\"role\":\"system\","
        "\"content\":\"It is 10:00:01. one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen\"},"
        "{\"role\":\"user\",\"content\":\"hi\"}]},\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":2,\"service_tier\":\"scale\"}}",
        "{\"at\":\"2026-11-02T09:00:05Z\",\"provider\":\"openai\",\"id\":\"b\",\"request\":{\"model\":\"gpt-5\",\"messages\":[{\"role\":\"system\","
        "\"content\":\"It is 10:00:06. one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen\"},"
        "{\"role\":\"user\",\"content\":\"ho\"}]}}",
        "{\"at\":\"2026-11-02T09:00:09Z\",\"provider\":\"openai\",\"id\":\"c\",\"request\":{\"model\":\"gpt-5\",\"messages\":[{\"role\":\"system\","
        "\"content\":\"Be kind. It is 10:00:09. one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen\"},"
        "{\"role\":\"user\",\"content\":\"he\"}]}}",
        "{\"startTimeUnixNano\":\"1793610010000000000\",\"attributes\":[{\"key\":\"gen_ai.request.model\",\"value\":{\"stringValue\":\"gpt-5\"}},"
        "{\"key\":\"gen_ai.system_instructions\",\"value\":{\"stringValue\":\"[{\\\"type\\\":\\\"text\\\",\\\"content\\\":\\\"Be kind.\\\"}]\"}},"
        "{\"key\":\"gen_ai.tool.definitions\",\"value\":{\"stringValue\":\"[{\\\"name\\\":\\\"f\\\"}]\"}},"
        "{\"key\":\"gen_ai.prompt\",\"value\":{\"stringValue\":\"Hi\"}},{\"key\":\"gen_ai.usage.input_tokens\",\"value\":{\"intValue\":\"9\"}}]}"};
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_cache_rules *rules = NULL;
    tkc_prices *prices = NULL;
    assert_int_equal(tkc_vocab_open_encoding(&v, "o200k_base", NULL, NULL), TKC_OK);
    assert_int_equal(tkc_encoder_new(&e, v, NULL, NULL), TKC_OK);
    assert_int_equal(tkc_cache_rules_new(&rules, NULL, NULL), TKC_OK);
    assert_int_equal(tkc_prices_new(&prices, NULL, NULL), TKC_OK);
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator alloc = fail_alloc_of(&f);
        const tkc_audit_reader_options ro = {.struct_size = sizeof ro, .rules = rules, .prices = prices, .encoder = one_encoder,
                                             .encoder_ctx = e, .today = 20261102, .alloc = &alloc};
        const tkc_audit_options ao = {.struct_size = sizeof ao, .prices = prices, .today = 20261102, .encoder = one_encoder,
                                      .encoder_ctx = e, .alloc = &alloc};
        const tkc_potential_options po = {.struct_size = sizeof po, .audit = &ao, .order = true, .marks = true, .best = true, .alloc = &alloc};
        tkc_audit_reader *r = NULL;
        tkc_potential *p = NULL;
        tkc_audit a, best = {0};
        tkc_audit_record rec;
        tkc_error err = {0};
        tkc_audit_record_init(&rec, &alloc);
        tkc_status st = tkc_audit_init(&a, &ao, &err);
        if (!st) st = tkc_audit_reader_new(&r, &ro, &err);
        if (!st) st = tkc_potential_new(&p, &po, &err);
        for (size_t i = 0; i < 4 && !st; i++) {
            tkc_audit_outcome out;
            st = tkc_audit_read(r, str(line[i]), &rec, &err);
            if (!st) st = tkc_audit_add(&a, &rec, "f", i, &out, &err);
            if (!st) st = tkc_potential_add(p, &rec, &out, &err);
        }
        if (!st) st = tkc_potential_finish(p, &best, &err);
        if (st)
            assert_int_equal(st, TKC_E_NOMEM);
        else
            assert_true(a.requests == 4 && best.requests == 4 && a.as_standard.n == 1 && a.as_standard.sum->hour == TKC_N_MODE);
        tkc_potential_free(p);
        tkc_audit_release(&best);
        tkc_audit_reader_free(r);
        tkc_audit_record_release(&rec);
        tkc_audit_release(&a);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (!st && at > f.calls) break;
        assert_true(at < 5000);
    }
    tkc_prices_free(prices);
    tkc_cache_rules_free(rules);
    tkc_encoder_free(e);
    tkc_vocab_close(v);
}

/* Readers that share what was counted give the counts of their own vocabulary. */
static void test_memo(void **state)
{
    (void)state;
    static const char line[] = "{\"request\":{\"model\":\"gpt-5\",\"messages\":[{\"role\":\"user\",\"content\":\"\\u3053\\u3093\\u306b\\u3061\\u306f, \\u043f\\u0440\\u0438\\u0432\\u0435\\u0442, \\u0434\\u043e\\u0431\\u0440\\u044b\\u0439 \\u0434\\u0435\\u043d\\u044c\"}]}}";
    static const char *const encoding[] = {"o200k_base", "cl100k_base"};
    tkc_vocab *v[2];
    tkc_encoder *e[2];
    tkc_cache_rules *rules = NULL;
    tkc_prices *prices = NULL;
    tkc_audit_memo *memo = tkc_audit_memo_new(NULL);
    tkc_audit_record rec;
    uint32_t tokens[6];
    assert_non_null(memo);
    assert_int_equal(tkc_cache_rules_new(&rules, NULL, NULL), TKC_OK);
    assert_int_equal(tkc_prices_new(&prices, NULL, NULL), TKC_OK);
    tkc_audit_record_init(&rec, NULL);
    for (int i = 0; i < 2; i++) {
        const tkc_vocab_options opt = {.struct_size = sizeof opt, .data_dir = "vocab/data"};
        assert_int_equal(tkc_vocab_open_encoding(&v[i], encoding[i], &opt, NULL), TKC_OK);
        assert_int_equal(tkc_encoder_new(&e[i], v[i], NULL, NULL), TKC_OK);
        assert_ptr_equal(tkc_encoder_vocab(e[i]), v[i]);
    }
    for (int i = 0; i < 6; i++) { /* alone; then by turns, new and remembered */
        tkc_audit_reader *r = NULL;
        const tkc_audit_reader_options ro = {.struct_size = sizeof ro, .memo = i < 2 ? NULL : memo, .rules = rules, .prices = prices,
                                             .encoder = one_encoder, .encoder_ctx = e[i % 2], .today = 20261102};
        assert_int_equal(tkc_audit_reader_new(&r, &ro, NULL), TKC_OK);
        assert_int_equal(tkc_audit_read(r, str(line), &rec, NULL), TKC_OK);
        tokens[i] = rec.seg[rec.n_seg - 1].tokens;
        tkc_audit_reader_free(r);
    }
    assert_int_not_equal(tokens[0], tokens[1]);
    for (int i = 2; i < 6; i++) assert_int_equal(tokens[i], tokens[i % 2]);
    tkc_audit_record_release(&rec);
    tkc_audit_memo_free(memo);
    tkc_prices_free(prices);
    tkc_cache_rules_free(rules);
    for (int i = 0; i < 2; i++) {
        tkc_encoder_free(e[i]);
        tkc_vocab_close(v[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest), cmocka_unit_test(test_trim),       cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_radix),       cmocka_unit_test(test_radix_memory),
        cmocka_unit_test(test_blocks_memory), cmocka_unit_test(test_difference), cmocka_unit_test(test_values_behind), cmocka_unit_test(test_no_memory), cmocka_unit_test(test_memo),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
