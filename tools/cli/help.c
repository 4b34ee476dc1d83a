/*
 * help.c - everything that explains the command, made from its two tables: the overview,
 * -h, --help, the man page and the completions of three shells.
 */
#include "tools/cli/options.h"
#include "tools/cli/output.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

static const char exit_text[] = "0 fine; 1 findings, or above a limit or budget;\n"
                                "2 error (unreadable input, unknown model, --require not met)";

/* The day of this version: a man page has one. */
static const char man_date[] = "2026-11-24";

typedef struct example {
    enum cli_command_id command;
    const char *line, *meaning;
} example;

static const example example_table[] = {
    {CMD_COUNT, "tokcount README.md", "tokens of a file, o200k_base"},
    {CMD_COUNT, "git diff | tokcount -m gpt-5", "of standard input, for a model"},
    {CMD_COUNT, "tokcount -m gpt-5 -m qwen3-32b prompts/", "a table, one column a model"},
    {CMD_COUNT, "tokcount --limit 8000 AGENTS.md", "exit 1 when it is longer"},
    {CMD_COUNT, "tokcount --jsonl texts.jsonl", "a number for every line"},
    {CMD_ENCODE, "tokcount encode --pieces --offsets \"Hello world\"", "a token a line"},
    {CMD_ENCODE, "tokcount encode -e cl100k_base FILE", "the ids of a file"},
    {CMD_DECODE, "tokcount encode FILE | tokcount decode", "the same bytes"},
    {CMD_TREE, "tokcount tree --sort tokens --depth 2 src", "where the tokens are"},
    {CMD_MODELS, "tokcount models show gpt-5-2025-08-07", "which rule matches a name"},
    {CMD_VOCAB, "tokcount vocab add tokenizer.json --name mine", "count with it: -e mine"},
    {CMD_BENCH, "tokcount bench -m gpt-5 --json corpus.txt", "how fast is it here"},
    {CMD_BUDGET, "tokcount budget init", "record the tokens of today"},
    {CMD_BUDGET, "tokcount budget", "exit 1 when a prompt grew"},
    {CMD_DIFF, "tokcount diff --rev main...HEAD -m gpt-5 --format md", "a pull request's table"},
    {CMD_VOCAB, "tokcount vocab verify", "check every vocabulary here"},
};
enum { N_EXAMPLE = sizeof example_table / sizeof example_table[0] };

typedef struct variable {
    const char *name, *meaning;
} variable;

static const variable variable_table[] = {
    {"TOKCOUNT_DATA", "folder of the packed vocabularies that come with the program"},
    {"TOKCOUNT_CACHE", "folder for compiled vocabularies; default $XDG_CACHE_HOME/tokcount or "
                       "~/.cache/tokcount"},
    {"XDG_DATA_HOME", "\"vocab add\" stores in $XDG_DATA_HOME/tokcount/vocab; default "
                      "~/.local/share"},
    {"NO_COLOR", "if set, no bold print"},
};
/* project/config.h has more on each key. */
static const char config_text[] =
    "budget, diff and lint read .tokcount.yaml, in the current folder or upwards to the root of the\n"
    "repository (the folder with .git), never above it. All of its keys may be left out; one that is\n"
    "not known is an error.";
static const char config_example[] =
    "models: [gpt-5, claude-sonnet-4-5]     # or names of encodings\n"
    "include: [\"prompts/\", \"*.prompt.md\"]   # patterns as in .gitignore, from its folder\n"
    "exclude: [\"prompts/old/\"]\n"
    "budgets:\n"
    "  - files: \"support-*.md\"              # one pattern or a list\n"
    "    model: gpt-5                       # without it: every model above\n"
    "    max: 2000                          # tokens a file may have\n"
    "    total: 20000                       # tokens all these files may have together\n"
    "lint:\n"
    "  select: [TC2, TC301]                 # ids, beginnings of ids, names, or ALL\n"
    "  extend-select: [TC207]\n"
    "  ignore: [TC304]\n"
    "  preview: true\n"
    "  rules:\n"
    "    TC308: off                         # off, info, warning, error\n"
    "    TC104: {severity: error, skill-tokens: 3000}  # lint --explain TC104 has them\n"
    "  per-file:\n"
    "    - files: \"examples/\"\n"
    "      ignore: [TC605]\n"
    "      reason: keys of the documentation\n";
