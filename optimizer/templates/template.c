/*
 * template.c - the table of templates, finding one by name, and running it.
 *
 * What holds for every template is checked here, once: the text is well-formed, content is
 * there where it must be, tools are objects.
 */
#include "optimizer/templates/template.h"

#include "optimizer/templates/writer.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

/* No text of a conversation is larger than this: a bug or an attack. */
#define MAX_TEXT ((size_t)1 << 34)

typedef struct row {
    tkc_template t;
    void (*render)(tkc_writer *w);
} row;

static const row rows[] = {
#define TEMPLATE(name, function, encoding, cls, models, source, note)                              \
    {{name, encoding, cls, models, source, note}, function},
#include "optimizer/templates/templates.def"
#undef TEMPLATE
};
enum { N_ROW = sizeof rows / sizeof rows[0] };

const tkc_template *tkc_template_at(size_t i)
{
    return i < N_ROW ? &rows[i].t : NULL;
}

static char low(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool same(const char *a, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!name[i] || low(name[i]) != a[i]) return false;
    return true;
}

/* How well a row's model list fits: SIZE_MAX exactly, else the length of the prefix, 0 not.
 * A digit does not go on behind a prefix that ends in one: "glm-4*" is not "glm-45". */
static size_t fits(const char *list, const char *name)
{
    const size_t len = strlen(name);
    size_t best = 0;
    while (*list) {
        size_t n = strcspn(list, " ");
        const size_t step = n + (list[n] == ' ');
        const bool prefix = n > 0 && list[n - 1] == '*';
        if (prefix) n--;
        if (n <= len && same(list, n, name)) {
            if (n == len && !prefix) return SIZE_MAX;
            if (prefix && n > best &&
                !(n < len && n > 0 && list[n - 1] >= '0' && list[n - 1] <= '9' && name[n] >= '0' &&
                  name[n] <= '9'))
                best = n;
        }
        list += step;
    }
    return best;
}

const tkc_template *tkc_template_find(const char *name)
{
    const tkc_template *best = NULL;
    size_t score = 0;
    name = tkc_model_bare(name);
    for (size_t i = 0; i < N_ROW; i++)
        if (strlen(rows[i].t.name) == strlen(name) && same(rows[i].t.name, strlen(name), name))
            return &rows[i].t;
    for (size_t i = 0; i < N_ROW; i++) {
        const size_t s = fits(rows[i].t.models, name);
        if (s > score) {
            best = &rows[i].t;
            score = s;
        }
    }
    return best;
}

tkc_status tkc_rendered_new(tkc_rendered **out, const tkc_allocator *alloc, tkc_error *err)
{
    const tkc_allocator *a = tkc_allocator_or_default(alloc);
    tkc_rendered *r = tkc_alloc_zero(a, 1, sizeof *r);
    if (!r) return tkc_nomem(err);
    r->alloc = a;
    tkc_buf_init(&r->text, MAX_TEXT, a);
    *out = r;
    return TKC_OK;
}

void tkc_rendered_free(tkc_rendered *r)
{
    if (!r) return;
    const tkc_allocator *a = r->alloc;
    tkc_buf_release(&r->text);
    tkc_free(a, r->span, r->cap_span, sizeof *r->span);
    tkc_free(a, r->origin, r->cap_origin, sizeof *r->origin);
    tkc_free(a, r->segment, r->cap_segment, sizeof *r->segment);
    tkc_free(a, r, 1, sizeof *r);
}

static void empty(tkc_rendered *r)
{
    tkc_buf_clear(&r->text);
    r->n_span = r->n_segment = 0;
    r->cut = TKC_CUT_HARD;
    r->place = NULL;
}

static tkc_status check(const tkc_chat *c, tkc_error *err)
{
    if (c->n_message == 0)
        return tkc_fail(err, TKC_E_ARG, 0,
                        "a conversation without messages; expected at least one");
    for (size_t i = 0; i < c->n_message; i++) {
        const tkc_chat_message *m = &c->message[i];
        if ((unsigned)m->role > TKC_CHAT_TOOL)
            return tkc_fail(err, TKC_E_ARG, i, "message %zu has the unknown role %d", i,
                            (int)m->role);
        if (!m->has_content && !(m->role == TKC_CHAT_ASSISTANT && m->n_call))
            return tkc_fail(err, TKC_E_ARG, i,
                            "message %zu has no content; only an assistant message with tool calls "
                            "may have none",
                            i);
        if (m->role != TKC_CHAT_ASSISTANT && (m->n_call || m->has_thinking))
            return tkc_fail(err, TKC_E_ARG, i,
                            "message %zu holds calls or reasoning; expected those on assistant "
                            "messages only",
                            i);
    }
    for (size_t i = 0; i < c->n_tool; i++) {
        const tkc_chat_tool *t = &c->tool[i];
        if (t->node >= t->doc->n_node || tkc_json_kind_of(t->doc, t->node) != TKC_JSON_OBJECT)
            return tkc_fail(err, TKC_E_FORMAT, i, "tool %zu is no object", i);
    }
    return TKC_OK;
}

