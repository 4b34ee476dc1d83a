/*
 * by_template.c - open models: the conversation rendered by its chat template and
 * encoded as a whole, so that merges across a marker are right.
 *
 * Taken: text messages, thinking, function calls and their results, function tools. Anything
 * else in the request (images, unknown fields, tools where the template has no place for them) leaves the
 * count to the other rules. A
 * message of several texts is their texts one after the other with a newline between, as
 * servers that want a string make it; the count is then an estimate.
 *
 * A template has switches. Those that the request sets by the template's own names
 * (chat_template_kwargs) are set. Those of a provider (thinking, reasoning) are its server's to
 * make something of: the count is exact where it is the same whatever comes of them, else it
 * goes from the least to the most.
 */
#include "optimizer/count/count_impl.h"

#include "optimizer/templates/tojson.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

/* Slices of k->text by offset while it grows. */
typedef struct slice {
    size_t at, len;
} slice;

typedef struct draft {
    tkc_chat_role role;
    bool has_content, has_thinking, several;
    slice content, thinking, call_id, name;
    size_t first_call, n_call;
} draft;

typedef struct draft_call {
    slice id, name, arguments;
} draft_call;

typedef struct building {
    tkc_counting *k;
    draft *d;
    size_t n, cap;
    draft_call *call;
    size_t n_call, cap_call;
    tkc_chat_message *message;
    tkc_chat_call *chat_call;
    tkc_chat_tool *tool;
    size_t n_tool, cap_tool;
    bool fits;    /* nothing that a template does not take */
    bool adapted; /* something that servers bring into the template's form first */
    tkc_thinking thinking; /* what the request tells the template, or its server */
    slice effort;
    bool by_server;
    int64_t spelled; /* what reading the control tokens that the conversation spells as such adds: -5 */
    uint64_t low, high;
} building;

#define MOST ((size_t)1 << 22)

static slice keep(tkc_counting *k, tkc_str s)
{
    slice out = {k->text.len, s.len};
    if (!k->st) k->st = tkc_buf_append(&k->text, s.ptr, s.len, k->err);
    return out;
}

static slice keep_node(tkc_counting *k, uint32_t node)
{
    slice out;
    tkc_str s;
    tkc_buf_clear(&k->scratch);
    s = tkc_cr_string(k, node);
    out = keep(k, s);
    tkc_buf_clear(&k->scratch);
    return out;
}

static bool grow(tkc_counting *k, void *array, size_t *cap, size_t need, size_t size)
{
    if (k->st) return false;
    if (tkc_grow(k->alloc, array, cap, need, MOST, size)) return true;
    k->st = tkc_nomem(k->err);
    return false;
}

static tkc_chat_role role_of(tkc_role role, bool *fits)
{
    switch (role) {
    case TKC_ROLE_SYSTEM: return TKC_CHAT_SYSTEM;
    case TKC_ROLE_DEVELOPER: return TKC_CHAT_DEVELOPER;
    case TKC_ROLE_USER: return TKC_CHAT_USER;
    case TKC_ROLE_ASSISTANT: return TKC_CHAT_ASSISTANT;
    case TKC_ROLE_TOOL: return TKC_CHAT_TOOL;
    default: *fits = false; return TKC_CHAT_USER;
    }
}

static draft *add_message(building *b, tkc_role role)
{
    draft *d;
    if (!grow(b->k, &b->d, &b->cap, b->n + 1, sizeof *b->d)) return NULL;
    d = &b->d[b->n++];
    memset(d, 0, sizeof *d);
    d->role = role_of(role, &b->fits);
    d->first_call = b->n_call;
    return d;
}

/* Text behind what the message has; parts of one message follow each other. */
static void add_text(building *b, draft *d, size_t part, bool thinking)
{
    tkc_counting *k = b->k;
    slice *into = thinking ? &d->thinking : &d->content;
    bool *has = thinking ? &d->has_thinking : &d->has_content;
    tkc_str s = {NULL, 0};
    slice more;
    tkc_buf_clear(&k->scratch);
    if (!k->st) k->st = tkc_part_text(k->r, part, &k->scratch, &s, k->err);
    if (*has) {
        b->adapted = true;
        /* Only what stands at the end of the buffer can grow. */
        if (into->at + into->len != k->text.len) {
            b->fits = false;
            return;
        }
        (void)keep(k, (tkc_str){"\n", 1});
        into->len++;
    }
    more = keep(k, s);
    if (!*has) into->at = more.at;
    into->len += more.len;
    *has = true;
}

