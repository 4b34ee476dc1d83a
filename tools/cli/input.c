/* input.c - operands, lists of names, folders, and reading files whole. */
#include "tools/cli/input.h"

#include "tools/cli/output.h"
#include "tools/project/walk.h"
#include "vocab/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BINARY_PROBE = 8192, READ_STEP = 1 << 16 };

size_t cli_input_limit(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || size <= 0) return (size_t)1 << 30;
    return (size_t)pages / 2 * (size_t)size;
}

bool cli_path_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool cli_file_is_long(const char *path, size_t most)
{
    struct stat st;
    if (strcmp(path, "-") == 0) return true;
    if (stat(path, &st) != 0 || S_ISDIR(st.st_mode)) return false; /* reading says what is wrong */
    return !S_ISREG(st.st_mode) || (uint64_t)st.st_size > most;
}

bool cli_fd_is_binary(int fd)
{
    char probe[BINARY_PROBE];
    const ssize_t n = pread(fd, probe, sizeof probe, 0);
    return n > 0 && memchr(probe, '\0', (size_t)n) != NULL;
}

int cli_open(const char *path, tkc_error *err)
{
    struct stat st;
    int fd;
    if (strcmp(path, "-") == 0) return STDIN_FILENO;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        tkc_fail(err, TKC_E_IO, 0, "%s", cli_errno_text(errno));
        return -1;
    }
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        tkc_fail(err, TKC_E_IO, 0, "is a folder; name the files in it");
        return -1;
    }
    return fd;
}

void cli_close(int fd)
{
    if (fd >= 0 && fd != STDIN_FILENO) close(fd);
}

ptrdiff_t cli_read_some(int fd, char *buf, size_t room, tkc_error *err)
{
    for (;;) {
        ssize_t got = read(fd, buf, room);
        if (got >= 0) return got;
        if (errno == EINTR) continue;
        tkc_fail(err, TKC_E_IO, 0, "%s", strerror(errno));
        return -1;
    }
}

static tkc_status read_all(int fd, tkc_buf *b, bool *binary, tkc_error *err)
{
    struct stat st;
    tkc_status status;
    bool probing = binary != NULL;
    /* One byte more than the size says, so that the end is seen without growing. */
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        if ((uint64_t)st.st_size >= b->max)
            return tkc_fail(err, TKC_E_LIMIT, 0,
                            "larger than half of the memory (%zu bytes); split it", b->max);
        status = tkc_buf_reserve(b, (size_t)st.st_size + 1, err);
        if (status) return status;
    }
    for (;;) {
        ptrdiff_t got;
        size_t room;
        if (b->cap - b->len < 1 || (b->len == 0 && b->cap < READ_STEP)) {
            if (b->len >= b->max)
                return tkc_fail(err, TKC_E_LIMIT, 0,
                                "larger than half of the memory (%zu bytes); split it", b->max);
            status = tkc_buf_reserve(b, b->max - b->len < READ_STEP ? b->max - b->len : READ_STEP,
                                     err);
            if (status) return status;
        }
        room = b->cap - b->len;
        if (probing && room > BINARY_PROBE - b->len) room = BINARY_PROBE - b->len;
        got = cli_read_some(fd, b->ptr + b->len, room, err);
        if (got < 0) return err ? err->code : TKC_E_IO;
        b->len += (size_t)got;
        if (probing && (got == 0 || b->len >= BINARY_PROBE)) {
            probing = false;
            *binary = b->len && memchr(b->ptr, '\0', b->len) != NULL;
            if (*binary) return TKC_OK;
        }
        if (got == 0) return TKC_OK;
    }
}

tkc_status cli_path_read(const char *path, tkc_buf *b, tkc_error *err)
{
    tkc_error local = {0};
    cli_file f = {.path = (char *)path};
    tkc_status status = cli_file_read(&f, b, NULL, &local);
    if (status && err) *err = local;
    return status;
}

tkc_status cli_file_read(const cli_file *f, tkc_buf *b, bool *binary, tkc_error *err)
{
    tkc_status status;
    int fd;
    tkc_buf_clear(b);
    if (binary) *binary = false;
    fd = cli_open(f->path, err);
    if (fd < 0) return TKC_E_IO;
    status = read_all(fd, b, binary, err);
    cli_close(fd);
    return status;
}

static bool out_of_memory(void)
{
    cli_message("out of memory");
    return false;
}

static bool add_file(cli_file_list *l, const char *path, bool walked)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        cli_file *fresh = realloc(l->file, cap * sizeof *fresh);
        if (!fresh) return false;
        l->file = fresh;
        l->cap = cap;
    }
    l->file[l->n] = (cli_file){strdup(path), l->n_root - 1, walked};
    return l->file[l->n].path && ++l->n;
}

static bool on_file(void *ctx, const char *path)
{
    return add_file(ctx, path, true);
}

static void on_error(void *ctx, const char *path, int e)
{
    cli_file_list *l = ctx;
    l->failed = true;
    cli_message("%s: %s", path, cli_errno_text(e));
}

/* The first of what is to be counted may be a command misspelt. */
static void say_missing(const char *path, int e, const cli_args *a, bool is_first)
{
    const char *meant = e == ENOENT && is_first && a->command == CMD_COUNT ? cli_command_near(path) : NULL;
    if (meant)
        cli_message("%s: no such file; did you mean the command 'tokcount %s'?", path, meant);
    else
        cli_message("%s: %s", path, cli_errno_text(e));
}

