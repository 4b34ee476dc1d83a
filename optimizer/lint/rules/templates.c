/*
 * templates.c - TC501 unresolved-variable, TC502 unused-variable, TC503 unbalanced-delimiter,
 * TC504 unbounded-loop, TC607 undelimited-untrusted-input.
 */
#include "optimizer/lint/lint_impl.h"

#include "vocab/base/error.h"

enum { MAX_OPEN = 256 };

static bool is_declared(const tkc_linter *l, tkc_str name)
{
    for (size_t i = 0; i < l->n_decl; i++)
        if (l->decl[i].name.len == name.len && memcmp(l->decl[i].name.ptr, name.ptr, name.len) == 0) return true;
    return false;
}

/* --- unresolved ---------------------------------------------------------------------------------------- */

/* {{name}} or ${name} in a text that nothing fills any more: its end, or 0. */
static size_t left_over(tkc_str t, size_t at)
{
    size_t i = at + 2, n = 0;
    const bool braces = t.ptr[at] == '{';
    bool upper = true;
    while (i < t.len && t.ptr[i] == ' ') i++;
    while (i + n < t.len && n < 64 && (tkc_is_word((unsigned char)t.ptr[i + n]) || t.ptr[i + n] == '.')) {
        upper = upper && !(t.ptr[i + n] >= 'a' && t.ptr[i + n] <= 'z');
        n++;
    }
    if (!n || !(tkc_is_alpha((unsigned char)t.ptr[i]) || t.ptr[i] == '_')) return 0;
    (void)upper;
    i += n;
    while (i < t.len && t.ptr[i] == ' ') i++;
    if (braces) return lint_begins(t, i, "}}") ? i + 2 : 0;
    return i < t.len && t.ptr[i] == '}' ? i + 1 : 0;
}

static void rendered(tkc_linter *l, const lint_seg *s)
{
    tkc_str t = s->text;
    for (size_t i = 0; i + 3 < t.len && !l->st; i++) {
        size_t end = 0;
        if ((t.ptr[i] == '{' && t.ptr[i + 1] == '{' && t.ptr[i + 2] != '{') || (t.ptr[i] == '$' && t.ptr[i + 1] == '{')) end = left_over(t, i);
        if (!end || (i && (t.ptr[i - 1] == '{' || t.ptr[i - 1] == '$' || t.ptr[i - 1] == '\\')) || lint_code_at(l, s, i)) continue;
        {
            char q[TKC_QUOTE_SIZE];
            if (!lint_report_in(l, TKC_TC501, s, i, end, "%s was never filled in", tkc_quote(q, t.ptr + i, end - i))) return;
        }
        i = end - 1;
    }
}

static void unresolved(tkc_linter *l)
{
    if (!lint_on(l, TKC_TC501)) return;
    if (l->kind == TKC_LINT_REQUEST) {
        for (size_t i = 0; i < l->n_seg; i++)
            if (!(l->seg[i].flags & (LINT_SEG_SCHEMA | LINT_SEG_DATA | LINT_SEG_META)) && l->seg[i].role != TKC_ROLE_ASSISTANT)
                rendered(l, &l->seg[i]);
        return;
    }
    if (!l->has_decl) return;
    for (size_t i = 0; i < l->n_var && !l->st; i++) {
        const lint_var *v = &l->var[i];
        char q[TKC_QUOTE_SIZE];
        if (v->kind != LINT_VAR || v->is_local || is_declared(l, v->name)) continue;
        lint_report_in(l, TKC_TC501, &l->seg[v->seg], v->begin, v->end, "the variable %s is none of the declared inputs",
                       tkc_quote(q, v->name.ptr, v->name.len));
    }
}

/* --- unused -------------------------------------------------------------------------------------------- */

static void unused(tkc_linter *l)
{
    if (!lint_on(l, TKC_TC502)) return;
    for (size_t i = 0; i < l->n_decl && !l->st; i++) {
        const lint_decl *d = &l->decl[i];
        bool used = false;
        lint_finding *f;
        char q[TKC_QUOTE_SIZE];
        bool cut = d->cut_end > d->cut_begin;
        if (!d->sure) continue;
        for (size_t k = 0; k < l->n_var && !used; k++) { /* local ones too: inside "each" a name may be either */
            const lint_var *v = &l->var[k];
            used = v->name.len == d->name.len && memcmp(v->name.ptr, d->name.ptr, d->name.len) == 0 && v->kind != LINT_VAR_CLOSE;
            if (!used && v->kind != LINT_VAR && v->inner.len) /* in a block's head, however it is written */
                for (size_t at = 0; !used && (at = lint_find(v->inner, at, (char[2]){d->name.ptr[0], 0})) != SIZE_MAX; at++)
                    used = v->inner.len - at >= d->name.len && memcmp(v->inner.ptr + at, d->name.ptr, d->name.len) == 0;
        }
        if (used) continue;
        f = lint_report(l, TKC_TC502, cut ? d->cut_begin : d->begin, cut ? d->cut_end : d->end,
                        "the input %s is declared and never used", tkc_quote(q, d->name.ptr, d->name.len));
        if (cut) lint_edit_src(l, f, d->cut_begin, d->cut_end, (tkc_str){"", 0}, TKC_FIX_SAFE);
    }
}

