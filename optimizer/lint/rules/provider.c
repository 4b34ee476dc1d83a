/*
 * provider.c - TC103 near-context-limit, TC701 missing-max-tokens, TC702 unknown-or-retired-model:
 * what the settings of a request say.
 */
#include "optimizer/lint/lint_impl.h"

#include "vocab/base/error.h"
#include "vocab/registry.h"

/* Names of the members that bound the answer, wherever a provider puts them. */
static const char *const limit_names[] = {"max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens",
                                          "maxTokens", "max_tokens_to_sample", "maxCompletionTokens"};
static const char *const setting_names[] = {"generationConfig", "generation_config", "modelParameters", "model_parameters",
                                            "inferenceConfig", "parameters", "config", "options"};

static uint32_t member(const tkc_json *d, uint32_t o, const char *key)
{
    return o == TKC_JSON_NONE || tkc_json_kind_of(d, o) != TKC_JSON_OBJECT ? TKC_JSON_NONE : tkc_json_get(d, o, key, NULL);
}

static bool limit_in(tkc_linter *l, const tkc_json *d, uint32_t o)
{
    for (size_t i = 0; i < sizeof limit_names / sizeof *limit_names; i++) {
        uint32_t v = member(d, o, limit_names[i]);
        if (v == TKC_JSON_NONE || tkc_json_kind_of(d, v) == TKC_JSON_NULL) continue;
        l->has_limit = true;
        (void)tkc_json_u64(d, v, &l->max_output);
        return true;
    }
    return false;
}

/* --- models ------------------------------------------------------------------------------------------- */

typedef struct dated {
    const char *name;
    uint32_t day;
} dated;
static const dated retired_models[] = {
#define RETIRED(name, day) {name, day},
#include "optimizer/lint/limits.def"
#undef RETIRED
};
typedef struct window {
    const char *name;
    uint64_t tokens;
} window;
static const window windows[] = {
#define WINDOW(name, tokens) {name, tokens},
#include "optimizer/lint/limits.def"
#undef WINDOW
};
enum { TABLE_DAY = 20261126 }; /* when limits.def was checked */

/* Behind the last '/', without a dated suffix when that is what differs. */
static tkc_str bare(tkc_str name)
{
    for (size_t i = name.len; i-- > 0;)
        if (name.ptr[i] == '/') return (tkc_str){name.ptr + i + 1, name.len - i - 1};
    return name;
}

static bool same_model(tkc_str name, const char *row)
{
    size_t n = strlen(row);
    if (name.len < n || !lint_begins_nocase(name, 0, row)) return false;
    if (name.len == n) return true;
    if (name.ptr[n] != '-' && name.ptr[n] != '@') return false;
    for (size_t i = n + 1; i < name.len; i++)
        if (!tkc_is_digit((unsigned char)name.ptr[i]) && name.ptr[i] != '-') return false;
    return name.len - n >= 5;
}

void lint_rule_model(tkc_linter *l, tkc_str name, size_t begin, size_t end)
{
    tkc_str b = bare(name);
    char z[128], q[TKC_QUOTE_SIZE];
    const char *near[1] = {NULL};
    const tkc_model_row *row;
    tkc_model_rule rule;
    if (l->st || !name.len || name.len >= sizeof z || memchr(name.ptr, '{', name.len) || memchr(name.ptr, '$', name.len) ||
        memchr(name.ptr, ' ', name.len))
        return;
    tkc_copy_name(z, sizeof z, name);
    l->st = tkc_buf_append(&l->model, z, name.len + 1, l->err);
    if (l->opt.encoder_of && l->opt.encoder && !l->st) {
        const char *encoding = NULL;
        tkc_encoder *e = l->opt.encoder_of(l->opt.encoder_ctx, z, &encoding);
        if (!e) encoding = NULL;
        if (l->n_model++ && (encoding ? !l->encoding || strcmp(encoding, l->encoding) != 0 : l->encoding != NULL)) l->other_models = true;
        l->encoder = e ? e : l->opt.encoder;
        l->encoding = encoding;
        l->tokens = UINT64_MAX;
    }
    if (!lint_on(l, TKC_TC702)) return;
    for (size_t i = 0; i < sizeof retired_models / sizeof *retired_models; i++) {
        const dated *r = &retired_models[i];
        if (lint_is_nocase(b, r->name) && r->day <= (l->opt.today ? l->opt.today : TABLE_DAY)) {
            lint_report(l, TKC_TC702, begin, end, "the model %s was retired on %04u-%02u-%02u",
                        tkc_quote(q, name.ptr, name.len), r->day / 10000, r->day / 100 % 100, r->day % 100);
            return;
        }
        if (lint_is_nocase(b, r->name)) return;
    }
    row = tkc_model_find(z, &rule);
    /* the closed models are all listed: a name that only begins like one is none of them */
    if (row && (rule != TKC_RULE_PREFIX || !lint_in_list((tkc_str){row->provider, strlen(row->provider)}, "openai anthropic google"))) return;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
        if (same_model(b, windows[i].name)) return;
    /* somebody's own: a name with a folder that is no provider's, a path, a fine-tune, a region */
    if (b.len != name.len || memchr(name.ptr, ':', name.len) || memchr(name.ptr, '.', name.len) == name.ptr ||
        lint_find(name, 0, "amazon.") != SIZE_MAX || lint_find(name, 0, "anthropic.") != SIZE_MAX)
        return;
    (void)tkc_model_nearest(z, near, 1);
    lint_report(l, TKC_TC702, begin, end, "no table here knows the model %s%s%s", tkc_quote(q, name.ptr, name.len),
                near[0] ? "; the nearest name is " : "", near[0] ? near[0] : "");
}

