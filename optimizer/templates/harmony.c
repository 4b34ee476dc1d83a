/*
 * harmony.c - gpt-oss: the Harmony format as OpenAI's chat template for the model writes it.
 * Tools become TypeScript.
 *
 * The template's rendering of nested objects and unions carries line breaks and blanks of the
 * template itself; they are kept, because they are what the model is given.
 */
#include "optimizer/templates/writer.h"

#include "vocab/base/error.h"

/* The TypeScript of one schema is collected in a buffer: how an array of it is written depends
 * on its length. */
static void add(tkc_writer *w, tkc_buf *b, const char *s)
{
    if (!w->status) w->status = tkc_buf_append(b, s, strlen(s), w->err);
}

static void add_str(tkc_writer *w, tkc_buf *b, tkc_value v)
{
    if (!w->status && tkc_defined(v)) w->status = tkc_pystr(v.doc, v.i, b, w->err);
}

/* "a" + v: only strings can be added. */
static void add_text(tkc_writer *w, tkc_buf *b, const char *before, tkc_value v)
{
    if (!tkc_is(v, TKC_JSON_STRING)) tkc_w_refuse(w, 0, "a tool's field that is no string");
    add(w, b, before);
    add_str(w, b, v);
}

static void add_json(tkc_writer *w, tkc_buf *b, tkc_value v)
{
    if (!w->status) w->status = tkc_tojson(v.doc, v.i, NULL, b, w->err);
}

static void joined(tkc_writer *w, tkc_buf *b, tkc_value list, const char *between)
{
    for (uint32_t k = tkc_json_first(list.doc, list.i); k != TKC_JSON_NONE;
         k = tkc_json_next(list.doc, list.i, k)) {
        if (k != tkc_json_first(list.doc, list.i)) add(w, b, between);
        add_str(w, b, (tkc_value){list.doc, k});
    }
}

static void type_of(tkc_writer *w, tkc_value v, tkc_buf *b, unsigned depth);

static void array_of(tkc_writer *w, tkc_value v, tkc_buf *b, unsigned depth)
{
    const tkc_value of = tkc_get(v, "items"), kind = tkc_get(of, "type");
    const size_t at = b->len;
    if (!tkc_truth(of)) {
        add(w, b, "any[]");
    } else if (tkc_is_text(kind, "string")) {
        add(w, b, "string[]");
    } else if (tkc_is_text(kind, "number") || tkc_is_text(kind, "integer")) {
        add(w, b, "number[]");
    } else if (tkc_is_text(kind, "boolean")) {
        add(w, b, "boolean[]");
    } else {
        size_t n = 0;
        type_of(w, of, b, depth + 1);
        for (size_t i = at; i < b->len; i++) n += ((unsigned char)b->ptr[i] & 0xc0) != 0x80;
        if (n > 50 || tkc_eq((tkc_str){b->ptr + at, b->len - at}, "object | object")) {
            b->len = at;
            add(w, b, "any");
        }
        add(w, b, "[]");
    }
    if (tkc_truth(tkc_get(v, "nullable"))) add(w, b, " | null");
}

static void one_of(tkc_writer *w, tkc_value list, tkc_buf *b, unsigned depth)
{
    bool objects = false;
    if (!tkc_is(list, TKC_JSON_ARRAY)) {
        tkc_w_refuse(w, 0, "a tool's oneOf is no list");
        return;
    }
    for (uint32_t k = tkc_json_first(list.doc, list.i); k != TKC_JSON_NONE;
         k = tkc_json_next(list.doc, list.i, k))
        objects = objects || tkc_is_text(tkc_get((tkc_value){list.doc, k}, "type"), "object");
    if (objects && tkc_json_count(list.doc, list.i) > 1) {
        add(w, b, "any");
        return;
    }
    for (uint32_t k = tkc_json_first(list.doc, list.i); k != TKC_JSON_NONE;) {
        const tkc_value v = {list.doc, k};
        type_of(w, v, b, depth + 1);
        if (tkc_truth(tkc_get(v, "description"))) add_text(w, b, "// ", tkc_get(v, "description"));
        if (tkc_defined(tkc_get(v, "default"))) {
            add(w, b, "                    // default: ");
            add_json(w, b, tkc_get(v, "default"));
        }
        k = tkc_json_next(list.doc, list.i, k);
        if (k != TKC_JSON_NONE) add(w, b, " | \n");
    }
}

