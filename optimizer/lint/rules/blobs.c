/*
 * blobs.c - TC303 base64-blob, TC304 id-bloat: encoded data and long identifiers in texts.
 */
#include "optimizer/lint/lint_impl.h"

enum { MIN_LINE = 60, MIN_ID = 10 };

static bool is_hex_digit(unsigned char c)
{
    return tkc_is_digit(c) || (unsigned)((c | 32) - 'a') < 6;
}

/* Encoded bytes use upper and lower case and digits everywhere; a path, an identifier or a
 * rule of signs does not. */
static bool is_base64(tkc_str s)
{
    size_t upper = 0, lower = 0, digit = 0, mark = 0, changes = 0;
    int last = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        int k = tkc_is_digit(c) ? 1 : (unsigned)(c - 'a') < 26 ? 2 : (unsigned)(c - 'A') < 26 ? 3 : 4;
        digit += k == 1;
        lower += k == 2;
        upper += k == 3;
        mark += k == 4;
        changes += k != last;
        last = k;
    }
    return digit * 40 >= s.len && lower * 5 >= s.len && upper * 8 >= s.len && mark * 6 <= s.len && changes * 3 >= s.len;
}

static bool is_hex(tkc_str s)
{
    size_t digit = 0, alpha = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!is_hex_digit((unsigned char)s.ptr[i])) return false;
        digit += tkc_is_digit((unsigned char)s.ptr[i]);
        alpha += tkc_is_alpha((unsigned char)s.ptr[i]);
    }
    return digit * 5 >= s.len && alpha * 8 >= s.len;
}

static void blob(tkc_linter *l, const lint_seg *s, size_t from, size_t to)
{
    tkc_str v = {s->text.ptr + from, to - from};
    bool hex = is_hex(v);
    uint64_t n;
    lint_finding *f;
    size_t begin = from;
    if (!hex && !is_base64(v)) return;
    /* "data:image/png;base64," belongs to it */
    for (size_t k = from; k > 0 && from - k < 100; k--)
        if (lint_begins(s->text, k - 1, "data:")) {
            if (lint_find((tkc_str){s->text.ptr, from}, k - 1, "base64,") != SIZE_MAX) begin = k - 1;
            break;
        } else if ((unsigned char)s->text.ptr[k - 1] <= ' ') {
            break;
        }
    n = lint_count(l, (tkc_str){s->text.ptr + begin, to - begin});
    if (l->opt.encoder && !n) return;
    f = lint_report_in(l, TKC_TC303, s, begin, to, "%zu characters of %s data: %llu tokens that a model cannot read", v.len,
                       hex ? "hexadecimal" : "base64", (unsigned long long)n);
    if (f) f->saved = n;
}

/* 8-4-4-4-12. */
static bool uuid_at(tkc_str t, size_t at)
{
    static const unsigned char dash[36] = {[8] = 1, [13] = 1, [18] = 1, [23] = 1};
    if (t.len - at < 36) return false;
    for (size_t i = 0; i < 36; i++) {
        unsigned char c = (unsigned char)t.ptr[at + i];
        if (dash[i] ? c != '-' : !is_hex_digit(c)) return false;
    }
    return at + 36 == t.len || !tkc_is_word((unsigned char)t.ptr[at + 36]);
}

/* 2026-11-26T23:14:05.123, with what is behind it of a zone. */
static size_t stamp_at(tkc_str t, size_t at)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd.ddd";
    size_t i;
    if (t.len - at < 23) return 0;
    for (i = 0; shape[i]; i++) {
        char c = t.ptr[at + i];
        if (shape[i] == 'd' ? !tkc_is_digit((unsigned char)c) : shape[i] == 'T' ? c != 'T' && c != ' ' : c != shape[i]) return 0;
    }
    i += at;
    while (i < t.len && tkc_is_digit((unsigned char)t.ptr[i])) i++;
    if (i < t.len && t.ptr[i] == 'Z') i++;
    else if (i + 5 < t.len && (t.ptr[i] == '+' || t.ptr[i] == '-') && t.ptr[i + 3] == ':') i += 6;
    return i - at;
}

/* Where the next n letters of base64 in a row begin. Looks at every n-th byte, and back from those that
 * are one: of prose it reads a few bytes in sixty. at: where a run may begin. */
static size_t next_run(tkc_str t, size_t at, size_t n)
{
    while (t.len >= n && at <= t.len - n) {
        size_t k = at + n;
        while (k > at && (lint_classes[(unsigned char)t.ptr[k - 1]] & LINT_C_BLOB)) k--;
        if (k == at) return at;
        at = k;
    }
    return t.len;
}

static void in_text(tkc_linter *l, const lint_seg *s)
{
    tkc_str t = s->text;
    size_t ids = 0, first = 0, first_end = 0;
    uint64_t tokens = 0;
    const bool want_ids = lint_on(l, TKC_TC304);
    const size_t shortest = want_ids ? MIN_ID : MIN_LINE;
    for (size_t i = next_run(t, 0, shortest); i < t.len && !l->st; i = next_run(t, i, shortest)) {
        const unsigned char c = (unsigned char)t.ptr[i];
        size_t to = lint_skip(t, i, LINT_C_BLOB);
        if (to - i >= l->limit[TKC_LINT_LIMIT_BLOB] && lint_on(l, TKC_TC303)) {
            blob(l, s, i, to);
        } else if (to + 1 < t.len && t.ptr[to] == '\n' && to - i >= MIN_LINE && lint_on(l, TKC_TC303)) {
            /* lines of 60 to 76, as MIME and PEM have them */
            size_t end = to, lines = 1;
            while (end + 1 < t.len && t.ptr[end] == '\n') {
                size_t k = end + 1;
                k = lint_skip(t, k, LINT_C_BLOB);
                if (k - end - 1 != to - i && !(k - end - 1 < to - i && k > end + 1 && lines > 1)) break;
                lines++;
                if (k - end - 1 != to - i) {
                    end = k;
                    break;
                }
                end = k;
            }
            if (lines >= 3 && is_base64((tkc_str){t.ptr + i, to - i})) {
                uint64_t n = lint_count(l, (tkc_str){t.ptr + i, end - i});
                lint_finding *f = lint_report_in(l, TKC_TC303, s, i, end, "%zu lines of base64 data: %llu tokens that a model "
                                                 "cannot read", lines, (unsigned long long)n);
                if (f) f->saved = n;
                to = end;
            }
        } else if (want_ids) {
            size_t n = uuid_at(t, i) ? 36 : tkc_is_digit(c) ? stamp_at(t, i) : 0;
            if (n) {
                if (!ids++) {
                    first = i;
                    first_end = i + n;
                }
                tokens += lint_count(l, (tkc_str){t.ptr + i, n});
                if (i + n > to) to = i + n;
            }
        }
        i = to;
    }
    if (ids >= l->limit[TKC_LINT_LIMIT_IDS] && tokens > ids) {
        lint_finding *f = lint_report_in(l, TKC_TC304, s, first, first_end, "%zu long identifiers or time stamps, this is the first: "
                                         "%llu tokens, about %zu as short numbers", ids, (unsigned long long)tokens, ids);
        if (f) f->saved = tokens - ids;
    }
}

void lint_rule_blobs(tkc_linter *l)
{
    if (!lint_on(l, TKC_TC303) && !lint_on(l, TKC_TC304)) return;
    for (size_t i = 0; i < l->n_seg && !l->st; i++)
        if (!(l->seg[i].flags & LINT_SEG_AGAIN)) in_text(l, &l->seg[i]);
}
