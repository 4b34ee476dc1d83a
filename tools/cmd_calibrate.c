/*
 * cmd_calibrate.c - tokcount calibrate: from requests and their usage to a calibration file.
 *
 * Lines are read one after the other: repeats of one request are told by the usage reader,
 * which remembers them.
 */
#include "optimizer/money/usage.h"
#include "tools/cli/calibration.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/request.h"
#include "tools/lines/jsonl.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"
#include "vocab/base/map_file.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct run {
    const cli_args *a;
    const cli_targets *t;
    tkc_encoder *encoder;
    tkc_usage_reader *reader;
    tkc_request request;
    tkc_request_count count;
    tkc_calibrator fit;
    tkc_buf text;
    size_t line;
    /* Records that were not used, by reason. */
    size_t no_usage, other_model, repeated, no_request, hidden;
} run;

static uint32_t member(const tkc_json *d, uint32_t o, const char *key)
{
    if (o == TKC_JSON_NONE || tkc_json_kind_of(d, o) != TKC_JSON_OBJECT) return TKC_JSON_NONE;
    return tkc_json_get(d, o, key, NULL);
}

static bool is_request(const tkc_json *d, uint32_t node)
{
    return node != TKC_JSON_NONE && tkc_json_kind_of(d, node) == TKC_JSON_OBJECT &&
           tkc_request_shape(d, node, NULL) != TKC_DIALECT_AUTO;
}

/* A log's row that is request and answer in one: its members that are the request's. */
static tkc_status take_members(run *r, const tkc_json *d, tkc_error *err)
{
    static const char *const key[] = {"messages", "system", "tools", "functions", "tool_choice",
                                      "response_format", "output_config", "instructions", "input",
                                      "contents", "systemInstruction", "text", "documents"};
    tkc_status st = tkc_buf_append_byte(&r->text, '{', err);
    for (size_t i = 0; i < sizeof key / sizeof *key && !st; i++) {
        uint32_t v = member(d, 0, key[i]);
        tkc_str s;
        if (v == TKC_JSON_NONE || tkc_json_kind_of(d, v) == TKC_JSON_NULL) continue;
        if (r->text.len > 1) st = tkc_buf_append_byte(&r->text, ',', err);
        if (!st) st = tkc_json_append_text(&r->text, (tkc_str){key[i], strlen(key[i])}, err);
        if (!st) st = tkc_buf_append_byte(&r->text, ':', err);
        s = tkc_json_source(d, v);
        if (!st) st = tkc_buf_append(&r->text, s.ptr, s.len, err);
    }
    return st ? st : tkc_buf_append_byte(&r->text, '}', err);
}

/* The request of a record into r->text; empty: it has none. */
static tkc_status find_request(run *r, const tkc_json *d, tkc_error *err)
{
    static const char *const place[] = {"request", "body", "params", "request_body", "input", "kwargs"};
    static const char *const deeper[] = {"body", "params"};
    tkc_buf_clear(&r->text);
    for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
        uint32_t v = member(d, 0, place[i]);
        for (size_t k = 0; k < 2 && v != TKC_JSON_NONE && !is_request(d, v); k++)
            if (is_request(d, member(d, v, deeper[k]))) v = member(d, v, deeper[k]);
        if (is_request(d, v)) {
            tkc_str s = tkc_json_source(d, v);
            return tkc_buf_append(&r->text, s.ptr, s.len, err);
        }
    }
    return is_request(d, 0) ? take_members(r, d, err) : TKC_OK;
}

/* Is the record of the model that is calibrated? One that names none is taken for it. */
static bool is_model(const run *r, tkc_str name)
{
    char z[256];
    const tkc_model_row *row;
    tkc_model_rule rule;
    if (!name.len) return true;
    if (name.len >= sizeof z) return false;
    tkc_copy_name(z, sizeof z, name);
    row = tkc_model_find(z, &rule);
    return row && row == r->t->target[0].model;
}

