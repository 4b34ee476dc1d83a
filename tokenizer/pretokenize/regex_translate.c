/*
 * regex_translate.c - a vendor's regex, written anew for PCRE2.
 *
 * One pass over the pattern, groups on a stack, so depth costs no recursion. Classes become
 * sets of code points (code_set.c) and are written as such; (?i) becomes classes too, so
 * PCRE2's own case folding is never asked. What the vendors' two engines read differently
 * is decided by the dialect where both readings are known, and refused where not: names,
 * back references, inline flags, \b, \G and other rare things.
 */
#include "tokenizer/pretokenize/code_set.h"
#include "tokenizer/pretokenize/regex.h"
#include "tokenizer/unicode_class.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/utf8.h"

#include <stdio.h>
#include <string.h>

enum { MAX_GROUPS = 32, MAX_NESTED_CLASSES = 4, MAX_REPEAT = 1000 };

typedef enum item_kind {
    ITEM_NONE,   /* nothing a quantifier may follow */
    ITEM_ATOM,
    ITEM_LOOK,   /* an assertion */
    ITEM_FOLDED, /* a letter under (?i): HF folds "ss" and such as a whole */
    ITEM_REPEATED
} item_kind;

typedef struct group {
    size_t start; /* in out */
    bool fold, look;
    bool maybe_empty; /* some finished branch may match nothing */
    bool branch_full; /* this branch must take a character */
} group;

typedef struct translator {
    const tkc_allocator *alloc;
    tkc_error *err;
    const char *s;
    size_t len, at;
    tkc_regex_dialect dialect;
    tkc_buf *out;
    group g[MAX_GROUPS];
    size_t depth;
    /* the last item */
    item_kind item;
    size_t item_start;
    bool item_empty;         /* it may match nothing */
    char folded;             /* the letter of ITEM_FOLDED, lower case; else 0 */
    tkc_code_set *set;       /* MAX_NESTED_CLASSES * 3 sets */
} translator;

static tkc_status refuse(translator *t, size_t at, const char *what)
{
    return tkc_fail(t->err, TKC_E_UNSUPPORTED, at, "%s in a regex at byte %zu is not supported",
                    what, at);
}

static tkc_status broken(translator *t, size_t at, const char *what)
{
    return tkc_fail(t->err, TKC_E_FORMAT, at, "regex: %s at byte %zu", what, at);
}

static tkc_status emit(translator *t, const char *text)
{
    return tkc_buf_append(t->out, text, strlen(text), t->err);
}

static bool looking_at(const translator *t, const char *text)
{
    const size_t n = strlen(text);
    return t->len - t->at >= n && memcmp(t->s + t->at, text, n) == 0;
}

static bool is_ascii_letter(uint32_t cp)
{
    return cp < 0x80 && (cp | 0x20) - 'a' < 26;
}

/* --- classes --------------------------------------------------------------------------- */

/* Oniguruma's \w has no joiners, and outside brackets, but not inside, it has the six numbers
 * of Latin-1 that are not digits; measured over every scalar. */
static void add_word(translator *t, bool in_class, tkc_code_set *set)
{
    tkc_code_set_add_class(set, TKC_UC_WORD);
    if (t->dialect != TKC_REGEX_HF) return;
    set->w[0x200c >> 6] &= ~(UINT64_C(3) << (0x200c & 63));
    if (in_class) return;
    tkc_code_set_add_range(set, 0xb2, 0xb3);
    tkc_code_set_add(set, 0xb9);
    tkc_code_set_add_range(set, 0xbc, 0xbe);
}

