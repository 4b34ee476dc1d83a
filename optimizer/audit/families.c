/*
 * families.c - what each set of a family's pieces would have found, for layout.h's search.
 *
 * A set of pieces in front is found when all of them were the same in an earlier request that is not
 * older than an entry's life: a matter of the set, not of the order in it. So for every set one walk over the
 * requests says when it was found, and one walk over pairs of sets what a mark behind the larger saves when
 * the one before it stands behind the smaller. The messages stand behind a set: what of them is found is the
 * longest beginning that an earlier request had, behind the same set.
 */
#include "optimizer/audit/families.h"

#include "optimizer/cache/layout.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>
#include <string.h>

/* --- numbers by hash -------------------------------------------------------------------------------- */

void tkc_seen_init(tkc_seen *s, const tkc_allocator *alloc)
{
    *s = (tkc_seen){.alloc = alloc};
}

void tkc_seen_release(tkc_seen *s)
{
    tkc_free(s->alloc, s->entry, s->cap, sizeof *s->entry);
    tkc_seen_init(s, s->alloc);
}

static void clear_seen(tkc_seen *s)
{
    s->n = 0;
    for (size_t i = 0; i < s->cap; i++) s->entry[i] = (struct tkc_seen_entry){0};
}

static struct tkc_seen_entry *slot_of(struct tkc_seen_entry *e, size_t cap, uint64_t key)
{
    size_t i = (size_t)(key ^ key >> 29) & (cap - 1);
    while (e[i].key && e[i].key != key) i = (i + 1) & (cap - 1);
    return &e[i];
}

int64_t *tkc_seen_at(tkc_seen *s, uint64_t key)
{
    struct tkc_seen_entry *e;
    key += key == 0; /* 0 is a free place */
    if ((s->n + 1) * 4 > s->cap * 3) {
        const size_t cap = s->cap ? s->cap * 2 : 64;
        struct tkc_seen_entry *now = tkc_alloc_zero(s->alloc, cap, sizeof *now);
        if (!now) return NULL;
        for (size_t i = 0; i < s->cap; i++)
            if (s->entry[i].key) *slot_of(now, cap, s->entry[i].key) = s->entry[i];
        tkc_free(s->alloc, s->entry, s->cap, sizeof *s->entry);
        s->entry = now;
        s->cap = cap;
    }
    e = slot_of(s->entry, s->cap, key);
    if (!e->key) {
        *e = (struct tkc_seen_entry){key, TKC_SEEN_NEVER};
        s->n++;
    }
    return &e->value;
}

/* --- a family under way ------------------------------------------------------------------------------ */

/* Bits of found: a set was; it and all messages were, and nothing behind them. END is no hash of a message. */
enum { FRONT = 1, ALL = 2, END = 0x454e44 };

typedef struct step {
    uint32_t from, to; /* sets by number */
} step;

typedef struct work {
    const tkc_observed *ob;
    tkc_plan *plan;
    const tkc_allocator *alloc;
    uint32_t n_group, width; /* width: of value and tokens, at least 1 */
    uint8_t group[TKC_MOST_SLOTS]; /* of each slot */
    uint64_t tools, texts, lead;   /* the groups of each zone; lead: the first message, where a mark may stand behind it */
    size_t n_set;
    uint64_t *set;                 /* those that may stand in front; set[0] is none */
    step *step;
    size_t n_step;
    uint64_t *value;               /* of each request and group: the sum of what it has there */
    uint32_t *tokens;
    uint64_t (*setting)[3];        /* of each request, by zone */
    uint32_t *total, *talk;        /* tokens of all; of the messages */
    uint8_t *found;                /* of each set and request: FRONT, ALL */
    uint32_t *found_talk;          /* behind each set: 1 + tokens of the messages; 0 none */
    int64_t *gain;                 /* of pairs of sets; second halves: with the messages in it */
    uint64_t *w;                   /* tokens of each set, of the request under way; what of it is an entry */
    int64_t reach, premium;
    tkc_seen seen;
} work;

