/*
 * unicode.c - TC602 invisible-unicode, TC603 bidi-control, TC604 mixed-script-confusable.
 *
 * What is allowed is decided by the neighbours: a joiner between letters of a script that joins,
 * or inside an emoji, is spelling; the same character in a Latin word is not. That is wider than UAX #31's
 * rules for identifiers (A1, A2 and B: between letters that join, behind a virama), since people type
 * joiners behind letters that do not join to the left as well, and before a blank.
 */
#include "optimizer/lint/lint_impl.h"

#include "tokenizer/unicode_class.h"
#include "vocab/base/error.h"

typedef struct range {
    uint32_t first, last;
} range;

static bool in_ranges(uint32_t c, const range *r, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (c >= r[i].first && c <= r[i].last) return true;
    return false;
}
#define IN(c, table) in_ranges(c, table, sizeof table / sizeof *table)

/* Scripts in which ZWJ and ZWNJ choose between forms of a letter: Arabic and its kin, Brahmic
 * scripts, Mongolian, Adlam. */
static const range joining[] = {{0x600, 0x8ff},     {0x900, 0xdff},     {0xe00, 0xfff},     {0x1000, 0x109f},
                                {0x1700, 0x18af},   {0x1900, 0x1aaf},   {0x1b00, 0x1cff},   {0xa800, 0xa8ff},
                                {0xa900, 0xaaff},   {0xabc0, 0xabff},   {0xfb50, 0xfdff},   {0xfe70, 0xfefe},
                                {0x10a00, 0x10eff}, {0x11000, 0x11fff}, {0x1e900, 0x1e95f}};
/* Scripts without blanks between words, where ZWSP marks them. */
static const range spaceless[] = {{0xe00, 0xfff}, {0x1000, 0x109f}, {0x1780, 0x17ff}, {0x1950, 0x19df},
                                  {0x1a20, 0x1aaf}, {0x1b00, 0x1b7f}, {0xa980, 0xa9ff}, {0xaa60, 0xaadf},
                                  {0x3040, 0x30ff}, {0x3400, 0x9fff}};
static const range rtl[] = {{0x590, 0x8ff},     {0xfb1d, 0xfdff},   {0xfe70, 0xfefe},
                            {0x10800, 0x10fff}, {0x1e800, 0x1efff}};

static bool is_emoji(uint32_t c)
{
    return (c >= 0x1f000 && c <= 0x1faff) || (c >= 0x2190 && c <= 0x2bff) || c == 0x3030 || c == 0x303d ||
           c == 0xa9 || c == 0xae || c == 0xfe0f || c == 0x20e3;
}

/* Characters without a glyph that this rule is about. */
static bool is_invisible(uint32_t c)
{
    if (c < 0x115f) return false;
    return (c >= 0x200b && c <= 0x200d) || (c >= 0x2060 && c <= 0x2064) || (c >= 0x206a && c <= 0x206f) ||
           c == 0xfeff || (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0000 && c <= 0xe0fff) || c == 0x115f ||
           c == 0x1160 || c == 0x3164 || c == 0xffa0 || (c >= 0x180b && c <= 0x180f) ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0x1d173 && c <= 0x1d17a) || c == 0x2800;
}

static uint32_t before(tkc_str t, size_t at)
{
    unsigned n;
    size_t b = at;
    if (!at) return 0;
    do b--;
    while (b && at - b < 4 && ((unsigned char)t.ptr[b] & 0xc0) == 0x80);
    return lint_char(t, b, &n);
}

static uint32_t behind(tkc_str t, size_t at)
{
    unsigned n;
    return at < t.len ? lint_char(t, at, &n) : 0;
}

/* A flag of a region: U+1F3F4, tag letters and digits, the cancel tag. */
static bool is_flag(tkc_str t, size_t at, size_t *end)
{
    size_t i = at, n_tag = 0;
    unsigned n;
    if (before(t, at) != 0x1f3f4) return false;
    while (i < t.len) {
        uint32_t c = lint_char(t, i, &n);
        if (c == 0xe007f) {
            *end = i + n;
            return n_tag >= 3 && n_tag <= 6;
        }
        if (!((c >= 0xe0030 && c <= 0xe0039) || (c >= 0xe0061 && c <= 0xe007a))) return false;
        n_tag++;
        i += n;
    }
    return false;
}

