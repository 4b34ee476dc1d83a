/*
 * mistral.c - Mistral's request encoder, versions 1, 2, 3, 7, 11, 13 and 15.
 *
 * Not a text but a list of segments: control tokens are put between pieces of text that are
 * encoded one by one (with SentencePiece each of them gets its own dummy prefix). Before that
 * the request is checked and neighbours of the same role become one message, as
 * mistral-common's validator and normalizer do (in the mode that takes any last role).
 *
 * From version 11 on some control tokens have places but no names in the vocabulary that is
 * in the tree: see later[].
 */
#include "optimizer/templates/writer.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <stdlib.h>

typedef struct run {
    size_t from, to; /* messages of one role */
    tkc_chat_role role;
} run;

typedef struct mistral {
    tkc_writer *w;
    int version;
    run *runs; /* what is left after normalizing, in order */
    size_t n_run, first_user, last_user;
} mistral;

/* The files of the later versions name places that the first tekken file only numbers. */
static const tkc_marker later[] = {{"[ARGS]", "<SPECIAL_32>"},
                                   {"[CALL_ID]", "<SPECIAL_33>"},
                                   {"[THINK]", "<SPECIAL_34>"},
                                   {"[/THINK]", "<SPECIAL_35>"},
                                   {"[MODEL_SETTINGS]", "<SPECIAL_36>"},
                                   {"[/MODEL_SETTINGS]", "<SPECIAL_37>"},
                                   {NULL, NULL}};

static void control(tkc_writer *w, const char *name)
{
    tkc_w_segment(w);
    lit(w, name);
    tkc_w_segment(w);
}

/* --- checks ------------------------------------------------------------------------------- */

static bool good_name(tkc_str s)
{
    if (s.len == 0 || s.len > 64) return false;
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-'))
            return false;
    }
    return true;
}

static bool good_id(int version, tkc_str s)
{
    if (version < 3) return true;
    if (version >= 13) return s.len > 0 && !tkc_eq(s, "null");
    if (s.len != 9 || !good_name(s)) return false;
    return !memchr(s.ptr, '_', 9) && !memchr(s.ptr, '-', 9);
}

static const char *check_message(const mistral *q, const tkc_chat_message *m)
{
    if (m->role == TKC_CHAT_DEVELOPER) return "it knows no developer role";
    if (m->role == TKC_CHAT_ASSISTANT) {
        if (q->version < 7 && (m->content.len > 0) == (m->n_call > 0))
            return "an assistant message has either content or calls";
        for (size_t k = 0; k < m->n_call; k++)
            if (!good_id(q->version, m->call[k].id) || !good_name(m->call[k].name))
                return "a call's id has 9 letters or digits, its name at most 64";
    }
    if (m->role == TKC_CHAT_TOOL &&
        ((m->name.len && !good_name(m->name)) || !good_id(q->version, m->call_id)))
        return "a tool message names its call by 9 letters or digits";
    return NULL;
}

static const char *check_order(tkc_chat_role before, tkc_chat_role now)
{
    const bool system = now == TKC_CHAT_SYSTEM, tool = now == TKC_CHAT_TOOL;
    if ((before == TKC_CHAT_SYSTEM || before == TKC_CHAT_USER) && tool)
        return "a tool message follows a call or another tool message";
    if ((before == TKC_CHAT_ASSISTANT || before == TKC_CHAT_TOOL) && system)
        return "a system message cannot stand behind an answer";
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    const tkc_str *x = a, *y = b;
    if (x->len != y->len) return x->len < y->len ? -1 : 1;
    return x->len ? memcmp(x->ptr, y->ptr, x->len) : 0;
}

/* From version 11 on: the results between two assistant messages answer each call of the
 * first one exactly once. Both lists are sorted and walked together. */
