/*
 * cmd_bench.c - tokcount bench: the speed on this machine, with these files, in a few seconds.
 *
 * All files are one list of texts. A long text is cut where the counts of the two sides add
 * up, so that threads share it and a pass can be stopped; where a slow vocabulary cannot do
 * all in time, what is measured is a prefix of the list, and the output says so.
 */
#include "tools/cli/bench.h"
#include "tools/cli/count.h"
#include "tools/cli/output.h"
#include "tools/cli/pool.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdlib.h>

/* A text without a place to cut is measured up to HEAD: at 5 MB/s that is most of a second. */
enum { PIECE = 1 << 18, HEAD = 4 << 20 };

static bench_limits one_thread = {.cold_s = 0.5, .warm_s = 0.4, .warm_most = 9};
/* The pieces that one thread did in half a second take every thread less. */
static bench_limits all_threads = {.cold_s = 0, .warm_s = 0.3, .warm_most = 9};

typedef struct texts {
    tkc_buf *file;
    size_t n_file;
    bench_texts list;
    bool complete; /* the list is all that was read */
} texts;

typedef struct result {
    double load_s;
    size_t bytes; /* measured */
    size_t n_thread;
    bench_times count, ids, threads;
    bool has_ids;
} result;

/* Every file that can be read; false: one could not, and that was said. */
static bool read_files(texts *t, const cli_args *a)
{
    cli_file_list l;
    bool ok = cli_files_collect(&l, a, "-", false) && !l.failed;
    t->file = calloc(l.n ? l.n : 1, sizeof *t->file);
    if (!t->file) {
        cli_message("out of memory");
        ok = false;
    }
    for (size_t i = 0; t->file && i < l.n; i++) {
        tkc_error err = {0};
        tkc_buf_init(&t->file[t->n_file], cli_input_limit(), NULL);
        if (cli_file_read(&l.file[i], &t->file[t->n_file++], NULL, &err)) {
            cli_message_at(l.file[i].path, &err);
            t->n_file--;
            tkc_buf_release(&t->file[t->n_file]);
            ok = false;
        }
    }
    cli_files_release(&l);
    return ok;
}

static void release_texts(texts *t)
{
    for (size_t i = 0; i < t->n_file; i++) tkc_buf_release(&t->file[i]);
    free(t->file);
    bench_texts_release(&t->list);
}

static tkc_status cut_texts(texts *t, const tkc_encoder *e, tkc_error *err)
{
    tkc_status status = TKC_OK;
    t->complete = true;
    for (size_t i = 0; i < t->n_file && !status; i++)
        status = bench_add(&t->list, e, tkc_buf_str(&t->file[i]), PIECE, err);
    for (size_t i = 0; i < t->list.n; i++) {
        tkc_str *p = &t->list.piece[i];
        if (p->len <= HEAD) continue;
        p->len = HEAD;
        while (p->len > 1 && !tkc_utf8_boundary(*p, p->len)) p->len--;
        t->list.n = i + 1;
        t->complete = false;
    }
    return status;
}

static tkc_status measure(texts *t, const tkc_vocab *v, const cli_args *a, result *r,
                          tkc_error *err)
{
    size_t n;
    tkc_status status =
        bench_count(v, &t->list, t->list.n, a->encode_flags, &one_thread, &r->count, err);
    if (status) return status;
    n = r->count.pieces;
    if (n < t->list.n) t->complete = false;
    r->bytes = t->complete ? t->list.bytes : 0;
    for (size_t i = 0; i < n && !t->complete; i++) r->bytes += t->list.piece[i].len;
    status = bench_ids(v, &t->list, n, a->encode_flags, &all_threads, &r->ids, err);
    r->has_ids = !status;
    if (status && status != TKC_E_UNSUPPORTED) return status;
    if (r->has_ids && r->ids.tokens != r->count.tokens)
        return tkc_fail(err, TKC_E_ARG, 0, "%zu ids, but %zu counted; report this",
                        r->ids.tokens, r->count.tokens);
    r->n_thread = cli_pool_threads(a->jobs, n);
    status = bench_threads(v, &t->list, n, r->n_thread, a->encode_flags, &all_threads,
                           &r->threads, err);
    if (!status && r->threads.tokens != r->count.tokens)
        return tkc_fail(err, TKC_E_ARG, 0, "%zu threads count %zu tokens, one %zu; report this",
                        r->n_thread, r->threads.tokens, r->count.tokens);
    return status;
}

