/*
 * tree.h - every prompt seen, as a tree of segments: what two prompts share is one path.
 *
 * A node is a segment behind the segments of its parents; it is found by the hash of that whole
 * chain, so that looking up a prompt of n segments is n probes. The children of a node are in the
 * order of their text, and the one that shares most bytes with a new text is then beside the
 * place where that would stand: exact, in log n comparisons.
 *
 * Memory is bounded: above `max_nodes` nodes or `max_text` bytes of text the path used longest ago
 * is forgotten, leaves first. n_forgotten says how many; what is computed is a lower bound of
 * what was shared then.
 */
#ifndef TKC_OPTIMIZER_AUDIT_TREE_H
#define TKC_OPTIMIZER_AUDIT_TREE_H

#include "optimizer/audit/record.h"

#define TKC_TREE_NONE UINT32_MAX
#define TKC_TREE_NEVER INT64_MIN

typedef struct tkc_tree_node {
    uint64_t chain[2], content[2]; /* hash of the path; of this segment alone */
    uint32_t parent, bucket;       /* next in its bucket */
    uint32_t older, newer;         /* by last use */
    uint32_t *child;
    uint32_t n_child, cap_child;
    uint32_t last;   /* the end of the last prompt that went through here */
    uint32_t last_serial; /* that node's serial then: it may be another by now */
    uint32_t serial;
    uint32_t depth, own, block;
    uint64_t tokens; /* of the path, this segment's own with it */
    uint64_t requests;
    int64_t used;    /* when it was last read or written */
    int64_t entry[2][2]; /* when an entry that ends here was last written or read: for sure, and maybe; by life */
    char *text;
    uint32_t text_len;
    uint8_t kind, role, zone;
    bool is_setting, was_entry, is_end;
} tkc_tree_node;

typedef struct tkc_tree {
    tkc_tree_node *node;
    size_t n_node, cap_node, max_nodes;
    uint32_t free; /* nodes to use again, by bucket */
    uint32_t *table, *by_content; /* as long as each other */
    size_t n_table;
    uint32_t oldest, newest;
    size_t text_bytes, max_text, n_live;
    uint64_t n_forgotten;
    uint32_t next_serial;
    const tkc_allocator *alloc;
} tkc_tree;

/* 0: 1,000,000 nodes, 384 MB. */
void tkc_tree_init(tkc_tree *t, size_t max_nodes, size_t max_text, const tkc_allocator *alloc);
void tkc_tree_release(tkc_tree *t);
/* The node of this chain, or TKC_TREE_NONE. */
uint32_t tkc_tree_find(const tkc_tree *t, const uint64_t chain[2]);
/* A node of this content, the one added last of most of them (of contents that fall together one is kept), or
 * TKC_TREE_NONE. */
uint32_t tkc_tree_by_content(const tkc_tree *t, const uint64_t content[2]);
/* The child of a node whose text shares most bytes with s, of the same kind; *common of them.
 * TKC_TREE_NONE: it has no children. */
uint32_t tkc_tree_nearest(const tkc_tree *t, uint32_t parent, const tkc_audit_segment *s, tkc_str text, size_t *common);
/* A new child (parent TKC_TREE_NONE: a root). TKC_E_NOMEM. */
TKC_MUST_USE tkc_status tkc_tree_add(tkc_tree *t, uint32_t parent, const uint64_t chain[2], const tkc_audit_segment *s,
                                     tkc_str text, uint32_t *out, tkc_error *err);
/* A path was used: its nodes are the newest, the end last to go but for its parents. */
void tkc_tree_touch(tkc_tree *t, uint32_t end, int64_t now);
/* Forgets until the limits hold. Nodes of the last touched path stay. */
void tkc_tree_trim(tkc_tree *t);

#endif
