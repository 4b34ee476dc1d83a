/* summarise_voice.c - a spoken sentence made to stand alone: openers off, "I" and "you" named. */
#include "optimizer/text/bytes8.h"
#include "optimizer/text/summarise_impl.h"
#include "tokenizer/kernels/bits.h"
#include "vocab/base/ascii.h"

#include <string.h>

enum { WORD_MAX = 16 };

static char at(tkc_str s, size_t i)
{
    return i < s.len ? s.ptr[i] : 0;
}

/* Behind the letters at i. */
static size_t letters_end(tkc_str s, size_t i)
{
    uint64_t ignored;
    unsigned n;
    do {
        n = tkc_letters8(tkc_bytes8(s, i), &ignored);
        i += n;
    } while (n == 8);
    return i;
}

/* Which second letters words have, by their first letter: a set of words that two letters say of nearly all others that they
 * are not in it. Bit 0: words of one letter. */
typedef const uint32_t by_letters[32];
#define L(c) [(c) & 31]
#define SECOND(c) (UINT32_C(1) << ((c) & 31))
#define ALONE UINT32_C(1)

/* The word of ASCII letters at i, which there is one of; behind it. *may_be: whether it may be one of words. */
static ALWAYS_INLINE size_t pass_letters(tkc_str s, size_t i, by_letters words, bool *may_be)
{
    uint64_t low;
    const unsigned n = tkc_letters8(tkc_bytes8(s, i), &low);
    *may_be = words[low & 31] >> (low >> 8 & 31) & 1;
    return n < 8 ? i + n : letters_end(s, i + n);
}

/* ' or U+2019 at i: its bytes, else 0. */
static size_t apostrophe(tkc_str s, size_t i)
{
    if (at(s, i) == '\'') return 1;
    return i + 3 <= s.len && !memcmp(s.ptr + i, "\xe2\x80\x99", 3) ? 3 : 0;
}

/* False: at i, or behind a blank there, is no apostrophe. */
static bool may_be_apostrophe(tkc_str s, size_t i)
{
    const char c = at(s, i) == ' ' ? at(s, i + 1) : at(s, i);
    return c == '\'' || c == '\xe2';
}

/* The word at i in lower case, "'" for any apostrophe, also where transcripts have blanks around it
 * ("don ' t"); behind it. Longer words: w is empty. */
static size_t word_at(tkc_str s, size_t i, char w[WORD_MAX + 1])
{
    static const char *const tails[] = {"m", "ve", "ll", "d", "re", "t", "s"};
    size_t n = 0, a, p;
    char c;
    while (n < WORD_MAX && i < s.len && (c = (char)(s.ptr[i] | 0x20)) >= 'a' && c <= 'z') {
        w[n++] = c;
        i++;
    }
    if (n < WORD_MAX && !may_be_apostrophe(s, i)) { /* nearly always */
        w[n] = 0;
        return i;
    }
    while (tkc_is_alpha(at(s, i)) || (n && (a = apostrophe(s, i)) != 0 && tkc_is_alpha(at(s, i + a)))) {
        a = tkc_is_alpha(s.ptr[i]) ? 0 : apostrophe(s, i);
        if (n < WORD_MAX) w[n] = a ? '\'' : tkc_ascii_lower(s.ptr[i]);
        n++;
        i += a ? a : 1;
    }
    p = i;
    if (at(s, p) == ' ') p++;
    if (n && n < WORD_MAX - 3 && p > i && (a = apostrophe(s, p)) != 0) {
        p += a;
        if (at(s, p) == ' ') p++;
        for (size_t k = 0; k < sizeof tails / sizeof *tails; k++) {
            size_t m = strlen(tails[k]), j = 0;
            while (j < m && tkc_ascii_lower(at(s, p + j)) == tails[k][j]) j++;
            if (j < m || tkc_is_alpha(at(s, p + m))) continue;
            w[n++] = '\'';
            memcpy(w + n, tails[k], m);
            n += m;
            i = p + m;
            break;
        }
    }
    w[n <= WORD_MAX ? n : 0] = 0;
    return i;
}

/* Words by their first letter, short ones behind the last of each. */
enum { MOST_WORDS = 13, LONGEST_WORD = 10 };
typedef const char words_by_letter[32][MOST_WORDS + 1][LONGEST_WORD + 1];

static bool among_letter(const char *w, words_by_letter words)
{
    for (const char(*row)[LONGEST_WORD + 1] = words[*w & 31]; **row; row++)
        if (w[1] == (*row)[1] && !strcmp(w, *row)) return true;
    return false;
}

