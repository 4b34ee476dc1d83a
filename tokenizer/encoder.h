/* encoder.h - what a tkc_encoder holds; shared with fit.c. */
#ifndef TKC_TOKENIZER_ENCODER_H
#define TKC_TOKENIZER_ENCODER_H

#include "tokenizer/merge/bpe.h"
#include "tokenizer/claude/claude.h"
#include "tokenizer/normalize/normalize.h"
#include "tokenizer/merge/piece_loop.h"
#include "tokenizer/pretokenize/pretokenize.h"
#include "tokenizer/special_tokens.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/merge/unigram.h"
#include "tokenizer/merge/wordpiece.h"
#include "vocab/base/buf.h"

/* How a text may be cut at a safe place (safe_place.h): what follows is counted with the
 * blank, or without it where the vocabulary puts one in front of every text by itself. */
typedef enum tkc_safe { TKC_SAFE_NEVER, TKC_SAFE_AT_BLANK, TKC_SAFE_BEHIND_BLANK } tkc_safe;

struct tkc_encoder {
    const tkc_allocator *alloc;
    const tkc_vocab *v;
    tkc_normalizer *normalizer; /* NULL: none */
    tkc_pretok *pretok;         /* NULL: the whole stretch is one piece */
    tkc_bpe *bpe;               /* one of the models */
    tkc_piece_loop *loop;       /* pretok and bpe in one, where there is a kernel; else NULL */
    tkc_piece_loop *units;      /* normalizer and bpe in one, SentencePiece; else NULL */
    char backend[32];
    tkc_unigram *unigram;
    tkc_wordpiece *wordpiece;
    const tkc_claude *claude; /* TKC_MODEL_TILES: counts only; the vocabulary's */
    tkc_claude_scratch *claude_scratch;
    tkc_matcher raw, normalized; /* added tokens of the two passes */
    tkc_matcher raw_units;       /* raw without what the units find; borrows its nodes from raw */
    bool raw_always;             /* raw has tokens that match without trust too */
    bool wants_first;            /* pretok asks what of the normalized text lies at byte 0 of the source */
    tkc_safe safe;
    tkc_buf text, text_map;      /* invalid UTF-8 made valid */
    tkc_buf spans, ranges;       /* tkc_encode_spans() */
};

/* The first cap tokens; stops soon after. *n > cap says that there are more. */
TKC_MUST_USE tkc_status tkc_encode_limited(tkc_encoder *e, tkc_str text, unsigned flags,
                                           uint32_t *ids, size_t *begin, size_t cap, size_t *n,
                                           tkc_error *err);

#endif
