/*
 * volatile.h - values in a prompt that are others in the next request: clocks, dates, UUIDs,
 * counters, ids, hashes, names of users.
 *
 * Two questions, two functions. tkc_volatile_next() walks one text and says what in it will
 * change, from its shape and the words around it: "Current time: 10:32:05" does, "released on
 * 2024-05-01" does not, nor does anything in a code fence, in `code`, or called an example.
 * tkc_volatile_change() knows two texts that differ at a byte, and says what kind of value
 * stands there; then the shape alone is enough.
 *
 * Bytes are looked at, not characters; the words known are English. Linear in the text: what
 * is read around a place is bounded (96 bytes).
 */
#ifndef TKC_OPTIMIZER_CACHE_VOLATILE_H
#define TKC_OPTIMIZER_CACHE_VOLATILE_H

#include "vocab/base/common.h"

typedef enum tkc_volatile_kind {
    TKC_VOLATILE_NONE = 0,
    TKC_VOLATILE_CLOCK,      /* a time of day, a timestamp, seconds since 1970  */
    TKC_VOLATILE_DATE,       /* a day                                           */
    TKC_VOLATILE_UUID,
    TKC_VOLATILE_COUNTER,    /* a number that counts: of the request, the turn  */
    TKC_VOLATILE_REQUEST_ID, /* an id of a request, session, user ...           */
    TKC_VOLATILE_HASH,
    TKC_VOLATILE_USER_NAME,
    TKC_N_VOLATILE
} tkc_volatile_kind;
/* "clock", "date", "uuid", "counter", "request_id", "hash", "user_name"; "" for none; static. */
const char *tkc_volatile_name(tkc_volatile_kind k);

typedef struct tkc_volatile {
    tkc_volatile_kind kind;
    size_t begin, end;   /* bytes of the value, or of the placeholder */
    bool is_placeholder; /* "{{ current_time }}": a template's, filled in later */
} tkc_volatile;

/* A walk over one text. */
typedef struct tkc_volatile_scan {
    tkc_str text;
    size_t at;
    size_t code_end; /* below it lies code */
} tkc_volatile_scan;
void tkc_volatile_begin(tkc_volatile_scan *s, tkc_str text);
/* The next value; false at the end. Values do not overlap and come in order. */
bool tkc_volatile_next(tkc_volatile_scan *s, tkc_volatile *out);

/* Two texts that are the same up to byte `at` and differ there (or one ends there). What stands
 * at the difference in b; out (may be NULL) gets its bytes there. TKC_VOLATILE_NONE: nothing
 * that is known. */
tkc_volatile_kind tkc_volatile_change(tkc_str a, tkc_str b, size_t at, tkc_volatile *out);

#endif
