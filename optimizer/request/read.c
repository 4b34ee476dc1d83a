/* read.c - parts, paths, turns and the messages of OpenAI's shape. */
#include "optimizer/request/read.h"

#include "vocab/base/ascii.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

/* As many as nodes can be. */
#define MOST_STEPS ((size_t)1 << 27)

static bool is_string(const tkc_rd *rd, uint32_t node)
{
    return tkc_rd_is_kind(rd, node, TKC_JSON_STRING);
}

bool tkc_rd_is_kind(const tkc_rd *rd, uint32_t node, tkc_json_kind k)
{
    return node != TKC_RD_NONE && tkc_json_kind_of(rd->doc, node) == k;
}

bool tkc_rd_true(const tkc_rd *rd, uint32_t node)
{
    return tkc_rd_is_kind(rd, node, TKC_JSON_TRUE);
}

bool tkc_rd_is(const tkc_rd *rd, uint32_t node, const char *s)
{
    return node != TKC_RD_NONE && tkc_json_is(rd->doc, node, s);
}

bool tkc_rd_begins(const tkc_json *doc, uint32_t node, const char *head)
{
    char text[100];
    const size_t n = node == TKC_RD_NONE ? 0 : tkc_json_head(doc, node, text, sizeof text);
    return tkc_behind_phrase((tkc_str){text, n < sizeof text ? n : sizeof text}, 0, head) > 0;
}

bool tkc_rd_ends(const tkc_json *doc, uint32_t node, const char *tail)
{
    char text[100];
    size_t n = strlen(tail), len = node == TKC_RD_NONE ? 0 : tkc_json_head(doc, node, text, sizeof text);
    return len >= n && len <= sizeof text && memcmp(text + len - n, tail, n) == 0;
}

uint32_t tkc_rd_get(const tkc_rd *rd, uint32_t object, const char *key)
{
    return tkc_json_get(rd->doc, object, key, NULL);
}

/* --- members ------------------------------------------------------------------------------ */

/* The index of a key in the table, n if it is not there. */
static size_t name_of(const tkc_rd *rd, uint32_t key, const tkc_name *name, size_t n)
{
    const tkc_json_node *k = &rd->doc->node[key];
    const char *s = rd->doc->text.ptr + k->begin + 1;
    size_t len = k->end - k->begin - 2;
    if (k->info & TKC_JSON_ESCAPED) {
        for (size_t i = 0; i < n; i++)
            if (tkc_json_is(rd->doc, key, name[i].s)) return i;
        return n;
    }
    for (size_t i = 0; i < n; i++)
        if (name[i].len == len && memcmp(name[i].s, s, len) == 0) return i;
    return n;
}

void tkc_rd_members(tkc_rd *rd, uint32_t object, const tkc_name *name, size_t n, uint32_t *slot)
{
    for (size_t i = 0; i < n; i++) slot[i] = TKC_RD_NONE;
    if (rd->st || !tkc_rd_is_kind(rd, object, TKC_JSON_OBJECT)) return;
    for (uint32_t k = tkc_json_first(rd->doc, object); k != TKC_JSON_NONE;
         k = tkc_json_next_member(rd->doc, object, k)) {
        size_t i = name_of(rd, k, name, n);
        if (i < n) slot[i] = tkc_json_value(rd->doc, k);
    }
}

void tkc_rd_rest(tkc_rd *rd, tkc_at at, uint32_t object, const tkc_name *name, size_t n,
                 const uint32_t *slot)
{
    if (!tkc_rd_is_kind(rd, object, TKC_JSON_OBJECT)) return;
    for (uint32_t k = tkc_json_first(rd->doc, object); !rd->st && k != TKC_JSON_NONE;
         k = tkc_json_next_member(rd->doc, object, k)) {
        uint32_t value = tkc_json_value(rd->doc, k);
        size_t i = name_of(rd, k, name, n);
        if (i < n && slot[i] == value) continue;
        tkc_rd_part(rd, tkc_rd_in(rd, at, value), TKC_PART_OTHER, value,
                    TKC_PART_PINNED | (i < n && slot[i] != TKC_RD_NONE ? TKC_PART_REPEATED : TKC_PART_UNKNOWN));
    }
}

