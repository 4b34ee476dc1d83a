/*
 * usage_impl.h - what usage.c (envelopes, sessions, repeats) and usage_shapes.c (one provider's
 * usage object) share.
 *
 * Every shape is first read as counts the OpenAI way, where the prompt holds its cached tokens
 * and the answer its hidden ones; tkc_usage_settle() then takes them apart in one place, so
 * that there is one set of checks.
 */
#ifndef TKC_OPTIMIZER_USAGE_IMPL_H
#define TKC_OPTIMIZER_USAGE_IMPL_H

#include "optimizer/money/usage.h"

typedef struct tkc_usage_counts {
    uint64_t prompt; /* all of it */
    uint64_t read, write_5m, write_1h;
    uint64_t audio, audio_read, image, image_read, video; /* with, and of it, the cached ones */
    uint64_t answer; /* all of it; without the hidden ones where reasoning_extra */
    uint64_t reasoning, audio_out, image_out, video_out;
    uint64_t total;
    bool has_total, reasoning_extra, split_known;
} tkc_usage_counts;

typedef struct tkc_usage_line {
    const tkc_json *d;
    tkc_usage *u;
    tkc_error *err;
    tkc_usage_counts c;
    tkc_buf *model, *provider; /* decoded strings */
    const tkc_allocator *alloc;
} tkc_usage_line;

/* The value of key if object is an object that has it and it is not null; TKC_JSON_NONE. */
uint32_t tkc_usage_get(const tkc_json *d, uint32_t object, const char *key);
/* The same, if it is of that kind. */
uint32_t tkc_usage_get_kind(const tkc_json *d, uint32_t object, const char *key, tkc_json_kind k);
/* A count: absent is 0 and *has (may be NULL) false. name is for the message. */
tkc_status tkc_usage_count(const tkc_usage_line *l, uint32_t object, const char *key,
                           uint64_t *out, bool *has);
/* Which tracer's record root is, of an observation of Langfuse the object with its counts, of a span
 * of OpenTelemetry that with its attributes; TKC_USAGE_NONE: of none. */
tkc_usage_format tkc_usage_trace(const tkc_json *d, uint32_t root, uint32_t *object);
/* The value of an attribute: of an object with dotted keys, or of OTLP's list of key and value. Of the list the second
 * gives the number or text that the value holds, where the first gives {"stringValue": ...} as it stands. */
uint32_t tkc_usage_attribute_value(const tkc_json *d, uint32_t attributes, const char *key);
uint32_t tkc_usage_attribute(const tkc_json *d, uint32_t attributes, const char *key);
/* A string node's text into the model's or provider's buffer; nothing when node is none. */
tkc_status tkc_usage_text(const tkc_usage_line *l, tkc_buf *buf, uint32_t node, tkc_str *out);
/* A service tier's name into mode and flags. */
void tkc_usage_tier(tkc_usage_line *l, uint32_t node);

/* A "usage" object of any provider (not Gemini's), told by its keys. anthropic: the message
 * around it says so. TKC_E_NOTFOUND without a message when it has no key of any. */
tkc_status tkc_usage_object(tkc_usage_line *l, uint32_t usage, bool anthropic);
tkc_status tkc_usage_gemini(tkc_usage_line *l, uint32_t usage);
/* Counts beside the answer, as Llama and Titan have them at Bedrock. TKC_E_NOTFOUND: there are none. */
tkc_status tkc_usage_invoke_model(tkc_usage_line *l, uint32_t object);
tkc_status tkc_usage_own(tkc_usage_line *l, uint32_t root);
tkc_status tkc_usage_langfuse(tkc_usage_line *l, uint32_t details);
tkc_status tkc_usage_otel(tkc_usage_line *l, uint32_t attributes);
/* Codex' running totals and last request: input_tokens with the cached ones, ... */
tkc_status tkc_usage_codex(tkc_usage_line *l, uint32_t totals);
/* Takes the counts apart into u->n and checks that they agree; at is the byte for messages. */
tkc_status tkc_usage_settle(tkc_usage_line *l, size_t at);

#endif
