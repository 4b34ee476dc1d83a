/* utf8_valid_avx2.c - the validator for one instruction set (vocab/base/cpu.h). */
#include "vocab/base/simd/utf8_valid.h"

#if defined(__AVX2__)
#define BLOCKS tkc_utf8_blocks_avx2
#include "vocab/base/simd/utf8_valid_body.h"
#endif
