/*
 * rules.c - tokcount audit rules: the registry, as text or JSON.
 */
#include "tools/audit/rules.h"

#include "tools/cli/input.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"

#include <string.h>

bool cli_rules_open(tkc_cache_rules **out, const cli_args *a)
{
    tkc_buf text;
    tkc_error err = {0};
    bool ok = true;
    if (tkc_cache_rules_new(out, NULL, &err)) {
        cli_message("%s", err.message);
        return false;
    }
    tkc_buf_init(&text, 1 << 24, NULL);
    for (size_t i = 0; i < a->n_rules && ok; i++) {
        tkc_buf_clear(&text);
        ok = !cli_path_read(a->rules[i], &text, &err) && !tkc_cache_rules_add(*out, tkc_buf_str(&text), &err);
        if (!ok) cli_message_at(a->rules[i], &err);
    }
    tkc_buf_release(&text);
    return ok;
}

bool cli_rules_provider(const tkc_cache_rules *rules, const tkc_prices *prices, const cli_args *a)
{
    const tkc_cache_rule *r;
    if (!a->provider) return true;
    for (size_t i = 0; (r = tkc_cache_rules_at(rules, i)); i++)
        if (strcmp(r->provider, a->provider) == 0) return true;
    return cli_prices_provider(prices, a->provider) != NULL;
}

/* "512", "1024 to 2048", "not known", "no end". */
static void put_range(const char *name, tkc_cache_range r, const char *unit)
{
    printf("  %-12s ", name);
    if (r.lo == TKC_CACHE_UNKNOWN) {
        fputs("not known", stdout);
    } else if (r.lo == TKC_CACHE_NO_END) {
        fputs("until room is needed", stdout);
    } else {
        printf("%u", r.lo);
        if (r.hi != r.lo && r.hi != TKC_CACHE_NO_END) printf(" to %u", r.hi);
        fputs(unit, stdout);
        if (r.hi == TKC_CACHE_NO_END) fputs(" or more", stdout);
    }
    putchar('\n');
}

/* 1250 as "1.25". */
static void put_permille(uint32_t v)
{
    printf("%u", v / 1000);
    if (v % 1000) {
        char d[8];
        size_t n = (size_t)snprintf(d, sizeof d, "%03u", v % 1000);
        while (n && d[n - 1] == '0') n--;
        printf(".%.*s", (int)n, d);
    }
}

static void put_segments(uint8_t s)
{
    if (s == TKC_CACHE_ALL) {
        fputs("everything", stdout);
        return;
    }
    if (s & TKC_CACHE_TOOLS) fputs("tools", stdout);
    if (s & TKC_CACHE_SYSTEM) fputs(s & TKC_CACHE_TOOLS ? "+system" : "system", stdout);
    if (s & TKC_CACHE_MESSAGES) fputs(s & (TKC_CACHE_TOOLS | TKC_CACHE_SYSTEM) ? "+messages" : "messages", stdout);
}

static void put_rule(const tkc_cache_rule *r)
{
    char from[CLI_DATE_SIZE], to[CLI_DATE_SIZE];
    cli_put_name(stdout, r->provider);
    fputs(": ", stdout);
    cli_put_name(stdout, r->models);
    putchar('\n');
    printf("  %-12s %s%s%s\n", "cached", tkc_cache_how_name(r->how), *r->field ? ", asked for by " : "", r->field);
    put_range("minimum", r->min_tokens, r->min_visible ? " visible tokens" : " tokens");
    put_range("step", r->step, r->step.lo == 1 && r->step.hi == 1 ? " token" : " tokens");
    if (r->max_breakpoints) {
        printf("  %-12s %u, %u writes a request\n", "breakpoints", r->max_breakpoints, r->max_writes);
        put_range("look-back", r->lookback, r->how == TKC_CACHE_MARKS_AUTO ? " breakpoints" : " blocks");
    }
    printf("  %-12s %s\n", "order", r->order);
    for (uint32_t i = 0; i < r->n_ttl; i++) {
        put_range(r->ttl[i].name[0] ? r->ttl[i].name : "life", r->ttl[i].seconds, r->refresh ? " s, anew with each read" : " s");
        printf("  %-12s ", "  write");
        put_permille(r->ttl[i].write_permille);
        puts(" x input");
    }
    printf("  %-12s ", "read");
    if (r->read_permille.lo == TKC_CACHE_UNKNOWN) {
        puts("not known");
    } else {
        put_permille(r->read_permille.lo);
        if (r->read_permille.hi != r->read_permille.lo) {
            fputs(" to ", stdout);
            put_permille(r->read_permille.hi);
        }
        puts(" x input");
    }
    printf("  %-12s", "invalidated");
    for (int c = 0; c < TKC_N_CACHE_CHANGE; c++)
        if (r->invalidates[c]) {
            printf("%s%s: ", c ? "; " : " ", tkc_cache_change_name((tkc_cache_change)c));
            put_segments(r->invalidates[c]);
        }
    printf("\n  %-12s %s; usage: %s\n", "shared in", r->scope, r->usage);
    if (r->valid_from || r->valid_to)
        printf("  %-12s %s to %s\n", "valid", cli_prices_date(from, r->valid_from), cli_prices_date(to, r->valid_to));
    printf("  %-12s %s (%s%s%s)\n", "source", r->source, tkc_cache_confidence_name(r->confidence),
           *r->checked ? ", checked " : "", r->checked);
    if (*r->note) printf("  %-12s %s\n", "note", r->note);
}

static void json_value(uint32_t v)
{
    if (v == TKC_CACHE_UNKNOWN)
        fputs("null", stdout);
    else if (v == TKC_CACHE_NO_END)
        fputs("\"no end\"", stdout);
    else
        printf("%u", v);
}

