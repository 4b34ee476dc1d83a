/*
 * harmony_lib.c - Harmony as OpenAI's own library (openai-harmony) writes it, with the library's
 * documented way from a chat to Harmony messages: reasoning on the analysis channel, calls on
 * commentary to functions.NAME, answers on final. vLLM and others render gpt-oss requests so.
 *
 * Not the model's jinja template (harmony.c): tools, results and calls are laid out otherwise.
 */
#include "optimizer/templates/writer.h"

#include "vocab/base/error.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct ts {
    tkc_writer *w;
    tkc_buf *b;
} ts;

static void add_n(ts *t, const char *s, size_t n)
{
    if (!t->w->status) t->w->status = tkc_buf_append(t->b, s, n, t->w->err);
}

static void add(ts *t, const char *s)
{
    add_n(t, s, strlen(s));
}

static void blanks(ts *t, size_t n)
{
    while (n--) add(t, " ");
}

static void add_text(ts *t, tkc_value v)
{
    const tkc_str s = tkc_text_of(t->w, v);
    add_n(t, s.ptr, s.len);
}

/* A number as Rust's serde_json prints it: like Python, but 1e-7 and 1e16 without padding and
 * plus sign, and 0.00001 written out. */
static void add_number(ts *t, tkc_value v)
{
    tkc_buf one;
    const char *e;
    tkc_buf_init(&one, 1 << 20, t->w->alloc);
    if (!t->w->status) t->w->status = tkc_pystr(v.doc, v.i, &one, t->w->err);
    if (!t->w->status) t->w->status = tkc_buf_append_byte(&one, '\0', t->w->err);
    if (!t->w->status) {
        e = strchr(one.ptr, 'e');
        if (!e) {
            add(t, one.ptr);
        } else if (strtol(e + 1, NULL, 10) == -5) {
            const char *p = one.ptr;
            if (*p == '-') add(t, "-");
            add(t, "0.0000");
            for (; p < e; p++)
                if (*p >= '0' && *p <= '9') add_n(t, p, 1);
        } else {
            char exponent[16];
            add_n(t, one.ptr, (size_t)(e - one.ptr));
            snprintf(exponent, sizeof exponent, "e%ld", strtol(e + 1, NULL, 10));
            add(t, exponent);
        }
    }
    tkc_buf_release(&one);
}

static void add_json(ts *t, tkc_value v)
{
    static const tkc_tojson_style compact = {.compact = true};
    if (tkc_is(v, TKC_JSON_NUMBER))
        add_number(t, v);
    else if (!t->w->status)
        t->w->status = tkc_tojson(v.doc, v.i, &compact, t->b, t->w->err);
}

static bool is_enum(tkc_value v)
{
    const tkc_value e = tkc_get(v, "enum");
    return tkc_is(e, TKC_JSON_ARRAY) && tkc_truth(e);
}

/* default: "x"; bare: of an enum without the quotes, as beside a property's name. */
static void add_default(ts *t, tkc_value schema, bool bare)
{
    const tkc_value d = tkc_get(schema, "default");
    add(t, "default: ");
    if (tkc_is(d, TKC_JSON_STRING) && is_enum(schema) && bare) {
        add_text(t, d);
    } else if (tkc_is(d, TKC_JSON_STRING) && !is_enum(schema)) {
        add(t, "\"");
        add_text(t, d);
        add(t, "\"");
    } else {
        add_json(t, d);
    }
}

static void type_of(ts *t, tkc_value v, size_t indent, unsigned depth);

/* The type and " | null" where it is nullable and does not say so itself. */
static void nullable_type(ts *t, tkc_value v, size_t indent, unsigned depth)
{
    const size_t at = t->b->len;
    type_of(t, v, indent, depth);
    if (t->w->status || !tkc_is(tkc_get(v, "nullable"), TKC_JSON_TRUE)) return;
    if (!tkc_has((tkc_str){t->b->ptr + at, t->b->len - at}, "null")) add(t, " | null");
}

static void comment_line(ts *t, tkc_value text, size_t indent)
{
    blanks(t, indent);
    add(t, "// ");
    add_text(t, text);
    add(t, "\n");
}

