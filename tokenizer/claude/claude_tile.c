/*
 * claude_tile.c - the fewest pieces that cover a stretch of the marked stream.
 *
 * Owns the open stretch and its tables. best[i] is the cheapest tiling of the first i bytes;
 * from every i the pieces that start there are followed through the double array. Every single
 * byte is a piece, so every i is reachable, and a character without a piece of its own falls
 * to the known beginnings of characters and single bytes without a special case: no piece
 * starts with a continuation byte. Ties go to the earlier start, which is the longer last
 * piece, because starts come in ascending order and only a cheaper one replaces.
 *
 * While counting, a stretch longer than STRETCH is worked off from the front: a start is done
 * once max_piece bytes behind it are there, and what is done is forgotten.
 */
#include "tokenizer/claude/claude_internal.h"

#if TKC_CLAUDE

#include <string.h>

/* Lengths of the pieces at one start, found once for all starts of a run: where the walk from one
 * saw nothing but one byte over and over, the one that it ended at among them, every start that
 * has as many of it behind it has these pieces. */
typedef struct run_pieces {
    size_t end;           /* of the starts that have them */
    size_t n;
    uint8_t length[255];
} run_pieces;

enum { LEAF = 1 }; /* base of a piece that no longer one begins with: the inner bytes of characters are such */
enum { WORTH_RUN = 8 }; /* bytes of a walk: below, walking again costs less than to ask */

/* The walk from i ended at end < len. */
static void learn_run(const tkc_claude *c, const uint8_t *text, size_t i, size_t end, size_t len,
                      run_pieces *r)
{
    const claude_cell *cell = c->cell;
    const size_t depth = end - i;
    uint32_t at = 0;
    if (depth > sizeof r->length || memcmp(text + i, text + i + 1, depth) != 0) return;
    r->n = 0;
    for (size_t k = 1; k <= depth; k++) {
        at = (cell[at].base >> 1) + text[i];
        if (cell[at].base & 1) r->length[r->n++] = (uint8_t)k;
    }
    while (end < len && text[end] == text[i]) end++;
    r->end = end - depth;
}

/* Starts [0, to) of len bytes; best[1 ..] may hold values already. Ends as soon as best[len]
 * is enough: 2 for a whole stretch, because 1 is found from the first start or never. */
static void relax(const tkc_claude *c, const uint8_t *text, size_t to, size_t len,
                  uint32_t *best, uint32_t enough)
{
    const claude_cell *cell = c->cell;
    const uint32_t first = cell[0].base >> 1;
    run_pieces run;
    run.end = run.n = 0;
    for (size_t i = 0; i < to && best[len] > enough; i++) {
        uint32_t cost = best[i] + 1, at = 0;
        size_t k = i;
        if (i < run.end) {
            for (size_t n = 0; n < run.n; n++)
                if (cost < best[i + run.length[n]]) best[i + run.length[n]] = cost;
            continue;
        }
        at = first + text[k++]; /* a piece by itself, like every byte */
        if (cost < best[k]) best[k] = cost;
        if (cell[at].base == LEAF) continue;
        for (; k < len; k++) {
            uint32_t child = (cell[at].base >> 1) + text[k];
            if (cell[child].check != at) break;
            at = child;
            if ((cell[at].base & 1) && cost < best[k + 1]) best[k + 1] = cost;
        }
        if (k - i >= WORTH_RUN && k < len && text[i] == text[i + 1]) learn_run(c, text, i, k, len, &run);
    }
}

/* The same, remembering the last piece of each tiling. */
static void relax_from(const tkc_claude *c, tkc_claude_scratch *s)
{
    const claude_cell *cell = c->cell;
    for (size_t i = 0; i < s->len; i++) {
        uint32_t cost = s->best[i] + 1, at = 0;
        for (size_t k = i; k < s->len; k++) {
            uint32_t child = (cell[at].base >> 1) + s->text[k];
            if (cell[child].check != at) break;
            at = child;
            if ((cell[at].base & 1) && cost < s->best[k + 1]) {
                s->best[k + 1] = cost;
                s->from[k + 1] = (uint8_t)(k + 1 - i);
            }
        }
    }
}

/* Room for a whole stretch of need bytes and the way back through it. */
static bool grow(tkc_claude_scratch *s, size_t need)
{
    const tkc_allocator *a = s->alloc;
    const size_t max = SIZE_MAX / 16;

    if (need < s->cap) need = s->cap;
    if (!tkc_grow(a, &s->text, &s->cap_text, need + 1, max, sizeof *s->text) ||
        !tkc_grow(a, &s->best, &s->cap_best, need + 1, max, sizeof *s->best) ||
        !tkc_grow(a, &s->from, &s->cap_from, need + 1, max, sizeof *s->from))
        return false;
    s->cap = need;
    return true;
}