static void json_range(const char *name, tkc_cache_range r)
{
    printf(",\"%s\":[", name);
    json_value(r.lo);
    putchar(',');
    json_value(r.hi);
    putchar(']');
}

static void json_text(const char *name, const char *v)
{
    printf(",\"%s\":", name);
    cli_put_json_z(stdout, v);
}

static void put_rule_json(const tkc_cache_rule *r)
{
    char date[CLI_DATE_SIZE];
    fputs("{\"provider\":", stdout);
    cli_put_json_z(stdout, r->provider);
    json_text("models", r->models);
    json_text("how", tkc_cache_how_name(r->how));
    json_range("min_tokens", r->min_tokens);
    printf(",\"min_visible\":%s", r->min_visible ? "true" : "false");
    json_range("step", r->step);
    printf(",\"max_breakpoints\":%u,\"max_writes\":%u", r->max_breakpoints, r->max_writes);
    json_range("lookback", r->lookback);
    json_text("order", r->order);
    fputs(",\"ttl\":[", stdout);
    for (uint32_t i = 0; i < r->n_ttl; i++) {
        printf("%s{\"name\":\"%s\"", i ? "," : "", r->ttl[i].name);
        json_range("seconds", r->ttl[i].seconds);
        printf(",\"write_permille\":%u}", r->ttl[i].write_permille);
    }
    printf("],\"refresh\":%s", r->refresh ? "true" : "false");
    json_range("read_permille", r->read_permille);
    json_range("storage_picodollars", r->storage);
    json_text("scope", r->scope);
    json_text("field", r->field);
    json_text("usage", r->usage);
    fputs(",\"invalidates\":{", stdout);
    for (int c = 0, k = 0; c < TKC_N_CACHE_CHANGE; c++) {
        if (!r->invalidates[c]) continue;
        printf("%s\"%s\":[", k++ ? "," : "", tkc_cache_change_name((tkc_cache_change)c));
        if (r->invalidates[c] & TKC_CACHE_TOOLS) fputs("\"tools\"", stdout);
        if (r->invalidates[c] & TKC_CACHE_SYSTEM) fputs(r->invalidates[c] & 1 ? ",\"system\"" : "\"system\"", stdout);
        if (r->invalidates[c] & TKC_CACHE_MESSAGES) fputs(r->invalidates[c] & 3 ? ",\"messages\"" : "\"messages\"", stdout);
        putchar(']');
    }
    putchar('}');
    json_text("valid_from", cli_prices_date(date, r->valid_from));
    json_text("valid_to", cli_prices_date(date, r->valid_to));
    json_text("source", r->source);
    json_text("checked", r->checked);
    json_text("confidence", tkc_cache_confidence_name(r->confidence));
    json_text("note", r->note);
    putchar('}');
}

static bool holds(const tkc_cache_rule *r, uint32_t day)
{
    return (!r->valid_from || day >= r->valid_from) && (!r->valid_to || day < r->valid_to);
}

/* Is the rule asked for: no operands, or one that is its provider or a model of it? A model that
 * no row names itself is what its provider's "*" says. */
static bool wanted(const cli_args *a, const tkc_cache_rules *all, const tkc_prices *p, const tkc_cache_rule *r,
                   uint32_t day, bool *found)
{
    bool yes = a->n_operand == 1;
    for (size_t i = 1; i < a->n_operand; i++) {
        const char *s = a->operand[i], *id = tkc_prices_provider(p, (tkc_str){s, strlen(s)});
        const tkc_str model = {s, strlen(s)};
        bool hit = tkc_cache_rule_names(r, model) || strcmp(r->provider, id ? id : s) == 0;
        if (!hit && strcmp(r->models, "*") == 0) {
            tkc_price_model m;
            if (!tkc_prices_resolve(p, (tkc_str){NULL, 0}, model, &m, NULL))
                hit = tkc_cache_rules_find(all, m.provider, model, day) == r;
        }
        if (hit) yes = found[i] = true;
    }
    return yes;
}

int cli_rules_show(const cli_args *a)
{
    enum { MOST = 256 };
    tkc_cache_rules *rules = NULL;
    tkc_prices *prices = NULL;
    const tkc_cache_rule *r;
    tkc_moment day;
    bool found[MOST] = {false};
    int status = EXIT_ERROR;
    size_t n = 0;
    if (a->n_operand > MOST) {
        cli_message("audit rules: at most %d models at once", MOST - 1);
    } else if (cli_prices_asof(a, &day) && cli_rules_open(&rules, a) && cli_prices_open(&prices, a) &&
               cli_rules_provider(rules, prices, a)) {
        const char *id = a->provider ? tkc_prices_provider(prices, (tkc_str){a->provider, strlen(a->provider)}) : NULL;
        if (!id) id = a->provider;
        if (!day.day) day = cli_prices_now();
        status = EXIT_FINE;
        if (a->json) fputs("{\"schema\":\"tokcount/audit-rules/1\",\"rules\":[", stdout);
        for (size_t i = 0; (r = tkc_cache_rules_at(rules, i)); i++) {
            if (!holds(r, day.day) || (id && strcmp(r->provider, id) != 0) ||
                !wanted(a, rules, prices, r, day.day, found))
                continue;
            if (n++) putchar(a->json ? ',' : '\n');
            if (a->json)
                put_rule_json(r);
            else
                put_rule(r);
        }
        if (a->json) puts("]}");
        for (size_t i = 1; i < a->n_operand; i++)
            if (!found[i]) {
                cli_message("no cache rule is known for '%s'; 'tokcount audit rules' lists them, --rules FILE adds one",
                            a->operand[i]);
                status = EXIT_ERROR;
            }
    }
    tkc_prices_free(prices);
    tkc_cache_rules_free(rules);
    return status;
}
