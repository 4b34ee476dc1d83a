/*
 * git.c - starts git and talks to it over pipes.
 */
#include "tools/project/git.h"

#include "tools/cli/output.h"
#include "vocab/base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { MAX_ARGS = 64, READ_STEP = 1 << 16 };

static bool set_environment(void)
{
    static const char *const pair[][2] = {
        {"GIT_ALLOW_PROTOCOL", "none"}, /* no protocol has this name: nothing is fetched */
        {"GIT_NO_LAZY_FETCH", "1"},     {"GIT_TERMINAL_PROMPT", "0"},
        {"GIT_OPTIONAL_LOCKS", "0"},    {"LC_ALL", "C"},
    };
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++)
        if (setenv(pair[i][0], pair[i][1], 1) != 0) return false;
    return true;
}

static void close_both(int fd[2])
{
    for (int i = 0; i < 2; i++)
        if (fd[i] >= 0) close(fd[i]);
    fd[0] = fd[1] = -1;
}

/* Both ends are closed in the child but for what becomes its standard streams. */
static bool make_pipe(int fd[2])
{
    if (pipe(fd) != 0) {
        fd[0] = fd[1] = -1;
        return false;
    }
    return fcntl(fd[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd[1], F_SETFD, FD_CLOEXEC) == 0;
}

/* git with its standard input from *to (NULL: /dev/null) and its output to *from. hush: its
 * messages go nowhere. */
static bool start(const char *const *args, int *to, int *from, bool hush, pid_t *pid)
{
    /* an fsmonitor is a program that the configuration names and that diff-index would run */
    const char *argv[MAX_ARGS] = {"git", "--no-pager", "-c", "core.fsmonitor=false"};
    int in[2] = {-1, -1}, out[2] = {-1, -1}, e = 0;
    size_t n = 4;
    posix_spawn_file_actions_t act;
    posix_spawnattr_t attr;
    sigset_t pipe_only;
    for (size_t i = 0; args[i] && n + 1 < MAX_ARGS; i++) argv[n++] = args[i];
    argv[n] = NULL;
    if (!set_environment() || !make_pipe(out) || (to && !make_pipe(in))) {
        e = errno;
        close_both(in);
        close_both(out);
        cli_message("cannot run git: %s", strerror(e));
        return false;
    }
    (void)posix_spawn_file_actions_init(&act);
    (void)posix_spawnattr_init(&attr);
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    (void)posix_spawnattr_setsigdefault(&attr, &pipe_only);
    (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
    if (to)
        e = posix_spawn_file_actions_adddup2(&act, in[0], 0);
    else
        e = posix_spawn_file_actions_addopen(&act, 0, "/dev/null", O_RDONLY, 0);
    if (!e) e = posix_spawn_file_actions_adddup2(&act, out[1], 1);
    if (!e && hush) e = posix_spawn_file_actions_addopen(&act, 2, "/dev/null", O_WRONLY, 0);
    /* posix_spawnp() takes char *const[] and does not write to it */
    if (!e) e = posix_spawnp(pid, "git", &act, &attr, (char *const *)(uintptr_t)argv, environ);
    (void)posix_spawn_file_actions_destroy(&act);
    (void)posix_spawnattr_destroy(&attr);
    if (in[0] >= 0) close(in[0]);
    close(out[1]);
    if (e) {
        if (in[1] >= 0) close(in[1]);
        close(out[0]);
        cli_message(e == ENOENT ? "git is not installed; revisions cannot be read without it"
                                : "cannot run git: %s",
                    strerror(e));
        return false;
    }
    if (to) *to = in[1];
    *from = out[0];
    return true;
}

static int wait_for(pid_t pid)
{
    int status = -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What comes, at most room bytes; 0 at the end, -1: err is filled. */
static ptrdiff_t get(int fd, char *p, size_t room, tkc_error *err)
{
    for (;;) {
        const ssize_t n = read(fd, p, room);
        if (n >= 0) return n;
        if (errno == EINTR) continue;
        (void)tkc_fail(err, TKC_E_IO, 0, "from git: %s", strerror(errno));
        return -1;
    }
}

bool cli_git_run(const char *const *args, tkc_buf *out, bool quiet)
{
    tkc_error err = {0};
    tkc_status st = TKC_OK;
    pid_t pid;
    int from = -1, status;
    if (!start(args, NULL, &from, quiet, &pid)) return false;
    while (!st) {
        ptrdiff_t n;
        st = tkc_buf_reserve(out, READ_STEP, &err);
        if (st) break;
        n = get(from, out->ptr + out->len, READ_STEP, &err);
        if (n < 0) st = TKC_E_IO;
        if (n <= 0) break;
        out->len += (size_t)n;
    }
    close(from);
    status = wait_for(pid);
    if (st) cli_message("git %s: %s", args[0], err.message);
    return !st && status == 0; /* git itself says what is wrong */
}

bool cli_git_open(cli_git_objects *g)
{
    static const char *const args[] = {"cat-file", "--batch", NULL};
    /* a git that went away is an error to report, not the end of this program */
    (void)signal(SIGPIPE, SIG_IGN);
    g->to = g->from = -1;
    if (!start(args, &g->to, &g->from, false, &g->pid)) {
        g->pid = 0;
        return false;
    }
    return true;
}

void cli_git_close(cli_git_objects *g)
{
    if (g->pid <= 0) return;
    close(g->to);
    close(g->from);
    (void)wait_for(g->pid);
    *g = (cli_git_objects){0, -1, -1};
}

static tkc_status get_all(int fd, char *p, size_t n, tkc_error *err)
{
    while (n) {
        const ptrdiff_t got = get(fd, p, n, err);
        if (got < 0) return TKC_E_IO;
        if (got == 0) return tkc_fail(err, TKC_E_IO, 0, "git ended before its answer did");
        p += got;
        n -= (size_t)got;
    }
    return TKC_OK;
}

tkc_status cli_git_blob(cli_git_objects *g, const char *id, tkc_buf *out, tkc_error *err)
{
    char line[256];
    size_t n = strlen(id), size = 0, at;
    tkc_status st;
    tkc_buf_clear(out);
    if (n < 40 || n > 64 || strspn(id, "0123456789abcdef") != n)
        return tkc_fail(err, TKC_E_ARG, 0, "not the id of an object");
    memcpy(line, id, n);
    line[n++] = '\n';
    for (at = 0; at < n;) {
        const ssize_t w = write(g->to, line + at, n - at);
        if (w < 0 && errno == EINTR) continue;
        if (w < 0) return tkc_fail(err, TKC_E_IO, 0, "to git: %s", strerror(errno));
        at += (size_t)w;
    }
    /* "<id> blob <size>\n" */
    for (n = 0; n + 1 < sizeof line; n++) {
        st = get_all(g->from, line + n, 1, err);
        if (st) return st;
        if (line[n] == '\n') break;
    }
    line[n] = '\0';
    at = strcspn(line, " ");
    if (strncmp(line + at, " blob ", 6) != 0)
        return tkc_fail(err, TKC_E_NOTFOUND, 0, "git has no such file object: %.100s", line);
    for (const char *p = line + at + 6; *p; p++) {
        if (*p < '0' || *p > '9' || size > SIZE_MAX / 20)
            return tkc_fail(err, TKC_E_FORMAT, 0, "an answer of git that is not understood");
        size = size * 10 + (size_t)(*p - '0');
    }
    if (size == SIZE_MAX) return tkc_fail(err, TKC_E_LIMIT, 0, "too large");
    st = tkc_buf_reserve(out, size + 1, err);
    if (!st) st = get_all(g->from, out->ptr, size + 1, err);
    if (!st) out->len = size; /* behind it stands a newline */
    return st;
}
