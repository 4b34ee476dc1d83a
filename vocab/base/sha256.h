/* sha256.h - FIPS 180-4, for recognising published vocabulary files by their hash. */
#ifndef TKC_VOCAB_BASE_SHA256_H
#define TKC_VOCAB_BASE_SHA256_H

#include "vocab/base/common.h"

void tkc_sha256(tkc_str bytes, unsigned char out[32]);
/* 64 lower-case hex digits and a NUL. */
void tkc_sha256_hex(const unsigned char sum[32], char out[65]);

#endif
