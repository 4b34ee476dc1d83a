/*
 * cmd_budget.c - tokcount budget: a ratchet on the tokens of prompt files.
 *
 * What is recorded in tokcount.lock.json may be reached and not passed. check compares, init
 * writes the first record, update writes what became less; more goes in with --raise and its
 * reason only, so that every growth is a line that a reviewer sees. The findings of lint are held
 * the same way: init records them, update forgets those that are gone, and lint reports the others.
 */
#include "tools/project/config.h"
#include "tools/cli/count.h"
#include "tools/project/lock.h"
#include "tools/cli/output.h"
#include "tools/lint/config.h"
#include "vocab/base/error.h"
#include "vocab/base/map_file.h"
#include "vocab/base/near.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_LOCK = 256 << 20 };

typedef enum action { ACTION_CHECK = 0, ACTION_INIT, ACTION_UPDATE } action;
typedef enum state { STATE_EQUAL = 0, STATE_LOWER, STATE_OVER, STATE_NEW, STATE_GONE, N_STATE } state;
static const char *const state_name[N_STATE] = {"equal", "lower", "over", "new", "gone"};

typedef struct row {
    char *path; /* from the root */
    size_t file; /* index into the list and the counts */
} row;

typedef struct run {
    const cli_args *a;
    cli_args own; /* a with the models of the configuration or of the record */
    cli_pick *pick;
    action what;
    cli_config config;
    char *lock_path;
    cli_lock lock;
    bool has_lock;
    cli_targets targets;
    cli_file_list list;
    cli_counts counts;
    lint_run_result lint; /* of the files of the list, when they are recorded */
    row *row; /* sorted by path */
    size_t n_row;
    size_t n[N_STATE]; /* files and models in this state */
    size_t n_recorded, n_forgotten, n_not_recorded; /* findings */
    size_t n_above, n_raised; /* above a budget of the configuration; raised */
    size_t n_printed;
    bool failed; /* something could not be read: totals are bounds, nothing is forgotten */
} run;

static bool nomem(void)
{
    cli_message("out of memory");
    return false;
}

static bool read_action(run *r)
{
    static const char *const name[] = {"check", "init", "update"};
    const cli_args *a = r->a;
    r->own = *a;
    if (a->n_operand) {
        for (int i = 0; i < 3; i++) {
            if (strcmp(a->operand[0], name[i]) != 0) continue;
            r->what = (action)i;
            r->own.operand++;
            r->own.n_operand--;
            break;
        }
        if (r->own.n_operand == a->n_operand && !cli_path_exists(a->operand[0])) {
            tkc_near near = {.wanted = a->operand[0]};
            for (int i = 0; i < 3; i++) tkc_near_offer(&near, name[i]);
            if (near.n) {
                cli_message("%s: no such file; did you mean 'tokcount budget %s'?", a->operand[0], near.name[0]);
                return false;
            }
        }
    }
    if (a->raise && r->what != ACTION_UPDATE) {
        cli_message("--raise goes with 'budget update'");
        return false;
    }
    if (a->findings && !a->raise) {
        cli_message("--findings goes with 'budget update --raise=REASON'; 'budget init' records them by itself");
        return false;
    }
    if (a->raise && !*a->raise) {
        cli_message("--raise needs a reason, such as --raise='the new refund policy'");
        return false;
    }
    r->own.hidden = true; /* .github/prompts, .cursor/rules */
    return true;
}

