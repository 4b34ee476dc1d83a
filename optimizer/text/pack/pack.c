/*
 * pack.c - scores for chunks; knapsack.c chooses among them.
 *
 * In one text a term counts at every chunk with exp(-d / REACH), d tokens away; BM25 is then
 * taken of these counts, as of a document that fades out around the chunk. Two recursive passes
 * give all the sums, so a term costs n whatever the reach. Figures are QMSum's (237 queries,
 * recall of the gold spans' tokens at 10 / 25 / 50 % of the tokens): turns alone .29/.46/.65,
 * windows with K1 3 .48/.70/.86, with K1 6 .49/.70/.85; reach 200 to 500 and K1 3 to 10 all lie
 * within .02 of that, one standard error. A fading window is long, so a term may count often.
 * What a gap leaves is worked out once for all terms, and of a long query (the last paragraph of a
 * file may be half of it) the MOST_QUERY rarest terms count: so all of it is n log n.
 */
#include "optimizer/text/pack/pack_impl.h"

#include "optimizer/text/dedupe.h"
#include "optimizer/text/guard.h"
#include "optimizer/text/rank.h"
#include "optimizer/text/sentences.h"
#include "optimizer/text/sorted.h"
#include "optimizer/text/stem.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double REACH = 400, K1_TEXT = 6, K1 = 1.5, B = 0.75;
enum {
    TITLE_WEIGHT = 2, MOST_TITLE_WEIGHT = 16,
    BLOCK = 64,               /* tokens of a block when telling whether chunks are one text */
    FEWEST_TO_JUDGE = 8,      /* blocks */
    MOST_QUERY = 256,         /* different terms of a query; QMSum's have at most 30 */
    SHORTEST_COPY = 8,        /* terms; "Yes." twice is no copy of anything */
    KEYS = 8,                 /* terms that a chunk is found by, those of the smallest hashes */
    KEYS_SHARED = 4,          /* of two that may be near copies: with .8 of the terms shared, .99 have them */
    KEY_CHUNKS = 16,          /* chunks a key leads to: more is boiler-plate */
    COMPARED = 4,             /* candidates compared word by word */
    MOST_SENTENCES = 512      /* looked at in the chunk that is shortened */
};
/* Standard errors by which neighbours must be more alike: the 35 meetings have 4 to 15, the same
 * with their turns shuffled -3 to 2.5. */
static const double SURE = 3;
static const double NEAR_ROWS = 0.8; /* Jaccard of the terms of near copies */

typedef tkc_pack_term entry;

typedef struct packer {
    const tkc_allocator *alloc;
    const tkc_pack_chunk *chunk;
    size_t n;
    int title_weight;
    tkc_terms *terms;
    tkc_term_list list;
    tkc_id_list ids;
    entry *entry; /* rows sorted by term */
    size_t n_entry, cap_entry;
    size_t *row;  /* n + 1 */
    double *length, *score, *sum, *window;
    double *left; /* of a weight at the chunk in front */
    double *idf;
    size_t n_term;
    uint32_t *df;
} packer;

static tkc_status read_chunk(packer *p, size_t i, tkc_error *err)
{
    size_t n, at = p->n_entry;
    tkc_status status = TKC_OK;
    p->list.n = 0;
    for (int k = 0; k < p->title_weight && p->chunk[i].title.len && !status; k++)
        status = tkc_terms_read(p->terms, p->chunk[i].title, &p->list, err);
    if (!status) status = tkc_terms_read(p->terms, p->chunk[i].text, &p->list, err);
    if (!status) status = tkc_terms_ids(&p->list, &p->ids, err);
    if (status) return status;
    n = p->ids.n;
    if (!tkc_grow(p->alloc, &p->entry, &p->cap_entry, at + n + 1, SIZE_MAX / sizeof *p->entry,
                  sizeof *p->entry))
        return tkc_nomem(err);
    for (size_t k = 0; k < n; k++) {
        if (k && p->entry[at - 1].id == p->ids.id[k]) p->entry[at - 1].count++;
        else p->entry[at++] = (entry){p->ids.id[k], 1};
    }
    p->row[i] = p->n_entry;
    p->row[i + 1] = p->n_entry = at;
    p->length[i] = (double)n;
    return TKC_OK;
}