/* --- paths -------------------------------------------------------------------------------- */

static uint32_t step(tkc_rd *rd, tkc_path_step s)
{
    tkc_request *r = rd->r;
    if (rd->st) return TKC_JSON_NONE;
    if (!tkc_grow(r->alloc, &r->step, &r->cap_step, r->n_step + 1, MOST_STEPS, sizeof *r->step)) {
        rd->st = tkc_nomem(rd->err);
        return TKC_JSON_NONE;
    }
    r->step[r->n_step] = s;
    return (uint32_t)r->n_step++;
}

tkc_at tkc_rd_in(tkc_rd *rd, tkc_at at, uint32_t value)
{
    at.path = step(rd, (tkc_path_step){.up = at.path, .key = value - 1});
    return at;
}

tkc_at tkc_rd_nth(tkc_rd *rd, tkc_at at, uint32_t index)
{
    at.path = step(rd, (tkc_path_step){.up = at.path, .key = TKC_JSON_NONE, .index = index});
    return at;
}

void tkc_rd_fail(tkc_rd *rd, tkc_at at, uint32_t node, const char *expected)
{
    tkc_request *r = rd->r;
    tkc_buf path;
    tkc_error ignored;
    char q[TKC_QUOTE_SIZE] = "";
    if (rd->st) return;
    /* The path is for the message only: it is left out where it cannot be made. */
    tkc_buf_init(&path, 120, r->alloc);
    if (!tkc_rd_path_text(r, at.path, &path, &ignored) && path.len)
        tkc_quote(q, path.ptr, path.len);
    tkc_buf_release(&path);
    rd->st = tkc_fail(rd->err, TKC_E_FORMAT, tkc_rd_byte(rd, node),
                      "%s request: %s is %s, expected %s", tkc_dialect_name(r->dialect),
                      q[0] ? q : "a value", tkc_json_kind_name(tkc_json_kind_of(rd->doc, node)),
                      expected);
}

/* --- parts -------------------------------------------------------------------------------- */

size_t tkc_rd_byte(const tkc_rd *rd, uint32_t node)
{
    return rd->r->n_span ? rd->r->span[node].begin : rd->doc->node[node].begin;
}

uint32_t tkc_rd_span(tkc_rd *rd, tkc_at at, tkc_part_kind kind, size_t begin, size_t end,
                     unsigned flags)
{
    tkc_request *r = rd->r;
    if (rd->st) return TKC_NO_PART;
    if (r->n_part >= r->max_parts) {
        rd->st = tkc_fail(rd->err, TKC_E_LIMIT, begin,
                          "more than %zu parts in a request, the limit here", r->max_parts);
        return TKC_NO_PART;
    }
    if (!tkc_grow(r->alloc, &r->part, &r->cap_part, r->n_part + 1, r->max_parts,
                  sizeof *r->part)) {
        rd->st = tkc_nomem(rd->err);
        return TKC_NO_PART;
    }
    if (rd->is_tool_result && kind == TKC_PART_TEXT) kind = TKC_PART_TOOL_RESULT;
    /* A call must stay the one its result answers, thinking is signed, media are no text. */
    if (kind != TKC_PART_TEXT && kind != TKC_PART_TOOL_SCHEMA && kind != TKC_PART_TOOL_RESULT)
        flags |= TKC_PART_PINNED;
    r->part[r->n_part] = (tkc_part){
        .kind = (uint8_t)kind,
        .role = (uint8_t)at.role,
        .flags = (uint16_t)(flags | (rd->is_tool_result ? rd->result_flags : 0)),
        .node = TKC_JSON_NONE,
        .path = at.path,
        .turn = at.turn,
        .call = TKC_NO_PART,
        .id = rd->is_tool_result ? rd->result_id : TKC_JSON_NONE,
        .begin = begin,
        .end = end,
    };
    return (uint32_t)r->n_part++;
}

