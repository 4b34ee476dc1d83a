/*
 * request.c - count --as request: a table of parts for one request, a row each for several,
 * one line each for --jsonl.
 */
#include "tools/cli/request.h"

#include "tools/cli/calibration.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/lines/jsonl.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

tkc_count_target cli_count_target(const cli_targets *t, size_t i, tkc_encoder *e)
{
    const cli_target *g = &t->target[i];
    tkc_count_target c = {.struct_size = sizeof c,
                          .encoder = e,
                          .provider = g->model ? g->model->provider : "",
                          .model = g->label,
                          .encoding = cli_target_encoding(t, i),
                          .cls = g->cls};
    time_t now = time(NULL);
    struct tm day;
    if (gmtime_r(&now, &day)) {
        c.year = day.tm_year + 1900;
        c.month = day.tm_mon + 1;
        c.day = day.tm_mday;
    }
    return c;
}

/* The model that counts: the one of -m or -e, else the one each request names. */
typedef struct targets {
    const cli_args *a;
    const cli_targets *named; /* of -m or -e, or the default for requests that name no model */
    cli_models *models;       /* NULL: -m or -e was given */
    const tkc_calibrations *calibrations;
} targets;

enum { MAX_ENCODERS = 16 };

/* Everything one thread needs. */
typedef struct worker {
    const cli_targets *of[MAX_ENCODERS];
    tkc_encoder *encoder[MAX_ENCODERS];
    size_t n_encoder;
    const cli_targets *t; /* of the request read last */
    bool is_guess;        /* it names no model, and -m and -e do not either */
    size_t n_guess;       /* requests of which that was so */
    tkc_request request;
    tkc_request_count count;
    tkc_buf model;
    bool ready;
} worker;

static void worker_ready(worker *w)
{
    if (w->ready) return;
    tkc_request_init(&w->request, NULL);
    tkc_request_count_init(&w->count, NULL);
    tkc_buf_init(&w->model, 1 << 16, NULL);
    w->ready = true;
}

static void worker_release(worker *w)
{
    if (!w->ready) return;
    tkc_buf_release(&w->model);
    tkc_request_count_release(&w->count);
    tkc_request_release(&w->request);
    for (size_t i = 0; i < w->n_encoder; i++) tkc_encoder_free(w->encoder[i]);
}

/* The encoder for w->t; the oldest goes where there are too many. */
static tkc_status encoder_of(worker *w, tkc_encoder **out, tkc_error *err)
{
    size_t i = 0;
    tkc_status st;
    while (i < w->n_encoder && w->of[i] != w->t) i++;
    if (i == w->n_encoder) {
        st = tkc_encoder_new(out, w->t->vocab[w->t->target[0].vocab], NULL, err);
        if (st) return st;
        if (w->n_encoder == MAX_ENCODERS) {
            tkc_encoder_free(w->encoder[0]);
            w->n_encoder--;
            memmove(w->encoder, w->encoder + 1, w->n_encoder * sizeof *w->encoder);
            memmove(w->of, w->of + 1, w->n_encoder * sizeof *w->of);
        }
        i = w->n_encoder++;
        w->encoder[i] = *out;
        w->of[i] = w->t;
    }
    *out = w->encoder[i];
    return TKC_OK;
}

static tkc_request_options options_for(const targets *t, const char *path)
{
    tkc_request_options o = {.struct_size = sizeof o};
    const cli_target *g = &t->named->target[0];
    if (path) o.dialect = tkc_request_dialect_of_path(path);
    if (g->model) o.prefer = tkc_dialect_of_provider(g->model->provider);
    return o;
}

/* w->t for the request read last. */
static tkc_status find_target(worker *w, const targets *t, tkc_error *err)
{
    tkc_str name;
    tkc_status st;
    w->t = t->named;
    w->is_guess = false;
    if (!t->models) return TKC_OK;
    tkc_buf_clear(&w->model);
    st = tkc_request_model(&w->request, &w->model, &name, err);
    if (!st && !name.len && w->request.dialect < TKC_DIALECT_TEXT) w->is_guess = true;
    if (st || !name.len) return st;
    w->t = cli_models_get(t->models, name);
    return w->t ? TKC_OK
                : tkc_fail(err, TKC_E_NOTFOUND, 0,
                           "the request names the model %.*s, which is not known here; give -m or -e",
                           name.len < 60 ? (int)name.len : 60, name.ptr);
}

/* What all requests of a run add up to. */
typedef struct totals {
    uint64_t tokens, low, high;
    tkc_class cls;
    bool is_lower_bound;
    size_t n;
} totals;

