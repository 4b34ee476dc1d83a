/*
 * lock.h - tokcount.lock.json: how many tokens each prompt file may have for each model, and
 * which findings it had when they were recorded.
 *
 *     {"schema":"tokcount/lock/1","entries":[
 *     {"path":"prompts/a.md","tokens":{"gpt-5":812}},
 *     {"path":"prompts/b.md","tokens":{"gpt-5":90},"findings":["TC301:5f0c..."],"reason":"new rule"},
 *     null]}
 *
 * One line a file, in the byte order of the paths, each with its comma (hence the null), so that
 * two branches which change different files do not meet in a line. When a merge left a path
 * twice, the lower number of each model and the findings in both hold: budgets only shrink. The
 * same entries are always written as the same bytes.
 */
#ifndef TOOLS_PROJECT_LOCK_H
#define TOOLS_PROJECT_LOCK_H

#include "vocab/base/buf.h"

typedef struct cli_lock_limit {
    char *model;
    size_t tokens;
} cli_lock_limit;

typedef struct cli_lock_entry {
    char *path; /* from the root of the project */
    cli_lock_limit *limit;
    size_t n_limit, cap_limit;
    char **finding; /* "TC301:" and a fingerprint; one as often as it was found */
    size_t n_finding, cap_finding;
    char *reason; /* of the last raise that still holds; NULL: none */
} cli_lock_entry;

typedef struct cli_lock {
    cli_lock_entry *entry; /* sorted by path after parsing */
    size_t n, cap;
} cli_lock;

/* l must be zeroed. TKC_E_FORMAT: "line N: ...". Release l in any case. */
TKC_MUST_USE tkc_status cli_lock_parse(cli_lock *l, tkc_str text, tkc_error *err);
/* Sorts, and appends the file to out. TKC_E_FORMAT: a path that is not UTF-8. */
TKC_MUST_USE tkc_status cli_lock_write(cli_lock *l, tkc_buf *out, tkc_error *err);
void cli_lock_release(cli_lock *l);

/* NULL: there is none. Entries must be sorted. */
cli_lock_entry *cli_lock_find(const cli_lock *l, const char *path);
/* A new entry at the end (unsorted then). NULL: out of memory. */
cli_lock_entry *cli_lock_add(cli_lock *l, const char *path);
/* SIZE_MAX: none is recorded. */
size_t cli_lock_tokens(const cli_lock_entry *e, const char *model);
/* False: out of memory. */
bool cli_lock_set(cli_lock_entry *e, const char *model, size_t tokens);
bool cli_lock_add_finding(cli_lock_entry *e, const char *finding);
/* Entries must be sorted. */
bool cli_lock_has_finding(const cli_lock_entry *e, const char *finding);
bool cli_lock_set_reason(cli_lock_entry *e, const char *reason); /* NULL takes it away */
void cli_lock_sort(cli_lock *l);

#endif
