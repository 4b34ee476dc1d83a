/*
 * trace.c - messages of OpenTelemetry's form ("parts", whose texts are called "content") are written in that of OpenAI's chat;
 * whatever is not of that form is copied, for the request's reader knows more of it.
 */
#include "optimizer/audit/trace_impl.h"

#include "optimizer/money/usage_impl.h"
#include "vocab/base/alloc.h"

#include <string.h>

void tkc_trace_init(tkc_trace *t, size_t max_bytes, const tkc_allocator *alloc)
{
    tkc_json_init(&t->inner, alloc);
    tkc_buf_init(&t->text, max_bytes, alloc);
    tkc_buf_init(&t->out, max_bytes, alloc);
    tkc_json_init(&t->quoted, alloc);
    tkc_buf_init(&t->unquoted, max_bytes, alloc);
    t->alloc = tkc_allocator_or_default(alloc);
    t->item = NULL;
    t->n_item = t->cap_item = 0;
}

void tkc_trace_release(tkc_trace *t)
{
    tkc_json_release(&t->inner);
    tkc_buf_release(&t->text);
    tkc_buf_release(&t->out);
    tkc_json_release(&t->quoted);
    tkc_buf_release(&t->unquoted);
    tkc_free(t->alloc, t->item, t->cap_item, sizeof *t->item);
}

/* The value of a key as it stands there, or null. */
static void value(trace_writer *w, uint32_t object, const char *key)
{
    const uint32_t v = tkc_usage_get(&w->t->inner, object, key);
    if (v == TKC_JSON_NONE)
        trace_word(w, "null");
    else
        trace_put(w, tkc_json_source(&w->t->inner, v));
}

static bool is_type(const trace_writer *w, uint32_t part, const char *type)
{
    const uint32_t v = tkc_usage_get(&w->t->inner, part, "type");
    return v != TKC_JSON_NONE && tkc_json_is(&w->t->inner, v, type);
}

/* What a string node holds, in JSON's spelling; nothing where there is none. */
static void inside(trace_writer *w, uint32_t object, const char *key)
{
    const uint32_t v = tkc_usage_get_kind(&w->t->inner, object, key, TKC_JSON_STRING);
    const tkc_str s = v == TKC_JSON_NONE ? (tkc_str){"\"\"", 2} : tkc_json_source(&w->t->inner, v);
    trace_put(w, (tkc_str){s.ptr + 1, s.len - 2});
}

static void put_image(trace_writer *w, uint32_t part)
{
    trace_word(w, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"");
    if (is_type(w, part, "uri")) {
        inside(w, part, "uri");
    } else {
        trace_word(w, "data:");
        inside(w, part, "mime_type");
        trace_word(w, ";base64,");
        inside(w, part, "content");
    }
    trace_word(w, "\"}}");
}

static void put_part(trace_writer *w, uint32_t part)
{
    const uint32_t modality = tkc_usage_get(&w->t->inner, part, "modality");
    if (tkc_json_is(&w->t->inner, modality, "image") && (is_type(w, part, "uri") || is_type(w, part, "blob"))) {
        put_image(w, part);
    } else if (is_type(w, part, "text")) {
        trace_word(w, "{\"type\":\"text\",\"text\":");
        value(w, part, "content");
        trace_word(w, "}");
    } else {
        trace_put(w, tkc_json_source(&w->t->inner, part));
    }
}

static void put_call(trace_writer *w, uint32_t part)
{
    trace_word(w, "{\"type\":\"function\",\"id\":");
    value(w, part, "id");
    trace_word(w, ",\"function\":{\"name\":");
    value(w, part, "name");
    trace_word(w, ",\"arguments\":");
    value(w, part, "arguments");
    trace_word(w, "}}");
}

static void put_result(trace_writer *w, uint32_t part)
{
    trace_word(w, "{\"role\":\"tool\",\"tool_call_id\":");
    value(w, part, "id");
    trace_word(w, ",\"content\":[");
    value(w, part, tkc_usage_get(&w->t->inner, part, "response") != TKC_JSON_NONE ? "response" : "result"); /* before version 1.38 */
    trace_word(w, "]}");
}

/* Those of the parts that are of one kind, with commas between them. */
enum { PART, CALL, RESULT };
static size_t put_parts(trace_writer *w, uint32_t parts, int kind)
{
    size_t n = 0;
    for (uint32_t p = tkc_json_first(&w->t->inner, parts); p != TKC_JSON_NONE && !w->st; p = tkc_json_next(&w->t->inner, parts, p)) {
        if (kind != (is_type(w, p, "tool_call") ? CALL : is_type(w, p, "tool_call_response") ? RESULT : PART)) continue;
        n++;
        trace_comma(w);
        (kind == CALL ? put_call : kind == RESULT ? put_result : put_part)(w, p);
    }
    return n;
}

/* A message; results of calls are messages of their own. */
static void put_message(trace_writer *w, uint32_t m)
{
    const uint32_t parts = tkc_usage_get_kind(&w->t->inner, m, "parts", TKC_JSON_ARRAY);
    if (parts == TKC_JSON_NONE) {
        trace_put(w, tkc_json_source(&w->t->inner, m));
        return;
    }
    if (put_parts(w, parts, RESULT)) return;
    trace_word(w, "{\"role\":");
    value(w, m, "role");
    trace_word(w, ",\"content\":[");
    (void)put_parts(w, parts, PART);
    trace_word(w, "],\"tool_calls\":[");
    (void)put_parts(w, parts, CALL);
    trace_word(w, "]}");
}

