/*
 * git.h - reads a git repository by running git: as an argument list, never through a shell.
 *
 * Git is told to use no network (a partial clone would fetch what is missing), to ask for
 * nothing, to lock nothing, and to run no program that the repository's configuration names.
 */
#ifndef TOOLS_PROJECT_GIT_H
#define TOOLS_PROJECT_GIT_H

#include "vocab/base/buf.h"

#include <sys/types.h>

/* Runs "git ARGS" (at most 56, NULL at the end) in the current folder and collects what it
 * prints, at most out's limit. False: what git said was said, or that there is no git. quiet:
 * a failure of git itself is not said. */
bool cli_git_run(const char *const *args, tkc_buf *out, bool quiet);

/* A "git cat-file --batch" that answers one object after the other. */
typedef struct cli_git_objects {
    pid_t pid;
    int to, from;
} cli_git_objects;
/* False: it was said. Close in any case; g must be zeroed before. */
bool cli_git_open(cli_git_objects *g);
void cli_git_close(cli_git_objects *g);
/* The bytes of a blob by its full id into out (cleared first). TKC_E_LIMIT above its limit,
 * after which g is of no use. */
TKC_MUST_USE tkc_status cli_git_blob(cli_git_objects *g, const char *id, tkc_buf *out, tkc_error *err);

#endif
