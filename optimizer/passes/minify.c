/*
 * minify.c - the same text in fewer tokens of one vocabulary.
 *
 * Kinds, in the order they are tried; each stays only if the whole text then has fewer tokens:
 *   json        a text that is wholly JSON without the blanks between its tokens, \uXXXX and \/
 *               as the characters they are
 *   ansi        terminal control sequences (ESC [ ...) outside code fences
 *   entities    &amp; &lt; &gt; &quot; &#39; &apos; in a text that was escaped as a whole: no bare
 *               & < or > in it, no backtick, and two entities at least
 *   nfc         canonical composition (Unicode's NFC: the same text by definition)
 *   trailing    blanks at line ends; two that are a hard break in Markdown stay two
 *   separators  a line of 4 or more of one of - = _ * is written with three
 *   lines       three and more line ends are two
 * Lines in code fences, <pre> and <code> keep every byte; so do diffs, and tabs in a text that
 * has columns by tabs. What a protected pattern matches keeps every byte.
 *
 * Rounds go on until no kind helps any more (each has fewer tokens than the one before, so they
 * end), which is why a second call changes nothing.
 *
 * A kind writes its input anew and says whether anything changed; what it wrote counts only then. The count decides: what looks
 * shorter is not always fewer tokens (o200k_base has single tokens for 4, 8, 16 and more dashes,
 * and for many runs of blanks and line ends).
 */
#include "optimizer/passes/pass.h"

#include "tokenizer/normalize/unicode.h"
#include "vocab/base/alloc.h"
#include "vocab/base/ascii.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"

#include <string.h>

#define MAX_TEXT ((size_t)1 << 30)
#define MAX_JSON ((size_t)1 << 22) /* values; larger texts stay as they are */

typedef struct src {
    tkc_str s;
    const tkc_range *keep; /* protected */
    size_t n_keep;
    tkc_pass_ctx *c;
} src;

typedef struct minified {
    bool changed;
    unsigned kinds; /* bits, in their order */
    uint64_t tokens_before, tokens_after;
} minified;

typedef tkc_status (*kind_fn)(const src *in, tkc_buf *out, bool *changed, tkc_error *err);

static bool may(const src *in, size_t begin, size_t end)
{
    return !in->n_keep || !tkc_range_touches(in->keep, in->n_keep, begin, end);
}

static tkc_status put(tkc_buf *out, const src *in, size_t begin, size_t end, tkc_error *err)
{
    return begin < end ? tkc_buf_append(out, in->s.ptr + begin, end - begin, err) : TKC_OK;
}

/* Behind the last change: of a text that stays as it is nothing is copied. */
static tkc_status put_rest(tkc_buf *out, const src *in, size_t from, bool changed, tkc_error *err)
{
    return changed ? put(out, in, from, in->s.len, err) : TKC_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* --- json --------------------------------------------------------------------------------- */

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                      : c >= 'A' && c <= 'F'     ? c - 'A' + 10
                                                                 : -1;
}

/* The code unit of \uXXXX at s[i], or -1. */
static int32_t unit(tkc_str s, size_t i)
{
    int32_t v = 0;
    if (s.len - i < 6 || s.ptr[i] != '\\' || s.ptr[i + 1] != 'u') return -1;
    for (int k = 2; k < 6; k++) v = v << 4 | hex(s.ptr[i + k]);
    return v;
}

/* Whether a character may stand in a JSON string for its escape, and be seen there. */
static bool shows(uint32_t cp)
{
    return cp >= 0xa0 && cp != 0xad && !(cp >= 0x200b && cp <= 0x200f) && !(cp >= 0x2028 && cp <= 0x202e) &&
           !(cp >= 0x2060 && cp <= 0x206f) && cp != 0xfeff && !(cp >= 0xfff0 && cp <= 0xffff);
}

