/*
 * lines.h - the lines of a log, or its JSON values: plain, gzip or zstd, told by their first bytes.
 *
 * A regular file is as long as it was when it was opened: what a program adds meanwhile is not
 * read, so that a run ends. Lines above 64 MiB are left out and counted.
 */
#ifndef TOOLS_LINES_LINES_H
#define TOOLS_LINES_LINES_H

#include "vocab/base/buf.h"

enum { CLI_MAX_LINE = 64 << 20 };

typedef struct cli_lines cli_lines;
/* "-" is standard input. NULL: err is filled. */
cli_lines *cli_lines_open(const char *path, tkc_error *err);
void cli_lines_close(cli_lines *l);
/*
 * Before the first line: values that stand on several lines (a response as curl and jq print it) and the items of
 * lists (an export) are given one by one too. Told by how the file begins: with a list, or with an object whose first
 * line does not end it; any other file is read by lines. An object that never ends where the next line begins
 * another is the torn line of a log: read by lines from there. Of a page of Langfuse's API ("data" and "meta", in any
 * order, behind other members that are no lists or objects) and of what OpenTelemetry's exporters send ("resourceSpans")
 * each record is given, with its own line. A list without an end is CLI_LINE_FAILED, behind its items.
 */
void cli_lines_take_values(cli_lines *l);
typedef enum cli_line_state { CLI_LINE_OK = 0, CLI_LINE_LONG, CLI_LINE_CUT, CLI_LINE_END, CLI_LINE_FAILED } cli_line_state;
/* The next line, without its newline, valid until the next call. CLI_LINE_LONG: one that is left
 * out; CLI_LINE_CUT: the last, which has no newline; CLI_LINE_FAILED: err is filled. */
cli_line_state cli_lines_next(cli_lines *l, tkc_str *line, tkc_error *err);
/* The line on which what was given last begins, from 1. */
uint64_t cli_lines_number(const cli_lines *l);
/* Was there a page? */
bool cli_lines_had_page(const cli_lines *l);
/* Bytes of the file read so far, and how many it has; 0: not known. */
uint64_t cli_lines_done(const cli_lines *l);
uint64_t cli_lines_size(const cli_lines *l);

#endif
