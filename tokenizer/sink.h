/* sink.h - where ids go: an array, a counter, or both; every stage writes through this. */
#ifndef TKC_TOKENIZER_SINK_H
#define TKC_TOKENIZER_SINK_H

#include "vocab/vocab_tables.h"

typedef struct tkc_sink {
    uint32_t *ids;  /* NULL: count only */
    size_t *begin;  /* NULL: no offsets; source byte of each token */
    size_t cap;     /* room in ids and begin */
    size_t n;       /* tokens so far, also those that found no room */
    size_t limit;   /* the walk may stop once n > limit; SIZE_MAX: never */
} tkc_sink;

static inline void tkc_sink_put(tkc_sink *s, uint32_t id, size_t begin)
{
    if (s->n < s->cap) {
        if (s->ids) s->ids[s->n] = id;
        if (s->begin) s->begin[s->n] = begin;
    }
    s->n++;
}

#endif
