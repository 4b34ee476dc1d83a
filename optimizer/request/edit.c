/*
 * edit.c - the journal of edits, what it comes to (a plan by node), and JSON's writer.
 *
 * A plan costs a few words a node and is made once an apply. Removing a part climbs from its
 * node to the highest value that holds no part that stays; the readers nest some ten levels
 * deep at most, so that is linear in the parts.
 */
#include "optimizer/request/edit_impl.h"
#include "optimizer/request/read.h"

#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"
#include "vocab/base/utf8.h"

#include <string.h>

#define MOST_OPS ((size_t)1 << 26)

void tkc_edit_init(tkc_edit *e, const tkc_request *r, size_t max_bytes)
{
    memset(e, 0, sizeof *e);
    e->r = r;
    e->alloc = tkc_allocator_or_default(r->alloc);
    e->max_bytes = max_bytes ? max_bytes : (size_t)1 << 30;
    tkc_buf_init(&e->text, e->max_bytes, e->alloc);
    tkc_json_init(&e->check, e->alloc);
}

void tkc_edit_release(tkc_edit *e)
{
    tkc_free(e->alloc, e->op, e->cap_op, sizeof *e->op);
    tkc_free(e->alloc, e->parent, e->n_map, sizeof *e->parent);
    tkc_free(e->alloc, e->owner, e->n_map, sizeof *e->owner);
    tkc_buf_release(&e->text);
    tkc_json_release(&e->check);
    tkc_edit_init(e, e->r, e->max_bytes);
}

void tkc_edit_rollback(tkc_edit *e, size_t mark)
{
    if (mark >= e->n_op) return;
    e->text.len = e->op[mark].from;
    e->n_op = mark;
}

/* --- the request's nodes ------------------------------------------------------------------ */

/* Parents and owners, made with the first edit that asks. */
static tkc_status map_nodes(tkc_edit *e, tkc_error *err)
{
    const tkc_request *r = e->r;
    const tkc_json *d = &r->doc;
    if (e->n_map || !d->n_node) return TKC_OK;
    e->parent = tkc_alloc(e->alloc, d->n_node, sizeof *e->parent);
    e->owner = tkc_alloc(e->alloc, d->n_node, sizeof *e->owner);
    if (!e->parent || !e->owner) {
        tkc_free(e->alloc, e->parent, d->n_node, sizeof *e->parent);
        tkc_free(e->alloc, e->owner, d->n_node, sizeof *e->owner);
        e->parent = e->owner = NULL;
        return tkc_nomem(err);
    }
    e->n_map = d->n_node;
    e->parent[0] = TKC_JSON_NONE;
    for (uint32_t i = 0; i < d->n_node; i++) {
        tkc_json_kind kind = tkc_json_kind_of(d, i);
        e->owner[i] = TKC_NO_PART;
        if (kind == TKC_JSON_ARRAY)
            for (uint32_t c = tkc_json_first(d, i); c != TKC_JSON_NONE; c = tkc_json_next(d, i, c))
                e->parent[c] = i;
        else if (kind == TKC_JSON_OBJECT)
            for (uint32_t c = tkc_json_first(d, i); c != TKC_JSON_NONE;
                 c = tkc_json_next_member(d, i, c))
                e->parent[c] = e->parent[c + 1] = i;
    }
    for (size_t p = 0; p < r->n_part; p++) {
        uint32_t node = r->part[p].node;
        if (node == TKC_JSON_NONE) continue;
        for (uint32_t k = node; k < d->node[node].next; k++) e->owner[k] = (uint32_t)p;
    }
    return TKC_OK;
}

tkc_status tkc_edit_parent(tkc_edit *e, uint32_t node, uint32_t *out, tkc_error *err)
{
    tkc_status st = map_nodes(e, err);
    if (!st && node >= e->n_map) st = tkc_fail(err, TKC_E_ARG, 0, "there is no value %u", (unsigned)node);
    if (!st) *out = e->parent[node];
    return st;
}

