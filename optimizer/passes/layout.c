/*
 * layout.c - what never changes to the front, and cache marks where they pay.
 *
 * Tools are sorted by name and system blocks without values that change (cache/volatile.h) go
 * before those with some, if the plan allows reordering. Marks are placed by cache/layout.h for
 * providers that cache behind marks: segments are the tools, each system block, and the
 * conversation, of which the last message and the answer before it are new in each call. How often
 * calls come decides whether a mark pays at all, and which lifetime: without the plan's call_gap
 * nine calls of ten are taken to come in time.
 *
 * No model reads a mark, and what a request says is the same: lossless. Marks that are there
 * stay, unless what stands before them may change and reordering is allowed.
 */
#include "optimizer/cache/layout.h"
#include "optimizer/cache/volatile.h"
#include "optimizer/passes/pass.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_BLOCKS = 9,
    MAX_SEGMENTS = MAX_BLOCKS + 2,
    USUAL_ALIVE = 900000,
    STATIC_STAY = 999000, /* what looks the same every time may be edited all the same */
    MAX_DEPTH = 8
};

/* --- tools -------------------------------------------------------------------------------- */

typedef struct tool {
    size_t part;
    tkc_str name; /* source, with its quotes */
    tkc_str source;
} tool;

static int by_name(const void *a, const void *b)
{
    const tool *x = a, *y = b;
    size_t n = x->name.len < y->name.len ? x->name.len : y->name.len;
    int d = n ? memcmp(x->name.ptr, y->name.ptr, n) : 0;
    if (d) return d;
    if (x->name.len != y->name.len) return x->name.len < y->name.len ? -1 : 1;
    return x->part < y->part ? -1 : x->part > y->part;
}

static tkc_str name_of(const tkc_request *r, size_t part)
{
    uint32_t node = r->part[part].node, f = tkc_json_get(&r->doc, node, "function", NULL);
    uint32_t name = tkc_json_get(&r->doc, f == TKC_JSON_NONE ? node : f, "name", NULL);
    return name == TKC_JSON_NONE ? (tkc_str){"", 0} : tkc_json_source(&r->doc, name);
}

static tkc_status sort_tools(tkc_pass_ctx *c, tkc_error *err)
{
    const tkc_request *r = c->r;
    const tkc_allocator *alloc = tkc_allocator_or_default(c->plan->alloc);
    tool *t;
    size_t n = 0, k = 0;
    bool sorted = true;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        if (p->kind != TKC_PART_TOOL_SCHEMA || (p->flags & TKC_PART_OUTPUT)) continue;
        /* What the provider runs itself, and marks among the tools, keep their places. */
        if (i < c->first_free || (p->flags & ~TKC_PART_PINNED) || p->node == TKC_JSON_NONE || !name_of(r, i).len) return TKC_OK;
        n++;
    }
    if (n < 2) return TKC_OK;
    t = tkc_alloc(alloc, n, sizeof *t);
    if (!t) return tkc_nomem(err);
    for (size_t i = 0; i < r->n_part; i++)
        if (r->part[i].kind == TKC_PART_TOOL_SCHEMA && !(r->part[i].flags & TKC_PART_OUTPUT)) {
            t[k] = (tool){i, name_of(r, i), tkc_part_source(r, i)};
            sorted = sorted && (!k || by_name(&t[k - 1], &t[k]) <= 0);
            k++;
        }
    if (!sorted) {
        size_t *place = tkc_alloc(alloc, n, sizeof *place);
        if (!place) st = tkc_nomem(err);
        for (size_t i = 0; !st && i < n; i++) place[i] = t[i].part;
        qsort(t, n, sizeof *t, by_name);
        for (size_t i = 0; !st && i < n; i++) {
            if (t[i].part == place[i]) continue;
            st = tkc_edit_replace_source(tkc_pass_edit(c), r->part[place[i]].node, t[i].source, err);
            if (!st) st = tkc_pass_tell(c, place[i], name_of(r, place[i]), t[i].name, "tools sorted by name", err);
        }
        tkc_free(alloc, place, n, sizeof *place);
    }
    tkc_free(alloc, t, n, sizeof *t);
    return st;
}

/* --- where marks can stand ---------------------------------------------------------------- */