enum { N_VARIABLE = sizeof variable_table / sizeof variable_table[0] };

static bool has(const cli_option *o, const cli_command *c)
{
    return (o->commands & 1u << (c - cli_command_table)) != 0;
}

static const char *argument(const cli_option *o)
{
    return o->arg[0] == '[' ? "" : o->arg;
}

/* "[FILE]" has to stand behind "=", or it is the next operand. For --jsonl that is the same. */
static bool may_have_file(const cli_option *o)
{
    return o->arg[0] == '[' && o != &cli_option_table[OPT_JSONL];
}

/* "-m, --model MODEL" */
static int put_option_head(FILE *f, const cli_option *o)
{
    int n = o->ch ? fprintf(f, "-%c, --%s", o->ch, o->long_name)
                  : fprintf(f, "    --%s", o->long_name);
    if (*argument(o)) n += fprintf(f, " %s", argument(o));
    if (may_have_file(o)) n += fprintf(f, "[=FILE]");
    return n;
}

/* text, every line behind the first after indent blanks */
static void put_indented(FILE *f, const char *text, int indent)
{
    for (; *text; text++) {
        putc(*text, f);
        if (*text == '\n') fprintf(f, "%*s", indent, "");
    }
    putc('\n', f);
}

static void put_usage(FILE *f, const cli_command *c)
{
    if (c == &cli_command_table[CMD_COUNT])
        fprintf(f, "usage: tokcount [count] %s\n", c->synopsis);
    else
        fprintf(f, "usage: tokcount %s%s%s\n", c->name, *c->synopsis ? " " : "", c->synopsis);
}

static void put_commands(FILE *f)
{
    for (size_t i = 0; i < N_COMMAND; i++)
        if (!cli_command_hidden(&cli_command_table[i]))
            fprintf(f, "  %-8s  %s\n", cli_command_table[i].name, cli_command_table[i].summary);
}

void cli_print_overview(FILE *f)
{
    fputs("usage: tokcount [COMMAND] [OPTION]... [ARGUMENT]...\n\n"
          "Counts tokens exactly and offline.\n\ncommands:\n",
          f);
    put_commands(f);
    fputs("\nexamples:\n", f);
    for (int i = 0; i < N_EXAMPLE; i++)
        fprintf(f, "  %-50s  %s\n", example_table[i].line, example_table[i].meaning);
    fprintf(f,
            "\nA file with the name of a command: \"tokcount ./tree\" or \"tokcount count tree\".\n"
            "\"tokcount help COMMAND\" explains a command, \"tokcount COMMAND -h\" lists its "
            "options.\nexit status: %s\n",
            exit_text);
}

void cli_print_short_help(FILE *f, const cli_command *c)
{
    put_usage(f, c);
    fprintf(f, "%s\n\n", c->summary);
    for (int i = 0; i < N_OPTION; i++) {
        const cli_option *o = &cli_option_table[i];
        size_t len = strcspn(o->help, "\n");
        int n;
        if (!has(o, c)) continue;
        fputs("  ", f);
        n = put_option_head(f, o);
        fprintf(f, "%*s%.*s\n", n < 26 ? 26 - n : 1, "", (int)len, o->help);
    }
    if (c == &cli_command_table[CMD_COUNT]) {
        fputs("\ncommands:\n", f);
        put_commands(f);
    }
    fprintf(f, "\n\"tokcount %s --help\" says more.\n", c->name);
}

