/*
 * test_usage.c - usage records of every shape: what they come to, that the parts sum to the
 * provider's own totals, what is refused and at which byte, and that a request which stands on
 * several lines is counted once.
 */
#include "optimizer/money/usage.h"

#include "tests/support/fail_alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static tkc_usage_reader *open_reader(void)
{
    tkc_usage_reader *r = NULL;
    assert_int_equal(tkc_usage_reader_new(&r, NULL, NULL), TKC_OK);
    return r;
}

static tkc_status read_text(tkc_usage_reader *r, const char *text, size_t line, tkc_usage *u, tkc_error *err)
{
    tkc_json d;
    tkc_json_limits limits = {.lone_surrogates = true};
    tkc_status st;
    tkc_json_init(&d, NULL);
    st = tkc_json_parse(&d, str(text), &limits, err);
    if (!st) st = tkc_usage_read(r, &d, line, u, err);
    tkc_json_release(&d);
    return st;
}

/* uncached, cached, written 5m, written 1h, visible, reasoning, audio in, audio read, audio out */
typedef struct wanted {
    const char *line;
    const char *format;
    uint64_t n[9];
    uint64_t prompt, answer; /* the provider's totals */
    const char *model;
    tkc_mode mode;
    unsigned flags;
} wanted;

static const tkc_unit column[9] = {TKC_UNIT_INPUT,    TKC_UNIT_READ,      TKC_UNIT_WRITE_5M,
                                   TKC_UNIT_WRITE_1H, TKC_UNIT_OUTPUT,    TKC_UNIT_REASONING,
                                   TKC_UNIT_AUDIO_IN, TKC_UNIT_AUDIO_READ, TKC_UNIT_AUDIO_OUT};

