/*
 * record.h - lines of JSON that carry texts: {"id", "title", "text"} and what a command adds.
 *
 * For commands that need all lines before they can answer (rank, dedupe): the texts are kept,
 * the lines are not. jsonl.h is for those that answer line by line.
 */
#ifndef TOOLS_LINES_RECORD_H
#define TOOLS_LINES_RECORD_H

#include "tools/lines/jsonl.h"

/* Parses the line as an object (or, with allow_string, a string) and makes room in scratch for
 * all its strings, so that slices of cli_member() stay until the next line. */
tkc_status cli_record_parse(cli_line *line, bool allow_string, tkc_error *err);
/* Member `key` of node `object`: a string's text, a number as it is written; any other kind is an
 * error. Absent or null: an error if required, else {"", 0}. */
tkc_status cli_member(cli_line *line, uint32_t object, const char *key, bool required, tkc_str *out,
                      tkc_error *err);
/* Its text: of a string node, or of the member "text" of an object. */
tkc_status cli_record_text(cli_line *line, uint32_t node, tkc_str *out, tkc_error *err);
/* A member that must be a whole number; absent: *out stays. */
tkc_status cli_member_size(cli_line *line, uint32_t object, const char *key, size_t *out,
                           tkc_error *err);

/* Texts read whole: slices of bytes, valid once all are read. */
typedef struct cli_record {
    tkc_str id, title, text;
    tkc_str line; /* with keep_lines */
} cli_record;

typedef struct cli_records {
    cli_record *record;
    size_t n, cap;
    tkc_buf bytes;
    bool keep_lines; /* set before reading */
} cli_records;

/* Every line of every file, in order; a record without an id gets its number from 1 as id.
 * False: it was said. Release in any case. */
bool cli_records_read(cli_records *r, const cli_file_list *l, const cli_args *a);
void cli_records_release(cli_records *r);

/* Appends printed text, at most 200 bytes of it. */
tkc_status cli_append_f(tkc_buf *out, tkc_error *err, const char *fmt, ...) TKC_PRINTF(3, 4);

#endif
