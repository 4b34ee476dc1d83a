/*
 * provider.c - Anthropic's and Gemini's framing.
 *
 * Anthropic: the frame of one user message is known for each generation, and the system prompt
 * that tools bring is published. What each further message costs, and how a tool is written,
 * is not: ranges. A request of one user message with one text alone has the vocabulary's class;
 * how several are put together in a message is not published.
 * Gemini: what the vendor's own local counter does - every text encoded by itself and summed,
 * of schemas their formats, descriptions, enums, required and property names, of calls and
 * responses names, keys and strings; no turn markers.
 */
#include "optimizer/count/count_impl.h"

#include <string.h>

typedef struct claude_row {
    const char *model;
    int frame, tools_auto, tools_any;
    const char *source, *checked;
} claude_row;

#define OPENAI(model, message, name, prime, high_base, high_message, cls, source, checked)
#define ANTHROPIC(model, frame, tools_auto, tools_any, source, checked) \
    {model, frame, tools_auto, tools_any, source, checked},
static const claude_row claude_table[] = {
#include "optimizer/count/framing.def"
};
#undef OPENAI
#undef ANTHROPIC

static const claude_row *find_row(const char *model)
{
    const claude_row *best = NULL;
    size_t best_fit = 0;
    model = tkc_model_bare(model);
    for (size_t i = 0; i < sizeof claude_table / sizeof *claude_table; i++) {
        const size_t fit = tkc_model_fits(claude_table[i].model, model);
        if (fit > best_fit) {
            best = &claude_table[i];
            best_fit = fit;
        }
    }
    return best;
}

tkc_token_range tkc_cr_anthropic_tools(const char *model, bool any)
{
    const claude_row *row = find_row(model);
    uint64_t n = (uint64_t)(any ? row->tools_any : row->tools_auto);
    tkc_token_range r = {.tokens = n, .low = n, .high = n, .cls = TKC_CLASS_RECONSTRUCTED,
                         .rule = row->source, .checked = row->checked};
    if (!n) {
        r.tokens = 350;
        r.low = 250;
        r.high = 850;
        r.cls = TKC_CLASS_ESTIMATE;
    }
    return r;
}

void tkc_cr_anthropic(tkc_counting *k)
{
    const tkc_request *r = k->r;
    const claude_row *row = find_row(k->model);
    bool has_tools = false;
    int64_t more = (int64_t)r->n_turn - 1;
    k->rule = row->source;
    k->checked = row->checked;
    for (size_t i = 0; !k->st && i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        if (p->kind == TKC_PART_TOOL_SCHEMA) {
            tkc_cr_guess_tool(k, p->node, &k->c->part[i]);
            has_tools = has_tools || !(p->flags & TKC_PART_OUTPUT);
        } else if (p->kind == TKC_PART_TOOL_CALL) {
            tkc_cr_guess_call(k, p->node, &k->c->part[i]);
        } else {
            tkc_cr_plain(k, i);
            /* A system prompt adds its own tokens, as one documented example has it. */
            if (p->role == TKC_ROLE_SYSTEM) tkc_cr_frame(k, 0, 0, 4);
            if (p->kind == TKC_PART_TOOL_RESULT) tkc_cr_frame(k, 4, 16, 40);
            tkc_cr_joint(k, i);
        }
    }
    tkc_cr_frame(k, row->frame, row->frame, row->frame);
    if (more > 0) tkc_cr_frame(k, 2 * more, 4 * more, 8 * more);
    if (has_tools) {
        uint32_t type = r->tool_choice == TKC_JSON_NONE ? r->tool_choice
                                                        : tkc_cr_get(k, r->tool_choice, "type");
        bool any = type != TKC_JSON_NONE &&
                   (tkc_json_is(k->doc, type, "any") || tkc_json_is(k->doc, type, "tool"));
        tkc_token_range t = tkc_cr_anthropic_tools(k->model, any);
        tkc_cr_frame(k, (int64_t)t.low, (int64_t)t.tokens, (int64_t)t.high);
        tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
    }
    if (r->dialect != TKC_DIALECT_ANTHROPIC && r->dialect < TKC_DIALECT_TEXT)
        tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
}

