/*
 * request.h - count --as request: whole API requests, with their parts.
 */
#ifndef TOOLS_CLI_REQUEST_H
#define TOOLS_CLI_REQUEST_H

#include "optimizer/count/count_request.h"
#include "tools/cli/vocab.h"

/* Counts the operands as requests and prints them; the exit status. */
int cli_count_requests(const cli_args *a, const cli_targets *t);

/* What column i of the targets is for the counter; e is an encoder of its vocabulary. */
tkc_count_target cli_count_target(const cli_targets *t, size_t i, tkc_encoder *e);

#endif
