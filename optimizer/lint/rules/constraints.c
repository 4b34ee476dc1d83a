/*
 * constraints.c - the constraints of one sentence: its words, then each kind of demand by itself.
 */
#include "optimizer/lint/rules/constraints.h"

#include "optimizer/text/stem.h"
#include "vocab/base/error.h"

#include <stdlib.h>

static uint64_t hash_words(tkc_str s)
{
    uint64_t h = 1469598103934665603u;
    bool blank = false, any = false;
    while (s.len && tkc_is_one_of(s.ptr[s.len - 1], ".,!?;: ")) s.len--;
    for (size_t i = 0; i < s.len; i++) {
        char c = tkc_ascii_lower(s.ptr[i]);
        if ((unsigned char)c <= ' ') {
            blank = any;
            continue;
        }
        if (blank) h = (h ^ ' ') * 1099511628211u;
        blank = false;
        any = true;
        h = (h ^ (unsigned char)c) * 1099511628211u;
    }
    return h;
}

static uint32_t hash32(const char *a, const char *b)
{
    uint32_t h = 2166136261u;
    for (; *a; a++) h = (h ^ (unsigned char)*a) * 16777619u;
    h = (h ^ '/') * 16777619u;
    for (; *b; b++) h = (h ^ (unsigned char)*b) * 16777619u;
    return h | 1;
}

static bool is(const constraint_reader *r, size_t i, const char *w)
{
    return i < r->n && strcmp(r->t[i].w, w) == 0;
}

static bool in(const constraint_reader *r, size_t i, const char *words)
{
    return i < r->n && r->t[i].w[0] && lint_in_list((tkc_str){r->t[i].w, strlen(r->t[i].w)}, words);
}

static bool has(const constraint_reader *r, const char *words)
{
    for (size_t i = 0; i < r->n; i++)
        if (!r->t[i].in_quote && in(r, i, words)) return true;
    return false;
}

static const char outputs[] = "email response output answer reply text article essay letter message post story poem report summary itinerary plan "
                              "document speech review description blog write respond return format formatted entire everything content format";

/* Does the sentence ask for something? It obliges, it speaks to the reader, it speaks of what is to be
 * written, or it begins with what is to be done. Manuals describe: "it can contain ...", "does not include
 * ...", and of those any two may differ. */
static bool instructs(const constraint_reader *r)
{
    static const char orders[] =
        "add adopt answer apply avoid begin change cite close compose conclude contain create cut describe disclose discuss do don't draft employ end "
        "exclude explain express finish follow format generate give have highlight include incorporate insert introduce keep leave limit list maintain "
        "make mention number omit open organize output present produce provide put quote refer refrain repeat reply request respond return reveal say "
        "separate set show sign specify split start state stick structure summarize tailor tell title translate try use wrap write "
        "no not at all every each exactly only under up within maximum minimum max min between";
    size_t i = 0;
    if (has(r, "must should shall need needs required ensure never always please you your")) return true;
    for (size_t k = 0; k < r->n; k++)
        if (!r->t[k].in_quote && in(r, k, "may can might could") && !is(r, k + 1, "not")) return false;
    if (has(r, outputs)) return true;
    while (i < r->n && (!r->t[i].is_word || in(r, i, "also then additionally and finally"))) i++;
    return in(r, i, orders);
}

/* --- tokens ---------------------------------------------------------------------------------------------- */

