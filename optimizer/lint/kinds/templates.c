/*
 * templates.c - prompt templates: Prompty, Dotprompt, promptfoo, BAML.
 *
 * What they declare (inputs, parameters of a function, variables of tests) is noted with its
 * place, the prompt itself cut into texts at its role marks.
 */
#include "optimizer/lint/lint_impl.h"

static tkc_role role_of(tkc_str s)
{
    if (lint_is_nocase(s, "system") || lint_is_nocase(s, "developer")) return TKC_ROLE_SYSTEM;
    if (lint_is_nocase(s, "user")) return TKC_ROLE_USER;
    if (lint_is_nocase(s, "assistant") || lint_is_nocase(s, "model")) return TKC_ROLE_ASSISTANT;
    if (lint_is_nocase(s, "function") || lint_is_nocase(s, "tool")) return TKC_ROLE_TOOL;
    return TKC_ROLE_NONE;
}

static size_t yaml_base(const tkc_linter *l)
{
    return (size_t)(l->yaml.source.ptr - l->src.ptr);
}

/* The keys of a mapping (or the names in a list) as declared inputs. */
static void declare_keys(tkc_linter *l, uint32_t o, bool sure)
{
    const tkc_json *d = &l->yaml.doc;
    size_t base = yaml_base(l);
    if (o == TKC_JSON_NONE || tkc_json_kind_of(d, o) != TKC_JSON_OBJECT) return;
    for (uint32_t k = tkc_json_first(d, o); k != TKC_JSON_NONE && !l->st; k = tkc_json_next_member(d, o, k)) {
        uint32_t next = tkc_json_next_member(d, o, k), v = tkc_json_value(d, k);
        char name[128];
        size_t n = tkc_json_head(d, k, name, sizeof name);
        size_t begin = base + l->yaml.span[k].begin, end = base + l->yaml.span[k].end;
        lint_decl *decl;
        if (!n || n > sizeof name || name[0] == '$') continue;
        if (name[n - 1] == '?') n--; /* Picoschema's optional */
        if (n && memchr(name, '(', n)) n = (size_t)((char *)memchr(name, '(', n) - name);
        while (n && (name[n - 1] == '?' || name[n - 1] == ' ')) n--;
        decl = lint_declare(l, (tkc_str){name, n}, begin, end);
        if (!decl) return;
        decl->sure = sure;
        /* Whole lines, when others stay: of block style, each key on its own line. */
        size_t b = lint_line_begin(l->src, begin);
        size_t e = next != TKC_JSON_NONE ? lint_line_begin(l->src, base + l->yaml.span[next].begin)
                                         : base + l->yaml.span[v].end;
        if (next == TKC_JSON_NONE) e = lint_line_end(l->src, e > begin ? e - 1 : e) + 1;
        if (e > l->src.len) e = l->src.len;
        if (tkc_json_count(d, o) > 1 && e > end && lint_trim((tkc_str){l->src.ptr + b, begin - b}).len == 0) {
            decl->cut_begin = b;
            decl->cut_end = e;
        }
    }
}

/* Model settings of front matter: a limit on the answer, and the model. */
static void settings(tkc_linter *l, uint32_t o)
{
    static const char *const limit[] = {"max_tokens", "max_completion_tokens", "max_output_tokens",
                                        "maxOutputTokens", "maxTokens", "maxCompletionTokens"};
    const tkc_json *d = &l->yaml.doc;
    if (o == TKC_JSON_NONE || tkc_json_kind_of(d, o) != TKC_JSON_OBJECT) return;
    if (!l->has_settings) l->settings_at = yaml_base(l) + l->yaml.span[o].begin;
    l->has_settings = true;
    for (size_t i = 0; i < sizeof limit / sizeof *limit; i++) {
        uint32_t v = lint_yaml_get(l, o, limit[i]);
        uint64_t n;
        if (v == TKC_JSON_NONE) continue;
        l->has_limit = true;
        if (tkc_json_u64(d, v, &n)) l->max_output = n;
    }
}

static void model_name(tkc_linter *l, uint32_t v)
{
    tkc_str name;
    const tkc_json *d = &l->yaml.doc;
    if (v == TKC_JSON_NONE || tkc_json_kind_of(d, v) != TKC_JSON_STRING || l->st) return;
    tkc_buf_clear(&l->scratch);
    l->st = tkc_json_string(d, v, &l->scratch, &name, l->err);
    if (!l->st)
        lint_rule_model(l, name, yaml_base(l) + l->yaml.span[v].begin, yaml_base(l) + l->yaml.span[v].end);
}

/* --- Prompty -------------------------------------------------------------------------------------- */

/* "system:" alone on its line, perhaps with "# " in front. */
static tkc_role role_line(tkc_str line)
{
    line = lint_trim(line);
    while (line.len && line.ptr[0] == '#') line = lint_trim((tkc_str){line.ptr + 1, line.len - 1});
    if (line.len < 2 || line.len > 12 || line.ptr[line.len - 1] != ':') return TKC_ROLE_NONE;
    return role_of((tkc_str){line.ptr, line.len - 1});
}

