/*
 * chat_lines.h - conversations of tests/data/templates as tkc_chat, for the driver and the tests.
 *
 * One JSON object a line. The first line is {"pool":[tool, ...]}; every other one is
 * {"messages":[{"role","content","reasoning","calls":[{"id","name","arguments"}],"call_id",
 * "name"}],"tools":[index into the pool],"options":{"generate","thinking","effort","date"}}.
 * Test code: anything unexpected ends the program.
 */
#ifndef TKC_TESTS_SUPPORT_CHAT_LINES_H
#define TKC_TESTS_SUPPORT_CHAT_LINES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "optimizer/templates/template.h"

typedef struct tkt_chat {
    tkc_json doc;
    tkc_buf text; /* decoded strings; reserved once so that they stay where they are */
    tkc_chat_message *message;
    tkc_chat_call *call;
    tkc_chat_tool *tool;
    tkc_chat chat;
    tkc_template_options opt;
} tkt_chat;

static inline void tkt_need(bool ok, const char *what)
{
    if (ok) return;
    fprintf(stderr, "conversation line: %s\n", what);
    exit(2);
}

static inline tkc_str tkt_text(tkt_chat *t, uint32_t object, const char *key, bool *there)
{
    tkc_error err;
    tkc_str s = {"", 0};
    const uint32_t v = tkc_json_get(&t->doc, object, key, NULL);
    if (there) *there = false;
    if (v == TKC_JSON_NONE || tkc_json_kind_of(&t->doc, v) == TKC_JSON_NULL) return s;
    tkt_need(tkc_json_string(&t->doc, v, &t->text, &s, &err) == TKC_OK, "expected a string");
    if (there) *there = true;
    return s;
}

static inline tkc_chat_role tkt_role(tkc_str s)
{
    static const char *const name[] = {"system", "developer", "user", "assistant", "tool"};
    for (int i = 0; i < 5; i++)
        if (strlen(name[i]) == s.len && memcmp(name[i], s.ptr, s.len) == 0) return (tkc_chat_role)i;
    tkt_need(false, "unknown role");
    return TKC_CHAT_USER;
}

static inline bool tkt_true(const tkt_chat *t, uint32_t object, const char *key)
{
    const uint32_t v = tkc_json_get(&t->doc, object, key, NULL);
    return v != TKC_JSON_NONE && tkc_json_kind_of(&t->doc, v) == TKC_JSON_TRUE;
}

static inline void tkt_chat_init(tkt_chat *t)
{
    memset(t, 0, sizeof *t);
    tkc_json_init(&t->doc, NULL);
    tkc_buf_init(&t->text, (size_t)1 << 30, NULL);
}

static inline void tkt_chat_clear(tkt_chat *t)
{
    free(t->message);
    free(t->call);
    free(t->tool);
    t->message = NULL;
    t->call = NULL;
    t->tool = NULL;
    tkc_buf_clear(&t->text);
}

static inline void tkt_chat_release(tkt_chat *t)
{
    tkt_chat_clear(t);
    tkc_json_release(&t->doc);
    tkc_buf_release(&t->text);
}

static inline void tkt_read_message(tkt_chat *t, uint32_t node, tkc_chat_message *m,
                                    tkc_chat_call *call)
{
    const uint32_t calls = tkc_json_get(&t->doc, node, "calls", NULL);
    memset(m, 0, sizeof *m);
    m->role = tkt_role(tkt_text(t, node, "role", NULL));
    m->content = tkt_text(t, node, "content", &m->has_content);
    m->thinking = tkt_text(t, node, "reasoning", &m->has_thinking);
    m->call_id = tkt_text(t, node, "call_id", NULL);
    m->name = tkt_text(t, node, "name", NULL);
    if (calls == TKC_JSON_NONE) return;
    m->call = call;
    for (uint32_t k = tkc_json_first(&t->doc, calls); k != TKC_JSON_NONE;
         k = tkc_json_next(&t->doc, calls, k)) {
        call->id = tkt_text(t, k, "id", NULL);
        call->name = tkt_text(t, k, "name", NULL);
        call->arguments = tkt_text(t, k, "arguments", NULL);
        call++;
        m->n_call++;
    }
}