/* Of a value: is it a member's? */
static bool is_member(const tkc_edit *e, uint32_t node)
{
    return e->parent[node] != TKC_JSON_NONE &&
           tkc_json_kind_of(&e->r->doc, e->parent[node]) == TKC_JSON_OBJECT;
}

/* A member's key. Children of an object alternate key and value, and the key is a string in
 * front of it. */
static bool is_key(const tkc_edit *e, uint32_t node)
{
    const tkc_json *d = &e->r->doc;
    uint32_t in = e->parent[node];
    size_t i;
    if (!is_member(e, node) || tkc_json_kind_of(d, node) != TKC_JSON_STRING) return false;
    if (node == in + 1) return true;
    for (i = d->node[node].end; i < d->text.len; i++)
        if (!tkc_is_space(d->text.ptr[i])) break;
    return i < d->text.len && d->text.ptr[i] == ':';
}

static size_t byte_of(const tkc_edit *e, uint32_t node)
{
    const tkc_request *r = e->r;
    tkc_rd rd = {.r = (tkc_request *)r, .doc = &r->doc};
    return tkc_rd_byte(&rd, node);
}

static tkc_status refuse_part(const tkc_edit *e, size_t part, const char *why, tkc_error *err)
{
    const tkc_part *p = &e->r->part[part];
    return tkc_fail(err, TKC_E_ARG, p->begin, "part %zu (%s) %s", part,
                    tkc_part_kind_name((tkc_part_kind)p->kind), why);
}

/* A value that may be taken away or replaced: no pinned part has it, is it, or is in it. */
static tkc_status check_free(tkc_edit *e, uint32_t node, tkc_error *err)
{
    const tkc_request *r = e->r;
    tkc_status st = map_nodes(e, err);
    if (st) return st;
    if (node >= e->n_map)
        return tkc_fail(err, TKC_E_ARG, 0, "there is no value %u in the request", (unsigned)node);
    for (uint32_t k = node; k < r->doc.node[node].next; k++) {
        uint32_t p = e->owner[k];
        if (p == TKC_NO_PART) continue;
        if (r->part[p].flags & TKC_PART_PINNED) return refuse_part(e, p, "is pinned", err);
        k = r->doc.node[k].next - 1; /* the rest of this value is of the same part */
    }
    return TKC_OK;
}

/* --- noting ------------------------------------------------------------------------------- */

static tkc_status note(tkc_edit *e, tkc_edit_op op, tkc_error *err)
{
    if (!tkc_grow(e->alloc, &e->op, &e->cap_op, e->n_op + 1, MOST_OPS, sizeof *e->op)) {
        e->text.len = op.from;
        if (e->n_op >= MOST_OPS)
            return tkc_fail(err, TKC_E_LIMIT, 0, "more than %zu edits, the limit here", MOST_OPS);
        return tkc_nomem(err);
    }
    op.len = e->text.len - op.from;
    e->op[e->n_op++] = op;
    return TKC_OK;
}

static tkc_status add_json(tkc_edit *e, tkc_str json, tkc_error *err)
{
    tkc_json_limits l = {.max_depth = e->r->max_depth};
    tkc_status st = tkc_json_parse(&e->check, json, &l, err);
    return st ? st : tkc_buf_append(&e->text, json.ptr, json.len, err);
}

static tkc_status no_such(const char *what, size_t i, size_t n, tkc_error *err)
{
    return tkc_fail(err, TKC_E_ARG, 0, "there is no %s %zu: the request has %zu", what, i, n);
}