void cli_print_long_help(FILE *f, const cli_command *c)
{
    bool head = false;
    put_usage(f, c);
    fprintf(f, "\n%s\n\noptions:\n", c->description);
    for (int i = 0; i < N_OPTION; i++) {
        const cli_option *o = &cli_option_table[i];
        if (!has(o, c)) continue;
        fputs("  ", f);
        put_option_head(f, o);
        if (*o->choices) fprintf(f, " (%s)", o->choices);
        fputs("\n        ", f);
        put_indented(f, o->help, 8);
    }
    for (int i = 0; i < N_EXAMPLE; i++) {
        if (&cli_command_table[example_table[i].command] != c) continue;
        if (!head) fputs("\nexamples:\n", f);
        head = true;
        fprintf(f, "  %-50s  %s\n", example_table[i].line, example_table[i].meaning);
    }
    if (c == &cli_command_table[CMD_COUNT]) {
        fputs("\ncommands:\n", f);
        put_commands(f);
    }
    fprintf(f, "\nexit status: %s\n", exit_text);
}

/* man(7) text: a backslash, and a dot or quote at the start of a line, mean something. A blank behind
 * column `most` ends a line. */
static void put_man_lines(FILE *f, const char *s, size_t len, size_t most)
{
    bool start = true;
    size_t column = 0;
    for (; len && *s; s++, len--, column++) {
        if (*s == ' ' && column > most) {
            putc('\n', f);
            start = true;
            column = 0;
            continue;
        }
        if (start && (*s == '.' || *s == '\'')) fputs("\\&", f);
        if (*s == '\\')
            fputs("\\e", f);
        else if (*s == '-')
            fputs("\\-", f);
        else if (*s == '"') /* an argument of .B would lose it */
            fputs("\\(dq", f);
        else
            putc(*s, f);
        start = *s == '\n';
        if (start) column = 0;
    }
    putc('\n', f);
}

/* Lines below 80 bytes; the reader's program fills them anyway. */
static void put_man(FILE *f, const char *s, size_t len)
{
    put_man_lines(f, s, len, 55);
}

static void put_man_option(FILE *f, const cli_option *o)
{
    size_t len;
    fputs(".TP\n", f);
    if (o->ch) fprintf(f, "\\fB\\-%c\\fR, ", o->ch);
    fputs("\\fB\\-\\-", f);
    for (const char *p = o->long_name; *p; p++) {
        if (*p == '-') putc('\\', f);
        putc(*p, f);
    }
    fputs("\\fR", f);
    if (*argument(o)) fprintf(f, " \\fI%s\\fR", argument(o));
    if (may_have_file(o)) fputs("[=\\fIFILE\\fR]", f);
    if (*o->choices) fprintf(f, " (%s)", o->choices);
    putc('\n', f);
    len = strcspn(o->help, "\n");
    put_man(f, o->help, len);
    if (o->help[len]) {
        fputs(".br\n", f);
        put_man(f, o->help + len + 1, SIZE_MAX);
    }
}

