/*
 * test_facts.c - which facts a text holds, how they are normalised, where they stand; that equal
 * facts have equal keys; every allocation failing once; that time is linear on hostile texts.
 */
#include "optimizer/text/facts/facts_impl.h"

#include "tests/support/fact_blocks.h"
#include "tests/support/fail_alloc.h"
#include "tests/support/random_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

typedef struct wanted {
    const char *text, *facts; /* "kind=value" or "kind=value/unit", joined by ", " */
} wanted;

static const wanted rows[] = {
    /* JSON: syntax is no quotation, and no placeholder; what its strings say is read, with what they quote */
    {"{\"city\":\"Paris\",\"days\":3}", "name=paris, number=3"},
    {" [\"red\", \"not blue\", {\"a\": \"b\"}]\n", "negation=not"},
    {"{\"text\":\"she said \\\"go home\\\" to him\"}", "quote=go home"},
    {"{\n \"write\": 1,\n \"say\": \"x\"\n}", "number=1"},
    {"{\"a\":\"\\\"\\\"\",\"b\":\"\\\"open\"}", ""},
    {"{\"city\":\"Paris\",\"days\":3", "quote=city, quote=:, quote=Paris, name=paris, quote=,, quote=days, number=3"},
    {"She said \"go home\" to [name]", "quote=go home, identifier=[name]"},
    {"called: {\"text\":\"\\\"go home\\\"\"}", "quote=text, quote=:, quote=go home"},
    {"[\"go home\"] is what she said [", "identifier=[\"go home\"]"},
    /* numbers */
    {"1,000 words", "number=1000/word"},
    {"1000 Words", "number=1000/word"},
    {"1, 000, 000 books", "number=1000000/book"},
    {"at pages 10, 200 and 300", "number=10, number=200, number=300"},
    {"five sentences", "number=5/sentence"},
    {"with five cats", "number=5/cat"},
    {"twenty-five dogs", "number=25/dog"},
    {"two hundred and five dollars", "number=205/usd"},
    {"three million people", "number=3000000/people"},
    {"3 million people", "number=3000000/people"},
    {"one of them", ""},
    {"one hour", "number=1/hour"},
    {"50% off, 7.50 percent", "number=50/percent, number=7.5/percent"},
    {"it costs $2.5M or $1,200.00", "number=2500000/usd, number=1200/usd"},
    {"10k tokens", "number=10000/token"},
    {"\xe2\x82\xac" "5 and 3 euros", "number=5/eur, number=3/eur"},
    {"from -5 to +3 and 3-5", "number=-5, number=3, number=3, number=5"},
    {"half of 1/2 and 007", "number=1/2, number=1/2, number=7"},
    {"the 3rd floor", "number=3/th"},
    {"a 5km run in 20-minute steps", "number=5/km, number=20/minute"},
    {"300+ word summary", "number=300/word, limit=min"},
    {"20\xc2\xb0 outside", "number=20/degree"},
    /* a number in front of a word in small letters may still be a date, a time or a version */
    {"14 days, 5 Of May, 3 of May, 4 am", "number=14/day, number=5, modal=may, date=--05-03, time=04:00"},
    {"at 3 o'clock or 3 p.m. and version 3 is", "time=03:00, time=15:00, version=3"},
    {"with python 3 only and 3 only", "version=3, limit=only, number=3, limit=only"},
    /* a phrase has one to four blanks between its words, or newlines */
    {"you have  \n to pay and have\n    to stay", "modal=must"},
    /* dates and times */
    {"on 2026-11-27 and 2026/11/27", "date=2026-11-27, date=2026-11-27"},
    {"on Nov 27, 2026 or 27 November 2026 or 27.11.2026", "date=2026-11-27, date=2026-11-27, date=2026-11-27"},
    {"the 27th of November, then December 3rd", "date=--11-27, date=--12-03"},
    {"in 2026-11, in January 2027", "date=2026-11, date=2027-01"},
    {"by 11/27/2026", "date=11/27/2026"},
    {"you may go on Monday, tomorrow", "modal=may, date=mon, date=tomorrow"},
    {"at 3:30 pm, 3 p.m., 15:30, 3 o'clock, noon", "time=15:30, time=15:00, time=15:30, time=03:00, time=12:00"},
    {"at 12 am", "time=00:00"},
    /* versions, ids, links, identifiers */
    {"with v2, v1.2.3-rc1 and 1.2.4", "version=2, version=1.2.3-rc1, version=1.2.4"},
    {"with python 3.11, not 3.11", "version=3.11, negation=not, number=3.11"},
    {"for 550e8400-e29b-41d4-a716-446655440000", "id=550e8400-e29b-41d4-a716-446655440000"},
    {"for ABC-123, GPT-4, 0xFF, 9fceb02d, #42", "id=abc-123, id=gpt-4, id=0xff, id=9fceb02d, id=#42"},
    {"see https://a.b/c?d=1, www.x.org or bob@x.org.", "link=https://a.b/c?d=1, link=www.x.org, link=bob@x.org"},
    {"in main.c, src/x/y.py, ./run, /etc/hosts, ~/.config, e.g. x.y.com",
     "identifier=main.c, identifier=src/x/y.py, identifier=./run, identifier=/etc/hosts, identifier=~/.config, identifier=x.y.com"},
    {"via snake_case, camelCase, std::vector, foo_bar()",
     "identifier=snake_case, identifier=camelCase, identifier=std::vector, identifier=foo_bar()"},
    {"with and/or without --dry-run", "negation=without, identifier=--dry-run"},
    {"dear [name], <tag> {field} {{x}}", "identifier=[name], identifier=<tag>, identifier={field}, identifier={{x}}"},
    {"e.g. this", ""},
    /* code and quotes */
    {"so `x = 1` now", "code=x = 1"},
    {"so ``a ` b`` now", "code=a ` b"},
    {"an open ` tick", ""},
    {"```c\nint never = 5;\n```\nsaid", "code=\nint never = 5;"},
    {"he said \"five words\" or 'no way' it's", "quote=five words, number=5/word, quote=no way, negation=not"},
    {"\xe2\x80\x9cok then\xe2\x80\x9d", "quote=ok then"},
    {"they ask, 'is it so?', which is new, and say, 'so it is.'", "quote=is it so?, order=?, quote=so it is."},
    /* names */
    {"in New York City with Jimmy", "name=new york city, name=jimmy"},
    {"The Bank of America said", "name=bank of america"},
    {"Jimmy Smith's dog", "name=jimmy smith"},
    {"Jimmy ran. I saw NASA.", "name=nasa"},
    {"#Person1#: hello", "name=#person1#"},
    {"on Flight TP-951 now", "name=flight, id=tp-951"},
    {"then J. Smith left", "name=j smith"},
    /* negations, modals, limits, orders */
    {"never lie, don't guess, cannot go", "negation=not, negation=not, modal=may, negation=not"},
    {"I can ' t go and he didn ' t", "modal=may, negation=not, negation=not"},
    {"you mustn\xe2\x80\x99t", "modal=must, negation=not"},
    {"without it, unless asked, except one", "negation=without, negation=unless, negation=unless"},
    {"you must, should, may, always", "modal=must, modal=should, modal=may, modal=always"},
    {"you have to; make sure; required", "modal=must, modal=must, modal=must"},
    {"at most 5 lines, at least two lines, exactly 3 lines",
     "limit=max, number=5/line, limit=min, number=2/line, limit=exact, number=3/line"},
    {"no more than ten words", "limit=max, number=10/word"},
    {"only if all fit", "limit=only, limit=if, limit=all"},
    {"Please write it. Use this.", "order=write, order=use"},
    {"What is it?", "order=?"},
    {"1. Write it\n2. Keep it", "order=write, order=keep"},
    {"- Use it\n* Call it", "order=use, order=call"},
    {"NEVER DO THIS", "negation=not"},
    {"we dont, and it isnt", "negation=not, negation=not"},
    {"it failed, they refused and he denied it", "negation=fail, negation=not, negation=deny"},
    {"it is impossible, false and incorrect", "negation=impossible, negation=false, negation=wrong"},
    {"it equals zero, it doubled, threefold, halved", "number=0, number=2, number=3, number=1/2"},
    {"nicht ohne Grund", "negation=not, foreign=nicht ohne Grund, negation=without, name=grund"},
    /* scripts without a table */
    {"\xe4\xb8\x8d\xe8\xa6\x81\xe8\xaf\xb4", "foreign=\xe4\xb8\x8d\xe8\xa6\x81\xe8\xaf\xb4"},
    {"\xe4\xb8\x8d\xe8\xa6\x81\xe3\x80\x82Speak english", "foreign=\xe4\xb8\x8d\xe8\xa6\x81\xe3\x80\x82, order=speak"},
    {"\xd0\xbd\xd0\xb5 5 \xd0\xbd\xd0\xb0\xd0\xb4\xd0\xbe", "foreign=\xd0\xbd\xd0\xb5 5 \xd0\xbd\xd0\xb0\xd0\xb4\xd0\xbe, number=5"},
    {"d't \xd0\xbd\xd0\xb5\xd1\x82", "foreign=d't \xd0\xbd\xd0\xb5\xd1\x82"}, /* three letters against two */
    {"caf\xc3\xa9 au lait", ""},
    /* other languages than English: more words of one than of English, two of them, or one of four */
    {"n'accorde aucune remise de plus de vingt pour cent", "foreign=n'accorde aucune remise de plus de vingt pour cent"},
    {"antworte h\xc3\xb6" "chstens in f\xc3\xbcnfzig", "foreign=antworte h\xc3\xb6" "chstens in f\xc3\xbcnfzig"},
    {"no reveles la clave por nada", "negation=not, foreign=no reveles la clave por nada"},
    {"non dare mai pi\xc3\xb9 di venti", "foreign=non dare mai pi\xc3\xb9 di venti"},
    {"n\xc3\xa3o use mais de dez palavras", "foreign=n\xc3\xa3o use mais de dez palavras"},
    {"geef het nooit door", "foreign=geef het nooit door"},
    {"nigdy nie podawaj has\xc5\x82" "a", "foreign=nigdy nie podawaj has\xc5\x82" "a"},
    {"svara aldrig med kod", "foreign=svara aldrig med kod"},
    {"jangan berikan kata sandi", "foreign=jangan berikan kata sandi"},
    {"asla \xc5\x9f" "ifre verme", "foreign=asla \xc5\x9f" "ifre verme"},
    {"kh\xc3\xb4ng \xc4\x91\xc6\xb0\xe1\xbb\xa3" "c", "foreign=kh\xc3\xb4ng \xc4\x91\xc6\xb0\xe1\xbb\xa3" "c"},
    {"fichiers suivants selon besoins et avec", "foreign=fichiers suivants selon besoins et avec"},
    {"ho visto i nostri clienti e me hanno detto", "foreign=ho visto i nostri clienti e me hanno detto"}, /* "i", "me" */
    {"we saw Las Vegas, Los Angeles", "name=las vegas, name=los angeles"},
    {"use avec here", "order=use"}, {"DES und MIT", "name=des, name=mit"}, {"the na\xc3\xafve r\xc3\xa9sum\xc3\xa9 is here", ""},
    {"d'Artagnan is so", ""}, {"the van der Berg case", "name=berg"},
    {"", ""},
    {"\xff\xfe\x80 \x80", ""},
};

