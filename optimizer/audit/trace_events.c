/*
 * trace_events.c - messages as a span's events, as OpenTelemetry had it before version 1.37:
 * gen_ai.user.message and the like, one for each; the answer (gen_ai.choice) is no part of the request. What
 * an event says stands in its attributes, or in one of them (gen_ai.event.content). One event may hold all messages.
 */
#include "optimizer/audit/trace_impl.h"

#include "optimizer/money/usage_impl.h"

#include <string.h>

static trace_attributes attributes_of(const tkc_json *d, uint32_t event)
{
    uint32_t v = tkc_usage_get(d, event, "attributes");
    if (v != TKC_JSON_NONE && tkc_json_kind_of(d, v) != TKC_JSON_OBJECT && tkc_json_kind_of(d, v) != TKC_JSON_ARRAY) v = TKC_JSON_NONE;
    return (trace_attributes){d, v};
}

trace_attributes trace_event_with(const tkc_json *d, const char *key)
{
    const uint32_t list = tkc_usage_get_kind(d, 0, "events", TKC_JSON_ARRAY);
    for (uint32_t i = list == TKC_JSON_NONE ? list : tkc_json_first(d, list); i != TKC_JSON_NONE; i = tkc_json_next(d, list, i)) {
        const trace_attributes a = attributes_of(d, i);
        if (trace_has(trace_get(a, key))) return a;
    }
    return (trace_attributes){d, TKC_JSON_NONE};
}

/* Whose message an event is; NULL: it is none, or the answer. */
static const char *role_of(const tkc_json *d, uint32_t event)
{
    static const char *const event_role[][2] = {{"gen_ai.system.message", "system"},
                                                {"gen_ai.user.message", "user"},
                                                {"gen_ai.assistant.message", "assistant"},
                                                {"gen_ai.tool.message", "tool"}};
    const uint32_t name = tkc_usage_get(d, event, "name");
    for (size_t i = 0; i < sizeof event_role / sizeof *event_role; i++)
        if (tkc_json_is(d, name, event_role[i][0])) return event_role[i][1];
    return NULL;
}

/* False: its text was not kept. */
static bool put_message(trace_writer *w, const char *role, trace_attributes body)
{
    trace_value content = trace_get(body, "gen_ai.event.content"), calls, id;
    tkc_str text;
    if (trace_has(content)) {
        if (!w->st) w->st = trace_open(w->t, content, &text, w->err);
        if (w->st) return false;
        if (w->t->inner.n_node && tkc_json_kind_of(&w->t->inner, 0) == TKC_JSON_OBJECT) {
            body = (trace_attributes){&w->t->inner, 0};
            content = trace_get(body, "content");
        } /* else it is the text */
    } else {
        content = trace_get(body, "content");
    }
    calls = trace_get(body, "tool_calls");
    id = trace_get(body, "tool_call_id"); /* Azure's; "id" is the convention's */
    if (!trace_has(id)) id = trace_get(body, "id");
    if (!trace_has(content) && !trace_has(calls)) return false;
    trace_comma(w);
    trace_word(w, "{\"role\":\"");
    trace_word(w, role);
    trace_word(w, "\",\"content\":");
    trace_put_unquoted(w, content, trace_is_blocks);
    if (trace_has(calls)) {
        trace_word(w, ",\"tool_calls\":");
        trace_put_unquoted(w, calls, trace_is_list);
    }
    if (trace_has(id) && strcmp(role, "tool") == 0) {
        trace_word(w, ",\"tool_call_id\":");
        trace_put_value(w, id);
    }
    trace_word(w, "}");
    return true;
}

bool trace_put_events(trace_writer *w, const tkc_json *d)
{
    const uint32_t list = tkc_usage_get_kind(d, 0, "events", TKC_JSON_ARRAY);
    const size_t before = w->out->len;
    bool found = false;
    for (uint32_t i = list == TKC_JSON_NONE ? list : tkc_json_first(d, list); i != TKC_JSON_NONE && !w->st; i = tkc_json_next(d, list, i)) {
        const char *const role = role_of(d, i);
        if (!role) continue;
        found = put_message(w, role, attributes_of(d, i));
        if (!found) break;
    }
    if (!found) w->out->len = before;
    return found;
}
