/*
 * options.h - the command line: which subcommand, which options, which operands.
 *
 * One table of options (options.def) and one of subcommands (subcommands.def) make the
 * parser and everything that explains it. Strings in cli_args are borrowed from argv.
 */
#ifndef TOOLS_CLI_OPTIONS_H
#define TOOLS_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { EXIT_FINE = 0, EXIT_FINDINGS = 1, EXIT_ERROR = 2 };

enum cli_command_id {
#define SUBCOMMAND(id, name, synopsis, summary, description) CMD_##id,
#include "tools/subcommands.def"
#undef SUBCOMMAND
    N_COMMAND
};

/* For the "commands" column of options.def. */
enum {
#define SUBCOMMAND(id, name, synopsis, summary, description) C_##id = 1 << CMD_##id,
#include "tools/subcommands.def"
#undef SUBCOMMAND
    C_ANY = (1 << N_COMMAND) - 1
};

enum cli_option_id {
#define OPTION(id, ch, long_name, arg, choices, commands, help) OPT_##id,
#include "tools/options.def"
#undef OPTION
    N_OPTION
};

typedef struct cli_option {
    char ch; /* 0: no short form */
    const char *long_name;
    const char *arg;     /* "": a switch; "[FILE]": see options.def */
    const char *choices; /* "a|b", "": anything */
    unsigned commands;
    const char *help;
} cli_option;
extern const cli_option cli_option_table[N_OPTION];

/* -m or -e, in the order given: the columns of a table. */
typedef struct cli_pick {
    bool is_model;
    const char *name;
} cli_pick;

typedef enum cli_on_error { ON_ERROR_REPORT = 0, ON_ERROR_SKIP, ON_ERROR_FAIL } cli_on_error;
typedef enum cli_sort { SORT_NAME = 0, SORT_TOKENS } cli_sort;

typedef struct cli_args {
    enum cli_command_id command;
    cli_pick *pick;
    size_t n_pick;
    const char **operand;
    size_t n_operand;
    const char **files_from;
    size_t n_files_from;
    const char **text; /* --text */
    size_t n_text;
    const char *name, *recipe, *pattern, *output;
    size_t limit, depth, jobs; /* SIZE_MAX, SIZE_MAX, 0: not given */
    int require;               /* a tkc_class, -1: not given */
    cli_sort sort;
    bool has_as, as_message, as_request, total, json, jsonl, pieces, offsets, skip_special, nul, hidden;
    bool no_ignore;
    bool quiet, no_color, help, long_help, version;
    const char *by, *asof, *provider;
    const char *kernel; /* NULL: the best */
    const char *queries, *query, *language;
    const char *order, *threshold, *emit, *place;
    size_t title_weight; /* SIZE_MAX: not given */
    double diversity;
    bool pairs;
    size_t most;       /* -k; 0: not given */
    const char **prices;
    size_t n_prices;
    const char **rules;
    size_t n_rules;
    const char *log_format, *html, *what_if, *partial;
    double fail_under; /* below 0: not given */
    size_t cache_size; /* SIZE_MAX: not given */
    bool show_text;
    uint64_t out, input, cached; /* UINT64_MAX: not given */
    cli_on_error on_error; /* REPORT where it is not given, */
    bool has_on_error;
    const char *calibration;
    bool no_calibration;
    size_t coverage; /* percent; 0: not given */
    uint64_t budget, pack, keep_prefix; /* fit: UINT64_MAX, UINT64_MAX, 0: not given */
    size_t keep_turns, keep_examples;   /* SIZE_MAX, 0: not given */
    const char *passes, *undo, *report_path, *waive, *call_gap;
    const char **protect;
    size_t n_protect;
    bool lossless, trim, change_prefix, layout, report, show_diff;
    bool batch;
    const char *rev, *lock, *raise, *config;
    const char *format; /* NULL: not given */
    bool no_config;
    bool no_baseline, findings;
    const char *select, *extend_select, *ignore, *explain;
    bool preview, fix, unsafe_fixes, list_rules, exit_zero;
    unsigned encode_flags; /* TKC_ENCODE_* */
} cli_args;

typedef struct cli_command {
    const char *name;
    const char *synopsis, *summary, *description;
    int (*run)(const cli_args *a);
} cli_command;
extern const cli_command cli_command_table[N_COMMAND];
bool cli_command_hidden(const cli_command *c);
/* By name; NULL if there is none. */
const cli_command *cli_command_find(const char *name);
/* The name of the command that a misspelt one may have meant; NULL: none is near. */
const char *cli_command_near(const char *name);

/* Fills *a (whatever is returned, cli_args_release() ends it). False: a message was printed
 * and the exit status is 2. */
bool cli_args_parse(cli_args *a, int argc, char **argv);
void cli_args_release(cli_args *a);

/* Whole decimal number without sign; false if it is anything else or above SIZE_MAX. */
bool cli_parse_size(const char *s, size_t *out);

/* help.c: texts made from the two tables. */
void cli_print_overview(FILE *f);
void cli_print_short_help(FILE *f, const cli_command *c);
void cli_print_long_help(FILE *f, const cli_command *c);

#define SUBCOMMAND(id, name, synopsis, summary, description) int cmd_##name(const cli_args *a);
#include "tools/subcommands.def"
#undef SUBCOMMAND

#endif
