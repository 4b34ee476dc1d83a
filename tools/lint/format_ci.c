/*
 * format_ci.c - findings for machines: SARIF 2.1.0, GitHub annotations, GitLab code quality, JUnit,
 * Checkstyle, and the diagnostic format of reviewdog.
 *
 * Every path and message is escaped for its format: a file name may hold a line end, "::" or a tag.
 */
#include "tools/cli/output.h"
#include "tools/lint/format.h"
#include "vocab/base/ascii.h"

#include <string.h>

enum {
    MAX_SARIF = 5000,   /* GitHub keeps no more results of a run; the worst come first */
    MAX_ANNOTATIONS = 10 /* of each kind, that GitHub shows of a step */
};

static const char *level(tkc_severity s)
{
    return s == TKC_LINT_ERROR ? "error" : s == TKC_LINT_WARNING ? "warning" : "note";
}

/* A path as a URI reference: everything but letters, digits and -._~/ as %HH. */
static void put_uri(FILE *f, const char *s)
{
    fputc('"', f);
    if (*s != '/' && strchr(s, ':')) fputs("./", f); /* "a:b" is no scheme */
    for (; *s; s++) {
        const unsigned char c = (unsigned char)*s;
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || tkc_is_one_of(c, "-._~/"))
            fputc(c, f);
        else
            fprintf(f, "%%%02X", c);
    }
    fputc('"', f);
}

static void put_text_object(FILE *f, const char *key, const char *text)
{
    fprintf(f, ",\"%s\":{\"text\":", key);
    cli_put_json_z(f, text && *text ? text : "-");
    fputc('}', f);
}

static void put_sarif_rules(FILE *f)
{
    const tkc_lint_rule *r;
    for (size_t i = 0; (r = tkc_lint_rule_at(i)) != NULL; i++) {
        fprintf(f, "%s\n{\"id\":\"%s\",\"name\":\"%s\"", i ? "," : "", r->id, r->name);
        put_text_object(f, "shortDescription", r->summary);
        put_text_object(f, "fullDescription", r->why);
        put_text_object(f, "help", r->why);
        fprintf(f, ",\"defaultConfiguration\":{\"level\":\"%s\"},\"properties\":{\"tags\":[\"%s\"]}}", level(r->severity),
                r->group);
    }
}

