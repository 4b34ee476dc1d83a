/* count_impl.h - what the files that count a request share. */
#ifndef TKC_OPTIMIZER_COUNT_REQUEST_IMPL_H
#define TKC_OPTIMIZER_COUNT_REQUEST_IMPL_H

#include "optimizer/count/count_request.h"
#include "optimizer/templates/template.h"

/* One count under way; the first failure stays in st. */
typedef struct tkc_counting {
    const tkc_request *r;
    const tkc_json *doc;
    const tkc_count_target *t;
    const tkc_counted *counted; /* may be NULL */
    const char *provider, *model; /* the model without "provider/" */
    tkc_request_count *c;
    tkc_buf scratch;  /* decoded strings, cleared between parts */
    tkc_buf text;     /* rendered tools */
    uint64_t unwritten; /* of a tool: tokens of what its text leaves out, as JSON */
    int64_t framing, framing_low, framing_high;
    tkc_class framing_cls;
    const char *rule, *checked;
    const tkc_allocator *alloc;
    tkc_status st;
    tkc_error *err;
} tkc_counting;

/* Tokens of a text by itself. */
uint64_t tkc_cr_count(tkc_counting *k, tkc_str text);
/* A string node's text; {NULL, 0} for TKC_JSON_NONE and what is no string. Behind what scratch
 * holds. */
tkc_str tkc_cr_string(tkc_counting *k, uint32_t node);
uint32_t tkc_cr_get(const tkc_counting *k, uint32_t object, const char *key);
/* Sets a part's count: sure, or a range that makes it an estimate. */
void tkc_cr_set(tkc_counting *k, size_t part, uint64_t tokens);
void tkc_cr_range(tkc_counting *k, size_t part, uint64_t low, uint64_t tokens, uint64_t high);
void tkc_cr_frame(tkc_counting *k, int64_t low, int64_t tokens, int64_t high);
void tkc_cr_frame_class(tkc_counting *k, tkc_class cls);
/* A text behind another text of its message: whether a server joins the two or has something
 * between is published by none, so the frame becomes a range. */
void tkc_cr_joint(tkc_counting *k, size_t part);

/* A tool as OpenAI's server writes it: its text in k->text, its tokens in *written. No text (0) for
 * one that is no function. */
tkc_token_range tkc_cr_openai_tool(tkc_counting *k, uint32_t node, uint64_t *written);

/* Each counts every part that is not counted yet (tkc_cr_rest() does what they leave) and the
 * framing. */
void tkc_cr_openai(tkc_counting *k);
void tkc_cr_anthropic(tkc_counting *k);
/* The system prompt that tools bring. */
tkc_token_range tkc_cr_anthropic_tools(const char *model, bool any);
void tkc_cr_gemini(tkc_counting *k);
void tkc_cr_other(tkc_counting *k);
/* False: no template, or the conversation has what it does not take. */
bool tkc_cr_template(tkc_counting *k);
/* The tools, nodes of k->doc, as a server writes them out again, an array in out: vLLM, or with the fields of tools alone.
 * False: that is what stands there, or a failure. */
bool tkc_cr_server_tools(tkc_counting *k, const tkc_chat_tool *tool, size_t n, bool bare, tkc_buf *out);
/* The request asks the server for a text of its own: search results, a system prompt. */
bool tkc_cr_server_text(const tkc_counting *k);
/* Text, thinking, names, unknown things; media by their rule. */
void tkc_cr_plain(tkc_counting *k, size_t part);
/* The object that holds name and parameters: node, or its "function". */
uint32_t tkc_cr_function(const tkc_counting *k, uint32_t node);
/* Ranges for a call and a tool definition whose rendering is not public. */
void tkc_cr_guess_call(tkc_counting *k, uint32_t node, tkc_token_range *out);
void tkc_cr_guess_tool(tkc_counting *k, uint32_t node, tkc_token_range *out);
/* A part that is a tool, or the shape of the answer: its "type" names no tool. */
void tkc_cr_guess_schema(tkc_counting *k, size_t part);
/* The Gemini rule for a tool definition: the sum over its texts. */
tkc_token_range tkc_cr_gemini_tool(tkc_counting *k, uint32_t node);

#endif
