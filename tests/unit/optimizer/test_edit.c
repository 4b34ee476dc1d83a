/*
 * test_edit.c - changing requests: every part of every sample replaced and removed, read
 * again; what is refused; what goes together; going back; memory that runs out.
 */
#include "optimizer/request/edit.h"

#include "tests/support/case_file.h"
#include "tests/support/fail_alloc.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/data/requests"

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* --- samples ------------------------------------------------------------------------------ */

typedef void (*sample_fn)(const char *path, tkc_request *r, void *ctx);

/* Calls back with every request of every sample. */
static size_t for_samples(sample_fn fn, void *ctx)
{
    DIR *top = opendir(FOLDER);
    struct dirent *d, *f;
    size_t n = 0;
    assert_non_null(top);
    while ((d = readdir(top)) != NULL) {
        char folder[160], path[300];
        DIR *in;
        if (strchr(d->d_name, '.')) continue;
        snprintf(folder, sizeof folder, FOLDER "/%.100s", d->d_name);
        in = opendir(folder);
        assert_non_null(in);
        while ((f = readdir(in)) != NULL) {
            tkc_request r;
            tkc_request_options o = {.struct_size = sizeof o};
            tkc_error err = {0};
            size_t len;
            char *text;
            if (f->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "%s/%.120s", folder, f->d_name);
            text = tkt_read_file(path, &len);
            assert_non_null(text);
            o.dialect = tkc_request_dialect_of_path(path);
            tkc_request_init(&r, &o);
            if (tkc_request_read(&r, (tkc_str){text, len}, &o, &err)) fail_msg("%s: %s", path, err.message);
            for (size_t k = 0; k < r.n_request; k++, n++) {
                assert_int_equal(tkc_request_select(&r, k, &err), TKC_OK);
                fn(path, &r, ctx);
            }
            tkc_request_release(&r);
            free(text);
        }
        closedir(in);
    }
    closedir(top);
    return n;
}

static void read_as(tkc_request *again, const tkc_request *r, const tkc_buf *out)
{
    tkc_request_options o = {.struct_size = sizeof o, .dialect = r->dialect};
    tkc_error err = {0};
    tkc_request_init(again, &o);
    if (tkc_request_read(again, tkc_buf_str(out), &o, &err))
        fail_msg("%s\n%.*s", err.message, (int)out->len, out->ptr);
    assert_int_equal(tkc_request_select(again, r->selected, &err), TKC_OK);
}

static bool same_text(const tkc_request *a, size_t i, const tkc_request *b, size_t k)
{
    tkc_buf x, y;
    tkc_str s, t;
    tkc_error err;
    bool same;
    tkc_buf_init(&x, 1 << 24, NULL);
    tkc_buf_init(&y, 1 << 24, NULL);
    assert_int_equal(tkc_part_text(a, i, &x, &s, &err), TKC_OK);
    assert_int_equal(tkc_part_text(b, k, &y, &t, &err), TKC_OK);
    same = s.len == t.len && (!s.len || memcmp(s.ptr, t.ptr, s.len) == 0) &&
           a->part[i].kind == b->part[k].kind && a->part[i].role == b->part[k].role;
    tkc_buf_release(&x);
    tkc_buf_release(&y);
    return same;
}

/* What tkc_edit_make() hands over is what reading the new text gives. */
static void check_made(tkc_edit *e, const tkc_request *again, const tkc_buf *out)
{
    tkc_request_options o = {.struct_size = sizeof o};
    tkc_request made;
    tkc_buf text;
    tkc_error err = {0};
    tkc_request_init(&made, &o);
    tkc_buf_init(&text, 1 << 24, NULL);
    assert_int_equal(tkc_edit_make(e, &text, &made, &err), TKC_OK);
    assert_int_equal(text.len, out->len);
    assert_memory_equal(text.ptr, out->ptr, out->len);
    assert_ptr_equal(made.source.ptr, text.ptr);
    assert_int_equal(made.dialect, again->dialect);
    assert_int_equal(made.asked, e->r->asked);
    assert_int_equal(made.n_turn, again->n_turn);
    assert_int_equal(made.n_part, again->n_part);
    for (size_t i = 0; i < made.n_part; i++) {
        assert_int_equal(made.part[i].begin, again->part[i].begin);
        assert_int_equal(made.part[i].end, again->part[i].end);
        assert_int_equal(made.part[i].flags, again->part[i].flags);
        assert_true(same_text(&made, i, again, i));
    }
    tkc_buf_release(&text);
    tkc_request_release(&made);
}

