/*
 * jsonl.h - lines of JSON in, one answer a line out, in order.
 *
 * The file is read in blocks of whole lines; a block's lines are shared among threads when
 * it is large. What has been read is answered before more is asked for, so the command
 * works inside a pipe. The first bad line ends the run: what stands before it was answered;
 * cli_jsonl_run_all() goes on behind it where --on-error says so.
 */
#ifndef TOOLS_LINES_JSONL_H
#define TOOLS_LINES_JSONL_H

#include "tools/cli/input.h"
#include "vocab/base/json.h"

typedef struct cli_line {
    tkc_str text; /* without its newline */
    tkc_json *doc;
    tkc_buf *scratch; /* for the line's use */
    tkc_buf *out;     /* the answer goes behind what it holds, with its newline */
    size_t worker;
    bool is_open; /* no newline stands behind it: the last of a file */
} cli_line;

/* Answers one line. On failure err->offset is a byte of the line. */
typedef tkc_status (*cli_line_fn)(void *ctx, cli_line *line, tkc_error *err);

enum { CLI_MAX_WORKERS = 256 };

/* Every file; blank lines are skipped and have no answer. out NULL: answers are not printed.
 * False: it was said. */
bool cli_jsonl_run(const cli_file_list *l, const cli_args *a, cli_line_fn fn, void *ctx,
                   FILE *out);

/* The answer to a line that could not be used, in place of the function's own. */
typedef tkc_status (*cli_bad_line_fn)(void *ctx, cli_line *line, const tkc_error *why, tkc_error *err);
/* The same, with bad lines left out and counted in *left_out (REPORT: the first 20 are said;
 * FAIL: as above). bad may be NULL: they have no answer. */
bool cli_jsonl_run_all(const cli_file_list *l, const cli_args *a, cli_on_error on_error,
                       cli_line_fn fn, cli_bad_line_fn bad, void *ctx, FILE *out, size_t *left_out);

/* Takes the answers of some lines, whole, on the caller's thread and in the order of the lines. False: it was said,
 * and the run ends. */
typedef bool (*cli_answers_fn)(void *ctx, tkc_str answers);
/* The same for answers that are no plain output, with an answer of blank() to each blank line. */
bool cli_jsonl_run_to(const cli_file_list *l, const cli_args *a, cli_on_error on_error, cli_line_fn fn, cli_line_fn blank,
                      cli_bad_line_fn bad, void *ctx, cli_answers_fn put, size_t *left_out);

/* A cli_bad_line_fn: "-". */
tkc_status cli_jsonl_dash(void *ctx, cli_line *line, const tkc_error *why, tkc_error *err);
/* Says how many lines were left out, and gives the exit status for it. */
int cli_jsonl_left_out(size_t left_out, cli_on_error on_error, bool quiet);

/* The text of a line: a JSON string, or the member "text" of an object. */
tkc_status cli_line_text(cli_line *line, bool strict, tkc_str *out, tkc_error *err);
/* The ids of a line that is a JSON array, in scratch as uint32_t. */
tkc_status cli_line_ids(cli_line *line, const uint32_t **ids, size_t *n, tkc_error *err);

#endif
