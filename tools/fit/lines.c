/*
 * lines.c - tokcount fit --jsonl: every line is a request of its own, with its own model, and stays in its
 * place. A request above the budget, and a line that is no request, come out as they came in; the report of
 * the n-th line is the n-th line of the report.
 */
#include "optimizer/fit/undo.h"
#include "tools/cli/jsonl.h"
#include "tools/cli/output.h"
#include "tools/fit/fit.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"

#include <stdlib.h>
#include <string.h>

typedef struct lines {
    fit_run *u;
    tkc_buf result;  /* for -o, which is written whole */
    tkc_buf reports; /* to write, or (undo) as read */
    size_t at;       /* undo: byte of reports */
    size_t n, n_over, n_changed;
    uint64_t before, after;
    tkc_json doc;
} lines;

static tkc_status put_line(tkc_buf *b, tkc_str s, tkc_error *err)
{
    tkc_status st = s.len ? tkc_buf_append(b, s.ptr, s.len, err) : TKC_OK;
    return st ? st : tkc_buf_append_byte(b, '\n', err);
}

/* Where a line's answer goes: --json prints reports instead. */
static tkc_status put_result(lines *j, cli_line *line, tkc_str s, tkc_error *err)
{
    const cli_args *a = j->u->a;
    if (a->output) return put_line(&j->result, s, err);
    return a->json ? TKC_OK : put_line(line->out, s, err);
}

static tkc_status put_report(lines *j, cli_line *line, tkc_str s, tkc_error *err)
{
    const cli_args *a = j->u->a;
    tkc_status st = a->report_path ? tkc_buf_append(&j->reports, s.ptr, s.len, err) : TKC_OK;
    return st || !a->json ? st : tkc_buf_append(line->out, s.ptr, s.len, err);
}

static tkc_status fit_line(void *ctx, cli_line *line, tkc_error *err)
{
    lines *j = ctx;
    fit_run *u = j->u;
    tkc_status st;
    tkc_buf_clear(&u->text);
    st = tkc_buf_append(&u->text, line->text.ptr, line->text.len, err);
    if (!st) st = fit_one(u, TKC_DIALECT_AUTO, err);
    if (st) return st;
    tkc_buf_clear(&u->out);
    if (u->a->json || u->a->report_path)
        st = tkc_fit_report(&u->fit, line->text, &u->net, &u->net_options, &u->out, err);
    if (!st) st = put_report(j, line, tkc_buf_str(&u->out), err);
    if (!st) st = put_result(j, line, tkc_buf_str(&u->fit.out), err);
    if (st) return st;
    j->n++;
    j->before += u->fit.before.tokens;
    j->after += u->fit.is_over ? u->fit.before.tokens : u->fit.after.tokens;
    j->n_over += u->fit.is_over;
    j->n_changed += u->fit.is_changed && !u->fit.is_over;
    if (u->a->report && !u->a->report_path && !u->a->quiet) {
        cli_message("request %zu:", j->n);
        fit_say(u);
    }
    if (u->fit.is_over && !u->a->quiet) {
        cli_message("request %zu is above the budget and left as it came:", j->n);
        fit_say_over(u);
    }
    return TKC_OK;
}

/* A line that could not be used stays as it is. */
static tkc_status keep_line(void *ctx, cli_line *line, const tkc_error *why, tkc_error *err)
{
    lines *j = ctx;
    static const char head[] = "{\"schema\":\"tokcount/fit/1\",\"error\":";
    tkc_buf *b = &j->u->out;
    tkc_status st;
    tkc_buf_clear(b);
    st = tkc_buf_append(b, head, sizeof head - 1, err);
    if (!st) st = tkc_json_append_text(b, (tkc_str){why->message, strlen(why->message)}, err);
    if (!st) st = tkc_buf_append(b, "}\n", 2, err);
    if (!st) st = put_report(j, line, tkc_buf_str(b), err);
    if (!st) st = put_result(j, line, line->text, err);
    j->n++;
    return st;
}

/* --- back --------------------------------------------------------------------------------- */

tkc_status fit_undo(const tkc_json *report, tkc_str text, tkc_buf *out, tkc_error *err)
{
    const uint32_t node = tkc_json_get(report, 0, "undo", NULL);
    if (!tkc_json_is(report, tkc_json_get(report, 0, "schema", NULL), "tokcount/fit/1") || node == TKC_JSON_NONE)
        return tkc_fail(err, TKC_E_NOTFOUND, 0, "no report of tokcount fit; give what --report=FILE wrote");
    return tkc_undo_apply(report, node, text, out, err);
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
    if (st) return st;
    node = tkc_json_get(&j->doc, 0, "undo", NULL);
    if (tkc_json_get(&j->doc, 0, "error", NULL) != TKC_JSON_NONE ||
        (node != TKC_JSON_NONE && tkc_json_kind_of(&j->doc, node) == TKC_JSON_NULL))
        return put_result(j, line, line->text, err);
    tkc_buf_clear(&j->u->out);
    st = fit_undo(&j->doc, line->text, &j->u->out, err);
    return st ? st : put_result(j, line, tkc_buf_str(&j->u->out), err);
}

/* --- all ---------------------------------------------------------------------------------- */

static void say_sum(const lines *j, size_t left_out)
{
    char before[32], after[32];
    if (j->u->a->quiet) return;
    cli_message("fit: %zu requests: %s -> %s tokens; %zu made smaller, %zu above the budget and left as they came",
                j->n - left_out, fit_thousands(before, j->before), fit_thousands(after, j->after), j->n_changed, j->n_over);
    if (left_out) cli_message("%zu lines are no requests that could be used; they stay as they are", left_out);
}

int fit_lines(fit_run *u)
{
    cli_args a = *u->a;
    lines j = {.u = u};
    cli_file_list l = {0};
    tkc_error err = {0};
    size_t left_out = 0;
    int status = EXIT_ERROR;
    a.jobs = 1; /* one plan and one encoder */
    tkc_buf_init(&j.result, cli_input_limit(), NULL);
    tkc_buf_init(&j.reports, cli_input_limit(), NULL);
    tkc_json_init(&j.doc, NULL);
    if (a.show_diff) {
        cli_message("fit: --diff shows one request; with --jsonl, --report=FILE has the changes of each line");
    } else if (a.undo && cli_path_read(a.undo, &j.reports, &err)) {
        cli_message_at(a.undo, &err);
    } else if ((a.undo || fit_plan(u)) && cli_files_collect(&l, &a, "-", false) && !l.failed &&
               (a.undo ? cli_jsonl_run(&l, &a, undo_line, &j, stdout)
                       : cli_jsonl_run_all(&l, &a, ON_ERROR_REPORT, fit_line, keep_line, &j, stdout, &left_out))) {
        if (!a.undo) say_sum(&j, left_out);
        if ((!a.output || fit_write(a.output, tkc_buf_str(&j.result))) &&
            (!a.report_path || fit_write(a.report_path, tkc_buf_str(&j.reports))))
            status = left_out ? EXIT_ERROR : j.n_over ? EXIT_FINDINGS : EXIT_FINE;
    }
    cli_files_release(&l);
    tkc_json_release(&j.doc);
    tkc_buf_release(&j.result);
    tkc_buf_release(&j.reports);
    return status;
}
