/* test_text.c - words, terms and sentences of a text: what is cut where, in several languages. */
#include "optimizer/text/sentences.h"
#include "optimizer/text/stem.h"

#include "tests/support/fail_alloc.h"
#include "tests/support/random_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* --- words -------------------------------------------------------------------------------- */

/* "kind:word|..." of a text, L N C M; the words as they stand. */
static const char *words_of(tkc_str text, bool fold)
{
    static char shown[4096];
    tkc_words w = tkc_words_of(text);
    tkc_word one;
    tkc_buf buf;
    tkc_error err;
    size_t n = 0;
    tkc_buf_init(&buf, 4096, NULL);
    while (tkc_word_next(&w, &one)) {
        tkc_str s = {text.ptr + one.begin, one.end - one.begin};
        if (fold) {
            tkc_buf_clear(&buf);
            assert_int_equal(tkc_word_fold(s, one.kind, &buf, &err), TKC_OK);
            s = tkc_buf_str(&buf);
        }
        n += (size_t)snprintf(shown + n, sizeof shown - n, "%s%c:%.*s", n ? "|" : "", "LNCM"[one.kind],
                              (int)s.len, s.ptr);
    }
    tkc_buf_release(&buf);
    shown[n] = '\0';
    return shown;
}

static void words(void **state)
{
    static const char *const want[][2] = {
        {"", ""},
        {"  \n\t ", ""},
        {"Hello, world!", "L:Hello|M:,|L:world|M:!"},
        {"don't l'homme 'quoted' dogs'", "L:don't|L:l'homme|M:'|L:quoted|M:'|L:dogs|M:'"},
        {"it\xe2\x80\x99s", "L:it\xe2\x80\x99s"},
        {"3.14 1,234,567 1,23 1,2345 2.", "N:3.14|N:1,234,567|N:1|M:,|N:23|N:1|M:,|N:2345|N:2|M:."},
        {"v1.2.3 1.2.3 5mg 3rd", "L:v1|M:.|N:2.3|N:1.2.3|L:5mg|L:3rd"},
        {"snake_case-word", "L:snake|M:_|L:case|M:-|L:word"},
        {"caf\xc3\xa9 cafe\xcc\x81", "L:caf\xc3\xa9|L:cafe\xcc\x81"},
        {"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", "L:\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82"},
        {"\xe4\xb8\xad\xe6\x96\x87" "a\xe5\xad\x97", "C:\xe4\xb8\xad|C:\xe6\x96\x87|L:a|C:\xe5\xad\x97"},
        {"\xe3\x81\x8b\xe3\x82\x99", "C:\xe3\x81\x8b\xe3\x82\x99"}, /* ka and its mark */
        {"\xed\x95\x9c\xea\xb5\xad", "L:\xed\x95\x9c\xea\xb5\xad"}, /* Hangul has blanks */
        {"\xe0\xb8\x81\xe0\xb8\xb1\xe0\xb8\x99", "C:\xe0\xb8\x81\xe0\xb8\xb1|C:\xe0\xb8\x99"},
        {"a\xff" "b\xe4\xb8", "L:a|M:\xff|L:b|M:\xe4|M:\xb8"},
        {"\xf0\x9f\x98\x80!", "M:\xf0\x9f\x98\x80|M:!"},
        {"x\xc2\xb2 \xd9\xa1\xd9\xa2", "L:x\xc2\xb2|N:\xd9\xa1\xd9\xa2"},
    };
    static const char *const folds[][2] = {
        {"Hello WORLD", "L:hello|L:world"},
        {"\xc3\x89T\xc3\x89", "L:\xc3\xa9t\xc3\xa9"},
        {"\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82", "L:\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83"},
        {"\xef\xbc\xa1\xef\xbc\xa2\xef\xbc\x91", "L:ab1"},
        {"It\xe2\x80\x99S", "L:it's"},
        {"1,234,567.5", "N:1234567.5"},
        {"co\xc2\xadoperate", "L:cooperate"},
        {"\xc4\xb0", "L:i\xcc\x87"},
        {"\xc8\xba\xc8\xba\xc8\xba\xc8\xba\xc8\xba\xc8\xba\xc8\xba\xc8\xba\xc8\xba\xc8\xba", /* 20 bytes become 30 */
         "L:\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_string_equal(words_of(str(want[i][0]), false), want[i][1]);
    for (size_t i = 0; i < sizeof folds / sizeof *folds; i++)
        assert_string_equal(words_of(str(folds[i][0]), true), folds[i][1]);
    assert_string_equal(words_of((tkc_str){"a\0b", 3}, true), "L:a|M:|L:b");
}

/* --- terms -------------------------------------------------------------------------------- */

static const char *terms_of(tkc_terms *t, const char *text)
{
    static char shown[4096];
    tkc_term_list l;
    tkc_error err;
    size_t n = 0;
    tkc_term_list_init(&l, NULL);
    assert_int_equal(tkc_terms_read(t, str(text), &l, &err), TKC_OK);
    for (size_t i = 0; i < l.n; i++) {
        const tkc_str s = tkc_terms_text(t, l.term[i].id);
        assert_true(l.term[i].begin < l.term[i].end && l.term[i].end <= strlen(text));
        assert_true(l.term[i].id < tkc_terms_n(t));
        n += (size_t)snprintf(shown + n, sizeof shown - n, "%s%.*s%s", n ? " " : "", (int)s.len, s.ptr,
                              l.term[i].is_stop ? "-" : "");
    }
    tkc_term_list_release(&l);
    shown[n] = '\0';
    return shown;
}

static void terms(void **state)
{
    tkc_terms *t, *plain, *german;
    tkc_error err;
    (void)state;
    assert_int_equal(tkc_terms_new(&t, NULL, 1, NULL, &err), TKC_OK);
    assert_int_equal(tkc_terms_new(&plain, "none", 2, NULL, &err), TKC_OK);
    assert_int_equal(tkc_terms_new(&german, "german", 3, NULL, &err), TKC_OK);
    assert_int_equal(tkc_terms_new(&t, "klingon", 1, NULL, &err), TKC_E_NOTFOUND);
    assert_non_null(strstr(err.message, "klingon"));
    assert_string_equal(terms_of(t, "The runners were running happily."), "the- runner were- run happili");
    assert_string_equal(terms_of(t, "Universities, university; the dog's"), "univers univers the- dog");
    assert_string_equal(terms_of(t, "not no never must 1,000 3.5%"), "not no never must 1000 3.5");
    assert_string_equal(terms_of(plain, "Running dogs"), "running dogs");
    assert_string_equal(terms_of(german, "H\xc3\xa4usern"), "haus");
    /* pairs of characters; one alone is itself; a blank or a letter parts them */
    assert_string_equal(terms_of(t, "\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97"),
                        "\xe4\xb8\xad\xe6\x96\x87 \xe6\x96\x87\xe5\xad\x97");
    assert_string_equal(terms_of(t, "a\xe4\xb8\xad" "b \xe6\x96\x87 \xe5\xad\x97"),
                        "a- \xe4\xb8\xad b \xe6\x96\x87 \xe5\xad\x97");
    assert_string_equal(terms_of(t, "\xe4\xb8\xad\xe6\x96\x87, ok"), "\xe4\xb8\xad\xe6\x96\x87 ok");
    assert_string_equal(terms_of(t, ""), "");
    tkc_terms_free(t);
    tkc_terms_free(plain);
    tkc_terms_free(german);
    tkc_terms_free(NULL);
    tkc_stemmer_free(NULL);
}

/* A stem that is met before the word of the same letters must not change that word's stem. */
static void terms_in_any_order(void **state)
{
    static const char *const word[] = {"generically", "generic", "gener", "skiing", "ski", "dying", "die", "ies", "i"};
    enum { N = sizeof word / sizeof *word };
    char want[N][64], text[256];
    tkc_error err;
    (void)state;
    for (size_t first = 0; first < N; first++) {
        tkc_terms *t;
        assert_int_equal(tkc_terms_new(&t, NULL, first, NULL, &err), TKC_OK);
        for (size_t k = 0; k < N; k++) {
            const size_t i = (first + k) % N;
            snprintf(text, sizeof text, "%s", terms_of(t, word[i]));
            if (first == 0) snprintf(want[i], sizeof want[i], "%.60s", text);
            assert_string_equal(text, want[i]);
        }
        tkc_terms_free(t);
    }
}

static void stop_words_and_stems(void **state)
{
    static const char *const yes[] = {"a", "the", "would", "yourselves", "i", "of"};
    static const char *const no[] = {"", "not", "never", "must", "nobody", "only", "zzz", "aa", "tha"};
    tkc_stemmer *s;
    tkc_error err;
    tkc_str out;
    char longword[300];
    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) assert_true(tkc_is_stop_word(str(yes[i])));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) assert_false(tkc_is_stop_word(str(no[i])));
    assert_int_equal(tkc_stem(NULL, str("running"), &out, &err), TKC_OK);
    assert_int_equal(out.len, 7);
    assert_int_equal(tkc_stemmer_new(&s, NULL, NULL, &err), TKC_OK);
    assert_int_equal(tkc_stem(s, str("running"), &out, &err), TKC_OK);
    assert_int_equal(out.len, 3);
    memset(longword, 'a', sizeof longword);
    memcpy(longword + sizeof longword - 3, "ing", 3);
    assert_int_equal(tkc_stem(s, (tkc_str){longword, sizeof longword}, &out, &err), TKC_OK);
    assert_int_equal(out.len, sizeof longword);
    tkc_stemmer_free(s);
}

