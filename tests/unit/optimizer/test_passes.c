/*
 * test_passes.c - the frame: laws of every row of passes.def on every sample, checks that undo a
 * pass, minify's cases, protected texts, memory that runs out.
 */
#include "optimizer/fit/guarding.h"
#include "optimizer/fit/work.h"

#include "tests/support/fail_alloc.h"
#include "tests/support/random_text.h"
#include "tests/support/samples.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static tkc_vocab *vocab;
static tkc_encoder *encoder;
static tkt_samples samples;
static tkc_cache_rules *rules;

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static int open_all(void **state)
{
    tkc_vocab_options o = {.struct_size = sizeof o, .data_dir = "vocab/data"};
    tkc_error err;
    (void)state;
    if (tkc_vocab_open_encoding(&vocab, "o200k_base", &o, &err)) return -1;
    if (tkc_encoder_new(&encoder, vocab, NULL, &err)) return -1;
    if (tkc_cache_rules_new(&rules, NULL, &err)) return -1;
    return tkt_find_samples(&samples) && samples.n > 150 ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    tkc_cache_rules_free(rules);
    tkc_encoder_free(encoder);
    tkc_vocab_close(vocab);
    return 0;
}

static tkc_plan plan_for(const char *const *pass)
{
    return (tkc_plan){.struct_size = sizeof(tkc_plan),
                      .target = {.struct_size = sizeof(tkc_count_target),
                                 .encoder = encoder,
                                 .provider = "",
                                 .model = "x",
                                 .encoding = "o200k_base",
                                 .cls = TKC_CLASS_EXACT},
                      .rule = tkc_cache_rules_find(rules, "anthropic", (tkc_str){"claude-opus-5", 13}, 0),
                      .sort_tools = true,
                      .pass = pass,
                      .n_pass = pass ? 1 : 0};
}

