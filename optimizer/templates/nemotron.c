/*
 * nemotron.c - NVIDIA Nemotron Nano 2: <SPECIAL_10>System, <SPECIAL_11>User and Assistant,
 * <SPECIAL_12> behind an answer. "/think" and "/no_think" in what a user writes are switches
 * and are taken out. Nemotron 3 is in xml_tools.c.
 */
#include "optimizer/templates/writer.h"

/* The vocabulary counted with has tekken's names at these places. */
static const tkc_marker places[] = {{"<SPECIAL_10>", "<pad>"},
                                    {"<SPECIAL_11>", "[PREFIX]"},
                                    {"<SPECIAL_12>", "[MIDDLE]"},
                                    {NULL, NULL}};

/* s without each word, left to right as Python's replace() has it. */
static void without(tkc_writer *w, tkc_buf *b, tkc_str s, const char *word)
{
    tkc_buf_clear(b);
    while (!w->status) {
        const tkc_str part = tkc_before(s, word);
        w->status = tkc_buf_append(b, part.ptr, part.len, w->err);
        if (part.len == s.len) return;
        s = tkc_from(s, part.len + strlen(word));
    }
}

/* Without the switches, trimmed; true if anything is left. */
static bool unswitched(tkc_writer *w, tkc_str s)
{
    tkc_buf a, b;
    tkc_str left;
    tkc_buf_init(&a, s.len + 1, w->alloc);
    tkc_buf_init(&b, s.len + 1, w->alloc);
    without(w, &a, s, "/think");
    without(w, &b, tkc_buf_str(&a), "/no_think");
    left = trim(tkc_buf_str(&b));
    txt(w, left);
    tkc_buf_release(&a);
    tkc_buf_release(&b);
    return left.len > 0;
}

static void calls(tkc_writer *w, const tkc_chat_message *m)
{
    LIT(w, "<TOOLCALL>[");
    for (size_t k = 0; k < m->n_call; k++) {
        if (k) LIT(w, ", ");
        LIT(w, "{\"name\": \"");
        txt(w, m->call[k].name);
        LIT(w, "\", \"arguments\": ");
        tkc_w_args(w, &m->call[k], NULL);
        LIT(w, "}");
    }
    LIT(w, "]</TOOLCALL>");
}

static void tools(tkc_writer *w)
{
    w->origin = TKC_ORIGIN_TOOLS;
    LIT(w, "You can use the following tools to assist the user if required:\n<AVAILABLE_TOOLS>[");
    for (size_t i = 0; i < w->chat->n_tool; i++) {
        if (i) LIT(w, ", ");
        tkc_w_json(w, tkc_tool_function(w, i), NULL);
    }
    LIT(w,
        "]</AVAILABLE_TOOLS>\n\nIf you decide to call any tool(s), use the following "
        "format:\n<TOOLCALL>[{{\"name\": \"tool_name1\", \"arguments\": \"tool_args1\"}}, "
        "{{\"name\": \"tool_name2\", \"arguments\": \"tool_args2\"}}]</TOOLCALL>\n\nThe user will "
        "execute tool-calls and return responses from tool(s) in this "
        "format:\n<TOOL_RESPONSE>[{{\"tool_response1\"}}, "
        "{{\"tool_response2\"}}]</TOOL_RESPONSE>\n\nBased on the tool responses, you can call "
        "additional tools if needed, correct tool calls if any errors are found, or just respond "
        "to the user.");
    w->origin = TKC_ORIGIN_FRAME;
}

static void turn(tkc_writer *w, size_t i, size_t first, size_t end)
{
    const tkc_chat_message *m = &w->chat->message[i];
    tkc_str content = m->content;
    if (m->role == TKC_CHAT_USER) {
        LIT(w, "<SPECIAL_11>User\n");
        (void)unswitched(w, content);
        LIT(w, "\n");
    } else if (m->role == TKC_CHAT_TOOL) {
        const bool more = i + 1 < end && m[1].role == TKC_CHAT_TOOL;
        if (i == first || m[-1].role != TKC_CHAT_TOOL) LIT(w, "<SPECIAL_11>User\n<TOOL_RESPONSE>[");
        txt(w, content);
        lit(w, more ? ", " : "]</TOOL_RESPONSE>");
    } else if (m->role == TKC_CHAT_ASSISTANT) {
        const size_t at = tkc_find(content, "</think>");
        if (at != SIZE_MAX)
            content = tkc_before(tkc_from(content, at + strlen("</think>")), "</think>");
        content = trim(content);
        LIT(w, "<SPECIAL_11>Assistant\n");
        txt(w, content);
        if (m->n_call && content.len) LIT(w, "\n");
        if (m->n_call) calls(w, m);
        LIT(w, "\n<SPECIAL_12>\n");
    }
}

void tkc_template_nemotron_nano2(tkc_writer *w)
{
    const tkc_chat *c = w->chat;
    const bool given = c->message[0].role == TKC_CHAT_SYSTEM;
    const size_t first = given ? 1 : 0;
    size_t end = c->n_message;
    const tkc_chat_message *last = NULL;
    bool thinks = true, own = false;
    w->markers = places;
    if (first == end) {
        tkc_w_refuse(w, 0, "a system message alone");
        return;
    }
    for (size_t i = 0; i < end; i++) {
        const tkc_chat_message *m = &c->message[i];
        if (m->role != TKC_CHAT_USER && m->role != TKC_CHAT_SYSTEM) continue;
        if (tkc_has(m->content, "/think"))
            thinks = true;
        else if (tkc_has(m->content, "/no_think"))
            thinks = false;
    }
    LIT(w, "<SPECIAL_10>System\n");
    w->origin = 0;
    if (given) own = unswitched(w, c->message[0].content);
    w->origin = TKC_ORIGIN_FRAME;
    if (c->n_tool && own) LIT(w, "\n\n");
    if (c->n_tool) tools(w);
    LIT(w, "\n\n");
    if (c->message[end - 1].role == TKC_CHAT_ASSISTANT) last = &c->message[--end];
    for (size_t i = first; i < end; i++) {
        w->origin = (ptrdiff_t)i;
        turn(w, i, first, end);
    }
    w->origin = TKC_ORIGIN_FRAME;
    if (w->opt->add_generation_prompt || (last && trim(last->content).len)) {
        LIT(w, "<SPECIAL_11>Assistant\n");
        lit(w, thinks ? "<think>\n" : "<think></think>");
        w->origin = last ? (ptrdiff_t)end : TKC_ORIGIN_FRAME;
        if (last) txt(w, trim(last->content));
        if (!w->opt->add_generation_prompt) LIT(w, "\n<SPECIAL_12>\n");
    }
    if (!w->opt->add_generation_prompt && last && last->n_call) {
        LIT(w, "<SPECIAL_11>Assistant\n");
        calls(w, last);
        LIT(w, "<SPECIAL_12>\n\n");
    }
}
