/*
 * usage_shapes.c - the usage object of each provider, and the taking apart of its counts.
 *
 * Field names and what includes what are from the providers' API references and the extractors
 * of PyPI genai-prices 0.2.3, compared record by record with its calculator by
 * tests/differential/cost_diff.py. xAI counts reasoning beside completion_tokens (its
 * total_tokens shows it); Gemini counts thoughts beside candidates, tool results beside the
 * prompt; Anthropic and Bedrock count cached tokens beside input.
 */
#include "optimizer/money/usage_impl.h"

#include "vocab/base/error.h"

#include <string.h>

typedef tkc_usage_line line;

uint32_t tkc_usage_get(const tkc_json *d, uint32_t object, const char *key)
{
    uint32_t v;
    if (object == TKC_JSON_NONE) return TKC_JSON_NONE;
    v = tkc_json_get(d, object, key, NULL);
    return v != TKC_JSON_NONE && tkc_json_kind_of(d, v) == TKC_JSON_NULL ? TKC_JSON_NONE : v;
}

uint32_t tkc_usage_get_kind(const tkc_json *d, uint32_t object, const char *key, tkc_json_kind k)
{
    uint32_t v = tkc_usage_get(d, object, key);
    return v != TKC_JSON_NONE && tkc_json_kind_of(d, v) == k ? v : TKC_JSON_NONE;
}

static uint32_t object_of(const line *l, uint32_t object, const char *key)
{
    return tkc_usage_get_kind(l->d, object, key, TKC_JSON_OBJECT);
}

/* Does the object say this under that key? */
static bool says(const line *l, uint32_t object, const char *key, const char *value)
{
    uint32_t v = tkc_usage_get(l->d, object, key);
    return v != TKC_JSON_NONE && tkc_json_is(l->d, v, value);
}

static bool digits_only(tkc_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
    return s.len > 0;
}

/* "12.0": a table with gaps in a column makes fractions of all its numbers. */
static tkc_str without_zeros(tkc_str s)
{
    size_t n = s.len;
    while (n && s.ptr[n - 1] == '0') n--;
    if (n < 2 || n == s.len || s.ptr[n - 1] != '.') return s;
    return (tkc_str){s.ptr, n - 1};
}

static tkc_status count_at(const line *l, uint32_t node, const char *name, bool text_too, uint64_t *out)
{
    const tkc_json *d = l->d;
    tkc_str s = tkc_json_source(d, node);
    tkc_json_kind kind = tkc_json_kind_of(d, node);
    const char *what = NULL;
    char q[TKC_QUOTE_SIZE];
    uint64_t v = 0;
    const bool quoted = kind == TKC_JSON_STRING && text_too && s.len > 2;
    const tkc_str digits = without_zeros(quoted ? (tkc_str){s.ptr + 1, s.len - 2} : s);
    if ((quoted || (kind == TKC_JSON_NUMBER && digits.len < s.len)) && digits_only(digits)) {
        for (size_t i = 0; i < digits.len && v <= TKC_USAGE_MOST; i++) v = v * 10 + (uint64_t)(digits.ptr[i] - '0');
    } else if (kind != TKC_JSON_NUMBER) {
        what = "not a number";
    } else if (s.ptr[0] == '-') {
        what = "negative";
    } else if (!tkc_json_u64(d, node, &v)) {
        what = digits_only(s) ? "more than any provider serves" : "not a whole number";
    }
    if (!what && v > TKC_USAGE_MOST) what = "more than any provider serves";
    if (what)
        return tkc_fail(l->err, TKC_E_FORMAT, d->node[node].begin, "%s is %s: %s", name, what,
                        tkc_quote(q, s.ptr, s.len));
    *out = v;
    return TKC_OK;
}

tkc_status tkc_usage_count(const line *l, uint32_t object, const char *key, uint64_t *out,
                           bool *has)
{
    uint32_t v = tkc_usage_get(l->d, object, key);
    if (has) *has = v != TKC_JSON_NONE;
    *out = 0;
    return v == TKC_JSON_NONE ? TKC_OK : count_at(l, v, key, false, out);
}

/* The first of some keys that is there. */
static tkc_status first_of(const line *l, uint32_t object, const char *const *key, size_t n,
                           uint64_t *out, bool *has)
{
    bool there = false;
    tkc_status st = TKC_OK;
    *out = 0;
    for (size_t i = 0; i < n && !there && !st; i++)
        st = tkc_usage_count(l, object, key[i], out, &there);
    if (has) *has = there;
    return st;
}
#define FIRST_OF(l, object, out, has, ...)                                                         \
    first_of(l, object, (const char *const[]){__VA_ARGS__},                                        \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), out, has)

tkc_status tkc_usage_text(const line *l, tkc_buf *buf, uint32_t node, tkc_str *out)
{
    if (node == TKC_JSON_NONE || tkc_json_kind_of(l->d, node) != TKC_JSON_STRING) return TKC_OK;
    if (l->d->node[node].end - l->d->node[node].begin > 4096)
        return tkc_fail(l->err, TKC_E_FORMAT, l->d->node[node].begin, "a name above 4096 bytes");
    tkc_buf_clear(buf);
    return tkc_json_string(l->d, node, buf, out, l->err);
}

