/*
 * stem_english.c - the English stemmer (Porter's second) for words of small letters.
 *
 * Its rules are those of libstemmer 2.2, which it stands in for (stem.c): that takes 2,700 instructions a word, as it reads
 * UTF-8 and looks for every ending by its table, and was a twentieth of all that a fit takes. A test asks both about the same
 * words. Names of steps and regions are those of the algorithm's description (snowballstem.org, "english").
 */
#include "optimizer/text/stem_english.h"

#include "vocab/base/ascii.h"

#include <string.h>

/* A word under way. 'Y' is a y that is no vowel. R1 and R2 are what stands behind r1 and r2. */
typedef struct word {
    char *s;
    size_t n, r1, r2;
} word;

/* An ending, and what takes its place. */
typedef struct ending {
    unsigned char n;
    char end[9], to[5];
} ending;
#define END(end, to) {sizeof end - 1, end, to}
#define N(list) (sizeof list / sizeof *list)

#define BIT(c) (UINT32_C(1) << ((c) & 31))
#define VOWELS (BIT('a') | BIT('e') | BIT('i') | BIT('o') | BIT('u') | BIT('y'))

static bool among(char c, uint32_t letters)
{
    return letters >> (c & 31) & 1;
}

/* Letters by another one: two letters say of nearly all words that they are none of a list. */
typedef const uint32_t pairs[32];
#define L(c) [(c) & 31]

static bool is_pair(pairs p, char by, char c)
{
    return among(c, p[by & 31]);
}

static bool is_vowel(char c)
{
    return c != 'Y' && among(c, VOWELS);
}

static bool is(const word *w, const char *s, size_t n)
{
    return w->n == n && memcmp(w->s, s, n) == 0;
}

/* The longest ending that the word has, of a list with the long ones first, and where it begins: not in front of `from`, else NULL.
 * last: the last two letters of each. */
static const ending *ending_of(const word *w, size_t from, pairs last, const ending *list, size_t n, size_t *begin)
{
    if (w->n < from + 2 || !is_pair(last, w->s[w->n - 1], w->s[w->n - 2])) return NULL;
    for (const ending *e = list; e < list + n; e++)
        if (e->end[e->n - 1] == w->s[w->n - 1] && e->n <= w->n && memcmp(w->s + w->n - e->n, e->end, e->n) == 0) {
            *begin = w->n - e->n;
            return *begin < from ? NULL : e;
        }
    return NULL;
}

static void become(word *w, size_t begin, const char *to)
{
    const size_t n = strlen(to);
    memcpy(w->s + begin, to, n);
    w->n = begin + n;
}

static bool has_vowel(const word *w, size_t end)
{
    for (size_t i = 0; i < end; i++)
        if (is_vowel(w->s[i])) return true;
    return false;
}

/* Behind the first consonant that follows a vowel, from i on; or the end. */
static size_t region(const word *w, size_t i)
{
    while (i < w->n && !is_vowel(w->s[i])) i++;
    while (i < w->n && is_vowel(w->s[i])) i++;
    return i < w->n ? i + 1 : w->n;
}

static void mark(word *w)
{
    static const ending heads[] = {END("commun", ""), END("arsen", ""), END("gener", "")};
    if (w->s[0] == 'y') w->s[0] = 'Y';
    for (size_t i = 1; i < w->n; i++)
        if (w->s[i] == 'y' && is_vowel(w->s[i - 1])) w->s[i] = 'Y';
    w->r1 = 0;
    for (size_t i = 0; i < N(heads); i++)
        if (w->s[0] == heads[i].end[0] && heads[i].n <= w->n && memcmp(w->s, heads[i].end, heads[i].n) == 0) w->r1 = heads[i].n;
    if (!w->r1) w->r1 = region(w, 0);
    w->r2 = region(w, w->r1);
}

/* Whether what stands in front of `end` ends in a short syllable. */
static bool is_short(const word *w, size_t end)
{
    const char *s = w->s;
    if (end < 2 || is_vowel(s[end - 1]) || !is_vowel(s[end - 2])) return false;
    if (end == 2) return true;
    return s[end - 1] != 'w' && s[end - 1] != 'x' && s[end - 1] != 'Y' && !is_vowel(s[end - 3]);
}