static bool holds(const tkc_trace *t, tkc_json_kind k)
{
    return t->inner.n_node && tkc_json_kind_of(&t->inner, 0) == k;
}

/* Instructions that stand beside the messages: a list of parts, or a text. */
static void put_system(trace_writer *w, trace_value system)
{
    tkc_str text;
    if (!w->st) w->st = trace_open(w->t, system, &text, w->err);
    trace_word(w, "{\"role\":\"system\",\"content\":");
    if (holds(w->t, TKC_JSON_ARRAY)) {
        trace_word(w, "[");
        (void)put_parts(w, 0, PART);
        trace_word(w, "]");
    } else {
        trace_put_value(w, system);
    }
    trace_word(w, "}");
}

/* What one value holds: a list of messages, a text, or the request as it was given to the provider's library, which is
 * all of *whole then. */
static void put_all(trace_writer *w, trace_value messages, tkc_str *whole)
{
    tkc_trace *t = w->t;
    tkc_str text;
    if (!w->st) w->st = trace_open(t, messages, &text, w->err);
    if (w->st) return;
    if (holds(t, TKC_JSON_OBJECT)) {
        *whole = text;
    } else if (holds(t, TKC_JSON_ARRAY)) {
        for (uint32_t m = tkc_json_first(&t->inner, 0); m != TKC_JSON_NONE && !w->st; m = tkc_json_next(&t->inner, 0, m)) {
            trace_comma(w);
            put_message(w, m);
        }
    } else {
        trace_comma(w);
        trace_word(w, "{\"role\":\"user\",\"content\":");
        trace_put_value(w, messages);
        trace_word(w, "}");
    }
}

static void put_tools(trace_writer *w, trace_value tools, trace_attributes a)
{
    const size_t before = w->out->len;
    size_t begun;
    tkc_str text;
    trace_word(w, ",\"tools\":[");
    begun = w->out->len;
    if (!trace_has(tools)) {
        trace_put_tools(w, a);
    } else if (!w->st) {
        w->st = trace_open(w->t, tools, &text, w->err);
        for (uint32_t i = holds(w->t, TKC_JSON_ARRAY) ? tkc_json_first(&w->t->inner, 0) : TKC_JSON_NONE; i != TKC_JSON_NONE && !w->st;
             i = tkc_json_next(&w->t->inner, 0, i)) {
            trace_comma(w);
            trace_put(w, tkc_json_source(&w->t->inner, i));
        }
    }
    if (w->out->len == begun)
        w->out->len = before; /* none */
    else
        trace_word(w, "]");
}

/* The attributes that hold the messages whole: the span's, or those of an event. None: there are no such. */
static trace_attributes find_whole(trace_attributes span, trace_value *messages)
{
    static const char *const key[] = {"gen_ai.input.messages", "gen_ai.prompt", "input.value"};
    for (size_t i = 0; i < 2 * (sizeof key / sizeof *key); i++) {
        const char *const k = key[i / 2];
        const trace_attributes a = i % 2 ? trace_event_with(span.d, k) : span;
        *messages = trace_get(a, k);
        if (trace_has(*messages)) return a;
    }
    return (trace_attributes){span.d, TKC_JSON_NONE};
}

/* An SDK keeps 128 attributes of a span and as many events, unless told otherwise. */
static bool lost(const tkc_json *d, const char *counter)
{
    const uint32_t v = tkc_usage_get(d, 0, counter);
    uint64_t n;
    return v != TKC_JSON_NONE && (!tkc_json_u64(d, v, &n) || n);
}

static bool put_messages(trace_writer *w, trace_attributes span)
{
    return (!lost(span.d, "droppedAttributesCount") && trace_put_messages(w, span)) ||
           (!lost(span.d, "droppedEventsCount") && trace_put_events(w, span.d));
}

static trace_value either(trace_attributes a, trace_attributes b, const char *key)
{
    const trace_value v = trace_get(a, key);
    return trace_has(v) ? v : trace_get(b, key);
}

tkc_status tkc_trace_request(tkc_trace *t, const tkc_json *d, tkc_usage_format format, uint32_t object, tkc_str *out, tkc_error *err)
{
    trace_writer w = {t, &t->out, err, TKC_OK};
    trace_attributes span = {d, format == TKC_USAGE_LANGFUSE ? TKC_JSON_NONE : object}, event = {d, TKC_JSON_NONE};
    trace_value messages = {d, TKC_JSON_NONE, false}, system;
    tkc_str whole = {NULL, 0};
    bool found;
    if (format == TKC_USAGE_LANGFUSE)
        messages.node = tkc_usage_get(d, 0, "input");
    else
        event = find_whole(span, &messages);
    system = either(span, event, "gen_ai.system_instructions");
    found = trace_has(messages);
    *out = whole;
    tkc_buf_clear(&t->out);
    trace_word(&w, "{\"messages\":[");
    if (trace_has(system)) put_system(&w, system);
    if (found)
        put_all(&w, messages, &whole);
    else if (span.node != TKC_JSON_NONE)
        found = put_messages(&w, span);
    trace_word(&w, "]");
    if (found) put_tools(&w, either(span, event, "gen_ai.tool.definitions"), span);
    trace_word(&w, "}");
    if (found) *out = whole.len ? whole : tkc_buf_str(&t->out);
    return w.st;
}