/* \p{NAME}, \p{^NAME} or \P{NAME}; at is behind the p. Adds to *set. */
static tkc_status property(translator *t, bool negated, tkc_code_set *scratch, tkc_code_set *set)
{
    static const struct {
        const char *name;
        unsigned classes;
    } known[] = {
        {"L", TKC_UC_LETTER},  {"Letter", TKC_UC_LETTER}, {"Lu", TKC_UC_LU}, {"Ll", TKC_UC_LL},
        {"Lt", TKC_UC_LT},     {"Lm", TKC_UC_LM},         {"Lo", TKC_UC_LO}, {"M", TKC_UC_M},
        {"Mark", TKC_UC_M},    {"Mn", TKC_UC_MN},         {"N", TKC_UC_N},   {"Number", TKC_UC_N},
        {"Nd", TKC_UC_ND},     {"P", TKC_UC_P},           {"S", TKC_UC_S},   {"Han", TKC_UC_HAN},
        {"Punctuation", TKC_UC_P}, {"Symbol", TKC_UC_S},
    };
    const size_t start = t->at;
    const char *close;
    size_t n;
    if (t->at == t->len || t->s[t->at] != '{') return refuse(t, start, "\\p without braces");
    t->at++;
    if (t->at < t->len && t->s[t->at] == '^') {
        if (t->dialect != TKC_REGEX_HF) return refuse(t, t->at, "\\p{^...}");
        negated = !negated;
        t->at++;
    }
    close = memchr(t->s + t->at, '}', t->len - t->at);
    if (!close) return broken(t, start, "no } behind \\p{");
    n = (size_t)(close - (t->s + t->at));
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i].name) != n || memcmp(known[i].name, t->s + t->at, n) != 0) continue;
        t->at += n + 1;
        memset(scratch, 0, sizeof *scratch);
        tkc_code_set_add_class(scratch, known[i].classes);
        if (negated) tkc_code_set_negate(scratch);
        tkc_code_set_unite(set, scratch);
        return TKC_OK;
    }
    {
        char q[TKC_QUOTE_SIZE];
        return tkc_fail(t->err, TKC_E_UNSUPPORTED, start,
                        "property \\p{%s} in a regex at byte %zu is not supported",
                        tkc_quote(q, t->s + t->at, n), start);
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Hex digits up to max, or in braces; at is behind the letter. */
static tkc_status hex_escape(translator *t, unsigned exact, uint32_t *cp)
{
    const size_t start = t->at;
    const bool braces = t->at < t->len && t->s[t->at] == '{';
    unsigned n = 0;
    uint32_t v = 0;
    if (braces) t->at++;
    while (t->at < t->len && n < (braces ? 8 : exact)) {
        const int d = hex_digit(t->s[t->at]);
        if (d < 0) break;
        v = v << 4 | (uint32_t)d;
        n++;
        t->at++;
    }
    if (!n || (!braces && n != exact)) return broken(t, start, "hexadecimal digits expected");
    if (braces) {
        if (t->at == t->len || t->s[t->at] != '}') return broken(t, start, "no } behind \\x{");
        t->at++;
    }
    if (v >= TKC_CODE_POINTS || (v >= 0xd800 && v <= 0xdfff))
        return broken(t, start, "no such code point");
    *cp = v;
    return TKC_OK;
}

/* An escape that is one character or a class. at is behind the backslash. *cp is the
 * character, or TKC_CODE_POINTS when a class was added to *set. */
static tkc_status escape(translator *t, bool in_class, tkc_code_set *scratch, tkc_code_set *set,
                         uint32_t *cp)
{
    const size_t start = t->at - 1;
    unsigned n;
    char c;
    bool negated = false;
    if (t->at == t->len) return broken(t, start, "nothing behind a backslash");
    c = t->s[t->at];
    if ((unsigned char)c >= 0x80) {
        if (t->dialect != TKC_REGEX_HF) return refuse(t, start, "a backslash before a non-ASCII");
        *cp = tkc_utf8_get((const unsigned char *)t->s + t->at, &n);
        t->at += n;
        return TKC_OK;
    }
    t->at++;
    *cp = (unsigned char)c;
    switch (c) {
    case 'n': *cp = '\n'; return TKC_OK;
    case 'r': *cp = '\r'; return TKC_OK;
    case 't': *cp = '\t'; return TKC_OK;
    case 'f': *cp = '\f'; return TKC_OK;
    case 'v': *cp = '\v'; return TKC_OK;
    case 'a': *cp = '\a'; return TKC_OK;
    case 'x': {
        const bool braces = t->at < t->len && t->s[t->at] == '{';
        tkc_status st = hex_escape(t, 2, cp);
        if (!st && !braces && *cp >= 0x80 && t->dialect == TKC_REGEX_HF)
            return refuse(t, start, "a raw byte (\\x80 and up)");
        return st;
    }
    case 'u':
        if (t->at < t->len && t->s[t->at] == '{' && t->dialect == TKC_REGEX_HF)
            return refuse(t, start, "\\u{...}");
        return hex_escape(t, 4, cp);
    case 'P':
    case 'p': *cp = TKC_CODE_POINTS; return property(t, c == 'P', scratch, set);
    case 'S':
    case 'D':
    case 'W': negated = true; break;
    case 's':
    case 'd':
    case 'w': break;
    default:
        if (is_ascii_letter((unsigned char)c) || (c >= '0' && c <= '9')) {
            char what[] = "\\?";
            what[1] = c;
            return refuse(t, start, what);
        }
        return TKC_OK;
    }
    *cp = TKC_CODE_POINTS;
    memset(scratch, 0, sizeof *scratch);
    if ((c | 0x20) == 's') tkc_code_set_add_class(scratch, TKC_UC_SPACE);
    if ((c | 0x20) == 'd') tkc_code_set_add_class(scratch, TKC_UC_ND);
    if ((c | 0x20) == 'w') add_word(t, in_class, scratch);
    if (negated) tkc_code_set_negate(scratch);
    tkc_code_set_unite(set, scratch);
    return TKC_OK;
}

/* Under (?i): the set with the other case of its letters. Only ASCII letters have both
 * cases known here; U+017F folds to s, U+212A to k. */
static tkc_status fold_set(translator *t, size_t at, tkc_code_set *set)
{
    uint32_t first, last;
    if (tkc_code_set_range(set, 0x80, &first, &last))
        return refuse(t, at, "a class with characters outside ASCII under (?i)");
    for (uint32_t c = 'a'; c <= 'z'; c++) {
        if (!tkc_code_set_has(set, c) && !tkc_code_set_has(set, c - 0x20)) continue;
        tkc_code_set_add(set, c);
        tkc_code_set_add(set, c - 0x20);
        if (c == 's') tkc_code_set_add(set, 0x17f);
        if (c == 'k') tkc_code_set_add(set, 0x212a);
    }
    return TKC_OK;
}

static tkc_status write_set(translator *t, const tkc_code_set *set)
{
    return tkc_code_set_write(set, t->alloc, t->out, t->err);
}

/* [:name:] inside a class; at is at the first bracket. *done false: it is none. */
static tkc_status posix_class(translator *t, tkc_code_set *scratch, tkc_code_set *set, bool *done)
{
    static const struct {
        const char *name;
        unsigned classes;
    } known[] = {{"[:space:]", TKC_UC_SPACE}, {"[:digit:]", TKC_UC_ND},
                 {"[:^space:]", TKC_UC_SPACE}, {"[:^digit:]", TKC_UC_ND}};
    *done = false;
    if (!looking_at(t, "[:")) return TKC_OK;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!looking_at(t, known[i].name)) continue;
        /* Rust's are ASCII only, Oniguruma's Unicode. */
        if (t->dialect != TKC_REGEX_HF) break;
        memset(scratch, 0, sizeof *scratch);
        tkc_code_set_add_class(scratch, known[i].classes);
        if (known[i].name[2] == '^') tkc_code_set_negate(scratch);
        tkc_code_set_unite(set, scratch);
        t->at += strlen(known[i].name);
        *done = true;
        return TKC_OK;
    }
    return refuse(t, t->at, "this POSIX class");
}