static tkc_status weigh(packer *p, tkc_error *err)
{
    p->n_term = tkc_terms_n(p->terms) + 1;
    p->df = tkc_alloc_zero(p->alloc, p->n_term, sizeof *p->df);
    p->idf = tkc_alloc(p->alloc, p->n_term, sizeof *p->idf);
    if (!p->df || !p->idf) return tkc_nomem(err);
    for (size_t k = 0; k < p->n_entry; k++) p->df[p->entry[k].id]++;
    for (size_t t = 0; t < p->n_term; t++)
        p->idf[t] = log(1 + ((double)p->n - p->df[t] + 0.5) / (p->df[t] + 0.5));
    return TKC_OK;
}

/* --- one text or many --------------------------------------------------------------------- */

/* Sets of terms, sorted: set i is id[row[i] .. row[i + 1]). */
typedef struct sets {
    uint32_t *id, *more;
    size_t *row, n;
    double *norm;
} sets;

static double likeness(const packer *p, const sets *s, size_t a, size_t b)
{
    size_t i = s->row[a], k = s->row[b];
    double dot = 0;
    while (i < s->row[a + 1] && k < s->row[b + 1]) {
        const uint32_t x = s->id[i], y = s->id[k];
        if (x == y) dot += p->idf[x] * p->idf[x];
        i += x <= y;
        k += y <= x;
    }
    return dot > 0 ? dot / (s->norm[a] * s->norm[b]) : 0;
}

/* Chunks in a row until they have BLOCK tokens: single turns are too short to be alike. */
static void make_blocks(const packer *p, sets *s)
{
    size_t at = 0, tokens = 0, from = 0, first = 0;
    s->n = 0;
    s->row[0] = 0;
    for (size_t i = 0; i < p->n; i++) {
        size_t to = from;
        double sum = 0;
        for (size_t k = p->row[i]; k < p->row[i + 1]; k++) s->id[at++] = p->entry[k].id;
        tokens += p->chunk[i].tokens;
        if (tokens < BLOCK && i + 1 < p->n) continue;
        if (i > first) tkc_sort_ids(s->id + from, at - from, s->more); /* a row by itself is sorted */
        for (size_t k = from; k < at; k++) {
            if (k > from && s->id[k] == s->id[to - 1]) continue;
            sum += p->idf[s->id[k]] * p->idf[s->id[k]];
            s->id[to++] = s->id[k];
        }
        s->norm[s->n] = sqrt(sum);
        s->row[++s->n] = from = at = to;
        first = i + 1;
        tokens = 0;
    }
}

/* Whether blocks are more like the next two than like ones half the list away. */
static bool neighbours_are_alike(const packer *p, const sets *s)
{
    double sum = 0, squares = 0, mean, m;
    if (s->n < FEWEST_TO_JUDGE) return false;
    for (size_t i = 0; i + 2 < s->n; i++) {
        const size_t far = (i + s->n / 2) % s->n, farther = (i + s->n / 2 + 1) % s->n;
        const double d = likeness(p, s, i, i + 1) + likeness(p, s, i, i + 2) - likeness(p, s, i, far) -
                         likeness(p, s, i, farther);
        sum += d;
        squares += d * d;
    }
    m = (double)(s->n - 2);
    mean = sum / m;
    squares = squares / m - mean * mean;
    return mean > 0 && mean * mean * m > SURE * SURE * squares;
}

static tkc_status judge(const packer *p, bool *is_text, tkc_error *err)
{
    sets s = {.id = tkc_alloc(p->alloc, 2 * p->n_entry + 1, sizeof *s.id),
              .row = tkc_alloc(p->alloc, p->n + 1, sizeof *s.row),
              .norm = tkc_alloc(p->alloc, p->n, sizeof *s.norm)};
    const bool fine = s.id && s.row && s.norm;
    if (fine) {
        s.more = s.id + p->n_entry;
        make_blocks(p, &s);
        *is_text = neighbours_are_alike(p, &s);
    }
    tkc_free(p->alloc, s.id, 2 * p->n_entry + 1, sizeof *s.id);
    tkc_free(p->alloc, s.row, p->n + 1, sizeof *s.row);
    tkc_free(p->alloc, s.norm, p->n, sizeof *s.norm);
    return fine ? TKC_OK : tkc_nomem(err);
}

/* --- scores ------------------------------------------------------------------------------- */

