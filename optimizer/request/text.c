/*
 * text.c - plain text, and Markdown with or without front matter.
 *
 * Plain text is one user message. Markdown may begin with front matter (a line "---" up to the
 * next "---" or "..."): settings, no part of the prompt. Where there is front matter and the
 * body begins with a line "system:", "user:", "assistant:" or "developer:", each such line
 * begins a message (the .prompty form); else the whole body is one user message.
 */
#include "optimizer/request/read.h"
#include "vocab/base/ascii.h"
#include "vocab/base/utf8.h"

#include <string.h>

static void one_message(tkc_rd *rd, tkc_at at, tkc_role role, size_t begin, size_t end)
{
    at.role = role;
    at.turn = tkc_rd_turn(rd, role, TKC_JSON_NONE);
    tkc_rd_span(rd, at, TKC_PART_TEXT, begin, end, 0);
    tkc_rd_turn_end(rd, at.turn);
}

void tkc_rd_plain_text(tkc_rd *rd, tkc_at at)
{
    one_message(rd, at, TKC_ROLE_USER, 0, rd->r->source.len);
}

/* The line at i without its end; *next is the line behind it. */
static tkc_str line_at(tkc_str s, size_t i, size_t *next)
{
    const char *nl = i < s.len ? memchr(s.ptr + i, '\n', s.len - i) : NULL;
    size_t end = nl ? (size_t)(nl - s.ptr) : s.len;
    *next = nl ? end + 1 : s.len;
    if (end > i && s.ptr[end - 1] == '\r') end--;
    while (end > i && (s.ptr[end - 1] == ' ' || s.ptr[end - 1] == '\t')) end--;
    return (tkc_str){s.ptr + i, end - i};
}

static bool line_is(tkc_str line, const char *word)
{
    return line.len == strlen(word) && memcmp(line.ptr, word, line.len) == 0;
}

/* Where the body begins: 0 without front matter. */
static size_t behind_front_matter(tkc_str s)
{
    size_t i = tkc_utf8_mark(s), next;
    if (i >= s.len || !line_is(line_at(s, i, &next), "---")) return 0;
    while (next < s.len) {
        tkc_str line = line_at(s, next, &i);
        if (line_is(line, "---") || line_is(line, "...")) return i;
        next = i;
    }
    return 0;
}

static tkc_role marker(tkc_str line)
{
    if (line_is(line, "system:")) return TKC_ROLE_SYSTEM;
    if (line_is(line, "user:")) return TKC_ROLE_USER;
    if (line_is(line, "assistant:")) return TKC_ROLE_ASSISTANT;
    if (line_is(line, "developer:")) return TKC_ROLE_DEVELOPER;
    return TKC_ROLE_NONE;
}

/* Without the blank lines at both ends, which renderers drop. */
static void prompty_message(tkc_rd *rd, tkc_at at, tkc_role role, size_t begin, size_t end)
{
    const char *s = rd->r->source.ptr;
    while (begin < end && tkc_is_space(s[begin])) begin++;
    while (end > begin && tkc_is_space(s[end - 1])) end--;
    one_message(rd, at, role, begin, end);
}

void tkc_rd_markdown(tkc_rd *rd, tkc_at at)
{
    tkc_str s = rd->r->source;
    size_t body = behind_front_matter(s), i = body, next, begin = body;
    tkc_role role = TKC_ROLE_NONE;
    while (body && i < s.len) {
        tkc_str line = line_at(s, i, &next);
        if (line.len) {
            role = marker(line);
            break;
        }
        i = next;
    }
    if (role == TKC_ROLE_NONE) {
        one_message(rd, at, TKC_ROLE_USER, body, s.len);
        return;
    }
    role = TKC_ROLE_NONE;
    for (; i < s.len && !rd->st; i = next) {
        tkc_role here = marker(line_at(s, i, &next));
        if (here == TKC_ROLE_NONE) continue;
        if (role != TKC_ROLE_NONE) prompty_message(rd, at, role, begin, i);
        role = here;
        begin = next;
    }
    prompty_message(rd, at, role, begin, s.len);
}
