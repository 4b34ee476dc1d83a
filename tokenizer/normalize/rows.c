/*
 * rows.c - the rows that look at one character or one match at a time.
 *
 * Owns Lowercase, StripAccents, the parts of BertNormalizer, Nmt, Replace, Strip. Idea: each
 * runs over the text and tells the writer the few places that change; what no row names is
 * copied in long stretches, or not at all. The lists of characters are the engine's own and
 * were read off it scalar by scalar.
 */
#include "tokenizer/normalize/internal.h"

#include "tokenizer/unicode_class.h"
#include "vocab/base/error.h"

static const unsigned char *bytes_of(const tkc_norm_writer *w)
{
    return (const unsigned char *)w->in.ptr;
}

/* --- one character -> its replacement ------------------------------------------------------ */

/* Next byte at or behind from that is 'A' to 'Z' or not ASCII. */
static size_t skip_lower(const unsigned char *s, size_t from, size_t len)
{
    while (from < len && s[from] < 0x80 && (unsigned)(s[from] - 'A') > 25) from++;
    return from;
}

tkc_status tkc_norm_lower(tkc_norm_writer *w, tkc_error *err)
{
    const unsigned char *s = bytes_of(w);
    unsigned n;
    for (size_t at = skip_lower(s, 0, w->in.len); at < w->in.len;
         at = skip_lower(s, at + n, w->in.len)) {
        char low[8];
        tkc_status st;
        size_t len = 1;
        n = 1;
        if (s[at] < 0x80) {
            low[0] = (char)(s[at] + 32);
        } else {
            uint32_t to[2];
            const uint32_t cp = tkc_utf8_get(s + at, &n);
            unsigned count;
            if (!(tkc_norm_bits(cp) & TKC_NORM_LOWERS)) continue;
            count = tkc_lower(cp, to);
            len = tkc_utf8_put(low, to[0]);
            if (count == 2) len += tkc_utf8_put(low + len, to[1]);
        }
        st = tkc_norm_edit(w, at, at + n, at, low, len, err);
        if (st) return st;
    }
    return TKC_OK;
}

tkc_status tkc_norm_drop(tkc_norm_writer *w, unsigned mask, tkc_error *err)
{
    const unsigned char *s = bytes_of(w);
    unsigned n;
    for (size_t at = 0; at < w->in.len; at += n) {
        tkc_status st;
        at += tkc_ascii_run(s + at, w->in.len - at);
        if (at == w->in.len) break;
        if (!(tkc_norm_bits(tkc_utf8_get(s + at, &n)) & mask)) continue;
        st = tkc_norm_edit(w, at, at + n, at, NULL, 0, err);
        if (st) return st;
    }
    return TKC_OK;
}

/* What a row makes of a character: itself, nothing, or a space. */
typedef enum fate { KEEP, DROP, SPACE } fate;

static tkc_status settle(tkc_norm_writer *w, fate f, size_t at, unsigned n, tkc_error *err)
{
    return tkc_norm_edit(w, at, at + n, at, " ", f == SPACE, err);
}

static fate clean_fate(uint32_t cp)
{
    /* NUL is a control character too; a line end is not. */
    if (cp == '\t' || cp == '\n' || cp == '\r') return SPACE;
    if (cp == ' ') return KEEP;
    if (cp == 0xfffd || tkc_norm_bits(cp) & TKC_NORM_BERT_CONTROL) return DROP;
    return tkc_unicode_class(cp) & TKC_UC_SPACE ? SPACE : KEEP;
}

tkc_status tkc_norm_clean(tkc_norm_writer *w, tkc_error *err)
{
    const unsigned char *s = bytes_of(w);
    unsigned n;
    for (size_t at = 0; at < w->in.len; at += n) {
        fate f;
        tkc_status st;
        n = 1;
        if (s[at] >= 0x20 && s[at] < 0x7f) continue;
        f = clean_fate(tkc_utf8_get(s + at, &n));
        if (f == KEEP) continue;
        st = settle(w, f, at, n, err);
        if (st) return st;
    }
    return TKC_OK;
}

static fate nmt_fate(uint32_t cp)
{
    if (cp == '\t' || cp == '\n' || cp == '\f' || cp == '\r') return SPACE;
    if ((cp > 0 && cp < 0x20) || cp == 0x7f || cp == 0x8f || cp == 0x9f) return DROP;
    if (cp == 0x1680 || (cp >= 0x200b && cp <= 0x200f) || cp == 0x2028 || cp == 0x2029 ||
        cp == 0x2581 || cp == 0xfeff || cp == 0xfffd)
        return SPACE;
    return KEEP;
}

tkc_status tkc_norm_nmt(tkc_norm_writer *w, tkc_error *err)
{
    const unsigned char *s = bytes_of(w);
    unsigned n;
    for (size_t at = 0; at < w->in.len; at += n) {
        fate f;
        tkc_status st;
        n = 1;
        if (s[at] >= 0x20 && s[at] < 0x7f) continue;
        f = nmt_fate(tkc_utf8_get(s + at, &n));
        if (f == KEEP) continue;
        st = settle(w, f, at, n, err);
        if (st) return st;
    }
    return TKC_OK;
}

