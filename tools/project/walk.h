/*
 * walk.h - the files below a folder, in the byte order of their paths.
 *
 * Left out: .git; hidden names and what .gitignore names, unless asked for; links (so no
 * loop can arise) and everything that is no regular file. Not recursive: depth costs no
 * stack. Patterns count from the .gitignore files between the root of the repository (the
 * nearest folder upwards with a .git) and the file, and from .git/info/exclude; a repository
 * inside starts afresh. The user's global git configuration is not read: the answer should
 * be the same for everyone.
 */
#ifndef TOOLS_PROJECT_WALK_H
#define TOOLS_PROJECT_WALK_H

#include <stdbool.h>
#include <stddef.h>

typedef struct walk_options {
    bool hidden, no_ignore;
    /* path: folder/.../name, on loan. False stops the walk. */
    bool (*on_file)(void *ctx, const char *path);
    /* A folder or .gitignore that cannot be read; the walk goes on. */
    void (*on_error)(void *ctx, const char *path, int errno_value);
    void *ctx;
} walk_options;

typedef enum walk_status { WALK_OK = 0, WALK_NOMEM, WALK_STOPPED } walk_status;

walk_status walk_folder(const char *folder, const walk_options *o);

#endif
