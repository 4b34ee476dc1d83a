/*
 * fit.h - tokcount fit: one plan, made of the options, over one request or over a line each.
 */
#ifndef TOOLS_FIT_FIT_H
#define TOOLS_FIT_FIT_H

#include "optimizer/fit/report.h"
#include "tools/cli/options.h"
#include "tools/cli/vocab.h"

enum { FIT_MAX_NAME = 256, FIT_MAX_GAPS = 1000 };

typedef struct fit_run {
    const cli_args *a;
    const char *path;
    tkc_buf text, out;
    cli_targets targets;
    tkc_encoder *encoder;
    bool is_open; /* targets and encoder are for model */
    char model[FIT_MAX_NAME]; /* "" where none is named */
    tkc_plan plan;
    char *names; /* --passes, cut at its commas */
    const char *pass[TKC_FIT_MAX_PASS];
    tkc_str *protect;
    double gap[FIT_MAX_GAPS];
    tkc_fitting fit;
    tkc_prices *prices;
    tkc_cache_rules *rules;
    tkc_net_options net_options;
    tkc_net net;
} fit_run;

/* How chunks are chosen and placed, by the options of fit and pack. */
tkc_pack_options fit_pack_options(const cli_args *a);
/* The parts of the plan that are the same for every request. False: it was said. */
bool fit_plan(fit_run *u);
/* The rest, by the model of the request in u->text: its vocabulary, prices and cache rule. A model that is the
 * one of the request before costs nothing. */
TKC_MUST_USE tkc_status fit_target(fit_run *u, tkc_error *err);
/* The same, then runs the plan over u->text and prices it; dialect as for tkc_fit_request(). */
TKC_MUST_USE tkc_status fit_one(fit_run *u, tkc_dialect dialect, tkc_error *err);
void fit_release(fit_run *u);

/* say.c: what was done, on standard error. */
void fit_say(const fit_run *u);
/* The budget is not met, and which facts would have to go for it. */
void fit_say_over(const fit_run *u);
/* 21340 as "21,340", into the caller's array. */
const char *fit_thousands(char buf[32], uint64_t n);

/* What a report says how to undo, undone: text as it came goes into out. TKC_E_NOTFOUND: it is no such report. */
TKC_MUST_USE tkc_status fit_undo(const tkc_json *report, tkc_str text, tkc_buf *out, tkc_error *err);

/* lines.c: a request a line, its result a line; with --undo the way back. The exit status. */
int fit_lines(fit_run *u);

/* To a file, all or nothing; NULL or "-": standard output. */
bool fit_write(const char *path, tkc_str s);

#endif
