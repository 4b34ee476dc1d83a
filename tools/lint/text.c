/* text.c - findings for people (full, concise) and as JSON (json, jsonl). */
#include "tools/cli/output.h"
#include "tools/lint/run.h"

#include <string.h>

static const char *mark(const lint_item *i)
{
    return i->f.fix == TKC_FIX_SAFE ? " [*]" : i->f.fix == TKC_FIX_UNSAFE ? " [-]" : "";
}

static void put_recorded(FILE *f, const lint_run_result *r)
{
    if (r->n_recorded) fprintf(f, "; %zu more recorded (--no-baseline shows %s)", r->n_recorded, r->n_recorded == 1 ? "it" : "them");
    fputc('\n', f);
}

static void put_summary(FILE *f, const lint_run_result *r, const cli_args *a)
{
    size_t n = r->n_error + r->n_warning + r->n_info;
    if (a->quiet) return;
    if (a->fix || a->show_diff)
        if (r->n_fixed)
            fprintf(f, "%zu finding%s %s in %zu file%s\n", r->n_fixed, TKC_PLURAL(r->n_fixed),
                    a->show_diff ? "would be fixed" : "fixed", r->n_changed, TKC_PLURAL(r->n_changed));
    if (!n) {
        if (r->is_partial) return;
        fputs("no findings", f);
        put_recorded(f, r);
        return;
    }
    fprintf(f, "%zu finding%s", n, TKC_PLURAL(n));
    if (r->n_fixable || r->n_unsafe) fprintf(f, ", %zu fixable [*]", r->n_fixable);
    if (r->n_unsafe) fprintf(f, ", %zu more with --unsafe-fixes [-]", r->n_unsafe);
    if (r->tokens_saved) {
        fprintf(f, "; %llu token%s to save (%s%s)", (unsigned long long)r->tokens_saved, TKC_PLURAL(r->tokens_saved),
                r->encoding, r->other_encodings ? " and the files' own" : "");
    }
    put_recorded(f, r);
}

static void put_head(FILE *f, const lint_result *file, const lint_item *i)
{
    cli_put_name(f, file->path);
    fprintf(f, ":%u:%u: %s [%s]%s %s", i->f.line, i->f.column, i->f.id, tkc_severity_name(i->f.severity), mark(i), i->f.message);
}

void lint_put_concise(FILE *f, const lint_run_result *r, const cli_args *a)
{
    for (size_t k = 0; k < r->n_file; k++)
        for (size_t i = 0; i < r->file[k].n; i++) {
            put_head(f, &r->file[k], &r->file[k].item[i]);
            fputc('\n', f);
        }
    put_summary(f, r, a);
}

/* The line with its control characters made visible, and carets below what was found. */
static void put_line(FILE *f, const lint_item *i)
{
    enum { WIDTH = 100 };
    const unsigned char *s = (const unsigned char *)i->line_text;
    uint32_t column = 0, first = 1;
    size_t before = 0, marked = 0;
    const bool one_line = i->f.end_line == i->f.line;
    if (i->f.column > 60) first = i->f.column - 40;
    fprintf(f, "%6u | ", i->f.line);
    for (size_t k = 0; s[k];) {
        size_t n = 1;
        bool shown;
        while ((s[k + n] & 0xc0) == 0x80) n++;
        column++;
        shown = column >= first && column < first + WIDTH;
        if (shown) {
            size_t width = 1;
            if (s[k] < ' ' || s[k] == 0x7f) {
                fputc(s[k] == '\t' ? ' ' : '?', f);
            } else if (s[k] >= 0x80 && (n == 1 || (s[k] == 0xe2 && (s[k + 1] == 0x80 || s[k + 1] == 0x81)) ||
                                        (s[k] == 0xef && s[k + 1] == 0xbb) || (s[k] == 0xf3 && s[k + 1] == 0xa0))) {
                fputc('?', f); /* what is invisible, turns the text around, or is no UTF-8 */
            } else {
                fwrite(s + k, 1, n, f);
            }
            if (column < i->f.column) before += width;
            else if (one_line ? column < i->f.end_column : true) marked += width;
        }
        k += n;
    }
    fprintf(f, "\n       | %*s", (int)before, "");
    for (size_t k = 0; k < (marked ? marked : 1); k++) fputc('^', f);
    fputc('\n', f);
}