tkc_status tkc_edit_replace_text(tkc_edit *e, size_t part, tkc_str utf8, tkc_error *err)
{
    const tkc_request *r = e->r;
    tkc_edit_op op = {.what = TKC_EDIT_TEXT, .place = (uint32_t)part, .from = e->text.len};
    size_t good = tkc_utf8_valid(utf8.ptr, utf8.len);
    const tkc_part *p;
    tkc_status st;
    if (part >= r->n_part) return no_such("part", part, r->n_part, err);
    p = &r->part[part];
    if (p->flags & TKC_PART_PINNED) return refuse_part(e, part, "is pinned", err);
    if ((p->flags & TKC_PART_OPAQUE) ||
        (p->node != TKC_JSON_NONE && tkc_json_kind_of(&r->doc, p->node) != TKC_JSON_STRING))
        return refuse_part(e, part, "is not a text", err);
    if (good < utf8.len)
        return tkc_fail(err, TKC_E_FORMAT, good, "byte \\x%02x of the new text is not UTF-8",
                        (unsigned)(unsigned char)utf8.ptr[good]);
    st = tkc_buf_append(&e->text, utf8.ptr, utf8.len, err);
    return st ? st : note(e, op, err);
}

tkc_status tkc_edit_replace_source(tkc_edit *e, uint32_t node, tkc_str json, tkc_error *err)
{
    tkc_edit_op op = {.what = TKC_EDIT_SOURCE, .place = node, .from = e->text.len};
    tkc_status st = check_free(e, node, err);
    if (!st && is_key(e, node))
        st = tkc_fail(err, TKC_E_ARG, byte_of(e, node), "a key is no value that can be replaced");
    if (!st) st = add_json(e, json, err);
    return st ? st : note(e, op, err);
}

tkc_status tkc_edit_remove_part(tkc_edit *e, size_t part, tkc_error *err)
{
    tkc_edit_op op = {.what = TKC_EDIT_PART, .place = (uint32_t)part, .from = e->text.len};
    tkc_status st;
    if (part >= e->r->n_part) return no_such("part", part, e->r->n_part, err);
    if (e->r->part[part].flags & TKC_PART_PINNED) return refuse_part(e, part, "is pinned", err);
    st = map_nodes(e, err);
    return st ? st : note(e, op, err);
}

tkc_status tkc_edit_remove_turn(tkc_edit *e, size_t turn, tkc_error *err)
{
    tkc_edit_op op = {.what = TKC_EDIT_TURN, .place = (uint32_t)turn, .from = e->text.len};
    tkc_status st;
    if (turn >= e->r->n_turn) return no_such("turn", turn, e->r->n_turn, err);
    st = map_nodes(e, err);
    return st ? st : note(e, op, err);
}

static bool is_mark_name(const char *key)
{
    return strcmp(key, "cache_control") == 0 || strcmp(key, "prompt_cache_breakpoint") == 0;
}

/* A cache mark that is a member of a part itself, which may be pinned: no model reads it. */
static bool is_mark_of_part(const tkc_edit *e, uint32_t node)
{
    const tkc_request *r = e->r;
    const uint32_t in = node < e->n_map ? e->parent[node] : TKC_JSON_NONE;
    char key[32];
    size_t n;
    if (in == TKC_JSON_NONE || !is_member(e, node) || is_key(e, node) || e->owner[in] == TKC_NO_PART || r->part[e->owner[in]].node != in)
        return false;
    n = tkc_json_head(&r->doc, node - 1, key, sizeof key - 1);
    if (n >= sizeof key) return false;
    key[n] = '\0';
    return is_mark_name(key);
}

tkc_status tkc_edit_remove_value(tkc_edit *e, uint32_t node, tkc_error *err)
{
    const tkc_request *r = e->r;
    tkc_edit_op op = {.what = TKC_EDIT_VALUE, .place = node, .from = e->text.len};
    tkc_status st = map_nodes(e, err);
    if (!st && !is_mark_of_part(e, node)) st = check_free(e, node, err);
    if (st) return st;
    if (e->parent[node] == TKC_JSON_NONE || is_key(e, node))
        return tkc_fail(err, TKC_E_ARG, byte_of(e, node),
                        "only an element or a member's value can be removed");
    for (uint32_t k = node; k < r->doc.node[node].next; k++) {
        uint32_t p = e->owner[k];
        if (p == TKC_NO_PART || r->part[p].node < k) continue;
        return refuse_part(e, p, "is in the value to remove: remove the part", err);
    }
    return note(e, op, err);
}