static const wanted shapes[] = {
    /* our own */
    {"{\"model\":\"m\",\"provider\":\"p\",\"input\":10,\"cached\":20,\"cache_write_5m\":3,\"cache_write_1h\":4,"
     "\"output\":5,\"reasoning\":6,\"batch\":true,\"at\":\"2026-11-01T00:00:00Z\"}",
     "own", {10, 20, 3, 4, 5, 6}, 37, 11, "m", TKC_MODE_BATCH, TKC_USAGE_BATCHED},
    {"{\"input\":1,\"mode\":\"flex\",\"batch\":false}", "own", {1}, 1, 0, "", TKC_MODE_FLEX, 0},
    {"{\"model\":\"m\",\"output\":7,\"audio_input\":2}", "own", {0, 0, 0, 0, 7, 0, 2}, 2, 7, "m", 0, 0},
    /* Chat Completions */
    {"{\"object\":\"chat.completion\",\"model\":\"gpt-5\",\"created\":1790000000,\"usage\":{\"prompt_tokens\":100,"
     "\"completion_tokens\":50,\"total_tokens\":150,\"prompt_tokens_details\":{\"cached_tokens\":64,\"cache_write_tokens\":10},"
     "\"completion_tokens_details\":{\"reasoning_tokens\":20}},\"service_tier\":\"priority\"}",
     "chat", {26, 64, 10, 0, 30, 20}, 100, 50, "gpt-5", TKC_MODE_PRIORITY, TKC_USAGE_NO_TTL},
    {"{\"model\":\"gpt-4o-audio\",\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":50,"
     "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":40},\"completion_tokens_details\":{\"audio_tokens\":30}}}",
     "chat", {60, 0, 0, 0, 20, 0, 40, 0, 30}, 100, 50, "gpt-4o-audio", 0, 0},
    {"{\"model\":\"gpt-4o-audio\",\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":5,"
     "\"prompt_tokens_details\":{\"cached_tokens\":70,\"audio_tokens\":40}}}",
     "chat", {0, 60, 0, 0, 5, 0, 30, 10, 0}, 100, 5, "gpt-4o-audio", 0, TKC_USAGE_SPLIT_GUESS},
    {"{\"model\":\"x\",\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":2,\"prompt_tokens_details\":null}}",
     "chat", {4, 0, 0, 0, 2}, 4, 2, "x", 0, 0},
    {"{\"model\":\"text-embedding-3-small\",\"object\":\"list\",\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}",
     "chat", {8}, 8, 0, "text-embedding-3-small", 0, 0},
    /* dialects: DeepSeek, Moonshot, xAI (reasoning beside the answer, told by the total, by the
     * provider, by its size), Gemini's OpenAI endpoint (thoughts in the total alone) */
    {"{\"model\":\"deepseek-chat\",\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":9,\"total_tokens\":39,"
     "\"prompt_cache_hit_tokens\":20,\"prompt_cache_miss_tokens\":10,\"completion_tokens_details\":{\"reasoning_tokens\":4}}}",
     "chat", {10, 20, 0, 0, 5, 4}, 30, 9, "deepseek-chat", 0, 0},
    {"{\"model\":\"kimi-k3\",\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":9,\"total_tokens\":39,\"cached_tokens\":12}}",
     "chat", {18, 12, 0, 0, 9}, 30, 9, "kimi-k3", 0, 0},
    {"{\"model\":\"grok-4.7\",\"usage\":{\"prompt_tokens\":32,\"completion_tokens\":9,\"total_tokens\":135,"
     "\"completion_tokens_details\":{\"reasoning_tokens\":94}}}",
     "chat", {32, 0, 0, 0, 9, 94}, 32, 103, "grok-4.7", 0, 0},
    {"{\"provider\":\"xai\",\"model\":\"grok-4.7\",\"usage\":{\"prompt_tokens\":32,\"completion_tokens\":90,"
     "\"completion_tokens_details\":{\"reasoning_tokens\":9}}}",
     "chat", {32, 0, 0, 0, 90, 9}, 32, 99, "grok-4.7", 0, 0},
    {"{\"model\":\"grok-4.7\",\"usage\":{\"prompt_tokens\":32,\"completion_tokens\":9,"
     "\"completion_tokens_details\":{\"reasoning_tokens\":94}}}",
     "chat", {32, 0, 0, 0, 9, 94}, 32, 103, "grok-4.7", 0, 0},
    {"{\"model\":\"gemini-2.5-flash\",\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":40}}",
     "chat", {10, 0, 0, 0, 5, 25}, 10, 30, "gemini-2.5-flash", 0, TKC_USAGE_SPLIT_GUESS},
    /* Responses, an event that carries one, Realtime */
    {"{\"object\":\"response\",\"model\":\"gpt-5.4\",\"created_at\":1790000000.5,\"usage\":{\"input_tokens\":328,"
     "\"input_tokens_details\":{\"cached_tokens\":128},\"output_tokens\":52,\"output_tokens_details\":{\"reasoning_tokens\":40},"
     "\"total_tokens\":380},\"service_tier\":\"default\"}",
     "responses", {200, 128, 0, 0, 12, 40}, 328, 52, "gpt-5.4", 0, 0},
    {"{\"type\":\"response.completed\",\"response\":{\"model\":\"gpt-5.4\",\"usage\":{\"input_tokens\":3,\"output_tokens\":2,"
     "\"total_tokens\":5}}}", "responses", {3, 0, 0, 0, 2}, 3, 2, "gpt-5.4", 0, 0},
    {"{\"type\":\"response.done\",\"response\":{\"model\":\"gpt-realtime\",\"usage\":{\"total_tokens\":253,\"input_tokens\":132,"
     "\"output_tokens\":121,\"input_token_details\":{\"text_tokens\":119,\"audio_tokens\":13,\"cached_tokens\":64,"
     "\"cached_tokens_details\":{\"text_tokens\":60,\"audio_tokens\":4}},\"output_token_details\":{\"text_tokens\":30,"
     "\"audio_tokens\":91}}}}", "responses", {59, 60, 0, 0, 30, 0, 9, 4, 91}, 132, 121, "gpt-realtime", 0, 0},
    /* Anthropic: cached tokens beside the input */
    {"{\"type\":\"message\",\"model\":\"claude-opus-5\",\"usage\":{\"input_tokens\":5,\"cache_creation_input_tokens\":30,"
     "\"cache_read_input_tokens\":100,\"cache_creation\":{\"ephemeral_5m_input_tokens\":10,\"ephemeral_1h_input_tokens\":20},"
     "\"output_tokens\":9,\"service_tier\":\"standard\",\"server_tool_use\":{\"web_search_requests\":2}}}",
     "anthropic", {5, 100, 10, 20, 9}, 135, 9, "claude-opus-5", 0, 0},
    {"{\"model\":\"claude-opus-5\",\"usage\":{\"input_tokens\":5,\"cache_creation_input_tokens\":30,"
     "\"cache_read_input_tokens\":0,\"output_tokens\":9,\"output_tokens_details\":{\"thinking_tokens\":4},\"speed\":\"fast\"}}",
     "anthropic", {5, 0, 30, 0, 5, 4}, 35, 9, "claude-opus-5", TKC_MODE_FAST, TKC_USAGE_NO_TTL},
    {"{\"type\":\"message\",\"model\":\"claude-3-haiku\",\"usage\":{\"input_tokens\":5,\"output_tokens\":9}}",
     "anthropic", {5, 0, 0, 0, 9}, 5, 9, "claude-3-haiku", 0, 0},
    {"{\"type\":\"message\",\"model\":\"claude-opus-5\",\"usage\":{\"input_tokens\":5,\"output_tokens\":9,\"inference_geo\":\"us\","
     "\"iterations\":[{\"type\":\"message\",\"input_tokens\":5,\"output_tokens\":9}]}}",
     "anthropic", {5, 0, 0, 0, 9}, 5, 9, "claude-opus-5", 0, TKC_USAGE_REGION},
    {"{\"type\":\"message\",\"model\":\"claude-opus-5\",\"usage\":{\"input_tokens\":5,\"output_tokens\":9,\"inference_geo\":\"global\","
     "\"iterations\":[1,null,{\"type\":\"advisor_message\",\"model\":\"claude-fable-5\",\"input_tokens\":800,\"output_tokens\":9}]}}",
     "anthropic", {5, 0, 0, 0, 9}, 5, 9, "claude-opus-5", 0, TKC_USAGE_OTHER_MODEL},
    {"{\"object\":\"response\",\"model\":\"gpt-5.4\",\"output\":[1,null,{\"type\":\"code_interpreter_call\"}],"
     "\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}", "responses", {3, 0, 0, 0, 2}, 3, 2, "gpt-5.4", 0, TKC_USAGE_BY_CALL},
    {"{\"modelVersion\":\"gemini-2.5-pro\",\"candidates\":[null,{\"groundingMetadata\":{\"webSearchQueries\":[\"a\"]}}],"
     "\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":2,\"trafficType\":\"ON_DEMAND\"}}",
     "gemini", {4, 0, 0, 0, 2}, 4, 2, "gemini-2.5-pro", 0, TKC_USAGE_BY_CALL},
    {"{\"modelVersion\":\"gemini-2.5-pro\",\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":2,"
     "\"trafficType\":\"ON_DEMAND_FLEX\"}}", "gemini", {4, 0, 0, 0, 2}, 4, 2, "gemini-2.5-pro", TKC_MODE_FLEX, 0},
    {"{\"modelVersion\":\"gemini-2.5-pro\",\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":2,"
     "\"serviceTier\":\"priority\"}}", "gemini", {4, 0, 0, 0, 2}, 4, 2, "gemini-2.5-pro", TKC_MODE_PRIORITY, 0},
    {"{\"modelVersion\":\"gemini-2.5-pro\",\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":2,"
     "\"trafficType\":\"PROVISIONED_THROUGHPUT\"}}", "gemini", {4, 0, 0, 0, 2}, 4, 2, "gemini-2.5-pro", 0, TKC_USAGE_UNKNOWN_TIER},
    /* batches */
    {"{\"custom_id\":\"a\",\"result\":{\"type\":\"succeeded\",\"message\":{\"type\":\"message\",\"model\":\"claude-opus-5\","
     "\"usage\":{\"input_tokens\":5,\"output_tokens\":9,\"service_tier\":\"batch\"}}}}",
     "anthropic", {5, 0, 0, 0, 9}, 5, 9, "claude-opus-5", TKC_MODE_BATCH, TKC_USAGE_BATCHED},
    {"{\"custom_id\":\"a\",\"result\":{\"type\":\"errored\",\"error\":{\"type\":\"error\"}}}",
     "anthropic", {0}, 0, 0, "", TKC_MODE_BATCH, TKC_USAGE_BATCHED | TKC_USAGE_FAILED},
    {"{\"id\":\"b\",\"custom_id\":\"a\",\"response\":{\"status_code\":200,\"body\":{\"model\":\"gpt-5\",\"usage\":{"
     "\"prompt_tokens\":22,\"completion_tokens\":2,\"total_tokens\":24}}},\"error\":null}",
     "chat", {22, 0, 0, 0, 2}, 22, 2, "gpt-5", TKC_MODE_BATCH, TKC_USAGE_BATCHED},
    {"{\"id\":\"b\",\"custom_id\":\"a\",\"response\":{\"status_code\":429,\"body\":{}},\"error\":null}",
     "chat", {0}, 0, 0, "", TKC_MODE_BATCH, TKC_USAGE_BATCHED | TKC_USAGE_FAILED},
    {"{\"custom_id\":\"a\",\"response\":null,\"error\":{\"code\":\"x\"}}",
     "chat", {0}, 0, 0, "", TKC_MODE_BATCH, TKC_USAGE_BATCHED | TKC_USAGE_FAILED},
    /* none: a log with a time that names its API key, another provider's answer */
    {"{\"at\":\"2026-11-01T00:00:00Z\",\"key\":\"k\",\"request\":{\"model\":\"gemini-2.5-pro\"},\"response\":{\"usageMetadata\":{"
     "\"promptTokenCount\":7,\"candidatesTokenCount\":1,\"totalTokenCount\":8}}}",
     "gemini", {7, 0, 0, 0, 1}, 7, 1, "gemini-2.5-pro", 0, 0},
    {"{\"key\":\"k\",\"request\":{\"model\":\"gpt-5\"},\"response\":{\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}}",
     "chat", {7, 0, 0, 0, 1}, 7, 1, "gpt-5", 0, 0},
    {"{\"key\":\"k\",\"request\":{\"model\":\"gemini-2.5-pro\"},\"response\":{\"usageMetadata\":{\"promptTokenCount\":7,"
     "\"candidatesTokenCount\":1,\"totalTokenCount\":8}}}",
     "gemini", {7, 0, 0, 0, 1}, 7, 1, "gemini-2.5-pro", TKC_MODE_BATCH, TKC_USAGE_BATCHED},
    /* Gemini: thoughts beside candidates, tool results beside the prompt; Python's names */
    {"{\"modelVersion\":\"gemini-2.5-pro\",\"usageMetadata\":{\"promptTokenCount\":100,\"cachedContentTokenCount\":60,"
     "\"candidatesTokenCount\":10,\"thoughtsTokenCount\":25,\"toolUsePromptTokenCount\":7,\"totalTokenCount\":142,"
     "\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":80},{\"modality\":\"AUDIO\",\"tokenCount\":20}],"
     "\"cacheTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":55},{\"modality\":\"AUDIO\",\"tokenCount\":5}]}}",
     "gemini", {32, 55, 0, 0, 10, 25, 15, 5, 0}, 107, 35, "gemini-2.5-pro", 0, 0},
    {"{\"model_version\":\"gemini-2.5-pro\",\"usage_metadata\":{\"prompt_token_count\":4,\"candidates_token_count\":2,"
     "\"thoughts_token_count\":null,\"total_token_count\":6}}", "gemini", {4, 0, 0, 0, 2}, 4, 2, "gemini-2.5-pro", 0, 0},
    /* a batch of Bedrock's: Anthropic's answer, Converse's, Nova's, Llama's, Titan's; one that failed */
    {"{\"recordId\":\"r\",\"modelInput\":{\"anthropic_version\":\"bedrock-2023-05-31\",\"messages\":[]},\"modelOutput\":{\"type\":\"message\","
     "\"model\":\"claude-sonnet-4-5-20250929\",\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":20,\"output_tokens\":4}}}",
     "anthropic", {10, 20, 0, 0, 4}, 30, 4, "claude-sonnet-4-5-20250929", TKC_MODE_BATCH, TKC_USAGE_BATCHED},
    {"{\"recordId\":\"r\",\"modelInput\":{\"messages\":[]},\"modelOutput\":{\"output\":{},\"usage\":{\"inputTokens\":10,\"outputTokens\":4,"
     "\"totalTokens\":14}}}", "bedrock", {10, 0, 0, 0, 4}, 10, 4, "", TKC_MODE_BATCH, TKC_USAGE_BATCHED},
    {"{\"recordId\":\"r\",\"modelInput\":{\"messages\":[]},\"modelOutput\":{\"usage\":{\"inputTokens\":10,\"outputTokens\":4,\"totalTokens\":34,"
     "\"cacheReadInputTokenCount\":20,\"cacheWriteInputTokenCount\":0}}}", "bedrock", {10, 20, 0, 0, 4}, 30, 4, "", TKC_MODE_BATCH, TKC_USAGE_BATCHED},
    {"{\"recordId\":\"r\",\"modelInput\":{\"prompt\":\"Hi\"},\"modelOutput\":{\"generation\":\"Yes\",\"prompt_token_count\":10,"
     "\"generation_token_count\":4,\"stop_reason\":\"stop\"}}", "bedrock", {10, 0, 0, 0, 4}, 10, 4, "", TKC_MODE_BATCH, TKC_USAGE_BATCHED},
    {"{\"recordId\":\"r\",\"modelId\":\"amazon.titan-text-lite-v1\",\"modelInput\":{\"inputText\":\"Hi\"},\"modelOutput\":{\"inputTextTokenCount\":8,"
     "\"results\":[{\"tokenCount\":3},{\"tokenCount\":2}]}}", "bedrock", {8, 0, 0, 0, 5}, 8, 5, "amazon.titan-text-lite-v1", TKC_MODE_BATCH, TKC_USAGE_BATCHED},
    {"{\"recordId\":\"r\",\"modelInput\":{\"inputText\":\"Hi\"},\"error\":{\"errorCode\":400,\"errorMessage\":\"bad request\"}}", "bedrock",
     {0}, 0, 0, "", TKC_MODE_BATCH, TKC_USAGE_BATCHED | TKC_USAGE_FAILED},
    /* Bedrock, Cohere */
    {"{\"modelId\":\"us.amazon.nova-pro-v1:0\",\"usage\":{\"inputTokens\":10,\"outputTokens\":4,\"totalTokens\":44,"
     "\"cacheReadInputTokens\":20,\"cacheWriteInputTokens\":10,\"cacheDetails\":[{\"ttl\":\"5m\",\"inputTokens\":7},"
     "{\"ttl\":\"1h\",\"inputTokens\":3}]}}",
     "bedrock", {10, 20, 7, 3, 4}, 40, 4, "us.amazon.nova-pro-v1:0", 0, 0},
    {"{\"model\":\"command-a\",\"usage\":{\"billed_units\":{\"input_tokens\":5,\"output_tokens\":418},"
     "\"tokens\":{\"input_tokens\":71,\"output_tokens\":418}}}",
     "cohere", {5, 0, 0, 0, 418}, 5, 418, "command-a", 0, 0},
    /* gateways and tracers */
    {"{\"id\":\"1\",\"call_type\":\"acompletion\",\"custom_llm_provider\":\"anthropic\",\"model\":\"claude-opus-5\","
     "\"status\":\"success\",\"prompt_tokens\":135,\"completion_tokens\":9,\"total_tokens\":144,\"startTime\":1790000000.25,"
     "\"cache_hit\":false,\"metadata\":{\"usage_object\":{\"prompt_tokens\":135,\"completion_tokens\":9,\"total_tokens\":144,"
     "\"prompt_tokens_details\":{\"cached_tokens\":100,\"cache_creation_tokens\":30,\"cache_creation_token_details\":{"
     "\"ephemeral_5m_input_tokens\":10,\"ephemeral_1h_input_tokens\":20}},\"cache_creation_input_tokens\":30,"
     "\"cache_read_input_tokens\":100}}}", "litellm", {5, 100, 10, 20, 9}, 135, 9, "claude-opus-5", 0, 0},
    {"{\"request_id\":\"1\",\"call_type\":\"completion\",\"model\":\"gpt-5\",\"prompt_tokens\":10,\"completion_tokens\":2,"
     "\"total_tokens\":12,\"startTime\":\"2026-11-01 10:00:00.123000\",\"cache_hit\":\"True\"}",
     "litellm", {10, 0, 0, 0, 2}, 10, 2, "gpt-5", 0, TKC_USAGE_FREE},
    {"{\"id\":\"1\",\"type\":\"GENERATION\",\"provided_model_name\":\"gpt-5\",\"start_time\":\"2026-11-01 10:00:00.123456\","
     "\"usage_details\":{\"input\":36,\"input_cached_tokens\":64,\"output\":30,\"output_reasoning_tokens\":20,\"total\":150}}",
     "langfuse", {36, 64, 0, 0, 30, 20}, 100, 50, "gpt-5", 0, 0},
    {"{\"provided_model_name\":\"gpt-5\",\"usage_details\":{\"input\":100,\"input_cached_tokens\":64,\"output\":30,"
     "\"total\":130}}", "langfuse", {36, 64, 0, 0, 30}, 100, 30, "gpt-5", 0, 0},
    {"{\"request_created_at\":\"2026-11-01T10:00:00.000Z\",\"request_model\":\"gpt-5\",\"provider\":\"OPENAI\","
     "\"prompt_tokens\":100.0,\"completion_tokens\":9.00}", /* as tables export them */
     "helicone", {100, 0, 0, 0, 9}, 100, 9, "gpt-5", 0, 0},
    {"{\"type\":\"GENERATION\",\"model\":\"gpt-5\",\"usage\":{\"input\":100,\"output\":30,\"total\":130,\"unit\":\"TOKENS\"}}",
     "langfuse", {100, 0, 0, 0, 30}, 100, 30, "gpt-5", 0, 0},
    {"{\"provided_model_name\":\"claude-opus-5\",\"usage_details\":{\"input\":5,\"cache_read_input_tokens\":100,"
     "\"cache_creation_input_tokens\":30,\"output\":9}}",
     "langfuse", {5, 100, 30, 0, 9}, 135, 9, "claude-opus-5", 0, TKC_USAGE_NO_TTL},
    {"{\"request_created_at\":\"2026-11-01T10:00:00.000Z\",\"request_model\":\"claude-opus-5\",\"provider\":\"ANTHROPIC\","
     "\"prompt_tokens\":5,\"completion_tokens\":9,\"prompt_cache_read_tokens\":100,\"prompt_cache_write_tokens\":30}",
     "helicone", {5, 100, 30, 0, 9}, 135, 9, "claude-opus-5", 0, TKC_USAGE_NO_TTL},
    {"{\"request_created_at\":\"2026-11-01T10:00:00.000Z\",\"request_model\":\"gpt-5\",\"provider\":\"OPENAI\","
     "\"prompt_tokens\":100,\"completion_tokens\":9,\"prompt_cache_read_tokens\":60}",
     "helicone", {40, 60, 0, 0, 9}, 100, 9, "gpt-5", 0, 0},
    {"{\"name\":\"chat\",\"attributes\":{\"gen_ai.operation.name\":\"chat\",\"gen_ai.provider.name\":\"openai\","
     "\"gen_ai.request.model\":\"gpt-5\",\"gen_ai.response.model\":\"gpt-5-2025-08-07\",\"gen_ai.usage.input_tokens\":100,"
     "\"gen_ai.usage.output_tokens\":50,\"gen_ai.usage.cache_read.input_tokens\":60,\"gen_ai.usage.cache_creation.input_tokens\":10,"
     "\"gen_ai.usage.reasoning.output_tokens\":20}}",
     "otel", {30, 60, 10, 0, 30, 20}, 100, 50, "gpt-5-2025-08-07", 0, TKC_USAGE_NO_TTL},
    {"{\"startTimeUnixNano\":\"1790000000000000000\",\"attributes\":[{\"key\":\"gen_ai.system\",\"value\":{\"stringValue\":\"openai\"}},"
     "{\"key\":\"gen_ai.request.model\",\"value\":{\"stringValue\":\"gpt-5\"}},{\"key\":\"gen_ai.usage.input_tokens\","
     "\"value\":{\"intValue\":\"100\"}},{\"key\":\"gen_ai.usage.output_tokens\",\"value\":{\"intValue\":50}}]}",
     "otel", {100, 0, 0, 0, 50}, 100, 50, "gpt-5", 0, 0},
    {"{\"llm.model_name\":\"gpt-5\",\"llm.token_count.prompt\":100,\"llm.token_count.completion\":50,"
     "\"llm.token_count.prompt_details.cache_read\":60,\"llm.token_count.completion_details.reasoning\":20,"
     "\"llm.token_count.total\":150}", "otel", {40, 60, 0, 0, 30, 20}, 100, 50, "gpt-5", 0, 0},
    {"{\"gen_ai.request.model\":\"gpt-5\",\"gen_ai.usage.input_tokens\":100,\"gen_ai.usage.input_tokens.cached\":60,"
     "\"gen_ai.usage.output_tokens\":50}", "otel", {40, 60, 0, 0, 50}, 100, 50, "gpt-5", 0, 0},
    /* OpenLLMetry, by its names before and after 0.5 of its conventions; Gemini's thoughts are in the total alone */
    {"{\"attributes\":{\"gen_ai.system\":\"OpenAI\",\"gen_ai.request.model\":\"gpt-5\",\"llm.usage.total_tokens\":125,"
     "\"gen_ai.usage.completion_tokens\":25,\"gen_ai.usage.prompt_tokens\":100,\"gen_ai.usage.cache_read_input_tokens\":64,"
     "\"llm.usage.reasoning_tokens\":20,\"gen_ai.prompt.0.content\":\"Hi\"}}", "otel", {36, 64, 0, 0, 5, 20}, 100, 25, "gpt-5", 0, 0},
    {"{\"attributes\":{\"gen_ai.request.model\":\"gpt-5\",\"gen_ai.usage.input_tokens\":100,\"gen_ai.usage.output_tokens\":25,"
     "\"gen_ai.usage.reasoning_tokens\":20}}", "otel", {100, 0, 0, 0, 5, 20}, 100, 25, "gpt-5", 0, 0},
    {"{\"gen_ai.system\":\"Google\",\"gen_ai.response.model\":\"gemini-2.5-flash\",\"llm.usage.total_tokens\":140,"
     "\"gen_ai.usage.prompt_tokens\":100,\"gen_ai.usage.completion_tokens\":10}", "otel", {100, 0, 0, 0, 10, 30}, 100, 40,
     "gemini-2.5-flash", 0, TKC_USAGE_SPLIT_GUESS},
    /* columns and wraps */
    {"{\"model\":\"gpt-5\",\"prompt_tokens\":10,\"completion_tokens\":2}", "chat", {10, 0, 0, 0, 2}, 10, 2, "gpt-5", 0, 0},
    {"{\"request\":{\"model\":\"gpt-5\"},\"response\":{\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2}}}",
     "chat", {10, 0, 0, 0, 2}, 10, 2, "gpt-5", 0, 0},
    /* beside the request as sent; the tier served goes before the one asked for */
    {"{\"at\":\"2026-11-01T10:00:00Z\",\"provider\":\"openai\",\"request\":{\"model\":\"gpt-5\",\"service_tier\":\"flex\"},\"usage\":{"
     "\"prompt_tokens\":10,\"completion_tokens\":2},\"task\":\"t\"}", "chat", {10, 0, 0, 0, 2}, 10, 2, "gpt-5", TKC_MODE_FLEX, 0},
    {"{\"request\":{\"model\":\"gpt-5\",\"service_tier\":\"flex\"},\"response\":{\"service_tier\":\"default\",\"usage\":{"
     "\"prompt_tokens\":10,\"completion_tokens\":2}}}", "chat", {10, 0, 0, 0, 2}, 10, 2, "gpt-5", 0, 0},
    {"{\"model\":\"x\",\"service_tier\":\"scale\",\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":0}}",
     "chat", {1}, 1, 0, "x", 0, TKC_USAGE_UNKNOWN_TIER},
    /* sessions; what has no usage by nature */
    {"{\"type\":\"assistant\",\"sessionId\":\"s\",\"timestamp\":\"2026-11-01T10:00:00.000Z\",\"message\":{\"id\":\"msg_0\","
     "\"model\":\"claude-opus-5\",\"usage\":{\"input_tokens\":5,\"cache_read_input_tokens\":100,\"output_tokens\":9}}}",
     "claude-code", {5, 100, 0, 0, 9}, 105, 9, "claude-opus-5", 0, 0},
    {"{\"type\":\"assistant\",\"message\":{\"id\":\"x\",\"model\":\"<synthetic>\",\"usage\":{\"input_tokens\":5,\"output_tokens\":9}}}",
     "none", {0}, 0, 0, "", 0, 0},
    {"{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\"hi\"}}", "none", {0}, 0, 0, "", 0, 0},
    {"{\"type\":\"summary\",\"summary\":\"x\"}", "none", {0}, 0, 0, "", 0, 0},
    {"{\"object\":\"chat.completion.chunk\",\"usage\":null}", "none", {0}, 0, 0, "", 0, 0},
    {"{\"attributes\":{\"http.method\":\"GET\"}}", "none", {0}, 0, 0, "", 0, 0},
    {"{\"type\":\"response_item\",\"payload\":{\"type\":\"message\"}}", "none", {0}, 0, 0, "", 0, 0},
    {"{\"type\":\"event_msg\",\"payload\":{\"type\":\"token_count\",\"info\":null}}", "none", {0}, 0, 0, "", 0, 0},
};

