/*
 * test_cost.c - records times prices: exact sums, what is charged as what, when a number is an
 * estimate, a lower bound or none, days, and overflow.
 */
#include "optimizer/money/cost.h"

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

static const char price_file[] =
    "prices:\n"
    "  - {provider: p, model: all, input: 1, output: 10, cached: 0.1, cache_write_5m: 1.25, cache_write_1h: 2,\n"
    "     reasoning: 11, audio_input: 3, audio_cached: 0.3, audio_output: 30, image_input: 4, image_cached: 0.4,\n"
    "     image_output: 40, video_input: 5, video_output: 50, storage: 0.5, request: 0.001, search: 0.01}\n"
    "  - {provider: p, model: two, input: 1, output: 10}\n"
    "  - {provider: p, model: input-only, input: 1}\n"
    "  - {provider: p, model: dear, input: 4294, output: 4294}\n"
    "  - {provider: p, model: peak, input: 1, output: 1}\n"
    "  - {provider: p, model: peak, input: 2, output: 2, hours: 01:00-04:00}\n"
    "  - {provider: p, model: long, input: 1, output: 1, cached: 0.5}\n"
    "  - {provider: p, model: long, input: 2, output: 2, cached: 1, above: 1000}\n"
    "  - {provider: p, model: dated, input: 1, valid_from: 2026-01-01, valid_to: 2026-06-01}\n"
    "  - {provider: p, model: dated, input: 2, valid_from: 2026-06-01}\n"
    "  - {provider: p, model: batched, input: 2}\n"
    "  - {provider: p, model: batched, input: 1, mode: batch}\n";

typedef struct setup {
    tkc_prices *p;
    tkc_usage_reader *r;
    tkc_cost_options opt;
} setup;

static setup open_all(void)
{
    setup s = {.opt = {.struct_size = sizeof s.opt}};
    tkc_error err = {0};
    assert_int_equal(tkc_prices_new(&s.p, NULL, NULL), TKC_OK);
    if (tkc_prices_add(s.p, str(price_file), &err)) fail_msg("%s", err.message);
    assert_int_equal(tkc_usage_reader_new(&s.r, NULL, NULL), TKC_OK);
    assert_true(tkc_moment_of_date(str("2026-11-24"), &s.opt.now));
    return s;
}

static void close_all(setup *s)
{
    tkc_prices_free(s->p);
    tkc_usage_reader_free(s->r);
}

static tkc_status cost_text(setup *s, const char *line, tkc_cost *c, tkc_error *err)
{
    tkc_json d;
    tkc_usage u;
    tkc_status st;
    tkc_json_init(&d, NULL);
    st = tkc_json_parse(&d, str(line), NULL, err);
    if (!st) st = tkc_usage_read(s->r, &d, 1, &u, err);
    if (!st) st = tkc_cost_of(s->p, &u, &s->opt, c, err);
    tkc_json_release(&d);
    return st;
}

