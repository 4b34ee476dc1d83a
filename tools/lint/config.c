/* config.c - the configuration's part of a run. */
#include "tools/lint/config.h"

#include "tools/cli/output.h"
#include "tools/cli/vocab.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static const char *check(void *ctx, const char *selector, bool one)
{
    lint_config *c = ctx;
    tkc_rule_set set = 0;
    if (one ? tkc_lint_rule_find(str(selector)) != TKC_N_RULE : tkc_lint_select(&set, str(selector), true)) return NULL;
    return lint_rule_hint(selector, c->why);
}

/* "TC308 has the options severity and min-tokens (40 to 10000000)". */
static const char *options_of(lint_config *c, tkc_rule_id rule, const char *head)
{
    size_t n = (size_t)snprintf(c->why, sizeof c->why, "%s; options of %s: severity", head, tkc_lint_rule_at(rule)->id);
    for (size_t i = 0; tkc_lint_limit_at(i); i++) {
        const tkc_lint_limit *m = tkc_lint_limit_at(i);
        if (m->rule == rule && n < sizeof c->why)
            n += (size_t)snprintf(c->why + n, sizeof c->why - n, ", %s (%llu to %llu)", m->key, (unsigned long long)m->least,
                                  (unsigned long long)m->most);
    }
    return c->why;
}

/* Takes the value too: the last one that names a limit holds. */
static const char *check_option(void *ctx, const char *rule, const char *key, const char *value)
{
    lint_config *c = ctx;
    const tkc_rule_id id = tkc_lint_rule_find(str(rule));
    char q[TKC_QUOTE_SIZE], head[TKC_QUOTE_SIZE + 40];
    if (id == TKC_N_RULE) return NULL; /* that was said */
    for (size_t i = 0; tkc_lint_limit_at(i); i++) {
        const tkc_lint_limit *m = tkc_lint_limit_at(i);
        size_t n;
        if (m->rule != id || strcmp(m->key, key) != 0) continue;
        if (cli_parse_size(value, &n) && n >= m->least && n <= m->most) {
            c->limit[i] = n;
            return NULL;
        }
        (void)snprintf(head, sizeof head, "'%s' is no such number", tkc_quote(q, value, strlen(value)));
        return options_of(c, id, head);
    }
    (void)snprintf(head, sizeof head, "no option '%s'", tkc_quote(q, key, strlen(key)));
    return options_of(c, id, head);
}

static void unknown(void *ctx, size_t line, const char *selector, const char *why)
{
    lint_config *c = ctx;
    char q[TKC_QUOTE_SIZE];
    cli_message("%s: line %zu: unknown rule '%s', passed over; %s", c->file.path ? c->file.path : CLI_CONFIG_NAME, line,
                tkc_quote(q, selector, strlen(selector)), why);
    c->n_unknown++;
}

bool lint_config_open(lint_config *c, const cli_args *a)
{
    const cli_config_rules rules = {check, check_option, unknown, c};
    *c = (lint_config){.args = *a};
    for (size_t i = 0; tkc_lint_limit_at(i); i++) c->limit[i] = tkc_lint_limit_at(i)->usual;
    if (!cli_config_open(&c->file, a, &rules) || !cli_config_models(&c->file, a, &c->args, &c->pick)) return false;
    if (a->n_pick == 0 && c->args.n_pick > 1) c->args.n_pick = 1; /* lint measures with one: the first */
    c->label = c->args.n_pick ? c->args.pick[0].name : CLI_DEFAULT_ENCODING;
    if (c->file.preview) c->args.preview = true;
    c->has_mutex = pthread_mutex_init(&c->mutex, NULL) == 0;
    if (!c->has_mutex) cli_message("out of memory");
    return c->has_mutex;
}

bool lint_config_open_lock(lint_config *c)
{
    char *path = c->args.lock ? strdup(c->args.lock) : cli_config_in_root(&c->file, CLI_LOCK_NAME);
    tkc_buf text;
    tkc_error err = {0};
    bool ok = path != NULL;
    if (!ok) cli_message("out of memory");
    tkc_buf_init(&text, (size_t)256 << 20, NULL);
    if (ok && (c->args.lock || cli_path_exists(path)) &&
        (cli_path_read(path, &text, &err) || cli_lock_parse(&c->lock, tkc_buf_str(&text), &err))) {
        cli_message("%s: %s", path, err.message);
        ok = false;
    }
    tkc_buf_release(&text);
    free(path);
    return ok;
}

void lint_config_release(lint_config *c)
{
    if (c->has_mutex) pthread_mutex_destroy(&c->mutex);
    free(c->pick);
    cli_lock_release(&c->lock);
    cli_config_release(&c->file);
}

