/*
 * cmd_fit.c - tokcount fit: a plan from the options, one request or many, the results and their report.
 *
 * The result is written whole or not at all, and not when it is above the budget. The
 * report's talk is on standard error; --json and --diff put data in the request's place.
 */
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/fit/fit.h"
#include "optimizer/fit/undo.h"
#include "vocab/base/map_file.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifdef __GLIBC__
/* The heap's next bytes are of pages of two megabytes, where the system has such for who asks: a fit touches 10 to 30 times its
 * request, and a page of 4 KB takes 2.7 microseconds, which was a tenth of the time and more. Too few to hold one: none. */
static void take_large_pages(size_t bytes)
{
    enum { PAGE = 4096, LEAST = 4 << 20 };
    char *p = bytes >= LEAST ? malloc(bytes) : NULL;
    if (p) tkc_advise_large_pages(p + (-(uintptr_t)p & (PAGE - 1)), bytes - PAGE);
    free(p);
}
#endif

/* What is freed is kept for what comes next: a page that the heap gives back and asks for again costs as much as 300 words,
 * and of a fit to half of 100,000 tokens a thousand of 2,900 were such. A history of many megabytes gives back as it did, since
 * its largest blocks are moved by their pages. */
static void keep_memory(size_t input)
{
#ifdef __GLIBC__
    enum { MOST_INPUT = 16 << 20, LARGEST_BLOCK = 4 << 20, MOST_FREE = 256 << 20, MOST_AHEAD = 9 << 20 };
    if (input > MOST_INPUT) return;
    mallopt(M_TRIM_THRESHOLD, MOST_FREE);
    mallopt(M_MMAP_THRESHOLD, 2 * MOST_AHEAD); /* the block is of the heap, and less than tables of 10 MB, which have pages of their own */
    take_large_pages(24 * input < MOST_AHEAD ? 24 * input : MOST_AHEAD);
    mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK);
#else
    (void)input;
#endif
}

static int put_results(fit_run *u)
{
    const cli_args *a = u->a;
    tkc_error err = {0};
    tkc_status st = TKC_OK;
    bool ok = true;
    tkc_buf_clear(&u->out);
    if (a->json || a->report_path) {
        st = tkc_fit_report(&u->fit, tkc_buf_str(&u->text), &u->net, &u->net_options, &u->out, &err);
        if (!st && a->json) ok = cli_write(NULL, tkc_buf_str(&u->out));
        if (!st && ok && a->report_path) ok = cli_write(a->report_path, tkc_buf_str(&u->out));
    }
    if (!st && a->show_diff) {
        tkc_buf_clear(&u->out);
        st = tkc_fit_diff(&u->fit, &u->net_options, &u->out, &err);
        if (!st) ok = ok && cli_write(NULL, tkc_buf_str(&u->out));
    }
    if (st) {
        cli_message("%s", err.message);
        return EXIT_ERROR;
    }
    fit_say(u);
    if (u->fit.is_over) {
        fit_say_over(u);
        return ok ? EXIT_FINDINGS : EXIT_ERROR;
    }
    if (a->output || (!a->json && !a->show_diff)) ok = ok && cli_write(a->output, tkc_buf_str(&u->fit.out));
    return ok ? EXIT_FINE : EXIT_ERROR;
}

static int fit(fit_run *u)
{
    tkc_error err = {0};
    if (!fit_plan(u) || (u->a->n_pick && !fit_open_fixed(u->shared))) return EXIT_ERROR;
    keep_memory(u->text.len);
    if (fit_one(u, tkc_request_dialect_of_path(cli_called(u->a, u->path)), &err)) {
        cli_message_at(u->path, &err);
        cli_say_request(u->a, u->path, &err);
        if (strncmp(err.message, "pass ", 5) == 0) cli_message("everything was undone and nothing was written");
        return EXIT_ERROR;
    }
    return put_results(u);
}

/* --- back --------------------------------------------------------------------------------- */