/* --- replacing ---------------------------------------------------------------------------- */

static bool takes_text(const tkc_request *r, size_t i)
{
    const tkc_part *p = &r->part[i];
    return !(p->flags & (TKC_PART_PINNED | TKC_PART_OPAQUE)) &&
           (p->node == TKC_JSON_NONE || tkc_json_kind_of(&r->doc, p->node) == TKC_JSON_STRING);
}

typedef struct tally {
    size_t replaced[TKC_N_DIALECT], removed[TKC_N_DIALECT], refused, unsupported;
} tally;

static void replace_each(const char *path, tkc_request *r, void *ctx)
{
    static const char *const text[] = {"short", "two lines\nwith \"quotes\", \\ and \xc3\xa9: #x",
                                       "a\x01\t\xe2\x80\xa8\xf0\x9f\x99\x82"};
    tally *t = ctx;
    tkc_buf out;
    tkc_error err;
    tkc_buf_init(&out, 1 << 26, NULL);
    for (size_t i = 0; i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        for (size_t k = 0; k < sizeof text / sizeof *text; k++) {
            tkc_edit e;
            tkc_request again;
            tkc_buf scratch;
            tkc_str s;
            tkc_status st;
            size_t tail = r->source.len - p->end;
            tkc_edit_init(&e, r, 0);
            st = tkc_edit_replace_text(&e, i, str(text[k]), &err);
            if (!takes_text(r, i)) {
                assert_int_equal(st, TKC_E_ARG);
                assert_int_equal(e.n_op, 0);
                tkc_edit_release(&e);
                t->refused++;
                continue;
            }
            assert_int_equal(st, TKC_OK);
            tkc_buf_clear(&out);
            st = tkc_edit_apply(&e, &out, &err);
            if (st == TKC_E_UNSUPPORTED && strstr(err.message, "an anchor")) {
                tkc_edit_release(&e);
                continue;
            }
            if (st) fail_msg("%s: part %zu: %s", path, i, err.message);
            t->replaced[r->dialect]++;
            /* The bytes around it are those of the source. */
            assert_true(out.len >= p->begin + tail);
            assert_memory_equal(out.ptr, r->source.ptr, p->begin);
            assert_memory_equal(out.ptr + out.len - tail, r->source.ptr + p->end, tail);
            read_as(&again, r, &out);
            check_made(&e, &again, &out);
            tkc_edit_release(&e);
            assert_int_equal(again.n_part, r->n_part);
            tkc_buf_init(&scratch, 1 << 16, NULL);
            assert_int_equal(tkc_part_text(&again, i, &scratch, &s, &err), TKC_OK);
            assert_int_equal(s.len, strlen(text[k]));
            assert_memory_equal(s.ptr, text[k], s.len);
            tkc_buf_release(&scratch);
            for (size_t q = 0; q < r->n_part; q++)
                if (q != i && !same_text(r, q, &again, q)) fail_msg("%s: part %zu changed part %zu", path, i, q);
            tkc_request_release(&again);
        }
    }
    tkc_buf_release(&out);
}

static void replace_samples(void **state)
{
    tally t = {0};
    (void)state;
    assert_true(for_samples(replace_each, &t) > 170);
    for (int d = 1; d < TKC_N_DIALECT; d++)
        if (d != TKC_DIALECT_TEXTS && !t.replaced[d]) /* all pinned */
            fail_msg("nothing was replaced in %s", tkc_dialect_name((tkc_dialect)d));
    assert_true(t.refused > 100);
}

/* --- removing ----------------------------------------------------------------------------- */