/* An escape at s[i]: its length in the source, and what is written for it (n 0: the same). */
static size_t escape(tkc_str s, size_t i, char out[4], unsigned *n)
{
    int32_t a, b;
    uint32_t cp;
    *n = 0;
    if (s.ptr[i + 1] == '/') {
        out[0] = '/';
        *n = 1;
        return 2;
    }
    if (s.ptr[i + 1] != 'u') return 2;
    a = unit(s, i);
    if (a >= 0xd800 && a < 0xdc00) {
        b = i + 6 < s.len ? unit(s, i + 6) : -1;
        if (b < 0xdc00 || b > 0xdfff) return 6;
        cp = 0x10000 + ((uint32_t)(a - 0xd800) << 10) + (uint32_t)(b - 0xdc00);
        *n = tkc_utf8_put(out, cp);
        return 12;
    }
    if (a >= 0x20 && a < 0x7f && a != '"' && a != '\\') {
        out[0] = (char)a;
        *n = 1;
    } else if (a >= 0 && a < 0xd800 ? shows((uint32_t)a) : a > 0xdfff && shows((uint32_t)a)) {
        *n = tkc_utf8_put(out, (uint32_t)a);
    }
    return 6;
}

static bool is_json(const src *in, tkc_error *err, tkc_status *st)
{
    tkc_json doc;
    tkc_json_limits l = {.max_nodes = MAX_JSON, .max_depth = 512, .lone_surrogates = true};
    tkc_error ignored;
    size_t i = 0;
    while (i < in->s.len && tkc_is_space(in->s.ptr[i])) i++;
    if (i == in->s.len || (in->s.ptr[i] != '{' && in->s.ptr[i] != '[')) return false;
    tkc_json_init(&doc, in->c->plan->alloc);
    *st = tkc_json_parse(&doc, in->s, &l, &ignored);
    tkc_json_release(&doc);
    if (*st == TKC_E_NOMEM) {
        *st = tkc_nomem(err);
        return false;
    }
    if (!*st) return true;
    *st = TKC_OK;
    return false;
}

static tkc_status json(const src *in, tkc_buf *out, bool *changed, tkc_error *err)
{
    tkc_str s = in->s;
    tkc_status st = TKC_OK;
    size_t i = 0, from = 0;
    bool quoted = false;
    if (!is_json(in, err, &st)) return st;
    while (!st && i < s.len) {
        char text[4];
        unsigned n = 0;
        size_t end = i + 1;
        if (quoted && s.ptr[i] == '\\') {
            end = i + escape(s, i, text, &n);
            if (!n) {
                i = end;
                continue;
            }
        } else if (quoted || !tkc_is_space(s.ptr[i])) {
            if (s.ptr[i] == '"') quoted = !quoted;
            i++;
            continue;
        } else {
            while (end < s.len && tkc_is_space(s.ptr[end])) end++;
        }
        if (may(in, i, end)) {
            st = put(out, in, from, i, err);
            if (!st && n) st = tkc_buf_append(out, text, n, err);
            from = end;
            *changed = true;
        }
        i = end;
    }
    return st ? st : put_rest(out, in, from, *changed, err);
}

/* --- lines -------------------------------------------------------------------------------- */

/* Walks lines; literal is true in code fences, <pre> and <code>. */
typedef struct lines {
    tkc_str s;
    size_t begin, end, next; /* the line, without and with its end ("\n" or "\r\n") */
    char fence;
    size_t fence_len;
    const char *closing; /* of an element */
    bool literal;
} lines;

static bool holds(tkc_str s, const char *word)
{
    size_t n = strlen(word);
    const char *p = s.ptr, *end = s.ptr + s.len;
    while ((size_t)(end - p) >= n && (p = memchr(p, word[0], (size_t)(end - p) - n + 1)) != NULL) {
        if (memcmp(p, word, n) == 0) return true;
        p++;
    }
    return false;
}