void lint_put_full(FILE *f, const lint_run_result *r, const cli_args *a)
{
    for (size_t k = 0; k < r->n_file; k++)
        for (size_t i = 0; i < r->file[k].n; i++) {
            const lint_item *it = &r->file[k].item[i];
            put_head(f, &r->file[k], it);
            fprintf(f, " (%s)\n", it->f.name);
            if (it->line_text && it->line_text[0] && it->f.end > it->f.begin) put_line(f, it);
        }
    put_summary(f, r, a);
}

void lint_put_json_item(FILE *f, const lint_result *file, const lint_item *i)
{
    fputs("{\"path\":", f);
    cli_put_json_z(f, file->path);
    fprintf(f, ",\"line\":%u,\"column\":%u,\"end_line\":%u,\"end_column\":%u,\"rule\":\"%s\",\"name\":\"%s\","
            "\"severity\":\"%s\",\"message\":", i->f.line, i->f.column, i->f.end_line, i->f.end_column, i->f.id, i->f.name,
            tkc_severity_name(i->f.severity));
    cli_put_json_z(f, i->f.message);
    if (i->f.encoding) fprintf(f, ",\"encoding\":\"%s\"", i->f.encoding); /* the file's own, where it is not the run's */
    fprintf(f, ",\"tokens_saved\":%llu,\"fix\":\"%s\",\"fingerprint\":\"%s\"}", (unsigned long long)i->f.tokens_saved,
            tkc_fix_name(i->f.fix), i->f.fingerprint);
}

static void put_json_failed(FILE *f, const lint_result *file)
{
    fputs("{\"path\":", f);
    cli_put_json_z(f, file->path);
    fputs(",\"error\":", f);
    cli_put_json_z(f, file->why);
    fputc('}', f);
}

void lint_put_json(FILE *f, const lint_run_result *r, const cli_args *a)
{
    bool first = true;
    (void)a;
    fputs("{\"schema\":\"tokcount/lint/1\",\"encoding\":", f);
    cli_put_json_z(f, r->encoding);
    fprintf(f, ",\"files\":%zu,\"complete\":%s,\"errors\":%zu,\"warnings\":%zu,\"infos\":%zu,\"fixed\":%zu,"
            "\"recorded\":%zu,\"tokens_saved\":%llu,\"findings\":[", r->n_file, r->is_partial ? "false" : "true", r->n_error, r->n_warning,
            r->n_info, r->n_fixed, r->n_recorded, (unsigned long long)r->tokens_saved);
    for (size_t k = 0; k < r->n_file; k++)
        for (size_t i = 0; i < r->file[k].n; i++) {
            fputs(first ? "\n" : ",\n", f);
            lint_put_json_item(f, &r->file[k], &r->file[k].item[i]);
            first = false;
        }
    fputs("],\"failed\":[", f);
    first = true;
    for (size_t k = 0; k < r->n_file; k++) {
        if (r->file[k].state != LINT_FAILED) continue;
        if (!first) fputc(',', f);
        put_json_failed(f, &r->file[k]);
        first = false;
    }
    fputs("]}\n", f);
}

/* A line for each finding, and one for each file that could not be checked. */
void lint_put_jsonl(FILE *f, const lint_run_result *r, const cli_args *a)
{
    (void)a;
    for (size_t k = 0; k < r->n_file; k++) {
        for (size_t i = 0; i < r->file[k].n; i++) {
            lint_put_json_item(f, &r->file[k], &r->file[k].item[i]);
            fputc('\n', f);
        }
        if (r->file[k].state != LINT_FAILED) continue;
        put_json_failed(f, &r->file[k]);
        fputc('\n', f);
    }
}