/* The object that may carry a mark for a part: the block in a message's or the system's list.
 * *wrap: there is none yet, the part is the whole content. TKC_JSON_NONE: none can be. */
static tkc_status block_of(tkc_pass_ctx *c, size_t part, uint32_t *block, bool *wrap, tkc_error *err)
{
    const tkc_request *r = c->r;
    const tkc_part *p = &r->part[part];
    const uint32_t top = p->turn == TKC_NO_TURN ? r->body : r->turn[p->turn].node;
    uint32_t node = p->node, up, above;
    tkc_status st;
    *block = TKC_JSON_NONE;
    *wrap = false;
    if (p->kind != TKC_PART_TEXT && p->kind != TKC_PART_TOOL_RESULT) return TKC_OK; /* its own bytes would change */
    if (node == TKC_JSON_NONE || tkc_json_kind_of(&r->doc, node) != TKC_JSON_STRING) return TKC_OK;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
        st = tkc_edit_parent(tkc_pass_edit(c), node, &up, err);
        if (st || up == TKC_JSON_NONE) return st;
        if (up == top) {
            *wrap = depth == 0;
            *block = *wrap ? p->node : TKC_JSON_NONE;
            return TKC_OK;
        }
        if (tkc_json_kind_of(&r->doc, up) == TKC_JSON_ARRAY && tkc_json_kind_of(&r->doc, node) == TKC_JSON_OBJECT) {
            st = tkc_edit_parent(tkc_pass_edit(c), up, &above, err);
            if (st) return st;
            if (above == top) {
                *block = node;
                return TKC_OK;
            }
        }
        node = up;
    }
    return TKC_OK;
}

static tkc_status put_mark(tkc_pass_ctx *c, size_t part, const char *ttl, tkc_error *err)
{
    const bool hour = strcmp(ttl, "1h") == 0;
    const char *mark = hour ? "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}" : "{\"type\":\"ephemeral\"}";
    const tkc_str json = {mark, strlen(mark)};
    uint32_t block;
    bool wrap;
    tkc_status st = block_of(c, part, &block, &wrap, err);
    if (st || block == TKC_JSON_NONE) return st;
    if (wrap) {
        static const char head[] = "[{\"type\":\"text\",\"text\":", middle[] = ",\"cache_control\":";
        tkc_str s = tkc_part_source(c->r, part);
        tkc_buf b;
        tkc_buf_init(&b, s.len + 200, c->plan->alloc);
        st = tkc_buf_append(&b, head, sizeof head - 1, err);
        if (!st) st = tkc_buf_append(&b, s.ptr, s.len, err);
        if (!st) st = tkc_buf_append(&b, middle, sizeof middle - 1, err);
        if (!st) st = tkc_buf_append(&b, json.ptr, json.len, err);
        if (!st) st = tkc_buf_append(&b, "}]", 2, err);
        if (!st) st = tkc_edit_replace_source(tkc_pass_edit(c), block, tkc_buf_str(&b), err);
        tkc_buf_release(&b);
    } else {
        st = tkc_edit_insert_member(tkc_pass_edit(c), block, "cache_control", json, err);
    }
    return st ? st : tkc_pass_tell(c, part, (tkc_str){"", 0}, json, "cache mark", err);
}

/* --- segments ----------------------------------------------------------------------------- */

typedef struct laying {
    tkc_layout_segment s[MAX_SEGMENTS];
    size_t last[MAX_SEGMENTS]; /* the part that a mark goes behind; SIZE_MAX: none can */
    size_t n;
    size_t system[MAX_BLOCKS]; /* parts of the system prompt */
    bool changes[MAX_BLOCKS];
    size_t n_system;
    bool may_move; /* the system's blocks */
} laying;

/* A value that changes from call to call, by its looks. */
static bool has_volatile(tkc_str s)
{
    tkc_volatile_scan scan;
    tkc_volatile v;
    tkc_volatile_begin(&scan, s);
    while (tkc_volatile_next(&scan, &v))
        if (!v.is_placeholder) return true;
    return false;
}

