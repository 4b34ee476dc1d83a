/*
 * deepseek.c - DeepSeek V3, V3-0324, R1, its distills and V3.1. None of them writes tool
 * definitions; the arguments of a call are the string as it came.
 *
 * The owner's templates keep state while they walk the messages (is_first, is_tool ...) and
 * some of it is never reset: which tokens close a list of calls depends on that. The same
 * state is kept here, under the same names.
 */
#include "optimizer/templates/writer.h"

#define BAR "\xef\xbd\x9c" /* U+FF5C */
#define LOW "\xe2\x96\x81" /* U+2581 */
#define BOS "<" BAR "begin" LOW "of" LOW "sentence" BAR ">"
#define EOS "<" BAR "end" LOW "of" LOW "sentence" BAR ">"
#define USER "<" BAR "User" BAR ">"
#define ASSISTANT "<" BAR "Assistant" BAR ">"
#define TOOL_(what) "<" BAR "tool" LOW what BAR ">"
#define CALLS_BEGIN TOOL_("calls" LOW "begin")
#define CALLS_END TOOL_("calls" LOW "end")
#define CALL_BEGIN TOOL_("call" LOW "begin")
#define CALL_END TOOL_("call" LOW "end")
#define SEP TOOL_("sep")
#define OUTPUTS_BEGIN TOOL_("outputs" LOW "begin")
#define OUTPUTS_END TOOL_("outputs" LOW "end")
#define OUTPUT_BEGIN TOOL_("output" LOW "begin")
#define OUTPUT_END TOOL_("output" LOW "end")

/* All system texts stand in front, joined; the distills keep the last one only. */
static void system_text(tkc_writer *w, bool last_only)
{
    const tkc_chat *c = w->chat;
    bool first = true;
    LIT(w, BOS);
    for (size_t i = 0; i < c->n_message; i++) {
        bool later = false;
        if (c->message[i].role != TKC_CHAT_SYSTEM) continue;
        for (size_t k = i + 1; last_only && k < c->n_message && !later; k++)
            later = c->message[k].role == TKC_CHAT_SYSTEM;
        if (later) continue;
        w->origin = (ptrdiff_t)i;
        if (!first) LIT(w, "\n\n");
        first = false;
        txt(w, c->message[i].content);
    }
}

static void fenced_call(tkc_writer *w, const tkc_chat_call *c)
{
    LIT(w, CALL_BEGIN "function" SEP);
    txt(w, c->name);
    LIT(w, "\n```json\n");
    txt(w, c->arguments);
    LIT(w, "\n```" CALL_END);
}

static void output(tkc_writer *w, const tkc_chat_message *m)
{
    LIT(w, OUTPUT_BEGIN);
    txt(w, m->content);
    LIT(w, OUTPUT_END);
}

/* V3 as first published, and the distills. */
static void v3(tkc_writer *w, bool distill)
{
    const tkc_chat *c = w->chat;
    bool is_first = false, is_tool = false, is_output_first = true;
    system_text(w, distill);
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER) {
            is_tool = false;
            LIT(w, USER);
            txt(w, m->content);
        } else if (m->role == TKC_CHAT_ASSISTANT && !m->has_content) {
            is_tool = false;
            for (size_t k = 0; k < m->n_call; k++) {
                if (!is_first) {
                    LIT(w, ASSISTANT CALLS_BEGIN);
                    fenced_call(w, &m->call[k]);
                    is_first = true;
                } else {
                    LIT(w, "\n");
                    fenced_call(w, &m->call[k]);
                    LIT(w, CALLS_END EOS);
                }
            }
        } else if (m->role == TKC_CHAT_ASSISTANT) {
            if (is_tool) {
                LIT(w, OUTPUTS_END);
                txt(w, m->content);
                is_tool = false;
            } else {
                LIT(w, ASSISTANT);
                txt(w, distill ? tkc_after_last(m->content, "</think>") : m->content);
            }
            LIT(w, EOS);
        } else if (m->role == TKC_CHAT_TOOL) {
            is_tool = true;
            if (is_output_first)
                LIT(w, OUTPUTS_BEGIN);
            else
                LIT(w, "\n");
            is_output_first = false;
            output(w, m);
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (is_tool) LIT(w, OUTPUTS_END);
    if (w->opt->add_generation_prompt && !is_tool) {
        LIT(w, ASSISTANT);
        if (distill) LIT(w, "<think>\n");
    }
}

void tkc_template_deepseek_v3(tkc_writer *w)
{
    v3(w, false);
}

