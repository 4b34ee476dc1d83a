/*
 * cmd_decode.c - tokcount decode: ids to bytes, nothing added.
 */
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/vocab.h"
#include "tools/lines/jsonl.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdlib.h>
#include <string.h>

static tkc_status decode(const tkc_vocab *v, const uint32_t *id, size_t n, const cli_args *a,
                         tkc_buf *out, tkc_error *err)
{
    unsigned flags = a->skip_special ? TKC_DECODE_SKIP_CONTROL : 0;
    size_t len = 0;
    tkc_status status = tkc_decode(v, id, n, flags, NULL, 0, &len, err);
    if (status && status != TKC_E_SPACE) return status;
    status = tkc_buf_reserve(out, len + 1, err);
    if (!status)
        status = tkc_decode(v, id, n, flags, out->ptr + out->len, out->cap - out->len, &len, err);
    if (!status) out->len += len;
    return status;
}

static tkc_status put_id(tkc_buf *ids, uint64_t id, size_t at, tkc_error *err)
{
    uint32_t v = (uint32_t)id;
    if (id > UINT32_MAX)
        return tkc_fail(err, TKC_E_FORMAT, at, "no token has an id this large");
    return tkc_buf_append(ids, &v, sizeof v, err);
}

/* Ids between blanks, newlines and commas. */
static tkc_status parse_ids(tkc_str s, tkc_buf *ids, tkc_error *err)
{
    size_t i = 0;
    while (i < s.len) {
        size_t begin = i;
        uint64_t id = 0;
        tkc_status status;
        if (s.ptr[i] == ' ' || s.ptr[i] == ',' || (s.ptr[i] >= '\t' && s.ptr[i] <= '\r')) {
            i++;
            continue;
        }
        for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
            if (id <= UINT32_MAX) id = id * 10 + (uint64_t)(s.ptr[i] - '0');
        if (i == begin) {
            char quoted[TKC_QUOTE_SIZE];
            return tkc_fail(err, TKC_E_FORMAT, i, "'%s' is not a token id; give ids with blanks "
                            "between them", tkc_quote(quoted, s.ptr + i, 1));
        }
        status = put_id(ids, id, begin, err);
        if (status) return status;
    }
    return TKC_OK;
}

/* "13225", "13225 2375", "13225,2375": digits with blanks and commas between them. */
static bool is_ids(const char *s)
{
    return *s >= '0' && *s <= '9' && !s[strspn(s, "0123456789, \t\n")];
}

/* The library names the index of an id it does not know. */
static void say_failed(const char *name, const tkc_vocab *v, const tkc_buf *ids,
                       const tkc_error *err)
{
    uint32_t id = 0;
    if (err->code == TKC_E_ARG && err->offset < ids->len / sizeof id) {
        memcpy(&id, ids->ptr + err->offset * sizeof id, sizeof id);
        cli_message("%s: id %lu, number %zu: not in %s, whose ids are below %zu", name,
                    (unsigned long)id, err->offset + 1, tkc_vocab_name(v), tkc_vocab_size(v));
    } else {
        cli_message_at(name, err);
    }
}

static int decode_ids(const cli_args *a, const tkc_vocab *v)
{
    tkc_buf ids, text, out;
    tkc_error err = {0};
    const char *name = "ids";
    tkc_status status = TKC_OK;
    tkc_buf_init(&ids, SIZE_MAX / 2, NULL);
    tkc_buf_init(&text, cli_input_limit(), NULL);
    tkc_buf_init(&out, SIZE_MAX / 2, NULL);
    for (size_t i = 0; i < a->n_operand && !status; i++) {
        name = a->operand[i];
        if (is_ids(name)) {
            status = parse_ids((tkc_str){name, strlen(name)}, &ids, &err);
        } else {
            status = cli_path_read(name, &text, &err);
            if (!status) status = parse_ids(tkc_buf_str(&text), &ids, &err);
        }
    }
    if (!a->n_operand) {
        name = "-";
        status = cli_path_read("-", &text, &err);
        if (!status) status = parse_ids(tkc_buf_str(&text), &ids, &err);
    }
    if (status)
        cli_message_at(name, &err);
    else if ((status = decode(v, (const uint32_t *)(const void *)ids.ptr,
                              ids.len / sizeof(uint32_t), a, &out, &err)) != TKC_OK)
        say_failed(name, v, &ids, &err);
    else if ((a->encode_flags & TKC_ENCODE_STRICT) && tkc_utf8_valid(out.ptr, out.len) != out.len) {
        cli_message("byte %zu of the text: not UTF-8; leave --strict out to have the bytes",
                    tkc_utf8_valid(out.ptr, out.len));
        status = TKC_E_FORMAT;
    } else
        fwrite(out.ptr, 1, out.len, stdout);
    tkc_buf_release(&ids);
    tkc_buf_release(&text);
    tkc_buf_release(&out);
    return status ? EXIT_ERROR : EXIT_FINE;
}

