/*
 * html.c - the report as one file that needs nothing else.
 *
 * All that comes from a log stands in one block of JSON that no browser runs, with <, >, & and all
 * that is not ASCII escaped; the script puts it into text nodes. The policy forbids every request
 * and every script and style but the two whose hashes it names. Prompt text is left out unless
 * asked for.
 */
#include "tools/audit/run.h"

#include "tools/audit/html_page.h"
#include "tools/cli/output.h"
#include "tools/cli/prices.h"
#include "vocab/base/ascii.h"
#include "vocab/base/base64.h"
#include "vocab/base/error.h"
#include "vocab/base/sha256.h"
#include "vocab/base/utf8.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PAGE = 1 << 26, LEVELS = 10, MOST_CHILDREN = 12, LABEL = 120 };

typedef struct page {
    tkc_buf out;
    tkc_status st;
    tkc_error err;
    bool show;
} page;

static void put(page *p, const char *s, size_t n)
{
    if (!p->st) p->st = tkc_buf_append(&p->out, s, n, &p->err);
}

static void puts_(page *p, const char *s)
{
    put(p, s, strlen(s));
}

static void putf(page *p, const char *fmt, ...) TKC_PRINTF(2, 3);
static void putf(page *p, const char *fmt, ...)
{
    char buf[512];
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(buf, sizeof buf, fmt, args);
    va_end(args);
    if (n > 0) put(p, buf, (size_t)n < sizeof buf ? (size_t)n : sizeof buf - 1);
}

/* A JSON string in ASCII in which no tag, comment or entity can begin or end. */
static void put_string(page *p, tkc_str s)
{
    puts_(p, "\"");
    for (size_t i = 0; i < s.len;) {
        const size_t good = tkc_utf8_valid(s.ptr + i, s.len - i < 4 ? s.len - i : 4);
        uint32_t cp = 0xfffd;
        unsigned n = 1;
        if (good) cp = tkc_utf8_get((const unsigned char *)s.ptr + i, &n);
        i += n;
        if (cp >= 0x10000)
            putf(p, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (cp >> 10)), (unsigned)(0xdc00 + (cp & 0x3ff)));
        else if (cp < 0x20 || cp >= 0x7f || tkc_is_one_of((char)cp, "\"\\<>&'/"))
            putf(p, "\\u%04x", (unsigned)cp);
        else
            put(p, &(char){(char)cp}, 1);
    }
    puts_(p, "\"");
}

static void put_text(page *p, const char *name, const char *value)
{
    putf(p, ",\"%s\":", name);
    put_string(p, (tkc_str){value, strlen(value)});
}

/* Money and its like as text: a script's numbers end at 2^53. */
static void put_money(page *p, const char *name, tkc_money m)
{
    char buf[TKC_MONEY_SIZE];
    putf(p, ",\"%s\":\"%s\"", name, tkc_money_digits(buf, m));
}

static void put_sums(page *p, const char *name, const tkc_audit_sums *l, const tkc_audit_sums *best, bool by_hour)
{
    putf(p, ",\"%s\":[", name);
    for (size_t i = 0; i < l->n; i++) {
        const tkc_audit_sum *s = &l->sum[i];
        const tkc_audit_sum *b = tkc_audit_sum_find(best, s);
        char text[40] = "", date[CLI_DATE_SIZE];
        if (by_hour) {
            const tkc_moment m = tkc_moment_of_unix(s->hour * 3600);
            snprintf(text, sizeof text, "%s %02d:00", cli_prices_date(date, m.day), m.minute / 60);
        }
        putf(p, "%s{\"requests\":%llu,\"input\":%llu,\"hit\":%llu,\"potential\":%llu", i ? "," : "", (unsigned long long)s->requests,
             (unsigned long long)s->input, (unsigned long long)s->hit, (unsigned long long)(b ? b->hit : s->hit));
        put_text(p, "name", by_hour ? text : s->name);
        put_money(p, "actual", s->actual);
        put_money(p, "wasted", s->wasted);
        puts_(p, "}");
    }
    puts_(p, "]");
}

/* --- the tree -------------------------------------------------------------------------------- */

typedef struct pick {
    uint32_t node;
    uint64_t requests;
} pick;

