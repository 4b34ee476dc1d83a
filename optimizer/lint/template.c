/*
 * template.c - variables and blocks of templates in the segments of a file.
 *
 * Which notations are looked for depends on the kind of file; requests, where nothing will be
 * filled in any more, are searched for {{x}} by the rule itself. Names that a template binds
 * itself (loops, set, each) are local.
 */
#include "optimizer/lint/lint_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

enum { MAX_VARS = 1 << 20, MAX_INNER = 2000, MAX_LOCALS = 256 };

typedef struct scan {
    tkc_linter *l;
    lint_seg *s;
    tkc_str local[MAX_LOCALS];
    size_t n_local;
    unsigned each; /* Handlebars blocks that change what a name means */
} scan;

static lint_var *add(scan *x, size_t begin, size_t end, lint_var_kind kind, tkc_str name, tkc_str inner)
{
    tkc_linter *l = x->l;
    lint_var *v;
    if (l->st) return NULL;
    if (!tkc_grow(l->alloc, &l->var, &l->cap_var, l->n_var + 1, MAX_VARS, sizeof *l->var)) {
        if (l->n_var < MAX_VARS) l->st = tkc_nomem(l->err);
        return NULL;
    }
    v = &l->var[l->n_var++];
    *v = (lint_var){.seg = (uint32_t)(x->s - l->seg), .begin = (uint32_t)begin, .end = (uint32_t)end,
                    .kind = kind, .name = name, .inner = inner};
    x->s->n_var++;
    return v;
}

static tkc_str ident(tkc_str s, size_t at)
{
    size_t n = at;
    while (n < s.len && (tkc_is_word((unsigned char)s.ptr[n]) || (n > at && s.ptr[n] == '-' && n + 1 < s.len &&
                                                                    tkc_is_alpha((unsigned char)s.ptr[n + 1]))))
        n++;
    return (tkc_str){s.ptr + at, n - at};
}

static size_t skip_blank(tkc_str s, size_t at)
{
    while (at < s.len && (unsigned char)s.ptr[at] <= ' ') at++;
    return at;
}

static void bind(scan *x, tkc_str name)
{
    if (name.len && x->n_local < MAX_LOCALS) x->local[x->n_local++] = name;
}

static bool is_local(const scan *x, tkc_str name)
{
    for (size_t i = 0; i < x->n_local; i++)
        if (x->local[i].len == name.len && memcmp(x->local[i].ptr, name.ptr, name.len) == 0) return true;
    return false;
}

/* The names an expression uses: each a variable of its own place. Names behind a dot, a bar or
 * in front of a parenthesis or "=" are none. */
static void expression(scan *x, tkc_str e, size_t begin, size_t end)
{
    static const char words[] = "and or not in is if else true false none null True False None loop this "
                                "defined undefined self super range namespace ctx _ as";
    char before = 0;
    bool any = false;
    for (size_t i = 0; i < e.len;) {
        unsigned char c = (unsigned char)e.ptr[i];
        if (c == '"' || c == '\'') {
            const char *p = memchr(e.ptr + i + 1, c, e.len - i - 1);
            i = p ? (size_t)(p - e.ptr) + 1 : e.len;
            before = '"';
        } else if (tkc_is_word(c) && !tkc_is_digit(c)) {
            tkc_str id = ident(e, i);
            size_t k = skip_blank(e, i + id.len);
            bool test = before == 's'; /* "x is defined" */
            if (before != '.' && before != '|' && before != '@' && !test && !lint_in_list(id, words) &&
                !(k < e.len && e.ptr[k] == '(') && !(k + 1 < e.len && e.ptr[k] == '=' && e.ptr[k + 1] != '=')) {
                lint_var *v = add(x, begin, end, any ? LINT_VAR_OTHER : LINT_VAR, id, e);
                if (v) v->is_local = is_local(x, id) || x->each;
                if (v && any) v->kind = LINT_VAR;
                any = true;
            }
            before = lint_is(id, "is") ? 's' : 'w';
            i += id.len;
        } else {
            if (c > ' ') before = (char)c;
            i++;
        }
    }
    if (!any) add(x, begin, end, LINT_VAR_OTHER, (tkc_str){e.ptr, 0}, e);
}