static tkc_status check_container(tkc_edit *e, uint32_t node, tkc_json_kind kind, bool mark,
                                  tkc_error *err)
{
    const tkc_request *r = e->r;
    tkc_status st = map_nodes(e, err);
    if (st) return st;
    if (node >= e->n_map)
        return tkc_fail(err, TKC_E_ARG, 0, "there is no value %u in the request", (unsigned)node);
    if (tkc_json_kind_of(&r->doc, node) != kind)
        return tkc_fail(err, TKC_E_ARG, byte_of(e, node), "nothing can be put in here: expected %s, "
                        "found %s", tkc_json_kind_name(kind),
                        tkc_json_kind_name(tkc_json_kind_of(&r->doc, node)));
    if (e->owner[node] != TKC_NO_PART && (r->part[e->owner[node]].flags & TKC_PART_PINNED) &&
        !(mark && r->part[e->owner[node]].node == node))
        return refuse_part(e, e->owner[node], "is pinned", err);
    return TKC_OK;
}

tkc_status tkc_edit_insert_member(tkc_edit *e, uint32_t object, const char *key, tkc_str json,
                                  tkc_error *err)
{
    tkc_edit_op op = {.what = TKC_EDIT_MEMBER, .place = object, .before = TKC_JSON_NONE,
                      .from = e->text.len};
    tkc_status st = check_container(e, object, TKC_JSON_OBJECT, is_mark_name(key), err);
    if (st) return st;
    op.key_len = strlen(key);
    if (tkc_utf8_valid(key, op.key_len) < op.key_len)
        return tkc_fail(err, TKC_E_FORMAT, 0, "the new key is not UTF-8");
    st = tkc_buf_append(&e->text, key, op.key_len, err);
    if (!st) st = add_json(e, json, err);
    if (st) {
        e->text.len = op.from;
        return st;
    }
    return note(e, op, err);
}

tkc_status tkc_edit_insert_element(tkc_edit *e, uint32_t array, uint32_t before, tkc_str json,
                                   tkc_error *err)
{
    tkc_edit_op op = {.what = TKC_EDIT_ELEMENT, .place = array, .before = before,
                      .from = e->text.len};
    tkc_status st = check_container(e, array, TKC_JSON_ARRAY, false, err);
    if (!st && before != TKC_JSON_NONE && (before >= e->n_map || e->parent[before] != array))
        st = tkc_fail(err, TKC_E_ARG, byte_of(e, array),
                      "the element to insert before is not in this array");
    if (!st) st = add_json(e, json, err);
    return st ? st : note(e, op, err);
}

/* --- what it comes to --------------------------------------------------------------------- */

static void plan_release(tkc_edit *e, tkc_edit_plan *plan)
{
    tkc_free(e->alloc, plan->replace, plan->n, sizeof *plan->replace);
    tkc_free(e->alloc, plan->before, plan->n, sizeof *plan->before);
    tkc_free(e->alloc, plan->at_end, plan->n, sizeof *plan->at_end);
    tkc_free(e->alloc, plan->gone, plan->n, sizeof *plan->gone);
}