static void every_shape(void **state)
{
    tkc_usage_reader *r = open_reader();
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const wanted *w = &shapes[i];
        tkc_usage u;
        tkc_error err = {0};
        tkc_usage_reader_next_file(r);
        if (read_text(r, w->line, i + 1, &u, &err)) fail_msg("%s\n%s", w->line, err.message);
        if (strcmp(tkc_usage_format_name(u.format), w->format) != 0)
            fail_msg("%s\nis %s", w->line, tkc_usage_format_name(u.format));
        if (u.format == TKC_USAGE_NONE) continue;
        for (int k = 0; k < 9; k++)
            if (u.n[column[k]] != w->n[k])
                fail_msg("%s\n%s is %llu, not %llu", w->line, tkc_unit_name(column[k]),
                         (unsigned long long)u.n[column[k]], (unsigned long long)w->n[k]);
        /* nothing twice, nothing lost */
        assert_int_equal(tkc_usage_prompt(&u), w->prompt);
        assert_int_equal(tkc_usage_answer(&u), w->answer);
        assert_int_equal(u.prompt, w->prompt);
        if (u.model.len != strlen(w->model) || (u.model.len && memcmp(u.model.ptr, w->model, u.model.len) != 0))
            fail_msg("%s\nmodel %.*s", w->line, (int)u.model.len, u.model.ptr);
        assert_int_equal(u.mode, w->mode);
        if (u.flags != w->flags) fail_msg("%s\nflags %x", w->line, u.flags);
        if (strstr(w->line, "2026-11-01") || strstr(w->line, "1790000000")) assert_true(u.has_at && u.at_hour);
        if (strstr(w->line, "\"1790000000")) assert_int_equal(u.at, 1790000000);
    }
    tkc_usage_reader_free(r);
}

