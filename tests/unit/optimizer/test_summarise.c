/*
 * test_summarise.c - summaries of conversations: how a sentence is put into the third person, what
 * is chosen, that the budget holds exactly, that the same input gives the same bytes, that an
 * earlier summary stays in front; external summaries; every allocation failing once.
 */
#include "optimizer/text/summarise_memory.h"
#include "optimizer/text/summarise_impl.h"

#include "tests/support/fail_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/support/o200k.h"

/* --- sentences ---------------------------------------------------------------------------------- */

static void voice(void **state)
{
    static const char *const rows[][2] = {
        {"I want to go.", "Ann wants to go."},
        {"Well, I think you should quit smoking.", "Ann thinks Bob should quit smoking."},
        {"I'm on a weekly schedule, you know.", "Ann is on a weekly schedule."},
        {"I don't believe it.", "Ann doesn't believe it."},
        {"I don ' t believe it.", "Ann doesn't believe it."},
        {"I ' ve been having trouble.", "Ann has been having trouble."},
        {"Are you ready?", "Is Bob ready?"},
        {"Do you need a hand?", "Does Bob need a hand?"},
        {"Can I use your car?", "Can Ann use Bob's car?"},
        {"May I call you at your home?", "May Ann call Bob at Bob's home?"},
        {"If you go out, tell me.", "If Bob goes out, tell Ann."},
        {"I'll tell you what you want.", "Ann will tell Bob what Bob wants."},
        {"I really try my best.", "Ann really tries Ann's best."},
        {"I must say so.", "Ann must say so."},
        {"you were late", "Bob was late"},
        {"I was told that I have 3 days.", "Ann was told that Ann has 3 days."},
        {"Oh, no problem.", ""},
        {"No, I haven't had a cold.", "Ann hasn't had a cold."},
        {"No, it's fine.", "No, it's fine."},
        {"Okay so we meet at 5.", "We meet at 5."},
        {"Never call me.", "Never call Ann."},
        {"The 3i model and B2me and i18n stay.", "The 3i model and B2me and i18n stay."},
        {"\xe6\x88\x91 likes it", "\xe6\x88\x91 likes it"},
        {"", ""},
        {"...", ""},
    };
    summary_voice v = {{"Ann", 3}, {"Bob", 3}};
    size_t bad = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tkc_buf b;
        tkc_error err;
        size_t begin, end;
        tkc_str s = str(rows[i][0]);
        tkc_buf_init(&b, 10000, NULL);
        summary_trim(s, &begin, &end);
        assert_true(begin <= s.len && end <= s.len);
        if (begin < end) assert_int_equal(summary_third_person((tkc_str){s.ptr + begin, end - begin}, &v, &b, &err), TKC_OK);
        /* the closer takes the full stop with it; the renderer puts one */
        if (b.len && !strchr(".?!", b.ptr[b.len - 1]) && strchr(rows[i][1], '.')) assert_int_equal(tkc_buf_append_byte(&b, '.', &err), TKC_OK);
        if (b.len != strlen(rows[i][1]) || (b.len && memcmp(b.ptr, rows[i][1], b.len))) {
            print_error("\"%s\": got \"%.*s\", wanted \"%s\"\n", rows[i][0], (int)b.len, b.len ? b.ptr : "", rows[i][1]);
            bad++;
        }
        tkc_buf_release(&b);
    }
    assert_int_equal(bad, 0);
    {
        static const tkc_str nul = {"I will go, please\0", 18}; /* NUL is no full stop behind a closer */
        size_t begin, end;
        summary_trim(nul, &begin, &end);
        assert_true(begin == 0 && end == nul.len);
    }
}

static void manners(void **state)
{
    summary_manner m;
    (void)state;
    m = summary_manner_of(str("I agreed to it."));
    assert_true(m.first_person && m.decision && !m.question && !m.request);
    m = summary_manner_of(str("Could you help? "));
    assert_true(!m.first_person && m.question && m.request);
    m = summary_manner_of((tkc_str){"Ready?\0", 7}); /* NUL is a byte as another: no blank */
    assert_false(m.question);
    m = summary_manner_of(str(""));
    assert_true(!m.first_person && !m.question);
}