/* oneOf anywhere but directly below a property: one variant a line. */
static void variants(ts *t, tkc_value list, size_t indent, unsigned depth)
{
    for (uint32_t k = tkc_json_first(list.doc, list.i); k != TKC_JSON_NONE;
         k = tkc_json_next(list.doc, list.i, k)) {
        const tkc_value v = {list.doc, k}, d = tkc_get(v, "description");
        const bool described = tkc_is(d, TKC_JSON_STRING);
        add(t, "\n");
        blanks(t, indent);
        add(t, " | ");
        nullable_type(t, v, indent + 3, depth + 1);
        if (described) {
            add(t, " // ");
            add_text(t, d);
        }
        if (tkc_defined(tkc_get(v, "default"))) {
            add(t, described ? " " : " // ");
            add_default(t, v, false);
        }
    }
}

/* A property that is a oneOf: its description above, then the variants with their own. */
static void variant_property(ts *t, tkc_value key, tkc_value v, size_t indent, bool optional,
                             unsigned depth)
{
    const tkc_value list = tkc_get(v, "oneOf"), own = tkc_get(v, "description");
    const uint32_t first = tkc_json_first(list.doc, list.i);
    bool above = false;
    if (tkc_is(own, TKC_JSON_STRING) &&
        !(first != TKC_JSON_NONE &&
          tkc_same_text(t->w, own, tkc_get((tkc_value){list.doc, first}, "description")))) {
        comment_line(t, own, indent);
        above = true;
    }
    if (tkc_defined(tkc_get(v, "default"))) {
        blanks(t, indent);
        add(t, "// ");
        add_default(t, v, true);
        add(t, "\n");
    }
    blanks(t, indent);
    add_text(t, key);
    add(t, optional ? "?:\n" : ":\n");
    for (uint32_t k = first; k != TKC_JSON_NONE; k = tkc_json_next(list.doc, list.i, k)) {
        const tkc_value one = {list.doc, k}, d = tkc_get(one, "description");
        const bool described =
            !(k == first && above) && tkc_is(d, TKC_JSON_STRING) && !tkc_same_text(t->w, d, own);
        blanks(t, indent);
        add(t, " | ");
        nullable_type(t, one, indent + 3, depth + 1);
        if (described) {
            add(t, " // ");
            add_text(t, d);
        }
        if (tkc_defined(tkc_get(one, "default"))) {
            add(t, described ? " " : " // ");
            add_default(t, one, true);
        }
        add(t, "\n");
    }
    blanks(t, indent);
    add(t, ",\n");
}

static void examples(ts *t, tkc_value list, size_t indent)
{
    if (!tkc_is(list, TKC_JSON_ARRAY) || !tkc_truth(list)) return;
    blanks(t, indent);
    add(t, "// Examples:\n");
    for (uint32_t k = tkc_json_first(list.doc, list.i); k != TKC_JSON_NONE;
         k = tkc_json_next(list.doc, list.i, k)) {
        if (tkc_json_kind_of(list.doc, k) != TKC_JSON_STRING) continue;
        blanks(t, indent);
        add(t, "// - \"");
        add_text(t, (tkc_value){list.doc, k});
        add(t, "\"\n");
    }
}

static void property(ts *t, tkc_value key, tkc_value v, size_t indent, bool optional,
                     unsigned depth)
{
    const bool one_of = tkc_defined(tkc_get(v, "oneOf"));
    if (tkc_is(tkc_get(v, "title"), TKC_JSON_STRING)) {
        comment_line(t, tkc_get(v, "title"), indent);
        blanks(t, indent);
        add(t, "//\n");
    }
    if (!one_of && tkc_is(tkc_get(v, "description"), TKC_JSON_STRING))
        comment_line(t, tkc_get(v, "description"), indent);
    examples(t, tkc_get(v, "examples"), indent);
    if (tkc_is(tkc_get(v, "oneOf"), TKC_JSON_ARRAY)) {
        variant_property(t, key, v, indent, optional, depth);
        return;
    }
    blanks(t, indent);
    add_text(t, key);
    add(t, optional ? "?: " : ": ");
    nullable_type(t, v, indent + 4, depth + 1);
    add(t, ",");
    if (!one_of && tkc_defined(tkc_get(v, "default"))) {
        add(t, " // ");
        add_default(t, v, true);
    }
    add(t, "\n");
}

