/*
 * dedupe.c - a text or a paragraph that stands earlier in the request becomes a line that says so.
 *
 * Byte for byte the same, or nearly (text/dedupe.h) where the guard (text/guard.h) finds every fact of
 * the later one in the earlier one, so nothing that was said is lost; the earlier copy stays, for it may be in the
 * provider's cache, and what a turn becomes depends on nothing behind it. What is shorter than
 * the line is worth stays: 32 tokens. Windows that slide over one text, where a paragraph begins with
 * the end of an earlier one, lose that beginning: behind the paragraph that it continues the two become one span, else a line
 * says where the rest stands. Paragraphs are cut at blank lines outside code fences; JSON is
 * compared as a whole only.
 *
 * With a budget that this alone does not meet, passes follow that take old turns away. A line that
 * speaks of what stands above must not outlive it, so then only copies of what stays (instructions,
 * the cached part, the last turns) become lines. A later fit may still take the first copy away, of which no line knows
 * which it speaks of: so it says what came before, which stays true, and the guard keeps the facts.
 */
#include "optimizer/passes/pass.h"
#include "optimizer/text/dedupe.h"
#include "optimizer/text/guard.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { MIN_BYTES = 96, MIN_TOKENS = 32, MAX_WORDS = 1 << 22 }; /* words that are kept, at 8 bytes: of some 5 million tokens */

typedef struct entry {
    uint64_t hash;
    tkc_str text;
    uint32_t turn; /* of the first copy, TKC_NO_TURN */
} entry;

typedef struct seen {
    entry *slot;
    size_t n, cap; /* a power of two */
    const tkc_allocator *alloc;
} seen;

static tkc_status grow(seen *s, tkc_error *err)
{
    const size_t cap = s->cap ? s->cap * 2 : 1024;
    entry *slot;
    if (2 * (s->n + 1) <= s->cap) return TKC_OK;
    slot = tkc_alloc_zero(s->alloc, cap, sizeof *slot);
    if (!slot) return tkc_nomem(err);
    for (size_t i = 0; i < s->cap; i++) {
        size_t k;
        if (!s->slot[i].hash) continue;
        for (k = (size_t)s->slot[i].hash & (cap - 1); slot[k].hash; k = (k + 1) & (cap - 1)) {}
        slot[k] = s->slot[i];
    }
    tkc_free(s->alloc, s->slot, s->cap, sizeof *s->slot);
    s->slot = slot;
    s->cap = cap;
    return TKC_OK;
}

/* The first copy, or NULL, and then it is one from now on. Probes are few: the hash is good, and equal
 * ones are compared; a flood of made collisions is bounded and then not deduplicated. */
