/*
 * yaml.c - prompt files in YAML: GitHub's .prompt.yml, promptfoo, LangChain and any
 * provider's request written as YAML.
 *
 * The events of libyaml become a JSON text with the source bytes of every value beside it, so
 * the other readers do the rest: a request of a known shape is read as that; else messages
 * and the usual names for prompts (system, prompt, template, user ...) are.
 *
 * Plain scalars are null, true, false or numbers as YAML 1.2's core schema has them, all else
 * is a string. An alias of a scalar is its text; of a list or mapping, a key that is no
 * scalar, a second document: refused. Tags keep a scalar a string and say nothing else.
 * libyaml's own memory comes from malloc and is bounded by the 16 MB a file may have.
 */
#include "optimizer/request/read.h"

#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"
#include "vocab/base/utf8.h"

#include <string.h>
#include <yaml.h>

enum { MAX_YAML = 1 << 24 };

typedef struct place {
    tkc_str s;
    size_t mark, byte; /* a place by characters, as libyaml counts, and by bytes */
} place;

/* libyaml's marks count characters; they go forward except for a few steps. */
static size_t byte_at(place *p, size_t mark)
{
    while (p->mark < mark && p->byte < p->s.len) {
        p->byte++;
        while (p->byte < p->s.len && ((unsigned char)p->s.ptr[p->byte] & 0xc0) == 0x80) p->byte++;
        p->mark++;
    }
    while (p->mark > mark && p->byte) {
        p->byte--;
        while (p->byte && ((unsigned char)p->s.ptr[p->byte] & 0xc0) == 0x80) p->byte--;
        p->mark--;
    }
    return p->byte;
}

typedef struct anchor {
    size_t name, name_len; /* in names */
    size_t json, json_len; /* in r->text */
} anchor;

typedef struct builder {
    tkc_rd *rd;
    place at;
    size_t base;         /* bytes of a byte order mark */
    tkc_buf names;
    anchor anchor[64];   /* of scalars */
    size_t n_anchor;
    unsigned char *open; /* a container each: 'm' expects a key, 'v' a value, 's' a sequence */
    uint32_t *node;
    size_t depth, cap_open, cap_node;
    bool first;          /* nothing stands in the open container yet */
} builder;

static void fail_at(builder *b, size_t byte, const char *what)
{
    if (!b->rd->st) b->rd->st = tkc_fail(b->rd->err, TKC_E_UNSUPPORTED, byte, "YAML: %s", what);
}

static void put(builder *b, const char *s, size_t n)
{
    if (!b->rd->st) b->rd->st = tkc_buf_append(&b->rd->r->text, s, n, b->rd->err);
}

/* A node begins: comma or colon in front, its place noted. Returns its number. */
static uint32_t begin_node(builder *b, size_t begin, size_t end)
{
    tkc_request *r = b->rd->r;
    if (b->rd->st) return 0;
    if (b->depth) {
        unsigned char *o = &b->open[b->depth - 1];
        if (*o == 'v') {
            put(b, ":", 1);
            *o = 'm';
        } else {
            if (!b->first) put(b, ",", 1);
            if (*o == 'm') *o = 'v';
        }
    }
    b->first = false;
    if (!b->rd->st &&
        !tkc_grow(r->alloc, &r->span, &r->cap_span, r->n_span + 1, r->max_values, sizeof *r->span))
        b->rd->st = r->n_span >= r->max_values
                        ? tkc_fail(b->rd->err, TKC_E_LIMIT, begin,
                                   "more than %zu YAML values, the limit here", r->max_values)
                        : tkc_nomem(b->rd->err);
    if (b->rd->st) return 0;
    r->span[r->n_span] = (struct tkc_source_span){begin, end};
    return (uint32_t)r->n_span++;
}

static bool is_key(const builder *b)
{
    return b->depth && b->open[b->depth - 1] == 'm';
}

static bool word(const yaml_event_t *e, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i]) == e->data.scalar.length &&
            memcmp(list[i], e->data.scalar.value, e->data.scalar.length) == 0)
            return true;
    return false;
}

