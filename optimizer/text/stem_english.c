/*
 * stem_english.c - the English stemmer of the Snowball project ("Porter 2"), for words of ASCII letters.
 *
 * libstemmer's own takes 2,700 instructions a word, which was a twentieth of a whole plan over spoken text; this takes 900. It is
 * the same function: tests/unit/optimizer/test_text.c asks both about 300,000 words, all endings among them. Rules and names of
 * steps and regions are those of snowballstem.org/algorithms/english/stemmer.html.
 */
#include "optimizer/text/stem.h"

#include "vocab/base/ascii.h"

#include <string.h>

/* Regions begin at p1 and p2: what an ending is taken off by may have to lie in one. */
typedef struct word {
    char *w;
    size_t n, p1, p2;
} word;

typedef struct ending {
    const char *from, *to;
    size_t n; /* bytes of from */
} ending;
#define E(from, to) {from, to, sizeof(from) - 1}

#define SIZE(s) (sizeof(s) - 1)
#define BEGINS_WITH(x, s) ((x)->n >= SIZE(s) && memcmp((x)->w, s, SIZE(s)) == 0)
#define ENDS_WITH(x, s) ((x)->n >= SIZE(s) && memcmp((x)->w + (x)->n - SIZE(s), s, SIZE(s)) == 0)

/* A set of small letters. */
#define L(c) (UINT32_C(1) << ((c) - 'a'))
#define DOUBLES (L('b') | L('d') | L('f') | L('g') | L('m') | L('n') | L('p') | L('r') | L('t'))
#define BEFORE_LI (L('c') | L('d') | L('e') | L('g') | L('h') | L('k') | L('m') | L('n') | L('r') | L('t'))
static bool is_in(char c, uint32_t letters)
{
    const unsigned k = (unsigned char)c - 'a';
    return k < 26 && (letters >> k & 1);
}

/* The longest of rows, which stand from long to short, that the word ends with, where its last letter is one of last; NULL: none. */
static const ending *longest(const word *x, uint32_t last, const ending *row, size_t n)
{
    const char c = x->w[x->n - 1];
    if (!is_in(c, last)) return NULL;
    for (size_t i = 0; i < n; i++)
        if (row[i].from[row[i].n - 1] == c && x->n >= row[i].n && memcmp(x->w + x->n - row[i].n, row[i].from, row[i].n) == 0) return &row[i];
    return NULL;
}
#define LONGEST(x, last, rows) longest(x, last, rows, sizeof rows / sizeof *rows)

/* "Y" is a consonant. */
static bool is_vowel(char c)
{
    return is_in(c, L('a') | L('e') | L('i') | L('o') | L('u') | L('y'));
}

static bool has_vowel(const word *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_vowel(x->w[i])) return true;
    return false;
}

static void replace(word *x, size_t at, const char *to)
{
    const size_t n = strlen(to);
    memcpy(x->w + at, to, n);
    x->n = at + n;
}

/* The first n letters end with a short syllable. */
static bool is_short(const word *x, size_t n)
{
    const char *w = x->w;
    if (n == 2) return is_vowel(w[0]) && !is_vowel(w[1]);
    return n > 2 && !is_vowel(w[n - 1]) && !tkc_is_one_of(w[n - 1], "wxY") && is_vowel(w[n - 2]) && !is_vowel(w[n - 3]);
}

/* Behind the first consonant behind a vowel from i on. */
static size_t region(const word *x, size_t i)
{
    while (i < x->n && !is_vowel(x->w[i])) i++;
    while (i < x->n && is_vowel(x->w[i])) i++;
    return i < x->n ? i + 1 : x->n;
}

static void mark_regions(word *x)
{
    if (BEGINS_WITH(x, "gener") || BEGINS_WITH(x, "arsen")) x->p1 = 5;
    else if (BEGINS_WITH(x, "commun")) x->p1 = 6;
    else x->p1 = region(x, 0);
    x->p2 = region(x, x->p1);
}

/* Plurals and possessives. */
static void step_1a(word *x)
{
    if (ENDS_WITH(x, "'s'")) x->n -= 3;
    else if (ENDS_WITH(x, "'s")) x->n -= 2;
    else if (ENDS_WITH(x, "'")) x->n--;
    if (ENDS_WITH(x, "sses")) x->n -= 2;
    else if (ENDS_WITH(x, "ied") || ENDS_WITH(x, "ies")) x->n -= x->n > 4 ? 2 : 1;
    else if (ENDS_WITH(x, "s") && !ENDS_WITH(x, "us") && !ENDS_WITH(x, "ss") && x->n > 1 && has_vowel(x, x->n - 2)) x->n--;
}

/* "ed", "ing". */
static void step_1b(word *x)
{
    static const ending rows[] = {
        E("eedly", "ee"), E("ingly", ""), E("edly", ""), E("eed", "ee"), E("ing", ""), E("ed", "")};
    const ending *e = LONGEST(x, L('d') | L('g') | L('y'), rows);
    const size_t at = e ? x->n - e->n : 0;
    if (!e) return;
    if (*e->to) {
        if (at >= x->p1) replace(x, at, e->to);
        return;
    }
    if (!has_vowel(x, at)) return;
    x->n = at;
    if (ENDS_WITH(x, "at") || ENDS_WITH(x, "bl") || ENDS_WITH(x, "iz")) replace(x, x->n, "e");
    else if (x->n > 1 && x->w[x->n - 1] == x->w[x->n - 2] && is_in(x->w[x->n - 1], DOUBLES)) x->n--;
    else if (x->n == x->p1 && is_short(x, x->n)) replace(x, x->n, "e");
}

