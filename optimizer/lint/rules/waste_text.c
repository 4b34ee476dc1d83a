/*
 * waste_text.c - TC305 whitespace-waste, TC307 markup-noise, TC309 non-nfc-text: characters that
 * cost tokens and say nothing. What is saved is measured over the whole text.
 */
#include "optimizer/lint/lint_impl.h"

#include "tokenizer/normalize/unicode.h"

enum { MAX_EDITS = 4096 };

typedef struct span {
    uint32_t begin, end;
    uint32_t with; /* offset in l->scratch */
    uint32_t len;
} span;

/* The text with the spans replaced (by bytes of l->scratch), into l->scratch2; what it saves. */
static uint64_t saving(tkc_linter *l, tkc_str t, const span *e, size_t n)
{
    uint64_t before, after;
    size_t at = 0;
    if (!n || l->st || !l->opt.encoder) return 0;
    tkc_buf_clear(&l->scratch2);
    l->st = tkc_buf_reserve(&l->scratch2, t.len + l->scratch.len, l->err);
    for (size_t i = 0; i < n && !l->st; i++) {
        l->st = tkc_buf_append(&l->scratch2, t.ptr + at, e[i].begin - at, l->err);
        if (!l->st) l->st = tkc_buf_append(&l->scratch2, l->scratch.ptr ? l->scratch.ptr + e[i].with : "", e[i].len, l->err);
        at = e[i].end;
    }
    if (!l->st) l->st = tkc_buf_append(&l->scratch2, t.ptr + at, t.len - at, l->err);
    before = lint_count(l, t);
    after = lint_count(l, tkc_buf_str(&l->scratch2));
    return before > after ? before - after : 0;
}

static void report(tkc_linter *l, tkc_rule_id rule, const lint_seg *s, const span *e, size_t n, const char *what)
{
    uint64_t saved = saving(l, s->text, e, n);
    lint_finding *f;
    if (!saved) return;
    f = lint_report_in(l, rule, s, e[0].begin, e[n - 1].end, "%zu place%s with %s: %llu token%s", n, TKC_PLURAL(n), what,
                       (unsigned long long)saved, TKC_PLURAL(saved));
    if (!f) return;
    f->saved = saved;
    for (size_t i = 0; i < n; i++)
        if (!lint_edit_in(l, f, s, e[i].begin, e[i].end, (tkc_str){l->scratch.ptr ? l->scratch.ptr + e[i].with : "", e[i].len},
                          TKC_FIX_SAFE))
            return;
}

static bool is_code(const tkc_linter *l, const lint_seg *s, size_t at)
{
    return s->n_code && lint_code_at(l, s, at);
}

/* --- blanks ----------------------------------------------------------------------------------------- */

static void whitespace(tkc_linter *l, const lint_seg *s)
{
    tkc_str t = s->text;
    span *e = lint_mem(l, 0, MAX_EDITS, sizeof *e);
    size_t n = 0;
    const bool markdown = !(s->flags & (LINT_SEG_DATA | LINT_SEG_PLAIN)) && l->kind != TKC_LINT_TEXT;
    if (!e) return;
    tkc_buf_clear(&l->scratch);
    for (size_t at = 0; at < t.len && n < MAX_EDITS;) {
        size_t end = lint_line_end(t, at), last = end, blank;
        if (last > at && t.ptr[last - 1] == '\r') last--;
        blank = last;
        while (blank > at && (t.ptr[blank - 1] == ' ' || t.ptr[blank - 1] == '\t')) blank--;
        /* two blanks behind a word are Markdown's line break */
        if (blank < last && !(markdown && blank > at && last - blank == 2 && t.ptr[blank] == ' ') && !is_code(l, s, at))
            e[n++] = (span){(uint32_t)blank, (uint32_t)last, 0, 0};
        if (blank == at && end < t.len && n < MAX_EDITS) { /* empty lines: one stays */
            size_t next = end + 1, stop = next;
            while (stop < t.len) {
                size_t k = stop;
                while (k < t.len && (t.ptr[k] == ' ' || t.ptr[k] == '\t' || t.ptr[k] == '\r')) k++;
                if (k >= t.len || t.ptr[k] != '\n') break;
                stop = k + 1;
            }
            if (stop > next && !is_code(l, s, at)) {
                e[n++] = (span){(uint32_t)next, (uint32_t)stop, 0, 0};
                at = stop;
                continue;
            }
        }
        at = end + 1;
    }
    if (n) report(l, TKC_TC305, s, e, n, "blanks at line ends or runs of empty lines");
}

