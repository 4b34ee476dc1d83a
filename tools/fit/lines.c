/*
 * lines.c - tokcount fit --jsonl: every line is a request of its own, with its own model, and stays in its
 * place. A request above the budget, a line that is no request, and a blank line come out as they came in; the
 * report of the n-th line that is not blank is the n-th line of the report.
 */
#include "optimizer/fit/undo.h"
#include "tools/cli/output.h"
#include "tools/fit/fit.h"
#include "tools/lines/jsonl.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"
#include "vocab/base/map_file.h"

#include <stdlib.h>
#include <string.h>

/* What comes of a line goes several ways. */
enum { RESULT, REPORT, DIFF, SAID, SAID_OVER, N_WAY };

/* An answer is this, and behind it the bytes for each way. */
typedef struct answer {
    size_t len[N_WAY];
    uint64_t before, after;
    bool is_over, is_changed, is_blank;
} answer;

typedef struct lines {
    fit_run *u;
    fit_run *run[CLI_MAX_WORKERS]; /* the threads' own */
    tkc_new_file result, report; /* -o and --report, where they are files: written as the lines come, kept at the end */
    tkc_buf reports; /* undo: as read */
    size_t at;       /* undo: byte of reports */
    size_t n, n_over, n_changed;
    uint64_t before, after;
    tkc_json doc;
} lines;

/* --- on any thread ------------------------------------------------------------------------ */

static fit_run *run_of(lines *j, size_t worker)
{
    if (!j->run[worker] && (j->run[worker] = malloc(sizeof **j->run)) != NULL) fit_fork(j->run[worker], j->u);
    return j->run[worker];
}

static tkc_status put(cli_line *line, answer *x, int way, tkc_str s, tkc_error *err)
{
    x->len[way] += s.len;
    return s.len ? tkc_buf_append(line->out, s.ptr, s.len, err) : TKC_OK;
}

/* A result as its line: with the newline that stands behind it. */
static tkc_status put_result(cli_line *line, answer *x, tkc_str s, tkc_error *err)
{
    const tkc_status st = put(line, x, RESULT, s, err);
    return st || line->is_open ? st : put(line, x, RESULT, (tkc_str){"\n", 1}, err);
}

/* What a function says, as bytes of the answer. */
static tkc_status put_said(cli_line *line, answer *x, int way, void (*say)(const fit_run *), const fit_run *u, tkc_error *err)
{
    char *text = NULL;
    size_t size = 0;
    tkc_status st = TKC_E_NOMEM;
    FILE *f = open_memstream(&text, &size);
    if (f) {
        cli_messages_to(f);
        say(u);
        cli_messages_to(NULL);
        if (fclose(f) == 0) st = put(line, x, way, (tkc_str){text, size}, err);
        free(text);
    }
    return st == TKC_E_NOMEM ? tkc_nomem(err) : st;
}

static tkc_status put_answer(fit_run *u, cli_line *line, answer *x, tkc_error *err)
{
    const cli_args *a = u->a;
    tkc_status st = put_result(line, x, tkc_buf_str(&u->fit.out), err);
    tkc_buf_clear(&u->out);
    if (!st && (a->json || a->report_path)) st = tkc_fit_report(&u->fit, line->text, &u->net, &u->net_options, &u->out, err);
    if (!st) st = put(line, x, REPORT, tkc_buf_str(&u->out), err);
    tkc_buf_clear(&u->out);
    if (!st && a->show_diff && !u->fit.is_over) st = tkc_fit_diff(&u->fit, &u->net_options, &u->out, err);
    if (!st) st = put(line, x, DIFF, tkc_buf_str(&u->out), err);
    if (!st && a->report && !a->report_path && !a->quiet) st = put_said(line, x, SAID, fit_say, u, err);
    if (!st && u->fit.is_over && !a->quiet) st = put_said(line, x, SAID_OVER, fit_say_over, u, err);
    return st;
}

static tkc_status fit_line(void *ctx, cli_line *line, tkc_error *err)
{
    fit_run *u = run_of(ctx, line->worker);
    const size_t at = line->out->len;
    answer x = {.is_over = false};
    tkc_status st = u ? TKC_OK : tkc_nomem(err);
    if (st) return st;
    tkc_buf_clear(&u->text);
    st = tkc_buf_append(&u->text, line->text.ptr, line->text.len, err);
    if (!st) st = fit_one(u, TKC_DIALECT_AUTO, err);
    if (!st) st = tkc_buf_append(line->out, (const char *)&x, sizeof x, err);
    if (!st) st = put_answer(u, line, &x, err);
    if (st) return st;
    x.before = u->fit.before.tokens;
    x.after = u->fit.is_over ? u->fit.before.tokens : u->fit.after.tokens;
    x.is_over = u->fit.is_over;
    x.is_changed = u->fit.is_changed && !u->fit.is_over;
    memcpy(line->out->ptr + at, &x, sizeof x);
    return TKC_OK;
}

