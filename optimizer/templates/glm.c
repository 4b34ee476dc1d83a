/*
 * glm.c - GLM-4 (0414), 4.5, 4.6, 4.7, 5, 5.1 and 5.2: [gMASK]<sop>, then <|role|> turns.
 *
 * From 4.5 on calls are <arg_key>/<arg_value> pairs and reasoning is kept behind the last user
 * message only. The revisions differ in newlines, in how thinking is switched off and, from
 * 5.1 on, in how a tool is written; each difference is a field of glm_form.
 */
#include "optimizer/templates/writer.h"

/* --- GLM-4 0414 ---------------------------------------------------------------------------- */

void tkc_template_glm4_0414(tkc_writer *w)
{
    static const tkc_tojson_style wide = {.indent = 4};
    const tkc_chat *c = w->chat;
    LIT(w, "[gMASK]<sop>");
    if (c->n_tool) {
        w->origin = TKC_ORIGIN_TOOLS;
        LIT(w, "<|system|>\n# \xe5\x8f\xaf\xe7\x94\xa8\xe5\xb7\xa5\xe5\x85\xb7\n");
        for (size_t i = 0; i < c->n_tool; i++) {
            LIT(w, "\n## ");
            tkc_w_pystr(w, tkc_get(tkc_tool_function(w, i), "name"));
            LIT(w, "\n\n");
            tkc_w_json(w, tkc_tool_function(w, i), &wide);
            LIT(w, "\n\xe5\x9c\xa8\xe8\xb0\x83\xe7\x94\xa8\xe4\xb8\x8a\xe8\xbf\xb0\xe5\x87\xbd\xe6"
                   "\x95\xb0"
                   "\xe6\x97\xb6\xef\xbc\x8c\xe8\xaf\xb7\xe4\xbd\xbf\xe7\x94\xa8 Json "
                   "\xe6\xa0\xbc\xe5\xbc"
                   "\x8f\xe8\xa1\xa8\xe7\xa4\xba\xe8\xb0\x83\xe7\x94\xa8\xe7\x9a\x84\xe5\x8f\x82"
                   "\xe6\x95"
                   "\xb0\xe3\x80\x82");
        }
    }
    for (size_t i = 0; i < c->n_message; i++)
        if (c->message[i].role == TKC_CHAT_SYSTEM) {
            w->origin = (ptrdiff_t)i;
            LIT(w, "<|system|>\n");
            txt(w, c->message[i].content);
        }
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER)
            LIT(w, "<|user|>\n");
        else if (m->role == TKC_CHAT_ASSISTANT)
            LIT(w, "<|assistant|>\n");
        else
            continue;
        txt(w, m->content);
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "<|assistant|>");
}

/* --- GLM-4.5 and later --------------------------------------------------------------------- */

typedef struct glm_form {
    const char *line;     /* behind <|user|>, before <think> ...: "\n" until 4.6 */
    const char *no_think; /* where reasoning is not shown */
    const char *off, *on; /* behind the last <|assistant|>: thinking off, on or unset */
    bool slash_nothink;   /* "/nothink" behind user text */
    bool bare_function;   /* tools without their frame, some keys left out */
    bool keeps_blanks;    /* reasoning and content split without trimming newlines */
    bool marks_unthought; /* 5.1: an empty <think></think> where reasoning could have been */
    bool states_effort;   /* 5.2 */
} glm_form;

