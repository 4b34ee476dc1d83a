/*
 * budget.c - the last resort: what is left above the budget is cut off.
 *
 * In this order, each only as far as it is needed, the oldest first:
 *   1  tool results of old turns
 *   2  long texts of old turns
 *   3  old turns as a whole, from one user turn to the next, so that calls go with results
 *   4  tool results of the last turns
 *   5  texts of the last turns, long ones
 * Instructions (system, developer) are never cut. A text is cut at the end of a line, else of a sentence,
 * else of a word; tool results and the last turns in their middle, since both ends tell most. JSON is
 * not cut: of an array whole elements stay, with one that says how many went; any other JSON goes as
 * a whole. A mark says how many tokens are missing.
 *
 * The decisions are made on token counts first and then carried out, so that what goes as a whole
 * is not cut before.
 */
#include "optimizer/passes/pass.h"

#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"

#include <stdio.h>
#include <string.h>

#define MAX_TEXT ((size_t)1 << 30)
enum {
    MARK = 20,       /* tokens a mark may take, with the seams at its sides */
    KEEP_RESULT = 48, /* of an old tool result */
    KEEP_TEXT = 96,  /* of an old text */
    KEEP_LAST = 160  /* of one of the last turns' */
};

#define LEAVE UINT32_MAX

typedef struct job {
    tkc_pass_ctx *c;
    uint32_t *keep; /* tokens each part may have; LEAVE */
    unsigned char *gone; /* a turn each */
    uint32_t *answered;  /* a turn each: the last one with a result of its calls */
    uint64_t need;
    size_t last_turns; /* where those begin that stay while they can */
    tkc_buf out;
    tkc_error *err;
} job;

/* --- deciding ----------------------------------------------------------------------------- */

static bool is_instruction(const tkc_part *p)
{
    return p->role == TKC_ROLE_SYSTEM || p->role == TKC_ROLE_DEVELOPER;
}

static void decide(job *j, tkc_part_kind kind, size_t from, size_t to, uint32_t least)
{
    const tkc_request *r = j->c->r;
    for (size_t i = 0; i < r->n_part && j->need; i++) {
        const tkc_part *p = &r->part[i];
        uint64_t n = j->c->count->part[i].tokens, keep = least;
        if (p->kind != kind || is_instruction(p) || p->turn == TKC_NO_TURN || p->turn < from || p->turn >= to) continue;
        if (j->gone[p->turn] || j->keep[i] != LEAVE || n <= least + MARK || n > UINT32_MAX / 2) continue;
        if (!tkc_pass_may_change(j->c, i)) continue;
        if (n - j->need > keep && n > j->need) keep = n - j->need;
        j->keep[i] = (uint32_t)keep;
        j->need -= j->need < n - keep ? j->need : n - keep;
    }
}

static bool may_go(const job *j, size_t t)
{
    const tkc_turn *turn = &j->c->r->turn[t];
    if (turn->role == TKC_ROLE_SYSTEM || turn->role == TKC_ROLE_DEVELOPER || turn->role == TKC_ROLE_NONE) return false;
    for (size_t i = turn->first; i < (size_t)turn->first + turn->n; i++)
        if (i < j->c->first_free ||
            (j->c->r->part[i].flags & (TKC_PART_UNKNOWN | TKC_PART_CACHE | TKC_PART_REPEATED)))
            return false;
    return true;
}

static uint64_t tokens_of_turn(const job *j, size_t t)
{
    const tkc_turn *turn = &j->c->r->turn[t];
    uint64_t n = j->c->count->framing.tokens / j->c->r->n_turn;
    for (size_t i = turn->first; i < (size_t)turn->first + turn->n; i++)
        n += j->keep[i] == LEAVE ? j->c->count->part[i].tokens : j->keep[i];
    return n;
}

/* A result in another segment than its call, or a call whose result stands behind, would be left alone: such
 * segments stay. */
static bool is_closed(const job *j, size_t from, size_t to)
{
    const tkc_request *r = j->c->r;
    for (size_t t = from; t < to; t++) {
        if (j->answered[t] >= to) return false;
        for (size_t i = r->turn[t].first; i < (size_t)r->turn[t].first + r->turn[t].n; i++) {
            uint32_t call = r->part[i].call;
            if (call != TKC_NO_PART && (r->part[call].turn < from || r->part[call].turn >= to)) return false;
        }
    }
    return true;
}

