/*
 * fuzz_tekken.c - any bytes as a tekken.json: read, compiled, opened, and one text encoded.
 * A refusal must have its code, a message and a byte inside the file.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tokenizer/tokenizer.h"
#include "vocab/vocab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "Hello  w\xc3\xb6rld! <unk>\n12 \xe4\xbd\xa0\xff";
    tkc_vocab_options opt = {.struct_size = sizeof opt, .format = TKC_VOCAB_TEKKEN};
    tkc_vocab *v = NULL;
    tkc_encoder *e = NULL;
    tkc_error err = {.offset = SIZE_MAX};
    tkc_status st = tkc_vocab_open_memory(&v, (tkc_str){(const char *)data, size}, &opt, &err);
    if (st == TKC_OK) {
        if (tkc_encoder_new(&e, v, NULL, &err) == TKC_OK) {
            uint32_t ids[64];
            size_t n = 0, counted = 0;
            st = tkc_encode(e, (tkc_str){text, sizeof text - 1}, TKC_ENCODE_SPECIAL, ids, 64, &n,
                            &err);
            if ((st == TKC_OK || st == TKC_E_SPACE) &&
                (tkc_count(e, (tkc_str){text, sizeof text - 1}, TKC_ENCODE_SPECIAL, &counted,
                           &err) ||
                 counted != n))
                abort();
        }
        tkc_encoder_free(e);
        tkc_vocab_close(v);
    } else if (err.code != st || err.offset > size || !err.message[0]) {
        abort();
    }
    return 0;
}