static tkc_status add_segment(laying *l, tkc_pass_ctx *c, uint64_t tokens, uint32_t stay, size_t last, tkc_error *err)
{
    uint32_t block = TKC_JSON_NONE;
    bool wrap;
    tkc_status st = last == SIZE_MAX ? TKC_OK : block_of(c, last, &block, &wrap, err);
    l->s[l->n] = (tkc_layout_segment){.tokens = tokens, .stay = stay, .no_mark = block == TKC_JSON_NONE};
    l->last[l->n++] = last;
    return st;
}

/* False: this request has not the shape that is laid out here. */
static tkc_status find_segments(laying *l, tkc_pass_ctx *c, bool *found, tkc_error *err)
{
    const tkc_request *r = c->r;
    uint64_t tools = 0, talk = 0, grown = 0;
    size_t i, from;
    tkc_status st = TKC_OK;
    *found = false;
    memset(l, 0, sizeof *l);
    l->may_move = c->plan->sort_tools;
    for (i = 0; i < r->n_part && r->part[i].turn == TKC_NO_TURN && r->part[i].role != TKC_ROLE_SYSTEM; i++)
        tools += c->count->part[i].tokens;
    if (i) st = add_segment(l, c, tools, STATIC_STAY, SIZE_MAX, err);
    for (; !st && i < r->n_part && r->part[i].turn == TKC_NO_TURN && r->part[i].role == TKC_ROLE_SYSTEM; i++) {
        tkc_str s;
        if (r->part[i].kind != TKC_PART_TEXT || l->n_system == MAX_BLOCKS) return TKC_OK;
        st = tkc_pass_text(c, i, &s, err);
        if (st) return st;
        if (r->part[i].flags || i < c->first_free) l->may_move = false;
        l->changes[l->n_system] = has_volatile(s);
        st = add_segment(l, c, c->count->part[i].tokens, l->changes[l->n_system] ? 0 : STATIC_STAY, i, err);
        l->system[l->n_system++] = i;
    }
    for (from = i; i < r->n_part; i++) {
        if (r->part[i].turn == TKC_NO_TURN) continue; /* an output schema, unknown fields */
        talk += c->count->part[i].tokens;
        if ((size_t)r->part[i].turn + 2 >= r->n_turn) grown += c->count->part[i].tokens;
    }
    if (!st && from < r->n_part && r->n_turn) {
        const tkc_turn *t = &r->turn[r->n_turn - 1];
        st = add_segment(l, c, talk, STATIC_STAY, t->n ? (size_t)t->first + t->n - 1 : SIZE_MAX, err);
        l->s[l->n - 1].grown = grown;
        l->s[l->n - 1].grown_blocks = 2;
    }
    for (size_t k = 1; k < l->n; k++) {
        const bool is_system = k + 1 < l->n || from >= r->n_part;
        l->s[k].after = 0;
        for (size_t b = 0; b < k; b++) /* what stays keeps its order; tools first, the conversation last */
            if (!l->may_move || !is_system || l->s[b].stay == l->s[k].stay || (b == 0 && tools)) l->s[k].after |= UINT64_C(1) << b;
    }
    *found = !st && l->n > 0;
    return st;
}

/* --- marks -------------------------------------------------------------------------------- */

static uint32_t alive_for(const tkc_plan *plan, double ttl)
{
    double share;
    if (!(plan->call_gap > 0)) return USUAL_ALIVE;
    share = 1 - exp(-ttl / plan->call_gap); /* calls at random times */
    return (uint32_t)(share * 1000) * 1000;
}

static tkc_status best_of(const laying *l, tkc_pass_ctx *c, tkc_layout *best, const char **ttl, tkc_error *err)
{
    const tkc_cache_rule *rule = c->plan->rule;
    *ttl = "";
    best->cost = INT64_MAX;
    for (uint32_t i = 0; i < rule->n_ttl; i++) {
        tkc_layout_options o = {.struct_size = sizeof o,
                                .marks = true,
                                .fixed_order = !l->may_move,
                                .max_marks = rule->max_breakpoints < 4 ? rule->max_breakpoints : 4,
                                .min_tokens = rule->min_tokens.hi < TKC_CACHE_NO_END ? rule->min_tokens.hi : 1024,
                                .lookback = rule->lookback.lo,
                                .alive = alive_for(c->plan, rule->ttl[i].seconds.lo),
                                .read = rule->read_permille.hi < TKC_CACHE_NO_END ? rule->read_permille.hi : 1000,
                                .write = rule->ttl[i].write_permille < TKC_CACHE_NO_END ? rule->ttl[i].write_permille : 1000,
                                .alloc = c->plan->alloc};
        tkc_layout x;
        tkc_status st = tkc_layout_best(&x, l->s, l->n, &o, err);
        if (st) return st;
        if (x.cost >= best->cost) continue;
        *best = x;
        *ttl = rule->ttl[i].name;
    }
    return TKC_OK;
}

