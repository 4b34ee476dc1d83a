/*
 * layout_tools.c - see the header. Each place gets the text of the tool that belongs there; a place
 * whose bytes stay the same is not edited.
 */
#include "optimizer/passes/layout_tools.h"

#include "optimizer/count/count_request.h"
#include "optimizer/request/tool_text.h"
#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

typedef struct tool {
    size_t part;
    tkc_str name; /* source, with its quotes */
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

static bool is_tool(const tkc_request *r, size_t part)
{
    const tkc_part *p = &r->part[part];
    return p->kind == TKC_PART_TOOL_SCHEMA && !(p->flags & TKC_PART_OUTPUT) && p->node != TKC_JSON_NONE;
}

size_t tkc_layout_last_tool(const tkc_request *r)
{
    for (size_t i = r->n_part; i-- > 0;)
        if (is_tool(r, i))
            return (r->part[i].flags & (TKC_PART_PINNED | TKC_PART_UNKNOWN | TKC_PART_REPEATED)) ||
                           tkc_json_kind_of(&r->doc, r->part[i].node) != TKC_JSON_OBJECT
                       ? SIZE_MAX
                       : i;
    return SIZE_MAX;
}

/* What the provider runs itself, what is in the cache, and a mark that stays keep their places. */
static bool may_sort(const tkc_pass_ctx *c, bool drop)
{
    const unsigned fine = TKC_PART_PINNED | (drop ? TKC_PART_CACHE | TKC_PART_CACHE_1H : 0);
    if (!c->plan->sort_tools) return false;
    for (size_t i = 0; i < c->r->n_part; i++)
        if (is_tool(c->r, i) && (i < c->first_free || (c->r->part[i].flags & ~fine) || !name_of(c->r, i).len)) return false;
    return true;
}

static tkc_status tokens_of(tkc_pass_ctx *c, const tkc_json *doc, uint32_t node, uint64_t *n, tkc_error *err)
{
    tkc_tool_cost cost = {0};
    const tkc_status st = tkc_count_tool(&cost, doc, node, &c->plan->target, c->plan->alloc, err);
    *n = cost.sum.tokens;
    return st;
}

/* Whether a tool in this order has more tokens than as it came: ["$ref","page"] is one more than ["page","$ref"]. */
static tkc_status costs_more(tkc_pass_ctx *c, size_t from, tkc_str sorted, bool *out, tkc_error *err)
{
    const tkc_str old = tkc_part_source(c->r, from);
    uint64_t before, after = 0;
    tkc_json doc;
    tkc_status st;
    *out = false;
    if (old.len == sorted.len && memcmp(old.ptr, sorted.ptr, old.len) == 0) return TKC_OK;
    tkc_json_init(&doc, c->plan->alloc);
    st = tkc_json_parse(&doc, sorted, NULL, err);
    if (!st) st = tokens_of(c, &c->r->doc, c->r->part[from].node, &before, err);
    if (!st) st = tokens_of(c, &doc, 0, &after, err);
    if (!st) *out = after > before;
    tkc_json_release(&doc);
    return st;
}

/* The text of tool `from` with the mark in it. */
static tkc_status write_tool(tkc_pass_ctx *c, size_t from, bool sort, bool drop, tkc_str mark, tkc_buf *out, tkc_error *err)
{
    static const char key[] = "\"cache_control\":";
    const unsigned flags = drop ? TKC_TOOL_NO_MARK : 0;
    tkc_str tail;
    size_t end;
    bool more = false;
    tkc_status st;
    tkc_buf_clear(out);
    st = tkc_tool_text(&c->r->doc, c->r->part[from].node, flags | (sort ? TKC_TOOL_SORTED : 0), out, err);
    if (!st && sort) st = costs_more(c, from, tkc_buf_str(out), &more, err);
    if (!st && more) {
        tkc_buf_clear(out);
        st = tkc_tool_text(&c->r->doc, c->r->part[from].node, flags, out, err);
    }
    if (st || !mark.len) return st;
    end = out->len - 1; /* the brace, and the blanks in front of it, stay as they are */
    while (end > 1 && tkc_is_space(out->ptr[end - 1])) end--;
    tail = tkc_part_source(c->r, from);
    tail = (tkc_str){tail.ptr + tail.len - (out->len - end), out->len - end};
    out->len = end;
    if (out->ptr[out->len - 1] != '{') st = tkc_buf_append_byte(out, ',', err);
    if (!st) st = tkc_buf_append(out, key, sizeof key - 1, err);
    if (!st) st = tkc_buf_append(out, mark.ptr, mark.len, err);
    return st ? st : tkc_buf_append(out, tail.ptr, tail.len, err);
}

static tkc_status place_tool(tkc_pass_ctx *c, size_t to, size_t from, bool sort, bool drop, tkc_str mark, tkc_buf *b, tkc_error *err)
{
    const tkc_str old = tkc_part_source(c->r, to);
    tkc_status st = write_tool(c, from, sort, drop, mark, b, err);
    if (st || (b->len == old.len && memcmp(b->ptr, old.ptr, old.len) == 0)) return st;
    st = tkc_edit_replace_source(tkc_pass_edit(c), c->r->part[to].node, tkc_buf_str(b), err);
    if (!st && to != from) st = tkc_pass_tell(c, to, name_of(c->r, to), name_of(c->r, from), "tools sorted by name", err);
    if (!st && mark.len) st = tkc_pass_tell(c, to, (tkc_str){"", 0}, mark, "cache mark", err);
    if (!st && to == from && !mark.len)
        st = tkc_pass_tell(c, to, name_of(c->r, to), name_of(c->r, to),
                           drop && (c->r->part[to].flags & TKC_PART_CACHE) ? "cache mark taken away" : "\"required\" sorted", err);
    return st;
}

tkc_status tkc_layout_tools(tkc_pass_ctx *c, bool drop, tkc_str mark, tkc_error *err)
{
    const tkc_request *r = c->r;
    const tkc_allocator *alloc = tkc_allocator_or_default(c->plan->alloc);
    const bool sort = may_sort(c, drop);
    tool *t;
    size_t *place, n = 0, k = 0;
    tkc_buf b;
    tkc_status st = TKC_OK;
    for (size_t i = 0; i < r->n_part; i++) n += is_tool(r, i);
    if (!n || (!sort && !drop && !mark.len)) return TKC_OK;
    tkc_buf_init(&b, (size_t)1 << 30, alloc);
    t = tkc_alloc(alloc, n, sizeof *t);
    place = tkc_alloc(alloc, n, sizeof *place);
    if (!t || !place) st = tkc_nomem(err);
    for (size_t i = 0; !st && i < r->n_part; i++)
        if (is_tool(r, i)) {
            place[k] = i;
            t[k++] = (tool){i, name_of(r, i)};
        }
    if (!st && sort) qsort(t, n, sizeof *t, by_name);
    for (size_t i = 0; !st && i < n; i++)
        if (!(r->part[place[i]].flags & TKC_PART_PINNED) || place[i] != t[i].part)
            st = place_tool(c, place[i], t[i].part, sort, drop, i + 1 == n ? mark : (tkc_str){"", 0}, &b, err);
    tkc_free(alloc, t, n, sizeof *t);
    tkc_free(alloc, place, n, sizeof *place);
    tkc_buf_release(&b);
    return st;
}