static void same_stem(tkc_stemmer *quick, tkc_stemmer *slow, const char *word)
{
    char kept[64];
    tkc_str a, b;
    tkc_error err;
    assert_int_equal(tkc_stem(quick, str(word), &a, &err), TKC_OK);
    memcpy(kept, a.ptr, a.len);
    assert_int_equal(tkc_stem(slow, str(word), &b, &err), TKC_OK);
    if (a.len != b.len || memcmp(kept, b.ptr, a.len)) fail_msg("%s: %.*s, not %.*s", word, (int)a.len, kept, (int)b.len, b.ptr);
}

/* Words of small letters are stemmed here (stem_english.c); by another name of the same stemmer libstemmer is asked. */
static void stems_as_libstemmer(void **state)
{
    static const char *const front[] = {"", "a", "ga", "gat", "rela", "yo", "happi"};
    static const char *const body[] = {"b", "ay", "st", "gener", "commun", "arsen", "hopp", "ox", "relat", "probabl", "geolog", "yell", "decis"};
    static const char *const end[] = {"s", "sses", "ies", "ied", "us", "ed", "edly", "eed", "eedly", "ing", "ingly", "y", "e", "l", "ll", "at", "bl", "iz",
                                      "ational", "tional", "ation", "ator", "alism", "aliti", "alli", "fulness", "ousli", "ousness", "iveness",
                                      "iviti", "biliti", "bli", "ogi", "fulli", "lessli", "li", "izer", "ization", "enci", "anci", "abli", "entli",
                                      "alize", "icate", "iciti", "ical", "ness", "ful", "ative", "al", "ance", "ence", "er", "ic", "able", "ible",
                                      "ant", "ement", "ment", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion"};
    static const char *const whole[] = {"skis", "skies", "sky", "dying", "lying", "tying", "idly", "gently", "ugly", "early", "only", "singly", "news",
                                        "howe", "atlas", "cosmos", "bias", "andes", "inning", "outing", "canning", "herring", "earring", "proceed",
                                        "exceed", "succeed", "generic", "communism", "arsenal", "fulness", "s", "'", "'s'", "dogs'", "d'"};
    tkc_stemmer *quick, *slow;
    tkc_error err;
    char word[32];
    (void)state;
    assert_int_equal(tkc_stemmer_new(&quick, "english", NULL, &err), TKC_OK);
    assert_int_equal(tkc_stemmer_new(&slow, "en", NULL, &err), TKC_OK);
    for (size_t f = 0; f < sizeof front / sizeof *front; f++)
        for (unsigned k = 0; k < 26 * 26 * 26; k++) {
            snprintf(word, sizeof word, "%s%c%c%c", front[f], 'a' + k % 26, 'a' + k / 26 % 26, 'a' + k / 676);
            same_stem(quick, slow, word);
        }
    for (size_t b = 0; b < sizeof body / sizeof *body; b++)
        for (size_t e = 0; e < sizeof end / sizeof *end; e++)
            for (size_t k = 0; k < sizeof end / sizeof *end; k++) {
                snprintf(word, sizeof word, "%s%s%s", body[b], end[e], end[k]);
                same_stem(quick, slow, word);
            }
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) same_stem(quick, slow, whole[i]);
    tkc_stemmer_free(quick);
    tkc_stemmer_free(slow);
}