/* Whole words with a stem of their own. */
static bool is_exception(word *w)
{
    static const struct {
        const char *word, *stem;
    } row[] = {{"andes", "andes"}, {"atlas", "atlas"}, {"bias", "bias"}, {"cosmos", "cosmos"}, {"dying", "die"}, {"early", "earli"},
               {"gently", "gentl"}, {"howe", "howe"}, {"idly", "idl"}, {"lying", "lie"}, {"news", "news"}, {"only", "onli"},
               {"singly", "singl"}, {"skies", "sky"}, {"skis", "ski"}, {"sky", "sky"}, {"tying", "tie"}, {"ugly", "ugli"}};
    static pairs first = {
        L('a') = BIT('n') | BIT('t'), L('b') = BIT('i'), L('c') = BIT('o'), L('d') = BIT('y'), L('e') = BIT('a'),
        L('g') = BIT('e'), L('h') = BIT('o'), L('i') = BIT('d'), L('l') = BIT('y'), L('n') = BIT('e'), L('o') = BIT('n'),
        L('s') = BIT('i') | BIT('k'), L('t') = BIT('y'), L('u') = BIT('g')};
    if (w->n > 6 || !is_pair(first, w->s[0], w->s[1])) return false;
    for (size_t i = 0; i < N(row); i++)
        if (row[i].word[0] == w->s[0] && row[i].word[1] == w->s[1] && is(w, row[i].word, strlen(row[i].word))) {
            become(w, 0, row[i].stem);
            return true;
        }
    return false;
}

/* s and what ends in it. */
static void step_1a(word *w)
{
    const size_t n = w->n;
    const char *end = w->s + n;
    if (end[-1] == 's') {
        if (end[-2] == 'u' || end[-2] == 's') return;
        if (end[-2] == 'e' && n >= 4 && end[-3] == 's' && end[-4] == 's') w->n -= 2;
        else if (end[-2] == 'e' && end[-3] == 'i') w->n -= n >= 5 ? 2 : 1;
        else if (has_vowel(w, n - 2)) w->n--;
    } else if (end[-1] == 'd' && end[-2] == 'e' && end[-3] == 'i') {
        w->n -= n >= 5 ? 2 : 1;
    }
}

/* What step 1a leaves that stays as it is. */
static bool is_whole(const word *w)
{
    static const char *const row[] = {"canning", "earring", "exceed", "herring", "inning", "outing", "proceed", "succeed"};
    if (w->n < 6 || w->n > 7 || (w->s[w->n - 1] != 'g' && w->s[w->n - 1] != 'd')) return false;
    for (size_t i = 0; i < N(row); i++)
        if (is(w, row[i], strlen(row[i]))) return true;
    return false;
}

/* ed, ing. */
static void step_1b(word *w)
{
    static const ending list[] = {END("eedly", "ee"), END("ingly", ""), END("edly", ""), END("eed", "ee"), END("ing", ""), END("ed", "")};
    static pairs last = {L('y') = BIT('l'), L('d') = BIT('e'), L('g') = BIT('n')};
    const ending *e;
    size_t begin;
    e = ending_of(w, 0, last, list, N(list), &begin);
    if (!e) return;
    if (e->to[0]) {
        if (w->r1 <= begin) become(w, begin, e->to);
        return;
    }
    if (!has_vowel(w, begin)) return;
    w->n = begin;
    if (begin >= 2) {
        const char a = w->s[begin - 2], b = w->s[begin - 1];
        if ((a == 'a' && b == 't') || (a == 'b' && b == 'l') || (a == 'i' && b == 'z')) {
            become(w, begin, "e");
            return;
        }
        if (a == b && among(b, BIT('b') | BIT('d') | BIT('f') | BIT('g') | BIT('m') | BIT('n') | BIT('p') | BIT('r') |
            BIT('t'))) {
            w->n--;
            return;
        }
    }
    if (begin == w->r1 && is_short(w, begin)) become(w, begin, "e");
}

static void step_1c(word *w)
{
    char *last = &w->s[w->n - 1];
    if (w->n > 2 && (*last | 0x20) == 'y' && !is_vowel(last[-1])) *last = 'i';
}