static void mark_literal(lines *l)
{
    static const char *const open[] = {"<pre", "<code"}, *const close[] = {"</pre>", "</code>"};
    tkc_str line = {l->s.ptr + l->begin, l->end - l->begin};
    size_t i = 0, n = 0;
    while (i < line.len && (line.ptr[i] == ' ' || line.ptr[i] == '>')) i++;
    if (i < line.len && (line.ptr[i] == '`' || line.ptr[i] == '~')) {
        while (i + n < line.len && line.ptr[i + n] == line.ptr[i]) n++;
        if (n < 3) n = 0;
    }
    if (l->fence) {
        l->literal = true;
        if (n >= l->fence_len && line.ptr[i] == l->fence) l->fence = 0;
        return;
    }
    if (l->closing) {
        l->literal = true;
        if (holds(line, l->closing)) l->closing = NULL;
        return;
    }
    l->literal = n > 0;
    if (n) {
        l->fence = line.ptr[i];
        l->fence_len = n;
        return;
    }
    for (int k = 0; k < 2; k++)
        if (holds(line, open[k])) {
            l->literal = true;
            if (!holds(line, close[k])) l->closing = close[k];
        }
}

static bool next_line(lines *l)
{
    const char *nl;
    if (l->next >= l->s.len) return false;
    l->begin = l->next;
    nl = memchr(l->s.ptr + l->begin, '\n', l->s.len - l->begin);
    l->end = nl ? (size_t)(nl - l->s.ptr) : l->s.len;
    l->next = nl ? l->end + 1 : l->s.len;
    if (nl && l->end > l->begin && l->s.ptr[l->end - 1] == '\r') l->end--;
    mark_literal(l);
    return true;
}

/* Blanks at line ends are data in a diff. Asked where there is something to take off: that is seldom. */
static bool is_diff(tkc_str s)
{
    return holds(s, "\n@@ ") || holds(s, "diff --git ") || (s.len > 4 && memcmp(s.ptr, "--- ", 4) == 0);
}

/* A tab between two somethings: columns, the last of which may be empty. */
static bool has_columns(tkc_str s)
{
    const char *p = s.ptr, *end = s.ptr + s.len;
    while (p < end && (p = memchr(p, '\t', (size_t)(end - p))) != NULL) {
        const bool behind = p > s.ptr && !tkc_is_space(p[-1]);
        while (p < end && is_blank(*p)) p++;
        if (behind && p < end && !tkc_is_space(*p)) return true;
    }
    return false;
}

static tkc_status trailing(const src *in, tkc_buf *out, bool *changed, tkc_error *err)
{
    lines l = {.s = in->s};
    const bool tabs = !has_columns(in->s);
    size_t from = 0;
    tkc_status st = TKC_OK;
    while (!st && next_line(&l)) {
        size_t e = l.end, keep;
        if (l.literal) continue;
        while (e > l.begin && (l.s.ptr[e - 1] == ' ' || (tabs && l.s.ptr[e - 1] == '\t'))) e--;
        keep = e;
        /* Two blanks in front of a line that goes on are a line break in Markdown. */
        if (e > l.begin && l.end - e >= 2 && l.s.ptr[e] == ' ' && l.s.ptr[e + 1] == ' ' && l.next < l.s.len &&
            !tkc_is_space(l.s.ptr[l.next]))
            keep = e + 2;
        if (keep == l.end || !may(in, keep, l.end)) continue;
        if (!*changed && is_diff(in->s)) return TKC_OK;
        st = put(out, in, from, keep, err);
        from = l.end;
        *changed = true;
    }
    return st ? st : put_rest(out, in, from, *changed, err);
}

static tkc_status separators(const src *in, tkc_buf *out, bool *changed, tkc_error *err)
{
    lines l = {.s = in->s};
    size_t from = 0;
    tkc_status st = TKC_OK;
    while (!st && next_line(&l)) {
        size_t i = l.begin;
        char c;
        if (l.literal || l.end - l.begin < 4) continue;
        c = l.s.ptr[i];
        if (c != '-' && c != '=' && c != '_' && c != '*') continue;
        while (i < l.end && l.s.ptr[i] == c) i++;
        if (i < l.end || !may(in, l.begin, l.end)) continue;
        if (!*changed && is_diff(in->s)) return TKC_OK;
        st = put(out, in, from, l.begin + 3, err);
        from = l.end;
        *changed = true;
    }
    return st ? st : put_rest(out, in, from, *changed, err);
}

