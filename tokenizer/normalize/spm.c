/*
 * spm.c - precompiled charsmaps, as Hugging Face's engine applies them and as
 * SentencePiece itself does; SentencePiece's treatment of spaces.
 *
 * The two take different replacements from the same table. SentencePiece: at each place the
 * longest key. Hugging Face: a grapheme cluster of less than 6 bytes that begins with any key
 * is replaced as a whole by what the shortest such key maps to, else the same is done for
 * each of its characters; measured, and kept as it is, since models were trained behind both.
 *
 * The table comes from a file we did not write: every index into it is checked where it is
 * used, and the strings are checked to be UTF-8 once.
 */
#include "tokenizer/normalize/internal.h"

#include "vocab/base/byte_reader.h"
#include "vocab/base/error.h"

/* Longest key looked at. SentencePiece's own tables have keys of at most 12 bytes; without a
 * bound a trie that goes in a circle would make each place of a text cost its whole rest. */
enum { MAX_KEY = 256 };

static const char SPACE_MARK[3] = {'\xe2', '\x96', '\x81'}; /* U+2581 */

/* --- the table ------------------------------------------------------------------------- */

/* A unit is the node's label (the byte that led here), whether a value follows, and the
 * exclusive-or distance to its children; or a value, with the highest bit set. */
static uint32_t unit_label(uint32_t u)
{
    return u & (UINT32_C(1) << 31 | 0xff);
}
static size_t unit_offset(uint32_t u)
{
    return (size_t)(u >> 10) << ((u & UINT32_C(1) << 9) >> 6);
}
static bool unit_has_value(uint32_t u)
{
    return u >> 8 & 1;
}

static bool unit_at(const tkc_charsmap *m, size_t i, uint32_t *u)
{
    const unsigned char *p = m->unit + i * 4;
    if (i >= m->n_unit) return false;
    *u = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    return true;
}

/* What most bytes of most texts need: that an ASCII character before another one stays. */
static void note_starts(tkc_charsmap *m)
{
    uint32_t u = 0, v;
    size_t root;
    if (!unit_at(m, 0, &u)) return;
    root = unit_offset(u);
    for (unsigned c = 0; c < 256; c++) {
        size_t node = root ^ c;
        m->starts[c] = unit_at(m, node, &u) && unit_label(u) == c;
        if (c >= 128 || !m->starts[c]) continue;
        m->alone[c] = unit_has_value(u);
        node ^= unit_offset(u);
        for (unsigned d = 0; d < 128; d++)
            if (unit_at(m, node ^ d, &v) && unit_label(v) == d) m->pairs[c] = true;
    }
}

tkc_status tkc_charsmap_init(tkc_charsmap *m, tkc_str a, tkc_error *err)
{
    tkc_byte_reader r = tkc_byte_reader_of(a);
    uint32_t bytes;
    size_t good;
    memset(m, 0, sizeof *m);
    if (a.len == 0) return TKC_OK;
    bytes = tkc_read_u32(&r);
    m->unit = tkc_read_bytes(&r, bytes);
    if (r.failed || bytes < 4 || bytes % 4)
        return tkc_fail(err, TKC_E_FORMAT, 0,
                        "charsmap of %zu bytes does not hold a trie of %lu bytes", a.len,
                        (unsigned long)bytes);
    m->n_unit = bytes / 4;
    m->text = (tkc_str){a.ptr + r.at, a.len - r.at};
    good = tkc_utf8_valid(m->text.ptr, m->text.len);
    if (good != m->text.len)
        return tkc_fail(err, TKC_E_FORMAT, r.at + good,
                        "the strings of the charsmap are not UTF-8 at byte %zu", r.at + good);
    note_starts(m);
    return TKC_OK;
}