void tkc_usage_tier(line *l, uint32_t node)
{
    static const char *const plain[] = {"default", "standard", "auto", "on_demand", "ON_DEMAND",
                                        "standard_only", "unspecified", "TRAFFIC_TYPE_UNSPECIFIED", ""};
    static const struct {
        const char *name;
        tkc_mode mode;
    } vertex[] = {{"ON_DEMAND_FLEX", TKC_MODE_FLEX}, {"ON_DEMAND_PRIORITY", TKC_MODE_PRIORITY}};
    if (node == TKC_JSON_NONE || tkc_json_kind_of(l->d, node) != TKC_JSON_STRING) return;
    if (tkc_json_is_one_of(l->d, node, plain, sizeof plain / sizeof *plain)) return;
    for (int m = 0; m < TKC_N_MODE; m++)
        if (tkc_json_is(l->d, node, tkc_mode_name((tkc_mode)m))) {
            l->u->mode = (tkc_mode)m;
            return;
        }
    for (size_t i = 0; i < sizeof vertex / sizeof *vertex; i++)
        if (tkc_json_is(l->d, node, vertex[i].name)) {
            l->u->mode = vertex[i].mode;
            return;
        }
    l->u->flags |= TKC_USAGE_UNKNOWN_TIER;
}

/* --- taking apart ------------------------------------------------------------------------ */

static tkc_status split(const line *l, size_t at, const char *what, uint64_t parts, uint64_t whole)
{
    return tkc_fail(l->err, TKC_E_FORMAT, at, "%s are %llu of %llu tokens: the parts exceed the whole",
                    what, (unsigned long long)parts, (unsigned long long)whole);
}

/* total_tokens tells whether hidden tokens are in the answer or beside it. */
static tkc_status check_total(line *l, size_t at)
{
    tkc_usage_counts *c = &l->c;
    uint64_t sum = c->prompt + c->answer;
    if (!c->has_total) {
        if (c->reasoning > c->answer) c->reasoning_extra = true; /* it cannot be a part */
        if (c->reasoning_extra) c->answer += c->reasoning;
        return TKC_OK;
    }
    if (c->total == 0 && sum) return TKC_OK; /* not filled in */
    if (c->total == sum + c->reasoning && c->reasoning) {
        c->answer += c->reasoning;
        return TKC_OK;
    }
    if (c->total == sum) {
        if (c->reasoning > c->answer) return split(l, at, "reasoning tokens", c->reasoning, c->answer);
        return TKC_OK;
    }
    if (c->reasoning_extra) {
        c->answer += c->reasoning;
        sum += c->reasoning;
    }
    if (c->total > sum) { /* Gemini's OpenAI endpoint: thoughts are in the total alone */
        c->reasoning += c->total - sum;
        c->answer += c->total - sum;
        l->u->flags |= TKC_USAGE_SPLIT_GUESS;
        return TKC_OK;
    }
    return tkc_fail(l->err, TKC_E_FORMAT, at, "prompt and answer sum to %llu, the total says %llu",
                    (unsigned long long)sum, (unsigned long long)c->total);
}

/* How many of the audio (image) tokens are cached, where the record does not say: as few as
 * the numbers allow. */
static void guess_cached(line *l, uint64_t all, uint64_t *cached, uint64_t *uncached)
{
    if (!l->c.split_known && l->c.read && all) {
        l->u->flags |= TKC_USAGE_SPLIT_GUESS;
        *cached = all > *uncached ? all - *uncached : 0;
    }
    *uncached -= all - *cached < *uncached ? all - *cached : *uncached;
}

tkc_status tkc_usage_settle(line *l, size_t at)
{
    tkc_usage_counts *c = &l->c;
    uint64_t *n = l->u->n, cache = c->read + c->write_5m + c->write_1h, uncached, side, out;
    tkc_status st = check_total(l, at);
    if (st) return st;
    if (cache > c->prompt) return split(l, at, "cached and written tokens", cache, c->prompt);
    uncached = c->prompt - cache;
    guess_cached(l, c->audio, &c->audio_read, &uncached);
    guess_cached(l, c->image, &c->image_read, &uncached);
    if (c->audio_read > c->audio) return split(l, at, "cached audio tokens", c->audio_read, c->audio);
    if (c->image_read > c->image) return split(l, at, "cached image tokens", c->image_read, c->image);
    if (c->audio_read + c->image_read > c->read)
        return split(l, at, "cached audio and image tokens", c->audio_read + c->image_read, c->read);
    side = c->audio - c->audio_read + c->image - c->image_read + c->video;
    if (side > c->prompt - cache)
        return split(l, at, "uncached audio, image and video tokens", side, c->prompt - cache);
    out = c->reasoning + c->audio_out + c->image_out + c->video_out;
    if (out > c->answer) return split(l, at, "reasoning, audio and image tokens", out, c->answer);
    n[TKC_UNIT_INPUT] = c->prompt - cache - side;
    n[TKC_UNIT_READ] = c->read - c->audio_read - c->image_read;
    n[TKC_UNIT_WRITE_5M] = c->write_5m;
    n[TKC_UNIT_WRITE_1H] = c->write_1h;
    n[TKC_UNIT_AUDIO_IN] = c->audio - c->audio_read;
    n[TKC_UNIT_AUDIO_READ] = c->audio_read;
    n[TKC_UNIT_IMAGE_IN] = c->image - c->image_read;
    n[TKC_UNIT_IMAGE_READ] = c->image_read;
    n[TKC_UNIT_VIDEO_IN] = c->video;
    n[TKC_UNIT_OUTPUT] = c->answer - out;
    n[TKC_UNIT_REASONING] = c->reasoning;
    n[TKC_UNIT_AUDIO_OUT] = c->audio_out;
    n[TKC_UNIT_IMAGE_OUT] = c->image_out;
    n[TKC_UNIT_VIDEO_OUT] = c->video_out;
    n[TKC_UNIT_REQUEST] = 1;
    l->u->prompt = c->prompt;
    return TKC_OK;
}