/* What is left is what was there, without the parts and with names at most. Not always in the
 * same order: a system message becomes a leading one when all in front of it go. */
static void check_left(const char *path, const tkc_request *r, const tkc_request *again,
                       const bool *removed)
{
    bool *taken = calloc(again->n_part + 1, sizeof *taken);
    size_t n = 0;
    assert_non_null(taken);
    for (size_t i = 0; i < r->n_part; i++) {
        size_t k = 0;
        if (removed[i]) continue;
        while (k < again->n_part && (taken[k] || !same_text(r, i, again, k))) k++;
        if (k < again->n_part) {
            taken[k] = true;
            n++;
        } else if (!(r->part[i].flags & (TKC_PART_NAME | TKC_PART_REPEATED))) {
            fail_msg("%s: part %zu was lost", path, i);
        }
    }
    assert_int_equal(n, again->n_part);
    free(taken);
}

static void remove_each(const char *path, tkc_request *r, void *ctx)
{
    tally *t = ctx;
    tkc_buf out;
    tkc_error err;
    bool *removed = calloc(r->n_part + 1, sizeof *removed);
    assert_non_null(removed);
    tkc_buf_init(&out, 1 << 26, NULL);
    for (size_t i = 0; i < r->n_part + r->n_turn; i++) {
        bool turn = i >= r->n_part;
        tkc_edit e;
        tkc_request again;
        tkc_status st;
        tkc_edit_init(&e, r, 0);
        memset(removed, 0, r->n_part);
        if (turn) {
            for (size_t k = 0; k < r->n_part; k++) removed[k] = r->part[k].turn == i - r->n_part;
            st = tkc_edit_remove_turn(&e, i - r->n_part, &err);
        } else {
            removed[i] = true;
            st = tkc_edit_remove_part(&e, i, &err);
        }
        if (!turn && (r->part[i].flags & TKC_PART_PINNED)) {
            assert_int_equal(st, TKC_E_ARG);
            assert_int_equal(err.offset, r->part[i].begin);
            tkc_edit_release(&e);
            continue;
        }
        assert_int_equal(st, TKC_OK);
        tkc_buf_clear(&out);
        assert_int_equal(tkc_buf_append(&out, "kept", 4, &err), TKC_OK);
        st = tkc_edit_apply(&e, &out, &err);
        tkc_edit_release(&e);
        assert_memory_equal(out.ptr, "kept", 4);
        if (st) { /* a call or a result alone, or the only message of a text */
            assert_true(st == TKC_E_ARG || st == TKC_E_UNSUPPORTED);
            assert_int_equal(out.len, 4);
            t->unsupported += st == TKC_E_UNSUPPORTED;
            if (st == TKC_E_UNSUPPORTED && r->dialect < TKC_DIALECT_TEXT &&
                !strstr(err.message, "would be no"))
                fail_msg("%s: %zu: %s", path, i, err.message);
            continue;
        }
        memmove(out.ptr, out.ptr + 4, out.len -= 4);
        t->removed[r->dialect]++;
        read_as(&again, r, &out);
        check_left(path, r, &again, removed);
        tkc_request_release(&again);
    }
    tkc_buf_release(&out);
    free(removed);
}

static void remove_samples(void **state)
{
    tally t = {0};
    (void)state;
    for_samples(remove_each, &t);
    for (int d = 1; d < TKC_N_DIALECT; d++)
        if (d != TKC_DIALECT_TEXT && d != TKC_DIALECT_TEXTS && !t.removed[d])
            fail_msg("nothing was removed in %s", tkc_dialect_name((tkc_dialect)d));
    assert_true(t.unsupported < 40);
}

/* --- by example --------------------------------------------------------------------------- */

typedef enum act { TEXT, SOURCE, PART, TURN, VALUE, MEMBER, ELEMENT, END } act;

typedef struct step {
    act what;
    const char *at;   /* a part's number, or a path of keys and numbers from the top: "a/0/b" */
    const char *with; /* MEMBER: key=json */
} step;

