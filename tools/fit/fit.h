/*
 * fit.h - tokcount fit: one plan, made of the options, over one request or over a line each.
 */
#ifndef TOOLS_FIT_FIT_H
#define TOOLS_FIT_FIT_H

#include "optimizer/fit/report.h"
#include "tools/cli/options.h"
#include "tools/cli/vocab.h"

enum { FIT_MAX_NAME = 256, FIT_MAX_GAPS = 1000 };

/* What all threads of a run share, and nobody changes once they run. */
typedef struct fit_shared {
    cli_args as_count;  /* the vocabularies are opened as for counting */
    cli_targets fixed;  /* -m or -e, else the default */
    bool is_open;       /* fixed is */
    cli_models models;  /* by the requests' own names; locks itself */
    char *names;        /* --passes, cut at its commas */
    const char *pass[TKC_FIT_MAX_PASS];
    tkc_str *protect;
    double gap[FIT_MAX_GAPS];
    tkc_prices *prices;
    tkc_cache_rules *rules;
} fit_shared;

/* One thread's. */
typedef struct fit_run {
    const cli_args *a;
    const char *path;
    fit_shared *shared;
    tkc_buf text, out;
    tkc_encoder *encoder;
    bool is_open; /* the encoder, plan.target and the rule are for model */
    char model[FIT_MAX_NAME]; /* "" where none is named */
    tkc_class cls;            /* of the model's counts */
    bool is_guess;            /* a provider's request that names no model, counted with the default vocabulary */
    tkc_plan plan;
    tkc_fitting fit;
    tkc_net_options net_options;
    tkc_net net;
} fit_run;

void fit_init(fit_run *u, fit_shared *shared, const cli_args *a);
/* Of a run whose plan is made another for a thread. */
void fit_fork(fit_run *u, const fit_run *of);
void fit_release(fit_run *u);
void fit_shared_init(fit_shared *s, const cli_args *a);
void fit_shared_release(fit_shared *s);

/* How chunks are chosen and placed, by the options of fit and pack. */
tkc_pack_options fit_pack_options(const cli_args *a);
/* The parts of the plan that are the same for every request, into u and what is shared. False: it was said. */
bool fit_plan(fit_run *u);
/* What -m, -e or nothing names; so that threads need not. */
bool fit_open_fixed(fit_shared *s);
/* The rest, by the model of the request in u->text: its vocabulary, prices and cache rule. A model that is the
 * one of the request before costs nothing. */
TKC_MUST_USE tkc_status fit_target(fit_run *u, tkc_error *err);
/* The same, then runs the plan over u->text and prices it; dialect as for tkc_fit_request(). */
TKC_MUST_USE tkc_status fit_one(fit_run *u, tkc_dialect dialect, tkc_error *err);

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

#endif
