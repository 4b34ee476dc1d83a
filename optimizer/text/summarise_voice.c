/* summarise_voice.c - a spoken sentence made to stand alone: openers off, "I" and "you" named. */
#include "optimizer/text/bytes8.h"
#include "optimizer/text/summarise_impl.h"
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

static const char *const openers[] = {
    "well", "oh", "ok", "okay", "yes", "yeah", "yep", "so", "and", "but", "then", "now", "right", "sure", "alright",
    "all right", "actually", "you know", "you see", "i see", "i mean", "look", "hey", "hi", "hello", "of course", "sorry",
    "excuse me", "please", "thanks", "thank you", "thank you very much", "really", "great", "good", "fine", "anyway",
    "also", "honey", "sir", "madam", "ma'am", "hmm", "mhm", "um", "uh", "ah", "wow", "by the way", "in fact",
    "first of all", "i'm sorry", "i'm afraid", "i guess", "sounds good", "good morning", "good afternoon", "good evening",
    "let me see", "let's see", "oh my god", "no problem", "certainly", "absolutely", "exactly", "perfect", "no"};
/* off without a comma behind them too */
static const char *const light[] = {"well", "oh", "ok", "okay", "so", "and", "but", "then", "also", "actually", "anyway", "um", "uh"};
static const char *const closers[] = {
    "please", "sir", "madam", "ma'am", "too", "you know", "right", "ok", "okay", "then", "though", "dad", "mom", "honey",
    "dear", "isn't it", "aren't you", "don't you", "do you", "i think"};

/* Words by their first two letters, " word word ", NULL none: of a word that is not among them two letters say so. */
typedef const char *const by_letters[26][26];

static const char *words_with(const by_letters words, char first, char second)
{
    return tkc_is_alpha(first) && tkc_is_alpha(second) ? words[tkc_ascii_lower(first) - 'a'][tkc_ascii_lower(second) - 'a'] : NULL;
}

