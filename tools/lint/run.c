/* run.c - the files of a run through one linter a thread. */
#define _XOPEN_SOURCE 700 /* realpath() */

#include "tools/lint/run.h"

#include "tools/cli/output.h"
#include "tools/cli/pool.h"
#include "tools/lines/jsonl.h"
#include "tools/cli/vocab.h"
#include "vocab/base/error.h"
#include "vocab/base/map_file.h"
#include "vocab/base/near.h"
#include "vocab/base/utf8.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { MAX_FILE = 64 << 20, MAX_LINE_TEXT = 2000, MAX_ITEMS = 10000, MAX_OTHER = 16 };

typedef struct worker {
    tkc_encoder *encoder;
    tkc_linter *linter;
    tkc_rule_set rules; /* the linter was made for these */
    tkc_buf bytes, fixed;
    struct job *job;
    struct { /* of models that files name */
        const cli_targets *targets;
        tkc_encoder *encoder;
    } other[MAX_OTHER];
    size_t n_other;
} worker;

typedef struct job {
    const cli_file_list *list;
    const lint_run_options *o;
    lint_run_result *r;
    const cli_targets *t;
    uint32_t today;
    cli_args quiet; /* for the models that files name: notes are of those of the command line */
    cli_models models;
    worker w[CLI_MAX_WORKERS];
} job;

/* --- one finding ---------------------------------------------------------------------------------- */

typedef struct collect {
    lint_result *r;
    tkc_str source;
    bool nomem;
} collect;

static char *copy(const char *s, size_t n)
{
    char *p = malloc(n + 1);
    if (!p) return NULL;
    memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

void lint_item_release(lint_item *i)
{
    free((char *)i->f.message);
    free((tkc_lint_edit *)i->f.edit);
    free(i->line_text);
}

static int keep(void *ctx, const tkc_finding *f)
{
    collect *c = ctx;
    lint_result *r = c->r;
    lint_item *i;
    size_t from = f->begin, to = f->begin, texts = 0;
    if (r->n == MAX_ITEMS) return 1;
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 8;
        lint_item *more = realloc(r->item, cap * sizeof *more);
        if (!more) return c->nomem = true;
        r->item = more;
        r->cap = cap;
    }
    i = &r->item[r->n];
    *i = (lint_item){.f = *f};
    i->f.edit = NULL;
    while (from && c->source.ptr[from - 1] != '\n' && f->begin - from < MAX_LINE_TEXT / 2) from--;
    while (to < c->source.len && c->source.ptr[to] != '\n' && to - from < MAX_LINE_TEXT) to++;
    if (to > from && c->source.ptr[to - 1] == '\r') to--;
    i->line_at = from;
    if (from && c->source.ptr[from - 1] != '\n') { /* a line too long to show */
        to = from;
        i->line_at = SIZE_MAX;
    }
    i->line_text = copy(c->source.ptr + from, to - from);
    i->f.message = copy(f->message, strlen(f->message));
    for (size_t k = 0; k < f->n_edit; k++) texts += f->edit[k].with.len;
    if (f->n_edit) { /* the texts stand behind the edits */
        tkc_lint_edit *e = malloc(f->n_edit * sizeof *e + texts);
        char *text = e ? (char *)(e + f->n_edit) : NULL;
        for (size_t k = 0; e && k < f->n_edit; k++) {
            e[k] = f->edit[k];
            if (e[k].with.len) memcpy(text, e[k].with.ptr, e[k].with.len);
            e[k].with.ptr = text;
            text += e[k].with.len;
        }
        i->f.edit = e;
        if (!e) c->nomem = true;
    }
    r->n++;
    if (!i->line_text || !i->f.message) c->nomem = true;
    return c->nomem;
}

/* --- includes ---------------------------------------------------------------------------------------- */

