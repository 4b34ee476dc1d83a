/*
 * pass.h - what a pass is, and what the frame gives it.
 *
 * A pass looks at one request and asks for changes. They are made at once when it returns,
 * and checked by the frame (optimizer/fit/check.c): tokens did not grow; pinned and
 * protected bytes are equal; nothing above the cache mark changed; every tool result has its
 * call; the result reads as the same dialect. A failed check undoes everything and is an error that
 * names the pass. A lossy pass that does not ask the guard itself (GUARDED) is asked about by the
 * frame (optimizer/fit/guarding.h): it is undone where it loses a fact that is not waived.
 * So a pass need not be trusted, but it must be
 *   deterministic   the same request and plan, the same bytes
 *   idempotent      run again on its result it asks for nothing
 *   prefix-stable   (rows that say STABLE) turns that are appended change nothing before them
 * which the tests try on every row with every sample.
 *
 * Texts handed out are decoded UTF-8 (plain text files may hold other bytes) and live until the
 * pass ends. Functions that return bool have no way to fail.
 */
#ifndef TKC_OPTIMIZER_PASS_H
#define TKC_OPTIMIZER_PASS_H

#include "optimizer/fit/plan.h"
#include "optimizer/passes/passes.h"
#include "optimizer/request/edit.h"

struct tkc_pass_ctx {
    const tkc_request *r;           /* as the passes before left it */
    const tkc_request_count *count; /* of r, by the plan's model */
    const tkc_plan *plan;
    size_t first_free;              /* parts below it are in the provider's cache */
    size_t first_kept;              /* lossy passes: turns from here on stay as they are */
    uint64_t over;                  /* tokens above the budget; 0: none, or no budget */
    uint64_t later;                 /* tokens of old turns that a summary can still be made of after this pass */
    bool has_must;                  /* a second try: some sentences have to stay (tkc_pass_must()) */
    struct tkc_work *work;          /* the frame's */
};

#define PASS(name, lane, flags, summary) \
    TKC_MUST_USE tkc_status tkc_pass_run_##name(tkc_pass_ctx *c, tkc_error *err);
#include "optimizer/passes/passes.def"
#undef PASS

/* Bytes [begin, end) of a text. */
typedef struct tkc_range {
    size_t begin, end;
} tkc_range;

/* --- looking ------------------------------------------------------------------------------ */

/* Whether a part is a text that this pass may change: not pinned, opaque or repeated, not in
 * the cache, and (in a lossy pass) not in the last turns that stay. */
bool tkc_pass_may_change(const tkc_pass_ctx *c, size_t part);
/* Whether it may go as a whole, which images and files may too. Nothing may in a request that gives
 * a key twice: the earlier value could go with it. */
bool tkc_pass_may_remove(const tkc_pass_ctx *c, size_t part);
/* Whether a turn is a user's own, not one of tool results: in front of it calls and results are
 * complete, so that turns can go from one such to the next. */
bool tkc_pass_begins_exchange(const tkc_request *r, size_t turn);
/* The text of a part; for an object or array its JSON. */
TKC_MUST_USE tkc_status tkc_pass_text(tkc_pass_ctx *c, size_t part, tkc_str *out, tkc_error *err);
/* Tokens of a text by itself. */
TKC_MUST_USE tkc_status tkc_pass_count(tkc_pass_ctx *c, tkc_str text, uint64_t *n,
                                       tkc_error *err);
/* What of a part's text has to stay: what the plan's patterns match, and in a second try what the guard
 * asks for. Sorted, not overlapping; until the next call. TKC_E_LIMIT: a pattern took more steps
 * than allowed. */
TKC_MUST_USE tkc_status tkc_pass_protected(tkc_pass_ctx *c, size_t part, tkc_str text,
                                           const tkc_range **out, size_t *n, tkc_error *err);
/* Of those what the guard asks for alone: whole sentences whose facts stand nowhere else, for a pass that
 * can put them elsewhere; of a call's arguments (tkc_pass_said()) all or nothing. */
