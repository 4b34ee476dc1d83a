/*
 * options.c - parses argv by the option table.
 *
 * Long (--opt, --opt=value, --opt value), short (-m x, -mx), clustered switches (-0q) and
 * "--". Options may stand between operands. A subcommand is the first argument or none, so
 * that a file called "tree" is counted as "./tree" or after "count".
 */
#include "tools/cli/options.h"

#include "tokenizer/tokenizer.h"
#include "tools/cli/output.h"
#include "vocab/base/near.h"
#include "vocab/registry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const cli_option cli_option_table[N_OPTION] = {
#define OPTION(id, ch, long_name, arg, choices, commands, help)                                    \
    [OPT_##id] = {ch, long_name, arg, choices, commands, help},
#include "tools/options.def"
#undef OPTION
};

const cli_command cli_command_table[N_COMMAND] = {
#define SUBCOMMAND(id, name, synopsis, summary, description)                                       \
    [CMD_##id] = {#name, synopsis, summary, description, cmd_##name},
#include "tools/subcommands.def"
#undef SUBCOMMAND
};

bool cli_command_hidden(const cli_command *c)
{
    return strncmp(c->name, "__", 2) == 0;
}

const cli_command *cli_command_find(const char *name)
{
    for (size_t i = 0; i < N_COMMAND; i++)
        if (strcmp(cli_command_table[i].name, name) == 0) return &cli_command_table[i];
    return NULL;
}

const char *cli_command_near(const char *name)
{
    tkc_near near = {.wanted = name};
    for (size_t i = 0; i < N_COMMAND; i++)
        if (!cli_command_hidden(&cli_command_table[i])) tkc_near_offer(&near, cli_command_table[i].name);
    return near.n ? near.name[0] : NULL;
}

bool cli_parse_size(const char *s, size_t *out)
{
    size_t n = 0;
    if (!*s) return false;
    for (; *s; s++) {
        size_t digit = (size_t)(*s - '0');
        if (*s < '0' || *s > '9' || n > (SIZE_MAX - digit) / 10) return false;
        n = n * 10 + digit;
    }
    *out = n;
    return true;
}

static bool is_switch(const cli_option *o)
{
    return o->arg[0] == '\0' || o->arg[0] == '[';
}

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *p = choices; *p;) {
        size_t n = strcspn(p, "|");
        if (n == len && memcmp(p, value, n) == 0) return true;
        p += n + (p[n] == '|');
    }
    return false;
}

static void unknown_option(const cli_command *c, const char *name)
{
    tkc_near near = {.wanted = name};
    for (size_t i = 0; i < N_OPTION; i++)
        if (cli_option_table[i].commands & 1u << (c - cli_command_table)) tkc_near_offer(&near, cli_option_table[i].long_name);
    if (near.n)
        cli_message("unknown option '--%s'; did you mean '--%s'?", name, near.name[0]);
    else
        cli_message("unknown option '--%s'; 'tokcount %s -h' lists the options", name, c->name);
}

static bool set_number(const cli_option *o, const char *value, size_t *out)
{
    if (cli_parse_size(value, out)) return true;
    cli_message("--%s: '%s' is not a number; give a whole number such as 2000", o->long_name,
                value);
    return false;
}

static bool set_positive(const cli_option *o, const char *value, size_t *out)
{
    if (!set_number(o, value, out)) return false;
    if (*out) return true;
    cli_message("--%s: give a number above 0", o->long_name);
    return false;
}

/* 0 to 1, "70%" too. */
static bool set_rate(const cli_option *o, const char *value, double *out)
{
    char *end;
    double v = value[0] >= '0' && value[0] <= '9' ? strtod(value, &end) : -1;
    if (v >= 0 && *end == '%') {
        v /= 100;
        end++;
    }
    if (v >= 0 && v <= 1 && !*end) {
        *out = v;
        return true;
    }
    cli_message("--%s: '%s' is no rate; give one from 0 to 1, such as 0.70", o->long_name, value);
    return false;
}

