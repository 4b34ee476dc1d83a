/*
 * test_calibrate.c - simulated accounts whose truth is known: coverage, coefficients, what is
 * refused, what is left alone; the file, whole and broken; memory that runs out.
 */
#include "optimizer/count/calibrate.h"

#include "tests/support/fail_alloc.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- an account --------------------------------------------------------------------------- */

static uint64_t state;

static double uniform(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(state >> 11) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2 * log(1 - uniform())) * cos(6.283185307179586 * uniform());
}

typedef enum noise { NONE, EVEN, ROOT, HEAVY, SKEWED, OUTLIERS } noise;

typedef struct account {
    noise noise;
    double request, message, tools, text, schema, image;
    double images, tooled; /* how many requests have such */
} account;

/* A request as the counter sees it. */
typedef struct sample {
    tkc_request r;
    tkc_request_count c;
    tkc_part part[8];
    tkc_token_range range[8];
    uint64_t tokens; /* as the provider counts */
} sample;

static void add_part(sample *s, tkc_part_kind kind, uint64_t tokens)
{
    s->part[s->r.n_part] = (tkc_part){.kind = (uint8_t)kind, .call = TKC_NO_PART};
    s->range[s->r.n_part] = (tkc_token_range){.tokens = tokens, .low = tokens - tokens / 8, .high = tokens + tokens / 4,
                                              .cls = TKC_CLASS_ESTIMATE, .rule = "", .checked = ""};
    s->r.n_part++;
    s->c.sum.tokens += tokens;
}

static double error_of(noise kind, double y)
{
    switch (kind) {
    case EVEN: return 0.02 * y * normal();
    case ROOT: return 1.5 * sqrt(y) * normal();
    case HEAVY: return 0.02 * y * normal() / (0.3 + uniform()); /* a mixture of spreads */
    case SKEWED: return 0.03 * y * (-log(1 - uniform()) - 1);
    case OUTLIERS: return uniform() < 0.04 ? y * uniform() : 0.01 * y * normal();
    default: return 0;
    }
}

static void make(sample *s, const account *a)
{
    uint64_t text = (uint64_t)exp(5 + 3 * uniform()), schema = 0, image = 0;
    size_t turns = 1 + (size_t)(8 * uniform());
    double y;
    memset(s, 0, sizeof *s);
    s->r.part = s->part;
    s->c.part = s->range;
    s->r.n_turn = turns;
    add_part(s, TKC_PART_TEXT, text / 3);
    add_part(s, TKC_PART_TEXT, text - text / 3);
    if (uniform() < a->tooled) add_part(s, TKC_PART_TOOL_SCHEMA, schema = 100 + (uint64_t)(1500 * uniform()));
    if (uniform() < a->images) add_part(s, TKC_PART_IMAGE, image = 85 + (uint64_t)(900 * uniform()));
    s->c.framing.tokens = 4 * turns;
    s->c.sum.tokens += s->c.framing.tokens;
    s->c.sum.cls = TKC_CLASS_ESTIMATE;
    s->c.n_part = s->r.n_part;
    y = a->request + a->message * (double)(turns - 1) + (schema ? a->tools : 0) + (double)s->c.framing.tokens +
        a->text * (double)text + a->schema * (double)schema + a->image * (double)image;
    y += error_of(a->noise, y);
    s->tokens = y < 1 ? 1 : (uint64_t)(y + 0.5);
}

static void gather(tkc_calibrator *c, const account *a, size_t n)
{
    sample s;
    tkc_error err;
    for (size_t i = 0; i < n; i++) {
        make(&s, a);
        assert_int_equal(tkc_calibrator_add(c, &s.r, &s.c, s.tokens, &err), TKC_OK);
    }
}

static const account typical = {.request = 42, .message = 3, .tools = 310, .text = 1.07, .schema = 0.82,
                                .image = 1, .images = 0.3, .tooled = 0.5};

/* --- coverage ----------------------------------------------------------------------------- */

/* The share of new requests inside the interval, over many accounts of one kind. */
static double coverage(noise kind, double asked, size_t n_record, size_t n_account)
{
    size_t inside = 0, all = 0;
    for (size_t i = 0; i < n_account; i++) {
        account a = typical;
        tkc_calibrator c;
        tkc_calibration cal;
        tkc_error err = {0};
        a.noise = kind;
        a.request = 300 * uniform();
        a.message = 8 * uniform() - 2;
        a.tools = 600 * uniform();
        a.text = 0.8 + 0.6 * uniform();
        a.schema = 0.6 + uniform();
        tkc_calibrator_init(&c, NULL);
        gather(&c, &a, n_record);
        if (tkc_calibrator_fit(&c, asked, &cal, &err)) fail_msg("%s", err.message);
        for (int k = 0; k < 100; k++) {
            sample s;
            make(&s, &a);
            tkc_calibration_apply(&cal, &s.r, &s.c);
            inside += s.c.sum.low <= s.tokens && s.tokens <= s.c.sum.high;
            all++;
            assert_true(s.c.sum.low <= s.c.sum.tokens && s.c.sum.tokens <= s.c.sum.high);
        }
        tkc_calibrator_release(&c);
    }
    return (double)inside / (double)all;
}

