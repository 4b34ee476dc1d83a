/*
 * json_text.c - TC301 pretty-json, TC302 ascii-escaped-json, TC306 row-json: JSON inside texts.
 *
 * Looked at: a text that is JSON as a whole, fenced blocks, and values of several lines that begin
 * at the start of a line. What does not parse is not JSON and is left alone.
 */
#include "optimizer/lint/lint_impl.h"

#include "vocab/base/json.h"

enum { MIN_ROWS = 3, MAX_COLUMNS = 64 };

/* text[a, b) without blanks outside strings, into l->scratch. */
static tkc_str compact(tkc_linter *l, tkc_str v)
{
    tkc_buf *out = &l->scratch;
    bool in_string = false;
    tkc_buf_clear(out);
    if (l->st) return v;
    l->st = tkc_buf_reserve(out, v.len, l->err);
    if (l->st) return v;
    for (size_t i = 0; i < v.len; i++) {
        char c = v.ptr[i];
        if (in_string) {
            out->ptr[out->len++] = c;
            if (c == '\\' && i + 1 < v.len)
                out->ptr[out->len++] = v.ptr[++i];
            else if (c == '"')
                in_string = false;
        } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            out->ptr[out->len++] = c;
            in_string = c == '"';
        }
    }
    return tkc_buf_str(out);
}

static void pretty(tkc_linter *l, const lint_seg *s, size_t a, size_t b, tkc_fix_safety safety)
{
    tkc_str v = {s->text.ptr + a, b - a}, with;
    uint64_t before, after;
    lint_finding *f;
    if (!lint_on(l, TKC_TC301)) return;
    with = compact(l, v);
    if (l->st || with.len == v.len) return;
    before = lint_count(l, v);
    after = lint_count(l, with);
    if (after >= before) return;
    f = lint_report_in(l, TKC_TC301, s, a, b, "JSON with blanks and line ends: %llu tokens, %llu without (-%llu %%)",
                       (unsigned long long)before, (unsigned long long)after,
                       (unsigned long long)((before - after) * 100 / before));
    if (!f) return;
    f->saved = before - after;
    lint_edit_in(l, f, s, a, b, with, safety);
}

static bool hex4(const char *p, uint32_t *out)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        unsigned char c = (unsigned char)p[i];
        if (tkc_is_digit(c))
            v = v << 4 | (uint32_t)(c - '0');
        else if ((unsigned)((c | 32) - 'a') < 6)
            v = v << 4 | (uint32_t)((c | 32) - 'a' + 10);
        else
            return false;
    }
    *out = v;
    return true;
}

/* May the letter stand for itself? Not what nobody sees. */
static bool is_plain_letter(uint32_t c)
{
    return c >= 0xa1 && c != 0xad && !(c >= 0x2000 && c <= 0x200f) && !(c >= 0x2028 && c <= 0x202f) &&
           !(c >= 0x205f && c <= 0x206f) && c != 0x61c && c != 0x180e && c != 0x3000 && c != 0xfeff && c != 0x3164 &&
           !(c >= 0xd800 && c <= 0xf8ff) && !(c >= 0xfe00 && c <= 0xfe0f) && c != 0x115f && c != 0x1160 && c != 0xffa0 &&
           !(c >= 0xfff0 && c <= 0xffff) && c < 0xe0000 && !(c >= 0x300 && c <= 0x36f);
}

static void escaped(tkc_linter *l, const lint_seg *s, size_t a, size_t b)
{
    tkc_str v = {s->text.ptr + a, b - a};
    size_t n = 0, first = 0;
    uint64_t before, after;
    lint_finding *f;
    tkc_buf *out = &l->scratch;
    if (!lint_on(l, TKC_TC302) || lint_find(v, 0, "\\u") == SIZE_MAX) return;
    tkc_buf_clear(out);
    l->st = tkc_buf_reserve(out, v.len, l->err);
    for (size_t i = 0; i < v.len && !l->st;) {
        uint32_t c, low;
        if (v.ptr[i] != '\\' || i + 1 >= v.len) {
            out->ptr[out->len++] = v.ptr[i++];
            continue;
        }
        if (v.ptr[i + 1] == 'u' && v.len - i >= 6 && hex4(v.ptr + i + 2, &c)) {
            size_t take = 6;
            if (c >= 0xd800 && c < 0xdc00 && v.len - i >= 12 && v.ptr[i + 6] == '\\' && v.ptr[i + 7] == 'u' &&
                hex4(v.ptr + i + 8, &low) && low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                take = 12;
            }
            if (is_plain_letter(c)) {
                if (!n) first = i;
                n++;
                out->len += tkc_utf8_put(out->ptr + out->len, c);
                i += take;
                continue;
            }
        }
        out->ptr[out->len++] = v.ptr[i++];
        out->ptr[out->len++] = v.ptr[i++];
    }
    if (!n || l->st) return;
    before = lint_count(l, v);
    after = lint_count(l, tkc_buf_str(out));
    if (after >= before) return;
    (void)first;
    f = lint_report_in(l, TKC_TC302, s, a, b, "%zu letters written as \\uXXXX: %llu tokens, %llu as themselves", n,
                       (unsigned long long)before, (unsigned long long)after);
    if (!f) return;
    f->saved = before - after;
    lint_edit_in(l, f, s, a, b, tkc_buf_str(out), TKC_FIX_SAFE);
}