typedef struct lines {
    const cli_args *a;
    const tkc_vocab *v;
    tkc_buf out[CLI_MAX_WORKERS];
    bool lossy[CLI_MAX_WORKERS];
} lines;

static tkc_status decode_line(void *ctx, cli_line *line, tkc_error *err)
{
    lines *j = ctx;
    tkc_buf *out = &j->out[line->worker];
    const uint32_t *id;
    size_t n, json_len = 0;
    char *json = NULL;
    FILE *m;
    tkc_status status = cli_line_ids(line, &id, &n, err);
    if (status) return status;
    tkc_buf_clear(out);
    status = decode(j->v, id, n, j->a, out, err);
    if (status == TKC_E_ARG && err->offset < n)
        return tkc_fail(err, TKC_E_FORMAT, 0, "id %lu is not in %s, whose ids are below %zu",
                        (unsigned long)id[err->offset], tkc_vocab_name(j->v), tkc_vocab_size(j->v));
    if (status) return status;
    m = open_memstream(&json, &json_len);
    if (!m) return tkc_nomem(err);
    if (!cli_put_json(m, tkc_buf_str(out))) j->lossy[line->worker] = true;
    putc('\n', m);
    if (fclose(m) != 0)
        status = tkc_nomem(err);
    else if ((j->a->encode_flags & TKC_ENCODE_STRICT) && j->lossy[line->worker])
        status = tkc_fail(err, TKC_E_FORMAT, 0, "its bytes are not UTF-8; decode it without "
                                                "--jsonl or --strict");
    else
        status = tkc_buf_append(line->out, json, json_len, err);
    free(json);
    return status;
}

static int decode_lines(const cli_args *a, const tkc_vocab *v)
{
    lines *j = calloc(1, sizeof *j);
    cli_file_list l = {0};
    bool ok, lossy = false;
    if (!j) {
        cli_message("out of memory");
        return EXIT_ERROR;
    }
    j->a = a;
    j->v = v;
    for (size_t i = 0; i < CLI_MAX_WORKERS; i++) tkc_buf_init(&j->out[i], SIZE_MAX / 2, NULL);
    ok = cli_files_collect(&l, a, "-", false) && !l.failed &&
         cli_jsonl_run(&l, a, decode_line, j, stdout);
    for (size_t i = 0; i < CLI_MAX_WORKERS; i++) {
        tkc_buf_release(&j->out[i]);
        lossy |= j->lossy[i];
    }
    if (ok && lossy && !a->quiet)
        cli_message("some bytes are not UTF-8 and became U+FFFD; without --jsonl they are kept");
    free(j);
    cli_files_release(&l);
    return ok ? EXIT_FINE : EXIT_ERROR;
}

int cmd_decode(const cli_args *a)
{
    cli_targets t;
    int status = EXIT_ERROR;
    if (a->n_pick > 1) {
        cli_message("decode works with one vocabulary; give one -m or -e");
        return EXIT_ERROR;
    }
    if (cli_stdin_is_terminal(a)) return EXIT_ERROR;
    if (cli_targets_open(&t, a))
        status = a->jsonl ? decode_lines(a, t.vocab[0]) : decode_ids(a, t.vocab[0]);
    cli_targets_release(&t);
    return status;
}
