/*
 * layout.c - what never changes to the front, and cache marks where they pay.
 *
 * Tools are sorted by name, lists that are sets in their schemas too, and system blocks without
 * values that change (cache/volatile.h) go before those with some, if the plan allows reordering.
 * Marks are placed by cache/layout.h for providers that cache behind marks: segments are the
 * tools, each system block, and the conversation, of which the last message and the answer before it
 * are new in each call. Where those have more blocks than the provider looks back for, one more
 * mark goes where the call before ended. How often calls come decides whether a mark pays at
 * all, and which lifetime each has (the longer in front): by the plan's gaps between calls, or their mean; without
 * them nine calls of ten are taken to come in time.
 *
 * No model reads a mark, and what a request says is the same: lossless. Marks that are there
 * stay, unless reordering is allowed and the best places cost less by the same reckoning. Providers
 * that cache by themselves get none but one behind the instructions where they take marks too (OpenAI's
 * breakpoints); what changes in front of what could be cached is said.
 */
#include "optimizer/cache/layout.h"
#include "optimizer/cache/volatile.h"
#include "optimizer/passes/layout_tools.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_BLOCKS = 48,
    MAX_SEGMENTS = MAX_BLOCKS + 2,
    USUAL_ALIVE = 900000,
    STATIC_STAY = 999000, /* what looks the same every time may be edited all the same */
    MAX_DEPTH = 8,
    GROWN_TURNS = 2, /* came with this call: the answer before, and what follows it */
    MIN_ADVICE = 64  /* tokens that are worth a line */
};

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
    const tkc_json_kind kind = node == TKC_JSON_NONE ? TKC_JSON_NULL : tkc_json_kind_of(&r->doc, node);
    const bool text = (p->kind == TKC_PART_TEXT || p->kind == TKC_PART_TOOL_RESULT) && kind == TKC_JSON_STRING;
    /* Thinking may have none. A call, and a result that is no text, is a block of its own in these two only. */
    const bool call = (p->kind == TKC_PART_TOOL_CALL || p->kind == TKC_PART_TOOL_RESULT) &&
                      (r->dialect == TKC_DIALECT_ANTHROPIC || r->dialect == TKC_DIALECT_BEDROCK);
    if (!text && (kind != TKC_JSON_OBJECT || (!call && p->kind != TKC_PART_IMAGE && p->kind != TKC_PART_FILE))) return TKC_OK;
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

/* How a dialect writes a mark: the member of a block, and the type of the block that a plain string becomes; no member: a
 * block of its own behind it. */
typedef struct mark_form {
    const char *key, *type;
} mark_form;

static mark_form form_of(const tkc_request *r)
{
    if (r->dialect == TKC_DIALECT_ANTHROPIC) return (mark_form){"cache_control", "text"};
    if (r->dialect == TKC_DIALECT_BEDROCK) return (mark_form){NULL, NULL};
    return (mark_form){"prompt_cache_breakpoint", r->dialect == TKC_DIALECT_OPENAI_RESPONSES ? "input_text" : "text"};
}

static tkc_str mark_json(const tkc_request *r, const tkc_cache_ttl *ttl)
{
    static const char *const member[] = {"{\"type\":\"ephemeral\"}", "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}"};
    static const char *const block[] = {"{\"cachePoint\":{\"type\":\"default\"}}", "{\"cachePoint\":{\"type\":\"default\",\"ttl\":\"1h\"}}"};
    const bool hour = strcmp(ttl->name, "1h") == 0;
    const char *mark = form_of(r).key ? member[hour] : block[hour];
    return (tkc_str){mark, strlen(mark)};
}

/* A mark that is a block of its own, behind another. */
static tkc_status put_behind(tkc_pass_ctx *c, uint32_t block, tkc_str json, tkc_error *err)
{
    uint32_t list;
    tkc_status st = tkc_edit_parent(tkc_pass_edit(c), block, &list, err);
    return st ? st : tkc_edit_insert_element(tkc_pass_edit(c), list, tkc_json_next(&c->r->doc, list, block), json, err);
}