static void add(totals *s, const tkc_request_count *c)
{
    s->tokens += c->sum.tokens;
    s->low += c->sum.low;
    s->high += c->sum.high;
    if (c->sum.cls > s->cls) s->cls = c->sum.cls;
    s->is_lower_bound = s->is_lower_bound || c->is_lower_bound;
    s->n++;
}

/* --- text --------------------------------------------------------------------------------- */

static void put_range(uint64_t tokens, uint64_t low, uint64_t high, tkc_class cls)
{
    printf("%9llu", (unsigned long long)tokens);
    if (low != high)
        printf("  %9llu .. %-9llu", (unsigned long long)low, (unsigned long long)high);
    else
        printf("  %9s    %-9s", "", "");
    printf("  %-13s  ", tkc_class_name(cls));
}

static void put_bytes(tkc_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < ' ' || c == 0x7f)
            printf("\\x%02x", c);
        else
            putchar(c);
    }
}

static bool put_parts(const tkc_request *r, const tkc_request_count *c)
{
    tkc_buf path;
    tkc_error err;
    bool ok = true;
    tkc_buf_init(&path, 1 << 20, NULL);
    for (size_t i = 0; ok && i < c->n_part; i++) {
        const tkc_part *p = &r->part[i];
        tkc_buf_clear(&path);
        ok = tkc_part_path(r, i, &path, &err) == TKC_OK;
        put_range(c->part[i].tokens, c->part[i].low, c->part[i].high, c->part[i].cls);
        if (p->role) printf("%s ", tkc_role_name((tkc_role)p->role));
        printf("%s%s", tkc_part_kind_name((tkc_part_kind)p->kind),
               p->flags & TKC_PART_UNKNOWN ? " (not known here)" : "");
        if (path.len) printf("  ");
        put_bytes(tkc_buf_str(&path));
        putchar('\n');
    }
    put_range(c->framing.tokens, c->framing.low, c->framing.high, c->framing.cls);
    puts("framing");
    tkc_buf_release(&path);
    return ok;
}

/* --- JSON --------------------------------------------------------------------------------- */

static void put_range_json(const char *before, const tkc_token_range *r)
{
    printf("%s\"tokens\":%llu,\"low\":%llu,\"high\":%llu,\"class\":\"%s\"", before,
           (unsigned long long)r->tokens, (unsigned long long)r->low,
           (unsigned long long)r->high, tkc_class_name(r->cls));
}

static bool put_request_json(const tkc_request *r, const tkc_request_count *c)
{
    tkc_buf path;
    tkc_error err;
    bool ok = true;
    tkc_buf_init(&path, 1 << 20, NULL);
    printf("\"dialect\":\"%s\"", tkc_dialect_name(r->dialect));
    put_range_json(",", &c->sum);
    printf(",\"complete\":%s,\"framing_rule\":", c->is_lower_bound ? "false" : "true");
    cli_put_json_z(stdout, c->sum.rule);
    printf(",\"by_template\":%s", c->is_by_template ? "true" : "false");
    put_range_json(",\"framing\":{", &c->framing);
    fputs("},\"parts\":[", stdout);
    for (size_t i = 0; ok && i < c->n_part; i++) {
        const tkc_part *p = &r->part[i];
        tkc_buf_clear(&path);
        ok = tkc_part_path(r, i, &path, &err) == TKC_OK;
        fputs(i ? ",{\"path\":" : "{\"path\":", stdout);
        cli_put_json(stdout, tkc_buf_str(&path));
        printf(",\"kind\":\"%s\",\"role\":\"%s\"", tkc_part_kind_name((tkc_part_kind)p->kind),
               tkc_role_name((tkc_role)p->role));
        put_range_json(",", &c->part[i]);
        if (p->flags & TKC_PART_UNKNOWN) fputs(",\"known\":false", stdout);
        if (p->flags & TKC_PART_CACHE) fputs(",\"cache\":true", stdout);
        putchar('}');
    }
    putchar(']');
    tkc_buf_release(&path);
    return ok;
}

/* --- files -------------------------------------------------------------------------------- */

