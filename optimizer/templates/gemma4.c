/*
 * gemma4.c - Gemma 4: turns <|turn>role ... <turn|>, declarations, calls and results in a
 * notation of their own, with <|"|> for quotes and keys sorted without regard to case.
 *
 * A model turn goes on over tool results; results are written with the call they answer.
 */
#include "optimizer/templates/writer.h"

#include "vocab/base/error.h"

#define QUOTE "<|\"|>"

static void quoted(tkc_writer *w, tkc_value v)
{
    LIT(w, QUOTE);
    tkc_w_pystr(w, v);
    LIT(w, QUOTE);
}

static bool deeper(tkc_writer *w, unsigned depth)
{
    if (depth < TKC_SCHEMA_DEPTH) return !w->status;
    if (!w->status)
        w->status = tkc_fail(w->err, TKC_E_LIMIT, 0,
                             "a tool's schema or arguments are nested deeper than %d",
                             (int)TKC_SCHEMA_DEPTH);
    return false;
}

static bool is_none(tkc_value v)
{
    return tkc_is(v, TKC_JSON_NULL);
}

/* format_argument: strings in quotes, mappings sorted, numbers as Python prints them. */
static void argument(tkc_writer *w, tkc_value v, bool quote_keys, unsigned depth)
{
    tkc_members m;
    if (!tkc_defined(v) || !deeper(w, depth)) return;
    switch (tkc_json_kind_of(v.doc, v.i)) {
    case TKC_JSON_STRING:
        quoted(w, v);
        return;
    case TKC_JSON_TRUE:
        LIT(w, "true");
        return;
    case TKC_JSON_FALSE:
        LIT(w, "false");
        return;
    case TKC_JSON_OBJECT:
        LIT(w, "{");
        if (!tkc_w_members(w, v, TKC_MEMBERS_BY_NOCASE, &m)) return;
        for (size_t k = 0; k < m.n; k++) {
            if (k) LIT(w, ",");
            if (quote_keys)
                quoted(w, (tkc_value){v.doc, m.at[k].key});
            else
                tkc_w_pystr(w, (tkc_value){v.doc, m.at[k].key});
            LIT(w, ":");
            argument(w, (tkc_value){v.doc, m.at[k].value}, quote_keys, depth + 1);
        }
        tkc_members_release(&m);
        LIT(w, "}");
        return;
    case TKC_JSON_ARRAY:
        LIT(w, "[");
        for (uint32_t k = tkc_json_first(v.doc, v.i); k != TKC_JSON_NONE;
             k = tkc_json_next(v.doc, v.i, k)) {
            if (k != tkc_json_first(v.doc, v.i)) LIT(w, ",");
            argument(w, (tkc_value){v.doc, k}, quote_keys, depth + 1);
        }
        LIT(w, "]");
        return;
    default:
        tkc_w_pystr(w, v);
    }
}

/* v|upper: str(v) with capital letters (beyond ASCII as they are). */
static void upper(tkc_writer *w, tkc_value v)
{
    tkc_buf b;
    if (w->status || !tkc_defined(v)) return;
    tkc_buf_init(&b, (size_t)1 << 34, w->alloc);
    w->status = tkc_pystr(v.doc, v.i, &b, w->err);
    for (size_t i = 0; i < b.len; i++)
        if (b.ptr[i] >= 'a' && b.ptr[i] <= 'z') b.ptr[i] = (char)(b.ptr[i] - 32);
    txt(w, tkc_buf_str(&b));
    tkc_buf_release(&b);
}

static bool type_is(tkc_writer *w, tkc_value schema, const char *name)
{
    const tkc_str s = tkc_text_of(w, tkc_get(schema, "type"));
    if (s.len != strlen(name)) return false;
    for (size_t i = 0; i < s.len; i++)
        if ((s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? s.ptr[i] - 32 : s.ptr[i]) != name[i])
            return false;
    return true;
}

