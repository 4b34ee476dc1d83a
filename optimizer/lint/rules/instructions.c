/*
 * instructions.c - TC104 agent-file-too-large, TC401 duplicate-instruction, TC403 missing-brevity,
 * TC404 dangling-reference.
 */
#include "optimizer/lint/lint_impl.h"

#include "optimizer/text/sentences.h"
#include "optimizer/text/stem.h"
#include "vocab/base/error.h"

#include <stdlib.h>

/* --- TC104: ceilings, each with its source -------------------------------------------------------------- */

enum {
    SKILL_NAME = 64,          /* characters; agentskills specification, 2026-08 */
    SKILL_DESCRIPTION = 1024, /* characters; the same */
};

static size_t characters(tkc_str s)
{
    size_t n = s.len, i = 0;
    for (; s.len - i >= sizeof(uint64_t); i += sizeof(uint64_t)) { /* less those that go on: 10xxxxxx */
        uint64_t v;
        memcpy(&v, s.ptr + i, sizeof v);
        v = v >> 7 & ~v >> 6 & 0x0101010101010101;
        n -= (size_t)(v * 0x0101010101010101 >> 56);
    }
    for (; i < s.len; i++) n -= ((unsigned char)s.ptr[i] & 0xc0) == 0x80;
    return n;
}

/* "@path/file.md" at i, as Claude Code and Gemini include files: its length, or 0. */
static size_t include_at(tkc_str t, size_t i)
{
    size_t n = 1;
    if (t.ptr[i] != '@' || (i && (unsigned char)t.ptr[i - 1] > ' ')) return 0;
    while (i + n < t.len && (tkc_is_word((unsigned char)t.ptr[i + n]) || tkc_is_one_of(t.ptr[i + n], "./-~"))) n++;
    while (n > 1 && t.ptr[i + n - 1] == '.') n--;
    if (n < 4) return 0;
    if (t.ptr[i + 1] == '.' || t.ptr[i + 1] == '~' || t.ptr[i + 1] == '/') return n;
    /* @scope/package is no file */
    return memcmp(t.ptr + i + n - 3, ".md", 3) == 0 || (n > 5 && memcmp(t.ptr + i + n - 4, ".txt", 4) == 0) ? n : 0;
}

typedef struct chain {
    tkc_linter *l;
    char path[8][512]; /* the files that are being read, each once */
    size_t depth, bytes, chars;
} chain;

/* The files that a text includes, each followed to five levels. Reports for the file itself only. */
static void follow(chain *c, tkc_str t, const char *from, const lint_seg *s)
{
    enum { LEVELS = 5 };
    tkc_linter *l = c->l;
    struct level {
        tkc_buf buf;
        tkc_str text;
        size_t at, begin, end; /* begin, end: of the include in the file itself */
        char path[512];
    } level[LEVELS];
    size_t depth = 0;
    bool is_named = false;
    level[0].text = t;
    level[0].at = 0;
    (void)snprintf(level[0].path, sizeof level[0].path, "%s", from);
    for (;;) {
        struct level *v = &level[depth];
        size_t n = 0;
        bool cycle = false;
        tkc_error e = {0};
        char path[512];
        tkc_status st;
        while (v->at < v->text.len && !n) { /* next to no file has an '@' */
            const char *sign = memchr(v->text.ptr + v->at, '@', v->text.len - v->at);
            v->at = sign ? (size_t)(sign - v->text.ptr) : v->text.len;
            if (sign && !(n = include_at(v->text, v->at))) v->at++;
        }
        if (v->at >= v->text.len || l->st) {
            if (depth == 0) break;
            tkc_buf_release(&v->buf);
            depth--;
            continue;
        }
        if (depth == 0) {
            v->begin = v->at;
            v->end = v->at + n;
            if (s->n_code && lint_code_at(l, s, v->at)) {
                v->at += n;
                continue;
            }
        }
        v->at += n;
        if (depth + 1 == LEVELS) continue;
        tkc_buf_init(&level[depth + 1].buf, 1 << 24, l->alloc);
        if (!is_named) { /* how the reader spells the file itself, so that a way back to it is seen */
            const tkc_str own = lint_base_name(from);
            is_named = true;
            st = l->opt.read(l->opt.read_ctx, from, own, &level[1].buf, path, sizeof path, &e);
            if (st == TKC_E_NOMEM) l->st = tkc_nomem(l->err);
            if (!st) memcpy(level[0].path, path, sizeof path);
            tkc_buf_clear(&level[1].buf);
        }
        st = l->opt.read(l->opt.read_ctx, v->path, (tkc_str){v->text.ptr + v->at - n + 1, n - 1}, &level[depth + 1].buf, path, sizeof path, &e);
        for (size_t k = 0; !st && k <= depth; k++) cycle = cycle || strcmp(level[k].path, path) == 0;
        if (st || cycle) {
            char q[TKC_QUOTE_SIZE];
            if (st == TKC_E_NOMEM) l->st = tkc_nomem(l->err);
            if (depth == 0 && st == TKC_E_NOTFOUND)
                lint_report_in(l, TKC_TC404, s, v->begin, v->end, "the file %s is not there", tkc_quote(q, v->text.ptr + v->begin + 1, n - 1));
            if (cycle)
                lint_report_in(l, TKC_TC404, s, level[0].begin, level[0].end, "including this leads back to a file that is being read: %s",
                               tkc_quote(q, path, strlen(path)));
            tkc_buf_release(&level[depth + 1].buf);
            continue;
        }
        c->bytes += level[depth + 1].buf.len;
        c->chars += characters(tkc_buf_str(&level[depth + 1].buf));
        depth++;
        level[depth].text = tkc_buf_str(&level[depth].buf);
        level[depth].at = 0;
        memcpy(level[depth].path, path, sizeof path);
    }
}