static tkc_status look(seen *s, tkc_str text, uint32_t turn, const entry **first, tkc_error *err)
{
    const uint64_t h = XXH3_64bits(text.ptr, text.len) | 1; /* 0 is a free slot */
    tkc_status st = grow(s, err);
    *first = NULL;
    if (st) return st;
    for (size_t k = (size_t)h & (s->cap - 1), probes = 0; probes < 64; k = (k + 1) & (s->cap - 1), probes++) {
        entry *e = &s->slot[k];
        if (!e->hash) {
            *e = (entry){h, text, turn};
            s->n++;
            return TKC_OK;
        }
        if (e->hash == h && e->text.len == text.len && memcmp(e->text.ptr, text.ptr, text.len) == 0) {
            *first = e;
            return TKC_OK;
        }
    }
    return TKC_OK;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static tkc_str trimmed(tkc_str s, size_t *begin)
{
    size_t i = 0, n = s.len;
    while (i < n && is_space(s.ptr[i])) i++;
    while (n > i && is_space(s.ptr[n - 1])) n--;
    *begin = i;
    return (tkc_str){s.ptr + i, n - i};
}

typedef enum copy_kind { WHOLE, PARAGRAPH, NEAR, OVERLAP, JOINED } copy_kind;

typedef struct copy {
    size_t part, begin; /* JOINED: from the end of the paragraph in front */
    tkc_str text;
    copy_kind kind;
    uint32_t turn; /* where the first one stands */
} copy;

/* A paragraph that stays: windows overlap these. */
typedef struct piece {
    size_t part, begin;
    tkc_str text;
    uint32_t number; /* the deduper's */
    bool may;
} piece;

/* A text that near copies are looked for of. */
typedef struct known {
    tkc_str text;
    uint32_t turn;
} known;

typedef struct job {
    tkc_pass_ctx *c;
    seen text, paragraph;
    copy *copy;
    size_t n, cap;
    uint64_t saved;
    tkc_deduper *near;
    known *known; /* by the deduper's numbers */
    size_t n_known, cap_known;
    piece *piece;
    size_t n_piece, cap_piece;
    tkc_guard *guard;
    tkc_losses losses;
    bool found; /* a copy, whether or not it may go */
} job;

/* Notes what stands earlier, if a line for it is worth it. */
static tkc_status note(job *j, size_t part, size_t begin, tkc_str text, copy_kind kind, uint32_t turn, tkc_error *err)
{
    const tkc_range *range;
    size_t n_range;
    uint64_t n;
    tkc_str s;
    tkc_status st = tkc_pass_count(j->c, text, &n, err);
    if (st || n < MIN_TOKENS) return st;
    st = tkc_pass_text(j->c, part, &s, err);
    if (!st) st = tkc_pass_protected(j->c, part, s, &range, &n_range, err);
    if (st || tkc_range_touches(range, n_range, begin, begin + text.len)) return st;
    if (!tkc_grow(j->text.alloc, &j->copy, &j->cap, j->n + 1, SIZE_MAX / sizeof *j->copy, sizeof *j->copy)) return tkc_nomem(err);
    j->copy[j->n++] = (copy){part, begin, text, kind, turn};
    j->saved += n - MIN_TOKENS / 2; /* the line has 6 to 8 */
    return TKC_OK;
}

/* Whether every fact of the later text is in the earlier one. */
static tkc_status is_guarded(job *j, tkc_str first, tkc_str later, bool *yes, tkc_error *err)
{
    tkc_status st;
    *yes = true;
    if (!j->guard) {
        const tkc_guard_options o = {.struct_size = sizeof o, .waive = j->c->plan->waive};
        st = tkc_guard_new(&j->guard, &o, j->text.alloc, err);
        if (st) return st;
    }
    tkc_guard_clear(j->guard);
    st = tkc_guard_hold(j->guard, first, err);
    if (!st) st = tkc_guard_hold(j->guard, later, err);
    if (!st) st = tkc_guard_check(j->guard, later, (tkc_str){"", 0}, &j->losses, err);
    *yes = !st && j->losses.n_refused == 0;
    return st;
}

static tkc_status look_near(job *j, size_t part, size_t begin, tkc_str text, bool may, tkc_error *err)
{
    tkc_match m;
    bool guarded;
    tkc_status st;
    if (!j->near) {
        st = tkc_deduper_new(&j->near, 0, j->text.alloc, err);
        if (st) return st;
        tkc_deduper_keep_words(j->near, MAX_WORDS);
    }
    st = tkc_deduper_add(j->near, text, NULL, &m, err);
    if (st) return st;
    if (!tkc_grow(j->text.alloc, &j->known, &j->cap_known, j->n_known + 1, SIZE_MAX / sizeof *j->known, sizeof *j->known))
        return tkc_nomem(err);
    j->known[j->n_known++] = (known){text, j->c->r->part[part].turn};
    j->found = j->found || m.copy != TKC_COPY_NONE;
    if (m.copy == TKC_COPY_NONE || !may) return TKC_OK;
    st = is_guarded(j, j->known[m.of].text, text, &guarded, err);
    return st || !guarded ? st : note(j, part, begin, text, NEAR, j->known[m.of].turn, err);
}

/* --- windows ------------------------------------------------------------------------------ */

static tkc_status overlap(job *j, const piece *first, const piece *later, size_t bytes, tkc_error *err)
{
    const tkc_str same = {later->text.ptr, bytes};
    const size_t had = j->n;
    bool joins;
    tkc_status st;
    if (!later->may || bytes >= later->text.len) return TKC_OK;
    joins = later->part == first->part && later == first + 1;
    st = note(j, later->part, later->begin, same, joins ? JOINED : OVERLAP, j->c->r->part[first->part].turn, err);
    if (!st && j->n > had && joins) {
        copy *x = &j->copy[had];
        x->begin = first->begin + first->text.len;
        x->text = (tkc_str){first->text.ptr + first->text.len, (size_t)(same.ptr + bytes - (first->text.ptr + first->text.len))};
    }
    return st;
}

static int by_place(const void *a, const void *b)
{
    const copy *x = a, *y = b;
    if (x->part != y->part) return x->part < y->part ? -1 : 1;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static tkc_status find_overlaps(job *j, tkc_error *err)
{
    const tkc_allocator *a = j->text.alloc;
    const size_t n = j->n_piece;
    tkc_str *text = tkc_alloc(a, n + 1, sizeof *text);
    size_t *bytes = tkc_alloc(a, n + 1, sizeof *bytes);
    uint32_t *with = tkc_alloc(a, n + 1, sizeof *with);
    tkc_words_kept *words = tkc_alloc(a, n + 1, sizeof *words);
    tkc_status st = text && bytes && with && words ? TKC_OK : tkc_nomem(err);
    for (size_t i = 0; !st && i < n; i++) {
        text[i] = j->piece[i].text;
        words[i] = tkc_deduper_words(j->near, j->piece[i].number);
    }
    if (!st) st = tkc_overlaps(text, words, n, true, with, bytes, a, err);
    for (size_t i = 0; !st && i < n; i++)
        if (bytes[i]) {
            j->found = true;
            st = overlap(j, &j->piece[with[i]], &j->piece[i], bytes[i], err);
        }
    if (!st && j->n > 1) qsort(j->copy, j->n, sizeof *j->copy, by_place);
    tkc_free(a, text, n + 1, sizeof *text);
    tkc_free(a, bytes, n + 1, sizeof *bytes);
    tkc_free(a, with, n + 1, sizeof *with);
    tkc_free(a, words, n + 1, sizeof *words);
    return st;
}

static tkc_status carry_out(job *j, size_t first_kept, tkc_error *err)
{
    static const struct {
        tkc_str line;
        const char *reason;
    } as[] = {
        [WHOLE] = {{"[The same text came before.]", 28}, "stands above"},
        [PARAGRAPH] = {{"[This paragraph came before.]", 29}, "stands above"},
        [NEAR] = {{"[Nearly the same came before.]", 30}, "nearly the same stands above"},
        [OVERLAP] = {{"[The beginning came before.]", 28}, "the end of a text above"},
        [JOINED] = {{"", 0}, "the end of the text in front"},
    };
    const bool enough = !j->c->over || j->saved >= j->c->over;
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < j->n; i++) {
        const copy *x = &j->copy[i];
        const bool stays = x->turn == TKC_NO_TURN || x->turn >= first_kept || j->c->r->turn[x->turn].role == TKC_ROLE_SYSTEM ||
                           j->c->r->turn[x->turn].role == TKC_ROLE_DEVELOPER ||
                           j->c->r->turn[x->turn].first < j->c->first_free;
        if (enough || stays)
            st = tkc_pass_replace(j->c, x->part, x->begin, x->begin + x->text.len, as[x->kind].line, as[x->kind].reason, err);
    }
    return st;
}

/* The text that was looked for last. */
static tkc_status add_piece(job *j, size_t part, size_t begin, tkc_str text, bool may, tkc_error *err)
{
    if (!tkc_grow(j->text.alloc, &j->piece, &j->cap_piece, j->n_piece + 1, UINT32_MAX - 1, sizeof *j->piece)) return tkc_nomem(err);
    j->piece[j->n_piece++] = (piece){part, begin, text, (uint32_t)(j->n_known - 1), may};
    return TKC_OK;
}

/* The end of the paragraph at i: a blank line outside a fence, or the end. */
static size_t paragraph_end(tkc_str s, size_t i, bool *fence)
{
    while (i < s.len) {
        const char *nl = memchr(s.ptr + i, '\n', s.len - i);
        size_t end = nl ? (size_t)(nl - s.ptr) : s.len, k = i;
        while (k < end && is_space(s.ptr[k])) k++;
        if (k == end && !*fence) return i;
        if (end - k >= 3 && (memcmp(s.ptr + k, "```", 3) == 0 || memcmp(s.ptr + k, "~~~", 3) == 0)) *fence = !*fence;
        i = nl ? end + 1 : s.len;
    }
    return s.len;
}

static tkc_status paragraphs(job *j, size_t part, tkc_str text, bool may, tkc_error *err)
{
    bool fence = false;
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < text.len;) {
        size_t end, lead;
        const entry *first;
        tkc_str p;
        while (i < text.len && (text.ptr[i] == '\n' || text.ptr[i] == '\r')) i++;
        end = paragraph_end(text, i, &fence);
        if (end == i) {
            i++;
            continue;
        }
        p = trimmed((tkc_str){text.ptr + i, end - i}, &lead);
        if (p.len >= MIN_BYTES) {
            st = look(&j->paragraph, p, j->c->r->part[part].turn, &first, err);
            const size_t had = j->n;
            j->found = j->found || first;
            if (!st && first && may) st = note(j, part, i + lead, p, PARAGRAPH, first->turn, err);
            if (!st && !first) st = look_near(j, part, i + lead, p, may, err);
            if (!st && !first && j->n == had) st = add_piece(j, part, i + lead, p, may, err);
        }
        i = end;
    }
    return st;
}

