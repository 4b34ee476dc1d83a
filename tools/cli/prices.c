/*
 * prices.c - opens price lists and prints prices and dates.
 */
#include "tools/cli/prices.h"

#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/vocab.h"
#include "vocab/base/near.h"

#include <stdlib.h>
#include <string.h>

/* Prices change several times a year; a list this old has probably missed a change. */
enum { OLD_DAYS = 60 };

char *cli_prices_path(void)
{
    cli_folders f;
    char *path = NULL, *slash;
    cli_folders_init(&f);
    if (f.user && (slash = strrchr(f.user, '/')) != NULL) { /* beside the vocabularies */
        *slash = '\0';
        path = cli_path_join(f.user, "prices.yaml", "");
    }
    cli_folders_release(&f);
    return path;
}

static bool add_file(tkc_prices *p, const char *path)
{
    tkc_buf text;
    tkc_error err = {0};
    bool ok;
    tkc_buf_init(&text, 64u << 20, NULL);
    ok = !cli_path_read(path, &text, &err);
    if (!ok) {
        cli_message_at(path, &err);
    } else {
        ok = !tkc_prices_add(p, tkc_buf_str(&text), &err);
        if (!ok) cli_message("%s: %s", path, err.message);
    }
    tkc_buf_release(&text);
    return ok;
}

bool cli_prices_open(tkc_prices **out, const cli_args *a)
{
    tkc_prices *p = NULL;
    tkc_error err = {0};
    char *own;
    bool ok = true;
    if (tkc_prices_new(&p, NULL, &err)) {
        cli_message("%s", err.message);
        return false;
    }
    own = cli_prices_path();
    if (own && cli_path_exists(own)) ok = add_file(p, own);
    free(own);
    for (size_t i = 0; ok && i < a->n_prices; i++) ok = add_file(p, a->prices[i]);
    if (!ok) {
        tkc_prices_free(p);
        return false;
    }
    *out = p;
    return true;
}

const char *cli_prices_nearest(const tkc_prices *p, const char *name, bool provider)
{
    tkc_near near = {.wanted = name};
    const tkc_price_row *r;
    for (size_t i = 0; *name && (r = tkc_prices_at(p, i)) != NULL; i++) tkc_near_offer(&near, provider ? r->provider : r->model);
    return near.n ? near.name[0] : NULL;
}

const char *cli_prices_provider(const tkc_prices *p, const char *name)
{
    const char *id = tkc_prices_provider(p, (tkc_str){name, strlen(name)}), *meant;
    if (id) return id;
    if ((meant = cli_prices_nearest(p, name, true)) != NULL)
        cli_message("no provider '%s' in the price list; did you mean '%s'?", name, meant);
    else
        cli_message("no provider '%s' in the price list; 'tokcount prices list' names all", name);
    return NULL;
}

tkc_moment cli_prices_now(void)
{
    tkc_moment now = tkc_moment_of_unix((int64_t)time(NULL));
    now.minute = -1; /* "now" decides the day; the hour of a past request it does not know */
    return now;
}

bool cli_prices_asof(const cli_args *a, tkc_moment *out)
{
    *out = (tkc_moment){.minute = -1};
    if (!a->asof || tkc_moment_of_date((tkc_str){a->asof, strlen(a->asof)}, out)) return true;
    cli_message("--asof: '%s' is no date; give one such as 2026-11-01", a->asof);
    return false;
}

void cli_prices_warn_age(const cli_args *a, tkc_moment day)
{
    char date[CLI_DATE_SIZE];
    uint32_t checked = tkc_prices_checked();
    int64_t age = tkc_moment_days(day.day) - tkc_moment_days(checked);
    if (a->quiet || age <= OLD_DAYS) return;
    cli_message("the built-in prices are of %s, %lld days before; 'tokcount prices import FILE' "
                "puts newer ones before them",
                cli_prices_date(date, checked), (long long)age);
}

const char *cli_prices_date(char buf[CLI_DATE_SIZE], uint32_t day)
{
    if (day)
        snprintf(buf, CLI_DATE_SIZE, "%04u-%02u-%02u", day / 10000 % 10000, day / 100 % 100, day % 100);
    else
        buf[0] = '\0';
    return buf;
}

const char *cli_prices_text(char buf[CLI_PRICE_SIZE], tkc_unit u, uint64_t price)
{
    /* picodollars a token are millionths of dollars per million tokens */
    const int decimals = u >= TKC_N_TOKEN_UNIT ? 12 : 6;
    uint64_t unit = 1;
    size_t n;
    for (int i = 0; i < decimals; i++) unit *= 10;
    snprintf(buf, CLI_PRICE_SIZE, "%llu.%0*llu", (unsigned long long)(price / unit), decimals,
             (unsigned long long)(price % unit));
    n = strlen(buf);
    while (buf[n - 1] == '0' && buf[n - 3] != '.') buf[--n] = '\0';
    return buf;
}