void tkc_template_deepseek_distill_qwen(tkc_writer *w)
{
    v3(w, true);
}

void tkc_template_deepseek_distill_llama(tkc_writer *w)
{
    v3(w, true);
}

void tkc_template_deepseek_r1(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    bool is_first = false, is_tool = false, is_output_first = true;
    system_text(w, false);
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER) {
            is_tool = false;
            LIT(w, USER);
            txt(w, m->content);
        } else if (m->n_call) {
            is_tool = false;
            for (size_t k = 0; k < m->n_call; k++) {
                if (is_first) {
                    LIT(w, "\n");
                } else {
                    LIT(w, ASSISTANT);
                    txt(w, m->content);
                    LIT(w, CALLS_BEGIN);
                }
                fenced_call(w, &m->call[k]);
                is_first = true;
            }
            LIT(w, CALLS_END EOS);
        } else if (m->role == TKC_CHAT_ASSISTANT) {
            if (is_tool) {
                LIT(w, OUTPUTS_END);
                txt(w, m->content);
                is_tool = false;
            } else {
                LIT(w, ASSISTANT);
                txt(w, tkc_after_last(m->content, "</think>"));
            }
            LIT(w, EOS);
        } else if (m->role == TKC_CHAT_TOOL) {
            is_tool = true;
            if (is_output_first) LIT(w, OUTPUTS_BEGIN);
            is_output_first = false;
            output(w, m);
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (is_tool) LIT(w, OUTPUTS_END);
    if (w->opt->add_generation_prompt && !is_tool) LIT(w, ASSISTANT "<think>\n");
}

void tkc_template_deepseek_v3_0324(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    bool is_tool = false, is_output_first = true, is_last_user = false;
    system_text(w, false);
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER) {
            is_tool = false;
            is_last_user = true;
            LIT(w, USER);
            txt(w, m->content);
            LIT(w, ASSISTANT);
        } else if (m->n_call) {
            if (is_tool) LIT(w, OUTPUTS_END);
            is_last_user = is_tool = false;
            is_output_first = true;
            txt(w, m->content);
            LIT(w, CALLS_BEGIN);
            for (size_t k = 0; k < m->n_call; k++) {
                if (k) LIT(w, "\n");
                fenced_call(w, &m->call[k]);
            }
            LIT(w, CALLS_END EOS);
        } else if (m->role == TKC_CHAT_ASSISTANT) {
            if (is_tool) LIT(w, OUTPUTS_END);
            is_last_user = is_tool = false;
            txt(w, m->content);
            LIT(w, EOS);
        } else if (m->role == TKC_CHAT_TOOL) {
            is_last_user = false;
            is_tool = true;
            if (is_output_first)
                LIT(w, OUTPUTS_BEGIN);
            else
                LIT(w, "\n");
            is_output_first = false;
            output(w, m);
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (is_tool) LIT(w, OUTPUTS_END);
    if (w->opt->add_generation_prompt && !is_last_user && !is_tool) LIT(w, ASSISTANT);
}

void tkc_template_deepseek_v3_1(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    bool is_tool = false, is_last_user = false;
    system_text(w, false);
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_USER) {
            is_tool = false;
            is_last_user = true;
            LIT(w, USER);
            txt(w, m->content);
        } else if (m->role == TKC_CHAT_ASSISTANT) {
            if (is_last_user) LIT(w, ASSISTANT "</think>");
            is_last_user = false;
            if (m->n_call) {
                txt(w, m->content);
                LIT(w, CALLS_BEGIN);
                for (size_t k = 0; k < m->n_call; k++) {
                    LIT(w, CALL_BEGIN);
                    txt(w, m->call[k].name);
                    LIT(w, SEP);
                    txt(w, m->call[k].arguments);
                    LIT(w, CALL_END);
                }
                LIT(w, CALLS_END);
            } else {
                const size_t at = is_tool ? SIZE_MAX : tkc_find(m->content, "</think>");
                txt(w, at == SIZE_MAX ? m->content : tkc_from(m->content, at + 8));
            }
            is_tool = false;
            LIT(w, EOS);
        } else if (m->role == TKC_CHAT_TOOL) {
            is_last_user = false;
            is_tool = true;
            output(w, m);
        }
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt && is_last_user && !is_tool) {
        LIT(w, ASSISTANT);
        lit(w, w->opt->thinking == TKC_THINKING_ON ? "<think>" : "</think>");
    }
}
