/*
 * cost.h - `tokcount cost`: what its files share, a run.
 */
#ifndef TOOLS_COST_COST_H
#define TOOLS_COST_COST_H

#include "optimizer/money/cost.h"
#include "optimizer/money/money.h"
#include "tools/cli/options.h"
#include "vocab/base/buf.h"
#include "vocab/base/json.h"

enum {
    COST_MOST_SAID = 20, /* values that could not be read, in full */
    COST_MAX_BY = 8,
    COST_MAX_VALUE = 1024, /* bytes of one --by value */
    COST_MAX_REASONS = 100,
    COST_KEY = 16
};

typedef struct cost_group {
    unsigned char key[COST_KEY];
    char *value; /* the --by values, each with its NUL */
    size_t value_len;
    tkc_money money;
    uint64_t records, unpriced;
    uint64_t n[TKC_N_UNIT];
    tkc_cost_class cls;
} cost_group;

typedef struct cost_reason {
    char why[240];
    tkc_cost_class cls;
    uint64_t records;
} cost_reason;

typedef struct cost_run {
    const cli_args *a;
    tkc_prices *prices;
    tkc_usage_reader *reader;
    tkc_cost_options opt;
    tkc_json doc;
    tkc_buf line, value, scratch; /* line: a request's file */
    char *by_text;
    const char *by[COST_MAX_BY];
    size_t n_by;
    bool has_by[COST_MAX_BY]; /* a record had a value for it */
    char model[COST_MAX_VALUE]; /* of a request's file */
    cost_group *group;
    size_t n_group, cap_group;
    uint32_t *slot; /* 1 + index of a group; 0: empty */
    size_t n_slot;
    cost_group total;
    cost_reason reason[COST_MAX_REASONS];
    size_t n_reason;
    uint64_t lines, records, ignored, repeated, batched, left_out, other_reasons;
    bool stop;
} cost_run;

/* --- groups.c ----------------------------------------------------------------------------- */
/* The --by values of a record, into r->value. */
tkc_status cost_values_of(cost_run *r, const char *file, const tkc_usage *u, const tkc_cost *c, tkc_error *err);
/* The group of r->value, made if need be; NULL: err is filled. */
cost_group *cost_find_group(cost_run *r, tkc_error *err);
tkc_status cost_add_to(cost_group *g, const tkc_usage *u, const tkc_cost *c, tkc_error *err);
void cost_count_reason(cost_run *r, const tkc_cost *c);
/* For qsort(). */
int cost_group_order(const void *a, const void *b);

/* --- report.c ----------------------------------------------------------------------------- */
/* ,"key":"value", or null without one. */
void cost_put_member(const char *key, const char *value);
void cost_put_line(const cost_run *r, uint64_t line, const tkc_usage *u, const tkc_cost *c);
void cost_put_json(const cost_run *r, bool complete);
void cost_put_table(const cost_run *r);
/* On standard error: what the totals leave out. */
void cost_put_notes(const cost_run *r);

/* --- log.c, request.c: exit statuses -------------------------------------------------------- */
int cost_price_log(cost_run *r);
int cost_price_request(cost_run *r);

#endif