static void object_of(tkc_writer *w, tkc_value v, tkc_buf *b, unsigned depth)
{
    const tkc_value properties = tkc_get(v, "properties");
    tkc_members m;
    tkc_names required;
    if (!tkc_truth(properties)) {
        add(w, b, "object");
        return;
    }
    add(w, b, "{\n");
    if (!tkc_w_members(w, properties, TKC_MEMBERS_AS_IS, &m)) {
        tkc_w_refuse(w, 0, "a tool's properties are no object");
        return;
    }
    tkc_names_of(w, tkc_get(v, "required"), &required);
    for (size_t k = 0; k < m.n; k++) {
        const tkc_value key = {properties.doc, m.at[k].key};
        add_str(w, b, key);
        if (!tkc_names_have(w, &required, key)) add(w, b, "?");
        add(w, b, ": \n                ");
        type_of(w, (tkc_value){properties.doc, m.at[k].value}, b, depth + 1);
        if (k + 1 < m.n) add(w, b, ", ");
    }
    tkc_names_release(&required);
    tkc_members_release(&m);
    add(w, b, "}");
}

static void type_of(tkc_writer *w, tkc_value v, tkc_buf *b, unsigned depth)
{
    const tkc_value type = tkc_get(v, "type");
    const bool null = tkc_truth(tkc_get(v, "nullable"));
    if (depth >= TKC_SCHEMA_DEPTH && !w->status)
        w->status = tkc_fail(w->err, TKC_E_LIMIT, 0, "a tool's schema is nested deeper than %d",
                             (int)TKC_SCHEMA_DEPTH);
    if (w->status) return;
    if (tkc_is_text(type, "array")) {
        array_of(w, v, b, depth);
    } else if (tkc_is(type, TKC_JSON_ARRAY) && tkc_truth(type)) {
        joined(w, b, type, " | ");
    } else if (tkc_truth(tkc_get(v, "oneOf"))) {
        one_of(w, tkc_get(v, "oneOf"), b, depth);
    } else if (tkc_is_text(type, "string")) {
        const tkc_value values = tkc_get(v, "enum");
        if (tkc_is(values, TKC_JSON_ARRAY) && tkc_truth(values)) {
            add(w, b, "\"");
            joined(w, b, values, "\" | \"");
            add(w, b, "\"");
        } else {
            add(w, b, null ? "string | null" : "string");
        }
    } else if (tkc_is_text(type, "number") || tkc_is_text(type, "integer")) {
        add(w, b, "number");
    } else if (tkc_is_text(type, "boolean")) {
        add(w, b, "boolean");
    } else if (tkc_is_text(type, "object")) {
        object_of(w, v, b, depth);
    } else {
        add(w, b, "any");
    }
}

static void parameter(tkc_writer *w, tkc_value key, tkc_value v, bool optional, tkc_buf *b)
{
    const tkc_value standard = tkc_get(v, "default");
    if (tkc_truth(tkc_get(v, "description"))) {
        add_text(w, b, "// ", tkc_get(v, "description"));
        add(w, b, "\n");
    }
    add_str(w, b, key);
    add(w, b, optional ? "?: " : ": ");
    type_of(w, v, b, 0);
    if (tkc_defined(standard)) {
        if (tkc_truth(tkc_get(v, "enum"))) {
            add_text(w, b, ", // default: ", standard);
        } else if (tkc_truth(tkc_get(v, "oneOf"))) {
            add_text(w, b, "// default: ", standard);
        } else {
            add(w, b, ", // default: ");
            add_json(w, b, standard);
        }
    }
    add(w, b, ",\n");
}

static void tool(tkc_writer *w, tkc_value f, tkc_buf *b)
{
    const tkc_value schema = tkc_get(f, "parameters"), properties = tkc_get(schema, "properties");
    tkc_members m;
    tkc_names required;
    add_text(w, b, "// ", tkc_get(f, "description"));
    add_text(w, b, "\ntype ", tkc_get(f, "name"));
    if (!tkc_truth(properties) || !tkc_w_members(w, properties, TKC_MEMBERS_AS_IS, &m)) {
        add(w, b, " = () => any;\n\n");
        return;
    }
    add(w, b, " = (_: {\n");
    tkc_names_of(w, tkc_get(schema, "required"), &required);
    for (size_t k = 0; k < m.n; k++) {
        const tkc_value key = {properties.doc, m.at[k].key};
        parameter(w, key, (tkc_value){properties.doc, m.at[k].value},
                  !tkc_names_have(w, &required, key), b);
    }
    tkc_names_release(&required);
    tkc_members_release(&m);
    add(w, b, "}) => any;\n\n");
}

