/*
 * read.h - what the dialects' readers share: members by name, parts, paths, the rest.
 *
 * A reader asks for the members of an object by a table of names, visits those that hold text
 * in the model's order, and calls tkc_rd_rest(), which makes a part of every member the table
 * does not have: nothing is lost by a reader that does not know it. Names in the table that
 * are not visited are settings.
 *
 * The first failure stays in rd->st, and every function here does nothing after one; loops
 * test it so that they end.
 */
#ifndef TKC_OPTIMIZER_REQUEST_READ_H
#define TKC_OPTIMIZER_REQUEST_READ_H

#include "optimizer/request/request.h"

typedef struct tkc_rd {
    tkc_request *r;
    const tkc_json *doc;
    tkc_status st;
    tkc_error *err;
    bool is_tool_result;   /* texts are what a tool gave back, */
    uint32_t result_id;    /* for the call of this id */
    uint16_t result_flags; /* with these flags */
    struct {               /* what tkc_rd_find_shape() found last */
        uint32_t of;       /* 1 + the value's node */
        tkc_dialect dialect;
        const char *why;
        bool sure;
    } shape;
} tkc_rd;

/* Where a reader is. */
typedef struct tkc_at {
    uint32_t path;
    uint32_t turn;
    tkc_role role;
} tkc_at;

typedef struct tkc_name {
    const char *s;
    size_t len;
} tkc_name;
#define TKC_NAME(s) {"" s, sizeof s - 1}

#define TKC_RD_NONE TKC_JSON_NONE

/* slot[i] becomes the value of name[i], the last one if there are several, or TKC_RD_NONE. */
void tkc_rd_members(tkc_rd *rd, uint32_t object, const tkc_name *name, size_t n, uint32_t *slot);
/* Parts for all other members, and for the values of a key that a later one overrules. */
void tkc_rd_rest(tkc_rd *rd, tkc_at at, uint32_t object, const tkc_name *name, size_t n,
                 const uint32_t *slot);

TKC_MUST_USE tkc_status tkc_rd_path_text(const tkc_request *r, uint32_t path, tkc_buf *out,
                                         tkc_error *err);
/* at, one step further. */
tkc_at tkc_rd_in(tkc_rd *rd, tkc_at at, uint32_t value);
tkc_at tkc_rd_nth(tkc_rd *rd, tkc_at at, uint32_t index);

/* A part for the value `node` that stands at `at`; its index, TKC_NO_PART after a failure. Inside
 * a tool result a TEXT becomes a TOOL_RESULT and media get its id. */
uint32_t tkc_rd_part(tkc_rd *rd, tkc_at at, tkc_part_kind kind, uint32_t node, unsigned flags);
/* A part of a member of the object at `at`; nothing for TKC_RD_NONE and null. A value that is
 * no string becomes OTHER. */
void tkc_rd_text(tkc_rd *rd, tkc_at at, tkc_part_kind kind, uint32_t value, unsigned flags);
/* Anything, as a part of kind OTHER (TOOL_RESULT inside one) that is not known here. */
void tkc_rd_unknown(tkc_rd *rd, tkc_at at, uint32_t node);

/* The source byte at which a value begins, for messages. */
size_t tkc_rd_byte(const tkc_rd *rd, uint32_t node);
/* A member as an OTHER part; nothing for TKC_RD_NONE and null. */
void tkc_rd_other(tkc_rd *rd, tkc_at at, uint32_t value, unsigned flags);
/* A part outside JSON. */
uint32_t tkc_rd_span(tkc_rd *rd, tkc_at at, tkc_part_kind kind, size_t begin, size_t end,
                     unsigned flags);

/* A turn that begins here; its index. */
uint32_t tkc_rd_turn(tkc_rd *rd, tkc_role role, uint32_t node);
/* The same of a message whose role is a value; *at is in it from now on. A role not known here is a part. */
uint32_t tkc_rd_message_turn(tkc_rd *rd, tkc_at *at, uint32_t message, uint32_t role);
void tkc_rd_turn_end(tkc_rd *rd, uint32_t turn);

/* "cache_control" of a block whose parts were made: marks the last part there is. */
void tkc_rd_cache_mark(tkc_rd *rd, uint32_t cache_control);
/* true, or false for anything else. */
bool tkc_rd_true(const tkc_rd *rd, uint32_t node);
bool tkc_rd_is(const tkc_rd *rd, uint32_t node, const char *s);
/* Of decoded strings. head, in lower case, in any case; nothing of more than 100 bytes ends in anything. */
bool tkc_rd_begins(const tkc_json *doc, uint32_t node, const char *head);
bool tkc_rd_ends(const tkc_json *doc, uint32_t node, const char *tail);
bool tkc_rd_is_kind(const tkc_rd *rd, uint32_t node, tkc_json_kind k);
/* The value of a member, TKC_RD_NONE when there is none or object is no object. */
uint32_t tkc_rd_get(const tkc_rd *rd, uint32_t object, const char *key);
/* "system", "developer", "user", "assistant" and the providers' other words for them;
 * TKC_ROLE_NONE for any other. */