const char *cli_called(const cli_args *a, const char *path)
{
    return strcmp(path, "-") == 0 && a->name ? a->name : path;
}

void cli_say_request(const cli_args *a, const char *path, const tkc_error *err)
{
    const char *end = strrchr(cli_called(a, path), '.');
    if (err->code == TKC_E_FORMAT && strstr(err->message, "nothing behind the value")) {
        cli_message(a->command == CMD_COST ? "are these requests, one a line? 'tokcount --as request --jsonl' counts them; cost prices one"
                                           : "are these requests, one a line? Then give --jsonl");
        return;
    }
    if (a->command == CMD_COST || err->code != TKC_E_FORMAT || !strstr(err->message, "JSON text") || (end && strcmp(end, ".json") == 0)) return;
    if (strcmp(path, "-") == 0)
        cli_message("if this is a text and no request, give --stdin-filename x.txt");
    else
        cli_message("if %s is a text and no request, call it .txt", path);
}

static bool add_operand(cli_file_list *l, const cli_args *a, const char *path, bool with_folders)
{
    walk_options o = {a->hidden, a->no_ignore, on_file, on_error, l};
    struct stat st;
    if (l->n_root == l->cap_root) {
        size_t cap = l->cap_root ? l->cap_root * 2 : 16;
        char **fresh = realloc(l->root, cap * sizeof *fresh);
        if (!fresh) return false;
        l->root = fresh;
        l->cap_root = cap;
    }
    if (!(l->root[l->n_root] = strdup(path))) return false;
    l->n_root++;
    if (strcmp(path, "-") == 0) return add_file(l, path, false);
    if (stat(path, &st) != 0) {
        say_missing(path, errno, a, l->n_root == 1 && a->n_operand);
        l->failed = true;
        return true;
    }
    if (!S_ISDIR(st.st_mode)) return add_file(l, path, false);
    if (!with_folders) {
        cli_message("%s: is a folder; name the files in it", path);
        l->failed = true;
        return true;
    }
    l->has_folder = true;
    return walk_folder(path, &o) == WALK_OK;
}

static bool add_list(cli_file_list *l, const cli_args *a, const char *list, bool with_folders)
{
    char end = a->nul ? '\0' : '\n';
    tkc_error err = {0};
    tkc_buf b;
    bool ok = true;
    tkc_buf_init(&b, cli_input_limit(), NULL);
    if (cli_path_read(list, &b, &err)) {
        cli_message_at(list, &err);
        l->failed = true;
        goto out;
    }
    if (tkc_buf_append_byte(&b, (unsigned char)end, NULL)) {
        ok = false;
        goto out;
    }
    for (size_t at = 0; ok && at < b.len;) {
        char *name = b.ptr + at, *stop = memchr(name, end, b.len - at);
        size_t len = (size_t)(stop - name);
        *stop = '\0';
        if (memchr(name, '\0', len)) {
            err = (tkc_error){TKC_E_FORMAT, at, "a NUL in a name; give -0 if the names end in NUL"};
            cli_message_at(list, &err);
            l->failed = true;
            break;
        }
        if (len) ok = add_operand(l, a, name, with_folders);
        at += len + 1;
    }
out:
    tkc_buf_release(&b);
    return ok;
}

bool cli_files_collect(cli_file_list *l, const cli_args *a, const char *fallback,
                       bool with_folders)
{
    bool ok = true;
    memset(l, 0, sizeof *l);
    for (size_t i = 0; ok && i < a->n_operand; i++)
        ok = add_operand(l, a, a->operand[i], with_folders);
    for (size_t i = 0; ok && i < a->n_files_from; i++)
        ok = add_list(l, a, a->files_from[i], with_folders);
    if (ok && fallback && a->n_operand == 0 && a->n_files_from == 0)
        ok = add_operand(l, a, fallback, with_folders);
    return ok || out_of_memory();
}

bool cli_name_ends(const char *path, const char *tail)
{
    const size_t n = strlen(path), k = strlen(tail);
    return n >= k && strcmp(path + n - k, tail) == 0;
}

static bool is_log_name(const char *path)
{
    static const char *const tail[] = {".jsonl", ".ndjson", ".log", ".jsonl.gz", ".jsonl.zst", ".ndjson.gz", ".ndjson.zst", ".log.gz",
                                       ".log.zst", ".tca"};
    for (size_t i = 0; i < sizeof tail / sizeof *tail; i++)
        if (cli_name_ends(path, tail[i])) return true;
    return false;
}

bool cli_files_collect_logs(cli_file_list *l, const cli_args *a)
{
    size_t n = 0;
    if (!cli_files_collect(l, a, "-", true)) return false;
    for (size_t i = 0; i < l->n; i++) {
        if (l->file[i].is_walked && !is_log_name(l->file[i].path))
            free(l->file[i].path);
        else
            l->file[n++] = l->file[i];
    }
    l->n = n;
    if (!n && l->has_folder && !a->quiet) cli_message("no file in a folder has the name of a log: .jsonl, .ndjson or .log");
    return true;
}

void cli_files_release(cli_file_list *l)
{
    for (size_t i = 0; i < l->n; i++) free(l->file[i].path);
    for (size_t i = 0; i < l->n_root; i++) free(l->root[i]);
    free(l->file);
    free(l->root);
    memset(l, 0, sizeof *l);
}

bool cli_stdin_is_terminal(const cli_args *a)
{
    if (a->n_operand || a->n_files_from || a->n_text || !isatty(STDIN_FILENO)) return false;
    cli_print_short_help(stderr, &cli_command_table[a->command]);
    return true;
}
