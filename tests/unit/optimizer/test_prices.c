/*
 * test_prices.c - the price list: its own order and sense, names, days, hours, tiers, price
 * files and what they must not hold, and memory that runs out.
 */
#include "optimizer/money/money.h"
#include "optimizer/money/prices_convert.h"
#include "optimizer/money/prices_impl.h"

#include "tests/support/fail_alloc.h"

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

static tkc_prices *open_list(void)
{
    tkc_prices *p = NULL;
    assert_int_equal(tkc_prices_new(&p, NULL, NULL), TKC_OK);
    return p;
}

static void built_in_list(void **state)
{
    tkc_prices *p = open_list();
    const tkc_price_row *r, *last = NULL;
    size_t n = 0, models = 0;
    (void)state;
    for (; (r = tkc_prices_at(p, n)) != NULL; n++) {
        bool any = false;
        tkc_price_source s = tkc_prices_source(p, r);
        tkc_moment m;
        if (last) assert_true(tkc_price_row_order(last, r) <= 0);
        if (!last || tkc_price_row_order(last, r) != 0) models++;
        for (int u = 0; u < TKC_N_UNIT; u++) any = any || tkc_price_of(r, (tkc_unit)u) != TKC_NO_PRICE;
        assert_true(any);
        assert_true(r->mode < TKC_N_MODE && r->days && r->first <= 1440 && r->last <= 1440);
        assert_true(r->to == 0 || r->from < r->to);
        assert_true(strlen(s.what) > 0 && tkc_moment_of_date(str(s.checked), &m));
        assert_true(strlen(r->model) <= TKC_PRICE_NAME_MAX);
        last = r;
    }
    assert_true(n > 3000 && models > 2000);
    /* every listed model is found by its own name at its own provider */
    for (size_t i = 0; (r = tkc_prices_at(p, i)) != NULL; i++) {
        tkc_price_model m;
        assert_int_equal(tkc_prices_resolve(p, str(r->provider), str(r->model), &m, NULL), TKC_OK);
        assert_int_equal(m.rule, TKC_PRICE_EXACT);
        assert_string_equal(m.provider, r->provider);
        assert_int_equal(strlen(m.model), strlen(r->model));
    }
    assert_true(tkc_prices_checked() >= 20261101);
    tkc_prices_free(p);
}

