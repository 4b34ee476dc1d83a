/*
 * losses.c - what could have been read and was not, put down to a cause.
 *
 * Of the beginning that an earlier request shares: its life, the minimum, the breakpoints. Of what both
 * have behind their first difference: what stands there.
 */
#include "optimizer/audit/audit_impl.h"
#include "optimizer/text/sorted.h"
#include "vocab/base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_LOSS = 16, LEAST_TAIL = 64 };

static tkc_str around(tkc_str s, size_t at)
{
    size_t from = at > 24 ? at - 24 : 0;
    if (from > s.len) from = s.len;
    while (from < s.len && ((unsigned char)s.ptr[from] & 0xc0) == 0x80) from++;
    return (tkc_str){s.ptr + from, s.len - from};
}

static void note_place(const audit_step *s, tkc_audit_cause cause, size_t seg, tkc_audit_place *p)
{
    const tkc_audit_record *r = s->r;
    const tkc_tree_node *n = s->near != TKC_TREE_NONE ? &s->a->tree.node[s->near] : NULL;
    memset(p, 0, sizeof *p);
    tkc_audit_copy_text(p->file, sizeof p->file, (tkc_str){s->file, strlen(s->file)});
    tkc_audit_copy_text(p->request, sizeof p->request, tkc_audit_text(r, r->name, r->name_len));
    p->line = s->line;
    p->token = s->shared + s->inside;
    if (seg < s->n) tkc_audit_copy_text(p->part, sizeof p->part, tkc_audit_text(r, r->seg[seg].path, r->seg[seg].path_len));
    if (cause < TKC_CAUSE_TTL_EXPIRED || cause > TKC_CAUSE_LOOKBACK_EXCEEDED) {
        if (seg == s->d && seg < s->n && n) {
            const tkc_str is = tkc_audit_text(r, r->seg[seg].text, r->seg[seg].text_len);
            p->byte = s->common;
            tkc_audit_copy_text(p->was, sizeof p->was, around((tkc_str){n->text, n->text_len}, s->common));
            tkc_audit_copy_text(p->is, sizeof p->is, around(is, s->common));
            p->n_also = tkc_audit_values_behind((tkc_str){n->text, n->text_len}, is, s->common, p->also, TKC_AUDIT_MOST_ALSO);
        }
    }
}

static void lose(audit_step *s, tkc_audit_cause cause, size_t seg, uint64_t tokens, tkc_u128 pd)
{
    tkc_audit_cause_sum *c = &s->a->cause[cause];
    if (!tokens) return;
    if (!c->requests++) note_place(s, cause, seg, &c->example);
    c->tokens += tokens;
    c->money.pd += pd;
    if (cause != TKC_CAUSE_BELOW_MINIMUM) s->wasted.pd += pd;
    if (tokens > s->worst_tokens) {
        s->worst = cause;
        s->worst_tokens = tokens;
    }
}

/* What was paid for a token of this place, above what reading it costs. */
static uint64_t premium(const audit_step *s, uint64_t token)
{
    uint64_t paid = s->t.price_in;
    if (!s->t.is_priced) return 0;
    if (s->t.by_marks && token < s->marked && s->marked >= s->t.min[SURE]) paid = s->t.price_write[s->last_mark_long];
    return paid > s->t.price_read ? paid - s->t.price_read : 0;
}

/* The shared beginning that was not read, in pieces: [from, to) for a cause. */
static uint64_t lose_piece(audit_step *s, tkc_audit_cause cause, uint64_t from, uint64_t to)
{
    if (to <= from) return from;
    const uint64_t mid = s->marked < from ? from : s->marked < to ? s->marked : to;
    lose(s, cause, s->d ? s->d - 1 : 0, to - from, (tkc_u128)(mid - from) * premium(s, from) + (tkc_u128)(to - mid) * premium(s, mid));
    return to;
}