int cmd___man(const cli_args *a)
{
    FILE *f = stdout;
    (void)a;
    fprintf(f, ".\\\" Made by \"tokcount __man\" from tools/options.def and "
               "tools/subcommands.def.\n.TH TOKCOUNT 1 \"%s\" \"tokcount %s\" \"User Commands\"\n"
               ".SH NAME\ntokcount \\- count tokens exactly, offline\n.SH SYNOPSIS\n",
            man_date, tkc_version());
    for (size_t i = 0; i < N_COMMAND; i++) {
        const cli_command *c = &cli_command_table[i];
        if (cli_command_hidden(c)) continue;
        fprintf(f, "%s.B tokcount %s\n", i ? ".br\n" : "", i == CMD_COUNT ? "[count]" : c->name);
        if (*c->synopsis) put_man(f, c->synopsis, SIZE_MAX);
    }
    fputs(".SH DESCRIPTION\n", f);
    put_man(f, "Says how many tokens a text is for a model, with the ids of the vendor's own\n"
               "tokenizer where its class is \"exact\". Opens no network connection. Text is\n"
               "data: control tokens spelled in it are ordinary text unless --special is given.",
            SIZE_MAX);
    for (size_t i = 0; i < N_COMMAND; i++) {
        const cli_command *c = &cli_command_table[i];
        if (cli_command_hidden(c)) continue;
        fputs(".SH \"COMMAND ", f);
        for (const char *p = c->name; *p; p++) putc(toupper((unsigned char)*p), f);
        fputs("\"\n", f);
        put_man(f, c->description, SIZE_MAX);
        for (int k = 0; k < N_OPTION; k++)
            if (cli_option_table[k].commands != C_ANY && has(&cli_option_table[k], c))
                put_man_option(f, &cli_option_table[k]);
    }
    fputs(".SH \"OPTIONS OF EVERY COMMAND\"\n", f);
    for (int k = 0; k < N_OPTION; k++)
        if (cli_option_table[k].commands == C_ANY) put_man_option(f, &cli_option_table[k]);
    fputs(".SH ENVIRONMENT\n", f);
    for (int i = 0; i < N_VARIABLE; i++) {
        fprintf(f, ".TP\n.B %s\n", variable_table[i].name);
        put_man(f, variable_table[i].meaning, SIZE_MAX);
    }
    fputs(".SH CONFIGURATION\n", f);
    put_man(f, config_text, SIZE_MAX);
    fputs(".nf\n", f);
    put_man_lines(f, config_example, SIZE_MAX, SIZE_MAX);
    fputs(".fi\n.SH \"EXIT STATUS\"\n", f);
    put_man(f, exit_text, SIZE_MAX);
    fputs(".SH EXAMPLES\n", f);
    for (int i = 0; i < N_EXAMPLE; i++) {
        fputs(".TP\n.B ", f);
        put_man(f, example_table[i].line, SIZE_MAX);
        put_man(f, example_table[i].meaning, SIZE_MAX);
    }
    return EXIT_FINE;
}

/* Long options of a command, blank-separated, as "--name". */
static void put_words(FILE *f, const cli_command *c)
{
    bool first = true;
    for (int k = 0; k < N_OPTION; k++) {
        if (!has(&cli_option_table[k], c)) continue;
        fprintf(f, "%s--%s", first ? "" : " ", cli_option_table[k].long_name);
        first = false;
    }
}

/* The words behind a subcommand that are not files. */
static const char *verbs(const cli_command *c)
{
    if (c == &cli_command_table[CMD_MODELS]) return "list show";
    if (c == &cli_command_table[CMD_VOCAB]) return "list add verify compile";
    return "";
}

static void put_bash_values(FILE *f)
{
    for (int k = 0; k < N_OPTION; k++) {
        const cli_option *o = &cli_option_table[k];
        if (!*argument(o)) continue;
        fputs("    ", f);
        if (o->ch) fprintf(f, "-%c|", o->ch);
        fprintf(f, "--%s) ", o->long_name);
        if (*o->choices) {
            fputs("COMPREPLY=($(compgen -W '", f);
            for (const char *p = o->choices; *p; p++) putc(*p == '|' ? ' ' : *p, f);
            fputs("' -- \"$cur\"));", f);
        } else if (strcmp(o->arg, "MODEL") == 0) {
            fputs("COMPREPLY=($(compgen -W \"$(tokcount __names models)\" -- \"$cur\"));", f);
        } else if (strcmp(o->arg, "ENCODING") == 0) {
            fputs("COMPREPLY=($(compgen -W \"$(tokcount __names encodings)\" -- \"$cur\"));"
                  " _tokcount_files \"$cur\";",
                  f);
        } else if (strcmp(o->arg, "FILE") == 0) {
            fputs("_tokcount_files \"$cur\";", f);
        }
        fputs(" return ;;\n", f);
    }
}

static void put_names(FILE *f)
{
    bool first = true;
    for (size_t i = 0; i < N_COMMAND; i++) {
        if (cli_command_hidden(&cli_command_table[i])) continue;
        fprintf(f, "%s%s", first ? "" : " ", cli_command_table[i].name);
        first = false;
    }
}