const tkc_range *tkc_pass_must(const tkc_pass_ctx *c, size_t part, size_t *n);
/* What the guard reads of a part: its text, a call's arguments. Until the next call. */
TKC_MUST_USE tkc_status tkc_pass_said(tkc_pass_ctx *c, size_t part, tkc_str *out, tkc_error *err);
/* What was read of sentences in this fit (text/summarise.h), in earlier tries too; NULL: nothing is kept. */
tkc_summary_memory *tkc_pass_memory(const tkc_pass_ctx *c);
/* What an earlier try of this pass asked about a part, and the answer: for what takes long. {0, 0} at first; NULL: no memory. */
typedef struct tkc_pass_asked {
    size_t question, answer;
} tkc_pass_asked;
tkc_pass_asked *tkc_pass_asked_of(tkc_pass_ctx *c, size_t part);
/* For a pass that looks at texts only: whether it found nothing in texts with this fingerprint, earlier in this fit; and that it
 * finds nothing in these. */
bool tkc_pass_found_nothing(const tkc_pass_ctx *c, uint64_t texts);
void tkc_pass_finds_nothing(tkc_pass_ctx *c, uint64_t texts);
/* Whether [begin, end) of a text touches one of the ranges. */
bool tkc_range_touches(const tkc_range *r, size_t n, size_t begin, size_t end);

/* --- changing ----------------------------------------------------------------------------- */

/* reason: a few words, copied ("trailing blanks"). Each is one hunk of the report. */

/* Bytes [begin, end) of the part's text become text; several for one part in ascending order.
 * TKC_E_ARG: the part may not be changed, or the range lies before the last one. */
TKC_MUST_USE tkc_status tkc_pass_replace(tkc_pass_ctx *c, size_t part, size_t begin, size_t end,
                                         tkc_str text, const char *reason, tkc_error *err);
/* The same by a pass that counted both stretches already. */
TKC_MUST_USE tkc_status tkc_pass_replace_counted(tkc_pass_ctx *c, size_t part, size_t begin, size_t end,
                                                 tkc_str text, uint64_t tokens_before,
                                                 uint64_t tokens_after, const char *reason,
                                                 tkc_error *err);
/* A string inside a tool's definition (node of the request's doc) becomes text. TKC_E_ARG: the part is no tool that
 * may be changed. */
TKC_MUST_USE tkc_status tkc_pass_replace_string(tkc_pass_ctx *c, size_t part, uint32_t node, tkc_str text,
                                                uint64_t tokens_before, uint64_t tokens_after, const char *reason,
                                                tkc_error *err);
/* Whether it may: not pinned, not the provider's own, not in the cache. */
bool tkc_pass_may_change_tool(const tkc_pass_ctx *c, size_t part);
/* A part, with the block and the message that held nothing else. */
TKC_MUST_USE tkc_status tkc_pass_remove(tkc_pass_ctx *c, size_t part, const char *reason,
                                        tkc_error *err);
/* A message with all its parts, calls and results too (of both, or of neither). */
TKC_MUST_USE tkc_status tkc_pass_remove_turn(tkc_pass_ctx *c, size_t turn, const char *reason,
                                             tkc_error *err);
/* For what the above cannot do (reordering, cache marks): the edits themselves, and the hunk
 * that tells of them. part: TKC_NO_PART where it is not about one. */
tkc_edit *tkc_pass_edit(tkc_pass_ctx *c);
TKC_MUST_USE tkc_status tkc_pass_tell(tkc_pass_ctx *c, size_t part, tkc_str before, tkc_str after,
                                      const char *reason, tkc_error *err);
/* How many elements a list had that the pass budget has cut, as its last element says; 0: it is as it came. Of such
 * a list no other pass takes more: what the element says would not be so. */
uint32_t tkc_pass_cut_list(const tkc_json *doc, uint32_t list);
/* A line of the report that is no change: what was left out, what could not be done. */
TKC_MUST_USE tkc_status tkc_pass_note(tkc_pass_ctx *c, tkc_error *err, const char *fmt, ...)
    TKC_PRINTF(3, 4);

#endif
