/*
 * bench.h - how fast a list of texts is counted and encoded.
 *
 * Owns the measuring: "tokcount bench" and tests/bench both report what comes from here, so
 * that their figures mean the same. Prints nothing and reads no file.
 *
 * Cold is the first pass of fresh encoders over the texts, with nothing of opening or making
 * them in it; warm is the best of the passes after it. The ids go to one array that is not
 * touched before, as large as all texts need.
 */
#ifndef TOOLS_CLI_BENCH_H
#define TOOLS_CLI_BENCH_H

#include "tokenizer/tokenizer.h"

/* The texts in pieces of about piece bytes, cut only where the counts of the two sides add
 * up: all threads take pieces, and a pass can stop behind one. */
typedef struct bench_texts {
    tkc_str *piece;
    size_t n, cap;
    size_t bytes; /* of the texts, with blanks at cuts that no piece has */
} bench_texts;

/* Room for the cuts of one text; text is borrowed. piece_len 0: one piece. */
TKC_MUST_USE tkc_status bench_add(bench_texts *t, const tkc_encoder *e, tkc_str text,
                                  size_t piece_len, tkc_error *err);
void bench_texts_release(bench_texts *t);

typedef struct bench_limits {
    double cold_s;    /* a cold pass stops behind the piece that takes it beyond; 0: never    */
    double warm_s;    /* no warm pass begins after so long, but one there is                  */
    size_t warm_most; /* passes */
    const char *kernel; /* tkc_encoder_options; NULL: the best */
} bench_limits;

typedef struct bench_times {
    size_t tokens;
    size_t pieces;      /* how many the cold pass did: fewer than all where it was stopped  */
    double cold, *warm; /* seconds; warm has n_warm, released by bench_times_release()      */
    size_t n_warm;
} bench_times;
void bench_times_release(bench_times *r);
/* The smallest; 0 if there is none. */
double bench_best(const bench_times *r);

/* Both over t->piece[0 .. n). flags: TKC_ENCODE_*. */
TKC_MUST_USE tkc_status bench_count(const tkc_vocab *v, const bench_texts *t, size_t n,
                                    unsigned flags, const bench_limits *lim, bench_times *r,
                                    tkc_error *err);
/* TKC_E_UNSUPPORTED for a vocabulary that only counts. */
TKC_MUST_USE tkc_status bench_ids(const tkc_vocab *v, const bench_texts *t, size_t n,
                                  unsigned flags, const bench_limits *lim, bench_times *r,
                                  tkc_error *err);
/* Counts with n_thread threads, which take piece after piece; a pass includes starting them. */
TKC_MUST_USE tkc_status bench_threads(const tkc_vocab *v, const bench_texts *t, size_t n,
                                      size_t n_thread, unsigned flags, const bench_limits *lim,
                                      bench_times *r, tkc_error *err);

/* Seconds of a clock that never goes back: wall clock, or after bench_use_cpu_time() what this
 * process has computed, which a busy neighbour distorts less; of use with one thread only. */
double bench_now(void);
void bench_use_cpu_time(void);

#endif