/* --- Gemini ------------------------------------------------------------------------------- */

static uint64_t one(tkc_counting *k, uint32_t node)
{
    size_t from = k->scratch.len;
    uint64_t n = tkc_cr_count(k, tkc_cr_string(k, node));
    k->scratch.len = from;
    return n;
}

static bool is_key(const tkc_counting *k, uint32_t object_member)
{
    size_t i = k->doc->node[object_member].end;
    while (i < k->doc->text.len && (unsigned char)k->doc->text.ptr[i] <= ' ') i++;
    return i < k->doc->text.len && k->doc->text.ptr[i] == ':';
}

/* Keys and strings of a value, each by itself; numbers and the like are not counted. */
uint64_t tkc_cr_gemini_values(tkc_counting *k, uint32_t node)
{
    uint64_t n = 0;
    if (node == TKC_JSON_NONE) return 0;
    for (uint32_t i = node; !k->st && i < k->doc->node[node].next; i++)
        if (tkc_json_kind_of(k->doc, i) == TKC_JSON_STRING) n += one(k, i);
    return n;
}

/* Of a schema: format, description, enum, required and the names of properties; a walk over
 * all nodes in it, since what counts hangs on the key in front only. */
uint64_t tkc_cr_gemini_schema(tkc_counting *k, uint32_t node)
{
    static const char *const text[] = {"format", "description", "name"};
    static const char *const list[] = {"enum", "required"};
    const tkc_json *d = k->doc;
    uint64_t n = 0;
    for (uint32_t i = node; !k->st && i < d->node[node].next; i++) {
        uint32_t value = i + 1;
        if (tkc_json_kind_of(d, i) != TKC_JSON_STRING || !is_key(k, i)) continue;
        for (size_t w = 0; w < sizeof text / sizeof *text; w++)
            if (tkc_json_is(d, i, text[w]) && tkc_json_kind_of(d, value) == TKC_JSON_STRING)
                n += one(k, value);
        for (size_t w = 0; w < 2; w++)
            if (tkc_json_is(d, i, list[w]) && tkc_json_kind_of(d, value) == TKC_JSON_ARRAY)
                n += tkc_cr_gemini_values(k, value);
        if (tkc_json_is(d, i, "properties") && tkc_json_kind_of(d, value) == TKC_JSON_OBJECT)
            for (uint32_t m = tkc_json_first(d, value); m != TKC_JSON_NONE;
                 m = tkc_json_next_member(d, value, m))
                n += one(k, m);
    }
    return n;
}

void tkc_cr_gemini(tkc_counting *k)
{
    const tkc_request *r = k->r;
    k->rule = "PyPI google-genai@3.4.0 local tokenizer: the sum over every text";
    k->checked = "2026-11-23";
    for (size_t i = 0; !k->st && i < r->n_part; i++) {
        const tkc_part *p = &r->part[i];
        tkc_buf_clear(&k->scratch);
        switch ((tkc_part_kind)p->kind) {
        case TKC_PART_TOOL_SCHEMA:
            if (p->flags & TKC_PART_SERVER)
                tkc_cr_range(k, i, 0, 0, 200);
            else
                tkc_cr_set(k, i, tkc_cr_gemini_schema(k, tkc_cr_function(k, p->node)));
            break;
        case TKC_PART_TOOL_CALL:
        case TKC_PART_TOOL_RESULT: {
            uint32_t value = tkc_cr_get(k, p->node, p->kind == TKC_PART_TOOL_CALL ? "args" : "response");
            uint32_t name = tkc_cr_get(k, p->node, "name");
            if (name == TKC_JSON_NONE) {
                tkc_cr_plain(k, i);
            } else {
                uint64_t n = one(k, name);
                tkc_cr_set(k, i, n + tkc_cr_gemini_values(k, value));
            }
            break;
        }
        default: tkc_cr_plain(k, i);
        }
    }
    if (r->dialect != TKC_DIALECT_GEMINI && r->dialect < TKC_DIALECT_TEXT)
        tkc_cr_frame_class(k, TKC_CLASS_ESTIMATE);
}
