/*
 * trace.c - messages of OpenTelemetry's form ("parts", whose texts are called "content") are written in that of OpenAI's chat;
 * whatever is not of that form is copied, for the request's reader knows more of it.
 */
#include "optimizer/audit/trace.h"

#include "optimizer/money/usage_impl.h"
#include "vocab/base/error.h"

#include <string.h>

typedef struct writer {
    const tkc_json *d;
    tkc_buf *out;
    tkc_error *err;
    tkc_status st;
} writer;

void tkc_trace_init(tkc_trace *t, size_t max_bytes, const tkc_allocator *alloc)
{
    tkc_json_init(&t->inner, alloc);
    tkc_buf_init(&t->text, max_bytes, alloc);
    tkc_buf_init(&t->out, max_bytes, alloc);
}

void tkc_trace_release(tkc_trace *t)
{
    tkc_json_release(&t->inner);
    tkc_buf_release(&t->text);
    tkc_buf_release(&t->out);
}

static void put(writer *w, tkc_str s)
{
    if (!w->st) w->st = tkc_buf_append(w->out, s.ptr, s.len, w->err);
}

static void word(writer *w, const char *s)
{
    put(w, (tkc_str){s, strlen(s)});
}

/* The value of a key as it stands there, or null. */
static void value(writer *w, uint32_t object, const char *key)
{
    const uint32_t v = tkc_usage_get(w->d, object, key);
    if (v == TKC_JSON_NONE)
        word(w, "null");
    else
        put(w, tkc_json_source(w->d, v));
}

static bool is_type(const writer *w, uint32_t part, const char *type)
{
    const uint32_t v = tkc_usage_get(w->d, part, "type");
    return v != TKC_JSON_NONE && tkc_json_is(w->d, v, type);
}

static void put_part(writer *w, uint32_t part)
{
    if (is_type(w, part, "text")) {
        word(w, "{\"type\":\"text\",\"text\":");
        value(w, part, "content");
        word(w, "}");
    } else {
        put(w, tkc_json_source(w->d, part));
    }
}

static void put_call(writer *w, uint32_t part)
{
    word(w, "{\"type\":\"function\",\"id\":");
    value(w, part, "id");
    word(w, ",\"function\":{\"name\":");
    value(w, part, "name");
    word(w, ",\"arguments\":");
    value(w, part, "arguments");
    word(w, "}}");
}

static void put_result(writer *w, uint32_t part)
{
    word(w, "{\"role\":\"tool\",\"tool_call_id\":");
    value(w, part, "id");
    word(w, ",\"content\":[");
    value(w, part, tkc_usage_get(w->d, part, "response") != TKC_JSON_NONE ? "response" : "result"); /* before version 1.38 */
    word(w, "]}");
}

/* Those of the parts that are of one kind, with commas between them. */
enum { PART, CALL, RESULT };
static size_t put_parts(writer *w, uint32_t parts, int kind)
{
    size_t n = 0;
    for (uint32_t p = tkc_json_first(w->d, parts); p != TKC_JSON_NONE && !w->st; p = tkc_json_next(w->d, parts, p)) {
        if (kind != (is_type(w, p, "tool_call") ? CALL : is_type(w, p, "tool_call_response") ? RESULT : PART)) continue;
        if (n++) word(w, ",");
        (kind == CALL ? put_call : kind == RESULT ? put_result : put_part)(w, p);
    }
    return n;
}

/* A message; results of calls are messages of their own. */
static void put_message(writer *w, uint32_t m)
{
    const uint32_t parts = tkc_usage_get_kind(w->d, m, "parts", TKC_JSON_ARRAY);
    if (parts == TKC_JSON_NONE) {
        put(w, tkc_json_source(w->d, m));
        return;
    }
    if (put_parts(w, parts, RESULT)) return;
    word(w, "{\"role\":");
    value(w, m, "role");
    word(w, ",\"content\":[");
    (void)put_parts(w, parts, PART);
    word(w, "],\"tool_calls\":[");
    (void)put_parts(w, parts, CALL);
    word(w, "]}");
}