void lint_rule_agent_files(tkc_linter *l)
{
    chain c = {.l = l};
    const lint_seg *s = l->n_seg ? &l->seg[l->n_seg - 1] : NULL;
    tkc_str base = lint_base_name(l->file->path);
    if (!s || (!lint_on(l, TKC_TC104) && !lint_on(l, TKC_TC404))) return;
    if (l->kind == TKC_LINT_SKILL && lint_on(l, TKC_TC104)) {
        const uint64_t most_tokens = l->limit[TKC_LINT_LIMIT_SKILL_TOKENS], most_lines = l->limit[TKC_LINT_LIMIT_SKILL_LINES];
        size_t lines = 1;
        uint64_t n;
        if (l->body > 4 && !l->broken) {
            uint32_t name = lint_yaml_get(l, 0, "name");
            size_t at = (size_t)(l->yaml.source.ptr - l->src.ptr);
            if (l->yaml.n_span && l->yaml.source.ptr >= l->src.ptr && at < l->src.len && name != TKC_JSON_NONE) {
                size_t b = at + l->yaml.span[name].begin, e = at + l->yaml.span[name].end;
                if (characters((tkc_str){l->src.ptr + b, e - b}) > SKILL_NAME)
                    lint_report(l, TKC_TC104, b, e, "a name of %zu characters; a skill's may have %d",
                                characters((tkc_str){l->src.ptr + b, e - b}), SKILL_NAME);
            }
        }
        for (size_t i = 0; i < l->n_seg; i++)
            if ((l->seg[i].flags & LINT_SEG_META) && characters(l->seg[i].text) > SKILL_DESCRIPTION)
                lint_report(l, TKC_TC104, l->seg[i].begin, l->seg[i].end, "a description of %zu characters; a skill's may have %d",
                            characters(l->seg[i].text), SKILL_DESCRIPTION);
        for (size_t i = 0; i < s->text.len; i++) lines += s->text.ptr[i] == '\n';
        n = s->text.len > most_tokens ? lint_count(l, s->text) : 0;
        if (n > most_tokens)
            lint_report(l, TKC_TC104, s->begin, s->begin + (s->begin < l->src.len), "a body of %llu tokens; below %llu is advised for a skill",
                        (unsigned long long)n, (unsigned long long)most_tokens);
        else if (lines > most_lines)
            lint_report(l, TKC_TC104, s->begin, s->begin + (s->begin < l->src.len), "a body of %zu lines; below %llu is advised for a skill", lines,
                        (unsigned long long)most_lines);
        return;
    }
    if (l->kind != TKC_LINT_AGENT) return;
    c.bytes = l->src.len;
    c.chars = characters(l->src);
    if (l->opt.read && (lint_begins(base, 0, "CLAUDE") || lint_begins(base, 0, "GEMINI") || lint_begins(base, 0, "AGENTS")))
        follow(&c, s->text, l->file->path, s);
    if (lint_begins(base, 0, "AGENTS") ? c.bytes > l->limit[TKC_LINT_LIMIT_CHAIN_BYTES] : c.chars > l->limit[TKC_LINT_LIMIT_CHARACTERS]) {
        size_t at = l->body < l->src.len ? l->body : 0;
        if (lint_begins(base, 0, "AGENTS"))
            lint_report(l, TKC_TC104, at, at + 1, "%zu bytes with its includes; Codex reads %llu of a chain of AGENTS.md", c.bytes,
                        (unsigned long long)l->limit[TKC_LINT_LIMIT_CHAIN_BYTES]);
        else
            lint_report(l, TKC_TC104, at, at + 1, "%zu characters with its includes; above %llu tools warn or cut", c.chars,
                        (unsigned long long)l->limit[TKC_LINT_LIMIT_CHARACTERS]);
    }
}