static void add_call(building *b, draft *d, uint32_t node)
{
    tkc_counting *k = b->k;
    uint32_t f = tkc_cr_function(k, node), arguments = tkc_cr_get(k, f, "arguments");
    draft_call c;
    if (d->role != TKC_CHAT_ASSISTANT || arguments == TKC_JSON_NONE ||
        tkc_json_kind_of(k->doc, arguments) != TKC_JSON_STRING) {
        b->fits = false;
        return;
    }
    if (!grow(k, &b->call, &b->cap_call, b->n_call + 1, sizeof *b->call)) return;
    c.id = keep_node(k, tkc_cr_get(k, node, "id"));
    c.name = keep_node(k, tkc_cr_get(k, f, "name"));
    c.arguments = keep_node(k, arguments);
    /* what is no object, servers refuse or make one of */
    if (!c.arguments.len || k->st || k->text.ptr[c.arguments.at] != '{') b->adapted = true;
    b->call[b->n_call++] = c;
    d->n_call++;
}

/* Cohere's plan in front of its calls: what its templates think there. */
static bool is_plan(const tkc_counting *k, const tkc_part *p)
{
    return k->r->dialect == TKC_DIALECT_COHERE && p->node != TKC_JSON_NONE && p->node &&
           p->role == TKC_ROLE_ASSISTANT && tkc_json_kind_of(k->doc, p->node - 1) == TKC_JSON_STRING &&
           tkc_json_is(k->doc, p->node - 1, "tool_plan");
}

static void add_part(building *b, draft *d, size_t i)
{
    const tkc_part *p = &b->k->r->part[i];
    if (p->flags & (TKC_PART_OPAQUE | TKC_PART_UNKNOWN | TKC_PART_SERVER)) {
        b->fits = false;
        return;
    }
    if (p->flags & TKC_PART_REPEATED) return;
    switch ((tkc_part_kind)p->kind) {
    case TKC_PART_TEXT:
    case TKC_PART_TOOL_RESULT:
        if (p->node != TKC_JSON_NONE && tkc_json_kind_of(b->k->doc, p->node) != TKC_JSON_STRING)
            b->fits = false;
        else
            add_text(b, d, i, is_plan(b->k, p));
        break;
    case TKC_PART_THINKING: add_text(b, d, i, true); break;
    case TKC_PART_TOOL_CALL: add_call(b, d, p->node); break;
    case TKC_PART_OTHER:
        if (p->flags & TKC_PART_NAME && d->role == TKC_CHAT_TOOL)
            d->name = keep_node(b->k, p->node);
        else
            b->fits = false;
        break;
    default: b->fits = false;
    }
}

static void add_tool(building *b, const tkc_part *p)
{
    uint32_t f = tkc_cr_get(b->k, p->node, "function");
    if ((p->flags & (TKC_PART_OUTPUT | TKC_PART_SERVER)) || f == TKC_JSON_NONE) {
        b->fits = false;
        return;
    }
    if (!grow(b->k, &b->tool, &b->cap_tool, b->n_tool + 1, sizeof *b->tool)) return;
    b->tool[b->n_tool++] = (tkc_chat_tool){b->k->doc, p->node};
}

static void build(building *b)
{
    const tkc_request *r = b->k->r;
    draft *d = NULL;
    uint32_t turn = TKC_NO_TURN;
    bool any = false;
    for (size_t i = 0; !b->k->st && b->fits && i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        if (p->kind == TKC_PART_TOOL_SCHEMA) {
            add_tool(b, p);
            continue;
        }
        if (!any || p->turn != turn) {
            d = add_message(b, (tkc_role)p->role);
            if (!d) return;
            turn = p->turn;
            any = true;
        }
        /* the result has it, which a name may stand in front of */
        if (d->role == TKC_CHAT_TOOL && p->id != TKC_JSON_NONE && !(p->flags & TKC_PART_BY_NAME) && !d->call_id.len)
            d->call_id = keep_node(b->k, p->id);
        add_part(b, d, i);
    }
    for (size_t i = 0; i < r->n_turn; i++)
        if (!r->turn[i].n) b->fits = false; /* a message that holds nothing */
}

/* --- what the request tells the template ------------------------------------------------- */

