/*
 * layout.c - the search. Sets of segments are bit masks; what a set is worth as a cached prefix
 * does not depend on the order in it, which is what makes programming over sets exact.
 *
 * All in whole numbers: tokens to 10^9 each and 63 of them, times 10^3, times 10^6 would not fit
 * 64 bits, so the sum of tokens is held to 10^9.
 */
#include "optimizer/cache/layout.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

#define MAX_SUM UINT64_C(1000000000)

/* The chance that a prefix of these segments is found: multiplied in the order of their numbers,
 * rounded down each time, so that it is a matter of the set alone. */
static uint64_t chance(const tkc_layout_segment *s, uint64_t set, uint32_t alive)
{
    uint64_t c = alive;
    for (; set && c; set &= set - 1) {
        uint32_t stay = s[__builtin_ctzll(set)].stay;
        if (stay != TKC_LAYOUT_SURE) c = c * stay / TKC_LAYOUT_SURE;
    }
    return c;
}

static uint64_t tokens_of(const tkc_layout_segment *s, uint64_t set)
{
    uint64_t n = 0;
    for (; set; set &= set - 1) n += s[__builtin_ctzll(set)].tokens;
    return n;
}

/* Of a prefix, what the call before it left there. */
static uint64_t found_of(const tkc_layout_segment *s, uint64_t set, const tkc_layout_options *o)
{
    uint64_t n = 0;
    for (; set; set &= set - 1) {
        const tkc_layout_segment *x = &s[__builtin_ctzll(set)];
        if (o->marks && x->grown && x->grown_blocks > o->lookback) return 0;
        n += x->tokens - x->grown;
    }
    if (n < o->min_tokens) return 0;
    return !o->marks && o->step > 1 ? n - n % o->step : n;
}

/* What a token costs less that is read instead of written. */
static int64_t reach(const tkc_layout_options *o, unsigned life)
{
    return o->life[life].write > o->read ? (int64_t)(o->life[life].write - o->read) : 0;
}

/* What a written token costs more than an ordinary one, in the cost's unit. */
static int64_t premium(const tkc_layout_options *o, unsigned life)
{
    return ((int64_t)o->life[life].write - 1000) * TKC_LAYOUT_SURE;
}

int64_t tkc_layout_cost(const tkc_layout_segment *s, size_t n, const tkc_layout_options *o, const uint8_t *order,
                        const uint8_t *mark, const uint8_t *life, size_t n_mark)
{
    uint64_t set = 0, last = 0, found_before = 0;
    int64_t cost;
    const uint64_t all = tokens_of(s, n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1);
    size_t k = 0;
    cost = (int64_t)all * 1000 * TKC_LAYOUT_SURE;
    for (size_t i = 0; i < n; i++) {
        const unsigned of = life && k < n_mark ? life[k] : 0;
        uint64_t here, written;
        set |= UINT64_C(1) << order[i];
        if (o->marks && (k == n_mark || mark[k] != i)) continue;
        k++;
        here = found_of(s, set, o);
        written = tokens_of(s, set);
        cost += (int64_t)(written - last) * premium(o, of);
        last = written;
        if (here <= found_before) continue;
        cost -= (int64_t)(chance(s, set, o->life[of].alive) * (here - found_before)) * reach(o, of);
        found_before = here;
    }
    return cost;
}

uint32_t tkc_layout_alive(const double *gap, size_t n, double ttl)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++) k += gap[i] <= ttl;
    return n ? (uint32_t)((uint64_t)k * TKC_LAYOUT_SURE / n) : 0;
}

/* --- marks -------------------------------------------------------------------------------- */

/* One set that may stand in front of a mark. */
typedef struct front {
    uint64_t set, tokens, found, chance[TKC_LAYOUT_MAX_LIVES];
    uint64_t enders; /* which of them can stand last and take a mark */
    /* by number of marks and the life of the last one, which stands here: what they save, INT64_MIN if they cannot
     * be; the front and the life of the mark before */
    int64_t best[TKC_LAYOUT_MAX_MARKS + 1][TKC_LAYOUT_MAX_LIVES];
    uint32_t from[TKC_LAYOUT_MAX_MARKS + 1][TKC_LAYOUT_MAX_LIVES];
    uint8_t from_life[TKC_LAYOUT_MAX_MARKS + 1][TKC_LAYOUT_MAX_LIVES];
} front;