static tkc_status read_and_count(worker *w, const targets *t, const char *path, tkc_str text,
                                 size_t index, tkc_error *err)
{
    const tkc_calibration *cal;
    tkc_count_target target;
    tkc_encoder *e;
    tkc_request_options o = options_for(t, path);
    tkc_status st = index ? tkc_request_select(&w->request, index, err)
                          : tkc_request_read(&w->request, text, &o, err);
    if (!st) st = find_target(w, t, err);
    if (!st) st = encoder_of(w, &e, err);
    if (st) return st;
    target = cli_count_target(w->t, 0, e);
    if (w->is_guess) {
        target.cls = TKC_CLASS_ESTIMATE; /* of whichever model it will be sent to */
        w->n_guess++;
    }
    st = tkc_count_request(&w->count, &w->request, &target, err);
    cal = cli_calibration_for(t->calibrations, &w->t->target[0]);
    if (!st && cal) tkc_calibration_apply(cal, &w->request, &w->count);
    return st;
}

static int verdict(const totals *s, const targets *t, size_t n_guess)
{
    const cli_args *a = t->a;
    const char *label = t->models ? "request" : t->named->target[0].label;
    if (n_guess && !a->quiet)
        cli_message("%s: no model is named: counted with %s; give -m MODEL", label, cli_target_encoding(t->named, 0));
    if (s->is_lower_bound && !a->quiet)
        cli_message("%s: parts of it are not in the request (stored files, ids, encrypted text): "
                    "the total is a lower bound",
                    label);
    if (a->require >= 0 && (int)s->cls > a->require) {
        cli_message("%s: the count is %s, --require asks for %s", label,
                    tkc_class_name(s->cls), tkc_class_name((tkc_class)a->require));
        return EXIT_ERROR;
    }
    if (s->tokens > a->limit) {
        if (!a->quiet)
            cli_message("%s: %llu tokens, %llu above the limit of %zu", label,
                        (unsigned long long)s->tokens, (unsigned long long)(s->tokens - a->limit),
                        a->limit);
        return EXIT_FINDINGS;
    }
    return EXIT_FINE;
}

static void put_target(const cli_targets *t)
{
    if (t->target[0].model) {
        fputs(",\"model\":", stdout);
        cli_put_json_z(stdout, t->target[0].label);
        printf(",\"rule\":\"%s\"", tkc_model_rule_name(t->target[0].rule));
    }
    fputs(",\"encoding\":", stdout);
    cli_put_json_z(stdout, cli_target_encoding(t, 0));
}

static int count_files(const targets *t, const cli_file_list *l)
{
    const cli_args *a = t->a;
    worker w = {0};
    totals s = {0};
    tkc_buf text;
    tkc_error err = {0};
    bool failed = l->failed, single = false, first = true;
    int status;
    tkc_buf_init(&text, cli_input_limit(), NULL);
    for (size_t i = 0; i < l->n; i++) {
        const char *path = l->file[i].path;
        tkc_status st = cli_file_read(&l->file[i], &text, NULL, &err);
        worker_ready(&w);
        for (size_t k = 0; !st && (k == 0 || k < w.request.n_request); k++) {
            st = read_and_count(&w, t, cli_called(a, path), tkc_buf_str(&text), k, &err);
            if (st) break;
            single = l->n == 1 && w.request.n_request == 1;
            add(&s, &w.count);
            if (a->total) continue;
            if (a->json) {
                if (first) {
                    fputs("{\"schema\":\"tokcount/count/1\",\"as\":\"request\"", stdout);
                    if (single || !t->models) put_target(w.t);
                    fputs(single ? "," : ",\"requests\":[", stdout);
                }
                if (!single) {
                    printf("%s{\"path\":", first ? "" : ",");
                    cli_put_json_z(stdout, path);
                    printf(",\"index\":%zu", k);
                    if (t->models) put_target(w.t);
                    putchar(',');
                }
                put_request_json(&w.request, &w.count);
                putchar('}');
            } else if (single) {
                put_parts(&w.request, &w.count);
            } else {
                put_range(w.count.sum.tokens, w.count.sum.low, w.count.sum.high, w.count.sum.cls);
                cli_put_name(stdout, path);
                if (w.request.n_request > 1) printf(" %zu", k);
                putchar('\n');
            }
            first = false;
        }
        if (st) {
            cli_message_at(path, &err);
            cli_say_request(a, path, &err);
            failed = true;
        }
    }
    if (a->json && !a->total && !first) {
        if (!single)
            printf("],\"tokens\":%llu,\"low\":%llu,\"high\":%llu,\"class\":\"%s\",\"complete\":%s}",
                   (unsigned long long)s.tokens, (unsigned long long)s.low,
                   (unsigned long long)s.high, tkc_class_name(s.cls), failed || s.is_lower_bound ? "false" : "true");
        putchar('\n');
    } else if (a->total) {
        if (s.n) printf("%llu\n", (unsigned long long)s.tokens);
    } else if (s.n) {
        put_range(s.tokens, s.low, s.high, s.cls);
        puts("total");
    }
    status = verdict(&s, t, w.n_guess);
    if (failed) {
        if (s.n && !a->quiet) cli_message("some requests were not counted: the total is a lower bound");
        status = EXIT_ERROR;
    }
    worker_release(&w);
    tkc_buf_release(&text);
    return status;
}