static const char *check_results(mistral *q, const tkc_chat_message *m, size_t from, size_t to,
                                 bool more_follows)
{
    const size_t n_call = m ? m->n_call : 0, n_max = n_call + (to - from);
    const char *bad = NULL;
    size_t n_result = 0, at = 0;
    tkc_str *all;
    if (n_max == 0) return NULL;
    all = tkc_alloc(q->w->alloc, n_max, sizeof *all);
    if (!all) {
        q->w->status = tkc_nomem(q->w->err);
        return NULL;
    }
    for (size_t k = 0; k < n_call; k++) all[k] = m->call[k].id;
    for (size_t i = from; i < to; i++)
        if (q->w->chat->message[i].role == TKC_CHAT_TOOL)
            all[n_call + n_result++] = q->w->chat->message[i].call_id;
    if (n_call) qsort(all, n_call, sizeof *all, by_text);
    if (n_result) qsort(all + n_call, n_result, sizeof *all, by_text);
    for (size_t k = 0; k + 1 < n_call; k++)
        if (by_text(&all[k], &all[k + 1]) == 0) bad = "two calls have the same id";
    for (size_t r = 0; r < n_result && !bad; r++) {
        while (at < n_call && by_text(&all[at], &all[n_call + r]) < 0) at++;
        if (at == n_call || by_text(&all[at], &all[n_call + r]) != 0)
            bad = "a tool message answers no call, or one that is answered";
        at++;
    }
    if (!bad && more_follows && n_result != n_call) bad = "not every call is answered";
    tkc_free(q->w->alloc, all, n_max, sizeof *all);
    return bad;
}

/* Calls and results pair up; what stands in the first message of all is not looked at. */
static bool check_pairs(mistral *q)
{
    const tkc_chat *c = q->w->chat;
    size_t from = 1, caller = SIZE_MAX;
    for (size_t i = 1; i <= c->n_message; i++) {
        const bool end = i == c->n_message;
        const tkc_chat_message *m = caller == SIZE_MAX ? NULL : &c->message[caller];
        const char *bad = NULL;
        if (!end && c->message[i].role != TKC_CHAT_ASSISTANT) continue;
        if (q->version >= 11) {
            bad = check_results(q, m, from, i, !end);
        } else {
            size_t n = 0;
            for (size_t k = from; k < i; k++) n += c->message[k].role == TKC_CHAT_TOOL;
            if (!end && n != (m ? m->n_call : 0)) bad = "not every call is answered";
        }
        if (bad) {
            tkc_w_refuse(q->w, end ? i - 1 : i, bad);
            return false;
        }
        caller = i;
        from = i + 1;
    }
    return !q->w->status;
}

static bool check_request(mistral *q)
{
    const tkc_chat *c = q->w->chat;
    if (c->n_message == 1 && c->message[0].role != TKC_CHAT_USER &&
        c->message[0].role != TKC_CHAT_SYSTEM) {
        tkc_w_refuse(q->w, 0, "a conversation starts with a user or system message");
        return false;
    }
    for (size_t i = 0; i < c->n_message; i++) {
        const char *bad = check_message(q, &c->message[i]);
        if (!bad && i) bad = check_order(c->message[i - 1].role, c->message[i].role);
        if (bad) {
            tkc_w_refuse(q->w, i, bad);
            return false;
        }
    }
    for (size_t i = 0; i < c->n_tool; i++) {
        const tkc_value f = tkc_get(tkc_tool(q->w, i), "function");
        if (!good_name(tkc_text_of(q->w, tkc_get(f, "name"))) ||
            !tkc_is(tkc_get(f, "parameters"), TKC_JSON_OBJECT)) {
            tkc_w_refuse(q->w, 0, "a tool has no name of at most 64 letters, or no parameters");
            return false;
        }
    }
    return check_pairs(q);
}

/* --- normalizing -------------------------------------------------------------------------- */

/* Neighbours of one role are one message, but tool messages stay single. Before version 7
 * system messages go away (into the prompt) and the first one must be a user's. */
static bool find_runs(mistral *q)
{
    const tkc_chat *c = q->w->chat;
    q->runs = tkc_alloc(q->w->alloc, c->n_message + 1, sizeof *q->runs);
    q->first_user = q->last_user = SIZE_MAX;
    if (!q->runs) {
        q->w->status = tkc_nomem(q->w->err);
        return false;
    }
    for (size_t i = 0; i < c->n_message;) {
        const tkc_chat_role role = c->message[i].role;
        size_t to = i + 1;
        while (to < c->n_message && c->message[to].role == role && role != TKC_CHAT_SYSTEM) to++;
        if (role != TKC_CHAT_SYSTEM || q->version >= 7) {
            if (q->n_run == 0 && role != TKC_CHAT_USER && q->version < 7)
                q->runs[q->n_run++] = (run){0, 0, TKC_CHAT_USER};
            q->runs[q->n_run++] = (run){i, to, role};
        }
        i = to;
    }
    if (q->n_run == 0) q->runs[q->n_run++] = (run){0, 0, TKC_CHAT_USER};
    for (size_t i = 0; i < q->n_run; i++)
        if (q->runs[i].role == TKC_CHAT_USER) {
            if (q->first_user == SIZE_MAX) q->first_user = i;
            q->last_user = i;
        }
    return true;
}

