/*
 * test_registry.c - the rows of encodings.def and models.def make sense, and names are resolved
 * by the stated rules only: never by likeness.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vocab/registry.h"

static bool lower_case(const char *s)
{
    for (; *s; s++)
        if ((*s >= 'A' && *s <= 'Z') || (unsigned char)*s <= ' ' || (unsigned char)*s > '~')
            return false;
    return true;
}

static void encoding_rows_are_sane(void **state)
{
    static const char *const where[] = {"library", "tree", "extra", "file"};
    size_t n = 0;
    (void)state;
    for (const tkc_encoding *e; (e = tkc_encoding_at(n)) != NULL; n++) {
        const size_t hex = strlen(e->sha256);
        bool known = false;
        for (size_t i = 0; i < 4; i++) known |= strcmp(e->where, where[i]) == 0;
        assert_true(known);
        assert_true(*e->name && lower_case(e->name) && !strchr(e->name, '/'));
        assert_true(hex == 0 || hex == 64);
        assert_int_equal(strspn(e->sha256, "0123456789abcdef"), hex);
        assert_true(strlen(e->chkhsh) == 0 || strlen(e->chkhsh) == 8);
        assert_int_equal(strspn(e->chkhsh, "0123456789abcdef"), strlen(e->chkhsh));
        assert_true(*e->source && *e->licence && *e->models);
        assert_true(e->cls == TKC_CLASS_EXACT || e->cls == TKC_CLASS_RECONSTRUCTED);
        assert_ptr_equal(tkc_encoding_find(e->name), e);
        if (hex) assert_ptr_equal(tkc_encoding_by_sha256(e->sha256), e); /* no hash twice */
        if (strcmp(e->where, "file") == 0) assert_int_equal(hex, 64); /* how else to know it */
        for (const char *p = e->aliases; *p;) { /* no alias is a name or somebody else's */
            char alias[64];
            const size_t k = strcspn(p, " ");
            assert_true(k > 0 && k < sizeof alias);
            memcpy(alias, p, k);
            alias[k] = '\0';
            assert_true(lower_case(alias));
            assert_ptr_equal(tkc_encoding_find(alias), e);
            p += k + (p[k] != '\0');
        }
    }
    assert_true(n >= 40);
    assert_null(tkc_encoding_at(n));
    assert_null(tkc_encoding_at(SIZE_MAX));
    assert_null(tkc_encoding_find(""));
    assert_null(tkc_encoding_find("gpt4o gpt5"));
    assert_null(tkc_encoding_find("O200K_BASE"));
    assert_null(tkc_encoding_by_sha256(""));
    assert_non_null(tkc_encoding_find("gpt2"));
}

/* The names that issue and documentation promise. */
static void every_promised_encoding_has_a_row(void **state)
{
    static const char *const name[] = {
        "o200k_base", "o200k_harmony", "cl100k_base", "p50k_base", "p50k_edit", "r50k_base",
        "gemma2", "gemma3", "gemma4", "llama2", "llama3", "llama4", "mistral_v1", "mistral_v2",
        "mistral_v3", "mistral_v7", "tekken", "qwen2", "qwen2_5", "qwen3", "qwen3_5", "deepseek_v3",
        "deepseek_r1", "deepseek_r1_qwen", "deepseek_r1_llama", "deepseek_v3_1", "deepseek_v3_2", "deepseek_v4", "kimi_k2", "glm4", "glm4_0414", "glm5", "phi2", "phi3", "phi4", "phi4_mini", "command_r", "grok1",
        "falcon", "starcoder2", "olmo2", "yi", "jamba", "internlm2", "baichuan2", "nemotron",
        "minimax_m2", "granite", "claude_v2", "claude_v3", "claude_v4_7", "claude_v5"};
    (void)state;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        const tkc_encoding *e = tkc_encoding_find(name[i]);
        assert_non_null(e);
        assert_string_equal(e->name, name[i]);
    }
    assert_string_equal(tkc_encoding_find("gpt2")->name, "r50k_base");
    assert_int_equal(tkc_encoding_find("claude_v5")->cls, TKC_CLASS_RECONSTRUCTED);
}

static void model_rows_are_sane(void **state)
{
    size_t n = 0;
    (void)state;
    for (const tkc_model_row *m; (m = tkc_model_at(n)) != NULL; n++) {
        const tkc_encoding *e = tkc_encoding_find(m->encoding);
        const size_t k = strlen(m->name);
        const char *star = strchr(m->name, '*');
        assert_non_null(e);
        assert_string_equal(e->name, m->encoding); /* the name, not an alias of it */
        assert_true(k > 1 && lower_case(m->name) && lower_case(m->provider) && *m->provider);
        assert_true(!star || star == m->name + k - 1);
        assert_true(*m->source);
        assert_int_equal(strlen(m->checked), 10);
        assert_true(m->has_message_frame || m->message_frame == 0);
        assert_true(m->message_frame < 20);
        for (size_t i = 0; i < n; i++) assert_true(strcmp(tkc_model_at(i)->name, m->name) != 0);
        if (!star) {
            tkc_model_rule rule = TKC_RULE_PREFIX;
            assert_ptr_equal(tkc_model_find(m->name, &rule), m);
            assert_int_equal(rule, TKC_RULE_EXACT);
        }
    }
    assert_true(n > 100);
    assert_null(tkc_model_at(n));
}

