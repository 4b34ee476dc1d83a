/* cmd_lint.c - tokcount lint: prompt files checked by rules, and fixed. */
#include "tools/cli/output.h"
#include "tools/lint/config.h"

#include <string.h>

int cmd___lint_rules(const cli_args *a)
{
    return lint_docs(a);
}

static bool is_format(const char *name)
{
#define FORMAT(n, function) if (strcmp(name, n) == 0) return true;
#include "tools/lint/formats.def"
#undef FORMAT
    return false;
}

static void put_result(const lint_run_result *r, const cli_args *a)
{
    static const struct {
        const char *name;
        lint_format_fn put;
    } format[] = {
#define FORMAT(name, function) {name, function},
#include "tools/lint/formats.def"
#undef FORMAT
    };
    const char *name = a->json ? "json" : a->format ? a->format : "full";
    if (a->show_diff) {
        for (size_t k = 0; k < r->n_file; k++)
            if (r->file[k].diff) fputs(r->file[k].diff, stdout);
        if (!a->quiet && r->n_fixed)
            cli_message("%zu finding%s would be fixed in %zu file%s", r->n_fixed, TKC_PLURAL(r->n_fixed), r->n_changed,
                        TKC_PLURAL(r->n_changed));
        return;
    }
    for (size_t i = 0; i < sizeof format / sizeof *format; i++)
        if (strcmp(format[i].name, name) == 0) format[i].put(stdout, r, a);
}

int cmd_lint(const cli_args *a)
{
    cli_args walk = *a;
    lint_run_options o = {.args = a, .fix = a->fix, .unsafe = a->unsafe_fixes, .diff = a->show_diff, .own_models = a->n_pick == 0};
    lint_config config;
    lint_run_result r = {0};
    cli_file_list l = {0};
    size_t general = 0;
    int status = EXIT_ERROR;
    if (a->json && (a->explain || a->show_diff)) {
        cli_message("lint: %s is text; leave --json out", a->explain ? "--explain" : "--diff");
        return EXIT_ERROR;
    }
    if (a->explain) return lint_explain(a, a->explain);
    if (a->list_rules) return lint_list_rules(a);
    if (a->format && !is_format(a->format)) {
        cli_message("--format: '%s' is no format of lint; it is full, concise or another in 'tokcount lint --help'", a->format);
        return EXIT_ERROR;
    }
    if (a->json && a->format && strcmp(a->format, "json") != 0) {
        cli_message("--json and --format %s contradict each other", a->format);
        return EXIT_ERROR;
    }
    if (a->n_pick > 1) {
        cli_message("lint measures with one vocabulary; give one -m or -e");
        return EXIT_ERROR;
    }
    if (!lint_config_open(&config, a) || ((a->lock || !a->no_config) && !lint_config_open_lock(&config)) ||
        !lint_config_rules(&config, &o.rules)) {
        lint_config_release(&config);
        return EXIT_ERROR;
    }
    o.args = &config.args;
    o.limits = config.limit;
    o.config = lint_config_of_file;
    o.config_ctx = &config;
    if (o.unsafe && !o.diff) o.fix = true;
    walk.hidden = true; /* prompts live in .github, .cursor and the like */
    if (cli_files_collect(&l, &walk, ".", true) && lint_config_filter(&config, &l, &general) && lint_run_files(&r, &l, &o)) {
        if (!l.n && general && !a->quiet)
            cli_message("no prompt file, but %zu of general names: in a project Markdown, text, JSON and YAML are prompts in "
                        "folders called prompts and where " CLI_CONFIG_NAME " includes them; or name their folder", general);
        lint_config_severities(&config, &r);
        if (!a->no_baseline) lint_baseline_apply(&config, &r);
        lint_run_count(&r);
        put_result(&r, a);
        if (r.n_gone && !a->quiet)
            cli_message("%zu recorded finding%s gone; 'tokcount budget update' forgets %s", r.n_gone,
                        r.n_gone == 1 ? " is" : "s are", r.n_gone == 1 ? "it" : "them");
        status = config.n_unknown ? EXIT_ERROR : lint_run_status(&r, a);
    }
    lint_run_release(&r);
    cli_files_release(&l);
    lint_config_release(&config);
    return status;
}
