/* filler.c - words that say nothing: "please note that", "in order to", and sentences of thanks. */
#include "optimizer/text/trim/trim_impl.h"

enum { AT_START = 1, ANYWHERE = 2, AT_END = 3 };

static const struct {
    const char *phrase, *put;
    int where;
} fillers[] = {
    {"please be advised that", "", AT_START}, {"please be aware that", "", AT_START}, {"please keep in mind that", "", AT_START},
    {"please bear in mind that", "", AT_START}, {"please note that", "", AT_START}, {"please remember that", "", AT_START},
    {"please", "", AT_START}, {"kindly", "", AT_START}, {"it is important to note that", "", AT_START},
    {"it's important to note that", "", AT_START}, {"it is important to remember that", "", AT_START},
    {"it should be noted that", "", AT_START}, {"it is worth noting that", "", AT_START}, {"it's worth noting that", "", AT_START},
    {"it is worth mentioning that", "", AT_START}, {"it goes without saying that", "", AT_START}, {"needless to say", "", AT_START},
    {"note that", "", AT_START}, {"keep in mind that", "", AT_START}, {"bear in mind that", "", AT_START}, {"be aware that", "", AT_START},
    {"remember that", "", AT_START}, {"as you know", "", AT_START}, {"for your information", "", AT_START},
    {"i would like you to", "", AT_START}, {"i'd like you to", "", AT_START}, {"i want you to", "", AT_START}, {"i need you to", "", AT_START},
    {"in order to", "to", ANYWHERE}, {"due to the fact that", "because", ANYWHERE}, {"at this point in time", "now", ANYWHERE},
    {"as a matter of fact", "", AT_START}, {"please", "", AT_END}, {"thank you", "", AT_END}, {"thanks", "", AT_END},
};

/* Behind the phrase at byte i, words apart by single blanks; i: it is not there. */
static size_t phrase_at(tkc_str s, size_t i, const char *phrase)
{
    const size_t p = tkc_behind_phrase(s, i, phrase);
    return p < s.len && tkc_is_word(s.ptr[p]) ? i : p;
}

/* A letter as a capital; static. */
static tkc_str capital(char c)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return (tkc_str){letters + (c - 'a'), 1};
}

static tkc_str capital_form(tkc_str put)
{
    static const tkc_str forms[] = {{"To", 2}, {"Because", 7}, {"Now", 3}};
    for (size_t f = 0; f < 3; f++)
        if (put.len == forms[f].len && tkc_ascii_lower(forms[f].ptr[0]) == put.ptr[0]) return forms[f];
    return put;
}

/* Behind a phrase that may open a sentence, and the blanks after it; i: there is none, or nothing
 * comes after it. */
static size_t opener_at(tkc_str s, size_t i)
{
    size_t best = i;
    for (size_t k = 0; k < sizeof fillers / sizeof *fillers; k++) {
        size_t p;
        if (fillers[k].where != AT_START || tkc_ascii_lower(s.ptr[i]) != *fillers[k].phrase) continue;
        p = phrase_at(s, i, fillers[k].phrase);
        if (p == i) continue;
        while (p < s.len && tkc_is_one_of(s.ptr[p], " ,\n")) p++;
        if (p < s.len && tkc_is_word(s.ptr[p]) && p > best) best = p;
    }
    return best;
}

/* A short form, or a polite end, at byte i; false: none. */
static bool piece_at(tkc_str s, size_t start, size_t i, tkc_trim_cut *c)
{
    for (size_t k = 0; k < sizeof fillers / sizeof *fillers; k++) {
        size_t p, b = i;
        if (fillers[k].where == AT_START || tkc_ascii_lower(s.ptr[i]) != *fillers[k].phrase) continue;
        p = phrase_at(s, i, fillers[k].phrase);
        if (p == i) continue;
        if (fillers[k].where == AT_END) { /* ", please." */
            while (b > start && s.ptr[b - 1] == ' ') b--;
            if (b <= start + 1 || s.ptr[b - 1] != ',') continue;
            if (p < s.len && !(tkc_is_one_of(s.ptr[p], ".!?") && p + 1 == s.len)) continue;
            b--;
        }
        *c = (tkc_trim_cut){.begin = b, .end = p, .why = TKC_TRIM_FILLER, .put = {fillers[k].put, strlen(fillers[k].put)}};
        if (i == start && tkc_is_upper(s.ptr[i])) c->put = capital_form(c->put);
        return true;
    }
    return false;
}

tkc_status tkc_trim_filler(trim_work *w, trim_unit *u)
{
    const tkc_str s = trim_upto(w, u);
    const size_t first = tkc_trim_item_mark(w, u);
    size_t start = first, p;
    tkc_trim_cut c, piece;
    tkc_status st = TKC_OK;
    u->cut = w->out->n_cut;
    while ((p = opener_at(s, start)) > start) start = p;
    if (start > first) {
        c = (tkc_trim_cut){.begin = first, .end = start, .why = TKC_TRIM_FILLER, .put = {"", 0}};
        if (piece_at(s, start, start, &piece) && piece.put.len) { /* "Note that, in order to": both */
            start = c.end = piece.end;
            c.put = tkc_is_upper(s.ptr[first]) ? capital_form(piece.put) : piece.put;
        } else if (tkc_is_upper(s.ptr[first]) && tkc_is_lower(s.ptr[start])) {
            c.put = capital(s.ptr[start]);
            c.end++;
        }
        st = tkc_trim_piece(w, u, c, true);
    }
    for (size_t i = start; i < s.len && !st; i++) {
        if ((p = tkc_trim_dead_parenthesis(w, u, i)) > i) {
            c = (tkc_trim_cut){.begin = i, .end = p, .why = TKC_TRIM_REFERENCE, .put = {"", 0}};
            while (c.begin > start && s.ptr[c.begin - 1] == ' ') c.begin--;
            st = tkc_trim_piece(w, u, c, false); /* what it names is no fact */
            i = p - 1;
            continue;
        }
        if ((i > u->begin && tkc_is_word(s.ptr[i - 1])) || !piece_at(s, start, i, &c)) continue;
        if (u->n_cut && c.begin < w->out->cut[u->cut + u->n_cut - 1].end) continue;
        st = tkc_trim_piece(w, u, c, true);
        i = c.end - 1;
    }
    return st;
}

bool tkc_trim_is_polite(tkc_str s)
{
    static const char *const marks[] = {"thank", "thanks", "hello", "hi", "hey", "luck", "appreciate", "regards", "cheers", "greetings", "sincerely"};
    static const char *const words[] = {"you", "your", "for", "help", "in", "advance", "so", "much", "very", "there", "dear", "good", "morning", "day", "i",
                                        "we", "it", "the", "my", "have", "a", "great", "nice", "best", "welcome", "kind", "assistant", "and", "time", "effort",
                                        "really", "this", "friend", "all", "again", "support"};
    size_t n = 0;
    bool marked = false;
    for (size_t i = 0; i < s.len;) {
        char v[16];
        size_t m = 0;
        if (!tkc_is_word(s.ptr[i])) {
            if (!tkc_is_one_of(s.ptr[i++], " .,!-\n")) return false;
            continue;
        }
        while (i < s.len && tkc_is_word(s.ptr[i])) {
            if (m == sizeof v - 1) return false;
            v[m++] = tkc_ascii_lower(s.ptr[i++]);
        }
        v[m] = 0;
        if (TRIM_AMONG(v, marks)) marked = true;
        else if (!TRIM_AMONG(v, words)) return false;
        n++;
    }
    return marked && n <= 16;
}