static tkc_status empty_lines(const src *in, tkc_buf *out, bool *changed, tkc_error *err)
{
    lines l = {.s = in->s};
    size_t from = 0, n = 0;
    tkc_status st = TKC_OK;
    while (!st && next_line(&l)) {
        n = !l.literal && l.begin == l.end ? n + 1 : 0;
        if (n < 2 || !may(in, l.begin, l.next)) continue;
        if (!*changed && is_diff(in->s)) return TKC_OK;
        st = put(out, in, from, l.begin, err);
        from = l.next;
        *changed = true;
    }
    return st ? st : put_rest(out, in, from, *changed, err);
}

/* --- characters --------------------------------------------------------------------------- */

/* The length of ESC [ parameters final at s[i], or 0. */
static size_t control_sequence(tkc_str s, size_t i)
{
    size_t k = i + 2;
    if (s.len - i < 3 || s.ptr[i] != '\x1b' || s.ptr[i + 1] != '[') return 0;
    while (k < s.len && s.ptr[k] >= 0x20 && s.ptr[k] <= 0x3f) k++;
    return k < s.len && s.ptr[k] >= 0x40 && s.ptr[k] <= 0x7e ? k + 1 - i : 0;
}

static tkc_status ansi(const src *in, tkc_buf *out, bool *changed, tkc_error *err)
{
    lines l = {.s = in->s};
    size_t from = 0;
    tkc_status st = TKC_OK;
    if (!in->s.len || !memchr(in->s.ptr, '\x1b', in->s.len)) return TKC_OK;
    while (!st && next_line(&l)) {
        size_t i = l.begin;
        if (l.literal) continue;
        while (!st && i < l.end) {
            const char *p = memchr(l.s.ptr + i, '\x1b', l.end - i);
            size_t n;
            if (!p) break;
            i = (size_t)(p - l.s.ptr);
            n = control_sequence(l.s, i);
            if (n && may(in, i, i + n)) {
                st = put(out, in, from, i, err);
                from = i + n;
                *changed = true;
            }
            i += n ? n : 1;
        }
    }
    return st ? st : put_rest(out, in, from, *changed, err);
}

static const struct {
    const char *name;
    char c;
} entity[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&apos;", '\''}};

/* The entity at s[i], or -1. */
static int entity_at(tkc_str s, size_t i)
{
    for (int k = 0; k < (int)(sizeof entity / sizeof *entity); k++) {
        size_t n = strlen(entity[k].name);
        if (s.len - i >= n && memcmp(s.ptr + i, entity[k].name, n) == 0) return k;
    }
    return -1;
}

/* A text that was escaped as a whole has no bare <, > or &. What would read as an entity or a
 * tag afterwards was meant to be read so, and stays. */
static tkc_status entities(const src *in, tkc_buf *out, bool *changed, tkc_error *err)
{
    tkc_str s = in->s;
    size_t n = 0, from = 0;
    tkc_status st = TKC_OK;
    if (!s.len || !memchr(s.ptr, '&', s.len) || memchr(s.ptr, '`', s.len) || memchr(s.ptr, '<', s.len) ||
        memchr(s.ptr, '>', s.len))
        return TKC_OK;
    for (const char *p = s.ptr; (p = memchr(p, '&', s.len - (size_t)(p - s.ptr))) != NULL; p++) {
        size_t i = (size_t)(p - s.ptr);
        int k = entity_at(s, i);
        if (k < 0) return TKC_OK;
        if (entity[k].c == '&') {
            size_t e = i + 5;
            while (e < s.len && e < i + 40 && ((s.ptr[e] >= 'a' && s.ptr[e] <= 'z') || (s.ptr[e] >= '0' && s.ptr[e] <= '9') ||
                                               (s.ptr[e] >= 'A' && s.ptr[e] <= 'Z') || s.ptr[e] == '#'))
                e++;
            if (e < s.len && s.ptr[e] == ';') return TKC_OK; /* &amp;lt; was escaped twice */
        }
        if (entity[k].c == '<' && i + 4 < s.len) {
            char c = s.ptr[i + 4];
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '!') return TKC_OK;
        }
        n++;
    }
    if (n < 2) return TKC_OK;
    for (size_t i = 0; !st && i < s.len; i++) {
        int k;
        size_t len;
        if (s.ptr[i] != '&') continue;
        k = entity_at(s, i);
        len = strlen(entity[k].name);
        if (!may(in, i, i + len)) continue;
        st = put(out, in, from, i, err);
        if (!st) st = tkc_buf_append_byte(out, (unsigned char)entity[k].c, err);
        from = i + len;
        i = from - 1;
        *changed = true;
    }
    return st ? st : put_rest(out, in, from, *changed, err);
}

