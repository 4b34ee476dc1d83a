/*
 * chatml.c - <|im_start|>role ... <|im_end|>: Qwen 2.5, QwQ, Qwen 3 and the plain form of Yi.
 *
 * The functions follow the owners' templates branch by branch; where revisions differ, the row
 * in templates.def names the file that was followed.
 */
#include "optimizer/templates/writer.h"

#define CALL_HELP                                                                                  \
    "\n</tools>\n\nFor each function call, return a json object with function name and "           \
    "arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": "                 \
    "<function-name>, \"arguments\": <args-json-object>}\n</tool_call><|im_end|>\n"
#define TOOLS_HELP                                                                                 \
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are "     \
    "provided with function signatures within <tools></tools> XML tags:\n<tools>"

static void tool_lines(tkc_writer *w)
{
    w->origin = TKC_ORIGIN_TOOLS;
    LIT(w, TOOLS_HELP);
    for (size_t i = 0; i < w->chat->n_tool; i++) {
        LIT(w, "\n");
        tkc_w_json(w, tkc_tool(w, i), NULL);
    }
    LIT(w, CALL_HELP);
    w->origin = TKC_ORIGIN_FRAME;
}

static void turn(tkc_writer *w, const tkc_chat_message *m)
{
    LIT(w, "<|im_start|>");
    tkc_w_role(w, m->role);
    LIT(w, "\n");
    txt(w, m->content);
    LIT(w, "<|im_end|>\n");
}

static void tool_turn(tkc_writer *w, size_t i)
{
    const tkc_chat *c = w->chat;
    if (i == 0 || c->message[i - 1].role != TKC_CHAT_TOOL) LIT(w, "<|im_start|>user");
    LIT(w, "\n<tool_response>\n");
    txt(w, c->message[i].content);
    LIT(w, "\n</tool_response>");
    if (i + 1 == c->n_message || c->message[i + 1].role != TKC_CHAT_TOOL) LIT(w, "<|im_end|>\n");
}

static void json_call(tkc_writer *w, const tkc_chat_call *c)
{
    LIT(w, "<tool_call>\n{\"name\": \"");
    txt(w, c->name);
    LIT(w, "\", \"arguments\": ");
    tkc_w_args(w, c, NULL);
    LIT(w, "}\n</tool_call>");
}

/* Qwen 2.5 says who it is where nobody else does; QwQ says nothing. */
static void system_2(tkc_writer *w, const char *identity)
{
    const tkc_chat_message *first = &w->chat->message[0];
    const bool given = first->role == TKC_CHAT_SYSTEM;
    if (!w->chat->n_tool && !given && !*identity) return;
    w->origin = given ? 0 : TKC_ORIGIN_FRAME;
    LIT(w, "<|im_start|>system\n");
    if (given)
        txt(w, first->content);
    else
        lit(w, identity);
    if (w->chat->n_tool) {
        LIT(w, "\n\n");
        tool_lines(w);
    } else {
        LIT(w, "<|im_end|>\n");
    }
}

static void calls_2(tkc_writer *w, const tkc_chat_message *m)
{
    for (size_t k = 0; k < m->n_call; k++) {
        LIT(w, "\n<tool_call>\n{\"name\": \"");
        txt(w, m->call[k].name);
        LIT(w, "\", \"arguments\": ");
        tkc_w_args_json(w, &m->call[k], NULL);
        LIT(w, "}\n</tool_call>");
    }
    LIT(w, "<|im_end|>\n");
}

void tkc_template_qwen2_5(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    system_2(w, "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.");
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER || (m->role == TKC_CHAT_SYSTEM && i) ||
            (m->role == TKC_CHAT_ASSISTANT && !m->n_call)) {
            turn(w, m);
        } else if (m->role == TKC_CHAT_ASSISTANT) {
            LIT(w, "<|im_start|>assistant");
            if (m->content.len) LIT(w, "\n");
            txt(w, m->content);
            calls_2(w, m);
        } else if (m->role == TKC_CHAT_TOOL) {
            tool_turn(w, i);
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "<|im_start|>assistant\n");
}

