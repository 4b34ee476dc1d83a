/* format.h - what the output formats share. */
#ifndef TOOLS_LINT_FORMAT_H
#define TOOLS_LINT_FORMAT_H

#include "tools/lint/run.h"

/* Text inside HTML or XML, an attribute too: & < > " ' as entities, what XML cannot hold (controls,
 * bytes that are no UTF-8) as U+FFFD. */
void lint_put_markup(FILE *f, const char *s);

#endif
