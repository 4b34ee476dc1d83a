/*
 * yaml.c - libyaml's events into nodes.
 *
 * libyaml's own memory comes from malloc and is bounded by the size of the file. The columns
 * and lines are its marks; they count characters.
 */
#include "tools/project/yaml.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>
#include <yaml.h>

enum {
    MAX_BYTES = 256 << 10,
    MAX_DEPTH = 8,
    MAX_NODES = 20000,
    MAX_MEMBERS = 1000 /* repeated keys are looked for in pairs */
};

typedef struct level {
    uint32_t node, last; /* last: its newest child */
    size_t n;            /* children */
} level;

typedef struct reader {
    cli_yaml *y;
    level open[MAX_DEPTH];
    size_t depth;
    bool ended; /* a document was read */
    tkc_error *err;
} reader;

void cli_yaml_init(cli_yaml *y, const tkc_allocator *alloc)
{
    *y = (cli_yaml){.alloc = tkc_allocator_or_default(alloc)};
    /* a scalar is no longer than its source, but for escapes such as "\P" (3 bytes for 2) */
    tkc_buf_init(&y->text, 4 * (size_t)MAX_BYTES + MAX_NODES, y->alloc);
}

void cli_yaml_release(cli_yaml *y)
{
    tkc_free(y->alloc, y->node, y->cap_node, sizeof *y->node);
    y->node = NULL;
    y->n_node = y->cap_node = 0;
    tkc_buf_release(&y->text);
}

const char *cli_yaml_text(const cli_yaml *y, uint32_t i)
{
    return y->node[i].kind == CLI_YAML_TEXT ? y->text.ptr + y->node[i].text : "";
}

const char *cli_yaml_kind_name(cli_yaml_kind k)
{
    return k == CLI_YAML_TEXT ? "a text" : k == CLI_YAML_LIST ? "a list" : "a mapping";
}

static tkc_status refuse(const reader *r, const yaml_mark_t *at, tkc_status code, const char *what)
{
    return tkc_fail(r->err, code, at->index, "line %zu: %s", at->line + 1, what);
}

/* A node below the innermost open container. */
static tkc_status add(reader *r, cli_yaml_kind kind, const yaml_mark_t *at, tkc_str text)
{
    cli_yaml *y = r->y;
    const uint32_t i = (uint32_t)y->n_node;
    level *up = r->depth ? &r->open[r->depth - 1] : NULL;
    const bool is_key = up && y->node[up->node].kind == CLI_YAML_MAP && up->n % 2 == 0;
    tkc_status st;
    if (r->ended) return refuse(r, at, TKC_E_FORMAT, "a second document; keep one");
    if (is_key && kind != CLI_YAML_TEXT) return refuse(r, at, TKC_E_FORMAT, "a key is a plain text");
    if (i == MAX_NODES) return refuse(r, at, TKC_E_LIMIT, "more than 20,000 values");
    if (memchr(text.ptr ? text.ptr : "", '\0', text.len))
        return refuse(r, at, TKC_E_FORMAT, "a text with a NUL in it");
    if (!tkc_grow(y->alloc, &y->node, &y->cap_node, y->n_node + 1, MAX_NODES + 1, sizeof *y->node))
        return tkc_nomem(r->err);
    y->node[i] = (cli_yaml_node){.kind = kind,
                                 .line = (uint32_t)at->line + 1,
                                 .column = (uint32_t)at->column + 1,
                                 .first = CLI_YAML_NONE,
                                 .next = CLI_YAML_NONE,
                                 .text = y->text.len,
                                 .len = text.len};
    if (kind == CLI_YAML_TEXT) {
        st = tkc_buf_append(&y->text, text.ptr, text.len, r->err);
        if (!st) st = tkc_buf_append_byte(&y->text, 0, r->err);
        if (st) return st;
    }
    y->n_node++;
    if (!up) return TKC_OK;
    if (is_key) {
        if (up->n / 2 == MAX_MEMBERS)
            return refuse(r, at, TKC_E_LIMIT, "more than 1,000 keys in one mapping");
        for (uint32_t k = y->node[up->node].first; k != CLI_YAML_NONE;
             k = y->node[y->node[k].next].next) {
            char q[TKC_QUOTE_SIZE];
            if (y->node[k].len != text.len ||
                memcmp(y->text.ptr + y->node[k].text, text.ptr, text.len) != 0)
                continue;
            return tkc_fail(r->err, TKC_E_FORMAT, at->index,
                            "line %zu: the key '%s' stands in line %u already", at->line + 1,
                            tkc_quote(q, text.ptr, text.len), (unsigned)y->node[k].line);
        }
    }
    if (up->n == 0)
        y->node[up->node].first = i;
    else
        y->node[up->last].next = i;
    up->last = i;
    up->n++;
    return TKC_OK;
}

