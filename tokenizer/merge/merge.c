/*
 * merge.c - best pair first, until none is left: by scanning (a window), with a heap (a window
 * that has to be long), window by window (a row).
 *
 * Why windows may be joined. Call a list of neighbouring stretches of a row stable when each
 * stretch alone merges to one symbol and any two neighbours, merged together, still give
 * these two. Then the whole list merged together gives just these symbols. For suppose some
 * merge crosses a border, and take the first that does. Until then every stretch was merged
 * within itself, and what was done inside a stretch and its right neighbour was each time the
 * best of all pairs, so the best of these two stretches' pairs: the same steps as when the
 * two are merged alone. Hence the crossing merge would have been made there too, and they
 * would not have given two. The reverse holds by the same reasoning: the result of merging is
 * a stable list, and so is any part of it. Only "smallest priority, then leftmost" was used,
 * so this holds for ranks, listed merges and scores alike.
 *
 * Two windows' results are stable lists; where they have a token of the same stretch in
 * common, the one up to it and the other from it on have no pair of neighbours that was not
 * in one of the two: a stable list again. In the same way tokens that come back at the end of
 * a stretch that repeats may be repeated with it: this is what takes 1 MB of blanks.
 */
#include "tokenizer/merge/merge.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stddef.h>
#include <string.h>

/* Nodes are 32-bit. */
#define MAX_SYMBOLS ((size_t)UINT32_MAX - 1)

void tkc_merger_init(tkc_merger *m, const tkc_allocator *alloc)
{
    m->alloc = tkc_allocator_or_default(alloc);
    m->window = TKC_MERGE_WINDOW;
    tkc_merger_set_isa(m, tkc_isa_best());
    tkc_pair_memo_init(&m->memo);
}

void tkc_merger_release(tkc_merger *m)
{
    const tkc_allocator *a = m->alloc;
    tkc_free(a, m->id, m->cap * 2, sizeof *m->id);
    tkc_free(a, m->out, m->cap_out, sizeof *m->out);
    for (int i = 0; i < 2; i++) tkc_free(a, m->run[i].id, m->run[i].cap * 2, sizeof *m->run[i].id);
    for (int i = 0; i < TKC_MERGE_AHEAD; i++)
        tkc_free(a, m->ahead[i].id, m->ahead[i].cap * 2, sizeof *m->ahead[i].id);
    tkc_free(a, m->node, m->cap_node, sizeof *m->node);
    tkc_free(a, m->heap, m->cap_heap, sizeof *m->heap);
    memset(m, 0, offsetof(tkc_merger, memo)); /* pages of memo that nobody touched stay so */
}

void tkc_merger_set_isa(tkc_merger *m, tkc_isa isa)
{
    m->abreast = tkc_abreast_for(isa);
}

void tkc_merger_set_window(tkc_merger *m, size_t window)
{
    m->window = window < 2 ? 2 : window;
}

tkc_status tkc_merger_reserve(tkc_merger *m, size_t extra, tkc_error *err)
{
    uint32_t *block;
    size_t cap;
    if (extra <= m->cap - m->n) return TKC_OK;
    if (extra > MAX_SYMBOLS - m->n)
        return tkc_fail(err, TKC_E_LIMIT, 0, "a piece of more than 4 GB");
    cap = m->n + extra;
    cap = cap < 256 ? 256 : cap + cap / 8;
    if (cap > MAX_SYMBOLS) cap = MAX_SYMBOLS;
    block = tkc_alloc(m->alloc, cap * 2, sizeof *block);
    if (!block) return tkc_nomem(err);
    if (m->n) {
        memcpy(block, m->id, m->n * sizeof *block);
        memcpy(block + cap, m->start, m->n * sizeof *block);
    }
    tkc_free(m->alloc, m->id, m->cap * 2, sizeof *m->id);
    m->cap = cap;
    m->id = block;
    m->start = block + cap;
    return TKC_OK;
}

/* --- up to 62 symbols ---------------------------------------------------------------- */

size_t tkc_merge_few(tkc_merger *m, const tkc_vocab *v, uint32_t *id, uint32_t *at, size_t n)
{
    tkc_short_row row = {id, at, n};
    at[0] = 0;
    if (n > 1) m->abreast(&m->memo, v, &row, 1);
    return row.n;
}