static tkc_status one_line(void *ctx, cli_line *line, tkc_error *err)
{
    run *r = ctx;
    const tkc_json_limits limits = {.lone_surrogates = true};
    const tkc_count_target target = cli_count_target(r->t, 0, r->encoder);
    tkc_request_options o = {.struct_size = sizeof o,
                             .prefer = tkc_dialect_of_provider(r->t->target[0].model->provider)};
    tkc_usage u;
    tkc_error why;
    tkc_status st = tkc_json_parse(line->doc, line->text, &limits, err);
    r->line++;
    if (!st) st = tkc_usage_read(r->reader, line->doc, r->line, &u, err);
    if (st) return st;
    if (u.format == TKC_USAGE_NONE || (u.flags & (TKC_USAGE_FREE | TKC_USAGE_FAILED)) ||
        tkc_usage_prompt(&u) == 0) {
        r->no_usage++;
        return TKC_OK;
    }
    if (u.repeats) {
        r->repeated++;
        return TKC_OK;
    }
    if (!is_model(r, u.model)) {
        r->other_model++;
        return TKC_OK;
    }
    st = find_request(r, line->doc, err);
    if (st) return st;
    if (!r->text.len) {
        r->no_request++;
        return TKC_OK;
    }
    st = tkc_request_read(&r->request, tkc_buf_str(&r->text), &o, err);
    if (!st) st = tkc_count_request(&r->count, &r->request, &target, err);
    if (st) {
        err->offset = 0; /* a byte of the request, not of the line */
        return st;
    }
    st = tkc_calibrator_add(&r->fit, &r->request, &r->count, tkc_usage_prompt(&u), &why);
    if (st == TKC_E_ARG) {
        r->hidden++;
        return TKC_OK;
    }
    if (st) *err = why;
    return st;
}

