/*
 * summarise.c - old turns become a summary of them (text/summarise.h); the last ones stay verbatim.
 *
 * Whole turns go, from a user turn up to where the last turns begin, so calls go with their
 * results; thinking, images and files go with their turn, which the report says. The summary takes the
 * place of the first text that goes, under a line that names it:
 *
 *     [Summary of earlier messages]
 *
 * (without a number, which would change with every call). A request that begins with such a summary
 * has its bytes kept in front of what is added, so that between calls only the end of it changes.
 * Instructions stay. So do turns with unknown blocks, cache marks or protected text, and everything in
 * front of them.
 *
 * Where the guard refused the summary (pass.h, has_must), the sentences whose facts stand nowhere
 * else go into it word for word, behind what the rest of the budget can say of the others.
 */
#include "optimizer/passes/summarise_text.h"

#include "optimizer/passes/pass.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdio.h>
#include <string.h>

enum { LEAST = 48, HEAD_TOKENS = 16, MIN_GAIN = 64 };

typedef struct summing {
    tkc_pass_ctx *c;
    size_t first, end; /* turns */
    size_t put;        /* the part that the summary goes into */
    uint64_t tokens;
    tkc_sum_turn *turn;
    size_t n_turn, most;
    tkc_str previous;  /* without its first line */
    size_t n_media, n_thinking;
    tkc_buf text;
    const tkc_allocator *alloc;
    tkc_error *err;
} summing;

/* Whether a turn may go; *protected needs a look at its texts. */
static tkc_status may_go(summing *s, size_t t, bool *may)
{
    const tkc_request *r = s->c->r;
    const tkc_turn *turn = &r->turn[t];
    *may = false;
    if (r->n_repeated) return TKC_OK; /* tkc_pass_may_remove() */
    if (turn->role != TKC_ROLE_USER && turn->role != TKC_ROLE_ASSISTANT && turn->role != TKC_ROLE_TOOL) return TKC_OK;
    for (size_t i = turn->first; i < (size_t)turn->first + turn->n; i++) {
        const tkc_range *range;
        size_t n;
        tkc_str text;
        tkc_status st;
        if (i < s->c->first_free || (r->part[i].flags & (TKC_PART_UNKNOWN | TKC_PART_CACHE | TKC_PART_REPEATED))) return TKC_OK;
        if (!s->c->plan->n_protect) continue;
        st = tkc_pass_text(s->c, i, &text, s->err);
        if (!st) st = tkc_pass_protected(s->c, i, text, &range, &n, s->err);
        if (st || n) return st;
    }
    *may = true;
    return TKC_OK;
}

/* The last run of turns that may go, as far as the last boundary in front of those that stay. */
static tkc_status find_region(summing *s)
{
    const tkc_request *r = s->c->r;
    size_t limit = s->c->first_kept < r->n_turn ? s->c->first_kept : r->n_turn, end = 0;
    for (size_t t = 1; t < r->n_turn && t <= limit; t++)
        if (tkc_pass_begins_exchange(r, t)) end = t;
    s->first = s->end = end;
    while (s->first > 0) {
        bool may;
        tkc_status st = may_go(s, s->first - 1, &may);
        if (st) return st;
        if (!may) break;
        s->first--;
    }
    while (s->first < s->end && !tkc_pass_begins_exchange(r, s->first)) s->first++;
    /* Nothing outside may answer a call in here, nor the other way round. */
    for (size_t i = 0; i < r->n_part; i++) {
        const uint32_t call = r->part[i].call;
        bool here, there;
        if (call == TKC_NO_PART) continue;
        here = r->part[i].turn >= s->first && r->part[i].turn < s->end;
        there = r->part[call].turn >= s->first && r->part[call].turn < s->end;
        if (here != there) s->end = s->first;
    }
    s->put = SIZE_MAX;
    for (size_t t = s->first; t < s->end; t++)
        for (size_t i = r->turn[t].first; i < (size_t)r->turn[t].first + r->turn[t].n; i++) {
            s->tokens += s->c->count->part[i].tokens;
            if (t == s->first && s->put == SIZE_MAX && r->part[i].kind == TKC_PART_TEXT && tkc_pass_may_change(s->c, i)) s->put = i;
            if (r->part[i].kind == TKC_PART_THINKING) s->n_thinking++;
            if (r->part[i].kind >= TKC_PART_IMAGE && r->part[i].kind <= TKC_PART_FILE) s->n_media++;
        }
    return TKC_OK;
}

/* A summary made here: the rest is what was said. */
static bool is_summary(tkc_str text, tkc_str *rest)
{
    const size_t head = tkc_summary_head(text);
    if (!head) return false;
    *rest = (tkc_str){text.ptr + head, text.len - head};
    return true;
}

static const char *speaker_of(const tkc_part *p)
{
    return p->kind == TKC_PART_TOOL_RESULT ? "tool" : tkc_role_name(p->role);
}