/* JSON's own numbers: what YAML has beyond them (0x1f, .5, .inf) stays text. */
static bool is_number(const char *s, size_t n)
{
    tkc_json d;
    bool yes;
    if (!n || n > 400 || (s[0] != '-' && (s[0] < '0' || s[0] > '9'))) return false;
    tkc_json_init(&d, NULL);
    yes = tkc_json_parse(&d, (tkc_str){s, n}, NULL, NULL) == TKC_OK &&
          tkc_json_kind_of(&d, 0) == TKC_JSON_NUMBER && d.node[0].end == n;
    tkc_json_release(&d);
    return yes;
}

static void scalar(builder *b, const yaml_event_t *e, size_t begin, size_t end)
{
    static const char *const null_words[] = {"", "~", "null", "Null", "NULL"};
    static const char *const true_words[] = {"true", "True", "TRUE"};
    static const char *const false_words[] = {"false", "False", "FALSE"};
    tkc_request *r = b->rd->r;
    const char *s = (const char *)e->data.scalar.value;
    size_t n = e->data.scalar.length, from;
    bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !e->data.scalar.tag;
    bool key = is_key(b);
    if (e->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
        e->data.scalar.style == YAML_FOLDED_SCALAR_STYLE)
        while (end > begin && tkc_is_space(r->source.ptr[end - 1])) end--;
    begin_node(b, begin, end);
    from = r->text.len;
    if (plain && !key && word(e, null_words, 5))
        put(b, "null", 4);
    else if (plain && !key && word(e, true_words, 3))
        put(b, "true", 4);
    else if (plain && !key && word(e, false_words, 3))
        put(b, "false", 5);
    else if (plain && !key && is_number(s, n))
        put(b, s, n);
    else if (!b->rd->st)
        b->rd->st = tkc_json_append_text(&r->text, (tkc_str){s, n}, b->rd->err);
    if (!b->rd->st && e->data.scalar.anchor) {
        const char *name = (const char *)e->data.scalar.anchor;
        anchor *a = &b->anchor[b->n_anchor];
        if (b->n_anchor == sizeof b->anchor / sizeof *b->anchor) {
            fail_at(b, begin, "more than 64 anchors, the limit here");
            return;
        }
        *a = (anchor){b->names.len, strlen(name), from, r->text.len - from};
        b->rd->st = tkc_buf_append(&b->names, name, strlen(name), b->rd->err);
        b->n_anchor++;
    }
}

static void alias(builder *b, const yaml_event_t *e, size_t begin, size_t end)
{
    const char *name = (const char *)e->data.alias.anchor;
    tkc_request *r = b->rd->r;
    for (size_t i = b->n_anchor; i-- > 0;) {
        const anchor *a = &b->anchor[i];
        if (a->name_len != strlen(name) || memcmp(b->names.ptr + a->name, name, a->name_len) != 0)
            continue;
        if (is_key(b) && r->text.ptr[a->json] != '"') break;
        begin_node(b, begin, end);
        if (!b->rd->st) b->rd->st = tkc_buf_reserve(&r->text, a->json_len, b->rd->err);
        if (b->rd->st) return;
        memcpy(r->text.ptr + r->text.len, r->text.ptr + a->json, a->json_len);
        r->text.len += a->json_len;
        return;
    }
    fail_at(b, begin, "an alias that is not of a scalar in front of it");
}

static void open_container(builder *b, bool sequence, size_t begin, size_t end)
{
    tkc_request *r = b->rd->r;
    uint32_t node;
    if (is_key(b)) {
        fail_at(b, begin, "a key that is not a scalar");
        return;
    }
    if (b->depth >= r->max_depth && !b->rd->st)
        b->rd->st = tkc_fail(b->rd->err, TKC_E_LIMIT, begin,
                             "YAML nested deeper than %zu, the limit here", r->max_depth);
    node = begin_node(b, begin, end);
    put(b, sequence ? "[" : "{", 1);
    if (b->rd->st) return;
    if (!tkc_grow(r->alloc, &b->open, &b->cap_open, b->depth + 1, r->max_depth, 1) ||
        !tkc_grow(r->alloc, &b->node, &b->cap_node, b->depth + 1, r->max_depth, sizeof *b->node)) {
        b->rd->st = tkc_nomem(b->rd->err);
        return;
    }
    b->open[b->depth] = sequence ? 's' : 'm';
    b->node[b->depth++] = node;
    b->first = true;
}

