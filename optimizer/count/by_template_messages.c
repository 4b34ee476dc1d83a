/*
 * by_template_messages.c - the messages, calls and tools of a request as a chat template has them.
 *
 * Taken: text messages, thinking, function calls and their results, function tools. A message of several texts
 * is their texts one after the other with a newline between, as servers that want a string make it; the count
 * is then an estimate.
 */
#include "optimizer/count/by_template_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

#define MOST ((size_t)1 << 22)

static bt_slice keep(tkc_counting *k, tkc_str s)
{
    bt_slice out = {k->text.len, s.len};
    if (!k->st) k->st = tkc_buf_append(&k->text, s.ptr, s.len, k->err);
    return out;
}

bt_slice bt_keep_node(tkc_counting *k, uint32_t node)
{
    bt_slice out;
    tkc_str s;
    tkc_buf_clear(&k->scratch);
    s = tkc_cr_string(k, node);
    out = keep(k, s);
    tkc_buf_clear(&k->scratch);
    return out;
}

static bool grow(tkc_counting *k, void *array, size_t *cap, size_t need, size_t size)
{
    if (k->st) return false;
    if (tkc_grow(k->alloc, array, cap, need, MOST, size)) return true;
    k->st = tkc_nomem(k->err);
    return false;
}

static tkc_chat_role role_of(tkc_role role, bool *fits)
{
    switch (role) {
    case TKC_ROLE_SYSTEM: return TKC_CHAT_SYSTEM;
    case TKC_ROLE_DEVELOPER: return TKC_CHAT_DEVELOPER;
    case TKC_ROLE_USER: return TKC_CHAT_USER;
    case TKC_ROLE_ASSISTANT: return TKC_CHAT_ASSISTANT;
    case TKC_ROLE_TOOL: return TKC_CHAT_TOOL;
    default: *fits = false; return TKC_CHAT_USER;
    }
}

static bt_draft *add_message(bt_building *b, tkc_role role)
{
    bt_draft *d;
    if (!grow(b->k, &b->d, &b->cap, b->n + 1, sizeof *b->d)) return NULL;
    d = &b->d[b->n++];
    memset(d, 0, sizeof *d);
    d->role = role_of(role, &b->fits);
    d->first_call = b->n_call;
    return d;
}

/* Text behind what the message has; parts of one message follow each other. */
static void add_text(bt_building *b, bt_draft *d, size_t part, bool thinking)
{
    tkc_counting *k = b->k;
    bt_slice *into = thinking ? &d->thinking : &d->content;
    bool *has = thinking ? &d->has_thinking : &d->has_content;
    tkc_str s = {NULL, 0};
    bt_slice more;
    tkc_buf_clear(&k->scratch);
    if (!k->st) k->st = tkc_part_text(k->r, part, &k->scratch, &s, k->err);
    if (*has) {
        b->adapted = true;
        /* Only what stands at the end of the buffer can grow. */
        if (into->at + into->len != k->text.len) {
            b->fits = false;
            return;
        }
        (void)keep(k, (tkc_str){"\n", 1});
        into->len++;
    }
    more = keep(k, s);
    if (!*has) into->at = more.at;
    into->len += more.len;
    *has = true;
}

static void add_call(bt_building *b, bt_draft *d, uint32_t node)
{
    tkc_counting *k = b->k;
    uint32_t f = tkc_cr_function(k, node), arguments = tkc_cr_get(k, f, "arguments");
    bt_call c;
    if (d->role != TKC_CHAT_ASSISTANT || arguments == TKC_JSON_NONE ||
        tkc_json_kind_of(k->doc, arguments) != TKC_JSON_STRING) {
        b->fits = false;
        return;
    }
    if (!grow(k, &b->call, &b->cap_call, b->n_call + 1, sizeof *b->call)) return;
    c.id = bt_keep_node(k, tkc_cr_get(k, node, "id"));
    c.name = bt_keep_node(k, tkc_cr_get(k, f, "name"));
    c.arguments = bt_keep_node(k, arguments);
    /* what is no object, servers refuse or make one of */
    if (!c.arguments.len || k->st || k->text.ptr[c.arguments.at] != '{') b->adapted = true;
    b->call[b->n_call++] = c;
    d->n_call++;
}

/* Cohere's plan in front of its calls: what its templates think there. */
static bool is_plan(const tkc_counting *k, const tkc_part *p)
{
    return k->r->dialect == TKC_DIALECT_COHERE && p->node != TKC_JSON_NONE && p->node &&
           p->role == TKC_ROLE_ASSISTANT && tkc_json_kind_of(k->doc, p->node - 1) == TKC_JSON_STRING &&
           tkc_json_is(k->doc, p->node - 1, "tool_plan");
}

static void add_part(bt_building *b, bt_draft *d, size_t i)
{
    const tkc_part *p = &b->k->r->part[i];
    if (p->flags & (TKC_PART_OPAQUE | TKC_PART_UNKNOWN | TKC_PART_SERVER)) {
        b->fits = false;
        return;
    }
    if (p->flags & TKC_PART_REPEATED) return;
    switch ((tkc_part_kind)p->kind) {
    case TKC_PART_TEXT:
    case TKC_PART_TOOL_RESULT:
        if (p->node != TKC_JSON_NONE && tkc_json_kind_of(b->k->doc, p->node) != TKC_JSON_STRING)
            b->fits = false;
        else
            add_text(b, d, i, is_plan(b->k, p));
        break;
    case TKC_PART_THINKING: add_text(b, d, i, true); break;
    case TKC_PART_TOOL_CALL: add_call(b, d, p->node); break;
    case TKC_PART_OTHER:
        if (p->flags & TKC_PART_NAME && d->role == TKC_CHAT_TOOL)
            d->name = bt_keep_node(b->k, p->node);
        else
            b->fits = false;
        break;
    default: b->fits = false;
    }
}

static void add_tool(bt_building *b, const tkc_part *p)
{
    uint32_t f = tkc_cr_get(b->k, p->node, "function");
    if ((p->flags & (TKC_PART_OUTPUT | TKC_PART_SERVER)) || f == TKC_JSON_NONE) {
        b->fits = false;
        return;
    }
    if (!grow(b->k, &b->tool, &b->cap_tool, b->n_tool + 1, sizeof *b->tool)) return;
    b->tool[b->n_tool++] = (tkc_chat_tool){b->k->doc, p->node};
}

void bt_read_messages(bt_building *b)
{
    const tkc_request *r = b->k->r;
    bt_draft *d = NULL;
    uint32_t turn = TKC_NO_TURN;
    bool any = false;
    for (size_t i = 0; !b->k->st && b->fits && i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        if (p->kind == TKC_PART_TOOL_SCHEMA) {
            add_tool(b, p);
            continue;
        }
        if (!any || p->turn != turn) {
            d = add_message(b, (tkc_role)p->role);
            if (!d) return;
            turn = p->turn;
            any = true;
        }
        /* the result has it, which a name may stand in front of */
        if (d->role == TKC_CHAT_TOOL && p->id != TKC_JSON_NONE && !(p->flags & TKC_PART_BY_NAME) && !d->call_id.len)
            d->call_id = bt_keep_node(b->k, p->id);
        add_part(b, d, i);
    }
    for (size_t i = 0; i < r->n_turn; i++)
        if (!r->turn[i].n) b->fits = false; /* a message that holds nothing */
}