/* 0: unknown, as of an empty file. */
static double rate(size_t bytes, double seconds)
{
    return seconds > 0 ? (double)bytes / 1e6 / seconds : 0;
}

static void put_rate_json(const char *name, double rate_mb)
{
    if (rate_mb > 0) printf("\"%s\":%.1f", name, rate_mb);
    else printf("\"%s\":null", name);
}

static void put_times_json(size_t bytes, const bench_times *t)
{
    put_rate_json("cold_mb_s", rate(bytes, t->cold));
    putchar(',');
    put_rate_json("warm_mb_s", rate(bytes, bench_best(t)));
    putchar('}');
}

static void print_json(const texts *t, const cli_targets *g, const result *r)
{
    fputs("{\"schema\":\"tokcount/bench/1\",", stdout);
    cli_put_target_json(stdout, g, 0);
    printf(",\"bytes\":%zu,\"complete\":%s,\"tokens\":%zu,\"load_ms\":%.2f,\"count\":{", r->bytes,
           t->complete ? "true" : "false", r->count.tokens, r->load_s * 1e3);
    put_times_json(r->bytes, &r->count);
    fputs(",\"ids\":{", stdout);
    put_times_json(r->has_ids ? r->bytes : 0, &r->ids);
    printf(",\"threads\":{\"number\":%zu,", r->n_thread);
    put_times_json(r->bytes, &r->threads);
    fputs("}\n", stdout);
}

static void put_rate(double rate_mb)
{
    if (rate_mb > 0) printf("  %9.1f", rate_mb);
    else printf("  %9s", "-");
}

static void print_row(const char *name, size_t bytes, const bench_times *t)
{
    printf("%-18s", name);
    put_rate(rate(bytes, t->cold));
    put_rate(rate(bytes, bench_best(t)));
    putchar('\n');
}

static void print_table(const texts *t, const cli_targets *g, const result *r)
{
    char name[64];
    printf("%s: %zu tokens, %zu bytes%s, load %.2f ms\n", cli_target_encoding(g, 0),
           r->count.tokens, r->bytes, t->complete ? "" : " (the first ones)", r->load_s * 1e3);
    printf("%-18s  %9s  %9s\n", "MB/s", "cold", "warm");
    print_row("count", r->bytes, &r->count);
    print_row("ids", r->has_ids ? r->bytes : 0, &r->ids);
    snprintf(name, sizeof name, "count, %zu thread%s", r->n_thread, TKC_PLURAL(r->n_thread));
    print_row(name, r->bytes, &r->threads);
}

static int bench(const cli_args *a)
{
    cli_targets g;
    texts t = {0};
    result r = {0};
    const tkc_encoder_options o = {.struct_size = sizeof o, .kernel = a->kernel};
    tkc_encoder *e = NULL;
    tkc_error err = {0};
    double start;
    bool ok = read_files(&t, a);
    int status = EXIT_ERROR;
    if (!t.n_file) {
        release_texts(&t);
        return EXIT_ERROR;
    }
    start = bench_now();
    if (!cli_targets_open(&g, a)) goto out;
    if (tkc_encoder_new_with(&e, g.vocab[g.target[0].vocab], &o, NULL, &err)) {
        cli_message_at(g.target[0].label, &err);
        goto out;
    }
    r.load_s = bench_now() - start;
    if (cut_texts(&t, e, &err) || measure(&t, g.vocab[g.target[0].vocab], a, &r, &err)) {
        cli_message_at(g.target[0].label, &err);
        goto out;
    }
    if (a->json) print_json(&t, &g, &r);
    else print_table(&t, &g, &r);
    status = ok ? EXIT_FINE : EXIT_ERROR;
out:
    tkc_encoder_free(e);
    cli_targets_release(&g);
    bench_times_release(&r.count);
    bench_times_release(&r.ids);
    bench_times_release(&r.threads);
    release_texts(&t);
    return status;
}

int cmd_bench(const cli_args *a)
{
    if (a->n_pick > 1) {
        cli_message("bench works with one vocabulary; give one -m or -e");
        return EXIT_ERROR;
    }
    if (cli_stdin_is_terminal(a)) return EXIT_ERROR;
    one_thread.kernel = all_threads.kernel = a->kernel;
    return bench(a);
}