/* The words that a sentence is read for, which its others are told from by two letters. */
static void no_word_is_passed_by(void **state)
{
    static const char *const settle[] = {"action", "agree", "agreed", "agreement", "approve", "approved", "choose", "chose", "conclude", "concluded",
                                         "conclusion", "decide", "decided", "decision", "going", "let's", "must", "plan", "settle", "settled",
                                         "should", "we'll", "deal"};
    static const char *const others[] = {"actions", "agrees", "planet", "musty", "wells", "we", "lets", "deals", "gone", "", "'ll"};
    static const char *const persons[][2] = {
        {"i", "Ann"}, {"me", "Ann"}, {"myself", "Ann"}, {"my", "Ann's"}, {"mine", "Ann's"}, {"i'm", "Ann is"}, {"i've", "Ann has"},
        {"i'll", "Ann will"}, {"i'd", "Ann would"}, {"you", "Bob"}, {"your", "Bob's"}, {"yours", "Bob's"}, {"yourself", "Bob"},
        {"you're", "Bob is"}, {"you've", "Bob has"}, {"you'll", "Bob will"}, {"you'd", "Bob would"}, {"i ' ve", "Ann has"}, {"im", "im"},
        {"mining", "mining"}, {"yous", "yous"}, {"years", "years"}};
    static const char *const irregular[][2] = {{"am i", "Is Ann"}, {"are you", "Is Bob"}, {"were you", "Was Bob"}, {"have i", "Has Ann"}, {"do i", "Does Ann"},
                                               {"don't you", "Doesn't Bob"}, {"haven't i", "Hasn't Ann"}, {"aren't you", "Isn't Bob"},
                                               {"weren't you", "Wasn't Bob"}, {"go i", "Go Ann"}};
    static const char *const openers[] = {
        "well", "oh", "ok", "okay", "yes", "yeah", "yep", "so", "and", "but", "then", "now", "right", "sure", "alright", "all right", "actually",
        "you know", "you see", "i see", "i mean", "look", "hey", "hi", "hello", "of course", "sorry", "excuse me", "please", "thanks", "thank you",
        "thank you very much", "really", "great", "good", "fine", "anyway", "also", "honey", "sir", "madam", "ma'am", "hmm", "mhm", "um", "uh",
        "ah", "wow", "by the way", "in fact", "first of all", "i'm sorry", "i'm afraid", "i guess", "sounds good", "good morning",
        "good afternoon", "good evening", "let me see", "let's see", "oh my god", "no problem", "certainly", "absolutely", "exactly", "perfect", "no"};
    const summary_voice v = {{"Ann", 3}, {"Bob", 3}};
    char s[200], want[200];
    size_t begin, end;
    tkc_buf b;
    tkc_error err;
    (void)state;
    tkc_buf_init(&b, 1000, NULL);
    for (size_t i = 0; i < sizeof settle / sizeof *settle; i++) {
        for (int first = 0; first < 2; first++) {
            snprintf(s, sizeof s, "%s%s the others.", first ? "" : "Then the river and they ", settle[i]);
            if (!summary_manner_of(str(s)).decision) fail_msg("no decision: %s", s);
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        snprintf(s, sizeof s, "Then they %s others.", others[i]);
        if (summary_manner_of(str(s)).decision) fail_msg("a decision: %s", s);
    }
    for (size_t i = 0; i < sizeof persons / sizeof *persons; i++) {
        snprintf(s, sizeof s, "River to %s.", persons[i][0]);
        snprintf(want, sizeof want, "River to %s.", persons[i][1]);
        tkc_buf_clear(&b);
        assert_int_equal(summary_third_person(str(s), &v, &b, &err), TKC_OK);
        if (b.len != strlen(want) || memcmp(b.ptr, want, b.len)) fail_msg("%s: %.*s, not %s", s, (int)b.len, b.ptr, want);
    }
    for (size_t i = 0; i < sizeof irregular / sizeof *irregular; i++) {
        snprintf(s, sizeof s, "%s there?", irregular[i][0]);
        snprintf(want, sizeof want, "%s there?", irregular[i][1]);
        tkc_buf_clear(&b);
        assert_int_equal(summary_third_person(str(s), &v, &b, &err), TKC_OK);
        if (b.len != strlen(want) || memcmp(b.ptr, want, b.len)) fail_msg("%s: %.*s, not %s", s, (int)b.len, b.ptr, want);
    }
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++) {
        snprintf(s, sizeof s, "%s, they never left the house", openers[i]);
        summary_trim(str(s), &begin, &end);
        if (strcmp(s + begin, "they never left the house") != 0) fail_msg("not taken off: %s", s);
    }
    tkc_buf_release(&b);
}