/* The spans of the terms of a text by the walk of words alone, without what is passed over at once. */
static void slow_terms(tkc_str text, tkc_term_list *l)
{
    tkc_words walk = tkc_words_of(text);
    tkc_word word, last = {.kind = TKC_WORD_MARK};
    bool lone = false, more = true;
    while (more) {
        bool character, pairs;
        more = tkc_word_next(&walk, &word);
        character = more && word.kind == TKC_WORD_CHARACTER;
        pairs = character && last.kind == TKC_WORD_CHARACTER && last.end == word.begin;
        if (pairs || lone) l->term[l->n++] = (tkc_term){.begin = (uint32_t)last.begin, .end = (uint32_t)(pairs ? word.end : last.end), .kind = TKC_WORD_CHARACTER};
        if (more && word.kind != TKC_WORD_MARK && !character)
            l->term[l->n++] = (tkc_term){.begin = (uint32_t)word.begin, .end = (uint32_t)word.end, .kind = (uint8_t)word.kind};
        lone = character && !pairs;
        if (more) last = word;
    }
}

static void terms_of_any_text(void **state)
{
    static const char *const piece[] = {"a", "Word", "wordsinarow", "averyverylongwordindeed", "12", "3.5", "1,000", "don't", ",", ".", "-", "(", "\"", "'", "_",
                                        " ", " ", " ", "\n", "\x7f", "\xcc\x81", "\xc2\xad", "\xe2\x80\x8d", "\xc3\xa9", "\xe4\xb8\xad", "\xe6\x96\x87", "\xff",
                                        "\xe0\xb8\x81", "\xc2\xa0", "\xe2\x80\x99"};
    static tkc_term slow[2000];
    char text[600];
    tkc_terms *t;
    tkc_term_list l;
    tkc_error err;
    (void)state;
    tkt_seed(11);
    tkc_term_list_init(&l, NULL);
    assert_int_equal(tkc_terms_new(&t, NULL, 1, NULL, &err), TKC_OK);
    for (int round = 0; round < 20000; round++) {
        tkc_term_list want = {.term = slow};
        size_t len = 0, most = tkt_random(60);
        while (len < most) len += (size_t)snprintf(text + len, sizeof text - len, "%s", piece[tkt_random(sizeof piece / sizeof *piece)]);
        l.n = 0;
        assert_int_equal(tkc_terms_read(t, (tkc_str){text, len}, &l, &err), TKC_OK);
        slow_terms((tkc_str){text, len}, &want);
        assert_int_equal(l.n, want.n);
        for (size_t i = 0; i < l.n; i++)
            if (l.term[i].begin != slow[i].begin || l.term[i].end != slow[i].end || l.term[i].kind != slow[i].kind)
                fail_msg("term %zu of %.*s", i, (int)len, text);
    }
    tkc_terms_free(t);
    tkc_term_list_release(&l);
}

