/*
 * writer.h - what every template file is written with: trusted markers, untrusted text, JSON
 * values, and the few string operations the owners' templates use (Python's strip, split, in).
 *
 * The writer remembers the first failure and does nothing after it, so that a template reads
 * like the owner's own, line for line, without a check behind each call.
 */
#ifndef TKC_OPTIMIZER_TEMPLATES_WRITER_H
#define TKC_OPTIMIZER_TEMPLATES_WRITER_H

#include "optimizer/templates/template.h"
#include "optimizer/templates/tojson.h"
#include "vocab/base/buf.h"

#include <string.h>

/* Schemas are walked by functions that call themselves: so deep and no deeper. */
enum { TKC_SCHEMA_DEPTH = 64 };

/* --- the inside of a tkc_rendered --------------------------------------------------------- */

typedef enum tkc_cut { TKC_CUT_NONE = 0, TKC_CUT_SOFT, TKC_CUT_HARD } tkc_cut;

typedef struct tkc_segment {
    size_t first;      /* span */
    const char *place; /* the vocabulary's name of the marker this segment is, or NULL */
    bool goes_on;      /* of one text with the segment before it */
} tkc_segment;

/* Spans are kept with their length while the text still moves; tkc_template_render() sets
 * their pointers at the end. */
struct tkc_rendered {
    const tkc_allocator *alloc;
    tkc_buf text;
    tkc_span *span;
    ptrdiff_t *origin; /* one per span */
    size_t n_span, cap_span, cap_origin;
    tkc_segment *segment;
    size_t n_segment, cap_segment;
    tkc_cut cut;       /* the next span begins a segment */
    const char *place; /* of that segment */
};

/* --- the writer --------------------------------------------------------------------------- */

/* A marker whose token has another name in the vocabulary that the model is counted with (the
 * models of one vocabulary rename its reserved places): place. */
typedef struct tkc_marker {
    const char *name;
    const char *place;
} tkc_marker;

typedef struct tkc_writer {
    tkc_rendered *out;
    const tkc_chat *chat;
    const tkc_template_options *opt;
    const tkc_allocator *alloc;
    tkc_error *err;
    tkc_status status;         /* the first failure */
    ptrdiff_t origin;          /* of what is written next */
    const tkc_marker *markers; /* ends with name NULL; or NULL */
    tkc_json args;             /* the call being written, parsed */
    tkc_buf decoded;           /* the string being looked at */
} tkc_writer;

/* --- writing ------------------------------------------------------------------------------ */

void tkc_w_write(tkc_writer *w, tkc_str s, bool trusted);
/* The next span begins another segment: see tkc_rendered_segment(). */
void tkc_w_segment(tkc_writer *w);
/* Messages that the owner's template refuses too. i: index of the message. */
void tkc_w_refuse(tkc_writer *w, size_t i, const char *what);

#define LIT(w, s) tkc_w_write(w, (tkc_str){"" s, sizeof(s) - 1}, true)

static inline void txt(tkc_writer *w, tkc_str s)
{
    tkc_w_write(w, s, false);
}

/* A constant chosen at run time. */
static inline void lit(tkc_writer *w, const char *s)
{
    tkc_w_write(w, (tkc_str){s, strlen(s)}, true);
}

void tkc_w_uint(tkc_writer *w, size_t v);        /* trusted digits */
void tkc_w_role(tkc_writer *w, tkc_chat_role r); /* "user" */
/* strftime of the caller's day; fails where none is given. */
void tkc_w_date(tkc_writer *w, const char *format); /* %d %b %B %m %Y */

/* The first message of a Harmony conversation, the same in the template file and in the library. */
void tkc_harmony_system(tkc_writer *w);

/* --- strings ------------------------------------------------------------------------------ */