static void sums_and_classes(void **state)
{
    static const struct { const char *line; uint64_t pd; tkc_cost_class cls; const char *why; } t[] = {
        {"{\"provider\":\"p\",\"model\":\"all\",\"input\":1,\"output\":1,\"cached\":1,\"cache_write_5m\":1,\"cache_write_1h\":1,"
         "\"reasoning\":1,\"audio_input\":1,\"audio_cached\":1,\"audio_output\":1,\"image_input\":1,\"image_cached\":1,"
         "\"image_output\":1,\"video_input\":1,\"video_output\":1,\"storage\":1,\"search\":1}",
         1000000 + 10000000 + 100000 + 1250000 + 2000000 + 11000000 + 3000000 + 300000 + 30000000 + 4000000 + 400000 +
             40000000 + 5000000 + 50000000 + 500000 + 1000000000 + UINT64_C(10000000000), TKC_COST_EXACT, ""},
        {"{\"provider\":\"p\",\"model\":\"two\",\"input\":3,\"output\":2,\"reasoning\":1,\"image_input\":1}",
         3000000 + 20000000 + 10000000 + 1000000, TKC_COST_EXACT, ""},
        {"{\"provider\":\"p\",\"model\":\"two\",\"cached\":7}", 7000000, TKC_COST_ESTIMATE, "no cache-read price: charged as uncached"},
        {"{\"provider\":\"p\",\"model\":\"two\",\"cache_write_5m\":7}", 7000000, TKC_COST_ESTIMATE, "no cache-write price: charged as input"},
        {"{\"provider\":\"p\",\"model\":\"two\",\"cache_write_1h\":7}", 7000000, TKC_COST_LOWER_BOUND, "no price for an hour's cache write"},
        {"{\"provider\":\"p\",\"model\":\"two\",\"type\":\"message\",\"usage\":{\"input_tokens\":1,\"output_tokens\":0,\"inference_geo\":\"us\"}}",
         1000000, TKC_COST_LOWER_BOUND, "inference in one region costs more"},
        {"{\"provider\":\"p\",\"model\":\"two\",\"type\":\"message\",\"usage\":{\"input_tokens\":1,\"output_tokens\":0,"
         "\"iterations\":[{\"type\":\"advisor_message\"}]}}", 1000000, TKC_COST_LOWER_BOUND, "another model that took part"},
        {"{\"provider\":\"p\",\"model\":\"two\",\"output\":[{\"type\":\"file_search_call\"}],\"usage\":{\"input_tokens\":1,\"output_tokens\":0}}",
         1000000, TKC_COST_LOWER_BOUND, "own tools cost by the call"},
        {"{\"provider\":\"p\",\"model\":\"two\",\"audio_output\":1}", 10000000, TKC_COST_ESTIMATE, "no audio price: charged as text"},
        {"{\"provider\":\"p\",\"model\":\"two\",\"input\":1,\"search\":2}", 1000000, TKC_COST_LOWER_BOUND, "no price for search"},
        {"{\"provider\":\"p\",\"model\":\"two\",\"input\":1,\"storage\":2}", 1000000, TKC_COST_LOWER_BOUND, "no price for storage"},
        {"{\"provider\":\"p\",\"model\":\"input-only\",\"input\":1,\"output\":2}", 1000000, TKC_COST_LOWER_BOUND, "no price for output"},
        {"{\"provider\":\"p\",\"model\":\"peak\",\"input\":1,\"at\":\"2026-11-20T02:00:00Z\"}", 2000000, TKC_COST_EXACT, ""},
        {"{\"provider\":\"p\",\"model\":\"peak\",\"input\":1,\"at\":\"2026-11-20T04:00:00Z\"}", 1000000, TKC_COST_EXACT, ""},
        {"{\"provider\":\"p\",\"model\":\"peak\",\"input\":1,\"at\":\"2026-11-20\"}", 1000000, TKC_COST_LOWER_BOUND, "time of day not known"},
        {"{\"provider\":\"p\",\"model\":\"peak\",\"input\":1}", 1000000, TKC_COST_LOWER_BOUND, "time of day not known"},
        {"{\"provider\":\"p\",\"model\":\"long\",\"input\":1000}", 1000000000, TKC_COST_EXACT, ""},
        {"{\"provider\":\"p\",\"model\":\"long\",\"input\":1,\"cached\":1000,\"output\":1}", 2000000 + 1000000000 + 2000000, TKC_COST_EXACT, ""},
        {"{\"provider\":\"p\",\"model\":\"dated\",\"input\":1,\"at\":\"2026-05-31T23:59:59Z\"}", 1000000, TKC_COST_EXACT, ""},
        {"{\"provider\":\"p\",\"model\":\"dated\",\"input\":1,\"at\":\"2026-06-01T00:00:00Z\"}", 2000000, TKC_COST_EXACT, ""},
        {"{\"provider\":\"p\",\"model\":\"dated\",\"input\":1}", 2000000, TKC_COST_EXACT, ""},
        {"{\"provider\":\"p\",\"model\":\"batched\",\"input\":1,\"batch\":true}", 1000000, TKC_COST_EXACT, ""},
        {"{\"provider\":\"p\",\"model\":\"two\",\"input\":1,\"batch\":true}", 1000000, TKC_COST_ESTIMATE, "no batch price: charged as standard"},
        {"{\"provider\":\"p\",\"model\":\"two\",\"service_tier\":\"scale\",\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":0}}",
         1000000, TKC_COST_ESTIMATE, "service tier not known"},
        {"{\"custom_id\":\"a\",\"result\":{\"type\":\"expired\"}}", 0, TKC_COST_EXACT, "the request failed: not billed"},
        {"{\"call_type\":\"x\",\"model\":\"two\",\"cache_hit\":true,\"prompt_tokens\":1}", 0, TKC_COST_EXACT, "gateway's cache"},
        /* built-in rows */
        {"{\"model\":\"claude-opus-5\",\"input\":1000,\"cached\":20000,\"cache_write_5m\":300,\"cache_write_1h\":10,\"output\":500,"
         "\"reasoning\":20}", UINT64_C(1000) * 5000000 + UINT64_C(20000) * 500000 + 300 * 6250000 + 10 * 10000000 + UINT64_C(520) * 25000000,
         TKC_COST_EXACT, ""},
        {"{\"type\":\"message\",\"model\":\"claude-opus-5\",\"usage\":{\"input_tokens\":0,\"cache_creation_input_tokens\":8,\"output_tokens\":0}}",
         8 * 6250000, TKC_COST_LOWER_BOUND, "cache writes without a lifetime"},
    };
    setup s = open_all();
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        tkc_cost c;
        tkc_error err = {0};
        uint64_t parts = 0;
        if (cost_text(&s, t[i].line, &c, &err)) fail_msg("%s\n%s", t[i].line, err.message);
        if (!c.priced || c.picodollars != t[i].pd)
            fail_msg("%s\nis %llu, not %llu", t[i].line, (unsigned long long)c.picodollars, (unsigned long long)t[i].pd);
        if (c.cls != t[i].cls || (*t[i].why ? !strstr(c.why, t[i].why) : c.why[0] != '\0'))
            fail_msg("%s\nis %s: %s", t[i].line, tkc_cost_class_name(c.cls), c.why);
        for (int k = 0; k < TKC_N_UNIT; k++) parts += c.part[k];
        assert_int_equal(parts, c.picodollars);
    }
    close_all(&s);
}