/* BERT's Chinese characters: the blocks it was trained with, not a script. */
static bool is_chinese(uint32_t cp)
{
    return (cp >= 0x4e00 && cp <= 0x9fff) || (cp >= 0x3400 && cp <= 0x4dbf) ||
           (cp >= 0xf900 && cp <= 0xfaff) || (cp >= 0x20000 && cp <= 0x2a6df) ||
           (cp >= 0x2a700 && cp <= 0x2b81f) || (cp >= 0x2b920 && cp <= 0x2ceaf) ||
           (cp >= 0x2f800 && cp <= 0x2fa1f);
}

tkc_status tkc_norm_cjk(tkc_norm_writer *w, tkc_error *err)
{
    const unsigned char *s = bytes_of(w);
    unsigned n;
    for (size_t at = 0; at < w->in.len; at += n) {
        tkc_status st;
        at += tkc_ascii_run(s + at, w->in.len - at);
        if (at == w->in.len) break;
        if (!is_chinese(tkc_utf8_get(s + at, &n))) continue;
        st = tkc_norm_edit(w, at, at, at, " ", 1, err);
        if (!st) st = tkc_norm_edit(w, at + n, at + n, at + n, " ", 1, err);
        if (st) return st;
    }
    return TKC_OK;
}

/* --- matches ---------------------------------------------------------------------------
 *
 * In an empty text the engine looks for nothing, not even for an empty match. */

void tkc_norm_prepare_replace(uint32_t *fail, tkc_str a)
{
    size_t k = 0;
    for (size_t i = 0; i < a.len; i++) {
        if (i == 0) {
            fail[0] = 0;
            continue;
        }
        while (k > 0 && a.ptr[i] != a.ptr[k]) k = fail[k - 1];
        if (a.ptr[i] == a.ptr[k]) k++;
        fail[i] = (uint32_t)k;
    }
}

/* Where the content comes from that replaces [begin, end). The reference engine has it come from
 * the last character of that, which matters at the start of a text: Metaspace "first" puts no mark
 * in front of what does not come from there. Elsewhere a token's place is better told by the first. */
static size_t comes_from(const tkc_norm_writer *w, size_t begin, size_t end)
{
    unsigned n;
    if (begin || !end) return begin;
    (void)tkc_utf8_before(bytes_of(w) + end, &n);
    return end - n;
}

/* An empty pattern matches before every character and at the end. */
static tkc_status replace_nothing(tkc_norm_writer *w, tkc_str b, tkc_error *err)
{
    const unsigned char *s = bytes_of(w);
    for (size_t at = 0;; at += tkc_utf8_len(s[at])) {
        tkc_status st = tkc_norm_edit(w, at, at, at, b.ptr, b.len, err);
        if (st || at >= w->in.len) return st;
    }
}

tkc_status tkc_norm_replace(tkc_norm_writer *w, const tkc_norm_step *step, tkc_error *err)
{
    const char *s = w->in.ptr;
    const tkc_str a = step->a, b = step->b;
    size_t at = 0, k = 0; /* the k bytes before at are the pattern's first k */
    if (a.len == 0) return w->in.len ? replace_nothing(w, b, err) : TKC_OK;
    if (a.len == 1) return tkc_norm_swap(w, a.ptr[0], b, err);
    while (at < w->in.len) {
        if (k == 0) {
            const char *hit = memchr(s + at, a.ptr[0], w->in.len - at);
            if (!hit) break;
            at = (size_t)(hit - s);
        }
        while (k > 0 && s[at] != a.ptr[k]) k = step->fail[k - 1];
        if (s[at] == a.ptr[k]) k++;
        at++;
        if (k == a.len) {
            tkc_status st = tkc_norm_edit(w, at - k, at, comes_from(w, at - k, at), b.ptr, b.len, err);
            if (st) return st;
            k = 0;
        }
    }
    return TKC_OK;
}

tkc_status tkc_norm_regex(tkc_norm_writer *w, const tkc_norm_step *step, tkc_error *err)
{
    const tkc_str subject = {w->in.ptr, w->in.len};
    tkc_regex_iter it = {0};
    size_t begin, end;
    tkc_status st;
    if (subject.len == 0) return TKC_OK;
    while (!(st = tkc_regex_iter_next(step->regex, &it, subject, &begin, &end, err)))
        if ((st = tkc_norm_edit(w, begin, end, comes_from(w, begin, end), step->b.ptr, step->b.len, err))) return st;
    return st == TKC_E_NOTFOUND ? TKC_OK : st;
}

/* --- ends ------------------------------------------------------------------------------ */

tkc_text tkc_norm_strip(tkc_text t, unsigned flags)
{
    const unsigned char *s = (const unsigned char *)t.ptr;
    size_t begin = 0, end = t.len;
    unsigned n;
    if (flags & TKC_OPF_LEFT)
        while (begin < end && tkc_unicode_class(tkc_utf8_get(s + begin, &n)) & TKC_UC_SPACE)
            begin += n;
    if (flags & TKC_OPF_RIGHT)
        while (end > begin) {
            size_t at = end - 1;
            while (at > begin && (s[at] & 0xc0) == 0x80) at--;
            if (!(tkc_unicode_class(tkc_utf8_get(s + at, &n)) & TKC_UC_SPACE)) break;
            end = at;
        }
    return tkc_norm_slice(&t, begin, end);
}