static void release(work *k)
{
    const size_t n = k->ob->n;
    tkc_free(k->alloc, k->set, k->n_set, sizeof *k->set);
    tkc_free(k->alloc, k->step, k->n_step, sizeof *k->step);
    tkc_free(k->alloc, k->value, n * k->width, sizeof *k->value);
    tkc_free(k->alloc, k->tokens, n * k->width, sizeof *k->tokens);
    tkc_free(k->alloc, k->setting, n, sizeof *k->setting);
    tkc_free(k->alloc, k->total, n, sizeof *k->total);
    tkc_free(k->alloc, k->talk, n, sizeof *k->talk);
    tkc_free(k->alloc, k->found, n * k->n_set, 1);
    tkc_free(k->alloc, k->found_talk, n * k->n_set, sizeof *k->found_talk);
    tkc_free(k->alloc, k->gain, 4 * k->n_set * k->n_set, sizeof *k->gain);
    tkc_free(k->alloc, k->w, 2 * k->n_set, sizeof *k->w);
    tkc_seen_release(&k->seen);
}

static bool is_head(const tkc_kept *p)
{
    return !p->is_setting && p->zone != TKC_ZONE_MESSAGES;
}

/* --- groups: what changes together is one -------------------------------------------------------------- */

typedef struct pattern {
    uint64_t hash;
    uint32_t values, slot; /* how many there are; the first that has it */
    uint8_t zone;
} pattern;