static void put_sarif_result(FILE *f, const lint_result *file, const lint_item *i)
{
    fprintf(f, "{\"ruleId\":\"%s\",\"ruleIndex\":%d,\"level\":\"%s\",\"message\":{\"text\":", i->f.id, (int)i->f.rule,
            level(i->f.severity));
    cli_put_json_z(f, i->f.message);
    fputs("},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":", f);
    put_uri(f, file->path);
    fprintf(f, "},\"region\":{\"startLine\":%u,\"startColumn\":%u,\"endLine\":%u,\"endColumn\":%u}}}]", i->f.line, i->f.column,
            i->f.end_line, i->f.end_column);
    fprintf(f, ",\"partialFingerprints\":{\"primaryLocationLineHash\":\"%s\"},\"properties\":{\"tokensSaved\":%llu,\"fix\":\"%s\"}}",
            i->f.fingerprint, (unsigned long long)i->f.tokens_saved, tkc_fix_name(i->f.fix));
}

void lint_put_sarif(FILE *f, const lint_run_result *r, const cli_args *a)
{
    const size_t all = r->n_error + r->n_warning + r->n_info;
    size_t n = 0, notes = 0;
    (void)a;
    fprintf(f, "{\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"tokcount\",\"version\":\"%s\",\"rules\":[",
            tkc_version());
    put_sarif_rules(f);
    fputs("]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[", f);
    for (int s = TKC_LINT_ERROR; s <= TKC_LINT_INFO; s++)
        for (size_t k = 0; k < r->n_file; k++)
            for (size_t i = 0; i < r->file[k].n && n < MAX_SARIF; i++) {
                if ((int)r->file[k].item[i].f.severity != s) continue;
                fputs(n++ ? ",\n" : "\n", f);
                put_sarif_result(f, &r->file[k], &r->file[k].item[i]);
            }
    fprintf(f, "],\"invocations\":[{\"executionSuccessful\":%s,\"toolExecutionNotifications\":[", r->is_partial ? "false" : "true");
    for (size_t k = 0; k < r->n_file; k++) {
        if (r->file[k].state != LINT_FAILED) continue;
        fputs(notes++ ? ",{\"level\":\"error\",\"message\":{\"text\":" : "{\"level\":\"error\",\"message\":{\"text\":", f);
        cli_put_json_z(f, r->file[k].why);
        fputs("},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":", f);
        put_uri(f, r->file[k].path);
        fputs("}}}]}", f);
    }
    if (n < all)
        fprintf(f, "%s{\"level\":\"warning\",\"message\":{\"text\":\"%zu more findings are left out\"}}", notes ? "," : "", all - n);
    fputs("]}]}]}\n", f);
}

/* A value of a workflow command; property: in front of the "::" too. */
static void put_command(FILE *f, const char *s, bool property)
{
    for (; *s; s++) {
        const unsigned char c = (unsigned char)*s;
        if (c < ' ' || c == '%' || c == 0x7f || (property && (c == ':' || c == ',')))
            fprintf(f, "%%%02X", c);
        else
            fputc(c, f);
    }
}

void lint_put_github(FILE *f, const lint_run_result *r, const cli_args *a)
{
    static const char *const kind[] = {"error", "warning", "notice"};
    size_t left = 0;
    for (int s = TKC_LINT_ERROR; s <= TKC_LINT_INFO; s++) {
        size_t n = 0;
        for (size_t k = 0; k < r->n_file; k++)
            for (size_t i = 0; i < r->file[k].n; i++) {
                const tkc_finding *g = &r->file[k].item[i].f;
                if ((int)g->severity != s) continue;
                if (n++ >= MAX_ANNOTATIONS) {
                    left++;
                    continue;
                }
                fprintf(f, "::%s file=", kind[s]);
                put_command(f, r->file[k].path, true);
                fprintf(f, ",line=%u,endLine=%u", g->line, g->end_line);
                if (g->line == g->end_line) fprintf(f, ",col=%u,endColumn=%u", g->column, g->end_column);
                fprintf(f, ",title=%s %s::", g->id, g->name);
                put_command(f, g->message, false);
                fputc('\n', f);
            }
    }
    if (left && !a->quiet)
        cli_message("%zu more findings: ten of each kind are shown; --format markdown has all, for the step's summary", left);
}

void lint_put_gitlab(FILE *f, const lint_run_result *r, const cli_args *a)
{
    static const char *const severity[] = {"major", "minor", "info"};
    bool first = true;
    (void)a;
    fputc('[', f);
    for (size_t k = 0; k < r->n_file; k++)
        for (size_t i = 0; i < r->file[k].n; i++) {
            const tkc_finding *g = &r->file[k].item[i].f;
            fputs(first ? "\n{\"description\":" : ",\n{\"description\":", f);
            cli_put_json_z(f, g->message);
            fprintf(f, ",\"check_name\":\"%s %s\",\"fingerprint\":\"%s\",\"severity\":\"%s\",\"location\":{\"path\":", g->id, g->name,
                    g->fingerprint, severity[g->severity]);
            cli_put_json_z(f, r->file[k].path);
            fprintf(f, ",\"lines\":{\"begin\":%u,\"end\":%u}}}", g->line, g->end_line);
            first = false;
        }
    fputs("]\n", f);
}

/* One suite, a case for each file: a failure with all of its findings, or an error. */
void lint_put_junit(FILE *f, const lint_run_result *r, const cli_args *a)
{
    size_t cases = 0, failures = 0;
    (void)a;
    for (size_t k = 0; k < r->n_file; k++) {
        cases += r->file[k].state == LINT_DONE || r->file[k].state == LINT_FAILED;
        failures += r->file[k].n > 0;
    }
    fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n<testsuite name=\"tokcount lint\" tests=\"%zu\" "
            "failures=\"%zu\" errors=\"%zu\">\n", cases, failures, r->n_failed);
    for (size_t k = 0; k < r->n_file; k++) {
        const lint_result *file = &r->file[k];
        if (file->state != LINT_DONE && file->state != LINT_FAILED) continue;
        fputs("<testcase classname=\"tokcount\" name=\"", f);
        lint_put_markup(f, file->path);
        if (file->state == LINT_FAILED) {
            fputs("\"><error message=\"", f);
            lint_put_markup(f, file->why);
            fputs("\"/></testcase>\n", f);
            continue;
        }
        if (!file->n) {
            fputs("\"/>\n", f);
            continue;
        }
        fprintf(f, "\"><failure message=\"%zu finding%s\">", file->n, TKC_PLURAL(file->n));
        for (size_t i = 0; i < file->n; i++) {
            const tkc_finding *g = &file->item[i].f;
            fprintf(f, "%u:%u: %s [%s] ", g->line, g->column, g->id, tkc_severity_name(g->severity));
            lint_put_markup(f, g->message);
            fputc('\n', f);
        }
        fputs("</failure></testcase>\n", f);
    }
    fputs("</testsuite>\n</testsuites>\n", f);
}

void lint_put_checkstyle(FILE *f, const lint_run_result *r, const cli_args *a)
{
    (void)a;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n", f);
    for (size_t k = 0; k < r->n_file; k++) {
        const lint_result *file = &r->file[k];
        if (!file->n && file->state != LINT_FAILED) continue;
        fputs("<file name=\"", f);
        lint_put_markup(f, file->path);
        fputs("\">\n", f);
        for (size_t i = 0; i < file->n; i++) {
            const tkc_finding *g = &file->item[i].f;
            fprintf(f, "<error line=\"%u\" column=\"%u\" severity=\"%s\" message=\"", g->line, g->column, tkc_severity_name(g->severity));
            lint_put_markup(f, g->message);
            fprintf(f, "\" source=\"tokcount.%s\"/>\n", g->id);
        }
        if (file->state == LINT_FAILED) {
            fputs("<error line=\"0\" severity=\"error\" message=\"", f);
            lint_put_markup(f, file->why);
            fputs("\" source=\"tokcount\"/>\n", f);
        }
        fputs("</file>\n", f);
    }
    fputs("</checkstyle>\n", f);
}

/* The byte (from 1) of its line; 0: the line is too long to tell. */
static size_t byte_column(const lint_item *i, size_t byte)
{
    return i->line_at == SIZE_MAX ? 0 : byte - i->line_at + 1;
}

static void put_position(FILE *f, const char *key, uint32_t line, size_t column)
{
    fprintf(f, "\"%s\":{\"line\":%u", key, line);
    if (column) fprintf(f, ",\"column\":%zu", column);
    fputc('}', f);
}

/* Columns are bytes there. */
void lint_put_rdjson(FILE *f, const lint_run_result *r, const cli_args *a)
{
    static const char *const severity[] = {"ERROR", "WARNING", "INFO"};
    bool first = true;
    (void)a;
    fputs("{\"source\":{\"name\":\"tokcount lint\"},\"diagnostics\":[", f);
    for (size_t k = 0; k < r->n_file; k++)
        for (size_t i = 0; i < r->file[k].n; i++) {
            const lint_item *it = &r->file[k].item[i];
            fputs(first ? "\n{\"message\":" : ",\n{\"message\":", f);
            cli_put_json_z(f, it->f.message);
            fputs(",\"location\":{\"path\":", f);
            cli_put_json_z(f, r->file[k].path);
            fputs(",\"range\":{", f);
            put_position(f, "start", it->f.line, byte_column(it, it->f.begin));
            fputc(',', f);
            put_position(f, "end", it->f.end_line, it->f.end_line == it->f.line ? byte_column(it, it->f.end) : 0);
            fprintf(f, "}},\"severity\":\"%s\",\"code\":{\"value\":\"%s %s\"}}", severity[it->f.severity], it->f.id, it->f.name);
            first = false;
        }
    for (size_t k = 0; k < r->n_file; k++) {
        if (r->file[k].state != LINT_FAILED) continue;
        fputs(first ? "\n{\"message\":" : ",\n{\"message\":", f);
        cli_put_json_z(f, r->file[k].why);
        fputs(",\"location\":{\"path\":", f);
        cli_put_json_z(f, r->file[k].path);
        fputs("},\"severity\":\"ERROR\"}", f);
        first = false;
    }
    fputs("]}\n", f);
}