static void close_container(builder *b, bool sequence, size_t end)
{
    tkc_request *r = b->rd->r;
    struct tkc_source_span *span;
    put(b, sequence ? "]" : "}", 1);
    if (b->rd->st) return;
    span = &r->span[b->node[--b->depth]];
    while (end > span->begin && tkc_is_space(r->source.ptr[end - 1])) end--;
    if (end > span->end) span->end = end;
    b->first = false;
}

static void event(builder *b, const yaml_event_t *e, unsigned *n_document)
{
    size_t begin = b->base + byte_at(&b->at, e->start_mark.index);
    size_t end = b->base + byte_at(&b->at, e->end_mark.index);
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++*n_document > 1) fail_at(b, begin, "a second document in a prompt file");
        break;
    case YAML_SCALAR_EVENT: scalar(b, e, begin, end); break;
    case YAML_ALIAS_EVENT: alias(b, e, begin, end); break;
    case YAML_SEQUENCE_START_EVENT: open_container(b, true, begin, end); break;
    case YAML_MAPPING_START_EVENT: open_container(b, false, begin, end); break;
    case YAML_SEQUENCE_END_EVENT: close_container(b, true, end); break;
    case YAML_MAPPING_END_EVENT: close_container(b, false, end); break;
    default: break;
    }
}

void tkc_rd_yaml_to_json(tkc_rd *rd)
{
    tkc_request *r = rd->r;
    builder b = {.rd = rd, .first = true};
    yaml_parser_t parser;
    yaml_event_t e;
    unsigned n_document = 0;
    bool done = false;
    tkc_json_limits limits = {.max_nodes = r->max_values, .max_depth = r->max_depth};
    r->n_span = 0;
    tkc_buf_clear(&r->text);
    if (r->source.len > MAX_YAML) {
        rd->st = tkc_fail(rd->err, TKC_E_LIMIT, MAX_YAML, "a YAML file of %zu bytes, the limit is %d",
                          r->source.len, (int)MAX_YAML);
        return;
    }
    b.base = tkc_utf8_mark(r->source);
    b.at.s = (tkc_str){r->source.ptr + b.base, r->source.len - b.base};
    tkc_buf_init(&b.names, 1 << 16, r->alloc);
    if (!yaml_parser_initialize(&parser)) {
        rd->st = tkc_nomem(rd->err);
        return;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)(b.at.s.len ? b.at.s.ptr : ""),
                                 b.at.s.len);
    while (!done && !rd->st) {
        if (!yaml_parser_parse(&parser, &e)) {
            char q[TKC_QUOTE_SIZE];
            size_t at = parser.error == YAML_READER_ERROR ? parser.problem_offset
                                                          : byte_at(&b.at, parser.problem_mark.index);
            const char *what = parser.problem ? parser.problem : "not YAML";
            if (parser.error == YAML_MEMORY_ERROR)
                rd->st = tkc_nomem(rd->err);
            else
                rd->st = tkc_fail(rd->err, TKC_E_FORMAT,
                                  b.base + (at < b.at.s.len ? at : b.at.s.len), "YAML: %s",
                                  tkc_quote(q, what, strlen(what)));
            break;
        }
        done = e.type == YAML_STREAM_END_EVENT;
        event(&b, &e, &n_document);
        yaml_event_delete(&e);
    }
    yaml_parser_delete(&parser);
    tkc_free(r->alloc, b.open, b.cap_open, 1);
    tkc_free(r->alloc, b.node, b.cap_node, sizeof *b.node);
    tkc_buf_release(&b.names);
    if (!rd->st && !r->n_span)
        rd->st = tkc_fail(rd->err, TKC_E_FORMAT, 0, "an empty YAML file, expected a prompt");
    if (!rd->st) rd->st = tkc_json_parse(&r->doc, tkc_buf_str(&r->text), &limits, rd->err);
    if (!rd->st) rd->st = tkc_json_flag_repeated(&r->doc, &r->n_repeated, rd->err);
}