/* The file `target` beside `from`: never above the folder the run was started in. */
static tkc_status read_include(void *ctx, const char *from, tkc_str target, tkc_buf *out, char *path, size_t cap,
                               tkc_error *err)
{
    const char *slash = strrchr(from, '/');
    size_t dir = slash ? (size_t)(slash - from) + 1 : 0;
    char name[PATH_MAX], *real, *root;
    tkc_status st;
    (void)ctx;
    if (target.len + dir >= sizeof name) return tkc_fail(err, TKC_E_LIMIT, 0, "a path of %zu bytes", target.len);
    if (target.len && (target.ptr[0] == '~' || target.ptr[0] == '/'))
        return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "outside of this folder");
    memcpy(name, from, dir);
    memcpy(name + dir, target.ptr, target.len);
    name[dir + target.len] = '\0';
    real = realpath(name, NULL);
    root = realpath(".", NULL);
    if (!real || !root) {
        st = tkc_fail(err, TKC_E_NOTFOUND, 0, "no such file");
    } else if (strncmp(real, root, strlen(root)) != 0 || (real[strlen(root)] != '/' && root[1])) {
        st = tkc_fail(err, TKC_E_UNSUPPORTED, 0, "outside of this folder");
    } else if (strlen(real) >= cap) {
        st = tkc_fail(err, TKC_E_LIMIT, 0, "a path of %zu bytes", strlen(real));
    } else {
        const char *shown = real + strlen(root); /* from this folder: messages show it */
        shown += *shown == '/';
        memcpy(path, shown, strlen(shown) + 1);
        tkc_buf_clear(out);
        st = cli_path_read(real, out, err);
    }
    free(real);
    free(root);
    return st;
}

/* --- one file ------------------------------------------------------------------------------------------ */

/* A tkc_lint_encoder_fn: only models that we know, and of another vocabulary than the run's. */
static tkc_encoder *encoder_of(void *ctx, const char *model, const char **encoding)
{
    worker *w = ctx;
    tkc_model_rule rule;
    const tkc_model_row *row = tkc_model_find(model, &rule);
    const cli_targets *t;
    size_t i = 0;
    if (!row || !row->encoding || strcmp(row->encoding, cli_target_encoding(w->job->t, 0)) == 0) return NULL;
    t = cli_models_get(&w->job->models, (tkc_str){model, strlen(model)});
    if (!t) return NULL;
    while (i < w->n_other && w->other[i].targets != t) i++;
    if (i == MAX_OTHER) return NULL;
    if (i == w->n_other) {
        if (tkc_encoder_new(&w->other[i].encoder, t->vocab[t->target[0].vocab], NULL, NULL)) return NULL;
        w->other[i].targets = t;
        w->n_other++;
    }
    *encoding = cli_target_encoding(t, 0);
    return w->other[i].encoder;
}

static bool linter_for(job *j, worker *w, tkc_rule_set rules, tkc_error *err)
{
    const cli_target *g = &j->t->target[0];
    tkc_lint_options o = {.struct_size = sizeof o, .rules = rules, .today = j->today, .max_bytes = MAX_FILE};
    if (w->linter && w->rules == rules) return true;
    tkc_linter_free(w->linter);
    w->linter = NULL;
    if (!w->encoder && tkc_encoder_new(&w->encoder, j->t->vocab[g->vocab], NULL, err)) return false;
    o.encoder = w->encoder;
    o.model = g->model ? g->model->name : NULL;
    o.provider = g->model ? g->model->provider : NULL;
    o.encoding = cli_target_encoding(j->t, 0);
    o.inexact = g->cls != TKC_CLASS_EXACT;
    o.read = read_include;
    o.limits = j->o->limits;
    if (j->o->own_models) o.encoder_of = encoder_of;
    o.encoder_ctx = w;
    w->rules = rules;
    return tkc_linter_new(&w->linter, &o, err) == TKC_OK;
}

static void fail(lint_result *r, const tkc_error *err)
{
    r->state = LINT_FAILED;
    memcpy(r->why, err->message, sizeof r->why);
}

static bool any_fix(const lint_result *r, tkc_fix_safety most)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->item[i].f.fix != TKC_FIX_NONE && r->item[i].f.fix <= most) return true;
    return false;
}