static void refusals(void **state)
{
    static const struct { const char *line, *at, *says; } t[] = {
        {"{\"model\":\"m\",\"input\":-5}", "-5", "input is negative: -5"},
        {"{\"model\":\"m\",\"input\":-0}", "-0", "input is negative"},
        {"{\"model\":\"m\",\"input\":1.5}", "1.5", "not a whole number: 1.5"},
        {"{\"model\":\"m\",\"input\":1e3}", "1e3", "not a whole number"},
        {"{\"model\":\"m\",\"input\":12.05}", "12.05", "not a whole number"},
        {"{\"model\":\"m\",\"input\":1.0e1}", "1.0e1", "not a whole number"},
        {"{\"model\":\"m\",\"input\":-12.0}", "-12.0", "negative"},
        {"{\"model\":\"m\",\"input\":1000000000000001.0}", "1000", "more than any provider serves"},
        {"{\"model\":\"m\",\"output\":3,\"cached\":\"7\"}", "\"7\"", "cached is not a number"},
        {"{\"model\":\"m\",\"input\":1000000000000001}", "1000", "more than any provider serves"},
        {"{\"model\":\"m\",\"input\":99999999999999999999999999}", "9999", "more than any provider serves"},
        {"{\"model\":\"m\",\"input\":1,\"batch\":\"yes\"}", "\"yes\"", "batch is true or false"},
        {"{\"model\":\"m\",\"input\":1,\"mode\":\"slow\"}", "\"slow\"", "mode is one of"},
        {"{\"model\":\"m\",\"input\":1,\"at\":\"yesterday\"}", "\"yest", "not a time"},
        {"{\"model\":\"m\",\"input\":1,\"at\":\"2026-02-30\"}", "\"2026", "not a time"},
        {"{\"model\":\"m\",\"input\":1,\"at\":true}", "true", "not a time"},
        {"{\"model\":\"m\",\"input\":1,\"at\":-1}", "-1", "not a time"},
        {"{\"usage\":{\"prompt_tokens\":-3,\"completion_tokens\":1}}", "-3", "prompt_tokens is negative"},
        {"{\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":1,\"prompt_tokens_details\":{\"cached_tokens\":11}}}",
         "{\"prompt_tokens\":10", "cached and written tokens are 11 of 10"},
        {"{\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":1,\"total_tokens\":5}}", "{\"prompt", "sum to 11, the total says 5"},
        {"{\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5,\"total_tokens\":15,\"completion_tokens_details\":"
         "{\"reasoning_tokens\":6}}}", "{\"prompt", "reasoning tokens are 6 of 5"},
        {"{\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":1,\"prompt_cache_hit_tokens\":3,\"prompt_cache_miss_tokens\":3}}",
         "{\"prompt", "are 6, prompt_tokens 10"},
        {"{\"usage\":{\"input_tokens\":5,\"cache_creation_input_tokens\":3,\"cache_creation\":{\"ephemeral_1h_input_tokens\":4},"
         "\"output_tokens\":1}}", "{\"input", "cache writes by lifetime are 4 of 3"},
        {"{\"usageMetadata\":{\"candidatesTokenCount\":10}}", "{\"cand", "without promptTokenCount"},
        {"{\"usageMetadata\":{\"promptTokenCount\":10,\"candidatesTokenCount\":10,\"totalTokenCount\":1}}", "{\"prompt", "the total says 1"},
        {"{\"custom_id\":\"a\",\"result\":{\"usage\":{\"input_tokens\":1,\"output_tokens\":1}}}", "{\"custom", "no usage found"},
        {"{\"usage_details\":{\"input\":10,\"output\":5,\"total\":99}}", "{\"input", "sum to 15, the total says 99"},
        {"{\"usage\":{\"inputTokens\":1,\"outputTokens\":1,\"cacheWriteInputTokens\":1,\"cacheDetails\":[{\"ttl\":\"1h\","
         "\"inputTokens\":2}]}}", "{\"inputT", "cache writes of an hour are 2 of 1"},
        {"{\"type\":\"message_delta\",\"usage\":{\"output_tokens\":5}}", "{\"type", "an event of a stream"},
        {"{\"hello\":\"world\"}", "{\"hello", "no usage found"},
        {"{\"usage\":{\"credits\":5}}", "{\"usage", "no usage found"},
        {"{}", "{}", "no usage found"},
        {"[1]", "[1]", "a record is an object"},
        {"7", "7", "a record is an object"},
        {"{\"prompt_token_count\":5,\"candidates_token_count\":6}", "{\"prompt", "no usage found"},
        {"{\"modelInput\":{},\"modelOutput\":{\"outputs\":[{\"text\":\"a\"}]}}", "{\"modelInput", "no usage found"},
        {"{\"modelInput\":{},\"modelOutput\":{\"inputTextTokenCount\":1,\"results\":[{\"tokenCount\":-1}]}}", "-1", "tokenCount is negative"},
        {"{\"gen_ai.usage.input_tokens\":\"many\"}", "\"many", "gen_ai.usage.input_tokens is not a number"},
        {"{\"gen_ai.usage.input_tokens\":\"99999999999999999999\"}", "\"9999", "more than any provider"},
    };
    tkc_usage_reader *r = open_reader();
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        tkc_usage u;
        tkc_error err = {0};
        tkc_status st = read_text(r, t[i].line, 1, &u, &err);
        if (st != TKC_E_FORMAT || !strstr(err.message, t[i].says)) fail_msg("%s\n%d: %s", t[i].line, st, err.message);
        if (strncmp(t[i].line + err.offset, t[i].at, strlen(t[i].at)) != 0)
            fail_msg("%s\nbyte %zu", t[i].line, err.offset);
    }
    tkc_usage_reader_free(r);
}

