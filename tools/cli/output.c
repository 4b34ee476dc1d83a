/* output.c - messages, names, JSON strings, tables and the progress bar. */
#include "tools/cli/output.h"

#include "tools/cli/options.h"
#include "vocab/base/map_file.h"
#include "vocab/base/utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes of the UTF-8 character at s, 0 if there is none. */
static size_t character(const char *s, size_t len)
{
    size_t n;
    if (!len) return 0;
    n = tkc_utf8_len((unsigned char)s[0]);
    if (n > len || tkc_utf8_valid(s, n) != n) return 0;
    return n;
}

/* C0, DEL and C1 (U+0080 to U+009F: c2 80 to c2 9f). */
static bool is_control(const char *s, size_t n)
{
    unsigned char c = (unsigned char)s[0];
    return c < 0x20 || c == 0x7f || (n == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0);
}

/* Writes s with everything that is no printable UTF-8 as \xHH; quote also escapes " and \. */
static void put_escaped(FILE *f, const char *s, size_t len, bool quote)
{
    for (size_t i = 0; i < len;) {
        size_t n = character(s + i, len - i);
        if (n && !is_control(s + i, n)) {
            if (quote && (s[i] == '"' || s[i] == '\\')) putc('\\', f);
            fwrite(s + i, 1, n, f);
        } else if (s[i] == '\n') {
            fputs("\\n", f);
        } else if (s[i] == '\t') {
            fputs("\\t", f);
        } else if (s[i] == '\r') {
            fputs("\\r", f);
        } else {
            if (!n) n = 1;
            for (size_t k = 0; k < n; k++) fprintf(f, "\\x%02x", (unsigned char)s[i + k]);
        }
        i += n ? n : 1;
    }
}

static _Thread_local FILE *messages;

void cli_messages_to(FILE *f)
{
    messages = f;
}

/* The line is put together first: standard error is unbuffered, and lines of several
 * processes on one terminal should not mix. */
static void message_line(const char *text, size_t len)
{
    char *line = NULL;
    size_t size = 0;
    FILE *m = open_memstream(&line, &size);
    if (!m) {
        fputs("tokcount: out of memory\n", stderr);
        return;
    }
    fputs("tokcount: ", m);
    if (len > 3 && memcmp(text, "-: ", 3) == 0) { /* a file of that name is ./- */
        fputs("standard input", m);
        text++;
        len--;
    }
    put_escaped(m, text, len, false);
    putc('\n', m);
    if (fclose(m) == 0) fwrite(line, 1, size, messages ? messages : stderr);
    free(line);
}

void cli_message(const char *fmt, ...)
{
    char *text = NULL;
    size_t size = 0;
    va_list ap;
    FILE *m = open_memstream(&text, &size);
    if (!m) {
        fputs("tokcount: out of memory\n", stderr);
        return;
    }
    va_start(ap, fmt);
    vfprintf(m, fmt, ap);
    va_end(ap);
    if (fclose(m) == 0) message_line(text, size);
    free(text);
}

const char *cli_errno_text(int e)
{
    switch (e) {
    case ENOENT:
    case ENOTDIR: return "no such file or folder; check the name";
    case EACCES:
    case EPERM: return "no permission to read it; change its mode or leave it out";
    case ELOOP: return "a link that leads to itself; name the file";
    case ENAMETOOLONG: return "the name is too long; go into the folder first";
    default: return strerror(e);
    }
}

void cli_message_at(const char *name, const tkc_error *err)
{
    const size_t len = strlen(name);
    if (strncmp(err->message, name, len) == 0 && err->message[len] == ':')
        cli_message("%s", err->message);
    else if (err->code == TKC_E_FORMAT || err->offset)
        cli_message("%s: byte %zu: %s", name, err->offset, err->message);
    else
        cli_message("%s: %s", name, err->message);
}

void cli_put_name(FILE *f, const char *name)
{
    if (isatty(fileno(f))) {
        put_escaped(f, name, strlen(name), false);
        return;
    }
    for (; *name; name++) {
        if (*name == '\n')
            fputs("\\n", f);
        else
            putc(*name, f);
    }
}

void cli_put_quoted(FILE *f, tkc_str s)
{
    putc('"', f);
    put_escaped(f, s.ptr, s.len, true);
    putc('"', f);
}