/* A member that is there and not null. */
static uint32_t member(const tkc_counting *k, uint32_t object, const char *key)
{
    const uint32_t v = k->doc->n_node ? tkc_cr_get(k, object, key) : TKC_JSON_NONE;
    return v != TKC_JSON_NONE && tkc_json_kind_of(k->doc, v) == TKC_JSON_NULL ? TKC_JSON_NONE : v;
}

/* A member that is there and not null, false or empty. */
static bool is_set(const tkc_counting *k, uint32_t object, const char *key)
{
    const uint32_t v = member(k, object, key);
    const tkc_json_kind kind = v == TKC_JSON_NONE ? TKC_JSON_NULL : tkc_json_kind_of(k->doc, v);
    if (kind == TKC_JSON_ARRAY) return tkc_json_count(k->doc, v) > 0;
    return kind != TKC_JSON_NULL && kind != TKC_JSON_FALSE;
}

static void tell_thinking(building *b, bool on)
{
    const tkc_thinking v = on ? TKC_THINKING_ON : TKC_THINKING_OFF;
    if (b->thinking != TKC_THINKING_UNSET && b->thinking != v) b->fits = false;
    b->thinking = v;
}

/* The name that a template has for its switch. DeepSeek's encoder for V4 is no template: what
 * comes of either name there is its server's business. */
static const char *thinking_name(const tkc_template *t)
{
    if (strcmp(t->name, "deepseek-v4") == 0) return "";
    return strcmp(t->name, "deepseek-v3.1") == 0 || strcmp(t->name, "kimi-k2.5") == 0
               ? "thinking"
               : "enable_thinking";
}

/* chat_template_kwargs of vLLM and SGLang: the template's variables. True: they say whether
 * to think. */
static bool read_kwargs(building *b, uint32_t object, const tkc_template *t)
{
    const tkc_json *d = b->k->doc;
    const uint32_t kwargs = member(b->k, object, "chat_template_kwargs");
    bool said = false;
    if (kwargs == TKC_JSON_NONE) return false;
    if (tkc_json_kind_of(d, kwargs) != TKC_JSON_OBJECT) {
        b->fits = false;
        return false;
    }
    for (uint32_t i = tkc_json_first(d, kwargs); i != TKC_JSON_NONE;
         i = tkc_json_next_member(d, kwargs, i)) {
        const uint32_t v = tkc_json_value(d, i);
        const tkc_json_kind kind = tkc_json_kind_of(d, v);
        const bool on = kind == TKC_JSON_TRUE;
        if ((tkc_json_is(d, i, "enable_thinking") || tkc_json_is(d, i, "thinking")) &&
            (on || kind == TKC_JSON_FALSE)) {
            if (!*thinking_name(t)) b->by_server = true;
            if (*thinking_name(t) && !tkc_json_is(d, i, thinking_name(t))) continue; /* of another template */
            tell_thinking(b, on);
            said = true;
        } else if (tkc_json_is(d, i, "reasoning_effort") && kind == TKC_JSON_STRING) {
            b->effort = keep_node(b->k, v);
        } else {
            b->fits = false;
        }
    }
    return said;
}

/* "none" is an effort that switches thinking off. */
static void tell_effort(building *b, uint32_t effort)
{
    if (effort == TKC_JSON_NONE) return;
    b->by_server = true;
    if (tkc_json_kind_of(b->k->doc, effort) != TKC_JSON_STRING) return;
    tell_thinking(b, !tkc_json_is(b->k->doc, effort, "none"));
    b->effort = keep_node(b->k, effort);
}

/* The switches of providers: reasoning_effort, reasoning (OpenRouter), thinking (DeepSeek, GLM,
 * Kimi, Anthropic's shape), enable_thinking (DashScope). */
static void read_switches(building *b, uint32_t object)
{
    tkc_counting *k = b->k;
    const uint32_t thinking = member(k, object, "thinking"), reasoning = member(k, object, "reasoning");
    const uint32_t enable = member(k, object, "enable_thinking");
    tell_effort(b, member(k, object, "reasoning_effort"));
    if (reasoning != TKC_JSON_NONE) {
        b->by_server = true;
        tell_effort(b, member(k, reasoning, "effort"));
    }
    if (thinking != TKC_JSON_NONE) {
        const uint32_t type = member(k, thinking, "type");
        b->by_server = true;
        if (type != TKC_JSON_NONE) tell_thinking(b, !tkc_json_is(k->doc, type, "disabled"));
    }
    if (enable != TKC_JSON_NONE) {
        b->by_server = true;
        tell_thinking(b, tkc_json_kind_of(k->doc, enable) == TKC_JSON_TRUE);
    }
}

