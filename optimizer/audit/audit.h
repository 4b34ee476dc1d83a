/*
 * audit.h - a log of requests played through the providers' cache rules: what was read from the
 * cache, what was written, what it cost, what broke it.
 *
 * Requests come in the order they were sent. For each, the longest earlier prompt beginning alike
 * is found (tree.h), the rule of its model says how much of that was in the cache, and what was
 * not is put down to a cause:
 *
 *   shared beginning, not read    ttl_expired, below_minimum, no_breakpoint, breakpoint_misplaced,
 *                                 lookback_exceeded
 *   shared content behind the     what stands at the first difference: a kind of value, the order
 *   first difference              of tools or keys, a setting, an edited history, other text
 *
 * A first request is no waste, nor is new content at the end. Content counts as shared behind a
 * difference when it is the end of the same part (64 bytes or more) or a later part, byte for
 * byte, of the earlier request that was most alike; less than 16 tokens are no finding.
 *
 * Where a rule is a range (a minimum, a life without promise) everything is computed at both ends:
 * hit is what is sure, hit_high what may be. Money is list prices of the request's day; what has no
 * price is counted in n_unpriced and nowhere else. What would be read with the same content in the
 * best order and places is another question: potential.h.
 *
 * One thread at a time. The clock never goes back: a request that is earlier than the one before
 * (n_out_of_order) is taken as sent at the same time; one without a time too (n_no_time).
 */
#ifndef TKC_OPTIMIZER_AUDIT_H
#define TKC_OPTIMIZER_AUDIT_H

#include "optimizer/audit/tree.h"
#include "optimizer/money/cost.h"
#include "optimizer/money/money.h"

typedef enum tkc_audit_cause {
    TKC_CAUSE_NONE = 0,
#define CAUSE(id, name, fix) TKC_CAUSE_##id,
#include "optimizer/audit/causes.def"
#undef CAUSE
    TKC_N_CAUSE
} tkc_audit_cause;
const char *tkc_audit_cause_name(tkc_audit_cause c); /* "clock"; "" for none; static */
const char *tkc_audit_cause_fix(tkc_audit_cause c);
tkc_audit_cause tkc_audit_cause_find(const char *name);

/* A value that changes behind the first difference, in the same text: what would break the cache next. */
enum { TKC_AUDIT_MOST_ALSO = 8 };
typedef struct tkc_audit_also {
    tkc_audit_cause cause;
    uint64_t byte;
} tkc_audit_also;

/* Where something was seen. Strings are cut to their arrays, NUL-terminated. */
typedef struct tkc_audit_place {
    char file[256], request[96], part[160];
    char was[80], is[80]; /* what stood there before and now, from a few bytes before the difference */
    uint64_t line;
    uint64_t byte, token; /* in the part's text; of the whole prompt */
    tkc_audit_also also[TKC_AUDIT_MOST_ALSO];
    uint32_t n_also;
} tkc_audit_place;

typedef struct tkc_audit_cause_sum {
    uint64_t requests, tokens;
    tkc_money money;
    tkc_audit_place example; /* the first */
} tkc_audit_cause_sum;

/* A model's, a task's or an hour's sums. */
typedef struct tkc_audit_sum {
    char name[128];
    int64_t hour; /* since 1970, for those by time; of as_standard the tkc_mode, TKC_N_MODE: a tier that is not known */
    uint64_t requests, input, hit;
    tkc_money actual, wasted;
} tkc_audit_sum;

typedef struct tkc_audit_sums {
    tkc_audit_sum *sum;
    size_t n, cap;
} tkc_audit_sums;

/* What happened to one request. */
typedef struct tkc_audit_outcome {
    bool is_duplicate; /* same id and body as one before: left out */
    bool is_priced, has_at;
    bool as_standard; /* priced so, for there is no price for its mode */
    int64_t at; /* when it was taken as sent */
    uint64_t input, hit, hit_high, shared, written;
    tkc_money actual, wasted;
    tkc_audit_cause cause; /* of its largest loss */
    uint64_t lost;
} tkc_audit_outcome;