/* The word of a table, which is never empty. Two letters say of nearly all that they are others. */
static bool is_word(const char *w, const char *row)
{
    return w[0] == row[0] && w[1] == row[1] && !strcmp(w, row);
}

static bool among(const char *w, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_word(w, list[i])) return true;
    return false;
}
#define AMONG(w, list) among(w, list, sizeof list / sizeof *list)

/* --- what only holds a talk together ------------------------------------------------------------ */

enum { MOST_OPENERS = 9 }; /* that begin with one letter, and a NULL */
static const char *const openers[32][MOST_OPENERS] = {
    L('a') = {"absolutely", "actually", "ah", "all right", "alright", "also", "and", "anyway"},
    L('b') = {"but", "by the way"},
    L('c') = {"certainly"},
    L('e') = {"exactly", "excuse me"},
    L('f') = {"fine", "first of all"},
    L('g') = {"good", "good afternoon", "good evening", "good morning", "great"},
    L('h') = {"hello", "hey", "hi", "hmm", "honey"},
    L('i') = {"i guess", "i mean", "i see", "i'm afraid", "i'm sorry", "in fact"},
    L('l') = {"let me see", "let's see", "look"},
    L('m') = {"ma'am", "madam", "mhm"},
    L('n') = {"no", "no problem", "now"},
    L('o') = {"of course", "oh", "oh my god", "ok", "okay"},
    L('p') = {"perfect", "please"},
    L('r') = {"really", "right"},
    L('s') = {"sir", "so", "sorry", "sounds good", "sure"},
    L('t') = {"thank you", "thank you very much", "thanks", "then"},
    L('u') = {"uh", "um"},
    L('w') = {"well", "wow"},
    L('y') = {"yeah", "yep", "yes", "you know", "you see"},
};
/* off without a comma behind them too */
static const char *const light[] = {"well", "oh", "ok", "okay", "so", "and", "but", "then", "also", "actually", "anyway", "um", "uh"};
static const char *const closers[] = {
    "please", "sir", "madam", "ma'am", "too", "you know", "right", "ok", "okay", "then", "though", "dad", "mom", "honey",
    "dear", "isn't it", "aren't you", "don't you", "do you", "i think"};

/* Behind the phrase at i, matched without case and with any apostrophe; i: it is not there. */
static size_t phrase_at(tkc_str s, size_t i, const char *phrase)
{
    size_t p = i, a;
    for (; *phrase; phrase++) {
        if (*phrase == '\'') {
            if (at(s, p) == ' ') p++;
            if ((a = apostrophe(s, p)) == 0) return i;
            p += a;
            if (at(s, p) == ' ') p++;
        } else if (tkc_ascii_lower(at(s, p)) != *phrase) return i;
        else p++;
    }
    return tkc_is_alpha(at(s, p)) || apostrophe(s, p) ? i : p;
}

static bool denies(tkc_str s, size_t i)
{
    static const char *const words[] = {"not", "no", "never", "cannot", "nothing", "none", "nobody"};
    char w[WORD_MAX + 1];
    while (i < s.len) {
        size_t e = word_at(s, i, w), n = strlen(w);
        if (e == i) {
            i++;
            continue;
        }
        if (AMONG(w, words) || (n > 2 && !strcmp(w + n - 2, "'t"))) return true;
        i = e;
    }
    return false;
}

static bool is_pause(char c)
{
    static const bool pauses[256] = {[' '] = true, [','] = true, ['.'] = true, ['!'] = true, ['?'] = true, [';'] = true, [':'] = true, ['-'] = true};
    return pauses[(unsigned char)c];
}

void summary_trim(tkc_str s, size_t *begin, size_t *end)
{
    size_t b = 0, e = s.len;
    bool more = true;
    while (b < e && is_pause(s.ptr[b])) b++;
    while (more && b < e) {
        const char *const *opener = tkc_is_alpha(s.ptr[b]) ? openers[s.ptr[b] & 31] : NULL;
        size_t best = b, q;
        more = false;
        for (; opener && *opener; opener++) {
            const char second = (*opener)[1]; /* with the first it says of nearly all that they are others; "i'm" may have a blank in it */
            size_t p;
            if (second != '\'' && tkc_ascii_lower(at(s, b + 1)) != second) continue;
            p = q = phrase_at(s, b, *opener);
            if (p == b) continue;
            if (!strcmp(*opener, "no") && !denies(s, p)) continue; /* the answer itself */
            while (q < e && is_pause(s.ptr[q])) q++;
            if (q < e && q - p == (size_t)(at(s, p) == ' ') && !AMONG(*opener, light)) continue;
            if (q > p || p == e) best = q > best ? q : best;
        }
        if (best > b) {
            b = best;
            more = true;
        }
    }
    for (more = true; more;) {
        size_t stop = e, mark;
        more = false;
        while (stop > b && tkc_is_one_of(s.ptr[stop - 1], ".!? ")) stop--;
        for (mark = stop; mark > b && stop - mark < 16 && s.ptr[mark - 1] != ','; mark--) continue;
        if (mark <= b + 1 || s.ptr[mark - 1] != ',') break;
        for (size_t k = 0; k < sizeof closers / sizeof *closers; k++) {
            size_t p = mark;
            while (at(s, p) == ' ') p++;
            if (phrase_at(s, p, closers[k]) != stop) continue;
            e = mark - 1;
            more = true;
            break;
        }
    }
    *begin = b;
    *end = e;
}