static uint32_t node_at(const tkc_request *r, const char *path)
{
    uint32_t node = 0;
    while (*path) {
        char key[60];
        size_t n = strcspn(path, "/");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        path += n + (path[n] == '/');
        if (tkc_json_kind_of(&r->doc, node) == TKC_JSON_OBJECT) {
            node = tkc_json_get(&r->doc, node, key, NULL);
        } else {
            uint32_t c = tkc_json_first(&r->doc, node);
            for (int i = atoi(key); i > 0; i--) c = tkc_json_next(&r->doc, node, c);
            node = c;
        }
        assert_int_not_equal(node, TKC_JSON_NONE);
    }
    return node;
}

static tkc_status take(tkc_edit *e, const step *s, tkc_error *err)
{
    const tkc_request *r = e->r;
    char key[60];
    const char *eq;
    switch (s->what) {
    case TEXT: return tkc_edit_replace_text(e, (size_t)atoi(s->at), str(s->with), err);
    case PART: return tkc_edit_remove_part(e, (size_t)atoi(s->at), err);
    case TURN: return tkc_edit_remove_turn(e, (size_t)atoi(s->at), err);
    case SOURCE: return tkc_edit_replace_source(e, node_at(r, s->at), str(s->with), err);
    case VALUE: return tkc_edit_remove_value(e, node_at(r, s->at), err);
    case MEMBER:
        eq = strchr(s->with, '=');
        snprintf(key, sizeof key, "%.*s", (int)(eq - s->with), s->with);
        return tkc_edit_insert_member(e, node_at(r, s->at), key, str(eq + 1), err);
    case ELEMENT:
        return tkc_edit_insert_element(e, node_at(r, s->at), TKC_JSON_NONE, str(s->with), err);
    default: return TKC_OK;
    }
}

#define MSG(role, text) "{\"role\":\"" role "\",\"content\":\"" text "\"}"
#define CALLS                                                                                 \
    "{\"messages\":[" MSG("user", "a") ",{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["  \
    "{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"      \
    "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"r\"}," MSG("user", "b") "]}"
#define TOOLS "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\"," \
              "\"parameters\":{}}}],\"tool_choice\":\"auto\",\"parallel_tool_calls\":true,"

typedef struct row {
    tkc_dialect dialect;
    const char *in;
    step step[5];
    const char *out;   /* or what the message of the refusal holds, */
    tkc_status status; /* with this status */
} row;

