/* pool.c - a counter behind a mutex; every thread takes the next item. */
#include "tools/cli/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct cli_pool_thread {
    cli_pool *p;
    size_t index;
    pthread_t thread;
};

static void take_items(cli_pool *p, size_t worker)
{
    pthread_mutex_lock(&p->mutex);
    while (p->next < p->n_item) {
        const size_t item = p->next++;
        pthread_mutex_unlock(&p->mutex);
        p->work(p->ctx, worker, item);
        pthread_mutex_lock(&p->mutex);
        if (++p->done == p->n_item) pthread_cond_signal(&p->all_done);
    }
    pthread_mutex_unlock(&p->mutex);
}

static void *run(void *arg)
{
    struct cli_pool_thread *t = arg;
    take_items(t->p, t->index);
    return NULL;
}

void cli_pool_start(cli_pool *p, size_t n_thread, size_t n_item, cli_work_fn work, void *ctx)
{
    *p = (cli_pool){.n_item = n_item, .work = work, .ctx = ctx};
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->all_done, NULL);
    if (n_thread) p->thread = calloc(n_thread, sizeof *p->thread);
    for (; p->thread && p->n_thread < n_thread; p->n_thread++) {
        struct cli_pool_thread *t = &p->thread[p->n_thread];
        t->p = p;
        t->index = p->n_thread;
        if (pthread_create(&t->thread, NULL, run, t) != 0) break;
    }
}

void cli_pool_finish(cli_pool *p)
{
    take_items(p, p->n_thread);
    for (size_t i = 0; i < p->n_thread; i++) pthread_join(p->thread[i].thread, NULL);
    free(p->thread);
    pthread_cond_destroy(&p->all_done);
    pthread_mutex_destroy(&p->mutex);
}

static void wait_with_ticks(cli_pool *p, cli_tick_fn tick, void *tick_ctx)
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
        if (pthread_cond_timedwait(&p->all_done, &p->mutex, &until) == ETIMEDOUT) {
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
    cli_pool p;
    if (!n_item) return;
    cli_pool_start(&p, tick ? n_thread : n_thread - 1, n_item, work, ctx);
    if (tick && p.n_thread) wait_with_ticks(&p, tick, tick_ctx);
    cli_pool_finish(&p);
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
