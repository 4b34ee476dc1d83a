/*
 * rules.h - the cache rules as the command sees them: built in, and those of --rules.
 */
#ifndef TOOLS_AUDIT_RULES_H
#define TOOLS_AUDIT_RULES_H

#include "optimizer/cache/rules.h"
#include "optimizer/money/prices.h"
#include "tools/cli/options.h"

/* Built-in rules, then every --rules file; a later one goes before an earlier one. False: it
 * was said. */
bool cli_rules_open(tkc_cache_rules **out, const cli_args *a);
/* Whether --provider, where it is given, names one that has cache rules or prices. False: it was said. */
bool cli_rules_provider(const tkc_cache_rules *rules, const tkc_prices *prices, const cli_args *a);
/* "audit rules [MODEL]...": prints the rules that hold (--asof, or today), all or those of the
 * models; the exit status. */
int cli_rules_show(const cli_args *a);

#endif
