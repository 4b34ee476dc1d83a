/*
 * hf.h - what the files of the tokenizer.json reader share; nobody else includes it.
 *
 * hf_json.c has the file's frame and the added tokens, hf_model.c the model,
 * hf_pipeline.c normalizer, pre-tokenizer, post-processor and decoder. The rule for all
 * of them: what tokenizers 0.23.3 does is done, what it does and we cannot is refused by
 * name, and so is every field that we have not heard of.
 */
#ifndef TKC_VOCAB_READ_HF_H
#define TKC_VOCAB_READ_HF_H

#include "vocab/base/json.h"
#include "vocab/vocab_builder.h"

/* A token text as the file spells it, and what it is: one slot of an open-addressing table.
 * The first bytes stand in the slot, so that a short text is found with one cache miss. */
typedef struct tkc_hf_name {
    uint64_t head;  /* the first 8 bytes, zero-padded */
    uint32_t where; /* offset in the source, or in pool */
    uint32_t len;   /* + 1; 0: an empty slot */
    uint32_t id;
    uint32_t added : 31; /* index in builder->added + 1; 0: none */
    uint32_t pooled : 1; /* it had escapes */
} tkc_hf_name;

typedef struct tkc_hf {
    tkc_builder *b;
    tkc_error *err;
    tkc_json doc;
    tkc_buf text[2]; /* decoded strings of the step at hand */
    tkc_buf raw;     /* token bytes */
    tkc_buf pool;    /* spelled texts that had escapes */
    tkc_hf_name *name; /* n_name slots, a power of two */
    size_t n_name;
    uint64_t seed;
    size_t n_vocab;  /* entries of the model's vocabulary */
    bool byte_level; /* text reaches the model as bytes */
    bool byte_norm;  /* it is a normalizer that makes them: added tokens are looked for behind it */
    bool framed;     /* a TemplateProcessing was read */
} tkc_hf;

/* Source byte of a value, for messages. */
static inline size_t tkc_hf_at(const tkc_hf *h, uint32_t node)
{
    return h->doc.node[node].begin;
}

/* node must be an object whose keys are all in fields (words with a space between), each at
 * most once. what names it in messages. */
TKC_MUST_USE tkc_status tkc_hf_fields(tkc_hf *h, uint32_t node, const char *what,
                                      const char *fields);
/* A member that must be there: TKC_E_FORMAT if not. */
TKC_MUST_USE tkc_status tkc_hf_need(tkc_hf *h, uint32_t node, const char *what, const char *key,
                                    tkc_json_kind kind, uint32_t *out);
/* absent: the value when the member is missing or null, or -1 to require it. */
TKC_MUST_USE tkc_status tkc_hf_bool(tkc_hf *h, uint32_t node, const char *what, const char *key,
                                    int absent, bool *out);
/* A string member, valid until scratch changes; out->ptr is NULL when it is missing or null
 * (an error if required). */
TKC_MUST_USE tkc_status tkc_hf_string(tkc_hf *h, uint32_t node, const char *what, const char *key,
                                      bool required, tkc_buf *scratch, tkc_str *out);

/* Room for n names. */
TKC_MUST_USE tkc_status tkc_hf_names_init(tkc_hf *h, size_t n);
/* Slot of a spelled text, or TKC_NO_ID. Slots do not move. */
uint32_t tkc_hf_name_find(const tkc_hf *h, tkc_str text);
/* Brings the slot of a text near before it is looked up. */
void tkc_hf_name_prefetch(const tkc_hf *h, tkc_str text);
/* Adds a text that is not there yet; node is its string, *slot (may be NULL) its slot. */
TKC_MUST_USE tkc_status tkc_hf_name_add(tkc_hf *h, uint32_t node, tkc_str text, uint32_t id,
                                        uint32_t *slot);

/* Rows of the stages; sets byte_level. */
TKC_MUST_USE tkc_status tkc_hf_read_pipeline(tkc_hf *h, uint32_t normalizer,
                                             uint32_t pre_tokenizer, uint32_t decoder);
/* The ids around a text; after the tokens are there. */
TKC_MUST_USE tkc_status tkc_hf_read_frame(tkc_hf *h, uint32_t post_processor);
/* Tokens and merges; after the pipeline. n_more: names that will be added later. */
TKC_MUST_USE tkc_status tkc_hf_read_model(tkc_hf *h, uint32_t model, size_t n_more);

#endif