/* The string a value stands for. */
static tkc_status value_text(const tkc_charsmap *m, size_t node, tkc_str *out, tkc_error *err)
{
    uint32_t u;
    size_t at;
    const char *end;
    if (!unit_at(m, node, &u))
        return tkc_fail(err, TKC_E_FORMAT, 4 + node * 4, "charsmap: unit %zu of %zu", node,
                        m->n_unit);
    at = u & ~(UINT32_C(1) << 31);
    /* At the length itself: the empty string behind the last NUL. */
    if (at > m->text.len || (at < m->text.len && (m->text.ptr[at] & 0xc0) == 0x80))
        return tkc_fail(err, TKC_E_FORMAT, 4 + node * 4,
                        "charsmap: value %zu is not the start of a string in %zu bytes", at,
                        m->text.len);
    *out = (tkc_str){m->text.ptr + at, m->text.len - at};
    end = out->len ? memchr(out->ptr, 0, out->len) : NULL;
    if (end) out->len = (size_t)(end - out->ptr);
    return TKC_OK;
}

/* Longest or shortest key that s starts with. *key_len 0: none. */
static tkc_status lookup(const tkc_charsmap *m, tkc_str s, bool longest, size_t *key_len,
                         tkc_str *to, tkc_error *err)
{
    uint32_t u;
    size_t node, found = 0;
    *key_len = 0;
    if (!s.len || !m->starts[(unsigned char)s.ptr[0]]) return TKC_OK;
    if (!unit_at(m, 0, &u)) return TKC_OK;
    node = unit_offset(u);
    for (size_t i = 0; i < s.len; i++) {
        const unsigned char c = (unsigned char)s.ptr[i];
        if (i == MAX_KEY)
            return tkc_fail(err, TKC_E_LIMIT, 0, "charsmap: a key of more than %d bytes", MAX_KEY);
        if (c == 0 && !longest) break; /* the engine's keys end at NUL, SentencePiece's do not */
        node ^= c;
        if (!unit_at(m, node, &u) || unit_label(u) != c) break;
        node ^= unit_offset(u);
        if (!unit_has_value(u)) continue;
        found = node;
        *key_len = i + 1;
        if (!longest) break;
    }
    return *key_len ? value_text(m, found, to, err) : TKC_OK;
}

/* --- Hugging Face: Precompiled --------------------------------------------------------- */

/* part: a cluster or a character, as a whole. */
static tkc_status replace_part(tkc_norm_writer *w, const tkc_charsmap *m, size_t at, size_t len,
                               bool *done, tkc_error *err)
{
    tkc_str to;
    size_t key_len;
    tkc_status st = lookup(m, (tkc_str){w->in.ptr + at, len}, false, &key_len, &to, err);
    *done = key_len > 0;
    if (st || !key_len) return st;
    if (to.len == len && memcmp(to.ptr, w->in.ptr + at, len) == 0) return TKC_OK;
    return tkc_norm_edit(w, at, at + len, at, to.ptr, to.len, err);
}

tkc_status tkc_norm_charsmap(tkc_norm_writer *w, const tkc_charsmap *m, tkc_error *err)
{
    const unsigned char *s = (const unsigned char *)w->in.ptr;
    const tkc_str all = {w->in.ptr, w->in.len};
    size_t end;
    if (!m->n_unit) return TKC_OK;
    for (size_t at = 0; at < all.len; at = end) {
        bool done = false;
        tkc_status st = TKC_OK;
        /* Between two ASCII bytes there is always a cluster's end, but for CR LF. */
        if (s[at] < 0x80 && (at + 1 == all.len || (s[at + 1] < 0x80 && s[at] != '\r'))) {
            end = at + 1;
            if (!m->alone[s[at]]) continue;
        } else {
            end = tkc_grapheme_end(all, at);
        }
        if (end - at < 6) st = replace_part(w, m, at, end - at, &done, err);
        if (st) return st;
        if (done) continue;
        for (size_t i = at; i < end; i += tkc_utf8_len(s[i])) {
            st = replace_part(w, m, i, tkc_utf8_len(s[i]), &done, err);
            if (st) return st;
        }
    }
    return TKC_OK;
}

/* --- SentencePiece --------------------------------------------------------------------- */