static bool is_allowed(tkc_str t, size_t at, uint32_t c, unsigned n, bool file_start)
{
    uint32_t p = before(t, at), q = behind(t, at + n);
    switch (c) {
    case 0xfeff: return at == 0 && file_start;
    case 0x200c: return IN(p, joining) || (p == 0x200c && n == 3 && at >= 6 && IN(before(t, at - 3), joining)); /* typed twice */
    case 0x200d: return IN(p, joining) || IN(q, joining) || (is_emoji(p) && is_emoji(q));
    case 0x200b: return IN(p, spaceless) || IN(q, spaceless);
    case 0x2060: return IN(p, spaceless) && IN(q, spaceless);
    case 0x115f: return q >= 0x1160 && q <= 0x11a7;
    case 0x1160: return (p >= 0x1100 && p <= 0x115f) || (q >= 0x11a8 && q <= 0x11ff);
    case 0x2800: return (p >= 0x2801 && p <= 0x28ff) || (q >= 0x2801 && q <= 0x28ff);
    default: break;
    }
    if (c >= 0x180b && c <= 0x180f) return p >= 0x1800 && p <= 0x18af;
    if (c >= 0x1d173 && c <= 0x1d17a) return (p >= 0x1d100 && p <= 0x1d1ff) || (q >= 0x1d100 && q <= 0x1d1ff);
    if (c >= 0xfe00 && c <= 0xfe0f) /* one, behind what has variants; emoji style behind # * and digits */
        return (p >= 0xa9 && !is_invisible(p) && !(p >= 0xc0 && p < 0x250)) ||
               (c >= 0xfe0e && (p == '#' || p == '*' || (p >= '0' && p <= '9')));
    if (c >= 0xe0100 && c <= 0xe01ef) return (p >= 0x3400 && p <= 0x9fff) || (p >= 0x20000 && p <= 0x3ffff) || (p >= 0xf900 && p <= 0xfaff);
    return false;
}

static const char *name_of(uint32_t c)
{
    if (c >= 0xe0000 && c <= 0xe007f) return "tag character";
    if ((c >= 0xfe00 && c <= 0xfe0f) || c >= 0xe0100) return "variation selector";
    switch (c) {
    case 0x200b: return "zero width space";
    case 0x200c: return "zero width non-joiner";
    case 0x200d: return "zero width joiner";
    case 0x2060: return "word joiner";
    case 0xfeff: return "byte order mark";
    case 0x115f: case 0x1160: case 0x3164: case 0xffa0: return "Hangul filler";
    default: return "invisible character";
    }
}

static void invisible(tkc_linter *l, const lint_seg *s, size_t from, size_t to, uint32_t first, size_t count)
{
    uint64_t saved = lint_saving(l, s->text, from, to, (tkc_str){"", 0});
    lint_finding *f;
    char hidden[64];
    size_t n = 0;
    for (size_t i = from; i < to && n + 1 < sizeof hidden;) { /* what tags say */
        unsigned k;
        uint32_t c = lint_char(s->text, i, &k);
        if (c >= 0xe0020 && c < 0xe007f) hidden[n++] = (char)(c - 0xe0000);
        i += k;
    }
    hidden[n] = '\0';
    if (n >= 3) {
        char q[TKC_QUOTE_SIZE];
        f = lint_report_in(l, TKC_TC602, s, from, to, "%zu tag characters hide the text %s (%llu token%s)", count,
                           tkc_quote(q, hidden, n), (unsigned long long)saved, TKC_PLURAL(saved));
    } else if (count == 1 && first == 0x200c && IN(behind(s->text, to), joining) && before(s->text, from) <= ' ') {
        f = lint_report_in(l, TKC_TC602, s, from, to, "a zero width non-joiner in front of a word, where nothing joins "
                           "(%llu token%s)", (unsigned long long)saved, TKC_PLURAL(saved));
        if (f) f->severity = TKC_LINT_INFO; /* a slip of typing: the blank is there already, nothing is hidden */
    } else if (count == 1) {
        f = lint_report_in(l, TKC_TC602, s, from, to, "%s U+%04X (%llu token%s)", name_of(first), (unsigned)first,
                           (unsigned long long)saved, TKC_PLURAL(saved));
    } else {
        f = lint_report_in(l, TKC_TC602, s, from, to, "%zu invisible characters from %s U+%04X on (%llu token%s)",
                           count, name_of(first), (unsigned)first, (unsigned long long)saved, TKC_PLURAL(saved));
    }
    if (!f) return;
    f->saved = saved;
    lint_edit_in(l, f, s, from, to, (tkc_str){"", 0}, TKC_FIX_SAFE);
}

/* --- bidi ----------------------------------------------------------------------------------------- */

static bool is_bidi(uint32_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x61c;
}