static void read_tokens(constraint_reader *r)
{
    tkc_linter *l = r->l;
    char quote = 0;
    size_t term = 0;
    r->n = 0;
    l->term_list.n = 0;
    if (tkc_terms_read(l->terms, r->text, &l->term_list, l->err)) {
        l->st = TKC_E_NOMEM;
        return;
    }
    for (size_t i = 0; i < r->text.len && r->n < MAX_TOKENS;) {
        unsigned char c = (unsigned char)r->text.ptr[i];
        constraint_token *t = &r->t[r->n];
        size_t e = i;
        memset(t, 0, sizeof *t);
        if (c <= ' ') {
            i++;
            continue;
        }
        if (tkc_is_word(c) && !(c == 0xe2 && lint_begins(r->text, i, "\xe2\x80"))) {
            while (e < r->text.len && (tkc_is_word((unsigned char)r->text.ptr[e]) ||
                                       (r->text.ptr[e] == '\'' && e + 1 < r->text.len && tkc_is_alpha((unsigned char)r->text.ptr[e + 1]) && !quote) ||
                                       (r->text.ptr[e] == ',' && e + 3 < r->text.len && tkc_is_digit(c) && tkc_is_digit((unsigned char)r->text.ptr[e + 1]) &&
                                        tkc_is_digit((unsigned char)r->text.ptr[e + 3]))) &&
                   !(r->text.ptr[e] == '\xe2'))
                e++;
            if (e == i) e++;
            t->is_word = true;
        } else {
            unsigned n;
            uint32_t cp = lint_char(r->text, i, &n);
            e = i + n;
            if (cp == 0x201c || cp == 0x201d || c == '"') {
                t->w[0] = '"';
            } else if (c == '\'' || cp == 0x2018 || cp == 0x2019) { /* 'word' */
                t->w[0] = '"';
            } else if (cp == 0x2013) {
                t->w[0] = '-';
            } else if (c < 0x80) {
                t->w[0] = (char)c;
            }
            if (t->w[0] == '"') quote = quote ? 0 : '"';
        }
        t->begin = (uint32_t)i;
        t->end = (uint32_t)e;
        t->in_quote = quote != 0;
        if (t->is_word && e - i < WORD)
            for (size_t k = i; k < e; k++) t->w[k - i] = tkc_ascii_lower(r->text.ptr[k]);
        while (term < l->term_list.n && l->term_list.term[term].begin < i) term++;
        t->term = UINT32_MAX;
        t->is_stop = true;
        if (term < l->term_list.n && l->term_list.term[term].begin < e) {
            t->term = l->term_list.term[term].id;
            t->is_stop = l->term_list.term[term].is_stop;
        }
        r->n++;
        i = e;
    }
}

static constraint *add(constraint_reader *r, constraint_kind kind)
{
    constraint *f;
    if (r->n_found >= MAX_CONSTRAINTS) return NULL;
    f = &r->found[r->n_found++];
    *f = (constraint){.kind = (uint8_t)kind, .sentence = r->sentence, .hi = UINT64_MAX};
    return f;
}

/* --- scopes ------------------------------------------------------------------------------------------------ */

static const char scope_nouns[] = "paragraph paragraphs sentence sentences section sections bullet bullets item items day days stanza stanzas "
                                  "line lines verse verses step steps title subject introduction conclusion body opening closing header heading "
                                  "footer answer question entry row slide page chapter word words list point points letter table summary "
                                  "description function file commit message method class test";
static const char ordinals[] = "first second third fourth fifth sixth last final opening closing introductory concluding each every per "
                               "one next another";

static uint32_t noun_key(const char *w)
{
    char s[WORD];
    size_t n = strlen(w);
    memcpy(s, w, n + 1);
    if (n > 3 && s[n - 1] == 's' && s[n - 2] != 's') s[n - 1] = '\0';
    return hash32(s, "");
}

/* The scope of what stands at i: "each paragraph" or "the first sentence" in its clause. *each, and
 * in *noun the key of what there are several of. */
static uint32_t scope_of(const constraint_reader *r, size_t i, bool *each, uint32_t *noun)
{
    size_t from = i, to = i, commas = 0;
    *each = false;
    *noun = 0;
    while (from > 0 && !in(r, from - 1, "; and but while") && !(is(r, from - 1, ",") && (++commas > 1 || !in(r, from, "each with every consisting")))) from--;
    while (to + 1 < r->n && !in(r, to + 1, "; , and but while with")) to++;
    for (size_t k = from; k <= to && k < r->n; k++) {
        if (r->t[k].in_quote || !in(r, k, ordinals)) continue;
        if (in(r, k, "one another next") && !(k + 1 < r->n && in(r, k + 1, "per"))) continue;
        for (size_t j = k + 1; j <= k + 2 && j < r->n; j++)
            if (in(r, j, scope_nouns)) {
                if (in(r, k, "each every per")) {
                    *each = true;
                    *noun = noun_key(r->t[j].w);
                    return hash32("each", "") ^ *noun;
                }
                if (j != i) return hash32(in(r, k, "opening introductory") ? "first" : in(r, k, "closing concluding final") ? "last" : r->t[k].w, "") ^ noun_key(r->t[j].w);
            }
        if (in(r, k, "each every")) { /* "three paragraphs, each of ..." */
            for (size_t j = k; j-- > 0;)
                if (in(r, j, scope_nouns)) {
                    *each = true;
                    *noun = noun_key(r->t[j].w);
                    return hash32("each", "") ^ *noun;
                }
            *each = true;
            *noun = 1;
            return hash32("each", "?");
        }
    }
    for (size_t k = from; k <= to && k < r->n; k++)
        if (!r->t[k].in_quote && in(r, k, "title subject introduction conclusion heading footer header headline postscript signature greeting") && k != i && k && in(r, k - 1, "the a in its"))
            return noun_key(r->t[k].w);
    return 0;
}

