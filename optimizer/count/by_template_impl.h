/*
 * by_template_impl.h - a request on its way through a chat template: by_template_messages.c reads what
 * is said in it, by_template_settings.c what it sets, by_template.c renders, and
 * by_template_servers.c knows what servers make of it instead.
 */
#ifndef TKC_OPTIMIZER_COUNT_BY_TEMPLATE_IMPL_H
#define TKC_OPTIMIZER_COUNT_BY_TEMPLATE_IMPL_H

#include "optimizer/count/count_impl.h"

/* Of k->text, by offset while it grows. */
typedef struct bt_slice {
    size_t at, len;
} bt_slice;

typedef struct bt_draft {
    tkc_chat_role role;
    bool has_content, has_thinking;
    bt_slice content, thinking, call_id, name;
    size_t first_call, n_call;
} bt_draft;

typedef struct bt_call {
    bt_slice id, name, arguments;
} bt_call;

typedef struct bt_building {
    tkc_counting *k;
    bt_draft *d;
    size_t n, cap;
    bt_call *call;
    size_t n_call, cap_call;
    tkc_chat_message *message;
    tkc_chat_call *chat_call;
    tkc_chat_tool *tool;
    size_t n_tool, cap_tool;
    bool fits;    /* nothing that a template does not take */
    bool adapted; /* something that servers bring into the template's form first */
    tkc_thinking thinking; /* what the request tells the template, or its server */
    bt_slice effort;
    bool by_server;
    uint64_t low, high;
} bt_building;

/* What a string node holds, behind what k->text has. */
bt_slice bt_keep_node(tkc_counting *k, uint32_t node);
static inline tkc_str bt_str(const tkc_counting *k, bt_slice s)
{
    return (tkc_str){s.len ? k->text.ptr + s.at : "", s.len};
}

void bt_read_messages(bt_building *b);
void bt_read_settings(bt_building *b, const tkc_template *t);

/* The tokens of the conversation with these switches; where spelled is not NULL, bt_spelled() too. False: the owner's
 * template refuses it, or a failure. */
bool bt_render_with(bt_building *b, const tkc_template *t, tkc_thinking thinking, tkc_str effort, uint64_t *n, int64_t *spelled);

/* What reading the control tokens that the conversation spells as such adds: -5. */
int64_t bt_spelled(tkc_counting *k, const tkc_template *t, const tkc_rendered *out);
/* b->low and b->high, of a conversation of n tokens, become what servers may make of it. */
void bt_widen(bt_building *b, const tkc_template *t, uint64_t n, int64_t spelled);

#endif
