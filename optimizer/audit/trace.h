/*
 * trace.h - the request that a tracer kept: what of an observation of Langfuse or a span of
 * OpenTelemetry was sent, in a shape that request.h reads.
 *
 * Langfuse: "input", as JSON or as text that holds it. OpenTelemetry: gen_ai.input.messages with
 * gen_ai.system_instructions and gen_ai.tool.definitions, as text or as OTLP's lists; before version
 * 1.37 gen_ai.prompt, or the events gen_ai.user.message and the like. OpenInference: input.value.
 * OpenLLMetry: gen_ai.prompt.0.role. Many tracers are set to keep no texts: then there is no request.
 */
#ifndef TKC_OPTIMIZER_AUDIT_TRACE_H
#define TKC_OPTIMIZER_AUDIT_TRACE_H

#include "optimizer/money/usage.h"

typedef struct tkc_trace {
    tkc_json inner;    /* the messages, where they stand in a string */
    tkc_buf text, out;
    tkc_json quoted;   /* a list that a tracer made text of */
    tkc_buf unquoted;
    struct trace_item *item; /* attributes with numbers */
    size_t n_item, cap_item;
    const tkc_allocator *alloc;
} tkc_trace;

void tkc_trace_init(tkc_trace *t, size_t max_bytes, const tkc_allocator *alloc);
void tkc_trace_release(tkc_trace *t);
/* The request of d's root as JSON, valid until the next call; empty: the record holds none. format
 * and object are tkc_usage_trace()'s. TKC_E_NOMEM, TKC_E_LIMIT. */
TKC_MUST_USE tkc_status tkc_trace_request(tkc_trace *t, const tkc_json *d, tkc_usage_format format, uint32_t object,
                                          tkc_str *out, tkc_error *err);

#endif