/* A call goes with all its results, and the last result of a call with it. */
static tkc_status check_links(tkc_edit *e, const uint8_t *removed, tkc_error *err)
{
    const tkc_request *r = e->r;
    uint32_t *answer; /* of each call: a result that stays, from 1 */
    tkc_status st = TKC_OK;
    if (!r->n_part) return TKC_OK;
    answer = tkc_alloc_zero(e->alloc, r->n_part, sizeof *answer);
    if (!answer) return tkc_nomem(err);
    for (size_t i = 0; i < r->n_part; i++)
        if (r->part[i].call != TKC_NO_PART && !removed[i]) answer[r->part[i].call] = (uint32_t)i + 1;
    for (size_t i = 0; !st && i < r->n_part; i++) {
        uint32_t call = r->part[i].call;
        if (call == TKC_NO_PART) continue;
        if (removed[i] && !removed[call] && !answer[call])
            st = tkc_fail(err, TKC_E_ARG, r->part[i].begin,
                          "part %zu is the result of the call in part %u, which stays: remove both "
                          "or neither", i, (unsigned)call);
        else if (!removed[i] && removed[call])
            st = tkc_fail(err, TKC_E_ARG, r->part[call].begin,
                          "part %u is the call that part %zu, which stays, is the result of: remove "
                          "both or neither", (unsigned)call, i);
    }
    tkc_free(e->alloc, answer, r->n_part, sizeof *answer);
    return st;
}

/* Is k, whose container is up, all that up is there for? An object inside a list (a block, a
 * message) is, whatever labels it has beside; one that is a setting's group ("output_config",
 * with "effort" beside "format") only when nothing but a role is left. */
static bool goes_too(const tkc_edit *e, uint32_t up)
{
    const tkc_json *d = &e->r->doc;
    uint32_t n = 0;
    if (tkc_json_kind_of(d, up) == TKC_JSON_ARRAY) return true;
    for (uint32_t k = up; k != TKC_JSON_NONE && k != e->r->body; k = e->parent[k])
        if (tkc_json_kind_of(d, k) == TKC_JSON_ARRAY) return true;
    for (uint32_t k = tkc_json_first(d, up); k != TKC_JSON_NONE; k = tkc_json_next_member(d, up, k))
        if (!tkc_json_is(d, k, "role")) n++;
    return n == 1;
}

/* Settings that providers refuse in a request without tools. */
static void plan_tool_settings(tkc_edit *e, tkc_edit_plan *plan, const uint8_t *removed)
{
    const tkc_request *r = e->r;
    bool any = false;
    uint32_t k;
    for (size_t i = 0; i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        if (p->kind != TKC_PART_TOOL_SCHEMA || (p->flags & TKC_PART_OUTPUT)) continue;
        if (!removed[i]) return;
        any = true;
    }
    if (!any) return;
    if (r->tool_choice != TKC_JSON_NONE && e->parent[r->tool_choice] == r->body)
        plan->gone[r->tool_choice] = 1;
    k = tkc_json_get(&r->doc, r->body, "parallel_tool_calls", NULL);
    if (k != TKC_JSON_NONE) plan->gone[k] = 1;
}

/* A member goes with the earlier ones of its key, which would be read in its place. */
static void plan_repeated(tkc_edit *e, tkc_edit_plan *plan)
{
    const tkc_json *d = &e->r->doc;
    for (uint32_t k = 1; k < plan->n; k++) {
        if (!plan->gone[k] || !is_member(e, k) || !(d->node[k - 1].info & TKC_JSON_REPEATED)) continue;
        for (uint32_t o = tkc_json_first(d, e->parent[k]); o != TKC_JSON_NONE && o < k;
             o = tkc_json_next_member(d, e->parent[k], o))
            if (tkc_json_compare(d, o, k - 1) == 0) plan->gone[o + 1] = 1;
    }
}