static tkc_status open_container(reader *r, cli_yaml_kind kind, const yaml_mark_t *at)
{
    tkc_status st;
    if (r->depth == MAX_DEPTH) return refuse(r, at, TKC_E_LIMIT, "more than 8 levels deep");
    st = add(r, kind, at, (tkc_str){"", 0});
    if (st) return st;
    r->open[r->depth++] = (level){.node = (uint32_t)r->y->n_node - 1};
    return TKC_OK;
}

static tkc_status on_event(reader *r, const yaml_event_t *e)
{
    const yaml_mark_t *at = &e->start_mark;
    const char *anchor = NULL, *tag = NULL;
    switch (e->type) {
    case YAML_ALIAS_EVENT: return refuse(r, at, TKC_E_FORMAT, "an alias (*name); write the text out");
    case YAML_SCALAR_EVENT:
        anchor = (const char *)e->data.scalar.anchor;
        tag = (const char *)e->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = (const char *)e->data.sequence_start.anchor;
        tag = (const char *)e->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = (const char *)e->data.mapping_start.anchor;
        tag = (const char *)e->data.mapping_start.tag;
        break;
    default: break;
    }
    if (anchor) return refuse(r, at, TKC_E_FORMAT, "an anchor (&name); write the text out");
    if (tag) return refuse(r, at, TKC_E_FORMAT, "a tag (!name); leave it out");
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        return add(r, CLI_YAML_TEXT, at,
                   (tkc_str){(const char *)e->data.scalar.value, e->data.scalar.length});
    case YAML_SEQUENCE_START_EVENT: return open_container(r, CLI_YAML_LIST, at);
    case YAML_MAPPING_START_EVENT: return open_container(r, CLI_YAML_MAP, at);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: r->depth--; break;
    case YAML_DOCUMENT_END_EVENT: r->ended = true; break;
    default: break;
    }
    return TKC_OK;
}

static tkc_status libyaml_error(const reader *r, const yaml_parser_t *p)
{
    if (p->error == YAML_MEMORY_ERROR) return tkc_nomem(r->err);
    if (p->error == YAML_READER_ERROR)
        return tkc_fail(r->err, TKC_E_FORMAT, p->problem_offset, "byte %zu: %s; YAML is UTF-8 text",
                        p->problem_offset, p->problem ? p->problem : "cannot be read");
    return tkc_fail(r->err, TKC_E_FORMAT, p->problem_mark.index, "line %zu: %s",
                    p->problem_mark.line + 1, p->problem ? p->problem : "not YAML");
}

tkc_status cli_yaml_parse(cli_yaml *y, tkc_str source, tkc_error *err)
{
    reader r = {.y = y, .err = err};
    yaml_parser_t parser;
    bool end = false;
    tkc_status st = TKC_OK;
    y->n_node = 0;
    tkc_buf_clear(&y->text);
    if (source.len > MAX_BYTES)
        return tkc_fail(err, TKC_E_LIMIT, MAX_BYTES, "larger than 256 KB");
    if (!yaml_parser_initialize(&parser)) return tkc_nomem(err);
    yaml_parser_set_input_string(&parser, (const unsigned char *)(source.ptr ? source.ptr : ""),
                                 source.len);
    while (!st && !end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            st = libyaml_error(&r, &parser);
            break;
        }
        end = event.type == YAML_STREAM_END_EVENT;
        st = on_event(&r, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    /* "---" and nothing, or comments only: an empty scalar, which is an empty file */
    if (!st && y->n_node == 1 && y->node[0].kind == CLI_YAML_TEXT && y->node[0].len == 0) y->n_node = 0;
    if (st) y->n_node = 0;
    return st;
}
