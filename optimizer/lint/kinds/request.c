/*
 * request.c - API requests: a JSON file, a log of one a line, a prompt in YAML.
 *
 * Every string that the model reads is a text; a tool's definition is one as the JSON it is, and
 * its descriptions once more as texts, so that what is written in them is checked like any other.
 */
#include "optimizer/lint/lint_impl.h"

#include "vocab/base/error.h"

static void descriptions(tkc_linter *l, const tkc_json *d, uint32_t node, size_t at)
{
    uint32_t last = d->node[node].next;
    for (uint32_t i = node; i + 1 < last && !l->st; i++)
        if (tkc_json_kind_of(d, i) == TKC_JSON_STRING && tkc_json_kind_of(d, i + 1) == TKC_JSON_STRING &&
            d->node[i].end - d->node[i].begin == 13 && tkc_json_is(d, i, "description") &&
            memchr(":", d->text.ptr[d->node[i].end], 1))
            lint_add_json(l, d, i + 1, at, TKC_ROLE_NONE, LINT_SEG_AGAIN | LINT_SEG_META);
}

/* The parts of l->req as segments; its source begins at byte `at` of the file. */
static void add_parts(tkc_linter *l, size_t at, bool yaml)
{
    tkc_request *r = &l->req;
    for (size_t i = 0; i < r->n_part && !l->st; i++) {
        const tkc_part *p = &r->part[i];
        lint_seg *s = NULL;
        unsigned flags = 0;
        bool string = p->node != TKC_JSON_NONE && tkc_json_kind_of(&r->doc, p->node) == TKC_JSON_STRING;
        if (p->flags & (TKC_PART_OPAQUE | TKC_PART_REPEATED)) continue;
        if (p->kind == TKC_PART_TOOL_RESULT) flags |= LINT_SEG_DATA;
        if (p->kind == TKC_PART_TOOL_SCHEMA || p->kind == TKC_PART_TOOL_CALL) {
            if (yaml) continue;
            s = lint_add_raw(l, (tkc_role)p->role, at + p->begin, at + p->end, LINT_SEG_SCHEMA);
            if (s) s->turn = p->turn;
            if (p->kind == TKC_PART_TOOL_SCHEMA) descriptions(l, &r->doc, p->node, at);
            continue;
        }
        if (p->kind != TKC_PART_TEXT && p->kind != TKC_PART_TOOL_RESULT && p->kind != TKC_PART_OTHER) continue;
        if (p->kind == TKC_PART_OTHER && !(p->flags & TKC_PART_NAME) && !string) continue;
        if (p->kind == TKC_PART_OTHER) flags |= LINT_SEG_META;
        if (p->turn != TKC_NO_TURN && p->turn + 1 == r->n_turn) flags |= LINT_SEG_LAST;
        if (string && yaml)
            s = lint_add_yaml(l, r, p->node, at, (tkc_role)p->role, flags);
        else if (string)
            s = lint_add_json(l, &r->doc, p->node, at, (tkc_role)p->role, flags);
        else if (p->node == TKC_JSON_NONE || !yaml)
            s = lint_add_raw(l, (tkc_role)p->role, at + p->begin, at + p->end,
                             flags | (p->node == TKC_JSON_NONE ? 0 : LINT_SEG_SCHEMA));
        if (s) s->turn = p->turn;
    }
}

/* A failure of the reader becomes a finding. */
static void unreadable(tkc_linter *l, size_t at, const tkc_error *e)
{
    char message[240];
    if (e->code == TKC_E_NOMEM) {
        l->st = tkc_nomem(l->err);
        return;
    }
    l->broken = true;
    memcpy(message, e->message, sizeof message);
    lint_report(l, TKC_TC902, at + e->offset, at + e->offset + 1, "%s", message);
}

static void repeated_keys(tkc_linter *l, const tkc_json *d, size_t at)
{
    for (uint32_t i = 0; i < d->n_node; i++)
        if (d->node[i].info & TKC_JSON_REPEATED) {
            tkc_str k = tkc_json_source(d, i);
            char q[TKC_QUOTE_SIZE];
            lint_report(l, TKC_TC902, at + d->node[i].begin, at + d->node[i].end,
                        "the key %s stands in its object before; readers take the last, or refuse",
                        tkc_quote(q, k.ptr, k.len));
        }
}

/* One request from source bytes [begin, end). False: it is none. */
static bool read_request(tkc_linter *l, size_t begin, size_t end, bool quiet)
{
    tkc_error e = {0};
    tkc_status st = tkc_request_read(&l->req, (tkc_str){l->src.ptr + begin, end - begin}, NULL, &e);
    if (st) {
        if (!quiet || st == TKC_E_NOMEM) unreadable(l, begin, &e);
        return false;
    }
    l->whole = true;
    repeated_keys(l, &l->req.doc, begin);
    for (size_t i = 0; i < l->req.n_request && !l->st; i++) {
        if (i && tkc_request_select(&l->req, i, l->err)) break;
        add_parts(l, begin, false);
        lint_rule_request(l, begin);
        l->n_request++;
    }
    return true;
}

