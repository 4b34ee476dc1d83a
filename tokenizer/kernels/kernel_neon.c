/* kernel_neon.c - the kernel for one instruction set (vocab/base/cpu.h). */
#include "vocab/base/cpu.h"

#if defined(__aarch64__)
#include "tokenizer/kernels/simd_neon.h"

#define KERNEL tkc_kernel_neon
#include "tokenizer/kernels/kernel_body.h"
#endif
