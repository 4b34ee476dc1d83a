/*
 * texts.c - texts without a conversation: embeddings (OpenAI, Mistral, Voyage: input; Cohere: texts), completions
 * and filling in the middle (OpenAI, DeepSeek, Mistral: prompt, suffix).
 *
 * OpenAI's input and prompt are a string, a list of strings, a list of token ids, or a list of lists of ids
 * (openai-openapi, CreateEmbeddingRequest and CreateCompletionRequest). A list of ids is one part, as many tokens as
 * it has numbers. Everything is pinned: a vector belongs to its text as it is, and so does what stands in the answer's place.
 */
#include "optimizer/request/read.h"

enum { MODEL, INPUT, TEXTS, PROMPT, SUFFIX, N_NAMED };
static const tkc_name root[] = {
    [MODEL] = TKC_NAME("model"),
    [INPUT] = TKC_NAME("input"),
    [TEXTS] = TKC_NAME("texts"),
    [PROMPT] = TKC_NAME("prompt"),
    [SUFFIX] = TKC_NAME("suffix"),
    /* Settings. */
    TKC_NAME("best_of"), TKC_NAME("dimensions"), TKC_NAME("echo"), TKC_NAME("embedding_types"), TKC_NAME("encoding_format"),
    TKC_NAME("frequency_penalty"), TKC_NAME("input_type"), TKC_NAME("logit_bias"), TKC_NAME("logprobs"), TKC_NAME("max_tokens"),
    TKC_NAME("metadata"), TKC_NAME("min_tokens"), TKC_NAME("n"), TKC_NAME("output_dimension"), TKC_NAME("output_dtype"),
    TKC_NAME("presence_penalty"), TKC_NAME("random_seed"), TKC_NAME("seed"), TKC_NAME("stop"), TKC_NAME("stream"),
    TKC_NAME("stream_options"), TKC_NAME("temperature"), TKC_NAME("top_p"), TKC_NAME("truncate"), TKC_NAME("truncation"),
    TKC_NAME("user"),
};
enum { N_ROOT = sizeof root / sizeof *root };

static bool are_ids(const tkc_rd *rd, uint32_t list)
{
    uint32_t n = 0;
    if (!tkc_rd_is_kind(rd, list, TKC_JSON_ARRAY)) return false;
    for (uint32_t i = tkc_json_first(rd->doc, list); i != TKC_JSON_NONE; i = tkc_json_next(rd->doc, list, i), n++)
        if (!tkc_rd_is_kind(rd, i, TKC_JSON_NUMBER)) return false;
    return n > 0;
}

/* One text: a string or its ids. */
static void one(tkc_rd *rd, tkc_at at, uint32_t node)
{
    if (tkc_rd_is_kind(rd, node, TKC_JSON_STRING)) tkc_rd_part(rd, at, TKC_PART_TEXT, node, TKC_PART_PINNED);
    else if (are_ids(rd, node)) tkc_rd_part(rd, at, TKC_PART_OTHER, node, TKC_PART_PINNED);
    else tkc_rd_unknown(rd, at, node);
}

static void texts(tkc_rd *rd, tkc_at at, uint32_t node)
{
    uint32_t index = 0;
    if (node == TKC_RD_NONE || tkc_rd_is_kind(rd, node, TKC_JSON_NULL)) return;
    at = tkc_rd_in(rd, at, node);
    if (!tkc_rd_is_kind(rd, node, TKC_JSON_ARRAY) || are_ids(rd, node)) {
        one(rd, at, node);
        return;
    }
    for (uint32_t t = tkc_json_first(rd->doc, node); !rd->st && t != TKC_JSON_NONE; t = tkc_json_next(rd->doc, node, t))
        one(rd, tkc_rd_nth(rd, at, index++), t);
}

void tkc_rd_texts(tkc_rd *rd, tkc_at at)
{
    uint32_t slot[N_ROOT];
    const uint32_t body = rd->r->body;
    tkc_rd_members(rd, body, root, N_ROOT, slot);
    rd->r->model = slot[MODEL];
    if (slot[INPUT] == TKC_RD_NONE && slot[TEXTS] == TKC_RD_NONE && slot[PROMPT] == TKC_RD_NONE) {
        tkc_rd_fail(rd, at, body, "an object with \"input\", \"texts\" or \"prompt\"");
        return;
    }
    at.role = TKC_ROLE_USER;
    for (unsigned i = INPUT; i <= SUFFIX; i++) texts(rd, at, slot[i]);
    tkc_rd_rest(rd, at, body, root, N_ROOT, slot);
}
