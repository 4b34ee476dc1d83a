/*
 * compiled_format.h - bytes of a compiled vocabulary, made by compile/image.c and read by
 * read_compiled.c.
 *
 *   OFFSET  SIZE  DESCRIPTION
 *        0     8  "TKVOCAB\n"
 *        8     4  format version
 *       12     4  number of chunks, n
 *       16     8  length of the file
 *       24    32  SHA-256 of the file this was compiled from; zero if unknown
 *       56     8  XXH3-64 of bytes 0..55 and of the chunk table
 *       64  24*n  chunk table: id 4 ASCII, reserved 4, offset 8, length 8
 *      ...        chunks, each at a multiple of 64, in table order
 *   len-16    16  XXH3-128 of everything before (low 8 bytes, then high)
 *
 * Integers are little-endian and of fixed width; there are no pointers, so the file works
 * at any address and is read by mapping it. Opening checks the header, the chunk table and
 * every chunk's length against the counts in MODL; a file that the library did not write
 * itself just now is also checked whole: the checksum and every index in every table
 * (tkc_vocab_verify). An unknown chunk id is skipped, a missing one is TKC_E_FORMAT,
 * another version is TKC_E_VERSION with "compile it again".
 *
 *   CHUNK  CONTENT
 *   MODL   tkc_model as in vocab_tables.h, then u64 hash seed, u32 number of merges, u32
 *          number of PAIR's near slots
 *   NAME   encoding name, NUL-terminated
 *   TOFF   u32[n_all + 1] token offsets
 *   TBYT   token bytes
 *   TTYP   u8[n_all] token types
 *   SCOR   double[n_all] scores (Unigram only)
 *   HASH   u32[power of two] id + 1 or 0
 *   PAIR   u64[slots] left 21 | right 21 | merge 22 bits, or all ones; near ones first
 *   PART   tkc_partners[n_all], which pairs there may be (absent: the kind has none)
 *   TFIL   u64[power of two] filter of HASH's tokens (filter.h)
 *   MRES   u32[merges] result ids (absent: the index is the id)
 *   MPRI   u32[merges] priorities (absent: the index is the priority)
 *   BYTE   u32[256] ids of single bytes
 *   JOIN   u64[power of two] joinable character pairs (absent: no cuts)
 *   CUTS   Bloom filter, a power of two of bits: places that tokens span (absent: no cuts)
 *   WIDE   u8[65536] by character of three bytes, WPAI u64[power of two] filter of two of them
 *   FORC   tkc_forced, THRE u64[power of two] filter of bytes that let other merges come first
 *          (all four absent without CUTS; with JOIN the first two are there)
 *   ODDT   u64[power of two] filter of UNRE's tokens (absent without any, and where the model does not look for
 *          whole pieces)
 *   PIEC   buckets of 64 bytes, 512 hot ones and a power of two of others; PIID u32 ids, one
 *          for each of their entries (both absent: none; ready.h has these seven)
 *   ADDE   added tokens: u32 id, u32 flags, u32 offset, u32 length into STRS
 *   OPS0   rows of the normalizer, OPS1 of the pretokenizer, OPS2 of the decoder:
 *          u32 kind, flags, arg, a offset, a length, b offset, b length (into STRS)
 *   STRS   strings of ADDE and OPSx
 *   FRAM   u32 n_before, u32 n_after, u32 before[8], u32 after[8]
 *   UNRE   u32[] unreachable ids, rising
 */
#ifndef TKC_VOCAB_COMPILED_FORMAT_H
#define TKC_VOCAB_COMPILED_FORMAT_H

#include "vocab/base/buf.h"
#include "vocab/vocab_tables.h"

#define TKC_COMPILED_MAGIC "TKVOCAB\n"
enum {
    TKC_COMPILED_VERSION = 10,
    TKC_COMPILED_HEADER = 64,
    TKC_COMPILED_CHUNK_ROW = 24,
    TKC_COMPILED_TRAILER = 16,
    TKC_COMPILED_MAX_CHUNKS = 64
};
/* An image above this is refused; the largest known (262,208 tokens, 514,906 merges) has 24 MB. */
#define TKC_COMPILED_MAX_SIZE ((size_t)1 << 31)

/* Fills *v with pointers into image (8-byte aligned at least). deep: check every index too.
 * v->alloc must be set; allocates v->heap, ended by tkc_compiled_release(). */
TKC_MUST_USE tkc_status tkc_compiled_open(tkc_vocab *v, tkc_str image, bool deep,
                                          tkc_error *err);
void tkc_compiled_release(tkc_vocab *v);
/* The checks of deep, and the checksum. */
TKC_MUST_USE tkc_status tkc_compiled_verify(const tkc_vocab *v, tkc_error *err);

#endif