static tkc_status nfc(const src *in, tkc_buf *out, bool *changed, tkc_error *err)
{
    tkc_norm_scratch scratch = {.alloc = tkc_allocator_or_default(in->c->plan->alloc)};
    size_t from = 0, at = 0, begin, end;
    tkc_status st = TKC_OK;
    if (tkc_ascii_run((const unsigned char *)in->s.ptr, in->s.len) == in->s.len) return TKC_OK;
    while (!st && tkc_form_next(TKC_NFC, in->s, at, &begin, &end)) {
        tkc_str now, old = {in->s.ptr + begin, end - begin};
        at = end;
        st = tkc_form_apply(TKC_NFC, old, &scratch, &now, err);
        if (st || (now.len == old.len && memcmp(now.ptr, old.ptr, old.len) == 0) || !may(in, begin, end)) continue;
        st = put(out, in, from, begin, err);
        if (!st) st = tkc_buf_append(out, now.ptr, now.len, err);
        from = end;
        *changed = true;
    }
    tkc_norm_scratch_release(&scratch);
    return st ? st : put_rest(out, in, from, *changed, err);
}

/* --- rounds ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    kind_fn apply;
    bool once; /* it leaves nothing for itself, unless patterns that match no more kept something from it */
} kind[] = {{"json", json, true},          {"ansi", ansi, false},             {"entities", entities, false}, {"nfc", nfc, false},
            {"trailing", trailing, false}, {"separators", separators, false}, {"lines", empty_lines, false}};
enum { N_KIND = sizeof kind / sizeof *kind };

/* "json, trailing" into the caller's array, which is returned. */
static const char *kind_names(unsigned kinds, char buf[96])
{
    size_t n = 0;
    buf[0] = '\0';
    for (unsigned k = 0; k < N_KIND; k++) {
        size_t len = strlen(kind[k].name);
        if (!(kinds >> k & 1)) continue;
        if (n) {
            memcpy(buf + n, ", ", 3);
            n += 2;
        }
        memcpy(buf + n, kind[k].name, len + 1);
        n += len;
    }
    return buf;
}

/* One kind over *s, which may lie in a: the shorter result goes into a by way of b, and is *s. */
static tkc_status try_kind(tkc_pass_ctx *c, unsigned k, tkc_str *s, tkc_buf *a, tkc_buf *b, minified *m, bool *helped,
                           tkc_error *err)
{
    src in = {.s = *s, .c = c};
    bool changed = false;
    uint64_t n;
    tkc_status st = tkc_pass_protected(c, TKC_NO_PART, in.s, &in.keep, &in.n_keep, err);
    tkc_buf_clear(b);
    if (!st) st = kind[k].apply(&in, b, &changed, err);
    if (st || !changed) return st;
    st = tkc_pass_count(c, tkc_buf_str(b), &n, err);
    if (!st && n < m->tokens_after) {
        tkc_buf t = *a;
        *a = *b;
        *b = t;
        *s = tkc_buf_str(a);
        m->tokens_after = n;
        m->kinds |= 1u << k;
        m->changed = *helped = true;
    }
    return st;
}

/* One line of ASCII in which no kind finds anything: what people say is nearly all such, and most of the time of a round over it
 * went into asking every kind. */
