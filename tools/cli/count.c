/*
 * count.c - one work item a file: read it once, count it with every vocabulary. Then the
 * files longer than a window, and pipes, one after the other, each by all threads.
 *
 * A worker owns a buffer and an encoder for each vocabulary, made at its first file. Sums
 * and messages are made afterwards, in the order of the files.
 */
#include "tools/cli/count.h"

#include "optimizer/request/request.h"
#include "tools/cli/output.h"
#include "tools/cli/pool.h"
#include "tools/cli/stream.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct worker {
    cli_window window;
    tkc_encoder **encoder; /* one a vocabulary */
    size_t *sum;           /* of the windows of one file, by vocabulary */
} worker;

typedef struct job {
    cli_counts *counts;
    const cli_file_list *list;
    const cli_targets *targets;
    const cli_args *args;
    worker *w;
    size_t n_thread;
    tkc_exchange **exchange; /* one a vocabulary, each NULL with one thread */
} job;

/* One file in windows; what is behind the mutex belongs to the first that fails. */
typedef struct shared {
    const job *j;
    cli_stream stream;
    pthread_mutex_t mutex;
    cli_window first; /* taken before there were threads; item 0 counts it */
    tkc_status status;
    size_t failed_at;
    tkc_error err;
} shared;

static tkc_status make_encoder(const job *j, worker *w, size_t v, tkc_error *err)
{
    const tkc_encoder_options o = {
        .struct_size = sizeof o, .kernel = j->args->kernel, .exchange = j->exchange[v]};
    return w->encoder[v] ? TKC_OK
                         : tkc_encoder_new_with(&w->encoder[v], j->targets->vocab[v], &o, NULL, err);
}

static tkc_status make_encoders(const job *j, worker *w, tkc_error *err)
{
    tkc_status status = TKC_OK;
    for (size_t v = 0; v < j->targets->n_vocab && !status; v++) status = make_encoder(j, w, v, err);
    return status;
}

/* Counts a window with every vocabulary; *at: the byte of the file an error is about. */
static tkc_status count_window(const job *j, worker *w, size_t *at, tkc_error *err)
{
    const tkc_str text = tkc_buf_str(&w->window.text);
    unsigned flags = j->args->encode_flags;
    tkc_status status = make_encoders(j, w, err);
    if (w->window.base) flags &= ~(unsigned)TKC_ENCODE_FRAME; /* once around the whole file */
    for (size_t v = 0; v < j->targets->n_vocab && !status; v++) {
        const size_t skip = w->window.skip[v], base = w->window.base + skip;
        size_t n = 0;
        status = tkc_count(w->encoder[v], (tkc_str){text.ptr + skip, text.len - skip}, flags, &n,
                           err);
        w->sum[v] += n;
        *at = base;
        if (!status || !base) continue;
        *at += err->offset;
        /* the library knows the window's bytes, a reader the file's */
        if (status == TKC_E_FORMAT && flags & TKC_ENCODE_STRICT && err->offset < text.len - skip)
            tkc_fail(err, status, *at, "invalid UTF-8 at byte %zu: 0x%02x", *at,
                     (unsigned char)text.ptr[skip + err->offset]);
    }
    return status;
}

/* The sums of some workers into the columns of a file. */
static void put_sums(const job *j, size_t item, const worker *w, size_t n_worker)
{
    const cli_targets *t = j->targets;
    size_t *out = j->counts->tokens + item * t->n;
    for (size_t i = 0; i < t->n; i++) {
        const cli_target *g = &t->target[i];
        out[i] = j->args->as_message && g->model ? g->model->message_frame : 0;
        for (size_t k = 0; k < n_worker; k++) out[i] += w[k].sum[g->vocab];
    }
}

static void clear_sums(const job *j, worker *w)
{
    for (size_t v = 0; v < j->targets->n_vocab; v++) w->sum[v] = 0;
}

static void set_state(const job *j, size_t item, tkc_status status, bool binary, size_t bytes)
{
    cli_counts *c = j->counts;
    c->bytes[item] = bytes;
    c->state[item] = status ? COUNT_FAILED : binary ? COUNT_BINARY : COUNT_DONE;
    if (status) c->err[item].code = status;
}

