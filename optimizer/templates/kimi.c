/*
 * kimi.c - Kimi K2 (the first and the later revision), K2 Thinking and K2.5.
 *
 * The later ones number the calls themselves: functions.NAME:0, :1 ... over the whole
 * conversation, and tool results take those ids in order. Reasoning is kept behind the last
 * assistant message without calls.
 */
#include "optimizer/templates/writer.h"

#define NAMED_SYSTEM                                                                               \
    "<|im_system|>system<|im_middle|>You are Kimi, an AI assistant created by Moonshot "           \
    "AI.<|im_end|>"

static void declare_tools(tkc_writer *w, const tkc_tojson_style *style)
{
    if (!w->chat->n_tool) return;
    w->origin = TKC_ORIGIN_TOOLS;
    LIT(w, "<|im_system|>tool_declare<|im_middle|>");
    tkc_w_tools(w, style);
    LIT(w, "<|im_end|>");
    w->origin = TKC_ORIGIN_FRAME;
}

static void role(tkc_writer *w, const tkc_chat_message *m)
{
    if (m->role == TKC_CHAT_USER)
        LIT(w, "<|im_user|>");
    else if (m->role == TKC_CHAT_ASSISTANT)
        LIT(w, "<|im_assistant|>");
    else
        LIT(w, "<|im_system|>");
    if (m->name.len)
        txt(w, m->name);
    else
        tkc_w_role(w, m->role);
    LIT(w, "<|im_middle|>");
}

/* Which call the next tool result answers: the calls of all messages as one queue. */
typedef struct call_queue {
    size_t message, call, number; /* the next one to be answered */
    size_t made;                  /* how many were written so far */
} call_queue;

static void call_id(tkc_writer *w, tkc_str name, size_t number)
{
    LIT(w, "functions.");
    txt(w, name);
    LIT(w, ":");
    tkc_w_uint(w, number);
}

static void calls(tkc_writer *w, const tkc_chat_message *m, call_queue *q)
{
    LIT(w, "<|tool_calls_section_begin|>");
    for (size_t k = 0; k < m->n_call; k++) {
        LIT(w, "<|tool_call_begin|>");
        if (q)
            call_id(w, m->call[k].name, q->made++);
        else
            txt(w, m->call[k].id);
        LIT(w, "<|tool_call_argument_begin|>");
        tkc_w_args(w, &m->call[k], NULL);
        LIT(w, "<|tool_call_end|>");
    }
    LIT(w, "<|tool_calls_section_end|>");
}

static void tool_result(tkc_writer *w, const tkc_chat_message *m, call_queue *q)
{
    LIT(w, "## Return of ");
    if (!q) {
        txt(w, m->call_id);
    } else if (q->number < q->made) {
        const tkc_chat_message *at;
        while (q->call >= w->chat->message[q->message].n_call) {
            q->message++;
            q->call = 0;
        }
        at = &w->chat->message[q->message];
        call_id(w, at->call[q->call++].name, q->number++);
    } else if (m->name.len) {
        call_id(w, m->name, q->made);
    } else {
        call_id(w, tkc_strz("unknown"), q->made);
    }
    LIT(w, "\n");
    txt(w, m->content);
}

/* The revision of July 2025 that vLLM and others still carry: calls of a message from 0. */
void tkc_template_kimi_k2_first(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    declare_tools(w, NULL);
    if (c->message[0].role != TKC_CHAT_SYSTEM)
        LIT(w, "<|im_system|>system<|im_middle|>You are a helpful assistant<|im_end|>");
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER)
            LIT(w, "<|im_user|>user<|im_middle|>");
        else if (m->role == TKC_CHAT_ASSISTANT)
            LIT(w, "<|im_assistant|>assistant<|im_middle|>");
        else if (m->role == TKC_CHAT_TOOL)
            LIT(w, "<|im_system|>tool<|im_middle|>");
        else if (m->role == TKC_CHAT_SYSTEM)
            LIT(w, "<|im_system|>system<|im_middle|>");
        if (m->n_call) {
            call_queue from_0 = {0};
            txt(w, m->content);
            LIT(w, "<|tool_calls_section_begin|>");
            for (size_t k = 0; k < m->n_call; k++) {
                LIT(w, "<|tool_call_begin|>");
                call_id(w, m->call[k].name, from_0.made++);
                LIT(w, "<|tool_call_argument_begin|>");
                tkc_w_args_json(w, &m->call[k], NULL);
                LIT(w, "<|tool_call_end|>");
            }
            LIT(w, "<|tool_calls_section_end|>");
        } else if (m->role == TKC_CHAT_TOOL) {
            LIT(w, "## Return of ");
            txt(w, m->call_id);
            LIT(w, "\\n");
            txt(w, m->content);
        } else {
            txt(w, m->content);
        }
        LIT(w, "<|im_end|>");
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "<|im_assistant|>assistant<|im_middle|>");
}

void tkc_template_kimi_k2(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    call_queue q = {0};
    declare_tools(w, NULL);
    if (c->message[0].role != TKC_CHAT_SYSTEM) LIT(w, NAMED_SYSTEM "\n");
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        role(w, m);
        if (m->n_call) {
            txt(w, m->content);
            calls(w, m, &q);
        } else if (m->role == TKC_CHAT_TOOL) {
            tool_result(w, m, &q);
        } else {
            txt(w, m->content);
        }
        LIT(w, "<|im_end|>");
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt) LIT(w, "<|im_assistant|>assistant<|im_middle|>");
}

/* Both keep reasoning behind the last assistant message that ends a turn: none before it.
 * The Thinking template looks for the first such message (its loop has no break). */
static size_t kept_from(const tkc_chat *c, bool first)
{
    size_t from = 0;
    for (size_t i = c->n_message; i-- > 0;)
        if (c->message[i].role == TKC_CHAT_ASSISTANT && !c->message[i].n_call) {
            from = i + 1;
            if (!first) break;
        }
    return from;
}

static void thinking_turns(tkc_writer *w, call_queue *q, size_t from, bool drop)
{
    const tkc_chat *c = w->chat;
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        role(w, m);
        if (m->role == TKC_CHAT_ASSISTANT) {
            LIT(w, "<think>");
            if (i >= from && !drop) txt(w, m->thinking);
            LIT(w, "</think>");
            txt(w, m->content);
            if (m->n_call) calls(w, m, q);
        } else if (m->role == TKC_CHAT_TOOL) {
            tool_result(w, m, q);
        } else {
            txt(w, m->content);
        }
        LIT(w, "<|im_end|>");
    }
    w->origin = TKC_ORIGIN_FRAME;
}

void tkc_template_kimi_k2_thinking(tkc_writer *w)
{
    call_queue q = {0};
    declare_tools(w, NULL);
    if (w->chat->message[0].role != TKC_CHAT_SYSTEM) LIT(w, NAMED_SYSTEM);
    thinking_turns(w, &q, kept_from(w->chat, true), false);
    if (w->opt->add_generation_prompt) LIT(w, "<|im_assistant|>assistant<|im_middle|>");
}

void tkc_template_kimi_k2_5(tkc_writer *w)
{
    static const tkc_tojson_style compact = {.compact = true};
    const bool off = w->opt->thinking == TKC_THINKING_OFF;
    declare_tools(w, &compact);
    thinking_turns(w, NULL, kept_from(w->chat, false), off);
    if (!w->opt->add_generation_prompt) return;
    LIT(w, "<|im_assistant|>assistant<|im_middle|><think>");
    if (off) LIT(w, "</think>");
}