/* What a mark of that life behind t saves when the one before it stands behind b, in the cost's unit. */
static int64_t gain_of(const front *b, const front *t, unsigned life, const tkc_layout_options *o)
{
    if (o->gain) return o->gain(o->gain_ctx, b->set, t->set);
    /* A mark that finds no more than the one before it is not worth its place. */
    if (t->found <= b->found) return INT64_MIN;
    return (int64_t)(t->chance[life] * (t->found - b->found)) * reach(o, life) - (int64_t)(t->tokens - b->tokens) * premium(o, life);
}

/* A mark of that life behind t and, in front of it, one of any that is no shorter behind b. */
static void link_fronts(const front *f, size_t b, front *t, unsigned life, const tkc_layout_options *o)
{
    const int64_t gain = gain_of(&f[b], t, life, o);
    if (gain == INT64_MIN) return;
    for (uint32_t m = 1; m <= o->max_marks; m++)
        for (unsigned k = life; k < o->n_life; k++)
            if (f[b].best[m - 1][k] != INT64_MIN && f[b].best[m - 1][k] + gain > t->best[m][life]) {
                t->best[m][life] = f[b].best[m - 1][k] + gain;
                t->from[m][life] = (uint32_t)b;
                t->from_life[m][life] = (uint8_t)k;
            }
}

/* Fills best. Fronts are sorted so that a subset stands before its supersets; front 0 is the empty set, in front of
 * which any life may stand. */
static void chain(front *f, size_t n, const tkc_layout_options *o)
{
    for (size_t t = 0; t < n; t++)
        for (uint32_t m = 0; m <= o->max_marks; m++)
            for (unsigned k = 0; k < o->n_life; k++) f[t].best[m][k] = m == 0 && t == 0 ? 0 : INT64_MIN;
    for (size_t t = 1; t < n; t++) {
        if (!f[t].enders) continue;
        for (size_t b = 0; b < t; b++) {
            if ((f[b].set & ~f[t].set) || !(f[t].enders & ~f[b].set)) continue;
            for (unsigned life = 0; life < o->n_life; life++) link_fronts(f, b, &f[t], life, o);
        }
    }
}

static uint64_t enders_of(const tkc_layout_segment *s, uint64_t set, bool fixed)
{
    uint64_t e = fixed ? UINT64_C(1) << (63 - __builtin_clzll(set)) : set;
    for (uint64_t rest = set; rest; rest &= rest - 1) {
        const int i = __builtin_ctzll(rest);
        if (s[i].no_mark) e &= ~(UINT64_C(1) << i);
        e &= ~s[i].after;
    }
    return e;
}

/* The order given, but what the chain puts in front first. */
static void lay_out(tkc_layout *out, const front *f, size_t n_front, const tkc_layout_segment *s, size_t n,
                    const tkc_layout_options *o)
{
    uint32_t chain_of[TKC_LAYOUT_MAX_MARKS + 1], best_m = 0, at = 0;
    uint64_t placed = 0;
    size_t best_t = 0, k = 0;
    uint8_t life = 0;
    for (uint32_t m = 1; m <= o->max_marks; m++)
        for (size_t t = 1; t < n_front; t++)
            for (uint8_t i = 0; i < o->n_life; i++)
                if (f[t].best[m][i] != INT64_MIN && f[t].best[m][i] > f[best_t].best[best_m][life]) {
                    best_t = t;
                    best_m = m;
                    life = i;
                }
    out->cost = -f[best_t].best[best_m][life];
    for (uint32_t m = best_m, t = (uint32_t)best_t; m > 0; m--) {
        const uint8_t before = f[t].from_life[m][life];
        chain_of[m - 1] = t;
        out->life[m - 1] = life;
        t = f[t].from[m][life];
        life = before;
    }
    out->n_mark = best_m;
    for (uint32_t m = 0; m <= best_m; m++) {
        const uint64_t want = m < best_m ? f[chain_of[m]].set : n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
        const uint64_t enders = m < best_m ? f[chain_of[m]].enders & ~placed : 0;
        const uint64_t last = enders ? UINT64_C(1) << (63 - __builtin_clzll(enders)) : 0;
        while (placed != want && k < n) { /* the earliest given whose predecessors stand already */
            for (size_t i = 0; i < n; i++) {
                const uint64_t bit = UINT64_C(1) << i;
                if ((placed & bit) || !(want & bit) || (s[i].after & ~placed)) continue;
                if (bit == last && (placed | bit) != want) continue; /* the mark goes behind it */
                out->order[k++] = (uint8_t)i;
                placed |= bit;
                break;
            }
        }
        if (m < best_m) out->mark[at++] = (uint8_t)(k - 1);
    }
}