/* --- prompt files ------------------------------------------------------------------------- */

enum { SYSTEM_A, SYSTEM_B, SYSTEM_C, TOOLS, MESSAGES, PROMPTS, USER_A, USER_B, USER_C, USER_D,
       FORMAT, SCHEMA, MODEL, N_NAMED };
static const tkc_name root[] = {
    [SYSTEM_A] = TKC_NAME("system"),
    [SYSTEM_B] = TKC_NAME("system_prompt"),
    [SYSTEM_C] = TKC_NAME("instructions"),
    [TOOLS] = TKC_NAME("tools"),
    [MESSAGES] = TKC_NAME("messages"),
    [PROMPTS] = TKC_NAME("prompts"),
    [USER_A] = TKC_NAME("template"),
    [USER_B] = TKC_NAME("prompt"),
    [USER_C] = TKC_NAME("user"),
    [USER_D] = TKC_NAME("user_prompt"),
    [FORMAT] = TKC_NAME("response_format"),
    [SCHEMA] = TKC_NAME("jsonSchema"),
    [MODEL] = TKC_NAME("model"),
    /* Settings, and what the model never sees. */
    TKC_NAME("_type"), TKC_NAME("authors"), TKC_NAME("config"), TKC_NAME("defaultTest"),
    TKC_NAME("description"), TKC_NAME("evaluators"), TKC_NAME("id"), TKC_NAME("input_variables"),
    TKC_NAME("inputs"), TKC_NAME("max_tokens"), TKC_NAME("metadata"), TKC_NAME("modelParameters"),
    TKC_NAME("model_parameters"), TKC_NAME("name"), TKC_NAME("outputs"), TKC_NAME("parameters"),
    TKC_NAME("providers"), TKC_NAME("responseFormat"), TKC_NAME("sample"), TKC_NAME("tags"),
    TKC_NAME("temperature"), TKC_NAME("template_format"), TKC_NAME("testData"),
    TKC_NAME("tests"), TKC_NAME("title"), TKC_NAME("top_p"), TKC_NAME("variables"),
    TKC_NAME("version"),
};
enum { N_ROOT = sizeof root / sizeof *root };

/* One text as a message of its own. */
static void prompt(tkc_rd *rd, tkc_at at, tkc_role role, uint32_t value)
{
    if (value == TKC_RD_NONE || tkc_rd_is_kind(rd, value, TKC_JSON_NULL)) return;
    at.role = role;
    if (role != TKC_ROLE_SYSTEM) at.turn = tkc_rd_turn(rd, role, TKC_JSON_NONE);
    tkc_rd_text(rd, at, TKC_PART_TEXT, value, 0);
    if (at.turn != TKC_NO_TURN) tkc_rd_turn_end(rd, at.turn);
}

