/*
 * guard.c - how often each fact is said, with its clause where it needs one.
 *
 * Reading a text is what costs, and the same texts come again: what was held is asked about, a pass is tried
 * again, a plan runs once more without the guard; and of a text that is new the sentences may be old, as in a summary. So what
 * was read of a text and of its blocks is kept, found by a hash of their bytes.
 */
#include "optimizer/text/guard_known.h"

#include "optimizer/text/sorted.h"
#include "optimizer/text/stem.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Open addressing by key. Key 0 is stored as 1. */
typedef struct cell {
    uint64_t key; /* 0: free */
    uint64_t value;
} cell;

typedef struct table {
    cell *cell;
    size_t n, cap; /* cap a power of two, at least twice n */
} table;

/* A text or a block that was read: facts of read.fact. Of so long a hash two texts do not have the same one by chance. */
typedef struct reading {
    XXH128_hash_t hash;
    uint32_t len, first, n; /* len 0: free */
    uint32_t open;          /* tkc_facts.open */
} reading;

/* A block of the text that is read. */
typedef struct block {
    size_t begin, end, first, n, open;
} block;

typedef struct readings {
    reading *slot;
    size_t n, cap; /* cap a power of two, at least twice n */
    uint64_t age;  /* how often all were forgotten, from 1 on */
    tkc_guard_fact *fact;
    size_t n_fact, cap_fact;
    block *block;
    size_t cap_block;
} readings;

/* Of texts and blocks kept, and of their facts; then all are forgotten. A request of a million tokens fits in. */
enum { MAX_READ = 1 << 18, MAX_FACT = 1 << 20 };

struct tkc_guard {
    const tkc_allocator *alloc;
    tkc_guard_options opt;
    tkc_terms *terms;
    tkc_term_list list;
    tkc_facts facts;
    readings read;
    table said;  /* how often a fact is, by key; 0: it was once and is not now */
    table rule;  /* of clauses that were read, by their bytes and facts */
    uint64_t *key, *put_key;
    size_t cap_key, cap_put;
    uint64_t *part; /* of one clause */
    size_t cap_part;
    uint64_t *seen; /* by term: the last clause that it was in; NO_MATTER: a stem that makes no difference */
    size_t cap_seen;
    uint64_t n_clause; /* whose key was made */
};

#define NO_MATTER UINT64_MAX

/* The key of a bound kind's value alone, for tkc_guard_invented(). */
static uint64_t alone(uint64_t key)
{
    return key ^ 0x9e3779b97f4a7c15u;
}

void tkc_losses_init(tkc_losses *l, const tkc_allocator *alloc)
{
    *l = (tkc_losses){.alloc = tkc_allocator_or_default(alloc)};
}

void tkc_losses_release(tkc_losses *l)
{
    tkc_free(l->alloc, l->loss, l->cap, sizeof *l->loss);
    tkc_losses_init(l, l->alloc);
}

/* --- the table --------------------------------------------------------------------------------- */

static cell *find(const table *t, uint64_t key)
{
    size_t i;
    if (!key) key = 1;
    i = (size_t)(key * 0x9e3779b97f4a7c15u >> 20) & (t->cap - 1);
    while (t->cell[i].key && t->cell[i].key != key) i = (i + 1) & (t->cap - 1);
    return &t->cell[i];
}

static tkc_status widen_table(table *t, size_t more, const tkc_allocator *alloc, tkc_error *err)
{
    table wide = {.n = t->n, .cap = t->cap ? t->cap : 64};
    while (wide.cap / 2 < t->n + more) {
        if (wide.cap > SIZE_MAX / 4) return tkc_nomem(err);
        wide.cap *= 2;
    }
    wide.cell = tkc_alloc_zero(alloc, wide.cap, sizeof *wide.cell);
    if (!wide.cell) return tkc_nomem(err);
    for (size_t i = 0; i < t->cap; i++)
        if (t->cell[i].key) *find(&wide, t->cell[i].key) = t->cell[i];
    tkc_free(alloc, t->cell, t->cap, sizeof *t->cell);
    *t = wide;
    return TKC_OK;
}

