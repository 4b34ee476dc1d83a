/*
 * report.h - a fit told: JSON that tokcount fit --undo reads, and a diff for people.
 *
 *     {"schema":"tokcount/fit/1", "model":M, "dialect":D, "fits":true, "budget":N|null,
 *      "before":{"tokens","low","high","class"}, "after":{...},
 *      "lossless":N, "lossy":N,                      tokens taken away by each lane
 *      "protected":{"matches":N,"touched":0},
 *      "net":{NET}|null, "why":"...",
 *      "passes":[{"pass","lane","ran","changed","undone","why","tokens_before","tokens_after",
 *                 "net":{NET}|null, "hunks":[{"path","op","begin","end","tokens_before",
 *                 "tokens_after","picodollars","net":{NET}|null,"reason","before","after"}], "notes":["..."],
 *                 "kept":{KIND:N,...}, "lost":{KIND:N,...}}],   by the guard; waived and gone
 *      "facts":[{"state":"kept"|"lost"|"would","pass","kind","path","text","clause"}],  100 a pass
 *      "waive":{"tokens":N,"facts":{KIND:N,...}}|null,   over budget: what waiving them would give
 *      "undo":{...}|null}
 *     NET: {"now","each","break_even","before","first","later" (picodollars a call),
 *           "cached","destroyed" (tokens),"assumed"}
 *
 * break_even is in calls: 1 at once, null never. A hunk's picodollars are those of its tokens
 * as uncached input; its net, like the pass's, has the cache in it, as if it were the only change. begin and end are bytes of the part's text.
 */
#ifndef TKC_OPTIMIZER_FIT_REPORT_H
#define TKC_OPTIMIZER_FIT_REPORT_H

#include "optimizer/fit/net.h"

#ifdef __cplusplus
extern "C" {
#endif

/* before: the request as it came. net: of the run; opt prices the passes and may be NULL. */
TKC_API TKC_MUST_USE tkc_status tkc_fit_report(const tkc_fitting *f, tkc_str before, const tkc_net *net,
                                               const tkc_net_options *opt, tkc_buf *out, tkc_error *err);
/* A unified diff of the parts' texts, "--- a/messages[3].content", each hunk with its pass, its
 * reason, tokens, dollars now, and what of the cache it throws away. Bytes that are not UTF-8 as they are.
 * opt may be NULL: no dollars. */
TKC_API TKC_MUST_USE tkc_status tkc_fit_diff(const tkc_fitting *f, const tkc_net_options *opt, tkc_buf *out,
                                             tkc_error *err);
/* "-$0.021 now, -$0.002 a call later, pays back after 3 calls; 1408 cached tokens anew" of what is priced;
 * "" of what is not. Into the caller's array. */
enum { TKC_NET_SIZE = 320 };
TKC_API const char *tkc_net_words(char buf[TKC_NET_SIZE], const tkc_net *n);
/* "12 facts (7 number, 5 name)" of different facts by kind, into the caller's array. */
TKC_API const char *tkc_fact_counts(char *buf, size_t cap, const uint64_t count[TKC_N_FACT]);
/* Tokens that passes of a lane took away; those added count against it. */
TKC_API int64_t tkc_fit_lane_saving(const tkc_fitting *f, tkc_lane lane);

enum { TKC_SIGNED_SIZE = 64 };
/* "-$0.021": exact, with a sign, into the caller's array. */
TKC_API const char *tkc_signed_dollars(char buf[TKC_SIGNED_SIZE], int64_t picodollars);

#ifdef __cplusplus
}
#endif

#endif
