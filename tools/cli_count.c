/*
 * cli_count.c - one work item a file: read it once, count it with every vocabulary.
 *
 * A worker owns a buffer and an encoder for each vocabulary, made at its first file. Sums
 * and messages are made afterwards, in the order of the files.
 */
#include "tools/cli_count.h"

#include "tools/cli_output.h"
#include "tools/cli_pool.h"
#include "vocab/base/error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A buffer that once held a large file is not kept for the small ones behind it. */
enum { KEEP_BUFFER = 16 << 20 };

typedef struct worker {
    tkc_buf text;
    tkc_encoder **encoder; /* one a vocabulary */
} worker;

typedef struct job {
    cli_counts *counts;
    const cli_file_list *list;
    const cli_targets *targets;
    const cli_args *args;
    worker *w;
} job;

static tkc_status count_text(const job *j, worker *w, size_t item, tkc_error *err)
{
    const cli_targets *t = j->targets;
    size_t *out = j->counts->tokens + item * t->n;
    tkc_status status = TKC_OK;
    for (size_t v = 0; v < t->n_vocab && !status; v++) {
        size_t n = 0;
        if (!w->encoder[v]) status = tkc_encoder_new(&w->encoder[v], t->vocab[v], NULL, err);
        if (!status)
            status = tkc_count(w->encoder[v], tkc_buf_str(&w->text), j->args->encode_flags, &n,
                               err);
        if (status) break;
        for (size_t i = 0; i < t->n; i++) {
            const cli_target *g = &t->target[i];
            if (g->vocab == v)
                out[i] = n + (j->args->as_message && g->model ? g->model->message_frame : 0);
        }
    }
    return status;
}

static void work(void *ctx, size_t worker_index, size_t item)
{
    const job *j = ctx;
    worker *w = &j->w[worker_index];
    const cli_file *f = &j->list->file[item];
    tkc_error *err = &j->counts->err[item];
    bool binary = false;
    tkc_status status = cli_file_read(f, &w->text, f->is_walked ? &binary : NULL, err);
    j->counts->state[item] = COUNT_DONE;
    j->counts->bytes[item] = w->text.len;
    if (!status && binary)
        j->counts->state[item] = COUNT_BINARY;
    else if (!status)
        status = count_text(j, w, item, err);
    if (status) {
        j->counts->state[item] = COUNT_FAILED;
        err->code = status;
    }
    if (w->text.cap > KEEP_BUFFER) tkc_buf_release(&w->text);
}

static void sum_up(job *j)
{
    cli_counts *c = j->counts;
    for (size_t i = 0; i < c->n_file; i++) {
        if (c->state[i] == COUNT_FAILED) {
            cli_message_at(j->list->file[i].path, &c->err[i]);
            c->failed = true;
        } else if (c->state[i] == COUNT_BINARY) {
            c->n_binary++;
        } else {
            c->n_done++;
            c->total_bytes += c->bytes[i];
            for (size_t k = 0; k < c->n_column; k++)
                c->total[k] += c->tokens[i * c->n_column + k];
        }
    }
}

bool cli_count_files(cli_counts *c, const cli_file_list *l, const cli_targets *t,
                     const cli_args *a)
{
    size_t n_thread = cli_pool_threads(a->jobs, l->n), room = l->n ? l->n : 1;
    job j = {.counts = c, .list = l, .targets = t, .args = a};
    cli_progress progress;
    bool ok = false, said = false;
    memset(c, 0, sizeof *c);
    c->n_file = l->n;
    c->n_column = t->n;
    c->failed = l->failed;
    c->state = calloc(room, sizeof *c->state);
    c->bytes = calloc(room, sizeof *c->bytes);
    c->tokens = room > SIZE_MAX / t->n ? NULL : calloc(room * t->n, sizeof *c->tokens);
    c->total = calloc(t->n, sizeof *c->total);
    c->err = calloc(room, sizeof *c->err);
    j.w = calloc(n_thread, sizeof *j.w);
    if (!c->state || !c->bytes || !c->tokens || !c->total || !c->err || !j.w) goto out;
    for (size_t i = 0; i < n_thread; i++) {
        tkc_buf_init(&j.w[i].text, cli_input_limit(), NULL);
        j.w[i].encoder = calloc(t->n_vocab, sizeof(tkc_encoder *));
        if (!j.w[i].encoder) goto out;
    }
    /* What is wrong with a vocabulary is said once, not for every file. */
    for (size_t v = 0; v < t->n_vocab; v++) {
        tkc_error err = {0};
        if (tkc_encoder_new(&j.w[0].encoder[v], t->vocab[v], NULL, &err)) {
            cli_message_at(t->vocab_key[v], &err);
            said = true;
            goto out;
        }
    }
    cli_progress_start(&progress, "files", l->n, a->quiet);
    cli_pool_run(n_thread, l->n, work, &j, progress.on ? cli_progress_tick : NULL, &progress);
    cli_progress_end(&progress);
    sum_up(&j);
    ok = true;
out:
    if (!ok && !said) cli_message("out of memory");
    for (size_t i = 0; j.w && i < n_thread; i++) {
        tkc_buf_release(&j.w[i].text);
        for (size_t v = 0; j.w[i].encoder && v < t->n_vocab; v++)
            tkc_encoder_free(j.w[i].encoder[v]);
        free(j.w[i].encoder);
    }
    free(j.w);
    return ok;
}

