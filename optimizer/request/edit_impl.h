/*
 * edit_impl.h - between edit.c (the journal and what it comes to) and edit_text.c (the
 * writers of texts that are not JSON).
 */
#ifndef TKC_OPTIMIZER_EDIT_IMPL_H
#define TKC_OPTIMIZER_EDIT_IMPL_H

#include "optimizer/request/edit.h"

typedef enum tkc_edit_what {
    TKC_EDIT_TEXT,    /* replace a part's text: where it is a part, place is its number */
    TKC_EDIT_SOURCE,  /* replace a node's JSON */
    TKC_EDIT_PART,    /* remove a part */
    TKC_EDIT_TURN,    /* remove a turn */
    TKC_EDIT_VALUE,   /* remove a node */
    TKC_EDIT_MEMBER,  /* insert: place is the object */
    TKC_EDIT_ELEMENT  /* insert: place is the array */
} tkc_edit_what;

struct tkc_edit_op {
    tkc_edit_what what;
    uint32_t place;
    uint32_t before;  /* ELEMENT: or TKC_JSON_NONE */
    uint32_t next;    /* the next insert at this place, while a plan is made */
    size_t from, len; /* in e->text; MEMBER: the key's key_len bytes stand in front */
    size_t key_len;
};

/* What the journal comes to, a node each; op numbers count from 1, 0 is none. */
typedef struct tkc_edit_plan {
    uint32_t *replace; /* the op whose text takes its place */
    uint32_t *before;  /* the first insert in front of it */
    uint32_t *at_end;  /* the first insert at its end */
    uint8_t *gone;     /* an element, or a member's value: it is removed, with its key */
    size_t n;
} tkc_edit_plan;

static inline tkc_str tkc_edit_op_text(const tkc_edit *e, uint32_t op)
{
    const struct tkc_edit_op *o = &e->op[op - 1];
    return (tkc_str){e->text.len ? e->text.ptr + o->from + o->key_len : "", o->len - o->key_len};
}
static inline tkc_str tkc_edit_op_key(const tkc_edit *e, uint32_t op)
{
    const struct tkc_edit_op *o = &e->op[op - 1];
    return (tkc_str){e->text.ptr + o->from, o->key_len};
}

/* What out holds from `from` on. */
static inline tkc_str tkc_edit_tail(const tkc_buf *out, size_t from)
{
    return out->len > from ? (tkc_str){out->ptr + from, out->len - from} : (tkc_str){"", 0};
}

/* Calls back for what the plan changes, in source order. child: an element or a key. before:
 * as child, or TKC_JSON_NONE for the end of the container. */
typedef struct tkc_edit_visitor {
    tkc_status (*replace)(void *ctx, uint32_t node, uint32_t op, tkc_error *err);
    tkc_status (*remove)(void *ctx, uint32_t container, uint32_t child, tkc_error *err);
    tkc_status (*insert)(void *ctx, uint32_t container, uint32_t before, uint32_t op,
                         tkc_error *err);
} tkc_edit_visitor;
TKC_MUST_USE tkc_status tkc_edit_walk(tkc_edit *e, const tkc_edit_plan *plan,
                                      const tkc_edit_visitor *v, void *ctx, tkc_error *err);

/* Plain text and Markdown. */
TKC_MUST_USE tkc_status tkc_edit_apply_text(tkc_edit *e, tkc_buf *out, tkc_error *err);
/* YAML; json is what the same plan makes of its JSON. */
TKC_MUST_USE tkc_status tkc_edit_apply_yaml(tkc_edit *e, const tkc_edit_plan *plan, tkc_str json,
                                            tkc_buf *out, tkc_error *err);

#endif