static bool is_request(tkc_str text)
{
    tkc_error err;
    tkc_json doc;
    size_t at = 0;
    bool yes = false;
    while (at < text.len && tkc_is_space(text.ptr[at])) at++;
    if (at == text.len || text.ptr[at] != '{') return false;
    tkc_json_init(&doc, NULL);
    if (!tkc_json_parse(&doc, text, NULL, &err)) yes = tkc_request_shape(&doc, 0, NULL) != TKC_DIALECT_AUTO;
    tkc_json_release(&doc);
    return yes;
}

/* What is to be said of a file that can be counted: the message of its error, which has no code. A request alone,
 * of up to a window, may be meant as one: its JSON as text has tokens that no provider counts. */
static void look_at_beginning(const job *j, tkc_str text, tkc_error *err)
{
    if (tkc_utf16_mark(text))
        (void)snprintf(err->message, sizeof err->message, "is UTF-16, whose bytes were counted as they are; save it as UTF-8");
    else if (j->list->n == 1 && !j->list->file[0].is_walked && !j->args->has_as && is_request(text))
        (void)snprintf(err->message, sizeof err->message,
                       "is an API request, counted as a text; --as request counts it as its provider does");
}

static void work(void *ctx, size_t worker_index, size_t item)
{
    const job *j = ctx;
    worker *w = &j->w[worker_index];
    const cli_file *f = &j->list->file[item];
    tkc_error *err = &j->counts->err[item];
    bool binary = false;
    size_t at;
    tkc_status status;
    if (cli_file_is_long(f->path, CLI_WINDOW)) {
        j->counts->state[item] = COUNT_LATER;
        return;
    }
    status = cli_file_read(f, &w->window.text, f->is_walked ? &binary : NULL, err);
    w->window.base = 0;
    memset(w->window.skip, 0, j->targets->n_vocab);
    clear_sums(j, w);
    if (!status && !binary) {
        look_at_beginning(j, tkc_buf_str(&w->window.text), err);
        status = count_window(j, w, &at, err);
    }
    set_state(j, item, status, binary, w->window.text.len);
    if (!status && !binary) put_sums(j, item, w, 1);
}

static void fail_at(shared *s, tkc_status status, size_t at, const tkc_error *err)
{
    pthread_mutex_lock(&s->mutex);
    if (!s->status || at < s->failed_at) {
        s->status = status;
        s->failed_at = at;
        s->err = *err;
    }
    pthread_mutex_unlock(&s->mutex);
}

static bool is_failed(shared *s)
{
    bool failed;
    pthread_mutex_lock(&s->mutex);
    failed = s->status != TKC_OK;
    pthread_mutex_unlock(&s->mutex);
    return failed;
}

/* Takes windows until there are none. Windows are taken in order, so when one has failed all
 * before it are taken already and will be judged: the first error of the file is found. */
static void work_on_windows(void *ctx, size_t worker_index, size_t item)
{
    shared *s = ctx;
    const job *j = s->j;
    worker *w = &j->w[worker_index];
    tkc_error err = {0};
    size_t at = 0;
    bool got = item == 0;
    tkc_status status = make_encoders(j, w, &err);
    if (got) {
        const cli_window mine = w->window;
        w->window = s->first;
        s->first = mine;
    }
    while (!status && !is_failed(s)) {
        if (!got) status = cli_stream_take(&s->stream, w->encoder, &w->window, &got, &err);
        at = SIZE_MAX; /* of a read error; an error in the text before it wins */
        if (status || !got) break;
        status = count_window(j, w, &at, &err);
        got = false;
    }
    if (status) fail_at(s, status, at, &err);
}

/* The first window is taken alone: when it is the last, no thread is needed. */
static tkc_status count_windows(job *j, size_t item, shared *s, tkc_error *err)
{
    size_t n = j->n_thread, at;
    bool got = false;
    tkc_status status = make_encoders(j, &j->w[0], err);
    for (size_t i = 0; i < n; i++) clear_sums(j, &j->w[i]);
    if (!status) status = cli_stream_take(&s->stream, j->w[0].encoder, &s->first, &got, err);
    if (status) return status;
    if (s->stream.end) n = 1;
    if (got) {
        look_at_beginning(j, tkc_buf_str(&s->first.text), err);
        cli_pool_run(n, n, work_on_windows, s, NULL, NULL);
        if (s->status) *err = s->err;
        status = s->status;
    } else { /* nothing but its frame */
        cli_window *w = &j->w[0].window;
        w->text.len = w->base = 0;
        memset(w->skip, 0, j->targets->n_vocab);
        status = count_window(j, &j->w[0], &at, err);
    }
    if (!status) put_sums(j, item, j->w, n);
    return status;
}