/* --- shapes ------------------------------------------------------------------------------- */

/* Cache writes, with or without their lifetimes; written (may be 0) is their sum. */
static tkc_status writes(line *l, uint32_t lifetimes, uint64_t written, bool has_written, size_t at)
{
    uint64_t five = 0, hour = 0;
    bool has_five = false, has_hour = false;
    tkc_status st = TKC_OK;
    if (lifetimes != TKC_JSON_NONE) {
        st = FIRST_OF(l, lifetimes, &five, &has_five, "ephemeral_5m_input_tokens");
        if (!st) st = FIRST_OF(l, lifetimes, &hour, &has_hour, "ephemeral_1h_input_tokens");
    }
    if (st) return st;
    if (!has_five && !has_hour) {
        l->c.write_5m = written;
        if (written) l->u->flags |= TKC_USAGE_NO_TTL;
        return TKC_OK;
    }
    if (has_written && five + hour > written)
        return split(l, at, "cache writes by lifetime", five + hour, written);
    if (!has_written) written = five + hour;
    l->c.write_1h = hour;
    l->c.write_5m = written - hour; /* what has no lifetime has the default one */
    return TKC_OK;
}

static tkc_status searches(line *l, uint32_t usage)
{
    uint64_t n = 0;
    tkc_status st = tkc_usage_count(l, object_of(l, usage, "server_tool_use"),
                                    "web_search_requests", &n, NULL);
    if (!st && n == 0) st = tkc_usage_count(l, usage, "num_search_queries", &n, NULL);
    l->u->n[TKC_UNIT_SEARCH] = n;
    return st;
}

static tkc_status chat(line *l, uint32_t usage)
{
    tkc_usage_counts *c = &l->c;
    const uint32_t in = object_of(l, usage, "prompt_tokens_details");
    const uint32_t out = object_of(l, usage, "completion_tokens_details");
    const size_t at = l->d->node[usage].begin;
    uint64_t written = 0, hit = 0, miss = 0;
    bool has = false, has_written = false, has_hit = false, has_miss = false;
    uint32_t lifetimes = object_of(l, in, "cache_creation_token_details");
    tkc_status st = tkc_usage_count(l, usage, "prompt_tokens", &c->prompt, NULL);
    l->u->format = TKC_USAGE_CHAT;
    if (lifetimes == TKC_JSON_NONE) lifetimes = object_of(l, usage, "cache_creation");
    if (!st) st = tkc_usage_count(l, usage, "completion_tokens", &c->answer, NULL);
    if (!st) st = tkc_usage_count(l, usage, "total_tokens", &c->total, &c->has_total);
    if (!st) st = tkc_usage_count(l, in, "cached_tokens", &c->read, &has);
    if (!st && !has) /* Moonshot; litellm and Databricks; Sentry */
        st = FIRST_OF(l, usage, &c->read, &has, "cached_tokens", "cache_read_input_tokens",
                      "prompt_cache_read_tokens");
    if (!st) st = tkc_usage_count(l, usage, "prompt_cache_hit_tokens", &hit, &has_hit);
    if (!st) st = tkc_usage_count(l, usage, "prompt_cache_miss_tokens", &miss, &has_miss);
    if (!st && has_hit && has_miss && hit + miss != c->prompt)
        return tkc_fail(l->err, TKC_E_FORMAT, at,
                        "prompt_cache_hit_tokens and prompt_cache_miss_tokens are %llu, "
                        "prompt_tokens %llu",
                        (unsigned long long)(hit + miss), (unsigned long long)c->prompt);
    if (!st && has_hit && !c->read) c->read = hit;
    if (!st) st = FIRST_OF(l, in, &written, &has_written, "cache_write_tokens", "cache_creation_tokens");
    if (!st && !has_written)
        st = FIRST_OF(l, usage, &written, &has_written, "cache_creation_input_tokens",
                      "cache_write_tokens", "prompt_cache_write_tokens");
    if (!st) st = writes(l, lifetimes, written, has_written, at);
    if (!st) st = tkc_usage_count(l, in, "audio_tokens", &c->audio, NULL);
    if (!st) st = tkc_usage_count(l, in, "image_tokens", &c->image, NULL);
    if (!st) st = tkc_usage_count(l, in, "video_tokens", &c->video, NULL);
    if (!st) st = tkc_usage_count(l, out, "reasoning_tokens", &c->reasoning, &has);
    if (!st && !has) st = tkc_usage_count(l, usage, "reasoning_tokens", &c->reasoning, NULL);
    if (!st) st = tkc_usage_count(l, out, "audio_tokens", &c->audio_out, NULL);
    if (!st) st = tkc_usage_count(l, out, "image_tokens", &c->image_out, NULL);
    if (!st) st = searches(l, usage);
    if (!st && c->reasoning && l->u->provider.len) {
        const tkc_str p = l->u->provider;
        c->reasoning_extra = (p.len == 3 && memcmp(p.ptr, "xai", 3) == 0) ||
                             (p.len == 4 && memcmp(p.ptr, "x-ai", 4) == 0) ||
                             (p.len == 4 && memcmp(p.ptr, "x_ai", 4) == 0);
    }
    return st ? st : tkc_usage_settle(l, at);
}