static tkc_status put_mark(tkc_pass_ctx *c, size_t part, tkc_str json, tkc_error *err)
{
    const mark_form form = form_of(c->r);
    uint32_t block;
    bool wrap;
    tkc_status st = block_of(c, part, &block, &wrap, err);
    if (st || block == TKC_JSON_NONE || (wrap && !form.key)) return st;
    if (!form.key) {
        st = put_behind(c, block, json, err);
    } else if (wrap) {
        tkc_str s = tkc_part_source(c->r, part);
        char head[48], middle[48];
        tkc_buf b;
        snprintf(head, sizeof head, "[{\"type\":\"%s\",\"text\":", form.type);
        snprintf(middle, sizeof middle, ",\"%s\":", form.key);
        tkc_buf_init(&b, s.len + 200, c->plan->alloc);
        st = tkc_buf_append(&b, head, strlen(head), err);
        if (!st) st = tkc_buf_append(&b, s.ptr, s.len, err);
        if (!st) st = tkc_buf_append(&b, middle, strlen(middle), err);
        if (!st) st = tkc_buf_append(&b, json.ptr, json.len, err);
        if (!st) st = tkc_buf_append(&b, "}]", 2, err);
        if (!st) st = tkc_edit_replace_source(tkc_pass_edit(c), block, tkc_buf_str(&b), err);
        tkc_buf_release(&b);
    } else {
        st = tkc_edit_insert_member(tkc_pass_edit(c), block, form.key, json, err);
    }
    return st ? st : tkc_pass_tell(c, part, (tkc_str){"", 0}, json, "cache mark", err);
}

/* --- segments ----------------------------------------------------------------------------- */

typedef struct laying {
    tkc_layout_segment s[MAX_SEGMENTS];
    size_t last[MAX_SEGMENTS]; /* the part that a mark goes behind; SIZE_MAX: none can */
    size_t n;
    size_t system[MAX_BLOCKS]; /* parts of the system prompt, */
    size_t from[MAX_BLOCKS];   /* the one whose text comes there, */
    bool changes[MAX_BLOCKS];  /* and whether it changes from call to call as it stands */
    size_t first_system;       /* the segment of the first */
    size_t n_system;
    bool may_move; /* the system's blocks */
    size_t tools;  /* their segment; SIZE_MAX: none */
    size_t talk;   /* the conversation's; SIZE_MAX */
    size_t before; /* the part where the call before ended, if a mark is needed there; SIZE_MAX */
    const tkc_cache_ttl *ttl[TKC_LAYOUT_MAX_LIVES]; /* the rule's lives, the shortest first */
    uint32_t n_ttl;
} laying;

/* A value that changes from call to call, by its looks. */
static bool has_volatile(tkc_str s, tkc_volatile *v)
{
    tkc_volatile_scan scan;
    tkc_volatile_begin(&scan, s);
    while (tkc_volatile_next(&scan, v))
        if (!v->is_placeholder) return true;
    return false;
}

static tkc_status can_mark(tkc_pass_ctx *c, size_t part, bool *yes, tkc_error *err)
{
    uint32_t block = TKC_JSON_NONE;
    bool wrap;
    tkc_status st = part == SIZE_MAX ? TKC_OK : block_of(c, part, &block, &wrap, err);
    *yes = block != TKC_JSON_NONE;
    return st;
}

static tkc_status add_segment(laying *l, tkc_pass_ctx *c, uint64_t tokens, uint32_t stay, size_t last, tkc_error *err)
{
    bool yes;
    tkc_status st = can_mark(c, last, &yes, err);
    l->s[l->n] = (tkc_layout_segment){.tokens = tokens, .stay = stay, .no_mark = !yes};
    l->last[l->n++] = last;
    return st;
}

/* The conversation. What came with this call has no entry yet; an older one is looked for in so many blocks before a
 * mark, so that beyond those the end of the call before needs a mark of its own. */