void lint_load_request(tkc_linter *l)
{
    (void)read_request(l, 0, l->src.len, false);
}

static uint32_t member(const tkc_json *d, uint32_t o, const char *key)
{
    return o == TKC_JSON_NONE || tkc_json_kind_of(d, o) != TKC_JSON_OBJECT ? TKC_JSON_NONE
                                                                           : tkc_json_get(d, o, key, NULL);
}

/* A prompt object of Langfuse: {"name", "version", "prompt": text or messages}. */
static bool langfuse_prompt(tkc_linter *l, const tkc_json *d, uint32_t o)
{
    uint32_t p = member(d, o, "prompt"), m;
    if (p == TKC_JSON_NONE || member(d, o, "messages") != TKC_JSON_NONE ||
        (member(d, o, "name") == TKC_JSON_NONE && member(d, o, "type") == TKC_JSON_NONE &&
         member(d, o, "version") == TKC_JSON_NONE && member(d, o, "labels") == TKC_JSON_NONE))
        return false;
    l->kind = TKC_LINT_LANGFUSE;
    l->templates = LINT_T_BRACES;
    if (tkc_json_kind_of(d, p) == TKC_JSON_STRING) {
        lint_add_json(l, d, p, 0, TKC_ROLE_USER, 0);
    } else if (tkc_json_kind_of(d, p) == TKC_JSON_ARRAY) {
        for (m = tkc_json_first(d, p); m != TKC_JSON_NONE; m = tkc_json_next(d, p, m)) {
            uint32_t c = member(d, m, "content"), role = member(d, m, "role");
            bool system = role != TKC_JSON_NONE && tkc_json_is(d, role, "system");
            if (c != TKC_JSON_NONE && tkc_json_kind_of(d, c) == TKC_JSON_STRING)
                lint_add_json(l, d, c, 0, system ? TKC_ROLE_SYSTEM : TKC_ROLE_USER, 0);
        }
    } else {
        return false;
    }
    l->n_request++;
    return true;
}

void lint_load_langfuse(tkc_linter *l)
{
    lint_load_json(l);
}

/* Members of requests and of what wraps one (tkc_envelope). */
static bool may_hold_request(const tkc_json *d)
{
    static const char *const key[] = {"messages", "contents",   "requests", "params",
                                      "body",     "modelInput", "request",  "generateContentRequest"};
    const uint32_t input = member(d, 0, "input");
    for (size_t i = 0; i < sizeof key / sizeof *key; i++)
        if (member(d, 0, key[i]) != TKC_JSON_NONE) return true;
    return input != TKC_JSON_NONE && member(d, input, "converse") != TKC_JSON_NONE; /* Bedrock's CountTokens */
}

/* {"system": text, "prompt": text}: a prompt somebody keeps as JSON, and what else is beside it. False: none of these, or
 * what is sent to be completed, which may be any text. */
static bool named_prompts(tkc_linter *l, const tkc_json *d)
{
    static const char *const system[] = {"system", "system_prompt", "systemPrompt", "instructions"};
    static const char *const user[] = {"prompt", "user", "user_prompt", "userPrompt", "template"};
    uint32_t first = tkc_json_kind_of(d, 0) == TKC_JSON_OBJECT ? tkc_json_first(d, 0) : TKC_JSON_NONE;
    bool any = false;
    if (member(d, 0, "prompt") != TKC_JSON_NONE && (member(d, 0, "model") != TKC_JSON_NONE || member(d, 0, "suffix") != TKC_JSON_NONE))
        return false;
    for (int pass = 0; pass < 2 && (any || !pass); pass++)
        for (uint32_t i = first; i != TKC_JSON_NONE && !l->st; i = tkc_json_next_member(d, 0, i)) {
            const uint32_t v = tkc_json_value(d, i);
            const bool is_system = tkc_json_is_one_of(d, i, system, sizeof system / sizeof *system);
            const bool is_text = (is_system || tkc_json_is_one_of(d, i, user, sizeof user / sizeof *user)) && tkc_json_kind_of(d, v) == TKC_JSON_STRING;
            any |= is_text;
            if (!pass) continue;
            if (is_text) lint_add_json(l, d, v, 0, is_system ? TKC_ROLE_SYSTEM : TKC_ROLE_USER, 0);
            else lint_add_raw(l, TKC_ROLE_NONE, d->node[v].begin, d->node[v].end, LINT_SEG_DATA | LINT_SEG_PLAIN);
        }
    if (any) l->templates = LINT_T_BRACES;
    return any;
}

