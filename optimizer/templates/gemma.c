/*
 * gemma.c - Gemma 2 and 3: turns only. Gemma 3 puts the system text before the first user's;
 * neither knows tools. Gemma 4 is another language: gemma4.c.
 */
#include "optimizer/templates/writer.h"

static void turns(tkc_writer *w, size_t first, const tkc_chat_message *system)
{
    const tkc_chat *c = w->chat;
    for (size_t i = first; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        if ((m->role == TKC_CHAT_USER) != ((i - first) % 2 == 0)) {
            tkc_w_refuse(w, i, "roles must alternate, user first");
            return;
        }
        w->origin = (ptrdiff_t)i;
        LIT(w, "<start_of_turn>");
        if (m->role == TKC_CHAT_ASSISTANT)
            LIT(w, "model");
        else
            tkc_w_role(w, m->role);
        LIT(w, "\n");
        if (system && i == first) {
            w->origin = 0;
            txt(w, system->content);
            w->origin = (ptrdiff_t)i;
            LIT(w, "\n\n");
        }
        txt(w, trim(m->content));
        LIT(w, "<end_of_turn>\n");
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "<start_of_turn>model\n");
}

void tkc_template_gemma2(tkc_writer *w)
{
    LIT(w, "<bos>");
    if (w->chat->message[0].role == TKC_CHAT_SYSTEM)
        tkc_w_refuse(w, 0, "it knows no system role");
    else
        turns(w, 0, NULL);
}

void tkc_template_gemma3(tkc_writer *w)
{
    const bool given = w->chat->message[0].role == TKC_CHAT_SYSTEM;
    LIT(w, "<bos>");
    turns(w, given ? 1 : 0, given ? &w->chat->message[0] : NULL);
}