static tkc_status add_talk(laying *l, tkc_pass_ctx *c, uint64_t tokens, tkc_error *err)
{
    const tkc_request *r = c->r;
    const tkc_turn *t = &r->turn[r->n_turn - 1];
    uint64_t grown = 0, blocks = 0;
    bool yes = false;
    tkc_status st = add_segment(l, c, tokens, STATIC_STAY, t->n ? (size_t)t->first + t->n - 1 : SIZE_MAX, err);
    l->talk = l->n - 1;
    for (size_t i = 0; i < r->n_part; i++)
        if (r->part[i].turn != TKC_NO_TURN && (size_t)r->part[i].turn + GROWN_TURNS >= r->n_turn) {
            grown += c->count->part[i].tokens;
            blocks++;
        }
    l->s[l->talk].grown = grown;
    l->s[l->talk].grown_blocks = GROWN_TURNS;
    if (st || !c->plan->rule || blocks <= c->plan->rule->lookback.lo) return st;
    if (r->n_turn > GROWN_TURNS) {
        const tkc_turn *end = &r->turn[r->n_turn - GROWN_TURNS - 1];
        if (end->n) l->before = (size_t)end->first + end->n - 1;
        st = can_mark(c, l->before, &yes, err);
    }
    if (!yes) {
        l->before = SIZE_MAX;
        l->s[l->talk].grown_blocks = blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX;
    }
    return st;
}

/* False: this request has not the shape that is laid out here. */
static tkc_status find_segments(laying *l, tkc_pass_ctx *c, bool *found, tkc_error *err)
{
    const tkc_request *r = c->r;
    uint64_t tools = 0, talk = 0;
    size_t i, from;
    tkc_status st = TKC_OK;
    *found = false;
    memset(l, 0, sizeof *l);
    l->may_move = c->plan->sort_tools;
    l->tools = l->talk = l->before = SIZE_MAX;
    for (i = 0; i < r->n_part && r->part[i].turn == TKC_NO_TURN && r->part[i].role != TKC_ROLE_SYSTEM; i++)
        tools += c->count->part[i].tokens;
    if (i) {
        l->tools = 0;
        st = add_segment(l, c, tools, STATIC_STAY, SIZE_MAX, err);
        l->s[0].no_mark = tkc_layout_last_tool(r) == SIZE_MAX;
    }
    for (; !st && i < r->n_part && r->part[i].turn == TKC_NO_TURN && r->part[i].role == TKC_ROLE_SYSTEM; i++) {
        tkc_str s;
        tkc_volatile v;
        if (r->part[i].kind != TKC_PART_TEXT || l->n_system == MAX_BLOCKS) return TKC_OK;
        st = tkc_pass_text(c, i, &s, err);
        if (st) return st;
        if (r->part[i].flags || i < c->first_free) l->may_move = false;
        if (!l->n_system) l->first_system = l->n;
        l->changes[l->n_system] = has_volatile(s, &v);
        st = add_segment(l, c, c->count->part[i].tokens, l->changes[l->n_system] ? 0 : STATIC_STAY, i, err);
        l->from[l->n_system] = i;
        l->system[l->n_system++] = i;
    }
    for (from = i; i < r->n_part; i++) {
        if (r->part[i].turn == TKC_NO_TURN) continue; /* an output schema, unknown fields */
        talk += c->count->part[i].tokens;
    }
    if (!st && from < r->n_part && r->n_turn) st = add_talk(l, c, talk, err);
    *found = !st && l->n > 0;
    return st;
}

/* What stays the same in front of what changes, each in its own order. That is the best order for any marks, since
 * nothing behind what changes is found, and it depends on the blocks alone: an order that depended on the
 * conversation's length too would throw the cache away when it changes. */
static void static_first(laying *l)
{
    tkc_layout_segment s[MAX_BLOCKS];
    size_t n = 0;
    for (int changes = 0; changes < 2; changes++)
        for (size_t k = 0; k < l->n_system; k++)
            if (l->changes[k] == (changes == 1)) {
                s[n] = l->s[l->first_system + k];
                l->from[n++] = l->system[k];
            }
    memcpy(l->s + l->first_system, s, n * sizeof *s);
}

/* --- marks -------------------------------------------------------------------------------- */

static uint32_t alive_for(const tkc_plan *plan, double ttl)
{
    double share;
    if (plan->n_gap) return tkc_layout_alive(plan->gap, plan->n_gap, ttl);
    if (!(plan->call_gap > 0)) return USUAL_ALIVE;
    share = 1 - exp(-ttl / plan->call_gap); /* calls at random times */
    return (uint32_t)(share * 100000 + 0.5) * 10; /* coarser than any libm's error */
}