/* Two results for one turn of calls behind the last user message: version 2 cannot. */
static bool too_many_results(const mistral *q)
{
    const tkc_chat *c = q->w->chat;
    for (size_t i = 1; i < q->n_run; i++) {
        size_t n_call = 0;
        if (q->runs[i].role != TKC_CHAT_TOOL || q->runs[i].to - q->runs[i].from < 2) continue;
        if (q->last_user != SIZE_MAX && i < q->last_user) continue;
        for (size_t k = q->runs[i - 1].from; k < q->runs[i - 1].to; k++)
            n_call += c->message[k].n_call;
        if (n_call && q->runs[i - 1].role == TKC_CHAT_ASSISTANT) return true;
    }
    return false;
}

/* --- pieces ------------------------------------------------------------------------------- */

/* What stands in a field as text but is JSON goes in as the value it is. */
static void json_or_text(tkc_writer *w, tkc_str s)
{
    tkc_error err;
    if (w->status) return;
    if (s.len == 0) {
        LIT(w, "{}");
        return;
    }
    const tkc_status st = tkc_json_parse(&w->args, s, NULL, &err);
    if (st == TKC_E_NOMEM) w->status = tkc_nomem(w->err);
    if (st)
        tkc_w_json_text(w, s);
    else
        tkc_w_json(w, (tkc_value){&w->args, 0}, NULL);
}

static void tools_and_settings(mistral *q)
{
    tkc_writer *w = q->w;
    const tkc_str effort = w->opt->reasoning_effort;
    if (w->chat->n_tool) {
        w->origin = TKC_ORIGIN_TOOLS;
        control(w, "[AVAILABLE_TOOLS]");
        LIT(w, "[");
        for (size_t i = 0; i < w->chat->n_tool; i++) {
            const tkc_value f = tkc_get(tkc_tool(w, i), "function");
            if (i) LIT(w, ", ");
            LIT(w, "{\"type\": \"function\", \"function\": {\"name\": ");
            tkc_w_json(w, tkc_get(f, "name"), NULL);
            LIT(w, ", \"description\": ");
            if (tkc_defined(tkc_get(f, "description")))
                tkc_w_json(w, tkc_get(f, "description"), NULL);
            else
                LIT(w, "\"\"");
            LIT(w, ", \"parameters\": ");
            tkc_w_json(w, tkc_get(f, "parameters"), NULL);
            LIT(w, "}}");
        }
        LIT(w, "]");
        control(w, "[/AVAILABLE_TOOLS]");
        w->origin = TKC_ORIGIN_FRAME;
    }
    if (q->version < 15) return;
    control(w, "[MODEL_SETTINGS]");
    LIT(w, "{\"reasoning_effort\": \"");
    if (effort.len)
        txt(w, effort);
    else
        LIT(w, "none");
    LIT(w, "\"}");
    control(w, "[/MODEL_SETTINGS]");
}

/* The texts that are not empty, with an empty line between. right: blanks to drop at the end. */
static void joined(tkc_writer *w, run r, tkc_chat_role only, bool right)
{
    const tkc_chat *c = w->chat;
    bool first = true;
    size_t last = r.from;
    for (size_t i = r.from; i < r.to; i++)
        if (c->message[i].role == only && c->message[i].content.len) last = i;
    for (size_t i = r.from; i < r.to; i++) {
        tkc_str s = c->message[i].content;
        if (c->message[i].role != only || s.len == 0) continue;
        w->origin = (ptrdiff_t)i;
        if (!first) LIT(w, "\n\n");
        first = false;
        txt(w, right && i == last ? tkc_strip_char(s, ' ', TKC_STRIP_RIGHT) : s);
    }
}

