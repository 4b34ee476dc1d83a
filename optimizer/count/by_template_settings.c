/*
 * by_template_settings.c - what a request tells the template.
 *
 * A template has switches. Those that the request sets by the template's own names
 * (chat_template_kwargs) are set. Those of a provider (thinking, reasoning) are its server's to
 * make something of: the count is exact where it is the same whatever comes of them, else it
 * goes from the least to the most.
 */
#include "optimizer/count/by_template_impl.h"

#include <string.h>

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

static void tell_thinking(bt_building *b, bool on)
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
static bool read_kwargs(bt_building *b, uint32_t object, const tkc_template *t)
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
            b->effort = bt_keep_node(b->k, v);
        } else {
            b->fits = false;
        }
    }
    return said;
}

/* "none" is an effort that switches thinking off. */
static void tell_effort(bt_building *b, uint32_t effort)
{
    if (effort == TKC_JSON_NONE) return;
    b->by_server = true;
    if (tkc_json_kind_of(b->k->doc, effort) != TKC_JSON_STRING) return;
    tell_thinking(b, !tkc_json_is(b->k->doc, effort, "none"));
    b->effort = bt_keep_node(b->k, effort);
}

/* The switches of providers: reasoning_effort, reasoning (OpenRouter), thinking (DeepSeek, GLM,
 * Kimi, Anthropic's shape), enable_thinking (DashScope). */
static void read_switches(bt_building *b, uint32_t object)
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

void bt_read_settings(bt_building *b, const tkc_template *t)
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
