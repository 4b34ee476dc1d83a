/* report.c - priced records and their sums as JSON, as a table, as notes. */
#include "tools/cost/cost.h"

#include "tools/cli/output.h"
#include "tools/cli/prices.h"

#include <stdio.h>
#include <string.h>

void cost_put_member(const char *key, const char *value)
{
    printf(",\"%s\":", key);
    if (value && *value)
        cli_put_json_z(stdout, value);
    else
        fputs("null", stdout);
}

static void put_counts(const uint64_t *n)
{
    for (int i = 0; i < TKC_N_UNIT; i++)
        if (n[i] || i <= TKC_UNIT_REASONING)
            printf(",\"%s\":%llu", tkc_unit_name((tkc_unit)i), (unsigned long long)n[i]);
}

void cost_put_line(const cost_run *r, uint64_t line, const tkc_usage *u, const tkc_cost *c)
{
    printf("{\"line\":%llu,\"picodollars\":", (unsigned long long)line);
    if (c->priced)
        printf("%llu", (unsigned long long)c->picodollars);
    else
        fputs("null", stdout);
    cost_put_member("class", tkc_cost_class_name(c->cls));
    cost_put_member("why", c->why);
    fputs(",\"model\":", stdout);
    cli_put_json(stdout, u->model);
    cost_put_member("provider", c->model.provider);
    cost_put_member("matched", c->model.model);
    cost_put_member("rule", c->model.model ? tkc_price_rule_name(c->model.rule) : NULL);
    cost_put_member("source", c->row ? tkc_prices_source(r->prices, c->row).what : NULL);
    cost_put_member("format", tkc_usage_format_name(u->format));
    cost_put_member("mode", tkc_mode_name(u->mode));
    if (u->repeats) printf(",\"repeats\":%zu", u->repeats);
    put_counts(u->n);
    fputs("}\n", stdout);
}

static void put_group_json(const cost_run *r, const cost_group *g, bool total)
{
    char digits[TKC_MONEY_SIZE], dollars[TKC_MONEY_SIZE];
    const bool none = g->cls == TKC_COST_UNPRICED;
    const char *v = g->value;
    putchar('{');
    if (!total) {
        fputs("\"by\":{", stdout);
        for (size_t i = 0; i < r->n_by; i++, v += strlen(v) + 1) {
            if (i) putchar(',');
            cli_put_json_z(stdout, r->by[i]);
            putchar(':');
            cli_put_json_z(stdout, v);
        }
        fputs("},", stdout);
    }
    printf("\"records\":%llu,\"unpriced\":%llu,\"picodollars\":%s,\"dollars\":", (unsigned long long)g->records,
           (unsigned long long)g->unpriced, none ? "null" : tkc_money_digits(digits, g->money));
    if (none)
        fputs("null", stdout);
    else
        cli_put_json_z(stdout, tkc_money_dollars(dollars, g->money));
    cost_put_member("class", tkc_cost_class_name(g->cls));
    put_counts(g->n);
    putchar('}');
}

void cost_put_json(const cost_run *r, bool complete)
{
    char date[CLI_DATE_SIZE];
    fputs("{\"schema\":\"tokcount/cost/1\",\"prices_checked\":", stdout);
    cli_put_json_z(stdout, cli_prices_date(date, tkc_prices_checked()));
    cost_put_member("asof", r->a->asof);
    fputs(",\"groups\":[", stdout);
    for (size_t i = 0; i < r->n_group; i++) {
        if (i) putchar(',');
        put_group_json(r, &r->group[i], false);
    }
    fputs("],\"total\":", stdout);
    put_group_json(r, &r->total, true);
    printf(",\"lines\":{\"read\":%llu,\"records\":%llu,\"repeated\":%llu,\"ignored\":%llu,\"left_out\":%llu}",
           (unsigned long long)r->lines, (unsigned long long)r->records,
           (unsigned long long)r->repeated, (unsigned long long)r->ignored,
           (unsigned long long)r->left_out);
    fputs(",\"reasons\":[", stdout);
    for (size_t i = 0; i < r->n_reason; i++) {
        printf("%s{\"records\":%llu", i ? "," : "", (unsigned long long)r->reason[i].records);
        cost_put_member("class", tkc_cost_class_name(r->reason[i].cls));
        cost_put_member("why", r->reason[i].why);
        putchar('}');
    }
    printf("],\"complete\":%s}\n", complete ? "true" : "false");
}

static uint64_t written_of(const cost_group *g)
{
    return g->n[TKC_UNIT_WRITE_5M] + g->n[TKC_UNIT_WRITE_1H];
}