/* input_tokens with the cached ones: Responses, Realtime, Codex, images. */
static tkc_status responses(line *l, uint32_t usage)
{
    tkc_usage_counts *c = &l->c;
    uint32_t in = object_of(l, usage, "input_tokens_details");
    uint32_t out = object_of(l, usage, "output_tokens_details"), cached;
    const size_t at = l->d->node[usage].begin;
    uint64_t written = 0, text = 0;
    bool has_written = false;
    tkc_status st = tkc_usage_count(l, usage, "input_tokens", &c->prompt, NULL);
    l->u->format = TKC_USAGE_RESPONSES;
    if (in == TKC_JSON_NONE) in = object_of(l, usage, "input_token_details");
    if (out == TKC_JSON_NONE) out = object_of(l, usage, "output_token_details");
    cached = object_of(l, in, "cached_tokens_details");
    if (!st) st = tkc_usage_count(l, usage, "output_tokens", &c->answer, NULL);
    if (!st) st = tkc_usage_count(l, usage, "total_tokens", &c->total, &c->has_total);
    if (!st) st = tkc_usage_count(l, in, "cached_tokens", &c->read, NULL);
    if (!st) st = tkc_usage_count(l, in, "cache_write_tokens", &written, &has_written);
    if (!st) st = writes(l, TKC_JSON_NONE, written, has_written, at);
    if (!st) st = tkc_usage_count(l, in, "audio_tokens", &c->audio, NULL);
    if (!st) st = tkc_usage_count(l, in, "image_tokens", &c->image, NULL);
    if (!st && cached != TKC_JSON_NONE) {
        st = tkc_usage_count(l, cached, "audio_tokens", &c->audio_read, NULL);
        if (!st) st = tkc_usage_count(l, cached, "image_tokens", &c->image_read, NULL);
        if (!st) st = tkc_usage_count(l, cached, "text_tokens", &text, NULL);
        c->split_known = true;
    }
    if (!st) st = tkc_usage_count(l, out, "reasoning_tokens", &c->reasoning, NULL);
    if (!st) st = tkc_usage_count(l, out, "audio_tokens", &c->audio_out, NULL);
    if (!st) st = tkc_usage_count(l, out, "image_tokens", &c->image_out, NULL);
    return st ? st : tkc_usage_settle(l, at);
}

/* One usage object of Anthropic's, without what is in it by the call; *plain: the input that is neither
 * read from the cache nor written to it. */
static tkc_status anthropic_tokens(line *l, uint32_t usage, uint64_t *plain)
{
    tkc_usage_counts *c = &l->c;
    uint64_t written = 0;
    bool has_written = false;
    tkc_status st = tkc_usage_count(l, usage, "input_tokens", plain, NULL);
    if (!st) st = tkc_usage_count(l, usage, "cache_read_input_tokens", &c->read, NULL);
    if (!st) st = tkc_usage_count(l, usage, "cache_creation_input_tokens", &written, &has_written);
    if (!st)
        st = writes(l, object_of(l, usage, "cache_creation"), written, has_written, l->d->node[usage].begin);
    return st ? st : tkc_usage_count(l, usage, "output_tokens", &c->answer, NULL);
}

/* The steps of one request. A compaction's tokens are not in the top-level counts (Anthropic's SDK:
 * BetaUsage.iterations); an advisor is another model, at other prices. */
static tkc_status iterations(line *l, uint32_t usage, uint64_t *plain)
{
    const uint32_t list = tkc_usage_get_kind(l->d, usage, "iterations", TKC_JSON_ARRAY);
    tkc_status st = TKC_OK;
    if (list == TKC_JSON_NONE) return TKC_OK;
    for (uint32_t i = tkc_json_first(l->d, list); i != TKC_JSON_NONE && !st; i = tkc_json_next(l->d, list, i)) {
        const tkc_usage_counts before = l->c;
        uint64_t more = 0;
        if (tkc_json_kind_of(l->d, i) != TKC_JSON_OBJECT) continue;
        if (says(l, i, "type", "advisor_message")) l->u->flags |= TKC_USAGE_OTHER_MODEL;
        if (!says(l, i, "type", "compaction")) continue;
        st = anthropic_tokens(l, i, &more);
        *plain += more;
        l->c.read += before.read;
        l->c.write_5m += before.write_5m;
        l->c.write_1h += before.write_1h;
        l->c.answer += before.answer;
        if (*plain > TKC_USAGE_MOST || l->c.read > TKC_USAGE_MOST || l->c.answer > TKC_USAGE_MOST)
            return split(l, l->d->node[list].begin, "tokens of all iterations", *plain, TKC_USAGE_MOST);
    }
    return st;
}

