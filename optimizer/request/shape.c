/*
 * shape.c - which provider's request a JSON value is, and what it may be wrapped in.
 *
 * Told by members only one dialect has; then by the model's name; then OpenAI's, which most
 * others copy. At most 64 messages with 64 blocks each are looked at.
 */
#include "optimizer/request/read.h"

#include <string.h>

enum { LOOK_AT = 64 };

static bool has(const tkc_json *doc, uint32_t o, const char *key)
{
    uint32_t v = tkc_json_get(doc, o, key, NULL);
    return v != TKC_JSON_NONE && tkc_json_kind_of(doc, v) != TKC_JSON_NULL;
}

static bool is(const tkc_json *doc, uint32_t node, tkc_json_kind k)
{
    return node != TKC_JSON_NONE && tkc_json_kind_of(doc, node) == k;
}

static bool has_any(const tkc_json *doc, uint32_t o, const char *const *key, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (has(doc, o, key[i])) return true;
    return false;
}
#define HAS_ANY(doc, o, list) has_any(doc, o, list, sizeof(list) / sizeof *(list))

/* A model's name without "provider/" in front begins with one of these. */
static bool model_begins(const tkc_json *doc, uint32_t model, const char *const *head, size_t n)
{
    char text[100];
    const char *s = text;
    size_t len = model == TKC_JSON_NONE ? 0 : tkc_json_head(doc, model, text, sizeof text);
    if (len > sizeof text) return false;
    for (size_t i = len; i-- > 0;)
        if (text[i] == '/') {
            s += i + 1;
            len -= i + 1;
            break;
        }
    for (size_t i = 0; i < n; i++) {
        size_t k = strlen(head[i]);
        if (len >= k && memcmp(s, head[i], k) == 0) return true;
    }
    return false;
}

/* What messages and tools say for each dialect. */
typedef struct evidence {
    const char *openai, *anthropic, *cohere, *mistral, *bedrock;
    bool typed; /* a block says what it is: then none is Bedrock's, whatever another lacks */
} evidence;

static void look_at_block(const tkc_json *doc, uint32_t b, evidence *e)
{
    static const struct {
        const char *type;
        const char *why;
    } anthropic[] = {{"tool_use", "it has a tool_use block"},
                     {"tool_result", "it has a tool_result block"},
                     {"redacted_thinking", "it has a redacted_thinking block"},
                     {"server_tool_use", "it has a server_tool_use block"},
                     {"search_result", "it has a search_result block"}};
    static const char *const bedrock[] = {"text",       "toolUse",      "toolResult",       "cachePoint",       "image",       "document",
                                          "guardContent", "video", "audio", "reasoningContent", "citationsContent", "searchResult"};
    uint32_t type = tkc_json_get(doc, b, "type", NULL), source, image;
    if (type == TKC_JSON_NONE && is(doc, b, TKC_JSON_OBJECT) && HAS_ANY(doc, b, bedrock)) e->bedrock = "its blocks have no type";
    if (!is(doc, type, TKC_JSON_STRING)) return;
    e->typed = true;
    for (size_t i = 0; i < sizeof anthropic / sizeof *anthropic; i++)
        if (tkc_json_is(doc, type, anthropic[i].type)) e->anthropic = anthropic[i].why;
    source = tkc_json_get(doc, b, "source", NULL);
    if (is(doc, source, TKC_JSON_OBJECT) &&
        (tkc_json_is(doc, type, "image") || tkc_json_is(doc, type, "document")))
        e->anthropic = "it has a block with a source";
    if (tkc_json_is(doc, type, "thinking") && has(doc, b, "signature"))
        e->anthropic = "it has a thinking block with a signature";
    if (tkc_json_is(doc, type, "document") && is(doc, tkc_json_get(doc, b, "document", NULL), TKC_JSON_OBJECT))
        e->cohere = "it has a document block";
    if (tkc_json_is(doc, type, "document_url")) e->mistral = "it has a document_url chunk";
    image = tkc_json_get(doc, b, "image_url", NULL);
    if (tkc_json_is(doc, type, "image_url")) {
        if (is(doc, image, TKC_JSON_STRING))
            e->mistral = "an image_url is a string";
        else
            e->openai = "it has an image_url block";
    }
    if (tkc_json_is(doc, type, "input_audio")) e->openai = "it has an input_audio block";
    if (tkc_json_is(doc, type, "thinking") &&
        is(doc, tkc_json_get(doc, b, "thinking", NULL), TKC_JSON_ARRAY))
        e->mistral = "it has a thinking chunk that is a list";
}

