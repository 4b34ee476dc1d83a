/*
 * log.c - a log's records, priced line by line.
 *
 * Lines are read one by one from any number of files and forgotten: memory holds the longest line
 * (64 MiB at most), the groups, and what the usage reader remembers of requests.
 */
#include "tools/cost/cost.h"

#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

/* A line that could not be used. */
static void leave_out(cost_run *r, const char *file, uint64_t line, const tkc_error *err)
{
    r->left_out++;
    if (r->a->on_error == ON_ERROR_SKIP && !r->stop) return;
    if (r->a->on_error == ON_ERROR_FAIL) r->stop = true;
    if (err->offset)
        cli_message("%s: line %llu, byte %zu: %s", file, (unsigned long long)line, err->offset, err->message);
    else
        cli_message("%s: line %llu: %s", file, (unsigned long long)line, err->message);
    if (r->a->jsonl && !r->stop) {
        printf("{\"line\":%llu,\"picodollars\":null,\"class\":\"unread\"", (unsigned long long)line);
        cost_put_member("why", err->message);
        fputs("}\n", stdout);
    }
}

static bool is_blank(tkc_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] != ' ' && s.ptr[i] != '\t' && s.ptr[i] != '\r') return false;
    return true;
}

static void one_line(cost_run *r, const char *file, uint64_t line, tkc_str text)
{
    /* logs hold what a model wrote: a lone surrogate in a text is not the usage's fault */
    const tkc_json_limits limits = {.lone_surrogates = true};
    tkc_error err = {0};
    tkc_usage u;
    tkc_cost c;
    cost_group *g;
    tkc_status st;
    if (is_blank(text)) return;
    r->lines++;
    st = tkc_json_parse(&r->doc, text, &limits, &err);
    if (!st) st = tkc_usage_read(r->reader, &r->doc, (size_t)line, &u, &err);
    if (!st && u.format == TKC_USAGE_NONE) {
        r->ignored++;
        return;
    }
    if (!st && r->a->batch) u.mode = TKC_MODE_BATCH;
    if (!st) st = tkc_cost_of(r->prices, &u, &r->opt, &c, &err);
    if (!st && r->n_by) {
        st = cost_values_of(r, file, &u, &c, &err);
        g = st ? NULL : cost_find_group(r, &err);
        if (!st) st = g ? cost_add_to(g, &u, &c, &err) : err.code;
    }
    if (!st) st = cost_add_to(&r->total, &u, &c, &err);
    if (st) {
        leave_out(r, file, line, &err);
        return;
    }
    r->records++;
    if (u.repeats) r->repeated++;
    if (!u.repeats || c.cls == TKC_COST_UNPRICED) cost_count_reason(r, &c);
    if (r->a->jsonl) cost_put_line(r, line, &u, &c);
}

/* Reads a file line by line. False: it could not be read; that was said. */
static bool one_file(cost_run *r, const char *path)
{
    tkc_error err = {0};
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    uint64_t line = 0;
    bool end = false, too_long = false;
    int fd = cli_open(path, &err);
    if (fd < 0) {
        cli_message_at(path, &err);
        return false;
    }
    tkc_buf_clear(&r->line);
    tkc_usage_reader_next_file(r->reader);
    while (!end && !r->stop) {
        size_t at = 0, scan = r->line.len;
        ptrdiff_t got;
        if (tkc_buf_reserve(&r->line, COST_READ_STEP, &err)) goto failed;
        got = cli_read_some(fd, r->line.ptr + r->line.len, r->line.cap - r->line.len, &err);
        if (got < 0) goto failed;
        end = got == 0;
        r->line.len += (size_t)got;
        while (!r->stop) {
            const char *from = r->line.ptr + scan;
            const char *stop = memchr(from, '\n', r->line.len - scan);
            size_t to = stop ? (size_t)(stop - r->line.ptr) : r->line.len;
            if (!stop && !(end && to > at)) break;
            line++;
            if (too_long || to - at > COST_MAX_LINE) {
                err = (tkc_error){0};
                (void)tkc_fail(&err, TKC_E_LIMIT, 0, "longer than %d MiB", COST_MAX_LINE >> 20);
                r->lines++;
                leave_out(r, name, line, &err);
                too_long = false;
            } else {
                one_line(r, name, line, (tkc_str){r->line.ptr + at, to - at});
            }
            at = scan = stop ? to + 1 : to;
        }
        if (r->line.len - at > COST_MAX_LINE) { /* forget it, but know that it was there */
            too_long = true;
            at = r->line.len;
        }
        r->line.len -= at;
        memmove(r->line.ptr, r->line.ptr + at, r->line.len);
        if (too_long && end && !r->stop) {
            err = (tkc_error){0};
            (void)tkc_fail(&err, TKC_E_LIMIT, 0, "longer than %d MiB", COST_MAX_LINE >> 20);
            r->lines++;
            leave_out(r, name, line + 1, &err);
        }
    }
    cli_close(fd);
    return true;
failed:
    cli_close(fd);
    cli_message_at(path, &err);
    return false;
}

int cost_price_log(cost_run *r)
{
    const cli_args *a = r->a;
    bool ok = true;
    tkc_moment age;
    for (size_t i = 0; i < (a->n_operand ? a->n_operand : 1) && !r->stop; i++)
        ok = one_file(r, a->n_operand ? a->operand[i] : "-") && ok;
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