static void read_lives(laying *l, const tkc_cache_rule *rule)
{
    l->n_ttl = 0;
    for (uint32_t i = 0; i < rule->n_ttl && l->n_ttl < TKC_LAYOUT_MAX_LIVES; i++) {
        uint32_t at = l->n_ttl++;
        for (; at > 0 && l->ttl[at - 1]->seconds.lo > rule->ttl[i].seconds.lo; at--) l->ttl[at] = l->ttl[at - 1];
        l->ttl[at] = &rule->ttl[i];
    }
}

/* One mark less where the end of the call before needs one. */
static tkc_layout_options options_for(const laying *l, const tkc_pass_ctx *c)
{
    const tkc_cache_rule *rule = c->plan->rule;
    uint32_t most = rule->max_breakpoints < TKC_LAYOUT_MAX_MARKS ? rule->max_breakpoints : TKC_LAYOUT_MAX_MARKS;
    tkc_layout_options o = {.struct_size = sizeof o,
                            .marks = true,
                            .fixed_order = true,
                            .min_tokens = rule->min_tokens.hi < TKC_CACHE_NO_END ? rule->min_tokens.hi : 1024,
                            .lookback = rule->lookback.lo,
                            .read = rule->read_permille.hi < TKC_CACHE_NO_END ? rule->read_permille.hi : 1000,
                            .alloc = c->plan->alloc};
    if (l->before != SIZE_MAX && most) most--;
    o.max_marks = most;
    o.n_life = l->n_ttl;
    for (uint32_t i = 0; i < o.n_life; i++)
        o.life[i] = (tkc_layout_life){.alive = alive_for(c->plan, l->ttl[i]->seconds.lo),
                                      .write = l->ttl[i]->write_permille < TKC_CACHE_NO_END ? l->ttl[i]->write_permille : 1000};
    return o;
}

/* --- marks that are there ----------------------------------------------------------------- */

typedef struct marks {
    uint32_t node[TKC_LAYOUT_MAX_MARKS]; /* of cache_control outside tools */
    size_t n;
    uint64_t segments, hours; /* behind which of them one stands, and one of an hour */
    size_t last;       /* the last part with one */
    bool any, movable;
} marks;

/* The marks of one list of blocks. */
static void marks_in(marks *m, tkc_pass_ctx *c, uint32_t list)
{
    const tkc_json *d = &c->r->doc;
    if (list == TKC_JSON_NONE || tkc_json_kind_of(d, list) != TKC_JSON_ARRAY) return;
    for (uint32_t b = tkc_json_first(d, list); b != TKC_JSON_NONE; b = tkc_json_next(d, list, b)) {
        size_t n;
        const uint32_t mark = tkc_json_get(d, b, "cache_control", &n);
        const size_t at = tkc_edit_mark(tkc_pass_edit(c));
        tkc_error ignored;
        if (mark == TKC_JSON_NONE) continue;
        if (m->n == TKC_LAYOUT_MAX_MARKS || n > 1 || tkc_edit_remove_value(tkc_pass_edit(c), mark, &ignored)) {
            m->movable = false;
            continue;
        }
        tkc_edit_rollback(tkc_pass_edit(c), at); /* it was only asked whether it may go */
        m->node[m->n++] = mark;
    }
}

