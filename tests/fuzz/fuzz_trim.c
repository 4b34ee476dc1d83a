/*
 * fuzz_trim.c - any bytes as a prompt, the first byte the budget: cuts are sorted and give the text
 * that comes out, what the guard refused is in the text, trimming again never adds bytes.
 */
#include "tests/fuzz/fuzz_support.h"

#include "optimizer/text/trim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static tkc_vocab *v;
    static tkc_encoder *e;
    tkc_trim_options opt = {.struct_size = sizeof opt};
    tkc_trimmed t, again;
    tkc_error err = {0};
    tkc_str text;
    size_t at = 0, n = 0;
    if (!e) NEED(tkc_vocab_open_encoding(&v, "o200k_base", NULL, NULL) == TKC_OK && tkc_encoder_new(&e, v, NULL, NULL) == TKC_OK);
    if (size < 2) return 0;
    opt.budget = data[0];
    opt.keep_examples = data[1] & 3;
    text = (tkc_str){(const char *)data + 2, size - 2};
    tkc_trimmed_init(&t, NULL);
    tkc_trimmed_init(&again, NULL);
    NEED(tkc_trim(text, &opt, e, &t, &err) == TKC_OK);
    for (size_t i = 0; i <= t.n_cut; i++) {
        size_t begin = i < t.n_cut ? t.cut[i].begin : text.len;
        NEED(begin >= at && n + begin - at <= t.text.len);
        if (begin > at) NEED(!memcmp(t.text.ptr + n, text.ptr + at, begin - at));
        n += begin - at;
        if (i == t.n_cut) break;
        NEED(t.cut[i].end > begin && t.cut[i].end <= text.len);
        n += t.cut[i].put.len;
        at = t.cut[i].end;
    }
    NEED(n == t.text.len && t.text.len <= text.len);
    for (size_t i = 0; i < t.n_refusal; i++) NEED(t.refusal[i].fact_begin < t.refusal[i].fact_end && t.refusal[i].fact_end <= text.len);
    NEED(tkc_trim(tkc_buf_str(&t.text), &opt, e, &again, &err) == TKC_OK && again.text.len <= t.text.len);
    tkc_trimmed_release(&t);
    tkc_trimmed_release(&again);
    return 0;
}