/* {% ... %} */
static void statement(scan *x, tkc_str in, size_t begin, size_t end)
{
    tkc_str word = ident(in, 0), rest = {in.ptr + word.len, in.len - word.len};
    size_t i;
    if (word.len > 3 && memcmp(word.ptr, "end", 3) == 0) {
        add(x, begin, end, LINT_VAR_CLOSE, (tkc_str){word.ptr + 3, word.len - 3}, in);
    } else if (lint_in_list(word, "if for macro call filter block raw with trans autoescape")) {
        if (lint_is(word, "for")) {
            size_t at = lint_find(rest, 0, " in ");
            tkc_str over = {rest.ptr, 0};
            if (at != SIZE_MAX) {
                for (i = 0; i < at;) {
                    tkc_str id = ident(rest, i);
                    bind(x, id);
                    i += id.len ? id.len : 1;
                }
                over = (tkc_str){rest.ptr + at + 4, rest.len - at - 4};
            }
            add(x, begin, end, LINT_VAR_OPEN, word, in);
            expression(x, over, begin, end);
            return;
        }
        add(x, begin, end, LINT_VAR_OPEN, word, in);
        if (lint_is(word, "if"))
            expression(x, rest, begin, end);
        else if (lint_in_list(word, "macro call with block"))
            for (i = 0; i < rest.len;) {
                tkc_str id = ident(rest, i);
                bind(x, id);
                i += id.len ? id.len : 1;
            }
    } else if (lint_is(word, "set")) {
        const char *eq = memchr(rest.ptr, '=', rest.len);
        size_t n = eq ? (size_t)(eq - rest.ptr) : rest.len;
        if (!eq) add(x, begin, end, LINT_VAR_OPEN, word, in);
        for (i = 0; i < n;) {
            tkc_str id = ident(rest, i);
            if (id.len) add(x, begin, end, LINT_VAR_OTHER, id, in);
            bind(x, id);
            i += id.len ? id.len : 1;
        }
        if (eq) expression(x, (tkc_str){eq + 1, rest.len - n - 1}, begin, end);
    } else if (lint_is(word, "elif")) {
        expression(x, rest, begin, end);
    } else {
        if (lint_in_list(word, "import from include"))
            for (i = 0; i < rest.len;) {
                tkc_str id = ident(rest, i);
                bind(x, id);
                i += id.len ? id.len : 1;
            }
        add(x, begin, end, LINT_VAR_OTHER, word, in);
    }
}

static void handlebars(scan *x, tkc_str in, size_t begin, size_t end)
{
    char c = in.len ? in.ptr[0] : '\0';
    if (c == '#' || c == '^') {
        tkc_str word = ident(in, 1), rest;
        size_t as;
        rest = lint_trim((tkc_str){in.ptr + 1 + word.len, in.len - 1 - word.len});
        as = lint_find(rest, 0, " as |");
        add(x, begin, end, LINT_VAR_OPEN, word, in);
        if (as != SIZE_MAX) rest.len = as;
        if (rest.len) expression(x, rest, begin, end);
        if (lint_in_list(word, "each with") || !lint_in_list(word, "if unless ifEquals unlessEquals"))
            x->each++;
        return;
    }
    if (c == '/') {
        tkc_str word = ident(in, 1);
        if (x->each && !lint_in_list(word, "if unless ifEquals unlessEquals")) x->each--;
        add(x, begin, end, LINT_VAR_CLOSE, word, in);
        return;
    }
    if (c == '!' || c == '>' || c == '@' || c == '&' || lint_is(in, "else") || lint_is(in, "this") ||
        lint_begins(in, 0, "this.") || lint_begins(in, 0, "else ") || lint_begins(in, 0, ".")) {
        add(x, begin, end, LINT_VAR_OTHER, (tkc_str){in.ptr, 0}, in);
        return;
    }
    {
        tkc_str word = ident(in, 0);
        if (lint_in_list(word, "role history section media json") && word.len < in.len) {
            add(x, begin, end, LINT_VAR_OTHER, word, in);
            if (lint_in_list(word, "json")) {
                tkc_str rest = lint_trim((tkc_str){in.ptr + word.len, in.len - word.len});
                expression(x, ident(rest, 0), begin, end);
            } else if (lint_is(word, "media")) {
                size_t at = lint_find(in, 0, "url=");
                if (at != SIZE_MAX) expression(x, ident(in, at + 4), begin, end);
            }
            return;
        }
        if (word.len && skip_blank(in, word.len) < in.len && in.ptr[word.len] == ' ') { /* a helper */
            add(x, begin, end, LINT_VAR_OTHER, word, in);
            expression(x, (tkc_str){in.ptr + word.len, in.len - word.len}, begin, end);
            return;
        }
        expression(x, in, begin, end);
    }
}

