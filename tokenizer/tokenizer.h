/*
 * tokenizer.h - text to token ids, how many, and back.
 *
 * A tkc_encoder is scratch memory: one per thread, reused for many texts. It changes speed
 * only, never an answer. After the first few texts tkc_count() and tkc_encode() allocate
 * nothing.
 *
 * Text is UTF-8. Invalid bytes become U+FFFD as Rust's lossy decoding does (one per maximal
 * ill-formed subsequence), or are refused with TKC_ENCODE_STRICT. Control tokens spelled in
 * a text are ordinary text unless TKC_ENCODE_SPECIAL is given or they lie inside a trusted
 * span; added tokens that are not control tokens always match, as in the vendors' own. (A
 * tokenizer.json of the Unigram or WordPiece kind lists its control tokens among the pieces
 * that the model itself finds: there they can come from any text, in the vendor's own too.)
 */
#ifndef TKC_TOKENIZER_TOKENIZER_H
#define TKC_TOKENIZER_TOKENIZER_H

#include "vocab/vocab.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tkc_encoder tkc_encoder;

enum {
    TKC_ENCODE_SPECIAL = 1 << 0, /* "<|endoftext|>" in the text is that token, not text  */
    TKC_ENCODE_FRAME = 1 << 1,   /* add what the vocabulary puts around a text (BOS, EOS) */
    TKC_ENCODE_STRICT = 1 << 2   /* invalid UTF-8 is TKC_E_FORMAT with its byte           */
};

/* What encoders of one vocabulary, one a thread, learn from a text, told to each other: counting a text
 * that is new to them, two threads need not merge the same pieces twice. Changes speed only.
 * Each encoder writes into a log of its own, 2 MB at most, which the others read; no thread
 * waits for another. v is borrowed; alloc is used here and in tkc_exchange_free() alone. Encoders
 * beyond the first `most` (1 to 4,096) learn for themselves. TKC_E_ARG: another number. */
typedef struct tkc_exchange tkc_exchange;
TKC_API TKC_MUST_USE tkc_status tkc_exchange_new(tkc_exchange **out, const tkc_vocab *v, size_t most,
                                                 const tkc_allocator *alloc, tkc_error *err);
TKC_API void tkc_exchange_free(tkc_exchange *x); /* after its encoders; NULL is fine */

/* v is borrowed and must live longer. alloc NULL: malloc. */
TKC_API TKC_MUST_USE tkc_status tkc_encoder_new(tkc_encoder **out, const tkc_vocab *v,
                                                const tkc_allocator *alloc, tkc_error *err);
typedef struct tkc_encoder_options {
    size_t struct_size;   /* sizeof(tkc_encoder_options) */
    const char *kernel;   /* inner loops for "portable", "neon", "avx2" or "avx512" machines; "scalar":
                             none, piece by piece; NULL: the best that this machine has */
    tkc_exchange *exchange; /* of the same vocabulary, lives longer; NULL: learns for itself */
} tkc_encoder_options;
/* The same with options; opt may be NULL. TKC_E_ARG: no such kernel; TKC_E_UNSUPPORTED: this
 * build or this machine does not have it. Answers are the same with every kernel. */
TKC_API TKC_MUST_USE tkc_status tkc_encoder_new_with(tkc_encoder **out, const tkc_vocab *v,
                                                     const tkc_encoder_options *opt,
                                                     const tkc_allocator *alloc, tkc_error *err);
TKC_API void tkc_encoder_free(tkc_encoder *e); /* NULL is fine */
/* The vocabulary it was made of. */
TKC_API const tkc_vocab *tkc_encoder_vocab(const tkc_encoder *e);

/* Writes at most cap ids and sets *n to the number the whole text needs. *n > cap is
 * TKC_E_SPACE: the first cap ids are there. ids may be NULL where cap is 0. TKC_E_FORMAT: see
 * TKC_ENCODE_STRICT; TKC_E_UNSUPPORTED: a vocabulary that only counts; TKC_E_LIMIT, TKC_E_NOMEM. */
TKC_API TKC_MUST_USE tkc_status tkc_encode(tkc_encoder *e, tkc_str text, unsigned flags,
                                           uint32_t *ids, size_t cap, size_t *n, tkc_error *err);
/* The same with the source byte where each token starts: begin[i], for i < min(cap, *n).
 * Tokens of one character that was split into bytes share its first byte's position only
 * where the normalizer changed it; in unchanged text begin is the exact byte. */
TKC_API TKC_MUST_USE tkc_status tkc_encode_offsets(tkc_encoder *e, tkc_str text, unsigned flags,
                                                   uint32_t *ids, size_t *begin, size_t cap,
                                                   size_t *n, tkc_error *err);