bool cli_put_json(FILE *f, tkc_str s)
{
    static const char short_escape[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                        ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    bool fine = true;
    putc('"', f);
    for (size_t i = 0; i < s.len;) {
        unsigned char c = (unsigned char)s.ptr[i];
        size_t n = character(s.ptr + i, s.len - i);
        if (!n) {
            /* One U+FFFD for a whole maximal ill-formed subsequence, as the library reads it:
             * the lead byte and the continuation bytes that could have followed it. */
            size_t bad = 1;
            char tail[4];
            while (bad < 3 && bad < s.len - i) {
                size_t whole = tkc_utf8_len(c);
                memcpy(tail, s.ptr + i, bad + 1);
                if (c < 0xc2 || c > 0xf4 || bad + 1 >= whole) break;
                /* Is tail[0..bad] the start of some character? Fill it up and ask. */
                if (((unsigned char)tail[bad] & 0xc0) != 0x80) break;
                for (size_t k = bad + 1; k < whole; k++) tail[k] = (char)0x80;
                if (tkc_utf8_valid(tail, whole) != whole) break;
                bad++;
            }
            fputs("\xef\xbf\xbd", f);
            fine = false;
            i += bad;
            continue;
        }
        if (c < sizeof short_escape && short_escape[c])
            fprintf(f, "\\%c", short_escape[c]);
        else if (c < 0x20 || c == 0x7f)
            fprintf(f, "\\u%04x", c);
        else
            fwrite(s.ptr + i, 1, n, f);
        i += n;
    }
    putc('"', f);
    return fine;
}

bool cli_put_json_z(FILE *f, const char *s)
{
    return cli_put_json(f, (tkc_str){s, strlen(s)});
}

bool cli_use_bold(FILE *f, bool no_color)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return !no_color && !(no && *no) && term && strcmp(term, "dumb") != 0 && isatty(fileno(f));
}

static int flush_errno; /* of the first flush that failed: the stream itself forgets it */

bool cli_write(const char *path, tkc_str s)
{
    tkc_error err = {0};
    if (!path || strcmp(path, "-") == 0) return !s.len || fwrite(s.ptr, 1, s.len, stdout) == s.len;
    if (!tkc_write_file(path, s, &err)) return true;
    cli_message_at(path, &err);
    return false;
}

bool cli_flush(FILE *f)
{
    if (fflush(f) == 0) return true;
    if (!flush_errno) flush_errno = errno;
    return false;
}

int cli_finish(int status)
{
    bool failed = ferror(stdout) != 0;
    int e = flush_errno;
    if (fflush(stdout) != 0 && !e) e = errno;
    if (!e && !failed && close(STDOUT_FILENO) != 0 && errno != EBADF) e = errno; /* quota, NFS */
    if (!e && !failed) return status;
    if (!e) { /* the reason of an earlier failure is gone; was it a reader that left? */
        struct pollfd p = {.fd = STDOUT_FILENO, .events = POLLOUT};
        if (poll(&p, 1, 0) == 1 && (p.revents & POLLERR)) e = EPIPE;
    }
    if (e != EPIPE)
        cli_message("standard output: %s; the output is not complete",
                    e ? strerror(e) : "write error (is the disk full?)");
    return EXIT_ERROR;
}

static size_t digits(size_t n)
{
    size_t d = 1;
    while (n >= 10) {
        n /= 10;
        d++;
    }
    return d;
}

bool cli_table_init(cli_table *t, const char **label, size_t n_column, bool bold)
{
    *t = (cli_table){label, n_column, calloc(n_column, sizeof *t->width), bold};
    if (!t->width) {
        cli_message("out of memory");
        return false;
    }
    for (size_t i = 0; label && i < n_column; i++) t->width[i] = strlen(label[i]);
    return true;
}

void cli_table_release(cli_table *t)
{
    free(t->width);
    t->width = NULL;
}

void cli_table_fit(cli_table *t, const size_t *value)
{
    for (size_t i = 0; i < t->n_column; i++) {
        size_t d = digits(value[i]);
        if (d > t->width[i]) t->width[i] = d;
    }
}

void cli_table_header(const cli_table *t, FILE *f)
{
    if (!t->label) return;
    if (t->bold) fputs("\033[1m", f);
    for (size_t i = 0; i < t->n_column; i++) {
        fprintf(f, "%s%*s", i ? "  " : "", (int)(t->width[i] - strlen(t->label[i])), "");
        cli_put_name(f, t->label[i]);
    }
    if (t->bold) fputs("\033[0m", f);
    putc('\n', f);
}

void cli_table_row(const cli_table *t, FILE *f, const size_t *value)
{
    for (size_t i = 0; i < t->n_column; i++)
        fprintf(f, "%s%*zu", i ? "  " : "", (int)t->width[i], value[i]);
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

void cli_progress_start(cli_progress *p, const char *unit, size_t total, bool quiet)
{
    const char *term = getenv("TERM");
    p->on = !quiet && isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
    p->shown = false;
    p->unit = unit;
    p->total = total;
    clock_gettime(CLOCK_MONOTONIC, &p->start);
}

void cli_progress_tick(void *progress, size_t done)
{
    enum { BAR = 30 };
    cli_progress *p = progress;
    char bar[BAR + 1];
    size_t filled = p->total ? (size_t)((double)done / (double)p->total * BAR) : 0;
    if (!p->on || seconds_since(&p->start) < 0.5) return;
    if (filled > BAR) filled = BAR;
    memset(bar, '#', filled);
    memset(bar + filled, '.', BAR - filled);
    bar[BAR] = '\0';
    fprintf(stderr, "\r[%s] %zu of %zu %s\033[K", bar, done, p->total, p->unit);
    p->shown = true;
}

void cli_progress_end(cli_progress *p)
{
    if (p->shown) fputs("\r\033[K", stderr);
    p->shown = false;
}