void lint_load_json(tkc_linter *l)
{
    tkc_json_limits limits = {.max_depth = 512};
    tkc_error e = {0};
    tkc_json *d = &l->json;
    tkc_str text = l->src;
    uint32_t list = 0;
    tkc_status st;
    if (tkc_utf8_mark(text)) {
        lint_report(l, TKC_TC902, 0, 3, "a byte order mark in front of JSON; most readers refuse it");
        l->broken = true;
        return;
    }
    limits.lone_surrogates = true;
    st = tkc_json_parse(d, text, &limits, &e);
    if (st) {
        if (e.offset + 8 < text.len && memchr(text.ptr, '\n', text.len)) { /* one value a line? */
            size_t first = lint_line_end(text, 0);
            tkc_error e2;
            if (tkc_json_parse(d, (tkc_str){text.ptr, first}, &limits, &e2) == TKC_OK && d->n_node > 1) {
                l->kind = TKC_LINT_JSONL;
                lint_load_jsonl(l);
                return;
            }
        }
        unreadable(l, 0, &e);
        return;
    }
    for (uint32_t i = 0; i < d->n_node; i++)
        if (d->node[i].info & TKC_JSON_LONE) {
            lint_report(l, TKC_TC902, d->node[i].begin, d->node[i].end,
                        "half a surrogate pair in a string; it stands for no character");
            l->broken = true;
        }
    if (l->broken) return;
    if (tkc_request_shape(d, 0, NULL) != TKC_DIALECT_AUTO && tkc_json_kind_of(d, 0) == TKC_JSON_OBJECT &&
        member(d, 0, "prompt") == TKC_JSON_NONE) {
        l->kind = TKC_LINT_REQUEST;
        if (read_request(l, 0, text.len, true)) return;
        l->kind = TKC_LINT_JSON;
    }
    if (member(d, 0, "data") != TKC_JSON_NONE) list = member(d, 0, "data");
    if (langfuse_prompt(l, d, 0)) return;
    if (tkc_json_kind_of(d, list) == TKC_JSON_ARRAY) {
        bool any = false;
        for (uint32_t i = tkc_json_first(d, list); i != TKC_JSON_NONE; i = tkc_json_next(d, list, i))
            any |= langfuse_prompt(l, d, i);
        if (any) return;
    }
    if (tkc_json_kind_of(d, 0) == TKC_JSON_ARRAY || may_hold_request(d)) {
        l->kind = TKC_LINT_REQUEST;
        if (read_request(l, 0, text.len, true)) return;
        l->kind = TKC_LINT_JSON;
    }
    if (named_prompts(l, d)) return;
    l->no_prompt = true; /* some other JSON: what a person wants to put into a prompt, perhaps */
    lint_add_raw(l, TKC_ROLE_NONE, 0, text.len, LINT_SEG_DATA | LINT_SEG_PLAIN);
}

void lint_load_jsonl(tkc_linter *l)
{
    size_t at = 0, bad = 0;
    while (at < l->src.len && !l->st) {
        size_t end = lint_line_end(l->src, at);
        if (lint_trim((tkc_str){l->src.ptr + at, end - at}).len) {
            tkc_error e = {0};
            size_t n_seg = l->n_seg;
            const char c = l->src.ptr[at];
            if (c == '{' || c == '[' || c == '"') {
                tkc_status st = tkc_json_parse(&l->json, (tkc_str){l->src.ptr + at, end - at}, NULL, &e);
                if (st) {
                    bool was = l->broken;
                    if (bad++ < 100) unreadable(l, at, &e);
                    l->broken = was;
                } else if (tkc_request_shape(&l->json, 0, NULL) != TKC_DIALECT_AUTO) {
                    (void)read_request(l, at, end, true);
                }
                if (!st && tkc_json_kind_of(&l->json, 0) == TKC_JSON_STRING) { /* as "count --jsonl" has them */
                    lint_add_json(l, &l->json, 0, at, TKC_ROLE_USER, LINT_SEG_DATA);
                    l->n_request++;
                } else if (!st && l->n_seg == n_seg) { /* a record with a text */
                    static const char *const key[] = {"prompt", "text", "content", "instruction", "input"};
                    for (size_t k = 0; k < sizeof key / sizeof *key; k++) {
                        uint32_t v = member(&l->json, 0, key[k]);
                        if (v != TKC_JSON_NONE && tkc_json_kind_of(&l->json, v) == TKC_JSON_STRING)
                            lint_add_json(l, &l->json, v, at, TKC_ROLE_USER, LINT_SEG_DATA);
                    }
                    l->n_request++;
                }
            } else if (bad++ < 100) {
                lint_report(l, TKC_TC902, at, at + 1, "expected one JSON value a line");
            }
        }
        at = end + 1;
    }
}

void lint_load_yaml_prompt(tkc_linter *l)
{
    tkc_request_options o = {.struct_size = sizeof o, .dialect = TKC_DIALECT_YAML};
    tkc_error e = {0};
    tkc_status st = tkc_request_read(&l->req, l->src, &o, &e);
    if (st) {
        if (l->kind == TKC_LINT_YAML && strncmp(e.message, "YAML: ", 6) != 0)
            l->no_prompt = true; /* some other YAML */
        else
            unreadable(l, 0, &e);
        return;
    }
    l->whole = true;
    add_parts(l, 0, true);
    l->n_request = 1;
    lint_rule_request(l, 0);
}