/* --- conversations ------------------------------------------------------------------------------ */

static const tkc_said talk[] = {
    {{"Ann", 3}, {"Hello! How are you doing today?", 31}},
    {{"Bob", 3}, {"Well, I want to book a flight to Lisbon for my team of 6 people.", 64}},
    {{"Ann", 3}, {"Sure. The flight on November 27 costs $420 a person, but it is not direct.", 74}},
    {{"Bob", 3}, {"Hmm. Okay.", 10}},
    {{"Bob", 3}, {"We never fly with a stop. Is there a direct flight to Lisbon?", 61}},
    {{"Ann", 3}, {"Yes, flight TP-951 is direct and costs $510.", 44}},
    {{"Bob", 3}, {"I agree, we decided to take it.", 31}},
    {{"Ann", 3}, {"Thank you very much! Bye.", 25}},
};
enum { N_TALK = sizeof talk / sizeof *talk };

static void summarise(tkc_summary *s, const tkc_said *t, size_t n, tkc_summarise_options opt)
{
    tkc_error err = {0};
    size_t tokens;
    opt.struct_size = sizeof opt;
    if (tkc_summarise(enc, t, n, &opt, s, &err)) fail_msg("%s", err.message);
    assert_int_equal(tkc_count(enc, tkc_buf_str(&s->text), 0, &tokens, &err), TKC_OK);
    assert_int_equal(tokens, s->tokens);
    if (tokens > opt.budget) fail_msg("%zu tokens for a budget of %zu", tokens, opt.budget);
    for (size_t i = 0; i < s->n_pick; i++) {
        const tkc_summary_pick *p = &s->pick[i];
        assert_true(p->turn < n && p->begin < p->end && p->end <= t[p->turn].text.len);
        if (i) assert_true(s->pick[i - 1].turn < p->turn || (s->pick[i - 1].turn == p->turn && s->pick[i - 1].end <= p->begin));
    }
}

static bool says(const tkc_summary *s, const char *what)
{
    size_t m = strlen(what);
    for (size_t i = 0; i + m <= s->text.len; i++)
        if (!memcmp(s->text.ptr + i, what, m)) return true;
    return false;
}

static void lengths_are_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_TALK; i++) assert_int_equal(talk[i].text.len, strlen(talk[i].text.ptr));
}

static void every_budget(void **state)
{
    tkc_summary s, again;
    (void)state;
    tkc_summary_init(&s, NULL);
    tkc_summary_init(&again, NULL);
    for (size_t b = 0; b < 140; b++) {
        summarise(&s, talk, N_TALK, (tkc_summarise_options){.budget = b, .fill = true});
        summarise(&again, talk, N_TALK, (tkc_summarise_options){.budget = b, .fill = true});
        assert_int_equal(s.text.len, again.text.len);
        if (s.text.len) assert_memory_equal(s.text.ptr, again.text.ptr, s.text.len);
        assert_true(b == 0 ? s.text.len == 0 : s.text.len > 0);
    }
    /* all that says something, nothing that does not */
    assert_true(says(&s, "Bob wants to book a flight to Lisbon for Bob's team of 6 people."));
    assert_true(says(&s, "never fly") && says(&s, "$420") && says(&s, "TP-951") && says(&s, "Ann: "));
    assert_true(says(&s, "Bob asks: ") || says(&s, "Is there a direct flight"));
    assert_false(says(&s, "Hmm"));
    assert_false(says(&s, "Thank"));
    for (int k = 0; k < TKC_N_FACT; k++) assert_int_equal(s.facts_kept[k], s.facts_said[k]);
    assert_int_equal(s.facts_said[TKC_FACT_NUMBER], 3);
    assert_true(s.facts_said[TKC_FACT_NEGATION] > 0);
    tkc_summary_release(&s);
    tkc_summary_release(&again);
}

