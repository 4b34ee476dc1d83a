/*
 * deepseek_v4.c - DeepSeek V4, after the owner's message encoder (encoding_dsv4.py; there is no
 * jinja template).
 *
 * Tool results are blocks of the user message they stand next to; neighbouring user and tool
 * messages are one message. Tool definitions go with the first system message, an empty one is
 * put in front where there is none. Thinking mode keeps reasoning behind the last user message,
 * or everywhere when there are tools.
 */
#include "optimizer/templates/writer.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>

#define BAR "\xef\xbd\x9c"
#define LOW "\xe2\x96\x81"
#define DSML BAR "DSML" BAR
#define BOS "<" BAR "begin" LOW "of" LOW "sentence" BAR ">"
#define EOS "<" BAR "end" LOW "of" LOW "sentence" BAR ">"
#define USER "<" BAR "User" BAR ">"
#define ASSISTANT "<" BAR "Assistant" BAR ">"

static const char effort_max[] =
    "Reasoning Effort: Absolute maximum with no shortcuts permitted.\nYou MUST be very thorough in "
    "your thinking and comprehensively decompose the problem to resolve the root cause, rigorously "
    "stress-testing your logic against all potential paths, edge cases, and adversarial "
    "scenarios.\nExplicitly write out your entire deliberation process, documenting every "
    "intermediate step, considered alternative, and rejected hypothesis to ensure absolutely no "
    "assumption is left unchecked.\n\n";

static const char tools_before[] =
    "## Tools\n\nYou have access to a set of tools to help answer the user's question. You can "
    "invoke tools by writing a \"<" DSML "tool_calls>\" block like the following:\n\n"
    "<" DSML "tool_calls>\n<" DSML "invoke name=\"$TOOL_NAME\">\n<" DSML "parameter "
    "name=\"$PARAMETER_NAME\" string=\"true|false\">$PARAMETER_VALUE</" DSML "parameter>\n...\n"
    "</" DSML "invoke>\n<" DSML "invoke name=\"$TOOL_NAME2\">\n...\n</" DSML "invoke>\n"
    "</" DSML "tool_calls>\n\nString parameters should be specified as is and set "
    "`string=\"true\"`. For all other types (numbers, booleans, arrays, objects), pass the value "
    "in JSON format and set `string=\"false\"`.\n\nIf thinking_mode is enabled (triggered by "
    "<think>), you MUST output your complete reasoning inside <think>...</think> BEFORE any tool "
    "calls or final response.\n\nOtherwise, output directly after </think> with tool calls or "
    "final response.\n\n### Available Tool Schemas\n\n";
static const char tools_behind[] =
    "\n\nYou MUST strictly follow the above defined tool name and parameter schemas to invoke tool "
    "calls.\n";

static void tools(tkc_writer *w)
{
    const ptrdiff_t origin = w->origin;
    w->origin = TKC_ORIGIN_TOOLS;
    LIT(w, "\n\n");
    lit(w, tools_before);
    for (size_t i = 0; i < w->chat->n_tool; i++) {
        const tkc_value f = tkc_get(tkc_tool(w, i), "function");
        if (!tkc_defined(f)) {
            tkc_w_refuse(w, 0, "a tool without its function");
            return;
        }
        if (i) LIT(w, "\n");
        tkc_w_json(w, f, NULL);
    }
    lit(w, tools_behind);
    w->origin = origin;
}

static void parameter(tkc_writer *w, tkc_value key, tkc_value v)
{
    LIT(w, "<" DSML "parameter name=\"");
    tkc_w_pystr(w, key);
    if (tkc_is(v, TKC_JSON_STRING)) {
        LIT(w, "\" string=\"true\">");
        tkc_w_pystr(w, v);
    } else {
        LIT(w, "\" string=\"false\">");
        tkc_w_json(w, v, NULL);
    }
    LIT(w, "</" DSML "parameter>");
}

static void one_call(tkc_writer *w, size_t i, const tkc_chat_call *c)
{
    const tkc_value args = tkc_call_args(w, c);
    tkc_members m;
    LIT(w, "<" DSML "invoke name=\"");
    txt(w, c->name);
    LIT(w, "\">\n");
    if (tkc_defined(args)) {
        if (!tkc_w_members(w, args, TKC_MEMBERS_AS_IS, &m)) return;
        for (size_t k = 0; k < m.n; k++) {
            if (k) LIT(w, "\n");
            parameter(w, (tkc_value){args.doc, m.at[k].key}, (tkc_value){args.doc, m.at[k].value});
        }
        tkc_members_release(&m);
    } else if (w->args.n_node) {
        tkc_w_refuse(w, i, "the arguments of a call are JSON, but no object");
    } else {
        LIT(w, "<" DSML "parameter name=\"arguments\" string=\"true\">");
        txt(w, c->arguments);
        LIT(w, "</" DSML "parameter>");
    }
    LIT(w, "\n</" DSML "invoke>");
}

static bool is_turn(const tkc_chat_message *m)
{
    return m->role == TKC_CHAT_USER || m->role == TKC_CHAT_TOOL;
}