static void look_at_messages(const tkc_json *doc, uint32_t messages, evidence *e)
{
    unsigned left = LOOK_AT;
    for (uint32_t m = tkc_json_first(doc, messages); m != TKC_JSON_NONE && left--;
         m = tkc_json_next(doc, messages, m)) {
        uint32_t role = tkc_json_get(doc, m, "role", NULL);
        uint32_t content = tkc_json_get(doc, m, "content", NULL);
        if (!is(doc, m, TKC_JSON_OBJECT)) continue;
        if (has(doc, m, "tool_calls") || has(doc, m, "tool_call_id")) e->openai = "it has tool_calls";
        if (is(doc, role, TKC_JSON_STRING) &&
            (tkc_json_is(doc, role, "developer") || tkc_json_is(doc, role, "function") ||
             tkc_json_is(doc, role, "system") || tkc_json_is(doc, role, "tool")))
            e->openai = "its messages have the role system, developer or tool";
        if (has(doc, m, "tool_plan")) e->cohere = "a message has a tool_plan";
        if (has(doc, m, "prefix")) e->mistral = "a message has a prefix";
        if (is(doc, content, TKC_JSON_ARRAY)) {
            unsigned blocks = LOOK_AT;
            for (uint32_t b = tkc_json_first(doc, content); b != TKC_JSON_NONE && blocks--;
                 b = tkc_json_next(doc, content, b))
                look_at_block(doc, b, e);
        }
    }
}

static tkc_dialect say(tkc_dialect d, const char *reason, bool certain, const char **why,
                       bool *sure)
{
    if (why) *why = reason;
    if (sure) *sure = certain;
    return d;
}

static tkc_dialect chat_shape(const tkc_json *doc, uint32_t o, uint32_t messages,
                              const char **why, bool *sure)
{
    static const char *const anthropic[] = {"anthropic_version", "mcp_servers", "output_config"};
    static const char *const cohere[] = {"documents", "citation_options", "safety_mode",
                                         "strict_tools"};
    static const char *const mistral[] = {"safe_prompt", "random_seed", "prompt_mode",
                                          "guardrails"};
    static const char *const openai[] = {
        "functions",  "response_format",   "max_completion_tokens", "logit_bias",
        "modalities", "presence_penalty",  "stream_options",        "reasoning_effort",
        "logprobs",   "frequency_penalty", "parallel_tool_calls",   "n"};
    static const char *const claude_names[] = {"claude", "us.anthropic.", "eu.anthropic.",
                                               "anthropic."};
    static const char *const bedrock[] = {"toolConfig", "inferenceConfig", "guardrailConfig", "additionalModelRequestFields"};
    static const char *const cohere_names[] = {"command", "c4ai", "aya"};
    static const char *const mistral_names[] = {"mistral",  "ministral", "codestral", "pixtral",
                                                "magistral", "devstral", "open-mi",   "voxtral"};
    evidence e = {0};
    uint32_t tools = tkc_json_get(doc, o, "tools", NULL), tool = TKC_JSON_NONE;
    uint32_t model = tkc_json_get(doc, o, "model", NULL);
    uint32_t thinking = tkc_json_get(doc, o, "thinking", NULL);
    look_at_messages(doc, messages, &e);
    if (is(doc, tools, TKC_JSON_ARRAY)) tool = tkc_json_first(doc, tools);
    if (has(doc, tool, "function"))
        e.openai = "its tools have a function";
    else if (has(doc, tool, "input_schema"))
        e.anthropic = "its tools have an input_schema";
    if (HAS_ANY(doc, o, anthropic)) e.anthropic = "it has members of Anthropic's only";
    if (has(doc, o, "system")) e.anthropic = "it has a system prompt beside its messages";
    if (has(doc, thinking, "budget_tokens")) e.anthropic = "it has a thinking budget";
    if (HAS_ANY(doc, o, cohere)) e.cohere = "it has members of Cohere's only";
    if (HAS_ANY(doc, o, mistral)) e.mistral = "it has members of Mistral's only";
    if (HAS_ANY(doc, o, openai) && !e.openai) e.openai = "it has members of OpenAI's";
    if (e.typed || has(doc, o, "model")) e.bedrock = NULL; /* Bedrock's model stands in the address, or is a modelId */
    if (HAS_ANY(doc, o, bedrock)) e.bedrock = "it has members of Bedrock's Converse only";
    if (e.bedrock) return say(TKC_DIALECT_BEDROCK, e.bedrock, true, why, sure);
    if (e.anthropic) return say(TKC_DIALECT_ANTHROPIC, e.anthropic, !e.openai, why, sure);
    if (e.cohere) return say(TKC_DIALECT_COHERE, e.cohere, true, why, sure);
    if (e.mistral) return say(TKC_DIALECT_MISTRAL, e.mistral, true, why, sure);
    if (model_begins(doc, model, cohere_names, 3))
        return say(TKC_DIALECT_COHERE, "its model is one of Cohere's", false, why, sure);
    if (model_begins(doc, model, mistral_names, 8))
        return say(TKC_DIALECT_MISTRAL, "its model is one of Mistral's", false, why, sure);
    if (e.openai) return say(TKC_DIALECT_OPENAI_CHAT, e.openai, true, why, sure);
    if (model_begins(doc, model, claude_names, 4))
        return say(TKC_DIALECT_ANTHROPIC, "its model is one of Anthropic's", false, why, sure);
    return say(TKC_DIALECT_OPENAI_CHAT, "it has messages", false, why, sure);
}

