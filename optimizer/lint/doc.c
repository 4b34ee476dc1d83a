/*
 * doc.c - segments: texts that a model reads, with the way back to the source, and the code in
 * them.
 */
#include "optimizer/lint/lint_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

enum { MAX_SEGMENTS = 1 << 20, MAX_RUNS = 1 << 24, MAX_CODE = 1 << 22, MAX_DECL = 1 << 12 };

static lint_seg *add_seg(tkc_linter *l, tkc_role role, size_t begin, size_t end, unsigned flags)
{
    lint_seg *s;
    if (l->st) return NULL;
    if (l->n_seg >= MAX_SEGMENTS) {
        l->st = tkc_fail(l->err, TKC_E_LIMIT, begin, "more than %d texts in one file, the limit here",
                         (int)MAX_SEGMENTS);
        return NULL;
    }
    if (!tkc_grow(l->alloc, &l->seg, &l->cap_seg, l->n_seg + 1, MAX_SEGMENTS, sizeof *l->seg)) {
        l->st = tkc_nomem(l->err);
        return NULL;
    }
    s = &l->seg[l->n_seg++];
    *s = (lint_seg){.begin = begin, .end = end, .role = (uint8_t)role, .flags = (uint16_t)flags,
                    .run = (uint32_t)l->n_run, .decoded = SIZE_MAX, .request = l->n_request,
                    .turn = TKC_NO_TURN};
    return s;
}

static void add_run(tkc_linter *l, lint_seg *s, size_t text, size_t src, bool verbatim)
{
    if (l->st) return;
    if (s->n_run) { /* goes on as before? */
        const lint_run *r = &l->run[l->n_run - 1];
        if (r->verbatim && verbatim && r->src + (text - r->text) == src) return;
        if (r->text == text) {
            l->run[l->n_run - 1] = (lint_run){(uint32_t)text, (uint32_t)src, verbatim};
            return;
        }
    }
    if (!tkc_grow(l->alloc, &l->run, &l->cap_run, l->n_run + 1, MAX_RUNS, sizeof *l->run)) {
        l->st = l->n_run >= MAX_RUNS ? tkc_fail(l->err, TKC_E_LIMIT, src, "more than %d escapes in one file, "
                                                "the limit here", (int)MAX_RUNS)
                                     : tkc_nomem(l->err);
        return;
    }
    l->run[l->n_run++] = (lint_run){(uint32_t)text, (uint32_t)src, verbatim};
    s->n_run++;
}

lint_seg *lint_add_raw(tkc_linter *l, tkc_role role, size_t begin, size_t end, unsigned flags)
{
    lint_seg *s = add_seg(l, role, begin, end, flags);
    if (s) s->text = (tkc_str){l->src.ptr + begin, end - begin};
    return s;
}

/* Bytes that an escape at p (behind its backslash) takes, and how many it decodes to. */
static size_t json_escape(const char *p, size_t left, size_t *text)
{
    unsigned v = 0;
    *text = 1;
    if (left < 2) return left;
    if (p[1] != 'u' || left < 6) return 2;
    for (int i = 2; i < 6; i++) {
        unsigned char c = (unsigned char)p[i];
        v = v << 4 | (tkc_is_digit(c) ? c - '0' : ((c | 32) - 'a' + 10) & 15);
    }
    if (v >= 0xd800 && v < 0xdc00 && left >= 12 && p[6] == '\\' && p[7] == 'u' &&
        (p[8] | 32) == 'd' && tkc_is_one_of(p[9], "cdefCDEF")) {
        *text = 4;
        return 12;
    }
    *text = v < 0x80 ? 1 : v < 0x800 ? 2 : 3;
    return 6;
}

lint_seg *lint_add_json(tkc_linter *l, const tkc_json *doc, uint32_t node, size_t at, tkc_role role,
                        unsigned flags)
{
    size_t begin = at + doc->node[node].begin, end = at + doc->node[node].end, from;
    lint_seg *s = add_seg(l, role, begin, end, flags);
    tkc_str text;
    if (!s) return NULL;
    s->escape = LINT_IN_JSON;
    if (!(doc->node[node].info & TKC_JSON_ESCAPED)) {
        s->text = (tkc_str){l->src.ptr + begin + 1, end - begin - 2};
        add_run(l, s, 0, begin + 1, true);
        return s;
    }
    from = l->decoded.len;
    l->st = tkc_json_string(doc, node, &l->decoded, &text, l->err);
    if (l->st) return NULL;
    s->decoded = from;
    s->text = (tkc_str){NULL, text.len};
    for (size_t i = begin + 1, t = 0; i < end - 1;) {
        const char *p = memchr(l->src.ptr + i, '\\', end - 1 - i);
        size_t plain = p ? (size_t)(p - l->src.ptr) - i : end - 1 - i, n;
        if (plain) add_run(l, s, t, i, true);
        i += plain;
        t += plain;
        if (!p) break;
        add_run(l, s, t, i, false);
        i += json_escape(l->src.ptr + i, end - 1 - i, &n);
        t += n;
    }
    return s;
}