static bool is_closed(const tkc_layout_segment *s, uint64_t set)
{
    for (uint64_t rest = set; rest; rest &= rest - 1)
        if (s[__builtin_ctzll(rest)].after & ~set) return false;
    return true;
}

static tkc_status with_marks(tkc_layout *out, const tkc_layout_segment *s, size_t n, const tkc_layout_options *o,
                             tkc_error *err)
{
    const size_t most = o->fixed_order ? n + 1 : (size_t)1 << n;
    front *f = tkc_alloc(o->alloc, most, sizeof *f);
    size_t n_front = 0;
    if (!f) return tkc_nomem(err);
    for (size_t i = 0; i < most; i++) {
        const uint64_t set = o->fixed_order ? (i >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << i) - 1) : i;
        front *x = &f[n_front];
        if (!o->fixed_order && !is_closed(s, set)) continue;
        memset(x, 0, sizeof *x);
        x->set = set;
        if (set) {
            x->tokens = tokens_of(s, set);
            x->found = found_of(s, set, o);
            for (unsigned k = 0; k < o->n_life; k++) x->chance[k] = chance(s, set, o->life[k].alive);
            if (o->gain || x->tokens >= o->min_tokens) x->enders = enders_of(s, set, o->fixed_order);
        }
        n_front++; /* as numbers, subsets come before their supersets */
    }
    chain(f, n_front, o);
    lay_out(out, f, n_front, s, n, o);
    tkc_free(o->alloc, f, most, sizeof *f);
    return TKC_OK;
}

/* --- prefixes ----------------------------------------------------------------------------- */

static int64_t prefix_gain(const tkc_layout_segment *s, uint64_t before, uint64_t set, const tkc_layout_options *o)
{
    uint64_t here, there;
    if (o->gain) return o->gain(o->gain_ctx, before, set);
    here = found_of(s, set, o);
    there = found_of(s, before, o);
    return here > there ? (int64_t)(chance(s, set, o->life[0].alive) * (here - there)) : 0;
}

/* best[set]: the most that prefixes of a set find, whatever the order in it. */
static tkc_status any_prefix(tkc_layout *out, const tkc_layout_segment *s, size_t n, const tkc_layout_options *o,
                             tkc_error *err)
{
    const size_t most = (size_t)1 << n;
    int64_t *best = tkc_alloc(o->alloc, most, sizeof *best);
    uint8_t *last = tkc_alloc_zero(o->alloc, most, 1);
    tkc_status st = TKC_OK;
    if (!best || !last) {
        tkc_free(o->alloc, best, most, sizeof *best);
        tkc_free(o->alloc, last, most, 1);
        return tkc_nomem(err);
    }
    best[0] = 0;
    for (uint64_t set = 1; set < most; set++) {
        best[set] = INT64_MIN;
        if (!is_closed(s, set)) continue;
        for (size_t i = n; i-- > 0;) { /* so that of equal ones the last given stands last */
            const uint64_t before = set & ~(UINT64_C(1) << i);
            int64_t v;
            if (before == set || best[before] == INT64_MIN) continue;
            v = prefix_gain(s, before, set, o);
            if (v == INT64_MIN) continue;
            v += best[before];
            if (v > best[set]) {
                best[set] = v;
                last[set] = (uint8_t)i;
            }
        }
    }
    if (best[most - 1] == INT64_MIN) st = tkc_fail(err, TKC_E_ARG, 0, "no order can be");
    for (size_t k = n, set = most - 1; !st && k-- > 0; set &= ~((size_t)1 << out->order[k])) out->order[k] = last[set];
    out->cost = -best[most - 1];
    tkc_free(o->alloc, best, most, sizeof *best);
    tkc_free(o->alloc, last, most, 1);
    return st;
}