static bool is_embedder(const tkc_json *doc, uint32_t model)
{
    char text[100];
    const size_t len = model == TKC_JSON_NONE ? 0 : tkc_json_head(doc, model, text, sizeof text);
    static const char *const voyage[] = {"voyage-"};
    for (size_t i = 0; i + 5 <= len && i + 5 <= sizeof text; i++)
        if ((text[i] == 'e' || text[i] == 'E') && memcmp(text + i + 1, "mbed", 4) == 0) return true;
    return model_begins(doc, model, voyage, 1);
}

/* Why an object is texts alone, or NULL. It must name its model: prompts and inputs stand in data sets too. */
static const char *texts_alone(const tkc_json *doc, uint32_t o)
{
    static const char *const embedding[] = {"encoding_format", "dimensions", "input_type", "embedding_types", "output_dimension"};
    const uint32_t model = tkc_json_get(doc, o, "model", NULL), input = tkc_json_get(doc, o, "input", NULL);
    const uint32_t prompt = tkc_json_get(doc, o, "prompt", NULL), list = tkc_json_get(doc, o, "texts", NULL);
    if (!is(doc, model, TKC_JSON_STRING)) return NULL;
    if (is(doc, list, TKC_JSON_ARRAY)) return "it has texts";
    if (is(doc, input, TKC_JSON_STRING) && (is_embedder(doc, model) || HAS_ANY(doc, o, embedding))) return "it has input to embed";
    if (is(doc, input, TKC_JSON_ARRAY) && tkc_json_count(doc, input) && !is(doc, tkc_json_first(doc, input), TKC_JSON_OBJECT))
        return "it has a list of texts or ids";
    if (is(doc, prompt, TKC_JSON_STRING) || is(doc, prompt, TKC_JSON_ARRAY)) return "it has a prompt";
    return NULL;
}

tkc_dialect tkc_rd_shape(const tkc_json *doc, uint32_t node, const char **why, bool *sure)
{
    uint32_t messages, input;
    const char *texts;
    if (node == TKC_JSON_NONE || !doc->n_node) return say(TKC_DIALECT_AUTO, "", false, why, sure);
    if (is(doc, node, TKC_JSON_ARRAY)) {
        evidence e = {0};
        uint32_t first = tkc_json_first(doc, node);
        if (!has(doc, first, "role")) return say(TKC_DIALECT_AUTO, "", false, why, sure);
        look_at_messages(doc, node, &e);
        if (e.bedrock && !e.typed) return say(TKC_DIALECT_BEDROCK, e.bedrock, !e.openai, why, sure);
        if (e.anthropic) return say(TKC_DIALECT_ANTHROPIC, e.anthropic, !e.openai, why, sure);
        return say(TKC_DIALECT_OPENAI_CHAT, "it is a list of messages", false, why, sure);
    }
    if (!is(doc, node, TKC_JSON_OBJECT)) return say(TKC_DIALECT_AUTO, "", false, why, sure);
    messages = tkc_json_get(doc, node, "messages", NULL);
    if (is(doc, messages, TKC_JSON_ARRAY)) return chat_shape(doc, node, messages, why, sure);
    if (has(doc, node, "contents")) return say(TKC_DIALECT_GEMINI, "it has contents", true, why, sure);
    if (is(doc, tkc_json_get(doc, node, "message", NULL), TKC_JSON_STRING))
        return say(TKC_DIALECT_COHERE_V1, "it has one message", true, why, sure);
    texts = texts_alone(doc, node);
    if (texts) return say(TKC_DIALECT_TEXTS, texts, true, why, sure);
    input = tkc_json_get(doc, node, "input", NULL);
    if (is(doc, input, TKC_JSON_STRING) ||
        (is(doc, input, TKC_JSON_ARRAY) &&
         (tkc_json_count(doc, input) == 0 ||
          is(doc, tkc_json_first(doc, input), TKC_JSON_OBJECT))) ||
        is(doc, tkc_json_get(doc, node, "prompt", NULL), TKC_JSON_OBJECT))
        return say(TKC_DIALECT_OPENAI_RESPONSES, "it has input", true, why, sure);
    return say(TKC_DIALECT_AUTO, "", false, why, sure);
}

