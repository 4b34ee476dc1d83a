/* quick_avx2.c - plain stretches for one instruction set (vocab/base/cpu.h). */
#include "tokenizer/normalize/quick.h"

#if defined(__AVX2__)
#define PLAIN tkc_plain_avx2
#include "tokenizer/normalize/quick_body.h"
#endif
