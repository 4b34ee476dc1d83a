/* utf8_valid_neon.c - the validator for one instruction set (vocab/base/cpu.h). */
#include "vocab/base/simd/utf8_valid.h"

#if defined(__aarch64__)
#define BLOCKS tkc_utf8_blocks_neon
#include "vocab/base/simd/utf8_valid_body.h"
#endif