static tkc_status collect(summing *s)
{
    const tkc_request *r = s->c->r;
    tkc_status st = TKC_OK;
    for (size_t t = s->first; t < s->end; t++) s->most += r->turn[t].n;
    s->turn = tkc_alloc_zero(s->alloc, s->most, sizeof *s->turn);
    if (!s->turn) return tkc_nomem(s->err);
    for (size_t t = s->first; !st && t < s->end; t++)
        for (size_t i = r->turn[t].first; !st && i < (size_t)r->turn[t].first + r->turn[t].n; i++) {
            const tkc_part *p = &r->part[i];
            tkc_str text, rest;
            if (p->kind != TKC_PART_TEXT && p->kind != TKC_PART_TOOL_RESULT) continue;
            if (p->flags & (TKC_PART_OPAQUE | TKC_PART_NAME)) continue;
            st = tkc_pass_text(s->c, i, &text, s->err);
            if (st || !text.len) continue;
            if (!s->n_turn && i == s->put && is_summary(text, &rest)) {
                s->previous = rest;
                text = rest;
            }
            s->turn[s->n_turn++] = (tkc_sum_turn){speaker_of(p), text};
        }
    return st;
}

/* The sentences of a part that must stay, a list item each under who said them, so that each keeps its own
 * clause; the text without them into rest. */
static tkc_status split_must(summing *s, size_t i, tkc_buf *lines, tkc_buf *rest)
{
    const tkc_part *p = &s->c->r->part[i];
    const char *who = speaker_of(p);
    size_t n, at = 0;
    const tkc_range *must = tkc_pass_must(s->c, i, &n);
    tkc_str text;
    tkc_status st = tkc_pass_said(s->c, i, &text, s->err);
    if (!st && n) st = tkc_buf_append(lines, who, strlen(who), s->err);
    if (!st && n && p->kind == TKC_PART_TOOL_CALL) st = tkc_buf_append(lines, " called a tool", 14, s->err);
    if (!st && n) st = tkc_buf_append_byte(lines, ':', s->err);
    for (size_t k = 0; !st && k < n; k++) {
        st = tkc_buf_append(lines, "\n- ", 3, s->err);
        if (!st) st = tkc_buf_append(lines, text.ptr + must[k].begin, must[k].end - must[k].begin, s->err);
        if (!st && must[k].begin > at) st = tkc_buf_append(rest, text.ptr + at, must[k].begin - at, s->err);
        at = must[k].end;
    }
    if (!st && n) st = tkc_buf_append(lines, "\n\n", 2, s->err); /* else the next speaker would go on with the last item */
    return st || text.len <= at ? st : tkc_buf_append(rest, text.ptr + at, text.len - at, s->err);
}

/* The summary with every sentence that must stay. What was summarised before stays as it is. */
static tkc_status guarded_summary(summing *s, uint64_t budget, char *facts, size_t cap)
{
    const tkc_request *r = s->c->r;
    tkc_buf lines, rest;
    tkc_sum_turn *turn = s->turn; /* room for every part; collect() filled it for the first try */
    uint64_t used = 0;
    bool is_kept; /* the summary is what is kept, and counted */
    size_t n = 0, first, *at = tkc_alloc(s->alloc, s->most + 1, sizeof *at);
    tkc_str kept = {"", 0};
    tkc_status st = at ? TKC_OK : tkc_nomem(s->err);
    tkc_buf_init(&lines, (size_t)1 << 30, s->alloc);
    tkc_buf_init(&rest, (size_t)1 << 30, s->alloc);
    for (size_t t = s->first; !st && t < s->end; t++)
        for (size_t i = r->turn[t].first; !st && i < (size_t)r->turn[t].first + r->turn[t].n; i++) {
            const tkc_part *p = &r->part[i];
            if (p->kind != TKC_PART_TEXT && p->kind != TKC_PART_TOOL_RESULT && p->kind != TKC_PART_TOOL_CALL) continue;
            if ((p->flags & (TKC_PART_OPAQUE | TKC_PART_NAME)) || (s->previous.len && i == s->put)) continue;
            first = rest.len;
            st = split_must(s, i, &lines, &rest);
            if (p->kind == TKC_PART_TOOL_CALL) rest.len = first;
            if (rest.len == first) continue;
            at[n] = first;
            turn[n++].speaker = speaker_of(p);
        }
    for (size_t k = 0; k < n; k++) turn[k].text = (tkc_str){rest.ptr + at[k], (k + 1 < n ? at[k + 1] : rest.len) - at[k]};
    if (lines.len) kept = (tkc_str){lines.ptr, lines.len - 2}; /* without the blank line at the end */
    tkc_buf_clear(&s->text);
    if (!st && s->previous.len) st = tkc_buf_append(&s->text, s->previous.ptr, s->previous.len, s->err);
    if (!st && s->text.len) st = tkc_pass_count(s->c, tkc_buf_str(&s->text), &used, s->err);
    if (!st && kept.len) {
        uint64_t more;
        st = tkc_pass_count(s->c, kept, &more, s->err);
        used += more;
    }
    snprintf(facts, cap, "all");
    if (!st && n && budget > used + LEAST) {
        if (s->text.len) st = tkc_buf_append_byte(&s->text, '\n', s->err);
        if (!st) st = tkc_summarise_turns(s->c->plan, tkc_pass_memory(s->c), turn, n, (size_t)(budget - used), (tkc_str){"", 0}, &s->text, facts, cap,
                                          s->err);
        snprintf(facts, cap, "all");
    }
    is_kept = !s->text.len;
    if (!st && s->text.len && kept.len && s->text.ptr[s->text.len - 1] != '\n') st = tkc_buf_append_byte(&s->text, '\n', s->err);
    if (!st && kept.len) st = tkc_buf_append(&s->text, kept.ptr, kept.len, s->err);
    if (!st && !is_kept) st = tkc_pass_count(s->c, tkc_buf_str(&s->text), &used, s->err);
    if (!st && (used + HEAD_TOKENS) * 10 > s->tokens * 9) { /* nearly all of it is facts */
        tkc_buf_clear(&s->text);
        st = tkc_pass_note(s->c, s->err, "messages %zu to %zu stay: nearly all they say are facts that stand nowhere else",
                           s->first, s->end - 1);
    }
    tkc_free(s->alloc, at, s->most + 1, sizeof *at);
    tkc_buf_release(&lines);
    tkc_buf_release(&rest);
    return st;
}