/* What exp(-d / REACH) leaves from the middle of one chunk to that of the next. */
static void find_gaps(packer *p)
{
    double before = 0;
    for (size_t i = 0; i < p->n; i++) {
        const double half = (double)p->chunk[i].tokens / 2;
        p->left[i] = i ? exp(-(before + half) / REACH) : 0;
        before = half;
    }
}

/* v[i] becomes the sum over all k of v[k] exp(-tokens between / REACH). */
static void fade(const packer *p, double *v)
{
    double carry = 0;
    for (size_t i = 0; i < p->n; i++) p->sum[i] = carry = v[i] + carry * p->left[i];
    carry = 0;
    for (size_t i = p->n; i-- > 0;) {
        const double own = v[i];
        carry = own + (i + 1 < p->n ? carry * p->left[i + 1] : 0);
        v[i] = p->sum[i] + carry - own;
    }
}

/* A term of the query, how often it is there, and where the chunks that have it stand in a list of all such. */
typedef struct wanted {
    uint32_t term, times, place; /* place: in the query */
    size_t first;
} wanted;

typedef struct posting {
    uint32_t chunk, count;
} posting;

typedef struct asked {
    wanted *want;
    size_t n;
    uint32_t *which; /* by term: of want + 1; 0: none */
    posting *list;
    size_t n_list;
} asked;

static int by_rarity(const void *a, const void *b)
{
    const wanted *x = a, *y = b;
    if (x->first != y->first) return x->first < y->first ? -1 : 1; /* how many chunks, yet */
    return (x->place > y->place) - (x->place < y->place);
}

static int by_place(const void *a, const void *b)
{
    const wanted *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

/* Whether it is a word that frames the question. */
static bool frames(tkc_str query, const tkc_term *t)
{
    char fold[32];
    const size_t len = t->end - t->begin;
    if (len >= sizeof fold) return false;
    for (size_t c = 0; c < len; c++) {
        const char b = query.ptr[t->begin + c];
        fold[c] = (char)(b >= 'A' && b <= 'Z' ? b | 0x20 : b);
    }
    return tkc_is_framing_word((tkc_str){fold, len});
}

/* Terms of the query that are in any chunk, in its order. */
static void find_wanted(const packer *p, tkc_str query, bool framing_too, asked *q)
{
    q->n = 0;
    for (size_t k = 0; k < p->list.n; k++) {
        const tkc_term *t = &p->list.term[k];
        if (t->is_stop || t->id + 1 >= p->n_term || !p->df[t->id]) continue;
        if (!framing_too && frames(query, t)) continue;
        if (q->which[t->id]) {
            q->want[q->which[t->id] - 1].times++;
            continue;
        }
        q->want[q->n++] = (wanted){t->id, 1, (uint32_t)k, p->df[t->id]};
        q->which[t->id] = (uint32_t)q->n;
    }
    if (q->n > MOST_QUERY) {
        qsort(q->want, q->n, sizeof *q->want, by_rarity);
        for (size_t i = MOST_QUERY; i < q->n; i++) q->which[q->want[i].term] = 0;
        q->n = MOST_QUERY;
        qsort(q->want, q->n, sizeof *q->want, by_place);
        for (size_t i = 0; i < q->n; i++) q->which[q->want[i].term] = (uint32_t)i + 1;
    }
}

/* The chunks of each wanted term, one after the other; first becomes where they end. */
static tkc_status find_postings(const packer *p, asked *q, tkc_error *err)
{
    for (size_t i = 0; i < q->n; i++) {
        q->want[i].first = q->n_list;
        q->n_list += p->df[q->want[i].term];
    }
    q->list = tkc_alloc(p->alloc, q->n_list + 1, sizeof *q->list);
    if (!q->list) return tkc_nomem(err);
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = p->row[i]; k < p->row[i + 1]; k++) {
            const uint32_t w = q->which[p->entry[k].id];
            if (w) q->list[q->want[w - 1].first++] = (posting){(uint32_t)i, p->entry[k].count};
        }
    return TKC_OK;
}

