/*
 * request.h - an API request as a flat list of parts, in the order the model reads them.
 *
 * A request is read once, from the provider's own JSON (or a prompt file, or plain text), and
 * keeps its source: each part knows its bytes there, and writing an unchanged request gives
 * the same bytes. What the model would read is in exactly one part: a field nobody here knows
 * becomes a part of kind "other" with its path, so that a new API field is never silently
 * worth nothing. Settings (model, temperature, max_tokens and the like) are no parts.
 *
 * Order: tools, system prompt and turns as the provider puts them together, which is not
 * always the order of the source (a "system" behind "messages" is read before them):
 *   anthropic                  tools, system, output schema, messages
 *   openai-chat, mistral       leading system and developer messages, tools, output schema,
 *                              messages
 *   openai-responses           instructions, tools, output schema, input
 *   bedrock                    toolConfig, system, output schema, messages
 *   gemini                     systemInstruction, tools, contents, response schema
 *   cohere                     leading system messages, tools, documents, output schema, messages
 *   cohere-v1                  preamble, tools, documents, chat_history, tool_results, message
 *
 * Refused: ill-formed JSON, escapes of lone surrogates, other limits than those below, a named
 * dialect that the request has not the shape of (the message says which shape it has).
 * A handle is for one thread at a time. Everything in the structs is read-only for callers.
 */
#ifndef TKC_OPTIMIZER_REQUEST_H
#define TKC_OPTIMIZER_REQUEST_H

#include "vocab/base/json.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tkc_dialect {
    TKC_DIALECT_AUTO = 0, /* told by shape */
#define DIALECT(id, name, reader, provider, summary) TKC_DIALECT_##id,
#include "optimizer/request/dialects.def"
#undef DIALECT
    TKC_N_DIALECT
} tkc_dialect;

typedef enum tkc_part_kind {
    TKC_PART_TEXT = 0,
    TKC_PART_TOOL_SCHEMA, /* a whole tool definition, or (TKC_PART_OUTPUT) an output schema   */
    TKC_PART_TOOL_CALL,   /* a whole call: name and arguments                                 */
    TKC_PART_TOOL_RESULT, /* one text, or one value, that a tool gave back                    */
    TKC_PART_IMAGE,
    TKC_PART_AUDIO,
    TKC_PART_VIDEO,
    TKC_PART_FILE,     /* PDF and other documents, by content, address or id                  */
    TKC_PART_THINKING, /* earlier reasoning that is sent back                                 */
    TKC_PART_OTHER,    /* names, documents' metadata, fields that are not known here          */
    TKC_N_PART_KIND
} tkc_part_kind;

typedef enum tkc_role {
    TKC_ROLE_NONE = 0, /* tools, output schemas */
    TKC_ROLE_SYSTEM,
    TKC_ROLE_DEVELOPER,
    TKC_ROLE_USER,
    TKC_ROLE_ASSISTANT,
    TKC_ROLE_TOOL,
    TKC_N_ROLE
} tkc_role;

enum {
    TKC_PART_PINNED = 1 << 0,   /* may not be changed: signed, a name, a call, unknown        */
    TKC_PART_CACHE = 1 << 1,    /* a cache breakpoint stands behind it                        */
    TKC_PART_CACHE_1H = 1 << 2, /* that asks for the long life                                */
    TKC_PART_UNKNOWN = 1 << 3,  /* a field or type not known here; path names it              */
    TKC_PART_REPEATED = 1 << 4, /* an earlier value of a key given twice; readers take the last */
    TKC_PART_OPAQUE = 1 << 5,   /* its text is not what the model reads (encrypted, an id)    */
    TKC_PART_NAME = 1 << 6,     /* a speaker's or document's name, read with its neighbour    */
    TKC_PART_OUTPUT = 1 << 7,   /* TOOL_SCHEMA: the shape of the answer, not a tool           */
    TKC_PART_BY_NAME = 1 << 8,  /* call link by the tool's name, for want of an id            */
    TKC_PART_SERVER = 1 << 9,   /* a tool the provider runs itself, and its results           */
    TKC_PART_ERROR = 1 << 10    /* TOOL_RESULT: the tool failed                               */
};