static inline tkc_status make_room(table *t, size_t more, const tkc_allocator *alloc, tkc_error *err)
{
    return t->n + more <= t->cap / 2 ? TKC_OK : widen_table(t, more, alloc, err);
}

/* The cell of a key, for which there is room. */
static cell *put(table *t, uint64_t key)
{
    cell *c = find(t, key);
    if (!c->key) {
        c->key = key ? key : 1;
        t->n++;
    }
    return c;
}

static void empty(table *t)
{
    if (t->cap) memset(t->cell, 0, t->cap * sizeof *t->cell);
    t->n = 0;
}

static int64_t count_of(const tkc_guard *g, uint64_t key)
{
    return g->said.cap ? (int64_t)find(&g->said, key)->value : 0;
}

/* --- keys -------------------------------------------------------------------------------------- */

bool tkc_guard_is_said_by_fact(const tkc_fact *x)
{
    return x->kind == TKC_FACT_NEGATION || x->kind == TKC_FACT_MODAL || x->kind == TKC_FACT_LIMIT ||
           (x->kind == TKC_FACT_NUMBER && !x->loose_unit) || x->kind == TKC_FACT_DATE || x->kind == TKC_FACT_TIME;
}

/* Spreads the bits of a number over 64. */
static uint64_t spread(uint64_t x)
{
    x *= 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

/* The key of a clause's rule: equal for clauses that say the same thing in the guard's sense. Of its stems, each once, and of
 * its negations, numbers and the like, each as often as it stands there: summed up, since their order says nothing. */
static tkc_status clause_key(tkc_guard *g, tkc_str text, const tkc_clause *c, uint64_t *out, tkc_error *err)
{
    const tkc_fact *x = g->facts.fact + c->first, *const stop = x + c->n;
    uint64_t sum[4] = {0};
    const size_t had = g->cap_seen;
    tkc_status st;
    g->list.n = 0;
    st = tkc_terms_read(g->terms, (tkc_str){text.ptr + c->begin, c->end - c->begin}, &g->list, err);
    if (st) return st;
    if (!tkc_grow(g->alloc, &g->seen, &g->cap_seen, tkc_terms_n(g->terms), SIZE_MAX / 16, sizeof *g->seen)) return tkc_nomem(err);
    if (g->cap_seen > had) memset(g->seen + had, 0, (g->cap_seen - had) * sizeof *g->seen);
    g->n_clause++;
    for (const tkc_fact *y = x; y < stop; y++) {
        if (!tkc_guard_is_said_by_fact(y)) continue;
        sum[0] += y->key;
        sum[1]++;
    }
    for (size_t k = 0; k < g->list.n; k++) {
        const tkc_term *t = &g->list.term[k];
        const size_t b = c->begin + t->begin;
        const tkc_fact *y;
        if (t->is_stop || g->seen[t->id] >= g->n_clause) continue;
        while (x < stop && x->end <= b) x++;
        for (y = x; y < stop && y->begin <= b; y++)
            if (tkc_guard_is_said_by_fact(y) && y->end > b) break;
        if (y < stop && y->begin <= b) continue;
        g->seen[t->id] = g->n_clause;
        sum[2] += spread((uint64_t)t->id + 1);
        sum[3]++;
    }
    *out = XXH3_64bits(sum, sizeof sum);
    return TKC_OK;
}

/* --- what was read ----------------------------------------------------------------------------- */

static void forget(tkc_guard *g)
{
    readings *r = &g->read;
    if (r->cap) memset(r->slot, 0, r->cap * sizeof *r->slot);
    r->n = r->n_fact = 0;
    r->age++;
    empty(&g->rule);
}

static reading *place_of(const readings *r, XXH128_hash_t hash)
{
    size_t i = (size_t)hash.low64 & (r->cap - 1);
    while (r->slot[i].len && (r->slot[i].hash.low64 != hash.low64 || r->slot[i].hash.high64 != hash.high64)) i = (i + 1) & (r->cap - 1);
    return &r->slot[i];
}

static tkc_status widen(readings *r, const tkc_allocator *alloc, tkc_error *err)
{
    const size_t cap = r->cap ? 2 * r->cap : 64;
    reading *slot = tkc_alloc_zero(alloc, cap, sizeof *slot);
    if (!slot) return tkc_nomem(err);
    for (size_t i = 0; i < r->cap; i++) {
        size_t k = (size_t)r->slot[i].hash.low64 & (cap - 1);
        if (!r->slot[i].len) continue;
        while (slot[k].len) k = (k + 1) & (cap - 1);
        slot[k] = r->slot[i];
    }
    tkc_free(alloc, r->slot, r->cap, sizeof *r->slot);
    r->slot = slot;
    r->cap = cap;
    return TKC_OK;
}

static bool is_waived_value(const tkc_guard *g, tkc_str v)
{
    for (size_t k = 0; k < g->opt.n_waived; k++)
        if (g->opt.waived[k].len == v.len && !memcmp(g->opt.waived[k].ptr, v.ptr, v.len)) return true;
    return false;
}

/* Marks and blanks at the ends of a clause are in no term. */
static bool is_in_term(char c)
{
    return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The key of a clause that may have been read before, in another text: a summary takes whole sentences. */
static tkc_status rule_of(tkc_guard *g, tkc_str text, size_t i, uint64_t *out, tkc_error *err)
{
    const tkc_clause *c = &g->facts.clause[i];
    size_t begin = c->begin, end = c->end, n = 0;
    uint64_t is;
    cell *known;
    tkc_status st;
    if (!tkc_grow(g->alloc, &g->part, &g->cap_part, 2 * (size_t)c->n, SIZE_MAX / 16, sizeof *g->part)) return tkc_nomem(err);
    while (begin < end && !is_in_term(text.ptr[begin])) begin++;
    while (end > begin && !is_in_term(text.ptr[end - 1])) end--;
    for (size_t x = c->first; x < (size_t)c->first + c->n; x++) {
        const tkc_fact *f = &g->facts.fact[x];
        g->part[n++] = (uint64_t)(uint32_t)(f->begin - begin) << 32 | (uint32_t)(f->end - begin);
        g->part[n++] = f->key ^ f->loose_unit;
    }
    is = XXH3_64bits_withSeed(g->part, n * sizeof *g->part, XXH3_64bits(text.ptr + begin, end - begin));
    st = make_room(&g->rule, 1, g->alloc, err);
    if (st) return st;
    known = find(&g->rule, is);
    if (!known->key) {
        st = clause_key(g, text, c, out, err);
        if (!st) put(&g->rule, is)->value = *out;
        return st;
    }
    *out = known->value;
    return TKC_OK;
}

/* Appends the facts of text to read.fact. */
static tkc_status read_facts(tkc_guard *g, tkc_str text, tkc_error *err)
{
    tkc_facts *f = &g->facts;
    readings *r = &g->read;
    tkc_status st = tkc_facts_read(f, text, err);
    if (st) return st;
    if (f->n && !tkc_grow(g->alloc, &r->fact, &r->cap_fact, r->n_fact + f->n, SIZE_MAX / 64, sizeof *r->fact)) return tkc_nomem(err);
    for (size_t c = 0; c < f->n_clause; c++) {
        const tkc_clause *in = &f->clause[c];
        uint64_t rule = 0;
        bool known = false;
        for (size_t x = in->first, k = 0; k < in->n; k++, x++) {
            const tkc_fact *y = &f->fact[x];
            uint64_t own = y->key;
            if (g->opt.bound & TKC_GUARD_BIT(y->kind)) {
                if (!known && (st = rule_of(g, text, c, &rule, err)) != TKC_OK) return st;
                known = true;
                own = XXH3_64bits_withSeed(&rule, sizeof rule, own);
            }
            r->fact[r->n_fact++] = (tkc_guard_fact){.key = y->key, .said = own, .begin = (uint32_t)y->begin, .end = (uint32_t)y->end,
                                                    .clause_begin = (uint32_t)in->begin, .clause_end = (uint32_t)in->end,
                                                    .kind = y->kind, .is_waived = is_waived_value(g, tkc_fact_value(f, x))};
        }
    }
    return TKC_OK;
}

/* The place of a text or block: free where it was not read, and there is room then. */
static tkc_status find_reading(tkc_guard *g, XXH128_hash_t hash, reading **out, tkc_error *err)
{
    readings *r = &g->read;
    if (2 * (r->n + 1) > r->cap) {
        const tkc_status st = widen(r, g->alloc, err);
        if (st) return st;
    }
    *out = place_of(r, hash);
    return TKC_OK;
}

/* text: one block, whose place is free. */
static tkc_status read_block(tkc_guard *g, tkc_str text, XXH128_hash_t hash, reading *out, tkc_error *err)
{
    readings *r = &g->read;
    const size_t first = r->n_fact;
    const tkc_status st = read_facts(g, text, err);
    if (st) return st;
    *out = (reading){hash, (uint32_t)text.len, (uint32_t)first, (uint32_t)(r->n_fact - first), (uint32_t)g->facts.open};
    r->n++;
    return TKC_OK;
}

/* What the blocks of a text say, with their places in it (facts.h); its tkc_facts.open. */
static size_t join_facts(readings *r, tkc_str text, size_t n_block)
{
    size_t clause = 0; /* where the first one of the block begins in the text */
    for (size_t i = 0; i < n_block; i++) {
        const block *b = &r->block[i];
        for (size_t k = 0; k < b->n; k++) {
            tkc_guard_fact x = r->fact[b->first + k];
            x.begin += (uint32_t)b->begin;
            x.end += (uint32_t)b->begin;
            x.clause_begin = (uint32_t)(x.clause_begin ? x.clause_begin + b->begin : clause);
            x.clause_end += (uint32_t)b->begin;
            if (x.clause_end == b->end && b->begin + b->open > b->end && b->end < text.len) x.clause_end++; /* behind the newline */
            r->fact[r->n_fact++] = x;
        }
        if (b->open) clause = b->begin + b->open; /* 0: nothing is said in the block, and its clause goes on */
    }
    return clause;
}

/* A text that was not read before; out: its place, which is another one where its blocks took places. */
static tkc_status read_text(tkc_guard *g, tkc_str text, XXH128_hash_t hash, reading **out, tkc_error *err)
{
    readings *r = &g->read;
    tkc_fact_blocks walk = tkc_fact_blocks_of(text);
    size_t begin, end, n_block = 0, sum = 0;
    tkc_status st = TKC_OK;
    while (!st && tkc_fact_block_next(&walk, &begin, &end)) {
        const tkc_str part = {text.ptr + begin, end - begin};
        XXH128_hash_t of_part;
        reading *x;
        if (part.len == text.len) return read_block(g, text, hash, *out, err);
        of_part = XXH3_128bits(part.ptr, part.len);
        st = find_reading(g, of_part, &x, err);
        if (!st && !x->len) st = read_block(g, part, of_part, x, err);
        if (st) return st;
        if (!tkc_grow(g->alloc, &r->block, &r->cap_block, n_block + 1, SIZE_MAX / 64, sizeof *r->block)) return tkc_nomem(err);
        r->block[n_block++] = (block){begin, end, x->first, x->n, x->open};
        sum += x->n;
    }
    if (!st) st = find_reading(g, hash, out, err);
    if (st) return st;
    if (sum && !tkc_grow(g->alloc, &r->fact, &r->cap_fact, r->n_fact + sum, SIZE_MAX / 64, sizeof *r->fact)) return tkc_nomem(err);
    **out = (reading){.hash = hash, .len = (uint32_t)text.len, .first = (uint32_t)r->n_fact, .n = (uint32_t)sum};
    r->n++;
    (*out)->open = (uint32_t)join_facts(r, text, n_block);
    return TKC_OK;
}

tkc_status tkc_guard_know(tkc_guard *g, tkc_str text, tkc_guard_known *out, tkc_error *err)
{
    readings *r = &g->read;
    XXH128_hash_t hash;
    reading *x;
    tkc_status st;
    *out = (tkc_guard_known){.age = r->age};
    if (!text.len) return TKC_OK;
    if (text.len > (size_t)INT32_MAX) return tkc_fail(err, TKC_E_LIMIT, 0, "text of %zu bytes: facts are read of at most 2 GB", text.len);
    if (r->n_fact > MAX_FACT || r->n > MAX_READ) forget(g);
    hash = XXH3_128bits(text.ptr, text.len);
    st = find_reading(g, hash, &x, err);
    if (!st && !x->len) st = read_text(g, text, hash, &x, err);
    if (!st) *out = (tkc_guard_known){r->age, x->first, x->n};
    return st;
}

bool tkc_guard_knows(const tkc_guard *g, const tkc_guard_known *x)
{
    return x->age == g->read.age;
}

tkc_status tkc_guard_read(tkc_guard *g, tkc_str text, const tkc_guard_fact **out, size_t *n, tkc_error *err)
{
    tkc_guard_known x;
    const tkc_status st = tkc_guard_know(g, text, &x, err);
    *out = !st && x.n ? g->read.fact + x.first : NULL;
    *n = st ? 0 : x.n;
    return st;
}

/* --- life -------------------------------------------------------------------------------------- */

tkc_status tkc_guard_new(tkc_guard **out, const tkc_guard_options *opt, const tkc_allocator *alloc, tkc_error *err)
{
    /* the words of empty phrases and of politeness, as they are stemmed */
    static const char empty[] = "please kindly note mind aware order fact thank thanks also just simply important worth noting "
                                "mentioning mentioned remember bear advised keep want like needless saying information";
    tkc_guard *g;
    tkc_status st;
    alloc = tkc_allocator_or_default(alloc);
    g = tkc_alloc_zero(alloc, 1, sizeof *g);
    if (!g) return tkc_nomem(err);
    g->alloc = alloc;
    g->read.age = 1;
    if (opt) memcpy(&g->opt, opt, opt->struct_size < sizeof g->opt ? opt->struct_size : sizeof g->opt);
    if (!g->opt.bound) g->opt.bound = TKC_GUARD_BOUND;
    tkc_facts_init(&g->facts, alloc);
    tkc_term_list_init(&g->list, alloc);
    st = tkc_terms_new(&g->terms, g->opt.language, 0x746b63, alloc, err);
    if (!st) st = tkc_terms_read(g->terms, (tkc_str){empty, sizeof empty - 1}, &g->list, err);
    if (!st && (g->seen = tkc_alloc_zero(alloc, tkc_terms_n(g->terms), sizeof *g->seen)) == NULL) st = tkc_nomem(err);
    if (st) {
        tkc_guard_free(g);
        return st;
    }
    g->cap_seen = tkc_terms_n(g->terms);
    for (size_t i = 0; i < g->list.n; i++) g->seen[g->list.term[i].id] = NO_MATTER;
    *out = g;
    return TKC_OK;
}

void tkc_guard_free(tkc_guard *g)
{
    if (!g) return;
    tkc_facts_release(&g->facts);
    tkc_term_list_release(&g->list);
    tkc_terms_free(g->terms);
    tkc_free(g->alloc, g->said.cell, g->said.cap, sizeof *g->said.cell);
    tkc_free(g->alloc, g->rule.cell, g->rule.cap, sizeof *g->rule.cell);
    tkc_free(g->alloc, g->key, g->cap_key, sizeof *g->key);
    tkc_free(g->alloc, g->put_key, g->cap_put, sizeof *g->put_key);
    tkc_free(g->alloc, g->read.slot, g->read.cap, sizeof *g->read.slot);
    tkc_free(g->alloc, g->read.fact, g->read.cap_fact, sizeof *g->read.fact);
    tkc_free(g->alloc, g->read.block, g->read.cap_block, sizeof *g->read.block);
    tkc_free(g->alloc, g->part, g->cap_part, sizeof *g->part);
    tkc_free(g->alloc, g->seen, g->cap_seen, sizeof *g->seen);
    tkc_free(g->alloc, g, 1, sizeof *g);
}

tkc_terms *tkc_guard_terms(const tkc_guard *g)
{
    return g->terms;
}

void tkc_guard_clear(tkc_guard *g)
{
    empty(&g->said);
}

void tkc_guard_waive(tkc_guard *g, unsigned kinds)
{
    g->opt.waive = kinds;
}

/* --- what callers ask -------------------------------------------------------------------------- */

static tkc_status add(tkc_guard *g, const tkc_guard_fact *f, size_t n, int64_t by, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < n; i++) {
        st = make_room(&g->said, 2, g->alloc, err); /* most are said again: a table of them all would be many times as large */
        if (st) break;
        put(&g->said, f[i].said)->value += (uint64_t)by;
        if (f[i].said != f[i].key) put(&g->said, alone(f[i].key))->value += (uint64_t)by;
    }
    return st;
}

static tkc_status change(tkc_guard *g, tkc_str text, int64_t by, tkc_error *err)
{
    const tkc_guard_fact *f;
    size_t n;
    tkc_status st = tkc_guard_read(g, text, &f, &n, err);
    return st ? st : add(g, f, n, by, err);
}

tkc_status tkc_guard_hold(tkc_guard *g, tkc_str text, tkc_error *err)
{
    return change(g, text, 1, err);
}

tkc_status tkc_guard_replace(tkc_guard *g, tkc_str removed, tkc_str put, tkc_error *err)
{
    tkc_status st = change(g, put, 1, err);
    return st ? st : change(g, removed, -1, err);
}

static bool is_refused(const tkc_guard *g, const tkc_guard_fact *x)
{
    return !x->is_waived && !(g->opt.waive & TKC_GUARD_BIT(x->kind));
}

static tkc_status add_loss(const tkc_guard *g, const tkc_guard_fact *x, size_t text, tkc_losses *l, tkc_error *err)
{
    if (l->n == l->cap && !tkc_grow(l->alloc, &l->loss, &l->cap, l->n + 1, SIZE_MAX / 64, sizeof *l->loss)) return tkc_nomem(err);
    l->loss[l->n] = (tkc_loss){.text = text, .begin = x->begin, .end = x->end, .kind = (tkc_fact_kind)x->kind,
                               .clause_begin = x->clause_begin, .clause_end = x->clause_end,
                               .waived = !is_refused(g, x)};
    l->n_refused += !l->loss[l->n].waived;
    l->n++;
    return TKC_OK;
}

/* How many of n keys sorted by value are below key. */
static size_t below(const uint64_t *sorted, size_t n, uint64_t key)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (sorted[mid] < key) lo = mid + 1;
        else hi = mid;
    }
    return lo;
}