static void choose(tkc_rule_set *set, const cli_names *names, bool on)
{
    for (size_t i = 0; i < names->n; i++) (void)tkc_lint_select(set, str(names->name[i]), on);
}

bool lint_config_rules(const lint_config *c, tkc_rule_set *out)
{
    const tkc_rule_set usual = tkc_lint_default_rules();
    tkc_rule_set asked, set;
    if (!lint_rules_of_args(&c->args, &asked)) return false;
    set = asked;
    if (!c->args.select) { /* the command line adds to and takes from what the file selects */
        set = usual;
        if (c->file.select.n) {
            set = 0;
            choose(&set, &c->file.select, true);
        }
        choose(&set, &c->file.extend_select, true);
        choose(&set, &c->file.ignore, false);
        set = (set | (asked & ~usual)) & ~(usual & ~asked);
    }
    for (size_t i = 0; i < c->file.n_level; i++)
        if (c->file.level[i].severity == CLI_SEVERITY_OFF)
            (void)tkc_lint_select(&set, str(c->file.level[i].rule), false);
    if (!set) cli_message("no rule is left to run; select more or ignore fewer in " CLI_CONFIG_NAME);
    *out = set;
    return set != 0;
}

bool lint_config_filter(lint_config *c, cli_file_list *l, size_t *general)
{
    const cli_config *f = &c->file;
    size_t n = 0;
    bool *whole = calloc(l->n_root + 1, sizeof *whole);
    *general = 0;
    if (!whole) {
        cli_message("out of memory");
        return false;
    }
    for (size_t i = 0; i < l->n_root; i++) whole[i] = f->is_project && cli_config_is_around(f, l->root[i]);
    for (size_t i = 0; i < l->n; i++) {
        cli_file *one = &l->file[i];
        const tkc_lint_kind kind = tkc_lint_kind_of(one->path);
        bool keep = !one->is_walked || (kind && !whole[one->root] && !f->include.patterns), outside;
        if (!keep && (kind || f->include.patterns)) {
            char *name = cli_config_relative(f, one->path, &outside);
            keep = name ? cli_config_wants(f, name) : outside && kind;
            *general += name && !keep && !f->include.patterns && !cli_globs_match(&f->exclude, name);
            free(name);
        }
        if (keep)
            l->file[n++] = *one;
        else
            free(one->path);
    }
    l->n = n;
    free(whole);
    return true;
}

void lint_config_of_file(void *ctx, const char *path, lint_file_config *out)
{
    lint_config *c = ctx;
    const cli_config *f = &c->file;
    bool outside;
    char *name = strcmp(path, "-") == 0 ? NULL : cli_config_relative(f, path, &outside);
    const cli_lock_entry *e;
    const char *last;
    if (!name) return;
    pthread_mutex_lock(&c->mutex);
    last = strrchr(name, '/');
    out->exclude = strcmp(last ? last + 1 : name, CLI_LOCK_NAME) == 0 || cli_globs_match(&f->exclude, name);
    out->is_prompt = cli_config_wants(f, name);
    for (size_t i = 0; i < f->n_per_file; i++) {
        if (!cli_globs_match(&f->per_file[i].files, name)) continue;
        choose(&out->on, &f->per_file[i].extend_select, true);
        choose(&out->off, &f->per_file[i].ignore, true);
    }
    for (size_t i = 0; i < f->n_budget; i++) {
        const cli_budget *b = &f->budget[i];
        if (b->max == SIZE_MAX || (b->model && strcmp(b->model, c->label) != 0)) continue;
        if ((!out->budget || b->max < out->budget) && cli_globs_match(&b->files, name)) out->budget = b->max;
    }
    pthread_mutex_unlock(&c->mutex);
    e = cli_lock_find(&c->lock, name);
    if (e && cli_lock_tokens(e, c->label) != SIZE_MAX) out->baseline = cli_lock_tokens(e, c->label);
    out->name = name;
}

void lint_config_severities(const lint_config *c, lint_run_result *r)
{
    if (!c->file.n_level) return;
    for (size_t k = 0; k < r->n_file; k++)
        for (size_t i = 0; i < r->file[k].n; i++) {
            tkc_finding *f = &r->file[k].item[i].f;
            for (size_t n = 0; n < c->file.n_level; n++) {
                const cli_rule_level *l = &c->file.level[n];
                if (l->severity == CLI_SEVERITY_OFF || tkc_lint_rule_find(str(l->rule)) != f->rule) continue;
                f->severity = l->severity == CLI_SEVERITY_ERROR     ? TKC_LINT_ERROR
                              : l->severity == CLI_SEVERITY_WARNING ? TKC_LINT_WARNING
                                                                    : TKC_LINT_INFO;
            }
        }
}
