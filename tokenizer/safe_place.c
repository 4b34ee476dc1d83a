/* safe_place.c - where counts add up; safe_place.h says what, README.md why. */
#include "tokenizer/safe_place.h"

#include "tokenizer/unicode_class.h"
#include "vocab/base/utf8.h"

#include <string.h>

enum {
    SEARCH = 1 << 16,  /* bytes looked at for a place                                      */
    STRETCH = 1 << 12, /* bytes between two ends of pieces, at most                        */
    AHEAD = 64,        /* valid text behind a place that scanners get; they look 4 bytes on */
    TRIES = 64,
    LONG_RUN = 64,
    WORD_MARK = 0x2581
};

#define NO_CHAR UINT32_MAX

/* --- characters ------------------------------------------------------------------------ */

/* The character at i, NO_CHAR where no whole one is. */
static uint32_t char_at(tkc_str t, size_t i, unsigned *n)
{
    const unsigned char *s = (const unsigned char *)t.ptr;
    *n = 1;
    if (i >= t.len) return NO_CHAR;
    if (s[i] < 0x80) return s[i];
    if (s[i] < 0xc2) return NO_CHAR;
    *n = tkc_utf8_len(s[i]);
    if (*n > t.len - i || tkc_utf8_valid(t.ptr + i, *n) != *n) return NO_CHAR;
    return tkc_utf8_get(s + i, n);
}

/* The character that ends at i > 0. UTF-8 synchronizes itself: what is well-formed here is
 * the same character to one who comes from the left. */
static uint32_t char_before(tkc_str t, size_t i, unsigned *n)
{
    uint32_t cp;
    size_t b = i - 1;
    *n = 1;
    if ((unsigned char)t.ptr[b] < 0x80) return (unsigned char)t.ptr[b];
    while (b && i - b < 4 && ((unsigned char)t.ptr[b] & 0xc0) == 0x80) b--;
    cp = char_at(t, b, n);
    if (cp != NO_CHAR && *n == i - b) return cp;
    *n = 1;
    return NO_CHAR;
}

static bool is_space(uint32_t cp)
{
    return cp != NO_CHAR && tkc_unicode_class(cp) & TKC_UC_SPACE;
}

typedef enum kind { OTHER, LETTER, DIGIT, PUNCT, BLANK, NEWLINE } kind;

/* DIGIT is ASCII's; numbers beyond it may be Han to one family and digits to another. */
static kind kind_of(uint32_t cp)
{
    unsigned c;
    if (cp == NO_CHAR) return OTHER;
    if (cp == '\n' || cp == '\r') return NEWLINE;
    if (cp >= '0' && cp <= '9') return DIGIT;
    c = tkc_unicode_class(cp);
    if (c & TKC_UC_LETTER) return LETTER;
    if (c & TKC_UC_SPACE) return BLANK;
    /* radicals are symbols, and Han to Kimi */
    if (c & (TKC_UC_P | TKC_UC_S) && !(c & TKC_UC_HAN)) return PUNCT;
    return OTHER;
}

/* Whether a piece ends between a and b in every family of scanners, whatever is around. */
static bool always_ends(uint32_t a, uint32_t b)
{
    const kind x = kind_of(a), y = kind_of(b);
    switch (y) {
    case BLANK: return x == LETTER || x == DIGIT || x == PUNCT;
    case NEWLINE: return x == LETTER || x == DIGIT; /* punctuation takes newlines along */
    case DIGIT: return x == LETTER || x == PUNCT || x == NEWLINE;
    case LETTER: return x == DIGIT || x == NEWLINE;
    case PUNCT:
        if (x == NEWLINE) return b != '/'; /* [\r\n/]* */
        return x == DIGIT || (x == LETTER && b != '\'');
    default: return false;
    }
}

/* --- normal forms ---------------------------------------------------------------------- */

typedef enum forms { FORMS_NONE, FORMS_NFC, FORMS_ANY } forms;

static forms forms_of(const tkc_vocab *v)
{
    forms f = FORMS_NONE;
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_NORMALIZE]; i++)
        if (v->op[TKC_STAGE_NORMALIZE][i].kind != TKC_OP_NFC) f = FORMS_ANY;
        else if (f == FORMS_NONE) f = FORMS_NFC;
    return f;
}

