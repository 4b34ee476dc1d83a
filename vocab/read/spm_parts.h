/*
 * spm_parts.h - what the .model and the GGUF reader share about SentencePiece.
 */
#ifndef TKC_VOCAB_READ_SPM_PARTS_H
#define TKC_VOCAB_READ_SPM_PARTS_H

#include "vocab/vocab_builder.h"

/* The byte of "<0xHH>" in the one spelling the reference knows; -1 for anything else. */
int tkc_spm_byte(tkc_str piece);

/* How the text is normalized and tokens become text. */
typedef struct tkc_spm_rules {
    bool dummy_prefix, remove_spaces, escape, space_suffix;
    tkc_str charsmap;   /* precompiled; may be empty */
    size_t charsmap_at; /* its byte in the file, for messages */
    tkc_str unk_surface;
} tkc_spm_rules;

/* Checks the charsmap and adds a TKC_OP_SPM and a TKC_OP_DEC_SPM row. b has all its tokens
 * by now: user-defined ones go into the row where they matter to the normalizer. */
TKC_MUST_USE tkc_status tkc_spm_add_rows(tkc_builder *b, const tkc_spm_rules *rules,
                                         tkc_error *err);

#endif
