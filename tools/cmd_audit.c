/*
 * cmd_audit.c - tokcount audit: which of its parts are asked for.
 */
#include "tools/cli/audit_rules.h"
#include "tools/cli/output.h"

#include <string.h>

int cmd_audit(const cli_args *a)
{
    if (a->n_operand && strcmp(a->operand[0], "rules") == 0) return cli_rules_show(a);
    cli_message("audit: say what: 'tokcount audit rules [MODEL]...'");
    return EXIT_ERROR;
}
