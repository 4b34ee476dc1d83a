/*
 * suppress.c - comments that say which findings are meant.
 *
 *   <!-- tokcount: ignore[TC301] reason -->         this line and the next block
 *   <!-- tokcount: ignore-start[TC301] reason -->   up to ignore-end, or the end
 *   <!-- tokcount: ignore-file[TC301] reason -->    the whole file
 *
 * The same behind # in YAML and front matter, in {# #} and {{!-- --}}. A block ends at an empty
 * line, a fenced block at its fence; in YAML at the first line that is not indented more than
 * the one behind the comment. Never all rules at once, never without a reason, and one that
 * suppresses nothing is a finding.
 */
#include "optimizer/lint/lint_impl.h"

#include "vocab/base/error.h"

#include <stdio.h>

enum { MAX_SUPPRESSIONS = 1000 };

typedef struct suppression {
    size_t begin, end;   /* the comment */
    size_t from, to;     /* what it covers */
    tkc_rule_set rules, used;
} suppression;

/* The comment around `at`: its delimiters, so that a fix takes all of it. */
static void comment_bounds(tkc_str s, size_t at, size_t *begin, size_t *end)
{
    static const char *const pair[][2] = {{"<!--", "-->"}, {"{{!--", "--}}"}, {"{#", "#}"}};
    size_t b = lint_line_begin(s, at), e = lint_line_end(s, at);
    tkc_str line = {s.ptr, e};
    for (size_t i = 0; i < 3; i++) {
        size_t open = lint_find(line, b, pair[i][0]), close = lint_find(line, at, pair[i][1]);
        if (open < at && close != SIZE_MAX) {
            *begin = open;
            *end = close + strlen(pair[i][1]);
            return;
        }
    }
    *begin = at;
    while (*begin > b && s.ptr[*begin - 1] != '#') --*begin;
    if (*begin > b) --*begin;
    *end = e;
    if (*end > b && s.ptr[*end - 1] == '\r') --*end;
}

static size_t line_indent(tkc_str s, size_t at)
{
    size_t n = 0;
    while (at + n < s.len && s.ptr[at + n] == ' ') n++;
    return n;
}

static bool line_empty(tkc_str s, size_t at)
{
    while (at < s.len && s.ptr[at] != '\n' && (unsigned char)s.ptr[at] <= ' ') at++;
    return at >= s.len || s.ptr[at] == '\n';
}

/* The end of the block behind the line that ends at `at`. */
static size_t block_end(tkc_str s, size_t at, bool yaml)
{
    size_t i = at < s.len ? at + 1 : at, indent;
    bool fence;
    while (i < s.len && line_empty(s, i)) i = lint_line_end(s, i) + 1;
    if (i >= s.len) return s.len;
    indent = line_indent(s, i);
    fence = lint_begins(s, i + indent, "```") || lint_begins(s, i + indent, "~~~");
    for (i = lint_line_end(s, i) + 1; i < s.len; i = lint_line_end(s, i) + 1) {
        size_t in = line_indent(s, i);
        if (fence) {
            if (lint_begins(s, i + in, "```") || lint_begins(s, i + in, "~~~")) return lint_line_end(s, i);
        } else if (yaml ? !line_empty(s, i) && in <= indent : line_empty(s, i)) {
            return i - 1;
        }
    }
    return s.len;
}

static void complain(tkc_linter *l, const suppression *p, const char *what)
{
    lint_finding *f;
    size_t b = lint_line_begin(l->src, p->begin), e = lint_line_end(l->src, p->end);
    bool alone = lint_trim((tkc_str){l->src.ptr + b, p->begin - b}).len == 0 &&
                 lint_trim((tkc_str){l->src.ptr + p->end, e - p->end}).len == 0;
    if (alone) {
        e += e < l->src.len;
    } else {
        b = p->begin;
        e = p->end;
    }
    f = lint_report(l, TKC_TC901, b, e, "%s", what);
    lint_edit_src(l, f, b, e, (tkc_str){"", 0}, TKC_FIX_SAFE);
}

