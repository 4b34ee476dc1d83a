/*
 * gitignore.h - the patterns of one .gitignore file, with git's meaning.
 *
 * Not recursive and without backtracking: a pattern is compiled to states that are walked
 * all at once, so that a match costs at most pattern times path, whatever both hold.
 */
#ifndef TOOLS_PROJECT_GITIGNORE_H
#define TOOLS_PROJECT_GITIGNORE_H

#include "vocab/base/common.h"

typedef struct gitignore gitignore;

typedef enum gitignore_answer {
    GITIGNORE_NONE = 0, /* no pattern says anything */
    GITIGNORE_IGNORED,
    GITIGNORE_KEPT /* "!pattern" */
} gitignore_answer;

/* Copies what it needs of text. NULL: out of memory. */
gitignore *gitignore_new(tkc_str text);
void gitignore_free(gitignore *g);
bool gitignore_is_empty(const gitignore *g);

/* The last pattern that matches decides. path: relative to the folder of the file, without
 * a slash at either end. Not for two threads at once: g has scratch in it. */
gitignore_answer gitignore_match(gitignore *g, const char *path, bool is_folder);

#endif