/* Finds the source of each byte of a YAML scalar by going over both: what is equal goes
 * together; a line end in the text is a fold, with the indentation behind it. */
static void align_yaml(tkc_linter *l, lint_seg *s, tkc_str text)
{
    const char *src = l->src.ptr;
    size_t i = s->begin, end = s->end, t = 0, indent = SIZE_MAX;
    char style = i < end ? src[i] : '\0';
    bool block = style == '|' || style == '>';
    if (block) {
        s->escape = LINT_IN_BLOCK;
        i = lint_line_end((tkc_str){src, end}, i);
        if (i < end) i++;
        for (size_t k = i; k < end; k++) { /* the first line that is not empty has the indentation */
            size_t b = k;
            while (k < end && src[k] == ' ') k++;
            if (k < end && src[k] != '\n' && src[k] != '\r') {
                indent = k - b;
                break;
            }
            while (k < end && src[k] != '\n') k++;
        }
    } else {
        s->escape = LINT_IN_SCALAR;
        if (style == '"' || style == '\'') {
            i++;
            end -= end > i;
        }
    }
    if (indent == SIZE_MAX) indent = 0;
    bool line_start = block;
    while (t < text.len && !l->st) {
        if (line_start) {
            for (size_t k = 0; k < indent && i < end && src[i] == ' '; k++) i++;
            line_start = false;
        }
        if (i < end && src[i] == '\r' && text.ptr[t] == '\n') {
            add_run(l, s, t, i, false);
            i++;
            if (i < end && src[i] == '\n') i++;
            t++;
            line_start = block;
            continue;
        }
        if (i < end && src[i] == text.ptr[t] && !(style == '"' && src[i] == '\\') &&
            !(style == '\'' && src[i] == '\'') && (block || src[i] != '\n')) {
            add_run(l, s, t, i, true);
            line_start = block && src[i] == '\n';
            i++;
            t++;
            continue;
        }
        if (style == '\'' && i + 1 < end && src[i] == '\'' && src[i + 1] == '\'' && text.ptr[t] == '\'') {
            add_run(l, s, t++, i, false);
            i += 2;
            continue;
        }
        if (style == '"' && i + 1 < end && src[i] == '\\') {
            size_t n = 1, take;
            if (src[i + 1] == '\n' || src[i + 1] == '\r') { /* an escaped line end says nothing */
                i += 2;
                while (i < end && (unsigned char)src[i] <= ' ') i++;
                continue;
            }
            take = json_escape(src + i, end - i, &n);
            if (take == 12) { /* YAML has no pairs */
                take = 6;
                n = 3;
            }
            if (src[i + 1] == 'x' && end - i >= 4) take = 4, n = (unsigned char)text.ptr[t] < 0x80 ? 1 : 2;
            if (src[i + 1] == 'U' && end - i >= 10)
                take = 10, n = tkc_utf8_len((unsigned char)text.ptr[t]);
            add_run(l, s, t, i, false);
            i += take;
            t += n;
            continue;
        }
        if (i < end && (text.ptr[t] == ' ' || text.ptr[t] == '\n') && (unsigned char)src[i] <= ' ') {
            size_t from = i; /* a fold: blanks, line end, indentation */
            add_run(l, s, t, from, false);
            while (t < text.len && (text.ptr[t] == ' ' || text.ptr[t] == '\n')) t++;
            while (i < end && (unsigned char)src[i] <= ' ') i++;
            continue;
        }
        if (i < end && (unsigned char)src[i] <= ' ') {
            i++;
            continue;
        }
        add_run(l, s, t, i < end ? i : s->begin, false); /* lost: the rest is the whole scalar */
        break;
    }
}

