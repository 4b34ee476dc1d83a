/*
 * report.c - findings and their edits, tokens measured, small text helpers.
 */
#include "optimizer/lint/lint_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"
#include "vocab/base/json_edit.h"

#include <stdarg.h>
#include <stdio.h>

enum { MAX_FINDINGS = 100000, MAX_EDITS = 1000000, MAX_MESSAGE = 512 };

/* --- findings -------------------------------------------------------------------------------- */

static lint_finding *report(tkc_linter *l, tkc_rule_id rule, size_t begin, size_t end, const char *fmt,
                            va_list ap)
{
    char text[MAX_MESSAGE];
    lint_finding *f;
    size_t n;
    if (!lint_on(l, rule) || l->n_found >= MAX_FINDINGS) return NULL;
    if (!tkc_grow(l->alloc, &l->found, &l->cap_found, l->n_found + 1, MAX_FINDINGS, sizeof *l->found)) {
        l->st = tkc_nomem(l->err);
        return NULL;
    }
    (void)vsnprintf(text, sizeof text, fmt, ap);
    n = strlen(text);
    while (n && ((unsigned char)text[n - 1] & 0xc0) == 0x80 && n + 4 > sizeof text) n--; /* cut UTF-8 */
    text[n] = '\0';
    f = &l->found[l->n_found];
    if (end > l->src.len) end = l->src.len;
    if (begin > end) begin = end;
    *f = (lint_finding){.rule = (uint8_t)rule, .begin = begin, .end = end, .message = l->messages.len,
                        .severity = (uint8_t)tkc_lint_rule_at(rule)->severity, .edit = (uint32_t)l->n_edit};
    l->st = tkc_buf_append(&l->messages, text, n + 1, l->err);
    if (l->st) return NULL;
    l->n_found++;
    return f;
}

lint_finding *lint_report(tkc_linter *l, tkc_rule_id rule, size_t begin, size_t end, const char *fmt, ...)
{
    va_list ap;
    lint_finding *f;
    va_start(ap, fmt);
    f = report(l, rule, begin, end, fmt, ap);
    va_end(ap);
    return f;
}

lint_finding *lint_report_in(tkc_linter *l, tkc_rule_id rule, const lint_seg *s, size_t a, size_t b,
                             const char *fmt, ...)
{
    va_list ap;
    lint_finding *f;
    va_start(ap, fmt);
    f = report(l, rule, lint_src(l, s, a), lint_src_end(l, s, b), fmt, ap);
    va_end(ap);
    return f;
}

bool lint_edit_src(tkc_linter *l, lint_finding *f, size_t begin, size_t end, tkc_str with,
                   tkc_fix_safety safety)
{
    lint_raw_edit *e;
    if (!f || l->st || (f->n_edit && f->fix == TKC_FIX_NONE)) return false;
    if (begin < f->begin || end > f->end || begin > end || l->n_edit >= MAX_EDITS) {
        f->n_edit = 0;
        f->fix = TKC_FIX_NONE;
        return false;
    }
    if (!tkc_grow(l->alloc, &l->edit, &l->cap_edit, l->n_edit + 1, MAX_EDITS, sizeof *l->edit)) {
        l->st = tkc_nomem(l->err);
        return false;
    }
    e = &l->edit[l->n_edit];
    *e = (lint_raw_edit){begin, end, l->withs.len, with.len};
    l->st = tkc_buf_append(&l->withs, with.ptr ? with.ptr : "", with.len, l->err);
    if (l->st) return false;
    l->n_edit++;
    f->n_edit++;
    if (f->fix < safety) f->fix = (uint8_t)safety;
    return true;
}

/* Whether all of text[a, b) stands in the source as it is. */
static bool is_verbatim(const tkc_linter *l, const lint_seg *s, size_t a, size_t b)
{
    return lint_src_end(l, s, b) - lint_src(l, s, a) == b - a;
}

