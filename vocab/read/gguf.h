/*
 * gguf.h - the key-value pairs of a GGUF file, for the reader of the tokenizer among them.
 *
 * Layout, all little-endian: "GGUF", u32 version, u64 tensors, u64 pairs; a pair is key, u32 type, value; a
 * string is u64 length and bytes; an array is u32 element type, u64 count, elements. Only pairs are read;
 * tensors may follow or not.
 */
#ifndef TKC_VOCAB_READ_GGUF_H
#define TKC_VOCAB_READ_GGUF_H

#include "vocab/base/byte_reader.h"
#include "vocab/read/readers.h"

enum {
    T_U8, T_I8, T_U16, T_I16, T_U32, T_I32, T_F32, T_BOOL, T_STRING, T_ARRAY, T_U64, T_I64, T_F64,
    N_TYPES
};

enum {
    K_ALIGNMENT, K_MODEL, K_PRE, K_TOKENS, K_SCORES, K_TYPES, K_MERGES, K_BOS, K_EOS, K_UNK,
    K_SEP, K_CLS, K_ADD_BOS, K_ADD_EOS, K_ADD_SEP, K_SPACE_PREFIX, K_EXTRA_SPACES, K_CHARSMAP,
    K_LOWERCASE, K_STRIP_ACCENTS, N_KEYS
};
extern const char *const tkc_gguf_key[N_KEYS];

/* A value's place; at 0: the key is not in the file. */
typedef struct tkc_gguf_value {
    uint32_t type, elem;
    uint64_t count;
    size_t at; /* the payload: elements, or the string's length */
} tkc_gguf_value;

typedef struct tkc_gguf_place {
    size_t at; /* in the file */
    uint32_t len;
} tkc_gguf_place;

typedef struct tkc_gguf {
    tkc_builder *b;
    tkc_str file;
    tkc_error *err;
    tkc_gguf_value key[N_KEYS];
    tkc_gguf_place *token;
    uint32_t n_tokens;
    uint32_t *slot; /* id + 1 by text */
    size_t n_slots;
    tkc_buf tmp;
} tkc_gguf;

/* Finds the pairs whose keys are known here; one that is there twice is an error, as is what does not fit. */
tkc_status tkc_gguf_read(tkc_gguf *g);

/* A key's value, checked to be of that type. Where the key is not in the file, out stays as it is (a text
 * becomes the empty one). */
tkc_status tkc_gguf_bool(const tkc_gguf *g, int k, bool *out);
tkc_status tkc_gguf_u32(const tkc_gguf *g, int k, uint32_t *out);
tkc_status tkc_gguf_id(const tkc_gguf *g, int k, uint32_t *out); /* below g->n_tokens */
tkc_status tkc_gguf_text(const tkc_gguf *g, int k, tkc_str *out);
/* An array of one of two element types that is there; need: at least so many elements. */
tkc_status tkc_gguf_array(const tkc_gguf *g, int k, uint32_t elem, uint32_t or_elem, uint64_t need);

/* For the elements of an array: from a place in the file; the next string. */
tkc_byte_reader tkc_gguf_reader_at(const tkc_gguf *g, size_t at);
tkc_status tkc_gguf_string(tkc_byte_reader *r, tkc_str *out, tkc_error *err);

#endif