static tkc_status carry_out(summing *s, const char *facts)
{
    const tkc_request *r = s->c->r;
    tkc_buf b;
    tkc_str old;
    tkc_status st;
    tkc_buf_init(&b, (size_t)1 << 30, s->alloc);
    st = tkc_buf_append(&b, TKC_SUMMARY_HEAD, sizeof TKC_SUMMARY_HEAD - 1, s->err);
    if (!st) st = tkc_buf_append(&b, s->text.ptr, s->text.len, s->err);
    if (!st) st = tkc_pass_text(s->c, s->put, &old, s->err);
    if (!st) st = tkc_pass_replace(s->c, s->put, 0, old.len, tkc_buf_str(&b), "summary of old turns", s->err);
    for (size_t i = r->turn[s->first].first; !st && i < (size_t)r->turn[s->first].first + r->turn[s->first].n; i++)
        if (i != s->put) st = tkc_pass_remove(s->c, i, "in the summary", s->err);
    for (size_t t = s->first + 1; !st && t < s->end; t++) st = tkc_pass_remove_turn(s->c, t, "in the summary", s->err);
    if (!st) st = tkc_pass_note(s->c, s->err, "messages %zu to %zu in a summary; facts kept: %s", s->first, s->end - 1, facts);
    if (!st && (s->n_media || s->n_thinking))
        st = tkc_pass_note(s->c, s->err, "%zu images and files and %zu thinking blocks went with their messages", s->n_media, s->n_thinking);
    tkc_buf_release(&b);
    return st;
}

/* Parts of the first turn that go one by one must be such that may. */
static bool first_may_shrink(const summing *s)
{
    const tkc_turn *t = &s->c->r->turn[s->first];
    for (size_t i = t->first; i < (size_t)t->first + t->n; i++)
        if (i != s->put && !tkc_pass_may_remove(s->c, i)) return false;
    return true;
}

tkc_status tkc_pass_run_summarise(tkc_pass_ctx *c, tkc_error *err)
{
    summing s = {.c = c, .alloc = tkc_allocator_or_default(c->plan->alloc), .err = err};
    const bool again = c->has_must;
    tkc_status st;
    if (!c->over || !c->r->n_turn) return TKC_OK;
    tkc_buf_init(&s.text, (size_t)1 << 30, s.alloc);
    c->has_must = false; /* what must stay may stand in the summary */
    st = find_region(&s);
    c->has_must = again;
    if (!st && s.end > s.first + 1 && s.put != SIZE_MAX && s.tokens > LEAST + HEAD_TOKENS + MIN_GAIN && first_may_shrink(&s)) {
        const uint64_t most = s.tokens * 3 / 4;
        /* What is around each message that goes is gone too. */
        const uint64_t all = s.tokens + c->count->framing.tokens / c->r->n_turn * (s.end - s.first - 1);
        uint64_t budget = all > c->over + HEAD_TOKENS + LEAST ? all - c->over - HEAD_TOKENS : LEAST;
        char facts[200];
        if (budget > most) budget = most;
        st = collect(&s);
        if (!st && again)
            st = guarded_summary(&s, budget, facts, sizeof facts);
        else if (!st && s.n_turn > 0)
            st = tkc_summarise_turns(c->plan, tkc_pass_memory(c), s.turn, s.n_turn, (size_t)budget, s.previous, &s.text, facts, sizeof facts, err);
        if (!st && s.text.len)
            st = carry_out(&s, facts);
    }
    tkc_free(s.alloc, s.turn, s.most, sizeof *s.turn);
    tkc_buf_release(&s.text);
    return st;
}