/* --- numbers --------------------------------------------------------------------------------------------------- */

static bool number_at(const constraint_reader *r, size_t i, uint64_t *v)
{
    static const char *const words[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
                                        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"};
    const char *w = i < r->n ? r->t[i].w : "";
    if (i >= r->n || r->t[i].in_quote) return false;
    if (tkc_is_digit((unsigned char)w[0])) {
        *v = 0;
        for (; *w; w++) {
            if (*w == ',') continue;
            if (!tkc_is_digit((unsigned char)*w) || *v > 100000000) return false;
            *v = *v * 10 + (uint64_t)(*w - '0');
        }
        return true;
    }
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (strcmp(w, words[k]) == 0) {
            *v = k;
            return true;
        }
    if (strcmp(w, "thirty") == 0) return *v = 30, true;
    if (strcmp(w, "fifty") == 0) return *v = 50, true;
    if (strcmp(w, "hundred") == 0) return *v = 100, true;
    return false;
}

static const char units[] = "word words sentence sentences paragraph paragraphs character characters line lines bullet bullets point points item items "
                            "section sections header headers heading headings example examples emoji emojis hashtag hashtags stanza stanzas verse "
                            "verses page pages token tokens time times step steps keyword keywords question questions list lists table tables "
                            "adjective adjectives idiom idioms exclamation option options reason reasons link links";

/* What stands before the number: bounds. 0: nothing that is known. */
static int bound_before(const constraint_reader *r, size_t i, size_t *first)
{
    *first = i;
    if (i >= 1 && in(r, i - 1, "exactly only precisely")) return *first = i - 1, '=';
    if (i >= 2 && is(r, i - 2, "at") && is(r, i - 1, "least")) return *first = i - 2, '>';
    if (i >= 2 && is(r, i - 2, "at") && is(r, i - 1, "most")) return *first = i - 2, '<';
    if (i >= 2 && is(r, i - 2, "minimum") && is(r, i - 1, "of")) return *first = i - 2, '>';
    if (i >= 2 && is(r, i - 2, "maximum") && is(r, i - 1, "of")) return *first = i - 2, '<';
    if (i >= 3 && in(r, i - 3, "no not") && in(r, i - 2, "more longer greater") && is(r, i - 1, "than")) return *first = i - 3, '<';
    if (i >= 3 && in(r, i - 3, "no not") && in(r, i - 2, "fewer less shorter") && is(r, i - 1, "than")) return *first = i - 3, '>';
    if (i >= 2 && in(r, i - 2, "fewer less shorter") && is(r, i - 1, "than")) return *first = i - 2, 'l';
    if (i >= 2 && in(r, i - 2, "more longer greater") && is(r, i - 1, "than")) return *first = i - 2, 'g';
    if (i >= 2 && is(r, i - 2, "up") && is(r, i - 1, "to")) return *first = i - 2, '<';
    if (i >= 1 && in(r, i - 1, "under below within")) return *first = i - 1, '<';
    if (i >= 1 && in(r, i - 1, "over above")) return *first = i - 1, 'g';
    if (i >= 2 && in(r, i - 2, "not") && is(r, i - 1, "exceed")) return *first = i - 2, '<';
    if (i >= 1 && in(r, i - 1, "exceed exceeding") && i >= 2 && in(r, i - 2, "not without")) return *first = i - 2, '<';
    if (i >= 2 && in(r, i - 2, "limited restricted kept") && is(r, i - 1, "to")) return *first = i - 2, '<';
    return 0;
}

/* Ranges and vague counts say nothing sure; "a", "about" and "around" neither. */
static void counts(constraint_reader *r)
{
    if (!has(r, "must should shall exactly least most exceed limit limited contain contains consist include includes write use keep have has "
                "maximum minimum fewer more less between under containing consisting containts contained"))
        return;
    for (size_t i = 0; i < r->n; i++) {
        uint64_t v, hi = 0;
        size_t u, first, last = i;
        int b;
        char key[64] = "";
        constraint *f;
        bool each, once = in(r, i, "once twice thrice") && !r->t[i].in_quote;
        uint32_t noun, scope;
        if (once)
            v = is(r, i, "once") ? 1 : is(r, i, "twice") ? 2 : 3;
        else if (!number_at(r, i, &v))
            continue;
        b = bound_before(r, i, &first);
        if (first && in(r, first - 1, "about around approximately roughly nearly almost step level chapter version figure section day")) continue;
        if (!once && i + 2 < r->n && in(r, i + 1, "- to") && number_at(r, i + 2, &hi) && hi > v) last = i + 2;
        else if (!once && i >= 1 && is(r, i - 1, "between") && i + 2 < r->n && is(r, i + 1, "and") && number_at(r, i + 2, &hi) && hi > v) last = i + 2;
        else hi = 0;
        /* the unit, with up to two adjectives in front of it */
        for (u = last + 1; !once && u < r->n && u <= last + 4 && !in(r, u, units); u++) {
            if (!r->t[u].is_word && !is(r, u, "-")) { u = r->n; break; }
            if (in(r, u, "of and or the to in for per with each")) { u = r->n; break; }
        }
        if (!once && (u >= r->n || u > last + 4)) continue;
        if (once) {
            (void)snprintf(key, sizeof key, "time");
            u = i;
        } else {
            for (size_t k = last + 1; k <= u && strlen(key) + WORD < sizeof key; k++)
                if (strcmp(r->t[k].w, "total") != 0 && strcmp(r->t[k].w, "complete") != 0) {
                    size_t n = strlen(key);
                    (void)snprintf(key + n, sizeof key - n, "%s", r->t[k].w);
                }
            {
                size_t n = strlen(key);
                if (n > 1 && key[n - 1] == 's') key[n - 1] = '\0';
            }
            if (in(r, u, "bullet bullets") && in(r, u + 1, "point points")) u++;
            if (in(r, u, "point points bullet bullets")) (void)snprintf(key, sizeof key, "bullet");
        }
        if (!b && !hi) {
            if (in(r, u + 1, "or") && in(r, u + 2, "more")) b = '>';
            else if (in(r, u + 1, "or") && in(r, u + 2, "fewer less")) b = '<';
            else if (in(r, u + 1, "minimum")) b = '>';
            else if (in(r, u + 1, "maximum max")) b = '<';
            else if (once) continue;
            else if (v < 2) continue; /* "one" may be an article */
            else b = '=';
        }
        scope = scope_of(r, i, &each, &noun);
        f = add(r, CON_COUNT);
        if (!f) return;
        f->what = (uint16_t)(hash32(key, "") >> 8);
        f->scope = scope;
        f->each = each;
        f->lo = hi ? v : b == '<' || b == 'l' ? 0 : b == 'g' ? v + 1 : v;
        f->hi = hi ? hi : b == '>' || b == 'g' ? UINT64_MAX : b == 'l' ? (v ? v - 1 : 0) : v;
        f->object = 0;
        f->term[0] = noun;
        f->term[1] = noun_key(key);
        if (strcmp(key, "time") == 0) { /* of what? the quoted words in front */
            size_t q = i;
            while (q > 0 && !r->t[q].in_quote) q--;
            if (!r->t[q].in_quote && !is(r, q, "\"")) {
                r->n_found--;
                continue;
            }
            {
                size_t e = q, s = q;
                while (s > 0 && r->t[s - 1].in_quote && !is(r, s, "\"")) s--;
                if (is(r, s, "\"")) s++;
                f->object = s <= e ? hash_words((tkc_str){r->text.ptr + r->t[s].begin, r->t[e].end - r->t[s].begin}) : 0;
                if (!f->object) r->n_found--;
            }
        }
        i = u;
    }
}

/* --- polarity -------------------------------------------------------------------------------------------------- */

/* Is what stands at i forbidden by its clause? */
static bool is_negated(const constraint_reader *r, size_t i)
{
    for (size_t k = i; k-- > 0;) {
        if (r->t[k].in_quote) continue;
        if (k && ((is(r, k, "of") && is(r, k - 1, "instead")) || (is(r, k, "than") && is(r, k - 1, "rather")))) return true;
        if (in(r, k, "; but instead") || (is(r, k, ",") && !in(r, k + 1, "or and"))) {
            if (in(r, k + 1, "avoiding without excluding not")) return true;
            return false;
        }
        if (in(r, k, "avoid avoids avoiding without refrain never exclude excludes excluding omit cannot don't mustn't shouldn't no")) return true;
        if (is(r, k, "not") && !is(r, k + 1, "only")) return true;
    }
    return false;
}

static const char must_verbs[] = "include includes including use uses using mention mentions contain contains appear appears incorporate add say write "
                                 "insert begin begins start starts end ends conclude concludes employ";

/* --- quoted words ------------------------------------------------------------------------------------------------- */

static void quotes(constraint_reader *r)
{
    uint64_t seen[4];
    uint32_t at[4];
    size_t n_seen = 0;
    bool verb = has(r, must_verbs);
    for (size_t i = 0; i < r->n; i++) {
        size_t s, e;
        constraint *f;
        bool each, negative;
        uint32_t noun, scope;
        uint64_t h;
        if (!is(r, i, "\"") || !r->t[i].in_quote) continue;
        s = i + 1;
        for (e = s; e < r->n && r->t[e].in_quote; e++) continue;
        if (e >= r->n || s == e || !verb) { i = e; continue; }
        h = hash_words((tkc_str){r->text.ptr + r->t[s].begin, r->t[e - 1].end - r->t[s].begin});
        /* for one purpose only, or under a condition: it says nothing about the rest */
        {
            bool some = in(r, 0, "if when unless");
            for (size_t k = e + 1; k < r->n && !some; k++) some = in(r, k, "for if when unless except directly unlike");
            for (size_t k = 0; k < i && !some; k++) some = in(r, k, "if unless unlike");
            if (some) { i = e; continue; }
        }
        negative = is_negated(r, i) || (in(r, e + 1, "must should may can") && is(r, e + 2, "not")) || (in(r, e + 1, "cannot"));
        scope = scope_of(r, i, &each, &noun);
        if (n_seen < 4) {
            at[n_seen] = (uint32_t)i;
            seen[n_seen++] = h;
        }
        if (has(r, "title titled called named heading section headings header headers key keys synonym instead replace format meaning sense") && !has(r, "keyword phrase word keywords")) { i = e; continue; }
        f = add(r, negative ? CON_MUST_NOT : CON_MUST);
        if (!f) return;
        f->object = h;
        f->scope = scope;
        f->q_begin = r->t[s].begin;
        f->q_end = r->t[e - 1].end;
        if (!negative) {
            size_t from = i > 8 ? i - 8 : 0;
            for (size_t k = from; k < i; k++) {
                bool begins = in(r, k, "begin begins start starts open opens"), ends = in(r, k, "end ends conclude concludes close closes finish");
                if ((begins || ends) && (in(r, k + 1, "with") || in(r, k + 2, "with") || in(r, k + 3, "with") || in(r, k + 4, "with"))) {
                    constraint *g = add(r, begins ? CON_BEGIN : CON_END);
                    if (g) {
                        g->object = h;
                        g->scope = scope;
                    }
                    break;
                }
            }
        }
        /* a part of speech, a form */
        {
            int pole = 0;
            for (size_t k = 0; k + 2 < r->n; k++)
                if (is(r, k, "as") && is(r, k + 1, "a") && !r->t[k].in_quote) pole = is(r, k + 2, "noun") ? 1 : is(r, k + 2, "verb") ? -1 : pole;
            if (pole && !negative && (f = add(r, CON_PART))) {
                f->object = h;
                f->pole = (int8_t)pole;
                f->scope = scope;
            }
        }
        i = e;
    }
    if (n_seen == 2) { /* two keywords and how they stand to each other */
        constraint *f;
        int same = 0, order = 0;
        for (size_t k = 0; k + 1 < r->n; k++) {
            if (is(r, k, "same") && in(r, k + 1, "paragraph sentence section")) same = 1;
            if (in(r, k, "different separate") && in(r, k + 1, "paragraphs sentences sections")) same = -1;
            if (k > at[0] && k < at[1] && !r->t[k].in_quote) order = is(r, k, "before") ? 1 : is(r, k, "after") ? -1 : order;
        }
        if ((same || order) && (f = add(r, CON_PLACE))) {
            f->object = order ? seen[0] * 3 + seen[1] : seen[0] + seen[1];
            f->pole = (int8_t)(order ? order : same);
            f->what = (uint16_t)(order ? 1 : 2);
        }
    }
}

/* --- language, format, style ------------------------------------------------------------------------------------- */

static const char *const languages[] = {"english", "chinese", "french", "german", "spanish", "italian", "japanese", "korean", "russian", "portuguese",
                                        "arabic", "hindi", "dutch", "polish", "turkish", "latin", "greek", "swedish", "mandarin"};

static void language(constraint_reader *r)
{
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < sizeof languages / sizeof *languages; k++) {
            bool only, in_it;
            constraint *f;
            if (r->t[i].in_quote || strcmp(r->t[i].w, languages[k]) != 0) continue;
            in_it = i && (is(r, i - 1, "in") || is(r, i - 1, "using"));
            only = (i >= 2 && in(r, i - 2, "exclusively only entirely solely completely fully") && in_it) || in(r, i + 1, "only exclusively") ||
                   (i && in(r, i - 1, "only exclusively"));
            if (is_negated(r, i)) continue;
            if (only && in_it) {
                f = add(r, CON_ONLY_LANGUAGE);
            } else if (in_it && in(r, 0, "write respond answer reply output") && !has(r, "include phrase word sentence idiom poem quote one paragraph title")) {
                f = add(r, CON_ONLY_LANGUAGE);
            } else if (in_it || in(r, i + 1, "phrase phrases word words idiom idioms poem proverb sentence sentences quote expression greeting paragraph saying translation term terms song characters")) {
                if (!has(r, "include contain use incorporate add provide feature insert write written presented translation paragraph")) continue;
                f = add(r, CON_LANGUAGE);
            } else {
                continue;
            }
            if (!f) return;
            f->what = (uint16_t)(k + 1);
        }
}