summary_manner summary_manner_of(tkc_str s)
{
    static const char *const me[] = {"i", "i'm", "i've", "i'll", "i'd"};
    static const char *const ask[] = {"let", "let's", "please", "can", "could", "would", "will", "may", "shall"};
    static words_by_letter settle = {
        L('a') = {"action", "agree", "agreed", "agreement", "approve", "approved"},
        L('c') = {"choose", "chose", "conclude", "concluded", "conclusion"},
        L('d') = {"deal", "decide", "decided", "decision"}, L('g') = {"going"}, L('l') = {"let's"}, L('m') = {"must"},
        L('p') = {"plan"}, L('s') = {"settle", "settled", "should"}, L('w') = {"we'll"}};
    static by_letters settling = {
        L('a') = SECOND('c') | SECOND('g') | SECOND('p'), L('c') = SECOND('h') | SECOND('o'), L('d') = SECOND('e'), L('g') = SECOND('o'),
        L('l') = SECOND('e'), L('m') = SECOND('u'), L('p') = SECOND('l'), L('s') = SECOND('e') | SECOND('h'), L('w') = SECOND('e')};
    summary_manner m = {0};
    char w[WORD_MAX + 1];
    size_t i = 0, e = s.len;
    bool first = true;
    while (e > 0 && tkc_is_one_of(s.ptr[e - 1], " \"')")) e--;
    m.question = e > 0 && s.ptr[e - 1] == '?';
    while (i < s.len && !m.decision) {
        size_t next;
        bool may_settle;
        if (!tkc_is_alpha(s.ptr[i])) {
            i++;
            continue;
        }
        next = pass_letters(s, i, settling, &may_settle);
        if (!first && !may_settle && !may_be_apostrophe(s, next)) {
            i = next; /* over it, as nothing more belongs to it */
            continue;
        }
        next = word_at(s, i, w);
        if (first) {
            m.first_person = AMONG(w, me);
            m.request = AMONG(w, ask);
        }
        first = false;
        m.decision = may_settle && among_letter(w, settle);
        i = next;
    }
    return m;
}

/* --- the third person --------------------------------------------------------------------------- */

static const struct {
    const char *word, *third; /* the form that goes with a name */
} irregular[] = {{"am", "is"}, {"are", "is"}, {"were", "was"}, {"have", "has"}, {"do", "does"}, {"don't", "doesn't"},
                 {"haven't", "hasn't"}, {"aren't", "isn't"}, {"weren't", "wasn't"}, {"go", "goes"}};

/* Verbs whose plain form behind "I" is the present tense. */
static words_by_letter verbs = {
    L('a') = {"accept", "admit", "agree", "appreciate", "ask"}, L('b') = {"believe", "bring", "buy"},
    L('c') = {"call", "care", "come", "cook"}, L('d') = {"doubt", "drink", "drive"}, L('e') = {"eat", "enjoy", "expect"},
    L('f') = {"feel", "find", "forget"}, L('g') = {"get", "give", "guess"}, L('h') = {"hate", "help", "hope"},
    L('i') = {"insist", "intend"}, L('k') = {"keep", "know"}, L('l') = {"leave", "like", "live", "look", "love"},
    L('m') = {"make", "mean", "miss"}, L('n') = {"need"}, L('o') = {"owe", "own"},
    L('p') = {"pay", "plan", "play", "prefer", "promise", "propose"},
    L('r') = {"read", "recommend", "refuse", "remember", "run"},
    L('s') = {"say", "see", "seem", "sell", "send", "sleep", "speak", "spend", "start", "stay", "study", "suggest", "suppose"},
    L('t') = {"take", "talk", "teach", "tell", "think", "travel", "try"}, L('u') = {"understand", "use"},
    L('w') = {"walk", "want", "watch", "wear", "wish", "wonder", "work", "worry", "write"}};