static uint64_t sum_of(tkc_usage_reader *r, const char *const *line, size_t n, tkc_unit u, uint64_t *records)
{
    uint64_t sum = 0;
    *records = 0;
    for (size_t i = 0; i < n; i++) {
        tkc_usage got;
        tkc_error err = {0};
        if (strcmp(line[i], "next file") == 0) {
            tkc_usage_reader_next_file(r);
            continue;
        }
        if (read_text(r, line[i], i + 1, &got, &err)) fail_msg("%s\n%s", line[i], err.message);
        if (got.format == TKC_USAGE_NONE) continue;
        sum += got.n[u];
        *records += got.repeats == 0;
    }
    return sum;
}

#define CC(id, req, in, out)                                                                        \
    "{\"type\":\"assistant\",\"requestId\":\"" req "\",\"message\":{\"id\":\"" id "\",\"model\":\"claude-opus-5\"," \
    "\"usage\":{\"input_tokens\":" #in ",\"cache_read_input_tokens\":1000,\"output_tokens\":" #out "}}}"

static void claude_code_once(void **state)
{
    static const char *const line[] = {
        CC("m1", "r1", 10, 1), CC("m1", "r1", 10, 1), CC("m1", "r1", 10, 250), CC("m1", "r1", 10, 250),
        CC("m2", "r2", 20, 7), CC("m1", "r1", 10, 250), CC("m1", "r9", 10, 5), "next file",
        CC("m1", "r1", 10, 250), /* the resumed session repeats the old one */
        CC("m3", "r3", 1, 1)};
    const size_t n = sizeof line / sizeof *line;
    tkc_usage_reader *r = open_reader();
    uint64_t records;
    (void)state;
    assert_int_equal(sum_of(r, line, n, TKC_UNIT_OUTPUT, &records), 250 + 7 + 5 + 1);
    assert_int_equal(records, 4);
    tkc_usage_reader_free(r);
    r = open_reader();
    assert_int_equal(sum_of(r, line, n, TKC_UNIT_INPUT, &records), 10 + 20 + 10 + 1);
    tkc_usage_reader_free(r);
    r = open_reader();
    assert_int_equal(sum_of(r, line, n, TKC_UNIT_READ, &records), 4000);
    tkc_usage_reader_free(r);
}

