/* forced.c - which merges nothing can come before, and which bytes beside a character may. */
#include "vocab/compile/characters.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

/* What a merge makes. */
typedef struct result {
    const unsigned char *p;
    size_t n;
    uint32_t prio;
} result;

static uint32_t n_results(const tkc_vocab *v)
{
    return v->merge_result ? v->n_merges : v->model.n_ids;
}

static result result_at(const tkc_vocab *v, uint32_t m)
{
    const tkc_str t = tkc_token_at(v, tkc_merge_result(v, m));
    return (result){(const unsigned char *)t.ptr, t.len, tkc_merge_prio(v, m)};
}

static void lower(uint16_t *least, uint32_t prio)
{
    if (prio < *least) *least = (uint16_t)prio;
}

static void higher(uint32_t *most, uint32_t urgency)
{
    if (urgency > *most) *most = urgency;
}

/* What a result says about two ASCII bytes. */
static void note_two(tkc_forced *f, const result *x)
{
    const unsigned char *p = x->p;
    const size_t n = x->n;
    const uint32_t prio = x->prio;
    for (size_t q = 0; q + 1 < n; q++) {
        const bool begins = q == 0, ends = q + 2 == n;
        tkc_forced_two *two;
        if ((p[q] | p[q + 1]) & 0x80) {
            if (begins && p[q] < 0x80) lower(&f->edge[p[q]].begins, prio);
            if (ends && p[q + 1] < 0x80) lower(&f->edge[p[q + 1]].ends, prio);
            continue;
        }
        two = &f->two[p[q] << 7 | p[q + 1]];
        if (begins) lower(&two->begins, prio);
        if (ends) lower(&two->ends, prio);
        if (n > 2 && prio <= two->prio) two->prio = TKC_FORCED_NONE;
    }
}

/* Where results end and begin within a character. */
static void note_parts(tkc_threats *t, const result *x)
{
    const unsigned char *p = x->p;
    const size_t n = x->n;
    const uint32_t urgency = ~x->prio;
    if (n > 2 && p[n - 2] >= 0xe0 && p[n - 2] < 0xf0 && tkc_utf8_is_tail(p[n - 1]))
        higher(&t->lead_mid[(p[n - 2] & 15) << 6 | (p[n - 1] & 63)][p[n - 3]], urgency);
    if (p[n - 1] >= 0xc2 && p[n - 1] < 0xf0) higher(&t->lead[p[n - 1] & 63][p[n - 2]], urgency);
    if (!tkc_utf8_is_tail(p[0])) return;
    higher(&t->last[p[0] & 63][p[1]], urgency);
    if (n > 2 && tkc_utf8_is_tail(p[1])) higher(&t->mid_last[(p[0] & 63) << 6 | (p[1] & 63)][p[2]], urgency);
}

typedef struct threat_sink {
    tkc_ready *r;
    size_t n; /* put so far */
    bool put; /* or only counted */
} threat_sink;

static void add_threat(threat_sink *s, uint32_t c, unsigned behind, unsigned byte)
{
    s->n++;
    if (!s->put) return;
    s->r->forced->alone[c] |= behind ? TKC_ALONE_ASK_BEHIND : TKC_ALONE_ASK_BEFORE;
    tkc_filter_add(s->r->threat, s->r->n_threat, tkc_threat_hash(c, behind, byte));
}

/* Characters that a result holds whole with a byte beside them. */
static void whole_threats(const tkc_threats *t, const result *x, threat_sink *s)
{
    const unsigned char *p = x->p;
    const size_t n = x->n;
    for (size_t q = 0; q < n; q++) {
        unsigned k;
        const uint32_t c = p[q] < 0xc2 ? 0 : tkc_char_number(p + q, n - q, &k);
        if (!c || !t->own[c] || ~x->prio < t->own[c]) continue;
        if (q) add_threat(s, c, 0, p[q - 1]);
        if (q + k < n) add_threat(s, c, 1, p[q + k]);
    }
}

static void part_threats(const tkc_threats *t, uint32_t c, threat_sink *s)
{
    const bool three = c >= 0x800;
    const uint32_t own = t->own[c], *lead = t->lead[three ? 0x20 | c >> 12 : c >> 6],
                   *lead_mid = three ? t->lead_mid[c >> 6] : lead, *last = t->last[c & 63],
                   *mid_last = three ? t->mid_last[c & 4095] : last;
    for (unsigned byte = 0; byte < 256; byte++) {
        if (lead[byte] >= own || lead_mid[byte] >= own) add_threat(s, c, 0, byte);
        if (last[byte] >= own || mid_last[byte] >= own) add_threat(s, c, 1, byte);
    }
}

static tkc_status make_threats(tkc_ready *r, const tkc_vocab *v, const tkc_threats *t,
                               const tkc_allocator *alloc, tkc_error *err)
{
    threat_sink s = {.r = r};
    for (int put = 0; put < 2; put++) {
        s.put = put;
        for (uint32_t m = 0; m < n_results(v); m++) {
            const result x = result_at(v, m);
            whole_threats(t, &x, &s);
        }
        for (uint32_t c = 0x80; c < TKC_WIDE_CHARS; c++)
            if (t->own[c]) part_threats(t, c, &s);
        if (put) break;
        r->n_threat = 16; /* 8 to 16 bits a threat; there are not more than 2^25 different ones */
        while (r->n_threat < s.n / 8 && r->n_threat < (size_t)1 << 22) r->n_threat *= 2;
        r->threat = tkc_alloc_zero(alloc, r->n_threat, sizeof *r->threat);
        if (!r->threat) {
            r->n_threat = 0;
            return tkc_nomem(err);
        }
    }
    return TKC_OK;
}

/* Characters of two bytes; those of three were done when they were counted. */
static void note_narrow(const tkc_vocab *v, tkc_threats *t)
{
    for (uint32_t c = 0x80; c < 0x800; c++) {
        const uint32_t m = tkc_pair_find(v, v->byte_id[0xc0 | c >> 6], v->byte_id[0x80 | (c & 63)]);
        if (m != TKC_NO_ID) tkc_threats_alone(t, c, tkc_merge_result(v, m), tkc_merge_prio(v, m));
    }
}

static void note_ascii(const tkc_vocab *v, tkc_forced *f)
{
    for (uint32_t i = 0; i < 128 * 128; i++) {
        const uint32_t m = tkc_pair_find(v, v->byte_id[i >> 7], v->byte_id[i & 127]);
        tkc_forced_two *two = &f->two[i];
        if (m == TKC_NO_ID || tkc_merge_prio(v, m) >= TKC_FORCED_NONE ||
            tkc_merge_result(v, m) > UINT16_MAX)
            continue;
        two->prio = (uint16_t)tkc_merge_prio(v, m);
        two->id = (uint16_t)tkc_merge_result(v, m);
    }
}

tkc_status tkc_make_forced(tkc_ready *r, const tkc_vocab *v, tkc_threats *t,
                           const tkc_allocator *alloc, tkc_error *err)
{
    note_narrow(v, t);
    note_ascii(v, r->forced);
    for (uint32_t m = 0; m < n_results(v); m++) {
        const result x = result_at(v, m);
        if (x.n < 2) continue;
        note_two(r->forced, &x);
        note_parts(t, &x);
    }
    return make_threats(r, v, t, alloc, err);
}