static tkc_status has_protected(job *j, size_t from, size_t to, bool *yes)
{
    const tkc_request *r = j->c->r;
    *yes = false;
    if (!j->c->plan->n_protect && !j->c->has_must) return TKC_OK;
    for (size_t t = from; t < to && !*yes; t++)
        for (size_t i = r->turn[t].first; i < (size_t)r->turn[t].first + r->turn[t].n; i++) {
            const tkc_range *range;
            tkc_str s;
            size_t n;
            tkc_status st = tkc_pass_text(j->c, i, &s, j->err);
            if (!st) st = tkc_pass_protected(j->c, i, s, &range, &n, j->err);
            if (st) return st;
            if (n) *yes = true;
        }
    return TKC_OK;
}

/* Old turns, segment after segment. Results that answer calls of a segment behind it cannot be. */
static tkc_status drop_old(job *j)
{
    const tkc_request *r = j->c->r;
    size_t t = 0;
    while (t < j->last_turns && !tkc_pass_begins_exchange(r, t)) t++;
    while (t < j->last_turns && j->need) {
        size_t end = t + 1;
        bool whole = true, kept = false;
        uint64_t n = 0;
        tkc_status st;
        while (end < r->n_turn && !tkc_pass_begins_exchange(r, end)) end++;
        if (end > j->last_turns || end == r->n_turn) break;
        for (size_t k = t; k < end; k++) {
            whole = whole && may_go(j, k);
            n += tokens_of_turn(j, k);
        }
        whole = whole && is_closed(j, t, end);
        st = whole ? has_protected(j, t, end, &kept) : TKC_OK;
        if (st) return st;
        if (whole && !kept) {
            memset(j->gone + t, 1, end - t);
            j->need -= j->need < n ? j->need : n;
        }
        t = end;
    }
    return TKC_OK;
}

/* --- cutting ------------------------------------------------------------------------------ */

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* A good place to end s[0 .. n): behind the last line, else sentence, in its second half. */
static size_t good_end(tkc_str s, size_t n)
{
    size_t sentence = 0;
    if (n >= s.len) return s.len;
    for (size_t i = n; i > n / 2; i--) {
        if (s.ptr[i - 1] == '\n') return i;
        if (!sentence && i < s.len && is_space(s.ptr[i]) && tkc_is_one_of(s.ptr[i - 1], ".!?")) sentence = i;
    }
    return sentence ? sentence : n;
}

/* Where the first `tokens` tokens of the part's text end. A pass that is tried again asks again. */
static tkc_status head(job *j, size_t part, tkc_str s, size_t tokens, size_t *end)
{
    tkc_pass_asked *before = tkc_pass_asked_of(j->c, part);
    size_t n;
    tkc_status st;
    if (before && before->question == tokens) {
        *end = before->answer;
        return TKC_OK;
    }
    st = tkc_fit(j->c->plan->target.encoder, s, 0, tokens, TKC_FIT_WORD, end, &n, j->err);
    if (!st && *end < s.len / 64 && *end < tokens) /* one word without end */
        st = tkc_fit(j->c->plan->target.encoder, s, 0, tokens, TKC_FIT_CHAR, end, &n, j->err);
    if (!st) *end = good_end(s, *end);
    if (!st && before) *before = (tkc_pass_asked){tokens, *end};
    return st;
}

/* Where the last `tokens` tokens of s begin, at a line, sentence or word if one is near. */
static tkc_status tail(job *j, tkc_str s, size_t from, size_t tokens, uint64_t all, size_t *begin)
{
    const double each = all ? (double)s.len / (double)all : 4;
    double want = (double)tokens * each;
    *begin = s.len;
    for (int round = 0; round < 8; round++) {
        size_t at, most;
        uint64_t n;
        tkc_status st;
        if (want < 1) break;
        at = want >= (double)(s.len - from) ? from : s.len - (size_t)want;
        most = at + (s.len - at) / 2;
        for (size_t i = at; i < most; i++)
            if (i == from || s.ptr[i - 1] == '\n') {
                at = i;
                goto found;
            }
        for (size_t i = at; i < most; i++)
            if (i && is_space(s.ptr[i - 1])) {
                at = i;
                goto found;
            }
    found:
        while (at < s.len && ((unsigned char)s.ptr[at] & 0xc0) == 0x80) at++;
        st = tkc_pass_count(j->c, (tkc_str){s.ptr + at, s.len - at}, &n, j->err);
        if (st) return st;
        if (n <= tokens) {
            *begin = at;
            return TKC_OK;
        }
        want = (double)(s.len - at) * (double)tokens / (double)n * 0.95;
    }
    return TKC_OK;
}

