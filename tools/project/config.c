/*
 * config.c - the schema of .tokcount.yaml, and what its patterns say.
 *
 * Reading is one walk over the nodes of the file; every table says which keys there are, so
 * that an unknown key is an error with its line and the keys it may have been.
 */
#include "tools/project/config.h"

#include "optimizer/lint/lint.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GLOB = 1024, MAX_PATTERNS = 1000, MAX_LIST = 1000 };

typedef struct reader {
    cli_config *c;
    const cli_config_rules *rules;
    const tkc_allocator *alloc;
    tkc_error *err;
} reader;

static tkc_status bad(const reader *r, uint32_t node, const char *fmt, const char *text)
{
    char q[TKC_QUOTE_SIZE], what[200];
    const cli_yaml_node *n = &r->c->yaml.node[node];
    tkc_quote(q, text, strlen(text));
    (void)snprintf(what, sizeof what, fmt, q);
    return tkc_fail(r->err, TKC_E_FORMAT, 0, "line %u: %s", (unsigned)n->line, what);
}

static tkc_status expect(const reader *r, uint32_t node, cli_yaml_kind kind, const char *key)
{
    const cli_yaml_node *n = &r->c->yaml.node[node];
    if (n->kind == kind) return TKC_OK;
    return tkc_fail(r->err, TKC_E_FORMAT, 0, "line %u: '%s' is %s, not %s", (unsigned)n->line, key,
                    cli_yaml_kind_name(kind), cli_yaml_kind_name(n->kind));
}

/* The texts of a list, or the one text. */
static size_t count_items(const cli_yaml *y, uint32_t node)
{
    size_t n = 0;
    if (y->node[node].kind == CLI_YAML_TEXT) return 1;
    for (uint32_t i = y->node[node].first; i != CLI_YAML_NONE; i = y->node[i].next) n++;
    return n;
}

static tkc_status read_names(reader *r, uint32_t node, const char *key, cli_names *out,
                             tkc_status (*check)(const reader *, uint32_t, const char *))
{
    const cli_yaml *y = &r->c->yaml;
    size_t n;
    tkc_status st = TKC_OK;
    if (y->node[node].kind == CLI_YAML_MAP) return expect(r, node, CLI_YAML_LIST, key);
    n = count_items(y, node);
    if (n > MAX_LIST)
        return tkc_fail(r->err, TKC_E_LIMIT, 0, "line %u: '%s' has more than %d entries",
                        (unsigned)y->node[node].line, key, MAX_LIST);
    if (n == 0) return TKC_OK;
    out->name = tkc_alloc(r->alloc, n, sizeof *out->name);
    if (!out->name) return tkc_nomem(r->err);
    out->n = n; /* what the release gives back */
    memset(out->name, 0, n * sizeof *out->name);
    n = 0;
    for (uint32_t i = y->node[node].kind == CLI_YAML_TEXT ? node : y->node[node].first;
         i != CLI_YAML_NONE && !st; i = y->node[i].next) {
        const char *s = cli_yaml_text(y, i);
        if (y->node[i].kind != CLI_YAML_TEXT || !*s)
            return bad(r, i, "an entry of '%s' is a text", key);
        if (check) st = check(r, i, s);
        out->name[n++] = s;
        if (i == node) break;
    }
    return st;
}

static tkc_status check_model(const reader *r, uint32_t node, const char *name)
{
    tkc_model_rule rule;
    const char *near[1] = {NULL};
    if (tkc_model_find(name, &rule) || tkc_encoding_find(name)) return TKC_OK;
    if (tkc_model_nearest(name, near, 1)) {
        char q[TKC_QUOTE_SIZE];
        return tkc_fail(r->err, TKC_E_FORMAT, 0, "line %u: unknown model '%s'; the nearest is '%s'",
                        (unsigned)r->c->yaml.node[node].line, tkc_quote(q, name, strlen(name)), near[0]);
    }
    return bad(r, node, "unknown model '%s'", name);
}

/* TC, then one to three digits; a name in small letters; ALL. */
static bool is_selector_form(const char *s, bool one)
{
    size_t n = strlen(s);
    if (strcmp(s, "ALL") == 0) return !one;
    if (strncmp(s, "TC", 2) == 0) {
        for (size_t i = 2; i < n; i++)
            if (s[i] < '0' || s[i] > '9') return false;
        return n <= 5 && (!one || n == 5);
    }
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || (s[i] == '-' && i)))
            return false;
    return n > 2;
}

