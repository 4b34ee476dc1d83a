/* kernel_avx512.c - the kernel for one instruction set (vocab/base/cpu.h). */
#include "vocab/base/cpu.h"

#if defined(__AVX512BW__)
#include "tokenizer/kernels/simd_avx512.h"

#define KERNEL tkc_kernel_avx512
#include "tokenizer/kernels/kernel_body.h"
#endif
