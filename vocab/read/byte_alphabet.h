/*
 * byte_alphabet.h - the GPT-2 byte alphabet: 256 printable characters that spell bytes.
 *
 * '!'..'~', U+00A1..U+00AC and U+00AE..U+00FF stand for the byte of the same number; the
 * other 68 bytes, in rising order, are U+0100..U+0143. Files of Hugging Face and GGUF write
 * byte-level tokens in it ("\u0120" is the space).
 */
#ifndef TKC_VOCAB_READ_BYTE_ALPHABET_H
#define TKC_VOCAB_READ_BYTE_ALPHABET_H

#include "vocab/base/buf.h"

/* The byte that cp stands for, or -1 when it is not in the alphabet. */
int tkc_byte_alphabet_byte(uint32_t cp);
/* The character that stands for a byte. */
uint32_t tkc_byte_alphabet_char(unsigned char byte);

/* Appends the bytes that text spells. False, and out as it was, when text holds a character
 * outside the alphabet (then the token is literal) or is not UTF-8, with *st TKC_OK; or when
 * out cannot grow, with *st the error. */
bool tkc_byte_alphabet_decode(tkc_str text, tkc_buf *out, tkc_status *st, tkc_error *err);
/* The other way: appends two bytes at most for each byte. */
TKC_MUST_USE tkc_status tkc_byte_alphabet_encode(tkc_str bytes, tkc_buf *out, tkc_error *err);

#endif
