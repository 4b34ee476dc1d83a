/*
 * registry.h - published vocabularies by name, and which model uses which.
 *
 * Rows are data (encodings.def, models.def), static and immutable; any thread may read them.
 * A row exists even where the vocabulary's data may not be redistributed: then "vocab add
 * FILE" is all there is to do.
 */
#ifndef TKC_VOCAB_REGISTRY_H
#define TKC_VOCAB_REGISTRY_H

#include "vocab/base/common.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How true a count is. A sum has the weakest class of its terms: the largest value. */
typedef enum tkc_class {
    TKC_CLASS_EXACT = 0,     /* the ids of the vendor's own tokenizer                     */
    TKC_CLASS_RECONSTRUCTED, /* public reconstruction; matches every known vendor count   */
    TKC_CLASS_CALIBRATED,    /* fitted to the user's own usage records                    */
    TKC_CLASS_ESTIMATE
} tkc_class;
TKC_API const char *tkc_class_name(tkc_class c); /* "exact", ... */

typedef struct tkc_encoding {
    const char *name;    /* "o200k_base" */
    const char *aliases; /* "gpt4o gpt5", blank-separated, or "" */
    tkc_class cls;
    const char *where;   /* "library", "tree" (packed in vocab/data), "extra" (make vocab-extra),
                            "file" (vocab add FILE)                                        */
    const char *source;  /* package, version and path the data comes from */
    const char *sha256;  /* of that source file, 64 hex digits; "" where there is none */
    const char *licence; /* of the data */
    const char *chkhsh;  /* first 8 hex digits of llama.cpp's check hash, "" if none is known */
    const char *models;  /* one line: who uses it */
} tkc_encoding;

TKC_API const tkc_encoding *tkc_encoding_at(size_t i); /* NULL after the last */
/* By name or alias, exactly; NULL if unknown. */
TKC_API const tkc_encoding *tkc_encoding_find(const char *name);
/* The row whose source file has this SHA-256 (lower-case hex); NULL if none. */
TKC_API const tkc_encoding *tkc_encoding_by_sha256(const char *hex);

/* One row of models.def. */
typedef struct tkc_model_row {
    const char *name;     /* "gpt-4o"; a prefix when it ends in '*' */
    const char *provider; /* "openai" */
    const char *encoding;
    const char *source;   /* where the assignment was read */
    const char *checked;  /* ISO date */
    uint32_t message_frame; /* tokens around the content of one user message, when known  */
    bool has_message_frame;
} tkc_model_row;

typedef enum tkc_model_rule {
    TKC_RULE_EXACT,  /* the id itself                                    */
    TKC_RULE_ALIAS,  /* a documented other name                          */
    TKC_RULE_DATED,  /* the id with a dated suffix: -2025-08-07, @20250929, -0613, -latest */
    TKC_RULE_PREFIX  /* a documented prefix row (ends in '*')            */
} tkc_model_rule;
TKC_API const char *tkc_model_rule_name(tkc_model_rule r);

TKC_API const tkc_model_row *tkc_model_at(size_t i); /* NULL after the last */
/* What stands behind who sells the model: "openai/gpt-5", "models/gemini-2.5-pro",
 * "us.anthropic.claude-opus-4-5-v1:0". A part of name; name itself where nothing is in front. */
TKC_API const char *tkc_model_bare(const char *name);
/* How well a lower-case pattern, '*' at the end for a prefix, fits a bare name in any case: 0 not
 * at all, more for longer ones, most for the name itself. */
TKC_API size_t tkc_model_fits(const char *pattern, const char *bare);
/* A provider prefix ("openai/", "anthropic/", "models/") is ignored, case is not. Never the
 * closest name: NULL if nothing matches. */
TKC_API const tkc_model_row *tkc_model_find(const char *name, tkc_model_rule *rule);
/* The n nearest model names, for the message: at most 3, and only such as may have been meant
 * (vocab/base/near.h). Returns how many. */
TKC_API size_t tkc_model_nearest(const char *name, const char **out, size_t n);

#ifdef __cplusplus
}
#endif
#endif