static uint64_t cached_of(const cost_group *g)
{
    return g->n[TKC_UNIT_READ] + g->n[TKC_UNIT_AUDIO_READ] + g->n[TKC_UNIT_IMAGE_READ];
}

static uint64_t uncached_of(const cost_group *g)
{
    return g->n[TKC_UNIT_INPUT] + g->n[TKC_UNIT_AUDIO_IN] + g->n[TKC_UNIT_IMAGE_IN] + g->n[TKC_UNIT_VIDEO_IN];
}

static uint64_t answer_of(const cost_group *g)
{
    return g->n[TKC_UNIT_OUTPUT] + g->n[TKC_UNIT_REASONING] + g->n[TKC_UNIT_AUDIO_OUT] +
           g->n[TKC_UNIT_IMAGE_OUT] + g->n[TKC_UNIT_VIDEO_OUT];
}

/* Decimal points in one column: dollars are exact, so their decimals differ. */
static void put_table_row(const cost_run *r, const cost_group *g, size_t whole, size_t decimals, bool total)
{
    char buf[TKC_MONEY_SIZE];
    const char *d = tkc_money_dollars(buf, g->money), *point = strchr(d, '.'), *v = g->value;
    if (g->cls == TKC_COST_UNPRICED)
        printf("%*s%-*s", (int)(whole > 7 ? whole - 7 : 0), "", (int)decimals + 8, "unpriced");
    else
        printf("%*s%-*s", (int)(whole - (size_t)(point - d)), "", (int)((size_t)(point - d) + 1 + decimals), d);
    printf("  %-11s %9llu %12llu %12llu %12llu %12llu", tkc_cost_class_name(g->cls),
           (unsigned long long)g->records, (unsigned long long)uncached_of(g),
           (unsigned long long)cached_of(g), (unsigned long long)written_of(g),
           (unsigned long long)answer_of(g));
    if (total) {
        fputs("  total\n", stdout);
        return;
    }
    for (size_t i = 0; i < r->n_by; i++, v += strlen(v) + 1) {
        fputs("  ", stdout);
        cli_put_name(stdout, v);
    }
    putchar('\n');
}

void cost_put_table(const cost_run *r)
{
    size_t whole = 7, decimals = 2;
    for (size_t i = 0; i <= r->n_group; i++) {
        char buf[TKC_MONEY_SIZE];
        const char *d = tkc_money_dollars(buf, i < r->n_group ? r->group[i].money : r->total.money);
        const char *point = strchr(d, '.');
        if ((size_t)(point - d) > whole) whole = (size_t)(point - d);
        if (strlen(point + 1) > decimals) decimals = strlen(point + 1);
    }
    printf("%*s%*s  %-11s %9s %12s %12s %12s %12s", (int)whole, "DOLLARS", (int)decimals + 1, "",
           "CLASS", "RECORDS", "INPUT", "CACHED", "WRITTEN", "OUTPUT");
    for (size_t i = 0; i < r->n_by; i++) printf("  %s", r->by[i]);
    putchar('\n');
    for (size_t i = 0; i < r->n_group; i++) put_table_row(r, &r->group[i], whole, decimals, false);
    if (r->n_group != 1) put_table_row(r, &r->total, whole, decimals, true);
}

void cost_put_notes(const cost_run *r)
{
    if (r->left_out)
        cli_message("%llu of %llu records could not be read and are left out: the totals are lower bounds",
                    (unsigned long long)r->left_out, (unsigned long long)r->lines);
    if (r->a->quiet) return;
    if (r->batched && !r->a->batch)
        cli_message("%llu of %llu records are of a batch and have its prices", (unsigned long long)r->batched, (unsigned long long)r->records);
    for (size_t i = 0; i < r->n_by && r->total.records; i++)
        if (!r->has_by[i]) cli_message("--by: no record has '%s'", r->by[i]);
    if (r->total.unpriced)
        cli_message("%llu of %llu records have no price: the totals are lower bounds",
                    (unsigned long long)r->total.unpriced, (unsigned long long)r->total.records);
    for (size_t i = 0; i < r->n_reason; i++)
        cli_message("%llu record%s %s: %s", (unsigned long long)r->reason[i].records, TKC_PLURAL(r->reason[i].records),
                    tkc_cost_class_name(r->reason[i].cls), r->reason[i].why);
    if (r->other_reasons) cli_message("%llu record%s for other reasons", (unsigned long long)r->other_reasons, TKC_PLURAL(r->other_reasons));
}