static int64_t among(const uint64_t *sorted, size_t n, uint64_t key)
{
    size_t behind = key == UINT64_MAX ? n : below(sorted, n, key + 1);
    return (int64_t)(behind - below(sorted, n, key));
}

/* The keys of a text's facts, sorted. */
static tkc_status sorted_keys(tkc_guard *g, const tkc_guard_fact *f, size_t n, uint64_t **key, size_t *cap, tkc_error *err)
{
    if (n && !tkc_grow(g->alloc, key, cap, n, SIZE_MAX / 16, sizeof **key)) return tkc_nomem(err);
    for (size_t i = 0; i < n; i++) (*key)[i] = f[i].said;
    if (n) tkc_sort_values(*key, n);
    return TKC_OK;
}

tkc_status tkc_guard_check(tkc_guard *g, tkc_str removed, tkc_str put, tkc_losses *l, tkc_error *err)
{
    const tkc_guard_fact *f = NULL;
    size_t n, n_put;
    tkc_status st = tkc_guard_read(g, put, &f, &n_put, err);
    if (!st) st = sorted_keys(g, f, n_put, &g->put_key, &g->cap_put, err);
    if (!st) st = tkc_guard_read(g, removed, &f, &n, err);
    if (!st) st = sorted_keys(g, f, n, &g->key, &g->cap_key, err);
    l->n = l->n_refused = 0;
    for (size_t i = 0; !st && i < n; i++)
        if (count_of(g, f[i].said) - among(g->key, n, f[i].said) + among(g->put_key, n_put, f[i].said) <= 0)
            st = add_loss(g, &f[i], 0, l, err);
    return st;
}

