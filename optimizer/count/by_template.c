/*
 * by_template.c - open models: the conversation rendered by its chat template and
 * encoded as a whole, so that merges across a marker are right.
 *
 * Taken: text messages, thinking, function calls and their results, function tools. Anything
 * else in the request (images, unknown fields, tools where the template has no place for them) leaves the
 * count to the other rules. A
 * message of several texts is their texts one after the other with a newline between, as
 * servers that want a string make it; the count is then an estimate.
 */
#include "optimizer/count/count_impl.h"

#include "optimizer/templates/template.h"
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
    bool fits; /* nothing that a template does not take */
    bool several;
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
        b->several = true;
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
    b->call[b->n_call++] = c;
    d->n_call++;
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
            add_text(b, d, i, false);
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
            if (d->role == TKC_CHAT_TOOL && p->id != TKC_JSON_NONE && !(p->flags & TKC_PART_BY_NAME))
                d->call_id = keep_node(b->k, p->id);
        }
        add_part(b, d, i);
    }
    for (size_t i = 0; i < r->n_turn; i++)
        if (!r->turn[i].n) b->fits = false; /* a message that holds nothing */
}

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
static void share_out(tkc_counting *k, uint64_t all, tkc_class cls)
{
    uint64_t parts = 0;
    int64_t rest;
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
    rest = (int64_t)all - (int64_t)parts;
    tkc_cr_frame(k, rest, rest, rest);
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

static void render(building *b, const tkc_template *t)
{
    tkc_counting *k = b->k;
    tkc_rendered *out = NULL;
    tkc_chat chat = {.message = b->message, .n_message = b->n, .tool = b->tool, .n_tool = b->n_tool};
    tkc_template_options opt = {.struct_size = sizeof opt, .add_generation_prompt = true,
                                .year = k->t->year, .month = k->t->month, .day = k->t->day};
    tkc_error why = {0};
    size_t n = 0;
    tkc_status st = tkc_rendered_new(&out, k->alloc, &why);
    if (!st) st = tkc_template_render(t, &chat, &opt, out, &why);
    if (!st) st = tkc_rendered_encode(out, k->t->encoder, NULL, 0, &n, &why);
    if (st == TKC_E_SPACE) st = TKC_OK;
    if (!st && chat.n_tool && !has_tools(out)) st = TKC_E_UNSUPPORTED;
    tkc_rendered_free(out);
    /* What the owner's template refuses is counted by the other rules. */
    if (st == TKC_E_UNSUPPORTED || st == TKC_E_ARG || st == TKC_E_FORMAT) {
        b->fits = false;
        return;
    }
    if (st) {
        k->st = st;
        if (k->err) *k->err = why;
        return;
    }
    tkc_cr_frame_class(k, t->cls);
    if (b->several) tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
    k->rule = t->source;
    share_out(k, n, k->t->cls);
}

bool tkc_cr_template(tkc_counting *k)
{
    const tkc_template *t = tkc_template_find(k->t->model);
    building b = {.k = k, .fits = true};
    /* A template of a model whose vocabulary is another's would count what nobody sends. */
    if (!t || strcmp(t->encoding, k->t->encoding) != 0) return false;
    if (k->r->dialect == TKC_DIALECT_GEMINI || k->r->dialect == TKC_DIALECT_OPENAI_RESPONSES)
        return false;
    build(&b);
    if (!k->st && b.fits && b.n && finish(&b)) render(&b, t);
    tkc_free(k->alloc, b.message, b.n, sizeof *b.message);
    tkc_free(k->alloc, b.chat_call, b.n_call, sizeof *b.chat_call);
    tkc_free(k->alloc, b.d, b.cap, sizeof *b.d);
    tkc_free(k->alloc, b.call, b.cap_call, sizeof *b.call);
    tkc_free(k->alloc, b.tool, b.cap_tool, sizeof *b.tool);
    tkc_buf_clear(&k->text);
    return b.fits && b.n;
}