/* A count of tokens: at most 10^15, so that sums of a few never overflow. */
static bool set_tokens(const cli_option *o, const char *value, uint64_t *out)
{
    size_t n;
    if (!set_number(o, value, &n)) return false;
    if (n > UINT64_C(1000000000000000)) {
        cli_message("--%s: %s is more tokens than any provider serves", o->long_name, value);
        return false;
    }
    *out = n;
    return true;
}

static bool set_option(cli_args *a, enum cli_option_id id, const char *value)
{
    const cli_option *o = &cli_option_table[id];
    if (o->choices[0] && !is_choice(o->choices, value)) {
        cli_message("--%s: unknown value '%s'; it is one of %s", o->long_name, value, o->choices);
        return false;
    }
    switch (id) {
    case OPT_MODEL:
    case OPT_ENCODING: a->pick[a->n_pick++] = (cli_pick){id == OPT_MODEL, value}; break;
    case OPT_SPECIAL: a->encode_flags |= TKC_ENCODE_SPECIAL; break;
    case OPT_FRAME: a->encode_flags |= TKC_ENCODE_FRAME; break;
    case OPT_STRICT: a->encode_flags |= TKC_ENCODE_STRICT; break;
    case OPT_AS:
        a->has_as = true;
        a->as_message = strcmp(value, "message") == 0;
        a->as_request = strcmp(value, "request") == 0;
        break;
    case OPT_REQUIRE:
        a->require = strcmp(value, "exact") == 0 ? TKC_CLASS_EXACT : TKC_CLASS_RECONSTRUCTED;
        break;
    case OPT_LIMIT: return set_number(o, value, &a->limit);
    case OPT_DEPTH: return set_number(o, value, &a->depth);
    case OPT_JOBS:
    case OPT_THREADS:
        if (!set_number(o, value, &a->jobs)) return false;
        if (a->jobs == 0 || a->jobs > 256) {
            cli_message("--%s: %s threads; give 1 to 256", o->long_name, value);
            return false;
        }
        break;
    case OPT_TOTAL: a->total = true; break;
    case OPT_JSON: a->json = true; break;
    case OPT_JSONL:
        a->jsonl = true;
        if (value) a->operand[a->n_operand++] = value;
        break;
    case OPT_TEXT: a->text[a->n_text++] = value; break;
    case OPT_PIECES: a->pieces = true; break;
    case OPT_OFFSETS: a->offsets = true; break;
    case OPT_SKIP_SPECIAL: a->skip_special = true; break;
    case OPT_SORT: a->sort = strcmp(value, "tokens") == 0 ? SORT_TOKENS : SORT_NAME; break;
    case OPT_QUERIES: a->queries = value; break;
    case OPT_QUERY: a->query = value; break;
    case OPT_THRESHOLD: a->threshold = value; break;
    case OPT_EMIT: a->emit = value; break;
    case OPT_PAIRS: a->pairs = true; break;
    case OPT_ORDER: a->order = value; break;
    case OPT_PLACE: a->place = value; break;
    case OPT_DIVERSITY: return set_rate(o, value, &a->diversity);
    case OPT_TITLE_WEIGHT:
        if (!set_number(o, value, &a->title_weight)) return false;
        if (a->title_weight > 16) {
            cli_message("--title-weight: %s; give 0 to 16", value);
            return false;
        }
        break;
    case OPT_KERNEL: a->kernel = value; break;
    case OPT_LANGUAGE: a->language = value; break;
    case OPT_MOST: return set_positive(o, value, &a->most);
    case OPT_FILES_FROM: a->files_from[a->n_files_from++] = value; break;
    case OPT_NUL: a->nul = true; break;
    case OPT_HIDDEN: a->hidden = true; break;
    case OPT_NO_IGNORE: a->no_ignore = true; break;
    case OPT_NAME: a->name = value; break;
    case OPT_RECIPE: a->recipe = value; break;
    case OPT_PATTERN: a->pattern = value; break;
    case OPT_OUTPUT: a->output = value; break;
    case OPT_QUIET: a->quiet = true; break;
    case OPT_BY: a->by = value; break;
    case OPT_OUT: return set_tokens(o, value, &a->out);
    case OPT_INPUT: return set_tokens(o, value, &a->input);
    case OPT_CACHED: return set_tokens(o, value, &a->cached);
    case OPT_BATCH: a->batch = true; break;
    case OPT_PROVIDER: a->provider = value; break;
    case OPT_ASOF: a->asof = value; break;
    case OPT_PRICES: a->prices[a->n_prices++] = value; break;
    case OPT_RULES: a->rules[a->n_rules++] = value; break;
    case OPT_CALIBRATION: a->calibration = value; break;
    case OPT_NO_CALIBRATION: a->no_calibration = true; break;
    case OPT_COVERAGE:
        if (!set_number(o, value, &a->coverage)) return false;
        if (a->coverage < 50 || a->coverage > 99) {
            cli_message("--coverage: %s percent; give 50 to 99", value);
            return false;
        }
        break;
    case OPT_LOG_FORMAT: a->log_format = value; break;
    case OPT_HTML: a->html = value; break;
    case OPT_WHAT_IF: a->what_if = value; break;
    case OPT_PARTIAL: a->partial = value; break;
    case OPT_SHOW_TEXT: a->show_text = true; break;
    case OPT_CACHE_SIZE: return set_number(o, value, &a->cache_size);
    case OPT_FAIL_UNDER: return set_rate(o, value, &a->fail_under);
    case OPT_ON_ERROR:
        a->has_on_error = true;
        a->on_error = value[0] == 's' ? ON_ERROR_SKIP : value[0] == 'f' ? ON_ERROR_FAIL : ON_ERROR_REPORT;
        break;
    case OPT_REV: a->rev = value; break;
    case OPT_FORMAT: a->format = value; break;
    case OPT_LOCK: a->lock = value; break;
    case OPT_RAISE: a->raise = value; break;
    case OPT_FINDINGS: a->findings = true; break;
    case OPT_NO_BASELINE: a->no_baseline = true; break;
    case OPT_CONFIG: a->config = value; break;
    case OPT_NO_CONFIG: a->no_config = true; break;
    case OPT_TOKENS: return set_tokens(o, value, &a->budget);
    case OPT_LOSSLESS: a->lossless = true; break;
    case OPT_PASSES: a->passes = value; break;
    case OPT_TRIM: a->trim = true; break;
    case OPT_PACK: return set_tokens(o, value, &a->pack);
    case OPT_PROTECT: a->protect[a->n_protect++] = value; break;
    case OPT_KEEP_TURNS: return set_number(o, value, &a->keep_turns);
    case OPT_KEEP_EXAMPLES: return set_number(o, value, &a->keep_examples);
    case OPT_KEEP_PREFIX: return set_tokens(o, value, &a->keep_prefix);
    case OPT_CHANGE_PREFIX: a->change_prefix = true; break;
    case OPT_LAYOUT: a->layout = true; break;
    case OPT_CALL_GAP: a->call_gap = value; break;
    case OPT_WAIVE: a->waive = value; break;
    case OPT_REPORT:
        a->report = true;
        a->report_path = value;
        break;
    case OPT_SHOW_DIFF: a->show_diff = true; break;
    case OPT_UNDO: a->undo = value; break;
    case OPT_SELECT: a->select = value; break;
    case OPT_EXTEND_SELECT: a->extend_select = value; break;
    case OPT_IGNORE: a->ignore = value; break;
    case OPT_PREVIEW: a->preview = true; break;
    case OPT_FIX: a->fix = true; break;
    case OPT_UNSAFE_FIXES: a->unsafe_fixes = true; break;
    case OPT_EXPLAIN: a->explain = value; break;
    case OPT_LIST_RULES: a->list_rules = true; break;
    case OPT_EXIT_ZERO: a->exit_zero = true; break;
    case OPT_STDIN_FILENAME: a->name = value; break;
    case OPT_NO_COLOR: a->no_color = true; break;
    case OPT_HELP: a->help = true; break;
    case OPT_VERSION: a->version = true; break;
    case N_OPTION: break;
    }
    return true;
}