/* Whether a character stays what it is and joins nothing in front of it: NFC_Quick_Check yes
 * and combining class 0 over these ranges, all of them older than Unicode 9.0. */
static bool is_stable(uint32_t cp, forms f)
{
    if (cp < 0x80 || f == FORMS_NONE) return cp != NO_CHAR;
    if (f == FORMS_ANY) return false;
    return (cp >= 0xa0 && cp <= 0x24f) || (cp >= 0x400 && cp <= 0x45f) ||
           (cp >= 0x3001 && cp <= 0x3002) || (cp >= 0x3041 && cp <= 0x3094) ||
           (cp >= 0x30a1 && cp <= 0x30fa) || (cp >= 0x4e00 && cp <= 0x9fa5) ||
           (cp >= 0xac00 && cp <= 0xd7a3) || (cp >= 0xff01 && cp <= 0xff5e);
}

/* [from, to) and the character at to: normalizing changes nothing there. */
static bool is_stable_stretch(tkc_str t, size_t from, size_t to, forms f)
{
    unsigned n;
    if (f == FORMS_NONE) return true;
    for (size_t i = from; i <= to; i += n)
        if (!is_stable(char_at(t, i, &n), f)) return false;
    return true;
}

/* --- added tokens ---------------------------------------------------------------------- */

/* Whether no added token can hold the bytes on both sides of p, or see over p by its strip
 * and word rules. All of them are asked, also control tokens that may not be matched. */
static bool is_free_of_added(const tkc_encoder *e, tkc_str t, size_t p)
{
    const tkc_vocab *v = e->v;
    const char x = t.ptr[p - 1], y = t.ptr[p];
    unsigned n;
    const bool space_before = is_space(char_before(t, p, &n));
    const bool space_at = is_space(char_at(t, p, &n));
    for (uint32_t i = 0; i < v->n_added; i++) {
        const tkc_added *a = &v->added[i];
        const char *c = a->content.ptr, *end = c + a->content.len, *at = c;
        const bool starts = *c == y, ends = end[-1] == x;
        if (a->flags & TKC_ADDED_SINGLE_WORD && (starts || ends)) return false;
        if (a->flags & TKC_ADDED_LSTRIP && space_before && starts) return false;
        if (a->flags & TKC_ADDED_RSTRIP && space_at && ends) return false;
        while (end - at > 1 && (at = memchr(at, x, (size_t)(end - at - 1))) != NULL)
            if (*++at == y) return false;
    }
    return true;
}

/* Whether an added token stands at one of [from, to). */
static bool has_added(const tkc_encoder *e, tkc_str t, size_t from, size_t to)
{
    uint32_t which;
    size_t len;
    for (size_t i = from; i < to; i++) {
        const unsigned char c = (unsigned char)t.ptr[i];
        if (e->raw.first[c] && tkc_matcher_at(&e->raw, t.ptr + i, t.len - i, &which, &len))
            return true;
        if (e->normalized.first[c] &&
            tkc_matcher_at(&e->normalized, t.ptr + i, t.len - i, &which, &len))
            return true;
    }
    return false;
}

/* --- byte-level: ends of pieces ---------------------------------------------------------- */

/* The last place in (low, at] where a piece always ends; 0 if there is none. */
static size_t end_before(tkc_str t, size_t at, size_t low, forms f)
{
    unsigned n;
    uint32_t b = char_at(t, at, &n);
    for (size_t i = at; i > low && i > 0;) {
        unsigned k;
        const uint32_t a = char_before(t, i, &k);
        if (always_ends(a, b) && is_stable(b, f)) return i;
        i -= k;
        b = a;
    }
    return 0;
}

/* From b on, where a piece starts: are the pieces as far as stop the same when the text ends
 * at p and when it goes on, and does one end at stop? */
static bool same_pieces(tkc_scan_fn scan, tkc_str t, size_t b, size_t stop, size_t p)
{
    const unsigned char *s = (const unsigned char *)t.ptr;
    const size_t end = t.len - p < AHEAD ? t.len : p + AHEAD;
    const size_t valid = b + tkc_utf8_valid(t.ptr + b, end - b);
    if (valid <= p) return false;
    while (b < stop) {
        const size_t n = scan(s + b, valid - b);
        if (n > stop - b || scan(s + b, p - b) != n) return false;
        b += n;
    }
    return true;
}

