/*
 * work.c - the helpers of pass.h: what may change, texts, counting, and the hunks.
 *
 * Stretches of one part are chained through their hunks, so that a pass may go over the parts
 * in any order; the new text of each part is put together once, when the pass has ended.
 */
#include "optimizer/fit/work.h"

#include "optimizer/fit/guarding.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"
#include "vocab/base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NO_HUNK UINT32_MAX
#define MAX_TEXT ((size_t)1 << 31)
enum { AROUND = 24, MAX_HUNKS = 1 << 24 };

struct tkc_work_block {
    struct tkc_work_block *next;
    tkc_buf buf;
};

tkc_status tkc_fitting_keep(tkc_fitting *f, tkc_str s, tkc_stretch *out, tkc_error *err)
{
    out->at = f->text.len;
    out->len = s.len;
    return s.len ? tkc_buf_append(&f->text, s.ptr, s.len, err) : TKC_OK;
}

/* --- life --------------------------------------------------------------------------------- */

void tkc_work_init(tkc_work *w, tkc_fitting *fit, const tkc_plan *plan, tkc_protect *protect)
{
    memset(w, 0, sizeof *w);
    w->fit = fit;
    w->plan = plan;
    w->protect = protect;
    w->encoder = plan->target.encoder;
    w->alloc = fit->alloc;
    tkc_buf_init(&w->scratch, MAX_TEXT, w->alloc);
}

static void end_try(tkc_work *w)
{
    if (w->r) tkc_edit_release(&w->edit);
    tkc_free(w->alloc, w->state, w->n_part, sizeof *w->state);
    tkc_free(w->alloc, w->last, w->n_part, sizeof *w->last);
    tkc_free(w->alloc, w->text, w->n_part, sizeof *w->text);
    if (w->next_block) {
        w->next_block->next = w->block;
        w->block = w->next_block;
        w->next_block = NULL;
    }
    while (w->block) {
        struct tkc_work_block *b = w->block;
        w->block = b->next;
        tkc_buf_release(&b->buf);
        tkc_free(w->alloc, b, 1, sizeof *b);
    }
    tkc_free(w->alloc, w->front, w->n_part, sizeof *w->front);
    w->front = NULL;
    w->state = NULL;
    w->last = NULL;
    w->text = NULL;
    w->n_part = 0;
    w->r = NULL;
    w->uses_edit = false;
}

void tkc_work_end(tkc_work *w)
{
    end_try(w);
    tkc_free(w->alloc, w->asked, w->n_asked, sizeof *w->asked);
    w->asked = NULL;
    w->n_asked = 0;
}

void tkc_work_release(tkc_work *w)
{
    tkc_work_end(w);
    tkc_buf_release(&w->scratch);
}

static bool holds(const tkc_json *d, uint32_t object, uint32_t node)
{
    return node != TKC_JSON_NONE && node > object && node < d->node[object].next;
}

/* The parts from *from up to *to, which stand in one object with a name: a document's title and its text. */
static tkc_status find_named(tkc_work *w, size_t name, uint32_t *object, size_t *from, size_t *to, tkc_error *err)
{
    const tkc_request *r = w->r;
    const tkc_status st = tkc_edit_parent(&w->edit, r->part[name].node, object, err);
    *from = *to = name;
    if (st || *object == TKC_JSON_NONE) return st;
    while (*from > 0 && holds(&r->doc, *object, r->part[*from - 1].node)) --*from;
    while (*to < r->n_part && holds(&r->doc, *object, r->part[*to].node)) ++*to;
    return TKC_OK;
}

static bool is_name(const tkc_part *p)
{
    return (p->flags & TKC_PART_NAME) && p->node != TKC_JSON_NONE;
}