static void prompt_file(tkc_rd *rd, tkc_at at, uint32_t body)
{
    uint32_t slot[N_ROOT], index = 0, leading = 0;
    tkc_at here;
    tkc_rd_members(rd, body, root, N_ROOT, slot);
    rd->r->model = slot[MODEL];
    for (int i = SYSTEM_A; i <= SYSTEM_C; i++) prompt(rd, at, TKC_ROLE_SYSTEM, slot[i]);
    here = at;
    if (tkc_rd_is_kind(rd, slot[MESSAGES], TKC_JSON_ARRAY)) {
        here = tkc_rd_in(rd, at, slot[MESSAGES]);
        leading = tkc_rd_leading(rd, slot[MESSAGES]);
        tkc_rd_openai_messages(rd, here, slot[MESSAGES], 0, leading);
    } else {
        tkc_rd_other(rd, at, slot[MESSAGES], TKC_PART_UNKNOWN);
    }
    tkc_rd_tools(rd, at, slot[TOOLS]);
    if (slot[FORMAT] != TKC_RD_NONE && tkc_rd_get(rd, slot[FORMAT], "json_schema") != TKC_RD_NONE)
        tkc_rd_part(rd, tkc_rd_in(rd, at, slot[FORMAT]), TKC_PART_TOOL_SCHEMA, slot[FORMAT],
                    TKC_PART_OUTPUT);
    if (slot[SCHEMA] != TKC_RD_NONE)
        tkc_rd_part(rd, tkc_rd_in(rd, at, slot[SCHEMA]), TKC_PART_TOOL_SCHEMA, slot[SCHEMA],
                    TKC_PART_OUTPUT);
    if (tkc_rd_is_kind(rd, slot[MESSAGES], TKC_JSON_ARRAY))
        tkc_rd_openai_messages(rd, here, slot[MESSAGES], leading, UINT32_MAX);
    for (int i = USER_A; i <= USER_D; i++) prompt(rd, at, TKC_ROLE_USER, slot[i]);
    if (tkc_rd_is_kind(rd, slot[PROMPTS], TKC_JSON_ARRAY)) {
        here = tkc_rd_in(rd, at, slot[PROMPTS]);
        here.role = TKC_ROLE_USER;
        for (uint32_t p = tkc_json_first(rd->doc, slot[PROMPTS]); !rd->st && p != TKC_JSON_NONE;
             p = tkc_json_next(rd->doc, slot[PROMPTS], p), index++) {
            tkc_at one = tkc_rd_nth(rd, here, index);
            one.turn = tkc_rd_turn(rd, one.role, TKC_JSON_NONE);
            if (tkc_rd_is_kind(rd, p, TKC_JSON_STRING))
                tkc_rd_part(rd, one, TKC_PART_TEXT, p, 0);
            else
                tkc_rd_unknown(rd, one, p);
            tkc_rd_turn_end(rd, one.turn);
        }
    } else {
        tkc_rd_other(rd, at, slot[PROMPTS], TKC_PART_UNKNOWN);
    }
    tkc_rd_rest(rd, at, body, root, N_ROOT, slot);
}

void tkc_rd_yaml(tkc_rd *rd, tkc_at at)
{
    static void (*const reader[TKC_N_DIALECT])(tkc_rd *, tkc_at) = {
#define DIALECT(id, name, function, provider, summary) [TKC_DIALECT_##id] = tkc_rd_##function,
#include "optimizer/request/dialects.def"
#undef DIALECT
    };
    tkc_request *r = rd->r;
    tkc_dialect shape;
    tkc_rd_yaml_to_json(rd);
    if (rd->st) return;
    r->body = 0;
    shape = tkc_rd_shape(&r->doc, 0, NULL, NULL);
    if (tkc_rd_is_kind(rd, 0, TKC_JSON_OBJECT) &&
        (shape == TKC_DIALECT_AUTO || shape == TKC_DIALECT_OPENAI_CHAT || shape == TKC_DIALECT_TEXTS)) {
        r->inner = TKC_DIALECT_OPENAI_CHAT;
        prompt_file(rd, at, 0);
    } else if (shape != TKC_DIALECT_AUTO) {
        r->inner = shape;
        reader[shape](rd, at);
    } else if (tkc_rd_is_kind(rd, 0, TKC_JSON_STRING)) {
        at.role = TKC_ROLE_USER;
        at.turn = tkc_rd_turn(rd, at.role, TKC_JSON_NONE);
        tkc_rd_part(rd, at, TKC_PART_TEXT, 0, 0);
        tkc_rd_turn_end(rd, at.turn);
    } else {
        rd->st = tkc_fail(rd->err, TKC_E_FORMAT, r->span[0].begin,
                          "a YAML file that is no prompt: expected messages, or names such as "
                          "system and prompt");
    }
}