void tkc_template_qwq(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    system_2(w, "");
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER || (m->role == TKC_CHAT_SYSTEM && i)) {
            turn(w, m);
        } else if (m->role == TKC_CHAT_ASSISTANT) {
            tkc_str content = m->content;
            if (i + 1 < c->n_message)
                content = tkc_strip_char(tkc_after_last(content, "</think>"), '\n', TKC_STRIP_LEFT);
            LIT(w, "<|im_start|>assistant");
            if (!m->n_call || m->content.len) LIT(w, "\n");
            txt(w, content);
            if (m->n_call)
                calls_2(w, m);
            else
                LIT(w, "<|im_end|>\n");
        } else if (m->role == TKC_CHAT_TOOL) {
            tool_turn(w, i);
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "<|im_start|>assistant\n<think>\n");
}

/* The last message a person wrote: reasoning behind it is kept, before it dropped. */
static size_t last_query(const tkc_chat *c)
{
    for (size_t i = c->n_message; i-- > 0;) {
        const tkc_chat_message *m = &c->message[i];
        if (m->role == TKC_CHAT_USER && !(tkc_starts(m->content, "<tool_response>") &&
                                          tkc_ends(m->content, "</tool_response>")))
            return i;
    }
    return c->n_message - 1;
}

static void assistant_3(tkc_writer *w, size_t i, bool reasoning_kept)
{
    const tkc_chat_message *m = &w->chat->message[i];
    const bool last = i + 1 == w->chat->n_message;
    tkc_str thinking, content;
    tkc_split_thinking(m, &thinking, &content);
    LIT(w, "<|im_start|>assistant\n");
    if (reasoning_kept && (last || thinking.len)) {
        LIT(w, "<think>\n");
        txt(w, tkc_strip_char(thinking, '\n', TKC_STRIP_BOTH));
        LIT(w, "\n</think>\n\n");
        txt(w, tkc_strip_char(content, '\n', TKC_STRIP_LEFT));
    } else {
        txt(w, content);
    }
    for (size_t k = 0; k < m->n_call; k++) {
        if (k || content.len) LIT(w, "\n");
        json_call(w, &m->call[k]);
    }
    LIT(w, "<|im_end|>\n");
}

static void qwen3(tkc_writer *w, const char *off, const char *on)
{
    const tkc_chat *c = w->chat;
    const size_t query = last_query(c);
    const bool given = c->message[0].role == TKC_CHAT_SYSTEM;
    if (c->n_tool || given) {
        w->origin = given ? 0 : TKC_ORIGIN_FRAME;
        LIT(w, "<|im_start|>system\n");
        if (given) txt(w, c->message[0].content);
        if (given && c->n_tool) LIT(w, "\n\n");
        if (c->n_tool)
            tool_lines(w);
        else
            LIT(w, "<|im_end|>\n");
    }
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER || (m->role == TKC_CHAT_SYSTEM && i))
            turn(w, m);
        else if (m->role == TKC_CHAT_ASSISTANT)
            assistant_3(w, i, i > query);
        else if (m->role == TKC_CHAT_TOOL)
            tool_turn(w, i);
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (!w->opt->add_generation_prompt) return;
    LIT(w, "<|im_start|>assistant\n");
    lit(w, w->opt->thinking == TKC_THINKING_OFF ? off : on);
}

void tkc_template_qwen3(tkc_writer *w)
{
    qwen3(w, "<think>\n\n</think>\n\n", "");
}

/* The 2507 releases have one mode each. */
void tkc_template_qwen3_instruct(tkc_writer *w)
{
    qwen3(w, "", "");
}

void tkc_template_qwen3_thinking(tkc_writer *w)
{
    qwen3(w, "<think>\n", "<think>\n");
}

/* No tools, no default system text. */
static void plain(tkc_writer *w, const char *begin)
{
    const tkc_chat *c = w->chat;
    lit(w, begin);
    for (size_t i = 0; i < c->n_message; i++) {
        w->origin = (ptrdiff_t)i;
        turn(w, &c->message[i]);
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "<|im_start|>assistant\n");
}

/* Yi. */
void tkc_template_chatml(tkc_writer *w)
{
    plain(w, "");
}

void tkc_template_internlm2(tkc_writer *w)
{
    plain(w, "<s>");
}
