/*
 * log.c - a log's records, priced one by one.
 *
 * They are read from any number of files and forgotten: memory holds the longest line or value
 * (64 MiB at most), the groups, and what the usage reader remembers of requests.
 */
#include "tools/cost/cost.h"

#include "optimizer/request/request.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "tools/lines/lines.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

/* A value that could not be used; text is all of it, or empty. */
static void leave_out(cost_run *r, const char *file, uint64_t line, tkc_str text, tkc_error *err)
{
    const char *stop;
    r->left_out++;
    if (r->a->on_error == ON_ERROR_SKIP && !r->stop) return;
    if (r->a->on_error == ON_ERROR_FAIL) r->stop = true;
    while (err->offset <= text.len && text.len && (stop = memchr(text.ptr, '\n', err->offset)) != NULL) { /* of a value on several lines */
        const size_t skip = (size_t)(stop - text.ptr) + 1;
        text = tkc_str_part(text, skip, text.len - skip);
        err->offset -= skip;
        line++;
    }
    if (r->left_out == COST_MOST_SAID + 1)
        cli_message("%s: line %llu and others: not said one by one", file, (unsigned long long)line);
    else if (r->left_out <= COST_MOST_SAID && err->offset)
        cli_message("%s: line %llu, byte %zu: %s", file, (unsigned long long)line, err->offset, err->message);
    else if (r->left_out <= COST_MOST_SAID)
        cli_message("%s: line %llu: %s", file, (unsigned long long)line, err->message);
    if (r->a->jsonl && !r->stop) {
        printf("{\"line\":%llu,\"picodollars\":null,\"class\":\"unread\"", (unsigned long long)line);
        cost_put_member("why", err->message);
        fputs("}\n", stdout);
    }
}

/* Is the value a request, alone or in an envelope? Takes doc's nodes. One text is a request's beside a model only: a
 * program's lines have a "message", and data sets an "input". */
static bool is_request(tkc_json *doc)
{
    const tkc_request_options opt = {.struct_size = sizeof opt};
    tkc_request q;
    bool is;
    tkc_request_init(&q, &opt);
    is = tkc_request_take(&q, doc, 0, &opt, NULL) == TKC_OK;
    if (is && q.model == TKC_JSON_NONE && (q.dialect == TKC_DIALECT_COHERE_V1 || q.dialect == TKC_DIALECT_OPENAI_RESPONSES)) {
        const uint32_t input = tkc_json_get(&q.doc, q.body, "input", NULL);
        is = input != TKC_JSON_NONE && tkc_json_kind_of(&q.doc, input) == TKC_JSON_ARRAY;
    }
    tkc_request_release(&q);
    return is;
}

/* "no usage found" is no help to who took the request, or a line of a batch to be sent, for the response. */
static void say_request(tkc_json *d, tkc_error *err)
{
    if (err->code != TKC_E_FORMAT || !d->n_node || tkc_json_get(d, 0, "usage", NULL) != TKC_JSON_NONE || !is_request(d)) return;
    (void)tkc_fail(err, TKC_E_FORMAT, 0, "a request, which says nothing of usage; price it with --out N, the tokens of its answer");
}

static void one_record(cost_run *r, const char *file, uint64_t line, tkc_str text)
{
    /* logs hold what a model wrote: a lone surrogate in a text is not the usage's fault */
    const tkc_json_limits limits = {.lone_surrogates = true};
    tkc_error why = {0}, *err = &why;
    tkc_status st;
    tkc_usage u;
    tkc_cost c;
    cost_group *g;
    if (tkc_is_all_space(text)) return;
    r->lines++;
    st = tkc_json_parse(&r->doc, text, &limits, err);
    if (!st) {
        st = tkc_usage_read(r->reader, &r->doc, (size_t)line, &u, err);
        if (st) say_request(&r->doc, err);
    }
    if (!st && u.format == TKC_USAGE_NONE) {
        r->ignored++;
        return;
    }
    if (!st && r->a->batch) u.mode = TKC_MODE_BATCH;
    if (!st) st = tkc_cost_of(r->prices, &u, &r->opt, &c, err);
    if (!st && r->n_by) {
        st = cost_values_of(r, file, &u, &c, err);
        g = st ? NULL : cost_find_group(r, err);
        if (!st) st = g ? cost_add_to(g, &u, &c, err) : err->code;
    }
    if (!st) st = cost_add_to(&r->total, &u, &c, err);
    if (st) {
        leave_out(r, file, line, text, err);
        return;
    }
    r->records++;
    if (u.repeats) r->repeated++;
    if (u.flags & TKC_USAGE_BATCHED) r->batched++;
    if (!u.repeats || c.cls == TKC_COST_UNPRICED) cost_count_reason(r, &c);
    if (r->a->jsonl) cost_put_line(r, line, &u, &c);
}

/* Reads a file value by value. False: it could not be read; that was said. */
static bool one_file(cost_run *r, const char *path)
{
    tkc_error err = {0};
    cli_lines *l = cli_lines_open(path, &err);
    cli_line_state state = l ? CLI_LINE_OK : CLI_LINE_FAILED;
    if (l) cli_lines_take_values(l);
    tkc_usage_reader_next_file(r->reader);
    while (state != CLI_LINE_FAILED && !r->stop) {
        tkc_str line;
        state = cli_lines_next(l, &line, &err);
        if (state == CLI_LINE_END) break;
        if (state == CLI_LINE_LONG) {
            (void)tkc_fail(&err, TKC_E_LIMIT, 0, "longer than %d MiB", CLI_MAX_LINE >> 20);
            r->lines++;
            leave_out(r, path, cli_lines_number(l), (tkc_str){"", 0}, &err);
        } else if (state != CLI_LINE_FAILED) {
            one_record(r, path, cli_lines_number(l), line);
        }
    }
    if (state == CLI_LINE_FAILED) cli_message_at(path, &err);
    cli_lines_close(l);
    return state != CLI_LINE_FAILED;
}

int cost_price_log(cost_run *r)
{
    const cli_args *a = r->a;
    cli_file_list l = {0};
    bool ok = cli_files_collect_logs(&l, a) && !l.failed;
    tkc_moment age;
    for (size_t i = 0; i < l.n && !r->stop; i++) ok = one_file(r, l.file[i].path) && ok;
    cli_files_release(&l);
    if ((r->left_out || !ok) && r->total.cls < TKC_COST_LOWER_BOUND) r->total.cls = TKC_COST_LOWER_BOUND;
    if (r->left_out && a->on_error != ON_ERROR_SKIP) ok = false;
    if (r->stop) return EXIT_ERROR;
    if (r->n_group) qsort(r->group, r->n_group, sizeof *r->group, cost_group_order);
    if (a->json)
        cost_put_json(r, ok && !r->left_out);
    else if (!a->jsonl && (ok || r->total.records))
        cost_put_table(r); /* of nothing but errors a table of zeros says nothing */
    cost_put_notes(r);
    age = r->opt.asof.day ? r->opt.asof : r->opt.now;
    cli_prices_warn_age(a, age);
    if (a->require >= 0 && r->total.cls != TKC_COST_EXACT) {
        cli_message("--require: the total is %s", tkc_cost_class_name(r->total.cls));
        ok = false;
    }
    return ok ? EXIT_FINE : EXIT_ERROR;
}