tkc_status tkc_norm_read_symbols(tkc_matcher *m, tkc_str b, tkc_error *err)
{
    tkc_byte_reader r = tkc_byte_reader_of(b);
    while (r.at < r.len) {
        const uint32_t len = tkc_read_u32(&r);
        const unsigned char *p = tkc_read_bytes(&r, len);
        tkc_status st;
        if (r.failed || len == 0)
            return tkc_fail(err, TKC_E_FORMAT, r.at, "list of user-defined pieces is cut short");
        st = tkc_matcher_add(m, (tkc_str){(const char *)p, len}, 0, err);
        if (st) return st;
    }
    return TKC_OK;
}

/* What SentencePiece takes at a place: used bytes of the text, and what stands for them. */
typedef struct taken {
    tkc_str to;
    size_t used;
    bool same; /* to is the text itself */
} taken;

static tkc_status take(const tkc_norm_step *s, tkc_str rest, taken *t, tkc_error *err)
{
    const unsigned char c = (unsigned char)rest.ptr[0];
    uint32_t value;
    size_t len;
    tkc_status st;
    if (tkc_matcher_at(&s->symbols, rest.ptr, rest.len, &value, &len)) {
        *t = (taken){{rest.ptr, len}, len, true};
        return TKC_OK;
    }
    st = lookup(&s->charsmap, rest, true, &len, &t->to, err);
    if (st) return st;
    if (len) {
        t->used = len;
        t->same = t->to.len == len && memcmp(t->to.ptr, rest.ptr, len) == 0;
    } else if ((c & 0xc0) == 0x80) {
        /* A key that ends inside a character: what is left of it is not UTF-8. */
        *t = (taken){{"\xef\xbf\xbd", 3}, 1, false};
    } else {
        len = tkc_utf8_len(c);
        *t = (taken){{rest.ptr, len}, len, true};
    }
    return TKC_OK;
}

/* Puts to for in[begin .. end), with ' ' as mark. */
static tkc_status put_marked(tkc_norm_writer *w, size_t begin, size_t end, tkc_str to, tkc_str mark,
                             tkc_error *err)
{
    size_t at = 0, from = begin, upto = end;
    for (;;) {
        const char *sp = to.len > at ? memchr(to.ptr + at, ' ', to.len - at) : NULL;
        const size_t stop = sp ? (size_t)(sp - to.ptr) : to.len;
        tkc_status st =
            tkc_norm_edit(w, from, upto, begin, to.len ? to.ptr + at : NULL, stop - at, err);
        if (st || !sp) return st;
        from = upto;
        st = tkc_norm_edit(w, from, upto, begin, mark.ptr, mark.len, err);
        if (st) return st;
        at = stop + 1;
    }
}

static bool ends_with(const tkc_text *t, tkc_str end)
{
    return t->len >= end.len && memcmp(t->ptr + t->len - end.len, end.ptr, end.len) == 0;
}

/* No charsmap, no pieces: only runs of spaces change. */
static tkc_status spm_spaces(tkc_norm_writer *w, tkc_str mark, bool remove, size_t at,
                             tkc_error *err)
{
    const size_t len = w->in.len;
    const char *s = w->in.ptr, *sp;
    bool after_space = true;
    if (!remove) return tkc_norm_swap(w, ' ', mark, err); /* nothing is before at, or dropped */
    while (at < len && (sp = memchr(s + at, ' ', len - at))) {
        const size_t begin = (size_t)(sp - s);
        tkc_status st;
        if (begin > at) after_space = false;
        at = begin + 1;
        st = after_space ? tkc_norm_edit(w, begin, at, begin, NULL, 0, err)
                         : tkc_norm_edit(w, begin, at, begin, mark.ptr, mark.len, err);
        if (st) return st;
        after_space = true;
    }
    return TKC_OK;
}

/* The character at at is ASCII, no space, and what follows cannot make it change. */
static bool is_plain(const tkc_norm_step *s, const tkc_text *in, size_t at)
{
    const unsigned char c = (unsigned char)in->ptr[at];
    if (c >= 0x80 || c == ' ' || s->charsmap.alone[c] || s->charsmap.pairs[c]) return false;
    return !s->symbols.first[c] &&
           (at + 1 == in->len || (unsigned char)in->ptr[at + 1] < 0x80);
}