/* Fixes what was read, writes it or keeps the difference, and checks it again. */
static bool fix_file(job *j, worker *w, lint_result *r, const tkc_lint_file *f, const char *path, tkc_error *err)
{
    tkc_fix_safety most = j->o->unsafe ? TKC_FIX_UNSAFE : TKC_FIX_SAFE;
    tkc_lint_file again = *f;
    collect c = {.r = r};
    size_t n = 0;
    tkc_buf_clear(&w->fixed);
    if (tkc_lint_fix(w->linter, f, most, &w->fixed, &n, err)) return false;
    again.bytes = tkc_buf_str(&w->fixed);
    if (!n || (again.bytes.len == f->bytes.len && memcmp(again.bytes.ptr, f->bytes.ptr, f->bytes.len) == 0)) return true;
    if (j->o->diff) {
        r->diff = lint_diff(r->path, f->bytes, again.bytes);
        if (!r->diff) return tkc_nomem(err) == TKC_OK;
    } else {
        if (strcmp(path, "-") == 0) return tkc_fail(err, TKC_E_ARG, 0, "standard input cannot be fixed; give --diff") == TKC_OK;
        if (tkc_replace_file(path, f->bytes, again.bytes, err)) return false;
        r->is_written = true;
    }
    r->n_fixed = n;
    for (size_t i = 0; i < r->n; i++) lint_item_release(&r->item[i]);
    r->n = 0;
    c.source = again.bytes;
    return tkc_lint_run(w->linter, &again, keep, &c, err) == TKC_OK;
}

static void one(void *ctx, size_t worker_id, size_t item)
{
    job *j = ctx;
    worker *w = &j->w[worker_id];
    const cli_file *cf = &j->list->file[item];
    lint_result *r = &j->r->file[item];
    tkc_error err = {0};
    lint_file_config conf = {0};
    tkc_lint_file f = {0};
    collect c = {.r = r};
    bool binary = false;
    struct stat info;
    r->path = cf->path[0] == '.' && cf->path[1] == '/' ? cf->path + 2 : cf->path;
    f.path = strcmp(cf->path, "-") == 0 && j->o->args->name ? j->o->args->name : r->path;
    r->path = f.path;
    r->kind = tkc_lint_kind_of(f.path);
    if (j->o->config) j->o->config(j->o->config_ctx, r->path, &conf);
    r->name = conf.name;
    if (conf.exclude) {
        r->state = LINT_NO_PROMPT;
        return;
    }
    if (strcmp(cf->path, "-") != 0 && stat(cf->path, &info) == 0 && !S_ISDIR(info.st_mode) &&
        (!S_ISREG(info.st_mode) || info.st_size > MAX_FILE)) { /* what else is wrong, reading says */
        (void)(S_ISREG(info.st_mode)
                   ? tkc_fail(&err, TKC_E_LIMIT, 0, "larger than %d MiB, the limit for a prompt file; leave it out", MAX_FILE >> 20)
                   : tkc_fail(&err, TKC_E_IO, 0, "no regular file; leave it out, or give its content to 'tokcount lint -'"));
        fail(r, &err);
        return;
    }
    if (cli_file_read(cf, &w->bytes, &binary, &err)) {
        fail(r, &err);
        return;
    }
    if (!cf->is_walked && tkc_utf16_mark(tkc_buf_str(&w->bytes))) {
        (void)tkc_fail(&err, TKC_E_FORMAT, 0, "the text is UTF-16; save it as UTF-8");
        fail(r, &err);
        return;
    }
    if (binary) {
        r->state = LINT_BINARY;
        return;
    }
    r->bytes = w->bytes.len;
    r->rules = (j->o->rules | conf.on) & ~conf.off;
    if (!linter_for(j, w, r->rules, &err)) {
        fail(r, &err);
        return;
    }
    f.bytes = tkc_buf_str(&w->bytes);
    f.name = r->name;
    f.budget = conf.budget;
    f.baseline = conf.baseline;
    f.window = conf.window;
    f.found = cf->is_walked && !conf.is_prompt;
    c.source = f.bytes;
    if (tkc_lint_run(w->linter, &f, keep, &c, &err)) {
        fail(r, &err);
        return;
    }
    r->kind = tkc_lint_last_kind(w->linter);
    if (!r->kind) {
        r->state = LINT_NO_PROMPT;
        return;
    }
    r->tokens = tkc_lint_last_tokens(w->linter);
    if ((j->o->fix || j->o->diff) && any_fix(r, j->o->unsafe ? TKC_FIX_UNSAFE : TKC_FIX_SAFE) &&
        !fix_file(j, w, r, &f, cf->path, &err))
        fail(r, &err);
    if (c.nomem && r->state == LINT_DONE) {
        (void)tkc_nomem(&err);
        fail(r, &err);
    }
}

