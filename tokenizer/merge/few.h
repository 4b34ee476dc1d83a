/*
 * few.h - rows of up to 62 symbols, merged by scanning, several of them in turn.
 *
 * A step of a row takes its best pair and looks for the two pairs that come of it in the memo. What
 * the memo does not know is collected from half of the rows and asked of memory, and looked up when the
 * other half has made its steps: nobody waits, and one loop over what is missing is guessed wrong once,
 * where a branch for each pair was guessed wrong for one pair in five.
 */
#ifndef TKC_TOKENIZER_FEW_H
#define TKC_TOKENIZER_FEW_H

#include "tokenizer/merge/pair_memo.h"
#include "vocab/base/cpu.h"

enum {
    TKC_MERGE_FEW = 62, /* symbols of a row: the last of 64 places is the edges */
    TKC_MERGE_ABREAST = 16 /* rows in turn; of as many pieces at once some have one symbol, or are known by then */
};

/* id[0..n), n <= TKC_MERGE_FEW, in and out; at[i] becomes the first symbol of the i-th that is left,
 * where at is not NULL. */
typedef struct tkc_short_row {
    uint32_t *id, *at;
    size_t n;
} tkc_short_row;

/* Merges n_rows rows, each as it would be alone. */
typedef void (*tkc_abreast_fn)(tkc_pair_memo *memo, const tkc_vocab *v, tkc_short_row *row, size_t n_rows);

void tkc_abreast_portable(tkc_pair_memo *memo, const tkc_vocab *v, tkc_short_row *row, size_t n_rows);
void tkc_abreast_avx2(tkc_pair_memo *memo, const tkc_vocab *v, tkc_short_row *row, size_t n_rows);

/* The best for a machine that has this. */
tkc_abreast_fn tkc_abreast_for(tkc_isa isa);

#endif
