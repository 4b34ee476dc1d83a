/* utf8_valid_avx512.c - the validator for one instruction set (vocab/base/cpu.h). */
#include "vocab/base/simd/utf8_valid.h"

#if defined(__AVX512BW__)
#define BLOCKS tkc_utf8_blocks_avx512
#include "vocab/base/simd/utf8_valid_body.h"
#endif