static void format(constraint_reader *r)
{
    static const char *const names[] = {"json", "markdown", "xml", "html", "yaml", "csv", "latex", "plain"};
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            size_t b = i;
            constraint *f;
            if (r->t[i].in_quote || strcmp(r->t[i].w, names[k]) != 0) continue;
            if (k == 7 && !in(r, i + 1, "text")) continue;
            while (b > 0 && in(r, b - 1, "a an the valid strict pure raw standard")) b--;
            if (!b || !in(r, b - 1, "in as using use only") || !has(r, outputs)) continue;
            if (in(r, b - 1, "use using") && !(in(r, i + 1, "format formatting . ,") || i + 1 >= r->n)) continue;
            if (is_negated(r, i)) continue;
            f = add(r, CON_FORMAT);
            if (!f) return;
            f->what = (uint16_t)(k + 1);
        }
    for (size_t i = 0; i < r->n; i++) { /* letters, lists */
        constraint *f;
        if (r->t[i].in_quote) continue;
        if (in(r, i, "lowercase uppercase") && i && in(r, i - 1, "in") && (has(r, "all entire entirely") || in(r, i + 1, "only letters"))) {
            if (is_negated(r, i) || has(r, "least one two three words word heading headings title")) continue;
            f = add(r, CON_STYLE);
            if (!f) return;
            f->what = 900;
            f->pole = is(r, i, "lowercase") ? 1 : -1;
        }
        if (in(r, i, "sentence title") && is(r, i + 1, "case") && has(r, "all entire entirely") && !is_negated(r, i)) {
            f = add(r, CON_STYLE);
            if (!f) return;
            f->what = 900;
            f->pole = 2;
        }
        if ((in(r, i, "bulleted bullet unordered") && in(r, i + 1, "list lists point points")) || in(r, i, "bullets")) {
            bool each;
            uint32_t noun;
            f = add(r, CON_STYLE);
            if (!f) return;
            f->what = 901;
            f->pole = is_negated(r, i) ? -1 : 1;
            f->scope = scope_of(r, i, &each, &noun);
            if (f->pole > 0 && !has(r, "include use using contain format formatted present must should")) r->n_found--;
        }
    }
}