static void required_list(tkc_writer *w, tkc_value list)
{
    LIT(w, "required:[");
    for (uint32_t k = tkc_is(list, TKC_JSON_ARRAY) ? tkc_json_first(list.doc, list.i)
                                                   : TKC_JSON_NONE;
         k != TKC_JSON_NONE; k = tkc_json_next(list.doc, list.i, k)) {
        if (k != tkc_json_first(list.doc, list.i)) LIT(w, ",");
        quoted(w, (tkc_value){list.doc, k});
    }
    LIT(w, "]");
}

static void comma(tkc_writer *w, bool *add)
{
    if (*add) LIT(w, ",");
    *add = true;
}

static void properties(tkc_writer *w, tkc_value object, unsigned depth);

static void item_type(tkc_writer *w, tkc_value v)
{
    if (!tkc_is(v, TKC_JSON_ARRAY)) {
        LIT(w, QUOTE);
        upper(w, v);
        LIT(w, QUOTE);
        return;
    }
    LIT(w, "[");
    for (uint32_t k = tkc_json_first(v.doc, v.i); k != TKC_JSON_NONE;
         k = tkc_json_next(v.doc, v.i, k)) {
        if (k != tkc_json_first(v.doc, v.i)) LIT(w, ",");
        LIT(w, QUOTE);
        upper(w, (tkc_value){v.doc, k});
        LIT(w, QUOTE);
    }
    LIT(w, "]");
}

static void items(tkc_writer *w, tkc_value v, unsigned depth)
{
    tkc_members m;
    bool found = false;
    LIT(w, "items:{");
    if (!tkc_w_members(w, v, TKC_MEMBERS_BY_NOCASE, &m)) return;
    for (size_t k = 0; k < m.n; k++) {
        const tkc_value key = {v.doc, m.at[k].key}, one = {v.doc, m.at[k].value};
        if (is_none(one)) continue;
        if (found) LIT(w, ",");
        found = true;
        if (tkc_is_text(key, "properties")) {
            LIT(w, "properties:{");
            if (tkc_is(one, TKC_JSON_OBJECT)) properties(w, one, depth + 1);
            LIT(w, "}");
        } else if (tkc_is_text(key, "required")) {
            required_list(w, one);
        } else if (tkc_is_text(key, "type")) {
            LIT(w, "type:");
            item_type(w, one);
        } else {
            tkc_w_pystr(w, key);
            LIT(w, ":");
            argument(w, one, true, depth + 1);
        }
    }
    tkc_members_release(&m);
    LIT(w, "}");
}

static void one_property(tkc_writer *w, tkc_value v, unsigned depth)
{
    bool add = false;
    if (tkc_truth(tkc_get(v, "description"))) {
        LIT(w, "description:");
        quoted(w, tkc_get(v, "description"));
        add = true;
    }
    if (type_is(w, v, "STRING")) {
        if (tkc_truth(tkc_get(v, "enum"))) {
            comma(w, &add);
            LIT(w, "enum:");
            argument(w, tkc_get(v, "enum"), true, depth + 1);
        }
    } else if (type_is(w, v, "ARRAY")) {
        const tkc_value of = tkc_get(v, "items");
        if (tkc_is(of, TKC_JSON_OBJECT) && tkc_truth(of)) {
            comma(w, &add);
            items(w, of, depth + 1);
        }
    }
    if (tkc_truth(tkc_get(v, "nullable"))) {
        comma(w, &add);
        LIT(w, "nullable:true");
    }
    if (type_is(w, v, "OBJECT")) {
        const tkc_value inner = tkc_get(v, "properties");
        comma(w, &add);
        LIT(w, "properties:{");
        properties(w, tkc_is(inner, TKC_JSON_OBJECT) ? inner : v, depth + 1);
        LIT(w, "}");
        if (tkc_truth(tkc_get(v, "required"))) {
            comma(w, &add);
            required_list(w, tkc_get(v, "required"));
        }
    }
    comma(w, &add);
    LIT(w, "type:" QUOTE);
    upper(w, tkc_get(v, "type"));
    LIT(w, QUOTE "}");
}

