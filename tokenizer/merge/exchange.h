/*
 * exchange.h - short pieces that one encoder has merged, told to those of other threads.
 *
 * Changes speed, never an answer: what is told is an entry of a piece table, the whole piece and its
 * number of tokens, and all who hear it have the same vocabulary. Two threads over one text would
 * each merge most of its different pieces themselves: over 88 MB of English 234,000 instead of 125,000.
 *
 * Each member has a log, which it alone writes and the others read up to the length that it has
 * published: a release store after the entries, an acquire load before they are read. There is
 * no lock, and no place that two threads write. A log is full after TKC_TOLD_MOST pieces: those that come
 * often are in it by then, what is behind them each learns for itself.
 */
#ifndef TKC_TOKENIZER_EXCHANGE_H
#define TKC_TOKENIZER_EXCHANGE_H

#include "tokenizer/merge/piece_table.h"
#include "tokenizer/tokenizer.h"

enum { TKC_TOLD_MOST = 1 << 17 /* 2 MB a member, of which what is not written is never there */ };

/* A member; for one thread at a time, and freed before the exchange. */
typedef struct tkc_teller tkc_teller;

/* *out NULL, and no error: the exchange has as many members as it was made for, or x is NULL. */
TKC_MUST_USE tkc_status tkc_teller_new(tkc_teller **out, tkc_exchange *x, const tkc_vocab *v,
                                       const tkc_allocator *alloc, tkc_error *err);
void tkc_teller_free(tkc_teller *m); /* what it told stays */

/* A piece of up to TKC_PIECE_SHORT bytes, padded with 0xff to that, of n tokens. Others hear of it
 * when they meet after this member did. */
void tkc_tell(tkc_teller *m, const unsigned char *bytes, size_t n);
/* Publishes what was told, and puts into the table of short pieces what others have published since. */
void tkc_meet(tkc_teller *m, tkc_piece_table *t);

#endif