/* --- delimiters ---------------------------------------------------------------------------------------- */

typedef struct opened {
    tkc_str name;
    uint32_t seg, begin, end;
} opened;

static void blocks(tkc_linter *l)
{
    opened *open = lint_mem(l, 1, MAX_OPEN, sizeof *open);
    size_t n = 0;
    char q[TKC_QUOTE_SIZE];
    if (!open) return;
    for (size_t i = 0; i < l->n_var && !l->st; i++) {
        const lint_var *v = &l->var[i];
        if (l->seg[v->seg].n_code && lint_code_at(l, &l->seg[v->seg], v->begin) && l->kind == TKC_LINT_COPILOT) continue;
        if (v->kind == LINT_VAR_OPEN && n < MAX_OPEN) open[n++] = (opened){v->name, v->seg, v->begin, v->end};
        if (v->kind != LINT_VAR_CLOSE) continue;
        if (n && open[n - 1].name.len == v->name.len && memcmp(open[n - 1].name.ptr, v->name.ptr, v->name.len) == 0) {
            n--;
        } else if (n && (v->name.len == 0)) {
            n--;
        } else {
            lint_report_in(l, TKC_TC503, &l->seg[v->seg], v->begin, v->end, "the end of a block %s that is not open here",
                           tkc_quote(q, v->name.ptr, v->name.len));
            for (size_t k = n; k-- > 0;)
                if (open[k].name.len == v->name.len && memcmp(open[k].name.ptr, v->name.ptr, v->name.len) == 0) {
                    n = k;
                    break;
                }
        }
    }
    while (n-- > 0)
        lint_report_in(l, TKC_TC503, &l->seg[open[n].seg], open[n].begin, open[n].end, "the block %s is never closed",
                       tkc_quote(q, open[n].name.ptr, open[n].name.len));
}

/* Elements of HTML, which browsers close by themselves, and of Markdown's neighbours. */
static const char html[] = "p br hr li td tr th img input meta link div span a b i u em strong ul ol table tbody thead html head body "
                           "script style code pre details summary h1 h2 h3 h4 h5 h6 form button label select option section "
                           "header footer nav main article aside svg path figure template slot video audio source iframe "
                           "canvas textarea blockquote sup sub kbd center picture dl dt dd small";

/* A line that is just one tag: its name, whether it closes. */
static tkc_str tag_line(tkc_str line, bool *closes)
{
    tkc_str s = lint_trim(line), name = {NULL, 0};
    size_t i = 1;
    *closes = false;
    if (s.len < 4 || s.ptr[0] != '<' || s.ptr[s.len - 1] != '>' || s.ptr[s.len - 2] == '/') return name;
    if (s.ptr[1] == '/') {
        *closes = true;
        i = 2;
    }
    name.ptr = s.ptr + i;
    while (i + name.len < s.len && (tkc_is_alpha((unsigned char)name.ptr[name.len]) || tkc_is_digit((unsigned char)name.ptr[name.len]) ||
                                    name.ptr[name.len] == '_' || name.ptr[name.len] == '-'))
        name.len++;
    /* attributes are fine, another tag on the line is not */
    if (!name.len || !tkc_is_alpha((unsigned char)name.ptr[0]) || memchr(s.ptr + 1, '<', s.len - 1)) return (tkc_str){NULL, 0};
    if (i + name.len < s.len - 1 && (*closes || name.ptr[name.len] != ' ' || !memchr(name.ptr + name.len, '=', s.len - i - name.len)))
        return (tkc_str){NULL, 0};
    for (size_t k = 0; k < name.len; k++) /* <TypeName> is a generic, a placeholder or a component */
        if (k + 1 < name.len && (unsigned)(name.ptr[k] - 'A') < 26 && (unsigned)(name.ptr[k + 1] - 'a') < 26) return (tkc_str){NULL, 0};
    return name;
}

/* A tag that opened a line and that nothing closed on a line of its own, up to `to`; closed inside a line is
 * closed. */
