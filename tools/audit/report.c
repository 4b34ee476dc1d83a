/*
 * report.c - what was found, as text and as JSON.
 */
#include "tools/audit/run.h"

#include "tools/cli/output.h"
#include "tools/cli/prices.h"

#include <stdlib.h>
#include <string.h>

/* Causes by money, then tokens, then name; how many. */
static size_t ranked(const tkc_audit *a, tkc_audit_cause out[TKC_N_CAUSE])
{
    size_t n = 0;
    for (int c = 1; c < TKC_N_CAUSE; c++) {
        size_t i = n;
        const tkc_audit_cause_sum *x = &a->cause[c];
        if (!x->requests) continue;
        while (i && (a->cause[out[i - 1]].money.pd < x->money.pd ||
                     (a->cause[out[i - 1]].money.pd == x->money.pd && a->cause[out[i - 1]].tokens < x->tokens))) {
            out[i] = out[i - 1];
            i--;
        }
        out[i] = (tkc_audit_cause)c;
        n++;
    }
    return n;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

/* "$212.40": dollars to the cent, more digits where it is less than one. */
static void put_dollars(FILE *f, tkc_money m)
{
    char buf[TKC_MONEY_SIZE];
    const tkc_u128 cent = 10000000000u;
    tkc_money cut = m;
    if (m.pd >= cent * 100) cut.pd = (m.pd + cent / 2) / cent * cent;
    fprintf(f, "$%s", tkc_money_dollars(buf, cut));
}

void cli_audit_put_place(FILE *f, const tkc_audit_place *p)
{
    fputs(p->part[0] ? p->part : "the settings", f);
    if (p->byte) fprintf(f, " at byte %llu", (unsigned long long)p->byte);
    fprintf(f, " (token %llu)", (unsigned long long)p->token);
}

/* "behind it in the same part: uuid at byte 214"; nothing where nothing is. */
void cli_audit_put_also(FILE *f, const tkc_audit_place *p, const char *indent)
{
    if (!p->n_also) return;
    fprintf(f, "%sbehind it the same part has more that changes:", indent);
    for (uint32_t i = 0; i < p->n_also; i++)
        fprintf(f, "%s %s at byte %llu", i ? "," : "", tkc_audit_cause_name(p->also[i].cause), (unsigned long long)p->also[i].byte);
    putc('\n', f);
}

/* "1 request has", "2 requests have"; of none nothing is said. */
static void say(uint64_t n, const char *one, const char *many)
{
    if (n) cli_message("%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

static const char *mode_of(const tkc_audit_sum *s)
{
    return s->hour < TKC_N_MODE ? tkc_mode_name((tkc_mode)s->hour) : "unknown";
}

static void put_notes(const cli_audit *u)
{
    const tkc_audit *a = &u->audit;
    if (u->bad)
        cli_message("%llu of %llu lines could not be read and are left out", (unsigned long long)u->bad, (unsigned long long)u->lines);
    if (u->a->quiet) return;
    say(u->ignored, "line holds no request, usage at most: what of it a cache could keep is not known",
        "lines hold no request, usage at most: what of them a cache could keep is not known");
    say(a->n_duplicate, "line repeats a request (same id and body) and is left out", "lines repeat a request (same id and body) and are left out");
    say(a->n_reused_id, "id stands on requests that differ; each was taken", "ids stand on requests that differ; each was taken");
    say(a->n_no_time, "request has no time; it is taken as sent with the one before", "requests have no time; each is taken as sent with the one before");
    say(a->n_out_of_order, "request is earlier than the one before it; taken as sent with it ('audit --partial' and 'audit merge' sort by time)",
        "requests are earlier than the one before them; taken as sent with it ('audit --partial' and 'audit merge' sort by time)");
    say(a->n_no_rule, "request is of a model without a cache rule; see 'tokcount audit rules', and --rules",
        "requests are of models without a cache rule; see 'tokcount audit rules', and --rules");
    say(a->n_unpriced, "request has no price: the money is a lower bound", "requests have no price: the money is a lower bound");
    for (size_t i = 0; i < a->as_standard.n; i++) {
        const tkc_audit_sum *s = &a->as_standard.sum[i];
        const bool is_one = s->requests == 1;
        if (s->hour < TKC_N_MODE)
            cli_message("%s: no %s price: %llu %s charged as standard", s->name, mode_of(s), (unsigned long long)s->requests,
                        is_one ? "request is" : "requests are");
        else
            cli_message("%s: the service tier of %llu %s is not known: charged as standard", s->name, (unsigned long long)s->requests,
                        is_one ? "request" : "requests");
    }
    say(a->n_estimate, "request is counted with a vocabulary that is not its model's own, or reconstructed",
        "requests are counted with a vocabulary that is not their model's own, or reconstructed");
    say(tkc_potential_missed(u->best.p), "request came when the memory for the best layout was full; it counts as sent in it",
        "requests came when the memory for the best layout was full; they count as sent in it");
    say(a->tree.n_forgotten, "prefix was forgotten to stay within memory: what it shared later is not seen",
        "prefixes were forgotten to stay within memory: what they shared later is not seen");
}

/* What of a sum could be read. */
static uint64_t possible(const tkc_audit_sums *best, const tkc_audit_sum *s)
{
    const tkc_audit_sum *x = tkc_audit_sum_find(best, s);
    return x ? x->hit : s->hit;
}

static void put_sums(const char *title, const tkc_audit_sums *l, const tkc_audit_sums *best)
{
    enum { MOST = 50, LEAST_WIDTH = 28, MOST_WIDTH = 64 };
    size_t width = LEAST_WIDTH;
    if (l->n < 2 && !(l->n && l->sum[0].name[0])) return;
    for (size_t i = 0; i < l->n && i < MOST; i++) {
        const size_t n = strlen(l->sum[i].name);
        if (n > width) width = n < MOST_WIDTH ? n : MOST_WIDTH;
    }
    printf("\n%-*s %9s %12s %6s %9s %16s %16s\n", (int)width, title, "REQUESTS", "INPUT", "HIT", "POTENTIAL", "DOLLARS", "WASTED");
    for (size_t i = 0; i < l->n && i < MOST; i++) {
        const tkc_audit_sum *s = &l->sum[i];
        char buf[TKC_MONEY_SIZE], buf2[TKC_MONEY_SIZE];
        size_t n = strlen(s->name) ? strlen(s->name) : 1;
        cli_put_name(stdout, s->name[0] ? s->name : "-");
        printf("%*s %9llu %12llu %6.3f %9.3f %16s %16s\n", n < width ? (int)(width - n) : 0, "", (unsigned long long)s->requests,
               (unsigned long long)s->input, share(s->hit, s->input), share(possible(best, s), s->input), tkc_money_dollars(buf, s->actual),
               tkc_money_dollars(buf2, s->wasted));
    }
}

static void put_rate(const tkc_audit *a)
{
    printf("%.3f", share(a->hit, a->input));
    if (a->hit_high != a->hit) printf(" to %.3f", share(a->hit_high, a->input));
}

/* What the log would have cost, laid out otherwise. */
static void put_otherwise(const cli_audit *u)
{
    if (u->audit.actual.pd && u->best.audit.actual.pd < u->audit.actual.pd) {
        fputs("the same content in the best order, with the best breakpoints and lives: ", stdout);
        put_dollars(stdout, u->best.audit.actual);
        putchar('\n');
    }
    if (!u->other.p) return;
    printf("what if %s: hit rate ", u->a->what_if);
    put_rate(&u->other.audit);
    fputs(", ", stdout);
    put_dollars(stdout, u->other.audit.actual);
    fputs(" instead of ", stdout);
    put_dollars(stdout, u->audit.actual);
    putchar('\n');
}

int cli_audit_fail_under(const cli_args *a, uint64_t hit, uint64_t input)
{
    if (a->fail_under < 0) return EXIT_FINE;
    if (!input) {
        cli_message("--fail-under: there are no requests, so no hit rate");
        return EXIT_ERROR;
    }
    if ((double)hit / (double)input >= a->fail_under) return EXIT_FINE;
    cli_message("--fail-under: the hit rate %.4f is below %g", (double)hit / (double)input, a->fail_under);
    return EXIT_FINDINGS;
}

void cli_audit_put_text(const cli_audit *u)
{
    const tkc_audit *a = &u->audit;
    tkc_audit_cause cause[TKC_N_CAUSE];
    const size_t n = ranked(a, cause);
    if (!a->requests) { /* a rate of nothing is not 0 */
        puts("no requests");
        put_notes(u);
        return;
    }
    printf("hit rate %.3f of tokens", share(a->hit, a->input));
    if (a->hit_high != a->hit) printf(" (up to %.3f)", share(a->hit_high, a->input));
    if (a->reported_requests) printf(" (provider-reported %.3f)", share(a->reported_hit, a->reported_input));
    fputs(", potential ", stdout);
    put_rate(&u->best.audit);
    putchar('\n');
    fputs("wasted ", stdout);
    put_dollars(stdout, a->wasted);
    fputs(" of ", stdout);
    put_dollars(stdout, a->actual);
    for (size_t i = 0, said = 0; i < n && said < 3; i++) {
        const tkc_audit_cause_sum *c = &a->cause[cause[i]];
        if (cause[i] == TKC_CAUSE_BELOW_MINIMUM || !a->wasted.pd) continue; /* is no part of what was wasted */
        printf("%s %s in ", said++ ? "," : ":", tkc_audit_cause_name(cause[i]));
        cli_audit_put_place(stdout, &c->example);
        printf(" (%.0f %%)", 100.0 * (double)c->money.pd / (double)a->wasted.pd);
    }
    putchar('\n');
    put_otherwise(u);
    if (n) printf("\n%-22s %9s %12s %16s  %s\n", "CAUSE", "REQUESTS", "TOKENS", "DOLLARS", "FIRST SEEN");
    for (size_t i = 0; i < n; i++) {
        const tkc_audit_cause_sum *c = &a->cause[cause[i]];
        char buf[TKC_MONEY_SIZE];
        printf("%-22s %9llu %12llu %16s  ", tkc_audit_cause_name(cause[i]), (unsigned long long)c->requests,
               (unsigned long long)c->tokens, tkc_money_dollars(buf, c->money));
        cli_put_name(stdout, c->example.file);
        printf(":%llu ", (unsigned long long)c->example.line);
        cli_audit_put_place(stdout, &c->example);
        printf("\n%24s%s\n", "", tkc_audit_cause_fix(cause[i]));
        cli_audit_put_also(stdout, &c->example, "                        ");
        if (u->a->show_text && c->example.is[0]) {
            printf("%24s", "was ");
            cli_put_quoted(stdout, (tkc_str){c->example.was, strlen(c->example.was)});
            printf("\n%24s", "is ");
            cli_put_quoted(stdout, (tkc_str){c->example.is, strlen(c->example.is)});
            putchar('\n');
        }
    }
    put_sums("MODEL", &a->by_model, &u->best.audit.by_model);
    put_sums("TASK", &a->by_task, &u->best.audit.by_task);
    put_notes(u);
}

static void put_money(const char *name, tkc_money m, bool comma)
{
    char buf[TKC_MONEY_SIZE];
    printf("%s\"%s\":%s", comma ? "," : "", name, tkc_money_digits(buf, m));
}

static void put_text(const char *name, const char *value)
{
    printf(",\"%s\":", name);
    cli_put_json_z(stdout, value);
}

static void put_place_json(const tkc_audit_place *p, bool show)
{
    fputs("{\"file\":", stdout);
    cli_put_json_z(stdout, p->file);
    printf(",\"line\":%llu,\"request\":", (unsigned long long)p->line);
    if (p->request[0])
        cli_put_json_z(stdout, p->request);
    else
        printf("\"%llu\"", (unsigned long long)p->line);
    put_text("part", p->part);
    printf(",\"byte\":%llu,\"token\":%llu", (unsigned long long)p->byte, (unsigned long long)p->token);
    for (uint32_t i = 0; i < p->n_also; i++)
        printf("%s{\"cause\":\"%s\",\"byte\":%llu}%s", i ? "," : ",\"also\":[", tkc_audit_cause_name(p->also[i].cause),
               (unsigned long long)p->also[i].byte, i + 1 == p->n_also ? "]" : "");
    if (show) {
        put_text("was", p->was);
        put_text("is", p->is);
    }
    putchar('}');
}

static void put_sums_json(const char *name, const tkc_audit_sums *l, const tkc_audit_sums *best, bool by_hour)
{
    printf(",\"%s\":[", name);
    for (size_t i = 0; i < l->n; i++) {
        const tkc_audit_sum *s = &l->sum[i];
        putchar(i ? ',' : ' ');
        putchar('{');
        if (by_hour) {
            char date[CLI_DATE_SIZE];
            const tkc_moment m = tkc_moment_of_unix(s->hour * 3600);
            printf("\"hour\":\"%sT%02d:00:00Z\"", cli_prices_date(date, m.day), m.minute / 60);
        } else {
            fputs("\"name\":", stdout);
            cli_put_json_z(stdout, s->name);
        }
        printf(",\"requests\":%llu,\"input_tokens\":%llu,\"hit_tokens\":%llu,\"potential_tokens\":%llu,\"money\":{",
               (unsigned long long)s->requests, (unsigned long long)s->input, (unsigned long long)s->hit, (unsigned long long)possible(best, s));
        put_money("actual", s->actual, false);
        put_money("wasted", s->wasted, true);
        fputs("}}", stdout);
    }
    putchar(']');
}

const char *cli_audit_rate(char text[CLI_RATE], uint64_t part, uint64_t whole)
{
    if (!whole) return "null";
    snprintf(text, CLI_RATE, "%.6f", (double)part / (double)whole);
    return text;
}

void cli_audit_put_json(const cli_audit *u)
{
    char rate[2][CLI_RATE];
    const tkc_audit *a = &u->audit, *best = &u->best.audit;
    tkc_audit_cause cause[TKC_N_CAUSE];
    const size_t n = ranked(a, cause);
    printf("{\"schema\":\"tokcount/audit/1\",\"requests\":%llu,\"input_tokens\":%llu,\"hit_tokens\":%llu,\"hit_tokens_high\":%llu,"
           "\"hit_rate\":%s,\"written_tokens\":%llu,\"potential_tokens\":%llu,\"potential_tokens_high\":%llu,\"potential_rate\":%s,\"money\":{",
           (unsigned long long)a->requests, (unsigned long long)a->input, (unsigned long long)a->hit, (unsigned long long)a->hit_high,
           cli_audit_rate(rate[0], a->hit, a->input), (unsigned long long)a->written, (unsigned long long)best->hit,
           (unsigned long long)best->hit_high, cli_audit_rate(rate[1], best->hit, best->input));
    put_money("actual", a->actual, false);
    put_money("potential", best->actual, true);
    put_money("wasted", a->wasted, true);
    fputs(",\"currency\":\"USD\",\"unit\":\"picodollar\"},\"causes\":[", stdout);
    for (size_t i = 0; i < n; i++) {
        const tkc_audit_cause_sum *c = &a->cause[cause[i]];
        printf("%s{\"cause\":\"%s\",\"requests\":%llu,\"tokens\":%llu,", i ? "," : "", tkc_audit_cause_name(cause[i]),
               (unsigned long long)c->requests, (unsigned long long)c->tokens);
        put_money("money", c->money, false);
        put_text("fix", tkc_audit_cause_fix(cause[i]));
        fputs(",\"example\":", stdout);
        put_place_json(&c->example, u->a->show_text);
        putchar('}');
    }
    putchar(']');
    if (u->other.p) {
        const tkc_audit *o = &u->other.audit;
        fputs(",\"what_if\":{\"change\":", stdout);
        cli_put_json_z(stdout, u->a->what_if);
        printf(",\"input_tokens\":%llu,\"hit_tokens\":%llu,\"hit_tokens_high\":%llu,\"hit_rate\":%s,", (unsigned long long)o->input,
               (unsigned long long)o->hit, (unsigned long long)o->hit_high, cli_audit_rate(rate[0], o->hit, o->input));
        put_money("money", o->actual, false);
        putchar('}');
    }
    printf(",\"layout\":{\"not_kept\":%llu,\"pooled\":%llu}", (unsigned long long)tkc_potential_missed(u->best.p),
           (unsigned long long)tkc_potential_pooled(u->best.p));
    printf(",\"reported\":{\"requests\":%llu,\"input_tokens\":%llu,\"hit_tokens\":%llu,\"same\":%llu,\"inside\":%llu}",
           (unsigned long long)a->reported_requests, (unsigned long long)a->reported_input, (unsigned long long)a->reported_hit,
           (unsigned long long)a->reported_exact, (unsigned long long)a->reported_inside);
    printf(",\"lines\":{\"read\":%llu,\"left_out\":%llu,\"cut\":%llu,\"no_request\":%llu,\"duplicate\":%llu,\"reused_id\":%llu,"
           "\"no_time\":%llu,\"out_of_order\":%llu,\"no_rule\":%llu,\"unpriced\":%llu,\"not_exact\":%llu,\"forgotten\":%llu}",
           (unsigned long long)u->lines, (unsigned long long)u->bad, (unsigned long long)u->cut, (unsigned long long)u->ignored,
           (unsigned long long)a->n_duplicate, (unsigned long long)a->n_reused_id, (unsigned long long)a->n_no_time,
           (unsigned long long)a->n_out_of_order, (unsigned long long)a->n_no_rule, (unsigned long long)a->n_unpriced,
           (unsigned long long)a->n_estimate, (unsigned long long)a->tree.n_forgotten);
    fputs(",\"as_standard\":[", stdout);
    for (size_t i = 0; i < a->as_standard.n; i++) {
        fputs(i ? ",{\"model\":" : "{\"model\":", stdout);
        cli_put_json_z(stdout, a->as_standard.sum[i].name);
        printf(",\"mode\":\"%s\",\"requests\":%llu}", mode_of(&a->as_standard.sum[i]), (unsigned long long)a->as_standard.sum[i].requests);
    }
    putchar(']');
    put_sums_json("models", &a->by_model, &u->best.audit.by_model, false);
    put_sums_json("tasks", &a->by_task, &u->best.audit.by_task, false);
    put_sums_json("hours", &a->by_hour, &u->best.audit.by_hour, true);
    printf(",\"complete\":%s}\n", u->failed || u->bad ? "false" : "true");
    if (!u->a->quiet) put_notes(u);
}