static const row rows[] = {
    /* A block goes with its comma; the message with its last block. */
    {TKC_DIALECT_ANTHROPIC,
     "{\"messages\":[{\"role\":\"user\",\"content\":[ {\"type\":\"text\",\"text\":\"a\"} , "
     "{\"type\":\"text\",\"text\":\"b\"} ]}]}",
     {{PART, "0", ""}, {END, "", ""}},
     "{\"messages\":[{\"role\":\"user\",\"content\":[ {\"type\":\"text\",\"text\":\"b\"} ]}]}", TKC_OK},
    {TKC_DIALECT_ANTHROPIC,
     "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},"
     "{\"type\":\"text\",\"text\":\"b\"}]}," MSG("assistant", "c") "]}",
     {{PART, "1", ""}, {PART, "0", ""}, {END, "", ""}},
     "{\"messages\":[" MSG("assistant", "c") "]}", TKC_OK},
    {TKC_DIALECT_ANTHROPIC, "{\"system\":\"s\", \"messages\":[" MSG("user", "a") "]}",
     {{PART, "0", ""}, {PART, "1", ""}, {END, "", ""}}, "{\"messages\":[]}", TKC_OK},
    /* A cache mark on a text, on a pinned call; nothing else on that. */
    {TKC_DIALECT_ANTHROPIC,
     "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]}]}",
     {{MEMBER, "messages/0/content/0", "cache_control={\"type\":\"ephemeral\"}"}, {END, "", ""}},
     "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\","
     "\"cache_control\":{\"type\":\"ephemeral\"}}]}]}",
     TKC_OK},
    {TKC_DIALECT_ANTHROPIC,
     "{\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"1\"}]}]}",
     {{MEMBER, "messages/0/content/0", "cache_control={}"}, {END, "", ""}},
     "{\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"1\","
     "\"cache_control\":{}}]}]}",
     TKC_OK},
    {TKC_DIALECT_ANTHROPIC,
     "{\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"1\"}]}]}",
     {{MEMBER, "messages/0/content/0", "name=\"x\""}, {END, "", ""}}, "is pinned", TKC_E_ARG},
    /* The mark goes from there again; one deeper in is the call's own data. */
    {TKC_DIALECT_ANTHROPIC,
     "{\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"1\","
     "\"cache_control\":{}}]}]}",
     {{VALUE, "messages/0/content/0/cache_control", ""}, {END, "", ""}},
     "{\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"1\"}]}]}",
     TKC_OK},
    {TKC_DIALECT_ANTHROPIC,
     "{\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"1\","
     "\"input\":{\"cache_control\":{}}}]}]}",
     {{VALUE, "messages/0/content/0/input/cache_control", ""}, {END, "", ""}}, "is pinned", TKC_E_ARG},
    {TKC_DIALECT_ANTHROPIC,
     "{\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"1\"}]}]}",
     {{VALUE, "messages/0/content/0/id", ""}, {END, "", ""}}, "is pinned", TKC_E_ARG},
    /* A string content becomes blocks; a reference line in front of what is there. */
    {TKC_DIALECT_ANTHROPIC, "{\"messages\":[" MSG("user", "a") "]}",
     {{SOURCE, "messages/0/content", "[{\"type\":\"text\",\"text\":\"a\",\"cache_control\":{}}]"},
      {ELEMENT, "messages", MSG("user", "z")},
      {END, "", ""}},
     "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\","
     "\"cache_control\":{}}]}," MSG("user", "z") "]}",
     TKC_OK},
    /* A setting's group keeps its other settings. */
    {TKC_DIALECT_ANTHROPIC,
     "{\"output_config\":{\"effort\":\"low\",\"format\":{\"type\":\"json_schema\",\"schema\":{}}},"
     "\"messages\":[]}",
     {{PART, "0", ""}, {END, "", ""}}, "{\"output_config\":{\"effort\":\"low\"},\"messages\":[]}", TKC_OK},
    /* Tools: the list goes when it is empty, and what providers refuse without it. */
    {TKC_DIALECT_OPENAI_CHAT, "{" TOOLS "\"messages\":[]}",
     {{PART, "0", ""}, {END, "", ""}}, "{\"messages\":[]}", TKC_OK},
    {TKC_DIALECT_OPENAI_CHAT, "{" TOOLS "\"messages\":[]}",
     {{VALUE, "tools/0/function/description", ""}, {END, "", ""}},
     "{\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}],"
     "\"tool_choice\":\"auto\",\"parallel_tool_calls\":true,\"messages\":[]}",
     TKC_OK},
    {TKC_DIALECT_OPENAI_CHAT, "{" TOOLS "\"messages\":[]}",
     {{VALUE, "tools", ""}, {END, "", ""}}, "remove the part", TKC_E_ARG},
    /* Calls and results. */
    {TKC_DIALECT_OPENAI_CHAT, CALLS, {{PART, "1", ""}, {END, "", ""}}, "is pinned", TKC_E_ARG},
    {TKC_DIALECT_OPENAI_CHAT, CALLS, {{PART, "2", ""}, {END, "", ""}}, "the call in part 1, which stays", TKC_E_ARG},
    {TKC_DIALECT_OPENAI_CHAT, CALLS, {{TURN, "1", ""}, {END, "", ""}}, "part 2, which stays", TKC_E_ARG},
    {TKC_DIALECT_OPENAI_CHAT, CALLS, {{TURN, "2", ""}, {TURN, "1", ""}, {END, "", ""}},
     "{\"messages\":[" MSG("user", "a") "," MSG("user", "b") "]}", TKC_OK},
    /* The later of two counts; removal takes edits along. */
    {TKC_DIALECT_OPENAI_CHAT, CALLS, {{TEXT, "0", "x"}, {TEXT, "0", "y"}, {TEXT, "2", "z"}, {END, "", ""}},
     "{\"messages\":[" MSG("user", "y") ",{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["
     "{\"id\":\"1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
     "{\"role\":\"tool\",\"tool_call_id\":\"1\",\"content\":\"z\"}," MSG("user", "b") "]}",
     TKC_OK},
    {TKC_DIALECT_OPENAI_CHAT, "{\"messages\":[" MSG("user", "a") "," MSG("user", "b") "]}",
     {{TEXT, "0", "x"}, {PART, "0", ""}, {MEMBER, "messages/0", "name=\"n\""}, {END, "", ""}},
     "{\"messages\":[" MSG("user", "b") "]}", TKC_OK},
    {TKC_DIALECT_OPENAI_CHAT, "{\"messages\":[" MSG("user", "a") "]}",
     {{SOURCE, "messages/0/content", "[1"}, {END, "", ""}}, "", TKC_E_FORMAT},
    {TKC_DIALECT_OPENAI_CHAT, "{\"messages\":[" MSG("user", "a") "]}",
     {{TEXT, "0", "\xff"}, {END, "", ""}}, "not UTF-8", TKC_E_FORMAT},
    {TKC_DIALECT_OPENAI_CHAT, "{\"messages\":[" MSG("user", "a") "]}",
     {{TEXT, "7", "x"}, {END, "", ""}}, "there is no part 7", TKC_E_ARG},
    {TKC_DIALECT_OPENAI_RESPONSES, "{\"input\":\"a\"}", {{PART, "0", ""}, {END, "", ""}},
     "would be no openai-responses request", TKC_E_UNSUPPORTED},
    {TKC_DIALECT_GEMINI,
     "{\"systemInstruction\":{\"role\":\"system\",\"parts\":[{\"text\":\"s\"}]},\"contents\":[]}",
     {{PART, "0", ""}, {END, "", ""}}, "{\"contents\":[]}", TKC_OK},
    /* Text and Markdown. */
    {TKC_DIALECT_TEXT, "one", {{TEXT, "0", "two"}, {END, "", ""}}, "two", TKC_OK},
    {TKC_DIALECT_TEXT, "one", {{PART, "0", ""}, {END, "", ""}}, "the only message", TKC_E_ARG},
    {TKC_DIALECT_MARKDOWN, "---\nx: 1\n---\nsystem:\na\n\nuser:\nb\n",
     {{TEXT, "1", "c\nd"}, {END, "", ""}}, "---\nx: 1\n---\nsystem:\na\n\nuser:\nc\nd\n", TKC_OK},
    {TKC_DIALECT_MARKDOWN, "---\nx: 1\n---\nsystem:\na\n\nuser:\nb\n",
     {{PART, "0", ""}, {END, "", ""}}, "---\nx: 1\n---\nuser:\nb\n", TKC_OK},
    {TKC_DIALECT_MARKDOWN, "---\nx: 1\n---\nsystem:\na\n\nuser:\nb\n",
     {{TEXT, "0", "a\nuser:\nmore"}, {END, "", ""}}, "would not be read as that", TKC_E_UNSUPPORTED},
    /* YAML: blocks stay blocks, comments stay, items go with their lines. */
    {TKC_DIALECT_YAML, "# top\nmessages:\n  - role: user\n    content: |\n      a\n      b\n  # two\n"
                       "  - {role: user, content: c}\nn: 1 # end\n",
     {{TEXT, "0", "x\n\n  y\n"}, {TEXT, "1", "d: e"}, {END, "", ""}},
     "# top\nmessages:\n  - role: user\n    content: |\n      x\n\n        y\n  # two\n"
     "  - {role: user, content: \"d: e\"}\nn: 1 # end\n",
     TKC_OK},
    {TKC_DIALECT_YAML, "# top\nmessages:\n  - role: user\n    content: |\n      a\n      b\n  # two\n"
                       "  - {role: user, content: c}\nn: 1 # end\n",
     {{PART, "0", ""}, {MEMBER, "messages/1", "name=\"z\""}, {MEMBER, "", "m=[1]"}, {END, "", ""}},
     "# top\nmessages:\n  # two\n  - {role: user, content: c, \"name\": \"z\"}\nn: 1 # end\n\"m\": [1]\n",
     TKC_OK},
    {TKC_DIALECT_YAML, "messages:\n- role: user\n  content: a\n- role: user\n  content: b",
     {{ELEMENT, "messages", "{\"role\":\"user\",\"content\":\"z\"}"}, {SOURCE, "messages/0/content", "5"},
      {END, "", ""}},
     "messages:\n- role: user\n  content: 5\n- role: user\n  content: b\n- {\"role\":\"user\","
     "\"content\":\"z\"}",
     TKC_OK},
    {TKC_DIALECT_YAML, "prompt: &a hi\nuser: *a\n", {{TEXT, "0", "x"}, {END, "", ""}}, "an anchor", TKC_E_UNSUPPORTED},
    {TKC_DIALECT_YAML, "prompt: &a hi\nuser: *a\n", {{TEXT, "1", "x"}, {END, "", ""}},
     "prompt: &a hi\nuser: \"x\"\n", TKC_OK},
};