static const char *mark_text(char buf[64], uint64_t tokens)
{
    snprintf(buf, 64, "[... %llu tokens left out ...]", (unsigned long long)tokens);
    return buf;
}

/* Takes out [from, to), but for what is protected there; a mark for each stretch. */
static tkc_status take_out(job *j, size_t part, tkc_str s, size_t from, size_t to)
{
    const tkc_range *range;
    size_t n, at = from;
    tkc_status st = tkc_pass_protected(j->c, part, s, &range, &n, j->err);
    for (size_t k = 0; !st && k <= n && at < to; k++) {
        size_t end = k < n ? range[k].begin : to;
        uint64_t tokens;
        if (k < n && range[k].end <= at) continue;
        if (end > to) end = to;
        if (end > at) {
            char text[64];
            tkc_str cut = {s.ptr + at, end - at};
            size_t before = at, len;
            st = tkc_pass_count(j->c, cut, &tokens, j->err);
            if (st) return st;
            if (tokens > MARK) {
                tkc_buf_clear(&j->out);
                mark_text(text, tokens);
                len = strlen(text);
                if (before && s.ptr[before - 1] != '\n') st = tkc_buf_append_byte(&j->out, '\n', j->err);
                if (!st) st = tkc_buf_append(&j->out, text, len, j->err);
                if (!st && end < s.len) st = tkc_buf_append_byte(&j->out, '\n', j->err);
                if (!st) st = tkc_pass_replace(j->c, part, at, end, tkc_buf_str(&j->out), "above the budget", j->err);
                /* The ranges are the pass's own until they are asked for again: they were not. */
            }
        }
        if (k < n) at = range[k].end;
    }
    return st;
}

static tkc_status cut_text(job *j, size_t part, tkc_str s, size_t keep, bool both_ends)
{
    size_t end, begin = s.len, room = keep > MARK ? keep - MARK : 1;
    tkc_status st = head(j, part, s, both_ends ? room - room * 2 / 5 : room, &end);
    if (!st && both_ends && end < s.len)
        st = tail(j, s, end, room * 2 / 5, j->c->count->part[part].tokens, &begin);
    if (st || end >= begin) return st;
    return take_out(j, part, s, end, begin);
}

uint32_t tkc_pass_cut_list(const tkc_json *doc, uint32_t list)
{
    static const char rest[] = " elements left out\"";
    uint32_t last = TKC_JSON_NONE;
    unsigned left = 0, of = 0;
    char text[64], again[64];
    tkc_str s;
    for (uint32_t e = tkc_json_first(doc, list); e != TKC_JSON_NONE; e = tkc_json_next(doc, list, e)) last = e;
    if (last == TKC_JSON_NONE) return 0;
    s = tkc_json_source(doc, last);
    if (s.len >= sizeof text || s.len < sizeof rest || memcmp(s.ptr + s.len - (sizeof rest - 1), rest, sizeof rest - 1) != 0) return 0;
    memcpy(text, s.ptr, s.len);
    text[s.len] = 0;
    if (sscanf(text, "\"... %9u of %9u", &left, &of) != 2) return 0;
    snprintf(again, sizeof again, "\"... %u of %u%s", left, of, rest);
    return strcmp(text, again) == 0 ? of : 0;
}

/* Of an array whole elements, as many as fit; any other JSON goes. */
static tkc_status cut_json(job *j, size_t part, tkc_str s, const tkc_json *doc, size_t keep)
{
    char text[96];
    uint32_t stay = 0, n = tkc_json_count(doc, 0), had;
    size_t end = 0;
    uint64_t tokens = j->c->count->part[part].tokens;
    const tkc_range *range;
    size_t n_range;
    tkc_status st = tkc_pass_protected(j->c, part, s, &range, &n_range, j->err);
    if (st || n_range) return st;
    if (tkc_json_kind_of(doc, 0) == TKC_JSON_ARRAY && keep > MARK) {
        size_t fits, ignored;
        st = tkc_fit(j->c->plan->target.encoder, s, 0, keep - MARK, TKC_FIT_CHAR, &fits, &ignored, j->err);
        if (st) return st;
        for (uint32_t e = tkc_json_first(doc, 0); e != TKC_JSON_NONE; e = tkc_json_next(doc, 0, e)) {
            if (doc->node[e].end > fits) break;
            end = doc->node[e].end;
            stay++;
        }
    }
    if (!stay) {
        snprintf(text, sizeof text, "[... JSON of %llu tokens left out ...]", (unsigned long long)tokens);
        return tkc_pass_replace(j->c, part, 0, s.len, (tkc_str){text, strlen(text)}, "above the budget", j->err);
    }
    had = tkc_pass_cut_list(doc, 0);
    if (had) n = had;
    snprintf(text, sizeof text, ",\"... %u of %u elements left out\"]", (unsigned)(n - stay), (unsigned)n);
    return tkc_pass_replace(j->c, part, end, s.len, (tkc_str){text, strlen(text)}, "above the budget", j->err);
}

