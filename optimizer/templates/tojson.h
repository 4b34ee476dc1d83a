/*
 * tojson.h - a JSON value as Python writes it: json.dumps() and jinja's tojson of the owners'
 * templates, str().
 *
 * Keys keep the order of their first occurrence and the value of their last one, as in a
 * Python dict. Integers stay text; other numbers become doubles and are written as
 * float.__repr__ does. Never recurses.
 */
#ifndef TKC_OPTIMIZER_TEMPLATES_TOJSON_H
#define TKC_OPTIMIZER_TEMPLATES_TOJSON_H

#include "vocab/base/json.h"

typedef struct tkc_tojson_style {
    bool ensure_ascii; /* \uXXXX for everything outside ASCII */
    bool compact;      /* separators (',', ':') instead of (', ', ': ') */
    bool sort_keys;
    unsigned indent; /* 0: all on one line */
} tkc_tojson_style;

/* Appends to out. style NULL: one line, (', ', ': '), UTF-8. */
TKC_MUST_USE tkc_status tkc_tojson(const tkc_json *doc, uint32_t node,
                                   const tkc_tojson_style *style, tkc_buf *out, tkc_error *err);
/* A string in quotes, escaped as json.dumps() does. */
TKC_MUST_USE tkc_status tkc_tojson_string(tkc_str s, bool ensure_ascii, tkc_buf *out,
                                          tkc_error *err);
/* str(): a string as it is, other values as repr() has them ({'a': [None, 'b']}); unassigned
 * code points count as printable. */
TKC_MUST_USE tkc_status tkc_pystr(const tkc_json *doc, uint32_t node, tkc_buf *out, tkc_error *err);
/* float.__repr__; buf of at least 32 bytes; returns the length. */
size_t tkc_pyfloat(double v, char *buf);

/* The members of an object as a dict has them: key and value nodes. */
typedef struct tkc_member {
    uint32_t key, value;
} tkc_member;
typedef enum tkc_member_order {
    TKC_MEMBERS_AS_IS,
    TKC_MEMBERS_BY_KEY,   /* json.dumps(sort_keys=True)                      */
    TKC_MEMBERS_BY_NOCASE /* jinja's dictsort; letters beyond ASCII as they are */
} tkc_member_order;
typedef struct tkc_members {
    tkc_member *at;
    size_t n, cap;
    const tkc_allocator *alloc;
} tkc_members;
TKC_MUST_USE tkc_status tkc_members_of(const tkc_json *doc, uint32_t object, tkc_member_order order,
                                       const tkc_allocator *alloc, tkc_members *out,
                                       tkc_error *err);
void tkc_members_release(tkc_members *m);

#endif