static int most_first(const void *a, const void *b)
{
    const pick *x = a, *y = b;
    return x->requests != y->requests ? (x->requests > y->requests ? -1 : 1) : x->node < y->node ? -1 : x->node > y->node;
}

/* The children with the most requests, settings and the like passed over; how many. */
static size_t pick_children(const tkc_tree *t, const uint32_t *child, size_t n, pick out[MOST_CHILDREN + 1], uint64_t *others)
{
    pick *all = n ? malloc(n * sizeof *all) : NULL;
    size_t k = 0;
    *others = 0;
    if (!all) return 0;
    for (size_t i = 0; i < n; i++) all[i] = (pick){child[i], t->node[child[i]].requests};
    qsort(all, n, sizeof *all, most_first);
    for (size_t i = 0; i < n; i++) {
        if (k < MOST_CHILDREN && (all[i].requests > 1 || n <= MOST_CHILDREN))
            out[k++] = all[i];
        else
            *others += all[i].requests;
    }
    free(all);
    return k;
}

/* One node and those below, at most LEVELS deep. */
static void put_node(page *p, const tkc_tree *t, uint32_t i, unsigned level)
{
    static const char *const zone[] = {"tools", "system", "messages"};
    const tkc_tree_node *n = &t->node[i];
    pick child[MOST_CHILDREN + 1];
    uint64_t others = 0;
    const size_t k = level < LEVELS ? pick_children(t, n->child, n->n_child, child, &others) : 0;
    char label[LABEL];
    if (n->is_setting)
        snprintf(label, sizeof label, "%s", n->depth ? "settings" : "all");
    else
        snprintf(label, sizeof label, "%s: %s%s%s", zone[n->zone], tkc_part_kind_name((tkc_part_kind)n->kind), n->role ? ", " : "",
                 tkc_role_name((tkc_role)n->role));
    putf(p, "{\"requests\":%llu,\"tokens\":%llu,\"zone\":\"%s\"", (unsigned long long)n->requests, (unsigned long long)n->tokens,
         n->is_setting ? "zs" : n->zone == TKC_ZONE_TOOLS ? "z0" : n->zone == TKC_ZONE_SYSTEM ? "z1" : "z2");
    put_text(p, "label", label);
    if (p->show || n->is_setting) {
        size_t len = n->text_len < 60 ? n->text_len : 60;
        puts_(p, ",\"text\":");
        put_string(p, (tkc_str){n->text ? n->text : "", len});
    }
    puts_(p, ",\"children\":[");
    for (size_t c = 0; c < k; c++) {
        if (c) puts_(p, ",");
        put_node(p, t, child[c].node, level + 1);
    }
    if (others)
        putf(p, "%s{\"requests\":%llu,\"tokens\":%llu,\"zone\":\"zs\",\"label\":\"%zu others\",\"children\":[]}", k ? "," : "",
             (unsigned long long)others, (unsigned long long)n->tokens, (size_t)n->n_child - k);
    puts_(p, "]}");
}

static void put_tree(page *p, const tkc_tree *t)
{
    size_t n = 0;
    puts_(p, ",\"tree\":[");
    for (uint32_t i = 0; i < t->n_node && n < 100; i++) {
        if (!t->node[i].serial || t->node[i].depth) continue;
        if (n++) puts_(p, ",");
        put_node(p, t, i, 0);
    }
    puts_(p, "]");
}

/* --- the page ---------------------------------------------------------------------------------- */