typedef struct expectation {
    const char *name, *encoding;
    tkc_model_rule rule;
} expectation;

static void names_resolve_by_the_rules(void **state)
{
    static const expectation want[] = {
        {"gpt-4o", "o200k_base", TKC_RULE_EXACT},
        {"GPT-4o", "o200k_base", TKC_RULE_EXACT},
        {"gpt-4", "cl100k_base", TKC_RULE_EXACT},
        {"claude-opus-4-5", "claude_v3", TKC_RULE_EXACT},
        {"text-embedding-3-small", "cl100k_base", TKC_RULE_EXACT},
        /* a provider in front */
        {"openai/gpt-4o", "o200k_base", TKC_RULE_ALIAS},
        {"models/gemini-2.5-pro", "gemma3", TKC_RULE_ALIAS},
        {"openrouter/anthropic/claude-opus-4-1", "claude_v3", TKC_RULE_ALIAS},
        {"Anthropic/Claude-Sonnet-4-5", "claude_v3", TKC_RULE_ALIAS},
        {"anthropic/claude-sonnet-4.5", "claude_v3", TKC_RULE_ALIAS},
        {"claude-3.7-sonnet", "claude_v3", TKC_RULE_ALIAS},
        {"anthropic.claude-opus-4-1", "claude_v3", TKC_RULE_ALIAS},
        /* a date behind */
        {"gpt-4o-2024-08-06", "o200k_base", TKC_RULE_DATED},
        {"gpt-4-0613", "cl100k_base", TKC_RULE_DATED},
        {"openai/gpt-5-2025-08-07", "o200k_base", TKC_RULE_DATED},
        {"claude-haiku-4-5-20251001", "claude_v3", TKC_RULE_DATED},
        {"claude-3-5-sonnet-20241022", "claude_v3", TKC_RULE_DATED},
        {"claude-3-5-sonnet-latest", "claude_v3", TKC_RULE_DATED},
        {"claude-3-5-sonnet-v2@20241022", "claude_v3", TKC_RULE_DATED},
        {"anthropic/claude-sonnet-4-5@20250929", "claude_v3", TKC_RULE_DATED},
        {"us.anthropic.claude-opus-4-5-20251101-v1:0", "claude_v3", TKC_RULE_DATED},
        {"anthropic.claude-3-5-sonnet-20241022-v2:0", "claude_v3", TKC_RULE_DATED},
        {"bedrock/eu.Anthropic.claude-sonnet-4-20250514-v1:0", "claude_v3", TKC_RULE_DATED},
        {"gemini-2.5-flash-preview-05-20", "gemma3", TKC_RULE_DATED},
        {"gemini-2.0-flash-001", "gemma3", TKC_RULE_DATED},
        {"gemini-1.5-pro-002", "gemma2", TKC_RULE_DATED},
        {"gemini-1.5-pro-latest", "gemma2", TKC_RULE_DATED},
        {"gpt-5-mini", "o200k_base", TKC_RULE_EXACT},
        {"gpt-5.1", "o200k_base", TKC_RULE_EXACT},
        /* a documented prefix, the longest one */
        {"gpt-5.9", "o200k_base", TKC_RULE_PREFIX},
        {"gpt-4.1-mini", "o200k_base", TKC_RULE_PREFIX},
        {"gpt-4.1-nano-2025-04-14", "o200k_base", TKC_RULE_PREFIX},
        {"gpt-4-32k-0314", "cl100k_base", TKC_RULE_PREFIX},
        {"gpt-4-1106-preview", "cl100k_base", TKC_RULE_PREFIX},
        {"gpt-4o-audio-preview", "o200k_base", TKC_RULE_PREFIX},
        {"gpt-4.5-preview", "o200k_base", TKC_RULE_PREFIX},
        {"o3-mini", "o200k_base", TKC_RULE_PREFIX},
        {"o1-preview-2024-09-12", "o200k_base", TKC_RULE_PREFIX},
        {"ft:gpt-4o-mini-2024-07-18:org::id", "o200k_base", TKC_RULE_PREFIX},
        {"ft:gpt-4-0613:org::id", "cl100k_base", TKC_RULE_PREFIX},
        {"ft:gpt-4.1-2025-04-14:org::id", "o200k_base", TKC_RULE_PREFIX},
        {"gpt-oss-safeguard-20b", "o200k_harmony", TKC_RULE_PREFIX},
        {"openai.gpt-oss-120b-1:0", "o200k_harmony", TKC_RULE_PREFIX},
        {"claude-2.1", "claude_v2", TKC_RULE_PREFIX},
        {"claude-instant-1.2", "claude_v2", TKC_RULE_PREFIX},
        {"gemini-2.5-flash-lite-preview-09-2025", "gemma3", TKC_RULE_PREFIX},
        {"google/gemma-3-27b-it", "gemma3", TKC_RULE_PREFIX},
        {"gemma-2b", "gemma2", TKC_RULE_PREFIX},
        {"meta-llama/Llama-3.3-70B-Instruct", "llama3", TKC_RULE_ALIAS},
        {"llama-3.3-70b-instruct", "llama3", TKC_RULE_EXACT},
        {"us.meta.llama3-3-70b-instruct-v1:0", "llama3", TKC_RULE_PREFIX},
        {"llama3.1:8b", "llama3", TKC_RULE_PREFIX},
        {"meta-llama/Llama-4-Scout-17B-16E-Instruct", "llama4", TKC_RULE_PREFIX},
        {"Qwen/Qwen3-32B", "qwen3", TKC_RULE_ALIAS},
        {"qwen3-32b", "qwen3", TKC_RULE_EXACT},
        {"qwen3.5-plus", "qwen3_5", TKC_RULE_PREFIX},
        {"deepseek-ai/DeepSeek-V3.1", "deepseek_v3_1", TKC_RULE_PREFIX},
        {"deepseek-r1-distill-llama-70b", "deepseek_r1_llama", TKC_RULE_PREFIX},
        {"deepseek-r1-distill-qwen-32b", "deepseek_r1_qwen", TKC_RULE_PREFIX},
        {"deepseek-r1-0528-qwen3-8b", "qwen3", TKC_RULE_PREFIX},
        {"deepseek-r1-0528", "deepseek_r1", TKC_RULE_PREFIX},
        {"deepseek-v3.2-exp", "deepseek_v3_2", TKC_RULE_PREFIX},
        {"deepseek-v3-0324", "deepseek_v3", TKC_RULE_PREFIX},
        {"qwen2.5-coder-32b-instruct", "qwen2_5", TKC_RULE_PREFIX},
        {"qwen2-72b-instruct", "qwen2", TKC_RULE_PREFIX},
        {"qwq-32b", "qwen3", TKC_RULE_PREFIX},
        {"glm-4-9b-chat", "glm4_0414", TKC_RULE_PREFIX},
        {"moonshotai/Kimi-K2-Instruct-0905", "kimi_k2", TKC_RULE_PREFIX},
        {"kimi-k2-0905", "kimi_k2", TKC_RULE_PREFIX},
        {"glm-4.6", "glm4", TKC_RULE_PREFIX},
        {"glm-4.7-flash", "glm5", TKC_RULE_PREFIX},
        {"mistral-small-2506", "tekken", TKC_RULE_EXACT},
        {"mistral-large-2411", "mistral_v7", TKC_RULE_EXACT},
        {"pixtral-large-2411", "mistral_v7", TKC_RULE_EXACT},
        {"phi-4-mini-instruct", "phi4_mini", TKC_RULE_PREFIX},
        {"phi-4-reasoning-plus", "phi4", TKC_RULE_PREFIX},
        {"microsoft/Phi-3.5-mini-instruct", "phi3", TKC_RULE_PREFIX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        tkc_model_rule rule = (tkc_model_rule)99;
        const tkc_model_row *m = tkc_model_find(want[i].name, &rule);
        if (!m) fail_msg("%s: not found", want[i].name);
        if (strcmp(m->encoding, want[i].encoding) != 0)
            fail_msg("%s: %s by row %s, expected %s", want[i].name, m->encoding, m->name,
                     want[i].encoding);
        if (rule != want[i].rule)
            fail_msg("%s: by %s, expected by %s", want[i].name, tkc_model_rule_name(rule),
                     tkc_model_rule_name(want[i].rule));
    }
}

/* The name behind who sells it, and how well a row's name fits it. */
static void bare_names(void **state)
{
    static const char *const want[][2] = {
        {"gpt-4o", "gpt-4o"}, {"openai/gpt-4o", "gpt-4o"}, {"a/b/c", "c"}, {"x/", "x/"}, {"", ""}, {".", "."},
        {"..x", "..x"}, {"gpt-5.1", "gpt-5.1"}, {"us.anthropic.claude-opus-5", "claude-opus-5"},
        {"bedrock/eu.Anthropic.Claude-opus-5-v1:0", "Claude-opus-5-v1:0"}, {"anthropic.", ""},
        {"notanthropic.x", "notanthropic.x"}, {".anthropic.x", "x"}};
    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_string_equal(tkc_model_bare(want[i][0]), want[i][1]);
    assert_int_equal(tkc_model_fits("gpt-4*", "gpt-4o"), 6);
    assert_int_equal(tkc_model_fits("gpt-4*", "GPT-4o"), 6);
    assert_int_equal(tkc_model_fits("gpt-4*", "gpt-"), 0);
    assert_int_equal(tkc_model_fits("*", ""), 1);
    assert_true(tkc_model_fits("gpt-4", "gpt-4") > tkc_model_fits("gpt-4*", "gpt-4"));
    assert_int_equal(tkc_model_fits("gpt-4", "gpt-4o"), 0);
    assert_int_equal(tkc_model_fits("gpt-4", "gpt-"), 0);
}

static void what_no_rule_matches_is_unknown(void **state)
{
    static const char *const name[] = {
        "", "/", "gpt", "gpt-6", "gpt-50", "gpt-5o", "gpt-5 ", "gpt-5.1\n", "gpt-3", "gpt4o", "gpt-4o2", "o2", "o5-mini", "claude",
        "claude-opus-9", "claude-opus-4-9", "claude-opus-4-1234", "claude-opus-4-100",
        "claude-opus-4-5-20251332", "claude-opus-4.9", "claude-20", "gemini", "gemini-9-pro",
        "gemini-2.5", "llama", "llama-30b", "llama-5-8b", "qwen-max", "qwen4-8b", "phi-30",
        "phi-3-small-8k-instruct", "nemotron-3-8b-base-4k", "yi-large", "deepseek-chat",
        "deepseek-reasoner", "grok-4", "mistral-large-latest", "-0613", "-latest", "@20250929",
        "-v1:0", ":0", "anthropic.", "openai/", "*", "o200k_base"};
    char longer[4096];
    tkc_model_rule rule;
    (void)state;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (tkc_model_find(name[i], &rule)) fail_msg("%s: found", name[i]);
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_null(tkc_model_find(longer, &rule));
    memcpy(longer, "gpt-5-", 6);
    assert_null(tkc_model_find(longer, &rule));
}

static void nearest_names_are_near(void **state)
{
    const char *near[3] = {NULL, NULL, NULL};
    char longer[500];
    (void)state;
    assert_int_equal(tkc_model_nearest("claude-opus-9", near, 3), 3);
    assert_memory_equal(near[0], "claude-opus-", 12);
    assert_int_equal(tkc_model_nearest("gpt-4oo", near, 1), 1);
    assert_string_equal(near[0], "gpt-4o");
    assert_int_equal(tkc_model_nearest("openai/GPT-4.1x", near, 1), 1);
    assert_string_equal(near[0], "gpt-4.1");
    assert_int_equal(tkc_model_nearest("x", near, 0), 0);
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(tkc_model_nearest("claude", near, 3), 3); /* what was begun */
    for (int i = 0; i < 3; i++) assert_true(!strncmp(near[i], "claude-", 7) && !strchr(near[i], '*'));
    assert_true(tkc_model_nearest("gtp-5", near, 3) > 0);
    assert_string_equal(near[0], "gpt-5");
    /* nothing that may have been meant */
    assert_int_equal(tkc_model_nearest("nosuch", near, 3), 0);
    assert_int_equal(tkc_model_nearest("x", near, 3), 0);
    assert_int_equal(tkc_model_nearest(longer, near, 3), 0);
    assert_int_equal(tkc_model_nearest("", near, 3), 0);
}

static void names_of_classes_and_rules(void **state)
{
    (void)state;
    assert_string_equal(tkc_class_name(TKC_CLASS_EXACT), "exact");
    assert_string_equal(tkc_class_name(TKC_CLASS_RECONSTRUCTED), "reconstructed");
    assert_string_equal(tkc_class_name(TKC_CLASS_CALIBRATED), "calibrated");
    assert_string_equal(tkc_class_name(TKC_CLASS_ESTIMATE), "estimate");
    assert_string_equal(tkc_class_name((tkc_class)77), "unknown");
    assert_string_equal(tkc_model_rule_name(TKC_RULE_PREFIX), "prefix");
    assert_string_equal(tkc_model_rule_name((tkc_model_rule)77), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_rows_are_sane),
        cmocka_unit_test(every_promised_encoding_has_a_row),
        cmocka_unit_test(model_rows_are_sane),
        cmocka_unit_test(names_resolve_by_the_rules),
        cmocka_unit_test(bare_names), cmocka_unit_test(what_no_rule_matches_is_unknown),
        cmocka_unit_test(nearest_names_are_near),
        cmocka_unit_test(names_of_classes_and_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