/* What a name with protected text in it names stays too: alone it would not be read. A speaker's stays with his turn. */
static tkc_status lock_named(tkc_work *w, tkc_error *err)
{
    for (size_t i = 0; w->protect && i < w->n_part; i++) {
        const tkc_range *range;
        size_t n, from, to;
        uint32_t object;
        tkc_str s;
        tkc_status st;
        if (!is_name(&w->r->part[i])) continue;
        tkc_buf_clear(&w->scratch);
        st = tkc_part_text(w->r, i, &w->scratch, &s, err);
        if (!st) st = tkc_protect_find(w->protect, s, &range, &n, err);
        if (st) return st;
        if (!n) continue;
        st = find_named(w, i, &object, &from, &to, err);
        if (st) return st;
        if (w->r->part[i].turn != TKC_NO_TURN && w->r->turn[w->r->part[i].turn].node == object) continue;
        for (size_t k = from; k < to; k++) w->state[k] |= TKC_WORK_LOCKED;
    }
    return TKC_OK;
}

tkc_status tkc_work_begin(tkc_work *w, const tkc_request *r, const tkc_pass *pass,
                          size_t first_free, tkc_error *err)
{
    end_try(w);
    w->valid_part = 0;
    w->pass = pass;
    w->r = r;
    tkc_edit_init(&w->edit, r, 0);
    if (!r->n_part) return TKC_OK;
    w->n_part = r->n_part;
    w->state = tkc_alloc_zero(w->alloc, w->n_part, sizeof *w->state);
    w->last = tkc_alloc(w->alloc, w->n_part, sizeof *w->last);
    w->text = tkc_alloc_zero(w->alloc, w->n_part, sizeof *w->text);
    w->front = tkc_alloc_zero(w->alloc, w->n_part, sizeof *w->front);
    if (!w->state || !w->last || !w->text || !w->front) return tkc_nomem(err);
    for (size_t i = 1; w->count && i < w->n_part; i++) w->front[i] = w->front[i - 1] + w->count->part[i - 1].tokens;
    for (size_t i = 0; i < w->n_part; i++) {
        w->last[i] = NO_HUNK;
        if (i < first_free) w->state[i] = TKC_WORK_LOCKED;
    }
    return lock_named(w, err);
}

/* --- looking ------------------------------------------------------------------------------ */

static bool is_kept_turn(const tkc_pass_ctx *c, const tkc_part *p)
{
    return p->turn != TKC_NO_TURN && p->turn >= c->first_kept;
}

bool tkc_pass_may_remove(const tkc_pass_ctx *c, size_t part)
{
    const tkc_part *p = &c->r->part[part];
    if (c->r->n_repeated) return false; /* an earlier value of the key may go with it, or come back */
    if (c->work->state[part]) return false;
    if (p->flags & (TKC_PART_PINNED | TKC_PART_UNKNOWN | TKC_PART_REPEATED | TKC_PART_CACHE |
                    TKC_PART_NAME | TKC_PART_SERVER))
        return false;
    return !is_kept_turn(c, p);
}

/* A file may hold anything. Asked for every hunk, of which a long text has many. */
static bool is_utf8(tkc_work *w, size_t part)
{
    const tkc_str s = tkc_part_source(w->r, part);
    if (w->valid_part != part + 1 && tkc_utf8_valid(s.ptr, s.len) < s.len) return false;
    w->valid_part = part + 1;
    return true;
}

bool tkc_pass_may_change(const tkc_pass_ctx *c, size_t part)
{
    const tkc_part *p = &c->r->part[part];
    if (c->work->state[part] & (TKC_WORK_LOCKED | TKC_WORK_REMOVED)) return false;
    if (p->kind != TKC_PART_TEXT && p->kind != TKC_PART_TOOL_RESULT) return false;
    if (p->flags & (TKC_PART_PINNED | TKC_PART_UNKNOWN | TKC_PART_REPEATED | TKC_PART_OPAQUE |
                    TKC_PART_NAME | TKC_PART_SERVER))
        return false;
    if (p->node != TKC_JSON_NONE) {
        if (tkc_json_kind_of(&c->r->doc, p->node) != TKC_JSON_STRING) return false;
    } else if (!is_utf8(c->work, part)) {
        return false;
    }
    return !is_kept_turn(c, p);
}

bool tkc_pass_begins_exchange(const tkc_request *r, size_t turn)
{
    const tkc_turn *t = &r->turn[turn];
    if (t->role != TKC_ROLE_USER) return false;
    for (size_t i = t->first; i < (size_t)t->first + t->n; i++)
        if (r->part[i].kind == TKC_PART_TOOL_RESULT || r->part[i].call != TKC_NO_PART) return false;
    return true;
}