/* The values that removed parts take along. stay[node]: the parts that stay in it. */
static tkc_status plan_removals(tkc_edit *e, tkc_edit_plan *plan, tkc_error *err)
{
    const tkc_request *r = e->r;
    uint8_t *removed = tkc_alloc_zero(e->alloc, r->n_part + 1, 1);
    uint8_t *turn = tkc_alloc_zero(e->alloc, r->n_turn + 1, 1);
    uint32_t *stay = tkc_alloc_zero(e->alloc, plan->n + 1, sizeof *stay);
    uint8_t *list = tkc_alloc_zero(e->alloc, plan->n + 1, 1); /* of messages */
    tkc_status st = TKC_OK;
    if (!removed || !turn || !stay || !list) st = tkc_nomem(err);
    for (size_t i = 0; !st && i < r->n_turn; i++)
        if (r->turn[i].node != TKC_JSON_NONE && e->parent[r->turn[i].node] != TKC_JSON_NONE)
            list[e->parent[r->turn[i].node]] = 1;
    for (size_t i = 0; !st && i < e->n_op; i++) {
        const tkc_edit_op *o = &e->op[i];
        if (o->what == TKC_EDIT_PART) removed[o->place] = 1;
        if (o->what == TKC_EDIT_TURN) turn[o->place] = 1;
        if (o->what == TKC_EDIT_VALUE) plan->gone[o->place] = 1;
    }
    for (size_t i = 0; !st && i < r->n_part; i++)
        if (r->part[i].turn != TKC_NO_TURN && turn[r->part[i].turn]) removed[i] = 1;
    if (!st) st = check_links(e, removed, err);
    for (size_t i = 0; !st && i < r->n_part; i++) {
        /* A name says nothing without what it names, a value that a later one overrules never
         * did. */
        if (removed[i] || r->part[i].node == TKC_JSON_NONE ||
            (r->part[i].flags & (TKC_PART_NAME | TKC_PART_REPEATED)))
            continue;
        for (uint32_t k = r->part[i].node; k != TKC_JSON_NONE; k = e->parent[k]) stay[k]++;
    }
    for (size_t i = 0; !st && i < r->n_part; i++) {
        uint32_t k = r->part[i].node, up;
        if (!removed[i] || k == TKC_JSON_NONE) continue;
        if (r->part[i].turn != TKC_NO_TURN && turn[r->part[i].turn] &&
            r->turn[r->part[i].turn].node != TKC_JSON_NONE)
            continue; /* goes with its message, below */
        while ((up = e->parent[k]) != TKC_JSON_NONE && up != r->body && !list[up] && !stay[up] &&
               goes_too(e, up))
            k = up;
        plan->gone[k] = 1;
    }
    if (!st) plan_tool_settings(e, plan, removed);
    if (!st && r->n_repeated) plan_repeated(e, plan);
    for (size_t i = 0; !st && i < r->n_turn; i++)
        if (turn[i] && r->turn[i].node != TKC_JSON_NONE) plan->gone[r->turn[i].node] = 1;
    if (!st && plan->gone[0])
        st = tkc_fail(err, TKC_E_ARG, 0, "the whole request cannot be removed");
    tkc_free(e->alloc, removed, r->n_part + 1, 1);
    tkc_free(e->alloc, turn, r->n_turn + 1, 1);
    tkc_free(e->alloc, stay, plan->n + 1, sizeof *stay);
    tkc_free(e->alloc, list, plan->n + 1, 1);
    return st;
}

static tkc_status make_plan(tkc_edit *e, tkc_edit_plan *plan, tkc_error *err)
{
    tkc_status st = map_nodes(e, err);
    size_t n = e->n_map;
    if (st) return st;
    plan->replace = tkc_alloc_zero(e->alloc, n, sizeof *plan->replace);
    plan->before = tkc_alloc_zero(e->alloc, n, sizeof *plan->before);
    plan->at_end = tkc_alloc_zero(e->alloc, n, sizeof *plan->at_end);
    plan->gone = tkc_alloc_zero(e->alloc, n, sizeof *plan->gone);
    plan->n = n;
    if (!plan->replace || !plan->before || !plan->at_end || !plan->gone) return tkc_nomem(err);
    for (size_t i = 0; i < e->n_op; i++) {
        const tkc_edit_op *o = &e->op[i];
        if (o->what == TKC_EDIT_TEXT) plan->replace[e->r->part[o->place].node] = (uint32_t)i + 1;
        if (o->what == TKC_EDIT_SOURCE) plan->replace[o->place] = (uint32_t)i + 1;
    }
    for (size_t i = e->n_op; i-- > 0;) { /* lists are built from their ends */
        tkc_edit_op *o = &e->op[i];
        uint32_t *head;
        if (o->what != TKC_EDIT_MEMBER && o->what != TKC_EDIT_ELEMENT) continue;
        head = o->before == TKC_JSON_NONE ? &plan->at_end[o->place] : &plan->before[o->before];
        o->next = *head;
        *head = (uint32_t)i + 1;
    }
    return plan_removals(e, plan, err);
}