static int undo(fit_run *u)
{
    tkc_buf report;
    tkc_json doc;
    tkc_error err = {0};
    int status = EXIT_ERROR;
    tkc_buf_init(&report, cli_input_limit(), NULL);
    tkc_json_init(&doc, NULL);
    if (cli_path_read(u->a->undo, &report, &err) || tkc_json_parse(&doc, tkc_buf_str(&report), NULL, &err)) {
        cli_message_at(u->a->undo, &err);
    } else if (fit_undo(&doc, tkc_buf_str(&u->text), &u->out, &err)) {
        cli_message_at(err.code == TKC_E_ARG ? u->path : u->a->undo, &err); /* else the report is at fault */
    } else if (cli_write(u->a->output, tkc_buf_str(&u->out))) {
        status = EXIT_FINE;
    }
    tkc_json_release(&doc);
    tkc_buf_release(&report);
    return status;
}

/* --- options that contradict -------------------------------------------------------------- */

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    if (!a || !b || strcmp(a, "-") == 0 || strcmp(b, "-") == 0) return false;
    return strcmp(a, b) == 0 || (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

/* What one of two options would do without a word is said before anything is read. */
static bool contradicts(const cli_args *a)
{
    const bool has_pack = a->pack != UINT64_MAX, has_budget = a->budget != UINT64_MAX;
    const char *with_undo = has_budget ? "budget" : a->lossless ? "lossless" : a->trim ? "trim" : has_pack ? "pack" : a->passes ? "passes"
                          : a->layout ? "layout" : a->json ? "json" : a->show_diff ? "diff" : a->report ? "report" : NULL;
    if (a->json && a->passes && strcmp(a->passes, "list") == 0)
        cli_message("fit: --passes list is a table; leave --json out");
    else if (a->undo && with_undo)
        cli_message("fit: --undo makes the request as it came; leave --%s out", with_undo);
    else if (a->lossless && (a->trim || has_pack))
        cli_message("fit: --lossless leaves nothing out, --%s does; give one", a->trim ? "trim" : "pack");
    else if (a->passes && a->trim)
        cli_message("fit: --passes names all passes; put trim among them, or leave --trim out");
    else if (a->json && a->show_diff)
        cli_message("fit: --json and --diff are two answers; give one");
    else if (is_same_file(a->report_path, a->output))
        cli_message("fit: %s cannot hold the result and the report; give --report another file", a->report_path);
    else if (a->n_operand && is_same_file(a->report_path, a->operand[0]))
        cli_message("fit: %s is the request; give --report another file", a->report_path);
    else
        return false;
    return true;
}

static int list_passes(void)
{
    const tkc_pass *pass;
    for (size_t i = 0; (pass = tkc_pass_at(i)) != NULL; i++)
        printf("%-10s %-9s %s\n", pass->name, pass->lane == TKC_LANE_LOSSLESS ? "lossless" : "lossy", pass->summary);
    return EXIT_FINE;
}

int cmd_fit(const cli_args *a)
{
    fit_shared *shared;
    fit_run *u;
    tkc_error err = {0};
    int status = EXIT_ERROR;
    if (a->passes && strcmp(a->passes, "list") == 0 && !a->json) return list_passes();
    shared = malloc(sizeof *shared);
    u = malloc(sizeof *u);
    if (!shared || !u) {
        cli_message("out of memory");
        free(shared);
        free(u);
        return EXIT_ERROR;
    }
    fit_shared_init(shared, a);
    fit_init(u, shared, a);
    if (contradicts(a))
        status = EXIT_ERROR;
    else if (a->n_operand > 1)
        cli_message("fit: one file at a time; %zu were named. Several requests: one a line, with --jsonl", a->n_operand);
    else if (!a->n_operand && cli_stdin_is_terminal(a))
        status = EXIT_ERROR;
    else if (a->jsonl)
        status = fit_lines(u);
    else if (cli_path_read(u->path, &u->text, &err))
        cli_message_at(u->path, &err);
    else
        status = a->undo ? undo(u) : fit(u);
    fit_release(u);
    fit_shared_release(shared);
    free(u);
    free(shared);
    return status;
}