/* --- markup -------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *text;
} entities[] = {{"lt", "<"},          {"gt", ">"},           {"amp", "&"},          {"quot", "\""},
                {"apos", "'"},        {"#39", "'"},          {"#x27", "'"},         {"#34", "\""},
                {"nbsp", " "},        {"ndash", "\xe2\x80\x93"}, {"mdash", "\xe2\x80\x94"}, {"hellip", "\xe2\x80\xa6"},
                {"lsquo", "\xe2\x80\x98"}, {"rsquo", "\xe2\x80\x99"}, {"ldquo", "\xe2\x80\x9c"}, {"rdquo", "\xe2\x80\x9d"},
                {"copy", "\xc2\xa9"}, {"reg", "\xc2\xae"},   {"trade", "\xe2\x84\xa2"}, {"deg", "\xc2\xb0"},
                {"euro", "\xe2\x82\xac"}, {"times", "\xc3\x97"}, {"eacute", "\xc3\xa9"}, {"uuml", "\xc3\xbc"},
                {"ouml", "\xc3\xb6"}, {"auml", "\xc3\xa4"},  {"szlig", "\xc3\x9f"}, {"bull", "\xe2\x80\xa2"},
                {"#8217", "\xe2\x80\x99"}, {"#8220", "\xe2\x80\x9c"}, {"#8221", "\xe2\x80\x9d"}, {"#160", " "}};

static size_t entity(tkc_str t, size_t at, const char **text)
{
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        size_t n = strlen(entities[i].name);
        if (lint_begins(t, at + 1, entities[i].name) && at + 1 + n < t.len && t.ptr[at + 1 + n] == ';') {
            *text = entities[i].text;
            return n + 2;
        }
    }
    return 0;
}

/* A line with tags is markup, in which entities are needed. */
static bool has_tag(tkc_str t, size_t at)
{
    size_t b = lint_line_begin(t, at), e = lint_line_end(t, at);
    for (size_t i = b; i + 1 < e; i++)
        if (t.ptr[i] == '<' && (tkc_is_alpha((unsigned char)t.ptr[i + 1]) || t.ptr[i + 1] == '/' || t.ptr[i + 1] == '!')) return true;
    return false;
}

static size_t ansi(tkc_str t, size_t at)
{
    size_t i = at + 2;
    if (at + 2 >= t.len || t.ptr[at + 1] != '[') return 0;
    while (i < t.len && i - at < 32 && (tkc_is_digit((unsigned char)t.ptr[i]) || tkc_is_one_of(t.ptr[i], ";?:"))) i++;
    return i < t.len && tkc_is_alpha((unsigned char)t.ptr[i]) ? i + 1 - at : 0;
}

static void markup(tkc_linter *l, const lint_seg *s)
{
    tkc_str t = s->text;
    span *e;
    size_t n = 0;
    if (!memchr(t.ptr, '&', t.len) && !memchr(t.ptr, 0x1b, t.len)) return;
    e = lint_mem(l, 0, MAX_EDITS, sizeof *e);
    if (!e) return;
    tkc_buf_clear(&l->scratch);
    for (size_t i = 0; i < t.len && n < MAX_EDITS && !l->st; i++) {
        const char *text = "";
        size_t len = 0;
        if (t.ptr[i] == 0x1b) {
            len = ansi(t, i);
        } else if (t.ptr[i] == '&') {
            len = entity(t, i, &text);
            if (len && (is_code(l, s, i) || has_tag(t, i))) len = 0;
            /* what would become a tag stays as it is */
            if (len && text[0] == '<' && i + len < t.len &&
                (tkc_is_alpha((unsigned char)t.ptr[i + len]) || tkc_is_one_of(t.ptr[i + len], "/!?")))
                len = 0;
            /* "&amp;lt;" decodes once only */
            if (len && text[0] == '&' && i + len < t.len && (tkc_is_alpha((unsigned char)t.ptr[i + len]) || t.ptr[i + len] == '#')) len = 0;
        }
        if (!len) continue;
        e[n++] = (span){(uint32_t)i, (uint32_t)(i + len), (uint32_t)l->scratch.len, (uint32_t)strlen(text)};
        l->st = tkc_buf_append(&l->scratch, text, strlen(text), l->err);
        i += len - 1;
    }
    if (n) report(l, TKC_TC307, s, e, n, "colour codes or HTML entities");
}

/* --- NFC -------------------------------------------------------------------------------------------------- */

static void not_nfc(tkc_linter *l, const lint_seg *s)
{
    tkc_str t = s->text;
    tkc_norm_scratch scratch = {.alloc = l->alloc};
    span *e;
    size_t n = 0, at = 0, begin, end;
    if (tkc_ascii_run((const unsigned char *)t.ptr, t.len) == t.len || tkc_utf8_valid(t.ptr, t.len) != t.len) return;
    e = lint_mem(l, 0, MAX_EDITS, sizeof *e);
    if (!e) return;
    tkc_buf_clear(&l->scratch);
    while (n < MAX_EDITS && !l->st && tkc_form_next(TKC_NFC, t, at, &begin, &end)) {
        tkc_str out;
        l->st = tkc_form_apply(TKC_NFC, (tkc_str){t.ptr + begin, end - begin}, &scratch, &out, l->err);
        if (!l->st && (out.len != end - begin || memcmp(out.ptr, t.ptr + begin, out.len) != 0)) {
            e[n++] = (span){(uint32_t)begin, (uint32_t)end, (uint32_t)l->scratch.len, (uint32_t)out.len};
            l->st = tkc_buf_append(&l->scratch, out.ptr, out.len, l->err);
        }
        at = end;
    }
    tkc_norm_scratch_release(&scratch);
    if (n && !l->st) report(l, TKC_TC309, s, e, n, "letters whose accents stand apart");
}

void lint_rule_waste_text(tkc_linter *l)
{
    if (!l->opt.encoder) return;
    for (size_t i = 0; i < l->n_seg && !l->st; i++) {
        const lint_seg *s = &l->seg[i];
        if (s->flags & (LINT_SEG_SCHEMA | LINT_SEG_AGAIN) || !s->text.len) continue;
        if (lint_on(l, TKC_TC305)) whitespace(l, s);
        if (lint_on(l, TKC_TC307)) markup(l, s);
        if (lint_on(l, TKC_TC309)) not_nfc(l, s);
    }
}
