/* line_encoder.c - the vocabulary and the encoders behind cli_jsonl_run(). */
#include "tools/lines/line_encoder.h"

#include "tools/cli/output.h"
#include "tools/cli/vocab.h"

#include <string.h>

typedef struct lines {
    const cli_args *a;
    cli_targets t;
    cli_encoder_line_fn fn;
    tkc_encoder *encoder[CLI_MAX_WORKERS];
} lines;

static tkc_status answer(void *ctx, cli_line *line, tkc_error *err)
{
    lines *j = ctx;
    tkc_encoder **e = &j->encoder[line->worker];
    tkc_status st = *e ? TKC_OK : tkc_encoder_new(e, j->t.vocab[j->t.target[0].vocab], NULL, err);
    return st ? st : j->fn(j->a, *e, line, err);
}

int cli_encoder_lines(const cli_args *a, const char *command, cli_encoder_line_fn fn)
{
    lines j = {.a = a, .fn = fn};
    cli_file_list l = {0};
    int status = EXIT_ERROR;
    if (cli_stdin_is_terminal(a)) return EXIT_ERROR;
    if (!cli_targets_open(&j.t, a)) goto out;
    if (j.t.n > 1) {
        cli_message("%s: a budget is of one vocabulary: give one -m or -e", command);
        goto out;
    }
    if (cli_files_collect(&l, a, "-", false) && !l.failed && cli_jsonl_run(&l, a, answer, &j, stdout)) status = EXIT_FINE;
out:
    for (size_t i = 0; i < CLI_MAX_WORKERS; i++) tkc_encoder_free(j.encoder[i]);
    cli_files_release(&l);
    cli_targets_release(&j.t);
    return status;
}

tkc_status cli_line_put(cli_line *line, const char *s, tkc_error *err)
{
    return tkc_buf_append(line->out, s, strlen(s), err);
}

tkc_status cli_line_begin(cli_line *line, tkc_error *err)
{
    uint32_t id = tkc_json_kind_of(line->doc, 0) == TKC_JSON_OBJECT ? tkc_json_get(line->doc, 0, "id", NULL) : TKC_JSON_NONE;
    tkc_status st = cli_line_put(line, id == TKC_JSON_NONE ? "{" : "{\"id\":", err);
    if (!st && id != TKC_JSON_NONE) {
        tkc_str source = tkc_json_source(line->doc, id);
        st = tkc_buf_append(line->out, source.ptr, source.len, err);
        if (!st) st = cli_line_put(line, ",", err);
    }
    return st;
}
