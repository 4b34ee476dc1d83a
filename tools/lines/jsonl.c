/* jsonl.c - blocks of lines, their threads, and what a line may hold. */
#include "tools/lines/jsonl.h"

#include "tools/cli/output.h"
#include "tools/cli/pool.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* BLOCK: enough lines to share; a pipe gives 64 KiB at a time, and those are answered at
 * once. CHUNK: what a thread takes at a time; a smaller block is not worth a thread. */
enum { BLOCK = 8 << 20, CHUNK = 128 << 10 };

/* SAID: bad lines that are said in full; a file of them is not worth more. */
enum { SAID = 20 };

typedef struct bad_line {
    size_t line; /* of the chunk, from 1 */
    tkc_error err;
} bad_line;

typedef struct chunk {
    size_t begin, end; /* bytes of the block, whole lines */
    tkc_buf out;
    size_t n_line; /* lines begun */
    bool failed;
    tkc_error err; /* offset: byte of the line */
    bad_line *bad; /* the first SAID that were left out, */
    size_t n_bad;  /* and how many in all */
} chunk;

typedef struct worker {
    tkc_json doc;
    tkc_buf scratch;
} worker;

typedef struct block {
    tkc_str text;
    chunk *chunk;
    size_t n_chunk;
    worker *w;
    cli_line_fn fn, blank; /* blank NULL: such lines have no answer */
    void *ctx;
    cli_on_error on_error;
    cli_bad_line_fn bad;
    cli_answers_fn put; /* with ctx; NULL: answers go to out */
    FILE *out;          /* may be NULL */
    size_t left_out; /* the first SAID of all were said */
} block;

/* Notes a bad line and goes on. False: there is no memory to. */
static bool leave_out(const block *b, chunk *c, cli_line *l)
{
    tkc_error err;
    if (b->bad && b->bad(b->ctx, l, &c->err, &err)) return false;
    if (c->n_bad < SAID) {
        if (!c->bad) c->bad = calloc(SAID, sizeof *c->bad);
        if (!c->bad) return false;
        c->bad[c->n_bad] = (bad_line){c->n_line, c->err};
    }
    c->n_bad++;
    return true;
}

static void work(void *ctx, size_t worker_index, size_t item)
{
    block *b = ctx;
    chunk *c = &b->chunk[item];
    worker *w = &b->w[worker_index];
    size_t at = c->begin;
    while (at < c->end) {
        const char *line = b->text.ptr + at, *stop = memchr(line, '\n', c->end - at);
        cli_line l = {.text = {line, stop ? (size_t)(stop - line) : c->end - at},
                      .doc = &w->doc,
                      .scratch = &w->scratch,
                      .out = &c->out,
                      .worker = worker_index,
                      .is_open = !stop};
        const cli_line_fn fn = tkc_is_all_space(l.text) ? b->blank : b->fn;
        c->n_line++;
        if (fn) {
            size_t before = c->out.len;
            tkc_buf_clear(&w->scratch);
            if (fn(b->ctx, &l, &c->err)) {
                c->out.len = before; /* nothing of the bad line is printed */
                if (b->on_error == ON_ERROR_FAIL || !leave_out(b, c, &l)) {
                    c->failed = true;
                    return;
                }
            }
        }
        at += l.text.len + 1;
    }
}

static bool split(block *b, tkc_str text, size_t max_out)
{
    size_t n = text.len / CHUNK + 1, at = 0;
    b->text = text;
    b->n_chunk = 0;
    b->chunk = calloc(n, sizeof *b->chunk);
    if (!b->chunk) return false;
    while (at < text.len) {
        chunk *c = &b->chunk[b->n_chunk++];
        const char *stop = NULL;
        c->begin = at;
        if (text.len - at > CHUNK && b->n_chunk < n)
            stop = memchr(text.ptr + at + CHUNK - 1, '\n', text.len - (at + CHUNK - 1));
        c->end = at = stop ? (size_t)(stop - text.ptr) + 1 : text.len;
        tkc_buf_init(&c->out, max_out, NULL);
    }
    return true;
}

static void say_left_out(block *b, const chunk *c, const char *path, size_t line)
{
    size_t said = b->left_out;
    b->left_out += c->n_bad;
    if (b->on_error != ON_ERROR_REPORT) return;
    for (size_t i = 0; i < c->n_bad && said < SAID; i++, said++)
        cli_message("%s: line %zu, byte %zu: %s", path, line + c->bad[i].line, c->bad[i].err.offset, c->bad[i].err.message);
}