typedef struct tkc_audit_options {
    size_t struct_size;
    const tkc_prices *prices;
    uint32_t asof, today;  /* prices of this day; 0: of each request's own, or today's */
    uint32_t ttl;          /* seconds every entry lives, for what-if; 0: by rule and request */
    tkc_audit_encoder_fn encoder;
    void *encoder_ctx;
    size_t max_nodes, max_text; /* of the tree; 0: its defaults */
    bool sums_only; /* no causes, no comparing with usage, no ids: hits and money */
    const tkc_allocator *alloc;
} tkc_audit_options;

typedef struct tkc_audit {
    tkc_audit_options opt;
    tkc_tree tree;
    uint64_t requests, input, hit, hit_high, written;
    tkc_money actual, wasted;
    uint64_t n_unpriced, n_no_rule, n_no_time, n_out_of_order, n_duplicate, n_reused_id, n_estimate;
    uint64_t reported_requests, reported_input, reported_hit, reported_exact, reported_inside;
    tkc_audit_cause_sum cause[TKC_N_CAUSE];
    tkc_audit_sums by_model, by_task, by_hour;
    tkc_audit_sums as_standard; /* by model and mode, what tkc_audit_add() found charged as standard for want of a price */
    int64_t now, first, last;
    bool has_now;
    struct tkc_audit_inner *inner;
    const tkc_allocator *alloc;
} tkc_audit;

TKC_MUST_USE tkc_status tkc_audit_init(tkc_audit *a, const tkc_audit_options *opt, tkc_error *err);
void tkc_audit_release(tkc_audit *a);
/* The next request. file and line are for examples. out may be NULL. TKC_E_NOMEM, TKC_E_LIMIT; a is
 * then good only for release. */
TKC_MUST_USE tkc_status tkc_audit_add(tkc_audit *a, const tkc_audit_record *r, const char *file, uint64_t line,
                                      tkc_audit_outcome *out, tkc_error *err);

/* A request of which is known what happened: into the sums alone. */
TKC_MUST_USE tkc_status tkc_audit_add_outcome(tkc_audit *a, const tkc_audit_record *r, const tkc_audit_outcome *o, tkc_error *err);
/* The sums of b into those of a; not its causes. */
TKC_MUST_USE tkc_status tkc_audit_add_audit(tkc_audit *a, const tkc_audit *b, tkc_error *err);
/* The sum of the same name and hour; NULL: there is none. */
const tkc_audit_sum *tkc_audit_sum_find(const tkc_audit_sums *l, const tkc_audit_sum *like);

/* What a request's rule and prices say, by end of the rule's ranges (0 sure, 1 may be) and by life. All 0
 * without a rule. */
typedef struct tkc_audit_terms {
    bool by_marks, is_priced, as_standard;
    int64_t ttl[2][2]; /* seconds: [end][life] */
    uint64_t min[2], step[2];
    uint64_t price_in, price_read, price_write[2]; /* picodollars a token */
} tkc_audit_terms;
void tkc_audit_terms_of(const tkc_audit *a, const tkc_audit_record *r, uint64_t input, tkc_audit_terms *t);
/* What of a shared beginning of n tokens, of total, may be read. Where blocks are served by oneself the
 * last token is always computed. */
uint64_t tkc_audit_readable(const tkc_audit_terms *t, const tkc_cache_rule *rule, uint64_t n, uint64_t total, bool may);

/* What stands at the first difference of two segments of the same place, and where. tools: those
 * of the two requests are the same ones. */
tkc_audit_cause tkc_audit_difference(uint8_t kind, uint8_t zone, bool is_setting, tkc_str was, tkc_str is, size_t common,
                                     const tkc_allocator *alloc);
/* Where a value stands at the first difference, byte `common`: the values that are others too behind it, in their
 * order, up to the first difference that is none; how many. */
uint32_t tkc_audit_values_behind(tkc_str was, tkc_str is, size_t common, tkc_audit_also *out, uint32_t most);

#endif
