/* characters.h - what making ready.h's tables by character is in parts: wide.c and forced.c, inside
 * vocab/compile/ only. */
#ifndef TKC_VOCAB_COMPILE_CHARACTERS_H
#define TKC_VOCAB_COMPILE_CHARACTERS_H

#include "vocab/compile/ready_make.h"

/* Of results that take a part of a character together with a byte beside it, the least priority, as
 * its complement: zeroed memory is "none", and pages of it that stay so are none. */
typedef struct tkc_threats {
    tkc_forced *forced;
    uint32_t own[TKC_WIDE_CHARS];  /* by character: the largest priority of its own merges */
    uint32_t lead[64][256];        /* what ends in: byte, first byte of a character */
    uint32_t lead_mid[1024][256];  /* byte, first two of three */
    uint32_t last[64][256];        /* what begins with: last byte of a character, byte */
    uint32_t mid_last[4096][256];  /* last two of three, byte */
} tkc_threats;

/* Character c merges to this token alone, with no merge of its own later than prio. */
static inline void tkc_threats_alone(tkc_threats *t, uint32_t c, uint32_t id, uint32_t prio)
{
    t->forced->alone[c] = id;
    t->own[c] = ~prio;
}

/* Whether the model itself finds this token by its bytes. */
static inline bool tkc_is_model_token(const tkc_vocab *v, uint32_t id)
{
    const tkc_str t = tkc_token_at(v, id);
    return t.len && tkc_token_find(v, t.ptr, t.len) == id;
}

/* r->wide and r->wide_pair of byte-level BPE; t learns what each character of three bytes is alone. */
TKC_MUST_USE tkc_status tkc_make_wide(tkc_ready *r, const tkc_vocab *v, tkc_threats *t,
                                      const tkc_allocator *alloc, tkc_error *err);
/* The same for SentencePiece: a character is a token, or its three bytes are. */
TKC_MUST_USE tkc_status tkc_make_units(tkc_ready *r, const tkc_vocab *v, const tkc_allocator *alloc,
                                       tkc_error *err);
/* r->threat and what r->forced holds; it is there, all bits one, and t knows the characters of three
 * bytes. */
TKC_MUST_USE tkc_status tkc_make_forced(tkc_ready *r, const tkc_vocab *v, tkc_threats *t,
                                        const tkc_allocator *alloc, tkc_error *err);

#endif