bool lint_edit_in(tkc_linter *l, lint_finding *f, const lint_seg *s, size_t a, size_t b, tkc_str with,
                  tkc_fix_safety safety)
{
    size_t begin = lint_src(l, s, a), end = lint_src_end(l, s, b);
    bool fine = true;
    if (!f || l->st) return false;
    if (s->escape == LINT_IN_JSON) {
        tkc_buf_clear(&l->scratch2);
        if (tkc_json_append_text(&l->scratch2, with, NULL)) fine = false;
        with = (tkc_str){l->scratch2.ptr + 1, l->scratch2.len - 2};
    } else if (s->escape == LINT_IN_BLOCK) {
        fine = !memchr(with.ptr ? with.ptr : "", '\n', with.len);
    } else if (s->escape == LINT_IN_SCALAR) {
        fine = with.len == 0 && is_verbatim(l, s, a, b) && b - a < s->text.len;
    }
    if (!fine) {
        f->n_edit = 0;
        f->fix = TKC_FIX_NONE;
        return false;
    }
    return lint_edit_src(l, f, begin, end, with, safety);
}

/* --- places ----------------------------------------------------------------------------------- */

static const lint_run *run_of(const tkc_linter *l, const lint_seg *s, size_t a)
{
    const lint_run *r = l->run + s->run;
    size_t lo = 0, hi = s->n_run;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (r[mid].text <= a)
            lo = mid;
        else
            hi = mid;
    }
    return r + lo;
}

size_t lint_src(const tkc_linter *l, const lint_seg *s, size_t a)
{
    const lint_run *r;
    if (!s->n_run) return s->begin + (a < s->text.len ? a : s->text.len);
    if (a >= s->text.len && s->text.len) return lint_src_end(l, s, s->text.len);
    r = run_of(l, s, a);
    return r->verbatim ? r->src + (a - r->text) : r->src;
}

size_t lint_src_end(const tkc_linter *l, const lint_seg *s, size_t b)
{
    const lint_run *r, *last;
    if (b > s->text.len) b = s->text.len;
    if (!s->n_run) return s->begin + b;
    last = l->run + s->run + s->n_run - 1;
    if (!b) return lint_src(l, s, 0);
    r = run_of(l, s, b - 1);
    if (r->verbatim) return r->src + (b - r->text);
    return r < last ? r[1].src : s->end - (s->escape == LINT_IN_JSON);
}

/* --- tokens ------------------------------------------------------------------------------------ */

uint64_t lint_count(tkc_linter *l, tkc_str text)
{
    size_t n = 0;
    if (!l->opt.encoder || l->st || !text.len) return 0;
    l->st = tkc_count(l->encoder, text, 0, &n, l->err);
    return l->st ? 0 : n;
}

uint64_t lint_saving(tkc_linter *l, tkc_str text, size_t a, size_t b, tkc_str with)
{
    enum { AROUND = 256 };
    size_t from = lint_line_begin(text, a), to = lint_line_end(text, b);
    uint64_t before, after;
    if (!l->opt.encoder || l->st) return 0;
    if (a - from > AROUND) from = a - AROUND;
    if (to - b > AROUND) to = b + AROUND;
    while (from && ((unsigned char)text.ptr[from] & 0xc0) == 0x80) from--;
    while (to < text.len && ((unsigned char)text.ptr[to] & 0xc0) == 0x80) to++;
    before = lint_count(l, (tkc_str){text.ptr + from, to - from});
    tkc_buf_clear(&l->scratch2);
    l->st = tkc_buf_append(&l->scratch2, text.ptr + from, a - from, l->err);
    if (!l->st) l->st = tkc_buf_append(&l->scratch2, with.ptr ? with.ptr : "", with.len, l->err);
    if (!l->st) l->st = tkc_buf_append(&l->scratch2, text.ptr + b, to - b, l->err);
    after = lint_count(l, tkc_buf_str(&l->scratch2));
    return before > after ? before - after : 0;
}

uint64_t lint_tokens(tkc_linter *l)
{
    if (l->tokens == UINT64_MAX) {
        uint64_t sum = 0;
        for (size_t i = 0; i < l->n_seg; i++)
            if (!(l->seg[i].flags & LINT_SEG_AGAIN)) sum += lint_count(l, l->seg[i].text);
        l->tokens = sum;
    }
    return l->tokens;
}

