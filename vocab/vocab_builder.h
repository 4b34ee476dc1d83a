/*
 * vocab_builder.h - what every reader of a source format fills, and what is compiled.
 *
 * A reader calls tkc_builder_init(), then the tkc_builder_*() functions in any order,
 * then returns; tkc_builder_compile() (compile/compile.h) checks the whole once and writes
 * the compiled form (compiled_format.h). Ids may come in any order and may have holes. Token bytes are
 * copied. One thread.
 *
 * Token bytes: for a byte-level model (TKC_MODEL_BYTE_LEVEL) the raw bytes that the token
 * stands for - a reader of a format that spells them in the GPT-2 byte alphabet maps them
 * back first. For the others the piece's UTF-8 text as in the file, U+2581 for a space.
 */
#ifndef TKC_VOCAB_VOCAB_BUILDER_H
#define TKC_VOCAB_VOCAB_BUILDER_H

#include "vocab/base/buf.h"
#include "vocab/pipeline.h"
#include "vocab/vocab_tables.h"

typedef struct tkc_builder_token {
    uint64_t offset; /* into bytes */
    uint32_t len;
    uint8_t type;     /* tkc_token_type; TKC_TOKEN_HOLE: the id is not in use */
    uint8_t in_model; /* set by tkc_builder_token_set: the model may look it up */
    double score;
} tkc_builder_token;

typedef struct tkc_builder_merge {
    uint32_t left, right, result;
} tkc_builder_merge;

typedef struct tkc_builder_op {
    uint32_t kind, flags, arg;
    uint64_t a, b; /* offsets into bytes */
    uint32_t a_len, b_len;
} tkc_builder_op;

typedef struct tkc_builder_added {
    uint32_t id, flags; /* TKC_ADDED_* */
    uint64_t offset;
    uint32_t len;
} tkc_builder_added;

typedef struct tkc_builder {
    const tkc_allocator *alloc;
    tkc_buf bytes;
    tkc_builder_token *token; /* by id */
    size_t n_token, cap_token;
    tkc_builder_merge *merge; /* rank order; MERGES kind only */
    size_t n_merge, cap_merge;
    tkc_builder_added *added;
    size_t n_added, cap_added;
    tkc_builder_op *op[TKC_N_STAGES];
    size_t n_op[TKC_N_STAGES], cap_op[TKC_N_STAGES];
    uint32_t before[TKC_MAX_FRAME], after[TKC_MAX_FRAME]; /* ids around a single text (BOS, EOS) */
    size_t n_before, n_after;
    tkc_model model;
    char name[64];                   /* encoding name, "" if none */
    unsigned char source_sha256[32]; /* of the file it was read from */
} tkc_builder;

/* Nothing allocated. alloc NULL: malloc. model.kind is 0 and all ids TKC_NO_ID. */
void tkc_builder_init(tkc_builder *b, const tkc_allocator *alloc);
void tkc_builder_release(tkc_builder *b);

/* Token id with these bytes. TKC_E_FORMAT when the id is taken by other bytes or
 * id >= TKC_MAX_TOKENS. at: byte offset in the source file, for the message. A second call
 * with the same id and bytes is fine (the last type and score stay). */
TKC_MUST_USE tkc_status tkc_builder_token_set(tkc_builder *b, uint32_t id, tkc_str bytes,
                                              tkc_token_type type, double score, size_t at,
                                              tkc_error *err);
/* The next merge in rank order. */
TKC_MUST_USE tkc_status tkc_builder_merge_add(tkc_builder *b, uint32_t left, uint32_t right,
                                              uint32_t result, size_t at, tkc_error *err);
/* An added token: matched in the text before anything else looks at it. If the id has no
 * token yet, it gets one with the same content as bytes (type CONTROL when
 * TKC_ADDED_SPECIAL, else USER_DEFINED). */
TKC_MUST_USE tkc_status tkc_builder_added_add(tkc_builder *b, uint32_t id, tkc_str content,
                                              uint32_t flags, size_t at, tkc_error *err);
/* The next row of a stage; strings are copied. */
TKC_MUST_USE tkc_status tkc_builder_op_add(tkc_builder *b, tkc_stage stage, tkc_op op,
                                           tkc_error *err);
void tkc_builder_op_clear(tkc_builder *b, tkc_stage stage);
/* Bytes kept in b; an empty string may stand where there are none at all. */
static inline tkc_str tkc_builder_str(const tkc_builder *b, uint64_t offset, uint32_t len)
{
    return len ? (tkc_str){b->bytes.ptr + offset, len} : (tkc_str){NULL, 0};
}
tkc_str tkc_builder_token_bytes(const tkc_builder *b, uint32_t id);

#endif
