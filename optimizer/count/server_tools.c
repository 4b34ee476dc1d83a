/*
 * server_tools.c - tools as servers hand them to a chat template.
 *
 * vLLM reads a tool into a class of its own and writes that out again: name, description, parameters, null where the
 * request has none, and the fields that the class does not have behind them. So a template that prints the tool as JSON
 * prints more than was sent: with Qwen3's, a tool of a name alone is 10 tokens more. llama.cpp writes no field but
 * those three; "strict" is in vLLM's prompt (vllm-project/vllm#52741) and not in llama.cpp's.
 */
#include "optimizer/count/count_impl.h"

#include <string.h>

static const char *const tool_key[] = {"type", "function"};
static const char *const function_key[] = {"name", "description", "parameters"};

typedef struct writing {
    tkc_counting *k;
    tkc_buf *out;
    bool bare, differs, has_more;
} writing;

static void put(writing *w, tkc_str s)
{
    if (!w->k->st) w->k->st = tkc_buf_append(w->out, s.ptr, s.len, w->k->err);
}

static void put_z(writing *w, const char *s)
{
    put(w, (tkc_str){s, strlen(s)});
}

static void put_object(writing *w, uint32_t object, const char *const *known, size_t n_known);

static void put_value(writing *w, const char *key, uint32_t value)
{
    const tkc_json *d = w->k->doc;
    if (value == TKC_JSON_NONE)
        put_z(w, strcmp(key, "type") == 0 ? "\"function\"" : "null");
    else if (strcmp(key, "function") == 0 && tkc_json_kind_of(d, value) == TKC_JSON_OBJECT)
        put_object(w, value, function_key, sizeof function_key / sizeof *function_key);
    else
        put(w, tkc_json_source(d, value));
}

/* The known members in their order, then the others. */
static void put_object(writing *w, uint32_t object, const char *const *known, size_t n_known)
{
    const tkc_json *d = w->k->doc;
    uint32_t at = tkc_json_first(d, object);
    for (size_t i = 0; i < n_known; i++) {
        if (at == TKC_JSON_NONE || !tkc_json_is(d, at, known[i])) w->differs = true;
        if (at != TKC_JSON_NONE) at = tkc_json_next_member(d, object, at);
        put_z(w, i ? ",\"" : "{\"");
        put_z(w, known[i]);
        put_z(w, "\":");
        put_value(w, known[i], tkc_cr_get(w->k, object, known[i]));
    }
    for (at = tkc_json_first(d, object); at != TKC_JSON_NONE; at = tkc_json_next_member(d, object, at)) {
        if (tkc_json_is_one_of(d, at, known, n_known)) continue;
        w->has_more = true;
        if (w->bare) continue;
        put_z(w, ",");
        put(w, tkc_json_source(d, at));
        put_z(w, ":");
        put(w, tkc_json_source(d, tkc_json_value(d, at)));
    }
    put_z(w, "}");
}

bool tkc_cr_server_tools(tkc_counting *k, const tkc_chat_tool *tool, size_t n, bool bare, tkc_buf *out)
{
    writing w = {.k = k, .out = out, .bare = bare};
    tkc_buf_clear(out);
    for (size_t i = 0; i < n; i++) {
        put_z(&w, i ? "," : "[");
        put_object(&w, tool[i].node, tool_key, sizeof tool_key / sizeof *tool_key);
    }
    put_z(&w, "]");
    return !k->st && (bare ? w.has_more : w.differs);
}