static bool is_looked_at(const tkc_part *p)
{
    return (p->kind == TKC_PART_TEXT || p->kind == TKC_PART_TOOL_RESULT) && !(p->flags & (TKC_PART_OPAQUE | TKC_PART_REPEATED));
}

/* Of all texts that are looked at. */
static tkc_status fingerprint(tkc_pass_ctx *c, uint64_t *out, tkc_error *err)
{
    tkc_status st = TKC_OK;
    *out = 0;
    for (size_t i = 0; !st && i < c->r->n_part; i++) {
        tkc_str s;
        if (!is_looked_at(&c->r->part[i])) continue;
        st = tkc_pass_text(c, i, &s, err);
        if (!st && s.len >= MIN_BYTES) *out = XXH3_64bits_withSeed(s.ptr, s.len, *out + s.len);
    }
    return st;
}

static tkc_status look_for_copies(job *j, tkc_error *err)
{
    tkc_pass_ctx *c = j->c;
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < c->r->n_part; i++) {
        const tkc_part *p = &c->r->part[i];
        const bool may = tkc_pass_may_change(c, i);
        const entry *first = NULL;
        size_t lead;
        tkc_str s, t;
        if (!is_looked_at(p)) continue;
        st = tkc_pass_text(c, i, &s, err);
        if (st) break;
        t = trimmed(s, &lead);
        if (t.len < MIN_BYTES) continue;
        st = look(&j->text, t, p->turn, &first, err);
        j->found = j->found || first;
        if (!st && first) {
            if (may) st = note(j, i, lead, t, WHOLE, first->turn, err);
        } else if (!st && t.ptr[0] != '{' && t.ptr[0] != '[') {
            st = paragraphs(j, i, s, may, err);
        }
    }
    return !st && j->n_piece ? find_overlaps(j, err) : st;
}

