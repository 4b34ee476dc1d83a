/* cmd_pack.c - tokcount pack: of each line's chunks those that answer its query within its budget. */
#include "optimizer/text/pack.h"

#include "tools/cli/output.h"
#include "tools/cli/vocab.h"
#include "tools/fit/fit.h"
#include "tools/lines/record.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"

#include <stdlib.h>
#include <string.h>

typedef struct job {
    tkc_encoder *encoder;
    tkc_pack_chunk *chunk;
    tkc_pack_item *item;
    tkc_str *id;
    uint32_t *kept;
    size_t cap_chunk, cap_item, cap_id, cap_kept;
} job;

typedef struct jobs {
    const cli_args *a;
    tkc_pack_options options;
    const tkc_vocab *vocab;
    job job[CLI_MAX_WORKERS];
} jobs;

static tkc_status read_chunks(jobs *j, job *w, cli_line *line, size_t *n, tkc_error *err)
{
    const tkc_json *doc = line->doc;
    const uint32_t list = tkc_json_get(doc, 0, "chunks", NULL);
    *n = 0;
    if (list == TKC_JSON_NONE || tkc_json_kind_of(doc, list) != TKC_JSON_ARRAY)
        return tkc_fail(err, TKC_E_FORMAT, doc->node[list == TKC_JSON_NONE ? 0 : list].begin,
                        "\"chunks\" is not a list; give [{\"id\": ..., \"text\": ...}, ...]");
    for (uint32_t i = tkc_json_first(doc, list); i != TKC_JSON_NONE; i = tkc_json_next(doc, list, i)) {
        tkc_pack_chunk c = {{"", 0}, {"", 0}, SIZE_MAX, false};
        tkc_str id = {"", 0};
        tkc_status status = cli_record_text(line, i, &c.text, err);
        if (!status && tkc_json_kind_of(doc, i) == TKC_JSON_OBJECT) {
            status = cli_member(line, i, "id", false, &id, err);
            if (!status) status = cli_member(line, i, "title", false, &c.title, err);
            if (!status) status = cli_member_size(line, i, "tokens", &c.tokens, err);
        }
        if (!status && c.tokens == SIZE_MAX)
            status = tkc_count(w->encoder, c.text, j->a->encode_flags, &c.tokens, err);
        if (status) return status;
        if (!tkc_grow(&tkc_malloc_allocator, &w->chunk, &w->cap_chunk, *n + 1, UINT32_MAX - 1, sizeof *w->chunk) ||
            !tkc_grow(&tkc_malloc_allocator, &w->id, &w->cap_id, *n + 1, UINT32_MAX - 1, sizeof *w->id) ||
            !tkc_grow(&tkc_malloc_allocator, &w->item, &w->cap_item, *n + 1, UINT32_MAX - 1, sizeof *w->item) ||
            !tkc_grow(&tkc_malloc_allocator, &w->kept, &w->cap_kept, *n + 1, UINT32_MAX - 1, sizeof *w->kept))
            return tkc_nomem(err);
        w->id[*n] = id;
        w->chunk[(*n)++] = c;
    }
    return TKC_OK;
}

static tkc_status put_id(const job *w, size_t i, cli_line *line, tkc_error *err)
{
    tkc_status status = tkc_buf_append(line->out, "{\"id\":", 6, err);
    if (!status && w->id[i].len) return tkc_json_append_text(line->out, w->id[i], err);
    return status ? status : cli_append_f(line->out, err, "%zu", i + 1);
}

