/*
 * rows.c - the kinds of rows, each as HF tokenizers 0.23 does it.
 *
 * Patterns give events: a match or the gap before it, in order, empty ones included. The
 * five behaviors are then one question about neighbours: do these two events belong to one
 * piece? That needs a look at one event ahead and nothing else.
 */
#include "tokenizer/pretokenize/rows.h"

#include "tokenizer/pretokenize/scan_parts.h"
#include "tokenizer/pretokenize/scanners.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/read/byte_alphabet.h"

#include <string.h>

/* Scratch is at most this many times the text: a replacement has up to 4 bytes. */
enum { MAX_GROWTH = 8 };

/* --- predicates ------------------------------------------------------------------------ */

static bool is_ascii_punct(uint32_t cp)
{
    return cp > 0x20 && cp < 0x7f && !(cp >= '0' && cp <= '9') && !((cp | 0x20) - 'a' < 26);
}

/* HF's is_punctuation is ASCII's 32 and category P of an older Unicode: of 16.0's 855 these
 * 140 are missing, and two are P there that no longer are (measured over every scalar). */
static bool is_punctuation(uint32_t cp, unsigned cls)
{
    static const struct {
        uint32_t first, last;
    } missing[] = {
        {0x61d, 0x61d},     {0x9fd, 0x9fd},     {0xa76, 0xa76},     {0xc77, 0xc77},
        {0xc84, 0xc84},     {0x1b4e, 0x1b4f},   {0x1b7d, 0x1b7f},   {0x2e43, 0x2e4f},
        {0x2e52, 0x2e5d},   {0x10d6e, 0x10d6e}, {0x10ead, 0x10ead}, {0x10f55, 0x10f59},
        {0x10f86, 0x10f89}, {0x113d4, 0x113d5}, {0x113d7, 0x113d8}, {0x1144b, 0x1144f},
        {0x1145a, 0x1145b}, {0x1145d, 0x1145d}, {0x11660, 0x1166c}, {0x116b9, 0x116b9},
        {0x1183b, 0x1183b}, {0x11944, 0x11946}, {0x119e2, 0x119e2}, {0x11a3f, 0x11a46},
        {0x11a9a, 0x11a9c}, {0x11a9e, 0x11aa2}, {0x11b00, 0x11b09}, {0x11be1, 0x11be1},
        {0x11c41, 0x11c45}, {0x11c70, 0x11c71}, {0x11ef7, 0x11ef8}, {0x11f43, 0x11f4f},
        {0x11fff, 0x11fff}, {0x12ff1, 0x12ff2}, {0x16d6d, 0x16d6f}, {0x16e97, 0x16e9a},
        {0x16fe2, 0x16fe2}, {0x1e5ff, 0x1e5ff}, {0x1e95e, 0x1e95f},
    };
    size_t lo = 0, hi = sizeof missing / sizeof missing[0];
    if (is_ascii_punct(cp) || cp == 0x166d || cp == 0x111c9) return true;
    if (!(cls & TKC_UC_P)) return false;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (cp < missing[mid].first)
            hi = mid;
        else if (cp > missing[mid].last)
            lo = mid + 1;
        else
            return false;
    }
    return true;
}

static bool pick_punctuation(const tkc_row *row, uint32_t cp, unsigned cls)
{
    (void)row;
    return is_punctuation(cp, cls);
}

static bool pick_digit(const tkc_row *row, uint32_t cp, unsigned cls)
{
    (void)row;
    return tkc_is_numeric(cp, cls);
}

static bool pick_space(const tkc_row *row, uint32_t cp, unsigned cls)
{
    (void)row;
    (void)cp;
    return cls & TKC_UC_SPACE;
}

static bool pick_delimiter(const tkc_row *row, uint32_t cp, unsigned cls)
{
    (void)cls;
    return cp == row->delimiter;
}

/* --- making a row ---------------------------------------------------------------------- */

void tkc_row_init_kind(tkc_row *row, tkc_row_kind kind, const tkc_allocator *alloc)
{
    memset(row, 0, sizeof *row);
    row->kind = kind;
    row->alloc = alloc;
    row->split = true;
    tkc_buf_init(&row->scratch, SIZE_MAX / MAX_GROWTH, alloc);
}