static void stops_unless_told_to_fill(void **state)
{
    tkc_summary s;
    size_t full;
    (void)state;
    tkc_summary_init(&s, NULL);
    summarise(&s, talk, N_TALK, (tkc_summarise_options){.budget = 500, .fill = true});
    full = s.tokens;
    summarise(&s, talk, N_TALK, (tkc_summarise_options){.budget = 500});
    assert_true(s.tokens <= full && s.tokens > 10);
    tkc_summary_release(&s);
}

static void verbatim_is_verbatim(void **state)
{
    tkc_summary s;
    (void)state;
    tkc_summary_init(&s, NULL);
    summarise(&s, talk, N_TALK, (tkc_summarise_options){.budget = 500, .fill = true, .verbatim = true});
    assert_true(says(&s, "Bob: Well, I want to book a flight to Lisbon for my team of 6 people."));
    for (size_t i = 0; i < s.n_pick; i++) {
        char one[200];
        snprintf(one, sizeof one, "%.*s", (int)(s.pick[i].end - s.pick[i].begin), talk[s.pick[i].turn].text.ptr + s.pick[i].begin);
        assert_true(says(&s, one));
    }
    tkc_summary_release(&s);
}

/* "i" and "me" are words of Italian, too. */
static void other_languages_stay(void **state)
{
    static const char *const said[] = {"Ho visto i nostri clienti ieri e me hanno detto che i prezzi sono alti.", "I prezzi, i costi.",
                                       "I think you lost my key. Ich habe i und me gern, aber er war nicht da."};
    tkc_said t[] = {{{"Anna", 4}, {said[0], strlen(said[0])}}, {{"Bob", 3}, {said[1], strlen(said[1])}}};
    tkc_summary s;
    (void)state;
    tkc_summary_init(&s, NULL);
    summarise(&s, t, 2, (tkc_summarise_options){.budget = 500, .fill = true});
    assert_true(says(&s, said[0]) && says(&s, said[1]));
    t[0].text = (tkc_str){said[2], strlen(said[2])};
    t[1] = talk[1];
    summarise(&s, t, 2, (tkc_summarise_options){.budget = 500, .fill = true});
    assert_true(says(&s, "Anna thinks Bob lost Anna's key. Ich habe i und me gern, aber er war nicht da."));
    tkc_summary_release(&s);
}

static void query_focuses(void **state)
{
    tkc_summary s;
    (void)state;
    tkc_summary_init(&s, NULL);
    summarise(&s, talk, N_TALK, (tkc_summarise_options){.budget = 32, .query = str("when in November?")});
    assert_true(says(&s, "$420"));
    tkc_summary_release(&s);
}

static void previous_stays_in_front(void **state)
{
    tkc_summary s, t;
    tkc_str first;
    (void)state;
    tkc_summary_init(&s, NULL);
    tkc_summary_init(&t, NULL);
    summarise(&s, talk, 4, (tkc_summarise_options){.budget = 60});
    first = tkc_buf_str(&s.text);
    summarise(&t, talk, N_TALK, (tkc_summarise_options){.budget = 90, .previous = first, .n_previous = 4});
    assert_false(t.renewed);
    assert_true(t.text.len > first.len);
    assert_memory_equal(t.text.ptr, first.ptr, first.len);
    for (size_t i = 0; i < t.n_pick; i++) assert_true(t.pick[i].turn >= 4);
    /* nothing new said: the same bytes */
    summarise(&t, talk, 4, (tkc_summarise_options){.budget = 60, .previous = first, .n_previous = 4});
    assert_int_equal(t.text.len, first.len);
    assert_false(t.renewed);
    /* no room: anew, with room to grow */
    summarise(&t, talk, N_TALK, (tkc_summarise_options){.budget = s.tokens + 2, .previous = first, .n_previous = 4});
    assert_true(t.renewed);
    assert_true(t.tokens <= (s.tokens + 2) - (s.tokens + 2) / 4);
    summarise(&t, talk, N_TALK, (tkc_summarise_options){.budget = s.tokens - 1, .previous = first, .n_previous = 4});
    assert_true(t.renewed);
    tkc_summary_release(&s);
    tkc_summary_release(&t);
}