static tkc_status anthropic_usage(line *l, uint32_t usage)
{
    static const char *const anywhere[] = {"global", "not_available", ""};
    tkc_usage_counts *c = &l->c;
    const uint32_t geo = tkc_usage_get_kind(l->d, usage, "inference_geo", TKC_JSON_STRING);
    const size_t at = l->d->node[usage].begin;
    uint64_t plain = 0, prompt;
    tkc_status st = anthropic_tokens(l, usage, &plain);
    l->u->format = TKC_USAGE_ANTHROPIC;
    prompt = plain + c->read + c->write_5m + c->write_1h;
    if (!st) st = iterations(l, usage, &plain);
    if (!st)
        st = tkc_usage_count(l, object_of(l, usage, "output_tokens_details"), "thinking_tokens",
                             &c->reasoning, NULL);
    if (!st) st = searches(l, usage);
    if (st) return st;
    if (says(l, usage, "speed", "fast")) l->u->mode = TKC_MODE_FAST;
    if (geo != TKC_JSON_NONE && !tkc_json_is_one_of(l->d, geo, anywhere, 3)) l->u->flags |= TKC_USAGE_REGION;
    c->prompt = plain + c->read + c->write_5m + c->write_1h;
    st = tkc_usage_settle(l, at);
    l->u->prompt = prompt; /* of the request itself: prices by length go by it */
    return st;
}

/* Bedrock Converse: cached tokens stand beside inputTokens. */
static tkc_status bedrock(line *l, uint32_t usage)
{
    tkc_usage_counts *c = &l->c;
    const uint32_t list = tkc_usage_get_kind(l->d, usage, "cacheDetails", TKC_JSON_ARRAY);
    const size_t at = l->d->node[usage].begin;
    uint64_t plain = 0, written = 0, hour = 0;
    tkc_status st = tkc_usage_count(l, usage, "inputTokens", &plain, NULL);
    l->u->format = TKC_USAGE_BEDROCK;
    if (!st) st = tkc_usage_count(l, usage, "outputTokens", &c->answer, NULL);
    if (!st) st = tkc_usage_count(l, usage, "totalTokens", &c->total, &c->has_total);
    /* InvokeModel's Nova says "Count" */
    if (!st) st = FIRST_OF(l, usage, &c->read, NULL, "cacheReadInputTokens", "cacheReadInputTokenCount");
    if (!st) st = FIRST_OF(l, usage, &written, NULL, "cacheWriteInputTokens", "cacheWriteInputTokenCount");
    if (!st && list != TKC_JSON_NONE)
        for (uint32_t i = tkc_json_first(l->d, list); i != TKC_JSON_NONE && !st;
             i = tkc_json_next(l->d, list, i)) {
            uint64_t n = 0;
            if (!says(l, i, "ttl", "1h")) continue;
            st = tkc_usage_count(l, i, "inputTokens", &n, NULL);
            hour += n;
            if (hour > TKC_USAGE_MOST) break;
        }
    if (st) return st;
    if (hour > written) return split(l, at, "cache writes of an hour", hour, written);
    if (written && list == TKC_JSON_NONE) l->u->flags |= TKC_USAGE_NO_TTL;
    c->write_1h = hour;
    c->write_5m = written - hour;
    c->prompt = plain + c->read + written;
    return tkc_usage_settle(l, at);
}

tkc_status tkc_usage_invoke_model(line *l, uint32_t object)
{
    tkc_usage_counts *c = &l->c;
    const uint32_t results = tkc_usage_get_kind(l->d, object, "results", TKC_JSON_ARRAY);
    bool is_llama, is_titan;
    tkc_status st = tkc_usage_count(l, object, "generation_token_count", &c->answer, &is_llama);
    if (!st) st = tkc_usage_count(l, object, is_llama ? "prompt_token_count" : "inputTextTokenCount", &c->prompt, &is_titan);
    if (!st && !is_llama && !is_titan) return TKC_E_NOTFOUND;
    for (uint32_t i = results == TKC_JSON_NONE ? results : tkc_json_first(l->d, results); i != TKC_JSON_NONE && !st;
         i = tkc_json_next(l->d, results, i)) {
        uint64_t n = 0;
        st = tkc_usage_count(l, i, "tokenCount", &n, NULL);
        c->answer += n;
        if (c->answer > TKC_USAGE_MOST) return split(l, l->d->node[results].begin, "tokens of all results", c->answer, TKC_USAGE_MOST);
    }
    l->u->format = TKC_USAGE_BEDROCK;
    return st ? st : tkc_usage_settle(l, l->d->node[object].begin);
}

static tkc_status cohere(line *l, uint32_t usage, uint32_t units)
{
    tkc_usage_counts *c = &l->c;
    tkc_status st = tkc_usage_count(l, units, "input_tokens", &c->prompt, NULL);
    l->u->format = TKC_USAGE_COHERE;
    if (!st) st = tkc_usage_count(l, units, "output_tokens", &c->answer, NULL);
    if (!st) st = tkc_usage_count(l, usage, "cached_tokens", &c->read, NULL);
    return st ? st : tkc_usage_settle(l, l->d->node[usage].begin);
}