static void by_example(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const row *w = &rows[i];
        tkc_request_options o = {.struct_size = sizeof o, .dialect = w->dialect};
        tkc_request r;
        tkc_edit e;
        tkc_buf out;
        tkc_error err = {0};
        tkc_status st = TKC_OK;
        tkc_buf_init(&out, 1 << 20, NULL);
        tkc_request_init(&r, &o);
        if (tkc_request_read(&r, str(w->in), &o, &err)) fail_msg("row %zu: %s", i, err.message);
        tkc_edit_init(&e, &r, 0);
        for (const step *s = w->step; !st && s->what != END; s++) st = take(&e, s, &err);
        if (!st) st = tkc_edit_apply(&e, &out, &err);
        if (st != w->status) fail_msg("row %zu: status %d, %s\n%.*s", i, (int)st, err.message, (int)out.len, out.ptr);
        if (st) {
            if (!strstr(err.message, w->out)) fail_msg("row %zu: %s", i, err.message);
            assert_int_equal(out.len, 0);
        } else if (out.len != strlen(w->out) || memcmp(out.ptr, w->out, out.len) != 0) {
            fail_msg("row %zu:\n%.*s\nexpected\n%s", i, (int)out.len, out.ptr, w->out);
        }
        tkc_edit_release(&e);
        tkc_request_release(&r);
        tkc_buf_release(&out);
    }
}