static tkc_status text_of(tkc_work *w, size_t part, tkc_str *out, tkc_error *err)
{
    struct tkc_work_block *b = w->next_block;
    tkc_status st;
    if (w->text[part].ptr) {
        *out = w->text[part];
        return TKC_OK;
    }
    if (!b) {
        b = w->next_block = tkc_alloc_zero(w->alloc, 1, sizeof *b);
        if (!b) return tkc_nomem(err);
        tkc_buf_init(&b->buf, MAX_TEXT, w->alloc);
    }
    tkc_buf_clear(&b->buf);
    st = tkc_part_text(w->r, part, &b->buf, out, err);
    if (st) return st;
    if (out->len && b->buf.ptr && out->ptr >= b->buf.ptr && out->ptr < b->buf.ptr + b->buf.cap) { /* decoded, not borrowed */
        b->next = w->block;
        w->block = b;
        w->next_block = NULL;
    }
    w->text[part] = *out;
    return TKC_OK;
}

tkc_status tkc_pass_text(tkc_pass_ctx *c, size_t part, tkc_str *out, tkc_error *err)
{
    return text_of(c->work, part, out, err);
}

tkc_status tkc_pass_count(tkc_pass_ctx *c, tkc_str text, uint64_t *n, tkc_error *err)
{
    size_t k = 0;
    tkc_status st = text.len ? tkc_count(c->work->encoder, text, 0, &k, err) : TKC_OK;
    *n = k;
    return st;
}

const tkc_range *tkc_pass_must(const tkc_pass_ctx *c, size_t part, size_t *n)
{
    *n = 0;
    return c->has_must ? tkc_guarding_must(c->work->guarding, part, n) : NULL;
}

tkc_status tkc_pass_said(tkc_pass_ctx *c, size_t part, tkc_str *out, tkc_error *err)
{
    return tkc_guarding_said(c->work->guarding, c->r, part, out, err);
}

tkc_summary_memory *tkc_pass_memory(const tkc_pass_ctx *c)
{
    return c->work->memory;
}

tkc_pass_asked *tkc_pass_asked_of(tkc_pass_ctx *c, size_t part)
{
    tkc_work *w = c->work;
    if (!w->asked && (w->asked = tkc_alloc_zero(w->alloc, w->n_part, sizeof *w->asked)) != NULL) w->n_asked = w->n_part;
    return part < w->n_asked ? &w->asked[part] : NULL;
}

bool tkc_pass_found_nothing(const tkc_pass_ctx *c, uint64_t texts)
{
    return c->work->blind == c->work->pass && c->work->blind_texts == texts;
}

void tkc_pass_finds_nothing(tkc_pass_ctx *c, uint64_t texts)
{
    c->work->blind = c->work->pass;
    c->work->blind_texts = texts;
}

tkc_status tkc_pass_protected(tkc_pass_ctx *c, size_t part, tkc_str text, const tkc_range **out, size_t *n,
                              tkc_error *err)
{
    size_t n_must;
    const tkc_range *must = tkc_pass_must(c, part, &n_must);
    tkc_status st = tkc_protect_find(c->work->protect, text, out, n, err);
    if (st || !n_must) return st;
    if (*n) return tkc_guarding_merge(c->work->guarding, must, n_must, out, n, err);
    *out = must;
    *n = n_must;
    return TKC_OK;
}