/* --- a run ------------------------------------------------------------------------------------------------ */

static uint32_t today(void)
{
    time_t now = time(NULL);
    struct tm tm;
    if (!gmtime_r(&now, &tm)) return 0;
    return (uint32_t)((tm.tm_year + 1900) * 10000 + (tm.tm_mon + 1) * 100 + tm.tm_mday);
}

void lint_run_count(lint_run_result *r)
{
    r->n_error = r->n_warning = r->n_info = r->n_fixable = r->n_unsafe = 0;
    r->n_recorded = r->n_gone = 0;
    r->tokens_saved = 0;
    r->other_encodings = false;
    for (size_t k = 0; k < r->n_file; k++) {
        const lint_result *f = &r->file[k];
        for (size_t i = 0; i < f->n; i++) {
            const tkc_finding *x = &f->item[i].f;
            r->n_error += x->severity == TKC_LINT_ERROR;
            r->n_warning += x->severity == TKC_LINT_WARNING;
            r->n_info += x->severity == TKC_LINT_INFO;
            r->n_fixable += x->fix == TKC_FIX_SAFE;
            r->n_unsafe += x->fix == TKC_FIX_UNSAFE;
            r->tokens_saved += x->tokens_saved;
            r->other_encodings = r->other_encodings || (x->encoding && x->tokens_saved);
        }
        r->n_recorded += f->n_recorded;
        r->n_gone += f->n_gone;
    }
}

static void sum(lint_run_result *r)
{
    lint_run_count(r);
    for (size_t k = 0; k < r->n_file; k++) {
        const lint_result *f = &r->file[k];
        r->n_fixed += f->n_fixed;
        r->n_changed += f->n_fixed > 0;
        r->n_failed += f->state == LINT_FAILED;
    }
}

static bool run(lint_run_result *r, const cli_file_list *l, const lint_run_options *o, const cli_targets *t)
{
    job *j = calloc(1, sizeof *j);
    size_t n_thread = cli_pool_threads(o->args->jobs, l->n);
    cli_progress p;
    if (!j) return false;
    j->list = l;
    j->o = o;
    j->r = r;
    j->t = t;
    j->today = today();
    j->quiet = *o->args;
    j->quiet.quiet = true;
    j->quiet.require = -1;
    cli_models_init(&j->models, &j->quiet);
    for (size_t i = 0; i < CLI_MAX_WORKERS; i++) {
        j->w[i].job = j;
        tkc_buf_init(&j->w[i].bytes, cli_input_limit(), NULL);
        tkc_buf_init(&j->w[i].fixed, cli_input_limit(), NULL);
    }
    cli_progress_start(&p, "files", l->n, o->args->quiet);
    cli_pool_run(n_thread, l->n, one, j, cli_progress_tick, &p);
    cli_progress_end(&p);
    for (size_t i = 0; i < CLI_MAX_WORKERS; i++) {
        tkc_linter_free(j->w[i].linter);
        tkc_encoder_free(j->w[i].encoder);
        for (size_t k = 0; k < j->w[i].n_other; k++) tkc_encoder_free(j->w[i].other[k].encoder);
        tkc_buf_release(&j->w[i].bytes);
        tkc_buf_release(&j->w[i].fixed);
    }
    cli_models_release(&j->models);
    free(j);
    return true;
}