static tkc_status visit_inserts(tkc_edit *e, const tkc_edit_visitor *v, void *ctx, uint32_t in,
                                uint32_t before, uint32_t op, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (; !st && op; op = e->op[op - 1].next) st = v->insert(ctx, in, before, op, err);
    return st;
}

tkc_status tkc_edit_walk(tkc_edit *e, const tkc_edit_plan *plan, const tkc_edit_visitor *v,
                         void *ctx, tkc_error *err)
{
    const tkc_json *d = &e->r->doc;
    tkc_status st = TKC_OK;
    uint32_t i = 0;
    while (!st && i < plan->n) {
        uint32_t in = e->parent[i], next = i + 1;
        bool key = is_key(e, i);
        st = visit_inserts(e, v, ctx, in, i, plan->before[i], err);
        if (!st && key && plan->gone[i + 1]) {
            st = v->remove(ctx, in, i, err);
            next = d->node[i + 1].next;
        } else if (!st && plan->gone[i]) {
            st = v->remove(ctx, in, i, err);
            next = d->node[i].next;
        } else if (!st && plan->replace[i]) {
            st = v->replace(ctx, i, plan->replace[i], err);
            next = d->node[i].next;
        }
        /* What ends here, the innermost first: itself too when it is empty. What was taken
         * away or replaced took its inserts along. */
        if (next == d->node[i].next && !key && !plan->gone[i] && !plan->replace[i] && !st)
            st = visit_inserts(e, v, ctx, i, TKC_JSON_NONE, plan->at_end[i], err);
        for (uint32_t c = in; !st && c != TKC_JSON_NONE && d->node[c].next == next; c = e->parent[c])
            st = visit_inserts(e, v, ctx, c, TKC_JSON_NONE, plan->at_end[c], err);
        i = next;
    }
    return st;
}

/* --- JSON --------------------------------------------------------------------------------- */

typedef struct json_writer {
    tkc_edit *e;
    tkc_json_edits edits;
} json_writer;

static tkc_status json_replace(void *ctx, uint32_t node, uint32_t op, tkc_error *err)
{
    json_writer *w = ctx;
    tkc_str text = tkc_edit_op_text(w->e, op);
    if (w->e->op[op - 1].what == TKC_EDIT_TEXT)
        return tkc_json_replace_text(&w->edits, node, text, err);
    return tkc_json_replace(&w->edits, node, text, err);
}

static tkc_status json_remove(void *ctx, uint32_t container, uint32_t child, tkc_error *err)
{
    json_writer *w = ctx;
    return tkc_json_delete(&w->edits, container, child, err);
}

static tkc_status json_insert(void *ctx, uint32_t container, uint32_t before, uint32_t op,
                              tkc_error *err)
{
    json_writer *w = ctx;
    tkc_str text = tkc_edit_op_text(w->e, op);
    if (w->e->op[op - 1].what == TKC_EDIT_MEMBER)
        return tkc_json_insert_member(&w->edits, container, before, tkc_edit_op_key(w->e, op), text,
                                      err);
    return tkc_json_insert(&w->edits, container, before, text, err);
}