static void complete_bash(FILE *f)
{
    fputs("# bash completion for tokcount; made by \"tokcount __complete bash\".\n"
          "_tokcount_files() {\n"
          "    local name\n"
          "    while IFS= read -r name; do COMPREPLY+=(\"$name\"); done < <(compgen -f -- \"$1\")\n"
          "}\n"
          "_tokcount() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local command=count words= verbs=\n"
          "    COMPREPLY=()\n"
          "    case $prev in\n",
          f);
    put_bash_values(f);
    fputs("    esac\n    case ${COMP_WORDS[1]} in\n    ", f);
    for (size_t i = 0, n = 0; i < N_COMMAND; i++)
        if (!cli_command_hidden(&cli_command_table[i]))
            fprintf(f, "%s%s", n++ ? "|" : "", cli_command_table[i].name);
    fputs(") [ \"$COMP_CWORD\" -gt 1 ] && command=${COMP_WORDS[1]} ;;\n    esac\n"
          "    case $command in\n",
          f);
    for (size_t i = 0; i < N_COMMAND; i++) {
        const cli_command *c = &cli_command_table[i];
        if (cli_command_hidden(c)) continue;
        fprintf(f, "    %s) words='", c->name);
        put_words(f, c);
        if (i == CMD_HELP) {
            fputs("' verbs='", f);
            put_names(f);
        } else {
            fprintf(f, "' verbs='%s", verbs(c));
        }
        fputs("' ;;\n", f);
    }
    fputs("    esac\n"
          "    case $cur in\n"
          "    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); return ;;\n"
          "    esac\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then verbs='",
          f);
    put_names(f);
    fputs("'; fi\n"
          "    if [ \"$command $prev\" = 'models show' ]; then"
          " verbs=$(tokcount __names models); fi\n"
          "    COMPREPLY=($(compgen -W \"$verbs\" -- \"$cur\"))\n"
          "    _tokcount_files \"$cur\"\n"
          "}\n"
          "complete -o filenames -F _tokcount tokcount\n",
          f);
}

/* The first line of a help text inside single quotes; none of special is left bare. */
static void put_shell_text(FILE *f, const char *s, const char *special)
{
    for (; *s && *s != '\n'; s++) {
        if (*s == '\'')
            fputs("'\\''", f);
        else {
            if (strchr(special, *s)) putc('\\', f);
            putc(*s, f);
        }
    }
}

static void put_zsh_action(FILE *f, const cli_option *o)
{
    fprintf(f, ":%s:", o->arg);
    if (*o->choices) {
        putc('(', f);
        for (const char *p = o->choices; *p; p++) putc(*p == '|' ? ' ' : *p, f);
        putc(')', f);
    } else if (strcmp(o->arg, "MODEL") == 0) {
        fputs("{compadd -- $(tokcount __names models)}", f);
    } else if (strcmp(o->arg, "ENCODING") == 0) {
        fputs("{compadd -- $(tokcount __names encodings); _files}", f);
    } else if (strcmp(o->arg, "FILE") == 0) {
        fputs("_files", f);
    }
}

