/*
 * claude_normalize.c - the text the encoder sees: NFC, then controls and private use dropped,
 * odd blanks to space, decomposed Thai SARA AM joined, and in v3 curly quotes to ASCII.
 *
 * Most text needs nothing and is handed on as it is: the scan looks for the first character
 * that does. NFC works on segments only (a character that composes with nothing before it and
 * the marks behind it), and the marks of a segment are sorted by counting, because a hostile
 * text may be one segment and utf8proc's own sort is quadratic in its length. utf8proc 2.8
 * has the data of Unicode 15.0; 14.0 to 16.0 compose alike except for new scripts above U+FFFF.
 */
#include "tokenizer/claude/claude_internal.h"

#if TKC_CLAUDE

#include "vocab/base/utf8.h"

#include <string.h>
#include <utf8proc.h>

enum { SARA_AA = 0x0e32, SARA_AM = 0x0e33 };

typedef struct normalizer {
    const tkc_claude *c;
    tkc_claude_scratch *s;
    const uint8_t *begin, *end;
    const uint8_t *kept; /* everything before is in the buffer; NULL: nothing was changed yet */
    uint32_t ignored;    /* CK_ flags that do not matter in this generation */
    tkc_error *err;
} normalizer;

/* Text up to p goes out as it is, and reading goes on at next. */
static tkc_status keep(normalizer *z, const uint8_t *p, const uint8_t *next)
{
    const uint8_t *from = z->kept ? z->kept : z->begin;
    z->kept = next;
    return tkc_buf_append(&z->s->norm, from, (size_t)(p - from), z->err);
}

static tkc_status emit(normalizer *z, uint32_t cp)
{
    char utf8[4];
    return tkc_buf_append(&z->s->norm, utf8, tkc_utf8_put(utf8, cp), z->err);
}

static uint32_t flags_at(const normalizer *z, const uint8_t *p, uint32_t *cp, unsigned *n)
{
    *cp = claude_get(p, z->end, n);
    if (*cp > 0xffff) return claude_astral_nfc(*cp) ? CC_HARD | CK_NFC_BAD : CC_HARD;
    return claude_flags(z->c, *cp) & ~z->ignored;
}

static unsigned combining_class(uint32_t cp)
{
    return (unsigned)utf8proc_get_property((utf8proc_int32_t)cp)->combining_class;
}

/* ---- one NFC segment --------------------------------------------------------------------- */

static bool room(tkc_claude_scratch *s, unsigned which, size_t n)
{
    return tkc_grow(s->alloc, &s->cps[which], &s->cap_cps[which], n, SIZE_MAX / 16,
                    sizeof *s->cps[which]);
}

/* Stable sort of a run of marks by combining class. */
static tkc_status sort_marks(normalizer *z, uint32_t *cp, size_t n)
{
    size_t at[257] = {0};
    uint32_t *sorted;

    if (n < 2) return TKC_OK;
    if (!room(z->s, 1, n)) return tkc_nomem(z->err);
    sorted = z->s->cps[1];
    for (size_t i = 0; i < n; i++) at[combining_class(cp[i]) + 1]++;
    for (size_t k = 1; k < 257; k++) at[k] += at[k - 1];
    for (size_t i = 0; i < n; i++) sorted[at[combining_class(cp[i])]++] = cp[i];
    memcpy(cp, sorted, n * sizeof *cp);
    return TKC_OK;
}

/* NFC of [p, e), appended. */
static tkc_status compose(normalizer *z, const uint8_t *p, const uint8_t *e)
{
    const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    tkc_claude_scratch *s = z->s;
    size_t n = 0;
    utf8proc_ssize_t m;
    tkc_status st;

    while (p < e) {
        unsigned k;
        int boundclass = 0;
        uint32_t cp = claude_get(p, e, &k);
        utf8proc_int32_t part[8];
        m = utf8proc_decompose_char((utf8proc_int32_t)cp, part, 8, how, &boundclass);
        if (m < 1 || m > 8) { /* not a scalar value: bytes we were promised not to see */
            part[0] = 0xfffd;
            m = 1;
        }
        if (!room(s, 0, n + 8)) return tkc_nomem(z->err);
        for (utf8proc_ssize_t i = 0; i < m; i++) s->cps[0][n++] = (uint32_t)part[i];
        p += k;
    }
    for (size_t i = 0; i < n;) {
        size_t from;
        while (i < n && combining_class(s->cps[0][i]) == 0) i++;
        from = i;
        while (i < n && combining_class(s->cps[0][i]) != 0) i++;
        if ((st = sort_marks(z, s->cps[0] + from, i - from)) != TKC_OK) return st;
    }
    m = utf8proc_normalize_utf32((utf8proc_int32_t *)s->cps[0], (utf8proc_ssize_t)n, how);
    for (utf8proc_ssize_t i = 0; i < m; i++)
        if ((st = emit(z, s->cps[0][i])) != TKC_OK) return st;
    return TKC_OK;
}