static tkc_status write_json(tkc_edit *e, const tkc_edit_plan *plan, tkc_buf *out, tkc_error *err)
{
    static const tkc_edit_visitor v = {json_replace, json_remove, json_insert};
    json_writer w = {.e = e};
    tkc_status st;
    tkc_json_edits_init(&w.edits, &e->r->doc, e->max_bytes, e->alloc);
    st = tkc_edit_walk(e, plan, &v, &w, err);
    if (!st) st = tkc_json_edits_apply(&w.edits, out, err);
    tkc_json_edits_release(&w.edits);
    return st;
}

/* --- all ---------------------------------------------------------------------------------- */

/* The result must be a request of the dialect asked for, as many in the envelope as before. */
static tkc_status read_again(const tkc_edit *e, tkc_str text, tkc_dialect asked, tkc_request *made, tkc_error *err)
{
    const tkc_request *r = e->r;
    const tkc_request_options o = {.struct_size = sizeof o,
                                   .dialect = asked,
                                   .prefer = r->dialect,
                                   .alloc = e->alloc,
                                   .max_bytes = e->max_bytes,
                                   .max_depth = r->max_depth,
                                   .max_values = r->max_values,
                                   .max_parts = r->max_parts};
    tkc_error why;
    tkc_status st = tkc_request_read(made, text, &o, &why);
    if (!st && r->selected) st = tkc_request_select(made, r->selected, &why);
    if (st == TKC_E_NOMEM) return tkc_nomem(err);
    if (st)
        return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "the edited text would be no %s request: %.150s",
                        tkc_dialect_name(r->dialect), why.message);
    if (made->n_request != r->n_request)
        return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "the edited text would hold %zu requests, not %zu",
                        made->n_request, r->n_request);
    return TKC_OK;
}

static bool is_plain(const tkc_request *r)
{
    return r->dialect == TKC_DIALECT_TEXT || r->dialect == TKC_DIALECT_MARKDOWN;
}

/* The new text, of JSON not yet read. */
static tkc_status write_edited(tkc_edit *e, tkc_buf *out, tkc_error *err)
{
    const tkc_request *r = e->r;
    tkc_edit_plan plan = {0};
    tkc_buf json;
    tkc_status st;
    if (!e->n_op) return tkc_request_write(r, out, err);
    if (is_plain(r)) return tkc_edit_apply_text(e, out, err);
    st = make_plan(e, &plan, err);
    if (!st && r->dialect == TKC_DIALECT_YAML) {
        tkc_buf_init(&json, e->max_bytes, e->alloc);
        st = write_json(e, &plan, &json, err);
        if (!st) st = tkc_edit_apply_yaml(e, &plan, tkc_buf_str(&json), out, err);
        tkc_buf_release(&json);
    } else if (!st) {
        st = write_json(e, &plan, out, err);
    }
    plan_release(e, &plan);
    return st;
}

static tkc_status make(tkc_edit *e, tkc_buf *out, tkc_dialect asked, tkc_request *made, tkc_error *err)
{
    const size_t from = out->len;
    tkc_status st = write_edited(e, out, err);
    if (!st) st = read_again(e, tkc_edit_tail(out, from), asked, made, err);
    if (st) out->len = from;
    return st;
}

tkc_status tkc_edit_apply(tkc_edit *e, tkc_buf *out, tkc_error *err)
{
    const tkc_request_options o = {.struct_size = sizeof o, .alloc = e->alloc};
    tkc_request made;
    tkc_status st;
    /* As it came, or read already (tkc_edit_apply_text). */
    if (!e->n_op || is_plain(e->r)) return write_edited(e, out, err);
    tkc_request_init(&made, &o);
    st = make(e, out, e->r->dialect, &made, err);
    tkc_request_release(&made);
    return st;
}

tkc_status tkc_edit_make(tkc_edit *e, tkc_buf *out, tkc_request *made, tkc_error *err)
{
    return make(e, out, e->r->asked, made, err);
}