bool tkc_cr_server_text(const tkc_counting *k)
{
    static const char *const brings_text[] = {"safe_prompt", "prompt_mode", "web_search_options", "plugins",
                                              "transforms"};
    const uint32_t object[] = {k->r->body, member(k, k->r->body, "extra_body")};
    for (size_t i = 0; i < sizeof object / sizeof *object; i++)
        for (size_t j = 0; j < sizeof brings_text / sizeof *brings_text; j++)
            if (is_set(k, object[i], brings_text[j])) return true;
    return false;
}

static void read_settings(building *b, const tkc_template *t)
{
    tkc_counting *k = b->k;
    const uint32_t object[] = {k->r->body, member(k, k->r->body, "extra_body")};
    bool said = false;
    for (size_t i = 0; i < sizeof object / sizeof *object; i++)
        if (read_kwargs(b, object[i], t)) said = true;
    if (tkc_cr_server_text(k)) b->fits = false;
    for (size_t i = 0; i < sizeof object / sizeof *object && !said; i++) read_switches(b, object[i]);
    for (size_t i = 0; i < k->r->n_turn; i++) {
        const uint32_t m = k->r->turn[i].node, role = member(k, m, "role");
        /* the answer goes on with it: no end of its turn, no new one */
        if (is_set(k, m, "prefix")) b->fits = false;
        /* calls as they were before tools */
        if (is_set(k, m, "function_call") || (role != TKC_JSON_NONE && tkc_json_is(k->doc, role, "function")))
            b->adapted = true;
    }
}

/* --- rendering --------------------------------------------------------------------------- */

static tkc_str str(const tkc_counting *k, slice s)
{
    return (tkc_str){s.len ? k->text.ptr + s.at : "", s.len};
}

static bool finish(building *b)
{
    tkc_counting *k = b->k;
    b->message = tkc_alloc_zero(k->alloc, b->n, sizeof *b->message);
    if (b->n_call) b->chat_call = tkc_alloc_zero(k->alloc, b->n_call, sizeof *b->chat_call);
    if (!b->message || (b->n_call && !b->chat_call)) {
        k->st = tkc_nomem(k->err);
        return false;
    }
    for (size_t i = 0; i < b->n_call; i++)
        b->chat_call[i] = (tkc_chat_call){.id = str(k, b->call[i].id),
                                          .name = str(k, b->call[i].name),
                                          .arguments = str(k, b->call[i].arguments)};
    for (size_t i = 0; i < b->n; i++) {
        const draft *d = &b->d[i];
        /* null, with a thought beside it: an empty text for vLLM, nothing at all for some templates */
        if (!d->has_content && !d->n_call) b->adapted = true;
        b->message[i] = (tkc_chat_message){.role = d->role,
                                           .has_content = d->has_content || !d->n_call,
                                           .has_thinking = d->has_thinking,
                                           .content = str(k, d->content),
                                           .thinking = str(k, d->thinking),
                                           .call = d->n_call ? b->chat_call + d->first_call : NULL,
                                           .n_call = d->n_call,
                                           .call_id = str(k, d->call_id),
                                           .name = str(k, d->name)};
    }
    return true;
}

/* Each part's own count, and the rest as framing. */
static void share_out(tkc_counting *k, uint64_t all, uint64_t low, uint64_t high, tkc_class cls)
{
    uint64_t parts = 0;
    for (size_t i = 0; !k->st && i < k->r->n_part; i++) {
        const tkc_part *p = &k->r->part[i];
        tkc_str s = {NULL, 0};
        if (p->flags & TKC_PART_REPEATED) continue;
        tkc_buf_clear(&k->scratch);
        if (p->kind == TKC_PART_TOOL_SCHEMA || p->kind == TKC_PART_TOOL_CALL)
            s = tkc_json_source(k->doc, tkc_cr_function(k, p->node));
        else
            k->st = tkc_part_text(k->r, i, &k->scratch, &s, k->err);
        tkc_cr_set(k, i, tkc_cr_count(k, s));
        k->c->part[i].cls = cls;
        parts += k->c->part[i].tokens;
    }
    tkc_cr_frame(k, (int64_t)low - (int64_t)parts, (int64_t)all - (int64_t)parts,
                 (int64_t)high - (int64_t)parts);
}