tkc_dialect tkc_rd_find_shape(tkc_rd *rd, uint32_t node)
{
    if (rd->shape.of != node + 1) {
        rd->shape.of = node + 1;
        rd->shape.why = "";
        rd->shape.dialect = tkc_rd_shape(rd->doc, node, &rd->shape.why, &rd->shape.sure);
    }
    return rd->shape.dialect;
}

tkc_dialect tkc_request_shape(const tkc_json *doc, uint32_t node, const char **why)
{
    return tkc_rd_shape(doc, node, why, NULL);
}

/* --- envelopes ---------------------------------------------------------------------------- */

static const struct {
    const char *member;
    tkc_envelope envelope;
} wrapper[] = {{"body", TKC_ENVELOPE_OPENAI_BATCH},
               {"params", TKC_ENVELOPE_ANTHROPIC_BATCH},
               {"request", TKC_ENVELOPE_GEMINI_BATCH},
               {"generateContentRequest", TKC_ENVELOPE_GEMINI_BATCH},
               {"modelInput", TKC_ENVELOPE_BEDROCK_BATCH}};

/* Bedrock CountTokens has its request two members deep. The other member it may have, invokeModel, holds Base64. */
static uint32_t count_tokens(tkc_rd *rd, uint32_t o, tkc_at *at)
{
    const uint32_t input = tkc_rd_get(rd, o, "input"), in = tkc_rd_get(rd, input, "converse");
    if (!is(rd->doc, in, TKC_JSON_OBJECT)) return o;
    rd->r->envelope = TKC_ENVELOPE_BEDROCK_COUNT;
    *at = tkc_rd_in(rd, tkc_rd_in(rd, *at, input), in);
    return in;
}

/* The request in one envelope, or o itself. */
static uint32_t unwrap_one(tkc_rd *rd, uint32_t o, tkc_at *at)
{
    if (tkc_rd_find_shape(rd, o) != TKC_DIALECT_AUTO) return o;
    for (size_t i = 0; i < sizeof wrapper / sizeof *wrapper; i++) {
        uint32_t in = tkc_rd_get(rd, o, wrapper[i].member);
        if (!is(rd->doc, in, TKC_JSON_OBJECT)) continue;
        rd->r->envelope = wrapper[i].envelope;
        *at = tkc_rd_in(rd, *at, in);
        return in;
    }
    return count_tokens(rd, o, at);
}

uint32_t tkc_rd_unwrap(tkc_rd *rd, size_t i, size_t *n, tkc_at *at)
{
    const uint32_t root = rd->r->root, list = tkc_rd_get(rd, root, "requests");
    uint32_t k = 0;
    rd->r->envelope = TKC_ENVELOPE_NONE;
    *n = 1;
    if (!is(rd->doc, list, TKC_JSON_ARRAY) || !tkc_json_count(rd->doc, list) ||
        tkc_rd_find_shape(rd, root) != TKC_DIALECT_AUTO)
        return i == 0 ? unwrap_one(rd, root, at) : TKC_JSON_NONE;
    *n = tkc_json_count(rd->doc, list);
    *at = tkc_rd_in(rd, *at, list);
    for (uint32_t o = tkc_json_first(rd->doc, list); o != TKC_JSON_NONE;
         o = tkc_json_next(rd->doc, list, o), k++)
        if (k == i) {
            *at = tkc_rd_nth(rd, *at, k);
            return unwrap_one(rd, o, at);
        }
    return TKC_JSON_NONE;
}

tkc_dialect tkc_request_dialect_of_path(const char *path)
{
    static const struct {
        const char *tail;
        tkc_dialect dialect;
    } row[] = {{".md", TKC_DIALECT_MARKDOWN},      {".markdown", TKC_DIALECT_MARKDOWN},
               {".mdc", TKC_DIALECT_MARKDOWN},     {".prompty", TKC_DIALECT_MARKDOWN},
               {".yaml", TKC_DIALECT_YAML},        {".yml", TKC_DIALECT_YAML},
               {".txt", TKC_DIALECT_TEXT},         {".prompt", TKC_DIALECT_TEXT}};
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        size_t k = strlen(row[i].tail);
        if (n > k && strcmp(path + n - k, row[i].tail) == 0) return row[i].dialect;
    }
    return TKC_DIALECT_AUTO;
}
