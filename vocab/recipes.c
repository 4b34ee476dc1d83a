/* recipes.c - the rows: patterns and added tokens of vocabularies whose files lack them. */
#include "vocab/recipes.h"

#include "vocab/base/error.h"

#include <stdio.h>
#include <string.h>

/* PyPI tiktoken 0.14.0, tiktoken_ext/openai_public.py. */
#define P_R50K                                                                                     \
    "'(?:[sdmt]|ll|ve|re)| ?\\p{L}++| ?\\p{N}++| ?[^\\s\\p{L}\\p{N}]++|\\s++$|\\s+(?!\\S)|\\s"
#define P_CL100K                                                                                \
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++" \
    "[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s"
#define P_O200K                                                                                   \
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"   \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"   \
    "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]" \
    "+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
/* Meta's llama3/tokenizer.py; also DBRX, OLMo 2, Phi-4. */
#define P_LLAMA3                                                                          \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}" \
    "\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
/* Moonshot's tokenization_kimi.py. */
#define P_KIMI                                                                                     \
    "[\\p{Han}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]*[\\p{Ll}" \
    "\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?"      \
    "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]" \
    "*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|"     \
    "\\s+(?!\\S)|\\s+"
/* npm @anthropic-ai/tokenizer 0.0.4, claude.json. */
#define P_GPT2_HF                                                                       \
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

#define S TKC_ADDED_SPECIAL
#define STRIP (TKC_ADDED_SPECIAL | TKC_ADDED_LSTRIP | TKC_ADDED_RSTRIP)
#define END {0, 0, NULL, 0, 0}

/* PyPI tiktoken 0.14.0. */
static const tkc_recipe_added r50k[] = {{50256, 1, "<|endoftext|>", 0, S}, END};
static const tkc_recipe_added p50k_edit[] = {{50256, 1, "<|endoftext|>", 0, S},
                                             {50281, 1, "<|fim_prefix|>", 0, S},
                                             {50282, 1, "<|fim_middle|>", 0, S},
                                             {50283, 1, "<|fim_suffix|>", 0, S},
                                             END};
static const tkc_recipe_added cl100k[] = {{100257, 1, "<|endoftext|>", 0, S},
                                          {100258, 1, "<|fim_prefix|>", 0, S},
                                          {100259, 1, "<|fim_middle|>", 0, S},
                                          {100260, 1, "<|fim_suffix|>", 0, S},
                                          {100276, 1, "<|endofprompt|>", 0, S},
                                          END};
static const tkc_recipe_added o200k[] = {{199999, 1, "<|endoftext|>", 0, S},
                                         {200018, 1, "<|endofprompt|>", 0, S},
                                         END};
static const tkc_recipe_added harmony[] = {{199998, 1, "<|startoftext|>", 0, S},
                                           {199999, 1, "<|endoftext|>", 0, S},
                                           {200000, 2, "<|reserved_%u|>", 200000, S},
                                           {200002, 1, "<|return|>", 0, S},
                                           {200003, 1, "<|constrain|>", 0, S},
                                           {200004, 1, "<|reserved_200004|>", 0, S},
                                           {200005, 1, "<|channel|>", 0, S},
                                           {200006, 1, "<|start|>", 0, S},
                                           {200007, 1, "<|end|>", 0, S},
                                           {200008, 1, "<|message|>", 0, S},
                                           {200009, 3, "<|reserved_%u|>", 200009, S},
                                           {200012, 1, "<|call|>", 0, S},
                                           /* 200018 is both endofprompt and reserved_200018 */
                                           {200018, 1, "<|endofprompt|>", 0, S},
                                           {200013, 1075, "<|reserved_%u|>", 200013, S},
                                           END};
/* Llama 3.1's names (3.0 differs in 128004, 128008, 128010 only). */
static const tkc_recipe_added llama3[] = {{128000, 1, "<|begin_of_text|>", 0, S},
                                          {128001, 1, "<|end_of_text|>", 0, S},
                                          {128002, 2, "<|reserved_special_token_%u|>", 0, S},
                                          {128004, 1, "<|finetune_right_pad_id|>", 0, S},
                                          {128005, 1, "<|reserved_special_token_2|>", 0, S},
                                          {128006, 1, "<|start_header_id|>", 0, S},
                                          {128007, 1, "<|end_header_id|>", 0, S},
                                          {128008, 1, "<|eom_id|>", 0, S},
                                          {128009, 1, "<|eot_id|>", 0, S},
                                          {128010, 1, "<|python_tag|>", 0, S},
                                          {128011, 245, "<|reserved_special_token_%u|>", 3, S},
                                          END};
/* Meta's llama4/tokenizer.py. */
static const tkc_recipe_added llama4[] = {
    {200000, 1, "<|begin_of_text|>", 0, S},
    {200001, 1, "<|end_of_text|>", 0, S},
    {200002, 1, "<|fim_prefix|>", 0, S},
    {200003, 1, "<|fim_middle|>", 0, S},
    {200004, 1, "<|fim_suffix|>", 0, S},
    {200005, 1, "<|header_start|>", 0, S},
    {200006, 1, "<|header_end|>", 0, S},
    {200007, 1, "<|eom|>", 0, S},
    {200008, 1, "<|eot|>", 0, S},
    {200009, 1, "<|step|>", 0, S},
    {200010, 6, "<|text_post_train_reserved_special_token_%u|>", 0, S},
    {200016, 1, "<|python_start|>", 0, S},
    {200017, 1, "<|python_end|>", 0, S},
    {200018, 1, "<|finetune_right_pad|>", 0, S},
    {200019, 61, "<|text_post_train_reserved_special_token_%u|>", 8, S},
    {200080, 1, "<|image_start|>", 0, S},
    {200081, 1, "<|image_end|>", 0, S},
    {200082, 2, "<|vision_reserved_special_token_%u|>", 0, S},
    {200084, 1, "<|tile_x_separator|>", 0, S},
    {200085, 1, "<|tile_y_separator|>", 0, S},
    {200086, 4, "<|vision_reserved_special_token_%u|>", 2, S},
    {200090, 1, "<|image|>", 0, S},
    {200091, 1, "<|vision_reserved_special_token_6|>", 0, S},
    {200092, 1, "<|patch|>", 0, S},
    {200093, 1041, "<|vision_reserved_special_token_%u|>", 7, S},
    {201134, 8, "<|reasoning_reserved_special_token_%u|>", 0, S},
    {201142, 1, "<|reasoning_thinking_start|>", 0, S},
    {201143, 1, "<|reasoning_thinking_end|>", 0, S},
    {201144, 904, "<|reserved_special_token_%u|>", 0, S},
    END};
/* Kimi K2.5's names, a superset of K2's (crates splintr 0.22.0). */
static const tkc_recipe_added kimi[] = {{163584, 1, "[BOS]", 0, S},
                                        {163585, 1, "[EOS]", 0, S},
                                        {163586, 1, "<|im_end|>", 0, S},
                                        {163587, 1, "<|im_user|>", 0, S},
                                        {163588, 1, "<|im_assistant|>", 0, S},
                                        {163589, 1, "<|reserved_token_163589|>", 0, S},
                                        {163590, 1, "<|start_header_id|>", 0, S},
                                        {163591, 1, "<|end_header_id|>", 0, S},
                                        {163592, 1, "<|reserved_token_163592|>", 0, S},
                                        {163593, 1, "[EOT]", 0, S},
                                        {163594, 1, "<|im_system|>", 0, S},
                                        {163595, 1, "<|tool_calls_section_begin|>", 0, S},
                                        {163596, 1, "<|tool_calls_section_end|>", 0, S},
                                        {163597, 1, "<|tool_call_begin|>", 0, S},
                                        {163598, 1, "<|tool_call_argument_begin|>", 0, S},
                                        {163599, 1, "<|tool_call_end|>", 0, S},
                                        {163600, 1, "<|reserved_token_163600|>", 0, S},
                                        {163601, 1, "<|im_middle|>", 0, S},
                                        {163602, 1, "<|media_begin|>", 0, S},
                                        {163603, 1, "<|media_content|>", 0, S},
                                        {163604, 1, "<|media_end|>", 0, S},
                                        {163605, 1, "<|media_pad|>", 0, S},
                                        {163606, 1, "<think>", 0, S},
                                        {163607, 1, "</think>", 0, S},
                                        {163608, 230, "<|reserved_token_%u|>", 163608, S},
                                        {163838, 1, "[UNK]", 0, S},
                                        {163839, 1, "[PAD]", 0, S},
                                        END};
/* AI2's OLMo-2-1124 (crates splintr 0.22.0); what is not special always matches. */
static const tkc_recipe_added olmo2[] = {{100256, 1, "<|extra_id_0|>", 0, 0},
                                         {100257, 1, "<|endoftext|>", 0, S},
                                         {100258, 1, "<|fim_prefix|>", 0, S},
                                         {100259, 1, "<|fim_middle|>", 0, S},
                                         {100260, 1, "<|fim_suffix|>", 0, S},
                                         {100261, 1, "|||PHONE_NUMBER|||", 0, 0},
                                         {100262, 1, "|||EMAIL_ADDRESS|||", 0, 0},
                                         {100263, 1, "|||IP_ADDRESS|||", 0, 0},
                                         {100264, 1, "<|im_start|>", 0, S},
                                         {100265, 1, "<|im_end|>", 0, S},
                                         {100266, 10, "<|extra_id_%u|>", 1, 0},
                                         {100276, 1, "<|endofprompt|>", 0, S},
                                         {100277, 1, "<|pad|>", 0, S},
                                         END};
/* Microsoft's Phi-4: all 96 strip blanks on both sides (crates splintr 0.22.0). */
static const tkc_recipe_added phi4[] = {{100256, 1, "<|dummy_0|>", 0, STRIP},
                                        {100257, 1, "<|endoftext|>", 0, STRIP},
                                        {100258, 1, "<|fim_prefix|>", 0, STRIP},
                                        {100259, 1, "<|fim_middle|>", 0, STRIP},
                                        {100260, 1, "<|fim_suffix|>", 0, STRIP},
                                        {100261, 3, "<|dummy_%u|>", 1, STRIP},
                                        {100264, 1, "<|im_start|>", 0, STRIP},
                                        {100265, 1, "<|im_end|>", 0, STRIP},
                                        {100266, 1, "<|im_sep|>", 0, STRIP},
                                        {100267, 9, "<|dummy_%u|>", 4, STRIP},
                                        {100276, 1, "<|endofprompt|>", 0, STRIP},
                                        {100277, 75, "<|dummy_%u|>", 13, STRIP},
                                        END};
/* Microsoft's tokenizer_config.json of Phi-4-mini: the tool names are not special. */
static const tkc_recipe_added phi4_mini[] = {{199999, 1, "<|endoftext|>", 0, S},
                                             {200018, 1, "<|endofprompt|>", 0, S},
                                             {200019, 1, "<|assistant|>", 0, S | TKC_ADDED_RSTRIP},
                                             {200020, 1, "<|end|>", 0, S | TKC_ADDED_RSTRIP},
                                             {200021, 1, "<|user|>", 0, S | TKC_ADDED_RSTRIP},
                                             {200022, 1, "<|system|>", 0, S | TKC_ADDED_RSTRIP},
                                             {200023, 1, "<|tool|>", 0, TKC_ADDED_RSTRIP},
                                             {200024, 1, "<|/tool|>", 0, TKC_ADDED_RSTRIP},
                                             {200025, 1, "<|tool_call|>", 0, TKC_ADDED_RSTRIP},
                                             {200026, 1, "<|/tool_call|>", 0, TKC_ADDED_RSTRIP},
                                             {200027, 1, "<|tool_response|>", 0, TKC_ADDED_RSTRIP},
                                             {200028, 1, "<|tag|>", 0, S | TKC_ADDED_RSTRIP},
                                             END};
/* IBM's tokenizer.json of Granite 4.0: what is not special always matches. */
static const tkc_recipe_added granite[] = {{100256, 1, "<|pad|>", 0, S},
                                           {100257, 1, "<|end_of_text|>", 0, S},
                                           {100258, 1, "<|fim_prefix|>", 0, 0},
                                           {100259, 1, "<|fim_middle|>", 0, 0},
                                           {100260, 1, "<|fim_suffix|>", 0, 0},
                                           {100261, 1, "<|fim_pad|>", 0, 0},
                                           {100262, 1, "<|filename|>", 0, 0},
                                           {100263, 1, "<|reponame|>", 0, 0},
                                           {100264, 1, "<|start_of_role|>", 0, S},
                                           {100265, 1, "<|end_of_role|>", 0, S},
                                           {100266, 1, "<|unused_1|>", 0, S},
                                           {100267, 1, "<|start_of_plugin|>", 0, S},
                                           {100268, 1, "<|end_of_plugin|>", 0, S},
                                           {100269, 1, "<|unk|>", 0, S},
                                           {100270, 1, "<tool_call>", 0, 0},
                                           {100271, 1, "</tool_call>", 0, 0},
                                           {100272, 1, "<tool_response>", 0, 0},
                                           {100273, 1, "</tool_response>", 0, 0},
                                           {100274, 1, "<think>", 0, 0},
                                           {100275, 1, "</think>", 0, 0},
                                           {100276, 1, "<think_on>", 0, S},
                                           {100277, 1, "<think_off>", 0, S},
                                           {100278, 1, "<schema>", 0, S},
                                           {100279, 1, "</schema>", 0, S},
                                           {100280, 1, "<tools>", 0, S},
                                           {100281, 1, "</tools>", 0, S},
                                           {100282, 1, "<documents>", 0, S},
                                           {100283, 1, "</documents>", 0, S},
                                           END};
static const tkc_recipe_added nemotron[] = {{0, 1, "<unk>", 0, S},
                                            {1, 1, "<s>", 0, S},
                                            {2, 1, "</s>", 0, S},
                                            END};
/* npm @anthropic-ai/tokenizer 0.0.4. */
static const tkc_recipe_added claude_v2[] = {
    {0, 1, "<EOT>", 0, S},      {1, 1, "<META>", 0, S}, {2, 1, "<META_START>", 0, S},
    {3, 1, "<META_END>", 0, S}, {4, 1, "<SOS>", 0, S},  END};

static const tkc_recipe rows[] = {
    {"r50k_base", P_R50K, r50k, TKC_NO_ID, 0},
    {"p50k_base", P_R50K, r50k, TKC_NO_ID, 0},
    {"p50k_edit", P_R50K, p50k_edit, TKC_NO_ID, 0},
    {"cl100k_base", P_CL100K, cl100k, TKC_NO_ID, 0},
    {"o200k_base", P_O200K, o200k, TKC_NO_ID, 0},
    {"o200k_harmony", P_O200K, harmony, TKC_NO_ID, 0},
    {"llama3", P_LLAMA3, llama3, 128000, 0},
    {"llama4", P_O200K, llama4, 200000, 0},
    {"kimi_k2", P_KIMI, kimi, TKC_NO_ID, 0},
    {"olmo2", P_LLAMA3, olmo2, TKC_NO_ID, 0},
    {"phi4", P_LLAMA3, phi4, TKC_NO_ID, 0},
    {"phi4_mini", P_O200K, phi4_mini, TKC_NO_ID, 0},
    {"granite", P_LLAMA3, granite, TKC_NO_ID, 0},
    {"nemotron", NULL, nemotron, TKC_NO_ID, 0},
    {"claude_v2", P_GPT2_HF, claude_v2, TKC_NO_ID, TKC_OP_NFKC},
    /* the SentencePiece file has the id, the owner's encoder puts it in front */
    {"llama2", NULL, NULL, 1, 0},
    {"mistral_v1", NULL, NULL, 1, 0},
    {"mistral_v2", NULL, NULL, 1, 0},
    {"mistral_v3", NULL, NULL, 1, 0},
    {"mistral_v7", NULL, NULL, 1, 0},
    {"tekken", NULL, NULL, 1, 0},
    {"gemma2", NULL, NULL, 2, 0},
};

const tkc_recipe *tkc_recipe_find(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0) return &rows[i];
    return NULL;
}