static words_by_letter adverbs = {
    L('a') = {"actually", "already", "also", "always"}, L('b') = {"both"}, L('c') = {"certainly"}, L('d') = {"definitely"},
    L('e') = {"even"}, L('f') = {"fully"}, L('j') = {"just"}, L('n') = {"never"}, L('o') = {"often", "only"},
    L('p') = {"probably"}, L('r') = {"really"}, L('s') = {"sometimes", "still"}, L('t') = {"totally", "truly"},
    L('u') = {"usually"}};
/* In front of "I" or "you" as what acts: the verb behind agrees. Behind other words "you" may be what
 * is acted on ("tell you"), and the verb stays. */
static words_by_letter joints = {
    L('a') = {"afraid", "after", "and", "as"}, L('b') = {"because", "before", "believe", "but"}, L('g') = {"glad", "guess"},
    L('h') = {"hope", "how"}, L('i') = {"if"}, L('k') = {"know"}, L('m') = {"means"}, L('o') = {"once", "or"},
    L('s') = {"say", "says", "since", "so", "sure"}, L('t') = {"than", "that", "then", "think"}, L('u') = {"until"},
    L('w') = {"what", "when", "where", "whether", "which", "while", "who", "why", "wish"}};
static words_by_letter helpers = {
    L('a') = {"am", "are"}, L('c') = {"can", "can't", "could", "couldn't"}, L('d') = {"did", "didn't", "do", "does", "don't"},
    L('h') = {"had", "have"}, L('i') = {"is"}, L('l') = {"let"}, L('m') = {"make", "may", "might", "must"},
    L('s') = {"shall", "should", "shouldn't"}, L('w') = {"were", "will", "won't", "would", "wouldn't"}};

static const char *third_of(const char *w)
{
    for (size_t i = 0; i < sizeof irregular / sizeof *irregular; i++)
        if (is_word(w, irregular[i].word)) return irregular[i].third;
    return NULL;
}

static tkc_status put(tkc_buf *out, const char *s, tkc_error *err)
{
    return tkc_buf_append(out, s, strlen(s), err);
}

static tkc_status put_verb(tkc_buf *out, tkc_str source, const char *w, tkc_error *err)
{
    const char *third = third_of(w);
    size_t n = strlen(w);
    bool ies;
    tkc_status st;
    if (third) return put(out, third, err);
    if (!among_letter(w, verbs)) return tkc_buf_append(out, source.ptr, source.len, err);
    ies = w[n - 1] == 'y' && !tkc_is_one_of(w[n - 2], "aeiou");
    st = tkc_buf_append(out, source.ptr, source.len - ies, err);
    if (st) return st;
    if (ies) return put(out, "ies", err);
    if (tkc_is_one_of(w[n - 1], "sxo") || (w[n - 1] == 'h' && tkc_is_one_of(w[n - 2], "sc"))) return put(out, "es", err);
    return put(out, "s", err);
}

typedef struct person {
    tkc_str name;
    bool subject;     /* "I", "you"; not "me", "my"  */
    const char *tail; /* " is", "'s", ...            */
} person;

/* Who a pronoun is; name.ptr NULL: it is none, or nobody knows. */
static person person_of(const char *w, const summary_voice *v)
{
    static const struct {
        const char *word;
        bool you, subject;
        const char *tail;
    } row[] = {{"i", false, true, ""}, {"me", false, false, ""}, {"myself", false, false, ""}, {"my", false, false, "'s"},
               {"mine", false, false, "'s"}, {"i'm", false, true, " is"}, {"i've", false, true, " has"},
               {"i'll", false, true, " will"}, {"i'd", false, true, " would"}, {"you", true, true, ""},
               {"your", true, false, "'s"}, {"yours", true, false, "'s"}, {"yourself", true, false, ""},
               {"you're", true, true, " is"}, {"you've", true, true, " has"}, {"you'll", true, true, " will"},
               {"you'd", true, true, " would"}};
    person p = {{NULL, 0}, false, ""};
    if (*w != 'i' && *w != 'm' && *w != 'y') return p;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        if (!is_word(w, row[i].word)) continue;
        p.name = row[i].you ? v->you : v->me;
        if (p.name.len == 0) p.name.ptr = NULL;
        p.subject = row[i].subject;
        p.tail = row[i].tail;
        break;
    }
    return p;
}