static bool has_any(const line *l, uint32_t object, const char *const *key, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (tkc_usage_get(l->d, object, key[i]) != TKC_JSON_NONE) return true;
    return false;
}
#define HAS_ANY(l, object, ...)                                                                    \
    has_any(l, object, (const char *const[]){__VA_ARGS__},                                         \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

tkc_status tkc_usage_object(line *l, uint32_t usage, bool anthropic)
{
    uint32_t units = object_of(l, usage, "billed_units");
    tkc_usage_tier(l, tkc_usage_get(l->d, usage, "service_tier"));
    if (units == TKC_JSON_NONE) units = object_of(l, usage, "tokens");
    if (units != TKC_JSON_NONE) return cohere(l, usage, units);
    if (HAS_ANY(l, usage, "prompt_tokens", "completion_tokens")) return chat(l, usage);
    if (HAS_ANY(l, usage, "inputTokens", "outputTokens")) return bedrock(l, usage);
    if (!HAS_ANY(l, usage, "input_tokens", "output_tokens")) return TKC_E_NOTFOUND;
    if (anthropic || HAS_ANY(l, usage, "cache_creation_input_tokens", "cache_read_input_tokens",
                             "cache_creation", "server_tool_use"))
        return anthropic_usage(l, usage);
    return responses(l, usage);
}

/* Gemini: camelCase on the wire, snake_case in Python's dumps. */
static tkc_status gemini_modalities(line *l, uint32_t usage, const char *a, const char *b,
                                    uint64_t *audio, uint64_t *image, uint64_t *video, bool *has)
{
    uint32_t list = tkc_usage_get_kind(l->d, usage, a, TKC_JSON_ARRAY);
    tkc_status st = TKC_OK;
    if (list == TKC_JSON_NONE) list = tkc_usage_get_kind(l->d, usage, b, TKC_JSON_ARRAY);
    if (has) *has = list != TKC_JSON_NONE;
    if (list == TKC_JSON_NONE) return TKC_OK;
    for (uint32_t i = tkc_json_first(l->d, list); i != TKC_JSON_NONE && !st;
         i = tkc_json_next(l->d, list, i)) {
        uint64_t n = 0, *to = says(l, i, "modality", "AUDIO")   ? audio
                              : says(l, i, "modality", "IMAGE") ? image
                              : says(l, i, "modality", "VIDEO") ? video
                                                                : NULL;
        st = FIRST_OF(l, i, &n, NULL, "tokenCount", "token_count");
        if (to) *to += n;
        if (to && *to > TKC_USAGE_MOST)
            return split(l, l->d->node[list].begin, "tokens of one kind", *to, TKC_USAGE_MOST);
    }
    return st;
}

tkc_status tkc_usage_gemini(line *l, uint32_t usage)
{
    tkc_usage_counts *c = &l->c;
    const size_t at = l->d->node[usage].begin;
    uint64_t tool = 0, video_read = 0;
    bool has_prompt, has_answer;
    tkc_status st = FIRST_OF(l, usage, &c->prompt, &has_prompt, "promptTokenCount", "prompt_token_count");
    l->u->format = TKC_USAGE_GEMINI;
    if (!st)
        st = FIRST_OF(l, usage, &c->answer, &has_answer, "candidatesTokenCount",
                      "candidates_token_count", "responseTokenCount", "response_token_count");
    if (!st) st = FIRST_OF(l, usage, &c->reasoning, NULL, "thoughtsTokenCount", "thoughts_token_count");
    if (!st) st = FIRST_OF(l, usage, &c->read, NULL, "cachedContentTokenCount", "cached_content_token_count");
    if (!st) st = FIRST_OF(l, usage, &tool, NULL, "toolUsePromptTokenCount", "tool_use_prompt_token_count");
    if (!st) st = FIRST_OF(l, usage, &c->total, &c->has_total, "totalTokenCount", "total_token_count");
    if (!st)
        st = gemini_modalities(l, usage, "promptTokensDetails", "prompt_tokens_details", &c->audio,
                               &c->image, &c->video, NULL);
    if (!st)
        st = gemini_modalities(l, usage, "cacheTokensDetails", "cache_tokens_details",
                               &c->audio_read, &c->image_read, &video_read, &c->split_known);
    if (!st)
        st = gemini_modalities(l, usage, "candidatesTokensDetails", "candidates_tokens_details",
                               &c->audio_out, &c->image_out, &c->video_out, NULL);
    if (st) return st;
    for (size_t i = 0; i < 3; i++) {
        static const char *const tier[] = {"trafficType", "traffic_type", "serviceTier"};
        tkc_usage_tier(l, tkc_usage_get(l->d, usage, tier[i]));
    }
    if (!has_prompt && !c->has_total)
        return tkc_fail(l->err, TKC_E_FORMAT, at, "usageMetadata without promptTokenCount");
    /* cached video is a cached token like any other: no model lists a price of its own */
    if (video_read > c->video) return split(l, at, "cached video tokens", video_read, c->video);
    c->video -= video_read;
    c->prompt += tool;
    c->reasoning_extra = true;
    return tkc_usage_settle(l, at);
}

tkc_status tkc_usage_own(line *l, uint32_t root)
{
    tkc_usage *u = l->u;
    const uint32_t batch = tkc_usage_get(l->d, root, "batch");
    const uint32_t mode = tkc_usage_get(l->d, root, "mode");
    bool has = false;
    u->format = TKC_USAGE_OWN;
    for (int i = 0; i < TKC_N_UNIT; i++) {
        tkc_status st = tkc_usage_count(l, root, tkc_unit_name((tkc_unit)i), &u->n[i], &has);
        if (st) return st;
        if (i == TKC_UNIT_REQUEST && !has) u->n[i] = 1;
    }
    if (mode != TKC_JSON_NONE) {
        tkc_str s = tkc_json_source(l->d, mode);
        char q[TKC_QUOTE_SIZE];
        if (tkc_json_kind_of(l->d, mode) != TKC_JSON_STRING ||
            !tkc_mode_find((tkc_str){s.ptr + 1, s.len - 2}, &u->mode))
            return tkc_fail(l->err, TKC_E_FORMAT, l->d->node[mode].begin,
                            "mode is one of standard, batch, flex, priority, fast: %s",
                            tkc_quote(q, s.ptr, s.len));
    }
    if (batch != TKC_JSON_NONE) {
        tkc_json_kind k = tkc_json_kind_of(l->d, batch);
        if (k != TKC_JSON_TRUE && k != TKC_JSON_FALSE)
            return tkc_fail(l->err, TKC_E_FORMAT, l->d->node[batch].begin,
                            "batch is true or false");
        if (k == TKC_JSON_TRUE) u->flags |= TKC_USAGE_BATCHED;
    }
    u->prompt = tkc_usage_prompt(u);
    return TKC_OK;
}

/* Buckets that do not overlap, unless the total says that input holds the cached ones. */
tkc_status tkc_usage_langfuse(line *l, uint32_t details)
{
    tkc_usage_counts *c = &l->c;
    const size_t at = l->d->node[details].begin;
    uint64_t in = 0, out = 0, written = 0, side, hidden;
    tkc_status st;
    if (HAS_ANY(l, details, "prompt_tokens", "completion_tokens")) {
        st = chat(l, details);
        l->u->format = TKC_USAGE_LANGFUSE;
        return st;
    }
    l->u->format = TKC_USAGE_LANGFUSE;
    st = FIRST_OF(l, details, &in, NULL, "input", "input_tokens");
    if (!st) st = FIRST_OF(l, details, &out, NULL, "output", "output_tokens");
    if (!st) st = FIRST_OF(l, details, &c->total, &c->has_total, "total", "total_tokens");
    if (!st)
        st = FIRST_OF(l, details, &c->read, NULL, "cache_read_input_tokens", "input_cached_tokens",
                      "input_cache_read", "cached_tokens");
    if (!st)
        st = FIRST_OF(l, details, &written, NULL, "cache_creation_input_tokens",
                      "input_cache_creation", "input_cache_write_tokens");
    if (!st)
        st = FIRST_OF(l, details, &c->write_1h, NULL, "input_cache_creation_1h",
                      "cache_creation_1h_input_tokens");
    if (!st) st = FIRST_OF(l, details, &c->audio, NULL, "input_audio_tokens", "input_audio");
    if (!st)
        st = FIRST_OF(l, details, &c->reasoning, NULL, "output_reasoning_tokens", "output_reasoning",
                      "reasoning_tokens");
    if (!st) st = FIRST_OF(l, details, &c->audio_out, NULL, "output_audio_tokens", "output_audio");
    if (st) return st;
    c->write_5m = written;
    if (written) l->u->flags |= TKC_USAGE_NO_TTL;
    side = c->read + c->write_5m + c->write_1h + c->audio;
    hidden = c->reasoning + c->audio_out;
    c->split_known = true; /* buckets: the cached ones are no audio */
    c->prompt = in + side;
    c->answer = out + hidden;
    if (c->has_total && c->total == in + out && side + hidden && in >= side && out >= hidden) {
        c->prompt = in;
        c->answer = out;
    } else if (c->has_total && c->total != c->prompt + c->answer) {
        return tkc_fail(l->err, TKC_E_FORMAT, at, "the parts sum to %llu, the total says %llu",
                        (unsigned long long)(c->prompt + c->answer), (unsigned long long)c->total);
    }
    c->has_total = false; /* settled above */
    return tkc_usage_settle(l, at);
}

uint32_t tkc_usage_attribute_value(const tkc_json *d, uint32_t attributes, const char *key)
{
    if (tkc_json_kind_of(d, attributes) == TKC_JSON_OBJECT) return tkc_usage_get(d, attributes, key);
    for (uint32_t i = tkc_json_first(d, attributes); i != TKC_JSON_NONE; i = tkc_json_next(d, attributes, i))
        if (tkc_json_is(d, tkc_usage_get(d, i, "key"), key)) return tkc_usage_get(d, i, "value");
    return TKC_JSON_NONE;
}

uint32_t tkc_usage_attribute(const tkc_json *d, uint32_t attributes, const char *key)
{
    static const char *const kind[] = {"intValue", "stringValue", "doubleValue"};
    const uint32_t v = tkc_usage_attribute_value(d, attributes, key);
    if (v == TKC_JSON_NONE || tkc_json_kind_of(d, attributes) == TKC_JSON_OBJECT) return v;
    for (size_t k = 0; k < sizeof kind / sizeof *kind; k++) {
        const uint32_t typed = tkc_usage_get(d, v, kind[k]);
        if (typed != TKC_JSON_NONE) return typed;
    }
    return TKC_JSON_NONE;
}

static uint32_t attribute_of(const line *l, uint32_t attributes, const char *const *key, size_t n,
                             const char **which)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t v = tkc_usage_attribute(l->d, attributes, key[i]);
        if (v == TKC_JSON_NONE) continue;
        *which = key[i];
        return v;
    }
    return TKC_JSON_NONE;
}

