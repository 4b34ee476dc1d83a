/* pool.h - runs n items on some threads; results belong to the item, so that the order
 * of the output never depends on the number of threads. */
#ifndef TOOLS_CLI_POOL_H
#define TOOLS_CLI_POOL_H

#include <pthread.h>
#include <stddef.h>

/* Called once for every item, from any thread; worker is 0 .. n_thread - 1 and no two calls
 * with the same worker run at the same time. */
typedef void (*cli_work_fn)(void *ctx, size_t worker, size_t item);
/* Called on the caller's thread about every 100 ms; may be NULL. */
typedef void (*cli_tick_fn)(void *ctx, size_t done);

/* Returns when all items are done. Without a tick the caller's thread is the last of the n_thread >= 1, with
 * one it only waits; it does what is left if fewer could be started. */
void cli_pool_run(size_t n_thread, size_t n_item, cli_work_fn work, void *ctx, cli_tick_fn tick,
                  void *tick_ctx);
/* The same in two steps, between which the caller does something else. In the second it takes items
 * too, as the worker behind the threads that were started (n_thread, or fewer); with none it does all. */
typedef struct cli_pool {
    pthread_mutex_t mutex;
    pthread_cond_t all_done;
    size_t next, done, n_item, n_thread;
    cli_work_fn work;
    void *ctx;
    struct cli_pool_thread *thread;
} cli_pool;
void cli_pool_start(cli_pool *p, size_t n_thread, size_t n_item, cli_work_fn work, void *ctx);
void cli_pool_finish(cli_pool *p);

/* jobs, or the number of processors if it is 0; never above n_item or 256, never 0. */
size_t cli_pool_threads(size_t jobs, size_t n_item);

#endif