static void find_marks(marks *m, const laying *l, tkc_pass_ctx *c)
{
    const tkc_request *r = c->r;
    const tkc_json *d = &r->doc;
    const uint32_t talk = tkc_json_get(d, r->body, "messages", NULL);
    memset(m, 0, sizeof *m);
    m->movable = c->plan->sort_tools;
    for (size_t i = 0; i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        uint64_t behind = 0;
        if (!(p->flags & TKC_PART_CACHE)) continue;
        m->any = true;
        m->last = i;
        if (p->turn != TKC_NO_TURN) {
            if (l->talk != SIZE_MAX) behind = UINT64_C(1) << l->talk;
        } else if (p->role != TKC_ROLE_SYSTEM) {
            if (l->tools != SIZE_MAX) behind = UINT64_C(1) << l->tools;
        } else {
            for (size_t k = 0; k < l->n; k++)
                if (l->last[k] == i) behind |= UINT64_C(1) << k;
        }
        m->segments |= behind;
        if (p->flags & TKC_PART_CACHE_1H) m->hours |= behind;
    }
    if (!m->any) return;
    marks_in(m, c, tkc_json_get(d, r->body, "system", NULL));
    if (talk == TKC_JSON_NONE || tkc_json_kind_of(d, talk) != TKC_JSON_ARRAY) return;
    for (uint32_t t = tkc_json_first(d, talk); t != TKC_JSON_NONE; t = tkc_json_next(d, talk, t))
        marks_in(m, c, tkc_json_get(d, t, "content", NULL));
}

/* What the author's marks cost, in the order given. */
static int64_t cost_of(const marks *m, const laying *l, const tkc_layout_options *o)
{
    uint8_t order[MAX_SEGMENTS], mark[MAX_SEGMENTS], life[MAX_SEGMENTS], hour = 0;
    size_t n = 0;
    for (uint32_t i = 0; i < l->n_ttl; i++)
        if (strcmp(l->ttl[i]->name, "1h") == 0) hour = (uint8_t)i;
    for (size_t i = 0; i < l->n; i++) {
        order[i] = (uint8_t)i;
        if (!(m->segments >> i & 1)) continue;
        life[n] = m->hours >> i & 1 ? hour : 0;
        mark[n++] = (uint8_t)i;
    }
    return tkc_layout_cost(l->s, l->n, o, order, mark, life, n);
}

static tkc_status take_marks(const marks *m, tkc_pass_ctx *c, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < m->n; i++) {
        const tkc_str old = tkc_json_source(&c->r->doc, m->node[i]);
        st = tkc_edit_remove_value(tkc_pass_edit(c), m->node[i], err);
        if (!st) st = tkc_pass_tell(c, TKC_NO_PART, old, (tkc_str){"", 0}, "cache mark taken away", err);
    }
    return st;
}

/* --- carrying out ------------------------------------------------------------------------- */

/* The system's texts in their new order: each takes the place of another, byte for byte. */
static tkc_status move_system(const laying *l, tkc_pass_ctx *c, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (size_t k = 0; !st && k < l->n_system; k++) {
        const size_t to = l->system[k], from = l->from[k];
        if (from == to) continue;
        st = tkc_edit_replace_source(tkc_pass_edit(c), c->r->part[to].node, tkc_part_source(c->r, from), err);
        if (!st)
            st = tkc_pass_tell(c, to, tkc_part_source(c->r, to), tkc_part_source(c->r, from),
                               "what stays the same before what changes", err);
    }
    return st;
}

/* Moved texts are quoted strings swapped in place, so a block must hold nothing else but its type, if it has one. */
static tkc_status plain_blocks(laying *l, tkc_pass_ctx *c, tkc_error *err)
{
    for (size_t i = 0; l->may_move && i < l->n_system; i++) {
        uint32_t block;
        bool wrap;
        tkc_status st = block_of(c, l->system[i], &block, &wrap, err);
        if (st) return st;
        if (block == TKC_JSON_NONE || wrap || tkc_json_count(&c->r->doc, block) != (form_of(c->r).key ? 2u : 1u)) l->may_move = false;
    }
    return TKC_OK;
}

static tkc_status put_marks(const laying *l, tkc_pass_ctx *c, const tkc_layout *best, tkc_str *tool_mark, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < best->n_mark; i++) {
        const size_t seg = best->mark[i];
        const tkc_str json = mark_json(c->r, l->ttl[best->life[i]]);
        if (seg == l->tools)
            *tool_mark = json;
        else
            st = put_mark(c, l->last[seg], json, err);
        if (!st && seg == l->talk && l->before != SIZE_MAX) st = put_mark(c, l->before, json, err);
    }
    for (size_t i = 0; !st && i < l->n_system; i++)
        if (l->changes[i])
            st = tkc_pass_note(c, err, "system block %zu holds a value that changes from call to call; what stands "
                                       "behind it is never read from the cache", i);
    return st;
}