static void unpriced(void **state)
{
    static const struct { const char *line, *why; } t[] = {
        {"{\"model\":\"gpt-99\",\"input\":1}", "no price for 'gpt-99'"},
        {"{\"model\":\"gpt-5.4-turbo\",\"input\":1}", "no price for"},
        {"{\"provider\":\"nobody\",\"model\":\"gpt-5.4\",\"input\":1}", "no provider 'nobody'"},
        {"{\"input\":1}", "no model is named"},
        {"{\"provider\":\"p\",\"model\":\"dated\",\"input\":1,\"at\":\"2025-12-31\"}", "dated has no price on 2025-12-31"},
        {"{\"model\":\"deepseek-ai/DeepSeek-V3\",\"input\":1}", "give the provider"},
    };
    setup s = open_all();
    tkc_cost c;
    tkc_error err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        if (cost_text(&s, t[i].line, &c, &err)) fail_msg("%s\n%s", t[i].line, err.message);
        assert_false(c.priced);
        assert_int_equal(c.cls, TKC_COST_UNPRICED);
        if (!strstr(c.why, t[i].why)) fail_msg("%s\n%s", t[i].line, c.why);
        assert_null(c.model.model);
    }
    /* a model and a provider for records that name none */
    s.opt.model = str("two");
    s.opt.provider = str("p");
    assert_int_equal(cost_text(&s, "{\"input\":1}", &c, &err), TKC_OK);
    assert_true(c.priced && c.picodollars == 1000000);
    assert_int_equal(cost_text(&s, "{\"provider\":\"openai\",\"model\":\"gpt-5.4\",\"input\":1}", &c, &err), TKC_OK);
    assert_true(c.priced && c.picodollars == 2500000);
    close_all(&s);
}