/* One open bracket: the set so far, and what stood before && in it. */
typedef struct open_class {
    tkc_code_set *set, *before;
    size_t start;
    bool negated, has_before, any; /* any: something since [ or && */
} open_class;

static void open_bracket(translator *t, open_class *c, size_t level)
{
    c->set = &t->set[level * 3];
    c->before = &t->set[level * 3 + 1];
    memset(c->set, 0, sizeof *c->set);
    c->start = t->at++;
    c->negated = t->at < t->len && t->s[t->at] == '^';
    if (c->negated) t->at++;
    c->has_before = c->any = false;
}

static void and_before(open_class *c)
{
    if (c->has_before)
        tkc_code_set_intersect(c->before, c->set);
    else
        *c->before = *c->set;
    c->has_before = true;
}

/* A character of a class: raw or escaped. TKC_CODE_POINTS when it was a class of its own. */
static tkc_status class_char(translator *t, open_class *c, tkc_code_set *scratch, uint32_t *cp)
{
    unsigned n;
    if (t->s[t->at] == '\\') {
        t->at++;
        if (t->at < t->len && (t->s[t->at] == 'b' || t->s[t->at] == 'e'))
            return refuse(t, t->at - 1, "\\b or \\e in a class");
        return escape(t, true, scratch, c->set, cp);
    }
    *cp = tkc_utf8_get((const unsigned char *)t->s + t->at, &n);
    t->at += n;
    return TKC_OK;
}