/* Some owners' templates pass over tools in silence. Whoever serves such a model with tools writes them in some other
 * way, and a count without them would be of another request. */
static bool has_tools(const tkc_rendered *out)
{
    const ptrdiff_t *origin;
    size_t n;
    (void)tkc_rendered_spans(out, &origin, &n);
    for (size_t i = 0; i < n; i++)
        if (origin[i] == TKC_ORIGIN_TOOLS) return true;
    return false;
}

static bool by_mistral(const tkc_template *t)
{
    return strncmp(t->name, "mistral-", 8) == 0;
}

/* Those of all templates' vocabularies begin with one of three characters, but for GLM's switch. */
static bool may_spell_control(tkc_str s)
{
    static const char own[] = "/nothink";
    const char *const end = s.ptr + s.len;
    if (!s.len) return false;
    for (const char *p = s.ptr; (p = memchr(p, own[0], (size_t)(end - p))) != NULL; p++)
        if ((size_t)(end - p) >= sizeof own - 1 && memcmp(p, own, sizeof own - 1) == 0) return true;
    return memchr(s.ptr, '<', s.len) || memchr(s.ptr, '[', s.len) || memchr(s.ptr, ']', s.len);
}

/* The arguments of a call are the string that was sent. */
static bool as_sent(const tkc_template *t)
{
    return strncmp(t->name, "deepseek-", 9) == 0 && strcmp(t->name, "deepseek-v4") != 0;
}

/* What the conversation spells of control tokens is text here, and for mistral-common. Servers of most models encode
 * the rendered text as a whole, and there "<|im_end|>" in a tool's result is the marker. */
static int64_t spelled(tkc_counting *k, const tkc_template *t, const tkc_rendered *out)
{
    const tkc_span *span;
    size_t n, as_text = 0, as_marker = 0;
    int64_t more = 0;
    if (by_mistral(t)) return 0;
    span = tkc_rendered_spans(out, NULL, &n);
    for (size_t i = 0; i < n && !k->st; i++) {
        const tkc_str s = span[i].text;
        if (span[i].trusted || !may_spell_control(s)) continue;
        k->st = tkc_count(k->t->encoder, s, 0, &as_text, k->err);
        if (!k->st) k->st = tkc_count(k->t->encoder, s, TKC_ENCODE_SPECIAL, &as_marker, k->err);
        more += (int64_t)as_marker - (int64_t)as_text;
    }
    return more;
}

/* The tokens of the conversation with these switches; false: the owner's template refuses it, or
 * a failure. */
static bool render_with(building *b, const tkc_template *t, tkc_thinking thinking, tkc_str effort, uint64_t *n)
{
    tkc_counting *k = b->k;
    tkc_rendered *out = NULL;
    tkc_chat chat = {.message = b->message, .n_message = b->n, .tool = b->tool, .n_tool = b->n_tool};
    tkc_template_options opt = {.struct_size = sizeof opt, .add_generation_prompt = true,
                                .thinking = thinking, .reasoning_effort = effort,
                                .year = k->t->year, .month = k->t->month, .day = k->t->day};
    tkc_error why = {0};
    size_t count = 0;
    tkc_status st = tkc_rendered_new(&out, k->alloc, &why);
    if (!st) st = tkc_template_render(t, &chat, &opt, out, &why);
    if (!st) st = tkc_rendered_encode(out, k->t->encoder, NULL, 0, &count, &why);
    if (st == TKC_E_SPACE) st = TKC_OK;
    if (!st && chat.n_tool && !has_tools(out)) st = TKC_E_UNSUPPORTED;
    if (!st) b->spelled = spelled(k, t, out);
    tkc_rendered_free(out);
    *n = count;
    if (st && st != TKC_E_UNSUPPORTED && st != TKC_E_ARG && st != TKC_E_FORMAT) {
        k->st = st;
        if (k->err) *k->err = why;
    }
    return !st;
}

/* Most owners' templates pass over a developer's message or call it by its role, and servers differ: SGLang leaves it to
 * them (sgl-project/sglang#40082), llama.cpp and vLLM make it a system message (ggml-org/llama.cpp#20215,
 * vllm-project/vllm#43590). gpt-oss has the role. False: no such message. */