/* Closing delimiter z behind `at`, within MAX_INNER bytes. */
static size_t closing(tkc_str t, size_t at, const char *z)
{
    tkc_str near = {t.ptr, t.len - at > MAX_INNER ? at + MAX_INNER : t.len};
    return lint_find(near, at, z);
}

static void scan_segment(scan *x)
{
    const tkc_linter *l = x->l;
    tkc_str t = x->s->text;
    size_t i = 0;
    bool raw = false;
    while (i + 3 < t.len && !l->st) {
        unsigned kind = l->templates;
        char c;
        size_t to, from = i;
        tkc_str in;
        const char *p = memchr(t.ptr + i, kind & LINT_T_DOLLAR ? '$' : '{', t.len - i);
        if (!p) break;
        i = from = (size_t)(p - t.ptr);
        if (i + 3 >= t.len) break;
        c = t.ptr[i + 1];
        if ((kind & LINT_T_DOLLAR) && c == '{') {
            to = closing(t, i + 2, "}");
            if (to == SIZE_MAX || memchr(t.ptr + i, '\n', to - i)) {
                i += 2;
                continue;
            }
            in = (tkc_str){t.ptr + i + 2, to - i - 2};
            if (lint_begins(in, 0, "input:")) {
                tkc_str id = ident(in, 6);
                add(x, from, to + 1, LINT_VAR, id, in);
            } else {
                add(x, from, to + 1, LINT_VAR_OTHER, in, in);
            }
            i = to + 1;
            continue;
        }
        if (c == '#' && (kind & LINT_T_JINJA)) {
            to = lint_find(t, i + 2, "#}");
            if (to == SIZE_MAX) {
                i += 2;
                continue;
            }
            add(x, from, to + 2, LINT_VAR_OTHER, (tkc_str){t.ptr, 0}, (tkc_str){t.ptr + i + 2, to - i - 2});
            i = to + 2;
            continue;
        }
        if (c == '%' && (kind & LINT_T_JINJA)) {
            to = closing(t, i + 2, "%}");
            if (to == SIZE_MAX) {
                i += 2;
                continue;
            }
            in = (tkc_str){t.ptr + i + 2, to - i - 2};
            if (in.len && tkc_is_one_of(in.ptr[0], "-+~")) in.ptr++, in.len--;
            if (in.len && tkc_is_one_of(in.ptr[in.len - 1], "-+~")) in.len--;
            in = lint_trim(in);
            i = to + 2;
            if (raw && !lint_begins(in, 0, "endraw")) continue;
            raw = lint_begins(in, 0, "raw");
            statement(x, in, from, i);
            continue;
        }
        if (c == '{' && (kind & (LINT_T_JINJA | LINT_T_HANDLEBARS | LINT_T_BRACES)) && !raw) {
            bool three = t.ptr[i + 2] == '{', comment = lint_begins(t, i, "{{!--");
            to = comment ? closing(t, i + 2, "--}}") : closing(t, i + 2, three ? "}}}" : "}}");
            if (to == SIZE_MAX) {
                i += 2;
                continue;
            }
            in = (tkc_str){t.ptr + i + 2 + three, to - i - 2 - three};
            i = to + (three ? 3u : comment ? 4u : 2u);
            if (in.len && tkc_is_one_of(in.ptr[0], "-~")) in.ptr++, in.len--;
            if (in.len && tkc_is_one_of(in.ptr[in.len - 1], "-~")) in.len--;
            in = lint_trim(in);
            if (kind & LINT_T_HANDLEBARS)
                handlebars(x, in, from, i);
            else if (kind & LINT_T_JINJA)
                expression(x, in, from, i);
            else {
                tkc_str id = ident(in, 0);
                if (id.len && id.len == in.len) add(x, from, i, LINT_VAR, id, in);
            }
            continue;
        }
        i++;
    }
}

void lint_find_vars(tkc_linter *l)
{
    scan x = {.l = l};
    if (!l->templates) {
        for (size_t i = 0; i < l->n_seg; i++) l->seg[i].var = l->seg[i].n_var = 0;
        return;
    }
    for (size_t i = 0; i < l->n_seg && !l->st; i++) {
        x.s = &l->seg[i];
        x.s->var = (uint32_t)l->n_var;
        x.s->n_var = 0;
        if (!(x.s->flags & (LINT_SEG_SCHEMA | LINT_SEG_META | LINT_SEG_AGAIN))) scan_segment(&x);
    }
}