bool tkc_range_touches(const tkc_range *r, size_t n, size_t begin, size_t end)
{
    size_t lo = 0, hi = n;
    while (lo < hi) { /* the first that ends behind begin */
        size_t mid = lo + (hi - lo) / 2;
        if (r[mid].end <= begin)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && r[lo].begin < end;
}

/* --- hunks -------------------------------------------------------------------------------- */

static tkc_status add_hunk(tkc_work *w, tkc_hunk h, tkc_str before, tkc_str after, tkc_str reason,
                           tkc_error *err)
{
    tkc_fitting *f = w->fit;
    tkc_status st;
    h.next = NO_HUNK;
    if (!tkc_grow(f->alloc, &f->hunk, &f->cap_hunk, f->n_hunk + 1, MAX_HUNKS, sizeof *f->hunk))
        return f->n_hunk >= MAX_HUNKS ? tkc_fail(err, TKC_E_LIMIT, 0, "more than %d changes", (int)MAX_HUNKS)
                                      : tkc_nomem(err);
    h.path.at = f->text.len;
    h.path.len = 0;
    h.front = 0;
    h.before = (tkc_stretch){0};
    if (h.part != TKC_NO_PART && !w->plan->no_hunks) {
        h.front = w->front[h.part];
        st = tkc_part_path(w->r, h.part, &f->text, err);
        if (st) return st;
        h.path.len = f->text.len - h.path.at;
    }
    st = w->plan->no_hunks ? TKC_OK : tkc_fitting_keep(f, before, &h.before, err);
    if (!st) st = tkc_fitting_keep(f, after, &h.after, err);
    if (!st) st = tkc_fitting_keep(f, reason, &h.reason, err);
    if (!st) f->hunk[f->n_hunk++] = h;
    return st;
}

static tkc_str words(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static bool inside(tkc_str s, size_t i)
{
    return i < s.len && ((unsigned char)s.ptr[i] & 0xc0) == 0x80;
}

/* Tokens of a stretch before and after, with a little of what is around it. */
static tkc_status count_change(tkc_pass_ctx *c, tkc_str s, size_t begin, size_t end, tkc_str now,
                               tkc_hunk *h, tkc_error *err)
{
    tkc_work *w = c->work;
    size_t from = begin > AROUND ? begin - AROUND : 0;
    size_t to = s.len - end > AROUND ? end + AROUND : s.len;
    tkc_status st;
    while (inside(s, from)) from--;
    while (inside(s, to)) to++;
    st = tkc_pass_count(c, (tkc_str){s.ptr + from, to - from}, &h->tokens_before, err);
    tkc_buf_clear(&w->scratch);
    if (!st) st = tkc_buf_append(&w->scratch, s.ptr + from, begin - from, err);
    if (!st) st = tkc_buf_append(&w->scratch, now.ptr, now.len, err);
    if (!st) st = tkc_buf_append(&w->scratch, s.ptr + end, to - end, err);
    if (!st) st = tkc_pass_count(c, tkc_buf_str(&w->scratch), &h->tokens_after, err);
    return st;
}

static tkc_status replace(tkc_pass_ctx *c, size_t part, size_t begin, size_t end, tkc_str text,
                          const uint64_t *known, const char *reason, tkc_error *err)
{
    tkc_work *w = c->work;
    tkc_hunk h = {.op = TKC_HUNK_REPLACE, .part = (uint32_t)part, .begin = begin, .end = end};
    uint32_t last;
    tkc_str s;
    tkc_status st;
    if (part >= w->n_part || !tkc_pass_may_change(c, part))
        return tkc_fail(err, TKC_E_ARG, 0, "part %zu may not be changed by this pass", part);
    st = tkc_pass_text(c, part, &s, err);
    if (st) return st;
    last = w->last[part];
    if (begin > end || end > s.len || (last != NO_HUNK && begin < w->fit->hunk[last].end))
        return tkc_fail(err, TKC_E_ARG, 0, "part %zu: bytes %zu to %zu are not in order", part, begin, end);
    h.turn = w->r->part[part].turn;
    if (known) {
        h.tokens_before = known[0];
        h.tokens_after = known[1];
    } else if (!w->plan->no_hunks) {
        st = count_change(c, s, begin, end, text, &h, err);
    }
    h.line = last == NO_HUNK ? 1 : w->fit->hunk[last].line;
    for (size_t i = last == NO_HUNK ? 0 : w->fit->hunk[last].begin; i < begin && !w->plan->no_hunks; i++) h.line += s.ptr[i] == '\n';
    if (!st) st = add_hunk(w, h, (tkc_str){s.ptr + begin, end - begin}, text, words(reason), err);
    if (st) return st;
    /* Chained backwards; finish() goes from the first to the last by their order in the list. */
    w->fit->hunk[w->fit->n_hunk - 1].next = last;
    w->last[part] = (uint32_t)(w->fit->n_hunk - 1);
    w->state[part] |= TKC_WORK_EDITED;
    return TKC_OK;
}

tkc_status tkc_pass_replace(tkc_pass_ctx *c, size_t part, size_t begin, size_t end, tkc_str text,
                            const char *reason, tkc_error *err)
{
    return replace(c, part, begin, end, text, NULL, reason, err);
}

tkc_status tkc_pass_replace_counted(tkc_pass_ctx *c, size_t part, size_t begin, size_t end, tkc_str text,
                                    uint64_t tokens_before, uint64_t tokens_after, const char *reason, tkc_error *err)
{
    const uint64_t known[2] = {tokens_before, tokens_after};
    return replace(c, part, begin, end, text, known, reason, err);
}

bool tkc_pass_may_change_tool(const tkc_pass_ctx *c, size_t part)
{
    const tkc_part *p = &c->r->part[part];
    return p->kind == TKC_PART_TOOL_SCHEMA && p->node != TKC_JSON_NONE && !c->work->state[part] && !c->r->n_repeated &&
           c->r->dialect < TKC_DIALECT_TEXT &&
           !(p->flags & (TKC_PART_PINNED | TKC_PART_UNKNOWN | TKC_PART_REPEATED | TKC_PART_OPAQUE | TKC_PART_SERVER));
}

tkc_status tkc_pass_replace_string(tkc_pass_ctx *c, size_t part, uint32_t node, tkc_str text, uint64_t tokens_before,
                                   uint64_t tokens_after, const char *reason, tkc_error *err)
{
    tkc_work *w = c->work;
    const tkc_json *d = &w->r->doc;
    const tkc_part *p = &w->r->part[part];
    tkc_hunk h = {.op = TKC_HUNK_REPLACE, .part = (uint32_t)part, .turn = p->turn, .line = 1,
                  .tokens_before = tokens_before, .tokens_after = tokens_after};
    tkc_buf json;
    tkc_str old;
    tkc_status st;
    if (part >= w->n_part || (w->state[part] & ~TKC_WORK_EDITED) || node <= p->node || node >= d->node[p->node].next ||
        tkc_json_kind_of(d, node) != TKC_JSON_STRING)
        return tkc_fail(err, TKC_E_ARG, 0, "part %zu is no tool with that string, or may not be changed", part);
    tkc_buf_init(&json, MAX_TEXT, w->alloc);
    tkc_buf_clear(&w->scratch);
    st = tkc_json_append_text(&json, text, err);
    if (!st) st = tkc_edit_replace_source(&w->edit, node, tkc_buf_str(&json), err);
    if (!st) st = tkc_json_string(d, node, &w->scratch, &old, err);
    if (!st) st = add_hunk(w, h, old, text, words(reason), err);
    if (!st) w->state[part] |= TKC_WORK_EDITED;
    tkc_buf_release(&json);
    return st;
}

static tkc_status tell_removed(tkc_work *w, size_t part, const char *reason, tkc_error *err)
{
    tkc_hunk h = {.op = TKC_HUNK_REMOVE, .part = (uint32_t)part, .line = 1, .turn = w->r->part[part].turn};
    tkc_str s;
    tkc_status st = text_of(w, part, &s, err);
    if (w->count) h.tokens_before = w->count->part[part].tokens;
    if (!st) st = add_hunk(w, h, s, (tkc_str){"", 0}, words(reason), err);
    w->state[part] |= TKC_WORK_REMOVED;
    return st;
}

/* A name goes when all goes that it names (edit.h). */
static tkc_status tell_names(tkc_work *w, tkc_error *err)
{
    tkc_status st = TKC_OK;
    bool any = false;
    for (size_t i = 0; i < w->n_part && !any; i++) any = w->state[i] & TKC_WORK_REMOVED;
    for (size_t i = 0; !st && any && i < w->n_part; i++) {
        size_t from, to, gone = 0, stay = 0;
        uint32_t object;
        if (!is_name(&w->r->part[i]) || (w->state[i] & TKC_WORK_REMOVED)) continue;
        st = find_named(w, i, &object, &from, &to, err);
        for (size_t k = from; !st && k < to; k++) {
            if (w->r->part[k].flags & (TKC_PART_NAME | TKC_PART_REPEATED)) continue;
            if (w->state[k] & TKC_WORK_REMOVED)
                gone++;
            else
                stay++;
        }
        if (!st && gone && !stay) st = tell_removed(w, i, "the name of what went", err);
    }
    return st;
}

tkc_status tkc_pass_remove(tkc_pass_ctx *c, size_t part, const char *reason, tkc_error *err)
{
    tkc_status st;
    if (part >= c->work->n_part || !tkc_pass_may_remove(c, part))
        return tkc_fail(err, TKC_E_ARG, 0, "part %zu may not be removed by this pass", part);
    st = tkc_edit_remove_part(&c->work->edit, part, err);
    return st ? st : tell_removed(c->work, part, reason, err);
}

tkc_status tkc_pass_remove_turn(tkc_pass_ctx *c, size_t turn, const char *reason, tkc_error *err)
{
    const tkc_turn *t = &c->r->turn[turn];
    tkc_status st;
    if (turn >= c->first_kept)
        return tkc_fail(err, TKC_E_ARG, 0, "turn %zu is one of the last, which stay", turn);
    for (size_t i = t->first; i < (size_t)t->first + t->n; i++)
        if (c->work->state[i] ||
            (c->r->part[i].flags & (TKC_PART_UNKNOWN | TKC_PART_CACHE | TKC_PART_REPEATED)))
            return tkc_fail(err, TKC_E_ARG, 0, "turn %zu holds what may not be removed", turn);
    st = tkc_edit_remove_turn(&c->work->edit, turn, err);
    for (size_t i = t->first; !st && i < (size_t)t->first + t->n; i++)
        st = tell_removed(c->work, i, reason, err);
    return st;
}

tkc_edit *tkc_pass_edit(tkc_pass_ctx *c)
{
    c->work->uses_edit = true;
    return &c->work->edit;
}

tkc_status tkc_pass_tell(tkc_pass_ctx *c, size_t part, tkc_str before, tkc_str after,
                         const char *reason, tkc_error *err)
{
    tkc_hunk h = {.op = TKC_HUNK_TELL,
                  .part = part == TKC_NO_PART ? TKC_NO_PART : (uint32_t)part,
                  .line = 1,
                  .turn = TKC_NO_TURN};
    return add_hunk(c->work, h, before, after, words(reason), err);
}

tkc_status tkc_pass_note(tkc_pass_ctx *c, tkc_error *err, const char *fmt, ...)
{
    tkc_hunk h = {.op = TKC_HUNK_NOTE, .part = TKC_NO_PART, .turn = TKC_NO_TURN};
    char line[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    return add_hunk(c->work, h, (tkc_str){"", 0}, (tkc_str){"", 0}, words(line), err);
}

/* --- the end of a pass -------------------------------------------------------------------- */

/* The new text of a part: hunks from the first to the last. The chain goes backwards, so it
 * is turned round first. */
static tkc_status put_together(tkc_work *w, size_t part, tkc_error *err)
{
    tkc_hunk *hunk = w->fit->hunk;
    const tkc_str old = w->text[part];
    uint32_t first = NO_HUNK;
    size_t at = 0;
    tkc_status st = TKC_OK;
    for (uint32_t i = w->last[part]; i != NO_HUNK;) {
        uint32_t before = hunk[i].next;
        hunk[i].next = first;
        first = i;
        i = before;
    }
    w->last[part] = NO_HUNK;
    tkc_buf_clear(&w->scratch);
    for (uint32_t i = first; !st && i != NO_HUNK; i = hunk[i].next) {
        tkc_str now = tkc_fitting_text(w->fit, hunk[i].after);
        st = tkc_buf_append(&w->scratch, old.ptr + at, hunk[i].begin - at, err);
        if (!st && now.len) st = tkc_buf_append(&w->scratch, now.ptr, now.len, err);
        at = hunk[i].end;
    }
    if (!st) st = tkc_buf_append(&w->scratch, old.ptr + at, old.len - at, err);
    return st ? st : tkc_edit_replace_text(&w->edit, part, tkc_buf_str(&w->scratch), err);
}

tkc_status tkc_work_finish(tkc_work *w, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < w->n_part; i++)
        if (w->last[i] != NO_HUNK && !(w->state[i] & TKC_WORK_REMOVED)) st = put_together(w, i, err);
    return st ? st : tell_names(w, err);
}
