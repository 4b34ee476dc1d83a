/*
 * cmd_prices.c - tokcount prices: what the price list says, and the user's own file in it.
 */
#include "optimizer/money/prices_convert.h"
#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "vocab/base/map_file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static tkc_str slice(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static bool holds(const tkc_price_row *r, uint32_t day)
{
    return (r->from == 0 || day >= r->from) && (r->to == 0 || day < r->to);
}

/* "01:00-04:00 mon-fri", "" for always. */
static const char *when_text(char buf[32], const tkc_price_row *r)
{
    static const char *const day[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    int first = 0, n = 0;
    buf[0] = '\0';
    if (r->first != r->last)
        n = snprintf(buf, 32, "%02u:%02u-%02u:%02u", r->first / 60u, r->first % 60u, r->last / 60u,
                     r->last % 60u);
    if (r->days == 127 || r->days == 0) return buf;
    /* days are one run, maybe over the week's end */
    while (!(r->days >> first & 1) || r->days >> (first + 6) % 7 & 1) first++;
    int last = first;
    while (r->days >> (last + 1) % 7 & 1) last++;
    snprintf(buf + n, 32 - (size_t)n, "%s%s%s%s", n ? " " : "", day[first],
             last == first ? "" : "-", last == first ? "" : day[last % 7]);
    return buf;
}

static void put_member(const char *key, const char *value)
{
    printf(",\"%s\":", key);
    if (value && *value)
        cli_put_json_z(stdout, value);
    else
        fputs("null", stdout);
}

static void put_row_json(const tkc_prices *p, const tkc_price_row *r)
{
    char date[CLI_DATE_SIZE], when[32];
    const tkc_price_source s = tkc_prices_source(p, r);
    fputs("{\"provider\":", stdout);
    cli_put_json_z(stdout, r->provider);
    put_member("model", r->model);
    put_member("mode", tkc_mode_name((tkc_mode)r->mode));
    printf(",\"above\":%lu", (unsigned long)r->above);
    put_member("valid_from", cli_prices_date(date, r->from));
    put_member("valid_to", cli_prices_date(date, r->to));
    put_member("when", when_text(when, r));
    fputs(",\"picodollars\":{", stdout);
    for (int i = 0, n = 0; i < TKC_N_UNIT; i++) {
        uint64_t v = tkc_price_of(r, (tkc_unit)i);
        if (v == TKC_NO_PRICE) continue;
        printf("%s\"%s\":%llu", n++ ? "," : "", tkc_unit_name((tkc_unit)i), (unsigned long long)v);
    }
    printf("},\"disagree\":%s,\"partial\":%s,\"user\":%s",
           r->flags & TKC_PRICE_DISAGREE ? "true" : "false",
           r->flags & TKC_PRICE_PARTIAL ? "true" : "false",
           r->flags & TKC_PRICE_USER ? "true" : "false");
    put_member("source", s.what);
    put_member("checked", s.checked);
    putchar('}');
}

static void put_row(const tkc_prices *p, const tkc_price_row *r)
{
    char from[CLI_DATE_SIZE], to[CLI_DATE_SIZE], when[32], text[CLI_PRICE_SIZE];
    const tkc_price_source s = tkc_prices_source(p, r);
    printf("\n%s", tkc_mode_name((tkc_mode)r->mode));
    if (r->above) printf(", prompts above %lu tokens", (unsigned long)r->above);
    if (r->from) printf(", from %s", cli_prices_date(from, r->from));
    if (r->to) printf(", until %s", cli_prices_date(to, r->to));
    if (*when_text(when, r)) printf(", %s UTC", when);
    if (r->flags & TKC_PRICE_DISAGREE) fputs(" (the sources disagree)", stdout);
    if (r->flags & TKC_PRICE_PARTIAL) fputs(" (also charged by other units)", stdout);
    putchar('\n');
    for (int i = 0; i < TKC_N_UNIT; i++) {
        uint64_t v = tkc_price_of(r, (tkc_unit)i);
        if (v == TKC_NO_PRICE) continue;
        printf("  %-15s %12s\n", tkc_unit_name((tkc_unit)i),
               cli_prices_text(text, (tkc_unit)i, v));
    }
    fputs("  source          ", stdout);
    cli_put_name(stdout, s.what);
    if (*s.checked) printf(", checked %s", s.checked);
    putchar('\n');
}

static int show(const cli_args *a, const tkc_prices *p, tkc_moment asof, const char *name)
{
    const char *meant;
    tkc_price_model m;
    tkc_error err = {0};
    const tkc_price_row *r;
    size_t n = 0;
    if (tkc_prices_resolve(p, slice(a->provider ? a->provider : ""), slice(name), &m, &err)) {
        if ((meant = cli_prices_nearest(p, name, false)) != NULL && strcasecmp(meant, name) == 0)
            cli_message("%s", err.message); /* it is there: the provider is missing */
        else if (meant)
            cli_message("%s; a name is matched exactly: did you mean '%s'?", err.message, meant);
        else
            cli_message("%s; a name is matched exactly, 'tokcount prices list' has all", err.message);
        return EXIT_ERROR;
    }
    if (a->json) {
        fputs("{\"schema\":\"tokcount/prices/1\",\"name\":", stdout);
        cli_put_json_z(stdout, name);
        put_member("provider", m.provider);
        put_member("model", m.model);
        put_member("rule", tkc_price_rule_name(m.rule));
        fputs(",\"rows\":[", stdout);
    } else {
        printf("model           ");
        cli_put_name(stdout, m.model);
        printf("\nprovider        %s\nmatched by      %s\n", m.provider, tkc_price_rule_name(m.rule));
        printf("prices          dollars per million tokens; request, search: dollars each\n");
    }
    for (size_t i = 0; (r = tkc_prices_at(p, i)) != NULL; i++) {
        if (strcmp(r->provider, m.provider) != 0 || strcmp(r->model, m.model) != 0) continue;
        if (asof.day && !holds(r, asof.day)) continue;
        if (!a->json) {
            put_row(p, r);
        } else {
            if (n) putchar(',');
            put_row_json(p, r);
        }
        n++;
    }
    if (a->json) fputs("]}\n", stdout);
    if (n == 0 && !a->json) {
        cli_message("%s has no price on %s", m.model, a->asof);
        return EXIT_ERROR;
    }
    return EXIT_FINE;
}

/* The standard price of today (or --asof) of every model; one provider's if it is named. */
static int list(const cli_args *a, const tkc_prices *p, tkc_moment day, const char *provider)
{
    static const tkc_unit column[] = {TKC_UNIT_INPUT, TKC_UNIT_OUTPUT, TKC_UNIT_READ,
                                      TKC_UNIT_WRITE_5M, TKC_UNIT_WRITE_1H};
    const tkc_price_row *r;
    const char *only = NULL;
    size_t n = 0;
    if (provider && !(only = cli_prices_provider(p, provider))) return EXIT_ERROR;
    if (a->json)
        fputs("{\"schema\":\"tokcount/prices/1\",\"rows\":[", stdout);
    else
        printf("%-18s %-44s %10s %10s %10s %10s %10s\n", "PROVIDER", "MODEL", "INPUT", "OUTPUT",
               "CACHED", "WRITE 5M", "WRITE 1H");
    for (size_t i = 0; (r = tkc_prices_at(p, i)) != NULL; i++) {
        if (only && strcmp(r->provider, only) != 0) continue;
        if (!holds(r, day.day)) continue;
        if (a->json) {
            if (n++) putchar(',');
            put_row_json(p, r);
            continue;
        }
        if (r->mode != TKC_MODE_STANDARD || r->above || r->first != r->last) continue;
        printf("%-18s %-44s", r->provider, r->model);
        for (size_t k = 0; k < sizeof column / sizeof *column; k++) {
            char text[CLI_PRICE_SIZE];
            uint64_t v = tkc_price_of(r, column[k]);
            printf(" %10s", v == TKC_NO_PRICE ? "-" : cli_prices_text(text, column[k], v));
        }
        putchar('\n');
    }
    if (a->json) fputs("]}\n", stdout);
    return EXIT_FINE;
}

/* A price list of another project, in its place the price file that says the same; the text
 * stays as it is when it is none. False: it was said. */
static bool convert(const char *path, tkc_buf *text)
{
    tkc_prices_converted what;
    tkc_buf own;
    tkc_error err = {0};
    tkc_status st;
    tkc_buf_init(&own, 64u << 20, NULL);
    st = tkc_prices_convert(tkc_buf_str(text), &own, &what, NULL, &err);
    if (st == TKC_OK) {
        tkc_buf_release(text);
        *text = own;
        cli_message("%s: a price list of %s: %zu rows; %zu models have no price a token, %zu rows have conditions "
                    "that are not read, %zu prices were rounded to a whole picodollar a token",
                    path, what.format, what.rows, what.unpriced, what.left_out, what.rounded);
        return true;
    }
    tkc_buf_release(&own);
    if (st == TKC_E_NOTFOUND) return true;
    cli_message_at(path, &err);
    return false;
}

/* Checks a price file and keeps a copy that every later run reads. */
static int import(const char *path)
{
    tkc_prices *p = NULL;
    tkc_buf text;
    tkc_error err = {0};
    char *own = cli_prices_path(), *slash;
    const tkc_price_row *r;
    size_t n = 0;
    int status = EXIT_ERROR;
    tkc_buf_init(&text, 64u << 20, NULL);
    if (!own) {
        cli_message("prices import: no home folder; set HOME or XDG_DATA_HOME");
    } else if (tkc_prices_new(&p, NULL, &err)) {
        cli_message("%s", err.message);
    } else if (cli_path_read(path, &text, &err)) {
        cli_message_at(path, &err);
    } else if (!convert(path, &text)) {
        status = EXIT_ERROR;
    } else if (tkc_prices_add(p, tkc_buf_str(&text), &err)) {
        cli_message("%s: %s", path, err.message);
    } else {
        slash = strrchr(own, '/');
        *slash = '\0';
        if (tkc_make_dir(own, &err)) {
            cli_message("%s", err.message);
        } else {
            *slash = '/';
            if (tkc_write_file(own, tkc_buf_str(&text), &err)) {
                cli_message_at(own, &err);
            } else {
                while ((r = tkc_prices_at(p, n)) != NULL && r->flags & TKC_PRICE_USER) n++;
                printf("%zu rows, now in ", n);
                cli_put_name(stdout, own);
                putchar('\n');
                status = EXIT_FINE;
            }
        }
    }
    tkc_buf_release(&text);
    tkc_prices_free(p);
    free(own);
    return status;
}

int cmd_prices(const cli_args *a)
{
    const char *what = a->n_operand ? a->operand[0] : "list";
    const char *name = a->n_operand > 1 ? a->operand[1] : NULL;
    tkc_prices *p = NULL;
    tkc_moment asof, day;
    int status = EXIT_ERROR;
    if (strcmp(what, "import") == 0 && a->n_operand == 2) return import(name);
    if (!((strcmp(what, "show") == 0 && a->n_operand == 2) ||
          (strcmp(what, "list") == 0 && a->n_operand <= 2))) {
        cli_message("prices: give 'list', 'list PROVIDER', 'show MODEL' or 'import FILE'");
        return EXIT_ERROR;
    }
    if (!cli_prices_asof(a, &asof) || !cli_prices_open(&p, a)) return EXIT_ERROR;
    day = asof.day ? asof : cli_prices_now();
    cli_prices_warn_age(a, day);
    status = strcmp(what, "show") == 0 ? show(a, p, asof, name) : list(a, p, day, name);
    tkc_prices_free(p);
    return status;
}
