/*
 * line_encoder.h - commands that answer lines of JSON by a vocabulary: one -m or -e, an encoder a
 * thread.
 */
#ifndef TOOLS_LINES_LINE_ENCODER_H
#define TOOLS_LINES_LINE_ENCODER_H

#include "tokenizer/tokenizer.h"
#include "tools/lines/jsonl.h"

/* Answers one line; e is this thread's own. */
typedef tkc_status (*cli_encoder_line_fn)(const cli_args *a, tkc_encoder *e, cli_line *line, tkc_error *err);

/* Every line of the operands (or standard input) by fn; the exit status. command: for messages. */
int cli_encoder_lines(const cli_args *a, const char *command, cli_encoder_line_fn fn);

/* Appends a string to the line's answer. */
tkc_status cli_line_put(cli_line *line, const char *s, tkc_error *err);
/* Appends "{" and, where the line is an object with an "id", that member and a comma. */
tkc_status cli_line_begin(cli_line *line, tkc_error *err);

#endif