static bool open_lock(run *r)
{
    tkc_buf text;
    tkc_error err = {0};
    tkc_status st;
    r->lock_path = r->a->lock ? strdup(r->a->lock) : cli_config_in_root(&r->config, CLI_LOCK_NAME);
    if (!r->lock_path) return nomem();
    if (!cli_path_exists(r->lock_path)) {
        if (r->what == ACTION_INIT) return true;
        cli_message("%s: no such file; 'tokcount budget init' records the tokens of today", r->lock_path);
        return false;
    }
    if (r->what == ACTION_INIT) {
        cli_message("%s is there already; 'tokcount budget update' lowers what became less", r->lock_path);
        return false;
    }
    tkc_buf_init(&text, MAX_LOCK, NULL);
    st = cli_path_read(r->lock_path, &text, &err);
    if (!st) st = cli_lock_parse(&r->lock, tkc_buf_str(&text), &err);
    tkc_buf_release(&text);
    if (st) cli_message("%s: %s", r->lock_path, err.message);
    r->has_lock = true;
    return st == TKC_OK;
}

/* The models of every entry, each once. */
static bool recorded_models(run *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->lock.n; i++) {
        const cli_lock_entry *e = &r->lock.entry[i];
        for (size_t k = 0; k < e->n_limit; k++) {
            const char *name = e->limit[k].model;
            tkc_model_rule rule;
            cli_pick *fresh;
            size_t at = 0;
            while (at < n && strcmp(r->pick[at].name, name) != 0) at++;
            if (at < n) continue;
            fresh = realloc(r->pick, (n + 1) * sizeof *fresh);
            if (!fresh) return nomem();
            r->pick = fresh;
            r->pick[n++] = (cli_pick){tkc_model_find(name, &rule) != NULL, name};
        }
    }
    r->own.pick = r->pick;
    r->own.n_pick = n;
    return true;
}

/* -m and -e, else the configuration's models, else those recorded, else o200k_base. */
static bool open_targets(run *r)
{
    const cli_args from = r->own;
    if (!cli_config_models(&r->config, &from, &r->own, &r->pick)) return false;
    if (r->own.n_pick == 0 && !recorded_models(r)) return false;
    return cli_targets_open(&r->targets, &r->own);
}

/* Keeps what the configuration wants of what was found in folders. */
static bool filter(run *r)
{
    cli_file_list *l = &r->list;
    size_t n = 0;
    r->row = calloc(l->n + 1, sizeof *r->row);
    if (!r->row) return nomem();
    for (size_t i = 0; i < l->n; i++) {
        cli_file *f = &l->file[i];
        bool outside = false;
        char *path = strcmp(f->path, "-") == 0 ? NULL : cli_config_relative(&r->config, f->path, &outside);
        if (!path && !outside && strcmp(f->path, "-") != 0) return nomem();
        if (!path) {
            cli_message("%s: outside of the project's folder; budgets are for the files in it", f->path);
            l->failed = true;
        }
        if (!path || (f->is_walked && !cli_config_wants(&r->config, path))) {
            free(path);
            free(f->path);
            continue;
        }
        r->row[r->n_row].path = path;
        r->row[r->n_row++].file = n;
        l->file[n++] = *f;
    }
    l->n = n;
    return true;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const row *)a)->path, ((const row *)b)->path);
}

/* A file named twice, or by itself and in a folder, is one. */
static void sort_rows(run *r)
{
    size_t n = 0;
    if (r->n_row) qsort(r->row, r->n_row, sizeof *r->row, by_path);
    for (size_t i = 0; i < r->n_row; i++) {
        if (n && strcmp(r->row[n - 1].path, r->row[i].path) == 0)
            free(r->row[i].path);
        else
            r->row[n++] = r->row[i];
    }
    r->n_row = n;
}

/* --- output ---------------------------------------------------------------------------------- */