typedef struct style_word {
    const char *word;
    uint16_t axis;
    int8_t pole;
} style_word;
static const style_word styles[] = {
    {"formal", 1, 1}, {"professional", 1, 1}, {"formally", 1, 1}, {"informal", 1, -1}, {"casual", 1, -1}, {"slang", 1, -1}, {"colloquial", 1, -1},
    {"humorous", 1, -1}, {"witty", 1, -1}, {"conversational", 1, -1}, {"playful", 1, -1}, {"casually", 1, -1}, {"informally", 1, -1}, {"sarcastic", 1, -1},
    {"enthusiastic", 2, 1}, {"excited", 2, 1}, {"energetic", 2, 1}, {"passionate", 2, 1}, {"neutral", 2, -1}, {"emotionless", 2, -1},
    {"detached", 2, -1}, {"unemotional", 2, -1}, {"indifferent", 2, -1},
    {"optimistic", 3, 1}, {"positive", 3, 1}, {"pessimistic", 3, -1}, {"negative", 3, -1},
    {"jargon", 4, 1}, {"terminology", 4, 1}, {"serious", 5, 1}, {"solemn", 5, 1}, {"humorous", 5, -1}, {"comedic", 5, -1}, {"funny", 5, -1},
    {"respectful", 6, 1}, {"polite", 6, 1}, {"rude", 6, -1}, {"disrespectful", 6, -1}, {"sarcastic", 6, -1},
};