static bool among_letters(const char *w, const by_letters words)
{
    const char *list = words_with(words, w[0], w[0] ? w[1] : 0);
    const size_t n = list ? strlen(w) : 0;
    for (; list && *list; list++)
        if (*list == ' ' && !strncmp(list + 1, w, n) && list[n + 1] == ' ') return true;
    return false;
}

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
        const char c = tkc_ascii_lower(s.ptr[b]);
        size_t best = b, q;
        more = false;
        for (size_t k = 0; k < sizeof openers / sizeof *openers; k++) {
            size_t p;
            if (*openers[k] != c) continue;
            p = q = phrase_at(s, b, openers[k]);
            if (p == b) continue;
            if (!strcmp(openers[k], "no") && !denies(s, p)) continue; /* the answer itself */
            while (q < e && is_pause(s.ptr[q])) q++;
            if (q < e && q - p == (size_t)(at(s, p) == ' ') && !AMONG(openers[k], light)) continue;
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
#define L(c) [(c) - 'a']
    static const by_letters settle = {
        L('a') = {L('c') = " action ", L('g') = " agree agreed agreement ", L('p') = " approve approved "},
        L('c') = {L('h') = " choose chose ", L('o') = " conclude concluded conclusion "},
        L('d') = {L('e') = " decide decided decision deal "},
        L('g') = {L('o') = " going "},
        L('l') = {L('e') = " let's "},
        L('m') = {L('u') = " must "},
        L('p') = {L('l') = " plan "},
        L('s') = {L('e') = " settle settled ", L('h') = " should "},
        L('w') = {L('e') = " we'll "},
    };
#undef L
    summary_manner m = {0};
    char w[WORD_MAX + 1];
    size_t i = 0, e = s.len;
    bool first = true;
    while (e > 0 && tkc_is_one_of(s.ptr[e - 1], " \"')")) e--;
    m.question = e > 0 && s.ptr[e - 1] == '?';
    while (i < s.len && !m.decision) {
        size_t next;
        if (!tkc_is_alpha(s.ptr[i])) {
            i++;
            continue;
        }
        next = letters_end(s, i);
        if (!first && !words_with(settle, s.ptr[i], at(s, i + 1)) && !may_be_apostrophe(s, next)) {
            i = next; /* over it, as nothing more belongs to it */
            continue;
        }
        next = word_at(s, i, w);
        if (first) {
            m.first_person = AMONG(w, me);
            m.request = AMONG(w, ask);
        }
        first = false;
        m.decision = among_letters(w, settle);
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
static const char *const verbs[] = {
    "want", "like", "think", "know", "need", "hope", "love", "feel", "see", "say", "ask", "get", "work", "believe", "prefer",
    "agree", "enjoy", "suppose", "wish", "guess", "live", "understand", "mean", "plan", "look", "wonder", "remember", "use",
    "find", "take", "make", "tell", "suggest", "come", "play", "eat", "study", "hate", "forget", "help", "buy", "give", "keep",
    "promise", "appreciate", "try", "call", "start", "stay", "pay", "bring", "seem", "run", "write", "read", "teach", "expect",
    "propose", "recommend", "doubt", "admit", "accept", "refuse", "insist", "worry", "miss", "care", "drive", "sell", "send",
    "leave", "spend", "speak", "talk", "walk", "wear", "watch", "sleep", "drink", "cook", "travel", "own", "owe", "intend"};
static const char *const adverbs[] = {"really", "just", "also", "always", "usually", "often", "never", "still", "only", "already",
                                      "even", "definitely", "certainly", "probably", "actually", "sometimes", "truly", "both", "totally", "fully"};
/* In front of "I" or "you" as what acts: the verb behind agrees. Behind other words "you" may be what
 * is acted on ("tell you"), and the verb stays. */
static const char *const joints[] = {"that", "if", "when", "what", "why", "how", "where", "because", "and", "but", "think", "as", "so",
                                     "know", "hope", "sure", "which", "who", "or", "while", "until", "before", "after", "since", "wish",
                                     "guess", "believe", "than", "whether", "afraid", "glad", "then", "once", "say", "says", "means"};
static const char *const helpers[] = {"can", "could", "will", "would", "shall", "should", "may", "might", "must", "did", "do", "does",
                                      "can't", "couldn't", "won't", "wouldn't", "shouldn't", "didn't", "don't", "let", "make", "have", "had", "are", "am", "were", "is"};

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
    if (!AMONG(w, verbs)) return tkc_buf_append(out, source.ptr, source.len, err);
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

/* Whether person_of() may know the word at i, by its first two letters. */
static bool may_be_person(tkc_str s, size_t i)
{
    const char second = at(s, i + 1) | 0x20;
    switch (s.ptr[i] | 0x20) {
    case 'i': return !tkc_is_alpha(second);
    case 'm': return second == 'e' || second == 'i' || second == 'y';
    case 'y': return second == 'o';
    default: return false;
    }
}

/* Whether there is any word for the one who speaks or is spoken to: else not a word changes. */
static bool has_person(tkc_str s, const summary_voice *v)
{
    char w[WORD_MAX + 1];
    for (size_t i = 0; i < s.len; i++) {
        if ((i && tkc_is_alpha(s.ptr[i - 1])) || !may_be_person(s, i)) continue;
        word_at(s, i, w);
        if (person_of(w, v).name.ptr) return true;
    }
    return false;
}

/* Whether third_of() may know a word, by its first two letters. */
static bool may_be_irregular(char first, char second)
{
    switch (first | 0x20) {
    case 'a': return (second | 0x20) == 'm' || (second | 0x20) == 'r';
    case 'd': case 'g': return (second | 0x20) == 'o';
    case 'h': return (second | 0x20) == 'a';
    case 'w': return (second | 0x20) == 'e';
    default: return false;
    }
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
        if (!verb && !may_be_person(s, i) && !may_be_irregular(c, at(s, i + 1))) {
            e = letters_end(s, i);
            if (!may_be_apostrophe(s, e)) { /* a word that stays, as most do */
                unread = i;
                i = e;
                continue;
            }
        }
        e = whole_word_at(s, i, w);
        who = person_of(w, v);
        third = !who.name.ptr && !verb && may_be_irregular(w[0], w[1]) ? third_of(w) : NULL;
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
            bool acts = who.subject && !AMONG(before, helpers) && (w[0] == 'i' || !before[0] || AMONG(before, joints));
            if (!st) st = tkc_buf_append(out, who.name.ptr, who.name.len, err);
            if (!st) st = put(out, who.tail, err);
            verb = acts && !*who.tail;
        } else if (verb) {
            verb = AMONG(w, adverbs);
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