static void put_data(page *p, const cli_audit *u)
{
    const tkc_audit *a = &u->audit, *best = &u->best.audit;
    size_t n = 0;
    putf(p, "{\"requests\":%llu,\"input\":%llu,\"hit\":%llu,\"potential\":[%llu,%llu,%llu]", (unsigned long long)a->requests,
         (unsigned long long)a->input, (unsigned long long)a->hit, (unsigned long long)best->hit, (unsigned long long)best->hit_high,
         (unsigned long long)best->input);
    put_money(p, "best", best->actual);
    put_money(p, "actual", a->actual);
    put_money(p, "wasted", a->wasted);
    if (u->other.p) {
        const tkc_audit *o = &u->other.audit;
        putf(p, ",\"otherwise\":{\"input\":%llu,\"hit\":%llu", (unsigned long long)o->input, (unsigned long long)o->hit);
        put_text(p, "change", u->a->what_if);
        put_money(p, "actual", o->actual);
        puts_(p, "}");
    }
    puts_(p, ",\"causes\":[");
    for (int c = 1; c < TKC_N_CAUSE; c++) {
        const tkc_audit_cause_sum *x = &a->cause[c];
        if (!x->requests) continue;
        putf(p, "%s{\"requests\":%llu,\"tokens\":%llu", n++ ? "," : "", (unsigned long long)x->requests, (unsigned long long)x->tokens);
        put_text(p, "cause", tkc_audit_cause_name((tkc_audit_cause)c));
        put_text(p, "fix", tkc_audit_cause_fix((tkc_audit_cause)c));
        put_money(p, "money", x->money);
        putf(p, ",\"example\":{\"line\":%llu,\"byte\":%llu,\"token\":%llu", (unsigned long long)x->example.line,
             (unsigned long long)x->example.byte, (unsigned long long)x->example.token);
        put_text(p, "file", x->example.file);
        put_text(p, "request", x->example.request);
        put_text(p, "part", x->example.part);
        if (p->show) {
            put_text(p, "was", x->example.was);
            put_text(p, "is", x->example.is);
        }
        puts_(p, "}}");
    }
    puts_(p, "]");
    put_sums(p, "hours", &a->by_hour, &best->by_hour, true);
    put_sums(p, "models", &a->by_model, &best->by_model, false);
    put_sums(p, "tasks", &a->by_task, &best->by_task, false);
    put_tree(p, &a->tree);
    puts_(p, "}");
}

/* 'sha256-...' of the lines between two tags, as the policy names it. */
static void put_hash(page *p, const char *const *line)
{
    unsigned char sum[32];
    tkc_buf all;
    tkc_buf_init(&all, MOST_PAGE, NULL);
    for (; *line && !p->st; line++) p->st = tkc_buf_append(&all, *line, strlen(*line), &p->err);
    tkc_sha256(tkc_buf_str(&all), sum);
    puts_(p, "'sha256-");
    if (!p->st) p->st = tkc_base64_encode((tkc_str){(const char *)sum, sizeof sum}, &p->out, &p->err);
    puts_(p, "'");
    tkc_buf_release(&all);
}

bool cli_audit_write_html(const cli_audit *u, const char *path)
{
    static const char *const part[][2] = {
        {"time", "Hit rate over time"}, {"fall", "Where the tokens went"}, {"causes", "Causes"},
        {"tree", "Prompts that begin alike"}, {"models", "By model"}, {"tasks", "By task"}};
    page p = {.show = u->a->show_text};
    bool ok;
    tkc_buf_init(&p.out, MOST_PAGE, NULL);
    puts_(&p, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src ");
    put_hash(&p, cli_page_style);
    puts_(&p, "; script-src ");
    put_hash(&p, cli_page_script);
    puts_(&p, "; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
              "<meta name=\"referrer\" content=\"no-referrer\">\n<title>Prompt cache audit</title>\n<style>");
    for (const char *const *s = cli_page_style; *s; s++) puts_(&p, *s);
    puts_(&p, "</style>\n</head>\n<body>\n<h1>Prompt cache audit</h1>\n<p>What the providers' caches kept of this log, what was lost and why. Made by tokcount ");
    puts_(&p, TKC_VERSION);
    puts_(&p, p.show ? ".</p>\n" : "; prompt text is left out.</p>\n");
    puts_(&p, "<div id=\"cards\" class=\"cards\"></div>\n");
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        putf(&p, "<h2>%s</h2>\n<div id=\"%s\" class=\"scroll\"></div>\n", part[i][1], part[i][0]);
    puts_(&p, "<script type=\"application/json\" id=\"data\">");
    put_data(&p, u);
    puts_(&p, "</script>\n<script>");
    for (const char *const *s = cli_page_script; *s; s++) puts_(&p, *s);
    puts_(&p, "</script>\n</body>\n</html>\n");
    if (p.st) cli_message_at(path, &p.err);
    ok = !p.st && cli_write(path, tkc_buf_str(&p.out));
    tkc_buf_release(&p.out);
    return ok;
}
