/*
 * template.h - a conversation becomes the text that an open model reads.
 *
 * Each open model is served with a chat template: markers, roles, tool definitions and
 * reasoning are laid out as one text, and that text is what is tokenized. The templates here
 * are hand-written twins of the owners' own (one file per family, one row per template in
 * templates.def, where the source of each is named) and are compared with them by
 * tools/dev/oracles/make_template_goldens.py.
 *
 * The result is spans for tkc_encode_spans(): what the template writes is trusted, what came
 * from the conversation never is, so that "<|im_end|>" typed by a user stays text.
 *
 * Rows are static and immutable; any thread may read them. A tkc_rendered belongs to one
 * thread at a time and is reused for many conversations.
 */
#ifndef TKC_OPTIMIZER_TEMPLATES_TEMPLATE_H
#define TKC_OPTIMIZER_TEMPLATES_TEMPLATE_H

#include "tokenizer/tokenizer.h"
#include "vocab/base/json.h"
#include "vocab/registry.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tkc_chat_role {
    TKC_CHAT_SYSTEM = 0,
    TKC_CHAT_DEVELOPER,
    TKC_CHAT_USER,
    TKC_CHAT_ASSISTANT,
    TKC_CHAT_TOOL
} tkc_chat_role;

/* All text is well-formed UTF-8 and borrowed. */
typedef struct tkc_chat_call {
    tkc_str id;
    tkc_str name;
    tkc_str arguments; /* JSON text, as in OpenAI's tool_calls[].function.arguments. Templates
                          that want a mapping get it parsed, those that want a string get
                          these bytes; so transformers and vLLM hand it to the owners' own */
} tkc_chat_call;

typedef struct tkc_chat_message {
    tkc_chat_role role;
    bool has_content; /* false: null. Only an assistant message with calls may have none */
    bool has_thinking;
    tkc_str content;
    tkc_str thinking;          /* reasoning_content */
    const tkc_chat_call *call; /* assistant only */
    size_t n_call;
    tkc_str call_id; /* tool only: which call this answers */
    tkc_str name;    /* tool only: the function, or empty */
} tkc_chat_message;

/* One tool as OpenAI writes it: {"type":"function","function":{"name","description","parameters"}}.
 * doc is borrowed. */
typedef struct tkc_chat_tool {
    const tkc_json *doc;
    uint32_t node;
} tkc_chat_tool;

typedef struct tkc_chat {
    const tkc_chat_message *message;
    size_t n_message;
    const tkc_chat_tool *tool;
    size_t n_tool;
} tkc_chat;

typedef enum tkc_thinking {
    TKC_THINKING_UNSET = 0,
    TKC_THINKING_OFF,
    TKC_THINKING_ON
} tkc_thinking;

typedef struct tkc_template_options {
    size_t struct_size; /* sizeof(tkc_template_options) */
    bool add_generation_prompt;
    tkc_thinking thinking;    /* enable_thinking, thinking: unset is the template's default */
    tkc_str reasoning_effort; /* "low", "high" ...; empty: the template's default */
    int year, month, day;     /* today, for templates that print it; year 0: not given */
} tkc_template_options;

typedef struct tkc_template {
    const char *name;     /* "qwen3" */
    const char *encoding; /* the vocabulary its text is encoded with */
    tkc_class cls;        /* exact: compared with the owner's own; else reconstructed */
    const char *models;   /* blank-separated model names, '*' at the end: prefix */
    const char *source;   /* package@version:file of the owner's template */
    const char *note;     /* what differs between revisions, or "" */
} tkc_template;

TKC_API const tkc_template *tkc_template_at(size_t i); /* NULL after the last */
/* By template name, else by model name: exact first, then the longest prefix. What stands
 * before the last '/' ("Qwen/") is ignored, case is not. NULL if no row fits. */
TKC_API const tkc_template *tkc_template_find(const char *name);

typedef struct tkc_rendered tkc_rendered;
/* alloc NULL: malloc. */
TKC_API TKC_MUST_USE tkc_status tkc_rendered_new(tkc_rendered **out, const tkc_allocator *alloc,
                                                 tkc_error *err);
TKC_API void tkc_rendered_free(tkc_rendered *r); /* NULL is fine */

/* Renders chat into r, replacing what it held. opt NULL: no generation prompt, all defaults.
 * TKC_E_UNSUPPORTED: the owner's template refuses this conversation too (roles that do not
 * alternate, a system message it does not know, two calls at once ...), or it is one whose
 * text is no string there; TKC_E_ARG: a date is needed, or a message has neither content nor
 * calls; TKC_E_FORMAT: a tool that is no object; TKC_E_LIMIT, TKC_E_NOMEM. Offset: the index
 * of the message. On failure r is empty. */
TKC_API TKC_MUST_USE tkc_status tkc_template_render(const tkc_template *t, const tkc_chat *chat,
                                                    const tkc_template_options *opt,
                                                    tkc_rendered *r, tkc_error *err);

/* Where a span comes from: the index of a message, or one of these. */
enum { TKC_ORIGIN_FRAME = -1, TKC_ORIGIN_TOOLS = -2 };

/* Spans in order, one origin each; borrowed until the next call with r. */
TKC_API const tkc_span *tkc_rendered_spans(const tkc_rendered *r, const ptrdiff_t **origin,
                                           size_t *n);
/* The whole text. */
TKC_API tkc_str tkc_rendered_text(const tkc_rendered *r);
/* What is encoded as one text: segment i is spans [*begin, *end). Most templates are one
 * segment. Mistral's own encoder encodes pieces one by one; and a marker that the model's
 * tokenizer reads otherwise than the vocabulary here stands alone (then *goes_on, which may be
 * NULL: one text with the segment before it). False after the last. */
TKC_API bool tkc_rendered_segment(const tkc_rendered *r, size_t i, size_t *begin, size_t *end,
                                  bool *goes_on);
/* The ids of all segments: what the model is given. Of one segment what tkc_encode_spans()
 * gives; *n is what all need, TKC_E_SPACE when that is above cap. */
TKC_API TKC_MUST_USE tkc_status tkc_rendered_encode(const tkc_rendered *r, tkc_encoder *e,
                                                    uint32_t *ids, size_t cap, size_t *n,
                                                    tkc_error *err);

#ifdef __cplusplus
}
#endif
#endif