static int by_at(const void *a, const void *b)
{
    const tkc_id_entry *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return x->id.len < y->id.len ? -1 : x->id.len > y->id.len;
}

/* The blocks of [from, to); results of one turn in the order of the calls of message caller,
 * unknown ones as if they answered the first. */
static void blocks(tkc_writer *w, size_t from, size_t to, size_t caller)
{
    const tkc_chat *c = w->chat;
    tkc_id_entry *order = tkc_alloc(w->alloc, to - from, sizeof *order);
    size_t n = 0, next = 0;
    tkc_ids ids = {0};
    if (!order) {
        w->status = tkc_nomem(w->err);
        return;
    }
    if (caller == SIZE_MAX || tkc_ids_of(w, caller, caller + 1, false, &ids)) {
        for (size_t i = from; i < to; i++) {
            if (c->message[i].role != TKC_CHAT_TOOL) continue;
            const size_t at = ids.n ? tkc_ids_last(&ids, c->message[i].call_id) : SIZE_MAX;
            /* The message's index goes where the id was: it keeps equal ones in order. */
            order[n++] = (tkc_id_entry){{NULL, i}, at == SIZE_MAX ? 0 : ids.entry[at].at};
        }
        if (ids.n) qsort(order, n, sizeof *order, by_at);
        for (size_t i = from; i < to; i++) {
            const bool tool = c->message[i].role == TKC_CHAT_TOOL;
            const size_t m = tool ? order[next++].id.len : i;
            w->origin = (ptrdiff_t)m;
            if (i > from) LIT(w, "\n\n");
            if (tool) LIT(w, "<tool_result>");
            txt(w, c->message[m].content);
            if (tool) LIT(w, "</tool_result>");
        }
        tkc_ids_release(&ids);
    }
    tkc_free(w->alloc, order, to - from, sizeof *order);
}

static void assistant(tkc_writer *w, size_t i, bool thought_shown, bool thought_kept)
{
    const tkc_chat_message *m = &w->chat->message[i];
    if (thought_shown) {
        if (thought_kept) txt(w, m->thinking);
        LIT(w, "</think>");
    }
    txt(w, m->content);
    if (m->n_call) LIT(w, "\n\n<" DSML "tool_calls>\n");
    for (size_t k = 0; k < m->n_call; k++) {
        if (k) LIT(w, "\n");
        one_call(w, i, &m->call[k]);
    }
    if (m->n_call) LIT(w, "\n</" DSML "tool_calls>");
    LIT(w, EOS);
}

void tkc_template_deepseek_v4(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const bool thinks = w->opt->thinking == TKC_THINKING_ON, drop = c->n_tool == 0;
    const tkc_str effort = w->opt->reasoning_effort;
    const bool given = c->message[0].role == TKC_CHAT_SYSTEM;
    size_t last_user = SIZE_MAX, caller = SIZE_MAX, to;
    if (effort.len && !tkc_eq(effort, "high") && !tkc_eq(effort, "max")) {
        tkc_w_refuse(w, 0, "reasoning effort is high or max");
        return;
    }
    for (size_t i = 0; i < c->n_message; i++) /* first message of the last user turn */
        if ((is_turn(&c->message[i]) && (i == 0 || !is_turn(&c->message[i - 1]))) ||
            c->message[i].role == TKC_CHAT_DEVELOPER)
            last_user = i;
    LIT(w, BOS);
    if (thinks && tkc_eq(effort, "max")) lit(w, effort_max);
    if (c->n_tool && !given) tools(w);
    for (size_t i = 0; i < c->n_message && !w->status; i = to) {
        const tkc_chat_message *m = &c->message[i];
        const bool behind = last_user == SIZE_MAX || i > last_user;
        bool asks = false; /* a user or developer turn */
        to = i + 1;
        w->origin = (ptrdiff_t)i;
        if (m->role == TKC_CHAT_SYSTEM) {
            txt(w, m->content);
            if (i == 0 && c->n_tool) tools(w);
        } else if (m->role == TKC_CHAT_DEVELOPER) {
            if (thinks && drop && i < last_user) continue;
            if (m->content.len == 0) {
                tkc_w_refuse(w, i, "a developer message without text");
                return;
            }
            asks = true;
            LIT(w, USER);
            txt(w, m->content);
        } else if (m->role == TKC_CHAT_ASSISTANT) {
            if (m->n_call) caller = i;
            assistant(w, i, thinks && (!drop || behind), true);
        } else {
            while (to < c->n_message && is_turn(&c->message[to])) to++;
            asks = true;
            LIT(w, USER);
            blocks(w, i, to, caller);
        }
        size_t next = to;
        while (next < c->n_message && thinks && drop && next < last_user &&
               c->message[next].role == TKC_CHAT_DEVELOPER)
            next++;
        if (!asks || (next < c->n_message && c->message[next].role != TKC_CHAT_ASSISTANT)) continue;
        w->origin = TKC_ORIGIN_FRAME;
        LIT(w, ASSISTANT);
        lit(w, thinks && (!drop || i >= last_user) ? "<think>" : "</think>");
    }
}