tkc_status tkc_guard_invented(tkc_guard *g, tkc_str text, tkc_losses *l, tkc_error *err)
{
    const tkc_guard_fact *f;
    size_t n;
    tkc_status st = tkc_guard_read(g, text, &f, &n, err);
    l->n = l->n_refused = 0;
    for (size_t i = 0; !st && i < n; i++)
        if (f[i].kind != TKC_FACT_ORDER && count_of(g, f[i].said == f[i].key ? f[i].key : alone(f[i].key)) <= 0) st = add_loss(g, &f[i], 0, l, err);
    return st;
}

static tkc_status missing(const tkc_guard *g, const tkc_guard_known *x, size_t index, tkc_losses *l, tkc_error *err)
{
    tkc_status st = TKC_OK;
    for (size_t i = 0; !st && i < x->n; i++) {
        const tkc_guard_fact *f = &g->read.fact[x->first + i];
        if (count_of(g, f->said) <= 0) st = add_loss(g, f, index, l, err);
    }
    return st;
}

tkc_status tkc_guard_missing_known(tkc_guard *g, const tkc_guard_known *x, tkc_losses *l, tkc_error *err)
{
    return missing(g, x, 0, l, err);
}

tkc_status tkc_guard_missing(tkc_guard *g, tkc_str text, tkc_losses *l, tkc_error *err)
{
    tkc_guard_known x;
    const tkc_status st = tkc_guard_know(g, text, &x, err);
    return st ? st : missing(g, &x, 0, l, err);
}

tkc_status tkc_guard_hold_if_missing(tkc_guard *g, tkc_str text, bool *held, tkc_error *err)
{
    const tkc_guard_fact *f;
    size_t n, i = 0;
    tkc_status st = tkc_guard_read(g, text, &f, &n, err);
    while (!st && i < n && (!is_refused(g, &f[i]) || count_of(g, f[i].said) > 0)) i++;
    *held = !st && i < n;
    return *held ? add(g, f, n, 1, err) : st;
}

tkc_status tkc_guard_compare(tkc_guard *g, const tkc_str *before, size_t n_before, const tkc_str *after,
                             size_t n_after, tkc_losses *l, tkc_error *err)
{
    tkc_status st = TKC_OK;
    l->n = l->n_refused = 0;
    tkc_guard_clear(g);
    for (size_t i = 0; i < n_after && !st; i++) st = tkc_guard_hold(g, after[i], err);
    for (size_t i = 0; i < n_before && !st; i++) {
        tkc_guard_known x;
        st = tkc_guard_know(g, before[i], &x, err);
        if (!st) st = missing(g, &x, i, l, err);
    }
    return st;
}