/* p is not the start of a segment but belongs to one: finds its ends, and composes it unless
 * it is in NFC already. *next is where reading goes on. */
static tkc_status segment(normalizer *z, const uint8_t *p, const uint8_t **next)
{
    const uint8_t *from = z->kept ? z->kept : z->begin, *start = p, *q = p;
    unsigned last = 0;
    bool change = false;
    tkc_status st;

    if (p > from) { /* the base before it, which is a boundary: see claude_normalize() */
        start--;
        while (start > from && (*start & 0xc0) == 0x80) start--;
    }
    while (q < z->end) {
        uint32_t cp;
        unsigned k;
        uint32_t f = flags_at(z, q, &cp, &k);
        if ((f & (CK_DROP | CK_BLANK)) || !(f & (CK_NFC_BAD | CK_MARK_ORDER))) break;
        if (f & CK_NFC_BAD) {
            change = true;
        } else {
            unsigned class = combining_class(cp);
            if (class < last) change = true;
            last = class;
        }
        q += k;
    }
    *next = q;
    if (!change) return TKC_OK;
    if ((st = keep(z, start, q)) != TKC_OK) return st;
    return compose(z, start, q);
}

/* U+0E4D: joins the U+0E32 behind it. Controls between them are gone by then, private use
 * characters are not. */
static tkc_status nikhahit(normalizer *z, const uint8_t *p, unsigned n, const uint8_t **next)
{
    const uint8_t *q = p + n;
    tkc_status st;

    *next = q;
    while (q < z->end) {
        uint32_t cp;
        unsigned k;
        uint32_t f = flags_at(z, q, &cp, &k);
        q += k;
        if (cp == SARA_AA) {
            if ((st = keep(z, p, q)) != TKC_OK) return st;
            *next = q;
            return emit(z, SARA_AM);
        }
        if (!(f & CK_DROP) || cp >= 0xe000) break;
    }
    return TKC_OK;
}

static bool plain(uint8_t b)
{
    return (b >= 0x20 && b < 0x7f) || b == '\n' || b == '\t';
}

/* First byte that is not plain ASCII. The inner loop has no branch, so it is vectorised. */
static const uint8_t *skip_plain(const uint8_t *p, const uint8_t *end)
{
    while (end - p >= 32) {
        unsigned odd = 0;
        for (unsigned i = 0; i < 32; i++)
            odd |= (unsigned)((uint8_t)(p[i] - 0x20) > 0x5e) & (unsigned)(p[i] != '\n') &
                   (unsigned)(p[i] != '\t');
        if (odd) break;
        p += 32;
    }
    while (p < end && plain(*p)) p++;
    return p;
}

tkc_status claude_normalize(const tkc_claude *c, tkc_claude_scratch *s, tkc_str text,
                            tkc_str *out, tkc_error *err)
{
    const uint8_t *p = (const uint8_t *)text.ptr;
    normalizer z = {.c = c, .s = s, .begin = p, .end = p + text.len, .err = err,
                    .ignored = c->fold_quotes ? 0 : CK_QUOTE};

    tkc_buf_clear(&s->norm);
    *out = text;
    if (text.len == 0) return TKC_OK;
    while (p < z.end) {
        uint32_t cp, f;
        unsigned n;
        const uint8_t *next;
        tkc_status st = TKC_OK;

        if (plain(*p)) { /* else 32 bytes would be looked at for each character that is not ASCII */
            p = skip_plain(p, z.end);
            continue;
        }
        f = flags_at(&z, p, &cp, &n);
        next = p + n;
        if (!(f & CK_NORMALIZE)) {
            p = next;
            continue;
        }
        if (f & CK_DROP) {
            st = keep(&z, p, next);
        } else if (f & CK_BLANK) {
            if ((st = keep(&z, p, next)) == TKC_OK) st = emit(&z, ' ');
        } else if (f & CK_QUOTE) {
            if ((st = keep(&z, p, next)) == TKC_OK) st = emit(&z, cp < 0x201c ? '\'' : '"');
        } else if (f & CK_NIKHAHIT) {
            st = nikhahit(&z, p, n, &next);
        } else {
            /* Not a boundary. What is before it is one: every character that is not was taken
             * by an earlier segment, which ended at a boundary. */
            st = segment(&z, p, &next);
        }
        if (st != TKC_OK) return st;
        p = next;
    }
    if (!z.kept) return TKC_OK;
    {
        tkc_status st = keep(&z, z.end, z.end);
        if (st != TKC_OK) return st;
    }
    *out = tkc_buf_str(&s->norm);
    return TKC_OK;
}

#endif