static tkc_status check_rule(const reader *r, uint32_t node, const char *s, bool one)
{
    const char *why = NULL;
    if (r->rules && r->rules->check)
        why = r->rules->check(r->rules->ctx, s, one);
    else if (!is_selector_form(s, one))
        why = one ? "a rule is an id such as TC301 or its name"
                  : "rules are ids such as TC301, beginnings such as TC3, names, or ALL";
    if (why && r->rules && r->rules->unknown) {
        r->rules->unknown(r->rules->ctx, r->c->yaml.node[node].line, s, why);
    } else if (why) {
        char q[TKC_QUOTE_SIZE];
        return tkc_fail(r->err, TKC_E_FORMAT, 0, "line %u: unknown rule '%s'; %s",
                        (unsigned)r->c->yaml.node[node].line, tkc_quote(q, s, strlen(s)), why);
    }
    return TKC_OK;
}

static tkc_status check_selector(const reader *r, uint32_t node, const char *s)
{
    return check_rule(r, node, s, false);
}

/* A pattern stays in the folder of the file. */
static tkc_status check_glob(const reader *r, uint32_t node, const char *s)
{
    const char *p = s;
    if (*p == '!') p++;
    if (strlen(s) > MAX_GLOB) return bad(r, node, "a pattern of more than 1,024 bytes: '%s'", s);
    if (strchr(s, '\n')) return bad(r, node, "a pattern is one line: '%s'", s);
    if (*p == '\0' || *p == ' ') return bad(r, node, "an empty pattern: '%s'", s);
    if (*p == '/' && p[1] == '\0') return bad(r, node, "the pattern '%s' names no file; write **", s);
    while (*p) {
        size_t n = strcspn(p, "/");
        if (n == 2 && p[0] == '.' && p[1] == '.')
            return bad(r, node, "'%s' leaves the folder of this file; take '..' out", s);
        p += n + (p[n] == '/');
    }
    if (*s == '~') return bad(r, node, "'%s': '~' is no folder here; patterns count from this file", s);
    return TKC_OK;
}

static tkc_status read_globs(reader *r, uint32_t node, const char *key, cli_globs *out)
{
    cli_names list = {NULL, 0};
    tkc_buf text;
    tkc_status st = read_names(r, node, key, &list, check_glob);
    tkc_buf_init(&text, (size_t)MAX_PATTERNS * (MAX_GLOB + 4), r->alloc);
    if (!st && list.n == 0) st = bad(r, node, "'%s' needs a pattern", key);
    for (size_t i = 0; i < list.n && !st; i++) {
        const char *s = list.name[i];
        if (strncmp(s, "./", 2) == 0) s += 1; /* git knows no "./"; "/" is the same */
        if (*s == '#') st = tkc_buf_append_byte(&text, '\\', r->err);
        if (!st) st = tkc_buf_append(&text, s, strlen(s), r->err);
        if (!st) st = tkc_buf_append_byte(&text, '\n', r->err);
    }
    if (!st) {
        gitignore_free(out->patterns);
        out->first = list.name[0];
        out->patterns = gitignore_new(tkc_buf_str(&text));
        if (!out->patterns) st = tkc_nomem(r->err);
    }
    tkc_free(r->alloc, list.name, list.n, sizeof *list.name);
    tkc_buf_release(&text);
    return st;
}

static tkc_status read_number(const reader *r, uint32_t node, const char *key, size_t *out)
{
    const char *s = cli_yaml_text(&r->c->yaml, node);
    tkc_status st = expect(r, node, CLI_YAML_TEXT, key);
    size_t n = 0;
    if (st) return st;
    for (const char *p = s; *p; p++) {
        if (*p < '0' || *p > '9' || n > SIZE_MAX / 20 || p - s > 15) {
            n = SIZE_MAX;
            break;
        }
        n = n * 10 + (size_t)(*p - '0');
    }
    if (!*s || n == SIZE_MAX) return bad(r, node, "'%s' is no whole number such as 2000", s);
    *out = n;
    return TKC_OK;
}

static tkc_status read_bool(const reader *r, uint32_t node, const char *key, bool *out)
{
    const char *s = cli_yaml_text(&r->c->yaml, node);
    tkc_status st = expect(r, node, CLI_YAML_TEXT, key);
    if (st) return st;
    *out = strcmp(s, "true") == 0;
    if (*out || strcmp(s, "false") == 0) return TKC_OK;
    return bad(r, node, "'%s' is neither true nor false", s);
}

/* Calls on_key for every member of a mapping; key is one of names ("a|b|c"), by index. */
typedef tkc_status (*key_fn)(reader *r, void *ctx, int key, uint32_t key_node, uint32_t value);

