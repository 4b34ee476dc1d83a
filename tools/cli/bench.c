/*
 * bench.c - cold and warm passes; see bench.h.
 *
 * A pass shorter than a millisecond is repeated within one timing, so that the clock's own
 * step does not decide; only warm ones are, a cold pass is one pass.
 */
#include "tools/cli/bench.h"

#include "tools/cli/pool.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <time.h>

static clockid_t bench_clock = CLOCK_MONOTONIC;

void bench_use_cpu_time(void)
{
    bench_clock = CLOCK_PROCESS_CPUTIME_ID;
}

double bench_now(void)
{
    struct timespec t;
    clock_gettime(bench_clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static tkc_status out_of_memory(tkc_error *err)
{
    return tkc_fail(err, TKC_E_NOMEM, 0, "out of memory");
}

static bool add_piece(bench_texts *t, tkc_str piece)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 64;
        tkc_str *fresh = realloc(t->piece, cap * sizeof *fresh);
        if (!fresh) return false;
        t->piece = fresh;
        t->cap = cap;
    }
    t->piece[t->n++] = piece;
    return true;
}

tkc_status bench_add(bench_texts *t, const tkc_encoder *e, tkc_str text, size_t piece_len,
                     tkc_error *err)
{
    t->bytes += text.len;
    while (piece_len && text.len > piece_len) {
        size_t rest = 0, cut = 0;
        /* A stretch without a place to cut makes one long piece. */
        for (size_t at = piece_len; !cut && at < text.len;
             at = text.len - at < piece_len ? text.len : at + piece_len)
            cut = tkc_split_before(e, text, at, &rest);
        if (!cut) break;
        if (!add_piece(t, (tkc_str){text.ptr, cut})) return out_of_memory(err);
        text.ptr += rest;
        text.len -= rest;
    }
    return text.len == 0 || add_piece(t, text) ? TKC_OK : out_of_memory(err);
}

void bench_texts_release(bench_texts *t)
{
    free(t->piece);
    *t = (bench_texts){0};
}

void bench_times_release(bench_times *r)
{
    free(r->warm);
    *r = (bench_times){0};
}

double bench_best(const bench_times *r)
{
    double best = 0;
    for (size_t i = 0; i < r->n_warm; i++)
        if (i == 0 || r->warm[i] < best) best = r->warm[i];
    return best;
}

/* One measurement: pass() goes over piece[0 .. n). */
typedef struct job {
    const tkc_str *piece;
    size_t n, n_done;
    unsigned flags;
    double stop; /* 0: never */
    size_t tokens;
    tkc_status status;
    tkc_error *err;
    tkc_exchange *exchange; /* of more than one */
    tkc_encoder **encoder;  /* one a thread */
    size_t n_thread;
    uint32_t *ids; /* of all pieces */
    size_t ids_cap;
    struct sum *sum; /* threads: one each */
} job;

/* A line of memory each: no two threads write to the same one. */
typedef struct sum {
    size_t tokens;
    tkc_status status;
    tkc_error err;
    char pad[64];
} sum;

static bool is_late(const job *j, size_t i)
{
    return j->stop != 0 && i + 1 < j->n && bench_now() > j->stop;
}

static void pass_count(job *j)
{
    j->tokens = j->n_done = 0;
    for (size_t i = 0; i < j->n && !j->status; i++) {
        size_t n = 0;
        j->status = tkc_count(j->encoder[0], j->piece[i], j->flags, &n, j->err);
        j->tokens += n;
        j->n_done = i + 1;
        if (is_late(j, i)) break;
    }
}

static void pass_ids(job *j)
{
    j->tokens = j->n_done = 0;
    for (size_t i = 0; i < j->n && !j->status; i++) {
        size_t n = 0;
        j->status = tkc_encode(j->encoder[0], j->piece[i], j->flags, j->ids + j->tokens,
                               j->ids_cap - j->tokens, &n, j->err);
        if (j->status) return;
        j->tokens += n;
        j->n_done = i + 1;
        if (is_late(j, i)) break;
    }
}

static void count_item(void *ctx, size_t worker, size_t item)
{
    job *j = ctx;
    sum *s = &j->sum[worker];
    size_t n = 0;
    if (s->status) return;
    s->status = tkc_count(j->encoder[worker], j->piece[item], j->flags, &n, &s->err);
    s->tokens += n;
}

static void pass_threads(job *j)
{
    j->tokens = 0;
    for (size_t i = 0; i < j->n_thread; i++) j->sum[i] = (sum){0};
    cli_pool_run(j->n_thread, j->n, count_item, j, NULL, NULL);
    for (size_t i = 0; i < j->n_thread; i++) {
        j->tokens += j->sum[i].tokens;
        if (j->sum[i].status && !j->status) {
            j->status = j->sum[i].status;
            *j->err = j->sum[i].err;
        }
    }
    j->n_done = j->n;
}