static void read_one(tkc_linter *l, size_t at, suppression *list, size_t *n)
{
    tkc_str s = l->src;
    suppression p = {0};
    bool bad = false, yaml;
    size_t i = at + strlen("tokcount: ignore"), close, line_end = lint_line_end(s, at);
    enum { BLOCK, START, END, FILE_ } what = BLOCK;
    tkc_str reason;
    comment_bounds(s, at, &p.begin, &p.end);
    if (lint_begins(s, i, "-start")) what = START, i += 6;
    else if (lint_begins(s, i, "-end")) what = END, i += 4;
    else if (lint_begins(s, i, "-file")) what = FILE_, i += 5;
    if (what == END) {
        for (size_t k = *n; k-- > 0;)
            if (list[k].to == s.len + 1) {
                list[k].to = at;
                return;
            }
        complain(l, &p, "ignore-end without an ignore-start in front of it");
        return;
    }
    close = i < line_end && s.ptr[i] == '[' ? lint_find((tkc_str){s.ptr, line_end}, i, "]") : SIZE_MAX;
    if (close == SIZE_MAX) {
        complain(l, &p, "a suppression that names no rule; write ignore[TC301] and a reason");
        return;
    }
    for (size_t k = i + 1; k < close;) {
        size_t to = k;
        tkc_str id;
        tkc_rule_id r;
        while (to < close && s.ptr[to] != ',') to++;
        id = lint_trim((tkc_str){s.ptr + k, to - k});
        r = tkc_lint_rule_find(id);
        if (r == TKC_N_RULE) {
            char q[TKC_QUOTE_SIZE], text[TKC_QUOTE_SIZE + 64];
            (void)snprintf(text, sizeof text, "there is no rule %s; 'tokcount lint --list-rules' lists them",
                           tkc_quote(q, id.ptr, id.len));
            complain(l, &p, text);
            bad = true;
        } else {
            p.rules |= (tkc_rule_set)1 << r;
        }
        k = to + 1;
    }
    if (!p.rules && !bad) {
        complain(l, &p, "a suppression that names no rule; write ignore[TC301] and a reason");
        return;
    }
    reason = lint_trim((tkc_str){s.ptr + close + 1, p.end > close + 1 ? p.end - close - 1 : 0});
    if (reason.len >= 3 && memcmp(reason.ptr + reason.len - 3, "-->", 3) == 0) reason.len -= 3;
    while (reason.len && tkc_is_one_of(reason.ptr[reason.len - 1], "-#}: ")) reason.len--;
    if (!reason.len && !bad) {
        complain(l, &p, "a suppression without a reason; write it behind the brackets");
        bad = true;
    }
    if (!p.rules) return;
    yaml = l->kind == TKC_LINT_PROMPT_YML || l->kind == TKC_LINT_YAML || l->kind == TKC_LINT_PROMPTFOO ||
           at < l->body;
    p.from = lint_line_begin(s, at);
    p.to = what == FILE_ ? s.len : what == START ? s.len + 1 : block_end(s, line_end, yaml);
    if (what == BLOCK && lint_trim((tkc_str){s.ptr + p.from, p.begin - p.from}).len) p.to = line_end;
    if (what == FILE_) p.from = 0;
    if (bad) p.used = p.rules; /* one complaint is enough */
    if (*n < MAX_SUPPRESSIONS) list[(*n)++] = p;
}

void lint_suppress(tkc_linter *l)
{
    suppression *list;
    size_t n = 0, n_found = l->n_found;
    size_t at = lint_find(l->src, 0, "tokcount: ignore");
    if (at == SIZE_MAX) return;
    list = lint_mem(l, 7, MAX_SUPPRESSIONS, sizeof *list);
    if (!list) return;
    for (; at != SIZE_MAX && !l->st; at = lint_find(l->src, at + 1, "tokcount: ignore"))
        read_one(l, at, list, &n);
    for (size_t i = 0; i < n_found; i++) {
        lint_finding *f = &l->found[i];
        for (size_t k = 0; k < n; k++)
            if ((list[k].rules >> f->rule & 1) && f->begin >= list[k].from && f->begin <= list[k].to) {
                f->dropped = true;
                list[k].used |= (tkc_rule_set)1 << f->rule;
            }
    }
    for (size_t k = 0; k < n; k++) {
        tkc_rule_set left = list[k].rules & ~list[k].used & l->rules;
        if (!left || (list[k].rules & ~l->rules)) continue; /* all of them ran, or nothing is said */
        complain(l, &list[k], list[k].used ? "a suppression of which not every rule has a finding here"
                                           : "a suppression that suppresses nothing");
    }
}
