/*
 * fuzz_pattern.c - a regex and a subject: translated, compiled, matched.
 *
 * First byte: dialect; second byte: length of the pattern; the rest is the subject, made
 * valid. Matches must come in order, inside the subject, at characters; a translation must
 * be one that PCRE2 takes, or the pattern is refused.
 */
#include "tests/fuzz/fuzz_support.h"

#include "tokenizer/pretokenize/regex.h"
#include "vocab/base/utf8.h"

static bool at_character(tkc_str s, size_t i)
{
    return i == s.len || ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tkc_regex *re = NULL;
    tkc_regex_iter it = {0};
    tkc_error err = {.offset = SIZE_MAX};
    tkc_buf subject;
    tkc_str pattern, text;
    size_t begin = 0, end = 0, last = 0, n = 0;
    tkc_status st;
    if (size < 2) return 0;
    pattern.ptr = (const char *)data + 2;
    pattern.len = data[1] < size - 2 ? data[1] : size - 2;
    tkc_buf_init(&subject, 1 << 24, NULL);
    NEED(tkc_utf8_lossy((tkc_str){pattern.ptr + pattern.len, size - 2 - pattern.len}, &subject,
                        NULL, &err) == TKC_OK);
    text = tkc_buf_str(&subject);
    if (text.len > 2000) {
        text.len = 2000;
        while (((unsigned char)text.ptr[text.len] & 0xc0) == 0x80) text.len--;
    }
    st = tkc_regex_new_dialect(&re, pattern, data[0] & 1 ? TKC_REGEX_TIKTOKEN : TKC_REGEX_HF, NULL,
                               &err);
    if (st) {
        need_refusal(st, &err, pattern.len);
    } else {
        while ((st = tkc_regex_iter_next(re, &it, text, &begin, &end, &err)) == TKC_OK) {
            NEED(begin <= end && end <= text.len && begin >= last);
            NEED(at_character(text, begin) && at_character(text, end));
            last = end;
            NEED(++n <= text.len + 1);
        }
        NEED(st == TKC_E_NOTFOUND || st == TKC_E_LIMIT);
    }
    tkc_regex_free(re);
    tkc_buf_release(&subject);
    return 0;
}
