/*
 * test_lint.c - the linter: each rule on its cases (tests/data/lint/TCxxx.jsonl), places, fixes,
 * suppressions, and every allocation failing once.
 *
 * A line of a case file is {"bad": text} (the rule must speak) or {"ok": text} (it must not), with
 * the numbers of rule_limits.def by their keys,
 * "path" (else the example's), "at" ("line:column" of its first finding), "n" (how many), "fixed"
 * (what all its fixes make of it), "budget", "baseline", "window", "fill" (how often a sentence stands for %FILL%). Fixes of every case are made:
 * the result is stable and no byte outside the findings has changed.
 */
#include "optimizer/lint/lint.h"

#include "tests/support/fail_alloc.h"
#include "vocab/base/json.h"
#include "vocab/base/map_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifndef LINT_CASES
#define LINT_CASES "tests/data/lint"
#endif

static tkc_vocab *vocab;
static tkc_encoder *encoder;

static int open_all(void **state)
{
    (void)state;
    if (tkc_vocab_open_encoding(&vocab, "o200k_base", NULL, NULL)) return -1;
    return tkc_encoder_new(&encoder, vocab, NULL, NULL) ? -1 : 0;
}

static int close_all(void **state)
{
    (void)state;
    tkc_encoder_free(encoder);
    tkc_vocab_close(vocab);
    return 0;
}

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static tkc_linter *linter_with(tkc_rule_set rules, bool inexact, const uint64_t *limits)
{
    tkc_lint_options o = {.struct_size = sizeof o, .encoder = encoder, .rules = rules, .today = 20261126, .inexact = inexact, .limits = limits};
    tkc_linter *l = NULL;
    assert_int_equal(tkc_linter_new(&l, &o, NULL), TKC_OK);
    return l;
}

static tkc_linter *linter(tkc_rule_set rules)
{
    return linter_with(rules, false, NULL);
}

typedef struct seen {
    size_t n;
    size_t begin[64], end[64];
    uint32_t line, column;
    char first[600];
    size_t last_begin;
    const tkc_lint_file *file;
} seen;

static int note(void *ctx, const tkc_finding *f)
{
    seen *s = ctx;
    assert_true(f->begin <= f->end && f->end <= s->file->bytes.len);
    assert_true(f->begin >= s->last_begin);
    s->last_begin = f->begin;
    assert_int_equal(strlen(f->fingerprint), 64);
    assert_true(f->message[0] && !strchr(f->message, '\n'));
    for (size_t i = 0; i < f->n_edit; i++) {
        assert_true(f->edit[i].begin >= (i ? f->edit[i - 1].end : f->begin));
        assert_true(f->edit[i].end <= f->end);
    }
    assert_true((f->n_edit > 0) == (f->fix != TKC_FIX_NONE));
    {
        tkc_lint_place p = tkc_lint_place_of(s->file->bytes, f->begin);
        assert_int_equal(p.line, f->line);
        assert_int_equal(p.column, f->column);
    }
    if (!s->n) {
        s->line = f->line;
        s->column = f->column;
        (void)snprintf(s->first, sizeof s->first, "%s", f->message);
    }
    if (s->n < 64) {
        s->begin[s->n] = f->begin;
        s->end[s->n] = f->end;
    }
    s->n++;
    return 0;
}

static seen run(tkc_linter *l, const tkc_lint_file *f)
{
    seen s = {.file = f};
    assert_int_equal(tkc_lint_run(l, f, note, &s, NULL), TKC_OK);
    return s;
}

/* --- the cases of one rule ------------------------------------------------------------------------- */

static uint64_t number(const tkc_json *d, const char *key)
{
    uint32_t v = tkc_json_get(d, 0, key, NULL);
    uint64_t n = 0;
    if (v != TKC_JSON_NONE) assert_true(tkc_json_u64(d, v, &n));
    return n;
}

static bool text(const tkc_json *d, const char *key, tkc_buf *b, tkc_str *out)
{
    uint32_t v = tkc_json_get(d, 0, key, NULL);
    tkc_str s;
    if (v == TKC_JSON_NONE) return false;
    tkc_buf_clear(b);
    assert_int_equal(tkc_json_string(d, v, b, &s, NULL), TKC_OK);
    *out = s;
    return true;
}

