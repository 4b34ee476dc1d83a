/*
 * markdown.c - Markdown for models: agent files, skills, Copilot's prompts, plain text.
 *
 * The body is one text. Front matter is not sent, but for a skill's description. Its YAML is read
 * only where a tool reads it strictly: Cursor's own .mdc files have globs that are no YAML.
 */
#include "optimizer/lint/lint_impl.h"

bool lint_front_matter(tkc_linter *l)
{
    tkc_str s = l->src;
    size_t at = tkc_utf8_mark(s), begin, end;
    l->body = at;
    if (!lint_begins(s, at, "---")) return false;
    begin = lint_line_end(s, at);
    if (lint_trim((tkc_str){s.ptr + at, begin - at}).len != 3) return false;
    for (end = begin + 1; end < s.len; end = lint_line_end(s, end) + 1) {
        size_t stop = lint_line_end(s, end);
        if (lint_is(lint_trim((tkc_str){s.ptr + end, stop - end}), "---")) {
            l->body = stop < s.len ? stop + 1 : stop;
            if (l->kind == TKC_LINT_AGENT || l->kind == TKC_LINT_COPILOT) return false;
            if (!lint_trim((tkc_str){s.ptr + begin, end - begin}).len) return false;
            return lint_read_yaml(l, begin + 1, end) && tkc_json_kind_of(&l->yaml.doc, 0) == TKC_JSON_OBJECT;
        }
    }
    if (l->kind == TKC_LINT_SKILL || l->kind == TKC_LINT_PROMPTY || l->kind == TKC_LINT_DOTPROMPT)
        lint_report(l, TKC_TC902, at, begin, "front matter that is never closed; put --- behind it");
    return false;
}

void lint_load_markdown(tkc_linter *l)
{
    bool front = lint_front_matter(l);
    if (front && l->kind == TKC_LINT_SKILL) {
        uint32_t d = lint_yaml_get(l, 0, "description");
        size_t base = (size_t)(l->yaml.source.ptr - l->src.ptr);
        if (d != TKC_JSON_NONE && tkc_json_kind_of(&l->yaml.doc, d) == TKC_JSON_STRING)
            lint_add_yaml(l, &l->yaml, d, base, TKC_ROLE_SYSTEM, LINT_SEG_META);
    }
    lint_add_raw(l, TKC_ROLE_SYSTEM, l->body, l->src.len, 0);
}

void lint_load_text(tkc_linter *l)
{
    l->body = tkc_utf8_mark(l->src);
    lint_add_raw(l, TKC_ROLE_NONE, l->body, l->src.len, 0);
}

void lint_load_jinja(tkc_linter *l)
{
    l->body = tkc_utf8_mark(l->src);
    lint_add_raw(l, TKC_ROLE_NONE, l->body, l->src.len, 0);
}