static tkc_status outside(void *ctx, const tkc_said *turn, size_t n, size_t budget, tkc_buf *out, tkc_error *err)
{
    (void)turn;
    (void)n;
    (void)budget;
    return tkc_buf_append(out, ctx, strlen(ctx), err);
}

static tkc_status broken(void *ctx, const tkc_said *turn, size_t n, size_t budget, tkc_buf *out, tkc_error *err)
{
    (void)ctx;
    (void)turn;
    (void)n;
    (void)budget;
    (void)out;
    *err = (tkc_error){TKC_E_IO, 0, "model is away"};
    return TKC_E_IO;
}

static void external_is_guarded(void **state)
{
    static const struct {
        const char *text;
        size_t budget;
        bool taken;
    } row[] = {{"Bob will fly to Lisbon with 6 people for 510 dollars each, without Ann.", 60, false}, /* "without" */
               {"Bob will fly to Lisbon with 6 people for $510, not $420.", 60, true},
               {"Bob will fly to Lisbon with 7 people.", 60, false},
               {"Bob will fly to Madrid.", 60, false},
               {"Bob will fly to Lisbon.", 3, false},
               {"", 60, false}};
    tkc_summary s;
    tkc_summarise_options opt = {.struct_size = sizeof opt, .budget = 60, .external = broken};
    tkc_error err = {0};
    (void)state;
    tkc_summary_init(&s, NULL);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        summarise(&s, talk, N_TALK, (tkc_summarise_options){.budget = row[i].budget, .external = outside, .external_ctx = (void *)(uintptr_t)row[i].text});
        if (s.external != row[i].taken || s.refused == row[i].taken) fail_msg("\"%s\": taken %d", row[i].text, s.external);
        if (row[i].taken) assert_true(s.text.len == strlen(row[i].text) && s.n_pick == 0);
        else assert_true(s.text.len > 0 && !says(&s, "Madrid"));
    }
    assert_int_equal(tkc_summarise(enc, talk, N_TALK, &opt, &s, &err), TKC_E_IO);
    assert_string_equal(err.message, "model is away");
    tkc_summary_release(&s);
}

static void odd_talks(void **state)
{
    char *giant = malloc(400000);
    tkc_said t[] = {{{NULL, 0}, {giant, 400000}}};
    tkc_said code[] = {{{"Ann", 3}, {"Run this:\n```sh\nmake all\n```\nThen read build/log.txt and tell me.", 68}}, {{"", 0}, {"\xff\xfe binary \x00 text", 16}}, {{"X", 1}, {"", 0}}};
    tkc_summary s;
    tkc_error err = {0};
    tkc_summarise_options opt = {.struct_size = sizeof opt, .n_previous = 2};
    (void)state;
    for (size_t i = 0; i < 400000; i++) giant[i] = "alpha beta gamma "[i % 17];
    tkc_summary_init(&s, NULL);
    summarise(&s, t, 1, (tkc_summarise_options){.budget = 50});
    assert_true(s.tokens > 30); /* one sentence that does not fit: its beginning */
    summarise(&s, t, 0, (tkc_summarise_options){.budget = 50});
    assert_int_equal(s.text.len, 0);
    code[0].text.len = strlen(code[0].text.ptr);
    summarise(&s, code, 3, (tkc_summarise_options){.budget = 200, .fill = true});
    assert_true(says(&s, "```sh\nmake all\n```") && says(&s, "build/log.txt"));
    assert_int_equal(tkc_summarise(enc, t, 1, &opt, &s, &err), TKC_E_ARG);
    tkc_summary_release(&s);
    free(giant);
}

