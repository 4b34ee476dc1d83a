/*
 * json_edit.h - changing a JSON text by its spans: what is not edited keeps every byte.
 *
 * Edits are noted one after the other and made at once by tkc_json_edits_apply(), in one
 * pass over the source. Elements and members go with their comma; what is inserted takes the
 * blanks of its neighbour. Every text that goes in is itself parsed first, so the result is
 * always a JSON text.
 *
 * Refused, with the byte in the source: two edits of one value, an edit inside a value that
 * another edit replaces or deletes, a child that is not in its container, a key that would
 * no longer be a string. Several inserts at one place stay in the order they were given.
 *
 * One thread at a time. The nodes are indexes into doc, which is borrowed and not changed.
 */
#ifndef TKC_VOCAB_BASE_JSON_EDIT_H
#define TKC_VOCAB_BASE_JSON_EDIT_H

#include "vocab/base/json.h"

typedef struct tkc_json_edit tkc_json_edit;

typedef struct tkc_json_edits {
    const tkc_json *doc;
    tkc_json_edit *edit;
    size_t n, cap;
    tkc_buf text;    /* everything that goes in */
    tkc_json check;  /* parses it */
    const tkc_allocator *alloc;
} tkc_json_edits;

/* No allocation. max_bytes bounds the sum of what goes in; 0 is 1 GB. */
void tkc_json_edits_init(tkc_json_edits *e, const tkc_json *doc, size_t max_bytes,
                         const tkc_allocator *alloc);
/* Forgets the edits noted so far and keeps the memory. */
void tkc_json_edits_clear(tkc_json_edits *e);
void tkc_json_edits_release(tkc_json_edits *e);

/* json is one JSON value (blanks around it are kept); it is copied. A key is replaced by a
 * string only. TKC_E_ARG: no such node. TKC_E_FORMAT: json is not JSON, the message has its
 * byte. TKC_E_LIMIT, TKC_E_NOMEM. */
TKC_MUST_USE tkc_status tkc_json_replace(tkc_json_edits *e, uint32_t node, tkc_str json,
                                         tkc_error *err);
/* The same with a string that is still to be quoted. */
TKC_MUST_USE tkc_status tkc_json_replace_text(tkc_json_edits *e, uint32_t node, tkc_str utf8,
                                              tkc_error *err);
/* An element of an array, or the key of a member of an object, with its comma. */
TKC_MUST_USE tkc_status tkc_json_delete(tkc_json_edits *e, uint32_t container, uint32_t child,
                                        tkc_error *err);
/* A new element before `before`, an element of the array; TKC_JSON_NONE: at its end. */
TKC_MUST_USE tkc_status tkc_json_insert(tkc_json_edits *e, uint32_t array, uint32_t before,
                                        tkc_str json, tkc_error *err);
/* A new member before the key `before`. key is still to be quoted, json is its value. That
 * the object has no such key is the caller's business. */
TKC_MUST_USE tkc_status tkc_json_insert_member(tkc_json_edits *e, uint32_t object,
                                               uint32_t before, tkc_str key, tkc_str json,
                                               tkc_error *err);

/* Appends the edited text to out; on failure out is as it was. No edits: the source. The
 * edits stay noted. TKC_E_ARG (see above, offset: the byte of the later edit), TKC_E_LIMIT,
 * TKC_E_NOMEM. */
TKC_MUST_USE tkc_status tkc_json_edits_apply(tkc_json_edits *e, tkc_buf *out, tkc_error *err);

/* Appends utf8 as a JSON string in quotes: quote, backslash and control characters escaped
 * (\n and its like where there is a short form), all else as it is. TKC_E_FORMAT (offset:
 * the byte of utf8) when it is not UTF-8; out is then as it was. */
TKC_MUST_USE tkc_status tkc_json_append_text(tkc_buf *out, tkc_str utf8, tkc_error *err);

#endif
