/* stream.c - windows of a file: under the lock their ends are found, a file's bytes are
 * read outside of it. */
#include "tools/cli/stream.h"

#include "vocab/base/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* NEAR: bytes read in front of a window's nominal end to find a place, which nearly always
 * do; with FAR, what one search looks at, there is one or the window grows. */
enum { NEAR = 1 << 12, FAR = 1 << 16 };

tkc_status cli_stream_open(cli_stream *s, int fd, size_t n_vocab, size_t window, size_t limit,
                           tkc_error *err)
{
    struct stat st;
    memset(s, 0, sizeof *s);
    s->fd = fd;
    s->n_vocab = n_vocab;
    s->window = window;
    s->limit = limit;
    /* standard input may stand anywhere in a file, and other readers share its place */
    if (fd != STDIN_FILENO && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        s->any_place = true;
        s->size = (size_t)st.st_size;
    }
    tkc_buf_init(&s->carry, limit, NULL);
    s->skip = calloc(n_vocab ? n_vocab : 1, 1);
    if (!s->skip || pthread_mutex_init(&s->mutex, NULL) != 0) {
        free(s->skip);
        return tkc_fail(err, TKC_E_NOMEM, 0, "out of memory");
    }
    return TKC_OK;
}

void cli_stream_close(cli_stream *s)
{
    tkc_buf_release(&s->carry);
    free(s->skip);
    pthread_mutex_destroy(&s->mutex);
}

tkc_status cli_window_init(cli_window *w, size_t n_vocab, size_t limit, tkc_error *err)
{
    tkc_buf_init(&w->text, limit, NULL);
    w->base = 0;
    w->skip = calloc(n_vocab ? n_vocab : 1, 1);
    return w->skip ? TKC_OK : tkc_fail(err, TKC_E_NOMEM, 0, "out of memory");
}

void cli_window_release(cli_window *w)
{
    tkc_buf_release(&w->text);
    free(w->skip);
    w->skip = NULL;
}

/* The last place that is one for every vocabulary, behind the first byte of t and seen from
 * `low` on; 0 if there is none. s->skip becomes what to leave out behind it. */
static size_t place(cli_stream *s, tkc_encoder *const *encoder, tkc_str t, size_t low)
{
    size_t at = t.len - low, rest;
    const tkc_str seen = {t.ptr + low, t.len - low};
    for (size_t v = 0, agreed = 0; agreed < s->n_vocab; v = (v + 1) % s->n_vocab) {
        const size_t p = tkc_split_before(encoder[v], seen, at, &rest);
        if (!p) return 0;
        agreed = p == at ? agreed + 1 : 1;
        at = p;
        s->skip[v] = (unsigned char)(rest - p);
    }
    return low + at;
}

static tkc_status read_error(tkc_error *err)
{
    return tkc_fail(err, TKC_E_IO, 0, "%s", strerror(errno));
}

/* Room for n bytes in all. */
static tkc_status make_room(const cli_stream *s, tkc_buf *b, size_t n, tkc_error *err)
{
    if (n > s->limit)
        return tkc_fail(err, TKC_E_LIMIT, 0,
                        "no place to cut this text within half of the memory (%zu bytes) is "
                        "known; split it",
                        s->limit);
    return n > b->len ? tkc_buf_reserve(b, n - b->len, err) : TKC_OK;
}

/* Bytes [from, to) of the file to where they belong in w. */
static tkc_status read_at(const cli_stream *s, cli_window *w, size_t from, size_t to,
                          tkc_error *err)
{
    while (from < to) {
        const ssize_t n = pread(s->fd, w->text.ptr + (from - w->base), to - from, (off_t)from);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return read_error(err);
        if (n == 0) return tkc_fail(err, TKC_E_IO, 0, "became shorter while it was read");
        from += (size_t)n;
    }
    return TKC_OK;
}

