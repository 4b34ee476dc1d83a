/* first_symbols.c - characters that no neighbour keeps from merging, then pairs of letters. */
#include "tokenizer/merge/first_symbols.h"

#include "vocab/ready.h"

/* The first, or where `second` is 1 the second. No branch, and none that a compiler makes of it: which of
 * them it is, a branch predictor gets wrong one time in four. */
static inline uint32_t choose(uint32_t first, uint32_t second, uint32_t is_second)
{
    return first ^ ((first ^ second) & (0 - is_second));
}

/* The ASCII run from *from, which it moves to the run's end, to id; returns how many symbols. Two bytes
 * are merged where that comes before anything that ends in the first and the byte before, and
 * anything that begins with the second and the byte behind. That is never so of two pairs that
 * overlap: each is itself such a result for the other. */
static size_t put_ascii(const tkc_vocab *v, const unsigned char *p, size_t len, size_t *from,
                        uint32_t *id)
{
    const tkc_forced *f = v->forced;
    const uint32_t *byte_id = v->byte_id;
    const unsigned char *at = p + *from, *const last = p + len - 1;
    uint32_t *out = id, ends = *from ? f->edge[*at].ends : TKC_FORCED_NONE;
    uint32_t keeps = 1, merges; /* this byte is not merged into the one before; it is with the one behind */
    if (at < last && at[1] < 0x80) {
        const tkc_forced_two *two = &f->two[at[0] << 7 | at[1]];
        uint32_t prio = two->prio;
        for (; at + 1 < last && at[2] < 0x80; at++) {
            const tkc_forced_two *next = &f->two[at[1] << 7 | at[2]];
            merges = (prio < ends) & (prio < next->begins);
            *out = choose(byte_id[*at], two->id, merges);
            out += keeps;
            keeps = merges ^ 1;
            ends = two->ends;
            two = next;
            prio = two->prio;
        }
        merges = (prio < ends) & (at + 1 == last || prio < f->edge[at[1]].begins);
        *out = choose(byte_id[*at], two->id, merges);
        out += keeps;
        keeps = merges ^ 1;
        at++;
    }
    *out = byte_id[*at];
    out += keeps;
    *from = (size_t)(at + 1 - p);
    return (size_t)(out - id);
}

/* The symbol of the character `number`, n bytes at p[at]; TKC_NO_ID where it has none, or a byte beside
 * it may let another merge come first. */
static inline uint32_t whole_character(const tkc_vocab *v, const unsigned char *p, size_t len,
                                       size_t at, unsigned n, uint32_t number)
{
    const uint32_t alone = v->forced->alone[number];
    if (alone == TKC_NO_ID) return alone;
    if (alone & TKC_ALONE_ASK_BEFORE && at &&
        tkc_filter_has(&v->threat, tkc_threat_hash(number, 0, p[at - 1])))
        return TKC_NO_ID;
    if (alone & TKC_ALONE_ASK_BEHIND && at + n < len &&
        tkc_filter_has(&v->threat, tkc_threat_hash(number, 1, p[at + n])))
        return TKC_NO_ID;
    return alone & TKC_ALONE_ID;
}

size_t tkc_first_symbols(const tkc_vocab *v, const unsigned char *p, size_t len, uint32_t *id)
{
    size_t out = 0;
    for (size_t at = 0; at < len;) {
        unsigned n = 1;
        uint32_t number, symbol;
        if (v->forced && p[at] < 0x80) {
            out += put_ascii(v, p, len, &at, id + out);
            continue;
        }
        number = v->forced ? tkc_char_number(p + at, len - at, &n) : 0;
        symbol = number ? whole_character(v, p, len, at, n, number) : TKC_NO_ID;
        if (symbol != TKC_NO_ID) {
            id[out++] = symbol;
            at += n;
        } else {
            do id[out++] = v->byte_id[p[at++]];
            while (--n);
        }
    }
    return out;
}