bool lint_run_files(lint_run_result *r, const cli_file_list *l, const lint_run_options *o)
{
    cli_targets t;
    bool ok = false;
    memset(r, 0, sizeof *r);
    r->file = calloc(l->n + 1, sizeof *r->file);
    r->n_file = l->n;
    if (!r->file) {
        cli_message("out of memory");
        return false;
    }
    if (cli_targets_open(&t, o->args)) {
        r->encoding = cli_target_encoding(&t, 0); /* a literal, or what -e named */
        ok = run(r, l, o, &t);
    }
    if (ok) sum(r);
    for (size_t k = 0; ok && !o->silent && k < r->n_file; k++) {
        const lint_result *f = &r->file[k];
        if (f->state == LINT_FAILED) cli_message("%s: %s", f->path, f->why);
        if (f->state == LINT_BINARY && !l->file[k].is_walked) {
            cli_message("%s: a binary file (a NUL in its first 8192 bytes); leave it out", f->path);
            r->n_failed++;
        }
    }
    r->is_partial = l->failed || r->n_failed;
    cli_targets_release(&t);
    return ok;
}

void lint_run_release(lint_run_result *r)
{
    for (size_t k = 0; k < r->n_file; k++) {
        for (size_t i = 0; i < r->file[k].n; i++) lint_item_release(&r->file[k].item[i]);
        free(r->file[k].item);
        free(r->file[k].name);
        free(r->file[k].diff);
    }
    free(r->file);
    memset(r, 0, sizeof *r);
}

int lint_run_status(const lint_run_result *r, const cli_args *a)
{
    if (r->is_partial) return EXIT_ERROR;
    if (a->exit_zero) return EXIT_FINE;
    if (a->show_diff && r->n_changed) return EXIT_FINDINGS;
    return r->n_error + r->n_warning ? EXIT_FINDINGS : EXIT_FINE;
}

const char *lint_rule_hint(const char *wanted, char room[LINT_HINT])
{
    tkc_near near = {.wanted = wanted};
    const bool is_number = strlen(wanted) > 2 && strspn(wanted + 2, "0123456789") == strlen(wanted) - 2; /* any other is as near */
    for (size_t i = 0; *wanted && !is_number && tkc_lint_rule_at(i); i++) {
        const tkc_lint_rule *r = tkc_lint_rule_at(i);
        tkc_near_offer(&near, r->id);
        tkc_near_offer(&near, r->name);
        tkc_near_offer(&near, r->group);
    }
    if (!near.n) return "'tokcount lint --list-rules' has all";
    snprintf(room, LINT_HINT, "did you mean '%s'?", near.name[0]);
    return room;
}

/* Comma-separated selectors. */
static bool select_list(tkc_rule_set *set, const char *list, bool on, const char *option)
{
    for (const char *p = list; *p;) {
        size_t n = strcspn(p, ",");
        if (n && !tkc_lint_select(set, (tkc_str){p, n}, on)) {
            char one[64], room[LINT_HINT];
            snprintf(one, sizeof one, "%.*s", (int)(n < 60 ? n : 60), p);
            cli_message("--%s: '%.*s' is no rule, name or group; %s", option, (int)n, p, lint_rule_hint(one, room));
            return false;
        }
        p += n + (p[n] == ',');
    }
    return true;
}

bool lint_rules_of_args(const cli_args *a, tkc_rule_set *out)
{
    tkc_rule_set set = a->select ? 0 : tkc_lint_default_rules();
    if (a->select && !select_list(&set, a->select, true, "select")) return false;
    if (a->extend_select && !select_list(&set, a->extend_select, true, "extend-select")) return false;
    if (a->preview)
        for (size_t i = 0; tkc_lint_rule_at(i); i++)
            if (tkc_lint_rule_at(i)->preview) set |= (tkc_rule_set)1 << i;
    if (a->ignore && !select_list(&set, a->ignore, false, "ignore")) return false;
    if (!set) {
        cli_message("no rule is left to run; give --select or a shorter --ignore");
        return false;
    }
    *out = set;
    return true;
}
