/* quick_avx512.c - plain stretches for one instruction set (vocab/base/cpu.h). */
#include "tokenizer/normalize/quick.h"

#if defined(__AVX512BW__)
#define PLAIN tkc_plain_avx512
#include "tokenizer/normalize/quick_body.h"
#endif