static tkc_status each_key(reader *r, uint32_t map, const char *what, const char *names, key_fn on_key,
                           void *ctx)
{
    const cli_yaml *y = &r->c->yaml;
    tkc_status st = expect(r, map, CLI_YAML_MAP, what);
    for (uint32_t k = st ? CLI_YAML_NONE : y->node[map].first; k != CLI_YAML_NONE && !st;
         k = y->node[y->node[k].next].next) {
        const char *s = cli_yaml_text(y, k);
        size_t len = strlen(s);
        int key = 0;
        const char *p = names;
        for (; *p; key++) {
            size_t n = strcspn(p, "|");
            if (n == len && memcmp(p, s, n) == 0) break;
            p += n + (p[n] == '|');
        }
        if (!*p) {
            char q[TKC_QUOTE_SIZE], list[128];
            size_t m = 0;
            for (p = names; *p && m + 3 < sizeof list; p++) {
                list[m++] = *p == '|' ? ',' : *p;
                if (*p == '|') list[m++] = ' ';
            }
            list[m] = '\0';
            return tkc_fail(r->err, TKC_E_FORMAT, 0, "line %u: unknown key '%s' in %s; keys are %s",
                            (unsigned)y->node[k].line, tkc_quote(q, s, len), what, list);
        }
        st = on_key(r, ctx, key, k, y->node[k].next);
    }
    return st;
}

static bool find_severity(const char *s, cli_severity *out)
{
    static const char *const name[] = {"off", "info", "warning", "error"};
    for (int i = 0; i < 4; i++)
        if (strcmp(name[i], s) == 0) {
            *out = (cli_severity)(CLI_SEVERITY_OFF + i);
            return true;
        }
    return false;
}

static tkc_status add_level(reader *r, uint32_t rule, uint32_t value)
{
    cli_config *c = r->c;
    const char *s = cli_yaml_text(&c->yaml, value);
    cli_severity severity = CLI_SEVERITY_UNSET;
    tkc_status st = expect(r, value, CLI_YAML_TEXT, "severity");
    if (st) return st;
    if (!find_severity(s, &severity))
        return bad(r, value, "'%s' is no severity; it is off, info, warning or error", s);
    if (!tkc_grow(r->alloc, &c->level, &c->cap_level, c->n_level + 1, MAX_LIST, sizeof *c->level))
        return tkc_nomem(r->err);
    c->level[c->n_level++] =
        (cli_rule_level){cli_yaml_text(&c->yaml, rule), severity, c->yaml.node[rule].line};
    return TKC_OK;
}

static tkc_status read_rules(reader *r, uint32_t map)
{
    cli_config *c = r->c;
    const cli_yaml *y = &c->yaml;
    tkc_status st = expect(r, map, CLI_YAML_MAP, "rules");
    for (uint32_t k = st ? CLI_YAML_NONE : y->node[map].first; k != CLI_YAML_NONE && !st;
         k = y->node[y->node[k].next].next) {
        const char *rule = cli_yaml_text(y, k);
        const uint32_t v = y->node[k].next;
        st = check_rule(r, k, rule, true);
        if (!st && y->node[v].kind == CLI_YAML_TEXT) {
            st = add_level(r, k, v);
            continue;
        }
        if (!st) st = expect(r, v, CLI_YAML_MAP, "a rule's options");
        for (uint32_t o = st ? CLI_YAML_NONE : y->node[v].first; o != CLI_YAML_NONE && !st;
             o = y->node[y->node[o].next].next) {
            const char *key = cli_yaml_text(y, o), *why = NULL;
            const uint32_t value = y->node[o].next;
            if (strcmp(key, "severity") == 0) {
                st = add_level(r, k, value);
                continue;
            }
            st = expect(r, value, CLI_YAML_TEXT, key);
            if (st) break;
            if (r->rules && r->rules->check_option)
                why = r->rules->check_option(r->rules->ctx, rule, key, cli_yaml_text(y, value));
            if (why)
                return tkc_fail(r->err, TKC_E_FORMAT, 0, "line %u: %s: %.190s",
                                (unsigned)y->node[o].line, rule, why);
            if (!tkc_grow(r->alloc, &c->option, &c->cap_option, c->n_option + 1, MAX_LIST,
                          sizeof *c->option))
                return tkc_nomem(r->err);
            c->option[c->n_option++] =
                (cli_rule_option){rule, key, cli_yaml_text(y, value), y->node[o].line};
        }
    }
    return st;
}