/* Parts up to the last mark of a layout. */
static size_t last_marked(const laying *l, const tkc_pass_ctx *c, const tkc_layout *best)
{
    size_t last = 0;
    for (size_t i = 0; i < best->n_mark; i++) {
        const size_t seg = best->mark[i];
        const size_t part = seg == l->tools ? tkc_layout_last_tool(c->r) : l->last[seg];
        if (part != SIZE_MAX && part + 1 > last) last = part + 1;
    }
    return last;
}

/* A request that gets marks: *drop, those of tools go; *tool_mark, one behind the last tool. */
static tkc_status place_marks(tkc_pass_ctx *c, bool *drop, tkc_str *tool_mark, tkc_error *err)
{
    laying l;
    tkc_layout best;
    marks m;
    tkc_layout_options o;
    bool found;
    tkc_status st = find_segments(&l, c, &found, err);
    if (!st && found) st = plain_blocks(&l, c, err);
    if (st || !found) return st;
    if (l.may_move) {
        static_first(&l);
        st = move_system(&l, c, err);
        if (st) return st;
    }
    find_marks(&m, &l, c);
    if (m.any && (!m.movable || !form_of(c->r).key)) return TKC_OK; /* blocks of their own stay where they are */
    read_lives(&l, c->plan->rule);
    if (!l.n_ttl) return TKC_OK;
    o = options_for(&l, c);
    st = tkc_layout_best(&best, l.s, l.n, &o, err);
    if (st) return st;
    if (m.any) {
        const int64_t old = cost_of(&m, &l, &o);
        /* What stands in front of the last mark has the author's word to stay as it is, so that may not shrink. */
        if (best.cost >= old || last_marked(&l, c, &best) < m.last + 1) return TKC_OK;
        *drop = true;
        st = take_marks(&m, c, err);
        if (!st)
            st = tkc_pass_note(c, err, "the marks that were there cost %.1f%% more a call than the best ones",
                               100.0 * (double)(old - best.cost) / (double)(best.cost > 0 ? best.cost : 1));
    }
    return st ? st : put_marks(&l, c, &best, tool_mark, err);
}

/* --- providers that cache by themselves --------------------------------------------------- */

/* Whether the request may have one more breakpoint beside the one the provider sets: none is there, and they are not
 * switched off. */
static bool takes_breakpoints(const tkc_pass_ctx *c)
{
    const tkc_request *r = c->r;
    const tkc_cache_rule *rule = c->plan->rule;
    const uint32_t options = tkc_json_get(&r->doc, r->body, "prompt_cache_options", NULL);
    if (r->dialect != TKC_DIALECT_OPENAI_CHAT && r->dialect != TKC_DIALECT_OPENAI_RESPONSES) return false;
    if (!strstr(rule->field, "prompt_cache_breakpoint") || !rule->max_breakpoints) return false;
    if (options != TKC_JSON_NONE && tkc_json_is(&r->doc, tkc_json_get(&r->doc, options, "mode", NULL), "explicit")) return false;
    for (size_t i = 0; i < r->n_part; i++)
        if (r->part[i].flags & TKC_PART_CACHE) return false;
    return true;
}

/* A breakpoint behind the instructions that stay the same, so that another conversation finds them: the provider's own
 * stands behind the latest message, and an entry is found only where one ends. It costs nothing, since what
 * stands in front of the provider's own is written anyway. */