static void names(void **state)
{
    static const struct {
        const char *provider, *name, *at, *model;
        int rule; /* -1: not found */
    } t[] = {
        {"", "gpt-5.4", "openai", "gpt-5.4", TKC_PRICE_EXACT},
        {"", "GPT-5.4", "openai", "gpt-5.4", TKC_PRICE_EXACT},
        {"", "gpt-5.4-2026-03-06", "openai", "gpt-5.4", TKC_PRICE_DATED},
        {"", "claude-haiku-5-5", "anthropic", "claude-haiku-5-5", TKC_PRICE_EXACT},
        {"", "claude-opus-5-20260801", "anthropic", "claude-opus-5", TKC_PRICE_DATED},
        {"", "claude-opus-5@20260801", "anthropic", "claude-opus-5", TKC_PRICE_DATED},
        {"", "claude-sonnet-4-5-20250929", "anthropic", "claude-sonnet-4-5", TKC_PRICE_DATED},
        {"", "claude-haiku-4.5", "anthropic", "claude-haiku-4-5", TKC_PRICE_ALIAS},
        {"", "openai/gpt-5.4", "openai", "gpt-5.4", TKC_PRICE_EXACT},
        {"openai", "openai/gpt-5.4", "openai", "gpt-5.4", TKC_PRICE_EXACT},
        {"", "models/gemini-2.5-pro", "google", "gemini-2.5-pro", TKC_PRICE_EXACT},
        {"vertex_ai", "publishers/google/models/gemini-2.5-pro", "google", "gemini-2.5-pro", TKC_PRICE_EXACT},
        {"google", "claude-3-5-haiku", "google", "claude-3-5-haiku", TKC_PRICE_EXACT},
        {"Bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "aws",
         "regional.anthropic.claude-haiku-4-5-20251001-v1:0", TKC_PRICE_DATED},
        {"", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "aws", "regional.anthropic.claude-haiku-4-5-20251001-v1:0", TKC_PRICE_DATED},
        {"", "global.anthropic.claude-haiku-4-5-20251001-v1:0", "aws", "global.anthropic.claude-haiku-4-5-20251001-v1:0", TKC_PRICE_EXACT},
        {"", "us.nobody.claude-haiku-4-5", "", "", -1},
        {"openrouter", "anthropic/claude-opus-5", "openrouter", "anthropic/claude-opus-5", TKC_PRICE_EXACT},
        {"azure", "o1", "azure", "o1", TKC_PRICE_EXACT},
        {"azure", "gpt-4.1-nano", "azure", "gpt-4.1-nano", -2},
        {"xai", "grok-4.7", "x-ai", "grok-4.7", TKC_PRICE_EXACT},
        {"", "gpt-5.44", "", "", -1},   /* never the nearest */
        {"", "claude-opus-5-thinking", "", "", -1},
        {"", "gpt-5.4-20269999", "", "", -1},
        {"nobody", "gpt-5.4", "", "", -1},
        {"openai", "claude-opus-5", "", "", -1},
        {"", "", "", "", -1},
        {"", "gpt-5.4\xff", "", "", -1},
    };
    tkc_prices *p = open_list();
    char long_name[300];
    tkc_price_model m;
    tkc_error err;
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        tkc_status st;
        memset(&err, 0, sizeof err);
        st = tkc_prices_resolve(p, str(t[i].provider), str(t[i].name), &m, &err);
        if (t[i].rule == -1) {
            if (st != TKC_E_NOTFOUND || !err.message[0]) fail_msg("%s was found", t[i].name);
            continue;
        }
        if (st) fail_msg("%s: %s", t[i].name, err.message);
        if (t[i].rule == -2) continue; /* at azure or at the owner, whichever lists it */
        if (strcmp(m.provider, t[i].at) != 0 || strcmp(m.model, t[i].model) != 0 || (int)m.rule != t[i].rule)
            fail_msg("%s is %s %s by %s", t[i].name, m.provider, m.model, tkc_price_rule_name(m.rule));
    }
    memset(long_name, 'a', sizeof long_name);
    assert_int_equal(tkc_prices_resolve(p, str(""), (tkc_str){long_name, sizeof long_name}, &m, &err),
                     TKC_E_NOTFOUND);
    /* several shops sell it, none owns it */
    assert_int_equal(tkc_prices_resolve(p, str(""), str("deepseek-ai/DeepSeek-V3"), &m, &err), TKC_E_NOTFOUND);
    assert_non_null(strstr(err.message, "give the provider"));
    tkc_prices_free(p);
}

