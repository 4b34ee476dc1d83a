/*
 * phi.c - Phi 3, 3.5, 4 and 4-mini: <|role|> ... <|end|>. What is no system, user or assistant
 * message is left out, as in the owners' templates.
 */
#include "optimizer/templates/writer.h"

static void phi3(tkc_writer *w, bool empty_system)
{
    const tkc_chat *c = w->chat;
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        if (m->role != TKC_CHAT_USER && m->role != TKC_CHAT_ASSISTANT &&
            !(m->role == TKC_CHAT_SYSTEM && (empty_system || m->content.len)))
            continue;
        w->origin = (ptrdiff_t)i;
        LIT(w, "<|");
        tkc_w_role(w, m->role);
        LIT(w, "|>\n");
        txt(w, m->content);
        LIT(w, "<|end|>\n");
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt)
        LIT(w, "<|assistant|>\n");
    else
        LIT(w, "<|endoftext|>");
}

void tkc_template_phi3(tkc_writer *w)
{
    phi3(w, true);
}

void tkc_template_phi3_5(tkc_writer *w)
{
    phi3(w, false);
}

/* <|im_start|>role<|im_sep|>text<|im_end|>, no tools. */
void tkc_template_phi4(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        if (m->role != TKC_CHAT_USER && m->role != TKC_CHAT_ASSISTANT && m->role != TKC_CHAT_SYSTEM)
            continue;
        w->origin = (ptrdiff_t)i;
        LIT(w, "<|im_start|>");
        tkc_w_role(w, m->role);
        LIT(w, "<|im_sep|>");
        txt(w, m->content);
        LIT(w, "<|im_end|>");
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "<|im_start|>assistant<|im_sep|>");
}

/* Tools stand in the system message between their own markers. */
void tkc_template_phi4_mini(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    bool tools_written = c->n_tool == 0;
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        LIT(w, "<|");
        tkc_w_role(w, m->role);
        LIT(w, "|>");
        txt(w, m->content);
        if (m->role == TKC_CHAT_SYSTEM && !tools_written) {
            w->origin = TKC_ORIGIN_TOOLS;
            LIT(w, "<|tool|>");
            tkc_w_tools(w, NULL);
            LIT(w, "<|/tool|>");
            tools_written = true;
        }
        LIT(w, "<|end|>");
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt)
        LIT(w, "<|assistant|>");
    else
        LIT(w, "<|endoftext|>");
}