static tkc_status place_breakpoint(tkc_pass_ctx *c, tkc_error *err)
{
    static const char json[] = "{\"mode\":\"explicit\"}";
    const tkc_request *r = c->r;
    const uint64_t least = c->plan->rule->min_tokens.hi;
    uint64_t tokens = 0;
    size_t where = SIZE_MAX;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < r->n_part; i++)
        if (r->part[i].kind == TKC_PART_TOOL_SCHEMA) tokens += c->count->part[i].tokens;
    for (size_t i = 0; !st && i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        tkc_volatile v;
        tkc_str s;
        bool yes;
        if (p->kind == TKC_PART_TOOL_SCHEMA) continue;
        if ((p->role != TKC_ROLE_SYSTEM && p->role != TKC_ROLE_DEVELOPER) || p->kind != TKC_PART_TEXT || (p->flags & TKC_PART_OPAQUE))
            break;
        st = tkc_pass_text(c, i, &s, err);
        if (st || has_volatile(s, &v)) break;
        tokens += c->count->part[i].tokens;
        if (p->turn == TKC_NO_TURN) continue; /* the string "instructions" cannot carry one */
        st = can_mark(c, i, &yes, err);
        if (yes && tokens >= least) where = i;
    }
    return st || where == SIZE_MAX ? st : put_mark(c, where, (tkc_str){json, sizeof json - 1}, err);
}

/* What changes in front of instructions that could be cached: said once, for the first such value. */
static tkc_status advise(tkc_pass_ctx *c, tkc_error *err)
{
    const tkc_request *r = c->r;
    uint64_t behind = 0;
    tkc_buf path;
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        tkc_volatile v;
        tkc_str s;
        if (p->role != TKC_ROLE_SYSTEM && p->role != TKC_ROLE_DEVELOPER) continue;
        if (p->kind != TKC_PART_TEXT || (p->flags & TKC_PART_OPAQUE)) continue;
        st = tkc_pass_text(c, i, &s, err);
        if (st) return st;
        if (!has_volatile(s, &v)) continue;
        st = tkc_pass_count(c, (tkc_str){s.ptr + v.end, s.len - v.end}, &behind, err);
        for (size_t k = i + 1; k < r->n_part; k++)
            if (r->part[k].turn == TKC_NO_TURN || r->part[k].turn + 1 < r->n_turn) behind += c->count->part[k].tokens;
        if (st || behind < MIN_ADVICE) return st;
        tkc_buf_init(&path, 4096, c->plan->alloc);
        st = tkc_part_path(r, i, &path, err);
        if (!st)
            st = tkc_pass_note(c, err, "%.*s: a %s at byte %zu changes from call to call: %llu tokens behind it are never read "
                                       "from the cache; put it behind them",
                               path.len ? (int)path.len : 8, path.len ? path.ptr : "the text", tkc_volatile_name(v.kind), v.begin,
                               (unsigned long long)behind);
        tkc_buf_release(&path);
        return st;
    }
    return st;
}

static bool caches_by_itself(const tkc_cache_rule *rule)
{
    return rule && rule->how != TKC_CACHE_MARKS && rule->how != TKC_CACHE_OBJECT;
}

/* Behind the last tool, whose definition is the one member of its element. */
static tkc_status put_tool_point(tkc_pass_ctx *c, tkc_str mark, tkc_error *err)
{
    const size_t last = tkc_layout_last_tool(c->r);
    uint32_t element;
    tkc_status st = tkc_edit_parent(tkc_pass_edit(c), c->r->part[last].node, &element, err);
    if (!st) st = put_behind(c, element, mark, err);
    return st ? st : tkc_pass_tell(c, last, (tkc_str){"", 0}, mark, "cache mark", err);
}

tkc_status tkc_pass_run_layout(tkc_pass_ctx *c, tkc_error *err)
{
    const tkc_cache_rule *rule = c->plan->rule;
    tkc_str mark = {"", 0};
    bool drop = false;
    tkc_status st = TKC_OK;
    if (c->r->body == TKC_JSON_NONE || !c->r->doc.n_node || c->r->dialect >= TKC_DIALECT_TEXT) return TKC_OK;
    if ((c->r->dialect == TKC_DIALECT_ANTHROPIC || c->r->dialect == TKC_DIALECT_BEDROCK) && rule &&
        rule->how == TKC_CACHE_MARKS && !c->r->cache_auto) {
        st = place_marks(c, &drop, &mark, err);
        if (!st && mark.len && !form_of(c->r).key) {
            st = put_tool_point(c, mark, err);
            mark.len = 0;
        }
    } else if (caches_by_itself(rule)) {
        if (takes_breakpoints(c)) st = place_breakpoint(c, err);
        if (!st) st = advise(c, err);
    }
    return st ? st : tkc_layout_tools(c, drop, mark, err);
}
