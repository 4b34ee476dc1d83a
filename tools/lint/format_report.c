/*
 * format_report.c - findings as a page: Markdown for a step's summary or a comment, HTML on its own.
 *
 * The HTML has no script and loads nothing; its policy allows the one style below by its hash, so
 * that a name or message that got through the escaping could still do nothing.
 */
#include "tools/cli/output.h"
#include "tools/lint/format.h"
#include "vocab/base/ascii.h"
#include "vocab/base/sha256.h"
#include "vocab/base/utf8.h"

#include <string.h>

void lint_put_markup(FILE *f, const char *s)
{
    size_t left = strlen(s);
    while (left) {
        const unsigned char c = (unsigned char)*s;
        size_t n = tkc_utf8_len(c);
        if (n == 0 || n > left || tkc_utf8_valid(s, n) != n) n = 0;
        if (n == 0 || (n == 1 && ((c < ' ' && c != '\t' && c != '\n') || c == 0x7f)) ||
            (n == 3 && c == 0xef && (unsigned char)s[1] == 0xbf && (unsigned char)s[2] >= 0xbe)) {
            fputs("\xef\xbf\xbd", f);
            if (!n) n = 1;
        } else if (n == 1 && tkc_is_one_of(c, "&<>\"'\n\t")) {
            fprintf(f, "&#%d;", c);
        } else {
            fwrite(s, 1, n, f);
        }
        s += n;
        left -= n;
    }
}

/* A cell of a table. */
static void put_cell(FILE *f, const char *s)
{
    for (; *s; s++) {
        const unsigned char c = (unsigned char)*s;
        if (c < ' ' || c == 0x7f)
            fprintf(f, "\\\\x%02x", c);
        else if (tkc_is_one_of(c, "&<>@"))
            fprintf(f, "&#%d;", c);
        else if (tkc_is_one_of(c, "\\`*_[]#|~$:"))
            fprintf(f, "\\%c", c);
        else
            fputc(c, f);
    }
}

void lint_put_markdown(FILE *f, const lint_run_result *r, const cli_args *a)
{
    (void)a;
    fprintf(f, "**tokcount lint**: %zu error%s, %zu warning%s, %zu info%s, %llu token%s to save\n", r->n_error,
            TKC_PLURAL(r->n_error), r->n_warning, TKC_PLURAL(r->n_warning), r->n_info, TKC_PLURAL(r->n_info),
            (unsigned long long)r->tokens_saved, TKC_PLURAL(r->tokens_saved));
    if (r->n_error + r->n_warning + r->n_info)
        fputs("\n| place | rule | severity | message | tokens | fix |\n|---|---|---|---|--:|---|\n", f);
    for (size_t k = 0; k < r->n_file; k++)
        for (size_t i = 0; i < r->file[k].n; i++) {
            const tkc_finding *g = &r->file[k].item[i].f;
            fputs("| ", f);
            put_cell(f, r->file[k].path);
            fprintf(f, "\\:%u\\:%u | %s %s | %s | ", g->line, g->column, g->id, g->name, tkc_severity_name(g->severity));
            put_cell(f, g->message);
            fprintf(f, " | %llu | %s |\n", (unsigned long long)g->tokens_saved, tkc_fix_name(g->fix));
        }
    for (size_t k = 0; k < r->n_file; k++) {
        if (r->file[k].state != LINT_FAILED) continue;
        fputs("\nNot checked: ", f);
        put_cell(f, r->file[k].path);
        fputs(" - ", f);
        put_cell(f, r->file[k].why);
        fputc('\n', f);
    }
}

static const char style[] =
    ":root{color-scheme:light dark}body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #888;"
    "padding:4px 8px;text-align:left;vertical-align:top}td:nth-child(3n+1){overflow-wrap:anywhere;min-width:12em}td.n{text-align:right}.error{background:#fdd}"
    ".warning{background:#ffd}.wide{overflow-x:auto}@media(prefers-color-scheme:dark){.error{background:#522}.warning{background:#442}}"
    "@media(max-width:760px){body{margin:1em}}@media print{body{margin:0}.wide{overflow:visible}.error{background:#fdd}.warning{background:#ffd}}";

/* 32 bytes in base64 */
static void put_base64(FILE *f, const unsigned char *p)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < 33; i += 3) {
        const unsigned v = (unsigned)p[i] << 16 | (unsigned)p[i + 1] << 8 | (i + 2 < 32 ? p[i + 2] : 0u);
        fputc(digit[v >> 18], f);
        fputc(digit[v >> 12 & 63], f);
        fputc(digit[v >> 6 & 63], f);
        fputc(i + 2 < 32 ? digit[v & 63] : '=', f);
    }
}

void lint_put_html(FILE *f, const lint_run_result *r, const cli_args *a)
{
    unsigned char sum[32];
    (void)a;
    tkc_sha256((tkc_str){style, sizeof style - 1}, sum);
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
          "content=\"default-src 'none'; style-src 'sha256-", f);
    put_base64(f, sum);
    fprintf(f, "'\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>tokcount lint</title><style>%s</style></head><body>\n<h1>tokcount lint</h1>\n"
            "<p>%zu file%s, %zu error%s, %zu warning%s, %zu info%s, %llu token%s to save", style, r->n_file, TKC_PLURAL(r->n_file),
            r->n_error, TKC_PLURAL(r->n_error), r->n_warning, TKC_PLURAL(r->n_warning), r->n_info, TKC_PLURAL(r->n_info),
            (unsigned long long)r->tokens_saved, TKC_PLURAL(r->tokens_saved));
    if (r->encoding) {
        fputs(" (", f);
        lint_put_markup(f, r->encoding);
        fputc(')', f);
    }
    fputs(r->n_error + r->n_warning + r->n_info ? "</p>\n<div class=\"wide\"><table><tr><th>place<th>rule<th>severity<th>message<th>tokens<th>fix</tr>\n"
                                                : "</p>\n<p>No findings.</p>\n<div class=\"wide\"><table>\n", f);
    for (size_t k = 0; k < r->n_file; k++)
        for (size_t i = 0; i < r->file[k].n; i++) {
            const tkc_finding *g = &r->file[k].item[i].f;
            const char *severity = tkc_severity_name(g->severity);
            fprintf(f, "<tr class=\"%s\"><td>", severity);
            lint_put_markup(f, r->file[k].path);
            fprintf(f, ":%u:%u<td>%s %s<td>%s<td>", g->line, g->column, g->id, g->name, severity);
            lint_put_markup(f, g->message);
            fprintf(f, "<td class=\"n\">%llu<td>%s</tr>\n", (unsigned long long)g->tokens_saved, tkc_fix_name(g->fix));
        }
    fputs("</table></div>\n", f);
    for (size_t k = 0; k < r->n_file; k++) {
        if (r->file[k].state != LINT_FAILED) continue;
        fputs("<p class=\"error\">not checked: ", f);
        lint_put_markup(f, r->file[k].path);
        fputs(": ", f);
        lint_put_markup(f, r->file[k].why);
        fputs("</p>\n", f);
    }
    fputs("</body></html>\n", f);
}
