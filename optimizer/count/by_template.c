/*
 * by_template.c - open models: the conversation rendered by its chat template and
 * encoded as a whole, so that merges across a marker are right.
 *
 * What a template does not take (images, unknown fields, tools where it has no place for them) leaves the
 * count to the other rules.
 */
#include "optimizer/count/by_template_impl.h"

#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

static bool finish(bt_building *b)
{
    tkc_counting *k = b->k;
    b->message = tkc_alloc_zero(k->alloc, b->n, sizeof *b->message);
    if (b->n_call) b->chat_call = tkc_alloc_zero(k->alloc, b->n_call, sizeof *b->chat_call);
    if (!b->message || (b->n_call && !b->chat_call)) {
        k->st = tkc_nomem(k->err);
        return false;
    }
    for (size_t i = 0; i < b->n_call; i++)
        b->chat_call[i] = (tkc_chat_call){.id = bt_str(k, b->call[i].id),
                                          .name = bt_str(k, b->call[i].name),
                                          .arguments = bt_str(k, b->call[i].arguments)};
    for (size_t i = 0; i < b->n; i++) {
        const bt_draft *d = &b->d[i];
        /* null, with a thought beside it: an empty text for vLLM, nothing at all for some templates */
        if (!d->has_content && !d->n_call) b->adapted = true;
        b->message[i] = (tkc_chat_message){.role = d->role,
                                           .has_content = d->has_content || !d->n_call,
                                           .has_thinking = d->has_thinking,
                                           .content = bt_str(k, d->content),
                                           .thinking = bt_str(k, d->thinking),
                                           .call = d->n_call ? b->chat_call + d->first_call : NULL,
                                           .n_call = d->n_call,
                                           .call_id = bt_str(k, d->call_id),
                                           .name = bt_str(k, d->name)};
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

bool bt_render_with(bt_building *b, const tkc_template *t, tkc_thinking thinking, tkc_str effort, uint64_t *n, int64_t *spelled)
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
    if (!st && spelled) *spelled = bt_spelled(k, t, out);
    tkc_rendered_free(out);
    *n = count;
    if (st && st != TKC_E_UNSUPPORTED && st != TKC_E_ARG && st != TKC_E_FORMAT) {
        k->st = st;
        if (k->err) *k->err = why;
    }
    return !st;
}

static void render(bt_building *b, const tkc_template *t)
{
    tkc_counting *k = b->k;
    uint64_t n;
    int64_t spelled = 0;
    /* What the owner's template refuses is counted by the other rules. */
    if (!bt_render_with(b, t, b->thinking, bt_str(k, b->effort), &n, &spelled)) {
        b->fits = false;
        return;
    }
    bt_widen(b, t, n, spelled);
    if (k->st) return;
    tkc_cr_frame_class(k, t->cls);
    if (b->adapted) tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
    k->rule = t->source;
    share_out(k, n, b->low, b->high, k->t->cls);
}

bool tkc_cr_template(tkc_counting *k)
{
    const tkc_template *t = tkc_template_find(k->t->model);
    bt_building b = {.k = k, .fits = true};
    /* A template of a model whose vocabulary is another's would count what nobody sends. */
    if (!t || strcmp(t->encoding, k->t->encoding) != 0) return false;
    /* How Bedrock writes a conversation for a model is Bedrock's own. */
    if (k->r->dialect == TKC_DIALECT_GEMINI || k->r->dialect == TKC_DIALECT_OPENAI_RESPONSES || k->r->dialect == TKC_DIALECT_BEDROCK)
        return false;
    bt_read_settings(&b, t);
    if (b.fits) bt_read_messages(&b);
    if (!k->st && b.fits && b.n && finish(&b)) render(&b, t);
    tkc_free(k->alloc, b.message, b.n, sizeof *b.message);
    tkc_free(k->alloc, b.chat_call, b.n_call, sizeof *b.chat_call);
    tkc_free(k->alloc, b.d, b.cap, sizeof *b.d);
    tkc_free(k->alloc, b.call, b.cap_call, sizeof *b.call);
    tkc_free(k->alloc, b.tool, b.cap_tool, sizeof *b.tool);
    tkc_buf_clear(&k->text);
    return b.fits && b.n;
}
