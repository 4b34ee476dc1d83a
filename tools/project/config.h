/*
 * config.h - .tokcount.yaml: which files are prompts, for which models, with which budgets and
 * lint rules.
 *
 *     models: [gpt-5, claude-sonnet-4-5]     # or names of encodings
 *     include: ["prompts/", "*.prompt.md"]   # patterns as in .gitignore, from this file's folder
 *     exclude: ["prompts/old/"]
 *     budgets:
 *       - files: "support-*.md"             # one pattern or a list
 *         model: gpt-5                       # without it: every model above
 *         max: 2000                          # tokens a file may have
 *         total: 20000                       # tokens all these files may have together
 *     lint:
 *       select: [TC2, TC301]               # ids, beginnings of ids, names, or ALL
 *       extend-select: [TC207]
 *       ignore: [TC304]
 *       preview: true
 *       rules:
 *         TC308: off                       # off, info, warning, error
 *         TC104: {severity: error, skill-tokens: 3000} # options: lint --explain TC104
 *       per-file:
 *         - files: "examples/"
 *           ignore: [TC605]
 *           reason: keys of the documentation
 *
 * The file is looked for in the current folder and upwards to the root of the repository (the
 * folder with .git), never above it; without a repository in the current folder only. It comes
 * with a repository and so is not trusted: it can name no file to write, no command and no
 * path outside its folder, a link is not followed, and what is not known is an error.
 */
#ifndef TOOLS_PROJECT_CONFIG_H
#define TOOLS_PROJECT_CONFIG_H

#include "tools/project/gitignore.h"
#include "tools/cli/options.h"
#include "tools/project/yaml.h"

#define CLI_CONFIG_NAME ".tokcount.yaml"
#define CLI_LOCK_NAME "tokcount.lock.json" /* lock.h */

typedef enum cli_severity {
    CLI_SEVERITY_UNSET = 0,
    CLI_SEVERITY_OFF,
    CLI_SEVERITY_INFO,
    CLI_SEVERITY_WARNING,
    CLI_SEVERITY_ERROR
} cli_severity;

typedef struct cli_names {
    const char **name;
    size_t n;
} cli_names;

typedef struct cli_globs {
    gitignore *patterns; /* NULL: there are none */
    const char *first;   /* the first of them, for messages */
} cli_globs;

typedef struct cli_budget {
    cli_globs files;
    const char *model; /* NULL: every model */
    size_t max, total; /* SIZE_MAX: none */
    size_t line;
} cli_budget;

typedef struct cli_rule_level {
    const char *rule;
    cli_severity severity;
    size_t line;
} cli_rule_level;

typedef struct cli_rule_option {
    const char *rule, *key, *value;
    size_t line;
} cli_rule_option;

typedef struct cli_file_rules {
    cli_globs files;
    cli_names ignore, extend_select;
    const char *reason; /* NULL: none was given */
    size_t line;
} cli_file_rules;

typedef struct cli_config {
    char *path; /* of the file; NULL: there is none */
    char *root; /* absolute; its folder, else the repository's root, else the current folder */
    bool is_here; /* root is the current folder */
    bool is_project; /* root is not only for want of anything else */
    cli_names models;
    cli_globs include, exclude;
    cli_globs prompts; /* what is a prompt by its name, for want of "include" */
    cli_budget *budget;
    size_t n_budget, cap_budget;
    cli_names select, extend_select, ignore;
    bool preview;
    cli_rule_level *level; /* the last one that names a rule holds */
    size_t n_level, cap_level;
    cli_rule_option *option;
    size_t n_option, cap_option;
    cli_file_rules *per_file; /* all that match hold */
    size_t n_per_file, cap_per_file;
    cli_yaml yaml; /* holds the texts */
} cli_config;

/* What the rules are, so that a misspelt one is an error that names its line. */
typedef struct cli_config_rules {
    /* selector: an id (TC301), the beginning of ids (TC3), a name (pretty-json) or ALL. one:
     * it must be one rule. NULL, or why not. */
    const char *(*check)(void *ctx, const char *selector, bool one);
    /* NULL, or why the rule has no such option or it not such a value. */
    const char *(*check_option)(void *ctx, const char *rule, const char *key, const char *value);
    /* Not NULL: an unknown rule is told here, with its line, and passed over, so that one does not keep
     * the files from being checked. NULL: it is an error. */
    void (*unknown)(void *ctx, size_t line, const char *selector, const char *why);
    void *ctx;
} cli_config_rules;

/* c must be zeroed (config_open) or initialised by this. rules NULL: only the form of a selector
 * is checked. TKC_E_FORMAT, TKC_E_LIMIT: "line N: ...". Release c in any case. */
TKC_MUST_USE tkc_status cli_config_parse(cli_config *c, tkc_str text, const cli_config_rules *rules,
                                         const tkc_allocator *alloc, tkc_error *err);
/* Finds the file and reads it; a->config names one instead, a->no_config reads none. True also
 * when there is none. False: what is wrong was said. */
bool cli_config_open(cli_config *c, const cli_args *a, const cli_config_rules *rules);
void cli_config_release(cli_config *c);

/* Whether the last pattern that matches the path or the nearest folder above it says yes. path:
 * from the root, as cli_config_relative() makes it. Not for two threads at once. */
bool cli_globs_match(const cli_globs *g, const char *path);
/* Whether a file found in a folder is a prompt: included (without "include": by the names that
 * prompts commonly have) and not excluded. A file that is named by the user always is. */
bool cli_config_wants(const cli_config *c, const char *path);
/* Fills c->prompts; cli_config_open() has done it. False: out of memory. */
bool cli_config_defaults(cli_config *c);

/* *own becomes a, with the configuration's models where there is neither -m nor -e. *pick is to
 * be freed when own is done with. False: out of memory; it was said. */
bool cli_config_models(const cli_config *c, const cli_args *a, cli_args *own, cli_pick **pick);
/* A name in the root, as it is said to a person: without the root where that is the current
 * folder. NULL: out of memory. To be freed. */
char *cli_config_in_root(const cli_config *c, const char *name);
/* path, seen from the current folder, as a path from the root: "prompts/a.md"; NULL when it is
 * outside (*outside is then true) or there is no memory. To be freed. Names only: links are not
 * followed, "." and ".." are taken out. */
char *cli_config_relative(const cli_config *c, const char *path, bool *outside);
/* Whether a folder is the root or one above it; by names, as above. False also without memory. */
bool cli_config_is_around(const cli_config *c, const char *folder);

#endif