/* *line: lines of the file before the block. */
static bool run_block(block *b, tkc_str text, const char *path, const cli_args *a, size_t *line)
{
    bool ok = true;
    if (!split(b, text, SIZE_MAX / 2)) {
        cli_message("out of memory");
        return false;
    }
    cli_pool_run(cli_pool_threads(a->jobs, b->n_chunk), b->n_chunk, work, b, NULL, NULL);
    for (size_t i = 0; i < b->n_chunk; i++) {
        chunk *c = &b->chunk[i];
        if (ok && c->out.len && b->put) ok = b->put(b->ctx, tkc_buf_str(&c->out));
        else if (ok && c->out.len && b->out) fwrite(c->out.ptr, 1, c->out.len, b->out);
        if (ok) say_left_out(b, c, path, *line);
        if (ok) *line += c->n_line;
        if (ok && c->failed) {
            cli_message("%s: line %zu, byte %zu: %s", path, *line, c->err.offset, c->err.message);
            ok = false;
        }
        tkc_buf_release(&c->out);
        free(c->bad);
    }
    free(b->chunk);
    b->chunk = NULL;
    return ok;
}

static bool run_file(block *b, const char *path, const cli_args *a)
{
    tkc_error err = {0};
    tkc_buf text;
    size_t line = 0, scanned = 0, mark = 0;
    int fd = cli_open(path, &err);
    bool ok = false, end = false;
    tkc_buf_init(&text, cli_input_limit(), NULL);
    if (fd < 0) {
        cli_message_at(path, &err);
        return false;
    }
    while (!end) {
        ptrdiff_t got;
        size_t whole;
        if (text.len == text.cap || text.cap < BLOCK) {
            size_t more = text.cap < BLOCK ? BLOCK - text.len : text.cap;
            if (more > text.max - text.len) more = text.max - text.len;
            if (more == 0 || tkc_buf_reserve(&text, more, &err)) {
                cli_message("%s: line %zu: longer than half of the memory; split it", path,
                            line + 1);
                goto out;
            }
        }
        got = cli_read_some(fd, text.ptr + text.len, text.cap - text.len, &err);
        if (got < 0) {
            cli_message_at(path, &err);
            goto out;
        }
        text.len += (size_t)got;
        end = got == 0;
        whole = text.len;
        if (!end) { /* only what is new can hold the last newline */
            while (whole > scanned && text.ptr[whole - 1] != '\n') whole--;
            scanned = whole == scanned ? text.len : 0;
            if (scanned) continue;
        }
        /* a byte order mark is no part of the first line; fit, which gives the bytes back, leaves that line as it is */
        mark = line == 0 && !b->put ? tkc_utf8_mark((tkc_str){text.ptr, whole}) : 0;
        if (whole && !run_block(b, (tkc_str){text.ptr + mark, whole - mark}, path, a, &line)) goto out;
        if (b->out && !cli_flush(b->out)) goto out; /* cli_finish() says why */
        text.len -= whole;
        if (text.len) memmove(text.ptr, text.ptr + whole, text.len);
        scanned = text.len;
    }
    ok = true;
out:
    tkc_buf_release(&text);
    cli_close(fd);
    return ok;
}

bool cli_jsonl_run(const cli_file_list *l, const cli_args *a, cli_line_fn fn, void *ctx,
                   FILE *out)
{
    size_t left_out;
    return cli_jsonl_run_all(l, a, ON_ERROR_FAIL, fn, NULL, ctx, out, &left_out);
}

static bool run_files(block *b, const cli_file_list *l, const cli_args *a, size_t *left_out)
{
    size_t n_worker = cli_pool_threads(a->jobs, CLI_MAX_WORKERS);
    bool ok = true;
    b->w = calloc(n_worker, sizeof *b->w);
    if (!b->w) {
        cli_message("out of memory");
        return false;
    }
    for (size_t i = 0; i < n_worker; i++) {
        tkc_json_init(&b->w[i].doc, NULL);
        tkc_buf_init(&b->w[i].scratch, cli_input_limit(), NULL);
    }
    for (size_t i = 0; ok && i < l->n; i++) ok = run_file(b, l->file[i].path, a);
    for (size_t i = 0; i < n_worker; i++) {
        tkc_json_release(&b->w[i].doc);
        tkc_buf_release(&b->w[i].scratch);
    }
    free(b->w);
    if (b->on_error == ON_ERROR_REPORT && b->left_out > SAID)
        cli_message("%zu more lines could not be read", b->left_out - SAID);
    *left_out = b->left_out;
    return ok;
}