static void coverages(void **unused)
{
    static const noise kinds[] = {EVEN, ROOT, HEAVY, SKEWED, OUTLIERS};
    (void)unused;
    state = 1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        double share = coverage(kinds[i], 0.9, 300, 100);
        print_message("noise %d: 90 %% intervals hold %.2f %%\n", (int)kinds[i], share * 100);
        assert_true(share >= 0.88 && share <= 0.92);
    }
    /* With the fewest records that are taken, and another coverage. The finite-sample rank
     * alone keeps these from falling short. */
    {
        double share = coverage(EVEN, 0.9, TKC_CALIBRATION_LEAST, 300);
        print_message("60 records: %.2f %%\n", share * 100);
        assert_true(share >= 0.88 && share <= 0.95);
        share = coverage(EVEN, 0.8, 200, 100);
        assert_true(share >= 0.78 && share <= 0.83);
    }
}

/* --- what is learned ---------------------------------------------------------------------- */

static void truth(void **unused)
{
    account a = typical;
    tkc_calibrator c;
    tkc_calibration cal;
    tkc_error err;
    (void)unused;
    state = 2;
    for (int n = 0; n < 2; n++) {
        double room = n ? 0.05 : 0.005;
        a.noise = n ? EVEN : NONE;
        a.noise = n ? OUTLIERS : NONE;
        tkc_calibrator_init(&c, NULL);
        gather(&c, &a, 600);
        assert_int_equal(tkc_calibrator_fit(&c, 0.9, &cal, &err), TKC_OK);
        assert_true(fabs(cal.ratio[TKC_PART_TEXT] - a.text) < room);
        assert_true(fabs(cal.ratio[TKC_PART_TOOL_SCHEMA] - a.schema) < room * 2);
        assert_true(fabs(cal.ratio[TKC_PART_IMAGE] - a.image) < room * 2);
        assert_true(fabs(cal.request - a.request) < 300 * room);
        assert_true(fabs(cal.tools - a.tools) < 600 * room);
        assert_true(cal.error_after < cal.error_before);
        assert_int_equal(cal.fitted + cal.checked, 600);
        tkc_calibrator_release(&c);
    }
}

/* The same records give the same result, bit for bit. */
static void again(void **unused)
{
    tkc_calibration cal[2];
    tkc_error err;
    account a = typical;
    (void)unused;
    a.noise = EVEN;
    for (int k = 0; k < 2; k++) {
        tkc_calibrator c;
        state = 3;
        tkc_calibrator_init(&c, NULL);
        gather(&c, &a, 101);
        assert_int_equal(tkc_calibrator_fit(&c, 0.9, &cal[k], &err), TKC_OK);
        tkc_calibrator_release(&c);
    }
    assert_memory_equal(&cal[0], &cal[1], sizeof cal[0]);
}

static void refused(void **unused)
{
    account a = typical;
    tkc_calibrator c;
    tkc_calibration cal;
    tkc_error err;
    sample s;
    (void)unused;
    state = 4;
    tkc_calibrator_init(&c, NULL);
    gather(&c, &a, TKC_CALIBRATION_LEAST - 7);
    assert_int_equal(tkc_calibrator_fit(&c, 0.9, &cal, &err), TKC_E_NOTFOUND);
    assert_non_null(strstr(err.message, "7 are missing"));
    gather(&c, &a, 7);
    assert_int_equal(tkc_calibrator_fit(&c, 0.9, &cal, &err), TKC_OK);
    assert_int_equal(tkc_calibrator_fit(&c, 0.99, &cal, &err), TKC_E_NOTFOUND);
    assert_non_null(strstr(err.message, "needs 198: 138 are missing"));
    assert_int_equal(tkc_calibrator_needed(0.9), 60);
    assert_int_equal(tkc_calibrator_fit(&c, 0.3, &cal, &err), TKC_E_ARG);
    assert_int_equal(tkc_calibrator_fit(&c, NAN, &cal, &err), TKC_E_ARG);
    make(&s, &a);
    s.c.is_lower_bound = true;
    assert_int_equal(tkc_calibrator_add(&c, &s.r, &s.c, 5, &err), TKC_E_ARG);
    s.c.is_lower_bound = false;
    assert_int_equal(tkc_calibrator_add(&c, &s.r, &s.c, 0, &err), TKC_E_ARG);
    tkc_calibrator_release(&c);
}