enum { REPEAT_MOST = 100000 };
static const double SHORTEST = 1e-3;

static tkc_status measure(job *j, void (*pass)(job *), const bench_limits *lim, bench_times *r)
{
    double start = bench_now(), begun;
    size_t repeat = 1, tokens;
    j->stop = lim->cold_s > 0 ? start + lim->cold_s : 0;
    pass(j);
    r->cold = bench_now() - start;
    j->stop = 0;
    r->tokens = tokens = j->tokens;
    r->pieces = j->n = j->n_done;
    if (j->status) return j->status;
    if (r->cold > 0 && r->cold < SHORTEST) repeat = (size_t)(SHORTEST / r->cold) + 1;
    if (repeat > REPEAT_MOST) repeat = REPEAT_MOST;
    r->warm = calloc(lim->warm_most ? lim->warm_most : 1, sizeof *r->warm);
    if (!r->warm) return out_of_memory(j->err);
    begun = bench_now();
    while (r->n_warm < lim->warm_most &&
           (r->n_warm == 0 || bench_now() - begun < lim->warm_s)) {
        start = bench_now();
        for (size_t k = 0; k < repeat; k++) pass(j);
        r->warm[r->n_warm++] = (bench_now() - start) / (double)repeat;
        if (j->status) return j->status;
        if (j->tokens != tokens)
            return tkc_fail(j->err, TKC_E_ARG, 0,
                            "a later pass gives %zu tokens, the first %zu; report this",
                            j->tokens, tokens);
    }
    return TKC_OK;
}

static tkc_status make_encoders(job *j, const tkc_vocab *v, size_t n, const bench_limits *lim,
                                tkc_error *err)
{
    tkc_encoder_options o = {.struct_size = sizeof o, .kernel = lim->kernel};
    tkc_status status = TKC_OK;
    j->err = err;
    j->n_thread = n;
    j->encoder = calloc(n, sizeof(tkc_encoder *));
    j->sum = calloc(n, sizeof *j->sum);
    if (!j->encoder || !j->sum) return out_of_memory(err);
    if (n > 1) status = tkc_exchange_new(&j->exchange, v, n, NULL, err);
    o.exchange = j->exchange;
    for (size_t i = 0; i < n && !status; i++)
        status = tkc_encoder_new_with(&j->encoder[i], v, &o, NULL, err);
    return status;
}

static void release(job *j)
{
    for (size_t i = 0; j->encoder && i < j->n_thread; i++) tkc_encoder_free(j->encoder[i]);
    tkc_exchange_free(j->exchange);
    free(j->encoder);
    free(j->sum);
    free(j->ids);
}

tkc_status bench_count(const tkc_vocab *v, const bench_texts *t, size_t n, unsigned flags,
                       const bench_limits *lim, bench_times *r, tkc_error *err)
{
    job j = {.piece = t->piece, .n = n, .flags = flags};
    tkc_status status = make_encoders(&j, v, 1, lim, err);
    *r = (bench_times){0};
    if (!status) status = measure(&j, pass_count, lim, r);
    release(&j);
    return status;
}

tkc_status bench_ids(const tkc_vocab *v, const bench_texts *t, size_t n, unsigned flags,
                     const bench_limits *lim, bench_times *r, tkc_error *err)
{
    job j = {.piece = t->piece, .n = n, .flags = flags};
    tkc_status status = make_encoders(&j, v, 1, lim, err);
    *r = (bench_times){0};
    /* An invalid byte becomes U+FFFD, at most three tokens. Memory that is never written to
     * is never there. */
    for (size_t i = 0; i < n; i++) j.ids_cap += t->piece[i].len * 3 + 16;
    if (!status && !(j.ids = malloc((j.ids_cap ? j.ids_cap : 1) * sizeof *j.ids)))
        status = out_of_memory(err);
    if (!status) status = measure(&j, pass_ids, lim, r);
    release(&j);
    return status;
}

tkc_status bench_threads(const tkc_vocab *v, const bench_texts *t, size_t n, size_t n_thread,
                         unsigned flags, const bench_limits *lim, bench_times *r, tkc_error *err)
{
    job j = {.piece = t->piece, .n = n, .flags = flags};
    tkc_status status = make_encoders(&j, v, n_thread ? n_thread : 1, lim, err);
    *r = (bench_times){0};
    if (!status) status = measure(&j, pass_threads, lim, r);
    release(&j);
    return status;
}
