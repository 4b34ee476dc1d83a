/*
 * input.h - the lines of a log: plain, gzip or zstd, told by their first bytes.
 *
 * A regular file is as long as it was when it was opened: what a program adds meanwhile is not
 * read, so that a run ends. Lines above 64 MiB are left out and counted.
 */
#ifndef TOOLS_AUDIT_INPUT_H
#define TOOLS_AUDIT_INPUT_H

#include "vocab/base/buf.h"

enum { CLI_MAX_LINE = 64 << 20 };

typedef struct cli_lines cli_lines;
/* "-" is standard input. NULL: err is filled. */
cli_lines *cli_lines_open(const char *path, tkc_error *err);
void cli_lines_close(cli_lines *l);
typedef enum cli_line_state { CLI_LINE_OK = 0, CLI_LINE_LONG, CLI_LINE_CUT, CLI_LINE_END, CLI_LINE_FAILED } cli_line_state;
/* The next line, without its newline, valid until the next call. CLI_LINE_LONG: one that is left
 * out; CLI_LINE_CUT: the last, which has no newline; CLI_LINE_FAILED: err is filled. */
cli_line_state cli_lines_next(cli_lines *l, tkc_str *line, tkc_error *err);
/* Bytes of the file read so far, and how many it has; 0: not known. */
uint64_t cli_lines_done(const cli_lines *l);
uint64_t cli_lines_size(const cli_lines *l);

#endif