static size_t end_of_piece(const tkc_encoder *e, tkc_str t, size_t at, size_t low)
{
    const tkc_scan_fn scan = tkc_pretok_scanner(e->pretok);
    const forms f = forms_of(e->v);
    size_t p = end_before(t, at, low, f);
    for (int i = 0; p && i < TRIES; i++) {
        const size_t from = p > STRETCH && p - STRETCH > low ? p - STRETCH : low;
        const size_t b = end_before(t, p - 1, from, f);
        if (b && is_stable_stretch(t, b, p, f) && same_pieces(scan, t, b, p, p) &&
            !has_added(e, t, b, p) && is_free_of_added(e, t, p) && is_free_of_added(e, t, b))
            return p;
        p = b ? b : end_before(t, p - 1, low, f);
    }
    return 0;
}

/* --- byte-level: inside a run of letters ------------------------------------------------- */

/* A part of a piece becomes a piece of its own, and where whole pieces are looked up first it
 * must not be a token that merging its bytes would not have made. */
static bool is_merged_alike(const tkc_vocab *v, const char *p, size_t len)
{
    if (!(v->model.flags & TKC_MODEL_WHOLE_PIECE) || len > v->model.longest_token) return true;
    return tkc_token_merges(v, tkc_token_find(v, p, len));
}