static void many_words(void **state)
{
    tkc_terms *t;
    tkc_term_list l;
    tkc_error err;
    char word[32];
    uint32_t id[5000];
    (void)state;
    tkc_term_list_init(&l, NULL);
    assert_int_equal(tkc_terms_new(&t, "none", 7, NULL, &err), TKC_OK);
    for (int turn = 0; turn < 2; turn++)
        for (uint32_t i = 0; i < 5000; i++) {
            snprintf(word, sizeof word, "w%u", i);
            l.n = 0;
            assert_int_equal(tkc_terms_read(t, str(word), &l, &err), TKC_OK);
            assert_int_equal(l.n, 1);
            if (turn) assert_int_equal(id[i], l.term[0].id);
            id[i] = l.term[0].id;
        }
    assert_int_equal(tkc_terms_n(t), 5000);
    tkc_terms_free(t);
    tkc_term_list_release(&l);
}

static void terms_without_memory(void **state)
{
    static const char text[] = "Stemming words, \xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97 12,000 and the rest of them";
    size_t failed = 0;
    (void)state;
    for (size_t at = 1;; at++) {
        fail_alloc f = {.fail_at = at};
        const tkc_allocator a = fail_alloc_of(&f);
        tkc_terms *t = NULL;
        tkc_term_list l;
        tkc_error err;
        tkc_status status;
        tkc_term_list_init(&l, &a);
        status = tkc_terms_new(&t, NULL, 1, &a, &err);
        if (!status) status = tkc_terms_read(t, str(text), &l, &err);
        if (status) {
            assert_int_equal(status, TKC_E_NOMEM);
            assert_int_equal(l.n, 0);
            failed++;
            if (t) { /* and it can be tried again */
                assert_int_equal(tkc_terms_read(t, str(text), &l, &err), TKC_OK);
                assert_int_equal(l.n, 10);
            }
        }
        tkc_terms_free(t);
        tkc_term_list_release(&l);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (!status) break;
    }
    assert_true(failed > 5);
}