static tkc_status on_file_rules(reader *r, void *ctx, int key, uint32_t key_node, uint32_t v)
{
    cli_file_rules *f = ctx;
    tkc_status st;
    (void)key_node;
    switch (key) {
    case 0: return read_globs(r, v, "files", &f->files);
    case 1: return read_names(r, v, "ignore", &f->ignore, check_selector);
    case 2: return read_names(r, v, "extend-select", &f->extend_select, check_selector);
    default:
        st = expect(r, v, CLI_YAML_TEXT, "reason");
        f->reason = cli_yaml_text(&r->c->yaml, v);
        return st;
    }
}

static tkc_status on_budget(reader *r, void *ctx, int key, uint32_t key_node, uint32_t v)
{
    cli_budget *b = ctx;
    tkc_status st;
    (void)key_node;
    switch (key) {
    case 0: return read_globs(r, v, "files", &b->files);
    case 1:
        st = expect(r, v, CLI_YAML_TEXT, "model");
        b->model = cli_yaml_text(&r->c->yaml, v);
        return st ? st : check_model(r, v, b->model);
    case 2: return read_number(r, v, "max", &b->max);
    default: return read_number(r, v, "total", &b->total);
    }
}

static tkc_status read_budgets(reader *r, uint32_t list)
{
    cli_config *c = r->c;
    tkc_status st = expect(r, list, CLI_YAML_LIST, "budgets");
    for (uint32_t i = st ? CLI_YAML_NONE : c->yaml.node[list].first; i != CLI_YAML_NONE && !st;
         i = c->yaml.node[i].next) {
        cli_budget *b;
        if (c->n_budget == MAX_LIST) return bad(r, i, "%smore than 1,000 budgets", "");
        if (!tkc_grow(r->alloc, &c->budget, &c->cap_budget, c->n_budget + 1, MAX_LIST, sizeof *b))
            return tkc_nomem(r->err);
        b = &c->budget[c->n_budget++];
        *b = (cli_budget){.max = SIZE_MAX, .total = SIZE_MAX, .line = c->yaml.node[i].line};
        st = each_key(r, i, "a budget", "files|model|max|total", on_budget, b);
        if (!st && !b->files.patterns) st = bad(r, i, "a budget needs '%s'", "files");
        if (!st && b->max == SIZE_MAX && b->total == SIZE_MAX)
            st = bad(r, i, "a budget needs '%s' or 'total'", "max");
    }
    return st;
}

static tkc_status read_per_file(reader *r, uint32_t list)
{
    cli_config *c = r->c;
    tkc_status st = expect(r, list, CLI_YAML_LIST, "per-file");
    for (uint32_t i = st ? CLI_YAML_NONE : c->yaml.node[list].first; i != CLI_YAML_NONE && !st;
         i = c->yaml.node[i].next) {
        cli_file_rules *f;
        if (c->n_per_file == MAX_LIST) return bad(r, i, "%smore than 1,000 entries", "");
        if (!tkc_grow(r->alloc, &c->per_file, &c->cap_per_file, c->n_per_file + 1, MAX_LIST, sizeof *f))
            return tkc_nomem(r->err);
        f = &c->per_file[c->n_per_file++];
        *f = (cli_file_rules){.line = c->yaml.node[i].line};
        st = each_key(r, i, "per-file", "files|ignore|extend-select|reason", on_file_rules, f);
        if (!st && !f->files.patterns) st = bad(r, i, "an entry needs '%s'", "files");
    }
    return st;
}

static tkc_status on_lint(reader *r, void *ctx, int key, uint32_t key_node, uint32_t v)
{
    cli_config *c = r->c;
    (void)ctx;
    (void)key_node;
    switch (key) {
    case 0: return read_names(r, v, "select", &c->select, check_selector);
    case 1: return read_names(r, v, "extend-select", &c->extend_select, check_selector);
    case 2: return read_names(r, v, "ignore", &c->ignore, check_selector);
    case 3: return read_bool(r, v, "preview", &c->preview);
    case 4: return read_rules(r, v);
    default: return read_per_file(r, v);
    }
}

static tkc_status on_top(reader *r, void *ctx, int key, uint32_t key_node, uint32_t v)
{
    cli_config *c = r->c;
    (void)ctx;
    (void)key_node;
    switch (key) {
    case 0: return read_names(r, v, "models", &c->models, check_model);
    case 1: return read_globs(r, v, "include", &c->include);
    case 2: return read_globs(r, v, "exclude", &c->exclude);
    case 3: return read_budgets(r, v);
    default:
        return each_key(r, v, "lint", "select|extend-select|ignore|preview|rules|per-file", on_lint, NULL);
    }
}