uint32_t tkc_rd_part(tkc_rd *rd, tkc_at at, tkc_part_kind kind, uint32_t node, unsigned flags)
{
    size_t begin = rd->doc->node[node].begin, end = rd->doc->node[node].end;
    uint32_t part;
    if (rd->r->n_span) {
        begin = rd->r->span[node].begin;
        end = rd->r->span[node].end;
    }
    part = tkc_rd_span(rd, at, kind, begin, end, flags);
    if (!rd->st) rd->r->part[part].node = node;
    return part;
}

void tkc_rd_other(tkc_rd *rd, tkc_at at, uint32_t value, unsigned flags)
{
    if (rd->st || value == TKC_RD_NONE || tkc_rd_is_kind(rd, value, TKC_JSON_NULL)) return;
    tkc_rd_part(rd, tkc_rd_in(rd, at, value), TKC_PART_OTHER, value, flags);
}

void tkc_rd_unknown(tkc_rd *rd, tkc_at at, uint32_t node)
{
    tkc_rd_part(rd, at, rd->is_tool_result ? TKC_PART_TOOL_RESULT : TKC_PART_OTHER, node,
                TKC_PART_UNKNOWN | TKC_PART_PINNED);
}

void tkc_rd_text(tkc_rd *rd, tkc_at at, tkc_part_kind kind, uint32_t value, unsigned flags)
{
    if (rd->st || value == TKC_RD_NONE || tkc_rd_is_kind(rd, value, TKC_JSON_NULL)) return;
    at = tkc_rd_in(rd, at, value);
    if (is_string(rd, value))
        tkc_rd_part(rd, at, kind, value, flags);
    else
        tkc_rd_unknown(rd, at, value);
}

uint32_t tkc_rd_turn(tkc_rd *rd, tkc_role role, uint32_t node)
{
    tkc_request *r = rd->r;
    if (rd->st) return TKC_NO_TURN;
    if (!tkc_grow(r->alloc, &r->turn, &r->cap_turn, r->n_turn + 1, r->max_parts,
                  sizeof *r->turn)) {
        rd->st = r->n_turn >= r->max_parts
                     ? tkc_fail(rd->err, TKC_E_LIMIT,
                                node == TKC_JSON_NONE ? 0 : tkc_rd_byte(rd, node),
                                "more than %zu messages in a request, the limit here",
                                r->max_parts)
                     : tkc_nomem(rd->err);
        return TKC_NO_TURN;
    }
    r->turn[r->n_turn] =
        (tkc_turn){.role = (uint8_t)role, .node = node, .first = (uint32_t)r->n_part};
    return (uint32_t)r->n_turn++;
}

uint32_t tkc_rd_message_turn(tkc_rd *rd, tkc_at *at, uint32_t message, uint32_t role)
{
    at->role = tkc_rd_role(rd, role);
    at->turn = tkc_rd_turn(rd, at->role, message);
    if (at->role == TKC_ROLE_NONE && role != TKC_RD_NONE) tkc_rd_unknown(rd, tkc_rd_in(rd, *at, role), role);
    return at->turn;
}

void tkc_rd_turn_end(tkc_rd *rd, uint32_t turn)
{
    if (!rd->st) rd->r->turn[turn].n = (uint32_t)rd->r->n_part - rd->r->turn[turn].first;
}

void tkc_rd_cache_mark(tkc_rd *rd, uint32_t cache_control)
{
    tkc_request *r = rd->r;
    if (rd->st || !tkc_rd_is_kind(rd, cache_control, TKC_JSON_OBJECT) || !r->n_part) return;
    r->part[r->n_part - 1].flags |= TKC_PART_CACHE;
    if (tkc_rd_is(rd, tkc_rd_get(rd, cache_control, "ttl"), "1h"))
        r->part[r->n_part - 1].flags |= TKC_PART_CACHE_1H;
}