static void step_2(word *w)
{
    static const ending list[] = {
        END("ational", "ate"), END("fulness", "ful"), END("iveness", "ive"), END("ization", "ize"), END("ousness", "ous"),
        END("biliti", "ble"), END("lessli", "less"), END("tional", "tion"),
        END("alism", "al"), END("aliti", "al"), END("ation", "ate"), END("entli", "ent"), END("fulli", "ful"), END("iviti", "ive"),
        END("ousli", "ous"),
        END("abli", "able"), END("alli", "al"), END("anci", "ance"), END("ator", "ate"), END("enci", "ence"), END("izer", "ize"),
        END("bli", "ble"), END("ogi", "og"), END("li", "")};
    static pairs last = {L('l') = BIT('a'), L('s') = BIT('s'), L('n') = BIT('o'), L('i') = BIT('t') | BIT('l') | BIT('c') |
        BIT('g'), L('m') = BIT('s'), L('r') = BIT('o') | BIT('e')};
    const ending *e;
    size_t begin;
    e = ending_of(w, w->r1, last, list, N(list), &begin);
    if (!e) return;
    if (e->end[0] == 'o' && e->n == 3 && (begin == 0 || w->s[begin - 1] != 'l')) return;
    if (e->n == 2 && (begin == 0 || !among(w->s[begin - 1], BIT('c') | BIT('d') | BIT('e') | BIT('g') | BIT('h') |
        BIT('k') | BIT('m') | BIT('n') | BIT('r') | BIT('t')))) return;
    become(w, begin, e->to);
}

static void step_3(word *w)
{
    static const ending list[] = {END("ational", "ate"), END("tional", "tion"), END("alize", "al"), END("ative", ""), END("icate", "ic"),
                                  END("iciti", "ic"), END("ical", "ic"), END("ness", ""), END("ful", "")};
    static pairs last = {L('l') = BIT('a') | BIT('u'), L('e') = BIT('z') | BIT('v') | BIT('t'), L('i') = BIT('t'),
        L('s') = BIT('s')};
    const ending *e;
    size_t begin;
    e = ending_of(w, w->r1, last, list, N(list), &begin);
    if (!e || (e->n == 5 && !e->to[0] && begin < w->r2)) return; /* ative */
    become(w, begin, e->to);
}

static void step_4(word *w)
{
    static const ending list[] = {END("ement", ""), END("able", ""), END("ance", ""), END("ence", ""), END("ible", ""), END("ment", ""),
                                  END("ant", ""), END("ate", ""), END("ent", ""), END("ion", ""), END("ism", ""), END("iti", ""),
                                  END("ive", ""), END("ize", ""), END("ous", ""), END("al", ""), END("er", ""), END("ic", "")};
    static pairs last = {L('t') = BIT('n'), L('e') = BIT('l') | BIT('c') | BIT('t') | BIT('v') | BIT('z'),
        L('n') = BIT('o'), L('m') = BIT('s'), L('i') = BIT('t'), L('s') = BIT('u'), L('l') = BIT('a'), L('r') = BIT('e'),
        L('c') = BIT('i')};
    const ending *e;
    size_t begin;
    e = ending_of(w, w->r2, last, list, N(list), &begin);
    if (!e) return;
    if (e->end[1] == 'o' && e->end[0] == 'i' && (begin == 0 || (w->s[begin - 1] != 's' && w->s[begin - 1] != 't'))) return;
    w->n = begin;
}

static void step_5(word *w)
{
    const size_t last = w->n - 1;
    if (w->s[last] == 'e' && (w->r2 <= last || (w->r1 <= last && !is_short(w, last)))) w->n--;
    else if (w->s[last] == 'l' && w->r2 <= last && last > 0 && w->s[last - 1] == 'l') w->n--;
}

size_t tkc_stem_english(tkc_str from, char *to)
{
    word w = {.s = to, .n = from.len};
    for (size_t i = 0; i < from.len; i++)
        if (!tkc_is_lower(from.ptr[i])) return 0;
    memcpy(to, from.ptr, from.len);
    if (w.n < 3 || is_exception(&w)) return w.n;
    mark(&w);
    step_1a(&w);
    if (!is_whole(&w)) {
        step_1b(&w);
        step_1c(&w);
        step_2(&w);
        step_3(&w);
        step_4(&w);
        step_5(&w);
    }
    for (size_t i = 0; i < w.n; i++)
        if (to[i] == 'Y') to[i] = 'y';
    return w.n;
}
