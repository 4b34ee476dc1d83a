/*
 * baseline.c - the findings that tokcount.lock.json records, so that a project with old ones is held to
 * having no new ones.
 *
 * A record is a fingerprint: SHA-256 of rule, path from the project's root and the bytes found, so
 * that lines may move and nobody can make a finding that hides behind another's record.
 */
#include "tools/lint/config.h"

#include "tools/cli/output.h"

#include <stdlib.h>
#include <string.h>

bool lint_baseline_key(const tkc_finding *f, char out[80])
{
    if (f->rule == TKC_TC101 || f->rule == TKC_TC102) return false;
    (void)snprintf(out, 80, "%s:%s", f->id, f->fingerprint);
    return true;
}

/* Of what is recorded of the rules that were run. */
static size_t count_run(const cli_lock_entry *e, tkc_rule_set rules)
{
    size_t n = 0;
    for (size_t i = 0; i < e->n_finding; i++) {
        const tkc_rule_id rule = tkc_lint_rule_find((tkc_str){e->finding[i], strcspn(e->finding[i], ":")});
        n += rule == TKC_N_RULE || (rules >> rule & 1); /* a rule that is no more is gone too */
    }
    return n;
}

static void apply(const cli_lock_entry *e, lint_result *r)
{
    size_t n = 0, recorded = 0;
    char key[80];
    for (size_t i = 0; i < r->n; i++) {
        if (lint_baseline_key(&r->item[i].f, key) && cli_lock_has_finding(e, key)) {
            lint_item_release(&r->item[i]);
            recorded++;
        } else {
            r->item[n++] = r->item[i];
        }
    }
    r->n = n;
    r->n_recorded = recorded;
    n = count_run(e, r->rules);
    r->n_gone = n > recorded ? n - recorded : 0;
}

void lint_baseline_apply(const lint_config *c, lint_run_result *r)
{
    for (size_t k = 0; k < r->n_file; k++) {
        const cli_lock_entry *e = r->file[k].name ? cli_lock_find(&c->lock, r->file[k].name) : NULL;
        if (e && r->file[k].state == LINT_DONE) apply(e, &r->file[k]);
    }
}

bool lint_baseline_run(lint_run_result *r, const cli_args *a, const cli_file_list *l)
{
    lint_config config;
    cli_args own = *a;
    lint_run_options o = {.config = lint_config_of_file, .config_ctx = &config, .silent = true, .own_models = true, .limits = config.limit};
    bool ok;
    own.pick = NULL; /* the vocabulary is the one that "lint" takes by itself */
    own.n_pick = 0;
    ok = lint_config_open(&config, &own);
    if (ok) ok = lint_config_rules(&config, &o.rules);
    o.args = &config.args;
    if (ok) ok = lint_run_files(r, l, &o);
    lint_config_release(&config);
    return ok;
}