static tkc_status class_item(translator *t, open_class *c, tkc_code_set *scratch)
{
    const size_t start = t->at;
    uint32_t first, last;
    bool range;
    tkc_status st;
    if (looking_at(t, "--") || looking_at(t, "~~"))
        return refuse(t, t->at, "a class difference (-- or ~~)");
    /* a minus is itself at either end of the class only */
    if (t->s[t->at] == '-' && c->any && !looking_at(t, "-]"))
        return refuse(t, t->at, "an unescaped - inside a class");
    if ((st = class_char(t, c, scratch, &first))) return st;
    c->any = true;
    range = t->at + 1 < t->len && t->s[t->at] == '-' && t->s[t->at + 1] != ']';
    if (first == TKC_CODE_POINTS) {
        if (range) return refuse(t, t->at, "a range that starts with a class");
        return TKC_OK;
    }
    if (!range) {
        tkc_code_set_add(c->set, first);
        return TKC_OK;
    }
    t->at++;
    if (looking_at(t, "[") || looking_at(t, "&&") || looking_at(t, "-"))
        return refuse(t, t->at, "a range that ends with an operator");
    if ((st = class_char(t, c, scratch, &last))) return st;
    if (last == TKC_CODE_POINTS) return refuse(t, start, "a range that ends with a class");
    if (last < first) return broken(t, start, "a range that goes down");
    tkc_code_set_add_range(c->set, first, last);
    return TKC_OK;
}

/* At "[": reads to its "]" and leaves the set in t->set[0]. */
static tkc_status read_class(translator *t)
{
    open_class open[MAX_NESTED_CLASSES];
    size_t level = 0;
    open_bracket(t, &open[0], 0);
    for (;;) {
        open_class *c = &open[level];
        tkc_code_set *scratch = &t->set[level * 3 + 2];
        tkc_status st;
        bool done;
        if (t->at == t->len) return broken(t, c->start, "no ] for the [");
        if (t->s[t->at] == ']' && (c->any || c->has_before)) {
            if (!c->any) return refuse(t, t->at, "&& with nothing behind it");
            t->at++;
            if (c->has_before) tkc_code_set_intersect(c->set, c->before);
            if (c->negated) tkc_code_set_negate(c->set);
            if (level == 0) return TKC_OK;
            level--;
            tkc_code_set_unite(open[level].set, c->set);
            open[level].any = true;
            continue;
        }
        if (looking_at(t, "&&")) {
            if (!c->any) return refuse(t, t->at, "&& with nothing before it");
            and_before(c);
            memset(c->set, 0, sizeof *c->set);
            c->any = false;
            t->at += 2;
            continue;
        }
        if (t->s[t->at] == '[') {
            if ((st = posix_class(t, scratch, c->set, &done))) return st;
            c->any |= done;
            if (done) continue;
            if (++level == MAX_NESTED_CLASSES)
                return tkc_fail(t->err, TKC_E_LIMIT, t->at, "regex classes nested deeper than %d",
                                MAX_NESTED_CLASSES);
            open_bracket(t, &open[level], level);
            continue;
        }
        if ((st = class_item(t, c, scratch))) return st;
    }
}