/* --- TC401 --------------------------------------------------------------------------------------------------- */

enum { MAX_SENTENCES = 4000, MAX_SET = 48, POSTINGS = 16, MAX_TRIED = 64, MIN_TABLE = 1 << 7, MAX_TABLE = 1 << 15 };

#define NO_HEADING UINT32_MAX

typedef struct sentence {
    uint32_t seg, begin, end, first, n; /* terms: l->terms_set[first .. first + n), sorted */
    uint32_t request;
    uint32_t heading; /* where the heading above it begins; NO_HEADING */
    uint32_t tried; /* the last sentence that was compared with it */
    uint64_t bits;  /* one for each term of the rough set */
    bool negative, order;
} sentence;

typedef struct posting {
    uint32_t term, used;
    uint32_t file; /* l->n_file of its file: of another one it is empty */
    uint32_t list[POSTINGS];
} posting;

/* Both in byte order. */
static const char *const negations[] = {
    "avoid", "can't", "cannot", "don't", "dont", "except", "exclude", "forbid", "forbidden", "mustn't", "neither",
    "never", "no", "nor", "not", "prohibit", "prohibited", "refrain", "shouldn't", "unless", "without"};
static const char *const orders[] = {
    "add", "always", "answer", "apply", "ask", "avoid", "be", "begin", "call", "catch", "check", "cite", "commit",
    "create", "define", "delete", "do", "document", "don't", "end", "ensure", "explain", "export", "extract",
    "finish", "follow", "format", "give", "group", "handle", "implement", "import", "include", "install", "keep",
    "limit", "list", "log", "maintain", "make", "mention", "move", "must", "name", "never", "output", "place",
    "prefer", "provide", "push", "put", "read", "refrain", "remove", "rename", "replace", "report", "respect",
    "respond", "return", "review", "run", "say", "set", "shall", "should", "show", "split", "start", "state", "tell",
    "test", "throw", "treat", "update", "use", "validate", "verify", "wrap", "write"};