void lint_load_prompty(tkc_linter *l)
{
    tkc_role role = TKC_ROLE_SYSTEM;
    size_t from;
    if (lint_front_matter(l)) {
        uint32_t inputs = lint_yaml_get(l, 0, "inputs"), model = lint_yaml_get(l, 0, "model");
        uint32_t template = lint_yaml_get(l, 0, "template"), conf = lint_yaml_get(l, model, "configuration");
        if (inputs == TKC_JSON_NONE) inputs = lint_yaml_get(l, 0, "inputSchema");
        if (lint_yaml_get(l, inputs, "properties") != TKC_JSON_NONE)
            inputs = lint_yaml_get(l, inputs, "properties");
        if (inputs != TKC_JSON_NONE && tkc_json_kind_of(&l->yaml.doc, inputs) == TKC_JSON_OBJECT) {
            l->has_decl = true;
            declare_keys(l, inputs, true);
        }
        declare_keys(l, lint_yaml_get(l, 0, "sample"), false);
        settings(l, model);
        settings(l, lint_yaml_get(l, model, "parameters"));
        settings(l, lint_yaml_get(l, model, "options"));
        if (lint_yaml_get(l, model, "id") != TKC_JSON_NONE)
            model_name(l, lint_yaml_get(l, model, "id"));
        (void)conf; /* a deployment's own name says nothing about the model */
        if (template != TKC_JSON_NONE) {
            uint32_t kind = tkc_json_kind_of(&l->yaml.doc, template) == TKC_JSON_STRING
                                ? template : lint_yaml_get(l, template, "kind");
            if (kind != TKC_JSON_NONE && tkc_json_is(&l->yaml.doc, kind, "mustache"))
                l->templates = LINT_T_HANDLEBARS;
        }
    }
    l->whole = true;
    from = l->body;
    for (size_t at = l->body; at < l->src.len && !l->st;) {
        size_t end = lint_line_end(l->src, at);
        tkc_role r = role_line((tkc_str){l->src.ptr + at, end - at});
        if (r) {
            if (lint_trim((tkc_str){l->src.ptr + from, at - from}).len) lint_add_raw(l, role, from, at, 0);
            role = r;
            from = end < l->src.len ? end + 1 : end;
        }
        at = end + 1;
    }
    if (from < l->src.len) lint_add_raw(l, role, from, l->src.len, 0);
    l->n_request = 1;
}

/* --- Dotprompt -------------------------------------------------------------------------------------- */

/* Texts of source [from, to), cut at {{role "x"}} or _.role("x"). */
static void cut_roles(tkc_linter *l, size_t from, size_t to, const char *mark, tkc_role role)
{
    tkc_str s = {l->src.ptr, to};
    size_t at = from;
    for (;;) {
        size_t m = lint_find(s, at, mark), open, close, q;
        tkc_str name;
        if (m == SIZE_MAX || l->st) break;
        for (open = m; open > at && s.ptr[open] != '{'; open--) continue;
        if (open > at && s.ptr[open - 1] == '{') open--;
        close = lint_find(s, m, "}}");
        if (close == SIZE_MAX || s.ptr[open] != '{') {
            at = m + 1;
            continue;
        }
        q = m + strlen(mark);
        while (q < close && s.ptr[q] != '"' && s.ptr[q] != '\'') q++;
        name = (tkc_str){s.ptr + q + 1, 0};
        while (q + 1 + name.len < close && s.ptr[q + 1 + name.len] != s.ptr[q]) name.len++;
        if (lint_trim((tkc_str){s.ptr + from, open - from}).len) lint_add_raw(l, role, from, open, 0);
        if (role_of(name)) role = role_of(name);
        from = at = close + 2;
    }
    if (lint_trim((tkc_str){s.ptr + from, to - from}).len) lint_add_raw(l, role, from, to, 0);
}

void lint_load_dotprompt(tkc_linter *l)
{
    if (lint_front_matter(l)) {
        uint32_t input = lint_yaml_get(l, 0, "input"), schema = lint_yaml_get(l, input, "schema");
        if (lint_yaml_get(l, schema, "properties") != TKC_JSON_NONE)
            schema = lint_yaml_get(l, schema, "properties");
        if (schema != TKC_JSON_NONE) {
            l->has_decl = tkc_json_kind_of(&l->yaml.doc, schema) == TKC_JSON_OBJECT;
            declare_keys(l, schema, true);
        }
        if (input != TKC_JSON_NONE) declare_keys(l, lint_yaml_get(l, input, "default"), false);
        settings(l, lint_yaml_get(l, 0, "config"));
        model_name(l, lint_yaml_get(l, 0, "model"));
    }
    l->whole = true;
    cut_roles(l, l->body, l->src.len, "role ", TKC_ROLE_USER);
    l->n_request = 1;
}

/* --- promptfoo --------------------------------------------------------------------------------------- */

static bool is_file(const tkc_json *d, uint32_t v)
{
    char head[8];
    size_t n = tkc_json_head(d, v, head, 7);
    return n >= 7 && memcmp(head, "file://", 7) == 0;
}