static void complete_zsh(FILE *f)
{
    fputs("#compdef tokcount\n# made by \"tokcount __complete zsh\".\n_tokcount() {\n"
          "  local -a commands\n  commands=(\n",
          f);
    for (size_t i = 0; i < N_COMMAND; i++) {
        const cli_command *c = &cli_command_table[i];
        if (cli_command_hidden(c)) continue;
        fprintf(f, "    '%s:", c->name);
        put_shell_text(f, c->summary, "");
        fputs("'\n", f);
    }
    fputs("  )\n  local command=count\n"
          "  if (( CURRENT > 2 )) && (( ${commands[(I)$words[2]:*]} )); then\n"
          "    command=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
          "  elif (( CURRENT == 2 )); then\n    _describe command commands\n  fi\n"
          "  case $command in\n",
          f);
    for (size_t i = 0; i < N_COMMAND; i++) {
        const cli_command *c = &cli_command_table[i];
        if (cli_command_hidden(c)) continue;
        fprintf(f, "  %s)\n    _arguments -s \\\n", c->name);
        for (int k = 0; k < N_OPTION; k++) {
            const cli_option *o = &cli_option_table[k];
            if (!has(o, c)) continue;
            for (int form = o->ch ? 0 : 1; form < 2; form++) {
                fputs("      '", f);
                if (o->arg[0] && !strcmp(o->choices, "")) putc('*', f);
                if (form == 0)
                    fprintf(f, "-%c", o->ch);
                else
                    fprintf(f, "--%s%s", o->long_name, *argument(o) ? "=" : "");
                putc('[', f);
                put_shell_text(f, o->help, "[]\\");
                putc(']', f);
                if (*argument(o)) put_zsh_action(f, o);
                fputs("' \\\n", f);
            }
        }
        if (*verbs(c)) fprintf(f, "      '1:verb:(%s)' \\\n", verbs(c));
        if (i == CMD_HELP) {
            fputs("      '1:command:(", f);
            put_names(f);
            fputs(")' \\\n", f);
        }
        fputs("      '*:file:_files'\n    ;;\n", f);
    }
    fputs("  esac\n}\n_tokcount \"$@\"\n", f);
}

static void complete_fish(FILE *f)
{
    fputs("# fish completion for tokcount; made by \"tokcount __complete fish\".\n"
          "set -l commands ",
          f);
    put_names(f);
    putc('\n', f);
    for (size_t i = 0; i < N_COMMAND; i++) {
        const cli_command *c = &cli_command_table[i];
        if (cli_command_hidden(c)) continue;
        fprintf(f, "complete -c tokcount -n '__fish_is_first_arg' -a %s -d '", c->name);
        put_shell_text(f, c->summary, "");
        fputs("'\n", f);
    }
    for (size_t i = 0; i < N_COMMAND; i++) {
        const cli_command *c = &cli_command_table[i];
        char condition[96];
        if (cli_command_hidden(c)) continue;
        if (i == CMD_COUNT)
            snprintf(condition, sizeof condition,
                     "not __fish_seen_subcommand_from $commands; or "
                     "__fish_seen_subcommand_from count");
        else
            snprintf(condition, sizeof condition, "__fish_seen_subcommand_from %s", c->name);
        for (int k = 0; k < N_OPTION; k++) {
            const cli_option *o = &cli_option_table[k];
            if (!has(o, c)) continue;
            fprintf(f, "complete -c tokcount -n \"%s\"", condition);
            if (o->ch) fprintf(f, " -s %c", o->ch);
            fprintf(f, " -l %s", o->long_name);
            if (*argument(o)) fputs(strcmp(o->arg, "FILE") == 0 ? " -r -F" : " -x", f);
            if (*o->choices) {
                fputs(" -a '", f);
                for (const char *p = o->choices; *p; p++) putc(*p == '|' ? ' ' : *p, f);
                putc('\'', f);
            } else if (strcmp(o->arg, "MODEL") == 0) {
                fputs(" -a '(tokcount __names models)'", f);
            } else if (strcmp(o->arg, "ENCODING") == 0) {
                fputs(" -a '(tokcount __names encodings)'", f);
            }
            fputs(" -d '", f);
            put_shell_text(f, o->help, "");
            fputs("'\n", f);
        }
        if (*verbs(c))
            fprintf(f, "complete -c tokcount -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                    c->name, verbs(c));
    }
}

int cmd___complete(const cli_args *a)
{
    const char *shell = a->n_operand == 1 ? a->operand[0] : "";
    if (strcmp(shell, "bash") == 0)
        complete_bash(stdout);
    else if (strcmp(shell, "zsh") == 0)
        complete_zsh(stdout);
    else if (strcmp(shell, "fish") == 0)
        complete_fish(stdout);
    else {
        cli_message("__complete: give bash, zsh or fish");
        return EXIT_ERROR;
    }
    return EXIT_FINE;
}