/* A case that fails; the others are still run. */
static size_t n_wrong;
static void wrong(const char *fmt, ...) TKC_PRINTF(1, 2);
static void wrong(const char *fmt, ...)
{
    char text[800];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    print_error("%s\n", text);
    n_wrong++;
}

static void check_fixes(tkc_linter *l, const tkc_lint_file *f, const char *where)
{
    tkc_buf one, two;
    size_t n = 0, again = 0;
    tkc_lint_file g = *f;
    tkc_buf_init(&one, 1 << 24, NULL);
    tkc_buf_init(&two, 1 << 24, NULL);
    assert_int_equal(tkc_lint_fix(l, f, TKC_FIX_UNSAFE, &one, &n, NULL), TKC_OK);
    g.bytes = tkc_buf_str(&one);
    if (!g.bytes.ptr) g.bytes.ptr = "";
    assert_int_equal(tkc_lint_fix(l, &g, TKC_FIX_UNSAFE, &two, &again, NULL), TKC_OK);
    if (again || one.len != two.len) wrong("%s: a second fix changes something", where);
    tkc_buf_release(&one);
    tkc_buf_release(&two);
}

/* "%FILL%" stands for a sentence, n times. */
static void fill(tkc_buf *out, tkc_str body, uint64_t n)
{
    static const char sentence[] = "Answer every question with the paragraph of the manual it came from. ";
    const char *p = NULL;
    for (size_t i = 0; n && i + 6 <= body.len && !p; i++)
        if (memcmp(body.ptr + i, "%FILL%", 6) == 0) p = body.ptr + i;
    if (!p) return;
    assert_int_equal(tkc_buf_append(out, body.ptr, (size_t)(p - body.ptr), NULL), TKC_OK);
    for (uint64_t i = 0; i < n; i++) assert_int_equal(tkc_buf_append(out, sentence, sizeof sentence - 1, NULL), TKC_OK);
    assert_int_equal(tkc_buf_append(out, p + 6, body.len - (size_t)(p - body.ptr) - 6, NULL), TKC_OK);
}

static void one_case(tkc_rule_id rule, tkc_str line, const char *where, size_t *n_bad, size_t *n_ok)
{
    const tkc_lint_rule *r = tkc_lint_rule_at(rule);
    tkc_lint_file f = {0};
    tkc_json d;
    tkc_buf b, p, x, filled;
    tkc_str body, path, at, fixed;
    bool bad;
    char name[256];
    seen s;
    uint64_t limits[TKC_N_LINT_LIMIT];
    tkc_linter *l;
    tkc_json_init(&d, NULL);
    tkc_buf_init(&b, 1 << 24, NULL);
    tkc_buf_init(&p, 1 << 12, NULL);
    tkc_buf_init(&x, 1 << 24, NULL);
    tkc_buf_init(&filled, 1 << 24, NULL);
    if (tkc_json_parse(&d, line, NULL, NULL)) wrong("%s: not JSON", where);
    for (size_t i = 0; tkc_lint_limit_at(i); i++) {
        const tkc_lint_limit *m = tkc_lint_limit_at(i);
        const uint64_t given = m->rule == rule ? number(&d, m->key) : 0;
        limits[i] = given ? given : m->usual;
    }
    l = linter_with((tkc_rule_set)1 << rule, rule == TKC_TC703, limits);
    bad = text(&d, "bad", &b, &body);
    if (!bad && !text(&d, "ok", &b, &body)) wrong("%s: neither bad nor ok", where);
    (void)snprintf(name, sizeof name, "%s", r->path);
    if (text(&d, "path", &p, &path)) (void)snprintf(name, sizeof name, "%.*s", (int)path.len, path.ptr);
    fill(&filled, body, number(&d, "fill"));
    if (number(&d, "fill")) body = tkc_buf_str(&filled);
    f.path = name;
    f.bytes = body;
    f.budget = number(&d, "budget");
    f.baseline = number(&d, "baseline");
    f.window = number(&d, "window");
    s = run(l, &f);
    if (bad && !s.n) wrong("%s: nothing found in: %.*s", where, (int)(body.len > 200 ? 200 : body.len), body.ptr);
    if (!bad && s.n) wrong("%s: found at %u:%u: %s", where, s.line, s.column, s.first);
    if (number(&d, "n") && number(&d, "n") != s.n) wrong("%s: %zu findings", where, s.n);
    if (text(&d, "at", &x, &at)) {
        char place[32];
        (void)snprintf(place, sizeof place, "%u:%u", s.line, s.column);
        if (strlen(place) != at.len || memcmp(place, at.ptr, at.len) != 0) wrong("%s: found at %s: %s", where, place, s.first);
    }
    if (text(&d, "fixed", &x, &fixed)) {
        tkc_buf out;
        size_t n = 0;
        tkc_buf_init(&out, 1 << 24, NULL);
        assert_int_equal(tkc_lint_fix(l, &f, TKC_FIX_UNSAFE, &out, &n, NULL), TKC_OK);
        if (out.len != fixed.len || (out.len && memcmp(out.ptr, fixed.ptr, out.len) != 0))
            wrong("%s: fixed is: %.*s", where, (int)out.len, out.ptr);
        tkc_buf_release(&out);
    }
    check_fixes(l, &f, where);
    *n_bad += bad;
    *n_ok += !bad;
    tkc_linter_free(l);
    tkc_json_release(&d);
    tkc_buf_release(&b);
    tkc_buf_release(&p);
    tkc_buf_release(&x);
    tkc_buf_release(&filled);
}

