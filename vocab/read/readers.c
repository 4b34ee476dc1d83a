/* readers.c - recognises a source format by its first bytes and names its reader. */
#include "vocab/read/readers.h"

#include "vocab/base/ascii.h"
#include "vocab/compiled_format.h"
#include "vocab/packed.h"

#include <string.h>

static bool starts(tkc_str s, const char *with)
{
    size_t n = strlen(with);
    return s.len >= n && memcmp(s.ptr, with, n) == 0;
}

static bool is_compiled(tkc_str s)
{
    return starts(s, TKC_COMPILED_MAGIC);
}

static bool is_packed(tkc_str s)
{
    return starts(s, TKC_PACKED_MAGIC);
}

static bool is_gguf(tkc_str s)
{
    return starts(s, "GGUF");
}

static bool has(tkc_str s, const char *what)
{
    const size_t n = strlen(what);
    for (size_t i = 0; s.len >= n && i <= s.len - n; i++)
        if (s.ptr[i] == what[0] && memcmp(s.ptr + i, what, n) == 0) return true;
    return false;
}

static bool is_object(tkc_str s)
{
    size_t i = 0;
    while (i < s.len && tkc_is_space(s.ptr[i])) i++;
    return i < s.len && s.ptr[i] == '{';
}

/* This field is in "config", which comes first in a tekken file; no tokenizer.json has it near its begin. */
static bool is_tekken(tkc_str s)
{
    const tkc_str head = {s.ptr, s.len < 4096 ? s.len : 4096};
    return is_object(s) && has(head, "\"default_vocab_size\"");
}

/* "base64 number", as its first line. */
static bool is_tiktoken(tkc_str s)
{
    size_t i = 0, digits = 0;
    while (i < s.len && i < 4096 &&
           (tkc_is_alpha(s.ptr[i]) || tkc_is_digit(s.ptr[i]) || tkc_is_one_of(s.ptr[i], "+/=")))
        i++;
    if (i == 0 || i >= s.len || s.ptr[i++] != ' ') return false;
    while (i < s.len && tkc_is_digit(s.ptr[i])) i++, digits++;
    return digits && (i == s.len || s.ptr[i] == '\n' || s.ptr[i] == '\r');
}

/* Field 1, length-delimited: the first of ModelProto.pieces, itself starting with field 1. */
static bool is_sentencepiece(tkc_str s)
{
    return s.len > 4 && s.ptr[0] == 0x0a &&
           (s.ptr[2] == 0x0a || (s.ptr[1] & 0x80 && s.ptr[3] == 0x0a));
}

/* In the order in which they are tried. */
static const struct row {
    tkc_vocab_format format;
    bool (*is)(tkc_str);
    tkc_read_fn read;
} rows[] = {
    {TKC_VOCAB_COMPILED, is_compiled, NULL},
    {TKC_VOCAB_PACKED, is_packed, NULL},
    {TKC_VOCAB_GGUF, is_gguf, tkc_read_gguf},
    {TKC_VOCAB_TEKKEN, is_tekken, tkc_read_tekken},
    {TKC_VOCAB_HF_JSON, is_object, tkc_read_hf_json},
    {TKC_VOCAB_SENTENCEPIECE, is_sentencepiece, tkc_read_sentencepiece},
    {TKC_VOCAB_TIKTOKEN, is_tiktoken, tkc_read_tiktoken},
};
enum { N_ROWS = sizeof rows / sizeof rows[0] };

tkc_vocab_format tkc_format_guess(tkc_str bytes)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].is(bytes)) return rows[i].format;
    return TKC_VOCAB_AUTO;
}

tkc_read_fn tkc_format_reader(tkc_vocab_format f)
{
    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].format == f) return rows[i].read;
    return NULL;
}