static void score_term(packer *p, const asked *q, size_t which, bool is_text, const double *length, double average)
{
    const wanted *w = &q->want[which];
    const double weight = w->times * p->idf[w->term];
    double *const v = p->window;
    memset(v, 0, p->n * sizeof *v);
    for (size_t k = w->first - p->df[w->term]; k < w->first; k++) v[q->list[k].chunk] = q->list[k].count;
    if (is_text) fade(p, v);
    for (size_t i = 0; i < p->n; i++) {
        const double k1 = is_text ? K1_TEXT * length[i] / average : K1 * (1 - B + B * length[i] / average);
        if (v[i] > 0) p->score[i] += weight * v[i] / (v[i] + k1);
    }
}

/* Whether any term of the query is in any chunk. */
static tkc_status score(packer *p, tkc_str query, bool is_text, bool *found, tkc_error *err)
{
    double average = 0, *length = NULL;
    asked q = {0};
    tkc_status status;
    *found = false;
    p->list.n = 0;
    status = tkc_terms_read(p->terms, query, &p->list, err);
    if (status) return status;
    length = tkc_alloc(p->alloc, p->n, sizeof *length);
    q.which = tkc_alloc_zero(p->alloc, p->n_term, sizeof *q.which);
    q.want = tkc_alloc(p->alloc, p->list.n + 1, sizeof *q.want);
    if (!length || !q.which || !q.want) status = tkc_nomem(err);
    if (!status) {
        memcpy(length, p->length, p->n * sizeof *length);
        find_gaps(p);
        if (is_text) fade(p, length);
        for (size_t i = 0; i < p->n; i++) average += length[i];
        average = average > 0 ? average / (double)p->n : 1;
        /* the words that frame the question count only where nothing else does */
        find_wanted(p, query, false, &q);
        if (!q.n) find_wanted(p, query, true, &q);
        *found = q.n > 0;
        if (q.n) status = find_postings(p, &q, err);
    }
    for (size_t i = 0; i < q.n && !status; i++) score_term(p, &q, i, is_text, length, average);
    tkc_free(p->alloc, length, p->n, sizeof *length);
    tkc_free(p->alloc, q.which, p->n_term, sizeof *q.which);
    tkc_free(p->alloc, q.want, p->list.n + 1, sizeof *q.want);
    if (q.list) tkc_free(p->alloc, q.list, q.n_list + 1, sizeof *q.list);
    return status;
}

/* --- copies ------------------------------------------------------------------------------- */

static bool same_row(const packer *p, size_t a, size_t b)
{
    const size_t n = p->row[a + 1] - p->row[a];
    return n == p->row[b + 1] - p->row[b] &&
           memcmp(p->entry + p->row[a], p->entry + p->row[b], n * sizeof *p->entry) == 0;
}

/* Chunks of the same words (in whatever case, order and punctuation) as an earlier one. */
static tkc_status find_copies(packer *p, tkc_pack_item *item, tkc_error *err)
{
    tkc_keyed *list = tkc_alloc(p->alloc, p->n, sizeof *list);
    if (!list) return tkc_nomem(err);
    for (size_t i = 0; i < p->n; i++) {
        uint64_t h = UINT64_C(0x9e3779b97f4a7c15);
        for (size_t k = p->row[i]; k < p->row[i + 1]; k++)
            h = (h ^ p->entry[k].id ^ (uint64_t)p->entry[k].count << 32) * UINT64_C(0xff51afd7ed558ccd), h ^= h >> 29;
        list[i] = (tkc_keyed){h, (uint32_t)i};
    }
    tkc_sort_keyed(list, p->n);
    for (size_t i = 0; i < p->n;) {
        const size_t first = list[i].number;
        size_t k = i + 1;
        for (; k < p->n && list[k].key == list[i].key; k++)
            if (p->length[first] >= SHORTEST_COPY && same_row(p, first, list[k].number)) {
                item[list[k].number].state = TKC_PACK_COPY;
                item[list[k].number].copy_of = (uint32_t)first;
            }
        i = k;
    }
    tkc_free(p->alloc, list, p->n, sizeof *list);
    return TKC_OK;
}

/* --- near copies -------------------------------------------------------------------------- */

typedef struct key_slot {
    uint32_t key, chunk; /* chunk + 1; 0: free */
} key_slot;

typedef struct near_copies {
    packer *p;
    key_slot *slot;
    size_t n_slot; /* a power of two */
    uint32_t *place; /* by chunk: where candidates() has it, if it stands there */
    tkc_guard *guard;
    tkc_losses losses;
} near_copies;