/* The text of a node, of a string what it holds; its value in t->inner, which has no node where it is no JSON. */
static tkc_status open_value(tkc_trace *t, const tkc_json *d, uint32_t node, tkc_str *text, tkc_error *err)
{
    const tkc_json_limits limits = {.lone_surrogates = true};
    tkc_status st = TKC_OK;
    *text = tkc_json_source(d, node);
    tkc_buf_clear(&t->text);
    if (tkc_json_kind_of(d, node) == TKC_JSON_STRING) st = tkc_json_string(d, node, &t->text, text, err);
    if (!st) st = tkc_json_parse(&t->inner, *text, &limits, err);
    return st == TKC_E_FORMAT ? TKC_OK : st;
}

static bool holds(const tkc_trace *t, tkc_json_kind k)
{
    return t->inner.n_node && tkc_json_kind_of(&t->inner, 0) == k;
}

/* Instructions that stand beside the messages: a list of parts, or a text. */
static void put_system(writer *w, tkc_trace *t, const tkc_json *d, uint32_t system)
{
    tkc_str text;
    if (!w->st) w->st = open_value(t, d, system, &text, w->err);
    word(w, "{\"role\":\"system\",\"content\":");
    if (holds(t, TKC_JSON_ARRAY)) {
        word(w, "[");
        (void)put_parts(w, 0, PART);
        word(w, "]");
    } else {
        put(w, tkc_json_source(d, system));
    }
    word(w, "}");
}

tkc_status tkc_trace_request(tkc_trace *t, const tkc_json *d, tkc_usage_format format, uint32_t object, tkc_str *out, tkc_error *err)
{
    static const char *const key[] = {"gen_ai.input.messages", "gen_ai.prompt", "input.value"};
    writer w = {&t->inner, &t->out, err, TKC_OK};
    uint32_t messages = TKC_JSON_NONE, system = TKC_JSON_NONE, tools = TKC_JSON_NONE;
    tkc_str text;
    *out = (tkc_str){NULL, 0};
    tkc_buf_clear(&t->out);
    if (format == TKC_USAGE_LANGFUSE) {
        messages = tkc_usage_get(d, 0, "input");
    } else {
        for (size_t i = 0; i < sizeof key / sizeof *key && messages == TKC_JSON_NONE; i++) messages = tkc_usage_attribute(d, object, key[i]);
        system = tkc_usage_attribute(d, object, "gen_ai.system_instructions");
        tools = tkc_usage_attribute(d, object, "gen_ai.tool.definitions");
    }
    if (messages == TKC_JSON_NONE) return TKC_OK;
    word(&w, "{\"messages\":[");
    if (system != TKC_JSON_NONE) put_system(&w, t, d, system);
    if (!w.st) w.st = open_value(t, d, messages, &text, err);
    if (w.st) return w.st;
    if (holds(t, TKC_JSON_OBJECT)) { /* the request as it was given to the provider's library */
        *out = text;
        return TKC_OK;
    }
    if (system != TKC_JSON_NONE && !(holds(t, TKC_JSON_ARRAY) && !tkc_json_count(&t->inner, 0))) word(&w, ",");
    if (holds(t, TKC_JSON_ARRAY)) {
        for (uint32_t m = tkc_json_first(&t->inner, 0), n = 0; m != TKC_JSON_NONE && !w.st; m = tkc_json_next(&t->inner, 0, m)) {
            if (n++) word(&w, ",");
            put_message(&w, m);
        }
    } else {
        word(&w, "{\"role\":\"user\",\"content\":");
        put(&w, tkc_json_source(d, messages));
        word(&w, "}");
    }
    word(&w, "]");
    if (tools != TKC_JSON_NONE && !w.st) {
        w.st = open_value(t, d, tools, &text, err);
        if (holds(t, TKC_JSON_ARRAY)) {
            word(&w, ",\"tools\":");
            put(&w, text);
        }
    }
    word(&w, "}");
    *out = tkc_buf_str(&t->out);
    return w.st;
}