tkc_status tkc_recipe_pattern(tkc_builder *b, const char *pattern, tkc_error *err)
{
    const tkc_op op = {.kind = TKC_OP_SPLIT,
                       .flags = TKC_OPF_REGEX | TKC_OPF_FIND,
                       .arg = TKC_BEHAVIOR_ISOLATED,
                       .a = {pattern, strlen(pattern)}};
    tkc_builder_op_clear(b, TKC_STAGE_SPLIT);
    return tkc_builder_op_add(b, TKC_STAGE_SPLIT, op, err);
}

static tkc_status add_row(const tkc_recipe_added *a, tkc_builder *b, tkc_error *err)
{
    tkc_status st = TKC_OK;
    char text[64];
    for (uint32_t i = 0; i < a->count && !st; i++) {
        tkc_str s = {a->content, strlen(a->content)};
        if (a->count > 1) {
            const char *number = strchr(a->content, '%');
            int n = snprintf(text, sizeof text, "%.*s%lu%s", (int)(number - a->content), a->content,
                             (unsigned long)(a->first + i), number + 2);
            s = (tkc_str){text, (size_t)n};
        }
        st = tkc_builder_added_add(b, a->id + i, s, a->flags, 0, err);
    }
    return st;
}

/* Derived vocabularies: the base's added tokens go, with the ids that only they had. */
static void drop_added(tkc_builder *b)
{
    for (size_t i = 0; i < b->n_added; i++) {
        tkc_builder_token *t = &b->token[b->added[i].id];
        if (!t->in_model) t->type = TKC_TOKEN_HOLE;
    }
    b->n_added = 0;
    while (b->n_token && b->token[b->n_token - 1].type == TKC_TOKEN_HOLE) b->n_token--;
}

tkc_status tkc_recipe_apply(const tkc_recipe *r, tkc_builder *b, tkc_error *err)
{
    tkc_status st = TKC_OK;
    if (r->pattern) st = tkc_recipe_pattern(b, r->pattern, err);
    if (!st && r->normalizer) {
        const tkc_op op = {.kind = r->normalizer};
        tkc_builder_op_clear(b, TKC_STAGE_NORMALIZE);
        st = tkc_builder_op_add(b, TKC_STAGE_NORMALIZE, op, err);
    }
    if (!st && r->added) drop_added(b);
    for (const tkc_recipe_added *a = r->added; !st && a && a->content; a++) st = add_row(a, b, err);
    if (!st && r->before != TKC_NO_ID) {
        b->before[0] = r->before;
        b->n_before = 1;
    }
    return st;
}
