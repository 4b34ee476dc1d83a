/*
 * vocab.h - a vocabulary: token bytes, ids, merges, added tokens.
 *
 * A tkc_vocab does not change after it was opened, so any number of threads may use one at
 * the same time. It must outlive every encoder made from it.
 *
 * Source formats: .tiktoken ranks, Hugging Face tokenizer.json, tekken.json, SentencePiece
 * .model, GGUF metadata, the packed form of vocab/data, and the compiled form that all of
 * them become. What a file asks for that the library does not do is TKC_E_UNSUPPORTED
 * naming the feature, never a near miss.
 */
#ifndef TKC_VOCAB_VOCAB_H
#define TKC_VOCAB_VOCAB_H

#include "vocab/base/common.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tkc_vocab tkc_vocab;

typedef enum tkc_vocab_format {
    TKC_VOCAB_AUTO = 0, /* told from the first bytes */
    TKC_VOCAB_COMPILED,
    TKC_VOCAB_TIKTOKEN,
    TKC_VOCAB_HF_JSON,
    TKC_VOCAB_TEKKEN,
    TKC_VOCAB_SENTENCEPIECE,
    TKC_VOCAB_GGUF,
    TKC_VOCAB_PACKED
} tkc_vocab_format;

typedef struct tkc_vocab_options {
    size_t struct_size;         /* sizeof(tkc_vocab_options)                              */
    tkc_vocab_format format;
    const tkc_allocator *alloc; /* NULL: malloc. Must outlive the vocabulary              */
    const char *recipe;         /* encoding whose pattern and added tokens go with a file
                                   that has none of its own (.tiktoken): "cl100k_base",
                                   "llama3"; NULL: the registry row with the file's hash  */
    const char *pattern;        /* a split regex for such a file, instead of a recipe     */
    const char *data_dir;       /* packed files of published vocabularies; NULL: none     */
    const char *user_dir;       /* what "vocab add" stored; NULL: none                    */
    const char *cache_dir;      /* where compiled files are kept; NULL: in memory only    */
} tkc_vocab_options;

/* Opens a vocabulary file of any known format; opt may be NULL. A compiled file is checked whole and
 * mapped; any other is compiled in memory. The caller owns *out.
 * Errors: TKC_E_NOTFOUND, TKC_E_IO, TKC_E_FORMAT (offset: the byte), TKC_E_UNSUPPORTED,
 * TKC_E_VERSION, TKC_E_LIMIT, TKC_E_NOMEM; TKC_E_ARG: a rank file whose pattern is not known. */
TKC_API TKC_MUST_USE tkc_status tkc_vocab_open(tkc_vocab **out, const char *path,
                                               const tkc_vocab_options *opt, tkc_error *err);
/* The same, from bytes the caller keeps alive and unchanged until tkc_vocab_close(). */
TKC_API TKC_MUST_USE tkc_status tkc_vocab_open_memory(tkc_vocab **out, tkc_str bytes,
                                                      const tkc_vocab_options *opt,
                                                      tkc_error *err);
/* A published vocabulary by its encoding name or alias ("o200k_base", "gpt2"), or what "vocab add"
 * stored under a name. Looked for in the library itself (o200k_base), user_dir and data_dir, in this
 * order; a packed file is compiled at first use and, where it can be, stored in cache_dir, which is
 * looked into next time.
 * TKC_E_NOTFOUND: the name is unknown, or known but its data is not here (the message says
 * which, and the command that brings it). */
TKC_API TKC_MUST_USE tkc_status tkc_vocab_open_encoding(tkc_vocab **out, const char *name,
                                                        const tkc_vocab_options *opt,
                                                        tkc_error *err);
TKC_API void tkc_vocab_close(tkc_vocab *v); /* NULL is fine */

/* Writes v in the compiled form; the file appears whole or not at all. The message of an error is the
 * reason alone, without the path. */
TKC_API TKC_MUST_USE tkc_status tkc_vocab_compile(const tkc_vocab *v, const char *path,
                                                  tkc_error *err);
/* Checks the checksum at the end of the image and every table in it. */
TKC_API TKC_MUST_USE tkc_status tkc_vocab_verify(const tkc_vocab *v, tkc_error *err);

TKC_API const char *tkc_vocab_name(const tkc_vocab *v); /* borrowed from v */
/* Largest id + 1; ids may have holes. */
TKC_API size_t tkc_vocab_size(const tkc_vocab *v);
/* Bytes of a token: raw bytes for byte-level models, the piece's text (U+2581 for a space)
 * for the others. Borrowed from v; {NULL, 0} if there is none. */
TKC_API tkc_str tkc_vocab_token(const tkc_vocab *v, uint32_t id);
/* Exact lookup; added tokens by their content. */
TKC_API bool tkc_vocab_find(const tkc_vocab *v, tkc_str bytes, uint32_t *id_out);
/* Control token (end of text, turn markers): see tokenizer.h for when text gives one. */
TKC_API bool tkc_vocab_is_control(const tkc_vocab *v, uint32_t id);
/* Entries that merging their own bytes does not build, so that a text gives them only where whole
 * pieces are looked up (tiktoken's kind): rising ids, borrowed. */
TKC_API const uint32_t *tkc_vocab_unreachable(const tkc_vocab *v, size_t *n);

#ifdef __cplusplus
}
#endif
#endif