static tkc_status cut(job *j, size_t part)
{
    const tkc_part *p = &j->c->r->part[part];
    tkc_json doc;
    tkc_error ignored;
    tkc_str s;
    tkc_status st = tkc_pass_text(j->c, part, &s, j->err);
    size_t i = 0;
    if (st) return st;
    while (i < s.len && is_space(s.ptr[i])) i++;
    if (i < s.len && (s.ptr[i] == '{' || s.ptr[i] == '[')) {
        tkc_json_init(&doc, j->c->plan->alloc);
        st = tkc_json_parse(&doc, s, NULL, &ignored);
        if (st == TKC_E_NOMEM) st = tkc_nomem(j->err);
        if (!st) {
            st = cut_json(j, part, s, &doc, j->keep[part]);
            tkc_json_release(&doc);
            return st;
        }
        tkc_json_release(&doc);
        if (st == TKC_E_NOMEM) return st;
    }
    return cut_text(j, part, s, j->keep[part], p->kind == TKC_PART_TOOL_RESULT || p->turn >= j->last_turns);
}

static tkc_status carry_out(job *j)
{
    const tkc_request *r = j->c->r;
    tkc_status st = TKC_OK;
    for (size_t t = 0; !st && t < r->n_turn; t++)
        if (j->gone[t]) st = tkc_pass_remove_turn(j->c, t, "old turn above the budget", j->err);
    for (size_t i = 0; !st && i < r->n_part; i++)
        if (j->keep[i] != LEAVE && !j->gone[r->part[i].turn]) st = cut(j, i);
    return st;
}

tkc_status tkc_pass_run_budget(tkc_pass_ctx *c, tkc_error *err)
{
    const tkc_allocator *alloc = tkc_allocator_or_default(c->plan->alloc);
    const size_t kept = c->first_kept, n_part = c->r->n_part, n_turn = c->r->n_turn;
    job j = {.c = c, .need = c->over, .last_turns = kept < n_turn ? kept : n_turn, .err = err};
    tkc_status st = TKC_OK;
    if (!c->over || !n_part || !n_turn) return TKC_OK;
    tkc_buf_init(&j.out, MAX_TEXT, alloc);
    j.keep = tkc_alloc(alloc, n_part, sizeof *j.keep);
    j.gone = tkc_alloc_zero(alloc, n_turn, 1);
    j.answered = tkc_alloc_zero(alloc, n_turn, sizeof *j.answered);
    if (!j.keep || !j.gone || !j.answered) {
        st = tkc_nomem(err);
    } else {
        for (size_t i = 0; i < n_part; i++) {
            const tkc_part *p = &c->r->part[i];
            j.keep[i] = LEAVE;
            if (p->call == TKC_NO_PART || p->turn == TKC_NO_TURN || c->r->part[p->call].turn == TKC_NO_TURN) continue;
            if (p->turn > j.answered[c->r->part[p->call].turn]) j.answered[c->r->part[p->call].turn] = p->turn;
        }
        decide(&j, TKC_PART_TOOL_RESULT, 0, j.last_turns, KEEP_RESULT);
        decide(&j, TKC_PART_TEXT, 0, j.last_turns, KEEP_TEXT);
        st = drop_old(&j);
        c->first_kept = SIZE_MAX; /* the last turns too, now */
        decide(&j, TKC_PART_TOOL_RESULT, j.last_turns, n_turn, KEEP_LAST);
        decide(&j, TKC_PART_TEXT, j.last_turns, n_turn, KEEP_LAST);
        if (!st) st = carry_out(&j);
    }
    tkc_free(alloc, j.keep, n_part, sizeof *j.keep);
    tkc_free(alloc, j.gone, n_turn, 1);
    tkc_free(alloc, j.answered, n_turn, sizeof *j.answered);
    tkc_buf_release(&j.out);
    return st;
}
