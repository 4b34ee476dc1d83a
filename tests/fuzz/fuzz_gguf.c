/* fuzz_gguf.c - any bytes as GGUF metadata: read, compiled, opened, used. */
#include "tests/fuzz/fuzz_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] =
        "Hello <s> w\xc3\xb6rld \xe2\x96\x81 aab  ab\n\xf0\x9f\x98\x80 123\xff";
    tkc_vocab_options opt = {.struct_size = sizeof opt, .format = TKC_VOCAB_GGUF};
    tkc_vocab *v = NULL;
    tkc_error err = {.offset = SIZE_MAX};
    tkc_status st = tkc_vocab_open_memory(&v, (tkc_str){(const char *)data, size}, &opt, &err);
    if (st) {
        need_refusal(st, &err, size);
    } else {
        use_vocab(v, (tkc_str){text, sizeof text - 1});
        use_vocab(v, (tkc_str){(const char *)data, size < 200 ? size : 200});
        NEED(tkc_vocab_verify(v, &err) == TKC_OK);
    }
    tkc_vocab_close(v);
    return 0;
}
