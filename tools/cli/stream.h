/*
 * stream.h - a file or pipe in windows, each counted on its own by any thread.
 *
 * A window ends where tkc_split_before() says that counts add up, for every vocabulary asked
 * for at once, so memory is one window a thread however long the file is. Where no such place
 * is found the window grows, at last to the whole file; cli_stream_open() has the limit.
 * Which window a byte is in depends on the file alone when it can be read at any place, and
 * on what a pipe gives otherwise; sums depend on neither.
 *
 * A file is read, not mapped: a mapped file that shrinks kills the program.
 */
#ifndef TOOLS_CLI_STREAM_H
#define TOOLS_CLI_STREAM_H

#include "tokenizer/tokenizer.h"
#include "vocab/base/buf.h"

#include <pthread.h>

/* Bytes a thread takes at a time: with its tables it stays in a second-level cache of 1 MB,
 * and what goes with a window (a lock, a search for its end) is below 0.5 % of counting it. */
enum { CLI_WINDOW = 1 << 19 };

typedef struct cli_window {
    tkc_buf text;
    size_t base; /* byte of the file that text begins with */
    unsigned char *skip; /* by vocabulary: bytes at the start that are not to be counted */
} cli_window;

typedef struct cli_stream {
    int fd;
    bool any_place;       /* pread() works */
    size_t size;          /* any_place: bytes at opening */
    size_t window, limit;
    size_t n_vocab;
    pthread_mutex_t mutex; /* for all below */
    size_t at;             /* byte of the file where the next window begins */
    unsigned char *skip;   /* of the next window */
    tkc_buf carry;         /* a pipe: read already, behind the last window */
    bool end;
} cli_stream;

/* window: CLI_WINDOW; tests take odd ones, at least 8. limit: bytes a window may grow to. */
TKC_MUST_USE tkc_status cli_stream_open(cli_stream *s, int fd, size_t n_vocab, size_t window,
                                        size_t limit, tkc_error *err);
void cli_stream_close(cli_stream *s); /* fd stays open */

TKC_MUST_USE tkc_status cli_window_init(cli_window *w, size_t n_vocab, size_t limit,
                                        tkc_error *err);
void cli_window_release(cli_window *w);

/* The next window into w, from any thread. encoder: the caller's own, one for each vocabulary.
 * *got false: the file is at its end. TKC_E_IO; TKC_E_LIMIT: no place to cut within limit. */
TKC_MUST_USE tkc_status cli_stream_take(cli_stream *s, tkc_encoder *const *encoder, cli_window *w,
                                        bool *got, tkc_error *err);

#endif