/* pool: the first line, parsed. line must outlive t. */
static inline void tkt_chat_read(tkt_chat *t, tkc_str line, const tkc_json *pool)
{
    tkc_error err;
    size_t n_call = 0;
    uint32_t messages, tools, options, list;
    tkt_chat_clear(t);
    tkt_need(tkc_json_parse(&t->doc, line, NULL, &err) == TKC_OK, "not JSON");
    tkt_need(tkc_buf_reserve(&t->text, line.len + 1, &err) == TKC_OK, "out of memory");
    messages = tkc_json_get(&t->doc, 0, "messages", NULL);
    tools = tkc_json_get(&t->doc, 0, "tools", NULL);
    options = tkc_json_get(&t->doc, 0, "options", NULL);
    tkt_need(messages != TKC_JSON_NONE && options != TKC_JSON_NONE, "no messages or no options");
    t->message = calloc(tkc_json_count(&t->doc, messages) + 1, sizeof *t->message);
    t->call = calloc(t->doc.n_node + 1, sizeof *t->call);
    tkt_need(t->message && t->call, "out of memory");
    memset(&t->chat, 0, sizeof t->chat);
    for (uint32_t k = tkc_json_first(&t->doc, messages); k != TKC_JSON_NONE;
         k = tkc_json_next(&t->doc, messages, k)) {
        tkc_chat_message *m = &t->message[t->chat.n_message++];
        tkt_read_message(t, k, m, t->call + n_call);
        n_call += m->n_call;
    }
    t->chat.message = t->message;
    if (tools != TKC_JSON_NONE) {
        t->tool = calloc(tkc_json_count(&t->doc, tools) + 1, sizeof *t->tool);
        tkt_need(t->tool != NULL, "out of memory");
        list = tkc_json_get(pool, 0, "pool", NULL);
        for (uint32_t k = tkc_json_first(&t->doc, tools); k != TKC_JSON_NONE;
             k = tkc_json_next(&t->doc, tools, k)) {
            uint64_t want = 0;
            uint32_t at = tkc_json_first(pool, list);
            tkt_need(tkc_json_u64(&t->doc, k, &want), "a tool is an index");
            while (want-- && at != TKC_JSON_NONE) at = tkc_json_next(pool, list, at);
            tkt_need(at != TKC_JSON_NONE, "no such tool in the pool");
            t->tool[t->chat.n_tool++] = (tkc_chat_tool){pool, at};
        }
    }
    t->chat.tool = t->tool;
    memset(&t->opt, 0, sizeof t->opt);
    t->opt.struct_size = sizeof t->opt;
    t->opt.add_generation_prompt = tkt_true(t, options, "generate");
    if (tkc_json_get(&t->doc, options, "thinking", NULL) != TKC_JSON_NONE)
        t->opt.thinking = tkt_true(t, options, "thinking") ? TKC_THINKING_ON : TKC_THINKING_OFF;
    t->opt.reasoning_effort = tkt_text(t, options, "effort", NULL);
    t->opt.year = 2026;
    t->opt.month = 11;
    t->opt.day = 3;
}

/* Text of a rendering with a mark behind each text encoded on its own, as the goldens hash it. */
static inline uint64_t tkt_hash_rendered(const tkc_rendered *r)
{
    uint64_t h = 0xcbf29ce484222325u;
    size_t begin, end, n;
    bool goes_on;
    const tkc_span *span = tkc_rendered_spans(r, NULL, &n);
    for (size_t i = 0; tkc_rendered_segment(r, i, &begin, &end, &goes_on); i++) {
        if (i && !goes_on) h = (h ^ 0x1e) * 0x100000001b3u;
        for (size_t s = begin; s < end; s++)
            for (size_t k = 0; k < span[s].text.len; k++)
                h = (h ^ (unsigned char)span[s].text.ptr[k]) * 0x100000001b3u;
    }
    return n ? (h ^ 0x1e) * 0x100000001b3u : h;
}

static inline uint64_t tkt_hash_ids(const uint32_t *ids, size_t n)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        for (int b = 0; b < 4; b++) h = (h ^ (ids[i] >> (8 * b) & 0xff)) * 0x100000001b3u;
    return h;
}

#endif