tkc_status cli_config_parse(cli_config *c, tkc_str text, const cli_config_rules *rules,
                            const tkc_allocator *alloc, tkc_error *err)
{
    reader r = {.c = c, .rules = rules, .alloc = tkc_allocator_or_default(alloc), .err = err};
    tkc_status st;
    cli_yaml_init(&c->yaml, alloc);
    st = cli_yaml_parse(&c->yaml, text, err);
    if (st || c->yaml.n_node == 0) return st;
    return each_key(&r, 0, "the configuration", "models|include|exclude|budgets|lint", on_top, NULL);
}

static void release_names(const cli_config *c, cli_names *n)
{
    tkc_free(c->yaml.alloc, n->name, n->n, sizeof *n->name);
    *n = (cli_names){NULL, 0};
}

void cli_config_release(cli_config *c)
{
    const tkc_allocator *alloc = c->yaml.alloc;
    if (alloc) {
        for (size_t i = 0; i < c->n_budget; i++) gitignore_free(c->budget[i].files.patterns);
        for (size_t i = 0; i < c->n_per_file; i++) {
            gitignore_free(c->per_file[i].files.patterns);
            release_names(c, &c->per_file[i].ignore);
            release_names(c, &c->per_file[i].extend_select);
        }
        gitignore_free(c->include.patterns);
        gitignore_free(c->exclude.patterns);
        release_names(c, &c->models);
        release_names(c, &c->select);
        release_names(c, &c->extend_select);
        release_names(c, &c->ignore);
        tkc_free(alloc, c->budget, c->cap_budget, sizeof *c->budget);
        tkc_free(alloc, c->level, c->cap_level, sizeof *c->level);
        tkc_free(alloc, c->option, c->cap_option, sizeof *c->option);
        tkc_free(alloc, c->per_file, c->cap_per_file, sizeof *c->per_file);
        cli_yaml_release(&c->yaml);
    }
    gitignore_free(c->prompts.patterns);
    free(c->path);
    free(c->root);
    *c = (cli_config){.path = NULL};
}

/* Git does not take a file back whose folder is excluded; here the nearest answer holds, so
 * that "prompts/" and "!prompts/old.md" mean what they say. */
bool cli_globs_match(const cli_globs *g, const char *path)
{
    size_t n = strlen(path);
    bool folder = false;
    char *part;
    gitignore_answer a = GITIGNORE_NONE;
    if (!g->patterns || n == 0 || !(part = malloc(n + 1))) return false;
    memcpy(part, path, n + 1);
    while (n) {
        a = gitignore_match(g->patterns, part, folder);
        if (a != GITIGNORE_NONE) break;
        while (n && part[n - 1] != '/') n--;
        if (n) part[--n] = '\0';
        folder = true;
    }
    free(part);
    return a == GITIGNORE_IGNORED;
}

/* Lines for .gitignore's matcher: the patterns (blank-separated) below one folder, or anywhere. */
static tkc_status add_names(tkc_buf *text, const char *folder, size_t len, const char *patterns)
{
    tkc_status st = TKC_OK;
    for (size_t n; *patterns && !st; patterns += n + (patterns[n] == ' ')) {
        char line[160];
        n = strcspn(patterns, " ");
        (void)snprintf(line, sizeof line, "%s%.*s%s%.*s\n", len ? "**/" : "", (int)len, folder, len ? "/**/" : "", (int)n, patterns);
        st = tkc_buf_append(text, line, strlen(line), NULL);
    }
    return st;
}

/* The names that prompt files commonly have: those of the linter's kinds, the general ones (Markdown,
 * JSON ...) in the folders of prompts only. */
bool cli_config_defaults(cli_config *c)
{
    tkc_buf text;
    tkc_status st = TKC_OK;
    if (c->prompts.patterns) return true;
    tkc_buf_init(&text, 1 << 16, NULL);
    for (int k = 1; k < TKC_N_LINT_KIND; k++) {
        const char *where, *p = tkc_lint_kind_patterns((tkc_lint_kind)k, &where);
        size_t n;
        do {
            n = strcspn(where, " ");
            if (!st) st = add_names(&text, where, n, p);
            where += n + (where[n] == ' ');
        } while (*where);
    }
    if (!st) c->prompts.patterns = gitignore_new(tkc_buf_str(&text));
    tkc_buf_release(&text);
    return c->prompts.patterns != NULL;
}

bool cli_config_wants(const cli_config *c, const char *path)
{
    if (cli_globs_match(&c->exclude, path)) return false;
    return cli_globs_match(c->include.patterns ? &c->include : &c->prompts, path);
}