/* For a part's call and turn: there is none. */
#define TKC_NO_PART UINT32_MAX
#define TKC_NO_TURN UINT32_MAX

typedef struct tkc_part {
    uint8_t kind, role; /* tkc_part_kind, tkc_role */
    uint16_t flags;
    uint32_t node; /* the value in the request's doc; text and Markdown: TKC_JSON_NONE */
    uint32_t path; /* see tkc_part_path() */
    uint32_t turn; /* index of its turn; TKC_NO_TURN: tools and a system prompt of its own field */
    uint32_t call; /* TOOL_RESULT and media of one: the part of its TOOL_CALL, or TKC_NO_PART */
    uint32_t id;   /* node of the call's id, in the call and in the result; or TKC_JSON_NONE */
    size_t begin, end; /* source bytes; a JSON string's with its quotes */
} tkc_part;

/* A message: its parts are part[first .. first + n), except those of leading system messages
 * that tools come behind (their parts are together too). */
typedef struct tkc_turn {
    uint8_t role;
    uint32_t node; /* the message; TKC_JSON_NONE outside JSON */
    uint32_t first, n;
} tkc_turn;

/* One step of a path: a member (its key's node) or an element (its number). */
typedef struct tkc_path_step {
    uint32_t up; /* TKC_JSON_NONE: the top */
    uint32_t key, index;
} tkc_path_step;

/* 0 stands for the default in brackets. */
typedef struct tkc_request_options {
    size_t struct_size; /* sizeof(tkc_request_options) */
    tkc_dialect dialect;
    tkc_dialect prefer; /* where the shape leaves it open (a plain list of messages), as by the
                           model that will be asked */
    const tkc_allocator *alloc; /* NULL: malloc */
    size_t max_bytes;           /* [1 GB] */
    size_t max_values;          /* JSON values [2^24]: 256 MB of nodes */
    size_t max_depth;           /* [512] */
    size_t max_parts;           /* [2^22] */
} tkc_request_options;

/* Where the request stands in the JSON text. */
typedef enum tkc_envelope {
    TKC_ENVELOPE_NONE = 0,
    TKC_ENVELOPE_OPENAI_BATCH,    /* {"custom_id","method","url","body"}, Mistral's too       */
    TKC_ENVELOPE_ANTHROPIC_BATCH, /* {"custom_id","params"}, {"requests":[those]}             */
    TKC_ENVELOPE_GEMINI_BATCH,    /* {"key","request"}, {"generateContentRequest"}            */
    TKC_ENVELOPE_BEDROCK_BATCH,   /* {"recordId","modelInput"}                                */
    TKC_ENVELOPE_BEDROCK_COUNT    /* CountTokens: {"modelId","input":{"converse"}}            */
} tkc_envelope;

typedef struct tkc_request {
    tkc_dialect dialect;
    tkc_envelope envelope;
    tkc_str source; /* borrowed: must outlive the request */
    tkc_json doc;   /* of JSON and YAML; repeated keys are flagged */
    uint32_t root;  /* the value in doc that was read: 0, or the one taken */
    uint32_t body;  /* the request's object in doc */
    size_t n_request, selected; /* an envelope may hold several */
    tkc_part *part;
    size_t n_part, cap_part;
    tkc_turn *turn;
    size_t n_turn, cap_turn;
    tkc_path_step *step;
    size_t n_step, cap_step;
    tkc_buf text; /* YAML as JSON: then doc is over it, */
    struct tkc_source_span *span; /* and the places in the source are here, a node each */
    size_t n_span, cap_span;
    tkc_dialect inner; /* YAML: the shape of what it says */
    uint32_t model;       /* string node; TKC_JSON_NONE: not named */
    uint32_t tool_choice; /* its node, or TKC_JSON_NONE */
    size_t n_repeated;    /* keys that stood in their object before */
    bool cache_auto;      /* the provider is asked to choose the breakpoint */
    size_t max_parts, max_values, max_depth;
    tkc_dialect asked, prefer;
    const tkc_allocator *alloc;
} tkc_request;