static void rules_on_their_cases(void **state)
{
    (void)state;
    for (int rule = 0; rule < TKC_N_RULE; rule++) {
        char path[128], where[160];
        tkc_buf b;
        size_t n_bad = 0, n_ok = 0, n = 0;
        (void)snprintf(path, sizeof path, LINT_CASES "/%s.jsonl", tkc_lint_rule_at((size_t)rule)->id);
        tkc_buf_init(&b, 1 << 24, NULL);
        if (tkc_read_file(&b, path, NULL)) fail_msg("%s cannot be read", path);
        for (size_t at = 0; at < b.len;) {
            const char *e = memchr(b.ptr + at, '\n', b.len - at);
            size_t end = e ? (size_t)(e - b.ptr) : b.len;
            (void)snprintf(where, sizeof where, "%s:%zu", path, ++n);
            if (end > at) one_case((tkc_rule_id)rule, (tkc_str){b.ptr + at, end - at}, where, &n_bad, &n_ok);
            at = end + 1;
        }
        if (n_bad < 10 || n_ok < 10) wrong("%s: %zu bad and %zu ok cases, 10 of each are needed", path, n_bad, n_ok);
        tkc_buf_release(&b);
    }
    assert_int_equal(n_wrong, 0);
}

/* The examples of --explain: the bad one is found, the good one is not. */
static void examples(void **state)
{
    (void)state;
    for (int i = 0; i < TKC_N_RULE; i++) {
        const tkc_lint_rule *r = tkc_lint_rule_at((size_t)i);
        /* a suppression is judged when its rule ran */
        tkc_linter *l = linter((tkc_rule_set)1 << i | (i == TKC_TC901 ? (tkc_rule_set)1 << TKC_TC602 : 0));
        tkc_lint_file f = {.path = r->path, .bytes = str(r->bad)};
        if (r->bad[0] && !run(l, &f).n) wrong("%s: the bad example is not found", r->id);
        f.bytes = str(r->good);
        if (r->bad[0]) {
            seen s = run(l, &f);
            if (s.n) wrong("%s: found in the good example: %s", r->id, s.first);
        }
        tkc_linter_free(l);
    }
    assert_int_equal(n_wrong, 0);
}

/* --- the rest ------------------------------------------------------------------------------------------ */

static void selectors(void **state)
{
    tkc_rule_set s = 0;
    (void)state;
    assert_true(tkc_lint_select(&s, str("TC301"), true));
    assert_true(s == (tkc_rule_set)1 << TKC_TC301);
    assert_true(tkc_lint_select(&s, str("invisible-unicode"), true));
    assert_true(tkc_lint_select(&s, str("TC3"), false));
    assert_true(s == (tkc_rule_set)1 << TKC_TC602);
    assert_false(tkc_lint_select(&s, str("TC999"), true));
    assert_false(tkc_lint_select(&s, str(""), true));
    assert_true(tkc_lint_select(&s, str("ALL"), true));
    assert_false(s >> TKC_TC402 & 1); /* preview: only by its name */
    assert_true(tkc_lint_select(&s, str("contradictory-instruction"), true));
    assert_true(s >> TKC_TC402 & 1);
    assert_false(tkc_lint_default_rules() >> TKC_TC304 & 1);
    assert_int_equal(tkc_lint_rule_find(str("TC602")), TKC_TC602);
    assert_int_equal(tkc_lint_rule_find(str("tc602")), TKC_TC602);
    assert_int_equal(tkc_lint_rule_find(str("TC60")), TKC_N_RULE);
    assert_int_equal(tkc_lint_rule_find(str("no-such-rule")), TKC_N_RULE);
    s = 0;
    assert_true(tkc_lint_select(&s, str("tc3"), true) && s);
    assert_true(tkc_lint_select(&s, str("all"), false) && !s);
}