static void many_turns(void **state)
{
    enum { N = 20000 };
    tkc_said *t = malloc(N * sizeof *t);
    char *text = malloc(N * 80);
    clock_t begin = clock();
    tkc_summary s;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        int n = snprintf(text + i * 80, 80, "Item %zu of batch %zu was checked by team %zu, never by %zu.", i, i / 7, i % 13, i % 5);
        t[i] = (tkc_said){i % 2 ? str("Ann") : str("Bob"), {text + i * 80, (size_t)n}};
    }
    tkc_summary_init(&s, NULL);
    summarise(&s, t, N, (tkc_summarise_options){.budget = 5000, .fill = true});
    assert_true(s.tokens > 4900);
    /* 0.15 s; looking at every sentence for every choice would take a minute */
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 10);
    tkc_summary_release(&s);
    free(text);
    free(t);
}

/* Of sentences that are worth the same the first are taken, however many there are. */
static void the_first_of_equals(void **state)
{
    static const size_t sizes[] = {1, 2, 7, 8, 9, 63, 64, 65, 511, 513, 4097};
    tkc_said *t = malloc(4097 * sizeof *t);
    tkc_summary s;
    (void)state;
    tkc_summary_init(&s, NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t n = sizes[i];
        for (size_t k = 0; k < n; k++) t[k] = (tkc_said){str(""), str("Flight 951 to Lisbon costs 510 euros.")};
        summarise(&s, t, n, (tkc_summarise_options){.budget = 40, .query = str("flight"), .fill = true});
        assert_true(s.n_pick > 0 && (s.n_pick > 1 || n == 1) && s.n_pick < 7);
        for (size_t k = 0; k < s.n_pick; k++) assert_int_equal(s.pick[k].turn, k);
    }
    tkc_summary_release(&s);
    free(t);
}

static void assert_same(const tkc_summary *a, const tkc_summary *b)
{
    assert_int_equal(a->text.len, b->text.len);
    if (a->text.len) assert_memory_equal(a->text.ptr, b->text.ptr, a->text.len);
    assert_int_equal(a->tokens, b->tokens);
    assert_int_equal(a->n_pick, b->n_pick);
    if (a->n_pick) assert_memory_equal(a->pick, b->pick, a->n_pick * sizeof *a->pick);
    assert_memory_equal(a->facts_said, b->facts_said, sizeof a->facts_said);
    assert_memory_equal(a->facts_kept, b->facts_kept, sizeof a->facts_kept);
    assert_int_equal(a->renewed, b->renewed);
}

/* Whatever was read before, in whatever order: the same summary as without, and no sentence is read twice. */
static void try_memory(tkc_guard *guard)
{
    static const char *const names[] = {"Ann", "Bob", "Carl", "", "An"};
    tkc_summary_memory *m;
    tkc_summary with, without;
    tkc_error err;
    assert_int_equal(tkc_summary_memory_new(&m, guard, NULL, &err), TKC_OK);
    tkc_summary_init(&with, NULL);
    tkc_summary_init(&without, NULL);
    for (size_t round = 0; round < 2; round++) {
        size_t had = 0;
        for (size_t i = 0; i < 400; i++) {
            const size_t from = i % 3, n = N_TALK - from - i % 2;
            tkc_summarise_options opt = {.budget = 4 + i % 90, .fill = i % 5 < 2, .verbatim = i % 7 == 0};
            tkc_said t[N_TALK];
            memcpy(t, talk + from, n * sizeof *t);
            for (size_t k = 0; i % 4 == 3 && k < n; k++) t[k].speaker = str(names[(k + i) % 5]); /* the words of another */
            if (i % 6 == 1) opt.query = str("direct flight");
            if (i % 6 == 2) {
                opt.previous = str("Bob flies on Monday.");
                opt.n_previous = 1;
            }
            summarise(&without, t, n, opt);
            opt.memory = m;
            if (i == 399) had = m->n_item;
            summarise(&with, t, n, opt);
            assert_same(&with, &without);
        }
        if (round) assert_int_equal(m->n_item, had);
    }
    tkc_summary_release(&with);
    tkc_summary_release(&without);
    tkc_summary_memory_free(m);
    tkc_summary_memory_free(NULL);
}