static int by_change(const void *a, const void *b)
{
    const pattern *x = a, *y = b;
    if (x->zone != y->zone) return x->zone < y->zone ? -1 : 1;
    if (x->values != y->values) return x->values < y->values ? -1 : 1;
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

/* How many groups the work allows. */
static uint32_t most_groups(const tkc_observed *ob)
{
    uint64_t parts = 0, sets = 4, pairs = 9;
    uint32_t n = 2;
    for (size_t i = 0; i < ob->n; i++) parts += ob->call[i].n;
    if (!ob->free_order) return TKC_MOST_PLACES;
    while (n < TKC_MOST_GROUPS && pairs * 3 * ob->n <= ob->max_work && sets * 2 * (parts + 4 * ob->n) <= ob->max_work &&
           sets * 2 * ob->n <= ob->max_work / 8) {
        n++;
        pairs *= 3;
        sets *= 2;
    }
    return n;
}

static bool is_talk(const tkc_kept *p)
{
    return !p->is_setting && p->zone == TKC_ZONE_MESSAGES;
}

/* Is a mark behind the first message worth a thought? It is where several requests have the same one, and go on. */
static tkc_status find_lead(work *k, bool *has_lead, tkc_error *err)
{
    size_t values = 0, calls = 0;
    bool goes_on = false;
    *has_lead = false;
    if (!k->ob->free_order || !k->ob->terms.by_marks) return TKC_OK;
    for (size_t i = 0; i < k->ob->n; i++) {
        const tkc_observed_call *c = &k->ob->call[i];
        size_t j = 0, n = 0;
        int64_t *seen;
        while (j < c->n && !is_talk(&c->part[j])) j++;
        if (j == c->n) continue;
        seen = tkc_seen_at(&k->seen, c->part[j].hash);
        if (!seen) return tkc_nomem(err);
        values += *seen == TKC_SEEN_NEVER;
        *seen = 1;
        calls++;
        while (j < c->n && n < 2) n += is_talk(&c->part[j++]);
        goes_on = goes_on || n == 2;
    }
    clear_seen(&k->seen);
    *has_lead = goes_on && values < calls;
    return TKC_OK;
}

/* Each slot's values are numbered as they come; slots with the same numbers change together. */
static tkc_status find_groups(work *k, tkc_error *err)
{
    const tkc_observed *ob = k->ob;
    uint32_t most = most_groups(ob);
    pattern p[TKC_MOST_SLOTS], of[TKC_MOST_SLOTS];
    size_t stamp[TKC_MOST_SLOTS] = {0};
    uint64_t hash[TKC_MOST_SLOTS] = {0};
    uint32_t n_pattern = 0;
    bool has_tool = false, text_first = false, decided = false, has_lead;
    tkc_status st = find_lead(k, &has_lead, err);
    if (st) return st;
    if (most > 2) most -= has_lead;
    memset(p, 0, sizeof p);
    for (uint32_t s = 0; s < ob->n_slot; s++) p[s].slot = s;
    for (size_t i = 0; i < ob->n; i++) {
        bool text = false, tool = false;
        for (size_t j = 0; j < ob->call[i].n; j++) {
            const tkc_kept *x = &ob->call[i].part[j];
            if (!is_head(x)) continue;
            if (!text && !tool) text_first = decided ? text_first : x->zone == TKC_ZONE_SYSTEM;
            text = text || x->zone == TKC_ZONE_SYSTEM;
            tool = tool || x->zone == TKC_ZONE_TOOLS;
            p[x->place].zone = x->zone;
            if (stamp[x->place] != i + 1) hash[x->place] = 0;
            stamp[x->place] = i + 1;
            hash[x->place] += tkc_mix(x->hash, x->tokens);
        }
        decided = decided || (text && tool);
        has_tool = has_tool || tool;
        for (uint32_t s = 0; s < ob->n_slot && ob->free_order; s++) {
            int64_t *number = tkc_seen_at(&k->seen, tkc_mix(stamp[s] == i + 1 ? hash[s] | 1 : 0, s));
            if (!number) return tkc_nomem(err);
            if (*number == TKC_SEEN_NEVER) *number = p[s].values++;
            p[s].hash = tkc_mix(p[s].hash, (uint64_t)*number);
        }
    }
    clear_seen(&k->seen);
    k->plan->system_first = has_tool && decided && text_first;
    if (!ob->free_order) {
        k->n_group = ob->n_slot;
        for (uint32_t s = 0; s < ob->n_slot; s++) k->group[s] = (uint8_t)s;
        return TKC_OK;
    }
    if (k->plan->system_first)
        for (uint32_t s = 0; s < ob->n_slot; s++) p[s].zone = p[s].zone == TKC_ZONE_TOOLS ? TKC_ZONE_SYSTEM : TKC_ZONE_TOOLS;
    qsort(p, ob->n_slot, sizeof *p, by_change);
    for (uint32_t s = 0; s < ob->n_slot; s++) {
        uint32_t g = 0;
        while (g < n_pattern && (of[g].hash != p[s].hash || of[g].zone != p[s].zone)) g++;
        if (g == n_pattern) of[n_pattern++] = p[s];
        k->group[p[s].slot] = (uint8_t)g;
    }
    /* too many: the most volatile of the zone that has most are one */
    k->plan->n_pooled = 0;
    while (n_pattern > most) {
        uint32_t n[2] = {0, 0}, last = 0, zone;
        for (uint32_t g = 0; g < n_pattern; g++) n[of[g].zone != 0]++;
        zone = n[1] >= n[0];
        for (uint32_t g = 0; g < n_pattern; g++)
            if ((of[g].zone != 0) == zone) last = g;
        for (uint32_t s = 0; s < ob->n_slot; s++)
            if (k->group[s] >= last) k->group[s]--; /* into the one before it; the others move up */
        memmove(&of[last], &of[last + 1], (n_pattern - last - 1) * sizeof *of);
        n_pattern--;
        k->plan->n_pooled++;
    }
    k->n_group = n_pattern;
    for (uint32_t g = 0; g < n_pattern; g++) {
        const bool is_tool = (of[g].zone == TKC_ZONE_TOOLS) != k->plan->system_first;
        *(is_tool ? &k->tools : &k->texts) |= UINT64_C(1) << g;
    }
    if (has_lead) k->lead = UINT64_C(1) << k->n_group++;
    return TKC_OK;
}

/* --- sets ----------------------------------------------------------------------------------------------- */

static uint32_t index_of(const work *k, uint64_t set)
{
    return k->ob->free_order ? (uint32_t)set : (uint32_t)__builtin_popcountll(set);
}

/* Whether the messages, or those behind the first, can stand right behind a set: tools cannot be behind them. */
static bool before_talk(const work *k, size_t s)
{
    return k->ob->free_order ? ((k->tools | k->lead) & ~k->set[s]) == 0 : s + 1 == k->n_set;
}

/* Whether a set can be all that stands in front of a place. */
static bool is_front(const work *k, uint64_t set)
{
    if (!k->ob->free_order || !(k->tools & ~set)) return true;
    return !(set & k->lead) && (k->plan->system_first || !(set & k->texts));
}

/* Whether a place behind `set` can be the next one behind `before`, a part of it. */
static bool is_step(const work *k, uint64_t before, uint64_t set)
{
    const uint64_t more = set & ~before;
    if (!is_front(k, set) || !is_front(k, before)) return false;
    if ((before & k->lead) && (more & (k->tools | k->texts))) return false;
    return !(k->plan->system_first && (before & k->tools) && (more & k->texts));
}

/* All steps, each set's own in front of them: of what is left out no layout is made. */
static tkc_status list_steps(work *k, tkc_error *err)
{
    for (int pass = 0; pass < 2; pass++) {
        k->n_step = 0;
        for (uint32_t s = 0; s < k->n_set; s++)
            for (uint64_t b = k->set[s];; b = k->ob->free_order ? (b - 1) & k->set[s] : b >> 1) {
                const bool is_one = k->ob->terms.by_marks || __builtin_popcountll(k->set[s] ^ b) <= 1;
                if (is_one && is_step(k, b, k->set[s])) {
                    if (pass) k->step[k->n_step] = (step){index_of(k, b), s};
                    k->n_step++;
                }
                if (!b) break;
            }
        if (!pass) k->step = tkc_alloc(k->alloc, k->n_step, sizeof *k->step);
        if (!k->step) return tkc_nomem(err);
    }
    return TKC_OK;
}

static tkc_status open_sets(work *k, tkc_error *err)
{
    const tkc_observed *ob = k->ob;
    const size_t n = ob->n;
    k->width = k->n_group ? k->n_group : 1;
    k->n_set = ob->free_order ? (size_t)1 << k->n_group : (size_t)k->n_group + 1;
    k->set = tkc_alloc(k->alloc, k->n_set, sizeof *k->set);
    k->value = tkc_alloc_zero(k->alloc, n * k->width, sizeof *k->value);
    k->tokens = tkc_alloc_zero(k->alloc, n * k->width, sizeof *k->tokens);
    k->setting = tkc_alloc_zero(k->alloc, n, sizeof *k->setting);
    k->total = tkc_alloc_zero(k->alloc, n, sizeof *k->total);
    k->talk = tkc_alloc_zero(k->alloc, n, sizeof *k->talk);
    k->found = tkc_alloc(k->alloc, n * k->n_set, 1);
    k->found_talk = tkc_alloc(k->alloc, n * k->n_set, sizeof *k->found_talk);
    k->gain = tkc_alloc(k->alloc, 4 * k->n_set * k->n_set, sizeof *k->gain);
    k->w = tkc_alloc_zero(k->alloc, 2 * k->n_set, sizeof *k->w);
    if (!k->set || !k->value || !k->tokens || !k->setting || !k->total || !k->talk || !k->found || !k->found_talk || !k->gain || !k->w)
        return tkc_nomem(err);
    for (size_t s = 0; s < k->n_set; s++) k->set[s] = ob->free_order ? s : (UINT64_C(1) << s) - 1;
    for (size_t i = 0; i < n; i++) {
        bool first = k->lead != 0;
        for (size_t j = 0; j < ob->call[i].n; j++) {
            const tkc_kept *x = &ob->call[i].part[j];
            if (first && is_talk(x)) {
                const size_t at = i * k->width + (size_t)__builtin_ctzll(k->lead);
                k->value[at] = tkc_mix(tkc_mix(x->hash, 5), x->tokens);
                k->tokens[at] = x->tokens;
                first = false;
            } else if (x->is_setting) {
                k->setting[i][x->zone] = tkc_mix(x->hash, 3);
            } else if (x->zone == TKC_ZONE_MESSAGES) {
                k->talk[i] += x->tokens;
            } else {
                const size_t at = i * k->width + k->group[x->place];
                k->value[at] += tkc_mix(tkc_mix(x->hash, x->place), x->tokens);
                k->tokens[at] += x->tokens;
            }
            k->total[i] += x->is_setting ? 0 : x->tokens;
        }
    }
    return TKC_OK;
}

/* The hash of what a request has in a set, with the settings in front of it; its tokens. */
static uint64_t value_of(const work *k, size_t i, uint64_t set, bool talk, uint64_t *tokens)
{
    const uint64_t *g = k->setting[i];
    const bool all = talk || (set & k->lead), system = all || k->plan->system_first || !k->ob->free_order || (set & k->texts);
    uint64_t h = tkc_mix(g[TKC_ZONE_TOOLS], set);
    if (system) h = tkc_mix(h, g[TKC_ZONE_SYSTEM]);
    if (all) h = tkc_mix(h, g[TKC_ZONE_MESSAGES]);
    *tokens = 0;
    for (; set; set &= set - 1) {
        const size_t at = i * k->width + (size_t)__builtin_ctzll(set);
        h = tkc_mix(h, k->value[at]);
        *tokens += k->tokens[at];
    }
    return h;
}

static uint64_t entry_of(const work *k, uint64_t tokens)
{
    return k->ob->terms.by_marks && tokens < k->ob->terms.min[0] ? 0 : tokens;
}

/* Is an entry there? And it is now, again. */
static tkc_status look(work *k, uint64_t key, int64_t now, int64_t ttl, bool *alive, tkc_error *err)
{
    int64_t *at = tkc_seen_at(&k->seen, key);
    if (!at) return tkc_nomem(err);
    *alive = *at != TKC_SEEN_NEVER && now - *at <= ttl;
    if (!*alive || k->ob->rule->refresh) *at = now;
    return TKC_OK;
}

/* When a set was found. */
static tkc_status observe_set(work *k, size_t s, int64_t ttl, tkc_error *err)
{
    clear_seen(&k->seen);
    for (size_t i = 0; i < k->ob->n; i++) {
        uint64_t tokens;
        const uint64_t key = value_of(k, i, k->set[s], false, &tokens);
        bool alive = false;
        tkc_status st = TKC_OK;
        if (s && entry_of(k, tokens)) st = look(k, key, k->ob->call[i].at, ttl, &alive, err);
        if (st) return st;
        k->found[s * k->ob->n + i] = alive ? FRONT : 0;
    }
    return TKC_OK;
}

/* An entry at the end of messages, as far as it looks back for one. */
static tkc_status look_back(work *k, uint64_t key, int64_t now, int64_t ttl, uint32_t blocks, bool *alive, tkc_error *err)
{
    const uint32_t reach = k->ob->rule->how == TKC_CACHE_MARKS ? k->ob->rule->lookback.lo : TKC_CACHE_NO_END;
    const int64_t *at = tkc_seen_at(&k->seen, key);
    if (!at) return tkc_nomem(err);
    *alive = *at != TKC_SEEN_NEVER && now - *at <= ttl && (reach >= TKC_CACHE_NO_END || blocks < reach);
    return TKC_OK;
}

/* What of the messages was found behind a set: with marks an earlier request as a whole, else any beginning. */
static tkc_status observe_talk(work *k, size_t s, int64_t ttl, tkc_error *err)
{
    const bool marks = k->ob->terms.by_marks;
    clear_seen(&k->seen);
    for (size_t i = 0; i < k->ob->n; i++) {
        const tkc_observed_call *c = &k->ob->call[i];
        uint64_t tokens, found = 0, read = 0, key = value_of(k, i, k->set[s], true, &tokens), here = 0;
        uint32_t last = 0, first = 0;
        bool lead = k->lead != 0, alive = false;
        tkc_status st = TKC_OK;
        for (size_t j = c->n; j--;)
            if (is_talk(&c->part[j])) {
                if (!last) last = c->part[j].place;
                first = c->part[j].place;
            }
        if (marks && lead && entry_of(k, tokens)) { /* one that had no more than the first message */
            st = look_back(k, key, c->at, ttl, last - first, &alive, err);
            if (alive) {
                found = 1;
                read = key;
            }
        }
        for (size_t j = 0; j < c->n && !st; j++) {
            const tkc_kept *x = &c->part[j];
            if (!is_talk(x)) continue;
            if (lead) {
                lead = false;
                continue;
            }
            key = tkc_mix(tkc_mix(key, x->hash), x->tokens);
            here += x->tokens;
            if (!entry_of(k, tokens + here)) continue;
            if (marks)
                st = look_back(k, key, c->at, ttl, last - x->place, &alive, err);
            else
                st = look(k, key, c->at, ttl, &alive, err);
            if (alive) {
                found = 1 + here;
                read = key;
            }
        }
        if (!st && !marks) {
            st = look(k, tkc_mix(key, END), c->at, ttl, &alive, err);
            if (!st && alive) k->found[s * k->ob->n + i] |= ALL;
        }
        if (st) return st;
        if (marks && entry_of(k, tokens + here)) { /* it leaves an entry at its end; what was read lives anew */
            int64_t *at = tkc_seen_at(&k->seen, key);
            if (!at) return tkc_nomem(err);
            if (read != key || !found || k->ob->rule->refresh) *at = c->at;
            if (found && k->ob->rule->refresh) {
                at = tkc_seen_at(&k->seen, read);
                if (!at) return tkc_nomem(err);
                *at = c->at;
            }
        }
        k->found_talk[s * k->ob->n + i] = (uint32_t)found;
    }
    return TKC_OK;
}

/* Without marks, what stands behind the messages is found where the whole request is: for each of
 * its pieces, as the last. */
static void sum_behind(work *k, size_t i, size_t s)
{
    for (uint64_t rest = k->set[s]; rest; rest &= rest - 1) {
        const size_t from = index_of(k, k->set[s] & ~(rest & -rest));
        k->gain[(k->n_set + from) * 2 * k->n_set + s] +=
            k->reach * (int64_t)(tkc_audit_readable(&k->ob->terms, k->ob->rule, k->w[s] + k->talk[i], k->total[i], false) -
                                 tkc_audit_readable(&k->ob->terms, k->ob->rule, k->w[from] + k->talk[i], k->total[i], false));
    }
}

/* Sums over all requests of what steps save. */
static void sum_steps(work *k)
{
    const tkc_observed *ob = k->ob;
    const size_t n = ob->n, row = 2 * k->n_set;
    uint64_t *entry = k->w + k->n_set;
    memset(k->gain, 0, 2 * row * k->n_set * sizeof *k->gain);
    for (size_t i = 0; i < n; i++) {
        for (size_t s = 0; s < k->n_set; s++) {
            const unsigned last = s ? 63 - (unsigned)__builtin_clzll(k->set[s]) : 0;
            k->w[s] = s ? k->w[index_of(k, k->set[s] ^ UINT64_C(1) << last)] + k->tokens[i * k->width + last] : 0;
        }
        for (size_t j = 0; j < k->n_step; j++) {
            const size_t from = k->step[j].from, s = k->step[j].to;
            int64_t *g = k->gain + from * row;
            if (from == s) { /* before any step from it */
                entry[s] = ob->terms.by_marks ? entry_of(k, k->w[s]) : tkc_audit_readable(&ob->terms, ob->rule, k->w[s], k->total[i], false);
            } else {
                const int64_t more = (int64_t)(entry[s] - entry[from]);
                g[s] += (k->found[s * n + i] & FRONT ? k->reach - k->premium : -k->premium) * more;
            }
            if (before_talk(k, s) && (ob->terms.by_marks || from == s)) {
                const uint32_t talk = k->found_talk[s * n + i];
                const uint64_t with = talk ? k->w[s] + talk - 1 : 0;
                const uint64_t found = ob->terms.by_marks ? with : tkc_audit_readable(&ob->terms, ob->rule, with, k->total[i], false);
                if (talk) g[k->n_set + s] += k->reach * ((int64_t)found - (int64_t)entry[from]);
                g[k->n_set + s] -= k->premium * ((int64_t)entry_of(k, k->w[s] + k->talk[i]) - (int64_t)entry[from]);
            }
        }
        for (size_t s = 0; s < k->n_set; s++)
            if (before_talk(k, s) && k->found[s * n + i] & ALL) sum_behind(k, i, s);
    }
}

static int64_t gain_of(void *ctx, uint64_t before, uint64_t set)
{
    const work *k = ctx;
    const uint64_t talk = UINT64_C(1) << k->n_group, front = set & ~talk;
    const size_t s = index_of(k, front), b = index_of(k, before & ~talk), row = 2 * k->n_set;
    if (before & talk) return k->ob->terms.by_marks ? INT64_MIN : k->gain[(k->n_set + b) * row + s];
    if (!is_step(k, before, front)) return INT64_MIN;
    if (!(set & talk)) return k->gain[b * row + s];
    return before_talk(k, s) ? k->gain[b * row + k->n_set + s] : INT64_MIN;
}

/* --- the plan ------------------------------------------------------------------------------------------- */

static void weigh(work *k, uint32_t life)
{
    const tkc_audit_terms *t = &k->ob->terms;
    const tkc_cache_rule *r = k->ob->rule;
    int64_t read = r->read_permille.hi == TKC_CACHE_UNKNOWN ? 500 : r->read_permille.hi;
    int64_t write = t->by_marks ? r->ttl[life < r->n_ttl ? life : r->n_ttl - 1].write_permille : 1000;
    if (t->is_priced && t->price_in) {
        read = (int64_t)(t->price_read * 1000 / t->price_in);
        if (t->by_marks) write = (int64_t)(t->price_write[life] * 1000 / t->price_in);
    }
    k->premium = write - 1000;
    k->reach = write > read ? write - read : 1;
}

tkc_status tkc_plan_of(tkc_plan *out, const tkc_observed *ob, tkc_error *err)
{
    work k = {.ob = ob, .plan = out, .alloc = ob->alloc};
    const uint32_t lives = ob->ttl || ob->rule->n_ttl < 2 ? 1 : 2;
    tkc_layout_segment seg[TKC_LAYOUT_MOST] = {{0}};
    tkc_layout_options o = {.struct_size = sizeof o, .gain = gain_of, .gain_ctx = &k, .alloc = ob->alloc};
    tkc_layout best = {.cost = INT64_MAX};
    tkc_status st;
    *out = (tkc_plan){.n_slot = ob->n_slot, .free_order = ob->free_order, .keep_marks = ob->keep_marks, .alloc = ob->alloc};
    tkc_seen_init(&k.seen, ob->alloc);
    st = find_groups(&k, err);
    if (!st) st = open_sets(&k, err);
    if (!st) st = list_steps(&k, err);
    out->rank = tkc_alloc_zero(ob->alloc, ob->n_slot + 1, sizeof *out->rank);
    if (!st && !out->rank) st = tkc_nomem(err);
    o.marks = ob->terms.by_marks;
    o.fixed_order = !ob->free_order;
    o.max_marks = o.marks ? (ob->rule->max_breakpoints ? ob->rule->max_breakpoints : 4) : 0;
    if (o.max_marks > TKC_LAYOUT_MAX_MARKS) o.max_marks = TKC_LAYOUT_MAX_MARKS;
    for (uint32_t i = 0; i < lives && !st; i++) {
        const bool is_long = ob->ttl ? ob->rule->n_ttl > 1 && ob->ttl >= ob->rule->ttl[1].seconds.lo : i == 1;
        tkc_layout l;
        weigh(&k, is_long);
        for (size_t s = 0; s < k.n_set && !st; s++) {
            if (is_front(&k, k.set[s])) st = observe_set(&k, s, ob->terms.ttl[0][is_long], err);
            if (!st && before_talk(&k, s)) st = observe_talk(&k, s, ob->terms.ttl[0][is_long], err);
        }
        if (st) break;
        sum_steps(&k);
        st = tkc_layout_best(&l, seg, k.n_group + 1, &o, err);
        if (st || l.cost >= best.cost) continue;
        best = l;
        out->is_long = is_long;
    }
    if (!st) {
        for (uint32_t i = 0; i <= k.n_group; i++) {
            if (best.order[i] == k.n_group) out->messages = i;
            if (k.lead && best.order[i] + 1u == k.n_group) out->lead = i;
            for (uint32_t s = 0; s < ob->n_slot; s++)
                if (k.group[s] == best.order[i]) out->rank[s] = (uint16_t)i;
        }
        if (!k.lead) out->lead = out->messages;
        /* no text stands behind a tool that is read after it, or the first message, but behind all messages */
        uint32_t first = out->lead;
        for (uint32_t s = 0; s < ob->n_slot && out->system_first; s++)
            if (k.tools >> k.group[s] & 1 && out->rank[s] < first) first = out->rank[s];
        for (uint32_t s = 0; s < ob->n_slot; s++)
            if (k.texts >> k.group[s] & 1 && out->rank[s] > first && out->rank[s] < out->messages) out->rank[s] = (uint16_t)(out->rank[s] + k.n_group + 1);
        out->n_mark = best.n_mark;
        memcpy(out->mark, best.mark, sizeof out->mark);
        }
    release(&k);
    return st;
}

void tkc_plan_release(tkc_plan *p)
{
    if (!p->alloc) return;
    tkc_free(p->alloc, p->rank, p->rank ? p->n_slot + 1 : 0, sizeof *p->rank);
    tkc_free(p->alloc, p->sort, p->cap_sort, sizeof *p->sort);
    *p = (tkc_plan){0};
}

/* --- laying out ------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const uint64_t x = **(const uint64_t (*)[2])a, y = **(const uint64_t (*)[2])b;
    return x < y ? -1 : x > y;
}

/* Where a part stands: its zone, or behind the messages; its group; its slot. */
static uint64_t place_of(const tkc_plan *p, const tkc_kept *x, size_t i, bool is_first, uint64_t *rank)
{
    enum { TOOL_SETTING, FIRST_SETTING, FIRST, SECOND_SETTING, SECOND, TALK_SETTING, TALK, BEHIND };
    uint64_t where, slot = 0;
    *rank = 0;
    if (x->is_setting) {
        where = x->zone == TKC_ZONE_TOOLS ? TOOL_SETTING : x->zone == TKC_ZONE_MESSAGES ? TALK_SETTING : p->system_first ? FIRST_SETTING : SECOND_SETTING;
    } else if (x->zone == TKC_ZONE_MESSAGES) {
        where = TALK;
        *rank = is_first ? p->lead : p->messages;
    } else {
        *rank = p->rank[x->place];
        slot = x->place;
        where = *rank > p->messages ? BEHIND : (x->zone == TKC_ZONE_SYSTEM) == p->system_first ? FIRST : SECOND;
    }
    return where << 56 | *rank << 48 | slot << 36 | i;
}

tkc_status tkc_plan_lay_out(tkc_plan *p, const tkc_kept *part, size_t n, tkc_audit_record *out, tkc_error *err)
{
    bool talk = false;
    if (!tkc_grow(p->alloc, &p->sort, &p->cap_sort, n, (size_t)1 << 32, sizeof *p->sort)) return tkc_nomem(err);
    for (size_t i = 0; i < n; i++) {
        uint64_t rank;
        const bool is_first = is_talk(&part[i]) && !talk;
        talk = talk || is_first;
        p->sort[i][0] = place_of(p, &part[i], i, is_first, &rank);
        p->sort[i][1] = rank;
    }
    if (p->free_order) qsort(p->sort, n, sizeof *p->sort, by_place);
    out->n_seg = 0;
    if (!tkc_grow(out->alloc, &out->seg, &out->cap_seg, n, SIZE_MAX / sizeof *out->seg, sizeof *out->seg)) return tkc_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const tkc_kept *x = &part[p->sort[i][0] & ((UINT64_C(1) << 36) - 1)];
        out->seg[out->n_seg++] = (tkc_audit_segment){.hash = {x->hash, tkc_mix(x->hash, is_head(x) ? x->place : UINT32_MAX)}, .tokens = x->tokens, .kind = x->kind,
                                                     .role = x->role, .zone = x->zone, .is_setting = x->is_setting, .mark = p->keep_marks ? x->mark : TKC_MARK_NONE};
    }
    tkc_audit_number_blocks(out);
    if (p->keep_marks) return TKC_OK;
    out->is_auto = false;
    out->is_long = p->is_long;
    for (uint32_t m = 0; m < p->n_mark; m++) {
        size_t last = n;
        for (size_t i = 0; i < n; i++)
            if (!out->seg[i].is_setting && p->sort[i][1] <= p->mark[m]) last = i;
        if (last < n) out->seg[last].mark = p->is_long ? TKC_MARK_LONG : TKC_MARK_SHORT;
    }
    return TKC_OK;
}