/* --- the entry ---------------------------------------------------------------------------- */

static tkc_status check(const tkc_layout_segment *s, size_t n, const tkc_layout_options *o, tkc_error *err)
{
    const size_t most = o->fixed_order ? TKC_LAYOUT_MOST : o->marks ? TKC_LAYOUT_MOST_MARKS : TKC_LAYOUT_MOST_PREFIX;
    uint64_t placed = 0, sum = 0;
    if (n > most) return tkc_fail(err, TKC_E_LIMIT, 0, "%zu segments, the search is exact for %zu", n, most);
    if (o->max_marks > TKC_LAYOUT_MAX_MARKS || o->read > 10000 || o->n_life > (o->marks ? TKC_LAYOUT_MAX_LIVES : 1))
        return tkc_fail(err, TKC_E_ARG, 0, "tkc_layout_options: a number is too large");
    for (uint32_t i = 0; i < o->n_life; i++) {
        if (o->life[i].alive > TKC_LAYOUT_SURE || o->life[i].write > 10000)
            return tkc_fail(err, TKC_E_ARG, i, "life %lu: a number is too large", (unsigned long)i);
        if (i && o->life[i].alive < o->life[i - 1].alive)
            return tkc_fail(err, TKC_E_ARG, i, "life %lu is shorter than the one before", (unsigned long)i);
    }
    for (size_t i = 0; i < n; i++) {
        sum += s[i].tokens <= MAX_SUM ? s[i].tokens : MAX_SUM + 1;
        if (s[i].stay > TKC_LAYOUT_SURE || s[i].grown > s[i].tokens || s[i].after >> n)
            return tkc_fail(err, TKC_E_ARG, i, "segment %zu: a number is too large", i);
        if (o->fixed_order && (s[i].after & ~placed))
            return tkc_fail(err, TKC_E_ARG, i, "segment %zu stands before one it has to follow", i);
        placed |= UINT64_C(1) << i;
    }
    if (sum > MAX_SUM / 10) return tkc_fail(err, TKC_E_LIMIT, 0, "more than 10^8 tokens");
    placed = 0;
    for (size_t k = 0; k < n; k++) { /* some order there is */
        size_t i = 0;
        while (i < n && ((placed >> i & 1) || (s[i].after & ~placed))) i++;
        if (i == n) return tkc_fail(err, TKC_E_ARG, 0, "the segments have to follow each other in a circle");
        placed |= UINT64_C(1) << i;
    }
    return TKC_OK;
}

tkc_status tkc_layout_best(tkc_layout *out, const tkc_layout_segment *s, size_t n, const tkc_layout_options *opt,
                           tkc_error *err)
{
    tkc_layout_options o;
    tkc_status st;
    if (!opt || opt->struct_size < sizeof *opt) return tkc_fail(err, TKC_E_ARG, 0, "tkc_layout_options: struct_size");
    o = *opt;
    o.alloc = tkc_allocator_or_default(o.alloc);
    if (o.gain) o.n_life = 1;
    if (!o.n_life) return tkc_fail(err, TKC_E_ARG, 0, "tkc_layout_options: no life");
    st = check(s, n, &o, err);
    if (st) return st;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < n; i++) out->order[i] = (uint8_t)i;
    if (!o.gain) out->given = tkc_layout_cost(s, n, &o, out->order, NULL, NULL, 0);
    if (o.marks)
        st = with_marks(out, s, n, &o, err);
    else if (!o.fixed_order)
        st = any_prefix(out, s, n, &o, err);
    if (!st && !o.gain) out->cost = tkc_layout_cost(s, n, &o, out->order, out->mark, out->life, out->n_mark);
    return st;
}