static void kinds_by_name(void **state)
{
    static const char *const want[][2] = {
        {"a/b.prompt.yml", "github-models"}, {"x/SKILL.md", "skill"},           {".github/prompts/a.prompt.md", "copilot"},
        {"copilot-instructions.md", "copilot"}, {"AGENTS.md", "agent-file"},    {".cursor/rules/x.mdc", "agent-file"},
        {"q.prompty", "prompty"},            {"q.prompt", "dotprompt"},          {"chat_template.jinja", "chat-template"},
        {"q.j2", "jinja"},                   {"promptfooconfig.yaml", "promptfoo"}, {"f.baml", "baml"},
        {"log.jsonl", "jsonl"},              {"r.json", "json"},                 {"c.yaml", "yaml"},
        {"README.md", "markdown"},           {"p.txt", "text"}};
    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_string_equal(tkc_lint_kind_name(tkc_lint_kind_of(want[i][0])), want[i][1]);
    assert_int_equal(tkc_lint_kind_of("main.c"), TKC_LINT_AUTO);
}

/* Places in strings of JSON and YAML: what an editor shows. */
static void places(void **state)
{
    static const struct {
        const char *path, *text;
        uint32_t line, column;
    } row[] = {
        {"a.txt", "ab\r\nc\xe2\x80\x8b" "d", 2, 2},
        {"a.txt", "\xef\xbb\xbf" "a\xe2\x80\x8b" "d", 1, 2},
        {"a.txt", "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80\xe2\x80\x8b" "d", 1, 4},
        {"a.txt", "\xff\xfe\xe2\x80\x8b" "d", 1, 3},
        {"r.json", "{\"model\":\"gpt-5\",\"messages\":[{\"role\":\"user\",\"content\":\"a\\n\\u00e9\xe2\x80\x8b" "b\"}]}", 1, 65},
        {"r.json", "{\"model\":\"gpt-5\",\n\"messages\":[{\"role\":\"user\",\"content\":\"a\\nb\\u200bc\"}]}", 2, 43},
        {"p.prompt.yml", "messages:\n  - role: user\n    content: |\n      one\n\n      tw\xe2\x80\x8bo\n", 6, 9},
        {"p.prompt.yml", "messages:\n  - role: user\n    content: >\n      one\n      two\n\n      th\xe2\x80\x8bree\n", 7, 9},
        {"p.prompt.yml", "messages:\n  - role: user\n    content: one\n      tw\xe2\x80\x8bo\n", 4, 9},
        {"p.prompt.yml", "messages:\n  - role: user\n    content: 'it''s\xe2\x80\x8b x'\n", 3, 20},
        {"p.prompt.yml", "messages:\n  - role: user\n    content: \"a\\tb\\u200bc\"\n", 3, 19},
        {"S.prompty", "---\nname: x\n---\nsystem:\nBe\xe2\x80\x8b kind.\n", 5, 3},
        {"f.baml", "function F(a: string) -> string {\n  prompt #\"\n    Be\xe2\x80\x8b\n  \"#\n}\n", 3, 7},
    };
    tkc_linter *l = linter((tkc_rule_set)1 << TKC_TC602);
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tkc_lint_file f = {.path = row[i].path, .bytes = str(row[i].text)};
        seen s = run(l, &f);
        if (s.n != 1 || s.line != row[i].line || s.column != row[i].column)
            fail_msg("row %zu: %zu findings, %u:%u", i, s.n, s.line, s.column);
    }
    tkc_linter_free(l);
}