/* text is "name" or "name=value"; *next is the argument behind, taken if it is needed. */
static bool parse_long(cli_args *a, const char *text, char ***next)
{
    const cli_command *c = &cli_command_table[a->command];
    size_t len = strcspn(text, "=");
    const char *value = text[len] ? text + len + 1 : NULL;
    const cli_option *elsewhere = NULL;
    for (int i = 0; i < N_OPTION; i++) {
        const cli_option *o = &cli_option_table[i];
        if (strlen(o->long_name) != len || memcmp(o->long_name, text, len) != 0) continue;
        if (!(o->commands & 1u << a->command)) {
            elsewhere = o;
            continue;
        }
        if (is_switch(o)) {
            if (value && o->arg[0] != '[') {
                cli_message("--%s takes no value; leave '=%s' out", o->long_name, value);
                return false;
            }
            if (i == OPT_HELP) a->long_help = true;
        } else if (!value) {
            if (!**next) {
                cli_message("--%s needs a value: --%s=%s", o->long_name, o->long_name, o->arg);
                return false;
            }
            value = *(*next)++;
        }
        return set_option(a, (enum cli_option_id)i, value);
    }
    if (elsewhere) {
        cli_message("--%s is not an option of '%s'; 'tokcount %s -h' lists those", elsewhere->long_name,
                    c->name, c->name);
        return false;
    }
    {
        char name[64];
        size_t n = len < sizeof name - 1 ? len : sizeof name - 1;
        memcpy(name, text, n);
        name[n] = '\0';
        unknown_option(c, name);
    }
    return false;
}