static tkc_status spm_body(tkc_norm_writer *w, const tkc_norm_step *s, tkc_str mark, size_t at,
                           tkc_error *err)
{
    const bool remove = s->flags & TKC_OPF_REMOVE_SPACES, escape = s->flags & TKC_OPF_ESCAPE;
    bool after_space = remove;
    if (!s->charsmap.n_unit && !s->symbols.n_string)
        return escape || remove ? spm_spaces(w, mark, remove, at, err) : TKC_OK;
    while (at < w->in.len) {
        taken t;
        tkc_status st;
        if (is_plain(s, &w->in, at)) {
            after_space = false;
            at++;
            continue;
        }
        st = take(s, (tkc_str){w->in.ptr + at, w->in.len - at}, &t, err);
        if (st) return st;
        while (after_space && t.to.len && t.to.ptr[0] == ' ') {
            t.to.ptr++;
            t.to.len--;
            t.same = false;
        }
        if (!t.same)
            st = escape ? put_marked(w, at, at + t.used, t.to, mark, err)
                        : tkc_norm_edit(w, at, at + t.used, at, t.to.ptr, t.to.len, err);
        else if (escape && memchr(t.to.ptr, ' ', t.to.len))
            st = put_marked(w, at, at + t.used, t.to, mark, err);
        if (st) return st;
        if (t.to.len) after_space = remove && t.to.ptr[t.to.len - 1] == ' ';
        at += t.used;
    }
    return TKC_OK;
}

/* Bytes at the start that come to exactly one space each; the whole text is *at == len. */
static tkc_status spm_leading(const tkc_norm_step *s, tkc_text in, size_t *at, tkc_error *err)
{
    *at = 0;
    while (*at < in.len) {
        taken t;
        tkc_status st = take(s, (tkc_str){in.ptr + *at, in.len - *at}, &t, err);
        if (st) return st;
        if (t.to.len != 1 || t.to.ptr[0] != ' ') break;
        *at += t.used;
    }
    return TKC_OK;
}

tkc_status tkc_norm_spm(tkc_normalizer *n, const tkc_norm_step *s, tkc_text in, tkc_text *out,
                        tkc_error *err)
{
    const bool remove = s->flags & TKC_OPF_REMOVE_SPACES, prefix = s->flags & TKC_OPF_DUMMY_PREFIX;
    const bool suffix = s->flags & TKC_OPF_SUFFIX;
    const tkc_str mark = s->flags & TKC_OPF_ESCAPE ? (tkc_str){SPACE_MARK, sizeof SPACE_MARK}
                                                   : (tkc_str){" ", 1};
    tkc_norm_writer w = tkc_normalizer_begin(n, in);
    size_t at = 0;
    tkc_text t;
    tkc_status st = remove ? spm_leading(s, in, &at, err) : TKC_OK;
    if (st) return st;
    if (at == in.len) {
        *out = tkc_norm_slice(&in, at, at);
        return TKC_OK;
    }
    if (at) st = tkc_norm_edit(&w, 0, at, at, NULL, 0, err);
    if (!st && prefix && !suffix) st = tkc_norm_edit(&w, at, at, at, mark.ptr, mark.len, err);
    if (!st) st = spm_body(&w, s, mark, at, err);
    if (!st) st = tkc_normalizer_end(n, &w, &t, err);
    if (st) return st;
    /* Trailing marks go whether they were spaces or were in the text as marks. */
    while (remove && ends_with(&t, mark)) t.len -= mark.len;
    if (prefix && suffix) {
        w = tkc_normalizer_begin(n, t);
        st = tkc_norm_edit(&w, t.len, t.len, t.len, mark.ptr, mark.len, err);
        if (!st) st = tkc_normalizer_end(n, &w, &t, err);
        if (st) return st;
    }
    *out = t;
    return TKC_OK;
}