/* format_parameters: what is no keyword of the schema language is a property. */
static void properties(tkc_writer *w, tkc_value object, unsigned depth)
{
    static const char *const standard[] = {"description", "type", "properties", "required",
                                           "nullable"};
    tkc_members m;
    bool found = false;
    if (!deeper(w, depth) || !tkc_w_members(w, object, TKC_MEMBERS_BY_NOCASE, &m)) return;
    for (size_t k = 0; k < m.n; k++) {
        const tkc_value key = {object.doc, m.at[k].key};
        bool skip = false;
        for (size_t i = 0; i < 5; i++) skip = skip || tkc_is_text(key, standard[i]);
        if (skip) continue;
        if (found) LIT(w, ",");
        found = true;
        tkc_w_pystr(w, key);
        LIT(w, ":{");
        one_property(w, (tkc_value){object.doc, m.at[k].value}, depth);
    }
    tkc_members_release(&m);
}

static void declaration(tkc_writer *w, size_t i)
{
    const tkc_value f = tkc_get(tkc_tool(w, i), "function"), p = tkc_get(f, "parameters"),
                    r = tkc_get(f, "response");
    LIT(w, "<|tool>declaration:");
    tkc_w_pystr(w, tkc_get(f, "name"));
    LIT(w, "{description:");
    quoted(w, tkc_get(f, "description"));
    if (tkc_truth(p)) {
        LIT(w, ",parameters:{");
        if (tkc_truth(tkc_get(p, "properties"))) {
            LIT(w, "properties:{");
            properties(w, tkc_get(p, "properties"), 0);
            LIT(w, "},");
        }
        if (tkc_truth(tkc_get(p, "required"))) {
            required_list(w, tkc_get(p, "required"));
            LIT(w, ",");
        }
        if (tkc_truth(tkc_get(p, "type"))) {
            LIT(w, "type:" QUOTE);
            upper(w, tkc_get(p, "type"));
            LIT(w, QUOTE "}");
        }
    }
    if (tkc_defined(r)) {
        LIT(w, ",response:{");
        if (tkc_truth(tkc_get(r, "description"))) {
            LIT(w, "description:");
            quoted(w, tkc_get(r, "description"));
            LIT(w, ",");
        }
        if (type_is(w, r, "OBJECT")) LIT(w, "type:" QUOTE "OBJECT" QUOTE "}");
    }
    LIT(w, "}<tool|>");
}

static void call(tkc_writer *w, const tkc_chat_call *c)
{
    const tkc_value args = tkc_call_args(w, c);
    tkc_members m;
    LIT(w, "<|tool_call>call:");
    txt(w, c->name);
    LIT(w, "{");
    if (!tkc_defined(args)) {
        txt(w, c->arguments);
    } else if (tkc_w_members(w, args, TKC_MEMBERS_BY_NOCASE, &m)) {
        for (size_t k = 0; k < m.n; k++) {
            if (k) LIT(w, ",");
            tkc_w_pystr(w, (tkc_value){args.doc, m.at[k].key});
            LIT(w, ":");
            argument(w, (tkc_value){args.doc, m.at[k].value}, false, 0);
        }
        tkc_members_release(&m);
    }
    LIT(w, "}<tool_call|>");
}

/* The results that follow message i; true if there was one. */
static bool results(tkc_writer *w, size_t i)
{
    const tkc_chat *c = w->chat;
    size_t k = i + 1;
    tkc_ids ids;
    if (k == c->n_message || c->message[k].role != TKC_CHAT_TOOL) return false;
    if (!tkc_ids_of(w, i, i + 1, false, &ids)) return false;
    for (; k < c->n_message && c->message[k].role == TKC_CHAT_TOOL; k++) {
        const tkc_chat_message *m = &c->message[k];
        const size_t at = tkc_ids_last(&ids, m->call_id);
        w->origin = (ptrdiff_t)k;
        LIT(w, "<|tool_response>response:");
        if (at != SIZE_MAX)
            txt(w, c->message[i].call[ids.entry[at].at].name);
        else if (m->name.len)
            txt(w, m->name);
        else
            LIT(w, "unknown");
        LIT(w, "{value:" QUOTE);
        txt(w, m->content);
        LIT(w, QUOTE "}<tool_response|>");
    }
    tkc_ids_release(&ids);
    w->origin = (ptrdiff_t)i;
    return true;
}

