/* pool.c - a counter behind a mutex; every thread takes the next item. */
#include "tools/cli/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef struct pool {
    pthread_mutex_t mutex;
    pthread_cond_t all_done;
    size_t next, done, n_item;
    cli_work_fn work;
    void *ctx;
} pool;

typedef struct worker {
    pool *p;
    size_t index;
    pthread_t thread;
} worker;

static void *run(void *arg)
{
    worker *w = arg;
    pool *p = w->p;
    pthread_mutex_lock(&p->mutex);
    while (p->next < p->n_item) {
        size_t item = p->next++;
        pthread_mutex_unlock(&p->mutex);
        p->work(p->ctx, w->index, item);
        pthread_mutex_lock(&p->mutex);
        if (++p->done == p->n_item) pthread_cond_signal(&p->all_done);
    }
    pthread_mutex_unlock(&p->mutex);
    return NULL;
}

static void wait_with_ticks(pool *p, cli_tick_fn tick, void *tick_ctx)
{
    pthread_mutex_lock(&p->mutex);
    while (p->done < p->n_item) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_nsec -= 1000000000;
            until.tv_sec++;
        }
        if (pthread_cond_timedwait(&p->all_done, &p->mutex, &until) == ETIMEDOUT && tick) {
            size_t done = p->done;
            pthread_mutex_unlock(&p->mutex);
            tick(tick_ctx, done);
            pthread_mutex_lock(&p->mutex);
        }
    }
    pthread_mutex_unlock(&p->mutex);
}

void cli_pool_run(size_t n_thread, size_t n_item, cli_work_fn work, void *ctx, cli_tick_fn tick,
                  void *tick_ctx)
{
    pool p = {.n_item = n_item, .work = work, .ctx = ctx};
    worker self = {.p = &p};
    worker *w = NULL;
    size_t started = 0;
    if (!n_item) return;
    pthread_mutex_init(&p.mutex, NULL);
    pthread_cond_init(&p.all_done, NULL);
    if (n_thread > 1 || tick) w = calloc(n_thread, sizeof *w);
    for (; w && started < n_thread; started++) {
        w[started].p = &p;
        w[started].index = started;
        if (pthread_create(&w[started].thread, NULL, run, &w[started]) != 0) break;
    }
    if (started)
        wait_with_ticks(&p, tick, tick_ctx);
    else
        run(&self);
    for (size_t i = 0; i < started; i++) pthread_join(w[i].thread, NULL);
    free(w);
    pthread_cond_destroy(&p.all_done);
    pthread_mutex_destroy(&p.mutex);
}

size_t cli_pool_threads(size_t jobs, size_t n_item)
{
    size_t n = n_item <= 1 ? 1 : jobs; /* asking for the processors opens a file */
    if (!n) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        n = online > 0 ? (size_t)online : 1;
    }
    if (n > 256) n = 256;
    if (n > n_item) n = n_item;
    return n ? n : 1;
}