/* A compaction is beside the request's own counts, and its prompt is none of the request's; searches
 * are counted by the item, and as the answer is streamed. */
static void beside_the_counts(void **state)
{
    static const char compacted[] =
        "{\"type\":\"message\",\"model\":\"claude-opus-5\",\"usage\":{\"input_tokens\":23000,\"cache_read_input_tokens\":7,"
        "\"output_tokens\":1000,\"iterations\":[{\"type\":\"compaction\",\"input_tokens\":180000,\"output_tokens\":3500,"
        "\"cache_read_input_tokens\":50,\"cache_creation_input_tokens\":30,\"cache_creation\":{\"ephemeral_1h_input_tokens\":30}},"
        "{\"type\":\"message\",\"input_tokens\":23000,\"output_tokens\":1000}]}}";
    static const char searched[] =
        "{\"object\":\"response\",\"model\":\"gpt-5\",\"output\":[{\"type\":\"web_search_call\",\"action\":{\"type\":\"search\"}},"
        "{\"type\":\"web_search_call\"},{\"type\":\"web_search_call\",\"action\":{\"type\":\"open_page\"}},{\"type\":\"message\"}],"
        "\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}";
#define SEARCHES(n)                                                                                \
    "{\"type\":\"assistant\",\"requestId\":\"r\",\"message\":{\"id\":\"m\",\"model\":\"claude-opus-5\",\"usage\":{" \
    "\"input_tokens\":1,\"output_tokens\":1,\"server_tool_use\":{\"web_search_requests\":" #n "}}}}"
    static const char *const streamed[] = {SEARCHES(0), SEARCHES(1), SEARCHES(3), SEARCHES(3)};
#undef SEARCHES
    tkc_usage_reader *r = open_reader();
    tkc_usage u;
    tkc_error err;
    uint64_t records;
    (void)state;
    assert_int_equal(read_text(r, compacted, 1, &u, &err), TKC_OK);
    assert_int_equal(u.n[TKC_UNIT_INPUT], 203000);
    assert_int_equal(u.n[TKC_UNIT_READ], 57);
    assert_int_equal(u.n[TKC_UNIT_WRITE_1H], 30);
    assert_int_equal(u.n[TKC_UNIT_OUTPUT], 4500);
    assert_int_equal(u.prompt, 23007);
    assert_int_equal(u.flags, 0);
    assert_int_equal(read_text(r, searched, 2, &u, &err), TKC_OK);
    assert_int_equal(u.n[TKC_UNIT_SEARCH], 2);
    assert_int_equal(u.flags, 0);
    assert_int_equal(sum_of(r, streamed, 4, TKC_UNIT_SEARCH, &records), 3);
    tkc_usage_reader_free(r);
}