static void step_1c(word *x)
{
    if (x->n > 2 && (x->w[x->n - 1] | 0x20) == 'y' && !is_vowel(x->w[x->n - 2])) x->w[x->n - 1] = 'i';
}

static void step_2(word *x)
{
    static const ending rows[] = {
        E("ational", "ate"), E("fulness", "ful"), E("iveness", "ive"), E("ization", "ize"), E("ousness", "ous"),
        E("biliti", "ble"), E("lessli", "less"), E("tional", "tion"), E("alism", "al"), E("aliti", "al"), E("ation", "ate"),
        E("entli", "ent"), E("fulli", "ful"), E("iviti", "ive"), E("ousli", "ous"), E("abli", "able"), E("alli", "al"),
        E("anci", "ance"), E("ator", "ate"), E("enci", "ence"), E("izer", "ize"), E("bli", "ble"), E("ogi", "og"), E("li", "")};
    const ending *e = LONGEST(x, L('l') | L('s') | L('n') | L('i') | L('m') | L('r'), rows);
    const size_t at = e ? x->n - e->n : 0;
    if (!e || at < x->p1) return;
    if (!*e->to && (!at || !is_in(x->w[at - 1], BEFORE_LI))) return;
    if (!strcmp(e->from, "ogi") && (!at || x->w[at - 1] != 'l')) return;
    replace(x, at, e->to);
}

static void step_3(word *x)
{
    static const ending rows[] = {
        E("ational", "ate"), E("tional", "tion"), E("alize", "al"), E("ative", ""), E("icate", "ic"), E("iciti", "ic"),
        E("ical", "ic"), E("ness", ""), E("ful", "")};
    const ending *e = LONGEST(x, L('l') | L('e') | L('i') | L('s'), rows);
    const size_t at = e ? x->n - e->n : 0;
    if (!e || at < x->p1 || (!strcmp(e->from, "ative") && at < x->p2)) return;
    replace(x, at, e->to);
}

static void step_4(word *x)
{
    static const ending rows[] = {
        E("ement", ""), E("able", ""), E("ance", ""), E("ence", ""), E("ible", ""), E("ment", ""), E("ant", ""), E("ate", ""),
        E("ent", ""), E("ion", ""), E("ism", ""), E("iti", ""), E("ive", ""), E("ize", ""), E("ous", ""), E("al", ""),
        E("er", ""), E("ic", "")};
    const uint32_t last = L('t') | L('e') | L('n') | L('m') | L('i') | L('s') | L('l') | L('r') | L('c');
    const ending *e = x->p2 < x->n ? LONGEST(x, last, rows) : NULL;
    const size_t at = e ? x->n - e->n : 0;
    if (!e || at < x->p2) return;
    if (!strcmp(e->from, "ion") && (!at || !tkc_is_one_of(x->w[at - 1], "st"))) return;
    x->n = at;
}

static void step_5(word *x)
{
    const size_t at = x->n - 1;
    if (x->w[at] == 'e' && (at >= x->p2 || (at >= x->p1 && !is_short(x, at)))) x->n--;
    else if (x->w[at] == 'l' && at >= x->p2 && at > 0 && x->w[at - 1] == 'l') x->n--;
}

static bool is_exception(word *x)
{
    static const ending rows[] = {
        E("skis", "ski"), E("skies", "sky"), E("dying", "die"), E("lying", "lie"), E("tying", "tie"), E("idly", "idl"),
        E("gently", "gentl"), E("ugly", "ugli"), E("early", "earli"), E("only", "onli"), E("singly", "singl"), E("sky", "sky"),
        E("news", "news"), E("howe", "howe"), E("atlas", "atlas"), E("cosmos", "cosmos"), E("bias", "bias"),
        E("andes", "andes")};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (*x->w == *rows[i].from && rows[i].n == x->n && !memcmp(x->w, rows[i].from, x->n)) {
            replace(x, 0, rows[i].to);
            return true;
        }
    return false;
}

/* What is done by then with "s" taken off. */
static bool is_done(const word *x)
{
    static const char *const words[] = {"inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (*x->w == *words[i] && strlen(words[i]) == x->n && !memcmp(x->w, words[i], x->n)) return true;
    return false;
}

size_t tkc_stem_english(char *w, size_t n)
{
    word x = {.w = w, .n = n};
    if (n < 3 || is_exception(&x)) return x.n;
    if (w[0] == '\'') memmove(w, w + 1, --x.n);
    if (w[0] == 'y') w[0] = 'Y';
    for (size_t i = 1; i < x.n; i++)
        if (w[i] == 'y' && is_vowel(w[i - 1])) w[i] = 'Y';
    mark_regions(&x);
    step_1a(&x);
    if (x.n && !is_done(&x)) {
        step_1b(&x);
        step_1c(&x);
        if (x.n) step_2(&x);
        if (x.n) step_3(&x);
        if (x.n) step_4(&x);
        if (x.n) step_5(&x);
    }
    for (size_t i = 0; i < x.n; i++)
        if (w[i] == 'Y') w[i] = 'y';
    return x.n;
}