/* In the piece around at, where both of its ends are in sight. */
static size_t inside_piece(const tkc_encoder *e, tkc_str t, size_t at, size_t low)
{
    const tkc_scan_fn scan = tkc_pretok_scanner(e->pretok);
    const forms f = forms_of(e->v);
    const unsigned char *s = (const unsigned char *)t.ptr;
    const size_t b = end_before(t, at, at > STRETCH && at - STRETCH > low ? at - STRETCH : low, f);
    size_t q0 = b, q1 = b, valid, end = t.len - at < STRETCH ? t.len : at + STRETCH;
    unsigned n, k;
    int tries = 0;
    if (!b) return 0;
    valid = b + tkc_utf8_valid(t.ptr + b, end - b);
    while (q1 <= at && q1 < valid) {
        q0 = q1;
        q1 += scan(s + q0, valid - q0);
    }
    /* what ends the piece must not be the end of what was looked at */
    if (q1 <= at || valid < AHEAD || q1 > valid - AHEAD || has_added(e, t, b, q1) ||
        !is_stable_stretch(t, b, q1, f) || !is_free_of_added(e, t, b))
        return 0;
    for (size_t p = at; p > q0 && tries < TRIES; p -= n) {
        const kind x = kind_of(char_before(t, p, &n));
        if (x != LETTER || kind_of(char_at(t, p, &k)) != LETTER ||
            tkc_spanned(e->v, s + p, p - q0, q1 - p))
            continue;
        tries++;
        if (scan(s + p, valid - p) == q1 - p && same_pieces(scan, t, b, q0, p) &&
            scan(s + q0, p - q0) == p - q0 && is_merged_alike(e->v, t.ptr + q0, p - q0) &&
            is_merged_alike(e->v, t.ptr + p, q1 - p) && is_free_of_added(e, t, p))
            return p;
    }
    return 0;
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_ascii_letter(char c)
{
    return is_small(c) || (c >= 'A' && c <= 'Z');
}

/* In a run of ASCII letters whose ends are out of sight, between two small ones. Not for
 * DeepSeek: its first arm, punctuation and ASCII letters, would have to be known to be over. */
static size_t inside_long_run(const tkc_encoder *e, tkc_str t, size_t at, size_t low)
{
    const tkc_vocab *v = e->v;
    const size_t side = v->model.longest_token > LONG_RUN ? v->model.longest_token : LONG_RUN;
    size_t run = 0, reach = side; /* ASCII letters from the current byte on */
    int tries = 0;
    if (strncmp(tkc_pretok_name(e->pretok), "deepseek", 8) == 0) return 0;
    if (t.len < 2 * side) return 0;
    for (uint32_t i = 0; i < v->n_added; i++)
        if (v->added[i].content.len + side > reach) reach = v->added[i].content.len + side;
    if (at > t.len - side) at = t.len - side;
    for (size_t i = at + side; i > at; i--) run = is_ascii_letter(t.ptr[i - 1]) ? run + 1 : 0;
    for (size_t p = at; p > side && p > low && tries < TRIES; p--) {
        size_t left = 0;
        if (run >= side && is_small(t.ptr[p - 1]) && is_small(t.ptr[p]) &&
            !tkc_spanned(v, (const unsigned char *)t.ptr + p, side, side)) {
            tries++;
            while (left < side && is_ascii_letter(t.ptr[p - 1 - left])) left++;
            if (left == side && !has_added(e, t, p > reach ? p - reach : 0, p + side) &&
                is_free_of_added(e, t, p))
                return p;
        }
        run = is_ascii_letter(t.ptr[p - 1]) ? run + 1 : 0;
    }
    return 0;
}

/* --- characters -------------------------------------------------------------------------- */

/* A token, so that no run of unknowns goes over the place. */
static bool is_known(const tkc_vocab *v, uint32_t cp)
{
    char s[4];
    return cp != NO_CHAR && tkc_token_find(v, s, tkc_utf8_put(s, cp)) < v->model.n_ids;
}

static uint32_t with_mark(uint32_t cp)
{
    return cp == ' ' ? WORD_MARK : cp;
}

static bool is_plain(uint32_t cp)
{
    return cp != NO_CHAR && cp != WORD_MARK && !is_space(cp);
}

/* Whether the blank at p, between a and the character behind it, may be left out of what
 * follows. Next to an added token a stretch begins or ends, and what a blank is there is
 * another matter: no added token may end in front of it or start behind it. */
static bool blank_is_safe(const tkc_encoder *e, tkc_str t, size_t p, uint32_t a)
{
    const tkc_vocab *v = e->v;
    unsigned n;
    if (t.ptr[p] != ' ' || !is_plain(a) || !is_plain(char_at(t, p + 1, &n))) return false;
    for (uint32_t i = 0; i < v->n_added; i++) {
        const tkc_str c = v->added[i].content;
        if (c.ptr[c.len - 1] == t.ptr[p - 1] || c.ptr[0] == t.ptr[p + 1]) return false;
    }
    return is_free_of_added(e, t, p + 1);
}

static size_t between_characters(const tkc_encoder *e, tkc_str t, size_t at, size_t low)
{
    const tkc_vocab *v = e->v;
    unsigned n, k;
    for (size_t p = at; p > low && p > 0; p -= n) {
        const uint32_t a = char_before(t, p, &n), b = char_at(t, p, &k);
        if (a == NO_CHAR || b == NO_CHAR || tkc_joinable(v, with_mark(a), with_mark(b))) continue;
        if (e->safe == TKC_SAFE_BEHIND_BLANK && !blank_is_safe(e, t, p, a)) continue;
        if (is_known(v, with_mark(a)) && is_known(v, with_mark(b)) && is_free_of_added(e, t, p))
            return p;
    }
    return 0;
}

/* --- Claude: between two words ------------------------------------------------------------ */

static size_t between_words(const tkc_encoder *e, tkc_str t, size_t at, size_t low)
{
    for (size_t p = at; p > low && p > 0; p--) {
        unsigned n;
        uint32_t a, b, next; /* a conjoining Jamo is a letter, the syllable that it joins is none */
        if (t.ptr[p] != ' ') continue;
        a = char_before(t, p, &n);
        b = char_at(t, p + 1, &n);
        next = char_at(t, p + 1 + n, &n);
        if (a != NO_CHAR && b != NO_CHAR && next != NO_CHAR && tkc_claude_is_letter(e->claude, a) &&
            tkc_claude_is_letter(e->claude, b) && tkc_claude_is_stable(e->claude, next))
            return p;
    }
    return 0;
}

/* --- which vocabularies ------------------------------------------------------------------ */

static bool is_mark(tkc_str s)
{
    return s.len == 3 && memcmp(s.ptr, "\xe2\x96\x81", 3) == 0;
}

static tkc_safe kind_of_characters(const tkc_vocab *v)
{
    tkc_safe r = TKC_SAFE_AT_BLANK;
    bool marks = false; /* blanks become U+2581, so that joinable() can be asked */
    if (!(v->model.flags & TKC_MODEL_UNIT_CUT) || v->model.flags & TKC_MODEL_WHOLE_PIECE)
        return TKC_SAFE_NEVER;
    for (uint32_t i = 0; i < v->n_added; i++)
        if (v->added[i].flags & TKC_ADDED_NORMALIZED) return TKC_SAFE_NEVER;
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_NORMALIZE]; i++) {
        const tkc_op *o = &v->op[TKC_STAGE_NORMALIZE][i];
        const bool spm = o->kind == TKC_OP_SPM && !o->a.len && o->flags & TKC_OPF_ESCAPE &&
                         !(o->flags & TKC_OPF_SUFFIX);
        const bool replace = o->kind == TKC_OP_REPLACE && !(o->flags & TKC_OPF_REGEX) &&
                             o->a.len == 1 && o->a.ptr[0] == ' ' && is_mark(o->b);
        const bool prefix = spm ? o->flags & TKC_OPF_DUMMY_PREFIX : o->kind == TKC_OP_PREPEND;
        if (!spm && !replace && !(o->kind == TKC_OP_PREPEND && is_mark(o->a)))
            return TKC_SAFE_NEVER;
        if (spm && o->flags & TKC_OPF_REMOVE_SPACES && !prefix) return TKC_SAFE_NEVER;
        marks |= spm || replace;
        if (prefix) r = TKC_SAFE_BEHIND_BLANK;
    }
    /* Gemma's only row splits at blanks, of which none are left by then */
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_SPLIT]; i++) {
        const tkc_op *o = &v->op[TKC_STAGE_SPLIT][i];
        if (o->kind != TKC_OP_SPLIT || o->flags & TKC_OPF_REGEX || o->a.len != 1 ||
            o->a.ptr[0] != ' ')
            return TKC_SAFE_NEVER;
    }
    return marks ? r : TKC_SAFE_NEVER;
}

