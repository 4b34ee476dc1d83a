/* fuzz_gguf.c - any bytes as a GGUF file; what opens must encode and decode. */
#include "tokenizer/tokenizer.h"
#include "vocab/open.h"
#include "vocab/readers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Encodes text; the ids must decode. */
static void use(const tkc_vocab *v, tkc_str text)
{
    uint32_t ids[256];
    char back[4096];
    size_t n = 0, len;
    tkc_encoder *e;
    if (tkc_encoder_new(&e, v, NULL, NULL)) return;
    if (tkc_encode(e, text, TKC_ENCODE_SPECIAL, ids, 256, &n, NULL) == TKC_OK &&
        tkc_decode(v, ids, n, 0, back, sizeof back, &len, NULL) == TKC_E_ARG)
        abort();
    tkc_encoder_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "Hello <s> w\xc3\xb6rld \xe2\x96\x81 aab  ab\n\xf0\x9f\x98\x80 123";
    tkc_builder b;
    tkc_vocab *v = NULL;
    tkc_error err = {0};
    tkc_status st;
    tkc_builder_init(&b, NULL);
    st = tkc_read_gguf(&b, (tkc_str){(const char *)data, size}, &err);
    if (st && (err.code != st || !err.message[0] || err.offset > size)) abort();
    if (!st && tkc_vocab_from_builder(&v, &b, NULL) == TKC_OK) {
        use(v, (tkc_str){text, sizeof text - 1});
        use(v, (tkc_str){(const char *)data, size < 200 ? size : 200});
    }
    tkc_vocab_close(v);
    tkc_builder_release(&b);
    return 0;
}