static void user(mistral *q, size_t at)
{
    tkc_writer *w = q->w;
    const run all = {0, w->chat->n_message, TKC_CHAT_SYSTEM};
    const bool first = at == q->first_user, last = at == q->last_user;
    bool prompt = false;
    if (q->version > 1 && (q->version >= 13 ? first : last)) tools_and_settings(q);
    w->origin = q->runs[at].to ? (ptrdiff_t)q->runs[at].from : TKC_ORIGIN_FRAME;
    if (q->version == 1)
        LIT(w, "[INST] ");
    else
        control(w, "[INST]");
    if (q->version < 7 && (q->version == 1 ? first : last)) {
        for (size_t i = 0; i < w->chat->n_message; i++)
            prompt = prompt || (w->chat->message[i].role == TKC_CHAT_SYSTEM &&
                                w->chat->message[i].content.len);
        joined(w, all, TKC_CHAT_SYSTEM, false);
        if (prompt) LIT(w, "\n\n");
    }
    joined(w, q->runs[at], TKC_CHAT_USER, false);
    if (q->version == 1) {
        LIT(w, " [/INST]");
        tkc_w_segment(w);
    } else {
        control(w, "[/INST]");
    }
}

static void one_call(mistral *q, const tkc_chat_call *c, bool first)
{
    tkc_writer *w = q->w;
    if (q->version >= 11) {
        control(w, "[TOOL_CALLS]");
        txt(w, c->name);
        if (q->version < 13) {
            control(w, "[CALL_ID]");
            txt(w, c->id);
        }
        control(w, "[ARGS]");
        json_or_text(w, c->arguments);
        tkc_w_segment(w);
        return;
    }
    if (!first) LIT(w, ", ");
    LIT(w, "{\"name\": ");
    tkc_w_json_text(w, c->name);
    LIT(w, ", \"arguments\": ");
    json_or_text(w, c->arguments);
    if (q->version >= 3) {
        LIT(w, ", \"id\": ");
        tkc_w_json_text(w, c->id);
    }
    LIT(w, "}");
}

/* From version 13 on reasoning stands between its own markers, before the text. */
static void thoughts(tkc_writer *w, run r)
{
    bool open = false;
    for (size_t i = r.from; i < r.to; i++) {
        const tkc_chat_message *m = &w->chat->message[i];
        w->origin = (ptrdiff_t)i;
        if (m->has_thinking) {
            control(w, "[THINK]");
            txt(w, m->thinking);
            control(w, "[/THINK]");
            open = false;
        }
        if (m->content.len == 0) continue;
        if (open) LIT(w, "\n\n");
        txt(w, m->content);
        open = true;
    }
    tkc_w_segment(w);
}

static void assistant(mistral *q, size_t at)
{
    tkc_writer *w = q->w;
    const run r = q->runs[at];
    size_t n_call = 0, content = 0;
    bool thinks = false, first = true;
    for (size_t i = r.from; i < r.to; i++) {
        n_call += w->chat->message[i].n_call;
        content += w->chat->message[i].content.len;
        thinks = thinks || (q->version >= 13 && w->chat->message[i].has_thinking);
    }
    w->origin = (ptrdiff_t)r.from;
    if ((!n_call && !content && !thinks) || (q->version < 7 && n_call && content) ||
        (q->version == 1 && n_call)) {
        tkc_w_refuse(w, r.from, "this assistant message cannot be written in this version");
        return;
    }
    if (q->version == 2 && n_call && q->last_user != SIZE_MAX && at < q->last_user) return;
    tkc_w_segment(w);
    if (thinks)
        thoughts(w, r);
    else
        joined(w, r, TKC_CHAT_ASSISTANT, q->version > 1);
    if (n_call && q->version < 11) {
        control(w, "[TOOL_CALLS]");
        LIT(w, "[");
    }
    for (size_t i = r.from; i < r.to; i++)
        for (size_t k = 0; k < w->chat->message[i].n_call; k++) {
            w->origin = (ptrdiff_t)i;
            one_call(q, &w->chat->message[i].call[k], first);
            first = false;
        }
    if (n_call && q->version < 11) LIT(w, "]");
    control(w, "</s>");
}

