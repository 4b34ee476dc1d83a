/*
 * llama.c - Llama 2, 3, 3.1, 3.2, 3.3 and 4.
 *
 * 3.1 prints a date of its own, 3.2 today's. Tools stand in the first user message, which the
 * owner's templates take out of the list, whatever its role is.
 */
#include "optimizer/templates/writer.h"

void tkc_template_llama2(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const bool given = c->message[0].role == TKC_CHAT_SYSTEM;
    const size_t first = given ? 1 : 0;
    for (size_t i = first; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        if ((m->role == TKC_CHAT_USER) != ((i - first) % 2 == 0)) {
            tkc_w_refuse(w, i, "roles must alternate, user first");
            return;
        }
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER) {
            LIT(w, "<s>[INST] ");
            if (i == first && given) {
                w->origin = 0;
                LIT(w, "<<SYS>>\n");
                txt(w, trim(c->message[0].content));
                w->origin = (ptrdiff_t)i;
                LIT(w, "\n<</SYS>>");
                /* System and first message are trimmed as one text. */
                if (trim(m->content).len) LIT(w, "\n\n");
                txt(w, tkc_py_strip(m->content,
                                    trim(m->content).len ? TKC_STRIP_RIGHT : TKC_STRIP_BOTH));
            } else {
                txt(w, trim(m->content));
            }
            LIT(w, " [/INST]");
        } else if (m->role == TKC_CHAT_ASSISTANT) {
            LIT(w, " ");
            txt(w, trim(m->content));
            LIT(w, " </s>");
        }
    }
}

static void header(tkc_writer *w, const char *role)
{
    LIT(w, "<|start_header_id|>");
    lit(w, role);
    LIT(w, "<|end_header_id|>\n\n");
}

static void plain_turn(tkc_writer *w, const tkc_chat_message *m)
{
    LIT(w, "<|start_header_id|>");
    tkc_w_role(w, m->role);
    LIT(w, "<|end_header_id|>\n\n");
    txt(w, trim(m->content));
    LIT(w, "<|eot_id|>");
}

void tkc_template_llama3(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    LIT(w, "<|begin_of_text|>");
    for (size_t i = 0; i < c->n_message; i++) {
        w->origin = (ptrdiff_t)i;
        plain_turn(w, &c->message[i]);
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) header(w, "assistant");
}

static void tool_list(tkc_writer *w)
{
    static const tkc_tojson_style wide = {.indent = 4};
    w->origin = TKC_ORIGIN_TOOLS;
    LIT(w,
        "Given the following functions, please respond with a JSON for a function call with its "
        "proper arguments that best answers the given prompt.\n\nRespond in the format {\"name\": "
        "function name, \"parameters\": dictionary of argument name and its value}.Do not use "
        "variables.\n\n");
    for (size_t i = 0; i < w->chat->n_tool; i++) {
        tkc_w_json(w, tkc_tool(w, i), &wide);
        LIT(w, "\n\n");
    }
}

static void call_turn(tkc_writer *w, size_t i)
{
    const tkc_chat_message *m = &w->chat->message[i];
    if (m->n_call != 1) {
        tkc_w_refuse(w, i, "one tool call at a time");
        return;
    }
    header(w, "assistant");
    LIT(w, "{\"name\": \"");
    txt(w, m->call[0].name);
    LIT(w, "\", \"parameters\": ");
    tkc_w_args_json(w, &m->call[0], NULL);
    LIT(w, "}<|eot_id|>");
}

static void llama3_x(tkc_writer *w, bool today)
{
    const tkc_chat *c = w->chat;
    const bool given = c->message[0].role == TKC_CHAT_SYSTEM;
    size_t i = given ? 1 : 0;
    LIT(w, "<|begin_of_text|>");
    header(w, "system");
    if (c->n_tool) LIT(w, "Environment: ipython\n");
    LIT(w, "Cutting Knowledge Date: December 2023\nToday Date: ");
    if (today)
        tkc_w_date(w, "%d %b %Y");
    else
        LIT(w, "26 Jul 2024");
    LIT(w, "\n\n");
    w->origin = given ? 0 : TKC_ORIGIN_FRAME;
    if (given) txt(w, trim(c->message[0].content));
    LIT(w, "<|eot_id|>");
    if (c->n_tool) {
        if (i == c->n_message) {
            tkc_w_refuse(w, i - 1, "tools go into the first user message, and there is none");
            return;
        }
        w->origin = TKC_ORIGIN_FRAME;
        header(w, "user");
        tool_list(w);
        w->origin = (ptrdiff_t)i;
        txt(w, trim(c->message[i].content));
        LIT(w, "<|eot_id|>");
        i++;
    }
    for (; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->n_call) {
            call_turn(w, i);
        } else if (m->role == TKC_CHAT_TOOL) {
            header(w, "ipython");
            tkc_w_json_text(w, m->content);
            LIT(w, "<|eot_id|>");
        } else {
            plain_turn(w, m);
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) header(w, "assistant");
}

void tkc_template_llama3_1(tkc_writer *w)
{
    llama3_x(w, false);
}

void tkc_template_llama3_2(tkc_writer *w)
{
    llama3_x(w, true);
}

static void header_4(tkc_writer *w, const char *role)
{
    LIT(w, "<|header_start|>");
    lit(w, role);
    LIT(w, "<|header_end|>\n\n");
}

static void turn_4(tkc_writer *w, const tkc_chat_message *m)
{
    if (m->n_call) {
        header_4(w, "assistant");
        LIT(w, "<|python_start|>");
        txt(w, m->content);
        LIT(w, "<|python_end|>");
        for (size_t k = 0; k < m->n_call; k++) {
            LIT(w, "{\"name\": \"");
            txt(w, m->call[k].name);
            LIT(w, "\", \"parameters\": ");
            tkc_w_args_json(w, &m->call[k], NULL);
            LIT(w, "}");
        }
    } else if (m->role == TKC_CHAT_TOOL) {
        header_4(w, "ipython");
        tkc_w_json_text(w, m->content);
    } else {
        LIT(w, "<|header_start|>");
        tkc_w_role(w, m->role);
        LIT(w, "<|header_end|>\n\n");
        txt(w, m->content);
    }
    LIT(w, "<|eot|>");
}

/* No system text of its own, several calls, content not trimmed. */
void tkc_template_llama4(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const bool given = c->message[0].role == TKC_CHAT_SYSTEM;
    size_t i = given ? 1 : 0;
    LIT(w, "<|begin_of_text|>");
    if (given) {
        w->origin = 0;
        header_4(w, "system");
        if (c->n_tool) LIT(w, "Environment: ipython\n");
        txt(w, trim(c->message[0].content));
        LIT(w, "<|eot|>");
    }
    if (c->n_tool) {
        if (i == c->n_message) {
            tkc_w_refuse(w, i - 1, "tools go into the first user message, and there is none");
            return;
        }
        w->origin = TKC_ORIGIN_FRAME;
        header_4(w, "user");
        tool_list(w);
        w->origin = (ptrdiff_t)i;
        txt(w, trim(c->message[i].content));
        LIT(w, "<|eot|>");
        i++;
    }
    for (; i < c->n_message; i++) {
        w->origin = (ptrdiff_t)i;
        turn_4(w, &c->message[i]);
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) header_4(w, "assistant");
}