static bool make_system(building *b, const tkc_template *t)
{
    bool any = false;
    if (strcmp(t->encoding, "o200k_harmony") == 0) return false;
    for (size_t i = 0; i < b->n; i++) {
        if (b->message[i].role != TKC_CHAT_DEVELOPER) continue;
        b->message[i].role = TKC_CHAT_SYSTEM;
        any = true;
    }
    return any;
}

/* What the same conversation comes to in another way, by its settings so far. False: the owner's template refuses it. */
static bool widen(building *b, const tkc_template *t, tkc_thinking thinking, tkc_str effort, uint64_t *n)
{
    if (!render_with(b, t, thinking, effort, n)) return false;
    if (*n < b->low) b->low = *n;
    if (*n > b->high) b->high = *n;
    return true;
}

/* Tools that stand in the request in another form than servers give to the template. */
static void widen_by_forms(building *b, const tkc_template *t)
{
    tkc_counting *k = b->k;
    tkc_chat_tool *const sent = b->tool;
    tkc_buf text;
    tkc_json doc;
    uint64_t n;
    tkc_buf_init(&text, (size_t)1 << 30, k->alloc);
    tkc_json_init(&doc, k->alloc);
    for (int bare = 0; bare < 2 && !k->st; bare++) {
        if (!tkc_cr_server_tools(k, sent, b->n_tool, bare, &text)) continue;
        k->st = tkc_json_parse(&doc, tkc_buf_str(&text), NULL, k->err);
        b->tool = k->st ? NULL : tkc_alloc_zero(k->alloc, b->n_tool, sizeof *b->tool);
        if (b->tool) {
            uint32_t at = tkc_json_first(&doc, 0);
            for (size_t i = 0; i < b->n_tool; i++, at = tkc_json_next(&doc, 0, at)) b->tool[i] = (tkc_chat_tool){&doc, at};
            (void)widen(b, t, b->thinking, str(k, b->effort), &n);
        } else if (!k->st) {
            k->st = tkc_nomem(k->err);
        }
        tkc_free(k->alloc, b->tool, b->n_tool, sizeof *b->tool);
    }
    b->tool = sent;
    tkc_json_release(&doc);
    tkc_buf_release(&text);
}

/* DeepSeek's templates write the arguments of a call as the string that was sent. Servers parse that string for the
 * templates that want a mapping, and what they have for this one is Python's JSON of it: {"a": 1} for {"a":1}. */
static void widen_by_arguments(building *b, const tkc_template *t)
{
    tkc_counting *k = b->k;
    slice *written = tkc_alloc_zero(k->alloc, b->n_call, sizeof *written);
    tkc_buf text;
    tkc_json doc;
    uint64_t n;
    tkc_buf_init(&text, (size_t)1 << 30, k->alloc);
    tkc_json_init(&doc, k->alloc);
    if (!written) k->st = tkc_nomem(k->err);
    for (size_t i = 0; i < b->n_call && !k->st; i++) {
        tkc_error none;
        tkc_status st = tkc_json_parse(&doc, b->chat_call[i].arguments, NULL, &none);
        written[i].at = text.len;
        if (!st) k->st = tkc_tojson(&doc, 0, NULL, &text, k->err);
        else if (st == TKC_E_NOMEM) k->st = tkc_nomem(k->err);
        written[i].len = text.len - written[i].at;
    }
    for (size_t i = 0; i < b->n_call && !k->st; i++)
        if (written[i].len) b->chat_call[i].arguments = tkc_str_part(tkc_buf_str(&text), written[i].at, written[i].len);
    if (!k->st) (void)widen(b, t, b->thinking, str(k, b->effort), &n);
    for (size_t i = 0; i < b->n_call; i++) b->chat_call[i].arguments = str(k, b->call[i].arguments);
    tkc_json_release(&doc);
    tkc_buf_release(&text);
    tkc_free(k->alloc, written, b->n_call, sizeof *written);
}

static bool is_string(const tkc_json *d, uint32_t node)
{
    return node != TKC_JSON_NONE && tkc_json_kind_of(d, node) == TKC_JSON_STRING;
}

/* A choice that is no word but "none" leaves tools away on some servers: SGLang gives the template the one that is named,
 * and none for "none"; vLLM does the latter if told so (--exclude-tools-when-tool-choice-none). */