bool cli_jsonl_run_all(const cli_file_list *l, const cli_args *a, cli_on_error on_error,
                       cli_line_fn fn, cli_bad_line_fn bad, void *ctx, FILE *out, size_t *left_out)
{
    block b = {.fn = fn, .ctx = ctx, .on_error = on_error, .bad = bad, .out = out};
    return run_files(&b, l, a, left_out);
}

bool cli_jsonl_run_to(const cli_file_list *l, const cli_args *a, cli_on_error on_error, cli_line_fn fn, cli_line_fn blank,
                      cli_bad_line_fn bad, void *ctx, cli_answers_fn put, size_t *left_out)
{
    block b = {.fn = fn, .blank = blank, .ctx = ctx, .on_error = on_error, .bad = bad, .put = put};
    return run_files(&b, l, a, left_out);
}

tkc_status cli_jsonl_dash(void *ctx, cli_line *line, const tkc_error *why, tkc_error *err)
{
    (void)ctx;
    (void)why;
    return tkc_buf_append(line->out, "-\n", 2, err);
}

int cli_jsonl_left_out(size_t left_out, cli_on_error on_error, bool quiet)
{
    if (left_out && !quiet)
        cli_message("%zu line%s could not be read and %s left out: the total is a lower bound", left_out, TKC_PLURAL(left_out),
                    left_out == 1 ? "is" : "are");
    return left_out && on_error == ON_ERROR_REPORT ? EXIT_ERROR : EXIT_FINE;
}

tkc_status cli_line_text(cli_line *line, bool strict, tkc_str *out, tkc_error *err)
{
    /* Python and JavaScript write lone surrogates; they read as U+FFFD unless --strict. */
    tkc_json_limits limits = {.lone_surrogates = !strict};
    tkc_json *doc = line->doc;
    uint32_t at = 0;
    tkc_status status = tkc_json_parse(doc, line->text, &limits, err);
    if (status) return status;
    if (tkc_json_kind_of(doc, 0) == TKC_JSON_OBJECT) {
        at = tkc_json_get(doc, 0, "text", NULL);
        if (at == TKC_JSON_NONE)
            return tkc_fail(err, TKC_E_FORMAT, doc->node[0].begin,
                            "an object without \"text\"; give {\"text\": ...} or a string");
    }
    if (tkc_json_kind_of(doc, at) != TKC_JSON_STRING)
        return tkc_fail(err, TKC_E_FORMAT, doc->node[at].begin,
                        "%s; give a string or an object with \"text\"",
                        tkc_json_kind_name(tkc_json_kind_of(doc, at)));
    return tkc_json_string(doc, at, line->scratch, out, err);
}

tkc_status cli_line_ids(cli_line *line, const uint32_t **ids, size_t *n, tkc_error *err)
{
    tkc_json *doc = line->doc;
    tkc_status status = tkc_json_parse(doc, line->text, NULL, err);
    size_t count;
    if (status) return status;
    if (tkc_json_kind_of(doc, 0) != TKC_JSON_ARRAY)
        return tkc_fail(err, TKC_E_FORMAT, doc->node[0].begin, "%s; give an array of ids",
                        tkc_json_kind_name(tkc_json_kind_of(doc, 0)));
    count = tkc_json_count(doc, 0);
    status = tkc_buf_reserve(line->scratch, count * sizeof(uint32_t) + 1, err);
    if (status) return status;
    *n = 0;
    for (uint32_t i = tkc_json_first(doc, 0); i != TKC_JSON_NONE; i = tkc_json_next(doc, 0, i)) {
        uint64_t v;
        uint32_t id;
        if (!tkc_json_u64(doc, i, &v) || v > UINT32_MAX)
            return tkc_fail(err, TKC_E_FORMAT, doc->node[i].begin,
                            "not a token id; ids are whole numbers");
        id = (uint32_t)v;
        memcpy(line->scratch->ptr + *n * sizeof id, &id, sizeof id);
        ++*n;
    }
    line->scratch->len = *n * sizeof(uint32_t);
    *ids = (const uint32_t *)(const void *)line->scratch->ptr;
    return TKC_OK;
}
