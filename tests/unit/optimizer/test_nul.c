/*
 * test_nul.c - a NUL byte of a text is a control character like any other: what reads texts finds in
 * them the same, at the same places, as with a byte 0x01 instead of each NUL.
 *
 * C's string functions take NUL for the end of their sets and of the text. Random texts are made of
 * what the readers look for; the control byte stands between any two pieces and inside them.
 */
#include "optimizer/cache/volatile.h"
#include "optimizer/lint/lint.h"
#include "optimizer/text/facts.h"
#include "optimizer/text/sentences.h"
#include "optimizer/text/trim.h"

#include "tests/support/random_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIZE = 800, ROUNDS = 2000 };

static const char *const piece[] = {
    "You must never pay 5 euros.", "Ann said", "so", "no", "not", "\"Stop", "it\"", "'Can we?'", "'", "`x y`", "```\n", "{a}", "[B", "<c>", "Dr", "Dr.", "e.g.",
    "No.", "5", "-3", "10:30", "Nov 27", "2026-11-27", "1,000", "a_b.c", "#42", "at most", "but", ".", "?", "!", ":", ";", ")", "...", "- ", "* ", "+ ", "1. ", "# ",
    "====", "|a|b|\n", "Write", "please", "Thank you!", "Note that", "J. Smith", "don't", "go on.", "See the table below", "as above", "\n", "\n\n", "\n", " ", " ",
    "time: ", "id=", "{{ now }}", "{{ name }}", "{% if x %}", "\x1b[3", "\x1b[31m", "m", "&lt;", "b", "@docs/a", "/b.md", "[x] ", "Use", "tabs", "spaces", "Always", "Never",
    "me@host.org", "https://u:Pa55word9z", "@host/", "api_key = \"", "Zx81kLm92Qp7Rt5v\"", "4111 1111 1111 1111", "Reply in JSON.", "Reply in XML.", "under 5 words", "the file", "(", "[", ","};

/* A text, and the same text with NULs. */
static size_t make(char *one, char *nul)
{
    size_t n = 0;
    while (n + 32 < SIZE) {
        const size_t from = n;
        n += (size_t)snprintf(one + n, SIZE - n, "%s%s", piece[tkt_random(sizeof piece / sizeof *piece)], tkt_random(3) ? " " : "");
        if (!tkt_random(4)) {
            const size_t at = from + tkt_random((uint32_t)(n - from + 1));
            memmove(one + at + 1, one + at, n - at);
            one[at] = '\x01';
            n++;
        }
    }
    for (size_t i = 0; i < n; i++) nul[i] = one[i] == '\x01' ? '\0' : one[i];
    return n;
}

/* What one reader found, as text. */
typedef void (*reader_fn)(tkc_str text, tkc_buf *out);

static void say(tkc_buf *out, const char *name, size_t kind, size_t begin, size_t end)
{
    char line[200];
    const int n = snprintf(line, sizeof line, "%s %zu: %zu to %zu\n", name, kind, begin, end);
    assert_int_equal(tkc_buf_append(out, line, (size_t)n, NULL), TKC_OK);
}

static void compare(reader_fn read)
{
    char one[SIZE], nul[SIZE];
    tkc_buf with_one, with_nul;
    size_t found = 0;
    tkc_buf_init(&with_one, 1 << 20, NULL);
    tkc_buf_init(&with_nul, 1 << 20, NULL);
    tkt_seed(11);
    for (int round = 0; round < ROUNDS; round++) {
        const size_t n = make(one, nul);
        tkc_buf_clear(&with_one);
        tkc_buf_clear(&with_nul);
        read((tkc_str){one, n}, &with_one);
        read((tkc_str){nul, n}, &with_nul);
        assert_int_equal(tkc_buf_append_byte(&with_one, 0, NULL), TKC_OK);
        assert_int_equal(tkc_buf_append_byte(&with_nul, 0, NULL), TKC_OK);
        found += with_one.len > 1;
        if (strcmp((char *)with_one.ptr, (char *)with_nul.ptr))
            fail_msg("round %d, 0x01 for NUL:\n%.*s\n0x01:\n%s\nNUL:\n%s", round, (int)n, one, (char *)with_one.ptr, (char *)with_nul.ptr);
    }
    assert_true(found > ROUNDS / 50);
    tkc_buf_release(&with_one);
    tkc_buf_release(&with_nul);
}