/* --- tables ------------------------------------------------------------------------------------------- */

static bool same_key(const tkc_json *d, uint32_t a, uint32_t b)
{
    return tkc_json_compare(d, a, b) == 0;
}

/* Rows that have the first one's keys, in its order, and nothing but plain values. */
static bool is_table(const tkc_json *d, uint32_t array)
{
    uint32_t first = tkc_json_first(d, array), n;
    if (tkc_json_count(d, array) < MIN_ROWS || tkc_json_kind_of(d, first) != TKC_JSON_OBJECT) return false;
    n = tkc_json_count(d, first);
    if (!n || n > MAX_COLUMNS) return false;
    for (uint32_t row = first; row != TKC_JSON_NONE; row = tkc_json_next(d, array, row)) {
        uint32_t k0 = tkc_json_first(d, first), k;
        if (tkc_json_kind_of(d, row) != TKC_JSON_OBJECT || tkc_json_count(d, row) != n) return false;
        for (k = tkc_json_first(d, row); k != TKC_JSON_NONE; k = tkc_json_next_member(d, row, k)) {
            if (!same_key(d, k0, k) || tkc_json_kind_of(d, tkc_json_value(d, k)) >= TKC_JSON_ARRAY) return false;
            k0 = tkc_json_next_member(d, first, k0);
        }
    }
    return true;
}

static void put_cell(tkc_linter *l, const tkc_json *d, uint32_t v)
{
    tkc_str s = tkc_json_source(d, v);
    tkc_buf *out = &l->scratch;
    bool quote = false;
    if (l->st) return;
    if (tkc_json_kind_of(d, v) == TKC_JSON_STRING) {
        tkc_buf_clear(&l->scratch2);
        l->st = tkc_json_string(d, v, &l->scratch2, &s, l->err);
        if (l->st) return;
        /* a text that reads like a number keeps its quotes */
        quote = !s.len || tkc_is_digit((unsigned char)s.ptr[0]) || lint_is(s, "true") || lint_is(s, "false") || lint_is(s, "null");
        for (size_t i = 0; i < s.len; i++)
            if (tkc_is_one_of(s.ptr[i], ",\"\n\r")) quote = true;
    }
    if (quote) l->st = tkc_buf_append_byte(out, '"', l->err);
    for (size_t i = 0; i < s.len && !l->st; i++) {
        if (s.ptr[i] == '"' && quote) l->st = tkc_buf_append_byte(out, '"', l->err);
        if (!l->st) l->st = tkc_buf_append_byte(out, (unsigned char)s.ptr[i], l->err);
    }
    if (quote && !l->st) l->st = tkc_buf_append_byte(out, '"', l->err);
}

static void table(tkc_linter *l, const lint_seg *s, size_t a, uint32_t array)
{
    const tkc_json *d = &l->json;
    uint32_t first = tkc_json_first(d, array);
    tkc_str v = tkc_json_source(d, array);
    size_t at = a + d->node[array].begin;
    uint64_t before, after;
    lint_finding *f;
    tkc_buf_clear(&l->scratch);
    for (uint32_t row = TKC_JSON_NONE; !l->st;) {
        bool head = row == TKC_JSON_NONE, comma = false;
        uint32_t r = head ? first : row;
        for (uint32_t k = tkc_json_first(d, r); k != TKC_JSON_NONE && !l->st; k = tkc_json_next_member(d, r, k)) {
            if (comma) l->st = tkc_buf_append_byte(&l->scratch, ',', l->err);
            put_cell(l, d, head ? k : tkc_json_value(d, k));
            comma = true;
        }
        row = head ? first : tkc_json_next(d, array, row);
        if (row == TKC_JSON_NONE) break;
        if (!l->st) l->st = tkc_buf_append_byte(&l->scratch, '\n', l->err);
    }
    before = lint_count(l, v);
    after = lint_count(l, tkc_buf_str(&l->scratch));
    if (l->st || after >= before) return;
    f = lint_report_in(l, TKC_TC306, s, at, at + v.len, "%u objects with the same %u keys: %llu tokens, %llu as CSV",
                       tkc_json_count(d, array), tkc_json_count(d, first), (unsigned long long)before,
                       (unsigned long long)after);
    if (!f) return;
    f->saved = before - after;
    if (array == 0) lint_edit_in(l, f, s, at, at + v.len, tkc_buf_str(&l->scratch), TKC_FIX_UNSAFE);
}