static void put_unused(const run *r)
{
    const struct {
        size_t n;
        const char *why;
    } row[] = {{r->no_usage, "hold no usage"},
               {r->other_model, "are of other models"},
               {r->repeated, "repeat a request"},
               {r->no_request, "hold no request beside the usage"},
               {r->hidden, "are of requests whose prompt is not all in them"}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        if (row[i].n) cli_message("%zu records %s: not used", row[i].n, row[i].why);
}

static void put_result(const run *r, const tkc_calibration *c, const char *path)
{
    if (r->a->json) {
        fputs("{\"schema\":\"tokcount/calibrate/1\",\"model\":", stdout);
        cli_put_json_z(stdout, c->model);
        printf(",\"records\":%zu,\"fitted\":%u,\"checked\":%u,\"coverage\":%g,\"spread\":%.6g,\"power\":%g,"
               "\"request\":%.6g,\"message\":%.6g,\"tools\":%.6g,\"error_before\":%.6g,\"error_after\":%.6g,"
               "\"ratio\":{",
               r->fit.n, c->fitted, c->checked, c->coverage, c->spread, c->power, c->request, c->message,
               c->tools, c->error_before, c->error_after);
        for (int k = 0, n = 0; k < TKC_N_PART_KIND; k++)
            if (c->records[k])
                printf("%s\"%s\":{\"ratio\":%.6g,\"records\":%u}", n++ ? "," : "",
                       tkc_part_kind_name((tkc_part_kind)k), c->ratio[k], c->records[k]);
        fputs("},\"file\":", stdout);
        cli_put_json_z(stdout, path);
        puts("}");
        return;
    }
    printf("model           %s\nrecords         %zu (%u fitted, %u to check)\n", c->model, r->fit.n,
           c->fitted, c->checked);
    printf("each request    %+.1f tokens\neach message    %+.1f, behind the first\nhaving tools    %+.1f\n",
           c->request, c->message, c->tools);
    for (int k = 0; k < TKC_N_PART_KIND; k++)
        if (c->records[k] >= TKC_CALIBRATION_FEW)
            printf("%-15s %.4f tokens for one counted (%u records)\n", tkc_part_kind_name((tkc_part_kind)k),
                   c->ratio[k], c->records[k]);
        else if (c->records[k])
            printf("%-15s as counted: only %u records had such content\n",
                   tkc_part_kind_name((tkc_part_kind)k), c->records[k]);
    printf("median error    %.2f %% before, %.2f %% with it\n", c->error_before * 100, c->error_after * 100);
    printf("interval        %g %% of requests are within %.4g * tokens^%g\n", c->coverage * 100, c->spread,
           c->power);
    fputs("written to      ", stdout);
    cli_put_name(stdout, path);
    putchar('\n');
}

/* Puts the calibration beside those that the file has. */
static bool store(const cli_args *a, tkc_calibration *c, char *path)
{
    tkc_calibrations all;
    cli_args there = *a;
    tkc_buf out;
    tkc_error err = {0};
    char *slash = strrchr(path, '/');
    bool ok = true;
    tkc_buf_init(&out, 1u << 24, NULL);
    tkc_calibrations_init(&all, NULL);
    there.calibration = path;
    if (cli_path_exists(path)) ok = cli_calibrations_open(&all, &there);
    if (ok && slash && slash != path) {
        *slash = '\0';
        ok = tkc_make_dir(path, &err) == TKC_OK;
        *slash = '/';
    }
    if (ok)
        ok = !tkc_calibrations_put(&all, c, &err) && !tkc_calibrations_write(&all, &out, &err) &&
             !tkc_write_file(path, tkc_buf_str(&out), &err);
    if (!ok && err.message[0]) cli_message_at(path, &err);
    tkc_calibrations_release(&all);
    tkc_buf_release(&out);
    return ok;
}

static int calibrate(run *r)
{
    const double coverage = r->a->coverage ? (double)r->a->coverage / 100 : 0.9;
    tkc_calibration c;
    tkc_error err = {0};
    time_t now = time(NULL);
    struct tm day;
    char *path;
    int status = EXIT_ERROR;
    if (!r->a->quiet) put_unused(r);
    if (tkc_calibrator_fit(&r->fit, coverage, &c, &err)) {
        cli_message("calibrate: %s", err.message);
        return EXIT_ERROR;
    }
    snprintf(c.model, sizeof c.model, "%s", r->t->target[0].model->name);
    if (gmtime_r(&now, &day)) strftime(c.made, sizeof c.made, "%Y-%m-%d", &day);
    path = cli_calibration_path(r->a);
    if (!path) {
        cli_message("calibrate: no home folder; name a file with --calibration");
    } else if (store(r->a, &c, path)) {
        put_result(r, &c, path);
        status = EXIT_FINE;
    }
    free(path);
    return status;
}

int cmd_calibrate(const cli_args *a)
{
    run r = {.a = a};
    cli_targets t = {0};
    cli_file_list l = {0};
    cli_args one = *a; /* repeats are told line by line: one thread */
    tkc_error err = {0};
    size_t left_out = 0;
    int status = EXIT_ERROR;
    one.jobs = 1;
    if (a->n_pick != 1) {
        cli_message("calibrate: give one model with -m: a calibration is of one");
        return EXIT_ERROR;
    }
    if (cli_stdin_is_terminal(a)) return EXIT_ERROR;
    tkc_request_init(&r.request, NULL);
    tkc_request_count_init(&r.count, NULL);
    tkc_calibrator_init(&r.fit, NULL);
    tkc_buf_init(&r.text, (size_t)1 << 30, NULL);
    r.t = &t;
    if (!cli_targets_open(&t, a)) goto out;
    if (tkc_encoder_new(&r.encoder, t.vocab[t.target[0].vocab], NULL, &err) ||
        tkc_usage_reader_new(&r.reader, NULL, &err)) {
        cli_message("%s", err.message);
        goto out;
    }
    if (!cli_files_collect(&l, a, "-", false) || l.failed) goto out;
    if (!cli_jsonl_run_all(&l, &one, a->on_error, one_line, NULL, &r, NULL, &left_out)) goto out;
    status = calibrate(&r);
    if (left_out && a->on_error == ON_ERROR_REPORT) status = EXIT_ERROR;
out:
    cli_files_release(&l);
    tkc_buf_release(&r.text);
    tkc_calibrator_release(&r.fit);
    tkc_request_count_release(&r.count);
    tkc_request_release(&r.request);
    tkc_usage_reader_free(r.reader);
    tkc_encoder_free(r.encoder);
    cli_targets_release(&t);
    return status;
}