static inline tkc_str tkc_strz(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static inline bool tkc_eq(tkc_str s, const char *z)
{
    const size_t n = strlen(z);
    return s.len == n && memcmp(s.ptr, z, n) == 0;
}

enum { TKC_STRIP_LEFT = 1, TKC_STRIP_RIGHT = 2, TKC_STRIP_BOTH = 3 };
/* Python's str.strip(): Unicode white space. */
tkc_str tkc_py_strip(tkc_str s, unsigned sides);
/* strip(chars) of one ASCII character. */
tkc_str tkc_strip_char(tkc_str s, char c, unsigned sides);
static inline tkc_str trim(tkc_str s)
{
    return tkc_py_strip(s, TKC_STRIP_BOTH);
}
/* Place of the first (last) occurrence; SIZE_MAX if none. */
size_t tkc_find(tkc_str s, const char *needle);
size_t tkc_rfind(tkc_str s, const char *needle);
static inline bool tkc_has(tkc_str s, const char *needle)
{
    return tkc_find(s, needle) != SIZE_MAX;
}
bool tkc_starts(tkc_str s, const char *z);
bool tkc_ends(tkc_str s, const char *z);
static inline tkc_str tkc_from(tkc_str s, size_t at)
{
    return tkc_str_part(s, at, s.len - at);
}
/* s.split(mark)[0] and s.split(mark)[-1]. */
tkc_str tkc_before(tkc_str s, const char *mark);
tkc_str tkc_after_last(tkc_str s, const char *mark);

/* The reasoning of a message: its own field, else what its content holds between <think> and
 * </think>, as many templates take it; *content is what is left. True if there was either. */
bool tkc_split_thinking(const tkc_chat_message *m, tkc_str *thinking, tkc_str *content);

/* --- JSON values -------------------------------------------------------------------------- */

/* i TKC_JSON_NONE: undefined. */
typedef struct tkc_value {
    const tkc_json *doc;
    uint32_t i;
} tkc_value;

static inline tkc_value tkc_get(tkc_value v, const char *key)
{
    return (tkc_value){v.doc, v.i == TKC_JSON_NONE ? v.i : tkc_json_get(v.doc, v.i, key, NULL)};
}
static inline bool tkc_defined(tkc_value v)
{
    return v.i != TKC_JSON_NONE;
}
static inline bool tkc_is(tkc_value v, tkc_json_kind k)
{
    return v.i != TKC_JSON_NONE && tkc_json_kind_of(v.doc, v.i) == k;
}
static inline bool tkc_is_container(tkc_value v)
{
    return tkc_is(v, TKC_JSON_ARRAY) || tkc_is(v, TKC_JSON_OBJECT);
}
static inline bool tkc_is_text(tkc_value v, const char *s)
{
    return v.i != TKC_JSON_NONE && tkc_json_is(v.doc, v.i, s);
}
/* Python's truth: not empty, not zero, not null. */
bool tkc_truth(tkc_value v);
/* The strings of a list, decoded and sorted: "key in schema.required" for many keys. */
typedef struct tkc_names {
    tkc_str *name;
    size_t n, cap;
    tkc_buf text;
    const tkc_allocator *alloc;
} tkc_names;
/* Empty where list is no list. Failures are remembered; release in any case. */
void tkc_names_of(tkc_writer *w, tkc_value list, tkc_names *out);
bool tkc_names_have(tkc_writer *w, const tkc_names *names, tkc_value string);
void tkc_names_release(tkc_names *names);
/* "a == b" of two string nodes. */
bool tkc_same_text(tkc_writer *w, tkc_value a, tkc_value b);
/* The tool, and its "function" where it has one. */
tkc_value tkc_tool(const tkc_writer *w, size_t i);
tkc_value tkc_tool_function(const tkc_writer *w, size_t i);
/* The decoded string, until the next call; empty for other kinds. */
tkc_str tkc_text_of(tkc_writer *w, tkc_value v);

/* The arguments of a call as a mapping; undefined where they are no JSON object. Until the
 * next call. */
tkc_value tkc_call_args(tkc_writer *w, const tkc_chat_call *c);
/* {"a": 1} or, where that is no object, the text as it is ("arguments is string"). */
void tkc_w_args(tkc_writer *w, const tkc_chat_call *c, const tkc_tojson_style *style);
/* As above, but what is no object is written as a JSON string: "arguments | tojson". */
void tkc_w_args_json(tkc_writer *w, const tkc_chat_call *c, const tkc_tojson_style *style);
void tkc_w_json(tkc_writer *w, tkc_value v, const tkc_tojson_style *style);
void tkc_w_json_text(tkc_writer *w, tkc_str s); /* a string in quotes */
void tkc_w_pystr(tkc_writer *w, tkc_value v);   /* v|string */
/* tojson for containers, str() for the rest. */
void tkc_w_plain_or_json(tkc_writer *w, tkc_value v);
/* All tools as one list: tools|tojson. */
void tkc_w_tools(tkc_writer *w, const tkc_tojson_style *style);
/* for k, v in object.items(). False: failed (remembered). */
bool tkc_w_members(tkc_writer *w, tkc_value object, tkc_member_order order, tkc_members *out);

/* --- ids ---------------------------------------------------------------------------------- */

/* Call ids of messages [from, to), or the call_ids of their tool messages, sorted: looking one
 * up must stay cheap for a request with a million of them. at: place among all of them. */
typedef struct tkc_id_entry {
    tkc_str id;
    size_t at;
} tkc_id_entry;
typedef struct tkc_ids {
    tkc_id_entry *entry;
    size_t n, cap;
    const tkc_allocator *alloc;
} tkc_ids;
/* False: failed (remembered). results: tool messages instead of calls. */
bool tkc_ids_of(tkc_writer *w, size_t from, size_t to, bool results, tkc_ids *out);
void tkc_ids_release(tkc_ids *ids);
/* Place of the first (last) one with this id in ids->entry; SIZE_MAX if there is none. */
size_t tkc_ids_first(const tkc_ids *ids, tkc_str id);
size_t tkc_ids_last(const tkc_ids *ids, tkc_str id);

/* One function per row of templates.def. */
#define TEMPLATE(name, function, ...) void function(tkc_writer *w);
#include "optimizer/templates/templates.def"
#undef TEMPLATE

#endif