static void days(void **state)
{
    static const struct { const char *text; bool ok; int weekday; int64_t days; } t[] = {
        {"1970-01-01", true, 3, 0},          {"2000-02-29", true, 1, 11016},
        {"2026-11-24", true, 1, 20781},      {"9999-12-31", true, 4, 2932896},
        {"2100-02-29", false, 0, 0},         {"2026-04-31", false, 0, 0},
        {"2026-13-01", false, 0, 0},         {"2026-00-01", false, 0, 0},
        {"1969-12-31", false, 0, 0},         {"2026-1-1", false, 0, 0},
        {"2026/11/24", false, 0, 0},         {"20261124", false, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        tkc_moment m;
        if (tkc_moment_of_date(str(t[i].text), &m) != t[i].ok) fail_msg("%s", t[i].text);
        if (!t[i].ok) continue;
        assert_int_equal(m.weekday, t[i].weekday);
        assert_int_equal(tkc_moment_days(m.day), t[i].days);
        assert_int_equal(m.minute, -1);
    }
    /* every day of 400 years forth and back */
    for (int64_t d = 0; d < 146097 + 400; d++) {
        tkc_moment m = tkc_moment_of_unix(d * 86400 + 86399);
        assert_int_equal(tkc_moment_days(m.day), d);
        assert_int_equal(m.minute, 1439);
    }
    assert_int_equal(tkc_moment_of_unix(-5).day, 19700101);
    assert_int_equal(tkc_moment_of_unix(INT64_MAX).day, 99991231);
}

static uint64_t input_price(const tkc_prices *p, const char *provider, const char *model, tkc_mode mode,
                            const char *date, int minute, uint64_t prompt, tkc_price_hit *hit)
{
    tkc_price_model m;
    tkc_moment when;
    tkc_price_hit own;
    tkc_error err = {0};
    if (!hit) hit = &own;
    if (tkc_prices_resolve(p, str(provider), str(model), &m, &err)) fail_msg("%s", err.message);
    assert_true(tkc_moment_of_date(str(date), &when));
    when.minute = minute;
    if (tkc_prices_find(p, &m, mode, when, prompt, hit, &err)) fail_msg("%s", err.message);
    return tkc_price_of(hit->row, TKC_UNIT_INPUT);
}

static void days_hours_tiers(void **state)
{
    tkc_prices *p = open_list();
    tkc_price_hit hit;
    (void)state;
    /* a tier holds above its start, not at it */
    assert_int_equal(input_price(p, "", "gpt-5.4", TKC_MODE_STANDARD, "2026-11-01", 0, 272000, NULL), 2500000);
    assert_int_equal(input_price(p, "", "gpt-5.4", TKC_MODE_STANDARD, "2026-11-01", 0, 272001, NULL), 5000000);
    assert_int_equal(input_price(p, "", "claude-haiku-5-5", TKC_MODE_BATCH, "2026-11-01", 0, 100001, NULL), 250000);
    /* prices that change on a day */
    assert_int_equal(input_price(p, "", "gemini-3.6-flash", TKC_MODE_STANDARD, "2026-12-31", 0, 1, NULL), 750000);
    assert_int_equal(input_price(p, "", "gemini-3.6-flash", TKC_MODE_STANDARD, "2027-01-01", 0, 1, NULL), 1500000);
    /* DeepSeek: off-peak, peak from 01:00 to 04:00 UTC, weekends off-peak, unknown hour */
    assert_int_equal(input_price(p, "deepseek", "deepseek-v4-pro", TKC_MODE_STANDARD, "2026-11-23", 59, 1, NULL), 660000);
    assert_int_equal(input_price(p, "deepseek", "deepseek-v4-pro", TKC_MODE_STANDARD, "2026-11-23", 60, 1, NULL), 1320000);
    assert_int_equal(input_price(p, "deepseek", "deepseek-v4-pro", TKC_MODE_STANDARD, "2026-11-23", 239, 1, NULL), 1320000);
    assert_int_equal(input_price(p, "deepseek", "deepseek-v4-pro", TKC_MODE_STANDARD, "2026-11-23", 240, 1, NULL), 660000);
    assert_int_equal(input_price(p, "deepseek", "deepseek-v4-pro", TKC_MODE_STANDARD, "2026-11-22", 60, 1, &hit), 660000);
    assert_false(hit.hours_open);
    assert_int_equal(input_price(p, "deepseek", "deepseek-v4-pro", TKC_MODE_STANDARD, "2026-08-22", 60, 1, NULL), 1320000);
    assert_int_equal(input_price(p, "deepseek", "deepseek-v4-pro", TKC_MODE_STANDARD, "2026-08-16", 60, 1, NULL), 435000);
    assert_int_equal(input_price(p, "deepseek", "deepseek-v4-pro", TKC_MODE_STANDARD, "2026-11-23", -1, 1, &hit), 660000);
    assert_true(hit.hours_open);
    /* modes */
    assert_int_equal(input_price(p, "", "claude-opus-5", TKC_MODE_BATCH, "2025-01-01", 0, 1, &hit), 2500000);
    assert_false(hit.no_mode);
    assert_int_equal(input_price(p, "", "gpt-4", TKC_MODE_FLEX, "2026-11-01", 0, 1, &hit), 30000000);
    assert_true(hit.no_mode);
    tkc_prices_free(p);
}

static const char yaml_file[] =
    "# ours\n"
    "prices:\n"
    "  - provider: openai\n"
    "    model: gpt-5.4\n"
    "    aliases: [our-gpt, Our-GPT-2]\n"
    "    valid_from: 2026-06-01\n"
    "    valid_to: 2027-01-01\n"
    "    input: 2.000001\n"
    "    output: 12\n"
    "    request: 0.000000000001\n"
    "    source: contract 17\n"
    "    checked: 2026-06-01\n"
    "  - {provider: acme, model: acme-1, input: 0.5, output: 1, hours: 22:00-06:00, days: fri-mon}\n"
    "  - {provider: acme, model: acme-1, input: 1, output: 2}\n";
static const char json_file[] =
    "{\"schema\": \"tokcount/prices/1\", \"prices\": [\n"
    " {\"provider\": \"acme\", \"model\": \"acme-1\", \"mode\": \"batch\", \"above\": 1000,\n"
    "  \"input\": 0.25, \"aliases\": [\"acme-\\u0031-b\"]}]}";

static void price_files(void **state)
{
    tkc_prices *p = open_list();
    tkc_price_hit hit;
    tkc_error err = {0};
    (void)state;
    if (tkc_prices_add(p, str(yaml_file), &err)) fail_msg("%s", err.message);
    if (tkc_prices_add(p, str(json_file), &err)) fail_msg("%s", err.message);
    assert_int_equal(input_price(p, "", "our-gpt-2", TKC_MODE_STANDARD, "2026-11-01", 0, 1, &hit), 2000001);
    assert_int_equal(tkc_price_of(hit.row, TKC_UNIT_REQUEST), 1);
    assert_true(hit.row->flags & TKC_PRICE_USER);
    assert_string_equal(tkc_prices_source(p, hit.row).what, "contract 17");
    assert_string_equal(tkc_prices_source(p, hit.row).checked, "2026-06-01");
    /* it takes the place of the built-in tier too, but not of batch, and not after its time */
    assert_int_equal(input_price(p, "", "gpt-5.4", TKC_MODE_STANDARD, "2026-11-01", 0, 300000, NULL), 2000001);
    assert_int_equal(input_price(p, "", "gpt-5.4", TKC_MODE_STANDARD, "2027-01-01", 0, 300000, NULL), 5000000);
    assert_int_equal(input_price(p, "", "gpt-5.4", TKC_MODE_BATCH, "2026-11-01", 0, 1, NULL), 1250000);
    /* hours over midnight, days over the week's end: 2026-11-20 is a Friday */
    assert_int_equal(input_price(p, "acme", "acme-1", TKC_MODE_STANDARD, "2026-11-20", 1439, 1, NULL), 500000);
    assert_int_equal(input_price(p, "acme", "acme-1", TKC_MODE_STANDARD, "2026-11-20", 359, 1, NULL), 500000);
    assert_int_equal(input_price(p, "acme", "acme-1", TKC_MODE_STANDARD, "2026-11-20", 360, 1, NULL), 1000000);
    assert_int_equal(input_price(p, "acme", "acme-1", TKC_MODE_STANDARD, "2026-11-19", 1439, 1, NULL), 1000000);
    assert_int_equal(input_price(p, "", "acme-1-b", TKC_MODE_BATCH, "2026-11-19", 0, 1001, NULL), 250000);
    /* a later file goes before an earlier one */
    if (tkc_prices_add(p, str("prices: [{provider: acme, model: acme-1, input: 3}]"), &err))
        fail_msg("%s", err.message);
    assert_int_equal(input_price(p, "acme", "acme-1", TKC_MODE_STANDARD, "2026-11-19", 1, 1, NULL), 3000000);
    tkc_prices_free(p);
}

static void bad_price_files(void **state)
{
#define ROW "prices:\n  - provider: openai\n    model: m\n    "
    static const struct { const char *text, *says; } t[] = {
        {ROW "inptu: 2\n", "line 4: unknown key 'inptu'"},
        {ROW "input: .nan\n", "line 4: a price is a plain decimal number"},
        {ROW "input: NaN\n", "line 4: a price is a plain decimal number"},
        {ROW "input: inf\n", "line 4: a price is a plain"},
        {ROW "input: -1\n", "line 4: a price cannot be negative: '-1'"},
        {ROW "input: 1e3\n", "line 4: a price is a plain"},
        {ROW "input: 1.\n", "line 4: a price is a plain"},
        {ROW "input: 0x10\n", "line 4: a price is a plain"},
        {ROW "input: ''\n", "line 4: a price is a plain"},
        {ROW "input: 0.0000001\n", "line 4: more than six decimals"},
        {ROW "request: 0.0000000000001\n", "line 4: more than twelve decimals"},
        {ROW "input: 4295\n", "line 4: a price too large"},
        {ROW "input: 99999999999999999999999\n", "line 4: a price too large"},
        {ROW "input: 1\n    input: 2\n", "line 5: the key stands twice"},
        {ROW "input: [1]\n", "line 4: a value on the line of its key"},
        {ROW "input: &a 1\n", "line 4: anchors"},
        {ROW "mode: slow\n    input: 1\n", "line 4: the mode is one of"},
        {ROW "valid_from: 2026-02-30\n", "line 4: a date is like"},
        {ROW "hours: 1-2\n", "line 4: hours are like"},
        {ROW "hours: 25:00-26:00\n", "line 4: hours are like"},
        {ROW "hours: 01:00-01:00\n", "line 4: hours are like"},
        {ROW "days: monday\n", "line 4: days are like"},
        {ROW "above: -1\n", "line 4: a price cannot be negative"},
        {ROW "source: none\n", "line 2: the row needs a price"},
        {ROW "valid_from: 2026-02-02\n    valid_to: 2026-02-01\n    input: 1\n", "line 2: valid_to"},
        {"prices:\n  - model: m\n    input: 1\n", "line 2: the row needs a provider"},
        {"prices:\n  - provider: m\n    input: 1\n", "line 2: the row needs a model"},
        {"price:\n  - provider: m\n", "line 1: the file holds \"prices:\""},
        {"prices: 5\n", "line 1: a list of rows"},
        {"prices:\n  - 5\n", "line 2: a row"},
        {"prices: []\nprices: []\n", "line 2: the file holds"},
        {"- a\n", "line 1: \"prices:\" was expected"},
        {"prices: [\n", "not YAML"},
        {"prices: []\n---\na: 1\n", "one document"},
        {"", "an empty price file"},
        {" \n\t", "an empty price file"},
        {"{\"prices\": [{\"provider\": \"a\",\n \"model\": \"m\", \"input\": NaN}]}", "line 2: "},
        {"{\"prices\": [{\"provider\": \"a\",\n \"model\": \"m\", \"input\": -1}]}", "line 2: a price cannot be negative"},
        {"{\"prices\": [{\"provider\": \"a\",\n\n \"model\": \"m\", \"input\": null}]}", "line 3: a price is a number"},
        {"{\"prices\": [{\"provider\": \"a\", \"x\": 1}]}", "line 1: unknown key 'x'"},
        {"{\"prices\": {}}", "no list \"prices\""},
        {"{\"price\": []}", "line 1: the file holds \"prices\""},
        {"[]", "no list \"prices\""},
    };
#undef ROW
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        tkc_prices *p = open_list();
        tkc_error err = {0};
        tkc_status st = tkc_prices_add(p, str(t[i].text), &err);
        if (!st) fail_msg("accepted: %s", t[i].text);
        if (err.code != st || !strstr(err.message, t[i].says)) fail_msg("%s\nsays: %s", t[i].text, err.message);
        if (err.offset > strlen(t[i].text)) fail_msg("%s: byte %zu", t[i].text, err.offset);
        /* nothing of it stays */
        assert_false(tkc_prices_at(p, 0)->flags & TKC_PRICE_USER);
        tkc_prices_free(p);
    }
}