tkc_rd tkc_rd_result_begin(tkc_rd *rd, uint32_t id, unsigned flags)
{
    tkc_rd before = *rd;
    rd->is_tool_result = true;
    rd->result_id = is_string(rd, id) ? id : TKC_RD_NONE;
    rd->result_flags = (uint16_t)flags;
    return before;
}

void tkc_rd_result_end(tkc_rd *rd, const tkc_rd *before)
{
    rd->is_tool_result = before->is_tool_result;
    rd->result_id = before->result_id;
    rd->result_flags = before->result_flags;
}

void tkc_rd_tools(tkc_rd *rd, tkc_at at, uint32_t tools)
{
    uint32_t index = 0;
    if (rd->st || tools == TKC_RD_NONE || tkc_rd_is_kind(rd, tools, TKC_JSON_NULL)) return;
    at = tkc_rd_in(rd, at, tools);
    at.role = TKC_ROLE_NONE;
    at.turn = TKC_NO_TURN;
    if (!tkc_rd_is_kind(rd, tools, TKC_JSON_ARRAY)) {
        tkc_rd_fail(rd, at, tools, "an array of tools");
        return;
    }
    for (uint32_t t = tkc_json_first(rd->doc, tools); !rd->st && t != TKC_JSON_NONE;
         t = tkc_json_next(rd->doc, tools, t), index++) {
        tkc_at here = tkc_rd_nth(rd, at, index);
        uint32_t cache = tkc_rd_get(rd, t, "cache_control");
        if (tkc_rd_is_kind(rd, t, TKC_JSON_OBJECT))
            tkc_rd_part(rd, here, TKC_PART_TOOL_SCHEMA, t, 0);
        else
            tkc_rd_unknown(rd, here, t);
        tkc_rd_cache_mark(rd, cache);
    }
}

/* --- roles -------------------------------------------------------------------------------- */

tkc_role tkc_rd_role(const tkc_rd *rd, uint32_t node)
{
    static const struct {
        const char *name;
        tkc_role role;
    } word[] = {{"user", TKC_ROLE_USER},         {"assistant", TKC_ROLE_ASSISTANT},
                {"system", TKC_ROLE_SYSTEM},     {"tool", TKC_ROLE_TOOL},
                {"developer", TKC_ROLE_DEVELOPER}, {"function", TKC_ROLE_TOOL},
                {"model", TKC_ROLE_ASSISTANT},   {"ai", TKC_ROLE_ASSISTANT},
                {"human", TKC_ROLE_USER},        {"User", TKC_ROLE_USER},
                {"Chatbot", TKC_ROLE_ASSISTANT}, {"System", TKC_ROLE_SYSTEM},
                {"Tool", TKC_ROLE_TOOL},         {"USER", TKC_ROLE_USER},
                {"CHATBOT", TKC_ROLE_ASSISTANT}, {"SYSTEM", TKC_ROLE_SYSTEM},
                {"TOOL", TKC_ROLE_TOOL}};
    if (!is_string(rd, node)) return TKC_ROLE_NONE;
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (tkc_json_is(rd->doc, node, word[i].name)) return word[i].role;
    return TKC_ROLE_NONE;
}

/* --- messages of OpenAI's shape ----------------------------------------------------------- */

bool tkc_rd_need_array(tkc_rd *rd, tkc_at at, uint32_t node, const char *name)
{
    if (rd->st) return false;
    if (node == TKC_RD_NONE) {
        rd->st = tkc_fail(rd->err, TKC_E_FORMAT, tkc_rd_byte(rd, rd->r->body),
                          "%s request without \"%s\"", tkc_dialect_name(rd->r->dialect), name);
        return false;
    }
    if (tkc_rd_is_kind(rd, node, TKC_JSON_ARRAY)) return true;
    tkc_rd_fail(rd, node == rd->r->body ? at : tkc_rd_in(rd, at, node), node, "an array");
    return false;
}