void tkc_audit_shared_losses(audit_step *s)
{
    const struct tkc_audit_inner *x = s->a->inner;
    const uint64_t all = s->shared + (s->t.by_marks ? 0 : s->inside), can = audit_readable(s, all, SURE);
    uint64_t at = s->hit[SURE], alive = 0, ever = 0;
    size_t alive_at = 0;
    if (!s->shared && !s->inside) return;
    if (!can && !at) {
        /* a few words that two prompts happen to begin with are no finding */
        if (s->shared >= LEAST_LOSS) lose_piece(s, TKC_CAUSE_BELOW_MINIMUM, 0, s->shared);
        return;
    }
    if (!s->t.by_marks) {
        if (can > at) lose_piece(s, TKC_CAUSE_TTL_EXPIRED, at, can);
        return;
    }
    if (s->d && can - (at < can ? at : can) < LEAST_LOSS) return;
    if (!s->last_mark) {
        lose_piece(s, TKC_CAUSE_NO_BREAKPOINT, at, can);
        return;
    }
    for (size_t i = 0; i < s->d; i++) {
        const tkc_tree_node *n = &s->a->tree.node[x->path[i]];
        if (!n->was_entry || n->tokens < s->t.min[SURE]) continue;
        if (n->tokens > ever) ever = n->tokens;
        if (tkc_audit_is_alive(s, n, SURE) && n->tokens > alive) {
            alive = n->tokens;
            alive_at = i;
        }
    }
    at = lose_piece(s, alive_at < s->last_mark ? TKC_CAUSE_LOOKBACK_EXCEEDED : TKC_CAUSE_BREAKPOINT_MISPLACED, at, alive);
    at = lose_piece(s, TKC_CAUSE_TTL_EXPIRED, at, ever);
    (void)lose_piece(s, TKC_CAUSE_BREAKPOINT_MISPLACED, at, can);
}

/* The hashes of an earlier request's segments from the difference on, sorted; how many. end: its last. */
static size_t content_of(audit_step *s, uint32_t end, bool *same_tools)
{
    struct tkc_audit_inner *x = s->a->inner;
    const tkc_tree *t = &s->a->tree;
    const uint32_t parent = t->node[s->near].parent;
    size_t n = 0;
    uint64_t sum = 0, tools = 0, mine = 0, my_tools = 0;
    for (uint32_t i = end;; i = t->node[i].parent) {
        if (!tkc_audit_grow(s->a, &x->content, &x->cap_content, n + 1, sizeof *x->content)) return 0;
        if (!t->node[i].is_setting) x->content[n++] = t->node[i].content[0];
        if (t->node[i].zone == TKC_ZONE_TOOLS && !t->node[i].is_setting) {
            sum += t->node[i].content[0];
            tools++;
        }
        if (t->node[i].parent == parent || t->node[i].parent == TKC_TREE_NONE) break;
    }
    for (size_t i = s->d; i < s->n; i++)
        if (s->r->seg[i].zone == TKC_ZONE_TOOLS && !s->r->seg[i].is_setting) {
            mine += s->r->seg[i].hash[0];
            my_tools++;
        }
    *same_tools = tools && tools == my_tools && sum == mine;
    tkc_sort_values(x->content, n);
    return n;
}

static bool has_content(const audit_step *s, size_t n, uint64_t hash)
{
    return n && bsearch(&hash, s->a->inner->content, n, sizeof hash, tkc_by_value);
}

/* Tokens behind the difference that are in that content. */
static uint64_t tokens_in(const audit_step *s, size_t n)
{
    uint64_t tokens = 0;
    for (size_t i = s->d + 1; i < s->n; i++)
        if (!s->r->seg[i].is_setting && has_content(s, n, s->r->seg[i].hash[0])) tokens += s->r->seg[i].tokens;
    return tokens;
}

/* The content of the earlier request that is most alike: the last that went on from the difference as this one
 * does, as far as one did; or the last with the latest part of this one that was in any - when the
 * beginning changes with each request, the conversation's own last one. */
static size_t earlier_content(audit_step *s, bool *same_tools)
{
    const tkc_tree *t = &s->a->tree;
    const uint32_t parent = t->node[s->near].parent;
    uint32_t along = s->near, end, next;
    uint64_t chain[2], tokens;
    size_t n;
    for (size_t i = s->d + 1; i < s->n; i++, along = next) {
        tkc_audit_hash(chain, t->node[along].chain, s->r->seg[i].hash, sizeof s->r->seg[i].hash);
        next = tkc_tree_find(t, chain);
        if (next == TKC_TREE_NONE) break;
    }
    end = t->node[along].last;
    if (end == TKC_TREE_NONE || t->node[end].serial != t->node[along].last_serial) end = along; /* forgotten */
    n = content_of(s, end, same_tools);
    tokens = tokens_in(s, n);
    for (size_t i = s->n; i-- > s->d + 1;) {
        const uint32_t other = s->r->seg[i].is_setting ? TKC_TREE_NONE : tkc_tree_by_content(t, s->r->seg[i].hash);
        uint32_t up = other;
        if (other == TKC_TREE_NONE) continue;
        while (t->node[up].parent != parent && t->node[up].parent != TKC_TREE_NONE) up = t->node[up].parent;
        if (t->node[up].parent != parent) continue;
        n = content_of(s, other, same_tools);
        return tokens_in(s, n) > tokens ? n : content_of(s, end, same_tools);
    }
    return n;
}