/* Works off a full stretch: what stays is what later bytes may still change. */
static void work_off(const tkc_claude *c, tkc_claude_scratch *s, claude_sink *out)
{
    size_t done = s->len - c->max_piece, rest = s->len - done;
    uint32_t least;

    relax(c, s->text, done, s->len, s->best, 0);
    s->begun = true;
    least = s->best[done];
    for (size_t i = done + 1; i <= s->len; i++)
        if (s->best[i] < least) least = s->best[i];
    for (size_t i = 0; i <= rest; i++) {
        uint32_t v = s->best[done + i];
        s->best[i] = v == UINT32_MAX ? v : v - least;
    }
    memmove(s->text, s->text + done, rest);
    s->len = rest;
    out->total += least;
}

tkc_status claude_push(const tkc_claude *c, tkc_claude_scratch *s, claude_sink *out,
                       const void *bytes, size_t len, tkc_error *err)
{
    const uint8_t *p = bytes;

    if (out->fn) { /* the way back needs the whole stretch */
        if (len > SIZE_MAX / 2 - s->len || !grow(s, s->len + len)) return tkc_nomem(err);
    }
    if (s->len == 0) {
        s->best[0] = 0;
        s->begun = false;
    }
    while (len > 0) {
        size_t k = s->cap - s->len;
        if (k > len) k = len;
        memcpy(s->text + s->len, p, k);
        memset(s->best + s->len + 1, 0xff, k * sizeof *s->best);
        s->len += k;
        p += k;
        len -= k;
        if (len > 0) work_off(c, s, out);
    }
    return TKC_OK;
}

static void give(const tkc_claude_scratch *s, claude_sink *out)
{
    const uint8_t *p = s->text, *end = p + s->len;
    /* the way back, turned round in place: from[i] becomes the length of the piece at i */
    size_t at = s->len;
    uint8_t length = 0;
    while (at > 0) {
        uint8_t back = s->from[at];
        s->from[at] = length;
        length = back;
        at -= back;
    }
    s->from[0] = length;
    while (p < end && !out->stopped) {
        size_t n = s->from[p - s->text];
        if (p + n == end && out->drop_last) break;
        out->total++;
        if (out->fn(out->ctx, (tkc_str){(const char *)p, n})) out->stopped = true;
        p += n;
    }
}

void claude_cut(const tkc_claude *c, tkc_claude_scratch *s, claude_sink *out)
{
    if (s->len == 0) return;
    if (out->fn) {
        relax_from(c, s);
        give(s, out);
    } else {
        relax(c, s->text, s->len, s->len, s->best, s->begun ? 0 : 2);
        out->total += s->best[s->len] - (out->drop_last ? 1u : 0u);
    }
    s->len = 0;
}

size_t claude_ladder_cost(const claude_ladder *l, size_t n)
{
    size_t square = l->n - 1, longest = 0;
    if (n > square) longest = (n - square + l->max - 1) / l->max;
    return longest + l->cost[n - longest * l->max];
}

/* ---- scratch ----------------------------------------------------------------------------- */

tkc_status tkc_claude_scratch_new(tkc_claude_scratch **out, const tkc_allocator *alloc,
                                  tkc_error *err)
{
    const tkc_allocator *a = tkc_allocator_or_default(alloc);
    tkc_claude_scratch *s = tkc_alloc_zero(a, 1, sizeof *s);

    if (!s) return tkc_nomem(err);
    s->alloc = a;
    tkc_buf_init(&s->norm, SIZE_MAX / 4, a);
    s->cap = STRETCH;
    s->cap_text = s->cap_best = STRETCH + 1;
    s->text = tkc_alloc(a, s->cap_text, sizeof *s->text);
    s->best = tkc_alloc(a, s->cap_best, sizeof *s->best);
    s->memo = tkc_alloc_zero(a, MEMO_SIZE, sizeof *s->memo);
    if (!s->text || !s->best || !s->memo) {
        tkc_claude_scratch_free(s);
        return tkc_nomem(err);
    }
    *out = s;
    return TKC_OK;
}

void tkc_claude_scratch_free(tkc_claude_scratch *s)
{
    if (!s) return;
    tkc_buf_release(&s->norm);
    for (size_t i = 0; i < 2; i++)
        tkc_free(s->alloc, s->cps[i], s->cap_cps[i], sizeof *s->cps[i]);
    tkc_free(s->alloc, s->text, s->cap_text, sizeof *s->text);
    tkc_free(s->alloc, s->best, s->cap_best, sizeof *s->best);
    tkc_free(s->alloc, s->from, s->cap_from, sizeof *s->from);
    tkc_free(s->alloc, s->memo, MEMO_SIZE, sizeof *s->memo);
    tkc_free(s->alloc, s, 1, sizeof *s);
}

#else

tkc_status tkc_claude_scratch_new(tkc_claude_scratch **out, const tkc_allocator *alloc,
                                  tkc_error *err)
{
    (void)out, (void)alloc;
    return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "built without Claude 3 and later (CLAUDE=0)");
}

void tkc_claude_scratch_free(tkc_claude_scratch *s)
{
    (void)s;
}

#endif