static void developer(tkc_writer *w, const tkc_chat_message *given)
{
    tkc_buf b;
    LIT(w, "<|start|>developer<|message|>");
    if (given && given->content.len) {
        w->origin = 0;
        LIT(w, "# Instructions\n\n");
        txt(w, given->content);
        LIT(w, "\n\n");
    }
    if (w->chat->n_tool) {
        w->origin = TKC_ORIGIN_TOOLS;
        LIT(w, "# Tools\n\n## functions\n\nnamespace functions {\n\n");
        tkc_buf_init(&b, (size_t)1 << 34, w->alloc);
        for (size_t i = 0; i < w->chat->n_tool; i++)
            tool(w, tkc_get(tkc_tool(w, i), "function"), &b);
        txt(w, tkc_buf_str(&b));
        tkc_buf_release(&b);
        LIT(w, "} // namespace functions");
    }
    w->origin = TKC_ORIGIN_FRAME;
    LIT(w, "<|end|>");
}

static void analysis(tkc_writer *w, tkc_str s)
{
    LIT(w, "<|start|>assistant<|channel|>analysis<|message|>");
    txt(w, s);
    LIT(w, "<|end|>");
}

static bool names_a_channel(tkc_str s)
{
    return tkc_has(s, "<|channel|>analysis<|message|>") ||
           tkc_has(s, "<|channel|>final<|message|>");
}

static void assistant(tkc_writer *w, size_t i, bool final_follows, tkc_str *called)
{
    const tkc_chat_message *m = &w->chat->message[i];
    const bool last = i + 1 == w->chat->n_message && !w->opt->add_generation_prompt;
    if (names_a_channel(m->content) || names_a_channel(m->thinking)) {
        tkc_w_refuse(w, i, "it spells a channel of its own");
        return;
    }
    if (m->n_call) {
        if (m->content.len && m->thinking.len) {
            tkc_w_refuse(w, i, "content and reasoning beside a call");
            return;
        }
        if (!final_follows && (m->content.len || m->thinking.len))
            analysis(w, m->content.len ? m->content : m->thinking);
        LIT(w, "<|start|>assistant to=functions.");
        txt(w, m->call[0].name);
        LIT(w, "<|channel|>commentary json<|message|>");
        tkc_w_args_json(w, &m->call[0], NULL);
        LIT(w, "<|call|>");
        *called = m->call[0].name;
        return;
    }
    if (last && m->has_thinking) analysis(w, m->thinking);
    LIT(w, "<|start|>assistant<|channel|>final<|message|>");
    txt(w, m->content);
    if (last) {
        LIT(w, "<|return|>");
    } else {
        LIT(w, "<|end|>");
        *called = (tkc_str){NULL, 0};
    }
}

void tkc_harmony_system(tkc_writer *w)
{
    const tkc_str effort = w->opt->reasoning_effort;
    LIT(w, "<|start|>system<|message|>You are ChatGPT, a large language model trained by "
           "OpenAI.\nKnowledge cutoff: 2024-06\nCurrent date: ");
    tkc_w_date(w, "%Y-%m-%d");
    LIT(w, "\n\nReasoning: ");
    if (effort.len)
        txt(w, effort);
    else
        LIT(w, "medium");
    LIT(w, "\n\n# Valid channels: analysis, commentary, final. Channel must be included for every "
           "message.");
    if (w->chat->n_tool) LIT(w, "\nCalls to these tools must go to the commentary channel: 'functions'.");
    LIT(w, "<|end|>");
}

void tkc_template_gpt_oss(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const bool given =
        c->message[0].role == TKC_CHAT_SYSTEM || c->message[0].role == TKC_CHAT_DEVELOPER;
    tkc_str called = {NULL, 0};
    size_t last_final = 0; /* index behind the last assistant message without a call */
    tkc_harmony_system(w);
    if ((given && c->message[0].content.len) || c->n_tool)
        developer(w, given ? &c->message[0] : NULL);
    for (size_t i = given ? 1 : 0; i < c->n_message; i++)
        if (c->message[i].role == TKC_CHAT_ASSISTANT && !c->message[i].n_call) last_final = i + 1;
    for (size_t i = given ? 1 : 0; i < c->n_message && !w->status; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_ASSISTANT) {
            assistant(w, i, i < last_final, &called);
        } else if (m->role == TKC_CHAT_TOOL) {
            if (!called.ptr) {
                tkc_w_refuse(w, i, "a tool message without a call before it");
                return;
            }
            LIT(w, "<|start|>functions.");
            txt(w, called);
            LIT(w, " to=assistant<|channel|>commentary<|message|>");
            tkc_w_json_text(w, m->content);
            LIT(w, "<|end|>");
        } else if (m->role == TKC_CHAT_USER) {
            LIT(w, "<|start|>user<|message|>");
            txt(w, m->content);
            LIT(w, "<|end|>");
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "<|start|>assistant");
}
