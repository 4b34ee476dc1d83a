/*
 * json.h - strict JSON (RFC 8259, UTF-8) as an array of nodes over the source text.
 *
 * Every value knows its bytes [begin, end) in the source, so that a writer can copy what it
 * does not change and a message can name the byte. Strings stay escaped in the source and
 * are decoded on demand; numbers stay text. Duplicate keys are kept, and flagged on demand.
 * 16 bytes a node. json_edit.h changes a text by its spans.
 *
 * Nodes are in source order: a container is followed by its children, an object's children
 * are key, value, key, value. Node 0 is the whole. Parsing never recurses: while a container
 * is open its `next` holds its parent.
 *
 * Refused: a byte order mark, anything behind the value, ill-formed UTF-8, control
 * characters in strings, escapes of lone surrogates (unless asked for), NaN and the like.
 */
#ifndef TKC_VOCAB_BASE_JSON_H
#define TKC_VOCAB_BASE_JSON_H

#include "vocab/base/buf.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tkc_json_kind {
    TKC_JSON_NULL = 0,
    TKC_JSON_FALSE,
    TKC_JSON_TRUE,
    TKC_JSON_NUMBER,
    TKC_JSON_STRING,
    TKC_JSON_ARRAY,
    TKC_JSON_OBJECT
} tkc_json_kind;

enum {
    TKC_JSON_ESCAPED = 1 << 3, /* the string holds a backslash                              */
    TKC_JSON_LONE = 1 << 4,    /* it holds an escaped surrogate without its other half      */
    TKC_JSON_REPEATED = 1 << 5, /* a key that stood in its object before, once
                                   tkc_json_flag_repeated() has looked                      */
    TKC_JSON_COUNT_SHIFT = 6
};

/* For an index: there is none. */
#define TKC_JSON_NONE UINT32_MAX

typedef struct tkc_json_node {
    uint32_t begin, end; /* source bytes; a string's with its quotes */
    uint32_t next;       /* the node behind this value and all in it */
    uint32_t info;       /* kind, flags, number of elements or members */
} tkc_json_node;

/* 0 stands for the default in brackets. */
typedef struct tkc_json_limits {
    size_t max_bytes;     /* [4 GB - 1, which is also the most]  */
    size_t max_nodes;     /* [2^26 - 1, which is also the most]  */
    size_t max_depth;     /* containers in each other [512]      */
    bool lone_surrogates; /* keep them, flagged TKC_JSON_LONE    */
} tkc_json_limits;

typedef struct tkc_json {
    tkc_str text; /* borrowed: must outlive the nodes */
    tkc_json_node *node;
    size_t n_node, cap_node;
    const tkc_allocator *alloc;
} tkc_json;

TKC_API void tkc_json_init(tkc_json *doc, const tkc_allocator *alloc);
TKC_API void tkc_json_release(tkc_json *doc);
/* Reads the whole text into doc, reusing its memory; limits may be NULL. On failure doc has
 * no nodes. TKC_E_FORMAT, TKC_E_LIMIT (offset: the byte), TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_json_parse(tkc_json *doc, tkc_str text,
                                               const tkc_json_limits *limits, tkc_error *err);

static inline tkc_json_kind tkc_json_kind_of(const tkc_json *doc, uint32_t i)
{
    return (tkc_json_kind)(doc->node[i].info & 7);
}

/* Elements of an array, members of an object, else 0. */
static inline uint32_t tkc_json_count(const tkc_json *doc, uint32_t i)
{
    return doc->node[i].info >> TKC_JSON_COUNT_SHIFT;
}

/* Walking: for (i = tkc_json_first(d, a); i != TKC_JSON_NONE; i = tkc_json_next(d, a, i)).
 * In an object i is a key; its value is tkc_json_value(d, i), and tkc_json_next_member()
 * goes on to the next key. */
static inline uint32_t tkc_json_first(const tkc_json *doc, uint32_t container)
{
    return tkc_json_count(doc, container) ? container + 1 : TKC_JSON_NONE;
}

static inline uint32_t tkc_json_next(const tkc_json *doc, uint32_t container, uint32_t i)
{
    return doc->node[i].next < doc->node[container].next ? doc->node[i].next : TKC_JSON_NONE;
}

static inline uint32_t tkc_json_value(const tkc_json *doc, uint32_t key)
{
    (void)doc;
    return key + 1;
}

static inline uint32_t tkc_json_next_member(const tkc_json *doc, uint32_t object, uint32_t key)
{
    return tkc_json_next(doc, object, key + 1);
}

/* The source of a value, a string with its quotes. */
static inline tkc_str tkc_json_source(const tkc_json *doc, uint32_t i)
{
    return tkc_str_part(doc->text, doc->node[i].begin, doc->node[i].end - doc->node[i].begin);
}

/* The value of a key, the last one if the key stands more than once (as JavaScript, Python
 * and Rust's Value have it); *n (may be NULL) how often. TKC_JSON_NONE if it does not, or
 * if object is not an object. Looks at every member. */
TKC_API uint32_t tkc_json_get(const tkc_json *doc, uint32_t object, const char *key, size_t *n);
/* Flags every key whose decoded text an earlier key of the same object has. *n (may be NULL):
 * how many. n log n whatever the keys are, since sorting needs no hash that could be flooded.
 * TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_json_flag_repeated(tkc_json *doc, size_t *n, tkc_error *err);
/* A string node whose decoded text is s; what is not there (TKC_JSON_NONE) is none. */
TKC_API bool tkc_json_is(const tkc_json *doc, uint32_t i, const char *s);
static inline bool tkc_json_is_one_of(const tkc_json *doc, uint32_t i, const char *const *s, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (tkc_json_is(doc, i, s[k])) return true;
    return false;
}
/* The first cap decoded bytes of a string node into buf; how many bytes it decodes to in all.
 * For short words: allocates nothing. 0 when i is no string. */
TKC_API size_t tkc_json_head(const tkc_json *doc, uint32_t i, char *buf, size_t cap);
/* Orders two string nodes by their decoded bytes, as memcmp(). Lone surrogates are U+FFFD. */
TKC_API int tkc_json_compare(const tkc_json *doc, uint32_t a, uint32_t b);
/* "an object", "a number" ...; static; for messages. */
TKC_API const char *tkc_json_kind_name(tkc_json_kind k);

/* The text of a string node: a slice of the source when it has no escapes, else decoded
 * behind what scratch holds already (the slice ends with scratch's next growth). A lone
 * surrogate becomes U+FFFD. TKC_E_ARG when i is no string. */
TKC_API TKC_MUST_USE tkc_status tkc_json_string(const tkc_json *doc, uint32_t i, tkc_buf *scratch,
                                                tkc_str *out, tkc_error *err);

/* The value of a number node when it is written as a plain integer ("12", "-3"; not "1e2",
 * not "1.0", not "-0" for u64) and fits; false otherwise. */
TKC_API bool tkc_json_u64(const tkc_json *doc, uint32_t i, uint64_t *out);
TKC_API bool tkc_json_i64(const tkc_json *doc, uint32_t i, int64_t *out);
/* The nearest double, in any locale; false when it is no number or overflows. */
TKC_API bool tkc_json_double(const tkc_json *doc, uint32_t i, double *out);

#ifdef __cplusplus
}
#endif
#endif
