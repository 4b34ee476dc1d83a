/*
 * pipeline.h - what happens to a text before and after the merges, as data.
 *
 * A reader turns its file's normalizer, pre-tokenizer, post-processor and decoder into
 * rows of tkc_op; the compiled form stores the rows; tokenizer/ carries them out. Three
 * ordered lists: normalizer ops, pretokenizer ops, decoder ops. What a file asks for that
 * has no row here is refused by the reader by name (TKC_E_UNSUPPORTED), never approximated.
 */
#ifndef TKC_VOCAB_PIPELINE_H
#define TKC_VOCAB_PIPELINE_H

#include "vocab/base/common.h"

typedef enum tkc_op_kind {
    /* normalizer: text -> text */
    TKC_OP_NFC = 1,
    TKC_OP_NFD,
    TKC_OP_NFKC,
    TKC_OP_NFKD,          /* Unicode 9.0, as the reference engine (see normalize.h)    */
    TKC_OP_LOWERCASE,     /* character by character, full mapping, no final sigma      */
    TKC_OP_STRIP_ACCENTS, /* drops Mn, Mc and Me of Unicode 9.0                        */
    TKC_OP_REPLACE,       /* a: pattern, b: content; TKC_OPF_REGEX: a is a regex       */
    TKC_OP_PREPEND,       /* a; an empty text stays empty                              */
    TKC_OP_STRIP,         /* TKC_OPF_LEFT, TKC_OPF_RIGHT                               */
    TKC_OP_CHARSMAP,      /* a: SentencePiece precompiled charsmap, applied as HF does */
    TKC_OP_BERT,          /* TKC_OPF_CLEAN, _CJK, _ACCENTS, _LOWER                     */
    TKC_OP_NMT,           /* HF's Nmt                                                  */
    TKC_OP_SPM,           /* SentencePiece's own normalizer; a: charsmap or empty;
                             TKC_OPF_DUMMY_PREFIX, _REMOVE_SPACES, _ESCAPE, _SUFFIX;
                             b: user-defined pieces, where they matter to it: each its
                             length (u32, little-endian) and bytes. The longest one that
                             starts at a character is taken before any charsmap rule   */
    /* pretokenizer: text -> pieces */
    TKC_OP_SPLIT = 32,    /* a: pattern; TKC_OPF_REGEX or literal; arg: tkc_behavior;
                             TKC_OPF_INVERT; TKC_OPF_FIND: gaps between matches are
                             dropped, as tiktoken's find_iter does                     */
    TKC_OP_BYTE_LEVEL,    /* TKC_OPF_PREFIX_SPACE, TKC_OPF_USE_REGEX (the GPT-2 split) */
    TKC_OP_DIGITS,        /* \p{N} characters; TKC_OPF_INDIVIDUAL or runs              */
    TKC_OP_PUNCTUATION,   /* arg: tkc_behavior                                         */
    TKC_OP_METASPACE,     /* a: replacement (U+2581), arg: tkc_prepend, TKC_OPF_SPLIT  */
    TKC_OP_WHITESPACE,    /* \w+|[^\w\s]+                                              */
    TKC_OP_WHITESPACE_SPLIT,
    TKC_OP_BERT_SPLIT,
    TKC_OP_CHAR_DELIMITER, /* a: one character                                         */
    TKC_OP_FIXED_LENGTH,   /* arg: characters a piece                                  */
    /* decoder: token texts -> text */
    TKC_OP_DEC_BYTE_LEVEL = 64, /* token bytes are the text; nothing to do             */
    TKC_OP_DEC_METASPACE,       /* a: replacement -> ' '; TKC_OPF_LEFT: drop the first
                                   space of the text                                   */
    TKC_OP_DEC_BYTE_FALLBACK,   /* <0xHH> -> byte                                      */
    TKC_OP_DEC_REPLACE,         /* a -> b                                              */
    TKC_OP_DEC_STRIP,           /* a: character, arg: low 16 bits start, high 16 stop  */
    TKC_OP_DEC_FUSE,
    TKC_OP_DEC_WORDPIECE,       /* a: prefix ("##"); TKC_OPF_CLEAN                     */
    TKC_OP_DEC_BPE_SUFFIX,      /* a: suffix ("</w>") -> ' ' (nothing at the end)      */
    TKC_OP_DEC_SPM              /* SentencePiece's DecodeIds, alone in its list; a: text
                                   of the unknown token; TKC_OPF_DUMMY_PREFIX,
                                   TKC_OPF_REMOVE_SPACES as in TKC_OP_SPM              */
} tkc_op_kind;

enum {
    TKC_OPF_REGEX = 1 << 0,
    TKC_OPF_INVERT = 1 << 1,
    TKC_OPF_FIND = 1 << 2,
    TKC_OPF_LEFT = 1 << 3,
    TKC_OPF_RIGHT = 1 << 4,
    TKC_OPF_PREFIX_SPACE = 1 << 5,
    TKC_OPF_USE_REGEX = 1 << 6,
    TKC_OPF_INDIVIDUAL = 1 << 7,
    TKC_OPF_SPLIT = 1 << 8,
    TKC_OPF_CLEAN = 1 << 9,
    TKC_OPF_CJK = 1 << 10,
    TKC_OPF_ACCENTS = 1 << 11,
    TKC_OPF_LOWER = 1 << 12,
    TKC_OPF_DUMMY_PREFIX = 1 << 13,
    TKC_OPF_REMOVE_SPACES = 1 << 14, /* collapse runs, strip both ends                 */
    TKC_OPF_ESCAPE = 1 << 15,        /* ' ' -> U+2581                                  */
    TKC_OPF_SUFFIX = 1 << 16         /* treat_whitespace_as_suffix                     */
};

typedef enum tkc_behavior {
    TKC_BEHAVIOR_ISOLATED = 0,
    TKC_BEHAVIOR_REMOVED,
    TKC_BEHAVIOR_MERGED_WITH_PREVIOUS,
    TKC_BEHAVIOR_MERGED_WITH_NEXT,
    TKC_BEHAVIOR_CONTIGUOUS
} tkc_behavior;

typedef enum tkc_prepend {
    TKC_PREPEND_NEVER = 0,
    TKC_PREPEND_FIRST, /* only the piece at offset 0 of the original text */
    TKC_PREPEND_ALWAYS
} tkc_prepend;

/* One row. a and b are borrowed from whoever holds the list. */
typedef struct tkc_op {
    uint32_t kind;  /* tkc_op_kind */
    uint32_t flags; /* TKC_OPF_* */
    uint32_t arg;
    tkc_str a, b;
} tkc_op;

typedef enum tkc_stage { TKC_STAGE_NORMALIZE, TKC_STAGE_SPLIT, TKC_STAGE_DECODE } tkc_stage;
enum { TKC_N_STAGES = 3 };

/* A text on its way through the stages, with the way back to the bytes it came from.
 * map NULL: byte i came from byte base + i. Else map[i] is the source byte where the
 * character of byte i starts, and map[len] is the source byte behind the text. */
typedef struct tkc_text {
    const char *ptr;
    size_t len;
    const size_t *map;
    size_t base;
} tkc_text;

static inline size_t tkc_text_source(const tkc_text *t, size_t i)
{
    return t->map ? t->map[i] : t->base + i;
}

#endif