/* marks: the text has right-to-left letters somewhere, so LRM and RLM around Latin words order it. */
static void bidi_line(tkc_linter *l, const lint_seg *s, size_t from, size_t to, bool marks)
{
    tkc_str t = {s->text.ptr, to};
    bool any_rtl = false, override = false;
    unsigned open = 0;
    unsigned n;
    for (size_t i = from; i < to; i += n) {
        uint32_t c = lint_char(t, i, &n);
        if (c >= 0x590 && IN(c, rtl) && c != 0x61c) any_rtl = true;
        if (c == 0x202d || c == 0x202e) override = true;
        if ((c >= 0x202a && c <= 0x202e && c != 0x202c) || (c >= 0x2066 && c <= 0x2068)) open++;
        if ((c == 0x202c || c == 0x2069) && open) open--; /* one too many does nothing */
    }
    if (any_rtl && !override && !open) return;
    for (size_t i = from; i < to; i += n) {
        uint32_t c = lint_char(t, i, &n);
        lint_finding *f;
        uint64_t saved;
        if (!is_bidi(c)) continue;
        if (marks && (c == 0x200e || c == 0x200f || c == 0x61c)) continue;
        saved = lint_saving(l, s->text, i, i + n, (tkc_str){"", 0});
        f = lint_report_in(l, TKC_TC603, s, i, i + n, "control of text direction U+%04X%s (%llu token%s)", (unsigned)c,
                           open ? ", and one on this line is never closed" : "", (unsigned long long)saved, TKC_PLURAL(saved));
        if (!f) return;
        f->saved = saved;
        lint_edit_in(l, f, s, i, i + n, (tkc_str){"", 0}, TKC_FIX_SAFE);
    }
}

/* --- mixed scripts --------------------------------------------------------------------------------- */

typedef enum script { OTHER = 0, LATIN, GREEK, CYRILLIC, ARMENIAN, CHEROKEE } script;

static script script_of(uint32_t c)
{
    if (c < 0x80) return tkc_is_alpha((unsigned char)c) ? LATIN : OTHER;
    if (c < 0xc0) return OTHER;
    if (c < 0x250) return c == 0xd7 || c == 0xf7 ? OTHER : LATIN;
    if (c >= 0x1e00 && c < 0x1f00) return LATIN;
    if (c >= 0x370 && c < 0x400) return GREEK;
    if (c >= 0x1f00 && c < 0x2000) return GREEK;
    if (c >= 0x400 && c < 0x530) return CYRILLIC;
    if (c >= 0x531 && c < 0x58a) return ARMENIAN;
    if (c >= 0x13a0 && c < 0x1400) return CHEROKEE;
    return OTHER;
}

/* Letters that look like a Latin one, by the prototypes of UTS #39. Greek small letters that
 * science writes beside Latin ones (alpha, nu ...) are left out. */
static bool like_latin(uint32_t c)
{
    static const uint16_t list[] = {
        0x391, 0x392, 0x395, 0x396, 0x397, 0x399, 0x39a, 0x39c, 0x39d, 0x39f, 0x3a1, 0x3a4, 0x3a5, 0x3a7, 0x3bf,
        0x3f2, 0x3f3, 0x3f9, 0x405, 0x406, 0x408, 0x410, 0x412, 0x415, 0x41a, 0x41c, 0x41d, 0x41e, 0x420, 0x421,
        0x422, 0x423, 0x425, 0x430, 0x435, 0x43e, 0x440, 0x441, 0x443, 0x445, 0x455, 0x456, 0x458, 0x461, 0x474,
        0x475, 0x4ae, 0x4af, 0x4bb, 0x4c0, 0x4cf, 0x501, 0x50c, 0x51a, 0x51b, 0x51c, 0x51d, 0x54d, 0x555, 0x561,
        0x563, 0x566, 0x570, 0x578, 0x57d, 0x581, 0x584, 0x585, 0x13a0, 0x13a1, 0x13a2, 0x13a5, 0x13a9, 0x13aa,
        0x13ab, 0x13ac, 0x13b3, 0x13b7, 0x13bb, 0x13bd, 0x13c0, 0x13c2, 0x13c3, 0x13cf, 0x13d2, 0x13d4, 0x13da,
        0x13de, 0x13df, 0x13e2, 0x13e6, 0x13f3, 0x13f4};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (list[i] == c) return true;
    return false;
}

static bool like_cyrillic(uint32_t c)
{
    return c < 0x80 && tkc_is_one_of((char)c, "aceopxyisjABCEHIKMOPSTXYJ");
}