static bool parse_short(cli_args *a, const char *text, char ***next)
{
    const cli_command *c = &cli_command_table[a->command];
    while (*text) {
        int i = 0;
        const cli_option *o;
        while (i < N_OPTION && cli_option_table[i].ch != *text) i++;
        o = &cli_option_table[i];
        if (i == N_OPTION || !(o->commands & 1u << a->command)) {
            cli_message("unknown option '-%c'; 'tokcount %s -h' lists the options", *text, c->name);
            return false;
        }
        text++;
        if (is_switch(o)) {
            if (!set_option(a, (enum cli_option_id)i, NULL)) return false;
            continue;
        }
        if (*text == '\0') {
            if (!**next) {
                cli_message("-%c needs a value: -%c %s", o->ch, o->ch, o->arg);
                return false;
            }
            text = *(*next)++;
        }
        return set_option(a, (enum cli_option_id)i, text);
    }
    return true;
}

bool cli_args_parse(cli_args *a, int argc, char **argv)
{
    size_t room = (size_t)argc + 1; /* no list can be longer than argv */
    char **next = argv + (argc > 0);
    memset(a, 0, sizeof *a);
    a->limit = a->depth = a->cache_size = SIZE_MAX;
    a->fail_under = -1;
    a->require = -1;
    a->command = CMD_COUNT;
    a->pick = calloc(room, sizeof *a->pick);
    a->operand = calloc(room, sizeof *a->operand);
    a->files_from = calloc(room, sizeof *a->files_from);
    a->text = calloc(room, sizeof *a->text);
    a->prices = calloc(room, sizeof *a->prices);
    a->rules = calloc(room, sizeof *a->rules);
    a->protect = calloc(room, sizeof *a->protect);
    a->out = a->input = a->cached = a->budget = a->pack = UINT64_MAX;
    a->keep_turns = a->title_weight = SIZE_MAX;
    if (!a->pick || !a->operand || !a->files_from || !a->text || !a->prices || !a->rules ||
        !a->protect) {
        cli_message("out of memory");
        return false;
    }
    if (*next) {
        const cli_command *c = cli_command_find(*next);
        if (c) {
            a->command = (enum cli_command_id)(c - cli_command_table);
            next++;
        }
    }
    while (*next) {
        const char *arg = *next++;
        if (strcmp(arg, "--") == 0) {
            while (*next) a->operand[a->n_operand++] = *next++;
        } else if (strncmp(arg, "--", 2) == 0) {
            if (!parse_long(a, arg + 2, &next)) return false;
        } else if (arg[0] == '-' && arg[1]) {
            if (!parse_short(a, arg + 1, &next)) return false;
        } else {
            a->operand[a->n_operand++] = arg;
        }
    }
    return true;
}

void cli_args_release(cli_args *a)
{
    free(a->pick);
    free(a->operand);
    free(a->files_from);
    free(a->text);
    free(a->prices);
    free(a->rules);
    free(a->protect);
    memset(a, 0, sizeof *a);
}
