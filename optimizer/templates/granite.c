/*
 * granite.c - IBM Granite 4.0: <|start_of_role|>role<|end_of_role|> ... <|end_of_text|>; calls
 * as JSON, tools in the system message.
 */
#include "optimizer/templates/writer.h"

static void role(tkc_writer *w, tkc_chat_role r)
{
    LIT(w, "<|start_of_role|>");
    tkc_w_role(w, r);
    LIT(w, "<|end_of_role|>");
}

static void system_turn(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const bool given = c->message[0].role == TKC_CHAT_SYSTEM;
    w->origin = given ? 0 : TKC_ORIGIN_FRAME;
    role(w, TKC_CHAT_SYSTEM);
    if (given) txt(w, c->message[0].content);
    if (c->n_tool) {
        if (given) LIT(w, "\n\n");
        w->origin = TKC_ORIGIN_TOOLS;
        LIT(w,
            "You are a helpful assistant with access to the following tools. You may call one or "
            "more tools to assist with the user query.\n\nYou are provided with function "
            "signatures within <tools></tools> XML tags:\n<tools>");
        for (size_t i = 0; i < c->n_tool; i++) {
            LIT(w, "\n");
            tkc_w_json(w, tkc_tool(w, i), NULL);
        }
        LIT(w, "\n</tools>\n\nFor each tool call, return a json object with function name and "
               "arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": "
               "<function-name>, \"arguments\": <args-json-object>}\n</tool_call>. If a tool does "
               "not exist in the provided list of tools, notify the user that you do not have the "
               "ability to fulfill the request.");
    } else if (!given || c->message[0].content.len == 0) {
        LIT(w, "You are a helpful assistant. Please ensure responses are professional, accurate, "
               "and safe.");
    }
    LIT(w, "<|end_of_text|>\n");
}

void tkc_template_granite4(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    system_turn(w);
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER || (m->role == TKC_CHAT_SYSTEM && i)) {
            role(w, m->role);
            txt(w, m->content);
            LIT(w, "<|end_of_text|>\n");
        } else if (m->role == TKC_CHAT_ASSISTANT) {
            role(w, m->role);
            txt(w, m->content);
            for (size_t k = 0; k < m->n_call; k++) {
                if (k || m->content.len) LIT(w, "\n");
                LIT(w, "<tool_call>\n{\"name\": \"");
                txt(w, m->call[k].name);
                LIT(w, "\", \"arguments\": ");
                tkc_w_args(w, &m->call[k], NULL);
                LIT(w, "}\n</tool_call>");
            }
            LIT(w, "<|end_of_text|>\n");
        } else if (m->role == TKC_CHAT_TOOL) {
            if (i == 0 || c->message[i - 1].role != TKC_CHAT_TOOL) role(w, TKC_CHAT_USER);
            LIT(w, "\n<tool_response>\n");
            txt(w, m->content);
            LIT(w, "\n</tool_response>");
            if (i + 1 == c->n_message || c->message[i + 1].role != TKC_CHAT_TOOL)
                LIT(w, "<|end_of_text|>\n");
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) role(w, TKC_CHAT_ASSISTANT);
}
