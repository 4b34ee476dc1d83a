/*
 * fit.h - runs a plan over one request: pass after pass, each checked, all or nothing.
 *
 *     tkc_fitting_init(&f, alloc);
 *     st = tkc_fit_request(&f, text, dialect, &plan, &err);   // f.out is the new text
 *     tkc_fitting_release(&f);
 *
 * After every pass: the request reads as the same dialect; tokens did not grow; every part that
 * the pass did not name is the same bytes, in the same order; no pinned part and no
 * protected text changed; nothing above the last cache mark did (unless the plan allows it);
 * no call lost its result and no result its call. What fails is undone and is an error that
 * names the pass; the result is then the request as it came.
 *
 * A lossy pass loses no fact that the plan does not waive (guarding.h): it is tried again around the
 * sentences that hold them, else undone. Where the budget is missed because of that, lost says which
 * facts would have to go, and waived how small it could get then.
 *
 * The report is in the same struct: one tkc_pass_result a pass, one tkc_hunk a change. The
 * original is made from f.out and tkc_fit_undo() (undo.h), byte for byte.
 */
#ifndef TKC_OPTIMIZER_FIT_H
#define TKC_OPTIMIZER_FIT_H

#include "optimizer/fit/plan.h"
#include "optimizer/passes/passes.h"
#include "optimizer/request/request.h"
#include "optimizer/text/guard.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tkc_hunk_op {
    TKC_HUNK_REPLACE = 0,
    TKC_HUNK_REMOVE,
    TKC_HUNK_TELL, /* moved, marked: before and after are words about it */
    TKC_HUNK_NOTE  /* no change */
} tkc_hunk_op;

/* A stretch of f->text. */
typedef struct tkc_stretch {
    size_t at, len;
} tkc_stretch;

typedef struct tkc_hunk {
    uint8_t op;
    uint32_t part;          /* in the request before that pass; TKC_NO_PART */
    uint32_t turn;
    size_t begin, end;      /* bytes of the part's text before; 0, 0 where op is no REPLACE */
    size_t line;            /* where it begins, from 1; no_hunks: 1 */
    tkc_stretch path, before, after, reason; /* path and before: empty where the plan says no_hunks */
    uint64_t tokens_before, tokens_after; /* with up to 24 bytes around, so that merges show; no_hunks: 0 */
    uint64_t front;         /* tokens of the parts before its own, in the request before that pass */
    uint32_t next;          /* private */
} tkc_hunk;

/* What of a request the provider may have in its cache, and what of that is still there. All in
 * tokens of parts, without framing. */
typedef struct tkc_prefix {
    uint64_t kept;        /* at the beginning, the same bytes after as before */
    uint64_t marked[2];   /* up to the last cache mark: before, after */
    uint64_t settled[2];  /* in front of the last message: what the call before had too */
} tkc_prefix;

typedef enum tkc_lost_state {
    TKC_LOST_HELD = 0, /* stays: the pass was made to keep it, or undone */
    TKC_LOST_WAIVED,   /* gone: its kind is waived */
    TKC_LOST_WOULD     /* would have to go for the budget (is_over) */
} tkc_lost_state;

/* A fact that stood nowhere else. Stretches of f->text. */
typedef struct tkc_lost {
    uint8_t kind, state; /* tkc_fact_kind, tkc_lost_state */
    const tkc_pass *pass;
    tkc_stretch path, fact, clause;
} tkc_lost;

typedef struct tkc_pass_result {
    const tkc_pass *pass;
    bool ran;     /* false: it was not needed (already within the budget) */
    bool changed;
    bool undone;  /* a check failed: why says which */
    uint64_t tokens_before, tokens_after; /* of the whole request */
    tkc_prefix prefix;
    size_t first_hunk, n_hunk;
    uint64_t held[TKC_N_FACT], lost[TKC_N_FACT]; /* different facts: kept by the guard; gone, waived */
    char why[240];
} tkc_pass_result;

enum { TKC_FIT_MAX_PASS = 32 };

typedef struct tkc_fitting {
    tkc_buf out;  /* the new text */
    tkc_buf text; /* of the hunks */
    tkc_hunk *hunk;
    size_t n_hunk, cap_hunk;
    tkc_pass_result pass[TKC_FIT_MAX_PASS + 8]; /* a pass that was run again has one for each time */
    size_t n_pass;
    tkc_token_range before, after; /* the whole request; before and after are of one class */
    tkc_prefix prefix;         /* over all passes */
    bool cache_auto;      /* the provider caches without being asked, or is asked to choose */
    bool is_changed;
    bool is_over; /* above the plan's budget; after is the smallest this plan reaches, and out
                     is the request as it came */
    uint64_t budget;
    tkc_lost *lost; /* at most 100 of a pass */
    size_t n_lost, cap_lost;
    uint64_t would[TKC_N_FACT]; /* is_over: facts to waive */
    uint64_t waived_tokens;     /* and what is left then; 0: waiving does not help, or the plan does not ask */
    size_t n_touched; /* protected texts that changed: 0, or nothing was done */
    size_t n_protected;
    tkc_dialect dialect;
    const tkc_allocator *alloc;
} tkc_fitting;

TKC_API void tkc_fitting_init(tkc_fitting *f, const tkc_allocator *alloc);
TKC_API void tkc_fitting_release(tkc_fitting *f);

/* text must live until the call returns. dialect as for tkc_request_read(). TKC_E_ARG: an
 * unknown pass, a lossy one in a lossless plan, several requests in one text. TKC_E_FORMAT and
 * others: from reading, counting, patterns; a failed check has the pass's name in front. On
 * failure out is empty and the report tells how far it went. */
TKC_API TKC_MUST_USE tkc_status tkc_fit_request(tkc_fitting *f, tkc_str text, tkc_dialect dialect,
                                                const tkc_plan *plan, tkc_error *err);

static inline tkc_str tkc_fitting_text(const tkc_fitting *f, tkc_stretch s)
{
    return tkc_str_part(tkc_buf_str(&f->text), s.at, s.len);
}

#ifdef __cplusplus
}
#endif

#endif