static uint32_t key_of(uint32_t term)
{
    uint32_t h = (term + 1) * UINT32_C(0x9e3779b1);
    h ^= h >> 15;
    h *= UINT32_C(0x85ebca77);
    return h ^ h >> 13;
}

/* The smallest KEYS of the row's, sorted; how many. */
static size_t keys_of(const packer *p, size_t i, uint32_t key[KEYS])
{
    size_t n = 0;
    for (size_t k = p->row[i]; k < p->row[i + 1]; k++) {
        const uint32_t h = key_of(p->entry[k].id);
        size_t at = n < KEYS ? n : KEYS - 1;
        if (n == KEYS && h >= key[KEYS - 1]) continue;
        for (; at > 0 && key[at - 1] > h; at--) key[at] = key[at - 1];
        key[at] = h;
        n += n < KEYS;
    }
    return n;
}

static size_t slot_of(const near_copies *c, uint32_t key)
{
    return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 24) & (c->n_slot - 1);
}

typedef struct hit {
    uint32_t chunk, votes;
} hit;

/* Chunks that share keys, those with most first, at most COMPARED of them. *full: bits of the keys that lead to
 * KEY_CHUNKS already. */
static size_t candidates(const near_copies *c, const uint32_t *key, size_t n_key, hit best[COMPARED], unsigned *full)
{
    hit all[KEYS * KEY_CHUNKS];
    size_t n = 0, m = 0;
    *full = 0;
    for (size_t k = 0; k < n_key; k++) {
        size_t found = 0;
        for (size_t i = slot_of(c, key[k]); c->slot[i].chunk && found < KEY_CHUNKS; i = (i + 1) & (c->n_slot - 1)) {
            const uint32_t chunk = c->slot[i].chunk - 1;
            if (c->slot[i].key != key[k]) continue;
            found++;
            if (c->place[chunk] >= n || all[c->place[chunk]].chunk != chunk) {
                c->place[chunk] = (uint32_t)n;
                all[n++] = (hit){chunk, 0};
            }
            all[c->place[chunk]].votes++;
        }
        if (found == KEY_CHUNKS) *full |= 1u << k;
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = m < COMPARED ? m : COMPARED - 1;
        if (all[i].votes < KEYS_SHARED || (m == COMPARED && all[i].votes <= best[COMPARED - 1].votes)) continue;
        for (; at > 0 && best[at - 1].votes < all[i].votes; at--) best[at] = best[at - 1];
        best[at] = all[i];
        m += m < COMPARED;
    }
    return m;
}

static double rows_alike(const packer *p, size_t a, size_t b)
{
    const entry *x = p->entry + p->row[a], *const x_end = p->entry + p->row[a + 1];
    const entry *y = p->entry + p->row[b], *const y_end = p->entry + p->row[b + 1];
    size_t both = 0;
    while (x < x_end && y < y_end) {
        const uint32_t i = x->id, k = y->id, less = x->count < y->count ? x->count : y->count;
        both += i == k ? less : 0;
        x += i <= k;
        y += k <= i;
    }
    return (double)both / (p->length[a] + p->length[b] - (double)both);
}

/* Whether chunk b says nothing that a, nearly the same, does not say: another number is another chunk. */
static tkc_status says_the_same(near_copies *c, size_t a, size_t b, bool *yes, tkc_error *err)
{
    const tkc_str first = c->p->chunk[a].text, later = c->p->chunk[b].text;
    tkc_match m;
    tkc_status status;
    *yes = false;
    if (rows_alike(c->p, a, b) < NEAR_ROWS) return TKC_OK;
    status = tkc_compare_texts(first, later, 0, &m, c->p->alloc, err);
    if (status || !m.copy) return status;
    if (!c->guard) status = tkc_guard_new(&c->guard, NULL, c->p->alloc, err);
    if (status) return status;
    tkc_guard_clear(c->guard);
    status = tkc_guard_hold(c->guard, first, err);
    if (!status) status = tkc_guard_hold(c->guard, later, err);
    if (!status) status = tkc_guard_check(c->guard, later, (tkc_str){"", 0}, &c->losses, err);
    *yes = !status && c->losses.n_refused == 0;
    return status;
}

