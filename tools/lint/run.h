/*
 * run.h - files through the linter, on threads; what was found, kept for printing.
 *
 * Findings are sorted by file (in the order of the list) and place, for any number of threads.
 * Output formats are rows of formats.def.
 */
#ifndef TOOLS_LINT_RUN_H
#define TOOLS_LINT_RUN_H

#include "optimizer/lint/lint.h"
#include "tools/cli/input.h"
#include "tools/cli/options.h"

typedef struct lint_item {
    tkc_finding f;   /* message and edits are owned here */
    char *line_text; /* the line it begins on, without its end, at most 2,000 bytes; NUL-terminated */
    size_t line_at;  /* the byte of the file that this line begins at; SIZE_MAX: it is too long to show */
} lint_item;

typedef enum lint_state { LINT_DONE = 0, LINT_BINARY, LINT_NO_PROMPT, LINT_FAILED } lint_state;

typedef struct lint_result {
    const char *path; /* as reported: without "./" in front */
    char *name;       /* from the project's root; NULL: outside of it */
    tkc_rule_set rules; /* that were run on it */
    size_t n_recorded, n_gone; /* findings that the record has too and that were left out; that only it has */
    lint_state state;
    char why[240]; /* LINT_FAILED */
    tkc_lint_kind kind;
    uint64_t tokens;
    size_t bytes;
    lint_item *item;
    size_t n, cap;
    size_t n_fixed;    /* with --fix: how many were made */
    bool is_written;   /* the file was replaced */
    char *diff;        /* with --diff, if it would change */
} lint_result;

typedef struct lint_run_result {
    lint_result *file;
    size_t n_file;
    size_t n_error, n_warning, n_info, n_fixable, n_unsafe; /* findings, by severity and by fix */
    size_t n_fixed, n_changed, n_failed;
    size_t n_recorded, n_gone; /* as in lint_result, of all files */
    bool is_partial;      /* a file failed, or one that was named is not there */
    bool other_encodings; /* tokens of files' own vocabularies are among those saved */
    uint64_t tokens_saved;
    const char *encoding;
} lint_run_result;

/* What .tokcount.yaml says about one file; all zero where it says nothing. */
typedef struct lint_file_config {
    char *name; /* from the project's root, to be freed; NULL: it is not in it */
    tkc_rule_set on, off; /* added to and taken from the rules of the run */
    bool exclude;
    bool is_prompt; /* by its name and folder, or the configuration includes it */
    uint64_t budget, baseline, window;
} lint_file_config;
/* May be NULL; called from any thread. */
typedef void (*lint_config_fn)(void *ctx, const char *path, lint_file_config *out);

typedef struct lint_run_options {
    const cli_args *args;
    tkc_rule_set rules;
    const uint64_t *limits; /* of rules; NULL: the usual ones */
    lint_config_fn config;
    void *config_ctx;
    bool fix, unsafe, diff;
    bool own_models; /* a file that names a model is counted with that one's vocabulary */
    bool silent; /* what could not be checked is kept in the result and not said */
} lint_run_options;

/* False: nothing could be done; it was said. */
bool lint_run_files(lint_run_result *r, const cli_file_list *l, const lint_run_options *o);
void lint_run_release(lint_run_result *r);
/* Counts the findings anew: some were taken out, or have another severity. */
void lint_run_count(lint_run_result *r);
void lint_item_release(lint_item *i);
/* EXIT_*: an error wins over a finding; infos are no reason to fail. */
int lint_run_status(const lint_run_result *r, const cli_args *a);

enum { LINT_HINT = 120 };
/* What may have been meant by the name of no rule, or where all are: the rest of a message, in room. */
const char *lint_rule_hint(const char *wanted, char room[LINT_HINT]);
/* --select, --ignore, --extend-select and --preview. False: it was said. */
bool lint_rules_of_args(const cli_args *a, tkc_rule_set *out);

/* Formats. */
typedef void (*lint_format_fn)(FILE *f, const lint_run_result *r, const cli_args *a);
#define FORMAT(name, function) void function(FILE *f, const lint_run_result *r, const cli_args *a);
#include "tools/lint/formats.def"
#undef FORMAT
/* One finding as a JSON object. */
void lint_put_json_item(FILE *f, const lint_result *file, const lint_item *i);

/* explain.c */
int lint_explain(const cli_args *a, const char *rule);
int lint_list_rules(const cli_args *a);
int lint_docs(const cli_args *a); /* RULES.md on standard output */

/* diff.c: a unified diff, NUL-terminated; NULL: out of memory. The caller frees it. */
char *lint_diff(const char *path, tkc_str before, tkc_str after);

#endif