static tkc_status count_in_windows(job *j, size_t item, int fd, size_t *bytes, tkc_error *err)
{
    const size_t limit = cli_input_limit(), n_vocab = j->targets->n_vocab;
    shared s = {.j = j};
    tkc_status status = cli_stream_open(&s.stream, fd, n_vocab, CLI_WINDOW, limit, err);
    if (status) return status;
    status = cli_window_init(&s.first, n_vocab, limit, err);
    if (!status && pthread_mutex_init(&s.mutex, NULL) != 0)
        status = tkc_fail(err, TKC_E_NOMEM, 0, "out of memory");
    if (!status) {
        status = count_windows(j, item, &s, err);
        pthread_mutex_destroy(&s.mutex);
    }
    *bytes = s.stream.at;
    cli_window_release(&s.first);
    cli_stream_close(&s.stream);
    /* one that had to grow is not kept for what comes next */
    for (size_t i = 0; i < j->n_thread; i++)
        if (j->w[i].window.text.cap > 4 * CLI_WINDOW) tkc_buf_release(&j->w[i].window.text);
    return status;
}

static void count_long_file(job *j, size_t item)
{
    const cli_file *f = &j->list->file[item];
    tkc_error *err = &j->counts->err[item];
    size_t bytes = 0;
    bool binary = false;
    tkc_status status = TKC_E_IO;
    const int fd = cli_open(f->path, err);
    if (fd >= 0) {
        binary = f->is_walked && cli_fd_is_binary(fd);
        status = binary ? TKC_OK : count_in_windows(j, item, fd, &bytes, err);
        cli_close(fd);
    }
    set_state(j, item, status, binary, bytes);
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
    /* every thread that a long file may use; they are started when there is one */
    const bool one_short = l->n == 1 && !cli_file_is_long(l->file[0].path, CLI_WINDOW);
    const size_t n_thread = cli_pool_threads(a->jobs, one_short ? 1 : SIZE_MAX);
    const size_t room = l->n ? l->n : 1;
    job j = {.counts = c, .list = l, .targets = t, .args = a, .n_thread = n_thread};
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
    j.exchange = calloc(t->n_vocab ? t->n_vocab : 1, sizeof(tkc_exchange *));
    if (!c->state || !c->bytes || !c->tokens || !c->total || !c->err || !j.w || !j.exchange) goto out;
    for (size_t i = 0; i < n_thread; i++) {
        if (cli_window_init(&j.w[i].window, t->n_vocab, cli_input_limit(), NULL)) goto out;
        j.w[i].encoder = calloc(t->n_vocab, sizeof(tkc_encoder *));
        j.w[i].sum = calloc(t->n_vocab, sizeof *j.w[i].sum);
        if (!j.w[i].encoder || !j.w[i].sum) goto out;
    }
    /* What is wrong with a vocabulary is said once, not for every file. */
    for (size_t v = 0; v < t->n_vocab; v++) {
        tkc_error err = {0};
        if (n_thread > 1 && tkc_exchange_new(&j.exchange[v], t->vocab[v], n_thread, NULL, &err)) goto out;
        if (make_encoder(&j, &j.w[0], v, &err)) {
            cli_message_at(t->vocab_key[v], &err);
            said = true;
            goto out;
        }
    }
    cli_progress_start(&progress, "files", l->n, a->quiet);
    cli_pool_run(cli_pool_threads(a->jobs, l->n), l->n, work, &j,
                 progress.on ? cli_progress_tick : NULL, &progress);
    cli_progress_end(&progress);
    for (size_t i = 0; i < l->n; i++)
        if (c->state[i] == COUNT_LATER) count_long_file(&j, i);
    sum_up(&j);
    ok = true;
out:
    if (!ok && !said) cli_message("out of memory");
    for (size_t i = 0; j.w && i < n_thread; i++) {
        cli_window_release(&j.w[i].window);
        for (size_t v = 0; j.w[i].encoder && v < t->n_vocab; v++)
            tkc_encoder_free(j.w[i].encoder[v]);
        free(j.w[i].encoder);
        free(j.w[i].sum);
    }
    for (size_t v = 0; j.exchange && v < t->n_vocab; v++) tkc_exchange_free(j.exchange[v]);
    free(j.exchange);
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
    for (size_t i = 0; i < c->n_file && !a->quiet; i++)
        if (c->state[i] == COUNT_DONE && c->err[i].message[0]) cli_message_at(l->file[i].path, &c->err[i]);
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
