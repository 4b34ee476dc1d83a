/*
 * prices.h - the price list as the command sees it: built in, the user's imported file,
 * and those named by --prices.
 */
#ifndef TOOLS_CLI_PRICES_H
#define TOOLS_CLI_PRICES_H

#include "optimizer/money/prices.h"
#include "tools/cli/options.h"

/* $XDG_DATA_HOME/tokcount/prices.yaml, where "prices import" puts a file; NULL without a home
 * folder or memory. To be freed. */
char *cli_prices_path(void);
/* Built-in list, imported file if there is one, then every --prices file; a later one goes
 * before an earlier one. False: it was said. */
bool cli_prices_open(tkc_prices **out, const cli_args *a);
/* The model, or provider, of the list that a name may have meant; NULL: none is near. */
const char *cli_prices_nearest(const tkc_prices *p, const char *name, bool provider);
/* The id of the provider of that name; NULL: there is none in the list, which was said. */
const char *cli_prices_provider(const tkc_prices *p, const char *name);
/* Today, UTC. */
tkc_moment cli_prices_now(void);
/* --asof into *out (day 0 without it). False: it was said. */
bool cli_prices_asof(const cli_args *a, tkc_moment *out);
/* Says, unless --quiet, that the built-in prices are old on that day. */
void cli_prices_warn_age(const cli_args *a, tkc_moment day);

enum { CLI_DATE_SIZE = 11, CLI_PRICE_SIZE = 32 };
/* "2026-11-01"; "" for 0. */
const char *cli_prices_date(char buf[CLI_DATE_SIZE], uint32_t day);
/* Dollars per million tokens, or per request and search dollars each: "2.50". */
const char *cli_prices_text(char buf[CLI_PRICE_SIZE], tkc_unit u, uint64_t price);

#endif