static void object(ts *t, tkc_value v, size_t indent, unsigned depth)
{
    const tkc_value properties = tkc_get(v, "properties");
    tkc_members m;
    if (tkc_is(tkc_get(v, "description"), TKC_JSON_STRING))
        comment_line(t, tkc_get(v, "description"), indent);
    add(t, "{\n");
    if (tkc_w_members(t->w, properties, TKC_MEMBERS_AS_IS, &m)) {
        tkc_names required;
        tkc_names_of(t->w, tkc_get(v, "required"), &required);
        for (size_t k = 0; k < m.n; k++) {
            const tkc_value key = {properties.doc, m.at[k].key};
            property(t, key, (tkc_value){properties.doc, m.at[k].value}, indent,
                     !tkc_names_have(t->w, &required, key), depth);
        }
        tkc_names_release(&required);
        tkc_members_release(&m);
    }
    blanks(t, indent);
    add(t, "}");
}

/* The strings of a list, quoted or not; false if there are none. */
static bool strings(ts *t, tkc_value list, bool quote)
{
    bool any = false;
    if (!tkc_is(list, TKC_JSON_ARRAY)) return false;
    for (uint32_t k = tkc_json_first(list.doc, list.i); k != TKC_JSON_NONE;
         k = tkc_json_next(list.doc, list.i, k)) {
        const tkc_value v = {list.doc, k};
        if (!tkc_is(v, TKC_JSON_STRING)) continue;
        if (any) add(t, " | ");
        any = true;
        if (quote) add(t, "\"");
        if (!quote && tkc_is_text(v, "integer"))
            add(t, "number");
        else
            add_text(t, v);
        if (quote) add(t, "\"");
    }
    return any;
}

static void type_of(ts *t, tkc_value v, size_t indent, unsigned depth)
{
    const tkc_value type = tkc_get(v, "type");
    if (depth >= TKC_SCHEMA_DEPTH && !t->w->status)
        t->w->status = tkc_fail(t->w->err, TKC_E_LIMIT, 0,
                                "a tool's schema is nested deeper than %d", (int)TKC_SCHEMA_DEPTH);
    if (t->w->status) return;
    if (tkc_is(tkc_get(v, "oneOf"), TKC_JSON_ARRAY)) {
        variants(t, tkc_get(v, "oneOf"), indent, depth);
    } else if (strings(t, type, false)) {
        return;
    } else if (tkc_is_text(type, "object")) {
        object(t, v, indent, depth);
    } else if (tkc_is_text(type, "string")) {
        if (!strings(t, tkc_get(v, "enum"), true)) add(t, "string");
    } else if (tkc_is_text(type, "number") || tkc_is_text(type, "integer")) {
        add(t, "number");
    } else if (tkc_is_text(type, "boolean")) {
        add(t, "boolean");
    } else if (tkc_is_text(type, "array")) {
        if (tkc_defined(tkc_get(v, "items"))) {
            type_of(t, tkc_get(v, "items"), indent, depth + 1);
            add(t, "[]");
        } else {
            add(t, "Array<any>");
        }
    } else {
        add(t, "any");
    }
}

/* Each line of the description behind "// ", as Rust's lines() cuts it. */
static void description(ts *t, tkc_value v)
{
    tkc_str s = tkc_text_of(t->w, v);
    while (s.len) {
        const size_t at = tkc_find(s, "\n");
        size_t n = at == SIZE_MAX ? s.len : at;
        const size_t step = at == SIZE_MAX ? n : n + 1;
        if (at != SIZE_MAX && n && s.ptr[n - 1] == '\r') n--;
        add(t, "// ");
        add_n(t, s.ptr, n);
        add(t, "\n");
        s = tkc_from(s, step);
    }
}

