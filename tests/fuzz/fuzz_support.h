/*
 * fuzz_support.h - what the targets share: stopping on a broken promise, and using whatever
 * vocabulary came out of the bytes.
 */
#ifndef TESTS_FUZZ_FUZZ_SUPPORT_H
#define TESTS_FUZZ_FUZZ_SUPPORT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer/tokenizer.h"
#include "vocab/vocab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NEED(cond)                                                                    \
    do {                                                                              \
        if (!(cond)) {                                                                \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #cond);        \
            abort();                                                                  \
        }                                                                             \
    } while (0)

/* A refusal has its code, says something, and points into the input. */
static inline void need_refusal(tkc_status st, const tkc_error *err, size_t size)
{
    NEED(st != TKC_OK && err->code == st && err->message[0] && err->offset <= size);
}

/* Encodes, counts and decodes text; the three must agree. forged: tables that no reader of ours
 * made may contradict each other, so that only bad accesses count. */
static inline void use_tables(const tkc_vocab *v, tkc_str text, bool forged)
{
    enum { MAX = 1024 };
    static uint32_t ids[MAX];
    static char back[1 << 16];
    tkc_error err = {0};
    tkc_encoder *e = NULL;
    size_t n = 0, counted = 0, len = 0;
    tkc_status st = tkc_encoder_new(&e, v, NULL, &err);
    if (st) {
        NEED(err.code == st && err.message[0]);
        return;
    }
    for (unsigned flags = 0; flags <= (TKC_ENCODE_SPECIAL | TKC_ENCODE_FRAME); flags++) {
        st = tkc_encode(e, text, flags, ids, MAX, &n, &err);
        if (st && st != TKC_E_SPACE) {
            NEED(err.code == st && err.message[0]);
            continue;
        }
        NEED(tkc_count(e, text, flags, &counted, &err) == TKC_OK && counted == n);
        if (st == TKC_E_SPACE) continue;
        for (size_t i = 0; i < n && !forged; i++) NEED(ids[i] < tkc_vocab_size(v));
        st = tkc_decode(v, ids, n, 0, back, sizeof back, &len, &err);
        NEED(forged || st == TKC_OK || (st == TKC_E_SPACE && len > sizeof back) ||
             st == TKC_E_UNSUPPORTED);
    }
    tkc_encoder_free(e);
}

static inline void use_vocab(const tkc_vocab *v, tkc_str text)
{
    use_tables(v, text, false);
}

/* Any bytes as a source file of this format: refused with its reason, or compiled, opened and used on
 * text and on the bytes themselves. */
static inline int fuzz_source(tkc_vocab_format format, const char *recipe, const char *pattern, tkc_str file, tkc_str text)
{
    const tkc_vocab_options opt = {.struct_size = sizeof opt, .format = format, .recipe = recipe, .pattern = pattern};
    tkc_vocab *v = NULL;
    tkc_error err = {.offset = SIZE_MAX};
    tkc_status st = tkc_vocab_open_memory(&v, file, &opt, &err);
    if (st) {
        need_refusal(st, &err, file.len);
    } else {
        use_vocab(v, text);
        use_vocab(v, (tkc_str){file.ptr, file.len < 200 ? file.len : 200});
        NEED(tkc_vocab_verify(v, &err) == TKC_OK);
    }
    tkc_vocab_close(v);
    return 0;
}

#endif