/* Going back leaves no trace; applying twice gives the same. */
static void rollback(void **state)
{
    static const char in[] = "{\"messages\":[" MSG("user", "a") "," MSG("user", "b") "]}";
    static const char one[] = "{\"messages\":[" MSG("user", "x") "," MSG("user", "b") "]}";
    tkc_request r;
    tkc_edit e;
    tkc_buf out;
    tkc_error err;
    size_t mark, begun;
    uint32_t up;
    (void)state;
    tkc_buf_init(&out, 1 << 20, NULL);
    tkc_request_init(&r, NULL);
    assert_int_equal(tkc_request_read(&r, str(in), NULL, &err), TKC_OK);
    tkc_edit_init(&e, &r, 0);
    begun = tkc_edit_mark(&e);
    assert_int_equal(tkc_edit_apply(&e, &out, &err), TKC_OK);
    assert_memory_equal(out.ptr, in, sizeof in - 1);
    assert_int_equal(tkc_edit_replace_text(&e, 0, str("x"), &err), TKC_OK);
    mark = tkc_edit_mark(&e);
    assert_int_equal(tkc_edit_remove_part(&e, 0, &err), TKC_OK);
    assert_int_equal(tkc_edit_replace_text(&e, 1, str("long text"), &err), TKC_OK);
    tkc_edit_rollback(&e, mark);
    for (int k = 0; k < 2; k++) {
        tkc_buf_clear(&out);
        assert_int_equal(tkc_edit_apply(&e, &out, &err), TKC_OK);
        assert_int_equal(out.len, sizeof one - 1);
        assert_memory_equal(out.ptr, one, out.len);
    }
    tkc_edit_rollback(&e, begun);
    tkc_buf_clear(&out);
    assert_int_equal(tkc_edit_apply(&e, &out, &err), TKC_OK);
    assert_int_equal(out.len, sizeof in - 1);
    assert_memory_equal(out.ptr, in, out.len);
    assert_int_equal(tkc_edit_parent(&e, r.part[0].node, &up, &err), TKC_OK);
    assert_int_equal(up, r.turn[0].node);
    tkc_edit_release(&e);
    /* A limit on what goes in. */
    tkc_edit_init(&e, &r, 4);
    assert_int_equal(tkc_edit_replace_text(&e, 0, str("12345"), &err), TKC_E_LIMIT);
    tkc_edit_release(&e);
    tkc_request_release(&r);
    tkc_buf_release(&out);
}