/* --- items ----------------------------------------------------------------------------- */

static void begin_item(translator *t, item_kind kind)
{
    t->item = kind;
    t->item_start = t->out->len;
    t->item_empty = kind == ITEM_LOOK;
    if (kind != ITEM_FOLDED) t->folded = 0;
}

/* What a finished item says about its branch: called when its quantifier is known. */
static void item_done(translator *t)
{
    if (t->item != ITEM_NONE && !t->item_empty) t->g[t->depth].branch_full = true;
    t->item = ITEM_NONE;
}

static tkc_status put_class(translator *t, size_t at)
{
    tkc_status st;
    if (t->g[t->depth].fold && (st = fold_set(t, at, &t->set[0]))) return st;
    item_done(t);
    begin_item(t, ITEM_ATOM);
    return write_set(t, &t->set[0]);
}

/* HF's engine folds these pairs as one character (U+00DF, U+FB00 to U+FB06). */
static bool folds_together(char a, char b)
{
    return (a == 's' && (b == 's' || b == 't')) || (a == 'f' && (b == 'f' || b == 'i' || b == 'l'));
}

static tkc_status put_char(translator *t, size_t at, uint32_t cp)
{
    const bool fold = t->g[t->depth].fold;
    const char before = t->folded;
    char text[16];
    item_done(t);
    if (fold && cp >= 0x80) return refuse(t, at, "a character outside ASCII under (?i)");
    if (fold && is_ascii_letter(cp)) {
        const char low = (char)(cp | 0x20);
        if (t->dialect == TKC_REGEX_HF && folds_together(before, low))
            return refuse(t, at, "ss, st, ff, fi or fl under (?i)");
        begin_item(t, ITEM_FOLDED);
        t->folded = low;
        memset(&t->set[0], 0, sizeof t->set[0]);
        tkc_code_set_add(&t->set[0], cp);
        (void)fold_set(t, at, &t->set[0]);
        return write_set(t, &t->set[0]);
    }
    begin_item(t, ITEM_ATOM);
    if (is_ascii_letter(cp) || (cp >= '0' && cp <= '9'))
        snprintf(text, sizeof text, "%c", (char)cp);
    else
        snprintf(text, sizeof text, "\\x{%x}", (unsigned)cp);
    return emit(t, text);
}

static tkc_status put_assertion(translator *t, const char *text)
{
    item_done(t);
    begin_item(t, ITEM_LOOK);
    return emit(t, text);
}

static tkc_status open_group(translator *t)
{
    static const struct {
        const char *text, *pcre2;
        bool look, fold, unfold;
    } kind[] = {
        {"(?:", "(?:", false, false, false},  {"(?i:", "(?:", false, true, false},
        {"(?-i:", "(?:", false, false, true}, {"(?>", "(?>", false, false, false},
        {"(?=", "(?=", true, false, false},   {"(?!", "(?!", true, false, false},
        {"(?<=", "(?<=", true, false, false}, {"(?<!", "(?<!", true, false, false},
        {"(", "(?:", false, false, false},
    };
    const size_t at = t->at;
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        const bool outer = t->g[t->depth].fold;
        const bool bare = !kind[i].text[1];
        group *g;
        if (!looking_at(t, kind[i].text)) continue;
        if (bare && looking_at(t, "(?")) return refuse(t, at, "this kind of group");
        if (bare && looking_at(t, "(*")) return refuse(t, at, "a verb");
        t->at += strlen(kind[i].text);
        item_done(t);
        if (t->depth + 1 == MAX_GROUPS)
            return tkc_fail(t->err, TKC_E_LIMIT, at, "regex groups nested deeper than %d",
                            MAX_GROUPS - 1);
        g = &t->g[++t->depth];
        *g = (group){.start = t->out->len,
                     .fold = (outer || kind[i].fold) && !kind[i].unfold,
                     .look = kind[i].look};
        return emit(t, kind[i].pcre2);
    }
    return broken(t, at, "a group");
}

