/*
 * volatile_impl.h - what a value looks like (volatile_shapes.c) and what the words in front say of it
 * (volatile_words.c), for the two questions of volatile.c.
 */
#ifndef TKC_OPTIMIZER_CACHE_VOLATILE_IMPL_H
#define TKC_OPTIMIZER_CACHE_VOLATILE_IMPL_H

#include "optimizer/cache/volatile.h"
#include "vocab/base/ascii.h"

/* --- volatile_shapes.c -------------------------------------------------------------------------- */

typedef enum volatile_shape {
    SHAPE_NONE = 0,
    SHAPE_DATE,
    SHAPE_TIME,         /* hours and minutes */
    SHAPE_SECONDS,      /* and seconds, without a day */
    SHAPE_DATETIME,
    SHAPE_DATETIME_SECONDS,
    SHAPE_UUID,
    SHAPE_HEX,          /* 32 or more hex digits, letters among them */
    SHAPE_EPOCH,        /* 10 or 13 digits of this age */
    SHAPE_ID,           /* req_8f3k2j... */
    SHAPE_NUMBER
} volatile_shape;

/* What begins at byte `at`, which is the edge of a word; *end is behind it (SHAPE_NONE: `at`). */
volatile_shape tkc_volatile_shape_at(tkc_str t, size_t at, size_t *end);

/* --- volatile_words.c --------------------------------------------------------------------------- */

enum { VOLATILE_LINE = 96 };

/* The line up to a place, in lower case, at most VOLATILE_LINE bytes of it; "_" and NUL are blanks. */
typedef struct volatile_before {
    char s[VOLATILE_LINE + 1];
    size_t n;
} volatile_before;
void tkc_volatile_line_before(tkc_str text, size_t at, volatile_before *b);

/* "label:", "label =", "label is", "label #" directly in front. */
typedef struct volatile_label {
    bool is_one;
    bool hard;  /* more than " is" says so */
    size_t end; /* of the label's words, in the line before */
} volatile_label;
volatile_label tkc_volatile_label_of(const volatile_before *b);
bool tkc_volatile_labels_id(const volatile_before *b, volatile_label l);
bool tkc_volatile_labels_hash(const volatile_before *b, volatile_label l);
bool tkc_volatile_labels_counter(const volatile_before *b, volatile_label l);

/* What the words say of a value of that shape. */
tkc_volatile_kind tkc_volatile_said_of(volatile_shape s, const volatile_before *b);
/* A word at i that only its label or what leads to it makes an id, a hash or a user's name. */
tkc_volatile_kind tkc_volatile_said_of_word(tkc_str t, size_t i, const volatile_before *b, size_t *end);
/* A name that stands for a user at i, behind what says so. */
bool tkc_volatile_user_at(tkc_str t, size_t i, const volatile_before *b, size_t *end);

#endif
