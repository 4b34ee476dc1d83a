/*
 * trace_impl.h - what the readers of a tracer's record share: trace.c (one attribute holds the
 * messages), trace_numbered.c (an attribute for each text), trace_events.c (an event for each message),
 * trace_values.c (attributes and their values).
 */
#ifndef TKC_OPTIMIZER_AUDIT_TRACE_IMPL_H
#define TKC_OPTIMIZER_AUDIT_TRACE_IMPL_H

#include "optimizer/audit/trace.h"

/* Writes JSON; after a failure nothing more. */
typedef struct trace_writer {
    tkc_trace *t;
    tkc_buf *out;
    tkc_error *err;
    tkc_status st;
} trace_writer;

void trace_put(trace_writer *w, tkc_str s);
void trace_word(trace_writer *w, const char *s);
void trace_comma(trace_writer *w); /* in front of an item, unless one stands there or its container has just begun */

/* Attributes: an object with dotted keys, or OTLP's list of {"key", "value": {"stringValue": ...}}. */
typedef struct trace_attributes {
    const tkc_json *d;
    uint32_t node; /* TKC_JSON_NONE: there are none */
} trace_attributes;

/* A value: a node of d. is_any: OTLP's {"arrayValue": ...} or {"kvlistValue": ...}, which trace_put_value() writes
 * as the JSON they stand for. node TKC_JSON_NONE: there is none. */
typedef struct trace_value {
    const tkc_json *d;
    uint32_t node;
    bool is_any;
} trace_value;

/* An attribute with a number in its name. */
typedef struct trace_item {
    uint32_t index, call; /* number of the message or tool; of the call in it, 0 for what is of none */
    int field;
    trace_value value;
} trace_item;

static inline bool trace_has(trace_value v)
{
    return v.node != TKC_JSON_NONE;
}

/* The value of an attribute. */
trace_value trace_get(trace_attributes a, const char *key);
/* Walking: for (i = trace_first(a); i != TKC_JSON_NONE; i = trace_next(a, i)). *key is a node, or TKC_JSON_NONE. */
uint32_t trace_first(trace_attributes a);
uint32_t trace_next(trace_attributes a, uint32_t i);
trace_value trace_at(trace_attributes a, uint32_t i, uint32_t *key);

/* A value as JSON; null where there is none. */
void trace_put_value(trace_writer *w, trace_value v);
/* The text of a value, of a string what it holds, parsed into t->inner, which has no node where it is no JSON. */
tkc_status trace_open(tkc_trace *t, trace_value v, tkc_str *text, tkc_error *err);
/* A value that a tracer may have made text of, because attributes hold no lists: text that is JSON of which `is`
 * says yes is written as that JSON. */
typedef bool (*trace_is_fn)(const tkc_json *d);
void trace_put_unquoted(trace_writer *w, trace_value v, trace_is_fn is);
bool trace_is_blocks(const tkc_json *d); /* a message's parts */
bool trace_is_object(const tkc_json *d);
bool trace_is_list(const tkc_json *d);

/* The messages of gen_ai.prompt.0.role and the like, as items. False, and nothing is written, where there is none or one
 * is missing among others. */
bool trace_put_messages(trace_writer *w, trace_attributes a);
/* The tools of llm.request.functions.0.name and the like. */
void trace_put_tools(trace_writer *w, trace_attributes a);

/* The messages of the events gen_ai.user.message and the like, as items. False, and nothing is written, where there is
 * none or one's text was not kept. */
bool trace_put_events(trace_writer *w, const tkc_json *d);
/* The attributes of the first event that has one of this name. */
trace_attributes trace_event_with(const tkc_json *d, const char *key);

#endif