TKC_API TKC_MUST_USE tkc_status tkc_count(tkc_encoder *e, tkc_str text, unsigned flags,
                                          size_t *n, tkc_error *err);
/* Counts, but stops reading soon after limit is passed: *n is exact when <= limit, else
 * some number above it. With TKC_ENCODE_STRICT, invalid bytes it did not reach are not seen. */
TKC_API TKC_MUST_USE tkc_status tkc_count_upto(tkc_encoder *e, tkc_str text, unsigned flags,
                                               size_t limit, size_t *n, tkc_error *err);

typedef enum tkc_fit_at { TKC_FIT_CHAR = 0, TKC_FIT_WORD, TKC_FIT_LINE } tkc_fit_at;
/* Longest prefix, ending at a character (or behind a run of blanks, or behind a newline),
 * whose own count is at most max_tokens. Stops reading soon after the limit; *bytes is the
 * length of the prefix, *n its count. */
TKC_API TKC_MUST_USE tkc_status tkc_fit(tkc_encoder *e, tkc_str text, unsigned flags,
                                        size_t max_tokens, tkc_fit_at at, size_t *bytes,
                                        size_t *n, tkc_error *err);

/* A place to cut a text for several threads, or for reading it in parts: the largest p <= at
 * (that 64 KB show) with 0 < p < text.len for which the ids of text[0 .. p) and those of
 * text[*rest .. len) are the ids of the whole, one after the other. *rest is p, or p + 1 where
 * the vocabulary puts a blank of its own in front of every text and the one at p stands for it.
 * It holds too when more text stood in front or came behind, so text may be a window of a
 * longer one, starting anywhere. 0: no such place is known (Unigram, patterns without a scanner;
 * long runs of one character; Claude 3 and later where no two words have a blank between them).
 * Where there are no ids the counts add up. For any flags, but a frame goes around the whole: give
 * TKC_ENCODE_FRAME to one part only. Why this is exact: README.md. */
TKC_API size_t tkc_split_before(const tkc_encoder *e, tkc_str text, size_t at, size_t *rest);

/* One text in spans, each trusted or not: a template's markers become control tokens, the
 * user's text never does, and merges go across spans as they do in the rendered text. */
typedef struct tkc_span {
    tkc_str text;
    bool trusted;
} tkc_span;
TKC_API TKC_MUST_USE tkc_status tkc_encode_spans(tkc_encoder *e, const tkc_span *span,
                                                 size_t n_span, unsigned flags, uint32_t *ids,
                                                 size_t cap, size_t *n, tkc_error *err);

/* Many texts in one array: text i is data[offset[i] .. offset[i + 1]), so offset has
 * n_text + 1 entries. Counts go to count[0 .. n_text). */
TKC_API TKC_MUST_USE tkc_status tkc_count_batch(tkc_encoder *e, const char *data,
                                                const size_t *offset, size_t n_text,
                                                unsigned flags, size_t *count, tkc_error *err);
/* The ids of all texts one after the other; those of text i end at id_end[i].
 * *n as in tkc_encode(). */
TKC_API TKC_MUST_USE tkc_status tkc_encode_batch(tkc_encoder *e, const char *data,
                                                 const size_t *offset, size_t n_text,
                                                 unsigned flags, uint32_t *ids, size_t cap,
                                                 size_t *id_end, size_t *n, tkc_error *err);

enum { TKC_DECODE_SKIP_CONTROL = 1 << 0 }; /* leave control tokens out of the text */
/* Bytes of ids; *len is what the whole needs, TKC_E_SPACE when that is above cap. For
 * byte-level vocabularies decode(encode(x)) is x. An unknown id is TKC_E_ARG with its index
 * as offset. Does not check that the result is UTF-8: one token may be half a character. */
TKC_API TKC_MUST_USE tkc_status tkc_decode(const tkc_vocab *v, const uint32_t *ids, size_t n,
                                           unsigned flags, char *buf, size_t cap, size_t *len,
                                           tkc_error *err);

/* The pieces the merges work on, in order; added tokens are pieces of their own. text is
 * the normalized piece, begin and end its bytes in the source. Non-zero stops the walk. */
typedef int (*tkc_piece_fn)(void *ctx, tkc_str piece, size_t begin, size_t end);
TKC_API TKC_MUST_USE tkc_status tkc_pretokenize(tkc_encoder *e, tkc_str text, unsigned flags,
                                                tkc_piece_fn fn, void *ctx, tkc_error *err);

/* "o200k/avx2", "o200k/scalar", "pcre2", ...: which splitter and kernel run; for bug reports.
 * Borrowed from e. */
TKC_API const char *tkc_encoder_backend(const tkc_encoder *e);

#ifdef __cplusplus
}
#endif
#endif