static tkc_status one_character(const tkc_op *op, uint32_t *cp, tkc_error *err)
{
    unsigned n = 0;
    if (op->a.len && tkc_utf8_valid(op->a.ptr, op->a.len) == op->a.len) {
        *cp = tkc_utf8_get((const unsigned char *)op->a.ptr, &n);
        if (n == op->a.len) return TKC_OK;
    }
    return tkc_fail(err, TKC_E_FORMAT, 0, "a pretokenizer needs exactly one character here");
}

static tkc_status init_split(tkc_row *row, const tkc_op *op, tkc_row_engine engine,
                             tkc_error *err)
{
    const tkc_scanner *known = engine == TKC_ENGINE_SCANNERS ? tkc_scanner_find(op, 1) : NULL;
    if (known) {
        row->kind = TKC_ROW_SCAN;
        row->scan = known->scan;
        return TKC_OK;
    }
    if (op->arg > TKC_BEHAVIOR_CONTIGUOUS)
        return tkc_fail(err, TKC_E_FORMAT, 0, "a split has no behavior %u", (unsigned)op->arg);
    row->behavior = (tkc_behavior)op->arg;
    row->invert = op->flags & TKC_OPF_INVERT;
    if (op->flags & TKC_OPF_FIND) {
        row->behavior = TKC_BEHAVIOR_REMOVED;
        row->invert = true;
    }
    if (op->a.len && !(op->flags & TKC_OPF_REGEX)) {
        row->kind = TKC_ROW_LITERAL;
        row->literal = op->a;
        return TKC_OK;
    }
    row->kind = TKC_ROW_REGEX;
    return tkc_regex_new_dialect(&row->re, op->a,
                                 op->flags & TKC_OPF_FIND ? TKC_REGEX_TIKTOKEN : TKC_REGEX_HF,
                                 row->alloc, err);
}

tkc_status tkc_row_init(tkc_row *row, const tkc_op *op, tkc_row_engine engine,
                        const tkc_allocator *alloc, tkc_error *err)
{
    static const char gpt2[] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+"
                               "|\\s+(?!\\S)|\\s+";
    tkc_row_init_kind(row, TKC_ROW_CHARS, alloc);
    row->behavior = TKC_BEHAVIOR_REMOVED;
    row->arg = op->arg;
    switch (op->kind) {
    case TKC_OP_SPLIT: return init_split(row, op, engine, err);
    case TKC_OP_BYTE_LEVEL: {
        const tkc_op split = {.kind = TKC_OP_SPLIT, .flags = TKC_OPF_REGEX,
                              .arg = TKC_BEHAVIOR_ISOLATED, .a = {gpt2, sizeof gpt2 - 1}};
        return init_split(row, &split, engine, err);
    }
    case TKC_OP_DIGITS:
        row->pick = pick_digit;
        row->behavior = op->flags & TKC_OPF_INDIVIDUAL ? TKC_BEHAVIOR_ISOLATED
                                                       : TKC_BEHAVIOR_CONTIGUOUS;
        return TKC_OK;
    case TKC_OP_PUNCTUATION:
        if (op->arg > TKC_BEHAVIOR_CONTIGUOUS)
            return tkc_fail(err, TKC_E_FORMAT, 0, "a split has no behavior %u",
                            (unsigned)op->arg);
        row->pick = pick_punctuation;
        row->behavior = (tkc_behavior)op->arg;
        return TKC_OK;
    case TKC_OP_METASPACE:
        row->kind = TKC_ROW_METASPACE;
        row->pick = pick_delimiter;
        row->behavior = TKC_BEHAVIOR_MERGED_WITH_NEXT;
        row->split = op->flags & TKC_OPF_SPLIT;
        row->literal = op->a;
        return one_character(op, &row->delimiter, err);
    case TKC_OP_WHITESPACE: row->kind = TKC_ROW_WHITESPACE; return TKC_OK;
    case TKC_OP_WHITESPACE_SPLIT: row->pick = pick_space; return TKC_OK;
    case TKC_OP_BERT_SPLIT: row->kind = TKC_ROW_BERT; return TKC_OK;
    case TKC_OP_CHAR_DELIMITER:
        row->pick = pick_delimiter;
        return one_character(op, &row->delimiter, err);
    case TKC_OP_FIXED_LENGTH:
        row->kind = TKC_ROW_FIXED;
        if (!op->arg)
            return tkc_fail(err, TKC_E_FORMAT, 0, "pieces of a fixed length of 0 characters");
        return TKC_OK;
    default:
        return tkc_fail(err, TKC_E_UNSUPPORTED, 0, "row kind %u is no pretokenizer known here",
                        (unsigned)op->kind);
    }
}