/* Before the first read; no allocation. Of opt, which may be NULL, only alloc is taken here, and only here. */
TKC_API void tkc_request_init(tkc_request *r, const tkc_request_options *opt);
TKC_API void tkc_request_release(tkc_request *r);

/* Reads text into r, reusing its memory. A text that begins (behind blanks) with "{" or "[" is
 * taken for JSON; else, where no dialect is asked for, for plain text. On failure r has no
 * parts. TKC_E_FORMAT, TKC_E_LIMIT (offset: the byte), TKC_E_UNSUPPORTED, TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_request_read(tkc_request *r, tkc_str text,
                                                 const tkc_request_options *opt, tkc_error *err);
/* The same of one value of a text that was parsed already, {"at": ..., "request": {...}}: r takes doc's
 * nodes and gives its own for them, so that doc is ready for another text; places and bytes are
 * those of the whole text. JSON dialects only. */
TKC_API TKC_MUST_USE tkc_status tkc_request_take(tkc_request *r, tkc_json *doc, uint32_t node,
                                                 const tkc_request_options *opt, tkc_error *err);
/* The parts of another request of the envelope, 0-based. TKC_E_ARG: there are not so many. */
TKC_API TKC_MUST_USE tkc_status tkc_request_select(tkc_request *r, size_t i, tkc_error *err);

/* Appends the request as it came; edit.h changes some of it. */
TKC_API TKC_MUST_USE tkc_status tkc_request_write(const tkc_request *r, tkc_buf *out,
                                                  tkc_error *err);

/* What the shape of a JSON value says; TKC_DIALECT_AUTO: it is no request. *why (may be NULL):
 * a few static words ("it has contents"). */
TKC_API tkc_dialect tkc_request_shape(const tkc_json *doc, uint32_t node, const char **why);
/* By file name: .md, .markdown, .prompt.yml and the like; TKC_DIALECT_AUTO where it says
 * nothing. */
TKC_API tkc_dialect tkc_request_dialect_of_path(const char *path);

TKC_API const char *tkc_dialect_name(tkc_dialect d);
/* TKC_DIALECT_AUTO where there is none of this name. */
TKC_API tkc_dialect tkc_dialect_find(const char *name);
/* "openai" and so on; "" for text. */
TKC_API const char *tkc_dialect_provider(tkc_dialect d);
/* The dialect a provider's models are asked in; TKC_DIALECT_AUTO for one not known here. */
TKC_API tkc_dialect tkc_dialect_of_provider(const char *provider);
TKC_API const char *tkc_part_kind_name(tkc_part_kind k); /* "tool schema"; static */
TKC_API const char *tkc_role_name(tkc_role role);        /* "user"; "" for none; static */

/* Appends "messages[0].content[1].text"; a key that is no identifier as ["a b"], in JSON's
 * spelling. "" is the whole source. */
TKC_API TKC_MUST_USE tkc_status tkc_part_path(const tkc_request *r, size_t part, tkc_buf *out,
                                              tkc_error *err);
/* The text of a part that is one: a string (decoded behind what scratch holds, or borrowed from
 * the source). For a part that is an object or array its JSON. */
TKC_API TKC_MUST_USE tkc_status tkc_part_text(const tkc_request *r, size_t part, tkc_buf *scratch,
                                              tkc_str *out, tkc_error *err);
/* What a Gemini inlineData or fileData holds, by its mime type; a file where it names none. */
tkc_part_kind tkc_gemini_medium(const tkc_json *doc, uint32_t data);
/* The bytes of a part in the source. */
static inline tkc_str tkc_part_source(const tkc_request *r, size_t part)
{
    return tkc_str_part(r->source, r->part[part].begin, r->part[part].end - r->part[part].begin);
}
/* The model's name, decoded as above; {NULL, 0} where the request names none. */
TKC_API TKC_MUST_USE tkc_status tkc_request_model(const tkc_request *r, tkc_buf *scratch,
                                                  tkc_str *out, tkc_error *err);

#ifdef __cplusplus
}
#endif
#endif
