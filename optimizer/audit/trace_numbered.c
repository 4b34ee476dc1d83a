/*
 * trace_numbered.c - messages that a tracer wrote as an attribute for each text, as OpenLLMetry
 * (Traceloop) and those that follow it do: gen_ai.prompt.0.role, gen_ai.prompt.0.tool_calls.1.name.
 *
 * Attributes are sorted by their numbers, which may be any and come in any order: no memory goes by
 * a number. A message that is missing among others was dropped (an SDK keeps 128 attributes of a span,
 * in Python the last ones): what was sent is not known then, and the rest must not stand for it.
 */
#include "optimizer/audit/trace_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 26, MAX_KEY = 120 }; /* no document has more nodes; longest name known: 50 bytes */

/* CALLED: the first of what stands behind a call's number. */
enum { ROLE = 0, CONTENT, ANSWERS, NAME, DESCRIPTION, PARAMETERS, CALLED, CALL_ID = CALLED, CALL_NAME, ARGUMENTS };

typedef trace_item item;

/* "user" is the prompt of what takes one text. */
static const struct {
    const char *name;
    int field;
} names[] = {{"role", ROLE},         {"content", CONTENT},         {"user", CONTENT},
             {"tool_call_id", ANSWERS}, {"name", NAME},            {"description", DESCRIPTION},
             {"parameters", PARAMETERS}, {"input_schema", PARAMETERS}, {"id", CALL_ID},
             {"name", CALL_NAME},    {"arguments", ARGUMENTS}};

/* The number at *s that a '.' ends; moves behind that. */
static bool take_number(const char **s, uint32_t *out)
{
    uint64_t v = 0;
    const char *p = *s;
    for (; *p >= '0' && *p <= '9' && v < UINT32_MAX; p++) v = v * 10 + (uint64_t)(*p - '0');
    if (p == *s || *p != '.' || v >= UINT32_MAX) return false;
    *out = (uint32_t)v;
    *s = p + 1;
    return true;
}

/* What an attribute's name behind the prefix says; false: nothing that is read. */
static bool read_name(const char *s, item *it)
{
    static const char calls[] = "tool_calls.";
    bool is_called;
    it->call = 0;
    if (!take_number(&s, &it->index)) return false;
    is_called = strncmp(s, calls, sizeof calls - 1) == 0;
    if (is_called) s += sizeof calls - 1;
    if (is_called && !take_number(&s, &it->call)) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((names[i].field >= CALLED) != is_called || strcmp(names[i].name, s) != 0) continue;
        it->field = names[i].field;
        return true;
    }
    return false;
}

/* Of one attribute twice the last stands last, and holds, as in an object. */
static int in_order(const void *a, const void *b)
{
    const item *x = a, *y = b;
    const bool x_called = x->field >= CALLED, y_called = y->field >= CALLED;
    if (x->index != y->index) return x->index < y->index ? -1 : 1;
    if (x_called != y_called) return x_called ? 1 : -1;
    if (x->call != y->call) return x->call < y->call ? -1 : 1;
    if (x->field != y->field) return x->field < y->field ? -1 : 1;
    return x->value.node < y->value.node ? -1 : 1;
}

/* The attributes of a prefix into t->item, sorted. */
static void collect(trace_writer *w, trace_attributes a, const char *prefix)
{
    const size_t n = strlen(prefix);
    tkc_trace *t = w->t;
    t->n_item = 0;
    for (uint32_t i = trace_first(a), key; i != TKC_JSON_NONE && !w->st; i = trace_next(a, i)) {
        char name[MAX_KEY];
        item it = {.value = trace_at(a, i, &key)};
        const size_t len = key == TKC_JSON_NONE ? 0 : tkc_json_head(a.d, key, name, sizeof name - 1);
        if (len <= n || len >= sizeof name || memcmp(name, prefix, n) != 0) continue;
        name[len] = '\0';
        if (strlen(name) != len || !trace_has(it.value) || !read_name(name + n, &it)) continue;
        if (tkc_grow(t->alloc, &t->item, &t->cap_item, t->n_item + 1, MOST, sizeof it))
            t->item[t->n_item++] = it;
        else
            w->st = tkc_nomem(w->err);
    }
    if (t->n_item) qsort(t->item, t->n_item, sizeof *t->item, in_order);
}

