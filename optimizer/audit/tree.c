/*
 * tree.c - nodes in one array, found by chain hash, children sorted, least recently used first out.
 *
 * Parents are touched after their children, so the oldest node never has a child: forgetting is
 * taking the oldest, over and over.
 */
#include "optimizer/audit/tree.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

enum { MOST_NODES = 1000000, MOST_TEXT = 384 << 20, MOST_CHILDREN = 1 << 20 };

void tkc_tree_init(tkc_tree *t, size_t max_nodes, size_t max_text, const tkc_allocator *alloc)
{
    memset(t, 0, sizeof *t);
    t->alloc = tkc_allocator_or_default(alloc);
    t->max_nodes = max_nodes ? max_nodes : MOST_NODES;
    t->max_text = max_text ? max_text : MOST_TEXT;
    t->free = t->oldest = t->newest = TKC_TREE_NONE;
}

void tkc_tree_release(tkc_tree *t)
{
    for (size_t i = 0; i < t->n_node; i++) {
        tkc_free(t->alloc, t->node[i].text, t->node[i].text_len, 1);
        tkc_free(t->alloc, t->node[i].child, t->node[i].cap_child, sizeof(uint32_t));
    }
    tkc_free(t->alloc, t->node, t->cap_node, sizeof *t->node);
    tkc_free(t->alloc, t->table, t->n_table, sizeof *t->table);
    tkc_free(t->alloc, t->by_content, t->n_table, sizeof *t->by_content);
    tkc_tree_init(t, t->max_nodes, t->max_text, t->alloc);
}

uint32_t tkc_tree_find(const tkc_tree *t, const uint64_t chain[2])
{
    uint32_t i = t->n_table ? t->table[chain[0] & (t->n_table - 1)] : TKC_TREE_NONE;
    while (i != TKC_TREE_NONE && (t->node[i].chain[0] != chain[0] || t->node[i].chain[1] != chain[1])) i = t->node[i].bucket;
    return i;
}

uint32_t tkc_tree_by_content(const tkc_tree *t, const uint64_t content[2])
{
    const uint32_t i = t->n_table ? t->by_content[content[0] & (t->n_table - 1)] : TKC_TREE_NONE;
    /* a forgotten node, or one used anew, has other content */
    return i != TKC_TREE_NONE && t->node[i].content[0] == content[0] && t->node[i].content[1] == content[1] ? i : TKC_TREE_NONE;
}

/* Kind first, so that texts of one kind are together. */
static int compare(const tkc_tree_node *n, uint8_t kind, bool is_setting, tkc_str text, size_t *common)
{
    const size_t m = n->text_len < text.len ? n->text_len : text.len;
    size_t i = 0;
    *common = 0;
    if (n->is_setting != is_setting) return n->is_setting ? -1 : 1;
    if (n->kind != kind) return n->kind < kind ? -1 : 1;
    while (i + 8 <= m && memcmp(n->text + i, text.ptr + i, 8) == 0) i += 8;
    while (i < m && n->text[i] == text.ptr[i]) i++;
    *common = i;
    if (i < m) return (unsigned char)n->text[i] < (unsigned char)text.ptr[i] ? -1 : 1;
    return n->text_len < text.len ? -1 : n->text_len > text.len;
}