/* --- where JSON is ---------------------------------------------------------------------------------------- */

static bool value(tkc_linter *l, const lint_seg *s, size_t a, size_t b, tkc_fix_safety safety)
{
    tkc_str v = {s->text.ptr + a, b - a};
    tkc_json_limits limits = {.max_depth = 256};
    if (b - a < 8 || l->st) return false;
    if (tkc_json_parse(&l->json, v, &limits, NULL)) return false;
    if (tkc_json_kind_of(&l->json, 0) < TKC_JSON_ARRAY || l->json.n_node < 3) return false;
    pretty(l, s, a, b, safety);
    escaped(l, s, a, b);
    if (lint_on(l, TKC_TC306))
        for (uint32_t i = 0; i < l->json.n_node && !l->st; i++)
            if (tkc_json_kind_of(&l->json, i) == TKC_JSON_ARRAY && is_table(&l->json, i)) {
                table(l, s, a, i);
                i = l->json.node[i].next - 1;
            }
    return true;
}

/* The end of the bracket that opens at `at`: one pass, strings respected. 0: it never closes. */
static size_t bracket_end(tkc_str t, size_t at)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = at; i < t.len; i++) {
        char c = t.ptr[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            else if (c == '\n')
                return 0;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (--depth == 0) return i + 1;
        }
    }
    return 0;
}

static void in_text(tkc_linter *l, const lint_seg *s)
{
    tkc_str t = s->text, whole = lint_trim(t);
    size_t a = whole.len ? (size_t)(whole.ptr - t.ptr) : 0;
    tkc_fix_safety safe = s->flags & LINT_SEG_DATA || s->role == TKC_ROLE_NONE ? TKC_FIX_SAFE : TKC_FIX_UNSAFE;
    size_t tried = 0; /* where a bracket that never closes stood: nothing behind it is tried again */
    if (whole.len && (whole.ptr[0] == '{' || whole.ptr[0] == '['))
        if (value(l, s, a, a + whole.len, TKC_FIX_SAFE)) return;
    for (uint32_t i = 0; i < s->n_code; i++) {
        const lint_code *c = &l->code[s->code + i];
        tkc_str in;
        if (!c->is_fence) continue;
        in = lint_trim((tkc_str){t.ptr + c->from, c->to - c->from});
        if (in.len && (in.ptr[0] == '{' || in.ptr[0] == '['))
            (void)value(l, s, (size_t)(in.ptr - t.ptr), (size_t)(in.ptr - t.ptr) + in.len, safe);
    }
    for (size_t at = 0; at < t.len && !l->st; at = lint_line_end(t, at) + 1) {
        size_t k = at, end;
        while (k < t.len && (t.ptr[k] == ' ' || t.ptr[k] == '\t')) k++;
        if (k >= t.len || (t.ptr[k] != '{' && t.ptr[k] != '[') || k < tried) continue;
        if (lint_begins(t, k, "{{") || lint_begins(t, k, "{%") || lint_code_at(l, s, k)) continue;
        end = bracket_end(t, k);
        if (!end) {
            tried = t.len - k > 65536 ? k + 65536 : t.len;
            continue;
        }
        if (memchr(t.ptr + k, '\n', end - k)) (void)value(l, s, k, end, safe);
        at = end - 1;
        if (at >= t.len) break;
    }
}

void lint_rule_json_text(tkc_linter *l)
{
    if (!l->opt.encoder || (!lint_on(l, TKC_TC301) && !lint_on(l, TKC_TC302) && !lint_on(l, TKC_TC306))) return;
    for (size_t i = 0; i < l->n_seg && !l->st; i++)
        if (!(l->seg[i].flags & (LINT_SEG_SCHEMA | LINT_SEG_AGAIN))) in_text(l, &l->seg[i]);
}
