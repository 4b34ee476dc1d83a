/* fuzz_sentencepiece.c - any bytes as a SentencePiece model: read, compiled, opened, used. */
#include "tests/fuzz/fuzz_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "Hello <s> w\xc3\xb6rld \xe2\x96\x81 aab  ab\n\xf0\x9f\x98\x80 123\xff";
    return fuzz_source(TKC_VOCAB_SENTENCEPIECE, NULL, NULL, (tkc_str){(const char *)data, size}, (tkc_str){text, sizeof text - 1});
}