tkc_status tkc_template_render(const tkc_template *t, const tkc_chat *chat,
                               const tkc_template_options *opt, tkc_rendered *r, tkc_error *err)
{
    static const tkc_template_options none = {.struct_size = sizeof none};
    const row *of = NULL;
    tkc_writer w = {.out = r,
                    .chat = chat,
                    .opt = opt ? opt : &none,
                    .alloc = r->alloc,
                    .err = err,
                    .origin = TKC_ORIGIN_FRAME};
    const char *at;
    empty(r);
    for (size_t i = 0; i < N_ROW; i++)
        if (&rows[i].t == t) of = &rows[i];
    if (!of || w.opt->struct_size != sizeof none)
        return tkc_fail(err, TKC_E_ARG, 0,
                        "expected a row of tkc_template_at() or _find() and options whose "
                        "struct_size is set");
    tkc_status st = check(chat, err);
    if (st) return st;
    tkc_json_init(&w.args, r->alloc);
    tkc_buf_init(&w.decoded, MAX_TEXT, r->alloc);
    of->render(&w);
    tkc_json_release(&w.args);
    tkc_buf_release(&w.decoded);
    if (w.status) {
        empty(r);
        return w.status;
    }
    at = r->text.ptr;
    for (size_t i = 0; i < r->n_span; i++) {
        r->span[i].text.ptr = at;
        at += r->span[i].text.len;
    }
    return TKC_OK;
}

const tkc_span *tkc_rendered_spans(const tkc_rendered *r, const ptrdiff_t **origin, size_t *n)
{
    if (origin) *origin = r->origin;
    *n = r->n_span;
    return r->span;
}

tkc_str tkc_rendered_text(const tkc_rendered *r)
{
    return tkc_buf_str(&r->text);
}

bool tkc_rendered_segment(const tkc_rendered *r, size_t i, size_t *begin, size_t *end,
                          bool *goes_on)
{
    if (i >= r->n_segment) return false;
    *begin = r->segment[i].first;
    *end = i + 1 < r->n_segment ? r->segment[i + 1].first : r->n_span;
    if (goes_on) *goes_on = r->segment[i].goes_on;
    return true;
}

/* One segment; a marker under the name that the vocabulary has for its place, if it has it. */
static tkc_status encode_segment(const tkc_rendered *r, size_t i, tkc_encoder *e, uint32_t *ids,
                                 size_t cap, size_t *n, tkc_error *err)
{
    size_t begin = 0, end = 0, one = 0;
    (void)tkc_rendered_segment(r, i, &begin, &end, NULL);
    if (r->segment[i].place) {
        const tkc_span s = {{r->segment[i].place, strlen(r->segment[i].place)}, true};
        uint32_t id;
        tkc_error none;
        if (tkc_encode_spans(e, &s, 1, 0, &id, 1, &one, &none) == TKC_OK && one == 1) {
            *n = 1;
            if (cap == 0) return TKC_E_SPACE;
            ids[0] = id;
            return TKC_OK;
        }
    }
    return tkc_encode_spans(e, r->span + begin, end - begin, 0, cap ? ids : NULL, cap, n, err);
}

tkc_status tkc_rendered_encode(const tkc_rendered *r, tkc_encoder *e, uint32_t *ids, size_t cap,
                               size_t *n, tkc_error *err)
{
    size_t total = 0;
    bool space = true;
    for (size_t i = 0; i < r->n_segment; i++) {
        size_t got = 0;
        const size_t room = total < cap ? cap - total : 0;
        tkc_status st = encode_segment(r, i, e, room ? ids + total : NULL, room, &got, err);
        if (st == TKC_E_SPACE)
            space = false;
        else if (st)
            return st;
        total += got;
    }
    *n = total;
    if (!space)
        return tkc_fail(err, TKC_E_SPACE, 0, "%zu ids do not fit into an array of %zu", total, cap);
    return TKC_OK;
}
