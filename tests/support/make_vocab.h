/* make_vocab.h - small vocabularies made by hand, for tests of the models and the decoder. */
#ifndef TKC_TESTS_SUPPORT_MAKE_VOCAB_H
#define TKC_TESTS_SUPPORT_MAKE_VOCAB_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vocab/open.h"

static inline tkc_str tkt_str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

/* Stops the program: a test that cannot make its vocabulary has nothing to say. */
static inline void tkt_must(tkc_status st, const tkc_error *err)
{
    if (!st) return;
    fprintf(stderr, "making a vocabulary: %s\n", err->message);
    abort();
}

static inline void tkt_token(tkc_builder *b, const char *text, tkc_token_type type, double score)
{
    tkc_error err;
    tkt_must(tkc_builder_token_set(b, (uint32_t)b->n_token, tkt_str(text), type, score, 0, &err),
             &err);
}

/* The 256 tokens <0x00> to <0xFF>. */
static inline void tkt_byte_tokens(tkc_builder *b)
{
    for (int c = 0; c < 256; c++) {
        char t[8];
        snprintf(t, sizeof t, "<0x%02X>", c);
        tkt_token(b, t, TKC_TOKEN_BYTE, 0);
    }
}

/* Ends b. */
static inline tkc_vocab *tkt_vocab(tkc_builder *b)
{
    tkc_vocab *v = NULL;
    tkc_error err;
    tkt_must(tkc_vocab_from_builder(&v, b, &err), &err);
    tkc_builder_release(b);
    return v;
}

#endif