lint_seg *lint_add_yaml(tkc_linter *l, const tkc_request *r, uint32_t node, size_t at, tkc_role role,
                        unsigned flags)
{
    lint_seg *s = add_seg(l, role, at + r->span[node].begin, at + r->span[node].end, flags);
    size_t from = l->decoded.len;
    tkc_str text;
    if (!s) return NULL;
    tkc_buf_clear(&l->scratch);
    l->st = tkc_json_string(&r->doc, node, &l->scratch, &text, l->err);
    if (!l->st) l->st = tkc_buf_append(&l->decoded, text.ptr ? text.ptr : "", text.len, l->err);
    if (l->st) return NULL;
    s->decoded = from;
    s->text = (tkc_str){NULL, text.len};
    align_yaml(l, s, (tkc_str){l->decoded.ptr + from, text.len});
    return s;
}

/* --- code ---------------------------------------------------------------------------------------- */

static lint_code *add_code(tkc_linter *l, lint_seg *s)
{
    if (l->st) return NULL;
    if (!tkc_grow(l->alloc, &l->code, &l->cap_code, l->n_code + 1, MAX_CODE, sizeof *l->code)) {
        if (l->n_code < MAX_CODE) l->st = tkc_nomem(l->err);
        return NULL;
    }
    s->n_code++;
    l->code[l->n_code] = (lint_code){0};
    return &l->code[l->n_code++];
}

/* The length of a fence that opens (or closes) at the line [at, end); *mark its character. */
static size_t fence(tkc_str t, size_t at, size_t end, char *mark, size_t *behind)
{
    size_t n = 0;
    while (at < end && (t.ptr[at] == ' ' || t.ptr[at] == '\t' || t.ptr[at] == '>')) at++;
    if (at >= end || (t.ptr[at] != '`' && t.ptr[at] != '~')) return 0;
    *mark = t.ptr[at];
    while (at + n < end && t.ptr[at + n] == *mark) n++;
    *behind = at + n;
    return n < 3 ? 0 : n;
}

/* A span of backquotes at i: its end, or 0. Looks at 500 bytes, and not over an empty line. */
static size_t span_end(tkc_str t, size_t i, size_t *ticks)
{
    size_t n = 0, stop;
    while (i + n < t.len && t.ptr[i + n] == '`') n++;
    *ticks = n;
    stop = t.len - i > 500 ? i + 500 : t.len;
    for (size_t k = i + n; k < stop;) {
        size_t m = 0;
        if (t.ptr[k] == '\n' && k + 1 < stop && t.ptr[k + 1] == '\n') return 0;
        if (t.ptr[k] != '`') {
            k++;
            continue;
        }
        while (k + m < t.len && t.ptr[k + m] == '`') m++;
        if (m == n) return k + m;
        k += m;
    }
    return 0;
}

/* Behind the mark of a list item, "- " or "1. ": a fence may open there. */
static size_t item_text(tkc_str t, size_t at, size_t end)
{
    size_t i = at;
    while (i < end && (t.ptr[i] == ' ' || t.ptr[i] == '\t')) i++;
    if (i < end && tkc_is_one_of(t.ptr[i], "-*+")) {
        i++;
    } else {
        const size_t from = i;
        while (i < end && i - from < 3 && tkc_is_digit((unsigned char)t.ptr[i])) i++;
        if (i == from || i >= end || (t.ptr[i] != '.' && t.ptr[i] != ')')) return at;
        i++;
    }
    return i < end && t.ptr[i] == ' ' ? i + 1 : at;
}

/* Finds code in a text: fences and spans. */
static void find_code(tkc_linter *l, lint_seg *s)
{
    tkc_str t = s->text;
    size_t at = 0, open_n = 0;
    char open_mark = 0;
    uint32_t open = 0;
    s->code = (uint32_t)l->n_code;
    s->n_code = 0;
    if (!memchr(t.ptr ? t.ptr : "", '`', t.len) && lint_find(t, 0, "~~~") == SIZE_MAX) return;
    while (at < t.len && !l->st) {
        size_t end = lint_line_end(t, at), behind = 0, n;
        char mark = 0;
        n = fence(t, at, end, &mark, &behind);
        if (!n && !open_n) n = fence(t, item_text(t, at, end), end, &mark, &behind);
        if (open_n) {
            tkc_str rest = lint_trim((tkc_str){t.ptr + behind, n ? end - behind : 0});
            if (n >= open_n && mark == open_mark && !rest.len) {
                lint_code *c = &l->code[open];
                c->to = (uint32_t)at;
                c->end = (uint32_t)end;
                c->open = false;
                open_n = 0;
            }
        } else if (n && !(mark == '`' && memchr(t.ptr + behind, '`', end - behind))) {
            lint_code *c = add_code(l, s);
            if (!c) return;
            open = (uint32_t)(c - l->code);
            *c = (lint_code){.begin = (uint32_t)at, .end = (uint32_t)t.len, .is_fence = true, .open = true,
                             .from = (uint32_t)(end < t.len ? end + 1 : end), .to = (uint32_t)t.len,
                             .info = lint_trim((tkc_str){t.ptr + behind, end - behind})};
            open_n = n;
            open_mark = mark;
        } else {
            for (size_t i = at; i < end;) {
                size_t ticks = 0, to;
                const char *p = memchr(t.ptr + i, '`', end - i);
                if (!p) break;
                i = (size_t)(p - t.ptr);
                to = span_end(t, i, &ticks);
                if (to) {
                    lint_code *c = add_code(l, s);
                    if (!c) return;
                    *c = (lint_code){.begin = (uint32_t)i, .end = (uint32_t)to, .from = (uint32_t)(i + ticks),
                                     .to = (uint32_t)(to - ticks)};
                    i = to;
                    if (to > end) end = lint_line_end(t, to);
                } else {
                    i += ticks;
                }
            }
        }
        at = end + 1;
    }
}