static void glm_tool(tkc_writer *w, const glm_form *f, size_t i)
{
    tkc_members m;
    bool first = true;
    if (!f->bare_function) {
        tkc_w_json(w, tkc_tool(w, i), NULL);
        LIT(w, "\n");
        return;
    }
    const tkc_value tool = tkc_tool_function(w, i);
    if (tkc_truth(tkc_get(tool, "defer_loading"))) return;
    LIT(w, "{");
    if (!tkc_w_members(w, tool, TKC_MEMBERS_AS_IS, &m)) return;
    for (size_t k = 0; k < m.n; k++) {
        if (tkc_json_is(tool.doc, m.at[k].key, "defer_loading") ||
            tkc_json_is(tool.doc, m.at[k].key, "strict"))
            continue;
        if (!first) LIT(w, ", ");
        first = false;
        LIT(w, "\"");
        tkc_w_pystr(w, (tkc_value){tool.doc, m.at[k].key});
        LIT(w, "\": ");
        tkc_w_json(w, (tkc_value){tool.doc, m.at[k].value}, NULL);
    }
    tkc_members_release(&m);
    LIT(w, "}\n");
}

static void glm_tools(tkc_writer *w, const glm_form *f)
{
    w->origin = TKC_ORIGIN_TOOLS;
    LIT(w, "<|system|>\n# Tools\n\nYou may call one or more functions to assist with the user "
           "query.\n\nYou are provided with function signatures within <tools></tools> XML "
           "tags:\n<tools>\n");
    for (size_t i = 0; i < w->chat->n_tool; i++) glm_tool(w, f, i);
    LIT(w, "</tools>\n\nFor each function call, output the function name and arguments within the "
           "following XML format:\n<tool_call>{function-name}");
    lit(w, f->line);
    for (int i = 1; i <= 2; i++) {
        LIT(w, "<arg_key>{arg-key-");
        tkc_w_uint(w, (size_t)i);
        LIT(w, "}</arg_key>");
        lit(w, f->line);
        LIT(w, "<arg_value>{arg-value-");
        tkc_w_uint(w, (size_t)i);
        LIT(w, "}</arg_value>");
        lit(w, f->line);
    }
    LIT(w, "...");
    lit(w, f->line);
    LIT(w, "</tool_call>");
}

static void glm_calls(tkc_writer *w, const glm_form *f, size_t i)
{
    const tkc_chat_message *m = &w->chat->message[i];
    for (size_t k = 0; k < m->n_call; k++) {
        tkc_value args = tkc_call_args(w, &m->call[k]);
        tkc_members mem;
        lit(w, f->line);
        LIT(w, "<tool_call>");
        txt(w, m->call[k].name);
        lit(w, f->line);
        if (!tkc_defined(args) || !tkc_w_members(w, args, TKC_MEMBERS_AS_IS, &mem)) {
            tkc_w_refuse(w, i, "the arguments of a call are no JSON object");
            return;
        }
        for (size_t a = 0; a < mem.n; a++) {
            const tkc_value v = {args.doc, mem.at[a].value};
            LIT(w, "<arg_key>");
            tkc_w_pystr(w, (tkc_value){args.doc, mem.at[a].key});
            LIT(w, "</arg_key>");
            lit(w, f->line);
            LIT(w, "<arg_value>");
            if (tkc_is(v, TKC_JSON_STRING))
                tkc_w_pystr(w, v);
            else
                tkc_w_json(w, v, NULL);
            LIT(w, "</arg_value>");
            lit(w, f->line);
        }
        tkc_members_release(&mem);
        LIT(w, "</tool_call>");
    }
}

/* Of m: whether a <think> block is written, with what, and the content without it. */
static bool glm_thought(const tkc_writer *w, const glm_form *f, size_t i, size_t last_user,
                        bool turn_thinks, tkc_str *thinking, tkc_str *content)
{
    const tkc_chat_message *m = &w->chat->message[i];
    const bool behind = last_user == SIZE_MAX || i > last_user;
    if (!f->keeps_blanks) {
        tkc_split_thinking(m, thinking, content);
        *thinking = behind && thinking->len ? *thinking : (tkc_str){NULL, 0};
        if (!thinking->len) return false;
        *thinking = trim(*thinking);
        return true;
    }
    *content = m->content;
    *thinking = (tkc_str){NULL, 0};
    if (m->has_thinking) {
        *thinking = m->thinking;
    } else if (tkc_has(*content, "</think>")) {
        *thinking = tkc_after_last(tkc_before(*content, "</think>"), "<think>");
        *content = tkc_after_last(*content, "</think>");
    } else {
        const bool open = behind ? w->opt->thinking != TKC_THINKING_OFF : turn_thinks;
        if (!f->marks_unthought || !open) return false;
    }
    return behind;
}