static int by_word(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

static bool is_in(const char *word, const char *const *list, size_t n)
{
    return bsearch(word, list, n, sizeof *list, by_word) != NULL;
}

/* Sorts and takes out what is there twice; sets are of ten or so, and of MAX_SET at most. */
static uint32_t make_set(uint32_t *set, size_t n)
{
    uint32_t m = 0;
    for (size_t i = 1; i < n; i++) {
        const uint32_t v = set[i];
        size_t k = i;
        for (; k > 0 && set[k - 1] > v; k--) set[k] = set[k - 1];
        set[k] = v;
    }
    for (size_t i = 0; i < n; i++)
        if (!m || set[m - 1] != set[i]) set[m++] = set[i];
    return m;
}

static tkc_str strip_bullet(tkc_str s)
{
    while (s.len && ((unsigned char)s.ptr[0] <= ' ' || tkc_is_one_of(s.ptr[0], "-*+>#.)") || tkc_is_digit((unsigned char)s.ptr[0]))) {
        s.ptr++;
        s.len--;
    }
    return s;
}

static void set_of(tkc_linter *l, tkc_str text, sentence *out, uint32_t *set)
{
    tkc_str first = strip_bullet(text);
    size_t n = 0;
    l->term_list.n = 0;
    if (tkc_terms_read(l->terms, text, &l->term_list, l->err)) {
        l->st = TKC_E_NOMEM;
        return;
    }
    for (size_t i = 0; i < l->term_list.n; i++) {
        const tkc_term *t = &l->term_list.term[i];
        char word[24];
        size_t len = t->end - t->begin;
        if (len < sizeof word) {
            for (size_t k = 0; k < len; k++) word[k] = tkc_ascii_lower(text.ptr[t->begin + k]);
            word[len] = '\0';
            if (is_in(word, negations, sizeof negations / sizeof *negations)) out->negative = !out->negative;
            if (t->begin <= (size_t)(first.ptr - text.ptr) + 1 || lint_in_list((tkc_str){word, len}, "must should always never ensure"))
                out->order = out->order || is_in(word, orders, sizeof orders / sizeof *orders);
        }
        if (!t->is_stop && n < MAX_SET) set[n++] = t->id;
    }
    out->n = make_set(set, n);
}

static size_t shared(const uint32_t *a, size_t n, const uint32_t *b, size_t m)
{
    size_t i = 0, j = 0, c = 0;
    while (i < n && j < m) {
        if (a[i] == b[j]) {
            c++;
            i++;
            j++;
        } else if (a[i] < b[j]) {
            i++;
        } else {
            j++;
        }
    }
    return c;
}

/* Numbers are terms too, so that "3 lines" and "5 lines" differ; both must have the same ones. */
static bool same_numbers(tkc_str a, tkc_str b)
{
    size_t i = 0, j = 0;
    for (;;) {
        while (i < a.len && !tkc_is_digit((unsigned char)a.ptr[i])) i++;
        while (j < b.len && !tkc_is_digit((unsigned char)b.ptr[j])) j++;
        if (i >= a.len || j >= b.len) return i >= a.len && j >= b.len;
        while (i < a.len && j < b.len && tkc_is_digit((unsigned char)a.ptr[i]) && a.ptr[i] == b.ptr[j]) {
            i++;
            j++;
        }
        if ((i < a.len && tkc_is_digit((unsigned char)a.ptr[i])) || (j < b.len && tkc_is_digit((unsigned char)b.ptr[j]))) return false;
    }
}

static bool instructs(const tkc_linter *l, const lint_seg *s)
{
    (void)l;
    return !(s->flags & (LINT_SEG_DATA | LINT_SEG_SCHEMA | LINT_SEG_META | LINT_SEG_AGAIN)) && s->role != TKC_ROLE_ASSISTANT &&
           s->role != TKC_ROLE_TOOL;
}

/* The first five letters of each longer word, hashed: a cheap stand-in for stems. It finds the
 * candidates, which are then compared by their stems: stemming every sentence took six times as
 * long as all other rules together. */
static void rough_set(tkc_str t, sentence *out, uint32_t *set)
{
    static const uint64_t the = 0x656874, and = 0x646e61, for_ = 0x726f66; /* with their first byte lowest */
    size_t n = 0;
    for (size_t i = 0; i < t.len && n < MAX_SET;) {
        const size_t b = lint_seek(t, i, LINT_C_WORD), e = lint_skip(t, b, LINT_C_WORD);
        uint64_t key;
        bool is_term;
        i = e;
        if (b == e) break;
        key = lint_word_key(t, b, e - b > 5 ? b + 5 : e);
        is_term = e - b >= 3 ? (key != the) & (key != and) & (key != for_) : tkc_is_digit((unsigned char)t.ptr[b]);
        set[n] = (uint32_t)(key * 0x9e3779b97f4a7c15u >> 32);
        n += is_term;
    }
    out->n = make_set(set, n);
    for (uint32_t k = 0; k < out->n; k++) out->bits |= (uint64_t)1 << (set[k] & 63);
}

/* More than this two sets cannot share: a bit that only one of them has is a term that only it has. */
static size_t most_shared(const sentence *a, const sentence *b)
{
    const size_t x = a->n - (size_t)__builtin_popcountll(a->bits & ~b->bits);
    const size_t y = b->n - (size_t)__builtin_popcountll(b->bits & ~a->bits);
    return x < y ? x : y;
}

static tkc_str text_of(const tkc_linter *l, const sentence *s)
{
    return (tkc_str){l->seg[s->seg].text.ptr + s->begin, s->end - s->begin};
}

/* Word for word, whatever case and marks, and at least three of them. */
static bool same_words(tkc_str a, tkc_str b)
{
    size_t i = 0, j = 0, n = 0;
    for (;; n++) {
        const size_t x = lint_seek(a, i, LINT_C_WORD), y = lint_seek(b, j, LINT_C_WORD);
        i = lint_skip(a, x, LINT_C_WORD);
        j = lint_skip(b, y, LINT_C_WORD);
        if (i - x != j - y) return false;
        if (i == x) return n >= 3;
        for (size_t k = 0; k < i - x; k++)
            if (tkc_ascii_lower(a.ptr[x + k]) != tkc_ascii_lower(b.ptr[y + k])) return false;
    }
}

/* The next span of code, `like this`, from *at on; false: there is none. */
static bool next_code(tkc_str t, size_t *at, tkc_str *code)
{
    const char *open = memchr(t.ptr + *at, '`', t.len - *at), *close;
    if (!open) return false;
    open++;
    close = memchr(open, '`', (size_t)(t.ptr + t.len - open));
    if (!close) return false;
    *code = (tkc_str){open, (size_t)(close - open)};
    *at = (size_t)(close + 1 - t.ptr);
    return true;
}

/* `--from N` and `--to N` differ in nothing but a word that counts for little in prose. A sentence without
 * any code may say the same in words. */
static bool same_code(tkc_str a, tkc_str b)
{
    size_t i = 0, j = 0;
    tkc_str x, y;
    bool more_a = next_code(a, &i, &x), more_b = next_code(b, &j, &y);
    if (!more_a || !more_b) return true;
    for (; more_a && more_b; more_a = next_code(a, &i, &x), more_b = next_code(b, &j, &y))
        if (x.len != y.len || memcmp(x.ptr, y.ptr, x.len) != 0) return false;
    return more_a == more_b;
}

/* The same instruction, by stems, polarity, numbers and code? Short ones only word for word: two of three words
 * are soon the same. */
static bool is_same(tkc_linter *l, sentence *a, sentence *b)
{
    uint32_t x[MAX_SET], y[MAX_SET];
    sentence sa = *a, sb = *b;
    if (!same_numbers(text_of(l, a), text_of(l, b)) || !same_code(text_of(l, a), text_of(l, b))) return false;
    sa.n = sb.n = 0;
    sa.negative = sb.negative = sa.order = sb.order = false;
    set_of(l, text_of(l, a), &sa, x);
    if (!l->st) set_of(l, text_of(l, b), &sb, y);
    if (l->st || sa.negative != sb.negative || (!sa.order && !sb.order)) return false;
    if (sa.n < l->limit[TKC_LINT_LIMIT_WORDS]) return same_words(text_of(l, a), text_of(l, b));
    return sa.n == sb.n && shared(x, sa.n, y, sb.n) == sa.n;
}

/* The nearest line above that is indented less than the one at `at`: what a nested item belongs to. */
static tkc_str parent_of(tkc_str t, size_t at)
{
    enum { FAR = 100 }; /* lines */
    size_t line = lint_line_begin(t, at), indent = lint_skip(t, line, LINT_C_BLANK) - line;
    for (int n = 0; n < FAR && line > 0 && indent; n++) {
        const size_t end = line - 1;
        size_t first;
        line = lint_line_begin(t, end);
        first = lint_skip((tkc_str){t.ptr, end}, line, LINT_C_BLANK);
        if (first < end && first - line < indent) return lint_trim((tkc_str){t.ptr + line, end - line});
    }
    return (tkc_str){t.ptr, 0};
}

/* What stands in front of a list item's text: a box to tick, and a label in bold letters. */
typedef struct item_head {
    bool box;
    tkc_str label; /* empty: none, or the sentence at `at` is in it */
} item_head;

static item_head head_of(tkc_str t, size_t at)
{
    item_head h = {false, {t.ptr, 0}};
    const size_t end = lint_line_end(t, at);
    size_t i = lint_skip((tkc_str){t.ptr, end}, lint_line_begin(t, at), LINT_C_BLANK);
    if (i + 1 < end && tkc_is_one_of(t.ptr[i], "-*+") && t.ptr[i + 1] == ' ') i += 2;
    if (i + 2 < end && t.ptr[i] == '[' && t.ptr[i + 2] == ']') {
        h.box = true;
        i = lint_skip((tkc_str){t.ptr, end}, i + 3, LINT_C_BLANK);
    }
    if (i + 2 < end && t.ptr[i] == '*' && t.ptr[i + 1] == '*') {
        size_t close = i + 2;
        while (close < at && t.ptr[close] != '*') close++;
        if (close < at) h.label = (tkc_str){t.ptr + i + 2, close - i - 2};
    }
    return h;
}

/* Nested below different items or behind different labels; or what is to be done, and the box to tick
 * when it is. */
static bool of_another_item(tkc_str ta, size_t a, tkc_str tb, size_t b)
{
    const tkc_str pa = parent_of(ta, a), pb = parent_of(tb, b);
    const item_head ha = head_of(ta, a), hb = head_of(tb, b);
    if (pa.len && pb.len && (pa.len != pb.len || memcmp(pa.ptr, pb.ptr, pa.len) != 0)) return true;
    if (ha.box != hb.box) return true;
    return ha.label.len && hb.label.len &&
           (ha.label.len != hb.label.len || memcmp(ha.label.ptr, hb.label.ptr, ha.label.len) != 0);
}

/* The same words said of different things: as list items, or below headings that tell kinds of one thing
 * apart ("Edge functions", "Serverless functions"). */
static bool is_of_another(tkc_linter *l, const sentence *a, const sentence *b)
{
    uint32_t x[MAX_SET], y[MAX_SET];
    sentence sa = {0}, sb = {0};
    const tkc_str ta = l->seg[a->seg].text, tb = l->seg[b->seg].text;
    size_t c;
    if (of_another_item(ta, a->begin, tb, b->begin)) return true;
    if (a->heading == NO_HEADING || b->heading == NO_HEADING) return false;
    set_of(l, (tkc_str){ta.ptr + a->heading, lint_line_end(ta, a->heading) - a->heading}, &sa, x);
    if (!l->st) set_of(l, (tkc_str){tb.ptr + b->heading, lint_line_end(tb, b->heading) - b->heading}, &sb, y);
    c = l->st ? 0 : shared(x, sa.n, y, sb.n);
    return c && (c < sa.n || c < sb.n);
}

static void compare(tkc_linter *l, sentence *all, const uint32_t *sets, size_t n, posting *table, size_t n_table)
{
    sentence *s = &all[n];
    const uint32_t *set = sets + s->first;
    size_t best = SIZE_MAX, best_shared = 0;
    size_t n_tried = 0;
    /* sets are sorted: two that share 60 % share one of their first 40 % (and one more) */
    const size_t prefix = s->n - (s->n * 6 + 9) / 10 + 1;
    for (size_t i = 0; i < prefix && i < s->n; i++) {
        uint32_t at = set[i] * 2654435761u & (uint32_t)(n_table - 1);
        posting *p;
        for (unsigned k = 0; k < 16 && table[at].file == l->n_file && table[at].term != set[i]; k++) at = (at + 1) & (uint32_t)(n_table - 1);
        p = &table[at];
        if (p->file == l->n_file && p->term != set[i]) continue;
        if (p->file != l->n_file) { /* the list is written before it is read */
            p->term = set[i];
            p->file = l->n_file;
            p->used = 0;
        }
        for (size_t k = 0; k < p->used && k < POSTINGS; k++) {
            uint32_t o = p->list[k];
            const size_t both = s->n + all[o].n;
            size_t c;
            if (all[o].tried == n || n_tried == MAX_TRIED || all[o].request != s->request) continue;
            all[o].tried = (uint32_t)n;
            n_tried++;
            c = most_shared(s, &all[o]);
            if (c * 100 < (both - c) * 60 || c <= best_shared) continue;
            c = shared(set, s->n, sets + all[o].first, all[o].n);
            if (c * 100 >= (both - c) * 60 && c > best_shared && is_same(l, &all[o], s) && !is_of_another(l, &all[o], s)) {
                best = o;
                best_shared = c;
            }
        }
        p->list[p->used++ % POSTINGS] = (uint32_t)n;
        if (p->used >= 2 * POSTINGS) p->used = POSTINGS;
    }
    if (best == SIZE_MAX) return;
    {
        const lint_seg *seg = &l->seg[s->seg];
        tkc_lint_place p = tkc_lint_place_of(l->src, lint_src(l, &l->seg[all[best].seg], all[best].begin));
        uint64_t tokens = lint_count(l, text_of(l, s));
        size_t end = s->end, begin = s->begin;
        lint_finding *f;
        size_t lb = lint_line_begin(seg->text, begin), le = lint_line_end(seg->text, end);
        bool line = !lint_trim((tkc_str){seg->text.ptr + lb, begin - lb}).len && !lint_trim((tkc_str){seg->text.ptr + end, le - end}).len;
        if (line) {
            begin = lb;
            end = le < seg->text.len ? le + 1 : le;
        }
        f = lint_report_in(l, TKC_TC401, seg, begin, end, "says the same as %u:%u (%llu token%s)", p.line, p.column,
                           (unsigned long long)tokens, TKC_PLURAL(tokens));
        if (!f) return;
        f->saved = tokens;
        lint_edit_in(l, f, seg, begin, end, (tkc_str){"", 0}, TKC_FIX_UNSAFE);
    }
}

/* "Run this command:" is about what follows it, and a sentence inside a quotation that began before it is
 * part of what is quoted. Neither is an instruction of its own. */
static bool stands_alone(tkc_str t, size_t begin, size_t end)
{
    size_t quotes = 0;
    while (end > begin && tkc_is_one_of(t.ptr[end - 1], " \t\r\n*_")) end--;
    if (end > begin && t.ptr[end - 1] == ':') return false;
    for (size_t i = lint_line_begin(t, begin); i < begin; i++) quotes += t.ptr[i] == '"';
    return quotes % 2 == 0;
}

static void duplicate_instructions(tkc_linter *l)
{
    sentence *all = lint_mem(l, 8, MAX_SENTENCES, sizeof *all);
    uint32_t *sets = all ? lint_mem(l, 9, (size_t)MAX_SENTENCES * 12 + MAX_SET, sizeof *sets) : NULL;
    posting *table;
    size_t n = 0, used = 0, total = 0, n_table;
    for (size_t i = 0; i < l->n_seg; i++) total += l->seg[i].text.len;
    n_table = lint_table_size(total / 8, MIN_TABLE, MAX_TABLE); /* a sentence has five terms in it */
    table = sets ? lint_mem(l, 10, n_table, sizeof *table) : NULL;
    if (!table) return;
    for (size_t i = 0; i < l->n_seg && !l->st; i++) {
        tkc_sentences walk = tkc_sentences_of(l->seg[i].text);
        tkc_sentence one;
        uint32_t heading = NO_HEADING;
        if (!instructs(l, &l->seg[i])) continue;
        while (!l->st && n < MAX_SENTENCES && used < (size_t)MAX_SENTENCES * 12 && tkc_sentence_next(&walk, &one)) {
            if (one.kind == TKC_SENTENCE_HEADING) heading = (uint32_t)one.begin;
            if (one.kind != TKC_SENTENCE_PROSE && one.kind != TKC_SENTENCE_ITEM) continue;
            if (one.end - one.begin < 12 || one.end - one.begin > 600) continue;
            if (l->seg[i].n_code && lint_code_at(l, &l->seg[i], one.begin) && lint_code_at(l, &l->seg[i], one.begin)->is_fence) continue;
            if (!stands_alone(l->seg[i].text, one.begin, one.end)) continue;
            all[n] = (sentence){.seg = (uint32_t)i, .begin = (uint32_t)one.begin, .end = (uint32_t)one.end, .first = (uint32_t)used,
                                .request = l->seg[i].request, .heading = heading};
            rough_set(text_of(l, &all[n]), &all[n], sets + used);
            if (all[n].n < 2) continue;
            compare(l, all, sets, n, table, n_table);
            used += all[n].n;
            n++;
        }
    }
}

/* --- TC403 ----------------------------------------------------------------------------------------------------- */

static const char *const brevity[] = {
    "word", "sentence", "paragraph", "token", "character", "concise", "brief", "short", "one line", "single line", "succinct", "terse",
    "only the", "only with", "just the", "json", "csv", "yaml", "xml", "yes or no", "true or false", "bullet", "format", "at most",
    "no more than", "limit", "maximum", "exactly one", "schema", "do not explain", "don't explain", "no explanation", "without explanation",
    "nothing else", "list of", "summar", "a number", "number from", "label", "one of", "classif", "step"};

static void missing_brevity(tkc_linter *l)
{
    bool any = false;
    const lint_seg *first = NULL;
    if (!lint_on(l, TKC_TC403) || !l->whole || l->has_limit || l->kind == TKC_LINT_JSONL || !l->n_seg) return;
    for (size_t i = 0; i < l->n_seg; i++) {
        const lint_seg *s = &l->seg[i];
        if (s->flags & LINT_SEG_SCHEMA) any = true; /* a schema is a format */
        if (s->role == TKC_ROLE_ASSISTANT || s->flags & LINT_SEG_DATA) continue;
        if (!first) first = s;
        for (size_t k = 0; k < sizeof brevity / sizeof *brevity && !any; k++)
            for (size_t at = 0; at < s->text.len && !any; at++)
                any = tkc_ascii_lower(s->text.ptr[at]) == brevity[k][0] && lint_begins_nocase(s->text, at, brevity[k]);
    }
    if (any || !first) return;
    lint_report_in(l, TKC_TC403, first, 0, first->text.len < 1 ? 0 : 1, "nothing says how long the answer may be: no length, no format, no limit");
}

/* --- TC404 ----------------------------------------------------------------------------------------------------- */

typedef struct reference {
    const char *text;
    bool below; /* what is meant stands behind it */
} reference;
static const reference references[] = {
    {"example below", true},         {"examples below", true},    {"following example", true},
    {"example above", false},        {"examples above", false},   {"above example", false},
    {"as shown above", false},              {"as described above", false},      {"as mentioned above", false},
    {"as shown below", true},               {"as described below", true},       {"schema below", true},
    {"following schema", true},             {"following json schema", true},    {"schema above", false},
    {"template below", true},               {"following template", true},       {"table below", true},
    {"table above", false},                 {"following format", true},         {"format below", true},
    {"following rules", true},              {"rules below", true},              {"rules above", false},
    {"instructions below", true},           {"instructions above", false},      {"guidelines below", true},
    {"following guidelines", true},         {"document below", true},           {"text below", true},
    {"following text", true},               {"following document", true},       {"context above", false},
    {"context below", true},                {"following context", true}};

/* Words (letters) of a text. */
static size_t letters(tkc_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len && n < 100; i++) n += tkc_is_word((unsigned char)s.ptr[i]);
    return n;
}