/* --- what it makes of a count ------------------------------------------------------------- */

static void applied(void **unused)
{
    account a = typical;
    tkc_calibrator c;
    tkc_calibration cal;
    tkc_error err;
    sample s, before;
    uint64_t parts = 0;
    (void)unused;
    state = 5;
    a.noise = EVEN;
    a.images = 0; /* so that images are not known */
    tkc_calibrator_init(&c, NULL);
    gather(&c, &a, 200);
    assert_int_equal(tkc_calibrator_fit(&c, 0.9, &cal, &err), TKC_OK);
    tkc_calibrator_release(&c);
    make(&s, &a);
    tkc_calibration_apply(&cal, &s.r, &s.c);
    assert_int_equal(s.c.sum.cls, TKC_CLASS_CALIBRATED);
    assert_string_equal(s.c.sum.rule, "calibrated on 200 records, 90 % interval");
    for (size_t i = 0; i < s.c.n_part; i++) {
        assert_int_equal(s.c.part[i].cls, TKC_CLASS_CALIBRATED);
        assert_true(s.c.part[i].low <= s.c.part[i].tokens && s.c.part[i].tokens <= s.c.part[i].high);
        parts += s.c.part[i].tokens;
    }
    assert_int_equal(parts + s.c.framing.tokens, s.c.sum.tokens);
    /* Exact counts stay. */
    make(&s, &a);
    s.c.sum.cls = TKC_CLASS_EXACT;
    before = s;
    tkc_calibration_apply(&cal, &s.r, &s.c);
    assert_memory_equal(&s.c.sum, &before.c.sum, sizeof s.c.sum);
    /* A kind that no record had keeps its own range, and makes an estimate. */
    a.images = 1;
    make(&s, &a);
    before = s;
    tkc_calibration_apply(&cal, &s.r, &s.c);
    assert_int_equal(s.c.sum.cls, TKC_CLASS_ESTIMATE);
    assert_memory_equal(&s.range[s.r.n_part - 1], &before.range[s.r.n_part - 1], sizeof s.range[0]);
    assert_true(s.c.sum.high - s.c.sum.low > before.range[s.r.n_part - 1].high - before.range[s.r.n_part - 1].low);
    /* So does a prompt far beyond those seen. */
    a.images = 0;
    make(&s, &a);
    s.range[0].tokens += 1000000;
    s.c.sum.tokens += 1000000;
    tkc_calibration_apply(&cal, &s.r, &s.c);
    assert_int_equal(s.c.sum.cls, TKC_CLASS_ESTIMATE);
}

/* --- the file ----------------------------------------------------------------------------- */

static tkc_calibration sample_calibration(void)
{
    account a = typical;
    tkc_calibrator c;
    tkc_calibration cal;
    tkc_error err;
    state = 6;
    a.noise = EVEN;
    tkc_calibrator_init(&c, NULL);
    gather(&c, &a, 80);
    assert_int_equal(tkc_calibrator_fit(&c, 0.95, &cal, &err), TKC_OK);
    tkc_calibrator_release(&c);
    strcpy(cal.model, "claude-opus-5");
    strcpy(cal.made, "2026-11-26");
    return cal;
}

static void file(void **unused)
{
    tkc_calibration cal = sample_calibration();
    tkc_calibrations all, back;
    tkc_buf out, twice;
    tkc_error err = {0};
    const tkc_calibration *found;
    (void)unused;
    tkc_buf_init(&out, 1 << 20, NULL);
    tkc_buf_init(&twice, 1 << 20, NULL);
    tkc_calibrations_init(&all, NULL);
    tkc_calibrations_init(&back, NULL);
    assert_int_equal(tkc_calibrations_put(&all, &cal, &err), TKC_OK);
    strcpy(cal.model, "gpt-5");
    assert_int_equal(tkc_calibrations_put(&all, &cal, &err), TKC_OK);
    cal.message = -2.5;
    assert_int_equal(tkc_calibrations_put(&all, &cal, &err), TKC_OK);
    assert_int_equal(all.n, 2);
    assert_int_equal(tkc_calibrations_write(&all, &out, &err), TKC_OK);
    if (tkc_calibrations_read(&back, tkc_buf_str(&out), &err)) fail_msg("%s\n%.*s", err.message, (int)out.len, out.ptr);
    assert_int_equal(back.n, 2);
    found = tkc_calibrations_find(&back, "gpt-5");
    assert_non_null(found);
    assert_true(found->message == -2.5 && fabs(found->spread - cal.spread) < 1e-6 && found->power == cal.power);
    assert_int_equal(found->fitted, cal.fitted);
    assert_int_equal(found->longest, cal.longest);
    assert_string_equal(found->rule, cal.rule);
    assert_null(tkc_calibrations_find(&back, "gpt-5-mini"));
    /* What was read and written once stays. */
    assert_int_equal(tkc_calibrations_write(&back, &twice, &err), TKC_OK);
    assert_int_equal(twice.len, out.len);
    assert_memory_equal(twice.ptr, out.ptr, out.len);
    tkc_calibrations_release(&all);
    tkc_calibrations_release(&back);
    tkc_buf_release(&out);
    tkc_buf_release(&twice);
}