static tkc_status attribute_count(const line *l, uint32_t attributes, const char *const *key,
                                  size_t n, uint64_t *out, bool *has)
{
    const char *which = "";
    uint32_t v = attribute_of(l, attributes, key, n, &which);
    *out = 0;
    if (has) *has = v != TKC_JSON_NONE;
    return v == TKC_JSON_NONE ? TKC_OK : count_at(l, v, which, true, out);
}
#define ATTRIBUTE(l, a, out, has, ...)                                                             \
    attribute_count(l, a, (const char *const[]){__VA_ARGS__},                                      \
                    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), out, has)

tkc_status tkc_usage_otel(line *l, uint32_t a)
{
    static const char *const model[] = {"gen_ai.response.model", "gen_ai.request.model",
                                        "llm.model_name"};
    static const char *const provider[] = {"gen_ai.provider.name", "gen_ai.system", "llm.provider",
                                           "llm.system"};
    tkc_usage_counts *c = &l->c;
    uint64_t written = 0;
    bool has_in = false, has_out = false;
    const char *which;
    tkc_status st = ATTRIBUTE(l, a, &c->prompt, &has_in, "gen_ai.usage.input_tokens",
                              "gen_ai.usage.prompt_tokens", "llm.token_count.prompt",
                              "llm.usage.prompt_tokens");
    if (!st)
        st = ATTRIBUTE(l, a, &c->answer, &has_out, "gen_ai.usage.output_tokens",
                       "gen_ai.usage.completion_tokens", "llm.token_count.completion",
                       "llm.usage.completion_tokens");
    if (st) return st;
    if (!has_in && !has_out) return TKC_E_NOTFOUND;
    l->u->format = TKC_USAGE_OTEL;
    st = ATTRIBUTE(l, a, &c->read, NULL, "gen_ai.usage.cache_read.input_tokens",
                   "gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.cache_read_tokens",
                   "gen_ai.usage.input_tokens.cached", "llm.token_count.prompt_details.cache_read");
    if (!st)
        st = ATTRIBUTE(l, a, &written, NULL, "gen_ai.usage.cache_creation.input_tokens",
                       "gen_ai.usage.cache_creation_input_tokens",
                       "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_write_tokens",
                       "gen_ai.usage.input_tokens.cache_write",
                       "llm.token_count.prompt_details.cache_write");
    if (!st)
        st = ATTRIBUTE(l, a, &c->reasoning, NULL, "gen_ai.usage.reasoning.output_tokens",
                       "gen_ai.usage.output_tokens.reasoning", "gen_ai.usage.reasoning_tokens",
                       "llm.usage.reasoning_tokens",
                       "llm.token_count.completion_details.reasoning");
    if (!st)
        st = ATTRIBUTE(l, a, &c->total, &c->has_total, "gen_ai.usage.total_tokens",
                       "llm.usage.total_tokens", "llm.token_count.total");
    if (!st) st = ATTRIBUTE(l, a, &c->audio, NULL, "llm.token_count.prompt_details.audio");
    if (!st) st = ATTRIBUTE(l, a, &c->audio_out, NULL, "llm.token_count.completion_details.audio");
    if (st) return st;
    c->write_5m = written;
    if (written) l->u->flags |= TKC_USAGE_NO_TTL;
    st = tkc_usage_text(l, l->model, attribute_of(l, a, model, 3, &which), &l->u->model);
    if (!st)
        st = tkc_usage_text(l, l->provider, attribute_of(l, a, provider, 4, &which),
                            &l->u->provider);
    tkc_usage_tier(l, tkc_usage_attribute(l->d, a, "gen_ai.openai.response.service_tier"));
    return st ? st : tkc_usage_settle(l, l->d->node[a].begin);
}

tkc_status tkc_usage_codex(line *l, uint32_t totals)
{
    tkc_usage_counts *c = &l->c;
    tkc_status st = tkc_usage_count(l, totals, "input_tokens", &c->prompt, NULL);
    if (!st) st = tkc_usage_count(l, totals, "cached_input_tokens", &c->read, NULL);
    if (!st) st = tkc_usage_count(l, totals, "cache_write_input_tokens", &c->write_5m, NULL);
    if (!st) st = tkc_usage_count(l, totals, "output_tokens", &c->answer, NULL);
    if (!st) st = tkc_usage_count(l, totals, "reasoning_output_tokens", &c->reasoning, NULL);
    if (!st) st = tkc_usage_count(l, totals, "total_tokens", &c->total, &c->has_total);
    return st ? st : tkc_usage_settle(l, l->d->node[totals].begin);
}
