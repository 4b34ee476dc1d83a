/* fuzz_hf_json.c - any bytes as a tokenizer.json: read, compiled, opened, used. */
#include "tests/fuzz/fuzz_support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "Hello  w\xc3\xb6rld! <unk>\n12 \xe4\xbd\xa0\xff";
    return fuzz_source(TKC_VOCAB_HF_JSON, NULL, NULL, (tkc_str){(const char *)data, size}, (tkc_str){text, sizeof text - 1});
}