/* A line that could not be used stays as it is. */
static tkc_status keep_line(void *ctx, cli_line *line, const tkc_error *why, tkc_error *err)
{
    static const char head[] = "{\"schema\":\"tokcount/fit/1\",\"error\":";
    const size_t at = line->out->len;
    answer x = {.is_over = false};
    tkc_status st = tkc_buf_append(line->out, (const char *)&x, sizeof x, err);
    (void)ctx;
    if (!st) st = put_result(line, &x, line->text, err);
    if (!st) {
        const size_t from = line->out->len;
        st = tkc_buf_append(line->out, head, sizeof head - 1, err);
        if (!st) st = tkc_json_append_text(line->out, (tkc_str){why->message, strlen(why->message)}, err);
        if (!st) st = tkc_buf_append(line->out, "}\n", 2, err);
        x.len[REPORT] = line->out->len - from;
    }
    if (!st) memcpy(line->out->ptr + at, &x, sizeof x);
    return st;
}

static tkc_status blank_line(void *ctx, cli_line *line, tkc_error *err)
{
    const size_t at = line->out->len;
    answer x = {.is_blank = true};
    tkc_status st = tkc_buf_append(line->out, (const char *)&x, sizeof x, err);
    (void)ctx;
    if (!st) st = put_result(line, &x, line->text, err);
    if (!st) memcpy(line->out->ptr + at, &x, sizeof x);
    return st;
}

/* --- in order ----------------------------------------------------------------------------- */

static bool is_file(const char *path)
{
    return path && strcmp(path, "-") != 0;
}

/* Before a line is read, so that a file that cannot be written is said at once. */
static bool open_file(tkc_new_file *f, const char *path)
{
    tkc_error err = {0};
    if (!is_file(path) || !tkc_new_file_open(f, path, &err)) return true;
    cli_message_at(path, &err);
    return false;
}

static bool keep_file(tkc_new_file *f, const char *path)
{
    tkc_error err = {0};
    if (!is_file(path) || !tkc_new_file_keep(f, &err)) return true;
    cli_message_at(path, &err);
    return false;
}

/* Into the file, or (path is none) to standard output. */
static bool put_to(tkc_new_file *f, const char *path, tkc_str s)
{
    tkc_error err = {0};
    if (!is_file(path)) return cli_write(NULL, s);
    if (!tkc_new_file_write(f, s, &err)) return true;
    cli_message_at(path, &err);
    return false;
}

static bool put_one(lines *j, const answer *x, const tkc_str *way)
{
    const cli_args *a = j->u->a;
    bool ok = true;
    j->n += !x->is_blank;
    j->before += x->before;
    j->after += x->after;
    j->n_over += x->is_over;
    j->n_changed += x->is_changed;
    if (a->json) ok = put_to(NULL, NULL, way[REPORT]);
    if (ok && a->report_path) ok = put_to(&j->report, a->report_path, way[REPORT]);
    if (ok && way[DIFF].len) ok = printf("request %zu\n", j->n) > 0 && put_to(NULL, NULL, way[DIFF]);
    if (ok && (a->output || (!a->json && !a->show_diff))) ok = put_to(&j->result, a->output, way[RESULT]);
    if (way[SAID].len) cli_message("request %zu:", j->n);
    fwrite(way[SAID].ptr, 1, way[SAID].len, stderr);
    if (way[SAID_OVER].len) cli_message("request %zu is above the budget and left as it came:", j->n);
    fwrite(way[SAID_OVER].ptr, 1, way[SAID_OVER].len, stderr);
    return ok;
}

static bool put_answers(void *ctx, tkc_str all)
{
    bool ok = true;
    for (size_t at = 0; ok && at < all.len;) {
        answer x;
        tkc_str way[N_WAY];
        memcpy(&x, all.ptr + at, sizeof x);
        at += sizeof x;
        for (int k = 0; k < N_WAY; k++) {
            way[k] = (tkc_str){all.ptr + at, x.len[k]};
            at += x.len[k];
        }
        ok = put_one(ctx, &x, way);
    }
    return ok && cli_flush(stdout);
}

/* --- back --------------------------------------------------------------------------------- */

tkc_status fit_undo(const tkc_json *report, tkc_str text, tkc_buf *out, tkc_error *err)
{
    const uint32_t node = tkc_json_get(report, 0, "undo", NULL);
    if (!tkc_json_is(report, tkc_json_get(report, 0, "schema", NULL), "tokcount/fit/1") || node == TKC_JSON_NONE)
        return tkc_fail(err, TKC_E_NOTFOUND, 0, "no report of tokcount fit; give what --report=FILE wrote");
    if (tkc_json_kind_of(report, node) == TKC_JSON_NULL)
        return tkc_fail(err, TKC_E_NOTFOUND, 0, "its request was above the budget and nothing was written; there is nothing to undo");
    return tkc_undo_apply(report, node, text, out, err);
}

static tkc_status put_back(cli_line *line, tkc_str s, tkc_error *err)
{
    tkc_status st = s.len ? tkc_buf_append(line->out, s.ptr, s.len, err) : TKC_OK;
    return st || line->is_open ? st : tkc_buf_append_byte(line->out, '\n', err);
}