static void style(constraint_reader *r)
{
    bool context = has(r, "tone style manner language voice audience register written write maintain tailor tailored keep formatted mood speak sound");
    for (size_t i = 0; i < r->n; i++) {
        constraint *f;
        if (r->t[i].in_quote) continue;
        if (in(r, i, "first second third") && is(r, i + 1, "-")) {
            /* "first-person" */
        }
        {
            size_t p = is(r, i + 1, "-") ? i + 2 : i + 1;
            if (in(r, i, "first second third") && is(r, p, "person") && !is_negated(r, i) && has(r, "write written use using in from")) {
                f = add(r, CON_STYLE);
                if (!f) return;
                f->what = 910;
                f->pole = is(r, i, "first") ? 1 : is(r, i, "second") ? 2 : 3;
                continue;
            }
            if (in(r, i, "past present future") && is(r, i + 1, "tense") && !is_negated(r, i)) {
                f = add(r, CON_STYLE);
                if (!f) return;
                f->what = 911;
                f->pole = is(r, i, "past") ? 1 : is(r, i, "present") ? 2 : 3;
                continue;
            }
            if (in(r, i, "active passive") && is(r, i + 1, "voice")) {
                f = add(r, CON_STYLE);
                if (!f) return;
                f->what = 912;
                f->pole = (int8_t)(is(r, i, "active") != is_negated(r, i) ? 1 : 2);
                continue;
            }
        }
        if (!context && !in(r, i, "jargon terminology")) continue;
        for (size_t k = 0; k < sizeof styles / sizeof *styles; k++) {
            bool each, negative = is_negated(r, i);
            uint32_t noun;
            if (strcmp(r->t[i].w, styles[k].word) != 0) continue;
            if (styles[k].axis == 4) {
                if (!is(r, i, "terminology") && !negative && !has(r, "use using include employ incorporate utilize with")) continue;
                if (is(r, i, "terminology") && !(i && in(r, i - 1, "technical academic specialized complex industry"))) continue;
            } else if (negative) {
                if (i && in(r, i - 1, "overly too excessively unnecessarily very")) continue;
                if (styles[k].axis != 1 || styles[k].pole < 0) continue; /* "not humorous" may still be anything */
            }
            f = add(r, CON_STYLE);
            if (!f) return;
            f->what = styles[k].axis;
            f->pole = (int8_t)(negative ? -styles[k].pole : styles[k].pole);
            f->scope = scope_of(r, i, &each, &noun);
        }
    }
}

