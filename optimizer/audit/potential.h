/*
 * potential.h - what a log would have cost with the same content laid out otherwise.
 *
 * Three things can be chosen: the order of what stands in front of the messages (values that change
 * go behind what stays), the places of breakpoints, the life of entries. Requests that can share a cache - of
 * one tenant, provider and model - get one layout. It is the best there is for the log: what each set
 * of pieces in front would have found, at the log's own times, is observed, and layout.h's search
 * finds the order and marks with the most saved. Then the log is played in that layout by audit.h.
 *
 * What can be moved are a record's pieces: tools among themselves, system texts and the values cut out of
 * them, these behind the messages too; and of texts of one place that differ in any other way, what all of them
 * begin and end with. Messages stay in their order, tools in their place. Pieces
 * that change together in the whole log are one; breakpoints stand behind
 * pieces, the first message and the last, none behind what is moved behind the messages. A piece is found as a whole or not at all; where so much
 * of the given layout's hits lies inside of pieces that it is better, it counts as the best.
 *
 * The result is an audit's sums: hit is what is sure at the log's own arrivals, hit_high what entries
 * would bring that live as long as was ever seen; where rules promise a life both are the same.
 *
 * Memory: 32 bytes a part of a request, up to max_bytes; later requests count as sent (n_missed). A
 * layout is exact for as many pieces that change independently as max_work allows, 9 at most; the most
 * volatile beyond count as one (n_pooled).
 */
#ifndef TKC_OPTIMIZER_AUDIT_POTENTIAL_H
#define TKC_OPTIMIZER_AUDIT_POTENTIAL_H

#include "optimizer/audit/audit.h"

typedef struct tkc_potential_options {
    size_t struct_size;
    const tkc_audit_options *audit; /* prices, days, the encoder; its ttl: of every entry, else the best of the rule's */
    bool order, marks; /* may be chosen; else as sent. Neither: only audit->ttl is another */
    bool best;         /* what is no better than as sent counts as sent */
    size_t max_bytes;  /* 0: 160 MiB */
    uint64_t max_work; /* 0: 2^27 steps for each layout */
    const tkc_allocator *alloc;
} tkc_potential_options;

typedef struct tkc_potential tkc_potential;
TKC_MUST_USE tkc_status tkc_potential_new(tkc_potential **out, const tkc_potential_options *opt, tkc_error *err);
void tkc_potential_free(tkc_potential *p); /* NULL is fine */
/* A request, and what an audit without other settings said of it. The record's rule has to live as long as p. */
TKC_MUST_USE tkc_status tkc_potential_add(tkc_potential *p, const tkc_audit_record *r, const tkc_audit_outcome *sent, tkc_error *err);
/* The whole log as laid out; nothing can be added after. out is the caller's to release, on failure too. */
TKC_MUST_USE tkc_status tkc_potential_finish(tkc_potential *p, tkc_audit *out, tkc_error *err);
uint64_t tkc_potential_missed(const tkc_potential *p);
uint64_t tkc_potential_pooled(const tkc_potential *p);

#endif