static void end_branch(translator *t)
{
    group *g = &t->g[t->depth];
    item_done(t);
    if (!g->branch_full) g->maybe_empty = true;
    g->branch_full = false;
}

static tkc_status close_group(translator *t)
{
    group g;
    end_branch(t);
    g = t->g[t->depth--];
    t->at++;
    t->item = g.look ? ITEM_LOOK : ITEM_ATOM;
    t->item_start = g.start;
    t->item_empty = g.look || g.maybe_empty;
    return emit(t, ")");
}

/* --- quantifiers ----------------------------------------------------------------------- */

/* {n}, {n,} or {n,m} at t->at. *ok false: not one. max 0: no upper end. */
static bool read_interval(const translator *t, size_t *end, uint32_t *min, uint32_t *max)
{
    uint32_t v[2] = {0, 0};
    size_t i = t->at + 1;
    bool comma = false, digits = false;
    for (; i < t->len && t->s[i] != '}'; i++) {
        const char c = t->s[i];
        if (c == ',' && !comma && digits) {
            comma = true;
            digits = false;
        } else if (c >= '0' && c <= '9') {
            v[comma] = v[comma] * 10 + (uint32_t)(c - '0');
            if (v[comma] > MAX_REPEAT) v[comma] = MAX_REPEAT + 1;
            digits = true;
        } else {
            return false;
        }
    }
    if (i == t->len || (!comma && !digits)) return false;
    *min = v[0];
    *max = comma ? digits ? v[1] : UINT32_MAX : v[0];
    *end = i + 1;
    return true;
}

/* (?: ... ) around the last item and its quantifier. */
static tkc_status wrap_item(translator *t)
{
    tkc_status st = emit(t, "(?:)");
    if (st) return st;
    memmove(t->out->ptr + t->item_start + 3, t->out->ptr + t->item_start,
            t->out->len - 4 - t->item_start);
    memcpy(t->out->ptr + t->item_start, "(?:", 3);
    t->out->ptr[t->out->len - 1] = ')';
    return TKC_OK;
}

static tkc_status put_quantifier(translator *t, uint32_t min, uint32_t max, size_t at)
{
    char text[48];
    tkc_status st;
    const bool interval = t->s[at] == '{';
    char suffix = t->at < t->len ? t->s[t->at] : '\0';
    if (t->item == ITEM_NONE || t->item == ITEM_LOOK)
        return refuse(t, at, "a quantifier behind nothing or an assertion");
    if (t->item == ITEM_REPEATED) return refuse(t, at, "a quantifier behind a quantifier");
    if (max > 1 && t->item_empty) return refuse(t, at, "a repeated group that may be empty");
    if (interval && t->item == ITEM_FOLDED && t->dialect == TKC_REGEX_HF && min > 1)
        return refuse(t, at, "a counted letter under (?i)");
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max != UINT32_MAX))
        return tkc_fail(t->err, TKC_E_LIMIT, at, "a regex repeats more than %d times", MAX_REPEAT);
    if (max < min) return broken(t, at, "an interval that goes down");
    if (suffix != '?' && suffix != '+') suffix = '\0';
    if (suffix) t->at++;
    if (interval && suffix == '?' && (min == max || t->dialect == TKC_REGEX_HF))
        return refuse(t, at, "a lazy interval");
    if (interval && max != UINT32_MAX)
        snprintf(text, sizeof text, "{%u,%u}", (unsigned)min, (unsigned)max);
    else if (interval)
        snprintf(text, sizeof text, "{%u,}", (unsigned)min);
    else
        snprintf(text, sizeof text, "%c", t->s[at]);
    if ((st = emit(t, text))) return st;
    if (interval && suffix == '+' && t->dialect == TKC_REGEX_HF) {
        /* Ruby's {n,m}+ is a loop of loops */
        if (min == 0) return refuse(t, at, "a repeated item that may be empty");
        if ((st = wrap_item(t))) return st;
    }
    if (suffix && (st = tkc_buf_append_byte(t->out, (unsigned char)suffix, t->err))) return st;
    if (min == 0) t->item_empty = true;
    t->item = ITEM_REPEATED;
    t->folded = 0;
    return TKC_OK;
}