static void read_sentences(tkc_str text, tkc_buf *out)
{
    tkc_sentences s = tkc_sentences_of(text);
    tkc_sentence one;
    while (tkc_sentence_next(&s, &one)) say(out, one.is_line ? one.is_paragraph ? "paragraph" : "line" : "sentence", one.kind, one.begin, one.end);
}

static tkc_facts facts;

static void read_facts(tkc_str text, tkc_buf *out)
{
    assert_int_equal(tkc_facts_read(&facts, text, NULL), TKC_OK);
    for (size_t i = 0; i < facts.n; i++) say(out, tkc_fact_kind_name(facts.fact[i].kind), facts.fact[i].clause, facts.fact[i].begin, facts.fact[i].end);
    for (size_t i = 0; i < facts.n_clause; i++) say(out, "clause", facts.clause[i].n, facts.clause[i].begin, facts.clause[i].end);
}

static tkc_trimmed trimmed;

static void read_trim(tkc_str text, tkc_buf *out)
{
    assert_int_equal(tkc_trim(text, NULL, NULL, &trimmed, NULL), TKC_OK);
    for (size_t i = 0; i < trimmed.n_cut; i++) say(out, tkc_trim_why_name(trimmed.cut[i].why), trimmed.cut[i].put.len, trimmed.cut[i].begin, trimmed.cut[i].end);
    for (size_t i = 0; i < trimmed.n_refusal; i++) say(out, "refused", trimmed.refusal[i].kind, trimmed.refusal[i].begin, trimmed.refusal[i].end);
}

static void read_volatile(tkc_str text, tkc_buf *out)
{
    tkc_volatile_scan s;
    tkc_volatile v;
    tkc_volatile_begin(&s, text);
    while (tkc_volatile_next(&s, &v)) say(out, tkc_volatile_name(v.kind), v.is_placeholder, v.begin, v.end);
}

static tkc_linter *linter;

static int on_finding(void *ctx, const tkc_finding *f)
{
    say(ctx, f->name, f->n_edit, f->begin, f->end);
    return 0;
}

static void read_lint(tkc_str text, tkc_buf *out)
{
    static const char *const path[] = {"a.md", "CLAUDE.md", "a.txt", "a.j2", "a.prompty"};
    for (size_t i = 0; i < sizeof path / sizeof *path; i++) {
        const tkc_lint_file f = {.path = path[i], .bytes = text};
        assert_int_equal(tkc_lint_run(linter, &f, on_finding, out, NULL), TKC_OK);
    }
}

static void sentences(void **state)
{
    (void)state;
    compare(read_sentences);
}

static void facts_and_clauses(void **state)
{
    (void)state;
    tkc_facts_init(&facts, NULL);
    compare(read_facts);
    tkc_facts_release(&facts);
}

static void cuts(void **state)
{
    (void)state;
    tkc_trimmed_init(&trimmed, NULL);
    compare(read_trim);
    tkc_trimmed_release(&trimmed);
}

static void volatile_values(void **state)
{
    (void)state;
    compare(read_volatile);
}

static void findings(void **state)
{
    tkc_lint_options o = {.struct_size = sizeof o, .today = 20261126};
    (void)state;
    assert_true(tkc_lint_select(&o.rules, (tkc_str){"ALL", 3}, true));
    /* these are about control bytes themselves */
    assert_true(tkc_lint_select(&o.rules, (tkc_str){"TC902", 5}, false));
    assert_int_equal(tkc_linter_new(&linter, &o, NULL), TKC_OK);
    compare(read_lint);
    tkc_linter_free(linter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences), cmocka_unit_test(facts_and_clauses), cmocka_unit_test(cuts), cmocka_unit_test(volatile_values), cmocka_unit_test(findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