uint32_t tkc_rd_leading(const tkc_rd *rd, uint32_t messages)
{
    uint32_t n = 0;
    for (uint32_t m = tkc_json_first(rd->doc, messages); m != TKC_JSON_NONE;
         m = tkc_json_next(rd->doc, messages, m), n++) {
        tkc_role role = tkc_rd_role(rd, tkc_rd_get(rd, m, "role"));
        if (role != TKC_ROLE_SYSTEM && role != TKC_ROLE_DEVELOPER) break;
    }
    return n;
}

static void content(tkc_rd *rd, const tkc_rd_chat *chat, tkc_at at, uint32_t value)
{
    uint32_t index = 0;
    if (value == TKC_RD_NONE || tkc_rd_is_kind(rd, value, TKC_JSON_NULL)) return;
    if (!tkc_rd_is_kind(rd, value, TKC_JSON_ARRAY)) {
        tkc_rd_text(rd, at, TKC_PART_TEXT, value, 0);
        return;
    }
    at = tkc_rd_in(rd, at, value);
    for (uint32_t b = tkc_json_first(rd->doc, value); !rd->st && b != TKC_JSON_NONE;
         b = tkc_json_next(rd->doc, value, b), index++) {
        tkc_at here = tkc_rd_nth(rd, at, index);
        if (is_string(rd, b))
            tkc_rd_part(rd, here, TKC_PART_TEXT, b, 0);
        else if (tkc_rd_is_kind(rd, b, TKC_JSON_OBJECT))
            chat->block(rd, here, b);
        else
            tkc_rd_unknown(rd, here, b);
    }
}

static void tool_calls(tkc_rd *rd, tkc_at at, uint32_t calls)
{
    uint32_t index = 0;
    if (calls == TKC_RD_NONE || tkc_rd_is_kind(rd, calls, TKC_JSON_NULL)) return;
    at = tkc_rd_in(rd, at, calls);
    if (!tkc_rd_is_kind(rd, calls, TKC_JSON_ARRAY)) {
        tkc_rd_unknown(rd, at, calls);
        return;
    }
    for (uint32_t c = tkc_json_first(rd->doc, calls); !rd->st && c != TKC_JSON_NONE;
         c = tkc_json_next(rd->doc, calls, c), index++) {
        tkc_at here = tkc_rd_nth(rd, at, index);
        uint32_t id = tkc_rd_get(rd, c, "id"), part;
        if (!tkc_rd_is_kind(rd, c, TKC_JSON_OBJECT)) {
            tkc_rd_unknown(rd, here, c);
            continue;
        }
        part = tkc_rd_part(rd, here, TKC_PART_TOOL_CALL, c, 0);
        if (!rd->st && is_string(rd, id)) rd->r->part[part].id = id;
    }
}

/* The parts of one message, in the order templates put them: name, thinking, plan, content,
 * calls. */
