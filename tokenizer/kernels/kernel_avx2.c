/* kernel_avx2.c - the kernel for one instruction set (vocab/base/cpu.h). */
#include "vocab/base/cpu.h"

#if defined(__AVX2__)
#include "tokenizer/kernels/simd_avx2.h"

#define KERNEL tkc_kernel_avx2
#include "tokenizer/kernels/kernel_body.h"
#endif