#define PERSONS L('i') = ALONE, L('m') = SECOND('e') | SECOND('i') | SECOND('y'), L('y') = SECOND('o')
static by_letters persons = {PERSONS}; /* that person_of() may know */
static by_letters persons_and_irregular = {
    PERSONS, L('a') = SECOND('m') | SECOND('r'), L('d') = SECOND('o'), L('g') = SECOND('o'), L('h') = SECOND('a'), L('w') = SECOND('e')};

/* Whether there is any word for the one who speaks or is spoken to: else not a word changes. */
static bool has_person(tkc_str s, const summary_voice *v)
{
    char w[WORD_MAX + 1];
    for (size_t i = 0, e; i < s.len; i = e) {
        bool may_be;
        if (!tkc_is_alpha(s.ptr[i])) {
            e = i + 1;
            continue;
        }
        e = pass_letters(s, i, persons, &may_be);
        if (!may_be) continue;
        word_at(s, i, w);
        if (person_of(w, v).name.ptr) return true;
    }
    return false;
}

/* word_at(), but for a part of a word with digits or other alphabets in it ("i18n"), which is none. */
static size_t whole_word_at(tkc_str s, size_t i, char w[WORD_MAX + 1])
{
    const size_t e = word_at(s, i, w);
    if ((at(s, e) >= '0' && at(s, e) <= '9') || at(s, e) == '_' || (at(s, e) & 0x80)) w[0] = 0;
    return e;
}

tkc_status summary_third_person(tkc_str s, const summary_voice *v, tkc_buf *out, tkc_error *err)
{
    char w[WORD_MAX + 1], next[WORD_MAX + 1], before[WORD_MAX + 1] = "";
    size_t i = has_person(s, v) ? 0 : s.len, copied = 0, start = out->len; /* copied: what stands in front is in out */
    size_t unread = SIZE_MAX; /* where the word is that goes before: it was passed over, and is read when one asks */
    bool verb = false; /* the next word agrees with a name */
    tkc_status st = TKC_OK;
    while (i < s.len && !st) {
        size_t e, p;
        person who;
        const char *third;
        char c = s.ptr[i];
        if (c == ' ') {
            i++;
            continue;
        }
        if (!tkc_is_alpha(c) || (i && (tkc_is_word(s.ptr[i - 1]) || s.ptr[i - 1] == '#'))) {
            /* a letter inside a word: the word began with a digit or another alphabet */
            verb = false;
            if (tkc_is_one_of(c, ".,;:!?\"")) {
                before[0] = 0;
                unread = SIZE_MAX;
            }
            i++;
            continue;
        }
        if (!verb) {
            bool may_change;
            e = pass_letters(s, i, persons_and_irregular, &may_change);
            if (!may_change && !may_be_apostrophe(s, e)) { /* a word that stays, as most do */
                unread = i;
                i = e;
                continue;
            }
        }
        e = whole_word_at(s, i, w);
        who = person_of(w, v);
        third = !who.name.ptr && !verb ? third_of(w) : NULL;
        if (third) { /* "are you" */
            p = e;
            while (at(s, p) == ' ') p++;
            next[0] = 0;
            if (p == e + 1) word_at(s, p, next);
            if (!strcmp(w, "go") || (strcmp(next, "i") && strcmp(next, "you")) || !person_of(next, v).name.ptr) third = NULL;
        }
        if (who.name.ptr || verb || third) {
            st = tkc_buf_append(out, s.ptr + copied, i - copied, err);
            copied = e;
        }
        if (who.name.ptr && unread != SIZE_MAX) whole_word_at(s, unread, before);
        if (who.name.ptr) {
            bool acts = who.subject && !among_letter(before, helpers) && (w[0] == 'i' || !before[0] || among_letter(before, joints));
            if (!st) st = tkc_buf_append(out, who.name.ptr, who.name.len, err);
            if (!st) st = put(out, who.tail, err);
            verb = acts && !*who.tail;
        } else if (verb) {
            verb = among_letter(w, adverbs);
            if (!st && verb) st = tkc_buf_append(out, s.ptr + i, e - i, err);
            else if (!st) st = put_verb(out, (tkc_str){s.ptr + i, e - i}, w, err);
        } else if (third && !st) {
            st = put(out, third, err);
        }
        memcpy(before, w, sizeof before);
        unread = SIZE_MAX;
        i = e;
    }
    if (!st) st = tkc_buf_append(out, s.ptr + copied, s.len - copied, err);
    if (!st && out->len > start) out->ptr[start] = out->ptr[start] >= 'a' && out->ptr[start] <= 'z' ? (char)(out->ptr[start] - 32) : out->ptr[start];
    return st;
}