static tkc_status put_answer(job *w, size_t n, const tkc_pack_result *r, tkc_pack_place place, cli_line *line, tkc_error *err)
{
    static const char *const why[] = {"", "", "no room", "no word of the query", "copy"};
    tkc_status status = TKC_OK;
    size_t k = 0, n_kept = 0;
    for (size_t i = 0; i < n; i++)
        if (w->item[i].state <= TKC_PACK_SHORTENED) w->kept[n_kept++] = (uint32_t)i;
    status = r->is_text ? TKC_OK : tkc_pack_arrange(w->item, w->kept, n_kept, place, NULL, err);
    if (!status) status = cli_append_f(line->out, err, ",\"tokens\":%zu,\"as\":\"%s\",\"exact\":%s,\"value\":%.6g,\"bound\":%.6g,\"kept\":[",
                          r->tokens, r->is_text ? "text" : "separate", r->is_exact ? "true" : "false", r->value, r->bound);
    for (; k < n_kept && !status; k++) {
        const size_t i = w->kept[k];
        const tkc_pack_item *it = &w->item[i];
        if (k) status = tkc_buf_append_byte(line->out, ',', err);
        if (!status) status = put_id(w, i, line, err);
        if (!status) status = cli_append_f(line->out, err, ",\"tokens\":%zu", it->tokens);
        if (!status && it->state == TKC_PACK_SHORTENED) {
            status = tkc_buf_append(line->out, ",\"text\":", 8, err);
            if (!status) status = tkc_json_append_text(line->out, (tkc_str){w->chunk[i].text.ptr + it->begin, it->end - it->begin}, err);
        }
        if (!status) status = tkc_buf_append_byte(line->out, '}', err);
    }
    if (!status) status = tkc_buf_append(line->out, "],\"left_out\":[", 14, err);
    k = 0;
    for (size_t i = 0; i < n && !status; i++) {
        const tkc_pack_item *it = &w->item[i];
        if (it->state <= TKC_PACK_SHORTENED) continue;
        if (k++) status = tkc_buf_append_byte(line->out, ',', err);
        if (!status) status = put_id(w, i, line, err);
        if (!status) status = cli_append_f(line->out, err, ",\"tokens\":%zu,\"why\":\"%s\"", w->chunk[i].tokens, why[it->state]);
        if (!status && it->state == TKC_PACK_COPY) {
            status = tkc_buf_append(line->out, ",\"of\":", 6, err);
            if (!status && w->id[it->copy_of].len) status = tkc_json_append_text(line->out, w->id[it->copy_of], err);
            else if (!status) status = cli_append_f(line->out, err, "%lu", (unsigned long)it->copy_of + 1);
        }
        if (!status) status = tkc_buf_append_byte(line->out, '}', err);
    }
    return status ? status : tkc_buf_append(line->out, "]}\n", 3, err);
}

static tkc_status pack_line(void *ctx, cli_line *line, tkc_error *err)
{
    jobs *j = ctx;
    job *w = &j->job[line->worker];
    size_t n = 0, budget = j->a->budget > SIZE_MAX ? SIZE_MAX : (size_t)j->a->budget;
    tkc_str id, query;
    tkc_pack_result r;
    tkc_pack_options opt = j->options;
    tkc_status status = cli_record_parse(line, false, err);
    if (!status && !w->encoder) status = tkc_encoder_new(&w->encoder, j->vocab, NULL, err);
    if (!status) status = cli_member(line, 0, "id", false, &id, err);
    if (!status) status = cli_member(line, 0, "query", false, &query, err);
    if (!status) status = cli_member_size(line, 0, "budget", &budget, err);
    if (!status && budget == SIZE_MAX)
        status = tkc_fail(err, TKC_E_FORMAT, 0, "no \"budget\" in the line; give one there or with --budget N");
    if (!status) status = read_chunks(j, w, line, &n, err);
    if (status) return status;
    if (!query.len && j->a->query) query = (tkc_str){j->a->query, strlen(j->a->query)};
    opt.encoder = w->encoder;
    status = tkc_pack(w->chunk, n, query, budget, &opt, w->item, &r, NULL, err);
    if (status) {
        err->offset = 0; /* not a byte of this line */
        return status;
    }
    status = tkc_buf_append(line->out, "{\"id\":", 6, err);
    if (!status) status = tkc_json_append_text(line->out, id, err);
    return status ? status : put_answer(w, n, &r, opt.place, line, err);
}

int cmd_pack(const cli_args *a)
{
    cli_file_list files = {0};
    cli_targets target = {0};
    jobs *j = calloc(1, sizeof *j);
    int status = EXIT_ERROR;
    if (!j) cli_message("out of memory");
    if (j && cli_targets_open(&target, a) && cli_files_collect(&files, a, "-", false) && !files.failed) {
        j->a = a;
        j->options = fit_pack_options(a);
        j->vocab = target.vocab[target.target[0].vocab];
        if (cli_jsonl_run(&files, a, pack_line, j, stdout)) status = EXIT_FINE;
    }
    for (size_t i = 0; j && i < CLI_MAX_WORKERS; i++) {
        job *w = &j->job[i];
        tkc_encoder_free(w->encoder);
        tkc_free(&tkc_malloc_allocator, w->chunk, w->cap_chunk, sizeof *w->chunk);
        tkc_free(&tkc_malloc_allocator, w->item, w->cap_item, sizeof *w->item);
        tkc_free(&tkc_malloc_allocator, w->kept, w->cap_kept, sizeof *w->kept);
        tkc_free(&tkc_malloc_allocator, w->id, w->cap_id, sizeof *w->id);
    }
    free(j);
    cli_targets_release(&target);
    cli_files_release(&files);
    return status;
}