/* --- lines -------------------------------------------------------------------------------- */

typedef struct lines {
    const targets *t;
    worker w[CLI_MAX_WORKERS];
    totals s[CLI_MAX_WORKERS];
} lines;

static tkc_status count_line(void *ctx, cli_line *line, tkc_error *err)
{
    lines *j = ctx;
    worker *w = &j->w[line->worker];
    char out[160];
    int n;
    tkc_status st;
    worker_ready(w);
    st = read_and_count(w, j->t, NULL, line->text, 0, err);
    if (!st && w->request.n_request > 1)
        st = tkc_fail(err, TKC_E_UNSUPPORTED, 0, "one line with %zu requests: give the file without --jsonl",
                      w->request.n_request);
    if (st) return st;
    add(&j->s[line->worker], &w->count);
    if (j->t->a->total) return TKC_OK;
    if (j->t->a->json)
        n = snprintf(out, sizeof out, "{\"tokens\":%llu,\"low\":%llu,\"high\":%llu,\"class\":\"%s\",\"complete\":%s}\n",
                     (unsigned long long)w->count.sum.tokens, (unsigned long long)w->count.sum.low,
                     (unsigned long long)w->count.sum.high, tkc_class_name(w->count.sum.cls),
                     w->count.is_lower_bound ? "false" : "true");
    else
        n = snprintf(out, sizeof out, "%llu\n", (unsigned long long)w->count.sum.tokens);
    return tkc_buf_append(line->out, out, (size_t)n, err);
}

static tkc_status bad_line(void *ctx, cli_line *line, const tkc_error *why, tkc_error *err)
{
    static const char head[] = "{\"tokens\":null,\"class\":\"unread\",\"why\":";
    tkc_status st;
    (void)ctx;
    st = tkc_buf_append(line->out, head, sizeof head - 1, err);
    if (!st) st = tkc_json_append_text(line->out, (tkc_str){why->message, strlen(why->message)}, err);
    return st ? st : tkc_buf_append(line->out, "}\n", 2, err);
}

static int count_lines(const targets *t, const cli_file_list *l)
{
    const cli_args *a = t->a;
    lines *j = calloc(1, sizeof *j);
    totals all = {0};
    size_t left_out = 0, n_guess = 0;
    int status = EXIT_ERROR;
    if (!j) {
        cli_message("out of memory");
        return EXIT_ERROR;
    }
    j->t = t;
    if (!l->failed &&
        cli_jsonl_run_all(l, a, a->on_error, count_line,
                          a->total  ? NULL
                          : a->json ? bad_line
                                    : cli_jsonl_dash,
                          j, stdout, &left_out)) {
        for (size_t i = 0; i < CLI_MAX_WORKERS; i++) {
            all.tokens += j->s[i].tokens;
            if (j->s[i].cls > all.cls) all.cls = j->s[i].cls;
            all.is_lower_bound = all.is_lower_bound || j->s[i].is_lower_bound;
            all.n += j->s[i].n;
            n_guess += j->w[i].n_guess;
        }
        if (a->total) printf("%llu\n", (unsigned long long)all.tokens);
        status = verdict(&all, t, n_guess);
        if (cli_jsonl_left_out(left_out, a->on_error, a->quiet)) status = EXIT_ERROR;
    }
    for (size_t i = 0; i < CLI_MAX_WORKERS; i++) worker_release(&j->w[i]);
    free(j);
    return status;
}

int cli_count_requests(const cli_args *a, const cli_targets *named)
{
    cli_file_list l = {0};
    tkc_calibrations all;
    cli_models models;
    int status = EXIT_ERROR;
    if (named->n > 1) {
        cli_message("--as request: give one -m");
        return EXIT_ERROR;
    }
    cli_models_init(&models, a);
    if (cli_calibrations_open(&all, a) && cli_files_collect(&l, a, "-", true)) {
        const targets t = {a, named, a->n_pick ? NULL : &models, &all};
        status = a->jsonl ? count_lines(&t, &l) : count_files(&t, &l);
    }
    cli_models_release(&models);
    tkc_calibrations_release(&all);
    cli_files_release(&l);
    return status;
}
