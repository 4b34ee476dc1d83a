/*
 * net.h - what a change is worth when the provider's cache is counted in.
 *
 * Three calls are priced, prompt only:
 *   before   the request as it came, when what a call before it left in the cache is still there
 *   first    the new one, when only the part of that prefix with the same bytes is
 *   later    the new one again, when its own prefix is
 * What is in the cache: the caller says so (cached), or by the provider's rule: behind marks
 * what they stand behind, elsewhere all in front of the last message, if that is long enough.
 * That is the most there can be, so a change never looks better than it is (assumed is set).
 */
#ifndef TKC_OPTIMIZER_FIT_NET_H
#define TKC_OPTIMIZER_FIT_NET_H

#include "optimizer/cache/rules.h"
#include "optimizer/fit/fit.h"
#include "optimizer/money/cost.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tkc_net_options {
    size_t struct_size;
    const tkc_prices *prices;
    const tkc_cache_rules *rules; /* may be NULL: nothing is cached */
    tkc_str model, provider;      /* provider may be empty */
    tkc_moment when;
    uint64_t cached;              /* tokens at the beginning in the cache now; UINT64_MAX: by the rule */
} tkc_net_options;

/* Picodollars. */
typedef struct tkc_net {
    bool priced;
    char why[240];    /* if it is not, or not exact */
    uint64_t before, first, later;
    int64_t now;      /* first - before: below 0 is saved at once */
    int64_t each;     /* later - before, each call after that */
    uint64_t even;    /* calls until it has paid back: 1 at once, 0 never */
    uint64_t cached;  /* tokens in the cache before the change, */
    uint64_t destroyed; /* of those: no longer the same bytes */
    bool assumed;     /* cached is what the rule allows at most */
    uint64_t per_token; /* an uncached input token */
    const tkc_cache_rule *rule; /* NULL: none known */
} tkc_net;

/* The cache rule that holds for the model; NULL: none is known. */
TKC_API const tkc_cache_rule *tkc_net_rule(const tkc_net_options *opt);
/* What one change of a pass is worth by itself, as if it were all that the pass did: what is cached behind
 * its part is no longer found. Not priced where it is no change of tokens. */
TKC_API TKC_MUST_USE tkc_status tkc_net_of_hunk(tkc_net *out, const tkc_pass_result *p, const tkc_hunk *h,
                                                const tkc_net_options *opt, tkc_error *err);
/* For tokens and prefix of the whole run, or of one pass. TKC_OK also when it is unpriced. */
TKC_API TKC_MUST_USE tkc_status tkc_net_of(tkc_net *out, uint64_t before, uint64_t after,
                                           const tkc_prefix *prefix, const tkc_net_options *opt,
                                           tkc_error *err);

#ifdef __cplusplus
}
#endif

#endif