static void unclosed(tkc_linter *l, const lint_seg *s, const opened *o, size_t to)
{
    char tail[80] = "</", q[TKC_QUOTE_SIZE];
    const size_t m = o->name.len < 76 ? o->name.len : 76;
    memcpy(tail + 2, o->name.ptr, m);
    tail[m + 2] = '\0';
    if (lint_find((tkc_str){s->text.ptr, to}, o->end, tail) == SIZE_MAX)
        lint_report_in(l, TKC_TC503, s, o->begin, o->end, "the tag %s is never closed", tkc_quote(q, o->name.ptr, o->name.len));
}

static void tags(tkc_linter *l, const lint_seg *s)
{
    opened *open = lint_mem(l, 1, MAX_OPEN, sizeof *open);
    size_t n = 0;
    tkc_str t = s->text;
    char q[TKC_QUOTE_SIZE];
    if (!open || !memchr(t.ptr, '<', t.len)) return;
    for (size_t at = 0; at < t.len && !l->st;) {
        size_t end = lint_line_end(t, at), from = at;
        bool closes;
        tkc_str name;
        const char *p = memchr(t.ptr + at, '<', t.len - at);
        if (!p) break;
        if ((size_t)(p - t.ptr) > end) { /* to the line that has one */
            at = lint_line_begin(t, (size_t)(p - t.ptr));
            continue;
        }
        at = end + 1;
        name = tag_line((tkc_str){t.ptr + from, end - from}, &closes);
        if (!name.len || lint_in_list(name, html) || (s->n_code && lint_code_at(l, s, (size_t)(p - t.ptr)))) continue;
        if (!closes) {
            if (n < MAX_OPEN) open[n++] = (opened){name, 0, (uint32_t)(p - t.ptr), (uint32_t)end};
            continue;
        }
        for (size_t k = n; k-- > 0;) {
            if (open[k].name.len != name.len || memcmp(open[k].name.ptr, name.ptr, name.len) != 0) continue;
            for (size_t j = n; j-- > k + 1;) unclosed(l, s, &open[j], from);
            n = k;
            name.len = 0;
            break;
        }
        if (name.len) { /* was it opened inside a line? */
            char head[80];
            size_t m = name.len < 76 ? name.len : 76;
            head[0] = '<';
            memcpy(head + 1, name.ptr, m);
            head[m + 1] = '\0';
            if (lint_find((tkc_str){t.ptr, from}, 0, head) == SIZE_MAX)
                lint_report_in(l, TKC_TC503, s, (size_t)(p - t.ptr), end, "the tag %s is closed and was not open",
                               tkc_quote(q, name.ptr, name.len));
        }
    }
    while (n-- > 0) unclosed(l, s, &open[n], t.len);
}

static void delimiters(tkc_linter *l)
{
    if (!lint_on(l, TKC_TC503)) return;
    if (l->kind != TKC_LINT_CHAT_TEMPLATE || l->n_var) blocks(l);
    for (size_t i = 0; i < l->n_seg && !l->st; i++) {
        const lint_seg *s = &l->seg[i];
        if (s->flags & (LINT_SEG_SCHEMA | LINT_SEG_DATA | LINT_SEG_META | LINT_SEG_AGAIN) || s->role == TKC_ROLE_ASSISTANT) continue;
        for (uint32_t k = 0; k < s->n_code; k++) {
            const lint_code *c = &l->code[s->code + k];
            size_t last = c->end;
            if (!c->is_fence || !c->open) continue;
            /* a fence in a file cut at role marks may end in the next text */
            last = lint_line_end(s->text, c->begin);
            lint_report_in(l, TKC_TC503, s, c->begin, last, "a code fence that is never closed%s",
                           k && !c->info.len ? "; one that has others inside needs more backquotes than they" : "");
        }
        if (l->kind != TKC_LINT_TEXT && l->kind != TKC_LINT_CHAT_TEMPLATE) tags(l, s);
    }
}

/* --- loops --------------------------------------------------------------------------------------------- */

/* What keeps a loop short: a slice, a filter that cuts, a range of a number, a literal list. */
static bool is_bounded(tkc_str over)
{
    size_t open = lint_find(over, 0, "[");
    if (open != SIZE_MAX && lint_find(over, open, ":") != SIZE_MAX) return true;
    if (lint_find(over, 0, "batch") != SIZE_MAX || lint_find(over, 0, "limit") != SIZE_MAX || lint_find(over, 0, "slice") != SIZE_MAX ||
        lint_find(over, 0, "first") != SIZE_MAX || lint_find(over, 0, "take") != SIZE_MAX || lint_find(over, 0, "top") != SIZE_MAX)
        return true;
    over = lint_trim(over);
    if (over.len && (over.ptr[0] == '[' || over.ptr[0] == '(')) return true;
    return lint_begins(over, 0, "range(") && over.len > 6 && tkc_is_digit((unsigned char)over.ptr[6]);
}