const lint_code *lint_code_at(const tkc_linter *l, const lint_seg *s, size_t at)
{
    const lint_code *c;
    size_t lo = 0, hi = s->n_code;
    if (!s->n_code) return NULL;
    c = l->code + s->code;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (c[mid].end <= at)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->n_code && c[lo].begin <= at ? &c[lo] : NULL;
}

void lint_segments_done(tkc_linter *l)
{
    for (size_t i = 0; i < l->n_seg; i++) {
        lint_seg *s = &l->seg[i];
        if (s->decoded != SIZE_MAX) s->text.ptr = l->decoded.ptr + s->decoded;
        if (!s->text.ptr) s->text.ptr = "";
        if (s->text.len >= UINT32_MAX && !l->st)
            l->st = tkc_fail(l->err, TKC_E_LIMIT, s->begin, "a text of 4 GB, more than is read here");
    }
    for (size_t i = 0; i < l->n_decl; i++)
        l->decl[i].name.ptr = l->names.ptr ? l->names.ptr + l->decl[i].name_at : "";
    for (size_t i = 0; i < l->n_seg && !l->st; i++) {
        l->seg[i].code = (uint32_t)l->n_code;
        if (!(l->seg[i].flags & (LINT_SEG_SCHEMA | LINT_SEG_PLAIN))) find_code(l, &l->seg[i]);
    }
    lint_find_vars(l);
}

lint_decl *lint_declare(tkc_linter *l, tkc_str name, size_t begin, size_t end)
{
    lint_decl *d;
    if (l->st) return NULL;
    if (!tkc_grow(l->alloc, &l->decl, &l->cap_decl, l->n_decl + 1, MAX_DECL, sizeof *l->decl)) {
        if (l->n_decl < MAX_DECL) l->st = tkc_nomem(l->err);
        return NULL;
    }
    d = &l->decl[l->n_decl];
    *d = (lint_decl){.name = {NULL, name.len}, .name_at = l->names.len, .begin = begin, .end = end};
    l->st = tkc_buf_append(&l->names, name.ptr ? name.ptr : "", name.len, l->err);
    if (l->st) return NULL;
    l->n_decl++;
    l->has_decl = true;
    return d;
}

/* --- YAML ------------------------------------------------------------------------------------------ */

bool lint_read_yaml(tkc_linter *l, size_t begin, size_t end)
{
    tkc_error e = {0};
    tkc_rd rd = {.r = &l->yaml, .doc = &l->yaml.doc, .err = &e};
    if (l->st) return false;
    l->yaml.source = (tkc_str){l->src.ptr + begin, end - begin};
    tkc_rd_yaml_to_json(&rd);
    if (!rd.st) return true;
    if (rd.st == TKC_E_NOMEM) {
        l->st = tkc_nomem(l->err);
        return false;
    }
    l->broken = true;
    lint_report(l, TKC_TC902, begin + e.offset, begin + e.offset + 1, "%s", e.message);
    return false;
}

uint32_t lint_yaml_get(const tkc_linter *l, uint32_t object, const char *key)
{
    if (object == TKC_JSON_NONE || tkc_json_kind_of(&l->yaml.doc, object) != TKC_JSON_OBJECT)
        return TKC_JSON_NONE;
    return tkc_json_get(&l->yaml.doc, object, key, NULL);
}
