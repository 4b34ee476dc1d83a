/*
 * minimax.c - MiniMax M2, M2.5 and M2.7: ]~b]role ... [e~[ turns, calls as <invoke>. The three
 * differ in who they say they are. Reasoning is kept behind the last user message.
 */
#include "optimizer/templates/writer.h"

static void tools(tkc_writer *w)
{
    w->origin = TKC_ORIGIN_TOOLS;
    LIT(w,
        "\n\n# Tools\nYou may call one or more tools to assist with the user query.\nHere are the "
        "tools available in JSONSchema format:\n\n<tools>\n");
    for (size_t i = 0; i < w->chat->n_tool; i++) {
        const tkc_value f = tkc_get(tkc_tool(w, i), "function");
        if (!tkc_defined(f)) {
            tkc_w_refuse(w, 0, "a tool without its function");
            return;
        }
        LIT(w, "<tool>");
        tkc_w_json(w, f, NULL);
        LIT(w, "</tool>\n");
    }
    LIT(w, "</tools>\n\nWhen making tool calls, use XML format to invoke tools and pass "
           "parameters:\n\n<minimax:tool_call>\n<invoke name=\"tool-name-1\">\n<parameter "
           "name=\"param-key-1\">param-value-1</parameter>\n<parameter "
           "name=\"param-key-2\">param-value-2</parameter>\n...\n</invoke>\n</minimax:tool_call>");
    w->origin = TKC_ORIGIN_FRAME;
}

static void one_call(tkc_writer *w, size_t i, const tkc_chat_call *c)
{
    const tkc_value args = tkc_call_args(w, c);
    tkc_members m;
    LIT(w, "<invoke name=\"");
    txt(w, c->name);
    LIT(w, "\">\n");
    if (!tkc_w_members(w, args, TKC_MEMBERS_AS_IS, &m)) {
        tkc_w_refuse(w, i, "the arguments of a call are no JSON object");
        return;
    }
    for (size_t k = 0; k < m.n; k++) {
        const tkc_value v = {args.doc, m.at[k].value};
        LIT(w, "<parameter name=\"");
        tkc_w_pystr(w, (tkc_value){args.doc, m.at[k].key});
        LIT(w, "\">");
        if (tkc_is(v, TKC_JSON_STRING))
            tkc_w_pystr(w, v);
        else
            tkc_w_json(w, v, NULL);
        LIT(w, "</parameter>\n");
    }
    tkc_members_release(&m);
    LIT(w, "</invoke>\n");
}

static void assistant(tkc_writer *w, size_t i, bool reasoning_kept)
{
    const tkc_chat_message *m = &w->chat->message[i];
    tkc_str thinking = m->thinking, content = m->content;
    if (!m->has_thinking && tkc_has(content, "</think>")) {
        thinking = tkc_strip_char(tkc_before(content, "</think>"), '\n', TKC_STRIP_BOTH);
        thinking = tkc_strip_char(tkc_after_last(thinking, "<think>"), '\n', TKC_STRIP_BOTH);
        content = tkc_strip_char(tkc_after_last(content, "</think>"), '\n', TKC_STRIP_BOTH);
    }
    LIT(w, "]~b]ai\n");
    if (thinking.len && reasoning_kept) {
        LIT(w, "<think>\n");
        txt(w, thinking);
        LIT(w, "\n</think>\n\n");
    }
    txt(w, content);
    if (m->n_call) LIT(w, "\n<minimax:tool_call>\n");
    for (size_t k = 0; k < m->n_call; k++) one_call(w, i, &m->call[k]);
    if (m->n_call) LIT(w, "</minimax:tool_call>");
    LIT(w, "[e~[\n");
}

static void minimax(tkc_writer *w, const char *identity)
{
    const tkc_chat *c = w->chat;
    const bool given = c->message[0].role == TKC_CHAT_SYSTEM;
    const size_t first = given ? 1 : 0;
    size_t last_user = 0; /* index behind it */
    bool called = false;
    LIT(w, "]~!b[]~b]system\n");
    if (given && c->message[0].content.len) {
        w->origin = 0;
        txt(w, c->message[0].content);
        w->origin = TKC_ORIGIN_FRAME;
    } else {
        lit(w, identity);
    }
    if (c->n_tool) tools(w);
    LIT(w, "[e~[\n");
    for (size_t i = first; i < c->n_message; i++)
        if (c->message[i].role == TKC_CHAT_USER) last_user = i + 1;
    for (size_t i = first; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_ASSISTANT) {
            assistant(w, i, i >= last_user);
            called = m->n_call > 0;
        } else if (m->role == TKC_CHAT_TOOL) {
            if (!called) {
                tkc_w_refuse(w, i, "a tool message without a call before it");
                return;
            }
            if (i == first || c->message[i - 1].role != TKC_CHAT_TOOL) LIT(w, "]~b]tool");
            LIT(w, "\n<response>");
            txt(w, m->content);
            LIT(w, "</response>");
            if (i + 1 == c->n_message || c->message[i + 1].role != TKC_CHAT_TOOL) LIT(w, "[e~[\n");
        } else if (m->role == TKC_CHAT_USER) {
            LIT(w, "]~b]user\n");
            txt(w, m->content);
            LIT(w, "[e~[\n");
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "]~b]ai\n<think>\n");
}

void tkc_template_minimax_m2(tkc_writer *w)
{
    minimax(w, "You are a helpful assistant.");
}

void tkc_template_minimax_m2_5(tkc_writer *w)
{
    minimax(w, "You are a helpful assistant. Your name is MiniMax-M2.5 and is built by MiniMax.");
}

void tkc_template_minimax_m2_7(tkc_writer *w)
{
    minimax(w, "You are a helpful assistant. Your name is MiniMax-M2.7 and is built by MiniMax.");
}