void *lint_mem(tkc_linter *l, unsigned slot, size_t n, size_t size)
{
    if (l->st) return NULL;
    if (n > l->mem_cap[slot] || size != l->mem_size[slot]) {
        size_t cap = 64;
        while (cap < n && cap < SIZE_MAX / 2) cap *= 2;
        tkc_free(l->alloc, l->mem[slot], l->mem_cap[slot], l->mem_size[slot]);
        l->mem_cap[slot] = 0;
        l->mem_size[slot] = size;
        l->mem[slot] = tkc_alloc_zero(l->alloc, cap, size);
        if (!l->mem[slot]) {
            l->st = tkc_nomem(l->err);
            return NULL;
        }
        l->mem_cap[slot] = cap;
    }
    return l->mem[slot];
}

/* --- text --------------------------------------------------------------------------------------- */

#define A LINT_C_ALPHA | LINT_C_NAME | LINT_C_BLOB
#define D LINT_C_DIGIT | LINT_C_NAME | LINT_C_BLOB
#define B LINT_C_BLANK
#define H LINT_C_HIGH
#define EIGHT(x) x, x, x, x, x, x, x, x
const unsigned char lint_classes[256] = {
    EIGHT(B), EIGHT(B), EIGHT(B), EIGHT(B),
    B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, LINT_C_BLOB, 0, LINT_C_BLOB, 0, LINT_C_BLOB, /* + - / */
    EIGHT(D), D, D, 0, 0, LINT_C_OPEN, LINT_C_BLOB, 0, 0, /* < = */
    0, A, A, A, A, A, A, A, EIGHT(A), EIGHT(A), A, A, A, LINT_C_OPEN, 0, 0, 0, LINT_C_NAME | LINT_C_BLOB,
    0, A, A, A, A, A, A, A, EIGHT(A), EIGHT(A), A, A, A, 0, 0, 0, 0, 0,
    EIGHT(H), EIGHT(H), EIGHT(H), EIGHT(H), EIGHT(H), EIGHT(H), EIGHT(H), EIGHT(H),
    EIGHT(H), EIGHT(H), EIGHT(H), EIGHT(H), EIGHT(H), EIGHT(H), EIGHT(H), EIGHT(H)};
#undef A
#undef D
#undef B
#undef H
#undef EIGHT

bool lint_begins_nocase(tkc_str s, size_t at, const char *z)
{
    size_t n = strlen(z);
    if (s.len < at || s.len - at < n) return false;
    for (size_t i = 0; i < n; i++)
        if (tkc_ascii_lower(s.ptr[at + i]) != z[i]) return false;
    return true;
}

bool lint_is_nocase(tkc_str s, const char *z)
{
    return s.len == strlen(z) && lint_begins_nocase(s, 0, z);
}

bool lint_in_list(tkc_str s, const char *words)
{
    if (!s.len) return false;
    for (const char *p = words; *p;) {
        size_t n = strcspn(p, " ");
        if (n == s.len && memcmp(p, s.ptr, n) == 0) return true;
        p += n;
        p += strspn(p, " ");
    }
    return false;
}

tkc_str lint_trim(tkc_str s)
{
    while (s.len && (unsigned char)s.ptr[0] <= ' ') {
        s.ptr++;
        s.len--;
    }
    while (s.len && (unsigned char)s.ptr[s.len - 1] <= ' ') s.len--;
    return s;
}

size_t lint_find(tkc_str s, size_t at, const char *z)
{
    size_t n = strlen(z);
    while (at < s.len && s.len - at >= n) {
        const char *p = memchr(s.ptr + at, z[0], s.len - at - n + 1);
        if (!p) break;
        if (memcmp(p, z, n) == 0) return (size_t)(p - s.ptr);
        at = (size_t)(p - s.ptr) + 1;
    }
    return SIZE_MAX;
}

size_t lint_line_begin(tkc_str s, size_t at)
{
    while (at && s.ptr[at - 1] != '\n') at--;
    return at;
}

size_t lint_line_end(tkc_str s, size_t at)
{
    const char *p = at < s.len ? memchr(s.ptr + at, '\n', s.len - at) : NULL;
    return p ? (size_t)(p - s.ptr) : s.len;
}
