/*
 * o200k.h - the vocabulary inside the library, open for a whole group of tests.
 *
 * Give tkt_open_o200k and tkt_close_o200k to cmocka_run_group_tests().
 */
#ifndef TESTS_SUPPORT_O200K_H
#define TESTS_SUPPORT_O200K_H

#include "tokenizer/tokenizer.h"
#include "vocab/registry.h"

#include <string.h>

static tkc_vocab *vocab;
static tkc_encoder *enc;

static inline tkc_str str(const char *s)
{
    return (tkc_str){s, strlen(s)};
}

static inline int tkt_open_o200k(void **state)
{
    (void)state;
    return tkc_vocab_open_encoding(&vocab, "o200k_base", NULL, NULL) || tkc_encoder_new(&enc, vocab, NULL, NULL);
}

static inline int tkt_close_o200k(void **state)
{
    (void)state;
    tkc_encoder_free(enc);
    tkc_vocab_close(vocab);
    return 0;
}

#endif