/* No finding of the unicode rules in clean text of 64 languages, as text and as JSON. */
static void languages(void **state)
{
    tkc_linter *l = linter((tkc_rule_set)1 << TKC_TC602 | (tkc_rule_set)1 << TKC_TC603 | (tkc_rule_set)1 << TKC_TC604);
    tkc_lint_file f = {.path = "languages.txt"};
    tkc_buf b;
    size_t n = 0;
    (void)state;
    tkc_buf_init(&b, 1 << 20, NULL);
    assert_int_equal(tkc_read_file(&b, LINT_CASES "/languages.txt", NULL), TKC_OK);
    f.bytes = tkc_buf_str(&b);
    for (size_t i = 0; i + 1 < b.len; i++) n += b.ptr[i] == '#' && b.ptr[i + 1] == ' ' && (!i || b.ptr[i - 1] == '\n');
    assert_true(n >= 40);
    {
        seen s = run(l, &f);
        if (s.n) fail_msg("%u:%u: %s", s.line, s.column, s.first);
    }
    tkc_buf_release(&b);
    tkc_linter_free(l);
}

static void suppressions(void **state)
{
    static const struct {
        const char *path, *text;
        size_t n; /* TC602 and TC901 */
    } row[] = {
        {"a.md", "<!-- tokcount: ignore[TC602] from a mail -->\nBe\xe2\x80\x8b kind.\n", 0},
        {"a.md", "<!-- tokcount: ignore[invisible-unicode] from a mail -->\n\nBe\xe2\x80\x8b kind.\n\nBe\xe2\x80\x8b kind.\n", 1},
        {"a.md", "<!-- tokcount: ignore-start[TC602] mails -->\nBe\xe2\x80\x8b\n\nBe\xe2\x80\x8b\n<!-- tokcount: ignore-end -->\nBe\xe2\x80\x8b\n", 1},
        {"a.md", "Be\xe2\x80\x8b\n\n<!-- tokcount: ignore-file[TC602] mails -->\n", 0},
        {"a.md", "<!-- tokcount: ignore[TC602] -->\nBe\xe2\x80\x8b kind.\n", 1},
        {"a.md", "<!-- tokcount: ignore[TC999] what -->\nBe kind.\n", 1},
        {"a.md", "<!-- tokcount: ignore everything -->\nBe kind.\n", 1},
        {"a.md", "<!-- tokcount: ignore[TC602] nothing there -->\nBe kind.\n", 1},
        {"a.md", "<!-- tokcount: ignore-end -->\n", 1},
        {"p.prompt.yml", "messages:\n  - role: user\n    # tokcount: ignore[TC602] from a mail\n    content: Be\xe2\x80\x8b\n", 0},
        {"p.prompt.yml", "messages:\n  - role: user\n    content: Be\xe2\x80\x8b # tokcount: ignore[TC602] from a mail\n", 0},
        {"t.j2", "{# tokcount: ignore[TC602] from a mail #}\nBe\xe2\x80\x8b\n", 0},
    };
    tkc_linter *l = linter((tkc_rule_set)1 << TKC_TC602 | (tkc_rule_set)1 << TKC_TC901);
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tkc_lint_file f = {.path = row[i].path, .bytes = str(row[i].text)};
        seen s = run(l, &f);
        if (s.n != row[i].n) fail_msg("row %zu: %zu findings: %s", i, s.n, s.first);
    }
    tkc_linter_free(l);
}

/* Two equal findings have two fingerprints; moving a finding does not change its own. */
static char prints[8][65];
static size_t n_print;
static int keep_print(void *ctx, const tkc_finding *f)
{
    (void)ctx;
    if (n_print < 8) memcpy(prints[n_print++], f->fingerprint, 65);
    return 0;
}

static void fingerprints(void **state)
{
    tkc_linter *l = linter((tkc_rule_set)1 << TKC_TC602);
    tkc_lint_file f = {.path = "a.md", .bytes = str("a\xe2\x80\x8b b\xe2\x80\x8b\n")};
    (void)state;
    n_print = 0;
    assert_int_equal(tkc_lint_run(l, &f, keep_print, NULL, NULL), TKC_OK);
    f.bytes = str("new line\na\xe2\x80\x8b\n");
    assert_int_equal(tkc_lint_run(l, &f, keep_print, NULL, NULL), TKC_OK);
    f.path = "b.md";
    assert_int_equal(tkc_lint_run(l, &f, keep_print, NULL, NULL), TKC_OK);
    assert_int_equal(n_print, 4);
    assert_string_not_equal(prints[0], prints[1]);
    assert_string_equal(prints[0], prints[2]);
    assert_string_not_equal(prints[0], prints[3]);
    tkc_linter_free(l);
}

