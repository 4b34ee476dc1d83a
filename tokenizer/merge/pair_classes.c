/* pair_classes.c - the largest rectangles that some frequent bytes are the begin of. */
#include "tokenizer/merge/pair_classes.h"
#include "tokenizer/kernels/bits.h"
#include "vocab/base/ascii.h"

#include <string.h>

enum { N_RECT = 4 };

typedef struct set128 {
    uint64_t w[2];
} set128;

/* A rectangle begins with the bytes that text has most, in front of a place or behind it, and takes
 * in all that goes with them. Of the places in English and code that are parted four of them find
 * 93 to 98 %: Gemma 3, Llama 2, Mistral v3. */
static const char *const seed[] = {"etaoinsrlhdcu",      "abcdefghijklmnopqrstuvwxyz", " etaoinsr",  " ", "_",
                                   "etaoinsrlhdcuETASI", "EATSINRCLDOP", "ETASI0123", "0123456789", "_.", "e"};
enum { N_SEED = sizeof seed / sizeof *seed };

static bool has(const set128 *s, unsigned b)
{
    return s->w[b >> 6] >> (b & 63) & 1;
}

static void add(set128 *s, unsigned b)
{
    s->w[b >> 6] |= UINT64_C(1) << (b & 63);
}

static bool within(const set128 *a, const set128 *b)
{
    return !((a->w[0] & ~b->w[0]) | (a->w[1] & ~b->w[1]));
}

/* How often a byte is in text, roughly. */
static unsigned weight(unsigned c)
{
    if (tkc_is_one_of((char)c, " etaoinsrlhdcu")) return 8;
    if ((c >= 'a' && c <= 'z') || tkc_is_one_of((char)c, ".,_()=\"'-")) return 3;
    return c > ' ' && c < 127;
}

/* What goes with all of s: of[b] has it. */
static set128 common(const set128 *of, const set128 *s)
{
    set128 all = {{0, 0}};
    for (unsigned b = 0; b < 128; b++)
        if (within(s, &of[b])) add(&all, b);
    return all;
}

typedef struct rect {
    set128 before, behind;
} rect;

/* Bytes that weigh so much; there are no others that do. */
typedef struct weights {
    set128 of[3];
} weights;

static const unsigned weight_of[3] = {1, 3, 8};

static weights make_weights(void)
{
    weights w = {{{{0, 0}}}};
    for (unsigned c = ' '; c < 127; c++)
        for (unsigned k = 0; k < 3; k++)
            if (weight(c) == weight_of[k]) add(&w.of[k], c);
    return w;
}

static uint64_t gain(const weights *w, const rect *r, const set128 *done)
{
    uint64_t sum = 0;
    for (unsigned a = 0; a < 128; a++) {
        const uint64_t low = r->behind.w[0] & ~done[a].w[0], high = r->behind.w[1] & ~done[a].w[1];
        unsigned row = 0;
        if (!has(&r->before, a) || !weight(a)) continue;
        for (unsigned k = 0; k < 3; k++)
            row += weight_of[k] * (unsigned)(popcount64(low & w->of[k].w[0]) + popcount64(high & w->of[k].w[1]));
        sum += (uint64_t)row * weight(a);
    }
    return sum;
}

static void put(tkc_pair_classes *c, const rect *r, unsigned k, set128 *done)
{
    for (unsigned b = ' '; b < 128; b++) {
        if (has(&r->before, b)) {
            c->of[b] |= (unsigned char)(1u << k);
            done[b].w[0] |= r->behind.w[0];
            done[b].w[1] |= r->behind.w[1];
        }
        if (has(&r->behind, b)) c->of[b] |= (unsigned char)(16u << k);
    }
}

/* The largest rectangle around s, which is a set of bytes before, or behind, a place. */
static rect around(const set128 *behind, const set128 *before, const set128 *s, bool is_before)
{
    rect r;
    r.behind = is_before ? common(before, s) : *s;
    r.before = common(behind, &r.behind);
    r.behind = common(before, &r.before);
    return r;
}

/* All ones where the table has all pairs of c and another byte. */
static uint64_t is_apart(const unsigned char *pair, unsigned c)
{
    for (unsigned a = 0; a < 128; a++)
        if (a != c && !(pair[a << 7 | c] & pair[c << 7 | a])) return 0;
    return UINT64_MAX;
}

void tkc_pair_classes_make(tkc_pair_classes *c, const unsigned char *pair)
{
    set128 behind[128] = {{{0, 0}}}, before[128] = {{{0, 0}}}, done[128] = {{{0, 0}}};
    const weights w = make_weights();
    rect r[2 * N_SEED];
    memset(c, 0, sizeof *c);
    c->newline = is_apart(pair, '\n');
    c->tab = is_apart(pair, '\t');
    for (unsigned a = 0; a < 128; a++)
        for (unsigned b = 0; b < 128; b++)
            if (pair[a << 7 | b]) {
                add(&behind[a], b);
                add(&before[b], a);
            }
    for (unsigned i = 0; i < N_SEED; i++) {
        set128 s = {{0, 0}};
        for (const char *p = seed[i]; *p; p++) add(&s, (unsigned char)*p);
        r[2 * i] = around(behind, before, &s, true);
        r[2 * i + 1] = around(behind, before, &s, false);
    }
    for (unsigned k = 0; k < N_RECT; k++) {
        uint64_t most = 0, g;
        size_t best = 0;
        for (size_t i = 0; i < 2 * N_SEED; i++)
            if ((g = gain(&w, &r[i], done)) > most) {
                most = g;
                best = i;
            }
        if (!most) break;
        put(c, &r[best], k, done);
    }
}