/* Nor does a guard that has read the same texts, and others. */
static void a_memory_changes_nothing(void **state)
{
    tkc_guard *g;
    tkc_error err;
    (void)state;
    try_memory(NULL);
    assert_int_equal(tkc_guard_new(&g, NULL, NULL, &err), TKC_OK);
    try_memory(g);
    for (size_t i = 0; i < N_TALK; i++) assert_int_equal(tkc_guard_hold(g, talk[N_TALK - 1 - i].text, &err), TKC_OK);
    assert_int_equal(tkc_guard_hold(g, str("Seven horses of Ann must not run at noon."), &err), TKC_OK);
    try_memory(g);
    tkc_guard_free(g);
}

static void memory_runs_out(void **state)
{
    (void)state;
    for (int outer = 0; outer < 4; outer++) {
        for (size_t n = 1;; n++) {
            fail_alloc a = {.fail_at = n};
            tkc_allocator alloc = fail_alloc_of(&a);
            tkc_summarise_options opt = {.struct_size = sizeof opt, .budget = 60, .query = str("price"), .previous = str("Bob flies."), .n_previous = 1};
            tkc_summary s;
            tkc_guard *guard = NULL;
            tkc_error err = {0};
            tkc_status st;
            if (outer == 1) opt = (tkc_summarise_options){.struct_size = sizeof opt, .budget = 60, .external = outside, .external_ctx = (void *)(uintptr_t)"in Madrid"};
            tkc_summary_init(&s, &alloc);
            st = outer == 3 ? tkc_guard_new(&guard, NULL, &alloc, &err) : TKC_OK;
            if (!st && outer >= 2) st = tkc_summary_memory_new(&opt.memory, guard, &alloc, &err);
            if (!st) st = tkc_summarise(enc, talk, N_TALK, &opt, &s, &err);
            assert_true(st == TKC_OK || (st == TKC_E_NOMEM && err.message[0]));
            /* what was kept when it failed is right */
            a.fail_at = 0;
            if (st && opt.memory) summarise(&s, talk, N_TALK, opt);
            tkc_summary_release(&s);
            tkc_summary_memory_free(opt.memory);
            tkc_guard_free(guard);
            assert_int_equal(a.live, 0);
            assert_false(a.wrong_size);
            if (!st) {
                assert_true(a.calls < n);
                break;
            }
        }
    }
}

/* A sentence that is worth just what another, further back, has come down to is looked at, and is the first of the two. */
static void equal_to_what_came_down(void **state)
{
    static const char *const less[] = {"window garden.", "copper winter.", "system report.", "table draft.", "budget water.", "stone paper.", "silver summer.",
                                       "forest island.", "market street.", "yellow orange.", "camera mirror.", "doctor nurse."};
    enum { LESS = sizeof less / sizeof *less, N = LESS + 5 };
    tkc_said t[N];
    tkc_summary s;
    (void)state;
    tkc_summary_init(&s, NULL);
    for (size_t i = 0; i < N; i++)
        t[i] = (tkc_said){str(""), str(i == 0 ? "river bridge signal valley." : i <= LESS ? less[i - 1] : "engine method carbon answer.")};
    summarise(&s, t, N, (tkc_summarise_options){.budget = 11, .query = str("zebra"), .fill = true, .verbatim = true});
    assert_int_equal(s.n_pick, 2);
    assert_int_equal(s.pick[0].turn, 0);
    assert_int_equal(s.pick[1].turn, LESS + 1);
    tkc_summary_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(voice),         cmocka_unit_test(manners),      cmocka_unit_test(no_word_is_passed_by), cmocka_unit_test(lengths_are_right),
        cmocka_unit_test(every_budget),  cmocka_unit_test(stops_unless_told_to_fill), cmocka_unit_test(verbatim_is_verbatim), cmocka_unit_test(other_languages_stay),
        cmocka_unit_test(query_focuses), cmocka_unit_test(previous_stays_in_front), cmocka_unit_test(external_is_guarded),
        cmocka_unit_test(odd_talks),     cmocka_unit_test(many_turns),   cmocka_unit_test(memory_runs_out),
        cmocka_unit_test(a_memory_changes_nothing), cmocka_unit_test(the_first_of_equals), cmocka_unit_test(equal_to_what_came_down),
    };
    return cmocka_run_group_tests(tests, tkt_open_o200k, tkt_close_o200k);
}