/* Bytes at the end that both texts have, not those at the beginning. */
static size_t common_tail(tkc_str a, tkc_str b, size_t common)
{
    size_t n = 0;
    while (n < a.len - common && n < b.len - common && a.ptr[a.len - 1 - n] == b.ptr[b.len - 1 - n]) n++;
    while (n && !tkc_utf8_boundary(b, b.len - n)) n--;
    return n;
}

/* Does what stood at the first difference come later? Then this segment is new, and what its end has
 * in common with the other's is chance (the schemas of two tools). */
static bool is_inserted(const audit_step *s)
{
    const uint64_t hash = s->a->tree.node[s->near].content[0];
    for (size_t i = s->d + 1; i < s->n; i++)
        if (s->r->seg[i].hash[0] == hash) return true;
    return false;
}

tkc_status tkc_audit_content_losses(audit_step *s)
{
    const tkc_audit_record *r = s->r;
    const tkc_tree_node *near;
    uint64_t lost = 0, at = s->shared, was_readable, now_readable;
    tkc_u128 pd = 0;
    bool same_tools = false;
    tkc_audit_cause cause;
    tkc_str was, is;
    size_t n;
    tkc_status st = TKC_OK;
    if (s->d >= s->n || s->near == TKC_TREE_NONE) return TKC_OK;
    near = &s->a->tree.node[s->near];
    n = earlier_content(s, &same_tools);
    was = (tkc_str){near->text, near->text_len};
    is = tkc_audit_text(r, r->seg[s->d].text, r->seg[s->d].text_len);
    for (size_t i = s->d; i < s->n; i++) {
        const tkc_audit_segment *g = &r->seg[i];
        uint64_t tokens = 0;
        if (!g->is_setting && has_content(s, n, g->hash[0])) {
            tokens = g->tokens;
        } else if (i == s->d && !g->is_setting && near->kind == g->kind && g->kind != TKC_PART_IMAGE && !is_inserted(s)) {
            const size_t tail = common_tail(was, is, s->common);
            if (tail >= LEAST_TAIL) {
                size_t count = 0;
                tkc_encoder *e = tkc_audit_encoder(s, &st);
                if (!e) return st;
                st = tkc_count(e, (tkc_str){is.ptr + is.len - tail, tail}, 0, &count, s->err);
                if (st) return st;
                tokens = count < g->tokens ? count : g->tokens;
            }
        }
        lost += tokens;
        pd += (tkc_u128)tokens * premium(s, at);
        at += g->tokens;
    }
    if (lost < LEAST_LOSS) return TKC_OK;
    if (same_tools && r->seg[s->d].zone == TKC_ZONE_TOOLS && !r->seg[s->d].is_setting)
        cause = TKC_CAUSE_TOOL_ORDER;
    else if (!r->seg[s->d].is_setting && (near->zone != r->seg[s->d].zone))
        cause = near->zone == TKC_ZONE_TOOLS || r->seg[s->d].zone == TKC_ZONE_TOOLS ? TKC_CAUSE_TOOL_CHANGE : TKC_CAUSE_OTHER_TEXT;
    else if (near->kind != r->seg[s->d].kind)
        cause = near->kind == TKC_PART_IMAGE || r->seg[s->d].kind == TKC_PART_IMAGE ? TKC_CAUSE_IMAGE : TKC_CAUSE_HISTORY_EDITED;
    else
        cause = tkc_audit_difference(r->seg[s->d].kind, r->seg[s->d].zone, r->seg[s->d].is_setting, was, is, s->common, s->a->alloc);
    if (s->t.by_marks) {
        lose(s, audit_readable(s, s->shared + lost, SURE) ? cause : TKC_CAUSE_BELOW_MINIMUM, s->d, lost, pd);
        return TKC_OK;
    }
    was_readable = audit_readable(s, s->shared + s->inside, SURE);
    now_readable = audit_readable(s, s->shared + s->inside + lost, SURE);
    if (!now_readable)
        lose(s, TKC_CAUSE_BELOW_MINIMUM, s->d, lost, pd);
    else if (now_readable > was_readable)
        lose(s, cause, s->d, now_readable - was_readable, (tkc_u128)(now_readable - was_readable) * premium(s, s->shared));
    return TKC_OK;
}
