/*
 * audit_impl.h - one request under way, for the files that play it: audit.c what is shared, read and
 * written; terms.c what the rule and the prices say; losses.c why the rest was not read; sums.c totals.
 */
#ifndef TKC_OPTIMIZER_AUDIT_AUDIT_IMPL_H
#define TKC_OPTIMIZER_AUDIT_AUDIT_IMPL_H

#include "optimizer/audit/audit.h"

/* Both ends of a rule: what is sure, what may be. */
enum { SURE = 0, MAYBE = 1 };

typedef struct audit_id {
    uint64_t id, content;
} audit_id;

struct tkc_audit_inner {
    audit_id *id; /* by the id's hash; a newer one takes an older one's place */
    uint32_t *path;  /* nodes of the request under way; TKC_TREE_NONE behind what is shared */
    size_t cap_path;
    uint64_t (*chain)[2];
    size_t cap_chain;
    uint64_t *content; /* sorted hashes of the earlier request's segments */
    size_t cap_content;
    uint32_t *ids[2];
    size_t cap_ids[2];
    struct {
        char provider[64], model[200];
        size_t provider_len, model_len;
        tkc_price_model price;
        bool is_found;
    } priced; /* what was looked for last */
};

/* One request under way. */
typedef struct audit_step {
    tkc_audit *a;
    const tkc_audit_record *r;
    const tkc_cache_rule *rule;
    const char *file;
    uint64_t line;
    uint32_t root;
    size_t n, d;           /* segments; how many of them are shared */
    uint64_t total, shared, inside; /* tokens: all, of the shared segments, of the one that differs */
    uint32_t near;         /* the earlier segment beside the first that differs */
    size_t common;         /* bytes they share */
    tkc_audit_terms t;
    size_t auto_mark;      /* 1 + segment of the provider's own; 0: none */
    size_t last_mark;      /* 1 + segment of the last breakpoint; 0: none */
    bool last_mark_long;
    uint64_t marked;       /* tokens up to it */
    uint64_t hit[2];
    uint64_t written[2];   /* by life */
    tkc_money wasted;
    tkc_audit_cause worst;
    uint64_t worst_tokens;
    tkc_error *err;
} audit_step;

/* tkc_audit_readable() of the request's first n tokens. */
static inline uint64_t audit_readable(const audit_step *s, uint64_t n, int end)
{
    return tkc_audit_readable(&s->t, s->rule, n, s->total, end == MAYBE);
}

/* --- audit.c ------------------------------------------------------------------------------------ */

bool tkc_audit_grow(const tkc_audit *a, void *ptr, size_t *cap, size_t need, size_t size);
/* An entry that has not outlived its life. */
bool tkc_audit_is_alive(const audit_step *s, const tkc_tree_node *n, int end);
/* That of the record's model; NULL: *st says why not. */
tkc_encoder *tkc_audit_encoder(const audit_step *s, tkc_status *st);

/* --- losses.c ----------------------------------------------------------------------------------- */

/* Of the shared beginning what was not read. */
void tkc_audit_shared_losses(audit_step *s);
/* What the earlier request has too, behind the first difference. */
tkc_status tkc_audit_content_losses(audit_step *s);

/* --- sums.c ------------------------------------------------------------------------------------- */

/* One request's outcome into all sums. */
tkc_status tkc_audit_sums_add(tkc_audit *a, const tkc_audit_record *r, const tkc_audit_outcome *o, tkc_error *err);
/* As much of s as `to` has room for, whole characters, and a NUL. */
void tkc_audit_copy_text(char *to, size_t cap, tkc_str s);

#endif