static void keep_skip(const cli_stream *s, cli_window *w, size_t base)
{
    w->base = base;
    w->text.len = 0;
    memcpy(w->skip, s->skip, s->n_vocab);
}

/* How far the next window goes, found by reading near its end only. *have: from there on the
 * bytes of w are read already. */
static tkc_status find_end(cli_stream *s, tkc_encoder *const *encoder, cli_window *w, size_t *have,
                           size_t *stop, tkc_error *err)
{
    size_t length = s->window, p = 0;
    tkc_status st = TKC_OK;
    while (!p && !st && length < s->size - w->base) {
        *have = *stop = w->base + length;
        st = make_room(s, &w->text, length, err);
        for (size_t look = NEAR; look <= FAR && *have > w->base && !st && !p; look *= FAR / NEAR) {
            const size_t from = length > look ? length - look : 0;
            st = read_at(s, w, w->base + from, *have, err);
            *have = w->base + from;
            if (!st) p = place(s, encoder, (tkc_str){w->text.ptr, length}, from);
        }
        length = length > s->limit / 2 && length < s->limit ? s->limit : 2 * length;
    }
    if (st) return st;
    if (p) {
        *stop = w->base + p;
        return TKC_OK;
    }
    *have = *stop = s->size;
    s->end = true;
    return make_room(s, &w->text, s->size - w->base, err);
}

static tkc_status take_of_file(cli_stream *s, tkc_encoder *const *encoder, cli_window *w, bool *got,
                               tkc_error *err)
{
    size_t have = 0, stop = 0;
    tkc_status st;
    pthread_mutex_lock(&s->mutex);
    *got = !s->end;
    keep_skip(s, w, s->at);
    st = s->end ? TKC_OK : find_end(s, encoder, w, &have, &stop, err);
    if (st) s->end = true;
    else if (*got) s->at = stop;
    pthread_mutex_unlock(&s->mutex);
    if (st || !*got) return st;
    /* what a place was found in may stand behind it: more than the window needs */
    st = read_at(s, w, w->base, have < stop ? have : stop, err);
    if (!st) w->text.len = stop - w->base;
    return st;
}

static tkc_status take_of_pipe(cli_stream *s, tkc_encoder *const *encoder, cli_window *w, bool *got,
                               tkc_error *err)
{
    size_t want = s->window, p = 0;
    tkc_status st;
    keep_skip(s, w, s->at);
    if (s->end) {
        *got = false;
        return TKC_OK;
    }
    st = tkc_buf_append(&w->text, s->carry.ptr, s->carry.len, err);
    while (!st && !p) {
        ssize_t n = 1;
        st = make_room(s, &w->text, want, err);
        while (!st && n && w->text.len < want) {
            n = read(s->fd, w->text.ptr + w->text.len, want - w->text.len);
            if (n > 0) w->text.len += (size_t)n;
            else if (n < 0 && errno != EINTR) st = read_error(err);
        }
        if (st) break;
        if (n == 0) {
            s->end = true;
            p = w->text.len;
            break;
        }
        p = place(s, encoder, tkc_buf_str(&w->text), w->text.len > FAR ? w->text.len - FAR : 0);
        want = want > s->limit / 2 ? (want < s->limit ? s->limit : s->limit + 1) : 2 * want;
    }
    if (!st) {
        tkc_buf_clear(&s->carry);
        st = tkc_buf_append(&s->carry, w->text.ptr + p, w->text.len - p, err);
        w->text.len = p;
        s->at += p;
    }
    if (st) s->end = true;
    *got = w->text.len > 0;
    return st;
}

tkc_status cli_stream_take(cli_stream *s, tkc_encoder *const *encoder, cli_window *w, bool *got,
                           tkc_error *err)
{
    tkc_status st;
    if (s->any_place) return take_of_file(s, encoder, w, got, err);
    pthread_mutex_lock(&s->mutex);
    st = take_of_pipe(s, encoder, w, got, err);
    pthread_mutex_unlock(&s->mutex);
    return st;
}
