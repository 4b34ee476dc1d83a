/*
 * kernel.h - the two inner loops, once per instruction set: where pieces begin, and what the
 * piece table says about them.
 *
 * A kernel changes speed, never an answer: the scanners of pretokenize/ are the truth, and
 * tests compare every kernel that the machine has with them and with PCRE2.
 *
 * Boundaries are found in windows of 64 bytes. A window always begins where a piece begins,
 * and every known pattern decides from the piece's start onwards, so a window needs nothing
 * of what was before it: no carries, no state. Masks with one bit a byte (planes.h) become
 * one mask of piece starts (bounds.h) and the place up to which it can be trusted; the next
 * window begins at the last start before that. Where nothing is won (a piece longer than the
 * window, an odd character), and at the end of a text, the scanner does one piece.
 */
#ifndef TKC_TOKENIZER_KERNELS_KERNEL_H
#define TKC_TOKENIZER_KERNELS_KERNEL_H

#include "tokenizer/merge/piece_table.h"
#include "tokenizer/merge/unit_pairs.h"
#include "tokenizer/merge/wide_runs.h"
#include "tokenizer/pretokenize/pretokenize.h"
#include "vocab/base/cpu.h"

typedef enum tkc_family {
#define FAMILY(id, scan) TKC_FAMILY_##id,
#include "tokenizer/kernels/families.def"
#undef FAMILY
    TKC_N_FAMILIES
} tkc_family;

enum {
    TKC_BATCH = 512, /* pieces a batch: their starts and the misses stay in the L1 cache */
    TKC_WINDOW = 64
};

/* Pieces, or units of them, in order; behind them there is room to write carelessly. */
typedef struct tkc_batch {
    uint32_t start[TKC_BATCH + TKC_WINDOW];
    uint32_t end[TKC_BATCH + TKC_WINDOW]; /* only with gaps; otherwise the next one's start */
    size_t n;
    uint32_t used; /* start[n] too: the end of the last one */
    size_t before; /* bytes of the piece that is in front of what is looked at, 0 to begin with; then, of used */
    bool gaps;     /* some between them are counted already */
    bool wide;     /* there may be pieces with more than two characters of 3 or 4 bytes */
} tkc_batch;

/* Pieces to be looked up: the i-th is s[start[i] .. end[i]). */
typedef struct tkc_lookup {
    const uint32_t *start, *end;
    size_t n; /* up to TKC_BATCH */
} tkc_lookup;

static inline tkc_lookup tkc_batch_lookup(const tkc_batch *b)
{
    return (tkc_lookup){b->start, b->gaps ? b->end : b->start + 1, b->n};
}

/* A piece that the table did not know, and how many ids those before it have that it knew. */
typedef struct tkc_gap {
    uint16_t piece, at;
} tkc_gap;

typedef struct tkc_kernel {
    /* Fills b with pieces of s[0 .. len), valid UTF-8 that begins a piece; len > 0. Pieces
     * cover [0, b->used), which is more than nothing. v not NULL, with v->wide: with pieces cut between
     * two letters of cjk_cuts.h; count, too: units of one such letter are left out, and their tokens
     * are added to it. */
    void (*bounds[TKC_N_FAMILIES])(const tkc_vocab *v, const unsigned char *s, size_t len, tkc_batch *b, size_t *count);
    /* Sum of the counts of all pieces that t, a table without ids, knows; the others go to
     * miss[0 .. l->n], rising, their number to *n_miss. s[0 .. room) may be read. What t knows stays
     * the same, where it has it may change. */
    size_t (*count)(tkc_piece_table *t, const unsigned char *s, size_t room,
                    const tkc_lookup *l, uint16_t *miss, size_t *n_miss);
    /* The same of pieces of 16 to TKC_PIECE_MAX - 1 bytes in the tables of that width, rising: those of up
     * to 31 first. It looks at their homes only and may miss what tkc_piece_find() finds. */
    size_t (*count_longer)(const tkc_piece_table *wider, const unsigned char *s, size_t room,
                           const tkc_lookup *l, uint16_t *miss, size_t *n_miss);
    /* Ids of all pieces that t, a table with ids, knows, one after the other; the others go to
     * miss[0 .. l->n], rising, their number to *n_miss. out has room for TKC_PIECE_IDS a piece.
     * Returns the number of ids. */
    size_t (*ids)(tkc_piece_table *t, const unsigned char *s, size_t room,
                  const tkc_lookup *l, uint32_t *out, tkc_gap *miss, size_t *n_miss);
    /* Cuts wide runs: appends units of l's pieces to out until all are done (true) or out is full, and
     * it goes on at *place. count: all pieces are wide runs, and units of one character are not
     * appended; their tokens are added to it. NULL: all are, and other pieces as they are. */
    bool (*cut)(tkc_wide_place *place, const tkc_vocab *v, const unsigned char *s, size_t room, const tkc_lookup *l,
                tkc_spans *out, size_t *count);
    /* The same of up to 64 characters of three bytes from s[r->at] on, of which there is one at least,
     * behind another in the same unit or one that ends there; up to stop. What is behind the last cut is
     * not appended. Returns the tokens of units of one character, 0 without count. */
    size_t (*units)(tkc_wide_run *r, const tkc_vocab *v, const unsigned char *s, size_t room, uint32_t stop,
                    tkc_spans *out, bool count);
    /* Units of s[0 .. len), of which the last one in out, the out->n-th, has begun only, from the places
     * from s[*at] on, *at > 3, as long as whole windows come and there is room for a window's; of places
     * between ASCII some may be missing, see tkc_pair_classes. *at is where it stopped. Returns the
     * tokens of units of one character of three bytes, which are left out; 0 without count. NULL: this
     * kernel cannot. */
    size_t (*windows)(tkc_unit_pairs *p, const tkc_vocab *v, const unsigned char *s, size_t *at, size_t len, size_t room,
                      tkc_spans *out, bool count);
    tkc_piece_hash_fn hash; /* of the tables it reads */
    /* tkc_piece_find() of a table of short pieces, by where the piece is at home; key as tkc_piece_key has it. */
    const unsigned char *(*find)(unsigned char *home, const unsigned char *key, bool ids);
} tkc_kernel;

/* The family whose scanner this is; false: there is none, the scanner alone must do. */
bool tkc_family_of(tkc_scan_fn scan, tkc_family *family);
/* NULL where the build or the machine does not have it. */
const tkc_kernel *tkc_kernel_for(tkc_isa isa);

extern const tkc_kernel tkc_kernel_portable, tkc_kernel_avx2, tkc_kernel_avx512, tkc_kernel_neon;

#endif
