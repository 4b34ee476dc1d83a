/* wide_runs.c - one pass over a piece, three bytes at a time, without guessing where it is cut. */
#include "tokenizer/merge/wide_runs.h"

#include "tokenizer/kernels/bits.h"
#include "vocab/base/utf8.h"

/* Whether merging s[from .. end) may be something else than looking it up. */
static bool is_odd(const tkc_vocab *v, const unsigned char *s, size_t from, size_t end)
{
    const uint32_t id = tkc_token_find(v, (const char *)s + from, end - from);
    uint32_t low = 0, high = v->n_unreachable;
    if (id == TKC_NO_ID || !(v->model.flags & TKC_MODEL_WHOLE_PIECE)) return false;
    while (low < high) {
        const uint32_t mid = low + (high - low) / 2;
        if (v->unreachable[mid] < id) low = mid + 1;
        else high = mid;
    }
    return low < v->n_unreachable && v->unreachable[low] == id;
}

/* Kinds of what has no byte in v->wide. OTHER, a bit: a character of two or four bytes, of which
 * only the bytes are asked; NO_PLACE, all of it: ASCII, or nothing yet. */
enum { OTHER = 1 << 8, NO_PLACE = TKC_WIDE_OPEN_RIGHT };

/* Whether no token spans s[at], a place in a unit that begins at from. */
static NEVER_INLINE bool parted(const tkc_vocab *v, const unsigned char *s, uint32_t from, uint32_t at,
                                uint32_t end)
{
    return at > from && v->cuts && !tkc_spanned(v, s + at, at - from, end - at);
}

/* tkc_wide_cut() up to stop, where out has room for whatever comes. Nothing but an odd unit is a
 * branch: whether two characters are parted is a coin that cannot be guessed. */
static ALWAYS_INLINE size_t cut_to(tkc_wide_run *r, const tkc_vocab *v, const unsigned char *s,
                                   uint32_t stop, tkc_spans *out, bool count, bool may_be_odd)
{
    const uint8_t *const wide = v->wide;
    const tkc_filter pairs = v->wide_pair;
    uint32_t from = r->from, at = r->at, pair = r->before;
    unsigned kind = r->kind;
    size_t n = out->n, sum = 0;
    bool odd = r->odd;
    /* the first unit of a piece may begin with a character that has no mark */
    if (may_be_odd && at == from && (s[at] & 0xf0) == 0xe0) odd = wide[tkc_wide_char(s + at)] & TKC_WIDE_ODD;
    while (at < stop) {
        const unsigned char *const p = s + at;
        uint64_t hash, word;
        uint32_t cut, single;
        unsigned k;
        if ((*p & 0xf0) != 0xe0) {
            const bool ascii = *p < 0x80; /* then there is no cut, neither before nor behind */
            bool part = !ascii && kind != NO_PLACE && parted(v, s, from, at, r->end);
            if (may_be_odd && part) part = !is_odd(v, s, from, at) && !is_odd(v, s, at, r->end);
            if (part) {
                single = count && at - from == 3 && !(kind & OTHER);
                if (single) {
                    sum += kind & TKC_WIDE_COUNT;
                } else {
                    out->start[n] = from;
                    out->end[n++] = at;
                }
                from = at;
                odd = true;
            }
            pair = 0;
            kind = ascii ? NO_PLACE : OTHER | TKC_WIDE_ODD_LAST; /* for all it knows */
            at += tkc_utf8_len(*p);
            continue;
        }
        pair = pair << 16 | tkc_wide_char(p);
        k = wide[pair & 0xffff];
        hash = tkc_wide_hash(pair);
        word = pairs.word[tkc_filter_word(hash, pairs.mask)];
        word = word >> (hash >> 12 & 63) & word >> (hash >> 18 & 63); /* tkc_filter_has() */
        cut = ~((uint32_t)word | kind / TKC_WIDE_OPEN_RIGHT | k / TKC_WIDE_OPEN_LEFT) & 1; /* of OTHER: any */
        if (kind & OTHER) cut = parted(v, s, from, at, r->end);
        /* asking is a search of the token hash: GLM spent an eighth of its time on it before
         * the last characters were asked for too */
        if (may_be_odd && ((odd && kind & TKC_WIDE_ODD_LAST) | (r->ends_odd && k & TKC_WIDE_ODD)) && cut)
            cut = !(odd && kind & TKC_WIDE_ODD_LAST && is_odd(v, s, from, at)) &&
                  !(r->ends_odd && k & TKC_WIDE_ODD && is_odd(v, s, at, r->end));
        single = count ? cut & (at - from == 3) & !(kind & OTHER) : 0;
        sum += kind & -single & TKC_WIDE_COUNT;
        out->start[n] = from;
        out->end[n] = at;
        n += cut ^ single;
        from = cut ? at : from;
        if (may_be_odd) odd = cut ? k & TKC_WIDE_ODD : odd;
        kind = k;
        at += 3;
    }
    *r = (tkc_wide_run){from, r->end, at, pair, kind, odd, r->ends_odd};
    out->n = n;
    return sum;
}

bool tkc_wide_cut(tkc_wide_run *r, const tkc_vocab *v, const unsigned char *s, tkc_spans *out,
                  size_t *count)
{
    const bool may_be_odd = v->n_unreachable && v->model.flags & TKC_MODEL_WHOLE_PIECE;
    const size_t far = 2 * (TKC_SPANS - out->n); /* a unit has two bytes or more */
    const uint32_t stop = r->end - r->at <= far ? r->end : r->at + (uint32_t)far;
    size_t sum;
    if (may_be_odd) sum = count ? cut_to(r, v, s, stop, out, true, true) : cut_to(r, v, s, stop, out, false, true);
    else sum = count ? cut_to(r, v, s, stop, out, true, false) : cut_to(r, v, s, stop, out, false, false);
    if (r->at == r->end && out->n < TKC_SPANS) { /* what is left is a unit too */
        if (count && r->end - r->from == 3 && r->before & 0xffff) {
            sum += r->kind & TKC_WIDE_COUNT;
        } else {
            out->start[out->n] = r->from;
            out->end[out->n++] = r->end;
        }
        r->from = r->end;
    }
    if (count) *count += sum;
    return r->from == r->end;
}