void cli_counts_release(cli_counts *c)
{
    free(c->state);
    free(c->err);
    free(c->bytes);
    free(c->tokens);
    free(c->total);
    memset(c, 0, sizeof *c);
}

const char **cli_count_labels(const cli_targets *t)
{
    const char **label = t->n > 1 ? calloc(t->n, sizeof *label) : NULL;
    for (size_t i = 0; label && i < t->n; i++) label[i] = t->target[i].label;
    return label;
}

void cli_count_notes(const cli_counts *c, const cli_file_list *l, const cli_args *a)
{
    if (c->n_binary && !a->quiet) {
        size_t first = 0;
        while (c->state[first] != COUNT_BINARY) first++;
        if (c->n_binary == 1)
            cli_message("%s: binary, left out", l->file[first].path);
        else
            cli_message("%zu binary files left out, the first is %s", c->n_binary,
                        l->file[first].path);
    }
    if (c->failed && c->n_done) cli_message("not everything was counted: totals are lower bounds");
}

int cli_count_status(const cli_counts *c, const cli_file_list *l, const cli_targets *t,
                     const cli_args *a)
{
    int status = EXIT_FINE;
    if (c->failed || l->failed) return EXIT_ERROR;
    for (size_t i = 0; i < c->n_column; i++) {
        if (c->total[i] <= a->limit) continue;
        status = EXIT_FINDINGS;
        if (!a->quiet)
            cli_message("%s: %zu tokens, %zu above the limit of %zu", t->target[i].label,
                        c->total[i], c->total[i] - a->limit, a->limit);
    }
    return status;
}

void cli_put_target_json(FILE *f, const cli_targets *t, size_t i)
{
    const cli_target *g = &t->target[i];
    if (g->model) {
        fputs("\"model\":", f);
        cli_put_json_z(f, g->label);
        fprintf(f, ",\"rule\":\"%s\",", tkc_model_rule_name(g->rule));
    }
    fputs("\"encoding\":", f);
    cli_put_json_z(f, cli_target_encoding(t, i));
    fprintf(f, ",\"class\":\"%s\"", tkc_class_name(g->cls));
}

void cli_put_counts_json(FILE *f, const char *schema, const char *list_name, const cli_counts *c,
                         const cli_targets *t, const cli_args *a, cli_list_fn put_list, void *ctx)
{
    bool several = t->n > 1;
    fprintf(f, "{\"schema\":\"%s\",", schema);
    if (several) fputs("\"results\":[", f);
    for (size_t i = 0; i < t->n; i++) {
        if (several) fputs(i ? ",{" : "{", f);
        cli_put_target_json(f, t, i);
        fprintf(f, ",\"as\":\"%s\",\"tokens\":%zu,\"bytes\":%zu,\"complete\":%s,\"%s\":[",
                a->as_message ? "message" : "text", c->total[i], c->total_bytes,
                c->failed ? "false" : "true", list_name);
        put_list(ctx, f, i);
        fputs(several ? "]}" : "]", f);
    }
    fputs(several ? "]}\n" : "}\n", f);
}
