/*
 * cmd_encode.c - tokcount encode: ids on one line; or a token a line with --pieces and
 * --offsets; or JSON.
 */
#include "tools/cli/count.h"
#include "tools/cli/output.h"
#include "tools/lines/jsonl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Grows to the longest text and stays. */
typedef struct ids {
    uint32_t *id;
    size_t *begin;
    size_t n, cap;
} ids;

static void ids_release(ids *x)
{
    free(x->id);
    free(x->begin);
}

/* Most texts have a token for three bytes or more; the rest is encoded twice. */
static tkc_status encode(tkc_encoder *e, tkc_str text, const cli_args *a, bool offsets, ids *x,
                         tkc_error *err)
{
    size_t want = text.len / 3 + 16;
    for (;;) {
        tkc_status status;
        if (want > x->cap) {
            uint32_t *id = realloc(x->id, want * sizeof *id);
            size_t *begin;
            if (id) x->id = id;
            begin = id && offsets ? realloc(x->begin, want * sizeof *begin) : NULL;
            if (begin) x->begin = begin;
            if (!id || (offsets && !begin)) {
                *err = (tkc_error){TKC_E_NOMEM, 0, "out of memory"};
                return TKC_E_NOMEM;
            }
            x->cap = want;
        }
        status = offsets ? tkc_encode_offsets(e, text, a->encode_flags, x->id, x->begin, x->cap,
                                              &x->n, err)
                         : tkc_encode(e, text, a->encode_flags, x->id, x->cap, &x->n, err);
        if (status != TKC_E_SPACE || x->n <= x->cap) return status;
        want = x->n;
    }
}

static void put_ids(FILE *f, const ids *x, char between)
{
    for (size_t i = 0; i < x->n; i++) {
        char digits[11];
        size_t k = sizeof digits;
        uint32_t id = x->id[i];
        do {
            digits[--k] = (char)('0' + id % 10);
            id /= 10;
        } while (id);
        if (i) putc(between, f);
        fwrite(digits + k, 1, sizeof digits - k, f);
    }
}

/* "9906 0..5 "Hello"": id, source bytes, the token's own bytes. */
static void put_tokens(FILE *f, const ids *x, const tkc_vocab *v, size_t len, const cli_args *a)
{
    for (size_t i = 0; i < x->n; i++) {
        fprintf(f, "%lu", (unsigned long)x->id[i]);
        if (a->offsets)
            fprintf(f, " %zu..%zu", x->begin[i], i + 1 < x->n ? x->begin[i + 1] : len);
        if (a->pieces) {
            putc(' ', f);
            cli_put_quoted(f, tkc_vocab_token(v, x->id[i]));
        }
        putc('\n', f);
    }
}

static void put_json(FILE *f, const ids *x, const char *path, size_t len, const cli_args *a)
{
    fputs("{\"path\":", f);
    if (path)
        cli_put_json_z(f, path);
    else
        fputs("null", f);
    fprintf(f, ",\"bytes\":%zu,\"tokens\":%zu,\"ids\":[", len, x->n);
    put_ids(f, x, ',');
    putc(']', f);
    if (a->offsets) {
        fputs(",\"offsets\":[", f);
        for (size_t i = 0; i < x->n; i++) fprintf(f, "%s%zu", i ? "," : "", x->begin[i]);
        putc(']', f);
    }
    putc('}', f);
}

typedef struct job {
    const cli_args *a;
    const cli_targets *t;
    tkc_encoder *encoder;
    ids x;
    size_t n_done;
    tkc_buf text;
} job;

/* path NULL: a text of the command line, called name in messages. */
static bool encode_one(job *j, const char *path, const char *name, tkc_str text)
{
    const cli_args *a = j->a;
    const tkc_vocab *v = j->t->vocab[j->t->target[0].vocab];
    tkc_error err = {0};
    tkc_status status = encode(j->encoder, text, a, a->offsets, &j->x, &err);
    if (status) {
        cli_message_at(name, &err);
        return false;
    }
    if (a->json) {
        if (j->n_done) putchar(',');
        put_json(stdout, &j->x, path, text.len, a);
    } else if (a->pieces || a->offsets) {
        put_tokens(stdout, &j->x, v, text.len, a);
    } else {
        put_ids(stdout, &j->x, ' ');
        putchar('\n');
    }
    j->n_done++;
    return true;
}

static bool encode_path(job *j, const char *path)
{
    tkc_error err = {0};
    if (cli_path_read(path, &j->text, &err)) {
        cli_message_at(path, &err);
        return false;
    }
    return encode_one(j, path, path, tkc_buf_str(&j->text));
}