static void result(mistral *q, size_t i)
{
    tkc_writer *w = q->w;
    const tkc_chat_message *m = &w->chat->message[i];
    w->origin = (ptrdiff_t)i;
    control(w, "[TOOL_RESULTS]");
    if (q->version >= 13) {
        txt(w, m->content);
    } else if (q->version >= 7) {
        txt(w, m->call_id);
        control(w, "[TOOL_CONTENT]");
        txt(w, m->content);
    } else if (q->version == 3) {
        LIT(w, "{\"content\": ");
        json_or_text(w, m->content);
        LIT(w, ", \"call_id\": ");
        tkc_w_json_text(w, m->call_id);
        LIT(w, "}");
    } else {
        LIT(w, "[{\"name\": ");
        if (m->name.len)
            tkc_w_json_text(w, m->name);
        else
            LIT(w, "null");
        LIT(w, ", \"content\": ");
        json_or_text(w, m->content);
        LIT(w, "}]");
    }
    control(w, "[/TOOL_RESULTS]");
}

static int by_at(const void *a, const void *b)
{
    const tkc_id_entry *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* From version 11 on results stand in the order of their calls. */
static void in_call_order(mistral *q, run calls, run r)
{
    tkc_writer *w = q->w;
    const size_t n = r.to - r.from;
    tkc_id_entry *out = tkc_alloc(w->alloc, n, sizeof *out);
    tkc_ids ids;
    if (!out) {
        w->status = tkc_nomem(w->err);
        return;
    }
    if (tkc_ids_of(w, calls.from, calls.to, false, &ids)) {
        for (size_t i = 0; i < n; i++) {
            const size_t at = tkc_ids_last(&ids, w->chat->message[r.from + i].call_id);
            /* The message's index goes where the id was. */
            out[i].at = at == SIZE_MAX ? at : ids.entry[at].at;
            out[i].id = (tkc_str){NULL, r.from + i};
        }
        qsort(out, n, sizeof *out, by_at);
        for (size_t i = 0; i < n; i++) result(q, out[i].id.len);
        tkc_ids_release(&ids);
    }
    tkc_free(w->alloc, out, n, sizeof *out);
}

static void results(mistral *q, size_t at)
{
    tkc_writer *w = q->w;
    const run r = q->runs[at];
    if (q->version == 1) {
        tkc_w_refuse(w, r.from, "version 1 knows no tools");
        return;
    }
    if (q->version == 2 && q->last_user != SIZE_MAX && at < q->last_user) return;
    if (q->version >= 11 && at && r.to - r.from > 1) {
        in_call_order(q, q->runs[at - 1], r);
        return;
    }
    for (size_t i = r.from; i < r.to; i++) result(q, i);
}

static void render(tkc_writer *w, int version)
{
    mistral q = {.w = w, .version = version};
    const tkc_str effort = w->opt->reasoning_effort;
    if (version >= 11) w->markers = later;
    if (!check_request(&q)) return;
    if (version >= 15 && effort.len && !tkc_eq(effort, "none") && !tkc_eq(effort, "high")) {
        tkc_w_refuse(w, 0, "reasoning effort is none or high");
        return;
    }
    if (!find_runs(&q)) return;
    if (version == 2 && too_many_results(&q)) {
        tkc_w_refuse(w, 0, "version 2 takes one tool result for a turn");
    } else {
        control(w, "<s>");
        for (size_t i = 0; i < q.n_run && !w->status; i++) {
            if (q.runs[i].role == TKC_CHAT_USER) {
                user(&q, i);
            } else if (q.runs[i].role == TKC_CHAT_ASSISTANT) {
                assistant(&q, i);
            } else if (q.runs[i].role == TKC_CHAT_TOOL) {
                results(&q, i);
            } else {
                w->origin = (ptrdiff_t)q.runs[i].from;
                control(w, "[SYSTEM_PROMPT]");
                txt(w, w->chat->message[q.runs[i].from].content);
                control(w, "[/SYSTEM_PROMPT]");
            }
        }
    }
    tkc_free(w->alloc, q.runs, w->chat->n_message + 1, sizeof *q.runs);
}

void tkc_template_mistral_v1(tkc_writer *w)
{
    render(w, 1);
}

void tkc_template_mistral_v2(tkc_writer *w)
{
    render(w, 2);
}

void tkc_template_mistral_v3(tkc_writer *w)
{
    render(w, 3);
}

void tkc_template_mistral_v7(tkc_writer *w)
{
    render(w, 7);
}

void tkc_template_mistral_v11(tkc_writer *w)
{
    render(w, 11);
}

void tkc_template_mistral_v13(tkc_writer *w)
{
    render(w, 13);
}

void tkc_template_mistral_v15(tkc_writer *w)
{
    render(w, 15);
}