/* The value of a field among [from, to), which are of one message or of one call. */
static trace_value find(const tkc_trace *t, size_t from, size_t to, int field)
{
    while (to > from && t->item[to - 1].field != field) to--;
    return to > from ? t->item[to - 1].value : (trace_value){NULL, TKC_JSON_NONE, false};
}

static void put_calls(trace_writer *w, size_t from, size_t to)
{
    const tkc_trace *t = w->t;
    trace_word(w, ",\"tool_calls\":[");
    for (size_t i = from, next; i < to; i = next) {
        for (next = i; next < to && t->item[next].call == t->item[i].call;) next++;
        trace_comma(w);
        trace_word(w, "{\"type\":\"function\",\"id\":");
        trace_put_value(w, find(t, i, next, CALL_ID));
        trace_word(w, ",\"function\":{\"name\":");
        trace_put_value(w, find(t, i, next, CALL_NAME));
        trace_word(w, ",\"arguments\":");
        trace_put_value(w, find(t, i, next, ARGUMENTS));
        trace_word(w, "}}");
    }
    trace_word(w, "]");
}

static void put_message(trace_writer *w, size_t from, size_t to)
{
    const tkc_trace *t = w->t;
    size_t calls = from;
    while (calls < to && t->item[calls].field < CALLED) calls++;
    const trace_value role = find(t, from, calls, ROLE), answers = find(t, from, calls, ANSWERS);
    trace_word(w, "{\"role\":");
    if (trace_has(role))
        trace_put_value(w, role);
    else
        trace_word(w, "\"user\"");
    trace_word(w, ",\"content\":");
    trace_put_unquoted(w, find(t, from, calls, CONTENT), trace_is_blocks);
    if (trace_has(answers)) {
        trace_word(w, ",\"tool_call_id\":");
        trace_put_value(w, answers);
    }
    if (calls < to) put_calls(w, calls, to);
    trace_word(w, "}");
}

static void put_tool(trace_writer *w, size_t from, size_t to)
{
    const tkc_trace *t = w->t;
    const trace_value description = find(t, from, to, DESCRIPTION), parameters = find(t, from, to, PARAMETERS);
    trace_word(w, "{\"type\":\"function\",\"name\":");
    trace_put_value(w, find(t, from, to, NAME));
    if (trace_has(description)) {
        trace_word(w, ",\"description\":");
        trace_put_value(w, description);
    }
    if (trace_has(parameters)) {
        trace_word(w, ",\"parameters\":");
        trace_put_unquoted(w, parameters, trace_is_object);
    }
    trace_word(w, "}");
}

static void put_each(trace_writer *w, void (*put)(trace_writer *w, size_t from, size_t to))
{
    const tkc_trace *t = w->t;
    for (size_t i = 0, next; i < t->n_item && !w->st; i = next) {
        for (next = i; next < t->n_item && t->item[next].index == t->item[i].index;) next++;
        trace_comma(w);
        put(w, i, next);
    }
}

bool trace_put_messages(trace_writer *w, trace_attributes a)
{
    const tkc_trace *t = w->t;
    uint32_t next = 0;
    collect(w, a, "gen_ai.prompt.");
    for (size_t i = 0; i < t->n_item; i++) {
        if (t->item[i].index > next) return false;
        next = t->item[i].index + 1; /* take_number() has none above */
    }
    put_each(w, put_message);
    return next;
}

void trace_put_tools(trace_writer *w, trace_attributes a)
{
    collect(w, a, "llm.request.functions.");
    put_each(w, put_tool);
}