/* What stands between <|channel> and <channel|> is dropped, the rest trimmed as one text. */
static void without_thoughts(tkc_writer *w, tkc_str s)
{
    tkc_buf b;
    if (!tkc_has(s, "channel")) {
        txt(w, trim(s));
        return;
    }
    tkc_buf_init(&b, s.len + 1, w->alloc);
    while (!w->status) {
        const tkc_str part = tkc_before(s, "<channel|>"), kept = tkc_before(part, "<|channel>");
        w->status = tkc_buf_append(&b, kept.ptr, kept.len, w->err);
        if (part.len == s.len) break;
        s = tkc_from(s, part.len + strlen("<channel|>"));
    }
    txt(w, trim(tkc_buf_str(&b)));
    tkc_buf_release(&b);
}

static void system_turn(tkc_writer *w, bool given, bool thinks)
{
    LIT(w, "<|turn>system\n");
    if (thinks) LIT(w, "<|think|>\n");
    if (given) {
        w->origin = 0;
        txt(w, trim(w->chat->message[0].content));
    }
    w->origin = TKC_ORIGIN_TOOLS;
    for (size_t i = 0; i < w->chat->n_tool; i++) declaration(w, i);
    w->origin = TKC_ORIGIN_FRAME;
    LIT(w, "<turn|>\n");
}

void tkc_template_gemma4(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const bool given =
        c->message[0].role == TKC_CHAT_SYSTEM || c->message[0].role == TKC_CHAT_DEVELOPER;
    const bool thinks = w->opt->thinking == TKC_THINKING_ON;
    const size_t first = given ? 1 : 0;
    size_t last_user = 0;
    tkc_chat_role before = TKC_CHAT_TOOL; /* of the last message that is no result */
    bool answered = false, called = false;
    LIT(w, "<bos>");
    if (thinks || c->n_tool || given) system_turn(w, given, thinks);
    for (size_t i = first; i < c->n_message; i++)
        if (c->message[i].role == TKC_CHAT_USER) last_user = i + 1;
    for (size_t i = first; i < c->n_message && !w->status; i++) {
        const tkc_chat_message *m = &c->message[i];
        const bool model = m->role == TKC_CHAT_ASSISTANT;
        if (m->role == TKC_CHAT_TOOL) continue;
        w->origin = (ptrdiff_t)i;
        called = m->n_call > 0;
        if (!model) {
            LIT(w, "<|turn>");
            tkc_w_role(w, m->role);
            LIT(w, "\n");
        } else if (before != TKC_CHAT_ASSISTANT) {
            LIT(w, "<|turn>model\n");
        }
        before = m->role;
        if (m->thinking.len && i >= last_user && m->n_call) {
            LIT(w, "<|channel>thought\n");
            txt(w, m->thinking);
            LIT(w, "\n<channel|>");
        }
        for (size_t k = 0; k < m->n_call; k++) call(w, &m->call[k]);
        answered = called && results(w, i);
        if (model)
            without_thoughts(w, m->content);
        else
            txt(w, trim(m->content));
        if (called && !answered)
            LIT(w, "<|tool_response>");
        else if (!(answered && m->content.len == 0))
            LIT(w, "<turn|>\n");
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (!w->opt->add_generation_prompt || called) return;
    LIT(w, "<|turn>model\n");
    if (!thinks) LIT(w, "<|channel>thought\n<channel|>");
}