/* Every line of a good file left out or spoiled: refused with a byte in the file, nothing kept. */
static void broken_files(void **unused)
{
    static const struct {
        const char *from, *to, *message;
    } row[] = {{"schema: tokcount/calibration/1", "schema: other", "expected \"tokcount/calibration/1\""},
               {"schema:", "scheme:", "no such key"},
               {"power: 1", "power: 0.7", "power is 0, 0.5 or 1"},
               {"coverage: 0.95", "coverage: .nan", "expected a number of 0.5 to 0.995"},
               {"coverage: 0.95", "coverage: 95", "expected a number of 0.5 to 0.995"},
               {"fitted: 40", "fitted: -40", "expected a number of 1"},
               {"fitted: 40", "checked: 40", "a key that stands twice"},
               {"fitted: 40", "fit: 40", "no such key"},
               {"  - model: \"claude-opus-5\"\n", "  - {}\n  - model: x\n", "\"model\" is missing"},
               {"text: [", "texts: [", "no kind of content"},
               {"text: [", "text: [1, ", "expected [ratio, records]"},
               {"model: \"claude-opus-5\"", "model: [", "YAML"},
               {"model: \"claude-opus-5\"", "model: 5", "expected a short text"},
               {"calibrations:", "calibrations: 5 #", ""}};
    tkc_calibration cal = sample_calibration();
    tkc_calibrations all;
    tkc_buf out;
    tkc_error err = {0};
    (void)unused;
    tkc_buf_init(&out, 1 << 20, NULL);
    tkc_calibrations_init(&all, NULL);
    assert_int_equal(tkc_calibrations_put(&all, &cal, &err), TKC_OK);
    assert_int_equal(tkc_calibrations_write(&all, &out, &err), TKC_OK);
    assert_int_equal(tkc_buf_append_byte(&out, 0, &err), TKC_OK);
    tkc_calibrations_release(&all);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const char *at = strstr(out.ptr, row[i].from);
        char text[8000];
        if (!at) fail_msg("no \"%s\" in\n%s", row[i].from, out.ptr);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - out.ptr), out.ptr, row[i].to, at + strlen(row[i].from));
        if (tkc_calibrations_read(&all, (tkc_str){text, strlen(text)}, &err) == TKC_OK)
            fail_msg("%s was taken", row[i].to);
        if (!strstr(err.message, row[i].message)) fail_msg("%s: %s", row[i].to, err.message);
        assert_true(err.offset <= strlen(text));
        assert_int_equal(all.n, 0);
    }
    assert_int_not_equal(tkc_calibrations_read(&all, (tkc_str){"", 0}, &err), TKC_OK);
    tkc_calibrations_release(&all);
    tkc_buf_release(&out);
}

static void out_of_memory(void **unused)
{
    account a = typical;
    (void)unused;
    for (size_t n = 1;; n++) {
        fail_alloc f = {.fail_at = n};
        const tkc_allocator alloc = fail_alloc_of(&f);
        tkc_calibrator c;
        tkc_calibration cal;
        tkc_calibrations all;
        tkc_buf out;
        tkc_error err = {0};
        sample s;
        tkc_status st = TKC_OK;
        state = 7;
        tkc_calibrator_init(&c, &alloc);
        tkc_calibrations_init(&all, &alloc);
        tkc_buf_init(&out, 1 << 20, &alloc);
        for (int i = 0; i < 60 && !st; i++) {
            make(&s, &a);
            st = tkc_calibrator_add(&c, &s.r, &s.c, s.tokens, &err);
        }
        if (!st) st = tkc_calibrator_fit(&c, 0.9, &cal, &err);
        if (!st) {
            strcpy(cal.model, "m");
            st = tkc_calibrations_put(&all, &cal, &err);
        }
        if (!st) st = tkc_calibrations_write(&all, &out, &err);
        if (!st) st = tkc_calibrations_read(&all, tkc_buf_str(&out), &err);
        tkc_calibrator_release(&c);
        tkc_calibrations_release(&all);
        tkc_buf_release(&out);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (f.calls < n) {
            assert_int_equal(st, TKC_OK);
            break;
        }
        assert_int_equal(st, TKC_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(coverages), cmocka_unit_test(truth),
                                       cmocka_unit_test(again),     cmocka_unit_test(refused),
                                       cmocka_unit_test(applied),   cmocka_unit_test(file),
                                       cmocka_unit_test(broken_files), cmocka_unit_test(out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