static tkc_status look_for_near_copies(near_copies *c, tkc_pack_item *item, tkc_error *err)
{
    const packer *p = c->p;
    tkc_status status = TKC_OK;
    for (size_t i = 0; i < p->n && !status; i++) {
        uint32_t key[KEYS];
        hit who[COMPARED];
        size_t n_key, n;
        unsigned full;
        bool same = false;
        if (item[i].state == TKC_PACK_COPY || p->length[i] < SHORTEST_COPY) continue;
        n_key = keys_of(p, i, key);
        n = candidates(c, key, n_key, who, &full);
        for (size_t k = 0; k < n && !same && !status; k++) {
            status = says_the_same(c, who[k].chunk, i, &same, err);
            if (!same) continue;
            item[i].state = TKC_PACK_COPY;
            item[i].copy_of = who[k].chunk;
        }
        for (size_t k = 0; k < n_key && !same; k++) {
            size_t at = slot_of(c, key[k]);
            if (full >> k & 1) continue; /* or chains would grow with the chunks */
            while (c->slot[at].chunk) at = (at + 1) & (c->n_slot - 1);
            c->slot[at] = (key_slot){key[k], (uint32_t)i + 1};
        }
    }
    return status;
}

static tkc_status find_near_copies(packer *p, tkc_pack_item *item, tkc_error *err)
{
    near_copies c = {.p = p, .n_slot = 64};
    tkc_status status;
    while (c.n_slot < 2 * KEYS * p->n) c.n_slot *= 2;
    c.slot = tkc_alloc_zero(p->alloc, c.n_slot, sizeof *c.slot);
    c.place = tkc_alloc_zero(p->alloc, p->n, sizeof *c.place);
    tkc_losses_init(&c.losses, p->alloc);
    status = c.slot && c.place ? look_for_near_copies(&c, item, err) : tkc_nomem(err);
    tkc_losses_release(&c.losses);
    tkc_guard_free(c.guard);
    tkc_free(p->alloc, c.slot, c.n_slot, sizeof *c.slot);
    tkc_free(p->alloc, c.place, p->n, sizeof *c.place);
    return status;
}

/* The chunk that a copy is of, through those that became copies of another themselves. */
static uint32_t original_of(const tkc_pack_item *item, uint32_t i)
{
    while (item[i].state == TKC_PACK_COPY) i = item[i].copy_of;
    return i;
}

/* A smaller copy takes the place of a first one that found no room; whether there is any. */
static bool let_copies_in(packer *p, tkc_pack_item *item, const bool *chosen, const size_t *weight, double *value)
{
    bool any = false;
    for (size_t i = 0; i < p->n; i++) {
        size_t first;
        if (item[i].state != TKC_PACK_COPY) continue;
        first = original_of(item, (uint32_t)i);
        if (chosen[first] || weight[i] >= weight[first]) continue;
        item[first].state = TKC_PACK_COPY;
        item[first].copy_of = (uint32_t)i;
        value[first] = 0;
        item[i].state = TKC_PACK_KEPT;
        value[i] = p->score[i] * (double)(weight[i] ? weight[i] : 1);
        any = any || value[i] > 0;
    }
    return any;
}

/* --- whole sentences of one chunk --------------------------------------------------------- */

/* How much of the query is in a sentence; p->list begins with the n_query terms of the query. */
static tkc_status worth_of(packer *p, tkc_str sentence, size_t n_query, double *worth, tkc_error *err)
{
    tkc_status status;
    p->list.n = n_query;
    status = tkc_terms_read(p->terms, sentence, &p->list, err);
    *worth = 1e-6; /* a sentence without the query's words is better than none */
    for (size_t q = 0; q < n_query && !status; q++) {
        const tkc_term *t = &p->list.term[q];
        size_t k = n_query;
        if (t->is_stop || t->id >= p->n_term) continue;
        while (k < p->list.n && p->list.term[k].id != t->id) k++;
        if (k < p->list.n) *worth += p->idf[t->id];
    }
    return status;
}