static tkc_status undo_blank(void *ctx, cli_line *line, tkc_error *err)
{
    (void)ctx;
    return put_back(line, line->text, err);
}

static bool print_back(void *ctx, tkc_str all)
{
    lines *j = ctx;
    return put_to(&j->result, j->u->a->output, all) && cli_flush(stdout);
}

/* What is wrong with the report and not with the line. */
static tkc_status of_report(const lines *j, tkc_status st, tkc_error *err)
{
    const tkc_error why = *err;
    if (st != TKC_E_FORMAT && st != TKC_E_NOTFOUND) return st;
    return tkc_fail(err, TKC_E_ARG, 0, "%.100s, line %zu: %.180s", j->u->a->undo, j->n, why.message);
}

/* The report that belongs to the next line. A line that was no request, and one above the budget, was left. */
static tkc_status undo_line(void *ctx, cli_line *line, tkc_error *err)
{
    lines *j = ctx;
    const char *from = j->reports.ptr + j->at;
    const char *nl = j->at < j->reports.len ? memchr(from, '\n', j->reports.len - j->at) : NULL;
    uint32_t node;
    tkc_status st;
    if (!nl) return tkc_fail(err, TKC_E_ARG, 0, "%s has no report for this line: it has %zu", j->u->a->undo, j->n);
    j->at = (size_t)(nl + 1 - j->reports.ptr);
    j->n++;
    st = tkc_json_parse(&j->doc, (tkc_str){from, (size_t)(nl - from)}, NULL, err);
    if (st) return of_report(j, st, err);
    node = tkc_json_get(&j->doc, 0, "undo", NULL);
    if (tkc_json_get(&j->doc, 0, "error", NULL) != TKC_JSON_NONE ||
        (node != TKC_JSON_NONE && tkc_json_kind_of(&j->doc, node) == TKC_JSON_NULL))
        return put_back(line, line->text, err);
    tkc_buf_clear(&j->u->out);
    st = fit_undo(&j->doc, line->text, &j->u->out, err);
    return st ? of_report(j, st, err) : put_back(line, tkc_buf_str(&j->u->out), err);
}

/* --- all ---------------------------------------------------------------------------------- */

static void say_sum(const lines *j, size_t left_out)
{
    char before[32], after[32];
    if (j->u->a->quiet) return;
    cli_message("fit: %zu request%s: %s -> %s tokens; %zu made smaller, %zu above the budget and left as they came",
                j->n - left_out, TKC_PLURAL(j->n - left_out), fit_thousands(before, j->before), fit_thousands(after, j->after), j->n_changed, j->n_over);
    if (left_out == 1)
        cli_message("1 line is no request that could be used; it stays as it is");
    else if (left_out)
        cli_message("%zu lines are no requests that could be used; they stay as they are", left_out);
}

static bool run(lines *j, const cli_file_list *l, size_t *left_out)
{
    cli_args a = *j->u->a;
    if (!a.undo) return cli_jsonl_run_to(l, &a, ON_ERROR_REPORT, fit_line, blank_line, keep_line, j, put_answers, left_out);
    a.jobs = 1; /* a line and its report go together */
    return cli_jsonl_run_to(l, &a, ON_ERROR_FAIL, undo_line, undo_blank, NULL, j, print_back, left_out);
}

int fit_lines(fit_run *u)
{
    const cli_args *a = u->a;
    lines *j = calloc(1, sizeof *j);
    cli_file_list l = {0};
    tkc_error err = {0};
    size_t left_out = 0;
    int status = EXIT_ERROR;
    if (!j) {
        cli_message("out of memory");
        return EXIT_ERROR;
    }
    j->u = u;
    tkc_buf_init(&j->reports, cli_input_limit(), NULL);
    tkc_json_init(&j->doc, NULL);
    if (a->undo && cli_path_read(a->undo, &j->reports, &err)) {
        cli_message_at(a->undo, &err);
    } else if ((a->undo || (fit_plan(u) && fit_open_fixed(u->shared))) && cli_files_collect(&l, a, "-", false) && !l.failed &&
               open_file(&j->result, a->output) && open_file(&j->report, a->report_path) && run(j, &l, &left_out)) {
        if (!a->undo) say_sum(j, left_out);
        if (keep_file(&j->report, a->report_path) && keep_file(&j->result, a->output)) /* no result without the way back */
            status = left_out ? EXIT_ERROR : j->n_over ? EXIT_FINDINGS : EXIT_FINE;
    }
    tkc_new_file_drop(&j->result);
    tkc_new_file_drop(&j->report);
    for (size_t i = 0; i < CLI_MAX_WORKERS; i++) {
        if (j->run[i]) fit_release(j->run[i]);
        free(j->run[i]);
    }
    cli_files_release(&l);
    tkc_json_release(&j->doc);
    tkc_buf_release(&j->reports);
    free(j);
    return status;
}