static void widen_by_choice(building *b, const tkc_template *t)
{
    tkc_counting *k = b->k;
    const tkc_json *d = k->doc;
    const uint32_t choice = k->r->tool_choice;
    const size_t all = b->n_tool;
    tkc_chat_tool *const sent = b->tool;
    uint64_t n;
    if (choice == TKC_JSON_NONE) return;
    if (tkc_json_kind_of(d, choice) == TKC_JSON_OBJECT) {
        const uint32_t name = tkc_cr_get(k, tkc_cr_function(k, choice), "name");
        b->n_tool = 0;
        for (size_t i = 0; is_string(d, name) && i < all && !b->n_tool; i++) {
            const uint32_t other = tkc_cr_get(k, tkc_cr_function(k, sent[i].node), "name");
            b->n_tool = is_string(d, other) && tkc_json_compare(d, name, other) == 0;
            b->tool = sent + i;
        }
    } else if (tkc_json_is(d, choice, "none") || tkc_json_is(d, choice, "NONE")) {
        b->n_tool = 0;
    }
    if (b->n_tool != all) (void)widen(b, t, b->thinking, str(k, b->effort), &n);
    b->tool = sent;
    b->n_tool = all;
}

static void render(building *b, const tkc_template *t)
{
    static const tkc_thinking every[] = {TKC_THINKING_UNSET, TKC_THINKING_OFF, TKC_THINKING_ON};
    tkc_counting *k = b->k;
    const tkc_str effort[] = {{"", 0}, str(k, b->effort)};
    uint64_t n, other;
    int64_t marked;
    /* What the owner's template refuses is counted by the other rules. */
    if (!render_with(b, t, b->thinking, effort[1], &n)) {
        b->fits = false;
        return;
    }
    b->low = b->high = n;
    marked = b->spelled;
    for (size_t i = 0; b->by_server && i < 2 * sizeof every / sizeof *every && !k->st; i++)
        (void)widen(b, t, every[i / 2], effort[i % 2], &other);
    /* mistral-common has a class of its own for tools */
    if (b->n_tool && !k->st && !by_mistral(t)) widen_by_forms(b, t);
    if (b->n_tool && !k->st) widen_by_choice(b, t);
    if (b->n_call && !k->st && as_sent(t)) widen_by_arguments(b, t);
    /* vLLM renders gpt-oss with OpenAI's library, others with the template */
    if (!k->st && strcmp(t->name, "gpt-oss") == 0) (void)widen(b, tkc_template_find("harmony"), b->thinking, effort[1], &other);
    if (k->st) return;
    tkc_cr_frame_class(k, t->cls);
    if (make_system(b, t)) {
        const bool taken = widen(b, t, b->thinking, effort[1], &other);
        if (k->st) return;
        if (!taken || other != n) tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
    }
    if (marked < 0)
        b->low -= (uint64_t)-marked < b->low ? (uint64_t)-marked : b->low;
    else
        b->high += (uint64_t)marked;
    if (b->adapted) tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
    k->rule = t->source;
    share_out(k, n, b->low, b->high, k->t->cls);
}

bool tkc_cr_template(tkc_counting *k)
{
    const tkc_template *t = tkc_template_find(k->t->model);
    building b = {.k = k, .fits = true};
    /* A template of a model whose vocabulary is another's would count what nobody sends. */
    if (!t || strcmp(t->encoding, k->t->encoding) != 0) return false;
    /* How Bedrock writes a conversation for a model is Bedrock's own. */
    if (k->r->dialect == TKC_DIALECT_GEMINI || k->r->dialect == TKC_DIALECT_OPENAI_RESPONSES || k->r->dialect == TKC_DIALECT_BEDROCK)
        return false;
    read_settings(&b, t);
    if (b.fits) build(&b);
    if (!k->st && b.fits && b.n && finish(&b)) render(&b, t);
    tkc_free(k->alloc, b.message, b.n, sizeof *b.message);
    tkc_free(k->alloc, b.chat_call, b.n_call, sizeof *b.chat_call);
    tkc_free(k->alloc, b.d, b.cap, sizeof *b.d);
    tkc_free(k->alloc, b.call, b.cap_call, sizeof *b.call);
    tkc_free(k->alloc, b.tool, b.cap_tool, sizeof *b.tool);
    tkc_buf_clear(&k->text);
    return b.fits && b.n;
}
