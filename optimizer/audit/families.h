/*
 * families.h - requests that can share a cache, observed; the layout that would have been best for
 * them. Inside of potential.c.
 */
#ifndef TKC_OPTIMIZER_AUDIT_FAMILIES_H
#define TKC_OPTIMIZER_AUDIT_FAMILIES_H

#include "optimizer/audit/audit.h"

enum { TKC_MOST_SLOTS = 256, TKC_MOST_PLACES = 40, TKC_MOST_GROUPS = 9 };

/* A part of a request, as numbers. */
typedef struct tkc_kept {
    uint64_t hash;
    uint32_t tokens, place; /* of the beginning: which slot; of a message: its block */
    uint8_t kind, role, zone, mark;
    bool is_setting;
    uint32_t frame; /* of a text: what it has in common with others of its slot, from 1; 0: none */
} tkc_kept;

typedef struct tkc_observed_call {
    const tkc_kept *part;
    size_t n;
    int64_t at; /* never before the one before it */
} tkc_observed_call;

typedef struct tkc_observed {
    tkc_observed_call *call;
    size_t n;
    uint32_t n_slot, ttl;
    const tkc_cache_rule *rule;
    tkc_audit_terms terms;
    bool free_order, keep_marks;
    uint64_t max_work;
    const tkc_allocator *alloc;
} tkc_observed;

/* How a family's requests are laid out. */
typedef struct tkc_plan {
    uint16_t *rank; /* of each slot: where its group stands */
    uint32_t n_slot, lead, messages; /* ranks of the first message and of the others */
    uint8_t mark[8]; /* behind these ranks, ascending */
    uint32_t n_mark;
    bool free_order, keep_marks, system_first, is_long;
    uint32_t n_pooled;
    const tkc_allocator *alloc;
    uint64_t (*sort)[2]; /* of the request under way */
    size_t cap_sort;
} tkc_plan;
TKC_MUST_USE tkc_status tkc_plan_of(tkc_plan *out, const tkc_observed *ob, tkc_error *err);
void tkc_plan_release(tkc_plan *p);
/* A request's parts as the record's segments. */
TKC_MUST_USE tkc_status tkc_plan_lay_out(tkc_plan *p, const tkc_kept *part, size_t n, tkc_audit_record *out, tkc_error *err);

/* A hash of a hash and a number. */
static inline uint64_t tkc_mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9E3779B97F4A7C15u;
    h = (h ^ h >> 32) * 0xD6E8FEB86659FD93u;
    return h ^ h >> 32;
}

/* Numbers by hash. */
#define TKC_SEEN_NEVER INT64_MIN
typedef struct tkc_seen {
    struct tkc_seen_entry {
        uint64_t key;
        int64_t value;
    } *entry;
    size_t n, cap;
    const tkc_allocator *alloc;
} tkc_seen;
void tkc_seen_init(tkc_seen *s, const tkc_allocator *alloc);
void tkc_seen_release(tkc_seen *s);
/* The place of a key's value, TKC_SEEN_NEVER when it is new; good until the next call. NULL: no memory. */
int64_t *tkc_seen_at(tkc_seen *s, uint64_t key);

#endif
