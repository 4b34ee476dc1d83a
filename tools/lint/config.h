/* config.h - what .tokcount.yaml and tokcount.lock.json say to a run of lint. */
#ifndef TOOLS_LINT_CONFIG_H
#define TOOLS_LINT_CONFIG_H

#include "tools/project/config.h"
#include "tools/project/lock.h"
#include "tools/lint/run.h"

#include <pthread.h>

typedef struct lint_config {
    cli_config file;
    cli_lock lock;
    cli_args args; /* those of the command with the configuration's model and preview */
    cli_pick *pick;
    const char *label; /* of the model or encoding that measures */
    char why[240]; /* the last complaint about an option */
    pthread_mutex_t mutex; /* patterns have scratch in them */
    bool has_mutex;
    uint64_t limit[TKC_N_LINT_LIMIT]; /* of rules, for lint_run_options */
    size_t n_unknown; /* rules that the configuration names and that there are not; said, and the status is 2 */
} lint_config;

/* False: it was said. Release c in any case. */
bool lint_config_open(lint_config *c, const cli_args *a);
void lint_config_release(lint_config *c);
/* Reads the record: TC102 and the baseline know it then. False: it was said. */
bool lint_config_open_lock(lint_config *c);
/* --select, --ignore and so on over what the configuration selects. False: it was said. */
bool lint_config_rules(const lint_config *c, tkc_rule_set *out);
/* Takes out of the list what was found in folders and is no prompt: with "include" in the configuration
 * what it does not include; else what no kind has the name of, and, where the whole project is
 * searched, Markdown, text, JSON and YAML outside of the folders of prompts, the number of which is *general.
 * False: out of memory; it was said. */
bool lint_config_filter(lint_config *c, cli_file_list *l, size_t *general);
/* A lint_config_fn: exclude, per-file, budgets, and what the record has for TC102. */
void lint_config_of_file(void *ctx, const char *path, lint_file_config *out);
/* The severities that the configuration gives to rules. */
void lint_config_severities(const lint_config *c, lint_run_result *r);

/* baseline.c: takes out what the record has, finding by finding, and counts what only it has. */
void lint_baseline_apply(const lint_config *c, lint_run_result *r);
/* What "lint" without options would find in these files, with nothing taken out. False: it was said. */
bool lint_baseline_run(lint_run_result *r, const cli_args *a, const cli_file_list *l);
/* A finding in the record: "TC301:" and its fingerprint. False: it is none of those that are recorded
 * (budgets are numbers there). */
bool lint_baseline_key(const tkc_finding *f, char out[80]);

#endif
