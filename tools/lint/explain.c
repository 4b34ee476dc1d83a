/*
 * explain.c - what a rule is: --explain, --list-rules, and RULES.md for the repository.
 *
 * The savings are measured when they are printed: the bad and the good example of the rule, counted
 * with three vocabularies.
 */
#include "tools/cli/output.h"
#include "tools/cli/vocab.h"
#include "tools/lint/run.h"

#include <stdlib.h>
#include <string.h>

static const char *const measured[] = {"o200k_base", "gemma3", "qwen3_5"};
enum { N_MEASURED = sizeof measured / sizeof *measured };

typedef struct meter {
    cli_folders folders;
    tkc_vocab *vocab[N_MEASURED];
    tkc_encoder *encoder[N_MEASURED];
} meter;

static void meter_open(meter *m)
{
    tkc_vocab_options o;
    memset(m, 0, sizeof *m);
    cli_folders_init(&m->folders);
    o = cli_vocab_options(&m->folders);
    for (size_t i = 0; i < N_MEASURED; i++)
        if (tkc_vocab_open_encoding(&m->vocab[i], measured[i], &o, NULL) == TKC_OK)
            m->encoder[i] = tkc_encoder_new(&m->encoder[i], m->vocab[i], NULL, NULL) ? NULL : m->encoder[i];
}

static void meter_close(meter *m)
{
    for (size_t i = 0; i < N_MEASURED; i++) {
        tkc_encoder_free(m->encoder[i]);
        tkc_vocab_close(m->vocab[i]);
    }
    cli_folders_release(&m->folders);
}

static size_t tokens(const meter *m, size_t i, const char *text)
{
    size_t n = 0;
    return tkc_count(m->encoder[i], (tkc_str){text, strlen(text)}, 0, &n, NULL) ? 0 : n;
}

static const char *state(const tkc_lint_rule *r)
{
    return r->preview ? "preview" : "stable";
}

static bool is_default(size_t i)
{
    return tkc_lint_default_rules() >> i & 1;
}

/* An example, each line behind four blanks; control and invisible characters in angle brackets. */
static void put_example(const char *text)
{
    bool start = true;
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        size_t n = 1;
        while ((p[n] & 0xc0) == 0x80) n++;
        if (start) fputs("    ", stdout);
        start = *p == '\n';
        if (*p == 0x1b)
            fputs("<ESC>", stdout);
        else if (n == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] < 0x90 || p[2] > 0xa7))
            printf("<U+%04X>", 0x2000u | (unsigned)(p[2] & 0x3f));
        else
            fwrite(p, 1, n, stdout);
        p += n;
    }
    if (!start) putchar('\n');
}

/* What .tokcount.yaml may set of a rule. */
static void put_limits(size_t rule, const char *h)
{
    bool any = false;
    for (size_t i = 0; tkc_lint_limit_at(i); i++) {
        const tkc_lint_limit *m = tkc_lint_limit_at(i);
        if (m->rule != (tkc_rule_id)rule) continue;
        if (!any) printf("%sOptions\n\n", h);
        any = true;
        printf("- %s: %llu (%llu to %llu): %s\n", m->key, (unsigned long long)m->usual, (unsigned long long)m->least,
               (unsigned long long)m->most, m->summary);
    }
}

static void put_rule(const meter *m, const tkc_lint_rule *r, bool docs)
{
    size_t index = tkc_lint_rule_find((tkc_str){r->id, strlen(r->id)});
    const char *h = docs ? "\n### " : "\n";
    if (docs) printf("\n## %s %s\n\n", r->id, r->name);
    else printf("%s %s\n", r->id, r->name);
    printf("%s%s.\n%s, %s, %s; fix: %s; %s\n\n%s\n", docs ? "" : "\n", r->summary, r->group, tkc_severity_name(r->severity), state(r),
           tkc_fix_name(r->fix), is_default(index) ? "on by default" : "off by default, on with --select", r->why);
    if (r->bad[0]) {
        printf("%sBad (%s)\n\n", h, r->path);
        put_example(r->bad);
        printf("%sGood\n\n", h);
        put_example(r->good);
        printf("%sMeasured\n\n", h);
        for (size_t i = 0; i < N_MEASURED; i++) {
            size_t a, b;
            if (!m->encoder[i]) continue;
            a = tokens(m, i, r->bad);
            b = tokens(m, i, r->good);
            printf("%s%s: %zu tokens, %zu\n", docs ? "- " : "    ", measured[i], a, b);
        }
    }
    put_limits(index, h);
    if (r->notes[0]) printf("%sNotes\n\n%s\n", h, r->notes);
}

int lint_explain(const cli_args *a, const char *rule)
{
    meter m;
    tkc_rule_id id = tkc_lint_rule_find((tkc_str){rule, strlen(rule)});
    (void)a;
    if (id == TKC_N_RULE) {
        char room[LINT_HINT];
        cli_message("--explain: there is no rule '%s'; %s", rule, lint_rule_hint(rule, room));
        return EXIT_ERROR;
    }
    meter_open(&m);
    put_rule(&m, tkc_lint_rule_at(id), false);
    meter_close(&m);
    return EXIT_FINE;
}

int lint_list_rules(const cli_args *a)
{
    if (a->json) fputs("{\"schema\":\"tokcount/rules/1\",\"rules\":[", stdout);
    for (size_t i = 0; tkc_lint_rule_at(i); i++) {
        const tkc_lint_rule *r = tkc_lint_rule_at(i);
        if (a->json) {
            printf("%s{\"id\":\"%s\",\"name\":\"%s\",\"group\":\"%s\",\"severity\":\"%s\",\"state\":\"%s\",\"fix\":\"%s\","
                   "\"default\":%s,\"summary\":", i ? ",\n" : "\n", r->id, r->name, r->group, tkc_severity_name(r->severity), state(r),
                   tkc_fix_name(r->fix), is_default(i) ? "true" : "false");
            cli_put_json_z(stdout, r->summary);
            putchar('}');
        } else {
            printf("%s  %-28s %-12s %-8s %-8s %-7s %s\n", r->id, r->name, r->group, tkc_severity_name(r->severity), state(r),
                   tkc_fix_name(r->fix), is_default(i) ? "on" : "off");
        }
    }
    if (a->json) fputs("]}\n", stdout);
    return EXIT_FINE;
}

int lint_docs(const cli_args *a)
{
    meter m;
    (void)a;
    meter_open(&m);
    for (size_t i = 0; i < N_MEASURED; i++)
        if (!m.encoder[i]) {
            cli_message("the vocabulary %s is not here; run this in the repository", measured[i]);
            meter_close(&m);
            return EXIT_ERROR;
        }
    fputs("# Rules of `tokcount lint`\n\nMade by `tokcount __lint_rules` from rules.def; `make generate` writes it. The tokens are\n"
          "those of the bad and of the good example as whole files.\n\n| id | name | severity | fix | default |\n|---|---|---|---|---|\n", stdout);
    for (size_t i = 0; tkc_lint_rule_at(i); i++) {
        const tkc_lint_rule *r = tkc_lint_rule_at(i);
        printf("| %s | %s | %s | %s | %s |\n", r->id, r->name, tkc_severity_name(r->severity), tkc_fix_name(r->fix),
               is_default(i) ? "on" : r->preview ? "preview" : "off");
    }
    for (size_t i = 0; tkc_lint_rule_at(i); i++) put_rule(&m, tkc_lint_rule_at(i), true);
    meter_close(&m);
    return EXIT_FINE;
}
