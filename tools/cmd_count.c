/*
 * cmd_count.c - tokcount [count]: how many tokens are in these files.
 *
 * Prints what wc would: a bare number for one file, rows and a total otherwise.
 */
#include "tools/cli/count.h"
#include "tools/cli/output.h"
#include "tools/cli/request.h"
#include "tools/lines/jsonl.h"

#include <stdlib.h>
#include <string.h>

static void print_table(const cli_counts *c, const cli_file_list *l, const cli_targets *t,
                        const cli_args *a)
{
    cli_table table;
    const char **label = cli_count_labels(t);
    const char *gap = t->n > 1 ? "  " : " ";
    if (!cli_table_init(&table, label, t->n, cli_use_bold(stdout, a->no_color))) return;
    cli_table_fit(&table, c->total); /* no row is wider than the sum */
    cli_table_header(&table, stdout);
    for (size_t i = 0; i < l->n && !a->total; i++) {
        if (c->state[i] != COUNT_DONE) continue;
        cli_table_row(&table, stdout, c->tokens + i * t->n);
        fputs(gap, stdout);
        cli_put_name(stdout, l->file[i].path);
        putchar('\n');
    }
    if (c->n_done != 1 || a->total) {
        if (table.bold) fputs("\033[1m", stdout);
        cli_table_row(&table, stdout, c->total);
        printf("%stotal", gap);
        if (table.bold) fputs("\033[0m", stdout);
        putchar('\n');
    }
    cli_table_release(&table);
    free(label);
}

typedef struct files_json {
    const cli_counts *c;
    const cli_file_list *l;
} files_json;

static void put_files(void *ctx, FILE *f, size_t column)
{
    const files_json *j = ctx;
    for (size_t i = 0; i < j->l->n; i++) {
        fputs(i ? ",{\"path\":" : "{\"path\":", f);
        cli_put_json_z(f, j->l->file[i].path);
        if (j->c->state[i] == COUNT_DONE)
            fprintf(f, ",\"bytes\":%zu,\"tokens\":%zu}", j->c->bytes[i],
                    j->c->tokens[i * j->c->n_column + column]);
        else if (j->c->state[i] == COUNT_BINARY)
            fputs(",\"skipped\":\"binary\"}", f);
        else {
            fputs(",\"error\":", f);
            cli_put_json_z(f, j->c->err[i].message);
            fputs("}", f);
        }
    }
}

static int count_files(const cli_args *a, const cli_targets *t)
{
    cli_file_list l;
    cli_counts c = {0};
    int status = EXIT_ERROR;
    if (!cli_files_collect(&l, a, "-", true) || !cli_count_files(&c, &l, t, a)) goto out;
    status = cli_count_status(&c, &l, t, a);
    if (a->json) {
        files_json j = {&c, &l};
        cli_put_counts_json(stdout, "tokcount/count/1", "files", &c, t, a, put_files, &j);
    } else if (t->n == 1 && (a->total || (l.n_root == 1 && !l.has_folder))) {
        if (c.n_done || !c.failed) printf("%zu\n", c.total[0]);
    } else if (c.n_done || !c.failed) {
        print_table(&c, &l, t, a);
    }
    cli_count_notes(&c, &l, a);
out:
    cli_counts_release(&c);
    cli_files_release(&l);
    return status;
}

typedef struct lines {
    const cli_args *a;
    const cli_targets *t;
    tkc_encoder *encoder[CLI_MAX_WORKERS];
    size_t sum[CLI_MAX_WORKERS];
} lines;

static tkc_status count_line(void *ctx, cli_line *line, tkc_error *err)
{
    lines *j = ctx;
    const cli_target *g = &j->t->target[0];
    tkc_encoder **e = &j->encoder[line->worker];
    char number[32];
    tkc_str text;
    size_t n = 0;
    tkc_status status = cli_line_text(line, j->a->encode_flags & TKC_ENCODE_STRICT, &text, err);
    if (!status && !*e) status = tkc_encoder_new(e, j->t->vocab[g->vocab], NULL, err);
    if (!status) status = tkc_count(*e, text, j->a->encode_flags, &n, err);
    if (status) return status;
    if (j->a->as_message && g->model) n += g->model->message_frame;
    j->sum[line->worker] += n;
    if (j->a->total) return TKC_OK;
    return tkc_buf_append(line->out, number,
                          (size_t)snprintf(number, sizeof number, "%zu\n", n), err);
}

static int count_lines(const cli_args *a, const cli_targets *t)
{
    lines j = {.a = a, .t = t};
    cli_file_list l = {0};
    size_t total = 0;
    const cli_on_error on_error = a->has_on_error ? a->on_error : ON_ERROR_FAIL;
    size_t left_out = 0;
    int status = EXIT_ERROR;
    if (t->n > 1 || a->json) {
        cli_message("--jsonl gives one number a line: %s", a->json ? "leave --json out"
                                                                   : "give one -m or -e");
        return EXIT_ERROR;
    }
    if (!cli_files_collect(&l, a, "-", false) || l.failed) goto out;
    if (!cli_jsonl_run_all(&l, a, on_error, count_line, a->total ? NULL : cli_jsonl_dash, &j, stdout,
                           &left_out))
        goto out;
    for (size_t i = 0; i < CLI_MAX_WORKERS; i++) total += j.sum[i];
    if (a->total) printf("%zu\n", total);
    status = cli_jsonl_left_out(left_out, on_error, a->quiet);
    if (status == EXIT_FINE && total > a->limit) {
        status = EXIT_FINDINGS;
        if (!a->quiet)
            cli_message("%s: %zu tokens, %zu above the limit of %zu", t->target[0].label, total,
                        total - a->limit, a->limit);
    }
out:
    for (size_t i = 0; i < CLI_MAX_WORKERS; i++) tkc_encoder_free(j.encoder[i]);
    cli_files_release(&l);
    return status;
}

int cmd_count(const cli_args *a)
{
    cli_targets t;
    int status = EXIT_ERROR;
    if (cli_stdin_is_terminal(a)) return EXIT_ERROR;
    if (cli_targets_open(&t, a))
        status = a->as_request ? cli_count_requests(a, &t)
                 : a->jsonl    ? count_lines(a, &t)
                               : count_files(a, &t);
    cli_targets_release(&t);
    return status;
}