/* --- sentences ---------------------------------------------------------------------------- */

/* Units in brackets; P prose is bare, # heading, * item, ` code, | row. */
static const char *units_of(const char *text)
{
    static char shown[8192];
    tkc_sentences s = tkc_sentences_of(str(text));
    tkc_sentence one;
    size_t n = 0;
    while (tkc_sentence_next(&s, &one)) {
        static const char *const mark[] = {"", "#", "*", "`", "|"};
        n += (size_t)snprintf(shown + n, sizeof shown - n, "%s[%.*s]", mark[one.kind],
                              (int)(one.end - one.begin), text + one.begin);
    }
    shown[n] = '\0';
    return shown;
}

static void sentences(void **state)
{
    static const char *const want[][2] = {
        {"", ""},
        {" \n ", ""},
        {"One. Two! Three? Four", "[One.][Two!][Three?][Four]"},
        {"Pi is 3.14. It is not 3. Yes.", "[Pi is 3.14.][It is not 3.][Yes.]"},
        {"Mr. Smith met Dr. J. R. Jones. They spoke.", "[Mr. Smith met Dr. J. R. Jones.][They spoke.]"},
        {"See Fig. 3 and eq. 4. No. 5 is out. I said no. Then I left.",
         "[See Fig. 3 and eq. 4.][No. 5 is out.][I said no.][Then I left.]"},
        {"Use e.g. this, i.e. that. Done.", "[Use e.g. this, i.e. that.][Done.]"},
        {"Apples, pears, etc. are fruit. Nuts, etc. They are not.",
         "[Apples, pears, etc. are fruit.][Nuts, etc.][They are not.]"},
        {"The U.S. Army left the U.S. The end.", "[The U.S. Army left the U.S.][The end.]"},
        {"At 5 p.m. we met. So did I. Then we ate.", "[At 5 p.m. we met.][So did I.][Then we ate.]"},
        {"Acme Inc. said so. He works at Acme Inc. It is big.",
         "[Acme Inc. said so.][He works at Acme Inc.][It is big.]"},
        {"\"Really?\" he asked. \"Yes!\" She left.", "[\"Really?\" he asked.][\"Yes!\"][She left.]"},
        {"He said \"go.\" She went. (He did not.) End.", "[He said \"go.\"][She went.][(He did not.)][End.]"},
        {"Well... maybe. Well... Maybe.", "[Well... maybe.][Well...][Maybe.]"},
        {"What?! No!! Ok.", "[What?!][No!!][Ok.]"},
        {"Visit www.example.com/a.b?c=d today. Mail a.b@c.org. Bye.",
         "[Visit www.example.com/a.b?c=d today.][Mail a.b@c.org.][Bye.]"},
        {"Version 1.2.3 is out. Call foo.bar() now.", "[Version 1.2.3 is out.][Call foo.bar() now.]"},
        {"i like it. it is good. we agree.", "[i like it.][it is good.][we agree.]"},
        {"about 5 misc. items of 3 lb. each.", "[about 5 misc. items of 3 lb. each.]"},
        {"Okay . So we have it .", "[Okay .][So we have it .]"},
        /* other scripts */
        {"\xe4\xbd\xa0\xe5\xa5\xbd\xe3\x80\x82\xe5\x86\x8d\xe8\xa7\x81\xef\xbc\x81ok",
         "[\xe4\xbd\xa0\xe5\xa5\xbd\xe3\x80\x82][\xe5\x86\x8d\xe8\xa7\x81\xef\xbc\x81][ok]"},
        {"\xe3\x80\x8c\xe3\x81\xaf\xe3\x81\x84\xe3\x80\x82\xe3\x80\x8d\xe3\x81\xa8",
         "[\xe3\x80\x8c\xe3\x81\xaf\xe3\x81\x84\xe3\x80\x82\xe3\x80\x8d][\xe3\x81\xa8]"},
        {"\xe4\xbd\xa0\xe5\xa5\xbd!\xe5\x86\x8d\xe8\xa7\x81.\xe5\xa5\xbd",
         "[\xe4\xbd\xa0\xe5\xa5\xbd!][\xe5\x86\x8d\xe8\xa7\x81.][\xe5\xa5\xbd]"},
        {"\xe0\xa4\xa8\xe0\xa4\xae\xe0\xa5\xa4 \xe0\xa4\xa8", "[\xe0\xa4\xa8\xe0\xa4\xae\xe0\xa5\xa4][\xe0\xa4\xa8]"},
        {"\xd9\x85\xd8\xa7\xd8\x9f \xd9\x86\xd8\xb9\xd9\x85.", "[\xd9\x85\xd8\xa7\xd8\x9f][\xd9\x86\xd8\xb9\xd9\x85.]"},
        {"\xc2\xbfQu\xc3\xa9? \xc2\xa1S\xc3\xad! Bueno.", "[\xc2\xbfQu\xc3\xa9?][\xc2\xa1S\xc3\xad!][Bueno.]"},
        {"Das ist Nr. 5 usw. und so. Ende.", "[Das ist Nr. 5 usw. und so.][Ende.]"},
        /* lines */
        {"A title\n\nBody text", "[A title][Body text]"},
        {"Be brief\nUse JSON\nNever guess", "[Be brief][Use JSON][Never guess]"},
        {"this line goes\non here", "[this line goes\non here]"},
        {"Rules:\nfirst", "[Rules:][first]"},
        {"The quick brown fox jumps over the lazy dog and meets\nWilliam behind the house. Then both of them went away to\nsleep.",
         "[The quick brown fox jumps over the lazy dog and meets\nWilliam behind the house.][Then both of them went away to\nsleep.]"},
        {"# Head\ntext here\n## Sub\nmore", "#[# Head][text here]#[## Sub][more]"},
        {"Intro:\n- one\n- two. More of two.\n* three", "[Intro:]*[- one]*[- two.][More of two.]*[* three]"},
        {"1. Do this.\n2. Do that.\n10) Last", "*[1. Do this.]*[2. Do that.]*[10) Last]"},
        {"a) one\n(2) two", "*[a) one]*[(2) two]"},
        {"A. Smith wrote it.", "[A. Smith wrote it.]"},
        {"Run:\n```sh\nls. Foo\n\nrm\n```\nDone. Ok", "[Run:]`[```sh\nls. Foo\n\nrm\n```][Done.][Ok]"},
        {"````\n```\nx\n````\ny", "`[````\n```\nx\n````][y]"},
        {"~~~\nopen. End", "`[~~~\nopen. End]"},
        {"|a|b|\n|-|-|\n|1. X|2|", "|[|a|b|]|[|-|-|]|[|1. X|2|]"},
        {"<rules>\nBe kind.\n</rules>", "|[<rules>][Be kind.]|[</rules>]"},
        {"above\n---\nbelow", "[above]|[---][below]"},
        {"a <b> c\n- not", "[a <b> c]*[- not]"},
        {"-", "[-]"},
        {"- ", "[-]"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_string_equal(units_of(want[i][0]), want[i][1]);
}

static void sentence_flags(void **state)
{
    tkc_sentences s = tkc_sentences_of(str("One. Two.\nThree\n\nFour"));
    tkc_sentence one;
    static const bool line[] = {true, false, true, true}, paragraph[] = {true, false, false, true};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_true(tkc_sentence_next(&s, &one));
        assert_int_equal(one.is_line, line[i]);
        assert_int_equal(one.is_paragraph, paragraph[i]);
    }
    assert_false(tkc_sentence_next(&s, &one));
    assert_false(tkc_sentence_next(&s, &one));
}

/* A mark is seen at every place of the eight bytes that are looked at at once, and behind each byte that is none. */
static void marks_anywhere(void **state)
{
    static const char *const mark[] = {"!", ".", "?", "\n\n", "\xe3\x80\x82", "\xe2\x80\xa6"};
    char text[100];
    (void)state;
    for (size_t m = 0; m < sizeof mark / sizeof *mark; m++)
        for (unsigned fill = 1; fill < 128; fill++)
            for (int n = 4; n < 30; n++) {
                tkc_sentences walk;
                tkc_sentence one;
                const char c = (char)fill;
                const int end = n + (*mark[m] == '\n' ? 0 : (int)strlen(mark[m]));
                int len;
                if (strchr("\n!.?", c) || strchr(" \t\r\v\f\x1c\x1d\x1e\x1f", c)) continue;
                memset(text, 'b', sizeof text);
                text[0] = 'B';
                text[n - 2] = c;
                len = n + snprintf(text + n, sizeof text - (size_t)n, "%s Then we go on.", mark[m]);
                walk = tkc_sentences_of((tkc_str){text, (size_t)len});
                assert_true(tkc_sentence_next(&walk, &one));
                if (one.begin != 0 || one.end != (size_t)end) fail_msg("%zu to %zu of \"%s\", not %d", one.begin, one.end, text, end);
            }
}

/* Whatever the bytes: in order, trimmed, nothing but white space between. */
static void check_cover(tkc_str t)
{
    tkc_sentences s = tkc_sentences_of(t);
    tkc_words w;
    tkc_word word;
    tkc_sentence one;
    size_t end = 0;
    while (tkc_sentence_next(&s, &one)) {
        assert_true(one.begin >= end && one.begin < one.end && one.end <= t.len);
        w = tkc_words_of((tkc_str){t.ptr + end, one.begin - end});
        assert_false(tkc_word_next(&w, &word));
        w = tkc_words_of((tkc_str){t.ptr + one.begin, one.end - one.begin});
        assert_true(tkc_word_next(&w, &word));
        assert_int_equal(word.begin, 0);
        end = one.end;
    }
    w = tkc_words_of((tkc_str){t.ptr + end, t.len - end});
    assert_false(tkc_word_next(&w, &word));
}

static void any_bytes(void **state)
{
    static const char *const bit[] = {".", "!", " ", "\n", "\n\n", "Mr", "a", "B", "12", "\"", ")", "(", "```", "# ",
                                      "- ", "1. ", "\xe3\x80\x82", "\xe2\x80\xa6", "\xff", "\xe4\xb8", "|", "<x>", "---",
                                      "\xc2\xa0", "e.g", "\xe4\xb8\xad", "\xe3\x83\xbb", "\t", "\r\n", "~~~", "the"};
    char text[2048];
    (void)state;
    tkt_seed(11);
    for (int round = 0; round < 4000; round++) {
        size_t n = 0;
        const size_t want = tkt_random(60);
        for (size_t i = 0; i < want; i++) {
            const char *b = bit[tkt_random(sizeof bit / sizeof *bit)];
            memcpy(text + n, b, strlen(b));
            n += strlen(b);
        }
        char *exact = malloc(n ? n : 1);
        memcpy(exact, text, n);
        check_cover((tkc_str){exact, n});
        free(exact);
    }
    for (int round = 0; round < 300; round++) {
        size_t n = tkt_random_text(text, 60);
        check_cover((tkc_str){text, n});
    }
}

/* Megabytes that would take hours if anything were read again and again. */
static void is_linear(void **state)
{
    static const char *const bit[] = {".", ". ", ".\"", "((", ". (", "\n", "\n \n", "a\n", "A\n", "```\n", "`", "|", "- ", "<",
                                      "1.", "a.", "e.g.", "x ", "\xe3\x80\x82", "\xff", "# ", "---", "=\n", "12,345", "a'", ") ",
                                      "\xe4\xb8\xad", "a\xcc\x81", "? ", "...", "A. "};
    enum { SIZE = 300000 };
    char *text = malloc(SIZE + 8);
    (void)state;
    assert_non_null(text);
    for (size_t b = 0; b < sizeof bit / sizeof *bit; b++) {
        tkc_sentences s;
        tkc_sentence one;
        tkc_words w;
        tkc_word word;
        size_t n = 0, count = 0;
        while (n < SIZE) {
            memcpy(text + n, bit[b], strlen(bit[b]));
            n += strlen(bit[b]);
        }
        s = tkc_sentences_of((tkc_str){text, n});
        while (tkc_sentence_next(&s, &one)) count++;
        w = tkc_words_of((tkc_str){text, n});
        while (tkc_word_next(&w, &word)) count++;
        assert_true(count <= 2 * n);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),          cmocka_unit_test(terms),
        cmocka_unit_test(terms_in_any_order), cmocka_unit_test(stop_words_and_stems),
        cmocka_unit_test(stems_as_libstemmer), cmocka_unit_test(terms_of_any_text),
        cmocka_unit_test(many_words),     cmocka_unit_test(terms_without_memory),
        cmocka_unit_test(sentences),      cmocka_unit_test(sentence_flags), cmocka_unit_test(marks_anywhere),
        cmocka_unit_test(any_bytes),      cmocka_unit_test(is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