static void put_state(run *r, const char *path, const char *model, const char *what, size_t tokens,
                      size_t budget, size_t line)
{
    const bool json = r->a->json;
    if (!json) {
        cli_put_name(stdout, path);
        if (model) printf(": %s", model);
        if (strcmp(what, "new") == 0)
            printf(": %zu tokens, not recorded; 'tokcount budget update' adds it\n", tokens);
        else if (strcmp(what, "gone") == 0)
            puts(": gone; 'tokcount budget update' forgets it");
        else if (line)
            printf(": %zu tokens, %zu above the %s of %zu (" CLI_CONFIG_NAME ", line %zu)\n", tokens,
                   tokens - budget, what + 6, budget, line);
        else
            printf(": %zu tokens, %zu above its budget of %zu\n", tokens, tokens - budget, budget);
        return;
    }
    fputs(r->n_printed++ ? ",\n{\"path\":" : "\n{\"path\":", stdout);
    cli_put_json_z(stdout, path);
    fputs(",\"model\":", stdout);
    if (model)
        cli_put_json_z(stdout, model);
    else
        fputs("null", stdout);
    printf(",\"state\":\"%s\",\"tokens\":", what);
    if (tokens != SIZE_MAX)
        printf("%zu", tokens);
    else
        fputs("null", stdout);
    fputs(",\"budget\":", stdout);
    if (budget != SIZE_MAX)
        printf("%zu", budget);
    else
        fputs("null", stdout);
    if (line) printf(",\"line\":%zu", line);
    putchar('}');
}

/* --- comparing --------------------------------------------------------------------------------- */

static const char *label(const run *r, size_t column)
{
    return r->targets.target[column].label;
}

static size_t tokens_of(const run *r, const row *w, size_t column)
{
    return r->counts.tokens[w->file * r->counts.n_column + column];
}

static state compare(const cli_lock_entry *e, const char *model, size_t tokens)
{
    const size_t budget = e ? cli_lock_tokens(e, model) : SIZE_MAX;
    return budget == SIZE_MAX ? STATE_NEW : tokens > budget ? STATE_OVER : tokens < budget ? STATE_LOWER : STATE_EQUAL;
}

static void check_row(run *r, const row *w)
{
    const cli_lock_entry *e = cli_lock_find(&r->lock, w->path);
    for (size_t k = 0; k < r->targets.n; k++) {
        const size_t tokens = tokens_of(r, w, k);
        const state s = compare(e, label(r, k), tokens);
        r->n[s]++;
        if (r->a->json || s == STATE_OVER || s == STATE_NEW)
            put_state(r, w->path, label(r, k), state_name[s], tokens,
                      e ? cli_lock_tokens(e, label(r, k)) : SIZE_MAX, 0);
    }
}

static bool is_counted(const run *r, const row *w)
{
    return r->counts.state[w->file] == COUNT_DONE;
}

/* The budgets of the configuration, each for every model it is for. */
static void check_budgets(run *r)
{
    const bool whole = r->own.n_operand == 0 && r->own.n_files_from == 0;
    for (size_t i = 0; i < r->config.n_budget; i++) {
        const cli_budget *b = &r->config.budget[i];
        for (size_t k = 0; k < r->targets.n; k++) {
            size_t total = 0;
            if (b->model && strcmp(b->model, label(r, k)) != 0) continue;
            for (size_t w = 0; w < r->n_row; w++) {
                size_t tokens;
                if (!is_counted(r, &r->row[w]) || !cli_globs_match(&b->files, r->row[w].path)) continue;
                tokens = tokens_of(r, &r->row[w], k);
                total += tokens;
                if (tokens <= b->max) continue;
                r->n_above++;
                put_state(r, r->row[w].path, label(r, k), "above-max", tokens, b->max, b->line);
            }
            if (!whole || total <= b->total) continue; /* of some files only, a total says nothing */
            r->n_above++;
            put_state(r, b->files.first, label(r, k), "above-total", total, b->total, b->line);
        }
    }
}

/* A budget for a model that is not counted would never be looked at. */
static bool check_budget_models(const run *r)
{
    for (size_t i = 0; i < r->config.n_budget; i++) {
        const cli_budget *b = &r->config.budget[i];
        bool found = !b->model;
        for (size_t k = 0; k < r->targets.n; k++) found = found || strcmp(b->model, label(r, k)) == 0;
        if (found || r->a->n_pick) continue;
        cli_message("%s: line %zu: the budget's model '%s' is not in \"models\"; add it there",
                    r->config.path, b->line, b->model);
        return false;
    }
    return true;
}

