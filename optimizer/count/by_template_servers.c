/*
 * by_template_servers.c - what servers make of a conversation that the owner's template does not say:
 * they set switches, write tools and arguments anew, leave tools away, read control tokens in texts.
 * The count is exact where it is the same whatever they do.
 */
#include "optimizer/count/by_template_impl.h"

#include "optimizer/templates/tojson.h"
#include "vocab/base/alloc.h"
#include "vocab/base/error.h"

#include <string.h>

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
int64_t bt_spelled(tkc_counting *k, const tkc_template *t, const tkc_rendered *out)
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

/* Most owners' templates pass over a developer's message or call it by its role, and servers differ: SGLang leaves it to
 * them (sgl-project/sglang#40082), llama.cpp and vLLM make it a system message (ggml-org/llama.cpp#20215,
 * vllm-project/vllm#43590). gpt-oss has the role. False: no such message. */
static bool make_system(bt_building *b, const tkc_template *t)
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
static bool widen(bt_building *b, const tkc_template *t, tkc_thinking thinking, tkc_str effort, uint64_t *n)
{
    if (!bt_render_with(b, t, thinking, effort, n, NULL)) return false;
    if (*n < b->low) b->low = *n;
    if (*n > b->high) b->high = *n;
    return true;
}

/* Tools that stand in the request in another form than servers give to the template. */
static void widen_by_forms(bt_building *b, const tkc_template *t)
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
            (void)widen(b, t, b->thinking, bt_str(k, b->effort), &n);
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
static void widen_by_arguments(bt_building *b, const tkc_template *t)
{
    tkc_counting *k = b->k;
    bt_slice *written = tkc_alloc_zero(k->alloc, b->n_call, sizeof *written);
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
    if (!k->st) (void)widen(b, t, b->thinking, bt_str(k, b->effort), &n);
    for (size_t i = 0; i < b->n_call; i++) b->chat_call[i].arguments = bt_str(k, b->call[i].arguments);
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
static void widen_by_choice(bt_building *b, const tkc_template *t)
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
    if (b->n_tool != all) (void)widen(b, t, b->thinking, bt_str(k, b->effort), &n);
    b->tool = sent;
    b->n_tool = all;
}

void bt_widen(bt_building *b, const tkc_template *t, uint64_t n, int64_t spelled)
{
    static const tkc_thinking every[] = {TKC_THINKING_UNSET, TKC_THINKING_OFF, TKC_THINKING_ON};
    tkc_counting *k = b->k;
    const tkc_str effort[] = {{"", 0}, bt_str(k, b->effort)};
    uint64_t other = n;
    b->low = b->high = n;
    for (size_t i = 0; b->by_server && i < 2 * sizeof every / sizeof *every && !k->st; i++)
        (void)widen(b, t, every[i / 2], effort[i % 2], &other);
    /* mistral-common has a class of its own for tools */
    if (b->n_tool && !k->st && !by_mistral(t)) widen_by_forms(b, t);
    if (b->n_tool && !k->st) widen_by_choice(b, t);
    if (b->n_call && !k->st && as_sent(t)) widen_by_arguments(b, t);
    /* vLLM renders gpt-oss with OpenAI's library, others with the template */
    if (!k->st && strcmp(t->name, "gpt-oss") == 0) (void)widen(b, tkc_template_find("harmony"), b->thinking, effort[1], &other);
    if (!k->st && make_system(b, t) && (!widen(b, t, b->thinking, effort[1], &other) || other != n)) b->adapted = true;
    if (spelled < 0)
        b->low -= (uint64_t)-spelled < b->low ? (uint64_t)-spelled : b->low;
    else
        b->high += (uint64_t)spelled;
}