static void near_limit(tkc_linter *l, size_t at, size_t end)
{
    const uint64_t pct = l->limit[TKC_LINT_LIMIT_WINDOW_PCT];
    uint64_t w = l->file->window, n;
    tkc_str name = {l->model.ptr, 0};
    if (!lint_on(l, TKC_TC103)) return;
    if (l->model.len) name = bare((tkc_str){l->model.ptr, strlen(l->model.ptr)});
    for (size_t i = 0; !w && name.len && i < sizeof windows / sizeof *windows; i++)
        if (same_model(name, windows[i].name)) w = windows[i].tokens;
    if (!w || l->src.len < w / 1000 * pct) return; /* a tenth of the bytes that it takes at least: no need to count */
    n = lint_tokens(l);
    if (l->file->window) n += l->max_output; /* the table's are of prompts alone */
    if (n > w) {
        lint_finding *f = lint_report(l, TKC_TC103, at, end, "%llu tokens are more than the model takes, %llu",
                                      (unsigned long long)n, (unsigned long long)w);
        if (f) f->severity = TKC_LINT_ERROR;
    } else if (n > w / 100 * pct + w % 100 * pct / 100) {
        lint_report(l, TKC_TC103, at, end, "%llu tokens are more than %llu %% of what the model takes, %llu",
                    (unsigned long long)n, (unsigned long long)pct, (unsigned long long)w);
    }
}

/* --- one request ----------------------------------------------------------------------------------------- */

void lint_rule_request(tkc_linter *l, size_t at)
{
    tkc_request *r = &l->req;
    const tkc_json *d = &r->doc;
    const bool yaml = r->dialect == TKC_DIALECT_YAML;
    uint32_t body = r->body;
    size_t begin = at, end = at + 1;
    bool has_settings = !yaml, limited;
    if (r->dialect == TKC_DIALECT_TEXT || r->dialect == TKC_DIALECT_MARKDOWN || l->st) return;
    if (body < d->n_node) begin = at + (yaml && r->n_span ? r->span[body].begin : d->node[body].begin);
    end = begin + 1;
    if (r->model != TKC_JSON_NONE && tkc_json_kind_of(d, r->model) == TKC_JSON_STRING) {
        tkc_str name;
        tkc_buf_clear(&l->scratch);
        tkc_buf_clear(&l->model);
        l->st = tkc_json_string(d, r->model, &l->scratch, &name, l->err);
        if (!l->st && yaml)
            lint_rule_model(l, name, at + r->span[r->model].begin, at + r->span[r->model].end);
        else if (!l->st)
            lint_rule_model(l, name, at + d->node[r->model].begin, at + d->node[r->model].end);
    }
    l->has_limit = false;
    l->max_output = 0;
    limited = limit_in(l, d, body);
    for (size_t i = 0; i < sizeof setting_names / sizeof *setting_names; i++) {
        uint32_t o = member(d, body, setting_names[i]);
        if (o == TKC_JSON_NONE) continue;
        has_settings = true;
        limited = limit_in(l, d, o) || limited;
    }
    if (yaml && r->model != TKC_JSON_NONE) has_settings = true;
    l->has_settings = has_settings;
    l->has_limit = limited;
    /* what is only counted or embedded has no answer, and completions have a limit of their own */
    if (!limited && has_settings && l->kind != TKC_LINT_YAML && r->envelope != TKC_ENVELOPE_BEDROCK_COUNT &&
        r->dialect != TKC_DIALECT_TEXTS)
        lint_report(l, TKC_TC701, begin, end, "nothing bounds the answer; set %s",
                    r->dialect == TKC_DIALECT_GEMINI ? "generationConfig.maxOutputTokens"
                    : r->dialect == TKC_DIALECT_BEDROCK ? "inferenceConfig.maxTokens"
                    : yaml ? "modelParameters.max_tokens"
                    : r->dialect == TKC_DIALECT_OPENAI_RESPONSES ? "max_output_tokens" : "max_tokens");
    l->settings_at = begin;
    lint_rule_cache_request(l, at);
}

/* Prompty and Dotprompt: their settings are front matter. */
void lint_rule_provider(tkc_linter *l)
{
    if ((l->kind == TKC_LINT_PROMPTY || l->kind == TKC_LINT_DOTPROMPT) && l->has_settings && !l->has_limit)
        lint_report(l, TKC_TC701, l->settings_at, l->settings_at + 1, "nothing bounds the answer; set %s",
                    l->kind == TKC_LINT_DOTPROMPT ? "config.maxOutputTokens" : "model.parameters.max_tokens");
    if (l->kind != TKC_LINT_JSONL) near_limit(l, l->settings_at, l->settings_at + (l->settings_at < l->src.len));
}