void tkc_row_release(tkc_row *row)
{
    tkc_regex_free(row->re);
    tkc_buf_release(&row->scratch);
    tkc_free(row->alloc, row->map, row->map_cap, sizeof *row->map);
    row->re = NULL;
    row->map = NULL;
    row->map_cap = 0;
}

/* --- rows that rewrite ----------------------------------------------------------------- */

/* Room for len bytes of text in scratch and len + 1 entries in map. */
static tkc_status reserve(tkc_row *row, size_t len, tkc_error *err)
{
    tkc_status st;
    tkc_buf_clear(&row->scratch);
    if ((st = tkc_buf_reserve(&row->scratch, len, err))) return st;
    if (!tkc_grow(row->alloc, &row->map, &row->map_cap, len + 1, SIZE_MAX / MAX_GROWTH,
                  sizeof *row->map))
        return tkc_nomem(err);
    return TKC_OK;
}

static void put(tkc_row *row, const char *ptr, size_t n, size_t source)
{
    memcpy(row->scratch.ptr + row->scratch.len, ptr, n);
    for (size_t i = 0; i < n; i++) row->map[row->scratch.len + i] = source;
    row->scratch.len += n;
}

static void put_end(tkc_row *row, size_t source)
{
    row->map[row->scratch.len] = source;
    row->text = (tkc_text){row->scratch.ptr, row->scratch.len, row->map, 0};
}

static bool starts_with(tkc_text text, tkc_str s)
{
    return text.len >= s.len && memcmp(text.ptr, s.ptr, s.len) == 0;
}

static tkc_status begin_prefix(tkc_row *row, tkc_text text, tkc_error *err)
{
    tkc_status st;
    if (text.ptr[0] == ' ') return TKC_OK;
    if ((st = reserve(row, text.len + 1, err))) return st;
    put(row, " ", 1, tkc_text_source(&text, 0));
    for (size_t i = 0; i < text.len; i++) put(row, text.ptr + i, 1, tkc_text_source(&text, i));
    put_end(row, tkc_text_source(&text, text.len));
    return TKC_OK;
}

/* Every space becomes the replacement; then one in front, unless it is there already. "First" is
 * the text whose first character came from byte 0 of the source: none, where a normalizer took
 * away what stood there. */
static tkc_status begin_metaspace(tkc_row *row, tkc_text text, tkc_error *err)
{
    const tkc_str mark = row->literal;
    bool prepend = row->arg == TKC_PREPEND_ALWAYS ||
                   (row->arg == TKC_PREPEND_FIRST && tkc_text_source(&text, 0) == 0);
    size_t spaces = 0, need = text.len;
    tkc_status st;
    if (text.ptr[0] == ' ' || starts_with(text, mark)) prepend = false;
    for (size_t i = 0; i < text.len; i++) spaces += text.ptr[i] == ' ';
    if (!spaces && !prepend) return TKC_OK;
    if (text.len > SIZE_MAX / MAX_GROWTH)
        return tkc_fail(err, TKC_E_LIMIT, 0, "a text of %zu bytes is too long", text.len);
    need += spaces * (mark.len - 1) + (prepend ? mark.len : 0);
    if ((st = reserve(row, need, err))) return st;
    if (prepend) put(row, mark.ptr, mark.len, tkc_text_source(&text, 0));
    for (size_t i = 0; i < text.len; i++) {
        const bool space = text.ptr[i] == ' ';
        put(row, space ? mark.ptr : text.ptr + i, space ? mark.len : 1,
            tkc_text_source(&text, i));
    }
    put_end(row, tkc_text_source(&text, text.len));
    return TKC_OK;
}