/* Recorded, but no file of the project any more. */
static bool is_gone(const run *r, const cli_lock_entry *e)
{
    row key = {.path = e->path};
    if (r->own.n_operand || r->own.n_files_from || r->failed) return false;
    return !bsearch(&key, r->row, r->n_row, sizeof *r->row, by_path);
}

static void check(run *r)
{
    for (size_t i = 0; i < r->n_row; i++)
        if (is_counted(r, &r->row[i])) check_row(r, &r->row[i]);
    for (size_t i = 0; i < r->lock.n; i++) {
        if (!is_gone(r, &r->lock.entry[i])) continue;
        r->n[STATE_GONE]++;
        if (r->a->json) put_state(r, r->lock.entry[i].path, NULL, "gone", SIZE_MAX, SIZE_MAX, 0);
    }
    check_budgets(r);
}

/* --- recording ---------------------------------------------------------------------------------- */

static bool copy_entry(cli_lock *to, const cli_lock_entry *e)
{
    cli_lock_entry *fresh = cli_lock_add(to, e->path);
    bool ok = fresh && cli_lock_set_reason(fresh, e->reason);
    for (size_t k = 0; ok && k < e->n_limit; k++) ok = cli_lock_set(fresh, e->limit[k].model, e->limit[k].tokens);
    for (size_t k = 0; ok && k < e->n_finding; k++) ok = cli_lock_add_finding(fresh, e->finding[k]);
    return ok;
}

/* What is recorded of a file's findings: at first and with --findings those of today, else those that
 * were recorded and are still there. Where lint could not look, what was recorded stays. */
static bool record_findings(run *r, cli_lock_entry *e, const cli_lock_entry *old, const lint_result *found,
                            bool *added)
{
    const bool all = r->what == ACTION_INIT || r->a->findings;
    const size_t n_old = old ? old->n_finding : 0;
    size_t kept = 0;
    char key[80];
    bool ok = true;
    if (found->state == LINT_FAILED) {
        for (size_t k = 0; ok && k < n_old; k++) ok = cli_lock_add_finding(e, old->finding[k]);
        r->n_recorded += n_old;
        return ok;
    }
    for (size_t i = 0; ok && i < found->n; i++) {
        bool is_old;
        if (!lint_baseline_key(&found->item[i].f, key)) continue;
        is_old = old && cli_lock_has_finding(old, key);
        if (all || is_old) ok = cli_lock_add_finding(e, key);
        kept += is_old;
        *added = *added || (all && !is_old);
        r->n_recorded += all || is_old;
        r->n_not_recorded += !all && !is_old;
    }
    if (n_old > kept) r->n_forgotten += n_old - kept;
    return ok;
}

/* What an entry becomes: lower where the file is lower, higher where it was raised. */
static bool update_row(run *r, cli_lock *to, const row *w)
{
    const cli_lock_entry *old = cli_lock_find(&r->lock, w->path);
    cli_lock_entry *e = cli_lock_add(to, w->path);
    bool raised = false, changed = false;
    bool ok = e != NULL;
    if (ok) ok = record_findings(r, e, old, &r->lint.file[w->file], &raised);
    raised = raised && r->a->raise;
    for (size_t k = 0; ok && old && r->a->n_pick && k < old->n_limit; k++) /* -m: the others stay */
        ok = cli_lock_set(e, old->limit[k].model, old->limit[k].tokens);
    for (size_t k = 0; ok && k < r->targets.n; k++) {
        const char *model = label(r, k);
        const size_t tokens = tokens_of(r, w, k);
        const size_t budget = old ? cli_lock_tokens(old, model) : SIZE_MAX;
        const state s = compare(old, model, tokens);
        size_t becomes = tokens;
        if (s == STATE_OVER && !r->a->raise) becomes = budget;
        if (s == STATE_OVER && r->a->raise) {
            raised = true;
            r->n_raised++;
        } else {
            r->n[s]++;
        }
        changed = changed || s == STATE_LOWER;
        if (s == STATE_OVER && !r->a->raise && !r->a->json)
            put_state(r, w->path, model, "over", tokens, budget, 0);
        if (r->a->json)
            put_state(r, w->path, model, s == STATE_OVER && r->a->raise ? "raised" : state_name[s], tokens, becomes, 0);
        ok = cli_lock_set(e, model, becomes);
    }
    if (ok && raised) ok = cli_lock_set_reason(e, r->a->raise);
    if (ok && !raised && old && !changed) ok = cli_lock_set_reason(e, old->reason);
    return ok || nomem();
}