static void glm_assistant(tkc_writer *w, const glm_form *f, size_t i, size_t last_user,
                          bool turn_thinks)
{
    tkc_str thinking, content;
    LIT(w, "<|assistant|>");
    if (glm_thought(w, f, i, last_user, turn_thinks, &thinking, &content)) {
        lit(w, f->line);
        LIT(w, "<think>");
        txt(w, thinking);
        LIT(w, "</think>");
    } else {
        lit(w, f->no_think);
    }
    content = trim(content);
    if (content.len) {
        lit(w, f->line);
        txt(w, content);
    }
    glm_calls(w, f, i);
}

static void glm(tkc_writer *w, const glm_form *f)
{
    const tkc_chat *c = w->chat;
    const tkc_template_options *o = w->opt;
    size_t last_user = SIZE_MAX;
    for (size_t i = 0; i < c->n_message; i++)
        if (c->message[i].role == TKC_CHAT_USER) last_user = i;
    LIT(w, "[gMASK]<sop>");
    if (f->states_effort && o->thinking != TKC_THINKING_OFF) {
        LIT(w, "<|system|>Reasoning Effort: ");
        lit(w, tkc_eq(o->reasoning_effort, "high") ? "High" : "Max");
    }
    if (c->n_tool) glm_tools(w, f);
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER) {
            LIT(w, "<|user|>");
            lit(w, f->line);
            txt(w, m->content);
            if (f->slash_nothink && o->thinking == TKC_THINKING_OFF &&
                !tkc_ends(m->content, "/nothink"))
                LIT(w, "/nothink");
        } else if (m->role == TKC_CHAT_ASSISTANT) {
            glm_assistant(w, f, i, last_user, false);
        } else if (m->role == TKC_CHAT_TOOL) {
            if (i == 0 || c->message[i - 1].role != TKC_CHAT_TOOL) LIT(w, "<|observation|>");
            lit(w, f->line);
            LIT(w, "<tool_response>");
            lit(w, f->line);
            txt(w, m->content);
            lit(w, f->line);
            LIT(w, "</tool_response>");
        } else if (m->role == TKC_CHAT_SYSTEM) {
            LIT(w, "<|system|>");
            lit(w, f->line);
            txt(w, m->content);
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (!o->add_generation_prompt) return;
    LIT(w, "<|assistant|>");
    lit(w, o->thinking == TKC_THINKING_OFF ? f->off : f->on);
}

void tkc_template_glm4_6(tkc_writer *w)
{
    static const glm_form f = {.line = "\n",
                               .no_think = "\n<think></think>",
                               .off = "\n<think></think>",
                               .on = "",
                               .slash_nothink = true};
    glm(w, &f);
}

/* 4.7 and 5 are the same template but for blanks inside its statements. */
void tkc_template_glm5(tkc_writer *w)
{
    static const glm_form f = {
        .line = "", .no_think = "</think>", .off = "</think>", .on = "<think>"};
    glm(w, &f);
}

void tkc_template_glm5_1(tkc_writer *w)
{
    static const glm_form f = {.line = "",
                               .no_think = "</think>",
                               .off = "</think>",
                               .on = "<think>",
                               .bare_function = true,
                               .keeps_blanks = true,
                               .marks_unthought = true};
    glm(w, &f);
}

void tkc_template_glm5_2(tkc_writer *w)
{
    static const glm_form f = {.line = "",
                               .no_think = "<think></think>",
                               .off = "<think></think>",
                               .on = "<think>",
                               .bare_function = true,
                               .keeps_blanks = true,
                               .states_effort = true};
    glm(w, &f);
}