static void promptfoo_vars(tkc_linter *l, uint32_t test)
{
    uint32_t vars = lint_yaml_get(l, test, "vars");
    if (vars != TKC_JSON_NONE && tkc_json_kind_of(&l->yaml.doc, vars) == TKC_JSON_OBJECT)
        declare_keys(l, vars, false);
    else if (vars != TKC_JSON_NONE)
        l->no_prompt = true; /* from a file: not known here */
}

void lint_load_promptfoo(tkc_linter *l)
{
    const tkc_json *d = &l->yaml.doc;
    uint32_t prompts, tests;
    bool foreign = false;
    if (!lint_read_yaml(l, 0, l->src.len)) return;
    prompts = lint_yaml_get(l, 0, "prompts");
    if (prompts == TKC_JSON_NONE) {
        l->no_prompt = true;
        return;
    }
    if (tkc_json_kind_of(d, prompts) == TKC_JSON_STRING && !is_file(d, prompts))
        lint_add_yaml(l, &l->yaml, prompts, 0, TKC_ROLE_USER, 0);
    if (tkc_json_kind_of(d, prompts) == TKC_JSON_ARRAY)
        for (uint32_t p = tkc_json_first(d, prompts); p != TKC_JSON_NONE && !l->st;
             p = tkc_json_next(d, prompts, p)) {
            uint32_t text = tkc_json_kind_of(d, p) == TKC_JSON_STRING ? p : lint_yaml_get(l, p, "raw");
            if (text != TKC_JSON_NONE && tkc_json_kind_of(d, text) == TKC_JSON_STRING && !is_file(d, text)) {
                lint_add_yaml(l, &l->yaml, text, 0, TKC_ROLE_USER, 0);
                l->n_request++;
            }
        }
    tests = lint_yaml_get(l, 0, "tests");
    promptfoo_vars(l, lint_yaml_get(l, 0, "defaultTest"));
    if (tests != TKC_JSON_NONE && tkc_json_kind_of(d, tests) == TKC_JSON_ARRAY) {
        for (uint32_t t = tkc_json_first(d, tests); t != TKC_JSON_NONE && !l->st; t = tkc_json_next(d, tests, t)) {
            if (tkc_json_kind_of(d, t) == TKC_JSON_OBJECT)
                promptfoo_vars(l, t);
            else
                foreign = true;
        }
    } else {
        foreign = true;
    }
    if (lint_yaml_get(l, 0, "scenarios") != TKC_JSON_NONE || l->no_prompt) foreign = true;
    l->no_prompt = false;
    l->has_decl = l->n_decl && !foreign;
}

/* --- BAML ---------------------------------------------------------------------------------------------- */

/* "function Name(a: string, b: int) -> T": its parameters. */
static void parameters(tkc_linter *l, size_t open)
{
    tkc_str s = l->src;
    size_t close = lint_find((tkc_str){s.ptr, s.len - open > 4000 ? open + 4000 : s.len}, open, ")");
    if (close == SIZE_MAX) return;
    for (size_t i = open + 1; i < close && !l->st;) {
        size_t colon = i, begin;
        tkc_str name;
        lint_decl *d;
        while (colon < close && s.ptr[colon] != ':') colon++;
        if (colon == close) return;
        name = lint_trim((tkc_str){s.ptr + i, colon - i});
        begin = (size_t)(name.ptr - s.ptr);
        d = lint_declare(l, name, begin, begin + name.len);
        if (d) d->sure = true;
        for (unsigned depth = 0; colon < close; colon++) {
            if (s.ptr[colon] == '<') depth++;
            if (s.ptr[colon] == '>' && depth) depth--;
            if (s.ptr[colon] == ',' && !depth) break;
        }
        i = colon + 1;
    }
}

void lint_load_baml(tkc_linter *l)
{
    tkc_str s = l->src;
    size_t at = 0, function = lint_find(s, 0, "function ");
    l->whole = true;
    for (;;) {
        size_t p = lint_find(s, at, "prompt "), q = p, n = 0, end;
        char close[16] = "\"";
        if (p == SIZE_MAX || l->st) break;
        at = p + 7;
        q = at;
        while (q < s.len && s.ptr[q] == ' ') q++;
        while (q + n < s.len && s.ptr[q + n] == '#' && n < 8) n++;
        if (!n || q + n >= s.len || s.ptr[q + n] != '"') continue;
        memset(close + 1, '#', n);
        close[n + 1] = '\0';
        q += n + 1;
        end = lint_find(s, q, close);
        if (end == SIZE_MAX) {
            lint_report(l, TKC_TC503, p, q, "a prompt block that is never closed; put %s behind it", close);
            break;
        }
        while (function < p) {
            size_t next = lint_find(s, function + 1, "function "), open = lint_find(s, function, "(");
            if (next > p && open < p) parameters(l, open);
            function = next;
        }
        cut_roles(l, q, end, "_.role(", TKC_ROLE_USER);
        l->n_request++;
        at = end;
    }
    if (!l->n_request) l->no_prompt = true;
}