static bool record(run *r)
{
    cli_lock to = {NULL, 0, 0};
    tkc_buf out;
    tkc_error err = {0};
    tkc_status st;
    bool ok = true;
    for (size_t i = 0; ok && i < r->n_row; i++)
        if (is_counted(r, &r->row[i])) ok = update_row(r, &to, &r->row[i]);
    cli_lock_sort(&to);
    for (size_t i = 0, n = to.n; ok && i < r->lock.n; i++) {
        const cli_lock sorted = {to.entry, n, n}; /* what is added below stands behind */
        const cli_lock_entry *e = &r->lock.entry[i];
        if (cli_lock_find(&sorted, e->path)) continue;
        if (is_gone(r, e)) {
            r->n[STATE_GONE]++;
            if (r->a->json) put_state(r, e->path, NULL, "gone", SIZE_MAX, SIZE_MAX, 0);
        } else {
            ok = copy_entry(&to, e) || nomem();
        }
    }
    tkc_buf_init(&out, MAX_LOCK, NULL);
    if (ok) {
        st = cli_lock_write(&to, &out, &err);
        if (!st) st = tkc_write_file(r->lock_path, tkc_buf_str(&out), &err);
        if (st) cli_message_at(r->lock_path, &err);
        ok = st == TKC_OK;
    }
    tkc_buf_release(&out);
    cli_lock_release(&to);
    return ok;
}

/* --- the command ---------------------------------------------------------------------------------- */

static void plural(size_t n, const char *one, const char *many, bool *first)
{
    if (!n) return;
    printf("%s%zu %s", *first ? "" : ", ", n, n == 1 ? one : many);
    *first = false;
}

static void put_findings(const run *r, bool *first)
{
    if (r->what == ACTION_CHECK) return;
    if (r->n_recorded || r->n_forgotten || r->n_not_recorded) plural(r->n_recorded, "finding", "findings", first);
    plural(r->n_forgotten, "finding gone", "findings gone", first);
    plural(r->n_not_recorded, "finding not recorded", "findings not recorded", first);
}

static void summary(const run *r)
{
    bool first = true;
    const size_t all = r->n[STATE_EQUAL] + r->n[STATE_LOWER] + r->n[STATE_OVER] + r->n[STATE_NEW] + r->n_raised;
    if (r->a->quiet || r->a->json || (r->failed && !all)) return;
    if (r->what == ACTION_INIT) {
        fputs("recorded ", stdout);
        plural(r->n_row, "file", "files", &first);
        if (!r->n_row) fputs("no file", stdout);
        put_findings(r, &first);
        fputs(" in ", stdout);
        cli_put_name(stdout, r->lock_path);
        puts("; commit it");
        return;
    }
    plural(all, "budget", "budgets", &first);
    if (!all) {
        fputs("no budget", stdout);
        first = false;
    }
    plural(r->n[STATE_OVER], "over", "over", &first);
    plural(r->n[STATE_NEW], r->what == ACTION_CHECK ? "not recorded" : "new",
           r->what == ACTION_CHECK ? "not recorded" : "new", &first);
    plural(r->n_above, "above " CLI_CONFIG_NAME, "above " CLI_CONFIG_NAME, &first);
    plural(r->n_raised, "raised", "raised", &first);
    plural(r->n[STATE_LOWER], r->what == ACTION_CHECK ? "could be lower" : "lowered",
           r->what == ACTION_CHECK ? "could be lower" : "lowered", &first);
    plural(r->n[STATE_GONE], "file gone", "files gone", &first);
    put_findings(r, &first);
    putchar('\n');
    if (r->what == ACTION_CHECK && r->n[STATE_OVER])
        cli_message("a budget is raised by 'tokcount budget update --raise=REASON FILE'");
}