/* More requests than one generation holds: near repeats are still seen. */
static void many_requests(void **state)
{
    tkc_usage_reader *r = open_reader();
    uint64_t sum = 0;
    const int n = 300000;
    (void)state;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 2; k++) {
            char line[300];
            tkc_usage u;
            snprintf(line, sizeof line, CC("m%d", "r", 1, %d), i, 1 + k);
            assert_int_equal(read_text(r, line, (size_t)i + 1, &u, NULL), TKC_OK);
            sum += u.n[TKC_UNIT_OUTPUT];
            assert_int_equal(u.repeats != 0, k);
        }
    assert_int_equal(sum, 2u * n);
    tkc_usage_reader_free(r);
}

#define META(id, more) "{\"type\":\"session_meta\",\"payload\":{\"id\":\"" id "\"" more "}}"
#define TURN(model) "{\"type\":\"turn_context\",\"payload\":{\"model\":\"" model "\"}}"
#define TC(in, cached, out, hidden, last_in, last_cached, last_out, last_hidden)                     \
    "{\"timestamp\":\"2026-11-01T10:00:00Z\",\"type\":\"event_msg\",\"payload\":{\"type\":\"token_count\",\"info\":{" \
    "\"total_token_usage\":{\"input_tokens\":" #in ",\"cached_input_tokens\":" #cached ",\"output_tokens\":" #out      \
    ",\"reasoning_output_tokens\":" #hidden "},\"last_token_usage\":{\"input_tokens\":" #last_in                       \
    ",\"cached_input_tokens\":" #last_cached ",\"output_tokens\":" #last_out ",\"reasoning_output_tokens\":"           \
    #last_hidden "}}}}"