static void tool(ts *t, tkc_value f)
{
    description(t, tkc_get(f, "description"));
    add(t, "type ");
    add_text(t, tkc_get(f, "name"));
    if (tkc_defined(tkc_get(f, "parameters")) && !tkc_is(tkc_get(f, "parameters"), TKC_JSON_NULL)) {
        add(t, " = (_: ");
        type_of(t, tkc_get(f, "parameters"), 0, 0);
        add(t, ") => any;\n\n");
    } else {
        add(t, " = () => any;\n\n");
    }
}

static void developer(tkc_writer *w, const tkc_chat_message *given, bool with_tools)
{
    tkc_buf b;
    ts t = {w, &b};
    LIT(w, "<|start|>developer<|message|>");
    if (given) {
        LIT(w, "# Instructions\n\n");
        txt(w, given->content);
    }
    if (with_tools) {
        if (given) LIT(w, "\n\n");
        w->origin = TKC_ORIGIN_TOOLS;
        LIT(w, "# Tools\n\n## functions\n\nnamespace functions {\n\n");
        tkc_buf_init(&b, (size_t)1 << 34, w->alloc);
        for (size_t i = 0; i < w->chat->n_tool; i++) tool(&t, tkc_tool_function(w, i));
        txt(w, tkc_buf_str(&b));
        tkc_buf_release(&b);
        LIT(w, "} // namespace functions");
    }
    LIT(w, "<|end|>");
    w->origin = TKC_ORIGIN_FRAME;
}

static void said(tkc_writer *w, const char *channel, tkc_str s)
{
    LIT(w, "<|start|>assistant<|channel|>");
    lit(w, channel);
    LIT(w, "<|message|>");
    txt(w, s);
    LIT(w, "<|end|>");
}

static void assistant(tkc_writer *w, const tkc_chat_message *m, bool drop_analysis)
{
    if (m->thinking.len && !drop_analysis) said(w, "analysis", m->thinking);
    if (!m->n_call || m->content.len) said(w, m->n_call ? "commentary" : "final", m->content);
    for (size_t k = 0; k < m->n_call; k++) {
        LIT(w, "<|start|>assistant to=functions.");
        txt(w, m->call[k].name);
        LIT(w, "<|channel|>commentary <|constrain|> json<|message|>");
        txt(w, m->call[k].arguments);
        LIT(w, "<|call|>");
    }
}

void tkc_template_harmony(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const tkc_str effort = w->opt->reasoning_effort;
    const bool given =
        c->message[0].role == TKC_CHAT_SYSTEM || c->message[0].role == TKC_CHAT_DEVELOPER;
    size_t first_final = SIZE_MAX, last = SIZE_MAX;
    bool drop;
    if (effort.len && !tkc_eq(effort, "low") && !tkc_eq(effort, "medium") &&
        !tkc_eq(effort, "high")) {
        tkc_w_refuse(w, 0, "reasoning effort is low, medium or high");
        return;
    }
    tkc_harmony_system(w);
    w->origin = given ? 0 : TKC_ORIGIN_FRAME;
    if (given || c->n_tool) developer(w, given ? &c->message[0] : NULL, c->n_tool > 0);
    for (size_t i = 0; i < c->n_message; i++) {
        if (c->message[i].role != TKC_CHAT_ASSISTANT) continue;
        if (!c->message[i].n_call && first_final == SIZE_MAX) first_final = i;
        last = i;
    }
    /* Reasoning before the first answer goes when the last thing said is an answer. */
    drop = last != SIZE_MAX && !c->message[last].n_call;
    for (size_t i = given ? 1 : 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_ASSISTANT) {
            assistant(w, m, drop && i <= first_final);
        } else if (m->role == TKC_CHAT_TOOL) {
            if (m->name.len == 0) {
                tkc_w_refuse(w, i, "a tool message without the tool's name");
                return;
            }
            LIT(w, "<|start|>functions.");
            txt(w, m->name);
            LIT(w, "<|channel|>commentary<|message|>");
            txt(w, m->content);
            LIT(w, "<|end|>");
        } else if (m->role == TKC_CHAT_USER) {
            LIT(w, "<|start|>user<|message|>");
            txt(w, m->content);
            LIT(w, "<|end|>");
        } else {
            developer(w, m, false);
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "<|start|>assistant");
}