/* Every request for memory fails once. libyaml's own requests do not go through the allocator. */
static void no_memory(void **state)
{
    static const char *const file[] = {yaml_file, json_file};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        for (size_t n = 1;; n++) {
            fail_alloc f = {.fail_at = n};
            const tkc_allocator alloc = fail_alloc_of(&f);
            tkc_prices *p = NULL;
            tkc_error err = {0};
            tkc_status st = tkc_prices_new(&p, &alloc, &err);
            if (!st) st = tkc_prices_add(p, str(file[k]), &err);
            if (st && (st != TKC_E_NOMEM || !strstr(err.message, "memory")))
                fail_msg("request %zu refused: %s", n, err.message);
            tkc_prices_free(p);
            assert_int_equal(f.live, 0);
            assert_false(f.wrong_size);
            if (f.calls < n) {
                assert_int_equal(st, TKC_OK);
                assert_true(n > 4);
                break;
            }
        }
    }
}

static void money(void **state)
{
    char buf[TKC_MONEY_SIZE];
    tkc_money m = {0};
    uint64_t sum = 5;
    (void)state;
    assert_string_equal(tkc_money_dollars(buf, m), "0.00");
    assert_string_equal(tkc_money_digits(buf, m), "0");
    m.pd = 1;
    assert_string_equal(tkc_money_dollars(buf, m), "0.000000000001");
    m.pd = 1250000000000;
    assert_string_equal(tkc_money_dollars(buf, m), "1.25");
    m.pd = 1500000000000;
    assert_string_equal(tkc_money_dollars(buf, m), "1.50");
    m.pd = ~(tkc_u128)0;
    assert_string_equal(tkc_money_digits(buf, m), "340282366920938463463374607431768211455");
    assert_string_equal(tkc_money_dollars(buf, m), "340282366920938463463374607.431768211455");
    assert_false(tkc_money_add(&m, 1));
    assert_true(m.pd == ~(tkc_u128)0);
    assert_true(tkc_money_add_product(&sum, 3, 7));
    assert_int_equal(sum, 26);
    assert_false(tkc_money_add_product(&sum, UINT64_MAX, 2));
    assert_false(tkc_money_add_product(&sum, UINT64_MAX - 25, 1));
    assert_int_equal(sum, 26);
    assert_true(tkc_money_add_product(&sum, UINT64_MAX - 26, 1));
}