/* The text as HF sees it behind ByteLevel: one character for each byte. The map leads back
 * to bytes of text, not to the source; pretokenize.c follows it. */
static tkc_status begin_bytes(tkc_row *row, tkc_text text, tkc_error *err)
{
    tkc_status st;
    if (text.len > SIZE_MAX / MAX_GROWTH)
        return tkc_fail(err, TKC_E_LIMIT, 0, "a text of %zu bytes is too long", text.len);
    if ((st = reserve(row, text.len * 2, err))) return st;
    row->raw = text;
    for (size_t i = 0; i < text.len; i++) {
        char utf8[4];
        put(row, utf8, tkc_utf8_put(utf8, tkc_byte_alphabet_char((unsigned char)text.ptr[i])), i);
    }
    put_end(row, text.len);
    return TKC_OK;
}

tkc_status tkc_row_begin(tkc_row *row, tkc_text text, tkc_error *err)
{
    row->text = text;
    row->at = 0;
    row->done = row->has_next = row->has_match = false;
    memset(&row->iter, 0, sizeof row->iter);
    switch (row->kind) {
    case TKC_ROW_PREFIX: return begin_prefix(row, text, err);
    case TKC_ROW_METASPACE: return begin_metaspace(row, text, err);
    case TKC_ROW_BYTES: return begin_bytes(row, text, err);
    default: return TKC_OK;
    }
}

/* --- events ---------------------------------------------------------------------------- */

static bool find_literal(const tkc_row *row, size_t from, size_t *begin)
{
    const char *text = row->text.ptr, *p = text + from;
    const size_t n = row->literal.len;
    while (row->text.len - (size_t)(p - text) >= n) {
        const size_t room = row->text.len - (size_t)(p - text) - n + 1;
        p = memchr(p, row->literal.ptr[0], room);
        if (!p) return false;
        if (memcmp(p, row->literal.ptr, n) == 0) {
            *begin = (size_t)(p - text);
            return true;
        }
        p++;
    }
    return false;
}

static bool char_event(tkc_row *row, tkc_row_event *ev)
{
    const unsigned char *s = (const unsigned char *)row->text.ptr;
    size_t i = row->at;
    unsigned n;
    if (i >= row->text.len) return false;
    for (; i < row->text.len; i += n) {
        const uint32_t cp = tkc_utf8_get(s + i, &n);
        if (!row->pick(row, cp, tkc_unicode_class(cp))) continue;
        if (i == row->at) {
            *ev = (tkc_row_event){i, i + n, true};
            row->at = i + n;
            return true;
        }
        break;
    }
    *ev = (tkc_row_event){row->at, i, false};
    row->at = i;
    return true;
}

static tkc_status pattern_event(tkc_row *row, tkc_row_event *ev, bool *got, tkc_error *err)
{
    size_t b = 0, e = 0;
    *got = true;
    if (row->has_match) {
        row->has_match = false;
        *ev = row->match;
        row->at = ev->end;
        return TKC_OK;
    }
    if (!row->done) {
        tkc_status st = TKC_E_NOTFOUND;
        if (row->kind == TKC_ROW_REGEX) {
            const tkc_str subject = {row->text.ptr, row->text.len};
            st = tkc_regex_iter_next(row->re, &row->iter, subject, &b, &e, err);
        } else if (find_literal(row, row->at, &b)) {
            e = b + row->literal.len;
            st = TKC_OK;
        }
        if (st && st != TKC_E_NOTFOUND) return st;
        if (st) {
            row->done = true;
        } else if (b > row->at) {
            row->match = (tkc_row_event){b, e, true};
            row->has_match = true;
            *ev = (tkc_row_event){row->at, b, false};
            return TKC_OK;
        } else {
            *ev = (tkc_row_event){b, e, true};
            row->at = e;
            return TKC_OK;
        }
    }
    *got = row->at < row->text.len;
    *ev = (tkc_row_event){row->at, row->text.len, false};
    row->at = row->text.len;
    return TKC_OK;
}

