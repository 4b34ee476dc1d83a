/*
 * count.h - counts a list of files for every column, on some threads.
 */
#ifndef TOOLS_CLI_COUNT_H
#define TOOLS_CLI_COUNT_H

#include "tools/cli/input.h"
#include "tools/cli/vocab.h"

/* COUNT_LATER: only while it is counted. */
typedef enum cli_counted {
    COUNT_DONE = 0,
    COUNT_BINARY,
    COUNT_FAILED,
    COUNT_LATER
} cli_counted;

typedef struct cli_counts {
    cli_counted *state; /* a file each */
    tkc_error *err; /* of those that failed */
    size_t *bytes;
    size_t *tokens; /* file * n_column + column */
    size_t n_file, n_column, n_done;
    size_t *total; /* a column each, of what was counted */
    size_t total_bytes;
    size_t n_binary;
    bool failed; /* the totals are lower bounds; every failure was said, in order */
} cli_counts;

/* False: nothing was counted, and why was said. Release in any case. */
bool cli_count_files(cli_counts *c, const cli_file_list *l, const cli_targets *t,
                     const cli_args *a);
void cli_counts_release(cli_counts *c);
/* The columns' heads, for cli_table_init(); NULL if there is one column only. */
const char **cli_count_labels(const cli_targets *t);
/* What a reader of the totals should know: binary files left out, files that failed. */
void cli_count_notes(const cli_counts *c, const cli_file_list *l, const cli_args *a);
/* Errors win over --limit, --limit over fine. */
int cli_count_status(const cli_counts *c, const cli_file_list *l, const cli_targets *t,
                     const cli_args *a);

/* The JSON object of count and tree. One column:
 *   {"schema":S,"encoding":...,"class":...,"as":...,"tokens":...,"bytes":...,
 *    "complete":true,LIST:[...]}
 * several: {"schema":S,"results":[{the same without schema},...]}. put_list writes the
 * elements of LIST for a column. */
typedef void (*cli_list_fn)(void *ctx, FILE *f, size_t column);
void cli_put_counts_json(FILE *f, const char *schema, const char *list_name, const cli_counts *c,
                         const cli_targets *t, const cli_args *a, cli_list_fn put_list, void *ctx);
/* "model":...,"rule":...,"encoding":...,"class":... of a column. */
void cli_put_target_json(FILE *f, const cli_targets *t, size_t i);

#endif