static bool is_ascii(tkc_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0x80) return false;
    return true;
}

tkc_safe tkc_safe_kind(const tkc_encoder *e)
{
    const tkc_vocab *v = e->v;
    if (e->claude) return TKC_SAFE_BEHIND_BLANK;
    if (e->unigram || e->wordpiece) return TKC_SAFE_NEVER;
    for (uint32_t i = 0; i < v->n_added; i++) {
        if (!v->added[i].content.len) return TKC_SAFE_NEVER;
        /* looked for in another form than its own */
        if (v->added[i].flags & TKC_ADDED_NORMALIZED && e->normalizer &&
            !is_ascii(v->added[i].content))
            return TKC_SAFE_NEVER;
    }
    if (!(v->model.flags & TKC_MODEL_BYTE_LEVEL)) return kind_of_characters(v);
    if (!e->pretok || !tkc_pretok_scanner(e->pretok)) return TKC_SAFE_NEVER;
    for (uint32_t i = 0; i < v->n_op[TKC_STAGE_NORMALIZE]; i++)
        if (v->op[TKC_STAGE_NORMALIZE][i].kind > TKC_OP_NFKD) return TKC_SAFE_NEVER;
    return TKC_SAFE_AT_BLANK;
}

/* --- public ------------------------------------------------------------------------------ */

size_t tkc_safe_before(const tkc_encoder *e, tkc_str text, size_t at)
{
    size_t low, p;
    if (e->safe == TKC_SAFE_NEVER || text.len < 2) return 0;
    if (at > text.len - 1) at = text.len - 1;
    while (at && ((unsigned char)text.ptr[at] & 0xc0) == 0x80) at--;
    low = at > SEARCH ? at - SEARCH : 0;
    if (e->claude) return between_words(e, text, at, low);
    if (!(e->v->model.flags & TKC_MODEL_BYTE_LEVEL)) return between_characters(e, text, at, low);
    p = end_of_piece(e, text, at, low);
    if (!p && e->v->cuts) p = inside_piece(e, text, at, low);
    if (!p && e->v->cuts) p = inside_long_run(e, text, at, low);
    return p;
}

size_t tkc_split_before(const tkc_encoder *e, tkc_str text, size_t at, size_t *rest)
{
    const size_t p = tkc_safe_before(e, text, at);
    *rest = p + (p && e->safe == TKC_SAFE_BEHIND_BLANK);
    return p;
}