static void loops(tkc_linter *l)
{
    if (!lint_on(l, TKC_TC504) || l->kind == TKC_LINT_CHAT_TEMPLATE) return;
    for (size_t i = 0; i < l->n_var && !l->st; i++) {
        const lint_var *v = &l->var[i];
        tkc_str over = v->inner;
        char q[TKC_QUOTE_SIZE];
        size_t at;
        if (v->kind != LINT_VAR_OPEN) continue;
        if (lint_is(v->name, "for")) {
            at = lint_find(over, 0, " in ");
            if (at == SIZE_MAX) continue;
            over = (tkc_str){over.ptr + at + 4, over.len - at - 4};
            at = lint_find(over, 0, " if ");
            if (at != SIZE_MAX && lint_find(over, at, "loop.index") != SIZE_MAX) continue;
        } else if (lint_is(v->name, "each")) {
            over = (tkc_str){over.ptr + 5, over.len - 5};
        } else {
            continue;
        }
        if (is_bounded(over)) continue;
        over = lint_trim(over);
        for (at = 0; at < l->n_var; at++) { /* over what an outer loop binds: the outer one is reported */
            const lint_var *w = &l->var[at];
            if (w->kind == LINT_VAR && w->is_local && w->begin == v->begin && w->seg == v->seg) break;
        }
        if (at < l->n_var) continue;
        lint_report_in(l, TKC_TC504, &l->seg[v->seg], v->begin, v->end, "a loop over %s that nothing limits; take a slice",
                       tkc_quote(q, over.ptr, over.len));
    }
}

/* --- untrusted input ------------------------------------------------------------------------------------ */

/* Names of what comes from outside. Others are settings more often than not. */
static const char content_names[] =
    "document documents doc docs text content contents input user_input userinput query user_query question user_question "
    "message user_message email article transcript context passage passages chunks chunk snippet snippets results "
    "search_results web_content page html code diff review comment feedback body user_text userInput userMessage "
    "userQuery retrieved_context conversation chat_history history file_content selection data excerpt post tweet";

static bool is_mark(char c)
{
    return c == '"' || c == '\'' || c == '`' || c == '>' || c == '<' || c == ']' || c == '[' || c == '#' || c == '|' || c == '=' || c == '~' || c == '-' || c == '*';
}

/* Something stands around [a, b): a tag, quotes, a fence, a label with the value alone behind it. */
static bool is_delimited(const tkc_linter *l, const lint_seg *s, size_t a, size_t b)
{
    tkc_str t = s->text;
    size_t i = a, k = b, lb = lint_line_begin(t, a), le = lint_line_end(t, b);
    tkc_str before = lint_trim((tkc_str){t.ptr + lb, a - lb}), after = lint_trim((tkc_str){t.ptr + b, le - b});
    if (s->n_code && lint_code_at(l, s, a)) return true;
    while (i && (unsigned char)t.ptr[i - 1] <= ' ') i--;
    while (k < t.len && (unsigned char)t.ptr[k] <= ' ') k++;
    if (!after.len && before.len && before.ptr[before.len - 1] == ':') return true;   /* "Question: {{q}}" */
    if (!after.len && !before.len) {
        if (i && (t.ptr[i - 1] == ':' || is_mark(t.ptr[i - 1]))) return true;       /* a label or tag above */
        if (i && t.ptr[lint_line_begin(t, i - 1)] == '#') return true;               /* a heading */
        return !i && k >= t.len;                                                     /* the whole text */
    }
    return i && k < t.len && is_mark(t.ptr[i - 1]) && is_mark(t.ptr[k]);
}

static void untrusted(tkc_linter *l)
{
    if (!lint_on(l, TKC_TC607)) return;
    for (size_t i = 0; i < l->n_var && !l->st; i++) {
        const lint_var *v = &l->var[i];
        const lint_seg *s = &l->seg[v->seg];
        char q[TKC_QUOTE_SIZE];
        tkc_str inner = v->inner;
        if (v->kind != LINT_VAR || !lint_in_list(v->name, content_names) || s->text.ptr[v->begin] == '$') continue;
        if (s->text.ptr[v->begin + 1] == '%' || (inner.len && (inner.ptr[0] == '#' || inner.ptr[0] == '/'))) continue; /* a block's head */
        if (lint_find(inner, 0, "tojson") != SIZE_MAX || lint_find(inner, 0, "json ") == 0 || is_delimited(l, s, v->begin, v->end)) continue;
        lint_report_in(l, TKC_TC607, s, v->begin, v->end, "%s comes from outside and nothing stands around it; put it in tags or a fence",
                       tkc_quote(q, s->text.ptr + v->begin, v->end - v->begin));
    }
}

void lint_rule_templates(tkc_linter *l)
{
    unresolved(l);
    unused(l);
    delimiters(l);
    loops(l);
    untrusted(l);
}