/* The run of whole sentences that has most of the query and at most `room` tokens. */
static tkc_status shorten(packer *p, tkc_str query, size_t which, size_t room, tkc_encoder *e,
                          tkc_pack_item *item, tkc_error *err)
{
    const tkc_str text = p->chunk[which].text;
    tkc_sentences walk = tkc_sentences_of(text);
    tkc_sentence s[MOST_SENTENCES];
    double worth[MOST_SENTENCES], best = 0, sum = 0;
    size_t size[MOST_SENTENCES], n = 0, n_query, used = 0, first = 0, last = 0, whole = room + 1;
    tkc_status status;
    p->list.n = 0;
    status = tkc_terms_read(p->terms, query, &p->list, err);
    n_query = p->list.n;
    while (!status && n < MOST_SENTENCES && tkc_sentence_next(&walk, &s[n])) {
        const tkc_str one = {text.ptr + s[n].begin, s[n].end - s[n].begin};
        status = worth_of(p, one, n_query, &worth[n], err);
        if (!status) status = tkc_count_upto(e, one, 0, room, &size[n], err);
        n++;
    }
    if (status || n < 2) return status;
    for (size_t from = 0, to = 0; to < n; to++) { /* two ends that only go forward */
        used += size[to];
        sum += worth[to];
        for (; used > room && from <= to; from++) {
            used -= size[from];
            sum -= worth[from];
        }
        if (from <= to && sum > best) {
            best = sum;
            first = from;
            last = to;
        }
    }
    if (best <= 0) return TKC_OK;
    for (;; last--) { /* the blanks between them cost, too */
        status = tkc_count_upto(e, (tkc_str){text.ptr + s[first].begin, s[last].end - s[first].begin}, 0, room, &whole, err);
        if (status || whole <= room || last == first) break;
    }
    if (status || whole > room) return status;
    item->state = TKC_PACK_SHORTENED;
    item->tokens = whole;
    item->begin = s[first].begin;
    item->end = s[last].end;
    return TKC_OK;
}

/* --- all of it ---------------------------------------------------------------------------- */

/* The knapsack's choice becomes a diverse one; its value stays the bound that says what that costs. */
static tkc_status diversify(packer *p, const tkc_pack_item *item, const size_t *weight, size_t budget, double diversity,
                            bool *chosen, tkc_pack_result *r, tkc_error *err)
{
    const tkc_pack_rows rows = {p->entry, p->row, p->idf, p->n};
    bool *may = tkc_alloc(p->alloc, p->n, sizeof *may);
    tkc_status status;
    if (!may) return tkc_nomem(err);
    for (size_t i = 0; i < p->n; i++) may[i] = item[i].state != TKC_PACK_COPY;
    status = tkc_pack_diverse(&rows, p->score, weight, may, diversity, budget, chosen, p->alloc, err);
    tkc_free(p->alloc, may, p->n, sizeof *may);
    r->is_exact = false;
    return status;
}

static tkc_status choose(packer *p, tkc_str query, size_t budget, const tkc_pack_options *opt, bool found,
                         tkc_pack_item *item, tkc_pack_result *r, tkc_error *err)
{
    size_t *weight = tkc_alloc(p->alloc, p->n, sizeof *weight);
    double *value = tkc_alloc(p->alloc, p->n, sizeof *value);
    bool *chosen = tkc_alloc_zero(p->alloc, p->n, sizeof *chosen);
    tkc_status status = TKC_OK;
    size_t best = SIZE_MAX;
    if (!weight || !value || !chosen) {
        status = tkc_nomem(err);
        goto out;
    }
    for (size_t i = 0; i < p->n; i++) {
        weight[i] = p->chunk[i].tokens;
        value[i] = item[i].state == TKC_PACK_COPY ? 0 : p->score[i] * (double)(weight[i] ? weight[i] : 1);
        item[i].score = p->score[i];
    }
    if (found) {
        status = tkc_knapsack(weight, value, p->n, budget, chosen, &r->is_exact, &r->bound, p->alloc, err);
        if (!status && let_copies_in(p, item, chosen, weight, value))
            status = tkc_knapsack(weight, value, p->n, budget, chosen, &r->is_exact, &r->bound, p->alloc, err);
        if (!status && opt && opt->diversity > 0) status = diversify(p, item, weight, budget, opt->diversity, chosen, r, err);
        if (status) goto out;
    } else { /* nothing to go by: from the beginning */
        size_t left = budget;
        r->is_exact = true;
        for (size_t i = 0; i < p->n && weight[i] <= left; i++) {
            chosen[i] = item[i].state != TKC_PACK_COPY;
            left -= chosen[i] ? weight[i] : 0;
        }
    }
    for (size_t i = 0; i < p->n; i++) {
        if (chosen[i]) {
            item[i].state = TKC_PACK_KEPT;
            item[i].tokens = weight[i];
            item[i].end = p->chunk[i].text.len;
            r->tokens += weight[i];
            r->value += value[i];
            r->n_kept++;
        } else if (item[i].state != TKC_PACK_COPY) {
            item[i].state = found && p->score[i] <= 0 ? TKC_PACK_NO_MATCH : TKC_PACK_NO_ROOM;
            if (item[i].state == TKC_PACK_NO_ROOM && !p->chunk[i].whole && (best == SIZE_MAX || p->score[i] > p->score[best])) best = i;
        } else {
            item[i].copy_of = original_of(item, (uint32_t)i);
        }
    }
    if (best != SIZE_MAX && opt && opt->encoder && budget > r->tokens) {
        status = shorten(p, query, best, budget - r->tokens, opt->encoder, &item[best], err);
        if (!status && item[best].state == TKC_PACK_SHORTENED) {
            r->tokens += item[best].tokens;
            r->n_kept++;
        }
    }
out:
    tkc_free(p->alloc, weight, p->n, sizeof *weight);
    tkc_free(p->alloc, value, p->n, sizeof *value);
    tkc_free(p->alloc, chosen, p->n, sizeof *chosen);
    return status;
}