static void asof(void **state)
{
    setup s = open_all();
    tkc_cost c;
    tkc_error err = {0};
    (void)state;
    assert_true(tkc_moment_of_date(str("2026-02-01"), &s.opt.asof));
    assert_int_equal(cost_text(&s, "{\"provider\":\"p\",\"model\":\"dated\",\"input\":1,\"at\":\"2026-11-11\"}", &c, &err), TKC_OK);
    assert_int_equal(c.picodollars, 1000000);
    /* the hour of the record stays */
    assert_int_equal(cost_text(&s, "{\"provider\":\"p\",\"model\":\"peak\",\"input\":1,\"at\":\"2026-11-11T01:30:00Z\"}", &c, &err), TKC_OK);
    assert_int_equal(c.picodollars, 2000000);
    assert_int_equal(c.when.day, 20260201);
    /* as if served otherwise */
    s.opt.has_mode = true;
    s.opt.mode = TKC_MODE_BATCH;
    assert_int_equal(cost_text(&s, "{\"provider\":\"p\",\"model\":\"batched\",\"input\":1}", &c, &err), TKC_OK);
    assert_int_equal(c.picodollars, 1000000);
    close_all(&s);
}

static void too_much(void **state)
{
    setup s = open_all();
    tkc_cost c;
    tkc_error err = {0};
    (void)state;
    assert_int_equal(cost_text(&s, "{\"provider\":\"p\",\"model\":\"dear\",\"input\":1000000000000000}", &c, &err), TKC_E_LIMIT);
    assert_non_null(strstr(err.message, "18 million dollars"));
    assert_int_equal(cost_text(&s, "{\"provider\":\"p\",\"model\":\"dear\",\"input\":4000000000,\"output\":1000000000}", &c, &err), TKC_E_LIMIT);
    assert_int_equal(cost_text(&s, "{\"provider\":\"p\",\"model\":\"dear\",\"input\":4000000000}", &c, &err), TKC_OK);
    assert_int_equal(c.picodollars, UINT64_C(4000000000) * 4294000000);
    s.opt.struct_size = 0;
    assert_int_equal(cost_text(&s, "{\"provider\":\"p\",\"model\":\"two\",\"input\":1}", &c, &err), TKC_E_ARG);
    s.opt.struct_size = sizeof s.opt;
    s.opt.now.day = 0;
    assert_int_equal(cost_text(&s, "{\"provider\":\"p\",\"model\":\"two\",\"input\":1}", &c, &err), TKC_E_ARG);
    close_all(&s);
}

/* Reasons that do not fit are left out, never cut in the middle of memory. */
static void long_reasons(void **state)
{
    setup s = open_all();
    tkc_cost c;
    tkc_error err = {0};
    (void)state;
    assert_int_equal(cost_text(&s, "{\"provider\":\"p\",\"model\":\"input-only\",\"batch\":true,\"input\":1,\"cached\":1,"
                                   "\"cache_write_5m\":1,\"cache_write_1h\":1,\"audio_input\":1,\"output\":1,\"reasoning\":1,"
                                   "\"image_output\":1,\"video_output\":1,\"audio_output\":1,\"storage\":1,\"search\":1}", &c, &err), TKC_OK);
    assert_int_equal(c.cls, TKC_COST_LOWER_BOUND);
    assert_true(strlen(c.why) < sizeof c.why);
    close_all(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_classes), cmocka_unit_test(unpriced), cmocka_unit_test(asof),
        cmocka_unit_test(too_much),         cmocka_unit_test(long_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