static void dangling(tkc_linter *l)
{
    static const char *const words[] = {"above", "below", "following"};
    lint_heads *heads;
    if (!lint_on(l, TKC_TC404)) return;
    heads = lint_mem(l, 16, 1, sizeof *heads);
    if (!heads) return;
    for (size_t k = 0; k < 3 && !heads->is_made; k++) lint_heads_add(heads, words[k]);
    heads->is_made = 1;
    for (size_t i = 0; i < l->n_seg && !l->st; i++) {
        const lint_seg *s = &l->seg[i];
        tkc_str t = s->text;
        if (!instructs(l, s) || t.len < 12) continue;
        for (size_t word = lint_heads_next(heads, t, 0); word < t.len && !l->st; word = lint_heads_next(heads, t, word + 1)) {
            const char *w = NULL;
            if (word && tkc_is_word((unsigned char)t.ptr[word - 1])) continue;
            for (size_t k = 0; k < 3 && !w; k++)
                if (lint_begins_nocase(t, word, words[k])) w = words[k];
            for (size_t k = 0; w && k < sizeof references / sizeof *references; k++) {
                const reference *r = &references[k];
                size_t n = strlen(r->text), from, to, at;
                const char *in = strstr(r->text, w);
                tkc_str rest;
                if (!in || (size_t)(in - r->text) > word) continue;
                at = word - (size_t)(in - r->text);
                if (!lint_begins_nocase(t, at, r->text) || (at && tkc_is_word((unsigned char)t.ptr[at - 1])) ||
                    (at + n < t.len && tkc_is_word((unsigned char)t.ptr[at + n]) && t.ptr[at + n] != 's'))
                    continue;
                if (s->n_code && lint_code_at(l, s, at)) break;
                /* what stands on that side: of this text, then of the other texts of the request */
                from = r->below ? at + n : 0;
                to = r->below ? t.len : at;
                if (r->below) /* behind the sentence that says so; in front of it */
                    while (from < to && !tkc_is_one_of(t.ptr[from], ".:!?\n")) from++;
                else
                    while (to > from && !tkc_is_one_of(t.ptr[to - 1], ".:!?\n")) to--;
                rest = (tkc_str){t.ptr + from, to - from};
                if (letters(rest) > 0 || lint_find(rest, 0, "{{") != SIZE_MAX) break; /* something is there */
                {
                    bool there = false;
                    for (size_t j = 0; j < l->n_seg; j++)
                        if (j != i && l->seg[j].request == s->request && !(l->seg[j].flags & LINT_SEG_META) && (r->below ? j > i : j < i) &&
                            letters(l->seg[j].text) > 4)
                            there = true;
                    if (there) break;
                }
                {
                    char q[TKC_QUOTE_SIZE];
                    lint_report_in(l, TKC_TC404, s, at, at + n, "%s: nothing stands %s it", tkc_quote(q, t.ptr + at, n), r->below ? "behind" : "in front of");
                }
                break;
            }
        }
    }
}

void lint_rule_instructions(tkc_linter *l)
{
    if (lint_on(l, TKC_TC401) || lint_on(l, TKC_TC402)) {
        if (!l->terms) l->st = tkc_terms_new(&l->terms, "english", 1, l->alloc, l->err);
    }
    if (lint_on(l, TKC_TC401)) duplicate_instructions(l);
    missing_brevity(l);
    dangling(l);
}
