/*
 * cmd_audit.c - tokcount audit: logs, two requests, one request, traces, rules, parts of logs.
 */
#include "tools/audit/rules.h"
#include "tools/audit/run.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/lines/lines.h"

#include <string.h>

/* What an exporter wrote is a log, whatever it is called. */
static bool is_page(const char *path)
{
    cli_lines *l = cli_lines_open(path, NULL);
    bool is = false;
    if (l) {
        tkc_str line;
        cli_lines_take_values(l);
        (void)cli_lines_next(l, &line, NULL);
        is = cli_lines_had_page(l);
    }
    cli_lines_close(l);
    return is;
}

/* By its name: one request, not a log. */
static bool is_request(const cli_args *a, const char *path)
{
    static const char *const tail[] = {".json", ".md", ".markdown", ".txt", ".yml", ".yaml", ".prompt"};
    if (a->log_format && strcmp(a->log_format, "auto") != 0) return strcmp(a->log_format, "request") == 0;
    for (size_t i = 0; i < sizeof tail / sizeof *tail; i++)
        if (cli_name_ends(path, tail[i])) return !is_page(path);
    return false;
}

static int verdict(const cli_audit *u)
{
    const tkc_audit *t = &u->audit;
    if (u->failed || (u->bad && u->a->on_error != ON_ERROR_SKIP)) return EXIT_ERROR;
    return cli_audit_fail_under(u->a, t->hit, t->input);
}

static bool is_stdout(const char *path)
{
    return path && strcmp(path, "-") == 0;
}

static int report(cli_audit *u)
{
    if (!cli_audit_finish(u)) return EXIT_ERROR;
    if (u->a->html && !cli_audit_write_html(u, u->a->html)) return EXIT_ERROR;
    if (u->a->json)
        cli_audit_put_json(u);
    else if (!is_stdout(u->a->html))
        cli_audit_put_text(u);
    return verdict(u);
}

static int play_logs(cli_audit *u)
{
    const cli_args *a = u->a;
    cli_file_list l = {0};
    int status = EXIT_ERROR;
    bool ok = cli_files_collect_logs(&l, a);
    for (size_t i = 0; ok && i < l.n; i++) ok = cli_audit_file(u, l.file[i].path, a->quiet || a->json);
    if (l.failed) u->failed = true;
    if (ok) status = report(u);
    cli_files_release(&l);
    return status;
}

/* Said where an option is given that what is read has no use for. */
static bool has_no(const cli_args *a, const char *option, bool is_given, const char *what)
{
    if (is_given)
        cli_message("--%s: that is for a log of requests, and %s is %s; --format says what it is", option, a->n_operand ? a->operand[0] : "-", what);
    return is_given;
}

static int one_or_two(cli_audit *u)
{
    const cli_args *a = u->a;
    if (has_no(a, "html", a->html, "one request") || has_no(a, "fail-under", a->fail_under >= 0, "one request") ||
        has_no(a, "what-if", a->what_if, "one request"))
        return EXIT_ERROR;
    return a->n_operand == 1 ? cli_audit_static(u, a->operand[0]) : cli_audit_compare(u, a->operand[0], a->operand[1]);
}

int cmd_audit(const cli_args *a)
{
    cli_audit u;
    int status = EXIT_ERROR;
    if (a->n_operand && strcmp(a->operand[0], "rules") == 0) return cli_rules_show(a);
    if (a->json && is_stdout(a->html)) {
        cli_message("audit: --json and --html - are two answers; give one, or --html a file");
        return EXIT_ERROR;
    }
    if (!a->n_operand && !a->n_files_from && cli_stdin_is_terminal(a)) return EXIT_ERROR;
    if (cli_audit_open(&u, a)) {
        bool is_written;
        if (a->n_operand && strcmp(a->operand[0], "merge") == 0)
            status = !cli_audit_merge(&u, &is_written) ? EXIT_ERROR : is_written ? EXIT_FINE : report(&u);
        else if (a->partial)
            status = cli_audit_partial(&u);
        else if (a->log_format && strcmp(a->log_format, "mooncake") == 0)
            status = has_no(a, "html", a->html, "a trace of blocks") ? EXIT_ERROR : cli_audit_mooncake(a, &u.what_if);
        else if ((a->n_operand == 1 || a->n_operand == 2) && is_request(a, a->operand[0]) && is_request(a, a->operand[a->n_operand - 1]))
            status = one_or_two(&u);
        else
            status = play_logs(&u);
    }
    cli_audit_release(&u);
    return status;
}