/* --- what has to be said, and what must not ------------------------------------------------------------------------ */

static const char say_verbs[] = "include includes mention mentions provide provides specify specifies disclose discloses contain contains reveal "
                                "describe describes discuss explain refer express request requests";
static const char empty_words[] = "email response text article reply answer message letter any anything information details detail specific about "
                                  "include mention provide specify contain output content plan itinerary blog post story please must should "
                                  "entire whole use anywhere throughout part section report essay document kind type form single explicit";

static void content(constraint_reader *r)
{
    if (in(r, 0, "if when unless") || in(r, 1, "if when unless") || has(r, "unless except")) return;
    for (size_t i = 0; i < r->n; i++) {
        constraint *f;
        bool negative, each;
        uint32_t noun;
        if (r->t[i].in_quote || (!in(r, i, say_verbs) && !in(r, i, "including mentioning providing specifying disclosing revealing mention"))) continue;
        if (is(r, i, "list") && i && in(r, i - 1, "a the bulleted numbered unordered ordered this")) continue;
        if (is(r, i, "request") && i && in(r, i - 1, "the a this your of prompt")) continue;
        if (in(r, i, "including mentioning providing") && !(i && in(r, i - 1, "avoid from without any"))) continue;
        negative = is_negated(r, i);
        if (!negative && !(i == 0 || has(r, "must should shall ensure needs required will") || in(r, 0, "- *") || !r->t[i - 1].is_word)) continue;
        f = add(r, negative ? CON_EXCLUDE : CON_INCLUDE);
        if (!f) return;
        f->scope = negative ? scope_of(r, i, &each, &noun) : 0;
        for (size_t k = i + 1; k < r->n && f->n_term < MAX_OBJECT; k++) {
            if (in(r, k, "; . but while when if unless before after because so that which such where")) break;
            if (is(r, k, ",") && negative) break;
            if (is(r, k, "\"")) { /* quoted words are another constraint */
                f->n_term = 0;
                break;
            }
            if (r->t[k].is_stop || !r->t[k].is_word || r->t[k].term == UINT32_MAX || in(r, k, empty_words)) continue;
            f->term[f->n_term++] = r->t[k].term;
        }
        if (!f->n_term || (negative && f->n_term > 5)) r->n_found--;
        break; /* the first verb of a sentence */
    }
}