static bool equal(tkc_str a, tkc_str b)
{
    return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* --- laws --------------------------------------------------------------------------------- */

static tkc_status fit(tkc_fitting *f, tkc_str text, const char *path, const tkc_plan *p, tkc_error *err)
{
    return tkc_fit_request(f, text, tkc_request_dialect_of_path(path), p, err);
}

/* Whether the parts of a request whose last turn is missing are written as in the whole one. */
static void prefix_stable(const char *path, tkc_str text, const tkc_plan *p)
{
    tkc_request_options o = {.struct_size = sizeof o, .dialect = tkc_request_dialect_of_path(path)};
    tkc_request r, s;
    tkc_edit e;
    tkc_buf shorter;
    tkc_fitting f, g;
    tkc_error err = {0};
    tkc_request_init(&r, &o);
    tkc_request_init(&s, &o);
    tkc_buf_init(&shorter, 1 << 26, NULL);
    tkc_fitting_init(&f, NULL);
    tkc_fitting_init(&g, NULL);
    assert_int_equal(tkc_request_read(&r, text, &o, &err), TKC_OK);
    tkc_edit_init(&e, &r, 0);
    if (r.n_turn > 1 && !tkc_edit_remove_turn(&e, r.n_turn - 1, &err) && !tkc_edit_apply(&e, &shorter, &err) &&
        !fit(&f, text, path, p, &err) && !fit(&g, tkc_buf_str(&shorter), path, p, &err)) {
        size_t k = 0;
        const size_t last = r.n_turn - 1;
        assert_int_equal(tkc_request_read(&r, tkc_buf_str(&f.out), &o, &err), TKC_OK);
        assert_int_equal(tkc_request_read(&s, tkc_buf_str(&g.out), &o, &err), TKC_OK);
        for (size_t i = 0; i < r.n_part && k < s.n_part; i++) {
            bool same;
            if (r.part[i].turn == last) continue;
            assert_int_equal(tkc_same_for_model(&r, i, &s, k, NULL, &same, &err), TKC_OK);
            if (!same)
                fail_msg("%s: part %zu depends on the turn behind it", path, i);
            k++;
        }
    }
    tkc_edit_release(&e);
    tkc_request_release(&r);
    tkc_request_release(&s);
    tkc_buf_release(&shorter);
    tkc_fitting_release(&f);
    tkc_fitting_release(&g);
}

static size_t laws_of(const char *path, tkc_str text, const tkc_plan *p, const char *name)
{
    tkc_fitting f, g;
    tkc_error err = {0};
    tkc_status st;
    size_t changed = 0;
    tkc_fitting_init(&f, NULL);
    tkc_fitting_init(&g, NULL);
    st = fit(&f, text, path, p, &err);
    if (st) {
        if (st != TKC_E_ARG || !strstr(err.message, "requests in one text")) fail_msg("%s, %s: %s", name, path, err.message);
        assert_int_equal(f.out.len, 0);
    } else {
        assert_true(f.after.tokens <= f.before.tokens);
        assert_true(!p->budget || f.is_over || f.after.tokens <= p->budget);
        if (!f.is_changed || f.is_over) assert_true(equal(tkc_buf_str(&f.out), text));
        changed = f.is_changed;
        assert_int_equal(fit(&g, text, path, p, &err), TKC_OK); /* deterministic */
        assert_true(equal(tkc_buf_str(&f.out), tkc_buf_str(&g.out)));
        if (!f.is_over) { /* idempotent; and the result can be read */
            st = fit(&g, tkc_buf_str(&f.out), path, p, &err);
            if (st) fail_msg("%s, %s, again: %s", name, path, err.message);
            assert_int_equal(g.dialect, f.dialect);
            if (!equal(tkc_buf_str(&f.out), tkc_buf_str(&g.out))) fail_msg("%s, %s: not idempotent", name, path);
        }
    }
    tkc_fitting_release(&f);
    tkc_fitting_release(&g);
    return changed;
}

typedef struct texts {
    tkc_request r;
    tkc_str *s;
    tkc_buf *buf;
    size_t n;
} texts;

/* Every text that says something; calls by what is quoted in them. */
static void read_texts(texts *t, tkc_str text, const char *path, bool material)
{
    tkc_request_options o = {.struct_size = sizeof o, .dialect = tkc_request_dialect_of_path(path)};
    tkc_guarding g;
    tkc_error err = {0};
    tkc_request_init(&t->r, &o);
    tkc_guarding_init(&g, NULL);
    assert_int_equal(tkc_request_read(&t->r, text, &o, &err), TKC_OK);
    t->s = calloc(t->r.n_part + 1, sizeof *t->s);
    t->buf = calloc(t->r.n_part + 1, sizeof *t->buf);
    t->n = 0;
    for (size_t i = 0; i < t->r.n_part; i++) {
        const tkc_part *p = &t->r.part[i];
        tkc_str s;
        if (!material && p->kind == TKC_PART_TOOL_RESULT) continue;
        if (p->flags & TKC_PART_OPAQUE || (p->kind >= TKC_PART_IMAGE && p->kind <= TKC_PART_FILE)) continue;
        tkc_buf_init(&t->buf[t->n], 1 << 26, NULL);
        assert_int_equal(tkc_guarding_said(&g, &t->r, i, &s, &err), TKC_OK);
        assert_int_equal(tkc_buf_append(&t->buf[t->n], s.ptr, s.len, &err), TKC_OK);
        t->s[t->n] = tkc_buf_str(&t->buf[t->n]);
        t->n++;
    }
    tkc_guarding_release(&g);
}

static void free_texts(texts *t)
{
    for (size_t i = 0; i < t->n; i++) tkc_buf_release(&t->buf[i]);
    free(t->s);
    free(t->buf);
    tkc_request_release(&t->r);
}

/* Without a waiver every fact that was said stands in the result too, whichever pass but the one that chooses
 * from material: told by the guard's own comparison of the two, not by the frame. Thinking goes by rule. */
static void nothing_lost(const char *path, tkc_str text, const tkc_plan *p, const char *name)
{
    tkc_fitting f;
    tkc_error err = {0};
    tkc_fitting_init(&f, NULL);
    if (!fit(&f, text, path, p, &err) && f.is_changed && !f.is_over) {
        texts a, b;
        tkc_guard *g;
        tkc_losses l;
        read_texts(&a, text, path, false);
        read_texts(&b, tkc_buf_str(&f.out), path, true);
        tkc_losses_init(&l, NULL);
        assert_int_equal(tkc_guard_new(&g, NULL, NULL, &err), TKC_OK);
        assert_int_equal(tkc_guard_compare(g, a.s, a.n, b.s, b.n, &l, &err), TKC_OK);
        for (size_t i = 0; i < l.n; i++)
            fail_msg("%s, %s, budget %d: %s \"%.*s\" is lost", name, path, (int)p->budget, tkc_fact_kind_name(l.loss[i].kind),
                     (int)(l.loss[i].end - l.loss[i].begin), a.s[l.loss[i].text].ptr + l.loss[i].begin);
        tkc_losses_release(&l);
        tkc_guard_free(g);
        free_texts(&a);
        free_texts(&b);
    }
    tkc_fitting_release(&f);
}

static void laws(void **state)
{
    (void)state;
    const tkc_pass *pass;
    for (size_t k = 0; (pass = tkc_pass_at(k)) != NULL; k++) {
        size_t changed = 0;
        for (size_t i = 0; i < samples.n; i++) {
            tkc_plan p = plan_for(&pass->name);
            size_t len;
            p.waive = ~0u;
            char *text = tkt_read_file(samples.path[i], &len);
            assert_non_null(text);
            changed += laws_of(samples.path[i], (tkc_str){text, len}, &p, pass->name);
            if (pass->flags & TKC_PASS_STABLE) prefix_stable(samples.path[i], (tkc_str){text, len}, &p);
            if (pass->lane == TKC_LANE_LOSSY)
                for (uint64_t budget = 20; budget < 2000; budget *= 3) {
                    p.budget = budget;
                    p.waive = ~0u;
                    changed += laws_of(samples.path[i], (tkc_str){text, len}, &p, pass->name);
                    p.waive = 0;
                    changed += laws_of(samples.path[i], (tkc_str){text, len}, &p, pass->name);
                    if (!(pass->flags & TKC_PASS_CHOOSES)) nothing_lost(samples.path[i], (tkc_str){text, len}, &p, pass->name);
                }
            free(text);
        }
        if (!changed) fail_msg("%s changed no sample: nothing was tried", pass->name);
    }
}

/* --- minify ------------------------------------------------------------------------------- */

/* The text of the only message after minify. */
static void minified(const char *text, const char *const *protect, const char *want)
{
    static const char *const name = "minify";
    tkc_plan p = plan_for(&name);
    tkc_str pattern = {NULL, 0};
    tkc_fitting f;
    tkc_error err = {0};
    if (protect) {
        pattern = str(*protect);
        p.protect = &pattern;
        p.n_protect = 1;
    }
    tkc_fitting_init(&f, NULL);
    if (tkc_fit_request(&f, str(text), TKC_DIALECT_TEXT, &p, &err)) fail_msg("%s: %s", text, err.message);
    if (!equal(tkc_buf_str(&f.out), str(want))) {
        assert_int_equal(tkc_buf_append_byte(&f.out, 0, &err), TKC_OK);
        fail_msg("\"%s\" became \"%s\", not \"%s\"", text, f.out.ptr, want);
    }
    tkc_fitting_release(&f);
}

static void minify_cases(void **state)
{
    static const char *const must = "MUST.*", *const braces = "\\{ *\"a\"";
    (void)state;
    minified("", NULL, "");
    minified("plain words stay", NULL, "plain words stay");
    /* JSON: wholly, not partly; blanks in strings stay; numbers keep their spelling. */
    minified("{\n  \"a\": [1.0, 2e5],\n  \"b c\": \"x  y\"\n}\n", NULL, "{\"a\":[1.0,2e5],\"b c\":\"x  y\"}");
    minified("see {\n  \"a\": 1\n}", NULL, "see {\n  \"a\": 1\n}");
    minified("{\"a\": \"caf\\u00e9 \\u4f60\\u597d \\ud83d\\ude00 \\/ \\u0022 \\u200b \\n\"}", NULL,
             "{\"a\":\"caf\xc3\xa9 \xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80 / \\u0022 \\u200b \\n\"}");
    minified("{\"a\":\"\\\\u0041 \\\\u0042\"}", NULL, "{\"a\":\"\\\\u0041 \\\\u0042\"}");
    minified("{ \"a\": [ 1, 2, 3, 4, 5 ], \"bb\": [ 1, 2 ] }", &braces, "{ \"a\":[1,2,3,4,5],\"bb\":[1,2]}");
    /* Blanks. */
    minified("one   \ntwo\t\t\nthree \n\n \n\n\nfour   ", NULL, "one  \ntwo\nthree\n\n\n\n\nfour"); /* five line ends are a token */
    minified("a  \nb", NULL, "a  \nb"); /* a hard break */
    minified("```\ncode   \n\n\n\nx   \n```\n", NULL, "```\ncode   \n\n\n\nx   \n```\n");
    minified("diff --git a b\n@@ -1 +1 @@\n \n-x   \n", NULL, "diff --git a b\n@@ -1 +1 @@\n \n-x   \n");
    minified("a\tb\t\t\nc\td\t\t\n", NULL, "a\tb\t\t\nc\td\t\t\n"); /* columns */
    minified("You MUST obey \t \t\n\n\n\nfree text \t \t\n", &must, "You MUST obey \t \t\n\nfree text\n");
    /* Separators only where it helps: 16 dashes are one token. */
    minified("a\n----------------", NULL, "a\n----------------");
    minified("a\n=-=-=\n_______________________________________________________________________\nb", NULL,
             "a\n=-=-=\n___\nb");
    /* Terminal colours. */
    minified("\x1b[31mred\x1b[0m and \x1b[1;32mgreen\x1b[0m", NULL, "red and green");
    /* Entities: only where the whole text was escaped. */
    minified("Tom &amp; Jerry said &quot;hi&quot; &lt;3", NULL, "Tom & Jerry said \"hi\" <3");
    minified("write & as &amp;, &lt; too", NULL, "write & as &amp;, &lt; too");
    minified("&lt;b&gt; is &quot;bold&quot;", NULL, "&lt;b&gt; is &quot;bold&quot;");
    minified("&amp;lt; and &amp;gt;", NULL, "&amp;lt; and &amp;gt;");
    /* NFC. */
    minified("cafe\xcc\x81 re\xcc\x81sume\xcc\x81", NULL, "caf\xc3\xa9 r\xc3\xa9sum\xc3\xa9");
    /* No text. */
    minified("a \xff b   \n\n\n\n\n", NULL, "a \xff b   \n\n\n\n\n");
}

/* One line of plain ASCII is told at once to be as short as it gets; with a line behind it all kinds are asked, and find no
 * more. The other lines are those that are not plain. */
static void plain_lines(void **state)
{
    static const char *const piece[] = {"a", "words", " ", "  ", "\t", "\r", ",", "-", "----", "====", "/", "\\u0041", "\"", "<pre>", "<code>", "`", "}", "]", "&", "#", "0"};
    (void)state;
    tkt_seed(5);
    for (int round = 0; round < 1500; round++) {
        char text[400], more[420];
        size_t len = 0, most = 1 + tkt_random(60);
        while (len < most) len += (size_t)snprintf(text + len, sizeof text - len, "%s", piece[tkt_random(sizeof piece / sizeof *piece)]);
        if (strchr("{[-=_* \t\r", text[0]) || strchr(" \t\r", text[len - 1]) || strchr(text, '&')) continue;
        snprintf(more, sizeof more, "%s\nz", text);
        minified(text, NULL, text);
        minified(more, NULL, more);
    }
}

/* --- the frame ---------------------------------------------------------------------------- */

static void bad_plans(void **state)
{
    static const char *const none = "shrink", *const minify = "minify";
    tkc_plan p = plan_for(&none);
    tkc_fitting f;
    tkc_error err = {0};
    tkc_str bad = str("(");
    (void)state;
    tkc_fitting_init(&f, NULL);
    assert_int_equal(tkc_fit_request(&f, str("x"), TKC_DIALECT_TEXT, &p, &err), TKC_E_ARG);
    assert_non_null(strstr(err.message, "shrink"));
    p = plan_for(&minify);
    p.protect = &bad;
    p.n_protect = 1;
    assert_int_equal(tkc_fit_request(&f, str("x"), TKC_DIALECT_TEXT, &p, &err), TKC_E_ARG);
    assert_non_null(strstr(err.message, "pattern 1"));
    p.n_protect = 0;
    p.struct_size = 1;
    assert_int_equal(tkc_fit_request(&f, str("x"), TKC_DIALECT_TEXT, &p, &err), TKC_E_ARG);
    tkc_fitting_release(&f);
}

/* A budget that cannot be met: told, and the request as it came. */
static void over(void **state)
{
    static const char *const minify = "minify";
    tkc_plan p = plan_for(&minify);
    const tkc_str text = str("some words   \n\n\n\nthat are more than four tokens   \n");
    tkc_fitting f;
    tkc_error err = {0};
    (void)state;
    p.budget = 4;
    tkc_fitting_init(&f, NULL);
    assert_int_equal(tkc_fit_request(&f, text, TKC_DIALECT_TEXT, &p, &err), TKC_OK);
    assert_true(f.is_over && f.is_changed);
    assert_true(f.after.tokens < f.before.tokens);
    assert_true(equal(tkc_buf_str(&f.out), text));
    tkc_fitting_release(&f);
}

/* What stands before a cache mark is not touched; with leave it is. */
static void cache_mark(void **state)
{
    static const char *const minify = "minify";
    const tkc_str text = str("{\"model\":\"claude-opus-5\",\"max_tokens\":5,\"system\":[{\"type\":\"text\",\"text\":"
                             "\"Rules:   \\n\\n\\n\\nnone   \\n\",\"cache_control\":{\"type\":\"ephemeral\"}}],"
                             "\"messages\":[{\"role\":\"user\",\"content\":\"Hi there   \\n\\n\\n\\nyou   \\n\"}]}");
    tkc_plan p = plan_for(&minify);
    tkc_fitting f;
    tkc_error err = {0};
    (void)state;
    tkc_fitting_init(&f, NULL);
    assert_int_equal(tkc_fit_request(&f, text, TKC_DIALECT_AUTO, &p, &err), TKC_OK);
    assert_true(f.is_changed);
    for (size_t i = 0; i < f.n_hunk; i++) assert_non_null(strstr(tkc_fitting_text(&f, f.hunk[i].path).ptr, "messages"));
    assert_true(f.prefix.marked[0] > 0 && f.prefix.kept >= f.prefix.marked[0]);
    p.allow_prefix_change = true;
    assert_int_equal(tkc_fit_request(&f, text, TKC_DIALECT_AUTO, &p, &err), TKC_OK);
    assert_true(f.prefix.kept < f.prefix.marked[0]);
    tkc_fitting_release(&f);
}

/* A pass that does wrong, by the edits themselves; 0: nothing wrong. */
static tkc_status misbehave(const char *text, int what, const char *want)
{
    static const tkc_pass evil = {"evil", "", TKC_LANE_LOSSY, 0, NULL};
    tkc_plan p = plan_for(NULL);
    tkc_request r, s;
    tkc_request_count a, b;
    tkc_fitting f;
    tkc_work w;
    tkc_buf out;
    tkc_error err = {0};
    tkc_status st;
    tkc_request_init(&r, NULL);
    tkc_request_init(&s, NULL);
    tkc_request_count_init(&a, NULL);
    tkc_request_count_init(&b, NULL);
    tkc_fitting_init(&f, NULL);
    tkc_buf_init(&out, 1 << 20, NULL);
    tkc_work_init(&w, &f, &p, NULL);
    assert_int_equal(tkc_request_read(&r, str(text), NULL, &err), TKC_OK);
    assert_int_equal(tkc_count_request(&a, &r, &p.target, &err), TKC_OK);
    assert_int_equal(tkc_work_begin(&w, &r, &evil, 0, &err), TKC_OK);
    if (what == 1) assert_int_equal(tkc_edit_replace_text(&w.edit, 0, str("y"), &err), TKC_OK);
    if (what == 2) assert_int_equal(tkc_edit_remove_part(&w.edit, 0, &err), TKC_OK);
    if (what == 3) {
        assert_int_equal(tkc_edit_replace_text(&w.edit, 0, str("many more words than it had before"), &err), TKC_OK);
        w.state[0] = TKC_WORK_EDITED;
    }
    if (what == 4) {
        assert_int_equal(tkc_edit_replace_text(&w.edit, 0, str("y"), &err), TKC_OK);
        w.state[0] = TKC_WORK_EDITED;
    }
    assert_int_equal(tkc_edit_apply(&w.edit, &out, &err), TKC_OK);
    assert_int_equal(tkc_request_read(&s, tkc_buf_str(&out), NULL, &err), TKC_OK);
    assert_int_equal(tkc_count_request(&b, &s, &p.target, &err), TKC_OK);
    st = tkc_work_check(&w, &r, &a, &s, &b, what == 4 ? 1 : 0, &err);
    if (want) {
        if (st != TKC_E_FORMAT || !strstr(err.message, want)) fail_msg("%d: %s", what, st ? err.message : "no error");
    } else {
        assert_int_equal(st, TKC_OK);
    }
    tkc_work_release(&w);
    tkc_buf_release(&out);
    tkc_fitting_release(&f);
    tkc_request_count_release(&a);
    tkc_request_count_release(&b);
    tkc_request_release(&r);
    tkc_request_release(&s);
    return st;
}

static void checks(void **state)
{
    static const char text[] = "{\"messages\":[{\"role\":\"user\",\"content\":\"first words here\"},"
                               "{\"role\":\"assistant\",\"content\":\"b\"}]}";
    (void)state;
    misbehave(text, 0, NULL);
    misbehave(text, 1, "did not name");
    misbehave(text, 2, "another kind or role");
    misbehave(text, 3, "tokens became");
    misbehave(text, 4, "in the cache");
}

/* Another summariser: taken while it says what was said, refused when it makes something up. */
static tkc_status outside(void *ctx, const tkc_said *turn, size_t n, size_t budget, tkc_buf *out, tkc_error *err)
{
    (void)turn;
    (void)n;
    (void)budget;
    return tkc_buf_append(out, ctx, strlen(ctx), err);
}

static bool holds(tkc_str s, const char *word)
{
    const size_t n = strlen(word);
    for (size_t i = 0; i + n <= s.len; i++)
        if (memcmp(s.ptr + i, word, n) == 0) return true;
    return false;
}

static void outside_summary(void **state)
{
    static char said[] = "The user asked about Lyon.", made_up[] = "The user booked 77 rooms in Madrid.";
    static const char *const name = "summarise";
    size_t len;
    char *text = tkt_read_file("tests/data/fit/history-tools.json", &len);
    (void)state;
    assert_non_null(text);
    for (int i = 0; i < 2; i++) {
        tkc_plan p = plan_for(&name);
        tkc_fitting f;
        tkc_error err = {0};
        p.budget = 700;
        p.waive = ~0u;
        p.summarise = outside;
        p.summarise_ctx = i ? made_up : said;
        tkc_fitting_init(&f, NULL);
        if (tkc_fit_request(&f, (tkc_str){text, len}, TKC_DIALECT_AUTO, &p, &err)) fail_msg("%s", err.message);
        assert_true(f.is_changed && !f.is_over);
        assert_true(holds(tkc_buf_str(&f.out), "[Summary of earlier messages]"));
        assert_true(holds(tkc_buf_str(&f.out), "about Lyon.") || i);
        assert_false(holds(tkc_buf_str(&f.out), "Madrid"));
        tkc_fitting_release(&f);
    }
    free(text);
}

/* A summary that is there keeps its bytes when more turns follow. */
static void summary_again(void **state)
{
    static const char *const name = "summarise";
    tkc_plan p = plan_for(&name);
    tkc_fitting f, g;
    tkc_buf longer;
    tkc_error err = {0};
    size_t len, from, n = 0;
    char *text = tkt_read_file("tests/data/fit/history-tools.json", &len);
    const char more[] = ",{\"role\":\"assistant\",\"content\":\"We decided on platform 9.\"},{\"role\":\"user\",\"content\":\"Good. "
                        "And the river of Lyon, is it 300 metres wide there? Please look again, and tell Ann Leroy about it too, for she "
                        "asked the same about the bridge last week and did not get an answer.\"}]}";
    (void)state;
    assert_non_null(text);
    tkc_fitting_init(&f, NULL);
    tkc_fitting_init(&g, NULL);
    tkc_buf_init(&longer, 1 << 20, NULL);
    p.budget = 900;
    p.waive = ~0u;
    assert_int_equal(tkc_fit_request(&f, (tkc_str){text, len}, TKC_DIALECT_AUTO, &p, &err), TKC_OK);
    assert_true(f.is_changed && !f.is_over);
    for (from = f.out.len; from > 0 && f.out.ptr[from - 1] != ']'; from--) {}
    assert_int_equal(tkc_buf_append(&longer, f.out.ptr, from - 1, &err), TKC_OK);
    for (int i = 0; i < 6; i++)
        assert_int_equal(tkc_buf_append(&longer, more, sizeof more - 3, &err), TKC_OK);
    assert_int_equal(tkc_buf_append(&longer, "]}", 2, &err), TKC_OK);
    p.budget = f.after.tokens + 120;
    if (tkc_fit_request(&g, tkc_buf_str(&longer), TKC_DIALECT_AUTO, &p, &err)) fail_msg("%s", err.message);
    assert_true(g.is_changed && !g.is_over);
    assert_true(holds(tkc_buf_str(&g.out), "[Summary of "));
    for (from = 0; from + 2 < f.out.len && memcmp(f.out.ptr + from, "[Summary", 8) != 0; from++) {}
    while (from < f.out.len && f.out.ptr[from] != '"') from++; /* where the first summary ends */
    while (n < f.out.len && n < g.out.len && f.out.ptr[n] == g.out.ptr[n]) n++;
    if (n < from) fail_msg("%zu bytes are the same, the first summary ends at %zu", n, from);
    tkc_buf_release(&longer);
    tkc_fitting_release(&f);
    tkc_fitting_release(&g);
    free(text);
}

/* Chunks do not pay for old turns that a summary can be made of: what answers the question stays. */
static void shared_cut(void **state)
{
    tkc_plan p = plan_for(NULL);
    tkc_fitting f;
    static char text[32000];
    size_t n = 0;
    tkc_error err = {0};
    (void)state;
    tkc_fitting_init(&f, NULL);
    n += (size_t)snprintf(text + n, sizeof text - n, "{\"model\":\"x\",\"messages\":[");
    for (int i = 0; i < 40; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "{\"role\":\"user\",\"content\":\"Parcel %d to street %d was late, and the box was wet when it came.\"},"
                             "{\"role\":\"assistant\",\"content\":\"I am sorry about parcel %d. It was sent again on day %d of the month.\"},",
                             i, i * 7, i, i);
    n += (size_t)snprintf(text + n, sizeof text - n, "{\"role\":\"user\",\"content\":\"Here is what we know.");
    for (int i = 0; i < 12; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "\\n\\nThe %s of town %d opens at nine and closes at five, on Sundays too, and costs %d coins.",
                             i == 7 ? "museum" : "garden", i, 30 + i);
    n += (size_t)snprintf(text + n, sizeof text - n, "\\n\\nWhat does the museum cost?\"}]}");
    p.budget = 700;
    p.waive = ~0u;
    if (tkc_fit_request(&f, (tkc_str){text, n}, TKC_DIALECT_AUTO, &p, &err)) fail_msg("%s", err.message);
    assert_true(f.is_changed && !f.is_over && f.before.tokens > 1800);
    assert_true(holds(tkc_buf_str(&f.out), "The museum of town 7"));
    assert_true(holds(tkc_buf_str(&f.out), "[Summary of "));
    /* With every fact held: what a budget can reach a larger one can. */
    p.waive = 0;
    for (bool reached = false; p.budget < 2000; p.budget += 50) {
        if (tkc_fit_request(&f, (tkc_str){text, n}, TKC_DIALECT_AUTO, &p, &err)) fail_msg("%s", err.message);
        if (reached && f.is_over) fail_msg("%d tokens could not be reached, and fewer could", (int)p.budget);
        reached = reached || !f.is_over;
        if (p.budget >= 1950) assert_true(reached);
    }
    tkc_fitting_release(&f);
}

/* A talk of little, with two facts in it; what the guard holds back, and what a waiver lets go. */
static void make_talk(tkc_buf *b)
{
    tkc_error err = {0};
    const char *const idle = "The weather was mild and the birds were singing near the pond while people walked slowly along. ";
    const char head[] = "{\"model\":\"gpt-4o\",\"messages\":[";
    assert_int_equal(tkc_buf_append(b, head, sizeof head - 1, &err), TKC_OK);
    for (int i = 0; i < 12; i++) {
        char line[900];
        int n = snprintf(line, sizeof line, "%s{\"role\":\"%s\",\"content\":\"%s%s%s%s\"}", i ? "," : "", i % 2 ? "assistant" : "user", idle, idle,
                         i == 3 ? "I must not pay you the invoice INV-2041 twice. " : i == 6 ? "It costs 4,150 euros. " : "", idle);
        assert_int_equal(tkc_buf_append(b, line, (size_t)n, &err), TKC_OK);
    }
    assert_int_equal(tkc_buf_append(b, "]}", 2, &err), TKC_OK);
}

static void guarded(void **state)
{
    static const char *const names[] = {"summarise", "budget"};
    tkc_buf talk;
    tkc_error err = {0};
    uint64_t after;
    size_t n_would = 0;
    (void)state;
    tkc_buf_init(&talk, 1 << 20, NULL);
    make_talk(&talk);
    for (int i = 0; i < 2; i++) {
        tkc_plan p = plan_for(&names[i]);
        tkc_fitting f;
        size_t kept = 0, would = 0;
        tkc_fitting_init(&f, NULL);
        p.budget = 500;
        assert_int_equal(tkc_fit_request(&f, tkc_buf_str(&talk), TKC_DIALECT_AUTO, &p, &err), TKC_OK);
        assert_true(f.is_changed && !f.is_over);
        assert_true(holds(tkc_buf_str(&f.out), "I must not pay you the invoice INV-2041 twice."));
        assert_true(holds(tkc_buf_str(&f.out), "It costs 4,150 euros."));
        for (size_t k = 0; k < f.n_lost; k++) kept += f.lost[k].state == TKC_LOST_HELD;
        if (kept < 1 || kept != f.n_lost) fail_msg("%s: %zu facts kept of %zu", names[i], kept, f.n_lost);
        /* Too small for them: closed, with what would have to go; the waiver is that. */
        p.budget = i ? 90 : 120;
        assert_int_equal(tkc_fit_request(&f, tkc_buf_str(&talk), TKC_DIALECT_AUTO, &p, &err), TKC_OK);
        if (f.is_over) {
            assert_true(equal(tkc_buf_str(&f.out), tkc_buf_str(&talk)));
            for (size_t k = 0; k < f.n_lost; k++) would += f.lost[k].state == TKC_LOST_WOULD;
            assert_true(!f.waived_tokens || would > 0);
            n_would += would;
            after = f.after.tokens;
            kept = f.n_lost - would;
            p.no_waiver = true; /* the same, and nothing about waiving */
            assert_int_equal(tkc_fit_request(&f, tkc_buf_str(&talk), TKC_DIALECT_AUTO, &p, &err), TKC_OK);
            assert_true(f.is_over && !f.waived_tokens && f.n_lost == kept && f.after.tokens == after);
            for (int k = 0; k < TKC_N_FACT; k++) assert_int_equal(f.would[k], 0);
            p.no_waiver = false;
        }
        p.budget = 500;
        p.waive = TKC_GUARD_BIT(TKC_FACT_NUMBER);
        assert_int_equal(tkc_fit_request(&f, tkc_buf_str(&talk), TKC_DIALECT_AUTO, &p, &err), TKC_OK);
        assert_true(holds(tkc_buf_str(&f.out), "I must not pay you the invoice INV-2041 twice."));
        { /* what nobody reads is not there, and changes nothing */
            const size_t n_hunk = f.n_hunk;
            tkc_buf out = f.out;
            tkc_buf_init(&f.out, (size_t)1 << 30, NULL);
            p.no_hunks = true;
            assert_int_equal(tkc_fit_request(&f, tkc_buf_str(&talk), TKC_DIALECT_AUTO, &p, &err), TKC_OK);
            p.no_hunks = false;
            assert_true(equal(tkc_buf_str(&f.out), tkc_buf_str(&out)));
            assert_true(f.n_hunk == n_hunk && n_hunk > 0);
            for (size_t k = 0; k < n_hunk; k++) assert_true(!f.hunk[k].before.len && !f.hunk[k].path.len);
            tkc_buf_release(&out);
        }
        tkc_fitting_release(&f);
    }
    assert_true(n_would > 0);
    tkc_buf_release(&talk);
}

/* A quotation of several sentences is one fact, and is kept as one. */
static void quoted(void **state)
{
    static const char *const name = "summarise";
    const char *const said = "'Why have you stopped here? Nobody came to the gate. The bell was not rung.'";
    const char *const idle = "The weather was mild and the birds were singing near the pond while people walked slowly along. ";
    static char text[16000];
    tkc_plan p = plan_for(&name);
    tkc_fitting f;
    size_t n = (size_t)snprintf(text, sizeof text, "{\"messages\":[");
    tkc_error err = {0};
    (void)state;
    tkc_fitting_init(&f, NULL);
    for (int i = 0; i < 12; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s{\"role\":\"%s\",\"content\":\"%s%s%s%s%s%s\"}", i ? "," : "", i % 2 ? "assistant" : "user",
                              idle, idle, i == 3 ? "They asked us, " : "", i == 3 ? said : "", i == 3 ? ", all of them. " : "", idle);
    n += (size_t)snprintf(text + n, sizeof text - n, "]}");
    p.budget = 500;
    if (tkc_fit_request(&f, (tkc_str){text, n}, TKC_DIALECT_AUTO, &p, &err)) fail_msg("%s", err.message);
    assert_true(f.is_changed && !f.is_over);
    assert_true(holds(tkc_buf_str(&f.out), said));
    tkc_fitting_release(&f);
}

/* trim is run again until it finds nothing more: what it kept both times is told once. */
static void told_once(void **state)
{
    static const char *const name = "trim";
    const char text[] = "{\"messages\":[{\"role\":\"system\",\"content\":\"You answer questions about meetings. Please note that you "
                        "must never invent anything. Never invent anything.\"},{\"role\":\"user\",\"content\":\"Hi.\"}]}";
    tkc_plan p = plan_for(&name);
    tkc_fitting f;
    size_t n = 0;
    tkc_error err = {0};
    (void)state;
    tkc_fitting_init(&f, NULL);
    p.budget = 10;
    if (tkc_fit_request(&f, (tkc_str){text, sizeof text - 1}, TKC_DIALECT_AUTO, &p, &err)) fail_msg("%s", err.message);
    assert_true(f.n_pass > 1 && f.pass[0].changed);
    for (size_t i = 0; i < f.n_hunk; i++) {
        n += f.hunk[i].op == TKC_HUNK_NOTE;
        for (size_t k = 0; k < i; k++)
            assert_false(f.hunk[i].op == TKC_HUNK_NOTE && f.hunk[k].op == TKC_HUNK_NOTE &&
                         equal(tkc_fitting_text(&f, f.hunk[i].reason), tkc_fitting_text(&f, f.hunk[k].reason)));
    }
    assert_true(n > 0);
    for (size_t i = 0; i < f.n_pass; i++) assert_true(f.pass[i].first_hunk + f.pass[i].n_hunk <= f.n_hunk);
    tkc_fitting_release(&f);
}

/* What the report says that waiving facts would give is what it gives, whatever the two runs of the plan share. */
static void told_as_waived(void **state)
{
    static const char *const piece[] = {
        "The weather was mild and the birds were singing near the pond while people walked slowly along the old wall of the garden.",
        "The weather was mild and the birds were singing near the pond while people walked slowly along the new wall of the garden.",
        "It must never cost more than 4,150 euros, said Ann Lee of the council, and nobody at the table in the hall had another idea.",
        "Please note that you must always answer in French. You must always answer in French.",
        "People walked slowly along the old wall of the garden. Then they sat down and ate what they had brought with them in a basket."};
    size_t told = 0;
    (void)state;
    tkt_seed(3);
    for (int round = 0; round < 120; round++) {
        char text[16000];
        size_t n = (size_t)snprintf(text, sizeof text, "{\"model\":\"gpt-4o\",\"messages\":[");
        tkc_plan p = plan_for(NULL);
        tkc_fitting f, g;
        tkc_error err = {0};
        for (int i = 0; i < 14; i++) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s{\"role\":\"%s\",\"content\":\"", i ? "," : "", !i ? "system" : i % 2 ? "user" : "assistant");
            for (uint32_t k = 1 + tkt_random(4); k > 0; k--)
                n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", piece[tkt_random(sizeof piece / sizeof *piece)], k > 1 ? "\\n\\n" : "");
            if (tkt_random(2)) n += (size_t)snprintf(text + n, sizeof text - n, " That was %u days ago in Lyon.", tkt_random(1000));
            n += (size_t)snprintf(text + n, sizeof text - n, "\"}");
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "]}");
        tkc_fitting_init(&f, NULL);
        tkc_fitting_init(&g, NULL);
        p.budget = 60 + tkt_random(200);
        if (tkc_fit_request(&f, (tkc_str){text, n}, TKC_DIALECT_AUTO, &p, &err)) fail_msg("%s", err.message);
        p.waive = ~0u;
        if (tkc_fit_request(&g, (tkc_str){text, n}, TKC_DIALECT_AUTO, &p, &err)) fail_msg("%s", err.message);
        if (f.waived_tokens) assert_int_equal(f.waived_tokens, g.after.tokens);
        told += f.waived_tokens > 0;
        tkc_fitting_release(&f);
        tkc_fitting_release(&g);
    }
    assert_true(told > 20);
}

static void no_memory_in(const char *name, tkc_str text, uint64_t budget);

static void no_memory(void **state)
{
    size_t len;
    char *text = tkt_read_file("tests/data/requests/anthropic/tool-round.json", &len);
    tkc_buf talk;
    (void)state;
    assert_non_null(text);
    no_memory_in("minify", (tkc_str){text, len}, 0);
    tkc_buf_init(&talk, 1 << 20, NULL);
    make_talk(&talk);
    no_memory_in("summarise", tkc_buf_str(&talk), 60); /* guarded, tried again, and asked for a waiver */
    no_memory_in(NULL, tkc_buf_str(&talk), 60);
    tkc_buf_release(&talk);
    free(text);
}

static void no_memory_in(const char *name, tkc_str text, uint64_t budget)
{
    for (size_t at = 1;; at++) {
        fail_alloc a = {.fail_at = at};
        tkc_allocator alloc = fail_alloc_of(&a);
        tkc_plan p = plan_for(name ? &name : NULL);
        tkc_str pattern = str("zzz|twice and");
        tkc_fitting f;
        tkc_error err = {0};
        tkc_status st;
        p.alloc = &alloc;
        p.protect = &pattern;
        p.n_protect = 1;
        tkc_fitting_init(&f, &alloc);
        p.budget = budget;
        st = tkc_fit_request(&f, text, TKC_DIALECT_AUTO, &p, &err);
        if (st) assert_int_equal(st, TKC_E_NOMEM);
        tkc_fitting_release(&f);
        assert_int_equal(a.live, 0);
        assert_false(a.wrong_size);
        /* The regex does without its just-in-time compiler when memory is short. */
        if (a.calls < at) {
            assert_int_equal(st, TKC_OK);
            assert_true(at > 20);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(laws),  cmocka_unit_test(minify_cases), cmocka_unit_test(plain_lines), cmocka_unit_test(bad_plans), cmocka_unit_test(over),
        cmocka_unit_test(checks), cmocka_unit_test(cache_mark),   cmocka_unit_test(no_memory),
        cmocka_unit_test(outside_summary), cmocka_unit_test(summary_again), cmocka_unit_test(shared_cut), cmocka_unit_test(guarded),
        cmocka_unit_test(told_once), cmocka_unit_test(told_as_waived), cmocka_unit_test(quoted),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
