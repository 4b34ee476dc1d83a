/*
 * output.h - everything the command prints: messages, names, JSON, tables, progress.
 *
 * Data goes to standard output, all else to standard error. Names that come from outside
 * have their control characters escaped wherever a person or a terminal may read them.
 */
#ifndef TOOLS_CLI_OUTPUT_H
#define TOOLS_CLI_OUTPUT_H

#include "vocab/base/common.h"

#include <stdio.h>
#include <time.h>

/* One line on standard error: "tokcount: ...". What is said of "-" is said of standard input. Control characters and bytes that are not
 * UTF-8 come out as \xHH, so that a file name cannot forge a line or drive the terminal. */
void cli_message(const char *fmt, ...) TKC_PRINTF(1, 2);
/* This thread's messages go there from now on: for workers whose messages have an order. NULL: standard error. */
void cli_messages_to(FILE *f);
/* "tokcount: NAME: byte N: message"; the byte where the input itself is at fault. Messages of the library that begin
 * with the name are not given it twice. */
void cli_message_at(const char *name, const tkc_error *err);

/* What errno says, in the words of the other messages, and what to do. */
const char *cli_errno_text(int e);

/* A file name on standard output. On a terminal as in cli_message(); elsewhere the bytes as
 * they are, but a newline as \n: a name is one line. */
void cli_put_name(FILE *f, const char *name);
/* "..." with escapes; bytes that are not UTF-8 as \xHH. For people, not JSON. */
void cli_put_quoted(FILE *f, tkc_str s);
/* A JSON string; bytes that are not UTF-8 become U+FFFD. False if there were such. */
bool cli_put_json(FILE *f, tkc_str s);
bool cli_put_json_z(FILE *f, const char *s);

/* Bold print: a terminal, and neither --no-color, NO_COLOR nor TERM=dumb. */
bool cli_use_bold(FILE *f, bool no_color);

/* To a file, all or nothing, or (NULL or "-") to standard output. False: of a file it was said why, of standard output cli_finish() will. */
bool cli_write(const char *path, tkc_str s);
/* Flushes f; false: it failed, and cli_finish() will say why. */
bool cli_flush(FILE *f);
/* Flushes standard output; a write that failed now or before (full disk, closed) makes the
 * status EXIT_ERROR, with a message unless the reader only went away (EPIPE). */
int cli_finish(int status);

/* Numbers in right-aligned columns, then a name, as wc prints them. */
typedef struct cli_table {
    const char **label; /* n_column; NULL: no header line */
    size_t n_column;
    size_t *width; /* of each column; cli_table_fit() makes it grow */
    bool bold;     /* header and sums in bold */
} cli_table;
bool cli_table_init(cli_table *t, const char **label, size_t n_column, bool bold);
void cli_table_release(cli_table *t);
void cli_table_fit(cli_table *t, const size_t *value);
void cli_table_header(const cli_table *t, FILE *f);
/* Columns only; the caller prints the name and the newline. */
void cli_table_row(const cli_table *t, FILE *f, const size_t *value);

/* A bar on standard error, from half a second on, if that is a terminal. */
typedef struct cli_progress {
    bool on, shown;
    struct timespec start;
    const char *unit;
    size_t total;
} cli_progress;
void cli_progress_start(cli_progress *p, const char *unit, size_t total, bool quiet);
void cli_progress_tick(void *progress, size_t done); /* a cli_tick_fn */
void cli_progress_end(cli_progress *p);

#endif