/* A file if there is one; with a blank in it the text itself. */
static bool encode_operand(job *j, const char *operand)
{
    struct stat link; /* one that leads nowhere, or to itself, is told as that */
    if (strcmp(operand, "-") == 0 || lstat(operand, &link) == 0) return encode_path(j, operand);
    if (strpbrk(operand, " \t\n"))
        return encode_one(j, NULL, "text", (tkc_str){operand, strlen(operand)});
    cli_message("%s: no such file; for the text itself give --text %s", operand, operand);
    return false;
}

static int encode_files(const cli_args *a, const cli_targets *t)
{
    job j = {.a = a, .t = t};
    tkc_error err = {0};
    bool ok = true;
    tkc_buf_init(&j.text, cli_input_limit(), NULL);
    if (tkc_encoder_new(&j.encoder, t->vocab[t->target[0].vocab], NULL, &err)) {
        cli_message_at(t->target[0].label, &err);
        return EXIT_ERROR;
    }
    if (a->json) {
        fputs("{\"schema\":\"tokcount/encode/1\",", stdout);
        cli_put_target_json(stdout, t, 0);
        fputs(",\"files\":[", stdout);
    }
    for (size_t i = 0; i < a->n_text; i++)
        ok &= encode_one(&j, NULL, "--text", (tkc_str){a->text[i], strlen(a->text[i])});
    for (size_t i = 0; i < a->n_operand; i++) ok &= encode_operand(&j, a->operand[i]);
    if (!a->n_text && !a->n_operand) ok = encode_path(&j, "-");
    if (a->json) printf("],\"complete\":%s}\n", ok ? "true" : "false");
    tkc_buf_release(&j.text);
    tkc_encoder_free(j.encoder);
    ids_release(&j.x);
    return ok ? EXIT_FINE : EXIT_ERROR;
}

typedef struct lines {
    const cli_args *a;
    const cli_targets *t;
    tkc_encoder *encoder[CLI_MAX_WORKERS];
    ids x[CLI_MAX_WORKERS];
} lines;

static tkc_status encode_line(void *ctx, cli_line *line, tkc_error *err)
{
    lines *j = ctx;
    tkc_encoder **e = &j->encoder[line->worker];
    ids *x = &j->x[line->worker];
    tkc_str text;
    tkc_status status = cli_line_text(line, j->a->encode_flags & TKC_ENCODE_STRICT, &text, err);
    if (!status && !*e)
        status = tkc_encoder_new(e, j->t->vocab[j->t->target[0].vocab], NULL, err);
    if (!status) status = encode(*e, text, j->a, false, x, err);
    if (!status) status = tkc_buf_append_byte(line->out, '[', err);
    for (size_t i = 0; i < x->n && !status; i++) {
        char number[16];
        int n = snprintf(number, sizeof number, i ? ",%lu" : "%lu", (unsigned long)x->id[i]);
        status = tkc_buf_append(line->out, number, (size_t)n, err);
    }
    return status ? status : tkc_buf_append(line->out, "]\n", 2, err);
}

static int encode_lines(const cli_args *a, const cli_targets *t)
{
    lines *j = calloc(1, sizeof *j);
    cli_file_list l = {0};
    bool ok = false;
    if (!j) {
        cli_message("out of memory");
        return EXIT_ERROR;
    }
    j->a = a;
    j->t = t;
    if (a->json || a->pieces || a->offsets || a->n_text)
        cli_message("--jsonl gives an array of ids a line: leave --json, --pieces, --offsets "
                    "and --text out");
    else
        ok = cli_files_collect(&l, a, "-", false) && !l.failed &&
             cli_jsonl_run(&l, a, encode_line, j, stdout);
    for (size_t i = 0; i < CLI_MAX_WORKERS; i++) {
        tkc_encoder_free(j->encoder[i]);
        ids_release(&j->x[i]);
    }
    free(j);
    cli_files_release(&l);
    return ok ? EXIT_FINE : EXIT_ERROR;
}

int cmd_encode(const cli_args *a)
{
    cli_targets t;
    int status = EXIT_ERROR;
    if (a->n_pick > 1) {
        cli_message("encode works with one vocabulary; give one -m or -e");
        return EXIT_ERROR;
    }
    if (cli_stdin_is_terminal(a)) return EXIT_ERROR;
    if (cli_targets_open(&t, a)) status = a->jsonl ? encode_lines(a, &t) : encode_files(a, &t);
    cli_targets_release(&t);
    return status;
}