static bool is_plain(tkc_str s)
{
    const char last = s.ptr[s.len - 1];
    size_t i = 0;
    if (is_blank(last) || tkc_ascii_run((const unsigned char *)s.ptr, s.len) < s.len) return false;
    if (memchr(s.ptr, '\n', s.len) || memchr(s.ptr, '\x1b', s.len) || memchr(s.ptr, '&', s.len)) return false;
    while (i < s.len && tkc_is_space(s.ptr[i])) i++;
    return i < s.len && !tkc_is_one_of(s.ptr[i], "{[-=_*");
}

/* text is UTF-8; tokens are its own, UINT64_MAX if not known. changed: out holds the shorter text; its tokens by itself are below those of
 * text. */
static tkc_status minify_text(tkc_pass_ctx *c, tkc_str text, uint64_t tokens, tkc_buf *out, minified *m, tkc_error *err)
{
    tkc_buf a, b;
    tkc_status st;
    memset(m, 0, sizeof *m);
    if (!text.len || is_plain(text)) return TKC_OK;
    tkc_buf_init(&a, MAX_TEXT, c->plan->alloc);
    tkc_buf_init(&b, MAX_TEXT, c->plan->alloc);
    m->tokens_before = tokens;
    st = tokens == UINT64_MAX ? tkc_pass_count(c, text, &m->tokens_before, err) : TKC_OK;
    m->tokens_after = m->tokens_before;
    /* Round and round, until each kind was tried on the text as it stands. */
    for (unsigned k = 0, idle = 0; !st && idle < N_KIND; k = (k + 1) % N_KIND) {
        bool helped = false;
        st = try_kind(c, k, &text, &a, &b, m, &helped, err);
        idle = helped ? kind[k].once && !c->plan->n_protect : idle + 1;
    }
    if (!st && m->changed) st = tkc_buf_append(out, text.ptr, text.len, err);
    tkc_buf_release(&a);
    tkc_buf_release(&b);
    return st;
}

/* --- the pass ----------------------------------------------------------------------------- */

/* Bytes of the line at s[i] with its end. */
static size_t line_len(tkc_str s, size_t i)
{
    const char *nl = i < s.len ? memchr(s.ptr + i, '\n', s.len - i) : NULL;
    return nl ? (size_t)(nl - s.ptr) + 1 - i : s.len - i;
}

static bool same_line(tkc_str a, size_t i, tkc_str b, size_t k)
{
    size_t n = line_len(a, i);
    return n && n == line_len(b, k) && memcmp(a.ptr + i, b.ptr + k, n) == 0;
}

/* Where a and b run on alike: the nearest pair of equal lines, AHEAD lines on at most; both ends if
 * there is none. */
static void resync(tkc_str a, size_t *i, tkc_str b, size_t *k)
{
    enum { AHEAD = 12 };
    size_t x[AHEAD + 1], y[AHEAD + 1];
    x[0] = *i;
    y[0] = *k;
    for (int d = 1; d <= AHEAD; d++) {
        x[d] = x[d - 1] + line_len(a, x[d - 1]);
        y[d] = y[d - 1] + line_len(b, y[d - 1]);
        for (int e = 0; e <= d; e++) {
            if (same_line(a, x[d], b, y[e])) {
                *i = x[d];
                *k = y[e];
                return;
            }
            if (same_line(a, x[e], b, y[d])) {
                *i = x[e];
                *k = y[d];
                return;
            }
        }
    }
    *i = a.len;
    *k = b.len;
}

/* One hunk for each run of lines that changed. */
static tkc_status tell(tkc_pass_ctx *c, size_t part, tkc_str a, tkc_str b, const minified *m, const char *why,
                       tkc_error *err)
{
    size_t i = 0, k = 0;
    while (i < a.len || k < b.len) {
        size_t from_i = i, from_k = k;
        tkc_status st;
        if (same_line(a, i, b, k)) {
            i += line_len(a, i);
            k += line_len(b, k);
            continue;
        }
        resync(a, &i, b, &k);
        if (from_i == 0 && i == a.len)
            st = tkc_pass_replace_counted(c, part, 0, i, b, m->tokens_before, m->tokens_after, why, err);
        else
            st = tkc_pass_replace(c, part, from_i, i, (tkc_str){b.ptr + from_k, k - from_k}, why, err);
        if (st) return st;
    }
    return TKC_OK;
}