/* Where in its parent's children a text stands or would. */
static uint32_t place(const tkc_tree *t, uint32_t parent, uint8_t kind, bool is_setting, tkc_str text)
{
    const tkc_tree_node *p = &t->node[parent];
    uint32_t lo = 0, hi = p->n_child;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        size_t common;
        if (compare(&t->node[p->child[mid]], kind, is_setting, text, &common) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

uint32_t tkc_tree_nearest(const tkc_tree *t, uint32_t parent, const tkc_audit_segment *s, tkc_str text, size_t *common)
{
    const tkc_tree_node *p = &t->node[parent];
    uint32_t at, best = TKC_TREE_NONE, newest = TKC_TREE_NONE;
    size_t most = 0;
    *common = 0;
    if (!p->n_child) return TKC_TREE_NONE;
    at = place(t, parent, s->kind, s->is_setting, text);
    /* two to each side: among those that share as much, the one used last */
    for (uint32_t i = at > 2 ? at - 2 : 0; i < at + 2 && i < p->n_child; i++) {
        const tkc_tree_node *n = &t->node[p->child[i]];
        size_t c;
        (void)compare(n, s->kind, s->is_setting, text, &c);
        if (n->kind != s->kind || n->is_setting != s->is_setting) continue;
        if (best == TKC_TREE_NONE || c > most || (c == most && n->used > t->node[best].used)) {
            best = p->child[i];
            most = c;
        }
    }
    if (best == TKC_TREE_NONE || most == 0) { /* nothing alike: what came last */
        const uint32_t last = p->last;
        uint32_t i = last;
        if (last != TKC_TREE_NONE && t->node[last].serial == p->last_serial && t->node[last].depth > p->depth) {
            while (t->node[i].parent != parent && t->node[i].parent != TKC_TREE_NONE) i = t->node[i].parent;
            if (t->node[i].parent == parent) newest = i;
        }
        if (newest == TKC_TREE_NONE) newest = p->child[0];
        if (best == TKC_TREE_NONE || t->node[newest].used > t->node[best].used) best = newest;
    }
    *common = most;
    return best;
}

static tkc_status grow_table(tkc_tree *t, tkc_error *err)
{
    const size_t n = t->n_table ? t->n_table * 2 : 1024;
    uint32_t *table = tkc_alloc(t->alloc, n, sizeof *table), *by_content = tkc_alloc(t->alloc, n, sizeof *by_content);
    if (!table || !by_content) {
        tkc_free(t->alloc, table, n, sizeof *table);
        tkc_free(t->alloc, by_content, n, sizeof *by_content);
        return tkc_nomem(err);
    }
    memset(table, 0xff, n * sizeof *table);
    memset(by_content, 0xff, n * sizeof *by_content);
    for (size_t i = 0; i < t->n_table; i++) {
        const uint32_t k = t->by_content[i];
        if (k != TKC_TREE_NONE) by_content[t->node[k].content[0] & (n - 1)] = k;
    }
    for (size_t i = 0; i < t->n_table; i++)
        for (uint32_t k = t->table[i], next; k != TKC_TREE_NONE; k = next) {
            const size_t at = t->node[k].chain[0] & (n - 1);
            next = t->node[k].bucket;
            t->node[k].bucket = table[at];
            table[at] = k;
        }
    tkc_free(t->alloc, t->table, t->n_table, sizeof *t->table);
    tkc_free(t->alloc, t->by_content, t->n_table, sizeof *t->by_content);
    t->table = table;
    t->by_content = by_content;
    t->n_table = n;
    return TKC_OK;
}

static void unlink_use(tkc_tree *t, uint32_t i)
{
    tkc_tree_node *n = &t->node[i];
    if (n->older != TKC_TREE_NONE)
        t->node[n->older].newer = n->newer;
    else if (t->oldest == i)
        t->oldest = n->newer;
    if (n->newer != TKC_TREE_NONE)
        t->node[n->newer].older = n->older;
    else if (t->newest == i)
        t->newest = n->older;
    n->older = n->newer = TKC_TREE_NONE;
}

static void link_newest(tkc_tree *t, uint32_t i)
{
    tkc_tree_node *n = &t->node[i];
    n->older = t->newest;
    n->newer = TKC_TREE_NONE;
    if (t->newest != TKC_TREE_NONE) t->node[t->newest].newer = i;
    t->newest = i;
    if (t->oldest == TKC_TREE_NONE) t->oldest = i;
}

tkc_status tkc_tree_add(tkc_tree *t, uint32_t parent, const uint64_t chain[2], const tkc_audit_segment *s, tkc_str text,
                        uint32_t *out, tkc_error *err)
{
    uint32_t i = t->free, at = 0;
    tkc_tree_node *n;
    char *copy = NULL;
    if (text.len > UINT32_MAX / 2) return tkc_fail(err, TKC_E_LIMIT, 0, "a part of more than 2 GB");
    if (t->n_live * 2 >= t->n_table) {
        tkc_status st = grow_table(t, err);
        if (st) return st;
    }
    if (parent != TKC_TREE_NONE) {
        tkc_tree_node *p = &t->node[parent];
        size_t cap = p->cap_child;
        if (p->n_child == cap) { /* from 1: most nodes have one child */
            const size_t more = cap ? cap * 2 : 1;
            uint32_t *grown = more > MOST_CHILDREN ? NULL : tkc_realloc(t->alloc, p->child, cap, more, sizeof *grown);
            if (!grown) return more > MOST_CHILDREN ? tkc_fail(err, TKC_E_LIMIT, 0, "too many prompts that begin alike") : tkc_nomem(err);
            p->child = grown;
            p->cap_child = (uint32_t)more;
        }
    }
    if (text.len) {
        copy = tkc_alloc(t->alloc, text.len, 1);
        if (!copy) return tkc_nomem(err);
        memcpy(copy, text.ptr, text.len);
    }
    if (i == TKC_TREE_NONE) {
        if (!tkc_grow(t->alloc, &t->node, &t->cap_node, t->n_node + 1, UINT32_MAX - 2, sizeof *t->node)) {
            tkc_free(t->alloc, copy, text.len, 1);
            return tkc_nomem(err);
        }
        i = (uint32_t)t->n_node++;
    } else {
        t->free = t->node[i].bucket;
    }
    n = &t->node[i];
    *n = (tkc_tree_node){.chain = {chain[0], chain[1]}, .content = {s->hash[0], s->hash[1]}, .parent = parent, .older = TKC_TREE_NONE,
                         .newer = TKC_TREE_NONE, .last = i, .serial = ++t->next_serial, .own = s->tokens, .block = s->block,
                         .used = TKC_TREE_NEVER, .entry = {{TKC_TREE_NEVER, TKC_TREE_NEVER}, {TKC_TREE_NEVER, TKC_TREE_NEVER}}, .text = copy,
                         .text_len = (uint32_t)text.len, .kind = s->kind, .role = s->role, .zone = s->zone, .is_setting = s->is_setting};
    n->last_serial = n->serial;
    n->tokens = s->tokens;
    n->bucket = t->table[chain[0] & (t->n_table - 1)];
    t->table[chain[0] & (t->n_table - 1)] = i;
    t->by_content[s->hash[0] & (t->n_table - 1)] = i;
    if (parent != TKC_TREE_NONE) {
        tkc_tree_node *p = &t->node[parent];
        n->depth = p->depth + 1;
        n->tokens += p->tokens;
        at = place(t, parent, s->kind, s->is_setting, text);
        memmove(p->child + at + 1, p->child + at, (p->n_child - at) * sizeof *p->child);
        p->child[at] = i;
        p->n_child++;
    }
    t->text_bytes += text.len;
    t->n_live++;
    link_newest(t, i);
    *out = i;
    return TKC_OK;
}

void tkc_tree_touch(tkc_tree *t, uint32_t end, int64_t now)
{
    for (uint32_t i = end; i != TKC_TREE_NONE; i = t->node[i].parent) {
        tkc_tree_node *n = &t->node[i];
        n->used = now;
        n->last = end;
        n->last_serial = t->node[end].serial;
        n->requests++;
        unlink_use(t, i);
        link_newest(t, i);
    }
}

static void forget(tkc_tree *t, uint32_t i)
{
    tkc_tree_node *n = &t->node[i];
    uint32_t *at = &t->table[n->chain[0] & (t->n_table - 1)];
    while (*at != i) at = &t->node[*at].bucket;
    *at = n->bucket;
    unlink_use(t, i);
    if (n->parent != TKC_TREE_NONE) {
        tkc_tree_node *p = &t->node[n->parent];
        uint32_t k = place(t, n->parent, n->kind, n->is_setting, (tkc_str){n->text ? n->text : "", n->text_len});
        while (k < p->n_child && p->child[k] != i) k++; /* others may have its text: roles */
        memmove(p->child + k, p->child + k + 1, (p->n_child - k - 1) * sizeof *p->child);
        p->n_child--;
    }
    t->text_bytes -= n->text_len;
    t->n_live--;
    t->n_forgotten++;
    tkc_free(t->alloc, n->text, n->text_len, 1);
    tkc_free(t->alloc, n->child, n->cap_child, sizeof(uint32_t));
    *n = (tkc_tree_node){.bucket = t->free, .parent = TKC_TREE_NONE, .older = TKC_TREE_NONE, .newer = TKC_TREE_NONE};
    t->free = i;
}

void tkc_tree_trim(tkc_tree *t)
{
    while (t->n_live > 1 && (t->n_live > t->max_nodes || t->text_bytes > t->max_text) && t->oldest != t->newest &&
           t->node[t->oldest].n_child == 0)
        forget(t, t->oldest);
}