/* Damaged files: a finding, and the rest is still checked. */
static void bad_files(void **state)
{
    static const struct {
        const char *path;
        tkc_str text;
    } row[] = {
        {"a.md", {"a\xff z AKIAQ3EGVTJ7RDZX2M5K", 26}},
        {"a.md", {"a\0z AKIAQ3EGVTJ7RDZX2M5K", 25}},
        {"S.prompty", {"---\na: [\n---\nAKIAQ3EGVTJ7RDZX2M5K\n", 34}},
        {"r.json", {"{\"messages\":[ AKIAQ3EGVTJ7RDZX2M5K", 34}},
        {"p.prompt.yml", {"a: [ AKIAQ3EGVTJ7RDZX2M5K", 25}},
    };
    tkc_linter *l = linter((tkc_rule_set)1 << TKC_TC605 | (tkc_rule_set)1 << TKC_TC902);
    tkc_lint_file f = {.path = "a.md", .bytes = {"", 0}};
    tkc_error err;
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        tkc_lint_file g = {.path = row[i].path, .bytes = row[i].text};
        seen s = run(l, &g);
        if (s.n < 2) fail_msg("row %zu: %zu findings", i, s.n);
    }
    assert_int_equal(run(l, &f).n, 0);
    f.path = NULL;
    assert_int_equal(tkc_lint_run(l, &f, NULL, NULL, &err), TKC_E_ARG);
    f = (tkc_lint_file){.path = "a.md", .bytes = {"", (size_t)65 << 20}};
    assert_int_equal(tkc_lint_run(l, &f, NULL, NULL, &err), TKC_E_LIMIT);
    tkc_linter_free(l);
}

static void every_allocation(void **state)
{
    static const char *const path[] = {"a.md", "r.json", "p.prompt.yml", "S.prompty"};
    static const char *const body[] = {
        "<!-- tokcount: ignore[TC605] a test -->\nBe\xe2\x80\x8b kind: {\n \"a\": [1,\n 2]\n}\n\n- Always cite sources in every answer.\n- Never "
        "cite sources in any answer.\n- Always cite the sources in every answer.\n",
        "{\"model\":\"gpt-5\",\"messages\":[{\"role\":\"user\",\"content\":\"a\\n\\u00e9\xe2\x80\x8b b 2026-11-26T10:11:12Z\"}],\"tools\":[]}",
        "messages:\n  - role: user\n    content: |\n      one {{x}}\n\n      tw\xe2\x80\x8bo\n",
        "---\nname: x\ninputs:\n  a: 1\n  b: 2\n---\nsystem:\nBe\xe2\x80\x8b {{a}}.\n{% for x in y %}\n"};
    (void)state;
    for (size_t k = 0; k < 4; k++)
        for (size_t n = 1; n < 2000; n++) {
            fail_alloc f = {.fail_at = n};
            tkc_allocator a = fail_alloc_of(&f);
            tkc_lint_options o = {.struct_size = sizeof o, .alloc = &a, .encoder = encoder, .rules = ~(tkc_rule_set)0 >> (64 - TKC_N_RULE)};
            tkc_lint_file file = {.path = path[k], .bytes = str(body[k])};
            tkc_linter *l = NULL;
            tkc_error err = {0};
            tkc_status st = tkc_linter_new(&l, &o, &err);
            if (!st) {
                tkc_buf out;
                size_t fixed;
                tkc_buf_init(&out, 1 << 20, &a);
                st = tkc_lint_run(l, &file, NULL, NULL, &err);
                if (!st) st = tkc_lint_fix(l, &file, TKC_FIX_UNSAFE, &out, &fixed, &err);
                tkc_buf_release(&out);
            }
            tkc_linter_free(l);
            if (f.live || f.wrong_size) fail_msg("file %zu, request %zu: %zu bytes held", k, n, f.live);
            if (st) {
                if (st != TKC_E_NOMEM) fail_msg("file %zu, request %zu: %s", k, n, err.message);
            } else if (f.calls < n) {
                break;
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_on_their_cases), cmocka_unit_test(examples),       cmocka_unit_test(selectors),
        cmocka_unit_test(kinds_by_name),        cmocka_unit_test(places),         cmocka_unit_test(languages),          cmocka_unit_test(suppressions),
        cmocka_unit_test(fingerprints),         cmocka_unit_test(bad_files),      cmocka_unit_test(every_allocation),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