void tkc_merge_abreast(tkc_merger *m, const tkc_vocab *v, tkc_short_row *row, size_t n_rows)
{
    m->abreast(&m->memo, v, row, n_rows);
}

/* --- any number of symbols: a heap --------------------------------------------------- */

static tkc_status heap_push(tkc_merger *m, uint32_t node, tkc_error *err)
{
    const uint64_t key = (uint64_t)m->node[node].key << 32 | node;
    size_t i;
    if (m->node[node].key == TKC_KEY_NOTHING) return TKC_OK;
    if (!tkc_grow(m->alloc, &m->heap, &m->cap_heap, m->n_heap + 1, SIZE_MAX / 32, sizeof *m->heap))
        return tkc_nomem(err);
    i = m->n_heap++;
    while (i && m->heap[(i - 1) / 2] > key) {
        m->heap[i] = m->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    m->heap[i] = key;
    return TKC_OK;
}

static uint64_t heap_pop(tkc_merger *m)
{
    const uint64_t top = m->heap[0], last = m->heap[--m->n_heap];
    size_t i = 0;
    for (;;) {
        size_t c = 2 * i + 1;
        if (c >= m->n_heap) break;
        if (c + 1 < m->n_heap && m->heap[c + 1] < m->heap[c]) c++;
        if (last <= m->heap[c]) break;
        m->heap[i] = m->heap[c];
        i = c;
    }
    m->heap[i] = last;
    return top;
}

/* Looks at the pair of a node and its next, and puts it on the heap. */
static tkc_status propose(tkc_merger *m, const tkc_vocab *v, const uint32_t *id, uint32_t i,
                          tkc_error *err)
{
    tkc_merge_node *k = &m->node[i];
    const uint32_t left = id[i], right = id[k->next];
    const tkc_pair_entry *e = tkc_pair_look_up(&m->memo, v, tkc_pair_of(left, right));
    k->key = e->key;
    k->result = e->result;
    if (m->proposed && k->key != TKC_KEY_NOTHING) {
        m->proposed[2 * (size_t)k->result] = left;
        m->proposed[2 * (size_t)k->result + 1] = right;
    }
    return heap_push(m, i, err);
}

static tkc_status reserve_nodes(tkc_merger *m, size_t n, tkc_error *err)
{
    if (n <= m->cap_node) return TKC_OK;
    if (n > MAX_SYMBOLS) return tkc_fail(err, TKC_E_LIMIT, 0, "a piece of more than 4 GB");
    tkc_free(m->alloc, m->node, m->cap_node, sizeof *m->node);
    m->cap_node = 0;
    m->node = tkc_alloc(m->alloc, n, sizeof *m->node);
    if (!m->node) return tkc_nomem(err);
    m->cap_node = n;
    return TKC_OK;
}

/* tkc_merge_few for any number; *n_symbols becomes how many are left. */
static tkc_status merge_many(tkc_merger *m, const tkc_vocab *v, uint32_t *id, uint32_t *at,
                             size_t *n_symbols, tkc_error *err)
{
    const uint32_t n = (uint32_t)*n_symbols, end = n;
    tkc_status st = reserve_nodes(m, *n_symbols, err);
    tkc_merge_node *node = m->node;
    size_t out = 0;
    if (st || !n) return st;
    m->n_heap = 0;
    for (uint32_t i = 0; i < n && !st; i++) {
        node[i] = (tkc_merge_node){.key = TKC_KEY_NOTHING, .next = i + 1, .prev = i ? i - 1 : end};
        if (i + 1 < n) st = propose(m, v, id, i, err);
    }
    while (m->n_heap && !st) {
        const uint64_t key = heap_pop(m);
        const uint32_t i = (uint32_t)key;
        uint32_t gone;
        /* one of the two may have been merged away since; what stands there now with the same
         * priority may merge now as well */
        if (node[i].key != key >> 32) continue;
        gone = node[i].next;
        id[i] = node[i].result;
        node[gone].key = node[i].key = TKC_KEY_NOTHING;
        node[i].next = node[gone].next;
        if (node[i].next != end) node[node[i].next].prev = i;
        if (node[i].prev != end) st = propose(m, v, id, node[i].prev, err);
        if (node[i].next != end && !st) st = propose(m, v, id, i, err);
    }
    if (st) return st; /* the nodes may not all be linked */
    for (uint32_t i = 0; i != end; i = node[i].next) {
        id[out] = id[i];
        at[out++] = i;
    }
    *n_symbols = out;
    return TKC_OK;
}

/* --- rows ---------------------------------------------------------------------------- */

enum {
    /* A next window starts this many tokens before the end of the last: what follows a window
     * changes its last token or two, hardly ever a third. */
    OVERLAP = 3,
    /* Windows that are merged abreast begin before it is known where tokens do: so many symbols early. */
    OVERLAP_AHEAD = 10
};

static tkc_status reserve_run(tkc_merger *m, tkc_merged_run *r, size_t len, tkc_error *err)
{
    const size_t cap = len < TKC_MERGE_FEW ? TKC_MERGE_FEW : len;
    if (len <= r->cap) return TKC_OK;
    if (len > MAX_SYMBOLS) return tkc_fail(err, TKC_E_LIMIT, 0, "a piece of more than 4 GB");
    tkc_free(m->alloc, r->id, r->cap * 2, sizeof *r->id);
    r->cap = 0;
    r->id = tkc_alloc(m->alloc, cap * 2, sizeof *r->id);
    if (!r->id) return tkc_nomem(err);
    r->cap = cap;
    r->at = r->id + cap;
    return TKC_OK;
}

/* The stretch of len symbols from base on, for which there is room, not merged yet. */
static void set_window(const tkc_row *row, tkc_merged_run *r, size_t base, size_t len)
{
    if (row->id) memcpy(r->id, row->id + base, len * sizeof *r->id);
    else
        for (size_t i = 0; i < len; i++) r->id[i] = row->byte_id[row->bytes[base + i]];
    r->base = base;
    r->len = len;
    r->first = 0;
    r->n = len;
}

/* Merges the stretch of len symbols from base on. */
static tkc_status merge_window(tkc_merger *m, const tkc_vocab *v, const tkc_row *row,
                               tkc_merged_run *r, size_t base, size_t len, tkc_error *err)
{
    tkc_status st = reserve_run(m, r, len, err);
    if (st) return st;
    set_window(row, r, base, len);
    if (len > TKC_MERGE_FEW || m->window == SIZE_MAX || m->proposed)
        return merge_many(m, v, r->id, r->at, &r->n, err);
    r->n = tkc_merge_few(m, v, r->id, r->at, len);
    return TKC_OK;
}

/* Merges the next windows behind the place `end` abreast: half the time of one after the other. */
static tkc_status merge_ahead(tkc_merger *m, const tkc_vocab *v, const tkc_row *row, size_t end,
                              tkc_error *err)
{
    tkc_short_row few[TKC_MERGE_AHEAD];
    size_t n = 0;
    for (size_t base = end - OVERLAP_AHEAD; n < TKC_MERGE_AHEAD && base + OVERLAP_AHEAD < row->n;
         base += TKC_MERGE_FEW - OVERLAP_AHEAD) {
        tkc_merged_run *const r = &m->ahead[n];
        const size_t rest = row->n - base, len = rest < TKC_MERGE_FEW ? rest : TKC_MERGE_FEW;
        tkc_status st = reserve_run(m, r, len, err);
        if (st) return st;
        set_window(row, r, base, len);
        few[n++] = (tkc_short_row){r->id, r->at, len};
    }
    tkc_merge_abreast(m, v, few, n);
    for (size_t k = 0; k < n; k++) m->ahead[k].n = few[k].n;
    m->next_ahead = 0;
    m->n_ahead = n;
    return TKC_OK;
}

/* Where token i starts; the run's end for i = n. */
static size_t token_begin(const tkc_merged_run *r, size_t i)
{
    return r->base + (i < r->n ? r->at[i] : r->len);
}

/* First token from *a of x on that is also one of y, and its place there. */
static bool common_token(const tkc_merged_run *x, size_t *a, const tkc_merged_run *y, size_t *b)
{
    *b = 0;
    while (*a < x->n && *b < y->n) {
        const size_t p = token_begin(x, *a), q = token_begin(y, *b);
        if (p == q && token_begin(x, *a + 1) == token_begin(y, *b + 1)) return true;
        *a += p <= q;
        *b += q <= p;
    }
    return false;
}

/* For how many symbols the row is the same from a on as from b on; a < b. */
static size_t same_symbols(const tkc_row *row, size_t a, size_t b)
{
    size_t n = 0;
    if (row->id)
        while (b + n < row->n && row->id[a + n] == row->id[b + n]) n++;
    else
        while (b + n < row->n && row->bytes[a + n] == row->bytes[b + n]) n++;
    return n;
}

/* Where the run ends in tokens that came before and the row goes on repeating, puts out as
 * many repetitions as there are and moves what is left of the run behind them. */
static tkc_status repeat_tokens(const tkc_row *row, tkc_merged_run *r, tkc_merged *out,
                                tkc_error *err)
{
    enum { LOOK_BACK = 16 };
    size_t j, i, period, same, times;
    tkc_status st;
    if (r->n - r->first <= OVERLAP) return TKC_OK;
    j = r->n - OVERLAP;
    for (i = j - 1; r->id[i] != r->id[j]; i--)
        if (i == r->first || j - i == LOOK_BACK) return TKC_OK;
    if (r->at[i + 1] - r->at[i] != r->at[j + 1] - r->at[j]) return TKC_OK;
    period = r->at[j] - r->at[i];
    /* the row has this period from token i to `same` symbols behind the start of token j */
    same = same_symbols(row, r->base + r->at[i], r->base + r->at[j]);
    if (r->at[j] + same < r->len + 2 * TKC_MERGE_FEW) return TKC_OK;
    times = (r->at[j] + same - r->len) / period;
    if (!times) return TKC_OK;
    st = out->put(out, r->id + r->first, r->at + r->first, r->base, i + 1 - r->first, err);
    r->first = i + 1;
    for (; times && !st && !out->stop; times--) {
        st = out->put(out, r->id + i + 1, r->at + i + 1, r->base, j - i, err);
        r->base += period;
    }
    return st;
}

/* Merges a window that begins in t and ends behind it, into u, until the two agree on token *a of t and
 * *b of u; false in *met: whatever it is, they do not. */
static tkc_status merge_next(tkc_merger *m, const tkc_vocab *v, const tkc_row *row, size_t w,
                             const tkc_merged_run *t, tkc_merged_run *u, size_t *a, size_t *b, bool *met,
                             tkc_error *err)
{
    const size_t t_end = t->base + t->len;
    size_t back = OVERLAP;
    for (;;) {
        const size_t r = t->n - t->first > back ? t->n - back : t->first;
        const size_t from = token_begin(t, r), rest = row->n - from;
        size_t len = 2 * (t_end - from);
        tkc_status st;
        if (len < w) len = w;
        st = merge_window(m, v, row, u, from, len < rest ? len : rest, err);
        if (st) return st;
        *a = r;
        *met = common_token(t, a, u, b);
        if (!*met && from == 0) { /* nothing was put out: the longer one stands by itself */
            *met = true;
            *a = *b = 0;
        }
        if (*met || r == t->first) return TKC_OK;
        back = t->n - t->first > 4 * OVERLAP && back == OVERLAP ? 4 * OVERLAP : SIZE_MAX;
    }
}

/* Whether the next window that was merged ahead agrees with t; it is in u then. */
static bool take_ahead(tkc_merger *m, const tkc_merged_run *t, tkc_merged_run *u, size_t *a, size_t *b)
{
    tkc_merged_run *const r = &m->ahead[m->next_ahead++];
    const tkc_merged_run swap = *u;
    for (*a = t->n; *a > t->first && token_begin(t, *a - 1) >= r->base;) --*a;
    if (!common_token(t, a, r, b)) return false;
    *u = *r;
    *r = swap;
    return true;
}

/* The row in windows of w symbols or, where tokens are long, more. *lost: two windows did not
 * agree. What was put out and *t together are always the merged row up to the end of *t. */
static tkc_status merge_windows(tkc_merger *m, const tkc_vocab *v, const tkc_row *row, size_t w,
                                tkc_merged *out, bool *lost, tkc_error *err)
{
    tkc_merged_run *t = &m->run[0], *u = &m->run[1];
    tkc_status st = merge_window(m, v, row, t, 0, w < row->n ? w : row->n, err);
    const bool ahead = w == TKC_MERGE_WINDOW && tkc_merger_scans(m);
    size_t singly = 1; /* windows to come one by one: the second, and some where those ahead did not fit */
    *lost = false;
    m->n_ahead = m->next_ahead = 0;
    while (!st && t->base + t->len < row->n) {
        tkc_merged_run *const swap = t;
        size_t a, b, base;
        bool met = false;
        if (ahead && !singly && m->next_ahead == m->n_ahead && t->len > OVERLAP_AHEAD)
            st = merge_ahead(m, v, row, t->base + t->len, err);
        if (!st && m->next_ahead < m->n_ahead) {
            met = take_ahead(m, t, u, &a, &b);
            if (!met) singly = TKC_MERGE_AHEAD;
        }
        if (!st && !met) {
            m->n_ahead = m->next_ahead = 0;
            singly -= singly > 0;
            st = merge_next(m, v, row, w, t, u, &a, &b, &met, err);
            *lost = !st && !met;
        }
        if (st || *lost) return st;
        if (a > t->first)
            st = out->put(out, t->id + t->first, t->at + t->first, t->base, a - t->first, err);
        t = u;
        u = swap;
        t->first = b;
        base = t->base;
        if (!st && !out->stop) st = repeat_tokens(row, t, out, err);
        if (out->stop) return st;
        if (t->base != base) { /* what is ahead is behind it now */
            m->n_ahead = m->next_ahead = 0;
            singly = 1;
        }
    }
    return st ? st : out->put(out, t->id + t->first, t->at + t->first, t->base, t->n - t->first,
                              err);
}

tkc_status tkc_merge_row(tkc_merger *m, const tkc_vocab *v, const tkc_row *row, tkc_merged *out,
                         tkc_error *err)
{
    enum { LONGER = 16 };
    size_t w = m->proposed ? SIZE_MAX : m->window; /* what is proposed is a matter of order */
    for (;;) {
        bool lost;
        tkc_status st = merge_windows(m, v, row, w, out, &lost, err);
        if (st || !lost) return st;
        out->rewind(out);
        w = w < row->n / LONGER ? w * LONGER : row->n;
    }
}

/* --- a collected row ----------------------------------------------------------------- */

typedef struct collected {
    tkc_merged merged;
    tkc_merger *m;
} collected;

static tkc_status collect(tkc_merged *self, const uint32_t *id, const uint32_t *at, size_t base,
                          size_t n, tkc_error *err)
{
    tkc_merger *m = ((collected *)self)->m;
    if (!tkc_grow(m->alloc, &m->out, &m->cap_out, m->n_out + 2 * n, SIZE_MAX / 32, sizeof *m->out))
        return tkc_nomem(err);
    for (size_t i = 0; i < n; i++) {
        m->out[m->n_out++] = id[i];
        m->out[m->n_out++] = (uint32_t)(base + at[i]);
    }
    return TKC_OK;
}

static void collect_again(tkc_merged *self)
{
    ((collected *)self)->m->n_out = 0;
}

tkc_status tkc_merger_run(tkc_merger *m, const tkc_vocab *v, tkc_error *err)
{
    const tkc_row row = {.id = m->id, .n = m->n};
    collected c = {.merged = {.put = collect, .rewind = collect_again}, .m = m};
    tkc_status st;
    if (m->n < 2) return TKC_OK;
    if (m->n <= TKC_MERGE_FEW && tkc_merger_scans(m)) {
        uint32_t at[TKC_MERGE_FEW];
        m->n = tkc_merge_few(m, v, m->id, at, m->n);
        for (size_t i = 0; i < m->n; i++) m->start[i] = m->start[at[i]];
        return TKC_OK;
    }
    m->n_out = 0;
    st = tkc_merge_row(m, v, &row, &c.merged, err);
    if (st) return st;
    m->n = m->n_out / 2;
    for (size_t i = 0; i < m->n; i++) {
        m->id[i] = m->out[2 * i];
        m->start[i] = m->start[m->out[2 * i + 1]]; /* never before i: not overwritten yet */
    }
    return TKC_OK;
}