tkc_status tkc_pack(const tkc_pack_chunk *chunk, size_t n, tkc_str query, size_t budget,
                    const tkc_pack_options *opt, tkc_pack_item *item, tkc_pack_result *result,
                    const tkc_allocator *alloc, tkc_error *err)
{
    packer p = {.alloc = tkc_allocator_or_default(alloc), .chunk = chunk, .n = n};
    tkc_pack_result r = {0};
    bool found = false;
    tkc_status status = TKC_OK;
    if (opt && opt->struct_size != sizeof *opt)
        return tkc_fail(err, TKC_E_ARG, 0, "tkc_pack_options.struct_size is not its size");
    if (n >= UINT32_MAX) return tkc_fail(err, TKC_E_LIMIT, 0, "too many chunks");
    if (opt && (opt->title_weight > MOST_TITLE_WEIGHT || !(opt->diversity >= 0 && opt->diversity <= 1)))
        return tkc_fail(err, TKC_E_ARG, 0, "a title counts at most %d times, and diversity is 0 to 1", (int)MOST_TITLE_WEIGHT);
    p.title_weight = opt && opt->title_weight ? opt->title_weight : TITLE_WEIGHT;
    *result = (tkc_pack_result){.is_exact = true};
    if (!n) return TKC_OK;
    memset(item, 0, n * sizeof *item);
    tkc_term_list_init(&p.list, p.alloc);
    p.row = tkc_alloc_zero(p.alloc, n + 1, sizeof *p.row);
    p.length = tkc_alloc_zero(p.alloc, 5 * n, sizeof *p.length);
    if (!p.row || !p.length) status = tkc_nomem(err);
    if (!status) {
        p.score = p.length + n;
        p.sum = p.score + n;
        p.window = p.sum + n;
        p.left = p.window + n;
        status = tkc_terms_new(&p.terms, opt ? opt->language : NULL, opt ? opt->seed : 0, p.alloc, err);
    }
    for (size_t i = 0; i < n && !status; i++) status = read_chunk(&p, i, err);
    if (!status) status = weigh(&p, err);
    if (!status) {
        if (opt && opt->order != TKC_PACK_AUTO) r.is_text = opt->order == TKC_PACK_TEXT;
        else status = judge(&p, &r.is_text, err);
    }
    if (!status) {
        status = score(&p, query, r.is_text, &found, err);
    }
    if (!status) status = find_copies(&p, item, err);
    if (!status) status = find_near_copies(&p, item, err);
    if (!status) status = choose(&p, query, budget, opt, found, item, &r, err);
    if (!status) *result = r;
    tkc_free(p.alloc, p.row, n + 1, sizeof *p.row);
    tkc_free(p.alloc, p.length, 5 * n, sizeof *p.length);
    tkc_free(p.alloc, p.entry, p.cap_entry, sizeof *p.entry);
    tkc_free(p.alloc, p.df, p.n_term, sizeof *p.df);
    tkc_free(p.alloc, p.idf, p.n_term, sizeof *p.idf);
    tkc_id_list_release(&p.ids, p.alloc);
    tkc_term_list_release(&p.list);
    tkc_terms_free(p.terms);
    return status;
}