/* --- orders that say and forbid the same ------------------------------------------------------------------------------ */

/* "Always cite the source", "Do not cite the source": a whole sentence of one clause, without what makes it an
 * order, by its words in their order. */
static void order(constraint_reader *r)
{
    size_t i = 0, words = 0;
    uint64_t h = 0;
    bool no = false;
    constraint *f;
    if (has(r, "if when unless except until before after while without only than instead other otherwise but or and also even more")) return;
    for (; i < r->n; i++) {
        if (is(r, i, "cannot")) return; /* says what is so, as often as what to do */
        if (in(r, i, "never not don't mustn't shouldn't")) {
            if (no || (is(r, i, "not") && !(i && in(r, i - 1, "do must should shall")))) return; /* "Not null": no order */
            no = true;
        } else if (!in(r, i, "- * always must should shall please you do ensure sure make be to that") && r->t[i].is_word) {
            break;
        }
    }
    for (; i < r->n; i++) {
        if (in(r, i, "; : , ( not no never any")) return;
        if (!r->t[i].is_word) continue;
        if (r->t[i].in_quote) return;
        h = (h ^ (r->t[i].term == UINT32_MAX ? hash_words((tkc_str){r->t[i].w, strlen(r->t[i].w)}) : r->t[i].term)) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
        words++;
    }
    if (words < 2) return;
    f = add(r, CON_ORDER);
    if (!f) return;
    f->pole = no ? -1 : 1;
    f->object = h;
}

void lint_read_constraints(constraint_reader *r, tkc_str sentence, uint32_t index, bool is_indented)
{
    r->text = sentence;
    r->sentence = index;
    read_tokens(r);
    if (r->l->st) return;
    if (instructs(r)) {
        counts(r);
        quotes(r);
        language(r);
        format(r);
        style(r);
        content(r);
    }
    if (!is_indented) order(r);
}