static void put_json_head(const run *r)
{
    static const char *const name[] = {"check", "init", "update"};
    printf("{\"schema\":\"tokcount/budget/1\",\"action\":\"%s\",\"lock\":", name[r->what]);
    cli_put_json_z(stdout, r->lock_path);
    fputs(",\"models\":[", stdout);
    for (size_t i = 0; i < r->targets.n; i++) {
        fputs(i ? ",{" : "{", stdout);
        if (!r->targets.target[i].model) fputs("\"model\":null,\"rule\":null,", stdout);
        cli_put_target_json(stdout, &r->targets, i);
        putchar('}');
    }
    fputs("],\"entries\":[", stdout);
}

static void put_json_tail(const run *r, bool bad)
{
    fputs("]", stdout);
    if (r->what != ACTION_CHECK)
        printf(",\"findings\":{\"recorded\":%zu,\"gone\":%zu,\"not_recorded\":%zu}", r->n_recorded, r->n_forgotten,
               r->n_not_recorded);
    printf(",\"ok\":%s,\"complete\":%s}\n", bad ? "false" : "true", r->failed ? "false" : "true");
}

static int work(run *r)
{
    bool bad;
    if (!read_action(r) || !cli_config_open(&r->config, r->a, NULL) || !open_lock(r) || !open_targets(r) ||
        !check_budget_models(r))
        return EXIT_ERROR;
    if (!cli_files_collect(&r->list, &r->own, r->config.is_here ? "." : r->config.root, true) || !filter(r)) return EXIT_ERROR;
    if (!cli_count_files(&r->counts, &r->list, &r->targets, &r->own)) return EXIT_ERROR;
    r->failed = r->counts.failed || r->list.failed;
    sort_rows(r);
    if (r->what == ACTION_INIT && r->failed) {
        cli_message("nothing was recorded: some files could not be read");
        return EXIT_ERROR;
    }
    if (r->n_row == 0 && r->own.n_operand == 0 && !r->a->quiet)
        cli_message("no prompt file was found below %s; name them with \"include\" in " CLI_CONFIG_NAME,
                    r->config.root);
    if (r->what != ACTION_CHECK && !lint_baseline_run(&r->lint, r->a, &r->list)) return EXIT_ERROR;
    if (r->a->json) put_json_head(r);
    if (r->what == ACTION_CHECK)
        check(r);
    else if (!record(r))
        return EXIT_ERROR;
    bad = r->what != ACTION_INIT && (r->n[STATE_OVER] || r->n_above || (r->what == ACTION_CHECK && r->n[STATE_NEW]));
    if (r->a->json)
        put_json_tail(r, bad);
    summary(r);
    cli_count_notes(&r->counts, &r->list, r->a);
    return r->failed ? EXIT_ERROR : bad ? EXIT_FINDINGS : EXIT_FINE;
}

int cmd_budget(const cli_args *a)
{
    run r = {.a = a};
    const int status = work(&r);
    for (size_t i = 0; i < r.n_row; i++) free(r.row[i].path);
    free(r.row);
    free(r.pick);
    free(r.lock_path);
    lint_run_release(&r.lint);
    cli_counts_release(&r.counts);
    cli_files_release(&r.list);
    cli_targets_release(&r.targets);
    cli_lock_release(&r.lock);
    cli_config_release(&r.config);
    return status;
}