static void mixed_word(tkc_linter *l, const lint_seg *s, size_t from, size_t to)
{
    tkc_str t = {s->text.ptr, to};
    size_t latin = 0, other = 0, other_like = 0, latin_like = 0, latin_upper = 0;
    bool suffix = true, seen_other = false;
    uint32_t foreign = 0;
    unsigned n;
    script what = OTHER;
    for (size_t i = from; i < to; i += n) {
        uint32_t c = lint_char(t, i, &n);
        script k = script_of(c);
        if (k == LATIN) {
            latin++;
            latin_like += like_cyrillic(c);
            latin_upper += c >= 'A' && c <= 'Z';
            if (seen_other) suffix = false;
        } else if (k != OTHER) {
            seen_other = true;
            if (what != OTHER && what != k) return;
            what = k;
            other++;
            if (like_latin(c)) {
                other_like++;
                foreign = c;
            }
        }
    }
    if (!latin || !other) return;
    /* an acronym with an ending of the other language */
    if (suffix && latin_upper == latin && latin >= 2 && what == CYRILLIC && other <= 3) return;
    if (other_like != other && !(what == CYRILLIC && latin_like == latin && latin < other)) return;
    if (latin + other < 3) return;
    if (foreign && other_like == other)
        lint_report_in(l, TKC_TC604, s, from, to, "a Latin word with %zu letter%s of another alphabet (U+%04X) that look%s "
                       "the same", other, TKC_PLURAL(other), (unsigned)foreign, other == 1 ? "s" : "");
    else
        lint_report_in(l, TKC_TC604, s, from, to, "a Cyrillic word with %zu Latin letter%s that look%s the same", latin,
                       TKC_PLURAL(latin), latin == 1 ? "s" : "");
}

static bool has_rtl(tkc_str t)
{
    unsigned n;
    for (size_t i = 0; i < t.len; i += n) {
        uint32_t c = lint_char(t, i, &n);
        if (c >= 0x590 && IN(c, rtl) && c != 0x61c) return true;
    }
    return false;
}

/* --- a segment ------------------------------------------------------------------------------------- */

static void scan(tkc_linter *l, const lint_seg *s)
{
    tkc_str t = s->text;
    size_t word = 0, run = 0, count = 0, flag_end = 0, line_done = 0;
    uint32_t first = 0;
    bool in_word = false, word_mixed = false, any_bidi = false;
    const bool file_start = s->begin == 0;
    int rtl_anywhere = -1;
    for (size_t i = 0; i <= t.len && !l->st;) {
        unsigned n = 1;
        uint32_t c;
        bool letter;
        if (!in_word && !count && !any_bidi) { /* ASCII is skipped eight at a time */
            const size_t was = i;
            uint64_t eight;
            while (i + 8 <= t.len && (memcpy(&eight, t.ptr + i, 8), !(eight & UINT64_C(0x8080808080808080)))) i += 8;
            if (i > was && i < t.len) { /* a word may have begun */
                while (i > was && tkc_is_alpha((unsigned char)t.ptr[i - 1])) i--;
            }
        }
        c = i < t.len ? lint_char(t, i, &n) : 0;
        if (c >= 0x80 && is_invisible(c) && !(i < flag_end)) {
            size_t end = 0;
            if (c >= 0xe0020 && c <= 0xe007f && is_flag(t, i, &end)) {
                flag_end = end;
            } else if (count || !is_allowed(t, i, c, n, file_start)) {
                if (!count) {
                    run = i;
                    first = c;
                }
                count++;
                i += n;
                continue;
            }
        }
        if (count) {
            invisible(l, s, run, i, first, count);
            count = 0;
        }
        if (c >= 0x61c && is_bidi(c)) any_bidi = true;
        if (any_bidi && (c == '\n' || i >= t.len)) {
            size_t from = lint_line_begin(t, i);
            if (rtl_anywhere < 0) rtl_anywhere = has_rtl(t);
            bidi_line(l, s, from < line_done ? line_done : from, i, rtl_anywhere > 0);
            line_done = i;
            any_bidi = false;
        }
        letter = i < t.len && (c < 0x80 ? tkc_is_alpha((unsigned char)c)
                                        : (tkc_unicode_class(c) & (TKC_UC_LETTER | TKC_UC_M)) != 0);
        if (letter) {
            if (!in_word) word = i;
            in_word = true;
            if (c >= 0x370 && script_of(c) != OTHER) word_mixed = true;
        } else if (in_word) {
            if (word_mixed && lint_on(l, TKC_TC604)) mixed_word(l, s, word, i);
            in_word = word_mixed = false;
        }
        i += n;
    }
}

void lint_rule_unicode(tkc_linter *l)
{
    if (!lint_on(l, TKC_TC602) && !lint_on(l, TKC_TC603) && !lint_on(l, TKC_TC604)) return;
    for (size_t i = 0; i < l->n_seg && !l->st; i++) {
        const lint_seg *s = &l->seg[i];
        if (s->flags & LINT_SEG_AGAIN && s->decoded == SIZE_MAX) continue; /* seen in its schema */
        scan(l, s);
    }
}