/* Another project's numbers become whole picodollars by their decimals; no memory leaves nothing. */
static void converted(void **state)
{
    static const struct {
        const char *number, *price;
        size_t rounded;
    } row[] = {{"2.5e-06", "2.500000", 0},  {"0.0000025", "2.500000", 0}, {"25E-7", "2.500000", 0},
               {"2.4999999999999998e-06", "2.500000", 1}, {"3.33333333e-6", "3.333333", 1},
               {"1e-12", "0.000001", 0}, {"4e-13", NULL, 0}, {"5e-13", "0.000001", 1},
               {"0.00000150000000000000000000001", "1.500000", 1}, {"1e-3", "1000.000000", 0},
               {"1", NULL, 0}, {"0.0", NULL, 0}};
    char text[300];
    tkc_prices_converted what;
    tkc_buf out;
    tkc_error err;
    (void)state;
    tkc_buf_init(&out, 1 << 20, NULL);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char want[60];
        tkc_status st;
        tkc_buf_clear(&out);
        snprintf(text, sizeof text, "{\"x\":{\"litellm_provider\":\"openai\",\"input_cost_per_token\":%s}}", row[i].number);
        st = tkc_prices_convert((tkc_str){text, strlen(text)}, &out, &what, NULL, &err);
        if (!row[i].price) { /* nothing to say, or beyond what a row holds */
            assert_int_equal(st, TKC_E_FORMAT);
            assert_int_equal(out.len, 0);
            continue;
        }
        assert_int_equal(st, TKC_OK);
        assert_int_equal(tkc_buf_append_byte(&out, 0, &err), TKC_OK);
        snprintf(want, sizeof want, "\"input\":\"%s\"", row[i].price);
        if (!strstr(out.ptr, want)) fail_msg("%s: %s", row[i].number, out.ptr);
        assert_int_equal(what.rounded, row[i].rounded);
    }
    tkc_buf_release(&out);
    for (size_t n = 1;; n++) {
        fail_alloc f = {.fail_at = n};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_status st;
        tkc_buf_init(&out, 1 << 20, &a);
        snprintf(text, sizeof text, "{\"openai/x\":{\"litellm_provider\":\"openai\",\"input_cost_per_token\":1e-6}}");
        st = tkc_prices_convert((tkc_str){text, strlen(text)}, &out, &what, &a, &err);
        if (st) assert_int_equal(out.len, 0);
        tkc_buf_release(&out);
        assert_int_equal(f.live, 0);
        if (f.calls < n) {
            assert_int_equal(st, TKC_OK);
            break;
        }
        assert_int_equal(st, TKC_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_list), cmocka_unit_test(names),
        cmocka_unit_test(days),          cmocka_unit_test(days_hours_tiers),
        cmocka_unit_test(price_files),   cmocka_unit_test(bad_price_files),
        cmocka_unit_test(no_memory),     cmocka_unit_test(money),
        cmocka_unit_test(converted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