static tkc_status quantifier(translator *t, bool *done)
{
    const size_t at = t->at;
    const char c = t->s[at];
    uint32_t min = 0, max = UINT32_MAX;
    size_t end = at + 1;
    *done = true;
    if (c == '{' && !read_interval(t, &end, &min, &max)) {
        if (t->dialect != TKC_REGEX_HF) return broken(t, at, "a { that is no interval");
        if (t->len - at > 1 && t->s[at + 1] == ',') return refuse(t, at, "{,n}");
        *done = false;
        return TKC_OK;
    }
    if (c == '+') min = 1;
    if (c == '?') max = 1;
    t->at = end;
    return put_quantifier(t, min, max, at);
}

/* --- the pattern ----------------------------------------------------------------------- */

static tkc_status put_escape(translator *t)
{
    const size_t at = t->at++;
    uint32_t cp;
    tkc_status st;
    if (t->at < t->len && t->s[t->at] == 'A') {
        t->at++;
        return put_assertion(t, "\\A");
    }
    if (t->at < t->len && t->s[t->at] == 'z') {
        t->at++;
        return put_assertion(t, "\\z");
    }
    memset(&t->set[0], 0, sizeof t->set[0]);
    if ((st = escape(t, false, &t->set[1], &t->set[0], &cp))) return st;
    return cp == TKC_CODE_POINTS ? put_class(t, at) : put_char(t, at, cp);
}

static tkc_status step(translator *t)
{
    const size_t at = t->at;
    const bool hf = t->dialect == TKC_REGEX_HF;
    bool done;
    tkc_status st;
    unsigned n;
    uint32_t cp;
    switch (t->s[at]) {
    case '\\': return put_escape(t);
    case '[':
        if ((st = read_class(t))) return st;
        return put_class(t, at);
    case '(': return open_group(t);
    case ')':
        if (!t->depth) return broken(t, at, "a ) without (");
        return close_group(t);
    case '|':
        end_branch(t);
        t->folded = 0;
        t->at++;
        return emit(t, "|");
    case '.':
        t->at++;
        item_done(t);
        begin_item(t, ITEM_ATOM);
        return emit(t, "[^\\n]");
    case '^':
        t->at++;
        return put_assertion(t, hf ? "(?:\\A|(?<=\\n)(?!\\z))" : "\\A");
    case '$':
        t->at++;
        return put_assertion(t, hf ? "(?=\\n|\\z)" : "\\z");
    case '*':
    case '+':
    case '?':
    case '{':
        if ((st = quantifier(t, &done)) || done) return st;
        break;
    default: break;
    }
    cp = tkc_utf8_get((const unsigned char *)t->s + at, &n);
    t->at += n;
    return put_char(t, at, cp);
}

tkc_status tkc_regex_translate(tkc_str pattern, tkc_regex_dialect dialect,
                               const tkc_allocator *alloc, tkc_buf *out, tkc_error *err)
{
    translator t = {.err = err, .s = pattern.ptr, .len = pattern.len, .dialect = dialect,
                    .out = out};
    tkc_status st = TKC_OK;
    t.alloc = tkc_allocator_or_default(alloc);
    if (tkc_utf8_valid(pattern.ptr, pattern.len) != pattern.len)
        return tkc_fail(err, TKC_E_FORMAT, 0, "a regex that is not UTF-8");
    t.set = tkc_alloc(t.alloc, MAX_NESTED_CLASSES * 3, sizeof *t.set);
    if (!t.set) return tkc_nomem(err);
    while (!st && t.at < t.len) st = step(&t);
    if (!st && t.depth) st = broken(&t, t.len, "a ( without )");
    tkc_free(t.alloc, t.set, MAX_NESTED_CLASSES * 3, sizeof *t.set);
    return st;
}