/* The system's texts in their new order: each takes the place of another, byte for byte. *at: where
 * each segment's mark goes then. */
static tkc_status move_system(const laying *l, tkc_pass_ctx *c, const tkc_layout *best, size_t *at, tkc_error *err)
{
    size_t k = 0;
    tkc_status st = TKC_OK;
    const size_t first = l->n_system ? (l->last[0] == l->system[0] ? 0 : 1) : 0;
    for (size_t i = 0; i < l->n; i++) at[best->order[i]] = l->last[best->order[i]];
    for (size_t i = 0; !st && i < l->n && k < l->n_system; i++) {
        const size_t seg = best->order[i];
        size_t from, to;
        if (seg < first || seg >= first + l->n_system) continue;
        from = l->system[seg - first];
        to = l->system[k++];
        at[seg] = to;
        if (from == to) continue;
        st = tkc_edit_replace_source(tkc_pass_edit(c), c->r->part[to].node, tkc_part_source(c->r, from), err);
        if (!st)
            st = tkc_pass_tell(c, to, tkc_part_source(c->r, to), tkc_part_source(c->r, from),
                               "what stays the same before what changes", err);
    }
    return st;
}

/* Moved texts are quoted strings swapped in place, so a block must hold nothing else. */
static tkc_status plain_blocks(laying *l, tkc_pass_ctx *c, tkc_error *err)
{
    for (size_t i = 0; l->may_move && i < l->n_system; i++) {
        uint32_t block;
        bool wrap;
        tkc_status st = block_of(c, l->system[i], &block, &wrap, err);
        if (st) return st;
        if (block == TKC_JSON_NONE || wrap || tkc_json_count(&c->r->doc, block) != 2) l->may_move = false;
    }
    return TKC_OK;
}

static tkc_status place_marks(tkc_pass_ctx *c, tkc_error *err)
{
    const tkc_cache_rule *rule = c->plan->rule;
    laying l;
    tkc_layout best;
    const char *ttl;
    size_t at[MAX_SEGMENTS];
    bool found;
    tkc_status st;
    if (c->r->dialect != TKC_DIALECT_ANTHROPIC || !rule || rule->how != TKC_CACHE_MARKS || c->r->cache_auto) return TKC_OK;
    for (size_t i = 0; i < c->r->n_part; i++)
        if (c->r->part[i].flags & TKC_PART_CACHE) return TKC_OK; /* the author's */
    st = find_segments(&l, c, &found, err);
    if (!st && found && l.may_move) {
        st = plain_blocks(&l, c, err);
        if (!st && !l.may_move)
            for (size_t k = 1; k < l.n; k++) l.s[k].after = (UINT64_C(1) << k) - 1;
    }
    if (!st && found) st = best_of(&l, c, &best, &ttl, err);
    if (st || !found || best.cost == INT64_MAX) return st;
    st = move_system(&l, c, &best, at, err);
    for (size_t i = 0; !st && i < best.n_mark; i++) st = put_mark(c, at[best.order[best.mark[i]]], ttl, err);
    for (size_t i = 0; !st && i < l.n_system; i++)
        if (l.changes[i])
            st = tkc_pass_note(c, err, "system block %zu holds a value that changes from call to call; what stands "
                                       "behind it is never read from the cache", i);
    return st;
}

tkc_status tkc_pass_run_layout(tkc_pass_ctx *c, tkc_error *err)
{
    tkc_status st = TKC_OK;
    if (c->r->body == TKC_JSON_NONE || !c->r->doc.n_node || c->r->dialect >= TKC_DIALECT_TEXT) return TKC_OK;
    if (c->plan->sort_tools) st = sort_tools(c, err);
    return st ? st : place_marks(c, err);
}