static void codex_totals(void **state)
{
    static const char *const line[] = {
        META("a", ""), TURN("gpt-5-codex"),
        TC(100, 0, 10, 4, 100, 0, 10, 4),
        TC(100, 0, 10, 4, 100, 0, 10, 4), /* written again */
        TC(300, 90, 25, 9, 200, 90, 15, 5),
        TC(300, 90, 25, 9, 200, 90, 15, 5),
        TC(50, 0, 5, 0, 50, 0, 5, 0), /* a new context: totals fell */
        "next file",
        META("b", ",\"forked_from_id\":\"a\""), TURN("gpt-5-codex"),
        TC(100, 0, 10, 4, 100, 0, 10, 4), /* the parent's history, replayed */
        TC(300, 90, 25, 9, 200, 90, 15, 5),
        TC(310, 90, 26, 9, 10, 0, 1, 0)};
    const size_t n = sizeof line / sizeof *line;
    tkc_usage_reader *r;
    uint64_t records;
    (void)state;
    for (int k = 0; k < 4; k++) {
        static const tkc_unit unit[] = {TKC_UNIT_INPUT, TKC_UNIT_READ, TKC_UNIT_OUTPUT, TKC_UNIT_REASONING};
        static const uint64_t want[] = {100 + 110 + 50 + 10, 90, 6 + 10 + 5 + 1, 4 + 5};
        r = open_reader();
        assert_int_equal(sum_of(r, line, n, unit[k], &records), want[k]);
        assert_int_equal(records, 4);
        tkc_usage_reader_free(r);
    }
    r = open_reader();
    for (size_t i = 0; i < 3; i++) {
        tkc_usage u;
        assert_int_equal(read_text(r, line[i], i + 1, &u, NULL), TKC_OK);
        if (i < 2) continue;
        assert_int_equal(u.model.len, 11);
        assert_memory_equal(u.model.ptr, "gpt-5-codex", 11);
        assert_true(u.has_at);
    }
    tkc_usage_reader_free(r);
}

static void times(void **state)
{
    static const struct { const char *text; int64_t at; int ok; bool hour; } t[] = {
        {"1970-01-01", 0, 1, false}, {"2026-11-24T05:06:07Z", 1795496767, 1, true},
        {"2026-11-24 05:06:07", 1795496767, 1, true}, {"2026-11-24T05:06:07.123456Z", 1795496767, 1, true},
        {"2026-11-24T07:06:07+02:00", 1795496767, 1, true}, {"2026-11-23T23:36:07-0530", 1795496767, 1, true},
        {"2026-11-24T05:06", 1795496760, 1, true}, {"2026-11-24T05:06:07 UTC", 1795496767, 1, true},
        {"2026-11-24T05:06:07+02", 1795489567, 1, true}, {"2026-11-24T24:00:00Z", 0, 0, false},
        {"2026-11-24T05:60:00Z", 0, 0, false}, {"2026-11-24T05:06:07.Z", 0, 0, false},
        {"2026-11-24T05:06:07Zz", 0, 0, false}, {"2026-11-24T05:06:07+2:00", 0, 0, false},
        {"2026-11-24T", 0, 0, false}, {"2026-11-24X05:06:07", 0, 0, false}, {"", 0, 0, false},
        {"1970-01-01T00:00:00+01:00", 0, 0, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        int64_t at = -1;
        bool hour = false;
        if ((int)tkc_usage_time(str(t[i].text), &at, &hour) != t[i].ok) fail_msg("%s", t[i].text);
        if (!t[i].ok) continue;
        if (at != t[i].at) fail_msg("%s is %lld", t[i].text, (long long)at);
        assert_int_equal(hour, t[i].hour);
    }
}

/* Every request for memory fails once, over all shapes and sessions. */
static void no_memory(void **state)
{
    (void)state;
    for (size_t n = 1;; n++) {
        fail_alloc f = {.fail_at = n};
        const tkc_allocator alloc = fail_alloc_of(&f);
        tkc_usage_reader *r = NULL;
        tkc_error err = {0};
        tkc_json d;
        tkc_status st = tkc_usage_reader_new(&r, &alloc, &err);
        tkc_json_init(&d, NULL);
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes && !st; i++) {
            tkc_usage u;
            tkc_json_limits limits = {.lone_surrogates = true};
            assert_int_equal(tkc_json_parse(&d, str(shapes[i].line), &limits, NULL), TKC_OK);
            st = tkc_usage_read(r, &d, i + 1, &u, &err);
        }
        for (size_t i = 0; i < 200 && !st; i++) { /* the table of requests grows */
            char line[300];
            tkc_usage u;
            snprintf(line, sizeof line, CC("m%zu", "r", 1, 1), i);
            assert_int_equal(tkc_json_parse(&d, str(line), NULL, NULL), TKC_OK);
            st = tkc_usage_read(r, &d, i + 1, &u, &err);
        }
        if (st && (st != TKC_E_NOMEM || !strstr(err.message, "memory"))) fail_msg("request %zu: %s", n, err.message);
        tkc_json_release(&d);
        tkc_usage_reader_free(r);
        assert_int_equal(f.live, 0);
        assert_false(f.wrong_size);
        if (f.calls < n) {
            assert_int_equal(st, TKC_OK);
            assert_true(n > 3);
            break;
        }
    }
}

/* Escaped names, duplicate keys (the last one counts), deep and wide lines. */
static void odd_json(void **state)
{
    tkc_usage_reader *r = open_reader();
    tkc_usage u;
    tkc_error err = {0};
    (void)state;
    assert_int_equal(read_text(r, "{\"model\":\"claude\\u002dopus-5\",\"input\":1,\"input\":2}", 1, &u, &err), TKC_OK);
    assert_int_equal(u.n[TKC_UNIT_INPUT], 2);
    assert_int_equal(u.model.len, 13);
    assert_memory_equal(u.model.ptr, "claude-opus-5", 13);
    assert_int_equal(read_text(r, "{\"model\":\"m\",\"text\":\"\\ud800\",\"input\":1}", 1, &u, &err), TKC_OK);
    assert_int_equal(read_text(r, "{\"model\":7,\"provider\":[],\"input\":1}", 1, &u, &err), TKC_OK);
    assert_int_equal(u.model.len, 0);
    tkc_usage_reader_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape),  cmocka_unit_test(refusals), cmocka_unit_test(claude_code_once),
        cmocka_unit_test(beside_the_counts), cmocka_unit_test(many_requests), cmocka_unit_test(codex_totals), cmocka_unit_test(times),
        cmocka_unit_test(no_memory),    cmocka_unit_test(odd_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
