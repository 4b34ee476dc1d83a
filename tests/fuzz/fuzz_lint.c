/* fuzz_lint.c - any bytes as any kind of prompt file: the first byte chooses the kind. Fixes too. */
#include "optimizer/lint/lint.h"

#include "tests/fuzz/fuzz_support.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const path[] = {"a.md",  "SKILL.md", "AGENTS.md", "a.prompt.yml", "a.prompt.md", "a.prompty",  "a.prompt", "a.j2",
                                       "promptfooconfig.yaml", "a.baml", "a.json", "a.jsonl", "a.yaml", "a.txt"};
    static tkc_vocab *vocab;
    static tkc_encoder *encoder;
    tkc_lint_options o = {.struct_size = sizeof o, .rules = ~(tkc_rule_set)0 >> (64 - TKC_N_RULE), .today = 20261126};
    tkc_lint_file f = {0};
    tkc_linter *l = NULL;
    tkc_buf out;
    size_t n = 0;
    if (!size || size > 1 << 16) return 0;
    if (!encoder && (tkc_vocab_open_encoding(&vocab, "o200k_base", NULL, NULL) || tkc_encoder_new(&encoder, vocab, NULL, NULL))) abort();
    o.encoder = encoder;
    if (tkc_linter_new(&l, &o, NULL)) abort();
    f.path = path[data[0] % (sizeof path / sizeof *path)];
    f.bytes = (tkc_str){(const char *)data + 1, size - 1};
    tkc_buf_init(&out, 1 << 24, NULL);
    if (tkc_lint_fix(l, &f, TKC_FIX_UNSAFE, &out, &n, NULL)) abort();
    tkc_buf_release(&out);
    tkc_linter_free(l);
    return 0;
}
