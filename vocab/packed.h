/*
 * packed.h - the form in which vocabularies lie in vocab/data: small, not fast.
 *
 *   OFFSET  SIZE  DESCRIPTION
 *        0     8  "TKPACK1\n"
 *        8     8  XXH3-64 of everything behind byte 24: also the key of the compile cache
 *       16     8  bytes of the payload when unpacked
 *       24     -  one zstd frame
 *
 * Payload, all numbers LEB128, strings as length and bytes:
 *   base name (empty: none; else this file holds only what differs from that packed file)
 *   encoding name, 32 bytes SHA-256 of the source, model kind, flags, unk_id + 1,
 *   max_word_chars, subword_prefix, word_suffix
 *   n_token; number of changed ids; columns over them: id deltas, types * 2 + in_model,
 *   lengths, bytes, scores (a kind byte first: 0 all zero, 1 zigzag deltas of whole
 *   numbers, 2 float32, 3 float64)
 *   merges: n, how many of the base's come first, then columns over the rest: zigzag delta
 *   of the result id, length of the left part; both halves are found by their bytes
 *   added tokens, then the three stages' rows, then the frame
 */
#ifndef TKC_VOCAB_PACKED_H
#define TKC_VOCAB_PACKED_H

#include "vocab/vocab_builder.h"

#define TKC_PACKED_MAGIC "TKPACK1\n"
enum { TKC_PACKED_HEADER = 24 };

/* Appends the packed form of b to out. base (may be NULL) is what base_name's packed file
 * holds. The same input gives the same bytes with the same zstd. */
TKC_MUST_USE tkc_status tkc_packed_write(const tkc_builder *b, const tkc_builder *base,
                                         const char *base_name, tkc_buf *out, tkc_error *err);
/* data_dir: where the base's file is, NULL if nowhere. */
TKC_MUST_USE tkc_status tkc_packed_read(tkc_builder *b, tkc_str bytes, const char *data_dir,
                                        tkc_error *err);

#endif