/* Half a million messages, each second one removed, each other one replaced. */
static void large(void **state)
{
    enum { MANY = 200000 };
    static const char one[] = MSG("user", "aa") ",";
    char *text = malloc(20 + (sizeof one - 1) * (size_t)MANY);
    size_t n = 0;
    tkc_request r;
    tkc_edit e;
    tkc_buf out;
    tkc_error err;
    (void)state;
    assert_non_null(text);
    memcpy(text, "{\"messages\":[", 13);
    n = 13;
    for (size_t i = 0; i < MANY; i++, n += sizeof one - 1) memcpy(text + n, one, sizeof one - 1);
    n--;
    memcpy(text + n, "]}", 2);
    n += 2;
    tkc_buf_init(&out, (size_t)1 << 28, NULL);
    tkc_request_init(&r, NULL);
    assert_int_equal(tkc_request_read(&r, (tkc_str){text, n}, NULL, &err), TKC_OK);
    tkc_edit_init(&e, &r, 0);
    for (size_t i = 0; i < MANY; i++) {
        if (i % 2)
            assert_int_equal(tkc_edit_remove_part(&e, i, &err), TKC_OK);
        else
            assert_int_equal(tkc_edit_replace_text(&e, i, str("bb"), &err), TKC_OK);
    }
    assert_int_equal(tkc_edit_apply(&e, &out, &err), TKC_OK);
    assert_int_equal(out.len, 15 + (sizeof one - 1) * (MANY / 2) - 1);
    tkc_edit_release(&e);
    tkc_request_release(&r);
    tkc_buf_release(&out);
    free(text);
}

static void out_of_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const row *w = &rows[i];
        if (w->status) continue;
        for (size_t n = 1;; n++) {
            fail_alloc f = {0};
            const tkc_allocator a = fail_alloc_of(&f);
            tkc_request_options o = {.struct_size = sizeof o, .dialect = w->dialect, .alloc = &a};
            tkc_request r;
            tkc_edit e;
            tkc_buf out;
            tkc_error err = {0};
            tkc_status st = TKC_OK;
            size_t before;
            bool done;
            tkc_buf_init(&out, 1 << 20, &a);
            tkc_request_init(&r, &o);
            assert_int_equal(tkc_request_read(&r, str(w->in), &o, &err), TKC_OK);
            before = f.calls;
            f.fail_at = before + n;
            tkc_edit_init(&e, &r, 0);
            for (const step *s = w->step; !st && s->what != END; s++) st = take(&e, s, &err);
            if (!st) st = tkc_edit_apply(&e, &out, &err);
            done = f.calls < f.fail_at;
            if (done ? st != TKC_OK : st != TKC_E_NOMEM)
                fail_msg("row %zu, request %zu: %d %s", i, n, (int)st, err.message);
            tkc_edit_release(&e);
            tkc_request_release(&r);
            tkc_buf_release(&out);
            assert_int_equal(f.live, 0);
            assert_false(f.wrong_size);
            if (done) break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replace_samples), cmocka_unit_test(remove_samples),
        cmocka_unit_test(by_example),      cmocka_unit_test(rollback),
        cmocka_unit_test(large),           cmocka_unit_test(out_of_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