tkc_status tkc_pass_run_dedupe(tkc_pass_ctx *c, tkc_error *err)
{
    const size_t first_kept = c->first_kept;
    job j = {.c = c};
    uint64_t texts;
    tkc_status st;
    if (c->plan->budget && !c->over) return TKC_OK; /* as small as it has to be */
    st = fingerprint(c, &texts, err);
    if (st || tkc_pass_found_nothing(c, texts)) return st;
    tkc_losses_init(&j.losses, tkc_allocator_or_default(c->plan->alloc));
    j.text.alloc = j.paragraph.alloc = tkc_allocator_or_default(c->plan->alloc);
    c->first_kept = SIZE_MAX; /* what a turn becomes may not depend on how many follow it */
    st = look_for_copies(&j, err);
    if (!st && !j.found) tkc_pass_finds_nothing(c, texts);
    if (!st) st = carry_out(&j, first_kept, err);
    tkc_free(j.text.alloc, j.text.slot, j.text.cap, sizeof *j.text.slot);
    tkc_free(j.text.alloc, j.paragraph.slot, j.paragraph.cap, sizeof *j.paragraph.slot);
    tkc_free(j.text.alloc, j.copy, j.cap, sizeof *j.copy);
    tkc_free(j.text.alloc, j.known, j.cap_known, sizeof *j.known);
    tkc_free(j.text.alloc, j.piece, j.cap_piece, sizeof *j.piece);
    tkc_deduper_free(j.near);
    tkc_guard_free(j.guard);
    tkc_losses_release(&j.losses);
    return st;
}
