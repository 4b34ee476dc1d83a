/*
 * usage.h - what a provider says it counted, in any of its formats, as one record.
 *
 * Providers count the same tokens twice in different places: OpenAI's prompt_tokens include the
 * cached ones, Anthropic's input_tokens do not; Gemini's candidates leave thoughts out, Chat
 * Completions' completion_tokens include them, xAI's do not. Here every token is in exactly one
 * unit, and the units of the prompt sum to the provider's prompt, those of the answer to its
 * answer. What cannot be split that way (more cached tokens than prompt, totals that
 * contradict) is an error that names the field, never a guess.
 *
 * Shapes, told apart by their fields (optimizer/money/README.md has a row for each): OpenAI Chat
 * Completions, Responses, Realtime and batch lines; Anthropic Messages and batch results; Gemini
 * and its batch lines; Bedrock Converse, InvokeModel and batch lines; Cohere; DeepSeek, xAI,
 * Mistral, Moonshot, OpenRouter and other Chat Completions dialects; litellm logs and spend rows; Langfuse observations;
 * Helicone rows; OpenTelemetry GenAI, OpenInference and Sentry attributes; Claude Code sessions;
 * Codex rollouts; records wrapped as {"request", "response"}; and our own:
 *
 *     {"model", "provider", "input", "cached", "cache_write_5m", "cache_write_1h", "output",
 *      "reasoning", "batch", "at", ...}
 *
 * where every count is of its own tokens alone (input leaves the cached ones out, output the
 * reasoning), the other names are those of tkc_unit_name(), "mode" may stand for "batch", and
 * "at" is a time.
 */
#ifndef TKC_OPTIMIZER_USAGE_H
#define TKC_OPTIMIZER_USAGE_H

#include "optimizer/money/prices.h"
#include "vocab/base/json.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tkc_usage_format {
    TKC_USAGE_NONE = 0, /* the line holds no usage: a user's turn, a tool result         */
    TKC_USAGE_OWN,
    TKC_USAGE_CHAT,
    TKC_USAGE_RESPONSES,
    TKC_USAGE_ANTHROPIC,
    TKC_USAGE_GEMINI,
    TKC_USAGE_BEDROCK,
    TKC_USAGE_COHERE,
    TKC_USAGE_LITELLM,
    TKC_USAGE_LANGFUSE,
    TKC_USAGE_HELICONE,
    TKC_USAGE_OTEL,
    TKC_USAGE_CLAUDE_CODE,
    TKC_USAGE_CODEX
} tkc_usage_format;
TKC_API const char *tkc_usage_format_name(tkc_usage_format f); /* "own", "chat", ...; static */

enum {
    TKC_USAGE_BATCHED = 1 << 0,      /* an envelope or field says so                             */
    TKC_USAGE_FREE = 1 << 1,         /* not billed: answered from a gateway's own cache          */
    TKC_USAGE_SPLIT_GUESS = 1 << 2,  /* cached audio or images: the record does not say how many */
    TKC_USAGE_UNKNOWN_TIER = 1 << 3, /* a service tier nobody has prices for                     */
    TKC_USAGE_FAILED = 1 << 4,       /* the request failed: nothing was counted                  */
    TKC_USAGE_NO_TTL = 1 << 5,       /* cache writes without a lifetime: taken as 5 minutes      */
    TKC_USAGE_REGION = 1 << 6,       /* Anthropic: inference in one region, at 1.1 times the price */
    TKC_USAGE_OTHER_MODEL = 1 << 7,  /* another model took part; its tokens are not in the counts */
    TKC_USAGE_BY_CALL = 1 << 8       /* tools of the provider's own ran that cost by the call    */
};

/* No count may be above this: 10^15 tokens are more than all providers together serve a day,
 * and their cost stays in 64 bits at any price. */
#define TKC_USAGE_MOST UINT64_C(1000000000000000)

typedef struct tkc_usage {
    uint64_t n[TKC_N_UNIT]; /* REQUEST is 1, 0 for a repeated line                             */
    uint64_t prompt;        /* tokens of the whole prompt: chooses the tier. For a repeated line
                               that of the request, though n holds only what was added         */
    tkc_usage_format format;
    tkc_mode mode;
    unsigned flags;
    tkc_str model, provider; /* empty where the record has none; valid until the next read      */
    bool has_at;
    int64_t at;    /* Unix seconds                                                              */
    bool at_hour;  /* at has a time of day, not a date alone                                    */
    size_t repeats; /* the line that held this request first, 0: this one                       */
} tkc_usage;

/* Sum of the units of the prompt; of the answer. */
TKC_API uint64_t tkc_usage_prompt(const tkc_usage *u);
TKC_API uint64_t tkc_usage_answer(const tkc_usage *u);

/* What must be remembered from line to line: requests seen (Claude Code writes 2 to 10 lines
 * for one), the model and running totals of a Codex session. For one thread. */
typedef struct tkc_usage_reader tkc_usage_reader;
TKC_API TKC_MUST_USE tkc_status tkc_usage_reader_new(tkc_usage_reader **out,
                                                     const tkc_allocator *alloc, tkc_error *err);
TKC_API void tkc_usage_reader_free(tkc_usage_reader *r);
/* Another file: Codex totals start anew. Requests stay remembered, for a resumed session
 * repeats the old one's lines in its own file. */
TKC_API void tkc_usage_reader_next_file(tkc_usage_reader *r);
/*
 * One line's value. line is its number, for repeats. A request seen before gives only what was
 * added since: the sum over all lines counts it once. The last 262,144 to 524,288 requests are
 * remembered (42 MB at most).
 *
 * TKC_E_FORMAT with the byte: no usage found, a count that is negative, no whole number or
 * above TKC_USAGE_MOST, parts that contradict the total, a time that is none. TKC_E_NOMEM.
 */
TKC_API TKC_MUST_USE tkc_status tkc_usage_read(tkc_usage_reader *r, const tkc_json *line,
                                               size_t line_no, tkc_usage *out, tkc_error *err);

/* "2026-11-01", "2026-11-01T10:20:30.5Z", "2026-11-01 10:20:30+02:00", digits alone as OTLP's
 * nanoseconds: Unix seconds; without a zone UTC. *has_hour: there is a time. False if it is none of these or before 1970. */
TKC_API bool tkc_usage_time(tkc_str text, int64_t *out, bool *has_hour);

#ifdef __cplusplus
}
#endif
#endif