static void facts_and_values(void **state)
{
    tkc_facts f;
    char got[2000];
    size_t bad = 0;
    (void)state;
    tkc_facts_init(&f, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tkc_error err = {0};
        size_t n = 0, at = 0;
        *got = 0;
        assert_int_equal(tkc_facts_read(&f, str(rows[i].text), &err), TKC_OK);
        for (size_t k = 0; k < f.n; k++) {
            tkc_str v = tkc_fact_value(&f, k), u = tkc_fact_unit(&f, k);
            n += (size_t)snprintf(got + n, sizeof got - n, "%s%s=%.*s%s%.*s", k ? ", " : "",
                                  tkc_fact_kind_name(f.fact[k].kind), (int)v.len, v.ptr, u.len ? "/" : "", (int)u.len,
                                  u.len ? u.ptr : "");
            assert_true(f.fact[k].begin < f.fact[k].end && f.fact[k].end <= strlen(rows[i].text));
            assert_true(f.fact[k].begin >= at && f.fact[k].clause < f.n_clause);
            at = f.fact[k].begin;
        }
        if (strcmp(got, rows[i].facts)) {
            print_error("\"%s\":\n  got    %s\n  wanted %s\n", rows[i].text, got, rows[i].facts);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
    tkc_facts_release(&f);
}

static void table_is_sorted(void **state)
{
    static const char *const word[] = {
#define FACT_WORD(w, role, value) w,
#include "optimizer/text/facts/fact_words.def"
#undef FACT_WORD
    };
    (void)state;
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        if (i && strcmp(word[i - 1], word[i]) > 0) fail_msg("%s stands before %s", word[i - 1], word[i]);
        assert_true(strlen(word[i]) <= FACT_WORD_MAX);
    }
    static const char *const phrase[] = {
#define FACT_PHRASE(w, role, value) w,
#include "optimizer/text/facts/fact_words.def"
#undef FACT_PHRASE
    };
    for (size_t i = 1; i < sizeof phrase / sizeof *phrase; i++)
        if (strcmp(phrase[i - 1], phrase[i]) >= 0) fail_msg("%s stands before %s", phrase[i - 1], phrase[i]);
}

/* A word that a plain mark follows goes a shorter way than one with "*" behind it: they say the same, every word of the table
 * and others, with capitals and without, at the beginning and inside. */
static void ways_agree(void **state)
{
    static const char *const word[] = {
#define FACT_WORD(w, role, value) w,
#define FACT_PHRASE(w, role, value) w,
#include "optimizer/text/facts/fact_words.def"
#undef FACT_WORD
#undef FACT_PHRASE
        "river", "mailto", "mailtos", "i", "m", "overwhelmingly", "interdepartmentally", "eightlet", "sixteenletterers",
    };
    static const char *const before[] = {"", "so ", "we saw ", "Please ", "(", "do not ", "Ann and ", "at 5 "};
    static const char *const mark[] = {",", "*,"};
    tkc_facts f[2];
    tkc_error err;
    (void)state;
    for (int k = 0; k < 2; k++) tkc_facts_init(&f[k], NULL);
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        for (size_t n = 0; n < 2 * sizeof before / sizeof *before; n++) {
            char text[200];
            for (int k = 0; k < 2; k++) {
                const char *in_front = before[n / 2];
                const int len = snprintf(text, sizeof text, "%s%s%s and so on.", in_front, word[i], mark[k]);
                if (n & 1) text[strlen(in_front)] = (char)(word[i][0] >= 'a' && word[i][0] <= 'z' ? word[i][0] - 32 : word[i][0]);
                assert_int_equal(tkc_facts_read(&f[k], (tkc_str){text, (size_t)len}, &err), TKC_OK);
            }
            if (f[0].n != f[1].n || f[0].n_clause != f[1].n_clause) fail_msg("%zu and %zu facts in \"%s\"", f[0].n, f[1].n, text);
            for (size_t k = 0; k < f[0].n; k++)
                if (f[0].fact[k].key != f[1].fact[k].key || f[0].fact[k].clause != f[1].fact[k].clause) fail_msg("fact %zu of \"%s\"", k, text);
        }
    for (int k = 0; k < 2; k++) tkc_facts_release(&f[k]);
}

/* "'" in a word goes a shorter way than U+2019: both say the same. */
static void apostrophes_agree(void **state)
{
    static const char *const word[] = {"don't", "Don't", "we're", "I'm", "isn't", "can't", "CAN'T", "won't", "rock'n'roll", "it's", "Ann's", "dogs'", "'tis", "mustn't've", "a'1", "x'_y",
                                       "sophisticatedlooking's", "sophisticatedlookingthing's"};
    static const char *const before[] = {"", "so ", "we saw ", "Please ", "(", "at 5 "};
    tkc_facts f[2];
    tkc_error err;
    (void)state;
    for (int k = 0; k < 2; k++) tkc_facts_init(&f[k], NULL);
    for (size_t i = 0; i < sizeof word / sizeof *word * (sizeof before / sizeof *before); i++) {
        const char *w = word[i / (sizeof before / sizeof *before)], *b = before[i % (sizeof before / sizeof *before)];
        char text[2][200];
        size_t len[2];
        len[0] = (size_t)snprintf(text[0], sizeof *text, "%s%s must we go.", b, w);
        len[1] = 0;
        for (size_t k = 0; k < len[0]; k++) {
            if (text[0][k] == '\'' && w[0] != '\'' && w[strlen(w) - 1] != '\'') len[1] += (size_t)snprintf(text[1] + len[1], sizeof *text - len[1], "\xe2\x80\x99");
            else text[1][len[1]++] = text[0][k];
        }
        for (int k = 0; k < 2; k++) assert_int_equal(tkc_facts_read(&f[k], (tkc_str){text[k], len[k]}, &err), TKC_OK);
        if (f[0].n != f[1].n || f[0].n_clause != f[1].n_clause) fail_msg("%zu and %zu facts in \"%s\"", f[0].n, f[1].n, text[0]);
        for (size_t k = 0; k < f[0].n; k++)
            if (f[0].fact[k].kind != f[1].fact[k].kind || (f[0].fact[k].kind != TKC_FACT_NAME && f[0].fact[k].key != f[1].fact[k].key)) fail_msg("fact %zu of \"%s\"", k, text[0]);
    }
    for (int k = 0; k < 2; k++) tkc_facts_release(&f[k]);
}

/* The forms one by one, as the list says; random ones of their letters. */
static void short_forms(void **state)
{
    static const char *const form[] = {"mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "eg", "ie", "approx", "fig", "inc", "cf"};
    enum { N = sizeof form / sizeof *form };
    size_t found = 0;
    (void)state;
    tkt_seed(15);
    for (int round = 0; round < 200000; round++) {
        static const char letter[] = "mrsdpofvteginax.cMb";
        char text[32] = " ";
        size_t n = 1;
        bool is_form;
        if (round < N) n += (size_t)snprintf(text + n, sizeof text - n, "%s", form[round]);
        else for (uint32_t k = tkt_random(5); k > 0; k--) text[n++] = letter[tkt_random(sizeof letter - 1)];
        text[n] = 0;
        is_form = n == 2 && text[1] == 'M';
        for (int k = 0; k < N && !is_form; k++) {
            size_t m = strlen(form[k]), j = 0;
            while (j < m && j + 1 < n && (text[1 + j] | 32) == (form[k][j] | 32)) j++;
            is_form = j == m && n == m + 1;
        }
        snprintf(text + n, sizeof text - n, ". Go");
        if (text[1] == '.' || fact_is_short_form(str(text), n) == is_form) {
            found += is_form;
            continue;
        }
        fail_msg("\"%s\"", text);
    }
    assert_true(found > 500);
}

/* Commas and brackets are passed over, where "|" goes the long way and says no more than they do. */
static void marks_say_nothing(void **state)
{
    static const char *const piece[] = {"We", "must", "not", "pay", "5", "kg", "Ann Lee", "J.", "a.b", "\"it\"", "at most", "don't", "Mr.", "Stop.", "- ",
                                        "user:", "`x`", "#42", "\xe4\xb8\x8d", "MUST", "e.g.", "10:30", "Nov", "27", "?", "why", "{a}"};
    static const char mark[] = ",()";
    tkc_facts f[2];
    tkc_error err;
    (void)state;
    tkt_seed(12);
    for (int k = 0; k < 2; k++) tkc_facts_init(&f[k], NULL);
    for (int round = 0; round < 5000; round++) {
        char text[2][600];
        size_t len = 0, most = tkt_random(80);
        while (len < most) {
            const bool is_mark = tkt_random(3) == 0;
            const char *p = piece[tkt_random(sizeof piece / sizeof *piece)];
            const char m[2] = {mark[tkt_random(3)], 0};
            snprintf(text[0] + len, sizeof text[0] - len, "%s ", is_mark ? m : p);
            len += (size_t)snprintf(text[1] + len, sizeof text[1] - len, "%s ", is_mark ? "|" : p);
        }
        for (int k = 0; k < 2; k++) assert_int_equal(tkc_facts_read(&f[k], (tkc_str){text[k], len}, &err), TKC_OK);
        if (f[0].n != f[1].n || f[0].n_clause != f[1].n_clause) fail_msg("%zu and %zu facts in \"%.*s\"", f[0].n, f[1].n, (int)len, text[0]);
        for (size_t k = 0; k < f[0].n; k++)
            if (f[0].fact[k].kind != f[1].fact[k].kind || f[0].fact[k].begin != f[1].fact[k].begin || f[0].fact[k].end != f[1].fact[k].end)
                fail_msg("fact %zu of \"%.*s\"", k, (int)len, text[0]);
    }
    for (int k = 0; k < 2; k++) tkc_facts_release(&f[k]);
}

static void clauses_bind(void **state)
{
    tkc_facts f;
    tkc_error err;
    const char *t = "Never lie to users, but you may joke. Use Rust\nand tests\nAlways cite; stop";
    (void)state;
    tkc_facts_init(&f, NULL);
    assert_int_equal(tkc_facts_read(&f, str(t), &err), TKC_OK);
    assert_int_equal(f.n_clause, 5);
    assert_int_equal(f.clause[0].n, 1);
    assert_int_equal(f.fact[f.clause[1].first].kind, TKC_FACT_MODAL);
    for (size_t c = 0; c + 1 < f.n_clause; c++) {
        assert_int_equal(f.clause[c].end, f.clause[c + 1].begin);
        assert_int_equal(f.clause[c].first + f.clause[c].n, f.clause[c + 1].first);
    }
    assert_int_equal(f.clause[4].end, strlen(t));
    /* a blank line ends a clause, whatever stands around it */
    assert_int_equal(tkc_facts_read(&f, str("- Do not mark events ,\n\nuser: yes"), &err), TKC_OK);
    assert_int_equal(f.n_clause, 2);
    tkc_facts_release(&f);
}

static uint64_t key_of(tkc_facts *f, const char *text)
{
    tkc_error err;
    assert_int_equal(tkc_facts_read(f, str(text), &err), TKC_OK);
    assert_true(f->n > 0);
    return f->fact[0].key;
}

static void keys_compare(void **state)
{
    tkc_facts f;
    (void)state;
    tkc_facts_init(&f, NULL);
    assert_true(key_of(&f, "1,000 words") == key_of(&f, "1000 word"));
    assert_true(key_of(&f, "1,000 words") != key_of(&f, "1000 lines"));
    assert_true(key_of(&f, "in May 2026") == key_of(&f, "2026-05"));
    assert_true(key_of(&f, "so never") == key_of(&f, "don't"));
    assert_true(key_of(&f, "the 12") != key_of(&f, "v12"));
    tkc_facts_release(&f);
}

static void kinds_have_names(void **state)
{
    tkc_fact_kind k;
    (void)state;
    for (int i = 0; i < TKC_N_FACT; i++) {
        assert_true(tkc_fact_kind_by_name(str(tkc_fact_kind_name((tkc_fact_kind)i)), &k));
        assert_int_equal(k, i);
    }
    assert_false(tkc_fact_kind_by_name(str("x"), &k));
    assert_string_equal(tkc_fact_kind_name(TKC_N_FACT), "?");
}

static void memory_runs_out(void **state)
{
    const char *json = "{\"a\": [1, \"Never say \\\"no\\\"\"]}", *t = "Never write more than 1,000 words. See [x] at https://a.b/c; \xe4\xb8\x8d\xe8\xa6\x81\xe3\x80\x82 use `x`";
    (void)state;
    for (size_t n = 1;; n++) {
        fail_alloc a = {.fail_at = n};
        tkc_allocator alloc = fail_alloc_of(&a);
        tkc_facts f;
        tkc_error err = {0};
        tkc_status st;
        tkc_facts_init(&f, &alloc);
        st = tkc_facts_read(&f, str(json), &err);
        if (!st) st = tkc_facts_read(&f, str(t), &err);
        assert_true(st == TKC_OK || (st == TKC_E_NOMEM && err.message[0] && f.n == 0));
        tkc_facts_release(&f);
        assert_int_equal(a.live, 0);
        assert_false(a.wrong_size);
        if (a.calls < n) {
            assert_int_equal(st, TKC_OK);
            return;
        }
    }
}

/* Twice the text takes about twice the time, for texts made to be looked at again and again. */
static void linear(void **state)
{
    static const char *const unit[] = {"`", "``a", "\"a ", "'a ", "[a", "[[[", "<a", "A ", "Aa. ", "1,", "1.", "1-", "-", "a.b.", ".", "?)", "#", "# ",
                                       "\n", "\n   ", "a'", "n't ", "one ", "a@", "a/", "\xe4\xb8\x8d", "\xe3\x80\x82", "1 ", "no ", "a_"};
    (void)state;
    for (size_t u = 0; u < sizeof unit / sizeof *unit; u++) {
        size_t len = 1 << 17, m = strlen(unit[u]);
        char *t = malloc(len);
        tkc_facts f;
        tkc_error err;
        clock_t begin = clock();
        for (size_t i = 0; i < len; i++) t[i] = unit[u][i % m];
        tkc_facts_init(&f, NULL);
        assert_int_equal(tkc_facts_read(&f, (tkc_str){t, len}, &err), TKC_OK);
        /* 128 KB take 2 to 80 ms; quadratic would be half a minute. Sanitizers are slower. */
        if ((double)(clock() - begin) / CLOCKS_PER_SEC > 8) fail_msg("%s: not linear", unit[u]);
        tkc_facts_release(&f);
        free(t);
    }
}

/* Texts made of what may go on over the end of a line, and of what may not. */
static void blocks(void **state)
{
    static const char *const piece[] = {
        "You must never pay 5 euros.", "Ann said", "as well", "as", "no", "not", "\"Stop", "it\"", "'s", "'", "n '", "t", "`x", "`", "``", "{a}", "[b]", "<c>",
        "Mr", "e.g.", "No.", "5", "3 p.m.", "10:30", "Nov 27", "2026", "1,000", "words", "https://a.b/c", "a_b", "#42", "at most", "in order", "to", "but",
        "\xe2\x80\x9cq", "\xe2\x80\x9d", "\xc3\xa9t\xc3\xa9", "\xd0\xbd\xd0\xb5\xd1\x82 \xd0\xb4\xd0\xb0", "\xe4\xb8\x8d\xe8\xa6\x81", ".", "?", "!", ":", ";", ")", "...", ". )", "-", "--x",
        "Write", "please", "Do", "What", "user:", "Yes. ", "New York", "J. Smith", "don't", "1.", "a)", "# H", ">",
        "Dr", "St", "vs", "no", "approx", "a", "p", "m", "Nov", "27", "the 27th", "'we 've", "'Can we", "dogs'", "rock 'n' roll", "{x", "y}", "[z", "w]", "](u)", "<b", "c>", "<", "version"};
    static const char *const gap[] = {" ", " ", " ", " ", " ", ".\n- ", ".\n- ", ".\n\n", "\n\n", "?\n- ", ":\n- ", "\n", ".\n", "\n- ", "\n\n- ", "!\n\n\n", " .\n- ", ".\n\n\n- ", "; ", ". \n- ",
                                      ". ", ". ", ". ", " . ", " . ", "? ", "! ", " ? ", ".  ", ".' ", "' ", " '", " .' ", "} . ", ") . ", ", "};
    /* what random ones found, once in 200,000 */
    static const char *const found[] = {"- m) . Then \xd0\xbd\xd0\xb5\xd1\x82 \xd0\xb4\xd0\xb0. Go on.",
                                        "You pay.\n- m) . go \xd0\xbd\xd0\xb5\xd1\x82.\n- m) . Do not."};
    char text[4096];
    size_t most = 0;
    (void)state;
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        size_t n;
        const char *wrong = tkt_compare_blocks(str(found[i]), &n);
        if (wrong) fail_msg("%s: %s", found[i], wrong);
    }
    tkt_seed(4);
    for (int round = 0; round < 3000; round++) {
        size_t len = round % 3 ? 0 : (size_t)snprintf(text, sizeof text, "- "), n;
        const char *wrong;
        while (len < 1500) {
            const char *p = piece[tkt_random(sizeof piece / sizeof *piece)], *g = gap[tkt_random(sizeof gap / sizeof *gap)];
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", p, g);
            if (tkt_random(3)) len += (size_t)snprintf(text + len, sizeof text - len, "Then we go on.%s", g);
        }
        wrong = tkt_compare_blocks((tkc_str){text, len}, &n);
        if (wrong) fail_msg("round %d: %s:\n%.*s", round, wrong, (int)len, text);
        most = n > most ? n : most;
    }
    assert_true(most > 30);
    for (size_t i = 0; i + 1 < sizeof text; i++) text[i] = i % 20 < 18 ? 'x' : ".\n"[i % 20 - 18];
    text[0] = '[';
    text[sizeof text - 2] = ']'; /* it may be JSON */
    assert_null(tkt_compare_blocks((tkc_str){text, sizeof text - 1}, &most));
    assert_int_equal(most, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_and_values), cmocka_unit_test(table_is_sorted), cmocka_unit_test(ways_agree), cmocka_unit_test(apostrophes_agree), cmocka_unit_test(short_forms), cmocka_unit_test(marks_say_nothing), cmocka_unit_test(clauses_bind),
        cmocka_unit_test(keys_compare),     cmocka_unit_test(kinds_have_names), cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(linear),           cmocka_unit_test(blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