/* What a part's text has by itself, where the count of the request is just that. */
static uint64_t own_tokens(const tkc_pass_ctx *c, size_t part)
{
    const tkc_token_range *n = &c->count->part[part];
    const bool chat = c->r->dialect == TKC_DIALECT_OPENAI_CHAT || c->r->dialect == TKC_DIALECT_ANTHROPIC;
    if (!chat || c->count->is_by_template || n->low != n->high) return UINT64_MAX;
    return n->tokens;
}

/* One description of a tool; the schema around it is the provider's to write. */
static tkc_status describe(tkc_pass_ctx *c, size_t part, uint32_t node, tkc_buf *scratch, tkc_buf *out, tkc_error *err)
{
    minified m;
    tkc_str s;
    uint64_t before, after;
    char why[96];
    tkc_status st;
    tkc_buf_clear(scratch);
    tkc_buf_clear(out);
    st = tkc_json_string(&c->r->doc, node, scratch, &s, err);
    if (!st) st = minify_text(c, s, UINT64_MAX, out, &m, err);
    tkc_buf_clear(scratch);
    if (st || !m.changed) return st;
    /* Some providers write it as JSON again, some as it is: it has to be shorter in both. */
    st = tkc_json_append_text(scratch, tkc_buf_str(out), err);
    if (!st) st = tkc_pass_count(c, tkc_json_source(&c->r->doc, node), &before, err);
    if (!st) st = tkc_pass_count(c, tkc_buf_str(scratch), &after, err);
    if (st || after >= before) return st;
    return tkc_pass_replace_string(c, part, node, tkc_buf_str(out), m.tokens_before, m.tokens_after, kind_names(m.kinds, why), err);
}

/* The descriptions in a tool's definition, those of its parameters too. A tool with protected text keeps every byte. */
static tkc_status minify_tool(tkc_pass_ctx *c, size_t part, tkc_buf *text, tkc_buf *out, tkc_error *err)
{
    const tkc_json *d = &c->r->doc;
    const uint32_t node = c->r->part[part].node;
    const tkc_range *range;
    size_t n;
    tkc_str s;
    tkc_status st = tkc_pass_text(c, part, &s, err);
    if (!st) st = tkc_pass_protected(c, part, s, &range, &n, err);
    if (st || n) return st;
    for (uint32_t k = node; !st && k < d->node[node].next; k++) {
        if (tkc_json_kind_of(d, k) != TKC_JSON_OBJECT) continue;
        for (uint32_t key = tkc_json_first(d, k); !st && key != TKC_JSON_NONE; key = tkc_json_next_member(d, k, key)) {
            const uint32_t value = tkc_json_value(d, key);
            if (tkc_json_kind_of(d, value) == TKC_JSON_STRING && tkc_json_is(d, key, "description"))
                st = describe(c, part, value, text, out, err);
        }
    }
    return st;
}

tkc_status tkc_pass_run_minify(tkc_pass_ctx *c, tkc_error *err)
{
    tkc_buf out, scratch;
    tkc_status st = TKC_OK;
    tkc_buf_init(&out, MAX_TEXT, c->plan->alloc);
    tkc_buf_init(&scratch, MAX_TEXT, c->plan->alloc);
    for (size_t i = 0; !st && i < c->r->n_part; i++) {
        minified m;
        tkc_str text;
        char why[96];
        const uint64_t own = own_tokens(c, i);
        if (tkc_pass_may_change_tool(c, i)) st = minify_tool(c, i, &scratch, &out, err);
        if (!tkc_pass_may_change(c, i)) continue;
        tkc_buf_clear(&out);
        st = tkc_pass_text(c, i, &text, err);
        if (!st) st = minify_text(c, text, own, &out, &m, err);
        if (!st && m.changed) st = tell(c, i, text, tkc_buf_str(&out), &m, kind_names(m.kinds, why), err);
    }
    tkc_buf_release(&scratch);
    tkc_buf_release(&out);
    return st;
}