tkc_role tkc_rd_role(const tkc_rd *rd, uint32_t node);

/* What stands around a tool result's content: begin returns what end puts back. */
tkc_rd tkc_rd_result_begin(tkc_rd *rd, uint32_t id, unsigned flags);
void tkc_rd_result_end(tkc_rd *rd, const tkc_rd *before);

/* A list of tools, each one part; what is not an object is OTHER. */
void tkc_rd_tools(tkc_rd *rd, tkc_at at, uint32_t tools);

/* Fails with a message that names the place: "messages[3] is a number, expected an object". */
void tkc_rd_fail(tkc_rd *rd, tkc_at at, uint32_t node, const char *expected);

/* Reads an object that is an element of a list. */
typedef void (*tkc_rd_content_fn)(tkc_rd *rd, tkc_at at, uint32_t block);
/* Each message of a list; one that is no object is refused. */
void tkc_rd_each_message(tkc_rd *rd, tkc_at at, uint32_t list, tkc_rd_content_fn each);

/* The messages of OpenAI's shape, which Mistral and Cohere share with other content. */
typedef struct tkc_rd_chat {
    const tkc_name *name; /* the members of a message; the first TKC_N_CHAT are those below */
    size_t n_name;
    tkc_rd_content_fn block; /* an object of a content array */
} tkc_rd_chat;
enum {
    TKC_CHAT_ROLE,
    TKC_CHAT_NAME,
    TKC_CHAT_THINKING_A, /* reasoning that is sent back, under several names */
    TKC_CHAT_THINKING_B,
    TKC_CHAT_PLAN, /* Cohere's plan */
    TKC_CHAT_CONTENT,
    TKC_CHAT_REFUSAL,
    TKC_CHAT_AUDIO,
    TKC_CHAT_TOOL_CALLS,
    TKC_CHAT_FUNCTION_CALL,
    TKC_CHAT_TOOL_CALL_ID,
    TKC_CHAT_CACHE,
    TKC_N_CHAT
};
/* Their names, with which a dialect's table of members begins. */
#define TKC_CHAT_NAMES \
    [TKC_CHAT_ROLE] = TKC_NAME("role"),                     \
    [TKC_CHAT_NAME] = TKC_NAME("name"),                     \
    [TKC_CHAT_THINKING_A] = TKC_NAME("reasoning_content"),  \
    [TKC_CHAT_THINKING_B] = TKC_NAME("reasoning"),          \
    [TKC_CHAT_PLAN] = TKC_NAME("tool_plan"),                \
    [TKC_CHAT_CONTENT] = TKC_NAME("content"),               \
    [TKC_CHAT_REFUSAL] = TKC_NAME("refusal"),               \
    [TKC_CHAT_AUDIO] = TKC_NAME("audio"),                   \
    [TKC_CHAT_TOOL_CALLS] = TKC_NAME("tool_calls"),         \
    [TKC_CHAT_FUNCTION_CALL] = TKC_NAME("function_call"),   \
    [TKC_CHAT_TOOL_CALL_ID] = TKC_NAME("tool_call_id"),     \
    [TKC_CHAT_CACHE] = TKC_NAME("cache_control")
/* Messages from..to of the array at `at`; how many of them are system or developer messages in
 * front is what tkc_rd_leading() says. */
void tkc_rd_messages(tkc_rd *rd, const tkc_rd_chat *chat, tkc_at at, uint32_t messages,
                     uint32_t from, uint32_t to);
uint32_t tkc_rd_leading(const tkc_rd *rd, uint32_t messages);
/* The same with OpenAI's own members and blocks. */
void tkc_rd_openai_messages(tkc_rd *rd, tkc_at at, uint32_t messages, uint32_t from, uint32_t to);
/* Checks that messages is an array. */
bool tkc_rd_need_array(tkc_rd *rd, tkc_at at, uint32_t node, const char *name);

/* One function a dialect: body is the request; at is its place. */
#define DIALECT(id, name, reader, provider, summary) void tkc_rd_##reader(tkc_rd *rd, tkc_at at);
#include "optimizer/request/dialects.def"
#undef DIALECT

/* Where a YAML value stands in the source; as many as r->doc has nodes. */
struct tkc_source_span {
    size_t begin, end;
};

/* YAML as JSON: r->text gets the JSON text, r->span the places, r->doc the nodes. */
void tkc_rd_yaml_to_json(tkc_rd *rd);

/* What the shape of a value says, and whether by its members (not by a model's name or for
 * want of anything else). */
tkc_dialect tkc_rd_shape(const tkc_json *doc, uint32_t node, const char **why, bool *sure);
/* The same, looked for once: messages are many. */
tkc_dialect tkc_rd_find_shape(tkc_rd *rd, uint32_t node);
/* The i-th request in what may be an envelope: its node, or TKC_JSON_NONE; *n how many. at gets
 * its path. */
uint32_t tkc_rd_unwrap(tkc_rd *rd, size_t i, size_t *n, tkc_at *at);

#endif