static void message(tkc_rd *rd, const tkc_rd_chat *chat, tkc_at at, uint32_t node)
{
    uint32_t slot[40], turn, part;
    size_t n_before;
    tkc_rd before = *rd;
    bool result;
    tkc_rd_members(rd, node, chat->name, chat->n_name, slot);
    turn = tkc_rd_message_turn(rd, &at, node, slot[TKC_CHAT_ROLE]);
    tkc_rd_text(rd, at, TKC_PART_OTHER, slot[TKC_CHAT_NAME], TKC_PART_NAME);
    tkc_rd_text(rd, at, TKC_PART_THINKING, slot[TKC_CHAT_THINKING_A], 0);
    tkc_rd_text(rd, at, TKC_PART_THINKING, slot[TKC_CHAT_THINKING_B], 0);
    tkc_rd_text(rd, at, TKC_PART_TEXT, slot[TKC_CHAT_PLAN], 0);
    result = at.role == TKC_ROLE_TOOL;
    if (result) {
        /* A "function" message has the function's name where a "tool" message has an id. */
        bool by_name = slot[TKC_CHAT_TOOL_CALL_ID] == TKC_RD_NONE;
        before = tkc_rd_result_begin(
            rd, by_name ? slot[TKC_CHAT_NAME] : slot[TKC_CHAT_TOOL_CALL_ID],
            by_name ? TKC_PART_BY_NAME : 0);
    }
    n_before = rd->r->n_part;
    content(rd, chat, at, slot[TKC_CHAT_CONTENT]);
    if (result) {
        /* An empty result is still one. It stands for a value of the message that is no part
         * itself; the message is, for its name is one. */
        if (!rd->st && rd->r->n_part == n_before)
            tkc_rd_part(rd, at, TKC_PART_TOOL_RESULT,
                        slot[slot[TKC_CHAT_CONTENT] != TKC_RD_NONE ? TKC_CHAT_CONTENT : TKC_CHAT_ROLE],
                        TKC_PART_OPAQUE);
        tkc_rd_result_end(rd, &before);
    }
    tkc_rd_text(rd, at, TKC_PART_TEXT, slot[TKC_CHAT_REFUSAL], 0);
    if (slot[TKC_CHAT_AUDIO] != TKC_RD_NONE &&
        !tkc_rd_is_kind(rd, slot[TKC_CHAT_AUDIO], TKC_JSON_NULL))
        tkc_rd_part(rd, tkc_rd_in(rd, at, slot[TKC_CHAT_AUDIO]), TKC_PART_AUDIO,
                    slot[TKC_CHAT_AUDIO], TKC_PART_OPAQUE);
    tool_calls(rd, at, slot[TKC_CHAT_TOOL_CALLS]);
    if (tkc_rd_is_kind(rd, slot[TKC_CHAT_FUNCTION_CALL], TKC_JSON_OBJECT)) {
        uint32_t call = slot[TKC_CHAT_FUNCTION_CALL], name = tkc_rd_get(rd, call, "name");
        part = tkc_rd_part(rd, tkc_rd_in(rd, at, call), TKC_PART_TOOL_CALL, call,
                           TKC_PART_BY_NAME);
        if (!rd->st && is_string(rd, name)) rd->r->part[part].id = name;
    } else if (slot[TKC_CHAT_FUNCTION_CALL] != TKC_RD_NONE &&
               !tkc_rd_is_kind(rd, slot[TKC_CHAT_FUNCTION_CALL], TKC_JSON_NULL)) {
        tkc_rd_unknown(rd, tkc_rd_in(rd, at, slot[TKC_CHAT_FUNCTION_CALL]),
                       slot[TKC_CHAT_FUNCTION_CALL]);
    }
    tkc_rd_rest(rd, at, node, chat->name, chat->n_name, slot);
    tkc_rd_cache_mark(rd, slot[TKC_CHAT_CACHE]);
    tkc_rd_turn_end(rd, turn);
}

void tkc_rd_each_message(tkc_rd *rd, tkc_at at, uint32_t list, tkc_rd_content_fn each)
{
    uint32_t index = 0;
    for (uint32_t m = tkc_json_first(rd->doc, list); !rd->st && m != TKC_JSON_NONE;
         m = tkc_json_next(rd->doc, list, m), index++) {
        tkc_at here = tkc_rd_nth(rd, at, index);
        if (tkc_rd_is_kind(rd, m, TKC_JSON_OBJECT))
            each(rd, here, m);
        else
            tkc_rd_fail(rd, here, m, "an object with role and content");
    }
}

void tkc_rd_messages(tkc_rd *rd, const tkc_rd_chat *chat, tkc_at at, uint32_t messages,
                     uint32_t from, uint32_t to)
{
    uint32_t index = 0;
    for (uint32_t m = tkc_json_first(rd->doc, messages); !rd->st && m != TKC_JSON_NONE && index < to;
         m = tkc_json_next(rd->doc, messages, m), index++) {
        tkc_at here;
        if (index < from) continue;
        here = tkc_rd_nth(rd, at, index);
        if (!tkc_rd_is_kind(rd, m, TKC_JSON_OBJECT))
            tkc_rd_fail(rd, here, m, "an object with role and content");
        else
            message(rd, chat, here, m);
    }
}
