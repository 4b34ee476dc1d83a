/* summarise_impl.h - between summarise.c (which sentences) and summarise_voice.c (how they read). */
#ifndef TKC_OPTIMIZER_TEXT_SUMMARISE_IMPL_H
#define TKC_OPTIMIZER_TEXT_SUMMARISE_IMPL_H

#include "vocab/base/buf.h"

/* Who speaks to whom; you is empty where it is not known. */
typedef struct summary_voice {
    tkc_str me, you;
} summary_voice;

/* What a sentence is, by its first words and its end. */
typedef struct summary_manner {
    bool question, first_person, request, decision;
} summary_manner;

/* Takes off what only holds a talk together ("Well, ", ", you know"): the span that is left, empty
 * where nothing is. Negations stay. */
void summary_trim(tkc_str sentence, size_t *begin, size_t *end);
summary_manner summary_manner_of(tkc_str sentence);
/* Appends the sentence in the third person, its first letter a capital. */
tkc_status summary_third_person(tkc_str sentence, const summary_voice *v, tkc_buf *out, tkc_error *err);

#endif