static tkc_status next_event(tkc_row *row, tkc_row_event *ev, bool *got, tkc_error *err)
{
    if (row->kind == TKC_ROW_REGEX || row->kind == TKC_ROW_LITERAL) {
        tkc_status st = pattern_event(row, ev, got, err);
        if (st) return st;
    } else {
        *got = char_event(row, ev);
    }
    if (*got && row->invert) ev->match = !ev->match;
    return TKC_OK;
}

/* Do two neighbouring events belong to one piece? */
static bool joins(tkc_behavior behavior, bool left, bool right)
{
    switch (behavior) {
    case TKC_BEHAVIOR_CONTIGUOUS: return left == right;
    case TKC_BEHAVIOR_MERGED_WITH_PREVIOUS: return right && !left;
    case TKC_BEHAVIOR_MERGED_WITH_NEXT: return left && !right;
    default: return false;
    }
}

static tkc_status next_of_events(tkc_row *row, tkc_text *piece, bool *got, tkc_error *err)
{
    for (;;) {
        tkc_row_event ev = row->next;
        size_t begin;
        tkc_status st;
        if (!row->has_next) {
            if ((st = next_event(row, &ev, got, err))) return st;
            if (!*got) return TKC_OK;
        }
        row->has_next = false;
        begin = ev.begin;
        if (row->behavior > TKC_BEHAVIOR_REMOVED) {
            for (;;) {
                bool more;
                if ((st = next_event(row, &row->next, &more, err))) return st;
                row->has_next = more;
                if (!more || !joins(row->behavior, ev.match, row->next.match)) break;
                ev = row->next;
            }
        }
        if ((row->behavior == TKC_BEHAVIOR_REMOVED && ev.match) || ev.end == begin) continue;
        *piece = tkc_text_slice(&row->text, begin, ev.end);
        *got = true;
        return TKC_OK;
    }
}

/* --- the rest -------------------------------------------------------------------------- */

/* Whitespace: runs of \w, runs of the rest, white space dropped. Bert: white space dropped,
 * punctuation alone, runs of the rest. End of the piece at *begin, which moves over what is
 * dropped. */
static size_t word_end(const tkc_row *row, size_t *begin)
{
    const unsigned char *s = (const unsigned char *)row->text.ptr;
    const size_t len = row->text.len;
    size_t i = scan_run(s, len, *begin, 0, SCAN_SPACE);
    unsigned n;
    *begin = i;
    if (i == len) return i;
    if (row->kind == TKC_ROW_WHITESPACE) {
        const size_t end = scan_run(s, len, i, 0, TKC_UC_WORD);
        return end > i ? end : scan_run_not(s, len, i, 0, TKC_UC_WORD | SCAN_SPACE);
    }
    for (; i < len; i += n) {
        const uint32_t cp = tkc_utf8_get(s + i, &n);
        const unsigned cls = tkc_unicode_class(cp);
        if (is_punctuation(cp, cls)) return i > *begin ? i : i + n;
        if (cls & SCAN_SPACE) break;
    }
    return i;
}

tkc_status tkc_row_next(tkc_row *row, tkc_text *piece, bool *got, tkc_error *err)
{
    const unsigned char *s = (const unsigned char *)row->text.ptr;
    size_t begin = row->at, end = row->text.len;
    switch (row->kind) {
    case TKC_ROW_SCAN:
        if (begin < end) end = begin + row->scan(s + begin, end - begin);
        break;
    case TKC_ROW_REGEX:
    case TKC_ROW_LITERAL:
    case TKC_ROW_CHARS: return next_of_events(row, piece, got, err);
    case TKC_ROW_METASPACE:
        if (row->split) return next_of_events(row, piece, got, err);
        break;
    case TKC_ROW_WHITESPACE:
    case TKC_ROW_BERT: end = word_end(row, &begin); break;
    case TKC_ROW_FIXED:
        end = begin;
        for (uint32_t i = 0; i < row->arg && end < row->text.len; i++) end += tkc_utf8_len(s[end]);
        break;
    case TKC_ROW_PREFIX:
    case TKC_ROW_BYTES: break;
    }
    *got = begin < end;
    if (!*got) return TKC_OK;
    row->at = end;
    *piece = tkc_text_slice(&row->text, begin, end);
    return TKC_OK;
}
