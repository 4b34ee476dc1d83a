/*
 * edit.h - the only ways to change a request. What is not edited keeps every byte.
 *
 * Changes are noted in a journal, in any order, and made at once by tkc_edit_apply(), which
 * gives the whole new text or nothing. A place in the journal can be marked and gone back to,
 * so that a pass that proves to be of no use leaves no trace.
 *
 * What goes together is kept together:
 *   - a part that is removed takes along what held nothing else: its block, its message, a
 *     list of tools that becomes empty. The list of messages itself stays, and stays "[]".
 *   - a tool call and its results are removed together or not at all; otherwise apply
 *     refuses, naming both. Providers answer an orphan with an error.
 *   - of two replacements of one value the later counts; edits inside something that is
 *     removed go with it.
 *
 * Pinned parts (TKC_PART_PINNED: signed, a name, a call, unknown) are refused at once. They go
 * only with their whole turn (tkc_edit_remove_turn), and the one thing that may be added to
 * them, or taken away, is a cache mark, which the model does not read.
 *
 * YAML keeps its own text too: a value is written in place (as "|" block where it was one
 * and can be one, else in double quotes), lines of list items and members go or come whole.
 * Each result is read again and must say what the same edits make of the same data as
 * JSON; where YAML's layout does not allow that, apply says so and nothing is changed. Plain
 * text and Markdown are replaced raw; a text that would read as another message is refused.
 *
 * The request must outlive the edits and not be read anew while they are in use. One thread.
 */
#ifndef TKC_OPTIMIZER_EDIT_H
#define TKC_OPTIMIZER_EDIT_H

#include "optimizer/request/request.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tkc_edit_op tkc_edit_op;

/* Private. */
typedef struct tkc_edit {
    const tkc_request *r;
    tkc_edit_op *op;
    size_t n_op, cap_op;
    tkc_buf text; /* what goes in */
    tkc_json check;
    uint32_t *parent; /* of each node: the container it stands in */
    uint32_t *owner;  /* of each node: the part it is in, or TKC_NO_PART */
    size_t n_map;
    size_t max_bytes;
    const tkc_allocator *alloc;
} tkc_edit;

/* No allocation. max_bytes bounds the sum of what goes in and the new text; 0: 1 GB. The
 * allocator is the request's. */
TKC_API void tkc_edit_init(tkc_edit *e, const tkc_request *r, size_t max_bytes);
TKC_API void tkc_edit_release(tkc_edit *e);

/* The journal as it stands, and back to it: all that was noted since is forgotten. */
static inline size_t tkc_edit_mark(const tkc_edit *e)
{
    return e->n_op;
}
TKC_API void tkc_edit_rollback(tkc_edit *e, size_t mark);

/* Notes one edit. TKC_E_ARG: no such part or value, or it is pinned (offset: its byte in the
 * source). TKC_E_FORMAT: what goes in is not UTF-8 or not JSON (offset: its byte there).
 * TKC_E_LIMIT, TKC_E_NOMEM. After a failure the journal is as it was. */

/* The text of a part that is a string: it is quoted and escaped as the source needs it. */
TKC_API TKC_MUST_USE tkc_status tkc_edit_replace_text(tkc_edit *e, size_t part, tkc_str utf8,
                                                      tkc_error *err);
/* A value by JSON of any kind. node: a part's, a value inside a part, or a setting. In a YAML
 * file json must be one line. */
TKC_API TKC_MUST_USE tkc_status tkc_edit_replace_source(tkc_edit *e, uint32_t node, tkc_str json,
                                                        tkc_error *err);
TKC_API TKC_MUST_USE tkc_status tkc_edit_remove_part(tkc_edit *e, size_t part, tkc_error *err);
/* A message with all its parts, pinned ones too. */
TKC_API TKC_MUST_USE tkc_status tkc_edit_remove_turn(tkc_edit *e, size_t turn, tkc_error *err);
/* A member or an element that is not a part and holds none: a cache mark, a description in a
 * tool's schema, a setting. */
TKC_API TKC_MUST_USE tkc_status tkc_edit_remove_value(tkc_edit *e, uint32_t node, tkc_error *err);
/* A new last member. That the object has no such key is the caller's business. */
TKC_API TKC_MUST_USE tkc_status tkc_edit_insert_member(tkc_edit *e, uint32_t object,
                                                       const char *key, tkc_str json,
                                                       tkc_error *err);
/* A new element before the element `before`; TKC_JSON_NONE: at the end. */
TKC_API TKC_MUST_USE tkc_status tkc_edit_insert_element(tkc_edit *e, uint32_t array,
                                                        uint32_t before, tkc_str json,
                                                        tkc_error *err);

/* The container of a value, TKC_JSON_NONE for the top; for callers that go from a part to its
 * block or message. TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_edit_parent(tkc_edit *e, uint32_t node, uint32_t *out,
                                                tkc_error *err);

/* Appends the edited request; no edits: the source. It has been read again as the same
 * dialect. The journal stays. TKC_E_ARG: edits that exclude each other, or a call without its
 * results; TKC_E_UNSUPPORTED: the result would be no request, or YAML or Markdown cannot say
 * it; TKC_E_LIMIT, TKC_E_NOMEM. On failure out is as it was. */
TKC_API TKC_MUST_USE tkc_status tkc_edit_apply(tkc_edit *e, tkc_buf *out, tkc_error *err);
/* The same for who goes on with the result: made, which was initialised, is the request that was read of
 * it, as r was asked to be read (so its dialect is for the caller to compare where that was AUTO). It lives
 * by out's bytes, and is of no use after a failure. */
TKC_API TKC_MUST_USE tkc_status tkc_edit_make(tkc_edit *e, tkc_buf *out, tkc_request *made, tkc_error *err);

#ifdef __cplusplus
}
#endif
#endif
